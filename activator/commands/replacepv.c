// SPDX-License-Identifier: GPL-2.0
/*
 * replacepv: everything that a PV holds goes to another one, which takes its
 * place in the VG. From a PV that can be read it is moved. Of one that is gone,
 * or holds one copy of three, the copies are made anew from the others; so is
 * a column of RAID5 always.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "moving.h"
#include "renew.h"

enum { OPT_PROGRESS = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ 'f', "force", NULL, "also a destination that holds something already" },
	{ OPT_PROGRESS, "progress", NULL, "say how far it is" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"replacepv", "SOURCE-PV|PVID DESTINATION",
	"Replace a physical volume, here or gone, by another device.", opts, 2, 2
};

static const struct act_opts act;

/* PVs by their PVID: names of devices may change while nothing is locked. */
struct job {
	struct progress p;
	char from[17], to[17];
	bool gone;			/* the source cannot be read */
};

/* ---- both PVs ---- */

static enum err_code take_in(struct vg *vg, const char *path, bool force, struct vg_pv **pv,
			     struct err *e)
{
	char *paths[] = { (char *)path, NULL };
	enum err_code code;

	*pv = vg_pv_by_name(vg, path);
	if (*pv)
		return (*pv)->io ? ERR_OK : err_set(e, ERR_NOTFOUND, "%s: PV is missing", path);
	code = cmd_check_new_pvs(paths, e);
	if (!code)
		code = vg_extend(vg, path, force, e);
	if (!code)
		code = vg_commit(vg, e);
	*pv = code ? NULL : vg_pv_by_name(vg, path);
	return code || *pv ? code : err_set(e, ERR_NOTFOUND, "%s: not a PV of VG %s", path,
					    vg->name);
}

/* An LV that has nothing but what is gone cannot be helped. */
static enum err_code check_loss(const struct vg *vg, const struct vg_pv *from, struct err *e)
{
	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		const struct vg_lv *lv = vg->lv[n];
		unsigned int left = 0, lost = 0;

		for (unsigned int c = 0; lv && !lv->hidden && c < lv->copies; c++)
			if (lv_copy_on(lv, c, from))
				lost++;
			else
				left += lv_copy_is_full(lv, c);
		if (lost && left < lv_data_legs(lv))
			return err_set(e, ERR_QUORUM,
				       "%s/%s: %s on the PV that is gone; remove the LV (rmlv) if it is lost for good",
				       vg->name, lv->name, lv->type == LV_RAID5 ?
				       "a column too many lies" : "its only copy lies");
	}
	return ERR_OK;
}

static enum err_code prepare(const char *source, const char *dest, bool force, struct job *j,
			     struct err *e)
{
	struct vg_scan *scan = NULL;
	struct vg_pv *from, *to;
	enum err_code code;
	struct vg *vg;

	code = cmd_find_pv(source, true, &scan, &vg, &from, e);
	if (!code) {
		cmd_warn("replacepv", vg);
		j->gone = !from->io;
		text_hex(j->from, from->id.b, 8);
		if (j->gone)
			code = check_loss(vg, from, e);
	}
	if (!code)
		code = take_in(vg, dest, force, &to, e);
	if (!code && to == from)
		code = err_set(e, ERR_USAGE, "source and destination are one PV");
	if (!code)
		text_hex(j->to, to->id.b, 8);
	vg_scan_free(scan);
	return code;
}

/* ---- copy by copy ---- */

/* The next copy on the source; false: there is none. */
static bool next_copy(const struct vg *vg, const struct vg_pv *from, struct vg_lv **lv,
		      unsigned int *copy)
{
	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		*lv = vg->lv[n];
		for (*copy = 0; *lv && !(*lv)->hidden && *copy < (*lv)->copies; (*copy)++)
			if (lv_copy_on(*lv, *copy, from))
				return true;
	}
	return false;
}

/*
 * One change of the metadata makes the old copy another one, blank and on the
 * new PV, so the LV has as many copies as before whatever happens.
 */
static enum err_code rebuild(struct vg *vg, struct vg_lv *lv, unsigned int copy,
			     struct vg_pv *to, struct watch *w, struct err *e)
{
	struct vg_pv *const pvs[] = { to, NULL };
	struct act_state s;
	unsigned int fresh;
	enum err_code code;

	code = copy_renew(vg, lv, copy, pvs, &fresh, e);
	if (!code)
		code = vg_commit(vg, e);
	if (!code)
		code = act_lv_state(vg, lv, &s, e);
	if (code || !s.active)
		return code;
	code = act_lv_start(vg, lv, &act, e);
	if (!code)
		watch_copy(w, vg, lv, fresh);
	return code;
}

/* *name: of the LV whose copy is to be moved instead; NULL: done, or nothing left. */
static enum err_code one_copy(const struct job *j, struct watch *w, char **name,
			      unsigned int *copy, bool *more, struct err *e)
{
	struct vg_pv *from, *to;
	struct vg_scan *scan = NULL;
	struct vg_lv *lv;
	enum err_code code;
	struct vg *vg;

	*name = NULL;
	*more = false;
	code = cmd_find_pv(j->from, true, &scan, &vg, &from, e);
	if (!code && next_copy(vg, from, &lv, copy)) {
		*more = true;
		to = vg_pv_by_name(vg, j->to);
		if (!to || !to->io)
			code = err_set(e, ERR_NOTFOUND, "%s: the destination has gone", j->to);
		else if (j->gone || lv->type == LV_RAID5 || lv->copies == VG_MAX_COPIES)
			code = rebuild(vg, lv, *copy, to, w, e);
		else
			*name = xprintf("%s/%s", vg->name, lv->name);
		cmd_warn("replacepv", vg);
	}
	vg_scan_free(scan);
	return code;
}

static enum err_code empty_source(const struct job *j, struct err *e)
{
	char to[17], *dest[] = { to, NULL };
	enum err_code code = ERR_OK;
	bool more = true;

	memcpy(to, j->to, sizeof(to));
	while (more && !code) {
		struct move_what m = { .from = j->from, .to = dest };
		struct watch w = { 0 };
		char *name;

		code = one_copy(j, &w, &name, &m.copy, &more, e);
		m.lv = name;
		if (!code && name)
			code = move_copy(&j->p, &m, e);
		else if (!code && w.name)
			code = progress_sync(&j->p, &w, e);
		watch_free(&w);
		free(name);
	}
	return code;
}

static enum err_code take_out(const struct job *j, struct err *e)
{
	struct vg_scan *scan = NULL;
	struct vg_pv *from;
	enum err_code code;
	struct vg *vg;

	code = cmd_find_pv(j->from, true, &scan, &vg, &from, e);
	if (!code)
		code = vg_reduce(vg, from, e);
	if (!code)
		code = vg_commit(vg, e);
	if (!code)
		cmd_warn("replacepv", vg);
	vg_scan_free(scan);
	return code;
}

int cmd_replacepv(int argc, char **argv)
{
	struct job j = { .p = { .command = "replacepv",
				.again = "run the same command again to go on" } };
	bool force = false, json = false;
	struct err e = { 0 };
	struct opt_iter it;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		switch (c) {
		case 'f':
			force = true;
			break;
		case OPT_PROGRESS:
			j.p.show = true;
			break;
		case OPT_JSON:
			json = true;
			break;
		}
	}
	if (c < 0)
		return it.status;
	j.p.json = j.p.show && json;
	status = prepare(it.operands[0], it.operands[1], force, &j, &e);
	if (!status)
		status = empty_source(&j, &e);
	if (!status)
		status = take_out(&j, &e);
	return status ? cmd_fail("replacepv", &e, json) : ERR_OK;
}
