// SPDX-License-Identifier: GPL-2.0
/*
 * Geometry of rows, and the planner. What to read and what to compute from it is
 * decided here and nowhere else, so the two cannot disagree.
 */
#include "rows.h"

static unsigned int count(u8 mask)
{
	unsigned int n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

u8 vy_row_parity(const struct vy_rows *rows, u64 row)
{
	u32 rest;

	div_u64_rem(row, rows->nslots, &rest);
	return rows->nslots - 1 - rest;
}

u8 vy_rows_parity_at(const struct vy_rows *rows, u64 leg_sector)
{
	return vy_row_parity(rows, leg_sector >> rows->chunk_shift);
}

static u8 leg_of(const struct vy_rows *rows, u8 parity, u8 column)
{
	return (parity + 1 + column) % rows->nslots;
}

void vy_rows_place(const struct vy_rows *rows, u64 sector, struct vy_place *place)
{
	u64 chunk = sector >> rows->chunk_shift;
	u32 column;

	place->row = div_u64_rem(chunk, rows->nslots - 1, &column);
	place->column = column;
	place->parity = vy_row_parity(rows, place->row);
	place->leg = leg_of(rows, place->parity, column);
	place->sector = (place->row << rows->chunk_shift) +
			(sector & (vy_chunk_sectors(rows) - 1));
}

u64 vy_rows_volume(const struct vy_rows *rows, u8 leg, u64 leg_sector)
{
	u64 row = leg_sector >> rows->chunk_shift;
	u8 parity = vy_row_parity(rows, row);
	u8 column = (leg + rows->nslots - parity - 1) % rows->nslots;

	return ((row * (rows->nslots - 1) + column) << rows->chunk_shift) +
	       (leg_sector & (vy_chunk_sectors(rows) - 1));
}

void vy_rows_span(const struct vy_rows *rows, u64 start, u64 end, struct vy_row_span *span)
{
	struct vy_place first, last;

	vy_rows_place(rows, start, &first);
	vy_rows_place(rows, end - 1, &last);
	span->row = first.row;
	span->parity = first.parity;
	span->first = first.column;
	span->last = last.column;
	span->base = first.row << rows->chunk_shift;
	span->from = first.sector;
	span->to = last.sector + 1;
}

void vy_span_range(const struct vy_rows *rows, const struct vy_row_span *span, u64 *start,
		   u64 *end)
{
	bool one = span->first == span->last;

	*start = one ? span->from : span->base;
	*end = one ? span->to : span->base + vy_chunk_sectors(rows);
}

u8 vy_span_legs(const struct vy_rows *rows, const struct vy_row_span *span, u64 at, u64 limit,
		u64 *next)
{
	u8 column, legs = 0;

	*next = limit;
	if (at < span->from && span->from < *next)
		*next = span->from;
	if (at < span->to && span->to < *next)
		*next = span->to;
	for (column = span->first; column <= span->last; column++)
		if ((column > span->first || at >= span->from) &&
		    (column < span->last || at < span->to))
			legs |= 1U << leg_of(rows, span->parity, column);
	return legs;
}

bool vy_row_plan(const struct vy_rows *rows, u8 parity, u8 written, u8 live, u8 whole,
		 u8 good, bool trust, struct vy_row_plan *plan)
{
	const u8 p = 1U << parity, data = ((1U << rows->nslots) - 1) & ~p;
	const u8 rest = data & ~written;
	const u8 gone = written & ~live;	/* parity alone can stand for one */
	bool rebuild = !(rest & ~good) && !(gone & (gone - 1));
	bool change = trust && !((written | p) & ~good);

	plan->how = VY_PARITY_NONE;
	plan->read = 0;
	/* a parity that its leg lacks is left to the recovery, unless it costs nothing */
	if (!(live & p) || (!(whole & p) && rest))
		return !gone;
	if (!rebuild && !change)
		/* what can be neither trusted nor read may as well be given up */
		return !(trust && good & p) && !gone;
	if (rebuild && (!change || count(rest) < count(written) + 1)) {
		plan->how = VY_PARITY_REBUILD;
		plan->read = rest;
	} else {
		plan->how = VY_PARITY_CHANGE;
		plan->read = written | p;
	}
	return true;
}
