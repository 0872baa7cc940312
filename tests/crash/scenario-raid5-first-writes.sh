# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# First writes to a RAID5 that has never been written, on legs that have anything:
# zeroes, the map, and then the writes; each part of the volume once more afterwards.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=4 CHUNK=32 LOG_SLOTS=4 WRITTEN=1

scenario()
{
	clean_by 3600000
	mirror_start
	for AREA in 0+640 1280+640 2560+640; do
		load 16 --group 16
		clean_now
		load_begin --group 64
		usleep 60000
		load_end
	done
	mark clean 0
	mirror_reload
	mark cleaned 0
	AREA=1920+640
	load 20 --group 96 --flush 0
	clean_by 5000
}
