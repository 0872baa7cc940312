#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What is decided when disks are missing, old, strange or somebody else's: the
# words on the console, and the data. In the smallest initramfs, that of
# varyon-mkinitramfs; the decisions are the same in every other.

load lib

MAPPER='root=/dev/mapper/rootvg-root'
SHELL_PROMPT='exit tries again'

# shellcheck disable=SC2154 # got is filled by finish()
assert_root()
{
	assert_equal "${got[root_name]}" rootvg-root
	assert_equal "$(letters)" "$1"
}

pvid()
{
	od -A n -t x1 -j 128 -N 8 "$1" | tr -d ' \n'
}

vgid()
{
	od -A n -v -t x1 -j 3588 -N 16 "$1" | tr -d ' \n'
}

# Write-intent bits that are set in the status area of root on image $1.
dirty_zones()
{
	"$TOP/build/satool" dump "$1" "$(table_word 0 5)" | sed -n 's/^wib=//p'
}

# Nothing may have been activated; the commands work in this shell.
assert_refused()
{
	on_console "$SHELL_PROMPT"
	run grep -a 'active as' "$SERIAL"
	assert_output ''
	"$VM" type "$NAME" 'lspv; echo "mapped:" /sys/block/dm-*'
	on_console 'mapped: /sys/block/dm-\*'
}

@test "everything is there: no wait, not a word too much" {
	boot plain "$MAPPER rd.varyon.vg=rootvg" "${A[@]}" "${B[@]}"
	assert_root MM
	run grep -a -E '(^|] )varyon: .*(wait|missing|warning)' "$SERIAL"
	assert_output ''
	run -0 grep -a -c 'varyon: rootvg/root: active as' "$SERIAL"
}

@test "unknown and malformed options are reported, the rest applies" {
	boot plain "rd.varyon.wait=soon rd.varyon.nonsense rd.varyon.resync=idle $MAPPER" \
		"${A[@]}" "${B[@]}"
	assert_root MM
	run -0 grep -a 'varyon: rd.varyon.wait=soon: not a number of seconds' "$SERIAL"
	run -0 grep -a 'varyon: rd.varyon.nonsense: unknown option, ignored' "$SERIAL"
}

@test "a PV is missing: waited for, then done without, told with all that is known of it" {
	boot plain "$MAPPER rd.varyon.wait=1" "${A[@]}"
	assert_root MA
	run -0 grep -a "varyon: rootvg/root: a copy is missing, waiting up to 1 s for PV $(pvid "$BOOT/b.img")" "$SERIAL"
	run -0 grep -a "varyon: rootvg/root: no longer waiting for PV $(pvid "$BOOT/b.img") (last seen as vdb, serial number B); its only copy that is up to date is on vda: if that fails, data are lost" "$SERIAL"
}

@test "no quorum: the way out is told, and works in the shell" {
	local a b
	a=$(scratch_copy a)
	b=$(scratch_copy b)
	VARYON_DEVICES=$a:$b "$TOP/build/varyon" chvg -Q y rootvg
	start plain "$MAPPER rd.varyon.wait=0" --disk "$b,serial=B"
	on_console "varyon: rootvg: no quorum: 1 of 3 .*missing PVs: $(pvid "$a").*varyonvg -f .*rd.varyon.quorum=off"
	assert_refused
	"$VM" type "$NAME" 'varyonvg -f rootvg; exit'
	finish
	assert_root AM
	boot plain "$MAPPER rd.varyon.wait=0 rd.varyon.quorum=off" --disk "$b,serial=B"
	assert_root AM
	run -0 grep -a 'WITHOUT A QUORUM' "$SERIAL"
}

# B lags behind, is told so, and is then alone.
@test "no fresh copy: refused; with the fresh one it boots" {
	local a b
	a=$(scratch_copy a)
	b=$(scratch_copy b)
	boot plain "$MAPPER rd.varyon.wait=0 test.write" --disk "$a,serial=A"
	boot plain "$MAPPER rd.varyon.resync=off" --disk "$a,serial=A" --disk "$b,serial=B"
	assert_root MT
	start plain "$MAPPER rd.varyon.wait=0" --disk "$b,serial=B"
	on_console 'varyon: rootvg/root: not activated: every copy that is here waits to be resynced .*attach the PV with the up-to-date copy'
	assert_refused
	"$VM" kill "$NAME"
	boot plain "$MAPPER test.recover" --disk "$a,serial=A" --disk "$b,serial=B"
	boot plain "$MAPPER" --disk "$a,serial=A" --disk "$b,serial=B"
	assert_root MM
}

@test "a cloned PV: both are named, rd.varyon.pv= leaves one out" {
	local a
	a=$(scratch_copy a)
	start plain "$MAPPER" "${A[@]}" "${B[@]}" --disk "$a,serial=clone"
	on_console "varyon: /dev/vda and /dev/vdc both carry PVID $(pvid "$a") .*rd.varyon.pv=PATTERN"
	assert_refused
	"$VM" kill "$NAME"
	boot plain "$MAPPER rd.varyon.pv=vd[ab]" "${A[@]}" "${B[@]}" --disk "$a,serial=clone"
	# Status finds the clone there again.
	assert_equal "${got[root_name]}" rootvg-root
}

# The version lies 60 bytes into the LVM record, of which there are two.
@test "a version that nobody knows: refused by name" {
	local disk at
	for disk in a b; do
		disk=$(scratch_copy $disk)
		for at in 7 70; do
			printf '\x00\x63' | dd of="$disk" bs=1 seek=$((at * 512 + 60)) conv=notrunc status=none
		done
	done
	start plain "$MAPPER rd.varyon.vg=rootvg rd.varyon.wait=0" \
		--disk "$BATS_TEST_TMPDIR/a.img,serial=A" --disk "$BATS_TEST_TMPDIR/b.img,serial=B"
	on_console 'varyon: .*no PV of the VG rootvg is here.*LVM record version 99 is not known; use a newer release'
	assert_refused
}

@test "a disk with a VG of the same name: a warning, no more, when the VGID is given" {
	local evil=$BATS_TEST_TMPDIR/evil.img id
	id=$(vgid "$BOOT/a.img")
	truncate -s 64M "$evil"
	VARYON_DEVICES=$evil "$TOP/build/varyon" mkvg -y rootvg "$evil"
	VARYON_DEVICES=$evil "$TOP/build/varyon" mklv -y root rootvg 24M
	# It comes first, and alone: that changes nothing.
	start plain "$MAPPER rd.varyon.vg=$id rd.varyon.wait=60" --disk "$evil,serial=evil"
	on_console "varyon: .*no PV of VG $id is here, and rootvg may mean that one"
	"$VM" add "$NAME" "$BOOT/a.img,serial=A,snapshot"
	"$VM" add "$NAME" "$BOOT/b.img,serial=B,snapshot"
	finish
	assert_root MM
	run -0 grep -a "varyon: warning: rootvg is VG $id, .*left alone, though of the same name: $(vgid "$evil") on vda" "$SERIAL"
	# By name alone nobody can tell.
	start plain "$MAPPER" --disk "$evil,serial=evil" "${A[@]}" "${B[@]}"
	on_console 'varyon: 2 volume groups are named rootvg: .*rd.varyon.vg=VGID'
	assert_refused
}

@test "rd.varyon.degraded=no: one copy is not enough" {
	start plain "$MAPPER rd.varyon.wait=2 rd.varyon.degraded=no" "${A[@]}"
	on_console 'varyon: .*rd.varyon.degraded=no'
	assert_refused
}

@test "damaged status area: the other copy boots, the damaged one is named" {
	local b
	b=$(scratch_copy b)
	"$TOP/build/satool" corrupt "$b" "$(table_word 1 5)" super-a
	"$TOP/build/satool" corrupt "$b" "$(table_word 1 5)" super-b
	boot plain "$MAPPER rd.varyon.wait=2" "${A[@]}" --disk "$b,serial=B"
	assert_root MA
	run -0 grep -a 'varyon: .*damaged' "$SERIAL"
}

@test "damaged VGDA: the other copies of it are used" {
	local a
	a=$(scratch_copy a)
	# The head of the first VGDA of the disk, where AIX has it too.
	dd if=/dev/zero of="$a" bs=512 seek=136 count=16 conv=notrunc status=none
	boot plain "$MAPPER" --disk "$a,serial=A" "${B[@]}"
	assert_root MM
}

# A split brain: each copy was root without the other. Nothing is given up until
# the command line names the side to keep; then it boots from both.
@test "split brain: refused, settled by rd.varyon.prefer=" {
	local a b
	a=$(scratch_copy a)
	b=$(scratch_copy b)
	boot plain "$MAPPER rd.varyon.wait=1" --disk "$a,serial=A"
	boot plain "$MAPPER rd.varyon.wait=1" --disk "$b,serial=B"
	start plain "$MAPPER rd.varyon.wait=1" --disk "$a,serial=A" --disk "$b,serial=B"
	on_console 'varyon: .*two sides'
	assert_refused
	"$VM" kill "$NAME"
	boot plain "$MAPPER rd.varyon.prefer=$(pvid "$b") test.recover" --disk "$a,serial=A" \
		--disk "$b,serial=B"
	assert_root MM
	run -0 grep -a 'varyon: .*because of rd.varyon.prefer' "$SERIAL"
	boot plain "$MAPPER" --disk "$a,serial=A" --disk "$b,serial=B"
	assert_root MM
}

# What systemd does at the end; the data were changed just before.
@test "shutdown: root's volume is closed, nothing is left to resync" {
	local a b
	a=$(scratch_copy a)
	b=$(scratch_copy b)
	boot plain "$MAPPER test.exitrd" --disk "$a,serial=A" --disk "$b,serial=B"
	run -0 grep -a 'varyon: rootvg-root: closed' "$SERIAL"
	run grep -a 'varyon: .*cannot be' "$SERIAL"
	assert_output ''
	[ "$(dirty_zones "$a")" -eq 0 ]
	[ "$(dirty_zones "$b")" -eq 0 ]
	boot plain "$MAPPER" --disk "$a,serial=A" --disk "$b,serial=B"
	assert_root MM
}

@test "shutdown: a volume that is held is told, and boots again" {
	local a b
	a=$(scratch_copy a)
	b=$(scratch_copy b)
	boot plain "$MAPPER test.exitrd test.busy" --disk "$a,serial=A" --disk "$b,serial=B"
	run -0 grep -a 'varyon: rootvg-root: cannot be closed, 1 users are left' "$SERIAL"
	boot plain "$MAPPER" --disk "$a,serial=A" --disk "$b,serial=B"
	assert_root MM
}
