// SPDX-License-Identifier: GPL-2.0
/*
 * crashload - writes whose history is known to the last detail
 *
 *	crashload [OPTION]... DEVICE START+SECTORS...
 *
 * Random writes to the areas named, by several threads, some with FUA, with a
 * flush now and then. What it does goes into the kernel's trace, which orders
 * it among the requests of the legs:
 *
 *	w OP SECTOR COUNT FUA LINE	before write OP is submitted
 *	d OP				it has succeeded
 *	e OP				it has failed
 *	f FLUSH LINE, F FLUSH		before a flush, and after it has succeeded
 *
 * --first N	number of the first write and flush; default 1
 * --seed N	of the randomness
 * --threads N	writers, each with sectors of its own; default 4, at most 16
 * --count N	writes of all threads together; default: until SIGTERM
 * --group N	sectors that belong to one thread, the most that one write has; default 32
 * --flush N	one of N is a flush, default 8; 0: no flush, and no FUA
 * --pace US	wait so long after each write
 * --line N	0, or 1 for a copy that was split off: goes into the marks
 * --errors	go on when a write or flush fails
 *
 * Prints the first number that is free afterwards. Exit status: 0; 1 when I/O
 * failed, 2 for wrong usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "stamp.h"

#define MAX_THREADS	16
#define MAX_AREAS	8
#define MARKER		"/sys/kernel/tracing/trace_marker"

struct area {
	uint64_t start, groups;
};

static struct {
	struct area area[MAX_AREAS];
	unsigned int areas;
	uint64_t groups;		/* of all areas */
	uint64_t seed, first, count;
	unsigned int threads, group, flush, pace, line;
	bool errors;
	const char *path;
	int fd, fua_fd, marker;
} load = { .seed = 1, .first = 1, .count = UINT64_MAX, .threads = 4, .group = 32, .flush = 8 };

static atomic_uint_fast64_t taken;	/* numbers given out */
static atomic_bool stop, failed;

static void __attribute__((format(printf, 1, 2))) mark(const char *fmt, ...)
{
	char text[96];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (write(load.marker, text, n) != n) {
		perror(MARKER);
		exit(1);
	}
}

static bool went_wrong(const char *what)
{
	if (!load.errors) {
		fprintf(stderr, "crashload: %s: %s: %s\n", load.path, what, strerror(errno));
		atomic_store(&failed, true);
		atomic_store(&stop, true);
	}
	return false;
}

static uint64_t group_start(uint64_t group)
{
	unsigned int i = 0;

	while (group >= load.area[i].groups)
		group -= load.area[i++].groups;
	return load.area[i].start + group * load.group;
}

static bool do_write(uint64_t op, struct stamp *buf, uint64_t sector, unsigned int count, bool fua)
{
	ssize_t bytes = (ssize_t)count * SECTOR;
	unsigned int i;

	for (i = 0; i < count; i++)
		stamp_fill(&buf[i], sector + i, op);
	mark("w %" PRIu64 " %" PRIu64 " %u %d %u", op, sector, count, fua, load.line);
	if (pwrite(fua ? load.fua_fd : load.fd, buf, bytes, sector * SECTOR) != bytes) {
		mark("e %" PRIu64, op);
		return went_wrong("write");
	}
	mark("d %" PRIu64, op);
	return true;
}

static bool do_flush(uint64_t number)
{
	mark("f %" PRIu64 " %u", number, load.line);
	if (fsync(load.fd))
		return went_wrong("flush");
	mark("F %" PRIu64, number);
	return true;
}

static void *writer(void *arg)
{
	unsigned int thread = (uintptr_t)arg;
	uint64_t state = load.seed << 8 ^ thread, own = load.groups / load.threads, number;
	struct stamp *buf;

	if (posix_memalign((void **)&buf, 4096, load.group * SECTOR))
		exit(1);
	while (!atomic_load(&stop)) {
		uint64_t group = random_next(&state) % own * load.threads + thread;
		unsigned int count = random_next(&state) % 4 ? random_next(&state) % 8 + 1 :
							       random_next(&state) % load.group + 1;
		uint64_t sector = group_start(group) +
				  random_next(&state) % (load.group - count + 1);
		bool flush = load.flush && !(random_next(&state) % load.flush);
		bool fua = load.flush && !(random_next(&state) % 8);

		number = atomic_fetch_add(&taken, 1);
		if (number >= load.count)
			break;
		number += load.first;
		if (flush)
			do_flush(number);
		else
			do_write(number, buf, sector, count, fua);
		if (load.pace)
			usleep(load.pace);
	}
	free(buf);
	return NULL;
}

static void on_term(int sig)
{
	(void)sig;
	atomic_store(&stop, true);
}

static void usage(void)
{
	fputs("usage: crashload [OPTION]... DEVICE START+SECTORS...\n", stderr);
	exit(2);
}

static void parse(int argc, char **argv)
{
	static const struct option options[] = {
		{ "first", required_argument, NULL, 'i' },
		{ "seed", required_argument, NULL, 's' },
		{ "threads", required_argument, NULL, 't' },
		{ "count", required_argument, NULL, 'c' },
		{ "group", required_argument, NULL, 'g' },
		{ "flush", required_argument, NULL, 'f' },
		{ "pace", required_argument, NULL, 'p' },
		{ "line", required_argument, NULL, 'l' },
		{ "errors", no_argument, NULL, 'e' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		uint64_t n = optarg ? strtoull(optarg, NULL, 10) : 0;

		switch (c) {
		case 'i': load.first = n; break;
		case 's': load.seed = n; break;
		case 't': load.threads = n; break;
		case 'c': load.count = n; break;
		case 'g': load.group = n; break;
		case 'f': load.flush = n; break;
		case 'p': load.pace = n; break;
		case 'l': load.line = n; break;
		case 'e': load.errors = true; break;
		default: usage();
		}
	}
	if (optind >= argc || !load.group)
		usage();
	load.path = argv[optind++];
	for (; optind < argc && load.areas < MAX_AREAS; optind++) {
		struct area *a = &load.area[load.areas++];
		uint64_t sectors;

		if (sscanf(argv[optind], "%" SCNu64 "+%" SCNu64, &a->start, &sectors) != 2)
			usage();
		a->groups = sectors / load.group;
		load.groups += a->groups;
	}
	if (!load.threads || load.threads > MAX_THREADS || load.groups < load.threads)
		usage();
}

int main(int argc, char **argv)
{
	pthread_t id[MAX_THREADS];
	unsigned int t;

	parse(argc, argv);
	load.fd = open(load.path, O_RDWR | O_DIRECT);
	load.fua_fd = open(load.path, O_RDWR | O_DIRECT | O_DSYNC);
	load.marker = open(MARKER, O_WRONLY);
	if (load.fd < 0 || load.fua_fd < 0 || load.marker < 0) {
		perror(load.marker < 0 ? MARKER : load.path);
		return 1;
	}
	signal(SIGTERM, on_term);
	for (t = 0; t < load.threads; t++)
		if (pthread_create(&id[t], NULL, writer, (void *)(uintptr_t)t))
			return 1;
	for (t = 0; t < load.threads; t++)
		pthread_join(id[t], NULL);
	printf("%" PRIu64 "\n", load.first + atomic_load(&taken));
	return atomic_load(&failed);
}
