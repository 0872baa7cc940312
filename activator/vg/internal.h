/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the model share with each other and with its tests. */
#ifndef VARYON_VG_INTERNAL_H
#define VARYON_VG_INTERNAL_H

#include "../format/native.h"
#include "../../kernel/core/rows.h"
#include "vg.h"

#define HIDDEN_NAME	".varyon"
#define MIRROR_SLOTS	4	/* of a new mirror: room for copies added later */
#define RAID5_CHUNK_SHIFT	16	/* 64 KiB, unless asked for another */
#define RAID5_LOG_SLOTS	32	/* writes without a column that are under way at a time */
#define PP_SHIFT_MIN	20
#define PP_SHIFT_MAX	37

/* ---- model.c ---- */

struct vg *vg_new(void);
void vg_warn(struct vg *vg, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void pv_free(struct vg_pv *pv);		/* closes its device */
/* A new empty LV under that number; the VG owns it. */
struct vg_lv *vg_lv_add(struct vg *vg, uint8_t num);
void vg_lv_free(struct vg *vg, struct vg_lv *lv);
/* Make room in the map of every copy for lps LPs; new places are empty. */
void lv_map_resize(struct vg_lv *lv, uint32_t lps);
struct vg_lv *vg_hidden(const struct vg *vg);
bool id_is_zero(const struct vg_id *id);
bool id_equal(const struct vg_id *a, const struct vg_id *b);
/* 2, 2+1, 1 each. Sets pv->vgdas, vg->total_vgdas and vg->seen_vgdas. */
void vg_count_vgdas(struct vg *vg);
void vg_count_seen(struct vg *vg);	/* vg->seen_vgdas only */
/* Of vgdas copies that count on this PV, those that are here and whole. */
unsigned int pv_votes(const struct vg_pv *pv, unsigned int vgdas);

/* ---- load.c, store.c: between the bytes of a VGDA copy and the model ---- */

/*
 * Fill vg from a copy that is whole (stamps equal, checksum right). kind,
 * version, id and vgda_len are set by the caller. Every number is checked;
 * nothing of a refused copy is used.
 */
enum err_code vgda_load(struct vg *vg, const uint8_t *buf, struct err *e);
/*
 * The bytes of a copy, full length, owned by the caller, and what of it is in
 * use. Equal models give equal bytes.
 */
uint8_t *vgda_build(const struct vg *vg, uint64_t stamp,
		    struct vgda_extent ext[VGDA_EXTENTS], unsigned int *n);
/* Anything that NATIVE_FEAT_LEGS stands for; NATIVE_FEAT_COLUMN; NATIVE_FEAT_LOG. */
bool vg_uses_leg_features(const struct vg *vg);
bool vg_moves_column(const struct vg *vg);
bool vg_has_row_log(const struct vg *vg);

/* ---- lineage.c ---- */

struct lineage {		/* of a native VGDA copy */
	uint64_t id;		/* its commit */
	uint64_t hist[VG_HISTORY];	/* the ones before it, newest first, then 0 */
};
/* From a copy that is whole; false when it has none. */
bool lineage_read(const uint8_t *vgda, const struct aix_vgda_hdr *h, struct lineage *l);
/* Is that commit this one or one before it? */
bool lineage_has(const struct lineage *l, uint64_t id);
/* Neither comes from the other. */
bool lineage_apart(const struct lineage *a, const struct lineage *b);
/* The VG in memory becomes the commit id that follows the last one. */
void lineage_go_on(struct vg *vg, uint64_t id);

/* ---- devname.c ---- */

/* Remember name and serial number of the device that the PV is on. */
void pv_note_device(struct vg_pv *pv);

/* ---- vgda_io.c ---- */

struct vgda_peek {
	struct aix_vgda_hdr h;
	uint64_t trailer;	/* its stamp */
};
/* Header and trailer of a copy. */
enum err_code vgda_peek(struct io *io, uint32_t psn, uint32_t len, struct vgda_peek *p,
			struct err *e);
/* What a whole copy looks like from outside: same stamp at both ends, right VG. */
bool vgda_peek_whole(const struct vgda_peek *p, const struct vg_id *vgid);
/*
 * The same by reading all that lies at either end, into a buffer for the whole
 * copy that the caller owns; then what is in use between, and check it all. good:
 * a copy of that length which is right (it then saves the checksum), or NULL.
 * The vgda_expect functions start to read for them and return at once.
 */
void vgda_expect(struct io *io, uint32_t psn, uint32_t len);
enum err_code vgda_read_ends(struct io *io, uint32_t psn, uint32_t len, uint8_t **buf,
			     struct vgda_peek *p, struct err *e);
void vgda_expect_rest(struct io *io, uint32_t psn, uint32_t len, bool native,
		      const struct vgda_peek *p);
enum err_code vgda_read_rest(struct io *io, uint32_t psn, uint32_t len, bool native,
			     uint8_t *buf, const struct vgda_peek *p, const uint8_t *good,
			     struct err *e);
/* All that is in use of a copy, checked as a whole; the caller owns *buf. */
enum err_code vgda_read(struct io *io, uint32_t psn, uint32_t len, bool native,
			uint8_t **buf, struct err *e);
/* Header, flush, body, flush, trailer, flush. */
enum err_code vgda_write(struct io *io, uint32_t psn, const uint8_t *buf,
			 const struct vgda_extent *ext, unsigned int n, struct err *e);

/* ---- pvinit.c: the fixed areas of a PV ---- */

/* Refuse a device that holds something or is in use; pvid: what it has, or zero. */
enum err_code pv_check_unused(struct io *io, const struct vg *vg, bool force,
			      struct vg_id *pvid, struct err *e);
/* Wipe, then write VGSAs, then identity and LVM records. */
enum err_code pv_init(struct vg *vg, struct vg_pv *pv, uint64_t stamp, struct err *e);
/* Write LVM records that name the VG: from the first one on, the PV belongs to it. */
enum err_code pv_name_vg(const struct vg *vg, const struct vg_pv *pv, struct err *e);
/* Make the PV belong to no VG; its PVID stays. */
enum err_code pv_wipe(struct io *io, struct err *e);
uint32_t vg_psn_part1(const struct vg *vg);

/* ---- alloc.c ---- */

/* Which PVs each copy of an LV goes to, in order of use. */
struct alloc_plan {
	unsigned int n[VG_MAX_LEGS];
	struct vg_pv *pv[VG_MAX_LEGS][VG_MAX_PV];
};
/* What is to be allocated. */
struct alloc_want {
	unsigned int copies;	/* mask: each of these gets PPs */
	uint32_t lps;		/* so many of each */
	const uint32_t *which;	/* these LPs, 1-based; NULL: those behind lv->num_lps */
	uint32_t sa_len;	/* sectors of a status area for each of them; 0: none */
	struct vg_pv *const *pvs;	/* allowed PVs, NULL-terminated; NULL: all */
};
#define ALL_COPIES(lv)	((1U << (lv)->copies) - 1)
/* Choose PVs, with room left for the status areas. Changes nothing. */
enum err_code alloc_plan(const struct vg *vg, const struct vg_lv *lv,
			 const struct alloc_want *want, struct alloc_plan *plan, struct err *e);
/* Take the PPs; the map has room for them. After an error some are taken. */
enum err_code alloc_place(const struct vg *vg, struct vg_lv *lv, const struct alloc_want *want,
			  const struct alloc_plan *plan, struct err *e);
/* The LPs of the LV, for want.which; the caller owns it. */
uint32_t *alloc_all_lps(const struct vg_lv *lv);
/* Give the PPs of LPs above keep back: of copy c, or of all with ALL. */
void alloc_give_back(struct vg *vg, const struct vg_lv *lv, int c, uint32_t keep);
#define ALL	(-1)

/* ---- create.c ---- */

enum err_code vg_new_id(struct vg_id *id, struct err *e);

/* ---- lv.c ---- */

/* May the VG be written? */
enum err_code vg_check_writable(const struct vg *vg, struct err *e);
/* May LVs and PVs of it come, go and change their size? Not in a snapshot VG. */
enum err_code vg_check_changeable(const struct vg *vg, struct err *e);
enum err_code lv_check_name(const struct vg *vg, const char *name, struct err *e);
void lv_touch(struct vg_lv *lv);
/* A new LV under the lowest free number, as mklv makes it; NULL: all are in use. */
struct vg_lv *lv_add_named(struct vg *vg, const char *name, struct err *e);
/* Choose the layout of status areas for that many LPs and fill lv's shifts and slots. */
enum err_code lv_shape(const struct vg *vg, struct vg_lv *lv, uint32_t lps,
		       uint8_t region_shift, struct vy_geom *geom, struct err *e);
/* The layout of its status areas as it is; 0, or -EINVAL when none is possible. */
int lv_geom(const struct vg *vg, const struct vg_lv *lv, struct vy_geom *geom);
/* sa_new of a set of which nothing is known yet: a random generation, no legs. */
enum err_code lv_new_super(struct vg_lv *lv, const struct vy_geom *geom, struct err *e);

/* ---- copies.c ---- */

/* Is the LV one whose copies may be changed? */
enum err_code lv_check_copies(const struct vg *vg, const struct vg_lv *lv, struct err *e);
/* Its copy becomes the only, whole leg of a mirror. */
enum err_code lv_make_mirror(struct vg *vg, struct vg_lv *lv, struct err *e);
/* A mirror of one copy becomes linear; its uuid stays. */
void lv_make_linear(struct vg *vg, struct vg_lv *lv);
/* Append a copy with PPs for those LPs (which NULL: all), blank. */
enum err_code lv_append_copy(struct vg *vg, struct vg_lv *lv, const uint32_t *which,
			     uint32_t lps, struct vg_pv *const *pvs, uint8_t flags,
			     uint8_t serves, struct err *e);
/* Take copy c out of map, legs, children and moves; its PPs are free. No questions asked. */
void lv_drop_copy(struct vg *vg, struct vg_lv *lv, unsigned int c);
/* Full copies that are not being given up, without copy c. */
unsigned int lv_other_full(const struct vg_lv *lv, unsigned int c);
/*
 * ERR_CONFLICT when one of the copies in the mask is to be taken back first,
 * which activating the LV does.
 */
enum err_code lv_check_given_up(const struct vg *vg, const struct vg_lv *lv, unsigned int copies,
				struct err *e);

/* ---- colmove.c ---- */

/* Sectors of the status areas of an lv_column_set(), both in one run; 0: none are possible. */
uint32_t lv_column_areas(const struct vg *vg, const struct vg_lv *lv);
/* lv_move_begin() of column c, of which these LPs move: the new place is leg lv->copies. */
enum err_code lv_column_begin(struct vg *vg, struct vg_lv *lv, unsigned int c,
			      const uint32_t *lps, uint32_t num, struct vg_pv *const *pvs,
			      struct err *e);
/* The new place of the column that moves is free, with its status areas. */
void lv_column_drop(struct vg *vg, struct vg_lv *lv);
/* Write the status areas of a move that begins: the old place is in sync, the new one blank. */
enum err_code lv_column_write(struct vg *vg, const struct vg_lv *lv, struct err *e);

/* ---- sa.c ---- */

/* Sectors of a status area of that geometry; of RAID5 with a row log. */
uint32_t sa_sectors(const struct vg_lv *lv, const struct vy_geom *g);
/* PPs that a status area takes when it has to have new ones. */
uint32_t sa_pps(const struct vg *vg, uint32_t sectors);
/* True when pv needs no new PP to take one. */
bool sa_has_room(const struct vg *vg, const struct vg_pv *pv, uint32_t sectors);
/* Find room on pv, growing the hidden LV; fills the place of the leg. */
enum err_code sa_alloc(struct vg *vg, struct vg_pv *pv, uint32_t sectors,
		       struct lv_leg *leg, struct err *e);
/* Give back; the sectors are not used again before the next commit. */
void sa_release(struct vg *vg, struct lv_leg *leg);
/* Drop PPs of the hidden LV that hold nothing, number the rest. */
void sa_tidy(struct vg *vg);
/* Write the status areas of every leg from lv->sa_new, and flush. */
enum err_code sa_write_new(struct vg *vg, struct vg_lv *lv, struct err *e);
/* ERR_FAILED unless all legs are clean members of one generation; *sb: of leg 0. */
enum err_code sa_all_settled(const struct vg *vg, const struct vg_lv *lv,
			     struct vy_sb *sb, struct err *e);

/* ---- commit.c ---- */

/* Put those bytes, the VGDA of the given model, into both slots of the PV. */
enum err_code vgda_put_on(const struct vg *vg, const uint8_t *bytes, struct vg_pv *pv,
			  struct err *e);

/* ---- scan.c ---- */

/* As vg_scan(), over devices that are open already; takes them over. */
struct vg_scan *vg_scan_ios(struct io **ios, unsigned int n);

/* ---- devlist.c ---- */

/* Paths to scan when none are given; the caller owns the array and its strings. */
char **devlist(struct err *e);
void devlist_free(char **paths);

/* What takes copy c, which is split away, back: for the end of a message. */
const char *lv_way_back(const struct vg *vg, const struct vg_lv *lv, unsigned int c);

#endif
