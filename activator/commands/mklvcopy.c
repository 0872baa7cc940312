// SPDX-License-Identifier: GPL-2.0
/*
 * mklvcopy: add copies to an LV while it is in use. The metadata comes first,
 * the kernel second, and the kernel copies by itself: after an interruption or
 * a crash at any point the same command, or syncvg, goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lpstat.h"
#include "progress.h"

enum { OPT_HOT = OPT_LONG_ONLY, OPT_PROGRESS };

static const struct opt opts[] = {
	{ 'k', "sync", NULL, "wait until the new copies are in sync" },
	{ 'e', "inter", "m|x", "spread over the minimum or maximum of PVs" },
	{ 'a', "intra", "m|c|e", "place on the PV: middle, center, edge" },
	{ 's', "strict", "y|n|s", "no PV shared between copies (y and s) or any" },
	{ OPT_HOT, "hot", "N", "a copy of the N busiest LPs only (see lvmstat); no COPIES then" },
	{ OPT_PROGRESS, "progress", NULL, "wait, and say how far it is" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"mklvcopy", "LV|VG/LV COPIES [PV...]",
	"Give a logical volume so many copies, while it is in use.\n"
	"With --hot: LV|VG/LV PV...", opts, 2, -1
};

struct flags {
	bool wait, progress, json;
	char inter, intra;		/* 0: as the LV */
	int strict;			/* -1: as the LV */
	uint64_t hot;			/* 0: whole copies */
	uint64_t copies;
};

static void say(const char *text)
{
	cmd_say("mklvcopy", text);
}

static unsigned int whole_copies(const struct vg_lv *lv)
{
	unsigned int n = 0;

	for (unsigned int c = 0; c < lv->copies; c++)
		n += !(lv->leg[c].flags & (LEG_PARTIAL | LEG_MOVE));
	return n;
}

/* Nothing is changed when what was asked for could not be done to the end. */
static enum err_code check(const struct vg *vg, const struct vg_lv *lv, const struct flags *f,
			   struct err *e)
{
	struct act_state s;
	enum err_code code;

	if (lv->type == LV_RAID5)
		return err_set(e, ERR_USAGE, "%s/%s: is RAID5, which has parity and no copies",
			       vg->name, lv->name);
	if (!f->hot && f->copies < whole_copies(lv))
		return err_set(e, ERR_USAGE, "%s/%s: has %u copies; rmlvcopy takes some away",
			       vg->name, lv->name, whole_copies(lv));
	code = act_lv_state(vg, lv, &s, e);
	if (!code && s.active && s.read_only)
		code = err_set(e, ERR_CONFLICT,
			       "%s/%s: is active read-only, nothing can be copied to a new copy; varyoffvg %s first",
			       vg->name, lv->name, vg->name);
	if (!code && f->wait && !s.active)
		code = err_set(e, ERR_CONFLICT,
			       "%s/%s: is not active, so its copies cannot be brought in sync; varyonvg %s first, or leave out -k",
			       vg->name, lv->name, vg->name);
	return code;
}

static enum err_code add_hot(struct vg *vg, struct vg_lv *lv, const struct flags *f,
			     struct lv_copy_opts *o, struct err *e)
{
	uint32_t *lps = NULL, n = 0;
	unsigned int copy;
	enum err_code code;

	code = lpstat_hottest(vg, lv, f->hot, &lps, &n, e);
	if (!code) {
		o->hot_lps = lps;
		o->num_hot = n;
		code = lv_copy_add(vg, lv, o, &copy, e);
	}
	free(lps);
	return code;
}

static enum err_code add(struct vg *vg, struct vg_lv *lv, const struct flags *f,
			 struct vg_pv **pvs, struct err *e)
{
	struct lv_copy_opts o = { .pvs = pvs, .strict = f->strict };
	unsigned int copy, missing = f->hot ? 1 : f->copies - whole_copies(lv);
	enum err_code code = ERR_OK;

	if (!missing)
		return ERR_OK;
	if (f->inter)
		lv->inter = f->inter;
	if (f->intra)
		lv->intra = f->intra;
	if (f->hot)
		code = add_hot(vg, lv, f, &o, e);
	for (unsigned int i = 0; !f->hot && i < missing && !code; i++)
		code = lv_copy_add(vg, lv, &o, &copy, e);
	return code ? code : vg_commit(vg, e);
}

static enum err_code make(struct vg *vg, struct vg_lv *lv, const struct flags *f,
			  char **pv_names, struct watch *w, struct err *e)
{
	const struct act_opts act = { .say = say };
	struct vg_pv **pvs = NULL;
	struct act_state s;
	enum err_code code;

	code = check(vg, lv, f, e);
	if (!code)
		code = cmd_pvs(vg, pv_names, &pvs, e);
	if (!code)
		code = add(vg, lv, f, pvs, e);
	free(pvs);
	if (!code)
		code = act_lv_state(vg, lv, &s, e);
	if (!code && s.active)
		code = act_lv_start(vg, lv, &act, e);
	if (!code && f->wait)
		watch_lv(w, vg, lv);
	return code;
}

/* -1: go on, else the exit status. */
static int parse(struct opt_iter *it, int argc, char **argv, struct flags *f)
{
	uint64_t n;
	int c, strict;

	while ((c = opt_next(it, &spec, argc, argv)) > 0) {
		switch (c) {
		case 'k':
			f->wait = true;
			break;
		case 'e':
			if (strcmp(it->arg, "m") && strcmp(it->arg, "x"))
				return opt_usage(&spec, "-e %s: neither m nor x", it->arg);
			f->inter = *it->arg;
			break;
		case 'a':
			if (strlen(it->arg) != 1 || !strchr("mce", *it->arg))
				return opt_usage(&spec, "-a %s: not m, c or e", it->arg);
			f->intra = *it->arg;
			break;
		case 's':
			strict = strcmp(it->arg, "s") ? cmd_yes_no(it->arg) : 1;
			if (strict < 0)
				return opt_usage(&spec, "-s %s: not y, n or s", it->arg);
			f->strict = strict;
			break;
		case OPT_HOT:
			if (!text_num(it->arg, UINT32_MAX, &n) || !n)
				return opt_usage(&spec, "--hot %s: not a number of LPs", it->arg);
			f->hot = n;
			break;
		case OPT_PROGRESS:
			f->progress = f->wait = true;
			break;
		case OPT_JSON:
			f->json = true;
			break;
		}
	}
	if (c < 0)
		return it->status;
	if (!f->hot && (!text_num(it->operands[1], VG_MAX_COPIES, &f->copies) || f->copies < 2))
		return opt_usage(&spec, "COPIES %s: neither 2 nor 3", it->operands[1]);
	return -1;
}

int cmd_mklvcopy(int argc, char **argv)
{
	struct progress p = { .command = "mklvcopy",
			      .again = "the kernel goes on copying; syncvg -l waits for it" };
	struct flags f = { .strict = -1 };
	struct vg_scan *scan = NULL;
	struct watch w = { 0 };
	struct err e = { 0 };
	struct opt_iter it;
	struct vg_lv *lv;
	struct vg *vg;
	int status;

	status = parse(&it, argc, argv, &f);
	if (status >= 0)
		return status;
	status = cmd_find_lv(it.operands[0], true, &scan, &vg, &lv, &e);
	if (!status) {
		cmd_warn("mklvcopy", vg);
		status = make(vg, lv, &f, it.operands + (f.hot ? 1 : 2), &w, &e);
		cmd_warn("mklvcopy", vg);
	}
	/* Others may use the VG while the kernel copies. */
	vg_scan_free(scan);
	p.show = f.progress;
	p.json = f.progress && f.json;
	if (!status && f.wait)
		status = progress_sync(&p, &w, &e);
	watch_free(&w);
	return status ? cmd_fail("mklvcopy", &e, f.json) : ERR_OK;
}
