// SPDX-License-Identifier: GPL-2.0
/* CRC32C against the vectors of RFC 3720 B.4 and against a bit-by-bit one. */
#include "unit.h"
#include "../../kernel/core/port.h"

/* As RFC 3720 gives it: inverted at the end. */
static u32 crc32c_rfc(const void *buf, size_t len)
{
	return ~vy_crc32c(~0U, buf, len);
}

static u32 crc32c_bitwise(u32 crc, const u8 *p, size_t len)
{
	int k;

	while (len--) {
		crc ^= *p++;
		for (k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78U : crc >> 1;
	}
	return crc;
}

static void test_rfc3720_vectors(void)
{
	static const u8 read_command[48] = {
		0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x14, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18,
		0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0,
	};
	u8 b[32];
	int i;

	memset(b, 0, sizeof(b));
	CHECK_EQ(crc32c_rfc(b, 32), 0x8a9136aa);
	memset(b, 0xff, sizeof(b));
	CHECK_EQ(crc32c_rfc(b, 32), 0x62a8ab43);
	for (i = 0; i < 32; i++)
		b[i] = i;
	CHECK_EQ(crc32c_rfc(b, 32), 0x46dd794e);
	for (i = 0; i < 32; i++)
		b[i] = 31 - i;
	CHECK_EQ(crc32c_rfc(b, 32), 0x113fdb5c);
	CHECK_EQ(crc32c_rfc(read_command, 48), 0xd9963a56);
	CHECK_EQ(crc32c_rfc("123456789", 9), 0xe3069283);
}

static void test_every_length_and_alignment(void)
{
	u8 b[96];
	size_t at, len;

	for (at = 0; at < sizeof(b); at++)
		b[at] = at * 37 + 11;
	for (at = 0; at < 16; at++)
		for (len = 0; len <= 80; len++)
			CHECK_EQ(vy_crc32c(0x12345678, b + at, len),
				 crc32c_bitwise(0x12345678, b + at, len));
}

static void test_chains_at_every_split(void)
{
	u8 b[64];
	size_t i, split;

	for (i = 0; i < sizeof(b); i++)
		b[i] = i * i + 3;
	for (split = 0; split <= sizeof(b); split++)
		CHECK_EQ(vy_crc32c(vy_crc32c(~0U, b, split), b + split, sizeof(b) - split),
			 vy_crc32c(~0U, b, sizeof(b)));
}

static const struct unit_test tests[] = {
	UNIT(test_rfc3720_vectors),
	UNIT(test_every_length_and_alignment),
	UNIT(test_chains_at_every_split),
};
UNIT_MAIN(tests)
