/* SPDX-License-Identifier: GPL-2.0 */
/*
 * May an LV be activated, and from which copies? Reads the status areas and
 * asks the same code that the module asks when the table is resumed, so that
 * a refusal comes with a reason before the kernel is touched.
 */
#ifndef VARYON_JUDGE_H
#define VARYON_JUDGE_H

#include "../../kernel/core/gen.h"
#include "../vg/vg.h"

enum leg_cond {
	LEG_EMPTY,	/* no leg in this slot */
	LEG_MEMBER,	/* here and in sync */
	LEG_TARGET,	/* here, will be brought up to date */
	LEG_MISSING,	/* a PV that it lies on is not here */
	LEG_DAMAGED,	/* its status area cannot be used */
	LEG_AWAY	/* split off on purpose: a device of its own has it */
};

/* Of a split child, copies and slots are those of its origin. */
struct judge {
	unsigned int nslots;
	enum leg_cond leg[VY_MAX_SLOTS];	/* by copy, as have[] and damage[] */
	struct vy_sb sb[VY_MAX_SLOTS];		/* by slot, where have[] */
	bool have[VY_MAX_SLOTS];
	struct err damage[VY_MAX_SLOTS];	/* of LEG_DAMAGED */
	struct vy_assembly verdict;		/* its masks and legs are slots */
	uint8_t give_up;			/* slots here whose own history is given up */
	unsigned int skipped;			/* copies that are here, left out all the same */
	bool degraded;				/* some copy is neither LEG_MEMBER nor LEG_AWAY */
};

/*
 * Judge an LV of any type. ERR_OK: it may be activated, *j says how.
 * ERR_QUORUM: not enough copies; ERR_CONFLICT: the copies contradict each
 * other; ERR_FAILED: a mirror of a VG that must not be written. The text names
 * copies, PVs and the remedy; *j is filled either way. skip: mask of copies to
 * leave out as if they were missing.
 */
enum err_code judge_lv(const struct vg *vg, const struct vg_lv *lv, unsigned int skip,
		       struct judge *j, struct err *e);

/*
 * The same for a mirror of which the side of copy c is to be kept whatever
 * other copies say: those that went on without it are given up. The copies
 * that a split brain has on one side are those that agree with each other.
 */
enum err_code judge_lv_keeping(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			       struct judge *j, struct err *e);

/* The LV will be judged next: begin to read what that takes, and return at once. */
void judge_expect(const struct vg *vg, const struct vg_lv *lv);

/* The superblock of copy c, where have[c]. */
const struct vy_sb *judge_sb(const struct judge *j, const struct vg_lv *lv, unsigned int c);

/*
 * Without one of its columns a RAID5 has the parity to tell what that held, which is
 * wrong where a write was cut short.
 */
enum judge_rows {
	ROWS_AGREE,
	ROWS_LOGGED,	/* will agree when the row log has been replayed, which takes the module */
	ROWS_TORN	/* nobody can tell where something was being written */
};

/*
 * Columns of mask `use` that were not closed, or cannot be read to tell. Reads their
 * write-intent bits.
 */
unsigned int judge_open(const struct vg *vg, const struct vg_lv *lv, unsigned int use);

/*
 * What the rows are worth when the columns of mask `use`, of *j's superblocks, are used
 * and those of mask `open` were not closed. Pure. The module looks closer whether a log
 * counts, and has the last word.
 */
enum judge_rows judge_rows(const struct vg_lv *lv, const struct judge *j, unsigned int use,
			   unsigned int open);

/* The PVs that copy c lies on, as "vda" or "vda,vdb"; the caller owns it. */
char *judge_copy_pvs(const struct vg *vg, const struct vg_lv *lv, unsigned int c);

/* Why a copy that is LEG_DAMAGED is left out, and the remedy; the caller owns it. */
char *judge_damage_text(const struct vg *vg, const struct vg_lv *lv, const struct judge *j,
			unsigned int c);

/* For an AIX VG: where LP lp (1-based) has a fresh copy; NULL: nowhere. */
const struct lv_place *judge_fresh_place(const struct vg *vg, const struct vg_lv *lv,
					 uint32_t lp);

#endif
