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

/* How fast the LV may be brought up to date, as its live table says; the caller owns it. */
static char *speed_words(const struct vg *vg, const struct vg_lv *lv)
{
	char uuid[NAME_UUID_LEN], *params = NULL, *options = NULL, *words = xstrdup(""), *save;

	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	if (!mapdev_set_table(uuid, &params, NULL) && params)
		options = table_live_options(params);
	for (char *w = options ? strtok_r(options, " ", &save) : NULL; w;
	     w = strtok_r(NULL, " ", &save))
		if (!strncmp(w, "resync_", 7))
			text_append(&words, " ", w);
	free(options);
	free(params);
	return words;
}

/* A column that moves: the mirror of both places, each a leg that has its own device. */
static enum err_code column_table(const struct vg *vg, const struct vg_lv *set, bool read_only,
				  struct table *t, struct err *e)
{
	struct table_opts to = { .more = speed_words(vg, vg->lv[set->num]) };
	char *words[VY_MAX_SLOTS] = { NULL };
	struct judge j;
	enum err_code code = judge_lv(vg, set, 0, &j, e);

	for (unsigned int i = 0; i < set->copies && !code; i++)
		if (j.have[i])
			code = leg_make(vg, set, i, read_only, &words[i], e);
	if (!code)
		table_mirror(t, vg, set, words, &to);
	free(to.more);
	for (unsigned int i = 0; i < set->copies; i++)
		free(words[i]);
	return code;
}

/* What the internal device of leg c is to be. */
static enum err_code device_table(const struct vg *vg, const struct vg_lv *set, unsigned int c,
				  bool read_only, struct table *t, struct err *e)
{
	struct vg_lv column;

	if (lv_column_set(set, c, &column))
		return column_table(vg, &column, read_only, t, e);
	table_linear(t, vg, set, c);
	return ERR_OK;
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
	code = device_table(vg, set, c, read_only, &t, e);
	if (!code)
		code = leg_device(vg, lv, c, &t, read_only, &dev, e);
	table_free(&t);
	if (!code)
		*words = dev_words(vg, set, c, &dev);
	return code;
}

/*
 * The device of a column that lay on its PV as it is: until the LV is suspended it is the
 * old place alone, because what is written meanwhile does not come by here.
 */
static enum err_code begin_to_move(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				   struct mapdev *dev, struct err *e)
{
	struct table t = { 0 };
	enum err_code code;

	table_linear(&t, vg, set_of(vg, lv), c);
	code = leg_device(vg, lv, c, &t, false, dev, e);
	table_free(&t);
	return code;
}

enum err_code leg_make_swap(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			    char **words, struct leg_swap *s, struct err *e)
{
	const struct vg_lv *set = set_of(vg, lv);
	struct vg_lv column;
	struct mapdev dev;
	enum err_code code;
	bool moves;

	code = leg_names(vg, lv, set->leg[c].slot, s->name, s->uuid, e);
	if (!code)
		code = mapdev_info(s->uuid, &dev, e);
	if (code)
		return code;
	moves = lv_column_set(set, c, &column);
	if ((!dev.exists || !dev.open_count) && !moves)
		return leg_make(vg, lv, c, false, words, e);
	if (!dev.exists || !dev.open_count)
		code = begin_to_move(vg, lv, c, &dev, e);
	if (!code)
		code = device_table(vg, set, c, false, &s->table, e);
	if (!code)
		*words = table_copy_contiguous(set, c) ? table_leg(vg, set, c, NULL) :
							 dev_words(vg, set, c, &dev);
	return code;
}

static enum err_code remove_all(const struct vg *vg, const struct vg_lv *lv, bool only_unused,
				struct err *e)
{
	enum err_code code = ERR_OK;

	/* Those of a column that moves after the column that lies on them. */
	for (unsigned int s = 0; s < NAME_LEGS && !code; s++) {
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
