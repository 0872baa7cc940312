# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Recovery: what it copies first, how much at a time, how far it has come;
# check and repair.

REGION=4096		# bytes; REGION_SHIFT of lib.sh
ZONE=4194304		# bytes; ZONE_SHIFT
# shellcheck disable=SC2034 # read by run-cases
LIMIT=300

# With this ceiling the first run is copied and the next one in minutes.
CRAWL=resync_max:1

speed()
{
	dmsetup message m 0 resync_speed "$1" "$2"
}

# leg_behind LEG SECTORS: a mirror that is written from the start while LEG is away
leg_behind()
{
	leg_take "$1"
	mirror_start
	iotool fill /dev/mapper/m 0 "$2" 1
	mirror_stop
	leg_give "$1"
}

# stat_above KEY N, status_above FIELD N
stat_above()
{
	[ "$(mirror_stat "$1")" -gt "$2" ]
}

status_above()
{
	[ "$(mirror_status "$1")" -gt "$2" ]
}

# leg_differs LEG FIRST COUNT: sectors of one leg change behind the mirror's back
leg_differs()
{
	iotool fill "/dev/mapper/leg$1" "$2" "$3" 99
}

check_done()
{
	dmsetup message m 0 "$1"
	wait_status action idle
}

case_ceiling_holds_and_is_lifted()
{
	mirror_make 2 64
	leg_behind 1 "$DATA_SECTORS"
	mirror_start $CRAWL
	wait_for "the first copy" 60 stat_above copied_bytes 0
	iotool load --count 500 /dev/mapper/m "$DATA_SECTORS" >/dev/null
	copied=$(mirror_stat copied_bytes)
	[ "$copied" -le 524288 ] || fail "$copied bytes copied at 1 KiB/s"
	expect letters MT "$(mirror_status letters)"
	speed 0 0
	wait_status letters MM
	mirror_stop
	legs_identical
}

case_speeds_are_parsed()
{
	mirror_make 2 16
	refused mirror_start resync_min:2 resync_max:1
	dmsetup remove --noudevsync m 2>/dev/null || true
	refused mirror_start resync_max:x
	dmsetup remove --noudevsync m 2>/dev/null || true
	mirror_start resync_min:100 resync_max:200
	dmsetup table m | grep -q ' 2 resync_min:100 resync_max:200 ' || fail "not in the table"
	refused speed 2 1
	refused speed -1 0
	refused speed 1
	refused speed 0 99999999999999999999
	speed 1 0
	speed 0 0
}

# What makes no sense, or cannot be done now, is refused.
case_messages_are_checked()
{
	mirror_make 2 16
	mirror_start
	refused dmsetup message m 0 polish
	refused dmsetup message m 0 check twice
	refused dmsetup message m 0 lp_stat
	refused dmsetup message m 0 lp_stat on many
	dmsetup suspend m
	refused dmsetup message m 0 clean_now
	refused dmsetup message m 0 check
	dmsetup resume m
	dmsetup message m 0 clean_now
	mirror_stop

	dmsetup create --readonly m --table "$(mirror_table)"
	refused dmsetup message m 0 repair
	dmsetup message m 0 check
	wait_status action idle
	mirror_stop

	leg_take 1
	mirror_start
	refused dmsetup message m 0 check
}

# What may differ between members goes before what a target lacks.
case_dirty_zones_come_first()
{
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	mirror_make 3 128
	leg_behind 2 "$DATA_SECTORS"
	leg_take 2
	mirror_start
	for zone in $(seq 12 26); do
		iotool fill /dev/mapper/m $((zone * ZONE / 512)) 8 2
	done
	mirror_crash
	leg_give 2
	mirror_start $CRAWL
	wait_for "the first copy" 60 stat_above resync_bytes 0
	expect "copied to the target meanwhile" 0 "$(mirror_stat copied_bytes)"
	expect action resync "$(mirror_status action)"
	speed 0 0
	wait_status letters MMM
	mirror_stop
	legs_identical
}

# Users of the volume take the slots, and give them back.
slots_few()
{
	[ "$(mirror_stat resync_slots)" -le 3 ]
}

slots_all()
{
	[ "$(mirror_stat resync_slots)" -eq 16 ]
}

case_users_go_first_and_it_ends()
{
	mirror_make 2 64
	leg_behind 1 "$DATA_SECTORS"
	mirror_start $CRAWL
	wait_for "all slots while nobody works" 60 slots_all
	while true; do
		iotool load --seed 4 --threads 2 --count 300 /dev/mapper/m "$DATA_SECTORS" >/dev/null
	done &
	load=$!
	wait_for "few slots under load" 60 slots_few
	# a floor goes before the users
	speed 1000000 0
	wait_for "all slots below the floor" 60 slots_all
	speed 0 0
	wait_status letters MM 120
	kill $load
	wait $load || true
	wait_for "all slots again" 60 slots_all
	mirror_stop
	legs_identical
}

# Percentage and work done survive a stop in the middle.
case_progress_survives_a_restart()
{
	mirror_make 2 64
	leg_behind 1 "$DATA_SECTORS"
	total=$((DATA_SECTORS * 512 / REGION))
	mirror_start resync_max:8000
	expect total $total "$(mirror_status total)"
	wait_for "some progress" 60 status_above "done" 0
	# twice: the second time from what the first restart has recorded
	for round in 1 2; do
		mirror_stop
		mirror_start $CRAWL
		expect "total after restart $round" $total "$(mirror_status total)"
	done
	sofar=$(mirror_status "done")
	[ "$sofar" -gt 0 ] || fail "progress was forgotten"
	speed 0 0
	wait_status letters MM
	# nothing was copied twice, and nothing left out
	copied=$(mirror_stat copied_bytes)
	[ "$copied" -le $(((total - sofar) * REGION + 262144)) ] ||
		fail "$copied bytes copied of $(((total - sofar) * REGION)) left"
	expect "done" $total "$(mirror_status "done")"
	mirror_stop
	legs_identical
}

# Regions that become stale behind the cursor are copied as well.
case_cursor_is_rewound()
{
	mirror_make 3 64
	leg_behind 2 "$DATA_SECTORS"
	mirror_start resync_max:4000
	wait_for "some progress" 60 status_above "done" 0
	# the generation changes: what is written meanwhile is missing on the target
	iotool load --seed 3 --count 2000 /dev/mapper/m "$DATA_SECTORS" >load.log &
	load=$!
	wait_for "some writes" 30 grep -q flushed load.log
	leg_break 1
	wait_status letters MFT
	speed 0 0
	wait_status letters MFM
	wait $load || fail "the writer failed"
	leg_mend 1
	mirror_reload
	wait_status letters MMM
	mirror_stop
	legs_identical
}

case_check_counts_and_repair_mends()
{
	mirror_make 3 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	check_done check
	expect "mismatches of equal legs" 0 "$(mirror_status mismatches)"
	leg_differs 1 5 3
	leg_differs 1 70000 8
	leg_differs 2 $((DATA_SECTORS - 1)) 1
	check_done check
	expect mismatches 12 "$(mirror_status mismatches)"
	iotool check /dev/mapper/leg1 5 3 99
	check_done repair
	expect "mismatches that were repaired" 12 "$(mirror_status mismatches)"
	check_done check
	expect "mismatches after the repair" 0 "$(mirror_status mismatches)"
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	legs_identical
	iotool check /dev/mapper/leg1 0 "$DATA_SECTORS" 1
}

# A check that compares may not disturb writers, and must not take their
# writes for mismatches.
case_check_and_repair_under_load()
{
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	iotool load --seed 8 --count 3000 /dev/mapper/m "$DATA_SECTORS" >load.log &
	load=$!
	wait_for "some writes" 30 grep -q flushed load.log
	check_done check
	expect mismatches 0 "$(mirror_status mismatches)"
	check_done repair
	expect mismatches 0 "$(mirror_status mismatches)"
	wait $load || fail "the writer failed"
	iotool verify --seed 8 --count 3000 /dev/mapper/m "$DATA_SECTORS" 3000,3000,3000,3000
	mirror_stop
	legs_identical
}

# A suspend in the middle: it goes on, and counts nothing twice.
case_check_goes_on_after_a_suspend()
{
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	for zone in $(seq 0 15); do
		leg_differs 1 $((zone * ZONE / 512 + 100)) 2
	done
	# slow enough not to be over before the last round on a busy machine
	speed 0 1000
	dmsetup message m 0 check
	refused dmsetup message m 0 repair
	for round in 1 2 3; do
		sofar=$(mirror_status "done")
		wait_for "progress in round $round" 60 status_above "done" "$sofar"
		expect action check "$(mirror_status action)"
		expect total $((DATA_SECTORS * 512 / REGION)) "$(mirror_status total)"
		dmsetup suspend m
		dmsetup resume --noudevsync m
	done
	speed 0 0
	wait_status action idle
	expect mismatches 32 "$(mirror_status mismatches)"
}

case_check_ends_when_told()
{
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_differs 1 0 8
	speed 0 1
	dmsetup message m 0 repair
	wait_status mismatches 8
	dmsetup message m 0 idle
	expect action idle "$(mirror_status action)"
	expect mismatches 8 "$(mirror_status mismatches)"
	dmsetup message m 0 idle
	# a new table begins without one
	dmsetup message m 0 check
	expect action check "$(mirror_status action)"
	mirror_reload
	expect action idle "$(mirror_status action)"
	# no check where nothing may be copied, or with nothing to compare
	mirror_reload no_resync
	refused dmsetup message m 0 check
	leg_take 1
	mirror_reload
	refused dmsetup message m 0 check
}

# A leg is lost in the middle: the check goes on with the others, or ends.
case_check_survives_a_lost_leg()
{
	mirror_make 3 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_differs 1 $((DATA_SECTORS - 4)) 4
	leg_differs 2 $((DATA_SECTORS - 8)) 8
	speed 0 1
	dmsetup message m 0 repair
	wait_for "the first run" 60 status_above "done" 0
	leg_break 2
	iotool fill /dev/mapper/m 0 8 1
	wait_status letters MMF
	expect action repair "$(mirror_status action)"
	speed 0 0
	wait_status action idle
	expect mismatches 4 "$(mirror_status mismatches)"
	speed 0 1
	dmsetup message m 0 check
	wait_for "the first run" 60 status_above "done" 0
	leg_break 1
	iotool fill /dev/mapper/m 0 8 1
	wait_status letters MFF
	speed 0 0
	wait_status action idle
	leg_mend 1
	leg_mend 2
	mirror_reload
	wait_status letters MMM
	check_done repair
	mirror_stop
	legs_identical
	iotool check /dev/mapper/leg0 0 "$DATA_SECTORS" 1
}

# The write-intent bit is set before a repair writes, so that a crash or a leg
# that fails it leaves nothing behind that no map knows.
case_repair_is_a_write()
{
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	mirror_make 2 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	dmsetup message m 0 clean_now
	expect "dirty zones" 0 "$(mirror_status dirty)"
	leg_differs 1 0 8
	leg_differs 1 $((5 * ZONE / 512)) 8
	check_done check
	expect "dirty zones after a check" 0 "$(mirror_status dirty)"
	check_done repair
	[ "$(mirror_status dirty)" -ge 2 ] || fail "the repair left no write-intent bits"
	expect mismatches 16 "$(mirror_status mismatches)"
}

a_request_hangs()
{
	[ "$(awk '{ print $1 + $2 }' "/sys/dev/block/$(devno /dev/mapper/m)/inflight")" -gt 0 ]
}

# It sleeps so that a signal ends that. Where, a kernel that looks for mistakes cannot tell
# of another process without finding one.
suspend_waits()
{
	[ "$(awk '{ print $3 }' "/proc/$1/stat")" = S ]
}

# A suspend waits for a request that does not end, and somebody loses patience: the
# volume is in use as before, and recovery goes on.
case_suspend_that_is_given_up()
{
	mirror_make 3 64
	leg_behind 1 40000
	mirror_start $CRAWL
	wait_for "the first run" 60 stat_above copied_bytes 0
	dmsetup suspend --noflush leg2
	iotool fill /dev/mapper/m 100000 8 2 &
	writer=$!
	wait_for "the write to wait for the leg" 60 a_request_hangs
	dmsetup suspend m &
	suspend=$!
	wait_for "the suspend to wait for the write" 60 suspend_waits $suspend
	kill -TERM $suspend
	! wait $suspend || fail "the suspend did not fail"
	dmsetup resume leg2
	wait $writer
	speed 0 0
	wait_status letters MMM
	mirror_stop
	legs_identical
	iotool check /dev/mapper/leg1 100000 8 2
}
