#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# varyon: activate AIX-style volume groups before root is mounted.

# Is the block device $1 (major:minor) a volume of varyon?
_is_varyon() {
    local _uuid
    [[ -r /sys/dev/block/$1/dm/uuid ]] || return 1
    read -r _uuid < "/sys/dev/block/$1/dm/uuid"
    [[ $_uuid == VARYON-* ]]
}

# Print rd.varyon.vg=VGID when the block device $1 is a volume of varyon.
# Always false, so that the walk over the devices goes on.
_print_vg() {
    local _uuid
    _is_varyon "$1" || return 1
    read -r _uuid < "/sys/dev/block/$1/dm/uuid"
    _uuid=${_uuid#VARYON-}
    printf ' rd.varyon.vg=%s\n' "${_uuid%%-*}"
    return 1
}

# Does anything in fstab lie on varyon, mounted or not? A volume has to be active
# to be recognised, as all are after a boot.
_fstab_is_varyon() {
    local _dev
    while read -r _dev; do
        [[ -b $_dev ]] || continue
        check_block_and_slaves _is_varyon "$(get_maj_min "$_dev")" && return 0
    done < <(findmnt --tab-file "${dracutsysrootdir-}/etc/fstab" --evaluate --noheadings \
        --raw --output SOURCE 2> /dev/null)
    return 1
}

# In an image for this host only if what it boots from, or something in fstab,
# lies on varyon; else whenever the program is installed.
check() {
    require_binaries varyon dmsetup || return 1

    if [[ $hostonly ]] || [[ $mount_needs ]]; then
        for_each_host_dev_and_slaves _is_varyon || _fstab_is_varyon || return 255
    fi
    return 0
}

# dm brings device-mapper and its udev rules; newer dracut has a module for
# the main loop.
depends() {
    local _dir
    echo rootfs-block dm udev-rules
    for _dir in "${dracutbasedir:?}"/modules.d/*initqueue; do
        [[ -d $_dir ]] && echo initqueue
    done
    return 0
}

# The VGs that this host boots from or swaps to, for --hostonly-cmdline. Others are
# activated when root is there.
cmdline() {
    for_each_host_dev_and_slaves _print_vg | sort -u | tr -d '\n'
}

# dm-varyon asks for CRC32C by name, which no dependency shows. All of it
# belongs into every image: a host that has no mirror today may have one when
# it boots.
installkernel() {
    hostonly='' instmods dm-mod crc32c_generic crc32c_intel
    hostonly='' instmods -c dm-varyon \
        || derror "varyon: dm-varyon.ko is not installed for kernel ${kernel:?}: this image cannot activate mirrors"
}

install() {
    local _bin _name _options _hooks

    inst_multiple varyon modprobe mkdir cat rm cp
    _bin=$(find_binary varyon)
    for _name in $("$_bin" --links); do
        ln_r "$_bin" "${_bin%/*}/$_name"
    done

    inst_simple /usr/lib/varyon/varyon-lib.sh
    inst_rules 12-varyon-dm.rules 66-varyon-pv.rules

    # Newer dracut has its hooks elsewhere; a rule cannot ask where, nor for a path.
    for _hooks in /var/lib/dracut/hooks /lib/dracut/hooks; do
        [[ -d ${initdir:?}$_hooks ]] && break
    done
    mkdir -p "$initdir/etc/udev/rules.d"
    sed "s|@hooks@|$_hooks|; s|@cp@|$(find_binary cp)|" "${moddir:?}/66-varyon-initqueue.rules" \
        > "$initdir/etc/udev/rules.d/66-varyon-initqueue.rules"

    if dracut_module_included nbd; then
        inst_multiple timeout
        inst_hook cmdline 80 "$moddir/varyon-nbd-cmdline.sh"
        inst_hook initqueue 45 "$moddir/varyon-nbd.sh"
    fi
    inst_hook initqueue 50 "$moddir/varyon-boot.sh"
    inst_hook initqueue/finished 50 "$moddir/varyon-finished.sh"
    inst_hook emergency 50 "$moddir/varyon-emergency.sh"
    inst_hook cleanup 99 "$moddir/varyon-hand-over.sh"
    inst_hook shutdown 20 "$moddir/varyon-shutdown.sh"

    if [[ ${hostonly_cmdline:-} == yes ]]; then
        _options=$(cmdline)
        [[ $_options ]] && printf '%s\n' "$_options" >> "$initdir/etc/cmdline.d/50varyon.conf"
    fi

    # A module of its own in newer dracut, see depends().
    if type -t dracut_need_initqueue > /dev/null; then
        dracut_need_initqueue
    fi
}
