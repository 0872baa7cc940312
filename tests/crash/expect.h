/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a volume may hold after a crash, told from the recording alone. Nothing
 * here knows how the module keeps its promises.
 */
#ifndef CRASH_EXPECT_H
#define CRASH_EXPECT_H

#include "history.h"

/*
 * How old contents are: of the writes of line n (struct op), each that is
 * durable at since[n] is there, none that was begun after until[n].
 */
struct age {
	uint32_t since[2], until[2];
};

enum leg_state {
	LEG_CURRENT,		/* has everything */
	LEG_LOST,		/* went away, and is as old as it was then */
	LEG_JOINING,		/* is being brought up to date, and must not lead */
	LEG_SPLIT,		/* a copy with a life of its own */
	LEG_NONE		/* not of the volume */
};

/* The volume after a crash at a position, as the volume group would know it. */
struct view {
	enum leg_state state[MAX_LEGS];
	struct age age[MAX_LEGS];	/* of each leg, if it leads */
	struct age current;		/* of the volume */
	unsigned int used, split, discard;	/* legs: of the table line */
	/* of a RAID5 */
	bool logged;		/* its row log has begun, for the leg that was lost */
	bool always;		/* ... for whichever leg is missing */
	bool clean, dirty;	/* surely; neither: who knows */
};

struct view view_at(const struct history *h, uint32_t at);

/* What starting with some legs must come to. */
struct promise {
	bool must_start, must_refuse;
	bool current;		/* one of the legs has everything */
	unsigned int n;		/* the contents fit one of these ages */
	struct age age[MAX_LEGS + 1];
};

struct promise promise_of(const struct history *h, const struct view *v, unsigned int mask);

#define PROBE_OP	(1ULL << 40)	/* writes after the crash are numbered from here */
#define UNREADABLE_OP	(1ULL << 41)	/* stands for a sector that could not be read */

/*
 * The first sector of `data` (the whole volume) that does not fit the age, and
 * why, in `why`; -1 when all do. Sectors written after the crash, or unreadable,
 * fit.
 */
int64_t expect_check(const struct history *h, const struct age *age, const unsigned char *data,
		     char why[160]);

#endif
