#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Adding, taking away and moving copies, spares and attributes, as far as image
# files go: what needs a kernel is in tests/guest/copies-cases.sh.

load commands.bash

# The PVs of the copies of LP 1
places()
{
	lslv -m "$1" | awk '$1 == "0001" { print $3, $5, $7 }' | sed 's/ *$//'
}

@test "mklvcopy: a linear LV becomes a mirror, a mirror gets a third copy" {
	mkvg -y vg -Q n a b c
	mklv -y lin vg 3 b
	run -0 mklvcopy vg/lin 2 c
	assert_equal "$(places vg/lin)" 'b c'
	run -0 mklvcopy vg/lin 3
	assert_equal "$(places vg/lin)" 'b c a'
	# The new ones are to be filled.
	run -0 varyon status --json vg
	assert_equal "$(json '[c["letter"] for c in d[0]["copies"]]')" "['M', 'T', 'T']"
	run -0 varyonvg --dry-run vg
	assert_output --partial 'varyon-mirror'
}

@test "mklvcopy: again is no error; fewer, too many, no room, -k while inactive" {
	make_vg
	run -0 mklvcopy vg/mir 2
	assert_equal "$(places vg/mir)" 'a b'
	refused 2 'neither 2 nor 3' mklvcopy vg/mir 1
	refused 2 'neither 2 nor 3' mklvcopy vg/mir 4
	refused 9 'no PV shared between them' mklvcopy vg/mir 3
	refused 6 'varyonvg vg first' mklvcopy -k vg/lin 2
	assert_equal "$(places vg/lin)" 'b'
	refused 3 'nosuch' mklvcopy vg/lin 2 nosuch
	refused 6 'is not active' mklvcopy --hot 3 vg/mir b
	refused 2 '-e q' mklvcopy -e q vg/lin 2
	run -0 mklvcopy -s n -e x -a e vg/lin 2
	run -0 lslv vg/lin
	assert_line --regexp 'INTER-POLICY: +maximum'
	assert_line --regexp 'INTRA-POLICY: +edge'
}

@test "mklvcopy: fewer copies than there are is rmlvcopy's business" {
	mkvg -y vg -Q n a b c
	mklv -y m -c 3 vg 4
	refused 2 'rmlvcopy takes some away' mklvcopy vg/m 2
}

@test "rmlvcopy: by PV, the last one first, never the only one in sync" {
	mkvg -y vg -Q n a b c
	mklv -y m -c 3 vg 4
	run -0 rmlvcopy vg/m 2 b
	assert_equal "$(places vg/m)" 'a c'
	run -0 rmlvcopy vg/m 1
	assert_equal "$(places vg/m)" 'a'
	run -0 varyon status --json vg
	assert_equal "$(json '[c["letter"] for c in d[0]["copies"]]')" "['M']"
	run -0 mklvcopy vg/m 2 b
	refused 6 'the only one in sync' rmlvcopy vg/m 1 a
	# The one that lacks everything goes first.
	run -0 rmlvcopy vg/m 1
	assert_equal "$(places vg/m)" 'a'
	refused 2 '1 or 2 can stay' rmlvcopy vg/m 3
	refused 2 '1 or 2 can stay' rmlvcopy vg/m
	run -0 rmlvcopy vg/m 2
}

@test "migratepv, migratelp, syncvg: LVs that are not active are refused, nothing changes" {
	make_vg
	local before
	before=$(sha256sum a b)
	refused 6 'varyonvg vg first' migratepv a
	refused 6 'varyonvg vg first' migratelp vg/lin/2 a
	refused 6 'varyonvg vg first' syncvg -l vg/mir
	refused 6 'varyonvg vg first' syncvg -v vg
	refused 3 'nothing' migratepv -l vg/lin a
	refused 3 'nosuch' migratepv nosuch
	refused 3 'has no LP 9' migratelp vg/lin/9 a
	refused 1 'lies on b already' migratelp vg/lin/2/1 b
	refused 2 'is no LP' migratelp vg/lin b
	refused 2 'say what the names are' syncvg vg
	refused 2 'exclude each other' syncvg -l -v vg
	refused 2 '--min is more than --max' syncvg --min 9 --max 3 -l vg/mir
	assert_equal "$(sha256sum a b)" "$before"
}

@test "replacepv: a PV that is gone, while the LV is not active" {
	make_vg
	rmlv -f vg/lin
	local id
	id=$(pvid b)
	mv b away
	export VARYON_DEVICES=$PWD/a:$PWD/c
	run -0 replacepv "$id" c
	run -0 lsvg -p vg
	assert_line --partial 'a '
	assert_line --partial 'c '
	refute_output --partial 'missing'
	assert_equal "$(places vg/mir)" 'a c'
	run -0 varyon status --json vg
	assert_equal "$(json '[c["letter"] for c in d[0]["copies"]]')" "['M', 'T']"
}

@test "replacepv: what only the PV that is gone has is told, nothing changes" {
	make_vg
	local id before
	id=$(pvid b)
	mv b away
	before=$(sha256sum a c)
	refused 4 'vg/lin: its only copy lies on the PV that is gone' replacepv "$id" c
	assert_equal "$(sha256sum a c)" "$before"
}

@test "chpv, chvg: spares, allocation, auto-sync" {
	mkvg -y vg -Q n a b c
	run -0 chpv -h y c
	run -0 lspv c
	assert_line --regexp 'HOT SPARE: +yes'
	mklv -y l vg 4
	refused 9 'free PPs' mklv -y big -c 3 vg 4
	refused 6 '' chpv -h y a
	run -0 chvg -h y -s y vg
	run -0 lsvg vg
	assert_line --regexp 'HOT SPARE: +yes \(one to one\)'
	assert_line --regexp 'AUTO SYNC: +yes'
	run -0 chvg -h r vg
	run -0 lspv c
	assert_line --regexp 'HOT SPARE: +no'
	run -0 chpv -a n c
	run -0 lspv c
	assert_line --regexp 'ALLOCATABLE: +no'
	refused 2 '-h x' chvg -h x vg
	refused 2 'neither y nor n' chpv -a x c
	refused 2 'nothing to change' chpv c
}

@test "chlv --write-mostly" {
	make_vg
	run -0 chlv --write-mostly 2 vg/mir y
	run -0 varyonvg --dry-run vg
	assert_output --partial ' write_mostly:1 '
	run -0 chlv --write-mostly 2 vg/mir n
	run -0 varyonvg --dry-run vg
	refute_output --partial 'write_mostly'
	refused 2 'has no copy 3' chlv --write-mostly 3 vg/mir y
	refused 2 'has no copy 1 of a mirror' chlv --write-mostly 1 vg/lin y
	refused 2 'takes y or n' chlv --write-mostly 2 vg/mir
}

@test "lvmstat: options, and LVs that count nothing" {
	make_vg
	refused 2 'either -l LV or -v VG' lvmstat
	refused 2 'exclude each other' lvmstat -l vg/mir -e -d
	refused 2 'INTERVAL 0' lvmstat -l vg/mir 0
	refused 6 'is not active' lvmstat -l vg/mir
	refused 6 'is not active' lvmstat -l vg/mir -e
	refused 6 'no LV counts requests' lvmstat -v vg
}

@test "lspv --bad-blocks: none known" {
	make_vg
	run -0 lspv --bad-blocks a
	assert_output --partial 'LV NAME'
	run -0 lspv --json --bad-blocks a
	assert_equal "$(json 'd["bad_blocks"]')" '[]'
	refused 2 'needs a PV' lspv --bad-blocks
}
