# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Writes of all lengths to a RAID5 of four legs, flushes and cleaning; suspend and
# resume; no leg is ever away.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=4 CHUNK=32 LOG_SLOTS=4 AREA=32+2304

scenario()
{
	clean_by 3600000
	mirror_start
	for round in 1 2 3; do
		load 30 --group 96
		load 10 --group 96 --flush 0
		clean_now
		load_begin --group 64
		usleep 30000
		clean_now
		usleep 30000
		load_end
		[ "$round" = 2 ] || continue
		mark clean 0
		mirror_reload
		mark cleaned 0
	done
	clean_by 5000
}
