// SPDX-License-Identifier: GPL-2.0
/*
 * A VG whose PVs were changed on two sides that did not see each other. Each
 * side is whole and neither is older, so nothing is written until an
 * administrator says which side gives up what it holds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "scan.h"

/*
 * The newest whole copy of the device that is apart from l; NULL: none. One that
 * this release cannot use counts: it was written, and would be lost.
 */
static const struct lineage *apart_from(const struct dev *d, const struct lineage *l,
					unsigned int *slot)
{
	const struct lineage *found = NULL;
	unsigned int k;

	for (k = 0; k < 2; k++)
		if (d->line[k] && lineage_apart(d->line[k], l) &&
		    (!found || d->peek[k].h.stamp > d->peek[*slot].h.stamp)) {
			found = d->line[k];
			*slot = k;
		}
	return found;
}

struct side {
	char *text;		/* "vda (2026-05-01 12:00:00 UTC), vdb (...)"; owned */
	const char *path;	/* the last of its PVs */
	bool in_use;
};

static void add_to_side(struct side *side, const struct dev *d, unsigned int slot)
{
	const char *slash = strrchr(d->path, '/');
	char date[TEXT_DATE_LEN], *longer;

	text_date(date, d->peek[slot].h.stamp >> 32);
	longer = xprintf("%s%s%s (%s)", side->text ? side->text : "", side->text ? ", " : "",
			 slash ? slash + 1 : d->path, date);
	free(side->text);
	side->text = longer;
	side->path = d->path;
	side->in_use |= d->io && io_in_use(d->io);
}

/* What is in use is not given up, so that is never advised. The caller owns it. */
static char *remedy(const char *vg_name, const struct side *ours, const struct side *theirs)
{
	if (!theirs->in_use)
		return xprintf("to keep the first: varyon rejoin -f %s %s", vg_name, theirs->path);
	if (ours->path && !ours->in_use)
		return xprintf("the second is in use; to keep it: varyon rejoin -f %s %s", vg_name,
			       ours->path);
	return xstrdup("both are in use; boot with the PVs of one side detached");
}

/*
 * What was made of the chosen copy, and is not it, could not be used. To go on from
 * the one before would make two sides of it.
 */
static void check_ahead(struct group *g, const struct dev *d, const struct lineage *chosen)
{
	unsigned int k;

	for (k = 0; k < 2; k++)
		if (d->line[k] && !lineage_has(chosen, d->line[k]->id) &&
		    lineage_has(d->line[k], chosen->id))
			err_set(&g->err, ERR_METADATA,
				"%s: its VGDA at sector %u is newer than the newest that can be used; use a newer release if there is one, or leave the PV out (rd.varyon.pv=PATTERN at boot, VARYON_DEVICES on a running system)",
				d->path, d->rec.vgda_psn[k]);
}

void split_check(struct vg_scan *s, unsigned int gi)
{
	struct group *g = &s->group[gi];
	struct lineage chosen = { .id = g->vg->commit_id };
	struct side ours = { .text = NULL }, theirs = { .text = NULL };
	unsigned int i, slot;
	char *advice;

	memcpy(chosen.hist, g->vg->history, sizeof(chosen.hist));
	for (i = 0; i < s->num_devs && g->vg->kind == VG_NATIVE; i++) {
		const struct dev *d = &s->dev[i];

		if (!scan_in_group(gi, d) || d->err.code != ERR_OK)
			continue;
		check_ahead(g, d, &chosen);
		if (apart_from(d, &chosen, &slot)) {
			add_to_side(&theirs, d, slot);
			continue;
		}
		for (slot = 0; slot < 2; slot++)
			if (d->line[slot] && d->line[slot]->id == chosen.id) {
				add_to_side(&ours, d, slot);
				break;
			}
	}
	if (theirs.text && g->err.code == ERR_OK) {
		g->split = true;
		advice = remedy(g->vg->name, &ours, &theirs);
		err_set(&g->err, ERR_CONFLICT,
			"%s: was changed separately on two sides that did not see each other: %s; and %s. nothing is written until one side is given up; %s",
			g->vg->name, ours.text ? ours.text : "a PV that is not used", theirs.text,
			advice);
		free(advice);
	}
	free(ours.text);
	free(theirs.text);
}

/* ---- giving up a side ---- */

static bool dev_answers_to(const struct dev *d, const char *name)
{
	const char *slash = strrchr(d->path, '/');
	char id[17];

	text_hex(id, d->pvid.b, 8);
	return !strcmp(d->path, name) || !strcmp(slash ? slash + 1 : d->path, name) ||
	       !strcmp(id, name);
}

/* Where the device is open, here or in the VG. */
static struct io *dev_io(const struct vg *vg, const struct dev *d)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV && !d->io; i++)
		if (vg->pv[i] && id_equal(&vg->pv[i]->id, &d->pvid))
			return vg->pv[i]->io;
	return d->io;
}

/* A copy to keep: the newest on another device that is apart from one of d's. */
static const struct dev *find_keeper(const struct vg_scan *s, unsigned int gi,
				     const struct dev *d, unsigned int *slot,
				     const struct lineage **given_up)
{
	const struct dev *best = NULL;
	unsigned int i, k, unused;

	for (i = 0; i < s->num_devs; i++)
		for (k = 0; k < 2; k++) {
			const struct dev *o = &s->dev[i];
			const struct lineage *l;

			if (o == d || !scan_in_group(gi, o) || !o->line[k] ||
			    (best && o->peek[k].h.stamp <= best->peek[*slot].h.stamp))
				continue;
			l = apart_from(d, o->line[k], &unused);
			if (!l)
				continue;
			best = o;
			*slot = k;
			*given_up = l;
		}
	return best;
}

/*
 * Did the PV go along with the line that is given up (NULL: with any but the
 * one to keep)? Then it gets the bytes.
 */
static bool is_given_up(unsigned int gi, const struct dev *d, const struct lineage *keep,
			const struct lineage *given_up)
{
	const struct lineage *l;
	unsigned int slot;

	if (!scan_in_group(gi, d))
		return false;
	l = apart_from(d, keep, &slot);
	return l && (!given_up || !lineage_apart(l, given_up));
}

/* The metadata of what is active is the side to keep. */
static enum err_code check_given_up(const struct vg *vg, const struct dev *d,
				    const struct vg *kept, struct err *e)
{
	if (d->rec.vgda_len != kept->vgda_len)
		return err_set(e, ERR_METADATA,
			       "%s: LVM record: vgda_len %u differs from the %u of the other side; take the PV out of the machine",
			       d->path, d->rec.vgda_len, kept->vgda_len);
	if (io_in_use(dev_io(vg, d)))
		return err_set(e, ERR_CONFLICT,
			       "%s: in use; give up the other side, or boot with the PVs of one side detached",
			       d->path);
	return ERR_OK;
}

/* All of them are looked at before the first is written. */
static enum err_code check_side(const struct vg_scan *s, unsigned int gi, const struct vg *kept,
				const struct lineage *keep, const struct lineage *given_up,
				struct err *e)
{
	enum err_code rc = ERR_OK;
	unsigned int i;

	for (i = 0; i < s->num_devs && rc == ERR_OK; i++)
		if (is_given_up(gi, &s->dev[i], keep, given_up))
			rc = check_given_up(s->group[gi].vg, &s->dev[i], kept, e);
	return rc;
}

static enum err_code overwrite(struct vg_scan *s, unsigned int gi, const struct vg *kept,
			       const uint8_t *bytes, const struct lineage *keep,
			       const struct lineage *given_up, struct err *e)
{
	enum err_code rc = ERR_OK;
	unsigned int i;

	for (i = 0; i < s->num_devs && rc == ERR_OK; i++) {
		const struct dev *d = &s->dev[i];
		struct vg_pv pv = { .num = d->rec.pv_num };

		if (!is_given_up(gi, d, keep, given_up))
			continue;
		memcpy(pv.vgda_psn, d->rec.vgda_psn, sizeof(pv.vgda_psn));
		memcpy(pv.vgsa_psn, d->rec.vgsa_psn, sizeof(pv.vgsa_psn));
		pv.io = dev_io(s->group[gi].vg, d);
		rc = vgda_put_on(kept, bytes, &pv, e);
	}
	return rc;
}

/* Overwrite with what that slot of the keeper says; only_check: only see whether one may. */
static enum err_code hand_over(struct vg_scan *s, unsigned int gi, const struct dev *keeper,
			       unsigned int slot, const struct lineage *given_up,
			       bool only_check, struct err *e)
{
	struct group *g = &s->group[gi];
	struct vg *kept;
	enum err_code rc;
	uint8_t *bytes;

	rc = vgda_read(dev_io(g->vg, keeper), keeper->rec.vgda_psn[slot], keeper->rec.vgda_len,
		       true, &bytes, e);
	if (rc != ERR_OK)
		return rc;
	kept = vg_new();
	kept->id = g->id;
	kept->kind = VG_NATIVE;
	kept->version = keeper->rec.version;
	kept->vgda_len = keeper->rec.vgda_len;
	rc = vgda_load(kept, bytes, e);
	if (rc == ERR_OK && kept->read_only)
		rc = err_set(e, ERR_FAILED, "%s: read only, cannot be changed", kept->name);
	if (rc == ERR_OK)
		rc = check_side(s, gi, kept, keeper->line[slot], given_up, e);
	if (rc == ERR_OK && !only_check)
		rc = overwrite(s, gi, kept, bytes, keeper->line[slot], given_up, e);
	vg_free(kept);
	free(bytes);
	return rc;
}

/* What an operation on a split VG does with the side of a PV. */
enum side_op { SIDE_GIVE_UP, SIDE_KEEP };

static enum err_code give_up(struct vg_scan *s, unsigned int gi, const struct dev *d,
			     bool only_check, struct err *e)
{
	const struct lineage *given_up = NULL;
	const struct dev *keeper;
	unsigned int slot = 0;

	keeper = find_keeper(s, gi, d, &slot, &given_up);
	if (!keeper)
		return err_set(e, ERR_FAILED,
			       "%s: its VGDA and those of the other PVs of %s come from one line; there is nothing to give up",
			       d->path, s->group[gi].vg->name);
	return hand_over(s, gi, keeper, slot, given_up, only_check, e);
}

static enum err_code keep(struct vg_scan *s, unsigned int gi, const struct dev *d,
			  bool only_check, struct err *e)
{
	int slot = -1;

	for (unsigned int k = 0; k < 2; k++)
		if (d->line[k] &&
		    (slot < 0 || d->peek[k].h.stamp > d->peek[slot].h.stamp))
			slot = k;
	if (slot < 0)
		return err_set(e, ERR_METADATA, "%s: no VGDA copy on it is whole", d->path);
	return hand_over(s, gi, d, slot, NULL, only_check, e);
}

static enum err_code settle_split(struct vg_scan *s, const char *vg_name, const char *pv_name,
				  enum side_op op, bool only_check, struct err *e)
{
	unsigned int i, k;

	if (!*vg_name)
		return err_set(e, ERR_USAGE, "the name of a VG is empty");
	for (i = 0; i < s->num_groups; i++) {
		const struct group *g = &s->group[i];

		if (!g->vg || !scan_answers_to(g->vg, vg_name))
			continue;
		if (g->err.code != ERR_OK && !g->split)
			return err_set(e, g->err.code, "%s", g->err.text);
		if (!g->split)
			return err_set(e, ERR_FAILED,
				       "%s: all its VGDAs come from one line; there is nothing to give up",
				       g->vg->name);
		for (k = 0; k < s->num_devs; k++)
			if (scan_in_group(i, &s->dev[k]) && dev_answers_to(&s->dev[k], pv_name))
				return op == SIDE_KEEP ? keep(s, i, &s->dev[k], only_check, e) :
							 give_up(s, i, &s->dev[k], only_check, e);
		return err_set(e, ERR_NOTFOUND, "%s: no PV of VG %s that is here; lspv lists them",
			       pv_name, g->vg->name);
	}
	return err_set(e, ERR_NOTFOUND, "%s: no such volume group; are its devices attached (lspv)?",
		       vg_name);
}

enum err_code vg_check_give_up(struct vg_scan *s, const char *vg_name, const char *pv_name,
			       struct err *e)
{
	return settle_split(s, vg_name, pv_name, SIDE_GIVE_UP, true, e);
}

enum err_code vg_give_up(struct vg_scan *s, const char *vg_name, const char *pv_name,
			 struct err *e)
{
	return settle_split(s, vg_name, pv_name, SIDE_GIVE_UP, false, e);
}

enum err_code vg_check_keep(struct vg_scan *s, const char *vg_name, const char *pv_name,
			    struct err *e)
{
	return settle_split(s, vg_name, pv_name, SIDE_KEEP, true, e);
}

enum err_code vg_keep(struct vg_scan *s, const char *vg_name, const char *pv_name,
		      struct err *e)
{
	return settle_split(s, vg_name, pv_name, SIDE_KEEP, false, e);
}
