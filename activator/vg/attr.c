// SPDX-License-Identifier: GPL-2.0
/* What a VG and its PVs are set to, in memory. */
#include <string.h>
#include "internal.h"

enum err_code vg_set_spare_policy(struct vg *vg, char policy, struct err *e)
{
	enum err_code rc = vg_check_writable(vg, e);
	unsigned int i;

	if (rc == ERR_OK && vg->kind != VG_NATIVE)
		rc = err_set(e, ERR_USAGE, "%s: an AIX volume group has no place for it", vg->name);
	if (rc == ERR_OK && (!policy || !strchr("nyYr", policy)))
		rc = err_set(e, ERR_USAGE, "hot-spare policy: n, y, Y or r");
	if (rc != ERR_OK)
		return rc;
	for (i = 1; policy == 'r' && i <= VG_MAX_PV; i++)
		if (vg->pv[i])
			vg->pv[i]->state &= (uint8_t)~PV_SPARE;
	vg->spare_policy = policy == 'r' ? 'n' : policy;
	return ERR_OK;
}

enum err_code vg_set_auto_sync(struct vg *vg, bool on, struct err *e)
{
	enum err_code rc = vg_check_writable(vg, e);

	if (rc == ERR_OK && vg->kind != VG_NATIVE)
		rc = err_set(e, ERR_USAGE, "%s: an AIX volume group has no place for it", vg->name);
	if (rc == ERR_OK)
		vg->auto_sync = on;
	return rc;
}

static const char *const row_log_name[LV_LOG_NR] = {
	[LV_LOG_DEGRADED] = "degraded", [LV_LOG_ALWAYS] = "always", [LV_LOG_OFF] = "off",
};

const char *lv_row_log_name(enum lv_row_log mode)
{
	return row_log_name[mode];
}

bool lv_row_log_from_name(const char *name, enum lv_row_log *mode)
{
	for (unsigned int m = 0; m < LV_LOG_NR; m++)
		if (!strcmp(name, row_log_name[m])) {
			*mode = m;
			return true;
		}
	return false;
}

static bool is_ordinary(const struct vg_pv *pv)
{
	return pv && !(pv->state & (PV_SPARE | PV_REMOVED | PV_SPLIT));
}

enum err_code pv_set_spare(struct vg *vg, struct vg_pv *pv, bool spare, struct err *e)
{
	enum err_code rc = vg_check_changeable(vg, e);
	unsigned int i, others = 0;
	char label[64];

	if (rc != ERR_OK)
		return rc;
	vg_pv_label(pv, label);
	if (!spare) {
		pv->state &= (uint8_t)~PV_SPARE;
		return ERR_OK;
	}
	if (vg->kind != VG_NATIVE)
		return err_set(e, ERR_USAGE, "%s: an AIX volume group has no hot spares", vg->name);
	for (i = 0; i < pv->pp_count; i++)
		if (pv->pp[i].lv)
			return err_set(e, ERR_CONFLICT,
				       "%s: %s holds PPs of LV %s and cannot be a spare; move them away (migratepv) first",
				       vg->name, label, vg->lv[pv->pp[i].lv]->name);
	for (i = 1; i <= VG_MAX_PV; i++)
		others += vg->pv[i] != pv && is_ordinary(vg->pv[i]);
	if (!others)
		return err_set(e, ERR_CONFLICT,
			       "%s: without %s there is no PV left that a spare could stand in for",
			       vg->name, label);
	pv->state |= PV_SPARE;
	return ERR_OK;
}

enum err_code pv_set_alloc(struct vg *vg, struct vg_pv *pv, bool on, struct err *e)
{
	enum err_code rc = vg_check_writable(vg, e);

	if (rc != ERR_OK)
		return rc;
	pv->state &= (uint8_t)~PV_NOALLOC;
	pv->state |= on ? 0 : PV_NOALLOC;
	return ERR_OK;
}
