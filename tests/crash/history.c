// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "history.h"
#include "log.h"
#include "stamp.h"

void die(const char *fmt, ...)
{
	va_list ap;

	fputs("crashreplay: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

/* ---- files ---- */

/* A whole file, with a zero byte behind it. */
static void *file_read(const char *dir, const char *name, int leg, size_t *bytes)
{
	char path[512];
	struct stat st;
	size_t got = 0;
	ssize_t n;
	char *buf;
	int fd;

	if (leg < 0)
		snprintf(path, sizeof(path), "%s/%s", dir, name);
	else
		snprintf(path, sizeof(path), "%s/%s.%d", dir, name, leg);
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st))
		die("%s: %s", path, strerror(errno));
	buf = malloc(st.st_size + 1);
	if (!buf)
		die("out of memory");
	while (got < (size_t)st.st_size && (n = read(fd, buf + got, st.st_size - got)) > 0)
		got += n;
	if (got != (size_t)st.st_size)
		die("%s: cannot be read", path);
	close(fd);
	buf[got] = '\0';
	*bytes = got;
	return buf;
}

static void meta_load(struct history *h, const char *dir)
{
	size_t bytes;
	char *text = file_read(dir, "meta", -1, &bytes), *line, *save = NULL;
	unsigned int leg;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, '=');

		if (!value)
			die("meta: no '=' in '%s'", line);
		*value++ = '\0';
		if (!strcmp(line, "legs"))
			h->legs = strtoul(value, NULL, 10);
		else if (!strcmp(line, "data_sectors"))
			h->data_sectors = strtoull(value, NULL, 10);
		else if (!strcmp(line, "sa_sectors"))
			h->sa_sectors = strtoull(value, NULL, 10);
		else if (!strcmp(line, "region_shift"))
			h->region_shift = strtoul(value, NULL, 10);
		else if (!strcmp(line, "zone_shift"))
			h->zone_shift = strtoul(value, NULL, 10);
		else if (!strcmp(line, "log"))
			snprintf(h->log, sizeof(h->log), "%s", value);
		else if (!strcmp(line, "chunk"))
			h->chunk = strtoull(value, NULL, 10);
		else if (!strcmp(line, "written"))
			h->written = strtoul(value, NULL, 10);
		else if (!strcmp(line, "set_uuid"))
			snprintf(h->set_uuid, sizeof(h->set_uuid), "%s", value);
		else if (sscanf(line, "uuid%u", &leg) == 1 && leg < MAX_LEGS)
			snprintf(h->leg_uuid[leg], sizeof(h->leg_uuid[leg]), "%s", value);
		else if (sscanf(line, "dev%u", &leg) == 1 && leg < MAX_LEGS)
			snprintf(h->dev[leg], sizeof(h->dev[leg]), "%s", value);
		else
			die("meta: unknown key '%s'", line);
	}
	free(text);
	if (!h->legs || h->legs > MAX_LEGS || !h->data_sectors || !h->sa_sectors)
		die("meta: values are missing");
	h->leg_sectors = h->data_sectors + h->sa_sectors;
	h->volume_sectors = h->data_sectors * (h->chunk ? h->legs - 1 : 1);
}

/* ---- the trace ---- */

/* One more element at the end of an array of *n; doubles what it holds. */
static void *grow(void *array, size_t *n, size_t size)
{
	if (!(*n & (*n - 1))) {
		array = realloc(array, (*n ? 2 * *n : 1) * size);
		if (!array)
			die("out of memory");
	}
	memset((char *)array + *n * size, 0, size);
	(*n)++;
	return array;
}

static int leg_of(const struct history *h, const char *dev)
{
	unsigned int l;

	for (l = 0; l < h->legs; l++)
		if (!strcmp(h->dev[l], dev))
			return l;
	return -1;
}

/* "MAJOR,MINOR RWBS SECTOR + COUNT [...]" */
static void trace_request(struct history *h, const char *text, uint32_t at, bool done)
{
	struct request r = { .submitted = at, .done = NEVER, .durable = NEVER }, *q;
	const char *flags, *tail;
	char dev[16], rwbs[16];
	int leg, end = 0;

	if (sscanf(text, "%15s %15s %" SCNu64 " + %" SCNu64 " %n", dev, rwbs, &r.sector, &r.count,
		   &end) != 4)
		die("trace: '%s' is not understood", text);
	leg = leg_of(h, dev);
	flags = rwbs;
	r.flush = *flags == 'F';
	flags += r.flush;
	if (leg < 0 || *flags == 'R')
		return;
	if (*flags != 'W' || (r.flush && r.count))
		die("trace: request '%s' is not one that can be replayed", rwbs);
	r.fua = flags[1] == 'F';
	r.leg = leg;
	if (!done) {
		h->request = grow(h->request, &h->requests, sizeof(r));
		h->request[h->requests - 1] = r;
		return;
	}
	/* the oldest that fits: of two flushes that is the one that covers less */
	for (q = h->request; q < h->request + h->requests; q++)
		if (q->done == NEVER && q->leg == r.leg && q->flush == r.flush &&
		    q->fua == r.fua && (r.flush || (q->sector == r.sector && q->count == r.count)))
			break;
	if (q == h->request + h->requests)
		die("trace: '%s' is done and was not submitted", text);
	q->done = at;
	tail = strchr(text + end, '[');
	q->failed = tail && strtol(tail + 1, NULL, 10) != 0;
	if (q->failed || !(q->flush || q->fua))
		return;
	h->barrier = grow(h->barrier, &h->barriers, sizeof(*h->barrier));
	h->barrier[h->barriers - 1] = q - h->request;
	if (!q->flush && q->sector >= h->data_sectors) {
		h->metadata = grow(h->metadata, &h->metadatas, sizeof(*h->metadata));
		h->metadata[h->metadatas - 1] = q - h->request;
	}
}

static struct op *op_find(struct history *h, uint64_t number)
{
	size_t i;

	for (i = h->ops; i-- > 0;)
		if (h->op[i].number == number)
			return &h->op[i];
	die("trace: write %" PRIu64 " was not begun", number);
}

struct flush {			/* of crashload */
	uint64_t number;
	unsigned int line;
	uint32_t started;
};

/* A flush is done: what was acknowledged before it began is durable. */
static void op_flushed(struct history *h, const struct flush *f, uint32_t at)
{
	size_t i;

	for (i = 0; i < h->ops; i++)
		if (h->op[i].line == f->line && h->op[i].done < f->started &&
		    h->op[i].durable == NEVER)
			h->op[i].durable = at;
}

static void trace_mark(struct history *h, const char *text, uint32_t at, struct flush **flush,
		       size_t *flushes)
{
	struct op o = { .started = at, .done = NEVER, .durable = NEVER }, *q;
	struct mark m = { .at = at };
	uint64_t number;
	size_t i;
	unsigned int fua;

	if (sscanf(text, "w %" SCNu64 " %" SCNu64 " %" SCNu64 " %u %u", &o.number, &o.sector,
		   &o.count, &fua, &o.line) == 5) {
		o.fua = fua;
		if (o.line > 1)
			die("trace: write %" PRIu64 " is of no known line", o.number);
		h->op = grow(h->op, &h->ops, sizeof(o));
		h->op[h->ops - 1] = o;
	} else if (sscanf(text, "d %" SCNu64, &number) == 1) {
		q = op_find(h, number);
		q->done = at;
		if (q->fua)
			q->durable = at;
	} else if (sscanf(text, "e %" SCNu64, &number) == 1) {
		op_find(h, number);
	} else if (sscanf(text, "f %" SCNu64 " %u", &number, &o.line) == 2) {
		*flush = grow(*flush, flushes, sizeof(**flush));
		(*flush)[*flushes - 1] = (struct flush){ number, o.line, at };
	} else if (sscanf(text, "F %" SCNu64, &number) == 1) {
		for (i = *flushes; i-- > 0;)
			if ((*flush)[i].number == number)
				break;
		if (i >= *flushes)
			die("trace: flush %" PRIu64 " was not begun", number);
		op_flushed(h, &(*flush)[i], at);
	} else if (sscanf(text, "%15s %u", m.verb, &m.leg) == 2 && m.leg < h->legs) {
		h->mark = grow(h->mark, &h->marks, sizeof(m));
		h->mark[h->marks - 1] = m;
	} else {
		die("trace: mark '%s' is not understood", text);
	}
}

static void trace_load(struct history *h, const char *dir)
{
	struct flush *flush = NULL;
	size_t bytes, flushes = 0;
	char *text = file_read(dir, "trace", -1, &bytes), *line, *save = NULL, *at;

	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (*line == '#')
			continue;
		if (strstr(line, "LOST"))
			die("trace: the kernel has lost events");
		h->positions++;
		if ((at = strstr(line, ": block_bio_queue: ")))
			trace_request(h, at + 19, h->positions, false);
		else if ((at = strstr(line, ": block_bio_complete: ")))
			trace_request(h, at + 22, h->positions, true);
		else if ((at = strstr(line, ": tracing_mark_write: ")))
			trace_mark(h, at + 22, h->positions, &flush, &flushes);
	}
	free(flush);
	free(text);
}

/* ---- what was written ---- */

static int by_done(const void *a, const void *b)
{
	const struct request *const *x = a, *const *y = b;

	return (*x)->done < (*y)->done ? -1 : (*x)->done > (*y)->done;
}

/*
 * Give each request of the leg its data. Two writes of the same sectors are
 * never in flight together and the log has them in order of completion, those
 * with FUA and those without each by themselves.
 */
static void data_load(struct history *h, const char *dir, unsigned int leg)
{
	struct request **sorted = calloc(h->requests + 1, sizeof(*sorted));
	size_t bytes, n = 0, i, from, e;
	void *buf = file_read(dir, "log", leg, &bytes);
	const char *error;
	struct log log;

	error = log_parse(&log, buf, bytes);
	if (error || !sorted)
		die("log.%u: %s", leg, error ? error : "out of memory");
	for (i = 0; i < h->requests; i++)
		if (h->request[i].leg == leg && !h->request[i].flush && h->request[i].done != NEVER)
			sorted[n++] = &h->request[i];
	qsort(sorted, n, sizeof(*sorted), by_done);
	for (i = 0, from = 0; i < n; i++) {
		struct request *r = sorted[i];

		while (from < log.entries && (log.entry[from].taken || !log.entry[from].data))
			from++;
		for (e = from; e < log.entries; e++) {
			struct log_entry *l = &log.entry[e];

			if (!l->taken && l->data && l->sector == r->sector &&
			    l->count == r->count && !(l->flags & LOG_FUA) == !r->fua)
				break;
		}
		if (e == log.entries)
			die("log.%u: no entry for the write at line %u of the trace", leg, r->done);
		log.entry[e].taken = true;
		r->data = log.entry[e].data;
		if (r->sector + r->count > h->leg_sectors)
			die("log.%u: a write ends past the leg", leg);
	}
	for (e = 0; e < log.entries; e++)
		if (log.entry[e].data && !log.entry[e].taken)
			die("log.%u: entry %zu is not in the trace", leg, e);
	log_free(&log);
	free(sorted);
}

/* ---- durability ---- */

/* Where the leg lost its power at or after `at`, and with that its cache. */
static uint32_t power_lost(const struct history *h, unsigned int leg, uint32_t at)
{
	size_t i;

	for (i = 0; i < h->marks; i++)
		if (h->mark[i].leg == leg && h->mark[i].at > at &&
		    !strcmp(h->mark[i].verb, "pulled"))
			return h->mark[i].at;
	return NEVER;
}

static void durable_find(struct history *h)
{
	struct request *r, *f, *end = h->request + h->requests;

	for (r = h->request; r < end; r++) {
		if (r->flush || r->failed || r->done == NEVER)
			continue;
		if (r->fua)
			r->durable = r->done;
		for (f = r + 1; !r->fua && f < end; f++)
			if (f->flush && !f->failed && f->leg == r->leg && f->submitted > r->done &&
			    f->done < r->durable)
				r->durable = f->done;
		if (r->durable != NEVER && r->durable > power_lost(h, r->leg, r->submitted))
			r->durable = NEVER;
	}
}

/* ---- images ---- */

static void apply(const struct request *r, unsigned char *out, bool torn, uint64_t *random)
{
	const unsigned char *data = r->data;
	uint64_t i;

	for (i = 0; i < r->count; i++)
		if (!torn || random_next(random) & 1)
			memcpy(out + (r->sector + i) * SECTOR, data + i * SECTOR, SECTOR);
}

void history_image(const struct history *h, unsigned int leg, uint32_t at, enum loss loss,
		   uint64_t *random, unsigned char *out)
{
	const struct request *r;

	memcpy(out, h->base[leg], h->leg_sectors * SECTOR);
	for (r = h->request; r < h->request + h->requests && r->submitted <= at; r++) {
		if (r->leg != leg || r->flush || r->failed || !r->data)
			continue;
		if (r->durable <= at || loss == LOSE_NONE)
			apply(r, out, false, random);
		else if (loss == LOSE_TORN || (loss == LOSE_SOME && random_next(random) & 1))
			apply(r, out, loss == LOSE_TORN, random);
	}
}

/* All that was written, over what was there, is what the disk holds at the end. */
static void end_check(const struct history *h, unsigned int leg)
{
	unsigned char *image = malloc(h->leg_sectors * SECTOR);
	uint64_t random = 0, s;

	if (!image)
		die("out of memory");
	history_image(h, leg, NEVER, LOSE_NONE, &random, image);
	for (s = 0; s < h->leg_sectors; s++)
		if (memcmp(image + s * SECTOR, h->end[leg] + s * SECTOR, SECTOR))
			die("leg %u: log and trace do not explain sector %" PRIu64, leg, s);
	free(image);
}

void history_load(struct history *h, const char *dir)
{
	unsigned int l;
	size_t bytes;

	memset(h, 0, sizeof(*h));
	meta_load(h, dir);
	trace_load(h, dir);
	for (l = 0; l < h->legs; l++) {
		h->base[l] = file_read(dir, "base", l, &bytes);
		if (bytes < h->leg_sectors * SECTOR)
			die("base.%u is too short", l);
		h->end[l] = file_read(dir, "end", l, &bytes);
		if (bytes < h->leg_sectors * SECTOR)
			die("end.%u is too short", l);
		data_load(h, dir, l);
	}
	durable_find(h);
	for (l = 0; l < h->legs; l++)
		end_check(h, l);
}
