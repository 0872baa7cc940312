/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happened to a volume between two looks at its status line, what is said
 * about it and what is to be done. Pure: the policy of the monitor is a table.
 */
#ifndef VARYON_EVENT_H
#define VARYON_EVENT_H

#include "../dm/status.h"
#include "line.h"

enum event_kind {
	EVENT_LOST,		/* a copy that was in use failed */
	EVENT_LEFT,		/* ... was taken away by a command */
	EVENT_BACK,		/* a copy is brought up to date */
	EVENT_IN_SYNC,		/* ... or needs nothing any more */
	EVENT_SPLIT,		/* a copy was split off */
	EVENT_NONE_LEFT,	/* no copy can be used */
	EVENT_WHOLE,		/* all copies are in sync again */
	EVENT_ERRORS,		/* read errors, or write errors without a loss */
	EVENT_RELOCATED,	/* bad blocks got spare ones */
	EVENT_BAD_PLACES,	/* a member has places that cannot be written */
	EVENT_WORK_BEGUN,	/* resync after a crash, check or repair */
	EVENT_WORK_DONE,
	EVENT_FROZEN,		/* recovery is held back (no_resync) */
	EVENT_KINDS
};

/* What the actor is to do about it. */
enum event_job {
	JOB_NONE,
	JOB_LOST,		/* write down which PVs are missing; take a hot spare if wanted */
};

struct event {
	enum event_kind kind;
	unsigned int slot;	/* of the copy; VY_MAX_SLOTS: of the volume as a whole */
	uint64_t reads, writes;	/* errors since the look before */
	uint64_t count;		/* regions to copy, blocks relocated, sectors that differ */
	char work[16];		/* resync, check, repair */
};

#define EVENT_MAX	(4 * VY_MAX_SLOTS)

/*
 * What changed from old to now, in the order in which it is to be told. old
 * NULL: the volume is seen for the first time; then what is not as it should
 * be is told. ev holds EVENT_MAX. Returns how many.
 */
unsigned int event_diff(const struct mirror_status *old, const struct mirror_status *now,
			struct event *ev);

unsigned int event_level(const struct event *ev);	/* as of the kernel's log */
enum event_job event_job(const struct event *ev);

/* Of whom it is told. */
struct event_volume {
	const char *name;	/* of the device: VG-LV */
	bool columns;		/* RAID5: its legs are no copies */
	const struct mirror_status *now;
};

/*
 * One line about it: the volume, the copy or column, the cause and the next step.
 * pv: the disk of the leg.
 */
void event_text(struct line *l, const struct event_volume *v, const char *pv,
		const struct event *ev);

/* How the volume stands, in a few words. */
void event_summary(struct line *l, const struct event_volume *v);

/* Some copy is away or failed, and was not split off on purpose. */
bool event_degraded(const struct mirror_status *st);

#endif
