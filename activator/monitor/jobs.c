// SPDX-License-Identifier: GPL-2.0
/* What is to be done; see jobs.h. */
#include <string.h>
#include "jobs.h"

static struct jobs_vg *find(struct jobs *j, const char *vgid)
{
	struct jobs_vg *room = NULL;

	for (unsigned int i = 0; i < JOBS_VGS; i++) {
		struct jobs_vg *v = &j->vg[i];

		if (!strcmp(v->vgid, vgid))
			return v;
		if (!room && !v->vgid[0])
			room = v;
	}
	if (room) {
		struct line l = LINE(room->vgid);

		memset(room, 0, sizeof(*room));
		line_str(&l, vgid);
		room->pause = JOBS_PAUSE_MIN;
	}
	return room;
}

void jobs_lost(struct jobs *j, const char *vgid)
{
	struct jobs_vg *v = find(j, vgid);

	if (!v)
		return;
	v->lost = true;
	v->give_back |= v->came;
	v->came = false;
}

void jobs_health_begin(struct jobs *j)
{
	for (unsigned int i = 0; i < JOBS_VGS; i++)
		j->vg[i].seen = j->vg[i].lacks = j->vg[i].waits = false;
}

void jobs_health(struct jobs *j, const char *vgid, bool degraded, bool suspended)
{
	struct jobs_vg *v = find(j, vgid);

	if (!v)
		return;
	v->seen = true;
	v->lacks |= degraded;
	v->waits |= suspended;
}

void jobs_health_end(struct jobs *j, uint64_t now)
{
	for (unsigned int i = 0; i < JOBS_VGS; i++) {
		struct jobs_vg *v = &j->vg[i];

		if (!v->seen) {
			if (j->running != v)
				memset(v, 0, sizeof(*v));
			continue;
		}
		if (v->lacks || v->degraded)
			v->whole_since = now;
		else if (now - v->whole_since >= JOBS_WHOLE)
			v->pause = JOBS_PAUSE_MIN;
		v->degraded = v->lacks;
		v->give_back &= v->lacks;
		if (v->put_off && !v->waits) {
			v->put_off = false;
			v->lost |= v->lacks;
			v->give_back |= v->lacks;
		}
	}
}

void jobs_give_back(struct jobs *j)
{
	for (unsigned int i = 0; i < JOBS_VGS; i++)
		j->vg[i].give_back |= j->vg[i].vgid[0] && j->vg[i].degraded;
}

void jobs_disk_came(struct jobs *j)
{
	jobs_give_back(j);
	for (unsigned int i = 0; i < JOBS_VGS; i++)
		j->vg[i].came = true;
}

bool jobs_next(struct jobs *j, uint64_t now, struct line *request)
{
	if (j->running || jobs_held(j, now))
		return false;
	for (unsigned int i = 0; i < JOBS_VGS; i++) {
		struct jobs_vg *v = &j->vg[i];

		if (v->lost) {
			line_str(request, "lost ");
			v->lost = false;
		} else if (v->give_back && now >= v->not_before) {
			line_str(request, "return ");
			v->give_back = false;
			v->not_before = now + v->pause;
			v->pause *= 2;
			if (v->pause > JOBS_PAUSE_MAX)
				v->pause = JOBS_PAUSE_MAX;
		} else {
			continue;
		}
		line_str(request, v->vgid);
		j->running = v;
		j->started = now;
		j->told_late = false;
		return true;
	}
	return false;
}

void jobs_done(struct jobs *j, bool put_off)
{
	if (j->running)
		j->running->put_off = put_off;
	j->running = NULL;
}

bool jobs_late(struct jobs *j, uint64_t now)
{
	if (!j->running || j->told_late || now - j->started < JOBS_LATE)
		return false;
	j->told_late = true;
	return true;
}

void jobs_hold(struct jobs *j, uint64_t until)
{
	j->held_until = until;
}

bool jobs_held(const struct jobs *j, uint64_t now)
{
	return now < j->held_until;
}

unsigned int jobs_waiting(const struct jobs *j)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < JOBS_VGS; i++)
		n += j->vg[i].vgid[0] && (j->vg[i].lost || j->vg[i].give_back);
	return n;
}
