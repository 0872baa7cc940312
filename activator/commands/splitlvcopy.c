// SPDX-License-Identifier: GPL-2.0
/*
 * splitlvcopy: make an LV of its own of a copy, for good. The LV may be in
 * use: the copy leaves its table first, under a frozen file system, and
 * only then the metadata calls it another LV. What interrupts that in between
 * leaves a copy that the next activation takes back, in full.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "copystate.h"

static const struct opt opts[] = {
	{ 'f', "force", NULL, "do not ask; also when what stays is not in sync" },
	{ 'y', "name", "LV", "name of the new LV (default: the LV's and a number)" },
	{ 0 }
};

static const struct opt_spec spec = {
	"splitlvcopy", "LV|VG/LV COPIES [PV...]",
	"Split a copy off a mirrored logical volume as a new one; COPIES are left.\n"
	"With PVs, the copy that lies there leaves.",
	opts, 2, -1
};

struct flags {
	bool force;
	const char *name;
	unsigned int keep;	/* copies that are left */
	char **pvs;		/* NULL-terminated */
};

static void say(const char *text)
{
	cmd_say("splitlvcopy", text);
}

/* It has a PP, or its status area, on each of these PVs and nowhere else. */
static bool lies_on(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		    struct vg_pv *const *pvs)
{
	for (unsigned int n = 1; n <= VG_MAX_PV; n++) {
		bool named = false;

		for (unsigned int i = 0; pvs[i]; i++)
			named |= pvs[i] == vg->pv[n];
		if (vg->pv[n] && !named && lv_copy_on(lv, c, vg->pv[n]))
			return false;
	}
	return true;
}

static enum err_code choose_copy(struct vg *vg, const struct vg_lv *lv, const struct flags *f,
				 const struct act_state *s, const struct judge *j,
				 unsigned int *copy, struct err *e)
{
	struct vg_pv **pvs = NULL;
	bool found = false;
	enum err_code code;

	code = cmd_pvs(vg, f->pvs, &pvs, e);
	for (unsigned int c = 0; c < lv->copies && !code; c++)
		if (lv_copy_is_full(lv, c) && copy_in_sync(lv, c, s, j) &&
		    (!pvs || lies_on(vg, lv, c, pvs))) {
			*copy = c;
			found = true;
		}
	free(pvs);
	if (!code && !found)
		code = err_set(e, ERR_FAILED, "%s/%s: no copy in sync %s; lslv -l %s/%s shows where they lie",
			       vg->name, lv->name, f->pvs[0] ? "lies on these PVs alone" : "is left to split off",
			       vg->name, lv->name);
	return code;
}

static enum err_code check(const struct vg *vg, const struct vg_lv *lv, const struct flags *f,
			   struct err *e)
{
	if (lv->type != LV_MIRROR || lv->child_of)
		return err_set(e, ERR_USAGE, "%s/%s: %s", vg->name, lv->name, lv->child_of ?
			       "is a split copy itself" : "the LV is not mirrored");
	if (f->keep >= lv->copies)
		return err_set(e, ERR_USAGE, "%s/%s: has %u copies; fewer must be left", vg->name,
			       lv->name, lv->copies);
	if (f->keep + 1 < lv->copies)
		return err_set(e, ERR_USAGE,
			       "%s/%s: one copy at a time can be split off, %u are left then; mklvcopy gives the new LV more",
			       vg->name, lv->name, lv->copies - 1);
	return ERR_OK;
}

/* What stays must be whole without what goes. */
static enum err_code check_rest(const struct vg *vg, const struct vg_lv *lv, unsigned int copy,
				const struct flags *f, const struct act_state *s,
				const struct judge *j, struct err *e)
{
	bool any = false;

	for (unsigned int c = 0; c < lv->copies; c++) {
		if (c == copy || !lv_copy_is_full(lv, c))
			continue;
		any |= copy_in_sync(lv, c, s, j);
		if (!copy_in_sync(lv, c, s, j) && !f->force)
			return err_set(e, ERR_FAILED,
				       "%s/%s: copy %u, which stays, is not in sync; wait for it or use -f",
				       vg->name, lv->name, c + 1);
	}
	return any ? ERR_OK : err_set(e, ERR_CONFLICT, "%s/%s: no copy in sync would be left",
				      vg->name, lv->name);
}

/* The new LV has no status area, and nothing else knows where these blocks are. */
static enum err_code check_relocated(const struct vg *vg, const struct vg_lv *lv,
				     unsigned int copy, struct err *e)
{
	uint32_t blocks = 0;
	enum err_code code = lv_leg_relocated(vg, lv, copy, &blocks, e);

	if (code || !blocks)
		return code;
	return err_set(e, ERR_FAILED,
		       "%s/%s: copy %u has %u relocated blocks, which an LV without a status area cannot reach; split off another copy, or replace the PV first (replacepv)",
		       vg->name, lv->name, copy + 1, blocks);
}

/* The first of LV00, LV01, ... that is free. */
static const char *new_name(const struct vg *vg, const struct vg_lv *lv, const struct flags *f,
			    char buf[LV_NAME_MAX + 16])
{
	if (f->name)
		return f->name;
	for (unsigned int n = 0; n <= VG_MAX_LV; n++) {
		snprintf(buf, LV_NAME_MAX + 16, "%s%02u", lv->name, n);
		if (!vg_lv_by_name(vg, buf))
			break;
	}
	return buf;
}

static enum err_code split_copy(struct vg *vg, struct vg_lv *lv, const struct flags *f,
				struct err *e)
{
	const struct act_opts act = { .say = say };
	char buf[LV_NAME_MAX + 16];
	unsigned int copy = 0;
	struct vg_lv before;
	struct vg_lv *newlv;
	struct act_state s;
	struct judge j;
	enum err_code code;

	code = check(vg, lv, f, e);
	if (!code)
		code = judge_lv(vg, lv, 0, &j, e);
	if (!code)
		code = cmd_live_state(vg, lv, &s, e);
	if (!code)
		code = choose_copy(vg, lv, f, &s, &j, &copy, e);
	if (!code)
		code = check_rest(vg, lv, copy, f, &s, &j, e);
	if (!code)
		code = check_relocated(vg, lv, copy, e);
	before = *lv;
	if (!code)
		code = lv_split_off(vg, lv, copy, new_name(vg, lv, f, buf), &newlv, e);
	if (!code)
		code = cmd_let_go("splitlvcopy", vg, lv, &act, 1u << before.leg[copy].slot, e);
	/* the kernel may have met a bad place until it let go */
	if (!code)
		code = check_relocated(vg, &before, copy, e);
	if (!code)
		code = vg_commit(vg, e);
	if (code)
		return code;
	puts(newlv->name);
	return cmd_vg_live(vg) ? act_lv_start(vg, newlv, &act, e) : ERR_OK;
}

/* Nothing is locked while the question is open. */
static enum err_code ask(const char *name, const struct flags *f, struct err *e)
{
	struct vg_scan *scan;
	struct vg_lv *lv;
	struct vg *vg;
	enum err_code code;
	char *question;

	code = cmd_find_lv(name, false, &scan, &vg, &lv, e);
	if (!code)
		code = check(vg, lv, f, e);
	if (!code) {
		question = xprintf("A copy of %s/%s leaves it for good, and %u %s left. Go on?", vg->name,
				   lv->name, f->keep, f->keep == 1 ? "is" : "are");
		code = cmd_confirm(question, e);
		free(question);
	}
	vg_scan_free(scan);
	return code;
}

int cmd_splitlvcopy(int argc, char **argv)
{
	struct vg_scan *scan = NULL;
	struct flags f = { 0 };
	struct err e = { 0 };
	struct opt_iter it;
	struct vg_lv *lv;
	struct vg *vg;
	int c, status;
	uint64_t n;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		if (c == 'f')
			f.force = true;
		else
			f.name = it.arg;
	}
	if (c < 0)
		return it.status;
	if (!text_num(it.operands[1], VG_MAX_COPIES, &n) || !n)
		return opt_usage(&spec, "%s: not a number of copies that are left, 1 to %d",
				 it.operands[1], VG_MAX_COPIES - 1);
	f.keep = n;
	f.pvs = it.operands + 2;
	status = f.force ? ERR_OK : ask(it.operands[0], &f, &e);
	if (!status)
		status = cmd_find_lv(it.operands[0], true, &scan, &vg, &lv, &e);
	if (!status) {
		cmd_warn("splitlvcopy", vg);
		status = split_copy(vg, lv, &f, &e);
		cmd_warn("splitlvcopy", vg);
	}
	vg_scan_free(scan);
	return status ? cmd_fail("splitlvcopy", &e, false) : ERR_OK;
}
