// SPDX-License-Identifier: GPL-2.0
/*
 * iotool - put load on a block device and check afterwards what it holds
 *
 *	iotool fill DEVICE START SECTORS SEED
 *		write a pattern that depends on SEED and the place
 *	iotool check DEVICE START SECTORS SEED
 *		that pattern is there
 *	iotool sum DEVICE START SECTORS
 *		print a 64-bit sum of the bytes
 *	iotool zeroes DEVICE START SECTORS
 *		there is nothing but zeroes
 *	iotool note DEVICE SECTORS FILE
 *		write to FILE a 64-bit sum of each of the first sectors
 *	iotool same DEVICE FILE
 *		the sectors are as note, or verify --after, found them
 *	iotool discard|zero DEVICE START SECTORS
 *		have the device discard, or zero, that range: one request
 *	iotool punch DEVICE START SECTORS
 *		the same as zero, but the device may give up the space for it
 *	iotool load [OPTION]... DEVICE SECTORS
 *		random writes over the first SECTORS of DEVICE
 *	iotool verify [OPTION]... DEVICE SECTORS DONE,DONE,...
 *		each sector holds what load, run with the same options, must have
 *		left there; DONE: for each thread the writes known to be flushed
 *
 * Options of load and verify:
 *	--seed N	of all randomness, not 0; default 1
 *	--threads N	writers, each with one write in flight; default 4, at most 64
 *	--count N	writes of each thread; default 1000
 *	--max N		sectors of the longest write, 1..128; default 16
 *	--flush N	writes of a thread between two flushes; default 16
 *	--retry		a write or flush that fails is tried again until it succeeds
 *	--reread	each write is read back at once (load only)
 *	--before FILE	what note found before the load: a sector holds that, or a write
 *			of the load; without, sectors that the load need not have written
 *			may hold anything (verify only)
 *	--after FILE	note what is there now (verify only)
 *
 * After each flush load prints "flushed THREAD WRITES" and at the end "done".
 * The device is dealt out to the threads in chunks of 128 sectors, so that
 * threads share zones and never sectors. Each sector carries its number and
 * the number of the write that put it there; so verify knows not only whether
 * a sector is whole, but whether it is from before the last flush, which is
 * lost data, or from a write that had not been flushed, which is allowed.
 *
 * All I/O is direct. Exit status: 0; 1 when data are wrong or an I/O failed,
 * with a line that says where; 2 for wrong usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* from linux/fs.h, which musl's wrapper does not find */
#define BLKDISCARD	_IO(0x12, 119)
#define BLKZEROOUT	_IO(0x12, 127)

#define SECTOR		512
#define CHUNK		128	/* sectors that belong to one thread */
#define MAX_THREADS	64
#define BUFFER		2048	/* sectors of a sequential transfer */

struct sector {			/* what load puts into each sector */
	uint64_t number;	/* where it belongs */
	uint32_t thread;
	uint32_t write;		/* 1 for the thread's first */
	uint64_t seed;
	uint64_t body[61];
};

struct load {
	uint64_t seed;
	uint32_t threads, count, max, flush;
	bool retry, reread;
	const char *before, *after;
	uint64_t sectors;
	int fd;
	const char *path;
};

struct place {
	uint64_t start;
	uint32_t sectors;
};

static void __attribute__((noreturn, format(printf, 2, 3)))
die(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("iotool: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

static uint64_t parse_number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text || *end)
		die(2, "'%s' is not a number", text);
	return n;
}

/* A step of xorshift64*: enough for data that must only differ. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

static uint64_t random_start(uint64_t a, uint64_t b)
{
	uint64_t state = (a + 1) * 0x9e3779b97f4a7c15ULL ^ (b + 1) * 0xbf58476d1ce4e5b9ULL;

	if (!state)
		state = 1;
	next_random(&state);
	return state;
}

static int device_open(const char *path, int flags)
{
	int fd = open(path, flags | O_DIRECT);

	if (fd < 0)
		die(1, "%s: %s", path, strerror(errno));
	return fd;
}

static void *buffer_new(uint32_t sectors)
{
	void *p;

	if (posix_memalign(&p, 4096, (size_t)sectors * SECTOR))
		die(1, "out of memory");
	return p;
}

static void sectors_read(int fd, const char *path, void *buf, uint64_t start, uint32_t sectors)
{
	size_t len = (size_t)sectors * SECTOR;
	ssize_t n = pread(fd, buf, len, start * SECTOR);

	if (n != (ssize_t)len)
		die(1, "%s: read of %u sectors at %" PRIu64 ": %s", path, sectors, start,
		    n < 0 ? strerror(errno) : "short");
}

static void sectors_write(int fd, const char *path, const void *buf, uint64_t start,
			  uint32_t sectors)
{
	size_t len = (size_t)sectors * SECTOR;
	ssize_t n = pwrite(fd, buf, len, start * SECTOR);

	if (n != (ssize_t)len)
		die(1, "%s: write of %u sectors at %" PRIu64 ": %s", path, sectors, start,
		    n < 0 ? strerror(errno) : "short");
}

static void device_flush(int fd, const char *path)
{
	if (fsync(fd))
		die(1, "%s: flush: %s", path, strerror(errno));
}

/* What failed may be tried again, a little later. */
static bool try_again(bool retry)
{
	if (retry)
		usleep(10000);
	return retry;
}

/* ---- fill, check, sum ---- */

static void pattern(uint64_t *buf, uint64_t start, uint32_t sectors, uint64_t seed)
{
	uint32_t i, j;

	for (i = 0; i < sectors; i++) {
		uint64_t state = random_start(seed, start + i);

		for (j = 0; j < SECTOR / 8; j++)
			*buf++ = next_random(&state);
	}
}

enum sequential { FILL, CHECK, SUM, ZEROES };

static int do_sequential(enum sequential what, char **argv)
{
	int fd = device_open(argv[0], what == FILL ? O_RDWR : O_RDONLY);
	uint64_t at = parse_number(argv[1]), end = at + parse_number(argv[2]);
	uint64_t seed = what == SUM || what == ZEROES ? 0 : parse_number(argv[3]);
	uint64_t *buf = buffer_new(BUFFER), *want = buffer_new(BUFFER);
	uint64_t sum = 0xcbf29ce484222325ULL;
	uint32_t n, i;

	memset(want, 0, BUFFER * SECTOR);
	for (; at < end; at += n) {
		n = end - at < BUFFER ? end - at : BUFFER;
		if (what == FILL || what == CHECK)
			pattern(want, at, n, seed);
		if (what == FILL) {
			sectors_write(fd, argv[0], want, at, n);
			continue;
		}
		sectors_read(fd, argv[0], buf, at, n);
		for (i = 0; what == SUM && i < n * SECTOR / 8; i++)
			sum = (sum ^ buf[i]) * 0x100000001b3ULL;
		for (i = 0; what != SUM && i < n; i++)
			if (memcmp(buf + i * SECTOR / 8, want + i * SECTOR / 8, SECTOR))
				die(1, "%s: sector %" PRIu64 " is not what %s %" PRIu64 " wrote",
				    argv[0], at + i, what == CHECK ? "fill" : "zero", seed);
	}
	if (what == FILL)
		device_flush(fd, argv[0]);
	if (what == SUM)
		printf("%016" PRIx64 "\n", sum);
	return 0;
}

/* ---- note, same ---- */

static uint64_t sector_sum(const void *sector)
{
	const uint64_t *word = sector;
	uint64_t sum = 0xcbf29ce484222325ULL;
	uint32_t i;

	for (i = 0; i < SECTOR / 8; i++)
		sum = (sum ^ word[i]) * 0x100000001b3ULL;
	return sum;
}

/* The sums in a file, for the caller to free; *sectors is how many it has. */
static uint64_t *sums_read(const char *path, uint64_t *sectors)
{
	FILE *f = fopen(path, "r");
	uint64_t *sums;
	long size;

	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < 0 || size % sizeof(*sums))
		die(1, "%s: no sums of sectors in it", path);
	rewind(f);
	*sectors = size / sizeof(*sums);
	sums = malloc(size + 1);
	if (!sums || fread(sums, sizeof(*sums), *sectors, f) != *sectors)
		die(1, "%s: cannot be read", path);
	fclose(f);
	return sums;
}

static void sums_write(const char *path, const uint64_t *sums, uint64_t sectors)
{
	FILE *f = fopen(path, "w");

	if (!f || fwrite(sums, sizeof(*sums), sectors, f) != sectors || fflush(f) ||
	    fsync(fileno(f)) || fclose(f))
		die(1, "%s: %s", path, strerror(errno));
}

static int do_note(char **argv)
{
	uint64_t sectors = parse_number(argv[1]), *sums = malloc(sectors * sizeof(*sums) + 1), at;
	uint8_t *buf = buffer_new(BUFFER);
	int fd = device_open(argv[0], O_RDONLY);
	uint32_t n, i;

	if (!sums)
		die(1, "out of memory");
	for (at = 0; at < sectors; at += n) {
		n = sectors - at < BUFFER ? sectors - at : BUFFER;
		sectors_read(fd, argv[0], buf, at, n);
		for (i = 0; i < n; i++)
			sums[at + i] = sector_sum(buf + i * SECTOR);
	}
	sums_write(argv[2], sums, sectors);
	return 0;
}

static int do_same(char **argv)
{
	uint64_t sectors, *sums = sums_read(argv[1], &sectors), at;
	uint8_t *buf = buffer_new(BUFFER);
	int fd = device_open(argv[0], O_RDONLY);
	uint32_t n, i;

	for (at = 0; at < sectors; at += n) {
		n = sectors - at < BUFFER ? sectors - at : BUFFER;
		sectors_read(fd, argv[0], buf, at, n);
		for (i = 0; i < n; i++)
			if (sums[at + i] != sector_sum(buf + i * SECTOR))
				die(1, "%s: sector %" PRIu64 " is not what it was", argv[0], at + i);
	}
	return 0;
}

/* ---- discard, zero, punch ---- */

static int do_range(unsigned long request, const char *verb, char **argv)
{
	int fd = device_open(argv[0], O_RDWR);
	uint64_t range[2] = { parse_number(argv[1]) * SECTOR, parse_number(argv[2]) * SECTOR };

	if (ioctl(fd, request, range))
		die(1, "%s: %s: %s", argv[0], verb, strerror(errno));
	device_flush(fd, argv[0]);
	return 0;
}

static int do_punch(char **argv)
{
	int fd = device_open(argv[0], O_RDWR);

	if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      parse_number(argv[1]) * SECTOR, parse_number(argv[2]) * SECTOR))
		die(1, "%s: punch: %s", argv[0], strerror(errno));
	device_flush(fd, argv[0]);
	return 0;
}

/* ---- load, verify ---- */

/* Where the next write of a thread goes; the same for load and verify. */
static struct place place_next(const struct load *l, uint32_t thread, uint64_t *state)
{
	uint64_t chunks = l->sectors / CHUNK / l->threads;
	uint64_t chunk = next_random(state) % chunks * l->threads + thread;
	uint32_t sectors = next_random(state) % l->max + 1;
	uint32_t in_chunk = next_random(state) % (CHUNK - sectors + 1);

	return (struct place){ chunk * CHUNK + in_chunk, sectors };
}

static void sector_fill(struct sector *s, const struct load *l, uint64_t number,
			uint32_t thread, uint32_t write)
{
	uint64_t state = random_start(l->seed ^ number << 20, (uint64_t)thread << 32 | write);
	unsigned int i;

	s->number = number;
	s->thread = thread;
	s->write = write;
	s->seed = l->seed;
	for (i = 0; i < sizeof(s->body) / sizeof(s->body[0]); i++)
		s->body[i] = next_random(&state);
}

struct writer {
	const struct load *load;
	uint32_t thread;
	pthread_t id;
};

static void *writer_run(void *arg)
{
	const struct writer *w = arg;
	const struct load *l = w->load;
	uint64_t state = random_start(l->seed, w->thread);
	struct sector *buf = buffer_new(CHUNK), *back = buffer_new(CHUNK);
	uint32_t n, i;

	for (n = 1; n <= l->count; n++) {
		struct place p = place_next(l, w->thread, &state);

		for (i = 0; i < p.sectors; i++)
			sector_fill(&buf[i], l, p.start + i, w->thread, n);
		while (pwrite(l->fd, buf, p.sectors * SECTOR, p.start * SECTOR) !=
		       (ssize_t)p.sectors * SECTOR)
			if (!try_again(l->retry))
				die(1, "%s: write of %u sectors at %" PRIu64 ": %s", l->path,
				    p.sectors, p.start, strerror(errno));
		if (l->reread) {
			sectors_read(l->fd, l->path, back, p.start, p.sectors);
			if (memcmp(buf, back, p.sectors * SECTOR))
				die(1, "%s: write %u of thread %u, %u sectors at %" PRIu64
				    ", is read back wrong", l->path, n, w->thread, p.sectors,
				    p.start);
		}
		if (n % l->flush == 0 || n == l->count) {
			while (fsync(l->fd))
				if (!try_again(l->retry))
					die(1, "%s: flush: %s", l->path, strerror(errno));
			printf("flushed %u %u\n", w->thread, n);
		}
	}
	free(back);
	free(buf);
	return NULL;
}

static int do_load(struct load *l)
{
	struct writer w[MAX_THREADS];
	uint32_t t;

	l->fd = device_open(l->path, O_RDWR);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (t = 0; t < l->threads; t++) {
		w[t] = (struct writer){ .load = l, .thread = t };
		if (pthread_create(&w[t].id, NULL, writer_run, &w[t]))
			die(1, "cannot start a thread");
	}
	for (t = 0; t < l->threads; t++)
		pthread_join(w[t].id, NULL);
	puts("done");
	return 0;
}

/* Was write n of this thread, after the flushed ones, one that hit the sector? */
static bool write_may_be(const struct load *l, uint32_t thread, uint32_t done, uint32_t n,
			 uint64_t number)
{
	uint64_t state = random_start(l->seed, thread);
	struct place p = { 0, 0 };
	uint32_t i;

	if (n <= done || n > l->count)
		return false;
	for (i = 1; i <= n; i++)
		p = place_next(l, thread, &state);
	return number >= p.start && number < p.start + p.sectors;
}

/*
 * last: the flushed write that the sector must not be older than, or 0.
 * before: the sum of what was there before the load, NULL when nobody knows.
 */
static void verify_sector(const struct load *l, const struct sector *got, uint64_t number,
			  uint32_t thread, uint32_t done, uint32_t last, const uint64_t *before)
{
	struct sector want;

	if (got->seed != l->seed || got->number != number || got->thread != thread) {
		if (last)
			die(1, "%s: sector %" PRIu64 ": write %u of thread %u was flushed and is gone",
			    l->path, number, last, thread);
		if (before && *before != sector_sum(got))
			die(1, "%s: sector %" PRIu64 ": holds no write of the load, and not what "
			    "was there before", l->path, number);
		return;
	}
	if (got->write != last && !write_may_be(l, thread, done, got->write, number))
		die(1, "%s: sector %" PRIu64 ": holds write %u of thread %u instead of %u",
		    l->path, number, got->write, thread, last);
	sector_fill(&want, l, number, thread, got->write);
	if (memcmp(got, &want, SECTOR))
		die(1, "%s: sector %" PRIu64 ": write %u of thread %u is damaged",
		    l->path, number, got->write, thread);
}

static int do_verify(struct load *l, char *list)
{
	uint32_t done[MAX_THREADS] = { 0 }, *last, t, n, i;
	struct sector *buf = buffer_new(BUFFER);
	uint64_t at, *before = NULL, *after = NULL, known = 0;
	char *word;

	for (t = 0, word = strtok(list, ","); word; t++, word = strtok(NULL, ",")) {
		if (t == l->threads)
			die(2, "more numbers than threads");
		done[t] = parse_number(word);
	}
	last = calloc(l->sectors, sizeof(*last));
	if (l->before)
		before = sums_read(l->before, &known);
	if (l->after)
		after = malloc(l->sectors * sizeof(*after));
	if (!last || (l->after && !after))
		die(1, "out of memory");
	for (t = 0; t < l->threads; t++) {
		uint64_t state = random_start(l->seed, t);

		for (n = 1; n <= done[t]; n++) {
			struct place p = place_next(l, t, &state);

			for (i = 0; i < p.sectors; i++)
				last[p.start + i] = n;
		}
	}
	l->fd = device_open(l->path, O_RDONLY);
	for (at = 0; at < l->sectors; at += n) {
		n = l->sectors - at < BUFFER ? l->sectors - at : BUFFER;
		sectors_read(l->fd, l->path, buf, at, n);
		for (i = 0; i < n; i++) {
			t = (at + i) / CHUNK % l->threads;
			verify_sector(l, &buf[i], at + i, t, done[t], last[at + i],
				      at + i < known ? &before[at + i] : NULL);
			if (after)
				after[at + i] = sector_sum(&buf[i]);
		}
	}
	if (after)
		sums_write(l->after, after, l->sectors);
	free(after);
	free(before);
	free(last);
	free(buf);
	return 0;
}

static const struct option options[] = {
	{ "seed", required_argument, NULL, 's' },
	{ "threads", required_argument, NULL, 't' },
	{ "count", required_argument, NULL, 'c' },
	{ "max", required_argument, NULL, 'm' },
	{ "flush", required_argument, NULL, 'f' },
	{ "retry", no_argument, NULL, 'r' },
	{ "reread", no_argument, NULL, 'R' },
	{ "before", required_argument, NULL, 'b' },
	{ "after", required_argument, NULL, 'a' },
	{ NULL, 0, NULL, 0 }
};

/* Options of load and verify; the operands start at optind afterwards. */
static struct load parse_load(int argc, char **argv, int operands)
{
	struct load l = { .seed = 1, .threads = 4, .count = 1000, .max = 16, .flush = 16 };
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		uint64_t n = optarg && !strchr("ab", c) ? parse_number(optarg) : 0;

		switch (c) {
		case 's': l.seed = n; break;
		case 't': l.threads = n; break;
		case 'c': l.count = n; break;
		case 'm': l.max = n; break;
		case 'f': l.flush = n; break;
		case 'r': l.retry = true; break;
		case 'R': l.reread = true; break;
		case 'b': l.before = optarg; break;
		case 'a': l.after = optarg; break;
		default: exit(2);
		}
	}
	if (argc - optind != operands)
		die(2, "wrong number of operands");
	l.path = argv[optind];
	l.sectors = parse_number(argv[optind + 1]);
	if (!l.seed)
		die(2, "seed 0 is what an empty sector carries");
	if (l.threads < 1 || l.threads > MAX_THREADS || l.max < 1 || l.max > CHUNK || !l.flush ||
	    l.sectors < (uint64_t)CHUNK * l.threads)
		die(2, "threads, max, flush or sectors are out of range");
	return l;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";
	struct load l;

	_Static_assert(sizeof(struct sector) == SECTOR, "sector size");
	if (!strcmp(verb, "fill") && argc == 6)
		return do_sequential(FILL, argv + 2);
	if (!strcmp(verb, "check") && argc == 6)
		return do_sequential(CHECK, argv + 2);
	if (!strcmp(verb, "sum") && argc == 5)
		return do_sequential(SUM, argv + 2);
	if (!strcmp(verb, "zeroes") && argc == 5)
		return do_sequential(ZEROES, argv + 2);
	if (!strcmp(verb, "note") && argc == 5)
		return do_note(argv + 2);
	if (!strcmp(verb, "same") && argc == 4)
		return do_same(argv + 2);
	if (!strcmp(verb, "discard") && argc == 5)
		return do_range(BLKDISCARD, verb, argv + 2);
	if (!strcmp(verb, "zero") && argc == 5)
		return do_range(BLKZEROOUT, verb, argv + 2);
	if (!strcmp(verb, "punch") && argc == 5)
		return do_punch(argv + 2);
	if (!strcmp(verb, "load")) {
		l = parse_load(argc - 1, argv + 1, 2);
		return do_load(&l);
	}
	if (!strcmp(verb, "verify")) {
		l = parse_load(argc - 1, argv + 1, 3);
		return do_verify(&l, argv[1 + optind + 2]);
	}
	die(2, "usage: iotool fill|check|sum|zeroes|note|same|discard|zero|punch|load|verify ...");
}
