#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# emergency hook: above the prompt, say what is there and what is missing.

# shellcheck source=hooks/varyon-lib.sh
command -v varyon_report > /dev/null || . /usr/lib/varyon/varyon-lib.sh

varyon_report
