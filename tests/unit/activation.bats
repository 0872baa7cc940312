#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# What would be loaded, and what is refused and why: varyonvg --dry-run,
# varyon boot --dry-run, rejoin. Nothing here needs device-mapper.

load commands.bash

# boot STATUS WORD...: one pass with these words on the command line
boot()
{
	local status_wanted=$1
	shift
	echo "$*" >cmdline
	run "-$status_wanted" varyon boot --dry-run --cmdline cmdline
}

@test "image files are not activated" {
	make_vg
	refused 2 'is an image file' varyonvg vg
}

@test "the table of a mirror: as docs/architecture.md says" {
	make_vg
	run -0 varyonvg --dry-run vg
	assert_line --regexp "^vg-mir: 0 16384 varyon-mirror [0-9a-f]{32} 12 22 [0-9] 0( [0-9a-f]{32} $PWD/[ab] [0-9]+ $PWD/[ab] [0-9]+ [0-9]+){2}( - - 0 - 0 0)*\$"
	assert_line --regexp "^vg-lin: 0 6144 linear $PWD/b [0-9]+\$"
	run -0 varyonvg -n --dry-run vg
	assert_line --partial ' 1 no_resync '
}

@test "a copy in pieces gets a device of its own" {
	mkvg -y vg a b
	mklv -y one vg 4 a
	mklv -y two vg 4 a
	mklv -y three vg 100M
	rmlv -f one three
	mklv -y mir -c 2 -s y vg 50
	run -0 varyonvg --dry-run vg
	assert_line --regexp '^vg-mir: .* vg-mir-leg0 0 '
}

@test "hyphens in names are doubled" {
	mkvg -y a-b a
	mklv -y c-d a-b 1
	run -0 varyonvg --dry-run a-b
	assert_line --regexp '^a--b-c--d: '
}

@test "a missing copy: the leg keeps its uuid and has no device" {
	make_vg
	mv b elsewhere
	run -4 --separate-stderr varyonvg --dry-run vg
	assert_line --regexp '^vg-mir: .* [0-9a-f]{32} - 0 - 0 0'
	# The plain LV lay on b alone.
	# shellcheck disable=SC2154 # set by run --separate-stderr
	[[ $stderr == *'vg/lin: its only copy'* ]]
}

@test "quorum: refused with the missing PV named, -f overrides" {
	make_vg
	chvg -Q y vg
	local a
	a=$(pvid a)
	mv a elsewhere
	refused 4 "no quorum: 1 of 3 VGDA copies are here, 2 are needed; missing PVs: $a" \
		varyonvg --dry-run vg
	run -0 varyonvg -f --dry-run vg
}

@test "damaged status area: left out, named, rejoin mends it" {
	make_vg
	refused 1 'in order' varyon rejoin -f vg/mir a
	damage_sa 2 b
	refused 0 "copy 2 on b is left out: " varyon status vg
	[[ $stderr == *"run 'varyon rejoin -f vg/mir b'"* ]]
	refused 0 "run 'varyon rejoin -f vg/mir b'" varyonvg --dry-run vg
	refused 5 "'varyon rejoin -f vg/mir PV' copies it anew" extendlv vg/mir 1
	run -0 --separate-stderr varyon status --json
	assert_equal "$(json '[c["state"] for c in d[0]["copies"]]')" "['member', 'damaged']"
	refused 4 'copy 2 on b: damaged' varyon rejoin -f vg/mir a
	# Copy 1 still counts copy 2 in: nobody knows whether that went on alone.
	refused 6 'copy 2 may be newer than copy 1' varyon rejoin -f vg/mir b
	refused 1 'no terminal; use -f' varyon rejoin --even-if-newer vg/mir b </dev/null
	run -0 varyon rejoin -f --even-if-newer vg/mir b
	run -0 varyon status --json
	assert_equal "$(json '[c["state"] for c in d[0]["copies"]]')" "['member', 'target']"
	refused 2 'not redundant' varyon rejoin -f vg/lin b
}

@test "both status areas damaged: refused, both copies described" {
	make_vg
	damage_sa 2 b
	damage_sa_first=$(sa_sector 1)
	dd if=/dev/zero of=a bs=512 seek="$damage_sa_first" count=16 conv=notrunc status=none
	refused 4 'copy 1 on a: damaged' varyonvg --dry-run vg
	[[ $stderr == *'copy 2 on b: damaged'* ]]
	# No PV is missing, so none can be attached; the reasons are told whole.
	[[ $stderr != *'attach the missing'* && $stderr == *'no PV is missing'* ]]
	local reason
	reason=$(varyon status --json 2>/dev/null | sed -n 's/.*"damage": "\(.*\)",*$/\1/p' | head -n 1)
	[ -n "$reason" ]
	[[ $stderr == *"copy 1 on a: damaged: $reason; copy 2"* ]]
	# The one that is to be overwritten is here, too.
	refused 4 'copy 2 on b: left out' varyon rejoin -f vg/mir b
	[[ $stderr != *missing* || $stderr == *'no PV is missing'* ]]
}

@test "what cannot be activated is not brought up to date either" {
	make_vg
	mv b elsewhere
	chlv -t paging mir
	mv elsewhere b
	local before
	before=$(sha256sum a b)
	refused 2 'is an image file' varyonvg vg
	assert_equal "$(sha256sum a b)" "$before"
	# With a PV missing that is not recorded as such, neither.
	mv b elsewhere
	before=$(sha256sum a)
	refused 2 'is an image file' varyonvg vg
	assert_equal "$(sha256sum a)" "$before"
}

@test "a mirror of a VG that must not be written is not activated" {
	make_vg
	set_feat_ro a
	set_feat_ro b
	refused 1 'must not be written, but a mirror writes' varyonvg --dry-run vg
	assert_line --partial 'vg-lin: '
	boot 1 root=/dev/mapper/vg-mir
	assert_line --partial 'vg/mir: not activated'
	boot 0 root=/dev/mapper/vg-lin
	assert_line --partial 'vg/lin: would be activated'
}

@test "boot: rd.varyon=0 and a command line without us do nothing" {
	make_vg
	boot 0 'rd.varyon=0 rd.varyon.vg=vg'
	assert_output ''
	boot 0 'root=UUID=1234 quiet'
	assert_output ''
	local word
	for word in 0 no off; do
		boot 0 "rd.varyon=$word rd.varyon.vg=vg"
		assert_output ''
	done
	for word in 1 yes on; do
		boot 0 "rd.varyon=$word rd.varyon.lv=vg/mir"
		assert_line --partial 'vg/mir: would be activated'
		assert_equal "${#lines[@]}" 1
	done
}

@test "boot: a VG, an LV, a root device" {
	make_vg
	boot 0 rd.varyon.vg=vg
	assert_line --partial 'vg/mir: would be activated'
	assert_line --partial 'vg/lin: would be activated'
	boot 0 rd.varyon.lv=vg/lin
	refute_line --partial vg/mir
	assert_line --partial 'vg/lin: would be activated'
	boot 0 root=/dev/mapper/vg-mir
	assert_line --partial 'vg/mir: would be activated'
	refute_line --partial vg/lin
}

@test "boot --host: what is on the list of the host, unless the VG says no; nothing is missed" {
	make_vg
	mkdir etc
	printf '# ours\n%s vg\n%032d gone\n12 short\n' "$(vgid a | tr a-f A-F)" 7 >etc/vgs
	: >cmdline
	run -0 varyon boot --dry-run --host --cmdline cmdline
	assert_line --partial 'vg/mir: would be activated'
	assert_line --partial 'vg/lin: would be activated'
	assert_equal "${#lines[@]}" 2
	run -0 varyon boot --dry-run --cmdline cmdline
	assert_output ''
	chvg -a n vg
	run -0 varyon boot --dry-run --host --cmdline cmdline
	assert_output ''
}

@test "boot --host: a namesake of a VG on the list is left alone, others are not held up" {
	mkvg -y vg a
	mklv -y lv vg 1
	mkdir etc
	printf '%032d vg\n' 7 >etc/vgs
	echo rd.varyon.vg=vg >cmdline
	run -10 varyon boot --dry-run --host --cmdline cmdline
	assert_line --partial 'may mean that one'
	printf '%032d other\n' 7 >etc/vgs
	run -0 varyon boot --dry-run --host --cmdline cmdline
	assert_line --partial 'vg/lv: would be activated'
}

@test "boot: malformed and unknown options are told, the rest applies" {
	make_vg
	boot 0 rd.varyon.vg=vg rd.varyon.wait=soon rd.varyon.degraded=maybe rd.varyon.quorum=2 \
		rd.varyon.lv=vg rd.varyon.vg= rd.varyon.nonsense=1 rd.varyon=2
	local option
	for option in wait=soon degraded=maybe quorum=2 lv=vg vg= nonsense=1; do
		assert_line --partial "rd.varyon.$option: "
	done
	assert_line --partial 'rd.varyon=2: '
	assert_line --partial 'vg/mir: would be activated'
}

@test "boot: a VG that is not here is waited for, then refused" {
	make_vg
	boot 10 rd.varyon.vg=nosuch
	assert_line --partial 'no PV of the VG nosuch is here'
	boot 3 rd.varyon.vg=nosuch rd.varyon.wait=0
}

@test "boot: a root device that may be another's is no failure" {
	make_vg
	boot 10 root=/dev/mapper/fedora-root
	assert_line --partial 'no PV of the VG fedora is here'
	# Nobody knows whose it is: told, and a status of its own.
	boot 11 root=/dev/mapper/fedora-root rd.varyon.wait=0
	assert_line --partial 'root=/dev/mapper/fedora-root: no PV of the VG fedora is here'
	boot 11 root=UUID=1234 resume=/dev/mapper/fedora-swap rd.varyon.wait=0
	boot 3 root=/dev/mapper/fedora-root rd.varyon.vg=fedora rd.varyon.wait=0
}

@test "boot: a cloned disk is told, not taken for an absent VG" {
	mkvg -y vg a
	cp a b
	boot 6 rd.varyon.vg=vg
	assert_line --partial "$PWD/a and $PWD/b both carry PVID"
	boot 6 root=/dev/mapper/vg-root
}

@test "boot: a VG that was changed on two sides is refused at once" {
	make_vg
	mv b elsewhere
	mklv -y onlya vg 1
	mv elsewhere b
	mv a elsewhere
	mklv -y onlyb vg 1
	mv elsewhere a
	boot 6 rd.varyon.vg=vg
	assert_line --partial 'varyon rejoin -f vg'
	refute_line --partial 'would be activated'
}

@test "boot: a VG without a usable name is told where one is looked for" {
	make_vg
	local image sector
	for image in a b; do
		for sector in 136 2754; do	# the headers of its VGDAs
			dd if=/dev/zero of=$image bs=512 seek=$sector count=1 conv=notrunc status=none
		done
	done
	boot 3 rd.varyon.vg=vg rd.varyon.wait=0
	assert_line --regexp 'no PV of the VG vg is here; VG [0-9a-f]{32} cannot be used: .*no VGDA copy is whole'
}

@test "boot: a missing copy is waited for, then done without, loudly" {
	make_vg
	local b
	b=$(pvid b)
	mv b elsewhere
	boot 10 root=/dev/mapper/vg-mir
	assert_line --partial "a copy is missing, waiting up to 10 s for PV $b"
	refute_line --partial 'would be activated'
	boot 0 root=/dev/mapper/vg-mir rd.varyon.wait=0
	assert_line --partial 'vg/mir: no longer waiting for PV'
	assert_line --partial 'vg/mir: would be activated'
}

@test "boot: rd.varyon.degraded=no and =ro" {
	make_vg
	mv b elsewhere
	boot 4 root=/dev/mapper/vg-mir rd.varyon.wait=0 rd.varyon.degraded=no
	assert_line --partial 'rd.varyon.degraded=no'
	boot 0 root=/dev/mapper/vg-mir rd.varyon.wait=0 rd.varyon.degraded=ro
	assert_line --partial 'would be activated read-only'
}

@test "boot: rd.varyon.degraded=no and =ro apply to a damaged copy, without a wait" {
	make_vg
	damage_sa 2 b
	boot 0 root=/dev/mapper/vg-mir
	assert_line --partial 'vg/mir: would be activated'
	boot 4 root=/dev/mapper/vg-mir rd.varyon.degraded=no
	assert_line --partial 'not activated with a copy damaged (copy 2 on b: '
	refute_line --partial 'would be activated'
	boot 0 root=/dev/mapper/vg-mir rd.varyon.degraded=ro
	assert_line --partial 'would be activated read-only'
}

@test "boot: an LV that is wanted with its VG is waited for no longer than a copy" {
	make_vg
	mv b elsewhere
	# Both the LV without a copy and the mirror: until the same second.
	boot 10 root=LABEL=x rd.varyon.vg=vg
	assert_line --partial 'waiting up to 10 s: vg/lin'
	assert_line --partial 'vg/mir: a copy is missing, waiting up to 10 s'
	# An LV that is named is waited for longer.
	boot 10 rd.varyon.lv=vg/lin
	assert_line --partial 'waiting up to 60 s: vg/lin'
}

@test "boot: a missing PV that the LV does not need never blocks it" {
	make_vg
	mv a elsewhere
	boot 0 rd.varyon.lv=vg/lin
	assert_line --partial 'vg/lin: would be activated'
}

@test "boot: an LV that nothing needs does not fail the boot" {
	make_vg
	mv b elsewhere
	boot 0 root=/dev/mapper/vg-mir rd.varyon.vg=vg rd.varyon.wait=0
	assert_line --partial 'vg/lin: its only copy'
	boot 4 rd.varyon.vg=vg rd.varyon.wait=0
}

@test "boot: quorum by VG, on, off" {
	make_vg
	mv a elsewhere
	boot 0 root=/dev/mapper/vg-lin rd.varyon.wait=0
	boot 10 root=/dev/mapper/vg-lin rd.varyon.quorum=on
	assert_line --partial 'no quorum'
	boot 4 root=/dev/mapper/vg-lin rd.varyon.quorum=on rd.varyon.wait=0
	mv elsewhere a
	chvg -Q y vg
	mv a elsewhere
	boot 4 root=/dev/mapper/vg-lin rd.varyon.wait=0
	boot 0 root=/dev/mapper/vg-lin rd.varyon.wait=0 rd.varyon.quorum=off
	assert_line --partial 'vg: activated WITHOUT A QUORUM'
}

@test "boot: an LV that the VG does not have" {
	make_vg
	boot 3 rd.varyon.lv=vg/nosuch
	assert_line --partial 'has no LV nosuch'
}

@test "boot: what is told is kept for the next pass" {
	make_vg
	mv b elsewhere
	boot 10 root=/dev/mapper/vg-mir
	run -0 cat run/boot.log
	assert_line --partial 'a copy is missing'
	boot 10 root=/dev/mapper/vg-mir
	run -0 grep -c 'a copy is missing' run/boot.log
	assert_output 1
}

@test "boot: an LV that root= and rd.varyon.vg ask for is started once" {
	make_vg
	echo 'root=/dev/mapper/vg-mir rd.varyon.vg=vg' >cmdline
	run -0 varyon boot --dry-run --cmdline cmdline
	assert_equal "$(grep -c 'vg/mir: would be activated' <<<"$output")" 1
	assert_equal "$(grep -c 'vg/lin: would be activated' <<<"$output")" 1
}

# Two disks that each say they are rootvg: one of them as somebody made it who wants that.
two_namesakes()
{
	mkvg -y rootvg a
	mklv -y root rootvg 4
	mv a elsewhere
	mkvg -y rootvg b
	mklv -y root rootvg 4
	mv elsewhere a
}

@test "boot: of two VGs of one name, none is taken by guessing" {
	two_namesakes
	boot 6 root=/dev/mapper/rootvg-root
	assert_line --regexp '2 volume groups are named rootvg: [0-9a-f]{32} on a, [0-9a-f]{32} on b; .*rd.varyon.vg=VGID.*rd.varyon.pv='
	refute_line --partial 'would be activated'
}

@test "boot: of two VGs of one name, the one whose VGID is given is meant" {
	two_namesakes
	local of_a of_b
	of_a=$(vgid a)
	of_b=$(vgid b)
	boot 0 root=/dev/mapper/rootvg-root "rd.varyon.vg=$of_b"
	assert_line --partial "warning: rootvg is VG $of_b, because an option names this one by its VGID; left alone, though of the same name: $of_a on a"
	assert_equal "$(grep -c 'would be activated' <<<"$output")" 1
	boot 0 "root=/dev/mapper/rootvg-root rd.varyon.lv=${of_a^^}/root"
	assert_line --partial "left alone, though of the same name: $of_b on b"
}

@test "boot: a namesake that comes first is not taken for a VG given by its VGID" {
	two_namesakes
	local of_a of_b
	of_a=$(vgid a)
	of_b=$(vgid b)
	mv a elsewhere
	boot 10 root=/dev/mapper/rootvg-root "rd.varyon.vg=$of_a"
	assert_line --partial "no PV of VG $of_a is here, and rootvg may mean that one"
	refute_line --partial 'would be activated'
	# Nor when the time for it is over; who means the other one says so.
	boot 3 root=/dev/mapper/rootvg-root "rd.varyon.vg=$of_a" rd.varyon.wait=0
	assert_line --partial "rd.varyon.vg=$of_b"
	refute_line --partial 'would be activated'
	boot 3 root=/dev/mapper/rootvg-root "rd.varyon.vg=$of_a" "rd.varyon.vg=$of_b" rd.varyon.wait=0
	assert_line --partial 'rootvg/root: would be activated'
	# An absent VG that is known to have another name holds nothing up.
	boot 10 root=/dev/mapper/rootvg-root "rd.varyon.import=$of_a:other"
	assert_line --partial 'rootvg/root: would be activated'
}

@test "boot: rd.varyon.pv= restricts what is looked at" {
	two_namesakes
	boot 0 root=/dev/mapper/rootvg-root "rd.varyon.pv=$PWD/[bc]"
	assert_line --partial 'rootvg/root: would be activated'
	ln -s a link:a
	boot 0 root=/dev/mapper/rootvg-root "rd.varyon.pv=$PWD/link:*" rd.varyon.debug
	assert_line --partial "debug: rd.varyon.pv leaves $PWD/a"
	boot 10 root=/dev/mapper/rootvg-root rd.varyon.pv=nosuch* rd.varyon.debug
	assert_line --partial 'debug: rd.varyon.pv leaves no device'
	assert_line --partial 'no PV of the VG rootvg is here'
}

@test "boot: rd.varyon.import= names a VG of AIX" {
	mkvg --aix a
	of_a=$(vgid a)
	boot 3 rd.varyon.lv=aixvg/hd4 "rd.varyon.import=${of_a^^}:aixvg" rd.varyon.debug
	assert_line --partial "debug: found VG aixvg, VGID $of_a, 2 of 2 VGDA copies, PVs: a"
	assert_line --partial 'the VG aixvg has no LV hd4'
	mkvg -y vg b
	boot 0 "rd.varyon.import=$(vgid b):aixvg"
	assert_line --partial 'is no VG of AIX and keeps its name vg'
}

@test "boot: what a degraded start puts at risk is told" {
	make_vg
	mv b elsewhere
	boot 0 root=/dev/mapper/vg-mir rd.varyon.wait=0
	assert_line --regexp "vg/mir: no longer waiting for PV $(pvid elsewhere) .*; its only copy that is up to date is on a: if that fails, data are lost"
}

@test "varyonvg --rescue: a mirror is read from one copy, and nothing is written" {
	make_vg
	run -0 varyonvg --rescue --dry-run vg
	assert_line --regexp "^vg-mir: 0 16384 linear $PWD/a [0-9]+\$"
	assert_line --regexp "^vg-lin: 0 6144 linear $PWD/b [0-9]+\$"
	damage_sa 1 a
	sums=$(sha256sum a b)
	run -0 varyonvg --rescue --dry-run vg
	assert_line --regexp "^vg-mir: 0 16384 linear $PWD/b [0-9]+\$"
	assert_equal "$(sha256sum a b)" "$sums"
}
