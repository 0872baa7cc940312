// SPDX-License-Identifier: GPL-2.0
/*
 * Moving parts of a copy to other PPs, in memory; of a column of RAID5 with colmove.c.
 *
 * The set gets a leg for a while, with nothing but the LPs that move, at the
 * places where they shall be. When it is in sync, one change makes its places
 * the copy's and takes it out. It is in the VGDA, with the copy that it serves,
 * so that whoever comes after a crash can go on or undo it.
 */
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "internal.h"

/* The LPs that move, ascending; the caller owns them. */
static enum err_code list_lps(const struct vg_lv *lv, unsigned int copy,
			      const struct lv_move_opts *o, uint32_t **out, uint32_t *num,
			      struct err *e)
{
	uint32_t *lps, i, n = 0;

	for (i = 0; !o->from && i < o->num_lps; i++)
		if (o->lps[i] < 1 || o->lps[i] > lv->num_lps ||
		    (i && o->lps[i] <= o->lps[i - 1]) || !lv->map[copy][o->lps[i] - 1].pv)
			return err_set(e, ERR_USAGE,
				       "%s: LPs to move must ascend, and copy %u must have them; LP %u does not fit",
				       lv->name, copy + 1, o->lps[i]);
	lps = xalloc((lv->num_lps + 1) * sizeof(*lps));
	for (i = 0; o->from && i < lv->num_lps; i++)
		if (lv->map[copy][i].pv == o->from->num)
			lps[n++] = i + 1;
	if (!o->from) {
		memcpy(lps, o->lps, o->num_lps * sizeof(*lps));
		n = o->num_lps;
	}
	*out = lps;
	*num = n;
	return ERR_OK;
}

/* Every PV but the one that is left; fills room for VG_MAX_PV + 1. */
static struct vg_pv *const *other_pvs(const struct vg *vg, const struct lv_move_opts *o,
				      struct vg_pv **room)
{
	unsigned int i, n = 0;

	if (!o->from)
		return o->pvs;
	for (i = 0; o->pvs && o->pvs[i] && n < VG_MAX_PV; i++)
		if (o->pvs[i] != o->from)
			room[n++] = o->pvs[i];
	for (i = 1; !o->pvs && i <= VG_MAX_PV; i++)
		if (vg->pv[i] && vg->pv[i] != o->from)
			room[n++] = vg->pv[i];
	room[n] = NULL;
	return room;
}

/* The others are not asked for: that one of them is missing is no reason to wait. */
static enum err_code check_column(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				  const struct lv_move_opts *o, struct err *e)
{
	enum err_code rc = vg_check_changeable(vg, e);
	int move = lv_pending_move(lv);

	if (rc != ERR_OK)
		return rc;
	if (c >= lv->copies || !o->from)
		return err_set(e, ERR_USAGE,
			       "%s: is RAID5 with %u columns, of which one can be moved off a PV (migratepv), and nothing else",
			       lv->name, lv->copies);
	if (move >= 0)
		return err_set(e, ERR_CONFLICT,
			       "%s: column %u is being moved; run the same migratepv again to end that first",
			       lv->name, lv->leg[move].serves + 1U);
	if (lv->copies == VG_MAX_LEGS)
		return err_set(e, ERR_NOSPACE,
			       "%s: a move needs room for one more column, and there are %u already; replacepv makes one anew on another PV, from the other columns, of which none may fail until that is done",
			       lv->name, lv->copies);
	return ERR_OK;
}

static enum err_code check_move(const struct vg *vg, const struct vg_lv *lv, unsigned int copy,
				const struct lv_move_opts *o, struct err *e)
{
	enum err_code rc;

	if (lv->type == LV_RAID5)
		return check_column(vg, lv, copy, o, e);
	rc = lv_check_copies(vg, lv, e);
	if (rc != ERR_OK)
		return rc;
	if (copy >= lv->copies)
		return err_set(e, ERR_USAGE, "%s: has %u copies, no copy %u", lv->name, lv->copies,
			       copy + 1);
	if (lv->leg[copy].flags & (LEG_SPLIT | LEG_PARTIAL | LEG_DISCARD))
		return err_set(e, ERR_CONFLICT,
			       "%s: copy %u is split away, partial or given up and cannot be moved; remove it (rmlvcopy) and make another (mklvcopy), or take it back first",
			       lv->name, copy + 1);
	if (lv->copies == VG_MAX_COPIES)
		return err_set(e, ERR_NOSPACE,
			       "%s: a move needs room for one more copy, and there are %u already; remove the one that is to move (rmlvcopy) and make another (mklvcopy)",
			       lv->name, lv->copies);
	return ERR_OK;
}

enum err_code lv_move_begin(struct vg *vg, struct vg_lv *lv, unsigned int copy,
			    const struct lv_move_opts *o, unsigned int *temp, struct err *e)
{
	struct vg_pv *room[VG_MAX_PV + 1];
	bool linear = lv->type == LV_LINEAR;
	int pending = lv_move_of(lv, copy);
	uint32_t *lps = NULL, n = 0;
	enum err_code rc;
	uint8_t flags;

	if (pending >= 0) {
		*temp = (unsigned int)pending;
		return vg_check_changeable(vg, e);
	}
	rc = check_move(vg, lv, copy, o, e);
	if (rc == ERR_OK)
		rc = list_lps(lv, copy, o, &lps, &n, e);
	if (rc != ERR_OK)
		return rc;
	*temp = LV_NO_MOVE;
	if (n && rc == ERR_OK && lv->type == LV_RAID5) {
		rc = lv_column_begin(vg, lv, copy, lps, n, other_pvs(vg, o, room), e);
		*temp = lv->copies;
		lv_touch(lv);
		free(lps);
		return rc;
	}
	if (n && linear)
		rc = lv_make_mirror(vg, lv, e);
	if (n && rc == ERR_OK) {
		flags = (uint8_t)(LEG_MOVE | (n < lv->num_lps ? LEG_PARTIAL : 0) |
				  (linear ? LEG_LINEAR : 0));
		rc = lv_append_copy(vg, lv, lps, n, other_pvs(vg, o, room), flags, (uint8_t)copy,
				    e);
		if (rc != ERR_OK && linear)
			lv_make_linear(vg, lv);
		*temp = lv->copies - 1U;
		lv_touch(lv);
	}
	free(lps);
	return rc;
}

/* Where the status area of a copy goes: to the PV where it begins, else to any of its PVs. */
static enum err_code new_area(struct vg *vg, const struct lv_place *map, uint32_t lps,
			      const struct vg_pv *leave, uint32_t sectors, struct lv_leg *leg,
			      struct err *e)
{
	bool tried[VG_MAX_PV + 1] = { false };
	struct err first = { .code = ERR_OK };
	uint32_t i;

	for (i = 0; i < lps; i++) {
		uint16_t pv = map[i].pv;
		struct err why = { .code = ERR_OK };

		if (!pv || tried[pv] || (leave && pv == leave->num) || !vg->pv[pv]->io)
			continue;
		tried[pv] = true;
		if (sa_alloc(vg, vg->pv[pv], sectors, leg, &why) == ERR_OK)
			return ERR_OK;
		if (first.code == ERR_OK)
			first = why;
	}
	if (first.code == ERR_OK)
		return err_set(e, ERR_NOSPACE, "%s: no PV for the status area of a copy", vg->name);
	return err_set(e, first.code, "%s", first.text);
}

/* Must the status area go elsewhere, once the copy lies as map says? */
static bool area_leaves(const struct vg_lv *lv, unsigned int copy, const struct lv_place *map,
			const struct vg_pv *leave)
{
	uint16_t pv = lv->leg[copy].sa_pv;
	uint32_t i;

	if (leave)
		return pv == leave->num;
	for (i = 0; i < lv->num_lps; i++)
		if (map[i].pv == pv)
			return false;
	return true;
}

/* Give the copy's status area a new place; nothing else has changed yet. */
static enum err_code move_area(struct vg *vg, struct vg_lv *lv, unsigned int copy,
			       const struct lv_place *map, const struct vg_pv *leave,
			       struct err *e)
{
	struct lv_leg *leg = &lv->leg[copy], to = *leg;
	enum err_code rc = new_area(vg, map, lv->num_lps, leave, leg->sa_sectors, &to, e);

	if (rc != ERR_OK) {
		sa_tidy(vg);
		return rc;
	}
	if (leg->sa_todo == SA_KEEP) {
		to.sa_todo = SA_CLONE;
		to.sa_from = (struct sa_run){ leg->sa_pv, leg->sa_sector, leg->sa_sectors };
	}
	sa_release(vg, leg);
	*leg = to;
	return ERR_OK;
}

/* The places of temp become copy's, whose old ones are free. */
static void take_places(struct vg *vg, struct vg_lv *lv, unsigned int copy, unsigned int temp)
{
	uint32_t i;

	for (i = 0; i < lv->num_lps; i++) {
		struct lv_place *old = &lv->map[copy][i], *new = &lv->map[temp][i];
		struct vg_pp *pp;

		if (!new->pv)
			continue;
		pp = &vg->pv[old->pv]->pp[old->pp - 1];
		*pp = (struct vg_pp){ .on_disk = pp->on_disk };
		vg->pv[new->pv]->pp[new->pp - 1].copy = (uint8_t)copy;
		*old = *new;
		*new = (struct lv_place){ 0, 0 };
	}
}

static void drop_leg(struct vg *vg, struct vg_lv *lv, unsigned int temp)
{
	if (lv->type == LV_RAID5)
		lv_column_drop(vg, lv);
	else
		lv_drop_copy(vg, lv, temp);
}

enum err_code lv_move_finish(struct vg *vg, struct vg_lv *lv, unsigned int copy,
			     unsigned int temp, const struct vg_pv *leave, struct err *e)
{
	bool moved = temp != LV_NO_MOVE;
	enum err_code rc = vg_check_changeable(vg, e);
	struct lv_place *map;
	uint32_t i;

	if (rc != ERR_OK)
		return rc;
	if (copy >= lv->copies || (moved && lv_move_of(lv, copy) != (int)temp))
		return err_set(e, ERR_USAGE, "%s: copy %u is not being moved", lv->name, copy + 1);
	if (moved && lv->leg[temp].flags & LEG_LINEAR) {
		take_places(vg, lv, copy, temp);
		lv_drop_copy(vg, lv, temp);
		lv_make_linear(vg, lv);
		return ERR_OK;
	}
	map = xalloc(lv->num_lps * sizeof(*map));
	for (i = 0; i < lv->num_lps; i++)
		map[i] = moved && lv->map[temp][i].pv ? lv->map[temp][i] : lv->map[copy][i];
	if (lv->type != LV_LINEAR && area_leaves(lv, copy, map, leave))
		rc = move_area(vg, lv, copy, map, leave, e);
	free(map);
	if (rc != ERR_OK)
		return rc;
	if (moved) {
		take_places(vg, lv, copy, temp);
		drop_leg(vg, lv, temp);
	}
	sa_tidy(vg);
	lv_touch(lv);
	return ERR_OK;
}

enum err_code lv_move_undo(struct vg *vg, struct vg_lv *lv, unsigned int temp, struct err *e)
{
	enum err_code rc = vg_check_changeable(vg, e);
	bool linear;

	if (rc != ERR_OK)
		return rc;
	if (lv_pending_move(lv) != (int)temp)
		return err_set(e, ERR_USAGE, "%s: no move is pending", lv->name);
	linear = lv->leg[temp].flags & LEG_LINEAR;
	drop_leg(vg, lv, temp);
	lv_touch(lv);
	if (linear)
		lv_make_linear(vg, lv);
	return ERR_OK;
}
