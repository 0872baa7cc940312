/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Device-mapper tables of LVs, as text. Pure over the VG model. Offsets and
 * lengths are 512-byte sectors. A PV that is an image file appears by its
 * path, which no kernel takes, but a test can read.
 */
#ifndef VARYON_TABLE_H
#define VARYON_TABLE_H

#include "../../kernel/core/bbr.h"
#include "judge.h"

struct table_seg {
	uint64_t start, len;
	const char *target;	/* literal */
	char *params;		/* owned */
};

struct table {
	struct table_seg *seg;
	unsigned int count;
};

void table_free(struct table *t);
void table_add(struct table *t, uint64_t start, uint64_t len, const char *target,
	       const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* True when copy c is one run of PPs on one PV and stays: it needs no device of its own. */
bool table_copy_contiguous(const struct vg_lv *lv, unsigned int c);

/*
 * dm-linear over copy c (native LVs) or over the fresh PPs (AIX VGs). LPs that
 * a partial copy does not have become errors: nobody has business there.
 */
void table_linear(struct table *t, const struct vg *vg, const struct vg_lv *lv, unsigned int c);

/* The same of a leg, with its relocated blocks where they are now. geom: its status area's. */
void table_linear_spared(struct table *t, const struct vg *vg, const struct vg_lv *lv,
			 unsigned int c, const struct vy_geom *geom, const struct vy_bbr *bbr);

/* The target of a native LV. */
const char *table_target(const struct vg_lv *lv);

/*
 * Where the data of leg c is for that target: "device start". leg_dev is
 * the "major:minor" of its internal device, or NULL to use the PV itself.
 */
char *table_leg(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		const char *leg_dev);

/* A leg as the six words of the mirror's table; leg_data NULL: absent. */
char *table_leg_words(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		      const char *leg_data);

struct table_opts {
	bool no_resync;
	bool side;		/* a split child; an LV with remote legs is one anyway */
	char *more;		/* further option words, blank-separated; NULL: none */
};

/*
 * The parameters of a mirror, options by the flags of its legs. words[slot]:
 * as from table_leg_words(); NULL: the slot is empty. The caller owns the text.
 */
char *table_mirror_params(const struct vg_lv *lv, unsigned int pp_shift,
			  char *const words[VY_MAX_SLOTS], const struct table_opts *o);

/* The whole mirror, lv being no child; leg_data[c] as from table_leg(), NULL: absent. */
void table_mirror(struct table *t, const struct vg *vg, const struct vg_lv *lv,
		  char *const leg_data[VY_MAX_SLOTS], const struct table_opts *o);

/* ---- reading the parameters of a live mirror ---- */

/* The six words of a slot, or NULL when the text is not understood. */
char *table_live_leg(const char *params, unsigned int slot);

/* The options that are no leg's and not no_resync or side; NULL as above. */
char *table_live_options(const char *params);

/*
 * Does a live table say what is wanted, whatever the order of the options? One
 * that still discards a leg that it has taken, or believes a parity, need not unsay
 * that at once.
 */
bool table_params_equal(const char *live, const char *wanted);

#endif
