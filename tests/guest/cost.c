// SPDX-License-Identifier: GPL-2.0
/*
 * cost - run a command and say what it took
 *
 *	cost COMMAND [ARGUMENT]...
 *
 * Prints "ms=N ns=N cpu_ms=N rss_kib=N" on the last line of standard output:
 * the time that passed, in two units, the CPU time, and the most memory it had
 * at once. Ends with the command's exit status, 127 when it cannot be run.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long ms_of(struct timeval t)
{
	return t.tv_sec * 1000LL + t.tv_usec / 1000;
}

int main(int argc, char **argv)
{
	struct timespec a, b;
	long long ns;
	struct rusage u;
	int status;
	pid_t pid;

	if (argc < 2) {
		fprintf(stderr, "usage: cost COMMAND [ARGUMENT]...\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &a);
	pid = fork();
	if (!pid) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &u) != pid)
		return 127;
	clock_gettime(CLOCK_MONOTONIC, &b);
	ns = (b.tv_sec - a.tv_sec) * 1000000000LL + (b.tv_nsec - a.tv_nsec);
	printf("ms=%lld ns=%lld cpu_ms=%lld rss_kib=%ld\n", ns / 1000000, ns,
	       ms_of(u.ru_utime) + ms_of(u.ru_stime), u.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
