// SPDX-License-Identifier: GPL-2.0
/* One copy in the place of another; see renew.h. */
#include "renew.h"

enum err_code copy_renew(struct vg *vg, struct vg_lv *lv, unsigned int copy,
			 struct vg_pv *const *pvs, unsigned int *fresh, struct err *e)
{
	const struct lv_copy_opts o = {
		.pvs = pvs, .strict = -1,
		.flags = lv->leg[copy].flags & LEG_WRITE_MOSTLY,
	};
	enum err_code code;
	struct judge rest;

	code = judge_lv(vg, lv, 1u << copy, &rest, e);
	*fresh = copy;
	if (!code && lv->type == LV_RAID5)
		return lv_column_renew(vg, lv, copy, pvs, e);
	if (!code)
		code = lv_copy_remove(vg, lv, copy, e);
	return code ? code : lv_copy_add(vg, lv, &o, fresh, e);
}
