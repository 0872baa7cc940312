// SPDX-License-Identifier: GPL-2.0
/*
 * Superblock codec and SA geometry. What comes from the disk is trusted only
 * after vy_super_decode() has checked it: everybody else may index with
 * self_slot and nslots, and shift by the shifts, without looking again.
 */
#include "rows.h"
#include "super.h"

#define VY_SB_FLAGS	(VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL | VY_SB_LOGGED)
#define VY_FEATURES	(VY_FEAT_WRITTEN | VY_FEAT_LOG_GEN)
#define VY_SECTORS_MAX	(1ULL << 55)
#define VY_STALE_REGIONS_MAX	((u64)VY_STALE_MAP_MAX * 8)

/* Units of 2^shift that n takes; n <= 2^55, so the sum cannot wrap. */
static u64 shift_up(u64 n, unsigned int shift)
{
	return (n + (1ULL << shift) - 1) >> shift;
}

u8 vy_region_shift_for(u64 data_sectors)
{
	u8 shift = VY_REGION_SHIFT_MIN;

	while (shift < VY_REGION_SHIFT_MAX &&
	       data_sectors > VY_STALE_REGIONS_MAX << (shift - 9))
		shift++;
	return shift;
}

u8 vy_zone_shift_for(u8 region_shift)
{
	u8 shift = region_shift + 6;

	return shift > VY_ZONE_SHIFT_MIN ? shift : VY_ZONE_SHIFT_MIN;
}

/* Whole blocks that hold a map of so many words. */
static u64 map_blocks(u64 words)
{
	u64 units = (words + VY_UNIT_WORDS - 1) / VY_UNIT_WORDS;

	return (units + VY_UNITS_PER_BLOCK - 1) / VY_UNITS_PER_BLOCK;
}

int vy_geom_init(struct vy_geom *g, u32 nslots, u8 region_shift, u8 zone_shift,
		 u64 data_sectors)
{
	if (nslots < 1 || nslots > VY_MAX_SLOTS)
		return -EINVAL;
	if (region_shift < VY_REGION_SHIFT_MIN || region_shift > VY_REGION_SHIFT_MAX)
		return -EINVAL;
	if (zone_shift < VY_ZONE_SHIFT_MIN || zone_shift > VY_ZONE_SHIFT_MAX)
		return -EINVAL;
	if (zone_shift < region_shift + 6)
		return -EINVAL;
	if (data_sectors < 1 || data_sectors > VY_SECTORS_MAX)
		return -EINVAL;

	memset(g, 0, sizeof(*g));
	g->nslots = nslots;
	g->region_shift = region_shift;
	g->zone_shift = zone_shift;
	g->data_sectors = data_sectors;
	g->regions = shift_up(data_sectors, region_shift - 9);
	g->zones = shift_up(data_sectors, zone_shift - 9);
	g->zone_words = 1U << (zone_shift - region_shift - 6);
	g->words = g->zones * g->zone_words;
	g->wib_off = 2 * VY_BLOCK;
	g->wib_blocks = map_blocks(shift_up(g->zones, 6));
	g->stale_off = g->wib_off + g->wib_blocks * VY_BLOCK;
	g->stale_blocks = map_blocks(g->words);
	g->bbr_off = g->stale_off + nslots * g->stale_blocks * VY_BLOCK;
	g->sa_bytes_min = g->bbr_off;
	g->sa_bytes = g->bbr_off + (2 + VY_BBR_SPARES) * VY_BLOCK;
	return 0;
}

void vy_geom_set_written(struct vy_geom *g, bool on)
{
	u64 map = g->stale_blocks * VY_BLOCK;

	if (on == !!g->written_off)
		return;
	g->written_off = on ? g->sa_bytes : 0;
	g->sa_bytes = on ? g->sa_bytes + map : g->sa_bytes - map;
}

/* CRC32C of the block with the csum field taken as zero. */
static u32 super_csum(const struct vy_super *d)
{
	static const u8 zero[4];
	const u8 *p = (const u8 *)d;
	const size_t at = offsetof(struct vy_super, csum);
	u32 crc;

	crc = vy_crc32c(~0U, p, at);
	crc = vy_crc32c(crc, zero, sizeof(zero));
	return vy_crc32c(crc, p + at + sizeof(zero), VY_BLOCK - at - sizeof(zero));
}

static bool uuid_is_zero(const u8 uuid[16])
{
	static const u8 zero[16];

	return !memcmp(uuid, zero, sizeof(zero));
}

/*
 * The lineage must be one chain without a loop: gen is not among its own
 * ancestors, prev_gen is the youngest of them, and no hole hides older ones.
 */
static bool lineage_ok(const struct vy_sb *sb)
{
	bool end = false;
	unsigned int i;

	if (!sb->gen || sb->prev_gen != sb->hist[0])
		return false;
	for (i = 0; i < VY_HIST; i++) {
		if (sb->hist[i] == sb->gen || (end && sb->hist[i]))
			return false;
		end |= !sb->hist[i];
	}
	return true;
}

static bool slot_decode(const struct vy_slot *d, const struct vy_geom *g,
			struct vy_slot_info *s)
{
	u32 state = le32_to_cpu(d->state);

	if (state >= VY_SLOT_NR || d->flags)
		return false;
	memcpy(s->leg_uuid, d->leg_uuid, sizeof(s->leg_uuid));
	s->base_gen = le64_to_cpu(d->base_gen);
	s->state = state;
	s->stale_regions = le64_to_cpu(d->stale_regions);

	/* An empty slot has no leg; a member lacks nothing; any other leg lacks something. */
	if ((state == VY_SLOT_EMPTY) != uuid_is_zero(s->leg_uuid))
		return false;
	if ((state == VY_SLOT_EMPTY || state == VY_SLOT_MEMBER) != !s->base_gen)
		return false;
	return s->stale_regions <= g->words * 64;
}

static bool slots_decode(const struct vy_super *d, struct vy_sb *sb)
{
	const struct vy_slot_info *self;
	unsigned int i, j;

	for (i = 0; i < VY_DISK_SLOTS; i++) {
		struct vy_slot_info spare, *s = i < VY_MAX_SLOTS ? &sb->slot[i] : &spare;

		if (!slot_decode(&d->slot[i], &sb->geom, s))
			return false;
		if (s->state == VY_SLOT_EMPTY)
			continue;
		if (i >= sb->geom.nslots)
			return false;
		for (j = 0; j < i; j++)
			if (!memcmp(sb->slot[j].leg_uuid, s->leg_uuid, 16))
				return false;
	}

	self = &sb->slot[sb->self_slot];
	if (memcmp(self->leg_uuid, sb->self_uuid, 16))
		return false;
	/* Only a leg under resync may call itself anything but a member. */
	return self->state == VY_SLOT_MEMBER || (sb->flags & VY_SB_INCONSISTENT);
}

/* What this SA takes. */
static u64 vy_super_bytes(const struct vy_sb *sb)
{
	return sb->bbr_off ? sb->geom.sa_bytes + (u64)sb->log_slots * VY_LOG_SLOT :
			     sb->geom.sa_bytes_min;
}

/* A mirror has no rows; those of RAID5 fill the legs. */
static bool layout_ok(const struct vy_super *d, const struct vy_sb *sb)
{
	if (le64_to_cpu(d->written_off) != sb->geom.written_off ||
	    (sb->geom.written_off && !sb->bbr_off))
		return false;
	if (sb->type == VY_TYPE_MIRROR)
		return !d->chunk_shift && !d->algorithm && !sb->geom.written_off;
	return d->algorithm == VY_LEFT_SYMMETRIC && sb->geom.nslots >= VY_ROW_SLOTS_MIN &&
	       d->chunk_shift >= VY_CHUNK_SHIFT_MIN && d->chunk_shift <= VY_CHUNK_SHIFT_MAX &&
	       !(sb->geom.data_sectors & ((1ULL << (d->chunk_shift - 9)) - 1));
}

/* The row log: none, or whole slots behind the spare blocks. */
static bool log_ok(const struct vy_super *d, struct vy_sb *sb)
{
	u64 len = le64_to_cpu(d->log_len);

	sb->log_gen = le64_to_cpu(d->log_gen);
	if (sb->flags & VY_SB_LOGGED ? !len : !!sb->log_gen)
		return false;
	if (!(le64_to_cpu(d->feat_incompat) & VY_FEAT_LOG_GEN) != !sb->log_gen)
		return false;
	if (!len)
		return !d->log_off;
	if (sb->type != VY_TYPE_RAID5 || !sb->bbr_off ||
	    le64_to_cpu(d->log_off) != sb->geom.sa_bytes ||
	    len > (u64)VY_LOG_SLOTS_MAX * VY_LOG_SLOT)
		return false;
	sb->log_slots = (u32)len / VY_LOG_SLOT;
	return len == (u64)sb->log_slots * VY_LOG_SLOT;
}

u32 vy_members_needed(const struct vy_sb *sb)
{
	return sb->type == VY_TYPE_RAID5 ? sb->geom.nslots - 1 : 1;
}

enum vy_super_err vy_super_decode(const void *block, struct vy_sb *sb)
{
	const struct vy_super *d = block;
	unsigned int i;

	if (memcmp(d->magic, VY_SUPER_MAGIC, sizeof(d->magic)))
		return VY_SUPER_MAGIC_BAD;
	if (super_csum(d) != le32_to_cpu(d->csum))
		return VY_SUPER_CSUM_BAD;
	/*
	 * Nothing here is activated read-only, so a feature that forbids only
	 * writing refuses the leg as well. feat_compat may be ignored.
	 */
	if (le16_to_cpu(d->version) != VY_SUPER_VERSION ||
	    le64_to_cpu(d->feat_incompat) & ~VY_FEATURES || d->feat_ro ||
	    (le32_to_cpu(d->type) != VY_TYPE_MIRROR && le32_to_cpu(d->type) != VY_TYPE_RAID5))
		return VY_SUPER_VERSION_BAD;

	memset(sb, 0, sizeof(*sb));
	memcpy(sb->set_uuid, d->set_uuid, sizeof(sb->set_uuid));
	memcpy(sb->self_uuid, d->self_uuid, sizeof(sb->self_uuid));
	sb->seq = le64_to_cpu(d->seq);
	sb->gen = le64_to_cpu(d->gen);
	sb->prev_gen = le64_to_cpu(d->prev_gen);
	for (i = 0; i < VY_HIST; i++)
		sb->hist[i] = le64_to_cpu(d->hist[i]);
	sb->self_slot = le32_to_cpu(d->self_slot);
	sb->type = le32_to_cpu(d->type);
	sb->flags = le32_to_cpu(d->flags);
	sb->sa_sectors = le64_to_cpu(d->sa_sectors);

	if (le16_to_cpu(d->size) != VY_BLOCK)
		return VY_SUPER_FIELD_BAD;
	if (uuid_is_zero(sb->set_uuid) || uuid_is_zero(sb->self_uuid))
		return VY_SUPER_FIELD_BAD;
	/* seq + 1 must stay the newest for ever; no honest writer gets half as far. */
	if (sb->seq >> 63 || !lineage_ok(sb))
		return VY_SUPER_FIELD_BAD;
	if (sb->flags & ~VY_SB_FLAGS)
		return VY_SUPER_FIELD_BAD;
	if ((sb->flags & VY_SB_NEEDS_FULL) && !(sb->flags & VY_SB_INCONSISTENT))
		return VY_SUPER_FIELD_BAD;
	sb->bbr_off = le64_to_cpu(d->bbr_off);
	sb->chunk_shift = d->chunk_shift;
	if (vy_geom_init(&sb->geom, le32_to_cpu(d->nslots), d->region_shift,
			 d->zone_shift, le64_to_cpu(d->data_sectors)))
		return VY_SUPER_FIELD_BAD;
	vy_geom_set_written(&sb->geom, le64_to_cpu(d->feat_incompat) & VY_FEAT_WRITTEN);
	if (!layout_ok(d, sb))
		return VY_SUPER_FIELD_BAD;
	if (le64_to_cpu(d->wib_off) != sb->geom.wib_off ||
	    le64_to_cpu(d->stale_off) != sb->geom.stale_off)
		return VY_SUPER_FIELD_BAD;
	if (sb->bbr_off && sb->bbr_off != sb->geom.bbr_off)
		return VY_SUPER_FIELD_BAD;
	if (!log_ok(d, sb))
		return VY_SUPER_FIELD_BAD;
	if (sb->sa_sectors < vy_super_bytes(sb) >> 9 || sb->sa_sectors > VY_SECTORS_MAX)
		return VY_SUPER_FIELD_BAD;
	if (sb->self_slot >= sb->geom.nslots || !slots_decode(d, sb))
		return VY_SUPER_FIELD_BAD;
	return VY_SUPER_OK;
}

void vy_super_encode(const struct vy_sb *sb, void *block)
{
	struct vy_super *d = block;
	u64 features = 0;
	unsigned int i;

	memset(d, 0, sizeof(*d));
	memcpy(d->magic, VY_SUPER_MAGIC, sizeof(d->magic));
	d->version = cpu_to_le16(VY_SUPER_VERSION);
	d->size = cpu_to_le16(VY_BLOCK);
	memcpy(d->set_uuid, sb->set_uuid, sizeof(d->set_uuid));
	memcpy(d->self_uuid, sb->self_uuid, sizeof(d->self_uuid));
	d->seq = cpu_to_le64(sb->seq);
	d->gen = cpu_to_le64(sb->gen);
	d->prev_gen = cpu_to_le64(sb->prev_gen);
	for (i = 0; i < VY_HIST; i++)
		d->hist[i] = cpu_to_le64(sb->hist[i]);
	d->nslots = cpu_to_le32(sb->geom.nslots);
	d->self_slot = cpu_to_le32(sb->self_slot);
	d->type = cpu_to_le32(sb->type);
	d->flags = cpu_to_le32(sb->flags);
	d->region_shift = sb->geom.region_shift;
	d->zone_shift = sb->geom.zone_shift;
	d->chunk_shift = sb->chunk_shift;
	d->algorithm = sb->type == VY_TYPE_RAID5 ? VY_LEFT_SYMMETRIC : 0;
	d->data_sectors = cpu_to_le64(sb->geom.data_sectors);
	d->sa_sectors = cpu_to_le64(sb->sa_sectors);
	d->wib_off = cpu_to_le64(sb->geom.wib_off);
	d->stale_off = cpu_to_le64(sb->geom.stale_off);
	d->bbr_off = cpu_to_le64(sb->bbr_off);
	if (sb->geom.written_off)
		features |= VY_FEAT_WRITTEN;
	if (sb->log_gen)
		features |= VY_FEAT_LOG_GEN;
	d->feat_incompat = cpu_to_le64(features);
	d->written_off = cpu_to_le64(sb->geom.written_off);
	if (sb->log_slots) {
		d->log_off = cpu_to_le64(sb->geom.sa_bytes);
		d->log_len = cpu_to_le64((u64)sb->log_slots * VY_LOG_SLOT);
		d->log_gen = cpu_to_le64(sb->log_gen);
	}
	for (i = 0; i < VY_MAX_SLOTS; i++) {
		const struct vy_slot_info *s = &sb->slot[i];

		memcpy(d->slot[i].leg_uuid, s->leg_uuid, sizeof(s->leg_uuid));
		d->slot[i].base_gen = cpu_to_le64(s->base_gen);
		d->slot[i].state = cpu_to_le32(s->state);
		d->slot[i].stale_regions = cpu_to_le64(s->stale_regions);
	}
	d->csum = cpu_to_le32(super_csum(d));
}

static bool same_identity(const struct vy_super *a, const struct vy_super *b)
{
	return !memcmp(a->set_uuid, b->set_uuid, sizeof(a->set_uuid)) &&
	       !memcmp(a->self_uuid, b->self_uuid, sizeof(a->self_uuid));
}

int vy_super_pick(const void *copy_a, const void *copy_b, struct vy_sb *sb,
		  enum vy_super_err err[2])
{
	const struct vy_super *copy[2] = { copy_a, copy_b };
	int newest = le64_to_cpu(copy[1]->seq) > le64_to_cpu(copy[0]->seq);
	struct vy_sb older;

	err[newest] = vy_super_decode(copy[newest], sb);
	/* valid or not, an older copy of the same leg would not be chosen */
	if (err[newest] == VY_SUPER_OK && same_identity(copy[0], copy[1]))
		return newest;
	err[!newest] = vy_super_decode(copy[!newest], &older);
	if (err[newest] == VY_SUPER_OK && err[!newest] == VY_SUPER_OK) {
		/* Two identities in one SA: nothing says which of them is ours. */
		err[0] = err[1] = VY_SUPER_FIELD_BAD;
		return -1;
	}
	if (err[newest] == VY_SUPER_OK)
		return newest;
	if (err[!newest] != VY_SUPER_OK)
		return -1;
	*sb = older;
	return !newest;
}

const char *vy_super_strerror(enum vy_super_err e)
{
	switch (e) {
	case VY_SUPER_OK:
		return "valid";
	case VY_SUPER_MAGIC_BAD:
		return "no superblock here";
	case VY_SUPER_CSUM_BAD:
		return "checksum wrong (torn or damaged)";
	case VY_SUPER_VERSION_BAD:
		return "version, type or feature not known to this release";
	case VY_SUPER_FIELD_BAD:
		return "a field is out of range or contradicts another";
	}
	return "unknown error";
}
