// SPDX-License-Identifier: GPL-2.0
/*
 * rmlvcopy: take copies of an LV away while it is in use. The kernel comes
 * first, the metadata second: until that is written the copy still counts, and
 * after a crash in between it is simply copied anew.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

enum { OPT_HOT = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ OPT_HOT, "hot", NULL, "take the copies of busy LPs away; no COPIES then" },
	{ 0 }
};

static const struct opt_spec spec = {
	"rmlvcopy", "LV|VG/LV COPIES [PV...]",
	"Leave a logical volume so many copies, while it is in use; those on PV go first.\n"
	"With --hot: LV|VG/LV [PV...]", opts, 1, -1
};

static void say(const char *text)
{
	cmd_say("rmlvcopy", text);
}

static const struct act_opts act = { .say = say };

struct candidates {
	const struct vg *vg;
	const struct vg_lv *lv;
	struct vg_pv **pvs;		/* NULL: any */
	bool hot;			/* partial copies, else whole ones */
	struct act_state s;
	struct judge j;
};

static bool is_kind(const struct candidates *k, unsigned int c)
{
	uint8_t flags = k->lv->leg[c].flags;

	return !(flags & LEG_MOVE) && !(flags & LEG_PARTIAL) == !k->hot;
}

static bool on_wanted_pv(const struct candidates *k, unsigned int c)
{
	for (unsigned int i = 0; k->pvs && k->pvs[i]; i++)
		if (lv_copy_on(k->lv, c, k->pvs[i]))
			return true;
	return !k->pvs;
}

static bool in_sync(const struct candidates *k, unsigned int c)
{
	unsigned int slot = k->lv->leg[c].slot;

	if (k->lv->type != LV_MIRROR)
		return true;
	if (k->s.mirrored)
		return status_letter(&k->s.status, slot) == 'M' && !k->s.status.stale[slot];
	return k->j.leg[c] == LEG_MEMBER && !(k->lv->leg[c].flags & LEG_DISCARD);
}

/* Those that lack something first, then the last; -1: none. */
static int choose(const struct candidates *k)
{
	int best = -1;

	for (int c = k->lv->copies - 1; c >= 0; c--) {
		if (!is_kind(k, (unsigned int)c) || k->lv->leg[c].flags & LEG_SPLIT ||
		    !on_wanted_pv(k, (unsigned int)c))
			continue;
		if (best < 0 || (in_sync(k, (unsigned int)best) && !in_sync(k, (unsigned int)c)))
			best = c;
	}
	return best;
}

/* Of what stays, some copy must hold everything. */
static enum err_code check_rest(const struct candidates *k, unsigned int gone, struct err *e)
{
	const struct vg_lv *lv = k->lv;

	for (unsigned int c = 0; c < lv->copies; c++)
		if (c != gone && !(lv->leg[c].flags & (LEG_SPLIT | LEG_PARTIAL)) && in_sync(k, c))
			return ERR_OK;
	if (!k->s.active)
		return err_set(e, ERR_CONFLICT,
			       "%s/%s: copy %u is the only one in sync; 'varyonvg %s' brings the others up to date, or name the PV of another copy",
			       k->vg->name, lv->name, gone + 1, k->vg->name);
	return err_set(e, ERR_CONFLICT,
		       "%s/%s: copy %u is the only one in sync; syncvg -l %s/%s first, or name the PV of another copy",
		       k->vg->name, lv->name, gone + 1, k->vg->name, lv->name);
}

static unsigned int count(const struct candidates *k)
{
	unsigned int n = 0;

	for (unsigned int c = 0; c < k->lv->copies; c++)
		n += is_kind(k, c);
	return n;
}

/* One copy less, in memory. */
static enum err_code drop_one(struct vg *vg, struct vg_lv *lv, struct candidates *k,
			      struct err *e)
{
	int c = choose(k);
	enum err_code code;

	if (c < 0)
		return err_set(e, ERR_NOTFOUND,
			       "%s/%s: no%s copy that could be taken away lies%s; lslv -m %s/%s shows where they are",
			       vg->name, lv->name, k->hot ? " partial" : "",
			       k->pvs ? " on the PVs named" : " anywhere", vg->name, lv->name);
	code = check_rest(k, (unsigned int)c, e);
	if (!code)
		code = lv_copy_remove(vg, lv, (unsigned int)c, e);
	/* The copies above it have moved down, in what was judged as well. */
	for (unsigned int i = (unsigned int)c; !code && i < lv->copies; i++)
		k->j.leg[i] = k->j.leg[i + 1];
	return code;
}

static enum err_code take_away(struct vg *vg, struct vg_lv *lv, bool hot, unsigned int keep,
			       char **pv_names, struct err *e)
{
	struct candidates k = { .vg = vg, .lv = lv, .hot = hot };
	enum err_code code;
	bool any = false;

	code = cmd_pvs(vg, pv_names, &k.pvs, e);
	if (!code)
		code = act_lv_state(vg, lv, &k.s, e);
	if (!code && lv->type == LV_MIRROR && !k.s.mirrored)
		code = judge_lv(vg, lv, 0, &k.j, e);
	while (!code && (hot ? choose(&k) >= 0 || !any : count(&k) > keep)) {
		code = drop_one(vg, lv, &k, e);
		any = true;
	}
	free(k.pvs);
	if (code || !any)
		return code;
	if (k.s.active)
		code = act_lv_start(vg, lv, &act, e);
	return code ? code : vg_commit(vg, e);
}

int cmd_rmlvcopy(int argc, char **argv)
{
	struct vg_scan *scan = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	uint64_t keep = 0;
	struct vg_lv *lv;
	struct vg *vg;
	bool hot = false;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0)
		hot = true;
	if (c < 0)
		return it.status;
	if (!hot && (it.num_operands < 2 ||
		     !text_num(it.operands[1], VG_MAX_COPIES - 1, &keep) || !keep))
		return opt_usage(&spec, "COPIES: 1 or 2 can stay");
	status = cmd_find_lv(it.operands[0], true, &scan, &vg, &lv, &e);
	if (!status) {
		cmd_warn("rmlvcopy", vg);
		status = take_away(vg, lv, hot, keep, it.operands + (hot ? 1 : 2), &e);
		cmd_warn("rmlvcopy", vg);
	}
	vg_scan_free(scan);
	return status ? cmd_fail("rmlvcopy", &e, false) : ERR_OK;
}
