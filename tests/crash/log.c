// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include "log.h"
#include "stamp.h"

struct log_super {		/* sector 0 */
	uint64_t magic;
	uint64_t version;
	uint64_t nr_entries;
	uint32_t sectorsize;
};

struct log_write_entry {	/* one sector before the data */
	uint64_t sector;
	uint64_t nr_sectors;
	uint64_t flags;
	uint64_t data_len;	/* of a mark's text, which follows in this sector */
};

const char *log_parse(struct log *log, const void *buf, size_t bytes)
{
	uint64_t at = 1, size = bytes / SECTOR, i;
	struct log_super super;

	memset(log, 0, sizeof(*log));
	if (!size)
		return "the log is empty";
	memcpy(&super, buf, sizeof(super));
	if (le64toh(super.magic) != LOG_MAGIC || le64toh(super.version) != LOG_VERSION)
		return "not a log of dm-log-writes";
	if (le32toh(super.sectorsize) != SECTOR)
		return "the log's sectors are not of 512 bytes";
	log->entries = le64toh(super.nr_entries);
	if (log->entries > size)
		return "the log has more entries than sectors";
	log->entry = calloc(log->entries + 1, sizeof(*log->entry));
	if (!log->entry)
		return "out of memory";

	for (i = 0; i < log->entries; i++) {
		struct log_entry *e = &log->entry[i];
		struct log_write_entry raw;

		if (at >= size)
			return "the log ends within an entry";
		memcpy(&raw, (const char *)buf + at++ * SECTOR, sizeof(raw));
		e->sector = le64toh(raw.sector);
		e->count = le64toh(raw.nr_sectors);
		e->flags = le64toh(raw.flags);
		if (!e->count || e->flags & LOG_DISCARD)
			continue;
		if (e->count > size - at)
			return "the log ends within the data of an entry";
		e->data = (const char *)buf + at * SECTOR;
		at += e->count;
	}
	log->sectors = at;
	return NULL;
}

void log_free(struct log *log)
{
	free(log->entry);
	memset(log, 0, sizeof(*log));
}
