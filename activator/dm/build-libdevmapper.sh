#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Build a static libdevmapper from Debian's lvm2 source package.
#
#   build-libdevmapper.sh OUTDIR CC
#
# Leaves OUTDIR/libdevmapper.a and OUTDIR/libdevmapper.h, and for musl OUTDIR/kh
# with the kernel's headers. The library is built without udev_sync: its cookie
# wait has no time limit and never returns in an initramfs where udev's socket
# exists before udevd runs. varyon waits for device nodes itself, with a limit.
set -eu

out=${1:?usage: build-libdevmapper.sh OUTDIR CC}
cc=${2:?usage: build-libdevmapper.sh OUTDIR CC}

mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$out/work
log=$out/build.log

fail()
{
	echo "build-libdevmapper.sh: $*" >&2
	[ -s "$log" ] && tail -n 20 "$log" >&2
	exit 1
}

# The machine's own apt sources, with source packages instead of binary ones,
# in a place of our own: nothing below /etc or /var is changed.
private_sources()
{
	mkdir -p "$work/apt/parts" "$work/apt/lists/partial"
	for f in /etc/apt/sources.list.d/*.sources; do
		[ -e "$f" ] || continue
		sed 's/^Types:.*/Types: deb-src/' "$f" >"$work/apt/parts/${f##*/}"
	done
	for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
		[ -e "$f" ] || continue
		sed -n 's/^deb\([[:space:]]\)/deb-src\1/p' "$f" >"$work/apt/parts/${f##*/}"
	done
}

apt()
{
	apt-get -q -o Dir::Etc::sourcelist=/dev/null \
		-o Dir::Etc::sourceparts="$work/apt/parts" \
		-o Dir::State::lists="$work/apt/lists" \
		"$@"
}

download()
{
	private_sources
	# A third party's repository without source packages must not stop us:
	# what counts is that lvm2 is found afterwards.
	apt update >"$log" 2>&1 || true
	(cd "$work" && apt source --download-only lvm2) >>"$log" 2>&1 ||
		fail "cannot download the source package of lvm2;" \
		     "see $log and the apt sources of this machine"
}

# musl-gcc looks only into musl's own include folder: show it the kernel's
# headers, which are the same for every C library.
kernel_headers()
{
	arch=$(gcc -print-multiarch)
	mkdir -p "$out/kh"
	ln -sfn -t "$out/kh" /usr/include/linux /usr/include/asm-generic /usr/include/libaio.h
	ln -sfnT "/usr/include/$arch/asm" "$out/kh/asm"
}

build()
{
	flags="-Os -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables"
	host=
	case ${cc##*/} in
	musl-*)
		kernel_headers
		flags="$flags -isystem $out/kh"
		host=--host=$(uname -m)-linux-musl
		;;
	esac
	(
		cd "$work/src"
		./configure ${host:+"$host"} CC="$cc" CFLAGS="$flags" \
			--disable-selinux --disable-udev_sync --disable-udev_rules \
			--enable-static_link --disable-readline \
			--disable-blkid_wiping --disable-cmdlib --disable-dmeventd \
			--disable-lvmpolld --disable-use-lvmpolld --disable-nls \
			--disable-notify-dbus --disable-app-machineid \
			--disable-systemd-journal
		make -C include
		make -C libdm ioctl/libdevmapper.a
	) >>"$log" 2>&1 || fail "building libdevmapper failed, log in $log:"
}

rm -rf "$work"
mkdir -p "$work/src"
download
tar -xf "$work"/lvm2_*.orig.tar.* -C "$work/src" --strip-components=1 ||
	fail "cannot unpack the source package of lvm2"
build
cp "$work/src/libdm/libdevmapper.h" "$out/libdevmapper.h"
cp "$work/src/libdm/ioctl/libdevmapper.a" "$out/libdevmapper.a"
rm -rf "$work"
