// SPDX-License-Identifier: GPL-2.0
/* Changes of a volume, and the policy; see event.h. */
#include <string.h>
#include "event.h"

static const struct policy {
	unsigned int level;	/* 3 error, 4 warning, 5 notice, 6 information */
	enum event_job job;
} policy[EVENT_KINDS] = {
	[EVENT_LOST] = { 4, JOB_LOST },
	[EVENT_LEFT] = { 5, JOB_NONE },
	[EVENT_BACK] = { 5, JOB_NONE },
	[EVENT_IN_SYNC] = { 5, JOB_NONE },
	[EVENT_SPLIT] = { 6, JOB_NONE },
	[EVENT_NONE_LEFT] = { 3, JOB_NONE },
	[EVENT_WHOLE] = { 5, JOB_NONE },
	[EVENT_ERRORS] = { 4, JOB_NONE },
	[EVENT_RELOCATED] = { 4, JOB_NONE },
	[EVENT_BAD_PLACES] = { 4, JOB_NONE },
	[EVENT_WORK_BEGUN] = { 6, JOB_NONE },
	[EVENT_WORK_DONE] = { 5, JOB_NONE },
	[EVENT_FROZEN] = { 5, JOB_NONE },
};

unsigned int event_level(const struct event *ev)
{
	/* a check that found nothing is no news for the night */
	if (ev->kind == EVENT_WORK_DONE && ev->count)
		return 4;
	return policy[ev->kind].level;
}

enum event_job event_job(const struct event *ev)
{
	return policy[ev->kind].job;
}

/* ---- what changed ---- */

struct diff {
	const struct mirror_status *old, *now;
	struct event *ev;
	unsigned int n;
};

static struct event *add(struct diff *d, enum event_kind kind, unsigned int slot)
{
	struct event *ev = &d->ev[d->n++];

	memset(ev, 0, sizeof(*ev));
	ev->kind = kind;
	ev->slot = slot;
	return ev;
}

static uint64_t grown(uint64_t old, uint64_t now)
{
	/* a new table may count anew */
	return now > old ? now - old : now < old ? now : 0;
}

static void diff_slot(struct diff *d, unsigned int slot)
{
	char old = d->old ? status_letter(d->old, slot) : '-';
	char now = status_letter(d->now, slot);
	bool was_used = old == 'M' || old == 'T';

	if (now == old)
		return;
	switch (now) {
	case 'F':
		if (old != 'A')
			add(d, EVENT_LOST, slot);
		break;
	case 'A':
		if (old != 'F')
			add(d, was_used ? EVENT_LEFT : EVENT_LOST, slot);
		break;
	case 'T':
		add(d, EVENT_BACK, slot)->count = d->now->stale[slot];
		break;
	case 'M':
		if (d->old)
			add(d, EVENT_IN_SYNC, slot);
		break;
	case 'S':
		if (d->old)
			add(d, EVENT_SPLIT, slot);
		break;
	case '-':
		if (was_used)
			add(d, EVENT_LEFT, slot);
		break;
	}
}

static void diff_blocks(struct diff *d, unsigned int slot)
{
	uint64_t relocated = d->old ? d->old->relocated[slot] : 0;
	bool had_bad = d->old && status_letter(d->old, slot) == 'M' && d->old->stale[slot];

	/* what a copy brings along when it is first seen was told when it happened */
	if (d->old && status_letter(d->old, slot) == 'M' && d->now->relocated[slot] > relocated)
		add(d, EVENT_RELOCATED, slot)->count = d->now->relocated[slot] - relocated;
	if (status_letter(d->now, slot) == 'M' && d->now->stale[slot] && !had_bad)
		add(d, EVENT_BAD_PLACES, slot)->count = d->now->stale[slot];
}

/* Copying to a target is told of the copy itself. */
static bool is_work(const char *action)
{
	return !strcmp(action, "resync") || !strcmp(action, "check") || !strcmp(action, "repair");
}

static void diff_action(struct diff *d)
{
	const char *old = d->old ? d->old->action : "idle", *now = d->now->action;
	struct event *ev;

	/* a check that began and ended between two looks */
	if (d->old && !strcmp(old, now) && !is_work(now) && d->now->mismatches &&
	    d->now->mismatches != d->old->mismatches) {
		ev = add(d, EVENT_WORK_DONE, VY_MAX_SLOTS);
		strcpy(ev->work, "check");
		ev->count = d->now->mismatches;
	}
	if (!strcmp(old, now))
		return;
	if (is_work(old)) {
		ev = add(d, EVENT_WORK_DONE, VY_MAX_SLOTS);
		strcpy(ev->work, old);
		if (strcmp(old, "resync"))
			ev->count = d->now->mismatches;
	}
	if (is_work(now))
		strcpy(add(d, EVENT_WORK_BEGUN, VY_MAX_SLOTS)->work, now);
	else if (!strcmp(now, "frozen"))
		add(d, EVENT_FROZEN, VY_MAX_SLOTS);
}

/* Errors go with the loss that they caused. */
static void diff_errors(struct diff *d)
{
	uint64_t reads = grown(d->old ? d->old->read_err : 0, d->now->read_err);
	uint64_t writes = grown(d->old ? d->old->write_err : 0, d->now->write_err);
	struct event *ev = NULL;

	if (!reads && !writes)
		return;
	for (unsigned int i = 0; i < d->n && !ev; i++)
		if (d->ev[i].kind == EVENT_LOST)
			ev = &d->ev[i];
	if (!ev)
		ev = add(d, EVENT_ERRORS, VY_MAX_SLOTS);
	ev->reads = reads;
	ev->writes = writes;
}

static bool none_left(const struct mirror_status *st)
{
	return status_flag(st, "failed");
}

bool event_degraded(const struct mirror_status *st)
{
	return strpbrk(st->letters, "AF") != NULL;
}

/* Every copy that is not split off on purpose is in sync. */
static bool whole(const struct mirror_status *st)
{
	return !strpbrk(st->letters, "AFT") && !none_left(st);
}

unsigned int event_diff(const struct mirror_status *old, const struct mirror_status *now,
			struct event *ev)
{
	struct diff d = { .old = old, .now = now, .ev = ev };

	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++)
		diff_slot(&d, slot);
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++)
		diff_blocks(&d, slot);
	diff_errors(&d);
	if (none_left(now) && !(old && none_left(old)))
		add(&d, EVENT_NONE_LEFT, VY_MAX_SLOTS);
	if (old && !whole(old) && whole(now))
		add(&d, EVENT_WHOLE, VY_MAX_SLOTS);
	diff_action(&d);
	return d.n;
}

/* ---- in words ---- */

static unsigned int count_letter(const struct mirror_status *st, char letter)
{
	unsigned int n = 0;

	for (const char *l = st->letters; *l; l++)
		n += *l == letter;
	return n;
}

static unsigned int count_legs(const struct mirror_status *st)
{
	return (unsigned int)strlen(st->letters) - count_letter(st, '-');
}

static void say_errors(struct line *l, const struct event *ev)
{
	if (ev->writes)
		line_count(l, ev->writes, "write error", "write errors");
	if (ev->writes && ev->reads)
		line_str(l, " and ");
	if (ev->reads)
		line_count(l, ev->reads, "read error", "read errors");
}

static void say_legs(struct line *l, const struct event_volume *v, unsigned int n)
{
	line_count(l, n, v->columns ? "column" : "copy", v->columns ? "columns" : "copies");
}

static void say_goes_on(struct line *l, const struct event_volume *v)
{
	unsigned int left = count_letter(v->now, 'M'), all = count_legs(v->now);

	line_str(l, "; the volume ");
	if (left) {
		line_str(l, "goes on with ");
		say_legs(l, v, left);
		line_str(l, " of ");
		line_num(l, all);
	} else {
		line_str(l, "has no copy left");
	}
	if (v->columns && left < all)
		line_str(l, " and must not lose another");
}

/* The VG of VG/LV. */
static void say_vg(struct line *l, const char *name)
{
	char text[128], *slash;
	struct line vg = LINE(text);

	line_volume(&vg, name);
	slash = strchr(text, '/');
	if (slash)
		*slash = '\0';
	line_str(l, text);
}

static void say_lost(struct line *l, const struct event_volume *v, const struct event *ev)
{
	if (status_letter(v->now, ev->slot) == 'A') {
		line_str(l, "is missing");
	} else {
		line_str(l, "failed");
		if (ev->reads || ev->writes) {
			line_str(l, " (");
			say_errors(l, ev);
			line_str(l, ")");
		}
	}
	say_goes_on(l, v);
	line_str(l, "; see to the disk, then: varyonvg ");
	say_vg(l, v->name);
}

void event_text(struct line *l, const struct event_volume *v, const char *pv,
		const struct event *ev)
{
	line_volume(l, v->name);
	line_str(l, ": ");
	if (ev->slot < VY_MAX_SLOTS) {
		line_str(l, v->columns ? "column on " : "copy on ");
		line_str(l, *pv ? pv : "an unknown disk");
		line_str(l, " ");
	}
	switch (ev->kind) {
	case EVENT_LOST:
		say_lost(l, v, ev);
		break;
	case EVENT_LEFT:
		line_str(l, "was taken out of use");
		say_goes_on(l, v);
		break;
	case EVENT_BACK:
		line_str(l, "is being brought up to date: ");
		line_count(l, ev->count, "region", "regions");
		line_str(l, " to copy");
		break;
	case EVENT_IN_SYNC:
		line_str(l, "is in sync");
		break;
	case EVENT_SPLIT:
		line_str(l, "is split off");
		break;
	case EVENT_NONE_LEFT:
		line_str(l, v->columns ? "TOO FEW COLUMNS CAN BE USED, what is not on them fails" :
					 "NO COPY CAN BE USED, all I/O fails");
		line_str(l, "; bring a disk back, then: varyonvg ");
		say_vg(l, v->name);
		break;
	case EVENT_WHOLE:
		line_str(l, v->columns ? "all columns are in sync" : "all copies are in sync");
		break;
	case EVENT_ERRORS:
		say_errors(l, ev);
		line_str(l, v->columns ? ", made good from the other columns" :
					 ", made good from another copy");
		line_str(l, "; see lspv --bad-blocks and the kernel log");
		break;
	case EVENT_RELOCATED:
		line_str(l, "has ");
		line_count(l, ev->count, "more bad block", "more bad blocks");
		line_str(l, ", relocated to spare ones; consider replacepv");
		break;
	case EVENT_BAD_PLACES:
		line_str(l, "has places that cannot be written (");
		line_count(l, ev->count, "region", "regions");
		line_str(l, v->columns ? "), the other columns make up for them" :
					 "), other copies have what belongs there");
		line_str(l, "; replacepv before one of them fails");
		break;
	case EVENT_WORK_BEGUN:
		line_str(l, ev->work);
		line_str(l, " has begun");
		break;
	case EVENT_WORK_DONE:
		line_str(l, ev->work);
		line_str(l, " has ended");
		if (strcmp(ev->work, "resync")) {
			line_str(l, ": ");
			line_count(l, ev->count, "sector", "sectors");
			line_str(l, " found to differ");
		}
		break;
	case EVENT_FROZEN:
		line_str(l, "recovery is held back; varyonvg without -n starts it");
		break;
	case EVENT_KINDS:
		break;
	}
}

void event_summary(struct line *l, const struct event_volume *v)
{
	line_volume(l, v->name);
	line_str(l, ": ");
	line_num(l, count_letter(v->now, 'M'));
	line_str(l, " of ");
	say_legs(l, v, count_legs(v->now));
	line_str(l, " in sync, ");
	line_str(l, v->now->action);
}
