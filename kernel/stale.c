// SPDX-License-Identifier: GPL-2.0
/*
 * Stale maps: which regions of the volume a slot lacks.
 *
 * The words of a zone are changed under the lock of the zone's bucket. Readers
 * take no lock: a bit changes from good to bad while its leg is read only when
 * a write that is not acknowledged yet failed there.
 *
 * What a disk holds for a region is stale | copied: a region that was copied
 * but not flushed on its leg is still stale on disk (invariant "Copy").
 */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/vmalloc.h>

#include "vy.h"

#define VY_BLOCK_WORDS	(VY_UNITS_PER_BLOCK * VY_UNIT_WORDS)

int vy_stale_alloc(struct vy_set *set)
{
	const struct vy_geom *g = &set->geom;
	unsigned int l;

	vy_for_each_slot(l, set->used) {
		struct vy_leg *leg = &set->leg[l];

		leg->stale = kvcalloc(g->words, sizeof(u64), GFP_KERNEL);
		leg->stale_dirty = kvcalloc(BITS_TO_LONGS(g->stale_blocks),
					    sizeof(long), GFP_KERNEL);
		if (!leg->stale || !leg->stale_dirty)
			return -ENOMEM;
	}
	return 0;
}

/* The maps that only a target needs; called while the device is suspended. */
int vy_stale_alloc_copied(struct vy_leg *leg, const struct vy_geom *g)
{
	unsigned int noio = memalloc_noio_save();
	int i, r = 0;

	for (i = 0; i < 2; i++) {
		if (leg->copied[i])
			continue;
		leg->copied[i] = kvcalloc(g->words, sizeof(u64), GFP_KERNEL);
		if (!leg->copied[i])
			r = -ENOMEM;
	}
	/* both or none: whoever finds the first relies on the second */
	for (i = 0; r && i < 2; i++) {
		kvfree(leg->copied[i]);
		leg->copied[i] = NULL;
	}
	memalloc_noio_restore(noio);
	return r;
}

void vy_stale_free(struct vy_set *set)
{
	unsigned int l;

	for (l = 0; l < VY_MAX_SLOTS; l++) {
		kvfree(set->leg[l].stale);
		kvfree(set->leg[l].stale_dirty);
		kvfree(set->leg[l].copied[0]);
		kvfree(set->leg[l].copied[1]);
	}
}

/* Forget everything: the disks are about to be read again. */
void vy_stale_reset(struct vy_set *set)
{
	const struct vy_geom *g = &set->geom;
	unsigned int l, i;

	vy_for_each_slot(l, set->used) {
		struct vy_leg *leg = &set->leg[l];

		memset(leg->stale, 0, g->words * sizeof(u64));
		bitmap_zero(leg->stale_dirty, g->stale_blocks);
		for (i = 0; i < 2; i++)
			if (leg->copied[i])
				memset(leg->copied[i], 0, g->words * sizeof(u64));
		leg->copied_now = 0;
		atomic64_set(&leg->stale_count, 0);
		atomic_set(&leg->copied_count, 0);
	}
}

/* Bits lo..hi (inclusive, within one word). */
static u64 vy_mask(u64 lo, u64 hi)
{
	return GENMASK_ULL(hi & 63, lo & 63);
}

/*
 * Walk the regions [first, last] word by word: w is the word, m the bits of
 * it that belong to the range.
 */
#define vy_for_each_word(w, m, first, last)				\
	for ((w) = (first) >> 6;					\
	     (w) <= (last) >> 6 &&					\
	     ((m) = vy_mask((w) == (first) >> 6 ? (first) : 0,		\
			    (w) == (last) >> 6 ? (last) : 63), true);	\
	     (w)++)

/* Regions of a word of the maps that fewer of the members have than are needed. */
static u64 vy_nobody_has(struct vy_set *set, u8 members, u64 w)
{
	u64 some = 0, more = 0, word;
	unsigned int l;

	if (set->need == 1) {
		some = members ? ~0ull : 0;
		vy_for_each_slot(l, members)
			some &= READ_ONCE(set->leg[l].stale[w]);
		return some;
	}
	/* RAID5, where the slot that asks is the one that is missing */
	vy_for_each_slot(l, members) {
		word = READ_ONCE(set->leg[l].stale[w]);
		more |= some & word;
		some |= word;
	}
	return vy_comparable(set, members) ? more : some;
}

/* The bucket's lock is held. had: but for regions that none of these has; 0: all. */
static void vy_stale_set_locked(struct vy_set *set, u8 slot, u64 first, u64 last, u8 had)
{
	struct vy_leg *leg = &set->leg[slot];
	u64 w, m, new;

	vy_for_each_word(w, m, first, last) {
		m &= ~vy_nobody_has(set, had, w);
		new = m & ~leg->stale[w];
		if (!new)
			continue;
		WRITE_ONCE(leg->stale[w], leg->stale[w] | m);
		atomic64_add(hweight64(new), &leg->stale_count);
		/* pairs with smp_mb__after_atomic() in vy_sa_write_map() */
		smp_mb__before_atomic();
		set_bit(w / VY_BLOCK_WORDS, leg->stale_dirty);
	}
}

static void vy_stale_mark_had(struct vy_set *set, u8 slot, sector_t start, sector_t end,
			      u8 had)
{
	struct vy_bucket *bucket = vy_bucket_of(set, vy_zone_of(set, start));
	unsigned int shift = vy_region_shift(set);
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	vy_stale_set_locked(set, slot, start >> shift, (end - 1) >> shift, had);
	spin_unlock_irqrestore(&bucket->lock, flags);
}

/* Regions touched by [start, end) are lacking on the slot. Within one zone. */
void vy_stale_mark(struct vy_set *set, u8 slot, sector_t start, sector_t end)
{
	vy_stale_mark_had(set, slot, start, end, 0);
}

/*
 * A whole zone. Its blocks are written again even when no bit is new: after a
 * crash the disks may disagree about a zone that was dirty.
 *
 * members, at activation: but for regions that all of these lack. They have not
 * written them since, or their disks would say that they have them; so what the
 * slot has there is the last that there is.
 */
void vy_stale_mark_zone(struct vy_set *set, u8 slot, u64 zone, u8 members)
{
	u64 w = zone * set->geom.zone_words;
	u64 end = w + set->geom.zone_words;

	if (vy_is_hole(set, slot, zone))
		return;
	for (w /= VY_BLOCK_WORDS; w * VY_BLOCK_WORDS < end; w++)
		set_bit(w, set->leg[slot].stale_dirty);
	vy_stale_mark_had(set, slot, vy_zone_start(set, zone), vy_zone_end(set, zone),
			  members & ~vy_holes(set, members, zone));
}

/*
 * Every zone that is not clean. A clean one whose bit is set has only asked for
 * it: nothing has been written there that the leg might have lost. Metadata
 * context.
 */
void vy_stale_mark_dirty_zones(struct vy_set *set, u8 slot)
{
	unsigned long zone;

	for_each_set_bit(zone, (unsigned long *)set->wib, set->geom.zones)
		if (READ_ONCE(set->zone[zone].state) != Z_CLEAN)
			vy_stale_mark_zone(set, slot, zone, 0);
}

/*
 * The slot is about to be a member. What no member has is from then on as the
 * slot has it, so the others that are away lack it: a crash may have left their
 * copies different. Metadata context.
 */
void vy_stale_mark_sole(struct vy_set *set, u8 slot)
{
	u8 members = vy_members(set->roles), others = set->used & ~members & ~(1u << slot), had;
	u64 zone, w, m, end;
	unsigned int l;
	sector_t s;

	vy_for_each_slot(l, vy_whole(set, members))
		if (!atomic64_read(&set->leg[l].stale_count))
			return;
	for (zone = 0; zone < set->geom.zones; zone++) {
		had = members & ~vy_holes(set, members, zone);
		if (!had || vy_is_hole(set, slot, zone))
			continue;
		end = (zone + 1) * set->geom.zone_words;
		for (w = end - set->geom.zone_words; w < end; w++) {
			m = vy_nobody_has(set, had, w) & ~READ_ONCE(set->leg[slot].stale[w]);
			for (; m; m &= m - 1) {
				s = (w * 64 + __ffs64(m)) * vy_region_sectors(set);
				vy_for_each_slot(l, others & ~vy_holes(set, others, zone))
					vy_stale_mark(set, l, s, s + 1);
			}
		}
	}
}

void vy_stale_mark_all(struct vy_set *set, u8 slot)
{
	u64 zone;

	for (zone = 0; zone < set->geom.zones; zone++)
		vy_stale_mark_zone(set, slot, zone, 0);
}

/* The regions [*first, *last] that lie wholly in [start, end); false: none. */
static bool vy_whole_regions(struct vy_set *set, sector_t start, sector_t end, u64 *first,
			     u64 *last)
{
	unsigned int shift = vy_region_shift(set);

	/* the volume's last region may be short */
	if (end == set->geom.data_sectors)
		end = round_up(end, 1ull << shift);
	*first = (start + (1ull << shift) - 1) >> shift;
	*last = (end >> shift) - 1;
	return *first < end >> shift;
}

/*
 * Whole regions of [start, end) that a member lacked have been written there
 * with FUA: it has them, and its disk may say so at any time. Nothing happens
 * when the slot has stopped being a member meanwhile: what it got, others may
 * never get.
 */
void vy_stale_clear(struct vy_set *set, u8 slot, sector_t start, sector_t end)
{
	struct vy_bucket *bucket = vy_bucket_of(set, vy_zone_of(set, start));
	struct vy_leg *leg = &set->leg[slot];
	u64 first, last, w, m, bits;
	unsigned long flags;

	if (!vy_whole_regions(set, start, end, &first, &last))
		return;
	spin_lock_irqsave(&bucket->lock, flags);
	if (vy_members(READ_ONCE(set->roles)) & (1u << slot)) {
		vy_for_each_word(w, m, first, last) {
			bits = leg->stale[w] & m;
			if (!bits)
				continue;
			WRITE_ONCE(leg->stale[w], leg->stale[w] & ~bits);
			atomic64_sub(hweight64(bits), &leg->stale_count);
			set_bit(w / VY_BLOCK_WORDS, leg->stale_dirty);
		}
	}
	spin_unlock_irqrestore(&bucket->lock, flags);
}

/*
 * Regions that lie wholly in [start, end) have been written to a target: good
 * in memory, stale on disk until the target is flushed. Nothing happens when
 * the slot has stopped being a target meanwhile: what it got may be lost.
 */
void vy_stale_heal(struct vy_set *set, u8 slot, sector_t start, sector_t end)
{
	struct vy_bucket *bucket = vy_bucket_of(set, vy_zone_of(set, start));
	struct vy_leg *leg = &set->leg[slot];
	u64 first, last, w, m, bits;
	unsigned long flags;
	bool last_one = false;
	u64 *copied;

	if (!atomic64_read(&leg->stale_count) ||
	    !vy_whole_regions(set, start, end, &first, &last))
		return;

	spin_lock_irqsave(&bucket->lock, flags);
	if (vy_targets(READ_ONCE(set->roles)) & (1u << slot)) {
		copied = leg->copied[READ_ONCE(leg->copied_now)];
		vy_for_each_word(w, m, first, last) {
			bits = leg->stale[w] & m;
			if (!bits)
				continue;
			WRITE_ONCE(copied[w], copied[w] | bits);
			/* pairs with smp_rmb() in vy_stale_word() */
			smp_wmb();
			WRITE_ONCE(leg->stale[w], leg->stale[w] & ~bits);
			last_one |= !atomic64_sub_return(hweight64(bits), &leg->stale_count);
			atomic_add(hweight64(bits), &leg->copied_count);
		}
	}
	spin_unlock_irqrestore(&bucket->lock, flags);
	/* it lacks nothing any more: to be taken in */
	if (last_one)
		queue_work(set->meta_wq, &set->checkpoint_work);
}

/* True when some region touched by [start, end) is lacking. */
bool vy_stale_test(struct vy_set *set, u8 slot, sector_t start, sector_t end)
{
	unsigned int shift = vy_region_shift(set);
	u64 first = start >> shift, last = (end - 1) >> shift;
	struct vy_leg *leg = &set->leg[slot];
	u64 w, m;

	if (!atomic64_read(&leg->stale_count))
		return false;
	vy_for_each_word(w, m, first, last)
		if (READ_ONCE(leg->stale[w]) & m)
			return true;
	return false;
}

/* Slots of the mask that lack nothing of [start, end). */
u8 vy_not_stale(struct vy_set *set, u8 mask, sector_t start, sector_t end)
{
	unsigned int l;

	vy_for_each_slot(l, mask)
		if (vy_stale_test(set, l, start, end))
			mask &= ~(1u << l);
	return mask;
}

/*
 * Members that a copy of [start, end) may be taken from. Within one zone, where
 * callers read the lowest as long as members may differ.
 */
u8 vy_sources(struct vy_set *set, sector_t start, sector_t end)
{
	u8 members = vy_members(READ_ONCE(set->roles));

	members &= ~vy_holes(set, members, vy_zone_of(set, start));
	members = vy_not_stale(set, members, start, end);
	/* rather nothing for now than what has lost something */
	return members & ~READ_ONCE(set->doubtful);
}

/*
 * The next run of stale regions in [from, limit), at most max sectors long,
 * clipped to limit. from and limit lie in one zone.
 */
bool vy_stale_next_run(struct vy_set *set, u8 slot, sector_t from, sector_t limit,
		       sector_t max, sector_t *start, sector_t *end)
{
	unsigned int shift = vy_region_shift(set);
	struct vy_leg *leg = &set->leg[slot];
	u64 r = from >> shift;
	u64 stop = (limit + (1ull << shift) - 1) >> shift;
	u64 most = max >> shift, n;

	/* the last region may be short: its end is not the start of another */
	if (from >= limit)
		return false;
	while (r < stop) {
		u64 word = READ_ONCE(leg->stale[r >> 6]) >> (r & 63);

		if (word) {
			r += __ffs64(word);
			break;
		}
		r = (r | 63) + 1;
	}
	if (r >= stop)
		return false;
	for (n = 1; n < most && r + n < stop; n++)
		if (!(READ_ONCE(leg->stale[(r + n) >> 6]) >> ((r + n) & 63) & 1))
			break;
	*start = (sector_t)r << shift;
	*end = min_t(sector_t, (sector_t)(r + n) << shift, limit);
	return true;
}

/*
 * What was copied to a target but never flushed there may be lost.
 */
void vy_stale_uncopy(struct vy_set *set, u8 slot)
{
	struct vy_leg *leg = &set->leg[slot];
	unsigned long flags;
	u64 zone, w, end;
	int i;

	if (!leg->copied[0])
		return;
	for (zone = 0; zone < set->geom.zones; zone++) {
		struct vy_bucket *bucket = vy_bucket_of(set, zone);

		w = zone * set->geom.zone_words;
		end = w + set->geom.zone_words;
		spin_lock_irqsave(&bucket->lock, flags);
		for (; w < end; w++) {
			u64 bits = (leg->copied[0][w] | leg->copied[1][w]) & ~leg->stale[w];

			if (!bits)
				continue;
			leg->stale[w] |= bits;
			atomic64_add(hweight64(bits), &leg->stale_count);
			set_bit(w / VY_BLOCK_WORDS, leg->stale_dirty);
			for (i = 0; i < 2; i++)
				leg->copied[i][w] = 0;
		}
		spin_unlock_irqrestore(&bucket->lock, flags);
	}
	atomic_set(&leg->copied_count, 0);
}

/*
 * A flush of the target that began after copied[which] stopped filling has
 * succeeded: those regions are good for ever, the disks may know. A bit that
 * a slow completion sets after we passed its word stays for the next round.
 */
void vy_stale_copied_flushed(struct vy_set *set, u8 slot, unsigned int which)
{
	struct vy_leg *leg = &set->leg[slot];
	unsigned long flags;
	u64 zone, w, end;

	for (zone = 0; zone < set->geom.zones; zone++) {
		struct vy_bucket *bucket = vy_bucket_of(set, zone);

		w = zone * set->geom.zone_words;
		end = w + set->geom.zone_words;
		for (; w < end; w++) {
			if (!READ_ONCE(leg->copied[which][w]))
				continue;
			spin_lock_irqsave(&bucket->lock, flags);
			WRITE_ONCE(leg->copied[which][w], 0);
			set_bit(w / VY_BLOCK_WORDS, leg->stale_dirty);
			spin_unlock_irqrestore(&bucket->lock, flags);
		}
	}
}
