# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# For the tests of the commands: image files as PVs, no root needed.

bats_require_minimum_version 1.5.0
BATS_LIB_PATH=${BATS_LIB_PATH:-/usr/lib/bats}
bats_load_library bats-support
bats_load_library bats-assert

# Three disks of 64 MiB: 60 PPs of 1 MiB each.
setup()
{
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	PATH=${VARYON_BIN:-$TOP/build/bin}:$PATH
	cd "$BATS_TEST_TMPDIR" || return
	truncate -s 64M a b c
	export VARYON_DEVICES=$PWD/a:$PWD/b:$PWD/c VARYON_RUN=$PWD/run VARYON_ETC=$PWD/etc
}

# A VG "vg" on a and b with a mirrored LV "mir" (8 LPs) and a plain "lin" (3 LPs).
make_vg()
{
	mkvg -y vg a b
	mklv -y mir -c 2 -L /srv vg 8
	mklv -y lin -t jfs2 vg 3 b
} >&2

# refused STATUS TEXT COMMAND...: the status, and TEXT on stderr
refused()
{
	local status_wanted=$1 text=$2
	shift 2
	run "-$status_wanted" --separate-stderr "$@"
	# shellcheck disable=SC2154 # set by run --separate-stderr
	[[ $stderr == *"$text"* ]] || fail "'$text' is not in: $stderr"
}

# The JSON on $output: the value of a Python expression over it, d being the document.
json()
{
	# shellcheck disable=SC2154 # set by run
	python3 -c 'import json, sys; d = json.loads(sys.argv[1]); print(eval(sys.argv[2]))' \
		"$output" "$1"
}

# The PVID of an image, as in AIX's IPL record.
pvid()
{
	od -A n -t x1 -j 128 -N 8 "$1" | tr -d ' \n'
}

# First sector of the status area of copy $1 of vg/mir, as its table says.
sa_sector()
{
	varyonvg --dry-run vg | awk -v n="$1" '$4 == "varyon-mirror" { print $(10 + (n - 1) * 6 + 4) }'
}

# Make the status area of copy $1 on image $2 unreadable: both superblocks.
damage_sa()
{
	dd if=/dev/zero of="$2" bs=512 seek="$(sa_sector "$1")" count=16 conv=notrunc status=none
}

# write_protected IMAGE COMMAND...: with IMAGE where nobody can write to it, root neither
write_protected()
{
	python3 - "$@" <<-'END'
	import fcntl, os, subprocess, sys
	image, command = os.path.abspath(sys.argv[1]), sys.argv[2:]
	fd = os.memfd_create("image", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
	with open(image, "rb") as f:
	    os.write(fd, f.read())
	fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE)
	os.environ["VARYON_DEVICES"] = os.environ["VARYON_DEVICES"].replace(
	    image, "/proc/%d/fd/%d" % (os.getpid(), fd))
	sys.exit(subprocess.run(command).returncode)
	END
}

# set_feat_ro IMAGE: its VGDAs ask for a feature that nobody knows, to be read only
set_feat_ro()
{
	python3 - "$1" <<-'END'
	import struct, sys

	def crc32c(data):
	    crc = 0xffffffff
	    for byte in data:
	        crc ^= byte
	        for _ in range(8):
	            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
	    return crc ^ 0xffffffff

	with open(sys.argv[1], "r+b") as f:
	    f.seek(7 * 512)
	    record = f.read(512)
	    length, = struct.unpack(">I", record[24:28])
	    for at in struct.unpack(">II", record[28:36]):
	        f.seek(at * 512)
	        copy = bytearray(f.read(length * 512))
	        ext, _, ext_used, pv_used = struct.unpack(">IIII", copy[52:68])
	        copy[ext * 512 + 16 + 7] |= 0x80
	        copy[44:48] = bytes(4)
	        used = copy[:(17 + pv_used) * 512] + \
	            copy[ext * 512:(ext + ext_used) * 512] + copy[(length - 33) * 512:]
	        copy[44:48] = struct.pack(">I", crc32c(used))
	        f.seek(at * 512)
	        f.write(copy)
	END
}

# The VGID of the VG that an image belongs to, as its LVM record says.
vgid()
{
	od -A n -v -t x1 -j 3588 -N 16 "$1" | tr -d ' \n'
}
