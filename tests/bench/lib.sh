# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# How a guest that measures says what it found. Sourced after lib.sh of the guest
# tests; $lane and $contender say how and whom.

# result WORKLOAD METRIC VALUE UNIT: one JSON object
result()
{
	# shellcheck disable=SC2154 # set by whoever sources this
	printf '{"lane": "%s", "contender": "%s", "workload": "%s", ' "$lane" "$contender" "$1"
	printf '"metric": "%s", "value": %s, "unit": "%s"}\n' "$2" "$3" "$4"
}

# quotient A B: three digits
quotient()
{
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'
}

# word_of KEY TEXT: the value of KEY=VALUE in TEXT
word_of()
{
	echo "$2" | tr ' ' '\n' | sed -n "s/^$1=//p"
}
