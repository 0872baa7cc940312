/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a native VG adds to the AIX layout: an extension between the PV area
 * and the name area of each VGDA copy, and a checksum over the whole copy.
 * Codecs only. All numbers are big-endian. docs/format-vg.md is the text.
 */
#ifndef VARYON_NATIVE_H
#define VARYON_NATIVE_H

#include "aix.h"

#define NATIVE_MAGIC		"VYXT"
#define NATIVE_VERSION		1
#define NATIVE_EXT_OFF		(AIX_VGDA_PV + AIX_VGDA_PV_SECTORS)
#define NATIVE_EXT_LEN		512	/* sectors, of a VG made by this release */
#define NATIVE_HIST_AT		1	/* sectors from the start of the extension */
#define NATIVE_PV_AT		5
#define NATIVE_LV_AT		9
#define NATIVE_EXT_MIN		NATIVE_LV_AT
#define NATIVE_HISTORY		256	/* former commits remembered */
#define NATIVE_PVS		32
#define NATIVE_DEV_BYTES	32
#define NATIVE_VGDA_LEN		(AIX_VGDA_LEN + NATIVE_EXT_LEN)
#define NATIVE_RECORD		512	/* bytes of an LV record */
#define NATIVE_LEGS		8
#define NATIVE_NAME_BYTES	64
#define NATIVE_TYPE_BYTES	16
#define NATIVE_LABEL_BYTES	128

/*
 * Set while anything of it is used: split children, leg flags, a slot that is
 * not its copy's number, a parent or snapshot VG. A reader that does not know
 * them would take what they say for zero.
 */
#define NATIVE_FEAT_LEGS	UINT64_C(1)
/* Set while a column of RAID5 is being moved: it has a leg and PPs beside its columns. */
#define NATIVE_FEAT_COLUMN	UINT64_C(2)
/* Set while an LV has another row log than by default. */
#define NATIVE_FEAT_LOG		UINT64_C(4)

/* Features known to this release. */
#define NATIVE_FEAT_RO		UINT64_C(0)
#define NATIVE_FEAT_INCOMPAT	(NATIVE_FEAT_LEGS | NATIVE_FEAT_COLUMN | NATIVE_FEAT_LOG)

struct native_ext {		/* first sector of the extension */
	uint16_t version;
	uint64_t feat_compat;	/* may be ignored */
	uint64_t feat_ro;	/* an unknown bit: read only */
	uint64_t feat_incompat;	/* an unknown bit: refuse */
	uint64_t ctime;		/* of the VG, seconds since the epoch */
	uint32_t num_records;	/* LV records that follow, a sector each */
	uint32_t record_bytes;
	uint8_t name[NATIVE_NAME_BYTES];	/* of the VG, NUL-padded */
	uint64_t commit_id;	/* of the change that wrote the copy; never 0 */
	uint8_t spare_policy;	/* 'n', 'y', 'Y', 'r'; 0 as 'n' */
	uint8_t auto_sync;	/* 'y' or 'n'; 0 as 'n' */
	uint8_t parent[16];	/* VGID that this VG was split from; zero: none */
	uint8_t snapshot[16];	/* VGID of the VG that was split from this one */
};

bool native_ext_decode(const uint8_t *sector, struct native_ext *x);
void native_ext_encode(uint8_t *sector, const struct native_ext *x);

/* The sectors of former commits: newest first, ended by a 0 or the size. */
void native_history_decode(const uint8_t *sectors, uint64_t hist[NATIVE_HISTORY]);
void native_history_encode(uint8_t *sectors, const uint64_t hist[NATIVE_HISTORY]);

/* What a PV was called when the copy was written; both NUL-padded, may be empty. */
struct native_pv {
	uint8_t dev[NATIVE_DEV_BYTES];		/* base name of the device */
	uint8_t serial[NATIVE_DEV_BYTES];
};

/* pv_num from 1 to NATIVE_PVS; sectors: the four of all PVs. */
void native_pv_decode(const uint8_t *sectors, unsigned int pv_num, struct native_pv *p);
void native_pv_encode(uint8_t *sectors, unsigned int pv_num, const struct native_pv *p);

struct native_leg {
	uint8_t uuid[16];
	uint16_t pv_num;	/* 0: no such leg, or a remote one */
	uint8_t flags;		/* NATIVE_LEG_* */
	uint8_t slot;		/* its place in the set */
	uint8_t serves;		/* NATIVE_LEG_MOVE: the copy or column that it moves parts of */
	uint32_t sectors;
	uint64_t sector;	/* of the PV */
};

/* native_leg.flags */
#define NATIVE_LEG_SPLIT	1	/* away as a split copy */
#define NATIVE_LEG_DISCARD	2	/* its own history is given up */
#define NATIVE_LEG_WRITE_MOSTLY	4
#define NATIVE_LEG_PARTIAL	8	/* has only some LPs */
#define NATIVE_LEG_REMOTE	16	/* lies in another VG */
#define NATIVE_LEG_MOVE		32	/* takes LPs of the copy `serves`, until it replaces them */
#define NATIVE_LEG_LINEAR	64	/* with MOVE: the LV becomes linear again after it */
#define NATIVE_LEG_FLAGS	127

/* native_lv.flags */
#define NATIVE_LV_HIDDEN	1
#define NATIVE_LV_CHILD		2	/* a view of a copy of another LV */
#define NATIVE_LV_FLAGS		3

struct native_lv {
	uint8_t num;
	uint8_t type;		/* enum lv_type */
	uint8_t flags;
	uint8_t strict;
	uint8_t inter, intra;	/* policy letters */
	uint8_t region_shift, zone_shift, nslots;
	uint8_t parent, parent_copy, writable;	/* of a child */
	uint8_t row_log;	/* enum lv_row_log */
	uint8_t uuid[16];
	uint64_t ctime, mtime;
	uint8_t type_name[NATIVE_TYPE_BYTES];	/* NUL-padded */
	uint8_t label[NATIVE_LABEL_BYTES];
	struct native_leg leg[NATIVE_LEGS];
};

void native_lv_decode(const uint8_t *record, struct native_lv *l);
void native_lv_encode(uint8_t *record, const struct native_lv *l);

/* The copy code of a PP of column c (0-based) of RAID5; and back: false when it is none. */
uint8_t native_column_code(unsigned int c);
bool native_column_from_code(uint8_t code, unsigned int *c);

/* A stretch of sectors of a VGDA copy, from its start. */
struct vgda_extent { uint32_t start, len; };
#define VGDA_EXTENTS	3

/*
 * What of a copy of len sectors is in use, in order: header and body parts.
 * The last extent ends with the trailer. A native VG: what its header says; an
 * AIX VG (ext_len 0): everything. Returns the number of extents, or 0 when the
 * header's numbers do not fit a copy of len sectors.
 */
unsigned int vgda_extents(const struct aix_vgda_hdr *h, bool native, uint32_t len,
			  struct vgda_extent ext[VGDA_EXTENTS]);

/*
 * CRC32C (inverted at the end) over every byte in use of a native copy; the
 * checksum field itself counts as zero. buf holds the copy in full length.
 */
uint32_t native_vgda_crc(const uint8_t *buf, const struct vgda_extent *ext,
			 unsigned int n);

#endif
