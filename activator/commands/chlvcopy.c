// SPDX-License-Identifier: GPL-2.0
/*
 * chlvcopy: split copies off a mirrored LV, each as a device of its own that
 * holds what the LV held at one moment, and take them back: either what the
 * volume has changed goes to the copy, or what the copy holds to the volume.
 *
 * The metadata always comes first: an interrupted command is carried through
 * by the next activation, whichever side is activated.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "copystate.h"

enum { OPT_RESTORE = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ 'b', "split", NULL, "split copies off, for a backup" },
	{ 'B', "return", NULL, "take split copies back" },
	{ 'c', "copy", "N", "split copy N; may be repeated (default: the last one in sync)" },
	{ 'f', "force", NULL, "also with copies that are not in sync, or of no use; with --restore also while in use" },
	{ 'l', "name", "LV", "name of the split copy; one for each -c" },
	{ 'P', "persistent", NULL, "taken and ignored: split copies always outlive a reboot" },
	{ OPT_RESTORE, "restore", NULL, "with -B: the volume gets what the copy holds" },
	{ 's', "sync", NULL, "taken and ignored: copying always starts at once" },
	{ 'w', "writable", NULL, "the split copy may be written" },
	{ 0 }
};

static const struct opt_spec spec = {
	"chlvcopy", "LV|VG/LV [SPLIT-LV...]",
	"Split copies off a mirrored logical volume while it is in use (-b), and take them back (-B).",
	opts, 1, 1 + VG_MAX_COPIES
};

struct flags {
	bool split, back, force, writable, restore;
	unsigned int copy[VG_MAX_COPIES], num_copies;	/* 0-based */
	const char *name[VG_MAX_COPIES];
	unsigned int num_names;
};

static void say(const char *text)
{
	cmd_say("chlvcopy", text);
}

static const struct act_opts act = { .say = say };

/* ---- splitting ---- */

static enum err_code choose_copies(const struct vg *vg, const struct vg_lv *lv,
				   const struct flags *f, const struct act_state *s,
				   const struct judge *j, unsigned int *mask, struct err *e)
{
	*mask = 0;
	for (unsigned int i = 0; i < f->num_copies; i++) {
		if (f->copy[i] >= lv->copies)
			return err_set(e, ERR_USAGE, "%s/%s: has no copy %u", vg->name, lv->name,
				       f->copy[i] + 1);
		*mask |= 1u << f->copy[i];
	}
	for (unsigned int c = lv->copies; !f->num_copies && !*mask && c-- > 0;)
		if (!copy_is_away(lv, c) && (f->force ? copy_is_whole : copy_in_sync)(lv, c, s, j))
			*mask = 1u << c;
	if (!*mask)
		return err_set(e, ERR_FAILED,
			       "%s/%s: no copy is in sync and not split off already; varyon status %s shows how they stand",
			       vg->name, lv->name, vg->name);
	return ERR_OK;
}

static enum err_code check_split(const struct vg *vg, const struct vg_lv *lv,
				 const struct flags *f, const struct act_state *s,
				 const struct judge *j, unsigned int mask, struct err *e)
{
	for (unsigned int c = 0; c < lv->copies; c++) {
		if (!(mask & 1u << c))
			continue;
		if (copy_is_away(lv, c))
			return err_set(e, ERR_CONFLICT, "%s/%s: copy %u is %s", vg->name, lv->name,
				       c + 1, lv->leg[c].flags & LEG_SPLIT ?
				       "split off already" : "a partial one: it cannot stand alone");
		/* One that is being brought up to date holds no moment of the volume at all. */
		if (!copy_is_whole(lv, c, s, j))
			return err_set(e, ERR_FAILED,
				       "%s/%s: copy %u is missing or not in sync: it holds no moment of the volume; wait for it (varyon status %s) or split another one",
				       vg->name, lv->name, c + 1, vg->name);
		if (!f->force && !copy_in_sync(lv, c, s, j))
			return err_set(e, ERR_FAILED,
				       "%s/%s: copy %u has places that could not be written; split another one, or use -f and know that these places are bad",
				       vg->name, lv->name, c + 1);
	}
	return copy_check_stay(vg, lv, mask, f->force, s, j, e);
}

/* The LV as AIX names it: the parent's name, "copy" and the number of the copy. */
static const char *child_name(const struct vg_lv *lv, const struct flags *f, unsigned int i,
			      unsigned int c, char buf[LV_NAME_MAX + 16])
{
	if (i < f->num_names)
		return f->name[i];
	snprintf(buf, LV_NAME_MAX + 16, "%scopy%02u", lv->name, c + 1);
	return buf;
}

/* Undo in the metadata what the kernel did not follow. */
static void take_back(struct vg *vg, struct vg_lv *lv, struct vg_lv **child, unsigned int n)
{
	struct err e = { 0 };
	enum err_code code = ERR_OK;

	for (unsigned int i = 0; i < n && !code; i++)
		code = lv_split_return(vg, child[i], false, &e);
	if (!code) {
		lv_split_done(lv);
		code = vg_commit(vg, &e);
	}
	if (code)
		cmd_say("chlvcopy", e.text);
}

static enum err_code split_off(struct vg *vg, struct vg_lv *lv, const struct flags *f,
			       struct err *e)
{
	struct vg_lv *child[VG_MAX_COPIES];
	unsigned int mask = 0, n = 0;
	uint8_t slots = 0;
	struct act_state s;
	enum err_code code;
	struct judge j;

	if (lv->type != LV_MIRROR || lv->child_of)
		return err_set(e, ERR_USAGE, "%s/%s: %s", vg->name, lv->name, lv->child_of ?
			       "is a split copy itself" : "the LV is not mirrored");
	code = judge_lv(vg, lv, 0, &j, e);
	if (!code)
		code = cmd_live_state(vg, lv, &s, e);
	if (!code)
		code = choose_copies(vg, lv, f, &s, &j, &mask, e);
	if (!code)
		code = check_split(vg, lv, f, &s, &j, mask, e);
	for (unsigned int c = 0; c < lv->copies && !code; c++) {
		char buf[LV_NAME_MAX + 16];

		if (!(mask & 1u << c))
			continue;
		code = lv_split_begin(vg, lv, c, child_name(lv, f, n, c, buf), f->writable,
				      &child[n], e);
		slots |= 1u << lv->leg[c].slot;
		n++;
	}
	if (!code)
		code = vg_commit(vg, e);
	if (code)
		return code;
	code = cmd_let_go("chlvcopy", vg, lv, &act, slots, e);
	if (code) {
		take_back(vg, lv, child, n);
		return code;
	}
	for (unsigned int i = 0; i < n && !code; i++) {
		if (cmd_vg_live(vg))
			code = act_lv_start(vg, child[i], &act, e);
		puts(child[i]->name);
	}
	return code;
}

/* ---- taking back ---- */

/* The split copies to take back: those named, else all of the LV. */
static enum err_code find_children(struct vg *vg, const struct vg_lv *lv, char **names,
				   unsigned int *mask, struct err *e)
{
	*mask = 0;
	for (unsigned int n = 1; n <= VG_MAX_LV && !names[0]; n++)
		if (vg->lv[n] && vg->lv[n]->child_of == lv->num)
			*mask |= 1u << vg->lv[n]->child_copy;
	for (; *names; names++) {
		const char *slash = strrchr(*names, '/');
		const struct vg_lv *child = vg_lv_by_name(vg, slash ? slash + 1 : *names);

		if (!child || child->child_of != lv->num)
			return err_set(e, ERR_NOTFOUND, "%s: is no split copy of %s/%s; lsvg -l %s lists them",
				       *names, vg->name, lv->name, vg->name);
		*mask |= 1u << child->child_copy;
	}
	if (!*mask)
		return err_set(e, ERR_NOTFOUND, "%s/%s: no copy of it is split off", vg->name,
			       lv->name);
	return ERR_OK;
}

/* What the volume holds goes: nobody may have it in use unknowingly. */
static enum err_code check_restore(const struct vg *vg, const struct vg_lv *lv,
				   const struct flags *f, unsigned int mask, struct err *e)
{
	struct act_state s;
	enum err_code code = act_lv_state(vg, lv, &s, e);

	if (code)
		return code;
	if (mask & (mask - 1))
		return err_set(e, ERR_USAGE,
			       "%s/%s: more than one copy is split off; name the one to restore from",
			       vg->name, lv->name);
	if (s.open && !f->force)
		return err_set(e, ERR_CONFLICT,
			       "%s/%s: is open (/dev/mapper/%s), and its contents would change under whoever has it: unmount it first; with -f it is done all the same, and a mounted file system is damaged",
			       vg->name, lv->name, s.name);
	return ERR_OK;
}

/*
 * What the split copies hold is given up. It may be all that is left of the
 * volume; only when it is none of use either, force gives it up.
 */
static enum err_code check_give_up(const struct vg *vg, const struct vg_lv *lv,
				   const struct flags *f, unsigned int mask, struct err *e)
{
	struct err own = { 0 };

	if (!copy_check_own(vg, lv, &own))
		return ERR_OK;
	for (unsigned int c = 0; c < lv->copies; c++) {
		const struct vg_lv *child = lv_child(vg, lv, c);
		struct judge j;

		if (!(mask & 1u << c) || judge_lv(vg, child, 0, &j, NULL))
			continue;
		return err_set(e, own.code,
			       "%s; %s/%s is whole, and is not given up: 'chlvcopy -B --restore %s/%s' makes it what the volume holds",
			       own.text, vg->name, child->name, vg->name, child->name);
	}
	if (f->force)
		return ERR_OK;
	return err_set(e, own.code,
		       "%s; the split copy cannot be used either: with -f it is given up all the same",
		       own.text);
}

static enum err_code bring_back(struct vg *vg, struct vg_lv *lv, const struct flags *f,
				char **names, struct err *e)
{
	unsigned int mask = 0;
	struct act_state s;
	enum err_code code;
	struct judge j;

	code = find_children(vg, lv, names, &mask, e);
	if (!code)
		code = cmd_live_state(vg, lv, &s, e);
	if (!code && f->restore)
		code = check_restore(vg, lv, f, mask, e);
	else if (!code)
		code = check_give_up(vg, lv, f, mask, e);
	/* Whether all can be closed is known before the first is. */
	for (unsigned int c = 0; c < lv->copies && !code; c++) {
		if (!(mask & 1u << c))
			continue;
		code = act_lv_state(vg, lv_child(vg, lv, c), &s, e);
		if (!code && s.open)
			code = err_set(e, ERR_CONFLICT,
				       "%s/%s: the split copy is open (/dev/mapper/%s): unmount it, or end what uses it",
				       vg->name, lv_child(vg, lv, c)->name, s.name);
		/* The copy that leads must be here, whole, and able to. */
		if (!code && f->restore)
			code = judge_lv(vg, lv_child(vg, lv, c), 0, &j, e);
	}
	for (unsigned int c = 0; c < lv->copies && !code; c++) {
		if (!(mask & 1u << c))
			continue;
		code = act_lv_stop(vg, lv_child(vg, lv, c), e);
		if (!code)
			code = lv_split_return(vg, lv_child(vg, lv, c), f->restore, e);
	}
	if (!code)
		code = vg_commit(vg, e);
	if (!code)
		code = act_lv_state(vg, lv, &s, e);
	if (code || !s.active)
		return code;
	/* What is wrong with another copy does not keep this one out. */
	code = act_lv_start(vg, lv, &act, e);
	cmd_settle(vg, e);
	return code ? code : e->code;
}

/* ---- */

/* A split copy may stand for its LV: what it is a copy of is what changes. */
static enum err_code run(const struct flags *f, char **operands, struct err *e)
{
	char *only[] = { NULL, NULL };
	struct vg_scan *scan = NULL;
	struct vg_lv *lv;
	struct vg *vg;
	enum err_code code;

	code = cmd_find_lv(operands[0], true, &scan, &vg, &lv, e);
	if (!code) {
		cmd_warn("chlvcopy", vg);
		if (f->back && lv->child_of && !operands[1]) {
			only[0] = lv->name;
			code = bring_back(vg, vg->lv[lv->child_of], f, only, e);
		} else if (f->back) {
			code = bring_back(vg, lv, f, operands + 1, e);
		} else {
			code = split_off(vg, lv, f, e);
		}
		cmd_warn("chlvcopy", vg);
	}
	vg_scan_free(scan);
	return code;
}

static int add_copy(struct flags *f, const char *arg)
{
	uint64_t n;

	if (!text_num(arg, VG_MAX_COPIES, &n) || !n)
		return opt_usage(&spec, "-c %s: not the number of a copy, 1 to %d", arg,
				 VG_MAX_COPIES);
	for (unsigned int i = 0; i < f->num_copies; i++)
		if (f->copy[i] == n - 1)
			return opt_usage(&spec, "-c %s: given twice", arg);
	f->copy[f->num_copies++] = n - 1;
	return ERR_OK;
}

static int check_flags(const struct flags *f, const struct opt_iter *it)
{
	if (f->split == f->back)
		return opt_usage(&spec, "say either -b or -B");
	if (f->back && (f->num_copies || f->num_names || f->writable))
		return opt_usage(&spec, "-c, -l and -w go with -b");
	if (f->split && (f->restore || it->num_operands > 1))
		return opt_usage(&spec, "--restore and split copies to name go with -B");
	if (f->num_names > 1 && f->num_names != f->num_copies)
		return opt_usage(&spec, "-l: one name for each -c");
	if (f->num_names == 1 && f->num_copies > 1)
		return opt_usage(&spec, "-l: one name for each -c");
	return ERR_OK;
}

int cmd_chlvcopy(int argc, char **argv)
{
	struct flags f = { 0 };
	struct err e = { 0 };
	struct opt_iter it;
	int c, status = ERR_OK;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		switch (c) {
		case 'b':
			f.split = true;
			break;
		case 'B':
			f.back = true;
			break;
		case 'c':
			status = add_copy(&f, it.arg);
			break;
		case 'f':
			f.force = true;
			break;
		case 'l':
			if (f.num_names == VG_MAX_COPIES)
				return opt_usage(&spec, "-l: more names than copies");
			f.name[f.num_names++] = it.arg;
			break;
		case 'w':
			f.writable = true;
			break;
		case OPT_RESTORE:
			f.restore = true;
			break;
		}
		if (status)
			return status;
	}
	if (c < 0)
		return it.status;
	status = check_flags(&f, &it);
	if (status)
		return status;
	status = run(&f, it.operands, &e);
	return status ? cmd_fail("chlvcopy", &e, false) : ERR_OK;
}
