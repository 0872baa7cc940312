#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The monitor, from the initramfs to the end of the machine. That each kind of
# initramfs starts it, and that it is stopped last, is looked at in boot.bats.

load lib

MAPPER='root=/dev/mapper/rootvg-root'

# shellcheck disable=SC2154 # got is filled by finish()
@test "a disk is pulled under root, and taken back when it is plugged in again" {
	local b
	b=$(scratch_copy b)
	start plain "$MAPPER test.loss test.exitrd" "${A[@]}" --disk "$b,serial=B"
	on_report loss=begins
	"$VM" del "$NAME" B
	on_console 'varyon: rootvg/root: copy on vdb failed .*goes on with 1 copy of 2'
	on_console 'varyon: monitor: rootvg: missing PVs: '
	"$VM" add "$NAME" "$b,serial=B"
	finish
	assert_equal "$(letters)" MM
	assert_equal "${got[lost]} ${got[back]} ${got[whole]}" '1 1 1'
	assert_monitor
}

# A serial line with nobody at its end who reads: whoever writes there waits for ever.
@test "the console hangs: a loss is told and recorded, the disk taken back" {
	local b
	b=$(scratch_copy b)
	start plain "$MAPPER test.loss test.mute test.exitrd" "${A[@]}" --disk "$b,serial=B"
	on_report mute=ready
	"$VM" mute "$NAME"
	on_report loss=begins
	"$VM" del "$NAME" B
	on_report loss=recorded
	"$VM" add "$NAME" "$b,serial=B"
	on_report mute=over
	"$VM" unmute "$NAME"
	finish
	assert_regex "${got[mute_bytes]}" '^([1-9][0-9]*) \1$'
	assert_equal "$(letters)" MM
	assert_equal "${got[lost]} ${got[back]} ${got[whole]}" '1 1 1'
	assert_monitor
}

@test "systemd: the monitor outlives all that it ends, and udev a suspended volume" {
	start plain 'root=LABEL=debian rw rd.varyon.vg=rootvg systemd.unit=monitor-test.service' \
		--disk "$BOOT/debian.ext4,serial=debian,snapshot" "${A[@]}" "${B[@]}"
	finish
	assert_equal "${got[reexec]} ${got[rescue]} ${got[settle]} ${got[settled]}" 'same same 0 same'
	assert_equal "${got[frozen]} ${got[thawed]}" 'yes same'
	assert_equal "${got[service]}" inactive
	assert_regex "${got[link]}" 'dm-[0-9]+$'
	assert_monitor
}

# A loss is recorded while root does not answer; the spare is taken when it does.
@test "root is suspended, memory short, a disk lost: told, recorded, a spare taken" {
	local a b c=$BATS_TEST_TMPDIR/c.img
	a=$(scratch_copy a)
	b=$(scratch_copy b)
	truncate -s 64M "$c"
	export VARYON_DEVICES=$a:$b:$c
	"$TOP/build/varyon" extendvg rootvg "$c"
	"$TOP/build/varyon" chpv -h y "$c"
	"$TOP/build/varyon" chvg -h y rootvg
	"$TOP/build/varyon" mklv -y data -c 2 rootvg 4M >/dev/null
	start plain "$MAPPER rd.varyon.vg=rootvg test.heart test.exitrd" \
		--disk "$a,serial=A" --disk "$b,serial=B" --disk "$c,serial=C"
	on_console 'heart: root is suspended'
	"$VM" del "$NAME" B
	finish
	assert_equal "${got[timeout]-}" ''
	assert_equal "${got[suspended]}" 1
	assert_equal "${got[early]}" 0
	assert_equal "${got[spares]} ${got[losses]}" '1 1'
	assert_equal "${got[faults]}" 0
	assert_equal "${got[same_pid]}" yes
	assert_equal "$(letters)" MMMM
	assert_monitor
}
