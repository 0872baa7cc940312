# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# The commands with a kernel below them: activation, loss and return of PVs,
# refusals. A PV is a disk behind a linear device pv0, pv1, ... that stands
# for the cable.

# pvs_make N MIB: the PVs, and only these are looked at
pvs_make()
{
	export VARYON_RUN=/tmp/case/run
	VARYON_DEVICES=
	NUM_PVS=$1
	for _pv in $(seq 0 $((NUM_PVS - 1))); do
		disk_new "disk$_pv" "$2"
		dm_create "pv$_pv" "$(pv_linear "$_pv")"
	done
	pvs_here $(seq 0 $((NUM_PVS - 1)))
}

# pvs_here N...: which PVs a scan finds from now on
pvs_here()
{
	VARYON_DEVICES=
	for _pv in "$@"; do
		VARYON_DEVICES=$VARYON_DEVICES${VARYON_DEVICES:+:}/dev/mapper/pv$_pv
	done
	export VARYON_DEVICES
}

# A mirrored LV g/m of 16 MiB on pv0 and pv1, active.
mirror_vg()
{
	pvs_make 2 64
	varyon mkvg -y g /dev/mapper/pv0 /dev/mapper/pv1
	varyon mklv -y m -c 2 g 16M
	SECTORS=32768
}

counter()
{
	varyon status --json --messages g | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p"
}

# Both copies of g/m are the same, read below the mirror.
copies_identical()
{
	# no number may begin with 0: that would be octal
	varyon lslv -m g/m | awk 'NR > 2 { sub(/^0*/, "", $2); sub(/^0*/, "", $4); print $2, $3, $4, $5 }' >map
	[ "$(wc -l <map)" -eq 16 ] || fail "lslv -m: $(cat map)"
	while read -r _pp1 _pv1 _pp2 _pv2; do
		expect "PP $_pp2 of $_pv2" "$(pp_sum "$_pv1" "$_pp1")" "$(pp_sum "$_pv2" "$_pp2")"
	done <map
}

# A PP is 1 MiB, the first one starts at sector 4352.
pp_sum()
{
	iotool sum "/dev/mapper/$1" $((4352 + ($2 - 1) * 2048)) 2048
}

case_activate_use_deactivate()
{
	mirror_vg
	expect letters MM "$(letters)"
	expect "lsvg -o" g "$(varyon lsvg -o)"
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	exec 3</dev/mapper/g-m
	varyon lsvg -l g | grep -q '^m .*open/syncd' || fail "lsvg -l: $(varyon lsvg -l g)"
	refused varyon varyoffvg g
	refused varyon rmlv -f g/m
	exec 3<&-
	varyon varyoffvg g
	[ ! -e /dev/mapper/g-m ] || fail "the node is still there"
	expect "lsvg -o" "" "$(varyon lsvg -o)"
	varyon varyonvg g
	iotool check /dev/mapper/g-m 0 $SECTORS 5
	expect uuids 1 "$(dmsetup info -c --noheadings -o uuid g-m | grep -c -E '^VARYON-[0-9a-f]{32}-[0-9a-f]{32}$')"
	varyon rmlv -f g/m
	[ ! -e /dev/mapper/g-m ] || fail "the node is still there"
}

case_linear_and_read_only()
{
	pvs_make 1 64
	varyon mkvg -y g /dev/mapper/pv0
	varyon mklv -y l g 4M
	iotool fill /dev/mapper/g-l 0 8192 3
	refused varyon chlv -p r g/l
	varyon varyoffvg g
	varyon chlv -p r g/l
	varyon varyonvg g
	iotool check /dev/mapper/g-l 0 8192 3
	refused dd if=/dev/zero of=/dev/mapper/g-l bs=512 count=1 oflag=direct
}

case_a_copy_in_pieces()
{
	pvs_make 2 64
	varyon mkvg -y g /dev/mapper/pv0 /dev/mapper/pv1
	# Leave holes, so that no run of free PPs is long enough.
	for n in 1 2 3 4 5 6; do
		varyon mklv -y "a$n" g 4 pv0
		varyon mklv -y "b$n" g 4 pv0
	done
	varyon rmlv -f a1 a2 a3 a4 a5 a6
	varyon mklv -y m -c 2 g 30
	expect "legs of their own" 1 "$(dmsetup ls | grep -c '^g-m-leg')"
	iotool fill /dev/mapper/g-m 0 61440 4
	varyon varyoffvg g
	expect "legs left" 0 "$(dmsetup ls | grep -c '^g-' || true)"
	varyon varyonvg g
	iotool check /dev/mapper/g-m 0 61440 4
}

# What an activation leaves that is killed before it makes the node.
case_a_missing_node_is_made()
{
	mirror_vg
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	rm /dev/mapper/g-m
	varyon varyonvg g
	iotool check /dev/mapper/g-m 0 $SECTORS 5
}

case_a_pv_fails_and_returns()
{
	mirror_vg
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	dmsetup message g-m 0 clean_now
	dm_reload pv1 "0 $(sectors /dev/disk1) error"
	iotool fill /dev/mapper/g-m 2048 64 6
	letters_are MF || letters_are MA || fail "letters $(letters)"
	varyon lsvg -l g | grep -q '^m .*/stale' || fail "lsvg -l: $(varyon lsvg -l g)"

	# While it is gone varyonvg leaves things as they are.
	varyon varyonvg g
	letters_are MF || letters_are MA || fail "letters $(letters)"
	iotool check /dev/mapper/g-m 2048 64 6

	dm_reload pv1 "$(pv_linear 1)"
	varyon varyonvg g
	wait_for "the copy to be in sync" 60 letters_are MM
	iotool check /dev/mapper/g-m 2048 64 6
	[ "$(counter copied_bytes)" -le $((8 << 20)) ] || fail "copied $(counter copied_bytes) bytes"
	varyon varyoffvg g
	copies_identical
}

case_degraded_start_then_the_other_pv()
{
	mirror_vg
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	varyon varyoffvg g

	pvs_here 0
	varyon varyonvg g 2>said
	grep -q 'g/m: DEGRADED: copy 2 is missing, PV ' said || fail "said: $(cat said)"
	expect letters MA "$(letters)"
	iotool fill /dev/mapper/g-m 4096 64 6

	pvs_here 0 1
	varyon varyonvg g
	wait_for "the copy to be in sync" 60 letters_are MM
	varyon varyoffvg g
	copies_identical
	pvs_here 1
	varyon varyonvg g
	iotool check /dev/mapper/g-m 4096 64 6
}

case_split_brain_is_refused_and_mended()
{
	mirror_vg
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	for pv in 0 1; do
		varyon varyoffvg g
		pvs_here "$pv"
		varyon varyonvg g
		iotool fill /dev/mapper/g-m $((pv * 4096)) 64 $((6 + pv))
	done
	varyon varyoffvg g
	pvs_here 0 1
	# The metadata went on separately too, and comes first.
	refused varyon varyonvg g
	# shellcheck disable=SC2154 # set by refused
	case $refusal in
	*'two sides'*pv[01]' ('*pv[01]' ('*'varyon rejoin -f g '*) ;;
	*) fail "wrong reason" ;;
	esac
	refused varyon rejoin -f g/m pv1
	varyon rejoin -f g pv1
	refused varyon varyonvg g
	case $refusal in
	*'split brain'*'copy 1 on pv0: generation '*'copy 2 on pv1: generation '*'varyon rejoin'*) ;;
	*) fail "wrong reason" ;;
	esac
	[ ! -e /dev/mapper/g-m ] || fail "active all the same"
	varyon rejoin -f g/m pv1
	varyon varyonvg g
	wait_for "the copy to be in sync" 60 letters_are MM
	iotool check /dev/mapper/g-m 0 64 6
	iotool check /dev/mapper/g-m 4096 64 5
	varyon varyoffvg g
	copies_identical
}

# md_sum PV: everything before its first PP
md_sum()
{
	iotool sum "/dev/mapper/$1" 0 4096
}

case_split_copies_keep_their_metadata()
{
	mirror_vg
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	# pv1 fails while the LV is active, which no metadata tells ...
	dm_reload pv1 "0 $(sectors /dev/disk1) error"
	iotool fill /dev/mapper/g-m 0 64 6
	letters_are MF || letters_are MA || fail "letters $(letters)"
	varyon varyoffvg g
	dm_reload pv1 "$(pv_linear 1)"
	# ... and then goes on alone, which its metadata does tell.
	pvs_here 1
	varyon varyonvg g
	iotool fill /dev/mapper/g-m 4096 64 7
	varyon varyoffvg g
	pvs_here 0 1
	before=$(md_sum pv0)
	refused varyon varyonvg g
	case $refusal in
	*'split brain'*) ;;
	*) fail "wrong reason" ;;
	esac
	expect "metadata after varyonvg" "$before" "$(md_sum pv0)"
	boot root=/dev/mapper/g-m
	expect "status of boot" 6 "$status"
	expect "metadata after boot" "$before" "$(md_sum pv0)"

	varyon rejoin -f g/m pv0
	varyon varyonvg g
	[ "$(md_sum pv0)" != "$before" ] || fail "metadata on pv0 is still old"
	wait_for "the copy to be in sync" 60 letters_are MM
	varyon varyoffvg g
	copies_identical
}

case_degraded_start_is_recorded()
{
	mirror_vg
	varyon varyoffvg g
	before=$(md_sum pv0)
	pvs_here 0
	varyon varyonvg -r g
	expect letters MA "$(letters)"
	[ "$(md_sum pv0)" != "$before" ] || fail "not recorded"
	before=$(md_sum pv0)
	varyon varyoffvg g
	varyon varyonvg g
	expect "metadata of a second start" "$before" "$(md_sum pv0)"
	varyon varyoffvg g

	# It cannot be recorded: no start.
	pvs_here 0 1
	varyon varyonvg g
	wait_for "the copy to be in sync" 60 letters_are MM
	varyon varyoffvg g
	pvs_here 1
	dm_reload pv1 "0 $(sectors /dev/disk1) flakey /dev/disk1 0 0 600 1 error_writes"
	refused varyon varyonvg g
	case $refusal in
	*'not activated: cannot record which PVs are missing'*) ;;
	*) fail "wrong reason" ;;
	esac
	dm_reload pv1 "$(pv_linear 1)"
	[ ! -e /dev/mapper/g-m ] || fail "active all the same"
	varyon varyonvg g
	expect letters AM "$(letters)"
}

case_a_pv_that_cannot_be_written_does_not_stop_a_vg()
{
	pvs_make 3 64
	varyon mkvg -y g -Q n /dev/mapper/pv0 /dev/mapper/pv1 /dev/mapper/pv2
	varyon mklv -y m -c 2 g 16M pv0 pv1
	varyon varyoffvg g
	pvs_here 0 1
	varyon chlv -t paging g/m
	pvs_here 0 1 2
	dmsetup suspend pv2
	dmsetup load pv2 --readonly --table "$(pv_linear 2)"
	dmsetup resume pv2
	varyon varyonvg g 2>said
	grep -q '/dev/mapper/pv2: ' said || fail "said: $(cat said)"
	expect letters MM "$(letters)"
	varyon varyoffvg g
	dm_reload pv2 "$(pv_linear 2)"
	varyon varyonvg g
	varyon varyoffvg g
	varyon varyonvg g 2>said
	expect "told of an up-to-date VG" '' "$(cat said)"
}

case_one_split_copy_of_three_does_not_keep_another_out()
{
	pvs_make 3 64
	varyon mkvg -y g -Q n /dev/mapper/pv0 /dev/mapper/pv1 /dev/mapper/pv2
	varyon mklv -y m -c 3 g 16M
	iotool fill /dev/mapper/g-m 0 32768 5
	varyon varyoffvg g
	# pv2 went on alone, and so did the others; the metadata is agreed on.
	pvs_here 2
	varyon varyonvg g
	iotool fill /dev/mapper/g-m 4096 64 7
	varyon varyoffvg g
	pvs_here 0
	varyon varyonvg g
	iotool fill /dev/mapper/g-m 0 64 6
	pvs_here 0 1 2
	varyon rejoin -f g pv2
	status=0
	varyon varyonvg g >said 2>&1 || status=$?
	expect status 6 "$status"
	grep -q 'split brain' said || fail "said: $(cat said)"
	grep -q 'copy 2 on pv1 is back' said || fail "said: $(cat said)"
	wait_for "copy 2 to be in sync" 60 letters_are MMA
	varyon rejoin -f g/m pv2
	wait_for "copy 3 to be in sync" 60 letters_are MMM
	iotool check /dev/mapper/g-m 0 64 6
	iotool check /dev/mapper/g-m 4096 64 5
}

case_rejoin_while_active()
{
	mirror_vg
	iotool fill /dev/mapper/g-m 0 $SECTORS 5
	sa=$(dmsetup table g-m | awk '{ print $19 }')
	varyon varyoffvg g
	dd if=/dev/zero of=/dev/mapper/pv1 bs=512 seek="$sa" count=16 conv=fsync
	varyon varyonvg g 2>said
	grep -q 'copy 2 on pv1 is left out' said || fail "said: $(cat said)"
	expect letters MA "$(letters)"
	refused varyon rejoin -f g/m pv0
	varyon rejoin -f g/m pv1
	wait_for "the copy to be in sync" 60 letters_are MM
	varyon varyoffvg g
	copies_identical
}

# boot WORD...: one pass, its status in $status
boot()
{
	echo "$*" >cmdline
	status=0
	varyon boot --cmdline cmdline >said 2>&1 || status=$?
}

boot_ends()
{
	boot "$@"
	[ "$status" -ne 10 ]
}

case_boot_passes()
{
	mirror_vg
	varyon varyoffvg g
	rm -rf run
	boot root=/dev/mapper/g-m rd.varyon.vg=g
	expect status 0 "$status"
	[ -b /dev/mapper/g-m ] || fail "no node"
	dmesg | grep -q 'varyon: g/m: active as /dev/mapper/g-m' || fail "not in the kernel log"
	boot root=/dev/mapper/g-m rd.varyon.vg=g
	expect "status of a further pass" 0 "$status"
	expect "times told" 1 "$(grep -c 'active as' run/boot.log)"
	varyon varyoffvg g
	rm -rf run

	pvs_here 1
	boot root=/dev/mapper/g-m rd.varyon.wait=3
	expect "status while waiting" 10 "$status"
	grep -q 'waiting up to 3 s for PV' said || fail "said: $(cat said)"
	wait_for "the end of waiting" 30 boot_ends root=/dev/mapper/g-m rd.varyon.wait=3
	expect "status after waiting" 0 "$status"
	grep -q 'DEGRADED' said || fail "said: $(cat said)"
	expect letters AM "$(letters)"

	# A late PV is taken back by a further pass.
	pvs_here 0 1
	boot root=/dev/mapper/g-m
	expect "status with the late PV" 0 "$status"
	wait_for "the copy to be in sync" 60 letters_are MM
}

# What the running system activates of its own accord: the rest of a VG that the
# initramfs has activated in part, and the VGs on its list. Nothing else.
case_boot_host()
{
	export VARYON_ETC=/tmp/case/etc
	mirror_vg
	varyon mklv -y n g 4M
	expect "lines of the list after mkvg" 1 "$(grep -c '^[0-9a-f]* g$' etc/vgs)"
	varyon varyoffvg g
	varyon chvg -a n g
	expect "lines of the list after chvg -a n" 0 "$(grep -c . etc/vgs)"

	: >cmdline
	varyon boot --host --cmdline cmdline
	[ ! -e /dev/mapper/g-m ] || fail "a VG that is not known was activated"
	boot rd.varyon.lv=g/m
	expect status 0 "$status"
	[ ! -e /dev/mapper/g-n ] || fail "more than the one LV was activated"
	: >cmdline
	varyon boot --host --cmdline cmdline
	[ -b /dev/mapper/g-n ] || fail "the rest of the VG was not activated"
	varyon varyoffvg g

	varyon chvg -a y --name h g
	expect "the list" "$(varyon lsvg --json h | sed -n 's/.*"id": *"\([0-9a-f]*\)".*/\1/p' | head -n 1) h" \
		"$(cat etc/vgs)"
	varyon boot --host --cmdline cmdline
	[ -b /dev/mapper/h-m ] || fail "a VG on the list was not activated"
	varyon varyoffvg h
	echo rd.varyon=0 >cmdline
	varyon boot --host --cmdline cmdline
	[ ! -e /dev/mapper/h-m ] || fail "activated in spite of rd.varyon=0"
}

# What is in use stays when the machine goes down; all else is closed.
case_shutdown_unused()
{
	mirror_vg
	varyon mklv -y n g 4M
	exec 5</dev/mapper/g-n
	varyon shutdown --unused 2>said
	grep -q 'g-m: closed' said || fail "said: $(cat said)"
	expect "lines about what is in use" 0 "$(grep -c 'g-n' said)"
	refused varyon shutdown
	exec 5<&-
	varyon shutdown
	expect devices 2 "$(dmsetup ls | wc -l)"
}

case_no_resync_until_told()
{
	mirror_vg
	varyon varyoffvg g
	pvs_here 0
	varyon varyonvg g
	iotool fill /dev/mapper/g-m 0 64 6
	varyon varyoffvg g
	pvs_here 0 1
	varyon varyonvg -n g
	expect letters MT "$(letters)"
	expect action frozen "$(varyon status --json g | sed -n 's/.*"action": "\(.*\)".*/\1/p')"
	varyon varyonvg g
	wait_for "the copy to be in sync" 60 letters_are MM
}
