# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Copies that are split off an LV in use and come back, and split brains that
# are settled: contents by checksum, what was copied by the counters.
# shellcheck disable=SC2034 # run-cases reads it
LIMIT=240

# shellcheck disable=SC1091 # it is where it says, in the guest
. /tests/cases/commands.sh

MIB=2048	# sectors

# mirror_of N: an LV g/m of 16 MiB with N copies on pv0, pv1, ...
mirror_of()
{
	pvs_make "$1" 64
	# shellcheck disable=SC2046 # split into words on purpose
	varyon mkvg -y g -Q n $(echo "$VARYON_DEVICES" | tr ':' ' ')
	varyon mklv -y m -c "$1" g 16M
	SECTORS=32768
}

# One for each slot of g/m.
letters()
{
	letters_of g m
}

# counter_of LV KEY
counter_of()
{
	dmsetup message "g-$1" 0 stat | tr ' ' '\n' | sed -n "s/^$2=//p"
}

# at_most WHAT BYTES CHANGED: not more than the changed bytes, 5 % and a region
at_most()
{
	[ "$2" -le $(($3 + $3 / 20 + 4096)) ] || fail "$1: $2 bytes for $3 that were changed"
	[ "$2" -gt 0 ] || fail "$1: nothing, though $3 bytes were changed"
}

# change LV FIRST-SECTOR COUNT SEED: COUNT single regions, 1 MiB and a bit apart
change()
{
	_at=$2
	for _n in $(seq "$3"); do
		iotool fill "/dev/mapper/g-$1" "$_at" 8 "$4"
		_at=$((_at + MIB / 2 + 8))
	done
}

changed()
{
	_at=$2
	for _n in $(seq "$3"); do
		iotool check "/dev/mapper/g-$1" "$_at" 8 "$4"
		_at=$((_at + MIB / 2 + 8))
	done
}

sum_of()
{
	iotool sum "/dev/mapper/g-$1" 0 "$SECTORS"
}

# A read-only copy stays as it was, comes back, and only the changes are copied.
case_split_and_return()
{
	mirror_of 2
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	before=$(sum_of m)
	expect "the name" mcopy02 "$(varyon chlvcopy -b g/m)"
	expect letters MS "$(letters)"
	expect "the copy" "$before" "$(sum_of mcopy02)"
	refused dd if=/dev/zero of=/dev/mapper/g-mcopy02 bs=512 count=1 oflag=direct
	change m 64 20 6
	expect "the copy" "$before" "$(sum_of mcopy02)"
	exec 3</dev/mapper/g-mcopy02
	refused varyon chlvcopy -B g/m
	exec 3<&-
	expect letters MS "$(letters)"

	varyon chlvcopy -B g/m
	[ ! -e /dev/mapper/g-mcopy02 ] || fail "the copy is still a device"
	wait_for "the copy to be in sync" 60 letters_are MM
	at_most copied "$(counter_of m copied_bytes)" $((20 * 4096))
	changed m 64 20 6
	# Nothing is left to be given up at the next start.
	varyon varyoffvg g
	case $(varyon varyonvg --dry-run g) in
	*discard* | *split*) fail "table: $(varyon varyonvg --dry-run g)" ;;
	esac
	copies_identical
}

# A mounted file system: the backup is whole, and is of one moment under load.
case_split_while_mounted()
{
	mirror_of 2
	/sbin/mke2fs -q -t ext4 /dev/mapper/g-m
	mkdir -p /mnt/m /mnt/copy
	mount -t ext4 /dev/mapper/g-m /mnt/m
	dd if=/dev/urandom of=/mnt/m/kept bs=64k count=16 2>/dev/null
	sum=$(sha256sum </mnt/m/kept)
	# Numbered files, each whole once it has its name.
	(
		n=0
		while [ ! -e /mnt/m/stop ]; do
			n=$((n + 1))
			echo "$n" >/mnt/m/new
			sync /mnt/m/new
			mv /mnt/m/new "/mnt/m/n$((n % 50))"
			echo "$n" >count.new
			mv count.new count
		done
	) &
	writer=$!
	wait_for "the load" 30 test -e count
	before=$(cat count)
	varyon chlvcopy -b -l snap g/m
	at=$(cat count)
	wait_for "the load to go on" 30 eval "[ \$(cat count) -gt $((at + 5)) ]"

	/sbin/e2fsck -f -n /dev/mapper/g-snap || fail "the copy's file system is damaged"
	mount -t ext4 -o ro,noload /dev/mapper/g-snap /mnt/copy
	expect "the file" "$sum" "$(sha256sum </mnt/copy/kept)"
	highest=$(cat /mnt/copy/n* | sort -n | tail -n 1)
	if [ "$highest" -lt "$before" ] || [ "$highest" -gt $((at + 1)) ]; then
		fail "the copy has write $highest, split between $before and $at"
	fi
	umount /mnt/copy
	touch /mnt/m/stop
	wait "$writer"
	umount /mnt/m
	varyon chlvcopy -B g/snap
	wait_for "the copy to be in sync" 60 letters_are MM
	/sbin/e2fsck -f -n /dev/mapper/g-m || fail "the volume's file system is damaged"
	varyon varyoffvg g
	copies_identical
}

# Both sides write; the copy is brought up to date.
case_return_after_writes_on_both_sides()
{
	mirror_of 2
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	varyon chlvcopy -b -w -l snap g/m
	change m 64 12 6
	change snap 264 10 7
	changed snap 264 10 7
	iotool check /dev/mapper/g-snap 64 8 5
	varyon chlvcopy -B g/m snap
	wait_for "the copy to be in sync" 60 letters_are MM
	at_most copied "$(counter_of m copied_bytes)" $((22 * 4096))
	changed m 64 12 6
	iotool check /dev/mapper/g-m 264 8 5
	varyon varyoffvg g
	copies_identical
}

# Both sides write; the volume becomes what the copy is.
case_restore_from_a_copy()
{
	mirror_of 2
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	varyon chlvcopy -b -w -l snap g/m
	change m 64 12 6
	change snap 264 10 7
	sum=$(sum_of snap)
	exec 3</dev/mapper/g-m
	refused varyon chlvcopy -B --restore g/m
	# shellcheck disable=SC2154 # set by refused
	case $refusal in
	*'is open'*'unmount'*) ;;
	*) fail "wrong reason" ;;
	esac
	exec 3<&-
	device=$(devno /dev/mapper/g-m)
	varyon chlvcopy -B --restore g/m
	expect "contents at once" "$sum" "$(sum_of m)"
	expect "the device" "$device" "$(devno /dev/mapper/g-m)"
	wait_for "the volume to be in sync" 60 letters_are MM
	at_most copied "$(counter_of m copied_bytes)" $((22 * 4096))
	expect "contents" "$sum" "$(sum_of m)"
	varyon varyoffvg g
	copies_identical
}

# A read-only copy, too.
case_restore_from_a_read_only_copy()
{
	mirror_of 2
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	sum=$(sum_of m)
	varyon chlvcopy -b -l snap g/m
	change m 64 12 6
	varyon chlvcopy -B --restore g/snap
	expect "contents at once" "$sum" "$(sum_of m)"
	wait_for "the volume to be in sync" 60 letters_are MM
	at_most copied "$(counter_of m copied_bytes)" $((12 * 4096))
	varyon varyoffvg g
	copies_identical
}

# Three copies, two of them split off in one go: each has a map of its own.
case_two_of_three_split_off()
{
	mirror_of 3
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	sum=$(sum_of m)
	varyon chlvcopy -b -w -c 2 -l a -c 3 -l b g/m
	expect letters MSS "$(letters)"
	refused varyon chlvcopy -b g/m
	expect "copy a" "$sum" "$(sum_of a)"
	expect "copy b" "$sum" "$(sum_of b)"
	change m 64 10 6
	change a 264 3 7
	varyon chlvcopy -B g/m a
	wait_for "copy a to be in sync" 60 letters_are MMS
	at_most "copied to a" "$(counter_of m copied_bytes)" $((13 * 4096))
	change b 464 5 8
	copied=$(counter_of m copied_bytes)
	varyon chlvcopy -B g/m b
	wait_for "copy b to be in sync" 60 letters_are MMM
	at_most "copied to b" $(($(counter_of m copied_bytes) - copied)) $((15 * 4096))
	changed m 64 10 6
	iotool check /dev/mapper/g-m 264 8 5
	iotool check /dev/mapper/g-m 464 8 5
	varyon varyoffvg g
	copies3_identical
}

# The volume is restored from one split copy while another one is away, which
# was split off later: that keeps what it has, and comes back in the end.
case_restore_beside_another_split_copy()
{
	mirror_of 3
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	varyon chlvcopy -b -w -c 2 -l a g/m
	change m 64 4 6
	varyon chlvcopy -b -w -c 3 -l b g/m
	expect letters MSS "$(letters)"
	change m 264 4 7
	change a 464 4 8
	change b 664 4 9
	sum_a=$(sum_of a)
	sum_b=$(sum_of b)
	varyon chlvcopy -B --restore g/a
	expect "contents at once" "$sum_a" "$(sum_of m)"
	wait_for "the volume to be in sync" 60 letters_are MMS
	at_most copied "$(counter_of m copied_bytes)" $((12 * 4096))
	expect "the other copy" "$sum_b" "$(sum_of b)"
	varyon varyoffvg g
	varyon varyonvg g
	expect letters MMS "$(letters)"
	expect "the other copy" "$sum_b" "$(sum_of b)"
	expect contents "$sum_a" "$(sum_of m)"
	varyon chlvcopy -B g/b
	wait_for "the copy to be in sync" 60 letters_are MMM
	expect contents "$sum_a" "$(sum_of m)"
	varyon varyoffvg g
	copies3_identical
}

# All copies of g/m are the same below the mirror.
copies3_identical()
{
	varyon lslv -m g/m | awk 'NR > 2 { print $2 + 0, $3, $4 + 0, $5, $6 + 0, $7 }' >map
	[ "$(wc -l <map)" -eq 16 ] || fail "lslv -m: $(cat map)"
	while read -r _p1 _v1 _p2 _v2 _p3 _v3; do
		_sum=$(pp_sum "$_v1" "$_p1")
		expect "PP $_p2 of $_v2" "$_sum" "$(pp_sum "$_v2" "$_p2")"
		expect "PP $_p3 of $_v3" "$_sum" "$(pp_sum "$_v3" "$_p3")"
	done <map
}

# Either side may be started anew, also without the other's PV.
case_split_copies_outlive_a_restart()
{
	mirror_of 2
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	sum=$(sum_of m)
	varyon chlvcopy -b -w -l snap g/m
	change m 64 10 6
	varyon varyoffvg g
	varyon varyonvg g
	expect letters MS "$(letters)"
	expect "the copy" "$sum" "$(sum_of snap)"
	change snap 264 10 7
	varyon varyoffvg g

	# Only the copy's disk.
	pvs_here 1
	status=0
	varyon varyonvg g >said 2>&1 || status=$?
	expect "status without the volume" 4 "$status"
	[ ! -e /dev/mapper/g-m ] || fail "the volume is active without its copy"
	changed snap 264 10 7
	change snap 464 2 8
	varyon varyoffvg g
	# Only the volume's.
	pvs_here 0
	varyon varyonvg g || true
	expect letters MS "$(letters)"
	changed m 64 10 6
	change m 664 2 9
	varyon varyoffvg g

	# The metadata on both sides knew of it: who was away is only recorded.
	pvs_here 0 1
	settle_metadata pv1
	varyon varyonvg g
	varyon chlvcopy -B g/m
	wait_for "the copy to be in sync" 60 letters_are MM
	at_most copied "$(counter_of m copied_bytes)" $((24 * 4096))
	changed m 64 10 6
	changed m 664 2 9
	varyon varyoffvg g
	copies_identical
}

# settle_metadata PV: both sides of the VG recorded that the other was missing
settle_metadata()
{
	varyon lsvg g >/dev/null 2>&1 || varyon rejoin -f g "$1"
}

# The states that a command leaves when it is killed: each start goes on.
case_interrupted_at_each_step()
{
	mirror_of 2
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	old=$(dmsetup table g-m)
	uuid=$(dmsetup info -c --noheadings -o uuid g-m)

	# Split in the metadata; the kernel still writes to the copy.
	varyon varyoffvg g
	varyon chlvcopy -b -w -l snap g/m
	[ ! -e /dev/mapper/g-snap ] || fail "activated in a VG that is not varied on"
	dmsetup create g-m -u "$uuid" --table "$old"
	iotool fill /dev/mapper/g-m 128 8 6
	sum=$(sum_of m)
	varyon varyonvg g
	expect letters MS "$(letters)"
	expect "the copy" "$sum" "$(sum_of snap)"
	change m 64 4 7
	change snap 264 3 8
	varyon chlvcopy -B g/m
	wait_for "the copy to be in sync" 60 letters_are MM
	at_most copied "$(counter_of m copied_bytes)" $((7 * 4096))

	# Power went before the kernel let go.
	varyon varyoffvg g
	varyon chlvcopy -b -w -l snap g/m
	dmsetup create g-m -u "$uuid" --table "$old"
	iotool fill /dev/mapper/g-m 128 8 6
	dm_remove g-m
	varyon varyonvg g
	expect letters MS "$(letters)"
	change m 64 4 7
	change snap 264 3 8

	# Returned in the metadata; the kernel does not have it yet.
	split=$(dmsetup table g-m)
	varyon chlvcopy -B g/m
	wait_for "the copy to be in sync" 60 letters_are MM
	changed m 64 4 7
	varyon chlvcopy -b -w -l snap g/m
	change m 64 4 9
	change snap 264 3 8
	dm_remove g-m
	varyon chlvcopy -B g/snap
	dmsetup create g-m -u "$uuid" --table "$split"
	expect letters MS "$(letters)"
	varyon varyonvg g
	wait_for "the copy to be in sync" 60 letters_are MM
	changed m 64 4 9
	at_most copied "$(counter_of m copied_bytes)" $((7 * 4096))
	varyon varyoffvg g
	copies_identical
}

# killed USEC COMMAND...: the command, ended for good after so many microseconds
killed()
{
	_after=$1
	shift
	"$@" >/dev/null 2>&1 &
	_pid=$!
	usleep "$_after"
	kill -KILL "$_pid" 2>/dev/null || true
	wait "$_pid" 2>/dev/null || true
}

# Whenever a command is killed, activation makes something whole of it.
case_killed_at_any_moment()
{
	mirror_of 2
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	sum=$(sum_of m)
	back=0 split=0
	for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
		killed $((round * 9000)) varyon chlvcopy -b -w -l snap g/m
		varyon varyonvg g
		if [ -b /dev/mapper/g-snap ]; then
			expect "letters with a split copy" MS "$(letters)"
			expect "the copy" "$sum" "$(sum_of snap)"
			split=$((split + 1))
			killed $((round * 9000)) varyon chlvcopy -B g/m
			varyon varyonvg g
			[ -b /dev/mapper/g-snap ] || back=$((back + 1))
			[ ! -b /dev/mapper/g-snap ] || varyon chlvcopy -B g/m
		fi
		wait_for "the copies to be in sync" 60 letters_are MM
		expect "the volume" "$sum" "$(sum_of m)"
	done
	echo "# $split of 12 splits and $back of these returns were done or made up for"
	varyon varyoffvg g
	case $(varyon varyonvg --dry-run g) in
	*discard* | *split*) fail "table: $(varyon varyonvg --dry-run g)" ;;
	esac
	copies_identical
}

case_read_only_volumes_keep_their_copies()
{
	mirror_of 2
	varyon varyoffvg g
	varyon varyonvg -r g
	refused varyon chlvcopy -b g/m
	case $refusal in
	*'is active read-only'*) ;;
	*) fail "wrong reason" ;;
	esac
	refused varyon splitlvcopy -f g/m 1
	refused varyon splitvg g
	expect letters MM "$(letters)"
	expect LVs 1 "$(varyon lsvg -l g | awk 'NR > 2' | wc -l)"
}

case_split_off_for_good()
{
	mirror_of 3
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	sum=$(sum_of m)
	expect "the name" own "$(varyon splitlvcopy -f -y own g/m 2 pv1)"
	expect letters MM "$(letters)"
	expect "the new LV" "$sum" "$(sum_of own)"
	change m 64 4 6
	change own 264 4 7
	varyon varyoffvg g
	varyon varyonvg g
	expect letters MM "$(letters)"
	changed m 64 4 6
	changed own 264 4 7
	iotool check /dev/mapper/g-m 264 8 5
	refused varyon splitlvcopy -f g/m 2
	varyon splitlvcopy -f g/m 1
	expect letters M "$(letters)"
	changed m 64 4 6
	varyon rmlv -f g/own
}

# A whole VG under load: the snapshot is used here, moved, and joined again.
case_split_and_join_a_vg()
{
	mirror_of 2
	varyon mklv -y n -c 2 g 8M
	/sbin/mke2fs -q -t ext4 /dev/mapper/g-m
	mkdir -p /mnt/m /mnt/copy
	mount -t ext4 /dev/mapper/g-m /mnt/m
	dd if=/dev/urandom of=/mnt/m/kept bs=64k count=16 2>/dev/null
	sum=$(sha256sum </mnt/m/kept)
	iotool fill /dev/mapper/g-n 0 16384 5
	expect "the name" back "$(varyon splitvg -y back g)"
	expect letters MS "$(letters_of g m)"
	expect letters MS "$(letters_of g n)"
	refused varyon splitvg -y more g
	echo more >/mnt/m/more
	umount /mnt/m
	change n 64 3 6

	# Beside its VG.
	varyon varyonvg back
	/sbin/e2fsck -f -n /dev/mapper/back-m || fail "the copy's file system is damaged"
	mount -t ext4 /dev/mapper/back-m /mnt/copy
	expect "the file" "$sum" "$(sha256sum </mnt/copy/kept)"
	[ ! -e /mnt/copy/more ] || fail "the snapshot is not of the moment of the split"
	iotool check /dev/mapper/back-n 0 16384 5
	refused varyon joinvg -f g
	umount /mnt/copy
	varyon varyoffvg back

	# On another machine, without the VG.
	varyon varyoffvg g
	pvs_here 1
	VARYON_RUN=/tmp/case/other varyon varyonvg back
	iotool fill /dev/mapper/back-n 264 8 7
	VARYON_RUN=/tmp/case/other varyon varyoffvg back
	pvs_here 0
	varyon varyonvg g 2>said
	expect "told of PVs that are away by intent" '' "$(cat said)"
	refused varyon joinvg -f g
	pvs_here 0 1

	copied=$(counter_of n copied_bytes)
	varyon joinvg -f g
	refused varyon lsvg back
	wait_for "the copies to be in sync" 60 both_in_sync
	at_most copied $(($(counter_of n copied_bytes) - copied)) $((4 * 4096))
	changed n 64 3 6
	iotool check /dev/mapper/g-n 264 8 5
	mount -t ext4 /dev/mapper/g-m /mnt/m
	expect "the file" "$sum" "$(sha256sum </mnt/m/kept)"
	expect "what was written since" more "$(cat /mnt/m/more)"
	umount /mnt/m
	varyon varyoffvg g
	varyon varyonvg g
	expect letters MM "$(letters_of g n)"
	varyon varyoffvg g
	copies_identical
}

# The PV with the snapshot is lost while the volume is in use: as any that failed.
case_a_lost_snapshot_is_given_up()
{
	mirror_of 2
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	sum=$(sum_of m)
	varyon splitvg -y back g
	pvs_here 0
	refused varyon joinvg -f g
	varyon joinvg -f --lost g
	varyon rmlvcopy g/m 1
	expect letters M "$(letters)"
	expect "the LV" "$sum" "$(sum_of m)"
	change m 64 4 6
	changed m 64 4 6
	varyon varyoffvg g
	pvs_here 0 1
	refused varyon joinvg -f back
	varyon varyonvg g
	expect letters M "$(letters)"
	changed m 64 4 6
	varyon varyoffvg g
}

# What is spread over several LVs is of one moment, too: n is always written
# first, then m the same.
case_a_vg_is_split_at_one_moment()
{
	mirror_of 2
	varyon mklv -y n -c 2 g 8M
	for lv in n m; do
		iotool fill "/dev/mapper/g-$lv" 0 8 5
	done
	(
		n=0
		while [ ! -e stop ]; do
			n=$((n + 1))
			printf '%-512d' "$n" >block
			for lv in n m; do
				dd if=block of=/dev/mapper/g-$lv bs=512 oflag=direct conv=notrunc 2>/dev/null
			done
			echo "$n" >count.new
			mv count.new count
		done
	) &
	writer=$!
	wait_for "the load" 30 test -e count
	varyon splitvg -y back g
	at=$(cat count)
	wait_for "the load to go on" 30 eval "[ \$(cat count) -gt $((at + 5)) ]"
	touch stop
	wait "$writer"
	varyon varyonvg back
	first=$(dd if=/dev/mapper/back-n bs=512 count=1 2>/dev/null | tr -d ' ')
	second=$(dd if=/dev/mapper/back-m bs=512 count=1 2>/dev/null | tr -d ' ')
	if [ "$first" -lt "$second" ] || [ "$first" -gt $((second + 1)) ]; then
		fail "n is of write $first, m of write $second"
	fi
	if [ "$first" -lt 1 ] || [ "$first" -gt $((at + 1)) ]; then
		fail "n is of write $first, split at $at"
	fi
}

both_in_sync()
{
	[ "$(letters_of g m)$(letters_of g n)" = MMMM ]
}

# letters_of VG LV
letters_of()
{
	dmsetup status --noflush "$1-$2" | awk '{ gsub("-", "", $6); print $6 }'
}

# go_alone N SEED: activate with pv N alone, write, deactivate
go_alone()
{
	pvs_here "$1"
	varyon varyonvg g
	change m $((64 + $1 * 200)) 6 "$2"
	varyon varyoffvg g
}

# A split brain of two: told by sides, settled by what either side changed.
case_split_brain_is_settled_by_maps()
{
	for keep in 0 1; do
		for order in '0 1' '1 0'; do
			mirror_of 2
			iotool fill /dev/mapper/g-m 0 $SECTORS 5
			varyon varyoffvg g
			go_alone 0 6
			go_alone 1 7
			# shellcheck disable=SC2086 # two numbers
			pvs_here $order
			refused varyon varyonvg g
			varyon rejoin -f --keep g "pv$keep"
			refused varyon varyonvg g
			case $refusal in
			*'split brain'*'side 1, PVID '*'copy 1 on pv0: generation '*'written alone'*'side 2, PVID '*'copy 2 on pv1: generation '*'--keep'*'rd.varyon.prefer='*) ;;
			*) fail "wrong reason" ;;
			esac
			varyon rejoin -f --keep g/m "pv$keep"
			varyon varyonvg g
			wait_for "the copies to be in sync" 60 letters_are MM
			at_most copied "$(counter_of m copied_bytes)" $((12 * 4096))
			changed m $((64 + keep * 200)) 6 $((6 + keep))
			iotool check /dev/mapper/g-m $((64 + (1 - keep) * 200)) 8 5
			varyon varyoffvg g
			copies_identical
			for n in 0 1; do
				dm_remove "pv$n"
				echo 0 >"/sys/kernel/config/nullb/disk$n/power"
				rmdir "/sys/kernel/config/nullb/disk$n"
			done
		done
	done
}

# Two against one.
case_split_brain_of_two_and_one()
{
	mirror_of 3
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	varyon varyoffvg g
	pvs_here 0 2
	varyon varyonvg g
	change m 64 6 6
	varyon varyoffvg g
	go_alone 1 7
	pvs_here 0 1 2
	varyon rejoin -f --keep g pv2
	refused varyon varyonvg g
	case $refusal in
	*'side 1, PVID '*'copy 1 on pv0: '*', copy 3 on pv2: '*'side 2, PVID '*'copy 2 on pv1: '*) ;;
	*) fail "wrong reason" ;;
	esac
	varyon rejoin -f --keep g/m pv2
	varyon varyonvg g
	wait_for "the copies to be in sync" 60 letters_are MMM
	at_most copied "$(counter_of m copied_bytes)" $((12 * 4096))
	changed m 64 6 6
	varyon varyoffvg g
	copies3_identical
}

# Each went its own way.
case_split_brain_of_three()
{
	mirror_of 3
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	varyon varyoffvg g
	go_alone 0 6
	go_alone 1 7
	go_alone 2 8
	pvs_here 2 0 1
	refused varyon varyonvg g
	varyon rejoin -f --keep g pv1
	refused varyon varyonvg g
	varyon rejoin -f --keep g/m pv1
	varyon varyonvg g
	wait_for "the copies to be in sync" 60 letters_are MMM
	at_most copied "$(counter_of m copied_bytes)" $((24 * 4096))
	changed m 264 6 7
	iotool check /dev/mapper/g-m 64 8 5
	iotool check /dev/mapper/g-m 464 8 5
	varyon varyoffvg g
	copies3_identical
}

# The kernel command line names the side, once; without it nothing is given up.
case_boot_prefers_a_side()
{
	mirror_of 2
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	varyon varyoffvg g
	go_alone 0 6
	go_alone 1 7
	pvs_here 0 1
	rm -rf run
	boot root=/dev/mapper/g-m
	expect "status without a preference" 6 "$status"
	pvid=$(varyon lspv 2>/dev/null | awk '$1 ~ /pv1$/ { print $2 }')
	[ ${#pvid} -eq 16 ] || fail "lspv: $(varyon lspv)"
	boot root=/dev/mapper/g-m rd.varyon.prefer=0123456789abcdef
	expect "status with a PV that is not here" 6 "$status"
	boot root=/dev/mapper/g-m "rd.varyon.prefer=$pvid"
	expect "status with a preference" 0 "$status"
	grep -q 'because of rd.varyon.prefer' said || fail "said: $(cat said)"
	wait_for "the copies to be in sync" 60 letters_are MM
	at_most copied "$(counter_of m copied_bytes)" $((12 * 4096))
	changed m 264 6 7
	iotool check /dev/mapper/g-m 64 8 5
	boot root=/dev/mapper/g-m
	expect "status of a further pass" 0 "$status"
	varyon varyoffvg g
	varyon varyonvg g 2>said
	expect "told of an up-to-date VG" '' "$(cat said)"
	varyon varyoffvg g
	copies_identical
}
