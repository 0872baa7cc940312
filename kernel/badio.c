// SPDX-License-Identifier: GPL-2.0
/*
 * Requests that met a bad place: writes that failed on a leg, and I/O to blocks
 * that are elsewhere or good on different legs. A worker takes them apart; it
 * waits for legs, and neither for ranges nor for the metadata context.
 */
#include <linux/mm.h>

#include "bbr.h"

/* A read that no single leg can serve as a whole. Any context. */
void vy_bad_read_queue(struct vy_set *set, struct vy_req *req)
{
	vy_req_queue(set, req, &set->bad.reads, vy_io_wq, &set->bad.io_work);
}

/* A write whose leg failed at what may be a bad place. Any context. */
void vy_bad_write_queue(struct vy_set *set, struct vy_req *req)
{
	vy_req_queue(set, req, &set->bad.writes, vy_io_wq, &set->bad.io_work);
}

/* A leg's part of a write that meets relocated blocks. Any context. */
void vy_bad_bio_queue(struct vy_set *set, struct bio *bio)
{
	vy_bio_queue(set, bio, &set->bad.bios, &set->bad.io_work);
}

static void vy_bad_bio(struct vy_set *set, struct bio *bio)
{
	struct vy_leg_bio *lb = container_of(bio, struct vy_leg_bio, bio);
	const struct vy_range *range = &lb->req->range;
	const struct vy_bytes bytes = {
		.bio = bio, .iter = bio->bi_iter, .start = range->start,
	};

	bio->bi_status = vy_leg_io(set, lb->slot, &bytes, bio->bi_opf, range->start, range->end);
	bio_endio(bio);
}

/*
 * Block by block: in place, elsewhere, or not at all on this leg. VY_PLACE_BAD:
 * some of it is nowhere else either; VY_LEG_DEAD: the leg is to blame.
 */
static enum vy_wrote vy_bad_write_leg(struct vy_set *set, struct vy_req *req, u8 l)
{
	blk_opf_t opf = (req->bio->bi_opf & ~REQ_OP_MASK) | REQ_OP_WRITE;
	bool zeroes = bio_op(req->bio) == REQ_OP_WRITE_ZEROES;
	enum vy_wrote wrote = VY_WRITTEN;
	struct page *zero = ZERO_PAGE(0);
	struct vy_bytes bytes = {
		.bio = zeroes ? NULL : req->bio, .iter = req->iter, .pages = &zero,
		.start = req->range.start,
	};
	sector_t start = req->range.start, next;

	for (; start < req->range.end; start = next) {
		next = min(vy_block_end(set, start), req->range.end);
		if (zeroes)
			bytes.start = start;
		switch (vy_block_write(set, l, &bytes, opf, start, next)) {
		case VY_WRITTEN:
			break;
		case VY_PLACE_BAD:
			req->stale |= 1u << l;
			if (vy_bad_stale(set, l, req->done, start, next))
				break;
			if (!(vy_members(READ_ONCE(set->roles)) & (1u << l)))
				return VY_LEG_DEAD;
			wrote = VY_PLACE_BAD;
			break;
		default:
			return VY_LEG_DEAD;
		}
	}
	return wrote;
}

static void vy_bad_write(struct vy_set *set, struct vy_req *req)
{
	unsigned int l;

	vy_for_each_slot(l, req->bad) {
		enum vy_wrote wrote = vy_bad_write_leg(set, req, l);

		if (wrote == VY_LEG_DEAD)
			continue;
		clear_bit(l, &req->failed);
		if (wrote == VY_WRITTEN)
			set_bit(l, &req->done);
		else
			req->lost = true;
		/* part of a block: all of it is at hand elsewhere */
		if ((req->stale & (1u << l)) && vy_has_spare(&set->leg[l]))
			vy_repair_queue(set, 1u << l, req->range.start, req->range.end);
	}
	req->bad = 0;
	vy_write_settle(req);
	/* have vy_settle() called, by who knows of status areas that failed */
	queue_work(set->meta_wq, &set->meta_work);
}

/* A piece from any leg that can; those that cannot are noted. */
static blk_status_t vy_bad_read_piece(struct vy_set *set, struct vy_req *req,
				      const struct vy_bytes *bytes, sector_t start, sector_t end)
{
	u8 legs = vy_members(READ_ONCE(set->roles)), failed = 0;
	unsigned int l;

	legs = vy_not_stale(set, legs & ~vy_holes(set, legs, req->zone), start, end);
	legs = vy_trusted(set, legs);
	vy_for_each_slot(l, legs) {
		if (!vy_leg_io(set, l, bytes, REQ_OP_READ | REQ_SYNC, start, end)) {
			if (failed)
				vy_repair_queue(set, failed, start, end);
			return BLK_STS_OK;
		}
		atomic_inc(&set->leg[l].read_errors);
		failed |= 1u << l;
	}
	return BLK_STS_IOERR;
}

static void vy_bad_read(struct vy_set *set, struct vy_req *req)
{
	const struct vy_bytes bytes = {
		.bio = req->bio, .iter = req->iter, .start = req->range.start,
	};
	blk_status_t status = BLK_STS_OK;
	sector_t start = req->range.start, next;

	for (; start < req->range.end && !status; start = next) {
		next = min(vy_block_end(set, start), req->range.end);
		status = vy_bad_read_piece(set, req, &bytes, start, next);
	}
	/* where they failed before may not be where it was met now */
	if (!status && req->tried)
		vy_repair_queue(set, req->tried, req->range.start, req->range.end);
	vy_read_end(req, status);
}

static void vy_bad_io_work(struct work_struct *work)
{
	struct vy_set *set = container_of(work, struct vy_set, bad.io_work);
	struct bio_list bios;
	struct vy_req *req, *tmp;
	struct bio *bio;
	LIST_HEAD(reads);
	LIST_HEAD(writes);

	spin_lock_irq(&set->lock);
	list_splice_init(&set->bad.reads, &reads);
	list_splice_init(&set->bad.writes, &writes);
	bios = set->bad.bios;
	bio_list_init(&set->bad.bios);
	spin_unlock_irq(&set->lock);

	while ((bio = bio_list_pop(&bios)))
		vy_bad_bio(set, bio);
	list_for_each_entry_safe(req, tmp, &writes, list) {
		list_del(&req->list);
		vy_bad_write(set, req);
	}
	list_for_each_entry_safe(req, tmp, &reads, list) {
		list_del(&req->list);
		vy_bad_read(set, req);
	}
}

void vy_badio_init(struct vy_set *set)
{
	struct vy_bad *bad = &set->bad;

	INIT_LIST_HEAD(&bad->reads);
	INIT_LIST_HEAD(&bad->writes);
	bio_list_init(&bad->bios);
	INIT_WORK(&bad->io_work, vy_bad_io_work);
}
