// SPDX-License-Identifier: GPL-2.0
/* Figures and words that several listing commands show; see view.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "view.h"

const char *const view_band_names[VIEW_BANDS] = {
	"outer edge", "outer middle", "center", "inner middle", "inner edge"
};

uint64_t view_pp_mib(const struct vg *vg)
{
	return UINT64_C(1) << (vg->pp_shift - 20);
}

/* PPs of the copy: a partial one has not all of them. */
static uint64_t copy_pps(const struct vg_lv *lv, unsigned int c)
{
	uint64_t pps = 0;

	for (uint32_t lp = 0; lp < lv->num_lps; lp++)
		pps += lv->map[c][lp].pv != 0;
	return pps;
}

/* Nothing on it is known to be of use: everything has to be copied to it. */
static bool lacks_all(const struct view_lv *v, unsigned int c)
{
	const uint32_t blank = VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL;
	const struct judge *j = &v->judge;

	if (j->leg[c] == LEG_DAMAGED)
		return true;
	if (j->have[c] && (judge_sb(j, v->lv, c)->flags & blank) == blank)
		return true;
	return (j->verdict.full | j->verdict.added) & 1u << v->lv->leg[c].slot;
}

/*
 * Regions that copy c of an LV that is not active lacks, by the maps of the
 * copies in sync; of one that is given up by its own map, too, when that has
 * more. Both may name different regions, so it is at least this many.
 */
static uint64_t mapped_regions(const struct vg *vg, const struct view_lv *v, unsigned int c)
{
	const struct judge *j = &v->judge;
	unsigned int slot = v->lv->leg[c].slot;
	uint64_t most = 0, n;

	if (j->verdict.verdict != VY_ASSEMBLE_OK)
		return 0;
	for (unsigned int o = 0; o < v->lv->copies; o++) {
		bool own = o == c && j->verdict.given_up & 1u << slot;

		if (!j->have[o] || !(own || j->verdict.members & 1u << v->lv->leg[o].slot))
			continue;
		if (lv_leg_stale(vg, v->lv, o, judge_sb(j, v->lv, o),
				 own ? (unsigned int)j->verdict.best : slot, &n, NULL))
			return UINT64_MAX >> v->lv->region_shift;	/* may lack anything */
		if (n > most)
			most = n;
	}
	return most;
}

/* Bytes that copy c lacks: by the kernel when it knows, else by the status areas. */
static uint64_t lacking(const struct vg *vg, const struct view_lv *v, unsigned int c)
{
	uint64_t all = copy_pps(v->lv, c) << vg->pp_shift, bytes;

	if (!v->act.mirrored && lacks_all(v, c))
		return all;
	bytes = (v->act.mirrored ? v->act.status.stale[v->lv->leg[c].slot] :
				   mapped_regions(vg, v, c)) << v->lv->region_shift;
	return bytes < all ? bytes : all;
}

static bool in_sync(const struct view_lv *v, unsigned int c)
{
	unsigned int slot = v->lv->leg[c].slot;

	if (v->act.mirrored)
		return status_letter(&v->act.status, slot) == 'M' && !v->act.status.stale[slot];
	return v->judge.leg[c] == LEG_MEMBER;
}

static void set_staleness(const struct vg *vg, struct view_lv *v)
{
	uint64_t pp = UINT64_C(1) << vg->pp_shift;

	for (unsigned int c = 0; c < v->lv->copies; c++) {
		if (in_sync(v, c))
			continue;
		v->stale_bytes[c] = lacking(vg, v, c);
		/* A copy that is split off is older on purpose. */
		if (v->lv->leg[c].flags & LEG_SPLIT)
			continue;
		v->stale = true;
		/* Where in the leg they lie is not told: at least this many. */
		v->stale_pps[c] = v->stale_bytes[c] / pp + (v->stale_bytes[c] % pp != 0);
	}
}

/* An AIX VG has a stale bit for each PP. */
static void aix_staleness(const struct vg *vg, struct view_lv *v)
{
	for (unsigned int c = 0; c < v->lv->copies; c++)
		for (uint32_t lp = 0; lp < v->lv->num_lps; lp++) {
			const struct lv_place *p = &v->lv->map[c][lp];

			if (!p->pv || !vg->pv[p->pv] || !vg->pv[p->pv]->pp[p->pp - 1].stale)
				continue;
			v->stale = true;
			v->stale_pps[c]++;
			v->stale_bytes[c] += UINT64_C(1) << vg->pp_shift;
		}
}

const struct vg_lv *view_shown(const struct vg *vg, const struct vg_lv *lv, struct vg_lv *room)
{
	unsigned int copy;
	const struct vg_lv *of = lv_origin(vg, lv, &copy);

	if (of == lv)
		return lv;
	*room = *lv;
	room->type = of->type;
	room->copies = 1;
	room->num_lps = of->num_lps;
	room->max_lps = of->max_lps;
	room->nslots = of->nslots;
	room->region_shift = of->region_shift;
	room->zone_shift = of->zone_shift;
	room->map[0] = of->map[copy];
	room->leg[0] = of->leg[copy];
	room->leg[0].flags = 0;
	return room;
}

static void judge_shown(const struct vg *vg, const struct vg_lv *lv, struct view_lv *v)
{
	struct judge *j = &v->judge;
	unsigned int copy;

	judge_lv(vg, lv, 0, j, &v->judge_err);
	lv_origin(vg, lv, &copy);
	j->leg[0] = j->leg[copy];
	j->have[0] = j->have[copy];
	j->damage[0] = j->damage[copy];
	/* It is overwritten when the LV is activated, however well it agrees now. */
	for (unsigned int c = 0; c < lv->copies; c++)
		if (j->leg[c] == LEG_MEMBER && lv->leg[c].flags & LEG_DISCARD)
			j->leg[c] = LEG_TARGET;
}

void view_lv(const struct vg *vg, const struct vg_lv *lv, struct view_lv *v)
{
	memset(v, 0, sizeof(*v));
	v->lv = view_shown(vg, lv, &v->room);
	act_lv_state(vg, lv, &v->act, NULL);
	judge_shown(vg, lv, v);
	if (vg->kind == VG_AIX)
		aix_staleness(vg, v);
	else if (v->lv->type != LV_LINEAR)
		set_staleness(vg, v);
	/* What no copy can be read of is not in sync, mirrored or not. */
	if (v->judge_err.code && !v->act.mirrored)
		v->stale = true;
}

char *view_lv_state(const struct view_lv *v, bool opened)
{
	const char *open = v->act.open ? opened ? "opened" : "open" : "closed";

	return xprintf("%s/%s", open, v->stale ? "stale" : "syncd");
}

/* The mount point of a device from mountinfo, its octal escapes undone; NULL: none. */
static char *mounted_at(unsigned int major, unsigned int minor)
{
	char line[4096], at[4096], *d;
	unsigned int maj, min;
	bool found = false;
	FILE *f = fopen("/proc/self/mountinfo", "re");

	if (!f)
		return NULL;
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*d %*d %u:%u %*s %4095s", &maj, &min, at) == 3 &&
			maj == major && min == minor;
	fclose(f);
	if (!found)
		return NULL;
	d = at;
	for (const char *s = at; *s; d++) {
		unsigned int byte;

		if (*s == '\\' && sscanf(s + 1, "%3o", &byte) == 1) {
			*d = byte;
			s += 4;
		} else {
			*d = *s++;
		}
	}
	*d = '\0';
	return xstrdup(at);
}

char *view_mount_point(const struct vg_lv *lv, const struct act_state *s)
{
	char *at = s->active ? mounted_at(s->major, s->minor) : NULL;

	if (at)
		return at;
	return xstrdup(*lv->label == '/' ? lv->label : "N/A");
}

unsigned int view_band_of(const struct vg_pv *pv, unsigned int n)
{
	unsigned int len[VIEW_BANDS], band = 0;

	vg_bands(pv->pp_count, len);
	while (band < VIEW_BANDS - 1 && n > len[band])
		n -= len[band++];
	return band;
}

void view_bands(const struct vg_pv *pv, unsigned int num, uint64_t count[VIEW_BANDS])
{
	memset(count, 0, VIEW_BANDS * sizeof(*count));
	for (unsigned int n = 1; n <= pv->pp_count; n++)
		if (pv->pp[n - 1].lv == num)
			count[view_band_of(pv, n)]++;
}

char *view_join(const uint64_t *n, unsigned int count, const char *sep, int width)
{
	char *all = xstrdup("");

	for (unsigned int i = 0; i < count; i++) {
		char *more = xprintf("%s%s%0*" PRIu64, all, i ? sep : "", width, n[i]);

		free(all);
		all = more;
	}
	return all;
}

const char *view_pv_state(const struct vg_pv *pv, bool vg_on, const char *off)
{
	if (!pv->io)
		return pv->state & PV_SPLIT ? "split" : "missing";
	if (pv->state & PV_REMOVED)
		return "removed";
	return vg_on ? "active" : off;
}

/* Stale PPs of an LV's copies, as far as they can lie on the PV. */
static uint64_t stale_on(const struct vg_pv *pv, const struct vg_lv *lv,
			 const uint64_t stale_pps[VG_MAX_LEGS])
{
	uint64_t stale = 0;

	for (unsigned int c = 0; c < lv->copies; c++) {
		uint64_t here = 0;

		for (uint32_t lp = 0; stale_pps[c] && lp < lv->num_lps; lp++)
			here += lv->map[c][lp].pv == pv->num;
		stale += here < stale_pps[c] ? here : stale_pps[c];
	}
	return stale;
}

uint64_t view_pv_stale(const struct vg *vg, const struct vg_pv *pv)
{
	uint64_t stale = 0;

	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		struct view_lv v;

		if (!vg->lv[n] || vg->lv[n]->hidden)
			continue;
		view_lv(vg, vg->lv[n], &v);
		stale += stale_on(pv, vg->lv[n], v.stale_pps);
	}
	return stale;
}

void view_vg_sums(const struct vg *vg, struct view_vg_sums *s)
{
	uint64_t stale_on_pv[VG_MAX_PV + 1] = { 0 };

	memset(s, 0, sizeof(*s));
	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		struct view_lv v;

		if (!vg->lv[n] || vg->lv[n]->hidden)
			continue;
		view_lv(vg, vg->lv[n], &v);
		s->lvs++;
		s->open_lvs += v.act.open;
		for (unsigned int c = 0; c < vg->lv[n]->copies; c++)
			s->stale_pps += v.stale_pps[c];
		for (unsigned int p = 1; p <= VG_MAX_PV; p++)
			if (vg->pv[p])
				stale_on_pv[p] += stale_on(vg->pv[p], vg->lv[n], v.stale_pps);
	}
	for (unsigned int n = 1; n <= VG_MAX_PV; n++) {
		const struct vg_pv *pv = vg->pv[n];

		if (!pv)
			continue;
		s->total_pps += pv->pp_count;
		s->free_pps += vg_pv_free(pv);
		s->active_pvs += pv->io != NULL;
		s->stale_pvs += stale_on_pv[n] != 0;
	}
}
