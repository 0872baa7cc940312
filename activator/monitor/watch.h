/* SPDX-License-Identifier: GPL-2.0 */
/* The volumes that are active, and how they stood when they were last looked at. */
#ifndef VARYON_WATCH_H
#define VARYON_WATCH_H

#include "event.h"

#define WATCH_MAX	512	/* volumes */
#define WATCH_NAME	128	/* device-mapper's own limits, with the NUL */
#define WATCH_UUID	73	/* VARYON-<32 hex>-<32 hex>, with the NUL */
#define WATCH_PV	40
#define WATCH_VGID	33

struct volume {
	bool used;
	bool seen;			/* in the list of this pass */
	bool mirror;			/* else linear, of which there is nothing to tell */
	bool suspended;
	bool asked;			/* nothing has happened since it was asked */
	bool columns;			/* RAID5: its legs are no copies */
	bool side;			/* a split copy: the others are not missed */
	char letters[VY_MAX_SLOTS + 1];	/* as the kernel gave them */
	uint64_t dev;
	uint32_t event_nr;
	char uuid[WATCH_UUID], name[WATCH_NAME];
	char pv[VY_MAX_SLOTS][WATCH_PV];	/* the disk of each slot, also when it is gone */
	struct mirror_status status;
};

struct watch_ops {
	void (*event)(const struct volume *v, const struct event *ev);
	void (*first)(const struct volume *v);	/* seen for the first time, before its events */
	void (*gone)(const struct volume *v);	/* was deactivated */
	void (*trouble)(const char *text);	/* what keeps us from looking; told once */
};

/* control_fd: /dev/mapper/control; sysfs_fd: /sys/dev/block. */
void watch_init(int control_fd, int sysfs_fd, const struct watch_ops *ops);

/*
 * Arm the control device, list all devices, ask those whose event number has
 * changed, and tell what happened. all: ask every volume. The caller then polls.
 * False: the control device does not answer as it should, and would wake the
 * poll at once.
 */
bool watch_pass(bool all);

/* The volumes, to be walked: i from 0 to WATCH_MAX - 1; NULL: none at i. */
const struct volume *watch_volume(unsigned int i);
unsigned int watch_count(void);

/* VGID in hex digits of a volume. */
void watch_vgid(const struct volume *v, char vgid[WATCH_VGID]);

/* Is it, as of the last pass, a mapped device that is none of ours? */
bool watch_foreign_dm(unsigned int major, unsigned int minor);

/* Is this the major number of mapped devices? */
bool watch_is_dm(unsigned int major);

/*
 * Take a volume over as another monitor left it, so that the next pass tells
 * what happened since. line: what watch_hand_over() wrote. False: not understood.
 */
bool watch_take_over(const char *line);

/* The volume in one line, status line and all. False: there is nothing to hand over. */
bool watch_hand_over(const struct volume *v, struct line *l);

#endif
