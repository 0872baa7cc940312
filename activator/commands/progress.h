/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Waiting for the kernel to copy, with a line now and then about how far it
 * is. Nothing is locked meanwhile, and nothing depends on the waiting: who is
 * interrupted here interrupts nothing.
 */
#ifndef VARYON_PROGRESS_H
#define VARYON_PROGRESS_H

#include "cmd.h"

struct progress {
	const char *command;
	bool show;		/* say how far it is: on standard error */
	bool json;		/* a JSON object a line instead, on standard output */
	const char *again;	/* what to do after an interruption, for the message */
};

/* What is needed to watch an LV after the scan has ended. */
struct watch {
	char *name;				/* VG/LV */
	char uuid[NAME_UUID_LEN];
	uint64_t region;			/* bytes */
	unsigned int slots;			/* that must be in sync; a mask */
	char *leg[VY_MAX_SLOTS];		/* "copy 2 on vdb", of these */
};

/*
 * Watch every copy of an LV that is not split off, or copy c alone. End it
 * with watch_free().
 */
void watch_lv(struct watch *w, const struct vg *vg, const struct vg_lv *lv);
void watch_copy(struct watch *w, const struct vg *vg, const struct vg_lv *lv, unsigned int c);
void watch_free(struct watch *w);

/*
 * Until all that is watched is in sync. ERR_FAILED: interrupted, or recovery
 * is held; ERR_IO: a leg has failed or is missing, which the text names.
 */
enum err_code progress_sync(const struct progress *p, const struct watch *w, struct err *e);

/* Until a check or repair has ended; *mismatches: sectors that were not equal. */
enum err_code progress_check(const struct progress *p, const struct watch *w,
			     uint64_t *mismatches, struct err *e);

#endif
