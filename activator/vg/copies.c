// SPDX-License-Identifier: GPL-2.0
/*
 * Adding and taking away copies of an LV, in memory.
 *
 * A copy that is added starts blank: its status area says that it holds
 * nothing, names no other leg and contradicts none, so the set takes it in as
 * a target. Which slot it has is written down in the VGDA before any kernel
 * hears of it.
 */
#include <stdlib.h>
#include <string.h>
#include "../lib/random.h"
#include "../lib/text.h"
#include "internal.h"

enum err_code lv_check_copies(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	enum err_code rc = vg_check_changeable(vg, e);
	unsigned int c;

	if (rc != ERR_OK)
		return rc;
	if (vg->kind != VG_NATIVE)
		return err_set(e, ERR_USAGE, "%s: copies of an AIX volume group are AIX's matter",
			       vg->name);
	if (lv->hidden)
		return err_set(e, ERR_USAGE, "%s: is managed by varyon itself", lv->name);
	if (lv->child_of)
		return err_set(e, ERR_CONFLICT,
			       "%s: is a split copy of %s and has no copies of its own", lv->name,
			       vg->lv[lv->child_of]->name);
	if (!lv->num_lps)
		return err_set(e, ERR_USAGE, "%s: has no LPs", lv->name);
	if (lv->type == LV_RAID5)
		return err_set(e, ERR_USAGE,
			       "%s: is RAID5, which has no copies; replacepv puts what lies on a PV elsewhere",
			       lv->name);
	for (c = 0; c < lv->copies; c++)
		if (lv->leg[c].flags & LEG_MOVE)
			return err_set(e, ERR_CONFLICT,
				       "%s: copy %u is being moved; run the same migratepv, migratelp or replacepv again to end that first",
				       lv->name, lv->leg[c].serves + 1U);
	return ERR_OK;
}

enum err_code lv_check_given_up(const struct vg *vg, const struct vg_lv *lv, unsigned int copies,
				struct err *e)
{
	unsigned int c;

	for (c = 0; c < lv->copies; c++)
		if (copies & 1U << c && lv->leg[c].flags & LEG_DISCARD)
			return err_set(e, ERR_CONFLICT,
				       "%s: copy %u is to be taken back and brought up to date from another one first; 'varyonvg %s' does that",
				       lv->name, c + 1, vg->name);
	return ERR_OK;
}

unsigned int lv_other_full(const struct vg_lv *lv, unsigned int c)
{
	unsigned int i, n = 0;

	for (i = 0; i < lv->copies; i++)
		n += i != c && lv_copy_is_full(lv, i) && !(lv->leg[i].flags & LEG_DISCARD);
	return n;
}

/* ---- linear and mirror ---- */

static enum err_code new_leg_uuid(struct lv_leg *leg, struct err *e)
{
	return random_bytes(leg->uuid.b, sizeof(leg->uuid.b), e);
}

enum err_code lv_make_mirror(struct vg *vg, struct vg_lv *lv, struct err *e)
{
	struct vg_lv old = *lv;
	struct vy_slot_info *self;
	struct vy_geom geom;
	enum err_code rc;

	/*
	 * One made by a release that gave linear LVs no id gets what its mapped
	 * device is known by in its place: its number.
	 */
	if (id_is_zero(&lv->uuid))
		lv->uuid.b[sizeof(lv->uuid.b) - 1] = lv->num;
	lv->type = LV_MIRROR;
	rc = lv_shape(vg, lv, lv->num_lps, 0, &geom, e);
	if (rc == ERR_OK)
		rc = lv_new_super(lv, &geom, e);
	if (rc == ERR_OK)
		rc = new_leg_uuid(&lv->leg[0], e);
	if (rc == ERR_OK)
		rc = sa_alloc(vg, vg->pv[lv->map[0][0].pv], sa_sectors(lv, &geom), &lv->leg[0], e);
	if (rc != ERR_OK) {
		free(lv->sa_new);
		*lv = old;
		sa_tidy(vg);
		return rc;
	}
	lv->leg[0].sa_todo = SA_MAKE;
	self = &lv->sa_new->slot[0];
	self->state = VY_SLOT_MEMBER;
	memcpy(self->leg_uuid, lv->leg[0].uuid.b, sizeof(self->leg_uuid));
	return ERR_OK;
}

void lv_make_linear(struct vg *vg, struct vg_lv *lv)
{
	sa_release(vg, &lv->leg[0]);
	memset(lv->leg, 0, sizeof(lv->leg));
	lv->left_slots = 0;
	free(lv->sa_new);
	lv->sa_new = NULL;
	lv->type = LV_LINEAR;
	lv->nslots = lv->region_shift = lv->zone_shift = 0;
	sa_tidy(vg);
}

/* ---- add ---- */

static int free_slot(const struct vg_lv *lv)
{
	unsigned int s;

	for (s = 0; s < lv->nslots; s++)
		if (lv_leg_of_slot(lv, s) < 0 && !(lv->left_slots & 1U << s))
			return (int)s;
	return -1;
}

/* A leg behind the copies that there are, in the table of legs alone. */
static enum err_code add_leg(const struct vg *vg, struct vg_lv *lv, uint8_t flags,
			     uint8_t serves, struct vy_geom *geom, struct err *e)
{
	struct lv_leg *leg = &lv->leg[lv->copies];
	int slot = free_slot(lv);
	enum err_code rc;

	if (slot < 0)
		return err_set(e, ERR_NOSPACE, "%s: all %u slots of its status areas are in use",
			       lv->name, lv->nslots);
	if (flags & LEG_PARTIAL && vg->pp_shift < lv->zone_shift)
		return err_set(e, ERR_USAGE,
			       "%s: single LPs of a copy need PPs of at least %u MiB, they are of %u; take the whole copy",
			       lv->name, 1U << (lv->zone_shift - 20), 1U << (vg->pp_shift - 20));
	if (lv_geom(vg, lv, geom))
		return err_set(e, ERR_FAILED, "%s: no status area is possible for its size",
			       lv->name);
	rc = lv->sa_new ? ERR_OK : lv_new_super(lv, geom, e);
	if (rc == ERR_OK)
		rc = new_leg_uuid(leg, e);
	leg->slot = (uint8_t)slot;
	leg->flags = flags;
	leg->serves = serves;
	leg->sa_todo = SA_BLANK;
	return rc;
}

enum err_code lv_append_copy(struct vg *vg, struct vg_lv *lv, const uint32_t *which,
			     uint32_t lps, struct vg_pv *const *pvs, uint8_t flags,
			     uint8_t serves, struct err *e)
{
	uint32_t *all = NULL;
	unsigned int c = lv->copies, freed = vg->num_freed;
	struct alloc_want want = {
		.copies = 1U << c, .lps = lps, .which = which, .pvs = pvs,
	};
	struct alloc_plan plan;
	struct vg_lv old = *lv;
	struct vy_geom geom;
	enum err_code rc;

	if (c == VG_MAX_COPIES)
		return err_set(e, ERR_NOSPACE, "%s: has %u copies, which is the limit; remove one (rmlvcopy) first",
			       lv->name, VG_MAX_COPIES);
	rc = add_leg(vg, lv, flags, serves, &geom, e);
	if (rc == ERR_OK) {
		lv->map[c] = xalloc(lv->num_lps * sizeof(*lv->map[c]));
		lv->copies++;
		want.sa_len = sa_sectors(lv, &geom);
		if (!which) {
			all = alloc_all_lps(lv);
			want.which = all;
			want.lps = lv->num_lps;
		}
		rc = alloc_plan(vg, lv, &want, &plan, e);
	}
	/* The status area lies on the PV where the copy begins. */
	if (rc == ERR_OK)
		rc = sa_alloc(vg, plan.pv[c][0], want.sa_len, &lv->leg[c], e);
	if (rc == ERR_OK)
		rc = alloc_place(vg, lv, &want, &plan, e);
	free(all);
	if (rc == ERR_OK)
		return ERR_OK;
	alloc_give_back(vg, lv, (int)c, 0);
	free(lv->map[c]);
	if (lv->sa_new != old.sa_new)
		free(lv->sa_new);
	*lv = old;
	vg->num_freed = freed;
	sa_tidy(vg);
	return rc;
}

static enum err_code check_hot(const struct vg_lv *lv, const struct lv_copy_opts *o,
			       struct err *e)
{
	uint32_t i;

	for (i = 0; i < o->num_hot; i++)
		if (o->hot_lps[i] < 1 || o->hot_lps[i] > lv->num_lps ||
		    (i && o->hot_lps[i] <= o->hot_lps[i - 1]))
			return err_set(e, ERR_USAGE,
				       "%s: LPs to copy must ascend from 1 to %u; %u does not",
				       lv->name, lv->num_lps, o->hot_lps[i]);
	return ERR_OK;
}

enum err_code lv_copy_add(struct vg *vg, struct vg_lv *lv, const struct lv_copy_opts *o,
			  unsigned int *copy, struct err *e)
{
	bool hot = o->num_hot && o->num_hot < lv->num_lps, linear = lv->type == LV_LINEAR;
	uint8_t strict = lv->strict;
	enum err_code rc = lv_check_copies(vg, lv, e);

	if (rc == ERR_OK)
		rc = check_hot(lv, o, e);
	if (rc == ERR_OK && linear)
		rc = lv_make_mirror(vg, lv, e);
	if (rc != ERR_OK)
		return rc;
	if (o->strict >= 0)
		lv->strict = o->strict > 0;
	rc = lv_append_copy(vg, lv, hot ? o->hot_lps : NULL, hot ? o->num_hot : lv->num_lps,
			    o->pvs, (uint8_t)((o->flags & LEG_WRITE_MOSTLY) |
					      (hot ? LEG_PARTIAL : 0)), 0, e);
	if (rc != ERR_OK) {
		lv->strict = strict;
		if (linear)
			lv_make_linear(vg, lv);
		return rc;
	}
	*copy = lv->copies - 1U;
	lv_touch(lv);
	return ERR_OK;
}

/* ---- remove ---- */

void lv_drop_copy(struct vg *vg, struct vg_lv *lv, unsigned int c)
{
	unsigned int i, n;

	lv->left_slots |= (uint8_t)(1U << lv->leg[c].slot);
	sa_release(vg, &lv->leg[c]);
	alloc_give_back(vg, lv, (int)c, 0);
	free(lv->map[c]);
	memmove(&lv->map[c], &lv->map[c + 1], (VG_MAX_LEGS - 1 - c) * sizeof(lv->map[c]));
	lv->map[VG_MAX_LEGS - 1] = NULL;
	memmove(&lv->leg[c], &lv->leg[c + 1], (VY_MAX_SLOTS - 1 - c) * sizeof(lv->leg[c]));
	memset(&lv->leg[VY_MAX_SLOTS - 1], 0, sizeof(lv->leg[0]));
	lv->copies--;
	for (i = 0; i < lv->copies; i++)
		if (lv->leg[i].flags & LEG_MOVE && lv->leg[i].serves > c)
			lv->leg[i].serves--;
	for (i = 1; i <= VG_MAX_LV; i++)
		if (vg->lv[i] && vg->lv[i]->child_of == lv->num && vg->lv[i]->child_copy > c)
			vg->lv[i]->child_copy--;
	for (i = 1; i <= VG_MAX_PV; i++)
		for (n = 0; vg->pv[i] && n < vg->pv[i]->pp_count; n++)
			if (vg->pv[i]->pp[n].lv == lv->num && vg->pv[i]->pp[n].copy > c)
				vg->pv[i]->pp[n].copy--;
	sa_tidy(vg);
	lv_touch(lv);
}

enum err_code lv_copy_remove(struct vg *vg, struct vg_lv *lv, unsigned int copy, struct err *e)
{
	enum err_code rc = lv_check_copies(vg, lv, e);

	if (rc != ERR_OK)
		return rc;
	if (copy >= lv->copies)
		return err_set(e, ERR_USAGE, "%s: has %u copies, no copy %u", lv->name, lv->copies,
			       copy + 1);
	if (lv->copies == 1)
		return err_set(e, ERR_CONFLICT,
			       "%s: this is its only copy; rmlv removes an LV with all that is in it",
			       lv->name);
	if (lv->leg[copy].flags & LEG_SPLIT)
		return err_set(e, ERR_CONFLICT,
			       "%s: copy %u is split away; %s", lv->name, copy + 1,
			       lv_way_back(vg, lv, copy));
	if (!lv_other_full(lv, copy) && lv_check_given_up(vg, lv, ~(1U << copy), e))
		return ERR_CONFLICT;
	if (!lv_other_full(lv, copy))
		return err_set(e, ERR_CONFLICT,
			       "%s: no other copy than %u is whole and in use; take back what is split away first",
			       lv->name, copy + 1);
	lv_drop_copy(vg, lv, copy);
	return ERR_OK;
}
