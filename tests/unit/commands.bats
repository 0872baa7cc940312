#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# The commands that change something, on image files; options and exit codes.

load commands.bash

@test "every command has -h and --help, which list the same options" {
	local command
	for command in $(varyon --links) 'varyon boot' 'varyon status' 'varyon rejoin'; do
		# shellcheck disable=SC2086 # split into words on purpose
		run -0 $command --help
		assert_line --index 0 --partial "Usage: $command"
		local long=$output
		# AIX has -h for hot spares there.
		[[ $command != ch[pv]? ]] || continue
		# shellcheck disable=SC2086
		run -0 $command -h
		assert_equal "$output" "$long"
	done
}

@test "varyon VERB is the same as the link; unknown verbs are refused" {
	run -0 varyon --version
	assert_output --regexp '^varyon [0-9]+\.[0-9]+'
	run -0 varyon lsvg
	refused 2 "unknown verb 'nonsense'" varyon nonsense
	refused 2 'missing verb' varyon
	refused 2 'unknown verb' varyon $'\e[31m'
	# shellcheck disable=SC2154 # set by run --separate-stderr
	[[ $stderr == *'\x1b[31m'* ]]
}

@test "wrong options: status 2, the option named, --help pointed to" {
	refused 2 "unknown option '-z'; see lsvg --help" lsvg -z
	refused 2 "wrong option '--nonsense'" lsvg --nonsense
	refused 2 'needs an argument' mkvg -y
	refused 2 'missing operand PV; see' mkvg
	refused 2 'missing operand SIZE; see' mklv vg
	refused 2 'missing operand LV|VG/LV; see' lslv
	refused 2 "unexpected operand 'y'" lslv x y
	refused 2 'exclude each other' lsvg -l -p vg
	refused 2 '-l needs a VG' lsvg -l
	refused 2 '-c 4' mklv -c 4 vg 1
	refused 2 '-s 3' mkvg -s 3 a
	refused 2 'nothing to change' chvg vg
	refused 2 'nothing to change' chlv lv
}

@test "what does not exist: status 3" {
	make_vg
	refused 3 nosuch lsvg nosuch
	refused 3 nosuch lslv nosuch
	refused 3 nosuch lspv nosuch
	refused 3 nosuch mklv nosuch 1
	refused 3 nosuch mklv vg 1 nosuch
	refused 3 nosuch rmlv -f vg/nosuch
	refused 3 nosuch varyonvg nosuch
}

@test "errors under --json: the code's name on stdout" {
	run -3 --separate-stderr lsvg --json nosuch
	assert_equal "$(json 'd["error"]')" ERR_NOTFOUND
	assert_equal "$(json 'd["status"]')" 3
	local command
	for command in 'lsvg --json --bogus' 'lslv --json' 'lsvg -l --json' 'mkvg -s 3 --json a'; do
		# shellcheck disable=SC2086 # split into words on purpose
		run -2 --separate-stderr $command
		assert_equal "$(json 'd["error"], d["status"]')" "('ERR_USAGE', 2)"
	done
	run -2 --separate-stderr lsvg -l
	assert_output ''
	run -2 --separate-stderr chvg --json vg
	assert_output ''
}

@test "mkvg: prints the name; names are vg00, vg01 when none is given" {
	run -0 mkvg a
	assert_output vg00
	run -0 mkvg --json b
	assert_equal "$(json 'd["name"]')" vg01
	refused 6 'a VG of this name exists' mkvg -y vg00 c
}

@test "mkvg -s, -n, -Q" {
	run -0 mkvg -y vg -s 4 -n -Q y a b
	run -0 lsvg vg
	assert_line --regexp 'PP SIZE: +4 megabyte'
	assert_line --regexp 'AUTO ON: +no'
	assert_line --regexp 'QUORUM: +2 \(Enabled\)'
}

@test "mkvg: quorum on for three PVs, off for two" {
	run -0 mkvg -y vg a b c
	run -0 lsvg vg
	assert_line --regexp 'QUORUM: +2 \(Enabled\)'
	assert_line --regexp 'VG DESCRIPTORS: 3'
}

@test "mkvg: a device in use is refused and untouched, -f takes it" {
	mkfs.ext4 -q c
	local before
	before=$(sha256sum c)
	run ! mkvg -y vg c
	assert_equal "$(sha256sum c)" "$before"
	run -0 mkvg -f -y vg c
	run ! mkvg -y other c
	run -0 lsvg
	assert_output vg
}

@test "mkvg, extendvg: a device named twice, a PV of a VG that is varied on" {
	refused 2 'are one device' mkvg a ./a
	mkvg -y vg a
	mkdir -p run
	touch "run/vg-$(lsvg --json | sed -n 's/.*"id": "\(.*\)",/\1/p')"
	refused 6 'varied on' mkvg -f b a
	mkvg -y other b
	refused 6 'varied on' extendvg -f other a
	refused 3 'nosuch: No such file or directory; name a device' mkvg nosuch
}

@test "mkvg: names that no device name can be made of" {
	local name
	for name in '' a/b 'a b' $'a\nb' -a .a "$(printf 'x%.0s' {1..64})"; do
		run ! mkvg -y"$name" a
	done
	run -0 lsvg
	assert_output ''
}

@test "mkvg --aix: another reader calls it AIX; it is never written" {
	run -0 --separate-stderr mkvg --aix -y vg a
	assert_output vg
	[[ $stderr == *"found by its VGID: $(lsvg)"* ]] || fail "$stderr"
	run -0 /sbin/blkid -p -o value -s PTTYPE a
	assert_output aix
	local id
	id=$(lsvg)
	run -0 lsvg "$id"
	assert_line --partial 'read-only'
	local before
	before=$(sha256sum a)
	refused 1 'read-only' mklv "$id" 1
	refused 1 'read-only' chvg -a n "$id"
	refused 1 'read-only' extendvg "$id" b
	assert_equal "$(sha256sum a)" "$before"
}

@test "mklv: sizes in LPs and bytes, rounded up" {
	mkvg -y vg a b
	run -0 mklv -y one vg 3
	assert_output one
	run -0 mklv -y two vg 2500K
	run -0 mklv --json vg 2m
	assert_equal "$(json 'd["name"], d["lps"]')" "('lv00', 2)"
	run -0 lsvg -l vg
	assert_line --regexp '^one .* 3       3 '
	assert_line --regexp '^two .* 3       3 '
	local size
	for size in 0 -1 1X 1.5G '' K 99999999999999999999 18446744073709551615T; do
		run -2 mklv -- vg "$size"
	done
}

@test "mklv: options are kept" {
	mkvg -y vg a b c
	run -0 mklv -y lv -c 3 -t boot -L label -e x -a c -x 600 vg 2
	run -0 lslv lv
	assert_line --regexp '^TYPE: +boot '
	assert_line --regexp 'LABEL: +label$'
	assert_line --regexp '^INTER-POLICY: +maximum '
	assert_line --regexp '^INTRA-POLICY: +center '
	assert_line --regexp '^MAX LPs: +600 '
	assert_line --regexp '^COPIES: +3 '
}

@test "mklv: no room, no third PV for a third copy: status 9, nothing changed" {
	make_vg
	local before
	before=$(sha256sum a b)
	refused 9 '' mklv vg 10000
	refused 9 '' mklv -c 3 vg 1
	assert_equal "$(sha256sum a b)" "$before"
}

@test "mklv: what is wrong with -x, and that a missing PV has no room" {
	make_vg
	refused 2 'vg/new: -x 5 is less than its size of 10 LPs' mklv -y new -x 5 vg 10
	local b
	b=$(pvid b)
	mv b elsewhere
	refused 9 "not counting missing PVs: $b" mklv -c 2 vg 1
	refused 3 "name one that is missing by its PVID: $b" reducevg vg b.img
}

@test "mklv -s: s is what y does here" {
	make_vg
	run -0 mklv -y strict -s s -c 2 vg 1
	run -0 lslv strict
	assert_line 'EACH LP COPY ON A SEPARATE PV ?: yes'
	refused 2 'not y, n or s' mklv -s x vg 1
}

@test "mklv: a name that is taken or no name" {
	make_vg
	run ! mklv -y mir vg 1
	run ! mklv -y a/b vg 1
	run ! mklv -y $'a\tb' vg 1
	run ! mklv -y .varyon vg 1
}

@test "extendlv: larger by LPs on given PVs; the mirror grows in all copies" {
	make_vg
	run -0 extendlv lin 2M b
	run -0 extendlv vg/mir 4
	run -0 lsvg -l vg
	assert_line --regexp '^lin .* 5       5 '
	assert_line --regexp '^mir .* 12      24 '
	run -0 varyon status
	assert_line --regexp '^vg/mir +inactive  MM '
}

@test "rmlv: asks on a terminal only, else wants -f" {
	make_vg
	refused 1 'no terminal; use -f' rmlv mir </dev/null
	run -0 rmlv -f mir lin
	run -0 lsvg -l vg
	assert_equal "${#lines[@]}" 2
}

@test "nothing is locked while a question is open" {
	make_vg
	mkvg -y other c
	local command
	for command in 'rmlv vg/mir' 'reducevg other c'; do
		# Whoever wants these locks now waits for ten seconds.
		# shellcheck disable=SC2086 # split into words on purpose
		run -1 timeout 5 flock a flock b flock c $command </dev/null
		assert_output --partial 'no terminal; use -f'
	done
}

@test "a change that could not be written to a PV says so" {
	make_vg
	run -0 --separate-stderr write_protected b chlv -t paging mir
	[[ $stderr == *'its VGDA is out of date now'* ]] || fail "$stderr"
}

@test "chlv: name, permission, type, label, limit" {
	make_vg
	run -0 chlv -n new -p r -t paging -L /new -x 700 mir
	run -0 lslv new
	assert_line --regexp 'PERMISSION: +read-only'
	assert_line --regexp '^TYPE: +paging '
	assert_line --regexp '^MOUNT POINT: +/new '
	assert_line --regexp '^MAX LPs: +700 '
	refused 2 'more than -x 2' chlv -x 2 new
	refused 2 'control character' chlv -L $'a\nb' new
	run ! chlv -n lin new
}

@test "chvg: attributes and name" {
	make_vg
	run -0 chvg -a n -Q y --name other vg
	run -0 lsvg other
	assert_line --regexp 'AUTO ON: +no'
	assert_line --regexp 'QUORUM: +2 \(Enabled\)'
	refused 2 'no name for a VG' chvg --name a/b other
	mkvg -y third c
	refused 6 'exists' chvg --name third other
}

@test "chvg: without a quorum quorum checking stays, except with -f" {
	make_vg
	chvg -Q y vg
	mv a elsewhere
	refused 4 '1 of 3 VGDAs are here' chvg -Q n vg
	refused 4 '1 of 3 VGDAs are here' chvg -a n vg
	run -0 chvg -f -Q n vg
	run -0 lsvg vg
	assert_line --regexp 'QUORUM: +1 \(Disabled\)'
}

@test "a VG that was changed on two sides: refused, rejoin gives one side up" {
	make_vg
	mv b elsewhere
	mklv -y onlya vg 1
	mv elsewhere b
	mv a elsewhere
	mklv -y onlyb vg 1
	mv elsewhere a
	local before
	before=$(sha256sum a b)
	refused 6 'varyon rejoin -f vg' lsvg vg
	refused 6 'varyon rejoin -f vg' chvg -a n vg
	refused 1 'no terminal; use -f' varyon rejoin vg b </dev/null
	refused 3 'nosuch' varyon rejoin -f vg nosuch
	assert_equal "$(sha256sum a b)" "$before"
	run -0 varyon rejoin -f vg b
	run -0 lsvg -l vg
	assert_line --regexp '^onlya '
	refute_line --regexp '^onlyb '
	refused 1 'nothing to give up' varyon rejoin -f vg b
}

@test "extendvg and reducevg: VGDA copies 2+1, 1+1+1 and back" {
	make_vg
	run -0 extendvg vg c
	run -0 lsvg vg
	assert_line --regexp 'VG DESCRIPTORS: 3'
	run -0 lspv a
	assert_line --regexp 'VG DESCRIPTORS:   1'
	run -0 reducevg vg c
	run -0 lspv a
	assert_line --regexp 'VG DESCRIPTORS:   2'
	refused 6 lin reducevg vg b
	run -0 lsvg -p vg
	assert_equal "${#lines[@]}" 4
}

@test "reducevg: with the last PV the VG goes, when told so" {
	mkvg -y vg a b
	refused 1 'no terminal; use -f' reducevg vg a b </dev/null
	run -0 lsvg -p vg
	assert_equal "${#lines[@]}" 4
	run -0 reducevg -f vg a b
	run -0 lsvg
	assert_output ''
}

@test "a PV by another way to the same file" {
	make_vg
	ln -s "$PWD/b" by-id-b
	local name
	for name in ./b by-id-b "$PWD/../${PWD##*/}/b"; do
		run -0 lspv "$name"
		assert_line --partial "$(pvid b)"
	done
	run -3 lspv ./c
	run -3 lspv nosuch
	# What it holds is to be moved away before it goes.
	run -6 reducevg vg ./b
	assert_output --partial migratepv
}

@test "reducevg: not while there are LVs" {
	make_vg
	refused 6 'rmlv them first' reducevg -f vg a b
}

@test "two VGs of one name: named by VGID only" {
	mkvg -y vg a
	cp a saved
	rm a && truncate -s 64M a
	mkvg -y vg b
	mv saved a
	refused 6 '' lsvg vg
	run -0 lspv --json b
	run -0 lsvg "$(json 'd["vg_id"]')"
}

@test "extendvg: a PV of the VG itself is told so at once, untouched" {
	mkvg -y vg a b
	local before
	before=$(sha256sum a b)
	refused 6 'a: already a PV of VG vg' timeout 5 varyon extendvg vg a
	refused 6 'b: already a PV of VG vg' timeout 5 varyon extendvg -f vg ./b
	assert_equal "$(sha256sum a b)" "$before"
}

# Without the right of root to write to what the mode of a file protects.
plain_user()
{
	if [ "$(id -u)" = 0 ]; then
		setpriv --bounding-set=-dac_override "$@"
	else
		"$@"
	fi
}

@test "without the permission to write nothing is changed, and that is said" {
	make_vg
	chmod 444 a b
	local before
	before=$(sha256sum a b)
	refused 1 'no permission to write (run as root); nothing was changed' \
		plain_user mklv vg 3
	[[ $stderr != *'out of date'* ]] || fail "$stderr"
	chmod 644 a b
	chvg -Q y vg
	chmod 444 a
	before=$(sha256sum a b)
	refused 1 'a: no permission to write (run as root); nothing' plain_user mklv vg 3
	assert_equal "$(sha256sum a b)" "$before"
}

@test "an option without its argument, a wrong one behind an operand: it is named" {
	refused 2 "option '-Q' (--quorum) needs an argument" mkvg a -Q
	refused 2 "option '-c' (--copies) needs an argument" mklv vg 3 -c
	refused 2 "option '-y' (--name) needs an argument" mkvg -y
	refused 2 "option '--name' needs an argument" chvg vg --name
	refused 2 "wrong option '--bogus'" mkvg a --bogus
}

@test "an LV by its device name; what is no name of an LV is told" {
	mkvg -y my-vg a
	mklv -y the-lv my-vg 1
	local name
	for name in /dev/mapper/my--vg-the--lv /dev/my-vg/the-lv my-vg/the-lv; do
		run -0 lslv "$name"
		assert_line --regexp '^LOGICAL VOLUME: +the-lv '
	done
	refused 3 '/dev/mapper/my--vg-no: no such LV' lslv /dev/mapper/my--vg-no
	for name in /x /dev/sda1 /dev/mapper/plain a/b/c / my-vg/ /the-lv ''; do
		refused 2 "'$name' is no LV: give it as VG/LV" lslv "$name"
		refused 2 "'$name' is no LV: give it as VG/LV" rmlv -f "$name"
	done
	refused 2 'the name of a VG is empty' lsvg ''
	refused 2 'the name of a VG is empty' varyon rejoin -f '' a
	refused 2 'the name of a PV is empty' lspv ''
	refused 2 'the name of a device is empty' mkvg -y new ''
	refused 2 'the name of a device is empty' extendvg my-vg ''
	run -0 rmlv -f /dev/mapper/my--vg-the--lv
}

@test "VARYON_DEVICES: what does not exist is told once" {
	export VARYON_DEVICES=$PWD/a:$PWD/nosuch:$PWD/b
	run -0 --separate-stderr mkvg -y vg a b
	assert_equal "$(grep -c nosuch <<<"$stderr")" 1
	[[ $stderr == "varyon: VARYON_DEVICES: $PWD/nosuch: No such file or directory" ]] ||
		fail "$stderr"
}

@test "rmlv: all names are checked before any LV is removed" {
	make_vg
	local before
	before=$(sha256sum a b)
	refused 3 'vg/nosuch: no such LV' rmlv -f vg/mir vg/nosuch
	refused 2 'vg/lin is named twice' rmlv -f vg/mir vg/lin lin
	assert_equal "$(sha256sum a b)" "$before"
}

@test "rejoin: nothing to give up is told before anything is asked" {
	make_vg
	refused 1 'nothing to give up' varyon rejoin vg a </dev/null
	refused 3 'nosuch: no such volume group' varyon rejoin nosuch a </dev/null
}

@test "no quorum for chvg -Q n: the text names the way out" {
	make_vg
	chvg -Q y vg
	mv a elsewhere
	refused 4 'chvg -f -Q n vg' chvg -Q n vg
	refused 4 '1 of 3 VGDAs are here' chvg -a n vg
	[[ $stderr != *'chvg -f'* ]] || fail "$stderr"
}

@test "verbs without a link are called by their whole name" {
	local verb
	for verb in boot rejoin status; do
		run -0 varyon $verb -h
		assert_line --index 0 --partial "Usage: varyon $verb"
		refused 2 "varyon $verb: unknown option '-Z'; see varyon $verb --help" \
			varyon $verb -Z
	done
	refused 3 'varyon status: nosuch: no such volume group' varyon status nosuch
	refused 3 'varyon rejoin: nosuch: no such volume group' varyon rejoin -f nosuch a
}

@test "small texts: no terminal, own name, negative size, a directory" {
	make_vg
	refused 1 'not confirmed: no terminal; use -f' rmlv mir </dev/null
	run -0 chlv -n lin lin
	refused 2 "negative numbers ('-5') are not taken" mklv vg -5
	refused 2 "negative numbers ('-5') are not taken" extendlv lin -5
	mkdir dir
	refused 2 'dir: is neither a block device nor a plain file' extendvg vg dir
	refused 2 'dir: is neither a block device nor a plain file' mkvg dir
	refused 6 'lin; move them away (migratepv), or remove it (rmlv), first' reducevg vg b
}
