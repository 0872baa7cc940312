// SPDX-License-Identifier: GPL-2.0
/* reducevg: take PVs out of a VG; with the last one the VG goes. */
#include <stdlib.h>
#include "cmd.h"

static const struct opt opts[] = {
	{ 'f', "force", NULL, "do not ask before the last PV, and with it the VG, goes" },
	{ 0 }
};

static const struct opt_spec spec = {
	"reducevg", "VG PV...",
	"Take unused PVs out of a volume group. With the last PV the volume group goes.",
	opts, 2, -1
};

/* Are these all the PVs that the VG has? Then the VG is to go. */
static bool all_pvs(const struct vg *vg, struct vg_pv *const *pvs)
{
	unsigned int distinct = 0;

	for (unsigned int n = 1; n <= VG_MAX_PV; n++)
		for (unsigned int i = 0; vg->pv[n] && pvs[i]; i++)
			if (pvs[i] == vg->pv[n]) {
				distinct++;
				break;
			}
	return distinct == vg->num_pvs;
}

/* Take the PVs out, but leave one when the VG itself is removed afterwards. */
static enum err_code reduce(struct vg *vg, struct vg_pv *const *pvs, bool leave_one,
			    struct err *e)
{
	enum err_code code = ERR_OK;
	bool changed = false;

	for (; *pvs && !code && !(leave_one && vg->num_pvs == 1); pvs++) {
		code = vg_reduce(vg, *pvs, e);
		changed = true;
	}
	return code || !changed ? code : vg_commit(vg, e);
}

static enum err_code check_empty(const struct vg *vg, struct err *e)
{
	if (!vg->num_lvs)
		return ERR_OK;
	return err_set(e, ERR_CONFLICT, "%s: the VG has LVs; rmlv them first", vg->name);
}

/*
 * Is the VG to go, and is that wanted? Nothing is locked while the question is
 * open. *may_remove: it was answered with yes.
 */
static enum err_code ask(const char *name, char **pv_names, bool *may_remove, struct err *e)
{
	struct vg_pv **pvs = NULL;
	struct vg_scan *scan;
	struct vg *vg;
	enum err_code code;

	code = cmd_find_vg(name, false, &scan, &vg, e);
	if (!code)
		code = cmd_check_vg(scan, vg, true, e);
	if (!code)
		code = cmd_pvs(vg, pv_names, &pvs, e);
	if (!code && all_pvs(vg, pvs)) {
		char *question = xprintf("No PV would be left: the VG %s is removed. Go on?",
					 vg->name);

		code = check_empty(vg, e);
		if (!code)
			code = cmd_confirm(question, e);
		*may_remove = !code;
		free(question);
	}
	free(pvs);
	vg_scan_free(scan);
	return code;
}

static enum err_code run(struct vg *vg, struct vg_pv *const *pvs, bool may_remove,
			 struct err *e)
{
	bool remove = all_pvs(vg, pvs);
	enum err_code code = remove ? check_empty(vg, e) : ERR_OK;

	if (!code && remove && !may_remove)
		code = err_set(e, ERR_FAILED, "%s: was changed meanwhile; try again", vg->name);
	if (!code)
		code = reduce(vg, pvs, remove, e);
	if (!code && remove)
		code = vg_remove(vg, e);
	if (!code && remove)
		code = act_vg_mark(vg, false, e);
	return code;
}

int cmd_reducevg(int argc, char **argv)
{
	bool may_remove = false;
	struct vg_scan *scan = NULL;
	struct vg_pv **pvs = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	struct vg *vg;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0)
		may_remove = true;
	if (c < 0)
		return it.status;

	status = may_remove ? ERR_OK : ask(it.operands[0], it.operands + 1, &may_remove, &e);
	if (!status)
		status = cmd_find_vg(it.operands[0], true, &scan, &vg, &e);
	if (!status) {
		cmd_warn("reducevg", vg);
		status = cmd_pvs(vg, it.operands + 1, &pvs, &e);
		if (!status)
			status = run(vg, pvs, may_remove, &e);
		cmd_warn("reducevg", vg);
	}
	free(pvs);
	vg_scan_free(scan);
	return status ? cmd_fail("reducevg", &e, false) : ERR_OK;
}
