// SPDX-License-Identifier: GPL-2.0
/* Device nodes; see node.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include "node.h"

#define WAIT_MS		5000
#define POLL_MS		16	/* at most; it begins with 1: a machine that boots waits for this */

static bool udev_runs(void)
{
	return access("/run/udev/control", F_OK) == 0;
}

/* Through a link or not: does the path lead to this device? */
static bool leads_to(const char *path, dev_t rdev)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISBLK(st.st_mode) && st.st_rdev == rdev;
}

static enum err_code make_node(const char *path, dev_t rdev, struct err *e)
{
	if (mkdir("/dev/mapper", 0755) && errno != EEXIST)
		return err_set(e, ERR_IO, "/dev/mapper: cannot create: %s", strerror(errno));
	if (unlink(path) && errno != ENOENT)
		return err_set(e, ERR_IO, "%s: cannot replace: %s", path, strerror(errno));
	if (mknod(path, S_IFBLK | 0600, rdev))
		return err_set(e, ERR_IO, "%s: cannot create: %s", path, strerror(errno));
	return ERR_OK;
}

enum err_code node_wait(const char *name, unsigned int major, unsigned int minor,
			struct err *e)
{
	dev_t rdev = makedev(major, minor);
	char path[256];

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	if (!udev_runs())
		return leads_to(path, rdev) ? ERR_OK : make_node(path, rdev, e);
	for (unsigned int ms = 0, step = 1; !leads_to(path, rdev); ms += step) {
		const struct timespec pause = { .tv_nsec = step * 1000000L };

		if (ms >= WAIT_MS)
			return err_set(e, ERR_FAILED,
				       "%s: the device is active, but udev did not make its node within %d s; is udevd running?",
				       path, WAIT_MS / 1000);
		nanosleep(&pause, NULL);
		if (step < POLL_MS)
			step *= 2;
	}
	return ERR_OK;
}

void node_gone(const char *name, unsigned int major, unsigned int minor)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/mapper/%s", name);
	if (!udev_runs() && lstat(path, &st) == 0 && S_ISBLK(st.st_mode) &&
	    st.st_rdev == makedev(major, minor))
		unlink(path);
}
