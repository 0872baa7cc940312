// SPDX-License-Identifier: GPL-2.0
/* extendvg: add PVs to a VG. */
#include "cmd.h"

static const struct opt opts[] = {
	{ 'f', "force", NULL, "use devices that hold something already" },
	{ 0 }
};

static const struct opt_spec spec = {
	"extendvg", "VG PV...", "Add devices or image files to a volume group.", opts, 2, -1
};

int cmd_extendvg(int argc, char **argv)
{
	struct vg_scan *scan = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	bool force = false;
	struct vg *vg;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0)
		force = true;
	if (c < 0)
		return it.status;

	status = cmd_check_new_pvs(it.operands + 1, &e);
	if (!status)
		status = cmd_find_vg(it.operands[0], true, &scan, &vg, &e);
	if (!status) {
		cmd_warn("extendvg", vg);
		for (int i = 1; i < it.num_operands && !status; i++)
			status = vg_extend(vg, it.operands[i], force, &e);
		if (!status)
			status = vg_commit(vg, &e);
		cmd_warn("extendvg", vg);
	}
	vg_scan_free(scan);
	return status ? cmd_fail("extendvg", &e, false) : ERR_OK;
}
