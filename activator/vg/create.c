// SPDX-License-Identifier: GPL-2.0
/* Making a VG, taking PVs in and out, ending it: in memory until the commit. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "../format/be.h"
#include "../format/name.h"
#include "../lib/random.h"
#include "../lib/text.h"
#include "internal.h"

/* PPs that fit a device of that many sectors; not limited to VG_MAX_PP. */
static uint64_t pps_that_fit(const struct vg *vg, uint64_t sectors, uint8_t pp_shift)
{
	uint64_t first = vg_psn_part1(vg), end = sectors - 1 - AIX_RELOC_SECTORS;

	return sectors <= AIX_RELOC_SECTORS + 1 || end <= first ?
	       0 : (end - first) >> (pp_shift - 9);
}

/*
 * PVID: 4 random bytes and the low half of a millisecond clock, as on AIX,
 * where the first half is the machine; then 8 zero bytes.
 */
static enum err_code new_pvid(struct vg_id *id, struct err *e)
{
	uint64_t now = clock_stamp();
	uint64_t ms = (now >> 32) * 1000 + (uint32_t)now / 1000000;

	memset(id, 0, sizeof(*id));
	be32_put(id->b, sizeof(id->b), 4, (uint32_t)ms);
	return random_bytes(id->b, 4, e);
}

/* VGID: 4 random bytes for the machine, 00004c00, a millisecond clock. */
enum err_code vg_new_id(struct vg_id *id, struct err *e)
{
	uint64_t now = clock_stamp();

	memset(id, 0, sizeof(*id));
	be32_put(id->b, sizeof(id->b), 4, 0x4c00);
	be64_put(id->b, sizeof(id->b), 8, (now >> 32) * 1000 + (uint32_t)now / 1000000);
	return random_bytes(id->b, 4, e);
}

/*
 * A PV of the VG itself, under whatever name: it is open and locked already,
 * so opening it once more would only wait for our own lock.
 */
static bool is_own_pv(const struct vg *vg, const char *path)
{
	struct stat st;
	unsigned int i;

	if (stat(path, &st) < 0)
		return false;
	for (i = 1; i <= VG_MAX_PV; i++)
		if (vg->pv[i] && vg->pv[i]->io && io_is(vg->pv[i]->io, &st))
			return true;
	return false;
}

/* The device at path as a new PV without a number; its PP count comes later. */
static enum err_code open_pv(const struct vg *vg, const char *path, bool force,
			     struct vg_pv **out, struct err *e)
{
	struct vg_pv *pv = xalloc(sizeof(*pv));
	enum err_code rc;
	unsigned int i;

	rc = io_open(path, true, &pv->io, e);
	if (rc == ERR_OK)
		rc = pv_check_unused(pv->io, vg, force, &pv->id, e);
	if (rc == ERR_OK && id_is_zero(&pv->id))
		rc = new_pvid(&pv->id, e);
	for (i = 1; i <= VG_MAX_PV && rc == ERR_OK; i++)
		if (vg->pv[i] && id_equal(&vg->pv[i]->id, &pv->id))
			rc = err_set(e, ERR_CONFLICT,
				     "%s: carries the PVID of a PV of %s: it is in the VG, or a clone; use another device",
				     path, vg->name);
	if (rc != ERR_OK) {
		pv_free(pv);
		return rc;
	}
	pv->last_path = xstrdup(path);
	pv->state = PV_ACTIVE;
	pv->fresh = true;
	*out = pv;
	return ERR_OK;
}

static enum err_code add_pv(struct vg *vg, struct vg_pv *pv, struct err *e)
{
	uint16_t num;

	for (num = 1; num <= VG_MAX_PV && vg->pv[num]; num++)
		;
	if (num > VG_MAX_PV)
		return err_set(e, ERR_NOSPACE, "%s: has %u PVs, which is the limit", vg->name,
			       VG_MAX_PV);
	pv->num = num;
	pv->vgsa_psn[0] = AIX_PSN_FREE;
	pv->vgda_psn[0] = AIX_PSN_FREE + AIX_VGSA_SECTORS;
	pv->vgsa_psn[1] = pv->vgda_psn[0] + vg->vgda_len;
	pv->vgda_psn[1] = pv->vgsa_psn[1] + AIX_VGSA_SECTORS;
	pv->psn_part1 = vg_psn_part1(vg);
	vg->pv[num] = pv;
	vg->num_pvs++;
	return ERR_OK;
}

/* Once the PP size is known. */
static enum err_code size_pv(struct vg *vg, struct vg_pv *pv, struct err *e)
{
	uint64_t sectors = pv->io->size / SECTOR;
	uint64_t pps = pps_that_fit(vg, sectors, vg->pp_shift);

	if (!pps)
		return err_set(e, ERR_NOSPACE,
			       "%s: %" PRIu64 " bytes hold no PP of %u MiB besides the metadata; use a larger device",
			       pv->io->path, pv->io->size, 1U << (vg->pp_shift - 20));
	if (vg->kind == VG_AIX && sectors > UINT32_MAX)
		return err_set(e, ERR_NOSPACE,
			       "%s: too large for an AIX volume group (2 TiB); make a native one",
			       pv->io->path);
	if (pps > VG_MAX_PP) {
		vg_warn(vg, "%s: only %u of its %" PRIu64 " PPs are used, which is the limit of a PV",
			pv->io->path, VG_MAX_PP, pps);
		pps = VG_MAX_PP;
	}
	pv->pp_count = (uint16_t)pps;
	pv->pp = xalloc(pps * sizeof(*pv->pp));
	return ERR_OK;
}

static enum err_code choose_pp_size(struct vg *vg, unsigned int pp_mib, struct err *e)
{
	uint8_t shift = PP_SHIFT_MIN;
	unsigned int i;

	if (pp_mib) {
		while (shift < PP_SHIFT_MAX && 1ULL << (shift - 20) < pp_mib)
			shift++;
		if (1ULL << (shift - 20) != pp_mib)
			return err_set(e, ERR_USAGE,
				       "PP size of %u MiB: must be a power of two, at most %u MiB",
				       pp_mib, 1U << (PP_SHIFT_MAX - 20));
	}
	for (i = 1; i <= vg->num_pvs; i++)
		while (pps_that_fit(vg, vg->pv[i]->io->size / SECTOR, shift) > VG_MAX_PP &&
		       shift < PP_SHIFT_MAX) {
			if (pp_mib)
				return err_set(e, ERR_USAGE,
					       "%s: has more than %u PPs of %u MiB; use a larger PP size (-s %u)",
					       vg->pv[i]->io->path, VG_MAX_PP, pp_mib, pp_mib * 2);
			shift++;
		}
	/* Anything above needs a higher version number, see docs/format-vg.md. */
	if (vg->kind == VG_AIX && shift > 28)
		return err_set(e, ERR_USAGE,
			       "PP size of %u MiB: at most 256 in an AIX volume group of version 1; make a native one",
			       1U << (shift - 20));
	vg->pp_shift = shift;
	return ERR_OK;
}

static enum err_code fill_vg(struct vg *vg, const char *const *paths,
			     const struct vg_create_opts *o, struct err *e)
{
	enum err_code rc;
	unsigned int i;

	for (i = 0; paths[i]; i++) {
		struct vg_pv *pv;

		rc = open_pv(vg, paths[i], o->force, &pv, e);
		if (rc != ERR_OK)
			return rc;
		rc = add_pv(vg, pv, e);
		if (rc != ERR_OK) {
			pv_free(pv);
			return rc;
		}
	}
	rc = choose_pp_size(vg, o->pp_mib, e);
	for (i = 1; i <= vg->num_pvs && rc == ERR_OK; i++)
		rc = size_pv(vg, vg->pv[i], e);
	/* A two-disk root that does not start when one disk dies misses its purpose. */
	vg->quorum = o->quorum < 0 ? vg->num_pvs > 2 : o->quorum;
	vg_count_vgdas(vg);
	return rc;
}

enum err_code vg_create(const char *const *paths, const struct vg_create_opts *o,
			struct vg **out, struct err *e)
{
	const char *why = name_why_bad(o->name, o->aix ? AIX_NAME_MAX : VG_NAME_MAX);
	enum err_code rc;
	struct vg *vg;

	if (why) {
		char *shown = text_safe(o->name);

		err_set(e, ERR_USAGE, "VG name \"%s\" %s (at most %d characters)", shown, why,
			o->aix ? AIX_NAME_MAX : VG_NAME_MAX);
		free(shown);
		return ERR_USAGE;
	}
	if (!paths || !paths[0])
		return err_set(e, ERR_USAGE, "%s: name at least one device", o->name);
	vg = vg_new();
	vg->kind = o->aix ? VG_AIX : VG_NATIVE;
	strcpy(vg->name, o->name);
	vg->version = o->aix ? AIX_VERSION_BASE : AIX_VERSION_VARYON;
	vg->vgda_len = o->aix ? AIX_VGDA_LEN : NATIVE_VGDA_LEN;
	vg->max_lvs = AIX_MAX_LV;
	vg->auto_varyon = o->auto_varyon;
	vg->ctime = clock_stamp() >> 32;
	rc = vg_new_id(&vg->id, e);
	if (rc == ERR_OK)
		rc = fill_vg(vg, paths, o, e);
	if (rc != ERR_OK) {
		vg_free(vg);
		return rc;
	}
	*out = vg;
	return ERR_OK;
}

enum err_code vg_extend(struct vg *vg, const char *path, bool force, struct err *e)
{
	struct vg_pv *pv;
	enum err_code rc;

	rc = vg_check_changeable(vg, e);
	if (rc != ERR_OK)
		return rc;
	if (is_own_pv(vg, path))
		return err_set(e, ERR_CONFLICT, "%s: already a PV of VG %s", path, vg->name);
	rc = open_pv(vg, path, force, &pv, e);
	if (rc != ERR_OK)
		return rc;
	rc = size_pv(vg, pv, e);
	if (rc == ERR_OK)
		rc = add_pv(vg, pv, e);
	if (rc != ERR_OK) {
		pv_free(pv);
		return rc;
	}
	vg_count_vgdas(vg);
	return ERR_OK;
}

enum err_code vg_reduce(struct vg *vg, struct vg_pv *pv, struct err *e)
{
	char label[64];
	unsigned int i;

	if (vg_check_changeable(vg, e) != ERR_OK)
		return id_is_zero(&vg->parent) ? ERR_FAILED : ERR_CONFLICT;
	vg_pv_label(pv, label);
	if (pv->state & PV_SPLIT)
		return err_set(e, ERR_CONFLICT,
			       "%s: %s is split off; joinvg takes it back, or gives it up when it is lost (joinvg --lost)",
			       vg->name, label);
	for (i = 0; i < pv->pp_count; i++)
		if (pv->pp[i].lv)
			return err_set(e, ERR_CONFLICT,
				       "%s: %s holds PPs of LV %s; move them away (migratepv), or remove it (rmlv), first",
				       vg->name, label, vg->lv[pv->pp[i].lv]->name);
	if (vg->num_pvs == 1)
		return err_set(e, ERR_FAILED, "%s: %s is its last PV; remove the VG instead",
			       vg->name, label);
	vg->pv[pv->num] = NULL;
	vg->num_pvs--;
	vg->dropped[vg->num_dropped++] = pv;
	vg_count_vgdas(vg);
	return ERR_OK;
}

enum err_code vg_remove(struct vg *vg, struct err *e)
{
	unsigned int i;

	if (vg->read_only)
		return err_set(e, ERR_FAILED, "%s: read only, cannot be changed", vg->name);
	if (vg->num_lvs)
		return err_set(e, ERR_FAILED, "%s: has LVs; remove them first", vg->name);
	if (vg->num_pvs != 1)
		return err_set(e, ERR_FAILED, "%s: has %u PVs; take out all but one first",
			       vg->name, vg->num_pvs);
	for (i = 1; !vg->pv[i]; i++)
		;
	if (!vg->pv[i]->io)
		return err_set(e, ERR_NOTFOUND, "%s: its PV is missing", vg->name);
	return pv_wipe(vg->pv[i]->io, e);
}
