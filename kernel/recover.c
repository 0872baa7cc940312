// SPDX-License-Identifier: GPL-2.0
/*
 * Recovery: slots that work on one zone each, in runs of up to 256 KiB under
 * the range lock, so a writer waits at most for one such copy.
 *
 * Zones that were dirty at a crash (set->resync) come first: one member is
 * copied over the others, whatever the maps say. Then the targets: the regions
 * that their stale map names, adjacent ones in one piece. When nothing is left
 * to copy, a check compares (check.c).
 *
 * The first slot works as long as there is something to do; rc->tick sets the
 * others to work as far as the volume's users allow (pace.c).
 */
#include <linux/slab.h>

#include "vy.h"

#define VY_TICK		(HZ / 10)

/* Longest run of one copy, in sectors: never less than a region. */
sector_t vy_rc_max(const struct vy_set *set)
{
	return max(VY_RC_BYTES, 1u << set->geom.region_shift) >> SECTOR_SHIFT;
}

unsigned int vy_rc_pages(const struct vy_set *set)
{
	return DIV_ROUND_UP(vy_rc_max(set) << SECTOR_SHIFT, PAGE_SIZE);
}

static void vy_rc_granted(struct vy_range *range)
{
	struct vy_rc_slot *slot = container_of(range, struct vy_rc_slot, range);

	complete(&slot->granted);
}

/* Take a run: in its turn, and its range. False when the recovery has to stop. */
bool vy_rc_begin(struct vy_set *set, struct vy_rc_slot *slot, sector_t start, sector_t end)
{
	if (!vy_pace_begin(set, (u64)(end - start) << SECTOR_SHIFT))
		return false;
	slot->range.start = start;
	slot->range.end = end;
	slot->range.grant = vy_rc_granted;
	reinit_completion(&slot->granted);
	if (!vy_range_lock(set, slot->zone, &slot->range))
		wait_for_completion(&slot->granted);
	return true;
}

void vy_rc_end(struct vy_set *set, struct vy_rc_slot *slot)
{
	vy_range_unlock(set, slot->zone, &slot->range);
	vy_pace_end(set);
}

/* Read or write [start, end) of one leg, to or from pages. */
int vy_rc_io(struct vy_set *set, struct page **pages, u8 l, blk_opf_t op,
	     sector_t start, sector_t end)
{
	blk_status_t status = vy_leg_rw(set, l, op, pages, start, end);

	if (op == REQ_OP_READ)
		atomic64_add((end - start) << SECTOR_SHIFT, &set->stats.read_bytes);
	return blk_status_to_errno(status);
}

/* A leg failed a copy: the metadata context decides what becomes of it. */
void vy_rc_leg_error(struct vy_set *set, u8 l)
{
	spin_lock_irq(&set->lock);
	set_bit(l, &set->failing);
	set_bit(l, &set->doubtful);
	spin_unlock_irq(&set->lock);
	queue_work(set->meta_wq, &set->meta_work);
}

/* Read from the first other member that can; returns its slot, or -EIO. */
int vy_mirror_read_for(struct vy_set *set, u8 l, struct page **pages, struct page **scratch,
		       sector_t start, sector_t end)
{
	u8 sources = vy_sources(set, start, end) & ~(1u << l);

	vy_for_each_slot(l, sources) {
		if (!vy_rc_io(set, pages, l, REQ_OP_READ, start, end))
			/* not even if that came while it was read */
			return READ_ONCE(set->doubtful) & (1u << l) ? -EIO : l;
		atomic_inc(&set->leg[l].read_errors);
	}
	return -EIO;
}

void vy_rc_count(struct vy_set *set, atomic64_t *counter, sector_t start, sector_t end)
{
	u64 bytes = (u64)(end - start) << SECTOR_SHIFT;

	atomic64_add(bytes, counter);
	atomic64_add(bytes, &set->rc.done_bytes);
	WRITE_ONCE(set->rc.progress, true);
}

static bool vy_rc_resync_each(struct vy_set *set, struct vy_rc_slot *slot,
			      sector_t start, sector_t end);

/*
 * Make the members equal in one run. False when that could not be done; then
 * the zone stays as it is, read from one member only, and is tried again. A
 * leg that does not take it while another could be read has failed: the error
 * may be all that we hear of a lost cache.
 */
static bool vy_rc_resync_run(struct vy_set *set, struct vy_rc_slot *slot,
			     sector_t start, sector_t end)
{
	sector_t region = vy_region_sectors(set);
	u8 sources = vy_sources(set, start, end), others, targets;
	u32 roles = READ_ONCE(set->roles);
	enum vy_wrote wrote;
	unsigned int l;
	int source;

	source = vy_mirror_read_for(set, VY_MAX_SLOTS, slot->pages, NULL, start, end);
	if (source < 0)
		return false;
	/* callers have been shown what the first has, but for what it cannot read */
	if (sources & ((1u << source) - 1) && end - start > region)
		return vy_rc_resync_each(set, slot, start, end);
	/* a target may have been given what another held, when this was tried before */
	targets = vy_targets(roles);
	targets &= ~vy_holes(set, targets, slot->zone);
	vy_for_each_slot(l, targets)
		vy_stale_mark(set, l, start, end);
	others = vy_members(roles) & ~(1u << source);
	others &= ~vy_holes(set, others, slot->zone);
	/* where a member has a bad place there is nothing to be made equal */
	others = vy_not_stale(set, others, start, end);
	vy_for_each_slot(l, others) {
		wrote = vy_leg_write(set, l, 1u << source, 0, slot->pages, start, end);
		if (wrote == VY_LEG_DEAD) {
			vy_rc_leg_error(set, l);
			return false;
		}
		if (wrote == VY_PLACE_BAD)
			queue_work(set->meta_wq, &set->meta_work);
		vy_rc_count(set, &set->stats.resync_bytes, start, end);
	}
	return true;
}

/* Members have bad places here: the source is another from region to region. */
static bool vy_rc_lacking(struct vy_set *set, sector_t start, sector_t end)
{
	u8 members = vy_members(READ_ONCE(set->roles));

	return vy_not_stale(set, members, start, end) != members;
}

static bool vy_rc_resync_each(struct vy_set *set, struct vy_rc_slot *slot,
			      sector_t start, sector_t end)
{
	sector_t region = vy_region_sectors(set), next;
	bool ok = true;

	for (; start < end; start = next) {
		next = min(start + region, end);
		/* what nobody has cannot be equal; a write will tell */
		if (vy_covered(set, ~0, start, next))
			ok &= vy_rc_resync_run(set, slot, start, next);
	}
	return ok;
}

bool vy_mirror_resync_run(struct vy_set *set, struct vy_rc_slot *slot, sector_t start,
			  sector_t end)
{
	return vy_rc_lacking(set, start, end) ? vy_rc_resync_each(set, slot, start, end) :
						vy_rc_resync_run(set, slot, start, end);
}

static void vy_rc_resync_zone(struct vy_set *set, struct vy_rc_slot *slot)
{
	sector_t start = vy_zone_start(set, slot->zone), end = vy_zone_end(set, slot->zone);
	sector_t next;
	bool ok;

	clear_bit(slot->zone, set->resync_again);
	for (; start < end; start = next) {
		next = min_t(sector_t, start + vy_rc_max(set), end);
		if (!vy_rc_begin(set, slot, start, next))
			return;
		ok = set->kind->resync_run(set, slot, start, next);
		vy_rc_end(set, slot);
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
	sector_t region = vy_region_sectors(set);

	/* a writer may have healed it while we waited for the range */
	if (!vy_stale_test(set, l, start, end))
		return COPY_DONE;
	if (!(vy_targets(READ_ONCE(set->roles)) & (1u << l)))
		return COPY_NO_TARGET;
	/* a first write reaches it as any other leg */
	if (vy_fresh_all(set, start, end)) {
		vy_stale_heal(set, l, start, end);
		WRITE_ONCE(set->rc.progress, true);
		return COPY_DONE;
	}
	if (set->kind->read_for(set, l, slot->pages, slot->pages + vy_rc_pages(set), start,
				end) < 0) {
		if (end - start <= region && !vy_covered(set, ~0, start, end))
			vy_bad_nowhere(set, l, start);
		return COPY_UNREADABLE;
	}
	switch (vy_leg_write(set, l, vy_members(READ_ONCE(set->roles)), 0, slot->pages,
			     start, end)) {
	case VY_WRITTEN:
		break;
	case VY_PLACE_BAD:
		/* its neighbours are tried one by one */
		return COPY_UNREADABLE;
	default:
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
	sector_t region = vy_region_sectors(set), next;
	enum vy_copied got = COPY_DONE;

	for (; start < end && got != COPY_NO_TARGET; start = next) {
		next = min(start + region, end);
		got = vy_rc_copy_run(set, slot, l, start, next);
	}
	return got;
}

/* The next run of what the leg lacks: all of it was written, or none. */
static bool vy_rc_next_run(struct vy_set *set, u8 l, sector_t from, sector_t limit,
			   sector_t *start, sector_t *end)
{
	bool fresh;

	if (!vy_stale_next_run(set, l, from, limit, vy_rc_max(set), start, end))
		return false;
	*end = vy_fresh_run(set, *start, *end, &fresh);
	return true;
}

static void vy_rc_copy_zone(struct vy_set *set, struct vy_rc_slot *slot, u8 l)
{
	sector_t from = vy_zone_start(set, slot->zone), limit = vy_zone_end(set, slot->zone);
	enum vy_copied got = COPY_DONE;
	sector_t start, end;

	while (from < limit && got != COPY_NO_TARGET &&
	       vy_rc_next_run(set, l, from, limit, &start, &end) &&
	       vy_rc_begin(set, slot, start, end)) {
		got = vy_rc_copy_run(set, slot, l, start, end);
		if (got == COPY_UNREADABLE)
			got = vy_rc_copy_each(set, slot, l, start, end);
		vy_rc_end(set, slot);
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

/* The slot that copies in this zone, or NULL. Checks are in nobody's way. */
static struct vy_rc_slot *vy_rc_busy(struct vy_set *set, u64 zone)
{
	int i;

	for (i = 0; i < VY_RC_SLOTS; i++)
		if (set->rc.slot[i].zone == zone && !set->rc.slot[i].check)
			return &set->rc.slot[i];
	return NULL;
}

static bool vy_rc_take(struct vy_set *set, struct vy_rc_slot *slot, u64 zone)
{
	struct vy_rc_slot *busy;

	if (zone >= set->geom.zones || !vy_rc_wanted(set, zone))
		return false;
	busy = vy_rc_busy(set, zone);
	if (busy) {
		/* who is there may have gone past what we found */
		busy->again = true;
		return false;
	}
	slot->zone = zone;
	return true;
}

/* The next zone that may differ after a crash, or that has something to copy. */
static bool vy_rc_advance(struct vy_set *set, struct vy_rc_slot *slot)
{
	struct vy_recover *rc = &set->rc;

	while (rc->cursor < set->geom.zones && !READ_ONCE(rc->stop)) {
		if (rc->resync_pass)
			rc->cursor = find_next_bit(set->resync, set->geom.zones, rc->cursor);
		if (vy_rc_take(set, slot, rc->cursor++))
			return true;
		cond_resched();
	}
	return false;
}

static void vy_rc_rewind(struct vy_recover *rc)
{
	rc->cursor = 0;
	rc->resync_pass = true;
	WRITE_ONCE(rc->progress, false);
}

/*
 * Give the slot a zone of its own: one that somebody is reading and cannot
 * choose a leg in; one that was dirty at a crash; any. A pass over the volume
 * without any progress ends the recovery: what is left cannot be read now.
 */
static bool vy_rc_pick(struct vy_set *set, struct vy_rc_slot *slot)
{
	struct vy_recover *rc = &set->rc;
	bool found;
	u64 last;

	mutex_lock(&rc->lock);
	last = slot->again ? slot->zone : U64_MAX;
	slot->zone = U64_MAX;
	slot->check = 0;
	slot->again = false;
	found = vy_rc_take(set, slot, last) ||
		vy_rc_take(set, slot, xchg(&rc->urgent, 0) - 1);
	while (!found && !READ_ONCE(rc->stop)) {
		found = vy_rc_advance(set, slot);
		if (found)
			break;
		if (rc->resync_pass) {
			rc->resync_pass = false;
			rc->cursor = 0;
		} else if (READ_ONCE(rc->progress)) {
			vy_rc_rewind(rc);
		} else {
			found = vy_check_pick(set, slot);
			rc->idle = !found;
			break;
		}
	}
	mutex_unlock(&rc->lock);
	return found;
}

/*
 * Pages of one run, slot->pages[first] on: 0, and vy_rc_pages(set) for the run
 * that a check compares it with, or that is added to it. False without memory.
 */
bool vy_rc_pages_get(struct vy_set *set, struct vy_rc_slot *slot, unsigned int first)
{
	unsigned int i, n = vy_rc_pages(set);

	if (!slot->pages)
		slot->pages = kcalloc(2 * n, sizeof(*slot->pages), GFP_NOIO);
	for (i = first; slot->pages && i < first + n; i++) {
		if (!slot->pages[i])
			slot->pages[i] = alloc_page(GFP_NOIO);
		if (!slot->pages[i])
			return false;
	}
	return slot->pages;
}

static void vy_rc_pages_put(struct vy_set *set, struct vy_rc_slot *slot)
{
	unsigned int i;

	for (i = 0; slot->pages && i < 2 * vy_rc_pages(set); i++)
		if (slot->pages[i])
			__free_page(slot->pages[i]);
	kfree(slot->pages);
	slot->pages = NULL;
}

/*
 * Pages are taken while a slot works, not for its life: hundreds of volumes
 * may be active and few recover. Without memory a slot leaves the work to the
 * others, or all of them to the next tick.
 */
static void vy_rc_work(struct work_struct *work)
{
	struct vy_rc_slot *slot = container_of(work, struct vy_rc_slot, work);
	struct vy_set *set = slot->set;
	bool able = vy_rc_pages_get(set, slot, 0) &&
		    (set->need == 1 || vy_rc_pages_get(set, slot, vy_rc_pages(set)));
	unsigned int l;
	u8 targets;

	while (able && (slot == set->rc.slot || slot - set->rc.slot < vy_pace_slots(set)) &&
	       vy_rc_pick(set, slot)) {
		if (slot->check) {
			if (!vy_check_zone(set, slot))
				break;
			continue;
		}
		if (test_bit(slot->zone, set->resync))
			vy_rc_resync_zone(set, slot);
		targets = vy_targets(READ_ONCE(set->roles));
		vy_for_each_slot(l, targets)
			vy_rc_copy_zone(set, slot, l);
	}
	vy_rc_pages_put(set, slot);
	mutex_lock(&set->rc.lock);
	/* one that ends for the users' sake owes what others left to it */
	if (slot->again) {
		vy_rc_rewind(&set->rc);
		set->rc.idle = false;
	}
	slot->again = false;
	slot->zone = U64_MAX;
	mutex_unlock(&set->rc.lock);
	if (READ_ONCE(set->rc.stop) || !READ_ONCE(set->rc.idle))
		return;
	if (vy_targets(READ_ONCE(set->roles)))
		queue_work(set->meta_wq, &set->checkpoint_work);
	else
		vy_event(set);
}

static bool vy_rc_working(struct vy_recover *rc)
{
	int i;

	for (i = 0; i < VY_RC_SLOTS; i++)
		if (work_busy(&rc->slot[i].work))
			return true;
	return false;
}

/* Look at the load and at our own speed. */
static void vy_rc_observe(struct vy_set *set)
{
	u64 bytes = atomic64_read(&set->rc.done_bytes), kib_s;
	unsigned long ticks = jiffies - set->rc.observed;
	struct vy_recover *rc = &set->rc;

	if (ticks < HZ)
		return;
	kib_s = ((bytes - rc->observed_bytes) >> 10) * HZ / ticks;
	WRITE_ONCE(rc->kib_s, rc->kib_s ? (3 * rc->kib_s + kib_s) / 4 : kib_s);
	vy_pace_observe(set, bytes != rc->observed_bytes);
	rc->observed_bytes = bytes;
	rc->observed = jiffies;
}

/* Have as many slots at work as may be, until there is nothing left to do. */
static void vy_rc_tick(struct work_struct *work)
{
	struct vy_set *set = container_of(to_delayed_work(work), struct vy_set, rc.tick);
	struct vy_recover *rc = &set->rc;
	int i, n = max(vy_pace_slots(set), 1);
	bool again;

	if (READ_ONCE(rc->stop))
		return;
	vy_rc_observe(set);
	for (i = 0; i < n && !READ_ONCE(rc->idle); i++)
		if (!work_busy(&rc->slot[i].work))
			queue_work(vy_copy_wq, &rc->slot[i].work);
	mutex_lock(&rc->lock);
	again = !rc->idle || vy_rc_working(rc);
	rc->running = again;
	if (!again)
		WRITE_ONCE(rc->kib_s, 0);
	mutex_unlock(&rc->lock);
	if (again)
		queue_delayed_work(vy_io_wq, &rc->tick, VY_TICK);
}

/* A recovery begins, or goes on after a suspend; rc->lock. */
static void vy_rc_measure(struct vy_set *set)
{
	struct vy_recover *rc = &set->rc;
	u8 targets = vy_targets(READ_ONCE(set->roles));
	unsigned int l;

	/* targets count from where they began, whenever that was */
	rc->total_regions = vy_recover_left(set);
	vy_for_each_slot(l, targets)
		rc->total_regions += max_t(s64, 0, set->leg[l].recover_total -
						   atomic64_read(&set->leg[l].stale_count));
	atomic64_set(&rc->done_bytes, 0);
	rc->observed_bytes = 0;
	rc->observed = jiffies;
	vy_pace_observe(set, false);
	rc->running = true;
}

/* Look for work from the start. */
void vy_recover_kick(struct vy_set *set)
{
	struct vy_recover *rc = &set->rc;
	bool go;

	if (set->no_resync || (!atomic_read(&set->nr_resync) && !READ_ONCE(rc->check.mode) &&
			       !vy_targets(READ_ONCE(set->roles))))
		return;
	mutex_lock(&rc->lock);
	go = !rc->stop;
	if (go) {
		vy_rc_rewind(rc);
		rc->idle = false;
		if (!rc->running)
			vy_rc_measure(set);
	}
	mutex_unlock(&rc->lock);
	if (!go)
		return;
	queue_work(vy_copy_wq, &rc->slot[0].work);
	mod_delayed_work(vy_io_wq, &rc->tick, 0);
}

/* Zones that could not be made equal before: again, unless copies are under way. */
void vy_recover_retry(struct vy_set *set)
{
	if (atomic_read(&set->nr_resync) && !vy_rc_working(&set->rc))
		vy_recover_kick(set);
}

/* Regions that recovery still has to bring to some leg. */
u64 vy_recover_left(struct vy_set *set)
{
	u64 of_zone = (u64)set->geom.zone_words * 64;
	u64 left = (u64)atomic_read(&set->nr_resync) * of_zone;
	u8 targets = vy_targets(READ_ONCE(set->roles));
	unsigned int l;

	/* the last zone may be short */
	if (left && test_bit(set->geom.zones - 1, set->resync))
		left -= set->geom.zones * of_zone - set->geom.regions;
	vy_for_each_slot(l, targets)
		left += atomic64_read(&set->leg[l].stale_count);
	return left;
}

void vy_recover_start(struct vy_set *set)
{
	struct vy_recover *rc = &set->rc;

	mutex_lock(&rc->lock);
	rc->last_checkpoint = jiffies;
	vy_rc_measure(set);
	rc->running = false;
	rc->stop = false;
	mutex_unlock(&rc->lock);
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

	/* who kicks has seen that we stop, or is done with it */
	mutex_lock(&set->rc.lock);
	mutex_unlock(&set->rc.lock);
	cancel_delayed_work_sync(&set->rc.tick);
	for (i = 0; i < VY_RC_SLOTS; i++)
		cancel_work_sync(&set->rc.slot[i].work);
}

const char *vy_recover_action(struct vy_set *set)
{
	bool resync = atomic_read(&set->nr_resync);
	bool recover = vy_targets(READ_ONCE(set->roles));

	if ((resync || recover) && set->no_resync)
		return "frozen";
	if (resync || recover)
		return resync ? "resync" : "recover";
	switch (READ_ONCE(set->rc.check.mode)) {
	case VY_CHECK_ONLY:
		return "check";
	case VY_CHECK_REPAIR:
		return "repair";
	default:
		return "idle";
	}
}

/* In regions, of what vy_recover_action() says. */
void vy_recover_progress(struct vy_set *set, u64 *done, u64 *total)
{
	u64 left = vy_recover_left(set);

	if (!left && READ_ONCE(set->rc.check.mode)) {
		*done = READ_ONCE(set->rc.check.done_regions);
		*total = set->geom.regions;
		return;
	}
	*total = max(READ_ONCE(set->rc.total_regions), left);
	*done = *total - left;
}

void vy_recover_init(struct vy_set *set)
{
	int i;

	mutex_init(&set->rc.lock);
	INIT_DELAYED_WORK(&set->rc.tick, vy_rc_tick);
	set->rc.stop = true;
	for (i = 0; i < VY_RC_SLOTS; i++) {
		struct vy_rc_slot *slot = &set->rc.slot[i];

		slot->set = set;
		slot->zone = U64_MAX;
		init_completion(&slot->granted);
		INIT_WORK(&slot->work, vy_rc_work);
	}
}
