#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Whether the dracut module wants to be in an image for this host, and what it
# writes into it: its functions with those of dracut, in a mount namespace whose
# /sys/dev/block and /dev/block are made up. No image is made.

bats_require_minimum_version 1.5.0
bats_load_library bats-support
bats_load_library bats-assert

ID=00c8b12ce3c7d4960000013500a1b2c3
OTHER=00c8b12ce3c7d4960000013500a1b2c4
LV=11111111111111111111111111111111

# Devices by minor number: 1 a disk, 2 a volume of the VG ID on it, 3 a crypt on
# that, 4 a volume of the VG OTHER, 5 a volume of LVM.
make_devices()
{
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount bash -euc '
		device()	# MINOR UUID [MINOR-BELOW]
		{
			mkdir -p "/sys/dev/block/240:$1/dm" "/sys/dev/block/240:$1/slaves"
			ln -s /sys/class/block "/sys/dev/block/240:$1/subsystem"
			echo "240:$1" >"/sys/dev/block/240:$1/dev"
			[ -z "$2" ] || echo "$2" >"/sys/dev/block/240:$1/dm/uuid"
			[ -z "${3-}" ] ||
				ln -s "/sys/dev/block/240:$3" "/sys/dev/block/240:$1/slaves/below"
			mknod "/dev/block/240:$1" b 240 "$1"
		}
		mount -t tmpfs tmpfs /sys/dev/block
		mkdir -p /dev/block
		mount -t tmpfs tmpfs /dev/block
		device 1 ""
		device 2 "VARYON-$ID-$LV" 1
		device 3 "CRYPT-LUKS2-x" 2
		device 4 "VARYON-$OTHER-$LV" 1
		device 5 "LVM-x" 1
		eval "$0"
	' "$1"
}

# ask HOSTONLY HOST-MINORS FSTAB-MINORS: status of check() and what cmdline() prints
ask()
{
	local minor fstab=$BATS_TEST_TMPDIR/etc/fstab
	mkdir -p "$BATS_TEST_TMPDIR/etc"
	echo '# made by a test' >"$fstab"
	for minor in $3; do
		echo "/dev/block/240:$minor /mnt/$minor ext4 noauto 0 0" >>"$fstab"
	done
	export ID OTHER LV HOSTONLY=$1 DEVICES=$2
	export dracutsysrootdir=$BATS_TEST_TMPDIR dracutbasedir=/usr/lib/dracut
	export MODULE=$BATS_TEST_DIRNAME/../../dracut-module/50varyon/module-setup.sh
	# shellcheck disable=SC2016 # expanded by the inner shell
	run make_devices '
		set +eu
		. "$dracutbasedir/dracut-functions.sh"
		require_binaries() { :; }
		. "$MODULE"
		hostonly=$HOSTONLY mount_needs="" host_devs=()
		for minor in $DEVICES; do
			host_devs+=("/dev/block/240:$minor")
		done
		check
		echo "check $?"
		echo "cmdline$(cmdline)"
	'
}

@test "a generic image: always" {
	ask '' '' ''
	assert_line 'check 0'
	assert_line 'cmdline'
}

@test "a host without varyon: not, whatever else it has" {
	ask yes '1 5' '5 1'
	assert_line 'check 255'
	assert_line 'cmdline'
}

@test "root on a volume: yes, with its VGID" {
	ask yes '2 1' ''
	assert_line 'check 0'
	assert_line "cmdline rd.varyon.vg=$ID"
}

@test "root on a crypt on a volume, swap on another VG: both VGIDs" {
	ask yes '3 4' ''
	assert_line 'check 0'
	assert_line "cmdline rd.varyon.vg=$ID rd.varyon.vg=$OTHER"
}

@test "only a volume in fstab that is not mounted: yes, but nobody waits for it" {
	ask yes 1 '5 4'
	assert_line 'check 0'
	assert_line 'cmdline'
}
