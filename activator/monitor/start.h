/* SPDX-License-Identifier: GPL-2.0 */
/* Starting the monitor: all that may allocate, open files and fail. */
#ifndef VARYON_START_H
#define VARYON_START_H

#include <stdbool.h>
#include "../lib/err.h"

struct monitor_opts {
	bool background;	/* return when it is ready; it goes on by itself */
	bool allow_disk;	/* also when the program lies on a disk */
	bool take_over;		/* from a monitor that runs */
	bool initramfs;		/* goes on when the root file system is entered */
	char *title;		/* first character of the command line; may be changed */
	int (*job)(const char *request);	/* what the actor does; NULL: only watch */
};

/*
 * Be the monitor. Without background it does not return but after an error, and
 * ends the process. ERR_CONFLICT: there is a monitor, or the program lies on a
 * disk; ERR_KERNEL: no device-mapper.
 */
enum err_code monitor_start(const struct monitor_opts *o, struct err *e);

#endif
