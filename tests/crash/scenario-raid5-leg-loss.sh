# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# A RAID5 loses a leg under load. Then the power is cut, twice, under load as well:
# what was being written is replayed from the row log, and a crash meets that too.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=3 CHUNK=32 LOG_SLOTS=4 AREA=32+1792

scenario()
{
	clean_by 3600000
	mirror_start
	load 30 --group 64
	clean_now
	load_begin --group 64
	usleep 50000
	pull 1
	logged 1
	usleep 100000
	load_end
	power_cut 1
	load 20 --group 64
	power_cut 1
	clean_now
	load 20 --group 64
	clean_by 5000
}
