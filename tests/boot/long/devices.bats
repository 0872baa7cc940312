#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Many volumes and disks; a USB stick that carries a VG of root's name.

load ../lib

MAPPER='root=/dev/mapper/rootvg-root'

# shellcheck disable=SC2154 # got is filled by finish()
@test "200 mirrored volumes on 16 disks are all there" {
	local n disks=() images=''
	for ((n = 0; n < 16; n++)); do
		truncate -s 128M "$BATS_TEST_TMPDIR/$n.img"
		images+=${images:+:}$BATS_TEST_TMPDIR/$n.img
		disks+=(--disk "$BATS_TEST_TMPDIR/$n.img,serial=disk$n")
	done
	export VARYON_DEVICES=$images
	# shellcheck disable=SC2086 # one word each
	"$TOP/build/varyon" mkvg -y bigvg ${images//:/ }
	for ((n = 0; n < 200; n++)); do
		"$TOP/build/varyon" mklv -y "lv$n" -c 2 bigvg 1 >/dev/null
	done
	unset VARYON_DEVICES
	boot plain "$MAPPER rd.varyon.vg=rootvg rd.varyon.vg=bigvg test.exitrd" "${A[@]}" "${B[@]}" \
		"${disks[@]}"
	assert_equal "${got[root_name]}" rootvg-root
	assert_equal "$(wc -w <<<"${got[mapped]}")" 201
	assert_equal "$(grep -a -o 'varyon: bigvg-lv[0-9]*: closed' "$SERIAL" | sort -u | wc -l)" 200
}

@test "a USB stick with a VG of the same name is left alone, also without a VGID" {
	local evil=$BATS_TEST_TMPDIR/evil.img
	truncate -s 64M "$evil"
	VARYON_DEVICES=$evil "$TOP/build/varyon" mkvg -y rootvg "$evil"
	VARYON_DEVICES=$evil "$TOP/build/varyon" mklv -y root rootvg 24M
	start usb "$MAPPER rd.varyon.wait=300" "${A[@]}" --disk "$evil,serial=evil,usb"
	on_console 'varyon: .*missing, waiting'
	on_console '\[sda\] Attached SCSI'
	"$VM" add "$NAME" "$BOOT/b.img,serial=B,snapshot"
	finish
	assert_equal "${got[root_name]}" rootvg-root
	assert_equal "${got[mapped]}" 'rootvg-root '
	run -0 grep -a 'varyon: warning: rootvg is VG .*, because it lies on no removable device; left alone' "$SERIAL"
}
