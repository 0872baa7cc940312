# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# varyon-raid5: data, parity, loss and return of legs. The kernel's own raid5_ls on
# the same legs, without metadata, tells what lies where and whether parity is right.

# shellcheck disable=SC2034 # read by run-cases
LIMIT=300

# raid5_make LEGS MIB CHUNK: legs of so many MiB, chunk in sectors; not started
raid5_make()
{
	CHUNK=$3
	mirror_make "$1" "$2"
	VOLUME=$((DATA_SECTORS * (NLEGS - 1)))
}

# md_start [MISSING-LEG]: device "md" is what md sees in the legs
md_start()
{
	_legs=
	for _leg in $(seq 0 $((NLEGS - 1))); do
		dm_create "data$_leg" "0 $DATA_SECTORS linear /dev/mapper/leg$_leg 0"
		_dev=$(devno "/dev/mapper/data$_leg")
		[ "$_leg" != "${1:-}" ] || _dev=-
		_legs="$_legs - $_dev"
	done
	dm_create md "0 $VOLUME raid raid5_ls 2 $CHUNK nosync $NLEGS$_legs"
}

md_stop()
{
	dm_remove md
	for _leg in $(seq 0 $((NLEGS - 1))); do
		dm_remove "data$_leg"
	done
}

# md reads the same with every leg, and without any one of them: every block can be
# had from the others, so every row's parity is right.
md_agrees()
{
	md_start
	_all=$(iotool sum /dev/mapper/md 0 "$VOLUME")
	md_stop
	for _without in $(seq 0 $((NLEGS - 1))); do
		md_start "$_without"
		expect "sum without leg $_without" "$_all" "$(iotool sum /dev/mapper/md 0 "$VOLUME")"
		md_stop
	done
}

# our own check says the same
check_finds()
{
	dmsetup message m 0 check
	wait_status action idle 120
	expect mismatches "$1" "$(mirror_status mismatches)"
}

case_md_reads_what_we_wrote()
{
	for form in 3:32 4:128 7:64; do
		legs=${form%:*}
		raid5_make "$legs" 4 "${form#*:}"
		mirror_start
		expect flags - "$(mirror_status flags)"
		iotool fill /dev/mapper/m 0 "$VOLUME" "$legs"
		iotool check /dev/mapper/m 0 "$VOLUME" "$legs"
		check_finds 0
		mirror_stop
		md_start
		iotool check /dev/mapper/md 0 "$VOLUME" "$legs"
		md_stop
		md_agrees
		mirror_unmake
	done
}

case_we_read_what_md_wrote()
{
	raid5_make 5 8 128
	md_start
	iotool fill /dev/mapper/md 0 "$VOLUME" 3
	md_stop
	mirror_start
	iotool check /dev/mapper/m 0 "$VOLUME" 3
	mirror_stop
	leg_take 2
	mirror_start
	iotool check /dev/mapper/m 0 "$VOLUME" 3
	expect letters MMAMM "$(mirror_status letters)"
	mirror_stop
}

case_small_writes_keep_parity()
{
	raid5_make 4 8 64
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	iotool load --seed 5 --count 400 --max 100 --reread /dev/mapper/m "$VOLUME" >load.log
	iotool verify --seed 5 --count 400 --max 100 /dev/mapper/m "$VOLUME" 400,400,400,400
	check_finds 0
	mirror_stop
	md_agrees
	mirror_start
	iotool verify --seed 5 --count 400 --max 100 /dev/mapper/m "$VOLUME" 400,400,400,400
}

# disk_reads: that the disks of all legs have done
disk_reads()
{
	_sum=0
	for _leg in $(seq 0 $((NLEGS - 1))); do
		_sum=$((_sum + $(awk '{ print $1 }' "/sys/block/disk$_leg/stat")))
	done
	echo $_sum
}

# The disks take 127.5 KiB at a time: what they take says nothing about rows.
case_whole_rows_read_nothing()
{
	raid5_make 3 8 128
	mirror_start
	reads=$(disk_reads)
	dd if=/dev/urandom of=rows bs=128k count=8 2>/dev/null
	dd if=rows of=/dev/mapper/m bs=128k count=8 oflag=direct 2>/dev/null
	expect "requests of a row" 8 "$(mirror_stat data_writes)"
	expect "reads of the disks" "$reads" "$(disk_reads)"
	dd if=/dev/mapper/m of=back bs=128k count=8 iflag=direct 2>/dev/null
	cmp rows back
	check_finds 0
	mirror_stop
	md_agrees
}

# One leg breaks under load, comes back by its map, then another one does.
case_legs_leave_and_return()
{
	raid5_make 3 16 128
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	DATA_WAS=$DATA_SECTORS
	DATA_SECTORS=$VOLUME
	load_start
	DATA_SECTORS=$DATA_WAS
	for leg in 0 1 2; do
		leg_break $leg
		wait_status flags degraded
		load_goes_on
		leg_mend $leg
		mirror_reload
		wait_status letters MMM 120
		load_goes_on
	done
	# shellcheck disable=SC2154 # of load_start
	kill -TERM "$load"
	wait "$load" 2>/dev/null || true
	expect "what the load says" "" "$(cat load.err)"
	wait_status action idle
	check_finds 0
	copied=$(mirror_stat copied_bytes)
	done=$(awk 'NF == 3 && $1 == "flushed" { n[$2] = $3 }
		END { print n[0] + 0 "," n[1] + 0 "," n[2] + 0 "," n[3] + 0 }' load.log)
	# shellcheck disable=SC2086 # one word each
	iotool verify --seed 6 --count $LOAD_COUNT --flush 8 $LOAD_OPTIONS /dev/mapper/m \
		$VOLUME "$done"
	mirror_stop
	md_agrees
}

# What is written while a leg is away, and only that, is rebuilt.
case_return_costs_what_was_written()
{
	raid5_make 3 32 128
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	mirror_stop
	leg_take 1
	mirror_start
	iotool fill /dev/mapper/m 0 1024 2
	mirror_stop
	leg_give 1
	mirror_start
	wait_status letters MMM 120
	# four rows of 128 sectors on each leg
	expect "bytes rebuilt" $((4 * 128 * 512)) "$(mirror_stat copied_bytes)"
	iotool check /dev/mapper/m 0 1024 2
	check_finds 0
	mirror_stop
	leg_take 0
	mirror_start
	iotool check /dev/mapper/m 0 1024 2
	mirror_stop
}

case_power_cut()
{
	raid5_make 4 16 128
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	mirror_crash
	# parity of a dirty zone is wrong, as after a write that was cut off
	iotool fill /dev/mapper/leg3 0 256 9
	mirror_start
	wait_status action idle 120
	iotool check /dev/mapper/m $((256 * 3)) $((VOLUME - 256 * 3)) 1
	check_finds 0
	mirror_stop
	md_agrees
	echo 5000 >/sys/module/dm_varyon/parameters/clean_delay_ms
}

# A leg missing after a power cut: nobody can tell what it had.
case_power_cut_and_a_leg_is_missing()
{
	raid5_make 3 16 128
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	mirror_crash
	leg_take 2
	refused mirror_start
	! dmsetup info m >/dev/null 2>&1 || dm_remove m
	mirror_start dirty_degraded:accept
	iotool check /dev/mapper/m 0 "$VOLUME" 1
	mirror_stop
	leg_give 2
	mirror_start
	wait_status letters MMM 120
	iotool check /dev/mapper/m 0 "$VOLUME" 1
	check_finds 0
	mirror_stop
	echo 5000 >/sys/module/dm_varyon/parameters/clean_delay_ms
}

logged()
{
	satool dump "/dev/mapper/leg$1" "$DATA_SECTORS" | grep -q '^flags=.*logged'
}

# A power cut without a leg: the log knows what was being written.
case_power_cut_without_a_leg()
{
	LOG_SLOTS=16
	raid5_make 4 16 128
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	mirror_stop
	leg_take 2
	mirror_start
	for round in 1 2 3; do
		DATA_WAS=$DATA_SECTORS
		DATA_SECTORS=$VOLUME
		LOAD_OPTIONS=
		iotool note /dev/mapper/m "$VOLUME" before
		load_start
		DATA_SECTORS=$DATA_WAS
		mirror_crash
		wait "$load" 2>/dev/null || true
		done=$(awk 'NF == 3 && $1 == "flushed" { n[$2] = $3 }
			END { print n[0] + 0 "," n[1] + 0 "," n[2] + 0 "," n[3] + 0 }' load.log)
		mirror_start
		iotool verify --seed 6 --count "$LOAD_COUNT" --flush 8 --before before \
			/dev/mapper/m "$VOLUME" "$done"
	done
	logged 0 || fail "the superblocks do not say that there is a log"
	leg_give 2
	mirror_reload
	wait_status letters MMMM 120
	check_finds 0
	mirror_stop
	! logged 0 || fail "the superblocks say that there is a log, with all legs"
	md_agrees
}

# Whichever leg goes when power does: log:always knows what was being written.
case_power_cut_takes_a_leg_along()
{
	LOG_SLOTS=16
	raid5_make 4 8 128
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	mirror_start log:always
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	for lost in 0 1 2 3; do
		mirror_stop
		mirror_start log:always
		expect "the log has begun" 1 "$(mirror_stat logged)"
		DATA_WAS=$DATA_SECTORS
		DATA_SECTORS=$VOLUME
		LOAD_OPTIONS=
		iotool note /dev/mapper/m "$VOLUME" before
		load_start
		DATA_SECTORS=$DATA_WAS
		mirror_crash
		wait "$load" 2>/dev/null || true
		done=$(awk 'NF == 3 && $1 == "flushed" { n[$2] = $3 }
			END { print n[0] + 0 "," n[1] + 0 "," n[2] + 0 "," n[3] + 0 }' load.log)
		leg_take "$lost"
		mirror_start log:always
		expect flags degraded "$(mirror_status flags)"
		iotool verify --seed 6 --count "$LOAD_COUNT" --flush 8 --before before \
			/dev/mapper/m "$VOLUME" "$done"
		leg_give "$lost"
		mirror_reload log:always
		wait_status letters MMMM 120
	done
	wait_for "the log to begin anew" 60 log_has_begun
	# all legs are here: no parity has to be made
	iotool fill /dev/mapper/m 0 "$VOLUME" 2
	mirror_crash
	mirror_start log:always
	expect "parity made anew" 0 "$(mirror_stat resync_bytes)"
	check_finds 0
	mirror_stop
	md_agrees
	# another mode takes it back
	mirror_start
	! logged 0 || fail "the superblocks say that there is a log, and there is none"
	iotool fill /dev/mapper/m 0 256 3
	mirror_crash
	leg_take 2
	refused mirror_start log:always
	! dmsetup info m >/dev/null 2>&1 || dm_remove m
	leg_give 2
	mirror_start
	wait_status action idle 120
	iotool check /dev/mapper/m 256 $((VOLUME - 256)) 2
	check_finds 0
	mirror_stop
	echo 5000 >/sys/module/dm_varyon/parameters/clean_delay_ms
}

log_has_begun()
{
	[ "$(mirror_stat logged)" = 1 ]
}

# One leg is lost under load, then the power: soon after it is all in the log.
case_log_begins_when_a_leg_is_lost()
{
	LOG_SLOTS=16
	raid5_make 3 16 128
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	leg_break 1
	iotool fill /dev/mapper/m 0 256 2
	wait_status flags degraded
	wait_for "the log to begin" 60 logged 0
	iotool fill /dev/mapper/m 256 256 3
	mirror_crash
	mirror_start
	iotool check /dev/mapper/m 0 256 2
	iotool check /dev/mapper/m 256 256 3
	iotool check /dev/mapper/m 512 $((VOLUME - 512)) 1
	wait_status letters MMM 120
	mirror_stop
	md_agrees
}

# A leg dies while nobody looks, and the next table does without it.
case_table_without_a_leg_that_died()
{
	raid5_make 3 16 128
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	leg_break 1
	leg_take 1
	mirror_reload
	expect letters MFM "$(mirror_status letters)"
	iotool check /dev/mapper/m 0 "$VOLUME" 1
	iotool fill /dev/mapper/m 100 300 2
	leg_mend 1
	leg_give 1
	mirror_reload
	wait_status letters MMM 120
	check_finds 0
	iotool check /dev/mapper/m 100 300 2
	mirror_stop
	echo 5000 >/sys/module/dm_varyon/parameters/clean_delay_ms
}

case_two_legs_lost()
{
	raid5_make 3 8 128
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	leg_break 1
	iotool fill /dev/mapper/m 0 128 1
	wait_status flags degraded
	dmsetup message m 0 clean_now
	leg_break 2
	# row 0: columns on legs 0 and 1, parity on leg 2
	iotool check /dev/mapper/m 0 128 1
	refused iotool check /dev/mapper/m 128 8 1
	refused iotool fill /dev/mapper/m 128 8 2
	expect letters MFM "$(mirror_status letters)"
	leg_mend 2
	wait_for "writes to succeed" 30 iotool fill /dev/mapper/m 0 8 1
	leg_mend 1
	dmsetup message m 0 clean_now
	mirror_reload
	wait_status letters MMM 120
	iotool check /dev/mapper/m 256 $((VOLUME - 256)) 1
	mirror_stop
}

case_tables_that_are_refused()
{
	raid5_make 3 8 128
	line=$(mirror_table)
	for bad in 's/chunk:128/chunk:100/' 's/chunk:128/chunk:4096/' 's/chunk:128/no_resync/' \
			's/chunk:128/side/' "s/^0 $VOLUME/0 $((VOLUME - 1))/" \
			"s/^0 $VOLUME/0 $((VOLUME - 2))/"; do
		refused dm_create m "$(echo "$line" | sed "$bad")"
	done
	refused dm_create m "$(mirror_table write_mostly:1)"
	leg_take 0
	leg_take 1
	refused mirror_start
	leg_give 0
	leg_give 1
	# other legs than the status areas say
	CHUNK=64
	refused mirror_start
	! dmsetup info m >/dev/null 2>&1 || dm_remove m
	CHUNK=128
	mirror_start
	expect table "$(mirror_table)" "$(dmsetup table m)"
	mirror_stop
}

# Places that cannot be written move to spare blocks, of data and of parity alike.
case_bad_blocks()
{
	CHUNK=128
	mirror_make 3 8 badblocks=+100-107 badblocks=+1000-1015
	VOLUME=$((DATA_SECTORS * 2))
	for leg in 0 1; do
		echo -100-1100 >/sys/kernel/config/nullb/disk$leg/badblocks
	done
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 4
	iotool check /dev/mapper/m 0 "$VOLUME" 4
	expect letters MMM "$(mirror_status letters)"
	expect relocated 0,0,4 "$(mirror_status relocated)"
	check_finds 0
	mirror_stop
	leg_take 0
	mirror_start
	iotool check /dev/mapper/m 0 "$VOLUME" 4
	mirror_stop
}

# read_fails LEG FIRST COUNT: these sectors of the leg can be written and not be read
read_fails()
{
	_size=$(sectors "$DISKS$1") _end=$(($2 + $3))
	dm_create "unread$1" "0 $_size error"
	dmsetup reload "leg$1" <<-EOF
		$([ "$2" -eq 0 ] || echo "0 $2 linear $DISKS$1 0")
		$2 $3 delay /dev/mapper/unread$1 $2 0 $DISKS$1 $2 0
		$_end $((_size - _end)) linear $DISKS$1 $_end
	EOF
	dmsetup suspend "leg$1"
	dmsetup resume "leg$1"
}

# Parity that cannot be read is made from the data by the write that met it. The recovery
# could not do so: it needs the whole region, and there is another leg's bad place in it.
case_unreadable_parity_is_made_anew()
{
	raid5_make 4 8 128
	mirror_start
	iotool fill /dev/mapper/m 0 "$VOLUME" 1
	read_fails 3 0 4
	read_fails 1 4 4
	iotool fill /dev/mapper/m 0 4 2
	[ "$(mirror_status read_errors)" -gt 0 ] || fail "nobody has read the parity"
	expect letters MMMM "$(mirror_status letters)"
	mirror_stop
	leg_mend 3
	leg_mend 1
	leg_take 0
	mirror_start
	expect stale 0,0,0,0 "$(mirror_status stale)"
	iotool check /dev/mapper/m 0 4 2
	iotool check /dev/mapper/m 4 $((VOLUME - 4)) 1
	mirror_stop
}
