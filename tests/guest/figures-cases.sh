# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Figures: counted and printed. Only what cannot depend on the machine's speed
# is asserted. Lines that begin with "# " appear in the report.

# meta_per_write WRITERS: over a cold volume and over one that is dirty already
meta_per_write()
{
	for state in cold warm; do
		meta=$(mirror_stat meta_writes) data=$(mirror_stat data_writes)
		iotool load --seed 3 --threads "$1" --count $((1600 / $1)) --flush 1600 \
			/dev/mapper/m "$DATA_SECTORS" >/dev/null
		meta=$(($(mirror_stat meta_writes) - meta))
		data=$(($(mirror_stat data_writes) - data))
		echo "# $1 writers, $state zones: $meta metadata writes on two legs for $data writes"
	done
	expect "metadata writes into dirty zones" 0 "$meta"
}

case_metadata_writes_for_each_data_write()
{
	echo 3600000 >/sys/module/dm_varyon/parameters/clean_delay_ms
	for writers in 1 32; do
		mirror_make 2 256
		mirror_start
		meta_per_write $writers
		mirror_stop
		for leg in 0 1; do
			dm_remove leg$leg
			echo 0 >/sys/kernel/config/nullb/disk$leg/power
			rmdir /sys/kernel/config/nullb/disk$leg
		done
	done
}

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
