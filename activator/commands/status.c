// SPDX-License-Identifier: GPL-2.0
/* varyon status: how each LV stands, copy by copy. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "view.h"

enum { OPT_MESSAGES = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ OPT_MESSAGES, "messages", NULL, "also the counters of the mirror target" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"varyon status", "[VG]", "Show the redundancy of logical volumes.", opts, 0, 1
};

static const struct column columns[] = {
	{ "lv", "LV", 0 }, { "state", "STATE", 24 }, { "copies_text", "COPIES", 34 },
	{ "stale_bytes", "STALE BYTES", 42 }, { "action_text", "ACTION", 55 },
	{ "dirty_text", "DIRTY ZONES", 71 }, { "mismatches", "MISMATCHES", 84 },
	{ "relocated", "RELOCATED", 96 }, { 0 }
};

static char kernel_letter(const struct view_lv *v, unsigned int c)
{
	return status_letter(&v->act.status, v->lv->leg[c].slot);
}

/* One letter for a copy: the kernel's when active, else what the judge saw. */
static char leg_letter(const struct view_lv *v, unsigned int c)
{
	static const char of_cond[] = {
		[LEG_EMPTY] = '-', [LEG_MEMBER] = 'M', [LEG_TARGET] = 'T',
		[LEG_MISSING] = 'A', [LEG_DAMAGED] = 'F', [LEG_AWAY] = 'S',
	};

	return v->act.mirrored ? kernel_letter(v, c) : of_cond[v->judge.leg[c]];
}

/* The same in a word; without the kernel we know why a copy is away. */
static const char *leg_state(const struct view_lv *v, unsigned int c)
{
	static const char *const of_cond[] = {
		[LEG_EMPTY] = "empty", [LEG_MEMBER] = "member", [LEG_TARGET] = "target",
		[LEG_MISSING] = "missing", [LEG_DAMAGED] = "damaged", [LEG_AWAY] = "split",
	};

	return v->act.mirrored ? status_letter_name(kernel_letter(v, c)) :
				 of_cond[v->judge.leg[c]];
}

static const char *lv_state(const struct view_lv *v)
{
	if (!v->act.active)
		return v->judge_err.code ? "refused" : "inactive";
	if (v->act.suspended)
		return "suspended";
	if (!v->act.mirrored)
		return "active";
	if (status_flag(&v->act.status, "failed"))
		return "failed";
	/* A split copy is never more than one. */
	if (status_flag(&v->act.status, "degraded") && !v->lv->child_of)
		return "degraded";
	/* Nothing is on its way, so it is places of a disk that cannot be written. */
	if (v->stale && !strcmp(v->act.status.action, "idle"))
		return "bad-blocks";
	return v->stale ? "resync" : "active";
}

/* To which PVs a copy is being moved: to be freed, "" when it is not. */
static char *moving_to(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	int to = lv_move_of(lv, c);

	return to >= 0 ? judge_copy_pvs(vg, lv, (unsigned int)to) : xstrdup("");
}

static struct rows *leg_rows(const struct vg *vg, const struct view_lv *v)
{
	struct rows *rows = rows_new();

	for (unsigned int c = 0; c < v->lv->copies; c++) {
		char letter[2] = { leg_letter(v, c), '\0' };
		char *pvs = judge_copy_pvs(vg, v->lv, c), *to = moving_to(vg, v->lv, c);
		struct rec *r = rec_new();

		rec_num(r, "copy", c + 1);
		rec_str(r, "pvs", pvs);
		rec_str(r, "letter", letter);
		rec_str(r, "state", leg_state(v, c));
		rec_num(r, "stale_bytes", v->stale_bytes[c]);
		rec_num(r, "relocated", v->act.mirrored ?
			v->act.status.relocated[v->lv->leg[c].slot] : 0);
		rec_bool(r, "partial", v->lv->leg[c].flags & LEG_PARTIAL, "");
		rec_bool(r, "write_mostly", v->lv->leg[c].flags & LEG_WRITE_MOSTLY, "");
		rec_str(r, "damage", v->judge.damage[c].text);
		rec_str(r, "moving_to", to);
		rows_add(rows, r);
		free(to);
		free(pvs);
	}
	return rows;
}

/* The target's answer "key=value ..." as one record. */
static struct rows *counter_rows(char *answer)
{
	struct rows *rows = rows_new();
	struct rec *r = rec_new();
	char *save, *word;

	for (word = strtok_r(answer, " \n", &save); word; word = strtok_r(NULL, " \n", &save)) {
		char *value = strchr(word, '=');
		uint64_t n;

		if (!value)
			continue;
		*value++ = '\0';
		if (text_num(value, UINT64_MAX, &n))
			rec_num(r, word, n);
		else
			rec_str(r, word, value);
	}
	rows_add(rows, r);
	return rows;
}

static void add_set(struct rec *r, const struct mirror_status *st)
{
	uint64_t relocated = 0;
	char gen[17];

	snprintf(gen, sizeof(gen), "%016" PRIx64, st->gen);
	rec_str(r, "generation", gen);
	rec_str(r, "action", st->action);
	rec_num(r, "done", st->done);
	rec_num(r, "total", st->total);
	rec_num(r, "kib_per_second", st->kib_s);
	rec_num(r, "dirty_zones", st->dirty);
	rec_num(r, "zones", st->zones);
	rec_num(r, "read_errors", st->read_err);
	rec_num(r, "write_errors", st->write_err);
	rec_str(r, "flags", st->flags);
	if (st->total && strcmp(st->action, "idle"))
		rec_text(r, "action_text", "%s %" PRIu64 "%%", st->action,
			 (uint64_t)(100.0 * st->done / st->total));
	else
		rec_text(r, "action_text", "%s", st->action);
	rec_text(r, "dirty_text", "%" PRIu64 "/%" PRIu64, st->dirty, st->zones);
	rec_num(r, "mismatches", st->mismatches);
	for (unsigned int slot = 0; slot < st->nslots; slot++)
		relocated += st->relocated[slot];
	rec_num(r, "relocated", relocated);
}

static struct rec *lv_rec(const struct vg *vg, const struct view_lv *v)
{
	char letters[VY_MAX_SLOTS + 1] = "", *name, buf[64];
	struct rec *r = rec_new();
	uint64_t stale = 0;

	for (unsigned int c = 0; c < v->lv->copies; c++) {
		letters[c] = v->lv->type != LV_LINEAR ? leg_letter(v, c) : '-';
		stale += v->stale_bytes[c];
	}
	name = xprintf("%s/%s", cmd_vg_name(vg, buf), v->lv->name);
	rec_str(r, "lv", name);
	rec_str(r, "state", lv_state(v));
	rec_text(r, "copies_text", "%s", letters);
	rec_num(r, "stale_bytes", stale);
	rec_bool(r, "active", v->act.active, "");
	rec_bool(r, "open", v->act.open, "");
	rec_str(r, "refusal", v->act.active ? "" : v->judge_err.text);
	if (v->act.mirrored)
		add_set(r, &v->act.status);
	else
		rec_text(r, "action_text", "-");
	if (v->lv->type != LV_LINEAR)
		rec_rows(r, "copies", leg_rows(vg, v));
	free(name);
	return r;
}

/* Counters go into the LV's record for JSON, into a line of their own for text. */
static enum err_code add_counters(const struct vg *vg, const struct vg_lv *lv, struct rec *r,
				  struct rows *lines, struct err *e)
{
	struct rec *line;
	char *answer;
	enum err_code code = act_lv_message(vg, lv, "stat", &answer, e);

	if (code)
		return code;
	line = rec_new();
	rec_text(line, "line", "%s/%s: %s", vg->name, lv->name, answer);
	rows_add(lines, line);
	rec_rows(r, "counters", counter_rows(answer));
	free(answer);
	return ERR_OK;
}

/* What the refusal of an LV does not name already. */
static void say_damaged(const struct vg *vg, const struct vg_lv *lv, const struct view_lv *v)
{
	for (unsigned int c = 0; c < lv->copies; c++)
		if (v->judge.leg[c] == LEG_DAMAGED &&
		    !(v->act.mirrored && strchr("MT", kernel_letter(v, c))))
			cmd_say_damage("varyon status", vg, lv, &v->judge, c);
}

/* A move lasts until somebody ends it: who began it may be gone. */
static void say_moving(const struct vg *vg, const struct vg_lv *lv)
{
	for (unsigned int c = 0; c < lv->copies; c++) {
		char *to = moving_to(vg, lv, c);

		if (*to) {
			char *text = xprintf("%s/%s: %s %u is being moved to %s; if no migratepv runs, the same one again goes on, and --undo gives it up",
					     vg->name, lv->name, lv_leg_word(lv), c + 1, to);

			cmd_say("varyon status", text);
			free(text);
		}
		free(to);
	}
}

/* lines: NULL when counters are not wanted. */
static enum err_code add_vg(struct rows *rows, struct rows *lines, const struct vg *vg,
			    struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int n = 1; n <= VG_MAX_LV && !code; n++) {
		struct view_lv v;
		struct rec *r;

		if (!vg->lv[n] || vg->lv[n]->hidden)
			continue;
		view_lv(vg, vg->lv[n], &v);
		r = lv_rec(vg, &v);
		rows_add(rows, r);
		if (lines && v.act.mirrored)
			code = add_counters(vg, vg->lv[n], r, lines, e);
		if (!v.act.active && v.judge_err.code)
			cmd_say("varyon status", v.judge_err.text);
		else if (!vg->lv[n]->child_of)
			say_damaged(vg, vg->lv[n], &v);
		say_moving(vg, vg->lv[n]);
	}
	return code;
}

/*
 * One VG: what is wrong with it on stderr, its LVs into rows. *unsound: the
 * code of the first VG that cannot be used.
 */
static enum err_code look_at(struct vg_scan *scan, struct vg *vg, struct rows *rows,
			     struct rows *lines, enum err_code *unsound, struct err *e)
{
	struct err why = { 0 };

	cmd_check_vg(scan, vg, false, &why);
	cmd_warn_why("varyon status", vg, &why);
	if (why.code) {
		*unsound = *unsound ? *unsound : why.code;
		return ERR_OK;
	}
	cmd_say_missing("varyon status", vg);
	return add_vg(rows, lines, vg, e);
}

int cmd_status(int argc, char **argv)
{
	static const struct column line_columns[] = { { "line", "", 0 }, { 0 } };
	struct rows *rows = rows_new(), *lines = rows_new();
	bool json = false, messages = false;
	struct vg_scan *scan = NULL;
	enum err_code unsound = ERR_OK;
	struct vg *only = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		if (c == OPT_JSON)
			json = true;
		else
			messages = true;
	}
	if (c < 0)
		return it.status;

	status = vg_scan(NULL, false, &scan, &e);
	if (!status && it.num_operands)
		status = vg_find(scan, it.operands[0], &only, &e);
	if (!status && only)
		status = cmd_check_vg(scan, only, false, &e);
	for (unsigned int i = 0; !status && i < vg_scan_count(scan); i++)
		if (!only || vg_scan_vg(scan, i) == only)
			status = look_at(scan, vg_scan_vg(scan, i), rows,
					 messages ? lines : NULL, &unsound, &e);
	if (!status && json) {
		rows_print_json(rows);
	} else if (!status) {
		rows_print(rows, columns, true);
		rows_print(lines, line_columns, false);
	}
	rows_free(lines);
	rows_free(rows);
	vg_scan_free(scan);
	return status ? cmd_fail("varyon status", &e, json) : (int)unsound;
}
