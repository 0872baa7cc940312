// SPDX-License-Identifier: GPL-2.0
/* From a command to the loop; see start.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../dm/mapdev.h"
#include "actor.h"
#include "guard.h"
#include "home.h"
#include "line.h"
#include "loop.h"
#include "say.h"
#include "serve.h"
#include "start.h"
#include "uevent.h"
#include "watch.h"

static enum err_code sys_error(struct err *e, const char *what)
{
	return err_set(e, ERR_IO, "%s: %s", what, strerror(errno));
}

static int open_file(const char *path, int flags, struct err *e)
{
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		sys_error(e, path);
	return fd;
}

/* ---- from a monitor that runs ---- */

static void take_line(const char *text)
{
	uint64_t number, ms, level;
	char kind[8];

	line_word(&text, kind, sizeof(kind));
	text += strspn(text, " ");
	if (!strcmp(kind, "volume")) {
		watch_take_over(text);
	} else if (!strcmp(kind, "log") && line_word_num(&text, &number) &&
		   line_word_num(&text, &ms) && line_word_num(&text, &level)) {
		text += strspn(text, " ");
		say_again((uint32_t)level, ms, text);
	}
}

/* When its end of the connection is closed, so is its socket. */
static enum err_code take_over(struct err *e)
{
	char text[SERVE_PACKET];
	int fd = serve_connect();
	ssize_t len;

	if (fd == -ECONNREFUSED)
		return ERR_OK;
	if (fd < 0 || send(fd, "takeover", 8, MSG_NOSIGNAL) < 0) {
		err_set(e, ERR_CONFLICT, "the monitor that runs does not answer: %s",
			strerror(fd < 0 ? -fd : errno));
		if (fd >= 0)
			close(fd);
		return ERR_CONFLICT;
	}
	while ((len = recv(fd, text, sizeof(text) - 1, 0)) > 0) {
		text[len] = '\0';
		take_line(text);
	}
	close(fd);
	return ERR_OK;
}

/* ---- descriptors ---- */

static int open_timer(struct err *e)
{
	const struct itimerspec every = { .it_interval.tv_sec = LOOP_TICK,
					  .it_value.tv_sec = LOOP_TICK };
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &every, NULL))
		sys_error(e, "timerfd");
	return fd;
}

static int open_signals(struct err *e)
{
	sigset_t all;
	int fd;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	fd = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		sys_error(e, "signalfd");
	return fd;
}

static enum err_code open_all(struct loop_fds *fds, struct err *e)
{
	fds->listen = serve_open();
	if (fds->listen == -EADDRINUSE)
		return err_set(e, ERR_CONFLICT,
			       "a monitor runs already (varyon ping); varyon monitor --takeover replaces it");
	if (fds->listen < 0)
		return err_set(e, ERR_IO, "socket: %s", strerror(-fds->listen));
	fds->uevents = uevent_open();
	fds->control = open_file("/dev/mapper/control", O_RDWR, e);
	fds->sysfs = open_file("/sys/dev/block", O_RDONLY | O_DIRECTORY, e);
	fds->timer = open_timer(e);
	fds->signals = open_signals(e);
	say_init(open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NONBLOCK));
	return e->code;
}

/* No terminal, no file system but the one it came from, no session of a user. */
static void detach(void)
{
	guard_detach();
	if (chdir("/"))
		say(4, "cannot leave the working directory");
}

/* ---- start ---- */

/*
 * What ends all processes before a new root is entered or the machine goes down
 * spares those whose command line begins so. Only who needs nothing of the root
 * file system may ask for that.
 */
static enum err_code stay(char *title, struct err *e)
{
	*title = '@';
	return home_move_in(e);
}

/* With the number of the process: so the log tells whether it was the same one all the time. */
static void say_self(pid_t self, const char *before, const char *after)
{
	char text[64];
	struct line l = LINE(text);

	line_str(&l, before);
	line_num(&l, (uint64_t)self);
	line_str(&l, after);
	say(6, text);
}

static enum err_code run(const struct monitor_opts *o, int ready, struct err *e)
{
	const pid_t self = getpid();
	struct loop_fds fds;
	const char *note;
	bool oom, limited;
	enum err_code code;

	oom = guard_oom();
	code = o->initramfs ? stay(o->title, e) : ERR_OK;
	if (!code && o->take_over)
		code = take_over(e);
	if (!code)
		code = open_all(&fds, e);
	/* before memory is locked: then what the two share is ours alone again */
	fds.actor = !code && o->job ? actor_start(o->job, fds.listen) : -1;
	if (!code)
		code = guard_memory(&note, e);
	if (code)
		return code;
	detach();
	if (fds.uevents < 0)
		say(4, "monitor: does not notice disks that come; varyonvg takes copies back");
	if (o->job && fds.actor < 0)
		say(4, "monitor: cannot start its actor; varyonvg takes copies back");
	if (!oom)
		say(4, "monitor: may be ended when memory runs out");
	if (note)
		say(4, note);
	loop_begin(&fds);
	limited = guard_calls();
	if (!limited)
		say(5, "monitor: this kernel cannot limit its system calls");
	loop_limited(limited);
	say_self(self, "monitor: watching, process ", "");
	if (ready >= 0) {
		if (write(ready, "\n", 1) < 0)
			say(5, "monitor: nobody waited for it");
		close(ready);
	}
	loop_run();
	say_self(self, "monitor: process ", " has ended");
	_exit(0);
}

/* The child runs; we wait until it is ready, or has said why it is not. */
static enum err_code run_in_background(const struct monitor_opts *o, struct err *e)
{
	int pipe_fd[2], status;
	pid_t pid;
	char byte;

	if (pipe(pipe_fd))
		return sys_error(e, "pipe");
	pid = fork();
	if (pid < 0)
		return sys_error(e, "fork");
	if (!pid) {
		close(pipe_fd[0]);
		return run(o, pipe_fd[1], e);
	}
	close(pipe_fd[1]);
	status = read(pipe_fd[0], &byte, 1) == 1 ? 0 : -1;
	close(pipe_fd[0]);
	if (!status)
		_exit(0);
	/* it has told why, with the same text that we would */
	waitpid(pid, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : ERR_FAILED);
}

enum err_code monitor_start(const struct monitor_opts *o, struct err *e)
{
	enum err_code code = ERR_OK;

	if (!o->allow_disk)
		code = guard_place(e);
	if (!code)
		code = mapdev_need_target("varyon-mirror", e);
	if (code)
		return code;
	return o->background ? run_in_background(o, e) : run(o, -1, e);
}
