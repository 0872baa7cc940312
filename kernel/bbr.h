/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bad blocks: what bbr.c, badio.c and repair.c share.
 */
#ifndef VARYON_BBR_SERVICE_H
#define VARYON_BBR_SERVICE_H

#include "vy.h"

#define VY_HEAL_JIFFIES		(3600 * HZ)	/* between tries of what members lack */

/* Where the bytes of an I/O are: in a bio, or in pages. */
struct vy_bytes {
	struct bio *bio;
	struct bvec_iter iter;		/* of the bio, at sector start */
	struct page **pages;
	sector_t start;			/* of the leg */
};

static inline u64 vy_block_of(sector_t sector)
{
	return sector / VY_BLOCK_SECTORS;
}

/* End of the block that holds the sector, or of the leg. */
static inline sector_t vy_block_end(struct vy_set *set, sector_t sector)
{
	return min_t(sector_t, (vy_block_of(sector) + 1) * VY_BLOCK_SECTORS,
		     set->geom.data_sectors);
}

/* bbr.c */
blk_status_t vy_leg_io(struct vy_set *set, u8 l, const struct vy_bytes *bytes, blk_opf_t opf,
		       sector_t start, sector_t end);
enum vy_wrote vy_relocate(struct vy_set *set, u8 l, const struct vy_bytes *bytes,
			  sector_t start, sector_t end);
enum vy_wrote vy_block_write(struct vy_set *set, u8 l, const struct vy_bytes *bytes,
			     blk_opf_t opf, sector_t start, sector_t end);
bool vy_bad_stale(struct vy_set *set, u8 l, u8 others, sector_t start, sector_t end);
bool vy_has_spare(struct vy_leg *leg);
bool vy_table_durable(struct vy_set *set, u8 l);

/* repair.c */
void vy_heal_arm(struct vy_set *set);

/* badio.c, repair.c: their work items */
void vy_badio_init(struct vy_set *set);
void vy_repair_init(struct vy_set *set);

#endif
