/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An LV read without our module, by linear and md's RAID5 alone: which of its legs
 * hold all that there is, and the tables. Reads the status areas and writes nothing;
 * knows no kernel.
 */
#ifndef VARYON_RESCUE_H
#define VARYON_RESCUE_H

#include "table.h"

struct rescue {
	const struct vg_lv *set;	/* the LV, or the origin of a split child */
	unsigned int use;		/* copies that are read: of a mirror one */
	struct vy_geom geom;		/* of their status areas */
	struct vy_bbr *bbr[VY_MAX_SLOTS];	/* by copy, where used */
};

/*
 * Choose the legs of a redundant LV of which *j was said. believe: parity of RAID5 whatever
 * happened to it. ERR_QUORUM: no leg, or not enough of them, has everything; or a parity is
 * needed that may be wrong. The caller ends *r with rescue_end() either way.
 */
enum err_code rescue_choose(const struct vg *vg, const struct vg_lv *lv, const struct judge *j,
			    bool believe, struct rescue *r, struct err *e);
void rescue_end(struct rescue *r);

/* Copy c as a device: its LPs in order, relocated blocks where they are now. */
void rescue_copy(const struct rescue *r, const struct vg *vg, unsigned int c, struct table *t);

/* RAID5 over devices of its columns ("major:minor"); NULL: left out. */
void rescue_raid5(const struct rescue *r, const struct vg *vg, char *const dev[VY_MAX_SLOTS],
		  struct table *t);

/* What is read, for the administrator; the caller owns it. */
char *rescue_text(const struct rescue *r, const struct vg *vg, const struct vg_lv *lv);

#endif
