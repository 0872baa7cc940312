# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Section "peers" of growth-guest: N mirrored volumes of 4 MiB on the same two
# disks, activated by LVM2 and mdadm, each as in an initramfs that sees them for the
# first time. There is no udev, which would make none of them faster. What varyon
# takes for as many is in section "lvs". "none" is a process that does nothing.
#
# NAME_up makes the disks ready, NAME_grow FROM TO makes the volumes of these
# numbers, NAME_off deactivates all, NAME_activate WORKLOAD is what is measured,
# NAME_down takes everything away.
#
# shellcheck disable=SC2034,SC2154 # $contender is for growth-guest, $disks from there

PEERS_LVS="1 20 200"

section_peers()
{
	modprobe -a dm-raid raid1
	for contender in lvm mdadm; do
		"${contender}_up"
		have=0
		for n in $PEERS_LVS; do
			"${contender}_grow" $((have + 1)) "$n"
			have=$n
			settle
			"${contender}_off"
			"${contender}_activate" "activate-$n"
			settle
			"${contender}_off"
		done
		"${contender}_down"
	done
	contender=none disks=''
	taken activate-1 varyon --version
	contender=varyon
}

# --- LVM2 -----------------------------------------------------------------------

# null_blk is not among the kinds of disks that LVM2 looks at.
lvm_up()
{
	disks_up 2 4096
	export LVM_SYSTEM_DIR=/tmp/lvm
	mkdir -p $LVM_SYSTEM_DIR /run/lock/lvm
	cat >$LVM_SYSTEM_DIR/lvm.conf <<-END
		devices { types = [ "nullb", 16 ] obtain_device_list_from_udev = 0 }
		activation { udev_sync = 0 udev_rules = 0 monitoring = 0 }
		backup { backup = 0 archive = 0 }
	END
	lvm pvcreate --quiet /dev/disk0 /dev/disk1 >&2
	lvm vgcreate --quiet g /dev/disk0 /dev/disk1 >&2
}

# lvcreate takes seconds for each of many LVs, so they are made alike: LVM2's own
# description of the first one, for each number with names, IDs and places of its own.
lvm_grow()
{
	if [ "$1" -eq 1 ]; then
		lvm lvcreate --quiet --type raid1 -m 1 --nosync -Wn -Zn -l 1 -n m1 g >&2
		lvm_off
		lvm vgcfgbackup --quiet -f /tmp/lvm/one g >&2
	fi
	awk -v last="$2" '
	/^\tlogical_volumes/ { print; inside = 1; next }
	inside && /^\t}/ {
		for (n = 1; n <= last; n++) {
			for (i = 1; i <= lines; i++) {
				line = block[i]
				gsub(/m1/, "m" n, line)
				if (line ~ /^\t\t\tid = /)
					sub(/......"$/, sprintf("%06d\"", n), line)
				if (line ~ /"pv[01]", [0-9]+/) {
					split(line, word, ", ")
					line = word[1] ", " word[2] + 2 * (n - 1)
				}
				print line
			}
		}
		inside = 0
	}
	inside { block[++lines] = $0; next }
	{ print }' /tmp/lvm/one >/tmp/lvm/all
	lvm vgcfgrestore --quiet --force -f /tmp/lvm/all g >&2
	lvm vgchange --quiet -ay g >&2
}

lvm_off()
{
	lvm vgchange --quiet -an g >&2
}

# With what dracut gives it
lvm_activate()
{
	taken "$1" lvm vgchange -ay --sysinit
	[ "$(dmsetup ls --target raid | wc -l)" -eq "$n" ]
}

lvm_down()
{
	disks_down
}

# --- mdadm ----------------------------------------------------------------------

MDADM_PART=$((8 * 2048))	# sectors

mdadm_up()
{
	disks_up 2 4096
}

# An array takes whole devices: linear ones stand for partitions.
mdadm_grow()
{
	for _number in $(seq "$1" "$2"); do
		for _disk in 0 1; do
			dm_create "part$_number-$_disk" \
				"0 $MDADM_PART linear /dev/disk$_disk $((_number * MDADM_PART))"
		done
		mdadm --create "/dev/md$_number" --run --quiet --level=1 --raid-devices=2 \
			--assume-clean --size=4096 --bitmap=internal \
			"/dev/mapper/part$_number-0" "/dev/mapper/part$_number-1" >&2
	done
}

mdadm_off()
{
	mdadm --stop --scan --quiet >&2
}

mdadm_activate()
{
	taken "$1" mdadm --assemble --scan --quiet
	[ "$(grep -c '^md' /proc/mdstat)" -eq "$n" ]
}

mdadm_down()
{
	for _part in /dev/mapper/part*; do
		dm_remove "${_part##*/}"
	done
	disks_down
}
