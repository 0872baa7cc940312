/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is to be done for which VG, and when: one job at a time, each VG at most
 * once. Pure; the time is given. A copy that fails again soon after it was taken
 * back waits twice as long each time, so that a dying disk does not keep the
 * machine busy.
 */
#ifndef VARYON_JOBS_H
#define VARYON_JOBS_H

#include <stdbool.h>
#include <stdint.h>
#include "line.h"

#define JOBS_VGS	64
#define JOBS_VGID	33
#define JOBS_PAUSE_MIN	5000		/* ms between two jobs that take copies back */
#define JOBS_PAUSE_MAX	3600000
#define JOBS_WHOLE	600000		/* ms of good health until the pause is short again */
#define JOBS_LATE	60000		/* ms until a job is said to take long */

struct jobs_vg {
	char vgid[JOBS_VGID];		/* "": free */
	bool lost, give_back;		/* wanted */
	bool degraded;
	bool put_off;			/* a job found a volume suspended */
	bool came;			/* a disk has, since the last loss */
	bool seen, lacks, waits;	/* in this round: some volume does */
	uint64_t whole_since;
	uint64_t not_before, pause;	/* of taking back */
};

struct jobs {
	struct jobs_vg vg[JOBS_VGS];
	struct jobs_vg *running;	/* NULL: none */
	uint64_t started;
	bool told_late;
	uint64_t held_until;		/* 0: not held */
};

/*
 * A copy of the VG was lost: write down which PVs are missing, take a hot spare. If
 * a disk has come before, it may be the very one: a volume that nobody writes to
 * notices late that its disk was pulled, and that it was plugged in again never.
 */
void jobs_lost(struct jobs *j, const char *vgid);

/*
 * How the VGs stand now: begin, then a call for each volume, then the end. A VG
 * of which there is no volume is forgotten. What was put off while a volume was
 * suspended is wanted again when none is, if a copy is lacking still.
 */
void jobs_health_begin(struct jobs *j);
void jobs_health(struct jobs *j, const char *vgid, bool degraded, bool suspended);
void jobs_health_end(struct jobs *j, uint64_t now);

/* Take back what VGs lack now, as when a disk has come. */
void jobs_give_back(struct jobs *j);

/* A disk has come: every VG that lacks a copy may get it back. */
void jobs_disk_came(struct jobs *j);

/*
 * The next job that may run now, as a request to the actor; it counts as
 * running then. False: none.
 */
bool jobs_next(struct jobs *j, uint64_t now, struct line *request);

/* The job that was running has ended; put_off: it passed over a suspended volume. */
void jobs_done(struct jobs *j, bool put_off);

/* The job that runs has been doing so for long, which was not told yet. */
bool jobs_late(struct jobs *j, uint64_t now);

/* Begin no job until then (0: at once). */
void jobs_hold(struct jobs *j, uint64_t until);
bool jobs_held(const struct jobs *j, uint64_t now);

/* How many VGs have something to be done. */
unsigned int jobs_waiting(const struct jobs *j);

#endif
