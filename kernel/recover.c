// SPDX-License-Identifier: GPL-2.0
/*
 * Recovery: a few slots, each copying one zone at a time in runs of up to
 * 256 KiB under the range lock, so a writer waits at most for one such copy.
 *
 * Two jobs. Zones that were dirty at a crash (set->resync): one member is
 * copied over the others, whatever the maps say. Targets: the regions that
 * their stale map names, adjacent ones in one piece.
 */
#include <linux/ioprio.h>
#include <linux/slab.h>

#include "vy.h"

/* Longest run of one copy, in sectors: never less than a region. */
static sector_t vy_rc_max(const struct vy_set *set)
{
	return max(VY_RC_BYTES, 1u << set->geom.region_shift) >> SECTOR_SHIFT;
}

static void vy_rc_granted(struct vy_range *range)
{
	struct vy_rc_slot *slot = container_of(range, struct vy_rc_slot, range);

	complete(&slot->granted);
}

static void vy_rc_lock(struct vy_set *set, struct vy_rc_slot *slot, sector_t start, sector_t end)
{
	slot->range.start = start;
	slot->range.end = end;
	slot->range.grant = vy_rc_granted;
	reinit_completion(&slot->granted);
	if (!vy_range_lock(set, slot->zone, &slot->range))
		wait_for_completion(&slot->granted);
}

static void vy_rc_unlock(struct vy_set *set, struct vy_rc_slot *slot)
{
	vy_range_unlock(set, slot->zone, &slot->range);
}

/* Read or write [start, end) of one leg, to or from the slot's pages. */
static int vy_rc_io(struct vy_set *set, struct vy_rc_slot *slot, u8 l, blk_opf_t op,
		    sector_t start, sector_t end)
{
	unsigned int left = (end - start) << SECTOR_SHIFT, i, n;
	struct vy_leg *leg = &set->leg[l];
	struct bio *bio;
	int r;

	bio = bio_alloc_bioset(leg->data->bdev, DIV_ROUND_UP(left, PAGE_SIZE),
			       op | REQ_SYNC, GFP_NOIO, &set->bs_meta);
	/* low, but not idle: a writer may be waiting for the range */
	bio->bi_ioprio = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7);
	bio->bi_iter.bi_sector = leg->data_start + start;
	for (i = 0; left; i++, left -= n) {
		n = min_t(unsigned int, left, PAGE_SIZE);
		__bio_add_page(bio, slot->pages[i], n, 0);
	}
	r = submit_bio_wait(bio);
	bio_put(bio);
	if (op == REQ_OP_READ)
		atomic64_add((end - start) << SECTOR_SHIFT, &set->stats.read_bytes);
	return r;
}

/* A leg failed a copy: the metadata context decides what becomes of it. */
static void vy_rc_leg_error(struct vy_set *set, u8 l)
{
	atomic_inc(&set->leg[l].write_errors);
	set_bit(l, &set->failing);
	queue_work(set->meta_wq, &set->meta_work);
}

/* Read from the first member that can; returns its slot, or -EIO. */
static int vy_rc_read_any(struct vy_set *set, struct vy_rc_slot *slot,
			  sector_t start, sector_t end)
{
	u8 members = vy_members(READ_ONCE(set->roles));
	unsigned int l;

	members &= ~vy_holes(set, members, slot->zone);
	vy_for_each_slot(l, members) {
		if (!vy_rc_io(set, slot, l, REQ_OP_READ, start, end))
			return l;
		atomic_inc(&set->leg[l].read_errors);
	}
	return -EIO;
}

static void vy_rc_count(struct vy_set *set, atomic64_t *counter, sector_t start, sector_t end)
{
	u64 bytes = (u64)(end - start) << SECTOR_SHIFT;

	atomic64_add(bytes, counter);
	atomic64_add(bytes, &set->rc.done_bytes);
	WRITE_ONCE(set->rc.progress, true);
}

/*
 * Make the members equal in one run. False when that could not be done; then
 * the zone stays as it is, read from one member only, and is tried again. No
 * leg is given up for it: foreground writes will tell whether one is dead.
 */
static bool vy_rc_resync_run(struct vy_set *set, struct vy_rc_slot *slot,
			     sector_t start, sector_t end)
{
	unsigned int l;
	int source;
	u8 others;

	source = vy_rc_read_any(set, slot, start, end);
	if (source < 0)
		return false;
	others = vy_members(READ_ONCE(set->roles)) & ~(1u << source);
	others &= ~vy_holes(set, others, slot->zone);
	vy_for_each_slot(l, others) {
		if (vy_rc_io(set, slot, l, REQ_OP_WRITE, start, end)) {
			atomic_inc(&set->leg[l].write_errors);
			return false;
		}
		vy_rc_count(set, &set->stats.resync_bytes, start, end);
	}
	return true;
}

static void vy_rc_resync_zone(struct vy_set *set, struct vy_rc_slot *slot)
{
	sector_t start = vy_zone_start(set, slot->zone), end = vy_zone_end(set, slot->zone);
	sector_t next;
	bool ok;

	clear_bit(slot->zone, set->resync_again);
	for (; start < end; start = next) {
		if (READ_ONCE(set->rc.stop))
			return;
		next = min_t(sector_t, start + vy_rc_max(set), end);
		vy_rc_lock(set, slot, start, next);
		ok = vy_rc_resync_run(set, slot, start, next);
		vy_rc_unlock(set, slot);
		if (!ok)
			return;
	}
	set->zone[slot->zone].idle_since = vy_age();
	spin_lock_irq(&set->lock);
	/* a write that failed meanwhile may have undone what was copied before */
	if (!test_bit(slot->zone, set->resync_again) &&
	    test_and_clear_bit(slot->zone, set->resync))
		atomic_dec(&set->nr_resync);
	spin_unlock_irq(&set->lock);
	vy_clean_arm(set);
}

enum vy_copied { COPY_DONE, COPY_UNREADABLE, COPY_NO_TARGET };

static enum vy_copied vy_rc_copy_run(struct vy_set *set, struct vy_rc_slot *slot, u8 l,
				     sector_t start, sector_t end)
{
	/* a writer may have healed it while we waited for the range */
	if (!vy_stale_test(set, l, start, end))
		return COPY_DONE;
	if (!(vy_targets(READ_ONCE(set->roles)) & (1u << l)))
		return COPY_NO_TARGET;
	if (vy_rc_read_any(set, slot, start, end) < 0)
		return COPY_UNREADABLE;
	if (vy_rc_io(set, slot, l, REQ_OP_WRITE, start, end)) {
		vy_rc_leg_error(set, l);
		return COPY_NO_TARGET;
	}
	vy_stale_heal(set, l, start, end);
	vy_rc_count(set, &set->stats.copied_bytes, start, end);
	return COPY_DONE;
}

/* A bad sector must not keep its neighbours from being copied. */
static enum vy_copied vy_rc_copy_each(struct vy_set *set, struct vy_rc_slot *slot, u8 l,
				      sector_t start, sector_t end)
{
	sector_t region = 1u << (set->geom.region_shift - SECTOR_SHIFT), next;
	enum vy_copied got = COPY_DONE;

	for (; start < end && got != COPY_NO_TARGET; start = next) {
		next = min(start + region, end);
		got = vy_rc_copy_run(set, slot, l, start, next);
	}
	return got;
}

static void vy_rc_copy_zone(struct vy_set *set, struct vy_rc_slot *slot, u8 l)
{
	sector_t from = vy_zone_start(set, slot->zone), limit = vy_zone_end(set, slot->zone);
	enum vy_copied got = COPY_DONE;
	sector_t start, end;

	while (from < limit && got != COPY_NO_TARGET && !READ_ONCE(set->rc.stop) &&
	       vy_stale_next_run(set, l, from, limit, vy_rc_max(set), &start, &end)) {
		vy_rc_lock(set, slot, start, end);
		got = vy_rc_copy_run(set, slot, l, start, end);
		if (got == COPY_UNREADABLE)
			got = vy_rc_copy_each(set, slot, l, start, end);
		vy_rc_unlock(set, slot);
		from = end;
	}
	if (atomic_read(&set->leg[l].copied_count) >= VY_CHECKPOINT_REGIONS ||
	    time_after(jiffies, READ_ONCE(set->rc.last_checkpoint) + VY_CHECKPOINT_JIFFIES))
		queue_work(set->meta_wq, &set->checkpoint_work);
}

static bool vy_rc_wanted(struct vy_set *set, u64 zone)
{
	u8 targets = vy_targets(READ_ONCE(set->roles));
	sector_t start, end;
	unsigned int l;

	if (test_bit(zone, set->resync))
		return true;
	vy_for_each_slot(l, targets)
		if (vy_stale_next_run(set, l, vy_zone_start(set, zone), vy_zone_end(set, zone),
				      vy_rc_max(set), &start, &end))
			return true;
	return false;
}

static bool vy_rc_busy(struct vy_set *set, u64 zone)
{
	int i;

	for (i = 0; i < VY_RC_SLOTS; i++)
		if (set->rc.slot[i].zone == zone)
			return true;
	return false;
}

/*
 * Give the slot a zone of its own. A pass over the volume without any progress
 * ends the recovery: what is left cannot be read now.
 */
static bool vy_rc_pick(struct vy_set *set, struct vy_rc_slot *slot)
{
	struct vy_recover *rc = &set->rc;
	bool found = false;

	mutex_lock(&rc->lock);
	slot->zone = U64_MAX;
	while (!READ_ONCE(rc->stop)) {
		if (rc->cursor >= set->geom.zones) {
			if (!READ_ONCE(rc->progress))
				break;
			WRITE_ONCE(rc->progress, false);
			rc->cursor = 0;
		}
		if (!vy_rc_busy(set, rc->cursor) && vy_rc_wanted(set, rc->cursor)) {
			slot->zone = rc->cursor++;
			found = true;
			break;
		}
		rc->cursor++;
		cond_resched();
	}
	mutex_unlock(&rc->lock);
	return found;
}

static bool vy_rc_pages_get(struct vy_set *set, struct vy_rc_slot *slot)
{
	unsigned int i, n = DIV_ROUND_UP(vy_rc_max(set) << SECTOR_SHIFT, PAGE_SIZE);

	for (i = 0; i < n; i++) {
		slot->pages[i] = alloc_page(GFP_NOIO);
		if (!slot->pages[i])
			return false;
	}
	return true;
}

static void vy_rc_pages_put(struct vy_rc_slot *slot)
{
	unsigned int i;

	for (i = 0; i < VY_RC_PAGES_MAX && slot->pages[i]; i++) {
		__free_page(slot->pages[i]);
		slot->pages[i] = NULL;
	}
}

/*
 * Pages are taken while a slot works, not for its life: hundreds of volumes
 * may be active and few recover. Without memory a slot leaves the work to the
 * others, or all of them to the next activation.
 */
static void vy_rc_work(struct work_struct *work)
{
	struct vy_rc_slot *slot = container_of(work, struct vy_rc_slot, work);
	struct vy_set *set = slot->set;
	bool able = vy_rc_pages_get(set, slot);
	unsigned int l;
	u8 targets;

	while (able && vy_rc_pick(set, slot)) {
		if (test_bit(slot->zone, set->resync))
			vy_rc_resync_zone(set, slot);
		targets = vy_targets(READ_ONCE(set->roles));
		vy_for_each_slot(l, targets)
			vy_rc_copy_zone(set, slot, l);
	}
	vy_rc_pages_put(slot);
	if (READ_ONCE(set->rc.stop))
		return;
	if (vy_targets(READ_ONCE(set->roles)))
		queue_work(set->meta_wq, &set->checkpoint_work);
	else
		vy_event(set);
}

/* Look for work from the start. */
void vy_recover_kick(struct vy_set *set)
{
	struct vy_recover *rc = &set->rc;
	int i;

	if (set->no_resync || READ_ONCE(rc->stop) ||
	    (!atomic_read(&set->nr_resync) && !vy_targets(READ_ONCE(set->roles))))
		return;
	mutex_lock(&rc->lock);
	rc->cursor = 0;
	WRITE_ONCE(rc->progress, false);
	mutex_unlock(&rc->lock);
	for (i = 0; i < VY_RC_SLOTS; i++)
		queue_work(vy_copy_wq, &rc->slot[i].work);
}

/* Zones that could not be made equal before: again, unless copies are under way. */
void vy_recover_retry(struct vy_set *set)
{
	int i;

	if (!atomic_read(&set->nr_resync))
		return;
	for (i = 0; i < VY_RC_SLOTS; i++)
		if (work_busy(&set->rc.slot[i].work))
			return;
	vy_recover_kick(set);
}

/* Regions that recovery still has to bring to some leg. */
u64 vy_recover_left(struct vy_set *set)
{
	u8 targets = vy_targets(READ_ONCE(set->roles));
	u64 left = (u64)atomic_read(&set->nr_resync) * set->geom.zone_words * 64;
	unsigned int l;

	vy_for_each_slot(l, targets)
		left += atomic64_read(&set->leg[l].stale_count);
	return left;
}

void vy_recover_start(struct vy_set *set)
{
	struct vy_recover *rc = &set->rc;

	rc->started = jiffies;
	rc->last_checkpoint = jiffies;
	atomic64_set(&rc->done_bytes, 0);
	rc->total_regions = vy_recover_left(set);
	WRITE_ONCE(rc->stop, false);
	vy_recover_kick(set);
}

/* Keep slots from starting another copy; presuspend, does not wait. */
void vy_recover_stop(struct vy_set *set)
{
	WRITE_ONCE(set->rc.stop, true);
}

/* Wait for the copies that were under way; those not begun are dropped. */
void vy_recover_wait(struct vy_set *set)
{
	int i;

	for (i = 0; i < VY_RC_SLOTS; i++)
		cancel_work_sync(&set->rc.slot[i].work);
}

const char *vy_recover_action(struct vy_set *set)
{
	bool resync = atomic_read(&set->nr_resync);
	bool recover = vy_targets(READ_ONCE(set->roles));

	if (!resync && !recover)
		return "idle";
	if (set->no_resync)
		return "frozen";
	return resync ? "resync" : "recover";
}

void vy_recover_init(struct vy_set *set)
{
	int i;

	mutex_init(&set->rc.lock);
	set->rc.stop = true;
	for (i = 0; i < VY_RC_SLOTS; i++) {
		struct vy_rc_slot *slot = &set->rc.slot[i];

		slot->set = set;
		slot->zone = U64_MAX;
		init_completion(&slot->granted);
		INIT_WORK(&slot->work, vy_rc_work);
	}
}
