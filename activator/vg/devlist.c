// SPDX-License-Identifier: GPL-2.0
/*
 * Which devices to look at when nobody names any: VARYON_DEVICES from the
 * environment, else what the kernel lists, without those that can be no PV
 * (our own device-mapper devices above all) or that are slow to say so.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../lib/text.h"
#include "internal.h"

#define SYS_BLOCK	"/sys/class/block"

struct list {
	char **path;
	size_t n;
};

static void list_add(struct list *l, char *path)
{
	l->path = xrealloc(l->path, (l->n + 2) * sizeof(*l->path));
	l->path[l->n++] = path;
	l->path[l->n] = NULL;
}

static void from_environment(struct list *l, const char *env)
{
	while (*env) {
		size_t len = strcspn(env, ":");

		if (len)
			list_add(l, xprintf("%.*s", (int)len, env));
		env += len + (env[len] == ':');
	}
}

static bool has_prefix(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

static bool sys_exists(const char *name, const char *attr)
{
	char *path = xprintf(SYS_BLOCK "/%s/%s", name, attr);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

static bool has_size(const char *name)
{
	char *path = xprintf(SYS_BLOCK "/%s/size", name);
	FILE *f = fopen(path, "re");
	unsigned long long sectors = 0;

	free(path);
	if (!f)
		return false;
	if (fscanf(f, "%llu", &sectors) != 1)
		sectors = 0;
	fclose(f);
	return sectors > 0;
}

static bool worth_a_look(const char *name)
{
	static const char *const skip[] = { ".", "dm-", "ram", "zram", "sr", "fd" };
	size_t i;

	for (i = 0; i < sizeof(skip) / sizeof(skip[0]); i++)
		if (has_prefix(name, skip[i]))
			return false;
	/* A partition of a loop device is there only while that has a backing. */
	if (has_prefix(name, "loop") && !strchr(name + 4, 'p') &&
	    !sys_exists(name, "loop/backing_file"))
		return false;
	return has_size(name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum err_code from_sysfs(struct list *l, struct err *e)
{
	DIR *dir = opendir(SYS_BLOCK);
	struct dirent *d;

	if (!dir)
		return err_set(e, ERR_IO, "%s: %s; mount sysfs, or name devices in VARYON_DEVICES",
			       SYS_BLOCK, strerror(errno));
	while ((d = readdir(dir))) {
		char *path, *bang;

		if (!worth_a_look(d->d_name))
			continue;
		path = xprintf("/dev/%s", d->d_name);
		while ((bang = strchr(path, '!')))
			*bang = '/';
		list_add(l, path);
	}
	closedir(dir);
	qsort(l->path, l->n, sizeof(*l->path), by_name);
	return ERR_OK;
}

char **devlist(struct err *e)
{
	const char *env = getenv("VARYON_DEVICES");
	struct list l = { .path = xalloc(sizeof(*l.path)) };

	if (env)
		from_environment(&l, env);
	else if (from_sysfs(&l, e) != ERR_OK) {
		devlist_free(l.path);
		return NULL;
	}
	return l.path;
}

void devlist_free(char **paths)
{
	size_t i;

	for (i = 0; paths && paths[i]; i++)
		free(paths[i]);
	free(paths);
}
