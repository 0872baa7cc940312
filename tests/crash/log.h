/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The log of dm-log-writes, as drivers/md/dm-log-writes.c of the kernel writes
 * it: a super block in sector 0, then for each entry one sector that describes
 * it and the data it carries. All numbers are little-endian. Sectors are of
 * 512 bytes here, because the disks below are.
 */
#ifndef CRASH_LOG_H
#define CRASH_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_MAGIC	0x6a736677736872ULL
#define LOG_VERSION	1

enum log_flags {
	LOG_FLUSH = 1, LOG_FUA = 2, LOG_DISCARD = 4, LOG_MARK = 8, LOG_METADATA = 16
};

struct log_entry {
	uint64_t sector, count, flags;
	const void *data;	/* count sectors, within the buffer; NULL: none */
	bool taken;		/* for the caller */
};

struct log {
	struct log_entry *entry;
	size_t entries;
	uint64_t sectors;	/* of the log that are used */
};

/*
 * Take the log in buf apart; returns an error text or NULL. The entries point
 * into buf and are freed with log_free().
 */
const char *log_parse(struct log *log, const void *buf, size_t bytes);
void log_free(struct log *log);

#endif
