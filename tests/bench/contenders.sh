# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Who is measured: sourced inside a guest after lib.sh by whatever compares
# varyon with its peers. Every contender gets the same disks.
#
# up_NAME DISK... makes $dev of them, down_NAME takes it away.
# returned_NAME LEG... takes the second leg, which failed and is there again,
# back into $dev. again_NAME LEG... makes $dev once more of legs that hold what
# a power cut left on them; idle_NAME says that nothing is left to repair. off_NAME,
# where there is one, is needed after a power cut for its users to get their errors.
#
#	raw, linear		one disk, and dm-linear on one disk
#	varyon			two legs, regions of 4 KiB, zones of 4 MiB
#	md1, md1n, md1s		md raid1: mdadm's default bitmap, none, chunks of 64 KiB
#	dmr1			dm-raid raid1 as LVM2 sets it up
#	dmm			dm-mirror with a disk log
#	varyon5			RAID5 on three legs, chunks of 64 KiB, as mklv makes it
#	varyon5a		the same with log:always
#	md5, md5n, md5s, dmr5	the same of RAID5 on three disks
#
# shellcheck disable=SC2034,SC2154 # $dev is for the caller, $contender from there

SECTORS=$((1024 * 2048))	# of a volume
DISK_MIB=$((1024 + 64))		# a contender's own data come behind the volume
LVM_REGION=4096			# sectors for each bit of dm-raid and dm-mirror, LVM2's default
LVM_STRIPE=128			# sectors, LVM2's default
VARYON_CHUNK=128		# sectors, mklv's default
VARYON_LOG=32			# slots of a row log, mklv's

# --- disks --------------------------------------------------------------------

# disks_up DISK...: each takes 100 us for everything and has a cache of 64 MiB
disks_up()
{
	for disk in "$@"; do
		disk_new "$disk" $DISK_MIB irqmode=2 completion_nsec=100000 cache_size=64
		echo none >"/sys/block/$disk/queue/scheduler"
	done
}

disk_down()
{
	echo 0 >"/sys/kernel/config/nullb/$1/power"
	rmdir "/sys/kernel/config/nullb/$1"
}

# Fields of /sys/block/*/stat, see the kernel's Documentation/block/stat.rst
READ_SECTORS=3 WRITES=5 WRITTEN_SECTORS=7 FLUSHES=16

# stat_of FIELD DISK...: the sum over the disks
stat_of()
{
	_field=$1 _sum=0
	shift
	for _disk in "$@"; do
		_sum=$((_sum + $(awk -v f="$_field" '{ print $f }' "/sys/block/$_disk/stat")))
	done
	echo $_sum
}

# Long enough for everybody to clear bits; an idle guest skips the time.
settle()
{
	sleep 30
}

# --- one disk -------------------------------------------------------------------

up_raw()
{
	dev=$1
}

down_raw()
{
	:
}

up_linear()
{
	dm_create m "0 $SECTORS linear $1 0"
	dev=/dev/mapper/m
}

down_linear()
{
	dm_remove m
}

# --- varyon ---------------------------------------------------------------------

# varyon_table TYPE OPTIONS LEG...: OPTIONS with their number before them
varyon_table()
{
	_line="$1 $SET_UUID $REGION_SHIFT $ZONE_SHIFT $(($# - 2)) $2" _size=$SECTORS
	[ "$1" = varyon-mirror ] || _size=$((SECTORS / ($# - 3)))
	shift 2
	_slot=0
	for _leg in "$@"; do
		_line="$_line $(leg_uuid $_slot) $(devno "$_leg") 0 $(devno "$_leg") $_size $sa_sectors"
		_slot=$((_slot + 1))
	done
	echo "0 $SECTORS $_line"
}

# varyon_format SECTORS "OPTION..." LEG...: fresh status areas behind so much data; the
# options are satool's
varyon_format()
{
	_size=$1 _options=$2 _uuids=''
	shift 2
	# shellcheck disable=SC2086 # options
	sa_sectors=$(satool size --nslots $# --data-sectors "$_size" \
		--region-shift "$REGION_SHIFT" --zone-shift "$ZONE_SHIFT" $_options)
	for _slot in $(seq 0 $(($# - 1))); do
		_uuids=$_uuids${_uuids:+,}$(leg_uuid "$_slot")
	done
	_slot=0
	for _leg in "$@"; do
		# shellcheck disable=SC2086 # options
		satool init --set "$SET_UUID" --slot $_slot --legs "$_uuids" \
			--data-sectors "$_size" --region-shift "$REGION_SHIFT" \
			--zone-shift "$ZONE_SHIFT" $_options "$_leg" "$_size"
		_slot=$((_slot + 1))
	done
}

up_varyon()
{
	varyon_format $SECTORS '' "$1" "$2"
	again_varyon "$1" "$2"
}

# What others have left on the disks is no row: parity is made first.
up_varyon5()
{
	varyon_format $((SECTORS / 2)) "--chunk $VARYON_CHUNK --log $VARYON_LOG" "$@"
	again_varyon5 "$@"
	dmsetup message m 0 repair
	wait_for "the parity" 600 idle_varyon5
}

again_varyon()
{
	dm_create m "$(varyon_table varyon-mirror 0 "$1" "$2")"
	dev=/dev/mapper/m
}

again_varyon5()
{
	dm_create m "$(varyon_table varyon-raid5 "1 chunk:$VARYON_CHUNK" "$@")"
	dev=/dev/mapper/m
}

up_varyon5a()
{
	up_varyon5 "$@"
	down_varyon5
	again_varyon5a "$@"
}

again_varyon5a()
{
	dm_create m "$(varyon_table varyon-raid5 "2 chunk:$VARYON_CHUNK log:always" "$@")"
	dev=/dev/mapper/m
}

down_varyon()	{ dm_remove m; }
down_varyon5()	{ dm_remove m; }
down_varyon5a()	{ dm_remove m; }

# varyon_idle LETTERS
varyon_idle()
{
	status_is letters "$1" && status_is action idle
}

idle_varyon()	{ varyon_idle MM; }
idle_varyon5()	{ varyon_idle MMM; }
idle_varyon5a()	{ varyon_idle MMM; }

returned_varyon()
{
	dm_reload m "$(varyon_table varyon-mirror 0 "$1" "$2")"
	wait_for "varyon to take the leg back" 60 idle_varyon
}

returned_varyon5a()
{
	dm_reload m "$(varyon_table varyon-raid5 "2 chunk:$VARYON_CHUNK log:always" "$@")"
	wait_for "varyon to take the leg back" 60 idle_varyon5a
}

returned_varyon5()
{
	dm_reload m "$(varyon_table varyon-raid5 "1 chunk:$VARYON_CHUNK" "$@")"
	wait_for "varyon to take the leg back" 60 idle_varyon5
}

# --- md -----------------------------------------------------------------------------

# md_create LEVEL OPTION DISK...
md_create()
{
	_level=$1 _size=$((SECTORS / 2))
	_bitmap=$2
	shift 2
	[ "$_level" = 1 ] || _size=$((_size / 2))
	# shellcheck disable=SC2086 # options
	mdadm --create /dev/md0 --run --quiet --level="$_level" --raid-devices=$# \
		--assume-clean --size=$_size $_bitmap "$@" >&2
	dev=/dev/md0
}

md_again()
{
	mdadm --assemble /dev/md0 --run --quiet "$@" >&2
	dev=/dev/md0
}

md_idle()
{
	[ "$(cat /sys/block/md0/md/sync_action)" = idle ] &&
		[ "$(cat /sys/block/md0/md/degraded)" = 0 ]
}

md_down()
{
	mdadm --stop --quiet /dev/md0 >&2
}

md_returned()
{
	mdadm /dev/md0 --quiet --remove faulty >&2
	mdadm /dev/md0 --quiet --re-add "$2" >&2
	wait_for "md to take the leg back" 600 md_idle
}

up_md1()	{ md_create 1 --bitmap=internal "$1" "$2"; }
up_md1n()	{ md_create 1 --bitmap=none "$1" "$2"; }
up_md1s()	{ md_create 1 "--bitmap=internal --bitmap-chunk=64K" "$1" "$2"; }
up_md5()	{ md_create 5 --bitmap=internal "$@"; }
up_md5n()	{ md_create 5 --bitmap=none "$@"; }
up_md5s()	{ md_create 5 "--bitmap=internal --bitmap-chunk=64K" "$@"; }
again_md1()	{ md_again "$1" "$2"; }
again_md1n()	{ md_again "$1" "$2"; }
again_md1s()	{ md_again "$1" "$2"; }
again_md5()	{ md_again "$@"; }
again_md5n()	{ md_again "$@"; }
again_md5s()	{ md_again "$@"; }
idle_md1()	{ md_idle; }
idle_md1n()	{ md_idle; }
idle_md1s()	{ md_idle; }
idle_md5()	{ md_idle; }
idle_md5n()	{ md_idle; }
idle_md5s()	{ md_idle; }
down_md1()	{ md_down; }
down_md1n()	{ md_down; }
down_md1s()	{ md_down; }
down_md5()	{ md_down; }
down_md5n()	{ md_down; }
down_md5s()	{ md_down; }
# without a bitmap md knows a returning leg only as a new one
returned_md1()	{ md_returned "$@"; }
returned_md1s()	{ md_returned "$@"; }
returned_md5()	{ md_returned "$@"; }
returned_md5s()	{ md_returned "$@"; }

# --- dm-raid, dm-mirror ------------------------------------------------------------------

# dmr_parts DISK...: a logical volume of LVM2 has its parts on linear devices; $parts
# is their end of a table
dmr_parts()
{
	parts=$#
	_slot=0
	for _disk in "$@"; do
		dm_create image$_slot "0 $SECTORS linear $_disk 0"
		dm_create meta$_slot "0 8192 linear $_disk $SECTORS"
		parts="$parts /dev/mapper/meta$_slot /dev/mapper/image$_slot"
		_slot=$((_slot + 1))
	done
}

# dmr_create PARAMETERS DISK...
dmr_create()
{
	_parameters=$1
	shift
	dmr_parts "$@"
	for _part in /dev/mapper/meta*; do
		dd if=/dev/zero of="$_part" bs=4096 count=1 conv=fsync 2>/dev/null
	done
	dm_create m "0 $SECTORS raid $_parameters $parts"
	dev=/dev/mapper/m
}

# dmr_again PARAMETERS DISK...
dmr_again()
{
	_parameters=$1
	shift
	dmr_parts "$@"
	dm_create m "0 $SECTORS raid $_parameters $parts"
	dev=/dev/mapper/m
}

dmr_down()
{
	dm_remove m
	for _part in /dev/mapper/image* /dev/mapper/meta*; do
		dm_remove "${_part##*/}"
	done
}

# dmr_idle TYPE HEALTH
dmr_idle()
{
	case $(dmsetup status --noflush m) in
	*" raid $1 ${#2} $2 "*" idle "*) ;;
	*) false ;;
	esac
}

dmr_returned()
{
	dmsetup suspend m
	dmsetup resume m
	wait_for "dm-raid to take the leg back" 600 "idle_$contender"
}

up_dmr1()	{ dmr_create "raid1 4 0 nosync region_size $LVM_REGION" "$1" "$2"; }
up_dmr5()	{ dmr_create "raid5_ls 4 $LVM_STRIPE nosync region_size $LVM_REGION" "$@"; }
again_dmr1()	{ dmr_again "raid1 3 0 region_size $LVM_REGION" "$1" "$2"; }
again_dmr5()	{ dmr_again "raid5_ls 3 $LVM_STRIPE region_size $LVM_REGION" "$@"; }
down_dmr1()	{ dmr_down; }
down_dmr5()	{ dmr_down; }
idle_dmr1()	{ dmr_idle raid1 AA; }
idle_dmr5()	{ dmr_idle raid5_ls AAA; }
returned_dmr1()	{ dmr_returned; }
returned_dmr5()	{ dmr_returned; }

# dmm_create LOG-PARAMETERS LEG LEG
dmm_create()
{
	dm_create log "0 8192 linear $2 $SECTORS"
	dm_create m "0 $SECTORS mirror disk $1 2 $2 0 $3 0 1 handle_errors"
	dev=/dev/mapper/m
}

up_dmm()	{ dmm_create "3 /dev/mapper/log $LVM_REGION nosync" "$1" "$2"; }
again_dmm()	{ dmm_create "2 /dev/mapper/log $LVM_REGION" "$1" "$2"; }

# Writes that failed wait for dmeventd, or for this.
off_dmm()
{
	dmsetup suspend --nolockfs m
}

idle_dmm()
{
	_regions=$((SECTORS / LVM_REGION))
	case $(dmsetup status --noflush m) in
	*" $_regions/$_regions 1 AA "*) ;;
	*) false ;;
	esac
}

down_dmm()
{
	dm_remove m
	dm_remove log
}

# --- asking about them ---------------------------------------------------------------

# can VERB: whether $contender has it
can()
{
	command -v "$1_$contender" >/dev/null
}

# contenders_load NAME...: the kernel modules that they need
contenders_load()
{
	mkdir -p /run/mdadm
	case " $* " in
	*" md"* | *" dmr"*) modprobe -a raid1 raid456 dm-raid ;;
	esac
	case " $* " in
	*" dmm "*) modprobe dm-mirror ;;
	esac
}
