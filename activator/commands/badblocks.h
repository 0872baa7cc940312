/* SPDX-License-Identifier: GPL-2.0 */
/* Bad places of PVs that the kernel knows of. */
#ifndef VARYON_BADBLOCKS_H
#define VARYON_BADBLOCKS_H

#include "cmd.h"

/*
 * A record for each bad place on the PV: lv, copy, lp, pp, sector (of the PV)
 * and state: "relocated" when a spare block stands for it, "stale" when other
 * copies do. Only active mirrors know of any.
 */
struct rows *bad_block_rows(const struct vg *vg, const struct vg_pv *pv);

#endif
