/* SPDX-License-Identifier: GPL-2.0 */
/* Asking the monitor that runs, and what it has done. */
#ifndef VARYON_COMMANDS_MONITOR_H
#define VARYON_COMMANDS_MONITOR_H

#include "../lib/err.h"

/*
 * Send a request and call each() for every line of the answer; NULL: nothing
 * is wanted of it. ERR_NOTFOUND: no monitor runs; ERR_FAILED: it refuses.
 */
enum err_code monitor_ask(const char *request, void (*each)(const char *line, void *data),
			  void *data, struct err *e);

/*
 * What the monitor's actor does about a VG: "lost VGID" writes down which PVs
 * are missing and lets hot spares take their place, "return VGID" takes copies
 * back whose disks are here. What is to be said goes to standard error; returns an
 * exit status, ACTOR_PUT_OFF if a volume of the VG was suspended.
 */
int monitor_job(const char *request);

#endif
