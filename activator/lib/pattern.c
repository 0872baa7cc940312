// SPDX-License-Identifier: GPL-2.0
/* Paths with wildcards; see pattern.h. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "pattern.h"
#include "text.h"

#define WILD	"*?[\\"

/* ---- one name ---- */

/* p: behind a '['. What comes behind the ']' when the set has c in it, else NULL. */
static const char *match_set(const char *p, unsigned char c)
{
	bool negated = *p == '!' || *p == '^', found = false;
	const char *first = p + negated, *s;

	for (s = first; *s && (*s != ']' || s == first); s++) {
		unsigned char low = *s, high = low;

		if (s[1] == '-' && s[2] && s[2] != ']') {
			high = s[2];
			s += 2;
		}
		found |= low <= c && c <= high;
	}
	/* Without an end it is no set. */
	if (!*s)
		return c == '[' ? p : NULL;
	return found != negated ? s + 1 : NULL;
}

/* What comes behind the part of the pattern, no '*', that matches c; NULL: none does. */
static const char *match_one(const char *p, char c)
{
	if (!*p)
		return NULL;
	if (*p == '?')
		return p + 1;
	if (*p == '[')
		return match_set(p + 1, c);
	if (*p == '\\' && p[1])
		p++;
	return *p == c ? p + 1 : NULL;
}

bool pattern_match(const char *pattern, const char *name)
{
	/* behind the last '*', and where what it does not stand for was last tried */
	const char *star = NULL, *retry = NULL;

	if (*name == '.' && *pattern != '.')
		return false;
	for (;;) {
		const char *next;

		if (*pattern == '*') {
			star = ++pattern;
			retry = name;
			continue;
		}
		if (!*name)
			return !*pattern;
		next = match_one(pattern, *name);
		if (next) {
			pattern = next;
			name++;
		} else if (star) {
			pattern = star;
			name = ++retry;
		} else {
			return false;
		}
	}
}

/* ---- paths ---- */

struct found {
	char **paths;	/* owned */
	size_t count;
};

/* done: a path that is there, or "". rest: what is to follow it. */
static void walk(struct found *f, const char *done, const char *rest)
{
	size_t slashes = strspn(rest, "/"), len = strcspn(rest + slashes, "/");
	char *dir = xprintf("%s%.*s", done, (int)slashes, rest);
	char *part = xprintf("%.*s", (int)len, rest + slashes), *path;

	rest += slashes + len;
	if (strpbrk(part, WILD)) {
		DIR *d = opendir(*dir ? dir : ".");
		struct dirent *entry;

		while (d && (entry = readdir(d))) {
			if (!pattern_match(part, entry->d_name))
				continue;
			path = xprintf("%s%s", dir, entry->d_name);
			walk(f, path, rest);
			free(path);
		}
		if (d)
			closedir(d);
	} else if (*rest) {
		path = xprintf("%s%s", dir, part);
		walk(f, path, rest);
		free(path);
	} else {
		path = xprintf("%s%s", dir, part);
		if (access(path, F_OK) == 0) {
			f->paths = xrealloc(f->paths, (f->count + 2) * sizeof(*f->paths));
			f->paths[f->count++] = path;
		} else {
			free(path);
		}
	}
	free(part);
	free(dir);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **pattern_paths(const char *pattern)
{
	struct found f = { .paths = xalloc(sizeof(*f.paths)) };

	walk(&f, "", pattern);
	qsort(f.paths, f.count, sizeof(*f.paths), by_bytes);
	f.paths[f.count] = NULL;
	return f.paths;
}

void pattern_free(char **paths)
{
	for (char **p = paths; *p; p++)
		free(*p);
	free(paths);
}
