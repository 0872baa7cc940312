// SPDX-License-Identifier: GPL-2.0
/*
 * Map units. A unit that does not check reads as all ones: the caller then
 * copies more than it had to, never less.
 */
#include "map.h"

u32 vy_unit_seed(const u8 set_uuid[16], u32 map_id, u32 slot, u64 unit)
{
	const __le32 id_slot[2] = { cpu_to_le32(map_id), cpu_to_le32(slot) };
	const __le64 place = cpu_to_le64(unit);
	u32 crc;

	crc = vy_crc32c(~0U, set_uuid, 16);
	crc = vy_crc32c(crc, id_slot, sizeof(id_slot));
	return vy_crc32c(crc, &place, sizeof(place));
}

static u32 unit_csum(const struct vy_map_unit *u, u32 seed)
{
	const size_t at = offsetof(struct vy_map_unit, seq);

	return vy_crc32c(seed, (const u8 *)u + at, VY_UNIT - at);
}

void vy_unit_seal(struct vy_map_unit *u, u32 seed, u32 seq)
{
	u->seq = cpu_to_le32(seq);
	u->csum = cpu_to_le32(unit_csum(u, seed));
}

bool vy_unit_ok(const struct vy_map_unit *u, u32 seed)
{
	return le32_to_cpu(u->csum) == unit_csum(u, seed);
}

void vy_unit_put_words(struct vy_map_unit *u, const u64 *words, u32 nwords)
{
	u32 i;

	for (i = 0; i < nwords; i++) {
		__le64 w = cpu_to_le64(words[i]);

		memcpy(u->bits + i * sizeof(w), &w, sizeof(w));
	}
	memset(u->bits + nwords * 8, 0, sizeof(u->bits) - nwords * 8);
}

void vy_unit_get_words(const struct vy_map_unit *u, u64 *words, u32 nwords)
{
	u32 i;

	for (i = 0; i < nwords; i++) {
		__le64 w;

		memcpy(&w, u->bits + i * sizeof(w), sizeof(w));
		words[i] = le64_to_cpu(w);
	}
}

bool vy_unit_read_or(const struct vy_map_unit *u, u32 seed, u64 *out, u32 nwords)
{
	u32 i;

	if (!vy_unit_ok(u, seed)) {
		memset(out, 0xff, nwords * sizeof(*out));
		return false;
	}
	for (i = 0; i < nwords; i++) {
		__le64 w;

		memcpy(&w, u->bits + i * sizeof(w), sizeof(w));
		out[i] |= le64_to_cpu(w);
	}
	return true;
}
