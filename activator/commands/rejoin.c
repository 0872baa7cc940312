// SPDX-License-Identifier: GPL-2.0
/*
 * varyon rejoin: give up what one side holds. Of a mirror: one copy, which is
 * copied anew from the others, because its status area is damaged or it is the
 * losing side of a split brain. Of a VG: what the metadata on one side says,
 * after both sides were changed, each without the other.
 */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

enum { OPT_EVEN_IF_NEWER = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ 'f', "force", NULL, "do not ask" },
	{ OPT_EVEN_IF_NEWER, "even-if-newer", NULL,
	  "also a copy that may be newer than the others" },
	{ 0 }
};

static const struct opt_spec spec = {
	"varyon rejoin", "VG/LV|VG PV",
	"Overwrite the copy of a mirrored logical volume on PV with what the other copies hold,\n"
	"or what the metadata on PV says of a volume group with what the other side says.",
	opts, 2, 2
};

struct flags {
	bool force, even_if_newer;
};

static void say(const char *text)
{
	cmd_say("varyon rejoin", text);
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
 * not be in use or in order. *rest: what the others hold.
 */
static enum err_code check(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			   bool even_if_newer, struct judge *rest, struct err *e)
{
	struct judge all;
	struct act_state s;
	enum err_code code;

	code = judge_lv(vg, lv, 1u << c, rest, e);
	if (!code)
		code = act_lv_state(vg, lv, &s, e);
	if (code)
		return code;
	if (s.mirrored && strchr("MT", status_letter(&s.status, lv->leg[c].slot)))
		return err_set(e, ERR_CONFLICT, "%s/%s: copy %u is in use by the active LV",
			       vg->name, lv->name, c + 1);
	if (!judge_lv(vg, lv, 0, &all, NULL) && all.have[c])
		return err_set(e, ERR_FAILED,
			       "%s/%s: copy %u is in order%s; nothing to do", vg->name, lv->name,
			       c + 1, all.leg[c] == LEG_TARGET ?
			       " and is brought up to date by varyonvg" : "");
	/* Had the others gone on without it, they would not count it in. */
	if (rest->verdict.missing & 1u << lv->leg[c].slot && !even_if_newer)
		return err_set(e, ERR_CONFLICT,
			       "%s/%s: copy %u may be newer than copy %u, which still counts it in; activate the LV and look whether the data is what you expect (varyonvg %s), then run this again, or give the copy up unseen with --even-if-newer",
			       vg->name, lv->name, c + 1,
			       lv_leg_of_slot(lv, rest->verdict.best) + 1, vg->name);
	return ERR_OK;
}

/* Nothing is locked while the question is open. */
static enum err_code ask_lv(const char *name, const char *pv, const struct flags *f,
			    struct err *e)
{
	struct vg_scan *scan;
	unsigned int c = 0;
	struct judge rest;
	struct vg_lv *lv;
	struct vg *vg;
	enum err_code code;

	code = cmd_find_lv(name, false, &scan, &vg, &lv, e);
	if (!code)
		code = find_copy(vg, lv, pv, &c, e);
	if (!code)
		code = check(vg, lv, c, f->even_if_newer, &rest, e);
	if (!code) {
		char *question = xprintf("What copy %u of %s/%s on %s holds is overwritten. Go on?",
					 c + 1, vg->name, lv->name, pv);

		code = cmd_confirm(question, e);
		free(question);
	}
	vg_scan_free(scan);
	return code;
}

static enum err_code reset_copy(struct vg *vg, struct vg_lv *lv, const char *pv,
				const struct flags *f, struct err *e)
{
	const struct act_opts act = { .say = say };
	struct act_state s;
	struct judge rest;
	unsigned int c = 0;
	enum err_code code;

	code = find_copy(vg, lv, pv, &c, e);
	if (!code)
		code = check(vg, lv, c, f->even_if_newer, &rest, e);
	if (!code)
		code = lv_leg_reset(vg, lv, c, &rest.sb[rest.verdict.best], e);
	if (!code)
		code = act_lv_state(vg, lv, &s, e);
	if (!code && s.active)
		code = act_lv_start(vg, lv, &act, e);
	return code;
}

static enum err_code rejoin_lv(const char *name, const char *pv, const struct flags *f,
			       struct err *e)
{
	struct vg_scan *scan = NULL;
	struct vg_lv *lv;
	struct vg *vg;
	enum err_code code;

	code = f->force ? ERR_OK : ask_lv(name, pv, f, e);
	if (!code)
		code = cmd_find_lv(name, true, &scan, &vg, &lv, e);
	if (!code) {
		cmd_warn("varyon rejoin", vg);
		code = reset_copy(vg, lv, pv, f, e);
	}
	vg_scan_free(scan);
	return code;
}

/* Nothing is locked while the question is open. */
static enum err_code ask_vg(const char *name, const char *pv, struct err *e)
{
	struct vg_scan *scan = NULL;
	enum err_code code;
	char *question;

	code = vg_scan(NULL, false, &scan, e);
	if (!code)
		code = vg_check_give_up(scan, name, pv, e);
	vg_scan_free(scan);
	if (code)
		return code;
	question = xprintf("Changes to VG %s that only the side of %s has are lost. Go on?",
			   name, pv);
	code = cmd_confirm(question, e);
	free(question);
	return code;
}

static enum err_code rejoin_vg(const char *name, const char *pv, const struct flags *f,
			       struct err *e)
{
	struct vg_scan *scan = NULL;
	enum err_code code;

	code = f->force ? ERR_OK : ask_vg(name, pv, e);
	if (!code)
		code = vg_scan(NULL, true, &scan, e);
	if (!code)
		code = vg_give_up(scan, name, pv, e);
	vg_scan_free(scan);
	return code;
}

int cmd_rejoin(int argc, char **argv)
{
	struct flags f = { 0 };
	struct err e = { 0 };
	struct opt_iter it;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		if (c == 'f')
			f.force = true;
		else
			f.even_if_newer = true;
	}
	if (c < 0)
		return it.status;
	if (strchr(it.operands[0], '/'))
		status = rejoin_lv(it.operands[0], it.operands[1], &f, &e);
	else
		status = rejoin_vg(it.operands[0], it.operands[1], &f, &e);
	return status ? cmd_fail("varyon rejoin", &e, false) : ERR_OK;
}
