// SPDX-License-Identifier: GPL-2.0
/*
 * Bad blocks of a leg: where its data really are, and what is done about a
 * place that cannot be written or read.
 *
 * All I/O to the data of a leg goes through here, or has asked vy_bbr_met()
 * first. A block that cannot be written in place moves to a spare block of the
 * leg's status area: data (FUA), then both copies of the table (FUA), then the
 * write is done. Without a spare the region becomes stale on
 * that leg, durable before the write is acknowledged, and the leg stays: its
 * stale map is a list of bad places without a bound.
 *
 * Whoever relocates holds the range lock of the whole block, and nothing moves
 * without good data in hand.
 *
 * A path that is gone fails with the same status as a bad sector on many
 * disks. What tells them apart is the leg's status area: a leg that does not
 * take writes there either has failed.
 */
#include <linux/ioprio.h>
#include <linux/slab.h>

#include "bbr.h"

/* Places found bad in an hour, above which a leg is given up. */
#define VY_BAD_PER_HOUR		256
#define VY_PROBE_SECTORS	2048	/* from a bad place to where the leg is probed */

/* May be a bad place rather than a dead leg. */
bool vy_bad_status(blk_status_t status)
{
	return status == BLK_STS_MEDIUM || status == BLK_STS_TARGET ||
	       status == BLK_STS_PROTECTION || status == BLK_STS_IOERR;
}

bool vy_bbr_met_slow(struct vy_leg *leg, sector_t start, sector_t end)
{
	bool met;

	rcu_read_lock();
	met = vy_bbr_next(rcu_dereference(leg->bbr), vy_block_of(start)) <= vy_block_of(end - 1);
	rcu_read_unlock();
	return met;
}

/* ---- I/O ---- */

/* n sectors of the bytes, those of sector pos on, to or from a device. */
static blk_status_t vy_bytes_io(struct vy_set *set, const struct vy_bytes *bytes,
				struct block_device *bdev, sector_t sector, blk_opf_t opf,
				sector_t pos, unsigned int n)
{
	unsigned int skip = (pos - bytes->start) << SECTOR_SHIFT, left = n << SECTOR_SHIFT, len;
	blk_status_t status;
	struct bio *bio;

	if (bytes->bio) {
		bio = bio_alloc_clone(bdev, bytes->bio, GFP_NOIO, &set->bad.bs);
		/* what the original knew of an earlier remapping is not true here */
		bio_set_dev(bio, bdev);
		/* nor where its memory came from */
		bio->bi_opf = opf & ~REQ_ALLOC_CACHE;
		bio->bi_iter = bytes->iter;
		bio_advance(bio, skip);
		bio->bi_iter.bi_size = left;
	} else {
		bio = bio_alloc_bioset(bdev, DIV_ROUND_UP(offset_in_page(skip) + left, PAGE_SIZE),
				       opf, GFP_NOIO, &set->bs_meta);
		/* low, but not idle: a writer may be waiting for the range */
		bio->bi_ioprio = IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, 7);
		for (; left; left -= len, skip += len) {
			len = min_t(unsigned int, left, PAGE_SIZE - offset_in_page(skip));
			__bio_add_page(bio, bytes->pages[skip / PAGE_SIZE], len,
				       offset_in_page(skip));
		}
	}
	bio->bi_iter.bi_sector = sector;
	submit_bio_wait(bio);
	status = bio->bi_status;
	bio_put(bio);
	return status;
}

static blk_status_t vy_sa_block(struct vy_set *set, u8 l, struct page *page, u64 off,
				blk_opf_t opf)
{
	const struct vy_bytes bytes = { .pages = &page };
	struct vy_leg *leg = &set->leg[l];

	return vy_bytes_io(set, &bytes, leg->sa->bdev, leg->sa_start + (off >> SECTOR_SHIFT),
			   opf | REQ_META | REQ_SYNC, 0, VY_BLOCK_SECTORS);
}

static blk_status_t vy_spare_io(struct vy_set *set, u8 l, u32 spare,
				const struct vy_bytes *bytes, blk_opf_t opf, sector_t pos,
				unsigned int n)
{
	struct vy_leg *leg = &set->leg[l];
	sector_t sector = leg->sa_start + (pos & (VY_BLOCK_SECTORS - 1)) +
			  (vy_bbr_spare_off(&set->geom, spare) >> SECTOR_SHIFT);
	struct page *zero = ZERO_PAGE(0);
	const struct vy_bytes zeroes = { .pages = &zero, .start = pos };

	switch (opf & REQ_OP_MASK) {
	case REQ_OP_DISCARD:
		return BLK_STS_OK;
	case REQ_OP_WRITE_ZEROES:
		bytes = &zeroes;
		opf = REQ_OP_WRITE | REQ_SYNC;
		break;
	}
	/* flushes go to the data device alone */
	if (op_is_write(opf))
		opf |= REQ_FUA;
	return vy_bytes_io(set, bytes, leg->sa->bdev, sector, opf, pos, n);
}

/*
 * Make the table in force durable in both copies. A copy that failed is the
 * one to be written next, so the other stays whole. bad.lock held.
 */
static bool vy_table_write(struct vy_set *set, u8 l)
{
	struct vy_leg *leg = &set->leg[l];
	struct vy_bbr *t = leg->bbr_mem[leg->bbr_now];
	unsigned int i;

	lockdep_assert_held(&set->bad.lock);
	leg->bbr_due = true;
	for (i = 0; i < 2; i++) {
		t->seq++;
		vy_bbr_encode(t, set->uuid, l, page_address(set->bad.table));
		if (vy_sa_block(set, l, set->bad.table, vy_bbr_copy_off(&set->geom, t->seq & 1),
				REQ_OP_WRITE | REQ_FUA)) {
			t->seq--;
			atomic_inc(&leg->write_errors);
			return false;
		}
	}
	leg->bbr_due = false;
	return true;
}

/* A table to be changed; vy_table_publish() puts it in force. bad.lock held. */
static struct vy_bbr *vy_table_next(struct vy_leg *leg)
{
	struct vy_bbr *t = leg->bbr_mem[!leg->bbr_now];

	*t = *leg->bbr_mem[leg->bbr_now];
	return t;
}

static void vy_table_publish(struct vy_leg *leg)
{
	leg->bbr_now = !leg->bbr_now;
	rcu_assign_pointer(leg->bbr, leg->bbr_mem[leg->bbr_now]);
	WRITE_ONCE(leg->bbr_count, vy_bbr_relocated(leg->bbr_mem[leg->bbr_now]));
	/* the other copy in memory is about to be free for changes */
	synchronize_rcu();
}

/* Both copies of the table say what memory says, or do so now. */
bool vy_table_durable(struct vy_set *set, u8 l)
{
	bool ok = true;

	if (!READ_ONCE(set->leg[l].bbr_due))
		return true;
	mutex_lock(&set->bad.lock);
	if (set->leg[l].bbr_due)
		ok = vy_table_write(set, l);
	mutex_unlock(&set->bad.lock);
	return ok;
}

/* Spare of the block at pos, or -1; *next is where another answer may begin. */
static int vy_place(struct vy_leg *leg, sector_t pos, sector_t end, sector_t *next)
{
	const struct vy_bbr *t;
	int spare = -1;
	u64 block;

	*next = end;
	if (!READ_ONCE(leg->bbr_count))
		return -1;
	rcu_read_lock();
	t = rcu_dereference(leg->bbr);
	block = vy_bbr_next(t, vy_block_of(pos));
	if (block == vy_block_of(pos)) {
		spare = vy_bbr_find(t, block);
		*next = min_t(sector_t, end, (block + 1) * VY_BLOCK_SECTORS);
	} else if (block <= vy_block_of(end - 1)) {
		*next = block * VY_BLOCK_SECTORS;
	}
	rcu_read_unlock();
	return spare;
}

/* [start, end) of a leg, piece by piece where blocks are relocated. Waits. */
blk_status_t vy_leg_io(struct vy_set *set, u8 l, const struct vy_bytes *bytes,
		       blk_opf_t opf, sector_t start, sector_t end)
{
	struct vy_leg *leg = &set->leg[l];
	blk_status_t status = BLK_STS_OK;
	sector_t next;
	int spare;

	for (; start < end && !status; start = next) {
		spare = vy_place(leg, start, end, &next);
		if (spare < 0)
			status = vy_bytes_io(set, bytes, leg->data->bdev, leg->data_start + start,
					     opf, start, next - start);
		else if (op_is_write(opf) && !vy_table_durable(set, l))
			/* what is written there would be lost with the memory */
			status = BLK_STS_IOERR;
		else
			status = vy_spare_io(set, l, spare, bytes, opf, start, next - start);
	}
	return status;
}

blk_status_t vy_leg_rw(struct vy_set *set, u8 l, blk_opf_t opf, struct page **pages,
		       sector_t start, sector_t end)
{
	const struct vy_bytes bytes = { .pages = pages, .start = start };

	return vy_leg_io(set, l, &bytes, opf | REQ_SYNC, start, end);
}

/* ---- relocation ---- */

/* A leg that collects bad places at such a rate is not to be trusted. */
static bool vy_bad_bearable(struct vy_set *set, u8 l)
{
	struct vy_leg *leg = &set->leg[l];

	lockdep_assert_held(&set->bad.lock);
	if (time_after(jiffies, leg->bad_since + VY_HEAL_JIFFIES)) {
		leg->bad_recent = 0;
		leg->bad_since = jiffies;
	}
	return leg->bad_recent < VY_BAD_PER_HOUR;
}

/*
 * Can nothing be read on either side of a place? A leg may lie on several
 * disks, and the one with its status area be alive.
 */
static bool vy_bad_around(struct vy_set *set, u8 l, sector_t start)
{
	static const int away[] = { -VY_PROBE_SECTORS, VY_PROBE_SECTORS };
	bool tried = false;
	unsigned int i;

	lockdep_assert_held(&set->bad.lock);
	for (i = 0; i < ARRAY_SIZE(away); i++) {
		s64 at = round_down((s64)start, VY_BLOCK_SECTORS) + away[i];

		if (at < 0 || at + VY_BLOCK_SECTORS > set->geom.data_sectors)
			continue;
		tried = true;
		if (!vy_leg_rw(set, l, REQ_OP_READ, &set->bad.table, at, at + VY_BLOCK_SECTORS))
			return false;
	}
	return tried;
}

/* Does the leg answer at all? */
static enum vy_wrote vy_bad_probe(struct vy_set *set, u8 l)
{
	return vy_sa_block(set, l, set->bad.table, 0, REQ_OP_READ) ? VY_LEG_DEAD : VY_PLACE_BAD;
}

/*
 * Give a block that cannot be written in place, nor in the spare that it may
 * have, a spare that can. The bytes hold all of it. Whatever the table says in
 * memory is what I/O does, durable or not; a write to a relocated block does
 * not succeed before the table is durable.
 */
enum vy_wrote vy_relocate(struct vy_set *set, u8 l, const struct vy_bytes *bytes,
			  sector_t start, sector_t end)
{
	struct vy_leg *leg = &set->leg[l];
	enum vy_wrote wrote = VY_PLACE_BAD;
	struct vy_bbr *t;
	int spare;
	bool bad;

	mutex_lock(&set->bad.lock);
	while (leg->bbr_off && wrote == VY_PLACE_BAD) {
		spare = vy_bbr_free_spare(leg->bbr_mem[leg->bbr_now]);
		if (spare < 0)
			break;
		bad = vy_spare_io(set, l, spare, bytes, REQ_OP_WRITE | REQ_SYNC, start,
				  end - start);
		/* a dead leg has no bad spares, and is to have all of them when it is back */
		if (bad && !vy_table_write(set, l)) {
			wrote = VY_LEG_DEAD;
			break;
		}
		t = vy_table_next(leg);
		if (bad)
			vy_bbr_kill(t, spare);
		else
			vy_bbr_set(t, vy_block_of(start), spare);
		vy_table_publish(leg);
		leg->bbr_due = true;
		leg->bad_recent++;
		if (!bad)
			wrote = vy_table_write(set, l) ? VY_WRITTEN : VY_LEG_DEAD;
	}
	if (wrote == VY_PLACE_BAD)
		wrote = vy_bad_probe(set, l);
	mutex_unlock(&set->bad.lock);
	if (wrote == VY_WRITTEN) {
		DMWARN("%s: slot %u: block at sector %llu is bad, relocated", vy_name(set), l,
		       (u64)start);
		vy_event(set);
	}
	return wrote;
}

/* Write one block or a part of it, in place if possible. */
enum vy_wrote vy_block_write(struct vy_set *set, u8 l, const struct vy_bytes *bytes,
			     blk_opf_t opf, sector_t start, sector_t end)
{
	bool whole = !(start % VY_BLOCK_SECTORS) && end == vy_block_end(set, start);
	blk_status_t status = vy_leg_io(set, l, bytes, opf | REQ_FUA, start, end);
	enum vy_wrote wrote = VY_PLACE_BAD;

	if (!status)
		return VY_WRITTEN;
	atomic_inc(&set->leg[l].write_errors);
	if (!vy_bad_status(status))
		return VY_LEG_DEAD;
	mutex_lock(&set->bad.lock);
	if (!vy_bad_bearable(set, l) ||
	    (status == BLK_STS_IOERR && vy_bad_around(set, l, start)))
		wrote = VY_LEG_DEAD;
	else if (!whole)
		/* what else is in the block is not at hand */
		wrote = vy_bad_probe(set, l);
	mutex_unlock(&set->bad.lock);
	return wrote == VY_PLACE_BAD && whole ? vy_relocate(set, l, bytes, start, end) : wrote;
}

/* Is there one left? */
bool vy_has_spare(struct vy_leg *leg)
{
	bool has;

	rcu_read_lock();
	has = leg->bbr_off && vy_bbr_free_spare(rcu_dereference(leg->bbr)) >= 0;
	rcu_read_unlock();
	return has;
}

/* ---- places that stay bad ---- */

/* Have so many whole members of the mask as are needed got every region of [start, end)? */
bool vy_covered(struct vy_set *set, u8 mask, sector_t start, sector_t end)
{
	sector_t region = vy_region_sectors(set), next;
	u8 legs = vy_whole(set, mask & vy_members(READ_ONCE(set->roles)));

	for (; start < end; start = next) {
		next = min(round_down(start, region) + region, end);
		if (hweight8(vy_not_stale(set, legs, start, next)) < set->need)
			return false;
	}
	return true;
}

/* A region that a target may be taken in without, see vy_lacks_for_good(). */
static bool vy_hopeless_add(struct vy_set *set, u8 l, sector_t start)
{
	u64 region = start >> vy_region_shift(set);
	struct vy_leg *leg = &set->leg[l];
	unsigned int i;

	lockdep_assert_held(&set->bad.lock);
	for (i = 0; i < leg->nr_hopeless; i++)
		if (leg->hopeless[i] == region)
			return true;
	if (i == VY_HOPELESS)
		return false;
	leg->hopeless[i] = region;
	/* pairs with vy_lacks_for_good(): the region is there when it counts */
	smp_store_release(&leg->nr_hopeless, i + 1);
	return true;
}

/* A target cannot be given this region: no member has it. */
void vy_bad_nowhere(struct vy_set *set, u8 l, sector_t start)
{
	mutex_lock(&set->bad.lock);
	vy_hopeless_add(set, l, start);
	mutex_unlock(&set->bad.lock);
}

/*
 * The leg lacks these regions from now on, if another of the mask has them.
 * The bits are durable after the next commit. False when nobody else has them.
 */
bool vy_bad_stale(struct vy_set *set, u8 l, u8 others, sector_t start, sector_t end)
{
	struct vy_leg *leg = &set->leg[l];
	bool member = vy_members(READ_ONCE(set->roles)) & (1u << l), ok, new;

	mutex_lock(&set->bad.lock);
	ok = member ? vy_covered(set, others & ~(1u << l), start, end) :
		      vy_hopeless_add(set, l, start);
	new = ok && !vy_stale_test(set, l, start, end);
	if (ok) {
		vy_stale_mark(set, l, start, end);
		leg->bad_recent += new;
		WRITE_ONCE(set->stale_due, true);
	}
	mutex_unlock(&set->bad.lock);
	if (new) {
		DMWARN_LIMIT("%s: slot %u: bad place at sector %llu cannot be relocated, read from other legs",
			     vy_name(set), l, (u64)start);
		vy_heal_soon(set, l);
		vy_event(set);
	}
	return ok;
}

/* A target lacks nothing but places that it cannot hold, or nobody has. Any context. */
bool vy_lacks_for_good(struct vy_set *set, u8 l)
{
	struct vy_leg *leg = &set->leg[l];
	sector_t region = vy_region_sectors(set);
	unsigned int i, nr;
	s64 n = 0;

	/* pairs with vy_hopeless_add() */
	nr = smp_load_acquire(&leg->nr_hopeless);
	for (i = 0; i < nr; i++)
		n += vy_stale_test(set, l, leg->hopeless[i] * region,
				   leg->hopeless[i] * region + 1);
	return atomic64_read(&leg->stale_count) <= n;
}

/*
 * Write pages over [start, end) of a leg under the range lock; flags: REQ_FUA or 0.
 * VY_PLACE_BAD:
 * what could not be written is marked stale, as a source has it; VY_LEG_DEAD:
 * that is not possible either.
 */
enum vy_wrote vy_leg_write(struct vy_set *set, u8 l, u8 sources, blk_opf_t flags,
			   struct page **pages, sector_t start, sector_t end)
{
	const struct vy_bytes bytes = { .pages = pages, .start = start };
	enum vy_wrote wrote, all = VY_WRITTEN;
	blk_status_t status;
	sector_t next;

	status = vy_leg_io(set, l, &bytes, REQ_OP_WRITE | REQ_SYNC | flags, start, end);
	if (!status)
		return VY_WRITTEN;
	if (!vy_bad_status(status)) {
		atomic_inc(&set->leg[l].write_errors);
		return VY_LEG_DEAD;
	}
	for (; start < end; start = next) {
		next = min(vy_block_end(set, start), end);
		wrote = vy_block_write(set, l, &bytes, REQ_OP_WRITE | REQ_SYNC, start, next);
		if (wrote == VY_WRITTEN)
			continue;
		if (wrote == VY_LEG_DEAD || !vy_bad_stale(set, l, sources, start, next))
			return VY_LEG_DEAD;
		all = VY_PLACE_BAD;
	}
	return all;
}

/* ---- set-up ---- */

/*
 * The table of a leg whose superblock has been read; page: both copies of it. 1: leg
 * to be left out.
 */
int vy_bbr_load(struct vy_set *set, u8 l, struct page **page)
{
	struct vy_leg *leg = &set->leg[l];
	struct vy_bbr *t = leg->bbr_mem[leg->bbr_now];
	enum vy_bbr_err err[2];
	int copy;

	memset(t, 0, sizeof(*t));
	leg->bbr_count = 0;
	leg->bbr_due = false;
	leg->nr_hopeless = 0;
	if (!leg->bbr_off)
		return 0;
	copy = vy_bbr_pick(page_address(page[0]), page_address(page[1]), &set->geom, set->uuid, l,
			   t, err);
	if (copy < 0) {
		DMWARN("%s: slot %u: no valid table of relocated blocks (%s; %s), leg left out",
		       vy_name(set), l, vy_bbr_strerror(err[0]), vy_bbr_strerror(err[1]));
		return 1;
	}
	/* a change that reached one copy only goes to the other before it counts */
	if (err[!copy] || vy_bbr_seq(page_address(page[!copy])) + 1 != t->seq) {
		DMWARN("%s: slot %u: one copy of the table of relocated blocks is not valid (%s)",
		       vy_name(set), l, err[!copy] ? vy_bbr_strerror(err[!copy]) : "older");
		leg->bbr_due = true;
	}
	leg->bbr_count = vy_bbr_relocated(t);
	return 0;
}

/* Everything that is ever needed: nothing is allocated when a disk fails. */
int vy_bad_alloc(struct vy_set *set)
{
	struct vy_bad *bad = &set->bad;
	unsigned int l, i;

	vy_for_each_slot(l, set->present) {
		struct vy_leg *leg = &set->leg[l];

		for (i = 0; i < 2; i++) {
			leg->bbr_mem[i] = kzalloc(sizeof(*leg->bbr_mem[i]), GFP_KERNEL);
			if (!leg->bbr_mem[i])
				return -ENOMEM;
		}
		RCU_INIT_POINTER(leg->bbr, leg->bbr_mem[0]);
	}
	bad->table = alloc_page(GFP_KERNEL);
	bad->data = alloc_page(GFP_KERNEL);
	bad->check = alloc_page(GFP_KERNEL);
	if (!bad->table || !bad->data || !bad->check)
		return -ENOMEM;
	return bioset_init(&bad->bs, 4, 0, 0);
}

void vy_bad_free(struct vy_set *set)
{
	struct vy_bad *bad = &set->bad;
	unsigned int l;

	for (l = 0; l < VY_MAX_SLOTS; l++) {
		kfree(set->leg[l].bbr_mem[0]);
		kfree(set->leg[l].bbr_mem[1]);
	}
	if (bad->table)
		__free_page(bad->table);
	if (bad->data)
		__free_page(bad->data);
	if (bad->check)
		__free_page(bad->check);
	bioset_exit(&bad->bs);
}

void vy_bad_init(struct vy_set *set)
{
	mutex_init(&set->bad.lock);
	vy_badio_init(set);
	vy_repair_init(set);
}
