// SPDX-License-Identifier: GPL-2.0
/*
 * What the monitor has done about copies that were lost or are back: as
 * varyonvg and replacepv would, but only for volumes that are active and not
 * suspended. A request is "lost VGID" or "return VGID".
 */
#include <stdlib.h>
#include <string.h>
#include "../monitor/actor.h"
#include "cmd.h"
#include "monitor.h"
#include "renew.h"

static void say(const char *text)
{
	cmd_say("monitor", text);
}

/* ---- a copy was lost ---- */

/*
 * Write down which PVs are missing, so that what is left tells from now on that
 * it went on without them.
 */
static enum err_code record(struct vg *vg, struct err *e)
{
	enum err_code code = vg_record_missing(vg, e);

	if (!code) {
		cmd_say_missing("monitor", vg);
		cmd_warn("monitor", vg);
	}
	return code;
}

/* ---- a disk has come ---- */

static bool pv_here(const struct vg *vg, uint16_t num)
{
	return num && vg->pv[num] && vg->pv[num]->io;
}

/* All that copy c needs is here. */
static bool copy_here(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	if (!pv_here(vg, lv->leg[c].sa_pv))
		return false;
	for (uint32_t lp = 0; lp < lv->num_lps; lp++)
		if (lv->map[c][lp].pv && !pv_here(vg, lv->map[c][lp].pv))
			return false;
	return true;
}

/* Is the LV active and could have a copy back? Its state is left in *s. */
static bool may_have_back(const struct vg *vg, const struct vg_lv *lv, struct act_state *s)
{
	if (lv->type == LV_LINEAR || lv->child_of || act_lv_state(vg, lv, s, NULL) ||
	    !s->mirrored || s->suspended || s->read_only)
		return false;
	for (unsigned int c = 0; c < lv->copies; c++)
		if (strchr("AF", status_letter(&s->status, lv->leg[c].slot)) &&
		    !(lv->leg[c].flags & LEG_SPLIT) && copy_here(vg, lv, c))
			return true;
	return false;
}

static bool any_back(const struct vg *vg)
{
	struct act_state s;

	for (unsigned int n = 1; n <= VG_MAX_LV; n++)
		if (vg->lv[n] && may_have_back(vg, vg->lv[n], &s))
			return true;
	return false;
}

/* Every LV is tried; the first error is returned, later ones are told. */
static enum err_code take_back(const struct vg *vg, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		struct act_opts o = { .say = say };
		struct err one = { 0 };
		struct act_state s;

		if (!vg->lv[n] || !may_have_back(vg, vg->lv[n], &s))
			continue;
		o.state = &s;
		o.no_resync = !strcmp(s.status.action, "frozen");
		act_lv_start(vg, vg->lv[n], &o, &one);
		if (one.code && !code)
			code = err_set(e, one.code, "%s", one.text);
		else if (one.code)
			say(one.text);
	}
	return code;
}

static enum err_code give_back(struct vg *vg, struct err *e)
{
	enum err_code code = take_back(vg, e);

	cmd_catch_up("monitor", vg, code);
	cmd_warn("monitor", vg);
	return code;
}

/* ---- jobs ---- */

struct job {
	bool (*is_due)(const struct vg *vg);
	enum err_code (*run)(struct vg *vg, struct err *e);
};

static bool any_suspended(const struct vg *vg)
{
	struct act_state s;

	for (unsigned int n = 1; n <= VG_MAX_LV; n++)
		if (vg->lv[n] && !act_lv_state(vg, vg->lv[n], &s, NULL) && s.suspended)
			return true;
	return false;
}

/* Of this job: a volume was suspended, so that not all was done that should be. */
static bool put_off;

/*
 * Nothing is opened for writing before it is known that something is due:
 * reading alone tells nobody that there is something new on a disk.
 */
static enum err_code tend(const struct job *job, const char *vgid, bool *due, struct err *e)
{
	struct vg_scan *scan;
	struct vg *vg;
	enum err_code code;

	code = cmd_find_vg(vgid, false, &scan, &vg, e);
	*due = !code && !vg->read_only && job->is_due(vg);
	put_off |= !code && any_suspended(vg);
	vg_scan_free(scan);
	if (!*due)
		return code;
	code = cmd_find_vg(vgid, true, &scan, &vg, e);
	if (!code)
		code = job->run(vg, e);
	vg_scan_free(scan);
	return code;
}

/* First it is written down; then a spare for each PV, as long as there are any. */
static enum err_code do_lost(const char *vgid, struct err *e)
{
	static const struct job record_it = { cmd_missing_unrecorded, record },
				take_spare = { spare_is_due, spare_take };
	enum err_code code;
	bool due;

	code = tend(&record_it, vgid, &due, e);
	do {
		due = false;
		if (!code)
			code = tend(&take_spare, vgid, &due, e);
	} while (!code && due);
	return code;
}

static enum err_code do_return(const char *vgid, struct err *e)
{
	static const struct job take_it_back = { any_back, give_back };
	bool due;

	return tend(&take_it_back, vgid, &due, e);
}

int monitor_job(const char *request)
{
	static const struct {
		const char *verb;	/* with the blank behind it */
		enum err_code (*run)(const char *vgid, struct err *e);
	} jobs[] = { { "lost ", do_lost }, { "return ", do_return } };
	struct err e = { 0 };

	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++) {
		size_t len = strlen(jobs[i].verb);

		if (strncmp(request, jobs[i].verb, len))
			continue;
		if (jobs[i].run(request + len, &e))
			return cmd_fail("monitor", &e, false);
		return put_off ? ACTOR_PUT_OFF : ERR_OK;
	}
	err_set(&e, ERR_USAGE, "no such job: %s", request);
	return cmd_fail("monitor", &e, false);
}
