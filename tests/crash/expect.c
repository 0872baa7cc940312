// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "expect.h"
#include "stamp.h"

/* A mark of the scenario; the list is in tests/crash/lib.sh. */
static void view_mark(const struct history *h, struct view *v, const struct mark *m, uint32_t at)
{
	unsigned int l = m->leg, bit = 1u << l, other;
	static const struct age never;

	if (!strcmp(m->verb, "pull")) {
		v->state[l] = LEG_LOST;
		v->age[l] = v->current;
		v->age[l].since[0] = m->at;
	} else if (!strcmp(m->verb, "pulled")) {
		v->age[l].until[0] = m->at;
	} else if (!strcmp(m->verb, "return")) {
		v->state[l] = LEG_JOINING;
	} else if (!strcmp(m->verb, "joined")) {
		v->state[l] = LEG_CURRENT;
		v->discard &= ~bit;
	} else if (!strcmp(m->verb, "cut")) {
		v->state[l] = LEG_SPLIT;
		v->split |= bit;
		v->age[l] = (struct age){ { m->at, at }, { at, at } };
	} else if (!strcmp(m->verb, "split")) {
		v->age[l].until[0] = m->at;
	} else if (!strcmp(m->verb, "discard")) {
		v->state[l] = LEG_JOINING;
		v->split &= ~bit;
		v->discard |= bit;
		v->age[l] = v->current;
	} else if (!strcmp(m->verb, "restore")) {
		v->state[l] = LEG_CURRENT;
		v->split &= ~bit;
		v->current = v->age[l];
		for (other = 0; other < h->legs; other++) {
			if (other == l || v->state[other] != LEG_CURRENT)
				continue;
			v->state[other] = LEG_JOINING;
			v->age[other] = v->current;
			v->discard |= 1u << other;
		}
	} else if (!strcmp(m->verb, "empty") || !strcmp(m->verb, "removed")) {
		v->state[l] = LEG_NONE;
		v->age[l] = never;
		v->used &= ~bit;
	} else if (!strcmp(m->verb, "add")) {
		v->state[l] = LEG_JOINING;
		v->age[l] = v->current;
		v->used |= bit;
	} else if (!strcmp(m->verb, "remove")) {
		v->state[l] = LEG_JOINING;
		v->age[l] = v->current;
		v->age[l].since[0] = m->at;
	} else {
		die("mark '%s' is not known", m->verb);
	}
}

struct view view_at(const struct history *h, uint32_t at)
{
	struct view v = { .current = { { at, 0 }, { at, 0 } }, .used = (1u << h->legs) - 1 };
	const struct mark *m;

	for (m = h->mark; m < h->mark + h->marks && m->at <= at; m++)
		view_mark(h, &v, m, at);
	return v;
}

struct promise promise_of(const struct view *v, unsigned int mask)
{
	struct promise p = { .must_start = true };
	struct age newest = { 0 };
	unsigned int l;

	for (l = 0; l < MAX_LEGS; l++) {
		if (!(mask & 1u << l))
			continue;
		if (v->state[l] == LEG_CURRENT)
			p.current = true;
		/* the leg alone may be half done, and then it must not lead */
		if (v->state[l] == LEG_JOINING)
			p.must_start = false;
		p.age[p.n++] = v->age[l];
		if (v->age[l].since[0] > newest.since[0])
			newest = v->age[l];
	}
	if (p.current) {
		p.must_start = true;
		p.n = 1;
		p.age[0] = v->current;
	} else if (p.must_start) {
		/* each that was lost later knows of those lost before */
		p.n = 1;
		p.age[0] = newest;
	} else {
		p.age[p.n++] = v->current;
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

int64_t expect_check(const struct history *h, const struct age *age, const unsigned char *data,
		     char why[160])
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
			if (t->op->durable <= age->since[t->op->line])
				from = t;
		if (from ? got == from->op->number : !got)
			continue;
		for (t = from ? from->next : first[s]; t; t = t->next)
			if (t->op->number == got && t->op->started <= age->until[t->op->line])
				break;
		if (!t) {
			snprintf(why, 160, "holds write %" PRIu64 " instead of %" PRIu64
				 " (durable at %u) or a later one that was begun",
				 got, from ? from->op->number : 0, from ? from->op->durable : 0);
			return s;
		}
	}
	return -1;
}
