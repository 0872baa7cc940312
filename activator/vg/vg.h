/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The volume-group model: what a VG is in memory, how it is found on disks,
 * changed and written back. Knows bytes through activator/format/ and disks
 * through struct io; knows no device-mapper and prints nothing.
 */
#ifndef VARYON_VG_H
#define VARYON_VG_H

#include <stdbool.h>
#include <stdint.h>
#include "../lib/err.h"
#include "../lib/io.h"
#include "../../kernel/core/bbr.h"

#define VG_MAX_PV	32
#define VG_MAX_LV	255	/* LV numbers 1..255 */
#define VG_MAX_PP	1016	/* per PV */
#define VG_MAX_COPIES	3	/* of a mirror */
#define VG_MAX_LEGS	VY_MAX_SLOTS	/* copies of a mirror, or columns of RAID5 */
#define VG_NAME_MAX	63	/* native; 15 with --aix */
#define LV_NAME_MAX	63
#define VG_HISTORY	256	/* former commits that a VGDA remembers */
#define PV_DEV_MAX	31	/* of the names that it remembers */

struct vg_id { uint8_t b[16]; };	/* VGID, PVID, UUIDs */

enum vg_kind { VG_NATIVE, VG_AIX };
enum lv_type { LV_LINEAR = 0, LV_MIRROR = 1, LV_RAID5 = 2 };

/* vg_pv.state: bits, as on disk */
#define PV_ACTIVE	1
#define PV_MISSING	2
#define PV_REMOVED	4
#define PV_NOALLOC	8
#define PV_STALE	16
#define PV_SPARE	32	/* hot spare: takes no copies, stands in for a failed PV */
#define PV_SPLIT	64	/* is away in the snapshot VG vg.snapshot */

/* lv_leg.flags: bits, as on disk */
#define LEG_SPLIT	1	/* taken away on purpose: what a child LV or a snapshot VG uses */
#define LEG_DISCARD	2	/* its own history is being given up, until lv_split_done() */
#define LEG_WRITE_MOSTLY 4
#define LEG_PARTIAL	8	/* LPs without a PP in this copy are allowed */
#define LEG_REMOTE	16	/* lies in another VG: no copy here, known by uuid and slot */
#define LEG_MOVE	32	/* of a pending move: takes LPs of copy or column `serves` over */
#define LEG_LINEAR	64	/* with LEG_MOVE: the LV becomes linear again afterwards */

struct vg_pp {			/* one PP of a PV */
	uint8_t lv;		/* LV number, 0: free */
	uint8_t copy;		/* or column, from 0 */
	bool stale;		/* VGSA bit */
	bool on_disk;		/* used in the VGDA on disk: new status areas keep off it */
	uint32_t lp;		/* 1-based */
};

struct vg_pv {
	struct vg_id id;	/* PVID: 8 significant bytes */
	uint16_t num;		/* 1-based pv_num */
	uint8_t state;		/* PV_* bits as on disk */
	uint16_t vgdas;		/* live VGDA copies on it */
	uint32_t psn_part1;	/* sector of PP 1 */
	uint16_t pp_count;
	struct vg_pp *pp;	/* pp[0] is PP 1; owned */
	struct io *io;		/* NULL: missing */
	char *last_path;	/* where it was seen last, for messages; may be NULL */
	char dev[PV_DEV_MAX + 1];	/* base name and serial number at the last commit, */
	char serial[PV_DEV_MAX + 1];	/* safe to show; may be empty; native */
	uint32_t vgda_psn[2];	/* sectors of the two VGDA slots; 0: no such slot */
	uint32_t vgsa_psn[2];
	bool fresh;		/* not yet initialised: vg_commit() does it */
	bool adopt;		/* comes from another VG: vg_commit() changes its VGID at last */
	bool behind;		/* a copy on it is damaged or older: vg_refresh() */
	uint8_t whole;		/* slots with a whole VGDA, checked to the last byte */
	uint8_t current;	/* of which with the one that was chosen */
	uint16_t disk_vgdas;	/* vgdas, as the VGDA on disk has it */
};

struct sa_run {			/* a stretch of sectors of a PV */
	uint16_t pv;		/* 0: none */
	uint64_t sector;
	uint32_t sectors;
};

enum sa_todo {			/* what vg_commit() does about a status area */
	SA_KEEP,		/* it is there */
	SA_MAKE,		/* write vg_lv.sa_new with empty maps: as whole as that says */
	SA_BLANK,		/* the same, of a leg that holds nothing yet */
	SA_CLONE,		/* copy the bytes of sa_from, read back and compared */
	SA_RESIZE		/* as sa_from, where nothing may be out of sync, for a new size */
};

/*
 * A leg of the set of a native redundant LV. leg[c] belongs to copy c, or to
 * column c of RAID5, whose slot it is for ever. Of a mirror, its
 * place in the set (status areas, table, status line) is leg[c].slot, which
 * never changes, while copies above one that is removed move down. Legs that
 * lie in another VG (LEG_REMOTE) follow behind the copies. So does, of RAID5, the new
 * place of a column that moves (LEG_MOVE): it is in no slot of the set, and its status
 * areas are those of another one, see lv_column_set().
 */
struct lv_leg {
	struct vg_id uuid;	/* zero: no leg here */
	uint8_t slot;		/* < vg_lv.nslots, no two alike */
	uint8_t flags;		/* LEG_* */
	uint8_t serves;		/* LEG_MOVE: the copy or column */
	uint16_t sa_pv;		/* pv_num that holds its status area; 0: LEG_REMOTE */
	uint64_t sa_sector;	/* absolute sector on that PV */
	uint32_t sa_sectors;
	enum sa_todo sa_todo;
	struct sa_run sa_from;	/* of SA_CLONE and SA_RESIZE */
};

/* RAID5: when the kernel keeps a row log. As in the LV record. */
enum lv_row_log { LV_LOG_DEGRADED, LV_LOG_ALWAYS, LV_LOG_OFF, LV_LOG_NR };

struct lv_place { uint16_t pv, pp; };	/* pv_num and PP number, 1-based; pv 0: none */

struct vg_lv {
	uint8_t num;		/* LV number 1..255; 0: slot free */
	bool hidden;		/* the .varyon LV of status areas */
	char name[LV_NAME_MAX + 1];
	char type_name[16];	/* AIX "TYPE" column: jfs2, boot, ... default jfs2 */
	char label[128];
	enum lv_type type;
	uint32_t max_lps;	/* of each copy or column, as num_lps */
	uint32_t num_lps;	/* of each copy or column; see lv_data_legs() */
	uint32_t disk_lps;	/* num_lps, as the VGDA on disk has it */
	uint8_t copies;		/* 1..3; RAID5: columns, 3..8 */
	uint8_t chunk_shift;	/* RAID5: log2 of the bytes of a chunk; else 0 */
	enum lv_row_log row_log;
	uint8_t state;		/* lv_state bits as on disk */
	uint16_t sched_policy;	/* mirror_policy as on disk */
	uint8_t permissions;	/* 1 rw, 2 ro */
	uint8_t bb_relocation, write_verify, mwc;	/* as on disk */
	uint8_t strict;		/* 1: copies of an LP on different PVs */
	uint8_t inter, intra;	/* allocation policy letters 'm'/'x'; 'm','c','e' */
	uint64_t ctime, mtime;	/* seconds since the epoch */
	struct vg_id uuid;	/* of the LV, and of the set of a redundant one */
	uint8_t region_shift, zone_shift;
	uint8_t nslots;		/* slots in the SA layout */
	struct lv_leg leg[VY_MAX_SLOTS];	/* leg[c] belongs to copy c */
	uint8_t left_slots;	/* mask: legs that vg_commit() takes away; a kernel may have them */
	/*
	 * map[c][lp - 1]; owned. pv 0 (no PP) only where leg[c] is LEG_PARTIAL.
	 */
	struct lv_place *map[VG_MAX_LEGS];
	struct vy_sb *sa_new;	/* for status areas that vg_commit() must write; owned */
	/*
	 * A split child is a view of copy child_copy of LV number child_of: it has
	 * no LPs, no map and no legs of its own. 0: an ordinary LV. See lv_origin().
	 */
	uint8_t child_of, child_copy;
	bool child_writable;
	uint8_t column_of;	/* of lv_column_set(): 1 + the column; else 0 */
};

struct vg {
	enum vg_kind kind;
	struct vg_id id;
	char name[VG_NAME_MAX + 1];	/* empty for an AIX VG not imported */
	uint16_t version;
	uint8_t pp_shift;	/* log2 of PP bytes */
	uint16_t max_lvs;
	uint32_t vgda_len;	/* sectors */
	bool quorum;		/* checking on */
	bool auto_varyon;
	uint64_t ctime;
	uint64_t stamp;		/* of the VGDA that was chosen: sec << 32 | nsec */
	unsigned int num_pvs, num_lvs;
	struct vg_pv *pv[VG_MAX_PV + 1];	/* by pv_num; NULL: none */
	struct vg_lv *lv[VG_MAX_LV + 1];	/* by LV number; NULL: none */
	unsigned int total_vgdas, seen_vgdas;	/* for quorum */
	bool read_only;		/* AIX kind, or unknown features: no command may write */
	char **warnings;	/* what the scan had to say; owned, NULL-terminated */
	uint64_t vgsa_stamp;	/* of the newest VGSA; native: that of the VGDA */
	uint64_t commit_id;	/* native: of the last commit, 0 before the first */
	uint64_t history[VG_HISTORY];	/* the commits before it, newest first */
	bool disk_quorum;	/* quorum and total_vgdas, as the VGDA on disk has them; */
	unsigned int disk_total;	/* 0 before the first commit */
	bool without_quorum;	/* vg_commit() asks for none: only on an explicit order */
	uint64_t feat_compat;	/* of a native VG; kept as it was */
	struct vg_pv *dropped[VG_MAX_PV];	/* taken out, wiped by vg_commit(); owned */
	unsigned int num_dropped;
	struct sa_run *freed;	/* status areas that the VGDA on disk still names; owned */
	unsigned int num_freed;
	bool torn;		/* a vg_commit() that failed has written some VGDAs */
	struct err unrecorded;	/* why vg_record_missing() failed, if it did */
	char spare_policy;	/* hot spares, as chvg -h: n unused, y one is used, Y all */
	bool auto_sync;		/* stale copies are synced by themselves, as chvg -s */
	struct vg_id parent;	/* of a snapshot VG: VGID of the VG it was split from; or zero */
	struct vg_id snapshot;	/* VGID of the VG that was split from this one; or zero */
};

/* ---- finding VGs ---- */

struct vg_scan;

/*
 * Read the metadata of the given devices or image files. A path that cannot
 * be read or is no PV is skipped; damage is remembered and reported with the
 * VG that it concerns. Nothing is written. paths NULL: VARYON_DEVICES from
 * the environment (colon-separated), else every whole disk and partition in
 * /sys/class/block except device-mapper, loop without backing, ram and zram.
 */
enum err_code vg_scan(const char *const *paths, bool writable, struct vg_scan **scan,
		      struct err *e);
void vg_scan_free(struct vg_scan *scan);
/*
 * Close the devices of every VG but this one, which then look missing: their
 * locks are given up, and one of them may become a new PV.
 */
void vg_scan_keep(struct vg_scan *scan, const struct vg *vg);

/* Number of VGs found, and VG i (owned by the scan), sound or not. */
unsigned int vg_scan_count(const struct vg_scan *scan);
struct vg *vg_scan_vg(const struct vg_scan *scan, unsigned int i);
/* Why VG i must not be used (duplicate PVID, damaged, ...); ERR_OK when sound. */
const struct err *vg_scan_error(const struct vg_scan *scan, unsigned int i);

/* Every PV device found, VG member or not (lspv without operand). */
struct vg_scan_pv {
	const char *path;
	struct vg_id pvid;
	bool has_pvid;
	struct vg *vg;		/* NULL: not a PV of any VG */
	uint16_t pv_num;
};
unsigned int vg_scan_pvs(const struct vg_scan *scan, const struct vg_scan_pv **pvs);

/* By name or VGID (32 hex digits); two VGs of one name: ERR_CONFLICT. */
enum err_code vg_find(struct vg_scan *scan, const char *name_or_id, struct vg **vg, struct err *e);

struct vg_lv *vg_lv_by_name(const struct vg *vg, const char *name);
/* Device path, base name, PVID (16 hex digits), or any other path to the same device. */
struct vg_pv *vg_pv_by_name(const struct vg *vg, const char *name);
/* Base name of the device, or the PVID in hex when it is missing; static buffer per call site. */
const char *vg_pv_label(const struct vg_pv *pv, char buf[64]);
/* The PVID of a missing PV and what its device was called last; the caller owns it. */
char *vg_pv_missing_text(const struct vg_pv *pv);

/* ---- judging ---- */

/* floor(total/2)+1 with quorum on, else 1. */
unsigned int vg_quorum_needed(const struct vg *vg);
bool vg_has_quorum(const struct vg *vg);
/*
 * Every LP has this copy, on a PV that is here, not stale; of a LEG_PARTIAL
 * copy every LP that it has at all.
 */
bool vg_lv_complete(const struct vg *vg, const struct vg_lv *lv, unsigned int copy);
/* Bands of a PV of pps PPs: outer edge, outer middle, center, inner middle, inner edge. */
void vg_bands(unsigned int pps, unsigned int len[5]);
/* Legs that an LV's size is made of: 1; all columns but one of RAID5. */
unsigned int lv_data_legs(const struct vg_lv *lv);
/* LPs as users count them, each a PP of data. */
uint32_t lv_user_lps(const struct vg_lv *lv, uint32_t lps);
/* "copy", or "column" of RAID5: for messages. */
const char *lv_leg_word(const struct vg_lv *lv);
/* Sectors of a PP; first sector of PP n (1-based) of a PV; sectors of an LV, and of a leg. */
uint64_t vg_pp_sectors(const struct vg *vg);
uint64_t vg_pp_sector(const struct vg *vg, const struct vg_pv *pv, unsigned int n);
uint64_t vg_lv_sectors(const struct vg *vg, const struct vg_lv *lv);
uint64_t vg_leg_sectors(const struct vg *vg, const struct vg_lv *lv);
unsigned int vg_pv_free(const struct vg_pv *pv);	/* free PPs */
/*
 * Of a split child: the LV that it is a view of, and which copy; of any other
 * LV itself, *copy 0. Sizes (num_lps, vg_lv_sectors()) are the origin's.
 */
const struct vg_lv *lv_origin(const struct vg *vg, const struct vg_lv *lv, unsigned int *copy);
/* The split child that copy c of lv is used by; NULL: none. */
struct vg_lv *lv_child(const struct vg *vg, const struct vg_lv *lv, unsigned int c);
/* Legs of the set: the copies, and LEG_REMOTE ones behind them. */
unsigned int lv_num_legs(const struct vg_lv *lv);
/* The leg in that slot of the set: index into lv->leg; -1: none. */
int lv_leg_of_slot(const struct vg_lv *lv, unsigned int slot);
/* A copy of a mirror that holds every LP and is not split away. */
bool lv_copy_is_full(const struct vg_lv *lv, unsigned int c);
/* The leg that carries out the pending move of copy or column c; -1: there is none. */
int lv_move_of(const struct vg_lv *lv, unsigned int c);
/* The leg that carries out any pending move of the LV; -1: there is none. */
int lv_pending_move(const struct vg_lv *lv);
/* Copies or columns with PPs, and the new place of a column that moves: lv->map[0] and on. */
unsigned int lv_num_maps(const struct vg_lv *lv);
/*
 * Of RAID5, column c being moved: the mirror of two legs, its old place and its new one,
 * that it is meanwhile. *set is for reading, judging and activating, not for changes; it borrows
 * from lv and needs no end. False: the column is not being moved.
 */
bool lv_column_set(const struct vg_lv *lv, unsigned int c, struct vg_lv *set);
/* Copy c has PPs or its status area on that PV. */
bool lv_copy_on(const struct vg_lv *lv, unsigned int c, const struct vg_pv *pv);

/* ---- changing (memory only; vg_commit makes it durable) ---- */

struct vg_create_opts {
	const char *name;
	bool aix;		/* plain version-1 VG */
	bool force;		/* devices that hold something already */
	unsigned int pp_mib;	/* 0: smallest that fits 1016 PPs */
	int quorum;		/* -1: on for three and more PVs */
	bool auto_varyon;
};
/*
 * vg_create and vg_extend open the devices writable and check that they are
 * unused; nothing is written before vg_commit(). The caller ends a created VG
 * with vg_free(); a VG that comes from a scan belongs to the scan.
 */
enum err_code vg_create(const char *const *paths, const struct vg_create_opts *o,
			struct vg **vg, struct err *e);
enum err_code vg_extend(struct vg *vg, const char *path, bool force, struct err *e);
/* Refused while PPs of it are used. */
enum err_code vg_reduce(struct vg *vg, struct vg_pv *pv, struct err *e);
/* At once: wipes the records of a VG without LVs on its one PV. */
enum err_code vg_remove(struct vg *vg, struct err *e);

struct lv_create_opts {
	const char *name, *type_name, *label;
	uint32_t lps;		/* of data; RAID5: rounded up to whole rows of columns */
	uint32_t max_lps;	/* 0: the larger of 512 and lps; rounded alike */
	uint8_t copies;		/* RAID5: 1 */
	uint8_t width;		/* RAID5: columns, 3..8; 0: none */
	uint8_t chunk_shift;	/* RAID5: log2 of the bytes of a chunk, 14..20; 0: 64 KiB */
	enum lv_row_log row_log;	/* RAID5 */
	bool strict;
	char inter, intra;
	uint8_t region_shift;	/* 0: by size */
	struct vg_pv *const *pvs;	/* allowed PVs, NULL-terminated; NULL: all */
};
enum err_code lv_create(struct vg *vg, const struct lv_create_opts *o, struct vg_lv **lv,
			struct err *e);
/*
 * Status areas get new places, too. The LV is inactive: a copy that is not in
 * sync refuses here, ERR_FAILED, and once more in vg_commit().
 */
enum err_code lv_extend(struct vg *vg, struct vg_lv *lv, uint32_t more_lps,
			struct vg_pv *const *pvs, struct err *e);
/*
 * The same for an LV that is active: nothing is read from its status areas
 * before vg_commit(), which is called while the LV is suspended (its kernel has
 * then written all that there is to tell), and fails with ERR_FAILED, nothing
 * written, when a copy is not in sync. Resume with the old table then, else
 * with the new one: the old status areas are not written any more.
 */
enum err_code lv_extend_live(struct vg *vg, struct vg_lv *lv, uint32_t more_lps,
			     struct vg_pv *const *pvs, struct err *e);
/* Refused for a split child and for an LV that has one: lv_split_return() first. */
enum err_code lv_remove(struct vg *vg, struct vg_lv *lv, struct err *e);
/* "degraded", "always" or "off"; static. And back: false when it is none of them. */
const char *lv_row_log_name(enum lv_row_log mode);
bool lv_row_log_from_name(const char *name, enum lv_row_log *mode);
enum err_code lv_rename(struct vg *vg, struct vg_lv *lv, const char *name, struct err *e);

/*
 * ---- copies ----
 *
 * Of an LV that is active, the order with the kernel is: a leg that is added
 * is committed first and loaded then; one that is removed is taken out of the
 * table first (a new table without it) and committed then. Each function
 * changes the model alone; after ERR_OK vg_commit() makes it durable, writing
 * what status areas it needs before any VGDA names them. After an error the
 * model is as it was.
 */

struct lv_copy_opts {
	struct vg_pv *const *pvs;	/* allowed PVs, NULL-terminated; NULL: all */
	int strict;		/* -1: as the LV; 0, 1: and the LV becomes so */
	/* A hot copy of some LPs only (1-based, ascending): LEG_PARTIAL; 0: whole. */
	const uint32_t *hot_lps;
	uint32_t num_hot;
	uint8_t flags;		/* LEG_WRITE_MOSTLY or 0 */
};
/*
 * Add a copy: PPs, a blank status area, the lowest slot that is free and was
 * not left by another leg in the same change. A linear LV
 * becomes a mirror by it (its own copy is then whole and in sync, and dm's
 * name and UUID of it stay). *copy: its index. ERR_NOSPACE: no PPs, no slot or
 * three copies already; ERR_CONFLICT: the LV is part of a snapshot;
 * ERR_USAGE: an AIX VG's or hidden LV, bad hot LPs, PPs smaller than a zone.
 */
enum err_code lv_copy_add(struct vg *vg, struct vg_lv *lv, const struct lv_copy_opts *o,
			  unsigned int *copy, struct err *e);
/*
 * Take a copy away: its PPs and status area are free. Copies above it move one
 * down (map, legs, children), slots stay. A mirror with one copy left stays a
 * mirror. ERR_CONFLICT: split away, serves or is served by a move, or the last
 * full copy.
 */
enum err_code lv_copy_remove(struct vg *vg, struct vg_lv *lv, unsigned int copy, struct err *e);
/*
 * Room, in a mirror, for LPs of a copy that shall lie elsewhere. from: every LP
 * of the copy there moves (and the status area, in lv_move_finish()), NULL:
 * those in lps (1-based, ascending). pvs: where to, as above. *temp: the new
 * copy (LEG_PARTIAL|LEG_MOVE, the last one), to be brought in sync; or
 * LV_NO_MOVE when only a status area lies on from and no copy is needed. A
 * move of the copy that is pending already is taken up: *temp is that one,
 * whatever it moves. A linear LV is a mirror meanwhile. Errors as
 * lv_copy_add(); with three copies ERR_NOSPACE.
 * Of RAID5 it is a column that moves, with from alone: *temp is leg 1 of its
 * lv_column_set(). One at a time, and with eight columns none: ERR_NOSPACE.
 */
#define LV_NO_MOVE	VG_MAX_LEGS
struct lv_move_opts {
	struct vg_pv *from;
	const uint32_t *lps;
	uint32_t num_lps;
	struct vg_pv *const *pvs;
};
enum err_code lv_move_begin(struct vg *vg, struct vg_lv *lv, unsigned int copy,
			    const struct lv_move_opts *o, unsigned int *temp, struct err *e);
/*
 * The LPs that temp has (in sync: the caller knows) become copy's, temp and the
 * old PPs go. temp LV_NO_MOVE: there are none. When copy's status area lies
 * on `leave` (NULL: any PV that the copy has left), it gets a new place:
 * vg_commit() then clones its bytes there before any VGDA names it. So the LV
 * is suspended, or inactive, from before vg_commit() until the new table.
 */
enum err_code lv_move_finish(struct vg *vg, struct vg_lv *lv, unsigned int copy,
			     unsigned int temp, const struct vg_pv *leave, struct err *e);
/*
 * Give the pending move up: temp goes, copy stays as it was. Of a column, the old place
 * must be in sync and without relocated blocks, which the caller knows.
 */
enum err_code lv_move_undo(struct vg *vg, struct vg_lv *lv, unsigned int temp, struct err *e);

/* ---- columns of RAID5 ---- */

/*
 * Column c goes to those PVs (NULL: any), as a new leg that holds nothing yet and
 * is rebuilt from the others. Commit, then load the table. A pending move of it ends.
 * ERR_NOSPACE: no PPs; ERR_CONFLICT: another column is being moved.
 */
enum err_code lv_column_renew(struct vg *vg, struct vg_lv *lv, unsigned int c,
			      struct vg_pv *const *pvs, struct err *e);

/* ---- split copies ---- */

/*
 * A full copy is taken away as a child LV of that name. ERR_CONFLICT: there
 * would be no full copy left, or it is split or moved already.
 */
enum err_code lv_split_begin(struct vg *vg, struct vg_lv *lv, unsigned int copy,
			     const char *name, bool writable, struct vg_lv **child,
			     struct err *e);
/*
 * The child goes, its copy comes back: what it holds is given up
 * (LEG_DISCARD on it), or with restore what all others hold (on them; not on
 * those that are split away themselves).
 */
enum err_code lv_split_return(struct vg *vg, struct vg_lv *child, bool restore, struct err *e);
/* The kernel has taken the discards (table loaded, resumed): clear them. */
void lv_split_done(struct vg_lv *lv);
/*
 * A full copy becomes a linear LV of its own of that name (splitlvcopy); its
 * status area is given up. ERR_CONFLICT as lv_split_begin().
 */
enum err_code lv_split_off(struct vg *vg, struct vg_lv *lv, unsigned int copy, const char *name,
			   struct vg_lv **newlv, struct err *e);

/* ---- snapshot VGs ---- */

/*
 * Copy `copy` of every LV goes to a VG of its own, with the PVs that it lies
 * on. In memory: *snap, which the caller ends with vg_free() after
 * vg_split_commit(), with LVs named prefix + name, their sets' other legs
 * LEG_REMOTE; in vg those PVs become PV_SPLIT and those copies LEG_SPLIT.
 * ERR_CONFLICT: there is a snapshot already. ERR_USAGE: an LV lacks the copy, or
 * those PVs hold something else, too. A split that was cut short is gone on
 * with: other names are then refused.
 */
enum err_code vg_split(struct vg *vg, struct vg_scan *scan, unsigned int copy, const char *name,
		       const char *prefix, struct vg **snap, struct err *e);
/*
 * vg first, which records the split, then the PVs of snap one by one. A crash
 * between leaves PVs of vg that are PV_SPLIT and here: vg_split() again goes on,
 * vg_join() undoes it. Afterwards those PVs belong to snap, and are missing
 * from vg by intent: neither counted for its quorum nor reported.
 */
enum err_code vg_split_commit(struct vg *vg, struct vg *snap, struct err *e);
/*
 * The PVs of the snapshot VG come back; its copies are LEG_DISCARD: what was
 * written to them is given up. snap may be NULL when a split or a join was cut
 * short and all PVs are in vg. Made durable at once, PVs first, then
 * vg without PV_SPLIT; a crash leaves what the same call completes. snap and the
 * scan are of no more use for changes afterwards. ERR_CONFLICT: snap has LVs
 * that vg does not know, or is not of vg; ERR_NOTFOUND: PVs of it are missing.
 */
enum err_code vg_join(struct vg *vg, struct vg *snap, struct err *e);
/*
 * The snapshot VG is lost: its PVs become missing ones of vg, its copies ones
 * that are missing and LEG_DISCARD. In memory. ERR_CONFLICT: there is no
 * snapshot, or a PV of it is here, in a VG of its own or still in vg;
 * ERR_QUORUM: counting the PVs again, vg would have none.
 */
enum err_code vg_give_up_snapshot(struct vg *vg, const struct vg_scan *scan, struct err *e);

/* ---- attributes ---- */

/* chvg -h: n, y, Y; r: n, and every spare becomes an ordinary PV. */
enum err_code vg_set_spare_policy(struct vg *vg, char policy, struct err *e);
/* chvg -s. */
enum err_code vg_set_auto_sync(struct vg *vg, bool on, struct err *e);
/* chpv -h: ERR_CONFLICT while PPs of it are used, or the last that is none. */
enum err_code pv_set_spare(struct vg *vg, struct vg_pv *pv, bool spare, struct err *e);
/* chpv -a: may PPs be allocated on it? */
enum err_code pv_set_alloc(struct vg *vg, struct vg_pv *pv, bool on, struct err *e);

/*
 * Rewrite, without any change, the copies that are damaged or older in the
 * same line than the VG that was chosen (a PV that was away), and clear the
 * missing bits of PVs that are back: judge the LVs first. Nothing happens when
 * there is none, nor to a VG that is read only. A PV that cannot be written
 * is passed over with a warning of the VG. An error tells that nothing could
 * be done; the VG may be activated all the same.
 */
enum err_code vg_refresh(struct vg *vg, struct err *e);

/* A PV here has an older or damaged copy, or is recorded as missing and back. */
bool vg_has_behind(const struct vg *vg);

/*
 * Record which PVs are missing, in a commit of its own, before anything is
 * written without them: from then on the VGDA here is newer than theirs, and
 * what is written there by itself can be told from an older copy. ERR_OK
 * without any write when all that are missing are recorded already (PVs that
 * are back are for vg_refresh()), or when the VG is read only. Asks for no
 * quorum: whoever goes on without the missing PVs has, or was told not to.
 * A failure lasts: the VG in memory may already call the PVs missing, which
 * nobody must take for a record, so every further call fails alike.
 */
enum err_code vg_record_missing(struct vg *vg, struct err *e);

/*
 * After the VGDAs of a VG went on separately on two sides (ERR_CONFLICT from
 * vg_find()): the side that the PV is on gives up what its VGDAs say, which are
 * overwritten with those of the other side. scan is writable, and of no use
 * afterwards: scan again. vg_name: name or VGID; pv_name: device path, base
 * name or PVID. ERR_FAILED, and nothing written, when there is no such split;
 * ERR_CONFLICT when a PV of that side is in use.
 */
enum err_code vg_give_up(struct vg_scan *scan, const char *vg_name, const char *pv_name,
			 struct err *e);

/* Would vg_give_up() find something to give up? Any scan will do; nothing is written. */
enum err_code vg_check_give_up(struct vg_scan *scan, const char *vg_name, const char *pv_name,
			       struct err *e);

/* The same the other way round: the side of the PV is kept, every other one given up. */
enum err_code vg_keep(struct vg_scan *scan, const char *vg_name, const char *pv_name,
		      struct err *e);
enum err_code vg_check_keep(struct vg_scan *scan, const char *vg_name, const char *pv_name,
			    struct err *e);

/*
 * Write status areas of new legs first (so that no VGDA ever names an SA that
 * does not exist), then every VGDA and VGSA copy, one after the other, each
 * flushed. After a crash at any write the VG reads as before or as after.
 * A PV that fails is passed over with a warning as long as the quorum is
 * written. After an error the VG in memory no longer tells what is on disk:
 * end it and scan again.
 */
enum err_code vg_commit(struct vg *vg, struct err *e);

/* The VGDA as the VG is in memory, for the two below; the caller owns it. */
uint8_t *vg_image(const struct vg *vg);
/*
 * Make what vg_image() gave the VG on disk again, as a further change: after a commit
 * that the kernel did not follow. The VG in memory is of no use afterwards.
 */
enum err_code vg_go_back(struct vg *vg, const uint8_t *image, struct err *e);
/*
 * vg_commit() for a change that must happen everywhere or not at all, since a
 * suspended LV goes on with the one or the other: what was written before it
 * failed is taken back.
 */
enum err_code vg_commit_whole(struct vg *vg, const uint8_t *image, struct err *e);
void vg_free(struct vg *vg);

/* ---- status areas ---- */

/*
 * Read and decode both superblocks of leg c; ERR_METADATA when none is valid,
 * ERR_NOTFOUND when its PV is missing. wib_dirty: some bit is set; NULL: not asked.
 */
enum err_code lv_leg_super(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			   struct vy_sb *sb, bool *wib_dirty, struct err *e);
/* lv_leg_super() of leg c is next: begin to read, so that legs are read at once. */
void lv_leg_expect(const struct vg *vg, const struct vg_lv *lv, unsigned int c);
/*
 * Which blocks of leg c lie in its status area, because their own place is bad;
 * lv_leg_relocated() counts them. ERR_METADATA when neither copy of the table is valid.
 */
enum err_code lv_leg_bbr(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			 struct vy_bbr *t, struct err *e);
enum err_code lv_leg_relocated(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			       uint32_t *blocks, struct err *e);
/*
 * Count the regions that leg c, whose superblock is *sb, knows the leg in that
 * slot to lack: while that was away, what was written without it.
 */
enum err_code lv_leg_stale(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			   const struct vy_sb *sb, unsigned int slot, uint64_t *regions,
			   struct err *e);
/*
 * Start a leg anew as a target for a full copy of what the set holds (after
 * damage). best: the set's superblock.
 */
enum err_code lv_leg_reset(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			   const struct vy_sb *best, struct err *e);

#endif
