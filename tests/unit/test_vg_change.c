// SPDX-License-Identifier: GPL-2.0
/*
 * Changing VGs: where copies and status areas go, what is refused, what a
 * plain AIX VG looks like to others.
 */
#include <fcntl.h>
#include "../../activator/lib/text.h"
#include "disks.h"
#include "unit.h"

static struct err err;

static struct vg *make(unsigned int n)
{
	disks_new(n);
	err.code = ERR_OK;
	return disks_vg(0, n, "testvg", false, &err);
}

static void commit(struct vg *vg)
{
	CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	if (err.code != ERR_OK)
		printf("# %s\n", err.text);
}

static struct vg_scan *scan;

static struct vg *again(unsigned int mask)
{
	struct vg *vg = NULL;

	scan = disks_scan(mask);
	err.code = ERR_OK;
	CHECK_EQ(vg_find(scan, "testvg", &vg, &err), ERR_OK);
	return vg;
}

/* The PVs that hold a copy, as a mask of pv_num. */
static unsigned int pvs_of(const struct vg_lv *lv, unsigned int c)
{
	unsigned int mask = 0;
	uint32_t i;

	for (i = 0; i < lv->num_lps; i++)
		mask |= 1U << lv->map[c][i].pv;
	return mask;
}

static bool contiguous(const struct vg_lv *lv, unsigned int c)
{
	uint32_t i;

	for (i = 1; i < lv->num_lps; i++)
		if (lv->map[c][i].pv != lv->map[c][0].pv ||
		    lv->map[c][i].pp != lv->map[c][0].pp + i)
			return false;
	return true;
}

/* Every allocated PP is in exactly the map that it names, and the other way round. */
static void check_consistent(const struct vg *vg)
{
	unsigned int i, n, used = 0, mapped = 0, c;

	for (i = 1; i <= VG_MAX_PV; i++)
		for (n = 0; vg->pv[i] && n < vg->pv[i]->pp_count; n++) {
			const struct vg_pp *pp = &vg->pv[i]->pp[n];

			if (!pp->lv)
				continue;
			used++;
			CHECK(vg->lv[pp->lv] && pp->copy < vg->lv[pp->lv]->copies &&
			      pp->lp >= 1 && pp->lp <= vg->lv[pp->lv]->num_lps);
			CHECK_EQ(vg->lv[pp->lv]->map[pp->copy][pp->lp - 1].pv, i);
			CHECK_EQ(vg->lv[pp->lv]->map[pp->copy][pp->lp - 1].pp, n + 1);
		}
	for (i = 1; i <= VG_MAX_LV; i++)
		for (c = 0; vg->lv[i] && c < vg->lv[i]->copies; c++)
			mapped += vg->lv[i]->num_lps;
	CHECK_EQ(used, mapped);
}

static void test_geometry_of_a_new_vg(void)
{
	struct vg *vg = make(1);
	const struct vg_pv *pv = vg->pv[1];

	CHECK_EQ(vg->pp_shift, 20);
	CHECK_EQ(vg->vgda_len, 2610);
	CHECK_EQ(pv->vgsa_psn[0], 128);
	CHECK_EQ(pv->vgda_psn[0], 136);
	CHECK_EQ(pv->vgsa_psn[1], 136 + 2610);
	CHECK_EQ(pv->vgda_psn[1], 144 + 2610);
	CHECK_EQ(pv->psn_part1, 6144);
	CHECK_EQ(pv->pp_count, DISK_MIB - 3 - 1);	/* the pool takes the last PP */
	vg_free(vg);
}

/* 2, 2 + 1, 1 each; back again when PVs leave. */
static void test_vgda_counts(void)
{
	static const unsigned int want[5][5] = {
		{ 0 }, { 2, 2 }, { 3, 2, 1 }, { 3, 1, 1, 1 }, { 4, 1, 1, 1, 1 },
	};
	struct vg *vg;
	unsigned int n, i;

	for (n = 1; n <= 4; n++) {
		vg = make(n);
		CHECK_EQ(vg->total_vgdas, want[n][0]);
		for (i = 1; i <= n; i++)
			CHECK_EQ(vg->pv[i]->vgdas, want[n][i]);
		CHECK_EQ(vg->quorum, n >= 3);
		if (n == 4) {
			for (; n > 1; n--) {
				CHECK_EQ(vg_reduce(vg, vg->pv[n], &err), ERR_OK);
				CHECK_EQ(vg->total_vgdas, want[n - 1][0]);
			}
			CHECK_EQ(vg_reduce(vg, vg->pv[1], &err), ERR_FAILED);
			n = 4;
		}
		vg_free(vg);
	}
}

/* Which PVs may be missing, with quorum on: what AIX's rule says. */
static void test_quorum_by_missing_pvs(void)
{
	static const struct { unsigned int pvs, mask, seen; bool quorum; } t[] = {
		{ 1, 1, 2, true }, { 2, 3, 3, true }, { 2, 1, 2, true }, { 2, 2, 1, false },
		{ 3, 7, 3, true }, { 3, 6, 2, true }, { 3, 5, 2, true }, { 3, 4, 1, false },
		{ 4, 7, 3, true }, { 4, 3, 2, false },
	};
	struct vg *vg;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		vg = make(t[i].pvs);
		vg->quorum = true;
		commit(vg);
		vg_free(vg);
		vg = again(t[i].mask);
		CHECK_EQ(vg->seen_vgdas, t[i].seen);
		CHECK_EQ(vg_has_quorum(vg), t[i].quorum);
		CHECK_EQ(vg_commit(vg, &err), t[i].quorum ? ERR_OK : ERR_QUORUM);
		vg->quorum = false;
		CHECK(vg_has_quorum(vg));
		vg_scan_free(scan);
	}
}

static void test_copies_on_different_pvs(void)
{
	struct vg *vg = make(3);
	struct vg_lv *lv = disk_lv(vg, "root", 4, 3, &err);
	unsigned int c, d;

	CHECK(lv != NULL);
	for (c = 0; c < 3; c++) {
		CHECK(contiguous(lv, c));
		CHECK_EQ(lv->leg[c].sa_pv, lv->map[c][0].pv);
		for (d = 0; d < c; d++)
			CHECK_EQ(pvs_of(lv, c) & pvs_of(lv, d), 0);
	}
	check_consistent(vg);
	err.code = ERR_OK;
	CHECK(!disk_lv(vg, "four", 1, 4, &err));
	CHECK_EQ(err.code, ERR_USAGE);
	vg_free(vg);
	vg = make(2);
	CHECK(!disk_lv(vg, "root", 4, 3, &err));
	CHECK_EQ(err.code, ERR_NOSPACE);
	CHECK_EQ(vg->num_lvs, 0);
	CHECK_EQ(vg_pv_free(vg->pv[1]), vg->pv[1]->pp_count);
	vg_free(vg);
}

/* A copy that no PV can hold alone: still no PV shared between copies. */
static void test_copies_over_several_pvs(void)
{
	struct vg *vg = make(4);
	struct vg_lv *lv = disk_lv(vg, "big", 30, 2, &err);

	CHECK(lv != NULL);
	if (lv) {
		CHECK_EQ(pvs_of(lv, 0) & pvs_of(lv, 1), 0);
		CHECK_EQ(pvs_of(lv, 0) | pvs_of(lv, 1), 0x1e);
		check_consistent(vg);
		commit(vg);
	}
	vg_free(vg);
}

static void test_inter_maximum(void)
{
	struct lv_create_opts o = {
		.name = "wide", .lps = 6, .copies = 1, .strict = true, .inter = 'x', .intra = 'm',
	};
	struct vg *vg = make(3);
	struct vg_lv *lv = NULL;
	unsigned int i;

	CHECK_EQ(lv_create(vg, &o, &lv, &err), ERR_OK);
	for (i = 0; lv && i < 6; i++)
		CHECK(lv->map[0][i].pv != lv->map[0][(i + 1) % 6].pv);
	CHECK_EQ(pvs_of(lv, 0), 0xe);
	check_consistent(vg);
	vg_free(vg);
}

/* 20 PPs: bands 1-4, 5-8, 9-12, 13-16, 17-20. */
static void test_intra_bands(void)
{
	static const struct { char intra; unsigned int first; } t[] = {
		{ 'e', 1 }, { 'm', 5 }, { 'c', 9 },
	};
	size_t i;

	for (i = 0; i < 3; i++) {
		struct lv_create_opts o = {
			.name = "lv", .lps = 3, .copies = 1, .strict = true, .inter = 'm',
			.intra = t[i].intra,
		};
		struct vg *vg = make(1);
		struct vg_lv *lv = NULL;

		CHECK_EQ(vg->pv[1]->pp_count, 20);
		CHECK_EQ(lv_create(vg, &o, &lv, &err), ERR_OK);
		CHECK_EQ(lv->map[0][0].pp, t[i].first);
		CHECK(contiguous(lv, 0));
		/* The band has one PP left: the next goes where three fit. */
		o.name = "lv2";
		CHECK_EQ(lv_create(vg, &o, &lv, &err), ERR_OK);
		CHECK(contiguous(lv, 0));
		/* What is left is in pieces: all of it can be used still. */
		o.name = "rest";
		o.lps = vg_pv_free(vg->pv[1]);
		CHECK_EQ(lv_create(vg, &o, &lv, &err), ERR_OK);
		CHECK_EQ(vg_pv_free(vg->pv[1]), 0);
		check_consistent(vg);
		vg_free(vg);
	}
}

static void test_chosen_pvs_only(void)
{
	struct vg *vg = make(3);
	struct vg_pv *only[] = { vg->pv[3], vg->pv[2], NULL };
	struct lv_create_opts o = {
		.name = "lv", .lps = 3, .copies = 2, .strict = true, .inter = 'm', .intra = 'm',
		.pvs = only,
	};
	struct vg_lv *lv = NULL;

	CHECK_EQ(lv_create(vg, &o, &lv, &err), ERR_OK);
	CHECK_EQ(pvs_of(lv, 0), 1U << 3);
	CHECK_EQ(pvs_of(lv, 1), 1U << 2);
	vg_free(vg);
}

static void test_exactly_full(void)
{
	struct vg *vg = make(2);
	struct vg_lv *lv;

	/* One PP of the 20 is for the status area. */
	CHECK(!disk_lv(vg, "root", 20, 2, &err));
	CHECK_EQ(err.code, ERR_NOSPACE);
	CHECK_EQ(vg->num_lvs, 0);
	err.code = ERR_OK;
	lv = disk_lv(vg, "root", 19, 2, &err);
	CHECK(lv != NULL);
	CHECK_EQ(vg_pv_free(vg->pv[1]) + vg_pv_free(vg->pv[2]), 0);
	commit(vg);
	CHECK_EQ(lv_remove(vg, lv, &err), ERR_OK);
	CHECK_EQ(vg->num_lvs, 0);
	CHECK_EQ(vg_pv_free(vg->pv[1]), 20);
	vg_free(vg);
}

/* A new status area must not go where the VGDA on disk still has data. */
static void test_areas_keep_off_old_data(void)
{
	struct vg *vg = make(2);
	struct vg_lv *lv;
	unsigned int c;

	disk_lv(vg, "a", 20, 1, &err);
	disk_lv(vg, "b", 15, 1, &err);
	commit(vg);
	CHECK_EQ(lv_remove(vg, vg_lv_by_name(vg, "b"), &err), ERR_OK);
	CHECK_EQ(lv_remove(vg, vg_lv_by_name(vg, "a"), &err), ERR_OK);
	CHECK(!disk_lv(vg, "m", 2, 2, &err));	/* PV 1 was full: not in this commit */
	CHECK_EQ(err.code, ERR_NOSPACE);
	err.code = ERR_OK;
	commit(vg);
	lv = disk_lv(vg, "m", 2, 2, &err);
	CHECK(lv != NULL);
	for (c = 0; lv && c < 2; c++)
		CHECK_EQ(lv->leg[c].sa_pv, lv->map[c][0].pv);
	vg_free(vg);
}

static void test_new_mirror_is_clean(void)
{
	struct vg *vg = make(2);
	struct vy_sb sb[2];
	struct vg_lv *lv;
	unsigned int c;
	bool dirty;

	disk_lv(vg, "root", 3, 2, &err);
	commit(vg);
	vg_free(vg);
	vg = again(3);
	lv = vg_lv_by_name(vg, "root");
	for (c = 0; c < 2; c++) {
		CHECK_EQ(lv_leg_super(vg, lv, c, &sb[c], &dirty, &err), ERR_OK);
		CHECK(!dirty);
		CHECK_EQ(sb[c].flags, 0);
		CHECK_EQ(sb[c].self_slot, c);
		CHECK_EQ(sb[c].slot[0].state, VY_SLOT_MEMBER);
		CHECK_EQ(sb[c].slot[1].state, VY_SLOT_MEMBER);
		CHECK_EQ(sb[c].slot[2].state, VY_SLOT_EMPTY);
		CHECK_EQ(sb[c].geom.nslots, MIRROR_SLOTS);
		CHECK_EQ(sb[c].geom.data_sectors, 3 * 2048);
		CHECK(vg_lv_complete(vg, lv, c));
	}
	CHECK_EQ(sb[0].gen, sb[1].gen);
	CHECK_MEM(sb[0].set_uuid, lv->uuid.b, 16);
	vg_scan_free(scan);
	vg = again(2);
	lv = vg_lv_by_name(vg, "root");
	CHECK(!vg_lv_complete(vg, lv, 0) && vg_lv_complete(vg, lv, 1));
	CHECK_EQ(lv_leg_super(vg, lv, 0, &sb[0], &dirty, &err), ERR_NOTFOUND);
	vg_scan_free(scan);
}

static void test_extend_mirror(void)
{
	struct vg *vg = make(2);
	struct vg_lv *lv;
	struct vy_sb sb;
	uint64_t gen, at;
	uint8_t *wib;
	bool dirty;

	disk_lv(vg, "root", 3, 2, &err);
	commit(vg);
	vg_free(vg);
	vg = again(3);
	lv = vg_lv_by_name(vg, "root");
	CHECK_EQ(lv_leg_super(vg, lv, 0, &sb, &dirty, &err), ERR_OK);
	gen = sb.gen;
	at = lv->leg[0].sa_sector;

	/* A write-intent bit is set, or cannot be read: refused, nothing has changed. */
	wib = disks[lv->leg[0].sa_pv - 1].data + at * SECTOR + sb.geom.wib_off;
	wib[8] ^= 1;
	CHECK_EQ(lv_leg_super(vg, lv, 0, &sb, &dirty, &err), ERR_OK);
	CHECK(dirty);
	CHECK_EQ(lv_extend(vg, lv, 2, NULL, &err), ERR_FAILED);
	CHECK(strstr(err.text, "resync") != NULL);
	err.code = ERR_OK;
	CHECK_EQ(lv->num_lps, 3);
	wib[8] ^= 1;

	CHECK_EQ(lv_extend(vg, lv, 100, NULL, &err), ERR_NOSPACE);
	err.code = ERR_OK;
	CHECK_EQ(lv->leg[0].sa_sector, at);
	check_consistent(vg);

	CHECK_EQ(lv_extend(vg, lv, 2, NULL, &err), ERR_OK);
	CHECK(lv->leg[0].sa_sector != at);
	commit(vg);
	vg_scan_free(scan);
	vg = again(3);
	lv = vg_lv_by_name(vg, "root");
	CHECK_EQ(lv->num_lps, 5);
	CHECK(contiguous(lv, 0) && contiguous(lv, 1));
	CHECK_EQ(lv_leg_super(vg, lv, 1, &sb, &dirty, &err), ERR_OK);
	CHECK_EQ(sb.gen, gen);
	CHECK_EQ(sb.geom.data_sectors, 5 * 2048);
	vg_scan_free(scan);
}

/* True when two areas have a sector in common. */
static bool areas_meet(const struct lv_leg *a, const struct lv_leg *b)
{
	return a->sa_pv == b->sa_pv && a->sa_sector < b->sa_sector + b->sa_sectors &&
	       b->sa_sector < a->sa_sector + a->sa_sectors;
}

/*
 * Both copies on one PV: the new area of one copy must not be put where the old
 * area of the other is, which the VGDA on disk still names.
 */
static void test_extend_keeps_off_every_old_area(void)
{
	struct lv_create_opts o = {
		.name = "root", .lps = 3, .copies = 2, .inter = 'm', .intra = 'm',
	};
	struct vg *vg = make(1);
	struct lv_leg old[2];
	struct vg_lv *lv;
	unsigned int c, d;

	CHECK_EQ(lv_create(vg, &o, &lv, &err), ERR_OK);
	commit(vg);
	memcpy(old, lv->leg, sizeof(old));
	CHECK_EQ(lv_extend(vg, lv, 100, NULL, &err), ERR_NOSPACE);
	err.code = ERR_OK;
	CHECK_MEM(lv->leg, old, sizeof(old));
	CHECK_EQ(lv_extend(vg, lv, 2, NULL, &err), ERR_OK);
	for (c = 0; c < 2; c++)
		for (d = 0; d < 2; d++)
			CHECK(!areas_meet(&lv->leg[c], &old[d]));
	CHECK(!areas_meet(&lv->leg[0], &lv->leg[1]));
	commit(vg);
	vg_free(vg);
}

static void test_leg_reset(void)
{
	struct vg *vg = make(2);
	struct vy_sb sb, reset;
	struct vg_lv *lv;
	bool dirty;

	disk_lv(vg, "root", 3, 2, &err);
	commit(vg);
	lv = vg_lv_by_name(vg, "root");
	memset(disks[1].data + lv->leg[1].sa_sector * SECTOR, 0xaa, 2 * VY_BLOCK);
	CHECK_EQ(lv_leg_super(vg, lv, 0, &sb, &dirty, &err), ERR_OK);
	CHECK_EQ(lv_leg_super(vg, lv, 1, &reset, &dirty, &err), ERR_METADATA);
	CHECK(strstr(err.text, "vdb") != NULL);
	err.code = ERR_OK;
	CHECK_EQ(lv_leg_reset(vg, lv, 1, &sb, &err), ERR_OK);
	CHECK_EQ(lv_leg_super(vg, lv, 1, &reset, &dirty, &err), ERR_OK);
	CHECK_EQ(reset.flags, VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL);
	CHECK_EQ(reset.slot[1].state, VY_SLOT_TARGET);
	CHECK_EQ(reset.gen, sb.gen);
	vg_free(vg);
}

/* One PV fails while a change is written: the other has it, with a warning. */
static void test_commit_with_a_broken_pv(void)
{
	struct vg *vg = make(2);

	disk_lv(vg, "data", 1, 1, &err);
	commit(vg);
	disks[0].broken = true;
	CHECK_EQ(lv_rename(vg, vg_lv_by_name(vg, "data"), "new", &err), ERR_OK);
	commit(vg);
	CHECK(vg->warnings[0] && strstr(vg->warnings[0], "vda"));
	vg->quorum = true;	/* now it needs 2 of 3, and gets 1 */
	CHECK_EQ(vg_commit(vg, &err), ERR_IO);
	CHECK(strstr(err.text, "written on 1 of 3 VGDAs, 2 needed") != NULL);
	vg_free(vg);
	err.code = ERR_OK;
	disks[0].broken = false;
	vg = again(3);
	CHECK(vg_lv_by_name(vg, "new") != NULL);
	vg_scan_free(scan);
}

/* LPs of the LV "m" as a scan of all disks finds them. */
static uint32_t lps_on_disk(void)
{
	struct vg_scan *scan = disks_scan(7);
	const struct vg_lv *lv = NULL;
	uint32_t lps = 0;

	if (vg_scan_count(scan) == 1 && vg_scan_error(scan, 0)->code == ERR_OK)
		lv = vg_lv_by_name(vg_scan_vg(scan, 0), "m");
	if (lv)
		lps = lv->num_lps;
	vg_scan_free(scan);
	return lps;
}

/* A VG on disks 0 to 2, which checks the quorum, with an LV of 4 LPs. */
static struct vg *vg_of_three(struct vg_lv **lv, struct err *e)
{
	struct vg *vg;

	disks_new(3);
	vg = disks_vg(0, 3, "vg", false, e);
	*lv = disk_lv(vg, "m", 4, 1, e);
	CHECK_EQ(vg_commit(vg, e), ERR_OK);
	CHECK_EQ(lps_on_disk(), 4);
	return vg;
}

/* Only one PV takes the change, which is not enough: it is taken back there. */
static void test_commit_whole_or_not_at_all(void)
{
	struct err e = { .code = ERR_OK };
	struct vg_lv *lv;
	struct vg *vg = vg_of_three(&lv, &e);
	uint8_t *before = vg_image(vg);

	CHECK_EQ(lv_extend(vg, lv, 2, NULL, &e), ERR_OK);
	disks[1].broken = disks[2].broken = true;
	CHECK_EQ(vg_commit_whole(vg, before, &e), ERR_IO);
	CHECK(vg->torn);
	CHECK(!strstr(e.text, "cannot be taken back"));
	disks[1].broken = disks[2].broken = false;
	CHECK_EQ(lps_on_disk(), 4);
	free(before);
	vg_free(vg);
}

/* A change that was written everywhere, and that the kernel did not follow. */
static void test_go_back(void)
{
	struct err e = { .code = ERR_OK };
	struct vg_lv *lv;
	struct vg *vg = vg_of_three(&lv, &e);
	uint8_t *before = vg_image(vg);

	CHECK_EQ(lv_extend(vg, lv, 2, NULL, &e), ERR_OK);
	CHECK_EQ(vg_commit_whole(vg, before, &e), ERR_OK);
	CHECK_EQ(lps_on_disk(), 6);
	CHECK_EQ(vg_go_back(vg, before, &e), ERR_OK);
	CHECK_EQ(lps_on_disk(), 4);
	free(before);
	vg_free(vg);
}

static void test_stamps_only_rise(void)
{
	struct vg *vg = make(1);

	commit(vg);
	vg->stamp = (0xf0000000ULL << 32) + 999999999;
	commit(vg);
	CHECK_EQ(vg->stamp, 0xf0000001ULL << 32);
	commit(vg);
	CHECK_EQ(vg->stamp, (0xf0000001ULL << 32) + 1);
	vg->stamp = 0xffffffffULL << 32;
	CHECK_EQ(vg_commit(vg, &err), ERR_METADATA);
	vg_free(vg);
}

static void test_names_are_checked(void)
{
	static const char *const bad[] = {
		"", "-a", ".a", ".varyon", "a/b", "a b", "a\nb", "a\tb", "a:b",
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	};
	struct vg *vg = make(1);
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		err.code = ERR_OK;
		CHECK(!disk_lv(vg, bad[i], 1, 1, &err));
		CHECK_EQ(err.code, ERR_USAGE);
		CHECK(!strchr(err.text, '\n'));
	}
	err.code = ERR_OK;
	CHECK(disk_lv(vg, "a", 1, 1, &err) != NULL);
	CHECK(!disk_lv(vg, "a", 1, 1, &err));
	CHECK_EQ(err.code, ERR_CONFLICT);
	vg_free(vg);
}

/* A field that a reader would refuse is refused before anything is written. */
static void test_unreadable_is_not_written(void)
{
	struct lv_create_opts o = {
		.name = "lv", .label = "a\nb", .lps = 1, .copies = 1, .inter = 'm', .intra = 'm',
	};
	struct vg *vg = make(1);
	struct vg_lv *lv;

	CHECK_EQ(lv_create(vg, &o, &lv, &err), ERR_USAGE);
	err.code = ERR_OK;
	lv = disk_lv(vg, "lv", 1, 1, &err);
	strcpy(lv->label, "a\nb");
	disk_writes = 0;
	CHECK_EQ(vg_commit(vg, &err), ERR_FAILED);
	CHECK(strstr(err.text, "label") && strstr(err.text, "nothing was written"));
	CHECK_EQ(disk_writes, 0);
	vg_free(vg);
}

/* An AIX mirror: the VGSA says which copy of which LP is stale. */
static void test_aix_stale_copies(void)
{
	struct vg_lv *lv;
	struct vg *vg;
	unsigned int i;

	disks_new(2);
	err.code = ERR_OK;
	vg = disks_vg(0, 2, "aixvg", true, &err);
	lv = disk_lv(vg, "hd4", 3, 2, &err);
	CHECK_EQ(vg->num_lvs, 1);	/* no status areas here */
	vg->pv[2]->pp[lv->map[1][2].pp - 1].stale = true;
	commit(vg);
	vg_free(vg);
	scan = disks_scan(3);
	CHECK_EQ(vg_scan_error(scan, 0)->code, ERR_OK);
	vg = vg_scan_vg(scan, 0);
	lv = vg_lv_by_name(vg, "hd4");
	CHECK(vg_lv_complete(vg, lv, 0));
	CHECK(!vg_lv_complete(vg, lv, 1));
	CHECK(!vg_lv_complete(vg, lv, 2));
	vg_scan_free(scan);

	for (i = 0; i < 2; i++) {	/* no VGSA, no answer */
		memset(disks[i].data + 128 * SECTOR, 0xff, 8);
		memset(disks[i].data + 2234 * SECTOR, 0xff, 8);
	}
	scan = disks_scan(3);
	CHECK_EQ(vg_scan_error(scan, 0)->code, ERR_METADATA);
	CHECK(strstr(vg_scan_error(scan, 0)->text, "VGSA") != NULL);
	vg_scan_free(scan);
}

static void test_remove_vg(void)
{
	struct vg *vg = make(2);

	commit(vg);
	CHECK_EQ(vg_remove(vg, &err), ERR_FAILED);
	err.code = ERR_OK;
	CHECK_EQ(vg_reduce(vg, vg->pv[2], &err), ERR_OK);
	commit(vg);
	CHECK_EQ(vg_remove(vg, &err), ERR_OK);
	vg_free(vg);
	scan = disks_scan(3);
	CHECK_EQ(vg_scan_count(scan), 0);
	vg_scan_free(scan);
}

/* ---- files ---- */

static void test_devices_that_hold_something(void)
{
	static const struct { size_t off; const char *magic; size_t len; const char *what; } t[] = {
		{ 1080, "\x53\xef", 2, "ext" }, { 512, "EFI PART", 8, "GPT" },
		{ 510, "\x55\xaa", 2, "DOS" }, { 512, "LABELONE", 8, "LVM2" },
		{ 4096, "\xfc\x4e\x2b\xa9", 4, "md" }, { 4086, "SWAPSPACE2", 10, "swap" },
		{ 0, "XFSB", 4, "XFS" }, { 65600, "_BHRfS_M", 8, "btrfs" },
	};
	struct vg_create_opts o = { .name = "testvg", .quorum = -1 };
	const char *paths[2] = { NULL };
	struct vg *vg;
	char *path;
	size_t i;
	int fd;

	disks_new(1);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		path = disk_file(0);
		paths[0] = path;
		fd = open(path, O_WRONLY);
		CHECK_EQ(pwrite(fd, t[i].magic, t[i].len, (off_t)t[i].off), t[i].len);
		close(fd);
		err.code = ERR_OK;
		o.force = false;
		CHECK_EQ(vg_create(paths, &o, &vg, &err), ERR_CONFLICT);
		CHECK(strstr(err.text, t[i].what) && strstr(err.text, "-f") &&
		      strstr(err.text, path));
		err.code = ERR_OK;
		o.force = true;
		CHECK_EQ(vg_create(paths, &o, &vg, &err), ERR_OK);
		commit(vg);
		vg_free(vg);
		/* It is a PV now: refused again, for that reason. */
		o.force = false;
		CHECK_EQ(vg_create(paths, &o, &vg, &err), ERR_CONFLICT);
		CHECK(strstr(err.text, "another volume group") != NULL);
		unlink(path);
		free(path);
	}
}

/*
 * A PV whose record was left behind by a reducevg that was cut short is taken
 * back without force; a PV of another VG needs force, and its lock is free.
 */
static void test_extend_by_leftover_and_by_force(void)
{
	struct vg_create_opts o = { .name = "testvg", .quorum = -1 };
	const char *paths[4] = { NULL }, *third[2] = { NULL };
	uint8_t record[SECTOR];
	struct vg *vg;
	unsigned int i;
	int fd;

	disks_new(1);
	err.code = ERR_OK;
	for (i = 0; i < 3; i++)
		paths[i] = disk_file(0);
	third[0] = paths[2];
	paths[2] = NULL;
	CHECK_EQ(vg_create(paths, &o, &vg, &err), ERR_OK);
	commit(vg);
	fd = open(paths[1], O_RDWR);
	CHECK_EQ(pread(fd, record, SECTOR, AIX_PSN_LVMREC * SECTOR), SECTOR);
	CHECK_EQ(vg_reduce(vg, vg->pv[2], &err), ERR_OK);
	commit(vg);
	vg_free(vg);
	CHECK_EQ(pwrite(fd, record, SECTOR, AIX_PSN_LVMREC * SECTOR), SECTOR);
	close(fd);
	o.name = "other";
	CHECK_EQ(vg_create(third, &o, &vg, &err), ERR_OK);
	commit(vg);
	vg_free(vg);

	paths[2] = third[0];
	CHECK_EQ(vg_scan(paths, true, &scan, &err), ERR_OK);
	CHECK_EQ(vg_find(scan, "testvg", &vg, &err), ERR_OK);
	vg_scan_keep(scan, vg);
	CHECK(vg->warnings[0] && strstr(vg->warnings[0], paths[1]));
	CHECK_EQ(vg_extend(vg, paths[1], false, &err), ERR_OK);
	CHECK_EQ(vg_extend(vg, paths[2], false, &err), ERR_CONFLICT);
	err.code = ERR_OK;
	CHECK_EQ(vg_extend(vg, paths[2], true, &err), ERR_OK);
	commit(vg);
	vg_scan_free(scan);
	CHECK_EQ(vg_scan(paths, false, &scan, &err), ERR_OK);
	CHECK_EQ(vg_scan_count(scan), 1);
	CHECK_EQ(vg_scan_vg(scan, 0)->num_pvs, 3);
	CHECK_EQ(vg_scan_vg(scan, 0)->seen_vgdas, 3);
	vg_scan_free(scan);
	for (i = 0; i < 3; i++) {
		unlink(paths[i]);
		free((char *)paths[i]);
	}
}

/*
 * extendvg was cut short when only the first PV had the new VGDA: the second
 * is listed by it though its own slots are empty, and is no free device.
 */
static void test_a_listed_pv_is_not_free(void)
{
	struct vg_create_opts o = { .name = "testvg", .quorum = -1 };
	const char *paths[3] = { NULL }, *second[2] = { NULL };
	static uint8_t zero[2618 * SECTOR];
	struct vg *vg, *other;
	char *list;
	int fd;

	disks_new(1);
	err.code = ERR_OK;
	paths[0] = disk_file(0);
	second[0] = disk_file(0);
	CHECK_EQ(vg_create(paths, &o, &vg, &err), ERR_OK);
	commit(vg);
	CHECK_EQ(vg_extend(vg, second[0], false, &err), ERR_OK);
	commit(vg);
	vg_free(vg);
	fd = open(second[0], O_WRONLY);
	CHECK_EQ(pwrite(fd, zero, sizeof(zero), 136 * SECTOR), sizeof(zero));
	CHECK_EQ(pwrite(fd, zero, sizeof(zero), 2754 * SECTOR), sizeof(zero));
	close(fd);

	list = xprintf("%s:%s", paths[0], second[0]);
	setenv("VARYON_DEVICES", list, 1);
	o.name = "other";
	CHECK_EQ(vg_create(second, &o, &other, &err), ERR_CONFLICT);
	CHECK(strstr(err.text, "another volume group") != NULL);
	err.code = ERR_OK;
	/* Listed by nothing that is here, it was never in any VG. */
	setenv("VARYON_DEVICES", second[0], 1);
	CHECK_EQ(vg_create(second, &o, &other, &err), ERR_OK);
	vg_free(other);
	unsetenv("VARYON_DEVICES");
	unlink(paths[0]);
	unlink(second[0]);
	free(list);
	free((char *)paths[0]);
	free((char *)second[0]);
}

/* What an independent reader makes of a plain AIX VG. */
static void test_blkid_knows_aix(void)
{
	struct vg_create_opts o = { .name = "aixvg", .aix = true, .quorum = -1 };
	const char *paths[2] = { NULL };
	char cmd[256], answer[64] = "";
	struct vg *vg;
	FILE *p;

	disks_new(1);
	err.code = ERR_OK;
	paths[0] = disk_file(0);
	CHECK_EQ(vg_create(paths, &o, &vg, &err), ERR_OK);
	CHECK(disk_lv(vg, "hd1", 3, 1, &err) != NULL);
	commit(vg);
	vg_free(vg);
	snprintf(cmd, sizeof(cmd), "PATH=$PATH:/sbin:/usr/sbin blkid -p -o value -s PTTYPE %s",
		 paths[0]);
	p = popen(cmd, "r");
	CHECK(p && fgets(answer, sizeof(answer), p));
	CHECK(p && pclose(p) == 0);
	CHECK_STR(answer, "aix\n");

	CHECK_EQ(vg_scan(paths, true, &scan, &err), ERR_OK);
	CHECK_EQ(vg_scan_count(scan), 1);
	vg = vg_scan_vg(scan, 0);
	CHECK(vg->kind == VG_AIX && vg->read_only && vg->version == 1);
	CHECK(vg_lv_by_name(vg, "hd1") && contiguous(vg_lv_by_name(vg, "hd1"), 0));
	CHECK_EQ(vg->pv[1]->psn_part1, 4352);
	CHECK_EQ(vg->vgda_len, 2098);
	CHECK(!disk_lv(vg, "hd2", 1, 1, &err));
	CHECK(strstr(err.text, "read only") != NULL);
	vg_scan_free(scan);
	unlink(paths[0]);
	free((char *)paths[0]);
}

static const struct unit_test tests[] = {
	UNIT(test_geometry_of_a_new_vg),
	UNIT(test_vgda_counts),
	UNIT(test_quorum_by_missing_pvs),
	UNIT(test_copies_on_different_pvs),
	UNIT(test_copies_over_several_pvs),
	UNIT(test_inter_maximum),
	UNIT(test_intra_bands),
	UNIT(test_chosen_pvs_only),
	UNIT(test_exactly_full),
	UNIT(test_areas_keep_off_old_data),
	UNIT(test_new_mirror_is_clean),
	UNIT(test_extend_mirror),
	UNIT(test_extend_keeps_off_every_old_area),
	UNIT(test_leg_reset),
	UNIT(test_commit_with_a_broken_pv),
	UNIT(test_commit_whole_or_not_at_all),
	UNIT(test_go_back),
	UNIT(test_stamps_only_rise),
	UNIT(test_names_are_checked),
	UNIT(test_unreadable_is_not_written),
	UNIT(test_aix_stale_copies),
	UNIT(test_remove_vg),
	UNIT(test_devices_that_hold_something),
	UNIT(test_extend_by_leftover_and_by_force),
	UNIT(test_a_listed_pv_is_not_free),
	UNIT(test_blkid_knows_aix),
};
UNIT_MAIN(tests)
