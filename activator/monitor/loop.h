/* SPDX-License-Identifier: GPL-2.0 */
/* The loop of the monitor: everything after the start, and nothing that can wait. */
#ifndef VARYON_LOOP_H
#define VARYON_LOOP_H

#include <stdbool.h>

struct loop_fds {		/* none is blocking */
	int control;		/* /dev/mapper/control */
	int sysfs;		/* /sys/dev/block */
	int timer;		/* ticks every LOOP_TICK seconds */
	int signals;		/* signalfd of all signals */
	int listen;		/* serve_open() */
	int uevents;		/* uevent_open(); negative: disks that come are not noticed */
	int actor;		/* actor_start(); negative: there is none */
};

#define LOOP_TICK	5	/* seconds */

/* Look at all volumes for the first time. */
void loop_begin(const struct loop_fds *fds);

/* For who asks: did guard_calls() succeed? */
void loop_limited(bool limited);

/* Until the end is asked for. */
void loop_run(void);

#endif
