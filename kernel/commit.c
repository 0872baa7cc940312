// SPDX-License-Identifier: GPL-2.0
/*
 * The metadata context: group commit of write-intent bits, and everything
 * that has to be durable before a held request may go on.
 *
 * Writers that find their zone clean are put on set->waiters and wait for the
 * commit that carries their own zone's bit, not for a quiet moment. While one
 * commit is on its way the next gathers.
 */
#include "vy.h"

/* From the superblocks as they lie on the members' disks, not from memory. */
static void vy_durable_update(struct vy_set *set)
{
	u8 durable = 0;
	unsigned int l;

	vy_for_each_slot(l, vy_members(set->roles))
		durable |= set->leg[l].durable_members;
	WRITE_ONCE(set->durable_members, durable);
}

/*
 * Do the superblocks say of a member that it lacks nothing, and it does, or the
 * other way round? The next activation looks at its map or not, accordingly.
 */
static bool vy_lacks_news(struct vy_set *set, u8 members)
{
	unsigned int l;

	vy_for_each_slot(l, members)
		if (!set->cur.slot[l].stale_regions != !atomic64_read(&set->leg[l].stale_count))
			return true;
	return false;
}

/*
 * The members have the new generation on disk: tell the parked targets, then
 * let writes go to them again. Returns those that failed.
 */
static u8 vy_unpark(struct vy_set *set)
{
	u8 failed = vy_sa_write_supers(set, set->parked, set->parked);
	u8 back = set->parked & ~failed;

	set->parked = failed;
	WRITE_ONCE(set->roles, set->roles | (u32)back << 8);
	/*
	 * They missed what was written meanwhile. A writer that left them out
	 * may not have marked its regions yet; it must have before anybody may
	 * find that a target lacks nothing.
	 */
	synchronize_rcu();
	vy_recover_kick(set);
	return failed;
}

/*
 * Make write-intent bits, then superblocks, durable on every member. Legs that
 * fail in it are recorded as failed on the others, which takes another round.
 * False when no member takes metadata: nothing may be submitted or
 * acknowledged on the strength of it.
 */
bool vy_commit_durable(struct vy_set *set)
{
	u8 members, failed;

	for (;;) {
		members = vy_members(set->roles);
		failed = vy_sa_write_wib(set, members);
		if (READ_ONCE(set->stale_due)) {
			WRITE_ONCE(set->stale_owed, true);
			/* vy_write_settle() sees the one or the other */
			smp_mb();
			WRITE_ONCE(set->stale_due, false);
		}
		if (!failed && set->stale_owed) {
			failed = vy_sa_write_stale_all(set, members);
			set->sb_dirty |= vy_lacks_news(set, members);
			WRITE_ONCE(set->stale_owed, failed);
		}
		if (!failed && set->sb_dirty) {
			failed = vy_sa_write_supers(set, members, 0);
			set->sb_dirty = failed;
			vy_durable_update(set);
		}
		/* who failed to take zeroes is out before the region counts as written */
		if (!failed && set->geom.written_off)
			failed = vy_sa_write_written(set, members);
		if (!failed && set->parked)
			failed = vy_unpark(set);
		atomic64_inc(&set->stats.commits);
		if (!failed) {
			WRITE_ONCE(set->broken, false);
			set->durable_gen = set->cur.gen;
			return true;
		}
		if (!vy_enough(set, members & ~failed)) {
			WRITE_ONCE(set->broken, true);
			DMERR_LIMIT("%s: %s accept metadata, writes fail", vy_name(set),
				    set->need > 1 ? "too few legs" : "no leg");
			return false;
		}
		vy_legs_fail(set, failed);
	}
}

/*
 * Record legs as failed where no request waits for it. What failed on every
 * member says nothing about any of them.
 */
void vy_legs_fail_durably(struct vy_set *set, u8 mask)
{
	u8 members = vy_members(set->roles);

	if (!vy_enough(set, members & ~mask))
		mask &= ~members;
	if (mask) {
		vy_legs_fail(set, mask);
		vy_commit_durable(set);
	}
	vy_settle(set);
}

/* A leg has failed something, and that is not dealt with yet. */
bool vy_unsettled(struct vy_set *set)
{
	return atomic_read(&set->suspect) || READ_ONCE(set->failing);
}

/* A write of a request, or a flush, has failed on a leg. Any context. */
void vy_req_suspect(struct vy_set *set, struct vy_req *req, u8 slot)
{
	unsigned long flags;

	spin_lock_irqsave(&set->lock, flags);
	if (!test_and_set_bit(0, &req->suspect))
		atomic_inc(&set->suspect);
	set_bit(slot, &set->doubtful);
	spin_unlock_irqrestore(&set->lock, flags);
}

/*
 * Legs that failed something are out by now, or count as before. Metadata
 * context, or a leg whose status area just failed might count again.
 */
void vy_settle(struct vy_set *set)
{
	bool settled;

	spin_lock_irq(&set->lock);
	settled = set->doubtful && !vy_unsettled(set);
	if (settled) {
		set->doubtful = 0;
		list_splice_tail_init(&set->held, &set->errors);
		queue_work(set->meta_wq, &set->meta_work);
	}
	spin_unlock_irq(&set->lock);
	/* it has not copied from them */
	if (settled)
		vy_recover_kick(set);
}

/*
 * A flush that succeeded on a leg proves nothing when the leg had just failed
 * something else: drives report the loss of their cache once. Held until it is
 * known what becomes of the leg.
 */
static bool vy_flush_held(struct vy_set *set, struct vy_req *req)
{
	bool held;

	spin_lock_irq(&set->lock);
	held = set->doubtful & req->done & vy_members(set->roles);
	if (held)
		list_add_tail(&req->list, &set->held);
	spin_unlock_irq(&set->lock);
	return held;
}

/*
 * A leg has every region: record it as member on the others, then on itself
 * (invariant "Target"). From the rewrite of its maps on, nothing else can
 * touch a status area, because this is the metadata context.
 */
static void vy_leg_join(struct vy_set *set, u8 slot)
{
	struct vy_slot_info *info = &set->cur.slot[slot];
	u8 members = vy_members(set->roles), bit = 1u << slot, failed;
	u64 base_gen = info->base_gen;
	bool logged;

	if (vy_sa_flush(set, bit)) {
		vy_legs_fail_durably(set, bit);
		return;
	}
	if (vy_unsettled(set))
		return;
	vy_stale_copied_flushed(set, slot, 0);
	vy_stale_copied_flushed(set, slot, 1);
	vy_stale_mark_sole(set, slot);
	failed = vy_sa_write_stale_all(set, members);
	if (failed) {
		vy_legs_fail_durably(set, failed);
		return;
	}
	if (vy_sa_rewrite(set, slot)) {
		vy_legs_fail_durably(set, bit);
		return;
	}

	/*
	 * All or nothing: were the target's own superblock written while a
	 * member that missed this is not yet recorded as failed, the two would
	 * contradict each other after a crash. The next checkpoint tries again.
	 */
	info->state = VY_SLOT_MEMBER;
	info->base_gen = 0;
	failed = vy_sa_write_supers(set, members, 0);
	if (failed) {
		info->state = VY_SLOT_TARGET;
		info->base_gen = base_gen;
		vy_durable_update(set);
		set->sb_dirty = true;
		vy_legs_fail_durably(set, failed);
		return;
	}
	/* after a crash now it would be no member yet, and rows need their records */
	WRITE_ONCE(set->joining, bit);
	/* pairs with smp_rmb() in vy_log_members() */
	smp_wmb();
	WRITE_ONCE(set->roles, set->roles ^ (bit | (u32)bit << 8));
	vy_durable_update(set);
	/*
	 * That was the log for one missing leg: the superblock of the leg that is back first,
	 * then those that say so. If there is to be one with all legs it begins anew: rows
	 * with their parity on that leg were written without a record.
	 */
	logged = set->logged;
	set->logged = false;
	failed = vy_sa_write_supers(set, bit, 0);
	if (logged)
		failed |= vy_sa_write_supers(set, members, 0);
	if (failed)
		vy_legs_fail_durably(set, failed);
	vy_log_reset(set);
	WRITE_ONCE(set->joining, 0);
	wake_up_var(&set->joining);
	if (set->log_always)
		vy_clean_later(set, HZ / 8);
	if (failed)
		return;
	vy_durable_update(set);
	DMINFO("%s: slot %u is in sync again", vy_name(set), slot);
	/* it may have what others lack */
	vy_heal_kick(set);
	vy_recover_kick(set);
	vy_event(set);
}

/*
 * May a target be taken in as far as it goes? Not while zones are being made
 * equal: it lacks them from then on, and would be a member that does.
 */
static bool vy_join_ready(struct vy_set *set, u8 slot)
{
	return vy_lacks_for_good(set, slot) && !atomic_read(&set->nr_resync);
}

/* Does a target lack nothing, and is not a member yet? */
bool vy_join_waits(struct vy_set *set)
{
	u8 targets = vy_targets(READ_ONCE(set->roles));
	unsigned int l;

	vy_for_each_slot(l, targets)
		if (vy_lacks_for_good(set, l))
			return true;
	return false;
}

/*
 * Flush the targets and let the disks forget what they have by now; take
 * those that lack nothing back as members.
 */
static void vy_checkpoint_work(struct work_struct *work)
{
	struct vy_set *set = container_of(work, struct vy_set, checkpoint_work);
	u8 targets = vy_targets(set->roles);
	unsigned int l, which;
	u8 failed;

	vy_for_each_slot(l, targets) {
		struct vy_leg *leg = &set->leg[l];

		/* a failure met in this loop may have taken it */
		if (!(vy_targets(set->roles) & (1u << l)))
			continue;
		if (vy_join_ready(set, l)) {
			vy_leg_join(set, l);
			continue;
		}
		which = leg->copied_now;
		WRITE_ONCE(leg->copied_now, !which);
		atomic_set(&leg->copied_count, 0);
		failed = vy_sa_flush(set, 1u << l);
		if (!failed && !vy_unsettled(set)) {
			vy_stale_copied_flushed(set, l, which);
			failed = vy_sa_write_stale(set, l, vy_members(set->roles));
		}
		if (failed)
			vy_legs_fail_durably(set, failed);
	}
	set->rc.last_checkpoint = jiffies;
	/* put off: looked at again by the timer of the cleaning */
	if (vy_join_waits(set))
		vy_clean_later(set, HZ);
}

/* Let the disks know now what has been copied, and wait. Process context. */
void vy_checkpoint(struct vy_set *set)
{
	if (!vy_targets(set->roles))
		return;
	queue_work(set->meta_wq, &set->checkpoint_work);
	flush_work(&set->checkpoint_work);
}

/* Stage a zone's bit. set->lock held; the metadata context alone does this. */
static bool vy_stage(struct vy_set *set, u64 zone)
{
	lockdep_assert_held(&set->lock);
	if (set->zone[zone].state != Z_CLEAN)
		return false;
	if (!test_and_set_bit(zone, (unsigned long *)set->wib))
		atomic_inc(&set->nr_dirty);
	/* always: the last try may have failed on the disks */
	set_bit(zone / (VY_UNIT_BITS * VY_UNITS_PER_BLOCK), set->wib_dirty);
	return true;
}

#define VY_AHEAD_MAX	32

/* One commit for all waiters; returns whether it succeeded. */
static bool vy_commit_waiters(struct vy_set *set, struct list_head *waiters)
{
	u64 ahead[VY_AHEAD_MAX], z;
	unsigned int nr = 0, i;
	struct vy_req *req;
	bool ok;

	spin_lock_irq(&set->lock);
	list_for_each_entry(req, waiters, list) {
		if (!vy_stage(set, req->zone))
			continue;
		/* who comes from the zone before will want the ones behind */
		if (!req->zone || set->zone[req->zone - 1].state != Z_DIRTY)
			continue;
		for (z = req->zone + 1; z <= req->zone + VY_LOOK_AHEAD; z++)
			if (z < set->geom.zones && nr < VY_AHEAD_MAX && vy_stage(set, z)) {
				set->zone[z].idle_since = vy_age();
				ahead[nr++] = z;
			}
	}
	spin_unlock_irq(&set->lock);

	ok = vy_commit_durable(set);
	if (ok) {
		spin_lock_irq(&set->lock);
		list_for_each_entry(req, waiters, list)
			WRITE_ONCE(set->zone[req->zone].state, Z_DIRTY);
		for (i = 0; i < nr; i++)
			WRITE_ONCE(set->zone[ahead[i]].state, Z_DIRTY);
		spin_unlock_irq(&set->lock);
		vy_clean_arm(set);
	}
	return ok;
}

/* The members may differ somewhere in this zone. */
void vy_resync_zone(struct vy_set *set, u64 zone)
{
	spin_lock_irq(&set->lock);
	set_bit(zone, set->resync_again);
	if (!test_and_set_bit(zone, set->resync))
		atomic_inc(&set->nr_resync);
	spin_unlock_irq(&set->lock);
}

void vy_mirror_flush_torn(struct vy_set *set)
{
	unsigned long zone;

	if (vy_comparable(set, vy_members(set->roles)))
		for_each_set_bit(zone, (unsigned long *)set->wib, set->geom.zones)
			vy_resync_zone(set, zone);
}

/* Legs may differ there now: members are made equal again, targets lack it. */
void vy_mirror_write_torn(struct vy_set *set, struct vy_req *req)
{
	u8 targets = vy_targets(set->roles) | set->parked;
	unsigned int l;

	if (vy_comparable(set, vy_members(set->roles)))
		vy_resync_zone(set, req->zone);
	vy_for_each_slot(l, targets & ~req->holes)
		vy_stale_mark(set, l, req->range.start, req->range.end);
}

/*
 * A flush failed on every member. What they had not flushed may be lost on
 * some of them and not on others: make them equal wherever that can be.
 */
void vy_flush_lost(struct vy_set *set)
{
	u8 targets = vy_targets(set->roles) | set->parked;
	unsigned int l;

	set->kind->flush_torn(set);
	vy_for_each_slot(l, targets) {
		vy_stale_uncopy(set, l);
		vy_stale_mark_dirty_zones(set, l);
	}
	vy_recover_kick(set);
}

/*
 * Which legs are to blame. A request that failed on every member says nothing
 * about any of them: its caller gets the error. So it is when fewer are left
 * than the set needs.
 */
static u8 vy_blame(struct vy_set *set, struct list_head *errors)
{
	u8 members = vy_members(set->roles), mask = 0;
	struct vy_req *req;

	list_for_each_entry(req, errors, list) {
		/* a target has no say in what a member's failure means */
		mask |= req->failed & ~members;
		if (vy_enough(set, req->done & members)) {
			mask |= req->failed;
			if (!req->lost)
				continue;
		}
		if (req->is_flush) {
			vy_flush_lost(set);
			continue;
		}
		set->kind->write_torn(set, req);
	}
	return mask;
}

/* Now that everything is durable: who may be told that it succeeded? */
static void vy_errors_end(struct vy_set *set, struct list_head *errors, bool ok)
{
	u8 members = vy_members(set->roles);
	u8 durable = READ_ONCE(set->durable_members);
	struct vy_req *req, *tmp;
	bool done;
	u8 more;

	list_for_each_entry_safe(req, tmp, errors, list) {
		list_del(&req->list);
		vy_req_settled(req);
		more = durable & members & ~req->done & ~req->failed;
		if (ok && req->is_flush && more) {
			/* a leg became a member meanwhile: flush it as well */
			req->todo = more;
			vy_req_defer(set, req);
			continue;
		}
		if (ok && req->is_flush && vy_flush_held(set, req))
			continue;
		done = ok && vy_enough(set, req->done & members) &&
		       !(durable & ~req->done & ~req->holes) && !req->lost;
		/*
		 * Legs that had what others lack may have failed meanwhile, and
		 * others may lack it since this request began.
		 */
		if (done && !req->is_flush)
			done = set->kind->write_held(set, req);
		vy_req_end(req, done ? BLK_STS_OK : BLK_STS_IOERR);
	}
}

/* Somebody who is no request and wants a zone's bit: req.bio is NULL. */
struct vy_hold {
	struct vy_req req;
	struct completion done;
	bool ok;
};

static void vy_hold_end(struct vy_req *req, bool ok)
{
	struct vy_hold *hold = container_of(req, struct vy_hold, req);

	hold->ok = ok;
	complete(&hold->done);
}

static void vy_meta_work(struct work_struct *work)
{
	struct vy_set *set = container_of(work, struct vy_set, meta_work);
	struct vy_req *req, *tmp;
	struct blk_plug plug;
	LIST_HEAD(waiters);
	LIST_HEAD(errors);
	bool recover = false, ok;
	u8 blame;

	for (;;) {
		spin_lock_irq(&set->lock);
		list_splice_init(&set->waiters, &waiters);
		list_splice_init(&set->errors, &errors);
		spin_unlock_irq(&set->lock);
		blame = xchg(&set->failing, 0);
		if (list_empty(&waiters) && list_empty(&errors) && !blame &&
		    !READ_ONCE(set->stale_due))
			break;

		recover |= blame || !list_empty(&errors);
		blame |= vy_blame(set, &errors);
		if (blame)
			vy_legs_fail(set, blame);
		ok = vy_commit_waiters(set, &waiters);
		vy_errors_end(set, &errors, ok);
		vy_settle(set);

		blk_start_plug(&plug);
		list_for_each_entry_safe(req, tmp, &waiters, list) {
			list_del(&req->list);
			if (!req->bio)
				vy_hold_end(req, ok);
			else if (ok)
				set->kind->write_start(set, req);
			else
				vy_req_end(req, BLK_STS_IOERR);
		}
		blk_finish_plug(&plug);
	}
	/* a request that had failed may have ended well elsewhere */
	vy_settle(set);
	/* there may be more to copy, or a join that was put off */
	if (recover)
		vy_recover_kick(set);
}

/* False when the zone's bit is durable after all; else a commit is on its way. */
static bool vy_commit_wait(struct vy_set *set, struct vy_req *req)
{
	struct vy_zone *zone = &set->zone[req->zone];
	unsigned long flags;
	bool wait;

	spin_lock_irqsave(&set->lock, flags);
	if (zone->state == Z_CLEANING && !zone->staged)
		WRITE_ONCE(zone->state, Z_DIRTY);
	wait = zone->state != Z_DIRTY;
	if (wait)
		list_add_tail(&req->list, &set->waiters);
	spin_unlock_irqrestore(&set->lock, flags);
	if (wait)
		queue_work(set->meta_wq, &set->meta_work);
	return wait;
}

/* A write whose zone is not durably dirty. Any context. */
void vy_commit_queue(struct vy_set *set, struct vy_req *req)
{
	if (!vy_commit_wait(set, req))
		set->kind->write_start(set, req);
}

/*
 * Have a zone durably dirty, and keep it so until vy_zone_release(). Waits for
 * the metadata context. False when that was not possible; then nothing is held.
 */
bool vy_zone_hold(struct vy_set *set, u64 zone)
{
	struct vy_hold hold = { .req.set = set, .req.zone = zone };

	atomic_inc(&set->zone[zone].inflight);
	/* pairs with smp_mb() in vy_clean_pick() */
	smp_mb__after_atomic();
	if (READ_ONCE(set->zone[zone].state) == Z_DIRTY)
		return true;
	init_completion(&hold.done);
	if (vy_commit_wait(set, &hold.req)) {
		wait_for_completion(&hold.done);
		if (!hold.ok)
			vy_zone_release(set, zone);
		return hold.ok;
	}
	return true;
}

/*
 * Have everything written that is due by now, by one who holds the zone; waits for the
 * metadata context. Legs that failed before have been dealt with then. False when no
 * status area takes it.
 */
bool vy_commit_now(struct vy_set *set, u64 zone)
{
	struct vy_hold hold = { .req.set = set, .req.zone = zone };

	init_completion(&hold.done);
	spin_lock_irq(&set->lock);
	list_add_tail(&hold.req.list, &set->waiters);
	spin_unlock_irq(&set->lock);
	queue_work(set->meta_wq, &set->meta_work);
	wait_for_completion(&hold.done);
	return hold.ok;
}

void vy_zone_release(struct vy_set *set, u64 zone)
{
	WRITE_ONCE(set->zone[zone].idle_since, vy_age());
	/* whoever sees inflight fall sees the time */
	smp_mb__before_atomic();
	atomic_dec(&set->zone[zone].inflight);
}

/* A request that some leg failed, or that may not be acknowledged yet. */
void vy_error_queue(struct vy_set *set, struct vy_req *req)
{
	vy_req_queue(set, req, &set->errors, set->meta_wq, &set->meta_work);
}

static void vy_event_work(struct work_struct *work)
{
	struct vy_set *set = container_of(work, struct vy_set, event_work);

	dm_table_event(set->ti->table);
}

void vy_commit_init(struct vy_set *set)
{
	spin_lock_init(&set->lock);
	INIT_LIST_HEAD(&set->waiters);
	INIT_LIST_HEAD(&set->errors);
	INIT_LIST_HEAD(&set->held);
	INIT_WORK(&set->meta_work, vy_meta_work);
	INIT_WORK(&set->checkpoint_work, vy_checkpoint_work);
	INIT_WORK(&set->event_work, vy_event_work);
}
