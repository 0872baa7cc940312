# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# A leg is lost under load and stays away.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=2

scenario()
{
	mirror_start
	load 40
	clean_now
	load_begin
	usleep 100000
	pull 1
	usleep 100000
	clean_now
	usleep 100000
	load_end
	clean_now
	load 40
}
