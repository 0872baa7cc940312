// SPDX-License-Identifier: GPL-2.0
/* varyoffvg: deactivate a VG, whole or not at all. */
#include "cmd.h"

static const struct opt_spec spec = {
	"varyoffvg", "VG...", "Deactivate volume groups.", NULL, 1, -1
};

static enum err_code check_closed(const struct vg *vg, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int n = 1; n <= VG_MAX_LV && !code; n++) {
		struct act_state s;

		if (!vg->lv[n] || vg->lv[n]->hidden)
			continue;
		code = act_lv_state(vg, vg->lv[n], &s, e);
		if (!code && s.open)
			code = err_set(e, ERR_CONFLICT,
				       "%s: LV %s is open (/dev/mapper/%s): unmount it, or end what uses it; nothing was deactivated",
				       vg->name, vg->lv[n]->name, s.name);
	}
	return code;
}

static enum err_code vary_off(const char *name, struct err *e)
{
	struct vg_scan *scan;
	enum err_code code;
	struct vg *vg;

	code = cmd_find_vg(name, false, &scan, &vg, e);
	if (!code)
		code = check_closed(vg, e);
	for (unsigned int n = 1; n <= VG_MAX_LV && !code; n++)
		if (vg->lv[n] && !vg->lv[n]->hidden)
			code = act_lv_stop(vg, vg->lv[n], e);
	if (!code)
		code = act_vg_mark(vg, false, e);
	vg_scan_free(scan);
	return code;
}

int cmd_varyoffvg(int argc, char **argv)
{
	struct err e = { 0 };
	struct opt_iter it;
	int status = ERR_OK;

	if (opt_next(&it, &spec, argc, argv) < 0)
		return it.status;
	for (int i = 0; i < it.num_operands && !status; i++)
		status = vary_off(it.operands[i], &e);
	return status ? cmd_fail("varyoffvg", &e, false) : ERR_OK;
}
