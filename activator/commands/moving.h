/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moving LPs of a copy to other PPs while the LV is in use:
 *
 *	1. the set gets a leg with just these LPs, at the new places
 *	2. the kernel copies; nobody is locked out meanwhile
 *	3. under suspension the new places become the copy's, and the leg goes
 *
 * The VG knows of the leg from step 1 on, so whoever comes after a crash goes
 * on: the same command, or syncvg. Of a column of RAID5 the set in question is the
 * mirror of both places that the column is meanwhile: lv_column_set().
 */
#ifndef VARYON_MOVING_H
#define VARYON_MOVING_H

#include "progress.h"

struct move_what {
	const char *lv;			/* VG/LV */
	unsigned int copy;		/* 0-based */
	const char *from;		/* PV to leave; NULL: the LP below moves */
	uint32_t lp;			/* 1-based */
	char **to;			/* PVs, NULL-terminated; empty: any */
};

/*
 * Carry a move out. One of the LV that is pending is ended first, whatever it
 * moves. ERR_CONFLICT: the LV is not active.
 */
enum err_code move_copy(const struct progress *p, const struct move_what *m, struct err *e);

/* End the move of an LV that is pending, if there is one: from step 2 on. */
enum err_code move_go_on(const struct progress *p, const char *lv, struct err *e);

/*
 * Give up the move of an LV that is pending, if there is one: all stays where it was.
 * Of RAID5, ERR_CONFLICT: the LV is not active, or its column is not in use.
 */
enum err_code move_undo(const struct progress *p, const char *lv, struct err *e);

/* Is a move pending? */
bool move_pending(const struct vg_lv *lv);

#endif
