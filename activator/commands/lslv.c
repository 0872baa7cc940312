// SPDX-License-Identifier: GPL-2.0
/* lslv: show an LV, its PVs or its map. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "view.h"

static const struct opt opts[] = {
	{ 'l', "pvs", NULL, "how the LV is spread over its PVs" },
	{ 'm', "map", NULL, "which PPs each LP has" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"lslv", "LV|VG/LV", "Show a logical volume.", opts, 1, 1
};

static const struct column pv_columns[] = {
	{ "name", "PV", 0 }, { "copies", "COPIES", 18 }, { "in_band", "IN BAND", 32 },
	{ "distribution", "DISTRIBUTION ", 46 }, { 0 }
};

static const struct column map_columns[] = {
	{ "lp", "LP", 0 }, { "pp1", "PP1", 6 }, { "pv1", "PV1", 11 }, { "pp2", "PP2", 29 },
	{ "pv2", "PV2", 34 }, { "pp3", "PP3", 52 }, { "pv3", "PV3", 57 }, { 0 }
};

static const struct card_line lv_lines[] = {
	{ "LOGICAL VOLUME:", "name", "VOLUME GROUP:", "vg", 0, 0, 0 },
	{ "LV IDENTIFIER:", "id", "PERMISSION:", "permission", 0, 0, 0 },
	{ "VG STATE:", "vg_state", "LV STATE:", "state", 0, 0, 0 },
	{ "TYPE:", "type", "WRITE VERIFY:", "write_verify", 0, 0, 0 },
	{ "MAX LPs:", "max_lps", "PP SIZE:", "pp_size", 0, 0, 0 },
	{ "COPIES:", "copies", "SCHED POLICY:", "sched_policy", 0, 0, 0 },
	{ "LPs:", "lps", "PPs:", "pps", 0, 0, 0 },
	{ "STALE PPs:", "stale_pps", "BB POLICY:", "bb_policy", 0, 0, 0 },
	{ "INTER-POLICY:", "inter", "RELOCATABLE:", "relocatable", 0, 0, 0 },
	{ "INTRA-POLICY:", "intra", "UPPER BOUND:", "upper_bound", 0, 0, 0 },
	{ "MOUNT POINT:", "mount_point", "LABEL:", "label", 0, 0, 0 },
	{ "MIRROR WRITE CONSISTENCY:", "mwc", NULL, NULL, 0, 0, 0 },
	{ "EACH LP COPY ON A SEPARATE PV ?:", "strict", NULL, NULL, 0, 0, 0 },
	{ "Serialize IO ?:", "serialize", NULL, NULL, 0, 0, 0 },
	{ "INFINITE RETRY:", "infinite_retry", NULL, NULL, 0, 0, 0 },
	{ 0 }
};

static const struct card lv_card = { 43, 59, lv_lines };

static const struct card_line raid5_lines[] = {
	{ "STRIPE WIDTH:", "columns", "STRIPE SIZE:", "chunk_bytes", 0, 0, 0 },
	{ "ROW LOG:", "row_log", NULL, NULL, 0, 0, 0 },
	{ 0 }
};

static const struct card raid5_card = { 43, 59, raid5_lines };

/* Of RAID5: an LP of each column, which hold these LPs of data and their parity. */
static const struct column raid5_columns[] = {
	{ "lps", "LPs", 0 }, { "pp1", "PP1", 11 }, { "pv1", "PV1", 16 }, { "pp2", "PP2", 26 },
	{ "pv2", "PV2", 31 }, { "pp3", "PP3", 41 }, { "pv3", "PV3", 46 }, { "pp4", "PP4", 56 },
	{ "pv4", "PV4", 61 }, { "pp5", "PP5", 71 }, { "pv5", "PV5", 76 }, { "pp6", "PP6", 86 },
	{ "pv6", "PV6", 91 }, { "pp7", "PP7", 101 }, { "pv7", "PV7", 106 },
	{ "pp8", "PP8", 116 }, { "pv8", "PV8", 121 }, { 0 }
};

static const char *sched_policy(unsigned int policy)
{
	switch (policy) {
	case 1: return "sequential";
	case 4: return "parallel write/sequential read";
	case 5: return "striped";
	case 8: return "parallel write/round robin read";
	}
	return "parallel";
}

static const char *mwc(const struct vg *vg, const struct vg_lv *lv)
{
	if (vg->kind == VG_NATIVE)
		return lv->type == LV_LINEAR ? "off" : "on/ACTIVE";
	return lv->mwc == 1 ? "on/ACTIVE" : lv->mwc == 3 ? "on/PASSIVE" : "off";
}

static const char *redundancy(const struct vg_lv *lv)
{
	return lv->type == LV_MIRROR ? "mirror" : lv->type == LV_RAID5 ? "raid5" : "linear";
}

static const char *vg_state(const struct vg *vg)
{
	char *missing;
	bool complete;

	if (!act_vg_is_on(vg))
		return "inactive";
	missing = act_missing_pvs(vg);
	complete = !*missing;
	free(missing);
	return complete ? "active/complete" : "active/partial";
}

static struct rec *lv_rec(const struct vg *vg, const struct vg_lv *lv)
{
	char id[33], uuid[33], buf[64], *state, *mount, *lvid;
	uint64_t stale = 0, mib = view_pp_mib(vg);
	struct rec *r = rec_new();
	struct view_lv v;

	view_lv(vg, lv, &v);
	lv = v.lv;
	for (unsigned int c = 0; c < lv->copies; c++)
		stale += v.stale_pps[c];
	text_hex(id, vg->id.b, 16);
	text_hex(uuid, lv->uuid.b, 16);
	lvid = xprintf("%s.%u", id, lv->num);
	state = view_lv_state(&v, true);
	mount = view_mount_point(lv, &v.act);

	rec_str(r, "name", lv->name);
	rec_str(r, "vg", cmd_vg_name(vg, buf));
	rec_str(r, "id", lvid);
	rec_str(r, "permission", lv->permissions == 2 ? "read-only" : "read/write");
	rec_str(r, "vg_state", vg_state(vg));
	rec_str(r, "state", state);
	rec_str(r, "type", lv->type_name);
	rec_str(r, "write_verify", lv->write_verify == 1 ? "on" : "off");
	rec_num(r, "max_lps", lv_user_lps(lv, lv->max_lps));
	rec_num_as(r, "pp_size", UINT64_C(1) << vg->pp_shift, "%" PRIu64 " megabyte(s)", mib);
	rec_num(r, "copies", cmd_copies(lv));
	rec_str(r, "sched_policy", sched_policy(lv->sched_policy));
	rec_num(r, "lps", lv_user_lps(lv, lv->num_lps));
	rec_num(r, "pps", (uint64_t)lv->num_lps * lv_num_maps(lv));
	rec_num(r, "stale_pps", stale);
	rec_str(r, "bb_policy", lv->type != LV_LINEAR || lv->bb_relocation == 1 ? "relocatable" : "non-relocatable");
	rec_str(r, "inter", lv->inter == 'x' ? "maximum" : "minimum");
	rec_text(r, "relocatable", "yes");
	rec_str(r, "intra", lv->intra == 'c' ? "center" : lv->intra == 'e' ? "edge" : "middle");
	rec_text(r, "upper_bound", "%u", VG_MAX_PV);
	rec_str(r, "mount_point", mount);
	rec_str_as(r, "label", lv->label, *lv->label ? lv->label : "None");
	rec_str(r, "mwc", mwc(vg, lv));
	rec_bool(r, "strict", lv->strict, lv->strict ? "yes" : "no");
	rec_text(r, "serialize", "NO");
	rec_text(r, "infinite_retry", "no");
	rec_str(r, "redundancy", redundancy(lv));
	rec_str(r, "uuid", uuid);
	rec_num(r, "size_bytes", (uint64_t)lv_user_lps(lv, lv->num_lps) << vg->pp_shift);
	rec_num(r, "columns", cmd_columns(lv));
	rec_num_as(r, "chunk_bytes", lv->chunk_shift ? UINT64_C(1) << lv->chunk_shift : 0,
		   "%uK", lv->chunk_shift ? 1U << (lv->chunk_shift - 10) : 0);
	rec_str(r, "row_log", lv->type == LV_RAID5 ? lv_row_log_name(lv->row_log) : "");
	rec_num(r, "region_bytes", lv->type == LV_LINEAR ? 0 : UINT64_C(1) << lv->region_shift);
	rec_bool(r, "active", v.act.active, "");
	rec_bool(r, "open", v.act.open, "");
	rec_str(r, "dm_name", v.act.name);
	rec_str(r, "split_from", lv->child_of ? vg->lv[lv->child_of]->name : "");
	rec_num(r, "split_copy", lv->child_of ? lv->child_copy + 1 : 0);
	free(lvid);
	free(state);
	free(mount);
	return r;
}

/* The band that the intra-policy wants: edge, middle, center. */
static unsigned int wanted_band(const struct vg_lv *lv)
{
	return lv->intra == 'e' ? 0 : lv->intra == 'c' ? 2 : 1;
}

static struct rows *pv_rows(const struct vg *vg, const struct vg_lv *lv)
{
	struct rows *rows = rows_new();

	for (unsigned int n = 1; n <= VG_MAX_PV; n++) {
		uint64_t bands[VIEW_BANDS], at_least[VG_MAX_LEGS] = { 0 }, pps = 0;
		const struct vg_pv *pv = vg->pv[n];
		char buf[64], *text;
		struct rec *r;

		if (!pv)
			continue;
		view_bands(pv, lv->child_of ? lv->child_of : lv->num, bands);
		for (unsigned int i = 0; i < VIEW_BANDS; i++)
			pps += bands[i];
		if (!pps)
			continue;
		for (uint32_t lp = 0; lp < lv->num_lps; lp++) {
			unsigned int here = 0;

			for (unsigned int c = 0; c < lv_num_maps(lv); c++)
				here += lv->map[c][lp].pv == n;
			for (unsigned int c = 0; c < here; c++)
				at_least[c]++;
		}
		if (!at_least[0])
			continue;	/* what is there is of other copies */
		r = rec_new();
		rec_str(r, "name", vg_pv_label(pv, buf));
		text = view_join(at_least, VG_MAX_COPIES, ":", 3);
		rec_nums(r, "copies", at_least, VG_MAX_COPIES, text);
		free(text);
		rec_num_as(r, "in_band", 100 * bands[wanted_band(lv)] / pps, "%" PRIu64 "%%",
			   100 * bands[wanted_band(lv)] / pps);
		text = view_join(bands, VIEW_BANDS, ":", 3);
		rec_nums(r, "distribution", bands, VIEW_BANDS, text);
		free(text);
		rows_add(rows, r);
	}
	return rows;
}

static struct rows *map_rows(const struct vg *vg, const struct vg_lv *lv)
{
	static const char *const pp_keys[VG_MAX_LEGS] = {
		"pp1", "pp2", "pp3", "pp4", "pp5", "pp6", "pp7", "pp8"
	};
	static const char *const pv_keys[VG_MAX_LEGS] = {
		"pv1", "pv2", "pv3", "pv4", "pv5", "pv6", "pv7", "pv8"
	};
	unsigned int data = lv_data_legs(lv);
	struct rows *rows = rows_new();
	char buf[64];

	for (uint32_t lp = 1; lp <= lv->num_lps; lp++) {
		struct rec *r = rec_new();

		rec_num_as(r, "lp", lp, "%04u", lp);
		if (lv->type == LV_RAID5)
			rec_text(r, "lps", "%04u-%04u", (lp - 1) * data + 1, lp * data);
		for (unsigned int c = 0; c < lv_num_maps(lv); c++) {
			const struct lv_place *p = &lv->map[c][lp - 1];

			if (!p->pv || !vg->pv[p->pv])
				continue;
			rec_num_as(r, pp_keys[c], p->pp, "%04u", p->pp);
			rec_str(r, pv_keys[c], vg_pv_label(vg->pv[p->pv], buf));
		}
		rows_add(rows, r);
	}
	return rows;
}

static void show_text(const struct vg *vg, const struct vg_lv *lv, int what)
{
	const struct vg_lv *shown;
	struct vg_lv room;
	struct rows *rows;
	struct act_state s;
	char *mount, *name;
	struct rec *r;

	if (!what) {
		r = lv_rec(vg, lv);
		rec_print(r, &lv_card);
		if (lv->type == LV_RAID5)
			rec_print(r, &raid5_card);
		rec_free(r);
		return;
	}
	act_lv_state(vg, lv, &s, NULL);
	mount = view_mount_point(lv, &s);
	name = xprintf("%s:%s", lv->name, mount);
	free(mount);
	mount = text_safe(name);
	puts(mount);
	shown = view_shown(vg, lv, &room);
	rows = what == 'l' ? pv_rows(vg, shown) : map_rows(vg, shown);
	if (what == 'm' && lv->type == LV_RAID5)
		printf("parity in turn on each of the %u columns, chunk by chunk of %uK\n",
		       lv->copies, 1u << (lv->chunk_shift - 10));
	rows_print(rows, what == 'l' ? pv_columns : lv->type == LV_RAID5 ? raid5_columns :
		   map_columns, true);
	rows_free(rows);
	free(name);
	free(mount);
}

static void show_json(const struct vg *vg, const struct vg_lv *lv, int what)
{
	struct vg_lv room;
	struct rec *r;

	if (!what) {
		r = lv_rec(vg, lv);
	} else {
		r = rec_new();
		rec_str(r, "lv", lv->name);
		if (what == 'l')
			rec_rows(r, "pvs", pv_rows(vg, view_shown(vg, lv, &room)));
		else
			rec_rows(r, "map", map_rows(vg, view_shown(vg, lv, &room)));
	}
	rec_print_json(r);
	rec_free(r);
}

int cmd_lslv(int argc, char **argv)
{
	struct vg_scan *scan = NULL;
	struct err e = { 0 };
	struct vg *vg;
	struct vg_lv *lv;
	struct opt_iter it;
	int c, what = 0, status;
	bool json = false;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		if (c == OPT_JSON)
			json = true;
		else if (what && what != c)
			return opt_usage(&spec, "-l and -m exclude each other");
		else
			what = c;
	}
	if (c < 0)
		return it.status;

	status = cmd_find_lv(it.operands[0], false, &scan, &vg, &lv, &e);
	if (!status) {
		cmd_warn("lslv", vg);
		if (json)
			show_json(vg, lv, what);
		else
			show_text(vg, lv, what);
	}
	vg_scan_free(scan);
	return status ? cmd_fail("lslv", &e, json) : ERR_OK;
}
