# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What the commands cost: printed, and asserted where it cannot depend on the
# machine's speed. Lines that begin with "# " appear in the report. What the mirror
# costs is in tests/figures.

case_activation_of_one_mirror()
{
	export VARYON_RUN=/tmp/case/run VARYON_DEVICES=/dev/d0:/dev/d1
	disk_new d0 256
	disk_new d1 256
	varyon mkvg -y g /dev/d0 /dev/d1
	varyon mklv -y m -c 2 g 64M
	varyon varyoffvg g
	for round in first second; do
		taken=$(cost varyon varyonvg g | tail -n 1)
		echo "# varyonvg of one mirrored LV, $round time: $taken"
		varyon varyoffvg g
	done
	rss=${taken##*rss_kib=}
	[ "$rss" -lt 2048 ] || fail "varyonvg took $rss KiB of memory, 2048 are allowed"
}
