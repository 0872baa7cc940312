/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A root directory of its own, for a monitor that is started in an initramfs.
 * The one that it starts in is emptied when the root file system is entered, and
 * the paths /dev, /proc, /run and /sys, by which metadata are read, lead nowhere
 * from there any more. By the paths of the root file system it must not go: they
 * may not answer, and would have to be left again before that is unmounted.
 */
#ifndef VARYON_HOME_H
#define VARYON_HOME_H

#include "../lib/err.h"

/*
 * From now on this process and those that it starts see nothing but /dev, /proc,
 * /run and /sys, the same ones that everybody has. What others mount or unmount
 * later changes nothing here, and nothing else stays mounted because of us.
 */
enum err_code home_move_in(struct err *e);

#endif
