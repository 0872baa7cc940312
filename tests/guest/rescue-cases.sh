# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Volumes read as a rescue system would that has not got the module: what was written is
# there, and not a byte of the disks changes. A PV is a disk behind a linear device pv0,
# pv1, ..., which may have a bad place.
# shellcheck disable=SC2034,SC2154 # for run-cases, from lib.sh
LIMIT=240

# pvs_make N
pvs_make()
{
	export VARYON_RUN=/tmp/case/run
	PVS=$1
	for _pv in $(seq 0 $((PVS - 1))); do
		disk_new "disk$_pv" 48
		iotool fill "/dev/disk$_pv" 0 98304 $((_pv + 1))
		dm_create "pv$_pv" "$(pv_linear "$_pv")"
	done
	pvs_but none
	# shellcheck disable=SC2046 # a word for each PV
	varyon mkvg -y g -s 4 -Q n $(echo "$VARYON_DEVICES" | tr : ' ')
}

# pvs_but N: all but that one are found from now on
pvs_but()
{
	VARYON_DEVICES=
	for _pv in $(seq 0 $((PVS - 1))); do
		[ "$_pv" = "$1" ] ||
			VARYON_DEVICES=$VARYON_DEVICES${VARYON_DEVICES:+:}/dev/mapper/pv$_pv
	done
	export VARYON_DEVICES
}

# go_bad PV SECTOR: the block there takes no write and gives nothing
go_bad()
{
	dm_reload "pv$1" "0 $2 linear /dev/disk$1 0
$2 8 error
$(($2 + 8)) $(($(sectors "/dev/disk$1") - $2 - 8)) linear /dev/disk$1 $(($2 + 8))"
}

sums()
{
	for _pv in $(seq 0 $((PVS - 1))); do
		iotool sum "/dev/disk$_pv" 0 98304
	done
}

# Everything from here to rescue_end is done without the module.
rescue_begin()
{
	varyon varyoffvg g
	rmmod dm_varyon
	before=$(sums)
}

rescue_end()
{
	varyon varyoffvg g
	expect "devices" "" "$(dmsetup ls | awk '$1 ~ /^g-/ { print $1 }')"
	[ ! -e /sys/module/dm_varyon ] || fail "the module was loaded"
	expect "sums of the disks" "$before" "$(sums)"
	modprobe dm-varyon
}

relocated()
{
	dmsetup status --noflush g-m | awk '{ print $NF }'
}

# bad_place PV COLUMN: a block in the third MiB of what g/m has there first. A PP is 4 MiB,
# the first one starts at sector 6144.
bad_place()
{
	_pp=$(varyon lslv -m g/m | awk -v c="$2" '$(2 + 2 * c) ~ /^[0-9]+$/ {
		pp = $(2 + 2 * c)
		sub(/^0*/, "", pp)
		print pp
		exit
	}')
	go_bad "$1" $((6144 + (_pp - 1) * 8192 + 4096 + 16))
}

case_the_mirror_s_freshest_copy_is_read()
{
	pvs_make 2
	# a copy in pieces
	varyon mklv -y m -c 2 g 8M
	varyon mklv -y other g 4M pv0
	varyon extendlv g/m 8M
	bad_place 0 0
	iotool fill /dev/mapper/g-m 0 32768 5
	expect relocated 1,0,0,0 "$(relocated)"
	refused varyon varyonvg --rescue g

	rescue_begin
	varyon varyonvg --rescue g >said 2>&1
	grep -q 'g/m: rescue: read-only, from copy 1 on pv0' said || fail "$(cat said)"
	iotool check /dev/mapper/g-m 0 32768 5
	refused iotool fill /dev/mapper/g-m 0 8 6
	varyon lsvg -l g
	expect letters MM "$(letters)"
	varyon varyonvg --rescue g
	refused varyon extendlv g/m 4M
	rescue_end

	# that copy is behind now
	varyon varyonvg g
	dm_reload pv0 "0 98304 error"
	iotool fill /dev/mapper/g-m 1000 64 6
	bad_place 0 0
	rescue_begin
	varyon varyonvg --rescue g >said 2>&1
	grep -q 'from copy 2 on pv1' said || fail "$(cat said)"
	iotool check /dev/mapper/g-m 0 1000 5
	iotool check /dev/mapper/g-m 1000 64 6
	iotool check /dev/mapper/g-m 1064 31704 5
	rescue_end

	# alone it has not got what was written
	varyon varyonvg g
	varyon syncvg -l g/m
	iotool check /dev/mapper/g-m 1000 64 6
}

case_raid5_is_read_with_any_column_missing()
{
	pvs_make 3
	varyon mklv -y m -t raid5 g 32M
	SECTORS=$(sectors /dev/mapper/g-m)
	bad_place 1 1
	iotool fill /dev/mapper/g-m 0 "$SECTORS" 5
	expect relocated 0,1,0 "$(relocated)"
	rescue_begin
	for out in none 0 1 2; do
		pvs_but $out
		varyon varyonvg --rescue g
		iotool check /dev/mapper/g-m 0 "$SECTORS" 5
		refused iotool fill /dev/mapper/g-m 0 8 6
		varyon lsvg -l g
		varyon varyoffvg g
	done
	pvs_but none
	rescue_end
	varyon varyonvg g
	expect letters MMM "$(letters)"
	iotool check /dev/mapper/g-m 0 "$SECTORS" 5
}

case_parity_that_may_be_wrong_is_refused()
{
	pvs_make 3
	varyon mklv -y m -t raid5 g 32M
	SECTORS=$(sectors /dev/mapper/g-m)
	iotool fill /dev/mapper/g-m 0 "$SECTORS" 5
	pvs_cut 3
	rescue_begin
	varyon varyonvg --rescue g
	iotool check /dev/mapper/g-m 0 "$SECTORS" 5
	varyon varyoffvg g
	pvs_but 1
	refused varyon varyonvg --rescue g
	echo "$refusal" | grep -q 'not closed.*--dirty-degraded' || fail "$refusal"
	# nothing was being written, so it is right all the same
	varyon varyonvg --rescue --dirty-degraded g
	iotool check /dev/mapper/g-m 0 "$SECTORS" 5
	varyon varyoffvg g
	pvs_but none
	rescue_end

	varyon varyonvg g
	varyon syncvg -l g/m
	dm_reload pv1 "0 98304 error"
	iotool fill /dev/mapper/g-m 0 4096 6
	wait_for "the row log to be in force" 60 logged
	pvs_cut 3
	pvs_but 1
	rescue_begin
	refused varyon varyonvg --rescue g
	echo "$refusal" | grep -q 'row log waits to be replayed' || fail "$refusal"
	pvs_but none
	rescue_end
}

# The status area of the first column says that all writes are in the row log.
logged()
{
	satool dump /dev/mapper/pv0 "$(dmsetup table g-m | awk '{ print $(13 + $8) }')" |
		grep -q '^flags=.*logged'
}
