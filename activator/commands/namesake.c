// SPDX-License-Identifier: GPL-2.0
/* Two VGs of one name; see namesake.h. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include "../lib/text.h"
#include "namesake.h"

/* The devices of the VG that are here, as "sda, sdb"; the caller owns it. */
static char *devices_of(const struct vg *vg)
{
	char *all = xstrdup(""), buf[64];

	for (unsigned int n = 1; n <= VG_MAX_PV; n++)
		if (vg->pv[n] && vg->pv[n]->io)
			text_append(&all, ", ", vg_pv_label(vg->pv[n], buf));
	return all;
}

/* The attribute is the disk's; a partition has it one directory up. */
static bool says_removable(const char *dir)
{
	static const char *const place[] = { "removable", "../removable" };
	bool removable = false;

	for (unsigned int i = 0; i < 2 && !removable; i++) {
		char *path = xprintf("%s/%s", dir, place[i]);
		FILE *f = fopen(path, "re");

		free(path);
		if (!f)
			continue;
		removable = fgetc(f) == '1';
		fclose(f);
	}
	return removable;
}

static bool is_removable(const struct io *io)
{
	char link[64], dir[PATH_MAX];

	if (!io->is_block)
		return false;
	snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(io->rdev), minor(io->rdev));
	return realpath(link, dir) && (strstr(dir, "/usb") || says_removable(dir));
}

static bool on_removable(const struct vg *vg)
{
	for (unsigned int n = 1; n <= VG_MAX_PV; n++)
		if (vg->pv[n] && vg->pv[n]->io && is_removable(vg->pv[n]->io))
			return true;
	return false;
}

static bool is_named(const struct vg *vg, const char *const *ids, unsigned int num_ids)
{
	char id[33];

	text_hex(id, vg->id.b, 16);
	for (unsigned int i = 0; i < num_ids; i++)
		if (!strcmp(ids[i], id))
			return true;
	return false;
}

static bool answers_to(const struct vg *vg, const char *name)
{
	char id[33];

	text_hex(id, vg->id.b, 16);
	return !strcmp(id, name) || (*vg->name && !strcmp(vg->name, name));
}

/* The only one for which fits[] holds; NULL: none or several. */
static const struct vg *only_one(const struct vg_scan *scan, const bool *fits)
{
	const struct vg *one = NULL;

	for (unsigned int i = 0; i < vg_scan_count(scan); i++) {
		if (!fits[i])
			continue;
		if (one)
			return NULL;
		one = vg_scan_vg(scan, i);
	}
	return one;
}

/* Each of that name but `but`, with its VGID and its devices; the caller owns it. */
static char *list_namesakes(const struct vg_scan *scan, const char *name, const struct vg *but)
{
	char *all = xstrdup(""), id[33];

	for (unsigned int i = 0; i < vg_scan_count(scan); i++) {
		const struct vg *vg = vg_scan_vg(scan, i);
		char *devices, *one;

		if (vg == but || !answers_to(vg, name))
			continue;
		text_hex(id, vg->id.b, 16);
		devices = devices_of(vg);
		one = xprintf("%s on %s", id, devices);
		text_append(&all, ", ", one);
		free(one);
		free(devices);
	}
	return all;
}

enum err_code namesake_choose(struct vg_scan *scan, const char *name, const char *const *ids,
			      unsigned int num_ids, char vgid[33], char **warning,
			      struct err *e)
{
	unsigned int count = vg_scan_count(scan), found = 0;
	bool *all = xalloc(count + 1), *named = xalloc(count + 1), *fixed = xalloc(count + 1);
	const char *why = "an option names this one by its VGID";
	const struct vg *one;
	char *others;
	struct vg *vg;

	*warning = NULL;
	for (unsigned int i = 0; i < count; i++) {
		vg = vg_scan_vg(scan, i);
		all[i] = answers_to(vg, name);
		named[i] = all[i] && is_named(vg, ids, num_ids);
		fixed[i] = all[i] && !on_removable(vg);
		found += all[i];
	}
	one = only_one(scan, found == 1 ? all : named);
	if (!one) {
		one = only_one(scan, fixed);
		why = "it lies on no removable device";
	}
	free(all);
	free(named);
	free(fixed);
	if (!found)
		return vg_find(scan, name, &vg, e);
	others = list_namesakes(scan, name, one);
	if (!one) {
		err_set(e, ERR_CONFLICT,
			"%u volume groups are named %s: %s; say which one is meant with rd.varyon.vg=VGID, or leave disks out with rd.varyon.pv=PATTERN",
			found, name, others);
		free(others);
		return ERR_CONFLICT;
	}
	text_hex(vgid, one->id.b, 16);
	if (*others)
		*warning = xprintf("warning: %s is VG %s, because %s; left alone, though of the same name: %s",
				   name, vgid, why, others);
	free(others);
	return ERR_OK;
}
