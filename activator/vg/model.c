// SPDX-License-Identifier: GPL-2.0
/* The VG in memory: making it, ending it, looking things up, judging it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "../lib/text.h"
#include "internal.h"

struct vg *vg_new(void)
{
	struct vg *vg = xalloc(sizeof(*vg));

	vg->warnings = xalloc(sizeof(*vg->warnings));
	vg->spare_policy = 'n';
	return vg;
}

void vg_warn(struct vg *vg, const char *fmt, ...)
{
	char text[1024];
	size_t n = 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	while (vg->warnings[n])
		n++;
	vg->warnings = xrealloc(vg->warnings, (n + 2) * sizeof(*vg->warnings));
	vg->warnings[n] = xstrdup(text);
	vg->warnings[n + 1] = NULL;
}

void pv_free(struct vg_pv *pv)
{
	if (!pv)
		return;
	io_close(pv->io);
	free(pv->last_path);
	free(pv->pp);
	free(pv);
}

struct vg_lv *vg_lv_add(struct vg *vg, uint8_t num)
{
	struct vg_lv *lv = xalloc(sizeof(*lv));

	lv->num = num;
	vg->lv[num] = lv;
	vg->num_lvs++;
	return lv;
}

void vg_lv_free(struct vg *vg, struct vg_lv *lv)
{
	unsigned int c;

	vg->lv[lv->num] = NULL;
	vg->num_lvs--;
	for (c = 0; c < VG_MAX_LEGS; c++)
		free(lv->map[c]);
	free(lv->sa_new);
	free(lv);
}

void lv_map_resize(struct vg_lv *lv, uint32_t lps)
{
	unsigned int c;

	for (c = 0; c < lv->copies; c++) {
		lv->map[c] = xrealloc(lv->map[c], lps * sizeof(*lv->map[c]));
		if (lps > lv->num_lps)
			memset(lv->map[c] + lv->num_lps, 0,
			       (lps - lv->num_lps) * sizeof(*lv->map[c]));
	}
}

void vg_free(struct vg *vg)
{
	unsigned int i;

	if (!vg)
		return;
	for (i = 1; i <= VG_MAX_LV; i++)
		if (vg->lv[i])
			vg_lv_free(vg, vg->lv[i]);
	for (i = 1; i <= VG_MAX_PV; i++)
		pv_free(vg->pv[i]);
	for (i = 0; i < vg->num_dropped; i++)
		pv_free(vg->dropped[i]);
	for (i = 0; vg->warnings[i]; i++)
		free(vg->warnings[i]);
	free(vg->warnings);
	free(vg->freed);
	free(vg);
}

bool id_is_zero(const struct vg_id *id)
{
	static const struct vg_id zero;

	return id_equal(id, &zero);
}

bool id_equal(const struct vg_id *a, const struct vg_id *b)
{
	return !memcmp(a->b, b->b, sizeof(a->b));
}

struct vg_lv *vg_hidden(const struct vg *vg)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_LV; i++)
		if (vg->lv[i] && vg->lv[i]->hidden)
			return vg->lv[i];
	return NULL;
}

struct vg_lv *vg_lv_by_name(const struct vg *vg, const char *name)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_LV; i++)
		if (vg->lv[i] && !strcmp(vg->lv[i]->name, name))
			return vg->lv[i];
	return NULL;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

struct vg_pv *vg_pv_by_name(const struct vg *vg, const char *name)
{
	struct stat st;
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV; i++) {
		struct vg_pv *pv = vg->pv[i];
		char id[17];

		if (!pv)
			continue;
		text_hex(id, pv->id.b, 8);
		if (!strcmp(id, name))
			return pv;
		if (pv->io && (!strcmp(pv->io->path, name) ||
			       !strcmp(base_name(pv->io->path), name)))
			return pv;
	}
	/* A symlink, or another way to the same file. */
	if (stat(name, &st))
		return NULL;
	for (i = 1; i <= VG_MAX_PV; i++)
		if (vg->pv[i] && vg->pv[i]->io && io_is(vg->pv[i]->io, &st))
			return vg->pv[i];
	return NULL;
}

const char *vg_pv_label(const struct vg_pv *pv, char buf[64])
{
	if (pv->io)
		snprintf(buf, 64, "%s", base_name(pv->io->path));
	else
		text_hex(buf, pv->id.b, 8);
	return buf;
}

char *vg_pv_missing_text(const struct vg_pv *pv)
{
	char id[17];

	text_hex(id, pv->id.b, 8);
	return pv->last_path ? xprintf("%s (last seen as %s)", id, pv->last_path) : xstrdup(id);
}

unsigned int vg_quorum_needed(const struct vg *vg)
{
	return vg->quorum ? vg->total_vgdas / 2 + 1 : 1;
}

bool vg_has_quorum(const struct vg *vg)
{
	return vg->seen_vgdas >= vg_quorum_needed(vg);
}

bool vg_has_behind(const struct vg *vg)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV && !vg->read_only; i++)
		if (vg->pv[i] && vg->pv[i]->io &&
		    (vg->pv[i]->behind || vg->pv[i]->state & PV_MISSING))
			return true;
	return false;
}

bool vg_lv_complete(const struct vg *vg, const struct vg_lv *lv, unsigned int copy)
{
	uint32_t i;

	if (copy >= lv->copies)
		return false;
	for (i = 0; i < lv->num_lps; i++) {
		const struct lv_place *at = &lv->map[copy][i];
		const struct vg_pv *pv = at->pv ? vg->pv[at->pv] : NULL;

		if (!at->pv && lv->leg[copy].flags & LEG_PARTIAL)
			continue;
		if (!pv || !pv->io || pv->pp[at->pp - 1].stale)
			return false;
	}
	return true;
}

/* The remainder of pps / 5 goes to outer edge, inner edge, outer middle, inner middle. */
void vg_bands(unsigned int pps, unsigned int len[5])
{
	static const unsigned int order[4] = { 0, 4, 1, 3 };
	unsigned int i;

	for (i = 0; i < 5; i++)
		len[i] = pps / 5;
	for (i = 0; i < pps % 5; i++)
		len[order[i]]++;
}

uint64_t vg_pp_sectors(const struct vg *vg)
{
	return 1ULL << (vg->pp_shift - 9);
}

uint64_t vg_pp_sector(const struct vg *vg, const struct vg_pv *pv, unsigned int n)
{
	return pv->psn_part1 + (n - 1) * vg_pp_sectors(vg);
}

unsigned int lv_data_legs(const struct vg_lv *lv)
{
	return lv->type == LV_RAID5 ? lv->copies - 1U : 1;
}

uint32_t lv_user_lps(const struct vg_lv *lv, uint32_t lps)
{
	return lps * lv_data_legs(lv);
}

const char *lv_leg_word(const struct vg_lv *lv)
{
	return lv->type == LV_RAID5 ? "column" : "copy";
}

uint64_t vg_leg_sectors(const struct vg *vg, const struct vg_lv *lv)
{
	unsigned int c;

	return lv_origin(vg, lv, &c)->num_lps * vg_pp_sectors(vg);
}

uint64_t vg_lv_sectors(const struct vg *vg, const struct vg_lv *lv)
{
	return vg_leg_sectors(vg, lv) * lv_data_legs(lv);
}

const struct vg_lv *lv_origin(const struct vg *vg, const struct vg_lv *lv, unsigned int *copy)
{
	*copy = lv->child_of ? lv->child_copy : 0;
	return lv->child_of ? vg->lv[lv->child_of] : lv;
}

struct vg_lv *lv_child(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_LV; i++)
		if (vg->lv[i] && vg->lv[i]->child_of == lv->num && vg->lv[i]->child_copy == c)
			return vg->lv[i];
	return NULL;
}

unsigned int lv_num_legs(const struct vg_lv *lv)
{
	unsigned int n = 0, max = lv->type == LV_RAID5 ? lv->copies : VY_MAX_SLOTS;

	while (n < max && !id_is_zero(&lv->leg[n].uuid))
		n++;
	return n;
}

int lv_leg_of_slot(const struct vg_lv *lv, unsigned int slot)
{
	unsigned int i, n = lv_num_legs(lv);

	for (i = 0; i < n; i++)
		if (lv->leg[i].slot == slot)
			return (int)i;
	return -1;
}

bool lv_copy_is_full(const struct vg_lv *lv, unsigned int c)
{
	return c < lv->copies && !(lv->leg[c].flags & (LEG_SPLIT | LEG_PARTIAL | LEG_MOVE));
}

int lv_move_of(const struct vg_lv *lv, unsigned int c)
{
	int move = lv_pending_move(lv);

	return move >= 0 && lv->leg[move].serves == c ? move : -1;
}

int lv_pending_move(const struct vg_lv *lv)
{
	unsigned int i;

	for (i = 0; i < VG_MAX_LEGS; i++)
		if (lv->leg[i].flags & LEG_MOVE)
			return (int)i;
	return -1;
}

unsigned int lv_num_maps(const struct vg_lv *lv)
{
	return lv->copies + (lv->type == LV_RAID5 && lv_pending_move(lv) >= 0);
}

bool lv_copy_on(const struct vg_lv *lv, unsigned int c, const struct vg_pv *pv)
{
	uint32_t i;

	if (lv->leg[c].sa_pv == pv->num)
		return true;
	for (i = 0; i < lv->num_lps; i++)
		if (lv->map[c][i].pv == pv->num)
			return true;
	return false;
}

unsigned int vg_pv_free(const struct vg_pv *pv)
{
	unsigned int i, n = 0;

	for (i = 0; i < pv->pp_count; i++)
		n += !pv->pp[i].lv;
	return n;
}

unsigned int pv_votes(const struct vg_pv *pv, unsigned int vgdas)
{
	if (!pv->io)
		return 0;
	return pv->fresh || pv->adopt || pv->whole > vgdas ? vgdas : pv->whole;
}

void vg_count_vgdas(struct vg *vg)
{
	unsigned int i, counting = 0;
	bool first = true;

	for (i = 1; i <= VG_MAX_PV; i++)
		counting += vg->pv[i] && !(vg->pv[i]->state & PV_SPLIT);
	vg->total_vgdas = 0;
	for (i = 1; i <= VG_MAX_PV; i++) {
		if (!vg->pv[i])
			continue;
		/* What is away in a snapshot VG counts there. */
		if (vg->pv[i]->state & PV_SPLIT) {
			vg->pv[i]->vgdas = 0;
			continue;
		}
		vg->pv[i]->vgdas = first && counting <= 2 ? 2 : 1;
		vg->total_vgdas += vg->pv[i]->vgdas;
		first = false;
	}
	vg_count_seen(vg);
}

void vg_count_seen(struct vg *vg)
{
	unsigned int i;

	vg->seen_vgdas = 0;
	for (i = 1; i <= VG_MAX_PV; i++)
		if (vg->pv[i])
			vg->seen_vgdas += pv_votes(vg->pv[i], vg->pv[i]->vgdas);
}
