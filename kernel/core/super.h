/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Superblock codec and SA geometry: pure, no I/O, no allocation.
 */
#ifndef VARYON_SUPER_H
#define VARYON_SUPER_H

#include "../uapi/varyon_format.h"

/* Where everything lies in an SA; byte offsets from its start. */
struct vy_geom {
	u32 nslots;
	u8 region_shift, zone_shift;
	u64 data_sectors;
	u64 regions;		/* of a leg; the last may be partial */
	u64 zones;
	u32 zone_words;		/* stale words (u64) of a zone, per slot */
	u64 words;		/* zones * zone_words */
	u64 wib_off, wib_blocks;	/* blocks of VY_BLOCK bytes */
	u64 stale_off, stale_blocks;	/* blocks of ONE slot's map */
	u64 bbr_off;		/* table of relocated blocks, then the spares */
	u64 written_off;	/* map of what was ever written; 0: none */
	u64 sa_bytes;		/* what an SA takes, multiple of VY_BLOCK */
	u64 sa_bytes_min;	/* the same without spare blocks */
};

/* One slot, CPU byte order. */
struct vy_slot_info {
	u8 leg_uuid[16];
	u64 base_gen;
	u8 state;		/* enum vy_slot_state */
	u64 stale_regions;
};

/* A decoded superblock, CPU byte order. */
struct vy_sb {
	u8 set_uuid[16], self_uuid[16];
	u64 seq, gen, prev_gen, hist[VY_HIST];
	u32 self_slot, type, flags;
	u64 sa_sectors;
	u8 chunk_shift;		/* RAID5: log2 of bytes; 0 for a mirror */
	u64 bbr_off;		/* that of the geometry; 0: this SA has no spare blocks */
	u32 log_slots;		/* RAID5: of the row log, behind the spare blocks; 0: none */
	u64 log_gen;		/* ... of records that count for any missing leg; 0: none do */
	struct vy_geom geom;
	struct vy_slot_info slot[VY_MAX_SLOTS];
};

enum vy_super_err {
	VY_SUPER_OK = 0,
	VY_SUPER_MAGIC_BAD,	/* not a superblock */
	VY_SUPER_CSUM_BAD,	/* torn or damaged */
	VY_SUPER_VERSION_BAD,	/* newer format, or an unknown feature bit */
	VY_SUPER_FIELD_BAD	/* a field is out of range or disagrees with another */
};

/* Smallest region_shift whose stale map of one slot fits VY_STALE_MAP_MAX. */
u8 vy_region_shift_for(u64 data_sectors);

/* Smallest zone_shift >= VY_ZONE_SHIFT_MIN that owns whole words of regions. */
u8 vy_zone_shift_for(u8 region_shift);

/*
 * Compute the layout of an SA. Returns 0, or -EINVAL when a value is out of
 * range (nslots 1..VY_MAX_SLOTS, shifts, zone_shift >= region_shift + 6,
 * data_sectors 1..2^55). *g is written only on success.
 */
int vy_geom_init(struct vy_geom *g, u32 nslots, u8 region_shift, u8 zone_shift,
		 u64 data_sectors);

/* With the map of what was ever written, behind the spare blocks, or without. */
void vy_geom_set_written(struct vy_geom *g, bool on);

/*
 * Decode and check one 4096-byte superblock. Every field is range-checked;
 * geometry is recomputed with vy_geom_init() and must agree with the stored
 * offsets. sa_sectors must hold the geometry, with spare blocks unless bbr_off
 * is 0. *sb is valid only for VY_SUPER_OK.
 */
enum vy_super_err vy_super_decode(const void *block, struct vy_sb *sb);

/* Encode with checksum; block is VY_BLOCK bytes and is overwritten whole. */
void vy_super_encode(const struct vy_sb *sb, void *block);

/*
 * Of the two copies of one leg, the newest valid: returns 0 or 1 and fills
 * *sb, or -1 when neither is valid (err[0], err[1] then say why).
 * A writer puts sequence number s into copy (s & 1).
 */
int vy_super_pick(const void *copy_a, const void *copy_b, struct vy_sb *sb,
		  enum vy_super_err err[2]);

/*
 * Members that a set needs, so that everything in it can be had: one for a
 * mirror, all but one for RAID5. Of a decoded superblock.
 */
u32 vy_members_needed(const struct vy_sb *sb);

/* A short English reason for messages. */
const char *vy_super_strerror(enum vy_super_err e);

#endif
