/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a volume may hold after a crash, told from the recording alone. Nothing
 * here knows how the module keeps its promises.
 */
#ifndef CRASH_EXPECT_H
#define CRASH_EXPECT_H

#include "history.h"

/*
 * How old a leg is at a crash. Every write that is durable at `since` is on
 * it, none that was begun after `until`.
 */
struct leg_age {
	enum { LEG_CURRENT, LEG_LOST, LEG_JOINING } state;
	uint32_t since, until;
};

/* Of leg l, after a crash at position `at`. */
struct leg_age leg_age(const struct history *h, unsigned int leg, uint32_t at);

/* What starting with some legs after a crash must come to. */
struct promise {
	bool must_start;
	bool current;		/* one of the legs has everything */
	unsigned int n;		/* the contents fit one of these ages */
	struct leg_age age[MAX_LEGS + 1];
};

struct promise promise_of(const struct history *h, unsigned int mask, uint32_t at);

#define PROBE_OP	(1ULL << 40)	/* writes after the crash are numbered from here */

/*
 * The first sector of `data` (the whole volume) that does not fit the age, and
 * why, in `why`; -1 when all do. Sectors written after the crash fit.
 */
int64_t expect_check(const struct history *h, const struct leg_age *age,
		     const unsigned char *data, char why[160]);

#endif
