// SPDX-License-Identifier: GPL-2.0
/*
 * CRC32C (Castagnoli, reflected polynomial 0x82f63b78) for user space, eight
 * bytes a step. The module uses the kernel's own. Raw: the caller passes the
 * start value and inverts the result where a format asks for that.
 */
#include "../../kernel/core/port.h"

#define POLY	0x82f63b78U

/* table[k][b]: what byte b contributes when k more bytes follow it in a step. */
static u32 table[8][256];

__attribute__((constructor)) static void table_init(void)
{
	unsigned int b, k;

	for (b = 0; b < 256; b++) {
		u32 crc = b;

		for (k = 0; k < 8; k++)
			crc = crc >> 1 ^ (crc & 1 ? POLY : 0);
		table[0][b] = crc;
	}
	for (b = 0; b < 256; b++)
		for (k = 1; k < 8; k++)
			table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 0xff];
}

u32 vy_crc32c(u32 crc, const void *buf, size_t len)
{
	const u8 *p = buf;

	for (; len >= 8; len -= 8, p += 8) {
		__le32 lo, hi;
		u32 a, b;

		memcpy(&lo, p, 4);
		memcpy(&hi, p + 4, 4);
		a = crc ^ le32_to_cpu(lo);
		b = le32_to_cpu(hi);
		crc = table[7][a & 0xff] ^ table[6][a >> 8 & 0xff] ^
		      table[5][a >> 16 & 0xff] ^ table[4][a >> 24] ^
		      table[3][b & 0xff] ^ table[2][b >> 8 & 0xff] ^
		      table[1][b >> 16 & 0xff] ^ table[0][b >> 24];
	}
	for (; len; len--, p++)
		crc = crc >> 8 ^ table[0][(crc ^ *p) & 0xff];
	return crc;
}
