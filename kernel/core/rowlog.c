// SPDX-License-Identifier: GPL-2.0
/*
 * Records of the row log. A record that does not check was cut off itself: nothing
 * of its write had begun.
 */
#include "map.h"
#include "rowlog.h"

/* A block of each leg at most: then the longest ends in the last slot. */
u32 vy_log_starts(u32 slots, u32 nslots)
{
	return slots < nslots ? 0 : slots - (nslots - 1);
}

u32 vy_log_slot(u32 starts, u64 start)
{
	u32 slot;

	div_u64_rem(start / (VY_LOG_STRIP / 512), starts, &slot);
	return slot;
}

u64 vy_log_off(const struct vy_geom *g, u32 slot)
{
	return g->sa_bytes + (u64)slot * VY_LOG_SLOT;
}

u32 vy_log_blocks(u32 sectors)
{
	return (sectors + VY_BLOCK_SECTORS - 1) / VY_BLOCK_SECTORS;
}

u32 vy_log_span(u32 blocks)
{
	return (blocks + VY_LOG_SLOT_BLOCKS - 1) / VY_LOG_SLOT_BLOCKS;
}

u32 vy_log_block_off(u32 block)
{
	return VY_BLOCK * (1 + block + block / VY_LOG_SLOT_BLOCKS);
}

u8 vy_log_legs(const struct vy_log_record *r, u32 l)
{
	return r->written & 1U << l ? r->written : 1U << l;
}

u32 vy_log_seed(const u8 set_uuid[16], u32 l, u64 off)
{
	return vy_unit_seed(set_uuid, VY_MAP_LOG, l, off / VY_BLOCK);
}

/* CRC32C of the block with the csum field taken as zero. */
static u32 head_csum(const struct vy_log_block *d, u32 seed)
{
	static const u8 zero[4];
	const size_t at = offsetof(struct vy_log_block, csum);
	const u8 *p = (const u8 *)d;
	u32 crc;

	crc = vy_crc32c(seed, p, at);
	crc = vy_crc32c(crc, zero, sizeof(zero));
	return vy_crc32c(crc, p + at + sizeof(zero), VY_BLOCK - at - sizeof(zero));
}

void vy_log_encode(const struct vy_log_record *r, u32 seed, u32 payload_csum, void *block)
{
	struct vy_log_block *d = block;

	memset(d, 0, sizeof(*d));
	memcpy(d->magic, VY_LOG_MAGIC, sizeof(d->magic));
	d->payload_csum = cpu_to_le32(payload_csum);
	d->gen = cpu_to_le64(r->gen);
	d->start = cpu_to_le64(r->start);
	d->sectors = cpu_to_le32(r->sectors);
	d->written = cpu_to_le32(r->written);
	d->csum = cpu_to_le32(head_csum(d, seed));
}

bool vy_log_decode(const void *block, const struct vy_geom *g, const struct vy_rows *rows, u32 l,
		   u32 seed, u64 gen, struct vy_log_record *r, u32 *payload_csum)
{
	const struct vy_log_block *d = block;
	u32 written = le32_to_cpu(d->written);

	if (memcmp(d->magic, VY_LOG_MAGIC, sizeof(d->magic)) ||
	    head_csum(d, seed) != le32_to_cpu(d->csum) || le64_to_cpu(d->gen) != gen)
		return false;
	*payload_csum = le32_to_cpu(d->payload_csum);
	r->gen = gen;
	r->start = le64_to_cpu(d->start);
	r->sectors = le32_to_cpu(d->sectors);
	r->written = written;
	return r->sectors && r->sectors <= VY_LOG_STRIP / 512 && r->start < g->data_sectors &&
	       r->start >> rows->chunk_shift ==
			(r->start + r->sectors - 1) >> rows->chunk_shift &&
	       vy_rows_parity_at(rows, r->start) == l && !(written >> rows->nslots);
}
