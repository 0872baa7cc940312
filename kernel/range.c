// SPDX-License-Identifier: GPL-2.0
/*
 * Range locks: overlapping writes, and copies against writes, are put in one
 * order for all legs (invariant "Range"). No I/O crosses a zone, so a range
 * lives in the bucket of its zone. Ranges are kept in order of arrival; one
 * that overlaps an earlier one waits for it, granted or not, so neither
 * writers nor the recovery can be starved.
 */
#include "vy.h"

void vy_range_init(struct vy_set *set)
{
	unsigned int i;

	for (i = 0; i < VY_BUCKETS; i++) {
		spin_lock_init(&set->bucket[i].lock);
		INIT_LIST_HEAD(&set->bucket[i].ranges);
		set->bucket[i].waiting = 0;
	}
}

static bool vy_range_blocked(struct vy_bucket *bucket, struct vy_range *range)
{
	struct vy_range *other;

	list_for_each_entry(other, &bucket->ranges, list) {
		if (other == range)
			return false;
		if (other->start < range->end && range->start < other->end)
			return true;
	}
	return false;
}

/* True when granted at once; otherwise range->grant() is called later. */
bool vy_range_lock(struct vy_set *set, u64 zone, struct vy_range *range)
{
	struct vy_bucket *bucket = vy_bucket_of(set, zone);
	unsigned long flags;
	bool granted;

	spin_lock_irqsave(&bucket->lock, flags);
	list_add_tail(&range->list, &bucket->ranges);
	granted = !vy_range_blocked(bucket, range);
	range->granted = granted;
	if (!granted)
		bucket->waiting++;
	spin_unlock_irqrestore(&bucket->lock, flags);
	return granted;
}

void vy_range_unlock(struct vy_set *set, u64 zone, struct vy_range *range)
{
	struct vy_bucket *bucket = vy_bucket_of(set, zone);
	struct vy_range *next, *tmp;
	unsigned long flags;

	spin_lock_irqsave(&bucket->lock, flags);
	list_del(&range->list);
	if (bucket->waiting) {
		list_for_each_entry_safe(next, tmp, &bucket->ranges, list) {
			if (next->granted || vy_range_blocked(bucket, next))
				continue;
			next->granted = true;
			bucket->waiting--;
			next->grant(next);
		}
	}
	spin_unlock_irqrestore(&bucket->lock, flags);
}
