// SPDX-License-Identifier: GPL-2.0
/* Which copies an LV may be activated from; see judge.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "judge.h"

const struct vy_sb *judge_sb(const struct judge *j, const struct vg_lv *lv, unsigned int c)
{
	return &j->sb[lv->leg[c].slot];
}

char *judge_copy_pvs(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	bool seen[VG_MAX_PV + 1] = { false };
	char *list = xstrdup(""), buf[64];

	for (uint32_t lp = 0; lp < lv->num_lps; lp++) {
		uint16_t pv = lv->map[c][lp].pv;
		char *more;

		if (!pv || pv > VG_MAX_PV || seen[pv] || !vg->pv[pv])
			continue;
		seen[pv] = true;
		more = xprintf("%s%s%s", list, *list ? "," : "", vg_pv_label(vg->pv[pv], buf));
		free(list);
		list = more;
	}
	return list;
}

const struct lv_place *judge_fresh_place(const struct vg *vg, const struct vg_lv *lv,
					 uint32_t lp)
{
	for (unsigned int c = 0; c < lv->copies; c++) {
		const struct lv_place *p = &lv->map[c][lp - 1];
		const struct vg_pv *pv = p->pv ? vg->pv[p->pv] : NULL;

		if (pv && pv->io && !pv->pp[p->pp - 1].stale)
			return p;
	}
	return NULL;
}

/* Stale bits are a matter of AIX VGs alone: a native leg has its status area. */
static enum err_code judge_aix(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	for (uint32_t lp = 1; lp <= lv->num_lps; lp++)
		if (!judge_fresh_place(vg, lv, lp))
			return err_set(e, ERR_QUORUM,
				       "%s/%s: LP %u has no fresh copy on the PVs that are here; attach the missing PVs",
				       vg->name, lv->name, lp);
	return ERR_OK;
}

static enum err_code judge_linear(const struct vg *vg, const struct vg_lv *lv, struct judge *j,
				  struct err *e)
{
	char *pvs;

	if (vg_lv_complete(vg, lv, 0)) {
		j->leg[0] = LEG_MEMBER;
		return ERR_OK;
	}
	j->leg[0] = LEG_MISSING;
	j->degraded = true;
	pvs = judge_copy_pvs(vg, lv, 0);
	err_set(e, ERR_QUORUM,
		"%s/%s: its only copy lies on %s, and not all of that is here; attach the missing PVs",
		vg->name, lv->name, pvs);
	free(pvs);
	return ERR_QUORUM;
}

/*
 * Read the superblock of leg c. The VG says which set and which leg this is:
 * a status area that says something else is not this leg's.
 */
static void read_leg(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		     struct judge *j)
{
	struct vy_sb *sb = &j->sb[lv->leg[c].slot];
	bool dirty;

	if (lv->leg[c].flags & LEG_SPLIT) {
		j->leg[c] = LEG_AWAY;
		return;
	}
	if (!vg_lv_complete(vg, lv, c) || !vg->pv[lv->leg[c].sa_pv] ||
	    !vg->pv[lv->leg[c].sa_pv]->io) {
		j->leg[c] = LEG_MISSING;
		return;
	}
	j->leg[c] = LEG_DAMAGED;
	if (lv_leg_super(vg, lv, c, sb, &dirty, &j->damage[c]))
		return;
	if (memcmp(sb->set_uuid, lv->uuid.b, 16) || memcmp(sb->self_uuid, lv->leg[c].uuid.b, 16) ||
	    sb->self_slot != lv->leg[c].slot) {
		err_set(&j->damage[c], ERR_CONFLICT,
			"its status area belongs to another leg or another LV");
		return;
	}
	j->have[c] = true;
}

/* One line for each copy: what is known about it, for the text of a refusal. */
static char *describe_copies(const struct vg *vg, const struct vg_lv *lv, const struct judge *j)
{
	char *all = xstrdup("");

	for (unsigned int c = 0; c < lv->copies; c++) {
		char *pvs = judge_copy_pvs(vg, lv, c), *more, *what;

		if (j->have[c])
			what = xprintf("generation %016" PRIx64 "%s", judge_sb(j, lv, c)->gen,
				       judge_sb(j, lv, c)->flags & VY_SB_INCONSISTENT ?
				       ", half resynced" : "");
		else if (j->leg[c] == LEG_AWAY)
			what = xstrdup("split away");
		else if (j->leg[c] == LEG_MISSING)
			what = xstrdup("missing");
		else
			what = xprintf("damaged: %s", j->damage[c].text);
		more = xprintf("%s%scopy %u on %s: %s", all, c ? "; " : "", c + 1, pvs, what);
		free(all);
		free(pvs);
		free(what);
		all = more;
	}
	return all;
}

static bool any_missing(const struct vg_lv *lv, const struct judge *j)
{
	for (unsigned int c = 0; c < lv->copies; c++)
		if (j->leg[c] == LEG_MISSING)
			return true;
	return false;
}

static enum err_code refuse(const struct vg *vg, const struct vg_lv *lv, const struct judge *j,
			    struct err *e)
{
	static const struct {
		enum err_code code;
		const char *why, *remedy;
	} texts[] = {
		[VY_ASSEMBLE_NO_LEG] = { ERR_QUORUM, "no copy can be used",
			"attach the missing PVs" },
		[VY_ASSEMBLE_NO_SOURCE] = { ERR_QUORUM,
			"every copy that is here waits to be resynced from another one",
			"attach the PV with the up-to-date copy" },
		[VY_ASSEMBLE_SPLIT] = { ERR_CONFLICT,
			"the copies went on separately (split brain)",
			"choose the copy to give up and run 'varyon rejoin -f VG/LV PV' for its PV, or detach that PV" },
		[VY_ASSEMBLE_MISMATCH] = { ERR_CONFLICT,
			"the copies disagree on what set they are",
			"run 'varyon rejoin -f VG/LV PV' for the PV of the wrong copy" },
	};
	enum vy_verdict v = j->verdict.verdict;
	char *copies = describe_copies(vg, lv, j);
	const char *remedy = texts[v].remedy;

	if (v == VY_ASSEMBLE_NO_LEG && !any_missing(lv, j))
		remedy = "no PV is missing: only the status areas are known to be damaged, the data may be whole where lslv -m shows it; save it from there";
	err_set(e, texts[v].code, "%s/%s: not activated: %s (%s); %s", vg->name, lv->name,
		texts[v].why, copies, remedy);
	free(copies);
	return texts[v].code;
}

static enum err_code judge_mirror(const struct vg *vg, const struct vg_lv *lv,
				  unsigned int skip, struct judge *j, struct err *e)
{
	const struct vy_sb *sb[VY_MAX_SLOTS] = { NULL };

	j->nslots = lv->nslots;
	for (unsigned int c = 0; c < lv->copies; c++) {
		if (skip & 1u << c)
			j->leg[c] = LEG_MISSING;
		else
			read_leg(vg, lv, c, j);
		if (j->have[c])
			sb[lv->leg[c].slot] = judge_sb(j, lv, c);
	}
	vy_assemble(sb, lv->nslots, NULL, &j->verdict);
	if (j->verdict.verdict != VY_ASSEMBLE_OK) {
		j->degraded = true;
		return refuse(vg, lv, j, e);
	}
	for (unsigned int c = 0; c < lv->copies; c++) {
		if (j->have[c])
			j->leg[c] = j->verdict.members & 1u << lv->leg[c].slot ? LEG_MEMBER :
										 LEG_TARGET;
		if (j->leg[c] != LEG_MEMBER && j->leg[c] != LEG_AWAY)
			j->degraded = true;
	}
	/* An active mirror writes to its status areas, also when nobody writes to it. */
	if (vg->read_only)
		return err_set(e, ERR_FAILED,
			       "%s/%s: not activated: the VG uses features that this version does not know and must not be written, but a mirror writes its status areas; use a newer release",
			       vg->name, lv->name);
	return ERR_OK;
}

enum err_code judge_lv(const struct vg *vg, const struct vg_lv *lv, unsigned int skip,
		       struct judge *j, struct err *e)
{
	memset(j, 0, sizeof(*j));
	j->nslots = 1;
	if (vg->kind == VG_AIX)
		return judge_aix(vg, lv, e);
	if (lv->type == LV_LINEAR)
		return judge_linear(vg, lv, j, e);
	if (lv->type == LV_MIRROR)
		return judge_mirror(vg, lv, skip, j, e);
	return err_set(e, ERR_METADATA, "%s/%s: redundancy type %d is unknown to this version",
		       vg->name, lv->name, lv->type);
}
