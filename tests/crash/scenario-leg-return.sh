# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# A leg is lost under load and comes back under load, twice.
# shellcheck disable=SC2034 # for lib.sh
NLEGS=2

scenario()
{
	mirror_start
	load 30
	for leg in 1 0; do
		load_begin
		usleep 50000
		pull "$leg"
		usleep 50000
		clean_now
		usleep 50000
		give_back "$leg"
		usleep 50000
		load_end
		clean_now
	done
	load 20
}
