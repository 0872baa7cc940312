// SPDX-License-Identifier: GPL-2.0
/*
 * varyonvg: activate a VG. On one that is active already it takes back PVs
 * that have returned. The metadata follows: PVs that are missing are recorded
 * before an LV is started without them; old metadata on PVs that are back is
 * rewritten after the LVs were judged and found to agree.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../dm/rescue.h"
#include "cmd.h"

enum { OPT_DRY_RUN = OPT_LONG_ONLY, OPT_DIRTY, OPT_RESCUE };

static const struct opt opts[] = {
	{ 'f', "force", NULL, "without a quorum of the VG's PVs" },
	{ 'n', "no-resync", NULL, "do not resync copies that lag behind" },
	{ 'r', "read-only", NULL, "activate read-only" },
	{ OPT_DIRTY, "dirty-degraded", NULL,
	  "RAID5 without a column and not closed: believe the parity as it is" },
	{ OPT_RESCUE, "rescue", NULL,
	  "read-only and without the module dm-varyon; nothing is written" },
	{ OPT_DRY_RUN, "dry-run", NULL, "only show the device-mapper tables" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"varyonvg", "VG...", "Activate volume groups.", opts, 1, -1
};

struct flags {
	bool force, dry_run, json;
	struct rows *tables;	/* of a dry run */
	struct act_opts act;
};

static void say(const char *text)
{
	cmd_say("varyonvg", text);
}

static void keep_first(enum err_code *code, struct err *e, const struct err *one)
{
	if (!*code)
		*code = err_set(e, one->code, "%s", one->text);
	else if (strcmp(e->text, one->text))
		cmd_say("varyonvg", one->text);
}

static void add_lines(struct rows *rows, const char *name, const struct table *t)
{
	for (unsigned int i = 0; i < t->count; i++) {
		const struct table_seg *s = &t->seg[i];
		struct rec *r = rec_new();

		rec_text(r, "line", "%s: %" PRIu64 " %" PRIu64 " %s %s", name, s->start, s->len,
			 s->target, s->params);
		rec_str(r, "name", name);
		rec_num(r, "start", s->start);
		rec_num(r, "length", s->len);
		rec_str(r, "target", s->target);
		rec_str(r, "params", s->params);
		rows_add(rows, r);
	}
}

/* For rescue, each column of RAID5 has a device of its own. */
static enum err_code add_rescue(const struct vg *vg, const struct vg_lv *lv,
				const struct judge *j, const char *name, const struct flags *f,
				struct err *e)
{
	char *dev[VY_MAX_SLOTS] = { NULL };
	struct table t = { 0 };
	struct rescue r;
	enum err_code code = rescue_choose(vg, lv, j, f->act.dirty_degraded, &r, e);

	for (unsigned int c = 0; !code && c < r.set->copies; c++) {
		struct table one = { 0 };

		if (!(r.use & 1u << c))
			continue;
		rescue_copy(&r, vg, c, &one);
		if (r.set->type == LV_RAID5)
			dev[c] = xprintf("%s-leg%u", name, r.set->leg[c].slot);
		add_lines(f->tables, dev[c] ? dev[c] : name, &one);
		table_free(&one);
	}
	if (!code && r.set->type == LV_RAID5)
		rescue_raid5(&r, vg, dev, &t);
	add_lines(f->tables, name, &t);
	table_free(&t);
	for (unsigned int c = 0; c < VY_MAX_SLOTS; c++)
		free(dev[c]);
	rescue_end(&r);
	return code;
}

/* What would be loaded. A leg in pieces shows the device that would be made for it. */
static enum err_code add_table(const struct vg *vg, const struct vg_lv *lv,
			       const struct flags *f, struct err *e)
{
	unsigned int own;
	const struct vg_lv *set = lv_origin(vg, lv, &own);
	const struct table_opts to = { .no_resync = f->act.no_resync, .side = set != lv };
	char *words[VY_MAX_SLOTS] = { NULL }, name[NAME_LEN];
	struct table t = { 0 };
	struct judge j;
	enum err_code code;

	code = judge_lv(vg, lv, 0, &j, e);
	if (!code)
		code = name_lv(name, vg, lv, NAME_NO_LEG, e);
	if (code)
		return code;
	if (f->act.rescue && vg->kind == VG_NATIVE && set->type != LV_LINEAR)
		return add_rescue(vg, lv, &j, name, f, e);
	/* A split child has but its one copy, and its refusal names that. */
	for (unsigned int c = 0; set == lv && c < lv->copies; c++)
		if (j.leg[c] == LEG_DAMAGED)
			cmd_say_damage("varyonvg", vg, lv, &j, c);
	for (unsigned int c = 0; set->type != LV_LINEAR && c < set->copies; c++) {
		char *leg;

		if (!j.have[c])
			continue;
		leg = xprintf("%s-leg%u", name, set->leg[c].slot);
		words[c] = table_leg(vg, set, c, table_copy_contiguous(set, c) ? NULL : leg);
		free(leg);
	}
	if (vg->kind == VG_NATIVE && set->type != LV_LINEAR)
		table_mirror(&t, vg, set, words, &to);
	else
		table_linear(&t, vg, lv, 0);
	add_lines(f->tables, name, &t);
	table_free(&t);
	for (unsigned int c = 0; c < VY_MAX_SLOTS; c++)
		free(words[c]);
	return ERR_OK;
}

/*
 * An older VGDA must tell from now on that what it lists went on without it.
 * What is only read does not go on, so there the record may fail.
 */
static enum err_code record_missing(const struct vg *unused, bool read_only, void *data,
				    struct err *e)
{
	struct vg *vg = data;
	bool told = vg->unrecorded.code != ERR_OK;
	struct err why = { 0 };
	char *warning;

	(void)unused;
	if (vg->read_only || !vg_record_missing(vg, &why))
		return ERR_OK;
	if (!read_only) {
		err_set(e, why.code, "%s", why.text);
		return err_prefix(e, "%s: not activated: cannot record which PVs are missing (varyonvg -r %s activates it read-only, without that)",
				  vg->name, vg->name);
	}
	if (!told) {
		warning = xprintf("warning: %s: read-only, and no record of which PVs are missing: %s",
				  vg->name, why.text);
		cmd_say("varyonvg", warning);
		free(warning);
	}
	return ERR_OK;
}

/* Every LV is tried; the first error is returned, later ones are told at once. */
static enum err_code start_lvs(const struct vg *vg, const struct flags *f, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		struct err one = { 0 };

		if (!vg->lv[n] || vg->lv[n]->hidden || !vg_lv_sectors(vg, vg->lv[n]))
			continue;
		if (f->dry_run)
			add_table(vg, vg->lv[n], f, &one);
		else
			act_lv_start(vg, vg->lv[n], &f->act, &one);
		if (one.code)
			keep_first(&code, e, &one);
	}
	return code;
}

static enum err_code vary_on(const char *name, struct flags *f, struct err *e)
{
	struct vg_scan *scan;
	enum err_code code;
	struct vg *vg;

	/* Read-only first: an AIX VG may not be opened for writing. */
	code = cmd_find_vg(name, false, &scan, &vg, e);
	if (!code && !f->dry_run && !f->act.rescue && !vg->read_only) {
		vg_scan_free(scan);
		code = cmd_find_vg(name, true, &scan, &vg, e);
	}
	if (!code) {
		cmd_warn("varyonvg", vg);
		code = act_vg_quorum(vg, f->force ? ACT_QUORUM_OFF : ACT_QUORUM_VG, e);
	}
	if (!code) {
		f->act.data = vg;
		f->act.before = f->act.rescue ? NULL : record_missing;
		code = start_lvs(vg, f, e);
		if (!f->dry_run && !f->act.read_only && !vg->read_only)
			cmd_catch_up("varyonvg", vg, code);
		cmd_warn("varyonvg", vg);
	}
	if (!code && !f->dry_run)
		code = act_vg_mark(vg, true, e);
	vg_scan_free(scan);
	return code;
}

int cmd_varyonvg(int argc, char **argv)
{
	static const struct column columns[] = { { "line", "", 0 }, { 0 } };
	struct flags f = { .act = { .say = say } };
	struct err e = { 0 };
	struct opt_iter it;
	int c, status = ERR_OK;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		switch (c) {
		case 'f':
			f.force = true;
			break;
		case 'n':
			f.act.no_resync = true;
			break;
		case 'r':
			f.act.read_only = true;
			break;
		case OPT_DIRTY:
			f.act.dirty_degraded = true;
			break;
		case OPT_RESCUE:
			f.act.rescue = true;
			f.act.read_only = true;
			break;
		case OPT_DRY_RUN:
			f.dry_run = true;
			break;
		case OPT_JSON:
			f.json = true;
			break;
		}
	}
	if (c < 0)
		return it.status;
	f.tables = rows_new();
	for (int i = 0; i < it.num_operands && !status; i++)
		status = vary_on(it.operands[i], &f, &e);
	if (!f.json)
		rows_print(f.tables, columns, false);
	else if (f.dry_run && !status)
		rows_print_json(f.tables);
	rows_free(f.tables);
	return status ? cmd_fail("varyonvg", &e, f.json) : ERR_OK;
}
