// SPDX-License-Identifier: GPL-2.0
/*
 * splitvg: a copy of every LV of a VG leaves with the PVs that it fills, as a
 * snapshot VG that can be activated here or on another machine. The metadata
 * comes first; the LVs that are active let go of their copies then, all at one
 * moment, their file systems frozen. The next activation does what an
 * interruption left undone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "copystate.h"

static const struct opt opts[] = {
	{ 'c', "copy", "N", "the copy that leaves (default: the last one that fills PVs)" },
	{ 'f', "force", NULL, "also with copies that are not in sync, as long as a whole one stays" },
	{ 'p', "prefix", "TEXT", "put before the name of each LV in the snapshot VG" },
	{ 'y', "name", "VG", "name of the snapshot VG (default: the VG's and 'snap')" },
	{ 0 }
};

static const struct opt_spec spec = {
	"splitvg", "VG", "Split a copy of a mirrored volume group off as a snapshot VG.", opts, 1, 1
};

struct flags {
	bool force;
	unsigned int copy;	/* 1-based; 0: not given */
	const char *name, *prefix;
};

static void say(const char *text)
{
	cmd_say("splitvg", text);
}

static const struct act_opts act = { .say = say };

/*
 * A copy that is still being brought up to date is no snapshot of anything; one
 * with places that could not be written is one with force. What stays must not
 * be the worse for it.
 */
static enum err_code check_in_sync(const struct vg *vg, const struct vg_lv *lv, unsigned int copy,
				   bool force, struct err *e)
{
	struct act_state s;
	struct judge j = { 0 };
	enum err_code code;

	code = cmd_live_state(vg, lv, &s, e);
	/* vg_split() says what it thinks of that, or goes on with what was cut short. */
	if (code || lv->type != LV_MIRROR || copy >= lv->copies || lv->leg[copy].flags & LEG_SPLIT)
		return code;
	if (!s.mirrored)
		code = judge_lv(vg, lv, 0, &j, e);
	if (code)
		return code;
	if (!copy_is_whole(lv, copy, &s, &j) || (!force && !copy_in_sync(lv, copy, &s, &j)))
		return err_set(e, ERR_FAILED,
			       "%s/%s: copy %u is not in sync; wait for it (varyon status %s)",
			       vg->name, lv->name, copy + 1, vg->name);
	return copy_check_stay(vg, lv, 1u << copy, force, &s, &j, e);
}

static enum err_code check_copy(const struct vg *vg, unsigned int copy, bool force,
				struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int n = 1; n <= VG_MAX_LV && !code; n++)
		if (vg->lv[n] && !vg->lv[n]->hidden)
			code = check_in_sync(vg, vg->lv[n], copy, force, e);
	return code;
}

/* Without -c the last copy that fills PVs; when none does, why the last does not. */
static enum err_code split_memory(struct vg *vg, struct vg_scan *scan, const struct flags *f,
				  const char *name, struct vg **snap, struct err *e)
{
	const char *prefix = f->prefix ? f->prefix : "";
	struct err first = { 0 };

	for (unsigned int c = VG_MAX_COPIES; c-- > 0;) {
		struct err one = { 0 };

		if (f->copy && c != f->copy - 1)
			continue;
		if (!check_copy(vg, c, f->force, &one) &&
		    !vg_split(vg, scan, c, name, prefix, snap, &one))
			return ERR_OK;
		/* That there is no third copy tells nothing to whoever has two. */
		if (!first.code || first.code == ERR_USAGE)
			first = one;
	}
	return err_set(e, first.code, "%s", first.text);
}

static enum err_code split_vg(struct vg *vg, struct vg_scan *scan, const struct flags *f,
			      struct err *e)
{
	char *name = f->name ? xstrdup(f->name) : xprintf("%ssnap", vg->name);
	struct vg *snap = NULL;
	enum err_code code;

	code = split_memory(vg, scan, f, name, &snap, e);
	if (!code)
		code = vg_split_commit(vg, snap, e);
	if (!code)
		code = cmd_let_go_all("splitvg", vg, &act, e);
	if (!code)
		puts(name);
	if (snap)
		vg_free(snap);
	free(name);
	return code;
}

int cmd_splitvg(int argc, char **argv)
{
	struct vg_scan *scan = NULL;
	struct flags f = { 0 };
	struct err e = { 0 };
	struct opt_iter it;
	struct vg *vg;
	int c, status;
	uint64_t n;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		switch (c) {
		case 'c':
			if (!text_num(it.arg, VG_MAX_COPIES, &n) || !n)
				return opt_usage(&spec, "-c %s: not the number of a copy, 1 to %d",
						 it.arg, VG_MAX_COPIES);
			f.copy = n;
			break;
		case 'f':
			f.force = true;
			break;
		case 'p':
			f.prefix = it.arg;
			break;
		case 'y':
			f.name = it.arg;
			break;
		}
	}
	if (c < 0)
		return it.status;
	/* All VGs stay open: of a split that was cut short, PVs are in the snapshot already. */
	status = vg_scan(NULL, true, &scan, &e);
	if (!status)
		status = vg_find(scan, it.operands[0], &vg, &e);
	if (!status)
		status = cmd_check_vg(scan, vg, true, &e);
	if (!status) {
		cmd_warn("splitvg", vg);
		status = split_vg(vg, scan, &f, &e);
		cmd_warn("splitvg", vg);
	}
	vg_scan_free(scan);
	return status ? cmd_fail("splitvg", &e, false) : ERR_OK;
}
