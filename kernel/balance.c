// SPDX-License-Identifier: GPL-2.0
/*
 * Which leg a read goes to: the one that is likely to answer first. What a
 * read costs a leg is measured on the few requests that are timed anyway
 * (pace.c), and multiplied by those that are ahead of it.
 */
#include "vy.h"

/* All heads: stay where the stream is; else who has least to do, and is nearest. */
static u8 vy_read_nearest(struct vy_set *set, u8 legs, sector_t sector)
{
	sector_t at, far, nearest = 0;
	unsigned int l, best = VY_MAX_SLOTS;
	int reading, least = 0;

	vy_for_each_slot(l, legs) {
		at = READ_ONCE(set->leg[l].next_sector);
		if (at == sector)
			return l;
		far = at > sector ? at - sector : sector - at;
		reading = atomic_read(&set->leg[l].reading);
		if (best == VY_MAX_SLOTS || reading < least ||
		    (reading == least && far < nearest)) {
			best = l;
			least = reading;
			nearest = far;
		}
	}
	return best;
}

/* One of legs, which is not 0. */
u8 vy_read_choose(struct vy_set *set, u8 legs, sector_t sector)
{
	u8 rest = legs & ~set->write_mostly, l, best;
	u64 cost, least = U64_MAX;
	struct vy_leg *leg;

	if (rest)
		legs = rest;
	best = __ffs(legs);
	if (!(legs & (legs - 1)))
		return best;
	if (!(legs & set->no_heads))
		return vy_read_nearest(set, legs, sector);
	for (; legs; legs &= legs - 1) {
		l = __ffs(legs);
		leg = &set->leg[l];
		cost = (atomic_read(&leg->reading) + 1ull) * READ_ONCE(leg->service_ns);
		/* a stream is worth staying with, unless another leg is much faster */
		if (READ_ONCE(leg->next_sector) == sector)
			cost /= 2;
		if (cost < least) {
			least = cost;
			best = l;
		}
	}
	return best;
}

/*
 * A read took so long on leg l, which had `depth` of them then. The others get
 * a little better with time, so that one that was slow once is tried again:
 * about once a minute when it is tens of times slower. Racy, and no harm in it.
 */
void vy_read_measured(struct vy_set *set, u8 l, u64 took_ns, unsigned int depth)
{
	u8 members = vy_members(READ_ONCE(set->roles));
	unsigned int other;
	s64 old, each;

	vy_for_each_slot(other, members) {
		old = READ_ONCE(set->leg[other].service_ns);
		if (other == l) {
			each = took_ns / max(depth, 1u);
			each = old > 1 ? old + (each - old) / 8 : each;
		} else {
			each = old - (old >> 12) - 1;
		}
		WRITE_ONCE(set->leg[other].service_ns, max_t(s64, each, 1));
	}
}

/* Nothing is known of the legs. */
void vy_balance_init(struct vy_set *set)
{
	unsigned int l;

	vy_for_each_slot(l, set->present) {
		set->leg[l].service_ns = 1;
		if (!vy_bdev_rotates(set->leg[l].data->bdev))
			set->no_heads |= 1u << l;
	}
}
