// SPDX-License-Identifier: GPL-2.0
/* Superblock codec and SA geometry: round trips, limits, damage. */
#include "unit.h"
#include "../../kernel/core/super.h"

#define GEN	0x1111111111111111ULL

/* A superblock of leg 1 of 3 with every kind of slot that may be. */
static struct vy_sb sample(void)
{
	struct vy_sb sb;
	int i;

	memset(&sb, 0, sizeof(sb));
	memcpy(sb.set_uuid, "the set's uuid..", 16);
	memcpy(sb.self_uuid, "leg-1-leg-1-leg-", 16);
	sb.seq = 77;
	sb.gen = GEN;
	for (i = 0; i < VY_HIST; i++)
		sb.hist[i] = 0x2000 + i;
	sb.prev_gen = sb.hist[0];
	sb.self_slot = 1;
	sb.type = VY_TYPE_MIRROR;
	sb.flags = VY_SB_INCONSISTENT;
	vy_geom_init(&sb.geom, 3, 12, 22, 1 << 20);
	sb.bbr_off = sb.geom.bbr_off;
	sb.sa_sectors = sb.geom.sa_bytes / 512 + 8;
	for (i = 0; i < 3; i++) {
		memcpy(sb.slot[i].leg_uuid, "leg-0-leg-0-leg-", 16);
		sb.slot[i].leg_uuid[4] = sb.slot[i].leg_uuid[10] = '0' + i;
		sb.slot[i].state = VY_SLOT_MEMBER;
	}
	sb.slot[2].state = VY_SLOT_AWAY;
	sb.slot[2].base_gen = 0x2000;
	sb.slot[2].stale_regions = 5;
	return sb;
}

/* CRC32C of the block, computed bit by bit with the field taken as zero. */
static void reseal(struct vy_super *d)
{
	const u8 *p = (const u8 *)d;
	u32 crc = ~0U;
	int i, k;

	d->csum = 0;
	for (i = 0; i < VY_BLOCK; i++) {
		crc ^= p[i];
		for (k = 0; k < 8; k++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78U : crc >> 1;
	}
	d->csum = cpu_to_le32(crc);
}

static void test_round_trip(void)
{
	struct vy_sb in = sample(), out;
	struct vy_super d;

	vy_super_encode(&in, &d);
	CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_OK);
	CHECK_EQ(out.seq, in.seq);
	CHECK_EQ(out.gen, in.gen);
	CHECK_EQ(out.prev_gen, in.prev_gen);
	CHECK_MEM(out.hist, in.hist, sizeof(in.hist));
	CHECK_MEM(out.set_uuid, in.set_uuid, 16);
	CHECK_MEM(out.self_uuid, in.self_uuid, 16);
	CHECK_EQ(out.self_slot, 1);
	CHECK_EQ(out.type, VY_TYPE_MIRROR);
	CHECK_EQ(out.flags, VY_SB_INCONSISTENT);
	CHECK_EQ(out.sa_sectors, in.sa_sectors);
	CHECK_EQ(out.bbr_off, in.geom.bbr_off);
	CHECK_MEM(&out.geom, &in.geom, sizeof(in.geom));
	CHECK_EQ(out.slot[2].state, VY_SLOT_AWAY);
	CHECK_EQ(out.slot[2].base_gen, 0x2000);
	CHECK_EQ(out.slot[2].stale_regions, 5);
	CHECK_MEM(out.slot[2].leg_uuid, "leg-2-leg-2-leg-", 16);
	CHECK_EQ(out.slot[3].state, VY_SLOT_EMPTY);
}

static void test_bytes_on_disk(void)
{
	struct vy_sb in = sample();
	struct vy_super d;
	u32 csum;

	memset(&d, 0xee, sizeof(d));
	in.gen = 0x0102030405060708ULL;
	vy_super_encode(&in, &d);
	CHECK_MEM(&d, "VARYONSA", 8);
	CHECK_MEM((u8 *)&d + 0x00c, "\x01\x00\x00\x10", 4);
	CHECK_MEM((u8 *)&d + 0x050, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
	CHECK_MEM((u8 *)&d + 0x120, "\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0", 16);
	CHECK_MEM((u8 *)&d + 0x130, "\x0c\x16\0\0\0\0\0\0", 8);
	CHECK_MEM((u8 *)&d + 0x138, "\0\0\x10\0\0\0\0\0", 8);
	CHECK_MEM((u8 *)&d + 0x148, "\0\x20\0\0\0\0\0\0\0\x30\0\0\0\0\0\0", 16);
	CHECK_MEM((u8 *)&d + 0x178 + 2 * 64, "leg-2-leg-2-leg-\0\x20\0\0\0\0\0\0\x02\0\0\0", 28);
	csum = le32_to_cpu(d.csum);
	reseal(&d);
	CHECK_EQ(csum, le32_to_cpu(d.csum));
}

/* An area of an older release, which had no spare blocks, needs no room for them. */
static void test_without_spares(void)
{
	struct vy_sb in = sample(), out;
	struct vy_super d;

	in.bbr_off = 0;
	in.sa_sectors = in.geom.sa_bytes_min / 512;
	vy_super_encode(&in, &d);
	CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_OK);
	CHECK_EQ(out.bbr_off, 0);
	in.bbr_off = in.geom.bbr_off;
	vy_super_encode(&in, &d);
	CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_FIELD_BAD);
	in.bbr_off = 0;
	in.sa_sectors--;
	vy_super_encode(&in, &d);
	CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_FIELD_BAD);
}

static void test_every_bit_flip_is_refused(void)
{
	struct vy_sb in = sample(), out;
	struct vy_super d;
	u8 *p = (u8 *)&d;
	unsigned int bit;

	vy_super_encode(&in, &d);
	for (bit = 0; bit < VY_BLOCK * 8; bit++) {
		p[bit / 8] ^= 1 << bit % 8;
		CHECK_EQ(vy_super_decode(&d, &out),
			 bit / 8 < 8 ? VY_SUPER_MAGIC_BAD : VY_SUPER_CSUM_BAD);
		p[bit / 8] ^= 1 << bit % 8;
	}
	CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_OK);
}

/* A RAID5: chunk and algorithm come back, and what cannot be is refused. */
static void test_raid5(void)
{
	static const struct { u8 shift, algorithm; u32 nslots; u64 sectors; bool ok; } form[] = {
		{ 14, 2, 3, 1 << 20, true }, { 20, 2, 3, 1 << 20, true },
		{ 16, 2, 8, 128, true }, { 16, 2, 3, 128 + 64, false },
		{ 13, 2, 3, 1 << 20, false }, { 21, 2, 3, 1 << 20, false },
		{ 0, 2, 3, 1 << 20, false }, { 16, 0, 3, 1 << 20, false },
		{ 16, 3, 3, 1 << 20, false }, { 16, 2, 2, 1 << 20, false },
	};
	unsigned int i;

	for (i = 0; i < sizeof(form) / sizeof(form[0]); i++) {
		struct vy_sb in = sample(), out;
		struct vy_super d;

		in.type = VY_TYPE_RAID5;
		in.chunk_shift = form[i].shift;
		vy_geom_init(&in.geom, form[i].nslots, 12, 22, form[i].sectors);
		in.bbr_off = in.geom.bbr_off;
		in.sa_sectors = in.geom.sa_bytes / 512;
		if (form[i].nslots < 3)
			memset(&in.slot[2], 0, sizeof(in.slot[2]));
		vy_super_encode(&in, &d);
		d.algorithm = form[i].algorithm;
		reseal(&d);
		CHECK_EQ(vy_super_decode(&d, &out),
			 form[i].ok ? VY_SUPER_OK : VY_SUPER_FIELD_BAD);
		if (!form[i].ok)
			continue;
		CHECK_EQ(out.type, VY_TYPE_RAID5);
		CHECK_EQ(out.chunk_shift, form[i].shift);
		CHECK_EQ(vy_members_needed(&out), form[i].nslots - 1);
	}
}

/* A row log has whole slots behind the spare blocks, and LOGGED needs one. */
static void test_row_log(void)
{
	struct vy_sb in = sample(), out;
	struct vy_super d, good;
	unsigned int i;

	in.type = VY_TYPE_RAID5;
	in.chunk_shift = 16;
	in.flags = VY_SB_LOGGED;
	in.log_slots = 5;
	in.sa_sectors = (in.geom.sa_bytes + 5 * VY_LOG_SLOT) / 512;
	vy_super_encode(&in, &good);
	CHECK_EQ(vy_super_decode(&good, &out), VY_SUPER_OK);
	CHECK_EQ(out.log_slots, 5);
	CHECK_EQ(out.flags, VY_SB_LOGGED);
	CHECK_EQ(out.log_gen, 0);
	/* of a generation of its own: who does not know that is not to use it */
	in.log_gen = 77;
	vy_super_encode(&in, &d);
	CHECK_EQ(le64_to_cpu(d.feat_incompat), VY_FEAT_LOG_GEN);
	CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_OK);
	CHECK_EQ(out.log_gen, 77);
	for (i = 0; i < 10; i++) {
		d = good;
		switch (i) {
		case 0:
			d.log_len = cpu_to_le64(6 * VY_LOG_SLOT);	/* no room */
			break;
		case 1:
			d.log_len = cpu_to_le64(5 * VY_LOG_SLOT - 1);
			break;
		case 2:
			d.log_len = 0;
			break;
		case 3:
			d.log_off = cpu_to_le64(le64_to_cpu(d.log_off) + VY_BLOCK);
			break;
		case 4:
			d.bbr_off = 0;
			break;
		case 5:
			d.log_len = cpu_to_le64((1025ULL * VY_LOG_SLOT));
			d.sa_sectors = cpu_to_le64(1ULL << 40);
			break;
		case 6:
			d.log_gen = cpu_to_le64(1);	/* without its feature */
			break;
		case 7:
			d.type = cpu_to_le32(VY_TYPE_MIRROR);
			d.chunk_shift = d.algorithm = 0;
			break;
		case 8:
			d.feat_incompat = cpu_to_le64(VY_FEAT_LOG_GEN);
			break;
		case 9:
			d.feat_incompat = cpu_to_le64(VY_FEAT_LOG_GEN);
			d.log_gen = cpu_to_le64(1);
			d.flags = 0;
			break;
		}
		reseal(&d);
		CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_FIELD_BAD);
	}
}

/* The map of what was ever written lies before the row log, and takes room. */
static void test_map_of_what_was_written(void)
{
	struct vy_sb in = sample(), out;
	struct vy_super d, good;
	uint64_t bare = in.geom.sa_bytes;
	unsigned int i;

	in.type = VY_TYPE_RAID5;
	in.chunk_shift = 16;
	in.log_slots = 2;
	vy_geom_set_written(&in.geom, true);
	CHECK_EQ(in.geom.written_off, bare);
	CHECK_EQ(in.geom.sa_bytes, bare + in.geom.stale_blocks * VY_BLOCK);
	in.sa_sectors = (in.geom.sa_bytes + 2 * VY_LOG_SLOT) / 512;
	vy_super_encode(&in, &good);
	CHECK_EQ(le64_to_cpu(good.log_off), in.geom.sa_bytes);
	CHECK_EQ(vy_super_decode(&good, &out), VY_SUPER_OK);
	CHECK_EQ(out.geom.written_off, bare);
	CHECK_EQ(out.geom.sa_bytes, in.geom.sa_bytes);
	for (i = 0; i < 5; i++) {
		d = good;
		switch (i) {
		case 0:
			d.written_off = cpu_to_le64(bare + VY_BLOCK);
			break;
		case 1:
			d.written_off = 0;
			break;
		case 2:
			d.feat_incompat = 0;
			break;
		case 3:		/* no room */
			d.sa_sectors = cpu_to_le64(in.sa_sectors - 8);
			break;
		case 4:
			d.bbr_off = d.log_off = d.log_len = 0;
			break;
		}
		reseal(&d);
		CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_FIELD_BAD);
	}
	vy_geom_set_written(&in.geom, false);
	CHECK_EQ(in.geom.written_off, 0);
	CHECK_EQ(in.geom.sa_bytes, bare);
}

static void test_torn_at_every_sector(void)
{
	struct vy_sb old = sample(), new = sample(), out;
	struct vy_super a, b, torn;
	unsigned int at;

	/* Old and new differ in the first sector and, by slot 7 and up, in the third. */
	vy_geom_init(&old.geom, 8, 12, 22, 1 << 20);
	old.bbr_off = old.geom.bbr_off;
	old.sa_sectors = old.geom.sa_bytes / 512;
	new = old;
	new.seq++;
	memcpy(new.slot[7].leg_uuid, "leg-7-leg-7-leg-", 16);
	new.slot[7].state = VY_SLOT_MEMBER;
	vy_super_encode(&old, &a);
	vy_super_encode(&new, &b);
	for (at = 512; at < VY_BLOCK; at += 512) {
		torn = a;
		memcpy(&torn, &b, at);
		CHECK_EQ(vy_super_decode(&torn, &out),
			 memcmp(&torn, &b, VY_BLOCK) ? VY_SUPER_CSUM_BAD : VY_SUPER_OK);
	}
}

/* One field set to a value, sealed again: what must decoding say? */
struct field_case {
	const char *name;
	u16 at;
	u8 len;
	u64 value;
	enum vy_super_err want;
};

#define OFF(f) offsetof(struct vy_super, f)
#define SLOT(n, f) (offsetof(struct vy_super, slot) + (n) * sizeof(struct vy_slot) + \
		    offsetof(struct vy_slot, f))
#define BAD VY_SUPER_FIELD_BAD
#define NEW VY_SUPER_VERSION_BAD
#define OK VY_SUPER_OK

static const struct field_case field_cases[] = {
	{ "version", OFF(version), 2, 0, NEW },
	{ "version", OFF(version), 2, 2, NEW },
	{ "version", OFF(version), 2, 0xffff, NEW },
	{ "size", OFF(size), 2, 0, BAD },
	{ "size", OFF(size), 2, 512, BAD },
	{ "size", OFF(size), 2, 4095, BAD },
	{ "size", OFF(size), 2, 0xffff, BAD },
	{ "feat_compat", OFF(feat_compat), 8, ~0ULL, OK },
	{ "feat_ro", OFF(feat_ro), 8, 1, NEW },
	{ "feat_ro", OFF(feat_ro), 8, 1ULL << 63, NEW },
	{ "feat_incompat: the map of what was written, of a mirror", OFF(feat_incompat), 8, 1, BAD },
	{ "feat_incompat: a generation of the row log, of a mirror", OFF(feat_incompat), 8, 2, BAD },
	{ "feat_incompat", OFF(feat_incompat), 8, 4, NEW },
	{ "feat_incompat", OFF(feat_incompat), 8, 7, NEW },
	{ "feat_incompat", OFF(feat_incompat), 8, 1ULL << 63, NEW },
	{ "seq", OFF(seq), 8, 0, OK },
	{ "seq", OFF(seq), 8, (1ULL << 63) - 1, OK },
	{ "seq", OFF(seq), 8, 1ULL << 63, BAD },
	{ "seq", OFF(seq), 8, ~0ULL, BAD },
	{ "gen", OFF(gen), 8, 0, BAD },
	{ "gen", OFF(gen), 8, ~0ULL, OK },
	{ "gen is prev_gen", OFF(gen), 8, 0x2000, BAD },
	{ "gen is in hist", OFF(gen), 8, 0x2000 + VY_HIST - 1, BAD },
	{ "prev_gen", OFF(prev_gen), 8, 0, BAD },
	{ "prev_gen", OFF(prev_gen), 8, 0x2001, BAD },
	{ "hist[0]", OFF(hist), 8, 0, BAD },
	{ "hist[5]: a hole", OFF(hist) + 40, 8, 0, BAD },
	{ "hist[23]", OFF(hist) + 184, 8, 0, OK },
	{ "hist[23] is gen", OFF(hist) + 184, 8, GEN, BAD },
	{ "nslots", OFF(nslots), 4, 0, BAD },
	{ "nslots", OFF(nslots), 4, 2, BAD },
	{ "nslots: maps would not fit", OFF(nslots), 4, 8, BAD },
	{ "nslots", OFF(nslots), 4, 9, BAD },
	{ "nslots", OFF(nslots), 4, 16, BAD },
	{ "nslots", OFF(nslots), 4, 0xffffffff, BAD },
	{ "self_slot", OFF(self_slot), 4, 0, BAD },
	{ "self_slot", OFF(self_slot), 4, 3, BAD },
	{ "self_slot", OFF(self_slot), 4, 8, BAD },
	{ "self_slot", OFF(self_slot), 4, 0xffffffff, BAD },
	{ "type", OFF(type), 4, 0, NEW },
	{ "type: RAID5 without a chunk", OFF(type), 4, VY_TYPE_RAID5, BAD },
	{ "type", OFF(type), 4, 3, NEW },
	{ "type", OFF(type), 4, 0xffffffff, NEW },
	{ "flags", OFF(flags), 4, 0, OK },
	{ "flags: target", OFF(flags), 4, VY_SB_INCONSISTENT, OK },
	{ "flags: target, whole", OFF(flags), 4, VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL, OK },
	{ "flags: full without target", OFF(flags), 4, VY_SB_NEEDS_FULL, BAD },
	{ "flags", OFF(flags), 4, 4, BAD },
	{ "flags", OFF(flags), 4, 8, BAD },
	{ "flags", OFF(flags), 4, 0x80000000, BAD },
	{ "region_shift", OFF(region_shift), 1, 0, BAD },
	{ "region_shift", OFF(region_shift), 1, 11, BAD },
	{ "region_shift", OFF(region_shift), 1, 17, BAD },
	{ "region_shift", OFF(region_shift), 1, 255, BAD },
	{ "zone_shift", OFF(zone_shift), 1, 0, BAD },
	{ "zone_shift", OFF(zone_shift), 1, 21, BAD },
	{ "zone_shift", OFF(zone_shift), 1, 31, BAD },
	{ "zone_shift", OFF(zone_shift), 1, 255, BAD },
	{ "chunk_shift", OFF(chunk_shift), 1, 16, BAD },
	{ "algorithm", OFF(algorithm), 1, 1, BAD },
	{ "data_sectors", OFF(data_sectors), 8, 0, BAD },
	{ "data_sectors: one less", OFF(data_sectors), 8, (1 << 20) - 1, OK },
	{ "data_sectors: bbr_off would be another", OFF(data_sectors), 8, 1, BAD },
	{ "data_sectors: maps would not fit", OFF(data_sectors), 8, 1ULL << 55, BAD },
	{ "data_sectors", OFF(data_sectors), 8, (1ULL << 55) + 1, BAD },
	{ "data_sectors", OFF(data_sectors), 8, ~0ULL, BAD },
	{ "sa_sectors", OFF(sa_sectors), 8, 0, BAD },
	{ "sa_sectors: one short", OFF(sa_sectors), 8, (18 + 66) * 8 - 1, BAD },
	{ "sa_sectors: just enough", OFF(sa_sectors), 8, (18 + 66) * 8, OK },
	{ "sa_sectors", OFF(sa_sectors), 8, (1ULL << 55), OK },
	{ "sa_sectors", OFF(sa_sectors), 8, (1ULL << 55) + 1, BAD },
	{ "sa_sectors", OFF(sa_sectors), 8, ~0ULL, BAD },
	{ "wib_off", OFF(wib_off), 8, 0, BAD },
	{ "wib_off", OFF(wib_off), 8, 4096, BAD },
	{ "wib_off", OFF(wib_off), 8, 8193, BAD },
	{ "wib_off", OFF(wib_off), 8, ~0ULL, BAD },
	{ "stale_off", OFF(stale_off), 8, 0, BAD },
	{ "stale_off", OFF(stale_off), 8, 8192, BAD },
	{ "stale_off", OFF(stale_off), 8, ~0ULL, BAD },
	{ "bbr_off: none", OFF(bbr_off), 8, 0, OK },
	{ "bbr_off", OFF(bbr_off), 8, 4096, BAD },
	{ "bbr_off", OFF(bbr_off), 8, 19 * 4096, BAD },
	{ "bbr_off", OFF(bbr_off), 8, ~0ULL, BAD },
	{ "log_off", OFF(log_off), 8, 4096, BAD },
	{ "log_len", OFF(log_len), 8, 1, BAD },
	{ "log_gen", OFF(log_gen), 8, 1, BAD },
	{ "set_uuid", OFF(set_uuid), 16, 0, BAD },
	{ "self_uuid", OFF(self_uuid), 16, 0, BAD },
	{ "self_uuid: not the slot's", OFF(self_uuid), 1, 'x', BAD },
	{ "slot 0 uuid: zero", SLOT(0, leg_uuid), 16, 0, BAD },
	{ "slot 0 uuid: that of slot 1", SLOT(0, leg_uuid) + 4, 7, 0x312d67656c2d31, BAD },
	{ "slot 1 uuid: not ours", SLOT(1, leg_uuid), 1, 'x', BAD },
	{ "slot 0 state: empty with uuid", SLOT(0, state), 4, VY_SLOT_EMPTY, BAD },
	{ "slot 0 state: away without base", SLOT(0, state), 4, VY_SLOT_AWAY, BAD },
	{ "slot 2 state: member with base", SLOT(2, state), 4, VY_SLOT_MEMBER, BAD },
	{ "slot 2 state", SLOT(2, state), 4, VY_SLOT_SPLIT, OK },
	{ "slot 2 state", SLOT(2, state), 4, VY_SLOT_TARGET, OK },
	{ "slot 2 state", SLOT(2, state), 4, VY_SLOT_FAILED, OK },
	{ "slot 2 state", SLOT(2, state), 4, VY_SLOT_NR, BAD },
	{ "slot 2 state", SLOT(2, state), 4, 0x101, BAD },
	{ "slot 2 state", SLOT(2, state), 4, 0xffffffff, BAD },
	{ "slot 0 base: member with base", SLOT(0, base_gen), 8, 1, BAD },
	{ "slot 2 base: none", SLOT(2, base_gen), 8, 0, BAD },
	{ "slot 2 base", SLOT(2, base_gen), 8, ~0ULL, OK },
	{ "slot 2 flags", SLOT(2, flags), 4, 1, BAD },
	{ "slot 2 flags", SLOT(2, flags), 4, 0x80000000, BAD },
	{ "slot 2 stale_regions: all", SLOT(2, stale_regions), 8, 1 << 17, OK },
	{ "slot 2 stale_regions: one more", SLOT(2, stale_regions), 8, (1 << 17) + 1, BAD },
	{ "slot 2 stale_regions", SLOT(2, stale_regions), 8, ~0ULL, BAD },
	{ "slot 3 uuid: empty with uuid", SLOT(3, leg_uuid), 1, 'x', BAD },
	{ "slot 3 base: empty with base", SLOT(3, base_gen), 8, 1, BAD },
	{ "slot 3 state: beyond nslots", SLOT(3, state), 4, VY_SLOT_MEMBER, BAD },
	{ "slot 15 state: beyond nslots", SLOT(15, state), 4, VY_SLOT_MEMBER, BAD },
	{ "slot 15 uuid: beyond nslots", SLOT(15, leg_uuid), 1, 'x', BAD },
	{ "pad0: not read", OFF(pad0), 4, ~0U, OK },
	{ "written_off without its feature", OFF(written_off), 8, 4096, BAD },
	{ "reserved: not read", OFF(reserved), 8, ~0ULL, OK },
};

static void test_fields_at_their_limits(void)
{
	struct vy_sb in = sample(), out;
	size_t i, k;

	CHECK_EQ(in.geom.sa_bytes, (18 + 66) * VY_BLOCK);
	for (i = 0; i < sizeof(field_cases) / sizeof(field_cases[0]); i++) {
		const struct field_case *c = &field_cases[i];
		struct vy_super d;
		enum vy_super_err got;

		vy_super_encode(&in, &d);
		for (k = 0; k < c->len; k++)
			((u8 *)&d)[c->at + k] = k < 8 ? c->value >> 8 * k : 0;
		reseal(&d);
		got = vy_super_decode(&d, &out);
		CHECK_EQ(got, c->want);
		if (got != c->want)
			printf("# field %s, value 0x%" PRIx64 "\n", c->name, c->value);
	}
}

/* Outside the known slots nothing may hide, wherever it sits. */
static void test_slot_beyond_nslots_with_leg(void)
{
	struct vy_sb in = sample(), out;
	struct vy_super d;
	int i;

	for (i = 3; i < VY_DISK_SLOTS; i++) {
		vy_super_encode(&in, &d);
		d.slot[i].leg_uuid[0] = i;
		d.slot[i].state = cpu_to_le32(VY_SLOT_MEMBER);
		reseal(&d);
		CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_FIELD_BAD);
	}
}

static void test_own_slot(void)
{
	struct vy_sb sb = sample(), out;
	struct vy_super d;
	u8 state;

	for (state = VY_SLOT_AWAY; state < VY_SLOT_NR; state++) {
		sb.slot[1].state = state;
		sb.slot[1].base_gen = GEN;
		sb.flags = 0;
		vy_super_encode(&sb, &d);
		CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_FIELD_BAD);
		sb.flags = VY_SB_INCONSISTENT;
		vy_super_encode(&sb, &d);
		CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_OK);
	}
}

static void test_fresh_lineage(void)
{
	struct vy_sb sb = sample(), out;
	struct vy_super d;

	sb.prev_gen = 0;
	memset(sb.hist, 0, sizeof(sb.hist));
	vy_super_encode(&sb, &d);
	CHECK_EQ(vy_super_decode(&d, &out), VY_SUPER_OK);
}

static void test_pick(void)
{
	struct vy_sb a = sample(), b = sample(), out;
	enum vy_super_err err[2];
	struct vy_super da, db, bad;

	memset(&bad, 0, sizeof(bad));
	a.seq = 8;
	b.seq = 9;
	vy_super_encode(&a, &da);
	vy_super_encode(&b, &db);
	CHECK_EQ(vy_super_pick(&da, &db, &out, err), 1);
	CHECK_EQ(out.seq, 9);
	CHECK_EQ(vy_super_pick(&db, &da, &out, err), 0);
	CHECK_EQ(out.seq, 9);
	CHECK_EQ(vy_super_pick(&da, &da, &out, err), 0);
	CHECK_EQ(vy_super_pick(&da, &bad, &out, err), 0);
	CHECK_EQ(out.seq, 8);
	CHECK_EQ(vy_super_pick(&bad, &da, &out, err), 1);
	CHECK_EQ(out.seq, 8);
	CHECK_EQ(err[0], VY_SUPER_MAGIC_BAD);
	CHECK_EQ(err[1], VY_SUPER_OK);
	db.reserved[0] = 1;
	CHECK_EQ(vy_super_pick(&da, &db, &out, err), 0);
	CHECK_EQ(out.seq, 8);
	CHECK_EQ(vy_super_pick(&bad, &db, &out, err), -1);
	CHECK_EQ(err[0], VY_SUPER_MAGIC_BAD);
	CHECK_EQ(err[1], VY_SUPER_CSUM_BAD);

	/* The copies of two sets, or of two legs: neither is chosen. */
	b.set_uuid[0] = 'x';
	vy_super_encode(&b, &db);
	CHECK_EQ(vy_super_pick(&da, &db, &out, err), -1);
	CHECK_EQ(err[0], VY_SUPER_FIELD_BAD);
	b = sample();
	b.self_uuid[0] = b.slot[1].leg_uuid[0] = 'x';
	vy_super_encode(&b, &db);
	CHECK_EQ(vy_super_pick(&da, &db, &out, err), -1);
	CHECK_EQ(err[1], VY_SUPER_FIELD_BAD);
	/* Unless only one is valid, be it the older one. */
	CHECK_EQ(vy_super_pick(&bad, &db, &out, err), 1);
	da.reserved[0] = 1;
	CHECK_EQ(vy_super_pick(&da, &db, &out, err), 1);
	CHECK_EQ(err[0], VY_SUPER_CSUM_BAD);
	vy_super_encode(&a, &da);
	db.reserved[0] = 1;
	CHECK_EQ(vy_super_pick(&da, &db, &out, err), 0);
	CHECK_EQ(err[1], VY_SUPER_CSUM_BAD);
}

static void test_reasons(void)
{
	enum vy_super_err e;

	for (e = VY_SUPER_OK; e <= VY_SUPER_FIELD_BAD; e++)
		CHECK(vy_super_strerror(e)[0] && strcmp(vy_super_strerror(e), "unknown error"));
	CHECK_STR(vy_super_strerror((enum vy_super_err)99), "unknown error");
}

/* Enough room for n things, so many to a block, and not a block more. */
static void check_blocks(u64 blocks, u64 n, u64 per_block)
{
	CHECK((unsigned __int128)blocks * per_block >= n);
	CHECK((unsigned __int128)(blocks - 1) * per_block < n);
}

static void check_geometry(u32 nslots, u8 rs, u8 zs, u64 sectors)
{
	unsigned __int128 bytes = (unsigned __int128)sectors << 9, end;
	struct vy_geom g;

	CHECK_EQ(vy_geom_init(&g, nslots, rs, zs, sectors), 0);
	CHECK_EQ(g.nslots, nslots);
	CHECK_EQ(g.region_shift, rs);
	CHECK_EQ(g.zone_shift, zs);
	CHECK_EQ(g.data_sectors, sectors);
	CHECK(((unsigned __int128)g.regions << rs) >= bytes);
	CHECK(((unsigned __int128)(g.regions - 1) << rs) < bytes);
	CHECK(((unsigned __int128)g.zones << zs) >= bytes);
	CHECK(((unsigned __int128)(g.zones - 1) << zs) < bytes);
	CHECK_EQ((u64)g.zone_words * 64, 1ULL << (zs - rs));
	CHECK_EQ(g.words, g.zones * g.zone_words);
	CHECK_EQ(g.wib_off, 8192);
	check_blocks(g.wib_blocks, (g.zones + 63) / 64, 504);
	check_blocks(g.stale_blocks, g.words, 504);
	CHECK_EQ(g.stale_off, 8192 + g.wib_blocks * 4096);
	end = (unsigned __int128)g.stale_off + (unsigned __int128)g.stale_blocks * nslots * 4096;
	CHECK(g.sa_bytes_min == end);
	CHECK_EQ(g.bbr_off, g.sa_bytes_min);
	CHECK_EQ(g.sa_bytes, g.bbr_off + (2 + 64) * 4096);
	CHECK_EQ(g.sa_bytes % 4096, 0);
}

static void test_geometry_everywhere(void)
{
	u64 base;
	u32 n;
	u8 rs, zs, k;
	int d;

	for (rs = 12; rs <= 20; rs++)
		for (zs = 22; zs <= 30; zs++)
			for (n = 1; n <= 8 && zs >= rs + 6; n++)
				for (k = 0; k <= 55; k++)
					for (d = -1; d <= 1; d++) {
						base = (1ULL << k) + d;
						if (base >= 1 && base <= 1ULL << 55)
							check_geometry(n, rs, zs, base);
					}
}

static void test_geometry_unit_edges(void)
{
	struct vy_geom g;

	/* 4032 zones of 4 MiB are one unit, eight units one block. */
	vy_geom_init(&g, 2, 12, 22, 4032ULL * 8 * 8192);
	CHECK_EQ(g.wib_blocks, 1);
	vy_geom_init(&g, 2, 12, 22, 4032ULL * 8 * 8192 + 1);
	CHECK_EQ(g.wib_blocks, 2);
	/* 504 words: 504 / 16 zones to a block of stale map. */
	vy_geom_init(&g, 2, 12, 22, 31ULL * 8192);
	CHECK_EQ(g.stale_blocks, 1);
	vy_geom_init(&g, 2, 12, 22, 32ULL * 8192);
	CHECK_EQ(g.stale_blocks, 2);
}

static void test_geometry_refuses(void)
{
	struct vy_geom g, untouched;

	memset(&g, 0xa5, sizeof(g));
	memset(&untouched, 0xa5, sizeof(g));
	CHECK_EQ(vy_geom_init(&g, 0, 12, 22, 100), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, 9, 12, 22, 100), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, ~0U, 12, 22, 100), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, 2, 11, 22, 100), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, 2, 21, 30, 100), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, 2, 255, 22, 100), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, 2, 12, 21, 100), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, 2, 12, 31, 100), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, 2, 17, 22, 100), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, 2, 12, 22, 0), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, 2, 12, 22, (1ULL << 55) + 1), -EINVAL);
	CHECK_EQ(vy_geom_init(&g, 2, 12, 22, ~0ULL), -EINVAL);
	CHECK_MEM(&g, &untouched, sizeof(g));
}

static void test_default_shifts(void)
{
	const u64 gib = 2 << 20;
	u8 rs;

	CHECK_EQ(vy_region_shift_for(1), 12);
	CHECK_EQ(vy_region_shift_for(256 * gib), 12);
	CHECK_EQ(vy_region_shift_for(256 * gib + 1), 13);
	CHECK_EQ(vy_region_shift_for(1024 * gib), 14);
	CHECK_EQ(vy_region_shift_for(65536 * gib), 20);
	CHECK_EQ(vy_region_shift_for(1ULL << 55), 20);
	CHECK_EQ(vy_zone_shift_for(12), 22);
	CHECK_EQ(vy_zone_shift_for(16), 22);
	CHECK_EQ(vy_zone_shift_for(17), 23);
	CHECK_EQ(vy_zone_shift_for(20), 26);
	for (rs = 12; rs <= 20; rs++)
		check_geometry(2, rs, vy_zone_shift_for(rs), 12345678);
}

static const struct unit_test tests[] = {
	UNIT(test_round_trip),
	UNIT(test_bytes_on_disk),
	UNIT(test_without_spares),
	UNIT(test_every_bit_flip_is_refused),
	UNIT(test_raid5),
	UNIT(test_row_log),
	UNIT(test_map_of_what_was_written),
	UNIT(test_torn_at_every_sector),
	UNIT(test_fields_at_their_limits),
	UNIT(test_slot_beyond_nslots_with_leg),
	UNIT(test_own_slot),
	UNIT(test_fresh_lineage),
	UNIT(test_pick),
	UNIT(test_reasons),
	UNIT(test_geometry_everywhere),
	UNIT(test_geometry_unit_edges),
	UNIT(test_geometry_refuses),
	UNIT(test_default_shifts),
};
UNIT_MAIN(tests)
