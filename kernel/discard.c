// SPDX-License-Identifier: GPL-2.0
/*
 * Discard and write-zeroes: writes without data, as far as write-intent bits,
 * stale maps and range locks go. Device-mapper does not cut them at zones.
 *
 * A discard is a hint: a leg that cannot do it is left out, one that fails it
 * loses nothing but the room. What the legs then hold may differ, so a discard
 * never makes a region good on a target.
 *
 * Write-zeroes is a write. A leg that fails it is sent zeroes the long way
 * before it is called failed.
 */
#include <linux/mm.h>

#include "vy.h"

#define VY_ZERO_PAGES	32	/* of one write */

/* Cut the request at the end of its zone; the rest comes as another one. */
void vy_cut_to_zone(struct vy_set *set, struct vy_req *req)
{
	sector_t end = vy_zone_end(set, req->zone);

	if (req->range.end <= end)
		return;
	req->range.end = end;
	dm_accept_partial_bio(req->bio, end - req->range.start);
	req->iter = req->bio->bi_iter;
}

/* Legs of req->todo that cannot discard: done, as far as anybody waits for it. */
void vy_discard_begin(struct vy_set *set, struct vy_req *req)
{
	unsigned int l;

	vy_for_each_slot(l, req->todo)
		if (!bdev_max_discard_sectors(set->leg[l].data->bdev))
			req->refused |= 1u << l;
	req->todo &= ~req->refused;
	req->done |= req->refused;
}

/* Does any leg discard? */
bool vy_discard_offered(struct vy_set *set)
{
	unsigned int l;

	vy_for_each_slot(l, set->present)
		if (bdev_max_discard_sectors(set->leg[l].data->bdev))
			return true;
	return false;
}

/* A leg failed to write zeroes: once more, from a worker, with data. Any context. */
void vy_zeroes_again(struct vy_set *set, struct bio *bio)
{
	vy_bio_queue(set, bio, &set->zeroes, &set->io_work);
}

/* Zeroes as data over [start, end) of a leg. */
static blk_status_t vy_zeroes_write(struct vy_set *set, u8 l, sector_t start, sector_t end)
{
	struct page *pages[VY_ZERO_PAGES];
	blk_status_t status = BLK_STS_OK;
	sector_t next;
	int i;

	for (i = 0; i < VY_ZERO_PAGES; i++)
		pages[i] = ZERO_PAGE(0);
	for (; start < end && !status; start = next) {
		next = min_t(sector_t, start + VY_ZERO_PAGES * PAGE_SECTORS, end);
		status = vy_leg_rw(set, l, REQ_OP_WRITE, pages, start, next);
	}
	return status;
}

/*
 * May block. Ends the bios. Once a leg has unlearned it, nobody is offered it
 * any more: users then write zeroes themselves, to all legs at a time.
 */
void vy_zeroes_work(struct vy_set *set, struct bio_list *zeroes)
{
	struct vy_leg_bio *lb;
	struct vy_leg *leg;
	struct bio *bio;

	while ((bio = bio_list_pop(zeroes))) {
		lb = container_of(bio, struct vy_leg_bio, bio);
		leg = &set->leg[lb->slot];
		if (!bdev_write_zeroes_sectors(leg->data->bdev))
			WRITE_ONCE(set->ti->num_write_zeroes_bios, 0);
		vy_leg_written(bio, vy_zeroes_write(set, lb->slot, lb->req->range.start,
						    lb->req->range.end));
	}
}
