/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who does what may wait for disks: a process of its own, so that it may stand
 * still, allocate or die without the monitor. It is asked over a socket, and has
 * a child of its own for each job, which is a command like any other.
 */
#ifndef VARYON_ACTOR_H
#define VARYON_ACTOR_H

#include <stdbool.h>

#define ACTOR_PACKET	512	/* of a request, and of a line that it answers */
#define ACTOR_PUT_OFF	75	/* status of a job that passed over a suspended volume */

/*
 * Start it. job() carries out one request, in a process that ends with what it
 * returns; what it prints is told line by line. Returns the monitor's end of
 * the socket, which does not block, or -errno. close_fd: a descriptor that the
 * actor must not keep.
 *
 * What comes back are packets: "say TEXT" for a line, "end STATUS" when the job
 * is done. No more packets: the actor is gone.
 */
int actor_start(int (*job)(const char *request), int close_fd);

#endif
