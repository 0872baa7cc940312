// SPDX-License-Identifier: GPL-2.0
/*
 * lvmstat: which LPs of an LV, or which LVs of a VG, get how many requests.
 * The kernel counts what comes to the volume, so there is one figure for all
 * copies of an LP: the column mirror# is a dash.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "lpstat.h"

static const struct opt opts[] = {
	{ 'l', "lv", "LV", "the LPs of an LV" },
	{ 'v', "vg", "VG", "the LVs of a VG" },
	{ 'e', "enable", NULL, "start to count" },
	{ 'd', "disable", NULL, "stop to count" },
	{ 'c', "count", "N", "the busiest N only" },
	{ 'C', "clear", NULL, "set the counts to zero" },
	{ 'r', "reset", NULL, "the same as -C" },
	{ 's', "no-header", NULL, "with an interval: no header but the first" },
	{ 'F', "colon", NULL, "columns separated by colons" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"lvmstat", "[INTERVAL [TIMES]]",
	"Show how many requests the LPs of an LV (-l), or the LVs of a VG (-v), have got.\n"
	"With INTERVAL seconds: again and again, what came since.", opts, 0, 2
};

struct flags {
	const char *lv, *vg;
	bool enable, disable, reset, json, colon, one_header;
	uint64_t count;		/* 0: all */
	uint64_t interval, times;	/* 0: once; without end */
};

static const struct column lp_columns[] = {
	{ "lp", "Log_part", 0 }, { "mirror", "mirror#", 10 }, { "iocnt", "iocnt", 19 },
	{ "kb_read", "Kb_read", 27 }, { "kb_written", "Kb_wrtn", 37 }, { "kbps", "Kbps", 47 }, { 0 }
};

static const struct column lv_columns[] = {
	{ "lv", "Logical Volume", 0 }, { "iocnt", "iocnt", 22 }, { "kb_read", "Kb_read", 31 },
	{ "kb_written", "Kb_wrtn", 41 }, { "kbps", "Kbps", 51 }, { 0 }
};

struct line {			/* of the report: an LP, or an LV */
	char *name;
	struct lp_count n;	/* to be shown */
	struct lp_count raw;	/* as the kernel has it */
};

struct table_of {
	struct line *line;
	uint32_t count;
	uint64_t seconds;	/* that the counts cover; 0: not known */
};

static void free_lines(struct table_of *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		free(t->line[i].name);
	free(t->line);
	memset(t, 0, sizeof(*t));
}

static void add_count(struct lp_count *sum, const struct lp_count *n)
{
	sum->reads += n->reads;
	sum->writes += n->writes;
	sum->read_sectors += n->read_sectors;
	sum->write_sectors += n->write_sectors;
}

static enum err_code read_lv(const struct vg *vg, const struct vg_lv *lv, struct table_of *t,
			     struct err *e)
{
	struct lp_count *counts;
	enum err_code code = lpstat_read(vg, lv, &counts, e);

	if (code)
		return code;
	t->line = xalloc((lv->num_lps + 1) * sizeof(*t->line));
	t->count = lv->num_lps;
	t->seconds = lpstat_age(vg, lv);
	for (uint32_t lp = 0; lp < lv->num_lps; lp++)
		t->line[lp] = (struct line){
			xprintf("%" PRIu32, lp + 1), counts[lp], counts[lp]
		};
	free(counts);
	return ERR_OK;
}

/* LVs that do not count are left out, unless none does. */
static enum err_code read_vg(const struct vg *vg, struct table_of *t, struct err *e)
{
	t->line = xalloc((VG_MAX_LV + 1) * sizeof(*t->line));
	for (unsigned int i = 1; i <= VG_MAX_LV; i++) {
		const struct vg_lv *lv = vg->lv[i];
		struct line *line = &t->line[t->count];
		struct lp_count *counts;
		uint64_t age;

		if (!lv || lv->hidden || lpstat_read(vg, lv, &counts, NULL))
			continue;
		line->name = xstrdup(lv->name);
		for (uint32_t lp = 0; lp < lv->num_lps; lp++)
			add_count(&line->n, &counts[lp]);
		line->raw = line->n;
		free(counts);
		age = lpstat_age(vg, lv);
		if (age > t->seconds)
			t->seconds = age;
		t->count++;
	}
	return t->count ? ERR_OK : err_set(e, ERR_CONFLICT,
					   "%s: no LV counts requests; lvmstat -v %s -e turns that on",
					   vg->name, vg->name);
}

static enum err_code read_all(const struct flags *f, struct table_of *t, struct err *e)
{
	struct vg_scan *scan = NULL;
	enum err_code code;
	struct vg_lv *lv;
	struct vg *vg;

	memset(t, 0, sizeof(*t));
	if (f->lv) {
		code = cmd_find_lv(f->lv, false, &scan, &vg, &lv, e);
		if (!code)
			code = read_lv(vg, lv, t, e);
	} else {
		code = cmd_find_vg(f->vg, false, &scan, &vg, e);
		if (!code)
			code = read_vg(vg, t, e);
	}
	vg_scan_free(scan);
	if (code)
		free_lines(t);
	return code;
}

static int hotter_first(const void *a, const void *b)
{
	uint64_t x = lpstat_requests(&((const struct line *)a)->n);
	uint64_t y = lpstat_requests(&((const struct line *)b)->n);

	return x == y ? 0 : x > y ? -1 : 1;
}

static void print(const struct flags *f, struct table_of *t, bool header)
{
	struct rows *rows = rows_new();

	qsort(t->line, t->count, sizeof(*t->line), hotter_first);
	for (uint32_t i = 0; i < t->count && (!f->count || i < f->count); i++) {
		const struct lp_count *n = &t->line[i].n;
		uint64_t kib = (n->read_sectors + n->write_sectors) / 2;
		/* In hundredths: a rate below one is still worth telling. */
		uint64_t rate = t->seconds ? kib * 100 / t->seconds : 0;
		struct rec *r = rec_new();

		if (f->lv)
			rec_num(r, "lp", strtoull(t->line[i].name, NULL, 10));
		else
			rec_str(r, "lv", t->line[i].name);
		rec_text(r, "mirror", "-");
		rec_num(r, "iocnt", lpstat_requests(n));
		rec_num(r, "kb_read", n->read_sectors / 2);
		rec_num(r, "kb_written", n->write_sectors / 2);
		rec_num_as(r, "kbps", rate / 100, "%" PRIu64 ".%02u", rate / 100,
			   (unsigned int)(rate % 100));
		rows_add(rows, r);
	}
	if (f->json)
		rows_print_json(rows);
	else if (f->colon)
		rows_print_colon(rows, f->lv ? lp_columns : lv_columns);
	else
		rows_print(rows, f->lv ? lp_columns : lv_columns, header);
	fflush(stdout);
	rows_free(rows);
}

/* What came since before, where both have the line and nothing was reset between. */
static void show_since(struct table_of *now, const struct table_of *before, uint64_t seconds)
{
	for (uint32_t i = 0; i < now->count; i++)
		for (uint32_t k = 0; k < before->count; k++) {
			struct lp_count *n = &now->line[i].n;
			const struct lp_count *b = &before->line[k].raw;

			if (strcmp(now->line[i].name, before->line[k].name) ||
			    n->reads < b->reads || n->writes < b->writes)
				continue;
			n->reads -= b->reads;
			n->writes -= b->writes;
			n->read_sectors -= b->read_sectors;
			n->write_sectors -= b->write_sectors;
			break;
		}
	now->seconds = seconds;
}

static enum err_code report(const struct flags *f, struct err *e)
{
	const struct timespec pause = { .tv_sec = (time_t)f->interval };
	struct table_of before, now;
	enum err_code code;

	code = read_all(f, &before, e);
	if (!code)
		print(f, &before, true);
	for (uint64_t i = 1; f->interval && (!f->times || i < f->times) && !code; i++) {
		nanosleep(&pause, NULL);
		code = read_all(f, &now, e);
		if (code)
			break;
		show_since(&now, &before, f->interval);
		print(f, &now, !f->one_header);
		free_lines(&before);
		before = now;
	}
	free_lines(&before);
	return code;
}

static enum err_code change_lv(const struct vg *vg, const struct vg_lv *lv,
			       const struct flags *f, struct err *e)
{
	return f->reset ? lpstat_reset(vg, lv, e) : lpstat_enable(vg, lv, f->enable, e);
}

static enum err_code change_vg(const struct vg *vg, const struct flags *f, struct err *e)
{
	bool any = false;

	for (unsigned int i = 1; i <= VG_MAX_LV; i++) {
		struct act_state s;

		if (!vg->lv[i] || vg->lv[i]->hidden ||
		    act_lv_state(vg, vg->lv[i], &s, NULL) || !s.mirrored)
			continue;
		any = true;
		if (change_lv(vg, vg->lv[i], f, e))
			return e->code;
	}
	return any ? ERR_OK : err_set(e, ERR_CONFLICT, "%s: no mirrored LV is active", vg->name);
}

static enum err_code change(const struct flags *f, struct err *e)
{
	struct vg_scan *scan = NULL;
	enum err_code code;
	struct vg_lv *lv;
	struct vg *vg;

	if (f->lv) {
		code = cmd_find_lv(f->lv, false, &scan, &vg, &lv, e);
		if (!code)
			code = change_lv(vg, lv, f, e);
	} else {
		code = cmd_find_vg(f->vg, false, &scan, &vg, e);
		if (!code)
			code = change_vg(vg, f, e);
	}
	vg_scan_free(scan);
	return code;
}

static int check_flags(const struct flags *f)
{
	if (!f->lv == !f->vg)
		return opt_usage(&spec, "say either -l LV or -v VG");
	if (f->enable + f->disable + f->reset > 1)
		return opt_usage(&spec, "-e, -d and -C exclude each other");
	return -1;
}

/* -1: go on, else the exit status. */
static int parse(struct opt_iter *it, int argc, char **argv, struct flags *f)
{
	int c;

	while ((c = opt_next(it, &spec, argc, argv)) > 0) {
		switch (c) {
		case 'l':
			f->lv = it->arg;
			break;
		case 'v':
			f->vg = it->arg;
			break;
		case 'e':
			f->enable = true;
			break;
		case 'd':
			f->disable = true;
			break;
		case 'c':
			if (!text_num(it->arg, UINT32_MAX, &f->count) || !f->count)
				return opt_usage(&spec, "-c %s: not a number", it->arg);
			break;
		case 'C':
		case 'r':
			f->reset = true;
			break;
		case 's':
			f->one_header = true;
			break;
		case 'F':
			f->colon = true;
			break;
		case OPT_JSON:
			f->json = true;
			break;
		}
	}
	if (c < 0)
		return it->status;
	if (it->num_operands > 0 && (!text_num(it->operands[0], 1 << 20, &f->interval) ||
				     !f->interval))
		return opt_usage(&spec, "INTERVAL %s: not a number of seconds", it->operands[0]);
	if (it->num_operands > 1 && (!text_num(it->operands[1], UINT32_MAX, &f->times) ||
				     !f->times))
		return opt_usage(&spec, "TIMES %s: not a number", it->operands[1]);
	return check_flags(f);
}

int cmd_lvmstat(int argc, char **argv)
{
	struct flags f = { 0 };
	struct err e = { 0 };
	struct opt_iter it;
	int status;

	status = parse(&it, argc, argv, &f);
	if (status >= 0)
		return status;
	status = f.enable || f.disable || f.reset ? change(&f, &e) : report(&f, &e);
	return status ? cmd_fail("lvmstat", &e, f.json) : ERR_OK;
}
