// SPDX-License-Identifier: GPL-2.0
/*
 * VGSA: one stale bit for each PP of the VG.
 *
 *	0	8	begin stamp: seconds, nanoseconds
 *	8	4	pv_missing, a bit for each PV
 *	12	4064	127 bytes (1016 bits) for each of 32 PVs
 *	4076	2	factor: 1
 *	4078	10	zero
 *	4088	8	end stamp; a copy is whole when it equals the begin stamp
 *
 * Bits count from the least significant one. For the stale bits a real disk
 * shows that; for pv_missing no source tells, so it follows suit: here and
 * nowhere else.
 */
#include <string.h>
#include "aix.h"
#include "be.h"

#define MISSING		8
#define STALE		12
#define ROW		(AIX_VGSA_PPS / 8)
#define FACTOR		4076
#define END		4088

uint64_t aix_vgsa_stamp(const uint8_t *b)
{
	uint64_t begin = be64_at(b, AIX_VGSA_BYTES, 0);

	return begin == be64_at(b, AIX_VGSA_BYTES, END) ? begin : 0;
}

static bool stale_place(unsigned int pv, unsigned int pp, size_t *byte, uint8_t *bit)
{
	if (pv < 1 || pv > AIX_VGSA_PVS || pp < 1 || pp > AIX_VGSA_PPS)
		return false;
	*byte = STALE + (pv - 1) * ROW + (pp - 1) / 8;
	*bit = (uint8_t)(1U << (pp - 1) % 8);
	return true;
}

bool aix_vgsa_stale(const uint8_t *b, unsigned int pv, unsigned int pp)
{
	size_t byte;
	uint8_t bit;

	return stale_place(pv, pp, &byte, &bit) && (b[byte] & bit);
}

void aix_vgsa_set_stale(uint8_t *b, unsigned int pv, unsigned int pp)
{
	size_t byte;
	uint8_t bit;

	if (stale_place(pv, pp, &byte, &bit))
		b[byte] |= bit;
}

bool aix_vgsa_missing(const uint8_t *b, unsigned int pv)
{
	return pv >= 1 && pv <= AIX_VGSA_PVS &&
	       be32_at(b, AIX_VGSA_BYTES, MISSING) & 1U << (pv - 1);
}

void aix_vgsa_set_missing(uint8_t *b, unsigned int pv)
{
	if (pv >= 1 && pv <= AIX_VGSA_PVS)
		be32_put(b, AIX_VGSA_BYTES, MISSING,
			 be32_at(b, AIX_VGSA_BYTES, MISSING) | 1U << (pv - 1));
}

void aix_vgsa_init(uint8_t *b, uint64_t stamp)
{
	memset(b, 0, AIX_VGSA_BYTES);
	be64_put(b, AIX_VGSA_BYTES, 0, stamp);
	be16_put(b, AIX_VGSA_BYTES, FACTOR, 1);
	be64_put(b, AIX_VGSA_BYTES, END, stamp);
}
