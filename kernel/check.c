// SPDX-License-Identifier: GPL-2.0
/*
 * Check and repair: all members are read and compared with the first, run by
 * run under the range lock. It uses the slots of the recovery and comes after
 * whatever there is to copy. A repair writes what the first member holds over
 * the others where they differ; these are writes as any other, so the zone's
 * write-intent bit is set before.
 *
 * Counted are sectors of 512 bytes, for each member that differs.
 */
#include "vy.h"

/* Sectors in which two runs differ. */
u64 vy_check_compare(struct page **a, struct page **b, sector_t sectors)
{
	u64 differ = 0;
	sector_t s;

	for (s = 0; s < sectors; s++) {
		unsigned int page = s / PAGE_SECTORS, at = s % PAGE_SECTORS * SECTOR_SIZE;

		if (memcmp(page_address(a[page]) + at, page_address(b[page]) + at, SECTOR_SIZE))
			differ++;
	}
	return differ;
}

/* Members that are to hold the whole of [start, end). */
static u8 vy_check_legs(struct vy_set *set, u64 zone, sector_t start, sector_t end)
{
	/* they are known to differ, and will be made equal */
	return test_bit(zone, set->resync) ? 0 : vy_sources(set, start, end);
}

/*
 * Read and compare. The first that can be read is in slot->pages and its slot in
 * *source, or -1; *bad: those that differ from it, or cannot be read.
 */
static u64 vy_check_read(struct vy_set *set, struct vy_rc_slot *slot, u8 legs,
			 sector_t start, sector_t end, int *source, u8 *bad)
{
	struct page **other = slot->pages + vy_rc_pages(set);
	unsigned int l;
	u64 sum = 0, n;

	*source = -1;
	*bad = 0;
	vy_for_each_slot(l, legs) {
		n = 0;
		if (vy_rc_io(set, *source < 0 ? slot->pages : other, l, REQ_OP_READ, start, end)) {
			/* no mismatch, but what a repair is for */
			atomic_inc(&set->leg[l].read_errors);
			*bad |= 1u << l;
		} else if (*source < 0) {
			*source = l;
		} else {
			n = vy_check_compare(slot->pages, other, end - start);
		}
		if (n)
			*bad |= 1u << l;
		sum += n;
	}
	return sum;
}

static void vy_check_write(struct vy_set *set, struct vy_rc_slot *slot, u8 legs, int source,
			   sector_t start, sector_t end)
{
	unsigned int l;

	vy_for_each_slot(l, legs)
		switch (vy_leg_write(set, l, 1u << source, 0, slot->pages, start, end)) {
		case VY_WRITTEN:
			break;
		case VY_PLACE_BAD:
			queue_work(set->meta_wq, &set->meta_work);
			break;
		default:
			vy_rc_leg_error(set, l);
			break;
		}
}

static u64 vy_check_part(struct vy_set *set, struct vy_rc_slot *slot,
			 sector_t start, sector_t end)
{
	bool held, same;
	u8 legs, bad;
	int source;
	u64 sum;

	/* what came from a leg counts only while the leg does */
	do {
		legs = vy_check_legs(set, slot->zone, start, end);
		sum = vy_check_read(set, slot, legs, start, end, &source, &bad);
		held = slot->repair && bad && source >= 0 && vy_zone_hold(set, slot->zone);
		same = vy_check_legs(set, slot->zone, start, end) == legs;
		if (held && same)
			vy_check_write(set, slot, bad, source, start, end);
		if (held)
			vy_zone_release(set, slot->zone);
	} while (!same);
	return sum;
}

/* One run; where some member is known to lack a region, region by region. */
u64 vy_mirror_check_run(struct vy_set *set, struct vy_rc_slot *slot, sector_t start,
			sector_t end)
{
	sector_t step = vy_region_sectors(set);
	u8 members = vy_members(READ_ONCE(set->roles));
	u64 sum = 0;

	members &= ~vy_holes(set, members, slot->zone);
	if (vy_check_legs(set, slot->zone, start, end) == members)
		step = end - start;
	for (; start < end; start += step)
		sum += vy_check_part(set, slot, start, min(start + step, end));
	return sum;
}

/* rc->lock */
static void vy_check_end(struct vy_set *set, const char *how)
{
	struct vy_check *check = &set->rc.check;

	DMINFO("%s: %s %s: %llu sectors differ%s", vy_name(set),
	       check->mode == VY_CHECK_REPAIR ? "repair" : "check", how, check->mismatches,
	       check->mode == VY_CHECK_REPAIR ? "ed" : "");
	WRITE_ONCE(check->mode, VY_CHECK_NONE);
	vy_event(set);
}

/* Does another slot still compare for this check? rc->lock */
static bool vy_check_shared(struct vy_set *set, struct vy_rc_slot *slot)
{
	int i;

	for (i = 0; i < VY_RC_SLOTS; i++)
		if (&set->rc.slot[i] != slot && set->rc.slot[i].check == slot->check)
			return true;
	return false;
}

/* rc->lock: give the slot a zone to compare. */
bool vy_check_pick(struct vy_set *set, struct vy_rc_slot *slot)
{
	struct vy_check *check = &set->rc.check;

	if (!check->mode)
		return false;
	if (check->nr_rest) {
		check->nr_rest--;
		slot->zone = check->rest[check->nr_rest].zone;
		slot->at = check->rest[check->nr_rest].at;
	} else if (check->cursor < set->geom.zones) {
		slot->zone = check->cursor++;
		slot->at = vy_zone_start(set, slot->zone);
	} else {
		return false;
	}
	slot->check = check->nr;
	slot->repair = check->mode == VY_CHECK_REPAIR;
	return true;
}

/* Count a run; false when the slot's check is over. */
static bool vy_check_count(struct vy_set *set, struct vy_rc_slot *slot, sector_t next,
			   u64 differ)
{
	unsigned int shift = vy_region_shift(set);
	struct vy_check *check = &set->rc.check;
	bool ours;

	mutex_lock(&set->rc.lock);
	ours = check->mode && check->nr == slot->check;
	if (ours) {
		WRITE_ONCE(check->mismatches, check->mismatches + differ);
		WRITE_ONCE(check->done_regions, check->done_regions +
			   ((next - slot->at + (1ull << shift) - 1) >> shift));
		slot->at = next;
	}
	mutex_unlock(&set->rc.lock);
	return ours;
}

/* The slot leaves its zone, with or without having reached the end. */
static void vy_check_leave(struct vy_set *set, struct vy_rc_slot *slot)
{
	struct vy_check *check = &set->rc.check;

	mutex_lock(&set->rc.lock);
	if (check->mode && check->nr == slot->check) {
		if (slot->at < vy_zone_end(set, slot->zone)) {
			check->rest[check->nr_rest].zone = slot->zone;
			check->rest[check->nr_rest++].at = slot->at;
		} else if (!vy_comparable(set, vy_members(READ_ONCE(set->roles)))) {
			vy_check_end(set, "ended, too few members are left");
		} else if (check->cursor >= set->geom.zones && !check->nr_rest &&
			   !vy_check_shared(set, slot)) {
			vy_check_end(set, "done");
		}
	}
	slot->check = 0;
	mutex_unlock(&set->rc.lock);
}

/* False without memory: the slot must not come back at once. */
bool vy_check_zone(struct vy_set *set, struct vy_rc_slot *slot)
{
	sector_t end = vy_zone_end(set, slot->zone), next;
	bool able = vy_rc_pages_get(set, slot, vy_rc_pages(set));
	u64 differ;

	for (; able && slot->at < end; ) {
		next = min_t(sector_t, slot->at + vy_rc_max(set), end);
		if (!vy_rc_begin(set, slot, slot->at, next))
			break;
		differ = set->kind->check_run(set, slot, slot->at, next);
		vy_rc_end(set, slot);
		atomic64_add((next - slot->at) << SECTOR_SHIFT, &set->rc.done_bytes);
		if (!vy_check_count(set, slot, next, differ))
			break;
	}
	vy_check_leave(set, slot);
	return able;
}

/*
 * 0; -EBUSY while one is under way or nothing may be, -ENODEV with a single
 * member, -EROFS for a repair of a device that is not to be written.
 */
int vy_check_start(struct vy_set *set, enum vy_check_mode mode)
{
	struct vy_check *check = &set->rc.check;
	int r = 0;

	if (!vy_comparable(set, vy_members(READ_ONCE(set->roles))))
		return -ENODEV;
	if (mode == VY_CHECK_REPAIR && !vy_table_writable(set->ti->table))
		return -EROFS;
	mutex_lock(&set->rc.lock);
	if (check->mode || set->no_resync || READ_ONCE(set->rc.stop)) {
		r = -EBUSY;
	} else {
		check->nr++;
		check->nr += !check->nr;
		check->cursor = 0;
		check->nr_rest = 0;
		check->done_regions = 0;
		check->mismatches = 0;
		WRITE_ONCE(check->mode, mode);
	}
	mutex_unlock(&set->rc.lock);
	if (!r)
		vy_recover_kick(set);
	return r;
}

/* End it; the count stays. A slot in the middle of a run finishes that. */
void vy_check_stop(struct vy_set *set)
{
	mutex_lock(&set->rc.lock);
	if (set->rc.check.mode)
		vy_check_end(set, "ended by request");
	mutex_unlock(&set->rc.lock);
}
