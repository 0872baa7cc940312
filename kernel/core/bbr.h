/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Table of relocated blocks of one leg: codec and changes. Pure.
 */
#ifndef VARYON_BBR_H
#define VARYON_BBR_H

#include "super.h"

/*
 * In order of block, then of spare. Each spare is named at most once, so there
 * is always room for what vy_bbr_set() and vy_bbr_kill() add.
 */
struct vy_bbr {
	u64 seq;
	u32 count;
	struct {
		u64 block;	/* of VY_BLOCK bytes in the leg; VY_BBR_DEAD: none */
		u32 spare;	/* 0..VY_BBR_SPARES-1 */
	} entry[VY_BBR_SPARES];
};

enum vy_bbr_err {
	VY_BBR_OK = 0,
	VY_BBR_MAGIC_BAD,	/* not a table */
	VY_BBR_CSUM_BAD,	/* torn, damaged, or of another leg */
	VY_BBR_COUNT_BAD,	/* more entries than there are spares */
	VY_BBR_BLOCK_BAD,	/* a block beyond the end of the leg */
	VY_BBR_SPARE_BAD,	/* a spare that does not exist, or is named twice */
	VY_BBR_ORDER_BAD	/* not in order, or a block is named twice */
};

/* Blocks of a leg, the last of which may be short. */
u64 vy_bbr_blocks(const struct vy_geom *g);

/* Byte offset in the SA of a copy of the table (0 or 1) and of a spare. */
u64 vy_bbr_copy_off(const struct vy_geom *g, unsigned int copy);
u64 vy_bbr_spare_off(const struct vy_geom *g, u32 spare);

/*
 * Decode and check one copy; block is VY_BLOCK bytes. Everything is in range
 * for a leg of this geometry when VY_BBR_OK is returned, else *t is garbage.
 */
enum vy_bbr_err vy_bbr_decode(const void *block, const struct vy_geom *g,
			      const u8 set_uuid[16], u32 slot, struct vy_bbr *t);

/* Encode with checksum; block is VY_BLOCK bytes and is overwritten whole. */
void vy_bbr_encode(const struct vy_bbr *t, const u8 set_uuid[16], u32 slot, void *block);

/* The sequence number of a copy, which may not be valid. */
u64 vy_bbr_seq(const void *copy);

/*
 * Of the two copies the newest valid: returns 0 or 1 and fills *t, or -1 when
 * neither is valid. err[] says what is wrong with each. Sequence number s
 * belongs into copy (s & 1).
 */
int vy_bbr_pick(const void *copy_a, const void *copy_b, const struct vy_geom *g,
		const u8 set_uuid[16], u32 slot, struct vy_bbr *t, enum vy_bbr_err err[2]);

/* Spare of a block, or -1. */
int vy_bbr_find(const struct vy_bbr *t, u64 block);

/* The first block from this one on that is relocated; VY_BBR_DEAD: none. */
u64 vy_bbr_next(const struct vy_bbr *t, u64 block);

/* The lowest spare that no entry names, or -1. */
int vy_bbr_free_spare(const struct vy_bbr *t);

/* Blocks that are relocated. */
u32 vy_bbr_relocated(const struct vy_bbr *t);

/*
 * Relocate a block to a free spare. Where it was relocated before, that spare
 * is never used again.
 */
void vy_bbr_set(struct vy_bbr *t, u64 block, u32 spare);

/* Never use this spare, which is free now. */
void vy_bbr_kill(struct vy_bbr *t, u32 spare);

/* A short English reason for messages. */
const char *vy_bbr_strerror(enum vy_bbr_err e);

#endif
