// SPDX-License-Identifier: GPL-2.0
/* Device-mapper's ioctls, with one buffer that is always there; see dmctl.h. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include "dmctl.h"

/*
 * The kernel allocates as much as it is told to fill, so it is told little as
 * long as that suffices.
 */
#define SIZE_MIN	(16 * 1024)
#define SIZE_LIMIT	(256 * 1024)

static union {
	struct dm_ioctl head;
	char bytes[SIZE_LIMIT];
} buf;

static int call(int fd, unsigned long cmd, uint64_t dev, uint32_t flags, uint32_t size)
{
	memset(&buf.head, 0, sizeof(buf.head));
	buf.head.version[0] = DM_VERSION_MAJOR;
	buf.head.data_size = size;
	buf.head.data_start = sizeof(buf.head);
	buf.head.dev = dev;
	buf.head.flags = flags;
	return ioctl(fd, cmd, &buf) ? -errno : 0;
}

int dmctl_arm(int fd)
{
	return call(fd, DM_DEV_ARM_POLL, 0, 0, sizeof(buf.head));
}

/* Behind the name: event number and flags, and the UUID if there is one. */
static void read_entry(const struct dm_name_list *entry, struct dmctl_dev *dev)
{
	size_t after = (size_t)((const char *)entry->name - (const char *)entry) +
		       strlen(entry->name) + 1;
	const uint32_t *more = (const uint32_t *)((const char *)entry + ((after + 7) & ~(size_t)7));

	dev->name = entry->name;
	dev->dev = entry->dev;
	dev->event_nr = more[0];
	dev->uuid = more[1] & DM_NAME_LIST_FLAG_HAS_UUID ? (const char *)&more[2] : "";
}

int dmctl_list(int fd, void (*each)(const struct dmctl_dev *dev))
{
	static uint32_t size = SIZE_MIN;
	const struct dm_name_list *entry;
	struct dmctl_dev dev;
	int ret = call(fd, DM_LIST_DEVICES, 0, DM_UUID_FLAG, size);

	while (!ret && buf.head.flags & DM_BUFFER_FULL_FLAG) {
		if (size == SIZE_LIMIT)
			return -ENOBUFS;
		size *= 2;
		ret = call(fd, DM_LIST_DEVICES, 0, DM_UUID_FLAG, size);
	}
	if (ret)
		return ret;
	entry = (const void *)(buf.bytes + buf.head.data_start);
	if (!entry->dev)
		return 0;
	for (;;) {
		read_entry(entry, &dev);
		each(&dev);
		if (!entry->next)
			return 0;
		entry = (const void *)((const char *)entry + entry->next);
	}
}

int dmctl_target(int fd, uint64_t dev, bool table, const char *prefix,
		 struct dmctl_target *target)
{
	const struct dm_target_spec *spec;
	size_t len;
	int ret;

	target->suspended = false;
	ret = call(fd, DM_TABLE_STATUS, dev, DM_NOFLUSH_FLAG | (table ? DM_STATUS_TABLE_FLAG : 0),
		   SIZE_MIN);
	if (ret)
		return ret == -ENXIO ? -ENOENT : ret;
	spec = (const void *)(buf.bytes + buf.head.data_start);
	target->suspended = buf.head.flags & DM_SUSPEND_FLAG;
	if (buf.head.target_count != 1 || buf.head.flags & DM_BUFFER_FULL_FLAG ||
	    strncmp(spec->target_type, prefix, strlen(prefix)))
		return -ENOENT;
	len = strlen((const char *)(spec + 1));
	if (len >= DMCTL_TEXT)
		return -ENOENT;
	memcpy(target->text, spec + 1, len + 1);
	memcpy(target->kind, spec->target_type + strlen(prefix), strlen(spec->target_type) -
	       strlen(prefix) + 1);
	return 0;
}

unsigned int dmctl_major(uint64_t dev)
{
	return (unsigned int)(dev >> 8) & 0xfff;
}

unsigned int dmctl_minor(uint64_t dev)
{
	return (unsigned int)(dev & 0xff) | ((unsigned int)(dev >> 12) & 0xfff00);
}
