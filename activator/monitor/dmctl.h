/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few ioctls of device-mapper that never wait for I/O, spoken directly:
 * libdevmapper allocates, which the monitor must not.
 */
#ifndef VARYON_DMCTL_H
#define VARYON_DMCTL_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/dm-ioctl.h>

#define DMCTL_TEXT	4096	/* of a status or table line */

struct dmctl_dev {
	const char *name, *uuid;	/* valid until the next call; uuid may be "" */
	uint64_t dev;			/* as the kernel encodes it */
	uint32_t event_nr;
};

/* From now on poll() on fd tells of anything that happens after this call. 0 or -errno. */
int dmctl_arm(int fd);

/* Call each() for every mapped device. 0 or -errno; -ENOBUFS: more than fit. */
int dmctl_list(int fd, void (*each)(const struct dmctl_dev *dev));

struct dmctl_target {
	char kind[DM_MAX_TYPE_NAME];	/* what follows the prefix in its name */
	char text[DMCTL_TEXT];	/* its status or table line */
	bool suspended;
};

/*
 * The status line of the device (table: its table line) when that is one
 * target whose name begins so, asked without flushing and with no I/O. 0, -ENOENT
 * when it is something else or has gone, or -errno.
 */
int dmctl_target(int fd, uint64_t dev, bool table, const char *prefix,
		 struct dmctl_target *target);

/* The numbers of a device that the kernel has encoded. */
unsigned int dmctl_major(uint64_t dev);
unsigned int dmctl_minor(uint64_t dev);

#endif
