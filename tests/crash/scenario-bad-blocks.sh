# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# Places of both legs, and a spare block, go bad under load; a leg with
# relocated blocks is lost and comes back.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=2

# bad LEG FIRST LAST: sectors of its disk that fail from now on
bad()
{
	echo "+$2-$3" >"/sys/kernel/config/nullb/disk$1/badblocks"
	BAD="$BAD $1:$2-$3"
}

# The disks have to be read at the end.
all_good()
{
	for _bad in $BAD; do
		echo "-${_bad#*:}" >"/sys/kernel/config/nullb/disk${_bad%%:*}/badblocks"
	done
}

# relocated N: so many blocks have moved, at least
relocated()
{
	[ "$(dmsetup message m 0 bad_blocks | grep -o spare | wc -l)" -ge "$1" ]
}

scenario()
{
	BAD=
	mirror_start
	load 30
	load_begin
	# the first spare block of leg 1
	_spare=$((DATA_SECTORS + SA_SECTORS - 64 * 8))
	bad 1 $_spare $((_spare + 7))
	bad 0 200 207
	bad 1 400 423
	wait_for "blocks to be relocated" 60 relocated 3
	clean_now
	bad 0 641 641
	wait_for "blocks to be relocated" 60 relocated 5
	pull 1
	usleep 20000
	give_back 1
	bad 0 904 911
	wait_for "blocks to be relocated" 60 relocated 6
	load_end
	clean_now
	load 20
	mirror_stop
	all_good
}
