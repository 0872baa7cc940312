// SPDX-License-Identifier: GPL-2.0
/*
 * From the bytes of a VGDA copy to the model. Everything here may be hostile:
 * a number is compared with its limits before anything is reached through it,
 * and the first contradiction refuses the whole copy.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "../format/be.h"
#include "../format/name.h"
#include "internal.h"

#define MAX_LPS	(VG_MAX_PV * VG_MAX_PP)

struct load {
	struct vg *vg;
	const uint8_t *buf;
	size_t len;		/* bytes of the copy */
	struct aix_vgda_hdr h;
	size_t pv_at[VG_MAX_PV + 1];	/* byte offset of each PV's record */
	uint32_t lps;		/* of all LVs so far */
	struct err *e;
};

#define bad(l, ...) err_set((l)->e, ERR_METADATA, __VA_ARGS__)

static const uint8_t *pp_at(const struct load *l, const struct vg_pv *pv, unsigned int n)
{
	return l->buf + l->pv_at[pv->num] + (size_t)n * AIX_ENTRY;
}

/* ---- header ---- */

static enum err_code load_header(struct load *l)
{
	const struct aix_vgda_hdr *h = &l->h;
	struct vg *vg = l->vg;

	if (memcmp(h->vgid, vg->id.b, sizeof(h->vgid)))
		return bad(l, "VGDA header: VGID differs from the LVM record's");
	if (h->bigvg)
		return bad(l, "VGDA header: this is a big VG (bigvg %u), which is not supported",
			   h->bigvg);
	if (h->vgda_size != vg->vgda_len)
		return bad(l, "VGDA header: vgda_size %u differs from the LVM record's %u",
			   h->vgda_size, vg->vgda_len);
	if (h->pp_shift < PP_SHIFT_MIN || h->pp_shift > PP_SHIFT_MAX)
		return bad(l, "VGDA header: pp_size %u is outside %u..%u", h->pp_shift,
			   PP_SHIFT_MIN, PP_SHIFT_MAX);
	if (h->numpvs < 1 || h->numpvs > VG_MAX_PV)
		return bad(l, "VGDA header: numpvs %u is outside 1..%u", h->numpvs, VG_MAX_PV);
	if (h->maxlvs < 1 || h->maxlvs > AIX_MAX_LV)
		return bad(l, "VGDA header: maxlvs %u is outside 1..%u", h->maxlvs, AIX_MAX_LV);
	if (h->numlvs > h->maxlvs)
		return bad(l, "VGDA header: numlvs %u exceeds maxlvs %u", h->numlvs, h->maxlvs);
	if (h->total_vgdas < 1 || h->total_vgdas > 2 * VG_MAX_PV)
		return bad(l, "VGDA header: total_vgdas %u is outside 1..%u", h->total_vgdas,
			   2 * VG_MAX_PV);
	if (vg->kind == VG_NATIVE && (h->quorum > 1 || h->auto_varyon > 1))
		return bad(l, "VGDA header: quorum %u or auto_varyon %u is neither 0 nor 1",
			   h->quorum, h->auto_varyon);
	vg->pp_shift = (uint8_t)h->pp_shift;
	vg->max_lvs = h->maxlvs;
	vg->quorum = h->quorum;
	vg->auto_varyon = h->auto_varyon;
	vg->total_vgdas = h->total_vgdas;
	vg->disk_quorum = vg->quorum;
	vg->disk_total = vg->total_vgdas;
	vg->stamp = h->stamp;
	return ERR_OK;
}

/* ---- LV entries and names ---- */

/* How a native VG says RAID5: striped over its columns, one copy. */
static bool raid5_ok(const struct aix_lv_entry *en)
{
	return en->mirror == 1 && en->stripe_width >= VY_ROW_SLOTS_MIN &&
	       en->stripe_width <= VG_MAX_LEGS && en->stripe_exp >= VY_CHUNK_SHIFT_MIN &&
	       en->stripe_exp <= VY_CHUNK_SHIFT_MAX;
}

static enum err_code load_lv(struct load *l, unsigned int num)
{
	const uint8_t *at = l->buf + AIX_VGDA_LVE * SECTOR + (num - 1) * AIX_ENTRY;
	const uint8_t *names = l->buf + l->len - AIX_VGDA_NAMES * SECTOR;
	struct aix_lv_entry en;
	struct vg_lv *lv;
	const char *why;
	bool raid5;

	aix_lv_entry_decode(at, &en);
	if (!en.lv_state)
		return ERR_OK;
	if (num > VG_MAX_LV)
		return bad(l, "LV entry %u: only %u LVs are possible", num, VG_MAX_LV);
	if (en.name_index != num - 1)
		return bad(l, "LV entry %u: name slot %u is not its own", num, en.name_index);
	if (en.mirror < 1 || en.mirror > VG_MAX_COPIES)
		return bad(l, "LV entry %u: %u copies, not 1..%u", num, en.mirror, VG_MAX_COPIES);
	raid5 = l->vg->kind == VG_NATIVE && (en.stripe_exp || en.stripe_width);
	if (en.num_lps > MAX_LPS - l->lps || en.maxsize < en.num_lps)
		return bad(l, "LV entry %u: %u LPs exceed maxsize %u or the VG", num,
			   en.num_lps, en.maxsize);
	l->lps += en.num_lps;
	if (raid5 ? !raid5_ok(&en) : en.stripe_exp || en.stripe_width)
		return bad(l, "LV entry %u: striped (strip 2^%u, width %u), which is not supported",
			   num, en.stripe_exp, en.stripe_width);
	if (en.permissions < 1 || en.permissions > 2)
		return bad(l, "LV entry %u: permissions %u is neither 1 nor 2", num,
			   en.permissions);

	lv = vg_lv_add(l->vg, (uint8_t)num);
	why = name_from_field(lv->name, names + (size_t)en.name_index * AIX_NAME_BYTES,
			      AIX_NAME_BYTES);
	if (!why && strcmp(lv->name, HIDDEN_NAME))
		why = name_why_bad(lv->name, LV_NAME_MAX);
	if (why)
		return bad(l, "LV entry %u: its name %s", num, why);
	lv->copies = raid5 ? (uint8_t)en.stripe_width : en.mirror;
	lv->chunk_shift = (uint8_t)en.stripe_exp;
	lv->state = en.lv_state;
	lv->max_lps = en.maxsize;
	lv->sched_policy = en.mirror_policy;
	lv->permissions = en.permissions;
	lv->bb_relocation = en.bb_relocation;
	lv->write_verify = en.write_verify;
	lv->mwc = en.mwc;
	/* What an AIX VG keeps elsewhere; a native one says it in its record. */
	lv->type = raid5 ? LV_RAID5 : en.mirror > 1 ? LV_MIRROR : LV_LINEAR;
	memcpy(lv->type_name, "unknown", 8);
	lv->strict = 1;
	lv->inter = 'm';
	lv->intra = 'm';
	lv_map_resize(lv, en.num_lps);
	lv->num_lps = en.num_lps;
	lv->disk_lps = en.num_lps;
	return ERR_OK;
}

static enum err_code load_lvs(struct load *l)
{
	unsigned int i, j;

	for (i = 1; i <= AIX_MAX_LV; i++)
		if (load_lv(l, i) != ERR_OK)
			return l->e->code;
	for (i = 1; i <= VG_MAX_LV; i++)
		for (j = i + 1; l->vg->lv[i] && j <= VG_MAX_LV; j++)
			if (l->vg->lv[j] && !strcmp(l->vg->lv[i]->name, l->vg->lv[j]->name))
				return bad(l, "LV entries %u and %u are both named %s", i, j,
					   l->vg->lv[i]->name);
	return ERR_OK;
}

/* ---- PV area ---- */

static enum err_code load_pv(struct load *l, size_t at, size_t end, size_t *next)
{
	struct aix_pv_hdr p;
	struct vg_pv *pv;
	unsigned int i;
	size_t size;

	if (at > end || end - at < SECTOR)
		return bad(l, "PV area: numpvs %u records do not fit", l->h.numpvs);
	aix_pv_hdr_decode(l->buf + at, &p);
	if (p.pv_num < 1 || p.pv_num > VG_MAX_PV || l->vg->pv[p.pv_num])
		return bad(l, "PV record: pv_num %u is outside 1..%u or there twice", p.pv_num,
			   VG_MAX_PV);
	if (p.pp_count < 1 || p.pp_count > VG_MAX_PP)
		return bad(l, "PV record %u: pp_count %u is outside 1..%u", p.pv_num,
			   p.pp_count, VG_MAX_PP);
	size = (size_t)aix_pv_record_sectors(p.pp_count) * SECTOR;
	if (size > end - at)
		return bad(l, "PV record %u: pp_count %u does not fit the PV area", p.pv_num,
			   p.pp_count);
	if (p.vgdas > 2)
		return bad(l, "PV record %u: pvnum_vgdas %u exceeds 2", p.pv_num, p.vgdas);
	if (p.psn_part1 < AIX_PSN_FREE + (l->vg->kind == VG_NATIVE ?
					  2 * (AIX_VGSA_SECTORS + l->vg->vgda_len) : 0))
		return bad(l, "PV record %u: psn_part1 %u lies in the metadata", p.pv_num,
			   p.psn_part1);

	pv = xalloc(sizeof(*pv));
	memcpy(pv->id.b, p.pvid, sizeof(pv->id.b));
	pv->num = p.pv_num;
	pv->state = p.pv_state;
	pv->vgdas = p.vgdas;
	pv->disk_vgdas = p.vgdas;
	pv->psn_part1 = p.psn_part1;
	pv->pp_count = p.pp_count;
	pv->pp = xalloc(p.pp_count * sizeof(*pv->pp));
	l->vg->pv[pv->num] = pv;
	l->vg->num_pvs++;
	l->pv_at[pv->num] = at;
	*next = at + size;

	if (id_is_zero(&pv->id))
		return bad(l, "PV record %u: PVID is zero", p.pv_num);
	for (i = 1; i <= VG_MAX_PV; i++)
		if (i != pv->num && l->vg->pv[i] && id_equal(&l->vg->pv[i]->id, &pv->id))
			return bad(l, "PV records %u and %u carry one PVID", i, p.pv_num);
	return ERR_OK;
}

static enum err_code load_pvs(struct load *l)
{
	bool native = l->vg->kind == VG_NATIVE;
	size_t at = AIX_VGDA_PV * SECTOR;
	size_t end = native ? (AIX_VGDA_PV + (size_t)l->h.pv_used) * SECTOR :
			      l->len - AIX_VGDA_NAMES * SECTOR;
	unsigned int i, sum = 0;

	for (i = 0; i < l->h.numpvs; i++)
		if (load_pv(l, at, end, &at) != ERR_OK)
			return l->e->code;
	for (i = 1; i <= VG_MAX_PV; i++)
		sum += l->vg->pv[i] ? l->vg->pv[i]->vgdas : 0;
	if (sum != l->h.total_vgdas)
		return bad(l, "VGDA header: total_vgdas %u, but the PVs have %u",
			   l->h.total_vgdas, sum);
	return ERR_OK;
}

/* ---- PP entries ---- */

/*
 * Which copy a PP is. A native VG says so in the entry. In an AIX VG the
 * meaning of that byte is not certain: it is taken where it fits, else the
 * next copy that is not there yet. Returns VG_MAX_LEGS when none is free.
 */
static unsigned int copy_of(const struct load *l, const struct vg_lv *lv,
			    const struct aix_pp_entry *p)
{
	unsigned int c, n;

	if (lv->type == LV_RAID5)
		/* Behind the columns: where one of them moves to. */
		return native_column_from_code(p->copy, &c) && c <= lv->copies &&
		       (!lv->map[c] || !lv->map[c][p->lp_num - 1].pv) ? c : VG_MAX_LEGS;
	if (aix_copy_from_code(p->copy, &c, &n) && c < lv->copies &&
	    !lv->map[c][p->lp_num - 1].pv && (n == lv->copies || l->vg->kind == VG_AIX))
		return c;
	if (l->vg->kind == VG_NATIVE)
		return VG_MAX_LEGS;
	for (c = 0; c < lv->copies; c++)
		if (!lv->map[c][p->lp_num - 1].pv)
			return c;
	return VG_MAX_LEGS;
}

static enum err_code load_pp(struct load *l, struct vg_pv *pv, unsigned int n)
{
	struct aix_pp_entry p;
	struct vg_lv *lv;
	unsigned int c;

	aix_pp_entry_decode(pp_at(l, pv, n), &p);
	if (!p.lv_index)
		return ERR_OK;
	lv = p.lv_index <= VG_MAX_LV ? l->vg->lv[p.lv_index] : NULL;
	if (!lv)
		return bad(l, "PV %u PP %u: belongs to LV %u, which does not exist", pv->num, n,
			   p.lv_index);
	if (p.lp_num < 1 || p.lp_num > lv->num_lps)
		return bad(l, "PV %u PP %u: LP %" PRIu32 " is past the %u LPs of %s", pv->num, n,
			   p.lp_num, lv->num_lps, lv->name);
	c = copy_of(l, lv, &p);
	if (c == VG_MAX_LEGS)
		return bad(l, "PV %u PP %u: LP %u of %s has that copy already (code %u): PPs overlap",
			   pv->num, n, p.lp_num, lv->name, p.copy);
	if (!lv->map[c])
		lv->map[c] = xalloc(lv->num_lps * sizeof(*lv->map[c]));
	lv->map[c][p.lp_num - 1] = (struct lv_place){ pv->num, (uint16_t)n };
	pv->pp[n - 1] = (struct vg_pp){
		.lv = lv->num, .copy = (uint8_t)c, .lp = p.lp_num, .on_disk = true,
	};
	return ERR_OK;
}

/* The links of a PP must name the other copies of its LP, all of them. */
static enum err_code check_links(const struct load *l, const struct vg_lv *lv, uint32_t lp,
				 unsigned int c)
{
	const struct lv_place *here = &lv->map[c][lp];
	unsigned int d, i, links = 0, others = 0, met = 0;
	struct aix_pp_entry p;

	aix_pp_entry_decode(pp_at(l, l->vg->pv[here->pv], here->pp), &p);
	for (i = 0; i < 2; i++)
		links += p.alt_pv[i] != 0;
	for (d = 0; d < lv->copies; d++) {
		const struct lv_place *o = &lv->map[d][lp];

		if (d == c || !o->pv)
			continue;
		others++;
		for (i = 0; i < 2; i++)
			met += p.alt_pv[i] == o->pv && p.alt_pp[i] == o->pp;
	}
	if (links != others || met != others)
		return bad(l, "PV %u PP %u: links to the other copies of LP %u of %s are not symmetrical",
			   here->pv, here->pp, lp + 1, lv->name);
	return ERR_OK;
}

static enum err_code check_map(const struct load *l, const struct vg_lv *lv)
{
	uint32_t lp;
	unsigned int c, n;

	for (lp = 0; lp < lv->num_lps; lp++) {
		for (c = 0, n = 0; c < lv->copies; c++) {
			if (!lv->map[c][lp].pv)
				continue;
			n++;
			if (lv->type != LV_RAID5 && check_links(l, lv, lp, c) != ERR_OK)
				return l->e->code;
		}
		/* Which copies may lack LPs is said by the legs of a native one. */
		if (!n)
			return bad(l, "LV %s: LP %u has 0 of %u copies", lv->name, lp + 1,
				   lv->copies);
	}
	return ERR_OK;
}

static enum err_code load_map(struct load *l)
{
	unsigned int i, n;

	for (i = 1; i <= VG_MAX_PV; i++)
		for (n = 1; l->vg->pv[i] && n <= l->vg->pv[i]->pp_count; n++)
			if (load_pp(l, l->vg->pv[i], n) != ERR_OK)
				return l->e->code;
	for (i = 1; i <= VG_MAX_LV; i++)
		if (l->vg->lv[i] && check_map(l, l->vg->lv[i]) != ERR_OK)
			return l->e->code;
	return ERR_OK;
}

/* ---- the extension of a native VG ---- */

static enum err_code load_text(const struct load *l, char *dst, const uint8_t *field,
			       size_t len, const char *what, unsigned int num)
{
	const char *why = name_from_field(dst, field, len);

	return why ? bad(l, "LV record %u: %s %s", num, what, why) : ERR_OK;
}

/* The place of a status area: whole, in PPs of the hidden LV of one PV. least: sectors. */
static enum err_code load_leg(struct load *l, struct vg_lv *lv, unsigned int c,
			      const struct native_leg *g, uint64_t least)
{
	const struct vg_pv *pv = g->pv_num <= VG_MAX_PV ? l->vg->pv[g->pv_num] : NULL;
	struct lv_leg *leg = &lv->leg[c];
	uint64_t first, last;

	if (g->flags & LEG_REMOTE)
		return g->pv_num || g->sectors || g->sector ?
		       bad(l, "LV %s: leg %u lies in another VG, but has a status area on PV %u here",
			   lv->name, c + 1, g->pv_num) : ERR_OK;
	if (!pv)
		return bad(l, "LV %s: status area of copy %u is on PV %u, which does not exist",
			   lv->name, c + 1, g->pv_num);
	if (g->sectors < least || g->sectors % VY_BLOCK_SECTORS ||
	    g->sector % VY_BLOCK_SECTORS || g->sector < pv->psn_part1 ||
	    g->sector > UINT64_MAX - g->sectors)
		return bad(l, "LV %s: status area of copy %u (sector %" PRIu64 ", %u sectors) is too short or misplaced",
			   lv->name, c + 1, g->sector, g->sectors);
	first = (g->sector - pv->psn_part1) >> (l->vg->pp_shift - 9);
	last = (g->sector - pv->psn_part1 + g->sectors - 1) >> (l->vg->pp_shift - 9);
	if (last >= pv->pp_count)
		return bad(l, "LV %s: status area of copy %u lies past the PPs of PV %u",
			   lv->name, c + 1, pv->num);
	for (; first <= last; first++) {
		uint8_t owner = pv->pp[first].lv;

		if (!owner || !l->vg->lv[owner]->hidden)
			return bad(l, "LV %s: status area of copy %u lies outside %s on PV %u",
				   lv->name, c + 1, HIDDEN_NAME, pv->num);
	}
	leg->sa_pv = g->pv_num;
	leg->sa_sector = g->sector;
	leg->sa_sectors = g->sectors;
	return ERR_OK;
}

/* Flags that cannot be meant together, and where none of some kinds may be. */
static bool flags_ok(const struct vg_lv *lv, unsigned int c, unsigned int f)
{
	bool remote = f & LEG_REMOTE, moves = (f | LEG_PARTIAL) == (LEG_MOVE | LEG_PARTIAL);

	if (lv->type == LV_RAID5)
		return c == lv->copies ? moves : !f && c < lv->copies;
	if (f & ~NATIVE_LEG_FLAGS || remote != (c >= lv->copies) || (remote && f != LEG_REMOTE))
		return false;
	if (f & LEG_SPLIT && f & (LEG_DISCARD | LEG_PARTIAL | LEG_MOVE))
		return false;
	if (f & LEG_MOVE && c != lv->copies - 1U)
		return false;
	return f & LEG_MOVE || !(f & LEG_LINEAR);
}

/* Who a leg is, where its place in the set is, and what it is to be used for. */
static enum err_code load_leg_id(struct load *l, struct vg_lv *lv, unsigned int c,
				 const struct native_leg *g)
{
	struct lv_leg *leg = &lv->leg[c];
	unsigned int d;

	memcpy(leg->uuid.b, g->uuid, sizeof(leg->uuid.b));
	if (id_is_zero(&leg->uuid)) {
		if (c < lv->copies)
			return bad(l, "LV %s: uuid of copy %u is zero", lv->name, c + 1);
		if (g->flags || g->slot != c || g->serves)
			return bad(l, "LV %s: leg %u has flags %#x or a slot, but no uuid",
				   lv->name, c + 1, g->flags);
		return ERR_OK;
	}
	if (!flags_ok(lv, c, g->flags))
		return bad(l, "LV %s: flags %#x of leg %u are not valid; use a newer release if there is one",
			   lv->name, g->flags, c + 1);
	if (g->serves && !(g->flags & LEG_MOVE))
		return bad(l, "LV %s: leg %u serves copy %u, but is of no move", lv->name, c + 1,
			   g->serves + 1U);
	if (lv->type == LV_RAID5 ? g->slot != c : g->slot >= lv->nslots)
		return bad(l, "LV %s: slot %u of leg %u is not one of %u", lv->name, g->slot,
			   c + 1, lv->nslots);
	for (d = 0; d < c; d++) {
		if (id_is_zero(&lv->leg[d].uuid))
			return bad(l, "LV %s: leg %u is there, leg %u is not", lv->name, c + 1,
				   d + 1);
		if (lv->leg[d].slot == g->slot || id_equal(&lv->leg[d].uuid, &leg->uuid))
			return bad(l, "LV %s: legs %u and %u have one slot or one uuid", lv->name,
				   d + 1, c + 1);
	}
	leg->slot = g->slot;
	leg->flags = g->flags;
	leg->serves = g->serves;
	return ERR_OK;
}

/* All that the flags say about copies must fit together, and the map. */
static enum err_code check_leg_flags(struct load *l, const struct vg_lv *lv)
{
	unsigned int c, full = 0;
	uint32_t lp;

	for (c = 0; c < lv->copies; c++) {
		const struct lv_leg *leg = &lv->leg[c];

		full += lv_copy_is_full(lv, c) && !(leg->flags & LEG_DISCARD);
		if (leg->flags & LEG_MOVE && !lv_copy_is_full(lv, leg->serves))
			return bad(l, "LV %s: copy %u moves parts of copy %u, which cannot be moved",
				   lv->name, c + 1, leg->serves + 1U);
		if (leg->flags & LEG_LINEAR && lv->copies != 2)
			return bad(l, "LV %s: it has %u copies and cannot become linear",
				   lv->name, lv->copies);
		if (leg->flags & LEG_PARTIAL && l->vg->pp_shift < lv->zone_shift)
			return bad(l, "LV %s: copy %u is partial, but a PP is smaller than a zone",
				   lv->name, c + 1);
		for (lp = 0; lp < lv->num_lps; lp++)
			if (!lv->map[c][lp].pv && !(leg->flags & LEG_PARTIAL))
				return bad(l, "LV %s: LP %u lacks copy %u of %u", lv->name,
					   lp + 1, c + 1, lv->copies);
	}
	return full ? ERR_OK :
	       bad(l, "LV %s: no copy of it is whole and in use: all are split away, partial or given up",
		   lv->name);
}

/* A column moves as a whole or in part, and there is nothing behind the columns else. */
static enum err_code check_column_move(struct load *l, const struct vg_lv *lv)
{
	const unsigned int new = lv->copies;
	int move = lv->type == LV_RAID5 ? lv_pending_move(lv) : -1;
	const struct lv_leg *leg = &lv->leg[new];
	uint32_t lp, lps = 0;

	if (move < 0)
		return lv->type == LV_RAID5 && new < VG_MAX_LEGS && lv->map[new] ?
		       bad(l, "LV %s: has PPs of column %u, but only %u columns", lv->name,
			   new + 1, new) : ERR_OK;
	for (lp = 0; lv->map[new] && lp < lv->num_lps; lp++)
		lps += lv->map[new][lp].pv != 0;
	if (leg->serves >= lv->copies || !lps ||
	    (lps < lv->num_lps) != !!(leg->flags & LEG_PARTIAL) ||
	    (leg->flags & LEG_PARTIAL && l->vg->pp_shift < lv->zone_shift))
		return bad(l, "LV %s: %u LPs of column %u are being moved, which cannot be",
			   lv->name, lps, leg->serves + 1U);
	if (leg->sa_pv != lv->leg[leg->serves].sa_pv ||
	    leg->sa_sectors != lv_column_areas(l->vg, lv))
		return bad(l, "LV %s: the status areas of the move of column %u are not beside its own, or have another size",
			   lv->name, leg->serves + 1U);
	return ERR_OK;
}

static enum err_code load_legs(struct load *l, struct vg_lv *lv, const struct native_lv *r)
{
	struct vy_geom geom;
	unsigned int c;

	if (id_is_zero(&lv->uuid))
		return bad(l, "LV %s: uuid is zero", lv->name);
	if (lv_geom(l->vg, lv, &geom) || lv->nslots < lv->copies ||
	    (lv->type == LV_RAID5 && lv->nslots != lv->copies))
		return bad(l, "LV %s: slots %u, region 2^%u or zone 2^%u is out of range",
			   lv->name, lv->nslots, lv->region_shift, lv->zone_shift);
	for (c = 0; c < NATIVE_LEGS; c++) {
		bool moves = lv->type == LV_RAID5 && c == lv->copies;

		if (c >= lv->copies && !moves && r->leg[c].pv_num)
			return bad(l, "LV %s: status area of copy %u, but it has %u copies",
				   lv->name, c + 1, lv->copies);
		if (load_leg_id(l, lv, c, &r->leg[c]) != ERR_OK)
			return l->e->code;
		if (!id_is_zero(&lv->leg[c].uuid) &&
		    load_leg(l, lv, c, &r->leg[c],
			     moves ? 1 : geom.sa_bytes_min / SECTOR) != ERR_OK)
			return l->e->code;
	}
	if (check_column_move(l, lv) != ERR_OK)
		return l->e->code;
	return check_leg_flags(l, lv);
}

/* A split child: whose, and which copy. The parent's legs are looked at later. */
static enum err_code load_child(struct load *l, struct vg_lv *lv, const struct native_lv *r)
{
	if (!(r->flags & NATIVE_LV_CHILD))
		return r->parent || r->parent_copy || r->writable ?
		       bad(l, "LV %s: names LV %u copy %u as its parent, but is no split copy",
			   lv->name, r->parent, r->parent_copy + 1U) : ERR_OK;
	if (lv->hidden || lv->type != LV_LINEAR || lv->num_lps || r->writable > 1)
		return bad(l, "LV %s: a split copy is neither hidden nor mirrored and has no LPs of its own",
			   lv->name);
	if (!r->parent || !l->vg->lv[r->parent] || r->parent == r->num)
		return bad(l, "LV %s: its parent LV %u does not exist", lv->name, r->parent);
	lv->child_of = r->parent;
	lv->child_copy = r->parent_copy;
	lv->child_writable = r->writable;
	return ERR_OK;
}

/* Each child has its split copy, and each copy that is split one child. */
static enum err_code check_children(struct load *l)
{
	bool used[VG_MAX_LV + 1][VG_MAX_LEGS] = { { false } };
	bool snapshot = !id_is_zero(&l->vg->snapshot);
	unsigned int i, c;

	for (i = 1; i <= VG_MAX_LV; i++) {
		const struct vg_lv *lv = l->vg->lv[i], *of;

		if (!lv || !lv->child_of)
			continue;
		of = l->vg->lv[lv->child_of];
		if (of->type != LV_MIRROR || lv->child_copy >= of->copies ||
		    !(of->leg[lv->child_copy].flags & LEG_SPLIT))
			return bad(l, "LV %s: copy %u of its parent %s is not split away",
				   lv->name, lv->child_copy + 1U, of->name);
		if (used[of->num][lv->child_copy])
			return bad(l, "LV %s: copy %u of %s has another split child, too",
				   lv->name, lv->child_copy + 1U, of->name);
		used[of->num][lv->child_copy] = true;
	}
	for (i = 1; i <= VG_MAX_LV; i++)
		for (c = 0; l->vg->lv[i] && c < l->vg->lv[i]->copies; c++)
			if (l->vg->lv[i]->leg[c].flags & LEG_SPLIT && !used[i][c] && !snapshot)
				return bad(l, "LV %s: copy %u is split away, but no LV and no VG has it",
					   l->vg->lv[i]->name, c + 1);
	return ERR_OK;
}

/* First pass over an LV record: all but the legs, which need the hidden LV known. */
static enum err_code load_record(struct load *l, const struct native_lv *r, bool *seen)
{
	struct vg_lv *lv = r->num ? l->vg->lv[r->num] : NULL;

	if (!lv || seen[r->num])
		return bad(l, "LV record %u: no such LV entry, or there twice", r->num);
	seen[r->num] = true;
	if (r->type != LV_LINEAR && r->type != LV_MIRROR && r->type != LV_RAID5)
		return bad(l, "LV %s: redundancy type %u is not known to this release; use a newer one",
			   lv->name, r->type);
	if ((r->type == LV_LINEAR && lv->copies != 1) || r->flags & ~NATIVE_LV_FLAGS ||
	    r->strict > 1 || !memchr("mx", r->inter, 2) || !memchr("mce", r->intra, 3))
		return bad(l, "LV %s: copies %u, flags %#x, strict %u or a policy is not valid",
			   lv->name, lv->copies, r->flags, r->strict);
	if ((r->type == LV_RAID5) != (lv->type == LV_RAID5))
		return bad(l, "LV %s: its entry and its record disagree on whether it is RAID5",
			   lv->name);
	if (r->row_log >= LV_LOG_NR || (r->row_log && r->type != LV_RAID5))
		return bad(l, "LV %s: row log %u is not valid", lv->name, r->row_log);
	lv->type = r->type;
	lv->row_log = r->row_log;
	lv->hidden = r->flags & NATIVE_LV_HIDDEN;
	if (lv->hidden != !strcmp(lv->name, HIDDEN_NAME) ||
	    (lv->hidden && lv->type != LV_LINEAR))
		return bad(l, "LV %s: only a linear LV named %s may be hidden", lv->name,
			   HIDDEN_NAME);
	if (load_child(l, lv, r) != ERR_OK)
		return l->e->code;
	lv->strict = r->strict;
	lv->inter = (char)r->inter;
	lv->intra = (char)r->intra;
	lv->region_shift = r->region_shift;
	lv->zone_shift = r->zone_shift;
	lv->nslots = r->nslots;
	lv->ctime = r->ctime;
	lv->mtime = r->mtime;
	memcpy(lv->uuid.b, r->uuid, sizeof(lv->uuid.b));
	if (load_text(l, lv->type_name, r->type_name, sizeof(lv->type_name), "type",
		      r->num) != ERR_OK)
		return l->e->code;
	return load_text(l, lv->label, r->label, sizeof(lv->label), "label", r->num);
}

static int run_order(const void *a, const void *b)
{
	const struct sa_run *x = a, *y = b;

	if (x->pv != y->pv)
		return x->pv < y->pv ? -1 : 1;
	return x->sector < y->sector ? -1 : x->sector > y->sector;
}

static enum err_code check_sa_overlap(const struct load *l)
{
	struct sa_run *runs = xalloc(VG_MAX_LV * VG_MAX_LEGS * sizeof(*runs));
	unsigned int i, c, n = 0;

	for (i = 1; i <= VG_MAX_LV; i++)
		for (c = 0; l->vg->lv[i] && c < VG_MAX_LEGS; c++) {
			const struct lv_leg *g = &l->vg->lv[i]->leg[c];

			if (g->sa_pv)
				runs[n++] = (struct sa_run){
					g->sa_pv, g->sa_sector, g->sa_sectors
				};
		}
	qsort(runs, n, sizeof(*runs), run_order);
	for (i = 1; i < n; i++)
		if (runs[i].pv == runs[i - 1].pv &&
		    runs[i].sector < runs[i - 1].sector + runs[i - 1].sectors)
			break;
	if (i < n)
		bad(l, "PV %u: two status areas overlap at sector %" PRIu64, runs[i].pv,
		    runs[i].sector);
	free(runs);
	return i < n ? l->e->code : ERR_OK;
}

static enum err_code load_features(struct load *l, const struct native_ext *x)
{
	if (x->version != NATIVE_VERSION || x->record_bytes != NATIVE_RECORD)
		return bad(l, "VGDA extension: version %u with records of %u bytes is not known to this release; use a newer one",
			   x->version, x->record_bytes);
	if (x->feat_incompat & ~NATIVE_FEAT_INCOMPAT)
		return bad(l, "VGDA extension: incompatible features %#" PRIx64 " are not known to this release; use a newer one",
			   x->feat_incompat & ~NATIVE_FEAT_INCOMPAT);
	if (x->feat_ro & ~NATIVE_FEAT_RO) {
		l->vg->read_only = true;
		vg_warn(l->vg, "features %#" PRIx64 " are not known to this release: nothing is written; use a newer one to change the VG",
			x->feat_ro & ~NATIVE_FEAT_RO);
	}
	l->vg->feat_compat = x->feat_compat;
	return ERR_OK;
}

/* What the VG as a whole is set to, and which VG it was split from or into. */
static enum err_code load_attributes(struct load *l, const struct native_ext *x)
{
	struct vg *vg = l->vg;
	unsigned int i;

	if ((x->spare_policy && !memchr("nyY", x->spare_policy, 3)) ||
	    (x->auto_sync && !memchr("ny", x->auto_sync, 2)))
		return bad(l, "VGDA extension: hot-spare policy %#x or auto-sync %#x is not valid",
			   x->spare_policy, x->auto_sync);
	vg->spare_policy = x->spare_policy ? (char)x->spare_policy : 'n';
	vg->auto_sync = x->auto_sync == 'y';
	memcpy(vg->parent.b, x->parent, sizeof(vg->parent.b));
	memcpy(vg->snapshot.b, x->snapshot, sizeof(vg->snapshot.b));
	if (id_equal(&vg->parent, &vg->id) || id_equal(&vg->snapshot, &vg->id) ||
	    (!id_is_zero(&vg->parent) && !id_is_zero(&vg->snapshot)))
		return bad(l, "VGDA extension: it is its own parent or snapshot, or has both");
	for (i = 1; i <= VG_MAX_PV; i++)
		if (vg->pv[i] && vg->pv[i]->state & PV_SPLIT &&
		    (id_is_zero(&vg->snapshot) || vg->pv[i]->vgdas))
			return bad(l, "PV record %u: split away, but there is no snapshot VG, or it counts for the quorum",
				   i);
	for (i = 1; i <= VG_MAX_PV; i++)
		if (vg->pv[i] && vg->pv[i]->state & PV_SPARE &&
		    vg_pv_free(vg->pv[i]) < vg->pv[i]->pp_count)
			return bad(l, "PV record %u: a hot spare, but LVs have PPs on it", i);
	return ERR_OK;
}

/* Which commit the copy is of, and which ones came before it. */
static enum err_code load_line(struct load *l, const uint8_t *at, const struct native_ext *x)
{
	if (!x->commit_id)
		return bad(l, "VGDA extension: commit id is zero");
	l->vg->commit_id = x->commit_id;
	native_history_decode(at + NATIVE_HIST_AT * SECTOR, l->vg->history);
	return ERR_OK;
}

/* For messages about a PV that is missing. */
static char *last_name(const struct vg_pv *pv)
{
	char *raw = pv->serial[0] ? xprintf("%s, serial number %s", pv->dev, pv->serial) :
				    xstrdup(pv->dev);
	char *safe = text_safe(raw);

	free(raw);
	return safe;
}

static enum err_code load_pv_names(struct load *l, const uint8_t *at)
{
	struct native_pv p;
	const char *why;
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV; i++) {
		struct vg_pv *pv = l->vg->pv[i];

		if (!pv)
			continue;
		native_pv_decode(at + NATIVE_PV_AT * SECTOR, i, &p);
		why = name_from_field(pv->dev, p.dev, sizeof(p.dev));
		if (!why)
			why = name_from_field(pv->serial, p.serial, sizeof(p.serial));
		if (why)
			return bad(l, "VGDA extension: device or serial number of PV %u %s", i, why);
		if (pv->dev[0])
			pv->last_path = last_name(pv);
	}
	return ERR_OK;
}

static enum err_code load_ext(struct load *l)
{
	const uint8_t *at = l->buf + NATIVE_EXT_OFF * SECTOR;
	bool seen[VG_MAX_LV + 1] = { false };
	struct native_ext x;
	struct native_lv r;
	unsigned int i;
	const char *why;

	if (!native_ext_decode(at, &x))
		return bad(l, "VGDA extension: magic %s is not there", NATIVE_MAGIC);
	if (load_features(l, &x) != ERR_OK)
		return l->e->code;
	if (l->h.ext_used < NATIVE_LV_AT || x.num_records != l->vg->num_lvs ||
	    x.num_records > l->h.ext_used - NATIVE_LV_AT)
		return bad(l, "VGDA extension: %u LV records for %u LVs in %u sectors",
			   x.num_records, l->vg->num_lvs, l->h.ext_used);
	why = name_from_field(l->vg->name, x.name, sizeof(x.name));
	if (!why)
		why = name_why_bad(l->vg->name, VG_NAME_MAX);
	if (why) {
		l->vg->name[0] = '\0';
		return bad(l, "VGDA extension: the name of the VG %s", why);
	}
	l->vg->ctime = x.ctime;
	if (load_line(l, at, &x) != ERR_OK || load_pv_names(l, at) != ERR_OK ||
	    load_attributes(l, &x) != ERR_OK)
		return l->e->code;
	at += NATIVE_LV_AT * SECTOR;
	for (i = 0; i < x.num_records; i++) {
		native_lv_decode(at + (size_t)i * NATIVE_RECORD, &r);
		if (load_record(l, &r, seen) != ERR_OK)
			return l->e->code;
	}
	for (i = 0; i < x.num_records; i++) {
		native_lv_decode(at + (size_t)i * NATIVE_RECORD, &r);
		if (l->vg->lv[r.num]->type != LV_LINEAR &&
		    load_legs(l, l->vg->lv[r.num], &r) != ERR_OK)
			return l->e->code;
	}
	if (check_children(l) != ERR_OK)
		return l->e->code;
	if (vg_uses_leg_features(l->vg) && !(x.feat_incompat & NATIVE_FEAT_LEGS))
		return bad(l, "VGDA extension: leg flags, slots or split copies are there without the feature that tells of them");
	if (vg_moves_column(l->vg) && !(x.feat_incompat & NATIVE_FEAT_COLUMN))
		return bad(l, "VGDA extension: a column is being moved without the feature that tells of it");
	if (vg_has_row_log(l->vg) && !(x.feat_incompat & NATIVE_FEAT_LOG))
		return bad(l, "VGDA extension: an LV names its row log without the feature that tells of it");
	return check_sa_overlap(l);
}

enum err_code vgda_load(struct vg *vg, const uint8_t *buf, struct err *e)
{
	struct err spare = { .code = ERR_OK };
	struct load l = {
		.vg = vg, .buf = buf, .len = (size_t)vg->vgda_len * SECTOR,
		.e = e ? e : &spare,
	};

	aix_vgda_hdr_decode(buf, &l.h);
	if (load_header(&l) != ERR_OK || load_lvs(&l) != ERR_OK || load_pvs(&l) != ERR_OK ||
	    load_map(&l) != ERR_OK)
		return l.e->code;
	if (vg->kind == VG_NATIVE)
		return load_ext(&l);
	vg->read_only = true;
	return ERR_OK;
}
