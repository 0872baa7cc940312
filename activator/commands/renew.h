/* SPDX-License-Identifier: GPL-2.0 */
/* Copies and columns that are lost, made anew elsewhere from the others. */
#ifndef VARYON_RENEW_H
#define VARYON_RENEW_H

#include "cmd.h"

/*
 * In memory: copy `copy` of the LV goes, and another one comes, blank and on
 * these PVs (NULL-terminated), so that one commit leaves the LV with as many
 * copies as before; a column of RAID5 goes there. *fresh: which one it is.
 * ERR_QUORUM, ERR_CONFLICT: the others alone do not make up the set. After an
 * error the VG in memory is of no use.
 */
enum err_code copy_renew(struct vg *vg, struct vg_lv *lv, unsigned int copy,
			 struct vg_pv *const *pvs, unsigned int *fresh, struct err *e);

/*
 * Hot spares: is there a PV that is recorded as missing, with copies that could be
 * made anew on a spare? Not while one of their volumes is suspended or read-only:
 * its table could not follow. A copy that was split off is left alone.
 */
bool spare_is_due(const struct vg *vg);

/*
 * Let a spare, or several where chvg -h Y allows it, take the place of such a
 * PV, which leaves the VG if nothing else is on it. One commit, then the active
 * volumes follow; who copies what is the kernel's matter. Done is told in a line.
 */
enum err_code spare_take(struct vg *vg, struct err *e);

#endif
