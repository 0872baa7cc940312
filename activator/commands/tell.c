// SPDX-License-Identifier: GPL-2.0
/* Telling where no system log runs; see tell.h. */
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../dm/activate.h"
#include "../lib/text.h"
#include "tell.h"

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Add a line to what has been told; false: it was there. Lives as long as the process. */
static bool remember(const char *line)
{
	static void *told;
	char *copy = xstrdup(line);

	if (*(char **)tsearch(copy, &told, by_text) == copy)
		return true;
	free(copy);
	return false;
}

/* Was this line told, in this pass or an earlier one? If not, remember it. */
static bool told_before(const char *line)
{
	static FILE *log;
	char *path, old[2048];

	if (!log) {
		path = xprintf("%s/boot.log", act_run_dir());
		mkdir(act_run_dir(), 0755);
		log = fopen(path, "a+e");
		free(path);
		if (!log)
			return false;
		rewind(log);
		while (fgets(old, sizeof(old), log)) {
			old[strcspn(old, "\n")] = '\0';
			remember(old);
		}
	}
	if (!remember(line))
		return true;
	fprintf(log, "%s\n", line);
	fflush(log);
	return false;
}

void tell(const char *text)
{
	char *safe = text_safe(text), *line;
	int fd;

	fprintf(stderr, "varyon: %s\n", safe);
	if (!told_before(safe)) {
		fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
		if (fd >= 0) {
			line = xprintf("<%d>varyon: %s\n", 4, safe);
			/* No one is left to be told that this failed. */
			if (write(fd, line, strlen(line)) < 0)
				errno = 0;
			free(line);
			close(fd);
		}
	}
	free(safe);
}

void tellf(const char *fmt, ...)
{
	char text[1280];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	tell(text);
}
