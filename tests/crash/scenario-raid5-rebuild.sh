# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Legs of a RAID5 are lost under load, one after the other, and rebuilt under load.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=4 CHUNK=32 LOG_SLOTS=4 AREA=32+2304

scenario()
{
	clean_by 3600000
	mirror_start
	load 30 --group 96
	for leg in 2 0; do
		load_begin --group 64
		usleep 30000
		pull "$leg"
		logged "$leg"
		usleep 50000
		clean_now
		usleep 30000
		give_back "$leg"
		usleep 30000
		load_end
		clean_now
	done
	load 20 --group 96
	clean_by 5000
}
