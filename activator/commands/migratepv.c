// SPDX-License-Identifier: GPL-2.0
/*
 * migratepv: move what lies on a PV to other PVs, LV by LV, while the LVs are
 * in use. What has been moved has been moved: after an interruption or a crash
 * the same command does the rest.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "moving.h"

enum { OPT_PROGRESS = OPT_LONG_ONLY, OPT_UNDO };

static const struct opt opts[] = {
	{ 'l', "lv", "LV", "only what belongs to this LV" },
	{ 'i', "stdin", NULL, "read further names of destinations from standard input" },
	{ OPT_UNDO, "undo", NULL, "give up moves that were begun and are not at their end" },
	{ OPT_PROGRESS, "progress", NULL, "say how far it is" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"migratepv", "SOURCE-PV [DESTINATION-PV...]",
	"Move the logical volumes on a physical volume to others, while they are in use.", opts,
	1, -1
};

struct todo {			/* copies to move, as long as nothing is locked */
	char **lv;		/* VG/LV */
	unsigned int *copy;
	unsigned int count;
	char *from;		/* PVID of the source: names of devices may change */
};

static void todo_free(struct todo *t)
{
	for (unsigned int i = 0; i < t->count; i++)
		free(t->lv[i]);
	free(t->lv);
	free(t->copy);
	free(t->from);
}

static void todo_add(struct todo *t, const struct vg *vg, const struct vg_lv *lv,
		     unsigned int copy)
{
	t->lv = xrealloc(t->lv, (t->count + 1) * sizeof(*t->lv));
	t->copy = xrealloc(t->copy, (t->count + 1) * sizeof(*t->copy));
	t->lv[t->count] = xprintf("%s/%s", vg->name, lv->name);
	t->copy[t->count++] = copy;
}

/* The copies of an LV on the source; a pending move comes along with its copy. */
static void list_lv(struct todo *t, const struct vg *vg, const struct vg_lv *lv,
		    const struct vg_pv *pv)
{
	for (unsigned int c = 0; c < lv->copies; c++)
		if (!(lv->leg[c].flags & LEG_MOVE) &&
		    (lv_copy_on(lv, c, pv) || lv_move_of(lv, c) >= 0))
			todo_add(t, vg, lv, c);
}

static enum err_code check_source(const struct vg *vg, const struct vg_pv *pv, struct err *e)
{
	char label[64];

	if (pv->io)
		return ERR_OK;
	return err_set(e, ERR_NOTFOUND,
		       "%s: PV %s is missing, nothing can be read from it; replacepv makes its copies anew on another PV",
		       vg->name, vg_pv_label(pv, label));
}

static enum err_code list(const char *source, const char *only, struct todo *t, struct err *e)
{
	struct vg_scan *scan = NULL;
	struct vg_pv *pv;
	enum err_code code;
	struct vg_lv *lv;
	struct vg *vg, *lv_vg;
	bool any = false;

	memset(t, 0, sizeof(*t));
	code = cmd_find_pv(source, false, &scan, &vg, &pv, e);
	if (!code)
		code = check_source(vg, pv, e);
	if (!code && only) {
		code = cmd_scan_lv(scan, only, false, &lv_vg, &lv, e);
		if (!code && lv_vg != vg)
			code = err_set(e, ERR_USAGE, "%s: is not an LV of VG %s, which %s belongs to",
				       only, vg->name, source);
	}
	if (!code) {
		t->from = xalloc(17);
		text_hex(t->from, pv->id.b, 8);
		for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
			if (!vg->lv[n] || vg->lv[n]->hidden || (only && vg->lv[n] != lv))
				continue;
			list_lv(t, vg, vg->lv[n], pv);
			any = true;
		}
		if (!any || !t->count)
			code = err_set(e, ERR_NOTFOUND, "%s: nothing%s%s lies on it", source,
				       only ? " of " : "", only ? only : "");
	}
	vg_scan_free(scan);
	return code;
}

/* Still on the source? A move that was pending may have done all there was. */
static bool still_there(const struct todo *t, unsigned int i)
{
	struct vg_scan *scan = NULL;
	struct vg_pv *pv;
	struct vg_lv *lv;
	struct vg *vg;
	bool there;

	there = !cmd_find_lv(t->lv[i], false, &scan, &vg, &lv, NULL) &&
		(pv = vg_pv_by_name(vg, t->from)) && t->copy[i] < lv->copies &&
		lv_copy_on(lv, t->copy[i], pv);
	vg_scan_free(scan);
	return there;
}

static enum err_code move_all(const struct progress *p, const struct todo *t, char **to,
			      struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int i = 0; i < t->count && !code; i++) {
		const struct move_what m = { .lv = t->lv[i], .copy = t->copy[i], .from = t->from,
					     .to = to };

		code = move_go_on(p, t->lv[i], e);
		if (!code && still_there(t, i))
			code = move_copy(p, &m, e);
	}
	return code;
}

static enum err_code undo_all(const struct progress *p, const struct todo *t, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int i = 0; i < t->count && !code; i++)
		code = move_undo(p, t->lv[i], e);
	return code;
}

/* The operands behind the source, and with -i the words of standard input. */
static char **destinations(char **operands, bool more)
{
	unsigned int n = 0;
	char word[256], **to;

	while (operands[n])
		n++;
	to = xalloc((n + 1) * sizeof(*to));
	for (unsigned int i = 0; i < n; i++)
		to[i] = xstrdup(operands[i]);
	while (more && scanf("%255s", word) == 1) {
		to = xrealloc(to, (n + 2) * sizeof(*to));
		to[n++] = xstrdup(word);
		to[n] = NULL;
	}
	return to;
}

int cmd_migratepv(int argc, char **argv)
{
	struct progress p = { .command = "migratepv",
			      .again = "run the same command again to go on, or syncvg to end this LV" };
	const char *only = NULL;
	struct err e = { 0 };
	bool more = false, json = false, undo = false;
	struct opt_iter it;
	struct todo t;
	char **to;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		switch (c) {
		case 'l':
			only = it.arg;
			break;
		case 'i':
			more = true;
			break;
		case OPT_UNDO:
			undo = true;
			break;
		case OPT_PROGRESS:
			p.show = true;
			break;
		case OPT_JSON:
			json = true;
			break;
		}
	}
	if (c < 0)
		return it.status;
	p.json = p.show && json;
	to = destinations(it.operands + 1, more);
	status = list(it.operands[0], only, &t, &e);
	if (!status)
		status = undo ? undo_all(&p, &t, &e) : move_all(&p, &t, to, &e);
	todo_free(&t);
	for (unsigned int i = 0; to[i]; i++)
		free(to[i]);
	free(to);
	return status ? cmd_fail("migratepv", &e, json) : ERR_OK;
}
