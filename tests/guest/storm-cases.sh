# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# varyon-mirror when more goes wrong than one leg at a time. A load runs that
# tries again what failed; whatever it was told that succeeded must be there.

# shellcheck disable=SC2034 # read by run-cases
LIMIT=300

# ---- what legs do ----

leg_dead()
{
	echo "0 $(sectors "/dev/disk$1") error"
}

# Reads pass, writes and flushes fail.
leg_read_only()
{
	echo "0 $(sectors "/dev/disk$1") flakey /dev/disk$1 0 0 1000 1 error_writes"
}

# leg_sa_broken N UP DOWN: writes to the status area fail for DOWN of UP + DOWN seconds
leg_sa_broken()
{
	echo "0 $DATA_SECTORS linear /dev/disk$1 0"
	echo "$DATA_SECTORS $(($(sectors "/dev/disk$1") - DATA_SECTORS)) flakey /dev/disk$1" \
		"$DATA_SECTORS $2 $3 1 error_writes"
}

# legs_become TABLE [ARGUMENT]...: all legs get this table, and none before the others
legs_become()
{
	_table=$1
	shift
	for _leg in $(seq 0 $((NLEGS - 1))); do
		"$_table" "$_leg" "$@" | dmsetup reload "leg$_leg"
		dmsetup suspend "leg$_leg"
	done
	for _leg in $(seq 0 $((NLEGS - 1))); do
		dmsetup resume "leg$_leg"
	done
}

leg_becomes()
{
	_leg=$1 _table=$2
	shift 2
	"$_table" "$_leg" "$@" | dmsetup reload "leg$_leg"
	dmsetup suspend "leg$_leg"
	dmsetup resume "leg$_leg"
}

errors_above()
{
	[ "$(mirror_status write_errors)" -gt "$1" ]
}

# The mirror has met new errors since there were $1.
wait_errors()
{
	wait_for "more than $1 write errors" 60 errors_above "$1"
}

in_sync_again()
{
	mirror_reload
	wait_status letters MM 120
}

# ---- the cases ----

case_every_leg_fails_at_once()
{
	mirror_make 2 16
	mirror_start
	load_start
	for kind in leg_dead leg_read_only leg_dead; do
		errors=$(mirror_status write_errors)
		legs_become $kind
		wait_errors "$errors"
		# somebody is always left to go on with
		mirror_status letters | grep -q M || fail "no member is left"
		legs_become leg_linear
		load_goes_on
		in_sync_again
	done
	load_verify
}

case_legs_fail_alternately()
{
	mirror_make 2 16
	mirror_start
	load_start
	for leg in 0 1 0 1; do
		leg_break $leg
		wait_for "the leg to be lost" 60 eval 'mirror_status letters | grep -q F'
		load_goes_on
		leg_mend $leg
		in_sync_again
	done
	load_verify
}

# The target fails, the only member fails, both do, while one is copied.
case_legs_fail_during_a_resync()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	load_start
	for storm in target member both; do
		leg_take 1
		mirror_reload
		load_goes_on
		leg_give 1
		mirror_reload resync_max:500
		wait_status letters MT
		errors=$(mirror_status write_errors)
		case $storm in
		target) leg_break 1 ;;
		member) leg_break 0 ;;
		both) legs_become leg_dead ;;
		esac
		wait_errors "$errors"
		legs_become leg_linear
		load_goes_on
		in_sync_again
	done
	load_verify
}

# A suspend ends whatever the legs do, and a resume without any leg is refused.
case_legs_fail_during_a_suspend()
{
	mirror_make 2 16
	mirror_start
	load_start
	for leg in 0 1; do
		dmsetup suspend m &
		suspend=$!
		leg_break $leg
		wait $suspend
		dmsetup resume m
		load_goes_on
		leg_mend $leg
		in_sync_again
	done
	legs_become leg_dead
	dmsetup suspend m
	refused dmsetup resume m
	legs_become leg_linear
	dmsetup resume m
	load_goes_on
	load_verify
}

case_status_area_of_a_leg_cannot_be_written()
{
	mirror_make 2 16
	mirror_start
	load_start
	leg_becomes 1 leg_sa_broken 0 1000
	dmsetup message m 0 clean_now
	wait_status letters MF
	load_goes_on
	leg_mend 1
	load_verify
}

# Without a durable bit no write; it goes on when the disks do.
case_no_status_area_can_be_written()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	dmsetup message m 0 clean_now
	expect "dirty zones" 0 "$(mirror_status dirty)"
	legs_become leg_sa_broken 0 1000
	refused iotool fill /dev/mapper/m 0 8 2
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 1
	legs_become leg_linear
	load_start
	load_goes_on
	load_verify
}

# On and off, while zones get dirty and clean.
case_status_areas_fail_now_and_then()
{
	mirror_make 2 16
	mirror_start
	echo 0 >/sys/module/dm_varyon/parameters/clean_delay_ms
	load_start
	errors=$(mirror_status write_errors)
	legs_become leg_sa_broken 1 1
	for _ in 1 2 3 4 5 6 7 8; do
		load_goes_on
		dmsetup message m 0 clean_now
		usleep 500000
	done
	wait_errors "$errors"
	legs_become leg_linear
	echo 5000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	load_goes_on
	load_verify
}

# A leg does not answer for half a minute: writers wait, and nothing is lost.
case_a_leg_hangs()
{
	mirror_make 2 16
	mirror_start
	load_start
	dmsetup suspend --noflush leg1
	# at most what was in flight gets through
	usleep 1000000
	before=$(load_lines)
	usleep 30000000
	expect "flushes while the leg hangs" "$before" "$(load_lines)"
	dmsetup resume leg1
	load_goes_on
	expect letters MM "$(mirror_status letters)"
	expect "write errors" 0 "$(mirror_status write_errors)"
	load_verify
}

# leg_lies N: eight sectors of the leg come from another disk
leg_lies()
{
	echo "0 8192 linear /dev/disk$1 0"
	echo "8192 8 linear /dev/liar 0"
	echo "8200 $(($(sectors "/dev/disk$1") - 8200)) linear /dev/disk$1 8200"
}

# Wrong data without an error: nobody can know but who compares.
case_wrong_data_are_found_by_check()
{
	mirror_make 2 16
	disk_new liar 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_becomes 1 leg_lies
	dmsetup message m 0 check
	wait_status action idle
	expect "mismatches of a leg that lies" 8 "$(mirror_status mismatches)"
	leg_mend 1
	dmsetup message m 0 check
	wait_status action idle
	expect "mismatches of a leg that reads well again" 0 "$(mirror_status mismatches)"
	expect letters MM "$(mirror_status letters)"
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 1
}

# Little memory is left: the paths of loss and return have what they need.
case_memory_is_short()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
	mkdir -p /mnt/hog
	mount -t tmpfs -o size="$free"k tmpfs /mnt/hog
	dd if=/dev/zero of=/mnt/hog/hog bs=1M count=$((free / 1024 - 80)) 2>/dev/null
	load_start
	leg_break 1
	wait_status letters MF
	load_goes_on
	leg_mend 1
	in_sync_again
	umount /mnt/hog
	load_verify
}
