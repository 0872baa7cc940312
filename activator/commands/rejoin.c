// SPDX-License-Identifier: GPL-2.0
/*
 * varyon rejoin: give up what one copy of a mirror holds and copy it anew from
 * the others. For a copy whose status area is damaged, and for the losing side
 * of a split brain.
 */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

static const struct opt opts[] = {
	{ 'f', "force", NULL, "do not ask" },
	{ 0 }
};

static const struct opt_spec spec = {
	"rejoin", "VG/LV PV",
	"Overwrite the copy of a mirrored logical volume on PV with what the other copies hold.",
	opts, 2, 2
};

static void say(const char *text)
{
	cmd_say("rejoin", text);
}

/* The copy that has PPs on the PV. */
static enum err_code find_copy(const struct vg *vg, const struct vg_lv *lv, const char *name,
			       unsigned int *copy, struct err *e)
{
	const struct vg_pv *pv = vg_pv_by_name(vg, name);

	if (lv->type != LV_MIRROR)
		return err_set(e, ERR_USAGE, "%s/%s: the LV is not mirrored", vg->name, lv->name);
	if (!pv || !pv->io)
		return err_set(e, ERR_NOTFOUND, "%s: no PV of VG %s that is here; lsvg -p %s lists them",
			       name, vg->name, vg->name);
	for (unsigned int c = 0; c < lv->copies; c++)
		for (uint32_t lp = 0; lp < lv->num_lps; lp++)
			if (lv->map[c][lp].pv == pv->num) {
				*copy = c;
				return ERR_OK;
			}
	return err_set(e, ERR_NOTFOUND, "%s: no copy of %s/%s lies there; lslv -l %s/%s shows where",
		       name, vg->name, lv->name, vg->name, lv->name);
}

/*
 * The other copies must make up the set without this one, and this one must
 * not be in use or in order.
 */
static enum err_code check(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			   struct judge *rest, struct err *e)
{
	struct judge all;
	struct act_state s;
	enum err_code code;

	code = judge_lv(vg, lv, c, rest, e);
	if (!code)
		code = act_lv_state(vg, lv, &s, e);
	if (code)
		return code;
	if (s.mirrored && strchr("MT", s.status.letters[c]))
		return err_set(e, ERR_CONFLICT, "%s/%s: copy %u is in use by the active LV",
			       vg->name, lv->name, c + 1);
	if (!judge_lv(vg, lv, -1, &all, NULL) && all.have[c])
		return err_set(e, ERR_FAILED,
			       "%s/%s: copy %u is in order%s; nothing to do", vg->name, lv->name,
			       c + 1, all.leg[c] == LEG_TARGET ?
			       " and is brought up to date by varyonvg" : "");
	return ERR_OK;
}

static enum err_code rejoin(struct vg *vg, struct vg_lv *lv, const char *pv, bool force,
			    struct err *e)
{
	const struct act_opts act = { .say = say };
	struct act_state s;
	struct judge rest;
	unsigned int c = 0;
	enum err_code code;

	code = find_copy(vg, lv, pv, &c, e);
	if (!code)
		code = check(vg, lv, c, &rest, e);
	if (!code && !force) {
		char *question = xprintf("What copy %u of %s/%s on %s holds is overwritten. Go on?",
					 c + 1, vg->name, lv->name, pv);

		code = cmd_confirm(question, e);
		free(question);
	}
	if (!code)
		code = lv_leg_reset(vg, lv, c, &rest.sb[rest.verdict.best], e);
	if (!code)
		code = act_lv_state(vg, lv, &s, e);
	if (!code && s.active)
		code = act_lv_start(vg, lv, &act, e);
	return code;
}

int cmd_rejoin(int argc, char **argv)
{
	struct vg_scan *scan = NULL;
	struct err e = { 0 };
	struct vg_lv *lv;
	struct opt_iter it;
	bool force = false;
	struct vg *vg;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0)
		force = true;
	if (c < 0)
		return it.status;
	status = cmd_find_lv(it.operands[0], true, &scan, &vg, &lv, &e);
	if (!status) {
		cmd_warn("rejoin", vg);
		status = rejoin(vg, lv, it.operands[1], force, &e);
	}
	vg_scan_free(scan);
	return status ? cmd_fail("rejoin", &e, false) : ERR_OK;
}
