/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The original AIX LVM layout (VGs of 32 PVs, 256 LVs, 1016 PPs per PV): where
 * everything lies and what the fields are. Codecs only: no I/O, no judgement
 * beyond "this is not such a record". All numbers are big-endian.
 * docs/format-vg.md gives the offsets with their sources.
 *
 * "PSN" is a sector number from the start of the PV; a sector is 512 bytes.
 */
#ifndef VARYON_AIX_H
#define VARYON_AIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECTOR			512

/* Places that are the same on every PV. */
#define AIX_PSN_IPL		0
#define AIX_PSN_LVMREC		7
#define AIX_PSN_BADBLOCK	8
#define AIX_PSN_LVMREC_BACKUP	70
#define AIX_PSN_BADBLOCK_BACKUP	71
#define AIX_PSN_FREE		128	/* first sector that is not reserved */

#define AIX_VGSA_SECTORS	8
#define AIX_VGSA_BYTES		(AIX_VGSA_SECTORS * SECTOR)
#define AIX_RELOC_SECTORS	256	/* bad-block relocation pool at the end */

/* Sectors of a VGDA copy, from its start. */
#define AIX_VGDA_LVE		1	/* 256 LV entries of 32 bytes */
#define AIX_VGDA_LVE_SECTORS	16
#define AIX_VGDA_PV		17	/* packed PV records */
#define AIX_VGDA_PV_SECTORS	2048	/* room for 32 PVs of 1016 PPs */
#define AIX_VGDA_NAMES		33	/* from the end: 256 names of 64 bytes */
#define AIX_VGDA_NAMES_SECTORS	32
#define AIX_VGDA_LEN		2098	/* of a VG as AIX makes it */
#define AIX_VGDA_LEN_MAX	8192

#define AIX_MAX_LV		256
#define AIX_NAME_BYTES		64
#define AIX_NAME_MAX		15	/* usable by AIX itself */
#define AIX_ENTRY		32	/* bytes of an LV entry, PV header or PP entry */

#define AIX_VERSION_BASE	1
#define AIX_VERSION_OLD_MAX	13	/* the last that has this layout */
#define AIX_VERSION_53		30
#define AIX_VERSION_SCALABLE	31
#define AIX_VERSION_FOREIGN	32000	/* from here on: other volume managers */
#define AIX_VERSION_VARYON	32100	/* a native VG of varyon */

/* ---- IPL record, sector 0 ---- */

/* True when the sector carries the magic; pvid (16 bytes) is then filled in. */
bool aix_ipl_decode(const uint8_t *sector, uint8_t pvid[16]);
/* A record without boot code; overwrites the whole sector. */
void aix_ipl_encode(uint8_t *sector, const uint8_t pvid[16]);

/* ---- LVM record, sectors 7 and 70 ---- */

struct aix_lvmrec {
	uint8_t vgid[16];
	uint32_t lvmarea_len;	/* sectors: both VGSAs and both VGDAs */
	uint32_t vgda_len;
	uint32_t vgda_psn[2];
	uint32_t reloc_psn, reloc_len;
	uint16_t pv_num;
	uint16_t pp_shift;	/* log2 of PP bytes */
	uint32_t vgsa_len;
	uint32_t vgsa_psn[2];
	uint16_t version;
	uint32_t ltg_shift;
};

/*
 * True when the sector carries the magic. The fields are as on disk, checked
 * by nobody; of versions with another layout only vgid and version mean
 * anything.
 */
bool aix_lvmrec_decode(const uint8_t *sector, struct aix_lvmrec *r);
void aix_lvmrec_encode(uint8_t *sector, const struct aix_lvmrec *r);

/* ---- bad-block directory, sectors 8 and 71: written empty ---- */

void aix_badblock_encode_empty(uint8_t *sector);

/* ---- VGSA, 8 sectors ---- */

#define AIX_VGSA_PVS		32
#define AIX_VGSA_PPS		1016

/* Stamp of a whole copy (sec << 32 | nsec), or 0 when the two ends differ. */
uint64_t aix_vgsa_stamp(const uint8_t *vgsa);
/* pv 1-based, pp 1-based; false outside the bitmap. */
bool aix_vgsa_stale(const uint8_t *vgsa, unsigned int pv, unsigned int pp);
void aix_vgsa_set_stale(uint8_t *vgsa, unsigned int pv, unsigned int pp);
bool aix_vgsa_missing(const uint8_t *vgsa, unsigned int pv);
void aix_vgsa_set_missing(uint8_t *vgsa, unsigned int pv);
/* An empty VGSA: nothing stale, nothing missing. Overwrites the 8 sectors. */
void aix_vgsa_init(uint8_t *vgsa, uint64_t stamp);

/* ---- VGDA ---- */

struct aix_vgda_hdr {		/* sector 0 of a copy */
	uint64_t stamp;		/* sec << 32 | nsec */
	uint8_t vgid[16];
	uint16_t numlvs, maxlvs;
	uint16_t pp_shift;
	uint16_t numpvs;
	uint16_t total_vgdas;
	uint16_t vgda_size;	/* sectors */
	uint16_t bigvg;
	uint16_t quorum;
	uint16_t auto_varyon;
	uint32_t checksum;	/* native: CRC32C; AIX: unknown, written 0 */
	uint32_t bigda_size;
	/* Native only; AIX leaves these bytes unused. All in sectors. */
	uint32_t ext_off;	/* extension, from the start of the copy */
	uint32_t ext_len;
	uint32_t ext_used;	/* of which in use */
	uint32_t pv_used;	/* of the PV area in use */
};

void aix_vgda_hdr_decode(const uint8_t *sector, struct aix_vgda_hdr *h);
/* Overwrites the sector; the native fields only when h->ext_len is not 0. */
void aix_vgda_hdr_encode(uint8_t *sector, const struct aix_vgda_hdr *h);

uint64_t aix_vgda_trailer_stamp(const uint8_t *sector);
void aix_vgda_trailer_encode(uint8_t *sector, uint64_t stamp);

struct aix_lv_entry {
	uint16_t name_index;	/* name slot, 0-based */
	uint32_t maxsize;	/* LPs */
	uint8_t lv_state;	/* 0: slot free */
	uint8_t mirror;		/* copies */
	uint16_t mirror_policy;
	uint32_t num_lps;
	uint8_t permissions, bb_relocation, write_verify, mwc;
	uint16_t stripe_exp, stripe_width;
};

/* buf holds at least AIX_ENTRY bytes. */
void aix_lv_entry_decode(const uint8_t *buf, struct aix_lv_entry *l);
void aix_lv_entry_encode(uint8_t *buf, const struct aix_lv_entry *l);

struct aix_pv_hdr {
	uint8_t pvid[16];
	uint16_t pp_count;
	uint8_t pv_state;
	uint32_t psn_part1;
	uint16_t vgdas;
	uint16_t pv_num;
};

void aix_pv_hdr_decode(const uint8_t *buf, struct aix_pv_hdr *p);
void aix_pv_hdr_encode(uint8_t *buf, const struct aix_pv_hdr *p);

/* Sectors of the record of a PV: header, entries, padding. */
static inline uint32_t aix_pv_record_sectors(uint32_t pp_count)
{
	return ((pp_count + 1) * AIX_ENTRY + SECTOR - 1) / SECTOR;
}

struct aix_pp_entry {
	uint16_t lv_index;	/* LV number, 0: free */
	uint32_t lp_num;
	uint8_t copy;		/* code, see aix_copy_code() */
	uint8_t pp_state;
	uint8_t alt_pv[2];	/* the other copies of the LP; 0: none */
	uint16_t alt_pp[2];
};

#define AIX_PP_ALLOCATED	1

void aix_pp_entry_decode(const uint8_t *buf, struct aix_pp_entry *p);
void aix_pp_entry_encode(uint8_t *buf, const struct aix_pp_entry *p);

/* The code of copy c (0-based) of n, n 1..3; and back: false when unknown. */
uint8_t aix_copy_code(unsigned int c, unsigned int n);
bool aix_copy_from_code(uint8_t code, unsigned int *c, unsigned int *n);

#endif
