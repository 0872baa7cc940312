#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# After the change of root: volume groups that root does not need, in a Debian
# with its own udev and systemd.

load lib

# shellcheck disable=SC2154 # got is filled by finish()
@test "disks that appear on the running system: known VGs alone, completed, closed at the end" {
	local evil=$BATS_TEST_TMPDIR/evil.img id
	id=$(od -A n -v -t x1 -j 3588 -N 16 "$BOOT/a.img" | tr -d ' \n')
	truncate -s 64M "$evil"
	VARYON_DEVICES=$evil "$TOP/build/varyon" mkvg -y rootvg "$evil"
	VARYON_DEVICES=$evil "$TOP/build/varyon" mklv -y root rootvg 24M
	start plain 'root=LABEL=debian rw rd.varyon.wait=2 systemd.unit=host-test.service' \
		--disk "$BOOT/debian.ext4,serial=debian,snapshot" --disk "$evil,serial=evil"
	on_console 'host-test: wants A'
	"$VM" add "$NAME" "$BOOT/a.img,serial=A,snapshot"
	on_console 'host-test: wants B'
	"$VM" add "$NAME" "$BOOT/b.img,serial=B,snapshot"
	finish
	assert_equal "${got[with_evil]}" ''
	assert_equal "${got[not_known]}" ''
	assert_equal "${got[known]}" "$id rootvg"
	assert_equal "${got[first]}" MA
	assert_equal "${got[both]}" 'rootvg-root '
	assert_equal "${got[monitor]}" active
	run -0 grep -a 'varyon: rootvg-root: closed' "$SERIAL"
	run grep -a 'Failed to finalize' "$SERIAL"
	assert_output ''
}
