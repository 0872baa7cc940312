#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
#
# Root on a mirrored volume, activated in the initramfs.

load lib

MAPPER='root=/dev/mapper/rootvg-root rd.varyon.vg=rootvg'
LABEL='root=LABEL=small rd.varyon.vg=rootvg'

# shellcheck disable=SC2154 # got is filled by finish()
# A root that lies where it should, and that udev knows to be complete.
assert_on_mirror()
{
	assert_equal "${got[root_name]}" rootvg-root
	assert_equal "${got[mapped]}" 'rootvg-root '
	assert_equal "${got[by_label]##*/}" "${got[by_vg]##*/}"
	assert_equal "${got[udev_primary]}" 1
}

@test "both copies, root=/dev/mapper/VG-LV" {
	boot dash "$MAPPER test.exitrd" "${A[@]}" "${B[@]}"
	assert_on_mirror
	assert_equal "$(letters)" MM
	assert_monitor
	echo "# first disk seen at ${got[first_pv_s]} s, root ready at ${got[root_ready_s]} s" >&3
}

@test "both copies, disks in each other's place, root=LABEL=, no monitor" {
	boot dash "$LABEL rd.varyon.monitor=0" "${B[@]}" "${A[@]}"
	assert_on_mirror
	assert_equal "$(letters)" MM
	assert_equal "${got[monitor_pid]}" ''
}

@test "first copy alone, root=UUID=" {
	boot dash "root=UUID=$SMALL_UUID rd.varyon.vg=rootvg rd.varyon.wait=2" "${A[@]}"
	assert_on_mirror
	assert_equal "$(letters)" MA
	run -0 grep -a -c 'missing' "$SERIAL"
}

@test "second copy alone, with systemd in the initramfs, root=LABEL=" {
	boot systemd "$LABEL rd.varyon.wait=2" "${B[@]}"
	assert_on_mirror
	assert_equal "$(letters)" AM
}

@test "both copies, with systemd in the initramfs, root=/dev/mapper/VG-LV" {
	boot systemd "$MAPPER test.exitrd" "${A[@]}" "${B[@]}"
	assert_on_mirror
	assert_equal "$(letters)" MM
	assert_monitor
	echo "# first disk seen at ${got[first_pv_s]} s, root ready at ${got[root_ready_s]} s" >&3
}

@test "first copy alone, initramfs-tools, root=/dev/mapper/VG-LV" {
	boot tools "$MAPPER rd.varyon.wait=2 test.exitrd" "${A[@]}"
	assert_on_mirror
	assert_equal "$(letters)" MA
	run -0 grep -a 'no longer waiting for PV' "$SERIAL"
	assert_monitor
}

@test "a disk that comes late is waited for" {
	start dash "$MAPPER rd.varyon.wait=60" "${A[@]}"
	on_console 'varyon: .*missing'
	"$VM" add "$NAME" "$BOOT/b.img,serial=B,snapshot"
	finish
	assert_on_mirror
	assert_equal "$(letters)" MM
}

@test "a volume group that does not exist: says so, shows what there is" {
	start dash "root=/dev/mapper/nosuch-root rd.varyon.vg=nosuch rd.varyon.wait=2" \
		"${A[@]}" "${B[@]}"
	on_console 'varyon: .*nosuch'
	on_console 'volume groups found'
	on_console 'rootvg/root'
	on_console 'Dropping to debug shell'
	# Nothing was activated, and an administrator can do it from here.
	"$VM" type "$NAME" 'ls /sys/block'
	on_console '(^|[^-a-z])vda +vdb[^-a-z]*$'
	"$VM" type "$NAME" 'varyonvg rootvg && ls /dev/mapper/*'
	on_console ' /dev/mapper/rootvg-root'
}

@test "root elsewhere: a volume group that is missing does not stop the boot" {
	boot dash 'root=LABEL=plain rd.varyon.vg=nosuch rd.varyon.vg=rootvg rd.varyon.wait=1' \
		"${A[@]}" "${B[@]}" "${PLAIN[@]}"
	assert_equal "${got[root_name]}" ''
	assert_equal "${got[mapped]}" 'rootvg-root '
	run -0 grep -a 'varyon: .*nosuch' "$SERIAL"
}

# Of three VGDA copies, the second disk has one.
@test "no quorum: refused, overridden from the emergency shell (systemd)" {
	local a b
	a=$(scratch_copy a)
	b=$(scratch_copy b)
	VARYON_DEVICES=$a:$b "$TOP/build/varyon" chvg -Q y rootvg
	start systemd "$MAPPER rd.varyon.wait=1" --disk "$b,serial=B"
	on_console 'varyon: .*quorum'
	on_console 'Press Enter for maintenance'
	"$VM" type "$NAME" ''
	on_console '# $'
	"$VM" type "$NAME" 'varyonvg -f rootvg; exit'
	finish
	assert_on_mirror
	assert_equal "$(letters)" AM
}

@test "rd.varyon=0: no volume group is touched" {
	boot dash 'root=LABEL=plain rd.varyon=0' "${A[@]}" "${B[@]}" "${PLAIN[@]}"
	assert_equal "${got[root_name]}" ''
	assert_equal "${got[mapped]}" ''
}

@test "what varyon adds to the initramfs" {
	local base dm varyon
	base=$(stat -c %s "$BOOT/initrd-base.img")
	dm=$(stat -c %s "$BOOT/initrd-dm.img")
	varyon=$(stat -c %s "$BOOT/initrd-dash.img")
	echo "# $((varyon - dm)) bytes of its own, $((dm - base)) for device-mapper, uncompressed" >&3
	[ "$varyon" -gt "$dm" ]
}
