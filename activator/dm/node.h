/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/mapper/NAME: udev's business where udev runs, else ours. */
#ifndef VARYON_NODE_H
#define VARYON_NODE_H

#include "../lib/err.h"

/*
 * Return when /dev/mapper/NAME leads to the device. With udev, wait for it,
 * at most five seconds; without, make the node. An error means only that the
 * node is not there: the device itself works.
 */
enum err_code node_wait(const char *name, unsigned int major, unsigned int minor,
			struct err *e);

/* Without udev: remove the node, if it is one of the device that is gone. */
void node_gone(const char *name, unsigned int major, unsigned int minor);

#endif
