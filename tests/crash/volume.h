/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A varyon-mirror or varyon-raid5 on bare disks, through libdevmapper.
 */
#ifndef CRASH_VOLUME_H
#define CRASH_VOLUME_H

#include "history.h"

struct volume_status {
	char letters[MAX_LEGS + 1], action[16];
	char stale[MAX_LEGS * 21];	/* "N,N,...": regions that each leg lacks */
};

/* What a table line says, by leg. */
struct table {
	unsigned int used;	/* named at all */
	unsigned int present;	/* of these, with a disk */
	unsigned int split, discard;
	bool side;
	unsigned int resync_max;	/* KiB/s; 0: no bound */
};

/*
 * Make and resume the device; disk[n] is the path of leg n's disk. Returns 0 or
 * -errno; after an error there is no device.
 */
int volume_start(const struct history *h, const char *const *disk, const struct table *t);

/*
 * The sectors of the volume whose sum (exclusive or) leg `leg` has in its sector s:
 * one, or for a parity all of the row. Returns how many.
 */
unsigned int volume_sources(const struct history *h, unsigned int leg, uint64_t s,
			    uint64_t source[MAX_LEGS]);

/* Path of the device. */
const char *volume_path(void);

/* Ends the program when there is no device. */
void volume_status(struct volume_status *st);

/* Remove the device. Returns 0 or -errno. */
int volume_stop(void);

#endif
