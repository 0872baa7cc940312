// SPDX-License-Identifier: GPL-2.0
/*
 * Copies that come, go, move and go their own way: what the model makes of
 * them, what of it is on disk, and what is refused.
 */
#include "../../activator/dm/judge.h"
#include "disks.h"
#include "unit.h"

static struct err err;
static struct vg_scan *scan;

static void show(void)
{
	if (err.code != ERR_OK)
		printf("# %s\n", err.text);
}

#define OK(call) do { \
	err.code = ERR_OK; \
	CHECK_EQ(call, ERR_OK); \
	show(); \
} while (0)

/* The call fails with that code and a text that says so. */
#define REFUSED(call, want, words) do { \
	err.code = ERR_OK; \
	CHECK_EQ(call, want); \
	CHECK(strstr(err.text, words)); \
	if (!strstr(err.text, words)) \
		printf("# said: %s\n", err.text); \
} while (0)

/* testvg on n disks, read again from them. */
static struct vg *again(unsigned int mask)
{
	struct vg *vg = NULL;

	vg_scan_free(scan);
	scan = disks_scan(mask);
	OK(vg_find(scan, "testvg", &vg, &err));
	return vg;
}

static struct vg *commit(struct vg *vg)
{
	OK(vg_commit(vg, &err));
	return again(15);
}

static struct vg *make(unsigned int n, unsigned int pp_mib, unsigned int disk_mib)
{
	struct vg *vg;

	vg_scan_free(scan);
	scan = NULL;
	disks_new_sized(n, (uint64_t)disk_mib << 20);
	disk_pp_mib = pp_mib;
	err.code = ERR_OK;
	vg = disks_vg(0, n, "testvg", false, &err);
	OK(vg_commit(vg, &err));
	vg_free(vg);
	disk_pp_mib = 0;
	return again(15);
}

static struct vg_lv *lv_of(const struct vg *vg, const char *name)
{
	return vg_lv_by_name(vg, name);
}

/* The model as bytes: a change that is refused leaves it alone. */
static uint8_t *bytes_of(const struct vg *vg)
{
	struct vgda_extent ext[VGDA_EXTENTS];
	unsigned int n;

	return vgda_build(vg, 1, ext, &n);
}

static uint8_t *before;

static void remember(const struct vg *vg)
{
	free(before);
	before = bytes_of(vg);
}

static void check_unchanged(const struct vg *vg)
{
	uint8_t *now = bytes_of(vg);

	CHECK(!memcmp(now, before, (size_t)vg->vgda_len * SECTOR));
	free(now);
}

/* Every PP is in the map that it names, and the other way round. */
static void check_maps(const struct vg *vg)
{
	unsigned int i, n, c, used = 0, mapped = 0;
	uint32_t lp;

	for (i = 1; i <= VG_MAX_PV; i++)
		for (n = 0; vg->pv[i] && n < vg->pv[i]->pp_count; n++) {
			const struct vg_pp *pp = &vg->pv[i]->pp[n];

			if (!pp->lv)
				continue;
			used++;
			CHECK(vg->lv[pp->lv] && pp->copy < vg->lv[pp->lv]->copies);
			CHECK_EQ(vg->lv[pp->lv]->map[pp->copy][pp->lp - 1].pv, i);
			CHECK_EQ(vg->lv[pp->lv]->map[pp->copy][pp->lp - 1].pp, n + 1);
		}
	for (i = 1; i <= VG_MAX_LV; i++)
		for (c = 0; vg->lv[i] && c < vg->lv[i]->copies; c++)
			for (lp = 0; lp < vg->lv[i]->num_lps; lp++)
				mapped += vg->lv[i]->map[c][lp].pv != 0;
	CHECK_EQ(used, mapped);
}

static struct vy_sb super_of(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	struct vy_sb sb = { .gen = 0 };
	bool dirty = true;

	OK(lv_leg_super(vg, lv, c, &sb, &dirty, &err));
	CHECK(!dirty);
	return sb;
}

static unsigned int add(struct vg *vg, struct vg_lv *lv)
{
	struct lv_copy_opts o = { .strict = -1 };
	unsigned int c = 99;

	OK(lv_copy_add(vg, lv, &o, &c, &err));
	return c;
}

/* As a kernel would after a sync: every copy that is not partial is a clean member. */
static void settle(const struct vg *vg, struct vg_lv *lv)
{
	struct vy_sb sb = { .gen = 0 };
	unsigned int c, k;

	lv_new_super(lv, &sb.geom, NULL);
	vy_geom_init(&lv->sa_new->geom, lv->nslots, lv->region_shift, lv->zone_shift,
		     vg_lv_sectors(vg, lv));
	for (c = 0; c < lv->copies; c++) {
		struct vy_slot_info *s = &lv->sa_new->slot[lv->leg[c].slot];

		lv->leg[c].sa_todo = SA_MAKE;
		s->state = VY_SLOT_MEMBER;
		memcpy(s->leg_uuid, lv->leg[c].uuid.b, 16);
	}
	OK(sa_write_new((struct vg *)vg, lv, &err));
	for (k = 0; k < lv->copies; k++)
		lv->leg[k].sa_todo = SA_KEEP;
	free(lv->sa_new);
	lv->sa_new = NULL;
}

/* ---- add and remove ---- */

static void test_linear_becomes_a_mirror(void)
{
	struct vg *vg = make(2, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "data", 3, 1, &err);
	struct vg_id id = lv->uuid;
	struct vy_sb old, new;
	struct judge j;

	CHECK(!id_is_zero(&id));
	vg = commit(vg);
	lv = lv_of(vg, "data");
	CHECK_EQ(add(vg, lv), 1);
	vg = commit(vg);
	lv = lv_of(vg, "data");
	check_maps(vg);
	CHECK_EQ(lv->type, LV_MIRROR);
	CHECK_EQ(lv->copies, 2);
	CHECK(id_equal(&lv->uuid, &id));	/* the mapped device keeps its name */
	CHECK_EQ(lv->leg[0].slot, 0);
	CHECK_EQ(lv->leg[1].slot, 1);
	CHECK(lv->map[0][0].pv != lv->map[1][0].pv);
	old = super_of(vg, lv, 0);
	new = super_of(vg, lv, 1);
	CHECK_EQ(old.slot[0].state, VY_SLOT_MEMBER);
	CHECK_EQ(old.slot[1].state, VY_SLOT_EMPTY);
	CHECK_EQ(old.flags, 0);
	CHECK_EQ(new.flags, VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL);
	CHECK(new.gen != 0);
	OK(judge_lv(vg, lv, 0, &j, &err));
	CHECK_EQ(j.leg[0], LEG_MEMBER);
	CHECK_EQ(j.leg[1], LEG_TARGET);
	CHECK_EQ(j.verdict.full, 2);
}

/* One that an older release made has no id: its device is known by its number. */
static void test_linear_without_an_id(void)
{
	static const struct vg_id want = { { [15] = 1 } };
	struct vg *vg = make(2, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "data", 3, 1, &err);

	memset(&lv->uuid, 0, sizeof(lv->uuid));
	vg = commit(vg);
	lv = lv_of(vg, "data");
	CHECK(id_is_zero(&lv->uuid));
	add(vg, lv);
	CHECK(id_equal(&lv->uuid, &want));
	vg = commit(vg);
	super_of(vg, lv_of(vg, "data"), 0);
}

static void test_slots_stay(void)
{
	struct vg *vg = make(3, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "root", 3, 2, &err);
	struct vg_id two, three;
	struct judge j;

	vg = commit(vg);
	lv = lv_of(vg, "root");
	CHECK_EQ(add(vg, lv), 2);
	vg = commit(vg);
	lv = lv_of(vg, "root");
	two = lv->leg[1].uuid;
	three = lv->leg[2].uuid;
	settle(vg, lv);
	OK(lv_copy_remove(vg, lv, 0, &err));
	check_maps(vg);
	vg = commit(vg);
	lv = lv_of(vg, "root");
	check_maps(vg);
	CHECK_EQ(lv->copies, 2);
	CHECK(id_equal(&lv->leg[0].uuid, &two) && id_equal(&lv->leg[1].uuid, &three));
	CHECK_EQ(lv->leg[0].slot, 1);
	CHECK_EQ(lv->leg[1].slot, 2);
	CHECK_EQ(lv_leg_of_slot(lv, 2), 1);
	CHECK_EQ(lv_leg_of_slot(lv, 0), -1);
	OK(judge_lv(vg, lv, 0, &j, &err));
	CHECK_EQ(j.leg[0], LEG_MEMBER);
	CHECK_EQ(j.leg[1], LEG_MEMBER);
	/* The lowest slot is free again. */
	add(vg, lv);
	CHECK_EQ(lv->leg[2].slot, 0);
	vg = commit(vg);
	lv = lv_of(vg, "root");
	OK(judge_lv(vg, lv, 0, &j, &err));
	CHECK_EQ(j.verdict.targets, 1);
	/* But not the one that is left in the same change: a kernel may still have it. */
	OK(lv_copy_remove(vg, lv, 2, &err));
	add(vg, lv);
	CHECK_EQ(lv->leg[2].slot, 3);
	OK(vg_commit(vg, &err));
	OK(lv_copy_remove(vg, lv, 2, &err));
	OK(vg_commit(vg, &err));
	add(vg, lv);
	CHECK_EQ(lv->leg[2].slot, 0);
}

static void test_one_copy_is_a_mirror_still(void)
{
	struct vg *vg = make(2, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "root", 3, 2, &err);
	unsigned int used = vg_pv_free(vg->pv[1]) + vg_pv_free(vg->pv[2]);

	OK(lv_copy_remove(vg, lv, 1, &err));
	CHECK_EQ(vg_pv_free(vg->pv[1]) + vg_pv_free(vg->pv[2]) - used, 4);
	vg = commit(vg);
	lv = lv_of(vg, "root");
	CHECK_EQ(lv->type, LV_MIRROR);
	CHECK_EQ(lv->copies, 1);
	check_maps(vg);
	remember(vg);
	REFUSED(lv_copy_remove(vg, lv, 0, &err), ERR_CONFLICT, "only copy");
	check_unchanged(vg);
	CHECK_EQ(add(vg, lv), 1);
	commit(vg);
}

static void test_add_is_refused(void)
{
	struct vg *vg = make(2, 0, 24);
	struct vg_lv *one = disk_lv(vg, "one", 2, 1, &err), *two = disk_lv(vg, "two", 2, 2, &err);
	struct vg_pv *only[] = { vg->pv[one->map[0][0].pv], NULL };
	struct lv_copy_opts o = { .strict = -1, .pvs = only };
	unsigned int c;

	remember(vg);
	REFUSED(lv_copy_add(vg, one, &o, &c, &err), ERR_NOSPACE, "no PV shared");
	check_unchanged(vg);
	o.pvs = NULL;
	REFUSED(lv_copy_add(vg, two, &o, &c, &err), ERR_NOSPACE, "no PV shared");
	check_unchanged(vg);
	REFUSED(lv_copy_add(vg, vg_hidden(vg), &o, &c, &err), ERR_USAGE, "varyon itself");
	REFUSED(lv_copy_remove(vg, two, 2, &err), ERR_USAGE, "no copy 3");
	REFUSED(lv_copy_remove(vg, one, 0, &err), ERR_CONFLICT, "only copy");
	check_unchanged(vg);
	/* Not strict: beside the other copy if need be. The LV says so from then on. */
	o.strict = 0;
	o.pvs = only;
	OK(lv_copy_add(vg, one, &o, &c, &err));
	CHECK_EQ(one->strict, 0);
	CHECK_EQ(one->map[1][0].pv, one->map[0][0].pv);
	check_maps(vg);
	commit(vg);
}

static void test_three_is_the_limit(void)
{
	struct vg *vg = make(4, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "root", 2, 3, &err);
	struct lv_copy_opts o = { .strict = -1 };
	unsigned int c;

	remember(vg);
	REFUSED(lv_copy_add(vg, lv, &o, &c, &err), ERR_NOSPACE, "limit");
	check_unchanged(vg);
}

/* ---- copies of some LPs ---- */

static void test_hot_copy(void)
{
	static const uint32_t hot[] = { 2, 3, 5 }, down[] = { 3, 2 }, past[] = { 2, 6 };
	struct vg *vg = make(2, 4, 64);
	struct vg_lv *lv = disk_lv(vg, "data", 5, 1, &err);
	struct lv_copy_opts o = { .strict = -1, .hot_lps = hot, .num_hot = 3,
				  .flags = LEG_WRITE_MOSTLY };
	unsigned int c;

	OK(lv_copy_add(vg, lv, &o, &c, &err));
	vg = commit(vg);
	lv = lv_of(vg, "data");
	check_maps(vg);
	CHECK_EQ(lv->leg[1].flags, LEG_PARTIAL | LEG_WRITE_MOSTLY);
	CHECK(!lv->map[1][0].pv && lv->map[1][1].pv && lv->map[1][2].pv);
	CHECK(!lv->map[1][3].pv && lv->map[1][4].pv);
	CHECK(vg_lv_complete(vg, lv, 0) && vg_lv_complete(vg, lv, 1));
	CHECK(lv_copy_is_full(lv, 0) && !lv_copy_is_full(lv, 1));
	remember(vg);
	REFUSED(lv_copy_remove(vg, lv, 0, &err), ERR_CONFLICT, "no other copy");
	o.hot_lps = down;
	o.num_hot = 2;
	REFUSED(lv_copy_add(vg, lv, &o, &c, &err), ERR_USAGE, "ascend");
	o.hot_lps = past;
	REFUSED(lv_copy_add(vg, lv, &o, &c, &err), ERR_USAGE, "ascend");
	REFUSED(lv_extend(vg, lv, 1, NULL, &err), ERR_CONFLICT, "partial");
	check_unchanged(vg);
	OK(lv_copy_remove(vg, lv, 1, &err));
	vg = commit(vg);
	check_maps(vg);
}

static void test_hot_copy_of_small_pps(void)
{
	static const uint32_t hot[] = { 1 };
	struct vg *vg = make(2, 1, 24);
	struct vg_lv *lv = disk_lv(vg, "data", 5, 1, &err);
	struct lv_copy_opts o = { .strict = -1, .hot_lps = hot, .num_hot = 1 };
	unsigned int c;

	remember(vg);
	REFUSED(lv_copy_add(vg, lv, &o, &c, &err), ERR_USAGE, "at least 4 MiB");
	check_unchanged(vg);
}

/* ---- moving ---- */

static uint8_t *area(const struct vg *vg, const struct lv_leg *leg)
{
	uint8_t *buf = malloc((size_t)leg->sa_sectors * SECTOR);

	OK(io_read(vg->pv[leg->sa_pv]->io, buf, (size_t)leg->sa_sectors * SECTOR,
		   leg->sa_sector * SECTOR, "area", &err));
	return buf;
}

/* A copy leaves its PV: LPs by a temporary leg, its status area as it is. */
static void test_move_a_copy(void)
{
	struct vg *vg = make(3, 4, 64);
	struct vg_lv *lv = disk_lv(vg, "root", 5, 2, &err);
	struct lv_move_opts o = { .from = NULL };
	unsigned int temp, resumed;
	struct vg_id uuid;
	uint8_t *old, *new;
	uint16_t to;

	vg = commit(vg);
	lv = lv_of(vg, "root");
	uuid = lv->leg[0].uuid;
	old = area(vg, &lv->leg[0]);
	o.from = vg->pv[lv->leg[0].sa_pv];
	OK(lv_move_begin(vg, lv, 0, &o, &temp, &err));
	CHECK_EQ(temp, 2);
	CHECK_EQ(lv->leg[2].flags, LEG_MOVE);	/* all of the copy: not partial */
	to = lv->map[2][0].pv;
	CHECK(to != lv->map[0][0].pv && to != lv->map[1][0].pv);
	vg = commit(vg);
	lv = lv_of(vg, "root");
	CHECK_EQ(lv_move_of(lv, 0), 2);
	CHECK_EQ(lv_move_of(lv, 1), -1);
	o.from = vg->pv[lv->leg[0].sa_pv];
	OK(lv_move_begin(vg, lv, 0, &o, &resumed, &err));
	CHECK_EQ(resumed, 2);
	remember(vg);
	REFUSED(lv_move_begin(vg, lv, 1, &o, &temp, &err), ERR_CONFLICT, "being moved");
	REFUSED(lv_copy_remove(vg, lv, 0, &err), ERR_CONFLICT, "being moved");
	REFUSED(lv_move_finish(vg, lv, 1, 2, NULL, &err), ERR_USAGE, "not being moved");
	check_unchanged(vg);
	OK(lv_move_finish(vg, lv, 0, 2, o.from, &err));
	CHECK_EQ(lv->leg[0].sa_todo, SA_CLONE);
	check_maps(vg);
	vg = commit(vg);
	lv = lv_of(vg, "root");
	check_maps(vg);
	CHECK_EQ(lv->copies, 2);
	CHECK(id_equal(&lv->leg[0].uuid, &uuid));
	CHECK_EQ(lv->leg[0].slot, 0);
	CHECK_EQ(lv->leg[0].sa_pv, to);
	CHECK_EQ(lv->map[0][4].pv, to);
	new = area(vg, &lv->leg[0]);
	CHECK(!memcmp(old, new, (size_t)lv->leg[0].sa_sectors * SECTOR));
	free(old);
	free(new);
}

/* Some LPs only; the status area stays where the rest of the copy is. */
static void test_move_some_lps(void)
{
	static const uint32_t lps[] = { 2, 4 };
	struct vg *vg = make(3, 4, 64);
	struct vg_lv *lv = disk_lv(vg, "root", 5, 2, &err);
	struct vg_pv *to[] = { NULL, NULL };
	struct lv_move_opts o = { .lps = lps, .num_lps = 2, .pvs = to };
	struct lv_leg leg = lv->leg[1];
	unsigned int temp, i;

	for (i = 1; i <= 3; i++)
		if (i != lv->map[0][0].pv && i != lv->map[1][0].pv)
			to[0] = vg->pv[i];
	OK(lv_move_begin(vg, lv, 1, &o, &temp, &err));
	CHECK_EQ(lv->leg[temp].flags, LEG_MOVE | LEG_PARTIAL);
	CHECK_EQ(lv->leg[temp].serves, 1);
	vg = commit(vg);
	lv = lv_of(vg, "root");
	OK(lv_move_finish(vg, lv, 1, 2, NULL, &err));
	vg = commit(vg);
	lv = lv_of(vg, "root");
	check_maps(vg);
	CHECK_EQ(lv->copies, 2);
	CHECK(lv->map[1][1].pv == lv->map[1][3].pv && lv->map[1][0].pv != lv->map[1][1].pv);
	CHECK_EQ(lv->leg[1].sa_pv, leg.sa_pv);
	CHECK_EQ(lv->leg[1].sa_sector, leg.sa_sector);
	super_of(vg, lv, 1);
}

static void test_move_undone(void)
{
	struct vg *vg = make(3, 4, 64);
	struct vg_lv *lv = disk_lv(vg, "root", 5, 2, &err);
	struct lv_move_opts o = { .from = vg->pv[lv->leg[0].sa_pv] };
	unsigned int temp;

	vg_commit(vg, &err);
	remember(vg);
	OK(lv_move_begin(vg, lv, 0, &o, &temp, &err));
	vg = commit(vg);
	lv = lv_of(vg, "root");
	OK(lv_move_undo(vg, lv, 2, &err));
	check_maps(vg);
	CHECK_EQ(lv->copies, 2);
	REFUSED(lv_move_undo(vg, lv, 1, &err), ERR_USAGE, "no move");
	vg = commit(vg);
	CHECK_EQ(lv_of(vg, "root")->leg[2].flags, 0);
}

static void test_move_a_linear_lv(void)
{
	struct vg *vg = make(2, 1, 24);
	struct vg_lv *lv = disk_lv(vg, "data", 5, 1, &err);
	struct vg_id id = lv->uuid;
	uint16_t from = lv->map[0][0].pv;
	struct lv_move_opts o = { .from = vg->pv[from] };
	unsigned int temp, pvs_free = vg_pv_free(vg->pv[1]) + vg_pv_free(vg->pv[2]);

	vg = commit(vg);
	lv = lv_of(vg, "data");
	o.from = vg->pv[from];
	OK(lv_move_begin(vg, lv, 0, &o, &temp, &err));
	CHECK_EQ(lv->type, LV_MIRROR);
	vg = commit(vg);
	lv = lv_of(vg, "data");
	CHECK_EQ(lv->leg[1].flags, LEG_MOVE | LEG_LINEAR);
	OK(lv_move_finish(vg, lv, 0, 1, vg->pv[from], &err));
	vg = commit(vg);
	lv = lv_of(vg, "data");
	check_maps(vg);
	CHECK_EQ(lv->type, LV_LINEAR);
	CHECK_EQ(lv->copies, 1);
	CHECK(id_equal(&lv->uuid, &id));
	CHECK(lv->map[0][0].pv != from);
	CHECK(!vg_hidden(vg));
	CHECK_EQ(vg_pv_free(vg->pv[1]) + vg_pv_free(vg->pv[2]), pvs_free);
}

static void test_move_is_refused(void)
{
	static const uint32_t lps[] = { 1 };
	struct vg *vg = make(4, 1, 24);
	struct vg_lv *three = disk_lv(vg, "three", 2, 3, &err);
	struct vg_lv *two = disk_lv(vg, "two", 2, 2, &err);
	struct lv_move_opts o = { .lps = lps, .num_lps = 1 };
	unsigned int temp;

	remember(vg);
	REFUSED(lv_move_begin(vg, three, 0, &o, &temp, &err), ERR_NOSPACE, "rmlvcopy");
	REFUSED(lv_move_begin(vg, two, 0, &o, &temp, &err), ERR_USAGE, "at least 4 MiB");
	check_unchanged(vg);
}

/* ---- split copies ---- */

static void test_split_and_return(void)
{
	struct vg *vg = make(3, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "root", 3, 2, &err), *child;
	unsigned int copy;
	struct judge j;

	vg = commit(vg);
	lv = lv_of(vg, "root");
	OK(lv_split_begin(vg, lv, 1, "snap", false, &child, &err));
	vg = commit(vg);
	lv = lv_of(vg, "root");
	child = lv_of(vg, "snap");
	CHECK_EQ(child->child_of, lv->num);
	CHECK_EQ(child->child_copy, 1);
	CHECK(!child->child_writable);
	CHECK(lv_origin(vg, child, &copy) == lv && copy == 1);
	CHECK(lv_child(vg, lv, 1) == child && !lv_child(vg, lv, 0));
	CHECK_EQ(vg_lv_sectors(vg, child), vg_lv_sectors(vg, lv));
	CHECK_EQ(lv->leg[1].flags, LEG_SPLIT);
	OK(judge_lv(vg, lv, 0, &j, &err));
	CHECK_EQ(j.leg[1], LEG_AWAY);
	CHECK(!j.degraded);
	remember(vg);
	REFUSED(lv_remove(vg, lv, &err), ERR_CONFLICT, "split away");
	REFUSED(lv_remove(vg, child, &err), ERR_CONFLICT, "split copy of root");
	REFUSED(lv_extend(vg, lv, 1, NULL, &err), ERR_CONFLICT, "split away");
	REFUSED(lv_extend(vg, child, 1, NULL, &err), ERR_CONFLICT, "no size of its own");
	REFUSED(lv_copy_remove(vg, lv, 1, &err), ERR_CONFLICT, "split away");
	REFUSED(lv_copy_remove(vg, lv, 0, &err), ERR_CONFLICT, "no other copy");
	REFUSED(lv_split_begin(vg, lv, 1, "again", false, &child, &err), ERR_CONFLICT, "already");
	REFUSED(lv_split_begin(vg, lv, 0, "again", false, &child, &err), ERR_CONFLICT,
		"no other copy");
	REFUSED(lv_split_return(vg, lv, false, &err), ERR_USAGE, "no split copy");
	check_unchanged(vg);
	OK(lv_split_return(vg, lv_of(vg, "snap"), false, &err));
	vg = commit(vg);
	lv = lv_of(vg, "root");
	CHECK(!lv_of(vg, "snap"));
	CHECK_EQ(lv->leg[0].flags, 0);
	CHECK_EQ(lv->leg[1].flags, LEG_DISCARD);
	lv_split_done(lv);
	CHECK_EQ(lv->leg[1].flags, 0);
	commit(vg);
}

/* Copies below a split one go: the child still names the right one. */
static void test_child_follows_its_copy(void)
{
	struct vg *vg = make(3, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "root", 3, 3, &err), *child;
	struct vg_id uuid = lv->leg[2].uuid;

	OK(lv_split_begin(vg, lv, 2, "snap", true, &child, &err));
	OK(lv_copy_remove(vg, lv, 0, &err));
	vg = commit(vg);
	lv = lv_of(vg, "root");
	child = lv_of(vg, "snap");
	CHECK_EQ(child->child_copy, 1);
	CHECK(child->child_writable);
	CHECK(id_equal(&lv->leg[1].uuid, &uuid));
	CHECK_EQ(lv->leg[1].slot, 2);
}

static void test_restore_from_split(void)
{
	struct vg *vg = make(3, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "root", 3, 3, &err), *child, *other;

	OK(lv_split_begin(vg, lv, 1, "snap", true, &child, &err));
	OK(lv_split_begin(vg, lv, 2, "other", true, &other, &err));
	OK(lv_split_return(vg, child, true, &err));
	CHECK_EQ(lv->leg[0].flags, LEG_DISCARD);
	CHECK_EQ(lv->leg[1].flags, 0);
	CHECK_EQ(lv->leg[2].flags, LEG_SPLIT);
	OK(lv_split_return(vg, other, false, &err));
	CHECK_EQ(lv->leg[2].flags, LEG_DISCARD);
	vg = commit(vg);
	CHECK_EQ(lv_of(vg, "root")->leg[2].flags, LEG_DISCARD);
}

static void test_split_off(void)
{
	struct vg *vg = make(2, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "root", 3, 2, &err), *new;
	struct lv_place first = lv->map[0][0];

	remember(vg);
	REFUSED(lv_split_off(vg, lv, 0, "root", &new, &err), ERR_CONFLICT, "already");
	check_unchanged(vg);
	OK(lv_split_off(vg, lv, 0, "mine", &new, &err));
	check_maps(vg);
	vg = commit(vg);
	check_maps(vg);
	new = lv_of(vg, "mine");
	lv = lv_of(vg, "root");
	CHECK_EQ(new->type, LV_LINEAR);
	CHECK_EQ(new->num_lps, 3);
	CHECK_EQ(new->map[0][0].pv, first.pv);
	CHECK_EQ(new->map[0][0].pp, first.pp);
	CHECK_EQ(lv->copies, 1);
	CHECK_EQ(lv->leg[0].slot, 1);
	super_of(vg, lv, 0);
}

/* ---- snapshot VGs ---- */

static struct vg *named(const char *name)
{
	struct vg *vg = NULL;

	vg_find(scan, name, &vg, &err);
	return vg;
}

static void test_split_vg_and_join(void)
{
	struct vg *vg = make(2, 0, 24), *snap;
	struct vg_lv *lv = disk_lv(vg, "root", 3, 2, &err);
	struct vg_id leg0, leg1, set = lv->uuid;
	struct judge j;

	disk_lv(vg, "home", 2, 2, &err);
	leg0 = lv->leg[0].uuid;
	leg1 = lv->leg[1].uuid;
	vg = commit(vg);
	OK(vg_split(vg, scan, 1, "snapvg", "fs", &snap, &err));
	OK(vg_split_commit(vg, snap, &err));
	CHECK(!vg->warnings[0] && !snap->warnings[0]);
	vg_free(snap);

	vg = again(15);
	snap = named("snapvg");
	CHECK(snap != NULL);
	CHECK(id_equal(&vg->snapshot, &snap->id) && id_equal(&snap->parent, &vg->id));
	CHECK_EQ(vg->total_vgdas, 2);
	CHECK_EQ(vg->seen_vgdas, 2);
	CHECK_EQ(snap->total_vgdas, 2);
	CHECK(!vg->warnings[0] && !snap->warnings[0]);
	check_maps(vg);
	check_maps(snap);
	CHECK(vg->pv[2]->state & PV_SPLIT && !vg->pv[2]->io && !snap->pv[1]);
	lv = lv_of(vg, "root");
	CHECK_EQ(lv->leg[1].flags, LEG_SPLIT);
	OK(judge_lv(vg, lv, 0, &j, &err));
	CHECK_EQ(j.leg[0], LEG_MEMBER);
	lv = lv_of(snap, "fsroot");
	CHECK(lv_of(snap, "fshome") && !lv_of(snap, "root"));
	CHECK(id_equal(&lv->uuid, &set));
	CHECK_EQ(lv->copies, 1);
	CHECK_EQ(lv->leg[0].slot, 1);
	CHECK(id_equal(&lv->leg[0].uuid, &leg1) && id_equal(&lv->leg[1].uuid, &leg0));
	CHECK_EQ(lv->leg[1].flags, LEG_REMOTE);
	CHECK_EQ(lv_num_legs(lv), 2);
	super_of(snap, lv, 0);

	/* Neither is recorded as missing what it shares with the other. */
	OK(vg_record_missing(vg, &err));
	CHECK(!vg_has_behind(vg) && !vg_has_behind(snap));
	remember(snap);
	REFUSED(lv_extend(snap, lv, 1, NULL, &err), ERR_CONFLICT, "snapshot");
	REFUSED(lv_remove(snap, lv, &err), ERR_CONFLICT, "snapshot");
	CHECK(!disk_lv(snap, "new", 1, 1, &err));
	check_unchanged(snap);
	REFUSED(lv_remove(vg, lv_of(vg, "root"), &err), ERR_CONFLICT, "split away");
	REFUSED(vg_split(vg, scan, 1, "other", "fs", &snap, &err), ERR_CONFLICT, "snapvg");

	snap = named("snapvg");
	OK(vg_join(vg, snap, &err));
	vg = again(15);
	CHECK(!named("snapvg"));
	check_maps(vg);
	CHECK_EQ(vg->total_vgdas, 3);
	CHECK_EQ(vg->seen_vgdas, 3);
	CHECK(id_is_zero(&vg->snapshot));
	CHECK_EQ(vg->pv[2]->state, PV_ACTIVE);
	CHECK_EQ(lv_of(vg, "root")->leg[1].flags, LEG_DISCARD);
	CHECK_EQ(lv_of(vg, "home")->leg[1].flags, LEG_DISCARD);
	CHECK(!vg->warnings[0]);
}

static void test_split_vg_is_refused(void)
{
	struct vg *vg = make(3, 0, 24), *snap;
	struct vg_lv *one;

	REFUSED(vg_split(vg, scan, 0, "snapvg", "fs", &snap, &err), ERR_USAGE, "no LVs");
	disk_lv(vg, "root", 3, 2, &err);
	one = disk_lv(vg, "one", 1, 1, &err);
	remember(vg);
	REFUSED(vg_split(vg, scan, 1, "snapvg", "fs", &snap, &err), ERR_USAGE, "LV one");
	REFUSED(vg_split(vg, scan, 1, "testvg", "fs", &snap, &err), ERR_CONFLICT, "testvg already");
	REFUSED(vg_split(vg, scan, 1, "-bad", "fs", &snap, &err), ERR_USAGE, "starts with");
	check_unchanged(vg);
	lv_remove(vg, one, &err);
	remember(vg);
	REFUSED(vg_split(vg, scan, 1, "snapvg", "-", &snap, &err), ERR_USAGE, "starts with");
	check_unchanged(vg);
	/* Copy 1 of one LV and copy 2 of the other on one PV. */
	{
		struct vg_lv *root = vg_lv_by_name(vg, "root");
		struct vg_pv *crossed[] = { vg->pv[root->map[1][0].pv],
					    vg->pv[root->map[0][0].pv], NULL };
		struct lv_create_opts o = {
			.name = "cross", .lps = 1, .copies = 2, .strict = true,
			.inter = 'm', .intra = 'm', .pvs = crossed,
		};
		struct vg_lv *cross;

		OK(lv_create(vg, &o, &cross, &err));
		remember(vg);
		REFUSED(vg_split(vg, scan, 1, "snapvg", "fs", &snap, &err), ERR_USAGE, "beside");
		check_unchanged(vg);
	}
	REFUSED(vg_join(vg, NULL, &err), ERR_CONFLICT, "no snapshot");
}

static void test_join_with_missing_pv(void)
{
	struct vg *vg = make(2, 0, 24), *snap;

	disk_lv(vg, "root", 3, 2, &err);
	vg = commit(vg);
	OK(vg_split(vg, scan, 1, "snapvg", "fs", &snap, &err));
	OK(vg_split_commit(vg, snap, &err));
	vg_free(snap);
	vg = again(1);
	REFUSED(vg_join(vg, NULL, &err), ERR_NOTFOUND, "missing");
	REFUSED(vg_split(vg, scan, 1, "snapvg", "fs", &snap, &err), ERR_CONFLICT, "split already");
	/* The original goes on alone, and neither side calls that a conflict. */
	CHECK(disk_lv(vg, "more", 1, 1, &err) != NULL);
	OK(vg_commit(vg, &err));
	vg = again(15);
	snap = named("snapvg");
	CHECK(snap && !snap->read_only);
	OK(vg_join(vg, snap, &err));
	vg = again(15);
	CHECK(lv_of(vg, "more") != NULL);
}

/* ---- extend ---- */

static void test_extend_live(void)
{
	struct vg *vg = make(2, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "root", 3, 2, &err);
	uint8_t *old, *new, block[VY_BLOCK];
	struct vy_sb sb, was;

	vg = commit(vg);
	lv = lv_of(vg, "root");
	was = super_of(vg, lv, 0);
	/* What is in the spares goes along. */
	memset(block, 0x5a, sizeof(block));
	OK(io_write(vg->pv[lv->leg[1].sa_pv]->io, block, sizeof(block),
		    lv->leg[1].sa_sector * SECTOR + was.bbr_off + 3 * VY_BLOCK, "spare", &err));
	old = area(vg, &lv->leg[1]);
	OK(lv_extend_live(vg, lv, 4, NULL, &err));
	vg = commit(vg);
	lv = lv_of(vg, "root");
	check_maps(vg);
	sb = super_of(vg, lv, 1);
	CHECK_EQ(sb.geom.data_sectors, vg_lv_sectors(vg, lv));
	CHECK_EQ(sb.gen, was.gen);
	CHECK_EQ(lv->num_lps, 7);
	new = area(vg, &lv->leg[1]);
	CHECK(!memcmp(old + was.bbr_off, new + sb.bbr_off, 66 * VY_BLOCK));
	free(old);
	free(new);

	/* A copy that is no member when it comes to it: nothing is written. */
	sb = super_of(vg, lv, 0);
	OK(lv_extend_live(vg, lv, 1, NULL, &err));
	OK(lv_leg_reset(vg, &(struct vg_lv){
		.num = lv->num, .copies = 2, .nslots = lv->nslots, .leg = {
			[1] = { .uuid = lv->leg[1].uuid, .slot = 1,
				.sa_pv = lv->leg[1].sa_from.pv,
				.sa_sector = lv->leg[1].sa_from.sector,
				.sa_sectors = lv->leg[1].sa_from.sectors } } }, 1, &sb, &err));
	disk_writes = 0;
	REFUSED(vg_commit(vg, &err), ERR_FAILED, "not in sync");
	CHECK_EQ(disk_writes, 0);
	vg = again(15);
	CHECK_EQ(lv_of(vg, "root")->num_lps, 7);
}

/* One commit for all of it: what a status area must become is kept track of. */
static void test_many_changes_at_once(void)
{
	struct vg *vg = make(4, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "data", 2, 1, &err), *child, *off;
	struct lv_move_opts o = { .from = NULL };
	unsigned int temp;
	struct judge j;

	add(vg, lv);
	OK(lv_extend(vg, lv, 2, NULL, &err));
	o.from = vg->pv[lv->map[0][0].pv];
	OK(lv_move_begin(vg, lv, 0, &o, &temp, &err));
	OK(lv_move_finish(vg, lv, 0, temp, o.from, &err));
	CHECK_EQ(lv->leg[0].sa_todo, SA_MAKE);
	OK(lv_split_begin(vg, lv, 1, "child", true, &child, &err));
	OK(lv_split_return(vg, child, false, &err));
	lv_split_done(lv);
	check_maps(vg);
	vg = commit(vg);
	lv = lv_of(vg, "data");
	check_maps(vg);
	CHECK_EQ(super_of(vg, lv, 0).geom.data_sectors, vg_lv_sectors(vg, lv));
	OK(judge_lv(vg, lv, 0, &j, &err));
	CHECK_EQ(j.leg[0], LEG_MEMBER);
	CHECK_EQ(j.leg[1], LEG_TARGET);

	/* A new size of what there is, and one copy more. */
	settle(vg, lv);
	OK(lv_extend(vg, lv, 1, NULL, &err));
	add(vg, lv);
	vg = commit(vg);
	lv = lv_of(vg, "data");
	OK(judge_lv(vg, lv, 0, &j, &err));
	CHECK_EQ(j.leg[1], LEG_MEMBER);
	CHECK_EQ(j.leg[2], LEG_TARGET);
	OK(lv_copy_remove(vg, lv, 2, &err));
	vg = commit(vg);
	lv = lv_of(vg, "data");

	/* A new place, then a new size in the same change: refused. */
	settle(vg, lv);
	o.from = vg->pv[lv->map[1][0].pv];
	OK(lv_move_begin(vg, lv, 1, &o, &temp, &err));
	OK(lv_move_finish(vg, lv, 1, temp, o.from, &err));
	remember(vg);
	REFUSED(lv_extend(vg, lv, 1, NULL, &err), ERR_CONFLICT, "being moved");
	check_unchanged(vg);
	OK(lv_split_off(vg, lv, 0, "off", &off, &err));
	vg = commit(vg);
	check_maps(vg);
	lv = lv_of(vg, "data");
	CHECK_EQ(lv->copies, 1);
	OK(judge_lv(vg, lv, 0, &j, &err));
	CHECK_EQ(j.leg[0], LEG_MEMBER);
}

/* ---- attributes ---- */

static void test_attributes(void)
{
	struct vg *vg = make(3, 0, 24);
	struct vg_pv *used, *spare;
	struct vg_lv *lv = disk_lv(vg, "data", 2, 1, &err);
	unsigned int num;

	used = vg->pv[lv->map[0][0].pv];
	num = used->num == 1 ? 2 : 1;
	spare = vg->pv[num];
	REFUSED(pv_set_spare(vg, used, true, &err), ERR_CONFLICT, "LV data");
	REFUSED(vg_set_spare_policy(vg, 'x', &err), ERR_USAGE, "n, y, Y or r");
	OK(vg_set_spare_policy(vg, 'Y', &err));
	OK(vg_set_auto_sync(vg, true, &err));
	OK(pv_set_spare(vg, spare, true, &err));
	vg = commit(vg);
	CHECK_EQ(vg->spare_policy, 'Y');
	CHECK(vg->auto_sync);
	spare = vg->pv[num];
	CHECK(spare->state & PV_SPARE);
	/* No copy goes there. */
	lv = disk_lv(vg, "mirror", 2, 2, &err);
	CHECK(!lv_copy_on(lv, 0, spare) && !lv_copy_on(lv, 1, spare));
	OK(vg_set_spare_policy(vg, 'r', &err));
	CHECK_EQ(vg->spare_policy, 'n');
	CHECK(!(spare->state & PV_SPARE));
	OK(pv_set_alloc(vg, spare, false, &err));
	vg = commit(vg);
	CHECK(vg->pv[num]->state & PV_NOALLOC);
	vg = make(1, 0, 24);
	REFUSED(pv_set_spare(vg, vg->pv[1], true, &err), ERR_CONFLICT, "stand in");
}

/* An older release refuses a VG with anything of this, and only such a VG. */
static void test_feature_bit(void)
{
	struct vg *vg = make(2, 0, 24);
	struct vg_lv *lv = disk_lv(vg, "root", 3, 2, &err), *child;

	CHECK(!vg_uses_leg_features(vg));
	OK(lv_split_begin(vg, lv, 0, "snap", false, &child, &err));
	CHECK(vg_uses_leg_features(vg));
	OK(lv_split_return(vg, child, false, &err));
	CHECK(vg_uses_leg_features(vg));
	lv_split_done(lv);
	CHECK(!vg_uses_leg_features(vg));
	OK(lv_copy_remove(vg, lv, 0, &err));
	CHECK(vg_uses_leg_features(vg));	/* copy 1 is in slot 1 */
	OK(lv_remove(vg, lv, &err));
	CHECK(!vg_uses_leg_features(vg));
}

static const struct unit_test tests[] = {
	UNIT(test_linear_becomes_a_mirror),
	UNIT(test_linear_without_an_id),
	UNIT(test_slots_stay),
	UNIT(test_one_copy_is_a_mirror_still),
	UNIT(test_add_is_refused),
	UNIT(test_three_is_the_limit),
	UNIT(test_hot_copy),
	UNIT(test_hot_copy_of_small_pps),
	UNIT(test_move_a_copy),
	UNIT(test_move_some_lps),
	UNIT(test_move_undone),
	UNIT(test_move_a_linear_lv),
	UNIT(test_move_is_refused),
	UNIT(test_split_and_return),
	UNIT(test_child_follows_its_copy),
	UNIT(test_restore_from_split),
	UNIT(test_split_off),
	UNIT(test_split_vg_and_join),
	UNIT(test_split_vg_is_refused),
	UNIT(test_join_with_missing_pv),
	UNIT(test_extend_live),
	UNIT(test_many_changes_at_once),
	UNIT(test_attributes),
	UNIT(test_feature_bit),
};
UNIT_MAIN(tests)
