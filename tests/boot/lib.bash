# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the boot tests share. A test boots disks A and B, on whose mirrored
# volume rootvg/root the small root file system lies; nothing that a guest
# writes is kept.

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BOOT=$TOP/build/boot${KERNEL_SUFFIX-}
VM=$TOP/tests/vm/vm
NAME=boot-${BATS_RUN_TMPDIR##*-}	# so that two runs do not meet

# shellcheck disable=SC2034 # used by the tests
SMALL_UUID=5a11c0de-0000-4000-8000-000000000001

# shellcheck disable=SC2034
A=(--disk "$BOOT/a.img,serial=A,snapshot")
# shellcheck disable=SC2034
B=(--disk "$BOOT/b.img,serial=B,snapshot")
# shellcheck disable=SC2034
PLAIN=(--disk "$BOOT/plain.ext4,serial=plain,snapshot")

# start KIND APPEND DISK-OPTION...: boot with the initramfs of that kind.
start()
{
	local kind=$1 append=$2
	shift 2
	SERIAL=$BATS_TEST_TMPDIR/serial.log
	REPORT=$BATS_TEST_TMPDIR/report
	: >"$REPORT"
	# A busy host makes the kernel think that its timer does not work. It shall have
	# every message of the monitor, however many there are at a time.
	"$VM" start "$NAME" --initrd "$BOOT/initrd-$kind.img" \
		--append "ro no_timer_check printk.devkmsg=on $append" \
		--memory 512 --serial "$SERIAL" --report "$REPORT" --timeout 480 "$@"
}

# Wait until the machine has powered itself off, then read what it reported.
finish()
{
	local key value
	"$VM" wait "$NAME" || fail "the machine ended with status $?: $(tail -n 30 "$SERIAL")"
	declare -gA got=()
	while IFS='=' read -r key value; do
		got[$key]=${got[$key]-}$value
	done < <(tr -d '\r' <"$REPORT")
	assert_equal "${got[end]-}" yes
	assert_equal "${got[splats]}" 0
	assert_equal "${got[data]}" good
}

boot()
{
	start "$@"
	finish
}

# The letters of the copies of rootvg/root, such as "MM".
letters()
{
	grep -o '"letter": *"[A-Z-]"' <<<"${got[status]}" | sed 's/.*"\(.\)"/\1/' | tr -d '\n'
}

# The monitor is the one that was started in the initramfs, and what ends with the
# name of its process in the kernel's log ends when everything is closed.
assert_monitor()
{
	assert_regex "${got[monitor_pid]}" '^[0-9]+$'
	assert_regex "${got[monitor_exe]}" '/varyon \(deleted\)$'
	assert_equal "${got[monitor_title]}" @
	run -0 grep -a -c "varyon: monitor: watching, process ${got[monitor_pid]}\$" <(tr -d '\r' <"$SERIAL")
	assert_output 1
	run -0 grep -a -A 9 'varyon: rootvg-root: closed' "$SERIAL"
	assert_line --regexp "varyon: monitor: process ${got[monitor_pid]} has ended"
}

# Expect text on the console.
on_console()
{
	"$VM" expect "$NAME" "$1" "${2:-240}"
}

# Expect a line that begins with $1 among those that the guest reports.
on_report()
{
	local tries
	for ((tries = 0; tries < 2400; tries++)); do
		if grep -q -a "^$1" "$REPORT"; then
			return
		fi
		[ ! -e "$TOP/build/vm/run/$NAME/status" ] || break
		sleep 0.1
	done
	fail "the guest has not reported $1: $(tail -n 15 "$SERIAL")"
}

# Word $2 of what the mirror's table says about leg $1 (0 or 1).
# Words: 1 uuid, 2 data device, 3 data start, 4 SA device, 5 SA start, 6 SA sectors.
table_word()
{
	awk -v leg="$1" -v word="$2" '{
		options = $8
		print $(8 + options + 6 * leg + word)
	}' "$BOOT/table"
}

# A copy of disk $1 (a or b) that a test may change; prints its path.
scratch_copy()
{
	cp --sparse=always "$BOOT/$1.img" "$BATS_TEST_TMPDIR/$1.img"
	echo "$BATS_TEST_TMPDIR/$1.img"
}

# The copies of rootvg/root on images $1 and $2, in slots 0 and 1, are the same.
assert_identical()
{
	cmp --ignore-initial=$(($(table_word 0 3) * 512)):$(($(table_word 1 3) * 512)) \
		--bytes=$((24 << 20)) "$1" "$2"
}

# After each test, also a failed one: nothing keeps running.
teardown()
{
	leave
}

leave()
{
	"$VM" kill "$NAME"
	if [ -z "${BATS_TEST_COMPLETED-}" ] && [ -s "${SERIAL-}" ]; then
		mkdir -p "$TOP/build/test-logs"
		cp "$SERIAL" "$TOP/build/test-logs/boot-$BATS_TEST_NUMBER.serial"
		echo "# console: build/test-logs/boot-$BATS_TEST_NUMBER.serial" >&3
	fi
}
