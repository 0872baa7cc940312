# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# A leg is added to a volume in use, and one is taken away.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=3 SPARE=2

scenario()
{
	mirror_start
	load 30
	clean_now
	load_begin
	usleep 20000
	LEG_UUIDS=$(leg_uuid 0),$(leg_uuid 1),$(leg_uuid 2)
	leg_blank 2
	slot_fill 2
	mark add 2
	mirror_reload
	joined 2
	usleep 20000
	mark remove 0
	slot_empty 0
	mirror_reload
	mark removed 0
	usleep 20000
	load_end
	clean_now
	load 20
}
