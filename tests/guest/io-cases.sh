# shellcheck shell=sh
# shellcheck disable=SC2034 # what is set here is used by lib.sh and run-cases
# SPDX-License-Identifier: GPL-2.0
#
# What kinds of I/O a mirror takes, which leg it reads, what it tells about
# itself as a disk.

ZONE=8192		# sectors; ZONE_SHIFT of lib.sh
LIMIT=300

# leg_reads LEG: reads that its device has served
leg_reads()
{
	awk '{ print $1 }' "/sys/dev/block/$(devno "/dev/mapper/leg$1")/stat"
}

# reads_of COMMAND...: how many reads each leg served for it, in $reads0 and $reads1
reads_of()
{
	reads0=$(leg_reads 0) reads1=$(leg_reads 1)
	"$@" >/dev/null
	reads0=$(($(leg_reads 0) - reads0)) reads1=$(($(leg_reads 1) - reads1))
	echo "reads: leg 0 $reads0, leg 1 $reads1"
}

# queue ATTRIBUTE: of the mirror
queue()
{
	cat "/sys/dev/block/$(devno /dev/mapper/m)/queue/$1"
}

keep_dirty()
{
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
}

# loop_legs SECTORS: a mirror of two legs, made of loop devices over sparse files
loop_legs()
{
	DISKS=/dev/loop NLEGS=2 DATA_SECTORS=$1 ABSENT='' EMPTY=''
	LEG_UUIDS=$(leg_uuid 0),$(leg_uuid 1)
	SA_SECTORS=$(satool size --nslots 2 --data-sectors "$DATA_SECTORS" \
		--region-shift "$REGION_SHIFT" --zone-shift "$ZONE_SHIFT")
	modprobe loop
	for _leg in 0 1; do
		truncate -s $(((DATA_SECTORS + SA_SECTORS) * 512)) file$_leg
		losetup /dev/loop$_leg file$_leg
		dm_create leg$_leg "$(leg_linear $_leg)"
		leg_format $_leg
	done
}

# leg_slow LEG: every read of it takes 30 ms from now on
leg_slow()
{
	dm_reload "leg$1" \
		"0 $(sectors "/dev/disk$1") delay /dev/disk$1 0 30 /dev/disk$1 0 0"
}

case_reads_go_to_the_fast_leg()
{
	modprobe dm-delay
	for slow in 0 1; do
		mirror_make 2 64
		mirror_start
		iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
		leg_slow $slow
		# it has to be found out first
		reads_of iotool sum /dev/mapper/m 0 "$DATA_SECTORS"
		reads_of iotool sum /dev/mapper/m 0 "$DATA_SECTORS"
		[ $slow -eq 0 ] && share=$reads0 || share=$reads1
		[ "$share" -le $(((reads0 + reads1) / 10)) ] ||
			fail "the slow leg served $share of $((reads0 + reads1)) reads"
		mirror_stop
		mirror_unmake
	done
}

case_write_mostly_leg_is_left_alone()
{
	mirror_make 2 16
	mirror_start write_mostly:0
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	reads_of iotool check /dev/mapper/m 0 "$DATA_SECTORS" 1
	expect "reads of the write-mostly leg" 0 "$reads0"
	# but it serves what nobody else can
	leg_break 1
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_mend 1
	refused dmsetup reload m --table "$(mirror_table write_mostly:2)"
}

# Where heads move, a stream stays with its leg.
case_stream_stays_where_heads_move()
{
	mirror_make 2 16
	for leg in 0 1; do
		echo 1 >/sys/block/disk$leg/queue/rotational
		leg_mend $leg
	done
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	reads_of iotool check /dev/mapper/m 0 "$DATA_SECTORS" 1
	[ $((reads0 * reads1)) -eq 0 ] || fail "both legs were read"
}

# ---- discard and write-zeroes ----

# discard_here FIRST COUNT: what surrounds it stays, and nobody complains
discard_here()
{
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	iotool discard /dev/mapper/m "$1" "$2"
	iotool check /dev/mapper/m 0 "$1" 1
	iotool check /dev/mapper/m $(($1 + $2)) $((DATA_SECTORS - $1 - $2)) 1
	expect write_errors 0 "$(mirror_status write_errors)"
	expect flags - "$(mirror_status flags)"
}

# One discard over several zones, aligned to nothing.
case_discard_reaches_all_legs()
{
	keep_dirty
	mirror_make 2 64 discard=1
	mirror_start
	dmsetup message m 0 clean_now
	discard_here 4104 $((3 * ZONE))
	mirror_stop
	legs_identical
	for leg in 0 1; do
		iotool zeroes /dev/mapper/leg$leg 4104 $((3 * ZONE))
		iotool check /dev/mapper/leg$leg 0 4104 1
	done
}

case_discard_is_a_write_for_absent_legs()
{
	keep_dirty
	mirror_make 2 64 discard=1
	leg_take 1
	mirror_start
	iotool discard /dev/mapper/m $((ZONE - 16)) 32
	expect "stale regions" 0,4 "$(mirror_status stale)"
	# a part that comes after the other is done has zones marked ahead
	dirty=$(mirror_status dirty)
	case $dirty in
	2 | 3 | 4) ;;
	*) fail "$dirty dirty zones" ;;
	esac
	mirror_stop
	leg_give 1
	mirror_start no_resync
	# nor does it make anything good on a target
	iotool discard /dev/mapper/m $((ZONE - 16)) 32
	expect "stale regions of the target" 0,4 "$(mirror_status stale)"
	mirror_reload
	wait_status letters MM
	mirror_stop
	legs_identical
}

# A leg that cannot discard gets nothing and stays; what it holds is its own.
case_discard_with_a_leg_that_cannot()
{
	LAST_DISK=discard=0
	mirror_make 2 64 discard=1
	mirror_start
	discard_here 100 20000
	expect letters MM "$(mirror_status letters)"
	iotool check /dev/mapper/leg1 0 "$DATA_SECTORS" 1
	dmsetup message m 0 repair
	wait_status action idle
	[ "$(mirror_status mismatches)" -ge 19000 ] || fail "the discard did nothing"
	mirror_stop
	legs_identical
}

case_discard_that_fails_costs_no_leg()
{
	keep_dirty
	mirror_make 2 16 discard=1
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	size=$(sectors /dev/disk1)
	dm_reload leg1 "0 $size flakey /dev/disk1 0 0 1000 1 error_writes"
	iotool discard /dev/mapper/m 100 3000
	dm_reload leg0 "0 $size flakey /dev/disk0 0 0 1000 1 error_writes"
	# the block layer tells nobody that no leg did it
	iotool discard /dev/mapper/m 8000 3000
	expect letters MM "$(mirror_status letters)"
	expect write_errors 0 "$(mirror_status write_errors)"
	leg_mend 0
	leg_mend 1
	iotool check /dev/mapper/m 8000 3000 1
}

case_discard_is_not_offered_without_a_leg_that_can()
{
	mirror_make 2 16
	mirror_start
	expect discard_max_bytes 0 "$(queue discard_max_bytes)"
	refused iotool discard /dev/mapper/m 0 8
}

case_zeroes_are_written_to_all_legs()
{
	keep_dirty
	loop_legs 131072
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	[ "$(queue write_zeroes_max_bytes)" -gt 0 ] || fail "write-zeroes is not offered"
	before=$(mirror_stat data_writes)
	iotool zero /dev/mapper/m 8000 $((3 * ZONE))
	# cut at the borders of zones, and sent as requests, not as data
	expect "requests" 4 $(($(mirror_stat data_writes) - before))
	mirror_stop
	legs_identical
	for leg in 0 1; do
		iotool zeroes /dev/mapper/leg$leg 8000 $((3 * ZONE))
		iotool check /dev/mapper/leg$leg 0 8000 1
		iotool check /dev/mapper/leg$leg $((8000 + 3 * ZONE)) 1024 1
	done
}

# What is in a spare block is zeroed there, or given up without a sound.
case_zeroes_and_discards_of_relocated_blocks()
{
	loop_legs 131072
	satool bbr-set /dev/mapper/leg0 "$DATA_SECTORS" 0:1536
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	before=$(mirror_stat data_writes)
	# not "zero": files of a tmpfs are zeroed by punching holes only
	iotool punch /dev/mapper/m 12000 1024
	expect requests 1 $(($(mirror_stat data_writes) - before))
	expect relocated 1,0 "$(mirror_status relocated)"
	dmsetup message m 0 check
	wait_status action idle
	expect mismatches 0 "$(mirror_status mismatches)"
	leg_take 1
	mirror_reload
	iotool zeroes /dev/mapper/m 12000 1024
	iotool fill /dev/mapper/m 12288 8 2
	iotool discard /dev/mapper/m 12000 1024
	expect letters MA "$(mirror_status letters)"
	expect write_errors 0 "$(mirror_status write_errors)"
	iotool check /dev/mapper/m 0 12000 1
	iotool check /dev/mapper/m 13024 8192 1
}

# A leg that turns out not to know it is written zeroes.
case_zeroes_the_long_way()
{
	modprobe dm-delay
	loop_legs 131072
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	# dm-delay passes no write-zeroes on
	dm_reload leg1 "0 $(sectors /dev/loop1) delay /dev/loop1 0 0"
	iotool zero /dev/mapper/m 8000 $((3 * ZONE))
	expect write_errors 0 "$(mirror_status write_errors)"
	expect letters MM "$(mirror_status letters)"
	mirror_stop
	legs_identical
	iotool zeroes /dev/mapper/leg1 8000 $((3 * ZONE))
}

# And one that fails zeroes as data too has failed a write.
case_zeroes_that_fail_cost_the_leg()
{
	loop_legs 131072
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_break 1
	iotool zero /dev/mapper/m 8000 $((3 * ZONE))
	wait_status letters MF
	leg_mend 1
	mirror_reload
	wait_status letters MM
	mirror_stop
	legs_identical
	iotool zeroes /dev/mapper/leg1 8000 $((3 * ZONE))
}

# ---- limits ----

case_sectors_of_512_bytes()
{
	mirror_make 2 16
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 1024 1
	mirror_stop
	leg_give 1
	mirror_start
	wait_status letters MM
	for sector in 1 8 15 1023 8191 8192 $((DATA_SECTORS - 1)); do
		iotool fill /dev/mapper/m "$sector" 1 2
		iotool check /dev/mapper/m "$sector" 1 2
	done
	iotool check /dev/mapper/m 2 6 1
	mirror_stop
	legs_identical
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 4 1 3
	expect "one sector is one region" 0,1 "$(mirror_status stale)"
}

# A disk with blocks of 4096 bytes beside one with 512: the mirror has 4096.
case_mixed_block_sizes()
{
	LAST_DISK=blocksize=4096
	mirror_make 2 32
	mirror_start
	expect "logical block" 4096 "$(queue logical_block_size)"
	expect "physical block" 4096 "$(queue physical_block_size)"
	refused iotool fill /dev/mapper/m 1 1 1
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	mirror_stop
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 8192 8 2
	mirror_stop
	leg_give 1
	mirror_start
	wait_status letters MM
	expect copied_bytes 4096 "$(mirror_stat copied_bytes)"
	leg_break 1
	iotool fill /dev/mapper/m 80 8 3
	wait_status letters MF
	leg_mend 1
	mirror_reload
	wait_status letters MM
	dmsetup message m 0 repair
	wait_status action idle
	expect mismatches 0 "$(mirror_status mismatches)"
	mirror_stop
	legs_identical
}

# 20 TiB, sparse: places around the borders where 32 bits end.
BIG="42949672952 34359738368 34359738360 4294967296 4294967280 0"

case_beyond_16_tib()
{
	REGION_SHIFT=19 ZONE_SHIFT=25
	keep_dirty
	loop_legs 42949672960
	leg_take 1
	mirror_start
	expect zones 655360 "$(mirror_status zones)"
	for at in $BIG; do
		iotool fill /dev/mapper/m "$at" 8 "$((at + 1))"
	done
	expect "stale regions" 0,6 "$(mirror_status stale)"
	expect "dirty zones" 6 "$(mirror_status dirty)"
	mirror_stop
	leg_give 1
	mirror_start
	wait_status letters MM
	expect copied_bytes $((6 << REGION_SHIFT)) "$(mirror_stat copied_bytes)"
	iotool zero /dev/mapper/m 34359738360 8
	iotool discard /dev/mapper/m 4294967296 8
	for at in 0 4294967280 34359738368 42949672952; do
		iotool check /dev/mapper/m "$at" 8 "$((at + 1))"
		iotool check /dev/mapper/leg1 "$at" 8 "$((at + 1))"
	done
	iotool zeroes /dev/mapper/leg1 34359738360 8
	# the dirty zones, no more
	mirror_crash
	mirror_start
	total=$(mirror_status total)
	wait_status action idle
	expect "regions of the zones that were dirty" $((2 * 64)) "$total"
	expect resync_bytes $((2 << ZONE_SHIFT)) "$(mirror_stat resync_bytes)"
}

# ---- counters of logical partitions ----

lp_stat()
{
	dmsetup message m 0 lp_stat "$@"
}

case_partitions_are_counted()
{
	mirror_make 2 64
	mirror_start
	refused lp_stat read 0 1
	lp_stat on 8192
	iotool fill /dev/mapper/m 8192 8 1
	iotool fill /dev/mapper/m 8200 16 1
	iotool check /dev/mapper/m 8192 24 1
	iotool check /dev/mapper/m $((DATA_SECTORS - 8)) 8 1 || true
	expect "second LP" "0:0:0:0 1:2:24:24" "$(lp_stat read 0 2)"
	expect "last LP" 1:0:8:0 "$(lp_stat read 15 1)"
	refused lp_stat read 16 1
	refused lp_stat read 0 17
	refused lp_stat on 1000
	# the same again is no change; a new table goes on
	lp_stat on 8192
	mirror_reload
	iotool fill /dev/mapper/m 8192 8 1
	expect "after a reload" 1:3:24:32 "$(lp_stat read 1 1)"
	lp_stat reset
	expect "after a reset" 0:0:0:0 "$(lp_stat read 1 1)"
	lp_stat on 16384
	expect "as many LPs of twice the size" 8 "$(lp_stat read 0 8 | wc -w)"
	lp_stat off
	refused lp_stat read 0 1
	refused lp_stat reset
	mirror_reload
	refused lp_stat read 0 1
}
