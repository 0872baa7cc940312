// SPDX-License-Identifier: GPL-2.0
/*
 * Loss of a leg. Metadata context.
 */
#include <linux/random.h>

#include "vy.h"

/* A name for a new stretch of history; 0 stands for none. */
u64 vy_new_gen(void)
{
	u64 gen;

	do
		gen = get_random_u64();
	while (!gen);
	return gen;
}

/* dm_table_event() takes a mutex, so it has a worker of its own. */
void vy_event(struct vy_set *set)
{
	queue_work(vy_io_wq, &set->event_work);
}

/* Of several legs that all failed something, the one to go on with. */
static u8 vy_least_bad(struct vy_set *set, u8 mask)
{
	unsigned int l, best = VY_MAX_SLOTS;

	vy_for_each_slot(l, mask)
		if (best == VY_MAX_SLOTS || atomic_read(&set->leg[l].write_errors) <
					    atomic_read(&set->leg[best].write_errors))
			best = l;
	return 1u << best;
}

/* What a leg that stops getting writes lacks, and what it may have lost. */
static void vy_leg_lose(struct vy_set *set, u8 slot)
{
	vy_stale_uncopy(set, slot);
	vy_stale_mark_dirty_zones(set, slot);
	set->cur.slot[slot].state = VY_SLOT_FAILED;
}

/* With a single member there is nobody to be made equal to. */
void vy_mirror_resync_drop(struct vy_set *set, u8 lost)
{
	unsigned long zone;

	if (vy_comparable(set, vy_members(set->roles)))
		return;
	spin_lock_irq(&set->lock);
	for_each_set_bit(zone, set->resync, set->geom.zones)
		if (test_and_clear_bit(zone, set->resync))
			atomic_dec(&set->nr_resync);
	spin_unlock_irq(&set->lock);
}

/*
 * Take legs out of the set in memory. They are recorded as failed by the next
 * vy_commit_durable(), and only then may a held request be acknowledged. The
 * last whole member of a mirror is never taken out, and of RAID5 none when too few
 * would be left: their errors go to the callers.
 *
 * Every region of every zone that is not clean becomes stale for a lost leg:
 * it may have lost writes that it had acknowledged but not flushed.
 *
 * When the generation changes, targets are parked: nothing may be written to
 * them until their own superblock says under which generation that happens.
 */
void vy_legs_fail(struct vy_set *set, u8 mask)
{
	u8 members = vy_members(set->roles), targets = vy_targets(set->roles);
	unsigned int l;

	mask &= members | targets | set->parked;
	if (!vy_enough(set, members & ~mask))
		mask &= set->need > 1 ? ~members :
			~vy_least_bad(set, vy_whole(set, members & mask));
	if (!mask)
		return;

	set->parked &= ~mask;
	targets &= ~mask;
	if (mask & members) {
		set->parked |= targets;
		targets = 0;
	}
	WRITE_ONCE(set->roles, (members & ~mask) | (u32)targets << 8);
	/*
	 * A writer that still saw the old roles did so after its zone's bit was
	 * set, so its zone is marked below.
	 */
	smp_mb();

	vy_for_each_slot(l, mask) {
		DMERR("%s: slot %u failed and is left out (%d write errors)",
		      vy_name(set), l,
		      atomic_read(&set->leg[l].write_errors));
		vy_leg_lose(set, l);
	}
	if (mask & members) {
		/* the other goes on: it has what is under way now */
		if (!set->log_always)
			vy_log_reset(set);
		set->kind->resync_drop(set, mask & members);
		/* what was copied to them may have come from a leg without its cache */
		vy_for_each_slot(l, set->parked)
			vy_stale_mark_dirty_zones(set, l);
		vy_gen_bump(&set->cur, vy_new_gen(), mask & members, VY_SLOT_FAILED);
	}
	set->sb_dirty = true;
	vy_event(set);
	/* what is under way now is not in the log: soon it will be */
	if (set->need > 1)
		vy_clean_later(set, HZ / 8);
}
