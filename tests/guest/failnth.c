// SPDX-License-Identifier: GPL-2.0
/*
 * failnth - one ioctl of device-mapper whose Nth allocation fails
 *
 *	failnth N load NAME TABLE	a table line becomes the inactive table
 *	failnth N resume NAME		resume, on the inactive table if there is one
 *	failnth N suspend NAME
 *	failnth N status NAME		the status line
 *	failnth N table NAME		the table line
 *	failnth N message NAME WORD...	to the target at sector 0
 *	failnth N remove NAME
 *
 * The kernel counts the allocations of this task alone, and only between the
 * two ends of the ioctl (/proc/self/fail-nth; see fault-injection.rst of the
 * kernel). Not dmsetup, because its own allocations would be counted, too. N
 * is 1 for the first. Status and answers are printed.
 *
 * Exit status: 0 when the ioctl succeeded and has fewer allocations than N;
 * 10 when one failed and the ioctl nevertheless succeeded; 11 when it failed
 * as well; 1 when it failed by itself; 2 for wrong usage or no such kernel.
 * Errors are named on standard error.
 */
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * From linux/dm-ioctl.h, which musl's wrapper does not find: the interface of
 * version 4, in the byte order of the machine.
 */
struct dm_head {		/* before everything, both ways */
	uint32_t version[3];
	uint32_t size;		/* bytes of the buffer, with this */
	uint32_t start;		/* of what follows, from the start of this */
	uint32_t targets;
	int32_t opened;
	uint32_t flags;
	uint32_t event;
	uint32_t pad;
	uint64_t dev;
	char name[128];
	char uuid[129];
	char unused[7];
};

struct dm_target {		/* one line of a table or a status; the text follows */
	uint64_t sector, length;
	int32_t status;
	uint32_t next;		/* bytes to the next one */
	char type[16];
};

#define DM_NR_REMOVE	4
#define DM_NR_SUSPEND	6	/* and resume */
#define DM_NR_LOAD	9
#define DM_NR_STATUS	12
#define DM_NR_MESSAGE	14

#define DM_FLAG_SUSPEND	(1u << 1)
#define DM_FLAG_TABLE	(1u << 4)	/* the table rather than the status */
#define DM_FLAG_NOFLUSH	(1u << 11)	/* a status does not ask the legs to flush */
#define DM_FLAG_DATA	(1u << 16)	/* a message was answered */

#define BUFFER		16384

static union {
	struct dm_head head;
	char bytes[BUFFER];
} buf;

static unsigned int command(const char *verb)
{
	static const struct {
		const char *verb;
		unsigned int nr, flags;
	} commands[] = {
		{ "load", DM_NR_LOAD, 0 },
		{ "resume", DM_NR_SUSPEND, 0 },
		{ "suspend", DM_NR_SUSPEND, DM_FLAG_SUSPEND },
		{ "status", DM_NR_STATUS, DM_FLAG_NOFLUSH },
		{ "table", DM_NR_STATUS, DM_FLAG_TABLE },
		{ "message", DM_NR_MESSAGE, 0 },
		{ "remove", DM_NR_REMOVE, 0 },
	};
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (!strcmp(verb, commands[i].verb)) {
			buf.head.flags = commands[i].flags;
			return _IOC(_IOC_READ | _IOC_WRITE, 0xfd, commands[i].nr,
				    sizeof(struct dm_head));
		}
	}
	errx(2, "no verb '%s'", verb);
}

/* "START LENGTH TYPE PARAMETERS", as dmsetup takes it. */
static void put_table(const char *line)
{
	struct dm_target *t = (void *)(buf.bytes + buf.head.start);
	int at;

	if (sscanf(line, "%" SCNu64 " %" SCNu64 " %15s %n", &t->sector, &t->length, t->type,
		   &at) != 3 || strlen(line + at) > BUFFER / 2)
		errx(2, "not a table line: '%s'", line);
	strcpy((char *)(t + 1), line + at);
	buf.head.targets = 1;
}

/* A sector and a string of words. */
static void put_message(char **words)
{
	char *text = buf.bytes + buf.head.start + sizeof(uint64_t);

	for (; *words; words++) {
		if (text + strlen(*words) + 2 > buf.bytes + BUFFER)
			errx(2, "a long message");
		text += sprintf(text, "%s%s", *words, words[1] ? " " : "");
	}
}

static void set_nth(int fd, unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fd, text, len, 0) != len)
		err(2, "/proc/self/fail-nth");
}

static unsigned int get_nth(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) <= 0)
		err(2, "/proc/self/fail-nth");
	return atoi(text);
}

int main(int argc, char **argv)
{
	unsigned int request, n, left;
	int control, nth, error = 0;
	const char *verb;

	if (argc < 4)
		errx(2, "usage: failnth N VERB NAME [ARGUMENT]...");
	n = atoi(argv[1]);
	verb = argv[2];
	/* touch every page: a page fault within the ioctl would be counted */
	explicit_bzero(&buf, sizeof(buf));
	buf.head = (struct dm_head){
		.version = { 4, 0, 0 },
		.size = BUFFER,
		.start = sizeof(struct dm_head),
	};
	request = command(verb);
	snprintf(buf.head.name, sizeof(buf.head.name), "%s", argv[3]);
	if (!strcmp(verb, "load") && argc == 5)
		put_table(argv[4]);
	else if (!strcmp(verb, "message") && argc > 4)
		put_message(argv + 4);
	else if (argc != 4)
		errx(2, "wrong number of arguments for '%s'", verb);

	nth = open("/proc/self/fail-nth", O_RDWR);
	if (nth < 0)
		err(2, "/proc/self/fail-nth");
	control = open("/dev/mapper/control", O_RDWR);
	if (control < 0)
		err(2, "/dev/mapper/control");

	set_nth(nth, n);
	if (ioctl(control, request, &buf))
		error = errno;
	left = get_nth(nth);	/* 0: it has failed */
	set_nth(nth, 0);

	if (error) {
		fprintf(stderr, "%s with failure %u: %s\n", verb, n, strerror(error));
		return left ? 1 : 11;
	}
	if (!strcmp(verb, "status") || !strcmp(verb, "table"))
		puts(buf.bytes + buf.head.start + sizeof(struct dm_target));
	else if (buf.head.flags & DM_FLAG_DATA)
		puts(buf.bytes + buf.head.start);
	return left ? 0 : 10;
}
