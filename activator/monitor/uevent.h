/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Disks that come: the kernel's own messages about block devices. They may get
 * lost, so nothing depends on them but the taking back of copies, which
 * varyonvg can do as well.
 */
#ifndef VARYON_UEVENT_H
#define VARYON_UEVENT_H

#include <stdbool.h>

/* A descriptor that does not block, or -errno. */
int uevent_open(void);

/*
 * Read what there is. True when a block device has come or has changed, or
 * messages were lost. Messages that udev asked the kernel for, after somebody
 * wrote to the device, do not count, and neither do mapped devices for which
 * skip() says so.
 */
bool uevent_read(int fd, bool (*skip)(unsigned int major, unsigned int minor));

/* One message, keys and values with a NUL after each: is it such a one? Pure. */
bool uevent_counts(const char *message, unsigned long len, unsigned int *major,
		   unsigned int *minor);

#endif
