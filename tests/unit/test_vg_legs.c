// SPDX-License-Identifier: GPL-2.0
/*
 * What a VGDA says about legs, split copies, moves and snapshots, one field
 * after the other made to contradict the rest: each is refused by name.
 */
#include "../../activator/lib/text.h"
#include "disks.h"
#include "unit.h"

/* LV numbers, and places of the records. */
enum { ROOT = 1, SNAP, HOT, MOVE, LIN, DATA };

#define REC(num, off)	((NATIVE_EXT_OFF + NATIVE_LV_AT + (num) - 1) * SECTOR + (off))
#define LEG(num, leg, off)	REC(num, 192 + 32 * (leg) + (off))
#define SERVES(num, leg)	REC(num, 448 + (leg))
#define EXT(off)	(NATIVE_EXT_OFF * SECTOR + (off))
#define PVR(off)	(AIX_VGDA_PV * SECTOR + (off))

static struct err err;

static void must_be(enum err_code rc)
{
	CHECK_EQ(rc, ERR_OK);
	if (rc != ERR_OK)
		printf("# %s\n", err.text);
}

/*
 * root: three copies, the second split to snap. hot: a copy of LPs 1 and 3.
 * move: two copies and a third that takes LP 2 of the first over. lin: linear,
 * being moved whole. data: linear.
 */
static struct vg *make(void)
{
	static const uint32_t hot[] = { 1, 3 }, two[] = { 2 };
	struct lv_copy_opts copy = { .strict = -1, .hot_lps = hot, .num_hot = 2 };
	struct lv_move_opts some = { .lps = two, .num_lps = 1 }, all = { .lps = NULL };
	struct vg_lv *lv, *child;
	unsigned int c;
	struct vg *vg;

	disks_new_sized(4, 96 << 20);
	disk_pp_mib = 4;
	vg = disks_vg(0, 4, "testvg", false, &err);
	lv = disk_lv(vg, "root", 2, 3, &err);
	must_be(lv_split_begin(vg, lv, 1, "snap", false, &child, &err));
	lv = disk_lv(vg, "hot", 3, 1, &err);
	must_be(lv_copy_add(vg, lv, &copy, &c, &err));
	lv = disk_lv(vg, "move", 2, 2, &err);
	must_be(lv_move_begin(vg, lv, 0, &some, &c, &err));
	lv = disk_lv(vg, "lin", 2, 1, &err);
	all.from = vg->pv[lv->map[0][0].pv];
	must_be(lv_move_begin(vg, lv, 0, &all, &c, &err));
	disk_lv(vg, "data", 1, 1, &err);
	must_be(vg_commit(vg, &err));
	return vg;
}

static uint8_t *bytes_of(const struct vg *vg)
{
	struct vgda_extent ext[VGDA_EXTENTS];
	unsigned int n;

	return vgda_build(vg, vg->stamp, ext, &n);
}

/* What the reader says about it; "" when it takes it. */
static const char *read_back(const struct vg *vg, const uint8_t *bytes)
{
	struct vg *got = vg_new();

	got->kind = vg->kind;
	got->id = vg->id;
	got->version = vg->version;
	got->vgda_len = vg->vgda_len;
	err.code = ERR_OK;
	err.text[0] = '\0';
	CHECK_EQ(vgda_load(got, bytes, &err), err.code);
	vg_free(got);
	return err.text;
}

static void put(uint8_t *at, unsigned int width, uint64_t value)
{
	while (width--) {
		at[width] = (uint8_t)value;
		value >>= 8;
	}
}

static void test_sound(void)
{
	struct vg *vg = make();
	uint8_t *bytes = bytes_of(vg);

	CHECK_STR(read_back(vg, bytes), "");
	free(bytes);
	vg_free(vg);
}

static void test_fields(void)
{
	static const struct {
		const char *name;
		size_t off;
		unsigned int width;
		uint64_t value;
		const char *text;
	} f[] = {
		{ "child of nothing", REC(SNAP, 9), 1, 0, "parent LV 0 does not exist" },
		{ "child of itself", REC(SNAP, 9), 1, SNAP, "parent LV 2 does not exist" },
		{ "child of no LV", REC(SNAP, 9), 1, 77, "parent LV 77 does not exist" },
		{ "child of a linear LV", REC(SNAP, 9), 1, DATA, "is not split away" },
		{ "child of another", REC(SNAP, 9), 1, MOVE, "copy 2 of its parent move" },
		{ "child of another copy", REC(SNAP, 10), 1, 0, "copy 1 of its parent root" },
		{ "child of no copy", REC(SNAP, 10), 1, 3, "copy 4 of its parent root" },
		{ "child of no copy", REC(SNAP, 10), 1, 255, "copy 256 of its parent" },
		{ "writable", REC(SNAP, 11), 1, 2, "neither hidden" },
		{ "child with a type", REC(SNAP, 1), 1, LV_MIRROR, "neither hidden" },
		{ "no child", REC(SNAP, 2), 1, 0, "names LV 1 copy 2" },
		{ "child with LPs", REC(DATA, 2), 1, NATIVE_LV_CHILD, "no LPs of its own" },
		{ "parent of no child", REC(DATA, 9), 1, ROOT, "is no split copy" },
		{ "copy of no child", REC(DATA, 10), 1, 1, "is no split copy" },
		{ "writable, no child", REC(DATA, 11), 1, 1, "is no split copy" },
		{ "copy not split", LEG(ROOT, 1, 18), 1, 0, "is not split away" },
		{ "split, no child", LEG(ROOT, 2, 18), 1, LEG_SPLIT, "no LV and no VG has it" },

		{ "unknown flag", LEG(ROOT, 0, 18), 1, 128, "flags 0x80" },
		{ "split and given up", LEG(ROOT, 1, 18), 1, 3, "flags 0x3" },
		{ "split and partial", LEG(ROOT, 1, 18), 1, 9, "flags 0x9" },
		{ "split and moving", LEG(ROOT, 1, 18), 1, 33, "flags 0x21" },
		{ "remote copy", LEG(ROOT, 0, 18), 1, 16, "flags 0x10" },
		{ "move before the last", LEG(ROOT, 0, 18), 1, 32, "flags 0x20" },
		{ "linear, no move", LEG(LIN, 1, 18), 1, 64, "flags 0x40" },
		{ "linear of three", LEG(MOVE, 2, 18), 1, 32 | 64 | 8, "cannot become linear" },
		{ "hole in a whole copy", LEG(HOT, 1, 18), 1, 0, "LP 2 lacks copy 2" },
		{ "hole in a moving copy", LEG(MOVE, 2, 18), 1, 32, "LP 1 lacks copy 3" },
		{ "all given up", LEG(HOT, 0, 18), 1, LEG_DISCARD, "no copy of it is whole" },
		{ "all partial", LEG(HOT, 0, 18), 1, LEG_PARTIAL, "no copy of it is whole" },
		{ "partial zones", REC(HOT, 7), 1, 23, "smaller than a zone" },
		{ "moves itself", SERVES(MOVE, 2), 1, 2, "cannot be moved" },
		{ "moves no copy", SERVES(MOVE, 2), 1, 3, "cannot be moved" },
		{ "moves no copy", SERVES(MOVE, 2), 1, 255, "cannot be moved" },
		{ "serves, no move", SERVES(MOVE, 0), 1, 1, "is of no move" },
		{ "serves, no leg", SERVES(MOVE, 7), 1, 1, "but no uuid" },

		{ "slot twice", LEG(ROOT, 1, 19), 1, 1, "one slot or one uuid" },
		{ "slot past the last", LEG(ROOT, 1, 19), 1, 5, "slot 4 of leg 2" },
		{ "slot past all", LEG(ROOT, 1, 19), 1, 255, "slot 254 of leg 2" },
		{ "slot, no leg", LEG(ROOT, 3, 19), 1, 1, "but no uuid" },
		{ "flags, no leg", LEG(ROOT, 3, 18), 1, LEG_REMOTE, "but no uuid" },
		{ "no flags past copies", LEG(ROOT, 3, 0), 8, 1, "flags 0 of leg 4" },
		{ "area past copies", LEG(ROOT, 3, 16), 2, 1, "it has 3 copies" },

		{ "spare policy", EXT(120), 1, 'r', "hot-spare policy" },
		{ "spare policy", EXT(120), 1, 255, "hot-spare policy" },
		{ "auto-sync", EXT(121), 1, 'Y', "auto-sync" },
		{ "no feature bit", EXT(24), 8, 0, "without the feature" },
		{ "unknown feature", EXT(24), 8, 1 | UINT64_C(1) << 62, "incompatible features 0x4" },
		{ "PV split, no snapshot", PVR(18), 1, PV_ACTIVE | PV_SPLIT, "split away" },
		{ "spare in use", PVR(18), 1, PV_ACTIVE | PV_SPARE, "a hot spare, but" },
	};
	struct vg *vg = make();
	uint8_t *sound = bytes_of(vg), *bytes;
	size_t i;

	for (i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
		bytes = bytes_of(vg);
		put(bytes + f[i].off, f[i].width, f[i].value);
		if (!strstr(read_back(vg, bytes), f[i].text)) {
			printf("# %s = %" PRIu64 ": wanted \"%s\", said \"%s\"\n", f[i].name,
			       f[i].value, f[i].text, err.text);
			CHECK(false);
		}
		free(bytes);
	}
	free(sound);
	vg_free(vg);
}

/* What needs more than one field to be wrong. */
static void test_models(void)
{
	struct vg *vg = make();
	struct vg_lv *twin, *lv = vg->lv[ROOT];
	struct lv_leg saved = lv->leg[3];
	uint8_t *bytes;

	/* Two children of one copy. */
	twin = lv_add_named(vg, "twin", &err);
	twin->child_of = ROOT;
	twin->child_copy = 1;
	bytes = bytes_of(vg);
	CHECK(strstr(read_back(vg, bytes), "another split child"));
	free(bytes);
	vg_lv_free(vg, twin);

	/* A remote leg: fine, with a place: not, behind a gap: not. */
	lv->leg[3].uuid.b[0] = 1;
	lv->leg[3].slot = 3;
	lv->leg[3].flags = LEG_REMOTE;
	bytes = bytes_of(vg);
	CHECK_STR(read_back(vg, bytes), "");
	put(bytes + LEG(ROOT, 3, 24), 8, 8192);
	CHECK(strstr(read_back(vg, bytes), "lies in another VG, but"));
	put(bytes + LEG(ROOT, 3, 24), 8, 0);
	put(bytes + LEG(ROOT, 3, 18), 1, LEG_REMOTE | LEG_SPLIT);
	CHECK(strstr(read_back(vg, bytes), "flags 0x11"));
	free(bytes);
	lv->leg[4] = lv->leg[3];
	lv->leg[3] = saved;
	bytes = bytes_of(vg);
	CHECK(strstr(read_back(vg, bytes), "leg 5 is there, leg 4 is not"));
	free(bytes);
	memset(&lv->leg[4], 0, sizeof(lv->leg[4]));

	/* Two legs with one uuid. */
	saved = lv->leg[2];
	lv->leg[2].uuid = lv->leg[0].uuid;
	bytes = bytes_of(vg);
	CHECK(strstr(read_back(vg, bytes), "one slot or one uuid"));
	free(bytes);
	lv->leg[2] = saved;

	/* A VG is not its own parent or snapshot, and has one of them at most. */
	vg->parent = vg->id;
	bytes = bytes_of(vg);
	CHECK(strstr(read_back(vg, bytes), "its own parent"));
	free(bytes);
	vg->parent.b[0]++;
	vg->snapshot = vg->parent;
	bytes = bytes_of(vg);
	CHECK(strstr(read_back(vg, bytes), "or has both"));
	free(bytes);
	memset(&vg->parent, 0, sizeof(vg->parent));
	vg->pv[1]->state |= PV_SPLIT;
	bytes = bytes_of(vg);
	CHECK(strstr(read_back(vg, bytes), "counts for the quorum"));
	free(bytes);
	vg_free(vg);
}

static const struct unit_test tests[] = {
	UNIT(test_sound),
	UNIT(test_fields),
	UNIT(test_models),
};
UNIT_MAIN(tests)
