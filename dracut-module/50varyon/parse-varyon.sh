#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# cmdline hook. rd.varyon=0 takes everything out; all other options are read by
# the program itself.

if ! getargbool 1 rd.varyon; then
    info "rd.varyon=0: no volume group is activated"
    # shellcheck disable=SC2154 # hookdir is dracut's
    rm -f -- "$hookdir"/initqueue/*-varyon-boot.sh \
        "$hookdir"/initqueue/finished/*-varyon-finished.sh \
        /etc/udev/rules.d/66-varyon-initqueue.rules
fi
