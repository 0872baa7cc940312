# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# varyon-mirror: races that other mirrors had. docs/testing.md has the list of
# them, and names the cases elsewhere that cover the rest.

# shellcheck disable=SC2034 # read by run-cases
LIMIT=300

# leg_sa_apart N: the leg's status area becomes a device sa$N of its own, so that
# it can be slow or hang while the data go on
leg_sa_apart()
{
	_size=$(($(sectors "/dev/disk$1") - DATA_SECTORS))
	dm_create "sa$1" "0 $_size linear /dev/disk$1 $DATA_SECTORS"
	{
		echo "0 $DATA_SECTORS linear /dev/disk$1 0"
		echo "$DATA_SECTORS $_size linear /dev/mapper/sa$1 0"
	} | dmsetup reload "leg$1"
	dmsetup suspend "leg$1"
	dmsetup resume "leg$1"
}

hang()
{
	dmsetup suspend --noflush --nolockfs "$1"
}

keep_dirty()
{
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
}

# still_there PID: it has not ended
still_there()
{
	kill -0 "$1" 2>/dev/null
}

bit_is_set()
{
	[ "$(sa_get 0 wib)" = 1 ]
}

# The first writer to a zone waits for its bit; a second one that comes while
# the bit is in memory and on no disk must wait as well.
case_second_writer_waits_for_the_bit()
{
	keep_dirty
	mirror_make 2 16
	leg_sa_apart 1
	mirror_start
	hang sa1
	iotool fill /dev/mapper/m 0 8 1 &
	first=$!
	wait_for "the bit on the other leg" 30 bit_is_set
	iotool fill /dev/mapper/m 64 8 2 &
	second=$!
	usleep 500000
	still_there $first || fail "the first writer was told before the bit was on every leg"
	still_there $second || fail "the second writer was told before the bit was on every leg"
	iotool check /dev/mapper/leg0 0 8 1 2>/dev/null && fail "data went before their bit"
	iotool check /dev/mapper/leg0 64 8 2 2>/dev/null && fail "data went before their bit"
	dmsetup resume sa1
	wait $first
	wait $second
	expect "bits of leg 1" 1 "$(sa_get 1 wib)"
}

# A write that a leg has failed is not acknowledged before the loss is on the
# survivor's disk: after a power cut the failed leg would pass for whole.
case_no_answer_before_the_loss_is_recorded()
{
	keep_dirty
	mirror_make 2 16
	leg_sa_apart 0
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	hang sa0
	leg_break 1
	iotool fill /dev/mapper/m 0 8 2 &
	writer=$!
	wait_status letters MF
	usleep 500000
	still_there $writer || fail "the writer was told before the loss was recorded"
	dmsetup resume sa0
	wait $writer
	# what counts is on the disk, not in memory
	expect "leg 1 as leg 0 has it on disk" failed "$(sa_get 0 state1)"
}

# Bits go while a leg is away, as its map has taken over; otherwise everything
# written during a long absence would be resynced after a crash.
case_bits_are_cleared_while_a_leg_is_away()
{
	keep_dirty
	mirror_make 2 16
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	iotool fill /dev/mapper/m 8192 8 1
	[ "$(mirror_status dirty)" -ge 2 ] || fail "no bits were set"
	dmsetup message m 0 clean_now
	expect "dirty zones" 0 "$(mirror_status dirty)"
	expect "bits on disk" 0 "$(sa_get 0 wib)"
	expect "regions that leg 1 lacks, on disk" 2 "$(sa_get 0 stale1)"
}

# Writers of the same sectors, legs of different speed: all legs end with the
# same winner.
case_overlapping_writes_end_alike()
{
	mirror_make 2 16
	for leg in 0 1; do
		dm_reload leg$leg "0 $(sectors /dev/disk$leg) delay /dev/disk$leg 0 0 /dev/disk$leg 0 \
$((leg * 7 + 1))"
	done
	mirror_start
	for round in 1 2 3 4 5 6 7 8; do
		for writer in 1 2 3 4; do
			iotool fill /dev/mapper/m $((writer * 4)) 64 $((round * 8 + writer)) &
		done
		wait
	done
	mirror_stop
	legs_identical
}

# Big requests of a device on top are split below it, and the parts are held
# back until the function that made them returns: nobody there may wait for one.
case_big_writes_from_a_device_on_top_end()
{
	mirror_make 2 64
	mirror_start
	dm_create top "0 $DATA_SECTORS linear /dev/mapper/m 0"
	# 16 MiB in one direct write, over four cold zones
	dd if=/dev/zero of=/dev/mapper/top bs=16M count=4 oflag=direct 2>/dev/null
	iotool load --threads 8 --count 200 --max 128 /dev/mapper/top "$DATA_SECTORS" >/dev/null
	iotool verify --threads 8 --count 200 --max 128 /dev/mapper/top "$DATA_SECTORS" \
		200,200,200,200,200,200,200,200
	dm_remove top
	mirror_stop
	legs_identical
}

# Nothing is left: readers and writers get errors, and the device can go.
case_dead_mirror_answers_and_goes()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_break 0
	leg_break 1
	refused dd if=/dev/mapper/m of=/dev/null bs=4096 count=1 iflag=direct
	refused dd if=/dev/zero of=/dev/mapper/m bs=4096 count=1 oflag=direct
	blkid /dev/mapper/m || true
	mirror_stop
	[ ! -e /dev/mapper/m ] || fail "the device is still there"
}

# After a crash with two legs away what was being written is lacking on both.
case_crash_marks_every_absent_leg()
{
	keep_dirty
	mirror_make 3 16
	leg_take 1
	leg_take 2
	mirror_start
	iotool fill /dev/mapper/m 8 8 1
	leg_break 0
	mirror_stop
	leg_mend 0
	# lost on the way to the first leg's maps, not to its data
	leg_give 1
	leg_give 2
	mirror_start
	wait_status letters MMM
	for leg in 1 2; do
		iotool check /dev/mapper/leg$leg 8 8 1
	done
	mirror_stop
	legs_identical
}

# A table that is loaded and thrown away, and one that is replaced, write nothing.
case_unused_table_writes_nothing()
{
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 8 1
	dmsetup message m 0 clean_now
	for leg in 0 1; do
		iotool sum /dev/mapper/leg$leg "$DATA_SECTORS" "$SA_SECTORS"
	done >before
	leg_take 1
	dmsetup reload m --table "$(mirror_table)"
	dmsetup clear m
	leg_give 1
	dmsetup reload m --table "$(mirror_table)"
	dmsetup reload m --table "$(mirror_table no_resync)"
	dmsetup clear m
	for leg in 0 1; do
		iotool sum /dev/mapper/leg$leg "$DATA_SECTORS" "$SA_SECTORS"
	done >after
	cmp before after || fail "a status area was written"
}

# The copy of a superblock that is not the newest is written. When that fails
# the newest is still whole, also after several tries.
case_newest_superblock_is_never_overwritten()
{
	mirror_make 2 16
	mirror_start
	mirror_stop
	gen=$(sa_get 0 gen)
	seq=$(sa_get 0 seq)
	# writes to the block that is next in turn fail
	bad=$((DATA_SECTORS + (seq + 1) % 2 * 8))
	{
		echo "0 $bad linear /dev/disk0 0"
		echo "$bad 8 flakey /dev/disk0 $bad 0 1000 1 error_writes"
		echo "$((bad + 8)) $(($(sectors /dev/disk0) - bad - 8)) linear /dev/disk0 $((bad + 8))"
	} | dmsetup reload leg0
	dmsetup suspend leg0
	dmsetup resume leg0
	leg_take 1
	for _ in 1 2 3; do
		refused mirror_start
		dmsetup remove m 2>/dev/null || true
		expect "generation of leg 0" "$gen" "$(sa_get 0 gen)"
		expect "sequence of leg 0" "$seq" "$(sa_get 0 seq)"
	done
	leg_mend 0
	mirror_start
	[ "$(sa_get 0 gen)" != "$gen" ] || fail "the generation is the old one"
}
