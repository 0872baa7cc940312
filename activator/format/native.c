// SPDX-License-Identifier: GPL-2.0
/*
 * The extension of a native VGDA.
 *
 * First sector
 *	0	4	"VYXT"			4	2	version
 *	6	2	zero			8	8	feat_compat
 *	16	8	feat_ro			24	8	feat_incompat
 *	32	8	ctime			40	4	num_records
 *	44	4	record_bytes		48	64	name of the VG
 *	112	8	commit_id		120	1	spare policy
 *	121	1	auto_sync		122	6	zero
 *	128	16	VGID of the parent	144	16	VGID of the snapshot
 *
 * Sectors 1-4: 256 former commit ids of 8 bytes, newest first, then zeros
 *
 * Sectors 5-8: for each pv_num from 1 to 32
 *	0	32	name of its device	32	32	serial number
 *
 * LV record, one sector each, from sector 9 on
 *	0	1	LV number		1	1	type
 *	2	1	flags			3	1	strict
 *	4	1	inter policy		5	1	intra policy
 *	6	1	region_shift		7	1	zone_shift
 *	8	1	nslots			9	1	parent
 *	10	1	copy of the parent	11	1	writable
 *	12	4	zero
 *	16	16	uuid of LV and set	32	8	ctime
 *	40	8	mtime			48	16	type name
 *	64	128	label			192	8*32	legs
 *	448	8	for each leg: the copy that a moving one serves
 *
 * Leg
 *	0	16	uuid			16	2	pv_num
 *	18	1	flags			19	1	slot XOR index of the leg
 *	20	4	sectors			24	8	sector
 */
#include <string.h>
#include "../../kernel/core/port.h"
#include "be.h"
#include "native.h"

#define CHECKSUM	44	/* in the header */
#define LEGS		192
#define LEG_BYTES	32
#define SERVES		(LEGS + NATIVE_LEGS * LEG_BYTES)
#define PV_BYTES	(2 * NATIVE_DEV_BYTES)

bool native_ext_decode(const uint8_t *b, struct native_ext *x)
{
	if (memcmp(b, NATIVE_MAGIC, 4))
		return false;
	x->version = be16_at(b, SECTOR, 4);
	x->feat_compat = be64_at(b, SECTOR, 8);
	x->feat_ro = be64_at(b, SECTOR, 16);
	x->feat_incompat = be64_at(b, SECTOR, 24);
	x->ctime = be64_at(b, SECTOR, 32);
	x->num_records = be32_at(b, SECTOR, 40);
	x->record_bytes = be32_at(b, SECTOR, 44);
	memcpy(x->name, b + 48, sizeof(x->name));
	x->commit_id = be64_at(b, SECTOR, 112);
	x->spare_policy = b[120];
	x->auto_sync = b[121];
	memcpy(x->parent, b + 128, sizeof(x->parent));
	memcpy(x->snapshot, b + 144, sizeof(x->snapshot));
	return true;
}

void native_ext_encode(uint8_t *b, const struct native_ext *x)
{
	memset(b, 0, SECTOR);
	memcpy(b, NATIVE_MAGIC, 4);
	be16_put(b, SECTOR, 4, x->version);
	be64_put(b, SECTOR, 8, x->feat_compat);
	be64_put(b, SECTOR, 16, x->feat_ro);
	be64_put(b, SECTOR, 24, x->feat_incompat);
	be64_put(b, SECTOR, 32, x->ctime);
	be32_put(b, SECTOR, 40, x->num_records);
	be32_put(b, SECTOR, 44, x->record_bytes);
	memcpy(b + 48, x->name, sizeof(x->name));
	be64_put(b, SECTOR, 112, x->commit_id);
	b[120] = x->spare_policy;
	b[121] = x->auto_sync;
	memcpy(b + 128, x->parent, sizeof(x->parent));
	memcpy(b + 144, x->snapshot, sizeof(x->snapshot));
}

void native_history_decode(const uint8_t *b, uint64_t hist[NATIVE_HISTORY])
{
	unsigned int i;
	bool ended = false;

	for (i = 0; i < NATIVE_HISTORY; i++) {
		hist[i] = be64_at(b, NATIVE_HISTORY * 8, i * 8);
		ended |= !hist[i];
		if (ended)
			hist[i] = 0;
	}
}

void native_history_encode(uint8_t *b, const uint64_t hist[NATIVE_HISTORY])
{
	unsigned int i;

	for (i = 0; i < NATIVE_HISTORY; i++)
		be64_put(b, NATIVE_HISTORY * 8, i * 8, hist[i]);
}

void native_pv_decode(const uint8_t *b, unsigned int pv_num, struct native_pv *p)
{
	b += (pv_num - 1) * PV_BYTES;
	memcpy(p->dev, b, sizeof(p->dev));
	memcpy(p->serial, b + sizeof(p->dev), sizeof(p->serial));
}

void native_pv_encode(uint8_t *b, unsigned int pv_num, const struct native_pv *p)
{
	b += (pv_num - 1) * PV_BYTES;
	memcpy(b, p->dev, sizeof(p->dev));
	memcpy(b + sizeof(p->dev), p->serial, sizeof(p->serial));
}

void native_lv_decode(const uint8_t *b, struct native_lv *l)
{
	unsigned int i;

	l->num = b[0];
	l->type = b[1];
	l->flags = b[2];
	l->strict = b[3];
	l->inter = b[4];
	l->intra = b[5];
	l->region_shift = b[6];
	l->zone_shift = b[7];
	l->nslots = b[8];
	l->parent = b[9];
	l->parent_copy = b[10];
	l->writable = b[11];
	l->row_log = b[12];
	memcpy(l->uuid, b + 16, 16);
	l->ctime = be64_at(b, NATIVE_RECORD, 32);
	l->mtime = be64_at(b, NATIVE_RECORD, 40);
	memcpy(l->type_name, b + 48, sizeof(l->type_name));
	memcpy(l->label, b + 64, sizeof(l->label));
	for (i = 0; i < NATIVE_LEGS; i++) {
		size_t at = LEGS + i * LEG_BYTES;
		struct native_leg *g = &l->leg[i];

		memcpy(g->uuid, b + at, 16);
		g->pv_num = be16_at(b, NATIVE_RECORD, at + 16);
		g->flags = b[at + 18];
		g->slot = (uint8_t)(b[at + 19] ^ i);
		g->serves = b[SERVES + i];
		g->sectors = be32_at(b, NATIVE_RECORD, at + 20);
		g->sector = be64_at(b, NATIVE_RECORD, at + 24);
	}
}

void native_lv_encode(uint8_t *b, const struct native_lv *l)
{
	unsigned int i;

	memset(b, 0, NATIVE_RECORD);
	b[0] = l->num;
	b[1] = l->type;
	b[2] = l->flags;
	b[3] = l->strict;
	b[4] = l->inter;
	b[5] = l->intra;
	b[6] = l->region_shift;
	b[7] = l->zone_shift;
	b[8] = l->nslots;
	b[9] = l->parent;
	b[10] = l->parent_copy;
	b[11] = l->writable;
	b[12] = l->row_log;
	memcpy(b + 16, l->uuid, 16);
	be64_put(b, NATIVE_RECORD, 32, l->ctime);
	be64_put(b, NATIVE_RECORD, 40, l->mtime);
	memcpy(b + 48, l->type_name, sizeof(l->type_name));
	memcpy(b + 64, l->label, sizeof(l->label));
	for (i = 0; i < NATIVE_LEGS; i++) {
		size_t at = LEGS + i * LEG_BYTES;
		const struct native_leg *g = &l->leg[i];

		memcpy(b + at, g->uuid, 16);
		be16_put(b, NATIVE_RECORD, at + 16, g->pv_num);
		b[at + 18] = g->flags;
		b[at + 19] = (uint8_t)(g->slot ^ i);
		b[SERVES + i] = g->serves;
		be32_put(b, NATIVE_RECORD, at + 20, g->sectors);
		be64_put(b, NATIVE_RECORD, at + 24, g->sector);
	}
}

#define COLUMN_0	16	/* above all codes of AIX */

uint8_t native_column_code(unsigned int c)
{
	return (uint8_t)(COLUMN_0 + c);
}

bool native_column_from_code(uint8_t code, unsigned int *c)
{
	*c = code - (unsigned int)COLUMN_0;
	return code >= COLUMN_0 && *c < NATIVE_LEGS;
}

unsigned int vgda_extents(const struct aix_vgda_hdr *h, bool native, uint32_t len,
			  struct vgda_extent ext[VGDA_EXTENTS])
{
	if (len < AIX_VGDA_PV + 1 + AIX_VGDA_NAMES || len > AIX_VGDA_LEN_MAX)
		return 0;
	if (!native) {
		ext[0] = (struct vgda_extent){ 0, len };
		return 1;
	}
	if (len < AIX_VGDA_LEN + NATIVE_EXT_MIN || h->ext_off != NATIVE_EXT_OFF ||
	    h->ext_len != len - AIX_VGDA_LEN || h->ext_used < 1 ||
	    h->ext_used > h->ext_len || h->pv_used < 1 ||
	    h->pv_used > AIX_VGDA_PV_SECTORS)
		return 0;
	ext[0] = (struct vgda_extent){ 0, AIX_VGDA_PV + h->pv_used };
	ext[1] = (struct vgda_extent){ h->ext_off, h->ext_used };
	ext[2] = (struct vgda_extent){ len - AIX_VGDA_NAMES, AIX_VGDA_NAMES };
	return 3;
}

uint32_t native_vgda_crc(const uint8_t *buf, const struct vgda_extent *ext, unsigned int n)
{
	static const uint8_t zero[4];
	uint32_t crc = ~0U;
	unsigned int i;

	for (i = 0; i < n; i++) {
		const uint8_t *p = buf + (size_t)ext[i].start * SECTOR;
		size_t len = (size_t)ext[i].len * SECTOR;

		if (!ext[i].start) {	/* the header: step over the checksum */
			crc = vy_crc32c(crc, p, CHECKSUM);
			crc = vy_crc32c(crc, zero, sizeof(zero));
			p += CHECKSUM + sizeof(zero);
			len -= CHECKSUM + sizeof(zero);
		}
		crc = vy_crc32c(crc, p, len);
	}
	return ~crc;
}
