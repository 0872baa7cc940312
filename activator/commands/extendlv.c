// SPDX-License-Identifier: GPL-2.0
/* extendlv: make an LV larger, while it is not active. */
#include <stdlib.h>
#include "cmd.h"

static const struct opt_spec spec = {
	"extendlv", "LV|VG/LV SIZE [PV...]",
	"Make a logical volume larger by SIZE LPs, or by SIZE bytes with K, M, G or T.",
	NULL, 2, -1
};

static enum err_code extend(struct vg *vg, struct vg_lv *lv, const char *size,
			    char **pv_names, struct err *e)
{
	struct vg_pv **pvs = NULL;
	struct act_state s;
	uint64_t lps;
	enum err_code code;

	if (!text_units(size, UINT64_C(1) << vg->pp_shift, &lps) || !lps || lps > UINT32_MAX)
		return err_set(e, ERR_USAGE,
			       "%s: not a size; give LPs, or a number with K, M, G or T", size);
	code = act_lv_state(vg, lv, &s, e);
	if (!code && s.active)
		code = err_set(e, ERR_CONFLICT,
			       "%s/%s: the LV is active; varyoffvg %s first, then extend it",
			       vg->name, lv->name, vg->name);
	if (!code)
		code = cmd_pvs(vg, pv_names, &pvs, e);
	if (!code)
		code = lv_extend(vg, lv, lps, pvs, e);
	free(pvs);
	return code ? code : vg_commit(vg, e);
}

int cmd_extendlv(int argc, char **argv)
{
	struct vg_scan *scan = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	struct vg_lv *lv;
	struct vg *vg;
	int status;

	if (opt_next(&it, &spec, argc, argv) < 0)
		return it.status;
	status = cmd_find_lv(it.operands[0], true, &scan, &vg, &lv, &e);
	if (!status) {
		cmd_warn("extendlv", vg);
		status = extend(vg, lv, it.operands[1], it.operands + 2, &e);
		cmd_warn("extendlv", vg);
	}
	vg_scan_free(scan);
	return status ? cmd_fail("extendlv", &e, false) : ERR_OK;
}
