# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Writes, flushes and cleaning; suspend and resume; no leg is ever away.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=2

scenario()
{
	mirror_start
	for round in 1 2 3 4; do
		load 40
		clean_now
		load_begin
		clean_now
		usleep 50000
		clean_now
		load_end
		[ "$round" != 3 ] || mirror_reload
	done
}
