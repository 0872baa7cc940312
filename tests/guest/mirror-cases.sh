# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# varyon-mirror: data, change tracking, loss and return of legs.

REGION=4096		# bytes; REGION_SHIFT of lib.sh
ZONE=4194304		# bytes; ZONE_SHIFT
# shellcheck disable=SC2034 # read by run-cases
LIMIT=300

# Idle zones keep their bits until told otherwise, so that they can be counted.
keep_dirty()
{
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
}

clean_delay_default()
{
	echo 5000 >/sys/module/dm_varyon/parameters/clean_delay_ms
}

# scattered COUNT SEED: COUNT writes of one region each, 17 regions apart
scattered()
{
	_at=0
	while [ "$_at" -lt "$1" ]; do
		iotool fill /dev/mapper/m $((_at * 17 * REGION / 512)) $((REGION / 512)) "$2"
		_at=$((_at + 1))
	done
}

scattered_there()
{
	_at=0
	while [ "$_at" -lt "$1" ]; do
		iotool check "$3" $((_at * 17 * REGION / 512)) $((REGION / 512)) "$2"
		_at=$((_at + 1))
	done
}

# The load has flushed something since its log had so many lines, or has ended:
# how long it takes depends on the machine.
load_goes_on()
{
	[ "$(wc -l <load.log)" -gt "$1" ] || grep -q '^done' load.log
}

case_data_reach_all_legs()
{
	mirror_make 3 16
	mirror_start
	expect letters MMM "$(mirror_status letters)"
	expect flags - "$(mirror_status flags)"
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 7
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 7
	mirror_stop
	for leg in 0 1 2; do
		iotool check /dev/mapper/leg$leg 0 "$DATA_SECTORS" 7
		expect "dirty zones of leg $leg" 0 "$(sa_get $leg wib)"
	done
}

case_odd_sizes()
{
	keep_dirty
	for sectors in 1 7 8 8191 8193 16391; do
		mirror_make 2 16
		DATA_SECTORS=$sectors
		SA_SECTORS=$(satool size --nslots 2 --data-sectors "$sectors" \
			--region-shift 12 --zone-shift 22)
		# the status area stays aligned behind odd data
		sa_start=$(((sectors + 7) / 8 * 8))
		for leg in 0 1; do
			satool init --set "$SET_UUID" --slot $leg --legs "$LEG_UUIDS" \
				--data-sectors "$sectors" --region-shift 12 --zone-shift 22 \
				/dev/mapper/leg$leg "$sa_start"
		done
		a=$(devno /dev/mapper/leg0) b=$(devno /dev/mapper/leg1)
		full="$(leg_uuid 0) $a 0 $a $sa_start $SA_SECTORS $(leg_uuid 1)"
		start="0 $sectors varyon-mirror $SET_UUID 12 22 2 0 $full"
		dm_create m "$start - 0 - 0 0"
		iotool fill /dev/mapper/m 0 "$sectors" 3
		expect "stale regions of $sectors sectors" "0,$(((sectors + 7) / 8))" \
			"$(mirror_status stale)"
		dm_reload m "$start $b 0 $b $sa_start $SA_SECTORS"
		wait_status letters MM
		mirror_stop
		iotool check /dev/mapper/leg1 0 "$sectors" 3
		dm_remove leg0
		dm_remove leg1
		for disk in disk0 disk1; do
			echo 0 >/sys/kernel/config/nullb/$disk/power
			rmdir /sys/kernel/config/nullb/$disk
		done
	done
}

# The bit is on every leg's disk by the time a write has ended, and a write
# into a zone that is dirty already costs no metadata.
case_intent_is_durable()
{
	keep_dirty
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 8 8 1
	for leg in 0 1; do
		expect "bits of leg $leg" 1 "$(sa_get $leg wib)"
	done
	before=$(mirror_stat meta_writes)
	iotool fill /dev/mapper/m 16 4096 2
	expect "metadata writes" "$before" "$(mirror_stat meta_writes)"
	dmsetup message m 0 clean_now
	expect "dirty zones" 0 "$(mirror_status dirty)"
	for leg in 0 1; do
		expect "bits of leg $leg after cleaning" 0 "$(sa_get $leg wib)"
	done
	iotool fill /dev/mapper/m 8 8 3
	expect "bits after another write" 1 "$(sa_get 0 wib)"
}

case_idle_zones_get_clean()
{
	clean_delay_default
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 65536 1
	expect "zones are dirty" 1 "$([ "$(mirror_status dirty)" -gt 0 ] && echo 1)"
	wait_status dirty 0
}

# Writes to cold zones share their commits: 16 zones, 4 writers.
case_group_commit()
{
	keep_dirty
	mirror_make 2 256
	mirror_start
	iotool load --threads 32 --count 100 --flush 100 /dev/mapper/m "$DATA_SECTORS"
	dirty=$(mirror_status dirty) meta=$(mirror_stat meta_writes)
	writes=$(mirror_stat data_writes)
	echo "# data_writes=$writes meta_writes=$meta dirty=$dirty"
	expect "all zones dirty" 64 "$dirty"
	[ "$meta" -le $((dirty * 2)) ] || fail "$meta metadata writes for $dirty zones on 2 legs"
}

case_random_load_verifies()
{
	clean_delay_default
	mirror_make 2 64
	mirror_start
	iotool load --seed 5 --threads 8 --count 400 --max 64 /dev/mapper/m "$DATA_SECTORS"
	iotool verify --seed 5 --threads 8 --count 400 --max 64 /dev/mapper/m "$DATA_SECTORS" \
		400,400,400,400,400,400,400,400
	mirror_stop
	legs_identical
}

# A leg dies under load: nobody notices but the status, the event counter and
# the survivor's superblock.
case_leg_dies_under_load()
{
	mirror_make 2 64
	mirror_start
	gen=$(mirror_status gen)
	events=$(dmsetup info -c --noheadings -o events m)
	iotool load --seed 6 --count 2000 /dev/mapper/m "$DATA_SECTORS" >load.log &
	load=$!
	wait_for "some writes" 30 grep -q flushed load.log
	leg_break 1
	wait_status letters MF
	wait $load || fail "the writer saw the failure"
	iotool verify --seed 6 --count 2000 /dev/mapper/m "$DATA_SECTORS" 2000,2000,2000,2000
	expect flags degraded "$(mirror_status flags)"
	[ "$gen" != "$(mirror_status gen)" ] || fail "the generation did not change"
	[ "$(dmsetup info -c --noheadings -o events m)" -gt "$events" ] || fail "no event"
	expect "generation on leg 0" "$(mirror_status gen)" "$(sa_get 0 gen)"
	# what the load wrote before the failure is what leg 1 must not be trusted with
	leg_mend 1
	mirror_reload
	wait_status letters MM
	iotool verify --seed 6 --count 2000 /dev/mapper/m "$DATA_SECTORS" 2000,2000,2000,2000
	mirror_stop
	legs_identical
}

# A leg that is pulled while nothing is written lacks what is written from then
# on, and no more: the zone of the first of those writes was clean.
case_leg_pulled_while_idle()
{
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	dmsetup message m 0 clean_now
	wait_status dirty 0
	leg_break 1
	scattered 64 2
	expect letters MF "$(mirror_status letters)"
	expect stale 0,64 "$(mirror_status stale)"
	leg_mend 1
	mirror_reload
	wait_status letters MM
	expect copied_bytes $((64 * REGION)) "$(mirror_stat copied_bytes)"
	mirror_stop
	legs_identical
	scattered_there 64 2 /dev/mapper/leg1
}

# Bytes copied to a returning leg are the regions written while it was away.
case_return_copies_only_changes()
{
	mirror_make 2 256
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_take 1
	mirror_start
	expect letters MA "$(mirror_status letters)"
	scattered 64 2
	scattered 64 3
	expect stale 0,64 "$(mirror_status stale)"
	mirror_stop
	leg_give 1
	mirror_start
	wait_status letters MM
	expect copied_bytes $((64 * REGION)) "$(mirror_stat copied_bytes)"
	expect resync_bytes 0 "$(mirror_stat resync_bytes)"
	mirror_stop
	legs_identical
	scattered_there 64 3 /dev/mapper/leg1
}

# The same without stopping, by reload, with a writer at work all the time.
case_leg_leaves_and_returns_under_load()
{
	mirror_make 3 64
	mirror_start
	iotool load --seed 8 --count 9000 /dev/mapper/m "$DATA_SECTORS" >load.log &
	load=$!
	wait_for "some writes" 30 grep -q flushed load.log
	for round in 1 2 3; do
		lines=$(wc -l <load.log)
		wait_for "more writes" 30 load_goes_on "$lines"
		leg_take 2
		mirror_reload
		expect "letters of round $round" MMA "$(mirror_status letters)"
		lines=$(wc -l <load.log)
		wait_for "more writes" 30 load_goes_on "$lines"
		leg_give 2
		mirror_reload
		wait_status letters MMM
	done
	wait $load || fail "the writer failed"
	iotool verify --seed 8 --count 9000 /dev/mapper/m "$DATA_SECTORS" 9000,9000,9000,9000
	mirror_stop
	legs_identical
}

# After a crash exactly the dirty zones are made equal, one leg over the others.
case_crash_resyncs_dirty_zones()
{
	keep_dirty
	mirror_make 2 256
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	iotool fill /dev/mapper/m $((10 * ZONE / 512)) 8 2
	dirty=$(mirror_status dirty)
	mirror_crash
	# a write that had reached one leg only
	iotool fill /dev/mapper/leg1 128 8 9
	mirror_start
	wait_status action idle
	expect resync_bytes $((dirty * ZONE)) "$(mirror_stat resync_bytes)"
	expect copied_bytes 0 "$(mirror_stat copied_bytes)"
	iotool check /dev/mapper/m 0 8 1
	iotool check /dev/mapper/m $((10 * ZONE / 512)) 8 2
	mirror_stop
	legs_identical
}

# Crash while a leg is away: the dirty zone is copied whole, no more.
case_crash_while_degraded()
{
	keep_dirty
	mirror_make 2 256
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	mirror_crash
	leg_give 1
	mirror_start
	wait_status letters MM
	expect copied_bytes "$ZONE" "$(mirror_stat copied_bytes)"
	mirror_stop
	legs_identical
}

case_split_brain_is_refused()
{
	mirror_make 2 16
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	mirror_stop
	leg_give 1
	leg_take 0
	mirror_start
	iotool fill /dev/mapper/m 0 8 2
	mirror_stop
	leg_give 0
	sum0=$(iotool sum /dev/mapper/leg0 0 $((DATA_SECTORS + SA_SECTORS)))
	sum1=$(iotool sum /dev/mapper/leg1 0 $((DATA_SECTORS + SA_SECTORS)))
	refused mirror_start
	dmesg | tail -n 20 | grep -q "split brain" || fail "no word of a split brain"
	dmsetup remove --noudevsync m || true
	expect "leg 0" "$sum0" "$(iotool sum /dev/mapper/leg0 0 $((DATA_SECTORS + SA_SECTORS)))"
	expect "leg 1" "$sum1" "$(iotool sum /dev/mapper/leg1 0 $((DATA_SECTORS + SA_SECTORS)))"
	# each side alone still works
	leg_take 0
	mirror_start
	iotool check /dev/mapper/m 0 8 2
}

# A copy that is cut short is taken up again, whoever was the cause.
case_interrupted_return()
{
	mirror_make 2 64
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_give 1
	mirror_start no_resync
	expect letters MT "$(mirror_status letters)"
	expect action frozen "$(mirror_status action)"
	expect "flags of leg 1" inconsistent "$(sa_get 1 flags)"
	expect "base generation is the current one" "$(sa_get 0 gen)" "$(sa_get 1 gen)"
	mirror_crash
	# the unfinished leg alone is no volume
	leg_take 0
	refused mirror_start
	dmsetup remove --noudevsync m || true
	leg_give 0
	mirror_start no_resync
	leg_break 1
	iotool fill /dev/mapper/m 0 8 2
	wait_status letters MF
	iotool check /dev/mapper/m 0 8 2
	leg_mend 1
	mirror_reload
	wait_status letters MM
	expect "flags of leg 1" "" "$(sa_get 1 flags)"
	mirror_stop
	legs_identical
	iotool check /dev/mapper/leg1 0 8 2
	iotool check /dev/mapper/leg1 8 $((DATA_SECTORS - 8)) 1
}

# A target given the current generation must not pass for a member later.
case_target_left_behind()
{
	mirror_make 2 16
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	mirror_stop
	leg_give 1
	mirror_start no_resync
	mirror_stop
	leg_take 1
	mirror_start
	[ "$(sa_get 1 gen)" != "$(mirror_status gen)" ] || fail "generation was handed out twice"
	iotool fill /dev/mapper/m 8 8 2
	mirror_stop
	leg_give 1
	mirror_start
	wait_status letters MM
	mirror_stop
	legs_identical
	iotool check /dev/mapper/leg1 0 8 1
	iotool check /dev/mapper/leg1 8 8 2
}

case_three_legs_lose_two()
{
	mirror_make 3 32
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_break 0
	iotool fill /dev/mapper/m 0 1024 2
	wait_status letters FMM
	leg_break 2
	iotool fill /dev/mapper/m 1024 1024 3
	wait_status letters FMF
	# the last one is never given up; its errors go to the caller
	leg_break 1
	refused iotool fill /dev/mapper/m 0 8 9
	expect "letters with nothing left" FMF "$(mirror_status letters)"
	for leg in 0 1 2; do
		leg_mend $leg
	done
	iotool check /dev/mapper/m 0 1024 2
	mirror_reload
	wait_status letters MMM
	mirror_stop
	legs_identical
	for leg in 0 2; do
		iotool check /dev/mapper/leg$leg 0 1024 2
		iotool check /dev/mapper/leg$leg 1024 1024 3
		iotool check /dev/mapper/leg$leg 2048 $((DATA_SECTORS - 2048)) 1
	done
}

# The older half of three must not win over what went on without it.
case_old_leg_gives_way()
{
	mirror_make 3 16
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	mirror_stop
	leg_take 0
	mirror_start
	iotool fill /dev/mapper/m 0 8 2
	mirror_stop
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 8 8 3
	mirror_stop
	leg_give 0
	leg_give 1
	mirror_start
	wait_status letters MMM
	mirror_stop
	legs_identical
	iotool check /dev/mapper/leg0 0 8 2
	iotool check /dev/mapper/leg0 8 8 3
}

case_suspend_and_reload_under_load()
{
	mirror_make 2 64
	mirror_start
	iotool load --seed 9 --count 9000 /dev/mapper/m "$DATA_SECTORS" >load.log &
	load=$!
	wait_for "some writes" 30 grep -q flushed load.log
	for round in 1 2 3 4 5 6; do
		lines=$(wc -l <load.log)
		wait_for "writes in round $round" 30 load_goes_on "$lines"
		case $round in
		1 | 4) dmsetup suspend m && dmsetup resume --noudevsync m ;;
		2 | 5) dmsetup suspend --noflush m && dmsetup resume --noudevsync m ;;
		*) mirror_reload ;;
		esac
	done
	wait $load || fail "the writer failed"
	wait_status action idle
	iotool verify --seed 9 --count 9000 /dev/mapper/m "$DATA_SECTORS" 9000,9000,9000,9000
	expect letters MM "$(mirror_status letters)"
	mirror_stop
	legs_identical
}

case_busy_device_stays()
{
	mirror_make 2 16
	mirror_start
	exec 4</dev/mapper/m
	refused dmsetup remove --noudevsync m
	exec 4<&-
	mirror_stop
}

case_one_set_one_device()
{
	mirror_make 2 16
	mirror_start
	refused dmsetup create --noudevsync m2 --table "$(mirror_table)"
	dmsetup remove --noudevsync m2 2>/dev/null || true
	iotool fill /dev/mapper/m 0 8 1
}

# Nothing valid in a status area: the leg is left out, not overwritten.
case_damaged_status_area()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	satool corrupt /dev/mapper/leg1 "$DATA_SECTORS" super-a
	satool corrupt /dev/mapper/leg1 "$DATA_SECTORS" super-b
	sum=$(iotool sum /dev/mapper/leg1 0 $((DATA_SECTORS + SA_SECTORS)))
	mirror_start
	expect letters MA "$(mirror_status letters)"
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 1
	iotool fill /dev/mapper/m 0 8 2
	mirror_stop
	expect "leg 1" "$sum" "$(iotool sum /dev/mapper/leg1 0 $((DATA_SECTORS + SA_SECTORS)))"
}

# Damaged map units read as ones: more is copied, nothing is wrong.
case_damaged_maps()
{
	mirror_make 2 16
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	mirror_stop
	satool corrupt /dev/mapper/leg0 "$DATA_SECTORS" wib
	satool corrupt /dev/mapper/leg0 "$DATA_SECTORS" stale:1
	leg_give 1
	mirror_start
	wait_status letters MM
	expect copied_bytes $((DATA_SECTORS * 512)) "$(mirror_stat copied_bytes)"
	mirror_stop
	legs_identical
}

# A sector that one leg cannot read comes from the other.
case_read_error_is_hidden()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	echo "+4096-4103" >/sys/kernel/config/nullb/disk0/badblocks
	echo "+8192-8199" >/sys/kernel/config/nullb/disk1/badblocks
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 1
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 1
	[ "$(mirror_status read_errors)" -gt 0 ] || fail "no read error was met"
	expect letters MM "$(mirror_status letters)"
	echo "-4096-4103" >/sys/kernel/config/nullb/disk0/badblocks
	echo "-8192-8199" >/sys/kernel/config/nullb/disk1/badblocks
}

# Members with a volatile cache: one flush per member for each that is asked for.
case_flushes_are_passed_on()
{
	keep_dirty
	mirror_make 2 16 cache_size=4
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	before=$(mirror_stat flushes)
	iotool fill /dev/mapper/m 8 8 2
	expect "flushes" $((before + 2)) "$(mirror_stat flushes)"
}

case_bad_tables_are_refused()
{
	mirror_make 2 16
	good=$(mirror_table)
	a=$(devno /dev/mapper/leg0)
	try()
	{
		refused dmsetup create --noudevsync m --table "$1"
		dmsetup remove --noudevsync m 2>/dev/null || true
	}
	try "0 $DATA_SECTORS varyon-mirror"
	try "$good extra"
	try "$(echo "$good" | sed "s/$SET_UUID/5e70/")"
	try "$(echo "$good" | sed "s/ 12 22 / 11 22 /")"
	try "$(echo "$good" | sed "s/ 12 22 / 12 16 /")"
	try "$(echo "$good" | sed "s/ 12 22 2 / 12 22 9 /")"
	try "$(echo "$good" | sed "s/ 12 22 2 0 / 12 22 2 1 /")"
	try "$(mirror_table no_such_option)"
	try "$(echo "$good" | sed "s/ $SA_SECTORS / 8 /")"
	try "$(echo "$good" | sed "s/ $a 0 $a / $a 0 - /")"
	try "$(echo "$good" | sed "s/ $a 0 / 250:77 0 /")"
	try "$(echo "$good" | sed "s/ $(leg_uuid 0) / - /")"
	try "$(echo "$good" | sed "s/ $(leg_uuid 0) / 1e60 /")"
	try "$(echo "$good" | sed "s/ $SA_SECTORS / many /")"
	try "$(echo "$good" | sed "s/ $DATA_SECTORS $SA_SECTORS / $((DATA_SECTORS + 4096)) $SA_SECTORS /")"
	try "$(leg_take 0; leg_take 1; mirror_table)"
	# another set's status area, another leg's, another size
	try "$(echo "$good" | sed "s/$SET_UUID/5e7000000000000000000000000000ab/")"
	try "$(echo "$good" | sed "s/$(leg_uuid 0)/$(leg_uuid 5)/")"
	try "$(echo "$good" | sed "s/^0 $DATA_SECTORS/0 $((DATA_SECTORS - 8))/")"
	mirror_start
	expect letters MM "$(mirror_status letters)"
}

# The table line that the kernel prints is the one that was loaded.
case_table_round_trip()
{
	mirror_make 3 16
	leg_take 1
	mirror_start no_resync
	expect table "$(mirror_table no_resync)" "$(dmsetup table m)"
}

# When a member fails, a target that still gets writes must know the new
# generation: without the survivor, nobody can say what it holds.
case_member_fails_during_return()
{
	mirror_make 3 16
	leg_take 2
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_give 2
	mirror_start no_resync
	expect letters MMT "$(mirror_status letters)"
	leg_break 1
	iotool fill /dev/mapper/m 0 8 2
	wait_status letters MFT
	expect "generation of leg 2" "$(mirror_status gen)" "$(sa_get 2 gen)"
	expect "flags of leg 2" inconsistent "$(sa_get 2 flags)"
	leg_mend 1
	mirror_crash
	leg_take 0
	refused mirror_start
	dmsetup remove --noudevsync m || true
	leg_give 0
	mirror_start
	wait_status letters MMM
	mirror_stop
	legs_identical
	iotool check /dev/mapper/leg1 0 8 2
	iotool check /dev/mapper/leg2 0 8 2
	iotool check /dev/mapper/leg2 8 $((DATA_SECTORS - 8)) 1
}

# The same with the copy running: it goes on after the failure by itself.
case_member_fails_while_copying()
{
	mirror_make 3 64
	leg_take 2
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_give 2
	mirror_start
	leg_break 1
	iotool fill /dev/mapper/m 0 8 2
	wait_status letters MFM
	iotool check /dev/mapper/m 8 $((DATA_SECTORS - 8)) 1
	mirror_stop
	iotool check /dev/mapper/leg2 0 8 2
	iotool check /dev/mapper/leg2 8 $((DATA_SECTORS - 8)) 1
}

# A write that the only member refuses and the target takes: they must not end
# up as members that differ.
case_write_fails_on_the_member_alone()
{
	mirror_make 2 16
	leg_format 0 --no-spares
	leg_format 1 --no-spares
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 64 8 2
	mirror_stop
	leg_give 1
	mirror_start no_resync
	echo "+4096-4103" >/sys/kernel/config/nullb/disk0/badblocks
	refused iotool fill /dev/mapper/m 4096 8 3
	expect letters MT "$(mirror_status letters)"
	echo "-4096-4103" >/sys/kernel/config/nullb/disk0/badblocks
	mirror_reload
	wait_status letters MM
	mirror_stop
	legs_identical
}

# One bad sector on the source: everything around it is copied all the same.
case_bad_sector_on_the_source()
{
	mirror_make 2 16
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_give 1
	echo "+4096-4096" >/sys/kernel/config/nullb/disk0/badblocks
	mirror_start
	wait_status stale 0,1
	expect letters MT "$(mirror_status letters)"
	echo "-4096-4096" >/sys/kernel/config/nullb/disk0/badblocks
	# written anew, nothing is lacking any more
	iotool fill /dev/mapper/m 4096 8 2
	wait_status letters MM
	mirror_stop
	legs_identical
}

dirty_at_most()
{
	[ "$(mirror_status dirty)" -le "$1" ]
}

# Above the limit idle zones are cleaned soon, however busy the others are.
case_dirty_zones_are_bounded()
{
	keep_dirty
	echo 8 >/sys/module/dm_varyon/parameters/max_dirty_zones
	mirror_make 2 256
	mirror_start
	for zone in $(seq 0 63); do
		iotool fill /dev/mapper/m $((zone * ZONE / 512)) 8 1
	done
	wait_for "cleaning down to the limit" 30 dirty_at_most 8
	echo 4096 >/sys/module/dm_varyon/parameters/max_dirty_zones
}

case_remove_during_return()
{
	mirror_make 2 64
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_give 1
	for round in 1 2 3; do
		mirror_start
		mirror_stop
	done
	mirror_start
	wait_status letters MM
	mirror_stop
	legs_identical
}

write_errors_above()
{
	[ "$(mirror_status write_errors)" -gt "$1" ]
}

# The flush of the cleaning fails on every leg, and the legs recover: whoever
# flushes next must hear of it, and the legs are made equal.
case_lost_flush_is_reported()
{
	mirror_make 2 16 cache_size=4
	mirror_start
	# not by the clock: it must find both legs broken
	keep_dirty
	iotool fill /dev/mapper/m 0 8 1
	# not leg_break: the error target lets flushes pass
	# and both at once: a flush in between would cost a leg
	for leg in 0 1; do
		dmsetup reload leg$leg --table \
			"0 $(sectors /dev/disk$leg) flakey /dev/disk$leg 0 0 1000 1 error_writes"
	done
	dmsetup suspend leg0
	dmsetup suspend leg1
	dmsetup resume leg0
	dmsetup resume leg1
	dmsetup message m 0 clean_now
	wait_for "a flush that fails" 30 write_errors_above 0
	# both at once here, too
	for leg in 0 1; do
		dmsetup reload leg$leg --table "$(leg_linear $leg)"
	done
	dmsetup suspend leg0
	dmsetup suspend leg1
	dmsetup resume leg0
	dmsetup resume leg1
	clean_delay_default
	refused iotool fill /dev/mapper/m 8 8 2
	iotool fill /dev/mapper/m 8 8 2
	# a leg that did not take what was to make it equal has gone meanwhile
	mirror_reload
	wait_status letters MM
	wait_status action idle
	mirror_stop
	legs_identical
}

# A status area that cannot be written while two other legs are away: nothing
# of their maps is forgotten when the leg recovers.
case_maps_survive_a_failed_write()
{
	keep_dirty
	mirror_make 3 16
	leg_take 1
	leg_take 2
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	# the first block of the first absent leg's map
	stale=$((DATA_SECTORS + 16 + 8 + 8))
	echo "+$((stale + 8))-$((stale + 15))" >/sys/kernel/config/nullb/disk0/badblocks
	dmsetup message m 0 clean_now
	expect "zones that stay dirty" 1 "$(mirror_status dirty)"
	echo "-$((stale + 8))-$((stale + 15))" >/sys/kernel/config/nullb/disk0/badblocks
	dmsetup message m 0 clean_now
	expect "zones that stay dirty" 0 "$(mirror_status dirty)"
	for slot in 1 2; do
		expect "stale regions of slot $slot on disk" 1 "$(sa_get 0 stale$slot)"
	done
}

# A crash leaves the members' maps of an absent leg different. What is written
# then is known to all of them, although one disk had its bit already.
case_maps_that_differ_are_made_equal()
{
	mirror_make 3 16
	iotool fill /dev/mapper/leg2 4096 8 1
	leg_take 2
	mirror_start
	mirror_stop
	# that leg 2 has the region may have reached leg 1 only
	maps="bs=512 count=$((SA_SECTORS - 16)) conv=fsync,notrunc"
	# shellcheck disable=SC2086 # split into words on purpose
	dd $maps if=/dev/mapper/leg1 skip=$((DATA_SECTORS + 16)) of=/maps 2>/dev/null
	mirror_start
	iotool fill /dev/mapper/m 4096 8 2
	mirror_stop
	# shellcheck disable=SC2086 # split into words on purpose
	dd $maps if=/maps of=/dev/mapper/leg1 seek=$((DATA_SECTORS + 16)) 2>/dev/null
	rm /maps
	expect "stale regions of slot 2 on leg 0" 1 "$(sa_get 0 stale2)"
	expect "stale regions of slot 2 on leg 1" 0 "$(sa_get 1 stale2)"
	mirror_start
	iotool fill /dev/mapper/m 4096 8 3
	mirror_stop
	expect "stale regions of slot 2 on leg 1" 1 "$(sa_get 1 stale2)"
	leg_take 0
	leg_give 2
	mirror_start
	wait_status letters AMM
	mirror_stop
	iotool check /dev/mapper/leg2 4096 8 3
}

# The image of a machine that sleeps would not know what its legs went through.
case_hibernation_is_refused()
{
	grep -q -w disk /sys/power/state 2>/dev/null || skip "this kernel does not hibernate"
	mirror_make 2 64
	mirror_start
	# Nothing beyond the freezing of processes, whatever happens.
	echo freezer >/sys/power/pm_test
	refused sh -c 'echo disk >/sys/power/state'
	dmesg | grep -q 'hibernation is refused while a mirror is active' ||
		fail "the kernel log does not say why"
	iotool fill /dev/mapper/m 0 64 7
	mirror_stop
	echo disk >/sys/power/state
	echo none >/sys/power/pm_test
}
