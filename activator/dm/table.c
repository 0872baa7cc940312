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

#define SECTOR		512
#define LEG_WORDS	6
#define HEAD_WORDS	4	/* set uuid, region shift, zone shift, slots */

/* Where blocks of a leg are whose own place is bad. */
struct table_spares {
	const struct vy_geom *geom;
	const struct vy_bbr *bbr;
	char *dev;			/* of the status area */
	uint64_t sector;		/* its first */
};

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
	va_list ap;
	char *text;
	int len_text;

	va_start(ap, fmt);
	len_text = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = xalloc((size_t)len_text + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len_text + 1, fmt, ap);
	va_end(ap);
	t->seg = xrealloc(t->seg, (t->count + 1) * sizeof(*t->seg));
	t->seg[t->count++] = (struct table_seg){ start, len, target, text };
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

/* q lies right behind p; nothing behind nothing. */
static bool follows(const struct lv_place *p, const struct lv_place *q)
{
	return q->pv == p->pv && (!q->pv || q->pp == p->pp + 1);
}

bool table_copy_contiguous(const struct vg_lv *lv, unsigned int c)
{
	struct vg_lv set;

	if (lv_column_set(lv, c, &set))
		return false;
	for (uint32_t lp = 1; lp < lv->num_lps; lp++)
		if (!follows(&lv->map[c][lp - 1], &lv->map[c][lp]))
			return false;
	return lv->map[c][0].pv != 0;
}

static const struct lv_place *source(const struct vg *vg, const struct vg_lv *lv,
				     unsigned int c, uint32_t lp)
{
	return vg->kind == VG_AIX ? judge_fresh_place(vg, lv, lp) : &lv->map[c][lp - 1];
}

/* Sectors [start, start + len) of the LV, from that sector of the device on. */
static void add_run(struct table *t, uint64_t start, uint64_t len, const char *dev,
		    uint64_t sector, const struct table_spares *s)
{
	uint64_t end = start + len, stop, block;

	while (start < end) {
		block = s ? vy_bbr_next(s->bbr, start / VY_BLOCK_SECTORS) : VY_BBR_DEAD;
		stop = block < end / VY_BLOCK_SECTORS ? block * VY_BLOCK_SECTORS : end;
		if (stop > start)
			table_add(t, start, stop - start, "linear", "%s %" PRIu64, dev, sector);
		sector += stop - start;
		start = stop;
		if (start == end)
			break;
		table_add(t, start, VY_BLOCK_SECTORS, "linear", "%s %" PRIu64, s->dev,
			  s->sector + vy_bbr_spare_off(s->geom, (u32)vy_bbr_find(s->bbr, block)) /
			  SECTOR);
		sector += VY_BLOCK_SECTORS;
		start += VY_BLOCK_SECTORS;
	}
}

static void add_copy(struct table *t, const struct vg *vg, const struct vg_lv *lv,
		     unsigned int c, const struct table_spares *s)
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
		if (!first->pv) {
			table_add(t, (start - 1) * vg_pp_sectors(vg),
				  (lp - start) * vg_pp_sectors(vg), "error", "%s", "");
			continue;
		}
		dev = pv_device(vg->pv[first->pv]);
		add_run(t, (start - 1) * vg_pp_sectors(vg), (lp - start) * vg_pp_sectors(vg), dev,
			place_sector(vg, first), s);
		free(dev);
	}
}

void table_linear(struct table *t, const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	add_copy(t, vg, lv, c, NULL);
}

void table_linear_spared(struct table *t, const struct vg *vg, const struct vg_lv *lv,
			 unsigned int c, const struct vy_geom *geom, const struct vy_bbr *bbr)
{
	struct table_spares s = { .geom = geom, .bbr = bbr, .sector = lv->leg[c].sa_sector };

	s.dev = pv_device(vg->pv[lv->leg[c].sa_pv]);
	add_copy(t, vg, lv, c, &s);
	free(s.dev);
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

/* ---- a redundant LV ---- */

const char *table_target(const struct vg_lv *lv)
{
	return lv->type == LV_LINEAR ? "linear" :
	       lv->type == LV_RAID5 ? "varyon-raid5" : "varyon-mirror";
}

static void append(char **text, const char *words)
{
	text_append(text, " ", words);
}

/* The zones that a partial copy holds, as "first+count,...". */
static char *held_zones(const struct vg_lv *lv, unsigned int c, unsigned int pp_shift)
{
	uint64_t per_lp = UINT64_C(1) << (pp_shift - lv->zone_shift);
	char *list = xstrdup("");
	uint32_t lp, first;

	for (lp = 0; lp < lv->num_lps; lp++) {
		char *more;

		if (!lv->map[c][lp].pv)
			continue;
		for (first = lp; lp < lv->num_lps && lv->map[c][lp].pv; lp++)
			;
		more = xprintf("%s%s%" PRIu64 "+%" PRIu64, list, *list ? "," : "", first * per_lp,
			       (lp - first) * per_lp);
		free(list);
		list = more;
	}
	return list;
}

static void append_leg_option(char **text, unsigned int *count, const char *name,
			      unsigned int slot, const char *value)
{
	char *word = xprintf("%s:%u%s%s", name, slot, value ? ":" : "", value ? value : "");

	append(text, word);
	(*count)++;
	free(word);
}

/* What is true of a leg that is here or not; discard only of one that is here. */
static void append_leg_options(char **text, unsigned int *count, const struct vg_lv *lv,
			       unsigned int c, unsigned int pp_shift, bool present, bool side)
{
	const struct lv_leg *leg = &lv->leg[c];
	char *zones;

	if (leg->flags & LEG_SPLIT && !side)
		append_leg_option(text, count, "split", leg->slot, NULL);
	if (leg->flags & LEG_DISCARD && present && !side)
		append_leg_option(text, count, "discard", leg->slot, NULL);
	if (leg->flags & LEG_WRITE_MOSTLY)
		append_leg_option(text, count, "write_mostly", leg->slot, NULL);
	if (leg->flags & LEG_PARTIAL && !(leg->flags & LEG_REMOTE)) {
		zones = held_zones(lv, c, pp_shift);
		append_leg_option(text, count, "partial", leg->slot, zones);
		free(zones);
	}
}

static unsigned int count_words(const char *text)
{
	unsigned int n = 0;

	for (const char *s = text; s && *s; s++)
		n += *s != ' ' && (s == text || s[-1] == ' ');
	return n;
}

/* "uuid -": the leg is named, but has no device. */
static bool words_present(const char *words)
{
	const char *dev = words ? strchr(words, ' ') : NULL;

	return dev && dev[1] != '-';
}

/* Some of the set lies in another VG: neither is the whole. */
static bool has_remote(const struct vg_lv *lv)
{
	for (unsigned int c = 0; c < lv_num_legs(lv); c++)
		if (lv->leg[c].flags & LEG_REMOTE)
			return true;
	return false;
}

char *table_mirror_params(const struct vg_lv *lv, unsigned int pp_shift,
			  char *const words[VY_MAX_SLOTS], const struct table_opts *o)
{
	char uuid[33], *options = xstrdup(""), *params;
	bool side = o->side || has_remote(lv);
	unsigned int count = 0;

	if (lv->type == LV_RAID5) {
		char *chunk = xprintf("chunk:%u", 1u << (lv->chunk_shift - 9));

		append(&options, chunk);
		free(chunk);
		count++;
	}
	if (lv->type == LV_RAID5 && lv->row_log) {
		char *log = xprintf("log:%s", lv_row_log_name(lv->row_log));

		append(&options, log);
		free(log);
		count++;
	}
	if (o->no_resync) {
		append(&options, "no_resync");
		count++;
	}
	if (side) {
		append(&options, "side");
		count++;
	}
	for (unsigned int c = 0; c < lv_num_legs(lv); c++)
		append_leg_options(&options, &count, lv, c, pp_shift,
				   words_present(words[lv->leg[c].slot]), side);
	if (o->more && *o->more) {
		append(&options, o->more);
		count += count_words(o->more);
	}
	text_hex(uuid, lv->uuid.b, 16);
	params = xprintf("%s %u %u %u %u", uuid, lv->region_shift, lv->zone_shift, lv->nslots,
			 count);
	if (*options)
		append(&params, options);
	free(options);
	for (unsigned int s = 0; s < lv->nslots; s++)
		append(&params, words[s] ? words[s] : "- - 0 - 0 0");
	return params;
}

void table_mirror(struct table *t, const struct vg *vg, const struct vg_lv *lv,
		  char *const leg_data[VY_MAX_SLOTS], const struct table_opts *o)
{
	char *words[VY_MAX_SLOTS] = { NULL }, *params;

	for (unsigned int c = 0; c < lv_num_legs(lv); c++)
		words[lv->leg[c].slot] = table_leg_words(vg, lv, c, leg_data[c]);
	params = table_mirror_params(lv, vg->pp_shift, words, o);
	table_add(t, 0, vg_lv_sectors(vg, lv), table_target(lv), "%s", params);
	free(params);
	for (unsigned int s = 0; s < VY_MAX_SLOTS; s++)
		free(words[s]);
}

/* ---- reading a live table ---- */

#define OPTIONS_MAX	(4 * VY_MAX_SLOTS + 4)

struct words {
	char *copy;
	char *w[HEAD_WORDS + 1 + OPTIONS_MAX + VY_MAX_SLOTS * LEG_WORDS];
	unsigned int count, options, first_leg, nslots;
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
	if (s->count <= HEAD_WORDS || !text_num(s->w[HEAD_WORDS], OPTIONS_MAX, &n))
		return false;
	s->options = n;
	s->first_leg = HEAD_WORDS + 1 + s->options;
	if (!text_num(s->w[HEAD_WORDS - 1], VY_MAX_SLOTS, &n))
		return false;
	s->nslots = n;
	return s->count == s->first_leg + n * LEG_WORDS;
}

char *table_live_leg(const char *params, unsigned int slot)
{
	struct words s;
	char *text = NULL;

	if (split(params, &s) && slot < s.nslots) {
		text = xstrdup("");
		for (unsigned int i = 0; i < LEG_WORDS; i++)
			append(&text, s.w[s.first_leg + slot * LEG_WORDS + i]);
	}
	free(s.copy);
	return text;
}

/* Options that the volume group decides about. */
static bool is_ours(const char *option)
{
	static const char *const ours[] = {
		"chunk:", "log:", "dirty_degraded:", "no_resync", "side", "split:", "discard:", "write_mostly:", "partial:"
	};

	for (unsigned int i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strncmp(option, ours[i], strlen(ours[i])))
			return true;
	return false;
}

char *table_live_options(const char *params)
{
	struct words s;
	char *text = NULL;

	if (split(params, &s)) {
		text = xstrdup("");
		for (unsigned int i = HEAD_WORDS + 1; i < s.first_leg; i++)
			if (!is_ours(s.w[i]))
				append(&text, s.w[i]);
	}
	free(s.copy);
	return text;
}

static bool has_option(const struct words *s, const char *option)
{
	for (unsigned int i = HEAD_WORDS + 1; i < s->first_leg; i++)
		if (!strcmp(s->w[i], option))
			return true;
	return false;
}

bool table_params_equal(const char *live, const char *wanted)
{
	struct words x, y;
	bool ok_x = split(live, &x), ok_y = split(wanted, &y);
	bool equal = ok_x && ok_y && x.count - x.options == y.count - y.options;

	for (unsigned int i = 0; equal && i < HEAD_WORDS; i++)
		equal = !strcmp(x.w[i], y.w[i]);
	for (unsigned int i = HEAD_WORDS + 1; equal && i < y.first_leg; i++)
		equal = has_option(&x, y.w[i]);
	for (unsigned int i = HEAD_WORDS + 1; equal && i < x.first_leg; i++)
		equal = has_option(&y, x.w[i]) || !strncmp(x.w[i], "discard:", 8) ||
			!strncmp(x.w[i], "dirty_degraded:", 15);
	for (unsigned int i = 0; equal && x.first_leg + i < x.count; i++)
		equal = !strcmp(x.w[x.first_leg + i], y.w[y.first_leg + i]);
	free(x.copy);
	free(y.copy);
	return equal;
}
