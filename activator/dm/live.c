// SPDX-License-Identifier: GPL-2.0
/* The table of an active LV follows the VG; see live.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "legs.h"
#include "live.h"
#include "mapdev.h"
#include "table.h"

/* A new table for an active mirror, in the making. */
struct plan {
	const struct vg *vg;
	const struct vg_lv *lv;
	const struct act_state *s;
	const struct act_opts *o;
	char uuid[NAME_UUID_LEN];
	char *old;			/* parameters of the live table */
	char *words[VY_MAX_SLOTS];	/* of the new one, by slot */
	char *params;			/* of the new one, as a whole */
	bool returned[VY_MAX_SLOTS];	/* by copy */
	bool split[VY_MAX_SLOTS];
	bool freeze;
};

static enum err_code not_understood(const struct plan *p, struct err *e)
{
	return err_set(e, ERR_KERNEL, "%s/%s: the kernel's table is not understood: %s",
		       p->vg->name, p->lv->name, p->old);
}

static enum err_code plan_begin(struct plan *p, const struct vg *vg, const struct vg_lv *lv,
				const struct act_state *s, const struct act_opts *o,
				struct err *e)
{
	memset(p, 0, sizeof(*p));
	p->vg = vg;
	p->lv = lv;
	p->s = s;
	p->o = o;
	name_uuid(p->uuid, vg, lv, NAME_NO_LEG);
	if (mapdev_set_table(p->uuid, &p->old, e))
		return ERR_KERNEL;
	return p->old ? ERR_OK : err_set(e, ERR_KERNEL, "%s/%s: is no mirror in the kernel",
					 vg->name, lv->name);
}

static void plan_end(struct plan *p)
{
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++)
		free(p->words[slot]);
	free(p->params);
	free(p->old);
}

/* Does the kernel use the leg that the VG has in this slot? */
static bool leg_in_use(const struct plan *p, unsigned int c)
{
	const struct lv_leg *leg = &p->lv->leg[c];
	char uuid[33], *live;
	bool in_use;

	if (leg->slot >= p->s->status.nslots || !strchr("MT", p->s->status.letters[leg->slot]))
		return false;
	live = table_live_leg(p->old, leg->slot);
	text_hex(uuid, leg->uuid.b, 16);
	in_use = live && !strncmp(live, uuid, strlen(uuid));
	free(live);
	return in_use;
}

/* Copies that the kernel does not use. */
static unsigned int unused_copies(const struct plan *p)
{
	unsigned int mask = 0;

	for (unsigned int c = 0; c < p->lv->copies; c++)
		if (!leg_in_use(p, c))
			mask |= 1u << c;
	return mask;
}

/*
 * A leg that the kernel does not use: when its PV is here and its status area
 * is good, it is in the new table. It is judged with those in use alone: what
 * is wrong with another one that is not in use does not keep it out.
 */
static enum err_code plan_return(struct plan *p, unsigned int c, struct err *e)
{
	unsigned int slot = p->lv->leg[c].slot;
	enum err_code code;
	struct judge j;
	char *data;

	code = judge_lv(p->vg, p->lv, unused_copies(p) & ~(1u << c), &j, e);
	if (code || !j.have[c])
		return code;
	code = leg_make(p->vg, p->lv, c, false, &data, e);
	if (code)
		return code;
	free(p->words[slot]);
	p->words[slot] = table_leg_words(p->vg, p->lv, c, data);
	free(data);
	p->returned[c] = true;
	return ERR_OK;
}

/* *later: the first of the errors that only keep one leg out. */
static enum err_code plan_legs(struct plan *p, struct err *later, struct err *e)
{
	for (unsigned int c = 0; c < lv_num_legs(p->lv); c++) {
		const struct lv_leg *leg = &p->lv->leg[c];
		bool in_use = leg_in_use(p, c);

		if (in_use && !(leg->flags & (LEG_SPLIT | LEG_REMOTE))) {
			p->words[leg->slot] = table_live_leg(p->old, leg->slot);
			if (!p->words[leg->slot])
				return not_understood(p, e);
			continue;
		}
		p->words[leg->slot] = table_leg_words(p->vg, p->lv, c, NULL);
		p->split[c] = in_use;
		if (!(leg->flags & (LEG_SPLIT | LEG_REMOTE)))
			plan_return(p, c, later);
	}
	return ERR_OK;
}

/*
 * A leg in use leaves, as a split copy or as an LV of its own: then the file
 * system is frozen, so that what the leg holds is whole.
 */
static bool any_leaves(const struct plan *p)
{
	for (unsigned int slot = 0; slot < p->s->status.nslots; slot++) {
		int c = lv_leg_of_slot(p->lv, slot);

		if (strchr("MT", p->s->status.letters[slot]) && (c < 0 || p->split[c]))
			return true;
	}
	return false;
}

static bool any_returned(const struct plan *p)
{
	for (unsigned int c = 0; c < p->lv->copies; c++)
		if (p->returned[c])
			return true;
	return false;
}

static void say_change(const struct plan *p)
{
	for (unsigned int c = 0; c < p->lv->copies; c++) {
		char *pvs, *text;
		bool is_new;

		/* A leg that only helps to move something is nobody's copy. */
		if (!(p->returned[c] || p->split[c]) || !p->o->say ||
		    p->lv->leg[c].flags & LEG_MOVE)
			continue;
		pvs = judge_copy_pvs(p->vg, p->lv, c);
		is_new = status_letter(&p->s->status, p->lv->leg[c].slot) == '-';
		if (p->split[c])
			text = xprintf("%s/%s: copy %u on %s is split off", p->vg->name,
				       p->lv->name, c + 1, pvs);
		else
			text = xprintf("%s/%s: %s %u on %s is %s: %s is copied to it",
				       p->vg->name, p->lv->name, lv_leg_word(p->lv), c + 1, pvs,
				       is_new ? "new" : "back",
				       is_new ? "all that it is to hold" :
				       p->lv->leg[c].flags & LEG_DISCARD ?
				       "what either side changed" : "what it lacks");
		p->o->say(text);
		free(text);
		free(pvs);
	}
}

/* As it is loaded: with what the VG does not decide about left as it is. */
static char *plan_params(const struct plan *p, bool no_resync)
{
	struct table_opts to = { .no_resync = no_resync };
	char *params = NULL;

	if (!p->o->set_speed)
		to.more = table_live_options(p->old);
	else if (p->o->resync_min || p->o->resync_max)
		to.more = xprintf("resync_min:%" PRIu64 " resync_max:%" PRIu64, p->o->resync_min,
				  p->o->resync_max);
	else
		to.more = xstrdup("");
	if (to.more)
		params = table_mirror_params(p->lv, p->vg->pp_shift, p->words, &to);
	free(to.more);
	return params;
}

/* *later: the first of the errors that only keep one leg out. */
static enum err_code plan_update(struct plan *p, struct err *later, struct err *e)
{
	enum err_code code = plan_legs(p, later, e);

	if (code)
		return code;
	p->freeze = any_leaves(p);
	p->params = plan_params(p, p->o->no_resync);
	return p->params ? ERR_OK : not_understood(p, e);
}

/* The text may be the same as before, when a failed device works again. */
static bool plan_differs(const struct plan *p)
{
	return any_returned(p) || !table_params_equal(p->old, p->params);
}

/* All that differ, at one moment. */
static enum err_code plans_load(const struct plan *p, unsigned int n, struct err *e)
{
	struct swap_dev *dev = xalloc(n * sizeof(*dev));
	struct table *t = xalloc(n * sizeof(*t));
	enum err_code code = ERR_OK;
	unsigned int count = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (!plan_differs(&p[i]))
			continue;
		table_add(&t[count], 0, vg_lv_sectors(p[i].vg, p[i].lv),
			  table_target(p[i].lv), "%s", p[i].params);
		dev[count] = (struct swap_dev){ .name = p[i].s->name, .uuid = p[i].uuid,
						.table = &t[count], .freeze = p[i].freeze };
		count++;
	}
	if (count)
		code = swap_run(dev, count, NULL, e);
	for (unsigned int i = 0; i < count; i++)
		table_free(&t[i]);
	free(t);
	free(dev);
	return code;
}

enum err_code live_update_together(const struct vg *vg, const struct vg_lv *const *lv,
				   const struct act_state *s, unsigned int n,
				   const struct act_opts *o, struct err *e)
{
	struct plan *p = xalloc(n * sizeof(*p));
	struct err later = { 0 };
	enum err_code code = ERR_OK;

	for (unsigned int i = 0; i < n && !code; i++) {
		code = plan_begin(&p[i], vg, lv[i], &s[i], o, e);
		if (!code)
			code = plan_update(&p[i], &later, e);
	}
	if (!code)
		code = plans_load(p, n, e);
	for (unsigned int i = 0; i < n; i++) {
		if (!code) {
			say_change(&p[i]);
			legs_remove_unused(vg, lv[i], NULL);
		}
		plan_end(&p[i]);
	}
	free(p);
	if (!code && later.code)
		code = err_set(e, later.code, "%s", later.text);
	return code;
}

/* The whole table as the VG and the status areas have it now. */
static enum err_code fresh_table(const struct vg *vg, const struct vg_lv *lv,
				 const struct act_opts *o, struct table *t, struct err *e)
{
	struct judge j;
	enum err_code code = judge_lv(vg, lv, 0, &j, e);

	return code ? code : act_lv_table(vg, lv, &j, false, o, t, e);
}

static bool same_table(const struct table *a, const struct table *b)
{
	bool same = a->count == b->count;

	for (unsigned int i = 0; same && i < a->count; i++)
		same = a->seg[i].start == b->seg[i].start && a->seg[i].len == b->seg[i].len &&
		       !strcmp(a->seg[i].target, b->seg[i].target) &&
		       !strcmp(a->seg[i].params, b->seg[i].params);
	return same;
}

/* The kernel has it linear, or the VG has: the one becomes the other. */
static enum err_code update_kind(const struct vg *vg, const struct vg_lv *lv,
				 const struct act_state *s, const struct act_opts *o,
				 struct err *e)
{
	struct table t = { 0 }, live = { 0 };
	char uuid[NAME_UUID_LEN];
	enum err_code code;

	/* What cannot be judged is left as it is: nothing is to change, as far as we know. */
	if (lv->type == LV_LINEAR && !s->mirrored && !vg_lv_complete(vg, lv, 0))
		return ERR_OK;
	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	code = mapdev_need_target(table_target(lv), e);
	if (!code)
		code = fresh_table(vg, lv, o, &t, e);
	if (!code)
		code = mapdev_live(s->name, uuid, &live, e);
	if (!code && !same_table(&t, &live))
		code = swap_table(s->name, uuid, &t, false, false, e);
	legs_remove_unused(vg, lv, NULL);
	table_free(&live);
	table_free(&t);
	return code;
}

/* ---- legs in use go elsewhere ---- */

static enum err_code swap_legs(struct plan *p, struct leg_swap *legs, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int c = 0; c < lv_num_legs(p->lv) && !code; c++) {
		const struct lv_leg *leg = &p->lv->leg[c];
		char *data = NULL;

		if (leg_in_use(p, c) && !(leg->flags & LEG_SPLIT))
			code = leg_make_swap(p->vg, p->lv, c, &data, &legs[leg->slot], e);
		if (!code)
			p->words[leg->slot] = table_leg_words(p->vg, p->lv, c, data);
		free(data);
	}
	return code;
}

static enum err_code run_swap(const struct plan *p, const struct table *t,
			      struct leg_swap *legs, const struct swap_act *a, struct err *e)
{
	struct swap_dev dev[1 + VY_MAX_SLOTS] = { { .name = p->s->name, .uuid = p->uuid,
						    .table = t } };
	unsigned int n = 1;

	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++)
		if (legs[slot].table.count)
			dev[n++] = (struct swap_dev){
				.name = legs[slot].name, .uuid = legs[slot].uuid,
				.table = &legs[slot].table, .internal = true
			};
	return swap_run(dev, n, a, e);
}

static enum err_code swap_set(const struct vg *vg, const struct vg_lv *lv,
			      const struct act_state *s, const struct swap_act *a,
			      struct err *e)
{
	static const struct act_opts none;
	struct leg_swap legs[VY_MAX_SLOTS];
	struct table t = { 0 };
	struct plan p;
	enum err_code code;
	char *params;

	memset(legs, 0, sizeof(legs));
	code = plan_begin(&p, vg, lv, s, &none, e);
	if (!code)
		code = swap_legs(&p, legs, e);
	if (!code) {
		params = plan_params(&p, !strcmp(s->status.action, "frozen"));
		if (params)
			table_add(&t, 0, vg_lv_sectors(vg, lv), table_target(lv), "%s", params);
		else
			code = not_understood(&p, e);
		free(params);
	}
	if (!code)
		code = run_swap(&p, &t, legs, a, e);
	legs_remove_unused(vg, lv, NULL);
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++)
		table_free(&legs[slot].table);
	table_free(&t);
	plan_end(&p);
	return code;
}

/* By the VG, a column moves that the kernel uses: it becomes a mirror, or that follows the VG. */
static enum err_code update_column(const struct vg *vg, const struct vg_lv *lv,
				   const struct act_opts *o, struct err *e)
{
	int move = lv->type == LV_RAID5 ? lv_pending_move(lv) : -1;
	struct vg_lv set, *of = &set;
	struct act_state s, column;
	enum err_code code;

	if (move < 0)
		return ERR_OK;
	lv_column_set(lv, lv->leg[move].serves, &set);
	code = act_lv_state(vg, lv, &s, e);
	if (!code)
		code = act_lv_state(vg, &set, &column, e);
	if (code || !strchr("MT", status_letter(&s.status, lv->leg[move].serves)))
		return code;
	if (column.mirrored)
		return live_update_together(vg, (const struct vg_lv *const *)&of, &column, 1, o, e);
	return swap_set(vg, lv, &s, NULL, e);
}

enum err_code live_update(const struct vg *vg, const struct vg_lv *lv,
			  const struct act_state *s, const struct act_opts *o, struct err *e)
{
	enum err_code code, column;

	if (s->read_only || vg->kind != VG_NATIVE || lv->child_of)
		return ERR_OK;
	if (lv->type == LV_LINEAR || !s->mirrored)
		return update_kind(vg, lv, s, o, e);
	code = live_update_together(vg, &lv, s, 1, o, e);
	column = update_column(vg, lv, o, code ? NULL : e);
	return code ? code : column;
}

enum err_code live_swap(const struct vg *vg, const struct vg_lv *lv, const struct act_state *s,
			const struct swap_act *a, struct err *e)
{
	struct swap_dev dev = { .name = s->name };
	char uuid[NAME_UUID_LEN];
	struct table t = { 0 };
	enum err_code code;

	if (lv->type != LV_LINEAR)
		return swap_set(vg, lv, s, a, e);
	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	table_linear(&t, vg, lv, 0);
	dev.uuid = uuid;
	dev.table = &t;
	code = swap_run(&dev, 1, a, e);
	legs_remove_unused(vg, lv, NULL);
	table_free(&t);
	return code;
}

/* ---- what was left suspended ---- */

/* Internal devices first: nothing above them runs, so each gets its table in passing. */
enum err_code live_rescue(const struct vg *vg, const struct vg_lv *lv, const struct act_state *s,
			  const struct act_opts *o, struct err *e)
{
	char uuid[NAME_UUID_LEN];
	struct table t = { 0 };
	struct judge j;
	enum err_code code;

	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	code = mapdev_clear(s->name, uuid, false, e);
	if (!code)
		code = judge_lv(vg, lv, 0, &j, e);
	if (!code)
		code = act_lv_table(vg, lv, &j, s->read_only, o, &t, e);
	if (!code)
		code = mapdev_load(s->name, uuid, &t, s->read_only, e);
	if (!code)
		code = mapdev_resume(s->name, uuid, false, e);
	table_free(&t);
	return code;
}
