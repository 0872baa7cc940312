// SPDX-License-Identifier: GPL-2.0
/* Table of relocated blocks: round trips, limits, damage, changes. */
#include <stdlib.h>
#include "unit.h"
#include "../../kernel/core/bbr.h"
#include "../../kernel/core/map.h"

static const u8 set[16] = "the set's uuid.";
static const u8 other_set[16] = "another's uuid.";

#define BLOCKS	131073ULL	/* of the leg; the last is short */

static struct vy_geom geom(void)
{
	struct vy_geom g;

	CHECK_EQ(vy_geom_init(&g, 2, 12, 22, (BLOCKS - 1) * 8 + 3), 0);
	CHECK_EQ(vy_bbr_blocks(&g), BLOCKS);
	return g;
}

struct entry {
	u64 block;
	u32 spare, zero;
};

/* Entries as given, whatever they are, under a checksum computed bit by bit. */
static void seal(struct vy_bbr_block *d, const struct entry *e, u32 count)
{
	const u8 *p = (const u8 *)d;
	u32 i, k, crc;

	memset(d, 0, sizeof(*d));
	memcpy(d->magic, "VARYOBBR", 8);
	d->count = cpu_to_le32(count);
	for (i = 0; i < count && i < VY_BBR_SPARES; i++) {
		d->entry[i].block = cpu_to_le64(e[i].block);
		d->entry[i].spare = cpu_to_le32(e[i].spare);
		d->entry[i].zero = cpu_to_le32(e[i].zero);
	}
	crc = vy_unit_seed(set, 3, 1, 0);
	for (i = 0; i < VY_BLOCK; i++) {
		crc ^= p[i];
		for (k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78U : crc >> 1;
	}
	d->csum = cpu_to_le32(crc);
}

static enum vy_bbr_err decode(const struct entry *e, u32 count)
{
	struct vy_geom g = geom();
	struct vy_bbr_block d;
	struct vy_bbr t;

	seal(&d, e, count);
	return vy_bbr_decode(&d, &g, set, 1, &t);
}

#define DECODE(...) decode((struct entry[]){ __VA_ARGS__ }, \
			   sizeof((struct entry[]){ __VA_ARGS__ }) / sizeof(struct entry))

static void test_limits(void)
{
	const u64 dead = ~0ULL;
	struct entry full[VY_BBR_SPARES + 1];
	u32 i;

	CHECK_EQ(decode(NULL, 0), VY_BBR_OK);
	CHECK_EQ(DECODE({ 0, 0, 0 }), VY_BBR_OK);
	CHECK_EQ(DECODE({ BLOCKS - 1, 63, 0 }), VY_BBR_OK);
	CHECK_EQ(DECODE({ BLOCKS, 0, 0 }), VY_BBR_BLOCK_BAD);
	CHECK_EQ(DECODE({ dead - 1, 0, 0 }), VY_BBR_BLOCK_BAD);
	CHECK_EQ(DECODE({ dead, 0, 0 }), VY_BBR_OK);
	CHECK_EQ(DECODE({ 5, 64, 0 }), VY_BBR_SPARE_BAD);
	CHECK_EQ(DECODE({ 5, 0xffffffff, 0 }), VY_BBR_SPARE_BAD);
	CHECK_EQ(DECODE({ 5, 0, 1 }), VY_BBR_SPARE_BAD);
	CHECK_EQ(DECODE({ 5, 7, 0 }, { 6, 7, 0 }), VY_BBR_SPARE_BAD);
	CHECK_EQ(DECODE({ 5, 7, 0 }, { dead, 7, 0 }), VY_BBR_SPARE_BAD);
	CHECK_EQ(DECODE({ 5, 1, 0 }, { 5, 2, 0 }), VY_BBR_ORDER_BAD);
	CHECK_EQ(DECODE({ 6, 1, 0 }, { 5, 2, 0 }), VY_BBR_ORDER_BAD);
	CHECK_EQ(DECODE({ dead, 1, 0 }, { 5, 2, 0 }), VY_BBR_ORDER_BAD);
	CHECK_EQ(DECODE({ dead, 1, 0 }, { dead, 2, 0 }), VY_BBR_OK);
	CHECK_EQ(DECODE({ dead, 2, 0 }, { dead, 1, 0 }), VY_BBR_ORDER_BAD);
	for (i = 0; i <= VY_BBR_SPARES; i++)
		full[i] = (struct entry){ i, i, 0 };
	CHECK_EQ(decode(full, VY_BBR_SPARES), VY_BBR_OK);
	CHECK_EQ(decode(full, VY_BBR_SPARES + 1), VY_BBR_COUNT_BAD);
	CHECK_EQ(decode(full, 0xffffffff), VY_BBR_COUNT_BAD);
}

static void test_places(void)
{
	struct vy_geom g = geom();

	CHECK_EQ(vy_bbr_copy_off(&g, 0), g.sa_bytes_min);
	CHECK_EQ(vy_bbr_copy_off(&g, 1), g.sa_bytes_min + 4096);
	CHECK_EQ(vy_bbr_spare_off(&g, 0), g.sa_bytes_min + 8192);
	CHECK_EQ(vy_bbr_spare_off(&g, 63) + 4096, g.sa_bytes);
}

static void test_round_trip(void)
{
	struct vy_geom g = geom();
	struct vy_bbr in, out;
	u8 block[VY_BLOCK];

	memset(&in, 0, sizeof(in));
	in.seq = 0x0102030405060708ULL;
	vy_bbr_set(&in, 9, 3);
	vy_bbr_kill(&in, 1);
	vy_bbr_set(&in, 2, 60);
	vy_bbr_encode(&in, set, 1, block);
	CHECK_MEM(block, "VARYOBBR", 8);
	CHECK_MEM(block + 12, "\x03\0\0\0\x08\x07\x06\x05\x04\x03\x02\x01", 12);
	CHECK_MEM(block + 32, "\x02\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\0\x09", 17);
	CHECK_EQ(vy_bbr_decode(block, &g, set, 1, &out), VY_BBR_OK);
	CHECK_MEM(&out, &in, sizeof(in));
	CHECK_EQ(vy_bbr_decode(block, &g, set, 0, &out), VY_BBR_CSUM_BAD);
	CHECK_EQ(vy_bbr_decode(block, &g, other_set, 1, &out), VY_BBR_CSUM_BAD);
}

static void test_every_bit_flip_is_refused(void)
{
	struct vy_bbr in = { .seq = 4 }, out;
	struct vy_geom g = geom();
	u8 block[VY_BLOCK];
	unsigned int bit;

	vy_bbr_set(&in, 77, 0);
	vy_bbr_encode(&in, set, 1, block);
	for (bit = 0; bit < VY_BLOCK * 8; bit++) {
		block[bit / 8] ^= 1 << bit % 8;
		CHECK_EQ(vy_bbr_decode(block, &g, set, 1, &out),
			 bit / 8 < 8 ? VY_BBR_MAGIC_BAD : VY_BBR_CSUM_BAD);
		block[bit / 8] ^= 1 << bit % 8;
	}
}

static void test_pick(void)
{
	struct vy_bbr old = { .seq = 4 }, new = { .seq = 5 }, t;
	u8 a[VY_BLOCK], b[VY_BLOCK], junk[VY_BLOCK];
	struct vy_geom g = geom();
	enum vy_bbr_err err[2];

	memset(junk, 0x5a, sizeof(junk));
	vy_bbr_set(&old, 1, 0);
	vy_bbr_set(&new, 2, 0);
	vy_bbr_encode(&old, set, 1, a);
	vy_bbr_encode(&new, set, 1, b);
	CHECK_EQ(vy_bbr_pick(a, b, &g, set, 1, &t, err), 1);
	CHECK_MEM(&t, &new, sizeof(t));
	CHECK_EQ(vy_bbr_pick(b, a, &g, set, 1, &t, err), 0);
	CHECK_MEM(&t, &new, sizeof(t));
	CHECK_EQ(vy_bbr_pick(a, junk, &g, set, 1, &t, err), 0);
	CHECK_MEM(&t, &old, sizeof(t));
	CHECK_EQ(err[1], VY_BBR_MAGIC_BAD);
	CHECK_EQ(vy_bbr_pick(junk, a, &g, set, 1, &t, err), 1);
	CHECK_MEM(&t, &old, sizeof(t));
	CHECK_EQ(vy_bbr_pick(junk, junk, &g, set, 1, &t, err), -1);
}

static void test_lookup(void)
{
	struct vy_bbr t = { .seq = 1 };

	CHECK_EQ(vy_bbr_find(&t, 0), -1);
	CHECK_EQ(vy_bbr_next(&t, 0), ~0ULL);
	vy_bbr_set(&t, 10, 5);
	vy_bbr_set(&t, 12, 6);
	vy_bbr_kill(&t, 0);
	CHECK_EQ(vy_bbr_find(&t, 10), 5);
	CHECK_EQ(vy_bbr_find(&t, 11), -1);
	CHECK_EQ(vy_bbr_find(&t, 12), 6);
	CHECK_EQ(vy_bbr_next(&t, 0), 10);
	CHECK_EQ(vy_bbr_next(&t, 10), 10);
	CHECK_EQ(vy_bbr_next(&t, 11), 12);
	CHECK_EQ(vy_bbr_next(&t, 13), ~0ULL);
	CHECK_EQ(vy_bbr_relocated(&t), 2);
}

/* A block whose spare goes bad moves on, and that spare is never used again. */
static void test_spare_goes_bad(void)
{
	struct vy_bbr t = { .seq = 1 };

	CHECK_EQ(vy_bbr_free_spare(&t), 0);
	vy_bbr_set(&t, 10, 0);
	CHECK_EQ(vy_bbr_free_spare(&t), 1);
	vy_bbr_set(&t, 10, 1);
	CHECK_EQ(vy_bbr_find(&t, 10), 1);
	CHECK_EQ(vy_bbr_relocated(&t), 1);
	CHECK_EQ(t.count, 2);
	CHECK_EQ(vy_bbr_free_spare(&t), 2);
}

/* Whatever happens to 64 spares, the table holds it and is valid. */
static void test_random_changes(void)
{
	struct vy_geom g = geom();
	u8 block[VY_BLOCK];
	int round, spare;

	srand(1);
	for (round = 0; round < 500; round++) {
		struct vy_bbr t = { .seq = 0 }, out;
		int place[16], i;

		memset(place, -1, sizeof(place));
		while ((spare = vy_bbr_free_spare(&t)) >= 0) {
			i = rand() % 16;
			if (rand() % 4) {
				vy_bbr_set(&t, 3 * i, spare);
				place[i] = spare;
			} else {
				vy_bbr_kill(&t, spare);
			}
		}
		CHECK_EQ(t.count, VY_BBR_SPARES);
		for (i = 0; i < 16; i++)
			CHECK_EQ(vy_bbr_find(&t, 3 * i), place[i]);
		vy_bbr_encode(&t, set, 0, block);
		CHECK_EQ(vy_bbr_decode(block, &g, set, 0, &out), VY_BBR_OK);
		CHECK_MEM(&out, &t, sizeof(t));
	}
}

/* Whatever passes the checksum: what decodes has nothing out of range or twice. */
static void test_random_entries(void)
{
	struct vy_geom g = geom();
	u32 round, i, passed = 0;

	srand(2);
	for (round = 0; round < 20000; round++) {
		struct entry e[4];
		struct vy_bbr_block d;
		struct vy_bbr t;
		u64 blocks = 0, spares = 0;
		u32 count = rand() % 5;

		for (i = 0; i < count; i++)
			e[i] = (struct entry){
				rand() % 3 ? (u64)rand() % 8 : BLOCKS - 2 + rand() % 4,
				rand() % 2 ? rand() % 64 : rand() % 68, !(rand() % 16)
			};
		seal(&d, e, count);
		if (vy_bbr_decode(&d, &g, set, 1, &t) != VY_BBR_OK)
			continue;
		passed++;
		CHECK_EQ(t.count, count);
		for (i = 0; i < t.count; i++) {
			CHECK(t.entry[i].block < BLOCKS);
			CHECK(t.entry[i].spare < VY_BBR_SPARES);
			u64 nr = t.entry[i].block < 8 ? t.entry[i].block :
				 t.entry[i].block - (BLOCKS - 16);

			CHECK(!(blocks >> nr & 1));
			CHECK(!(spares >> t.entry[i].spare & 1));
			blocks |= 1ULL << nr;
			spares |= 1ULL << t.entry[i].spare;
			CHECK_EQ(vy_bbr_find(&t, t.entry[i].block), t.entry[i].spare);
		}
	}
	CHECK(passed > 1000 && passed < 19000);
}

static void test_reasons(void)
{
	int e;

	for (e = VY_BBR_OK; e <= VY_BBR_ORDER_BAD; e++)
		CHECK(strcmp(vy_bbr_strerror(e), "unknown error"));
	CHECK_STR(vy_bbr_strerror((enum vy_bbr_err)99), "unknown error");
}

static const struct unit_test tests[] = {
	UNIT(test_limits),
	UNIT(test_places),
	UNIT(test_round_trip),
	UNIT(test_every_bit_flip_is_refused),
	UNIT(test_pick),
	UNIT(test_lookup),
	UNIT(test_spare_goes_bad),
	UNIT(test_random_changes),
	UNIT(test_random_entries),
	UNIT(test_reasons),
};
UNIT_MAIN(tests)
