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
 * with a parity that counts, and no write and no flush has to care. So does one that is
 * about to be written as a whole: until it is, it has to read as zeroes after a crash.
 *
 * Resync, check and rebuild pass over what was not written. Does anybody read or write it
 * all the same, because it was next to something else, that does no harm.
 */
#include <linux/slab.h>

#include "raid5.h"

#define VY_ZERO_SECTORS		(256 * PAGE_SECTORS)	/* of a bio */
#define VY_AHEAD_SECTORS	8192			/* of a leg, zeroed ahead at most */

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

/* Zeroes on their way to all that some requests touch and that was never written. */
struct vy_zeroing {
	u8 members, live;		/* legs that get them: members, and targets */
	u8 failed;			/* ... and that did not take them at once */
	u8 dead;			/* ... nor in pieces */
	struct vy_row_io io;
};

static void vy_fresh_each(struct vy_set *set, struct list_head *batch,
			  void (*each)(struct vy_set *set, struct vy_zeroing *z,
				       sector_t start, sector_t end), struct vy_zeroing *z)
{
	struct vy_req *req;
	sector_t start, end;
	bool fresh;

	list_for_each_entry(req, batch, list)
		for (start = req->range.start; start < req->range.end; start = end) {
			end = vy_fresh_run(set, start, req->range.end, &fresh);
			if (fresh)
				each(set, z, start, end);
		}
}

static void vy_zeroing_lack(struct vy_set *set, struct vy_zeroing *z, sector_t start,
			    sector_t end)
{
	unsigned int l;

	vy_for_each_slot(l, vy_all_legs(set) & ~z->live)
		vy_stale_mark(set, l, start, end);
}

static void vy_zeroing_send(struct vy_set *set, struct vy_zeroing *z, sector_t start,
			    sector_t end)
{
	sector_t next;
	unsigned int l;

	for (; start < end; start = next) {
		next = min_t(sector_t, start + VY_ZERO_SECTORS, end);
		vy_for_each_slot(l, z->live)
			if (!vy_bbr_met(&set->leg[l], start, next))
				vy_row_submit(set, &z->io, NULL, l,
					      REQ_OP_WRITE | REQ_SYNC | REQ_FUA, start, next);
	}
}

/* A leg that met a bad place, or has some elsewhere, gets them in pieces. Waits. */
static enum vy_wrote vy_zeroing_leg(struct vy_set *set, u8 l, u8 members, sector_t start,
				    sector_t end)
{
	struct page *pages[VY_STRIP_PAGES];
	enum vy_wrote wrote, all = VY_WRITTEN;
	unsigned int i;
	sector_t next;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = ZERO_PAGE(0);
	for (; start < end && all != VY_LEG_DEAD; start = next) {
		next = min_t(sector_t, start + VY_STRIP_SECTORS, end);
		wrote = vy_leg_write(set, l, members, REQ_FUA, pages, start, next);
		if (wrote != VY_WRITTEN)
			all = wrote;
	}
	return all;
}

static void vy_zeroing_end(struct vy_set *set, struct vy_zeroing *z, sector_t start,
			   sector_t end)
{
	enum vy_wrote how;
	unsigned int l;
	u8 wrote = 0;

	vy_for_each_slot(l, z->live & ~z->dead) {
		how = VY_WRITTEN;
		/* one that was gone may be back by now, without what its cache had */
		if (z->failed & (1u << l) && !vy_bad_status(z->io.status[l])) {
			atomic_inc(&set->leg[l].write_errors);
			how = VY_LEG_DEAD;
		} else if (z->failed & (1u << l) || vy_bbr_met(&set->leg[l], start, end)) {
			how = vy_zeroing_leg(set, l, z->members, start, end);
		}
		switch (how) {
		case VY_WRITTEN:
			wrote |= 1u << l;
			break;
		case VY_PLACE_BAD:
			break;
		default:
			vy_rc_leg_error(set, l);
			z->dead |= 1u << l;
		}
	}
	vy_for_each_slot(l, wrote & ~z->members)
		vy_stale_heal(set, l, start, end);
	vy_for_each_slot(l, wrote & z->members)
		if (vy_stale_test(set, l, start, end)) {
			vy_stale_clear(set, l, start, end);
			WRITE_ONCE(set->stale_due, true);
		}
}

/*
 * To all legs that take writes, at once; the others lack it. False: not all took it.
 */
static bool vy_fresh_zero(struct vy_set *set, struct list_head *batch)
{
	/* what a leg returns once it has failed some of it proves nothing: a request says so */
	struct vy_zeroing z = { .io.req = list_first_entry(batch, struct vy_req, list) };

	/* as in vy_strip_choose() */
	rcu_read_lock();
	z.members = vy_members(READ_ONCE(set->roles));
	z.live = z.members | vy_targets(READ_ONCE(set->roles));
	vy_fresh_each(set, batch, vy_zeroing_lack, &z);
	rcu_read_unlock();
	vy_row_io_begin(&z.io);
	vy_fresh_each(set, batch, vy_zeroing_send, &z);
	z.failed = vy_row_io_wait(&z.io);
	vy_fresh_each(set, batch, vy_zeroing_end, &z);
	return !z.dead;
}

/* The regions of [start, end) count as written. */
static void vy_fresh_mark(struct vy_set *set, struct vy_zeroing *none, sector_t start,
			  sector_t end)
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
}

/* One commit for all. False: it is not durable that they count as written. */
static bool vy_fresh_prepare(struct vy_set *set, struct list_head *batch)
{
	u64 zone = list_first_entry(batch, struct vy_req, list)->zone;
	unsigned int tries = set->rows.nslots;
	bool ok;

	/* a leg that fails has not got the zeroes: it must be out before they count */
	while (!vy_fresh_zero(set, batch))
		if (!tries-- || !vy_commit_now(set, zone))
			return false;
	vy_fresh_each(set, batch, vy_fresh_mark, NULL);
	ok = vy_commit_now(set, zone);
	WRITE_ONCE(set->fresh.owed, !ok);
	return ok;
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

	/* who had the range before has done it, durably */
	list_for_each_entry_safe(req, tmp, &batch, list)
		if (!f->owed && !vy_fresh_met(set, req->range.start, req->range.end)) {
			list_del(&req->list);
			vy_fresh_go(set, req);
		}
	if (list_empty(&batch))
		return;
	ok = vy_fresh_prepare(set, &batch);
	list_for_each_entry_safe(req, tmp, &batch, list) {
		list_del(&req->list);
		if (ok)
			vy_fresh_go(set, req);
		else
			vy_req_end(req, BLK_STS_IOERR);
	}
	/* have vy_settle() called: what had failed is dealt with */
	if (!ok)
		queue_work(set->meta_wq, &set->meta_work);
}

static void vy_fresh_granted(struct vy_range *range)
{
	struct vy_req *req = container_of(range, struct vy_req, range);

	vy_req_queue(req->set, req, &req->set->fresh.list, req->set->fresh.wq,
		     &req->set->fresh.work);
}

/*
 * Who goes on where something was written will go on. So as much is prepared as was
 * written before it: twice the work at worst, and little for who writes here and there.
 * Others that wait behind it find it done. Returns the end, of what was never written
 * either.
 */
static sector_t vy_fresh_ahead(struct vy_set *set, const struct vy_req *req, sector_t end)
{
	unsigned int shift = vy_region_shift(set);
	sector_t limit = vy_zone_end(set, req->zone);
	u64 r = req->range.start >> shift, n = 0;
	bool fresh;

	while (n < VY_AHEAD_SECTORS >> shift && n < r &&
	       test_bit(r - n - 1, (unsigned long *)set->fresh.written))
		n++;
	limit = min_t(sector_t, end + (n << shift), limit);
	if (end >= limit)
		return end;
	limit = vy_fresh_run(set, end, limit, &fresh);
	return fresh ? limit : end;
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
	req->range.end = vy_fresh_ahead(set, req, req->range.end);
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
