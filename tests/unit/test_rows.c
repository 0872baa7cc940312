// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of RAID5: the layout against md's definition walked sector by sector, and
 * the planner over all rows of 3 to 8 legs, all write masks, all legs that lack
 * the place or are gone, by doing what it says on small numbers.
 */
#include <stdlib.h>

#include "../../kernel/core/rows.h"
#include "unit.h"

static const u8 chunk_shift = 5;	/* sectors; small, to see many borders */

/* Where md's left-symmetric layout has each sector: counted, not computed. */
static void test_layout(void)
{
	struct vy_place p;
	unsigned int n;

	for (n = VY_ROW_SLOTS_MIN; n <= 8; n++) {
		const struct vy_rows rows = { n, chunk_shift };
		u64 sector = 0, row;
		unsigned int parity = n - 1, c, s;

		for (row = 0; row < 3 * n; row++) {
			unsigned int leg = parity;

			for (c = 0; c < n - 1; c++) {
				leg = leg + 1 == n ? 0 : leg + 1;
				for (s = 0; s < 1u << chunk_shift; s++, sector++) {
					vy_rows_place(&rows, sector, &p);
					CHECK_EQ(p.row, row);
					CHECK_EQ(p.column, c);
					CHECK_EQ(p.leg, leg);
					CHECK_EQ(p.parity, parity);
					CHECK_EQ(p.sector, (row << chunk_shift) + s);
					CHECK_EQ(vy_rows_volume(&rows, leg, p.sector), sector);
				}
			}
			CHECK_EQ(vy_rows_parity_at(&rows, row << chunk_shift), parity);
			parity = parity ? parity - 1 : n - 1;
		}
	}
}

/* Far out nothing is cut off: the last row of the largest leg. */
static void test_large(void)
{
	const struct vy_rows rows = { 8, 11 };
	const u64 leg = (1ULL << 55) - 1;
	u64 sector = vy_rows_volume(&rows, (vy_rows_parity_at(&rows, leg) + 1) % 8, leg);
	struct vy_place p;

	vy_rows_place(&rows, sector, &p);
	CHECK_EQ(p.sector, leg);
	CHECK_EQ(p.row, leg >> 11);
	CHECK_EQ(p.column, 0);
}

/* Every run of sectors within a row, against the sectors one by one. */
static void test_spans(void)
{
	const unsigned int chunk = 8;
	unsigned int n, a, b, s, i;

	for (n = 3; n <= 5; n++) {
		const struct vy_rows rows = { n, 3 };
		const u64 first = 7 * vy_row_sectors(&rows);

		for (a = 0; a < vy_row_sectors(&rows); a++) {
			for (b = a + 1; b <= vy_row_sectors(&rows); b++) {
				u8 want[8] = { 0 };
				struct vy_row_span span;
				struct vy_place p;
				u64 start, end, at, next;

				for (s = a; s < b; s++) {
					vy_rows_place(&rows, first + s, &p);
					want[p.sector % chunk] |= 1U << p.leg;
				}
				vy_rows_span(&rows, first + a, first + b, &span);
				CHECK_EQ(span.row, 7);
				vy_span_range(&rows, &span, &start, &end);
				CHECK(start >= span.base && end <= span.base + chunk);
				for (i = 0; i < chunk; i++)
					CHECK(!want[i] || (span.base + i >= start &&
							   span.base + i < end));
				for (at = start; at < end; at = next) {
					u8 legs = vy_span_legs(&rows, &span, at, end, &next);

					CHECK(next > at && next <= end);
					for (i = at; i < next; i++)
						CHECK_EQ(legs, want[i - span.base]);
				}
			}
		}
	}
}

struct row {
	unsigned int n, parity;
	u32 block[8];		/* as the disks have them */
	u32 value[8];		/* what the data are, wherever they can be had from */
};

/* Can leg l's data be had, and what is it? */
static bool can_have(const struct row *r, unsigned int l, u8 good, bool trust, u32 *value)
{
	unsigned int i;

	if (good & 1U << l) {
		*value = r->block[l];
		return true;
	}
	*value = 0;
	for (i = 0; i < r->n; i++) {
		if (i == l)
			continue;
		if (!(good & 1U << i) || !trust)
			return false;
		*value ^= r->block[i];
	}
	return true;
}

/* Do what the plan says. Returns the legs that have been written. */
static u8 carry_out(struct row *r, u8 written, u8 live, const struct vy_row_plan *plan)
{
	u32 parity = 0;
	unsigned int l;
	u8 wrote = 0;

	for (l = 0; l < r->n; l++) {
		bool new = written & 1U << l;

		switch (plan->how) {
		case VY_PARITY_NONE:
			break;
		case VY_PARITY_REBUILD:
			if (l != r->parity)
				parity ^= new ? 0x1000u << l : r->block[l];
			CHECK(l == r->parity || new || plan->read & 1U << l);
			break;
		case VY_PARITY_CHANGE:
			if (l == r->parity || new) {
				CHECK(plan->read & 1U << l);
				parity ^= r->block[l];
			}
			if (new)
				parity ^= 0x1000u << l;
			break;
		}
	}
	for (l = 0; l < r->n; l++)
		if (written & live & 1U << l) {
			r->block[l] = 0x1000u << l;
			wrote |= 1U << l;
		}
	if (plan->how != VY_PARITY_NONE) {
		CHECK(live & 1U << r->parity);
		r->block[r->parity] = parity;
		wrote |= 1U << r->parity;
	}
	return wrote;
}

static u64 planned, refused;

static void try_one(unsigned int n, unsigned int parity, u8 written, u8 live, u8 whole, u8 good,
		    bool trust)
{
	const struct vy_rows rows = { n, chunk_shift };
	const u8 p = 1U << parity, lacks = ((1U << n) - 1) & ~good;
	const u8 rest = ((1U << n) - 1) & ~(p | written), gone = written & ~live;
	struct row r = { .n = n, .parity = parity };
	bool had[8], can;
	struct vy_row_plan plan;
	unsigned int l;
	u32 value;
	u8 after, wrote;

	for (l = 0; l < n; l++) {
		if (l == parity)
			continue;
		r.value[l] = 1U << l;
		r.block[parity] ^= r.value[l];
		r.block[l] = good & 1U << l ? r.value[l] : 0xdead;
	}
	if (!(good & p))
		r.block[parity] = 0xbad;
	for (l = 0; l < n; l++) {
		had[l] = can_have(&r, l, good, trust, &value);
		if (had[l] && l != parity && trust)
			CHECK_EQ(value, r.value[l]);
	}

	can = vy_row_plan(&rows, parity, written, live, whole, good, trust, &plan);
	if (!can) {
		refused++;
		/* with a single fault, and parity that can be trusted, everything goes */
		CHECK(lacks & (lacks - 1) || !trust);
		return;
	}
	planned++;
	/* a parity that is only not readable is made from the data, if these are there */
	if (whole & p && !(rest & ~good) && !(gone & (gone - 1)))
		CHECK(plan.how != VY_PARITY_NONE);
	CHECK(!(plan.read & ~good));
	wrote = carry_out(&r, written, live, &plan);

	/* who was not written and should have been lacks it; who was written has it */
	after = (good | wrote) & ~((written | p) & ~wrote);
	/* the parity that was made from all data is good even if it was not before */
	for (l = 0; l < n; l++) {
		if (l == parity)
			continue;
		if (written & 1U << l) {
			CHECK(can_have(&r, l, after, trust || plan.how == VY_PARITY_REBUILD,
				       &value));
			CHECK_EQ(value, 0x1000u << l);
		} else if (had[l] && (plan.how != VY_PARITY_NONE || good & 1U << l)) {
			CHECK(can_have(&r, l, after, trust, &value));
			if (trust)
				CHECK_EQ(value, r.value[l]);
		}
	}
	/* whatever could be had can still be had */
	for (l = 0; l < n; l++)
		if (l != parity && had[l])
			CHECK(can_have(&r, l, after, trust || plan.how == VY_PARITY_REBUILD,
				       &value));
}

/* All that can be wrong with the legs: not there, lacking the place, not readable. */
static void try_legs(unsigned int n, unsigned int parity, u8 written, u8 live)
{
	u8 whole, good;

	for (whole = live; ; whole = (whole - 1) & live) {
		for (good = whole; ; good = (good - 1) & whole) {
			try_one(n, parity, written, live, whole, good, false);
			try_one(n, parity, written, live, whole, good, true);
			if (!good)
				break;
		}
		if (!whole)
			break;
	}
}

static void test_plans(void)
{
	unsigned int n, parity, written, live;

	for (n = 3; n <= 6; n++)
		for (parity = 0; parity < n; parity++)
			for (written = 1; written < 1U << n; written++)
				for (live = 0; live < 1U << n; live++)
					if (!(written & 1U << parity))
						try_legs(n, parity, written, live);
	CHECK(planned > 10000);
	CHECK(refused > 10000);
}

/* Fewest reads; of equals, those of the blocks that are about to be written. */
static void test_cost(void)
{
	const struct vy_rows five = { 5, 5 }, three = { 3, 5 };
	struct vy_row_plan plan;

	CHECK(vy_row_plan(&five, 4, 0x0f, 0x1f, 0x1f, 0x1f, true, &plan));
	CHECK_EQ(plan.how, VY_PARITY_REBUILD);
	CHECK_EQ(plan.read, 0);
	CHECK(vy_row_plan(&five, 4, 0x01, 0x1f, 0x1f, 0x1f, true, &plan));
	CHECK_EQ(plan.how, VY_PARITY_CHANGE);
	CHECK_EQ(plan.read, 0x11);
	CHECK(vy_row_plan(&five, 4, 0x07, 0x1f, 0x1f, 0x1f, true, &plan));
	CHECK_EQ(plan.how, VY_PARITY_REBUILD);
	CHECK_EQ(plan.read, 0x08);
	CHECK(vy_row_plan(&three, 2, 0x01, 0x07, 0x07, 0x07, true, &plan));
	CHECK_EQ(plan.how, VY_PARITY_REBUILD);
	CHECK_EQ(plan.read, 0x02);
	/* parity that is not to be trusted is never read */
	CHECK(vy_row_plan(&five, 4, 0x01, 0x1f, 0x1f, 0x1f, false, &plan));
	CHECK_EQ(plan.how, VY_PARITY_REBUILD);
	CHECK_EQ(plan.read, 0x0e);
	CHECK(vy_row_plan(&five, 4, 0x01, 0x1f, 0x1d, 0x1d, false, &plan));
	CHECK_EQ(plan.how, VY_PARITY_NONE);
	CHECK(!vy_row_plan(&five, 4, 0x01, 0x1e, 0x1c, 0x1c, true, &plan));
	/* one that is lacking is not paid for, one that cannot be read is made anew */
	CHECK(vy_row_plan(&five, 4, 0x01, 0x1f, 0x0f, 0x0f, true, &plan));
	CHECK_EQ(plan.how, VY_PARITY_NONE);
	CHECK(vy_row_plan(&five, 4, 0x01, 0x1f, 0x1f, 0x0f, true, &plan));
	CHECK_EQ(plan.how, VY_PARITY_REBUILD);
	CHECK_EQ(plan.read, 0x0e);
}

static const struct unit_test tests[] = {
	UNIT(test_layout), UNIT(test_large), UNIT(test_spans), UNIT(test_plans), UNIT(test_cost),
};
UNIT_MAIN(tests)
