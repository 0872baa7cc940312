// SPDX-License-Identifier: GPL-2.0
/*
 * extendlv: make an LV larger, in use or not. Of a mirror in use, the status
 * areas get a new size: they are written anew while the LV is suspended, in
 * one go with the metadata.
 */
#include <stdlib.h>
#include "cmd.h"

static const struct opt_spec spec = {
	"extendlv", "LV|VG/LV SIZE [PV...]",
	"Make a logical volume larger by SIZE LPs, or by SIZE bytes with K, M, G or T.",
	NULL, 2, -1
};

struct change {
	struct vg *vg;
	uint8_t *before;
};

static enum err_code commit(void *data, struct err *e)
{
	const struct change *c = data;

	return vg_commit_whole(c->vg, c->before, e);
}

static enum err_code take_back(void *data, struct err *e)
{
	const struct change *c = data;

	return vg_go_back(c->vg, c->before, e);
}

static enum err_code extend_live(struct vg *vg, struct vg_lv *lv, uint32_t lps,
				 struct vg_pv *const *pvs, struct err *e)
{
	struct change c = { .vg = vg, .before = vg_image(vg) };
	const struct swap_act act = { .act = commit, .undo = take_back, .data = &c };
	enum err_code code;

	code = lv_extend_live(vg, lv, lps, pvs, e);
	if (!code)
		code = act_lv_swap(vg, lv, &act, e);
	free(c.before);
	return code;
}

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
	if (!code && s.active && s.read_only)
		code = err_set(e, ERR_CONFLICT,
			       "%s/%s: the LV is active read-only; varyoffvg %s first, then extend it",
			       vg->name, lv->name, vg->name);
	if (!code)
		code = cmd_pvs(vg, pv_names, &pvs, e);
	if (!code && s.active) {
		code = extend_live(vg, lv, lps, pvs, e);
	} else if (!code) {
		code = lv_extend(vg, lv, lps, pvs, e);
		if (!code)
			code = vg_commit(vg, e);
	}
	free(pvs);
	return code;
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
