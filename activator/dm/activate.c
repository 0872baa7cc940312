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
#include "legs.h"
#include "live.h"
#include "mapdev.h"
#include "node.h"
#include "rescue.h"

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
		char *one;

		/* What is away in a snapshot VG is not missing. */
		if (!vg->pv[n] || vg->pv[n]->io || vg->pv[n]->state & PV_SPLIT || !mask[n])
			continue;
		one = missing_text(vg->pv[n]);
		text_append(&all, ", ", one);
		free(one);
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
	for (unsigned int c = 0; lv->type != LV_LINEAR && c < lv->copies; c++) {
		char *pvs = judge_copy_pvs(vg, lv, c), *missing, *damage;
		unsigned int bit = 1u << lv->leg[c].slot;

		switch (j->leg[c]) {
		case LEG_TARGET:
			say(o, "%s/%s: %s %u on %s %s: %s is copied to it",
			    vg->name, lv->name, lv_leg_word(lv), c + 1, pvs,
			    j->give_up & bit ? "is given up" : "lags behind",
			    j->verdict.full & bit ? "everything" :
			    j->give_up & bit ? "what either side changed" : "what it lacks");
			break;
		case LEG_MISSING:
			missing = missing_of_copy(vg, lv, c);
			say(o, "%s/%s: DEGRADED: %s %u is missing, PV %s; the data has one protection less until it returns",
			    vg->name, lv->name, lv_leg_word(lv), c + 1, missing);
			free(missing);
			break;
		case LEG_DAMAGED:
			damage = judge_damage_text(vg, lv, j, c);
			say(o, "%s", damage);
			free(damage);
			break;
		default:
			break;
		}
		free(pvs);
	}
}

/* ---- start ---- */

/* Slots that are given up though the VG does not say so, as words of the table. */
static char *discard_words(const struct vg_lv *lv, uint8_t give_up)
{
	char *words = xstrdup("");

	for (unsigned int c = 0; c < lv->copies; c++) {
		char *more;

		if (!(give_up & 1u << lv->leg[c].slot) || lv->leg[c].flags & LEG_DISCARD)
			continue;
		more = xprintf("%s%sdiscard:%u", words, *words ? " " : "", lv->leg[c].slot);
		free(words);
		words = more;
	}
	return words;
}

/* What the table is to say that the VG does not; the caller owns it. */
static char *more_words(const struct vg_lv *set, const struct judge *j,
			const struct act_opts *o)
{
	char *discard = discard_words(set, j->give_up), *all;

	if (o->dirty_degraded && set->type == LV_RAID5)
		text_append(&discard, " ", "dirty_degraded:accept");
	if (!o->set_speed)
		return discard;
	all = xprintf("%s%sresync_min:%" PRIu64 " resync_max:%" PRIu64, discard,
		      *discard ? " " : "", o->resync_min, o->resync_max);
	free(discard);
	return all;
}

static enum err_code set_table(const struct vg *vg, const struct vg_lv *lv,
			       const struct judge *j, bool read_only,
			       const struct act_opts *o, struct table *t, struct err *e)
{
	unsigned int own;
	const struct vg_lv *set = lv_origin(vg, lv, &own);
	struct table_opts to = { .no_resync = o->no_resync, .side = set != lv };
	char *words[VY_MAX_SLOTS] = { NULL };
	enum err_code code = ERR_OK;

	for (unsigned int c = 0; c < set->copies && !code; c++)
		if (j->have[c])
			code = leg_make(vg, lv, c, read_only, &words[c], e);
	if (!code) {
		to.more = more_words(set, j, o);
		table_mirror(t, vg, set, words, &to);
		free(to.more);
	}
	for (unsigned int c = 0; c < set->copies; c++)
		free(words[c]);
	return code;
}

static bool is_set(const struct vg *vg, const struct vg_lv *lv)
{
	unsigned int own;

	return vg->kind == VG_NATIVE && lv_origin(vg, lv, &own)->type != LV_LINEAR;
}

enum err_code act_lv_table(const struct vg *vg, const struct vg_lv *lv, const struct judge *j,
			   bool read_only, const struct act_opts *o, struct table *t,
			   struct err *e)
{
	if (is_set(vg, lv))
		return set_table(vg, lv, j, read_only, o, t, e);
	table_linear(t, vg, lv, 0);
	return ERR_OK;
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

/* Without a node the LV is active all the same: that is said, and no error. */
static void need_node(const char *name, unsigned int major, unsigned int minor,
		      const struct act_opts *o)
{
	struct err e = { 0 };

	if (node_wait(name, major, minor, &e))
		say(o, "warning: %s", e.text);
}

/*
 * What the missing column of RAID5 held is told by the parity, which is wrong where
 * a write was cut short, unless the row log makes it right.
 */
static enum err_code check_parity(const struct vg *vg, const struct vg_lv *lv,
				  const struct judge *j, struct err *e)
{
	unsigned int gone = 0, use = 0;
	char *missing;

	if (lv->type != LV_RAID5)
		return ERR_OK;
	for (unsigned int c = 0; c < lv->copies; c++)
		if (j->leg[c] == LEG_MEMBER)
			use |= 1u << c;
		else
			gone = c;
	if (judge_rows(lv, j, use, judge_open(vg, lv, use)) != ROWS_TORN)
		return ERR_OK;
	missing = judge_copy_pvs(vg, lv, gone);
	err_set(e, ERR_QUORUM,
		"%s/%s: not activated: column %u on %s is not here or not up to date, and the others were not closed (a power cut?), so that what it held may be lost where something was being written; attach its PV if it was in use until then, else believe the parity as it is: varyonvg --dirty-degraded %s",
		vg->name, lv->name, gone + 1, missing, vg->name);
	free(missing);
	return ERR_QUORUM;
}

/* ---- without our module ---- */

/* dm-raid takes whole devices only. */
static enum err_code rescue_columns(const struct vg *vg, const struct vg_lv *lv,
				    const struct rescue *r, struct table *t, struct err *e)
{
	char *dev[VY_MAX_SLOTS] = { NULL };
	enum err_code code = mapdev_need_target("raid", e);

	for (unsigned int c = 0; c < r->set->copies && !code; c++) {
		struct table column = { 0 };
		struct mapdev made;

		if (!(r->use & 1u << c))
			continue;
		rescue_copy(r, vg, c, &column);
		code = leg_device(vg, lv, c, &column, true, &made, e);
		table_free(&column);
		if (!code)
			dev[c] = xprintf("%u:%u", made.major, made.minor);
	}
	if (!code)
		rescue_raid5(r, vg, dev, t);
	for (unsigned int c = 0; c < VY_MAX_SLOTS; c++)
		free(dev[c]);
	return code;
}

static enum err_code rescue_table(const struct vg *vg, const struct vg_lv *lv,
				  const struct judge *j, const struct act_opts *o,
				  struct table *t, struct err *e)
{
	enum err_code code;
	struct rescue r;
	char *text;

	code = rescue_choose(vg, lv, j, o->dirty_degraded, &r, e);
	if (!code && r.set->type == LV_RAID5)
		code = rescue_columns(vg, lv, &r, t, e);
	else if (!code)
		rescue_copy(&r, vg, (unsigned int)__builtin_ctz(r.use), t);
	if (!code) {
		text = rescue_text(&r, vg, lv);
		say(o, "%s", text);
		free(text);
	}
	rescue_end(&r);
	return code;
}

static enum err_code start(const struct vg *vg, const struct vg_lv *lv, const char *name,
			   const char *uuid, const struct act_opts *o, struct err *e)
{
	bool read_only = o->read_only || vg->read_only || vg->kind == VG_AIX ||
			 lv->permissions == PERM_READ_ONLY ||
			 (lv->child_of && !lv->child_writable);
	struct table t = { 0 };
	struct mapdev dev;
	unsigned int own;
	struct judge j;
	enum err_code code;
	bool rescue;

	code = need_block_devices(vg, e);
	/* A split child may have had to be taken from its LV first. */
	if (!code && o->judged && !lv->child_of)
		j = *o->judged;
	else if (!code)
		code = judge_lv(vg, lv, 0, &j, e);
	rescue = o->rescue && is_set(vg, lv);
	if (!code)
		code = mapdev_need_target(is_set(vg, lv) && !rescue ?
					  table_target(lv_origin(vg, lv, &own)) : "linear", e);
	if (!code && !o->dirty_degraded && !rescue)
		code = check_parity(vg, lv, &j, e);
	if (!code && o->before)
		code = o->before(vg, read_only, o->data, e);
	if (code)
		return code;
	if (!rescue)
		say_legs(vg, lv, &j, o);
	code = rescue ? rescue_table(vg, lv, &j, o, &t, e) :
			act_lv_table(vg, lv, &j, read_only, o, &t, e);
	if (!code)
		code = mapdev_create(name, uuid, &t, read_only, false, &dev, e);
	table_free(&t);
	if (code) {
		legs_remove(vg, lv, NULL);
		return code;
	}
	need_node(name, dev.major, dev.minor, o);
	return ERR_OK;
}

/*
 * A copy may be used beside its LV only when that has let go of it: what cut
 * the split short is made up for here.
 */
static enum err_code free_copy(const struct vg *vg, const struct vg_lv *child,
			       const struct act_opts *o, struct err *e)
{
	unsigned int copy;
	const struct vg_lv *lv = lv_origin(vg, child, &copy);
	struct act_opts of_lv = *o;
	struct act_state s;
	enum err_code code;

	if (lv == child)
		return ERR_OK;
	code = act_lv_state(vg, lv, &s, e);
	if (code || !s.mirrored || !strchr("MT", status_letter(&s.status, lv->leg[copy].slot)))
		return code;
	of_lv.state = &s;
	of_lv.judged = NULL;
	return act_lv_start(vg, lv, &of_lv, e);
}

enum err_code act_lv_start(const struct vg *vg, const struct vg_lv *lv,
			   const struct act_opts *o, struct err *e)
{
	char uuid[NAME_UUID_LEN];
	struct act_state s;
	enum err_code code;

	if (o->state) {
		s = *o->state;
		code = ERR_OK;
	} else {
		code = act_lv_state(vg, lv, &s, e);
	}
	if (code)
		return code;
	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	if (s.active && o->rescue && (s.mirrored || !s.read_only))
		return err_set(e, ERR_CONFLICT, "%s/%s: is active, and not for rescue", vg->name,
			       lv->name);
	if (s.active && !o->rescue && is_set(vg, lv) && !s.mirrored && s.read_only)
		return err_set(e, ERR_CONFLICT, "%s/%s: is active for rescue: varyoffvg %s first",
			       vg->name, lv->name, vg->name);
	if (s.active && s.suspended) {
		say(o, "%s/%s: was suspended, is resumed", vg->name, lv->name);
		code = live_rescue(vg, lv, &s, o, e);
	} else if (s.active && !o->rescue) {
		code = live_update(vg, lv, &s, o, e);
	}
	if (s.active) {
		/* An activation may have been cut off before it made the node. */
		need_node(s.name, s.major, s.minor, o);
		return code;
	}
	code = free_copy(vg, lv, o, e);
	/* A device without a table is what an interrupted activation leaves. */
	if (!code && s.exists)
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
	return code ? code : legs_remove(vg, lv, e);
}

/* Does the kernel use a leg that the VG calls split? */
static bool holds_split(const struct vg_lv *lv, const struct act_state *s)
{
	for (unsigned int c = 0; c < lv->copies && s->mirrored; c++)
		if (lv->leg[c].flags & LEG_SPLIT &&
		    strchr("MT", status_letter(&s->status, lv->leg[c].slot)))
			return true;
	return false;
}

enum err_code act_vg_let_go(const struct vg *vg, const struct act_opts *o, struct err *e)
{
	const struct vg_lv **lv = xalloc(VG_MAX_LV * sizeof(const struct vg_lv *));
	struct act_state *s = xalloc(VG_MAX_LV * sizeof(*s));
	enum err_code code = ERR_OK;
	unsigned int count = 0;

	for (unsigned int n = 1; n <= VG_MAX_LV && !code; n++) {
		if (!vg->lv[n] || vg->lv[n]->type != LV_MIRROR)
			continue;
		code = act_lv_state(vg, vg->lv[n], &s[count], e);
		if (!code && holds_split(vg->lv[n], &s[count]))
			lv[count++] = vg->lv[n];
	}
	if (!code && count)
		code = live_update_together(vg, lv, s, count, o, e);
	free(s);
	free(lv);
	return code;
}

enum err_code act_lv_swap(const struct vg *vg, const struct vg_lv *lv,
			  const struct swap_act *a, struct err *e)
{
	struct act_state s;
	enum err_code code = act_lv_state(vg, lv, &s, e);

	if (code)
		return code;
	return s.active ? live_swap(vg, lv, &s, a, e) : a->act(a->data, e);
}

static enum err_code read_status(const char *name, const char *uuid, bool *mirrored,
				 struct mirror_status *st, struct err *e)
{
	enum err_code code;
	char *line;

	*mirrored = false;
	code = mapdev_set_status(uuid, &line, e);
	if (code || !line)
		return code;
	*mirrored = status_parse(line, st);
	if (!*mirrored)
		code = err_set(e, ERR_KERNEL, "%s: the kernel's status is not understood: %s", name,
			       line);
	free(line);
	return code;
}

enum err_code act_lv_state(const struct vg *vg, const struct vg_lv *lv, struct act_state *s,
			   struct err *e)
{
	char uuid[NAME_UUID_LEN];
	struct mapdev dev;
	enum err_code code;

	memset(s, 0, sizeof(*s));
	code = name_lv(s->name, vg, lv, NAME_NO_LEG, e);
	if (code)
		return code;
	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	code = mapdev_info(uuid, &dev, e);
	s->exists = dev.exists;
	if (code || !dev.exists || !dev.has_table)
		return code;
	s->active = true;
	s->open = dev.open_count > 0;
	s->suspended = dev.suspended;
	s->read_only = dev.read_only;
	s->major = dev.major;
	s->minor = dev.minor;
	if (vg->kind != VG_NATIVE)
		return ERR_OK;
	return read_status(s->name, uuid, &s->mirrored, &s->status, e);
}

enum err_code act_uuid_status(const char *uuid, struct mirror_status *st, struct err *e)
{
	enum err_code code;
	bool mirrored;

	code = read_status(uuid, uuid, &mirrored, st, e);
	if (!code && !mirrored)
		code = err_set(e, ERR_NOTFOUND, "%s: is no mirror in the kernel any more", uuid);
	return code;
}

enum err_code act_lv_message(const struct vg *vg, const struct vg_lv *lv, const char *message,
			     char **answer, struct err *e)
{
	char uuid[NAME_UUID_LEN];

	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	return mapdev_message(uuid, message, answer, e);
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
