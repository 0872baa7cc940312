# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# A leg of a RAID5 is lost in the middle of first writes. They go on without it, also
# after the power was cut; then it is back, and lacks what was written since.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=3 CHUNK=32 LOG_SLOTS=4 WRITTEN=1

scenario()
{
	clean_by 3600000
	mirror_start
	AREA=0+512
	load 10 --group 32
	clean_now
	AREA=512+1024
	load_begin --group 16
	usleep 30000
	pull 1
	logged 1
	usleep 50000
	load_end
	power_cut 1
	AREA=1536+512
	load 15 --group 32
	leg_give 1
	give_back 1
	AREA=2048+512
	load 15 --group 32
	clean_by 5000
}
