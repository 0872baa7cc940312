// SPDX-License-Identifier: GPL-2.0
/*
 * The loop of the monitor. Neither this file nor what it calls allocates
 * memory, opens a file or makes a call that waits for a disk; tests/static/run
 * looks at the symbols, guard_calls() at the system calls.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include "actor.h"
#include "guard.h"
#include "jobs.h"
#include "loop.h"
#include "say.h"
#include "serve.h"
#include "uevent.h"
#include "watch.h"

#define PATIENCE_MS	500	/* between looks at clients who do not read */
#define HOLD_MAX	86400	/* seconds */

enum {
	P_CONTROL, P_TIMER, P_SIGNALS, P_UEVENTS, P_ACTOR, P_CLIENTS,
	P_MAX = P_CLIENTS + SERVE_CLIENTS + 1
};

static struct loop_fds fd;
static struct {
	int pid;
	bool limited, look, all, end;
	bool blind;		/* do not wait for the control device before the next tick */
	uint64_t passes;
} state;
static struct jobs jobs;

/* ---- what the watch tells ---- */

static struct event_volume told_of(const struct volume *v)
{
	return (struct event_volume){ v->name, v->columns, &v->status };
}

static void on_event(const struct volume *v, const struct event *ev)
{
	struct event_volume of = told_of(v);
	char text[RING_TEXT], vgid[WATCH_VGID];
	struct line l = LINE(text);

	event_text(&l, &of, ev->slot < VY_MAX_SLOTS ? v->pv[ev->slot] : "", ev);
	say(event_level(ev), text);
	if (event_job(ev) == JOB_LOST && !v->side) {
		watch_vgid(v, vgid);
		jobs_lost(&jobs, vgid);
	}
}

/* One that lacks nothing is worth a line in our own log only. */
static void on_first(const struct volume *v)
{
	struct event_volume of = told_of(v);
	char text[RING_TEXT];
	struct line l = LINE(text);

	event_summary(&l, &of);
	say_quietly(6, text);
}

static void on_gone(const struct volume *v)
{
	char text[RING_TEXT];
	struct line l = LINE(text);

	line_volume(&l, v->name);
	line_str(&l, ": is not active any more");
	say_quietly(6, text);
}

static void on_trouble(const char *text)
{
	say(4, text);
}

/* ---- requests ---- */

static void on_ping(struct line *l)
{
	line_pair(l, "pid", (uint64_t)state.pid);
	line_pair(l, "volumes", watch_count());
	line_pair(l, "passes", state.passes);
	line_pair(l, "lines", say_ring()->next ? say_ring()->next - 1 : 0);
	line_pair(l, "kmsg_lost", say_lost());
	line_pair(l, "stack", guard_stack_used());
	line_pair(l, "stack_size", guard_stack_size());
	line_pair(l, "limited", state.limited);
	line_pair(l, "actor", fd.actor >= 0);
	line_pair(l, "jobs_waiting", jobs_waiting(&jobs));
	line_pair(l, "jobs_running", jobs.running != NULL);
	line_pair(l, "held", jobs_held(&jobs, now_ms()));
}

static void on_rescan(void)
{
	state.look = state.all = true;
}

/* hold SECONDS, release: whoever changes volumes keeps us from doing so, too. */
static bool on_other(const char *verb, const char *rest, struct line *answer)
{
	uint64_t seconds;

	if (!strcmp(verb, "release")) {
		jobs_hold(&jobs, 0);
	} else if (!strcmp(verb, "hold")) {
		if (!line_word_num(&rest, &seconds) || !seconds || seconds > HOLD_MAX) {
			line_str(answer, "error hold for 1 to 86400 seconds");
			return true;
		}
		jobs_hold(&jobs, now_ms() + seconds * 1000);
	} else {
		return false;
	}
	line_str(answer, jobs.running ? "busy" : "idle");
	return true;
}

/* ---- the actor ---- */

static void actor_gone(void)
{
	say(4, "monitor: its actor has ended; copies are not taken back any more until: varyon monitor --takeover");
	close(fd.actor);
	fd.actor = -1;
	jobs_done(&jobs, false);
}

static void read_actor(void)
{
	char packet[ACTOR_PACKET];
	const char *rest;
	uint64_t status;
	ssize_t len;

	while ((len = recv(fd.actor, packet, sizeof(packet) - 1, MSG_DONTWAIT)) > 0) {
		packet[len] = '\0';
		if (!strncmp(packet, "say ", 4)) {
			say(5, packet + 4);
			continue;
		}
		rest = packet + strlen("end ");
		jobs_done(&jobs, line_word_num(&rest, &status) && status == ACTOR_PUT_OFF);
	}
	if (!len)
		actor_gone();
}

static void ask_actor(void)
{
	char request[ACTOR_PACKET];
	struct line l = LINE(request);

	if (fd.actor < 0)
		return;
	if (jobs_late(&jobs, now_ms()))
		say(4, "monitor: its actor has been busy for a minute; a disk may not answer, or be locked by a command");
	if (jobs_next(&jobs, now_ms(), &l) &&
	    send(fd.actor, request, l.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		actor_gone();
}

/* Devices of our own come and go with what we do. */
static bool is_ours(unsigned int major, unsigned int minor)
{
	return watch_is_dm(major) && !watch_foreign_dm(major, minor);
}

/* ---- the loop ---- */

static void read_timer(void)
{
	uint64_t n;

	if (read(fd.timer, &n, sizeof(n)) != sizeof(n))
		return;
	state.look = state.all = true;
}

static void read_signals(void)
{
	struct signalfd_siginfo info;

	while (read(fd.signals, &info, sizeof(info)) == sizeof(info))
		state.end |= info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT;
}

static void look(void)
{
	bool all = state.all;

	state.look = state.all = false;
	state.passes++;
	state.blind = !watch_pass(all);
	jobs_health_begin(&jobs);
	for (unsigned int i = 0; i < WATCH_MAX; i++) {
		const struct volume *v = watch_volume(i);
		char vgid[WATCH_VGID];

		if (!v || !v->mirror || v->side)
			continue;
		watch_vgid(v, vgid);
		jobs_health(&jobs, vgid, event_degraded(&v->status), v->suspended);
	}
	jobs_health_end(&jobs, now_ms());
}

static void turn(void)
{
	struct timespec patience = { 0, PATIENCE_MS * 1000000L };
	struct pollfd p[P_MAX] = {
		[P_CONTROL] = { .fd = state.blind ? -1 : fd.control, .events = POLLIN },
		[P_TIMER] = { .fd = fd.timer, .events = POLLIN },
		[P_SIGNALS] = { .fd = fd.signals, .events = POLLIN },
		[P_UEVENTS] = { .fd = fd.uevents, .events = POLLIN },
		[P_ACTOR] = { .fd = fd.actor, .events = POLLIN },
	};
	enum serve_end end;

	serve_poll(p + P_CLIENTS);
	if (ppoll(p, P_MAX, serve_busy() ? &patience : NULL, NULL) < 0)
		return;
	state.look |= p[P_CONTROL].revents || p[P_UEVENTS].revents;
	if (p[P_TIMER].revents)
		read_timer();
	if (p[P_SIGNALS].revents)
		read_signals();
	end = serve_run(p + P_CLIENTS);
	state.end |= end != SERVE_GOES_ON;
	if (state.end)
		return;
	if (state.look)
		look();
	/* after the look, which tells whose devices they are */
	if (p[P_UEVENTS].revents && uevent_read(fd.uevents, is_ours))
		jobs_disk_came(&jobs);
	if (p[P_ACTOR].revents)
		read_actor();
	ask_actor();
}

void loop_begin(const struct loop_fds *fds)
{
	static const struct watch_ops watch = {
		.event = on_event, .first = on_first, .gone = on_gone, .trouble = on_trouble,
	};
	static const struct serve_ops serve = {
		.ping = on_ping, .other = on_other, .rescan = on_rescan,
	};

	fd = *fds;
	state.pid = getpid();
	watch_init(fd.control, fd.sysfs, &watch);
	serve_init(fd.listen, &serve);
	look();
	/* what has come before there was a monitor */
	jobs_give_back(&jobs);
}

void loop_limited(bool limited)
{
	state.limited = limited;
}

void loop_run(void)
{
	ask_actor();
	while (!state.end)
		turn();
}
