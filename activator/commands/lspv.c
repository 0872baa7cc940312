// SPDX-License-Identifier: GPL-2.0
/* lspv: list PVs; show a PV, the LVs on it or its PPs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "badblocks.h"
#include "view.h"

enum { OPT_BAD_BLOCKS = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ 'l', "lvs", NULL, "the LVs on the PV" },
	{ 'p', "pps", NULL, "the PPs of the PV, in ranges" },
	{ OPT_BAD_BLOCKS, "bad-blocks", NULL, "bad places of the PV that active LVs know of" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"lspv", "[PV]", "List physical volumes, or show one: a device or a PVID.", opts, 0, 1
};

static const struct column list_columns[] = {
	{ "name", "", 0 }, { "id", "", 16 }, { "vg", "", 52 }, { "state", "", 68 }, { 0 }
};

static const struct column lv_columns[] = {
	{ "name", "LV NAME", 0 }, { "lps", "LPs", 22 }, { "pps", "PPs", 30 },
	{ "distribution", "DISTRIBUTION", 38 }, { "mount_point", "MOUNT POINT", 60 }, { 0 }
};

static const struct column pp_columns[] = {
	{ "range", "PP RANGE", 0 }, { "state", "STATE", 10 }, { "region", "REGION", 18 },
	{ "lv", "LV NAME", 32 }, { "type", "TYPE", 52 }, { "mount_point", "MOUNT POINT", 63 },
	{ 0 }
};

static const struct column bad_columns[] = {
	{ "lv", "LV NAME", 0 }, { "copy", "COPY", 22 }, { "lp", "LP", 28 }, { "pp", "PP", 36 },
	{ "sector", "SECTOR", 44 }, { "state", "STATE", 58 }, { 0 }
};

static const struct card_line pv_lines[] = {
	{ "PHYSICAL VOLUME:", "name", "VOLUME GROUP:", "vg", 0, 0, 0 },
	{ "PV IDENTIFIER:", "id", "VG IDENTIFIER", "vg_id", 37, 55, 0 },
	{ "PV STATE:", "state", NULL, NULL, 0, 0, 63 },
	{ "STALE PARTITIONS:", "stale_pps", "ALLOCATABLE:", "allocatable", 0, 0, 0 },
	{ "PP SIZE:", "pp_size", "LOGICAL VOLUMES:", "lvs", 0, 0, 0 },
	{ "TOTAL PPs:", "total_pps", "VG DESCRIPTORS:", "vg_descriptors", 0, 0, 0 },
	{ "FREE PPs:", "free_pps", "HOT SPARE:", "hot_spare", 0, 0, 0 },
	{ "USED PPs:", "used_pps", "MAX REQUEST:", "max_request", 0, 0, 0 },
	{ "FREE DISTRIBUTION:", "free_distribution", NULL, NULL, 0, 0, 63 },
	{ "USED DISTRIBUTION:", "used_distribution", NULL, NULL, 0, 0, 63 },
	{ "MIRROR POOL:", "mirror_pool", NULL, NULL, 0, 0, 47 },
	{ 0 }
};

static const struct card pv_card = { 45, 63, pv_lines };

static bool holds(const struct vg_pv *pv, const struct vg_lv *lv)
{
	for (unsigned int i = 0; i < pv->pp_count; i++)
		if (pv->pp[i].lv == lv->num)
			return true;
	return false;
}

static void add_pps(struct rec *r, const char *key, const struct vg *vg, uint64_t pps)
{
	rec_num_as(r, key, pps, "%" PRIu64 " (%" PRIu64 " megabytes)", pps,
		   pps * view_pp_mib(vg));
}

static struct rec *pv_rec(const struct vg *vg, const struct vg_pv *pv)
{
	uint64_t free_bands[VIEW_BANDS], used_bands[VIEW_BANDS];
	char buf[64], vg_buf[64], id[17], vgid[33], *text;
	unsigned int lvs = 0, len[VIEW_BANDS];
	struct rec *r = rec_new();
	bool alloc = !(pv->state & PV_NOALLOC);

	for (unsigned int n = 1; n <= VG_MAX_LV; n++)
		lvs += vg->lv[n] && !vg->lv[n]->hidden && holds(pv, vg->lv[n]);
	vg_bands(pv->pp_count, len);
	view_bands(pv, 0, free_bands);
	for (unsigned int i = 0; i < VIEW_BANDS; i++)
		used_bands[i] = len[i] - free_bands[i];
	text_hex(id, pv->id.b, 8);
	text_hex(vgid, vg->id.b, 16);

	rec_str(r, "name", vg_pv_label(pv, buf));
	rec_str(r, "vg", cmd_vg_name(vg, vg_buf));
	rec_str(r, "id", id);
	rec_str(r, "vg_id", vgid);
	rec_str(r, "state", view_pv_state(pv, act_vg_is_on(vg), "varied off"));
	rec_num(r, "stale_pps", view_pv_stale(vg, pv));
	rec_bool(r, "allocatable", alloc, alloc ? "yes" : "no");
	rec_num_as(r, "pp_size", UINT64_C(1) << vg->pp_shift, "%" PRIu64 " megabyte(s)",
		   view_pp_mib(vg));
	rec_num(r, "lvs", lvs);
	add_pps(r, "total_pps", vg, pv->pp_count);
	rec_num(r, "vg_descriptors", pv->vgdas);
	add_pps(r, "free_pps", vg, vg_pv_free(pv));
	rec_bool(r, "hot_spare", pv->state & PV_SPARE, pv->state & PV_SPARE ? "yes" : "no");
	add_pps(r, "used_pps", vg, pv->pp_count - vg_pv_free(pv));
	rec_text(r, "max_request", "512 kilobytes");
	text = view_join(free_bands, VIEW_BANDS, "..", 2);
	rec_nums(r, "free_distribution", free_bands, VIEW_BANDS, text);
	free(text);
	text = view_join(used_bands, VIEW_BANDS, "..", 2);
	rec_nums(r, "used_distribution", used_bands, VIEW_BANDS, text);
	free(text);
	rec_text(r, "mirror_pool", "None");
	rec_str(r, "device", pv->io ? pv->io->path : "");
	return r;
}

static struct rows *lv_rows(const struct vg *vg, const struct vg_pv *pv)
{
	struct rows *rows = rows_new();

	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		const struct vg_lv *lv = vg->lv[n];
		uint64_t bands[VIEW_BANDS], pps = 0, lps = 0;
		char *text, *mount;
		struct act_state s;
		struct rec *r;

		if (!lv || !holds(pv, lv))
			continue;
		view_bands(pv, n, bands);
		for (unsigned int i = 0; i < VIEW_BANDS; i++)
			pps += bands[i];
		for (uint32_t lp = 0; lp < lv->num_lps; lp++) {
			bool here = false;

			for (unsigned int c = 0; c < lv_num_maps(lv); c++)
				here |= lv->map[c] && lv->map[c][lp].pv == pv->num;
			lps += here;
		}
		act_lv_state(vg, lv, &s, NULL);
		text = view_join(bands, VIEW_BANDS, "..", 2);
		mount = view_mount_point(lv, &s);
		r = rec_new();
		rec_str(r, "name", lv->name);
		rec_num(r, "lps", lps);
		rec_num(r, "pps", pps);
		rec_nums(r, "distribution", bands, VIEW_BANDS, text);
		rec_str(r, "mount_point", mount);
		rows_add(rows, r);
		free(text);
		free(mount);
	}
	return rows;
}

/* A run of PPs first..last of one LV (or free), which lies in one band when free. */
static struct rec *pp_rec(const struct vg *vg, const struct vg_pv *pv, unsigned int first,
			  unsigned int last)
{
	const struct vg_pp *pp = &pv->pp[first - 1];
	const struct vg_lv *lv = pp->lv ? vg->lv[pp->lv] : NULL;
	struct rec *r = rec_new();
	struct act_state s;
	char *mount;

	rec_text(r, "range", "%3u-%-3u", first, last);
	rec_num_as(r, "first_pp", first, "%s", "");
	rec_num_as(r, "last_pp", last, "%s", "");
	rec_str(r, "state", !pp->lv ? "free" : pp->stale ? "stale" : "used");
	rec_str(r, "region", view_band_names[view_band_of(pv, first)]);
	if (!lv) {
		rec_null_as(r, "lv", "");
		rec_text(r, "type", "%s", "");
		rec_text(r, "mount_point", "%s", "");
		return r;
	}
	act_lv_state(vg, lv, &s, NULL);
	mount = view_mount_point(lv, &s);
	rec_str(r, "lv", lv->name);
	rec_str(r, "type", lv->type_name);
	rec_str(r, "mount_point", mount);
	free(mount);
	return r;
}

static struct rows *pp_rows(const struct vg *vg, const struct vg_pv *pv)
{
	struct rows *rows = rows_new();
	unsigned int first = 1;

	for (unsigned int n = 1; n <= pv->pp_count; n++) {
		const struct vg_pp *a = &pv->pp[n - 1], *b = a + 1;

		if (n < pv->pp_count && a->lv == b->lv && a->stale == b->stale &&
		    view_band_of(pv, n) == view_band_of(pv, n + 1))
			continue;
		rows_add(rows, pp_rec(vg, pv, first, n));
		first = n + 1;
	}
	return rows;
}

static const struct listing {
	int what;			/* the option */
	struct rows *(*rows)(const struct vg *vg, const struct vg_pv *pv);
	const struct column *columns;
	const char *key;		/* of the list, for JSON */
} listings[] = {
	{ 'l', lv_rows, lv_columns, "lvs" },
	{ 'p', pp_rows, pp_columns, "ranges" },
	{ OPT_BAD_BLOCKS, bad_block_rows, bad_columns, "bad_blocks" },
};

static void show_card(const struct vg *vg, const struct vg_pv *pv, bool json)
{
	struct rec *r = pv_rec(vg, pv);

	if (json)
		rec_print_json(r);
	else
		rec_print(r, &pv_card);
	rec_free(r);
}

static void show(const struct vg *vg, const struct vg_pv *pv, int what, bool json)
{
	const struct listing *l = listings;
	char buf[64], *name;
	struct rows *rows;
	struct rec *r;

	if (!what) {
		show_card(vg, pv, json);
		return;
	}
	while (l->what != what)
		l++;
	rows = l->rows(vg, pv);
	if (json) {
		r = rec_new();
		rec_str(r, "pv", vg_pv_label(pv, buf));
		rec_rows(r, l->key, rows);
		rec_print_json(r);
		rec_free(r);
		return;
	}
	name = text_safe(vg_pv_label(pv, buf));
	printf("%s:\n", name);
	rows_print(rows, l->columns, true);
	free(name);
	rows_free(rows);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void list_found(struct rows *rows, struct vg_scan *scan)
{
	const struct vg_scan_pv *pvs;
	unsigned int count = vg_scan_pvs(scan, &pvs);
	char id[17], buf[64];

	for (unsigned int i = 0; i < count; i++) {
		struct rec *r = rec_new();

		rec_str(r, "name", base_name(pvs[i].path));
		text_hex(id, pvs[i].pvid.b, 8);
		if (pvs[i].has_pvid)
			rec_str(r, "id", id);
		else
			rec_null_as(r, "id", "none");
		if (pvs[i].vg)
			rec_str(r, "vg", cmd_vg_name(pvs[i].vg, buf));
		else
			rec_null_as(r, "vg", "None");
		rec_str(r, "state", pvs[i].vg && act_vg_is_on(pvs[i].vg) ? "active" : "");
		rec_str(r, "device", pvs[i].path);
		rows_add(rows, r);
	}
}

/* A clone that is not used is here all the same. */
static bool is_found(struct vg_scan *scan, const struct vg_pv *pv)
{
	const struct vg_scan_pv *pvs;
	unsigned int count = vg_scan_pvs(scan, &pvs);

	for (unsigned int i = 0; i < count; i++)
		if (!memcmp(&pvs[i].pvid, &pv->id, sizeof(pv->id)))
			return true;
	return false;
}

/* PVs that a VG names and no device is. */
static void list_missing(struct rows *rows, struct vg_scan *scan)
{
	char id[17], buf[64];

	for (unsigned int i = 0; i < vg_scan_count(scan); i++)
		for (unsigned int n = 1; n <= VG_MAX_PV; n++) {
			const struct vg *vg = vg_scan_vg(scan, i);
			struct rec *r;

			if (!vg->pv[n] || vg->pv[n]->io || is_found(scan, vg->pv[n]))
				continue;
			r = rec_new();
			text_hex(id, vg->pv[n]->id.b, 8);
			rec_str_as(r, "name", "", "-");
			rec_str(r, "id", id);
			rec_str(r, "vg", cmd_vg_name(vg, buf));
			rec_str(r, "state", "missing");
			rec_str(r, "device", "");
			rows_add(rows, r);
		}
}

static void list(struct vg_scan *scan, bool json)
{
	struct rows *rows = rows_new();

	for (unsigned int i = 0; i < vg_scan_count(scan); i++)
		cmd_warn_why("lspv", vg_scan_vg(scan, i), vg_scan_error(scan, i));
	list_found(rows, scan);
	list_missing(rows, scan);
	if (json)
		rows_print_json(rows);
	else
		rows_print(rows, list_columns, false);
	rows_free(rows);
}

static enum err_code show_pv(struct vg_scan *scan, const char *name, int what, bool json,
			     struct err *e)
{
	if (!*name)
		return err_set(e, ERR_USAGE, "the name of a PV is empty");
	for (unsigned int i = 0; i < vg_scan_count(scan); i++) {
		struct vg *vg = vg_scan_vg(scan, i);
		struct vg_pv *pv = vg_pv_by_name(vg, name);
		enum err_code code;

		if (!pv)
			continue;
		code = cmd_check_vg(scan, vg, false, e);
		if (!code) {
			cmd_warn("lspv", vg);
			show(vg, pv, what, json);
		}
		return code;
	}
	return err_set(e, ERR_NOTFOUND, "%s: no PV of a VG; lspv lists the devices", name);
}

int cmd_lspv(int argc, char **argv)
{
	struct vg_scan *scan = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	int c, what = 0, status;
	bool json = false;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		if (c == OPT_JSON)
			json = true;
		else if (what && what != c)
			return opt_usage(&spec, "-l, -p and --bad-blocks exclude each other");
		else
			what = c;
	}
	if (c < 0)
		return it.status;
	if (what && !it.num_operands)
		return what == OPT_BAD_BLOCKS ? opt_usage(&spec, "--bad-blocks needs a PV") :
						opt_usage(&spec, "-%c needs a PV", what);

	status = vg_scan(NULL, false, &scan, &e);
	if (!status && it.num_operands)
		status = show_pv(scan, it.operands[0], what, json, &e);
	else if (!status)
		list(scan, json);
	vg_scan_free(scan);
	return status ? cmd_fail("lspv", &e, json) : ERR_OK;
}
