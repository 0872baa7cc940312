#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# lsvg, lspv, lslv, status: AIX's columns, and JSON that says the same.

load commands.bash

@test "lsvg lists VGs; -o only those that are varied on" {
	make_vg
	run -0 lsvg
	assert_output vg
	run -0 lsvg -o
	assert_output ''
}

@test "lsvg -i: the VGs that standard input names" {
	make_vg
	mkvg -y other c
	run -0 lsvg -i <<<$'other\nvg'
	assert_equal "$(grep -c '^VOLUME GROUP:' <<<"$output")" 2
	assert_line --index 0 --partial other
	run -0 lsvg -l -i <<<vg
	assert_line --partial mir
	run -0 lsvg -i </dev/null
	assert_output ''
	run -2 lsvg -i vg
	run -3 lsvg -i <<<nosuch
}

@test "a VG that cannot be used: lists go on, the status tells" {
	make_vg
	mkvg -y other c
	local image sector
	for image in a b; do
		for sector in 136 2754; do	# the headers of its VGDAs
			dd if=/dev/zero of=$image bs=512 seek=$sector count=1 conv=notrunc status=none
		done
	done
	local command
	for command in 'lsvg' 'varyon status'; do
		# shellcheck disable=SC2086 # split into words on purpose
		run -5 --separate-stderr $command
		# shellcheck disable=SC2086
		run -5 --separate-stderr $command --json
		json 'd' >/dev/null || fail "$command --json: $output"
	done
	run -5 --separate-stderr lsvg
	assert_line other
	run -0 lsvg other
}

@test "a cloned disk is told once by each list" {
	mkvg -y vg a
	cp a b
	local command
	for command in 'lsvg' 'varyon status'; do
		# shellcheck disable=SC2086 # split into words on purpose
		run -6 --separate-stderr $command
		# shellcheck disable=SC2154 # set by run --separate-stderr
		assert_equal "$(grep -c 'both carry PVID' <<<"$stderr")" 1
	done
}

@test "varyonvg --dry-run --json: a record for each line of a table" {
	make_vg
	run -0 --separate-stderr varyonvg --dry-run --json vg
	assert_equal "$(json '[(r["name"], r["target"], r["length"]) for r in d]')" \
		"[('vg-mir', 'varyon-mirror', 16384), ('vg-lin', 'linear', 6144)]"
	run -3 --separate-stderr varyonvg --dry-run --json nosuch
	assert_equal "$(json 'd["error"]')" ERR_NOTFOUND
}

@test "control characters beyond ASCII are escaped in JSON" {
	make_vg
	run -0 chlv -L $'/\xc2\x9b31m\xc2\xa0' mir
	run -0 lslv --json mir
	assert_output --partial '"label": "/\u009b31m'$'\xc2\xa0'
	assert_equal "$(json 'len(d["label"])')" 6
}

@test "lsvg VG: the columns of AIX" {
	make_vg
	local id
	id=$(lsvg --json vg | sed -n 's/.*"id": "\(.*\)".*/\1/p')
	run -0 lsvg vg
	diff - <(echo "${output//$id/ID}") <<-END
	VOLUME GROUP:       vg                       VG IDENTIFIER:  ID
	VG STATE:           inactive                 PP SIZE:        1 megabyte(s)
	VG PERMISSION:      read/write               TOTAL PPs:      $((2 * $(pps))) ($((2 * $(pps))) megabytes)
	MAX LVs:            256                      FREE PPs:       $((2 * $(pps) - 21)) ($((2 * $(pps) - 21)) megabytes)
	LVs:                2                        USED PPs:       21 (21 megabytes)
	OPEN LVs:           0                        QUORUM:         1 (Disabled)
	TOTAL PVs:          2                        VG DESCRIPTORS: 3
	STALE PVs:          0                        STALE PPs:      0
	ACTIVE PVs:         2                        AUTO ON:        yes
	$(printf '%-62s' 'MAX PPs per VG:     32512')
	MAX PPs per PV:     1016                     MAX PVs:        32
	LTG size (Dynamic): 128 kilobyte(s)          AUTO SYNC:      no
	HOT SPARE:          no                       BB POLICY:      relocatable
	PV RESTRICTION:     none                     INFINITE RETRY: no
	END
}

# PPs of a PV of 64 MiB.
pps()
{
	lspv --json a | sed -n 's/.*"total_pps": \([0-9]*\).*/\1/p'
}

@test "lsvg -l: the columns of AIX" {
	make_vg
	run -0 lsvg -l vg
	diff - <(echo "$output") <<-END
	vg:
	LV NAME             TYPE       LPs     PPs     PVs  LV STATE      MOUNT POINT
	mir                 jfs2       8       16      2    closed/syncd  /srv
	lin                 jfs2       3       3       1    closed/syncd  N/A
	END
}

@test "lsvg -p: the columns of AIX, a missing PV by its PVID" {
	make_vg
	local b total
	b=$(pvid b) total=$(pps)
	run -0 lsvg -p vg
	assert_line --index 0 vg:
	assert_line --index 1 'PV_NAME           PV STATE          TOTAL PPs   FREE PPs    FREE DISTRIBUTION'
	assert_line --index 2 --regexp "^a                 varied off        $total          [0-9]+          [0-9]{2}(\.\.[0-9]{2}){4}\$"
	mv b elsewhere
	run -0 --separate-stderr lsvg -p vg
	assert_line --index 3 --regexp "^$b  missing           $total "
}

@test "lspv: PVs of VGs and of none; a disk that is no PV is not listed" {
	make_vg
	mkvg -y gone c
	reducevg -f gone c
	truncate -s 64M blank
	VARYON_DEVICES=$VARYON_DEVICES:$PWD/blank
	run -0 lspv
	diff - <(echo "$output") <<-END
	$(printf '%-16s%-36s%-16s' a "$(pvid a)" vg)
	$(printf '%-16s%-36s%-16s' b "$(pvid b)" vg)
	$(printf '%-16s%-36s%-16s' c "$(pvid c)" None)
	END
}

@test "lspv: a missing PV is listed as missing" {
	make_vg
	local b
	b=$(pvid b)
	mv b elsewhere
	run -0 --separate-stderr lspv
	assert_line "$(printf '%-16s%-36s%-16s%s' - "$b" vg missing)"
}

@test "lspv PV: the columns of AIX" {
	make_vg
	local id vgid total free distribution used
	id=$(pvid a)
	run -0 lspv --json a
	vgid=$(json 'd["vg_id"]') total=$(json 'd["total_pps"]') free=$(json 'd["free_pps"]')
	distribution=$(json '"..".join("%02d" % n for n in d["free_distribution"])')
	used=$(json '"..".join("%02d" % n for n in d["used_distribution"])')
	assert_equal "$free" $((total - 9))
	run -0 lspv a
	diff - <(echo "$output") <<-END
	PHYSICAL VOLUME:    a                        VOLUME GROUP:     vg
	PV IDENTIFIER:      $id VG IDENTIFIER     $vgid
	$(printf '%-63s' 'PV STATE:           varied off')
	STALE PARTITIONS:   0                        ALLOCATABLE:      yes
	PP SIZE:            1 megabyte(s)            LOGICAL VOLUMES:  1
	TOTAL PPs:          $total ($total megabytes)        VG DESCRIPTORS:   2
	FREE PPs:           $free ($free megabytes)        HOT SPARE:        no
	USED PPs:           9 (9 megabytes)          MAX REQUEST:      512 kilobytes
	$(printf '%-63s' "FREE DISTRIBUTION:  $distribution")
	$(printf '%-63s' "USED DISTRIBUTION:  $used")
	$(printf '%-47s' 'MIRROR POOL:        None')
	END
	run -0 lspv "$id"
	assert_line --partial 'PHYSICAL VOLUME:    a '
}

@test "lspv -l: the columns of AIX" {
	make_vg
	run -0 lspv -l a
	assert_line --index 0 a:
	assert_line --index 1 'LV NAME               LPs     PPs     DISTRIBUTION          MOUNT POINT'
	assert_line --index 2 --regexp '^mir                   8       8       [0-9.]{18}    /srv$'
}

@test "lspv -p: every PP once, free runs split at the bands" {
	make_vg
	local total
	total=$(pps)
	run -0 lspv -p a
	assert_line --index 1 'PP RANGE  STATE   REGION        LV NAME             TYPE       MOUNT POINT'
	assert_line --regexp '^ {2}1-[0-9]+ +free    outer edge {35}$'
	assert_line --regexp '^[ 0-9]{3}-[0-9 ]{3}   used    outer middle  mir                 jfs2       /srv$'
	run -0 lspv -p --json a
	assert_equal "$(json 'sum(r["last_pp"] - r["first_pp"] + 1 for r in d["ranges"])')" "$total"
	assert_equal "$(json 'len({r["region"] for r in d["ranges"]})')" 5
}

@test "lslv LV: the columns of AIX" {
	make_vg
	local id
	id=$(lsvg --json vg | sed -n 's/.*"id": "\(.*\)".*/\1/p')
	run -0 lslv mir
	diff - <(echo "$output") <<-END
	LOGICAL VOLUME:     mir                    VOLUME GROUP:   vg
	LV IDENTIFIER:      $id.1 PERMISSION:     read/write
	VG STATE:           inactive               LV STATE:       closed/syncd
	TYPE:               jfs2                   WRITE VERIFY:   off
	MAX LPs:            512                    PP SIZE:        1 megabyte(s)
	COPIES:             2                      SCHED POLICY:   parallel
	LPs:                8                      PPs:            16
	STALE PPs:          0                      BB POLICY:      relocatable
	INTER-POLICY:       minimum                RELOCATABLE:    yes
	INTRA-POLICY:       middle                 UPPER BOUND:    32
	MOUNT POINT:        /srv                   LABEL:          /srv
	MIRROR WRITE CONSISTENCY: on/ACTIVE
	EACH LP COPY ON A SEPARATE PV ?: yes
	Serialize IO ?:     NO
	INFINITE RETRY:     no
	END
}

@test "lslv -l: the columns of AIX" {
	make_vg
	run -0 lslv -l mir
	assert_line --index 0 mir:/srv
	assert_line --index 1 'PV                COPIES        IN BAND       DISTRIBUTION '
	assert_line --index 2 --regexp '^a                 008:000:000   [0-9]+%           ?[0-9:]{19}$'
	assert_equal "${#lines[@]}" 4
}

@test "lslv -m: the columns of AIX, copies of an LP on different PVs" {
	make_vg
	run -0 lslv -m vg/mir
	assert_line --index 1 'LP    PP1  PV1               PP2  PV2               PP3  PV3'
	assert_line --index 2 --regexp '^0001  [0-9]{4} a                 [0-9]{4} b$'
	assert_equal "${#lines[@]}" 10
	run -0 lslv -m --json vg/mir
	assert_equal "$(json 'all(m["pv1"] != m["pv2"] for m in d["map"])')" True
}

@test "status: one line for each LV, one letter for each copy" {
	make_vg
	run -0 varyon status
	diff - <(echo "$output") <<-END
	LV                      STATE     COPIES  STALE BYTES  ACTION          DIRTY ZONES  MISMATCHES  RELOCATED
	vg/mir                  inactive  MM      0            -
	vg/lin                  inactive  -       0            -
	END
}

@test "status: a missing PV is named, its copy is missing" {
	make_vg
	local b
	b=$(pvid b)
	mv b elsewhere
	run -0 --separate-stderr varyon status --json vg
	assert_equal "$(json '[c["state"] for c in d[0]["copies"]]')" "['member', 'missing']"
	assert_equal "$(json 'd[1]["state"]')" refused
	# shellcheck disable=SC2154 # set by run --separate-stderr
	[[ $stderr == *"missing PVs: $b"* ]]
}

@test "every listing as JSON" {
	make_vg
	local command
	for command in 'lsvg' 'lsvg -o' 'lsvg vg' 'lsvg -l vg' 'lsvg -p vg' 'lsvg vg vg' 'lspv' \
		'lspv a' 'lspv -l a' 'lspv -p a' 'lslv mir' 'lslv -l mir' 'lslv -m mir' \
		'varyon status' 'varyon status vg'; do
		# shellcheck disable=SC2086 # split into words on purpose
		run -0 --separate-stderr $command --json
		json 'd' >/dev/null || fail "$command --json: $output"
	done
}

@test "a label with quotes and UTF-8 is escaped in JSON and text" {
	make_vg
	run -0 chlv -L $'/\xc3\xa4 "q" \\' mir
	run -0 lslv --json mir
	assert_equal "$(json 'd["label"]')" $'/\xc3\xa4 "q" \\'
	run -0 lslv mir
	assert_line --partial "LABEL:          /\\xc3\\xa4 \"q\" \\"
}

@test "a name as wide as its column is still followed by a blank" {
	truncate -s 64M sixteen-bytes-pv
	VARYON_DEVICES=$PWD/sixteen-bytes-pv
	mkvg -y vg sixteen-bytes-pv
	run -0 lspv
	assert_output --regexp '^sixteen-bytes-pv [0-9a-f]{16} +vg +$'
}

@test "no reachable copy: lsvg names the missing PVs, the LV is stale" {
	make_vg
	local b
	b=$(pvid b)
	mv b elsewhere
	run -0 --separate-stderr lsvg -l vg
	assert_line --regexp '^mir .* closed/stale '
	assert_line --regexp '^lin .* closed/stale '
	[[ $stderr == *"lsvg: vg: missing PVs: $b"* ]] || fail "$stderr"
	local command
	for command in lsvg 'lsvg vg'; do
		# shellcheck disable=SC2086 # split into words on purpose
		run -0 --separate-stderr $command
		[[ $stderr == *"lsvg: vg: missing PVs: $b"* ]] || fail "$command: $stderr"
	done
	run -0 --separate-stderr lslv lin
	assert_line --regexp 'LV STATE: +closed/stale'
}

@test "lspv with a cloned disk: one warning, the PVID not listed as missing too" {
	mkvg -y vg a
	cp a b
	run -0 --separate-stderr lspv
	assert_equal "$(grep -c "$(pvid a)" <<<"$output")" 2
	refute_output --partial missing
	assert_equal "$(grep -c 'both carry PVID' <<<"$stderr")" 1
}

# stale_figures: STALE BYTES of status, PVs and PPs of lsvg, PPs of lslv and of PV b
stale_figures()
{
	local all
	run -0 --separate-stderr varyon status --json vg
	all="$(json '[l["stale_bytes"] for l in d if l["lv"] == "vg/mir"][0]')"
	run -0 --separate-stderr lsvg --json vg
	all+=" $(json '"%d %d" % (d["stale_pvs"], d["stale_pps"])')"
	run -0 --separate-stderr lslv --json vg/mir
	all+=" $(json 'd["stale_pps"]')"
	run -0 --separate-stderr lspv --json b
	all+=" $(json 'd["stale_pps"]')"
	echo "$all"
}

@test "a copy that was never filled, or is damaged, lacks everything" {
	make_vg
	assert_equal "$(stale_figures)" '0 0 0 0 0'
	damage_sa 2 b
	assert_equal "$(stale_figures)" "$((8 << 20)) 1 8 8 8"
	varyon rejoin -f --even-if-newer vg/mir b
	assert_equal "$(stale_figures)" "$((8 << 20)) 1 8 8 8"
	# The same of one that went missing before anything was copied to it.
	extendvg vg c
	mklvcopy vg/mir 3 c
	assert_equal "$(stale_figures)" "$((16 << 20)) 2 16 16 8"
	mv c elsewhere
	assert_equal "$(stale_figures)" "$((16 << 20)) 2 16 16 8"
}
