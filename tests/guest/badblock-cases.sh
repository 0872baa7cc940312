# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# varyon-mirror: places of a leg that cannot be written or read. null_blk fails
# every I/O that touches a bad sector, as a whole, with a plain I/O error; its
# bad sectors do not get good by being written.

# shellcheck disable=SC2034 # read by run-cases
LIMIT=300

DEAD=18446744073709551615	# in place of a block: this spare is bad

# bad LEG FIRST LAST, good LEG FIRST LAST: sectors of its disk
bad()
{
	echo "+$2-$3" >"/sys/kernel/config/nullb/disk$1/badblocks"
}

good()
{
	echo "-$2-$3" >"/sys/kernel/config/nullb/disk$1/badblocks"
}

# First sector of a spare block on its disk: they are the end of the status area.
spare_sector()
{
	echo $((DATA_SECTORS + SA_SECTORS - (64 - $1) * 8))
}

bad_blocks()
{
	dmsetup message m 0 bad_blocks
}

# bbr_set LEG ENTRY...: with the mirror stopped
bbr_set()
{
	_dev=/dev/mapper/leg$1
	shift
	satool bbr-set "$_dev" "$DATA_SECTORS" "$@"
}

bbr_get()
{
	satool bbr "/dev/mapper/leg$1" "$DATA_SECTORS"
}

# no_spares LEG [BUT]: all spares of the leg are bad, but the first so many
no_spares()
{
	_entries=
	for _spare in $(seq "${2:-0}" 63); do
		_entries="$_entries $_spare:$DEAD"
	done
	# shellcheck disable=SC2086 # split into words on purpose
	bbr_set "$1" $_entries
}

# alone LEG COMMAND...: with that leg of two as the only one, without a trace
alone()
{
	leg_take $((1 - $1))
	mirror_start
	shift
	"$@"
	mirror_stop
	ABSENT=
}

# pattern of SEED in the sectors FIRST COUNT
holds()
{
	iotool check /dev/mapper/m "$1" "$2" "$3"
}

# What was written to a bad place is in a spare block, for this table and the next.
case_bad_place_is_relocated()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	iotool fill /dev/mapper/m 4096 8 2
	expect letters MM "$(mirror_status letters)"
	expect relocated 1,0 "$(mirror_status relocated)"
	expect "bad blocks" 0:4096:spare "$(bad_blocks)"
	holds 4096 8 2
	mirror_stop
	expect table "spare 0 block 512" "$(bbr_get 0)"
	leg_take 1
	mirror_start
	holds 0 4096 1
	holds 4096 8 2
	holds 4104 $((DATA_SECTORS - 4104)) 1
	iotool fill /dev/mapper/m 4096 8 3
	holds 4096 8 3
	expect relocated 1,0 "$(mirror_status relocated)"
	mirror_stop
	# in place there is something else by now
	good 0 4096 4103
	refused iotool check /dev/mapper/leg0 4096 8 3
	mirror_start
	holds 4096 8 3
}

# Only the bad block of a long write moves; later long I/O finds it.
case_long_write_over_bad_blocks()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4100 4100
	bad 0 4120 4121
	iotool fill /dev/mapper/m 4000 256 2
	expect relocated 2,0 "$(mirror_status relocated)"
	iotool fill /dev/mapper/m 4090 100 3
	holds 4000 90 2
	holds 4090 100 3
	holds 4190 66 2
	mirror_stop
	leg_take 1
	mirror_start
	holds 0 4000 1
	holds 4000 90 2
	holds 4090 100 3
	holds 4190 66 2
	holds 4256 $((DATA_SECTORS - 4256)) 1
}

case_sectors_of_a_relocated_block()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 1 4096 4103
	iotool fill /dev/mapper/m 4096 8 2
	iotool fill /dev/mapper/m 4099 1 3
	iotool fill /dev/mapper/m 4103 2 4
	expect relocated 0,1 "$(mirror_status relocated)"
	mirror_stop
	leg_take 0
	mirror_start
	holds 4096 3 2
	holds 4099 1 3
	holds 4100 3 2
	holds 4103 2 4
	holds 4105 8 1
}

# The rest of the block comes from the other leg.
case_sector_of_a_bad_block()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	iotool fill /dev/mapper/m 4099 1 2
	expect letters MM "$(mirror_status letters)"
	wait_status relocated 1,0
	wait_status stale 0,0
	mirror_stop
	leg_take 1
	mirror_start
	holds 4096 3 1
	holds 4099 1 2
	holds 4100 8 1
}

# A read that fails is served by the other leg and the place rewritten, which
# on this disk means elsewhere.
case_unreadable_block_is_repaired()
{
	mirror_make 2 16
	mirror_start write_mostly:1
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4100 4100
	bad 1 8200 8200
	holds 0 "$DATA_SECTORS" 1
	wait_status relocated 1,0
	expect repaired 1 "$(mirror_stat repaired)"
	mirror_reload write_mostly:0
	holds 0 "$DATA_SECTORS" 1
	wait_status relocated 1,1
	expect letters MM "$(mirror_status letters)"
	expect stale 0,0 "$(mirror_status stale)"
	mirror_stop
	alone 0 holds 0 "$DATA_SECTORS" 1
	alone 1 holds 0 "$DATA_SECTORS" 1
}

repaired()
{
	[ "$(mirror_stat repaired)" -ge "$1" ]
}

# A disk that gets good by being written, as most do: nothing is relocated.
case_unreadable_block_is_rewritten()
{
	modprobe -q dm-dust || skip "no dm-dust in this kernel"
	mirror_make 2 16
	mirror_start write_mostly:1
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	dm_reload leg0 "0 $(sectors /dev/disk0) dust /dev/disk0 0 512"
	dmsetup message leg0 0 addbadblock 4100
	dmsetup message leg0 0 enable
	holds 0 "$DATA_SECTORS" 1
	wait_for "the repair" 60 repaired 1
	expect letters MM "$(mirror_status letters)"
	expect relocated 0,0 "$(mirror_status relocated)"
	expect stale 0,0 "$(mirror_status stale)"
	mirror_stop
	legs_identical
}

# Legs that are bad in different places of one read.
case_read_over_both_legs_bad()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4100 4100
	bad 1 4200 4200
	holds 4096 256 1
	wait_status relocated 1,1
	holds 4096 256 1
}

# Nothing moves without data: with one leg a read error is a read error.
case_unreadable_without_another_leg()
{
	mirror_make 2 16
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	refused iotool check /dev/mapper/m 4096 8 1
	holds 4104 100 1
	expect relocated 0,0 "$(mirror_status relocated)"
	# part of a block: what else is in it is not known
	refused iotool fill /dev/mapper/m 4099 1 2
	expect relocated 0,0 "$(mirror_status relocated)"
	# all of it
	iotool fill /dev/mapper/m 4096 8 3
	holds 4096 8 3
	expect relocated 1,0 "$(mirror_status relocated)"
}

case_bad_spares_are_passed_over()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	bad 0 "$(spare_sector 0)" $(($(spare_sector 0) + 7))
	iotool fill /dev/mapper/m 4096 8 2
	expect relocated 1,0 "$(mirror_status relocated)"
	# and one that gets bad later
	bad 0 "$(spare_sector 1)" $(($(spare_sector 1) + 7))
	iotool fill /dev/mapper/m 4096 8 3
	expect relocated 1,0 "$(mirror_status relocated)"
	mirror_stop
	expect table "spare 2 block 512
spare 0 block dead
spare 1 block dead" "$(bbr_get 0)"
	alone 0 holds 4096 8 3
}

# Without spares the leg stays, and every disk knows what it lacks before the
# write ends.
case_exhausted_spares()
{
	mirror_make 2 16
	no_spares 0 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4111
	iotool fill /dev/mapper/m 4096 16 2
	expect letters MM "$(mirror_status letters)"
	expect relocated 1,0 "$(mirror_status relocated)"
	expect stale 1,0 "$(mirror_status stale)"
	expect "bad blocks" "0:4096:spare 0:4104:stale" "$(bad_blocks)"
	for leg in 0 1; do
		expect "stale regions of slot 0 on leg $leg" 1 "$(sa_get $leg stale0)"
	done
	holds 4096 16 2
	mirror_stop
	mirror_start
	expect letters MM "$(mirror_status letters)"
	expect stale 1,0 "$(mirror_status stale)"
	holds 4096 16 2
	# what is written is on the other leg alone, until the place is good
	iotool fill /dev/mapper/m 4104 4 3
	holds 4104 4 3
	expect stale 1,0 "$(mirror_status stale)"
	good 0 4096 4111
	dmsetup message m 0 repair
	wait_status stale 0,0
	wait_status action idle
	mirror_stop
	expect "stale regions of slot 0" 0 "$(sa_get 1 stale0)"
	alone 0 holds 4104 4 3
}

# A repair that cannot write a place says so in the maps instead, and goes on.
case_repair_over_a_bad_place()
{
	mirror_make 2 16
	no_spares 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	iotool fill /dev/mapper/leg1 4096 8 99
	iotool fill /dev/mapper/leg1 8192 8 99
	bad 1 4096 4103
	dmsetup message m 0 repair
	wait_status action idle
	expect mismatches 8 "$(mirror_status mismatches)"
	expect letters MM "$(mirror_status letters)"
	expect stale 0,1 "$(mirror_status stale)"
	expect "stale regions of slot 1 on leg 0" 1 "$(sa_get 0 stale1)"
	iotool check /dev/mapper/leg1 8192 8 1
	good 1 4096 4103
	dmsetup message m 0 repair
	wait_status stale 0,0
	wait_status action idle
	mirror_stop
	legs_identical
}

# The only good copy of a place goes: errors there, and nowhere else.
case_bad_place_and_other_leg_lost()
{
	mirror_make 2 16
	no_spares 0
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	iotool fill /dev/mapper/m 4096 8 2
	expect stale 1,0 "$(mirror_status stale)"
	leg_break 1
	iotool fill /dev/mapper/m 0 8 3
	wait_status letters MF
	refused iotool check /dev/mapper/m 4096 8 2
	refused iotool fill /dev/mapper/m 4096 8 4
	# part of it would not make the rest good
	good 0 4096 4103
	refused iotool fill /dev/mapper/m 4096 4 4
	refused iotool check /dev/mapper/m 4090 8 1
	holds 0 8 3
	holds 8 4088 1
	holds 4104 $((DATA_SECTORS - 4104)) 1
	iotool fill /dev/mapper/m 4096 8 5
	expect "stale regions of slot 0" 0 "$(mirror_status stale | cut -d, -f1)"
	holds 4096 8 5
	mirror_stop
	leg_mend 1
	mirror_start
	wait_status letters MM
	mirror_stop
	legs_identical
	iotool check /dev/mapper/leg1 4096 8 5
}

# What nobody has does not keep a leg from coming back.
case_region_that_nobody_has()
{
	mirror_make 2 16
	no_spares 0
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	iotool fill /dev/mapper/m 4096 8 2
	leg_break 1
	iotool fill /dev/mapper/m 0 8 3
	wait_status letters MF
	# it fails, but leg 1 may not have what it had any more
	refused iotool fill /dev/mapper/m 4096 8 4
	mirror_stop
	leg_mend 1
	mirror_start
	wait_status letters MM
	expect stale 1,1 "$(mirror_status stale)"
	refused iotool check /dev/mapper/m 4096 8 2
	holds 4104 $((DATA_SECTORS - 4104)) 1
	mirror_reload
	expect stale 1,1 "$(mirror_status stale)"
	good 0 4096 4103
	iotool fill /dev/mapper/m 4096 8 5
	expect stale 0,0 "$(mirror_status stale)"
	mirror_stop
	legs_identical
}

# A region is never given up on all legs: the last one's error is the caller's.
case_bad_on_all_legs()
{
	mirror_make 2 16
	no_spares 0
	no_spares 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	bad 1 4096 4103
	refused iotool fill /dev/mapper/m 4096 8 2
	expect letters MM "$(mirror_status letters)"
	expect stale 0,0 "$(mirror_status stale)"
	good 1 4096 4103
	iotool fill /dev/mapper/m 4096 8 3
	expect stale 1,0 "$(mirror_status stale)"
	bad 1 4096 4103
	refused iotool fill /dev/mapper/m 4096 8 4
	expect stale 1,0 "$(mirror_status stale)"
	expect letters MM "$(mirror_status letters)"
}

# A bad place that no disk could be told of when it was found: they hear of it
# with the next commit, not when it is met again.
case_bad_place_is_told_later()
{
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	mirror_make 2 16
	no_spares 0
	mirror_start
	iotool fill /dev/mapper/m 0 8192 1
	bad 0 4096 4103
	# both copies of the first block of slot 0's map
	map=$((DATA_SECTORS + 24))
	bad 0 $map $((map + 7))
	bad 1 $map $((map + 7))
	refused iotool fill /dev/mapper/m 4096 8 2
	for leg in 0 1; do
		good $leg $map $((map + 7))
		expect "stale regions of slot 0 on leg $leg" 0 "$(sa_get $leg stale0)"
	done
	iotool fill /dev/mapper/m 8192 8 3
	for leg in 0 1; do
		expect "stale regions of slot 0 on leg $leg" 1 "$(sa_get $leg stale0)"
	done
}

# Reads that only relocated blocks serve are over when they are over.
case_reads_of_relocated_blocks_end()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	iotool fill /dev/mapper/m 4096 8 2
	mirror_stop
	leg_take 1
	mirror_start
	for _round in 1 2 3; do
		usleep 50000
		holds 4096 8 2
	done
	wait_for "the volume to be out of use" 10 out_of_use
}

# All slots of a recovery would work, as they do while nobody uses the volume.
out_of_use()
{
	[ "$(mirror_stat resync_slots)" -eq 16 ]
}

# try_table WHAT ENTRY...: it must be refused, the leg with it
try_table()
{
	_what=$1
	shift
	leg_format 0
	leg_format 1
	bbr_set 1 "$@"
	mirror_start
	expect "letters with $_what" MA "$(mirror_status letters)"
	dmesg | grep -q "slot 1: no valid table of relocated blocks ($_what; $_what), leg left out" ||
		fail "no message about '$_what'"
	mirror_stop
}

case_hostile_tables_are_refused()
{
	mirror_make 2 16
	blocks=$((DATA_SECTORS / 8))
	try_table "a block beyond the end of the leg" 0:$blocks
	try_table "a block beyond the end of the leg" 0:1 1:$((DEAD - 1))
	try_table "a spare that does not exist or is used twice" 64:0
	try_table "a spare that does not exist or is used twice" 4294967295:0
	try_table "a spare that does not exist or is used twice" 3:0 3:1
	try_table "not in order, or a block relocated twice" 3:7 4:7
	try_table "not in order, or a block relocated twice" 3:7 4:6
	leg_format 0
	leg_format 1
	bbr_set 1 63:$((blocks - 1))
	mirror_start
	expect letters MM "$(mirror_status letters)"
	expect relocated 0,1 "$(mirror_status relocated)"
}

# One copy of the table is enough, and none is too few.
case_damaged_tables()
{
	mirror_make 2 16
	mirror_start
	bad 1 4096 4103
	iotool fill /dev/mapper/m 4096 8 2
	mirror_stop
	for copy in bbr-a bbr-b; do
		satool corrupt /dev/mapper/leg1 "$DATA_SECTORS" $copy
		mirror_start
		expect letters MM "$(mirror_status letters)"
		expect relocated 0,1 "$(mirror_status relocated)"
		# writes make both copies whole before they end
		iotool fill /dev/mapper/m 4096 8 3
		mirror_stop
	done
	satool corrupt /dev/mapper/leg1 "$DATA_SECTORS" bbr-a
	satool corrupt /dev/mapper/leg1 "$DATA_SECTORS" bbr-b
	mirror_start
	expect letters MA "$(mirror_status letters)"
	holds 4096 8 3
}

# Copying meets relocated blocks on both sides, and new bad places.
case_recovery_over_bad_blocks()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	bad 1 8192 8199
	iotool fill /dev/mapper/m 4096 8 1
	iotool fill /dev/mapper/m 8192 8 1
	expect relocated 1,1 "$(mirror_status relocated)"
	mirror_stop
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 2
	mirror_stop
	leg_give 1
	bad 1 12288 12288
	mirror_start
	wait_status letters MM
	expect relocated 1,2 "$(mirror_status relocated)"
	mirror_stop
	alone 1 holds 0 "$DATA_SECTORS" 2
}

# A leg comes back although it cannot hold everything.
case_return_without_spares()
{
	mirror_make 2 16
	no_spares 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 2
	mirror_stop
	leg_give 1
	bad 1 4096 4103
	mirror_start
	wait_status letters MM
	expect stale 0,1 "$(mirror_status stale)"
	holds 0 "$DATA_SECTORS" 2
	mirror_stop
	expect "stale regions of slot 1" 1 "$(sa_get 0 stale1)"
	mirror_start
	expect stale 0,1 "$(mirror_status stale)"
	good 1 4096 4103
	dmsetup message m 0 repair
	wait_status stale 0,0
	wait_status action idle
	mirror_stop
	legs_identical
}

# With more bad places than a member may be without a leg has failed.
case_return_with_too_many_bad_places()
{
	mirror_make 2 16
	no_spares 1
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_give 1
	bad 1 4096 4607		# 64 regions
	bad 1 8192 8199
	mirror_start
	wait_status letters MF
	holds 0 "$DATA_SECTORS" 1
	good 1 8192 8199
	mirror_reload
	wait_status letters MM
	expect stale 0,64 "$(mirror_status stale)"
	holds 0 "$DATA_SECTORS" 1
}

# After a crash the members are made equal, past bad places.
case_resync_over_bad_blocks()
{
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	mirror_make 2 16
	no_spares 0
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	iotool fill /dev/mapper/m 4096 16 2
	expect stale 1,0 "$(mirror_status stale)"
	mirror_crash
	bad 1 8192 8192
	mirror_start
	wait_status action idle
	expect letters MM "$(mirror_status letters)"
	expect stale 1,0 "$(mirror_status stale)"
	expect relocated 0,1 "$(mirror_status relocated)"
	holds 4096 16 2
	mirror_stop
	alone 1 holds 4096 16 2
	echo 5000 >/sys/module/dm_varyon/parameters/clean_delay_ms
}

# Bad places come and go while a load runs; it must find all that it wrote.
case_bad_blocks_under_load()
{
	mirror_make 2 16
	mirror_start
	for first in 100 3000 9001 20000; do
		bad 0 $first $((first + 20))
		bad 1 $((first + 500)) $((first + 503))
	done
	iotool load --seed 9 --threads 4 --count 400 /dev/mapper/m "$DATA_SECTORS"
	wait_status stale 0,0
	expect letters MM "$(mirror_status letters)"
	# meets what no write has met
	dmsetup message m 0 repair
	wait_status action idle
	iotool verify --seed 9 --threads 4 --count 400 /dev/mapper/m "$DATA_SECTORS" 400,400,400,400
	mirror_stop
	mirror_start
	iotool verify --seed 9 --threads 4 --count 400 /dev/mapper/m "$DATA_SECTORS" 400,400,400,400
	mirror_stop
	alone 0 iotool verify --seed 9 --threads 4 --count 400 /dev/mapper/m "$DATA_SECTORS" \
		400,400,400,400
}

# A status area of an older release has no spares: the leg stays all the same.
case_leg_without_spares()
{
	mirror_make 2 16
	leg_format 0 --no-spares
	leg_format 1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	bad 0 4096 4103
	iotool fill /dev/mapper/m 4096 8 2
	expect letters MM "$(mirror_status letters)"
	expect stale 1,0 "$(mirror_status stale)"
	holds 4096 8 2
}
