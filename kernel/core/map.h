/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Map units: 504 payload bytes under a seeded checksum. Pure.
 */
#ifndef VARYON_MAP_H
#define VARYON_MAP_H

#include "../uapi/varyon_format.h"

/*
 * Seed of a unit's checksum: ties it to set, map, slot (0 for the WIB) and
 * place, so that a misdirected or foreign unit does not pass.
 */
u32 vy_unit_seed(const u8 set_uuid[16], u32 map_id, u32 slot, u64 unit);

/* Fill in seq and csum of a unit whose bits[] are set. */
void vy_unit_seal(struct vy_map_unit *u, u32 seed, u32 seq);

/* True when the checksum fits. */
bool vy_unit_ok(const struct vy_map_unit *u, u32 seed);

/*
 * Words to and from unit payload. A unit carries 63 little-endian u64: for a
 * stale map word w lives in unit w / 63; for the WIB bit z lives in unit
 * z / 4032 (63 words of 64 zones), so both are arrays of u64 words.
 * nwords <= VY_UNIT_WORDS; the rest of the payload is zeroed by put.
 */
void vy_unit_put_words(struct vy_map_unit *u, const u64 *words, u32 nwords);
void vy_unit_get_words(const struct vy_map_unit *u, u64 *words, u32 nwords);

/*
 * Read a whole unit: OR its words into out, or all ones into out when the
 * checksum is wrong. Returns true when it was good.
 */
bool vy_unit_read_or(const struct vy_map_unit *u, u32 seed, u64 *out, u32 nwords);

#endif
