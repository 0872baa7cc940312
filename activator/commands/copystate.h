/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the copies of a mirrored LV stand before some of them leave or come back:
 * by the kernel while the LV is active, else by what judge_lv() made of the
 * status areas. c: index of the copy.
 */
#ifndef VARYON_COPYSTATE_H
#define VARYON_COPYSTATE_H

#include "../dm/judge.h"
#include "cmd.h"

/* The copy does not serve its LV: split off, or no whole one. */
bool copy_is_away(const struct vg_lv *lv, unsigned int c);

/* Here, up to date, and without places that could not be written. */
bool copy_in_sync(const struct vg_lv *lv, unsigned int c, const struct act_state *s,
		  const struct judge *j);

/* Here and up to date but for such places. */
bool copy_is_whole(const struct vg_lv *lv, unsigned int c, const struct act_state *s,
		   const struct judge *j);

/*
 * May the copies in the mask leave? ERR_CONFLICT: no whole copy would stay;
 * ERR_FAILED: without force, when one that stays is not in sync.
 */
enum err_code copy_check_stay(const struct vg *vg, const struct vg_lv *lv, unsigned int leave,
			      bool force, const struct act_state *s, const struct judge *j,
			      struct err *e);

/*
 * May a split copy of the LV be given up? Not unless a whole copy of the LV
 * itself is here: ERR_QUORUM or what else judge_lv() says.
 */
enum err_code copy_check_own(const struct vg *vg, const struct vg_lv *lv, struct err *e);

#endif
