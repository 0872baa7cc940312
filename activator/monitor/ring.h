/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The last messages of the monitor, in memory: what is told where no log can
 * be written. Each has a number, counted from 1 in the order of their telling.
 */
#ifndef VARYON_RING_H
#define VARYON_RING_H

#include <stddef.h>
#include <stdint.h>

#define RING_LINES	128
#define RING_TEXT	488

struct ring_line {
	uint64_t number;
	uint64_t ms;		/* of CLOCK_BOOTTIME */
	uint32_t level;		/* as of the kernel's log: 3 error ... 6 information */
	char text[RING_TEXT];	/* one line without its end */
};

struct ring {
	uint64_t next;		/* number of the next line; 0 and 1: there is none yet */
	struct ring_line line[RING_LINES];
};

/* Add a line, in the place of the oldest one if there is no room. Cut to RING_TEXT - 1 bytes. */
const struct ring_line *ring_add(struct ring *r, uint32_t level, uint64_t ms, const char *text);

/* The oldest line whose number is at least `from`; NULL: there is none. */
const struct ring_line *ring_from(const struct ring *r, uint64_t from);

#endif
