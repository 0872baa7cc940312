// SPDX-License-Identifier: GPL-2.0
/*
 * Making a change durable.
 *
 * Each PV has two slots, each a VGSA and a VGDA; both are always written,
 * whatever number of them counts for the quorum, so that one whole copy is on
 * every PV at every moment. The order is:
 *
 *	1. new PVs are initialised: they belong to nothing yet
 *	2. new status areas, in space that the old VGDA does not use
 *	3. slot after slot, PV after PV, each flushed: with the first new
 *	   trailer that is durable, the change has happened. PVs that are taken
 *	   out get it too: whoever sees only them must know
 *	4. PVs that come from another VG get LVM records of this one
 *	5. PVs that were taken out lose their LVM records
 *
 * A reader takes the newest whole VGDA, so a crash before the first new
 * trailer leaves the old VG, after it the new one.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../lib/random.h"
#include "../lib/text.h"
#include "internal.h"

/* Later than everything written before, whatever the clock says. */
static enum err_code next_stamp(const struct vg *vg, uint64_t *stamp, struct err *e)
{
	uint64_t old = vg->stamp > vg->vgsa_stamp ? vg->stamp : vg->vgsa_stamp;

	*stamp = clock_stamp();
	if (*stamp > old)
		return ERR_OK;
	if (old >> 32 == UINT32_MAX)
		return err_set(e, ERR_METADATA,
			       "%s: the stamp of its VGDA (%" PRIx64 ") is the last there is; nothing newer can be written",
			       vg->name, old);
	/* Nanoseconds stay below a second, as every other writer has them. */
	*stamp = (uint32_t)old < 999999999 ? old + 1 : ((old >> 32) + 1) << 32;
	return ERR_OK;
}

/* Nothing but what the VGDA says too, and on AIX which PPs are stale. */
static void build_vgsa(const struct vg *vg, uint64_t stamp, uint8_t *buf)
{
	unsigned int i, n;

	aix_vgsa_init(buf, stamp);
	for (i = 1; i <= VG_MAX_PV; i++) {
		const struct vg_pv *pv = vg->pv[i];

		if (!pv)
			continue;
		if (pv->state & PV_MISSING)
			aix_vgsa_set_missing(buf, i);
		for (n = 1; n <= pv->pp_count; n++)
			if (pv->pp[n - 1].stale)
				aix_vgsa_set_stale(buf, i, n);
	}
}

struct image {
	uint8_t *vgda;
	struct vgda_extent ext[VGDA_EXTENTS];
	unsigned int n;
	uint8_t vgsa[AIX_VGSA_BYTES];
};

static enum err_code write_slot(struct vg_pv *pv, unsigned int slot, const struct image *im,
				struct err *e)
{
	enum err_code rc;

	rc = io_write(pv->io, im->vgsa, sizeof(im->vgsa), (uint64_t)pv->vgsa_psn[slot] * SECTOR,
		      "VGSA", e);
	return rc == ERR_OK ? vgda_write(pv->io, pv->vgda_psn[slot], im->vgda, im->ext, im->n, e) :
			      rc;
}

/* The whole copy in the slot; NULL: none. The caller owns it. */
static uint8_t *read_slot(const struct vg *vg, const struct vg_pv *pv, unsigned int slot,
			  struct aix_vgda_hdr *h)
{
	uint8_t *buf;

	if (!pv->vgda_psn[slot] ||
	    vgda_read(pv->io, pv->vgda_psn[slot], vg->vgda_len, vg->kind == VG_NATIVE, &buf,
		      NULL) != ERR_OK)
		return NULL;
	aix_vgda_hdr_decode(buf, h);
	if (h->stamp && !memcmp(h->vgid, vg->id.b, sizeof(h->vgid)))
		return buf;
	free(buf);
	return NULL;
}

static bool slot_is_whole(const struct vg *vg, const struct vg_pv *pv, unsigned int slot)
{
	struct aix_vgda_hdr h;
	uint8_t *buf = read_slot(vg, pv, slot, &h);
	bool whole = buf != NULL;

	free(buf);
	return whole;
}

/* Can the copy in the slot be written over? With what it holds, so that nothing is lost. */
static enum err_code try_slot(const struct vg *vg, struct vg_pv *pv, unsigned int slot,
			      struct err *e)
{
	struct vgda_extent ext[VGDA_EXTENTS];
	enum err_code rc = ERR_OK;
	struct aix_vgda_hdr h;
	uint8_t *buf = read_slot(vg, pv, slot, &h);
	unsigned int i, n;

	if (!buf)
		return ERR_OK;
	n = vgda_extents(&h, vg->kind == VG_NATIVE, vg->vgda_len, ext);
	for (i = 0; i < n && rc == ERR_OK; i++)
		rc = io_write(pv->io, buf + (size_t)ext[i].start * SECTOR,
			      (size_t)ext[i].len * SECTOR,
			      ((uint64_t)pv->vgda_psn[slot] + ext[i].start) * SECTOR, "VGDA", e);
	free(buf);
	return rc == ERR_OK ? io_flush(pv->io, e) : rc;
}

/*
 * A bad sector in one slot does not keep the other from being written. But
 * when that would be the last whole copy on the PV, a device that fails
 * altogether must not destroy it, too. e: the first error.
 */
static enum err_code write_pv(const struct vg *vg, struct vg_pv *pv, const struct image *im,
			      bool done[2], struct err *e)
{
	struct err first = { .code = ERR_OK };

	done[0] = pv->vgda_psn[0] && write_slot(pv, 0, im, &first) == ERR_OK;
	done[1] = pv->vgda_psn[1] &&
		  (done[0] || slot_is_whole(vg, pv, 0) ||
		   try_slot(vg, pv, 1, &first) == ERR_OK) &&
		  write_slot(pv, 1, im, &first) == ERR_OK;
	return first.code == ERR_OK ? ERR_OK : err_set(e, first.code, "%s", first.text);
}

/* Whatever became of a slot that could not be written: count what is there. */
static void recount(const struct vg *vg, struct vg_pv *pv, const bool current[2])
{
	unsigned int slot;

	pv->whole = 0;
	pv->current = (uint8_t)(current[0] + current[1]);
	for (slot = 0; slot < 2; slot++)
		pv->whole += current[slot] || slot_is_whole(vg, pv, slot);
	pv->behind = pv->current < 2;
}

/* ---- quorum ---- */

/* Of the VG as it is on disk; 0 before the first commit. */
static unsigned int old_needed(const struct vg *vg)
{
	return vg->disk_quorum ? vg->disk_total / 2 + 1 : vg->disk_total > 0;
}

/*
 * The VGDA copies that are here must be enough both by the rule on disk and
 * by the one to be written. Two sets of PVs that can each go on alone could
 * otherwise come from one change that was cut short.
 */
static enum err_code check_quorum(const struct vg *vg, struct err *e)
{
	unsigned int i, old = 0, new = 0;

	for (i = 1; i <= VG_MAX_PV; i++) {
		if (!vg->pv[i])
			continue;
		old += pv_votes(vg->pv[i], vg->pv[i]->disk_vgdas);
		new += pv_votes(vg->pv[i], vg->pv[i]->vgdas);
	}
	for (i = 0; i < vg->num_dropped; i++)
		old += pv_votes(vg->dropped[i], vg->dropped[i]->disk_vgdas);
	if (old < old_needed(vg) && vg->disk_quorum && !vg->quorum)
		return err_set(e, ERR_QUORUM,
			       "%s: %u of %u VGDAs are here, %u needed for a change; attach the missing PVs (chvg -f -Q n %s turns quorum checking off without them)",
			       vg->name, old, vg->disk_total, old_needed(vg), vg->name);
	if (old < old_needed(vg))
		return err_set(e, ERR_QUORUM,
			       "%s: %u of %u VGDAs are here, %u needed for a change; attach the missing PVs (varyonvg -f activates what is here without them)",
			       vg->name, old, vg->disk_total, old_needed(vg));
	if (new < vg_quorum_needed(vg))
		return err_set(e, ERR_QUORUM,
			       "%s: after the change %u of %u VGDAs would be here, %u needed; attach the missing PVs first",
			       vg->name, new, vg->total_vgdas, vg_quorum_needed(vg));
	return ERR_OK;
}

/* ---- step 3 ---- */

enum how { CHANGE, RECORD };	/* RECORD: leave PVs with an older VGDA as they are */

/* False when the newest VGDA was found only on a PV that the VG no longer lists. */
static bool any_current(const struct vg *vg)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV; i++)
		if (vg->pv[i] && vg->pv[i]->current)
			return true;
	return false;
}

struct written {
	unsigned int pvs, old, new;	/* VGDAs by the rule on disk, and by the new one */
	struct err first;		/* the first that went wrong */
};

static void write_one(struct vg *vg, struct vg_pv *pv, const struct image *im, bool goes,
		      struct written *w)
{
	struct err one = { .code = ERR_OK };
	bool done[2];

	write_pv(vg, pv, im, done, &one);
	recount(vg, pv, done);
	if (pv->current) {
		w->pvs++;
		w->old += pv->current < pv->disk_vgdas ? pv->current : pv->disk_vgdas;
		if (!goes)
			w->new += pv->current < pv->vgdas ? pv->current : pv->vgdas;
	}
	if (one.code == ERR_OK)
		return;
	vg_warn(vg, "%s; %s%s", one.text, pv->current ?
		"its other VGDA copy is up to date, replace the device soon" :
		"its VGDA is out of date now", goes || pv->current ? "" : ", varyonvg rewrites it");
	if (w->first.code == ERR_OK)
		w->first = one;
}

/*
 * Those that stay, those that are taken out, new ones, and at last a PV that
 * comes to hold two of the copies that count: alone it would have a majority
 * of the new VG while the others still have one of the old.
 */
static unsigned int rank(const struct vg_pv *pv)
{
	return pv->fresh ? 1 : pv->vgdas > pv->disk_vgdas ? 2 : 0;
}

static void write_rank(struct vg *vg, unsigned int r, const struct image *im, enum how how,
		       struct written *w)
{
	bool skip_old = how == RECORD && any_current(vg);
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV; i++) {
		struct vg_pv *pv = vg->pv[i];

		if (pv && pv->io && rank(pv) == r && !(skip_old && !pv->current))
			write_one(vg, pv, im, false, w);
	}
}

/* A PV that fails is passed over while the quorum is written. */
static enum err_code write_copies(struct vg *vg, const struct image *im, enum how how,
				  struct err *e)
{
	struct written w = { .pvs = 0 };
	unsigned int i;

	write_rank(vg, 0, im, how, &w);
	for (i = 0; i < vg->num_dropped; i++)
		if (vg->dropped[i]->io)
			write_one(vg, vg->dropped[i], im, true, &w);
	write_rank(vg, 1, im, how, &w);
	write_rank(vg, 2, im, how, &w);
	vg_count_seen(vg);
	vg->torn = w.pvs > 0;
	if (w.pvs && (how == RECORD || vg->without_quorum ||
		      (w.old >= old_needed(vg) && w.new >= vg_quorum_needed(vg))))
		return ERR_OK;
	if (w.first.code == ERR_OK)
		return err_set(e, ERR_QUORUM, "%s: no PV to write to", vg->name);
	err_set(e, w.first.code, "%s", w.first.text);
	if (w.old < old_needed(vg))
		return err_prefix(e, "%s: written on %u of the %u VGDAs before the change, %u needed",
				  vg->name, w.old, vg->disk_total, old_needed(vg));
	return err_prefix(e, "%s: written on %u of %u VGDAs, %u needed", vg->name, w.new,
			  vg->total_vgdas, vg_quorum_needed(vg));
}

/* Steps 1 and 2: whatever goes wrong here, the old VG is untouched. */
static enum err_code prepare(struct vg *vg, uint64_t stamp, struct err *e)
{
	enum err_code rc = ERR_OK;
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV && rc == ERR_OK; i++)
		if (vg->pv[i] && vg->pv[i]->fresh)
			rc = pv_init(vg, vg->pv[i], stamp, e);
	for (i = 1; i <= VG_MAX_LV && rc == ERR_OK; i++) {
		if (vg->lv[i])
			rc = sa_write_new(vg, vg->lv[i], e);
		if (vg->lv[i] && rc == ERR_OK)
			rc = lv_column_write(vg, vg->lv[i], e);
	}
	return rc;
}

/*
 * PVs that come from another VG have VGDAs of this one now; from here on they
 * belong to it. One that could not be written stays where it was.
 */
static enum err_code adopt(struct vg *vg, struct err *e)
{
	enum err_code rc = ERR_OK;
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV && rc == ERR_OK; i++) {
		struct vg_pv *pv = vg->pv[i];

		if (!pv || !pv->adopt || !pv->io || !pv->current)
			continue;
		rc = pv_name_vg(vg, pv, e);
		pv->adopt = rc != ERR_OK;
	}
	return rc;
}

/* What is in memory is now on disk. */
static void settle(struct vg *vg, uint64_t stamp)
{
	unsigned int i, n;

	vg->stamp = stamp;
	vg->vgsa_stamp = stamp;
	vg->num_freed = 0;
	vg->disk_quorum = vg->quorum;
	vg->disk_total = vg->total_vgdas;
	for (i = 1; i <= VG_MAX_PV; i++) {
		if (!vg->pv[i])
			continue;
		vg->pv[i]->fresh = false;
		vg->pv[i]->disk_vgdas = vg->pv[i]->vgdas;
		for (n = 0; n < vg->pv[i]->pp_count; n++)
			vg->pv[i]->pp[n].on_disk = vg->pv[i]->pp[n].lv;
	}
	for (i = 1; i <= VG_MAX_LV; i++) {
		if (!vg->lv[i])
			continue;
		free(vg->lv[i]->sa_new);
		vg->lv[i]->sa_new = NULL;
		vg->lv[i]->disk_lps = vg->lv[i]->num_lps;
		vg->lv[i]->left_slots = 0;
		for (n = 0; n < VY_MAX_SLOTS; n++)
			vg->lv[i]->leg[n].sa_todo = SA_KEEP;
	}
}

/* Step 5. The VG no longer lists them, so a failure is only worth a warning. */
static void wipe_dropped(struct vg *vg)
{
	unsigned int i;

	for (i = 0; i < vg->num_dropped; i++) {
		struct err e = { .code = ERR_OK };

		if (vg->dropped[i]->io && pv_wipe(vg->dropped[i]->io, &e) != ERR_OK)
			vg_warn(vg, "%s; it still carries an LVM record of this VG", e.text);
		pv_free(vg->dropped[i]);
	}
	vg->num_dropped = 0;
}

/* What could not be read again is never written, whoever made it so. */
static enum err_code check_readable(const struct vg *vg, const struct image *im, struct err *e)
{
	struct err why = { .code = ERR_OK };
	struct vg *again = vg_new();

	again->kind = vg->kind;
	again->version = vg->version;
	again->id = vg->id;
	again->vgda_len = vg->vgda_len;
	vgda_load(again, im->vgda, &why);
	vg_free(again);
	return why.code == ERR_OK ? ERR_OK :
	       err_set(e, ERR_FAILED, "%s: refused, nothing was written: %s", vg->name, why.text);
}

/*
 * Which PVs are missing, and what the others are called, becomes part of the
 * VGDA. A PV that is left out stays what it was called and recorded as.
 */
static void note_pvs(struct vg *vg, enum how how)
{
	bool skip_old = how == RECORD && any_current(vg);
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV; i++) {
		struct vg_pv *pv = vg->pv[i];

		if (!pv || (pv->io && skip_old && !pv->current && !pv->fresh))
			continue;
		/* In the snapshot VG, on purpose. */
		if (pv->state & PV_SPLIT && !pv->io)
			continue;
		pv->state &= (uint8_t)~(PV_ACTIVE | PV_MISSING);
		pv->state |= pv->io ? PV_ACTIVE : PV_MISSING;
		if (pv->io)
			pv_note_device(pv);
	}
}

/*
 * Only some of the PVs that are here may be open for writing: would it be
 * enough? A change that can only fail is not begun.
 */
static enum err_code check_open(const struct vg *vg, enum how how, struct err *e)
{
	const struct vg_pv *shut = NULL;
	unsigned int i, old = 0, new = 0, pvs = 0;

	for (i = 1; i <= VG_MAX_PV; i++) {
		const struct vg_pv *pv = vg->pv[i];

		if (!pv || !pv->io)
			continue;
		if (!pv->io->writable) {
			shut = pv;
			continue;
		}
		pvs++;
		old += pv->disk_vgdas;
		new += pv->vgdas;
	}
	for (i = 0; i < vg->num_dropped; i++) {
		const struct vg_pv *pv = vg->dropped[i];

		if (pv->io && pv->io->writable)
			old += pv->disk_vgdas;
	}
	if (!shut || (pvs && (how == RECORD || vg->without_quorum ||
			      (old >= old_needed(vg) && new >= vg_quorum_needed(vg)))))
		return ERR_OK;
	return err_set(e, ERR_FAILED, "%s: %s; nothing was changed", shut->io->path,
		       io_why_read_only(shut->io));
}

/* RECORD asks for no quorum: whoever goes on without the missing PVs has. */
static enum err_code commit(struct vg *vg, enum how how, struct err *e)
{
	struct image im;
	uint64_t stamp, id = 0;
	enum err_code rc;

	if (vg->read_only)
		return err_set(e, ERR_FAILED, "%s: read only, cannot be changed", vg->name);
	rc = how == RECORD || vg->without_quorum ? ERR_OK : check_quorum(vg, e);
	if (rc == ERR_OK)
		rc = check_open(vg, how, e);
	if (rc == ERR_OK)
		rc = next_stamp(vg, &stamp, e);
	if (rc == ERR_OK && vg->kind == VG_NATIVE)
		rc = random_bytes(&id, sizeof(id), e);
	if (rc != ERR_OK)
		return rc;
	note_pvs(vg, how);
	lineage_go_on(vg, id);
	im.vgda = vgda_build(vg, stamp, im.ext, &im.n);
	build_vgsa(vg, stamp, im.vgsa);
	rc = check_readable(vg, &im, e);
	if (rc == ERR_OK)
		rc = prepare(vg, stamp, e);
	if (rc == ERR_OK)
		rc = write_copies(vg, &im, how, e);
	if (rc == ERR_OK)
		rc = adopt(vg, e);
	free(im.vgda);
	if (rc != ERR_OK) {
		/* Whatever comes next is newer than what was written of this. */
		if (vg->torn)
			vg->stamp = stamp;
		return rc;
	}
	settle(vg, stamp);
	wipe_dropped(vg);
	return ERR_OK;
}

enum err_code vg_commit(struct vg *vg, struct err *e)
{
	return commit(vg, CHANGE, e);
}

uint8_t *vg_image(const struct vg *vg)
{
	struct vgda_extent ext[VGDA_EXTENTS];
	unsigned int n;

	return vgda_build(vg, vg->stamp, ext, &n);
}

enum err_code vg_go_back(struct vg *vg, const uint8_t *image, struct err *e)
{
	struct vg *old = vg_new();
	uint64_t stamp, id = 0;
	struct image im;
	enum err_code rc;

	old->kind = vg->kind;
	old->version = vg->version;
	old->id = vg->id;
	old->vgda_len = vg->vgda_len;
	rc = vgda_load(old, image, e);
	if (rc == ERR_OK)
		rc = next_stamp(vg, &stamp, e);
	if (rc == ERR_OK)
		rc = random_bytes(&id, sizeof(id), e);
	if (rc == ERR_OK) {
		/* It follows what is undone, so that nobody takes it for a side of its own. */
		old->commit_id = vg->commit_id;
		memcpy(old->history, vg->history, sizeof(old->history));
		lineage_go_on(old, id);
		im.vgda = vgda_build(old, stamp, im.ext, &im.n);
		build_vgsa(old, stamp, im.vgsa);
		/* Where the change is, and that without a quorum: it may be what was missed. */
		rc = write_copies(vg, &im, RECORD, e);
		free(im.vgda);
	}
	vg_free(old);
	return rc;
}

enum err_code vg_commit_whole(struct vg *vg, const uint8_t *image, struct err *e)
{
	struct err undo = { .code = ERR_OK };
	enum err_code rc;

	vg->torn = false;
	rc = vg_commit(vg, e);
	if (rc == ERR_OK || !vg->torn)
		return rc;
	if (vg_go_back(vg, image, &undo) != ERR_OK)
		return err_prefix(e, "%s: a change was written on some PVs only and cannot be taken back (%s), after",
				  vg->name, undo.text);
	return rc;
}

enum err_code vg_record_missing(struct vg *vg, struct err *e)
{
	unsigned int i;

	if (vg->read_only)
		return ERR_OK;
	if (vg->unrecorded.code != ERR_OK)
		return err_set(e, vg->unrecorded.code, "%s", vg->unrecorded.text);
	for (i = 1; i <= VG_MAX_PV; i++) {
		if (!vg->pv[i] || vg->pv[i]->io || vg->pv[i]->state & (PV_MISSING | PV_SPLIT))
			continue;
		if (commit(vg, RECORD, &vg->unrecorded) == ERR_OK)
			return ERR_OK;
		return err_set(e, vg->unrecorded.code, "%s", vg->unrecorded.text);
	}
	return ERR_OK;
}

/* ---- copies as they are ---- */

enum err_code vgda_put_on(const struct vg *vg, const uint8_t *bytes, struct vg_pv *pv,
			  struct err *e)
{
	struct image im = { .vgda = (uint8_t *)bytes };
	struct aix_vgda_hdr h;
	bool done[2];

	aix_vgda_hdr_decode(bytes, &h);
	im.n = vgda_extents(&h, true, vg->vgda_len, im.ext);
	build_vgsa(vg, vg->stamp, im.vgsa);
	return write_pv(vg, pv, &im, done, e);
}

/* The bytes of the copy that was chosen, from wherever a whole one is. */
static enum err_code read_chosen(struct vg *vg, struct image *im, struct err *e)
{
	unsigned int i, slot;

	for (i = 1; i <= VG_MAX_PV; i++)
		for (slot = 0; vg->pv[i] && vg->pv[i]->io && slot < 2; slot++) {
			const struct vg_pv *pv = vg->pv[i];
			struct aix_vgda_hdr h;

			if (vgda_read(pv->io, pv->vgda_psn[slot], vg->vgda_len, true, &im->vgda,
				      NULL) != ERR_OK)
				continue;
			aix_vgda_hdr_decode(im->vgda, &h);
			if (h.stamp == vg->stamp) {
				im->n = vgda_extents(&h, true, vg->vgda_len, im->ext);
				return ERR_OK;
			}
			free(im->vgda);
		}
	return err_set(e, ERR_METADATA, "%s: no whole VGDA to copy from", vg->name);
}

static bool same_bytes(const uint8_t *a, const uint8_t *b, const struct image *im)
{
	unsigned int i;

	for (i = 0; i < im->n; i++)
		if (memcmp(a + (size_t)im->ext[i].start * SECTOR,
			   b + (size_t)im->ext[i].start * SECTOR, (size_t)im->ext[i].len * SECTOR))
			return false;
	return true;
}

static bool slot_is_current(const struct vg *vg, const struct vg_pv *pv, unsigned int slot,
			    const struct image *im)
{
	uint8_t vgsa[AIX_VGSA_BYTES], *buf;
	bool same;

	if (io_read(pv->io, vgsa, sizeof(vgsa), (uint64_t)pv->vgsa_psn[slot] * SECTOR, "VGSA",
		    NULL) != ERR_OK || memcmp(vgsa, im->vgsa, sizeof(vgsa)))
		return false;
	if (vgda_read(pv->io, pv->vgda_psn[slot], vg->vgda_len, true, &buf, NULL) != ERR_OK)
		return false;
	same = same_bytes(buf, im->vgda, im);
	free(buf);
	return same;
}

/* What cannot be written is told, and keeps nothing else from being done. */
static void refresh_pv(struct vg *vg, struct vg_pv *pv, const struct image *im)
{
	unsigned int slot;
	bool current[2];

	for (slot = 0; slot < 2; slot++) {
		struct err e = { .code = ERR_OK };

		current[slot] = slot_is_current(vg, pv, slot, im) ||
				write_slot(pv, slot, im, &e) == ERR_OK;
		if (!current[slot])
			vg_warn(vg, "%s; this VGDA copy stays out of date", e.text);
	}
	recount(vg, pv, current);
}

enum err_code vg_refresh(struct vg *vg, struct err *e)
{
	enum err_code rc;
	struct image im;
	unsigned int i;

	if (vg->read_only)
		return ERR_OK;
	/* A PV that is back and was recorded as missing: that is a change. */
	for (i = 1; i <= VG_MAX_PV; i++)
		if (vg->pv[i] && vg->pv[i]->io && vg->pv[i]->state & PV_MISSING)
			return vg_commit(vg, e);
	if (!any_current(vg))
		return vg_commit(vg, e);
	rc = read_chosen(vg, &im, e);
	if (rc != ERR_OK)
		return rc;
	build_vgsa(vg, vg->stamp, im.vgsa);
	for (i = 1; i <= VG_MAX_PV; i++)
		if (vg->pv[i] && vg->pv[i]->io)
			refresh_pv(vg, vg->pv[i], &im);
	free(im.vgda);
	vg_count_seen(vg);
	return ERR_OK;
}
