// SPDX-License-Identifier: GPL-2.0
/*
 * Cleaning of write-intent bits (invariant "Clean"): a zone's bit goes when no
 * write is in flight, a flush that began after the last completion succeeded
 * on every leg that takes writes, and the stale maps of the legs that do not
 * are durable. Goes on while legs are away. Metadata context.
 */
#include "vy.h"

#define VY_EARLY_AGE	2	/* idle for a quarter of a second, see vy_age() */

static u16 vy_clean_delay(void)
{
	return min_t(unsigned int, READ_ONCE(vy_clean_delay_ms) / 125, 60 * 8);
}

/* Pick idle zones and stop them; a write that comes now pulls its zone back. */
static unsigned int vy_clean_pick(struct vy_set *set, u64 *batch, u16 delay)
{
	unsigned int n = 0;
	u16 now = vy_age();
	unsigned long z;

	for_each_set_bit(z, (unsigned long *)set->wib, set->geom.zones) {
		struct vy_zone *zone = &set->zone[z];

		if (n == VY_CLEAN_BATCH)
			break;
		if (READ_ONCE(zone->state) != Z_DIRTY || test_bit(z, set->resync) ||
		    atomic_read(&zone->inflight) ||
		    (u16)(now - READ_ONCE(zone->idle_since)) < delay)
			continue;
		spin_lock_irq(&set->lock);
		WRITE_ONCE(zone->state, Z_CLEANING);
		spin_unlock_irq(&set->lock);
		/* pairs with smp_mb__after_atomic() in vy_write_ready() */
		smp_mb();
		if (atomic_read(&zone->inflight)) {
			spin_lock_irq(&set->lock);
			WRITE_ONCE(zone->state, Z_DIRTY);
			spin_unlock_irq(&set->lock);
			continue;
		}
		batch[n++] = z;
	}
	return n;
}

static void vy_clean_undo(struct vy_set *set, u64 *batch, unsigned int n)
{
	unsigned int i;

	spin_lock_irq(&set->lock);
	for (i = 0; i < n; i++)
		WRITE_ONCE(set->zone[batch[i]].state, Z_DIRTY);
	spin_unlock_irq(&set->lock);
}

/*
 * Clean zones that have been idle for `delay`. True when there may be more.
 *
 * A flush that succeeds proves nothing about a leg that failed something just
 * before: it may have reported the loss of its cache with that. So nothing is
 * cleaned while a failure waits to be dealt with.
 */
static bool vy_clean_pass(struct vy_set *set, u16 delay)
{
	unsigned int i, n, staged = 0;
	u64 *batch = set->clean_batch;
	u8 failed;
	u32 roles;

	if (set->parked && !vy_commit_durable(set))
		return false;
	roles = set->roles;
	n = vy_clean_pick(set, batch, delay);
	if (!n)
		return false;
	failed = vy_sa_flush(set, vy_members(roles) | vy_targets(roles));
	if (!vy_enough(set, vy_members(roles) & ~failed)) {
		/* it has eaten the error that the next caller was to get */
		WRITE_ONCE(set->flush_lost, true);
		vy_flush_lost(set);
	}
	if (!failed)
		failed = vy_sa_write_stale_all(set, vy_members(roles));
	if (failed || vy_unsettled(set)) {
		vy_clean_undo(set, batch, n);
		vy_legs_fail_durably(set, failed);
		return false;
	}

	spin_lock_irq(&set->lock);
	for (i = 0; i < n; i++) {
		struct vy_zone *zone = &set->zone[batch[i]];

		if (zone->state != Z_CLEANING)
			continue;
		zone->staged = 1;
		clear_bit(batch[i], (unsigned long *)set->wib);
		set_bit(batch[i] / (VY_UNIT_BITS * VY_UNITS_PER_BLOCK), set->wib_dirty);
		atomic_dec(&set->nr_dirty);
		batch[staged++] = batch[i];
	}
	spin_unlock_irq(&set->lock);

	/* when this fails the disks say dirty for longer, which is harmless */
	vy_commit_durable(set);
	vy_settle(set);

	spin_lock_irq(&set->lock);
	for (i = 0; i < staged; i++) {
		set->zone[batch[i]].staged = 0;
		WRITE_ONCE(set->zone[batch[i]].state, Z_CLEAN);
	}
	spin_unlock_irq(&set->lock);
	return n == VY_CLEAN_BATCH;
}

/*
 * One pass a time, so that writers that wait for a bit get their turn. Above
 * the limit even zones that were busy a moment ago are cleaned.
 */
static void vy_clean_work(struct work_struct *work)
{
	struct vy_set *set = container_of(to_delayed_work(work), struct vy_set, clean_work);
	u16 delay = vy_clean_delay();

	clear_bit(0, &set->clean_early);
	if (vy_join_waits(set))
		queue_work(set->meta_wq, &set->checkpoint_work);
	vy_recover_retry(set);
	vy_log_protect(set);
	if (atomic_read(&set->nr_dirty) > READ_ONCE(vy_max_dirty_zones) / 4 * 3)
		delay = min_t(u16, delay, VY_EARLY_AGE);
	if (vy_clean_pass(set, delay))
		vy_clean_later(set, 1);
	else
		vy_clean_arm(set);
}

static void vy_clean_all_work(struct work_struct *work)
{
	struct vy_set *set = container_of(work, struct vy_set, clean_all_work);
	u64 passes = div_u64(set->geom.zones, VY_CLEAN_BATCH) + 1;

	/* bounded: under load zones get dirty as fast as they are cleaned */
	while (vy_clean_pass(set, 0) && passes--)
		;
}

/* Look at what is due, in so many ticks unless that is to happen already. */
void vy_clean_later(struct vy_set *set, unsigned long delay)
{
	if (!READ_ONCE(set->clean_stop))
		queue_delayed_work(set->meta_wq, &set->clean_work, delay);
}

/* There is something to clean one day, or soon when there is too much. */
void vy_clean_arm(struct vy_set *set)
{
	int dirty = atomic_read(&set->nr_dirty);

	if (READ_ONCE(set->clean_stop))
		return;
	if (dirty > READ_ONCE(vy_max_dirty_zones)) {
		/* once: every commit comes here, and must not push it back */
		if (!test_and_set_bit(0, &set->clean_early))
			mod_delayed_work(set->meta_wq, &set->clean_work, HZ / 8);
	} else if (dirty) {
		vy_clean_later(set, HZ);
	}
}

/*
 * The timer is not armed any more, whatever the metadata context is still asked
 * to do. The recovery has ended. Process context.
 */
void vy_clean_stop(struct vy_set *set)
{
	WRITE_ONCE(set->clean_stop, true);
	/* who has not seen that is under way */
	flush_workqueue(set->meta_wq);
	cancel_delayed_work_sync(&set->clean_work);
}

/* Clean every idle zone now and wait for it. Process context. */
void vy_clean_all(struct vy_set *set)
{
	queue_work(set->meta_wq, &set->clean_all_work);
	flush_work(&set->clean_all_work);
}

void vy_clean_init(struct vy_set *set)
{
	INIT_DELAYED_WORK(&set->clean_work, vy_clean_work);
	INIT_WORK(&set->clean_all_work, vy_clean_all_work);
}
