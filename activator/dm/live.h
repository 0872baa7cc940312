/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of an LV that is active is brought to what the VG says: legs that
 * return, are new, gone or split off; a linear LV that has become a mirror, or
 * the other way round. Users of the LV only wait for the switch.
 */
#ifndef VARYON_LIVE_H
#define VARYON_LIVE_H

#include "activate.h"

/*
 * Legs in use stay where they are; every other one that the VG has is tried,
 * and one that cannot come does not keep others from it: the first error is
 * returned. A file system on the LV is frozen for the switch when a leg that
 * is in use is split off, so that it holds a consistent moment. Nothing happens
 * when the table says it all.
 */
enum err_code live_update(const struct vg *vg, const struct vg_lv *lv,
			  const struct act_state *s, const struct act_opts *o, struct err *e);

/*
 * The same for n mirrors of a VG that are active, s[i] being the state of
 * lv[i]: all of them at one moment. None changes when one cannot.
 */
enum err_code live_update_together(const struct vg *vg, const struct vg_lv *const *lv,
				   const struct act_state *s, unsigned int n,
				   const struct act_opts *o, struct err *e);

/*
 * Legs in use go on where the VG says now: elsewhere, longer, or with a status
 * area at another place. a: what makes that true on disk, under suspension.
 */
enum err_code live_swap(const struct vg *vg, const struct vg_lv *lv, const struct act_state *s,
			const struct swap_act *a, struct err *e);

/*
 * A device that was left suspended, by a command that was killed: whatever its
 * tables are, it goes on with what the VG says.
 */
enum err_code live_rescue(const struct vg *vg, const struct vg_lv *lv, const struct act_state *s,
			  const struct act_opts *o, struct err *e);

#endif
