// SPDX-License-Identifier: GPL-2.0
/*
 * What was never written of a RAID5. A new volume has no parity: making it would
 * take hours, for data that nobody has written. So a map says which regions have
 * been written, of all legs at the same sectors. One that has not reads as zeroes, with
 * or without all legs, and nobody looks at what the disks have there.
 *
 * Before its first write a region is zeroed on all legs, which makes the parity right
 * as well, and then marked in the map; both durably, in this order, under the range
 * lock. From then on it is as any other. So a crash leaves it either unwritten or
 * with a parity that counts, and no write and no flush has to care.
 *
 * Resync, check and rebuild pass over what was not written. Does anybody read or write it
 * all the same, because it was next to something else, that does no harm.
 */
#include <linux/slab.h>

#include "vy.h"

#define VY_ZERO_SECTORS	128	/* zeroed at a time */

/* ---- the map ---- */

/* The disks are about to be read again. */
void vy_fresh_reset(struct vy_set *set)
{
	struct vy_fresh *f = &set->fresh;

	vy_geom_set_written(&set->geom, false);
	atomic64_set(&f->regions, 0);
	f->owed = false;
	if (!f->written)
		return;
	memset(f->written, 0, set->geom.words * sizeof(u64));
	bitmap_zero(f->dirty, set->geom.stale_blocks);
}

/* Legs without room for the map that the set has: they cannot be a part of it. */
u8 vy_fresh_check(struct vy_set *set, u8 mask, const struct vy_sb *sb)
{
	unsigned int l;
	u8 without = 0;

	vy_for_each_slot(l, mask)
		if (set->geom.written_off && !sb[l].geom.written_off)
			without |= 1u << l;
	return without;
}

/* Nobody knows: all counts as written. With all legs, data are the truth, and parity follows. */
static void vy_fresh_lost(struct vy_set *set, u64 w)
{
	u64 zone = w / set->geom.zone_words;

	set_bit(zone, (unsigned long *)set->wib);
	set_bit(zone / (VY_UNIT_BITS * VY_UNITS_PER_BLOCK), set->wib_dirty);
}

/* At activation, when the write-intent bits are known. Returns the slots that failed. */
u8 vy_fresh_load(struct vy_set *set, u8 members)
{
	const struct vy_geom *g = &set->geom;
	struct vy_fresh *f = &set->fresh;
	u64 r, fresh = 0;
	u8 failed;

	if (!g->written_off)
		return 0;
	/* with a leg missing, parity is all that there is */
	failed = vy_sa_load_written(set, members,
				    vy_comparable(set, members) ? vy_fresh_lost : NULL);
	for (r = 0; r < g->regions; r++)
		fresh += !test_bit(r, (unsigned long *)f->written);
	atomic64_set(&f->regions, fresh);
	return failed;
}

/*
 * The end of what begins at start, up to `end`, and was written throughout, or not at
 * all. Within one zone.
 */
sector_t vy_fresh_run(struct vy_set *set, sector_t start, sector_t end, bool *fresh)
{
	unsigned int shift = vy_region_shift(set);
	u64 r = start >> shift, last = (end - 1) >> shift;

	*fresh = false;
	if (!atomic64_read(&set->fresh.regions))
		return end;
	*fresh = !test_bit(r, (unsigned long *)set->fresh.written);
	while (r < last && test_bit(r + 1, (unsigned long *)set->fresh.written) != *fresh)
		r++;
	return min_t(sector_t, (r + 1) << shift, end);
}

bool vy_fresh_met_slow(struct vy_set *set, sector_t start, sector_t end)
{
	bool fresh;

	return vy_fresh_run(set, start, end, &fresh) < end || fresh;
}

/* ---- the first write ---- */

/* Zeroes for a run of regions of a leg. */
static enum vy_wrote vy_fresh_zero_leg(struct vy_set *set, u8 l, u8 members, sector_t start,
				       sector_t end)
{
	struct page *pages[VY_ZERO_SECTORS / PAGE_SECTORS];
	enum vy_wrote wrote, all = VY_WRITTEN;
	unsigned int i;
	sector_t next;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = ZERO_PAGE(0);
	for (; start < end && all != VY_LEG_DEAD; start = next) {
		next = min_t(sector_t, start + VY_ZERO_SECTORS, end);
		wrote = vy_leg_write(set, l, members, REQ_FUA, pages, start, next);
		if (wrote != VY_WRITTEN)
			all = wrote;
	}
	return all;
}

/*
 * The same for all legs that take writes; the others lack it. False: a leg has failed,
 * and it is not known yet what becomes of it.
 */
static bool vy_fresh_zero(struct vy_set *set, sector_t start, sector_t end)
{
	u8 all = (1u << set->rows.nslots) - 1, live, members, wrote = 0;
	bool ok = true;
	unsigned int l;

	/* as in vy_strip_choose() */
	rcu_read_lock();
	members = vy_members(READ_ONCE(set->roles));
	live = members | vy_targets(READ_ONCE(set->roles));
	vy_for_each_slot(l, all & ~live)
		vy_stale_mark(set, l, start, end);
	rcu_read_unlock();
	vy_for_each_slot(l, live)
		switch (vy_fresh_zero_leg(set, l, members, start, end)) {
		case VY_WRITTEN:
			wrote |= 1u << l;
			break;
		case VY_PLACE_BAD:
			break;
		default:
			vy_rc_leg_error(set, l);
			ok = false;
		}
	vy_for_each_slot(l, wrote & ~members)
		vy_stale_heal(set, l, start, end);
	vy_for_each_slot(l, wrote & members)
		if (vy_stale_test(set, l, start, end)) {
			vy_stale_clear(set, l, start, end);
			WRITE_ONCE(set->stale_due, true);
		}
	return ok;
}

/* The regions of [start, end) count as written. */
static bool vy_fresh_mark(struct vy_set *set, sector_t start, sector_t end)
{
	unsigned int shift = vy_region_shift(set);
	struct vy_fresh *f = &set->fresh;
	u64 r;

	for (r = start >> shift; r <= (end - 1) >> shift; r++) {
		set_bit(r, (unsigned long *)f->written);
		atomic64_dec(&f->regions);
		/* pairs with smp_mb__after_atomic() in vy_sa_write_map() */
		smp_mb__before_atomic();
		set_bit(r / 64 / (VY_UNITS_PER_BLOCK * VY_UNIT_WORDS), f->dirty);
	}
	return true;
}

/* For all that the request touches and that was never written; false at the first failure. */
static bool vy_fresh_each(struct vy_set *set, struct vy_req *req,
			  bool (*each)(struct vy_set *set, sector_t start, sector_t end))
{
	sector_t start, end;
	bool fresh;

	for (start = req->range.start; start < req->range.end; start = end) {
		end = vy_fresh_run(set, start, req->range.end, &fresh);
		if (fresh && !each(set, start, end))
			return false;
	}
	return true;
}

/* A leg that fails has not got the zeroes: it must be out before the regions count as written. */
static bool vy_fresh_prepare(struct vy_set *set, struct vy_req *req)
{
	unsigned int tries = set->rows.nslots;

	while (!vy_fresh_each(set, req, vy_fresh_zero))
		if (!tries-- || !vy_commit_now(set, req->zone))
			return false;
	return true;
}

static void vy_fresh_go(struct vy_set *set, struct vy_req *req)
{
	vy_range_unlock(set, req->zone, &req->range);
	req->range.granted = false;
	vy_row_write_range(set, req);
	set->kind->write_start(set, req);
}

static void vy_fresh_work(struct work_struct *work)
{
	struct vy_set *set = container_of(work, struct vy_set, fresh.work);
	struct vy_fresh *f = &set->fresh;
	struct vy_req *req, *tmp;
	LIST_HEAD(batch);
	bool ok;

	spin_lock_irq(&set->lock);
	list_splice_init(&f->list, &batch);
	spin_unlock_irq(&set->lock);

	list_for_each_entry_safe(req, tmp, &batch, list)
		if (!vy_fresh_prepare(set, req)) {
			list_del(&req->list);
			vy_req_end(req, BLK_STS_IOERR);
		}
	if (list_empty(&batch))
		return;
	list_for_each_entry(req, &batch, list)
		vy_fresh_each(set, req, vy_fresh_mark);
	/* one for all */
	ok = vy_commit_now(set, list_first_entry(&batch, struct vy_req, list)->zone);
	WRITE_ONCE(f->owed, !ok);
	list_for_each_entry_safe(req, tmp, &batch, list) {
		list_del(&req->list);
		if (ok)
			vy_fresh_go(set, req);
		else
			vy_req_end(req, BLK_STS_IOERR);
	}
}

static void vy_fresh_granted(struct vy_range *range)
{
	struct vy_req *req = container_of(range, struct vy_req, range);

	vy_req_queue(req->set, req, &req->set->fresh.list, req->set->fresh.wq,
		     &req->set->fresh.work);
}

/*
 * A write that meets something that was never written, or comes when the map is not on
 * the disks: then it goes on as any other. Its zone is durably dirty.
 */
void vy_fresh_write(struct vy_set *set, struct vy_req *req)
{
	sector_t region = vy_region_sectors(set);

	req->range.start = round_down(req->range.start, region);
	req->range.end = min_t(sector_t, round_up(req->range.end, region),
			       set->geom.data_sectors);
	req->range.grant = vy_fresh_granted;
	if (vy_range_lock(set, req->zone, &req->range))
		vy_fresh_granted(&req->range);
}

/* ---- set-up ---- */

int vy_fresh_init(struct vy_set *set)
{
	const struct vy_geom *g = &set->geom;
	struct vy_fresh *f = &set->fresh;

	INIT_LIST_HEAD(&f->list);
	INIT_WORK(&f->work, vy_fresh_work);
	if (set->kind->type != VY_TYPE_RAID5)
		return 0;
	f->written = kvcalloc(g->words, sizeof(u64), GFP_KERNEL);
	f->dirty = kvcalloc(BITS_TO_LONGS(g->stale_blocks), sizeof(long), GFP_KERNEL);
	f->wq = alloc_workqueue("varyon_fresh", WQ_MEM_RECLAIM | WQ_UNBOUND, 1);
	return f->written && f->dirty && f->wq ? 0 : -ENOMEM;
}

/* All requests have ended: wait for who ended them. */
void vy_fresh_wait(struct vy_set *set)
{
	if (set->fresh.wq)
		flush_workqueue(set->fresh.wq);
}

void vy_fresh_exit(struct vy_set *set)
{
	struct vy_fresh *f = &set->fresh;

	if (f->wq)
		destroy_workqueue(f->wq);
	kvfree(f->dirty);
	kvfree(f->written);
}
