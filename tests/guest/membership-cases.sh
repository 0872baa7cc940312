# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# varyon-mirror: copies split off and returned, sides settled, legs added and
# removed, partial legs.

# shellcheck disable=SC2034 # read by run-cases
LIMIT=300
REGION_SECTORS=8
ZONE_SECTORS=8192

# mark DEVICE FROM COUNT SEED: COUNT single regions, 11 apart, from region FROM
mark()
{
	_n=0
	while [ "$_n" -lt "$3" ]; do
		iotool fill "$1" $((($2 + _n * 11) * REGION_SECTORS)) $REGION_SECTORS "$4"
		_n=$((_n + 1))
	done
}

sum_of()
{
	iotool sum "$1" 0 "$DATA_SECTORS"
}

# Takes leg 1 off and starts it as device "copy"; $1: ro or rw
split_off()
{
	leg_take 1
	mirror_reload split:1
	expect letters MS "$(mirror_status letters)"
	side_start copy 1 "$1"
}

# copied AT_MOST_REGIONS: what the return cost
copied_at_most()
{
	_copied=$(mirror_stat copied_bytes)
	[ "$_copied" -le $(($1 * 4096)) ] ||
		fail "copied $_copied bytes, at most $(($1 * 4096)) had changed"
}

# ends_with LETTERS AT_MOST SUM: all legs are back for no more than that many
# regions, the volume holds what it should, and so does every leg
ends_with()
{
	wait_status letters "$1"
	copied_at_most "$2"
	expect "the volume" "$3" "$(sum_of /dev/mapper/m)"
	mirror_stop
	legs_identical
}

case_split_copy_keeps_the_moment()
{
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	then=$(sum_of /dev/mapper/m)
	split_off ro
	mark /dev/mapper/m 0 20 2
	expect "the copy" "$then" "$(sum_of /dev/mapper/copy)"
	refused iotool fill /dev/mapper/copy 0 8 3
	dm_remove copy
	now=$(sum_of /dev/mapper/m)
	leg_give 1
	mirror_reload discard:1
	ends_with MM 20 "$now"
}

# A status area that nobody may write is not written: byte for byte.
case_read_only_copy_writes_nothing()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_take 1
	mirror_reload split:1
	before=$(iotool sum /dev/mapper/leg1 0 "$(sectors /dev/mapper/leg1)")
	side_start copy 1 ro
	sum_of /dev/mapper/copy >/dev/null
	sync
	dm_remove copy
	expect "the copy's disk" "$before" \
		"$(iotool sum /dev/mapper/leg1 0 "$(sectors /dev/mapper/leg1)")"
}

case_written_copy_returns()
{
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	split_off rw
	mark /dev/mapper/m 0 10 2
	mark /dev/mapper/copy 5000 15 3
	now=$(sum_of /dev/mapper/m)
	dm_remove copy
	# without a word about who is right nothing happens
	leg_give 1
	dmsetup reload m --table "$(mirror_table)"
	dmsetup suspend m
	refused dmsetup resume m
	dmsetup reload m --table "$(mirror_table discard:1)"
	dmsetup resume m
	ends_with MM 25 "$now"
}

case_volume_restored_from_the_copy()
{
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	split_off rw
	mark /dev/mapper/m 0 10 2
	mark /dev/mapper/copy 5000 15 3
	want=$(sum_of /dev/mapper/copy)
	dm_remove copy
	leg_give 1
	mirror_reload discard:0
	# at once, not when the copying is done
	expect "the volume" "$want" "$(sum_of /dev/mapper/m)"
	ends_with MM 25 "$want"
}

case_volume_restored_from_an_unwritten_copy()
{
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	want=$(sum_of /dev/mapper/m)
	split_off ro
	mark /dev/mapper/m 0 10 2
	dm_remove copy
	leg_give 1
	mirror_reload discard:0
	expect "the volume" "$want" "$(sum_of /dev/mapper/m)"
	ends_with MM 10 "$want"
}

# Both sides are closed and opened again before the copy comes home.
case_split_survives_reactivation()
{
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	split_off rw
	mark /dev/mapper/m 0 5 2
	mark /dev/mapper/copy 5000 5 3
	dm_remove copy
	mirror_stop
	side_start copy 1 rw
	mark /dev/mapper/copy 6000 5 4
	dm_remove copy
	mirror_start split:1
	expect letters MS "$(mirror_status letters)"
	mark /dev/mapper/m 1000 5 5
	now=$(sum_of /dev/mapper/m)
	leg_give 1
	mirror_reload discard:1
	ends_with MM 20 "$now"
}

# Each absent leg has a map of its own.
case_two_copies_split_off()
{
	mirror_make 3 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_take 1
	mirror_reload split:1
	side_start copy1 1 ro
	mark /dev/mapper/m 0 10 2
	leg_take 2
	mirror_reload split:1 split:2
	expect letters MSS "$(mirror_status letters)"
	side_start copy2 2 rw
	mark /dev/mapper/m 3000 10 3
	expect "regions lacking" 0,20,10 "$(mirror_status stale)"
	now=$(sum_of /dev/mapper/m)
	dm_remove copy2
	leg_give 2
	mirror_reload split:1 discard:2
	wait_status letters MSM
	copied_at_most 10
	dm_remove copy1
	leg_give 1
	mirror_reload discard:1
	ends_with MMM 20 "$now"
}

# Power goes in the middle of the return, again and again.
case_return_is_cut_off()
{
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	split_off rw
	mark /dev/mapper/m 0 100 2
	mark /dev/mapper/copy 5000 100 3
	now=$(sum_of /dev/mapper/m)
	dm_remove copy
	leg_give 1
	mirror_reload discard:1 no_resync
	expect letters MT "$(mirror_status letters)"
	for _ in 1 2 3; do
		mirror_stop
		mirror_start discard:1 no_resync
		expect letters MT "$(mirror_status letters)"
		expect "regions lacking" 0,200 "$(mirror_status stale)"
	done
	mirror_reload discard:1
	ends_with MM 200 "$now"
}

# Two halves of three legs, both written: the two give up theirs, or the one.
sides_settled()
{
	mirror_make 3 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_take 2
	mirror_start
	mark /dev/mapper/m 0 10 2
	mirror_stop
	side_start other 2 rw
	mark /dev/mapper/other 3000 10 3
	dm_remove other
	leg_give 2
	refused mirror_start
	dmsetup remove m 2>/dev/null || true
	mirror_start "$@"
	wait_status letters MMM
	# each leg that gave up its side got both sides' regions
	copied_at_most $((20 * $#))
	mirror_stop
	legs_identical
}

case_split_brain_one_gives_up()
{
	sides_settled discard:2
	iotool check /dev/mapper/leg2 0 $REGION_SECTORS 2
	iotool check /dev/mapper/leg2 $((3000 * REGION_SECTORS)) $REGION_SECTORS 1
}

case_split_brain_two_give_up()
{
	sides_settled discard:0 discard:1
	iotool check /dev/mapper/leg0 0 $REGION_SECTORS 1
	iotool check /dev/mapper/leg0 $((3000 * REGION_SECTORS)) $REGION_SECTORS 3
}

case_two_devices_of_one_set_are_refused()
{
	mirror_make 2 16
	mirror_start
	refused side_start copy 1 ro
	dmsetup remove copy 2>/dev/null || true
	expect letters MM "$(mirror_status letters)"
}

case_leg_added_online()
{
	mirror_make 3 64
	LEG_UUIDS=$(leg_uuid 0),$(leg_uuid 1),-
	leg_format 0
	leg_format 1
	slot_empty 2
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	expect letters MM- "$(mirror_status letters)"
	LEG_UUIDS=$(leg_uuid 0),$(leg_uuid 1),$(leg_uuid 2)
	leg_blank 2
	slot_fill 2
	iotool load --threads 2 --count 1000000 --flush 10 /dev/mapper/m "$DATA_SECTORS" \
		>load.log 2>&1 &
	load=$!
	mirror_reload
	wait_status letters MMM
	kill "$load" 2>/dev/null || true
	wait "$load" 2>/dev/null || true
	mirror_stop
	legs_identical
}

# The new leg has less than half when power goes; the rest is copied, no more.
case_leg_added_is_cut_off()
{
	mirror_make 2 64
	LEG_UUIDS=$(leg_uuid 0),-
	leg_format 0
	slot_empty 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	LEG_UUIDS=$(leg_uuid 0),$(leg_uuid 1)
	leg_blank 1
	slot_fill 1
	mirror_reload no_resync
	expect letters MT "$(mirror_status letters)"
	expect "regions lacking" 0,16384 "$(mirror_status stale)"
	# whole regions that are written need no copy any more
	iotool fill /dev/mapper/m 0 $((DATA_SECTORS / 2)) 2
	mirror_stop
	mirror_start
	wait_status letters MM
	# a region that two requests share is left to the copy
	copied_at_most $((8192 + 512))
	mirror_stop
	legs_identical
}

case_leg_removed_online()
{
	mirror_make 3 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	gen=$(mirror_status gen)
	slot_empty 0
	mirror_reload
	expect letters -MM "$(mirror_status letters)"
	[ "$(mirror_status gen)" != "$gen" ] || fail "the generation is the same"
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 2
	mirror_stop
	# the volume group was never told: it comes back as a stranger would
	slot_fill 0
	mirror_start
	wait_status letters MMM
	expect "copied" $((DATA_SECTORS * 512)) "$(mirror_stat copied_bytes)"
	mirror_stop
	legs_identical
}

# Zones 1, 2 and 5 of eight, added to a volume in use.
case_partial_leg()
{
	mirror_make 3 32
	LEG_UUIDS=$(leg_uuid 0),$(leg_uuid 1),-
	leg_format 0
	leg_format 1
	slot_empty 2
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	LEG_UUIDS=$(leg_uuid 0),$(leg_uuid 1),$(leg_uuid 2)
	iotool fill /dev/mapper/leg2 0 "$DATA_SECTORS" 9
	leg_blank 2
	slot_fill 2
	mirror_reload partial:2:1+2,5+1
	wait_status letters MMM
	expect "copied" $((3 * ZONE_SECTORS * 512)) "$(mirror_stat copied_bytes)"
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 2
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 2
	for zone in 0 3 4 6 7; do
		iotool check /dev/mapper/leg2 $((zone * ZONE_SECTORS)) $ZONE_SECTORS 9
	done
	for zone in 1 2 5; do
		iotool check /dev/mapper/leg2 $((zone * ZONE_SECTORS)) $ZONE_SECTORS 2
	done
	# it goes and comes back by its map, which knows no holes
	leg_take 2
	mirror_reload partial:2:1+2,5+1
	iotool fill /dev/mapper/m 0 $((2 * ZONE_SECTORS)) 3
	expect "regions lacking" 0,0,1024 "$(mirror_status stale)"
	leg_give 2
	mirror_reload partial:2:1+2,5+1
	wait_status letters MMM
	copied_at_most 1024
	iotool check /dev/mapper/leg2 0 $ZONE_SECTORS 9
	iotool check /dev/mapper/leg2 $ZONE_SECTORS $ZONE_SECTORS 3
}

# Fewer zones than before: what was lacking in the others is forgotten.
case_partial_leg_shrinks()
{
	mirror_make 2 32
	mirror_start partial:1:0+4
	leg_take 1
	mirror_reload partial:1:0+4
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	expect "regions lacking" 0,4096 "$(mirror_status stale)"
	leg_give 1
	mirror_reload partial:1:0+2
	wait_status letters MM
	copied_at_most 2048
}

# With the whole legs gone nothing is acknowledged, though a part of it is there.
case_partial_leg_is_not_the_last()
{
	mirror_make 2 32
	mirror_start partial:1:0+4
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_break 0
	refused iotool fill /dev/mapper/m 0 8 2
	refused iotool fill /dev/mapper/m $((6 * ZONE_SECTORS)) 8 2
	# what only the whole leg has cannot be read, the rest can
	refused iotool check /dev/mapper/m $((6 * ZONE_SECTORS)) 8 1
	iotool check /dev/mapper/m $((3 * ZONE_SECTORS)) 8 1
	leg_mend 0
	mirror_stop
	leg_take 0
	refused mirror_start partial:1:0+4
}

# A partial leg fails like any other.
case_partial_leg_fails()
{
	mirror_make 3 32
	mirror_start partial:2:0+4
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_break 2
	iotool fill /dev/mapper/m $((6 * ZONE_SECTORS)) 8 2
	iotool fill /dev/mapper/m 0 8 2
	wait_status letters MMF
	leg_mend 2
	mirror_reload partial:2:0+4
	wait_status letters MMM
	iotool check /dev/mapper/leg2 0 8 2
}

case_options_are_checked()
{
	mirror_make 2 32
	for options in split:0 discard:2 discard:x "discard:0 discard:1" partial:1 \
		partial:1:0 partial:1:0+0 partial:1:7+2 partial:1:8+1 partial:1:3+1,2+1 \
		"partial:0:0+1 partial:1:0+1" side:1 no_such "discard:0 discard:0"; do
		# shellcheck disable=SC2086 # words
		refused mirror_start $options
		dmsetup remove m 2>/dev/null || true
	done
	mirror_start discard:1
	expect letters MM "$(mirror_status letters)"
	dmsetup table m | grep -q ' 2 1 discard:1 ' || fail "the table lost its option"
}

# Whoever uses the device has seen what leg 0 has: a table that finds leg 1
# alone does not take it back to what that was left with.
case_reload_does_not_go_back_in_time()
{
	mirror_make 2 32
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_take 1
	mirror_reload
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 2
	leg_take 0
	leg_give 1
	dmsetup reload m --table "$(mirror_table)"
	dmsetup suspend m
	refused dmsetup resume m
	# not by asking again either, with the table that was refused
	refused dmsetup resume m
	leg_give 0
	dmsetup reload m --table "$(mirror_table)"
	dmsetup resume m
	wait_status letters MM
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 2
	mirror_stop
	legs_identical
}

# One copy of the superblock rots, whichever: the other tells the same lineage.
case_either_superblock_knows_the_generation()
{
	for copy in super-a super-b; do
		mirror_make 2 16
		mirror_start
		leg_break 1
		iotool fill /dev/mapper/m 0 8 1
		wait_status letters MF
		gen=$(mirror_status gen)
		mirror_stop
		leg_mend 1
		satool corrupt /dev/mapper/leg0 "$DATA_SECTORS" $copy
		expect "generation" "$gen" "$(sa_get 0 gen)"
		mirror_start
		wait_status letters MM
		iotool check /dev/mapper/m 0 8 1
		mirror_stop
		legs_identical
		mirror_unmake
	done
}
