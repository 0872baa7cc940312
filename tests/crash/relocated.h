/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the sectors of a leg are: some live in spare blocks of its status area.
 */
#ifndef CRASH_RELOCATED_H
#define CRASH_RELOCATED_H

#include "../../kernel/core/bbr.h"
#include "history.h"

/* Read the table in the image of a leg's disk; false when there is none that is valid. */
bool relocated_read(const struct history *h, unsigned int leg, const unsigned char *image,
		    struct vy_sb *sb, struct vy_bbr *table);

/* Where the image has this sector of the leg's data. */
const unsigned char *relocated_sector(const struct history *h, const unsigned char *image,
				      const struct vy_sb *sb, const struct vy_bbr *table,
				      uint64_t sector);

#endif
