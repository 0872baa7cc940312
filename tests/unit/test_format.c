// SPDX-License-Identifier: GPL-2.0
/* The codecs: bytes seen on real disks, every field there and back, limits. */
#include <stdlib.h>
#include "../../activator/format/be.h"
#include "../../activator/format/name.h"
#include "../../activator/format/native.h"
#include "../../activator/format/sniff.h"
#include "../../activator/vg/vg.h"
#include "unit.h"

/* A disk with a PVID and nothing else. */
static void test_ipl_vectors(void)
{
	static const uint8_t pvid1[16] = { 0x00, 0x00, 0x31, 0x3a, 0xbb, 0x56, 0x79, 0x08 };
	static const uint8_t pvid2[16] = { 0x00, 0x09, 0xc6, 0x12, 0x6c, 0x13, 0x35, 0x61 };
	uint8_t sector[SECTOR] = { 0xc9, 0xc2, 0xd4, 0xc1 }, out[SECTOR], id[16];

	memcpy(sector + 0x80, pvid1, 16);
	CHECK(aix_ipl_decode(sector, id));
	CHECK_MEM(id, pvid1, 16);
	memset(out, 0xff, sizeof(out));
	aix_ipl_encode(out, pvid1);
	CHECK_MEM(out, sector, SECTOR);
	aix_ipl_encode(out, pvid2);
	CHECK_MEM(out + 0x80, pvid2, 16);
	sector[3] ^= 1;
	CHECK(!aix_ipl_decode(sector, id));
}

/* A VGSA, and the start of the VGDA behind it, of a disk of 2007. */
static void test_vgsa_vgda_vector(void)
{
	static const uint8_t vgsa_stamp[8] = { 0x46, 0x67, 0xa0, 0xe6, 0x24, 0x62, 0x3f, 0x5d };
	static const uint8_t factor[4] = { 0x00, 0x01, 0x00, 0x00 };
	static const uint8_t vgda[24] = {
		0x46, 0x67, 0xa3, 0x3b, 0x2a, 0xba, 0x55, 0x3c, 0x00, 0xc2, 0x2f, 0x2f,
		0x00, 0x00, 0x4c, 0x00, 0x00, 0x00, 0x01, 0x13, 0x04, 0xcc, 0x9a, 0x47,
	};
	uint8_t disk[AIX_VGSA_BYTES] = { 0 }, out[AIX_VGSA_BYTES], sector[SECTOR] = { 0 };
	struct aix_vgda_hdr h;

	memcpy(disk, vgsa_stamp, 8);
	memcpy(disk + 0xfec, factor, 4);
	memcpy(disk + 0xff8, vgsa_stamp, 8);
	CHECK_EQ(aix_vgsa_stamp(disk), 0x4667a0e624623f5d);
	aix_vgsa_init(out, 0x4667a0e624623f5d);
	CHECK_MEM(out, disk, sizeof(out));
	disk[0xfff] ^= 1;
	CHECK_EQ(aix_vgsa_stamp(disk), 0);

	memcpy(sector, vgda, sizeof(vgda));
	aix_vgda_hdr_decode(sector, &h);
	CHECK_EQ(h.stamp, 0x4667a33b2aba553c);
	CHECK_MEM(h.vgid, vgda + 8, 16);
	aix_vgda_hdr_encode(out, &h);
	CHECK_MEM(out, sector, SECTOR);
}

/* PV 3 of a real VG: clean are PPs 15 to 24 and nothing else up to 75. */
static void test_vgsa_stale_vector(void)
{
	static const uint8_t row[] = { 0xff, 0x3f, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0x07 };
	uint8_t buf[AIX_VGSA_BYTES], again[AIX_VGSA_BYTES];
	unsigned int pp;

	aix_vgsa_init(buf, 0x386e9c7312c54993);
	memcpy(again, buf, sizeof(buf));
	memcpy(buf + 12 + 2 * 127, row, sizeof(row));
	for (pp = 1; pp <= AIX_VGSA_PPS; pp++) {
		bool stale = pp <= 67 && !(pp >= 15 && pp <= 24);

		CHECK_EQ(aix_vgsa_stale(buf, 3, pp), stale);
		if (stale)
			aix_vgsa_set_stale(again, 3, pp);
		CHECK(!aix_vgsa_stale(buf, 2, pp) && !aix_vgsa_stale(buf, 4, pp));
	}
	CHECK_MEM(again, buf, sizeof(buf));
}

static void test_vgsa_limits(void)
{
	uint8_t buf[AIX_VGSA_BYTES], clean[AIX_VGSA_BYTES];

	aix_vgsa_init(buf, 1);
	memcpy(clean, buf, sizeof(buf));
	aix_vgsa_set_stale(buf, 0, 1);
	aix_vgsa_set_stale(buf, 33, 1);
	aix_vgsa_set_stale(buf, 1, 0);
	aix_vgsa_set_stale(buf, 32, 1017);
	aix_vgsa_set_missing(buf, 0);
	aix_vgsa_set_missing(buf, 33);
	CHECK_MEM(buf, clean, sizeof(buf));
	CHECK(!aix_vgsa_stale(buf, 33, 1) && !aix_vgsa_missing(buf, 33));
	aix_vgsa_set_stale(buf, 32, 1016);
	CHECK_EQ(buf[12 + 32 * 127 - 1], 0x80);
	aix_vgsa_set_missing(buf, 32);
	aix_vgsa_set_missing(buf, 1);
	CHECK_EQ(be32_at(buf, sizeof(buf), 8), 0x80000001);
	CHECK(aix_vgsa_missing(buf, 32) && !aix_vgsa_missing(buf, 31));
}

/* The record of PV 1 as readvgda showed it; DD is AIX's filler. */
static void test_lvmrec_vector(void)
{
	uint8_t disk[SECTOR] = {
		0x5f, 0x4c, 0x56, 0x4d, 0x00, 0x37, 0x52, 0x14, 0x00, 0x00, 0x4c, 0x00,
		0x00, 0x00, 0x00, 0xdc, 0x6f, 0xfb, 0xa3, 0x62, 0x00, 0x00, 0x10, 0x74,
		0x00, 0x00, 0x08, 0x32, 0x00, 0x00, 0x00, 0x88, 0x00, 0x00, 0x08, 0xc2,
		0x11, 0x17, 0x72, 0x27, 0x00, 0x00, 0x01, 0x00, 0x00, 0x01, 0x00, 0x1c,
		0x00, 0x00, 0x00, 0x08, 0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x08, 0xba,
		0x00, 0x08, 0xdd, 0xdd,
	};
	uint8_t out[SECTOR];
	struct aix_lvmrec r;

	memset(disk + 68, 0xdd, SECTOR - 68);
	CHECK(aix_lvmrec_decode(disk, &r));
	CHECK_EQ(r.lvmarea_len, 4212);
	CHECK_EQ(r.vgda_len, 2098);
	CHECK_EQ(r.vgda_psn[0], 136);
	CHECK_EQ(r.vgda_psn[1], 2242);
	CHECK_EQ(r.reloc_psn, 286749479 - 256);
	CHECK_EQ(r.reloc_len, 256);
	CHECK_EQ(r.pv_num, 1);
	CHECK_EQ(r.pp_shift, 28);
	CHECK_EQ(r.vgsa_len, 8);
	CHECK_EQ(r.vgsa_psn[0], 128);
	CHECK_EQ(r.vgsa_psn[1], 2234);
	CHECK_EQ(r.version, 8);
	aix_lvmrec_encode(out, &r);
	CHECK_MEM(out, disk, 62);
	disk[0] = 'x';
	CHECK(!aix_lvmrec_decode(disk, &r));
}

/*
 * A structure of which every byte that is encoded differs goes there and
 * back; then all zero and all ones.
 */
#define ROUND_TRIP(type, encode, decode, size, ...) do { \
	uint8_t b_[size], b2_[size]; \
	type a_ = { __VA_ARGS__ }, c_; \
	unsigned int k_; \
	memset(&c_, 0, sizeof(c_)); \
	encode(b_, &a_); \
	decode(b_, &c_); \
	encode(b2_, &c_); \
	CHECK_MEM(b2_, b_, size); \
	for (k_ = 0; k_ < 2; k_++) { \
		memset(&a_, k_ ? 0xff : 0, sizeof(a_)); \
		encode(b_, &a_); \
		decode(b_, &c_); \
		encode(b2_, &c_); \
		CHECK_MEM(b2_, b_, size); \
	} \
} while (0)

static void test_entries_round_trip(void)
{
	uint8_t b[AIX_ENTRY];
	struct aix_lv_entry l = {
		.name_index = 0x0102, .maxsize = 0x03040506, .lv_state = 7, .mirror = 8,
		.mirror_policy = 0x090a, .num_lps = 0x0b0c0d0e, .permissions = 15,
		.bb_relocation = 16, .write_verify = 17, .mwc = 18, .stripe_exp = 0x1314,
		.stripe_width = 0x1516,
	};
	static const uint8_t lv_bytes[AIX_ENTRY] = {
		1, 2, 0, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
	};
	struct aix_pv_hdr p = {
		.pvid = { 1, 2, 3, 4, 5, 6, 7, 8 }, .pp_count = 0x090a, .pv_state = 11,
		.psn_part1 = 0x0c0d0e0f, .vgdas = 0x1011, .pv_num = 0x1213,
	};
	static const uint8_t pv_bytes[AIX_ENTRY] = {
		1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0, 9, 10, 11, 0, 12, 13, 14, 15,
		16, 17, 18, 19,
	};
	struct aix_pp_entry e = {
		.lv_index = 0x0102, .lp_num = 0x03040506, .copy = 7, .pp_state = 8,
		.alt_pv = { 9, 10 }, .alt_pp = { 0x0b0c, 0x0d0e },
	};
	static const uint8_t pp_bytes[AIX_ENTRY] = {
		1, 2, 0, 0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	};

	aix_lv_entry_encode(b, &l);
	CHECK_MEM(b, lv_bytes, sizeof(b));
	aix_pv_hdr_encode(b, &p);
	CHECK_MEM(b, pv_bytes, sizeof(b));
	aix_pp_entry_encode(b, &e);
	CHECK_MEM(b, pp_bytes, sizeof(b));
	ROUND_TRIP(struct aix_lv_entry, aix_lv_entry_encode, aix_lv_entry_decode, AIX_ENTRY,
		   .maxsize = 0x01020304);
	ROUND_TRIP(struct aix_pv_hdr, aix_pv_hdr_encode, aix_pv_hdr_decode, AIX_ENTRY,
		   .pp_count = 1016);
	ROUND_TRIP(struct aix_pp_entry, aix_pp_entry_encode, aix_pp_entry_decode, AIX_ENTRY,
		   .lp_num = 32512);
	ROUND_TRIP(struct aix_vgda_hdr, aix_vgda_hdr_encode, aix_vgda_hdr_decode, SECTOR,
		   .numlvs = 1, .maxlvs = 256, .pp_shift = 28, .numpvs = 3, .total_vgdas = 3,
		   .vgda_size = 2098, .quorum = 1, .auto_varyon = 1, .ext_off = 2065,
		   .ext_len = 512, .ext_used = 3, .pv_used = 34, .checksum = 0xdeadbeef);
	ROUND_TRIP(struct aix_lvmrec, aix_lvmrec_encode, aix_lvmrec_decode, SECTOR,
		   .vgda_len = 8192, .version = 32100, .ltg_shift = 18);
	ROUND_TRIP(struct native_ext, native_ext_encode, native_ext_decode, SECTOR,
		   .version = 1, .feat_compat = 1, .feat_ro = 2, .feat_incompat = 4,
		   .ctime = 5, .num_records = 6, .record_bytes = 512, .name = "vg",
		   .spare_policy = 'y', .auto_sync = 'n', .parent = { 7 }, .snapshot = { 8 });
	ROUND_TRIP(struct native_lv, native_lv_encode, native_lv_decode, NATIVE_RECORD,
		   .num = 255, .type = 1, .flags = 1, .strict = 1, .inter = 'm', .intra = 'c',
		   .region_shift = 12, .zone_shift = 22, .nslots = 4, .uuid = { 9 }, .ctime = 1,
		   .mtime = 2, .type_name = "boot", .label = "/",
		   .parent = 3, .parent_copy = 2, .writable = 1, .row_log = 2,
		   .leg = { { .uuid = { 1 }, .pv_num = 1, .sectors = 56, .sector = 1ULL << 40,
			      .flags = 32, .slot = 7, .serves = 1 } });
}

/* A slot that is the leg's number is a zero, as an older release wrote it. */
static void test_leg_bytes(void)
{
	struct native_lv l = { .parent = 9, .parent_copy = 10, .writable = 11 }, got;
	struct native_ext x = { .spare_policy = 'Y', .auto_sync = 'y', .parent = { 1 },
				.snapshot = { 2 } };
	uint8_t b[NATIVE_RECORD];
	unsigned int i;

	for (i = 0; i < NATIVE_LEGS; i++)
		l.leg[i].slot = (uint8_t)i;
	l.leg[2].slot = 5;
	l.leg[2].flags = 0x35;
	l.leg[2].serves = 1;
	native_lv_encode(b, &l);
	CHECK_EQ(b[9], 9);
	CHECK_EQ(b[10], 10);
	CHECK_EQ(b[11], 11);
	CHECK_EQ(b[192 + 32 + 19], 0);
	CHECK_EQ(b[192 + 64 + 18], 0x35);
	CHECK_EQ(b[192 + 64 + 19], 5 ^ 2);
	CHECK_EQ(b[448 + 2], 1);
	native_lv_decode(b, &got);
	CHECK_EQ(got.leg[2].slot, 5);
	CHECK_EQ(got.leg[7].slot, 7);
	native_ext_encode(b, &x);
	CHECK_EQ(b[120], 'Y');
	CHECK_EQ(b[121], 'y');
	CHECK_EQ(b[128], 1);
	CHECK_EQ(b[144], 2);
}

/* Records are packed: 271 PPs take 17 sectors, 542 take 34, 1016 take 64. */
static void test_pv_record_sectors(void)
{
	CHECK_EQ(aix_pv_record_sectors(271), 17);
	CHECK_EQ(aix_pv_record_sectors(542), 34);
	CHECK_EQ(aix_pv_record_sectors(1007), 63);
	CHECK_EQ(aix_pv_record_sectors(1008), 64);
	CHECK_EQ(aix_pv_record_sectors(1016), 64);
	CHECK_EQ(aix_pv_record_sectors(15), 1);
	CHECK_EQ(aix_pv_record_sectors(16), 2);
}

static void test_copy_codes(void)
{
	unsigned int c, n, c2, n2, seen = 0;

	for (n = 1; n <= 3; n++)
		for (c = 0; c < n; c++) {
			uint8_t code = aix_copy_code(c, n);

			CHECK(aix_copy_from_code(code, &c2, &n2));
			CHECK_EQ(c2, c);
			CHECK_EQ(n2, n);
			seen |= 1U << code;
		}
	CHECK_EQ(seen, 0x3f);
	CHECK_EQ(aix_copy_code(1, 2), 3);
	CHECK(!aix_copy_from_code(6, &c, &n));
	CHECK(!aix_copy_from_code(255, &c, &n));
}

static void test_reads_are_bounded(void)
{
	uint8_t b[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	CHECK_EQ(be16_at(b, 8, 6), 0x0708);
	CHECK_EQ(be16_at(b, 8, 7), 0);
	CHECK_EQ(be32_at(b, 8, 4), 0x05060708);
	CHECK_EQ(be32_at(b, 8, 5), 0);
	CHECK_EQ(be64_at(b, 8, 0), 0x0102030405060708);
	CHECK_EQ(be64_at(b, 8, 1), 0);
	CHECK_EQ(be32_at(b, 8, SIZE_MAX - 1), 0);
	CHECK_EQ(u8_at(b, 8, 8), 0);
	be32_put(b, 8, 5, 0xffffffff);
	be64_put(b, 8, SIZE_MAX, 0);
	CHECK_EQ(be64_at(b, 8, 0), 0x0102030405060708);
}

static void test_extents(void)
{
	struct aix_vgda_hdr h = {
		.ext_off = NATIVE_EXT_OFF, .ext_len = 512, .ext_used = 3, .pv_used = 34,
	}, bad;
	struct vgda_extent ext[VGDA_EXTENTS];
	static const uint32_t values[] = { 0, 1, 511, 513, 2049, 0x7fffffff, 0xffffffff };
	unsigned int i;

	CHECK_EQ(vgda_extents(&h, true, NATIVE_VGDA_LEN, ext), 3);
	CHECK_EQ(ext[0].len, 17 + 34);
	CHECK_EQ(ext[1].start, 2065);
	CHECK_EQ(ext[2].start + ext[2].len, NATIVE_VGDA_LEN);
	CHECK_EQ(vgda_extents(&h, false, AIX_VGDA_LEN, ext), 1);
	CHECK_EQ(ext[0].len, AIX_VGDA_LEN);
	CHECK_EQ(vgda_extents(&h, true, NATIVE_VGDA_LEN - 1, ext), 0);
	CHECK_EQ(vgda_extents(&h, false, 0, ext), 0);
	CHECK_EQ(vgda_extents(&h, false, 50, ext), 0);
	CHECK_EQ(vgda_extents(&h, false, 8193, ext), 0);
	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		bad = h;
		bad.ext_off = values[i];
		CHECK_EQ(vgda_extents(&bad, true, NATIVE_VGDA_LEN, ext), 0);
		bad = h;
		bad.ext_len = values[i];
		CHECK_EQ(vgda_extents(&bad, true, NATIVE_VGDA_LEN, ext), 0);
		bad = h;
		bad.ext_used = values[i];
		CHECK_EQ(vgda_extents(&bad, true, NATIVE_VGDA_LEN, ext) == 3,
			 values[i] && values[i] <= 512);
		bad = h;
		bad.pv_used = values[i];
		CHECK_EQ(vgda_extents(&bad, true, NATIVE_VGDA_LEN, ext) == 3,
			 values[i] && values[i] <= 2048);
	}
}

/* The checksum covers each byte of each extent, and not itself. */
static void test_checksum_covers(void)
{
	static const struct vgda_extent ext[3] = { { 0, 19 }, { 25, 2 }, { 30, 33 } };
	size_t len = 63 * SECTOR, i;
	uint8_t *buf = malloc(len);
	uint32_t crc;
	unsigned int k;

	for (i = 0; i < len; i++)
		buf[i] = (uint8_t)(i * 7);
	crc = native_vgda_crc(buf, ext, 3);
	for (i = 0; i < len; i += i < 80 ? 1 : 253) {
		bool in = false;

		for (k = 0; k < 3; k++)
			in |= i / SECTOR >= ext[k].start && i / SECTOR < ext[k].start + ext[k].len;
		if (i >= 44 && i < 48)
			in = false;
		buf[i] ^= 0x10;
		CHECK_EQ(native_vgda_crc(buf, ext, 3) != crc, in);
		buf[i] ^= 0x10;
	}
	free(buf);
}

static void test_names(void)
{
	uint8_t field[64];
	char dst[64];

	CHECK(!name_why_bad("rootvg", 63));
	CHECK(!name_why_bad("a.b_c+d-9", 63));
	CHECK(name_why_bad("", 63) != NULL);
	CHECK(name_why_bad("-a", 63) != NULL);
	CHECK(name_why_bad(".a", 63) != NULL);
	CHECK(name_why_bad("..", 63) != NULL);
	CHECK(name_why_bad("a/b", 63) != NULL);
	CHECK(name_why_bad("a b", 63) != NULL);
	CHECK(name_why_bad("a\nb", 63) != NULL);
	CHECK(name_why_bad("a\x01", 63) != NULL);
	CHECK(name_why_bad("\xc3\xa4", 63) != NULL);
	CHECK(!name_why_bad("123456789012345", 15));
	CHECK(name_why_bad("1234567890123456", 15) != NULL);

	memset(field, 'x', sizeof(field));
	CHECK(name_from_field(dst, field, sizeof(field)) != NULL);
	field[63] = 0;
	CHECK(!name_from_field(dst, field, sizeof(field)));
	CHECK_EQ(strlen(dst), 63);
	field[5] = '\n';
	CHECK(name_from_field(dst, field, sizeof(field)) != NULL);
	field[5] = 0x7f;
	CHECK(name_from_field(dst, field, sizeof(field)) != NULL);
}

static void test_sniff(void)
{
	static const struct { size_t off; const char *magic; size_t len; } all[] = {
		{ 0, "XFSB", 4 }, { 1080, "\x53\xef", 2 }, { 65600, "_BHRfS_M", 8 },
		{ 4086, "SWAPSPACE2", 10 }, { 4096, "\xfc\x4e\x2b\xa9", 4 },
		{ 512, "LABELONE", 8 }, { 512, "EFI PART", 8 }, { 510, "\x55\xaa", 2 },
	};
	uint8_t *buf = calloc(1, SNIFF_TAIL);
	uint64_t size = (1ULL << 30) + 5 * 4096 + 512;
	size_t i;

	CHECK(!sniff_head(buf, SNIFF_HEAD));
	CHECK(!sniff_head(buf, 0));
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		memcpy(buf + all[i].off, all[i].magic, all[i].len);
		CHECK(sniff_head(buf, SNIFF_HEAD) != NULL);
		CHECK(!sniff_head(buf, all[i].off + all[i].len - 1));
		memset(buf + all[i].off, 0, all[i].len);
	}
	CHECK(!sniff_tail(buf, SNIFF_TAIL, size));
	memcpy(buf + SNIFF_TAIL - 8192 - 512, "\xfc\x4e\x2b\xa9", 4);
	CHECK(sniff_tail(buf, SNIFF_TAIL, size) != NULL);
	CHECK(!sniff_tail(buf, SNIFF_TAIL, size + 512));
	CHECK(!sniff_tail(buf, SNIFF_TAIL, 100));
	free(buf);
}

/* Distributions that real disks showed. */
static void test_bands(void)
{
	static const unsigned int want[][6] = {
		{ 271, 55, 54, 54, 54, 54 }, { 542, 109, 108, 108, 108, 109 },
		{ 1023, 205, 205, 204, 204, 205 }, { 639, 128, 128, 127, 128, 128 },
		{ 399, 80, 80, 79, 80, 80 }, { 1917, 384, 383, 383, 383, 384 },
		{ 546, 110, 109, 109, 109, 109 }, { 0, 0, 0, 0, 0, 0 }, { 1, 1, 0, 0, 0, 0 },
	};
	unsigned int i, k, len[5];

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		vg_bands(want[i][0], len);
		for (k = 0; k < 5; k++)
			CHECK_EQ(len[k], want[i][k + 1]);
	}
}

static void test_quorum_table(void)
{
	static const unsigned int table[][2] = {
		{ 1, 1 }, { 2, 2 }, { 3, 2 }, { 4, 3 }, { 5, 3 }, { 8, 5 }, { 14, 8 }, { 32, 17 },
	};
	struct vg vg = { .quorum = true };
	unsigned int i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		vg.quorum = true;
		vg.total_vgdas = table[i][0];
		CHECK_EQ(vg_quorum_needed(&vg), table[i][1]);
		vg.seen_vgdas = table[i][1];
		CHECK(vg_has_quorum(&vg));
		vg.seen_vgdas--;
		CHECK(!vg_has_quorum(&vg));
		vg.quorum = false;
		CHECK_EQ(vg_quorum_needed(&vg), 1);
	}
	vg.seen_vgdas = 0;
	CHECK(!vg_has_quorum(&vg));
}

static const struct unit_test tests[] = {
	UNIT(test_ipl_vectors),
	UNIT(test_vgsa_vgda_vector),
	UNIT(test_vgsa_stale_vector),
	UNIT(test_vgsa_limits),
	UNIT(test_lvmrec_vector),
	UNIT(test_entries_round_trip),
	UNIT(test_leg_bytes),
	UNIT(test_pv_record_sectors),
	UNIT(test_copy_codes),
	UNIT(test_reads_are_bounded),
	UNIT(test_extents),
	UNIT(test_checksum_covers),
	UNIT(test_names),
	UNIT(test_sniff),
	UNIT(test_bands),
	UNIT(test_quorum_table),
};
UNIT_MAIN(tests)
