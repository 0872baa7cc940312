// SPDX-License-Identifier: GPL-2.0
/* Making, growing, naming and removing LVs, in memory. */
#include <stdlib.h>
#include <string.h>
#include "../format/name.h"
#include "../lib/random.h"
#include "../lib/text.h"
#include "internal.h"

enum err_code vg_check_writable(const struct vg *vg, struct err *e)
{
	if (vg->read_only)
		return err_set(e, ERR_FAILED,
			       "%s: read only (%s), cannot be changed", vg->name,
			       vg->kind == VG_AIX ? "an AIX volume group" :
						    "features unknown to this release");
	return ERR_OK;
}

enum err_code vg_check_changeable(const struct vg *vg, struct err *e)
{
	enum err_code rc = vg_check_writable(vg, e);

	if (rc == ERR_OK && !id_is_zero(&vg->parent))
		return err_set(e, ERR_CONFLICT,
			       "%s: is a snapshot of another VG and keeps its layout; join it (joinvg) to change the VG",
			       vg->name);
	return rc;
}

enum err_code lv_check_name(const struct vg *vg, const char *name, struct err *e)
{
	size_t max = vg->kind == VG_AIX ? AIX_NAME_MAX : LV_NAME_MAX;
	const char *why = name_why_bad(name, max);

	if (why) {
		char *shown = text_safe(name);

		err_set(e, ERR_USAGE, "LV name \"%s\" %s (at most %zu characters)", shown, why, max);
		free(shown);
		return ERR_USAGE;
	}
	if (vg_lv_by_name(vg, name))
		return err_set(e, ERR_CONFLICT, "%s: there is an LV %s already; choose another name",
			       vg->name, name);
	return ERR_OK;
}

void lv_touch(struct vg_lv *lv)
{
	lv->mtime = clock_stamp() >> 32;
}

/* ---- create ---- */

/* Fits a field of size bytes on disk; NULL: not given. */
static bool is_text(const char *s, size_t size)
{
	char field[sizeof(((struct vg_lv *)0)->label)] = "", copy[sizeof(field)];

	if (!s)
		return true;
	if (strlen(s) >= size)
		return false;
	strcpy(field, s);
	return !name_from_field(copy, (const uint8_t *)field, size);
}

static enum err_code check_opts(const struct vg *vg, const struct lv_create_opts *o,
				struct err *e)
{
	uint32_t limit = VG_MAX_PV * VG_MAX_PP;

	if (o->width && (o->width < VY_ROW_SLOTS_MIN || o->width > VG_MAX_LEGS))
		return err_set(e, ERR_USAGE, "RAID5 over %u columns: %u to %u are possible",
			       o->width, VY_ROW_SLOTS_MIN, VG_MAX_LEGS);
	if (o->width && (vg->kind != VG_NATIVE || o->copies > 1 || !o->strict))
		return err_set(e, ERR_USAGE,
			       "RAID5: only in a native VG, as one copy, with each column on PVs of its own");
	if (o->chunk_shift && (!o->width || o->chunk_shift < VY_CHUNK_SHIFT_MIN ||
			       o->chunk_shift > VY_CHUNK_SHIFT_MAX))
		return err_set(e, ERR_USAGE, "a chunk of 2^%u bytes: RAID5 has 2^%u to 2^%u",
			       o->chunk_shift, VY_CHUNK_SHIFT_MIN, VY_CHUNK_SHIFT_MAX);
	if (o->copies < 1 || o->copies > VG_MAX_COPIES)
		return err_set(e, ERR_USAGE, "%u copies: 1 to %u are possible", o->copies,
			       VG_MAX_COPIES);
	if (o->lps < 1 || o->lps > limit)
		return err_set(e, ERR_USAGE, "%u LPs: 1 to %u are possible", o->lps, limit);
	if (o->max_lps && (o->max_lps < o->lps || o->max_lps > limit))
		return err_set(e, ERR_USAGE, "a maximum of %u LPs (-x): %u to %u are possible",
			       o->max_lps, o->lps, limit);
	if (!strchr("mx", o->inter) || !strchr("mce", o->intra) || !o->inter || !o->intra)
		return err_set(e, ERR_USAGE, "policies: inter is m or x, intra is m, c or e");
	if (!is_text(o->type_name, sizeof(((struct vg_lv *)0)->type_name)))
		return err_set(e, ERR_USAGE,
			       "the type of an LV has at most 15 characters, no control characters");
	if (!is_text(o->label, sizeof(((struct vg_lv *)0)->label)))
		return err_set(e, ERR_USAGE,
			       "the label of an LV has at most 127 characters, no control characters");
	if (o->region_shift && (o->region_shift < VY_REGION_SHIFT_MIN ||
				o->region_shift > VY_REGION_SHIFT_MAX))
		return err_set(e, ERR_USAGE, "region size 2^%u: 2^%u to 2^%u are possible",
			       o->region_shift, VY_REGION_SHIFT_MIN, VY_REGION_SHIFT_MAX);
	return lv_check_name(vg, o->name, e);
}

struct vg_lv *lv_add_named(struct vg *vg, const char *name, struct err *e)
{
	unsigned int num, limit = vg->max_lvs < VG_MAX_LV ? vg->max_lvs : VG_MAX_LV;
	struct vg_lv *lv;

	for (num = 1; num <= limit && vg->lv[num]; num++)
		;
	if (num > limit) {
		err_set(e, ERR_NOSPACE, "%s: all %u LV numbers are in use; remove an LV", vg->name,
			limit);
		return NULL;
	}
	lv = vg_lv_add(vg, (uint8_t)num);
	/*
	 * The id of a native LV is what its mapped device is known by, which must
	 * stay when a linear LV becomes a mirror.
	 */
	if (vg->kind == VG_NATIVE && random_bytes(lv->uuid.b, sizeof(lv->uuid.b), e) != ERR_OK) {
		vg_lv_free(vg, lv);
		return NULL;
	}
	strcpy(lv->name, name);
	strcpy(lv->type_name, "jfs2");
	lv->max_lps = 512;
	lv->copies = 1;
	lv->state = 1;			/* defined */
	lv->sched_policy = 2;		/* parallel */
	lv->permissions = 1;		/* read and write */
	lv->bb_relocation = 2;		/* no */
	lv->write_verify = 2;		/* off */
	lv->mwc = 2;			/* off: natively the status areas do what it does */
	lv->strict = 1;
	lv->inter = 'm';
	lv->intra = 'm';
	lv->ctime = lv->mtime = clock_stamp() >> 32;
	return lv;
}

/* LPs of each copy or column for that many of data. */
static uint32_t leg_lps(const struct vg_lv *lv, uint32_t lps)
{
	return (lps + lv_data_legs(lv) - 1) / lv_data_legs(lv);
}

static struct vg_lv *make_lv(struct vg *vg, const struct lv_create_opts *o, struct err *e)
{
	struct vg_lv *lv = lv_add_named(vg, o->name, e);

	if (!lv)
		return NULL;
	if (o->type_name)
		strcpy(lv->type_name, o->type_name);
	if (o->label)
		strcpy(lv->label, o->label);
	lv->type = o->width ? LV_RAID5 : o->copies > 1 ? LV_MIRROR : LV_LINEAR;
	lv->copies = o->width ? o->width : o->copies;
	if (o->width)
		lv->chunk_shift = o->chunk_shift ? o->chunk_shift : RAID5_CHUNK_SHIFT;
	lv->row_log = o->row_log;
	lv->max_lps = leg_lps(lv, o->max_lps ? o->max_lps : o->lps > 512 ? o->lps : 512);
	if (vg->kind == VG_AIX && o->copies > 1)
		lv->mwc = 1;
	lv->strict = o->strict;
	lv->inter = o->inter;
	lv->intra = o->intra;
	return lv;
}

enum err_code lv_new_super(struct vg_lv *lv, const struct vy_geom *geom, struct err *e)
{
	struct vy_sb *sb = xalloc(sizeof(*sb));

	lv->sa_new = sb;
	memcpy(sb->set_uuid, lv->uuid.b, sizeof(sb->set_uuid));
	sb->type = lv->type == LV_RAID5 ? VY_TYPE_RAID5 : VY_TYPE_MIRROR;
	sb->chunk_shift = lv->chunk_shift;
	sb->geom = *geom;
	return random_bytes(&sb->gen, sizeof(sb->gen), e);
}

/* All copies are members of one new generation, clean. */
static enum err_code first_super(struct vg_lv *lv, const struct vy_geom *geom, struct err *e)
{
	enum err_code rc = lv_new_super(lv, geom, e);
	struct vy_sb *sb = lv->sa_new;
	unsigned int c;

	for (c = 0; c < lv->copies && rc == ERR_OK; c++) {
		rc = random_bytes(lv->leg[c].uuid.b, sizeof(lv->leg[c].uuid.b), e);
		lv->leg[c].slot = (uint8_t)c;
		lv->leg[c].sa_todo = SA_MAKE;
		memcpy(sb->slot[c].leg_uuid, lv->leg[c].uuid.b, sizeof(sb->slot[c].leg_uuid));
		sb->slot[c].state = VY_SLOT_MEMBER;
	}
	return rc;
}

static bool redundant(const struct vg *vg, const struct vg_lv *lv)
{
	return vg->kind == VG_NATIVE && lv->type != LV_LINEAR;
}

int lv_geom(const struct vg *vg, const struct vg_lv *lv, struct vy_geom *geom)
{
	return vy_geom_init(geom, lv->nslots, lv->region_shift, lv->zone_shift,
			    vg_leg_sectors(vg, lv));
}

enum err_code lv_shape(const struct vg *vg, struct vg_lv *lv, uint32_t lps,
		       uint8_t region_shift, struct vy_geom *geom, struct err *e)
{
	uint64_t sectors = lps * vg_pp_sectors(vg);

	lv->nslots = lv->type == LV_RAID5 ? lv->copies : MIRROR_SLOTS;
	lv->region_shift = region_shift ? region_shift : vy_region_shift_for(sectors);
	if (lv->region_shift < vy_region_shift_for(sectors))
		return err_set(e, ERR_USAGE,
			       "%s: regions of 2^%u bytes are too small for its size; at least 2^%u",
			       lv->name, lv->region_shift, vy_region_shift_for(sectors));
	lv->zone_shift = vy_zone_shift_for(lv->region_shift);
	if (vy_geom_init(geom, lv->nslots, lv->region_shift, lv->zone_shift, sectors))
		return err_set(e, ERR_NOSPACE, "%s: too large for a redundant LV", lv->name);
	return ERR_OK;
}

static enum err_code fill_lv(struct vg *vg, struct vg_lv *lv, const struct lv_create_opts *o,
			     struct err *e)
{
	uint32_t lps = leg_lps(lv, o->lps);
	struct alloc_want want = { .copies = ALL_COPIES(lv), .lps = lps, .pvs = o->pvs };
	struct alloc_plan plan;
	struct vy_geom geom;
	enum err_code rc = ERR_OK;
	unsigned int c;

	if (redundant(vg, lv)) {
		rc = lv_shape(vg, lv, lps, o->region_shift, &geom, e);
		if (rc != ERR_OK)
			return rc;
		want.sa_len = sa_sectors(lv, &geom);
	}
	rc = alloc_plan(vg, lv, &want, &plan, e);
	if (rc == ERR_OK && redundant(vg, lv))
		rc = first_super(lv, &geom, e);
	/* A status area lies on the PV where its copy begins. */
	for (c = 0; redundant(vg, lv) && c < lv->copies && rc == ERR_OK; c++)
		rc = sa_alloc(vg, plan.pv[c][0], sa_sectors(lv, &geom), &lv->leg[c], e);
	if (rc != ERR_OK)
		return rc;
	lv_map_resize(lv, lps);
	rc = alloc_place(vg, lv, &want, &plan, e);
	if (rc == ERR_OK)
		lv->num_lps = lps;
	return rc;
}

enum err_code lv_create(struct vg *vg, const struct lv_create_opts *o, struct vg_lv **out,
			struct err *e)
{
	struct err why = { .code = ERR_OK };
	struct vg_lv *lv;
	enum err_code rc;

	rc = vg_check_changeable(vg, e);
	if (rc == ERR_OK)
		rc = check_opts(vg, o, e);
	if (rc != ERR_OK)
		return rc;
	lv = make_lv(vg, o, &why);
	if (!lv)
		return err_set(e, why.code, "%s", why.text);
	rc = fill_lv(vg, lv, o, e);
	if (rc != ERR_OK) {
		lv_remove(vg, lv, NULL);
		return rc;
	}
	*out = lv;
	return ERR_OK;
}

/* ---- extend ---- */

/*
 * Status areas for a new size, at new places: the old ones of every copy stay
 * whole for the VGDA that is on disk, so all are given up before the first new
 * one is placed. What they say is carried over by vg_commit().
 */
static enum err_code new_areas(struct vg *vg, struct vg_lv *lv, const struct vy_geom *geom,
			       struct err *e)
{
	enum err_code rc = ERR_OK;
	unsigned int c;

	for (c = 0; c < lv->copies; c++) {
		struct lv_leg *leg = &lv->leg[c];
		enum sa_todo todo = leg->sa_todo == SA_KEEP ? SA_RESIZE : leg->sa_todo;

		if (leg->sa_todo == SA_KEEP)
			leg->sa_from = (struct sa_run){
				leg->sa_pv, leg->sa_sector, leg->sa_sectors
			};
		sa_release(vg, leg);
		leg->sa_todo = todo;
	}
	for (c = 0; c < lv->copies && rc == ERR_OK; c++)
		rc = sa_alloc(vg, vg->pv[lv->map[c][0].pv], sa_sectors(lv, geom), &lv->leg[c], e);
	return rc;
}

/* live: what the status areas say is looked at by vg_commit() alone. */
static enum err_code plan_areas(const struct vg *vg, const struct vg_lv *lv, uint64_t sectors,
				bool live, struct vy_geom *geom, struct err *e)
{
	enum err_code rc = ERR_OK;
	struct vy_sb sb;
	unsigned int c;

	rc = lv_check_given_up(vg, lv, ~0U, e);
	if (rc != ERR_OK)
		return rc;
	if (lv->type == LV_RAID5 && lv_pending_move(lv) >= 0)
		return err_set(e, ERR_CONFLICT,
			       "%s: column %u is being moved; let that come to its end first (migratepv, or syncvg -l)",
			       lv->name, lv->leg[lv_pending_move(lv)].serves + 1U);
	for (c = 0; c < lv_num_legs(lv); c++)
		if (lv->leg[c].flags & ~LEG_WRITE_MOSTLY || lv->leg[c].sa_todo == SA_CLONE)
			return err_set(e, ERR_CONFLICT,
				       "%s: copy %u is split away, partial or being moved; let that come to its end first (lslv -m, varyon status show it)",
				       lv->name, c + 1);
	if (!live && lv->leg[0].sa_todo == SA_KEEP)
		rc = sa_all_settled(vg, lv, &sb, e);
	if (rc != ERR_OK)
		return rc;
	if (vy_region_shift_for(sectors) > lv->region_shift ||
	    vy_geom_init(geom, lv->nslots, lv->region_shift, lv->zone_shift, sectors))
		return err_set(e, ERR_NOSPACE,
			       "%s: regions of %u bytes are too small for the new size; make a new LV of that size and copy to it",
			       lv->name, 1U << lv->region_shift);
	return ERR_OK;
}

static enum err_code check_extend(const struct vg *vg, const struct vg_lv *lv, uint32_t more,
				  struct err *e)
{
	enum err_code rc = vg_check_changeable(vg, e);

	if (rc != ERR_OK)
		return rc;
	if (lv->hidden)
		return err_set(e, ERR_USAGE, "%s: is managed by varyon itself", lv->name);
	if (lv->child_of)
		return err_set(e, ERR_CONFLICT,
			       "%s: is a split copy of %s and has no size of its own", lv->name,
			       vg->lv[lv->child_of]->name);
	if (more < 1 || more > lv->max_lps - lv->num_lps)
		return err_set(e, ERR_NOSPACE,
			       "%s: %u LPs and %u more exceed its maximum of %u; raise it with chlv -x",
			       lv->name, lv_user_lps(lv, lv->num_lps), lv_user_lps(lv, more),
			       lv_user_lps(lv, lv->max_lps));
	return ERR_OK;
}

/* An LV of one copy cannot grow while a part of it is not here. */
static enum err_code check_here(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	uint32_t i;

	for (i = 0; i < lv->num_lps; i++) {
		const struct vg_pv *pv = vg->pv[lv->map[0][i].pv];
		char *which;

		if (pv->io)
			continue;
		which = vg_pv_missing_text(pv);
		err_set(e, ERR_NOTFOUND, "%s: PV %s, which it lies on, is missing; attach it",
			lv->name, which);
		free(which);
		return ERR_NOTFOUND;
	}
	return ERR_OK;
}

static enum err_code extend(struct vg *vg, struct vg_lv *lv, uint32_t more_lps,
			    struct vg_pv *const *pvs, bool live, struct err *e)
{
	uint32_t more = leg_lps(lv, more_lps);
	struct alloc_want want = { .copies = ALL_COPIES(lv), .lps = more, .pvs = pvs };
	uint64_t sectors = (lv->num_lps + (uint64_t)more) * vg_pp_sectors(vg);
	struct lv_leg old[VY_MAX_SLOTS];
	struct alloc_plan plan;
	struct vy_geom geom;
	unsigned int freed;
	enum err_code rc = check_extend(vg, lv, more, e);

	if (rc == ERR_OK && redundant(vg, lv)) {
		rc = plan_areas(vg, lv, sectors, live, &geom, e);
		if (rc == ERR_OK)
			want.sa_len = sa_sectors(lv, &geom);
	} else if (rc == ERR_OK && lv->type == LV_LINEAR) {
		rc = check_here(vg, lv, e);
	}
	if (rc == ERR_OK)
		rc = alloc_plan(vg, lv, &want, &plan, e);
	if (rc != ERR_OK)
		return rc;
	memcpy(old, lv->leg, sizeof(old));
	freed = vg->num_freed;
	lv_map_resize(lv, lv->num_lps + more);
	if (redundant(vg, lv))
		rc = new_areas(vg, lv, &geom, e);
	if (rc == ERR_OK)
		rc = alloc_place(vg, lv, &want, &plan, e);
	if (rc != ERR_OK) {
		alloc_give_back(vg, lv, ALL, lv->num_lps);
		memcpy(lv->leg, old, sizeof(old));
		vg->num_freed = freed;
		sa_tidy(vg);
		return rc;
	}
	lv->num_lps += more;
	if (lv->sa_new)
		lv->sa_new->geom = geom;
	sa_tidy(vg);
	lv_touch(lv);
	return ERR_OK;
}

enum err_code lv_extend(struct vg *vg, struct vg_lv *lv, uint32_t more,
			struct vg_pv *const *pvs, struct err *e)
{
	return extend(vg, lv, more, pvs, false, e);
}

enum err_code lv_extend_live(struct vg *vg, struct vg_lv *lv, uint32_t more,
			     struct vg_pv *const *pvs, struct err *e)
{
	return extend(vg, lv, more, pvs, true, e);
}

/* ---- remove, rename ---- */

enum err_code lv_remove(struct vg *vg, struct vg_lv *lv, struct err *e)
{
	enum err_code rc = vg_check_changeable(vg, e);
	unsigned int c;

	if (rc != ERR_OK)
		return rc;
	if (lv->hidden)
		return err_set(e, ERR_USAGE, "%s: is managed by varyon itself", lv->name);
	if (lv->child_of)
		return err_set(e, ERR_CONFLICT,
			       "%s: is a split copy of %s; give it back to that one first",
			       lv->name, vg->lv[lv->child_of]->name);
	for (c = 0; c < lv->copies; c++)
		if (lv->leg[c].flags & LEG_SPLIT)
			return err_set(e, ERR_CONFLICT,
				       "%s: its copy %u is split away; %s",
				       lv->name, c + 1, lv_way_back(vg, lv, c));
	for (c = 0; c < VG_MAX_LEGS; c++)
		sa_release(vg, &lv->leg[c]);
	alloc_give_back(vg, lv, ALL, 0);
	vg_lv_free(vg, lv);
	sa_tidy(vg);
	return ERR_OK;
}

enum err_code lv_rename(struct vg *vg, struct vg_lv *lv, const char *name, struct err *e)
{
	enum err_code rc = vg_check_writable(vg, e);

	if (rc == ERR_OK && lv->hidden)
		rc = err_set(e, ERR_USAGE, "%s: is managed by varyon itself", lv->name);
	if (rc == ERR_OK)
		rc = lv_check_name(vg, name, e);
	if (rc != ERR_OK)
		return rc;
	memset(lv->name, 0, sizeof(lv->name));
	strcpy(lv->name, name);
	lv_touch(lv);
	return ERR_OK;
}
