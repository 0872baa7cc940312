/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What both walks share: options, one trial after the other, and the report of a
 * violation. A walk (walk.c, rows.c) supplies the functions of the first part.
 */
#ifndef SIM_TRIALS_H
#define SIM_TRIALS_H

#include "sim.h"

/* ---- of the walk ---- */

void walk_begin(void);		/* before the first trial */
void trial_begin(void);		/* the seed is set */
bool trial_over(void);		/* before its steps are used up */
void trial_step(void);
void trial_end(void);		/* its steps are used up; no violation so far */
/* Two lines about all of them; took: seconds. */
void walk_report(uint64_t trials, uint64_t steps, double took);

/* ---- for the walk ---- */

unsigned int one_of(const unsigned int *list, unsigned int n);

#define ONE_OF(...) \
	one_of((const unsigned int []){ __VA_ARGS__ }, \
	       sizeof((const unsigned int []){ __VA_ARGS__ }) / sizeof(unsigned int))

/* How the simulated kernel goes about its work in this trial. */
void manner_choose(unsigned int legs, bool short_of_memory);

#endif
