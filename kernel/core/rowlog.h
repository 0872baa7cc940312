/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records of the row log: what a row without one of its legs is to be brought to
 * when a write to it was cut off. Pure.
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
	u8 written;		/* legs whose blocks, as they are on disk, are to be added */
};

/* Where the slot of a sector of the leg is: bytes from the start of the SA. */
u64 vy_log_off(const struct vy_geom *g, u32 slots, u64 start);

/* Bytes of the payload, in whole blocks. */
u32 vy_log_payload(u32 sectors);

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
