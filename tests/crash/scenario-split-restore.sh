# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# A copy is split off under load, both sides are written, and the volume
# becomes what the copy is, under load.
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
	load_end
	clean_now
	load 10
	dm_remove copy
	leg_give 1
	# nothing may be written to the volume between the mark and the switch
	mark restore 1
	mirror_reload discard:0
	load_begin --line 1
	joined 0
	usleep 20000
	load_end
	load 20 --line 1
}
