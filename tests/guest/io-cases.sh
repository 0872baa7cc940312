# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What kinds of I/O a mirror takes, which leg it reads, what it tells about
# itself as a disk.

REGION=4096		# bytes; REGION_SHIFT of lib.sh
ZONE=4194304		# bytes; ZONE_SHIFT
# shellcheck disable=SC2034 # read by run-cases
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
