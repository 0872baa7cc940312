// SPDX-License-Identifier: GPL-2.0
/* Moving LPs of a copy; see moving.h. */
#include <stdlib.h>
#include <string.h>
#include "moving.h"

/* Under which name act_lv_start() speaks: it has no place for an argument. */
static const char *speaker;

static void say(const char *text)
{
	cmd_say(speaker, text);
}

bool move_pending(const struct vg_lv *lv)
{
	return lv_pending_move(lv) >= 0;
}

static enum err_code need_active(const struct vg *vg, const struct vg_lv *lv, struct act_state *s,
				 struct err *e)
{
	enum err_code code = act_lv_state(vg, lv, s, e);

	if (!code && (!s->active || s->read_only))
		code = err_set(e, ERR_CONFLICT,
			       "%s/%s: is %s; nothing can be copied then: varyonvg %s first",
			       vg->name, lv->name, s->active ? "active read-only" : "not active",
			       vg->name);
	return code;
}

/* Where a column lies is its disks' matter as long as it is in use, and the others' else. */
static enum err_code need_column(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				 const struct act_state *s, struct err *e)
{
	if (lv->type != LV_RAID5 || strchr("MT", status_letter(&s->status, lv->leg[c].slot)))
		return ERR_OK;
	return err_set(e, ERR_CONFLICT,
		       "%s/%s: column %u is not in use, so there is nothing to move; if its PV cannot be brought back (varyonvg), replacepv makes it anew on another one",
		       vg->name, lv->name, c + 1);
}

/* The set that copies to leg temp of the LV, and which leg of it that is; room for a column's. */
static const struct vg_lv *moving_set(const struct vg_lv *lv, unsigned int temp,
				      struct vg_lv *room, unsigned int *leg)
{
	bool column = lv_column_set(lv, lv->leg[temp].serves, room);

	*leg = column ? 1 : temp;
	return column ? room : lv;
}

/* ---- step 1 ---- */

static enum err_code begin(struct vg *vg, struct vg_lv *lv, const struct move_what *m,
			   unsigned int *temp, struct err *e)
{
	struct lv_move_opts o = { .lps = &m->lp, .num_lps = 1 };
	struct vg_pv **pvs = NULL;
	enum err_code code;

	code = cmd_pvs(vg, m->to, &pvs, e);
	if (!code && m->from) {
		o.from = vg_pv_by_name(vg, m->from);
		if (!o.from)
			code = err_set(e, ERR_NOTFOUND, "%s: not a PV of VG %s", m->from, vg->name);
	}
	o.pvs = pvs;
	if (!code)
		code = lv_move_begin(vg, lv, m->copy, &o, temp, e);
	free(pvs);
	return code;
}

/* ---- step 3 ---- */

struct finish {
	struct vg *vg;
	char uuid[NAME_UUID_LEN];
	unsigned int slot;	/* of the leg that was filled; VY_MAX_SLOTS: none */
	const char *bad;	/* what to say when that has not everything */
	uint8_t *before;	/* the VG without this step */
};

static const char not_whole[] =
	"nothing is moved to where the PV has failed or has bad blocks; migratepv --undo gives the move up, then choose another PV";
static const char old_not_whole[] =
	"the old place has failed or has bad blocks, so that only the new one has everything; run the same migratepv without --undo to end the move, or replacepv to make the column anew";

/* What was in sync when we looked may have failed since; now nothing moves any more. */
static enum err_code check_and_commit(void *data, struct err *e)
{
	const struct finish *f = data;
	struct mirror_status st;
	enum err_code code = ERR_OK;

	if (f->slot < VY_MAX_SLOTS)
		code = act_uuid_status(f->uuid, &st, e);
	/* A spare block belongs to the leg that goes: what is in it would be lost. */
	if (!code && f->slot < VY_MAX_SLOTS &&
	    (status_letter(&st, f->slot) != 'M' || st.stale[f->slot] || st.relocated[f->slot]))
		code = err_set(e, ERR_IO, "%s: %s", f->vg->name, f->bad);
	return code ? code : vg_commit_whole(f->vg, f->before, e);
}

static enum err_code take_back(void *data, struct err *e)
{
	const struct finish *f = data;

	return vg_go_back(f->vg, f->before, e);
}

/* Leg temp of the LV, or of the set that a column is, is what must have everything. */
static void watched(struct finish *f, const struct vg_lv *lv, unsigned int temp)
{
	struct vg_lv room;
	unsigned int leg;
	const struct vg_lv *set = moving_set(lv, temp, &room, &leg);

	f->slot = set->leg[leg].slot;
	name_uuid(f->uuid, f->vg, set, NAME_NO_LEG);
}

static enum err_code finish(struct vg *vg, struct vg_lv *lv, unsigned int copy, unsigned int temp,
			    const struct vg_pv *leave, struct err *e)
{
	struct finish f = { .vg = vg, .slot = VY_MAX_SLOTS, .bad = not_whole,
			    .before = vg_image(vg) };
	const struct swap_act act = { .act = check_and_commit, .undo = take_back, .data = &f };
	enum err_code code;

	if (temp != LV_NO_MOVE)
		watched(&f, lv, temp);
	code = lv_move_finish(vg, lv, copy, temp, leave, e);
	if (!code)
		code = act_lv_swap(vg, lv, &act, e);
	free(f.before);
	return code;
}

/* ---- all of it ---- */

static enum err_code find(const struct progress *p, const char *name, struct vg_scan **scan,
			  struct vg **vg, struct vg_lv **lv, struct act_state *s, struct err *e)
{
	enum err_code code = cmd_find_lv(name, true, scan, vg, lv, e);

	if (code)
		return code;
	cmd_warn(p->command, *vg);
	return need_active(*vg, *lv, s, e);
}

/*
 * Steps 1 and, for a move that needs nothing copied, 3. m NULL: only take up
 * what is pending. *w: what to wait for; *waiting: that there is something.
 */
static enum err_code first_part(const struct progress *p, const char *name,
				const struct move_what *m, struct watch *w, bool *waiting,
				struct err *e)
{
	const struct act_opts act = { .say = say };
	unsigned int temp = LV_NO_MOVE;
	struct vg_scan *scan = NULL;
	const struct vg_lv *set;
	struct act_state s;
	enum err_code code;
	struct vg_lv *lv, room;
	unsigned int leg;
	struct vg *vg;
	bool pending;

	*waiting = false;
	code = find(p, name, &scan, &vg, &lv, &s, e);
	pending = !code && move_pending(lv);
	if (!code && pending)
		temp = (unsigned int)lv_pending_move(lv);
	else if (!code && m)
		code = begin(vg, lv, m, &temp, e);
	if (!code && temp == LV_NO_MOVE && m)
		code = finish(vg, lv, m->copy, temp, vg_pv_by_name(vg, m->from), e);
	if (!code && temp != LV_NO_MOVE)
		code = need_column(vg, lv, lv->leg[temp].serves, &s, e);
	if (!code && temp != LV_NO_MOVE) {
		if (!pending)
			code = vg_commit(vg, e);
		speaker = p->command;
		if (!code)
			code = act_lv_start(vg, lv, &act, e);
		if (!code) {
			set = moving_set(lv, temp, &room, &leg);
			watch_copy(w, vg, set, leg);
			*waiting = true;
		}
		cmd_warn(p->command, vg);
	}
	vg_scan_free(scan);
	return code;
}

static enum err_code last_part(const struct progress *p, const char *name, const char *from,
			       struct err *e)
{
	struct vg_scan *scan = NULL;
	struct act_state s;
	enum err_code code;
	struct vg_lv *lv;
	struct vg *vg;
	int temp;

	code = find(p, name, &scan, &vg, &lv, &s, e);
	if (!code) {
		temp = lv_pending_move(lv);
		if (temp >= 0)
			code = finish(vg, lv, lv->leg[temp].serves, (unsigned int)temp,
				      from ? vg_pv_by_name(vg, from) : NULL, e);
		cmd_warn(p->command, vg);
	}
	vg_scan_free(scan);
	return code;
}

static enum err_code run(const struct progress *p, const char *name, const struct move_what *m,
			 struct err *e)
{
	struct watch w = { 0 };
	enum err_code code;
	bool waiting;

	code = first_part(p, name, m, &w, &waiting, e);
	if (!code && waiting) {
		code = progress_sync(p, &w, e);
		if (!code)
			code = last_part(p, name, m ? m->from : NULL, e);
	}
	watch_free(&w);
	return code;
}

/* The column goes on at its old place, which must have everything. */
static enum err_code undo_column(struct vg *vg, struct vg_lv *lv, unsigned int temp,
				 const struct act_state *s, struct err *e)
{
	struct finish f = { .vg = vg, .slot = VY_MAX_SLOTS, .bad = old_not_whole,
			    .before = vg_image(vg) };
	const struct swap_act act = { .act = check_and_commit, .undo = take_back, .data = &f };
	struct act_state column;
	struct vg_lv set;
	enum err_code code;

	code = need_column(vg, lv, lv->leg[temp].serves, s, e);
	lv_column_set(lv, lv->leg[temp].serves, &set);
	if (!code)
		code = act_lv_state(vg, &set, &column, e);
	/* Cut short before it began, the move has nothing to look after. */
	if (!code && column.mirrored) {
		watched(&f, lv, temp);
		f.slot = 0;
	}
	if (!code)
		code = lv_move_undo(vg, lv, temp, e);
	if (!code)
		code = act_lv_swap(vg, lv, &act, e);
	free(f.before);
	return code;
}

static enum err_code undo_copy(struct vg *vg, struct vg_lv *lv, unsigned int temp,
			       const struct act_state *s, struct err *e)
{
	const struct act_opts act = { .say = say };
	enum err_code code = lv_move_undo(vg, lv, temp, e);

	if (!code && s->active)
		code = act_lv_start(vg, lv, &act, e);
	return code ? code : vg_commit(vg, e);
}

enum err_code move_undo(const struct progress *p, const char *name, struct err *e)
{
	struct vg_scan *scan = NULL;
	struct act_state s;
	enum err_code code;
	struct vg_lv *lv;
	struct vg *vg;
	int temp;

	speaker = p->command;
	code = cmd_find_lv(name, true, &scan, &vg, &lv, e);
	if (!code) {
		cmd_warn(p->command, vg);
		code = act_lv_state(vg, lv, &s, e);
	}
	temp = code ? -1 : lv_pending_move(lv);
	if (temp >= 0 && lv->type == LV_RAID5)
		code = need_active(vg, lv, &s, e);
	if (temp >= 0 && !code) {
		code = (lv->type == LV_RAID5 ? undo_column : undo_copy)
			(vg, lv, (unsigned int)temp, &s, e);
		cmd_warn(p->command, vg);
	}
	vg_scan_free(scan);
	return code;
}

enum err_code move_go_on(const struct progress *p, const char *lv, struct err *e)
{
	return run(p, lv, NULL, e);
}

enum err_code move_copy(const struct progress *p, const struct move_what *m, struct err *e)
{
	enum err_code code = move_go_on(p, m->lv, e);

	return code ? code : run(p, m->lv, m, e);
}
