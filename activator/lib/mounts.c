// SPDX-License-Identifier: GPL-2.0
/* Mount points; see mounts.h. */
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mounts.h"
#include "text.h"

bool path_is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
}

/* Mount points have blanks and the like as \ooo. */
static void decode(char *s)
{
	char *to = s;

	for (; *s; s++, to++) {
		if (s[0] == '\\' && isdigit(s[1]) && isdigit(s[2]) && isdigit(s[3])) {
			*to = (char)((s[1] - '0') << 6 | (s[2] - '0') << 3 | (s[3] - '0'));
			s += 3;
		} else {
			*to = *s;
		}
	}
	*to = '\0';
}

char **mounts_below(const char *dir, unsigned int *count)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	char **all = NULL, *line = NULL, path[PATH_MAX];
	size_t size = 0;

	*count = 0;
	while (f && getline(&line, &size, f) >= 0) {
		if (sscanf(line, "%*s %*s %*s %*s %4095s", path) != 1)
			continue;
		decode(path);
		if (!path_is_below(path, dir))
			continue;
		all = xrealloc(all, (*count + 1) * sizeof(*all));
		all[(*count)++] = xstrdup(path);
	}
	free(line);
	if (f)
		fclose(f);
	return all;
}
