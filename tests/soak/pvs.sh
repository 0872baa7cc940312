# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# The PVs of the soak: each is a disk behind a device pvN that stands for its
# cable and its faults. Bad blocks are in the book, so they outlive a power cut.

NPV=4
FIRST_PP=6144			# sector of the first PP of 4 MiB
PP_SECTORS=8192

# disk_of N: UML calls them ubda, ubdb, ...; QEMU's have a serial number
disk_of()
{
	_letter=$(echo abcdefgh | cut -c $(($1 + 1)))
	if [ -b "/dev/ubd$_letter" ]; then
		echo "/dev/ubd$_letter"
	else
		echo "/dev/$(grep -l -x "pv$1" /sys/block/vd*/serial | cut -d / -f 4)"
	fi
}

# pv_table N: as the disk is, with its bad blocks
pv_table()
{
	_disk=$(disk_of "$1")
	sort -n "$BOOK/bad-pv$1" 2>/dev/null | uniq |
		awk -v disk="$_disk" -v end="$(sectors "$_disk")" '
		{
			if ($1 > at)
				print at + 0, $1 - at, "linear", disk, at + 0
			print $1, 8, "error"
			at = $1 + 8
		}
		END { print at + 0, end - at, "linear", disk, at + 0 }'
}

pvs_make()
{
	for _no in $(seq 0 $((NPV - 1))); do
		dm_create "pv$_no" "$(pv_table "$_no")"
	done
	pvs_here ''
}

# pvs_here PV: all but this one are found by a scan, '' for all
pvs_here()
{
	VARYON_DEVICES=
	for _no in $(seq 0 $((NPV - 1))); do
		[ "pv$_no" != "$1" ] || continue
		VARYON_DEVICES=$VARYON_DEVICES${VARYON_DEVICES:+:}/dev/mapper/pv$_no
	done
	export VARYON_DEVICES
}

# pv_switch PV TABLE: at once, whatever is in flight
pv_switch()
{
	dmsetup reload "$1" --table "$2"
	dmsetup suspend --noflush --nolockfs "$1"
	dmsetup resume "$1"
}

pv_mend()
{
	pv_switch "$1" "$(pv_table "${1#pv}")"
}

pv_is_good()
{
	[ ! -s "$BOOK/bad-$1" ]
}

# --- what lies where -----------------------------------------------------------

# copies: "letter pv" for each copy of g/m
copies()
{
	varyon status --json g 2>/dev/null | awk '
		$1 == "\"lv\":" { here = ($2 == "\"g/m\",") }
		here && $1 == "\"pvs\":" { pv = $2; gsub("[\",]", "", pv) }
		here && $1 == "\"letter\":" { gsub("[\",]", "", $2); print $2, pv }'
}

# letters DEVICE: one for each slot that is taken
letters()
{
	dmsetup status --noflush "$1" | awk '{ gsub("-", "", $6); print $6 }'
}

# flawed DEVICE: blocks of all its legs that live in spare blocks, and of
# members that lack something
flawed()
{
	dmsetup status --noflush "$1" | awk '{ n = split($17 "," $9, a, ","); for (i = 1; i <= n; i++) s += a[i]; print s }'
}

# lacks_nothing DEVICE: no leg does
lacks_nothing()
{
	dmsetup status --noflush "$1" | awk '{ exit $9 !~ /^[0,]*$/ }'
}

# in_sync DEVICE: all of its copies are, but for those that are split off
in_sync()
{
	case $(letters "$1") in
	*[!MS]*) return 1 ;;
	esac
	[ "$(dmsetup status --noflush "$1" | awk '{ print $10 }')" = idle ]
}

is_raid5()
{
	[ "$(kept kind)" = raid5 ]
}

# Do the superblocks of g/m say that the row log covers for a column?
log_is_on()
{
	dmsetup table g-m | tr ' ' '\n' | awk '/^[0-9]+:[0-9]+$/ { dev = $1; getline; at = $1
		if (dev == was) print dev, at; was = dev }' >/tmp/areas
	while read -r _dev _at; do
		_node=$(dmsetup ls | awk -v dev="(${_dev%:*}:${_dev#*:})" '$2 == dev { print $1 }')
		! satool dump "/dev/mapper/$_node" "$_at" 2>/dev/null | grep -q '^flags=.*logged' ||
			return 0
	done </tmp/areas
	return 1
}

# legs_fit: the copies of g/m hold the same, or the columns add up
legs_fit()
{
	if is_raid5; then
		varyon syncvg --check -l g/m >/tmp/said 2>&1 || fail "check: $(cat /tmp/said)"
	else
		legs_identical
	fi
}

# pp_sector PP
pp_sector()
{
	echo $((FIRST_PP + ($1 - 1) * PP_SECTORS))
}

# legs_identical: what the copies of g/m hold, read below the mirror, but for LPs
# with blocks that are bad or live elsewhere. Adds to $compared.
legs_identical()
{
	varyon lslv -m g/m | awk 'NR > 2' >/tmp/map
	[ -s /tmp/map ] || fail "lslv -m says nothing"
	copies | cut -c 1 >/tmp/letters
	dmsetup message g-m 0 bad_blocks | tr ' ' '\n' |
		awk -F: -v pp=$PP_SECTORS 'NF == 3 { print int($2 / pp) + 1 }' >/tmp/flawed
	while read -r _lp _pairs; do
		! grep -q -x "$((1$_lp - 10000))" /tmp/flawed || continue
		_sum='' _first='' _copy=0
		# shellcheck disable=SC2086 # PP and PV in turn
		set -- $_pairs
		while [ $# -ge 2 ]; do
			_copy=$((_copy + 1)) _pp=$((1$1 - 10000)) _pv=$2
			shift 2
			[ "$(sed -n "${_copy}p" /tmp/letters)" = M ] || continue
			_at=$(pp_sector "$_pp")
			! pp_is_bad "$_pv" "$_at" || continue
			_new=$(iotool sum "/dev/mapper/$_pv" "$_at" $PP_SECTORS)
			[ -z "$_sum" ] || [ "$_sum" = "$_new" ] ||
				fail "LP $_lp differs between $_first and $_pv"
			_sum=$_new _first=$_pv
			compared=$((compared + PP_SECTORS))
		done
	done </tmp/map
}

# pp_is_bad PV SECTOR: a bad block lies in the PP that begins there
pp_is_bad()
{
	[ -s "$BOOK/bad-$1" ] &&
		awk -v at="$2" -v n=$PP_SECTORS '
			$1 + 8 > at && $1 < at + n { bad = 1 }
			END { exit !bad }' "$BOOK/bad-$1"
}
