// SPDX-License-Identifier: GPL-2.0
/*
 * IPL record: what makes a disk a PV.
 *
 *	0	4	C9 C2 D4 C1, "IBMA" in EBCDIC
 *	4	124	boot parameters, all zero without boot code
 *	128	16	PVID: 8 bytes, then 8 zero bytes
 *	144	368	zero
 *
 * and the empty bad-block directory: "DEFECT", a 16-bit count of 0.
 */
#include <string.h>
#include "aix.h"

#define IPL_PVID	128

static const uint8_t ipl_magic[4] = { 0xc9, 0xc2, 0xd4, 0xc1 };

bool aix_ipl_decode(const uint8_t *sector, uint8_t pvid[16])
{
	if (memcmp(sector, ipl_magic, sizeof(ipl_magic)))
		return false;
	memcpy(pvid, sector + IPL_PVID, 16);
	return true;
}

void aix_ipl_encode(uint8_t *sector, const uint8_t pvid[16])
{
	memset(sector, 0, SECTOR);
	memcpy(sector, ipl_magic, sizeof(ipl_magic));
	memcpy(sector + IPL_PVID, pvid, 16);
}

void aix_badblock_encode_empty(uint8_t *sector)
{
	memset(sector, 0, SECTOR);
	memcpy(sector, "DEFECT", 6);
}
