// SPDX-License-Identifier: GPL-2.0
/* A column of RAID5 goes to other PVs, in memory: its slot is its place, so it stays. */
#include <stdlib.h>
#include <string.h>
#include "../lib/random.h"
#include "../lib/text.h"
#include "internal.h"

static void free_places(struct vg *vg, const struct vg_lv *lv, const struct lv_place *map)
{
	uint32_t i;

	for (i = 0; i < lv->num_lps; i++) {
		struct vg_pp *pp = map[i].pv ? &vg->pv[map[i].pv]->pp[map[i].pp - 1] : NULL;

		if (pp)
			*pp = (struct vg_pp){ .on_disk = pp->on_disk };
	}
}

/* And back again. */
static void claim_places(struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	uint32_t i;

	for (i = 0; i < lv->num_lps; i++) {
		const struct lv_place *at = &lv->map[c][i];
		struct vg_pp *pp = at->pv ? &vg->pv[at->pv]->pp[at->pp - 1] : NULL;

		if (pp)
			*pp = (struct vg_pp){
				.lv = lv->num, .copy = (uint8_t)c, .lp = i + 1,
				.on_disk = pp->on_disk,
			};
	}
}

/* The new leg has an id of its own, so that what the old one holds never counts again. */
static enum err_code renew_leg(struct vg *vg, struct vg_lv *lv, unsigned int c,
			       const struct vy_geom *geom, struct vg_pv *on, struct err *e)
{
	struct lv_leg *leg = &lv->leg[c];
	enum err_code rc = lv->sa_new ? ERR_OK : lv_new_super(lv, geom, e);

	if (rc == ERR_OK)
		rc = random_bytes(leg->uuid.b, sizeof(leg->uuid.b), e);
	if (rc != ERR_OK)
		return rc;
	sa_release(vg, leg);
	rc = sa_alloc(vg, on, sa_sectors(lv, geom), leg, e);
	leg->sa_todo = SA_BLANK;
	return rc;
}

enum err_code lv_column_renew(struct vg *vg, struct vg_lv *lv, unsigned int c,
			      struct vg_pv *const *pvs, struct err *e)
{
	struct alloc_want want = { .copies = 1U << c, .lps = lv->num_lps, .pvs = pvs };
	struct lv_place *old_map = lv->map[c];
	unsigned int freed = vg->num_freed;
	struct vg_lv old = *lv;
	struct alloc_plan plan;
	struct vy_geom geom;
	int move = lv_pending_move(lv);
	uint32_t *all;
	enum err_code rc = vg_check_changeable(vg, e);

	if (rc != ERR_OK)
		return rc;
	if (lv->type != LV_RAID5 || c >= lv->copies)
		return err_set(e, ERR_USAGE, "%s: has no column %u", lv->name, c + 1);
	if (move >= 0 && lv->leg[move].serves != c)
		return err_set(e, ERR_CONFLICT,
			       "%s: column %u is being moved; end that first: run the same migratepv again, or migratepv --undo",
			       lv->name, lv->leg[move].serves + 1U);
	if (lv_geom(vg, lv, &geom))
		return err_set(e, ERR_FAILED, "%s: no status area is possible for its size",
			       lv->name);
	/* Where it was to move to is as good a place as any. */
	if (move >= 0) {
		free_places(vg, lv, lv->map[move]);
		lv->map[move] = NULL;
		memset(&lv->leg[move], 0, sizeof(lv->leg[move]));
	}
	all = alloc_all_lps(lv);
	want.which = all;
	want.sa_len = sa_sectors(lv, &geom);
	/* What is left stays where it is until the new places are found. */
	lv->map[c] = xalloc(lv->num_lps * sizeof(*lv->map[c]));
	rc = alloc_plan(vg, lv, &want, &plan, e);
	if (rc == ERR_OK)
		rc = renew_leg(vg, lv, c, &geom, plan.pv[c][0], e);
	if (rc == ERR_OK)
		rc = alloc_place(vg, lv, &want, &plan, e);
	free(all);
	if (rc == ERR_OK) {
		free_places(vg, lv, old_map);
		free(old_map);
		if (move >= 0) {
			sa_release(vg, &old.leg[move]);
			free(old.map[move]);
		}
		lv_touch(lv);
	} else {
		free_places(vg, lv, lv->map[c]);
		free(lv->map[c]);
		if (lv->sa_new != old.sa_new)
			free(lv->sa_new);
		*lv = old;
		if (move >= 0)
			claim_places(vg, lv, (unsigned int)move);
		vg->num_freed = freed;
	}
	sa_tidy(vg);
	return rc;
}
