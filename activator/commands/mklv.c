// SPDX-License-Identifier: GPL-2.0
/* mklv: make an LV. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

#define RAID5	"raid5"	/* the type that asks for it */

enum { OPT_CHUNK = OPT_LONG_ONLY, OPT_LOG };

static const struct opt opts[] = {
	{ 'y', "name", "LV", "name of the LV (default: lv00, lv01, ...)" },
	{ 'c', "copies", "N", "copies of each LP: 1, 2 or 3 (default 1)" },
	{ 't', "type", "TYPE", "what it is for (default jfs2); raid5: parity over several PVs" },
	{ 'u', "width", "N", "RAID5: PVs to stripe over, 3 to 8 (default: those named, or all)" },
	{ OPT_CHUNK, "chunk", "SIZE", "RAID5: bytes on one PV before the next, 16K to 1M (default 64K)" },
	{ OPT_LOG, "log", "MODE", "RAID5: row log: degraded (default), always or off" },
	{ 'L', "label", "TEXT", "label, as a rule the mount point" },
	{ 'e', "inter", "m|x", "spread over the minimum or maximum of PVs (default m)" },
	{ 'a', "intra", "m|c|e", "place on the PV: middle, center, edge (default m)" },
	{ 's', "strict", "y|n|s", "no PV shared between copies (y and s) or any (default y)" },
	{ 'x', "max", "LPS", "upper limit of LPs (default: 512, or the size)" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"mklv", "VG SIZE [PV...]",
	"Make a logical volume of SIZE LPs, or of SIZE bytes with K, M, G or T.", opts, 2, -1
};

static void say(const char *text)
{
	cmd_say("mklv", text);
}

/* -1: go on, else the exit status. */
static int parse(struct opt_iter *it, int argc, char **argv, struct lv_create_opts *o,
		 bool *json)
{
	uint64_t n;
	int c, strict;

	while ((c = opt_next(it, &spec, argc, argv)) > 0) {
		switch (c) {
		case 'y':
			o->name = it->arg;
			break;
		case 'c':
			if (!text_num(it->arg, VG_MAX_COPIES, &n) || !n)
				return opt_usage(&spec, "-c %s: not 1, 2 or 3", it->arg);
			o->copies = n;
			break;
		case 't':
			o->type_name = it->arg;
			break;
		case 'L':
			o->label = it->arg;
			break;
		case 'e':
			if (strcmp(it->arg, "m") && strcmp(it->arg, "x"))
				return opt_usage(&spec, "-e %s: neither m nor x", it->arg);
			o->inter = *it->arg;
			break;
		case 'a':
			if (strlen(it->arg) != 1 || !strchr("mce", *it->arg))
				return opt_usage(&spec, "-a %s: not m, c or e", it->arg);
			o->intra = *it->arg;
			break;
		case 's':
			/* AIX's superstrict: what y does here anyway. */
			strict = strcmp(it->arg, "s") ? cmd_yes_no(it->arg) : 1;
			if (strict < 0)
				return opt_usage(&spec, "-s %s: not y, n or s", it->arg);
			o->strict = strict;
			break;
		case 'x':
			if (!text_num(it->arg, UINT32_MAX, &n) || !n)
				return opt_usage(&spec, "-x %s: not a number of LPs", it->arg);
			o->max_lps = n;
			break;
		case 'u':
			if (!text_num(it->arg, VG_MAX_LEGS, &n) || n < 3)
				return opt_usage(&spec, "-u %s: not 3 to %u", it->arg, VG_MAX_LEGS);
			o->width = n;
			break;
		case OPT_CHUNK:
			if (!text_units(it->arg, 1, &n) || n < 16384 || n > 1 << 20 || n & (n - 1))
				return opt_usage(&spec, "--chunk %s: not a power of two from 16K to 1M",
						 it->arg);
			o->chunk_shift = (uint8_t)__builtin_ctzll(n);
			break;
		case OPT_LOG:
			if (!lv_row_log_from_name(it->arg, &o->row_log))
				return opt_usage(&spec, "--log %s: not degraded, always or off",
						 it->arg);
			break;
		case OPT_JSON:
			*json = true;
			break;
		}
	}
	if (c < 0)
		return it->status;
	if ((o->width || o->chunk_shift || o->row_log) && strcmp(o->type_name, RAID5))
		return opt_usage(&spec, "-u, --chunk and --log are of RAID5 (-t %s)", RAID5);
	if (o->copies > 1 && !strcmp(o->type_name, RAID5))
		return opt_usage(&spec, "RAID5 (-t %s) has one copy, and parity", RAID5);
	return -1;
}

static void default_name(const struct vg *vg, char name[LV_NAME_MAX + 1])
{
	unsigned int n = 0;

	do {
		snprintf(name, LV_NAME_MAX + 1, "lv%02u", n++);
	} while (vg_lv_by_name(vg, name));
}

/* PVs that are missing have no free PPs: that may be the whole reason. */
static void blame_missing(const struct vg *vg, struct err *e)
{
	char *missing = act_missing_pvs(vg);
	struct err why = *e;

	if (e->code == ERR_NOSPACE && *missing) {
		memset(e, 0, sizeof(*e));
		err_set(e, why.code, "%s (not counting missing PVs: %s)", why.text, missing);
	}
	free(missing);
}

/* As many as are named, or all that may be used. */
static uint8_t default_width(const struct vg *vg, struct vg_pv *const *named)
{
	unsigned int n = 0;

	while (named && named[n])
		n++;
	for (unsigned int i = 1; !named && i <= VG_MAX_PV; i++)
		n += vg->pv[i] && vg->pv[i]->io && !(vg->pv[i]->state & (PV_SPARE | PV_NOALLOC));
	return n < 3 ? 3 : n > VG_MAX_LEGS ? VG_MAX_LEGS : (uint8_t)n;
}

static enum err_code make(struct vg *vg, struct lv_create_opts *o, const char *size,
			  char **pv_names, struct vg_lv **lv, struct err *e)
{
	const struct act_opts act = { .say = say };
	char name[LV_NAME_MAX + 1];
	struct vg_pv **pvs = NULL;
	uint64_t lps;
	enum err_code code;

	if (!text_units(size, UINT64_C(1) << vg->pp_shift, &lps) || lps > UINT32_MAX)
		return err_set(e, ERR_USAGE,
			       "%s: not a size; give LPs, or a number with K, M, G or T", size);
	o->lps = lps;
	if (!o->name) {
		default_name(vg, name);
		o->name = name;
	}
	if (o->max_lps && o->max_lps < lps)
		return err_set(e, ERR_USAGE, "%s/%s: -x %u is less than its size of %u LPs",
			       vg->name, o->name, o->max_lps, o->lps);
	code = cmd_pvs(vg, pv_names, &pvs, e);
	o->pvs = pvs;
	if (!strcmp(o->type_name, RAID5) && !o->width)
		o->width = default_width(vg, pvs);
	if (!code) {
		code = lv_create(vg, o, lv, e);
		blame_missing(vg, e);
	}
	free(pvs);
	if (!code)
		code = vg_commit(vg, e);
	if (!code && cmd_vg_live(vg))
		code = act_lv_start(vg, *lv, &act, e);
	return code;
}

int cmd_mklv(int argc, char **argv)
{
	struct lv_create_opts o = { .type_name = "jfs2", .label = "", .copies = 1,
				    .strict = true, .inter = 'm', .intra = 'm' };
	struct vg_scan *scan = NULL;
	struct err e = { 0 };
	struct vg_lv *lv = NULL;
	struct opt_iter it;
	bool json = false;
	struct vg *vg;
	int status;

	status = parse(&it, argc, argv, &o, &json);
	if (status >= 0)
		return status;
	status = cmd_find_vg(it.operands[0], true, &scan, &vg, &e);
	if (!status) {
		cmd_warn("mklv", vg);
		status = make(vg, &o, it.operands[1], it.operands + 2, &lv, &e);
		cmd_warn("mklv", vg);
	}
	if (!status && json) {
		struct rec *r = rec_new();

		rec_str(r, "name", lv->name);
		rec_str(r, "vg", vg->name);
		rec_num(r, "lps", lv_user_lps(lv, lv->num_lps));
		rec_num(r, "copies", cmd_copies(lv));
		rec_num(r, "columns", cmd_columns(lv));
		rec_print_json(r);
		rec_free(r);
	} else if (!status) {
		puts(lv->name);
	}
	vg_scan_free(scan);
	return status ? cmd_fail("mklv", &e, json) : ERR_OK;
}
