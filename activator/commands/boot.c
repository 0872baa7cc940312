// SPDX-License-Identifier: GPL-2.0
/*
 * varyon boot: one pass of activation in the initramfs. Reads what is wanted
 * from the kernel command line (cmdline.c), looks at the disks once, activates
 * what may be activated now and says in the exit status whether another pass
 * could do more.
 *
 * The time is kept between passes in small files below the run directory:
 * when the first pass ran, and when an LV could first have been activated with
 * a copy missing. Both are seconds since boot, so neither a slow machine nor a
 * clock that is set changes how long is waited.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "../dm/mapdev.h"
#include "../lib/pattern.h"
#include "cmd.h"
#include "cmdline.h"
#include "known.h"
#include "namesake.h"
#include "tell.h"

#define STATUS_WAIT	10	/* another pass may do more */
#define STATUS_ABSENT	11	/* root= or resume= names a VG that never came */
#define ABSENT_FACTOR	6	/* times rd.varyon.wait for what cannot be activated at all */
#define IDLE_SPEED	1024	/* KiB/s of rd.varyon.resync=idle: no boot notices that */

enum { OPT_CMDLINE = OPT_LONG_ONLY, OPT_DRY_RUN, OPT_HOST };

static const struct opt opts[] = {
	{ OPT_CMDLINE, "cmdline", "FILE", "read the options from FILE alone" },
	{ OPT_DRY_RUN, "dry-run", NULL, "decide and tell, activate nothing" },
	{ OPT_HOST, "host", NULL, "after the initramfs: also what this host varies on by itself" },
	{ 0 }
};

static const struct opt_spec spec = {
	"varyon boot", "",
	"Activate what the kernel command line asks for: one pass, for the initramfs.\n"
	"Exit status 10: disks are missing and may still come, call it again; 11: the\n"
	"VG that root= or resume= seems to name is not here.",
	opts, 0, 0
};

struct pass {
	struct cmdline cl;
	struct vg_scan *scan;
	bool dry_run;
	uint64_t now, start;	/* seconds since boot */
	bool wait;		/* another pass may do more */
	bool absent;		/* the VG of root= or resume= never came */
	bool unsettled;		/* of this VG: its metadata is to stay as it is */
	const struct act_state *state;	/* of this LV; NULL: not known */
	const struct judge *judged;	/* of this LV; NULL: it is active already */
	const struct vg_lv *next;	/* the LV of the same VG that is to come next; NULL: none */
	struct err refused;	/* the first that counts */
	struct vg_id recorded;	/* the VG whose missing PVs were recorded last */
	struct vg_id marked;	/* the VG that was marked as varied on last */
	struct vg_id *behind;	/* VGs with PVs whose metadata is old; owned */
	unsigned int num_behind;
};

/* ---- telling ---- */

/* What rd.varyon.debug is for. */
static void debugf(const struct pass *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void debugf(const struct pass *p, const char *fmt, ...)
{
	char text[1280] = "debug: ";
	va_list ap;

	if (!p->cl.debug)
		return;
	va_start(ap, fmt);
	vsnprintf(text + strlen(text), sizeof(text) - strlen(text), fmt, ap);
	va_end(ap);
	tell(text);
}

static void tell_warnings(const struct vg *vg)
{
	for (char **text = vg->warnings; text && *text; text++)
		tell(*text);
}

/* ---- time ---- */

static uint64_t boot_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec;
}

/*
 * The time noted under this name below the run directory; now, and noted as
 * such, when there is none.
 */
static uint64_t noted_time(const char *name, uint64_t now)
{
	char *path = xprintf("%s/boot-%s", act_run_dir(), name), line[32];
	uint64_t t = now;
	FILE *f;

	mkdir(act_run_dir(), 0755);
	f = fopen(path, "re");
	if (f) {
		if (!fgets(line, sizeof(line), f) || !text_num(line, now, &t))
			t = now;
		fclose(f);
	} else {
		f = fopen(path, "we");
		if (f) {
			fprintf(f, "%" PRIu64, now);
			fclose(f);
		}
	}
	free(path);
	return t;
}

/* ---- looking at the disks ---- */

/* The devices that patterns of paths stand for, as VARYON_DEVICES names them; owned. */
static char *matching_devices(const struct cmdline *cl)
{
	char *all = xstrdup("");

	for (unsigned int i = 0; i < cl->num_pv; i++) {
		char **found = pattern_paths(cl->pv[i]);

		for (char **path = found; *path; path++) {
			/* Links of udev have colons in their names, nodes have none. */
			char *node = realpath(*path, NULL);

			if (node)
				text_append(&all, ":", node);
			free(node);
		}
		pattern_free(found);
	}
	return all;
}

/* rd.varyon.pv: whatever scans from here on looks at those devices alone. */
static void restrict_devices(const struct pass *p)
{
	char *devices;

	if (!p->cl.num_pv)
		return;
	devices = matching_devices(&p->cl);
	debugf(p, "rd.varyon.pv leaves %s", *devices ? devices : "no device");
	/* An empty list would be all devices; this one is no disk. */
	setenv("VARYON_DEVICES", *devices ? devices : "/dev/null", 1);
	free(devices);
}

/* AIX keeps the name of a VG on the host; rd.varyon.import gives it. */
static void name_imports(const struct pass *p)
{
	for (unsigned int i = 0; i < p->cl.num_imports; i++) {
		const struct import *im = &p->cl.imports[i];
		struct vg *vg;

		if (vg_find(p->scan, im->vgid, &vg, NULL))
			continue;
		if (vg->kind == VG_AIX)
			snprintf(vg->name, sizeof(vg->name), "%s", im->name);
		else
			tellf("rd.varyon.import=%s:%s: is no VG of AIX and keeps its name %s; rd.varyon.vg=%s is enough",
			      im->vgid, im->name, vg->name, vg->name);
	}
}

static void debug_scan(const struct pass *p)
{
	for (unsigned int i = 0; p->cl.debug && i < vg_scan_count(p->scan); i++) {
		const struct vg *vg = vg_scan_vg(p->scan, i);
		char id[33], *pvs = xstrdup("");

		for (unsigned int n = 1; n <= VG_MAX_PV; n++) {
			char buf[64];

			if (!vg->pv[n])
				continue;
			text_append(&pvs, " ", vg_pv_label(vg->pv[n], buf));
			if (!vg->pv[n]->io)
				text_append(&pvs, " ", "(missing)");
		}
		text_hex(id, vg->id.b, 16);
		debugf(p, "found VG %s, VGID %s, %u of %u VGDA copies, PVs: %s",
		       *vg->name ? vg->name : "(without a name)", id, vg->seen_vgdas,
		       vg->total_vgdas, pvs);
		free(pvs);
	}
}

static enum err_code look(struct pass *p, struct err *e)
{
	struct vg_scan *scan;

	if (vg_scan(NULL, false, &scan, e))
		return e->code;
	vg_scan_free(p->scan);
	p->scan = scan;
	name_imports(p);
	debug_scan(p);
	return ERR_OK;
}

/* ---- one LV ---- */

/* A refusal counts for the exit status when the LV is needed to boot. */
static void refuse(struct pass *p, bool needed, const struct err *why)
{
	tell(why->text);
	/* That LVs lack their PVs says nothing against the PVs that are here. */
	if (why->code != ERR_QUORUM)
		p->unsettled = true;
	if (needed)
		err_set(&p->refused, why->code, "%s", why->text);
}

/*
 * It cannot be activated from what is here, but more may come: wait for that
 * so many seconds since then, unless it is not needed.
 */
static void wait_or_refuse(struct pass *p, bool needed, uint64_t since, uint64_t limit,
			   const struct err *why)
{
	if (!needed || p->now - since >= limit) {
		refuse(p, needed, why);
		return;
	}
	tellf("waiting up to %" PRIu64 " s: %s", limit, why->text);
	p->wait = true;
	p->unsettled = true;
}

/* The time for what cannot be had at all: it must end some day. */
static uint64_t absent_limit(const struct pass *p)
{
	return (uint64_t)ABSENT_FACTOR * p->cl.wait;
}

static uint64_t lv_noted_time(const struct pass *p, const struct vg *vg, const struct vg_lv *lv)
{
	char uuid[NAME_UUID_LEN];

	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	return noted_time(uuid, p->now);
}

/*
 * Before an LV is started while PVs are missing, the VGDAs that are here are
 * made to say so: the older ones then tell that the VG went on without them.
 * An LV that is only read does not go on, so there the record may fail.
 */
static enum err_code record_missing(const struct vg *vg, bool read_only, void *data,
				    struct err *e)
{
	struct pass *p = data;
	struct vg_scan *scan;
	struct vg *writable = NULL;
	struct err why = { 0 };
	enum err_code code;
	char id[33];

	if (vg->read_only || !cmd_missing_unrecorded(vg) ||
	    !memcmp(&p->recorded, &vg->id, sizeof(vg->id)))
		return ERR_OK;
	text_hex(id, vg->id.b, 16);
	code = cmd_find_vg(id, true, &scan, &writable, e);
	if (!code && vg_record_missing(writable, &why))
		code = read_only ? ERR_OK : err_set(e, why.code, "%s", why.text);
	if (writable)
		tell_warnings(writable);
	vg_scan_free(scan);
	if (code)
		return err_prefix(e, "%s: not activated: cannot record which PVs are missing (rd.varyon.degraded=ro or varyonvg -r %s activates it read-only, without that)",
				  vg->name, vg->name);
	if (why.code)
		tellf("warning: %s: read-only, and no record of which PVs are missing: %s",
		      vg->name, why.text);
	else
		p->recorded = vg->id;
	return ERR_OK;
}

static void activate(struct pass *p, const struct vg *vg, const struct vg_lv *lv, bool needed,
		     bool read_only)
{
	const struct act_opts act = { .read_only = read_only, .say = tell, .state = p->state,
				      .no_resync = p->cl.resync == RESYNC_OFF,
				      .set_speed = p->cl.resync == RESYNC_IDLE,
				      .resync_max = IDLE_SPEED,
				      .judged = p->judged, .before = record_missing, .data = p };
	char name[NAME_LEN];
	struct err e = { 0 };

	if (p->dry_run) {
		tellf("%s/%s: would be activated%s", vg->name, lv->name,
		      read_only ? " read-only" : "");
		return;
	}
	if (act_lv_start(vg, lv, &act, &e)) {
		refuse(p, needed, &e);
		return;
	}
	if (p->judged && !name_lv(name, vg, lv, NAME_NO_LEG, NULL))
		tellf("%s/%s: active as /dev/mapper/%s%s", vg->name, lv->name, name,
		      read_only ? ", read-only" : "");
	if (memcmp(&p->marked, &vg->id, sizeof(vg->id)) && !act_vg_mark(vg, true, NULL))
		p->marked = vg->id;
}

static bool has_leg(const struct vg_lv *lv, const struct judge *j, enum leg_cond cond)
{
	for (unsigned int c = 0; c < lv->copies; c++)
		if (j->leg[c] == cond)
			return true;
	return false;
}

/* It could be activated without a copy: is that wanted? lack: what is the matter. */
static void start_as_told(struct pass *p, const struct vg *vg, const struct vg_lv *lv,
			  bool needed, const char *lack)
{
	struct err e = { 0 };

	if (p->cl.degraded != DEGRADED_NO) {
		activate(p, vg, lv, needed, p->cl.degraded == DEGRADED_RO);
		return;
	}
	err_set(&e, ERR_QUORUM, "%s/%s: not activated with %s, because of rd.varyon.degraded=no",
		vg->name, lv->name, lack);
	refuse(p, needed, &e);
	p->unsettled = true;
}

/* How many more copies may be lost, and from where; the caller owns it. */
static char *at_risk(const struct vg *vg, const struct vg_lv *lv, const struct judge *j)
{
	char *all = xstrdup(""), *text;
	unsigned int left = 0;

	for (unsigned int c = 0; c < lv->copies; c++) {
		char *pvs;

		if (j->leg[c] != LEG_MEMBER)
			continue;
		left++;
		pvs = judge_copy_pvs(vg, lv, c);
		text_append(&all, " or ", pvs);
		free(pvs);
	}
	if (lv->type == LV_RAID5)
		text = xprintf("if another of %s fails, data are lost", all);
	else
		text = left == 1 ? xprintf("its only copy that is up to date is on %s: if that fails, data are lost",
					   all) :
		       xprintf("%u of %u copies are up to date, on %s", left, lv->copies, all);
	free(all);
	return text;
}

/* It could be activated, but a copy is missing that may still come. */
static void start_degraded(struct pass *p, const struct vg *vg, const struct vg_lv *lv,
			   const struct judge *j, bool needed)
{
	char *missing = act_missing_pvs(vg), *lack, *risk;

	if (p->now - lv_noted_time(p, vg, lv) < p->cl.wait) {
		tellf("%s/%s: a %s is missing, waiting up to %u s for PV %s", vg->name,
		      lv->name, lv_leg_word(lv), p->cl.wait, missing);
		p->wait = true;
		p->unsettled = true;
	} else {
		risk = at_risk(vg, lv, j);
		if (p->cl.degraded != DEGRADED_NO)
			tellf("%s/%s: no longer waiting for PV %s; %s", vg->name, lv->name, missing,
			      risk);
		free(risk);
		lack = xprintf("a %s missing (PV %s)", lv_leg_word(lv), missing);
		start_as_told(p, vg, lv, needed, lack);
		free(lack);
	}
	free(missing);
}

/* A copy is here but cannot be used; time does not mend it. */
static void start_damaged(struct pass *p, const struct vg *vg, const struct vg_lv *lv,
			  const struct judge *j, bool needed)
{
	unsigned int c = 0;
	char *pvs, *lack;

	while (j->leg[c] != LEG_DAMAGED)
		c++;
	pvs = judge_copy_pvs(vg, lv, c);
	lack = xprintf("a %s damaged (%s %u on %s: %s)", lv_leg_word(lv), lv_leg_word(lv), c + 1,
		       pvs, j->damage[c].text);
	start_as_told(p, vg, lv, needed, lack);
	free(lack);
	free(pvs);
}

static bool is_complete(const struct vg *vg)
{
	char *missing = act_missing_pvs(vg);
	bool complete = !*missing;

	free(missing);
	return complete;
}

/* The first copy that lies on a preferred PV that is here; -1: none. */
static int preferred_copy(const struct pass *p, const struct vg *vg, const struct vg_lv *lv)
{
	for (unsigned int i = 0; i < p->cl.num_prefer; i++) {
		const struct vg_pv *pv = vg_pv_by_name(vg, p->cl.prefer[i]);

		for (unsigned int c = 0; pv && pv->io && c < lv->copies; c++)
			if (lv_copy_on(lv, c, pv))
				return c;
	}
	return -1;
}

/*
 * Judge an LV. In a split brain a preferred PV names the side that is kept;
 * that is told, since what others wrote alone is overwritten.
 */
static enum err_code judge(struct pass *p, const struct vg *vg, const struct vg_lv *lv,
			   struct judge *j, struct err *e)
{
	enum err_code code = judge_lv(vg, lv, 0, j, e);
	int c = code == ERR_CONFLICT ? preferred_copy(p, vg, lv) : -1;
	struct err split = *e;

	if (c < 0)
		return code;
	*e = (struct err){ 0 };
	code = judge_lv_keeping(vg, lv, c, j, e);
	if (!code)
		tellf("%s/%s: the side of copy %d is kept, because of rd.varyon.prefer: %s", vg->name,
		      lv->name, c + 1, split.text);
	return code;
}

/*
 * named: asked for by itself. One that is there with the rest of its VG is
 * waited for no longer than a missing copy.
 */
static void start_lv(struct pass *p, const struct vg *vg, const struct vg_lv *lv, bool needed,
		     bool named)
{
	struct err e = { 0 };
	struct act_state s;
	struct judge j;

	p->state = act_lv_state(vg, lv, &s, NULL) ? NULL : &s;
	if (p->state && s.active) {
		activate(p, vg, lv, needed, s.read_only);
	} else if (judge(p, vg, lv, &j, &e)) {
		/* Copies that contradict each other do not agree later either. */
		if (e.code != ERR_QUORUM || is_complete(vg))
			refuse(p, needed, &e);
		else if (named)
			wait_or_refuse(p, needed, p->start, absent_limit(p), &e);
		else
			wait_or_refuse(p, needed, lv_noted_time(p, vg, lv), p->cl.wait, &e);
	} else {
		p->judged = &j;
		/* on its way while the kernel is at work on this one */
		if (p->next)
			judge_expect(vg, p->next);
		if (has_leg(lv, &j, LEG_MISSING))
			start_degraded(p, vg, lv, &j, needed);
		else if (has_leg(lv, &j, LEG_DAMAGED))
			start_damaged(p, vg, lv, &j, needed);
		else
			activate(p, vg, lv, needed, false);
	}
	p->state = NULL;
	p->judged = NULL;
}

/* ---- what is wanted ---- */

/* root= may name a device of LVM or of a crypt: not ours, when it is there. */
static bool is_foreign_device(const struct want *w)
{
	return w->device && access(w->device, F_OK) == 0;
}

static void start_named(struct pass *p, const struct vg *vg, const struct want *w)
{
	const struct vg_lv *lv = vg_lv_by_name(vg, w->lv);
	struct err e = { 0 };

	if (lv && !lv->hidden) {
		start_lv(p, vg, lv, true, true);
		return;
	}
	err_set(&e, ERR_NOTFOUND, "%s: the VG %s has no LV %s", w->option, vg->name, w->lv);
	/* Newer metadata may lie on a PV that is not here yet. */
	if (is_complete(vg))
		refuse(p, true, &e);
	else
		wait_or_refuse(p, true, p->start, absent_limit(p), &e);
}

/* The identifiers by which options name VGs: they say which of two namesakes is meant. */
static unsigned int named_ids(const struct pass *p, const char **ids)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < p->cl.num_wants; i++)
		if (strlen(p->cl.wants[i].vg) == 32)
			ids[n++] = p->cl.wants[i].vg;
	return n;
}

/*
 * The VGID of the VG that an option names. Somebody else's disk may carry a VG
 * of the same name: that must not keep the machine from booting, nor be taken
 * for it. *warning says so, for the caller to free.
 */
static enum err_code resolve(const struct pass *p, const char *name, char id[33],
			     char **warning, struct err *e)
{
	const char **ids = xalloc((p->cl.num_wants + 1) * sizeof(*ids));
	enum err_code code;

	code = namesake_choose(p->scan, name, ids, named_ids(p, ids), id, warning, e);
	free(ids);
	return code;
}

/* Does another option name this LV, or any of the VG when lv is NULL? */
static bool named_elsewhere(const struct pass *p, const struct vg *vg, const struct vg_lv *lv)
{
	for (unsigned int i = 0; i < p->cl.num_wants; i++) {
		const struct want *w = &p->cl.wants[i];
		struct err unknown = { 0 };
		char *warning = NULL, id[33], own[33];

		if (!*w->lv || (lv && strcmp(w->lv, lv->name)) ||
		    resolve(p, w->vg, id, &warning, &unknown))
			continue;
		free(warning);
		text_hex(own, vg->id.b, 16);
		if (!strcmp(id, own))
			return true;
	}
	return false;
}

/* The first LV, of those from number n on, that goes with the VG. */
static const struct vg_lv *lv_from(const struct pass *p, const struct vg *vg, unsigned int n)
{
	for (; n <= VG_MAX_LV; n++)
		if (vg->lv[n] && !vg->lv[n]->hidden && vg_lv_sectors(vg, vg->lv[n]) &&
		    !named_elsewhere(p, vg, vg->lv[n]))
			return vg->lv[n];
	return NULL;
}

static void start_vg(struct pass *p, const struct vg *vg, bool known)
{
	/* With one of its LVs named the rest is not needed to boot. */
	bool needed = known || !named_elsewhere(p, vg, NULL);

	for (const struct vg_lv *lv = lv_from(p, vg, 1); lv; lv = p->next) {
		p->next = lv_from(p, vg, lv->num + 1u);
		start_lv(p, vg, lv, needed, false);
	}
}

static bool in_use(const struct vg *vg, const struct want *w)
{
	struct act_state s;
	const struct vg_lv *lv = *w->lv ? vg_lv_by_name(vg, w->lv) : NULL;

	return lv && !act_lv_state(vg, lv, &s, NULL) && s.active;
}

/*
 * A PV that was away may hold old metadata, and a discard that was asked for is
 * done: note the VG, once nothing speaks against what the newer metadata says.
 */
static void note_behind(struct pass *p, const struct vg *vg)
{
	if (p->unsettled || vg->read_only || p->dry_run || p->cl.degraded == DEGRADED_RO ||
	    !(vg_has_behind(vg) || cmd_unsettled(vg)) || cmd_data_split(vg))
		return;
	for (unsigned int i = 0; i < p->num_behind; i++)
		if (!memcmp(&p->behind[i], &vg->id, sizeof(vg->id)))
			return;
	p->behind = xrealloc(p->behind, (p->num_behind + 1) * sizeof(*p->behind));
	p->behind[p->num_behind++] = vg->id;
}

/* VGs that are here but have no name, because nothing of them can be used. */
static char *nameless_vgs(const struct vg_scan *scan)
{
	char *all = xstrdup(""), id[33];

	for (unsigned int i = 0; i < vg_scan_count(scan); i++) {
		const struct err *why = vg_scan_error(scan, i);
		const struct vg *vg = vg_scan_vg(scan, i);
		char *more;

		if (!why || !why->code || *vg->name)
			continue;
		text_hex(id, vg->id.b, 16);
		more = xprintf("%s; VG %s cannot be used: %s", all, id, why->text);
		free(all);
		all = more;
	}
	return all;
}

/*
 * No PV of the VG is here. root= and resume= may name somebody else's device,
 * which comes later or not at all: that is told, and others decide.
 */
static void start_absent(struct pass *p, const struct want *w)
{
	char *nameless = nameless_vgs(p->scan);
	struct err e = { 0 };

	err_set(&e, ERR_NOTFOUND, "%s: no PV of the VG %s is here%s", w->option, w->vg, nameless);
	free(nameless);
	if (w->device && p->now - p->start >= absent_limit(p)) {
		tell(e.text);
		p->absent = true;
	} else {
		wait_or_refuse(p, true, p->start, absent_limit(p), &e);
	}
}

/*
 * The metadata of the VG went on separately: when a preferred PV is on one of
 * the sides, that one is kept. True: it is settled, p->scan is a new one.
 */
static bool settle_vg(struct pass *p, const char *id, const char *name)
{
	struct err unread = { 0 };
	bool settled = false;

	for (unsigned int i = 0; i < p->cl.num_prefer && !settled; i++) {
		struct vg_scan *scan = NULL;
		struct err e = { 0 };

		if (p->dry_run) {
			if (!vg_check_keep(p->scan, id, p->cl.prefer[i], &e))
				tellf("%s: the side of PV %s would be kept, because of rd.varyon.prefer",
				      name, p->cl.prefer[i]);
			continue;
		}
		settled = !vg_scan(NULL, true, &scan, &e) &&
			  !vg_keep(scan, id, p->cl.prefer[i], &e);
		vg_scan_free(scan);
		if (settled)
			tellf("%s: was changed on two sides; that of PV %s is kept, because of rd.varyon.prefer",
			      name, p->cl.prefer[i]);
		else if (e.code != ERR_NOTFOUND)
			tell(e.text);
	}
	return settled && !look(p, &unread);
}

static enum err_code find_vg(struct pass *p, const struct want *w, struct vg **vg, struct err *e)
{
	char *warning, id[33];
	enum err_code code;

	code = resolve(p, w->vg, id, &warning, e);
	if (warning)
		tell(warning);
	free(warning);
	if (code)
		return code;
	code = vg_find(p->scan, id, vg, e);
	if (code != ERR_CONFLICT || !settle_vg(p, id, w->vg))
		return code;
	*e = (struct err){ 0 };
	return vg_find(p->scan, id, vg, e);
}

/* A VG of AIX is to get a name, and not this one. */
static bool is_imported_as_other(const struct pass *p, const char *id, const char *name)
{
	for (unsigned int i = 0; i < p->cl.num_imports; i++)
		if (!strcmp(p->cl.imports[i].vgid, id))
			return strcmp(p->cl.imports[i].name, name) != 0;
	return false;
}

/* The host wants the VG, and knows that this is not its name. */
static bool is_known_as_other(const struct pass *p, const char *id, const char *name)
{
	for (unsigned int i = 0; i < p->cl.num_wants; i++)
		if (!strcmp(p->cl.wants[i].vg, id) && p->cl.wants[i].known)
			return strcmp(p->cl.wants[i].known_as, name) != 0;
	return false;
}

/*
 * A VG that is named by its VGID is not here yet, and another one is that only
 * has the right name: it may be a namesake of the one that is meant, and time does
 * not make it that one. The VGID that is missing; NULL: there is no such doubt.
 */
static const char *awaited_id(const struct pass *p, const struct vg *vg)
{
	const char **ids = xalloc((p->cl.num_wants + 1) * sizeof(*ids)), *absent = NULL;
	unsigned int n = named_ids(p, ids);
	struct vg *found;
	char id[33];

	text_hex(id, vg->id.b, 16);
	for (unsigned int i = 0; i < n; i++) {
		if (!strcmp(ids[i], id)) {
			absent = NULL;
			break;
		}
		if (!is_known_as_other(p, ids[i], vg->name) &&
		    !is_imported_as_other(p, ids[i], vg->name) &&
		    vg_find(p->scan, ids[i], &found, NULL) == ERR_NOTFOUND)
			absent = ids[i];
	}
	free(ids);
	return absent;
}

static void start_want(struct pass *p, const struct want *w)
{
	struct err e = { 0 };
	const char *awaited;
	enum err_code code;
	struct vg *vg;
	char id[33];

	code = find_vg(p, w, &vg, &e);
	if (code) {
		if (e.code != ERR_NOTFOUND)
			refuse(p, true, &e);
		else if (!w->known && !is_foreign_device(w))
			start_absent(p, w);
		return;
	}
	/* One of AIX may have no name here; any may say that it is to be left off. */
	if (w->known && (!*vg->name || (!vg->auto_varyon && !act_vg_is_on(vg))))
		return;
	awaited = awaited_id(p, vg);
	if (awaited) {
		text_hex(id, vg->id.b, 16);
		err_set(&e, ERR_NOTFOUND, "%s: no PV of VG %s is here, and %s may mean that one; attach its PVs, or name the VG that is here by its VGID as well: rd.varyon.vg=%s",
			w->option, awaited, vg->name, id);
		wait_or_refuse(p, true, p->start, absent_limit(p), &e);
		return;
	}
	tell_warnings(vg);
	p->unsettled = false;
	if (cmd_check_vg(p->scan, vg, false, &e)) {
		refuse(p, true, &e);
	} else if (!in_use(vg, w) && act_vg_quorum(vg, p->cl.quorum, &e)) {
		wait_or_refuse(p, true, p->start, absent_limit(p), &e);
	} else {
		if (p->cl.quorum == ACT_QUORUM_OFF && !vg_has_quorum(vg))
			tellf("%s: activated WITHOUT A QUORUM (%u of %u VGDA copies), because of rd.varyon.quorum=off",
			      vg->name, vg->seen_vgdas, vg->total_vgdas);
		if (*w->lv)
			start_named(p, vg, w);
		else
			start_vg(p, vg, w->known);
		note_behind(p, vg);
	}
}

/*
 * Bring old metadata up to date, so that this PV alone would do next time.
 * Not worth failing a boot for.
 */
static void refresh_behind(const struct pass *p)
{
	for (unsigned int i = 0; i < p->num_behind; i++) {
		struct vg_scan *scan;
		struct err e = { 0 };
		char id[33];
		struct vg *vg;
		bool behind;

		text_hex(id, p->behind[i].b, 16);
		if (cmd_find_vg(id, true, &scan, &vg, &e)) {
			tell(e.text);
			vg_scan_free(scan);
			continue;
		}
		behind = vg_has_behind(vg);
		if (vg_refresh(vg, &e) || cmd_settle(vg, &e)) {
			tell(e.text);
		} else {
			tell_warnings(vg);
			if (behind && !vg_has_behind(vg))
				tellf("%s: metadata on PVs that were away is up to date again",
				      vg->name);
		}
		vg_scan_free(scan);
	}
}

static void report_options(const struct cmdline *cl)
{
	for (unsigned int i = 0; i < cl->num_complaints; i++)
		tell(cl->complaints[i]);
}

/*
 * Of the VGs that the initramfs has activated in part, as it does for root, the
 * rest is wanted too; and those that are on the list of this host.
 */
static void want_known(struct cmdline *cl)
{
	struct mapdev_entry *m = NULL;
	unsigned int count = 0, known_count;
	struct known *known;
	char id[33];

	if (!mapdev_list(&m, &count, NULL))
		for (unsigned int i = 0; i < count; i++)
			if (name_uuid_vg(m[i].uuid, id))
				cmdline_want_known(cl, id, "");
	free(m);
	known_count = known_read(&known);
	for (unsigned int i = 0; i < known_count; i++)
		cmdline_want_known(cl, known[i].vgid, known[i].name);
	free(known);
}

static int run_pass(struct pass *p)
{
	struct err e = { 0 };

	restrict_devices(p);
	if (look(p, &e))
		return cmd_fail("varyon boot", &e, false);
	for (unsigned int i = 0; i < p->cl.num_wants; i++)
		start_want(p, &p->cl.wants[i]);
	vg_scan_free(p->scan);
	refresh_behind(p);
	free(p->behind);
	if (p->wait)
		return STATUS_WAIT;
	if (p->refused.code)
		return p->refused.code;
	return p->absent ? STATUS_ABSENT : ERR_OK;
}

int cmd_boot(int argc, char **argv)
{
	struct pass p = { 0 };
	const char *file = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	bool host = false;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		if (c == OPT_CMDLINE)
			file = it.arg;
		else if (c == OPT_HOST)
			host = true;
		else
			p.dry_run = true;
	}
	if (c < 0)
		return it.status;
	if (cmdline_read(file, &p.cl, &e))
		return cmd_fail("varyon boot", &e, false);
	report_options(&p.cl);
	if (host)
		want_known(&p.cl);
	p.now = boot_seconds();
	p.start = noted_time("start", p.now);
	status = p.cl.enabled ? run_pass(&p) : ERR_OK;
	cmdline_free(&p.cl);
	return status;
}
