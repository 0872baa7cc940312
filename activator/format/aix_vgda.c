// SPDX-License-Identifier: GPL-2.0
/*
 * VGDA: header, LV entries, PV headers, PP entries, trailer.
 *
 * Header (first sector of a copy)
 *	0	8	stamp: seconds, nanoseconds
 *	8	16	VGID
 *	24	2	numlvs
 *	26	2	maxlvs
 *	28	2	pp_size, log2 of bytes
 *	30	2	numpvs
 *	32	2	total_vgdas
 *	34	2	vgda_size
 *	36	2	bigvg
 *	38	2	quorum: 1 checked
 *	40	2	auto_varyon: 1 yes
 *	42	2	hole
 *	44	4	checksum; native: CRC32C of all that is in use
 *	48	4	bigda_size
 *	52	4	native: ext_off		56	4	native: ext_len
 *	60	4	native: ext_used	64	4	native: pv_used
 *
 * Trailer (last sector): 0: the header's stamp; 8: concurrency, zero here.
 */
#include <string.h>
#include "aix.h"
#include "be.h"

void aix_vgda_hdr_decode(const uint8_t *b, struct aix_vgda_hdr *h)
{
	h->stamp = be64_at(b, SECTOR, 0);
	memcpy(h->vgid, b + 8, 16);
	h->numlvs = be16_at(b, SECTOR, 24);
	h->maxlvs = be16_at(b, SECTOR, 26);
	h->pp_shift = be16_at(b, SECTOR, 28);
	h->numpvs = be16_at(b, SECTOR, 30);
	h->total_vgdas = be16_at(b, SECTOR, 32);
	h->vgda_size = be16_at(b, SECTOR, 34);
	h->bigvg = be16_at(b, SECTOR, 36);
	h->quorum = be16_at(b, SECTOR, 38);
	h->auto_varyon = be16_at(b, SECTOR, 40);
	h->checksum = be32_at(b, SECTOR, 44);
	h->bigda_size = be32_at(b, SECTOR, 48);
	h->ext_off = be32_at(b, SECTOR, 52);
	h->ext_len = be32_at(b, SECTOR, 56);
	h->ext_used = be32_at(b, SECTOR, 60);
	h->pv_used = be32_at(b, SECTOR, 64);
}

void aix_vgda_hdr_encode(uint8_t *b, const struct aix_vgda_hdr *h)
{
	memset(b, 0, SECTOR);
	be64_put(b, SECTOR, 0, h->stamp);
	memcpy(b + 8, h->vgid, 16);
	be16_put(b, SECTOR, 24, h->numlvs);
	be16_put(b, SECTOR, 26, h->maxlvs);
	be16_put(b, SECTOR, 28, h->pp_shift);
	be16_put(b, SECTOR, 30, h->numpvs);
	be16_put(b, SECTOR, 32, h->total_vgdas);
	be16_put(b, SECTOR, 34, h->vgda_size);
	be16_put(b, SECTOR, 36, h->bigvg);
	be16_put(b, SECTOR, 38, h->quorum);
	be16_put(b, SECTOR, 40, h->auto_varyon);
	be32_put(b, SECTOR, 44, h->checksum);
	be32_put(b, SECTOR, 48, h->bigda_size);
	if (!h->ext_len)
		return;
	be32_put(b, SECTOR, 52, h->ext_off);
	be32_put(b, SECTOR, 56, h->ext_len);
	be32_put(b, SECTOR, 60, h->ext_used);
	be32_put(b, SECTOR, 64, h->pv_used);
}

uint64_t aix_vgda_trailer_stamp(const uint8_t *b)
{
	return be64_at(b, SECTOR, 0);
}

void aix_vgda_trailer_encode(uint8_t *b, uint64_t stamp)
{
	memset(b, 0, SECTOR);
	be64_put(b, SECTOR, 0, stamp);
}

/*
 * LV entry k belongs to LV number k + 1 and to name slot k.
 *	0	2	name slot		2	2	reserved
 *	4	4	maxsize			8	1	lv_state
 *	9	1	mirror			10	2	mirror_policy
 *	12	4	num_lps			16	1	permissions
 *	17	1	bb_relocation		18	1	write_verify
 *	19	1	mirwrt_consist		20	2	stripe_exp
 *	22	2	striping_width		24	2	lv_avoid
 *	26	2	child_minor_num		28	4	reserved
 */
void aix_lv_entry_decode(const uint8_t *b, struct aix_lv_entry *l)
{
	l->name_index = be16_at(b, AIX_ENTRY, 0);
	l->maxsize = be32_at(b, AIX_ENTRY, 4);
	l->lv_state = u8_at(b, AIX_ENTRY, 8);
	l->mirror = u8_at(b, AIX_ENTRY, 9);
	l->mirror_policy = be16_at(b, AIX_ENTRY, 10);
	l->num_lps = be32_at(b, AIX_ENTRY, 12);
	l->permissions = u8_at(b, AIX_ENTRY, 16);
	l->bb_relocation = u8_at(b, AIX_ENTRY, 17);
	l->write_verify = u8_at(b, AIX_ENTRY, 18);
	l->mwc = u8_at(b, AIX_ENTRY, 19);
	l->stripe_exp = be16_at(b, AIX_ENTRY, 20);
	l->stripe_width = be16_at(b, AIX_ENTRY, 22);
}

void aix_lv_entry_encode(uint8_t *b, const struct aix_lv_entry *l)
{
	memset(b, 0, AIX_ENTRY);
	be16_put(b, AIX_ENTRY, 0, l->name_index);
	be32_put(b, AIX_ENTRY, 4, l->maxsize);
	u8_put(b, AIX_ENTRY, 8, l->lv_state);
	u8_put(b, AIX_ENTRY, 9, l->mirror);
	be16_put(b, AIX_ENTRY, 10, l->mirror_policy);
	be32_put(b, AIX_ENTRY, 12, l->num_lps);
	u8_put(b, AIX_ENTRY, 16, l->permissions);
	u8_put(b, AIX_ENTRY, 17, l->bb_relocation);
	u8_put(b, AIX_ENTRY, 18, l->write_verify);
	u8_put(b, AIX_ENTRY, 19, l->mwc);
	be16_put(b, AIX_ENTRY, 20, l->stripe_exp);
	be16_put(b, AIX_ENTRY, 22, l->stripe_width);
}

/*
 * PV header, followed by pp_count PP entries.
 *	0	16	PVID			16	2	pp_count
 *	18	1	pv_state		19	1	reserved
 *	20	4	psn_part1		24	2	pvnum_vgdas
 *	26	2	pv_num			28	4	reserved
 */
void aix_pv_hdr_decode(const uint8_t *b, struct aix_pv_hdr *p)
{
	memcpy(p->pvid, b, 16);
	p->pp_count = be16_at(b, AIX_ENTRY, 16);
	p->pv_state = u8_at(b, AIX_ENTRY, 18);
	p->psn_part1 = be32_at(b, AIX_ENTRY, 20);
	p->vgdas = be16_at(b, AIX_ENTRY, 24);
	p->pv_num = be16_at(b, AIX_ENTRY, 26);
}

void aix_pv_hdr_encode(uint8_t *b, const struct aix_pv_hdr *p)
{
	memset(b, 0, AIX_ENTRY);
	memcpy(b, p->pvid, 16);
	be16_put(b, AIX_ENTRY, 16, p->pp_count);
	u8_put(b, AIX_ENTRY, 18, p->pv_state);
	be32_put(b, AIX_ENTRY, 20, p->psn_part1);
	be16_put(b, AIX_ENTRY, 24, p->vgdas);
	be16_put(b, AIX_ENTRY, 26, p->pv_num);
}

/*
 * PP entry
 *	0	2	lv_index		2	2	reserved
 *	4	4	lp_num			8	1	copy
 *	9	1	pp_state		10	1	fst_alt_vol
 *	11	1	snd_alt_vol		12	2	fst_alt_part
 *	14	2	snd_alt_part		16	16	reserved
 */
void aix_pp_entry_decode(const uint8_t *b, struct aix_pp_entry *p)
{
	p->lv_index = be16_at(b, AIX_ENTRY, 0);
	p->lp_num = be32_at(b, AIX_ENTRY, 4);
	p->copy = u8_at(b, AIX_ENTRY, 8);
	p->pp_state = u8_at(b, AIX_ENTRY, 9);
	p->alt_pv[0] = u8_at(b, AIX_ENTRY, 10);
	p->alt_pv[1] = u8_at(b, AIX_ENTRY, 11);
	p->alt_pp[0] = be16_at(b, AIX_ENTRY, 12);
	p->alt_pp[1] = be16_at(b, AIX_ENTRY, 14);
}

void aix_pp_entry_encode(uint8_t *b, const struct aix_pp_entry *p)
{
	memset(b, 0, AIX_ENTRY);
	be16_put(b, AIX_ENTRY, 0, p->lv_index);
	be32_put(b, AIX_ENTRY, 4, p->lp_num);
	u8_put(b, AIX_ENTRY, 8, p->copy);
	u8_put(b, AIX_ENTRY, 9, p->pp_state);
	u8_put(b, AIX_ENTRY, 10, p->alt_pv[0]);
	u8_put(b, AIX_ENTRY, 11, p->alt_pv[1]);
	be16_put(b, AIX_ENTRY, 12, p->alt_pp[0]);
	be16_put(b, AIX_ENTRY, 14, p->alt_pp[1]);
}

/* Copy codes, by code: only, 1st of 2, 1st of 3, 2nd of 2, 2nd of 3, 3rd of 3. */
static const struct { uint8_t c, n; } copy_codes[] = {
	{ 0, 1 }, { 0, 2 }, { 0, 3 }, { 1, 2 }, { 1, 3 }, { 2, 3 },
};

uint8_t aix_copy_code(unsigned int c, unsigned int n)
{
	uint8_t code;

	for (code = 0; code < sizeof(copy_codes) / sizeof(copy_codes[0]); code++)
		if (copy_codes[code].c == c && copy_codes[code].n == n)
			return code;
	return 0;
}

bool aix_copy_from_code(uint8_t code, unsigned int *c, unsigned int *n)
{
	if (code >= sizeof(copy_codes) / sizeof(copy_codes[0]))
		return false;
	*c = copy_codes[code].c;
	*n = copy_codes[code].n;
	return true;
}
