// SPDX-License-Identifier: GPL-2.0
/* How the copies of an LV stand; see copystate.h. */
#include "copystate.h"

bool copy_is_away(const struct vg_lv *lv, unsigned int c)
{
	return lv->leg[c].flags & (LEG_SPLIT | LEG_PARTIAL);
}

/* Members that a crash left different are as good as each other. */
static bool leads(const struct vg_lv *lv, unsigned int c, const struct act_state *s,
		  const struct judge *j)
{
	if (s->mirrored)
		return status_letter(&s->status, lv->leg[c].slot) == 'M';
	return j->leg[c] == LEG_MEMBER;
}

bool copy_is_whole(const struct vg_lv *lv, unsigned int c, const struct act_state *s,
		   const struct judge *j)
{
	return leads(lv, c, s, j) && !(s->mirrored && status_members_differ(&s->status));
}

bool copy_in_sync(const struct vg_lv *lv, unsigned int c, const struct act_state *s,
		  const struct judge *j)
{
	return copy_is_whole(lv, c, s, j) &&
	       !(s->mirrored && s->status.stale[lv->leg[c].slot]);
}

enum err_code copy_check_stay(const struct vg *vg, const struct vg_lv *lv, unsigned int leave,
			      bool force, const struct act_state *s, const struct judge *j,
			      struct err *e)
{
	bool rest = false;

	for (unsigned int c = 0; c < lv->copies; c++) {
		if (leave & 1u << c || copy_is_away(lv, c))
			continue;
		rest |= copy_is_whole(lv, c, s, j);
		if (!force && !copy_in_sync(lv, c, s, j))
			return err_set(e, ERR_FAILED,
				       "%s/%s: copy %u, which stays, is not in sync; wait for it or use -f",
				       vg->name, lv->name, c + 1);
	}
	if (!rest)
		return err_set(e, ERR_CONFLICT,
			       "%s/%s: no copy in sync would stay with the volume; at most all but one can be split off",
			       vg->name, lv->name);
	return ERR_OK;
}

enum err_code copy_check_own(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	struct judge j = { 0 };
	struct act_state s;
	enum err_code code;

	code = act_lv_state(vg, lv, &s, e);
	if (!code && !s.mirrored)
		code = judge_lv(vg, lv, 0, &j, e);
	if (code)
		return code;
	for (unsigned int c = 0; c < lv->copies; c++)
		if (!copy_is_away(lv, c) && leads(lv, c, &s, &j))
			return ERR_OK;
	return err_set(e, ERR_QUORUM,
		       "%s/%s: no copy of its own is here and up to date (varyon status %s)",
		       vg->name, lv->name, vg->name);
}
