/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The status area (SA) of one leg, as it lies on disk. All numbers are
 * little-endian. Offset and length of an SA come from the VG metadata (the
 * table line), never from the disk itself.
 *
 *	0	superblock copy A	4096 bytes
 *	4096	superblock copy B	4096 bytes
 *	8192	write-intent bitmap	ceil(zones / 4032) units, whole 4096
 *	...	stale map, slot 0	ceil(words / 63) units, whole 4096
 *	...	stale map, slot n-1
 *	bbr_off	table of relocated blocks, copies A and B, 4096 bytes each
 *	...	VY_BBR_SPARES spare blocks of 4096 bytes
 *	written_off	RAID5: map of what was ever written, as one stale map
 *	log_off	RAID5: row log, slots of VY_LOG_SLOT bytes
 *
 * A map unit is 512 bytes: the unit of checksum and of torn-write safety.
 * A unit whose checksum is wrong reads as all ones: more is copied, never
 * less.
 */
#ifndef VARYON_FORMAT_H
#define VARYON_FORMAT_H

#include "../core/port.h"

#define VY_MAX_SLOTS		8	/* legs that a set may have */
#define VY_DISK_SLOTS		16	/* slots that the superblock has room for */
#define VY_HIST			24	/* former generations kept */
#define VY_BLOCK		4096	/* every SA write is a whole block */
#define VY_BLOCK_SECTORS	8
#define VY_UNIT			512
#define VY_UNITS_PER_BLOCK	8
#define VY_UNIT_BITS		4032	/* WIB bits in a unit */
#define VY_UNIT_WORDS		63	/* stale words (64 regions each) in a unit */

#define VY_REGION_SHIFT_MIN	12	/* 4 KiB */
#define VY_REGION_SHIFT_MAX	20	/* 1 MiB */
#define VY_ZONE_SHIFT_MIN	22	/* 4 MiB */
#define VY_ZONE_SHIFT_MAX	30
#define VY_STALE_MAP_MAX	(8u << 20)	/* bytes; bounds the default region size */

#define VY_SUPER_MAGIC		"VARYONSA"
#define VY_SUPER_VERSION	1

/* vy_super.feat_incompat */
#define VY_FEAT_WRITTEN		0x1ULL	/* RAID5: what the map does not call written is zeroes */
#define VY_FEAT_LOG_GEN		0x2ULL	/* RAID5: log_gen, and records that hold all blocks */

/* vy_super.flags */
#define VY_SB_INCONSISTENT	0x1	/* this leg is being resynced */
#define VY_SB_NEEDS_FULL	0x2	/* with INCONSISTENT: no map applies, copy all */
#define VY_SB_LOGGED		0x4	/* RAID5: the log has all that is written, see log_gen */

/* vy_super.type */
#define VY_TYPE_MIRROR		1
#define VY_TYPE_RAID5		2

enum vy_slot_state {
	VY_SLOT_EMPTY = 0,	/* no leg in this slot */
	VY_SLOT_MEMBER = 1,	/* counts as in sync */
	VY_SLOT_AWAY = 2,	/* not here, or not written since base_gen */
	VY_SLOT_SPLIT = 3,	/* taken away on purpose */
	VY_SLOT_TARGET = 4,	/* being resynced */
	VY_SLOT_FAILED = 5,	/* went away with an error */
	VY_SLOT_NR
};

/* Map ids that seed a unit's checksum. */
#define VY_MAP_WIB		1
#define VY_MAP_STALE		2
#define VY_MAP_BBR		3	/* the table of relocated blocks */

#define VY_MAP_LOG		4	/* a record of the row log */
#define VY_MAP_WRITTEN		5

#define VY_LOG_MAGIC		"VARYOLOG"
#define VY_LOG_STRIP		(64u << 10)	/* most bytes of a leg that a record is about */
#define VY_LOG_SLOT		(VY_BLOCK + VY_LOG_STRIP)
#define VY_LOG_SLOTS_MAX	1024

#define VY_BBR_SPARES		64
#define VY_BBR_MAGIC		"VARYOBBR"
#define VY_BBR_DEAD		(~0ULL)	/* as block: the spare is bad itself */

struct vy_map_unit {		/* 512 bytes */
	__le32 csum;		/* 0x000: CRC32C of bytes 4..511, seeded */
	__le32 seq;		/* 0x004: low bits of the SA sequence, diagnostics */
	__u8 bits[504];		/* 0x008: bit n is bit n%8 of byte n/8 */
};

struct vy_slot {		/* 64 bytes: one slot as this leg sees it */
	__u8 leg_uuid[16];	/* 0x00 */
	__le64 base_gen;	/* 0x10: generation since which it lacks writes; 0: member */
	__le32 state;		/* 0x18: enum vy_slot_state */
	__le32 flags;		/* 0x1c: zero */
	__le64 stale_regions;	/* 0x20: advisory */
	__u8 reserved[24];	/* 0x28: zero */
};

struct vy_super {		/* 4096 bytes */
	__u8 magic[8];		/* 0x000: "VARYONSA" */
	__le32 csum;		/* 0x008: CRC32C of the 4096 bytes with this field 0 */
	__le16 version;		/* 0x00c */
	__le16 size;		/* 0x00e: 4096 */
	__le64 feat_compat;	/* 0x010 */
	__le64 feat_ro;		/* 0x018 */
	__le64 feat_incompat;	/* 0x020: an unknown bit refuses the leg */
	__u8 set_uuid[16];	/* 0x028 */
	__u8 self_uuid[16];	/* 0x038 */
	__le64 seq;		/* 0x048: +1 for each superblock write on this leg */
	__le64 gen;		/* 0x050: lineage */
	__le64 prev_gen;	/* 0x058 */
	__le64 hist[VY_HIST];	/* 0x060: former generations, newest first */
	__le32 nslots;		/* 0x120 */
	__le32 self_slot;	/* 0x124 */
	__le32 type;		/* 0x128 */
	__le32 flags;		/* 0x12c */
	__u8 region_shift;	/* 0x130 */
	__u8 zone_shift;	/* 0x131 */
	__u8 chunk_shift;	/* 0x132: RAID5: log2 of bytes; 0 for a mirror */
	__u8 algorithm;		/* 0x133: RAID5: 2, left-symmetric; 0 for a mirror */
	__le32 pad0;		/* 0x134 */
	__le64 data_sectors;	/* 0x138: of one leg, 512 bytes each */
	__le64 sa_sectors;	/* 0x140 */
	__le64 wib_off;		/* 0x148: bytes from the start of the SA */
	__le64 stale_off;	/* 0x150 */
	__le64 bbr_off;		/* 0x158: bytes; 0: no spare blocks */
	__le64 log_off;		/* 0x160: 0: none */
	__le64 log_len;		/* 0x168 */
	__le64 log_gen;		/* 0x170: of records for any missing leg; 0: see LOGGED */
	struct vy_slot slot[VY_DISK_SLOTS];	/* 0x178 */
	__le64 written_off;	/* 0x578: 0: none, everything counts as written */
	__u8 reserved[2688];	/* 0x580: zero */
};

struct vy_bbr_entry {		/* 16 bytes */
	__le64 block;		/* 0x00: of the leg, 4096 bytes each; or VY_BBR_DEAD */
	__le32 spare;		/* 0x08: where it is now */
	__le32 zero;		/* 0x0c */
};

struct vy_bbr_block {		/* 4096 bytes: one copy of the table */
	__u8 magic[8];		/* 0x000: "VARYOBBR" */
	__le32 csum;		/* 0x008: CRC32C with this field 0, seeded as a map unit */
	__le32 count;		/* 0x00c: entries */
	__le64 seq;		/* 0x010: +1 for each copy written */
	__u8 reserved[8];	/* 0x018: zero */
	struct vy_bbr_entry entry[VY_BBR_SPARES];	/* 0x020: by block, then spare */
	__u8 unused[3040];	/* 0x420: zero */
};

/*
 * The head of a record; the payload follows, in whole blocks. Where the leg of the
 * log is not one of `written`: the parity that the row is to have, without the blocks
 * that are being written on these legs. Else: the blocks that they are to have, one leg
 * after the other; it goes on in the next slots, which begin with a block of zeroes.
 */
struct vy_log_block {		/* 4096 bytes */
	__u8 magic[8];		/* 0x000: "VARYOLOG" */
	__le32 csum;		/* 0x008: CRC32C with this field 0, seeded as a map unit */
	__le32 payload_csum;	/* 0x00c: of the payload, whole blocks, the same seed */
	__le64 gen;		/* 0x010: in force when it was written; or log_gen */
	__le64 start;		/* 0x018: sector of the leg */
	__le32 sectors;		/* 0x020 */
	__le32 written;		/* 0x024: mask of legs */
	__u8 unused[4056];	/* 0x028: zero */
};

static_assert(sizeof(struct vy_log_block) == VY_BLOCK, "head of a log record size");
static_assert(sizeof(struct vy_bbr_block) == VY_BLOCK, "table of relocated blocks size");
static_assert(sizeof(struct vy_map_unit) == VY_UNIT, "map unit size");
static_assert(sizeof(struct vy_slot) == 64, "slot size");
static_assert(sizeof(struct vy_super) == VY_BLOCK, "superblock size");
static_assert(offsetof(struct vy_super, slot) == 0x178, "superblock layout");

#endif
