// SPDX-License-Identifier: GPL-2.0
/*
 * varyon rejoin: settle which side's word counts. Of a mirror: a copy is given
 * up, because its status area is damaged or it went on separately, or one side
 * of a split brain is kept and every other one given up. Where the maps of both
 * sides reach back to what they had in common only what either side changed is
 * copied. Of a VG: what the metadata on one side says, after each side was
 * changed without the other.
 */
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

enum { OPT_EVEN_IF_NEWER = OPT_LONG_ONLY, OPT_KEEP };

static const struct opt opts[] = {
	{ 'f', "force", NULL, "do not ask" },
	{ OPT_EVEN_IF_NEWER, "even-if-newer", NULL,
	  "also a copy that may be newer than the others" },
	{ OPT_KEEP, "keep", NULL, "keep what PV holds and give up every other side" },
	{ 0 }
};

static const struct opt_spec spec = {
	"varyon rejoin", "VG/LV|VG PV",
	"Overwrite the copy or column of a logical volume on PV with what the others hold,\n"
	"or what the metadata on PV says of a volume group with what the other side says.\n"
	"With --keep the other way round: what does not agree with PV is overwritten.",
	opts, 2, 2
};

struct flags {
	bool force, even_if_newer, keep;
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

	if (lv->type == LV_LINEAR)
		return err_set(e, ERR_USAGE, "%s/%s: the LV is not redundant", vg->name, lv->name);
	if (!pv || !pv->io)
		return err_set(e, ERR_NOTFOUND, "%s: no PV of VG %s that is here; lsvg -p %s lists them",
			       name, vg->name, vg->name);
	for (unsigned int c = 0; c < lv->copies; c++)
		for (uint32_t lp = 0; lp < lv->num_lps; lp++)
			if (lv->map[c][lp].pv == pv->num) {
				*copy = c;
				return ERR_OK;
			}
	return err_set(e, ERR_NOTFOUND, "%s: no %s of %s/%s lies there; lslv -l %s/%s shows where",
		       name, lv_leg_word(lv), vg->name, lv->name, vg->name, lv->name);
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

	if (lv->leg[c].flags & LEG_SPLIT)
		return err_set(e, ERR_CONFLICT,
			       "%s/%s: copy %u is split off; chlvcopy -B or joinvg takes it back, joinvg --lost gives up a snapshot that is lost",
			       vg->name, lv->name, c + 1);
	code = judge_lv(vg, lv, 1u << c, rest, e);
	if (!code)
		code = act_lv_state(vg, lv, &s, e);
	if (code)
		return code;
	if (s.mirrored && strchr("MT", status_letter(&s.status, lv->leg[c].slot)))
		return err_set(e, ERR_CONFLICT, "%s/%s: %s %u is in use by the active LV",
			       vg->name, lv->name, lv_leg_word(lv), c + 1);
	if (!judge_lv(vg, lv, 0, &all, NULL) && all.have[c])
		return err_set(e, ERR_FAILED,
			       "%s/%s: %s %u is in order%s; nothing to do", vg->name, lv->name,
			       lv_leg_word(lv), c + 1, all.leg[c] == LEG_TARGET ?
			       " and is brought up to date by varyonvg" : "");
	/* Had the others gone on without it, they would not count it in. */
	if (rest->verdict.missing & 1u << lv->leg[c].slot && !even_if_newer)
		return err_set(e, ERR_CONFLICT,
			       "%s/%s: %s %u may be newer than %s %u, which still counts it in; activate the LV and look whether the data is what you expect (varyonvg %s), then run this again, or give it up unseen with --even-if-newer",
			       vg->name, lv->name, lv_leg_word(lv), c + 1,
			       lv_leg_word(lv), lv_leg_of_slot(lv, rest->verdict.best) + 1,
			       vg->name);
	return ERR_OK;
}

/* What would be given up when the side of copy c is kept: *j, and that it is something. */
static enum err_code check_keep(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				struct judge *j, struct err *e)
{
	bool asked = false;
	struct act_state s;
	enum err_code code;

	code = act_lv_state(vg, lv, &s, e);
	if (!code && s.mirrored && !strchr("MT", status_letter(&s.status, lv->leg[c].slot)))
		return err_set(e, ERR_CONFLICT,
			       "%s/%s: the LV is active without copy %u; deactivate it first, or give the copy up: varyon rejoin %s/%s PV",
			       vg->name, lv->name, c + 1, vg->name, lv->name);
	if (!code)
		code = judge_lv_keeping(vg, lv, c, j, e);
	for (unsigned int o = 0; o < lv->copies; o++)
		asked |= lv->leg[o].flags & LEG_DISCARD;
	if (!code && !j->give_up && !asked)
		code = err_set(e, ERR_FAILED,
			       "%s/%s: the copies that are here do not contradict each other; there is nothing to give up",
			       vg->name, lv->name);
	return code;
}

/* Nothing is locked while the question is open. */
static enum err_code ask_lv(const char *name, const char *pv, const struct flags *f,
			    struct err *e)
{
	struct vg_scan *scan;
	unsigned int c = 0;
	struct judge j;
	struct vg_lv *lv;
	struct vg *vg;
	enum err_code code;
	char *question;

	code = cmd_find_lv(name, false, &scan, &vg, &lv, e);
	if (!code)
		code = find_copy(vg, lv, pv, &c, e);
	if (!code)
		code = f->keep ? check_keep(vg, lv, c, &j, e) :
				 check(vg, lv, c, f->even_if_newer, &j, e);
	if (!code) {
		question = xprintf(f->keep ? "What does not agree with %s %u of %s/%s on %s is overwritten. Go on?" :
					     "What %s %u of %s/%s on %s holds is overwritten. Go on?",
				   lv_leg_word(lv), c + 1, vg->name, lv->name, pv);
		code = cmd_confirm(question, e);
		free(question);
	}
	vg_scan_free(scan);
	return code;
}

/* The copies to give up are those of give_up (slots); an active LV takes them in at once. */
static enum err_code discard(struct vg *vg, struct vg_lv *lv, uint8_t give_up, struct err *e)
{
	const struct act_opts act = { .say = say };
	struct act_state s;
	enum err_code code;

	for (unsigned int c = 0; c < lv->copies; c++) {
		lv->leg[c].flags &= ~LEG_DISCARD;
		if (give_up & 1u << lv->leg[c].slot)
			lv->leg[c].flags |= LEG_DISCARD;
	}
	code = vg_commit(vg, e);
	if (!code)
		code = act_lv_state(vg, lv, &s, e);
	if (!code && s.active)
		code = act_lv_start(vg, lv, &act, e);
	return code ? code : cmd_settle(vg, e);
}

/* A copy with nothing to tell, or that does not fit at all, starts anew. */
static enum err_code start_anew(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				const struct judge *rest, struct err *e)
{
	const struct act_opts act = { .say = say };
	struct act_state s;
	enum err_code code;

	code = lv_leg_reset(vg, lv, c, &rest->sb[rest->verdict.best], e);
	if (!code)
		code = act_lv_state(vg, lv, &s, e);
	if (!code && s.active)
		code = act_lv_start(vg, lv, &act, e);
	return code;
}

/* The slots that are given up already, and that of copy c. */
static uint8_t discards_and(const struct vg_lv *lv, unsigned int c)
{
	uint8_t slots = 1u << lv->leg[c].slot;

	for (unsigned int o = 0; o < lv->copies; o++)
		if (lv->leg[o].flags & LEG_DISCARD)
			slots |= 1u << lv->leg[o].slot;
	return slots;
}

static enum err_code settle_copy(struct vg *vg, struct vg_lv *lv, const char *pv,
				 const struct flags *f, struct err *e)
{
	struct judge j, with;
	unsigned int c = 0;
	uint8_t old;
	enum err_code code;

	code = find_copy(vg, lv, pv, &c, e);
	if (!code && f->keep) {
		code = check_keep(vg, lv, c, &j, e);
		return code ? code : discard(vg, lv, j.give_up, e);
	}
	if (!code)
		code = check(vg, lv, c, f->even_if_newer, &j, e);
	if (code)
		return code;
	old = lv->leg[c].flags;
	lv->leg[c].flags |= LEG_DISCARD;
	if (!judge_lv(vg, lv, 0, &with, NULL) && with.have[c])
		return discard(vg, lv, discards_and(lv, c), e);
	lv->leg[c].flags = old;
	return start_anew(vg, lv, c, &j, e);
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
		code = settle_copy(vg, lv, pv, f, e);
	}
	vg_scan_free(scan);
	return code;
}

/* Nothing is locked while the question is open. */
static enum err_code ask_vg(const char *name, const char *pv, bool keep, struct err *e)
{
	struct vg_scan *scan = NULL;
	enum err_code code;
	char *question;

	code = vg_scan(NULL, false, &scan, e);
	if (!code)
		code = (keep ? vg_check_keep : vg_check_give_up)(scan, name, pv, e);
	vg_scan_free(scan);
	if (code)
		return code;
	question = xprintf("Changes to VG %s that %s the side of %s %s are lost. Go on?", name,
			   keep ? "others than" : "only", pv, keep ? "have" : "has");
	code = cmd_confirm(question, e);
	free(question);
	return code;
}

static enum err_code rejoin_vg(const char *name, const char *pv, const struct flags *f,
			       struct err *e)
{
	struct vg_scan *scan = NULL;
	enum err_code code;

	code = f->force ? ERR_OK : ask_vg(name, pv, f->keep, e);
	if (!code)
		code = vg_scan(NULL, true, &scan, e);
	if (!code)
		code = (f->keep ? vg_keep : vg_give_up)(scan, name, pv, e);
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
		else if (c == OPT_KEEP)
			f.keep = true;
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
