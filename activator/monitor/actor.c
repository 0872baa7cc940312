// SPDX-License-Identifier: GPL-2.0
/* The process that does the work; see actor.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include "actor.h"
#include "guard.h"
#include "line.h"

static void tell(int fd, const char *word, const char *text)
{
	char packet[ACTOR_PACKET];
	struct line l = LINE(packet);

	line_str(&l, word);
	line_str(&l, text);
	/* nobody listens any more: the job is still done */
	if (send(fd, packet, l.len, MSG_NOSIGNAL) < 0)
		return;
}

static void tell_end(int fd, int status)
{
	char number[12];
	struct line l = LINE(number);

	line_num(&l, WIFEXITED(status) ? (uint64_t)WEXITSTATUS(status) : 255);
	tell(fd, "end ", number);
}

/* A command: it may be ended when memory runs out, before others are. */
static void work(int (*job)(const char *request), const char *request, int out)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "0", 1) == 1)
		close(fd);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	exit(job(request));
}

static void tell_lines(int fd, int from)
{
	FILE *f = fdopen(from, "r");
	char text[ACTOR_PACKET - 8];

	while (f && fgets(text, sizeof(text), f)) {
		text[strcspn(text, "\n")] = '\0';
		tell(fd, "say ", text);
	}
	if (f)
		fclose(f);
	else
		close(from);
}

static int carry_out(int (*job)(const char *request), const char *request, int fd)
{
	int lines[2], status = -1;
	pid_t pid;

	if (pipe2(lines, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid)
		work(job, request, lines[1]);
	close(lines[1]);
	tell_lines(fd, lines[0]);
	if (pid > 0 && waitpid(pid, &status, 0) != pid)
		status = -1;
	return status;
}

/* Until the monitor has gone. */
static void act(int (*job)(const char *request), int fd)
{
	char request[ACTOR_PACKET];
	ssize_t len;

	while ((len = recv(fd, request, sizeof(request) - 1, 0)) > 0) {
		request[len] = '\0';
		tell_end(fd, carry_out(job, request, fd));
	}
	_exit(0);
}

/* Nobody's terminal, signals as usual, and in memory: it has to work while that is short. */
static void settle_in(void)
{
	sigset_t none;

	guard_detach();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* a job that is under way ends well, also when nobody listens any more */
	signal(SIGPIPE, SIG_IGN);
	mlockall(MCL_CURRENT | MCL_FUTURE);
	/* and its children: who makes a volume work again may not wait for it to get memory */
	prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
}

int actor_start(int (*job)(const char *request), int close_fd)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return -EAGAIN;
	}
	if (!pid) {
		close(ends[0]);
		close(close_fd);
		settle_in();
		act(job, ends[1]);
	}
	close(ends[1]);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return ends[0];
}
