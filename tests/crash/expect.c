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
		v->logged = false;
	} else if (!strcmp(m->verb, "pulled")) {
		v->age[l].until[0] = m->at;
	} else if (!strcmp(m->verb, "return")) {
		v->state[l] = LEG_JOINING;
	} else if (!strcmp(m->verb, "joined")) {
		v->state[l] = LEG_CURRENT;
		v->discard &= ~bit;
		v->logged = v->always = false;
	} else if (!strcmp(m->verb, "logged")) {
		v->logged = true;
	} else if (!strcmp(m->verb, "always")) {
		v->always = true;
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
	} else if (strcmp(m->verb, "clean") && strcmp(m->verb, "cleaned") &&
		   strcmp(m->verb, "boot")) {
		die("mark '%s' is not known", m->verb);
	}
}

/*
 * Are there zones with a write-intent bit? The scenario has switched off the cleaning
 * that goes by itself; what else may clean one is a new table.
 */
static void view_zones(const struct history *h, struct view *v, uint32_t at)
{
	uint32_t began = 0, ended = 0;	/* the last time that all were cleaned */
	bool cleaning = false;
	const struct mark *m;
	const struct op *o;

	for (m = h->mark; m < h->mark + h->marks && m->at <= at; m++) {
		if (!strcmp(m->verb, "clean")) {
			began = m->at;
			cleaning = true;
		} else if (!strcmp(m->verb, "cleaned")) {
			ended = m->at;
			cleaning = false;
		} else if (!strcmp(m->verb, "return") || !strcmp(m->verb, "boot")) {
			cleaning = true;
		}
	}
	v->clean = !cleaning;
	v->dirty = false;
	for (o = h->op; o < h->op + h->ops && o->started <= at; o++) {
		v->clean &= o->done < began;
		v->dirty |= !cleaning && o->started > ended && o->done <= at;
	}
}

struct view view_at(const struct history *h, uint32_t at)
{
	struct view v = { .current = { { at, 0 }, { at, 0 } }, .used = (1u << h->legs) - 1 };
	const struct mark *m;

	for (m = h->mark; m < h->mark + h->marks && m->at <= at; m++)
		view_mark(h, &v, m, at);
	if (h->chunk)
		view_zones(h, &v, at);
	return v;
}

/*
 * A RAID5 has all that is current, or nothing: there are no older contents to go
 * back to. Without one leg, or with one that is behind, it needs rows that agree.
 */
static struct promise promise_of_rows(const struct history *h, const struct view *v,
				      unsigned int mask)
{
	struct promise p = { .current = true, .n = 1, .age[0] = v->current };
	unsigned int missing = v->used & ~mask, behind = 0, out, l;

	for (l = 0; l < h->legs; l++)
		if (v->state[l] != LEG_CURRENT)
			behind |= 1u << l;
	out = missing | behind;
	if (!out) {
		p.must_start = true;
	} else if (out & (out - 1)) {
		/* the log begins when the survivors know of the loss */
		p.must_refuse = v->logged && missing & ~behind &&
				v->state[__builtin_ctz(behind)] == LEG_LOST;
	} else if (v->state[__builtin_ctz(out)] == LEG_JOINING) {
		/* as soon as it is a member there is no log */
		p.must_start = !missing;
	} else {
		p.must_start = v->logged || v->always || v->clean;
		p.must_refuse = !behind && v->dirty && !v->always;
	}
	return p;
}

struct promise promise_of(const struct history *h, const struct view *v, unsigned int mask)
{
	struct promise p = { .must_start = true };
	struct age newest = { 0 };
	unsigned int l;

	if (h->chunk)
		return promise_of_rows(h, v, mask);
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
	first = calloc(h->volume_sectors, sizeof(*first));
	tail = calloc(h->volume_sectors, sizeof(*tail));
	if (!first || !tail)
		die("out of memory");
	for (o = h->op; o < h->op + h->ops; o++) {
		for (s = o->sector; s < o->sector + o->count; s++) {
			t = calloc(1, sizeof(*t));
			if (!t || s >= h->volume_sectors)
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

	for (s = 0; s < h->volume_sectors; s++) {
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
