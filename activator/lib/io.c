// SPDX-License-Identifier: GPL-2.0
/*
 * Devices and image files through the page cache.
 *
 * The kernel module writes status areas below the page cache, so a page that
 * was read earlier may be old: every read of a block device first drops the
 * pages it is about to read. Dirty pages are never dropped that way, and
 * every writer here flushes.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "io.h"

#define LOCK_TRIES	100	/* of a tenth of a second each */

static void drop_cached(struct io *io, size_t len, uint64_t off)
{
	posix_fadvise(io->fd, (off_t)off, (off_t)len, POSIX_FADV_DONTNEED);
}

/* Which of them is it, num_expected: none. */
static unsigned int expected_at(const struct io *io, size_t len, uint64_t off)
{
	unsigned int i = 0;

	while (i < io->num_expected &&
	       (io->expected[i].off != off || io->expected[i].len != len))
		i++;
	return i;
}

static void fd_expect(struct io *io, size_t len, uint64_t off)
{
	if (!io->is_block || io->num_expected == IO_EXPECTED ||
	    expected_at(io, len, off) < io->num_expected)
		return;
	drop_cached(io, len, off);
	posix_fadvise(io->fd, (off_t)off, (off_t)len, POSIX_FADV_WILLNEED);
	io->expected[io->num_expected].off = off;
	io->expected[io->num_expected++].len = len;
}

/* Is it on its way already? Once: what is read again may have changed. */
static bool was_expected(struct io *io, size_t len, uint64_t off)
{
	unsigned int i = expected_at(io, len, off);

	if (i == io->num_expected)
		return false;
	io->expected[i] = io->expected[--io->num_expected];
	return true;
}

static int fd_read(struct io *io, void *buf, size_t len, uint64_t off)
{
	uint8_t *p = buf;

	if (io->is_block && !was_expected(io, len, off))
		drop_cached(io, len, off);
	while (len) {
		ssize_t n = pread(io->fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)	/* shorter than it said when it was opened */
			return -EIO;
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int fd_write(struct io *io, const void *buf, size_t len, uint64_t off)
{
	const uint8_t *p = buf;

	while (len) {
		ssize_t n = pwrite(io->fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int fd_flush(struct io *io)
{
	return fdatasync(io->fd) < 0 ? -errno : 0;
}

static void fd_close(struct io *io)
{
	close(io->fd);
}

/* The kernel knows, and lets nobody else have it for himself. */
static bool fd_in_use(struct io *io)
{
	int fd;

	if (!io->is_block)
		return false;
	fd = open(io->path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0)
		return errno == EBUSY;
	close(fd);
	return false;
}

static const struct io_ops fd_ops = {
	.read = fd_read,
	.write = fd_write,
	.flush = fd_flush,
	.expect = fd_expect,
	.close = fd_close,
	.in_use = fd_in_use,
};

/* Size in bytes and kind of what fd refers to. */
static enum err_code fd_identify(struct io *io, struct err *e)
{
	struct stat st;

	if (fstat(io->fd, &st) < 0)
		return err_set(e, ERR_IO, "%s: cannot read its size: %s", io->path,
			       strerror(errno));
	if (S_ISREG(st.st_mode)) {
		io->size = (uint64_t)st.st_size;
		return ERR_OK;
	}
	if (!S_ISBLK(st.st_mode))
		return err_set(e, ERR_USAGE,
			       "%s: is neither a block device nor a plain file", io->path);
	io->is_block = true;
	/* what is here and there is not followed by what is wanted next */
	posix_fadvise(io->fd, 0, 0, POSIX_FADV_RANDOM);
	io->rdev = st.st_rdev;
	if (ioctl(io->fd, BLKGETSIZE64, &io->size) < 0)
		return err_set(e, ERR_IO, "%s: cannot read its size: %s", io->path,
			       strerror(errno));
	return ERR_OK;
}

/*
 * One writer at a time. udevd too keeps off a whole disk that is locked so; of
 * a partition it asks for the lock of the disk, which is not ours to hold.
 */
static enum err_code fd_lock(struct io *io, struct err *e)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	int i;

	for (i = 0; i < LOCK_TRIES; i++) {
		if (flock(io->fd, LOCK_EX | LOCK_NB) == 0)
			return ERR_OK;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_set(e, ERR_IO, "%s: cannot lock: %s", io->path,
				       strerror(errno));
		nanosleep(&tenth, NULL);
	}
	return err_set(e, ERR_CONFLICT,
		       "%s: locked by another process for ten seconds; wait for it to end (fuser -v %s shows it)",
		       io->path, io->path);
}

enum err_code io_open(const char *path, bool writable, struct io **out, struct err *e)
{
	struct io *io = calloc(1, sizeof(*io));
	enum err_code rc;

	if (!io || !(io->path = strdup(path))) {
		free(io);
		return err_set(e, ERR_FAILED, "out of memory");
	}
	io->ops = &fd_ops;
	io->writable = writable;
	/* O_NONBLOCK: a FIFO given by mistake must not hang the command. */
	io->fd = open(path, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
	if (io->fd < 0) {
		rc = err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO,
			     "%s: cannot open for %s: %s", path,
			     writable ? "writing" : "reading", strerror(errno));
		free(io->path);
		free(io);
		return rc;
	}
	rc = fd_identify(io, e);
	if (rc == ERR_OK && writable)
		rc = fd_lock(io, e);
	if (rc != ERR_OK) {
		io_close(io);
		return rc;
	}
	*out = io;
	return ERR_OK;
}

void io_close(struct io *io)
{
	if (!io)
		return;
	io->ops->close(io);
	free(io->path);
	free(io);
}

bool io_is(const struct io *io, const struct stat *st)
{
	struct stat own;

	if (io->fd < 0 || fstat(io->fd, &own) < 0)
		return false;
	if (S_ISBLK(own.st_mode) && S_ISBLK(st->st_mode))
		return own.st_rdev == st->st_rdev;
	return own.st_dev == st->st_dev && own.st_ino == st->st_ino;
}

bool io_in_use(struct io *io)
{
	return io->ops->in_use && io->ops->in_use(io);
}

const char *io_why_read_only(const struct io *io)
{
	if (access(io->path, W_OK) < 0 && errno == EACCES)
		return "no permission to write (run as root)";
	return "write-protected";
}

enum err_code io_read(struct io *io, void *buf, size_t len, uint64_t off,
		      const char *what, struct err *e)
{
	int rc;

	if (off > io->size || len > io->size - off)
		return err_set(e, ERR_METADATA,
			       "%s: %s at byte %" PRIu64 " lies past the end of the device (%" PRIu64 " bytes); is the device cut short?",
			       io->path, what, off, io->size);
	rc = io->ops->read(io, buf, len, off);
	if (rc < 0)
		return err_set(e, ERR_IO, "%s: cannot read %s at byte %" PRIu64 ": %s",
			       io->path, what, off, strerror(-rc));
	return ERR_OK;
}

void io_expect(struct io *io, size_t len, uint64_t off)
{
	if (io->ops->expect && off <= io->size && len <= io->size - off)
		io->ops->expect(io, len, off);
}

enum err_code io_write(struct io *io, const void *buf, size_t len, uint64_t off,
		       const char *what, struct err *e)
{
	int rc;

	if (!io->writable)
		return err_set(e, ERR_FAILED, "%s: open for reading only", io->path);
	if (off > io->size || len > io->size - off)
		return err_set(e, ERR_FAILED,
			       "%s: %s at byte %" PRIu64 " would lie past the end of the device (%" PRIu64 " bytes)",
			       io->path, what, off, io->size);
	rc = io->ops->write(io, buf, len, off);
	if (rc < 0)
		return err_set(e, ERR_IO, "%s: cannot write %s at byte %" PRIu64 ": %s",
			       io->path, what, off, strerror(-rc));
	return ERR_OK;
}

enum err_code io_flush(struct io *io, struct err *e)
{
	int rc = io->ops->flush(io);

	if (rc < 0)
		return err_set(e, ERR_IO, "%s: cannot flush: %s", io->path, strerror(-rc));
	return ERR_OK;
}
