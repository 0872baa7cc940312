# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# The harness itself, with targets of the stock kernel: what the other cases
# take for granted.

# A disk in memory keeps what is written to it.
case_disk_keeps_data()
{
	disk_new d 8
	iotool fill /dev/d 0 16384 1
	iotool check /dev/d 0 16384 1
	iotool fill /dev/d 100 8 2
	refused iotool check /dev/d 0 16384 1
}

# leg_break makes every I/O fail, leg_mend brings the old data back.
case_leg_breaks_and_mends()
{
	mirror_make 2 8
	iotool fill /dev/mapper/leg1 0 2048 3
	leg_break 1
	refused iotool check /dev/mapper/leg1 0 2048 3
	iotool check /dev/mapper/leg0 0 1 3 && fail "leg 0 holds what went to leg 1"
	leg_mend 1
	iotool check /dev/mapper/leg1 0 2048 3
}

# dm-flakey drops writes silently: what the check tools must notice.
case_flakey_loses_writes()
{
	disk_new d 8
	dm_create f "0 16384 flakey /dev/d 0 0 60 1 drop_writes"
	iotool fill /dev/mapper/f 0 64 4
	refused iotool check /dev/mapper/f 0 64 4
}

# A status area is made, damaged and read back; damage reads as all dirty.
case_status_area_tool()
{
	mirror_make 2 64
	expect "self_slot" 1 "$(sa_get 1 self_slot)"
	expect "dirty zones" 0 "$(sa_get 1 wib)"
	satool corrupt /dev/mapper/leg1 "$DATA_SECTORS" wib
	expect "dirty zones" "$(sa_get 1 zones)" "$(sa_get 1 wib)"
	satool corrupt /dev/mapper/leg1 "$DATA_SECTORS" super-a
	expect "the copy that rules" B "$(sa_get 1 copy)"
	satool corrupt /dev/mapper/leg1 "$DATA_SECTORS" super-b
	refused satool dump /dev/mapper/leg1 "$DATA_SECTORS"
}

# Nothing is left over from the cases before.
case_clean_start()
{
	expect "devices" "No devices found" "$(dmsetup ls)"
	expect "disks" "" "$(find /sys/kernel/config/nullb -mindepth 1 -type d)"
}
