// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of RAID5 behind the users' backs: rebuild of what a leg lacks, resync of
 * parity after a crash, check, and what is to be believed of a parity when legs
 * have failed.
 *
 * Zones in set->resync have a parity that may not be that of the data, which are
 * the truth; so it is as long as all legs are members. With a leg missing there
 * is no truth to go back to: then the parity of such rows counts as a bad place,
 * and what the missing leg had there is an error until it is written, or the leg
 * is back with it. Nothing is invented.
 */
#include "raid5.h"

/* Those of the legs that [start, end) can be read from. */
u8 vy_row_good(struct vy_set *set, u8 legs, sector_t start, sector_t end)
{
	u32 roles = READ_ONCE(set->roles);

	legs &= vy_members(roles) | vy_targets(roles);
	legs &= ~READ_ONCE(set->doubtful);
	return vy_not_stale(set, legs, start, end);
}

void vy_pages_xor(struct page **to, struct page **from, sector_t sectors)
{
	unsigned int left = sectors << SECTOR_SHIFT, len, i;
	void *source;

	for (i = 0; left; i++, left -= len) {
		len = min_t(unsigned int, left, PAGE_SIZE);
		source = page_address(from[i]);
		vy_xor(page_address(to[i]), &source, 1, len);
	}
}

/* The sum of some legs. 0; -EIO, and then *failed is a leg that cannot be read, if any. */
static int vy_row_sum(struct vy_set *set, u8 legs, struct page **pages, struct page **scratch,
		      sector_t start, sector_t end, u8 *failed)
{
	u8 rest = legs;
	unsigned int l;
	bool first;

	*failed = 0;
	if (vy_row_good(set, legs, start, end) != legs)
		return -EIO;
	vy_for_each_slot(l, rest) {
		first = !(legs & ((1u << l) - 1));
		if (vy_rc_io(set, first ? pages : scratch, l, REQ_OP_READ, start, end)) {
			atomic_inc(&set->leg[l].read_errors);
			*failed = 1u << l;
			return -EIO;
		}
		if (!first)
			vy_pages_xor(pages, scratch, end - start);
	}
	/* what came from a leg counts only while the leg does */
	return vy_row_good(set, legs, start, end) == legs ? 0 : -EIO;
}

/*
 * What a leg holds is the sum of all others, whichever of them has the parity. But a
 * parity that was given up while a leg is missing waits for that leg: the row log may
 * have a record that is older, and would be replayed.
 */
int vy_row_read_for(struct vy_set *set, u8 l, struct page **pages, struct page **scratch,
		    sector_t start, sector_t end)
{
	u8 others = vy_all_legs(set) & ~(1u << l), members = vy_log_members(set), failed;

	if (members & (1u << l) && !vy_comparable(set, members) &&
	    l == vy_rows_parity_at(&set->rows, start) && vy_stale_test(set, l, start, end))
		return -EIO;
	if (test_bit(vy_zone_of(set, start), set->resync) ||
	    vy_row_sum(set, others, pages, scratch, start, end, &failed))
		return -EIO;
	return __ffs(others);
}

/* ---- what is not to be believed ---- */

/* The parity of [start, end), in one row, may be wrong. Any context. */
void vy_row_distrust(struct vy_set *set, sector_t start, sector_t end)
{
	u32 roles = READ_ONCE(set->roles);
	u8 p = vy_rows_parity_at(&set->rows, start);

	if (!((vy_members(roles) | vy_targets(roles)) & (1u << p)))
		return;
	vy_stale_mark(set, p, start, end);
	WRITE_ONCE(set->stale_due, true);
}

static void vy_row_distrust_zone(struct vy_set *set, u64 zone)
{
	sector_t start = vy_zone_start(set, zone), end = vy_zone_end(set, zone);

	for (; start < end; start += vy_chunk_sectors(&set->rows))
		vy_row_distrust(set, start, start + vy_chunk_sectors(&set->rows));
}

void vy_row_write_torn(struct vy_set *set, struct vy_req *req)
{
	if (vy_comparable(set, vy_members(set->roles)))
		vy_resync_zone(set, req->zone);
	else
		vy_row_distrust(set, req->range.start, req->range.end);
}

void vy_row_flush_torn(struct vy_set *set)
{
	unsigned long zone;

	for_each_set_bit(zone, (unsigned long *)set->wib, set->geom.zones)
		if (vy_comparable(set, vy_members(set->roles)))
			vy_resync_zone(set, zone);
		else
			vy_row_distrust_zone(set, zone);
}

/* A leg is lost: parity that was to be made right has nothing to be made from. */
void vy_row_resync_drop(struct vy_set *set, u8 lost)
{
	unsigned long zone;

	if (vy_comparable(set, vy_members(set->roles)))
		return;
	for_each_set_bit(zone, set->resync, set->geom.zones) {
		if (!set->trust_parity)
			vy_row_distrust_zone(set, zone);
		spin_lock_irq(&set->lock);
		if (test_and_clear_bit(zone, set->resync))
			atomic_dec(&set->nr_resync);
		spin_unlock_irq(&set->lock);
	}
}

/*
 * An administrator says that the parity is to be believed: what the leg that is not
 * a member has not got comes from it, wrong or not.
 */
void vy_row_trust(struct vy_set *set, u8 members)
{
	sector_t region = vy_region_sectors(set), start, end;
	u8 m = __ffs(vy_all_legs(set) & ~members), p;
	u64 r;

	/* as far as is known yet: whose maps may change */
	set->roles = members;
	for (r = 0; r < set->geom.regions; r++) {
		start = r * region;
		end = start + region;
		p = vy_rows_parity_at(&set->rows, start);
		if (p == m || !vy_stale_test(set, p, start, end) ||
		    (set->present & (1u << m) && !vy_stale_test(set, m, start, end)))
			continue;
		vy_stale_clear(set, p, start, end);
		vy_stale_mark(set, m, start, end);
		set->stale_due = true;
	}
}

/* ---- resync ---- */

/* The parity of a part of one row, from its data. */
static bool vy_row_resync_part(struct vy_set *set, struct vy_rc_slot *slot, sector_t start,
			       sector_t end)
{
	struct page **other = slot->pages + vy_rc_pages(set);
	sector_t region = vy_region_sectors(set), next;
	u8 p = vy_rows_parity_at(&set->rows, start), failed;
	u8 data = vy_all_legs(set) & ~(1u << p);
	bool lacking, ok = true;

	if (!vy_comparable(set, vy_members(READ_ONCE(set->roles))))
		return false;
	lacking = vy_not_stale(set, data, start, end) != data;
	if (lacking || vy_row_sum(set, data, slot->pages, other, start, end, &failed)) {
		if (!lacking && !failed)
			return false;
		if (end - start > region) {
			for (; start < end && ok; start = next) {
				next = min(start + region, end);
				ok = vy_row_resync_part(set, slot, start, next);
			}
			return ok;
		}
		/* a block that only the parity could tell, and it cannot */
		vy_row_distrust(set, start, end);
		queue_work(set->meta_wq, &set->meta_work);
		return true;
	}
	if (!vy_rc_io(set, other, p, REQ_OP_READ, start, end) &&
	    !vy_check_compare(slot->pages, other, end - start))
		return true;
	switch (vy_leg_write(set, p, data, 0, slot->pages, start, end)) {
	case VY_WRITTEN:
		break;
	case VY_PLACE_BAD:
		queue_work(set->meta_wq, &set->meta_work);
		break;
	default:
		vy_rc_leg_error(set, p);
		return false;
	}
	vy_rc_count(set, &set->stats.resync_bytes, start, end);
	return true;
}

/* End of the row that holds the sector, or `end`. */
static sector_t vy_row_end(struct vy_set *set, sector_t sector, sector_t end)
{
	sector_t chunk = vy_chunk_sectors(&set->rows);

	return min(round_down(sector, chunk) + chunk, end);
}

bool vy_row_resync_run(struct vy_set *set, struct vy_rc_slot *slot, sector_t start, sector_t end)
{
	sector_t next;

	for (; start < end; start = next) {
		next = vy_row_end(set, start, end);
		if (!vy_fresh_all(set, start, next) && !vy_row_resync_part(set, slot, start, next))
			return false;
	}
	return true;
}

/* ---- check ---- */

/* Sectors in which the legs do not add up to nothing. */
static u64 vy_row_count(struct page **pages, sector_t sectors)
{
	u64 wrong = 0;
	sector_t s;

	for (s = 0; s < sectors; s++)
		if (memchr_inv(page_address(pages[s / PAGE_SECTORS]) +
			       s % PAGE_SECTORS * SECTOR_SIZE, 0, SECTOR_SIZE))
			wrong++;
	return wrong;
}

static u64 vy_row_check_part(struct vy_set *set, struct vy_rc_slot *slot, sector_t start,
			     sector_t end)
{
	u8 all = vy_all_legs(set), failed;
	u64 wrong;

	if (test_bit(slot->zone, set->resync) || vy_fresh_met(set, start, end))
		return 0;
	if (vy_row_sum(set, all, slot->pages, slot->pages + vy_rc_pages(set), start, end,
		       &failed)) {
		/* no mismatch, but what a repair is for */
		if (failed && slot->repair)
			vy_repair_queue(set, failed, start, end);
		return 0;
	}
	wrong = vy_row_count(slot->pages, end - start);
	if (wrong && slot->repair && vy_zone_hold(set, slot->zone)) {
		vy_row_resync_run(set, slot, start, end);
		vy_zone_release(set, slot->zone);
	}
	return wrong;
}

/* One run; where some member lacks a region, or has one that cannot be read, by regions. */
u64 vy_row_check_run(struct vy_set *set, struct vy_rc_slot *slot, sector_t start, sector_t end)
{
	u8 all = vy_all_legs(set);
	sector_t step = vy_region_sectors(set);
	u64 sum = 0;

	if (vy_row_good(set, all, start, end) == all && !vy_fresh_met(set, start, end))
		step = end - start;
	for (; start < end; start += step)
		sum += vy_row_check_part(set, slot, start, min(start + step, end));
	return sum;
}
