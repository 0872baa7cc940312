/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lineage: which of two legs is newer, and which legs may form a set.
 * Shared by the module (preresume) and the activator (before it loads a
 * table), so both come to the same verdict. Pure.
 */
#ifndef VARYON_GEN_H
#define VARYON_GEN_H

#include "super.h"

enum vy_rel {
	VY_REL_UNRELATED,	/* different set: refuse */
	VY_REL_SAME,		/* same generation */
	VY_REL_B_LAGS,		/* b is a member whose superblock update was cut off */
	VY_REL_A_LAGS,
	VY_REL_A_NEWER,		/* a's map of b says what b lacks */
	VY_REL_B_NEWER,
	VY_REL_SPLIT,		/* both went on alone */
	VY_REL_A_NEWER_FULL,	/* a newer, map does not reach back */
	VY_REL_B_NEWER_FULL,
	VY_REL_NR
};

/* Compare leg a with leg b, the rules in the order of docs/format.md. */
enum vy_rel vy_gen_compare(const struct vy_sb *a, const struct vy_sb *b);

const char *vy_rel_name(enum vy_rel r);

/* Is this the leg's generation, or one of its past? */
bool vy_gen_includes(const struct vy_sb *sb, u64 gen);

enum vy_verdict {
	VY_ASSEMBLE_OK,
	VY_ASSEMBLE_NO_LEG,	/* no leg with a valid superblock */
	VY_ASSEMBLE_NO_SOURCE,	/* no present leg is both whole and current */
	VY_ASSEMBLE_SPLIT,	/* the present legs went on separately */
	VY_ASSEMBLE_MISMATCH,	/* set, geometry or slot ids disagree */
	VY_ASSEMBLE_FEW		/* RAID5: more than one leg is missing or behind */
};

/*
 * What the volume group says about the set; masks by slot. It decides which
 * slots there are, the status areas decide what they hold.
 */
struct vy_wish {
	u8 used;		/* slots that have a leg, here or not */
	u8 uuid[VY_MAX_SLOTS][16];	/* of these legs */
	u8 split;		/* taken away on purpose: not present */
	u8 discard;		/* present: its own history is given up */
	u8 partial;		/* holds only part of the volume: may not lead */
};

/* What to do with the legs that are present. Slot masks: bit l = slot l. */
struct vy_assembly {
	enum vy_verdict verdict;
	int best;		/* leg whose superblock rules; -1 when refused */
	int leg, other;		/* when refused: leg conflicts with other; -1: none to name */
	u8 members;		/* in sync: WIBs and maps of these are ORed */
	u8 targets;		/* present, to be resynced by map; never a SPLIT copy */
	u8 full;		/* subset of targets: the map does not reach back */
	/*
	 * To be recorded as away now (base_gen = old gen): absent, or a target
	 * that a superblock still counts in.
	 */
	u8 missing;
	bool bump;		/* generation must change before any I/O */
	u8 added;		/* slots new to the set: they lack everything */
	u8 removed;		/* slots that exist no more */
	/*
	 * Targets that lack what they wrote themselves, too: their own map of
	 * `best` counts.
	 */
	u8 given_up;
};

/*
 * Decide. sb[l] is the decoded superblock of slot l, or NULL when the leg is
 * absent or unreadable; nslots as in the table. wish NULL: the slots are those
 * that the best leg names, and nothing is asked for; a leg that it does not
 * know is a MISMATCH. Never looks at maps: the caller folds WIBs (all zones
 * that any member's WIB has set, and a target's own WIB) into the stale maps of
 * every slot that is not a member.
 */
void vy_assemble(const struct vy_sb *const sb[VY_MAX_SLOTS], u32 nslots,
		 const struct vy_wish *wish, struct vy_assembly *out);

/*
 * Bring the best leg's superblock image to what a verdict asks for: removed
 * and added slots, the split ones, and a new generation when out->bump says so
 * (new_gen: random, never 0). Added slots are AWAY; the caller makes targets
 * of those that are present. True when the image has changed and must be
 * written to the members before any I/O.
 */
bool vy_assembly_apply(struct vy_sb *sb, const struct vy_assembly *as,
		       const struct vy_wish *wish, u64 new_gen);

/*
 * Apply a generation change to a superblock image: push gen to hist, set
 * prev_gen, take new_gen (random, never 0), and record the slots in `missing`
 * as away from the old generation (base_gen kept when already set).
 * state is VY_SLOT_AWAY or VY_SLOT_FAILED.
 *
 * A slot that stays TARGET is handed the new generation: its base_gen becomes
 * new_gen, and the image must be written to that leg too (with INCONSISTENT),
 * after the members and before it is written to under new_gen. Otherwise it
 * holds data of a generation that its superblock does not own up to. A target
 * that goes away is recorded as AWAY before the next bump.
 */
void vy_gen_bump(struct vy_sb *sb, u64 new_gen, u8 missing, u8 state);

#endif
