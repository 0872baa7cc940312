#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# shutdown hook, when some module has had the whole initramfs restored: close
# volumes after the old root was unmounted. Before the hook of dm, which removes
# what is left without a word. Called until it succeeds.

varyon shutdown
