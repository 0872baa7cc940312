// SPDX-License-Identifier: GPL-2.0
/*
 * The varyon-mirror target: its I/O path, and what of it RAID5 shares: the end of
 * requests, and flushes.
 *
 * A write goes to members and targets alike; for every other slot its regions
 * are marked stale. It is acknowledged when each slot that some durable
 * superblock calls in sync has it (invariant "Ack"); otherwise the metadata
 * context decides. Nothing here waits.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "vy.h"

/* ---- requests ---- */

/*
 * Put a request on a list, for a work to find. Any context. The work is queued
 * under the lock: one that is at it already might end the last request, and the
 * set be gone.
 */
void vy_req_queue(struct vy_set *set, struct vy_req *req, struct list_head *list,
		  struct workqueue_struct *wq, struct work_struct *work)
{
	unsigned long flags;

	spin_lock_irqsave(&set->lock, flags);
	list_add_tail(&req->list, list);
	queue_work(wq, work);
	spin_unlock_irqrestore(&set->lock, flags);
}

/* The same for a leg's part of a request. */
void vy_bio_queue(struct vy_set *set, struct bio *bio, struct bio_list *list,
		  struct work_struct *work)
{
	unsigned long flags;

	spin_lock_irqsave(&set->lock, flags);
	bio_list_add(list, bio);
	queue_work(vy_io_wq, work);
	spin_unlock_irqrestore(&set->lock, flags);
}

/* Hand a request to the worker that may block. Any context. */
void vy_req_defer(struct vy_set *set, struct vy_req *req)
{
	vy_req_queue(set, req, &set->deferred, vy_io_wq, &set->io_work);
}

/* The end of a write or a flush. */
void vy_req_end(struct vy_req *req, blk_status_t status)
{
	struct vy_set *set = req->set;
	struct bio *bio = req->bio;
	unsigned int l;
	u8 healed;

	if (!req->is_flush) {
		struct vy_zone *zone = &set->zone[req->zone];

		if (unlikely(req->timed_ns))
			vy_pace_timed(set, req, WRITE);
		/* a discard that no leg did: its caller may want to know */
		if (unlikely(req->refused) && !status && !(req->done & ~req->refused))
			status = BLK_STS_NOTSUPP;
		healed = status ? 0 : req->done & req->todo & ~req->stale &
				      vy_targets(READ_ONCE(set->roles));
		if (unlikely(healed) && bio_op(bio) == REQ_OP_DISCARD)
			healed = 0;
		vy_for_each_slot(l, healed)
			vy_stale_heal(set, l, req->range.start, req->range.end);
		if (req->range.granted)
			vy_range_unlock(set, req->zone, &req->range);
		WRITE_ONCE(zone->idle_since, vy_age());
		/* whoever sees inflight fall sees the completion and the time */
		smp_mb__before_atomic();
		atomic_dec(&zone->inflight);
	}
	bio->bi_status = status;
	bio_endio(bio);
}

/* What failed in it is dealt with. */
void vy_req_settled(struct vy_req *req)
{
	if (test_and_clear_bit(0, &req->suspect))
		atomic_dec(&req->set->suspect);
}

/*
 * Members that lacked some of the range have it now, where it covers whole
 * regions; for the rest there must be another.
 */
static void vy_write_touchy(struct vy_set *set, struct vy_req *req)
{
	u8 healed = req->touchy & req->done & ~req->stale;
	unsigned int l;

	if (bio_op(req->bio) == REQ_OP_WRITE) {
		vy_for_each_slot(l, healed)
			vy_stale_clear(set, l, req->range.start, req->range.end);
		WRITE_ONCE(set->stale_due, true);
	}
	if (!vy_covered(set, req->done, req->range.start, req->range.end))
		req->lost = true;
}

/* All legs have answered, and bad places have been looked after. Any context. */
void vy_write_settle(struct vy_req *req)
{
	struct vy_set *set = req->set;

	if (unlikely(req->touchy))
		vy_write_touchy(set, req);
	/*
	 * Before anything is acknowledged the disks must know what members have
	 * again: a region that all of them lack is believed to be unwritten.
	 */
	if (unlikely(req->failed || req->lost || req->stale ||
		     READ_ONCE(set->stale_due) || READ_ONCE(set->stale_owed) ||
		     (READ_ONCE(set->durable_members) & ~req->done & ~req->holes) ||
		     (req->is_flush && READ_ONCE(set->doubtful) & req->done))) {
		vy_error_queue(set, req);
		return;
	}
	vy_req_settled(req);
	vy_req_end(req, BLK_STS_OK);
}

static void vy_write_done(struct vy_req *req)
{
	if (unlikely(req->bad))
		vy_bad_write_queue(req->set, req);
	else
		vy_write_settle(req);
}

/* A leg has its copy, or has failed. Ends the leg's bio. Any context. */
void vy_leg_written(struct bio *bio, blk_status_t status)
{
	struct vy_leg_bio *lb = container_of(bio, struct vy_leg_bio, bio);
	struct vy_req *req = lb->req;
	u8 l = lb->slot;

	if (unlikely(status)) {
		atomic_inc(&req->set->leg[l].write_errors);
		vy_req_suspect(req->set, req, l);
		set_bit(l, &req->failed);
		if (!req->is_flush && vy_bad_status(status))
			set_bit(l, &req->bad);
	} else {
		set_bit(l, &req->done);
	}
	bio_uninit(bio);
	if (atomic_dec_and_test(&req->pending))
		vy_write_done(req);
}

static void vy_write_endio(struct bio *bio)
{
	struct vy_leg_bio *lb = container_of(bio, struct vy_leg_bio, bio);
	blk_status_t status = bio->bi_status;

	if (unlikely(status) && bio_op(bio) == REQ_OP_WRITE_ZEROES) {
		vy_zeroes_again(lb->req->set, bio);
		return;
	}
	if (unlikely(status) && bio_op(bio) == REQ_OP_DISCARD) {
		set_bit(lb->slot, &lb->req->refused);
		status = BLK_STS_OK;
	}
	vy_leg_written(bio, status);
}

/*
 * Choose the legs. The zone's bit is durable and the range is ours, so marking
 * in memory is enough: until the zone is cleaned a crash marks it whole.
 */
static void vy_write_begin(struct vy_set *set, struct vy_req *req)
{
	unsigned int l;
	u8 away, members;
	u32 roles;

	/* vy_unpark() waits until nobody is between the choice and the mark */
	rcu_read_lock();
	roles = READ_ONCE(set->roles);
	if (unlikely(set->wish.partial) && !req->is_flush)
		req->holes = vy_holes(set, set->used, req->zone);
	req->todo = (vy_members(roles) | vy_targets(roles)) & ~req->holes;
	away = set->used & ~req->todo & ~req->holes;
	if (!req->is_flush)
		vy_for_each_slot(l, away)
			vy_stale_mark(set, l, req->range.start, req->range.end);
	rcu_read_unlock();
	if (unlikely(bio_op(req->bio) == REQ_OP_DISCARD)) {
		vy_discard_begin(set, req);
	} else if (!req->is_flush) {
		members = vy_members(roles) & req->todo;
		req->touchy = members & ~vy_not_stale(set, members, req->range.start,
						      req->range.end);
	}
}

/*
 * A leg's part of a request. What could fail is the copy of integrity data and
 * of keys, which dm keeps from targets that do not ask for them.
 */
static struct bio *vy_leg_bio_init(struct vy_set *set, struct vy_req *req,
				   struct vy_leg_bio *lb, u8 l, bio_end_io_t *end_io)
{
	struct bio *bio = &lb->bio;

	WARN_ON_ONCE(bio_init_clone(set->leg[l].data->bdev, bio, req->bio, GFP_NOWAIT));
	/* of one page: told so, the block layer need not look for what to split */
	if (bio_has_data(bio) && !bio->bi_iter.bi_idx &&
	    bio_iter_len(bio, bio->bi_iter) == bio->bi_iter.bi_size)
		bio->bi_vcnt = 1;
	lb->req = req;
	lb->slot = l;
	bio->bi_end_io = end_io;
	return bio;
}

static void vy_write_send(struct vy_set *set, struct vy_req *req)
{
	struct vy_leg_bio *lb = vy_leg_bios(req);
	struct vy_leg *leg;
	struct bio *bio;
	unsigned int l;
	u8 todo;

	if (!req->todo)
		vy_write_begin(set, req);
	todo = req->todo;
	if (unlikely(!todo)) {
		/* a discard, and nobody can */
		vy_write_done(req);
		return;
	}
	atomic_set(&req->pending, hweight8(todo));
	/* once the last one is sent, the request may be gone */
	vy_for_each_slot(l, todo) {
		leg = &set->leg[l];
		bio = vy_leg_bio_init(set, req, lb++, l, vy_write_endio);
		if (req->is_flush)
			atomic64_inc(&set->stats.flushes);
		else
			bio->bi_iter.bi_sector = leg->data_start + req->range.start;
		/* what makes a bad place good again must not sit in a cache */
		if (unlikely(req->touchy & (1u << l)) && bio_op(bio) == REQ_OP_WRITE)
			bio->bi_opf |= REQ_FUA;
		if (!req->is_flush && vy_bbr_met(leg, req->range.start, req->range.end))
			vy_bad_bio_queue(set, bio);
		else
			submit_bio_noacct(bio);
	}
}

static void vy_write_granted(struct vy_range *range)
{
	struct vy_req *req = container_of(range, struct vy_req, range);

	vy_req_defer(req->set, req);
}

/* The zone is durably dirty: take the range and go. */
static void vy_write_start(struct vy_set *set, struct vy_req *req)
{
	req->range.grant = vy_write_granted;
	if (vy_range_lock(set, req->zone, &req->range))
		vy_write_send(set, req);
}

static int vy_write(struct vy_set *set, struct vy_req *req)
{
	if (vy_write_ready(set, req))
		vy_write_start(set, req);
	else
		vy_commit_queue(set, req);
	return DM_MAPIO_SUBMITTED;
}

/* ---- reads ---- */

/* Members may differ in a zone that is not resynced yet: one source for all. */
static u8 vy_readable(struct vy_set *set, const struct vy_req *req)
{
	u8 legs = vy_members(READ_ONCE(set->roles)) & ~req->tried, good, source;
	u64 zone = req->zone;

	if (unlikely(set->wish.partial))
		legs &= ~vy_holes(set, legs, zone);
	good = vy_not_stale(set, legs, req->range.start, req->range.end);
	if (unlikely(atomic_read(&set->nr_resync)) && test_bit(zone, set->resync)) {
		WRITE_ONCE(set->rc.urgent, zone + 1);
		/* the source may change within the range: block by block */
		source = vy_trusted(set, legs);
		return good == legs ? source & -source : 0;
	}
	return vy_trusted(set, good);
}

static int vy_read(struct vy_set *set, struct vy_req *req, struct bio *bio)
{
	u8 legs = vy_readable(set, req);
	struct vy_leg *leg;
	unsigned int l;

	vy_for_each_slot(l, legs)
		if (vy_bbr_met(&set->leg[l], req->range.start, req->range.end))
			legs &= ~(1u << l);
	if (unlikely(!legs)) {
		vy_bad_read_queue(set, req);
		return DM_MAPIO_SUBMITTED;
	}
	req->read_leg = vy_read_choose(set, legs, req->range.start);
	leg = &set->leg[req->read_leg];
	atomic_inc(&leg->reading);
	if (unlikely(req->timed_ns))
		req->depth = min(atomic_read(&leg->reading), U16_MAX);
	WRITE_ONCE(leg->next_sector, req->range.end);
	bio_set_dev(bio, leg->data->bdev);
	bio->bi_iter.bi_sector = leg->data_start + req->range.start;
	return DM_MAPIO_REMAPPED;
}

/*
 * What came from a leg counts only while the leg does: one that has failed a
 * write since the read was sent may have returned what was there before.
 */
static bool vy_read_counts(struct vy_set *set, struct vy_req *req, blk_status_t status)
{
	u8 members = vy_members(READ_ONCE(set->roles)), leg = 1u << req->read_leg;

	if (unlikely(status)) {
		atomic_inc(&set->leg[req->read_leg].read_errors);
		return false;
	}
	return vy_trusted(set, members) & leg;
}

static void vy_read_again(struct vy_set *set, struct vy_req *req)
{
	req->tried |= 1u << req->read_leg;
	vy_req_queue(set, req, &set->reread, vy_io_wq, &set->io_work);
}

void vy_read_end(struct vy_req *req, blk_status_t status)
{
	/* of one that was never sent to a leg as a whole */
	if (unlikely(req->timed_ns))
		vy_pace_timed(req->set, req, READ);
	req->read_leg = -1;
	req->bio->bi_status = status;
	bio_endio(req->bio);
}

static void vy_reread_endio(struct bio *bio)
{
	struct vy_leg_bio *lb = container_of(bio, struct vy_leg_bio, bio);
	struct vy_req *req = lb->req;
	blk_status_t status = bio->bi_status;

	bio_uninit(bio);
	atomic_dec(&req->set->leg[req->read_leg].reading);
	if (!vy_read_counts(req->set, req, status)) {
		vy_read_again(req->set, req);
		return;
	}
	vy_repair_queue(req->set, req->tried, req->range.start, req->range.end);
	vy_read_end(req, BLK_STS_OK);
}

/*
 * A read that failed is tried on every other member before anybody hears, and
 * then block by block: legs may be bad in different places.
 */
static void vy_reread(struct vy_set *set, struct vy_req *req)
{
	u8 legs = vy_readable(set, req);
	struct vy_leg *leg;
	struct bio *bio;

	req->bio->bi_iter = req->iter;
	if (!legs || vy_bbr_met(&set->leg[__ffs(legs)], req->range.start, req->range.end)) {
		vy_bad_read_queue(set, req);
		return;
	}
	req->read_leg = __ffs(legs);
	leg = &set->leg[req->read_leg];
	bio = vy_leg_bio_init(set, req, vy_leg_bios(req), req->read_leg, vy_reread_endio);
	/* what the original knows of an earlier remapping may not be true here */
	bio_set_dev(bio, leg->data->bdev);
	bio->bi_iter.bi_sector = leg->data_start + req->range.start;
	atomic_inc(&leg->reading);
	submit_bio_noacct(bio);
}

static void vy_io_work(struct work_struct *work)
{
	struct vy_set *set = container_of(work, struct vy_set, io_work);
	struct vy_req *req, *tmp;
	struct blk_plug plug;
	LIST_HEAD(deferred);
	struct bio_list zeroes;
	LIST_HEAD(reread);

	bio_list_init(&zeroes);
	spin_lock_irq(&set->lock);
	bio_list_merge(&zeroes, &set->zeroes);
	bio_list_init(&set->zeroes);
	list_splice_init(&set->deferred, &deferred);
	list_splice_init(&set->reread, &reread);
	spin_unlock_irq(&set->lock);

	blk_start_plug(&plug);
	list_for_each_entry_safe(req, tmp, &deferred, list) {
		list_del(&req->list);
		vy_write_send(set, req);
	}
	list_for_each_entry_safe(req, tmp, &reread, list) {
		list_del(&req->list);
		vy_reread(set, req);
	}
	blk_finish_plug(&plug);
	vy_zeroes_work(set, &zeroes);
}

void vy_io_init(struct vy_set *set)
{
	INIT_LIST_HEAD(&set->deferred);
	INIT_LIST_HEAD(&set->reread);
	bio_list_init(&set->zeroes);
	INIT_WORK(&set->io_work, vy_io_work);
}

/* ---- the target ---- */

struct vy_req *vy_req_begin(struct dm_target *ti, struct bio *bio)
{
	struct vy_req *req = dm_per_bio_data(bio, ti->per_io_data_size);

	/* nobody would poll the clones */
	bio_clear_polled(bio);
	memset(req, 0, sizeof(*req));
	req->set = ti->private;
	req->bio = bio;
	req->read_leg = -1;
	req->iter = bio->bi_iter;
	return req;
}

/* dm sends these empty. */
void vy_flush(struct vy_set *set, struct vy_req *req)
{
	req->is_flush = true;
	if (unlikely(READ_ONCE(set->flush_lost)) && xchg(&set->flush_lost, false)) {
		req->bio->bi_status = BLK_STS_IOERR;
		bio_endio(req->bio);
	} else {
		vy_write_send(set, req);
	}
}

static int vy_mirror_map(struct dm_target *ti, struct bio *bio)
{
	struct vy_req *req = vy_req_begin(ti, bio);
	struct vy_set *set = ti->private;

	if (bio->bi_opf & REQ_PREFLUSH) {
		vy_flush(set, req);
		return DM_MAPIO_SUBMITTED;
	}
	req->range.start = dm_target_offset(ti, bio->bi_iter.bi_sector);
	req->range.end = req->range.start + bio_sectors(bio);
	req->zone = vy_zone_of(set, req->range.start);
	if (unlikely(bio_op(bio) == REQ_OP_DISCARD || bio_op(bio) == REQ_OP_WRITE_ZEROES))
		vy_cut_to_zone(set, req);
	else
		vy_pace_seen(set, req);
	vy_lp_count(set, req);
	return op_is_write(bio_op(bio)) ? vy_write(set, req) : vy_read(set, req, bio);
}

static void vy_read_timed(struct vy_set *set, struct vy_req *req, blk_status_t error)
{
	u64 took = vy_pace_timed(set, req, READ);

	if (!error)
		vy_read_measured(set, req->read_leg, took, req->depth);
}

static int vy_mirror_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error)
{
	struct vy_req *req = dm_per_bio_data(bio, ti->per_io_data_size);

	if (req->read_leg < 0)
		return DM_ENDIO_DONE;
	if (unlikely(req->timed_ns))
		vy_read_timed(req->set, req, *error);
	atomic_dec(&req->set->leg[req->read_leg].reading);
	if (likely(vy_read_counts(req->set, req, *error)))
		return DM_ENDIO_DONE;
	vy_read_again(req->set, req);
	return DM_ENDIO_INCOMPLETE;
}

static void vy_mirror_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	vy_limits_stable_writes(limits);
}

static bool vy_mirror_write_held(struct vy_set *set, struct vy_req *req)
{
	return vy_covered(set, req->done, req->range.start, req->range.end);
}

const struct vy_kind vy_mirror_kind = {
	.type = VY_TYPE_MIRROR,
	.write_start = vy_write_start,
	.write_held = vy_mirror_write_held,
	.write_torn = vy_mirror_write_torn,
	.flush_torn = vy_mirror_flush_torn,
	.resync_drop = vy_mirror_resync_drop,
	.read_for = vy_mirror_read_for,
	.resync_run = vy_mirror_resync_run,
	.check_run = vy_mirror_check_run,
};

static int vy_mirror_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct vy_set *set;
	int r = vy_set_ctr(ti, argc, argv, &vy_mirror_kind);

	if (r)
		return r;
	set = ti->private;
	r = dm_set_target_max_io_len(ti, 1u << set->zone_sectors_shift);
	if (r) {
		vy_set_dtr(ti);
		return r;
	}
	ti->discards_supported = vy_discard_offered(set);
	ti->num_discard_bios = ti->discards_supported;
	ti->num_write_zeroes_bios = 1;
	return 0;
}

struct target_type vy_mirror_target = {
	.name = "varyon-mirror",
	.version = {1, 0, 0},
	.module = THIS_MODULE,
	.ctr = vy_mirror_ctr,
	.dtr = vy_set_dtr,
	.map = vy_mirror_map,
	.end_io = vy_mirror_end_io,
	.presuspend = vy_set_presuspend,
	.presuspend_undo = vy_set_presuspend_undo,
	.postsuspend = vy_set_postsuspend,
	.preresume = vy_set_preresume,
	.resume = vy_set_resume,
	.status = vy_set_status,
	.message = vy_set_message,
	.iterate_devices = vy_set_iterate_devices,
	.io_hints = vy_mirror_io_hints,
};
