/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of a RAID5 volume: where a sector lies, and how a write keeps the parity
 * of its row. The layout is the one that md calls left-symmetric. Pure.
 *
 * A row is one chunk of every leg, at the same sectors of each. In row r the
 * parity is on leg (n - 1) - r % n, and data column c on the leg c + 1 places
 * behind it, round about.
 */
#ifndef VARYON_ROWS_H
#define VARYON_ROWS_H

#include "port.h"

#define VY_ROW_SLOTS_MIN	3
#define VY_CHUNK_SHIFT_MIN	14	/* 16 KiB */
#define VY_CHUNK_SHIFT_MAX	20	/* 1 MiB */
#define VY_LEFT_SYMMETRIC	2	/* md's number for it */

struct vy_rows {
	u8 nslots;		/* 3..8 legs */
	u8 chunk_shift;		/* log2 of sectors */
};

/* Where a sector of the volume lies. */
struct vy_place {
	u64 row;
	u8 column, leg, parity;	/* parity: leg */
	u64 sector;		/* of the leg */
};

static inline u64 vy_chunk_sectors(const struct vy_rows *rows)
{
	return 1ULL << rows->chunk_shift;
}

/* Sectors of the volume in one row. */
static inline u64 vy_row_sectors(const struct vy_rows *rows)
{
	return (u64)(rows->nslots - 1) << rows->chunk_shift;
}

/* Leg with the parity of the row, or of the row of a leg's sector. */
u8 vy_row_parity(const struct vy_rows *rows, u64 row);
u8 vy_rows_parity_at(const struct vy_rows *rows, u64 leg_sector);

void vy_rows_place(const struct vy_rows *rows, u64 sector, struct vy_place *place);

/*
 * A run of volume sectors [start, end) that lies in one row: what of the legs
 * it takes.
 */
struct vy_row_span {
	u64 row;
	u8 parity;
	u8 first, last;		/* columns */
	u64 base;		/* first sector of the row on each leg */
	u64 from, to;		/* sectors of the first and the last column, see below */
};

/*
 * from: leg sector where column `first` begins to be covered; to: where column
 * `last` stops. Columns between are covered whole.
 */
void vy_rows_span(const struct vy_rows *rows, u64 start, u64 end, struct vy_row_span *span);

/* Leg sectors that must be ours to do it: all that it touches, without a hole. */
void vy_span_range(const struct vy_rows *rows, const struct vy_row_span *span, u64 *start,
		   u64 *end);

/*
 * Legs whose data is covered at leg sector `at`; the same legs are at all sectors
 * up to *next, at most `limit`.
 */
u8 vy_span_legs(const struct vy_rows *rows, const struct vy_row_span *span, u64 at, u64 limit,
		u64 *next);

/* Sector of the volume that leg `leg`, not the parity, has at this sector of it. */
u64 vy_rows_volume(const struct vy_rows *rows, u8 leg, u64 leg_sector);

/* How the new parity comes about. */
enum vy_parity_how {
	VY_PARITY_NONE,		/* it is not written: its leg is not there or lacks the place */
	VY_PARITY_REBUILD,	/* from all data of the row: what is written, and the rest read */
	VY_PARITY_CHANGE,	/* old parity, old data, new data */
};

struct vy_row_plan {
	enum vy_parity_how how;
	u8 read;		/* legs to be read first */
};

/*
 * Plan a write of the blocks of legs `written` (data legs, not none) in a row.
 * live: legs that take writes; whole: those of them that lack nothing here; good:
 * those of these that can be read; trust: parity is known to be that of the data.
 * Who has been written, or should have been, is up to date or has to be marked as
 * lacking it; that goes for the leg of the parity, too. False when it cannot be done
 * without losing a block of the row that can be had now, or the written one.
 */
bool vy_row_plan(const struct vy_rows *rows, u8 parity, u8 written, u8 live, u8 whole,
		 u8 good, bool trust, struct vy_row_plan *plan);

#endif
