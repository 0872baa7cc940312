// SPDX-License-Identifier: GPL-2.0
/* migratelp: move one LP of a copy to another PV while the LV is in use. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "moving.h"

enum { OPT_PROGRESS = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ OPT_PROGRESS, "progress", NULL, "say how far it is" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"migratelp", "LV/LP[/COPY]|VG/LV/LP[/COPY] PV",
	"Move a logical partition of a copy (default: the first) to a physical volume, while\n"
	"the logical volume is in use.", opts, 2, 2
};

/*
 * "LV/LP", "LV/LP/COPY", both with "VG/" before: numbers at the end are LP and
 * copy. An LV whose name is a number needs its VG's before it.
 */
static bool split_operand(const char *operand, char **lv, uint32_t *lp, unsigned int *copy)
{
	char *text = xstrdup(operand), *last = strrchr(text, '/'), *before;
	uint64_t n, c = 1;
	bool ok;

	*lv = NULL;
	ok = last && text_num(last + 1, UINT32_MAX, &n);
	if (ok) {
		*last = '\0';
		before = strrchr(text, '/');
		if (before && text_num(before + 1, UINT32_MAX, &c)) {
			*before = '\0';
			c ^= n;
			n ^= c;
			c ^= n;
		} else {
			c = 1;
		}
		ok = n && c && c <= VG_MAX_COPIES && *text;
	}
	if (ok) {
		*lv = xstrdup(text);
		*lp = (uint32_t)n;
		*copy = (unsigned int)c - 1;
	}
	free(text);
	return ok;
}

/* Refuse what would begin and then not move anything. */
static enum err_code check(const struct move_what *m, char **full_name, struct err *e)
{
	struct vg_scan *scan = NULL;
	const struct vg_pv *pv;
	enum err_code code;
	struct vg_lv *lv;
	struct vg *vg;

	*full_name = NULL;
	code = cmd_find_lv(m->lv, false, &scan, &vg, &lv, e);
	if (!code && lv->type == LV_RAID5)
		code = err_set(e, ERR_USAGE,
			       "%s/%s: is RAID5, of which a column can be moved off a PV (migratepv), but no single LP",
			       vg->name, lv->name);
	if (!code && (m->copy >= lv->copies || m->lp > lv->num_lps ||
		      !lv->map[m->copy][m->lp - 1].pv))
		code = err_set(e, ERR_NOTFOUND, "%s/%s: has no LP %u in a copy %u; lslv -m shows what it has",
			       vg->name, lv->name, m->lp, m->copy + 1);
	if (!code) {
		pv = vg_pv_by_name(vg, m->to[0]);
		if (!pv)
			code = err_set(e, ERR_NOTFOUND, "%s: not a PV of VG %s; lsvg -p %s lists them",
				       m->to[0], vg->name, vg->name);
		else if (lv->map[m->copy][m->lp - 1].pv == pv->num)
			code = err_set(e, ERR_FAILED, "%s/%s: LP %u of copy %u lies on %s already",
				       vg->name, lv->name, m->lp, m->copy + 1, m->to[0]);
	}
	if (!code)
		*full_name = xprintf("%s/%s", vg->name, lv->name);
	vg_scan_free(scan);
	return code;
}

int cmd_migratelp(int argc, char **argv)
{
	struct progress p = { .command = "migratelp",
			      .again = "run syncvg -l with the LV to go on" };
	struct move_what m = { 0 };
	char *lv, *full_name = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	bool json = false;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		if (c == OPT_PROGRESS)
			p.show = true;
		else
			json = true;
	}
	if (c < 0)
		return it.status;
	if (!split_operand(it.operands[0], &lv, &m.lp, &m.copy))
		return opt_usage(&spec, "'%s' is no LP: give it as LV/LP or LV/LP/COPY",
				 it.operands[0]);
	p.json = p.show && json;
	m.lv = lv;
	m.to = it.operands + 1;
	status = check(&m, &full_name, &e);
	if (!status) {
		m.lv = full_name;
		status = move_copy(&p, &m, &e);
	}
	free(full_name);
	free(lv);
	return status ? cmd_fail("migratelp", &e, json) : ERR_OK;
}
