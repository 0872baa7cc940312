// SPDX-License-Identifier: GPL-2.0
/*
 * load - the same requests to whatever device, and how long they took
 *
 *	load [OPTION]... DEVICE
 *
 *	--op write|read|mix	mix: seven reads to three writes; default write
 *	--order random|seq	default random
 *	--block BYTES		of a request; default 4096
 *	--step BYTES		from one place to the next in order; default a block
 *	--span BYTES		the places lie below; default 1 GiB
 *	--count N		requests; default 1
 *	--depth N		in flight at a time, at most 64; default 1
 *	--sync N		fdatasync after each N requests; default 0: never
 *	--pause US		sleep so long after each fdatasync; default 0
 *	--seed N		of the places, not 0; default 1
 *
 * Prints "requests=N writes=N places=N ns=N": how many there were, how many of
 * them wrote, how many different places they wrote to, and the time from the
 * first request to the end of the last one, pauses included.
 *
 * The requests depend on the options and on nothing else. The I/O is direct.
 * Depth 1 uses pread and pwrite, anything deeper the kernel's AIO: as soon as
 * a request ends the next one is sent, but for an fdatasync all are awaited.
 *
 * Exit status: 0; 1 when an I/O failed; 2 for wrong usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/aio_abi.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_DEPTH	64

enum op { OP_WRITE, OP_READ, OP_MIX };

static struct {
	enum op op;
	bool sequential;
	uint64_t block, step, span, count, depth, sync, pause, seed;
} opt = { .block = 4096, .span = 1 << 30, .count = 1, .depth = 1, .seed = 1 };

static uint64_t state, next_place, writes, places;
static unsigned char *seen;
static char *buffers;
static int fd;

static void __attribute__((noreturn)) die(int status, const char *what)
{
	if (status == 2)
		fprintf(stderr, "load: %s\n", what);
	else
		fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	exit(status);
}

static uint64_t number(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state >> 16;
}

struct request {
	bool writes;
	uint64_t offset;
};

static struct request next_request(void)
{
	uint64_t n = opt.span / opt.block;
	uint64_t place = (opt.sequential ? next_place : number()) % n;
	struct request r = { .writes = opt.op == OP_WRITE, .offset = place * opt.block };

	next_place += opt.step / opt.block;
	if (opt.op == OP_MIX)
		r.writes = number() % 10 >= 7;
	if (r.writes) {
		writes++;
		if (!(seen[place / 8] & (1 << place % 8)))
			places++;
		seen[place / 8] |= 1 << place % 8;
	}
	return r;
}

static void sync_and_pause(void)
{
	if (fdatasync(fd))
		die(1, "fdatasync");
	if (opt.pause)
		usleep(opt.pause);
}

static void one_by_one(void)
{
	for (uint64_t i = 0; i < opt.count; i++) {
		struct request r = next_request();
		ssize_t n = r.writes ? pwrite(fd, buffers, opt.block, r.offset) :
				       pread(fd, buffers, opt.block, r.offset);

		if (n != (ssize_t)opt.block)
			die(1, r.writes ? "write" : "read");
		if (opt.sync && (i + 1) % opt.sync == 0)
			sync_and_pause();
	}
}

static void send_next(aio_context_t ctx, unsigned int slot)
{
	static struct iocb blocks[MAX_DEPTH];
	struct iocb *block = &blocks[slot];
	struct request r = next_request();

	*block = (struct iocb){
		.aio_data = slot,
		.aio_fildes = fd,
		.aio_lio_opcode = r.writes ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
		.aio_buf = (uintptr_t)(buffers + slot * opt.block),
		.aio_nbytes = opt.block,
		.aio_offset = r.offset,
	};
	if (syscall(SYS_io_submit, ctx, 1, &block) != 1)
		die(1, "io_submit");
}

/* How many of the requests from `sent` on go out before the next fdatasync. */
static uint64_t until_sync(uint64_t sent)
{
	uint64_t left = opt.count - sent;

	return opt.sync && opt.sync < left ? opt.sync : left;
}

static void several_at_once(void)
{
	struct io_event events[MAX_DEPTH];
	aio_context_t ctx = 0;
	uint64_t sent = 0;

	if (syscall(SYS_io_setup, MAX_DEPTH, &ctx))
		die(1, "io_setup");
	while (sent < opt.count) {
		uint64_t todo = until_sync(sent), in_flight = 0;

		sent += todo;
		for (; in_flight < opt.depth && todo; todo--)
			send_next(ctx, in_flight++);
		while (in_flight) {
			long n = syscall(SYS_io_getevents, ctx, 1, MAX_DEPTH, events, NULL);

			if (n < 1)
				die(1, "io_getevents");
			for (long i = 0; i < n; i++) {
				if (events[i].res != (int64_t)opt.block) {
					errno = events[i].res < 0 ? -events[i].res : EIO;
					die(1, "request");
				}
				if (todo) {
					todo--;
					send_next(ctx, events[i].data);
				} else {
					in_flight--;
				}
			}
		}
		if (opt.sync)
			sync_and_pause();
	}
}

static void parse(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "op", required_argument, NULL, 'o' },
		{ "order", required_argument, NULL, 'r' },
		{ "block", required_argument, NULL, 'b' },
		{ "step", required_argument, NULL, 't' },
		{ "span", required_argument, NULL, 'S' },
		{ "count", required_argument, NULL, 'c' },
		{ "depth", required_argument, NULL, 'd' },
		{ "sync", required_argument, NULL, 'y' },
		{ "pause", required_argument, NULL, 'p' },
		{ "seed", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		uint64_t n = optarg ? strtoull(optarg, NULL, 0) : 0;

		switch (c) {
		case 'o':
			opt.op = !strcmp(optarg, "read") ? OP_READ :
				 !strcmp(optarg, "mix") ? OP_MIX : OP_WRITE;
			break;
		case 'r': opt.sequential = !strcmp(optarg, "seq"); break;
		case 'b': opt.block = n; break;
		case 't': opt.step = n; break;
		case 'S': opt.span = n; break;
		case 'c': opt.count = n; break;
		case 'd': opt.depth = n; break;
		case 'y': opt.sync = n; break;
		case 'p': opt.pause = n; break;
		case 's': opt.seed = n; break;
		default: exit(2);
		}
	}
	if (optind != argc - 1)
		die(2, "one device is wanted");
	if (!opt.step)
		opt.step = opt.block;
	if (opt.depth < 1 || opt.depth > MAX_DEPTH || !opt.seed || !opt.block ||
	    opt.block % 512 || opt.step % opt.block || opt.span < opt.block)
		die(2, "a number is out of range");
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

int main(int argc, char **argv)
{
	uint64_t start, taken;

	parse(argc, argv);
	state = opt.seed;
	fd = open(argv[optind], O_RDWR | O_DIRECT);
	if (fd < 0)
		die(1, argv[optind]);
	buffers = mmap(NULL, opt.depth * opt.block, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	seen = calloc(opt.span / opt.block / 8 + 1, 1);
	if (buffers == MAP_FAILED || !seen)
		die(1, "memory");
	memset(buffers, (int)opt.seed, opt.depth * opt.block);

	start = now_ns();
	if (opt.depth == 1)
		one_by_one();
	else
		several_at_once();
	taken = now_ns() - start;
	printf("requests=%llu writes=%llu places=%llu ns=%llu\n",
	       (unsigned long long)opt.count, (unsigned long long)writes,
	       (unsigned long long)places, (unsigned long long)taken);
	return 0;
}
