// SPDX-License-Identifier: GPL-2.0
/*
 * Records of the row log on their way to the disks; what they are for is rowlog.c.
 *
 * Who writes one holds the slots that it takes from before that until the write that it
 * is for has ended: then that is on the disks (FUA), and the record may be overwritten.
 * When it has failed somewhere, the disks have to know what follows from that before.
 */
#include <linux/mm.h>

#include "raid5.h"

static struct vy_log_lock *vy_log_lane(struct vy_strip *s, unsigned int lane)
{
	/* those of a record are fewer than there are lanes */
	if ((lane - s->log_slot) % VY_LOG_LANES >= s->log_span)
		return NULL;
	return &s->set->row_pool->log_lock[lane][s->parity];
}

static bool vy_strip_owed(struct vy_strip *s, bool owed)
{
	struct vy_log_lock *lock;
	bool was = false;
	unsigned int i;

	for (i = 0; i < VY_LOG_LANES; i++) {
		lock = vy_log_lane(s, i);
		if (!lock)
			continue;
		was |= lock->owed;
		lock->owed = owed;
	}
	return was;
}

/* Have the slots. False: the disks cannot be told what they have to know first. */
static bool vy_strip_log_lock(struct vy_strip *s)
{
	struct vy_set *set = s->set;
	u8 legs = 1u << s->parity;
	struct vy_log_lock *lock;
	unsigned int i;

	if (set->log_always)
		legs |= s->written;
	if (!s->log_span) {
		s->log_slot = vy_log_slot(vy_log_room(set, s->parity), s->start);
		s->log_span = vy_log_span(hweight8(legs) * vy_log_blocks(s->end - s->start));
		/* in one order */
		for (i = 0; i < VY_LOG_LANES; i++) {
			lock = vy_log_lane(s, i);
			if (lock)
				down(&lock->sem);
		}
	}
	if (!vy_strip_owed(s, false) || vy_commit_now(set, s->req->zone))
		return true;
	vy_strip_owed(s, true);
	return false;
}

/* Head and payload in one go, to the status area of the parity's leg. */
static bool vy_strip_log_write(struct vy_strip *s, u8 legs)
{
	struct vy_set *set = s->set;
	unsigned int each = vy_log_blocks(s->end - s->start), n = 0, i, l;
	unsigned int pages = hweight8(legs) * each + max(1u, vy_log_span(hweight8(legs) * each));
	struct vy_leg *leg = &set->leg[s->parity];
	struct vy_row_io io = { .req = s->req };
	struct bio *bio;

	vy_row_io_begin(&io);
	bio = vy_row_bio(set, &io, s->parity, leg->sa->bdev, pages,
			 REQ_OP_WRITE | REQ_META | REQ_SYNC | REQ_FUA,
			 leg->sa_start + (vy_log_off(&set->geom, s->log_slot) >> SECTOR_SHIFT));
	__bio_add_page(bio, s->buf->head, VY_BLOCK, 0);
	vy_for_each_slot(l, legs)
		for (i = 0; i < each; i++, n++) {
			/* nothing but heads where heads are looked for */
			if (n && n % VY_LOG_SLOT_BLOCKS == 0)
				__bio_add_page(bio, ZERO_PAGE(0), VY_BLOCK, 0);
			__bio_add_page(bio, s->buf->page[l][i], VY_BLOCK, 0);
		}
	submit_bio(bio);
	atomic64_inc(&set->stats.meta_writes);
	atomic64_add((u64)pages * VY_BLOCK, &set->stats.meta_bytes);
	if (!vy_row_io_wait(&io))
		return true;
	atomic_inc(&leg->write_errors);
	s->req->failed |= 1u << s->parity;
	return false;
}

static u32 vy_strip_log_sum(struct vy_strip *s, u8 legs, u32 seed)
{
	unsigned int bytes = (s->end - s->start) << SECTOR_SHIFT, l, i;
	unsigned int blocks = vy_log_blocks(s->end - s->start), rest = blocks * VY_BLOCK - bytes;

	vy_for_each_slot(l, legs) {
		/* nobody's business what was in that memory before */
		memset(page_address(s->buf->page[l][blocks - 1]) + VY_BLOCK - rest, 0, rest);
		for (i = 0; i < blocks; i++)
			seed = vy_crc32c(seed, page_address(s->buf->page[l][i]), VY_BLOCK);
	}
	return seed;
}

/*
 * Write the strip's record. What was written by the one that it takes the place of is
 * on the disks. False: that is not possible, and nothing may be written.
 */
bool vy_strip_log(struct vy_strip *s, u64 gen, u8 members)
{
	struct vy_log_record r = {
		.gen = gen, .start = s->start, .sectors = s->end - s->start,
		.written = s->written & members,
	};
	struct vy_set *set = s->set;
	u8 legs, without = 0;
	u32 seed;
	bool ok;

	if (!vy_strip_log_lock(s))
		return false;
	if (set->log_always)
		r.written |= 1u << s->parity;
	else
		without = r.written;
	legs = vy_log_legs(&r, s->parity);
	seed = vy_log_seed(set->uuid, s->parity, vy_log_off(&set->geom, s->log_slot));
	vy_row_xor(s->buf, s->parity, without, r.sectors);
	vy_log_encode(&r, seed, vy_strip_log_sum(s, legs, seed), page_address(s->buf->head));
	ok = vy_strip_log_write(s, legs);
	vy_row_xor(s->buf, s->parity, without, r.sectors);
	s->log_gen = ok ? gen : 0;
	return ok;
}

/* Have the legs out of the set, durably, if there are enough others. */
static void vy_strip_drop(struct vy_strip *s, u8 failed)
{
	unsigned int l;

	vy_for_each_slot(l, failed)
		set_bit(l, &s->set->failing);
	vy_commit_now(s->set, s->req->zone);
}

/* With all legs nothing is lost with the one that failed; with one missing all that it had is. */
static void vy_strip_log_failed(struct vy_strip *s, u8 failed)
{
	struct vy_set *set = s->set;

	/* once it is taken back, it has that itself */
	wait_var_event(&set->joining, !READ_ONCE(set->joining));
	if (set->log_always && failed && vy_comparable(set, vy_log_members(set)))
		vy_strip_drop(s, failed);
}

/* It has no record: may the strip be written all the same? Waits. */
bool vy_strip_log_without(struct vy_strip *s)
{
	struct vy_set *set = s->set;

	vy_strip_log_failed(s, s->req->failed & (1u << s->parity));
	return !vy_log_wanted(set, vy_log_members(set), s->parity);
}

/*
 * log:always, and a write that gives up the parity, which may be made good while the log
 * goes on: no record may tell of that place any more. False: that is not possible.
 */
bool vy_strip_log_void(struct vy_strip *s)
{
	struct vy_set *set = s->set;

	if (!set->log_always || !vy_log_wanted(set, vy_log_members(set), s->parity))
		return true;
	if (!vy_strip_log_lock(s))
		return false;
	memset(page_address(s->buf->head), 0, VY_BLOCK);
	return vy_strip_log_write(s, 0) || vy_strip_log_without(s);
}

/*
 * A write with a record did not get everywhere. Until the disks know what follows from
 * that, the record alone tells what a missing leg has there.
 */
void vy_strip_log_owe(struct vy_strip *s, u8 failed)
{
	struct vy_set *set = s->set;
	u8 members;

	if (!s->log_gen)
		return;
	vy_strip_owed(s, true);
	vy_strip_log_failed(s, failed);
	members = vy_log_members(set);
	if (failed & members && vy_log_wanted(set, members, s->parity))
		vy_row_distrust(set, s->start, s->end);
}

/* The writes have ended. */
void vy_strip_log_end(struct vy_strip *s)
{
	struct vy_log_lock *lock;
	unsigned int i;

	for (i = 0; i < VY_LOG_LANES && s->log_span; i++) {
		lock = vy_log_lane(s, i);
		if (lock)
			up(&lock->sem);
	}
	if (s->counted)
		atomic_dec(s->counted);
	s->log_span = 0;
	s->counted = NULL;
	s->log_gen = 0;
}
