// SPDX-License-Identifier: GPL-2.0
/*
 * Repair of bad places behind the users' backs: after a read that another leg
 * had to serve, and of the regions that members lack. One thing at a time, under
 * the range lock, which it waits for.
 */
#include "bbr.h"

/* Reads failed on these legs, another has the data. Dropped when there are many. */
void vy_repair_queue(struct vy_set *set, u8 legs, sector_t start, sector_t end)
{
	struct vy_bad *bad = &set->bad;
	unsigned long flags;
	unsigned int i;

	if (vy_only_reads(set))
		return;
	spin_lock_irqsave(&set->lock, flags);
	for (i = 0; i < bad->nr_jobs; i++)
		if (bad->job[i].start == start && bad->job[i].end == end)
			break;
	if (i < bad->nr_jobs) {
		bad->job[i].legs |= legs;
	} else if (i < VY_REPAIR_JOBS) {
		bad->job[i] = (struct vy_repair){ legs, start, end };
		bad->nr_jobs++;
		/* the caller's request, still open, keeps the set */
		if (!READ_ONCE(set->rc.stop))
			mod_delayed_work(vy_copy_wq, &bad->fix_work, 0);
	}
	spin_unlock_irqrestore(&set->lock, flags);
}

static void vy_fix_granted(struct vy_range *range)
{
	complete(&container_of(range, struct vy_bad, range)->granted);
}

static void vy_fix_lock(struct vy_set *set, sector_t start, sector_t end)
{
	struct vy_bad *bad = &set->bad;

	bad->range.start = start;
	bad->range.end = end;
	bad->range.grant = vy_fix_granted;
	reinit_completion(&bad->granted);
	if (!vy_range_lock(set, vy_zone_of(set, start), &bad->range))
		wait_for_completion(&bad->granted);
}

static void vy_fix_unlock(struct vy_set *set)
{
	vy_range_unlock(set, vy_zone_of(set, set->bad.range.start), &set->bad.range);
}

/* Of a zone that is not made equal yet, nobody knows what is good. */
static bool vy_fix_not_yet(struct vy_set *set, sector_t start)
{
	return test_bit(vy_zone_of(set, start), set->resync);
}

/*
 * Bring one block of a leg to what a source holds, and see that it stays
 * there. Under the range lock.
 */
static enum vy_wrote vy_fix_block(struct vy_set *set, u8 l, sector_t start, sector_t end)
{
	size_t bytes = (end - start) << SECTOR_SHIFT;
	struct vy_bad *bad = &set->bad;
	const struct vy_bytes good = { .pages = &bad->data, .start = start };
	enum vy_wrote wrote;

	if (set->kind->read_for(set, l, &bad->data, &bad->check, start, end) < 0)
		return VY_NO_SOURCE;
	wrote = vy_block_write(set, l, &good, REQ_OP_WRITE | REQ_SYNC, start, end);
	if (wrote != VY_WRITTEN)
		return wrote;
	if (!vy_leg_rw(set, l, REQ_OP_READ, &bad->check, start, end) &&
	    !memcmp(page_address(bad->data), page_address(bad->check), bytes))
		return VY_WRITTEN;
	/* it says that it wrote, and did not */
	return vy_relocate(set, l, &good, start, end);
}

/* Write a region that a member lacks anew. Under its range lock. */
static enum vy_wrote vy_heal_region(struct vy_set *set, u8 l, sector_t start, sector_t end)
{
	enum vy_wrote wrote = VY_WRITTEN;
	sector_t pos, next;

	for (pos = start; pos < end && wrote == VY_WRITTEN; pos = next) {
		next = min(vy_block_end(set, pos), end);
		wrote = vy_fix_block(set, l, pos, next);
	}
	if (wrote == VY_WRITTEN) {
		vy_stale_clear(set, l, start, end);
		WRITE_ONCE(set->stale_due, true);
		atomic64_inc(&set->bad.repaired);
	}
	if (wrote == VY_LEG_DEAD)
		vy_rc_leg_error(set, l);
	return wrote;
}

/* A block that could not be read, if that is still so. Under its range lock. */
static void vy_repair_block(struct vy_set *set, u8 l, sector_t start, sector_t end)
{
	u8 sources = vy_sources(set, start, end) & ~(1u << l);

	if (!vy_leg_rw(set, l, REQ_OP_READ, &set->bad.data, start, end))
		return;
	switch (vy_fix_block(set, l, start, end)) {
	case VY_WRITTEN:
		atomic64_inc(&set->bad.repaired);
		DMWARN_LIMIT("%s: slot %u: unreadable block at sector %llu was rewritten",
			     vy_name(set), l, (u64)start);
		break;
	case VY_PLACE_BAD:
		vy_bad_stale(set, l, sources, start, end);
		break;
	case VY_LEG_DEAD:
		vy_rc_leg_error(set, l);
		break;
	case VY_NO_SOURCE:
		break;
	}
}

static void vy_repair_region(struct vy_set *set, u8 l, sector_t start, sector_t end)
{
	sector_t next;

	if (!(vy_members(READ_ONCE(set->roles)) & (1u << l)) || vy_fix_not_yet(set, start))
		return;
	if (vy_stale_test(set, l, start, end)) {
		vy_heal_region(set, l, start, end);
		return;
	}
	for (; start < end; start = next) {
		next = min(vy_block_end(set, start), end);
		vy_repair_block(set, l, start, next);
	}
}

static void vy_repair(struct vy_set *set, const struct vy_repair *job)
{
	sector_t region = vy_region_sectors(set), next;
	sector_t start = round_down(job->start, region);
	unsigned int l;

	for (; start < job->end && !READ_ONCE(set->rc.stop); start = next) {
		next = min_t(sector_t, start + region, set->geom.data_sectors);
		vy_fix_lock(set, start, next);
		vy_for_each_slot(l, job->legs)
			vy_repair_region(set, l, start, next);
		vy_fix_unlock(set);
	}
}

/* All regions that a member lacks. True when some are to be tried again soon. */
static bool vy_heal(struct vy_set *set, u8 l)
{
	sector_t region = vy_region_sectors(set), start, end, from;
	enum vy_wrote wrote = VY_WRITTEN;
	bool later = false;
	u64 zone;

	for (zone = 0; zone < set->geom.zones; zone++) {
		from = vy_zone_start(set, zone);
		while (wrote != VY_LEG_DEAD && !READ_ONCE(set->rc.stop) &&
		       vy_stale_next_run(set, l, from, vy_zone_end(set, zone), region,
					 &start, &end)) {
			from = end;
			vy_fix_lock(set, start, end);
			if (vy_fix_not_yet(set, start))
				later = true;
			else if ((vy_members(READ_ONCE(set->roles)) & (1u << l)) &&
				 vy_stale_test(set, l, start, end))
				wrote = vy_heal_region(set, l, start, end);
			vy_fix_unlock(set);
		}
		cond_resched();
	}
	return later;
}

static bool vy_repair_next(struct vy_set *set, struct vy_repair *job)
{
	struct vy_bad *bad = &set->bad;
	bool any;

	spin_lock_irq(&set->lock);
	any = bad->nr_jobs;
	if (any) {
		*job = bad->job[0];
		bad->job[0] = bad->job[--bad->nr_jobs];
	}
	spin_unlock_irq(&set->lock);
	return any;
}

/*
 * One thing at a time. Members' stale regions are tried again soon after they
 * came, when asked to, and once an hour.
 */
static void vy_fix_work(struct work_struct *work)
{
	struct vy_bad *bad = container_of(to_delayed_work(work), struct vy_bad, fix_work);
	struct vy_set *set = container_of(bad, struct vy_set, bad);
	bool later = false, left = false;
	struct vy_repair job;
	unsigned int l;

	/* a copy that was found damaged */
	vy_for_each_slot(l, vy_members(READ_ONCE(set->roles)))
		vy_table_durable(set, l);
	while (!READ_ONCE(set->rc.stop) && vy_repair_next(set, &job))
		vy_repair(set, &job);
	if (!set->no_resync &&
	    (xchg(&bad->heal, false) ||
	     time_after_eq(jiffies, READ_ONCE(bad->healed) + VY_HEAL_JIFFIES))) {
		vy_for_each_slot(l, vy_members(READ_ONCE(set->roles)))
			if (atomic64_read(&set->leg[l].stale_count))
				later |= vy_heal(set, l);
		WRITE_ONCE(bad->healed, jiffies);
		if (later)
			WRITE_ONCE(bad->heal, true);
	}
	if (READ_ONCE(set->stale_due))
		queue_work(set->meta_wq, &set->meta_work);
	vy_for_each_slot(l, vy_members(READ_ONCE(set->roles)))
		left |= atomic64_read(&set->leg[l].stale_count) > 0;
	if (later && !READ_ONCE(set->rc.stop))
		queue_delayed_work(vy_copy_wq, &bad->fix_work, HZ);
	else if (left)
		vy_heal_arm(set);
}

/* Members lack something: to be tried again in an hour, if not before. */
void vy_heal_arm(struct vy_set *set)
{
	if (!set->no_resync && !READ_ONCE(set->rc.stop))
		queue_delayed_work(vy_copy_wq, &set->bad.fix_work, VY_HEAL_JIFFIES);
}

/*
 * A member lacks something new. The write that failed may have been too short
 * to be relocated; all of the region is there to be copied, as long as no other leg
 * fails: at once where there is a place for it.
 */
void vy_heal_soon(struct vy_set *set, u8 l)
{
	if (set->no_resync || READ_ONCE(set->rc.stop))
		return;
	WRITE_ONCE(set->bad.heal, true);
	mod_delayed_work(vy_copy_wq, &set->bad.fix_work, vy_has_spare(&set->leg[l]) ? 0 : HZ);
}

/* Try again what members lack: now. */
void vy_heal_kick(struct vy_set *set)
{
	if (set->no_resync || vy_only_reads(set) || READ_ONCE(set->rc.stop))
		return;
	WRITE_ONCE(set->bad.heal, true);
	mod_delayed_work(vy_copy_wq, &set->bad.fix_work, 0);
}

/* Recovery has been stopped: wait for what is under way here. */
void vy_bad_wait(struct vy_set *set)
{
	flush_work(&set->bad.io_work);
	cancel_delayed_work_sync(&set->bad.fix_work);
}

void vy_repair_init(struct vy_set *set)
{
	struct vy_bad *bad = &set->bad;

	INIT_DELAYED_WORK(&bad->fix_work, vy_fix_work);
	init_completion(&bad->granted);
	bad->healed = jiffies;
}
