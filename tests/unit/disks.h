/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Disks in memory for tests of the model: what is written is applied at once
 * and, while `disk_log` is set, remembered, so that a test can put the disks
 * into any state that a crash could leave.
 */
#ifndef UNIT_DISKS_H
#define UNIT_DISKS_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../../activator/vg/internal.h"

#define DISKS		4
#define DISK_MIB	24

struct disk {
	uint8_t *data;
	uint64_t size;
	bool broken;		/* every write fails */
	bool in_use;
	uint64_t bad, bad2;	/* a write of these sectors fails; 0: of none */
};

struct disk_event {		/* one sector written, or a flush of that disk */
	unsigned int disk;
	bool flush;
	uint64_t sector;
	uint8_t data[SECTOR];
};

static struct disk disks[DISKS];
static bool disk_log;
static struct disk_event *disk_events;
static size_t disk_num_events;
static unsigned int disk_writes;	/* calls, logged or not */
static unsigned int disk_pp_mib;	/* PP size of new VGs; 0: the smallest */

static void disk_event_add(unsigned int disk, bool flush, uint64_t sector, const void *data)
{
	struct disk_event *ev;

	if (!(disk_num_events & (disk_num_events + 1)))
		disk_events = realloc(disk_events, (2 * disk_num_events + 2) * sizeof(*ev));
	ev = &disk_events[disk_num_events++];
	ev->disk = disk;
	ev->flush = flush;
	ev->sector = sector;
	if (data)
		memcpy(ev->data, data, SECTOR);
}

static int mem_read(struct io *io, void *buf, size_t len, uint64_t off)
{
	struct disk *d = io->priv;

	memcpy(buf, d->data + off, len);
	return 0;
}

static bool within(uint64_t sector, uint64_t off, size_t len)
{
	return sector && sector >= off / SECTOR && sector < (off + len) / SECTOR;
}

static int mem_write(struct io *io, const void *buf, size_t len, uint64_t off)
{
	struct disk *d = io->priv;
	size_t i;

	disk_writes++;
	if (d->broken || within(d->bad, off, len) || within(d->bad2, off, len))
		return -EIO;
	for (i = 0; disk_log && i < len; i += SECTOR)
		disk_event_add((unsigned int)(d - disks), false, (off + i) / SECTOR,
			       (const uint8_t *)buf + i);
	memcpy(d->data + off, buf, len);
	return 0;
}

static int mem_flush(struct io *io)
{
	struct disk *d = io->priv;

	if (disk_log)
		disk_event_add((unsigned int)(d - disks), true, 0, NULL);
	return d->broken ? -EIO : 0;
}

static void mem_close(struct io *io)
{
	(void)io;
}

static bool mem_in_use(struct io *io)
{
	const struct disk *d = io->priv;

	return d->in_use;
}

static const struct io_ops mem_ops = {
	.read = mem_read, .write = mem_write, .flush = mem_flush, .close = mem_close,
	.in_use = mem_in_use,
};

/* Disks 0 ... n-1, empty, of that size. */
static inline void disks_new_sized(unsigned int n, uint64_t bytes)
{
	unsigned int i;

	for (i = 0; i < DISKS; i++) {
		free(disks[i].data);
		disks[i].data = i < n ? calloc(1, bytes) : NULL;
		disks[i].size = bytes;
		disks[i].broken = false;
		disks[i].in_use = false;
		disks[i].bad = disks[i].bad2 = 0;
	}
	disk_num_events = 0;
}

static inline void disks_new(unsigned int n)
{
	disks_new_sized(n, (uint64_t)DISK_MIB << 20);
}

static inline struct io *disk_io(unsigned int i)
{
	struct io *io = calloc(1, sizeof(*io));
	char path[] = "/dev/vda";

	path[7] = (char)('a' + i);
	io->ops = &mem_ops;
	io->path = strdup(path);
	io->size = disks[i].size;
	io->writable = true;
	io->fd = -1;
	io->priv = &disks[i];
	return io;
}

/* Scan the disks whose bit is set. */
static inline struct vg_scan *disks_scan(unsigned int mask)
{
	struct io *ios[DISKS];
	unsigned int i, n = 0;

	for (i = 0; i < DISKS; i++)
		if (mask & 1U << i && disks[i].data)
			ios[n++] = disk_io(i);
	return vg_scan_ios(ios, n);
}

/* ---- making VGs: the model opens paths, so a file stands in for the disk ---- */

#define DISK_FILE	"/tmp/varyon-unit-XXXXXX"

static inline void disk_adopt(struct vg_pv *pv, unsigned int i)
{
	io_close(pv->io);
	pv->io = disk_io(i);
}

/* An empty file of the disk's size; the caller unlinks and frees it. */
static inline char *disk_file(unsigned int i)
{
	char *path = strdup(DISK_FILE);
	int fd = mkstemp(path);

	if (fd < 0 || ftruncate(fd, (off_t)disks[i].size) < 0)
		abort();
	close(fd);
	return path;
}

/* vg_create() on disks 0 ... n-1; not committed. */
static inline struct vg *disks_vg(unsigned int first, unsigned int n, const char *name, bool aix,
				  struct err *e)
{
	struct vg_create_opts o = {
		.name = name, .aix = aix, .quorum = -1, .pp_mib = disk_pp_mib,
	};
	const char *paths[DISKS + 1] = { NULL };
	struct vg *vg = NULL;
	unsigned int i;

	for (i = 0; i < n; i++)
		paths[i] = disk_file(first + i);
	if (vg_create(paths, &o, &vg, e) == ERR_OK)
		for (i = 0; i < n; i++)
			disk_adopt(vg->pv[i + 1], first + i);
	for (i = 0; i < n; i++) {
		unlink(paths[i]);
		free((char *)paths[i]);
	}
	return vg;
}

static inline enum err_code disk_extend(struct vg *vg, unsigned int i, struct err *e)
{
	char *path = disk_file(i);
	enum err_code rc = vg_extend(vg, path, false, e);
	unsigned int n;

	for (n = 1; rc == ERR_OK && n <= VG_MAX_PV; n++)
		if (vg->pv[n] && vg->pv[n]->io && !strcmp(vg->pv[n]->io->path, path))
			disk_adopt(vg->pv[n], i);
	unlink(path);
	free(path);
	return rc;
}

static inline struct vg_lv *disk_lv(struct vg *vg, const char *name, uint32_t lps, uint8_t copies,
				    struct err *e)
{
	struct lv_create_opts o = {
		.name = name, .lps = lps, .copies = copies, .strict = true,
		.inter = 'm', .intra = 'm',
	};
	struct vg_lv *lv = NULL;

	lv_create(vg, &o, &lv, e);
	return lv;
}

#endif
