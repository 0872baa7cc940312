// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation: which PVs a copy goes to, and which PPs of them.
 *
 * Strict means more here than on AIX: no PV is shared between copies at all,
 * because a leg of a mirror fails as a whole, so a PV that held parts of two
 * legs would take both with it.
 */
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "internal.h"

#define NOBODY	0xff

struct choice {
	const struct vg *vg;
	const struct vg_lv *lv;
	unsigned int copies;	/* mask of those that get PPs */
	uint32_t need;		/* PPs of each of them */
	uint32_t sa_len;	/* sectors of a status area beside them; 0: none */
	uint32_t reserve;	/* PPs that it takes where there is no room yet */
	unsigned int n;		/* PVs that may be used, in the caller's order */
	struct vg_pv *pv[VG_MAX_PV];
	unsigned int free[VG_MAX_PV];
	uint8_t owner[VG_MAX_PV];	/* copy that has it, or NOBODY */
};

static bool usable(const struct vg_pv *pv)
{
	return pv->io && !(pv->state & (PV_MISSING | PV_REMOVED | PV_NOALLOC | PV_SPARE |
				     PV_SPLIT));
}

static bool holds_copy(const struct vg_lv *lv, const struct vg_pv *pv, unsigned int c)
{
	uint32_t i;

	for (i = 0; i < lv->num_lps; i++)
		if (lv->map[c][i].pv == pv->num)
			return true;
	return false;
}

static bool wants(const struct choice *ch, unsigned int c)
{
	return ch->copies & 1U << c;
}

/* A copy that takes LPs of another over may lie where that one lies: it becomes part of it. */
static bool is_served(const struct choice *ch, unsigned int c)
{
	int move = lv_move_of(ch->lv, c);

	return move >= 0 && wants(ch, (unsigned int)move);
}

static void add_pv(struct choice *ch, struct vg_pv *pv)
{
	unsigned int i, c;

	for (i = 0; i < ch->n; i++)
		if (ch->pv[i] == pv)
			return;
	if (!usable(pv))
		return;
	ch->owner[ch->n] = NOBODY;
	for (c = 0; c < ch->lv->copies; c++)
		if (!is_served(ch, c) && holds_copy(ch->lv, pv, c))
			ch->owner[ch->n] = (uint8_t)c;
	ch->free[ch->n] = vg_pv_free(pv);
	ch->pv[ch->n++] = pv;
}

static void list_pvs(struct choice *ch, struct vg_pv *const *allowed)
{
	unsigned int i;

	if (allowed) {
		for (i = 0; allowed[i]; i++)
			add_pv(ch, allowed[i]);
		return;
	}
	for (i = 1; i <= VG_MAX_PV; i++)
		if (ch->vg->pv[i])
			add_pv(ch, ch->vg->pv[i]);
}

static uint32_t reserve_on(const struct choice *ch, unsigned int i)
{
	return ch->sa_len && !sa_has_room(ch->vg, ch->pv[i], ch->sa_len) ? ch->reserve : 0;
}

/* One PV for each copy: one that it has already, else the first that nobody has. */
static bool choose_single(struct choice *ch)
{
	uint8_t owner[VG_MAX_PV];
	unsigned int c, i, best;

	memcpy(owner, ch->owner, sizeof(owner));
	for (c = 0; c < ch->lv->copies; c++) {
		if (!wants(ch, c))
			continue;
		for (i = 0, best = ch->n; i < ch->n; i++) {
			if (ch->free[i] < ch->need + reserve_on(ch, i))
				continue;
			if (owner[i] == c)
				break;
			if (owner[i] == NOBODY && best == ch->n)
				best = i;
		}
		if (i == ch->n)
			i = best;
		if (i == ch->n)
			return false;
		owner[i] = (uint8_t)c;
	}
	memcpy(ch->owner, owner, sizeof(owner));
	return true;
}

static uint64_t copy_has(const struct choice *ch, const uint8_t *owner, unsigned int c)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < ch->n; i++)
		if (owner[i] == c)
			sum += ch->free[i];
	return sum;
}

/* Several PVs for a copy: the largest that is left goes to the copy that has least. */
static bool choose_several(struct choice *ch)
{
	uint8_t owner[VG_MAX_PV];
	unsigned int c, i, poorest, largest;

	memcpy(owner, ch->owner, sizeof(owner));
	for (;;) {
		for (poorest = 0; !wants(ch, poorest); poorest++)
			;
		for (c = poorest + 1; c < ch->lv->copies; c++)
			if (wants(ch, c) &&
			    copy_has(ch, owner, c) < copy_has(ch, owner, poorest))
				poorest = c;
		/* Minimum of PVs: stop when it suffices. Maximum: use them all. */
		if (ch->lv->inter == 'm' &&
		    copy_has(ch, owner, poorest) >= (uint64_t)ch->need + ch->reserve)
			break;
		for (i = 0, largest = ch->n; i < ch->n; i++)
			if (owner[i] == NOBODY && ch->free[i] &&
			    (largest == ch->n || ch->free[i] > ch->free[largest]))
				largest = i;
		if (largest == ch->n)
			break;
		owner[largest] = (uint8_t)poorest;
	}
	if (copy_has(ch, owner, poorest) < (uint64_t)ch->need + ch->reserve)
		return false;
	memcpy(ch->owner, owner, sizeof(owner));
	return true;
}

/* PV i serves a copy before PV k: one that has some of it already, then the larger. */
static bool comes_before(const struct choice *ch, unsigned int c, unsigned int i, unsigned int k)
{
	bool i_has = holds_copy(ch->lv, ch->pv[i], c), k_has = holds_copy(ch->lv, ch->pv[k], c);

	return i_has == k_has ? ch->free[i] > ch->free[k] : i_has;
}

/* The PVs of copy c in order of use. */
static void list_copy(const struct choice *ch, unsigned int c, struct alloc_plan *plan)
{
	bool taken[VG_MAX_PV] = { false };
	unsigned int i, best;

	plan->n[c] = 0;
	for (;;) {
		for (i = 0, best = ch->n; i < ch->n; i++) {
			if (taken[i] || ch->owner[i] != c || !ch->free[i])
				continue;
			if (best == ch->n || comes_before(ch, c, i, best))
				best = i;
		}
		if (best == ch->n)
			return;
		taken[best] = true;
		plan->pv[c][plan->n[c]++] = ch->pv[best];
	}
}

/* Not strict: every copy may use every PV; each begins with another one. */
static bool choose_any(struct choice *ch, struct alloc_plan *plan)
{
	uint64_t sum = 0;
	unsigned int i, c;

	for (i = 0; i < ch->n; i++)
		sum += ch->free[i];
	if (sum < (uint64_t)__builtin_popcount(ch->copies) * (ch->need + ch->reserve))
		return false;
	for (c = 0; c < ch->lv->copies; c++)
		for (i = 0; wants(ch, c) && i < ch->n; i++)
			plan->pv[c][plan->n[c]++] = ch->pv[(i + c) % ch->n];
	return true;
}

enum err_code alloc_plan(const struct vg *vg, const struct vg_lv *lv,
			 const struct alloc_want *want, struct alloc_plan *plan, struct err *e)
{
	struct choice ch = {
		.vg = vg, .lv = lv, .copies = want->copies, .need = want->lps,
		.sa_len = want->sa_len, .reserve = sa_pps(vg, want->sa_len),
	};
	unsigned int c, i, n = (unsigned int)__builtin_popcount(want->copies);
	uint64_t sum = 0;

	memset(plan, 0, sizeof(*plan));
	list_pvs(&ch, want->pvs);
	if ((lv->inter == 'm' && choose_single(&ch)) || choose_several(&ch)) {
		for (c = 0; c < lv->copies; c++)
			if (wants(&ch, c))
				list_copy(&ch, c, plan);
		return ERR_OK;
	}
	if (!lv->strict && choose_any(&ch, plan))
		return ERR_OK;
	for (i = 0; i < ch.n; i++)
		sum += ch.free[i];
	return err_set(e, ERR_NOSPACE,
		       "%s: %s needs %u free PPs for each of %u %s%s, and %u more for status areas; there are %lu on %u usable PVs; extend the VG or ask for less",
		       vg->name, lv->name, want->lps, n,
		       lv->type == LV_RAID5 ? "columns" : "copies",
		       lv->strict && lv->copies > 1 ? ", no PV shared between them" : "",
		       ch.reserve * n, (unsigned long)sum, ch.n);
}

/* ---- PPs of one PV ---- */

/* First and last PP number (1-based) of the band that a policy prefers. */
static void band_of(unsigned int pps, char intra, unsigned int *first, unsigned int *last)
{
	unsigned int len[5], i, band = intra == 'e' ? 0 : intra == 'm' ? 1 : 2;

	vg_bands(pps, len);
	for (i = 0, *first = 1; i < band; i++)
		*first += len[i];
	*last = *first + (len[band] ? len[band] : 1) - 1;
}

static unsigned int distance(unsigned int a, unsigned int b)
{
	return a > b ? a - b : b - a;
}

/*
 * n free PPs in one piece, as near to the start of the band as it goes; 0 when
 * there is no such piece.
 */
static unsigned int find_run(const struct vg_pv *pv, unsigned int n, char intra)
{
	unsigned int first, last, i, j, at, best = 0;

	band_of(pv->pp_count, intra, &first, &last);
	for (i = 1; i <= pv->pp_count; i = j + 1) {
		for (j = i; j <= pv->pp_count && !pv->pp[j - 1].lv; j++)
			;
		if (j - i < n)
			continue;
		at = first < i ? i : first > j - n ? j - n : first;
		if (!best || distance(at, first) < distance(best, first))
			best = at;
	}
	return best;
}

/* The n PPs that follow the last one of a copy are free: they carry it on. */
static bool follows(const struct vg_pv *pv, unsigned int after, unsigned int n)
{
	unsigned int i;

	if (!after || n > pv->pp_count - after)
		return false;
	for (i = after; i < after + n; i++)
		if (pv->pp[i].lv)
			return false;
	return true;
}

/*
 * Put n free PPs into out[], ascending; n is not more than there are. after:
 * the PP that they continue, or 0.
 */
static void pick_pps(const struct vg_pv *pv, unsigned int after, unsigned int n, char intra,
		     uint16_t *out)
{
	bool take[VG_MAX_PP] = { false };
	unsigned int first, last, i, k, best;
	unsigned int run = follows(pv, after, n) ? after + 1 : find_run(pv, n, intra);

	for (i = 0; run && i < n; i++)
		take[run - 1 + i] = true;
	band_of(pv->pp_count, intra, &first, &last);
	for (k = run ? n : 0; k < n; k++) {	/* the band, then outwards from it */
		unsigned int far, least = ~0U;

		for (i = 1, best = 0; i <= pv->pp_count; i++) {
			if (pv->pp[i - 1].lv || take[i - 1])
				continue;
			far = i < first ? first - i : i > last ? i - last : 0;
			if (far < least) {
				least = far;
				best = i;
			}
		}
		take[best - 1] = true;
	}
	for (i = 0, k = 0; i < pv->pp_count; i++)
		if (take[i])
			out[k++] = (uint16_t)(i + 1);
}

/* How many of the copy's PPs come from each of its PVs. */
static bool share_out(const struct alloc_plan *plan, unsigned int c, char inter, uint32_t more,
		      unsigned int count[VG_MAX_PV])
{
	unsigned int left[VG_MAX_PV], i;
	bool progress = true;

	for (i = 0; i < plan->n[c]; i++) {
		left[i] = vg_pv_free(plan->pv[c][i]);
		count[i] = 0;
	}
	while (more && progress) {
		progress = false;
		for (i = 0; i < plan->n[c] && more; i++) {
			unsigned int n = inter == 'x' ? 1 : more;

			if (n > left[i])
				n = left[i];
			count[i] += n;
			left[i] -= n;
			more -= n;
			progress |= n > 0;
		}
	}
	return !more;
}

static void take_pp(struct vg_lv *lv, struct vg_pv *pv, unsigned int c, uint32_t lp, uint16_t pp)
{
	lv->map[c][lp] = (struct lv_place){ pv->num, pp };
	pv->pp[pp - 1].lv = lv->num;
	pv->pp[pp - 1].copy = (uint8_t)c;
	pv->pp[pp - 1].lp = lp + 1;
	pv->pp[pp - 1].stale = false;
}

/* The k-th LP that is wanted; both from 0. */
static uint32_t lp_at(const struct vg_lv *lv, const struct alloc_want *want, uint32_t k)
{
	return want->which ? want->which[k] - 1 : lv->num_lps + k;
}

static enum err_code place_copy(const struct vg *vg, struct vg_lv *lv, unsigned int c,
				const struct alloc_want *want, const struct alloc_plan *plan,
				struct err *e)
{
	uint16_t pps[VG_MAX_PV][VG_MAX_PP];
	unsigned int count[VG_MAX_PV], next[VG_MAX_PV] = { 0 }, i;
	uint32_t k = 0, more = want->lps, first = lp_at(lv, want, 0);
	struct lv_place tail = { 0, 0 };

	if (!share_out(plan, c, lv->inter, more, count))
		return err_set(e, ERR_NOSPACE,
			       "%s: not enough free PPs for %s %u of %s beside its status area; extend the VG or ask for less",
			       vg->name, lv_leg_word(lv), c + 1, lv->name);
	if (first)
		tail = lv->map[c][first - 1];
	for (i = 0; i < plan->n[c]; i++)
		if (count[i])
			pick_pps(plan->pv[c][i], tail.pv == plan->pv[c][i]->num ? tail.pp : 0,
				 count[i], lv->intra, pps[i]);
	/* Minimum: one PV after the other. Maximum: one LP from each in turn. */
	for (i = 0; k < more; i = (i + 1) % plan->n[c]) {
		unsigned int n = lv->inter == 'x' ? 1 : more;

		for (; n && next[i] < count[i] && k < more; n--)
			take_pp(lv, plan->pv[c][i], c, lp_at(lv, want, k++), pps[i][next[i]++]);
	}
	return ERR_OK;
}

enum err_code alloc_place(const struct vg *vg, struct vg_lv *lv, const struct alloc_want *want,
			  const struct alloc_plan *plan, struct err *e)
{
	enum err_code rc = ERR_OK;
	unsigned int c;

	for (c = 0; c < lv->copies && rc == ERR_OK; c++)
		if (want->copies & 1U << c)
			rc = place_copy(vg, lv, c, want, plan, e);
	return rc;
}

uint32_t *alloc_all_lps(const struct vg_lv *lv)
{
	uint32_t *all = xalloc(lv->num_lps * sizeof(*all)), i;

	for (i = 0; i < lv->num_lps; i++)
		all[i] = i + 1;
	return all;
}

void alloc_give_back(struct vg *vg, const struct vg_lv *lv, int c, uint32_t keep)
{
	unsigned int i, n;

	for (i = 1; i <= VG_MAX_PV; i++)
		for (n = 0; vg->pv[i] && n < vg->pv[i]->pp_count; n++) {
			struct vg_pp *pp = &vg->pv[i]->pp[n];

			if (pp->lv == lv->num && pp->lp > keep && (c == ALL || pp->copy == c))
				*pp = (struct vg_pp){ .on_disk = pp->on_disk };
		}
}
