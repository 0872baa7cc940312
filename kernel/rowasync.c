// SPDX-License-Identifier: GPL-2.0
/*
 * Writes of RAID5 that nothing stands in the way of: all legs are members, none is
 * doubtful, lacks anything there or has it elsewhere, and the parity is that of the
 * data. Nobody waits for them:
 *
 *	the caller	reads what the plan needs, or computes and writes at once
 *	read end	has a worker go on, on the same processor: the routines that
 *			add may not be called in an interrupt
 *	worker		computes and writes
 *	write end	ends the request
 *
 * Whatever else there is to a write is done by the workers of raid5.c, which may
 * wait. They get a request as long as nothing of it has been written, to do all of
 * it; or when its writes have failed, to see to that.
 */
#include <linux/slab.h>

#include "raid5.h"

#define VY_ASYNC_PAGES	4096	/* of a set, at a time */

/* A write under way. */
struct vy_async {
	struct vy_strip s;
	struct work_struct work;
	atomic_t pending;
	unsigned long failed;		/* legs, of what was sent last */
	u8 legs;			/* that have pages */
	blk_status_t status[VY_MAX_SLOTS];	/* of writes */
	struct vy_row_buf buf;
	struct bio_vec vec[VY_MAX_SLOTS][VY_STRIP_PAGES];
};

/* ---- memory ---- */

static unsigned int vy_async_pages(const struct vy_async *a)
{
	return hweight8(a->legs) * a->buf.pages;
}

/* With the first n of its pages. Any context. */
static void vy_async_free_some(struct vy_async *a, unsigned int n)
{
	unsigned int l, i;

	atomic_sub(vy_async_pages(a), &a->s.set->row_pool->async_pages);
	vy_for_each_slot(l, a->legs)
		for (i = 0; i < a->buf.pages && n; i++, n--)
			__free_page(a->buf.page[l][i]);
	kfree(a);
}

static void vy_async_free(struct vy_async *a)
{
	vy_async_free_some(a, vy_async_pages(a));
}

/* NULL: there is no memory now, or there are too many. */
static struct vy_async *vy_async_alloc(struct vy_set *set, u8 legs, sector_t sectors)
{
	const gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN;
	struct vy_async *a = kmalloc(sizeof(*a), gfp);
	unsigned int l, i, n = 0;

	if (!a)
		return NULL;
	a->s.set = set;
	a->legs = legs;
	a->failed = 0;
	a->buf.pages = DIV_ROUND_UP(sectors, PAGE_SECTORS);
	if (atomic_add_return(vy_async_pages(a), &set->row_pool->async_pages) > VY_ASYNC_PAGES)
		goto none;
	vy_for_each_slot(l, legs)
		for (i = 0; i < a->buf.pages; i++, n++) {
			a->buf.page[l][i] = alloc_page(gfp);
			if (!a->buf.page[l][i])
				goto none;
		}
	return a;
none:
	vy_async_free_some(a, n);
	return NULL;
}

/* ---- the way of a write ---- */

/* Is there nothing to mark, to log, to avoid, or to look for elsewhere? */
static bool vy_async_plain(struct vy_set *set, const struct vy_req *req)
{
	sector_t start = req->range.start, end = req->range.end;
	u8 all = vy_all_legs(set);
	unsigned int l;

	/* while a leg is being taken back rows need their records */
	if (READ_ONCE(set->roles) != all || vy_log_members(set) != all ||
	    READ_ONCE(set->log_gen) || READ_ONCE(set->doubtful) || READ_ONCE(set->fresh.owed) ||
	    !vy_row_trusted(set, req->zone))
		return false;
	vy_for_each_slot(l, all)
		if (vy_stale_test(set, l, start, end) || vy_bbr_met(&set->leg[l], start, end))
			return false;
	return true;
}

/* Once the last is sent, the request may be gone. */
static void vy_async_submit(struct vy_async *a, u8 legs, blk_opf_t opf, bio_end_io_t *end_io)
{
	struct vy_req *req = a->s.req;
	struct vy_set *set = a->s.set;
	struct vy_leg_bio *lb;
	unsigned int l;
	struct bio *bio;

	atomic_set(&a->pending, hweight8(legs));
	vy_for_each_slot(l, legs) {
		lb = &vy_leg_bios(req)[l];
		lb->slot = l;
		bio = &lb->bio;
		bio_init(bio, set->leg[l].data->bdev, a->vec[l], a->buf.pages, opf);
		bio->bi_private = a;
		bio->bi_end_io = end_io;
		bio->bi_ioprio = req->bio->bi_ioprio;
		bio->bi_iter.bi_sector = set->leg[l].data_start + a->s.start;
		vy_row_add_pages(bio, a->buf.page[l], a->s.end - a->s.start);
		submit_bio_noacct(bio);
	}
}

/* The worker that may wait does what is left to do. */
static void vy_async_failed(struct work_struct *work)
{
	struct vy_async *a = container_of(work, struct vy_async, work);
	struct vy_req *req = a->s.req;

	req->failed |= vy_strip_bad(&a->s, a->status, a->failed);
	atomic_dec(&a->s.set->unlogged);
	vy_async_free(a);
	vy_row_write_end(req);
}

static void vy_async_written(struct bio *bio)
{
	struct vy_leg_bio *lb = container_of(bio, struct vy_leg_bio, bio);
	struct vy_async *a = bio->bi_private;
	struct vy_req *req = a->s.req;
	struct vy_set *set = a->s.set;

	a->status[lb->slot] = bio->bi_status;
	if (unlikely(bio->bi_status)) {
		/* at once: what the leg returns from now on counts for nothing, nor does a flush */
		vy_req_suspect(set, req, lb->slot);
		set_bit(lb->slot, &a->failed);
	}
	bio_uninit(bio);
	if (!atomic_dec_and_test(&a->pending))
		return;
	if (unlikely(a->failed)) {
		INIT_WORK(&a->work, vy_async_failed);
		queue_work(set->row_pool->wq, &a->work);
		return;
	}
	atomic_dec(&set->unlogged);
	vy_async_free(a);
	vy_row_write_end(req);
}

/* Compute and write; false: something has come up, and nothing was written. */
static bool vy_async_send(struct vy_async *a)
{
	struct vy_strip *s = &a->s;
	bool plain;

	vy_strip_compute(s);
	/*
	 * All legs get it, so there is no mark to make; but what was read from them
	 * counts only as long as they do. vy_log_protect() waits until nobody is
	 * between the choice and the counter.
	 */
	rcu_read_lock();
	plain = vy_async_plain(s->set, s->req);
	if (plain)
		atomic_inc(&s->set->unlogged);
	rcu_read_unlock();
	if (plain)
		vy_async_submit(a, s->written | 1u << s->parity, vy_strip_flags(s),
				vy_async_written);
	return plain;
}

static void vy_async_work(struct work_struct *work)
{
	struct vy_async *a = container_of(work, struct vy_async, work);
	struct vy_req *req = a->s.req;
	struct vy_set *set = a->s.set;
	unsigned int l;

	if (likely(!a->failed) && vy_async_send(a))
		return;
	vy_for_each_slot(l, a->failed)
		atomic_inc(&set->leg[l].read_errors);
	/* not from those once more */
	req->tried |= a->failed;
	vy_async_free(a);
	vy_row_wait(set, req);
}

static void vy_async_read(struct bio *bio)
{
	struct vy_leg_bio *lb = container_of(bio, struct vy_leg_bio, bio);
	struct vy_async *a = bio->bi_private;

	if (unlikely(bio->bi_status))
		set_bit(lb->slot, &a->failed);
	bio_uninit(bio);
	if (atomic_dec_and_test(&a->pending)) {
		INIT_WORK(&a->work, vy_async_work);
		queue_work(a->s.set->row_pool->async_wq, &a->work);
	}
}

/*
 * A write whose range is ours. Process context. False: it has to be done by a worker
 * that may wait, and nothing has happened.
 */
bool vy_row_async(struct vy_set *set, struct vy_req *req)
{
	u64 from = dm_target_offset(set->ti, req->iter.bi_sector), next;
	sector_t start = req->range.start, end = req->range.end;
	u8 all = vy_all_legs(set), written;
	struct vy_row_span span;
	struct vy_row_plan plan;
	struct vy_async *a;

	if (end - start > VY_STRIP_SECTORS || !vy_async_plain(set, req))
		return false;
	vy_rows_span(&set->rows, from, from + (req->iter.bi_size >> SECTOR_SHIFT), &span);
	written = vy_span_legs(&set->rows, &span, start, end, &next);
	if (next != end ||
	    !vy_row_plan(&set->rows, span.parity, written, all, all, all, true, &plan))
		return false;
	a = vy_async_alloc(set, plan.read | written | 1u << span.parity, end - start);
	if (!a)
		return false;
	a->s = (struct vy_strip){
		.set = set, .req = req, .buf = &a->buf, .parity = span.parity,
		.written = written, .start = start, .end = end, .plan = plan,
	};
	if (plan.read) {
		vy_async_submit(a, plan.read, REQ_OP_READ | REQ_SYNC, vy_async_read);
		return true;
	}
	if (vy_async_send(a))
		return true;
	vy_async_free(a);
	return false;
}
