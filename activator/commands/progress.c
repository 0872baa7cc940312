// SPDX-License-Identifier: GPL-2.0
/* Waiting for the kernel to copy; see progress.h. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "progress.h"

#define POLL_MIN_MS	50
#define POLL_MAX_MS	1000
#define LINE_STEP	5	/* per cent, where lines stay */

static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
	(void)sig;
	interrupted = 1;
}

static void watch_begin(struct watch *w, const struct vg *vg, const struct vg_lv *lv)
{
	memset(w, 0, sizeof(*w));
	w->name = xprintf("%s/%s", vg->name, lv->name);
	name_uuid(w->uuid, vg, lv, NAME_NO_LEG);
	w->region = UINT64_C(1) << lv->region_shift;
}

static void add_copy(struct watch *w, const struct vg *vg, const struct vg_lv *lv,
		     unsigned int c)
{
	char *pvs = judge_copy_pvs(vg, lv, c);

	w->slots |= 1u << lv->leg[c].slot;
	w->leg[lv->leg[c].slot] = lv->column_of ?
		xprintf("column %u, on its way to %s,", lv->column_of, pvs) :
		xprintf("%s %u on %s", lv_leg_word(lv), c + 1, pvs);
	free(pvs);
}

void watch_lv(struct watch *w, const struct vg *vg, const struct vg_lv *lv)
{
	watch_begin(w, vg, lv);
	for (unsigned int c = 0; c < lv->copies; c++)
		if (!(lv->leg[c].flags & LEG_SPLIT))
			add_copy(w, vg, lv, c);
}

void watch_copy(struct watch *w, const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	watch_begin(w, vg, lv);
	add_copy(w, vg, lv, c);
}

void watch_free(struct watch *w)
{
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++)
		free(w->leg[slot]);
	free(w->name);
	memset(w, 0, sizeof(*w));
}

/* ---- telling ---- */

struct report {
	const struct progress *p;
	const struct watch *w;
	bool terminal;
	int last;		/* per cent told last; -1: nothing yet */
};

static void tell_json(const struct report *r, const char *action, unsigned int tenths,
		      uint64_t done, uint64_t total, uint64_t kib_s, uint64_t seconds)
{
	struct rec *rec = rec_new();

	rec_str(rec, "lv", r->w->name);
	rec_str(rec, "action", action);
	rec_num(rec, "percent", tenths / 10);
	rec_num(rec, "done_bytes", done * r->w->region);
	rec_num(rec, "total_bytes", total * r->w->region);
	rec_num(rec, "kib_per_second", kib_s);
	if (kib_s)
		rec_num(rec, "seconds_left", seconds);
	else
		rec_null_as(rec, "seconds_left", "");
	rec_print_json_line(rec);
	fflush(stdout);
	rec_free(rec);
}

static void tell_text(const struct report *r, const char *action, unsigned int tenths,
		      uint64_t kib_s, uint64_t seconds)
{
	char left[48] = "";

	if (kib_s && tenths < 1000)
		snprintf(left, sizeof(left), ", %" PRIu64 ":%02u:%02u left", seconds / 3600,
			 (unsigned int)(seconds / 60 % 60), (unsigned int)(seconds % 60));
	fprintf(stderr, "%s%s: %s: %s %u.%u%%, %" PRIu64 ".%u MiB/s%s%s", r->terminal ? "\r" : "",
		r->p->command, r->w->name, action, tenths / 10, tenths % 10, kib_s / 1024,
		(unsigned int)(kib_s % 1024 * 10 / 1024), left, r->terminal ? "\033[K" : "\n");
	if (r->terminal && tenths == 1000)
		fputc('\n', stderr);
}

/* done of total regions; each of 5 % once, or all the time on a terminal. */
static void tell(struct report *r, const char *action, uint64_t done, uint64_t total,
		 uint64_t kib_s)
{
	unsigned int tenths = total ? (unsigned int)(done * 1000 / total) : 1000;
	uint64_t left = total - done, seconds = kib_s ? left * (r->w->region / 1024) / kib_s : 0;

	if (!r->p->show && !r->p->json)
		return;
	if (!r->terminal && (int)tenths / 10 / LINE_STEP == r->last)
		return;
	r->last = (int)tenths / 10 / LINE_STEP;
	if (r->p->json)
		tell_json(r, action, tenths, done, total, kib_s, seconds);
	else
		tell_text(r, action, tenths, kib_s, seconds);
}

/* ---- waiting ---- */

static bool is_one_of(const char *action, const char *const *list)
{
	while (*list && strcmp(action, *list))
		list++;
	return *list != NULL;
}

/* Is every leg that is watched in use, and when not, why? */
static enum err_code check_legs(const struct watch *w, const struct mirror_status *st,
				struct err *e)
{
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++) {
		char letter = status_letter(st, slot);

		if (!(w->slots & 1u << slot) || strchr("MT", letter))
			continue;
		return err_set(e, ERR_IO, "%s: %s %s", w->name, w->leg[slot], letter == 'F' ?
			       "failed while it was brought up to date; the kernel log says why, varyonvg tries it again" :
			       letter == 'A' ?
			       "is missing; attach its PV and run varyonvg" :
			       "is not in use any more");
	}
	return ERR_OK;
}

static bool legs_in_sync(const struct watch *w, const struct mirror_status *st)
{
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++)
		if (w->slots & 1u << slot && status_letter(st, slot) != 'M')
			return false;
	return true;
}

/* Places of a member that could not be written, when nothing else is left to do. */
static void say_bad_places(const struct progress *p, const struct watch *w,
			   const struct mirror_status *st)
{
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++) {
		char *text;

		if (!(w->slots & 1u << slot) || !st->stale[slot])
			continue;
		text = xprintf("warning: %s: %s cannot hold %" PRIu64 " KiB, which are read from elsewhere; lspv --bad-blocks shows where",
			       w->name, w->leg[slot], st->stale[slot] * (w->region / 1024));
		cmd_say(p->command, text);
		free(text);
	}
}

static void pause_ms(unsigned int ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	nanosleep(&t, NULL);	/* a signal ends it, which is what it is for */
}

struct old_signals {
	struct sigaction intr, term;
};

static void catch_signals(struct old_signals *old)
{
	struct sigaction sa = { .sa_handler = on_signal };

	interrupted = 0;
	sigaction(SIGINT, &sa, &old->intr);
	sigaction(SIGTERM, &sa, &old->term);
}

static void release_signals(const struct old_signals *old)
{
	sigaction(SIGINT, &old->intr, NULL);
	sigaction(SIGTERM, &old->term, NULL);
}

/*
 * Poll until done() says so. The kernel tells of no single region, and of the
 * end by an event that other things raise too, so asking it is the simple way;
 * it is asked seldom when it goes on for long.
 */
static enum err_code wait_until(const struct progress *p, const struct watch *w,
				bool (*done)(const struct watch *, const struct mirror_status *),
				struct mirror_status *st, struct err *e)
{
	struct report r = { .p = p, .w = w, .last = -1,
			    .terminal = !p->json && isatty(STDERR_FILENO) };
	unsigned int ms = POLL_MIN_MS;
	struct old_signals old;
	enum err_code code;

	catch_signals(&old);
	for (;;) {
		code = act_uuid_status(w->uuid, st, e);
		if (!code)
			code = check_legs(w, st, e);
		if (code || done(w, st))
			break;
		if (!strcmp(st->action, "frozen"))
			code = err_set(e, ERR_FAILED,
				       "%s: copying is held (varyonvg -n); syncvg -l %s lets it go on",
				       w->name, w->name);
		else if (interrupted)
			code = err_set(e, ERR_FAILED, "%s: interrupted; %s", w->name, p->again);
		if (code)
			break;
		tell(&r, st->action, st->done, st->total, st->kib_s);
		pause_ms(ms);
		ms = ms * 2 < POLL_MAX_MS ? ms * 2 : POLL_MAX_MS;
	}
	if (!code)
		tell(&r, "done", st->total, st->total, st->kib_s);
	else if (r.terminal && r.last >= 0)
		fputc('\n', stderr);
	release_signals(&old);
	return code;
}

static bool sync_done(const struct watch *w, const struct mirror_status *st)
{
	static const char *const copying[] = { "recover", "resync", NULL };

	return legs_in_sync(w, st) && !is_one_of(st->action, copying);
}

enum err_code progress_sync(const struct progress *p, const struct watch *w, struct err *e)
{
	struct mirror_status st;
	enum err_code code = wait_until(p, w, sync_done, &st, e);

	if (!code)
		say_bad_places(p, w, &st);
	return code;
}

static bool check_done(const struct watch *w, const struct mirror_status *st)
{
	static const char *const checking[] = { "check", "repair", NULL };

	(void)w;
	return !is_one_of(st->action, checking);
}

enum err_code progress_check(const struct progress *p, const struct watch *w,
			     uint64_t *mismatches, struct err *e)
{
	struct mirror_status st;
	enum err_code code = wait_until(p, w, check_done, &st, e);

	*mismatches = code ? 0 : st.mismatches;
	return code;
}
