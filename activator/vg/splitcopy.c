// SPDX-License-Identifier: GPL-2.0
/*
 * Copies that go their own way for a while, as an LV of their own, and come
 * back; or that leave for good. In memory.
 */
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "internal.h"

const char *lv_way_back(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	return lv_child(vg, lv, c) ? "chlvcopy -B takes it back" :
	       "joinvg takes it back, or gives it up when the snapshot is lost (joinvg --lost)";
}

/* May this copy leave? The rest must hold everything. */
static enum err_code check_leave(const struct vg *vg, const struct vg_lv *lv, unsigned int copy,
				 const char *name, struct err *e)
{
	enum err_code rc = lv_check_copies(vg, lv, e);

	if (rc == ERR_OK)
		rc = lv_check_name(vg, name, e);
	if (rc != ERR_OK)
		return rc;
	if (lv->type != LV_MIRROR || copy >= lv->copies)
		return err_set(e, ERR_USAGE, "%s: has no copy %u to split", lv->name, copy + 1);
	rc = lv_check_given_up(vg, lv, lv_other_full(lv, copy) ? 1U << copy : ~0U, e);
	if (rc != ERR_OK)
		return rc;
	if (!lv_copy_is_full(lv, copy))
		return err_set(e, ERR_CONFLICT,
			       "%s: copy %u is split away already or partial",
			       lv->name, copy + 1);
	if (!lv_other_full(lv, copy))
		return err_set(e, ERR_CONFLICT,
			       "%s: no other copy than %u is whole and in use; add one (mklvcopy), or take back what is split away",
			       lv->name, copy + 1);
	return ERR_OK;
}

enum err_code lv_split_begin(struct vg *vg, struct vg_lv *lv, unsigned int copy,
			     const char *name, bool writable, struct vg_lv **out, struct err *e)
{
	enum err_code rc = check_leave(vg, lv, copy, name, e);
	struct err why = { .code = ERR_OK };
	struct vg_lv *child;

	if (rc != ERR_OK)
		return rc;
	child = lv_add_named(vg, name, &why);
	if (!child)
		return err_set(e, why.code, "%s", why.text);
	memcpy(child->type_name, lv->type_name, sizeof(child->type_name));
	child->permissions = writable ? 1 : 2;
	child->child_of = lv->num;
	child->child_copy = (uint8_t)copy;
	child->child_writable = writable;
	lv->leg[copy].flags |= LEG_SPLIT;
	lv_touch(lv);
	*out = child;
	return ERR_OK;
}

enum err_code lv_split_return(struct vg *vg, struct vg_lv *child, bool restore, struct err *e)
{
	enum err_code rc = vg_check_changeable(vg, e);
	unsigned int copy, i;
	struct vg_lv *lv;

	if (rc != ERR_OK)
		return rc;
	if (!child->child_of)
		return err_set(e, ERR_USAGE, "%s: is no split copy of another LV", child->name);
	lv = vg->lv[child->child_of];
	copy = child->child_copy;
	for (i = 0; restore && i < lv->copies; i++)
		if (i != copy && lv->leg[i].flags & LEG_MOVE)
			return err_set(e, ERR_CONFLICT,
				       "%s: copy %u is being moved; bring that to its end before the others are overwritten from %s",
				       lv->name, i + 1, child->name);
	lv->leg[copy].flags &= (uint8_t)~LEG_SPLIT;
	for (i = 0; i < lv->copies; i++)
		if (restore ? i != copy && !(lv->leg[i].flags & LEG_SPLIT) : i == copy)
			lv->leg[i].flags |= LEG_DISCARD;
	vg_lv_free(vg, child);
	lv_touch(lv);
	return ERR_OK;
}

void lv_split_done(struct vg_lv *lv)
{
	unsigned int c;

	for (c = 0; c < lv->copies; c++)
		lv->leg[c].flags &= (uint8_t)~LEG_DISCARD;
}

/* Copy c of lv becomes what new consists of. */
static void hand_over(struct vg *vg, struct vg_lv *lv, unsigned int c, struct vg_lv *new)
{
	uint32_t i;

	new->num_lps = lv->num_lps;
	new->map[0] = lv->map[c];
	lv->map[c] = NULL;
	for (i = 0; i < new->num_lps; i++) {
		const struct lv_place *at = &new->map[0][i];
		struct vg_pp *pp = &vg->pv[at->pv]->pp[at->pp - 1];

		pp->lv = new->num;
		pp->copy = 0;
	}
}

enum err_code lv_split_off(struct vg *vg, struct vg_lv *lv, unsigned int copy, const char *name,
			   struct vg_lv **out, struct err *e)
{
	enum err_code rc = check_leave(vg, lv, copy, name, e);
	struct err why = { .code = ERR_OK };
	struct vg_lv *new;

	if (rc != ERR_OK)
		return rc;
	new = lv_add_named(vg, name, &why);
	if (!new)
		return err_set(e, why.code, "%s", why.text);
	memcpy(new->type_name, lv->type_name, sizeof(new->type_name));
	new->max_lps = lv->max_lps;
	new->permissions = lv->permissions;
	new->strict = lv->strict;
	new->inter = lv->inter;
	new->intra = lv->intra;
	hand_over(vg, lv, copy, new);
	lv_drop_copy(vg, lv, copy);
	*out = new;
	return ERR_OK;
}
