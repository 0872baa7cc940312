/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The socket of the monitor: an abstract one, so that no file is needed, and
 * its name is the lock that lets only one monitor run. A request is one packet of
 * text, the answer one packet for each line; then the connection ends. Only
 * root of our user namespace is answered.
 *
 *	ping		how the monitor itself does, "key=value ..."
 *	status		a line for each volume, see serve.c
 *	log FROM	"NUMBER MS LEVEL TEXT" for each message from number FROM on
 *	follow FROM	the same, and goes on with what is yet to come
 *	rescan		ask all volumes now
 *	takeover	what the next monitor has to know; then this one ends
 *	stop		this one ends
 *
 * What is refused is answered by "error TEXT".
 */
#ifndef VARYON_SERVE_H
#define VARYON_SERVE_H

#include <poll.h>
#include <stdbool.h>
#include "line.h"

#define SERVE_NAME	"varyon/monitor"	/* behind a NUL byte */
#define SERVE_CLIENTS	4
#define SERVE_PACKET	4096
#define SERVE_REQUEST	512

struct serve_ops {
	void (*ping)(struct line *l);
	/* A request that is not answered here; false: there is no such verb. */
	bool (*other)(const char *verb, const char *rest, struct line *answer);
	void (*rescan)(void);
};

enum serve_end {
	SERVE_GOES_ON,
	SERVE_STOP,		/* was told to end */
	SERVE_TAKEN_OVER	/* another monitor has all it needs */
};

/* Bind and listen. The descriptor, or -errno; -EADDRINUSE: a monitor runs. */
int serve_open(void);

/* Connect as a client: a blocking descriptor, or -errno; -ECONNREFUSED: no monitor runs. */
int serve_connect(void);

void serve_init(int listen_fd, const struct serve_ops *ops);

/* Fill p, which holds SERVE_CLIENTS + 1; returns how many. */
unsigned int serve_poll(struct pollfd *p);

/* Is somebody being answered, who must not keep a place for ever? */
bool serve_busy(void);

/* Do what the poll has told of p, in the same order. */
enum serve_end serve_run(const struct pollfd *p);

#endif
