// SPDX-License-Identifier: GPL-2.0
/* The data devices of a mirror's legs; see legs.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "legs.h"
#include "mapdev.h"

/* Of the device of the leg in that slot: a slot never changes, a copy's number may. */
static enum err_code leg_names(const struct vg *vg, const struct vg_lv *lv, unsigned int slot,
			       char name[NAME_LEN], char uuid[NAME_UUID_LEN], struct err *e)
{
	name_uuid(uuid, vg, lv, (int)slot);
	return name_lv(name, vg, lv, (int)slot, e);
}

static char *dev_words(const struct vg *vg, const struct vg_lv *set, unsigned int c,
		       const struct mapdev *dev)
{
	char text[32];

	snprintf(text, sizeof(text), "%u:%u", dev->major, dev->minor);
	return table_leg(vg, set, c, text);
}

/* The map of a split child is its origin's; the devices have its own name. */
static const struct vg_lv *set_of(const struct vg *vg, const struct vg_lv *lv)
{
	unsigned int own;

	return lv_origin(vg, lv, &own);
}

enum err_code leg_device(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			 const struct table *t, bool read_only, struct mapdev *dev,
			 struct err *e)
{
	char name[NAME_LEN], uuid[NAME_UUID_LEN];
	enum err_code code;

	code = leg_names(vg, lv, set_of(vg, lv)->leg[c].slot, name, uuid, e);
	if (!code)
		code = mapdev_info(uuid, dev, e);
	if (code)
		return code;
	if (dev->exists && !dev->open_count) {
		code = mapdev_remove(name, uuid, e);
		dev->exists = false;
	}
	if (!code && dev->exists)
		code = swap_table(name, uuid, t, read_only, true, e);
	else if (!code)
		code = mapdev_create(name, uuid, t, read_only, true, dev, e);
	return code;
}

enum err_code leg_make(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		       bool read_only, char **words, struct err *e)
{
	const struct vg_lv *set = set_of(vg, lv);
	struct table t = { 0 };
	struct mapdev dev;
	enum err_code code;

	if (table_copy_contiguous(set, c)) {
		*words = table_leg(vg, set, c, NULL);
		return ERR_OK;
	}
	table_linear(&t, vg, set, c);
	code = leg_device(vg, lv, c, &t, read_only, &dev, e);
	table_free(&t);
	if (!code)
		*words = dev_words(vg, set, c, &dev);
	return code;
}

enum err_code leg_make_swap(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			    char **words, struct leg_swap *s, struct err *e)
{
	const struct vg_lv *set = set_of(vg, lv);
	struct mapdev dev;
	enum err_code code;

	if (table_copy_contiguous(set, c))
		return leg_make(vg, lv, c, false, words, e);
	code = leg_names(vg, lv, set->leg[c].slot, s->name, s->uuid, e);
	if (!code)
		code = mapdev_info(s->uuid, &dev, e);
	if (code)
		return code;
	if (!dev.exists || !dev.open_count)
		return leg_make(vg, lv, c, false, words, e);
	table_linear(&s->table, vg, set, c);
	*words = dev_words(vg, set, c, &dev);
	return ERR_OK;
}

static enum err_code remove_all(const struct vg *vg, const struct vg_lv *lv, bool only_unused,
				struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int s = 0; s < VY_MAX_SLOTS && !code; s++) {
		char name[NAME_LEN], uuid[NAME_UUID_LEN];
		struct mapdev dev;

		if (vg->kind != VG_NATIVE || leg_names(vg, lv, s, name, uuid, NULL))
			continue;
		code = mapdev_info(uuid, &dev, e);
		if (!code && dev.exists && !(only_unused && dev.open_count))
			code = mapdev_remove(name, uuid, e);
	}
	return code;
}

enum err_code legs_remove_unused(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	return remove_all(vg, lv, true, e);
}

enum err_code legs_remove(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	return remove_all(vg, lv, false, e);
}
