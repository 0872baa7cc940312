// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <libdevmapper.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "volume.h"

#define NAME	"crash"

static void quiet(int level, const char *file, int line, int dm_errno, const char *fmt, ...)
{
	(void)level, (void)file, (void)line, (void)dm_errno, (void)fmt;
}

static struct dm_task *task_new(int type)
{
	struct dm_task *dmt;

	dm_log_with_errno_init(quiet);
	dmt = dm_task_create(type);
	if (!dmt || !dm_task_set_name(dmt, NAME))
		die("out of memory");
	return dmt;
}

static int task_run(struct dm_task *dmt)
{
	int r = dm_task_run(dmt) ? 0 : -dm_task_get_errno(dmt);

	dm_task_destroy(dmt);
	dm_task_update_nodes();
	return r;
}

static int simple(int type)
{
	return task_run(task_new(type));
}

static size_t add(char *text, size_t size, size_t n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	n += vsnprintf(text + n, size - n, fmt, ap);
	va_end(ap);
	if (n >= size)
		die("the table line is too long");
	return n;
}

static void table_line(const struct history *h, const char *const *disk, const struct table *t,
		       char *text, size_t size)
{
	unsigned int l, dev[2];
	struct stat st;
	size_t n;

	n = add(text, size, 0, "%s %u %u %u %d", h->set_uuid, h->region_shift, h->zone_shift,
		h->legs, __builtin_popcount(t->split) + __builtin_popcount(t->discard) + t->side +
			 !!t->resync_max + !!h->chunk + !!*h->log);
	if (h->chunk)
		n = add(text, size, n, " chunk:%" PRIu64, h->chunk);
	if (*h->log)
		n = add(text, size, n, " log:%s", h->log);
	if (t->side)
		n = add(text, size, n, " side");
	if (t->resync_max)
		n = add(text, size, n, " resync_max:%u", t->resync_max);
	for (l = 0; l < h->legs; l++) {
		if (t->split & 1u << l)
			n = add(text, size, n, " split:%u", l);
		if (t->discard & 1u << l)
			n = add(text, size, n, " discard:%u", l);
	}
	for (l = 0; l < h->legs; l++) {
		n = add(text, size, n, " %s", t->used & 1u << l ? h->leg_uuid[l] : "-");
		if (!(t->used & t->present & 1u << l)) {
			n = add(text, size, n, " - 0 - 0 0");
			continue;
		}
		if (stat(disk[l], &st))
			die("%s: %s", disk[l], strerror(errno));
		dev[0] = major(st.st_rdev);
		dev[1] = minor(st.st_rdev);
		n = add(text, size, n, " %u:%u 0 %u:%u %" PRIu64 " %" PRIu64, dev[0], dev[1],
			dev[0], dev[1], h->data_sectors, h->sa_sectors);
	}
}

int volume_start(const struct history *h, const char *const *disk, const struct table *t)
{
	struct dm_task *dmt;
	char text[2048];
	int r;

	r = simple(DM_DEVICE_CREATE);
	if (r)
		die("cannot make the device: %s", strerror(-r));
	table_line(h, disk, t, text, sizeof(text));
	dmt = task_new(DM_DEVICE_RELOAD);
	if (!dm_task_add_target(dmt, 0, h->volume_sectors,
				h->chunk ? "varyon-raid5" : "varyon-mirror", text))
		die("out of memory");
	r = task_run(dmt);
	if (r)
		die("table '%s' is refused: %s", text, strerror(-r));
	r = simple(DM_DEVICE_RESUME);
	if (r)
		volume_stop();
	return r;
}

/*
 * Left-symmetric: the chunks of the volume go round the legs, one after the other, and
 * in each row of n - 1 of them the leg that is left over has the parity.
 */
unsigned int volume_sources(const struct history *h, unsigned int leg, uint64_t s,
			    uint64_t source[MAX_LEGS])
{
	uint64_t first, k;

	if (!h->chunk) {
		source[0] = s;
		return 1;
	}
	first = s / h->chunk * (h->legs - 1);
	for (k = first; k < first + h->legs - 1; k++) {
		source[k - first] = k * h->chunk + s % h->chunk;
		if (k % h->legs == leg) {
			source[0] = source[k - first];
			return 1;
		}
	}
	return h->legs - 1;
}

const char *volume_path(void)
{
	return "/dev/mapper/" NAME;
}

void volume_status(struct volume_status *st)
{
	struct dm_task *dmt = task_new(DM_DEVICE_STATUS);
	char *params = NULL, *type = NULL;
	uint64_t start, length;

	if (!dm_task_no_flush(dmt) || !dm_task_run(dmt))
		die("no status: %s", strerror(dm_task_get_errno(dmt)));
	dm_get_next_target(dmt, NULL, &start, &length, &type, &params);
	/* version, slots, letters, generation, dirty zones, stale regions, action */
	if (!params || sscanf(params, "%*s %*s %8s %*s %*s %167s %15s", st->letters, st->stale,
			      st->action) != 3)
		die("status '%s' is not understood", params ? params : "");
	dm_task_destroy(dmt);
}

int volume_stop(void)
{
	return simple(DM_DEVICE_REMOVE);
}
