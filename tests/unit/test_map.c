// SPDX-License-Identifier: GPL-2.0
/* Map units: what is sealed reads back, everything else reads as all ones. */
#include "unit.h"
#include "../../kernel/core/map.h"

static const u8 set_a[16] = "set-uuid-number1";
static const u8 set_b[16] = "set-uuid-number2";

static void fill(struct vy_map_unit *u, u32 seed)
{
	unsigned int i;

	for (i = 0; i < sizeof(u->bits); i++)
		u->bits[i] = i * 7 + 1;
	vy_unit_seal(u, seed, 0x01020304);
}

static void test_sealed_unit_is_good(void)
{
	u32 seed = vy_unit_seed(set_a, VY_MAP_WIB, 0, 0);
	struct vy_map_unit u;

	fill(&u, seed);
	CHECK(vy_unit_ok(&u, seed));
	CHECK_MEM(&u.seq, "\x04\x03\x02\x01", 4);
}

/* Computed by a separate program from docs/format.md alone. */
static void test_known_bytes(void)
{
	u32 seed = vy_unit_seed(set_a, VY_MAP_STALE, 3, 0x0102030405060708ULL);
	struct vy_map_unit u;

	CHECK_EQ(seed, 0x8fb260f6);
	fill(&u, seed);
	CHECK_EQ(le32_to_cpu(u.csum), 0xbef2376b);
}

static void test_every_bit_flip_is_refused(void)
{
	u32 seed = vy_unit_seed(set_a, VY_MAP_STALE, 1, 9);
	struct vy_map_unit u;
	u8 *p = (u8 *)&u;
	unsigned int bit;

	fill(&u, seed);
	for (bit = 0; bit < VY_UNIT * 8; bit++) {
		p[bit / 8] ^= 1 << bit % 8;
		CHECK(!vy_unit_ok(&u, seed));
		p[bit / 8] ^= 1 << bit % 8;
	}
	CHECK(vy_unit_ok(&u, seed));
}

static void test_misplaced_unit_is_refused(void)
{
	struct vy_map_unit u;

	fill(&u, vy_unit_seed(set_a, VY_MAP_STALE, 1, 9));
	CHECK(!vy_unit_ok(&u, vy_unit_seed(set_b, VY_MAP_STALE, 1, 9)));
	CHECK(!vy_unit_ok(&u, vy_unit_seed(set_a, VY_MAP_WIB, 1, 9)));
	CHECK(!vy_unit_ok(&u, vy_unit_seed(set_a, VY_MAP_STALE, 2, 9)));
	CHECK(!vy_unit_ok(&u, vy_unit_seed(set_a, VY_MAP_STALE, 1, 8)));
	CHECK(!vy_unit_ok(&u, vy_unit_seed(set_a, VY_MAP_STALE, 1, 9 | 1ULL << 32)));
}

static void test_blank_units_are_refused(void)
{
	u32 seed = vy_unit_seed(set_a, VY_MAP_WIB, 0, 0);
	struct vy_map_unit u;

	memset(&u, 0, sizeof(u));
	CHECK(!vy_unit_ok(&u, seed));
	memset(&u, 0xff, sizeof(u));
	CHECK(!vy_unit_ok(&u, seed));
}

static void test_words_round_trip(void)
{
	u64 in[VY_UNIT_WORDS], out[VY_UNIT_WORDS + 1];
	struct vy_map_unit u;
	u32 n, i;

	for (i = 0; i < VY_UNIT_WORDS; i++)
		in[i] = 0x0123456789abcdefULL * (i + 1);
	for (n = 0; n <= VY_UNIT_WORDS; n++) {
		memset(&u, 0xee, sizeof(u));
		vy_unit_put_words(&u, in, n);
		for (i = n * 8; i < sizeof(u.bits); i++)
			CHECK_EQ(u.bits[i], 0);
		memset(out, 0x55, sizeof(out));
		vy_unit_get_words(&u, out, n);
		CHECK_MEM(out, in, n * 8);
		CHECK_EQ(out[n], 0x5555555555555555ULL);
	}
}

/* Bit n of a word is bit n % 8 of byte n / 8 of the payload. */
static void test_bit_order(void)
{
	struct vy_map_unit u;
	u64 w[2];
	unsigned int n;

	for (n = 0; n < 128; n++) {
		memset(w, 0, sizeof(w));
		w[n / 64] = 1ULL << n % 64;
		vy_unit_put_words(&u, w, 2);
		CHECK_EQ(u.bits[n / 8], 1 << n % 8);
	}
}

static void test_read_or_adds_bits(void)
{
	u32 seed = vy_unit_seed(set_a, VY_MAP_WIB, 0, 4);
	u64 w[2] = { 0x00ff, 1ULL << 63 }, out[3] = { 0xff00, 2, 3 };
	struct vy_map_unit u;

	vy_unit_put_words(&u, w, 2);
	vy_unit_seal(&u, seed, 0);
	CHECK(vy_unit_read_or(&u, seed, out, 2));
	CHECK_EQ(out[0], 0xffff);
	CHECK_EQ(out[1], 1ULL << 63 | 2);
	CHECK_EQ(out[2], 3);
}

static void test_bad_unit_reads_as_ones(void)
{
	u32 seed = vy_unit_seed(set_a, VY_MAP_WIB, 0, 4), n;
	u64 out[VY_UNIT_WORDS + 1];
	struct vy_map_unit u;

	memset(&u, 0, sizeof(u));
	for (n = 0; n <= VY_UNIT_WORDS; n++) {
		u32 i;

		memset(out, 0, sizeof(out));
		CHECK(!vy_unit_read_or(&u, seed, out, n));
		for (i = 0; i < n; i++)
			CHECK_EQ(out[i], ~0ULL);
		CHECK_EQ(out[n], 0);
	}
}

static const struct unit_test tests[] = {
	UNIT(test_sealed_unit_is_good),
	UNIT(test_known_bytes),
	UNIT(test_every_bit_flip_is_refused),
	UNIT(test_misplaced_unit_is_refused),
	UNIT(test_blank_units_are_refused),
	UNIT(test_words_round_trip),
	UNIT(test_bit_order),
	UNIT(test_read_or_adds_bits),
	UNIT(test_bad_unit_reads_as_ones),
};
UNIT_MAIN(tests)
