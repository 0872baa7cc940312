// SPDX-License-Identifier: GPL-2.0
/*
 * The varyon-raid5 target: its I/O path. Where things lie and how a parity comes
 * about is core/rows.c; rebuild, resync and check are parity.c; writes that nothing
 * stands in the way of are rowasync.c.
 *
 * Everything that is marked, locked or counted by sector goes by the sectors of a
 * leg: a row has the same ones on all legs. So maps, zones, range locks and the
 * recovery are those of the mirror.
 *
 * A read of a good leg is remapped. Whatever is left is done by a worker that holds
 * the range on all legs and may wait: read what is needed, compute, write, one
 * strip of the row after the other. Written are copies of the caller's pages: what
 * changed under way would make a parity that destroys other blocks one day.
 */
#include <linux/module.h>
#include <linux/slab.h>

#include "raid5.h"

#define VY_ROW_WORKERS		64	/* of a set: at most 512 KiB each, with 8 legs */

/* Behind a request and its legs' bios. */
struct vy_row_work {
	struct work_struct work;
	struct vy_req *req;
	bool wait;
};

struct vy_row_bio {
	struct vy_row_io *io;
	u8 slot;
	struct bio bio;		/* last: bio sets put the vectors behind it */
};

static u8 vy_live(const struct vy_set *set)
{
	u32 roles = READ_ONCE(set->roles);

	return vy_members(roles) | vy_targets(roles);
}

/* ---- memory ---- */

static void vy_row_buf_free(struct vy_set *set, struct vy_row_buf *buf)
{
	unsigned int l, i;

	for (l = 0; l < set->rows.nslots; l++)
		for (i = 0; i < VY_STRIP_PAGES; i++)
			if (buf->page[l][i])
				__free_page(buf->page[l][i]);
	if (buf->head)
		__free_page(buf->head);
}

static bool vy_row_buf_fill(struct vy_set *set, struct vy_row_buf *buf, unsigned int pages,
			    gfp_t gfp)
{
	unsigned int l, i;

	buf->pages = pages;
	for (l = 0; l < set->rows.nslots; l++)
		for (i = 0; i < pages; i++) {
			buf->page[l][i] = alloc_page(gfp);
			if (!buf->page[l][i])
				return false;
		}
	buf->head = alloc_page(gfp);
	return buf->head;
}

/* Always succeeds; of those that find no memory one works at a time. */
static struct vy_row_buf *vy_row_buf_get(struct vy_set *set, sector_t sectors)
{
	const gfp_t gfp = GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN;
	struct vy_row_buf *buf = kzalloc(sizeof(*buf), gfp);

	sectors = min_t(sector_t, sectors, VY_STRIP_SECTORS);
	if (buf && vy_row_buf_fill(set, buf, DIV_ROUND_UP(sectors, PAGE_SECTORS), gfp))
		return buf;
	if (buf)
		vy_row_buf_free(set, buf);
	kfree(buf);
	mutex_lock(&set->row_pool->lock);
	return &set->row_pool->reserve;
}

static void vy_row_buf_put(struct vy_set *set, struct vy_row_buf *buf)
{
	if (buf == &set->row_pool->reserve) {
		mutex_unlock(&set->row_pool->lock);
		return;
	}
	vy_row_buf_free(set, buf);
	kfree(buf);
}

int vy_row_pool_init(struct vy_set *set)
{
	struct vy_row_pool *pool;
	unsigned int i, l;

	if (set->kind->type != VY_TYPE_RAID5)
		return 0;
	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return -ENOMEM;
	set->row_pool = pool;
	mutex_init(&pool->lock);
	for (i = 0; i < VY_LOG_LANES; i++)
		for (l = 0; l < VY_MAX_SLOTS; l++)
			sema_init(&pool->log_lock[i][l].sem, 1);
	pool->wq = alloc_workqueue("varyon_rows", WQ_MEM_RECLAIM | WQ_UNBOUND, VY_ROW_WORKERS);
	pool->async_wq = alloc_workqueue("varyon_parity", WQ_MEM_RECLAIM | VY_WQ_PERCPU, 0);
	if (!pool->wq || !pool->async_wq ||
	    !vy_row_buf_fill(set, &pool->reserve, VY_STRIP_PAGES, GFP_KERNEL))
		return -ENOMEM;
	return bioset_init(&pool->bs, VY_MAX_SLOTS, offsetof(struct vy_row_bio, bio),
			   BIOSET_NEED_BVECS);
}

/* Pages for a strip, while there are no requests. */
struct page **vy_row_scratch(struct vy_set *set)
{
	return set->row_pool->reserve.page[0];
}

/* All requests have ended: wait for who ended them. */
void vy_row_pool_wait(struct vy_set *set)
{
	if (set->row_pool) {
		flush_workqueue(set->row_pool->async_wq);
		flush_workqueue(set->row_pool->wq);
	}
}

void vy_row_pool_exit(struct vy_set *set)
{
	struct vy_row_pool *pool = set->row_pool;

	if (!pool)
		return;
	if (pool->async_wq)
		destroy_workqueue(pool->async_wq);
	if (pool->wq)
		destroy_workqueue(pool->wq);
	vy_row_buf_free(set, &pool->reserve);
	bioset_exit(&pool->bs);
	kfree(pool);
	set->row_pool = NULL;
}

/* ---- I/O ---- */

/* Until vy_row_io_wait() I/O to any legs may be submitted. */
void vy_row_io_begin(struct vy_row_io *io)
{
	init_completion(&io->done);
	atomic_set(&io->pending, 1);
	memset(io->status, 0, sizeof(io->status));
}

static void vy_row_io_put(struct vy_row_io *io)
{
	if (atomic_dec_and_test(&io->pending))
		complete(&io->done);
}

/* Returns the legs that failed any of it. */
u8 vy_row_io_wait(struct vy_row_io *io)
{
	unsigned int l;
	u8 failed = 0;

	vy_row_io_put(io);
	wait_for_completion_io(&io->done);
	for (l = 0; l < VY_MAX_SLOTS; l++)
		if (io->status[l])
			failed |= 1u << l;
	return failed;
}

static void vy_row_endio(struct bio *bio)
{
	struct vy_row_bio *rb = container_of(bio, struct vy_row_bio, bio);
	struct vy_row_io *io = rb->io;

	if (unlikely(bio->bi_status)) {
		/* of several, the one that is not about a place */
		if (!io->status[rb->slot] || vy_bad_status(io->status[rb->slot]))
			io->status[rb->slot] = bio->bi_status;
		/* at once: what the leg returns from now on counts for nothing, nor does a flush */
		if (io->req)
			vy_req_suspect(io->req->set, io->req, rb->slot);
	}
	bio_put(bio);
	vy_row_io_put(io);
}

/* Whole pages, as far as there are so many sectors; no pages: zeroes. */
void vy_row_add_pages(struct bio *bio, struct page **pages, sector_t sectors)
{
	unsigned int left = sectors << SECTOR_SHIFT, len, i;

	for (i = 0; left; i++, left -= len) {
		len = min_t(unsigned int, left, PAGE_SIZE);
		__bio_add_page(bio, pages ? pages[i] : ZERO_PAGE(0), len, 0);
	}
}

/* A bio of the I/O, still without pages. */
struct bio *vy_row_bio(struct vy_set *set, struct vy_row_io *io, u8 l,
		       struct block_device *bdev, unsigned int pages, blk_opf_t opf,
		       sector_t sector)
{
	struct bio *bio = bio_alloc_bioset(bdev, pages, opf, GFP_NOIO, &set->row_pool->bs);
	struct vy_row_bio *rb = container_of(bio, struct vy_row_bio, bio);

	rb->io = io;
	rb->slot = l;
	bio->bi_end_io = vy_row_endio;
	bio->bi_iter.bi_sector = sector;
	atomic_inc(&io->pending);
	return bio;
}

/* At most 256 pages; none: zeroes. */
void vy_row_submit(struct vy_set *set, struct vy_row_io *io, struct page **pages, u8 l,
		   blk_opf_t opf, sector_t start, sector_t end)
{
	struct vy_leg *leg = &set->leg[l];
	struct bio *bio = vy_row_bio(set, io, l, leg->data->bdev,
				     DIV_ROUND_UP(end - start, PAGE_SECTORS), opf,
				     leg->data_start + start);

	vy_row_add_pages(bio, pages, end - start);
	submit_bio(bio);
}

/* [start, end) of each leg of the mask, at once; waits. Returns those that failed. */
static u8 vy_row_rw(struct vy_set *set, struct vy_row_io *io, struct vy_row_buf *buf, u8 mask,
		    blk_opf_t opf, sector_t start, sector_t end)
{
	u8 relocated = 0;
	unsigned int l;

	vy_row_io_begin(io);
	vy_for_each_slot(l, mask) {
		if (vy_bbr_met(&set->leg[l], start, end))
			relocated |= 1u << l;
		else
			vy_row_submit(set, io, buf->page[l], l, opf, start, end);
	}
	vy_for_each_slot(l, relocated)
		io->status[l] = vy_leg_rw(set, l, opf, buf->page[l], start, end);
	return vy_row_io_wait(io);
}

/* Add the blocks of these legs to those of another, or take them out of it. */
void vy_row_xor(struct vy_row_buf *buf, u8 to, u8 legs, sector_t sectors)
{
	unsigned int left = sectors << SECTOR_SHIFT, len, i, l, n;
	void *from[VY_MAX_SLOTS];

	for (i = 0; left && legs; i++, left -= len) {
		len = min_t(unsigned int, left, PAGE_SIZE);
		n = 0;
		vy_for_each_slot(l, legs)
			from[n++] = page_address(buf->page[l][i]);
		vy_xor(page_address(buf->page[to][i]), from, n, len);
	}
}

/* Make the blocks of a leg the sum of others. */
static void vy_row_sum(struct vy_row_buf *buf, u8 to, u8 legs, sector_t sectors)
{
	unsigned int first = __ffs(legs), i;

	for (i = 0; i < DIV_ROUND_UP(sectors, PAGE_SECTORS); i++)
		memcpy(page_address(buf->page[to][i]), page_address(buf->page[first][i]),
		       PAGE_SIZE);
	vy_row_xor(buf, to, legs & ~(1u << first), sectors);
}

/* Sectors from the request's data, those of volume sector `from` on, or to it. */
static void vy_row_copy(struct vy_req *req, struct page **pages, u64 from, sector_t sectors,
			bool to_bio)
{
	u64 first = dm_target_offset(req->set->ti, req->iter.bi_sector);
	unsigned int left = sectors << SECTOR_SHIFT, done = 0, len;
	struct bvec_iter iter = req->iter;

	bio_advance_iter(req->bio, &iter, (from - first) << SECTOR_SHIFT);
	for (; left; left -= len, done += len) {
		struct bio_vec bv = bio_iter_iovec(req->bio, iter);
		void *page, *data;

		len = min3(left, bv.bv_len, (unsigned int)(PAGE_SIZE - offset_in_page(done)));
		page = page_address(pages[done / PAGE_SIZE]) + offset_in_page(done);
		data = kmap_local_page(bv.bv_page) + bv.bv_offset;
		if (to_bio)
			memcpy(data, page, len);
		else
			memcpy(page, data, len);
		kunmap_local(data);
		bio_advance_iter(req->bio, &iter, len);
	}
}

/* ---- writes ---- */

/*
 * A parity that is not to be believed, with a leg missing, is all that is left of
 * what that leg had: it is kept as right, or as wrong, as it was.
 */
static u8 vy_strip_keep(struct vy_strip *s)
{
	u8 members = vy_members(READ_ONCE(s->set->roles));

	return vy_comparable(s->set, members) ? 0 : members & (1u << s->parity);
}

/* Read what the plan needs, and plan again as long as something is in the way. */
static bool vy_strip_read(struct vy_strip *s)
{
	struct vy_set *set = s->set;
	u8 live, whole, good, avoid, failed, unread = s->req->tried;
	struct vy_row_io io = { .req = NULL };
	bool trust, possible, again = false;
	unsigned int l;

	for (;;) {
		live = vy_live(set);
		whole = vy_not_stale(set, live, s->start, s->end) | vy_strip_keep(s);
		good = whole & ~unread;
		trust = vy_row_trusted(set, s->req->zone);
		/*
		 * Rather not from what may have lost something. A parity that has would
		 * go with its leg, or all that it stands for is lost already.
		 */
		avoid = READ_ONCE(set->doubtful) & ~(1u << s->parity);
		possible = vy_row_plan(&set->rows, s->parity, s->written, live, whole,
				       good & ~avoid, trust, &s->plan);
		if (!possible) {
			avoid = ~0;
			possible = vy_row_plan(&set->rows, s->parity, s->written, live, whole,
					       good, trust, &s->plan);
		}
		if (unread && !again && (!possible || s->plan.how == VY_PARITY_NONE)) {
			/* before anything is given up: they may be well by now */
			unread = 0;
			again = true;
			continue;
		}
		if (!possible)
			return false;
		if (!s->plan.read)
			return true;
		failed = vy_row_rw(set, &io, s->buf, s->plan.read, REQ_OP_READ | REQ_SYNC,
				   s->start, s->end);
		vy_for_each_slot(l, failed)
			atomic_inc(&set->leg[l].read_errors);
		unread |= failed;
		/* what came from a leg counts only while the leg does */
		if (!failed && !(s->plan.read & ~vy_live(set)) &&
		    !(s->plan.read & READ_ONCE(set->doubtful) & ~avoid & ~(1u << s->parity)))
			break;
	}
	if (unread)
		vy_repair_queue(set, unread, s->start, s->end);
	return true;
}

/* New data and new parity. Process context. */
void vy_strip_compute(struct vy_strip *s)
{
	u8 data = vy_all_legs(s->set) & ~(1u << s->parity);
	sector_t sectors = s->end - s->start;
	unsigned int l;

	if (s->plan.how == VY_PARITY_CHANGE)
		vy_row_xor(s->buf, s->parity, s->written, sectors);
	vy_for_each_slot(l, s->written)
		vy_row_copy(s->req, s->buf->page[l], vy_rows_volume(&s->set->rows, l, s->start),
			    sectors, false);
	if (s->plan.how == VY_PARITY_CHANGE)
		vy_row_xor(s->buf, s->parity, s->written, sectors);
	if (s->plan.how == VY_PARITY_REBUILD)
		vy_row_sum(s->buf, s->parity, data, sectors);
}

/*
 * Who gets it, and who lacks it from now on. The zone's bit is durable and the range
 * is ours, so marking in memory is enough: until the zone is cleaned a crash
 * marks it whole. False: it needs a record first, and cannot have one.
 */
static bool vy_strip_choose(struct vy_strip *s, u8 *out)
{
	u8 send = s->written, missed, live, members;
	struct vy_set *set = s->set;
	unsigned int l;
	u64 gen, log;

	if (s->plan.how != VY_PARITY_NONE)
		send |= 1u << s->parity;
	/* vy_unpark() and vy_log_protect() wait until nobody is between the choice and the mark */
	for (;;) {
		rcu_read_lock();
		live = vy_live(set);
		members = vy_log_members(set);
		log = READ_ONCE(set->log_gen);
		gen = s->plan.how == VY_PARITY_NONE ? 0 : vy_log_wanted(set, members, s->parity);
		if (!gen || gen == s->log_gen)
			break;
		rcu_read_unlock();
		if (!vy_strip_log(s, gen, members) && !vy_strip_log_without(s))
			return false;
	}
	s->counted = gen || log ? &set->in_log : &set->unlogged;
	atomic_inc(s->counted);
	send &= live;
	missed = (s->written | 1u << s->parity) & ~send;
	vy_for_each_slot(l, missed)
		vy_stale_mark(set, l, s->start, s->end);
	rcu_read_unlock();
	if (missed & vy_members(READ_ONCE(set->roles)))
		WRITE_ONCE(set->stale_due, true);
	s->req->missed |= missed & ~live;
	*out = send;
	return true;
}

/* Those of the legs that failed, once bad places have been looked after. Waits. */
u8 vy_strip_bad(struct vy_strip *s, const blk_status_t *status, u8 failed)
{
	struct vy_set *set = s->set;
	u8 dead = failed;
	unsigned int l;

	vy_for_each_slot(l, failed) {
		atomic_inc(&set->leg[l].write_errors);
		vy_req_suspect(set, s->req, l);
		if (!vy_bad_status(status[l]))
			continue;
		/* to the disk: its caller may have asked for that, or the map says so */
		switch (vy_leg_write(set, l, ~dead, REQ_FUA, s->buf->page[l], s->start,
				     s->end)) {
		case VY_WRITTEN:
			dead &= ~(1u << l);
			break;
		case VY_PLACE_BAD:
			s->req->stale |= 1u << l;
			dead &= ~(1u << l);
			break;
		default:
			break;
		}
	}
	return dead;
}

/* What was written whole is good from now on, on who lacked it. */
static void vy_strip_heal(struct vy_strip *s, u8 wrote, u8 lacked)
{
	u32 roles = READ_ONCE(s->set->roles);
	unsigned int l;

	if (s->plan.how == VY_PARITY_CHANGE)
		wrote &= ~(1u << s->parity);
	vy_for_each_slot(l, wrote & vy_targets(roles))
		vy_stale_heal(s->set, l, s->start, s->end);
	wrote &= lacked & vy_members(roles);
	if (!wrote)
		return;
	vy_for_each_slot(l, wrote)
		vy_stale_clear(s->set, l, s->start, s->end);
	WRITE_ONCE(s->set->stale_due, true);
}

/* Of the legs' writes, as the caller wants them. */
blk_opf_t vy_strip_flags(const struct vy_strip *s)
{
	const blk_opf_t keep = REQ_SYNC | REQ_FUA | REQ_META | REQ_PRIO | REQ_IDLE;

	return REQ_OP_WRITE | (s->req->bio->bi_opf & keep);
}

/* False: not possible, and nothing of it has been done. */
static bool vy_strip_write(struct vy_strip *s)
{
	blk_opf_t opf = vy_strip_flags(s);
	struct vy_set *set = s->set;
	struct vy_row_io io = { .req = s->req };
	u8 send, failed, lacked, members;

	if (!vy_strip_read(s))
		return false;
	vy_strip_compute(s);
	if (!vy_strip_choose(s, &send))
		return false;
	/*
	 * A parity that is given up while a leg is missing, or could be after a power cut,
	 * has no record: the disks must know before the data do, or it would be believed.
	 * And a later parity is made of the data: they must not sit in a cache either.
	 */
	members = vy_log_members(set);
	if (s->plan.how == VY_PARITY_NONE && members & (1u << s->parity) &&
	    (set->log_always || !vy_comparable(set, members))) {
		if (!vy_commit_now(set, s->req->zone) || !vy_strip_log_void(s))
			return false;
		opf |= REQ_FUA;
	}
	if (s->plan.how == VY_PARITY_NONE && (s->written & ~send)) {
		s->req->lost = true;
		return true;
	}
	lacked = send & vy_members(READ_ONCE(set->roles));
	lacked &= ~vy_not_stale(set, lacked, s->start, s->end);
	/* what makes a bad place good again must not sit in a cache */
	if (lacked || s->log_gen)
		opf |= REQ_FUA;
	failed = vy_row_rw(set, &io, s->buf, send, opf, s->start, s->end);
	if (unlikely(failed)) {
		failed = vy_strip_bad(s, io.status, failed);
		vy_strip_log_owe(s, failed);
	}
	vy_strip_heal(s, send & ~failed & ~s->req->stale, lacked);
	s->req->failed |= failed;
	return true;
}

/* End of the strip that begins at `start`: of one region, where some leg lacks any. */
static sector_t vy_strip_end(struct vy_set *set, sector_t start, sector_t end)
{
	sector_t region = vy_region_sectors(set);
	u8 live = vy_live(set);

	end = min_t(sector_t, end, round_down(start, VY_STRIP_SECTORS) + VY_STRIP_SECTORS);
	if (end > round_down(start, region) + region && vy_not_stale(set, live, start, end) != live)
		end = round_down(start, region) + region;
	return end;
}

/* All strips have been written; some maybe not everywhere. */
void vy_row_write_end(struct vy_req *req)
{
	struct vy_set *set = req->set;
	unsigned long was_suspect;

	/* who was not touched has all there is to have; who is away lacks it */
	req->done = set->used & ~req->failed & ~req->missed;
	was_suspect = req->suspect;
	vy_write_settle(req);
	/* have vy_settle() called, by who knows of status areas that failed */
	if (was_suspect)
		queue_work(set->meta_wq, &set->meta_work);
}

static void vy_row_write(struct vy_req *req)
{
	struct vy_set *set = req->set;
	u64 from = dm_target_offset(set->ti, req->iter.bi_sector), next;
	struct vy_strip s = { .set = set, .req = req };
	struct vy_row_span span;
	bool refused = false;

	/*
	 * Who had the range before may have failed to record that it counts as written
	 * now. What is written there would be zeroes again after a power cut.
	 */
	if (unlikely(READ_ONCE(set->fresh.owed)) && !vy_commit_now(set, req->zone)) {
		vy_req_end(req, BLK_STS_IOERR);
		return;
	}
	vy_rows_span(&set->rows, from, from + (req->iter.bi_size >> SECTOR_SHIFT), &span);
	s.parity = span.parity;
	s.buf = vy_row_buf_get(set, req->range.end - req->range.start);
	for (s.start = req->range.start; s.start < req->range.end && !refused; s.start = s.end) {
		s.end = vy_strip_end(set, s.start, req->range.end);
		s.written = vy_span_legs(&set->rows, &span, s.start, s.end, &next);
		s.end = next;
		/* between the end of one column and the beginning of another */
		if (s.written)
			refused = !vy_strip_write(&s);
		vy_strip_log_end(&s);
	}
	vy_row_buf_put(set, s.buf);
	if (refused && !req->failed && !req->stale && !test_bit(0, &req->suspect)) {
		vy_req_end(req, BLK_STS_IOERR);
		return;
	}
	req->lost |= refused;
	vy_row_write_end(req);
}

/* Every block is on its leg, or can be had from all others. */
static bool vy_row_write_held(struct vy_set *set, struct vy_req *req)
{
	u64 from = dm_target_offset(set->ti, req->iter.bi_sector), at, next;
	u8 have = req->done & vy_members(READ_ONCE(set->roles)), legs, others;
	struct vy_row_span span;
	unsigned int l;

	vy_rows_span(&set->rows, from, from + (req->iter.bi_size >> SECTOR_SHIFT), &span);
	for (at = req->range.start; at < req->range.end; at = next) {
		legs = vy_span_legs(&set->rows, &span, at,
				    vy_strip_end(set, at, req->range.end), &next);
		legs &= ~vy_not_stale(set, have, at, next);
		vy_for_each_slot(l, legs) {
			others = vy_all_legs(set) & ~(1u << l);
			if (vy_not_stale(set, have & others, at, next) != others)
				return false;
		}
	}
	return true;
}

/* ---- reads ---- */

/* [start, end) of leg l, into the buffer of that leg. */
static bool vy_row_read_strip(struct vy_req *req, struct vy_row_buf *buf, u8 l, sector_t start,
			      sector_t end)
{
	struct vy_set *set = req->set;
	u8 others = vy_all_legs(set) & ~(1u << l), unread = req->tried, good, avoid, read, failed;
	struct vy_row_io io = { .req = NULL };
	bool again = false;
	unsigned int o;

	for (;;) {
		good = vy_not_stale(set, vy_live(set), start, end) & ~unread;
		avoid = READ_ONCE(set->doubtful);
		read = 0;
		for (;;) {
			if (good & ~avoid & (1u << l))
				read = 1u << l;
			else if (!(others & ~(good & ~avoid)) && vy_row_trusted(set, req->zone))
				read = others;
			if (read || !avoid)
				break;
			avoid = 0;	/* rather from those than not at all */
		}
		if (!read && (again || !unread))
			return false;
		if (!read) {
			/* they may be well by now, and are the last */
			unread = 0;
			again = true;
			continue;
		}
		failed = vy_row_rw(set, &io, buf, read, REQ_OP_READ | REQ_SYNC, start, end);
		vy_for_each_slot(o, failed)
			atomic_inc(&set->leg[o].read_errors);
		unread |= failed;
		if (!failed && !(read & ~vy_live(set)) &&
		    (!avoid || !(read & READ_ONCE(set->doubtful))))
			break;
	}
	if (read == others)
		vy_row_sum(buf, l, others, end - start);
	if (unread)
		vy_repair_queue(set, unread, start, end);
	return true;
}

static void vy_row_zero(struct vy_row_buf *buf, u8 to, sector_t sectors)
{
	unsigned int i;

	for (i = 0; i < DIV_ROUND_UP(sectors, PAGE_SECTORS); i++)
		memset(page_address(buf->page[to][i]), 0, PAGE_SIZE);
}

static void vy_row_read(struct vy_req *req)
{
	struct vy_set *set = req->set;
	u64 from = dm_target_offset(set->ti, req->iter.bi_sector);
	struct vy_row_buf *buf;
	struct vy_place place;
	sector_t start, end;
	bool ok = true, fresh;

	vy_rows_place(&set->rows, from, &place);
	buf = vy_row_buf_get(set, req->range.end - req->range.start);
	for (start = req->range.start; start < req->range.end && ok; start = end) {
		end = vy_strip_end(set, start, req->range.end);
		end = vy_fresh_run(set, start, end, &fresh);
		if (fresh)
			vy_row_zero(buf, place.leg, end - start);
		else
			ok = vy_row_read_strip(req, buf, place.leg, start, end);
		if (ok)
			vy_row_copy(req, buf->page[place.leg], from + (start - req->range.start),
				    end - start, true);
	}
	vy_row_buf_put(set, buf);
	vy_range_unlock(set, req->zone, &req->range);
	vy_read_end(req, ok ? BLK_STS_OK : BLK_STS_IOERR);
}

/* ---- the worker ---- */

static void vy_row_worker(struct work_struct *work)
{
	struct vy_row_work *w = container_of(work, struct vy_row_work, work);
	struct vy_req *req = w->req;

	if (!op_is_write(bio_op(req->bio)))
		vy_row_read(req);
	else if (w->wait || !vy_row_async(req->set, req))
		vy_row_write(req);
}

/* The range is ours; wait: rowasync.c could not do it. Any context. */
static void vy_row_go(struct vy_set *set, struct vy_req *req, bool wait)
{
	struct vy_row_work *w = (void *)(vy_leg_bios(req) + hweight8(set->present));

	w->req = req;
	w->wait = wait;
	INIT_WORK(&w->work, vy_row_worker);
	queue_work(set->row_pool->wq, &w->work);
}

void vy_row_wait(struct vy_set *set, struct vy_req *req)
{
	vy_row_go(set, req, true);
}

static void vy_row_granted(struct vy_range *range)
{
	struct vy_req *req = container_of(range, struct vy_req, range);

	vy_row_go(req->set, req, false);
}

static void vy_row_start(struct vy_set *set, struct vy_req *req)
{
	req->range.grant = vy_row_granted;
	if (!vy_range_lock(set, req->zone, &req->range))
		return;
	if (!op_is_write(bio_op(req->bio)) || !vy_row_async(set, req))
		vy_row_wait(set, req);
}

/* ---- the target ---- */

static int vy_raid5_read(struct vy_set *set, struct vy_req *req, struct bio *bio)
{
	struct vy_place place;
	struct vy_leg *leg;
	sector_t left;
	u8 bit;

	vy_rows_place(&set->rows, dm_target_offset(set->ti, bio->bi_iter.bi_sector), &place);
	left = vy_chunk_sectors(&set->rows) - (place.sector & (vy_chunk_sectors(&set->rows) - 1));
	if (bio_sectors(bio) > left) {
		dm_accept_partial_bio(bio, left);
		req->iter = bio->bi_iter;
	}
	req->range.start = place.sector;
	req->range.end = place.sector + bio_sectors(bio);
	req->zone = vy_zone_of(set, place.sector);
	vy_lp_count(set, req);

	if (vy_fresh_all(set, req->range.start, req->range.end)) {
		zero_fill_bio(bio);
		bio_endio(bio);
		return DM_MAPIO_SUBMITTED;
	}
	leg = &set->leg[place.leg];
	bit = 1u << place.leg;
	if (unlikely(!(vy_live(set) & ~READ_ONCE(set->doubtful) & bit) ||
		     vy_stale_test(set, place.leg, req->range.start, req->range.end) ||
		     vy_bbr_met(leg, req->range.start, req->range.end) ||
		     vy_fresh_met(set, req->range.start, req->range.end))) {
		vy_row_start(set, req);
		return DM_MAPIO_SUBMITTED;
	}
	req->read_leg = place.leg;
	atomic_inc(&leg->reading);
	bio_set_dev(bio, leg->data->bdev);
	bio->bi_iter.bi_sector = leg->data_start + req->range.start;
	return DM_MAPIO_REMAPPED;
}

/* The zone is durably dirty. Where nothing was ever written there is no parity to build upon. */
static void vy_row_write_start(struct vy_set *set, struct vy_req *req)
{
	if (vy_fresh_met(set, req->range.start, req->range.end) ||
	    unlikely(READ_ONCE(set->fresh.owed)))
		vy_fresh_write(set, req);
	else
		vy_row_start(set, req);
}

/* What a write touches of the legs. */
void vy_row_write_range(struct vy_set *set, struct vy_req *req)
{
	u64 from = dm_target_offset(set->ti, req->iter.bi_sector), start, end;
	struct vy_row_span span;

	vy_rows_span(&set->rows, from, from + (req->iter.bi_size >> SECTOR_SHIFT), &span);
	vy_span_range(&set->rows, &span, &start, &end);
	req->range.start = start;
	req->range.end = end;
}

static void vy_raid5_write(struct vy_set *set, struct vy_req *req)
{
	vy_row_write_range(set, req);
	req->zone = vy_zone_of(set, req->range.start);
	vy_lp_count(set, req);
	if (vy_write_ready(set, req))
		vy_row_write_start(set, req);
	else
		vy_commit_queue(set, req);
}

static int vy_raid5_map(struct dm_target *ti, struct bio *bio)
{
	struct vy_req *req = vy_req_begin(ti, bio);
	struct vy_set *set = ti->private;

	if (bio->bi_opf & REQ_PREFLUSH) {
		vy_flush(set, req);
		return DM_MAPIO_SUBMITTED;
	}
	vy_pace_seen(set, req);
	if (!op_is_write(bio_op(bio)))
		return vy_raid5_read(set, req, bio);
	vy_raid5_write(set, req);
	return DM_MAPIO_SUBMITTED;
}

static int vy_raid5_end_io(struct dm_target *ti, struct bio *bio, blk_status_t *error)
{
	struct vy_req *req = dm_per_bio_data(bio, ti->per_io_data_size);
	struct vy_set *set = req->set;
	u8 bit;

	if (req->read_leg < 0)
		return DM_ENDIO_DONE;
	bit = 1u << req->read_leg;
	atomic_dec(&set->leg[req->read_leg].reading);
	if (unlikely(*error)) {
		atomic_inc(&set->leg[req->read_leg].read_errors);
		req->tried |= bit;
	} else if (likely(vy_live(set) & ~READ_ONCE(set->doubtful) & bit)) {
		if (unlikely(req->timed_ns))
			vy_pace_timed(set, req, READ);
		return DM_ENDIO_DONE;
	}
	/* from the rest of the row; what it returned meanwhile does not count */
	vy_row_start(set, req);
	return DM_ENDIO_INCOMPLETE;
}

static int vy_raid5_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct vy_set *set;
	int r = vy_set_ctr(ti, argc, argv, &vy_raid5_kind);

	if (r)
		return r;
	set = ti->private;
	r = dm_set_target_max_io_len(ti, vy_row_sectors(&set->rows));
	if (r) {
		vy_set_dtr(ti);
		return r;
	}
	ti->per_io_data_size += sizeof(struct vy_row_work);
	/* a worker needs memory to make progress: swap must not take all of it */
	ti->limit_swap_bios = true;
	return 0;
}

static void vy_raid5_io_hints(struct dm_target *ti, struct queue_limits *limits)
{
	struct vy_set *set = ti->private;

	limits->io_min = vy_chunk_sectors(&set->rows) << SECTOR_SHIFT;
	limits->io_opt = vy_row_sectors(&set->rows) << SECTOR_SHIFT;
	/* how much a leg takes at a time is its own affair: it gets a part of a row */
	limits->max_hw_sectors = max_t(unsigned int, limits->max_hw_sectors,
				       vy_row_sectors(&set->rows));
	limits->max_sectors = max_t(unsigned int, limits->max_sectors,
				    vy_row_sectors(&set->rows));
}

const struct vy_kind vy_raid5_kind = {
	.type = VY_TYPE_RAID5,
	.write_start = vy_row_write_start,
	.write_held = vy_row_write_held,
	.write_torn = vy_row_write_torn,
	.flush_torn = vy_row_flush_torn,
	.resync_drop = vy_row_resync_drop,
	.read_for = vy_row_read_for,
	.resync_run = vy_row_resync_run,
	.check_run = vy_row_check_run,
};

struct target_type vy_raid5_target = {
	.name = "varyon-raid5",
	.version = {1, 0, 0},
	.module = THIS_MODULE,
	.ctr = vy_raid5_ctr,
	.dtr = vy_set_dtr,
	.map = vy_raid5_map,
	.end_io = vy_raid5_end_io,
	.presuspend = vy_set_presuspend,
	.presuspend_undo = vy_set_presuspend_undo,
	.postsuspend = vy_set_postsuspend,
	.preresume = vy_set_preresume,
	.resume = vy_set_resume,
	.status = vy_set_status,
	.message = vy_set_message,
	.iterate_devices = vy_set_iterate_devices,
	.io_hints = vy_raid5_io_hints,
};
