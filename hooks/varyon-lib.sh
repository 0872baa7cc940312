# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# Activation of volume groups before the root file system is mounted, for any
# maker of initramfs images. To be sourced; POSIX sh without extensions, so
# that dash and busybox sh run it alike.
#
# All decisions are taken by `varyon boot`, which reads the rd.varyon.* options
# itself, looks at the disks once and says in its exit status what to do next.
# What is left for the shell is to call it often enough, and to show on the
# console what it says; it writes the kernel log itself.

# `varyon boot` ended with this: wanted disks are missing and may still come.
VARYON_STATUS_WAIT=10

# ... and with this: root= or resume= names a volume group that never came. It
# may be somebody else's device, so it is not for us to end the boot.
VARYON_STATUS_ABSENT=11

# Below it: what the last pass printed (last), and that the outcome is known (ended).
VARYON_HOOK_DIR=/run/varyon/hook

# Seconds between two passes, where nothing else makes them, and an option for each.
VARYON_PAUSE=0.2
VARYON_OPTION=

# One pass over the disks that are there now; sets varyon_state to
#	done	what is wanted is active
#	wait	call again: disks are missing, and the time for them is not over
#	absent	what root= or resume= names may be somebody else's
#	refused	it cannot be had from the disks that are there
varyon_pass()
{
	[ -d "$VARYON_HOOK_DIR" ] || mkdir -p "$VARYON_HOOK_DIR"
	_now=$(varyon boot ${VARYON_OPTION:+"$VARYON_OPTION"} 2>&1)
	case $? in
	0) varyon_state='done' ;;
	"$VARYON_STATUS_WAIT") varyon_state='wait' ;;
	"$VARYON_STATUS_ABSENT") varyon_state='absent' ;;
	*) varyon_state='refused' ;;
	esac

	# Every pass says all that there is to say: show it when it has changed.
	_last=
	[ ! -e "$VARYON_HOOK_DIR/last" ] || _last=$(cat "$VARYON_HOOK_DIR/last")
	if [ "$_now" != "$_last" ]; then
		printf '%s\n' "$_now" >"$VARYON_HOOK_DIR/last"
		[ -z "$_now" ] || printf '%s\n' "$_now" >&2
	fi

	case $varyon_state in
	wait) rm -f "$VARYON_HOOK_DIR/ended" ;;
	*) echo "$varyon_state" >"$VARYON_HOOK_DIR/ended" ;;
	esac
}

# True once passes have come to an end, good or bad.
varyon_ended()
{
	[ -e "$VARYON_HOOK_DIR/ended" ]
}

# For makers without a main loop: passes until the outcome is known. Devices
# appear meanwhile, through udev or the kernel's own devtmpfs.
varyon_activate()
{
	until varyon_ended; do
		varyon_pass
		[ "$varyon_state" != wait ] || sleep "$VARYON_PAUSE"
	done
}

# Does an option ask for a volume, and not root= or the like alone?
# With the shell alone, as below: grep is a third of what varyon would add.
varyon_is_asked()
{
	_space=" $(printf '\t')
"
	for _option in vg lv import; do
		case "$_space$(cat /proc/cmdline /etc/cmdline.d/*.conf 2>/dev/null)" in
		*["$_space"]rd.varyon."$_option"=*) return 0 ;;
		esac
	done
	return 1
}

# Is a volume of ours active?
varyon_is_active()
{
	for _file in /sys/block/dm-*/dm/uuid; do
		_uuid=
		[ ! -r "$_file" ] || read -r _uuid <"$_file"
		case $_uuid in
		VARYON-*) return 0 ;;
		esac
	done
	return 1
}

# Forget the outcome, so that the next pass decides and reports anew.
varyon_again()
{
	rm -f "$VARYON_HOOK_DIR/ended" "$VARYON_HOOK_DIR/last"
}

# Leave behind what closes the volume of root when the machine
# goes off, one file, which systemd runs from there as the last program of all.
# On a file system of its own, because /run may be mounted noexec; systemd leaves
# what is mounted there alone. Others who need an initramfs then bring all of it,
# see the shutdown hook.
varyon_prepare_shutdown()
{
	if [ -e /run/initramfs/.need_shutdown ] || [ -e /run/initramfs/shutdown ]; then
		return 0
	fi
	mkdir -p /run/initramfs
	mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run/initramfs || return 0
	cp "$(command -v varyon)" /run/initramfs/shutdown
}

# Before root is entered, with a volume of ours active: what goes on from here, and
# what comes at the very end.
varyon_hand_over()
{
	varyon_is_active || return 0
	varyon monitor --initramfs
	varyon_prepare_shutdown
}

# For an administrator in front of an emergency shell: what there is, what is
# missing, what to do. Prints to standard error.
varyon_report()
{
	{
		echo
		echo '---- varyon: volume groups found ----'
		varyon status
		_last=$(cat "$VARYON_HOOK_DIR/last" 2>/dev/null)
		if [ -n "$_last" ]; then
			echo
			echo 'The last attempt said:'
			printf '%s\n' "$_last"
		fi
		echo
		echo 'What may help from here:'
		echo '  lspv                 which disks carry which volume group'
		echo '  lsvg -p VG           its disks, and which of them are missing'
		echo '  varyonvg VG          activate it; -f without a quorum of its disks'
		echo '  exit                 leave this shell and try to boot again'
		echo '-------------------------------------'
	} >&2
}
