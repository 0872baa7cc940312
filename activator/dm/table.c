// SPDX-License-Identifier: GPL-2.0
/* Device-mapper tables of LVs; see table.h and docs/architecture.md. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "../lib/text.h"
#include "table.h"

#define LEG_WORDS	6
#define HEAD_WORDS	4	/* set uuid, region shift, zone shift, slots */
#define MAX_OPTIONS	40	/* several for each slot */

void table_free(struct table *t)
{
	for (unsigned int i = 0; i < t->count; i++)
		free(t->seg[i].params);
	free(t->seg);
	memset(t, 0, sizeof(*t));
}

void table_add(struct table *t, uint64_t start, uint64_t len, const char *target,
	       const char *fmt, ...)
{
	char *params;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	params = xalloc(n + 1);
	va_start(ap, fmt);
	vsnprintf(params, n + 1, fmt, ap);
	va_end(ap);
	t->seg = xrealloc(t->seg, (t->count + 1) * sizeof(*t->seg));
	t->seg[t->count++] = (struct table_seg){ start, len, target, params };
}

static uint64_t place_sector(const struct vg *vg, const struct lv_place *p)
{
	return vg_pp_sector(vg, vg->pv[p->pv], p->pp);
}

static char *pv_device(const struct vg_pv *pv)
{
	if (!pv->io->is_block)
		return xstrdup(pv->io->path);
	return xprintf("%u:%u", major(pv->io->rdev), minor(pv->io->rdev));
}

/* q lies right behind p; or both are holes. */
static bool follows(const struct lv_place *p, const struct lv_place *q)
{
	return q->pv == p->pv && (!p->pv || q->pp == p->pp + 1);
}

bool table_copy_contiguous(const struct vg_lv *lv, unsigned int c)
{
	if (!lv->map[c][0].pv)
		return false;
	for (uint32_t lp = 1; lp < lv->num_lps; lp++)
		if (!follows(&lv->map[c][lp - 1], &lv->map[c][lp]))
			return false;
	return true;
}

static const struct lv_place *source(const struct vg *vg, const struct vg_lv *lv,
				     unsigned int c, uint32_t lp)
{
	return vg->kind == VG_AIX ? judge_fresh_place(vg, lv, lp) : &lv->map[c][lp - 1];
}

void table_linear(struct table *t, const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	uint32_t lp = 1;

	while (lp <= lv->num_lps) {
		const struct lv_place *first = source(vg, lv, c, lp), *last = first;
		uint32_t start = lp;
		char *dev;

		for (lp++; lp <= lv->num_lps; lp++) {
			const struct lv_place *next = source(vg, lv, c, lp);

			if (!follows(last, next))
				break;
			last = next;
		}
		/* LPs that a partial copy does not have: nobody reads or writes there. */
		if (!first->pv) {
			table_add(t, (start - 1) * vg_pp_sectors(vg),
				  (lp - start) * vg_pp_sectors(vg), "error", "%s", "");
			continue;
		}
		dev = pv_device(vg->pv[first->pv]);
		table_add(t, (start - 1) * vg_pp_sectors(vg), (lp - start) * vg_pp_sectors(vg),
			  "linear", "%s %" PRIu64, dev, place_sector(vg, first));
		free(dev);
	}
}

char *table_leg(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		const char *leg_dev)
{
	char *dev, *leg;

	if (leg_dev)
		return xprintf("%s 0", leg_dev);
	dev = pv_device(vg->pv[lv->map[c][0].pv]);
	leg = xprintf("%s %" PRIu64, dev, place_sector(vg, &lv->map[c][0]));
	free(dev);
	return leg;
}

char *table_leg_words(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		      const char *leg_data)
{
	const struct lv_leg *leg = &lv->leg[c];
	char uuid[33], *dev, *words;

	text_hex(uuid, leg->uuid.b, 16);
	if (!leg_data)
		return xprintf("%s - 0 - 0 0", uuid);
	dev = pv_device(vg->pv[leg->sa_pv]);
	words = xprintf("%s %s %s %" PRIu64 " %" PRIu32, uuid, leg_data, dev, leg->sa_sector,
			leg->sa_sectors);
	free(dev);
	return words;
}

static void __attribute__((format(printf, 2, 3))) append(char **text, const char *fmt, ...)
{
	char *more, *joined;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	more = xalloc(n + 1);
	va_start(ap, fmt);
	vsnprintf(more, n + 1, fmt, ap);
	va_end(ap);
	joined = xprintf("%s%s%s", *text, **text && n ? " " : "", more);
	free(*text);
	free(more);
	*text = joined;
}

/* The zones that a partial copy has: "first+count,first+count". */
static char *partial_zones(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	uint64_t per_lp = 1ULL << (vg->pp_shift - lv->zone_shift);
	char *list = xstrdup("");

	for (uint32_t lp = 0; lp < lv->num_lps; lp++) {
		uint32_t first = lp;
		char *more;

		while (lp < lv->num_lps && lv->map[c][lp].pv)
			lp++;
		if (lp == first)
			continue;
		more = xprintf("%s%s%" PRIu64 "+%" PRIu64, list, *list ? "," : "",
			       first * per_lp, (lp - first) * per_lp);
		free(list);
		list = more;
	}
	return list;
}

/* What the VG says about the legs; returns the number of options appended. */
static unsigned int leg_options(char **text, const struct vg *vg, const struct vg_lv *lv)
{
	unsigned int n = 0;

	for (unsigned int c = 0; c < lv->copies; c++) {
		const struct lv_leg *leg = &lv->leg[c];

		if (leg->flags & LEG_SPLIT) {
			append(text, "split:%u", leg->slot);
			n++;
		}
		if (leg->flags & LEG_DISCARD) {
			append(text, "discard:%u", leg->slot);
			n++;
		}
		if (leg->flags & LEG_PARTIAL) {
			char *zones = partial_zones(vg, lv, c);

			append(text, "partial:%u:%s", leg->slot, zones);
			free(zones);
			n++;
		}
		if (leg->flags & LEG_WRITE_MOSTLY) {
			append(text, "write_mostly:%u", leg->slot);
			n++;
		}
	}
	return n;
}

void table_mirror(struct table *t, const struct vg *vg, const struct vg_lv *lv,
		  char *const leg_data[VY_MAX_SLOTS], bool no_resync)
{
	char uuid[33], *params, *options = xstrdup(no_resync ? "no_resync" : "");
	unsigned int n = leg_options(&options, vg, lv) + no_resync;

	text_hex(uuid, lv->uuid.b, 16);
	params = xprintf("%s %u %u %u %u", uuid, lv->region_shift, lv->zone_shift, lv->nslots, n);
	append(&params, "%s", options);
	for (unsigned int slot = 0; slot < lv->nslots; slot++) {
		int c = lv_leg_of_slot(lv, slot);
		bool here = c >= 0 && c < lv->copies && !(lv->leg[c].flags & LEG_SPLIT);
		char *words = c < 0 ? xstrdup("- - 0 - 0 0") :
				      table_leg_words(vg, lv, c, here ? leg_data[c] : NULL);

		append(&params, "%s", words);
		free(words);
	}
	table_add(t, 0, vg_lv_sectors(vg, lv), "varyon-mirror", "%s", params);
	free(options);
	free(params);
}

/* ---- editing a live table ---- */

struct words {
	char *copy;
	char *w[HEAD_WORDS + 1 + MAX_OPTIONS + VY_MAX_SLOTS * LEG_WORDS];
	unsigned int count, options, first_leg;
};

static bool split(const char *params, struct words *s)
{
	char *save, *word;
	uint64_t n;

	s->count = 0;
	s->copy = xstrdup(params);
	for (word = strtok_r(s->copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (s->count == sizeof(s->w) / sizeof(s->w[0]))
			return false;
		s->w[s->count++] = word;
	}
	if (s->count <= HEAD_WORDS || !text_num(s->w[HEAD_WORDS], MAX_OPTIONS, &n))
		return false;
	s->options = n;
	s->first_leg = HEAD_WORDS + 1 + s->options;
	return text_num(s->w[HEAD_WORDS - 1], VY_MAX_SLOTS, &n) &&
	       s->count == s->first_leg + n * LEG_WORDS;
}

/* Words from..to-1, joined; appended to *text. */
static void join(char **text, const struct words *s, unsigned int from, unsigned int to)
{
	for (unsigned int i = from; i < to; i++)
		append(text, "%s", s->w[i]);
}

char *table_replace_leg(const char *old, unsigned int slot, const char *words)
{
	struct words s;
	char *text = NULL;

	if (split(old, &s) && s.first_leg + (slot + 1) * LEG_WORDS <= s.count) {
		text = xstrdup("");
		join(&text, &s, 0, s.first_leg + slot * LEG_WORDS);
		append(&text, "%s", words);
		join(&text, &s, s.first_leg + (slot + 1) * LEG_WORDS, s.count);
	}
	free(s.copy);
	return text;
}

char *table_set_no_resync(const char *old, bool no_resync)
{
	struct words s;
	char *text = NULL;

	if (split(old, &s)) {
		char *options = xstrdup(no_resync ? "no_resync" : "");
		unsigned int n = no_resync;

		for (unsigned int i = HEAD_WORDS + 1; i < s.first_leg; i++) {
			if (!strcmp(s.w[i], "no_resync"))
				continue;
			append(&options, "%s", s.w[i]);
			n++;
		}
		text = xstrdup("");
		join(&text, &s, 0, HEAD_WORDS);
		append(&text, "%u", n);
		append(&text, "%s", options);
		join(&text, &s, s.first_leg, s.count);
		free(options);
	}
	free(s.copy);
	return text;
}
