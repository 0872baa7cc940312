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
 *	   trailer that is durable, the change has happened
 *	4. PVs that were taken out lose their LVM records
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

static void build_vgsa(const struct vg *vg, uint64_t stamp, uint8_t *buf)
{
	unsigned int i, n;

	aix_vgsa_init(buf, stamp);
	for (i = 1; i <= VG_MAX_PV; i++) {
		const struct vg_pv *pv = vg->pv[i];

		if (!pv)
			continue;
		if (!pv->io)
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

static enum err_code write_pv(struct vg_pv *pv, const struct image *im, struct err *e)
{
	enum err_code rc = ERR_OK;
	unsigned int slot;

	for (slot = 0; slot < 2 && rc == ERR_OK; slot++)
		if (pv->vgda_psn[slot])
			rc = write_slot(pv, slot, im, e);
	return rc;
}

/* Step 3. A PV that fails is passed over while the quorum is written. */
static enum err_code write_copies(struct vg *vg, const struct image *im, struct err *e)
{
	struct err first = { .code = ERR_OK };
	unsigned int i, written = 0;

	for (i = 1; i <= VG_MAX_PV; i++) {
		struct vg_pv *pv = vg->pv[i];
		struct err one = { .code = ERR_OK };

		if (!pv || !pv->io)
			continue;
		if (write_pv(pv, im, &one) == ERR_OK) {
			written += pv->vgdas;
			pv->behind = false;
			continue;
		}
		pv->behind = true;
		vg_warn(vg, "%s; its VGDA is out of date now, varyonvg rewrites it", one.text);
		if (first.code == ERR_OK)
			first = one;
	}
	vg->seen_vgdas = written;
	if (written && vg_has_quorum(vg))
		return ERR_OK;
	if (first.code == ERR_OK)
		return err_set(e, ERR_QUORUM, "%s: no PV to write to", vg->name);
	err_set(e, first.code, "%s", first.text);
	return err_prefix(e, "%s: written on %u of %u VGDAs, %u needed", vg->name, written,
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
	for (i = 1; i <= VG_MAX_LV && rc == ERR_OK; i++)
		if (vg->lv[i] && vg->lv[i]->sa_new)
			rc = sa_write_new(vg, vg->lv[i], e);
	return rc;
}

/* What is in memory is now on disk. */
static void settle(struct vg *vg, uint64_t stamp)
{
	unsigned int i, n;

	vg->stamp = stamp;
	vg->vgsa_stamp = stamp;
	vg->num_freed = 0;
	for (i = 1; i <= VG_MAX_PV; i++) {
		if (!vg->pv[i])
			continue;
		vg->pv[i]->fresh = false;
		for (n = 0; n < vg->pv[i]->pp_count; n++)
			vg->pv[i]->pp[n].on_disk = vg->pv[i]->pp[n].lv;
	}
	for (i = 1; i <= VG_MAX_LV; i++)
		if (vg->lv[i]) {
			free(vg->lv[i]->sa_new);
			vg->lv[i]->sa_new = NULL;
		}
}

/* Step 4. The VG no longer lists them, so a failure is only worth a warning. */
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

enum err_code vg_commit(struct vg *vg, struct err *e)
{
	struct image im;
	uint64_t stamp;
	enum err_code rc;

	if (vg->read_only)
		return err_set(e, ERR_FAILED, "%s: read only, cannot be changed", vg->name);
	if (!vg_has_quorum(vg))
		return err_set(e, ERR_QUORUM,
			       "%s: %u of %u VGDAs are here, %u needed for a change; attach the missing PVs or turn quorum off (chvg -Q n)",
			       vg->name, vg->seen_vgdas, vg->total_vgdas, vg_quorum_needed(vg));
	rc = next_stamp(vg, &stamp, e);
	if (rc != ERR_OK)
		return rc;
	im.vgda = vgda_build(vg, stamp, im.ext, &im.n);
	build_vgsa(vg, stamp, im.vgsa);
	rc = check_readable(vg, &im, e);
	if (rc == ERR_OK)
		rc = prepare(vg, stamp, e);
	if (rc == ERR_OK)
		rc = write_copies(vg, &im, e);
	free(im.vgda);
	if (rc != ERR_OK)
		return rc;
	settle(vg, stamp);
	wipe_dropped(vg);
	return ERR_OK;
}

/* ---- refresh ---- */

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

/* The newest VGSA as it is; where none is whole, one that says what is known. */
static void read_chosen_vgsa(struct vg *vg, uint8_t *buf)
{
	unsigned int i, slot;

	for (i = 1; i <= VG_MAX_PV; i++)
		for (slot = 0; vg->pv[i] && vg->pv[i]->io && slot < 2; slot++)
			if (io_read(vg->pv[i]->io, buf, AIX_VGSA_BYTES,
				    (uint64_t)vg->pv[i]->vgsa_psn[slot] * SECTOR, "VGSA",
				    NULL) == ERR_OK &&
			    vg->vgsa_stamp && aix_vgsa_stamp(buf) == vg->vgsa_stamp)
				return;
	vg->vgsa_stamp = vg->stamp;
	build_vgsa(vg, vg->vgsa_stamp, buf);
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
		    NULL) != ERR_OK || aix_vgsa_stamp(vgsa) != vg->vgsa_stamp)
		return false;
	if (vgda_read(pv->io, pv->vgda_psn[slot], vg->vgda_len, true, &buf, NULL) != ERR_OK)
		return false;
	same = same_bytes(buf, im->vgda, im);
	free(buf);
	return same;
}

enum err_code vg_refresh(struct vg *vg, struct err *e)
{
	enum err_code rc;
	struct image im;
	unsigned int i, slot;

	if (vg->read_only)
		return ERR_OK;
	rc = read_chosen(vg, &im, e);
	if (rc != ERR_OK)
		return rc;
	read_chosen_vgsa(vg, im.vgsa);
	for (i = 1; i <= VG_MAX_PV && rc == ERR_OK; i++) {
		struct vg_pv *pv = vg->pv[i];

		if (!pv || !pv->io)
			continue;
		for (slot = 0; slot < 2 && rc == ERR_OK; slot++)
			if (!slot_is_current(vg, pv, slot, &im))
				rc = write_slot(pv, slot, &im, e);
		pv->behind = rc != ERR_OK;
	}
	free(im.vgda);
	return rc;
}
