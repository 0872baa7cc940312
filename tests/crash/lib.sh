# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What the scenarios use, on top of tests/guest/lib.sh.
#
# A leg is a disk, dm-log-writes on it, and the linear device "legN" on top
# that stands for the cable. Requests are traced where they enter the log, so
# that a pulled cable and what it fails is outside.
#
# A scenario sets NLEGS, DATA_SECTORS and AREA when it wants others, CHUNK, LOG_SLOTS,
# WRITTEN and LOG_MODE for a RAID5, and has a function scenario. What it does to legs it
# says in marks, which tests/crash/expect.c reads:
#
#	pull N		from here on the leg is to be lost
#	pulled N	it is, and with it what its cache held
#	return N	it may be written again
#	joined N	it is a member again
#	empty N		the slot has no leg yet
#	add N		the volume group has a new, blank leg there
#	remove N	the leg is being taken out; removed N: the volume group forgets it
#	cut N		the volume group has the leg split off
#	split N		it is, and what is written to the volume does not reach it
#	discard N	the copy is to become what the volume is
#	restore N	the volume is to become what the copy is
#	clean 0, cleaned 0	zones are being cleaned, and have been
#	logged N	the row log covers for leg N
#	always 0	the row log covers for any leg, until one is a member again
#	boot 0		the machine starts after a power cut
#
# What comes after "add" or "discard" ends with "joined"; after "restore", for
# each of the other legs. One split per scenario: writes to the copy, and to the
# volume after a restore, are of line 1 (crashload --line).

# shellcheck source=tests/guest/lib.sh
. /tests/lib.sh

TRACING=/sys/kernel/tracing
LOG_MIB=64

# Sectors of the volume, and those that are written: less than a zone, which is
# cheap to make equal, and small enough that writes meet again.
DATA_SECTORS=1280
AREA=64+1152
# log:MODE of a RAID5; empty: the default.
LOG_MODE=
# Slots that have no leg at the start.
SPARE=

mark()
{
	echo "$*" >"$TRACING/trace_marker"
}

leg_linear()
{
	echo "0 $(sectors "/dev/disk$1") linear /dev/mapper/log$1 0"
}

# Where dm's error target would fail all but a flush, which it lets succeed.
leg_error()
{
	echo "0 $(sectors "/dev/disk$1") flakey /dev/mapper/log$1 0 0 3600"
}

# Disks that answer at different times, so that requests to them overlap.
leg_latency()
{
	echo $((200000 + ($1 + SEED) % NLEGS * 500000))
}

record_start()
{
	ABSENT='' EMPTY=''
	LEG_UUIDS=
	for _leg in $(seq 0 $((NLEGS - 1))); do
		case " $SPARE " in
		*" $_leg "*) LEG_UUIDS=$LEG_UUIDS${LEG_UUIDS:+,}- ;;
		*) LEG_UUIDS=$LEG_UUIDS${LEG_UUIDS:+,}$(leg_uuid "$_leg") ;;
		esac
	done
	SA_SECTORS=$(satool size --nslots "$NLEGS" --data-sectors "$DATA_SECTORS" \
		--region-shift "$REGION_SHIFT" --zone-shift "$ZONE_SHIFT" \
		${LOG_SLOTS:+--log "$LOG_SLOTS"} ${WRITTEN:+--written})
	{
		echo "legs=$NLEGS"
		echo "chunk=${CHUNK:-0}"
		echo "written=${WRITTEN:-0}"
		[ -z "$LOG_MODE" ] || echo "log=$LOG_MODE"
		echo "data_sectors=$DATA_SECTORS"
		echo "sa_sectors=$SA_SECTORS"
		echo "region_shift=$REGION_SHIFT"
		echo "zone_shift=$ZONE_SHIFT"
		echo "set_uuid=$SET_UUID"
	} >"$REC/meta"
	_filter=
	for _leg in $(seq 0 $((NLEGS - 1))); do
		disk_new "disk$_leg" $((DATA_SECTORS / 2048 + 2)) irqmode=2 \
			completion_nsec="$(leg_latency "$_leg")"
		disk_new "logdisk$_leg" "$LOG_MIB"
		case " $SPARE " in
		*" $_leg "*) ;;
		*)
			ln -sf "/dev/disk$_leg" "/dev/mapper/leg$_leg"
			leg_format "$_leg"
			[ -z "$WRITTEN" ] || leg_litter "$_leg"
			rm "/dev/mapper/leg$_leg"
			;;
		esac
		leg_copy "$_leg" base
		dm_create "log$_leg" \
			"0 $(sectors "/dev/disk$_leg") log-writes /dev/disk$_leg /dev/logdisk$_leg"
		dm_create "leg$_leg" "$(leg_linear "$_leg")"
		_dev=$(devno "/dev/mapper/log$_leg")
		_major=${_dev%:*} _minor=${_dev#*:}
		_filter="$_filter${_filter:+ || }dev == $((_major << 20 | _minor))"
		{
			echo "uuid$_leg=$(leg_uuid "$_leg")"
			echo "dev$_leg=$_major,$_minor"
		} >>"$REC/meta"
	done
	echo 0 >$TRACING/tracing_on
	echo counter >$TRACING/trace_clock
	echo 16384 >$TRACING/buffer_size_kb
	echo >$TRACING/trace
	for _event in block_bio_queue block_bio_complete; do
		echo "$_filter" >$TRACING/events/block/$_event/filter
		echo 1 >$TRACING/events/block/$_event/enable
	done
	echo 1 >$TRACING/tracing_on
	for _leg in $SPARE; do
		slot_empty "$_leg"
		mark "empty $_leg"
	done
}

# leg_litter N: what was never written of a volume is zeroes, whatever the leg has
leg_litter()
{
	dd if=/dev/urandom of="/dev/disk$1" bs=512 count="$DATA_SECTORS" conv=notrunc 2>/dev/null
}

# leg_copy N NAME: keep the leg's disk as it is now
leg_copy()
{
	dd if="/dev/disk$1" of="$REC/$2.$1" bs=512 count=$((DATA_SECTORS + SA_SECTORS)) 2>/dev/null
}

record_end()
{
	mark clean 0
	for _name in m copy; do
		[ ! -e /dev/mapper/$_name ] || dm_remove $_name
	done
	echo 0 >$TRACING/tracing_on
	cat $TRACING/trace >"$REC/trace"
	for _cpu in "$TRACING"/per_cpu/cpu*/stats; do
		grep -q '^overrun: 0$' "$_cpu" || fail "the trace is longer than its buffer"
	done
	for _leg in $(seq 0 $((NLEGS - 1))); do
		dm_remove "leg$_leg"
		dm_remove "log$_leg"
		dd if="/dev/logdisk$_leg" of="$REC/log.$_leg" bs=512 \
			count="$(crashreplay --log-sectors "/dev/logdisk$_leg")" 2>/dev/null
		leg_copy "$_leg" end
	done
}

# --- what a scenario does -----------------------------------------------------

NEXT_OP=1

# load COUNT [OPTION]...: COUNT writes and flushes, one after the other
load()
{
	_count=$1
	shift
	# shellcheck disable=SC2086 # areas are words
	NEXT_OP=$(crashload --first "$NEXT_OP" --seed $((SEED + NEXT_OP)) --count "$_count" \
		"$@" /dev/mapper/m $AREA)
}

# The same in the background, until load_end. Bounded, so that a scenario that
# hangs does not fill the logs.
load_begin()
{
	# shellcheck disable=SC2086
	crashload --first "$NEXT_OP" --seed $((SEED + NEXT_OP)) --pace 5000 --count 3000 "$@" \
		/dev/mapper/m $AREA >load.out &
	LOAD=$!
	trap 'kill "$LOAD"' EXIT
}

load_end()
{
	trap - EXIT
	# gone already when it has come to its bound
	kill "$LOAD" 2>/dev/null || true
	wait "$LOAD" || fail "the load failed"
	NEXT_OP=$(cat load.out)
}

# load_copy COUNT [OPTION]...: as load, to the copy that was split off
COPY_OP=1000000
load_copy()
{
	_count=$1
	shift
	# shellcheck disable=SC2086
	COPY_OP=$(crashload --first "$COPY_OP" --seed $((SEED + COPY_OP)) --count "$_count" \
		--line 1 "$@" /dev/mapper/copy $AREA)
}

clean_now()
{
	mark clean 0
	dmsetup message m 0 clean_now
	mark cleaned 0
}

# clean_by MILLISECONDS: how long a zone stays dirty when nobody says clean_now
clean_by()
{
	echo "$1" >/sys/module/dm_varyon/parameters/clean_delay_ms
}

# logged N: wait until the superblocks say that the row log covers for leg N
logged()
{
	wait_for "the row log to begin" 60 log_is_on $((($1 + 1) % NLEGS))
	mark logged "$1"
}

# logged_always: wait until the superblocks say that it covers for any leg
logged_always()
{
	for _logged in $(seq 0 $((NLEGS - 1))); do
		wait_for "the row log to begin" 60 log_is_on "$_logged"
	done
	mark always 0
}

log_is_on()
{
	satool dump "/dev/mapper/leg$1" "$DATA_SECTORS" | grep -q '^flags=.*logged'
}

# power_cut N: all legs stop at once, under load, and the machine starts again
# without leg N, which is lost
power_cut()
{
	load_begin --errors --group 64
	usleep 50000
	legs_off
	load_end
	mirror_stop
	legs_on
	leg_take "$1"
	mark boot 0
	mirror_start ${LOG_MODE:+"log:$LOG_MODE"}
}

# pull N [PATTERN]: the leg loses its power; wait until the mirror has noticed
pull()
{
	mark "pull $1"
	leg_break "$1"
	mark "pulled $1"
	wait_for "leg $1 to be lost" 60 letter_is "$1" F
}

letter_is()
{
	[ "$(mirror_status letters | cut -c $(($1 + 1)))" = "$2" ]
}

# give_back N [OPTION]...: plug the leg in again, wait until it is a member
give_back()
{
	_back=$1
	shift
	leg_mend "$_back"
	mark "return $_back"
	mirror_reload "$@"
	joined "$_back"
}

# joined N...: wait until the legs are members
joined()
{
	for _joined in "$@"; do
		wait_for "leg $_joined to be in sync" 60 letter_is "$_joined" M
		mark "joined $_joined"
	done
}

# split_off N: the leg becomes device "copy", which may be written
split_off()
{
	mark "cut $1"
	leg_take "$1"
	mirror_reload "split:$1"
	mark "split $1"
	side_start copy "$1" rw
}
