/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Device-mapper tables of LVs, as text. Pure over the VG model. Offsets and
 * lengths are 512-byte sectors. A PV that is an image file appears by its
 * path, which no kernel takes, but a test can read.
 */
#ifndef VARYON_TABLE_H
#define VARYON_TABLE_H

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

/* True when copy c is one run of PPs on one PV, without holes: it needs no device of its own. */
bool table_copy_contiguous(const struct vg_lv *lv, unsigned int c);

/*
 * dm-linear over copy c (native LVs) or over the fresh PPs (AIX VGs); an error
 * where a partial copy has nothing.
 */
void table_linear(struct table *t, const struct vg *vg, const struct vg_lv *lv, unsigned int c);

/*
 * Where the data of leg c is for the mirror target: "device start". leg_dev is
 * the "major:minor" of its internal device, or NULL to use the PV itself.
 */
char *table_leg(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		const char *leg_dev);

/* A leg as the six words of the mirror's table; leg_data NULL: absent. */
char *table_leg_words(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		      const char *leg_data);

/*
 * The whole mirror; leg_data[c] of copy c as from table_leg(), NULL: absent.
 * Each leg stands in its slot; what its flags say goes into the options.
 */
void table_mirror(struct table *t, const struct vg *vg, const struct vg_lv *lv,
		  char *const leg_data[VY_MAX_SLOTS], bool no_resync);

/*
 * Put the words of a leg into its slot in the parameters of a live mirror table; returns
 * new parameters, which the caller owns, or NULL when old are not understood.
 */
char *table_replace_leg(const char *old, unsigned int slot, const char *words);

/* Set or drop the option no_resync in the parameters of a mirror; as above. */
char *table_set_no_resync(const char *old, bool no_resync);

#endif
