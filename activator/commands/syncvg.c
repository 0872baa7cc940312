// SPDX-License-Identifier: GPL-2.0
/*
 * syncvg: bring copies in sync and wait for it. Whatever an interrupted command
 * has left is ended on the way: legs that the kernel does not have yet, moves
 * that are pending. With --check the copies are compared, with --repair made
 * equal, while the LVs are in use.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "moving.h"

enum { OPT_PROGRESS = OPT_LONG_ONLY, OPT_CHECK, OPT_REPAIR, OPT_MIN, OPT_MAX };

static const struct opt opts[] = {
	{ 'l', "lv", NULL, "names are of LVs" },
	{ 'p', "pv", NULL, "names are of PVs: LVs with a copy there" },
	{ 'v', "vg", NULL, "names are of VGs" },
	{ 'f', "force", NULL, "compare all copies and make them equal, as --repair" },
	{ 'i', "stdin", NULL, "read further names from standard input" },
	{ OPT_CHECK, "check", NULL, "compare the copies and count the differences" },
	{ OPT_REPAIR, "repair", NULL, "compare the copies and make them equal" },
	{ OPT_MIN, "min", "KIB/S", "copy at least so fast, whatever else goes on; 0: no bound" },
	{ OPT_MAX, "max", "KIB/S", "copy at most so fast; 0: no bound" },
	{ OPT_PROGRESS, "progress", NULL, "say how far it is" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"syncvg", "NAME...", "Bring the copies of logical volumes in sync.", opts, 0, -1
};

struct flags {
	int kind;			/* 'l', 'p', 'v' */
	const char *check;		/* message: "check", "repair"; NULL: sync only */
	bool speed;
	uint64_t min, max;
	bool json;
	struct progress p;
};

static void say(const char *text)
{
	cmd_say("syncvg", text);
}

/* ---- which LVs ---- */

struct names {
	char **name;
	unsigned int count;
};

static void names_add(struct names *n, const char *name)
{
	for (unsigned int i = 0; i < n->count; i++)
		if (!strcmp(n->name[i], name))
			return;
	n->name = xrealloc(n->name, (n->count + 1) * sizeof(*n->name));
	n->name[n->count++] = xstrdup(name);
}

static void names_free(struct names *n)
{
	for (unsigned int i = 0; i < n->count; i++)
		free(n->name[i]);
	free(n->name);
}

static void add_lv(struct names *n, const struct vg *vg, const struct vg_lv *lv)
{
	char *name = xprintf("%s/%s", vg->name, lv->name);

	names_add(n, name);
	free(name);
}

/* The redundant LVs of a VG that are active, or with pv: that have a leg there. */
static void add_vg(struct names *n, const struct vg *vg, const struct vg_pv *pv)
{
	for (unsigned int i = 1; i <= VG_MAX_LV; i++) {
		const struct vg_lv *lv = vg->lv[i];
		struct act_state s;
		bool there = !pv;

		if (!lv || lv->hidden || lv->type == LV_LINEAR || lv->child_of ||
		    act_lv_state(vg, lv, &s, NULL) || !s.active)
			continue;
		for (unsigned int c = 0; c < lv->copies; c++)
			there |= pv && lv_copy_on(lv, c, pv);
		if (there)
			add_lv(n, vg, lv);
	}
}

static enum err_code add_name(struct names *n, int kind, const char *name, struct err *e)
{
	struct vg_scan *scan = NULL;
	struct vg_pv *pv = NULL;
	enum err_code code;
	struct vg_lv *lv;
	struct vg *vg;

	if (kind == 'l')
		code = cmd_find_lv(name, false, &scan, &vg, &lv, e);
	else if (kind == 'p')
		code = cmd_find_pv(name, false, &scan, &vg, &pv, e);
	else
		code = cmd_find_vg(name, false, &scan, &vg, e);
	if (!code && kind == 'l')
		add_lv(n, vg, lv);
	else if (!code && !act_vg_is_on(vg))
		code = err_set(e, ERR_CONFLICT, "%s: is not varied on; varyonvg %s first",
			       vg->name, vg->name);
	else if (!code)
		add_vg(n, vg, pv);
	vg_scan_free(scan);
	return code;
}

/* ---- one LV ---- */

/* The kernel follows the VG, and goes on where it was held. */
static enum err_code start(const struct flags *f, const char *name, struct watch *w,
			   bool *pending, struct err *e)
{
	const struct act_opts act = { .say = say, .set_speed = f->speed, .resync_min = f->min,
				      .resync_max = f->max };
	struct vg_scan *scan = NULL;
	struct act_state s;
	enum err_code code;
	struct vg_lv *lv;
	struct vg *vg;

	*pending = false;
	code = cmd_find_lv(name, true, &scan, &vg, &lv, e);
	if (!code) {
		cmd_warn("syncvg", vg);
		code = act_lv_state(vg, lv, &s, e);
	}
	if (!code && lv->type == LV_LINEAR)
		code = err_set(e, ERR_USAGE, "%s: the LV is not redundant", name);
	if (!code && (!s.active || s.read_only))
		code = err_set(e, ERR_CONFLICT, "%s: is %s; varyonvg %s first", name,
			       s.active ? "active read-only" : "not active", vg->name);
	if (!code)
		code = act_lv_start(vg, lv, &act, e);
	if (!code) {
		*pending = move_pending(lv);
		watch_lv(w, vg, lv);
	}
	vg_scan_free(scan);
	return code;
}

static enum err_code send(const char *name, const char *message, struct err *e)
{
	struct vg_scan *scan = NULL;
	enum err_code code;
	struct vg_lv *lv;
	struct vg *vg;
	char *answer;

	code = cmd_find_lv(name, false, &scan, &vg, &lv, e);
	if (!code)
		code = act_lv_message(vg, lv, message, &answer, e);
	if (!code)
		free(answer);
	vg_scan_free(scan);
	return code;
}

/* Differences that are there still are an error, so that scripts see them. */
static enum err_code compare(const struct flags *f, const char *name, const struct watch *w,
			     struct err *e)
{
	uint64_t found;
	enum err_code code = send(name, f->check, e);
	bool repaired = !strcmp(f->check, "repair");

	if (!code)
		code = progress_check(&f->p, w, &found, e);
	if (code)
		return code;
	if (f->json) {
		struct rec *r = rec_new();

		rec_str(r, "lv", name);
		rec_str(r, "action", f->check);
		rec_num(r, "mismatches", found);
		rec_print_json_line(r);
		rec_free(r);
	} else {
		printf("%s: %" PRIu64 " sectors %s\n", name, found,
		       repaired ? "were not equal and have been made so" : "are not equal");
	}
	return !found || repaired ? ERR_OK :
	       err_set(e, ERR_FAILED,
		       "%s: they differ; what was never written may, anything else tells of a faulty disk: syncvg --repair makes them agree",
		       name);
}

static bool is_redundant(const char *name)
{
	struct vg_scan *scan = NULL;
	struct vg_lv *lv;
	struct vg *vg;
	bool redundant;

	redundant = !cmd_find_lv(name, false, &scan, &vg, &lv, NULL) && lv->type != LV_LINEAR;
	vg_scan_free(scan);
	return redundant;
}

static enum err_code sync_lv(const struct flags *f, const char *name, struct err *e)
{
	struct watch w = { 0 };
	enum err_code code;
	bool pending;

	code = start(f, name, &w, &pending, e);
	if (!code && pending) {
		watch_free(&w);
		code = move_go_on(&f->p, name, e);
		if (!code && !is_redundant(name))
			return ERR_OK;	/* it was one for the time of the move only */
		if (!code)
			code = start(f, name, &w, &pending, e);
	}
	if (!code)
		code = progress_sync(&f->p, &w, e);
	if (!code && f->check)
		code = compare(f, name, &w, e);
	watch_free(&w);
	return code;
}

/* Every LV is tried; the first error is returned, later ones are told at once. */
static enum err_code sync_all(const struct flags *f, const struct names *n, struct err *e)
{
	for (unsigned int i = 0; i < n->count; i++) {
		struct err one = { 0 };

		if (!sync_lv(f, n->name[i], &one))
			continue;
		if (!e->code)
			err_set(e, one.code, "%s", one.text);
		else
			say(one.text);
	}
	return e->code;
}

static int set_bound(const struct opt_iter *it, uint64_t *n, struct flags *f, const char *name)
{
	if (!text_num(it->arg, UINT32_MAX, n))
		return opt_usage(&spec, "--%s %s: not a number of KiB/s", name, it->arg);
	f->speed = true;
	return ERR_OK;
}

/* -1: go on, else the exit status. */
static int parse(struct opt_iter *it, int argc, char **argv, struct flags *f, bool *more)
{
	int c, status = ERR_OK;

	while ((c = opt_next(it, &spec, argc, argv)) > 0) {
		switch (c) {
		case 'l':
		case 'p':
		case 'v':
			if (f->kind && f->kind != c)
				return opt_usage(&spec, "-l, -p and -v exclude each other");
			f->kind = c;
			break;
		case 'i':
			*more = true;
			break;
		case 'f':
		case OPT_REPAIR:
			f->check = "repair";
			break;
		case OPT_CHECK:
			f->check = f->check ? f->check : "check";
			break;
		case OPT_MIN:
			status = set_bound(it, &f->min, f, "min");
			break;
		case OPT_MAX:
			status = set_bound(it, &f->max, f, "max");
			break;
		case OPT_PROGRESS:
			f->p.show = true;
			break;
		case OPT_JSON:
			f->json = true;
			break;
		}
		if (status)
			return status;
	}
	if (c < 0)
		return it->status;
	if (!f->kind)
		return opt_usage(&spec, "say what the names are: -l, -p or -v");
	if (!it->num_operands && !*more)
		return opt_usage(&spec, "missing operand NAME");
	if (f->max && f->min > f->max)
		return opt_usage(&spec, "--min is more than --max");
	return -1;
}

int cmd_syncvg(int argc, char **argv)
{
	struct flags f = { .p = { .command = "syncvg",
				  .again = "the kernel goes on by itself; the same command waits for it" } };
	struct names n = { 0 };
	struct err e = { 0 };
	struct opt_iter it;
	bool more = false;
	char word[256];
	int status;

	status = parse(&it, argc, argv, &f, &more);
	if (status >= 0)
		return status;
	status = ERR_OK;
	f.p.json = f.p.show && f.json;
	for (int i = 0; i < it.num_operands && !status; i++)
		status = add_name(&n, f.kind, it.operands[i], &e);
	while (more && !status && scanf("%255s", word) == 1)
		status = add_name(&n, f.kind, word, &e);
	if (!status)
		status = sync_all(&f, &n, &e);
	names_free(&n);
	return status ? cmd_fail("syncvg", &e, f.json) : ERR_OK;
}
