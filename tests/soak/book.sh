# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# What each volume must hold, over power cuts. The book is a directory of the
# host: what is written there is there at once, and nothing of the guest's end
# touches it.
#
#	v/DEVICE/sums		a sum of each sector, as last verified; sectors beyond
#				have never been written as far as anybody knows
#	v/DEVICE/load		options of the load that has been on it since then
#	v/DEVICE/progress	what that load has said
#	v/DEVICE.new/		the same of a device that a command is to make, or to
#				give other contents: it counts once the command is done
#	op			what was under way: one of the events that make or end
#				volumes
#	degraded		the PV that may lack something
#	logged			"yes": it is lost, and a row log covers for it; "back": so it
#				was, and it returns
#	kind			of g/m: mirror or raid5
#	copies			how many copies of g/m have everything; 0 while that changes
#	writable		1 when g-c is
#	bad-PV			first sectors of the bad blocks of a disk

BOOK=/share
MAX_WRITE=48			# sectors
THREADS=4

keep()
{
	echo "$2" >"$BOOK/$1.new"
	mv "$BOOK/$1.new" "$BOOK/$1"
}

kept()
{
	cat "$BOOK/$1" 2>/dev/null || :
}

forget()
{
	rm -f "$BOOK/$1"
}

known()
{
	[ -d "$BOOK/v/$1" ]
}

# volumes: the devices whose contents are known
volumes()
{
	for _dir in "$BOOK"/v/*/; do
		_dir=${_dir%/}
		case $_dir in
		*.new | *.tmp | *'*') ;;
		*) echo "${_dir##*/}" ;;
		esac
	done
}

# volume_begin DEVICE: nobody has written to it
volume_begin()
{
	mkdir -p "$BOOK/v/$1"
	[ -e "$BOOK/v/$1/sums" ] || : >"$BOOK/v/$1/sums"
}

# volume_fork FROM TO: TO will hold what FROM holds at a moment still to come
volume_fork()
{
	rm -rf "$BOOK/v/$2.tmp" "$BOOK/v/$2.new"
	mkdir "$BOOK/v/$2.tmp"
	for _file in sums progress load; do
		[ ! -e "$BOOK/v/$1/$_file" ] || cp "$BOOK/v/$1/$_file" "$BOOK/v/$2.tmp/$_file"
	done
	mv "$BOOK/v/$2.tmp" "$BOOK/v/$2.new"
}

# volume_commit DEVICE: what fork has prepared has come true
volume_commit()
{
	rm -rf "$BOOK/v/$1"
	mv "$BOOK/v/$1.new" "$BOOK/v/$1"
}

volume_end()
{
	rm -rf "$BOOK/v/$1" "$BOOK/v/$1.new"
}

# volume_sectors DEVICE: how many of its sectors are known
volume_sectors()
{
	echo $(($(stat -c %s "$BOOK/v/$1/sums") / 8))
}

# load_start DEVICE SEED FLUSH
load_start()
{
	_dir=$BOOK/v/$1
	[ ! -e "$_dir/load" ] || volume_verify "$1"
	rm -f "$_dir/progress"
	# Noted before the first byte is written.
	keep "v/$1/load" "--seed $2 --threads $THREADS --max $MAX_WRITE --flush $3 --count 100000000"
	# shellcheck disable=SC2046 # options
	iotool load $(cat "$_dir/load") --reread "/dev/mapper/$1" "$(volume_sectors "$1")" \
		>>"$_dir/progress" 2>"/tmp/load.$1" &
	keep_pid "$1" $!
}

# The processes of the loads; not in the book: they end with the machine.
keep_pid()
{
	echo "$2" >"/tmp/pid.$1"
}

load_runs()
{
	[ -e "/tmp/pid.$1" ]
}

load_lines()
{
	wc -l 2>/dev/null <"$BOOK/v/$1/progress" || echo 0
}

load_is_past()
{
	[ ! -s "/tmp/load.$1" ] || fail "the load on $1 ended: $(cat "/tmp/load.$1")"
	[ "$(load_lines "$1")" -gt "$2" ]
}

# load_moves DEVICE: it writes, whatever was done under it
load_moves()
{
	wait_for "another flush of the load on $1" 180 load_is_past "$1" "$(load_lines "$1")"
}

# load_stop DEVICE: it must not have failed until now
load_stop()
{
	load_runs "$1" || return 0
	load_moves "$1"
	_pid=$(cat "/tmp/pid.$1")
	kill -TERM "$_pid"
	_status=0
	wait "$_pid" || _status=$?
	rm "/tmp/pid.$1"
	[ "$_status" -eq 143 ] || fail "the load on $1 ended with $_status: $(cat "/tmp/load.$1")"
	writes=$((writes + $(flushed_writes "$BOOK/v/$1/progress" | tr , +)))
}

# For each thread the writes that were flushed. The last line may be half there.
flushed_writes()
{
	awk -v threads="$THREADS" '
		seen { done[thread] = write }
		{ seen = ($1 == "flushed" && NF == 3); thread = $2; write = $3 }
		END {
			for (t = 0; t < threads; t++)
				printf "%s%d", t ? "," : "", done[t]
		}' "$1"
}

# volume_verify DEVICE: each sector holds what it may; from now on it holds that
volume_verify()
{
	_dir=$BOOK/v/$1
	_sectors=$(volume_sectors "$1")
	if [ -e "$_dir/load" ] && [ -e "$_dir/progress" ]; then
		# shellcheck disable=SC2046 # options
		iotool verify $(cat "$_dir/load") --before "$_dir/sums" --after "$_dir/sums.new" \
			"/dev/mapper/$1" "$_sectors" "$(flushed_writes "$_dir/progress")" 2>&1 ||
			fail "$1 does not hold what it must"
		mv "$_dir/sums.new" "$_dir/sums"
	else
		iotool same "/dev/mapper/$1" "$_dir/sums" 2>&1 || fail "$1 does not hold what it did"
	fi
	rm -f "$_dir/load"
	verified=$((verified + _sectors))
}

# volume_fill DEVICE SEED: what nobody has written yet
volume_fill()
{
	_all=$(sectors "/dev/mapper/$1")
	_sectors=$(volume_sectors "$1")
	[ "$_all" -gt "$_sectors" ] || return 0
	[ ! -e "$BOOK/v/$1/load" ] || fail "filled under a load"
	iotool fill "/dev/mapper/$1" "$_sectors" $((_all - _sectors)) "$2"
	iotool same "/dev/mapper/$1" "$BOOK/v/$1/sums"
	iotool note "/dev/mapper/$1" "$_all" "$BOOK/v/$1/sums.new"
	mv "$BOOK/v/$1/sums.new" "$BOOK/v/$1/sums"
}
