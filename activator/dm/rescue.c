// SPDX-License-Identifier: GPL-2.0
/* An LV read without our module; see rescue.h. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "rescue.h"

void rescue_end(struct rescue *r)
{
	for (unsigned int c = 0; c < VY_MAX_SLOTS; c++)
		free(r->bbr[c]);
	memset(r, 0, sizeof(*r));
}

/* Regions that copy c lacks though it is a member, as far as any member tells. */
static uint64_t lacks(const struct vg_lv *set, const struct judge *j, unsigned int c)
{
	uint64_t most = 0;

	for (unsigned int o = 0; o < set->copies; o++)
		if (j->leg[o] == LEG_MEMBER) {
			uint64_t n = judge_sb(j, set, o)->slot[set->leg[c].slot].stale_regions;

			most = n > most ? n : most;
		}
	return most;
}

/* A column that moves is read at its old place: has that everything? */
static bool is_at_home(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
		       struct err *why)
{
	struct vg_lv set;
	struct judge j;
	uint32_t blocks;

	if (!lv_column_set(lv, c, &set))
		return true;
	if (!judge_lv(vg, &set, 0, &j, NULL) && j.leg[0] == LEG_MEMBER && !lacks(&set, &j, 0) &&
	    !lv_leg_relocated(vg, &set, 0, &blocks, NULL) && !blocks)
		return true;
	err_set(why, ERR_QUORUM, "column %u is being moved, and its old place has not everything",
		c + 1);
	return false;
}

/* Has copy c everything, and is it known where? *why: else, of a member. */
static bool is_whole(const struct vg *vg, const struct vg_lv *set, const struct judge *j,
		     unsigned int c, struct rescue *r, struct err *why)
{
	uint64_t n;

	if (j->leg[c] != LEG_MEMBER || set->leg[c].flags & LEG_PARTIAL)
		return false;
	if (!is_at_home(vg, set, c, why))
		return false;
	n = lacks(set, j, c);
	if (n) {
		err_set(why, ERR_QUORUM, "%s %u has bad places, %" PRIu64 " KiB",
			lv_leg_word(set), c + 1, n << set->region_shift >> 10);
		return false;
	}
	r->bbr[c] = xalloc(sizeof(*r->bbr[c]));
	return lv_leg_bbr(vg, set, c, r->bbr[c], why) == ERR_OK;
}

static enum err_code refuse(const struct vg *vg, const struct vg_lv *lv, const char *what,
			    const struct err *why, struct err *e)
{
	return err_set(e, ERR_QUORUM,
		       "%s/%s: cannot be read without the module dm-varyon: %s%s%s", vg->name,
		       lv->name, what, why->code ? ": " : "", why->text);
}

/*
 * A column is not used, so parity tells what it held: is that right? What was being
 * written may have reached one disk and not the other, and the row log that has it is
 * not for md.
 */
static enum err_code check_parity(const struct vg *vg, const struct vg_lv *lv,
				  const struct judge *j, const struct rescue *r, struct err *e)
{
	static const struct err nothing;

	switch (judge_rows(r->set, j, r->use, judge_open(vg, r->set, r->use))) {
	case ROWS_LOGGED:
		return refuse(vg, lv, "a column is missing, the others were not closed, and their row log waits to be replayed, which takes the module; to believe the parity without it: --dirty-degraded",
			      &nothing, e);
	case ROWS_TORN:
		return refuse(vg, lv, "a column is missing and the others were not closed, so that what it held may be lost where something was being written; attach its PV, or believe the parity as it is: --dirty-degraded",
			      &nothing, e);
	default:
		return ERR_OK;
	}
}

enum err_code rescue_choose(const struct vg *vg, const struct vg_lv *lv, const struct judge *j,
			    bool believe, struct rescue *r, struct err *e)
{
	unsigned int own, whole = 0, wanted, best;
	struct err why = { 0 };

	memset(r, 0, sizeof(*r));
	r->set = lv_origin(vg, lv, &own);
	wanted = r->set->type == LV_RAID5 ? r->set->copies - 1 : 1;
	for (unsigned int c = 0; c < r->set->copies; c++)
		if (is_whole(vg, r->set, j, c, r, &why)) {
			r->use |= 1u << c;
			whole++;
		}
	if (whole < wanted)
		return refuse(vg, lv, r->set->type == LV_RAID5 ?
			      "more than one column is missing or not whole" :
			      "no copy has everything", &why, e);
	best = (unsigned int)__builtin_ctz(r->use);
	r->geom = judge_sb(j, r->set, best)->geom;
	if (r->set->type != LV_RAID5)
		r->use = 1u << best;
	else if (whole < r->set->copies && !believe)
		return check_parity(vg, lv, j, r, e);
	return ERR_OK;
}

void rescue_copy(const struct rescue *r, const struct vg *vg, unsigned int c, struct table *t)
{
	table_linear_spared(t, vg, r->set, c, &r->geom, r->bbr[c]);
}

void rescue_raid5(const struct rescue *r, const struct vg *vg, char *const dev[VY_MAX_SLOTS],
		  struct table *t)
{
	char *legs = xstrdup("");

	for (unsigned int s = 0; s < r->set->nslots; s++) {
		int c = lv_leg_of_slot(r->set, s);
		char *leg = xprintf("- %s", c >= 0 && dev[c] ? dev[c] : "-");

		text_append(&legs, " ", leg);
		free(leg);
	}
	/* nosync: without metadata md would take it for new, and make all parity */
	table_add(t, 0, vg_lv_sectors(vg, r->set), "raid", "raid5_ls 2 %u nosync %u %s",
		  1u << (r->set->chunk_shift - 9), r->set->nslots, legs);
	free(legs);
}

char *rescue_text(const struct rescue *r, const struct vg *vg, const struct vg_lv *lv)
{
	char *list = xstrdup(""), *text;

	for (unsigned int c = 0; c < r->set->copies; c++) {
		char *pvs, *one;

		if (!(r->use & 1u << c))
			continue;
		pvs = judge_copy_pvs(vg, r->set, c);
		one = xprintf("%s %u on %s", lv_leg_word(r->set), c + 1, pvs);
		text_append(&list, ", ", one);
		free(one);
		free(pvs);
	}
	text = xprintf("%s/%s: rescue: read-only, from %s", vg->name, lv->name, list);
	free(list);
	return text;
}
