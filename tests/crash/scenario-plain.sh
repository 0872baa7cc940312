# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Writes, flushes and cleaning; suspend and resume; no leg is ever away. Two
# zones, the second a short one.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=2 DATA_SECTORS=9216
LOW=7680+512 HIGH=8192+768

scenario()
{
	mirror_start
	for round in 1 2 3 4; do
		AREA="$LOW $HIGH"
		load 30
		# what the cleaning flushes, nobody else has
		AREA=$LOW
		load 10 --flush 0
		clean_now
		AREA=$HIGH
		load_begin
		usleep 20000
		clean_now
		usleep 20000
		load_end
		load 10 --flush 0
		clean_now
		[ "$round" != 3 ] || mirror_reload
	done
}
