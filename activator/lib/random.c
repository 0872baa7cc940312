// SPDX-License-Identifier: GPL-2.0
/* Random bytes and the clock. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include "random.h"

enum err_code random_bytes(void *buf, size_t len, struct err *e)
{
	uint8_t *p = buf;
	size_t done = 0;
	uint8_t any = 0;

	while (done < len) {
		ssize_t n = getrandom(p + done, len - done, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_FAILED, "cannot get random bytes: %s",
				       strerror(errno));
		done += (size_t)n;
	}
	for (done = 0; done < len; done++)
		any |= p[done];
	return any ? ERR_OK : random_bytes(buf, len, e);
}

uint64_t clock_stamp(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec << 32 | (uint32_t)ts.tv_nsec;
}
