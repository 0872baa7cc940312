# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# RAID5 with the commands: a mounted file system on three columns that loses
# PVs, gets them back, gets others and grows. What is on the disks is also read
# through md's RAID5 (dm-raid), with each column left out in turn.
# shellcheck disable=SC2034 # for run-cases
LIMIT=240

pvs_make()
{
	export VARYON_RUN=/tmp/case/run
	VARYON_DEVICES=
	for _pv in $(seq 0 $(($1 - 1))); do
		disk_new "disk$_pv" 96
		# of what is on new disks nothing adds up
		iotool fill "/dev/disk$_pv" 0 81920 $((_pv + 1))
		dm_create "pv$_pv" "$(pv_linear "$_pv")"
		VARYON_DEVICES=$VARYON_DEVICES${VARYON_DEVICES:+:}/dev/mapper/pv$_pv
	done
	export VARYON_DEVICES
}

# r5_make PVS [COLUMNS]: g/m, 64 MiB or a little more on the first ones of them (three,
# if not told otherwise), with files and their sums. With four columns parity is
# changed by what a write changes, with three made from what is there.
r5_make()
{
	pvs_make "$1"
	COLUMNS=${2:-3}
	# shellcheck disable=SC2046 # a word for each PV
	varyon mkvg -y g -s 4 -Q n $(echo "$VARYON_DEVICES" | tr : ' ')
	# shellcheck disable=SC2046
	varyon mklv -y m -t raid5 g 64M $(seq 0 $((COLUMNS - 1)) | sed 's/^/pv/')
	SECTORS=$(sectors /dev/mapper/g-m)
	/sbin/mke2fs -q -t ext4 -b 4096 /dev/mapper/g-m
	mkdir -p /mnt/m
	mount -t ext4 /dev/mapper/g-m /mnt/m
	for _file in 1 2 3 4; do
		dd if=/dev/urandom of=/mnt/m/old$_file bs=64k count=48 status=none
	done
	sync
	(cd /mnt/m && md5sum old*) >sums
}

# The writer's files count from now on.
writer_end()
{
	writer_stop
	sync
	(cd /mnt/m && md5sum new*) >new_sums
	cat new_sums >>sums
}

# good DEVICE: a whole file system with the files that were written
good()
{
	/sbin/e2fsck -fn "$1" >fsck 2>&1 || fail "e2fsck $1: $(cat fsck)"
	mkdir -p /mnt/look
	mount -t ext4 -o ro,noload "$1" /mnt/look
	(cd /mnt/look && md5sum -c) <sums >check 2>&1 || fail "files on $1: $(cat check)"
	wait_for "the file system to be let go" 30 umount /mnt/look
}

# The files, through our target and through md with any one column missing.
files_good()
{
	wait_for "the file system to be let go" 30 umount /mnt/m
	good /dev/mapper/g-m
	varyon lslv -m g/m | awk 'NR > 3' >map
	varyon varyoffvg g
	for _column in $(seq 0 $((COLUMNS - 1))); do
		column_device "$_column"
	done
	for _out in $(seq 0 $((COLUMNS - 1))); do
		dm_create oracle "0 $SECTORS raid raid5_ls 2 128 nosync $COLUMNS $(oracle_legs "$_out")"
		good /dev/mapper/oracle
		dm_remove oracle
	done
	for _column in $(seq 0 $((COLUMNS - 1))); do
		dm_remove "column$_column"
	done
	varyon varyonvg g
	mount -t ext4 /dev/mapper/g-m /mnt/m
}

# oracle_legs OUT: as dm-raid wants them, no metadata and none for column OUT
oracle_legs()
{
	for _leg in $(seq 0 $((COLUMNS - 1))); do
		[ "$_leg" = "$1" ] && echo "- -" || echo "- /dev/mapper/column$_leg"
	done | tr '\n' ' '
}

# column_device N: its LPs one behind the other. The first PP starts at sector 6144.
column_device()
{
	awk -v c="$1" '{
		pp = $(2 + 2 * c)
		sub(/^0*/, "", pp)
		printf "%u 8192 linear /dev/mapper/%s %u\n", at, $(3 + 2 * c), 6144 + (pp - 1) * 8192
		at += 8192
	}' map >table
	dm_create "column$1" "$(cat table)"
}

# killed_after USEC COMMAND...: killed with no chance to tidy up
killed_after()
{
	_after=$1
	shift
	"$@" >/dev/null 2>&1 &
	_pid=$!
	usleep "$_after"
	kill -9 "$_pid" 2>/dev/null || :
	wait "$_pid" 2>/dev/null || :
}

pull()
{
	dm_reload "pv$1" "0 $(sectors "/dev/disk$1") error"
}

give_back()
{
	dm_reload "pv$1" "$(pv_linear "$1")"
}

pvid()
{
	varyon lspv --json "$1" | sed -n 's/.*"id": "\(.*\)",/\1/p'
}

# stat KEY: a counter of g/m
stat()
{
	dmsetup message g-m 0 stat | tr ' ' '\n' | sed -n "s/^$1=//p"
}

# zeroes FROM COUNT: sectors that were never written
zeroes()
{
	expect "sectors $1+$2" 0 "$(dd if=/dev/mapper/g-m bs=64k skip=$(($1 * 512)) \
		count=$(($2 * 512)) iflag=direct,skip_bytes,count_bytes status=none |
		tr -d '\000' | wc -c)"
}


# pv_writes: I/Os that the PVs were written with so far
pv_writes()
{
	for _pv in $(seq 0 $((COLUMNS - 1))); do
		cat "/sys/dev/block/$(dmsetup info -c --noheadings --separator : \
			-o major,minor "pv$_pv")/stat"
	done | awk '{ sum += $5 } END { print sum }'
}

# fill: 16 MiB in requests of 128 KiB. Prints what the PVs were written with.
fill()
{
	_before=$(pv_writes)
	dd if=/dev/zero of=/dev/mapper/g-m bs=128k count=128 oflag=direct status=none
	echo $(($(pv_writes) - _before))
}

# The first fill prepares what it will want next, so it costs little more than others:
# a request in ten waits for a commit.
case_a_new_volume_is_filled_in_few_steps()
{
	COLUMNS=3
	pvs_make $COLUMNS
	# shellcheck disable=SC2046 # a word for each PV
	varyon mkvg -y g -s 4 -Q n $(echo "$VARYON_DEVICES" | tr : ' ')
	varyon mklv -y m -t raid5 g 64M pv0 pv1 pv2
	commits=$(stat commits)
	first=$(fill)
	commits=$(($(stat commits) - commits))
	again=$(fill)
	echo "I/Os to all PVs: $first with $commits commits, $again once it was written"
	[ "$first" -le $((again * 3 / 2)) ] || fail "the first fill took $first writes, not $again"
	[ "$commits" -le 30 ] || fail "the first fill took $commits commits"
	# and not more is zeroed than was written
	[ "$(stat unwritten)" -ge $((8192 - 2 * 2048)) ] || fail "$(stat unwritten) are left"
	iotool fill /dev/mapper/g-m 0 65536 5
	iotool check /dev/mapper/g-m 0 65536 5
	varyon syncvg --check -l g/m
}

# On disks that are full of other things. A region is 4 KiB of a column, so 8 KiB here.
case_what_was_never_written_is_zeroes()
{
	pvs_make 4
	# shellcheck disable=SC2046 # a word for each PV
	varyon mkvg -y g -s 4 -Q n $(echo "$VARYON_DEVICES" | tr : ' ')
	varyon reducevg g pv3
	varyon mklv -y m -t raid5 g 64M pv0 pv1 pv2
	SECTORS=$(sectors /dev/mapper/g-m)
	expect action idle "$(dmsetup status --noflush g-m | awk '{ print $10 }')"
	expect "regions that were never written" $((SECTORS / 16)) "$(stat unwritten)"
	expect "bytes read" 0 "$(stat read_bytes)"
	expect "bytes of parity" 0 "$(stat resync_bytes)"
	zeroes 0 65536
	# a few blocks, one across the border of two chunks, and a whole row
	iotool fill /dev/mapper/g-m 1000 8 5
	iotool fill /dev/mapper/g-m 4092 8 5
	iotool fill /dev/mapper/g-m 8192 256 5
	left=$(stat unwritten)
	[ "$left" -lt $((SECTORS / 16)) ] || fail "nothing counts as written"
	[ "$left" -ge $((SECTORS / 16 - 24)) ] || fail "$left regions were never written"
	few_good
	varyon syncvg --check -l g/m
	for lost in 0 1 2; do
		pull $lost
		few_good
		# the first write without a column, beside others
		iotool fill /dev/mapper/g-m $((20000 + lost * 1000)) 8 5
		few_good
		give_back $lost
		varyon varyonvg g
		varyon syncvg -l g/m
		expect letters MMM "$(letters)"
		iotool check /dev/mapper/g-m $((20000 + lost * 1000)) 8 5
	done
	few_good
	varyon syncvg --check -l g/m
	# none of it takes a column to be rebuilt whole
	[ "$(stat copied_bytes)" -lt 20000000 ] || fail "$(stat copied_bytes) bytes were copied"
	pvs_cut 3
	varyon varyonvg g
	varyon syncvg -l g/m
	few_good
	# what grows, and a column that is made anew
	varyon extendlv g/m 16M
	zeroes "$SECTORS" 32768
	iotool fill /dev/mapper/g-m $((SECTORS + 500)) 100 5
	id=$(pvid pv1)
	pull 1
	VARYON_DEVICES=/dev/mapper/pv0:/dev/mapper/pv2:/dev/mapper/pv3
	varyon replacepv "$id" /dev/mapper/pv3
	varyon syncvg -l g/m
	expect letters MMM "$(letters)"
	[ "$(stat copied_bytes)" -lt 1000000 ] || fail "$(stat copied_bytes) bytes were rebuilt"
	pull 0
	few_good
	iotool check /dev/mapper/g-m $((SECTORS + 500)) 100 5
	zeroes "$SECTORS" 500
	zeroes $((SECTORS + 600)) 30000
	# a column that was made anew is as good as any
	iotool fill /dev/mapper/g-m 0 "$SECTORS" 6
	iotool check /dev/mapper/g-m 0 "$SECTORS" 6
}

few_good()
{
	zeroes 0 1000
	iotool check /dev/mapper/g-m 1000 8 5
	zeroes 1008 3084
	iotool check /dev/mapper/g-m 4092 8 5
	zeroes 4100 4092
	iotool check /dev/mapper/g-m 8192 256 5
	zeroes 8448 11552
	zeroes 30000 100000
}

case_each_column_is_lost_and_comes_back()
{
	r5_make 4 4
	writer_start
	for lost in 0 1 2 3; do
		pull $lost
		wait_for "the column to fail" 60 letters_are \
			"$(echo MMMM | sed "s/./F/$((lost + 1))")"
		wait_for "the writer to go on" 60 written_more_than "$(cat written)"
		(cd /mnt/m && echo 3 >/proc/sys/vm/drop_caches && md5sum -c) <sums >check 2>&1 ||
			fail "files without column $lost: $(cat check)"
		give_back $lost
		varyon varyonvg g
		varyon syncvg -l g/m
		expect letters MMMM "$(letters)"
	done
	writer_end
	files_good
}

case_only_what_changed_is_rebuilt()
{
	r5_make 3
	# of a zone that is dirty when the column fails, all may be in its cache
	dmsetup message g-m 0 clean_now
	pull 1
	dd if=/dev/urandom of=/mnt/m/little bs=4k count=4 conv=fsync status=none
	wait_for "the column to fail" 60 letters_are MFM
	(cd /mnt/m && md5sum little) >>sums
	give_back 1
	varyon varyonvg g
	varyon syncvg -l g/m
	copied=$(varyon status --json --messages g | sed -n 's/.*"copied_bytes": \([0-9]*\).*/\1/p')
	# some zones of 4 MiB at most, of the 32 MiB that a column has
	if [ "$copied" -eq 0 ] || [ "$copied" -gt 16777216 ]; then
		fail "$copied bytes were rebuilt"
	fi
	files_good
}

case_a_dead_pv_is_replaced()
{
	r5_make 4
	varyon reducevg g pv3
	id=$(pvid pv1)
	writer_start
	pull 1
	wait_for "the column to fail" 60 letters_are MFM
	VARYON_DEVICES=/dev/mapper/pv0:/dev/mapper/pv2:/dev/mapper/pv3
	varyon replacepv "$id" /dev/mapper/pv3
	expect letters MMM "$(letters)"
	expect "PVs of the VG" "pv0 pv2 pv3 " \
		"$(varyon lsvg -p g | awk 'NR > 2 { print $1 }' | sort | tr '\n' ' ')"
	writer_end
	files_good
}

case_it_grows_while_it_is_mounted()
{
	r5_make 3
	writer_start
	varyon extendlv g/m 16M
	expect size 163840 "$(sectors /dev/mapper/g-m)"
	writer_end
	iotool fill /dev/mapper/g-m 131072 32768 9
	pull 2
	(cd /mnt/m && echo 3 >/proc/sys/vm/drop_caches && md5sum -c) <sums >check 2>&1 ||
		fail "files without column 2: $(cat check)"
	iotool check /dev/mapper/g-m 131072 32768 9
	iotool fill /dev/mapper/g-m 131072 4096 11
	give_back 2
	varyon varyonvg g
	varyon syncvg -l g/m
	pull 0
	iotool check /dev/mapper/g-m 131072 4096 11
	iotool check /dev/mapper/g-m 135168 28672 9
	give_back 0
	varyon varyonvg g
	varyon syncvg -l g/m
	umount /mnt/m
	good /dev/mapper/g-m
}

case_it_starts_without_one_column_and_not_without_two()
{
	r5_make 3
	umount /mnt/m
	varyon varyoffvg g
	VARYON_DEVICES=/dev/mapper/pv0:/dev/mapper/pv2
	varyon varyonvg g
	expect letters MAM "$(letters)"
	good /dev/mapper/g-m
	mount -t ext4 /dev/mapper/g-m /mnt/m
	dd if=/dev/urandom of=/mnt/m/alone bs=4k count=20 conv=fsync status=none
	(cd /mnt/m && md5sum alone) >>sums
	umount /mnt/m
	varyon varyoffvg g
	VARYON_DEVICES=/dev/mapper/pv0
	refused varyon varyonvg g
	# The one that was away is behind: with it there are two, but one is not current.
	VARYON_DEVICES=/dev/mapper/pv0:/dev/mapper/pv1
	refused varyon varyonvg g
	VARYON_DEVICES=/dev/mapper/pv0:/dev/mapper/pv1:/dev/mapper/pv2
	varyon varyonvg g
	varyon syncvg -l g/m
	expect letters MMM "$(letters)"
	mount -t ext4 /dev/mapper/g-m /mnt/m
	files_good
}

case_a_power_cut()
{
	r5_make 3
	writer_start
	pvs_cut "$COLUMNS"
	varyon varyonvg g
	expect letters MMM "$(letters)"
	varyon syncvg -l g/m
	mount -t ext4 /dev/mapper/g-m /mnt/m
	files_good
}

# The status area of the first column, which is on pv0, says that all writes are in the row log.
logged()
{
	satool dump /dev/mapper/pv0 "$(dmsetup table g-m | awk '{ print $(13 + $8) }')" |
		grep -q '^flags=.*logged'
}

# What was being written is made right from the row log.
case_a_power_cut_without_a_column()
{
	r5_make 4 4
	pull 1
	writer_start
	wait_for "the column to fail" 60 letters_are MFMM
	wait_for "the row log to be in force" 60 logged
	wait_for "the writer to go on" 60 written_more_than "$(cat written)"
	pvs_cut "$COLUMNS"
	VARYON_DEVICES=/dev/mapper/pv0:/dev/mapper/pv2:/dev/mapper/pv3
	varyon varyonvg g
	expect letters MFMM "$(letters)"
	mount -t ext4 /dev/mapper/g-m /mnt/m
	(cd /mnt/m && md5sum -c) <sums >check 2>&1 || fail "files without column 1: $(cat check)"
	VARYON_DEVICES=$VARYON_DEVICES:/dev/mapper/pv1
	varyon varyonvg g
	varyon syncvg -l g/m
	expect letters MMMM "$(letters)"
	varyon syncvg --check -l g/m
	files_good
}

# Without it nobody can tell where parity is wrong.
case_a_power_cut_takes_a_column_along()
{
	r5_make 3
	writer_start
	pvs_cut "$COLUMNS"
	VARYON_DEVICES=/dev/mapper/pv0:/dev/mapper/pv2
	varyon varyonvg g >said 2>&1 && fail "it was activated"
	grep -q 'column 2 on .* not closed.*--dirty-degraded g' said || fail "$(cat said)"
	varyon varyonvg --dirty-degraded g
	expect letters MAM "$(letters)"
	VARYON_DEVICES=$VARYON_DEVICES:/dev/mapper/pv1
	varyon varyonvg g
	varyon syncvg -l g/m
	expect letters MMM "$(letters)"
	varyon syncvg --check -l g/m
}

# With log:always it is known, in a volume that has just grown as well.
case_a_power_cut_takes_a_column_along_from_the_log()
{
	r5_make 4 4
	varyon chlv --log always g/m
	wait_for "the row log to be in force" 60 logged
	varyon extendlv g/m 12M
	wait_for "the row log to be in force again" 60 logged
	writer_start
	pvs_cut "$COLUMNS"
	VARYON_DEVICES=/dev/mapper/pv0:/dev/mapper/pv2:/dev/mapper/pv3
	varyon varyonvg g
	expect letters MAMM "$(letters)"
	mount -t ext4 /dev/mapper/g-m /mnt/m
	(cd /mnt/m && md5sum -c) <sums >check 2>&1 || fail "files without column 1: $(cat check)"
	VARYON_DEVICES=$VARYON_DEVICES:/dev/mapper/pv1
	varyon varyonvg g
	varyon syncvg -l g/m
	expect letters MMMM "$(letters)"
	varyon syncvg --check -l g/m
	files_good
}

case_check_finds_what_does_not_add_up()
{
	r5_make 3
	umount /mnt/m
	iotool fill /dev/mapper/g-m 0 131072 7
	varyon syncvg --check -l g/m
	varyon lslv -m g/m | awk 'NR > 3' >map
	varyon varyoffvg g
	# Row 0 has its parity on the last column: one sector of it.
	column_device 2
	dd if=/dev/urandom of=/dev/mapper/column2 bs=512 seek=5 count=1 oflag=direct conv=notrunc status=none
	dm_remove column2
	varyon varyonvg g
	refused varyon syncvg --check -l g/m
	varyon syncvg --repair -l g/m >repaired
	grep -q '1 sectors' repaired || fail "$(cat repaired)"
	varyon syncvg --check -l g/m
	iotool check /dev/mapper/g-m 0 131072 7
}

# ---- a column that moves: its device is a mirror of both places meanwhile ----

pvs_of()
{
	varyon lslv -l g/m | awk 'NR > 2 { print $1 }' | sort | tr '\n' ' '
}

# The set's generation changes whenever a column stops counting, if only for a moment.
generation()
{
	varyon status --json g | sed -n 's/.*"generation": "\(.*\)",/\1/p'
}

# places: of the old place and the new one, as status letters
places()
{
	dmsetup status --noflush | awk '$1 ~ /^g-m-leg/ && $4 == "varyon-mirror" { print $7 }'
}

places_are()
{
	[ "$(places)" = "$1" ]
}

mirrors()
{
	dmsetup table | grep -c varyon-mirror || true
}

# move_slowly FROM TO: it is under way, and the command that began it has been ended. Not
# by a signal that it cannot put off: it could have suspended the volume, see "killed".
move_slowly()
{
	varyon syncvg --max 1024 -l g/m
	varyon migratepv "$1" "$2" >/dev/null 2>&1 &
	MOVE=$!
	wait_for "the move to begin" 60 places_are MT
	kill -TERM $MOVE
	wait $MOVE 2>/dev/null || :
}

free_pps()
{
	varyon lsvg -p g | awk -v pv="$1" '$1 == pv { print $4 }'
}

case_a_column_moves_under_load()
{
	r5_make 4
	before=$(generation)
	writer_start
	varyon migratepv --progress pv1 pv3 2>said
	grep -q '100.0%' said || fail "said: $(cat said)"
	expect PVs "pv0 pv2 pv3 " "$(pvs_of)"
	expect letters MMM "$(letters)"
	expect mirrors 0 "$(mirrors)"
	expect "devices of columns" 0 "$(dmsetup ls | grep -c leg || true)"
	varyon migratepv pv0 pv1
	varyon migratepv -l m pv2
	expect PVs "pv0 pv1 pv3 " "$(pvs_of)"
	writer_end
	expect "generation: no column was missing at any time" "$before" "$(generation)"
	varyon syncvg --check -l g/m
	varyon reducevg g pv2
	# nothing is left that anybody needs
	dd if=/dev/urandom of=/dev/mapper/pv2 bs=1M count=90 status=none
	files_good
}

# Free PPs with others between them, there and back
case_a_column_in_pieces_moves()
{
	r5_make 4
	for hole in 1 2 3 4 5 6; do
		varyon mklv -y "h$hole" g 12M pv3
	done
	for hole in 1 3 5; do
		varyon rmlv -f "g/h$hole"
	done
	before=$(generation)
	writer_start
	varyon migratepv pv1 pv3
	expect PVs "pv0 pv2 pv3 " "$(pvs_of)"
	expect "devices of columns" 1 "$(dmsetup ls | grep -c leg || true)"
	varyon migratepv -l g/m pv3 pv1
	expect PVs "pv0 pv1 pv2 " "$(pvs_of)"
	expect "devices of columns" 0 "$(dmsetup ls | grep -c leg || true)"
	writer_end
	expect generation "$before" "$(generation)"
	varyon syncvg --check -l g/m
	files_good
}

case_a_killed_move_of_a_column_goes_on()
{
	r5_make 4
	before=$(generation)
	writer_start
	from=pv1
	to=pv3
	for ms in 5 40 80 120 160 220 300 500; do
		killed_after "${ms}000" varyon migratepv "$from" "$to"
		# what was left suspended first
		varyon varyonvg g
		varyon syncvg -l g/m
		expect letters MMM "$(letters)"
		expect mirrors 0 "$(mirrors)"
		case $(pvs_of) in
		*$from*) ;;
		*)
			next=$to
			to=$from
			from=$next
			;;
		esac
	done
	writer_end
	expect generation "$before" "$(generation)"
	files_good
}

case_a_move_of_a_column_outlives_a_power_cut()
{
	r5_make 4
	writer_start
	move_slowly pv1 pv3
	for cut in 1 2; do
		pvs_cut 4
		varyon varyonvg g
		expect letters MMM "$(letters)"
		case $(places) in
		M[MT]) ;;
		*) fail "places after cut $cut: $(places)" ;;
		esac
		mount -t ext4 /dev/mapper/g-m /mnt/m
		(cd /mnt/m && md5sum -c) <sums >check 2>&1 || fail "files after cut $cut: $(cat check)"
		varyon syncvg --max 1024 -l g/m &
		SYNC=$!
		writer_start
		kill -TERM $SYNC
		wait $SYNC 2>/dev/null || :
	done
	varyon syncvg --max 0 -l g/m
	expect PVs "pv0 pv2 pv3 " "$(pvs_of)"
	expect mirrors 0 "$(mirrors)"
	# at once after its end, with only the places that it has now
	pvs_cut 4
	dd if=/dev/urandom of=/dev/mapper/pv1 bs=1M seek=20 count=60 status=none
	varyon varyonvg g
	expect letters MMM "$(letters)"
	mount -t ext4 /dev/mapper/g-m /mnt/m
	writer_start
	writer_end
	varyon syncvg -l g/m
	varyon syncvg --check -l g/m
	files_good
}

# The new place can be had again, or another.
case_the_new_place_of_a_column_is_lost()
{
	r5_make 5
	varyon syncvg -l g/m
	before=$(generation)
	writer_start
	move_slowly pv1 pv3
	pull 3
	wait_for "the new place to fail" 60 places_are MF
	expect letters MMM "$(letters)"
	refused varyon migratepv pv1 pv3
	give_back 3
	varyon varyonvg g
	wait_for "the new place to be taken back" 60 places_are MT
	pull 3
	wait_for "the new place to fail" 60 places_are MF
	varyon migratepv --undo pv1
	expect mirrors 0 "$(mirrors)"
	expect PVs "pv0 pv1 pv2 " "$(pvs_of)"
	varyon syncvg --max 0 -l g/m
	varyon migratepv pv1 pv4
	expect PVs "pv0 pv2 pv4 " "$(pvs_of)"
	expect "generation: no column was missing at any time" "$before" "$(generation)"
	expect letters MMM "$(letters)"
	give_back 3
	writer_end
	files_good
}

# It takes the column along, and the others go on.
case_the_old_place_of_a_column_is_lost()
{
	r5_make 4
	id=$(pvid pv1)
	writer_start
	move_slowly pv1 pv3
	pull 1
	wait_for "the column to fail" 60 letters_are MFM
	wait_for "the writer to go on" 60 written_more_than "$(cat written)"
	refused varyon migratepv pv1 pv3
	refused varyon migratepv --undo pv1
	give_back 1
	varyon varyonvg g
	varyon syncvg --max 0 -l g/m
	expect letters MMM "$(letters)"
	expect mirrors 0 "$(mirrors)"
	expect PVs "pv0 pv2 pv3 " "$(pvs_of)"
	# and once more, where it does not come back
	move_slowly pv0 pv1
	id=$(pvid pv0)
	pull 0
	wait_for "the column to fail" 60 letters_are FMM
	refused varyon replacepv pv2 pv1
	VARYON_DEVICES=/dev/mapper/pv1:/dev/mapper/pv2:/dev/mapper/pv3
	varyon replacepv "$id" pv1
	varyon syncvg --max 0 -l g/m
	expect letters MMM "$(letters)"
	expect mirrors 0 "$(mirrors)"
	expect PVs "pv1 pv2 pv3 " "$(pvs_of)"
	writer_end
	varyon syncvg --check -l g/m
	(cd /mnt/m && echo 3 >/proc/sys/vm/drop_caches && md5sum -c) <sums >check 2>&1 ||
		fail "files: $(cat check)"
}

# bad DISK PP: one block of that PP, 400 KiB behind its start
bad()
{
	_sector=$((6144 + ($2 - 1) * 8192 + 800))
	echo "+$_sector-$((_sector + 7))" >"/sys/kernel/config/nullb/disk$1/badblocks"
}

# pp FIELD: a PP of the first row, without its leading zeroes
pp()
{
	varyon lslv -m g/m | awk -v field="$1" 'NR == 4 { sub(/^0*/, "", $field); print $field }'
}

# What cannot be read at the old place is made good from the others by who reads it.
case_a_column_moves_over_bad_places()
{
	r5_make 4
	umount /mnt/m
	iotool fill /dev/mapper/g-m 0 131072 7
	before=$(generation)
	bad 1 "$(pp 4)"
	(
		varyon migratepv pv1 pv3 && echo moved >moved
	) &
	wait_for "the move to begin" 60 places_are MT
	expect letters MMM "$(letters)"
	iotool check /dev/mapper/g-m 0 131072 7
	wait_for "the move to end" 60 test -s moved
	expect PVs "pv0 pv2 pv3 " "$(pvs_of)"
	iotool check /dev/mapper/g-m 0 131072 7
	# and nothing moves to a bad place
	refused varyon migratepv pv3 pv1
	varyon migratepv --undo pv3
	expect PVs "pv0 pv2 pv3 " "$(pvs_of)"
	expect mirrors 0 "$(mirrors)"
	expect generation "$before" "$(generation)"
	varyon syncvg --check -l g/m
	pull 0
	iotool check /dev/mapper/g-m 0 131072 7
}

# What else there is to be done with an LV waits for the move, or ends it.
case_what_waits_for_a_column_that_moves()
{
	r5_make 5
	writer_start
	move_slowly pv1 pv3
	writer_end
	expect "PPs of the LV" 32 "$(varyon lslv --json g/m | sed -n 's/.*"pps": \([0-9]*\),.*/\1/p')"
	[ "$(free_pps pv3)" -lt "$(free_pps pv4)" ] || fail "free: $(varyon lsvg -p g)"
	varyon status g 2>&1 | grep -q 'g/m: column 2 is being moved to pv3' ||
		fail "status does not tell: $(varyon status g 2>&1)"
	refused varyon extendlv g/m 16M
	refused varyon migratelp g/m/1 pv4
	expect places MT "$(places)"
	refused varyon replacepv pv0 pv4
	refused varyon reducevg g pv3
	umount /mnt/m
	varyon varyoffvg g
	expect "what is left" 0 "$(dmsetup ls | grep -c '^g-' || true)"
	refused varyon migratepv --undo pv1
	varyon varyonvg --rescue g
	good /dev/mapper/g-m
	varyon varyoffvg g
	varyon varyonvg g
	expect letters MMM "$(letters)"
	good /dev/mapper/g-m
	varyon rmlv -f g/m
	expect "what is left" 0 "$(dmsetup ls | grep -c '^g-' || true)"
	expect "free PPs" "$(free_pps pv4)" "$(free_pps pv3)"
}
