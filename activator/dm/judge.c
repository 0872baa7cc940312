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

unsigned int judge_open(const struct vg *vg, const struct vg_lv *lv, unsigned int use)
{
	unsigned int open = 0;
	struct vy_sb sb;
	bool dirty;

	for (unsigned int c = 0; c < lv->copies; c++)
		if (use & 1u << c && (lv_leg_super(vg, lv, c, &sb, &dirty, NULL) || dirty))
			open |= 1u << c;
	return open;
}

enum judge_rows judge_rows(const struct vg_lv *lv, const struct judge *j, unsigned int use,
			   unsigned int open)
{
	const struct vy_sb *sb;

	if (use == (1u << lv->copies) - 1 || !(open & use))
		return ROWS_AGREE;
	for (unsigned int c = 0; c < lv->copies; c++) {
		sb = judge_sb(j, lv, c);
		/* a record of an earlier generation is of a leg that came back since */
		if (use & 1u << c && sb->flags & VY_SB_LOGGED &&
		    sb->gen == j->sb[j->verdict.best].gen)
			return ROWS_LOGGED;
	}
	return ROWS_TORN;
}

char *judge_copy_pvs(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	bool seen[VG_MAX_PV + 1] = { false };
	char *list = xstrdup(""), buf[64];

	for (uint32_t lp = 0; lp < lv->num_lps; lp++) {
		uint16_t pv = lv->map[c][lp].pv;

		if (!pv || pv > VG_MAX_PV || seen[pv] || !vg->pv[pv])
			continue;
		seen[pv] = true;
		text_append(&list, ",", vg_pv_label(vg->pv[pv], buf));
	}
	return list;
}

char *judge_damage_text(const struct vg *vg, const struct vg_lv *lv, const struct judge *j,
			unsigned int c)
{
	char *pvs = judge_copy_pvs(vg, lv, c), *remedy, *text, buf[64];
	struct vg_lv set;

	/* A copy is named by any one of its PVs. */
	vg_pv_label(vg->pv[lv->leg[c].sa_pv], buf);
	remedy = lv_column_set(lv, c, &set) ?
		xprintf("it is being moved; 'replacepv %s PV' makes it anew on another PV", buf) :
		xprintf("run 'varyon rejoin -f %s/%s %s' to copy it anew", vg->name, lv->name, buf);
	text = xprintf("%s/%s: DEGRADED: %s %u on %s is left out: %s; %s", vg->name, lv->name,
		       lv_leg_word(lv), c + 1, pvs, j->damage[c].text, remedy);
	free(remedy);
	free(pvs);
	return text;
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

/* Are data and status area of leg c here? */
static bool leg_is_here(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	return vg_lv_complete(vg, lv, c) && vg->pv[lv->leg[c].sa_pv] &&
	       vg->pv[lv->leg[c].sa_pv]->io;
}

/* A column that moves is a mirror, which must be able to start for it. */
static bool column_stands(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			  struct err *e)
{
	struct vg_lv set;
	struct judge j;

	return !lv_column_set(lv, c, &set) || judge_lv(vg, &set, 0, &j, e) == ERR_OK;
}

/*
 * Read the superblock of leg c. The VG says which set and which leg this is:
 * a status area that says something else is not this leg's.
 */
static void read_leg(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		     struct judge *j)
{
	struct vy_sb *sb = &j->sb[lv->leg[c].slot];

	if (lv_leg_super(vg, lv, c, sb, NULL, &j->damage[c]))
		return;
	if (memcmp(sb->set_uuid, lv->uuid.b, 16) || memcmp(sb->self_uuid, lv->leg[c].uuid.b, 16) ||
	    sb->self_slot != lv->leg[c].slot) {
		err_set(&j->damage[c], ERR_CONFLICT,
			"its status area belongs to another leg or another LV");
		return;
	}
	j->have[c] = column_stands(vg, lv, c, &j->damage[c]);
}

/* ---- saying why not ---- */

/* Bytes that the copy has written since it went on without one of the others. */
static uint64_t changed_alone(const struct vg *vg, const struct vg_lv *lv, const struct judge *j,
			      unsigned int c, unsigned int others)
{
	uint64_t most = 0, regions;

	for (unsigned int o = 0; o < lv->copies; o++)
		if (others & 1u << o && !lv_leg_stale(vg, lv, c, judge_sb(j, lv, c),
						      lv->leg[o].slot, &regions, NULL) &&
		    regions > most)
			most = regions;
	return most << lv->region_shift;
}

static char *describe_copy(const struct vg *vg, const struct vg_lv *lv, const struct judge *j,
			   unsigned int c, unsigned int others)
{
	char *pvs = judge_copy_pvs(vg, lv, c), *what, *text;
	uint64_t changed;

	if (j->have[c]) {
		changed = changed_alone(vg, lv, j, c, others);
		what = xprintf("generation %016" PRIx64 "%s", judge_sb(j, lv, c)->gen,
			       judge_sb(j, lv, c)->flags & VY_SB_INCONSISTENT ?
			       ", half resynced" : "");
		if (changed) {
			text = xprintf("%s, %" PRIu64 " KiB written alone", what, changed >> 10);
			free(what);
			what = text;
		}
	} else if (j->skipped & 1u << c) {
		what = xstrdup("left out");
	} else if (j->leg[c] == LEG_MISSING) {
		what = xstrdup("missing");
	} else if (j->leg[c] == LEG_AWAY) {
		what = xstrdup("split off");
	} else {
		what = xprintf("damaged: %s", j->damage[c].text);
	}
	text = xprintf("%s %u on %s: %s", lv_leg_word(lv), c + 1, pvs, what);
	free(pvs);
	free(what);
	return text;
}

/* Takes over more. */
static void append(char **all, const char *sep, char *more)
{
	text_append(all, sep, more);
	free(more);
}

/* One phrase for each copy: what is known about it. */
static char *describe_copies(const struct vg *vg, const struct vg_lv *lv, const struct judge *j)
{
	char *all = xstrdup("");

	for (unsigned int c = 0; c < lv->copies; c++)
		append(&all, "; ", describe_copy(vg, lv, j, c, 0));
	return all;
}

/* Copies here that c can make up a set with: its side of a split brain. */
static unsigned int side_of(const struct vg_lv *lv, const struct judge *j, unsigned int c)
{
	unsigned int side = 1u << c;

	for (unsigned int o = 0; o < lv->copies; o++) {
		const struct vy_sb *sb[VY_MAX_SLOTS] = { NULL };
		struct vy_assembly pair;

		if (o == c || !j->have[o])
			continue;
		sb[lv->leg[c].slot] = judge_sb(j, lv, c);
		sb[lv->leg[o].slot] = judge_sb(j, lv, o);
		vy_assemble(sb, lv->nslots, NULL, &pair);
		if (pair.verdict == VY_ASSEMBLE_OK)
			side |= 1u << o;
	}
	return side;
}

/* The sides of a split brain, each with its copies and a PVID that names it. */
static char *describe_sides(const struct vg *vg, const struct vg_lv *lv, const struct judge *j)
{
	unsigned int told = 0, here = 0, n = 0;
	char *all = xstrdup("");

	for (unsigned int c = 0; c < lv->copies; c++)
		here |= (unsigned int)j->have[c] << c;
	for (unsigned int c = 0; c < lv->copies; c++) {
		unsigned int side;
		char *text = xstrdup("");

		if (told & 1u << c) {
			free(text);
			continue;
		}
		side = j->have[c] ? side_of(lv, j, c) & ~told : 1u << c;
		told |= side;
		for (unsigned int o = c; o < lv->copies; o++)
			if (side & 1u << o)
				append(&text, ", ", describe_copy(vg, lv, j, o, here & ~side));
		if (j->have[c]) {
			char pvid[17], *numbered;

			text_hex(pvid, vg->pv[lv->leg[c].sa_pv]->id.b, 8);
			numbered = xprintf("side %u, PVID %s: %s", ++n, pvid, text);
			free(text);
			text = numbered;
		}
		append(&all, "; ", text);
	}
	return all;
}

static bool any_missing(const struct vg_lv *lv, const struct judge *j)
{
	for (unsigned int c = 0; c < lv->copies; c++)
		if (j->leg[c] == LEG_MISSING && !(j->skipped & 1u << c))
			return true;
	return false;
}

static enum err_code refuse(const struct vg *vg, const struct vg_lv *lv,
			    const struct vg_lv *set, const struct judge *j, struct err *e)
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
			"choose the side to keep and run 'varyon rejoin --keep VG/LV PV' for a PV of it (at boot: rd.varyon.prefer=PVID): only what either side changed is copied; or detach the PVs of the other side" },
		[VY_ASSEMBLE_MISMATCH] = { ERR_CONFLICT,
			"the copies disagree on what set they are",
			"run 'varyon rejoin -f VG/LV PV' for the PV of the wrong copy" },
		[VY_ASSEMBLE_FEW] = { ERR_QUORUM,
			"more than one leg of a RAID5 is missing or behind",
			"attach the missing PVs" },
	};
	enum vy_verdict v = j->verdict.verdict;
	char *copies = v == VY_ASSEMBLE_SPLIT ? describe_sides(vg, set, j) :
						describe_copies(vg, set, j);
	const char *remedy = texts[v].remedy;

	if (v == VY_ASSEMBLE_NO_LEG && !any_missing(set, j))
		remedy = "no PV is missing: only the status areas are known to be damaged, the data may be whole where lslv -m shows it; save it from there";
	if (v == VY_ASSEMBLE_NO_SOURCE && j->skipped && !any_missing(set, j))
		remedy = "none of them can be copied from without the one that is left out; activate the LV (varyonvg), or see varyon status which copy is in sync";
	else if (v == VY_ASSEMBLE_NO_SOURCE && j->give_up)
		remedy = "attach the PV with the copy that was chosen to be kept; or choose another one: 'varyon rejoin --keep VG/LV PV'";
	err_set(e, texts[v].code, "%s/%s: not activated: %s (%s); %s", vg->name, lv->name,
		texts[v].why, copies, remedy);
	free(copies);
	return texts[v].code;
}

/* ---- mirrors ---- */

/* What the table of the LV will ask for. give_up: slots, of those here. */
static void make_wish(const struct vg_lv *set, uint8_t give_up, struct vy_wish *wish)
{
	memset(wish, 0, sizeof(*wish));
	for (unsigned int c = 0; c < lv_num_legs(set); c++) {
		const struct lv_leg *leg = &set->leg[c];

		wish->used |= 1u << leg->slot;
		memcpy(wish->uuid[leg->slot], leg->uuid.b, sizeof(leg->uuid.b));
		if (leg->flags & LEG_PARTIAL)
			wish->partial |= 1u << leg->slot;
	}
	wish->discard = give_up;
}

/* As if it were missing; if it is not, no PV is asked for on its behalf. */
static void skip_leg(const struct vg *vg, const struct vg_lv *set, unsigned int c,
		     struct judge *j)
{
	j->leg[c] = LEG_MISSING;
	if (vg_lv_complete(vg, set, c))
		j->skipped |= 1u << c;
}

/*
 * A split child is judged from its copy alone, and anything else without the
 * copies that are split off.
 */
static void read_legs(const struct vg *vg, const struct vg_lv *lv, unsigned int skip,
		      struct judge *j)
{
	unsigned int own;
	const struct vg_lv *set = lv_origin(vg, lv, &own);

	j->nslots = set->nslots;
	for (unsigned int c = 0; c < set->copies; c++) {
		if (set == lv ? set->leg[c].flags & LEG_SPLIT : c != own) {
			j->leg[c] = LEG_AWAY;
		} else if (skip & 1u << c) {
			skip_leg(vg, set, c, j);
		} else if (!leg_is_here(vg, set, c)) {
			j->leg[c] = LEG_MISSING;
		} else {
			j->leg[c] = LEG_DAMAGED;	/* until it was read */
			lv_leg_expect(vg, set, c);
		}
	}
	for (unsigned int c = 0; c < set->copies; c++) {
		if (j->leg[c] == LEG_DAMAGED)
			read_leg(vg, set, c, j);
		if (j->have[c] && set == lv && set->leg[c].flags & LEG_DISCARD)
			j->give_up |= 1u << set->leg[c].slot;
	}
}

void judge_expect(const struct vg *vg, const struct vg_lv *lv)
{
	unsigned int own;
	const struct vg_lv *set = lv_origin(vg, lv, &own);

	for (unsigned int c = 0; set->type != LV_LINEAR && c < set->copies; c++)
		if (set == lv ? !(set->leg[c].flags & LEG_SPLIT) : c == own)
			lv_leg_expect(vg, set, c);
}

static enum err_code assemble(const struct vg *vg, const struct vg_lv *lv, struct judge *j,
			      struct err *e)
{
	const struct vy_sb *sb[VY_MAX_SLOTS] = { NULL };
	unsigned int own;
	const struct vg_lv *set = lv_origin(vg, lv, &own);
	struct vy_wish wish;

	make_wish(set, j->give_up, &wish);
	for (unsigned int c = 0; c < set->copies; c++) {
		if (j->have[c])
			sb[set->leg[c].slot] = judge_sb(j, set, c);
		if (j->leg[c] == LEG_AWAY && set == lv)
			wish.split |= 1u << set->leg[c].slot;
	}
	vy_assemble(sb, set->nslots, &wish, &j->verdict);
	if (j->verdict.verdict != VY_ASSEMBLE_OK) {
		j->degraded = true;
		return refuse(vg, lv, set, j, e);
	}
	for (unsigned int c = 0; c < set->copies; c++) {
		if (j->have[c])
			j->leg[c] = j->verdict.members & 1u << set->leg[c].slot ? LEG_MEMBER :
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
	unsigned int own;

	memset(j, 0, sizeof(*j));
	j->nslots = 1;
	if (vg->kind == VG_AIX)
		return judge_aix(vg, lv, e);
	if (lv_origin(vg, lv, &own)->type == LV_LINEAR)
		return judge_linear(vg, lv, j, e);
	read_legs(vg, lv, skip, j);
	return assemble(vg, lv, j, e);
}

enum err_code judge_lv_keeping(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			       struct judge *j, struct err *e)
{
	unsigned int side;

	memset(j, 0, sizeof(*j));
	read_legs(vg, lv, 0, j);
	if (!j->have[c])
		return err_set(e, ERR_QUORUM, "%s/%s: copy %u cannot be used: %s", vg->name,
			       lv->name, c + 1, j->leg[c] == LEG_DAMAGED ? j->damage[c].text :
			       j->leg[c] == LEG_AWAY ? "it is split off" : "its PV is missing");
	side = side_of(lv, j, c);
	j->give_up = 0;
	for (unsigned int o = 0; o < lv->copies; o++)
		if (j->have[o] && !(side & 1u << o))
			j->give_up |= 1u << lv->leg[o].slot;
	return assemble(vg, lv, j, e);
}
