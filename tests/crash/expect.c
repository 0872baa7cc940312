// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "expect.h"
#include "stamp.h"

struct leg_age leg_age(const struct history *h, unsigned int leg, uint32_t at)
{
	struct leg_age age = { LEG_CURRENT, at, at };
	const struct mark *m;

	for (m = h->mark; m < h->mark + h->marks && m->at <= at; m++) {
		if (m->leg != leg)
			continue;
		if (!strcmp(m->verb, "pull"))
			age = (struct leg_age){ LEG_LOST, m->at, at };
		else if (!strcmp(m->verb, "pulled"))
			age.until = m->at;
		else if (!strcmp(m->verb, "return"))
			age.state = LEG_JOINING;
		else if (!strcmp(m->verb, "joined"))
			age = (struct leg_age){ LEG_CURRENT, at, at };
		else
			die("mark '%s' is not known", m->verb);
	}
	return age;
}

struct promise promise_of(const struct history *h, unsigned int mask, uint32_t at)
{
	struct leg_age now = { LEG_CURRENT, at, at }, newest = { LEG_LOST, 0, 0 };
	struct promise p = { .must_start = true };
	unsigned int l;

	for (l = 0; l < h->legs; l++) {
		struct leg_age age = leg_age(h, l, at);

		if (!(mask & 1u << l))
			continue;
		if (age.state == LEG_CURRENT)
			p.current = true;
		/* the leg alone may be half done, and then it must not lead */
		if (age.state == LEG_JOINING)
			p.must_start = false;
		p.age[p.n++] = age;
		if (age.since > newest.since)
			newest = age;
	}
	if (p.current) {
		p.must_start = true;
		p.n = 1;
		p.age[0] = now;
	} else if (p.must_start) {
		/* each that was lost later knows of those lost before */
		p.n = 1;
		p.age[0] = newest;
	} else {
		p.age[p.n++] = now;
	}
	return p;
}

/* ---- contents ---- */

struct touch {			/* a write to a sector, and the next one to it */
	const struct op *op;
	struct touch *next;
};

static struct touch **touches_of(const struct history *h)
{
	static const struct history *last;
	static struct touch **first;
	struct touch **tail, *t;
	const struct op *o;
	uint64_t s;

	if (last == h)
		return first;
	last = h;
	first = calloc(h->data_sectors, sizeof(*first));
	tail = calloc(h->data_sectors, sizeof(*tail));
	if (!first || !tail)
		die("out of memory");
	for (o = h->op; o < h->op + h->ops; o++) {
		for (s = o->sector; s < o->sector + o->count; s++) {
			t = calloc(1, sizeof(*t));
			if (!t || s >= h->data_sectors)
				die("a write ends past the volume");
			t->op = o;
			if (tail[s])
				tail[s]->next = t;
			else
				first[s] = t;
			tail[s] = t;
		}
	}
	free(tail);
	return first;
}

int64_t expect_check(const struct history *h, const struct leg_age *age,
		     const unsigned char *data, char why[160])
{
	struct touch **first = touches_of(h), *t, *from;
	uint64_t s, got;

	for (s = 0; s < h->data_sectors; s++) {
		if (!stamp_read((const struct stamp *)(data + s * SECTOR), s, &got)) {
			snprintf(why, 160, "holds what nobody wrote");
			return s;
		}
		if (got > PROBE_OP)
			continue;
		/* the newest write that must be there, then those that may be */
		for (from = NULL, t = first[s]; t; t = t->next)
			if (t->op->durable <= age->since)
				from = t;
		if (from ? got == from->op->number : !got)
			continue;
		for (t = from ? from->next : first[s]; t; t = t->next)
			if (t->op->number == got && t->op->started <= age->until)
				break;
		if (!t) {
			snprintf(why, 160, "holds write %" PRIu64 " instead of %" PRIu64
				 " (durable at %u) or a later one begun by %u", got,
				 from ? from->op->number : 0, from ? from->op->durable : 0,
				 age->until);
			return s;
		}
	}
	return -1;
}
