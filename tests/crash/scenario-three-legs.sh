# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Three legs: two are lost one after the other, and come back in that order.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=3

scenario()
{
	mirror_start
	load 30
	load_begin
	usleep 50000
	pull 0
	usleep 50000
	pull 2
	usleep 50000
	leg_take 2
	give_back 0
	usleep 50000
	leg_give 2
	give_back 2
	usleep 50000
	load_end
	clean_now
	load 20
}
