# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What happens to the volumes. An event that cannot be now does nothing; one
# that happens says first what it does, for the log, and leaves everything
# mended. Volumes are g-m, the mirror; g-c, a copy split off it
# (chlvcopy); g-s, one split off for good (splitlvcopy); h-m, the snapshot VG.

# --- chance ----------------------------------------------------------------------

# seed N: where the sequence begins; pick N: a number below N in $picked
seed()
{
	state=$((($1 * 2654435761 + 88172645463325) & 0x7fffffffffff))
	pick 2
}

pick()
{
	state=$(((state * 25214903917 + 11) & 0xffffffffffff))
	picked=$(((state >> 17) % $1))
}

# load_new DEVICE FLUSH: a load with a seed of its own
load_new()
{
	pick 1000000
	load_start "$1" $((picked + 1)) "$2"
}

# pick_word WORD...: one of them in $word; none: fails
pick_word()
{
	pick 5040
	[ $# -gt 0 ] || return 1
	shift $((picked % $#))
	word=$1
}

# nap MS AT-MOST: a while
nap()
{
	pick "$2"
	usleep $((($1 + picked) * 1000))
}

# --- helpers -----------------------------------------------------------------------

op()
{
	say "op $*"
	events="$events, $*"
	happened=$((happened + 1))
}

# run COMMAND...: it must succeed. In one of eight times it is killed on the way,
# and what was begun is ended as after a crash.
run()
{
	pick 8
	_kill=$((picked == 0))
	pick 400
	if [ "$_kill" = 0 ]; then
		"$@" >/tmp/said 2>&1 || fail "$* ended with $?: $(cat /tmp/said)"
		return 0
	fi
	say "killed after $picked ms: $*"
	"$@" >/tmp/said 2>&1 &
	_pid=$!
	usleep $((picked * 1000))
	kill -9 $_pid 2>/dev/null || :
	_status=0
	wait $_pid || _status=$?
	[ "$_status" = 0 ] || [ "$_status" = 137 ] || fail "$* ended with $_status: $(cat /tmp/said)"
	recover
}

exists()
{
	[ -e "/dev/mapper/$1" ]
}

sync_wait()
{
	wait_for "the copies of g/m to be in sync" 300 in_sync g-m
}

whole()
{
	! exists g-c && ! exists h-m
}

# pvs_with LETTER: the PVs of such copies of g/m
pvs_with()
{
	copies | sed -n "s/^[$1] //p"
}

# A PV whose loss the volume survives.
pick_victim()
{
	_members=$(pvs_with M)
	_victims=$(pvs_with T)
	_least=2
	! is_raid5 || _least=3
	# shellcheck disable=SC2086 # words
	set -- $_members
	[ $# -lt $_least ] || _victims="$_victims $_members"
	# shellcheck disable=SC2086
	pick_word $_victims || return 1
	victim=$word
}

# pick_free_pv: one that g/m has no copy on; nothing goes to a place with bad blocks
pick_free_pv()
{
	_free=
	for _no in $(seq 0 $((NPV - 1))); do
		copies | grep -q " pv$_no\$" || ! pv_is_good "pv$_no" || _free="$_free pv$_no"
	done
	# shellcheck disable=SC2086
	pick_word $_free || return 1
	free=$word
}

# The fault is over: take the PV back and let it catch up. Again when the loss
# was noticed only after a look at the PV.
taken_back()
{
	wait_for "g/m to take back what it lost" 300 is_taken_back
	forget logged
	forget degraded
}

is_taken_back()
{
	varyon varyonvg g >/tmp/said 2>&1 || fail "varyonvg ended with $?: $(cat /tmp/said)"
	usleep 100000
	in_sync g-m
}

# --- faults -------------------------------------------------------------------------

event_pull()
{
	pick_victim || return 0
	op "pull $victim"
	keep degraded "$victim"
	pv_switch "$victim" "0 $(sectors "/dev/mapper/$victim") error"
	nap 20 2000
	if is_raid5 && log_is_on; then
		keep logged yes
		say "in the row log: $victim"
		nap 20 1000
		keep logged back
	fi
	pv_mend "$victim"
	pick 3
	[ "$picked" -ne 0 ] || usleep 300000
	taken_back
}

event_flaky()
{
	pick_victim || return 0
	pv_is_good "$victim" || return 0
	op "errors on $victim"
	keep degraded "$victim"
	pv_switch "$victim" "0 $(sectors "/dev/mapper/$victim") flakey $(disk_of "${victim#pv}") 0 1 1"
	nap 500 3000
	pv_mend "$victim"
	taken_back
}

# Writes to its status area fail, the data are fine.
event_status_area()
{
	pick_victim || return 0
	pv_is_good "$victim" || return 0
	_dev=$(devno "/dev/mapper/$victim")
	# shellcheck disable=SC2046 # words of the table: its status area and the size of that
	set -- $(dmsetup table g-m | awk -v dev="$_dev" '
		{ for (i = 9; i < NF; i++) if ($i == dev && $(i + 2) == dev) print $(i + 3), $(i + 4) }')
	[ $# -eq 2 ] || return 0
	op "no writes to the status area on $victim"
	keep degraded "$victim"
	_disk=$(disk_of "${victim#pv}")
	_end=$(sectors "/dev/mapper/$victim")
	pv_switch "$victim" "0 $1 linear $_disk 0
$1 $2 flakey $_disk $1 0 600 1 error_writes
$(($1 + $2)) $((_end - $1 - $2)) linear $_disk $(($1 + $2))"
	nap 200 3000
	pv_mend "$victim"
	taken_back
}

# It answers nothing for a while, then everything.
event_hang()
{
	pick_word pv0 pv1 pv2 pv3
	op "$word hangs"
	dmsetup suspend --noflush --nolockfs "$word"
	nap 20 2500
	dmsetup resume "$word"
}

# The power stays on until power_may_fail.
power_must_stay()
{
	say hold
	usleep 500000
}

power_may_fail()
{
	say release
}

# Blocks go bad for good on one disk, and are found at once. In a row of RAID5 whose
# parity is not known to be right an unreadable block is lost: a power cut in between
# would be the second failure of two.
event_bad_blocks()
{
	exists g-c && return 0
	[ "$(pvs_with M | wc -l)" -ge 2 ] || return 0
	in_sync g-m || return 0
	pvs_with M | grep -q -x pv3 || return 0
	[ "$(wc -l 2>/dev/null <"$BOOK/bad-pv3" || echo 0)" -lt 24 ] || return 0
	varyon lslv -m g/m | awk 'NR > 2 { for (i = 2; i < NF; i += 2) if ($(i + 1) == "pv3") print $i + 0 }' >/tmp/pps
	pick 4
	_count=$((picked + 1))
	op "$_count bad blocks on pv3"
	keep degraded pv3
	! is_raid5 || power_must_stay
	while [ "$_count" -gt 0 ]; do
		_count=$((_count - 1))
		pick "$(wc -l </tmp/pps)"
		_pp=$(sed -n "$((picked + 1))p" /tmp/pps)
		pick 1024
		echo $((FIRST_PP + (_pp - 1) * PP_SECTORS + picked * 8)) >>"$BOOK/bad-pv3"
	done
	pv_mend pv3
	all_repaired
	! is_raid5 || power_may_fail
	forget degraded
}

# Every bad block has been met and lives elsewhere.
all_repaired()
{
	taken_back
	keep degraded pv3
	varyon syncvg --repair -l g/m >/tmp/said 2>&1 || fail "syncvg --repair: $(cat /tmp/said)"
	! is_raid5 || wait_for "what members lack to be written" 60 lacks_nothing g-m
}

# Little memory is left, and a leg fails.
event_short_memory()
{
	op "short memory"
	_free=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
	mkdir -p /mnt/hog
	mount -t tmpfs -o size="$_free"k tmpfs /mnt/hog
	dd if=/dev/zero of=/mnt/hog/hog bs=1M count=$((_free / 1024 - 40)) 2>/dev/null
	event_pull
	umount /mnt/hog
}

event_suspend()
{
	op "suspend"
	dmsetup suspend g-m
	nap 0 300
	dmsetup resume g-m
}

# --- copies --------------------------------------------------------------------------

event_more_copies()
{
	whole || return 0
	_n=$(copies | wc -l)
	[ "$_n" -lt 3 ] || return 0
	pick_free_pv || return 0
	op "mklvcopy $((_n + 1)) $free"
	run varyon mklvcopy g/m $((_n + 1)) "$free"
	pick 3
	if [ "$picked" -eq 0 ]; then
		# A fault in the middle of it.
		event_pull
	fi
	run varyon syncvg -l g/m
	sync_wait
}

event_fewer_copies()
{
	whole || return 0
	in_sync g-m || return 0
	_n=$(copies | wc -l)
	[ "$_n" -ge 2 ] || return 0
	# shellcheck disable=SC2046
	pick_word $(pvs_with M)
	_pv=$word
	op "rmlvcopy $((_n - 1)) $_pv"
	keep copies 0
	run varyon rmlvcopy g/m $((_n - 1)) "$_pv"
}

event_migrate()
{
	whole || return 0
	in_sync g-m || return 0
	[ "$(copies | wc -l)" -le 2 ] || return 0
	pick_free_pv || return 0
	# shellcheck disable=SC2046
	pick_word $(pvs_with M)
	_pv=$word
	op "migratepv $_pv $free"
	run varyon migratepv -l g/m "$_pv" "$free"
	run varyon syncvg -l g/m
	sync_wait
}

event_extend()
{
	whole || return 0
	in_sync g-m || return 0
	[ "$(sectors /dev/mapper/g-m)" -lt $((6 * PP_SECTORS)) ] || return 0
	op "extendlv"
	run varyon extendlv g/m 1
}

# A column gets another PV; the one that it had leaves the VG.
event_replace()
{
	in_sync g-m || return 0
	# shellcheck disable=SC2046
	pick_word $(pvs_with M)
	_pv=$word
	for _no in $(seq 0 $((NPV - 1))); do
		varyon lsvg -p g | grep -q "^pv$_no " || break
	done
	pv_is_good "pv$_no" || return 0
	op "replacepv $_pv pv$_no"
	keep op "replace $_pv pv$_no"
	run varyon replacepv -f "$_pv" "/dev/mapper/pv$_no"
	ended_replace "$_pv" "pv$_no"
	sync_wait
}

event_check()
{
	in_sync g-m || return 0
	[ "$(sectors /dev/mapper/g-m)" -eq "$(volume_sectors g-m)" ] || return 0
	[ "$(pvs_with M | wc -l)" -ge 2 ] || return 0
	op "check"
	varyon syncvg --check -l g/m >/tmp/said 2>&1 || fail "check: $(cat /tmp/said)"
}

# --- copies that leave and return -------------------------------------------------------

event_split()
{
	exists g-c && return 0
	exists h-m && return 0
	in_sync g-m || return 0
	[ "$(flawed g-m)" -eq 0 ] || return 0
	[ "$(copies | wc -l)" -ge 2 ] || return 0
	pick 3
	_writable=$((picked != 0))
	op "split, writable $_writable"
	keep copies 0
	volume_fork g-m g-c
	keep op "split g-c"
	if [ "$_writable" = 1 ]; then
		run varyon chlvcopy -b -f -w -l c g/m
	else
		run varyon chlvcopy -b -f -l c g/m
	fi
	ended_split g-c
	exists g-c || return 0
	volume_verify g-c
	keep writable "$_writable"
	[ "$_writable" = 0 ] || load_new g-c 8
}

event_return()
{
	exists g-c || return 0
	op "return"
	load_stop g-c
	volume_verify g-c
	keep op "end g-c"
	run varyon chlvcopy -B g/m c
	ended_end g-c
	sync_wait
}

event_restore()
{
	exists g-c || return 0
	op "restore"
	load_stop g-c
	load_stop g-m
	volume_fork g-c g-m
	keep op restore
	run varyon chlvcopy -B --restore g/m c
	ended_restore
	load_again
	sync_wait
}

event_split_for_good()
{
	whole || return 0
	exists g-s && return 0
	in_sync g-m || return 0
	[ "$(flawed g-m)" -eq 0 ] || return 0
	_n=$(copies | wc -l)
	[ "$_n" -ge 2 ] || return 0
	op "splitlvcopy"
	keep copies 0
	volume_fork g-m g-s
	keep op "split g-s"
	run varyon splitlvcopy -f -y s g/m $((_n - 1))
	ended_split g-s
	exists g-s || return 0
	volume_verify g-s
	load_new g-s 8
}

event_remove()
{
	exists g-s || return 0
	op "rmlv"
	load_stop g-s
	volume_verify g-s
	keep op "end g-s"
	run varyon rmlv -f g/s
	ended_end g-s
}

event_split_vg()
{
	whole || return 0
	exists g-s && return 0
	in_sync g-m || return 0
	[ "$(flawed g-m)" -eq 0 ] || return 0
	[ "$(copies | wc -l)" -ge 2 ] || return 0
	op "splitvg"
	keep copies 0
	volume_fork g-m h-m
	keep op splitvg
	run varyon splitvg -f -y h g
	ended_splitvg
	load_new h-m 8
}

event_join_vg()
{
	exists h-m || return 0
	op "joinvg"
	load_stop h-m
	volume_verify h-m
	keep op joinvg
	run varyon joinvg -f g
	ended_joinvg
	sync_wait
}

# --- how an interrupted one ends ----------------------------------------------------------
#
# Each may have happened or not, whole. "ended_..." looks which, and is right as
# well when it was not interrupted.

# ended_split DEVICE
ended_split()
{
	if exists "$1"; then
		[ ! -d "$BOOK/v/$1.new" ] || volume_commit "$1"
	else
		rm -rf "$BOOK/v/$1.new"
	fi
	forget op
}

# ended_end DEVICE
ended_end()
{
	exists "$1" || volume_end "$1"
	forget op
}

# ended_replace PV PV: given again when it was interrupted
ended_replace()
{
	if varyon lsvg -p g | grep -q "^$1 "; then
		varyon replacepv -f "$1" "/dev/mapper/$2" >/tmp/said 2>&1 ||
			fail "replacepv again: $(cat /tmp/said)"
	fi
	forget op
}

ended_restore()
{
	if exists g-c; then
		rm -rf "$BOOK/v/g-m.new"
	else
		[ ! -d "$BOOK/v/g-m.new" ] || volume_commit g-m
		volume_end g-c
	fi
	forget op
}

# Both are given again when they were interrupted.
ended_splitvg()
{
	if ! varyon lsvg | grep -q -x h; then
		varyon splitvg -f -y h g >/tmp/said 2>&1 || fail "splitvg again: $(cat /tmp/said)"
	fi
	varyon varyonvg h >/tmp/said 2>&1 || fail "varyonvg h: $(cat /tmp/said)"
	[ ! -d "$BOOK/v/h-m.new" ] || volume_commit h-m
	forget op
	volume_verify h-m
}

ended_joinvg()
{
	case $(varyon lsvg | tr '\n' ' ')$(letters g-m) in
	*h*S | *S*)
		varyon joinvg -f g >/tmp/said 2>&1 || fail "joinvg again: $(cat /tmp/said)"
		;;
	esac
	volume_end h-m
	forget op
}
