/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records of the row log: what a row without one of its legs is to be brought to
 * when a write to it was cut off. Pure.
 *
 * Of two kinds, by whether the leg with the log, which is that of the parity, is among
 * the written ones. log:degraded: it is not, and the payload is the parity that there
 * will be, without the written blocks. log:always: it is, and the payload is all that
 * the write is going to write, which may take more than one slot.
 */
#ifndef VARYON_ROWLOG_H
#define VARYON_ROWLOG_H

#include "rows.h"
#include "super.h"

/* A record, CPU byte order. */
struct vy_log_record {
	u64 gen;
	u64 start;		/* sector of the leg */
	u32 sectors;		/* 1..VY_LOG_STRIP / 512, within one row */
	u8 written;		/* legs */
};

#define VY_LOG_SLOT_BLOCKS	(VY_LOG_STRIP / VY_BLOCK)	/* of payload */

/* Of `slots` slots, those that a record of log:always may begin in; 0: too few. */
u32 vy_log_starts(u32 slots, u32 nslots);

/* Which slot, of those that a record may begin in, is that of a sector of the leg. */
u32 vy_log_slot(u32 starts, u64 start);

/* Where it is: bytes from the start of the SA. */
u64 vy_log_off(const struct vy_geom *g, u32 slot);

/* Blocks of the payload that are one leg's. */
u32 vy_log_blocks(u32 sectors);

/* Slots that so many blocks take. */
u32 vy_log_span(u32 blocks);

/* Where a block of the payload is: bytes from the start of the record. */
u32 vy_log_block_off(u32 block);

/* Legs that the payload has blocks for, in ascending order, in the log of leg l. */
u8 vy_log_legs(const struct vy_log_record *r, u32 l);

/* Seed of the checksums of a record in that place of leg l's log. */
u32 vy_log_seed(const u8 set_uuid[16], u32 l, u64 off);

/* block: VY_BLOCK bytes; payload_csum: vy_crc32c() of all payload from the seed. */
void vy_log_encode(const struct vy_log_record *r, u32 seed, u32 payload_csum, void *block);

/*
 * Is this a whole record of generation gen on leg l, and what does it say? The
 * payload is to be checked against *payload_csum. Everything is range-checked.
 */
bool vy_log_decode(const void *block, const struct vy_geom *g, const struct vy_rows *rows, u32 l,
		   u32 seed, u64 gen, struct vy_log_record *r, u32 *payload_csum);

#endif
