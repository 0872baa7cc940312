// SPDX-License-Identifier: GPL-2.0
/* From the model to the bytes of a VGDA copy. */
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "internal.h"

static void put_lv_entry(uint8_t *buf, const struct vg_lv *lv)
{
	uint32_t k = lv->num - 1U;
	struct aix_lv_entry l = {
		.name_index = (uint16_t)k,
		.maxsize = lv->max_lps,
		.lv_state = lv->state,
		.mirror = lv->type == LV_RAID5 ? 1 : lv->copies,
		.mirror_policy = lv->sched_policy,
		.num_lps = lv->num_lps,
		.permissions = lv->permissions,
		.bb_relocation = lv->bb_relocation,
		.write_verify = lv->write_verify,
		.mwc = lv->mwc,
		.stripe_exp = lv->chunk_shift,
		.stripe_width = lv->type == LV_RAID5 ? lv->copies : 0,
	};

	aix_lv_entry_encode(buf + AIX_VGDA_LVE * SECTOR + k * AIX_ENTRY, &l);
}

/* The other copies of the LP in ascending order, skipping this one. */
static void put_pp(uint8_t *at, const struct vg_lv *lv, const struct vg_pp *pp)
{
	struct aix_pp_entry p = {
		.lv_index = pp->lv,
		.lp_num = pp->lp,
		.pp_state = AIX_PP_ALLOCATED,
	};
	unsigned int c, n = 0;

	for (c = 0; lv->type != LV_RAID5 && c < lv->copies; c++) {
		const struct lv_place *other = &lv->map[c][pp->lp - 1];

		if (!other->pv || c == pp->copy)
			continue;
		p.alt_pv[n] = (uint8_t)other->pv;
		p.alt_pp[n++] = other->pp;
	}
	p.copy = lv->type == LV_RAID5 ? native_column_code(pp->copy) :
					aix_copy_code(pp->copy, lv->copies);
	aix_pp_entry_encode(at, &p);
}

/* Returns the sectors of the PV area that are used. */
static uint32_t put_pvs(uint8_t *buf, const struct vg *vg)
{
	uint32_t sector = AIX_VGDA_PV;
	unsigned int i, n;

	for (i = 1; i <= VG_MAX_PV; i++) {
		const struct vg_pv *pv = vg->pv[i];
		uint8_t *at = buf + (size_t)sector * SECTOR;
		struct aix_pv_hdr p;

		if (!pv)
			continue;
		memcpy(p.pvid, pv->id.b, sizeof(p.pvid));
		p.pp_count = pv->pp_count;
		p.pv_state = pv->state;
		p.psn_part1 = pv->psn_part1;
		p.vgdas = pv->vgdas;
		p.pv_num = pv->num;
		aix_pv_hdr_encode(at, &p);
		for (n = 0; n < pv->pp_count; n++)
			if (pv->pp[n].lv)
				put_pp(at + (n + 1) * AIX_ENTRY, vg->lv[pv->pp[n].lv], &pv->pp[n]);
		sector += aix_pv_record_sectors(pv->pp_count);
	}
	return sector - AIX_VGDA_PV;
}

static void put_record(uint8_t *at, const struct vg_lv *lv)
{
	struct native_lv l = {
		.num = lv->num,
		.type = (uint8_t)lv->type,
		.flags = (uint8_t)((lv->hidden ? NATIVE_LV_HIDDEN : 0) |
				   (lv->child_of ? NATIVE_LV_CHILD : 0)),
		.strict = lv->strict,
		.inter = lv->inter,
		.intra = lv->intra,
		.region_shift = lv->region_shift,
		.zone_shift = lv->zone_shift,
		.nslots = lv->nslots,
		.parent = lv->child_of,
		.parent_copy = lv->child_copy,
		.writable = lv->child_writable,
		.row_log = (uint8_t)lv->row_log,
		.ctime = lv->ctime,
		.mtime = lv->mtime,
	};
	unsigned int c;

	memcpy(l.uuid, lv->uuid.b, sizeof(l.uuid));
	memcpy(l.type_name, lv->type_name, strlen(lv->type_name));
	memcpy(l.label, lv->label, strlen(lv->label));
	for (c = 0; c < NATIVE_LEGS; c++) {
		/* No leg: all zero on disk, whose slot field then is the index. */
		l.leg[c].slot = id_is_zero(&lv->leg[c].uuid) ? (uint8_t)c : lv->leg[c].slot;
		l.leg[c].flags = lv->leg[c].flags;
		l.leg[c].serves = lv->leg[c].serves;
		memcpy(l.leg[c].uuid, lv->leg[c].uuid.b, sizeof(l.leg[c].uuid));
		l.leg[c].pv_num = lv->leg[c].sa_pv;
		l.leg[c].sectors = lv->leg[c].sa_sectors;
		l.leg[c].sector = lv->leg[c].sa_sector;
	}
	native_lv_encode(at, &l);
}

/* What missing PVs were called last. */
static void put_pv_names(uint8_t *at, const struct vg *vg)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_PV; i++) {
		struct native_pv p = { { 0 }, { 0 } };

		if (!vg->pv[i])
			continue;
		memcpy(p.dev, vg->pv[i]->dev, strlen(vg->pv[i]->dev));
		memcpy(p.serial, vg->pv[i]->serial, strlen(vg->pv[i]->serial));
		native_pv_encode(at, i, &p);
	}
}

bool vg_uses_leg_features(const struct vg *vg)
{
	unsigned int i, c;

	if (!id_is_zero(&vg->parent) || !id_is_zero(&vg->snapshot))
		return true;
	for (i = 1; i <= VG_MAX_LV; i++) {
		const struct vg_lv *lv = vg->lv[i];

		if (lv && lv->child_of)
			return true;
		for (c = 0; lv && c < lv_num_legs(lv); c++)
			if (lv->leg[c].flags || lv->leg[c].slot != c)
				return true;
	}
	return false;
}

bool vg_moves_column(const struct vg *vg)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_LV; i++)
		if (vg->lv[i] && vg->lv[i]->type == LV_RAID5 && lv_pending_move(vg->lv[i]) >= 0)
			return true;
	return false;
}

bool vg_has_row_log(const struct vg *vg)
{
	unsigned int i;

	for (i = 1; i <= VG_MAX_LV; i++)
		if (vg->lv[i] && vg->lv[i]->row_log)
			return true;
	return false;
}

/* Returns the sectors of the extension that are used. */
static uint32_t put_ext(uint8_t *buf, const struct vg *vg)
{
	uint8_t *at = buf + NATIVE_EXT_OFF * SECTOR;
	struct native_ext x = {
		.version = NATIVE_VERSION,
		.feat_compat = vg->feat_compat,
		.feat_incompat = (vg_uses_leg_features(vg) ? NATIVE_FEAT_LEGS : 0) |
				 (vg_moves_column(vg) ? NATIVE_FEAT_COLUMN : 0) |
				 (vg_has_row_log(vg) ? NATIVE_FEAT_LOG : 0),
		.ctime = vg->ctime,
		.record_bytes = NATIVE_RECORD,
		.commit_id = vg->commit_id,
		.spare_policy = (uint8_t)vg->spare_policy,
		.auto_sync = vg->auto_sync ? 'y' : 'n',
	};
	unsigned int i;

	memcpy(x.name, vg->name, strlen(vg->name));
	memcpy(x.parent, vg->parent.b, sizeof(x.parent));
	memcpy(x.snapshot, vg->snapshot.b, sizeof(x.snapshot));
	for (i = 1; i <= VG_MAX_LV; i++)
		if (vg->lv[i])
			put_record(at + (NATIVE_LV_AT + x.num_records++) * NATIVE_RECORD,
				   vg->lv[i]);
	native_ext_encode(at, &x);
	native_history_encode(at + NATIVE_HIST_AT * SECTOR, vg->history);
	put_pv_names(at + NATIVE_PV_AT * SECTOR, vg);
	return NATIVE_LV_AT + x.num_records;
}

uint8_t *vgda_build(const struct vg *vg, uint64_t stamp,
		    struct vgda_extent ext[VGDA_EXTENTS], unsigned int *n)
{
	uint8_t *buf = xalloc((size_t)vg->vgda_len * SECTOR);
	uint8_t *names = buf + (size_t)(vg->vgda_len - AIX_VGDA_NAMES) * SECTOR;
	bool native = vg->kind == VG_NATIVE;
	struct aix_vgda_hdr h = {
		.stamp = stamp,
		.maxlvs = vg->max_lvs,
		.pp_shift = vg->pp_shift,
		.numpvs = (uint16_t)vg->num_pvs,
		.total_vgdas = (uint16_t)vg->total_vgdas,
		.vgda_size = (uint16_t)vg->vgda_len,
		.quorum = vg->quorum,
		.auto_varyon = vg->auto_varyon,
	};
	unsigned int i;

	memcpy(h.vgid, vg->id.b, sizeof(h.vgid));
	for (i = 1; i <= VG_MAX_LV; i++) {
		const struct vg_lv *lv = vg->lv[i];

		if (!lv)
			continue;
		put_lv_entry(buf, lv);
		memcpy(names + (i - 1) * AIX_NAME_BYTES, lv->name, strlen(lv->name));
		/* Readers stop after numlvs LVs that are not empty. */
		h.numlvs += lv->num_lps > 0;
	}
	h.pv_used = put_pvs(buf, vg);
	if (native) {
		h.ext_off = NATIVE_EXT_OFF;
		h.ext_len = vg->vgda_len - AIX_VGDA_LEN;
		h.ext_used = put_ext(buf, vg);
	}
	aix_vgda_trailer_encode(buf + (size_t)(vg->vgda_len - 1) * SECTOR, stamp);
	*n = vgda_extents(&h, native, vg->vgda_len, ext);
	aix_vgda_hdr_encode(buf, &h);
	if (native) {
		h.checksum = native_vgda_crc(buf, ext, *n);
		aix_vgda_hdr_encode(buf, &h);
	}
	return buf;
}
