// SPDX-License-Identifier: GPL-2.0
/*
 * The little that the simulator looks up inside the module, or needs of its
 * core. Compiled as a part of the module; everything else goes through the
 * disks and the device.
 */
#include <linux/kernel.h>

#include "../../kernel/vy.h"
#include "sim.h"

#define REGION_SHIFT	12
#define ZONE_SHIFT	22

static const u8 set_uuid[16] = "a simulated set";

/* What a power cut does not reset, as it does the module's variables. */
#define KEPT	__attribute__((section("kept")))

static struct vy_geom now KEPT;	/* of this trial */
static struct vy_rows rows KEPT;	/* RAID5; chunk_shift 0: a mirror */
static unsigned int log_slots KEPT;
static bool has_written KEPT;	/* a map of what was ever written */
static bool has_spares KEPT;
static struct {			/* decoding takes its time, and is asked for again and again */
	char raw[2 * VY_BLOCK];
	struct vy_bbr table;
} known[SIM_LEGS][2] KEPT;

static void leg_uuid(u8 uuid[16], unsigned int slot)
{
	memcpy(uuid, "simulated leg  0", 16);
	uuid[15] += slot;
}

static void geom(struct vy_geom *g, unsigned int legs, u64 sectors)
{
	if (vy_geom_init(g, legs, REGION_SHIFT, ZONE_SHIFT, sectors))
		sim_fail("geometry of %u legs, %llu sectors refused", legs, sectors);
}

void look_rows(unsigned int chunk, unsigned int slots, bool written)
{
	has_written = written;
	rows.chunk_shift = chunk ? ilog2(chunk) : 0;
	log_slots = slots;
}

void look_place(unsigned int legs, uint64_t sector, unsigned int *leg, unsigned int *parity,
		uint64_t *at)
{
	struct vy_place place;

	rows.nslots = legs;
	vy_rows_place(&rows, sector, &place);
	*leg = place.leg;
	*parity = place.parity;
	*at = place.sector;
}

void look_format(unsigned int legs, uint64_t sectors, bool spares, uint64_t *head_sectors,
		 uint64_t *sa_sectors)
{
	geom(&now, legs, sectors);
	vy_geom_set_written(&now, has_written);
	has_spares = spares;
	*head_sectors = now.sa_bytes_min >> SECTOR_SHIFT;
	*sa_sectors = (spares ? now.sa_bytes : now.sa_bytes_min) >> SECTOR_SHIFT;
	*sa_sectors += log_slots * VY_LOG_SLOT >> SECTOR_SHIFT;
}

int64_t look_spare(const void *sa, unsigned int slot, bool durable, uint64_t sector)
{
	const char *a = (const char *)sa + vy_bbr_copy_off(&now, 0);
	struct vy_bbr *t = &known[slot][durable].table;
	enum vy_bbr_err err[2];
	int spare;

	if (!has_spares)
		return -1;
	if (memcmp(known[slot][durable].raw, a, 2 * VY_BLOCK)) {
		memcpy(known[slot][durable].raw, a, 2 * VY_BLOCK);
		if (vy_bbr_pick(a, a + VY_BLOCK, &now, set_uuid, slot, t, err) < 0)
			t->count = 0;
	}
	spare = vy_bbr_find(t, sector / VY_BLOCK_SECTORS);
	return spare < 0 ? -1 : (int64_t)((vy_bbr_spare_off(&now, spare) >> SECTOR_SHIFT) +
					  sector % VY_BLOCK_SECTORS);
}

/* As after the creation of the volume: all members, empty maps. */
void look_init_sa(void *sa, unsigned int legs, unsigned int slot, uint64_t sectors,
		  uint64_t sa_sectors)
{
	struct vy_sb sb = { .seq = 1, .gen = 1, .self_slot = slot, .type = VY_TYPE_MIRROR,
		.sa_sectors = sa_sectors };
	struct vy_bbr table = { 0 };
	char *p = sa;
	unsigned int l;
	u64 i, n;

	if (rows.chunk_shift) {
		sb.type = VY_TYPE_RAID5;
		sb.chunk_shift = rows.chunk_shift + SECTOR_SHIFT;
		sb.log_slots = log_slots;
	}
	geom(&sb.geom, legs, sectors);
	vy_geom_set_written(&sb.geom, has_written);
	memcpy(sb.set_uuid, set_uuid, 16);
	leg_uuid(sb.self_uuid, slot);
	for (l = 0; l < legs; l++) {
		leg_uuid(sb.slot[l].leg_uuid, l);
		sb.slot[l].state = VY_SLOT_MEMBER;
	}
	if (has_spares) {
		sb.bbr_off = sb.geom.bbr_off;
		for (table.seq = 0; table.seq < 2; table.seq++)
			vy_bbr_encode(&table, set_uuid, slot,
				      p + vy_bbr_copy_off(&sb.geom, table.seq));
	}
	vy_super_encode(&sb, p);
	vy_super_encode(&sb, p + VY_BLOCK);
	n = sb.geom.wib_blocks * VY_UNITS_PER_BLOCK;
	for (i = 0; i < n; i++)
		vy_unit_seal((void *)(p + sb.geom.wib_off + i * VY_UNIT),
			     vy_unit_seed(set_uuid, VY_MAP_WIB, 0, i), 0);
	n = sb.geom.stale_blocks * VY_UNITS_PER_BLOCK;
	for (l = 0; l < legs; l++)
		for (i = 0; i < n; i++)
			vy_unit_seal((void *)(p + sb.geom.stale_off + (l * n + i) * VY_UNIT),
				     vy_unit_seed(set_uuid, VY_MAP_STALE, l, i), 0);
	for (i = 0; has_written && i < n; i++)
		vy_unit_seal((void *)(p + sb.geom.written_off + i * VY_UNIT),
			     vy_unit_seed(set_uuid, VY_MAP_WRITTEN, 0, i), 0);
}

bool look_written(void *p, uint64_t sector)
{
	struct vy_set *set = p;

	return !set->geom.written_off ||
	       test_bit(sector >> (REGION_SHIFT - SECTOR_SHIFT),
			(unsigned long *)set->fresh.written);
}

/*
 * The table line for these disks; "-" stands for those that are absent. option: one,
 * or "".
 */
void look_table(char *line, size_t size, unsigned int legs, uint8_t present,
		uint64_t sa_sectors, const char *option)
{
	unsigned int l, i;
	u8 uuid[16];
	size_t n;

	n = 0;
	for (i = 0; i < 16; i++)
		n += scnprintf(line + n, size - n, "%02x", set_uuid[i]);
	n += scnprintf(line + n, size - n, " %u %u %u %u%s%s", REGION_SHIFT, ZONE_SHIFT, legs,
		       !!rows.chunk_shift + !!*option, *option ? " " : "", option);
	if (rows.chunk_shift)
		n += scnprintf(line + n, size - n, " chunk:%u", 1u << rows.chunk_shift);
	for (l = 0; l < legs; l++) {
		n += scnprintf(line + n, size - n, " ");
		leg_uuid(uuid, l);
		for (i = 0; i < 16; i++)
			n += scnprintf(line + n, size - n, "%02x", uuid[i]);
		if (present & 1u << l)
			n += scnprintf(line + n, size - n, " 8:%u 0 9:%u 0 %llu", l, l,
				       (u64)sa_sectors);
		else
			n += scnprintf(line + n, size - n, " - 0 - 0 0");
	}
}

/* Does some unit of the write-intent bitmap have a bit, or not check? */
static bool some_bit(const char *sa, const struct vy_geom *g)
{
	u64 i, n = DIV_ROUND_UP_ULL(g->zones, VY_UNIT_BITS), words[VY_UNIT_WORDS];
	unsigned int w;

	for (i = 0; i < n; i++) {
		memset(words, 0, sizeof(words));
		vy_unit_read_or((const void *)(sa + g->wib_off + i * VY_UNIT),
				vy_unit_seed(set_uuid, VY_MAP_WIB, 0, i), words,
				VY_UNIT_WORDS);
		for (w = 0; w < VY_UNIT_WORDS; w++)
			if (words[w])
				return true;
	}
	return false;
}

/* What a status area says of its leg; false: neither copy is valid. */
static bool super_of(const void *sa, struct vy_sb *sb)
{
	enum vy_super_err err[2];

	return vy_super_pick(sa, (const char *)sa + VY_BLOCK, sb, err) >= 0;
}

static struct vy_assembly last KEPT;	/* of look_assemble() */

static bool knows(const struct vy_sb *sb, u64 gen)
{
	unsigned int i;

	if (sb->gen == gen)
		return true;
	for (i = 0; i < VY_HIST; i++)
		if (sb->hist[i] == gen)
			return true;
	return false;
}

static void describe(struct look_verdict *v, const struct vy_sb *const legs[VY_MAX_SLOTS],
		     unsigned int nslots)
{
	unsigned int l, s, n;

	n = scnprintf(v->text, sizeof(v->text), "best %d members %#x targets %#x", v->best,
		      v->members, v->targets);
	for (l = 0; l < nslots; l++) {
		if (!legs[l])
			continue;
		n += scnprintf(v->text + n, sizeof(v->text) - n, " [%u%s gen %04llx", l,
			       legs[l]->flags & VY_SB_INCONSISTENT ? "i" : "",
			       legs[l]->gen & 0xffff);
		for (s = 0; s < nslots; s++)
			n += scnprintf(v->text + n, sizeof(v->text) - n, " %c%04llx",
				       "-MASTF"[legs[l]->slot[s].state],
				       legs[l]->slot[s].base_gen & 0xffff);
		n += scnprintf(v->text + n, sizeof(v->text) - n, "%s]",
			       v->dirty & 1u << l ? " dirty" : "");
	}
}

/*
 * What the legs that are present add up to. sa: status areas of all legs,
 * also of absent ones, as they lie on the disks.
 */
void look_assemble(void *const sa[SIM_LEGS], uint8_t present, unsigned int nslots,
		   struct look_verdict *v)
{
	static struct vy_sb sb[VY_MAX_SLOTS];
	const struct vy_sb *legs[VY_MAX_SLOTS] = { NULL };
	struct vy_wish wish = { .used = (1u << nslots) - 1 };
	unsigned int l, out;

	for (l = 0; l < nslots; l++)
		leg_uuid(wish.uuid[l], l);
	memset(v, 0, sizeof(*v));
	for (l = 0; l < nslots; l++) {
		if (!super_of(sa[l], &sb[l]))
			continue;
		v->known |= 1u << l;
		if (sb[l].flags & VY_SB_INCONSISTENT)
			v->inconsistent |= 1u << l;
		if (some_bit(sa[l], &sb[l].geom))
			v->dirty |= 1u << l;
		if (present & 1u << l)
			legs[l] = &sb[l];
	}
	vy_assemble(legs, nslots, &wish, &last);
	v->ok = last.verdict == VY_ASSEMBLE_OK;
	v->split = last.verdict == VY_ASSEMBLE_SPLIT;
	v->few = last.verdict == VY_ASSEMBLE_FEW;
	v->best = last.best;
	v->members = last.members;
	v->targets = last.targets;
	out = v->ok && last.members != wish.used ? __builtin_ctz(wish.used & ~last.members) : 0;
	v->always = v->ok;
	for (l = 0; v->ok && l < nslots; l++)
		if (last.members & 1u << l &&
		    (!sb[l].log_gen || sb[l].log_gen != sb[last.best].log_gen))
			v->always = false;
	v->logged = v->always;
	for (l = 0; v->ok && l < nslots; l++)
		if (last.members & 1u << l && sb[l].gen == sb[last.best].gen &&
		    sb[l].flags & VY_SB_LOGGED && !sb[l].log_gen &&
		    (sb[l].slot[out].state != VY_SLOT_MEMBER ||
		     (present & v->inconsistent & 1u << out)))
			v->logged = true;
	if (v->ok)
		for (l = 0; l < nslots; l++)
			if (!(present & 1u << l) && v->known & ~v->inconsistent & 1u << l &&
			    !knows(&sb[last.best], sb[l].gen))
				v->blind = true;
	describe(v, legs, nslots);
}

bool look_handed(void *set, void *const sa[SIM_LEGS], uint8_t legs)
{
	const struct vy_sb *cur = &((struct vy_set *)set)->cur;
	struct vy_sb sb;
	unsigned int l;

	for (l = 0; l < SIM_LEGS; l++)
		if (legs & 1u << l && cur->slot[l].base_gen == cur->gen &&
		    super_of(sa[l], &sb) && sb.gen == cur->gen)
			return true;
	return false;
}

static bool unit_bit(const char *map, u32 kind, unsigned int slot, u64 nr)
{
	u64 unit = nr / VY_UNIT_BITS, words[VY_UNIT_WORDS] = { 0 };
	unsigned int bit = nr % VY_UNIT_BITS;

	vy_unit_read_or((const void *)(map + unit * VY_UNIT),
			vy_unit_seed(set_uuid, kind, slot, unit), words, VY_UNIT_WORDS);
	return words[bit / 64] >> (bit % 64) & 1;
}

/* Does the map of the leg that has this status area say that another lacks the sector? */
static bool says_stale(const char *sa, unsigned int slot, u64 sector)
{
	return unit_bit(sa + now.stale_off +
			slot * now.stale_blocks * VY_UNITS_PER_BLOCK * VY_UNIT,
			VY_MAP_STALE, slot, sector >> (REGION_SHIFT - SECTOR_SHIFT));
}

static bool says_dirty(const char *sa, u64 sector)
{
	return unit_bit(sa + now.wib_off, VY_MAP_WIB, 0, sector >> (ZONE_SHIFT - SECTOR_SHIFT));
}

bool look_known_lacking(void *const sa[SIM_LEGS], unsigned int slot, uint64_t sector)
{
	unsigned int m;

	if ((last.full | last.given_up | last.added) & 1u << slot ||
	    says_dirty(sa[slot], sector))
		return true;
	for (m = 0; m < SIM_LEGS; m++)
		if (last.members & 1u << m &&
		    (says_dirty(sa[m], sector) || says_stale(sa[m], slot, sector) ||
		     says_stale(sa[m], last.best, sector)))
			return true;
	return false;
}

bool look_unmapped(void *p, void *const sa[SIM_LEGS], uint64_t sector)
{
	uint8_t members = look_members(p), targets = look_targets(p);
	unsigned int m, l;

	for (l = 0; l < SIM_LEGS; l++) {
		if (!(targets & 1u << l) || !look_stale(p, l, sector))
			continue;
		for (m = 0; m < SIM_LEGS; m++)
			if (members & 1u << m && !says_stale(sa[m], l, sector))
				return true;
	}
	return false;
}

bool look_unsaid(void *p, void *const sa[SIM_LEGS])
{
	struct vy_set *set = p;
	uint8_t members = look_members(p);
	struct vy_sb sb;
	unsigned int l, m;

	for (m = 0; m < SIM_LEGS; m++) {
		if (!(members & 1u << m) || !super_of(sa[m], &sb))
			continue;
		for (l = 0; l < SIM_LEGS; l++)
			if (members & 1u << l && set->leg[l].stale_count.counter &&
			    !sb.slot[l].stale_regions)
				return true;
	}
	return false;
}

uint8_t look_members(void *set)
{
	return vy_members(((struct vy_set *)set)->roles);
}

uint8_t look_targets(void *set)
{
	return vy_targets(((struct vy_set *)set)->roles);
}

int look_resync(void *set)
{
	return ((struct vy_set *)set)->nr_resync.counter;
}

bool look_doubt(void *p)
{
	struct vy_set *set = p;

	return set->suspect.counter || set->failing ||
	       (set->doubtful & vy_members(set->roles));
}

bool look_logged(void *p)
{
	struct vy_set *set = p;

	return set->logged && !set->sb_dirty && !set->joining && look_settled(p);
}

bool look_settled(void *p)
{
	struct vy_set *set = p;

	return !look_doubt(p) && list_empty(&set->errors) && list_empty(&set->waiters) &&
	       !set->parked;
}

bool look_stale(void *p, unsigned int slot, uint64_t sector)
{
	struct vy_set *set = p;
	u64 r = sector >> (REGION_SHIFT - SECTOR_SHIFT);

	return set->leg[slot].stale[r / 64] >> (r % 64) & 1;
}

static_assert(LOOK_HOPELESS == VY_HOPELESS, "what sim.h says of it");

int64_t look_lacks(void *p, unsigned int slot)
{
	struct vy_set *set = p;
	unsigned int i;

	for (i = 0; i < set->geom.zones; i++)
		if (vy_bucket_of(set, i)->lock.owner)
			return -1;
	return set->leg[slot].stale_count.counter;
}

bool look_behind(void *p, void *const sa[SIM_LEGS])
{
	static struct { u32 roles; u64 gen; } seen KEPT;
	struct vy_set *set = p;
	u8 targets = look_targets(p);
	struct vy_sb sb;
	unsigned int l;

	if (seen.roles == set->roles && seen.gen == set->cur.gen)
		return false;
	seen.roles = set->roles;
	seen.gen = set->cur.gen;
	for (l = 0; l < SIM_LEGS; l++)
		if (targets & 1u << l && super_of(sa[l], &sb) && sb.gen != set->cur.gen)
			return true;
	return false;
}

bool look_dirty(void *p, uint64_t sector)
{
	struct vy_set *set = p;
	u64 z = sector >> (ZONE_SHIFT - SECTOR_SHIFT);

	return set->wib[z / 64] >> (z % 64) & 1;
}

const char *look_leak(void *p)
{
	struct vy_set *set = p;
	unsigned int i;
	u64 z;

	for (i = 0; i < VY_BUCKETS; i++)
		if (!list_empty(&set->bucket[i].ranges) || set->bucket[i].waiting)
			return "a range is still locked";
	for (z = 0; z < set->geom.zones; z++)
		if (set->zone[z].inflight.counter)
			return "a zone has writes in flight";
	if (!list_empty(&set->waiters) || !list_empty(&set->errors) ||
	    !list_empty(&set->deferred) || !list_empty(&set->reread))
		return "a request is still on a list";
	if (set->suspect.counter)
		return "a failed request was never dealt with";
	if (set->bs_meta.out)
		return "a bio is still out";
	for (i = 0; i < VY_MAX_SLOTS; i++)
		if (set->leg[i].reading.counter)
			return "a leg still counts a read";
	return NULL;
}

void look_params(unsigned int clean_delay_ms, unsigned int max_dirty_zones)
{
	vy_clean_delay_ms = clean_delay_ms;
	vy_max_dirty_zones = max_dirty_zones;
}
