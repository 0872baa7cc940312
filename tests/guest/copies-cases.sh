# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Copies made, taken away and moved under a mounted file system that is
# written to meanwhile. The PVs are as in commands-cases.sh, with PPs of 4 MiB:
# a partial copy has whole zones.
# shellcheck disable=SC2034 # for run-cases
LIMIT=240

pvs_make()
{
	export VARYON_RUN=/tmp/case/run
	VARYON_DEVICES=
	for _pv in $(seq 0 $(($1 - 1))); do
		disk_new "disk$_pv" "$2"
		dm_create "pv$_pv" "$(pv_linear "$_pv")"
		VARYON_DEVICES=$VARYON_DEVICES${VARYON_DEVICES:+:}/dev/mapper/pv$_pv
	done
	export VARYON_DEVICES
}

# vg_make PVS COPIES MIB: g/m with an ext4 that holds files and their sums
vg_make()
{
	pvs_make "$1" 128
	# shellcheck disable=SC2046 # a word for each PV
	varyon mkvg -y g -s 4 -Q n $(echo "$VARYON_DEVICES" | tr : ' ')
	varyon mklv -y m -c "$2" g "$3M"
	/sbin/mke2fs -q -t ext4 -b 4096 /dev/mapper/g-m
	mkdir -p /mnt/m
	mount -t ext4 /dev/mapper/g-m /mnt/m
	for _file in 1 2 3 4; do
		dd if=/dev/urandom of=/mnt/m/old$_file bs=64k count=48 status=none
	done
	sync
	(cd /mnt/m && md5sum old*) >sums
}

# What was there is there, read from the disks, and the file system is whole.
files_good()
{
	# The last dd of the load may still be at work.
	wait_for "the file system to be let go" 30 umount /mnt/m
	/sbin/e2fsck -fn /dev/mapper/g-m >fsck 2>&1 || fail "e2fsck: $(cat fsck)"
	mount -t ext4 /dev/mapper/g-m /mnt/m
	(cd /mnt/m && md5sum -c) <sums >check 2>&1 || fail "files: $(cat check)"
}

# The copies of g/m are the same, read below the mirror; a PP is 4 MiB.
copies_identical()
{
	umount /mnt/m
	varyon varyoffvg g
	# LP, then PP and PV of each copy that has it
	varyon lslv -m g/m | awk 'NR > 2' >map
	[ -s map ] || fail "lslv -m says nothing"
	while read -r _lp _pairs; do
		_sum=
		# shellcheck disable=SC2086 # PP and PV in turn
		set -- $_pairs
		while [ $# -ge 2 ]; do
			_new=$(pp_sum "$2" "$(echo "$1" | sed 's/^0*//')")
			[ -z "$_sum" ] || expect "LP $_lp on $2" "$_sum" "$_new"
			_sum=$_new
			shift 2
		done
	done <map
	varyon varyonvg g
	mount -t ext4 /dev/mapper/g-m /mnt/m
}

# The first PP starts at sector 6144.
pp_sum()
{
	iotool sum "/dev/mapper/$1" $((6144 + ($2 - 1) * 8192)) 8192
}

case_copies_of_a_mounted_linear_lv()
{
	vg_make 3 1 48
	writer_start
	varyon mklvcopy -k g/m 2
	expect letters MM "$(letters)"
	varyon mklvcopy --progress g/m 3 2>said
	grep -q '100.0%' said || fail "said: $(cat said)"
	expect letters MMM "$(letters)"
	writer_stop
	files_good
	copies_identical
	writer_start
	varyon rmlvcopy g/m 1 pv0 pv1
	expect letters M "$(letters)"
	writer_stop
	files_good
	copies_identical
	varyon lslv -m g/m | grep -q pv2 || fail "lslv -m: $(varyon lslv -m g/m)"
}

# The PVs that copies of g/m lie on
pvs_of()
{
	varyon lslv -l g/m | awk 'NR > 2 { print $1 }' | sort | tr '\n' ' '
}

case_a_mirror_moves_under_load()
{
	vg_make 3 2 48
	writer_start
	varyon migratepv --progress pv0 pv2 2>said
	grep -q '100.0%' said || fail "said: $(cat said)"
	expect "PVs" "pv1 pv2 " "$(pvs_of)"
	expect letters MM "$(letters)"
	writer_stop
	files_good
	copies_identical
	varyon lsvg -p g | grep '^pv0' | awk '{ exit $3 != $4 }' || fail "pv0: $(varyon lsvg -p g)"
	varyon reducevg g pv0
}

case_a_linear_lv_moves_under_load()
{
	vg_make 2 1 48
	writer_start
	varyon migratepv pv0
	expect "PVs" "pv1 " "$(pvs_of)"
	expect "tables of mirrors" 0 "$(dmsetup table | grep -c varyon-mirror || true)"
	writer_stop
	files_good
	varyon lsvg -p g | grep '^pv0' | awk '{ exit $3 != $4 }' || fail "pv0: $(varyon lsvg -p g)"
}

case_single_lps_move_under_load()
{
	vg_make 4 2 48
	writer_start
	varyon migratelp g/m/3 pv2
	# No PV is shared between copies.
	refused varyon migratelp g/m/7/2 pv2
	varyon migratelp g/m/7/2 pv3
	writer_stop
	varyon lslv -m g/m >map
	awk '$1 == "0003" { exit $3 != "pv2" }' map || fail "$(cat map)"
	awk '$1 == "0007" { exit $5 != "pv3" }' map || fail "$(cat map)"
	files_good
	copies_identical
}

case_a_mounted_mirror_grows()
{
	vg_make 2 2 48
	writer_start
	varyon extendlv g/m 16M
	varyon extendlv g/m 1
	writer_stop
	expect sectors $((68 * 2048)) "$(sectors /dev/mapper/g-m)"
	files_good
	copies_identical
	iotool fill /dev/mapper/g-m $((48 * 2048)) $((20 * 2048)) 5
	iotool check /dev/mapper/g-m $((48 * 2048)) $((20 * 2048)) 5
}

case_a_mounted_linear_lv_grows()
{
	vg_make 1 1 48
	writer_start
	varyon extendlv g/m 16M
	writer_stop
	expect sectors $((64 * 2048)) "$(sectors /dev/mapper/g-m)"
	files_good
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

# Whatever was cut short is ended, and everything is in sync.
all_ended()
{
	# A device that was left suspended first.
	varyon varyonvg g
	varyon syncvg --max 0 -l g/m || [ "$(varyon lslv -m g/m | awk 'NR == 3 { print NF }')" = 3 ] ||
		fail "syncvg"
	expect "legs that only help to move" 0 \
		"$(dmsetup table g-m | grep -c partial: || true)"
}

case_a_killed_move_goes_on()
{
	vg_make 3 2 32
	writer_start
	_from=pv0
	_to=pv2
	for _ms in 5 20 40 60 80 100 130 160 200 250 300 400 500 700; do
		killed_after "${_ms}000" varyon migratepv "$_from" "$_to"
		all_ended
		expect letters MM "$(letters)"
		case $(pvs_of) in
		*$_from*) ;;
		*)
			_next=$_to
			_to=$_from
			_from=$_next
			;;
		esac
	done
	writer_stop
	files_good
	copies_identical
}

case_killed_changes_of_the_number_of_copies()
{
	vg_make 3 1 32
	writer_start
	for _ms in 5 20 40 60 80 100 140 180 240 300 400; do
		killed_after "${_ms}000" varyon mklvcopy -k g/m 2
		varyon varyonvg g
		varyon mklvcopy -k g/m 2
		expect letters MM "$(letters)"
		killed_after "${_ms}000" varyon rmlvcopy g/m 1
		varyon varyonvg g
		varyon syncvg -l g/m
		case $(letters) in
		M | MM) ;;
		*) fail "letters $(letters)" ;;
		esac
	done
	writer_stop
	files_good
	copies_identical
}

case_killed_growing()
{
	vg_make 2 2 32
	writer_start
	for _ms in 5 20 30 40 50 60 70 80 90 100 120 140 180 220; do
		killed_after "${_ms}000" varyon extendlv g/m 1
		varyon varyonvg g
		expect "size" "$(varyon lslv --json g/m | sed -n 's/.*"lps": \([0-9]*\).*/\1/p')" \
			$(($(sectors /dev/mapper/g-m) / 8192))
		expect letters MM "$(letters)"
	done
	writer_stop
	files_good
	copies_identical
}

power_cut()
{
	pvs_cut "$1"
	varyon varyonvg g
	mount -t ext4 /dev/mapper/g-m /mnt/m
}

case_a_move_outlives_a_power_cut()
{
	vg_make 3 2 48
	# So slowly that the command can be caught at it.
	varyon syncvg --max 2048 -l g/m
	dmsetup table g-m | grep -q resync_max:2048 || fail "$(dmsetup table g-m)"
	writer_start
	varyon migratepv pv0 pv2 >/dev/null 2>&1 &
	MOVE=$!
	wait_for "the move to begin" 60 letters_are MMT
	kill -9 $MOVE
	power_cut 3
	expect "copies" 3 "$(letters | wc -c)"
	writer_start
	varyon syncvg --max 0 -l g/m
	expect letters MM "$(letters)"
	expect PVs "pv1 pv2 " "$(pvs_of)"
	writer_stop
	files_good
	copies_identical
}

case_a_new_copy_outlives_a_power_cut()
{
	vg_make 2 1 48
	writer_start
	varyon mklvcopy g/m 2
	power_cut 2
	writer_start
	varyon syncvg -l g/m
	expect letters MM "$(letters)"
	writer_stop
	files_good
	copies_identical
}

case_a_dead_pv_is_replaced()
{
	vg_make 3 2 48
	varyon reducevg g pv2
	pvid=$(varyon lspv --json pv1 | sed -n 's/.*"id": "\(.*\)",/\1/p')
	writer_start
	# Gone, and so is its device.
	dm_reload pv1 "0 $(sectors /dev/disk1) error"
	wait_for "the copy to fail" 60 letters_are MF
	VARYON_DEVICES=/dev/mapper/pv0:/dev/mapper/pv2
	varyon replacepv "$pvid" /dev/mapper/pv2
	expect letters MM "$(letters)"
	expect PVs "pv0 pv2 " "$(pvs_of)"
	expect "PVs of the VG" "pv0 pv2 " "$(varyon lsvg -p g | awk 'NR > 2 { print $1 }' | tr '\n' ' ')"
	writer_stop
	files_good
	copies_identical
}

case_a_pv_that_works_is_replaced()
{
	vg_make 3 2 48
	varyon reducevg g pv2
	writer_start
	varyon replacepv pv0 /dev/mapper/pv2
	expect letters MM "$(letters)"
	expect "PVs of the VG" "pv1 pv2 " "$(varyon lsvg -p g | awk 'NR > 2 { print $1 }' | sort | tr '\n' ' ')"
	writer_stop
	files_good
	copies_identical
}

case_one_copy_of_three_is_replaced()
{
	vg_make 4 3 48
	varyon reducevg g pv3
	writer_start
	varyon replacepv pv0 /dev/mapper/pv3
	expect letters MMM "$(letters)"
	writer_stop
	files_good
	copies_identical
}

case_the_only_copy_is_not_given_up()
{
	vg_make 2 1 48
	varyon reducevg g pv1
	refused varyon rmlvcopy g/m 1 pv9
	pvid=$(varyon lspv --json pv0 | sed -n 's/.*"id": "\(.*\)",/\1/p')
	umount /mnt/m
	varyon varyoffvg g
	VARYON_DEVICES=/dev/mapper/pv1
	refused varyon replacepv "$pvid" /dev/mapper/pv1
}

case_write_mostly_and_check()
{
	vg_make 2 2 32
	varyon chlv --write-mostly 1 g/m y
	dmsetup table g-m | grep -q ' write_mostly:0 ' || fail "$(dmsetup table g-m)"
	varyon varyoffvg g && fail "varied off while mounted"
	varyon syncvg --check -l g/m >said
	grep -q ' 0 sectors' said || fail "said: $(cat said)"
	# A copy is changed behind the mirror's back: LP 5 of the second one.
	dd if=/dev/urandom of=/dev/mapper/pv1 bs=512 count=8 conv=fsync status=none \
		seek=$((6144 + ($(varyon lslv -m g/m | awk '$1 == "0005" { print $4 }' | sed 's/^0*//') - 1) * 8192))
	refused varyon syncvg --check -l g/m
	varyon status --json g | grep -q '"mismatches": 8,' || fail "$(varyon status --json g)"
	varyon syncvg --repair -l g/m
	varyon syncvg --check -l g/m
	varyon chlv --write-mostly 1 g/m n
	dmsetup table g-m | grep write_mostly && fail "$(dmsetup table g-m)"
	files_good
	copies_identical
}

# The first look tells of all requests, the next one of those that came since.
case_requests_are_counted_and_shown()
{
	vg_make 2 2 32
	umount /mnt/m
	varyon lvmstat -v g -e
	dd if=/dev/mapper/g-m of=/dev/null bs=4k count=8 iflag=direct status=none
	varyon lvmstat -s -c 1 -l g/m 1 2 >stat
	expect "LP 1, then and since" "8 0 " "$(awk '$1 == 1 { print $3 }' stat | tr '\n' ' ')"
	expect "headings" 1 "$(grep -c Log_part stat)"
	varyon lvmstat --json -v g | grep -q '"iocnt": 8,' || fail "$(varyon lvmstat --json -v g)"
	varyon lvmstat -v g -C
	expect "after a reset" m:0:0:0:0.00 "$(varyon lvmstat -F -v g)"
	varyon lvmstat -v g -d
	refused varyon lvmstat -v g
}

# Volumes to be compared are named by a VG, by a PV or on standard input.
case_check_of_all_that_is_named()
{
	vg_make 3 2 32
	varyon mklv -y n -c 1 g 4M pv2
	refused varyon syncvg --check -l g/n
	varyon syncvg --check --json -v g >said
	expect "LVs that were compared" '"lv": "g/m"' "$(grep -o '"lv": "[^"]*"' said)"
	varyon syncvg --check --json -p pv1 pv1 | grep -q '"mismatches": 0' || fail "-p pv1"
	echo g/m | varyon syncvg --check -i -l >said
	grep -q ' 0 sectors' said || fail "said: $(cat said)"
}

# hot LPs of g/m: 3 and 9
warm_up()
{
	varyon lvmstat -l g/m -e
	for _ in 1 2 3 4 5 6; do
		dd if=/dev/mapper/g-m of=/dev/null bs=4k count=8 skip=$((2 * 1024)) iflag=direct status=none
		dd if=/dev/mapper/g-m of=/dev/null bs=4k count=8 skip=$((8 * 1024)) iflag=direct status=none
	done
	dd if=/dev/mapper/g-m of=/dev/null bs=4k count=1 skip=$((5 * 1024)) iflag=direct status=none
}

case_busy_lps_get_a_copy_of_their_own()
{
	vg_make 3 2 48
	refused varyon lvmstat -l g/m
	warm_up
	varyon lvmstat -l g/m -c 2 >stat
	head -1 stat | grep -q '^Log_part  mirror#  iocnt' || fail "$(cat stat)"
	expect "busiest LPs" "3 9 " "$(awk 'NR > 1 { print $1 }' stat | sort | tr '\n' ' ')"
	varyon lvmstat -v g | grep -q '^m ' || fail "$(varyon lvmstat -v g)"
	# the load would make other LPs the busiest
	varyon mklvcopy -k --hot 2 g/m pv2
	writer_start
	expect letters MMM "$(letters)"
	dmsetup table g-m | grep -q ' partial:2:2+1,8+1 ' || fail "$(dmsetup table g-m)"
	varyon lslv -m g/m >map
	expect "LPs with a third copy" "0003 0009 " \
		"$(awk 'NR > 2 && NF >= 7 { print $1 }' map | tr '\n' ' ')"
	varyon lslv g/m
	varyon lslv -l g/m
	varyon lspv -l pv2
	writer_stop
	files_good
	copies_identical
	expect letters MMM "$(letters)"
	writer_start
	varyon rmlvcopy --hot g/m
	expect letters MM "$(letters)"
	writer_stop
	files_good
	copies_identical
}

# meta_fails PV ON|OFF: whether writes to what lies before its first PP fail
meta_fails()
{
	_disk=/dev/disk${1#pv}
	if [ "$2" = on ]; then
		dm_reload "$1" "0 6144 flakey $_disk 0 0 600 1 error_writes
6144 $(($(sectors "$_disk") - 6144)) linear $_disk 6144"
	else
		dm_reload "$1" "$(pv_linear "${1#pv}")"
	fi
}

case_an_lv_goes_on_when_its_change_cannot_be_written()
{
	vg_make 3 2 48
	writer_start
	meta_fails pv0 on
	meta_fails pv1 on
	meta_fails pv2 on
	refused varyon extendlv g/m 2
	expect sectors $((48 * 2048)) "$(sectors /dev/mapper/g-m)"
	refused varyon mklvcopy g/m 3
	refused varyon migratepv pv0 pv2
	expect letters MM "$(letters)"
	meta_fails pv0 off
	meta_fails pv1 off
	meta_fails pv2 off
	# Two of three PVs, and the quorum is checked: what one PV took is taken back.
	varyon chvg -Q y g
	meta_fails pv1 on
	meta_fails pv2 on
	refused varyon extendlv g/m 2
	meta_fails pv1 off
	meta_fails pv2 off
	expect LPs 12 "$(varyon lslv --json g/m | sed -n 's/.*"lps": \([0-9]*\).*/\1/p')"
	varyon extendlv g/m 2
	expect sectors $((56 * 2048)) "$(sectors /dev/mapper/g-m)"
	writer_stop
	files_good
	copies_identical
}

case_an_interrupted_wait_interrupts_nothing()
{
	vg_make 3 2 48
	varyon syncvg --max 1024 -l g/m
	writer_start
	varyon mklvcopy --progress g/m 3 >said 2>&1 &
	WAIT=$!
	wait_for "the new copy" 60 letters_are MMT
	kill -INT $WAIT
	status=0
	wait $WAIT || status=$?
	expect status 1 "$status"
	grep -q 'interrupted; the kernel goes on copying' said || fail "said: $(cat said)"
	expect letters MMT "$(letters)"
	varyon syncvg --max 0 --progress --json -l g/m >said
	grep -q '"action": "done", "percent": 100,' said || fail "said: $(cat said)"
	expect letters MMM "$(letters)"
	writer_stop
	files_good
	copies_identical
}

case_bad_blocks_are_listed()
{
	vg_make 2 2 48
	umount /mnt/m
	varyon lspv --bad-blocks pv1 | awk 'NR > 2' >list
	expect "bad blocks at first" "" "$(cat list)"
	# LP 5 of the second copy, its sectors 800 to 807
	pp=$(varyon lslv -m g/m | awk '$1 == "0005" { print $4 }' | sed 's/^0*//')
	sector=$((6144 + (pp - 1) * 8192 + 800))
	echo "+$sector-$((sector + 7))" >/sys/kernel/config/nullb/disk1/badblocks
	iotool fill /dev/mapper/g-m $((4 * 8192)) 8192 5
	expect letters MM "$(letters)"
	varyon lspv --bad-blocks pv1 | awk 'NR > 2' >list
	expect "bad blocks" "m 2 5 $pp $sector relocated" "$(awk '{ $1 = $1; print }' list)"
	varyon lspv --bad-blocks pv0 | awk 'NR > 2' >list
	expect "bad blocks of the other" "" "$(cat list)"
	varyon status g | awk 'NR == 2 { exit $NF != 1 }' || fail "$(varyon status g)"
	iotool check /dev/mapper/g-m $((4 * 8192)) 8192 5
	# without its status area the copy would lack what was relocated
	refused varyon splitlvcopy -f g/m 1 pv1
	# shellcheck disable=SC2154 # set by refused
	case $refusal in
	*'1 relocated blocks'*) ;;
	*) fail "wrong reason" ;;
	esac
	expect letters MM "$(letters)"
	echo "-$sector-$((sector + 7))" >/sys/kernel/config/nullb/disk1/badblocks
}

case_nothing_moves_to_a_bad_place()
{
	vg_make 3 2 48
	writer_start
	# The first PPs of pv2 that a copy gets, each with a bad sector
	for pp in 7 8 9; do
		sector=$((6144 + pp * 8192 + 800))
		echo "+$sector-$((sector + 7))" >/sys/kernel/config/nullb/disk2/badblocks
	done
	refused varyon migratepv pv0 pv2
	expect letters MMM "$(letters)"
	varyon migratepv --undo pv0
	expect letters MM "$(letters)"
	expect PVs "pv0 pv1 " "$(pvs_of)"
	varyon lsvg -p g | grep '^pv2' | awk '{ exit $3 != $4 }' || fail "pv2: $(varyon lsvg -p g)"
	writer_stop
	files_good
	copies_identical
}

case_the_move_of_a_linear_lv_is_given_up()
{
	vg_make 2 1 48
	writer_start
	killed_after 60000 varyon migratepv pv0
	varyon varyonvg g
	varyon migratepv --undo pv0 || varyon migratepv pv1
	expect "tables of mirrors" 0 "$(dmsetup table | grep -c varyon-mirror || true)"
	writer_stop
	files_good
}
