// SPDX-License-Identifier: GPL-2.0
/*
 * A VG of the PVs that one copy of everything lies on, and back (splitvg,
 * joinvg).
 *
 * A PV belongs to the VG that its LVM record names. Each step leaves something
 * that the next call of the same function, or of the other one, recognises:
 *
 *	split	1. vg records which PVs leave (PV_SPLIT), and the VGID of snap
 *		2. those PVs get VGDAs of snap. They are of vg still, without a
 *		   VGDA that is of use to it
 *		3. their LVM records name snap
 *	join	1. their LVM records name vg
 *		2. they get VGDAs of vg, in which they are PV_SPLIT, but here
 *		3. vg records that they are its PVs again
 *
 * So between the ends every PV is PV_SPLIT in vg, and either here, or in snap.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../format/name.h"
#include "../lib/random.h"
#include "../lib/text.h"
#include "internal.h"

/* ---- what is to be split ---- */

static bool is_volume(const struct vg_lv *lv)
{
	return lv && !lv->hidden && !lv->child_of;
}

/* The PVs that the copy lies on, with PPs or status areas. */
static void mark_set(const struct vg *vg, unsigned int copy, bool set[VG_MAX_PV + 1])
{
	unsigned int i, p;

	memset(set, 0, (VG_MAX_PV + 1) * sizeof(*set));
	for (i = 1; i <= VG_MAX_LV; i++)
		for (p = 1; is_volume(vg->lv[i]) && p <= VG_MAX_PV; p++)
			set[p] |= vg->pv[p] && lv_copy_on(vg->lv[i], copy, vg->pv[p]);
}

static enum err_code check_lvs(const struct vg *vg, unsigned int copy, struct err *e)
{
	unsigned int i, volumes = 0;

	for (i = 1; i <= VG_MAX_LV; i++) {
		const struct vg_lv *lv = vg->lv[i];
		enum err_code rc;

		if (!is_volume(lv))
			continue;
		volumes++;
		rc = lv_check_copies(vg, lv, e);
		if (rc != ERR_OK)
			return rc;
		if (lv->type != LV_MIRROR || !lv_copy_is_full(lv, copy) ||
		    lv->leg[copy].flags & LEG_DISCARD)
			return err_set(e, ERR_USAGE,
				       "%s: LV %s has no whole copy %u of its own to go; mklvcopy makes one",
				       vg->name, lv->name, copy + 1);
		if (!lv_other_full(lv, copy))
			return err_set(e, ERR_CONFLICT,
				       "%s: LV %s would have no whole copy left", vg->name, lv->name);
	}
	return volumes ? ERR_OK : err_set(e, ERR_USAGE, "%s: has no LVs to split", vg->name);
}

/* Those PVs hold that copy and nothing else; and are here. */
static enum err_code check_set(const struct vg *vg, unsigned int copy,
			       const bool set[VG_MAX_PV + 1], struct err *e)
{
	unsigned int i, c, n;
	char label[64];

	for (i = 1; i <= VG_MAX_PV; i++) {
		const struct vg_pv *pv = vg->pv[i];

		if (!set[i])
			continue;
		vg_pv_label(pv, label);
		if (!pv->io)
			return err_set(e, ERR_NOTFOUND, "%s: PV %s is missing; attach it", vg->name,
				       label);
		for (n = 0; n < pv->pp_count; n++) {
			const struct vg_pp *pp = &pv->pp[n];

			if (pp->lv && !vg->lv[pp->lv]->hidden && pp->copy != copy)
				return err_set(e, ERR_USAGE,
					       "%s: PV %s holds copy %u of %s beside copies %u; move either away (migratepv) first",
					       vg->name, label, pp->copy + 1U,
					       vg->lv[pp->lv]->name, copy + 1);
		}
		for (n = 1; n <= VG_MAX_LV; n++)
			for (c = 0; vg->lv[n] && c < vg->lv[n]->copies; c++)
				if (c != copy && vg->lv[n]->leg[c].sa_pv == i)
					return err_set(e, ERR_USAGE,
						       "%s: PV %s holds the status area of copy %u of %s; migratepv moves it away",
						       vg->name, label, c + 1, vg->lv[n]->name);
	}
	return ERR_OK;
}

/* ---- the model of the snapshot ---- */

static void copy_pv(struct vg *snap, const struct vg_pv *from)
{
	struct vg_pv *pv = xalloc(sizeof(*pv));
	unsigned int n;

	*pv = *from;
	pv->state = 0;
	pv->io = NULL;
	pv->last_path = from->last_path ? xstrdup(from->last_path) : NULL;
	pv->pp = xalloc(pv->pp_count * sizeof(*pv->pp));
	memcpy(pv->pp, from->pp, pv->pp_count * sizeof(*pv->pp));
	for (n = 0; n < pv->pp_count; n++)
		pv->pp[n].copy = 0;
	pv->adopt = true;
	pv->whole = pv->current = 0;
	pv->vgdas = pv->disk_vgdas = 0;
	snap->pv[pv->num] = pv;
	snap->num_pvs++;
}

static enum err_code copy_lv(struct vg *snap, const struct vg_lv *from, unsigned int copy,
			     const char *prefix, struct err *e)
{
	struct vg_lv *lv = vg_lv_add(snap, from->num);
	unsigned int c, n = 1;
	const char *why;
	char *name;

	*lv = *from;
	memset(lv->map, 0, sizeof(lv->map));
	lv->sa_new = NULL;
	lv->copies = 1;
	if (from->hidden)
		return ERR_OK;		/* its PPs are listed anew later */
	lv->map[0] = xalloc(lv->num_lps * sizeof(*lv->map[0]));
	memcpy(lv->map[0], from->map[copy], lv->num_lps * sizeof(*lv->map[0]));
	memset(lv->leg, 0, sizeof(lv->leg));
	lv->leg[0] = from->leg[copy];
	lv->leg[0].flags = 0;
	for (c = 0; c < from->copies; c++) {
		if (c == copy)
			continue;
		lv->leg[n].uuid = from->leg[c].uuid;
		lv->leg[n].slot = from->leg[c].slot;
		lv->leg[n++].flags = LEG_REMOTE;
	}
	name = xprintf("%s%s", prefix, from->name);
	why = name_why_bad(name, LV_NAME_MAX);
	if (why) {
		char *shown = text_safe(name);

		err_set(e, ERR_USAGE, "LV name \"%s\" %s (at most %d characters)", shown, why,
			LV_NAME_MAX);
		free(shown);
	} else {
		memset(lv->name, 0, sizeof(lv->name));
		strcpy(lv->name, name);
	}
	free(name);
	return why ? ERR_USAGE : ERR_OK;
}

static enum err_code build_snap(const struct vg *vg, unsigned int copy,
				const bool set[VG_MAX_PV + 1], const char *name,
				const char *prefix, struct vg **out, struct err *e)
{
	struct vg *snap = vg_new();
	enum err_code rc = ERR_OK;
	unsigned int i;

	snap->kind = vg->kind;
	snap->version = vg->version;
	snap->id = vg->snapshot;
	snap->parent = vg->id;
	strcpy(snap->name, name);
	snap->pp_shift = vg->pp_shift;
	snap->max_lvs = vg->max_lvs;
	snap->vgda_len = vg->vgda_len;
	snap->ctime = clock_stamp() >> 32;
	for (i = 1; i <= VG_MAX_PV; i++)
		if (set[i])
			copy_pv(snap, vg->pv[i]);
	for (i = 1; i <= VG_MAX_LV && rc == ERR_OK; i++)
		if (vg->lv[i] && (is_volume(vg->lv[i]) || vg->lv[i]->hidden))
			rc = copy_lv(snap, vg->lv[i], copy, prefix, e);
	if (rc != ERR_OK) {
		vg_free(snap);
		return rc;
	}
	/* The hidden LV becomes what of it lies on these PVs. */
	sa_tidy(snap);
	snap->quorum = snap->num_pvs > 2;
	vg_count_vgdas(snap);
	*out = snap;
	return ERR_OK;
}

static enum err_code check_vg_name(struct vg_scan *scan, const struct vg *vg, const char *name,
				   struct err *e)
{
	const char *why = name_why_bad(name, VG_NAME_MAX);
	unsigned int i;

	if (why) {
		char *shown = text_safe(name);

		err_set(e, ERR_USAGE, "VG name \"%s\" %s (at most %d characters)", shown, why,
			VG_NAME_MAX);
		free(shown);
		return ERR_USAGE;
	}
	for (i = 0; i < vg_scan_count(scan); i++) {
		const struct vg *other = vg_scan_vg(scan, i);

		if (!strcmp(other->name, name) && !id_equal(&other->id, &vg->snapshot))
			return err_set(e, ERR_CONFLICT,
				       "there is a volume group %s already; choose another name",
				       name);
	}
	return ERR_OK;
}

/* ---- going on with a split that was cut short ---- */

static struct vg *find_snapshot(const struct vg_scan *scan, const struct vg *vg)
{
	unsigned int i;

	for (i = 0; i < vg_scan_count(scan); i++)
		if (id_equal(&vg_scan_vg(scan, i)->id, &vg->snapshot))
			return vg_scan_vg(scan, i);
	return NULL;
}

/*
 * PVs that are in the snapshot already keep their place in its line of changes:
 * what is written next follows what they have.
 */
static void take_line(struct vg *snap, struct vg *old)
{
	unsigned int i;

	snap->stamp = old->stamp;
	snap->vgsa_stamp = old->vgsa_stamp;
	snap->commit_id = old->commit_id;
	memcpy(snap->history, old->history, sizeof(snap->history));
	snap->ctime = old->ctime;
	for (i = 1; i <= VG_MAX_PV; i++) {
		struct vg_pv *pv = snap->pv[i], *was = old->pv[i];

		if (!pv || !was || !was->io)
			continue;
		pv->io = was->io;
		was->io = NULL;
		pv->adopt = false;
		pv->whole = was->whole;
		pv->current = was->current;
		memcpy(pv->vgda_psn, was->vgda_psn, sizeof(pv->vgda_psn));
		memcpy(pv->vgsa_psn, was->vgsa_psn, sizeof(pv->vgsa_psn));
	}
}

/* The copy of each LV that was being split must be that one. */
static enum err_code check_same_split(const struct vg *vg, unsigned int copy, struct err *e)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_LV; i++) {
		const struct vg_lv *lv = vg->lv[i];

		if (!is_volume(lv))
			continue;
		if (copy >= lv->copies || !(lv->leg[copy].flags & LEG_SPLIT) ||
		    lv_child(vg, lv, copy))
			return err_set(e, ERR_CONFLICT,
				       "%s: a split of another copy was cut short; go on with that one, or undo it (joinvg)",
				       vg->name);
	}
	return ERR_OK;
}

static enum err_code resume_split(struct vg *vg, struct vg_scan *scan, unsigned int copy,
				  const char *name, const char *prefix, struct vg **out,
				  struct err *e)
{
	struct vg *old = find_snapshot(scan, vg);
	bool set[VG_MAX_PV + 1] = { false };
	unsigned int i, here = 0, missing = 0;
	enum err_code rc;

	for (i = 1; i <= VG_MAX_PV; i++) {
		set[i] = vg->pv[i] && vg->pv[i]->state & PV_SPLIT;
		here += set[i] && vg->pv[i]->io;
		missing += set[i] && !vg->pv[i]->io &&
			   !(old && old->pv[i] && old->pv[i]->io);
	}
	if (!here)
		return err_set(e, ERR_CONFLICT,
			       "%s: is split already, its snapshot is VG %s; join that (joinvg) first",
			       vg->name, old && old->name[0] ? old->name : "of missing PVs");
	if (missing)
		return err_set(e, ERR_NOTFOUND,
			       "%s: a split was cut short, and %u of the PVs that take part are missing; attach them",
			       vg->name, missing);
	if (old && old->name[0] && strcmp(old->name, name))
		return err_set(e, ERR_CONFLICT,
			       "%s: a split into VG %s was cut short; go on with that name, or undo it (joinvg)",
			       vg->name, old->name);
	rc = check_same_split(vg, copy, e);
	if (rc == ERR_OK)
		rc = build_snap(vg, copy, set, name, prefix, out, e);
	if (rc == ERR_OK && old)
		take_line(*out, old);
	return rc;
}

/* ---- split ---- */

enum err_code vg_split(struct vg *vg, struct vg_scan *scan, unsigned int copy, const char *name,
		       const char *prefix, struct vg **out, struct err *e)
{
	enum err_code rc = vg_check_changeable(vg, e);
	bool set[VG_MAX_PV + 1];
	unsigned int i, stay = 0;

	if (rc == ERR_OK)
		rc = check_vg_name(scan, vg, name, e);
	if (rc != ERR_OK)
		return rc;
	if (!id_is_zero(&vg->snapshot))
		return resume_split(vg, scan, copy, name, prefix, out, e);
	if (copy >= VG_MAX_COPIES)
		return err_set(e, ERR_USAGE, "copy %u: 1 to %u are possible", copy + 1,
			       VG_MAX_COPIES);
	rc = check_lvs(vg, copy, e);
	if (rc != ERR_OK)
		return rc;
	mark_set(vg, copy, set);
	rc = check_set(vg, copy, set, e);
	if (rc != ERR_OK)
		return rc;
	for (i = 1; i <= VG_MAX_PV; i++)
		stay += vg->pv[i] && !set[i] && vg->pv[i]->io;
	if (!stay)
		return err_set(e, ERR_CONFLICT, "%s: no PV would stay", vg->name);
	rc = vg_new_id(&vg->snapshot, e);
	if (rc == ERR_OK)
		rc = build_snap(vg, copy, set, name, prefix, out, e);
	if (rc != ERR_OK) {
		memset(&vg->snapshot, 0, sizeof(vg->snapshot));
		return rc;
	}
	for (i = 1; i <= VG_MAX_PV; i++)
		if (set[i])
			vg->pv[i]->state |= PV_SPLIT;
	for (i = 1; i <= VG_MAX_LV; i++)
		if (is_volume(vg->lv[i]))
			vg->lv[i]->leg[copy].flags |= LEG_SPLIT;
	vg_count_vgdas(vg);
	return ERR_OK;
}

/* The devices of the PVs that leave change hands; where their slots are stays. */
static void hand_over(struct vg *from, struct vg *to)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV; i++) {
		struct vg_pv *pv = to->pv[i], *was = from->pv[i];

		if (!pv || !was || !was->io || pv->io)
			continue;
		pv->io = was->io;
		was->io = NULL;
		was->whole = was->current = 0;
		was->behind = false;
		memcpy(pv->vgda_psn, was->vgda_psn, sizeof(pv->vgda_psn));
		memcpy(pv->vgsa_psn, was->vgsa_psn, sizeof(pv->vgsa_psn));
	}
	vg_count_seen(from);
	vg_count_vgdas(to);
}

enum err_code vg_split_commit(struct vg *vg, struct vg *snap, struct err *e)
{
	enum err_code rc = vg_commit(vg, e);

	if (rc != ERR_OK)
		return rc;
	hand_over(vg, snap);
	rc = vg_commit(snap, e);
	if (rc != ERR_OK)
		return err_prefix(e, "%s: %s is split off in part; run splitvg again to go on, or joinvg to undo it",
				  vg->name, snap->name);
	return ERR_OK;
}

/* ---- join ---- */

/* Every LV of the snapshot is a copy of one of ours. */
static enum err_code check_snap(const struct vg *vg, const struct vg *snap, struct err *e)
{
	unsigned int i, k;

	if (!id_equal(&snap->parent, &vg->id) || !id_equal(&snap->id, &vg->snapshot))
		return err_set(e, ERR_CONFLICT, "%s: is no snapshot of %s", snap->name, vg->name);
	for (i = 1; i <= VG_MAX_LV; i++) {
		const struct vg_lv *lv = snap->lv[i];

		if (!is_volume(lv))
			continue;
		for (k = 1; k <= VG_MAX_LV; k++)
			if (vg->lv[k] && vg->lv[k]->type == LV_MIRROR &&
			    id_equal(&vg->lv[k]->uuid, &lv->uuid))
				break;
		if (k > VG_MAX_LV)
			return err_set(e, ERR_CONFLICT,
				       "%s: LV %s is no copy of an LV of %s; remove it (rmlv) first",
				       snap->name, lv->name, vg->name);
	}
	return ERR_OK;
}

static enum err_code check_join(const struct vg *vg, const struct vg *snap, struct err *e)
{
	enum err_code rc = vg_check_writable(vg, e);
	unsigned int i;

	if (rc != ERR_OK)
		return rc;
	if (id_is_zero(&vg->snapshot))
		return err_set(e, ERR_CONFLICT, "%s: has no snapshot", vg->name);
	if (snap && check_snap(vg, snap, e) != ERR_OK)
		return ERR_CONFLICT;
	for (i = 1; i <= VG_MAX_PV; i++) {
		const struct vg_pv *pv = vg->pv[i];
		char *which;

		if (!pv || !(pv->state & PV_SPLIT) || pv->io ||
		    (snap && snap->pv[i] && snap->pv[i]->io))
			continue;
		which = vg_pv_missing_text(pv);
		err_set(e, ERR_NOTFOUND, "%s: PV %s, which was split off, is missing; attach it, or give the snapshot up when it is lost (joinvg --lost %s)",
			vg->name, which, vg->name);
		free(which);
		return ERR_NOTFOUND;
	}
	return ERR_OK;
}

/* Step 1 for a PV that is in the snapshot. */
static enum err_code call_back(struct vg *vg, struct vg *snap, unsigned int num, struct err *e)
{
	struct vg_pv *pv = vg->pv[num], *was = snap->pv[num];

	pv->io = was->io;
	was->io = NULL;
	pv->whole = pv->current = 0;
	memcpy(pv->vgda_psn, was->vgda_psn, sizeof(pv->vgda_psn));
	memcpy(pv->vgsa_psn, was->vgsa_psn, sizeof(pv->vgsa_psn));
	return pv_name_vg(vg, pv, e);
}

static void forget_snapshot(struct vg *vg)
{
	unsigned int i, c;

	for (i = 1; i <= VG_MAX_PV; i++)
		if (vg->pv[i])
			vg->pv[i]->state &= (uint8_t)~PV_SPLIT;
	for (i = 1; i <= VG_MAX_LV; i++)
		for (c = 0; is_volume(vg->lv[i]) && c < vg->lv[i]->copies; c++) {
			struct lv_leg *leg = &vg->lv[i]->leg[c];

			if (!(leg->flags & LEG_SPLIT) || lv_child(vg, vg->lv[i], c))
				continue;
			leg->flags &= (uint8_t)~LEG_SPLIT;
			leg->flags |= LEG_DISCARD;
		}
	memset(&vg->snapshot, 0, sizeof(vg->snapshot));
	vg_count_vgdas(vg);
}

enum err_code vg_join(struct vg *vg, struct vg *snap, struct err *e)
{
	enum err_code rc = check_join(vg, snap, e);
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV && rc == ERR_OK; i++)
		if (snap && snap->pv[i] && snap->pv[i]->io && vg->pv[i] && !vg->pv[i]->io)
			rc = call_back(vg, snap, i, e);
	if (rc == ERR_OK)
		rc = vg_commit(vg, e);
	if (rc != ERR_OK)
		return rc;
	forget_snapshot(vg);
	return vg_commit(vg, e);
}

enum err_code vg_give_up_snapshot(struct vg *vg, const struct vg_scan *scan, struct err *e)
{
	enum err_code rc = vg_check_writable(vg, e);
	const struct vg *snap;
	unsigned int i;

	if (rc != ERR_OK)
		return rc;
	if (id_is_zero(&vg->snapshot))
		return err_set(e, ERR_CONFLICT, "%s: has no snapshot", vg->name);
	snap = find_snapshot(scan, vg);
	if (snap)
		return err_set(e, ERR_CONFLICT,
			       "%s: PVs of its snapshot %s are here; attach all of them and take it back (joinvg), or detach them",
			       vg->name, snap->name);
	for (i = 1; i <= VG_MAX_PV; i++)
		if (vg->pv[i] && vg->pv[i]->state & PV_SPLIT && vg->pv[i]->io)
			return err_set(e, ERR_CONFLICT,
				       "%s: a split or join was cut short, and a PV that takes part is here; detach it, or attach the others and run joinvg",
				       vg->name);
	forget_snapshot(vg);
	if (!vg_has_quorum(vg))
		return err_set(e, ERR_QUORUM,
			       "%s: without the PVs of the snapshot it has no quorum; switch that off (chvg -Q n %s) first",
			       vg->name, vg->name);
	return ERR_OK;
}
