// SPDX-License-Identifier: GPL-2.0
/*
 * Table of relocated blocks. What comes from the disk becomes an address, so
 * nothing of it is used before vy_bbr_decode() has checked all of it.
 */
#include "bbr.h"
#include "map.h"

u64 vy_bbr_blocks(const struct vy_geom *g)
{
	return (g->data_sectors + VY_BLOCK_SECTORS - 1) / VY_BLOCK_SECTORS;
}

u64 vy_bbr_copy_off(const struct vy_geom *g, unsigned int copy)
{
	return g->bbr_off + copy * VY_BLOCK;
}

u64 vy_bbr_spare_off(const struct vy_geom *g, u32 spare)
{
	return g->bbr_off + (2 + (u64)spare) * VY_BLOCK;
}

/* Seeded, so that the table of another leg or set does not pass. */
static u32 bbr_csum(const struct vy_bbr_block *d, const u8 set_uuid[16], u32 slot)
{
	static const u8 zero[4];
	const u8 *p = (const u8 *)d;
	const size_t at = offsetof(struct vy_bbr_block, csum);
	u32 crc = vy_unit_seed(set_uuid, VY_MAP_BBR, slot, 0);

	crc = vy_crc32c(crc, p, at);
	crc = vy_crc32c(crc, zero, sizeof(zero));
	return vy_crc32c(crc, p + at + sizeof(zero), VY_BLOCK - at - sizeof(zero));
}

enum vy_bbr_err vy_bbr_decode(const void *block, const struct vy_geom *g,
			      const u8 set_uuid[16], u32 slot, struct vy_bbr *t)
{
	const struct vy_bbr_block *d = block;
	u64 blocks = vy_bbr_blocks(g), seen = 0;
	u32 i;

	static_assert(VY_BBR_SPARES <= 64, "a spare is a bit of a u64");
	if (memcmp(d->magic, VY_BBR_MAGIC, sizeof(d->magic)))
		return VY_BBR_MAGIC_BAD;
	if (bbr_csum(d, set_uuid, slot) != le32_to_cpu(d->csum))
		return VY_BBR_CSUM_BAD;
	memset(t, 0, sizeof(*t));
	t->seq = le64_to_cpu(d->seq);
	t->count = le32_to_cpu(d->count);
	/* seq + 1 must stay the newest; no honest writer gets half as far */
	if (t->count > VY_BBR_SPARES || t->seq >> 63)
		return VY_BBR_COUNT_BAD;
	for (i = 0; i < t->count; i++) {
		u64 nr = le64_to_cpu(d->entry[i].block);
		u32 spare = le32_to_cpu(d->entry[i].spare);

		if (nr >= blocks && nr != VY_BBR_DEAD)
			return VY_BBR_BLOCK_BAD;
		if (spare >= VY_BBR_SPARES || d->entry[i].zero || seen >> spare & 1)
			return VY_BBR_SPARE_BAD;
		seen |= 1ULL << spare;
		if (i && (nr < t->entry[i - 1].block ||
			  (nr == t->entry[i - 1].block &&
			   (nr != VY_BBR_DEAD || spare < t->entry[i - 1].spare))))
			return VY_BBR_ORDER_BAD;
		t->entry[i].block = nr;
		t->entry[i].spare = spare;
	}
	return VY_BBR_OK;
}

void vy_bbr_encode(const struct vy_bbr *t, const u8 set_uuid[16], u32 slot, void *block)
{
	struct vy_bbr_block *d = block;
	u32 i;

	memset(d, 0, sizeof(*d));
	memcpy(d->magic, VY_BBR_MAGIC, sizeof(d->magic));
	d->count = cpu_to_le32(t->count);
	d->seq = cpu_to_le64(t->seq);
	for (i = 0; i < t->count; i++) {
		d->entry[i].block = cpu_to_le64(t->entry[i].block);
		d->entry[i].spare = cpu_to_le32(t->entry[i].spare);
	}
	d->csum = cpu_to_le32(bbr_csum(d, set_uuid, slot));
}

u64 vy_bbr_seq(const void *copy)
{
	const struct vy_bbr_block *d = copy;

	return le64_to_cpu(d->seq);
}

int vy_bbr_pick(const void *copy_a, const void *copy_b, const struct vy_geom *g,
		const u8 set_uuid[16], u32 slot, struct vy_bbr *t, enum vy_bbr_err err[2])
{
	const void *copy[2] = { copy_a, copy_b };
	/* the one that calls itself newer comes last, so that it is what t holds */
	int last = vy_bbr_seq(copy_b) > vy_bbr_seq(copy_a);

	err[!last] = vy_bbr_decode(copy[!last], g, set_uuid, slot, t);
	err[last] = vy_bbr_decode(copy[last], g, set_uuid, slot, t);
	if (err[last] == VY_BBR_OK)
		return last;
	if (err[!last] != VY_BBR_OK)
		return -1;
	vy_bbr_decode(copy[!last], g, set_uuid, slot, t);
	return !last;
}

/* Index of the first entry that is not before block. */
static u32 bbr_at(const struct vy_bbr *t, u64 block)
{
	u32 lo = 0, hi = t->count;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (t->entry[mid].block < block)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int vy_bbr_find(const struct vy_bbr *t, u64 block)
{
	u32 i = bbr_at(t, block);

	return i < t->count && t->entry[i].block == block ? (int)t->entry[i].spare : -1;
}

u64 vy_bbr_next(const struct vy_bbr *t, u64 block)
{
	u32 i = bbr_at(t, block);

	return i < t->count ? t->entry[i].block : VY_BBR_DEAD;
}

int vy_bbr_free_spare(const struct vy_bbr *t)
{
	u64 seen = 0;
	u32 i;

	for (i = 0; i < t->count; i++)
		seen |= 1ULL << t->entry[i].spare;
	for (i = 0; i < VY_BBR_SPARES; i++)
		if (!(seen >> i & 1))
			return i;
	return -1;
}

u32 vy_bbr_relocated(const struct vy_bbr *t)
{
	return bbr_at(t, VY_BBR_DEAD);
}

static void bbr_insert(struct vy_bbr *t, u64 block, u32 spare)
{
	u32 i = bbr_at(t, block);

	while (i < t->count && t->entry[i].block == block && t->entry[i].spare < spare)
		i++;
	memmove(&t->entry[i + 1], &t->entry[i], (t->count - i) * sizeof(t->entry[0]));
	t->entry[i].block = block;
	t->entry[i].spare = spare;
	t->count++;
}

void vy_bbr_set(struct vy_bbr *t, u64 block, u32 spare)
{
	u32 i = bbr_at(t, block), old;

	if (i == t->count || t->entry[i].block != block) {
		bbr_insert(t, block, spare);
		return;
	}
	old = t->entry[i].spare;
	t->entry[i].spare = spare;
	vy_bbr_kill(t, old);
}

void vy_bbr_kill(struct vy_bbr *t, u32 spare)
{
	bbr_insert(t, VY_BBR_DEAD, spare);
}

const char *vy_bbr_strerror(enum vy_bbr_err e)
{
	switch (e) {
	case VY_BBR_OK:
		return "valid";
	case VY_BBR_MAGIC_BAD:
		return "no table here";
	case VY_BBR_CSUM_BAD:
		return "checksum wrong (torn or damaged)";
	case VY_BBR_COUNT_BAD:
		return "count or sequence out of range";
	case VY_BBR_BLOCK_BAD:
		return "a block beyond the end of the leg";
	case VY_BBR_SPARE_BAD:
		return "a spare that does not exist or is used twice";
	case VY_BBR_ORDER_BAD:
		return "not in order, or a block relocated twice";
	}
	return "unknown error";
}
