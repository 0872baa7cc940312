// SPDX-License-Identifier: GPL-2.0
/* Names, status lines and table texts of mapped devices; what rows are worth. */
#include <stdlib.h>
#include "../../activator/dm/dmname.h"
#include "../../activator/dm/judge.h"
#include "../../activator/dm/status.h"
#include "../../activator/dm/table.h"
#include "unit.h"

static struct vg vg = { .name = "vg", .id = { { 0x12, [15] = 0xef } } };
static struct vg_lv lv = { .name = "lv", .num = 7 };

static const char *name_of(const char *vg_name, const char *lv_name, int leg)
{
	static char name[NAME_LEN];

	snprintf(vg.name, sizeof(vg.name), "%s", vg_name);
	snprintf(lv.name, sizeof(lv.name), "%s", lv_name);
	return name_lv(name, &vg, &lv, leg, NULL) ? "too long" : name;
}

static void test_names(void)
{
	char long_name[64];

	CHECK_STR(name_of("vg", "lv", NAME_NO_LEG), "vg-lv");
	CHECK_STR(name_of("a-b", "c--d", NAME_NO_LEG), "a--b-c----d");
	CHECK_STR(name_of("vg", "lv", 2), "vg-lv-leg2");
	CHECK_STR(name_of("v/g", "l\n \\", NAME_NO_LEG), "v\\x2fg-l\\x0a\\x20\\x5c");
	CHECK_STR(name_of("", "lv", NAME_NO_LEG), "120000000000000000000000000000ef-lv");
	memset(long_name, '-', 63);
	long_name[63] = '\0';
	CHECK_STR(name_of(long_name, long_name, NAME_NO_LEG), "too long");
	memset(long_name, 'x', 63);
	CHECK_EQ(strlen(name_of(long_name, long_name, NAME_NO_LEG)), 127);
	CHECK_STR(name_of(long_name, long_name, 0), "too long");
}

static void test_names_split(void)
{
	static const char *const bad[] = {
		"", "-", "vg", "vg-", "-lv", "vg--lv", "vg-lv-leg0", "a-b-c"
	};
	char v[VG_NAME_MAX + 1], l[LV_NAME_MAX + 1];

	CHECK(name_split("vg-lv", v, l));
	CHECK_STR(v, "vg");
	CHECK_STR(l, "lv");
	CHECK(name_split("a--b-c----d", v, l));
	CHECK_STR(v, "a-b");
	CHECK_STR(l, "c--d");
	CHECK(name_split("v\\x2fg-l\\x0a", v, l));
	CHECK_STR(v, "v/g");
	CHECK_STR(l, "l\n");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!name_split(bad[i], v, l));
	CHECK(!name_split("vg\\x00-lv", v, l));
	CHECK(!name_split("x123456789012345678901234567890123456789012345678901234567890123-lv",
			  v, l));
}

static void test_uuids(void)
{
	char uuid[NAME_UUID_LEN];

	name_uuid(uuid, &vg, &lv, NAME_NO_LEG);
	CHECK_STR(uuid, "VARYON-120000000000000000000000000000ef-00000000000000000000000000000007");
	lv.uuid.b[15] = 0xab;
	name_uuid(uuid, &vg, &lv, 1);
	CHECK_STR(uuid, "VARYON-120000000000000000000000000000ef-000000000000000000000000000000ab-leg1");
	lv.uuid.b[15] = 0;
}

static void test_status(void)
{
	static const char line[] =
		"1 3 MTF 00112233445566ff 5/4096 0,17,99 recover 10/27 1234 1 2 degraded,x";
	struct mirror_status st;

	CHECK(status_parse(line, &st));
	CHECK_EQ(st.nslots, 3);
	CHECK_STR(st.letters, "MTF");
	CHECK_EQ(st.gen, UINT64_C(0x00112233445566ff));
	CHECK_EQ(st.dirty, 5);
	CHECK_EQ(st.zones, 4096);
	CHECK_EQ(st.stale[1], 17);
	CHECK_EQ(st.stale[2], 99);
	CHECK_STR(st.action, "recover");
	CHECK_EQ(st.done, 10);
	CHECK_EQ(st.total, 27);
	CHECK_EQ(st.kib_s, 1234);
	CHECK_EQ(st.read_err, 1);
	CHECK_EQ(st.write_err, 2);
	CHECK(status_flag(&st, "degraded"));
	CHECK(!status_flag(&st, "degrade"));
	CHECK(!status_flag(&st, "failed"));
	CHECK_EQ(st.mismatches, 0);
	CHECK_EQ(st.relocated[2], 0);
}

static void test_status_words_added_later(void)
{
	struct mirror_status st;

	CHECK(status_parse("1 2 MM 1 0/1 0,0 check 0/9 0 0 0 - 7 0,3 and more", &st));
	CHECK_EQ(st.mismatches, 7);
	CHECK_EQ(st.relocated[0], 0);
	CHECK_EQ(st.relocated[1], 3);
	CHECK(!status_parse("1 2 MM 1 0/1 0,0 idle 0/9 0 0 0 - 7 0", &st));
}

static void test_status_refused(void)
{
	static const char *const bad[] = {
		"",
		"2 1 M 1 0/1 0 idle 0/0 0 0 0 -",
		"1 0 - 1 0/1 0 idle 0/0 0 0 0 -",
		"1 9 MMMMMMMMM 1 0/1 0 idle 0/0 0 0 0 -",
		"1 2 M 1 0/1 0,0 idle 0/0 0 0 0 -",
		"1 2 MM 1 0/1 0 idle 0/0 0 0 0 -",
		"1 2 MM 1 0/1 0,0,0 idle 0/0 0 0 0 -",
		"1 2 MM 1 0/1 0,x idle 0/0 0 0 0 -",
		"1 1 M 1 0/1 0 idle 0/0 0 0 0",
	};
	struct mirror_status st;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!status_parse(bad[i], &st));
}

#define LEG_A "aa 8:0 1 8:0 2 3"
#define LEG_B "bb - 0 - 0 0"
#define EMPTY "- - 0 - 0 0"

static void check_text(char *got, const char *want)
{
	CHECK_STR(got, want);
	free(got);
}

static void test_live_table(void)
{
	check_text(table_live_leg("5e 12 22 2 0 " LEG_A " " LEG_B, 1), LEG_B);
	check_text(table_live_leg("5e 12 22 3 2 no_resync split:1 " LEG_A " " LEG_B " " EMPTY, 0),
		   LEG_A);
	check_text(table_live_options("5e 12 22 1 0 " LEG_A), "");
	check_text(table_live_options("5e 12 22 1 6 resync_min:5 no_resync split:1 discard:0 "
				      "resync_max:7 partial:0:1+2 " LEG_A),
		   "resync_min:5 resync_max:7");
}

static void test_live_table_refused(void)
{
	CHECK(!table_live_leg("5e 12 22 2 0 " LEG_A, 0));
	CHECK(!table_live_leg("5e 12 22 1 0 " LEG_A, 1));
	CHECK(!table_live_leg("5e 12 22", 0));
	CHECK(!table_live_leg("", 0));
	CHECK(!table_live_options("5e 12 22 9 0 " LEG_A));
	CHECK(!table_live_options("5e 12 22 1 9 " LEG_A));
}

static void test_tables_equal(void)
{
	CHECK(table_params_equal("5e 12 22 1 2 a b " LEG_A, "5e 12 22 1 2 b a " LEG_A));
	CHECK(!table_params_equal("5e 12 22 1 1 a " LEG_A, "5e 12 22 1 2 b a " LEG_A));
	CHECK(!table_params_equal("5e 12 22 1 1 a " LEG_A, "5e 12 22 1 1 b " LEG_A));
	CHECK(!table_params_equal("5e 12 22 1 0 " LEG_A, "5e 12 22 1 0 " LEG_B));
	CHECK(!table_params_equal("5e 12 22", "5e 12 22"));
	/* A discard is for good: it need not be unsaid, but it must be said. */
	CHECK(table_params_equal("5e 12 22 1 2 a discard:1 " LEG_A, "5e 12 22 1 1 a " LEG_A));
	CHECK(!table_params_equal("5e 12 22 1 1 a " LEG_A, "5e 12 22 1 2 a discard:1 " LEG_A));
	CHECK(!table_params_equal("5e 12 22 1 1 discard:0 " LEG_A, "5e 12 22 1 0 " LEG_B));
}

/* 8 LPs of two zones each; copy 1 has LPs 2, 3 and 8 of them, in slot 3. */
static void test_mirror_params(void)
{
	static char a[] = "00 8:0 1 8:0 2 3", b[] = "bb 8:16 1 8:16 2 3";
	struct lv_place one[8] = { { 1, 1 } }, two[8] = { [1] = { 2, 1 }, [2] = { 2, 2 },
							  [7] = { 2, 3 } };
	struct vg_lv m = { .type = LV_MIRROR, .copies = 2, .num_lps = 8, .nslots = 4,
			   .region_shift = 12, .zone_shift = 22, .map = { one, two } };
	char *words[VY_MAX_SLOTS] = { a, NULL, NULL, b };
	struct table_opts o = { .no_resync = true };

	m.leg[0] = (struct lv_leg){ .uuid = { { 1 } }, .slot = 0, .flags = LEG_SPLIT };
	m.leg[1] = (struct lv_leg){ .uuid = { { 2 } }, .slot = 3,
				    .flags = LEG_PARTIAL | LEG_WRITE_MOSTLY | LEG_DISCARD };
#define HEAD "00000000000000000000000000000000 12 22 4 "
#define LEGS " " EMPTY " " EMPTY " bb 8:16 1 8:16 2 3"
	check_text(table_mirror_params(&m, 23, words, &o),
		   HEAD "5 no_resync split:0 discard:3 write_mostly:3 partial:3:2+4,14+2 "
		   "00 8:0 1 8:0 2 3" LEGS);
	/* A side names no leg as split off; what more there is stays. */
	o = (struct table_opts){ .side = true, .more = "resync_min:5 resync_max:7" };
	m.leg[1].flags = 0;
	check_text(table_mirror_params(&m, 23, words, &o),
		   HEAD "3 side resync_min:5 resync_max:7 00 8:0 1 8:0 2 3" LEGS);
}

/*
 * Rows of RAID5 over all sets of columns that are used, not closed, and have a log, of
 * the generation in force or of an earlier one.
 */
static void test_rows_worth(void)
{
	struct vg_lv set = { .type = LV_RAID5, .copies = 4, .nslots = 4 };
	unsigned int use, open, logged, old, c, n[3] = { 0 };
	struct judge j = { .nslots = 4 };
	enum judge_rows got, want;

	/* columns are not in the order of slots, and the best leg is not column 0's */
	for (c = 0; c < 4; c++)
		set.leg[c].slot = (c + 1) % 4;
	j.verdict.best = 2;
	for (use = 1; use < 16; use++) {
		if (!(use & 1u << 1))	/* the best leg's */
			continue;
		for (open = 0; open < 16; open++) {
			for (logged = 0; logged < 16; logged++) {
				for (old = 0; old < 16; old++) {
					if (old & 1u << 1)
						continue;
					for (c = 0; c < 4; c++) {
						j.sb[set.leg[c].slot].gen = old & 1u << c ? 7 : 8;
						j.sb[set.leg[c].slot].flags =
							logged & 1u << c ? VY_SB_LOGGED : 0;
					}
					want = use == 15 || !(use & open) ? ROWS_AGREE :
					       use & logged & ~old ? ROWS_LOGGED : ROWS_TORN;
					got = judge_rows(&set, &j, use, open);
					CHECK_EQ(got, want);
					n[got]++;
				}
			}
		}
	}
	CHECK(n[ROWS_AGREE] && n[ROWS_LOGGED] && n[ROWS_TORN]);
}

static const struct unit_test tests[] = {
	UNIT(test_names),
	UNIT(test_names_split),
	UNIT(test_uuids),
	UNIT(test_status),
	UNIT(test_status_words_added_later),
	UNIT(test_status_refused),
	UNIT(test_live_table),
	UNIT(test_live_table_refused),
	UNIT(test_tables_equal),
	UNIT(test_mirror_params),
	UNIT(test_rows_worth),
};
UNIT_MAIN(tests)
