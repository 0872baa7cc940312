#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# cleanup hook, behind those by which other modules ask for an initramfs at
# shutdown: root is entered next.

# shellcheck source=hooks/varyon-lib.sh
command -v varyon_hand_over > /dev/null || . /usr/lib/varyon/varyon-lib.sh

varyon_hand_over
