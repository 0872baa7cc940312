// SPDX-License-Identifier: GPL-2.0
/* lsvg: list VGs; show a VG, its LVs or its PVs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "view.h"

static const struct opt opts[] = {
	{ 'i', "stdin", NULL, "show the VGs that standard input names" },
	{ 'o', "online", NULL, "only VGs that are varied on" },
	{ 'l', "lvs", NULL, "the LVs of the VG" },
	{ 'p', "pvs", NULL, "the PVs of the VG" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"lsvg", "[VG...]", "List volume groups, or show the given ones.", opts, 0, -1
};

static const struct column lv_columns[] = {
	{ "name", "LV NAME", 0 }, { "type", "TYPE", 20 }, { "lps", "LPs", 31 },
	{ "pps", "PPs", 39 }, { "pvs", "PVs", 47 }, { "state", "LV STATE", 52 },
	{ "mount_point", "MOUNT POINT", 66 }, { 0 }
};

static const struct column pv_columns[] = {
	{ "name", "PV_NAME", 0 }, { "state", "PV STATE", 18 }, { "total_pps", "TOTAL PPs", 36 },
	{ "free_pps", "FREE PPs", 48 }, { "free_distribution", "FREE DISTRIBUTION", 60 }, { 0 }
};

static const struct column name_columns[] = { { "name", "", 0 }, { 0 } };

static const struct card_line vg_lines[] = {
	{ "VOLUME GROUP:", "name", "VG IDENTIFIER:", "id", 0, 0, 0 },
	{ "VG STATE:", "state", "PP SIZE:", "pp_size", 0, 0, 0 },
	{ "VG PERMISSION:", "permission", "TOTAL PPs:", "total_pps", 0, 0, 0 },
	{ "MAX LVs:", "max_lvs", "FREE PPs:", "free_pps", 0, 0, 0 },
	{ "LVs:", "lvs", "USED PPs:", "used_pps", 0, 0, 0 },
	{ "OPEN LVs:", "open_lvs", "QUORUM:", "quorum_needed", 0, 0, 0 },
	{ "TOTAL PVs:", "total_pvs", "VG DESCRIPTORS:", "vg_descriptors", 0, 0, 0 },
	{ "STALE PVs:", "stale_pvs", "STALE PPs:", "stale_pps", 0, 0, 0 },
	{ "ACTIVE PVs:", "active_pvs", "AUTO ON:", "auto_on", 0, 0, 0 },
	{ "MAX PPs per VG:", "max_pps_vg", NULL, NULL, 0, 0, 62 },
	{ "MAX PPs per PV:", "max_pps_pv", "MAX PVs:", "max_pvs", 0, 0, 0 },
	{ "LTG size (Dynamic):", "ltg", "AUTO SYNC:", "auto_sync", 0, 0, 0 },
	{ "HOT SPARE:", "hot_spare", "BB POLICY:", "bb_policy", 0, 0, 0 },
	{ "PV RESTRICTION:", "pv_restriction", "INFINITE RETRY:", "infinite_retry", 0, 0, 0 },
	{ 0 }
};

static const struct card vg_card = { 45, 61, vg_lines };

static void add_pps(struct rec *r, const char *key, const struct vg *vg, uint64_t pps)
{
	rec_num_as(r, key, pps, "%" PRIu64 " (%" PRIu64 " megabytes)", pps,
		   pps * view_pp_mib(vg));
}

/* Bad blocks are relocated in the legs of redundant LVs alone. */
static bool has_redundant(const struct vg *vg)
{
	for (unsigned int n = 1; n <= VG_MAX_LV; n++)
		if (vg->lv[n] && vg->lv[n]->type != LV_LINEAR)
			return true;
	return false;
}

static struct rec *vg_rec(const struct vg *vg)
{
	struct rec *r = rec_new();
	struct view_vg_sums s;
	char id[33], buf[64], *missing = act_missing_pvs(vg);
	bool native = vg->kind == VG_NATIVE;

	view_vg_sums(vg, &s);
	text_hex(id, vg->id.b, 16);
	rec_str(r, "name", cmd_vg_name(vg, buf));
	rec_str(r, "id", id);
	rec_str(r, "state", act_vg_is_on(vg) ? "active" : "inactive");
	rec_num_as(r, "pp_size", UINT64_C(1) << vg->pp_shift, "%" PRIu64 " megabyte(s)",
		   view_pp_mib(vg));
	rec_str(r, "permission", vg->read_only ? "read-only" : "read/write");
	add_pps(r, "total_pps", vg, s.total_pps);
	rec_num(r, "max_lvs", vg->max_lvs);
	add_pps(r, "free_pps", vg, s.free_pps);
	rec_num(r, "lvs", s.lvs);
	add_pps(r, "used_pps", vg, s.total_pps - s.free_pps);
	rec_num(r, "open_lvs", s.open_lvs);
	rec_num_as(r, "quorum_needed", vg_quorum_needed(vg), "%u (%s)", vg_quorum_needed(vg),
		   vg->quorum ? "Enabled" : "Disabled");
	rec_num(r, "total_pvs", vg->num_pvs);
	rec_num(r, "vg_descriptors", vg->total_vgdas);
	rec_num(r, "stale_pvs", s.stale_pvs);
	rec_num(r, "stale_pps", s.stale_pps);
	rec_num(r, "active_pvs", s.active_pvs);
	rec_bool(r, "auto_on", vg->auto_varyon, vg->auto_varyon ? "yes" : "no");
	rec_num(r, "max_pps_vg", VG_MAX_PV * VG_MAX_PP);
	rec_num(r, "max_pps_pv", VG_MAX_PP);
	rec_num(r, "max_pvs", VG_MAX_PV);
	rec_text(r, "ltg", "128 kilobyte(s)");
	rec_bool(r, "auto_sync", vg->auto_sync, vg->auto_sync ? "yes" : "no");
	rec_text(r, "hot_spare", "%s", vg->spare_policy == 'y' ? "yes (one to one)" :
		 vg->spare_policy == 'Y' ? "yes (one to many)" : "no");
	rec_text(r, "bb_policy", "%srelocatable", has_redundant(vg) ? "" : "non-");
	rec_text(r, "pv_restriction", "none");
	rec_text(r, "infinite_retry", "no");
	rec_str(r, "kind", native ? "native" : "aix");
	rec_num(r, "version", vg->version);
	rec_bool(r, "quorum", vg->quorum, "");
	rec_bool(r, "has_quorum", vg_has_quorum(vg), "");
	rec_str(r, "missing_pvs", missing);
	free(missing);
	return r;
}

static unsigned int count_pvs(const struct vg_lv *lv)
{
	bool seen[VG_MAX_PV + 1] = { false };
	unsigned int count = 0;

	for (unsigned int c = 0; c < lv_num_maps(lv); c++)
		for (uint32_t lp = 0; lp < lv->num_lps; lp++) {
			uint16_t pv = lv->map[c][lp].pv;

			if (!pv || seen[pv])
				continue;
			seen[pv] = true;
			count++;
		}
	return count;
}

static struct rows *lv_rows(const struct vg *vg)
{
	struct rows *rows = rows_new();

	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		const struct vg_lv *lv = vg->lv[n];
		char *state, *mount;
		struct view_lv v;
		struct rec *r;

		if (!lv || lv->hidden)
			continue;
		view_lv(vg, lv, &v);
		state = view_lv_state(&v, false);
		mount = view_mount_point(lv, &v.act);
		r = rec_new();
		rec_str(r, "name", lv->name);
		rec_str(r, "type", lv->type_name);
		rec_num(r, "lps", lv_user_lps(v.lv, v.lv->num_lps));
		rec_num(r, "pps", (uint64_t)v.lv->num_lps * lv_num_maps(v.lv));
		rec_num(r, "pvs", count_pvs(v.lv));
		rec_num(r, "copies", cmd_copies(v.lv));
		rec_bool(r, "active", v.act.active, "");
		rec_str(r, "state", state);
		rec_str(r, "mount_point", mount);
		rows_add(rows, r);
		free(state);
		free(mount);
	}
	return rows;
}

/* The snapshot VG that split PVs are in, when any of that is here; else "". */
static const char *snapshot_name(struct vg_scan *scan, const struct vg *vg, char buf[64])
{
	static const struct vg_id none;

	for (unsigned int i = 0; i < vg_scan_count(scan); i++) {
		const struct vg *other = vg_scan_vg(scan, i);

		if (memcmp(&vg->snapshot, &none, sizeof(none)) &&
		    !memcmp(&other->id, &vg->snapshot, sizeof(none)))
			return cmd_vg_name(other, buf);
	}
	return "";
}

static void add_pv_state(struct rec *r, const struct vg *vg, const struct vg_pv *pv,
			 struct vg_scan *scan)
{
	const char *state = view_pv_state(pv, act_vg_is_on(vg), "varied off"), *snapshot = "";
	char buf[64], *text;

	if (!strcmp(state, "split"))
		snapshot = snapshot_name(scan, vg, buf);
	text = xprintf(*snapshot ? "%s (%s)" : "%s", state, snapshot);
	rec_str_as(r, "state", state, text);
	rec_str(r, "snapshot", snapshot);
	free(text);
}

static struct rows *pv_rows(const struct vg *vg, struct vg_scan *scan)
{
	struct rows *rows = rows_new();

	for (unsigned int n = 1; n <= VG_MAX_PV; n++) {
		const struct vg_pv *pv = vg->pv[n];
		uint64_t bands[VIEW_BANDS];
		char buf[64], id[17], *text;
		struct rec *r;

		if (!pv)
			continue;
		view_bands(pv, 0, bands);
		text = view_join(bands, VIEW_BANDS, "..", 2);
		text_hex(id, pv->id.b, 8);
		r = rec_new();
		rec_str(r, "name", vg_pv_label(pv, buf));
		add_pv_state(r, vg, pv, scan);
		rec_num(r, "total_pps", pv->pp_count);
		rec_num(r, "free_pps", vg_pv_free(pv));
		rec_nums(r, "free_distribution", bands, VIEW_BANDS, text);
		rec_str(r, "id", id);
		rec_str(r, "device", pv->io ? pv->io->path : "");
		rows_add(rows, r);
		free(text);
	}
	return rows;
}

/* What is asked for of one VG, as one JSON object. */
static struct rec *json_rec(const struct vg *vg, int what, struct vg_scan *scan)
{
	struct rec *r;
	char buf[64];

	if (!what)
		return vg_rec(vg);
	r = rec_new();
	rec_str(r, "vg", cmd_vg_name(vg, buf));
	if (what == 'l')
		rec_rows(r, "lvs", lv_rows(vg));
	else
		rec_rows(r, "pvs", pv_rows(vg, scan));
	return r;
}

static void show_text(const struct vg *vg, int what, struct vg_scan *scan)
{
	struct rec *r;
	struct rows *rows;
	char buf[64], *name;

	if (!what) {
		r = vg_rec(vg);
		rec_print(r, &vg_card);
		rec_free(r);
		return;
	}
	rows = what == 'l' ? lv_rows(vg) : pv_rows(vg, scan);
	name = text_safe(cmd_vg_name(vg, buf));
	printf("%s:\n", name);
	rows_print(rows, what == 'l' ? lv_columns : pv_columns, true);
	free(name);
	rows_free(rows);
}

/* The VGs of the operands; as JSON one object, or a list when there are more. */
static enum err_code show_vgs(struct vg_scan *scan, char **names, int what, bool json,
			      struct err *e)
{
	struct rows *rows = rows_new();
	enum err_code code = ERR_OK;

	for (; *names && !code; names++) {
		struct vg *vg;

		code = vg_find(scan, *names, &vg, e);
		if (!code)
			code = cmd_check_vg(scan, vg, false, e);
		if (code)
			break;
		cmd_warn("lsvg", vg);
		cmd_say_missing("lsvg", vg);
		if (json)
			rows_add(rows, json_rec(vg, what, scan));
		else
			show_text(vg, what, scan);
	}
	if (!code && json)
		rows_print_json_one(rows);
	rows_free(rows);
	return code;
}

/* The code of the first VG that cannot be used: the list alone does not tell it. */
static enum err_code list_vgs(struct vg_scan *scan, bool online, bool json)
{
	struct rows *rows = rows_new();
	enum err_code unsound = ERR_OK;
	char buf[64], id[33];

	for (unsigned int i = 0; i < vg_scan_count(scan); i++) {
		const struct err *why = vg_scan_error(scan, i);
		struct vg *vg = vg_scan_vg(scan, i);
		struct rec *r;
		bool on;

		cmd_warn_why("lsvg", vg, why);
		if (!why || !why->code)
			cmd_say_missing("lsvg", vg);
		else if (!unsound)
			unsound = why->code;
		on = act_vg_is_on(vg);
		if (online && !on)
			continue;
		r = rec_new();
		text_hex(id, vg->id.b, 16);
		rec_str(r, "name", cmd_vg_name(vg, buf));
		rec_str(r, "id", id);
		rec_bool(r, "active", on, "");
		rec_str(r, "error", why && why->code ? err_name(why->code) : "");
		rows_add(rows, r);
	}
	if (json)
		rows_print_json(rows);
	else
		rows_print(rows, name_columns, false);
	rows_free(rows);
	return unsound;
}

/* The words of standard input, as operands; the caller owns it. */
static char **read_names(int *count)
{
	char **names = xalloc(sizeof(*names)), word[256];

	*count = 0;
	while (scanf("%255s", word) == 1) {
		names = xrealloc(names, (*count + 2) * sizeof(*names));
		names[(*count)++] = xstrdup(word);
		names[*count] = NULL;
	}
	return names;
}

int cmd_lsvg(int argc, char **argv)
{
	bool online = false, json = false, from_stdin = false;
	char **names;
	int num_names;
	struct vg_scan *scan = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	int c, what = 0, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		if (c == 'o') {
			online = true;
		} else if (c == 'i') {
			from_stdin = true;
		} else if (c == OPT_JSON) {
			json = true;
		} else if (what && what != c) {
			return opt_usage(&spec, "-l and -p exclude each other");
		} else {
			what = c;
		}
	}
	if (c < 0)
		return it.status;
	if (from_stdin && it.num_operands)
		return opt_usage(&spec, "-i takes no VG");
	if (what && !it.num_operands && !from_stdin)
		return opt_usage(&spec, "-%c needs a VG", what);
	if (online && (it.num_operands || from_stdin))
		return opt_usage(&spec, "-o takes no VG");

	status = vg_scan(NULL, false, &scan, &e);
	if (status)
		return cmd_fail("lsvg", &e, json);
	if (from_stdin) {
		names = read_names(&num_names);
		status = show_vgs(scan, names, what, json, &e);
		while (num_names)
			free(names[--num_names]);
		free(names);
	} else if (it.num_operands) {
		status = show_vgs(scan, it.operands, what, json, &e);
	} else {
		status = list_vgs(scan, online, json);
	}
	vg_scan_free(scan);
	return e.code ? cmd_fail("lsvg", &e, json) : status;
}
