# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What the cases in tests/guest use. Sourced by run-cases inside the guest;
# every case starts with nothing of the sort below and leaves the rest to
# run-cases.

# --- saying what is wrong -----------------------------------------------------

# The first line of a kernel log that says that something is wrong with the
# kernel, whoever did it.
first_complaint()
{
	without_denials | grep -E -m 1 -e 'WARNING:|BUG:|Oops|general protection fault|Call Trace|refcount_t' \
		-e 'blocked for more than|lockup|corruption|KASAN:|UBSAN:|ODEBUG:|DEBUG_LOCKS' \
		-e 'recursive locking|circular locking|inconsistent lock|order inversion' \
		-e 'suspicious RCU|locking correctness validator|sleeping function called' \
		-e 'kmemleak: .*disabled'
}

# Where memory is denied on purpose the kernel itself may tell so, with a trace.
without_denials()
{
	if [ -e /proc/self/fail-nth ]; then
		sed '/failed with error -\|allocation failure\|vmalloc error/,/Call Trace/d'
	else
		cat
	fi
}

# How many times slower than a usual kernel the one that runs is.
SLOW=$(sed -n 's/.*varyon\.slow=\([0-9]*\).*/\1/p' /proc/cmdline)
SLOW=${SLOW:-1}

fail()
{
	echo "FAIL: $*"
	exit 1
}

skip()
{
	echo "$*"
	exit 77
}

# expect WHAT WANTED GOT
expect()
{
	[ "$2" = "$3" ] || fail "$1: wanted '$2', got '$3'"
}

# refused COMMAND...: it must fail; what it said is kept in $refusal
refused()
{
	if refusal=$("$@" 2>&1); then
		fail "should have been refused: $*"
	fi
	echo "refused as it should be: $refusal"
}

# wait_for WHAT SECONDS COMMAND...: until COMMAND succeeds; $SLOW times as long
wait_for()
{
	_what=$1
	_rounds=$(($2 * 20 * SLOW))
	shift 2
	until "$@"; do
		_rounds=$((_rounds - 1))
		if [ "$_rounds" -le 0 ]; then
			dmsetup status --noflush
			fail "waited in vain for $_what"
		fi
		usleep 50000
	done
}

# --- disks --------------------------------------------------------------------

# disk_new NAME MIB [ATTRIBUTE=VALUE]...: a disk in memory, /dev/NAME.
# Attributes are null_blk's, such as cache_size=8 (MiB that a flush must
# bring home) or badblocks=+100-107.
disk_new()
{
	_dir=/sys/kernel/config/nullb/$1
	mkdir "$_dir"
	echo "$2" >"$_dir/size"
	echo 512 >"$_dir/blocksize"
	echo 1 >"$_dir/memory_backed"
	shift 2
	for _attribute in "$@"; do
		echo "${_attribute#*=}" >"$_dir/${_attribute%%=*}"
	done
	echo 1 >"$_dir/power"
}

# sectors DEVICE
sectors()
{
	blockdev --getsz "$1"
}

# major:minor of DEVICE, as a table line wants it
devno()
{
	# stat speaks hexadecimal
	printf '%d:%d' "0x$(stat -L -c %t "$1")" "0x$(stat -L -c %T "$1")"
}

# --- device-mapper -------------------------------------------------------------

dm_create()
{
	dmsetup create "$1" --table "$2"
}

# dm_reload NAME TABLE: load and switch to it
dm_reload()
{
	dmsetup reload "$1" --table "$2"
	dmsetup suspend "$1"
	dmsetup resume "$1"
}

dm_remove()
{
	dmsetup remove "$1"
}

# --- a mirror --------------------------------------------------------------------
#
# mirror_make N MIB [DISK ATTRIBUTE=VALUE]... makes N legs, each on a disk of
# its own behind a linear device leg0, leg1, ... that stands for the cable:
# leg_break and leg_mend pull and plug it. A leg's data come first, its status
# area right after. $LAST_DISK: attributes of the last leg's disk beside.

DISKS=/dev/disk		# whatever legs are made of, up to the number
SET_UUID=5e7000000000000000000000000000aa
CHUNK=			# sectors; empty: a mirror
LOG_SLOTS=		# of the row log of a RAID5; empty: none
WRITTEN=		# not empty: a RAID5 with a map of what was ever written
REGION_SHIFT=12
ZONE_SHIFT=22

leg_uuid()
{
	echo "1e60000000000000000000000000000$1"
}

mirror_make()
{
	NLEGS=$1
	DATA_SECTORS=$(($2 * 2048))
	shift 2
	LEG_UUIDS=
	for _leg in $(seq 0 $((NLEGS - 1))); do
		LEG_UUIDS=$LEG_UUIDS${LEG_UUIDS:+,}$(leg_uuid "$_leg")
	done
	SA_SECTORS=$(satool size --nslots "$NLEGS" --data-sectors "$DATA_SECTORS" \
		--region-shift "$REGION_SHIFT" --zone-shift "$ZONE_SHIFT" \
		${LOG_SLOTS:+--log "$LOG_SLOTS"} ${WRITTEN:+--written})
	for _leg in $(seq 0 $((NLEGS - 1))); do
		# shellcheck disable=SC2086 # one word each
		[ "$_leg" -lt $((NLEGS - 1)) ] || set -- "$@" ${LAST_DISK:-}
		disk_new "disk$_leg" $((DATA_SECTORS / 2048 + SA_SECTORS / 2048 + 1)) "$@"
		dm_create "leg$_leg" "$(leg_linear "$_leg")"
		leg_format "$_leg"
	done
	ABSENT='' EMPTY=''
}

# mirror_unmake: legs and disks go; for a case that makes more than one mirror
mirror_unmake()
{
	for _leg in $(seq 0 $((NLEGS - 1))); do
		dm_remove "leg$_leg"
		echo 0 >"/sys/kernel/config/nullb/disk$_leg/power"
		rmdir "/sys/kernel/config/nullb/disk$_leg"
	done
}

# leg_format N [satool init option]...: a fresh status area
leg_format()
{
	_leg=$1
	shift
	satool init --set "$SET_UUID" --slot "$_leg" --legs "$LEG_UUIDS" \
		--data-sectors "$DATA_SECTORS" --region-shift "$REGION_SHIFT" \
		--zone-shift "$ZONE_SHIFT" ${CHUNK:+--chunk "$CHUNK"} \
		${LOG_SLOTS:+--log "$LOG_SLOTS"} ${WRITTEN:+--written} "$@" \
		"/dev/mapper/leg$_leg" "$DATA_SECTORS"
}

leg_linear()
{
	echo "0 $(sectors "$DISKS$1") linear $DISKS$1 0"
}

# leg_break N: every I/O to the leg fails from now on
leg_break()
{
	dm_reload "leg$1" "$(leg_error "$1")"
}

leg_error()
{
	echo "0 $(sectors "$DISKS$1") error"
}

leg_mend()
{
	dm_reload "leg$1" "$(leg_linear "$1")"
}

# mirror_crash: power goes, for all legs at the same moment, or the mirror would
# record that it lost the first one. Not even the clean shutdown reaches them;
# what they had acknowledged stays. The mirror is stopped.
mirror_crash()
{
	legs_off
	mirror_stop
	legs_on
}

# legs_off, legs_on: its parts, for who has to end a load between
legs_off()
{
	for _leg in $(seq 0 $((NLEGS - 1))); do
		dmsetup reload "leg$_leg" --table "$(leg_error "$_leg")"
		dmsetup suspend "leg$_leg"
	done
	for _leg in $(seq 0 $((NLEGS - 1))); do
		dmsetup resume "leg$_leg"
	done
}

legs_on()
{
	for _leg in $(seq 0 $((NLEGS - 1))); do
		leg_mend "$_leg"
	done
}

# leg_blank N: a fresh leg that the set does not know; needs leg_format's disk
leg_blank()
{
	leg_format "$1" --flags inconsistent,needs_full --gen b1a --state "$1=target:b1a"
}

# slot_empty N, slot_fill N: the set has no leg in this slot, or has one
slot_empty()
{
	EMPTY="$EMPTY $1 "
}

slot_fill()
{
	EMPTY=$(echo "$EMPTY" | sed "s/ $1 //g")
}

# leg_take N, leg_give N: leave the leg out of the next table, or put it back
leg_take()
{
	ABSENT="$ABSENT $1 "
}

leg_give()
{
	ABSENT=$(echo "$ABSENT" | sed "s/ $1 //g")
}

# mirror_table [OPTION]...: the table line with the legs as they are now
mirror_table()
{
	_line="0 $DATA_SECTORS varyon-mirror"
	if [ -n "$CHUNK" ]; then
		_line="0 $((DATA_SECTORS * (NLEGS - 1))) varyon-raid5"
		set -- "chunk:$CHUNK" "$@"
	fi
	_line="$_line $SET_UUID $REGION_SHIFT $ZONE_SHIFT $NLEGS $#"
	[ $# -eq 0 ] || _line="$_line $*"
	for _leg in $(seq 0 $((NLEGS - 1))); do
		case "$EMPTY" in
		*" $_leg "*)
			_line="$_line - - 0 - 0 0"
			continue
			;;
		esac
		_line="$_line $(leg_uuid "$_leg")"
		case "$ABSENT" in
		*" $_leg "*) _line="$_line - 0 - 0 0" ;;
		*)
			_dev=$(devno "/dev/mapper/leg$_leg")
			_line="$_line $_dev 0 $_dev $DATA_SECTORS $SA_SECTORS"
			;;
		esac
	done
	echo "$_line"
}

# mirror_start [OPTION]..., mirror_reload [OPTION]..., mirror_stop: device "m"
mirror_start()
{
	dm_create m "$(mirror_table "$@")"
}

# shellcheck disable=SC2120 # the cases pass options
mirror_reload()
{
	dm_reload m "$(mirror_table "$@")"
}

mirror_stop()
{
	dm_remove m
}

# side_start NAME LEG MODE [OPTION]...: the legs of LEG (one or more, "1 2") as a
# device of their own, MODE is ro or rw
side_start()
{
	_name=$1 _legs=" $2 " _mode=$3 _kept=$ABSENT
	shift 3
	ABSENT=
	for _leg in $(seq 0 $((NLEGS - 1))); do
		case "$_legs" in
		*" $_leg "*) ;;
		*) ABSENT="$ABSENT $_leg " ;;
		esac
	done
	_line=$(mirror_table side "$@")
	ABSENT=$_kept
	if [ "$_mode" = ro ]; then
		dmsetup create --readonly "$_name" --table "$_line"
	else
		dmsetup create "$_name" --table "$_line"
	fi
}

# mirror_status FIELD: one word of the status line, see docs/architecture.md
mirror_status()
{
	# shellcheck disable=SC2046 # split into words on purpose
	set -- "$1" $(dmsetup status --noflush m)
	# start, length and target come first, then version and number of slots
	case $1 in
	letters) echo "$7" ;;
	gen) echo "$8" ;;
	dirty) echo "${9%/*}" ;;
	zones) echo "${9#*/}" ;;
	stale) echo "${10}" ;;
	action) echo "${11}" ;;
	done) echo "${12%/*}" ;;
	total) echo "${12#*/}" ;;
	read_errors) echo "${14}" ;;
	write_errors) echo "${15}" ;;
	flags) echo "${16}" ;;
	relocated) echo "${18}" ;;
	mismatches) echo "${17}" ;;
	*) fail "no status field '$1'" ;;
	esac
}

status_is()
{
	[ "$(mirror_status "$1")" = "$2" ]
}

# wait_status FIELD VALUE [SECONDS]
wait_status()
{
	wait_for "status field $1 to become $2" "${3:-60}" status_is "$1" "$2"
}

# mirror_stat KEY: a counter of the "stat" message
mirror_stat()
{
	dmsetup message m 0 stat | tr ' ' '\n' | sed -n "s/^$1=//p"
}

# sa_get LEG KEY: one value of satool dump; with the mirror stopped
sa_get()
{
	satool dump "/dev/mapper/leg$1" "$DATA_SECTORS" | sed -n "s/^$2=//p"
}

# The data of all legs are the same, byte for byte.
legs_identical()
{
	_sum=$(iotool sum /dev/mapper/leg0 0 "$DATA_SECTORS")
	for _leg in $(seq 1 $((NLEGS - 1))); do
		expect "sum of leg $_leg" "$_sum" "$(iotool sum "/dev/mapper/leg$_leg" 0 "$DATA_SECTORS")"
	done
}

# --- a load that must not lose anything -----------------------------------------------
#
# load_start writes all over the mirror in the background, until load_verify.

LOAD_COUNT=1000000000	# writes of a thread: more than it comes to, however fast the kernel
LOAD_OPTIONS=--retry	# what fails is tried again

load_start()
{
	# shellcheck disable=SC2086 # one word each
	iotool load --seed 6 --count $LOAD_COUNT --flush 8 $LOAD_OPTIONS /dev/mapper/m \
		"$DATA_SECTORS" >load.log 2>load.err &
	load=$!
	wait_for "the first writes" 60 grep -q flushed load.log
}

load_lines()
{
	grep -c flushed load.log
}

more_lines_than()
{
	kill -0 "$load" 2>/dev/null || fail "the load has ended: $(cat load.err)"
	[ "$(load_lines)" -gt "$1" ]
}

# The load writes again.
load_goes_on()
{
	wait_for "the load to go on" 60 more_lines_than $(($(load_lines) + 8))
}

# Stop it and see that what it had flushed is on the volume, also after a reload.
load_verify_volume()
{
	kill -TERM "$load"
	wait "$load" 2>/dev/null || true
	[ ! -s load.err ] || fail "the load: $(cat load.err)"
	done=$(awk 'NF == 3 && $1 == "flushed" { n[$2] = $3 }
		END { print n[0] + 0 "," n[1] + 0 "," n[2] + 0 "," n[3] + 0 }' load.log)
	load_check
	# shellcheck disable=SC2119
	mirror_reload
	wait_status letters MM 120
	wait_status action idle 120
	load_check
}

# The same, and on all legs
load_verify()
{
	load_verify_volume
	mirror_stop
	legs_identical
}

# The same of legs whose blocks may have been relocated
load_verify_relocated()
{
	load_verify_volume
	dmsetup message m 0 check
	wait_status action idle 120
	expect mismatches 0 "$(mirror_status mismatches)"
	mirror_stop
}

load_check()
{
	iotool verify --seed 6 --count $LOAD_COUNT --flush 8 /dev/mapper/m "$DATA_SECTORS" "$done"
}

# ---- a VG g with an LV m on PVs pv0, pv1, ... ----

# A PV is a disk behind a linear device, which stands for the cable.
pv_linear()
{
	echo "0 $(sectors "/dev/disk$1") linear /dev/disk$1 0"
}

# letters: one for each copy or column of g/m
letters()
{
	varyon status --json g 2>/dev/null | sed -n 's/.*"letter": "\(.\)".*/\1/p' | tr -d '\n'
}

letters_are()
{
	[ "$(letters)" = "$1" ]
}

# writer_start: the files new0 to new2 in /mnt/m are written anew all the time
writer_start()
{
	rm -f written writer_stop writer_ended
	(
		n=0
		while [ ! -e writer_stop ]; do
			n=$((n + 1))
			dd if=/dev/urandom of="/mnt/m/new$((n % 3))" bs=32k count=20 conv=fsync \
				status=none || exit
			# never empty, for who reads it meanwhile
			echo "$n" >written.new
			mv written.new written
		done
		: >writer_ended
	) &
	WRITER=$!
	wait_for "the writer to begin" 30 test -s written
}

written_more_than()
{
	[ "$(cat written)" -gt "$1" ]
}

# It still writes, what was done under it notwithstanding.
writer_stop()
{
	wait_for "the writer to go on" 60 written_more_than "$(cat written)"
	# not by a signal, which would leave its last dd to go on alone
	: >writer_stop
	wait_for "the writer to end" 60 test -e writer_ended
	WRITER=
}

# pvs_cut N: N PVs stop at once, as when the power goes: no write reaches a disk
# any more, and whatever was in the kernel is gone.
pvs_cut()
{
	for _pv in $(seq 0 $(($1 - 1))); do
		dmsetup load "pv$_pv" --table "0 $(sectors "/dev/disk$_pv") error"
		dmsetup suspend --noflush --nolockfs "pv$_pv"
	done
	for _pv in $(seq 0 $(($1 - 1))); do
		dmsetup resume "pv$_pv"
	done
	if [ -n "${WRITER:-}" ]; then
		kill "$WRITER" 2>/dev/null || :
		wait "$WRITER" 2>/dev/null || :
		umount -l /mnt/m
	fi
	for _dev in $(dmsetup ls | awk '$1 ~ /^g-/ { print $1 }' | sort); do
		wait_for "$_dev to be let go" 60 dmsetup remove --retry "$_dev"
	done
	for _pv in $(seq 0 $(($1 - 1))); do
		dm_reload "pv$_pv" "$(pv_linear "$_pv")"
	done
}
