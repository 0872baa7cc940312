// SPDX-License-Identifier: GPL-2.0
/* VGs that this host varies on by itself; see known.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../lib/text.h"
#include "known.h"

#define VGID_LEN	32

static const char *etc_dir(void)
{
	const char *dir = getenv("VARYON_ETC");

	return dir && *dir ? dir : "/etc/varyon";
}

/* One line of the file; false: it names no VG. */
static bool take_line(char *line, struct known *k)
{
	size_t len = strspn(line, "0123456789abcdefABCDEF");
	const char *name = line + len;

	if (len != VGID_LEN || (*name && !isspace((unsigned char)*name)))
		return false;
	for (size_t i = 0; i < VGID_LEN; i++)
		k->vgid[i] = (char)tolower((unsigned char)line[i]);
	k->vgid[VGID_LEN] = '\0';
	name += strspn(name, " \t");
	snprintf(k->name, sizeof(k->name), "%.*s", (int)strcspn(name, " \t\n"), name);
	return true;
}

unsigned int known_read(struct known **all)
{
	char *path = xprintf("%s/vgs", etc_dir()), *line = NULL;
	FILE *f = fopen(path, "re");
	unsigned int count = 0;
	struct known k;
	size_t size = 0;

	*all = NULL;
	while (f && getline(&line, &size, f) >= 0) {
		if (!take_line(line, &k))
			continue;
		*all = xrealloc(*all, (count + 1) * sizeof(**all));
		(*all)[count++] = k;
	}
	free(line);
	if (f)
		fclose(f);
	free(path);
	return count;
}

bool known_has(const struct vg *vg)
{
	struct known *all;
	unsigned int count = known_read(&all);
	bool has = false;
	char id[33];

	text_hex(id, vg->id.b, 16);
	for (unsigned int i = 0; i < count; i++)
		has |= !strcmp(all[i].vgid, id);
	free(all);
	return has;
}

/* All lines but that of this VGID, as they are. */
static void copy_others(FILE *from, FILE *to, const char *id)
{
	char *line = NULL;
	size_t size = 0;
	struct known k;

	while (from && getline(&line, &size, from) >= 0)
		if (!take_line(line, &k) || strcmp(k.vgid, id))
			fprintf(to, "%s%s", line, strchr(line, '\n') ? "" : "\n");
	free(line);
}

/* A new file takes the place of the old one, so that there always is a whole one. */
enum err_code known_set(const struct vg *vg, bool on, struct err *e)
{
	char *path = xprintf("%s/vgs", etc_dir()), *new_path = xprintf("%s.new", path), id[33];
	FILE *from = fopen(path, "re"), *to;
	bool good = false;

	text_hex(id, vg->id.b, 16);
	mkdir(etc_dir(), 0755);
	to = fopen(new_path, "we");
	if (to) {
		copy_others(from, to, id);
		if (on)
			fprintf(to, "%s %s\n", id, vg->name);
		good = !fflush(to) && !fsync(fileno(to));
		good &= !fclose(to);
		good = good && !rename(new_path, path);
	}
	if (!good) {
		err_set(e, ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
		unlink(new_path);
	}
	if (from)
		fclose(from);
	free(new_path);
	free(path);
	return good ? ERR_OK : ERR_IO;
}
