# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# A copy is split off under load, both sides are written, and the copy becomes
# what the volume is.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=2

scenario()
{
	mirror_start
	load 30
	load_begin
	usleep 20000
	split_off 1
	load_copy 30
	clean_now
	load_copy 10
	load_end
	dm_remove copy
	load_begin
	leg_give 1
	mark discard 1
	mirror_reload discard:1
	joined 1
	usleep 20000
	load_end
	load 20
}
