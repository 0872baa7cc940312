#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# initqueue hook: one activation pass for each turn of dracut's main loop, until
# the outcome is known. Runs inside the shell of that loop. It is not a hook
# for the settled queue, because that has to wait for every slow device.

# shellcheck source=hooks/varyon-lib.sh
command -v varyon_pass > /dev/null || . /usr/lib/varyon/varyon-lib.sh

# What a rule of udev leaves for each physical volume that comes. Taken away before the
# pass, so that one that comes meanwhile is not overlooked.
# shellcheck disable=SC2154 # hookdir is dracut's
if [ -e "$hookdir/initqueue/varyon-again" ]; then
    rm -f "$hookdir/initqueue/varyon-again" /run/varyon/hook/ended
fi

# shellcheck disable=SC2154 # varyon_pass sets varyon_state; root is dracut's
if ! varyon_ended; then
    varyon_pass

    # The program keeps the time, in seconds. The loop counts turns, which are
    # as long as the machine is slow, and would give up first.
    if [ "$varyon_state" = wait ]; then
        # shellcheck disable=SC2034 # the loop's own counter
        main_loop=0
    fi

    # Nothing more will come by itself. Only if root is not there either: it may
    # lie elsewhere, and then a missing data volume must not stop the boot. What
    # dracut made of root= is known here only if some module had it worked out.
    if [ "$varyon_state" = refused ]; then
        varyon_root=${root#block:}
        [ -n "$varyon_root" ] || varyon_root=$(label_uuid_to_dev "$(getarg root=)")
        udevadm settle --timeout=10
        case $varyon_root in
        /dev/*)
            if ! [ -e "$varyon_root" ]; then
                emergency_shell "varyon: $varyon_root does not exist, see above for what is missing"
                varyon_again
            fi
            ;;
        esac
    fi
fi
