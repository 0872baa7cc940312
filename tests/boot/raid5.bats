#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Root on RAID5, r5vg/root over three disks: with all of them, without one, across
# a power cut while one is missing, and with each of them back.

load lib

MAPPER='root=/dev/mapper/r5vg-root rd.varyon.vg=r5vg'

# disks LETTER...: options for these, of the copies that a test may change
disks()
{
	local letter
	DISKS=()
	for letter; do
		DISKS+=(--disk "$BATS_TEST_TMPDIR/$letter.img,serial=${letter^^}")
	done
}

# shellcheck disable=SC2154 # got is filled by finish()
assert_root()
{
	assert_equal "${got[root_name]}" r5vg-root
	assert_equal "$(letters)" "$1"
}

@test "root on RAID5: all columns, one missing, power cut, all again, another missing" {
	local letter
	for letter in a b c; do
		cp --sparse=always "$BOOT/r5-$letter.img" "$BATS_TEST_TMPDIR/$letter.img"
	done

	disks c a b
	boot dash "$MAPPER test.exitrd" "${DISKS[@]}"
	assert_root MMM
	run -0 grep -a -c 'varyon: r5vg-root: closed' "$SERIAL"

	# What is written now goes through the row log, for the power to be cut.
	disks a c
	start dash "$MAPPER rd.varyon.wait=1 test.cut" "${DISKS[@]}"
	on_console 'varyon: r5vg/root: a column is missing, waiting up to 1 s for PV .*serial number B'
	on_console 'varyon: r5vg/root: no longer waiting for PV .*if another of .* fails, data are lost'
	on_console 'test: writing'
	"$VM" kill "$NAME"

	boot plain "$MAPPER rd.varyon.wait=1 test.exitrd" "${DISKS[@]}"
	assert_root MAM
	run -0 grep -a -E 'varyon: [0-9:]+: [1-9][0-9]* writes replayed from the row log' "$SERIAL"

	# The column gets what it lacks; then any other may be missing.
	disks a b c
	boot systemd "$MAPPER test.recover test.exitrd" "${DISKS[@]}"
	assert_root MMM
	[ "${got[copied]}" -gt 0 ]
	disks b c
	boot plain "$MAPPER rd.varyon.wait=1" "${DISKS[@]}"
	assert_root AMM
}

@test "root on RAID5: one column of three is not enough, nothing is activated" {
	start plain "$MAPPER rd.varyon.wait=1 rd.varyon.quorum=off" \
		--disk "$BOOT/r5-b.img,serial=B,snapshot"
	on_console 'exit tries again'
	run grep -a 'active as' "$SERIAL"
	assert_output ''
	run -0 grep -a 'varyon: .*r5vg/root: ' "$SERIAL"
}
