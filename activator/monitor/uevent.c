// SPDX-License-Identifier: GPL-2.0
/* Messages about block devices; see uevent.h. */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "line.h"
#include "uevent.h"

int uevent_open(void)
{
	const struct sockaddr_nl kernel_group = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);
	int ret;

	if (fd < 0)
		return -errno;
	if (!bind(fd, (const struct sockaddr *)&kernel_group, sizeof(kernel_group)))
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

static const char *value(const char *pair, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(pair, key, len) && pair[len] == '=' ? pair + len + 1 : NULL;
}

bool uevent_counts(const char *message, unsigned long len, unsigned int *major,
		   unsigned int *minor)
{
	bool comes = false, block = false;
	const char *end = message + len, *v;
	uint64_t n;

	*major = *minor = 0;
	for (const char *s = message; s < end; s += strlen(s) + 1) {
		if ((v = value(s, "ACTION")))
			comes = !strcmp(v, "add") || !strcmp(v, "change");
		else if ((v = value(s, "SUBSYSTEM")))
			block = !strcmp(v, "block");
		else if (value(s, "SYNTH_UUID"))
			return false;
		else if ((v = value(s, "MAJOR")) && line_word_num(&v, &n))
			*major = (unsigned int)n;
		else if ((v = value(s, "MINOR")) && line_word_num(&v, &n))
			*minor = (unsigned int)n;
	}
	return comes && block;
}

bool uevent_read(int fd, bool (*skip)(unsigned int major, unsigned int minor))
{
	static char message[8192];
	unsigned int major, minor;
	bool any = false;

	for (;;) {
		struct sockaddr_nl from;
		socklen_t size = sizeof(from);
		ssize_t len = recvfrom(fd, message, sizeof(message) - 1, 0,
				       (struct sockaddr *)&from, &size);

		if (len < 0 && errno == ENOBUFS) {
			any = true;
			continue;
		}
		if (len < 0)
			return any;
		message[len] = '\0';
		/* only the kernel has no port */
		if (!from.nl_pid && uevent_counts(message, (unsigned long)len, &major, &minor) &&
		    !skip(major, minor))
			any = true;
	}
}
