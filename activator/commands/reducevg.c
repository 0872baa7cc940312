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

/* Take out all but the last of the VG's PVs; *remove: that one is wanted too. */
static enum err_code reduce(struct vg *vg, struct vg_pv *const *pvs, bool *remove,
			    struct err *e)
{
	enum err_code code = ERR_OK;
	bool changed = false;

	*remove = false;
	for (; *pvs && !code; pvs++) {
		if (vg->num_pvs == 1) {
			*remove = true;
			break;
		}
		code = vg_reduce(vg, *pvs, e);
		changed = true;
	}
	return code || !changed ? code : vg_commit(vg, e);
}

static enum err_code remove_vg(struct vg *vg, bool force, struct err *e)
{
	char *question = xprintf("reducevg: this is the last PV of %s: the VG is removed. Go on?",
				 vg->name);
	enum err_code code = force ? ERR_OK : cmd_confirm(question, e);

	free(question);
	if (!code)
		code = vg_remove(vg, e);
	if (!code)
		code = act_vg_mark(vg, false, e);
	return code;
}

int cmd_reducevg(int argc, char **argv)
{
	bool force = false, remove = false;
	struct vg_scan *scan = NULL;
	struct vg_pv **pvs = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	struct vg *vg;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0)
		force = true;
	if (c < 0)
		return it.status;

	status = cmd_find_vg(it.operands[0], true, &scan, &vg, &e);
	if (!status) {
		cmd_warn("reducevg", vg);
		status = cmd_pvs(vg, it.operands + 1, &pvs, &e);
	}
	if (!status)
		status = reduce(vg, pvs, &remove, &e);
	if (!status && remove)
		status = remove_vg(vg, force, &e);
	free(pvs);
	vg_scan_free(scan);
	return status ? cmd_fail("reducevg", &e, false) : ERR_OK;
}
