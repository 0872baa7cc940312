// SPDX-License-Identifier: GPL-2.0
/*
 * LVM record, old layout: which VG a PV belongs to and where its VGDAs lie.
 *
 *	0	4	"_LVM"
 *	4	16	VGID
 *	20	4	lvmarea_len
 *	24	4	vgda_len
 *	28	4+4	vgda_psn[2]
 *	36	4	reloc_psn
 *	40	4	reloc_len
 *	44	2	pv_num
 *	46	2	pp_size, log2 of bytes
 *	48	4	vgsa_len
 *	52	4+4	vgsa_psn[2]
 *	60	2	version
 *	62	2	vg_type, unused
 *	64	4	ltg_shift
 *	68	444	reserved; AIX leaves filler there
 */
#include <string.h>
#include "aix.h"
#include "be.h"

bool aix_lvmrec_decode(const uint8_t *b, struct aix_lvmrec *r)
{
	if (memcmp(b, "_LVM", 4))
		return false;
	memcpy(r->vgid, b + 4, 16);
	r->lvmarea_len = be32_at(b, SECTOR, 20);
	r->vgda_len = be32_at(b, SECTOR, 24);
	r->vgda_psn[0] = be32_at(b, SECTOR, 28);
	r->vgda_psn[1] = be32_at(b, SECTOR, 32);
	r->reloc_psn = be32_at(b, SECTOR, 36);
	r->reloc_len = be32_at(b, SECTOR, 40);
	r->pv_num = be16_at(b, SECTOR, 44);
	r->pp_shift = be16_at(b, SECTOR, 46);
	r->vgsa_len = be32_at(b, SECTOR, 48);
	r->vgsa_psn[0] = be32_at(b, SECTOR, 52);
	r->vgsa_psn[1] = be32_at(b, SECTOR, 56);
	r->version = be16_at(b, SECTOR, 60);
	r->ltg_shift = be32_at(b, SECTOR, 64);
	return true;
}

void aix_lvmrec_encode(uint8_t *b, const struct aix_lvmrec *r)
{
	memset(b, 0, SECTOR);
	memcpy(b, "_LVM", 4);
	memcpy(b + 4, r->vgid, 16);
	be32_put(b, SECTOR, 20, r->lvmarea_len);
	be32_put(b, SECTOR, 24, r->vgda_len);
	be32_put(b, SECTOR, 28, r->vgda_psn[0]);
	be32_put(b, SECTOR, 32, r->vgda_psn[1]);
	be32_put(b, SECTOR, 36, r->reloc_psn);
	be32_put(b, SECTOR, 40, r->reloc_len);
	be16_put(b, SECTOR, 44, r->pv_num);
	be16_put(b, SECTOR, 46, r->pp_shift);
	be32_put(b, SECTOR, 48, r->vgsa_len);
	be32_put(b, SECTOR, 52, r->vgsa_psn[0]);
	be32_put(b, SECTOR, 56, r->vgsa_psn[1]);
	be16_put(b, SECTOR, 60, r->version);
	be32_put(b, SECTOR, 64, r->ltg_shift);
}
