#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# cmdline hook: disks of other machines want the network. Before the hooks that
# look whether it is needed.

if getarg rd.varyon.nbd= > /dev/null; then
    echo rd.neednet=1 > /etc/cmdline.d/50varyon-nbd.conf
fi
