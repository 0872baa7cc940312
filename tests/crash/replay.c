// SPDX-License-Identifier: GPL-2.0
/*
 * crashreplay - crash a recorded volume at many points and look at what is left
 *
 *	crashreplay [OPTION]... RECORDING DISK...
 *		DISK: one for each leg, overwritten
 *	crashreplay --log-sectors DEVICE
 *		print how much of a log of dm-log-writes is used
 *
 * --seed N		of all choices; default 1
 * --from N, --count N	points; default 1 and 100
 * --verbose		say what is done
 *
 * Each point is a position in the recording and a choice of what becomes of
 * the writes that were not durable there. With every set of legs: make the
 * disks, start, read, wait until the legs are in sync, read, write, stop or
 * crash again, start with all legs. Prints "FAIL point N ..." for a point that
 * breaks a promise, and at the end a line of counts. Exit status: 0; 1 when a
 * point failed, or nothing could be tried.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "expect.h"
#include "log.h"
#include "relocated.h"
#include "stamp.h"
#include "volume.h"

#define SYNC_SECONDS	60
#define SLOW_KIB	2048	/* a second: a burst of an eighth of one is less than the volume */

static struct {
	struct history h;
	const char *disk[MAX_LEGS];
	int fd[MAX_LEGS];
	unsigned char *image[MAX_LEGS];	/* of the crash */
	unsigned char *after[MAX_LEGS];	/* of a second one, and scratch */
	unsigned char *data;		/* what the volume held at last */
	unsigned char *again;
	uint32_t at;			/* position of the crash */
	uint64_t seed, random, probes;
	unsigned long activations, refusals;
	bool verbose;
	char text[400];			/* why a point failed */
} x = { .seed = 1 };

static const char *const loss_names[LOSS_NR] = { "all", "none", "some", "torn" };

static bool __attribute__((format(printf, 1, 2))) failed(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(x.text, sizeof(x.text), fmt, ap);
	va_end(ap);
	return false;
}

static const char *mask_name(unsigned int mask)
{
	static char text[2][MAX_LEGS + 1];
	static int turn;
	unsigned int l, n = 0;

	turn = !turn;
	for (l = 0; l < x.h.legs; l++)
		if (mask & 1u << l)
			text[turn][n++] = '0' + l;
	text[turn][n] = '\0';
	return text[turn];
}

/* ---- disks ---- */

static unsigned char *buffer_new(uint64_t sectors)
{
	void *p;

	if (posix_memalign(&p, 4096, sectors * SECTOR))
		die("out of memory");
	return p;
}

static void disk_io(bool write, unsigned int l, unsigned char *buf, uint64_t sectors)
{
	ssize_t n = write ? pwrite(x.fd[l], buf, sectors * SECTOR, 0) :
			    pread(x.fd[l], buf, sectors * SECTOR, 0);

	if (n != (ssize_t)(sectors * SECTOR))
		die("%s: %s", x.disk[l], n < 0 ? strerror(errno) : "short transfer");
}

static void disks_write(unsigned char *const *image, unsigned int mask)
{
	unsigned int l;

	for (l = 0; l < x.h.legs; l++)
		if (mask & 1u << l)
			disk_io(true, l, image[l], x.h.leg_sectors);
}

static void disks_read(unsigned char *const *image, unsigned int mask)
{
	unsigned int l;

	for (l = 0; l < x.h.legs; l++)
		if (mask & 1u << l)
			disk_io(false, l, image[l], x.h.leg_sectors);
}

/* ---- the volume ---- */

/* A sector of x.data that could not be read. */
static bool unreadable(uint64_t sector)
{
	return ((const struct stamp *)(x.data + sector * SECTOR))->op == UNREADABLE_OP;
}

/* A leg of mask has failed a write to this block: it may lack the block, and say so. */
static bool block_was_bad(unsigned int mask, uint64_t sector)
{
	const struct request *r;

	for (r = x.h.request; r < x.h.request + x.h.requests && r->submitted <= x.at; r++)
		if (r->failed && mask & 1u << r->leg && r->sector <= (sector | 7) &&
		    r->sector + r->count > (sector & ~7ULL))
			return true;
	return false;
}

/*
 * Read the volume, which runs with the legs of mask. Without all legs a block
 * that one of them could not write may be missing, but is never old.
 */
static bool volume_read(unsigned char *buf, unsigned int mask, bool all)
{
	int fd = open(volume_path(), O_RDONLY | O_DIRECT);
	ssize_t bytes = x.h.volume_sectors * SECTOR;
	bool ok = true;
	uint64_t s;

	if (fd < 0)
		die("%s: %s", volume_path(), strerror(errno));
	if (pread(fd, buf, bytes, 0) != bytes) {
		for (s = 0; ok && s < x.h.volume_sectors; s++) {
			if (pread(fd, buf + s * SECTOR, SECTOR, s * SECTOR) == SECTOR)
				continue;
			if (all || !block_was_bad(mask, s))
				ok = failed("sector %" PRIu64 " cannot be read", s);
			stamp_fill((struct stamp *)(buf + s * SECTOR), s, UNREADABLE_OP);
		}
	}
	close(fd);
	return ok;
}

/* What a leg must hold there; false when that cannot be told. */
static bool leg_wanted(unsigned int l, uint64_t sector, unsigned char want[SECTOR])
{
	uint64_t source[MAX_LEGS];
	unsigned int n = volume_sources(&x.h, l, sector, source), i, b;

	memset(want, 0, SECTOR);
	while (n--) {
		if (unreadable(source[n]))
			return false;
		for (i = 0, b = source[n] * SECTOR; i < SECTOR; i++)
			want[i] ^= x.data[b + i];
	}
	return true;
}

/*
 * Is the region around a leg's sector zeroes in all columns? Then it may never have been
 * written, and what the legs have there is nobody's business.
 */
static bool maybe_unwritten(uint64_t sector)
{
	uint64_t region = (1u << x.h.region_shift) / SECTOR, end, s, row, column;
	uint64_t chunk = x.h.chunk;

	s = sector / region * region;
	for (end = s + region; s < end; s++) {
		row = s / chunk * (x.h.legs - 1);
		for (column = 0; column < x.h.legs - 1; column++)
			if (((const struct stamp *)(x.data + ((row + column) * chunk + s % chunk) *
						    SECTOR))->magic)
				return false;
	}
	return true;
}

/* The legs hold what the volume does, each its own. */
static bool legs_fit(unsigned int mask)
{
	unsigned char want[SECTOR];
	struct vy_bbr table;
	struct vy_sb sb;
	unsigned int l;
	uint64_t s;

	disks_read(x.after, mask);
	for (l = 0; l < x.h.legs; l++) {
		if (!(mask & 1u << l))
			continue;
		if (!relocated_read(&x.h, l, x.after[l], &sb, &table))
			return failed("leg %u has no valid status area", l);
		for (s = 0; s < x.h.data_sectors; s++)
			if (!(x.h.written && maybe_unwritten(s)) && leg_wanted(l, s, want) &&
			    memcmp(relocated_sector(&x.h, x.after[l], &sb, &table, s), want,
				   SECTOR))
				return failed("leg %u differs from the volume in sector %" PRIu64,
					      l, s);
	}
	return true;
}

/* Sectors for such a write: not in a block that cannot be read. */
static uint64_t probe_place(uint64_t count)
{
	uint64_t at, s;

	do {
		at = random_next(&x.random) % (x.h.volume_sectors - count);
		for (s = at & ~7ULL; s < at + count && !unreadable(s | 7) && !unreadable(s); s += 8)
			;
	} while (s < at + count);
	return at;
}

/* Writes that nothing may undo any more. They become part of x.data. */
static bool volume_probe(void)
{
	int fd = open(volume_path(), O_RDWR | O_DIRECT), i;
	uint64_t most = x.h.chunk ? 2 * x.h.chunk * (x.h.legs - 1) : 16;
	unsigned char *buf = buffer_new(most);
	bool ok = fd >= 0;

	for (i = 0; ok && i < 2; i++) {
		uint64_t count = random_next(&x.random) % most + 1, s;
		uint64_t at = probe_place(count);

		x.probes++;
		for (s = 0; s < count; s++)
			stamp_fill((struct stamp *)(buf + s * SECTOR), at + s, PROBE_OP + x.probes);
		memcpy(x.data + at * SECTOR, buf, count * SECTOR);
		ok = pwrite(fd, buf, count * SECTOR, at * SECTOR) == (ssize_t)(count * SECTOR);
	}
	ok = ok && !fsync(fd);
	if (!ok)
		failed("the volume cannot be written: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	free(buf);
	return ok;
}

/* Regions of x.data that could not be read: no leg has them. */
static uint64_t regions_unreadable(void)
{
	uint64_t s = 0, region = (1u << x.h.region_shift) / SECTOR, n = 0;

	while (s < x.h.volume_sectors) {
		if (unreadable(s)) {
			n++;
			s |= region - 1;
		}
		s++;
	}
	return n;
}

/*
 * Until nothing is being copied, and every leg of mask is a member that has all
 * but what is nowhere: a place that it could not write is tried again after
 * the resync.
 */
static bool wait_in_sync(unsigned int mask, uint64_t nowhere)
{
	struct volume_status st;
	unsigned int tries, l;
	uint64_t lacks;
	bool in_sync;
	char *n;

	for (tries = 0; tries < SYNC_SECONDS * 1000; tries++) {
		volume_status(&st);
		in_sync = !strcmp(st.action, "idle");
		for (l = 0, n = st.stale; l < x.h.legs; l++, n++) {
			lacks = strtoull(n, &n, 10);
			if (mask & 1u << l && (st.letters[l] != 'M' || lacks > nowhere))
				in_sync = false;
		}
		if (in_sync)
			return true;
		usleep(1000);
	}
	return failed("legs %s are not in sync after %u seconds: letters %s, action %s, stale %s",
		      mask_name(mask), SYNC_SECONDS, st.letters, st.action, st.stale);
}

/* Start with the legs of mask; the view says the rest of the table line. */
static int start(const struct view *v, unsigned int mask, bool side)
{
	/* slow now and then, so that what waits for a resync has to */
	unsigned int slow = random_next(&x.random) % 8 ? 0 : SLOW_KIB;
	struct table t = { v->used, mask, side ? 0 : v->split, v->discard & mask, side, slow };
	int r = volume_start(&x.h, x.disk, &t);

	x.activations++;
	if (x.verbose)
		printf("  start with %s%s%s: %d\n", mask_name(mask), side ? " as a side" : "",
		       slow ? ", slow resync" : "", r);
	if (r)
		x.refusals++;
	return r;
}

/* A refusal is a last look before somebody is hurt: it must not write. */
static bool refused_untouched(unsigned char *const *image, unsigned int mask)
{
	unsigned char *now = buffer_new(x.h.leg_sectors);
	unsigned int l;
	bool ok = true;

	for (l = 0; l < x.h.legs && ok; l++) {
		if (!(mask & 1u << l))
			continue;
		disk_io(false, l, now, x.h.leg_sectors);
		if (memcmp(now, image[l], x.h.leg_sectors * SECTOR))
			ok = failed("leg %u was written to though the start was refused", l);
	}
	free(now);
	return ok;
}

static bool contents_fit(const struct promise *p)
{
	char why[160] = "";
	int64_t sector = -1;
	unsigned int i;

	for (i = 0; i < p->n; i++) {
		sector = expect_check(&x.h, &p->age[i], x.data, why);
		if (sector < 0)
			return true;
	}
	return failed("sector %" PRId64 " %s", sector, why);
}

/* Read again: what was once seen does not change, but may be seen at last. */
static bool still_same(unsigned int mask, bool all)
{
	uint64_t s;

	if (!volume_read(x.again, mask, all))
		return false;
	for (s = 0; s < x.h.volume_sectors; s++) {
		if (unreadable(s))
			memcpy(x.data + s * SECTOR, x.again + s * SECTOR, SECTOR);
		else if (memcmp(x.data + s * SECTOR, x.again + s * SECTOR, SECTOR))
			return failed("sector %" PRIu64 " changed after it had been read", s);
	}
	return true;
}

/*
 * Wait until the legs are in sync, and read again. A leg that has joined may have
 * what could not be read before, and then the others are to have it as well.
 */
static bool settles(unsigned int mask, bool all)
{
	uint64_t nowhere;

	do {
		nowhere = regions_unreadable();
		if (!wait_in_sync(mask, nowhere) || !still_same(mask, all))
			return false;
	} while (regions_unreadable() < nowhere);
	return true;
}

/* ---- one point, one set of legs ---- */

/*
 * Start, look, write, stop or crash again. Returns 0 with x.data as what the
 * volume holds, -errno when the start was refused, 1 when a promise is broken.
 */
static int run(const struct view *v, unsigned int mask, bool side, const struct promise *p)
{
	bool all = mask == (v->used & ~v->split);
	bool again = random_next(&x.random) & 1, ok;
	/* rows are also written before their parity is made right */
	bool early = x.h.chunk && random_next(&x.random) & 1;
	int r;

	r = start(v, mask, side);
	if (r)
		return r;
	ok = volume_read(x.data, mask, all) && contents_fit(p) && (!early || volume_probe()) &&
	     settles(mask, all) && contents_fit(p) && volume_probe();
	if (ok && again)
		disks_read(x.after, mask);
	r = volume_stop();
	if (ok && r)
		ok = failed("cannot stop: %s", strerror(-r));
	if (ok && again)
		disks_write(x.after, mask);
	return ok && legs_fit(mask) ? 0 : 1;
}

/* The same again with these legs: nothing that x.data has may have changed. */
static int run_same(const struct view *v, unsigned int mask)
{
	int r = start(v, mask, false);
	bool ok;

	if (r)
		return r;
	ok = still_same(mask, false) && settles(mask, true);
	r = volume_stop();
	if (ok && r)
		ok = failed("cannot stop: %s", strerror(-r));
	return ok && legs_fit(mask) ? 0 : 1;
}

static bool refusal_fits(int error, unsigned char *const *image, unsigned int mask)
{
	if (error != -EUCLEAN && error != -ENXIO)
		return failed("refused with the wrong error %d", -error);
	return refused_untouched(image, mask);
}

/*
 * Was a superblock on its way to some leg? Then one leg may know of a new
 * generation and the next not. When the machine goes on with the latter alone,
 * the former is refused when it comes back: nothing is lost, but somebody has to
 * say which of two sides counts that hold the same.
 */
static bool generation_was_changing(void)
{
	const struct request *r;

	for (r = x.h.request; r < x.h.request + x.h.requests && r->submitted <= x.at; r++)
		if (!r->flush && r->done > x.at && r->sector >= x.h.data_sectors &&
		    r->sector < x.h.data_sectors + 2 * VY_BLOCK_SECTORS)
			return true;
	return false;
}

/*
 * A start that is cut off itself: what it wrote to the data is there or not, sector by
 * sector, and its status areas say nothing of it yet. Returns as run().
 */
static int run_interrupted(const struct view *v, unsigned int mask)
{
	unsigned int l;
	uint64_t s;
	int r = start(v, mask, false);

	if (r)
		return r;
	disks_read(x.after, mask);
	r = volume_stop();
	if (r) {
		failed("cannot stop: %s", strerror(-r));
		return 1;
	}
	for (l = 0; l < x.h.legs; l++) {
		if (!(mask & 1u << l))
			continue;
		for (s = 0; s < x.h.leg_sectors; s++)
			if (s >= x.h.data_sectors || random_next(&x.random) & 1)
				memcpy(x.after[l] + s * SECTOR, x.image[l] + s * SECTOR, SECTOR);
	}
	disks_write(x.after, mask);
	return 0;
}

static bool try_legs(const struct view *v, unsigned int mask)
{
	unsigned int every = v->used & ~v->split;
	struct promise p = promise_of(&x.h, v, mask), all = promise_of(&x.h, v, every);
	int r;

	disks_write(x.image, (1u << x.h.legs) - 1);
	if (x.h.chunk && random_next(&x.random) & 1) {
		r = run_interrupted(v, mask);
		if (!r) {
			r = run(v, mask, false, &p);
			if (r < 0)
				return failed("refused after a start: error %d", -r);
		}
	} else {
		r = run(v, mask, false, &p);
	}
	if (!r && p.must_refuse)
		return failed("not refused");
	if (r < 0)
		return p.must_start ? failed("refused: error %d", -r) :
				      refusal_fits(r, x.image, mask);
	if (r || mask == every)
		return !r;

	/* the others come back */
	disks_read(x.after, every);
	r = run_same(v, every);
	if (r < 0)
		return p.current && !generation_was_changing() ?
			failed("all legs together are refused: error %d", -r) :
			refusal_fits(r, x.after, every);
	if (r)
		snprintf(x.text + strlen(x.text), sizeof(x.text) - strlen(x.text),
			 ", with all legs");
	/* merged: then neither side may have had anything that the other lacks */
	return !r && contents_fit(&all);
}

/*
 * A copy that is split off and the volume each live on, then one of them gives
 * up its own history.
 */
static bool try_split(const struct view *v)
{
	unsigned int main_legs = v->used & ~v->split;
	struct promise p = promise_of(&x.h, v, main_legs), side = promise_of(&x.h, v, v->split);
	bool restore = random_next(&x.random) & 1;
	struct view after = *v;
	int r;

	disks_write(x.image, (1u << x.h.legs) - 1);
	if (restore) {
		r = run(v, main_legs, false, &p);
		if (!r)
			r = run(v, v->split, true, &side);
	} else {
		r = run(v, v->split, true, &side);
		if (!r)
			r = run(v, main_legs, false, &p);
	}
	if (r)
		return r < 0 ? failed("volume or copy refused: error %d", -r) : false;
	/* x.data is of the one that stays what it is */
	after.split = 0;
	after.discard = restore ? main_legs : v->split;
	r = run_same(&after, v->used);
	return r < 0 ? failed("the %s is refused: error %d", restore ? "restore" : "return", -r) :
		       !r;
}

/* ---- points ---- */

/* A position from just before the request is submitted to just after it is done. */
static uint32_t position_at(const struct request *r)
{
	uint32_t from = r->submitted > 2 ? r->submitted - 2 : 1;

	return from + random_next(&x.random) % (r->done + 4 - from);
}

/* The golden ratio spreads the turns of a kind of point over all that there are. */
static size_t spread(unsigned long turn, size_t n)
{
	return (turn * 0x9e3779b9ULL & 0xffffffff) * n >> 32;
}

/*
 * A quarter of the points each: at writes to status areas; at flushes and
 * FUA writes; where legs come and go; anywhere.
 */
static uint32_t position_choose(unsigned long point)
{
	const struct history *h = &x.h;
	unsigned long turn = point / 4;
	uint32_t at = 0;

	if (point % 4 == 0 && h->metadatas)
		at = position_at(&h->request[h->metadata[spread(turn, h->metadatas)]]);
	else if (point % 4 == 1 && h->barriers)
		at = position_at(&h->request[h->barrier[spread(turn, h->barriers)]]);
	else if (point % 4 == 2 && h->marks)
		at = h->mark[turn % h->marks].at + random_next(&x.random) % 64;
	if (!at)
		at = random_next(&x.random) % h->positions + 1;
	return at < h->positions ? at : h->positions;
}

static bool point_failed(unsigned long point, uint32_t at, const enum loss *loss,
			 const char *legs)
{
	unsigned int l;

	printf("FAIL point %lu: crash at line %u of the trace, unflushed writes lost:", point, at);
	for (l = 0; l < x.h.legs; l++)
		printf(" %s", loss_names[loss[l]]);
	printf("; start with legs %s: %s\n", legs, x.text);
	fflush(stdout);
	return false;
}

static bool try_point(unsigned long point)
{
	enum loss loss[MAX_LEGS];
	unsigned int l, mask;
	struct view v;
	uint32_t at;

	x.random = x.seed * 0x9e3779b97f4a7c15ULL + point;
	at = position_choose(point);
	x.at = at;
	for (l = 0; l < x.h.legs; l++) {
		loss[l] = random_next(&x.random) % LOSS_NR;
		history_image(&x.h, l, at, loss[l], &x.random, x.image[l]);
	}
	if (x.verbose) {
		printf("point %lu: position %u of %u, unflushed writes lost:", point, at,
		       x.h.positions);
		for (l = 0; l < x.h.legs; l++)
			printf(" %s", loss_names[loss[l]]);
		putchar('\n');
	}
	v = view_at(&x.h, at);
	for (mask = 1; mask < 1u << x.h.legs; mask++) {
		/* no table names only legs whose history is given up */
		if (mask & ~(v.used & ~v.split) || !(mask & ~v.discard))
			continue;
		/* and none fewer than a RAID5 can do with */
		if (x.h.chunk && __builtin_popcount(mask) + 1 < (int)x.h.legs)
			continue;
		if (!try_legs(&v, mask))
			return point_failed(point, at, loss, mask_name(mask));
	}
	if (v.split && !try_split(&v))
		return point_failed(point, at, loss, "split");
	return true;
}

static int log_sectors(const char *path)
{
	int fd = open(path, O_RDONLY);
	off_t size = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	const char *error;
	struct log log;
	char *buf;

	if (size < 0)
		die("%s: %s", path, strerror(errno));
	buf = malloc(size);
	if (!buf || pread(fd, buf, size, 0) != size)
		die("%s cannot be read", path);
	error = log_parse(&log, buf, size);
	if (error)
		die("%s: %s", path, error);
	printf("%" PRIu64 "\n", log.sectors);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "from", required_argument, NULL, 'f' },
		{ "count", required_argument, NULL, 'c' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "log-sectors", required_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 }
	};
	unsigned long from = 1, count = 100, point, bad = 0;
	unsigned int l;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's': x.seed = strtoull(optarg, NULL, 10); break;
		case 'f': from = strtoul(optarg, NULL, 10); break;
		case 'c': count = strtoul(optarg, NULL, 10); break;
		case 'v': x.verbose = true; break;
		case 'l': return log_sectors(optarg);
		default: return 1;
		}
	}
	if (optind >= argc)
		die("usage: crashreplay [OPTION]... RECORDING DISK...");
	history_load(&x.h, argv[optind++]);
	if (argc - optind != (int)x.h.legs)
		die("the recording has %u legs, %d disks are named", x.h.legs, argc - optind);
	for (l = 0; l < x.h.legs; l++) {
		x.disk[l] = argv[optind + l];
		x.fd[l] = open(x.disk[l], O_RDWR | O_DIRECT);
		if (x.fd[l] < 0)
			die("%s: %s", x.disk[l], strerror(errno));
		x.image[l] = buffer_new(x.h.leg_sectors);
		x.after[l] = buffer_new(x.h.leg_sectors);
	}
	x.data = buffer_new(x.h.volume_sectors);
	x.again = buffer_new(x.h.volume_sectors);

	for (point = from; point < from + count; point++)
		bad += !try_point(point);
	printf("points=%lu failed=%lu activations=%lu refusals=%lu positions=%u barriers=%zu writes=%zu\n",
	       count, bad, x.activations, x.refusals, x.h.positions, x.h.barriers, x.h.ops);
	return bad != 0;
}
