// SPDX-License-Identifier: GPL-2.0
/*
 * The varyon-mirror target: its table, the I/O path, suspend and status.
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

/* Hand a request to the worker that may block. Any context. */
void vy_req_defer(struct vy_set *set, struct vy_req *req)
{
	unsigned long flags;

	spin_lock_irqsave(&set->lock, flags);
	list_add_tail(&req->list, &set->deferred);
	spin_unlock_irqrestore(&set->lock, flags);
	queue_work(vy_io_wq, &set->io_work);
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

		healed = status ? 0 : req->done & vy_targets(READ_ONCE(set->roles));
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

static void vy_write_done(struct vy_req *req)
{
	struct vy_set *set = req->set;

	if (likely(!req->failed && !(READ_ONCE(set->durable_members) & ~req->done)))
		vy_req_end(req, BLK_STS_OK);
	else
		vy_error_queue(set, req);
}

static void vy_write_endio(struct bio *bio)
{
	struct vy_leg_bio *lb = container_of(bio, struct vy_leg_bio, bio);
	struct vy_req *req = lb->req;
	u8 l = lb->slot;

	if (unlikely(bio->bi_status)) {
		atomic_inc(&req->set->leg[l].write_errors);
		if (!test_and_set_bit(0, &req->suspect))
			atomic_inc(&req->set->suspect);
		set_bit(l, &req->failed);
	} else {
		set_bit(l, &req->done);
	}
	bio_put(bio);
	if (atomic_dec_and_test(&req->pending))
		vy_write_done(req);
}

/*
 * Choose the legs. The zone's bit is durable and the range is ours, so marking
 * in memory is enough: until the zone is cleaned a crash marks it whole.
 */
static void vy_write_begin(struct vy_set *set, struct vy_req *req)
{
	unsigned int l;
	u32 roles;
	u8 away;

	/* vy_unpark() waits until nobody is between the choice and the mark */
	rcu_read_lock();
	roles = READ_ONCE(set->roles);
	req->todo = vy_members(roles) | vy_targets(roles);
	away = set->used & ~req->todo;
	if (!req->is_flush)
		vy_for_each_slot(l, away)
			vy_stale_mark(set, l, req->range.start, req->range.end);
	rcu_read_unlock();
	atomic_set(&req->pending, 1);
	req->begun = true;
}

/* With GFP_NOWAIT, what cannot be allocated is finished by the worker. */
static void vy_write_send(struct vy_set *set, struct vy_req *req, gfp_t gfp)
{
	struct vy_leg_bio *lb;
	struct vy_leg *leg;
	struct bio *bio;
	u8 l;

	if (!req->begun)
		vy_write_begin(set, req);
	while (req->todo) {
		l = __ffs(req->todo);
		leg = &set->leg[l];
		bio = bio_alloc_clone(leg->data->bdev, req->bio, gfp, &set->bs_io);
		if (unlikely(!bio)) {
			vy_req_defer(set, req);
			return;
		}
		lb = container_of(bio, struct vy_leg_bio, bio);
		lb->req = req;
		lb->slot = l;
		bio->bi_end_io = vy_write_endio;
		/* what the original knew of an earlier remapping is not true here */
		bio_set_dev(bio, leg->data->bdev);
		if (req->is_flush)
			atomic64_inc(&set->stats.flushes);
		else
			bio->bi_iter.bi_sector = leg->data_start + req->range.start;
		req->todo &= ~(1u << l);
		atomic_inc(&req->pending);
		submit_bio_noacct(bio);
	}
	if (atomic_dec_and_test(&req->pending))
		vy_write_done(req);
}

static void vy_write_granted(struct vy_range *range)
{
	struct vy_req *req = container_of(range, struct vy_req, range);

	vy_req_defer(req->set, req);
}

/* The zone is durably dirty: take the range and go. */
void vy_write_start(struct vy_set *set, struct vy_req *req, gfp_t gfp)
{
	req->range.grant = vy_write_granted;
	if (vy_range_lock(set, req->zone, &req->range))
		vy_write_send(set, req, gfp);
}

static int vy_write(struct vy_set *set, struct vy_req *req)
{
	struct vy_zone *zone = &set->zone[req->zone];

	this_cpu_inc(*set->stats.data_writes);
	atomic_inc(&zone->inflight);
	/* pairs with smp_mb() in vy_clean_pick() */
	smp_mb__after_atomic();
	if (likely(READ_ONCE(zone->state) == Z_DIRTY))
		vy_write_start(set, req, GFP_NOWAIT | __GFP_NOWARN);
	else
		vy_commit_queue(set, req);
	return DM_MAPIO_SUBMITTED;
}

/* ---- reads ---- */

/* Members may differ in a zone that is not resynced yet: one source for all. */
static u8 vy_readable(struct vy_set *set, u64 zone, u8 tried)
{
	u8 legs = vy_members(READ_ONCE(set->roles)) & ~tried;

	if (unlikely(atomic_read(&set->nr_resync)) && test_bit(zone, set->resync))
		legs &= -legs;
	return legs;
}

/* A sequential stream stays on its leg; otherwise the least busy one. */
static u8 vy_read_choose(struct vy_set *set, u8 legs, sector_t sector)
{
	unsigned int l, best = VY_MAX_SLOTS;

	vy_for_each_slot(l, legs) {
		if (READ_ONCE(set->leg[l].next_sector) == sector)
			return l;
		if (best == VY_MAX_SLOTS || atomic_read(&set->leg[l].reading) <
					    atomic_read(&set->leg[best].reading))
			best = l;
	}
	return best;
}

static int vy_read(struct vy_set *set, struct vy_req *req, struct bio *bio)
{
	u8 legs = vy_readable(set, req->zone, 0);
	struct vy_leg *leg;

	req->read_leg = vy_read_choose(set, legs, req->range.start);
	leg = &set->leg[req->read_leg];
	atomic_inc(&leg->reading);
	WRITE_ONCE(leg->next_sector, req->range.end);
	bio_set_dev(bio, leg->data->bdev);
	bio->bi_iter.bi_sector = leg->data_start + req->range.start;
	return DM_MAPIO_REMAPPED;
}

static void vy_read_failed(struct vy_set *set, struct vy_req *req)
{
	unsigned long flags;

	atomic_inc(&set->leg[req->read_leg].read_errors);
	req->tried |= 1u << req->read_leg;
	spin_lock_irqsave(&set->lock, flags);
	list_add_tail(&req->list, &set->reread);
	spin_unlock_irqrestore(&set->lock, flags);
	queue_work(vy_io_wq, &set->io_work);
}

static void vy_read_end(struct vy_req *req, blk_status_t status)
{
	req->read_leg = -1;
	req->bio->bi_status = status;
	bio_endio(req->bio);
}

static void vy_reread_endio(struct bio *bio)
{
	struct vy_leg_bio *lb = container_of(bio, struct vy_leg_bio, bio);
	struct vy_req *req = lb->req;
	blk_status_t status = bio->bi_status;

	bio_put(bio);
	atomic_dec(&req->set->leg[req->read_leg].reading);
	if (status)
		vy_read_failed(req->set, req);
	else
		vy_read_end(req, BLK_STS_OK);
}

/* A read that failed is tried on every other member before anybody hears. */
static void vy_reread(struct vy_set *set, struct vy_req *req)
{
	u8 legs = vy_readable(set, req->zone, req->tried);
	struct vy_leg_bio *lb;
	struct vy_leg *leg;
	struct bio *bio;

	if (!legs) {
		vy_read_end(req, BLK_STS_IOERR);
		return;
	}
	req->read_leg = __ffs(legs);
	leg = &set->leg[req->read_leg];
	req->bio->bi_iter = req->iter;
	bio = bio_alloc_clone(leg->data->bdev, req->bio, GFP_NOIO, &set->bs_io);
	lb = container_of(bio, struct vy_leg_bio, bio);
	lb->req = req;
	lb->slot = req->read_leg;
	bio->bi_end_io = vy_reread_endio;
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
	LIST_HEAD(reread);

	spin_lock_irq(&set->lock);
	list_splice_init(&set->deferred, &deferred);
	list_splice_init(&set->reread, &reread);
	spin_unlock_irq(&set->lock);

	blk_start_plug(&plug);
	list_for_each_entry_safe(req, tmp, &deferred, list) {
		list_del(&req->list);
		vy_write_send(set, req, GFP_NOIO);
	}
	list_for_each_entry_safe(req, tmp, &reread, list) {
		list_del(&req->list);
		vy_reread(set, req);
	}
	blk_finish_plug(&plug);
}

/* ---- the target ---- */

static int vy_mirror_map(struct dm_target *ti, struct bio *bio)
{
	struct vy_req *req = dm_per_bio_data(bio, sizeof(struct vy_req));
	struct vy_set *set = ti->private;

	/* nobody would poll the clones */
	bio_clear_polled(bio);
	memset(req, 0, sizeof(*req));
	req->set = set;
	req->bio = bio;
	req->read_leg = -1;
	if (bio->bi_opf & REQ_PREFLUSH) {
		/* dm sends these empty */
		req->is_flush = true;
		if (unlikely(READ_ONCE(set->flush_lost)) && xchg(&set->flush_lost, false)) {
			bio->bi_status = BLK_STS_IOERR;
			bio_endio(bio);
			return DM_MAPIO_SUBMITTED;
		}
		vy_write_send(set, req, GFP_NOWAIT | __GFP_NOWARN);
		return DM_MAPIO_SUBMITTED;
	}
	req->iter = bio->bi_iter;
	req->range.start = dm_target_offset(ti, bio->bi_iter.bi_sector);
	req->range.end = req->range.start + bio_sectors(bio);
	req->zone = vy_zone_of(set, req->range.start);
	return op_is_write(bio_op(bio)) ? vy_write(set, req) : vy_read(set, req, bio);
}

static int vy_mirror_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error)
{
	struct vy_req *req = dm_per_bio_data(bio, sizeof(struct vy_req));

	if (req->read_leg < 0)
		return DM_ENDIO_DONE;
	atomic_dec(&req->set->leg[req->read_leg].reading);
	if (likely(!*error))
		return DM_ENDIO_DONE;
	vy_read_failed(req->set, req);
	return DM_ENDIO_INCOMPLETE;
}

static void vy_mirror_presuspend(struct dm_target *ti)
{
	struct vy_set *set = ti->private;

	/* dm has forgotten this by the time of postsuspend */
	set->noflush = dm_noflush_suspending(ti);
	vy_recover_stop(set);
}

static void vy_mirror_presuspend_undo(struct dm_target *ti)
{
	struct vy_set *set = ti->private;

	vy_recover_start(set);
}

/* All foreground I/O has ended. Leave clean disks, unless told to hurry. */
static void vy_mirror_postsuspend(struct dm_target *ti)
{
	struct vy_set *set = ti->private;

	if (!set->is_live)
		return;
	vy_live_run(set, false);
	vy_recover_wait(set);
	flush_work(&set->meta_work);
	flush_work(&set->checkpoint_work);
	cancel_delayed_work_sync(&set->clean_work);
	if (!set->noflush)
		vy_clean_all(set);
	cancel_delayed_work_sync(&set->clean_work);
	drain_workqueue(set->meta_wq);
	flush_work(&set->event_work);
	vy_live_del(set);
}

static int vy_mirror_preresume(struct dm_target *ti)
{
	struct vy_set *set = ti->private;
	int r;

	r = vy_live_add(set);
	if (r) {
		DMERR("%s: another device with this set is active",
		      dm_table_device_name(ti->table));
		return r;
	}
	r = vy_set_assemble(set);
	if (r)
		vy_live_del(set);
	else
		vy_want_stable_writes(ti);
	return r;
}

static void vy_mirror_resume(struct dm_target *ti)
{
	struct vy_set *set = ti->private;

	vy_live_run(set, true);
	vy_clean_arm(set);
	vy_recover_start(set);
}

static char vy_slot_letter(struct vy_set *set, unsigned int l)
{
	static const char letter[VY_SLOT_NR] = {
		[VY_SLOT_EMPTY] = '-', [VY_SLOT_MEMBER] = 'M', [VY_SLOT_AWAY] = 'A',
		[VY_SLOT_SPLIT] = 'S', [VY_SLOT_TARGET] = 'T', [VY_SLOT_FAILED] = 'F',
	};
	u32 roles = READ_ONCE(set->roles);
	u8 state = READ_ONCE(set->cur.slot[l].state);

	if (!set->leg[l].used)
		return '-';
	if (vy_members(roles) & (1u << l))
		return 'M';
	if (vy_targets(roles) & (1u << l))
		return 'T';
	return state < VY_SLOT_NR && letter[state] != 'M' ? letter[state] : 'A';
}

static void vy_status_info(struct vy_set *set, char *result, unsigned int maxlen)
{
	u64 left = vy_recover_left(set), total = max(set->rc.total_regions, left);
	u64 seconds = max_t(u64, (jiffies - set->rc.started) / HZ, 1);
	int read_errors = 0, write_errors = 0;
	u8 members = vy_members(READ_ONCE(set->roles));
	bool degraded = (set->used & ~members) != 0;
	bool broken = READ_ONCE(set->broken);
	unsigned int l, sz = 0;

	DMEMIT("1 %u ", set->geom.nslots);
	for (l = 0; l < set->geom.nslots; l++) {
		DMEMIT("%c", vy_slot_letter(set, l));
		read_errors += atomic_read(&set->leg[l].read_errors);
		write_errors += atomic_read(&set->leg[l].write_errors);
	}
	DMEMIT(" %016llx %d/%llu ", READ_ONCE(set->cur.gen), atomic_read(&set->nr_dirty),
	       set->geom.zones);
	for (l = 0; l < set->geom.nslots; l++)
		DMEMIT("%s%lld", l ? "," : "", (s64)atomic64_read(&set->leg[l].stale_count));
	DMEMIT(" %s %llu/%llu %llu %d %d %s%s%s", vy_recover_action(set), total - left, total,
	       div64_u64((u64)atomic64_read(&set->rc.done_bytes) >> 10, seconds),
	       read_errors, write_errors, degraded ? "degraded" : "",
	       degraded && broken ? "," : "", broken ? "failed" : degraded ? "" : "-");
}

static void vy_status_table(struct vy_set *set, char *result, unsigned int maxlen)
{
	unsigned int l, sz = 0;

	DMEMIT("%*phN %u %u %u %s", 16, set->uuid, set->geom.region_shift,
	       set->geom.zone_shift, set->geom.nslots, set->no_resync ? "1 no_resync" : "0");
	for (l = 0; l < set->geom.nslots; l++) {
		struct vy_leg *leg = &set->leg[l];

		if (!leg->used)
			DMEMIT(" - - 0 - 0 0");
		else if (!leg->data)
			DMEMIT(" %*phN - 0 - 0 0", 16, leg->uuid);
		else
			DMEMIT(" %*phN %s %llu %s %llu %llu", 16, leg->uuid, leg->data->name,
			       (u64)leg->data_start, leg->sa->name, (u64)leg->sa_start,
			       leg->sa_sectors);
	}
}

static void vy_mirror_status(struct dm_target *ti, status_type_t type,
			     unsigned int status_flags, char *result, unsigned int maxlen)
{
	struct vy_set *set = ti->private;

	switch (type) {
	case STATUSTYPE_INFO:
		vy_status_info(set, result, maxlen);
		break;
	case STATUSTYPE_TABLE:
		vy_status_table(set, result, maxlen);
		break;
	case STATUSTYPE_IMA:
		*result = '\0';
		break;
	}
}

static int vy_mirror_message(struct dm_target *ti, unsigned int argc, char **argv,
			     char *result, unsigned int maxlen)
{
	struct vy_set *set = ti->private;
	struct vy_stats *st = &set->stats;
	unsigned int sz = 0;
	u64 data_writes = 0;
	int cpu;

	if (argc != 1)
		return -EINVAL;
	if (!strcmp(argv[0], "clean_now")) {
		if (dm_suspended(ti))
			return -EBUSY;
		vy_clean_all(set);
		return 0;
	}
	if (!strcmp(argv[0], "stat")) {
		for_each_possible_cpu(cpu)
			data_writes += *per_cpu_ptr(st->data_writes, cpu);
		DMEMIT("meta_writes=%lld meta_bytes=%lld flushes=%lld commits=%lld ",
		       (s64)atomic64_read(&st->meta_writes), (s64)atomic64_read(&st->meta_bytes),
		       (s64)atomic64_read(&st->flushes), (s64)atomic64_read(&st->commits));
		DMEMIT("copied_bytes=%lld resync_bytes=%lld read_bytes=%lld data_writes=%llu",
		       (s64)atomic64_read(&st->copied_bytes),
		       (s64)atomic64_read(&st->resync_bytes),
		       (s64)atomic64_read(&st->read_bytes),
		       data_writes);
		return 1;
	}
	return -EINVAL;
}

static int vy_mirror_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn,
				     void *data)
{
	struct vy_set *set = ti->private;
	unsigned int l;
	int r = 0;

	vy_for_each_slot(l, set->present) {
		r = fn(ti, set->leg[l].data, set->leg[l].data_start, ti->len, data);
		if (r)
			break;
	}
	return r;
}

static void vy_mirror_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	vy_limits_stable_writes(limits);
}

/* ---- table ---- */

#define VY_ARGS_PER_LEG	6

static bool vy_is_dash(const char *arg)
{
	return arg[0] == '-' && !arg[1];
}

static int vy_parse_uuid(const char *arg, u8 uuid[16])
{
	if (strlen(arg) != 32)
		return -EINVAL;
	return hex2bin(uuid, arg, 16);
}

static int vy_parse_leg(struct vy_set *set, unsigned int l, char **argv)
{
	struct dm_target *ti = set->ti;
	struct vy_leg *leg = &set->leg[l];
	u64 data_start, sa_start, sa_sectors;
	int r;

	if (vy_is_dash(argv[0])) {
		if (!vy_is_dash(argv[1]) || !vy_is_dash(argv[3])) {
			ti->error = "A slot without a leg uuid has a device";
			return -EINVAL;
		}
		return 0;
	}
	if (vy_parse_uuid(argv[0], leg->uuid)) {
		ti->error = "Leg uuid is not 32 hex digits";
		return -EINVAL;
	}
	if (kstrtou64(argv[2], 10, &data_start) || kstrtou64(argv[4], 10, &sa_start) ||
	    kstrtou64(argv[5], 10, &sa_sectors)) {
		ti->error = "Bad number for a leg";
		return -EINVAL;
	}
	leg->used = true;
	set->used |= 1u << l;
	if (vy_is_dash(argv[1]) != vy_is_dash(argv[3])) {
		ti->error = "A leg has data or status area, but not both";
		return -EINVAL;
	}
	if (vy_is_dash(argv[1]))
		return 0;
	if (sa_sectors < set->geom.sa_bytes >> SECTOR_SHIFT || sa_start % VY_BLOCK_SECTORS) {
		ti->error = "Status area too small or not aligned to 4096 bytes";
		return -EINVAL;
	}
	leg->data_start = data_start;
	leg->sa_start = sa_start;
	leg->sa_sectors = sa_sectors;
	/* status areas are written even under a read-only table */
	r = dm_get_device(ti, argv[1], VY_MODE_RW, &leg->data);
	if (!r)
		r = dm_get_device(ti, argv[3], VY_MODE_RW, &leg->sa);
	if (r) {
		ti->error = "Cannot open a leg";
		return r;
	}
	if (sa_start > bdev_nr_sectors(leg->sa->bdev) ||
	    sa_sectors > bdev_nr_sectors(leg->sa->bdev) - sa_start) {
		ti->error = "Status area ends past its device";
		return -EINVAL;
	}
	set->present |= 1u << l;
	return 0;
}

static int vy_parse_table(struct vy_set *set, unsigned int argc, char **argv)
{
	struct dm_target *ti = set->ti;
	unsigned int nslots, nopts, i;
	u8 region_shift, zone_shift;
	int r;

	ti->error = "Wrong number of arguments";
	if (argc < 5)
		return -EINVAL;
	ti->error = "Bad set uuid, shift, slot count or option count";
	if (vy_parse_uuid(argv[0], set->uuid) || kstrtou8(argv[1], 10, &region_shift) ||
	    kstrtou8(argv[2], 10, &zone_shift) || kstrtouint(argv[3], 10, &nslots) ||
	    kstrtouint(argv[4], 10, &nopts) || nslots > VY_MAX_SLOTS || nopts > 1)
		return -EINVAL;
	argc -= 5;
	argv += 5;
	if (argc != nopts + nslots * VY_ARGS_PER_LEG) {
		ti->error = "Wrong number of arguments";
		return -EINVAL;
	}
	for (; nopts; nopts--, argv++) {
		if (strcmp(argv[0], "no_resync")) {
			ti->error = "Unknown option";
			return -EINVAL;
		}
		set->no_resync = true;
	}
	if (vy_geom_init(&set->geom, nslots, region_shift, zone_shift, ti->len)) {
		ti->error = "Region size, zone size or length out of range";
		return -EINVAL;
	}
	if (set->geom.words > VY_MAP_MAX_BYTES / sizeof(u64) ||
	    set->geom.zones > VY_MAP_MAX_BYTES / sizeof(struct vy_zone)) {
		ti->error = "Regions or zones too small for this length";
		return -EINVAL;
	}
	set->zone_sectors_shift = zone_shift - SECTOR_SHIFT;
	for (i = 0; i < nslots; i++, argv += VY_ARGS_PER_LEG) {
		r = vy_parse_leg(set, i, argv);
		if (r)
			return r;
	}
	if (!set->present) {
		ti->error = "No leg has a device";
		return -EINVAL;
	}
	return 0;
}

static void vy_set_free(struct vy_set *set)
{
	unsigned int l;

	/* still there when a resume of its table failed half-way */
	vy_live_del(set);
	vy_recover_wait(set);
	if (set->meta_wq)
		destroy_workqueue(set->meta_wq);
	flush_work(&set->io_work);
	flush_work(&set->event_work);
	vy_sa_exit(set);
	bioset_exit(&set->bs_io);
	vy_stale_free(set);
	kvfree(set->zone);
	kvfree(set->wib);
	kvfree(set->wib_dirty);
	kvfree(set->resync);
	kvfree(set->resync_again);
	free_percpu(set->stats.data_writes);
	for (l = 0; l < VY_MAX_SLOTS; l++) {
		if (set->leg[l].data)
			dm_put_device(set->ti, set->leg[l].data);
		if (set->leg[l].sa)
			dm_put_device(set->ti, set->leg[l].sa);
	}
	kvfree(set);
}

/* Everything that I/O or an error path will ever need is allocated here. */
static int vy_set_alloc(struct vy_set *set)
{
	const struct vy_geom *g = &set->geom;

	set->zone = kvcalloc(g->zones, sizeof(*set->zone), GFP_KERNEL);
	set->wib = kvcalloc(DIV_ROUND_UP_ULL(g->zones, 64), sizeof(u64), GFP_KERNEL);
	set->wib_dirty = kvcalloc(BITS_TO_LONGS(g->wib_blocks), sizeof(long), GFP_KERNEL);
	set->resync = kvcalloc(BITS_TO_LONGS(g->zones), sizeof(long), GFP_KERNEL);
	set->resync_again = kvcalloc(BITS_TO_LONGS(g->zones), sizeof(long), GFP_KERNEL);
	set->stats.data_writes = alloc_percpu(u64);
	if (!set->zone || !set->wib || !set->wib_dirty || !set->resync ||
	    !set->resync_again || !set->stats.data_writes)
		return -ENOMEM;
	set->meta_wq = alloc_ordered_workqueue("varyon_meta", WQ_MEM_RECLAIM | WQ_HIGHPRI);
	if (!set->meta_wq || vy_sa_init(set) || vy_stale_alloc(set))
		return -ENOMEM;
	return bioset_init(&set->bs_io, 64, offsetof(struct vy_leg_bio, bio), 0);
}

static int vy_mirror_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct vy_set *set = kvzalloc(sizeof(*set), GFP_KERNEL);
	int r;

	if (!set) {
		ti->error = "Out of memory";
		return -ENOMEM;
	}
	set->ti = ti;
	INIT_LIST_HEAD(&set->deferred);
	INIT_LIST_HEAD(&set->reread);
	INIT_WORK(&set->io_work, vy_io_work);
	vy_range_init(set);
	vy_commit_init(set);
	vy_clean_init(set);
	vy_recover_init(set);

	r = vy_parse_table(set, argc, argv);
	if (r)
		goto bad;
	r = vy_set_alloc(set);
	if (r) {
		ti->error = "Out of memory";
		goto bad;
	}
	r = dm_set_target_max_io_len(ti, 1u << set->zone_sectors_shift);
	if (r)
		goto bad;
	ti->num_flush_bios = 1;
	ti->per_io_data_size = sizeof(struct vy_req);
	ti->private = set;
	return 0;
bad:
	vy_set_free(set);
	return r;
}

/* Never writes: another table may own the disks by now. */
static void vy_mirror_dtr(struct dm_target *ti)
{
	vy_set_free(ti->private);
}

struct target_type vy_mirror_target = {
	.name = "varyon-mirror",
	.version = {1, 0, 0},
	.module = THIS_MODULE,
	.ctr = vy_mirror_ctr,
	.dtr = vy_mirror_dtr,
	.map = vy_mirror_map,
	.end_io = vy_mirror_end_io,
	.presuspend = vy_mirror_presuspend,
	.presuspend_undo = vy_mirror_presuspend_undo,
	.postsuspend = vy_mirror_postsuspend,
	.preresume = vy_mirror_preresume,
	.resume = vy_mirror_resume,
	.status = vy_mirror_status,
	.message = vy_mirror_message,
	.iterate_devices = vy_mirror_iterate_devices,
	.io_hints = vy_mirror_io_hints,
};
