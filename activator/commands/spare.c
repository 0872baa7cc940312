// SPDX-License-Identifier: GPL-2.0
/*
 * Hot spares: what a PV held that is gone is made anew on one that was kept
 * for that; see renew.h.
 */
#include <stdlib.h>
#include <string.h>
#include "moving.h"
#include "renew.h"

static void say(const char *text)
{
	cmd_say("monitor", text);
}

/* ---- what was lost ---- */

static bool is_lost(const struct vg_pv *pv)
{
	return pv && !pv->io && (pv->state & PV_MISSING) && !(pv->state & (PV_SPLIT | PV_REMOVED));
}

/* The copy on that PV which the others can make up for; -1: none. */
static int lost_copy(const struct vg *vg, const struct vg_lv *lv, const struct vg_pv *from)
{
	struct judge rest;

	if (!lv || lv->hidden || lv->type == LV_LINEAR || lv->child_of || move_pending(lv))
		return -1;
	for (unsigned int c = 0; c < lv->copies; c++)
		if (lv_copy_on(lv, c, from) && lv_copy_is_full(lv, c) &&
		    !judge_lv(vg, lv, 1u << c, &rest, NULL))
			return (int)c;
	return -1;
}

static bool may_change(const struct vg *vg, const struct vg_lv *lv)
{
	struct act_state s;

	return !act_lv_state(vg, lv, &s, NULL) && !(s.active && (s.suspended || s.read_only));
}

/* PPs that its copies need elsewhere; 0: there is nothing to be done, or not now. */
static unsigned int needed(const struct vg *vg, const struct vg_pv *from)
{
	unsigned int pps = 0;

	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		if (lost_copy(vg, vg->lv[n], from) < 0)
			continue;
		if (!may_change(vg, vg->lv[n]))
			return 0;
		pps += vg->lv[n]->num_lps;
	}
	return pps;
}

/* ---- what stands in ---- */

static bool is_spare(const struct vg_pv *pv)
{
	return pv && pv->io && (pv->state & PV_SPARE) &&
	       !(pv->state & (PV_MISSING | PV_REMOVED | PV_SPLIT | PV_NOALLOC));
}

/*
 * The spares for that many PPs to to[], NULL-terminated: the smallest that has
 * them all, or with chvg -h Y every one. False: they do not suffice.
 */
static bool choose(const struct vg *vg, unsigned int pps, struct vg_pv *to[VG_MAX_PV + 1])
{
	unsigned int count = 0, sum = 0;

	for (unsigned int n = 1; n <= VG_MAX_PV; n++) {
		struct vg_pv *pv = vg->pv[n];

		if (!is_spare(pv))
			continue;
		sum += vg_pv_free(pv);
		if (vg->spare_policy == 'Y')
			to[count++] = pv;
		else if (vg_pv_free(pv) >= pps && (!count || vg_pv_free(pv) < vg_pv_free(to[0])))
			to[0] = pv, count = 1;
	}
	to[count] = NULL;
	return count && sum >= pps;
}

static struct vg_pv *first_due(const struct vg *vg, struct vg_pv *to[VG_MAX_PV + 1])
{
	if (vg->kind != VG_NATIVE || vg->spare_policy == 'n')
		return NULL;
	for (unsigned int n = 1; n <= VG_MAX_PV; n++) {
		unsigned int pps = is_lost(vg->pv[n]) ? needed(vg, vg->pv[n]) : 0;

		if (pps && choose(vg, pps, to))
			return vg->pv[n];
	}
	return NULL;
}

bool spare_is_due(const struct vg *vg)
{
	struct vg_pv *to[VG_MAX_PV + 1];

	return first_due(vg, to) != NULL;
}

/* ---- taking it ---- */

static bool is_empty(const struct vg_pv *pv)
{
	return vg_pv_free(pv) == pv->pp_count;
}

/* In memory. changed[]: LVs that have a new copy. *names: theirs; the caller owns it. */
static enum err_code renew_all(struct vg *vg, struct vg_pv *from, struct vg_pv *const *to,
			       bool changed[VG_MAX_LV + 1], char **names, struct err *e)
{
	enum err_code code = ERR_OK;
	unsigned int fresh;

	for (unsigned int i = 0; to[i]; i++)
		to[i]->state &= (uint8_t)~PV_SPARE;
	for (unsigned int n = 1; n <= VG_MAX_LV && !code; n++) {
		int copy = lost_copy(vg, vg->lv[n], from);

		changed[n] = copy >= 0;
		if (!changed[n])
			continue;
		code = copy_renew(vg, vg->lv[n], (unsigned int)copy, to, &fresh, e);
		text_append(names, ", ", vg->lv[n]->name);
	}
	for (unsigned int i = 0; to[i] && !code; i++)
		if (is_empty(to[i]))
			to[i]->state |= PV_SPARE;
	if (!code && is_empty(from))
		code = vg_reduce(vg, from, e);
	return code;
}

static char *names_of(struct vg_pv *const *to)
{
	char *all = xstrdup(""), label[64];

	for (unsigned int i = 0; to[i]; i++)
		if (!(to[i]->state & PV_SPARE))
			text_append(&all, " and ", vg_pv_label(to[i], label));
	return all;
}

/* Those that cannot follow now do so at the next varyonvg. */
static void follow(const struct vg *vg, const bool changed[VG_MAX_LV + 1])
{
	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		struct act_opts o = { .say = say };
		struct err e = { 0 };
		struct act_state s;

		if (!changed[n] || act_lv_state(vg, vg->lv[n], &s, &e) || !s.active)
			continue;
		o.state = &s;
		o.no_resync = s.mirrored && !strcmp(s.status.action, "frozen");
		if (act_lv_start(vg, vg->lv[n], &o, &e))
			say(e.text);
	}
}

enum err_code spare_take(struct vg *vg, struct err *e)
{
	char *lost, *stands_in = NULL, *names = xstrdup(""), *text;
	struct vg_pv *to[VG_MAX_PV + 1], *from = first_due(vg, to);
	bool changed[VG_MAX_LV + 1] = { false };
	enum err_code code;

	if (!from)
		return ERR_OK;
	lost = vg_pv_missing_text(from);
	code = renew_all(vg, from, to, changed, &names, e);
	if (!code) {
		stands_in = names_of(to);
		code = vg_commit(vg, e);
	}
	if (code) {
		err_prefix(e, "%s: no spare takes the place of PV %s", vg->name, lost);
	} else {
		text = xprintf("%s: PV %s is lost, hot spare %s takes its place; copied there: %s",
			       vg->name, lost, stands_in, names);
		say(text);
		free(text);
		follow(vg, changed);
	}
	free(stands_in);
	free(names);
	free(lost);
	return code;
}
