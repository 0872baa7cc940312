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
	on_console 'test: writing'
	"$VM" del "$NAME" B
	on_console 'varyon: rootvg/root: copy on vdb failed .*goes on with 1 copy of 2'
	on_console 'varyon: monitor: rootvg: missing PVs: '
	"$VM" add "$NAME" "$b,serial=B"
	finish
	assert_equal "$(letters)" MM
	assert_equal "${got[lost]} ${got[back]} ${got[whole]}" '1 1 1'
	assert_monitor
}
