#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# RAID5 as the commands show and change it, as far as image files go.

load commands.bash

# A VG "vg" on a to d with an LV "r5" of 6 LPs over three of them.
make_r5()
{
	truncate -s 64M d
	export VARYON_DEVICES=$VARYON_DEVICES:$PWD/d
	mkvg -y vg -Q n a b c d
	mklv -y r5 -t raid5 vg 6 a b c
} >&2

# Only these images are there.
only()
{
	local list=
	for image; do
		list=${list:+$list:}$PWD/$image
	done
	export VARYON_DEVICES=$list
}

@test "mklv -t raid5: a column on each PV that is named, 64K chunks" {
	make_r5
	run -0 lslv vg/r5
	assert_line --regexp '^LPs: +6 +PPs: +9$'
	assert_line --regexp '^COPIES: +1 '
	assert_line --regexp '^STRIPE WIDTH: +3 +STRIPE SIZE: +64K$'
	run -0 lslv --json vg/r5
	assert_equal "$(json '[d[k] for k in ("redundancy", "lps", "pps", "copies", "columns", "chunk_bytes", "size_bytes")]')" \
		"['raid5', 6, 9, 1, 3, 65536, 6291456]"
	run -0 lsvg -l vg
	assert_line --regexp '^r5 +raid5 +6 +9 +3 '
}

@test "mklv --log and chlv --log: when there is a row log" {
	make_r5
	run -0 lslv vg/r5
	assert_line --regexp '^ROW LOG: +degraded'
	run -0 chlv --log always vg/r5
	run -0 lslv --json vg/r5
	assert_equal "$(json 'd["row_log"]')" always
	mklv -y quick -t raid5 --log off vg 3 a b c >&2
	run -0 lslv vg/quick
	assert_line --regexp '^ROW LOG: +off'
	chlv --log degraded vg/r5
	run -0 lslv --json vg/r5
	assert_equal "$(json 'd["row_log"]')" degraded
	refused 2 'not degraded, always or off' chlv --log on vg/r5
	refused 2 'are of RAID5' mklv --log always vg 3
	mklv -y lin vg 3 >&2
	refused 2 'has no row log' chlv --log always vg/lin
	run -0 lslv --json vg/lin
	assert_equal "$(json 'd["row_log"]')" ''
}

@test "lslv -m: which PPs the LPs and their parity are on" {
	make_r5
	run -0 lslv -m vg/r5
	assert_line --partial 'parity in turn on each of the 3 columns, chunk by chunk of 64K'
	assert_line --regexp '^0001-0002 +[0-9]{4} +a +[0-9]{4} +b +[0-9]{4} +c$'
	assert_line --regexp '^0005-0006 '
	refute_line --regexp '^0007'
}

@test "mklv -t raid5: width and chunk; the size is rounded up to whole rows" {
	make_r5
	run -0 mklv -y wide -t raid5 -u 4 --chunk 256K vg 4
	run -0 lslv --json vg/wide
	assert_equal "$(json '[d[k] for k in ("lps", "pps", "columns", "chunk_bytes")]')" \
		'[6, 8, 4, 262144]'
	# All PVs, when none are named.
	run -0 mklv -y all -t raid5 vg 3
	run -0 lslv --json vg/all
	assert_equal "$(json 'd["columns"]')" 4
}

@test "mklv -t raid5: what cannot be is refused, and nothing is made" {
	make_r5
	refused 2 'not 3 to 8' mklv -y x -t raid5 -u 2 vg 4
	refused 2 'not 3 to 8' mklv -y x -t raid5 -u 9 vg 4
	refused 2 'one copy' mklv -y x -t raid5 -c 2 vg 4
	refused 2 'power of two' mklv -y x -t raid5 --chunk 96K vg 4
	refused 2 'power of two' mklv -y x -t raid5 --chunk 8K vg 4
	refused 2 'of RAID5' mklv -y x -u 3 vg 4
	refused 9 'free PPs for each of 5 columns' mklv -y x -t raid5 -u 5 vg 4
	refused 9 'free PPs for each of 3 columns' mklv -y x -t raid5 -u 3 vg 4 a b
	run -0 lsvg -l vg
	refute_output --partial 'x '
}

@test "what copies are for is refused for RAID5, with a word of what is not" {
	make_r5
	refused 2 'RAID5' mklvcopy vg/r5 2
	refused 2 'RAID5' rmlvcopy vg/r5 1
	refused 2 'not mirrored' splitlvcopy -y half vg/r5 1
	refused 2 'not mirrored' chlvcopy -b vg/r5
	refused 6 'varyonvg vg first' migratepv a d
	refused 2 'no single LP' migratelp vg/r5/1 d
}

@test "varyonvg: the table of RAID5, whole and with a column missing" {
	make_r5
	run -0 varyonvg --dry-run vg
	assert_line --regexp "^vg-r5: 0 12288 varyon-raid5 [0-9a-f]{32} 12 22 3 1 chunk:128( [0-9a-f]{32} $PWD/[abc] [0-9]+ $PWD/[abc] [0-9]+ [0-9]+){3}\$"
	only a c d
	run -0 varyonvg --dry-run vg
	assert_line --regexp "varyon-raid5 .* chunk:128 [0-9a-f]{32} $PWD/a .* [0-9a-f]{32} - 0 - 0 0 [0-9a-f]{32} $PWD/c"
}

@test "varyonvg: with two columns missing it is refused, and told why" {
	make_r5
	only a d
	refused 4 'more than one leg of a RAID5 is missing' varyonvg --dry-run vg
	refused 4 'attach' varyonvg --dry-run vg
}

@test "replacepv: a column of a PV that is gone is made anew on another" {
	make_r5
	local gone
	gone=$(pvid b)
	only a c d
	run -0 replacepv "$gone" d
	run -0 lslv -m vg/r5
	assert_line --regexp '^0001-0002 +[0-9]{4} +a +[0-9]{4} +d +[0-9]{4} +c$'
	run -0 varyon status --json vg
	assert_equal "$(json '[c["letter"] for c in d[0]["copies"]]')" "['M', 'T', 'M']"
}

@test "extendlv: by whole rows" {
	make_r5
	run -0 extendlv vg/r5 3
	run -0 lslv --json vg/r5
	assert_equal "$(json '[d[k] for k in ("lps", "pps")]')" '[10, 15]'
}

@test "rmlv: all columns and their status areas are free again" {
	make_r5
	run -0 rmlv -f vg/r5
	run -0 lsvg --json vg
	assert_equal "$(json 'd["free_pps"] == d["total_pps"]')" True
}

@test "varyonvg --rescue: md's RAID5 over the columns, one of them may be missing" {
	make_r5
	run -0 varyonvg --rescue --dry-run vg
	assert_line --regexp "^vg-r5-leg1: 0 6144 linear $PWD/b [0-9]+\$"
	assert_line "vg-r5: 0 12288 raid raid5_ls 2 128 nosync 3 - vg-r5-leg0 - vg-r5-leg1 - vg-r5-leg2"
	only a c d
	run -0 varyonvg -f --rescue --dry-run vg
	assert_line "vg-r5: 0 12288 raid raid5_ls 2 128 nosync 3 - vg-r5-leg0 - - - vg-r5-leg2"
	only a d
	run -4 varyonvg -f --rescue --dirty-degraded --dry-run vg
}
