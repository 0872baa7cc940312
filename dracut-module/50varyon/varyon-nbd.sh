#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# initqueue hook, before the one that activates: connect to the disks that
# rd.varyon.nbd=SERVER:PORT[/EXPORT] names, as nbd0, nbd1, ... in this order. In
# each turn of the main loop, until activation has come to its end: a server that
# is late is a disk that is late. One that is gone may not hold up the loop, and
# a request that it does not answer any more has to fail, or the volume would hang.

# shellcheck source=hooks/varyon-lib.sh
command -v varyon_pass > /dev/null || . /usr/lib/varyon/varyon-lib.sh

varyon_nbd_connect()
{
    modprobe -q nbd
    _disk=0
    for _spec in $(getargs rd.varyon.nbd=); do
        _dev=/dev/nbd$_disk
        _disk=$((_disk + 1))
        nbd-client -check "$_dev" > /dev/null 2>&1 && continue
        _export=
        case $_spec in
        */*) _export=${_spec#*/} ;;
        esac
        _server=${_spec%%/*}
        _port=${_server##*:}
        _server=${_server%:*}
        _server=${_server#[}
        timeout 10 nbd-client "${_server%]}" "$_port" "$_dev" -timeout 30 \
            ${_export:+-name "$_export"} > /dev/null 2>&1
    done
}

# Without a network it fails at once, and is tried again.
if getarg rd.varyon.nbd= > /dev/null && ! varyon_ended; then
    varyon_nbd_connect
fi
