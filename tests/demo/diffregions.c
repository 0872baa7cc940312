// SPDX-License-Identifier: GPL-2.0
/*
 * diffregions A OFFSET B OFFSET LENGTH REGION - compare two stretches of bytes
 *
 * Prints how many regions of REGION bytes differ. Offsets and lengths are
 * bytes; A and B may be devices or image files.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct side {
	const char *path;
	uint64_t offset;
	int fd;
	char *buf;
};

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || end == text || *end) {
		fprintf(stderr, "diffregions: '%s' is not a number\n", text);
		exit(2);
	}
	return n;
}

static void side_open(struct side *s, const char *path, const char *offset, size_t region)
{
	s->path = path;
	s->offset = number(offset);
	s->fd = open(path, O_RDONLY | O_CLOEXEC);
	s->buf = malloc(region);
	if (s->fd < 0 || !s->buf) {
		fprintf(stderr, "diffregions: %s: %s\n", path, strerror(errno));
		exit(1);
	}
}

static void side_read(const struct side *s, uint64_t at, size_t len)
{
	if (pread(s->fd, s->buf, len, s->offset + at) != (ssize_t)len) {
		fprintf(stderr, "diffregions: %s: cannot read %zu bytes at %" PRIu64 "\n",
			s->path, len, s->offset + at);
		exit(1);
	}
}

int main(int argc, char **argv)
{
	uint64_t length, region, differing = 0;
	struct side a, b;

	if (argc != 7) {
		fputs("usage: diffregions A OFFSET B OFFSET LENGTH REGION\n", stderr);
		return 2;
	}
	length = number(argv[5]);
	region = number(argv[6]);
	if (!region || length % region) {
		fputs("diffregions: LENGTH is not a multiple of REGION\n", stderr);
		return 2;
	}
	side_open(&a, argv[1], argv[2], region);
	side_open(&b, argv[3], argv[4], region);
	for (uint64_t at = 0; at < length; at += region) {
		side_read(&a, at, region);
		side_read(&b, at, region);
		differing += memcmp(a.buf, b.buf, region) != 0;
	}
	printf("%" PRIu64 "\n", differing);
	return 0;
}
