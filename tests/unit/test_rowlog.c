// SPDX-License-Identifier: GPL-2.0
/*
 * The row log: the codec of its records, with everything out of range refused; and
 * what a record is good for, over all rows of 3 to 6 legs, all missing legs, all
 * writes and everything that may have reached the disks when power went. For log:always
 * sector by sector, and the leg may have been lost before the write, or with the power.
 */
#include <stdlib.h>

#include "../../kernel/core/rowlog.h"
#include "unit.h"

static const u8 uuid[16] = "a set with a log";

static struct vy_geom geom(u32 nslots)
{
	struct vy_geom g;

	vy_geom_init(&g, nslots, 12, 22, 1 << 20);
	return g;
}

static void test_codec(void)
{
	const struct vy_rows rows = { 4, 7 };
	const struct vy_geom g = geom(4);
	struct vy_log_record in = { .gen = 7, .start = 128 * 5 + 3, .sectors = 125 }, out;
	u8 parity = vy_rows_parity_at(&rows, in.start), block[VY_BLOCK];
	u64 off = vy_log_off(&g, vy_log_slot(9, in.start));
	u32 seed = vy_log_seed(uuid, parity, off), sum;
	unsigned int bit;

	in.written = 0xf & ~(1U << parity);
	CHECK_EQ(off, g.sa_bytes + 5 * (u64)VY_LOG_SLOT);
	CHECK_EQ(vy_log_slot(5, in.start), 0);
	CHECK_EQ(vy_log_blocks(1), 1);
	CHECK_EQ(vy_log_blocks(128), VY_LOG_STRIP / VY_BLOCK);
	vy_log_encode(&in, seed, 0x1234, block);
	CHECK(vy_log_decode(block, &g, &rows, parity, seed, 7, &out, &sum));
	CHECK_EQ(sum, 0x1234);
	CHECK_EQ(out.gen, in.gen);
	CHECK_EQ(out.start, in.start);
	CHECK_EQ(out.sectors, in.sectors);
	CHECK_EQ(out.written, in.written);
	/* of another generation, leg or place */
	CHECK(!vy_log_decode(block, &g, &rows, parity, seed, 8, &out, &sum));
	CHECK(!vy_log_decode(block, &g, &rows, parity, vy_log_seed(uuid, (parity + 1) % 4, off), 7,
			     &out, &sum));
	CHECK(!vy_log_decode(block, &g, &rows, parity, vy_log_seed(uuid, parity, off + VY_LOG_SLOT),
			     7, &out, &sum));
	CHECK_EQ(vy_log_legs(&out, parity), 1U << parity);
	out.written |= 1U << parity;
	CHECK_EQ(vy_log_legs(&out, parity), 0xf);
	for (bit = 0; bit < VY_BLOCK * 8; bit++) {
		block[bit / 8] ^= 1 << bit % 8;
		CHECK(!vy_log_decode(block, &g, &rows, parity, seed, 7, &out, &sum));
		block[bit / 8] ^= 1 << bit % 8;
	}
}

/*
 * Wherever a record of log:always begins, it ends within the log, and what is where a
 * head may be is no payload.
 */
static void test_places(void)
{
	u32 n, slots, starts, blocks, b;

	for (n = 3; n <= VY_MAX_SLOTS; n++)
		for (slots = 0; slots < 2 * n; slots++) {
			starts = vy_log_starts(slots, n);
			CHECK_EQ(!starts, slots < n);
			blocks = n * vy_log_blocks(VY_LOG_STRIP / 512);
			if (starts)
				CHECK(vy_log_slot(starts, ~0ULL) + vy_log_span(blocks) <= slots);
		}
	CHECK_EQ(vy_log_span(1), 1);
	CHECK_EQ(vy_log_span(VY_LOG_SLOT_BLOCKS), 1);
	CHECK_EQ(vy_log_span(VY_LOG_SLOT_BLOCKS + 1), 2);
	for (b = 0; b < 8 * VY_LOG_SLOT_BLOCKS; b++) {
		CHECK(vy_log_block_off(b) % VY_LOG_SLOT >= VY_BLOCK);
		CHECK_EQ(vy_log_block_off(b) / VY_LOG_SLOT + 1, vy_log_span(b + 1));
		CHECK(vy_log_block_off(b + 1) >= vy_log_block_off(b) + VY_BLOCK);
	}
}

/* Sealed, and not to be believed all the same. */
static void test_ranges(void)
{
	const struct vy_rows rows = { 4, 7 };
	const struct vy_geom g = geom(4);
	static const struct { u64 start; u32 sectors; u8 written; bool ok; } form[] = {
		{ 0, 128, 1, true }, { 127, 1, 1, true }, { 0, 0, 1, false },
		{ 0, 129, 1, false }, { 100, 29, 1, false }, { 0, 8, 8, true },
		{ 0, 8, 16, false }, { 0, 8, 7, true }, { 128, 8, 1, false },
		{ 1 << 20, 8, 1, false }, { ~0ULL, 8, 1, false }, { 0, ~0U, 1, false },
		{ (1 << 20) - 1, 1, 1, false }, { (1 << 20) - 128 * 4, 128, 1, true },
	};
	u8 block[VY_BLOCK];
	unsigned int i;
	u32 sum;

	for (i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		struct vy_log_record r = { 7, form[i].start, form[i].sectors, form[i].written };

		vy_log_encode(&r, 99, 0, block);
		CHECK_EQ(vy_log_decode(block, &g, &rows, 3, 99, 7, &r, &sum), form[i].ok);
	}
}

static u64 tried;

static unsigned int count(u8 mask)
{
	unsigned int n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

/* The parity that a replay writes. */
static u32 replay(const u32 disk[8], u32 payload, u8 written)
{
	unsigned int l;

	for (l = 0; l < 8; l++)
		if (written & 1U << l)
			payload ^= disk[l];
	return payload;
}

/*
 * A row without leg m is written on legs W. reached: those of the writes that are on
 * the disks. After the replay each block must read as it was, or as it was to be.
 */
static void crash(unsigned int n, unsigned int p, unsigned int m, u8 W, u8 reached)
{
	const struct vy_rows rows = { n, 7 };
	const u8 all = (1U << n) - 1, live = all & ~(1U << m);
	u32 old[8], new[8], disk[8] = { 0 }, parity = 0, payload, sum = 0;
	struct vy_row_plan plan;
	unsigned int l;

	for (l = 0; l < n; l++) {
		old[l] = l == p ? 0 : 1U << (2 * l);
		new[l] = W & 1U << l ? 2U << (2 * l) : old[l];
		disk[l] = old[l];
		disk[p] ^= old[l];
		parity ^= new[l];
	}
	disk[m] = 0xdead0000;
	if (!vy_row_plan(&rows, p, W, live, live, live, true, &plan) || plan.how == VY_PARITY_NONE)
		return;
	/* what the module logs: the new parity without what it is about to write */
	payload = parity;
	for (l = 0; l < n; l++)
		if (W & live & 1U << l)
			payload ^= new[l];
	for (l = 0; l < n; l++)
		if (reached & live & 1U << l)
			disk[l] = l == p ? parity : new[l];
	disk[p] = replay(disk, payload, W & live);
	/* when that is cut off, before or behind its write, it comes again */
	CHECK_EQ(replay(disk, payload, W & live), disk[p]);
	for (l = 0; l < n; l++)
		if (l != m)
			sum ^= disk[l];
	disk[m] = sum;
	for (l = 0; l < n; l++)
		if (l != p)
			CHECK(disk[l] == old[l] || (W & 1U << l && disk[l] == new[l]));
	tried++;
}

static void test_replay(void)
{
	unsigned int n, p, m, W, reached;

	for (n = 3; n <= 6; n++)
		for (p = 0; p < n; p++)
			for (m = 0; m < n; m++)
				for (W = 1; W < 1U << n; W++)
					for (reached = 0; reached < 1U << n && m != p; reached++)
						if (!(W & 1U << p) && !(reached & ~(W | 1U << p)))
							crash(n, p, m, W, reached);
	/* none left out: n(n - 1) pairs of parity and missing leg, 2(3^(n - 1) - 1) parts */
	CHECK_EQ(tried, 96 + 624 + 3200 + 14520);
}

/* ---- log:always: two sectors of each block, as the bits of a number ---- */

#define SECTOR		12	/* bits; a leg has two of them in each */

struct row {
	unsigned int n, p;
	u32 old[8], new[8];
};

static u32 half(u32 value, unsigned int sector)
{
	return value & ((1U << SECTOR) - 1) << (sector * SECTOR);
}

static u32 both(u32 value)
{
	return value | value << SECTOR;
}

/* Of what leg l was to get: nothing, the first sector, the second or both. */
static u32 torn(const struct row *r, unsigned int l, unsigned int reached)
{
	return half(reached & 1 ? r->new[l] : r->old[l], 0) |
	       half(reached & 2 ? r->new[l] : r->old[l], 1);
}

/* A block that is read, or computed if its leg is gone, is old or new in each sector. */
static void check_block(const struct row *r, const u32 disk[8], unsigned int l, u8 gone, u8 W)
{
	u32 value = disk[l];
	unsigned int o, s;

	if (gone & 1U << l)
		for (value = 0, o = 0; o < r->n; o++)
			if (o != l)
				value ^= disk[o];
	for (s = 0; s < 2; s++)
		CHECK(half(value, s) == half(r->old[l], s) ||
		      (W & 1U << l && half(value, s) == half(r->new[l], s)));
}

/*
 * W is written while the legs `gone` (one or none) were away or are lost with the power;
 * written: the legs that the record has. Redone is the part that `again` says, cut off
 * itself, and then all of it.
 */
static void crash_always(const struct row *r, u8 W, u8 gone, u8 written, unsigned int reached,
			 u8 again)
{
	u32 disk[8], sum = 0;
	unsigned int l, at = 0;

	for (l = 0; l < r->n; l++) {
		disk[l] = r->old[l];
		if (written & 1U << l)
			disk[l] = torn(r, l, reached >> 2 * at++ & 3);
	}
	/* with its own leg the log is gone, and all data are here */
	for (l = 0; l < r->n && !(gone & 1U << r->p); l++)
		if (written & ~gone & again & 1U << l)
			disk[l] = r->new[l];
	for (l = 0; l < r->n && !(gone & 1U << r->p); l++)
		if (written & ~gone & 1U << l)
			disk[l] = r->new[l];
	for (l = 0; l < r->n; l++)
		if (l != r->p)
			check_block(r, disk, l, gone, W);
	/* with all legs nothing has to be made equal */
	for (l = 0; l < r->n; l++)
		sum ^= disk[l];
	CHECK(gone || !sum);
	tried++;
}

static void row_make(struct row *r, unsigned int n, unsigned int p, u8 W)
{
	unsigned int l;

	*r = (struct row){ .n = n, .p = p };
	for (l = 0; l < n; l++) {
		if (l == p)
			continue;
		r->old[l] = both(1U << 2 * l);
		r->new[l] = W & 1U << l ? both(2U << 2 * l) : r->old[l];
		r->old[p] ^= r->old[l];
		r->new[p] ^= r->new[l];
	}
}

/* All that a write of W may leave behind: lost is the leg that goes with the power. */
static void crashes_always(unsigned int n, unsigned int p, u8 W)
{
	const u8 all = (1U << n) - 1;
	unsigned int reached, m;
	struct row r;
	u8 written;

	row_make(&r, n, p, W);
	for (m = 0; m <= n; m++) {
		const u8 gone = m < n ? 1U << m : 0;

		written = W | 1U << p;
		for (reached = 0; reached < 1U << 2 * count(written); reached++)
			crash_always(&r, W, gone, written, reached, (u8)(reached * 5 + m) & all);
		/* it was away before, and the record has nothing of it */
		written &= ~gone;
		for (reached = 0; m < n && m != p && reached < 1U << 2 * count(written); reached++)
			crash_always(&r, W, gone, written, reached, (u8)(reached * 3) & all);
	}
}

static void test_always(void)
{
	unsigned int n, p, W, k;
	u64 want = 0;

	tried = 0;
	for (n = 3; n <= 6; n++)
		for (p = 0; p < n; p++)
			for (W = 1; W < 1U << n; W++) {
				if (W & 1U << p)
					continue;
				crashes_always(n, p, W);
				/* n legs or none lost; one of the others away, written or not */
				k = count(W);
				want += (n + 1 + n - 1 - k) << 2 * (k + 1);
				want += (u64)k << 2 * k;
			}
	CHECK_EQ(tried, want);
}

static const struct unit_test tests[] = {
	UNIT(test_codec), UNIT(test_places), UNIT(test_ranges), UNIT(test_replay), UNIT(test_always)
};
UNIT_MAIN(tests)
