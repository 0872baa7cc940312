// SPDX-License-Identifier: GPL-2.0
/* chpv: change attributes of a PV. */
#include "cmd.h"

static const struct opt opts[] = {
	{ 'a', "allocation", "y|n", "may LVs get PPs on it?" },
	{ 'h', "hot-spare", "y|n", "keep it empty, to take over for one that fails" },
	{ 0 }
};

static const struct opt_spec spec = {
	"chpv", "PV...", "Change physical volumes.", opts, 1, -1
};

static enum err_code change(const char *name, int allocation, int spare, struct err *e)
{
	struct vg_scan *scan = NULL;
	struct vg_pv *pv;
	enum err_code code;
	struct vg *vg;

	code = cmd_find_pv(name, true, &scan, &vg, &pv, e);
	if (!code) {
		cmd_warn("chpv", vg);
		if (spare >= 0)
			code = pv_set_spare(vg, pv, spare, e);
		if (!code && allocation >= 0)
			code = pv_set_alloc(vg, pv, allocation, e);
		if (!code)
			code = vg_commit(vg, e);
		cmd_warn("chpv", vg);
	}
	vg_scan_free(scan);
	return code;
}

int cmd_chpv(int argc, char **argv)
{
	int allocation = -1, spare = -1, c, status = ERR_OK, *yes_no;
	struct err e = { 0 };
	struct opt_iter it;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		yes_no = c == 'a' ? &allocation : &spare;
		*yes_no = cmd_yes_no(it.arg);
		if (*yes_no < 0)
			return opt_usage(&spec, "-%c %s: neither y nor n", c, it.arg);
	}
	if (c < 0)
		return it.status;
	if (allocation < 0 && spare < 0)
		return opt_usage(&spec, "nothing to change");
	for (int i = 0; i < it.num_operands && !status; i++)
		status = change(it.operands[i], allocation, spare, &e);
	return status ? cmd_fail("chpv", &e, false) : ERR_OK;
}
