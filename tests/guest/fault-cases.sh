# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# varyon-mirror and varyon-raid5 when the kernel denies them memory, or their disks
# answer as the kernel's fault injection has them. Needs a kernel that can do that: um-debug
# or debug, see docs/testing.md.

# shellcheck disable=SC2034 # read by run-cases
LIMIT=900

DEBUG=/sys/kernel/debug

faults_ready()
{
	[ -e /proc/self/fail-nth ] || skip "this kernel cannot inject faults"
	for _kind in failslab fail_page_alloc; do
		# those that may wait for memory as well
		echo N >$DEBUG/$_kind/ignore-gfp-wait
		echo 0 >$DEBUG/$_kind/verbose
	done
	echo N >$DEBUG/fail_page_alloc/ignore-gfp-highmem
	echo 0 >$DEBUG/fail_page_alloc/min-order
}

# inject KIND PERCENT: without end; 0 ends it
inject()
{
	echo 0 >"$DEBUG/$1/verbose"
	echo -1 >"$DEBUG/$1/times"
	echo "$2" >"$DEBUG/$1/probability"
}

# ---- one allocation after the other ----

# each_allocation BEFORE AFTER VERB NAME [ARGUMENT]...: the ioctl with its first
# allocation failing, with the second, until it has no more of them. BEFORE and
# AFTER run around each; AFTER finds in $outcome whether it was done or refused.
each_allocation()
{
	_before=$1 _after=$2 nth=0 denied=0
	shift 2
	while :; do
		nth=$((nth + 1))
		$_before
		_status=0
		failnth "$nth" "$@" >answer 2>error || _status=$?
		case $_status in
		0 | 10) outcome="done" ;;
		11) outcome=refused denied=$((denied + 1)) ;;
		*) fail "$*: status $_status: $(cat error)" ;;
		esac
		$_after
		[ "$_status" -ne 0 ] || break
	done
	[ "$nth" -gt 1 ] || fail "$1 is said to allocate nothing"
	[ "$1" != message ] || set -- "message $3"
	echo "# $1: $((nth - 1)) allocations, $denied of them refuse it"
}

is_suspended()
{
	dmsetup info -c --noheadings -o suspended "$1" | grep -q '^Suspended'
}

inactive_table()
{
	dmsetup table --inactive m
}

# A mirror of two legs with known data, active
known_mirror()
{
	LETTERS=MM AWAY=MA
	mirror_make 2 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
}

# The same of RAID5, with a row log
known_raid5()
{
	LETTERS=MMM AWAY=MAM CHUNK=64 LOG_SLOTS=8
	mirror_make 3 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
}

# Stop it; its legs fit each other.
known_end()
{
	if [ -n "$CHUNK" ]; then
		dmsetup message m 0 check
		wait_status action idle
		expect mismatches 0 "$(mirror_status mismatches)"
		mirror_stop
	else
		mirror_stop
		legs_identical
	fi
}

data_known()
{
	iotool check /dev/mapper/m 0 "$DATA_SECTORS" 1
}

# A load that is refused leaves nothing; one that is not can be taken back.
loaded_or_not()
{
	if [ "$outcome" = refused ]; then
		expect "inactive table" "" "$(inactive_table)"
	else
		[ -n "$(inactive_table)" ] || fail "no table after a load that succeeded"
		dmsetup clear m
	fi
}

constructor_denied()
{
	each_allocation : loaded_or_not load m "$(mirror_table resync_min:100 resync_max:5000)"
	data_known
	expect letters "$LETTERS" "$(mirror_status letters)"
	mirror_reload
	data_known
	known_end
}

case_every_allocation_of_a_constructor()
{
	faults_ready
	known_mirror
	constructor_denied
}

case_every_allocation_of_a_constructor_of_raid5()
{
	faults_ready
	known_raid5
	constructor_denied
}

case_every_allocation_of_a_constructor_with_a_leg_away()
{
	faults_ready
	mirror_make 3 16
	mirror_start
	iotool fill /dev/mapper/m 0 "$DATA_SECTORS" 1
	leg_take 2
	each_allocation : loaded_or_not load m "$(mirror_table)"
	data_known
	expect letters MMM "$(mirror_status letters)"
	leg_give 2
	mirror_stop
	legs_identical
}

# Leg 1 was away and has a table of its return; the resume has all to do.
return_prepared()
{
	leg_take 1
	mirror_reload
	iotool fill /dev/mapper/m $((nth % 64 * 64)) 64 "$nth"
	leg_give 1
	dmsetup reload m --table "$(mirror_table)"
	dmsetup suspend m
}

# What a resume refuses stays suspended, and the next resume goes on from there.
# A leg for which there was no memory is still away, and as good as before.
returned_or_not()
{
	if [ "$outcome" = refused ]; then
		is_suspended m || fail "active after a resume that was refused"
		dmsetup resume m
	fi
	[ "$(mirror_status letters)" != "$AWAY" ] || mirror_reload
	wait_status letters "$LETTERS"
	iotool check /dev/mapper/m $((nth % 64 * 64)) 64 "$nth"
}

resume_denied()
{
	each_allocation return_prepared returned_or_not resume m
	wait_status action idle
	known_end
}

case_every_allocation_of_a_resume()
{
	faults_ready
	known_mirror
	resume_denied
}

case_every_allocation_of_a_resume_of_raid5()
{
	faults_ready
	known_raid5
	resume_denied
}

# As a power cut left it, which tore the row that was being written: its parity leg has
# something else, and what the missing leg has is known from the row log alone.
replay_prepared()
{
	for _leg in 0 2; do
		dd if=sa$_leg of=/dev/mapper/leg$_leg bs=512 seek="$DATA_SECTORS" conv=fsync \
			2>/dev/null
	done
	iotool fill /dev/mapper/leg2 0 64 9
	dmsetup create m --notable
	dmsetup reload m --table "$(mirror_table)"
}

# What is refused has changed nothing: the next attempt finds it all.
replayed_or_not()
{
	if [ "$outcome" = refused ]; then
		mirror_stop
		mirror_start
	else
		# failnth leaves that to others
		dmsetup mknodes m
	fi
	expect letters "$AWAY" "$(mirror_status letters)"
	iotool check /dev/mapper/m 0 64 1
	iotool check /dev/mapper/m 64 64 7
	mirror_stop
}

case_every_allocation_of_a_replay()
{
	faults_ready
	known_raid5
	mirror_stop
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	leg_take 1
	mirror_start
	# row 0: columns on legs 0 and 1, parity on leg 2
	iotool fill /dev/mapper/m 64 64 7
	mirror_crash
	for leg in 0 2; do
		dd if=/dev/mapper/leg$leg of=sa$leg bs=512 skip="$DATA_SECTORS" \
			count="$SA_SECTORS" 2>/dev/null
	done
	each_allocation replay_prepared replayed_or_not resume m
	leg_give 1
	mirror_start
	wait_status letters "$LETTERS"
	iotool check /dev/mapper/m 64 64 7
	known_end
	echo 5000 >/sys/module/dm_varyon/parameters/clean_delay_ms
}

suspend_denied()
{
	failnth 1 suspend m || fail "a suspend allocates memory"
	is_suspended m || fail "not suspended"
	dmsetup resume m
	data_known
	known_end
}

# It must not need what only its own end could free.
case_a_suspend_allocates_nothing()
{
	faults_ready
	known_mirror
	suspend_denied
}

case_a_suspend_of_raid5_allocates_nothing()
{
	faults_ready
	known_raid5
	suspend_denied
}

removal_denied()
{
	each_allocation mirror_there removed_or_not remove m
	mirror_start
	data_known
	known_end
}

case_every_allocation_of_a_removal()
{
	faults_ready
	known_mirror
	removal_denied
}

case_every_allocation_of_a_removal_of_raid5()
{
	faults_ready
	known_raid5
	removal_denied
}

mirror_there()
{
	[ -e /dev/mapper/m ] || mirror_start
}

# failnth leaves the node alone, whatever becomes of the device
removed_or_not()
{
	if [ "$outcome" = refused ]; then
		expect letters "$LETTERS" "$(mirror_status letters)"
	else
		! dmsetup info m 2>/dev/null | grep -q ACTIVE || fail "still there"
		rm -f /dev/mapper/m
	fi
}

still_good()
{
	expect letters "$LETTERS" "$(mirror_status letters)"
}

messages_denied()
{
	each_allocation : still_good status m
	each_allocation : still_good table m
	for words in stat bad_blocks clean_now check idle repair idle "resync_speed 100 0" \
		"lp_stat on 2048" "lp_stat read 0 4" "lp_stat reset" "lp_stat off"; do
		# shellcheck disable=SC2086 # one word each
		each_allocation : still_good message m $words
	done
	data_known
	known_end
}

case_every_allocation_of_messages_and_status()
{
	faults_ready
	known_mirror
	messages_denied
}

case_every_allocation_of_messages_and_status_of_raid5()
{
	faults_ready
	known_raid5
	messages_denied
}

# ---- the module's workers ----

# text MODULE: where its code is, as "START END"
text()
{
	_start=$(cat "/sys/module/$1/sections/.text")
	_size=$(sed -n "s/^$1 \([0-9]*\) .*/\1/p" /proc/modules)
	printf '%#x %#x\n' "$((_start))" "$((_start + _size))"
}

# memory_scarce PERCENT: of the allocations that functions of the module ask for,
# themselves or by whom they call, so many fail. Not those of a disk in memory,
# where it would be the disk that fails.
memory_scarce()
{
	# shellcheck disable=SC2046 # split into words on purpose
	set -- "$1" $(text dm_varyon) $(text null_blk)
	for _kind in failslab fail_page_alloc; do
		[ -e $DEBUG/$_kind/require-start ] || skip "this kernel cannot choose by stack"
		echo "$2" >$DEBUG/$_kind/require-start
		echo "$3" >$DEBUG/$_kind/require-end
		echo "$4" >$DEBUG/$_kind/reject-start
		echo "$5" >$DEBUG/$_kind/reject-end
		echo 32 >$DEBUG/$_kind/stacktrace-depth
		inject "$_kind" "$1"
	done
}

memory_plenty()
{
	for _kind in failslab fail_page_alloc; do
		inject "$_kind" 0
		echo 0 >$DEBUG/$_kind/require-start
	done
}

# Load, relocation, a returning leg, commits and checks; never an error.
case_memory_is_scarce_under_load()
{
	faults_ready
	LAST_DISK='badblocks=+4000-4007'
	mirror_make 2 16
	mirror_start
	LOAD_OPTIONS=
	load_start
	memory_scarce 30
	for _ in 1 2 3; do
		load_goes_on
		for words in clean_now idle check; do
			# without memory the ioctl itself may be refused
			wait_for "the message $words" 30 dmsetup message m 0 $words
		done
		load_goes_on
	done
	memory_plenty
	leg_take 1
	mirror_reload
	load_goes_on
	leg_give 1
	mirror_reload resync_max:2000
	memory_scarce 30
	load_goes_on
	wait_status letters MM 120
	load_goes_on
	memory_plenty
	expect letters MM "$(mirror_status letters)"
	load_verify_relocated
}

# ---- disks ----

# legs_meet KIND SWITCH: some requests to one leg fail, for those of its disks
# whose SWITCH is on; legs take turns.
legs_meet()
{
	mirror_start
	load_start
	for leg in 0 1 0 1; do
		echo 1 >"/sys/block/disk$leg/$2"
		errors=$(($(mirror_status write_errors) + $(mirror_status read_errors)))
		inject "$1" 10
		load_goes_on
		wait_for "errors of leg $leg" 60 errors_since "$errors"
		load_goes_on
		inject "$1" 0
		echo 0 >"/sys/block/disk$leg/$2"
		load_goes_on
		mirror_reload
		wait_status letters MM 120
	done
	load_verify_relocated
}

errors_since()
{
	[ $(($(mirror_status write_errors) + $(mirror_status read_errors))) -gt "$1" ]
}

case_requests_fail_under_load()
{
	faults_ready
	mirror_make 2 16
	legs_meet fail_make_request make-it-fail
}

# The disks take a second to notice that one was lost.
case_requests_time_out_under_load()
{
	faults_ready
	mirror_make 2 16
	for disk in disk0 disk1; do
		echo 1000 >/sys/block/$disk/queue/io_timeout
	done
	legs_meet fail_io_timeout io-timeout-fail
}
