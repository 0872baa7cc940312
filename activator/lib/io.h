/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Block I/O on a device or a plain image file, behind a table of functions so
 * that tests can count, cut and corrupt it.
 */
#ifndef VARYON_IO_H
#define VARYON_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "err.h"

struct io;

struct io_ops {
	/* Whole transfer or an error; offset and len in bytes. 0 or -errno. */
	int (*read)(struct io *io, void *buf, size_t len, uint64_t off);
	int (*write)(struct io *io, const void *buf, size_t len, uint64_t off);
	int (*flush)(struct io *io);
	void (*expect)(struct io *io, size_t len, uint64_t off);	/* NULL: nothing */
	void (*close)(struct io *io);
	bool (*in_use)(struct io *io);	/* NULL: never */
};

#define IO_EXPECTED	4

struct io {
	const struct io_ops *ops;
	char *path;		/* owned */
	uint64_t size;		/* bytes */
	bool is_block;		/* a block device, else a plain file */
	bool writable;
	dev_t rdev;		/* of a block device */
	int fd;			/* of the default ops; -1 otherwise */
	unsigned int num_expected;
	struct { uint64_t off; size_t len; } expected[IO_EXPECTED];
	void *priv;		/* of other ops */
};

/*
 * Open path with the default ops (pread, pwrite, fdatasync). A writable open
 * takes an exclusive flock, waiting at most ten seconds for it. The caller
 * owns *io and ends it with io_close().
 */
enum err_code io_open(const char *path, bool writable, struct io **io, struct err *e);
void io_close(struct io *io);

struct stat;
/* Is this what st tells of, whatever its name? False with other than the default ops. */
bool io_is(const struct io *io, const struct stat *st);

/* Why a device that is open for reading only cannot be written; static text. */
const char *io_why_read_only(const struct io *io);

/* Is it a block device that is mounted, swap, or held by another driver? */
bool io_in_use(struct io *io);

/* As the ops, with an error text that names device, offset and what. */
enum err_code io_read(struct io *io, void *buf, size_t len, uint64_t off,
		      const char *what, struct err *e);
/*
 * The same stretch will be read with io_read() right away: start, and return at
 * once. So several stretches, and several devices, are read at the same time.
 */
void io_expect(struct io *io, size_t len, uint64_t off);
enum err_code io_write(struct io *io, const void *buf, size_t len, uint64_t off,
		       const char *what, struct err *e);
enum err_code io_flush(struct io *io, struct err *e);

#endif
