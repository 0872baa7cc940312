// SPDX-License-Identifier: GPL-2.0
/* LVs to mapped devices and back; see activate.h. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../lib/text.h"
#include "activate.h"
#include "mapdev.h"
#include "node.h"
#include "swap.h"
#include "table.h"

#define PERM_READ_ONLY	2	/* vg_lv.permissions */

static void say(const struct act_opts *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say(const struct act_opts *o, const char *fmt, ...)
{
	char text[1280];
	va_list ap;

	if (!o->say)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	o->say(text);
}

/* ---- what the administrator has to know about copies ---- */

static char *missing_text(const struct vg_pv *pv)
{
	char pvid[17];

	text_hex(pvid, pv->id.b, 8);
	if (!pv->last_path)
		return xstrdup(pvid);
	return xprintf("%s (last seen as %s)", pvid, pv->last_path);
}

/* The missing ones among the PVs that mask names. */
static char *missing_of(const struct vg *vg, const bool *mask)
{
	char *all = xstrdup("");

	for (unsigned int n = 1; n <= VG_MAX_PV; n++) {
		char *one, *more;

		if (!vg->pv[n] || vg->pv[n]->io || !mask[n])
			continue;
		one = missing_text(vg->pv[n]);
		more = xprintf("%s%s%s", all, *all ? ", " : "", one);
		free(one);
		free(all);
		all = more;
	}
	return all;
}

char *act_missing_pvs(const struct vg *vg)
{
	bool mask[VG_MAX_PV + 1];

	memset(mask, true, sizeof(mask));
	return missing_of(vg, mask);
}

static char *missing_of_copy(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	bool mask[VG_MAX_PV + 1] = { false };

	for (uint32_t lp = 0; lp < lv->num_lps; lp++)
		mask[lv->map[c][lp].pv] = true;
	mask[lv->leg[c].sa_pv] = true;
	return missing_of(vg, mask);
}

static void say_legs(const struct vg *vg, const struct vg_lv *lv, const struct judge *j,
		     const struct act_opts *o)
{
	for (unsigned int c = 0; lv->type == LV_MIRROR && c < lv->copies; c++) {
		char *pvs = judge_copy_pvs(vg, lv, c), *missing;

		switch (j->leg[c]) {
		case LEG_TARGET:
			say(o, "%s/%s: copy %u on %s lags behind: %s is copied to it",
			    vg->name, lv->name, c + 1, pvs,
			    j->verdict.full & 1u << lv->leg[c].slot ? "everything" : "what it lacks");
			break;
		case LEG_MISSING:
			missing = missing_of_copy(vg, lv, c);
			say(o, "%s/%s: DEGRADED: copy %u is missing, PV %s; the data has one protection less until it returns",
			    vg->name, lv->name, c + 1, missing);
			free(missing);
			break;
		case LEG_DAMAGED:
			say(o, "%s/%s: DEGRADED: copy %u on %s is left out: %s; run 'varyon rejoin -f %s/%s %s' to copy it anew",
			    vg->name, lv->name, c + 1, pvs, j->damage[c].text,
			    vg->name, lv->name, pvs);
			break;
		default:
			break;
		}
		free(pvs);
	}
}

/* ---- internal devices of legs ---- */

/*
 * The data device of leg c as words of the mirror's table. A copy in pieces
 * gets a dm-linear of its own; one that is there already, perhaps still held
 * by a mirror that has lost it, gets the new table.
 */
static enum err_code make_leg(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			      bool read_only, char **words, struct err *e)
{
	char name[NAME_LEN], uuid[NAME_UUID_LEN], dev_text[32];
	struct table t = { 0 };
	struct mapdev dev;
	enum err_code code;

	if (table_copy_contiguous(lv, c)) {
		*words = table_leg(vg, lv, c, NULL);
		return ERR_OK;
	}
	/* Named by slot: a copy's number changes when one below it is removed. */
	code = name_lv(name, vg, lv, lv->leg[c].slot, e);
	if (code)
		return code;
	name_uuid(uuid, vg, lv, lv->leg[c].slot);
	table_linear(&t, vg, lv, c);
	code = mapdev_info(uuid, &dev, e);
	if (!code && dev.exists && !dev.open_count) {
		code = mapdev_remove(name, uuid, e);
		dev.exists = false;
	}
	if (!code && dev.exists)
		code = swap_table(name, uuid, &t, read_only, true, e);
	else if (!code)
		code = mapdev_create(name, uuid, &t, read_only, true, &dev, e);
	table_free(&t);
	if (code)
		return code;
	snprintf(dev_text, sizeof(dev_text), "%u:%u", dev.major, dev.minor);
	*words = table_leg(vg, lv, c, dev_text);
	return ERR_OK;
}

static enum err_code remove_legs(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int slot = 0; slot < lv->nslots && !code; slot++) {
		char name[NAME_LEN], uuid[NAME_UUID_LEN];

		if (lv->type != LV_MIRROR || name_lv(name, vg, lv, slot, NULL))
			continue;
		name_uuid(uuid, vg, lv, slot);
		code = mapdev_remove(name, uuid, e);
	}
	return code;
}

/* ---- start ---- */

static enum err_code mirror_table(const struct vg *vg, const struct vg_lv *lv,
				  const struct judge *j, bool read_only,
				  const struct act_opts *o, struct table *t, struct err *e)
{
	char *words[VY_MAX_SLOTS] = { NULL };
	enum err_code code = ERR_OK;

	for (unsigned int c = 0; c < lv->copies && !code; c++)
		if (j->have[c])
			code = make_leg(vg, lv, c, read_only, &words[c], e);
	if (!code)
		table_mirror(t, vg, lv, words, o->no_resync);
	for (unsigned int c = 0; c < lv->copies; c++)
		free(words[c]);
	return code;
}

static enum err_code need_block_devices(const struct vg *vg, struct err *e)
{
	for (unsigned int n = 1; n <= VG_MAX_PV; n++)
		if (vg->pv[n] && vg->pv[n]->io && !vg->pv[n]->io->is_block)
			return err_set(e, ERR_USAGE,
				       "%s: PV %s is an image file; only block devices can be activated (losetup makes one)",
				       vg->name, vg->pv[n]->io->path);
	return ERR_OK;
}

static enum err_code start(const struct vg *vg, const struct vg_lv *lv, const char *name,
			   const char *uuid, const struct act_opts *o, struct err *e)
{
	bool mirror = vg->kind == VG_NATIVE && lv->type == LV_MIRROR;
	bool read_only = o->read_only || vg->read_only || vg->kind == VG_AIX ||
			 lv->permissions == PERM_READ_ONLY;
	struct err node_err = { 0 };
	struct table t = { 0 };
	struct mapdev dev;
	struct judge j;
	enum err_code code;

	code = need_block_devices(vg, e);
	if (!code)
		code = judge_lv(vg, lv, 0, &j, e);
	if (!code)
		code = mapdev_need_target(mirror ? "varyon-mirror" : "linear", e);
	if (!code && o->before)
		code = o->before(vg, read_only, o->data, e);
	if (code)
		return code;
	say_legs(vg, lv, &j, o);
	if (mirror)
		code = mirror_table(vg, lv, &j, read_only, o, &t, e);
	else
		table_linear(&t, vg, lv, 0);
	if (!code)
		code = mapdev_create(name, uuid, &t, read_only, false, &dev, e);
	table_free(&t);
	if (code) {
		remove_legs(vg, lv, NULL);
		return code;
	}
	if (node_wait(name, dev.major, dev.minor, &node_err))
		say(o, "warning: %s", node_err.text);
	return ERR_OK;
}

/* ---- legs that return to an active mirror ---- */

/* Copies that the kernel does not use. */
static unsigned int unused_copies(const struct vg_lv *lv, const struct mirror_status *st)
{
	unsigned int mask = 0;

	for (unsigned int c = 0; c < lv->copies; c++)
		if (!strchr("MT", status_letter(st, lv->leg[c].slot)))
			mask |= 1u << c;
	return mask;
}

/*
 * Put leg c into *params, when its PV is here and its status area is good;
 * *returned: it was. It is judged with those in use alone: what is wrong with
 * another one that is not in use does not keep it out. The text may be the
 * same as before, when a failed device works again.
 */
static enum err_code return_leg(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				const struct mirror_status *st, char **params,
				bool *returned, struct err *e)
{
	char *data, *words, *edited;
	enum err_code code;
	struct judge j;

	code = judge_lv(vg, lv, unused_copies(lv, st) & ~(1u << c), &j, e);
	if (code || !j.have[c])
		return code;
	code = make_leg(vg, lv, c, false, &data, e);
	if (code)
		return code;
	words = table_leg_words(vg, lv, c, data);
	edited = table_replace_leg(*params, lv->leg[c].slot, words);
	free(words);
	free(data);
	if (!edited)
		return err_set(e, ERR_KERNEL, "%s/%s: the kernel's table is not understood: %s",
			       vg->name, lv->name, *params);
	free(*params);
	*params = edited;
	*returned = true;
	return ERR_OK;
}

static void say_returned(const struct vg *vg, const struct vg_lv *lv, const bool *returned,
			 const struct act_opts *o)
{
	for (unsigned int c = 0; c < lv->copies; c++) {
		char *pvs;

		if (!returned[c])
			continue;
		pvs = judge_copy_pvs(vg, lv, c);
		say(o, "%s/%s: copy %u on %s is back: what it lacks is copied to it",
		    vg->name, lv->name, c + 1, pvs);
		free(pvs);
	}
}

/*
 * Every leg that the kernel calls away or failed is tried. A leg that cannot
 * come back does not keep others from it; the first error is returned.
 */
static enum err_code refresh(const struct vg *vg, const struct vg_lv *lv,
			     const struct act_state *s, const char *uuid,
			     const struct act_opts *o, struct err *e)
{
	bool returned[VY_MAX_SLOTS] = { false }, any = false;
	char *old = NULL, *params = NULL;
	struct err later = { 0 };
	struct table t = { 0 };
	uint64_t sectors;
	enum err_code code;

	if (!s->mirrored || s->read_only)
		return ERR_OK;
	code = mapdev_table(uuid, &old, &sectors, e);
	if (code)
		return code;
	params = table_set_no_resync(old, o->no_resync);
	if (!params)
		code = err_set(e, ERR_KERNEL, "%s/%s: the kernel's table is not understood: %s",
			       vg->name, lv->name, old);
	for (unsigned int c = 0; !code && c < lv->copies; c++) {
		if (strchr("AF", status_letter(&s->status, lv->leg[c].slot)))
			return_leg(vg, lv, c, &s->status, &params, &returned[c], &later);
		any |= returned[c];
	}
	if (!code && (any || strcmp(old, params))) {
		table_add(&t, 0, sectors, "varyon-mirror", "%s", params);
		code = swap_table(s->name, uuid, &t, false, false, e);
	}
	if (!code)
		say_returned(vg, lv, returned, o);
	if (!code && later.code)
		code = err_set(e, later.code, "%s", later.text);
	table_free(&t);
	free(params);
	free(old);
	return code;
}

enum err_code act_lv_start(const struct vg *vg, const struct vg_lv *lv,
			   const struct act_opts *o, struct err *e)
{
	char uuid[NAME_UUID_LEN];
	struct act_state s;
	struct mapdev dev;
	enum err_code code;

	code = act_lv_state(vg, lv, &s, e);
	if (code)
		return code;
	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	if (s.active && s.suspended) {
		say(o, "%s/%s: was suspended, is resumed", vg->name, lv->name);
		code = mapdev_resume(s.name, uuid, false, e);
		if (!code)
			code = act_lv_state(vg, lv, &s, e);
		if (code)
			return code;
	}
	if (s.active)
		return refresh(vg, lv, &s, uuid, o, e);
	/* A device without a table is what an interrupted activation leaves. */
	code = mapdev_info(uuid, &dev, e);
	if (!code && dev.exists)
		code = mapdev_remove(s.name, uuid, e);
	return code ? code : start(vg, lv, s.name, uuid, o, e);
}

enum err_code act_lv_stop(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	char uuid[NAME_UUID_LEN];
	struct act_state s;
	enum err_code code;

	code = act_lv_state(vg, lv, &s, e);
	if (code)
		return code;
	if (s.active && s.open)
		return err_set(e, ERR_CONFLICT,
			       "%s/%s: the LV is open (/dev/mapper/%s): unmount it, or end what uses it",
			       vg->name, lv->name, s.name);
	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	code = mapdev_remove(s.name, uuid, e);
	if (!code && s.active)
		node_gone(s.name, s.major, s.minor);
	return code ? code : remove_legs(vg, lv, e);
}

enum err_code act_lv_state(const struct vg *vg, const struct vg_lv *lv, struct act_state *s,
			   struct err *e)
{
	char uuid[NAME_UUID_LEN], *line;
	struct mapdev dev;
	enum err_code code;

	memset(s, 0, sizeof(*s));
	code = name_lv(s->name, vg, lv, NAME_NO_LEG, e);
	if (code)
		return code;
	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	code = mapdev_info(uuid, &dev, e);
	if (code || !dev.exists || !dev.has_table)
		return code;
	s->active = true;
	s->open = dev.open_count > 0;
	s->suspended = dev.suspended;
	s->read_only = dev.read_only;
	s->major = dev.major;
	s->minor = dev.minor;
	if (vg->kind != VG_NATIVE || lv->type != LV_MIRROR)
		return ERR_OK;
	code = mapdev_status(uuid, &line, e);
	if (code)
		return code;
	s->mirrored = status_parse(line, &s->status);
	if (!s->mirrored)
		code = err_set(e, ERR_KERNEL, "%s/%s: the kernel's status is not understood: %s",
			       vg->name, lv->name, line);
	free(line);
	return code;
}

enum err_code act_lv_counters(const struct vg *vg, const struct vg_lv *lv, char **answer,
			      struct err *e)
{
	char uuid[NAME_UUID_LEN];

	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	return mapdev_message(uuid, "stat", answer, e);
}

/* ---- the VG as a whole ---- */

enum err_code act_vg_quorum(const struct vg *vg, enum act_quorum rule, struct err *e)
{
	unsigned int need = rule == ACT_QUORUM_ON ? vg->total_vgdas / 2 + 1 :
						    vg_quorum_needed(vg);
	char *missing;

	if (rule == ACT_QUORUM_OFF ||
	    (rule == ACT_QUORUM_VG ? vg_has_quorum(vg) : vg->seen_vgdas >= need))
		return ERR_OK;
	missing = act_missing_pvs(vg);
	err_set(e, ERR_QUORUM,
		"%s: no quorum: %u of %u VGDA copies are here, %u are needed; missing PVs: %s; attach them, or override with varyonvg -f (rd.varyon.quorum=off at boot)",
		vg->name, vg->seen_vgdas, vg->total_vgdas, need, *missing ? missing : "none");
	free(missing);
	return ERR_QUORUM;
}

const char *act_run_dir(void)
{
	const char *dir = getenv("VARYON_RUN");

	return dir && *dir ? dir : "/run/varyon";
}

static char *mark_path(const struct vg *vg)
{
	char vgid[33];

	text_hex(vgid, vg->id.b, 16);
	return xprintf("%s/vg-%s", act_run_dir(), vgid);
}

bool act_vg_is_on(const struct vg *vg)
{
	char *path = mark_path(vg);
	bool on = access(path, F_OK) == 0;
	struct act_state s;

	free(path);
	for (unsigned int n = 1; n <= VG_MAX_LV && !on; n++)
		if (vg->lv[n] && !vg->lv[n]->hidden &&
		    !act_lv_state(vg, vg->lv[n], &s, NULL))
			on = s.active;
	return on;
}

enum err_code act_vg_mark(const struct vg *vg, bool on, struct err *e)
{
	char *path = mark_path(vg);
	enum err_code code = ERR_OK;
	int fd;

	if (on) {
		mkdir(act_run_dir(), 0755);
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0)
			code = err_set(e, ERR_IO, "%s: cannot create: %s", path, strerror(errno));
		else
			close(fd);
	} else if (unlink(path) && errno != ENOENT) {
		code = err_set(e, ERR_IO, "%s: cannot remove: %s", path, strerror(errno));
	}
	free(path);
	return code;
}
