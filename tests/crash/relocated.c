// SPDX-License-Identifier: GPL-2.0
#include <string.h>
#include "relocated.h"
#include "stamp.h"

bool relocated_read(const struct history *h, unsigned int leg, const unsigned char *image,
		    struct vy_sb *sb, struct vy_bbr *table)
{
	const unsigned char *sa = image + h->data_sectors * SECTOR;
	enum vy_super_err super_err[2];
	enum vy_bbr_err err[2];

	memset(table, 0, sizeof(*table));
	if (vy_super_pick(sa, sa + VY_BLOCK, sb, super_err) < 0)
		return false;
	return !sb->bbr_off ||
	       vy_bbr_pick(sa + vy_bbr_copy_off(&sb->geom, 0), sa + vy_bbr_copy_off(&sb->geom, 1),
			   &sb->geom, sb->set_uuid, leg, table, err) >= 0;
}

const unsigned char *relocated_sector(const struct history *h, const unsigned char *image,
				      const struct vy_sb *sb, const struct vy_bbr *table,
				      uint64_t sector)
{
	int spare = vy_bbr_find(table, sector / VY_BLOCK_SECTORS);

	if (spare < 0)
		return image + sector * SECTOR;
	return image + h->data_sectors * SECTOR + vy_bbr_spare_off(&sb->geom, spare) +
	       sector % VY_BLOCK_SECTORS * SECTOR;
}
