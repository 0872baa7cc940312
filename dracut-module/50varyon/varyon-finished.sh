#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# initqueue/finished hook: dracut goes on when the outcome is known.

[ -e /run/varyon/hook/ended ]
