// SPDX-License-Identifier: GPL-2.0
/*
 * RAID5 in the model: what is allocated, what of it is on disk and comes back
 * from there, what is refused, and a column that goes to another PV.
 */
#include "../../activator/dm/table.h"
#include "../../kernel/core/map.h"
#include "disks.h"
#include "unit.h"

static struct err err;
static struct vg_scan *scan;

#define OK(call) do { \
	err.code = ERR_OK; \
	CHECK_EQ(call, ERR_OK); \
	if (err.code) \
		printf("# %s\n", err.text); \
} while (0)

/* The call fails with that code and a text that says so. */
#define REFUSED(call, want, words) do { \
	err.code = ERR_OK; \
	CHECK_EQ(call, want); \
	CHECK(strstr(err.text, words)); \
	if (!strstr(err.text, words)) \
		printf("# said: %s\n", err.text); \
} while (0)

static struct vg *again(void)
{
	struct vg *vg = NULL;

	vg_scan_free(scan);
	scan = disks_scan(15);
	OK(vg_find(scan, "testvg", &vg, &err));
	return vg;
}

static struct vg *make_vg(void)
{
	struct vg *vg;

	vg_scan_free(scan);
	scan = NULL;
	disks_new_sized(4, UINT64_C(64) << 20);
	disk_pp_mib = 1;
	err.code = ERR_OK;
	vg = disks_vg(0, 4, "testvg", false, &err);
	OK(vg_commit(vg, &err));
	vg_free(vg);
	disk_pp_mib = 0;
	return again();
}

static struct lv_create_opts opts(uint32_t lps, uint8_t width)
{
	return (struct lv_create_opts){
		.name = "r5", .lps = lps, .copies = 1, .width = width, .strict = true,
		.inter = 'm', .intra = 'm',
	};
}

static struct vg_lv *make_lv(struct vg *vg, uint32_t lps, uint8_t width)
{
	struct lv_create_opts o = opts(lps, width);
	struct vg_lv *lv = NULL;

	OK(lv_create(vg, &o, &lv, &err));
	return lv;
}

static struct vg_lv *make(uint32_t lps, uint8_t width)
{
	struct vg *vg = make_vg();

	make_lv(vg, lps, width);
	OK(vg_commit(vg, &err));
	return vg_lv_by_name(again(), "r5");
}

/* No PV has PPs of two columns, and none of a column is nowhere. */
static void check_columns(const struct vg_lv *lv)
{
	unsigned int owner[VG_MAX_PV + 1] = { 0 }, c;
	uint32_t lp;

	for (c = 0; c < lv->copies; c++)
		for (lp = 0; lp < lv->num_lps; lp++) {
			unsigned int pv = lv->map[c][lp].pv;

			CHECK(pv && (!owner[pv] || owner[pv] == c + 1));
			owner[pv] = c + 1;
		}
}

static void test_comes_back_from_disk(void)
{
	unsigned int width, c;

	for (width = 3; width <= 4; width++) {
		struct vg_lv *lv = make(7, (uint8_t)width);
		const struct vg *vg = vg_scan_vg(scan, 0);
		uint32_t rows = (7 + width - 2) / (width - 1);

		CHECK_EQ(lv->type, LV_RAID5);
		CHECK_EQ(lv->copies, width);
		CHECK_EQ(lv->nslots, width);
		CHECK_EQ(lv->chunk_shift, 16);
		CHECK_EQ(lv->num_lps, rows);
		CHECK_EQ(lv_user_lps(lv, lv->num_lps), rows * (width - 1));
		CHECK_EQ(vg_leg_sectors(vg, lv), rows * 2048);
		CHECK_EQ(vg_lv_sectors(vg, lv), rows * 2048 * (width - 1));
		check_columns(lv);
		for (c = 0; c < width; c++) {
			struct vy_sb sb;
			bool dirty;

			CHECK_EQ(lv->leg[c].slot, c);
			/* what was on the disks does not add up, and is not looked at */
			OK(lv_leg_super(vg, lv, c, &sb, &dirty, &err));
			CHECK(!dirty);
			CHECK(sb.geom.written_off);
			CHECK_EQ(sb.type, VY_TYPE_RAID5);
			CHECK_EQ(sb.geom.data_sectors, rows * 2048);
		}
	}
}

static void test_what_cannot_be(void)
{
	struct vg *vg = make_vg();
	struct vg_lv *lv = NULL;
	struct lv_create_opts o;

	o = opts(4, 2);
	REFUSED(lv_create(vg, &o, &lv, &err), ERR_USAGE, "3 to 8");
	o = opts(4, 9);
	REFUSED(lv_create(vg, &o, &lv, &err), ERR_USAGE, "3 to 8");
	o = opts(4, 3);
	o.copies = 2;
	REFUSED(lv_create(vg, &o, &lv, &err), ERR_USAGE, "one copy");
	o = opts(4, 3);
	o.strict = false;
	REFUSED(lv_create(vg, &o, &lv, &err), ERR_USAGE, "PVs of its own");
	o = opts(4, 3);
	o.chunk_shift = 13;
	REFUSED(lv_create(vg, &o, &lv, &err), ERR_USAGE, "chunk");
	o = opts(4, 5);
	REFUSED(lv_create(vg, &o, &lv, &err), ERR_NOSPACE, "5");
	CHECK(!vg_lv_by_name(vg, "r5"));
}

static void test_has_no_copies(void)
{
	struct vg_lv *lv = make(6, 3), *child;
	struct vg *vg = vg_scan_vg(scan, 0);
	struct lv_copy_opts o = { .strict = -1 };
	unsigned int copy;

	REFUSED(lv_copy_add(vg, lv, &o, &copy, &err), ERR_USAGE, "RAID5");
	REFUSED(lv_copy_remove(vg, lv, 0, &err), ERR_USAGE, "RAID5");
	REFUSED(lv_split_begin(vg, lv, 0, "away", false, &child, &err), ERR_USAGE, "RAID5");
}

static void test_column_goes_elsewhere(void)
{
	struct vg_lv *lv = make(6, 3);
	struct vg *vg = vg_scan_vg(scan, 0);
	struct vg_id old = lv->leg[1].uuid, other = lv->leg[0].uuid;
	uint16_t from = lv->map[1][0].pv;
	struct vg_pv *to[2] = { vg->pv[4], NULL };
	unsigned int n, used = 0;
	struct vy_sb sb;

	OK(lv_column_renew(vg, lv, 1, to, &err));
	OK(vg_commit(vg, &err));
	vg = again();
	lv = vg_lv_by_name(vg, "r5");
	check_columns(lv);
	CHECK_EQ(lv->map[1][0].pv, 4);
	CHECK_EQ(lv->leg[1].sa_pv, 4);
	CHECK_EQ(lv->leg[1].slot, 1);
	CHECK(!id_equal(&lv->leg[1].uuid, &old));
	CHECK(id_equal(&lv->leg[0].uuid, &other));
	for (n = 0; n < vg->pv[from]->pp_count; n++)
		used += vg->pv[from]->pp[n].lv != 0;
	CHECK_EQ(used, 0);
	/* it holds nothing, and says so */
	OK(lv_leg_super(vg, lv, 1, &sb, NULL, &err));
	CHECK_EQ(sb.flags, VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL);
	CHECK_EQ(sb.slot[1].state, VY_SLOT_TARGET);
	CHECK_EQ(sb.slot[0].state, VY_SLOT_EMPTY);
	CHECK_EQ(sb.type, VY_TYPE_RAID5);
}

/* ---- a column that moves ---- */

static unsigned int pps_of(const struct vg *vg, unsigned int pv, const struct vg_lv *lv,
			   unsigned int c)
{
	unsigned int i, n = 0;

	for (i = 0; i < vg->pv[pv]->pp_count; i++)
		n += vg->pv[pv]->pp[i].lv == lv->num && vg->pv[pv]->pp[i].copy == c;
	return n;
}

static unsigned int pps_used(const struct vg *vg, unsigned int pv)
{
	return vg->pv[pv]->pp_count - vg_pv_free(vg->pv[pv]);
}

/* Column 1 leaves its PV for the fourth one; not committed. */
static enum err_code begin_move(struct vg *vg, struct vg_lv *lv, unsigned int *new)
{
	struct lv_move_opts o = { .from = vg->pv[lv->map[1][0].pv] };

	return lv_move_begin(vg, lv, 1, &o, new, &err);
}

static struct vg_lv *make_moving(struct vg **vg, uint16_t *from)
{
	struct vg_lv *lv = make(6, 3);
	unsigned int new = 0;

	*vg = vg_scan_vg(scan, 0);
	*from = lv->map[1][0].pv;
	OK(begin_move(*vg, lv, &new));
	CHECK_EQ(new, 3);
	OK(vg_commit(*vg, &err));
	*vg = again();
	return vg_lv_by_name(*vg, "r5");
}

/* The columns are what they were, with one place more; and the VG knows it on disk. */
static void test_move_begins(void)
{
	uint16_t from;
	struct vg *vg;
	struct vg_lv *lv = make_moving(&vg, &from), set;
	struct vy_sb sb;
	unsigned int c;

	check_columns(lv);
	CHECK_EQ(lv->copies, 3);
	CHECK_EQ(lv_num_legs(lv), 3);
	CHECK_EQ(lv_num_maps(lv), 4);
	CHECK_EQ(lv_data_legs(lv), 2);
	CHECK_EQ(lv->map[1][0].pv, from);
	CHECK_EQ(lv_pending_move(lv), 3);
	CHECK_EQ(lv_move_of(lv, 1), 3);
	CHECK_EQ(lv_move_of(lv, 0), -1);
	CHECK_EQ(pps_of(vg, 4, lv, 3), 3);
	CHECK_EQ(pps_of(vg, from, lv, 1), 3);
	for (c = 0; c < 3; c++) {
		OK(lv_leg_super(vg, lv, c, &sb, NULL, &err));
		CHECK(!sb.flags);
		CHECK_EQ(lv_column_set(lv, c, &set), c == 1);
		CHECK_EQ(table_copy_contiguous(lv, c), c != 1);
	}
	/* both status areas of the mirror are where that of the column is */
	CHECK_EQ(lv->leg[3].sa_pv, from);
	CHECK_EQ(lv->leg[1].sa_pv, from);
	lv_column_set(lv, 1, &set);
	CHECK_EQ(vg_lv_sectors(vg, &set), vg_leg_sectors(vg, lv));
	OK(lv_leg_super(vg, &set, 0, &sb, NULL, &err));
	CHECK_EQ(sb.type, VY_TYPE_MIRROR);
	CHECK(!sb.flags && sb.bbr_off);
	CHECK_EQ(sb.slot[0].state, VY_SLOT_MEMBER);
	OK(lv_leg_super(vg, &set, 1, &sb, NULL, &err));
	CHECK_EQ(sb.flags, VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL);
}

/* The whole column, on PVs of its own, and its status area with it; the rest is free. */
static void test_move_ends(void)
{
	uint16_t from;
	struct vg *vg;
	struct vg_lv *lv = make_moving(&vg, &from);
	struct vg_id id = lv->leg[1].uuid;
	struct vy_sb sb;

	OK(lv_move_finish(vg, lv, 1, 3, vg->pv[from], &err));
	OK(vg_commit(vg, &err));
	vg = again();
	lv = vg_lv_by_name(vg, "r5");
	check_columns(lv);
	CHECK_EQ(lv_pending_move(lv), -1);
	CHECK_EQ(lv->map[1][0].pv, 4);
	CHECK_EQ(lv->leg[1].sa_pv, 4);
	CHECK(id_equal(&lv->leg[1].uuid, &id));
	CHECK_EQ(pps_of(vg, 4, lv, 1), 3);
	CHECK_EQ(pps_used(vg, from), 0);
	OK(lv_leg_super(vg, lv, 1, &sb, NULL, &err));
	CHECK(!sb.flags);
	/* and back again */
	OK(begin_move(vg, lv, &(unsigned int){ 0 }));
}

static void test_move_is_given_up(void)
{
	unsigned int used;
	uint16_t from;
	struct vg *vg;
	struct vg_lv *lv = make(6, 3);

	used = pps_used(vg_scan_vg(scan, 0), lv->map[1][0].pv);
	lv = make_moving(&vg, &from);
	OK(lv_move_undo(vg, lv, 3, &err));
	OK(vg_commit(vg, &err));
	vg = again();
	lv = vg_lv_by_name(vg, "r5");
	check_columns(lv);
	CHECK_EQ(lv_pending_move(lv), -1);
	CHECK_EQ(lv->map[1][0].pv, from);
	CHECK_EQ(pps_used(vg, 4), 0);
	CHECK_EQ(pps_used(vg, from), used);
}

/* All free PPs of the fourth PV but so many. */
static struct vg_lv *fill_fourth(struct vg *vg, uint32_t left)
{
	struct vg_pv *to[2] = { vg->pv[4], NULL };
	struct lv_create_opts o = {
		.name = "fill", .lps = vg_pv_free(vg->pv[4]) - left, .copies = 1, .inter = 'm',
		.intra = 'm', .pvs = to,
	};
	struct vg_lv *lv = NULL;

	OK(lv_create(vg, &o, &lv, &err));
	return lv;
}

/* Whatever the two places have, and where it was to move to, though there is no more room. */
static void test_column_that_moves_is_made_anew(void)
{
	uint16_t from;
	struct vg *vg;
	struct vg_lv *lv = make_moving(&vg, &from), *fill;
	struct vg_pv *to[2] = { vg->pv[4], NULL };
	struct vgda_extent ext[VGDA_EXTENTS];
	uint8_t *before, *after;
	unsigned int n;

	REFUSED(lv_column_renew(vg, lv, 0, to, &err), ERR_CONFLICT, "column 2 is being moved");
	fill = fill_fourth(vg, 0);
	before = vgda_build(vg, 1, ext, &n);
	REFUSED(lv_column_renew(vg, lv, 1, to, &err), ERR_NOSPACE, "PPs");
	after = vgda_build(vg, 1, ext, &n);
	CHECK(!memcmp(before, after, (size_t)vg->vgda_len * SECTOR));
	free(before);
	free(after);
	OK(lv_remove(vg, fill, &err));
	fill_fourth(vg, sa_pps(vg, lv->leg[1].sa_sectors));
	OK(vg_commit(vg, &err));
	vg = again();
	lv = vg_lv_by_name(vg, "r5");
	to[0] = vg->pv[4];
	OK(lv_column_renew(vg, lv, 1, to, &err));
	OK(vg_commit(vg, &err));
	vg = again();
	lv = vg_lv_by_name(vg, "r5");
	check_columns(lv);
	CHECK_EQ(lv_pending_move(lv), -1);
	CHECK_EQ(pps_of(vg, 4, lv, 1), 3);
	CHECK_EQ(pps_of(vg, 4, lv, 3), 0);
	CHECK_EQ(pps_used(vg, from), 0);
}

static void test_what_waits_for_a_move(void)
{
	static const uint32_t first[] = { 1 };
	struct lv_move_opts some = { .lps = first, .num_lps = 1 }, other = { .from = NULL };
	unsigned int new = 0;
	uint16_t from;
	struct vg *vg;
	struct vg_lv *lv = make_moving(&vg, &from);

	other.from = vg->pv[lv->map[0][0].pv];
	REFUSED(lv_move_begin(vg, lv, 0, &other, &new, &err), ERR_CONFLICT, "column 2 is being");
	REFUSED(lv_extend(vg, lv, 2, NULL, &err), ERR_CONFLICT, "column 2 is being moved");
	REFUSED(lv_extend_live(vg, lv, 2, NULL, &err), ERR_CONFLICT, "column 2 is being moved");
	REFUSED(lv_move_finish(vg, lv, 0, 3, NULL, &err), ERR_USAGE, "is not being moved");
	REFUSED(vg_reduce(vg, vg->pv[4], &err), ERR_CONFLICT, "PP");
	/* the same one is taken up */
	OK(begin_move(vg, lv, &new));
	CHECK_EQ(new, 3);
	OK(lv_remove(vg, lv, &err));
	OK(vg_commit(vg, &err));
	vg = again();
	CHECK_EQ(pps_used(vg, 4), 0);
	CHECK_EQ(pps_used(vg, from), 0);

	lv = make_lv(vg, 6, 3);
	REFUSED(lv_move_begin(vg, lv, 0, &some, &new, &err), ERR_USAGE, "migratepv");
	REFUSED(lv_move_undo(vg, lv, 3, &err), ERR_USAGE, "no move is pending");
}

/* No fourth PV: the model is as it was. */
static void test_move_that_finds_no_room(void)
{
	struct vg_lv *lv = make(6, 3);
	struct vg *vg = vg_scan_vg(scan, 0);
	struct vg_pv *to[2] = { vg->pv[lv->map[0][0].pv], NULL };
	struct lv_move_opts o = { .from = vg->pv[lv->map[1][0].pv], .pvs = to };
	struct vgda_extent ext[VGDA_EXTENTS];
	uint8_t *before, *after;
	unsigned int n, new;

	lv->mtime = 0;
	before = vgda_build(vg, 1, ext, &n);
	REFUSED(lv_move_begin(vg, lv, 1, &o, &new, &err), ERR_NOSPACE, "PPs");
	lv->mtime = 0;
	after = vgda_build(vg, 1, ext, &n);
	CHECK(!memcmp(before, after, (size_t)vg->vgda_len * SECTOR));
	free(before);
	free(after);
}

/* The first unit of a map of leg c: of write-intent bits, or of what was ever written. */
static struct vy_map_unit *map_of(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				  bool written, struct vy_sb *sb)
{
	OK(lv_leg_super(vg, lv, c, sb, NULL, &err));
	return (void *)(disks[lv->leg[c].sa_pv - 1].data + lv->leg[c].sa_sector * SECTOR +
			(written ? sb->geom.written_off : sb->geom.wib_off));
}

/* Its bits, as ranges "first-last". */
static const char *bits_of(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			   bool written)
{
	static char text[64];
	uint64_t bit, first = UINT64_MAX;
	struct vy_map_unit *unit;
	struct vy_sb sb;

	text[0] = '\0';
	unit = map_of(vg, lv, c, written, &sb);
	for (bit = 0; bit <= VY_UNIT_BITS; bit++) {
		bool set = bit < VY_UNIT_BITS && unit->bits[bit / 8] & 1U << bit % 8;

		if (set && first == UINT64_MAX)
			first = bit;
		if (!set && first != UINT64_MAX)
			sprintf(text + strlen(text), "%u-%u ", (unsigned int)first,
				(unsigned int)bit - 1);
		if (!set)
			first = UINT64_MAX;
	}
	return text;
}

static void set_bits(const struct vg *vg, const struct vg_lv *lv, unsigned int c, bool written,
		     unsigned int byte, uint8_t bits)
{
	struct vy_map_unit *unit;
	struct vy_sb sb;

	unit = map_of(vg, lv, c, written, &sb);
	memset(unit->bits, 0, sizeof(unit->bits));
	unit->bits[byte] = bits;
	vy_unit_seal(unit, vy_unit_seed(sb.set_uuid, written ? VY_MAP_WRITTEN : VY_MAP_WIB, 0, 0),
		     1);
}

/* As made by a release that knew no such map. */
static void take_map(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	uint8_t *sa = disks[lv->leg[c].sa_pv - 1].data + lv->leg[c].sa_sector * SECTOR;
	struct vy_sb sb;

	OK(lv_leg_super(vg, lv, c, &sb, NULL, &err));
	vy_geom_set_written(&sb.geom, false);
	vy_super_encode(&sb, sa);
	vy_super_encode(&sb, sa + VY_BLOCK);
}

/* Columns of 10 MiB become 18 MiB: a zone has 4, a region 4 KiB. */
static struct vg_lv *grown(struct vg **vg, struct vg_lv *lv, unsigned int lps)
{
	OK(lv_extend(*vg, lv, lps, NULL, &err));
	OK(vg_commit(*vg, &err));
	*vg = again();
	return vg_lv_by_name(*vg, "r5");
}

static void test_what_grows_is_unwritten(void)
{
	struct vg_lv *lv = make(20, 3);
	struct vg *vg = vg_scan_vg(scan, 0);
	unsigned int c;

	CHECK_STR(bits_of(vg, lv, 2, false), "");
	CHECK_STR(bits_of(vg, lv, 2, true), "");
	/* a crash came when not all had it */
	set_bits(vg, lv, 0, true, 2, 0x3c);
	set_bits(vg, lv, 1, true, 312, 0x80);
	lv = grown(&vg, lv, 16);
	CHECK_EQ(vg_leg_sectors(vg, lv), 18 * 2048);
	for (c = 0; c < 3; c++) {
		CHECK_STR(bits_of(vg, lv, c, false), "");
		CHECK_STR(bits_of(vg, lv, c, true), "18-21 2503-2503 ");
	}
	/* what was cut short is made right, as far as it was written */
	set_bits(vg, lv, 1, false, 0, 0x02);
	lv = grown(&vg, lv, 2);
	CHECK_STR(bits_of(vg, lv, 0, false), "0-4 ");
	CHECK_STR(bits_of(vg, lv, 0, true), "18-21 2503-2503 ");
	/* a unit that checks nowhere says nothing of what was not written */
	for (c = 0; c < 3; c++) {
		struct vy_sb sb;

		map_of(vg, lv, c, true, &sb)->bits[100] ^= 1;
	}
	lv = grown(&vg, lv, 2);
	CHECK_STR(bits_of(vg, lv, 0, true), "0-4031 ");
}

static void test_what_grows_without_map_is_dirty(void)
{
	struct vg_lv *lv = make(20, 3);
	struct vg *vg = vg_scan_vg(scan, 0);
	struct vy_sb sb;
	unsigned int c;

	for (c = 0; c < 3; c++)
		take_map(vg, lv, c);
	lv = grown(&vg, lv, 16);
	/* zone 2 was there in part */
	CHECK_STR(bits_of(vg, lv, 0, false), "2-4 ");
	CHECK_STR(bits_of(vg, lv, 1, false), "2-4 ");
	OK(lv_leg_super(vg, lv, 0, &sb, NULL, &err));
	CHECK(!sb.geom.written_off);
	/* what was not made yet is not, and is not taken for made */
	lv = grown(&vg, lv, 2);
	CHECK_STR(bits_of(vg, lv, 0, false), "0-4 ");
}

/* What does not fit leaves the model as it was. */
static void test_column_that_finds_no_room(void)
{
	struct vg_lv *lv = make(6, 3);
	struct vg *vg = vg_scan_vg(scan, 0);
	struct vg_pv *to[2] = { vg->pv[lv->map[0][0].pv], NULL };
	struct vgda_extent ext[VGDA_EXTENTS];
	uint8_t *before, *after;
	unsigned int n;

	before = vgda_build(vg, 1, ext, &n);
	REFUSED(lv_column_renew(vg, lv, 1, to, &err), ERR_NOSPACE, "PPs");
	after = vgda_build(vg, 1, ext, &n);
	CHECK(!memcmp(before, after, (size_t)vg->vgda_len * SECTOR));
	free(before);
	free(after);
}

static void test_table(void)
{
	struct vg_lv *lv = make(6, 3);
	struct vg *vg = vg_scan_vg(scan, 0);
	char *data[VY_MAX_SLOTS] = { NULL };
	struct table_opts o = { 0 };
	struct table t = { 0 };
	unsigned int c;

	for (c = 0; c < 3; c++)
		data[c] = table_leg(vg, lv, c, NULL);
	table_mirror(&t, vg, lv, data, &o);
	CHECK_EQ(t.count, 1);
	CHECK_STR(t.seg[0].target, "varyon-raid5");
	CHECK_EQ(t.seg[0].len, 6 * 2048);
	CHECK(strstr(t.seg[0].params, " 12 22 3 1 chunk:128 "));
	table_free(&t);
	for (c = 0; c < 3; c++)
		free(data[c]);
}

/* ---- what must not be believed ---- */

/* One more change of every VGDA copy, with a checksum that is right. */
static void forge(unsigned int lv_num, void (*change)(uint8_t *vgda, unsigned int lv_num))
{
	unsigned int d, slot;

	for (d = 0; d < DISKS; d++)
		for (slot = 0; slot < 2; slot++) {
			uint32_t psn = slot ? 144 + NATIVE_VGDA_LEN : 136;
			uint8_t *vgda = disks[d].data + (size_t)psn * SECTOR;
			struct vgda_extent ext[VGDA_EXTENTS];
			struct aix_vgda_hdr h;
			unsigned int n;

			change(vgda, lv_num);
			aix_vgda_hdr_decode(vgda, &h);
			n = vgda_extents(&h, true, NATIVE_VGDA_LEN, ext);
			h.checksum = native_vgda_crc(vgda, ext, n);
			aix_vgda_hdr_encode(vgda, &h);
		}
}

static void refused(void (*change)(uint8_t *vgda, unsigned int lv_num), const char *words)
{
	unsigned int num = make(6, 3)->num;
	const struct err *why;

	forge(num, change);
	vg_scan_free(scan);
	scan = disks_scan(15);
	CHECK_EQ(vg_scan_count(scan), 1);
	why = vg_scan_error(scan, 0);
	CHECK(why->code && strstr(why->text, words));
	if (!strstr(why->text, words))
		printf("# said: %s\n", why->text);
}

static uint8_t *entry(uint8_t *vgda, unsigned int num)
{
	return vgda + AIX_VGDA_LVE * SECTOR + (num - 1) * AIX_ENTRY;
}

/* The first record that is of this LV. */
static uint8_t *record(uint8_t *vgda, unsigned int num)
{
	uint8_t *at = vgda + (NATIVE_EXT_OFF + NATIVE_LV_AT) * SECTOR;

	while (at[0] != num)
		at += NATIVE_RECORD;
	return at;
}

static void width_2(uint8_t *vgda, unsigned int num)
{
	entry(vgda, num)[23] = 2;
}

static void width_9(uint8_t *vgda, unsigned int num)
{
	entry(vgda, num)[23] = 9;
}

static void chunk_of_2_to_the_13(uint8_t *vgda, unsigned int num)
{
	entry(vgda, num)[21] = 13;
}

static void two_copies(uint8_t *vgda, unsigned int num)
{
	entry(vgda, num)[9] = 2;
}

static void width_4(uint8_t *vgda, unsigned int num)
{
	entry(vgda, num)[23] = 4;
}

static void record_says_mirror(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[1] = LV_MIRROR;
}

static void entry_says_plain(uint8_t *vgda, unsigned int num)
{
	entry(vgda, num)[21] = 0;
	entry(vgda, num)[23] = 0;
}

static void legs_change_slots(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[192 + 19] = 1 ^ 0;
	record(vgda, num)[192 + 32 + 19] = 0 ^ 1;
}

static void leg_is_partial(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[192 + 18] = LEG_PARTIAL;
}

static void more_slots(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[8] = 4;
}

/* The first PP of the LV on the first PV. */
static void column_of_a_pp(uint8_t *vgda, unsigned int num)
{
	uint8_t *at = vgda + AIX_VGDA_PV * SECTOR + AIX_ENTRY;

	while (at[1] != num)
		at += AIX_ENTRY;
	at[8] = native_column_code(5);
}

static void copy_of_a_pp(uint8_t *vgda, unsigned int num)
{
	uint8_t *at = vgda + AIX_VGDA_PV * SECTOR + AIX_ENTRY;

	while (at[1] != num)
		at += AIX_ENTRY;
	at[8] = 0;
}

/* Each of these of a VG that moves a column. */
static void refused_moving(void (*change)(uint8_t *vgda, unsigned int lv_num), const char *words)
{
	const struct err *why;
	uint16_t from;
	struct vg *vg;

	forge(make_moving(&vg, &from)->num, change);
	vg_scan_free(scan);
	scan = disks_scan(15);
	why = vg_scan_error(scan, 0);
	CHECK(why->code && strstr(why->text, words));
	if (!strstr(why->text, words))
		printf("# said: %s\n", why->text);
}

#define NEW_LEG	(192 + 3 * 32)	/* in the record */

static void new_is_split(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[NEW_LEG + 18] |= LEG_SPLIT;
}

static void new_is_partial(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[NEW_LEG + 18] |= LEG_PARTIAL;
}

static void new_is_nobody(uint8_t *vgda, unsigned int num)
{
	memset(record(vgda, num) + NEW_LEG, 0, 32);
	record(vgda, num)[448 + 3] = 0;
}

static void new_has_a_slot(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[NEW_LEG + 19] = 3 ^ 1;
}

static void new_serves_nobody(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[448 + 3] = 3;
}

static void new_serves_another(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[448 + 3] = 2;
}

static void new_has_no_area(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[NEW_LEG + 17] = 0;
}

static void new_has_a_small_area(uint8_t *vgda, unsigned int num)
{
	record(vgda, num)[NEW_LEG + 23] -= 8;
}

static void area_on_that_of_its_column(uint8_t *vgda, unsigned int num)
{
	uint8_t *at = record(vgda, num);

	memcpy(at + NEW_LEG + 24, at + 192 + 32 + 24, 8);
}

static void moves_unsaid(uint8_t *vgda, unsigned int num)
{
	(void)num;
	vgda[NATIVE_EXT_OFF * SECTOR + 31] = 0;
}

static void test_hostile_move(void)
{
	refused_moving(new_is_split, "flags 0x21");
	refused_moving(new_is_partial, "3 LPs of column 2");
	refused_moving(new_is_nobody, "only 3 columns");
	refused_moving(new_has_a_slot, "slot 1 of leg 4");
	refused_moving(new_serves_nobody, "LPs of column 4");
	refused_moving(new_serves_another, "not beside its own");
	refused_moving(new_has_no_area, "PV 0");
	refused_moving(new_has_a_small_area, "another size");
	refused_moving(area_on_that_of_its_column, "overlap");
	refused_moving(moves_unsaid, "without the feature");
}

static void test_hostile(void)
{
	refused(width_2, "width 2");
	refused(width_9, "width 9");
	refused(chunk_of_2_to_the_13, "2^13");
	refused(two_copies, "striped");
	refused(width_4, "slots 3");
	refused(record_says_mirror, "disagree");
	refused(entry_says_plain, "code 16");
	refused(legs_change_slots, "slot");
	refused(leg_is_partial, "flags");
	refused(more_slots, "slots");
	refused(column_of_a_pp, "code 21");
	refused(copy_of_a_pp, "code 0");
}

static const struct unit_test tests[] = {
	UNIT(test_comes_back_from_disk),
	UNIT(test_what_cannot_be),
	UNIT(test_has_no_copies),
	UNIT(test_column_goes_elsewhere),
	UNIT(test_move_begins),
	UNIT(test_move_ends),
	UNIT(test_move_is_given_up),
	UNIT(test_column_that_moves_is_made_anew),
	UNIT(test_what_waits_for_a_move),
	UNIT(test_move_that_finds_no_room),
	UNIT(test_what_grows_is_unwritten),
	UNIT(test_what_grows_without_map_is_dirty),
	UNIT(test_column_that_finds_no_room),
	UNIT(test_table),
	UNIT(test_hostile_move),
	UNIT(test_hostile),
};
UNIT_MAIN(tests)
