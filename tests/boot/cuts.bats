#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The power is cut in the course of a boot or a shutdown, and again in the next
# one. At the end everything that was there before the first cut is still there,
# and both copies are the same. CUTS=N SEED=S: so many cuts at random points.

load lib

MAPPER='root=/dev/mapper/rootvg-root rd.varyon.vg=rootvg rd.varyon.wait=0'

# What the console says before a cut, each some time after the one before.
POINTS=('Run /init as init process' 'varyon: rootvg/root: active as' 'mounted filesystem'
	'EXT4-fs \(dm-[0-9]+\): re-mounted' 'varyon: rootvg-root: closed')

# cut DISKS POINT DELAY: boot, write, switch off; the power goes DELAY seconds
# after the console has shown POINT, or just before the machine would be off
cut()
{
	local disk disks=()
	for disk in $1; do
		disks+=(--disk "$BATS_TEST_TMPDIR/$disk.img,serial=${disk^}")
	done
	start plain "$MAPPER test.write test.exitrd" "${disks[@]}"
	"$VM" expect "$NAME" "$2" 240 || [ -e "$TOP/build/vm/run/$NAME/status" ]
	sleep "$3"
	"$VM" kill "$NAME"
}

# shellcheck disable=SC2154 # got is filled by finish()
assert_whole()
{
	boot plain "$MAPPER test.recover test.exitrd" --disk "$BATS_TEST_TMPDIR/a.img,serial=A" \
		--disk "$BATS_TEST_TMPDIR/b.img,serial=B"
	assert_equal "${got[root_name]}" rootvg-root
	assert_equal "$(letters)" MM
	assert_identical "$BATS_TEST_TMPDIR/a.img" "$BATS_TEST_TMPDIR/b.img"
}

@test "power cuts while a root is activated, written to and closed, with a copy missing in between" {
	scratch_copy a
	scratch_copy b
	if [ -n "${CUTS-}" ]; then
		local n sets=('a b' 'a b' a)
		RANDOM=${SEED:=$$}
		echo "# seed $SEED" >&3
		for ((n = 0; n < CUTS; n++)); do
			cut "${sets[RANDOM % 3]}" "${POINTS[RANDOM % 5]}" "$((RANDOM % 2)).$((RANDOM % 10))"
		done
	else
		cut 'a b' "${POINTS[1]}" 0
		cut a "${POINTS[3]}" 0.3
		cut 'a b' "${POINTS[3]}" 0
	fi
	assert_whole
}
