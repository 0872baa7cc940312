/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The data devices of a mirror's legs: the PV itself, or a dm-linear of its own; of a
 * column of RAID5 that moves, a mirror of both places.
 */
#ifndef VARYON_LEGS_H
#define VARYON_LEGS_H

#include "dmname.h"
#include "mapdev.h"
#include "swap.h"

/*
 * The data device of leg c as words of the mirror's table, for a leg that no
 * active mirror uses; of a split child, c is a copy of its origin. A copy in
 * pieces gets an internal device; one that is there already, perhaps still held
 * by a mirror that has lost it, gets the new table.
 */
enum err_code leg_make(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		       bool read_only, char **words, struct err *e);

/* The internal device of leg c with that table, whatever it had before. */
enum err_code leg_device(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			 const struct table *t, bool read_only, struct mapdev *dev,
			 struct err *e);

struct leg_swap {		/* the internal device of a leg that is in use */
	char name[NAME_LEN], uuid[NAME_UUID_LEN];
	struct table table;
};

/*
 * The same for a leg that an active mirror uses: an internal device that is
 * there is left alone, and what it must become is put into *s for swap_run(), even
 * when the leg does without it then: what it was is to end there. Else s->table stays empty.
 */
enum err_code leg_make_swap(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			    char **words, struct leg_swap *s, struct err *e);

/* Remove the internal devices of the LV that nobody has open. */
enum err_code legs_remove_unused(const struct vg *vg, const struct vg_lv *lv, struct err *e);

/* Remove all of them; ERR_CONFLICT when one is open. */
enum err_code legs_remove(const struct vg *vg, const struct vg_lv *lv, struct err *e);

#endif
