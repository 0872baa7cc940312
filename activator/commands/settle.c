// SPDX-License-Identifier: GPL-2.0
/*
 * What the metadata asks to be given up, it asks for once: when the kernel has
 * taken a leg in, as a target or as a member, the request is withdrawn. Left
 * standing it would one day be read again, when that leg has newer data.
 */
#include <string.h>
#include "cmd.h"

/* Discards of the LV that the kernel has taken, by copy. */
static unsigned int taken(const struct vg *vg, const struct vg_lv *lv)
{
	unsigned int mask = 0;
	struct act_state s;

	for (unsigned int c = 0; c < lv->copies; c++)
		if (lv->type == LV_MIRROR && lv->leg[c].flags & LEG_DISCARD)
			mask |= 1u << c;
	if (!mask || act_lv_state(vg, lv, &s, NULL) || !s.mirrored)
		return 0;
	for (unsigned int c = 0; c < lv->copies; c++)
		if (!strchr("MT", status_letter(&s.status, lv->leg[c].slot)))
			mask &= ~(1u << c);
	return mask;
}

bool cmd_unsettled(const struct vg *vg)
{
	for (unsigned int n = 1; n <= VG_MAX_LV; n++)
		if (vg->lv[n] && taken(vg, vg->lv[n]))
			return true;
	return false;
}

enum err_code cmd_settle(struct vg *vg, struct err *e)
{
	bool any = false;

	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		struct vg_lv *lv = vg->lv[n];
		unsigned int mask = lv ? taken(vg, lv) : 0;

		for (unsigned int c = 0; mask >> c; c++)
			if (mask & 1u << c)
				lv->leg[c].flags &= ~LEG_DISCARD;
		any |= mask != 0;
	}
	return any ? vg_commit(vg, e) : ERR_OK;
}
