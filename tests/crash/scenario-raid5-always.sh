# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# A RAID5 that logs always: whichever leg goes when power does, it starts from the
# others. It loses a leg under load as well, and then the power.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=4 CHUNK=32 LOG_SLOTS=6 LOG_MODE=always AREA=32+2304

scenario()
{
	clean_by 3600000
	mirror_start log:$LOG_MODE
	logged_always
	for round in 1 2; do
		load 30 --group 96
		load_begin --group 64
		usleep 30000
		clean_now
		usleep 30000
		load_end
	done
	load_begin --group 64
	usleep 50000
	pull 1
	usleep 50000
	load_end
	power_cut 1
	load 20 --group 64
	clean_by 5000
}
