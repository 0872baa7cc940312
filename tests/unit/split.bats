#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Split copies, snapshots and split brains, as far as that needs no kernel:
# what the metadata and the tables say, what is refused and why.

load commands.bash

# Three copies of 8 LPs on a, b and c.
three()
{
	mkvg -y vg -Q n a b c
	mklv -y mir -c 3 vg 8
} >&2

# The parameters of an LV's table.
table_of()
{
	varyonvg --dry-run vg | sed -n "s/^vg-$1: [0-9]* [0-9]* varyon-mirror //p"
}

@test "chlvcopy -b: the copy is an LV of its own, with a table that is a side" {
	three
	run -0 chlvcopy -b vg/mir
	assert_output mircopy03
	[[ $(table_of mir) == *' 1 split:2 '* ]]
	[[ $(table_of mircopy03) == *' 1 side '* ]]
	# Each leg has devices in one of the two tables.
	local lv sets=()
	for lv in mir mircopy03; do
		# shellcheck disable=SC2207 # words on purpose
		sets+=("$(table_of $lv | cut -d ' ' -f 7- | tr ' ' '\n' | grep -c "^$PWD/")")
	done
	assert_equal "${sets[*]}" '4 2'
	run -0 lsvg -l vg
	assert_line --regexp '^mircopy03 +jfs2 +8 +8 +1 +closed/syncd'
	assert_line --regexp '^mir +jfs2 +8 +24 +3 +closed/syncd'
	run -0 lslv --json vg/mircopy03
	assert_equal "$(json '(d["split_from"], d["split_copy"], d["permission"], d["lps"])')" \
		"('mir', 3, 'read-only', 8)"
	run -0 lslv -m vg/mircopy03
	assert_line --regexp '^0008 .* c$'
	run -0 varyon status --json vg
	assert_equal "$(json '[[c["letter"] for c in l["copies"]] for l in d]')" \
		"[['M', 'M', 'S'], ['M']]"
	run -0 chlvcopy -B vg/mir
	[[ $(table_of mir) == *' 1 discard:2 '* ]]
	refused 3 'no such LV' lslv vg/mircopy03
}

@test "chlvcopy -b: names, more copies at once, and what is refused" {
	three
	refused 2 'either -b or -B' chlvcopy vg/mir
	refused 2 'either -b or -B' chlvcopy -b -B vg/mir
	refused 2 'go with -b' chlvcopy -B -w vg/mir
	refused 2 'go with -B' chlvcopy -b --restore vg/mir
	refused 2 'one name for each -c' chlvcopy -b -c 2 -c 3 -l x vg/mir
	refused 2 'given twice' chlvcopy -b -c 2 -c 2 vg/mir
	refused 2 'not the number of a copy' chlvcopy -b -c 4 vg/mir
	refused 6 'at most all but one' chlvcopy -b -c 1 -c 2 -c 3 vg/mir
	run -0 chlvcopy -b -w -c 1 -l x -c 3 -l y vg/mir
	assert_output $'x\ny'
	[[ $(table_of mir) == *' 2 split:0 split:2 '* ]]
	refused 6 'split off already' chlvcopy -b -c 1 vg/mir
	refused 6 'at most all but one' chlvcopy -b vg/mir
	refused 2 'is a split copy itself' chlvcopy -b vg/x
	refused 6 'copy 1 is split off; chlvcopy -B' varyon rejoin -f vg/mir a
	refused 6 'split copy of mir' rmlv -f vg/x
	refused 2 'name the one to restore from' chlvcopy -B --restore vg/mir
	refused 3 'is no split copy of vg/mir' chlvcopy -B vg/mir z
	run -0 chlvcopy -B vg/y
	[[ $(table_of mir) == *' 2 split:0 discard:2 '* ]]
}

@test "chlvcopy -B --restore: all but the copy are given up, and no longer in doubt" {
	three
	chlvcopy -b -c 2 -l x vg/mir
	chlvcopy -b -c 3 -l y vg/mir
	run -0 chlvcopy -B --restore vg/x
	[[ $(table_of mir) == *' 2 discard:0 split:2 '* || $(table_of mir) == *' 2 split:2 discard:0 '* ]]
}

@test "a copy that is to be taken back is stale, and what waits for it says so" {
	make_vg
	chlvcopy -b -c 2 -l x vg/mir
	chlvcopy -B --restore vg/x
	run -0 lsvg -l vg
	assert_line --regexp '^mir .* closed/stale '
	run -0 varyon status --json vg
	assert_equal "$(json '[c["letter"] for c in d[0]["copies"]]')" "['T', 'M']"
	refused 6 "'varyonvg vg'" rmlvcopy vg/mir 1 b
	refused 6 "copy 1 is to be taken back and brought up to date from another one first; 'varyonvg vg'" \
		chlvcopy -b -f -c 2 vg/mir
	refused 6 "'varyonvg vg'" chlvcopy -b -f -c 1 vg/mir
	refused 6 "'varyonvg vg'" extendlv vg/mir 1
	# Nothing to attach: the copy to keep is here, but may not be the one that goes.
	refused 4 'copy 2 on b: left out' varyon rejoin -f vg/mir b
	# shellcheck disable=SC2154 # set by run --separate-stderr
	[[ $stderr != *missing* && $stderr != *attach* ]]
	# Whichever copy is to be overwritten can as well be taken away.
	run -0 rmlvcopy vg/mir 1
	run -0 lsvg -l vg
	assert_line --regexp '^mir +jfs2 +8 +8 +1 +closed/syncd'
}

@test "what was to be given up is all that is left: told, and taken back on demand" {
	make_vg
	chlvcopy -b -c 2 -l x vg/mir
	chlvcopy -B --restore vg/x
	mv b elsewhere
	refused 4 'attach the PV with the copy that was chosen to be kept' varyonvg --dry-run vg
	[[ $stderr == *'varyon rejoin --keep VG/LV PV'* ]]
	run -0 varyon rejoin -f --keep vg/mir a
	run -4 varyonvg --dry-run vg
	assert_line --regexp '^vg-mir: 0 16384 varyon-mirror [0-9a-f]{32} 12 22 [0-9] 0 '
}

@test "chlvcopy: a linear LV, a copy that is not in sync" {
	make_vg
	refused 2 'not mirrored' chlvcopy -b vg/lin
	damage_sa 2 b
	varyon rejoin -f --even-if-newer vg/mir b
	refused 1 'not in sync: it holds no moment' chlvcopy -b -c 2 vg/mir
	refused 1 'not in sync: it holds no moment' chlvcopy -b -f -c 2 vg/mir
	refused 6 'at most all but one' chlvcopy -b -f -c 1 vg/mir
}

@test "a split copy alone, and its LV alone" {
	make_vg
	chlvcopy -b -c 2 -l x vg/mir
	mv a elsewhere
	run -4 --separate-stderr varyonvg --dry-run vg
	assert_line --partial 'vg-x: '
	[[ $stderr == *'vg/mir: '* ]]
	mv elsewhere a
	mv b elsewhere
	run -4 --separate-stderr varyonvg --dry-run vg
	assert_line --regexp '^vg-mir: .* 1 split:1 '
	[[ $stderr == *'vg/x: '* ]]
}

@test "splitlvcopy: an LV of its own, one copy at a time" {
	three
	refused 1 'no terminal; use -f' splitlvcopy vg/mir 2 </dev/null
	refused 2 'fewer must be left' splitlvcopy -f vg/mir 3
	refused 2 'one copy at a time' splitlvcopy -f vg/mir 1
	run -0 splitlvcopy -f vg/mir 2 b
	assert_output mir00
	run -0 varyonvg --dry-run vg
	assert_line --regexp "^vg-mir00: 0 16384 linear $PWD/b "
	run -0 lsvg -l vg
	assert_line --regexp '^mir +jfs2 +8 +16 +2 '
	assert_line --regexp '^mir00 +jfs2 +8 +8 +1 '
	rmlv -f vg/mir00
	refused 1 'lies on these PVs alone' splitlvcopy -f vg/mir 1 b
	run -0 splitlvcopy -f -y own vg/mir 1
	run -0 lslv -m vg/own
	assert_line --regexp '^0001 .* c$'
}

@test "splitvg and joinvg: PVs change hands and come back" {
	make_vg
	refused 2 'LV lin has no whole copy' splitvg vg
	rmlv -f vg/lin
	run -0 splitvg -p s_ vg
	assert_output vgsnap
	run -0 lsvg
	assert_output $'vg\nvgsnap'
	run -0 varyonvg --dry-run vgsnap
	assert_line --regexp '^vgsnap-s_mir: .* 1 side '
	run -0 --separate-stderr varyonvg --dry-run vg
	assert_line --regexp '^vg-mir: .* 1 split:1 '
	assert_equal "$stderr" ''
	run -0 lsvg -p vg
	assert_line --regexp "^$(pvid b) +split \(vgsnap\) +60 "
	run -0 --separate-stderr lsvg --json -p vg
	assert_equal "$(json '[(p["state"], p["snapshot"]) for p in d["pvs"]]')" \
		"[('varied off', ''), ('split', 'vgsnap')]"
	# A PV that is free comes and goes.
	extendvg vg c
	run -0 reducevg vg c
	refused 6 'is split already' splitvg vg
	refused 1 'no terminal; use -f' joinvg vg </dev/null
	mv b elsewhere
	run -0 lsvg -p vg
	assert_line --regexp "^$(pvid elsewhere) +split +60 "
	refused 3 'is missing; attach it' joinvg -f vg
	mv elsewhere b
	run -0 joinvg -f vgsnap
	run -0 lsvg
	assert_output vg
	[[ $(table_of mir) == *' 1 discard:1 '* ]]
	refused 6 'has no snapshot' joinvg -f vg
}

@test "boot: rd.varyon.prefer is a PVID, and settles metadata that went on separately" {
	make_vg
	mv b elsewhere
	mklv -y onlya vg 1
	mv elsewhere b
	mv a elsewhere
	mklv -y onlyb vg 1
	mv elsewhere a
	echo "rd.varyon.lv=vg/mir rd.varyon.prefer=b" >cmdline
	run -6 varyon boot --dry-run --cmdline cmdline
	assert_line --partial 'rd.varyon.prefer=b: not a PVID'
	echo "rd.varyon.lv=vg/mir rd.varyon.prefer=$(pvid b)" >cmdline
	run -6 varyon boot --dry-run --cmdline cmdline
	assert_line --partial "the side of PV $(pvid b) would be kept"
	refused 1 'no terminal; use -f' varyon rejoin --keep vg b </dev/null
	run -0 varyon rejoin -f --keep vg b
	run -0 lsvg -l vg
	assert_line --partial onlyb
	refute_line --partial onlya
	refused 1 'nothing to give up' varyon rejoin -f --keep vg/mir b
}

# missing IMAGE: it is not attached from now on
missing()
{
	mkdir -p elsewhere
	mv "$1" elsewhere/
}

@test "splitvg: the last whole copy of an LV stays, whichever is to leave" {
	mkvg -y vg a b
	mklv -y home vg 8 a
	mklvcopy vg/home 2 b
	refused 1 'copy 2 is not in sync; wait for it' splitvg vg
	refused 1 'copy 2, which stays, is not in sync' splitvg -c 1 vg
	refused 6 'no copy in sync would stay' splitvg -f -c 1 vg
	run -0 lsvg
	assert_output vg
	rmlvcopy vg/home 1 b
	rmlv -f vg/home
	mklv -y mir -c 2 vg 8
	damage_sa 2 b
	refused 1 'which stays, is not in sync' splitvg -c 1 vg
	refused 6 'no copy in sync would stay' splitvg -f -c 1 vg
	missing b
	refused 1 'which stays, is not in sync' splitvg -c 1 vg
	refused 6 'no copy in sync would stay' splitvg -f -c 1 vg
}

@test "splitvg: of three copies, one that is split off and one that waits do not count" {
	mkvg -y vg a b c
	mklv -y mir -c 2 vg 8 a b
	mklvcopy vg/mir 3 c
	refused 1 'copy 3, which stays, is not in sync' splitvg -c 2 vg
	chlvcopy -b -f -c 2 vg/mir
	refused 1 'copy 3, which stays, is not in sync' splitvg -c 1 vg
	refused 6 'no copy in sync would stay' splitvg -f -c 1 vg
	chlvcopy -B vg/mir
}

@test "splitvg -f: one that stays waits, but another whole one stays, too" {
	mkvg -y vg a b c
	mklv -y mir -c 2 vg 8 a b
	mklvcopy vg/mir 3 c
	run -0 splitvg -f -c 2 vg
	assert_output vgsnap
}

@test "chlvcopy -B: the only good copy is not given up, the volume can get what it holds" {
	make_vg
	chlvcopy -b -c 2 -l x vg/mir
	missing a
	refused 4 'copy 1 on' chlvcopy -B vg/mir
	[[ $stderr == *"missing"*"chlvcopy -B --restore vg/x"* ]]
	refused 4 'chlvcopy -B --restore vg/x' chlvcopy -B -f vg/x
	run -0 lslv vg/x
	run -0 chlvcopy -B --restore vg/x
	run -0 --separate-stderr varyonvg --dry-run vg
	assert_line --partial "vg-mir: "
}

@test "chlvcopy -B: a copy that only waits to be resynced is none of the volume" {
	mkvg -y vg -Q n a b c
	mklv -y mir -c 2 vg 8 a b
	mklvcopy vg/mir 3 c
	chlvcopy -b -f -c 2 -l x vg/mir
	missing a
	refused 4 'waits to be resynced' chlvcopy -B vg/mir
	[[ $stderr == *"chlvcopy -B --restore vg/x"* ]]
	# Neither is of use: nothing is lost with it.
	missing b
	refused 4 'with -f it is given up' chlvcopy -B vg/mir
	run -0 chlvcopy -B -f vg/mir
}

@test "joinvg: the snapshot is not given up for an LV without a copy of its own" {
	mkvg -y vg a b c
	mklv -y one -c 2 vg 8 a b
	mklv -y two -c 2 vg 8 c b
	splitvg -c 2 vg
	missing c
	refused 4 'vg/two: ' joinvg -f vg
	[[ $stderr == *'what its snapshot holds is not given up'*missing* ]]
	run -0 --separate-stderr lsvg
	assert_output $'vg\nvgsnap'
	mv elsewhere/c .
	run -0 joinvg -f vg
}

@test "extendlv: not while the only copy, or a part of it, is away" {
	mkvg -y vg a b c
	mklv -y lin vg 8 b
	local id
	id=$(pvid b)
	missing b
	refused 3 "$id" extendlv vg/lin 2
	[[ $stderr == *'is missing; attach it'* ]]
	mv elsewhere/b .
	run -0 extendlv vg/lin 2 c
	missing c
	refused 3 'is missing; attach it' extendlv vg/lin 2 b
	run -0 --separate-stderr lslv --json vg/lin
	assert_equal "$(json 'd["lps"]')" 10
}

# A VG whose mirror's second copy is in a snapshot that is not here any more.
lost_snapshot()
{
	mkvg -y vg -Q n a b
	mklv -y mir -c 2 vg 8
	splitvg vg
	missing b
} >&2

@test "joinvg --lost: the way out when the snapshot does not come back" {
	lost_snapshot
	for refused in 'joinvg -f vg' 'rmlv -f vg/mir' \
		"reducevg vg $(pvid elsewhere/b)" "replacepv $(pvid elsewhere/b) c"; do
		# shellcheck disable=SC2086 # words on purpose
		run ! $refused
		assert_output --partial 'joinvg --lost'
	done
	refused 1 'no terminal; use -f' joinvg --lost vg </dev/null
	mv elsewhere/b .
	refused 6 'PVs of its snapshot vgsnap are here' joinvg -f --lost vg
	missing b
	run -0 joinvg -f --lost vg
	refused 6 'has no snapshot' joinvg -f --lost vg
	run -0 --separate-stderr varyonvg --dry-run vg
	assert_line --regexp '^vg-mir: '
	refute_line --partial 'split:'
	run -0 lsvg -p vg
	assert_line --regexp "^$(pvid elsewhere/b) +missing "
	# As of any PV that failed.
	run -0 rmlvcopy vg/mir 1
	run -0 reducevg vg "$(pvid elsewhere/b)"
	run -0 --separate-stderr lsvg -p vg
	refute_output --partial missing
	# What turns up again is another VG.
	mv elsewhere/b .
	refused 6 'does not expect it back' joinvg -f vgsnap
	refused 6 'has no snapshot' joinvg -f vg
	run -0 --separate-stderr lsvg
	assert_output $'vg\nvgsnap'
	run -0 --separate-stderr varyonvg --dry-run vgsnap
	assert_line --regexp '^vgsnap-mir: .* 1 side '
}

@test "joinvg --lost: the lost PV is replaced by another one" {
	lost_snapshot
	run -0 joinvg -f --lost vg
	run -0 replacepv "$(pvid elsewhere/b)" c
	run -0 lsvg -p vg
	refute_output --partial missing
	mv elsewhere/b .
	run -0 varyonvg --dry-run vg
	assert_line --regexp "^vg-mir: .*$PWD/c"
	refused 6 'does not expect it back' joinvg -f vgsnap
}

@test "joinvg --lost: not when what is left has no quorum then" {
	truncate -s 64M d
	VARYON_DEVICES+=:$PWD/d
	mkvg -y vg a b c d
	mklv -y mir -c 2 vg 8 a b
	mklv -y two -c 2 vg 8 c d
	splitvg -c 2 vg
	missing b
	missing d
	refused 4 'chvg -Q n vg' joinvg -f --lost vg
	chvg -Q n vg
	run -0 joinvg -f --lost vg
	run -0 rmlvcopy vg/two 1
}
