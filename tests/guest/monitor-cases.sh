# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# varyon monitor: what it tells, what it needs, and what it survives. What it
# tells is read from its own log, which is asked for by number, so that nothing
# depends on when something happens.

# The helpers of the commands' cases; run-cases picks the cases by file.
# shellcheck disable=SC1091 # it is where it says, in the guest
. /tests/cases/commands.sh

# monitor_start [OPTION]...: it ends with the case, or before the next one
monitor_start()
{
	varyon monitor --stop 2>/dev/null || true
	trap monitor_end EXIT
	varyon monitor --background "$@"
}

# One that changes nothing, for cases that do so themselves
watch_start()
{
	monitor_start --only-watch
}

monitor_end()
{
	varyon log || true
	varyon monitor --stop 2>/dev/null || true
}

ping()
{
	varyon ping | tr ' ' '\n' | sed -n "s/^$1=//p"
}

# How often the log has a line with these words
told()
{
	varyon log | grep -c -F -e "$1" || true
}

is_told()
{
	[ "$(told "$1")" -ge 1 ]
}

# told_once WORDS: now or later, and not more than once
told_once()
{
	wait_for "the monitor to tell: $1" 60 is_told "$1"
	expect "number of times that it told: $1" 1 "$(told "$1")"
}

# The tests stand for the disk's cable: a device that fails, and works again.
pv_break()
{
	dm_reload "pv$1" "0 $(sectors "/dev/disk$1") error"
}

pv_mend()
{
	dm_reload "pv$1" "$(pv_linear "$1")"
}

stat_field()
{
	sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f $(($2 - 2))
}

memory_of()
{
	echo "$(stat_field "$1" 12) $(sed -n 's/^VmSize:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status")"
}

case_loss_and_return_are_told_once()
{
	mirror_vg
	watch_start
	expect "lines about g/m" 1 "$(told g/m:)"
	told_once 'g/m: 2 of 2 copies in sync, idle'

	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	told_once 'the volume goes on with 1 copy of 2; see to the disk, then: varyonvg g'
	pv_mend 1
	varyon varyonvg g
	told_once 'g/m: copy on pv1 is in sync'
	told_once 'g/m: all copies are in sync'
	expect "losses told in all" 1 "$(told failed)"
	dmesg | grep -F 'varyon: g/m: copy on pv1 failed' || fail "not in the kernel's log"
}

case_work_is_told_when_it_begins_and_ends()
{
	mirror_vg
	watch_start
	dmsetup message g-m 0 resync_speed 0 256
	dmsetup message g-m 0 check
	told_once 'g/m: check has begun'
	dmsetup message g-m 0 resync_speed 0 0
	told_once 'g/m: check has ended: 0 sectors found to differ'
}

# One that is killed loses no event: the next one tells what it finds.
case_killed_and_started_again()
{
	mirror_vg
	watch_start
	kill -9 "$(ping pid)"
	wait_for "the monitor to be gone" 60 refused_ping
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	letters_are MF || fail "letters $(letters)"
	watch_start
	told_once 'g/m: copy on pv1 failed'
	pv_mend 1
	varyon varyonvg g
	told_once 'g/m: copy on pv1 is in sync'
}

refused_ping()
{
	! varyon ping >/dev/null 2>&1
}

# Another one goes on where it was, and what it has told is not told again.
case_taken_over()
{
	mirror_vg
	watch_start
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	old=$(ping pid)
	varyon monitor --background --only-watch --takeover
	[ "$(ping pid)" != "$old" ] || fail "the old one answers"
	wait_for "the old one to end" 60 gone "$old"
	told_once 'g/m: copy on pv1 failed'
	pv_mend 1
	varyon varyonvg g
	told_once 'g/m: copy on pv1 is in sync'
}

gone()
{
	[ ! -e "/proc/$1" ]
}

case_who_may_ask()
{
	mirror_vg
	watch_start
	refused varyon monitor
	# shellcheck disable=SC2154 # set by refused
	case $refusal in
	*'a monitor runs already'*) ;;
	*) fail "wrong reason" ;;
	esac
	# the root of the image is root's own
	chmod 755 /
	mkdir -p /etc
	echo 'asker:x:1000:1000::/:/bin/sh' >/etc/passwd
	refused su asker -c 'varyon ping'
	rm /etc/passwd
	case $refusal in
	*'only root may ask'*) ;;
	*) fail "wrong reason" ;;
	esac
	[ "$(ping volumes)" -eq 1 ] || fail "it has changed: $(varyon ping)"
	varyon monitor --stop
	refused varyon log
	case $refusal in
	*'no monitor runs'*) ;;
	*) fail "wrong reason" ;;
	esac
}

# From a file on a disk only when told so: its pages could be needed from there.
case_not_from_a_disk()
{
	disk_new disk0 32
	mke2fs -q /dev/disk0
	mkdir -p /mnt/disk
	mount -t ext4 /dev/disk0 /mnt/disk
	cp /bin/varyon /mnt/disk/varyon
	refused /mnt/disk/varyon monitor --background
	case $refusal in
	*'lies on a disk'*'--allow-disk'*) ;;
	*) fail "wrong reason" ;;
	esac
	trap monitor_end EXIT
	/mnt/disk/varyon monitor --background --allow-disk
	varyon ping
	varyon monitor --stop
	wait_for "the disk to be free" 60 umount /mnt/disk
}

# As an initramfs starts it: from a root of its own it finds disks as from any other,
# and a file system that was mounted then is free as soon as it is unmounted.
case_from_an_initramfs()
{
	mirror_vg
	disk_new disk9 32
	mke2fs -q /dev/disk9
	mkdir -p /mnt/disk
	mount -t ext4 /dev/disk9 /mnt/disk
	monitor_start --initramfs
	pid=$(ping pid)
	expect "first letter of its command line" @ "$(head -c 1 "/proc/$pid/cmdline")"
	umount /mnt/disk
	varyon mkvg -f -y h /dev/disk9

	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	pv_mend 1
	told_once 'g/m: copy 2 on pv1 is back: what it lacks is copied to it'
	told_once 'g/m: all copies are in sync'
	wait_for "the job to end" 60 idle
}

# Every page is in memory and stays there, and nothing is added later: not even
# while a volume is suspended, memory is short, and copies come and go.
case_memory_is_locked_and_does_not_grow()
{
	mirror_vg
	varyon mklv -y n -c 2 g 8M
	watch_start
	pid=$(ping pid)
	unlocked=$(awk '/^[0-9a-f]+-[0-9a-f]+ / { name = $6 }
		/^VmFlags:/ && !/ lo( |$)/ && name !~ /^.(vvar|vvar_vclock|vdso|vsyscall).$/ { print name }
		/^Swap:/ && $2 != 0 { print name " is swapped" }' "/proc/$pid/smaps")
	[ -z "$unlocked" ] || fail "not locked: $unlocked"
	expect "score of the killer" -1000 "$(cat "/proc/$pid/oom_score_adj")"
	before=$(memory_of "$pid")

	dmsetup suspend --noflush --nolockfs g-n
	echo 3 >/proc/sys/vm/drop_caches
	hog_start
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	hog_end
	dmsetup resume g-n
	pv_mend 1
	varyon varyonvg g
	told_once 'g/m: copy on pv1 is in sync'
	expect "major faults and size" "$before" "$(memory_of "$pid")"
	expect "pid" "$pid" "$(ping pid)"
	[ "$(ping stack)" -lt $(($(ping stack_size) / 2)) ] || fail "stack: $(varyon ping)"
	grep -q '^Seccomp_filters:' /proc/self/status || return 0
	expect "system calls are limited" 1 "$(ping limited)"
}

# Take memory until little is left.
hog_start()
{
	mkdir /mnt/hog
	mount -t tmpfs -o size=100% hog /mnt/hog
	left=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
	dd if=/dev/zero of=/mnt/hog/file bs=1M count=$((left > 72 ? left - 64 : 8)) 2>/dev/null
}

hog_end()
{
	umount /mnt/hog
}

# Each signal that can be blocked but those that end it
case_signals_do_no_harm()
{
	mirror_vg
	watch_start
	pid=$(ping pid)
	for signal in HUP USR1 USR2 PIPE ALRM CHLD WINCH QUIT STOP CONT; do
		kill -$signal "$pid"
	done
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	expect pid "$pid" "$(ping pid)"
	kill -TERM "$pid"
	wait_for "the monitor to be gone" 60 refused_ping
}

# Who follows the log keeps a place, so not all of them may be had for that.
case_followers_leave_room_for_others()
{
	mirror_vg
	watch_start
	varyon log --follow >first &
	varyon log --follow >second &
	for file in first second; do
		wait_for "a line to $file" 60 test -s $file
	done
	refused varyon log --follow
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	for file in first second; do
		wait_for "the news to $file" 60 grep -q 'g/m: copy on pv1 failed' $file
	done
}

# Times are counted from the start of the machine, whatever the clock says.
case_the_clock_is_set()
{
	mirror_vg
	watch_start
	now=$(date +%s)
	date -s "@$((now + 100000000))"
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	date -s "@$now"
	pv_mend 1
	varyon varyonvg g
	told_once 'g/m: all copies are in sync'
}

# The programs of an administrator may lie on a volume that does not answer: they
# hear what was told when it does.
case_programs_hear_what_is_told()
{
	mirror_vg
	varyon mklv -y n g 8M pv0
	mke2fs -q /dev/mapper/g-n
	mkdir -p /mnt/n /etc/varyon/notify.d
	mount -t ext4 /dev/mapper/g-n /mnt/n
	# shellcheck disable=SC2016 # for the program
	printf '#!/bin/sh\necho "$1|$2" >>/tmp/case/heard\n' >/mnt/n/hear
	chmod 755 /mnt/n/hear
	ln -s /mnt/n/hear /etc/varyon/notify.d/hear
	echo 'no program' >/etc/varyon/notify.d/README
	rm -f /run/varyon/notified
	monitor_start
	trap 'notify_end; umount /mnt/n; rm -r /etc/varyon/notify.d; monitor_end' EXIT
	notify_start
	wait_for "the first message to be heard" 60 grep -q 'g/m: 2 of 2 copies' heard

	umount /mnt/n
	mount -t ext4 /dev/mapper/g-n /mnt/n
	dmsetup suspend --noflush --nolockfs g-n
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	expect "losses heard" 0 "$(grep -c 'copy on pv1 failed' heard)"
	dmsetup resume g-n
	wait_for "the loss to be heard" 60 grep -q '^warning|g/m: copy on pv1 failed' heard
	notify_end
	pv_mend 1
	notify_start
	wait_for "the end to be heard" 60 grep -q '^notice|g/m: all copies are in sync' heard
	expect "losses heard" 1 "$(grep -c 'copy on pv1 failed' heard)"
}

# A session of its own, so that all of it can be ended
notify_start()
{
	setsid sh -c 'echo $$ >/tmp/case/notify.pid; exec varyon-notify' &
	wait_for "it to run" 60 test -s /tmp/case/notify.pid
}

notify_end()
{
	kill -- "-$(cat /tmp/case/notify.pid)" 2>/dev/null || true
	rm -f /tmp/case/notify.pid
}

# --- what it does ---------------------------------------------------------------

pv_is_missing()
{
	varyon lsvg -p g 2>/dev/null | grep -q missing
}

# What is left tells that it went on alone, and the copy comes back by itself.
case_a_lost_pv_is_recorded_and_taken_back()
{
	mirror_vg
	monitor_start
	iotool fill /dev/mapper/g-m 0 "$SECTORS" 5
	before=$(md_sum pv0)
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	wait_for "the record" 60 changed_from "$before"
	pv_break 1
	expect "copies after a disk that does not work" 0 "$(told 'g/m: copy 2 on pv1 is back')"

	pv_mend 1
	told_once 'g/m: copy 2 on pv1 is back: what it lacks is copied to it'
	told_once 'g/m: all copies are in sync'
	wait_for "the job to end" 60 idle
	expect "letters" MM "$(letters)"
	iotool check /dev/mapper/g-m 2048 64 6
	varyon varyoffvg g
	copies_identical
	# nothing is left of it in the metadata
	before=$(md_sum pv0)
	varyon varyonvg g
	expect "metadata after varyonvg" "$before" "$(md_sum pv0)"
}

changed_from()
{
	[ "$(md_sum pv0)" != "$1" ]
}

idle()
{
	[ "$(ping jobs_running)$(ping jobs_waiting)" = 00 ]
}

# A monitor that is started later takes back what had come before.
case_what_came_before_is_taken_back()
{
	mirror_vg
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	letters_are MF || fail "letters $(letters)"
	pv_mend 1
	monitor_start
	told_once 'g/m: copy 2 on pv1 is back: what it lacks is copied to it'
	told_once 'g/m: all copies are in sync'
	wait_for "the job to end" 60 idle
}

# Who changes volumes keeps it from doing so; and a suspended one is not touched.
case_held_and_suspended()
{
	mirror_vg
	monitor_start
	expect "answer to hold" idle "$(varyon hold 3600)"
	refused varyon hold 0
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	pv_mend 1
	expect held 1 "$(ping held)"
	expect jobs_running 0 "$(ping jobs_running)"
	wait_for "jobs to wait" 60 jobs_wait
	dmsetup suspend --noflush g-m
	varyon release
	wait_for "the jobs to end" 60 idle
	expect "state" Suspended "$(dmsetup info -c --noheadings -o suspended g-m)"
	expect "copies taken back" 0 "$(told 'is back')"
	# a resume is what takes legs back that work again
	dmsetup resume g-m
	told_once 'g/m: all copies are in sync'
}

jobs_wait()
{
	[ "$(ping jobs_waiting)" = 1 ]
}

# The actor waits for a disk that does not answer; who asks is answered, and
# what happens is told.
case_the_actor_is_stuck()
{
	pvs_make 3 64
	varyon mkvg -y g /dev/mapper/pv0 /dev/mapper/pv1 /dev/mapper/pv2
	varyon mklv -y m -c 2 g 16M pv0 pv1
	varyon mklv -y n -c 2 g 8M pv0 pv2
	monitor_start
	varyon hold
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	dmsetup suspend --noflush pv1
	varyon release
	wait_for "the actor to be at work" 60 at_work
	pv_break 2
	iotool fill /dev/mapper/g-n 2048 64 6
	told_once 'g/n: copy on pv2 failed'
	expect "jobs that run" 1 "$(ping jobs_running)"

	dmsetup resume pv1
	wait_for "the jobs to end" 60 idle
	pv_mend 1
	pv_mend 2
	told_once 'g/m: all copies are in sync'
	told_once 'g/n: all copies are in sync'
	wait_for "the jobs to end" 60 idle
}

at_work()
{
	[ "$(ping jobs_running)" = 1 ]
}

# Without its actor it goes on to tell, and says what is missing.
case_the_actor_dies()
{
	mirror_vg
	monitor_start
	pid=$(ping pid)
	expect actor 1 "$(ping actor)"
	actor=$(ps -o pid,ppid | awk -v p="$pid" '$2 == p { print $1 }')
	kill -9 "$actor"
	told_once 'monitor: its actor has ended'
	expect actor 0 "$(ping actor)"
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 6
	told_once 'g/m: copy on pv1 failed'
	varyon monitor --background --takeover
	expect actor 1 "$(ping actor)"
	pv_mend 1
	told_once 'g/m: all copies are in sync'
	wait_for "the job to end" 60 idle
}

# --- hot spares -----------------------------------------------------------------

# Two mirrored LVs, m and n, on pv0 and pv1; pv2 is a spare
spare_vg()
{
	pvs_make 3 64
	varyon mkvg -y g /dev/mapper/pv0 /dev/mapper/pv1 /dev/mapper/pv2
	varyon chpv -h y pv2
	varyon chvg -h "$1" g
	varyon mklv -y m -c 2 g 16M
	varyon mklv -y n -c 2 g 8M
	iotool fill /dev/mapper/g-m 0 32768 5
	iotool fill /dev/mapper/g-n 0 16384 6
}

pvs_of_g()
{
	varyon lsvg -p g 2>/dev/null | awk 'NR > 2 { print $1 }' | sort | tr '\n' ' '
}

# What was written before and after the loss is on both copies.
spare_is_right()
{
	wait_for "the job to end" 60 idle
	expect "PVs of the VG" "pv0 pv2 " "$(pvs_of_g)"
	wait_for "all copies to be in sync" 60 letters_are MMMM
	iotool check /dev/mapper/g-m 2048 64 7
	iotool check /dev/mapper/g-m 4096 28672 5
	iotool check /dev/mapper/g-n 0 16384 6
	varyon varyoffvg g
	copies_identical
}

case_a_hot_spare_takes_over()
{
	spare_vg y
	monitor_start
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 7
	told_once 'g/m: copy on pv1 failed'
	told_once 'hot spare pv2 takes its place; copied there: m, n'
	spare_is_right

	# the old one is nobody's when it comes back, and may be taken in anew
	pv_mend 1
	varyon varyonvg g
	expect "PVs of the VG" "pv0 pv2 " "$(pvs_of_g)"
	expect "letters" MMMM "$(letters)"
	varyon extendvg -f g /dev/mapper/pv1
	expect "PVs of the VG" "pv0 pv1 pv2 " "$(pvs_of_g)"
	expect "spares taken" 1 "$(told 'hot spare')"
}

# A table cannot be changed under a suspended volume, and resuming it is up to
# whoever suspended it.
case_a_spare_waits_for_a_suspended_volume()
{
	spare_vg y
	monitor_start
	before=$(md_sum pv0)
	dmsetup suspend --noflush --nolockfs g-n
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 7
	told_once 'g/m: copy on pv1 failed'
	wait_for "the record" 60 changed_from "$before"
	wait_for "the job to end" 60 idle
	expect "spares taken" 0 "$(told 'hot spare')"
	expect "state" Suspended "$(dmsetup info -c --noheadings -o suspended g-n)"
	dmsetup resume g-n
	told_once 'hot spare pv2 takes its place; copied there: m, n'
	spare_is_right
}

# Nothing is taken that is not asked for, or does not suffice; what was lost before
# there was a monitor counts, too.
case_spares_as_the_vg_says()
{
	spare_vg n
	monitor_start
	pv_break 1
	iotool fill /dev/mapper/g-m 2048 64 7
	told_once 'g/m: copy on pv1 failed'
	wait_for "the record" 60 pv_is_missing
	wait_for "the job to end" 60 idle
	expect "PVs of the VG" 3 "$(pvs_of_g | wc -w)"
	varyon monitor --stop
	varyon chvg -h Y g
	varyon chpv -a n pv2
	monitor_start
	wait_for "the job to end" 60 idle
	expect "PVs of the VG" 3 "$(pvs_of_g | wc -w)"
	varyon monitor --stop
	varyon chpv -a y pv2
	monitor_start
	told_once 'hot spare pv2 takes its place; copied there: m, n'
	spare_is_right
}

# A copy that was split off is somebody's backup: it is not made anew.
case_no_spare_for_a_split_copy()
{
	spare_vg y
	varyon chlvcopy -b -c 2 -l before g/m
	monitor_start
	pv_break 1
	iotool fill /dev/mapper/g-n 2048 64 7
	told_once 'hot spare pv2 takes its place; copied there: n'
	told_once 'g/n: all copies are in sync'
	wait_for "the job to end" 60 idle
	expect "PVs of the VG" 3 "$(pvs_of_g | wc -w)"
	dmsetup status g-m | grep -q ' MS-' || fail "status of g/m: $(dmsetup status g-m)"
}
