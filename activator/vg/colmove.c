// SPDX-License-Identifier: GPL-2.0
/*
 * A column of RAID5 moves to other PPs and is never missing meanwhile, in memory.
 *
 * For the time of the move the column is a mirror of its old place and its new one,
 * below the RAID5, which knows nothing of it. The new place is a leg of the LV behind its
 * columns, as of a move of a copy. Both status areas of the mirror lie in one run, beside
 * that of the column: whatever takes them away takes the column along anyway, so
 * they cannot be what the column is lost by.
 */
#include <stdlib.h>
#include <string.h>
#include "../lib/random.h"
#include "../lib/text.h"
#include "internal.h"

#define PLACES	2	/* old and new: legs of the mirror, in this order */

bool lv_column_set(const struct vg_lv *lv, unsigned int c, struct vg_lv *set)
{
	int new = lv->type == LV_RAID5 ? lv_move_of(lv, c) : -1;
	const struct lv_leg *run;
	unsigned int i;

	if (new < 0)
		return false;
	run = &lv->leg[new];
	memset(set, 0, sizeof(*set));
	set->num = lv->num;
	set->column_of = (uint8_t)(c + 1);
	memcpy(set->name, lv->name, sizeof(set->name));
	set->type = LV_MIRROR;
	set->copies = set->nslots = PLACES;
	set->num_lps = lv->num_lps;
	set->disk_lps = lv->disk_lps;
	set->permissions = lv->permissions;
	set->region_shift = lv->region_shift;
	set->zone_shift = lv->zone_shift;
	set->uuid = run->uuid;
	for (i = 0; i < PLACES; i++) {
		struct lv_leg *leg = &set->leg[i];

		leg->slot = (uint8_t)i;
		leg->sa_pv = run->sa_pv;
		leg->sa_sectors = run->sa_sectors / PLACES;
		leg->sa_sector = run->sa_sector + i * leg->sa_sectors;
	}
	set->leg[0].uuid = lv->leg[c].uuid;
	set->leg[1].uuid = run->uuid;
	set->leg[1].flags = run->flags;
	set->map[0] = lv->map[c];
	set->map[1] = lv->map[new];
	return true;
}

uint32_t lv_column_areas(const struct vg *vg, const struct vg_lv *lv)
{
	struct vg_lv set = *lv;
	struct vy_geom geom;

	set.nslots = PLACES;
	return lv_geom(vg, &set, &geom) ? 0 : (uint32_t)(PLACES * geom.sa_bytes / SECTOR);
}

/* The PPs of the new place are its own, not the column's. */
static void name_places(const struct vg *vg, const struct vg_lv *lv, unsigned int new)
{
	uint32_t i;

	for (i = 0; i < lv->num_lps; i++) {
		const struct lv_place *p = &lv->map[new][i];

		if (p->pv)
			vg->pv[p->pv]->pp[p->pp - 1].copy = (uint8_t)new;
	}
}

enum err_code lv_column_begin(struct vg *vg, struct vg_lv *lv, unsigned int c,
			      const uint32_t *lps, uint32_t num, struct vg_pv *const *pvs,
			      struct err *e)
{
	struct alloc_want want = { .copies = 1U << c, .lps = num, .which = lps, .pvs = pvs };
	struct lv_place *old = lv->map[c];
	const unsigned int new = lv->copies;
	struct lv_leg *leg = &lv->leg[new];
	struct alloc_plan plan;
	enum err_code rc;

	if (num < lv->num_lps && vg->pp_shift < lv->zone_shift)
		return err_set(e, ERR_USAGE,
			       "%s: column %u lies on several PVs, and a part of it can be moved only with PPs of at least %u MiB, they are of %u; replacepv makes it anew on another PV",
			       lv->name, c + 1, 1U << (lv->zone_shift - 20),
			       1U << (vg->pp_shift - 20));
	/* The status area of the column is to come along. */
	want.sa_len = lv->leg[c].sa_sectors;
	/* It may go where the column is, and nowhere else where one is. */
	lv->map[c] = xalloc(lv->num_lps * sizeof(*lv->map[c]));
	rc = alloc_plan(vg, lv, &want, &plan, e);
	if (rc == ERR_OK)
		rc = alloc_place(vg, lv, &want, &plan, e);
	lv->map[new] = lv->map[c];
	lv->map[c] = old;
	name_places(vg, lv, new);
	if (rc == ERR_OK)
		rc = random_bytes(leg->uuid.b, sizeof(leg->uuid.b), e);
	if (rc == ERR_OK)
		rc = sa_alloc(vg, vg->pv[lv->leg[c].sa_pv], lv_column_areas(vg, lv), leg, e);
	if (rc != ERR_OK) {
		lv_column_drop(vg, lv);
		return rc;
	}
	leg->slot = (uint8_t)new;
	leg->flags = (uint8_t)(LEG_MOVE | (num < lv->num_lps ? LEG_PARTIAL : 0));
	leg->serves = (uint8_t)c;
	leg->sa_todo = SA_MAKE;
	return ERR_OK;
}

void lv_column_drop(struct vg *vg, struct vg_lv *lv)
{
	const unsigned int new = lv->copies;

	sa_release(vg, &lv->leg[new]);
	alloc_give_back(vg, lv, (int)new, 0);
	free(lv->map[new]);
	lv->map[new] = NULL;
	memset(&lv->leg[new], 0, sizeof(lv->leg[new]));
	sa_tidy(vg);
}

enum err_code lv_column_write(struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	int new = lv->type == LV_RAID5 ? lv_pending_move(lv) : -1;
	struct vy_geom geom;
	struct vg_lv set;
	enum err_code rc;

	if (new < 0 || lv->leg[new].sa_todo == SA_KEEP)
		return ERR_OK;
	lv_column_set(lv, lv->leg[new].serves, &set);
	set.leg[0].sa_todo = SA_MAKE;
	set.leg[1].sa_todo = SA_BLANK;
	if (lv_geom(vg, &set, &geom))
		return err_set(e, ERR_FAILED, "%s: no status area is possible for its size",
			       lv->name);
	rc = lv_new_super(&set, &geom, e);
	set.sa_new->slot[0].state = VY_SLOT_MEMBER;
	memcpy(set.sa_new->slot[0].leg_uuid, set.leg[0].uuid.b, sizeof(set.leg[0].uuid.b));
	if (rc == ERR_OK)
		rc = sa_write_new(vg, &set, e);
	free(set.sa_new);
	return rc;
}
