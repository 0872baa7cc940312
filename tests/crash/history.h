/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording: everything that reached the legs of a volume and everything its
 * user was told, in one order.
 *
 * The order is the kernel's trace with its clock "counter": the block layer
 * says when each request to a leg is submitted and when it is done, crashload
 * and the scenario put their marks between. The logs of dm-log-writes add what
 * was written. A position is a line of the trace; a crash at position T comes
 * between line T and the next.
 *
 * A directory holds it: meta (key=value lines), trace, and for each leg N
 * base.N and end.N (its disk before and after) and log.N.
 */
#ifndef CRASH_HISTORY_H
#define CRASH_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_LEGS	8
#define NEVER		UINT32_MAX	/* a position that does not come */

struct request {		/* a write or a flush that reached a leg */
	unsigned int leg;
	bool flush, fua, failed;
	uint64_t sector, count;
	uint32_t submitted, done;
	uint32_t durable;	/* from here on a crash does not undo it */
	const void *data;
};

struct op {			/* a write of crashload */
	uint64_t number, sector, count;
	unsigned int line;	/* 0: to the volume, 1: to a copy split off from it */
	bool fua;
	uint32_t started, done;	/* NEVER: not acknowledged */
	uint32_t durable;	/* acknowledged, and a flush that began after that too */
};

struct mark {			/* a line of the scenario */
	uint32_t at;
	char verb[16];
	unsigned int leg;
};

struct history {
	/* meta */
	unsigned int legs;
	uint64_t data_sectors, sa_sectors;	/* of a leg */
	uint64_t chunk;			/* sectors; 0: a mirror */
	bool written;			/* with a map of what was ever written */
	char log[16];			/* mode of the row log; empty: by default */
	unsigned int region_shift, zone_shift;
	char set_uuid[33], leg_uuid[MAX_LEGS][33];
	char dev[MAX_LEGS][16];		/* major,minor of a leg in the trace */

	uint64_t leg_sectors, volume_sectors;
	unsigned char *base[MAX_LEGS], *end[MAX_LEGS];
	uint32_t positions;
	struct request *request;	/* by submission */
	size_t requests;
	struct op *op;			/* by start */
	size_t ops;
	struct mark *mark;
	size_t marks;
	size_t *barrier;		/* requests: flushes, and writes with FUA */
	size_t barriers;
	size_t *metadata;		/* of these, writes to status areas */
	size_t metadatas;
};

/* Read a recording; ends the program with a message when it does not fit. */
void history_load(struct history *h, const char *dir);

/* What a crash does to writes that are not durable, on one leg. */
enum loss { LOSE_ALL, LOSE_NONE, LOSE_SOME, LOSE_TORN, LOSS_NR };

/*
 * The leg's disk after a crash at position `at`: out is leg_sectors long.
 * Durable writes are there; of those that had been submitted, each other one is
 * there or not, LOSE_TORN: each of its sectors.
 */
void history_image(const struct history *h, unsigned int leg, uint32_t at, enum loss loss,
		   uint64_t *random, unsigned char *out);

/* A message on standard error, and exit status 1. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
