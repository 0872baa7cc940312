#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# One copy of root on a disk of another machine, a network block device.

load ../lib

MAPPER='root=/dev/mapper/rootvg-root rd.varyon.vg=rootvg'
NET='net.ifnames=0 ip=10.0.2.15::10.0.2.2:255.255.255.0::eth0:none'

# Export image $1 as "leg" on port $2 of this machine, or a free one; sets PORT.
serve()
{
	PORT=${2:-$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])')}
	qemu-nbd --format=raw --persistent --shared=4 --export-name=leg --bind=127.0.0.1 \
		--port="$PORT" --fork --pid-file="$BATS_TEST_TMPDIR/nbd.pid" "$1" 3>&-
}

unserve()
{
	local pid
	pid=$(cat "$BATS_TEST_TMPDIR/nbd.pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null || return 0
	tail --pid="$pid" -s 0.1 -f /dev/null
}

teardown()
{
	unserve
	leave
}

# Bytes that disk $1 says the other copy, in slot $2, lacks.
lacking()
{
	"$TOP/build/satool" ranges "$1" "$(table_word $((1 - $2)) 5)" |
		awk -v slot="$2" '$1 == "stale" && $2 == slot { n += $4 - $3 + 1 } END { print n * 4096 }'
}

# shellcheck disable=SC2154 # got is filled by finish()
@test "a copy over the network: both, without the server, with it again, it alone" {
	local a b lacks
	a=$(scratch_copy a)
	b=$(scratch_copy b)
	serve "$b"
	boot net "$NET rd.varyon.nbd=10.0.2.2:$PORT/leg $MAPPER rd.varyon.wait=240 test.exitrd" \
		--net --disk "$a,serial=A"
	assert_equal "${got[root_name]}" rootvg-root
	assert_equal "$(letters)" MM
	run grep -a 'no longer waiting' "$SERIAL"
	assert_output ''

	unserve
	boot net "$NET rd.varyon.nbd=10.0.2.2:$PORT/leg $MAPPER rd.varyon.wait=5 test.write test.exitrd" \
		--net --disk "$a,serial=A"
	assert_equal "$(letters)" MA
	run -0 grep -a 'no longer waiting for PV' "$SERIAL"
	lacks=$(lacking "$a" 1)
	[ "$lacks" -gt 0 ]

	serve "$b"
	boot net "$NET rd.varyon.nbd=10.0.2.2:$PORT/leg $MAPPER rd.varyon.wait=240 test.recover test.exitrd" \
		--net --disk "$a,serial=A"
	assert_equal "$(letters)" MM
	[ "${got[copied]}" -gt 0 ]
	[ "${got[copied]}" -le "$lacks" ] || fail "${got[copied]} bytes copied, $lacks were lacking"

	boot net "$NET rd.varyon.nbd=10.0.2.2:$PORT/leg $MAPPER rd.varyon.wait=5" --net
	assert_equal "$(letters)" AM
}

@test "the server of a copy dies under root, and its disk is taken back when it is there again" {
	local a b
	a=$(scratch_copy a)
	b=$(scratch_copy b)
	serve "$b"
	start netsys "$NET rd.varyon.nbd=10.0.2.2:$PORT/leg $MAPPER rd.varyon.wait=240 \
		test.loss test.nbd=10.0.2.2:$PORT test.exitrd" --net --disk "$a,serial=A"
	on_report loss=begins
	unserve
	on_report loss=recorded
	on_console 'varyon: rootvg/root: copy on nbd0 failed .*goes on with 1 copy of 2'
	serve "$b" "$PORT"
	finish
	assert_equal "$(letters)" MM
	assert_equal "${got[lost]} ${got[back]} ${got[whole]}" '1 1 1'
	assert_monitor
}
