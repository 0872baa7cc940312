// SPDX-License-Identifier: GPL-2.0
/*
 * Status-area I/O: superblocks, write-intent bitmap, stale maps, flushes.
 *
 * Everything here blocks and runs in the metadata context, or in preresume
 * before there is one; so one set of pages serves all of it. Writers return a
 * mask of the slots on which they failed and leave the verdict to the caller.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "vy.h"

struct vy_meta_bio {
	struct vy_sa_io *io;
	atomic_t *errors;	/* counter of the leg */
	u8 slot;
	struct bio bio;		/* last: bio sets put the vectors behind it */
};

int vy_sa_init(struct vy_set *set)
{
	struct vy_sa_io *io = &set->sa_io;
	unsigned int i;

	for (i = 0; i < VY_SA_PAGES; i++) {
		io->page[i] = alloc_page(GFP_KERNEL);
		if (!io->page[i])
			return -ENOMEM;
	}
	io->scratch = alloc_page(GFP_KERNEL);
	if (!io->scratch)
		return -ENOMEM;
	init_completion(&io->done);
	return bioset_init(&set->bs_meta, VY_SA_BIOS, offsetof(struct vy_meta_bio, bio),
			   BIOSET_NEED_BVECS);
}

void vy_sa_exit(struct vy_set *set)
{
	unsigned int i;

	for (i = 0; i < VY_SA_PAGES; i++)
		if (set->sa_io.page[i])
			__free_page(set->sa_io.page[i]);
	if (set->sa_io.scratch)
		__free_page(set->sa_io.scratch);
	bioset_exit(&set->bs_meta);
}

static void vy_sa_put(struct vy_sa_io *io)
{
	if (atomic_dec_and_test(&io->pending))
		complete(&io->done);
}

static void vy_sa_endio(struct bio *bio)
{
	struct vy_meta_bio *mb = container_of(bio, struct vy_meta_bio, bio);
	struct vy_sa_io *io = mb->io;

	if (bio->bi_status) {
		atomic_inc(mb->errors);
		set_bit(mb->slot, &io->failed);
		/* vy_settle() runs in the context that waits for us */
		if (op_is_write(bio->bi_opf))
			set_bit(mb->slot, &container_of(io, struct vy_set, sa_io)->doubtful);
	}
	bio_put(bio);
	vy_sa_put(io);
}

static void vy_sa_begin(struct vy_set *set)
{
	atomic_set(&set->sa_io.pending, 1);
	set->sa_io.failed = 0;
	reinit_completion(&set->sa_io.done);
}

static u8 vy_sa_wait(struct vy_set *set)
{
	struct vy_sa_io *io = &set->sa_io;

	vy_sa_put(io);
	wait_for_completion_io(&io->done);
	return io->failed;
}

/* Submit n blocks, page[first] on, adjacent on disk from off, to one leg. */
static void vy_sa_submit(struct vy_set *set, u8 slot, unsigned int first,
			 unsigned int n, u64 off, blk_opf_t opf)
{
	struct vy_leg *leg = &set->leg[slot];
	struct vy_meta_bio *mb;
	struct bio *bio;
	unsigned int i;

	bio = bio_alloc_bioset(leg->sa->bdev, n, opf, GFP_NOIO, &set->bs_meta);
	mb = container_of(bio, struct vy_meta_bio, bio);
	mb->io = &set->sa_io;
	mb->errors = op_is_write(opf) ? &leg->write_errors : &leg->read_errors;
	mb->slot = slot;
	bio->bi_end_io = vy_sa_endio;
	bio->bi_iter.bi_sector = leg->sa_start + (off >> SECTOR_SHIFT);
	for (i = 0; i < n; i++)
		__bio_add_page(bio, set->sa_io.page[first + i], VY_BLOCK, 0);
	atomic_inc(&set->sa_io.pending);
	submit_bio(bio);
}

/* Write the gathered blocks to every slot of mask; returns the failed ones. */
static u8 vy_sa_write_gathered(struct vy_set *set, u8 mask)
{
	struct vy_sa_io *io = &set->sa_io;
	unsigned int i, run, l;

	vy_sa_begin(set);
	for (i = 0; i < io->nr; i += run) {
		for (run = 1; i + run < io->nr; run++)
			if (io->off[i + run] != io->off[i] + (u64)run * VY_BLOCK)
				break;
		vy_for_each_slot(l, mask) {
			vy_sa_submit(set, l, i, run, io->off[i],
				     REQ_OP_WRITE | REQ_META | REQ_SYNC | REQ_FUA);
			atomic64_inc(&set->stats.meta_writes);
			atomic64_add((u64)run * VY_BLOCK, &set->stats.meta_bytes);
		}
	}
	io->nr = 0;
	return vy_sa_wait(set);
}

/*
 * Read `blocks` of every leg of mask at once, into pages of its own: those of
 * the i-th leg begin at page[i * blocks]. Returns the failed ones.
 */
static u8 vy_sa_read_legs(struct vy_set *set, u8 mask, u64 off, unsigned int blocks)
{
	unsigned int l, first = 0;

	vy_sa_begin(set);
	vy_for_each_slot(l, mask) {
		vy_sa_submit(set, l, first, blocks, off, REQ_OP_READ | REQ_META | REQ_SYNC);
		first += blocks;
	}
	return vy_sa_wait(set);
}

/* Read blocks of one leg into page[first] on, at most VY_SA_PAGES in all. 0 or -EIO. */
int vy_sa_read_to(struct vy_set *set, u8 slot, unsigned int first, u64 off, unsigned int blocks)
{
	vy_sa_begin(set);
	vy_sa_submit(set, slot, first, blocks, off, REQ_OP_READ | REQ_META | REQ_SYNC);
	return vy_sa_wait(set) ? -EIO : 0;
}

int vy_sa_read(struct vy_set *set, u8 slot, u64 off, unsigned int blocks)
{
	return vy_sa_read_to(set, slot, 0, off, blocks);
}

/*
 * What an activation needs of every leg before it can tell them apart, at once:
 * both superblocks, and both copies of the table of relocated blocks where there
 * is room for one. Those of slot l begin at page[l * VY_HEAD_BLOCKS]. Returns
 * the failed ones.
 */
u8 vy_sa_read_heads(struct vy_set *set, u8 mask)
{
	const blk_opf_t opf = REQ_OP_READ | REQ_META | REQ_SYNC;
	unsigned int l;

	BUILD_BUG_ON(VY_MAX_SLOTS * VY_HEAD_BLOCKS > VY_SA_PAGES);
	vy_sa_begin(set);
	vy_for_each_slot(l, mask) {
		vy_sa_submit(set, l, l * VY_HEAD_BLOCKS, 2, 0, opf);
		if (set->leg[l].sa_sectors << SECTOR_SHIFT >= set->geom.bbr_off +
							      (2 + VY_BBR_SPARES) * VY_BLOCK)
			vy_sa_submit(set, l, l * VY_HEAD_BLOCKS + 2, 2, set->geom.bbr_off, opf);
	}
	return vy_sa_wait(set);
}

/* One copy of each; the next one is the other. */
static u8 vy_sa_write_super_copy(struct vy_set *set, u8 mask, u8 inconsistent)
{
	u8 failed;
	unsigned int l;

	vy_sa_begin(set);
	vy_for_each_slot(l, mask) {
		struct vy_leg *leg = &set->leg[l];

		memcpy(set->cur.self_uuid, leg->uuid, sizeof(set->cur.self_uuid));
		set->cur.self_slot = l;
		set->cur.seq = leg->seq + 1;
		set->cur.sa_sectors = leg->sa_sectors;
		set->cur.bbr_off = leg->bbr_off;
		set->cur.log_slots = leg->log_slots;
		set->cur.flags = inconsistent & (1u << l) ? VY_SB_INCONSISTENT : 0;
		set->cur.log_gen = 0;
		if (set->logged && leg->log_slots) {
			set->cur.flags |= VY_SB_LOGGED;
			set->cur.log_gen = set->log_always ? set->log_gen : 0;
		}
		vy_super_encode(&set->cur, page_address(set->sa_io.page[l]));
		vy_sa_submit(set, l, l, 1, (set->cur.seq & 1) * VY_BLOCK,
			     REQ_OP_WRITE | REQ_META | REQ_SYNC | REQ_FUA);
		atomic64_inc(&set->stats.meta_writes);
		atomic64_add(VY_BLOCK, &set->stats.meta_bytes);
	}
	failed = vy_sa_wait(set);
	vy_for_each_slot(l, mask & ~failed)
		set->leg[l].seq++;
	return failed;
}

/*
 * Write every superblock of mask from one snapshot (invariant "One
 * superblock"). Slots of `inconsistent` say of themselves that they are
 * being resynced. A leg's turn of copies advances only when its write
 * succeeded, so its other copy is always whole.
 *
 * A new generation goes to both copies: should the newest rot one day, the
 * other must not call legs in sync that have long been left behind.
 */
u8 vy_sa_write_supers(struct vy_set *set, u8 mask, u8 inconsistent)
{
	u8 members = 0, failed, again = 0;
	unsigned int l;

	for (l = 0; l < set->geom.nslots; l++) {
		s64 lacks = set->leg[l].used ? atomic64_read(&set->leg[l].stale_count) : 0;

		if (set->cur.slot[l].state == VY_SLOT_MEMBER)
			members |= 1u << l;
		/* what a target lacked at first: the maps have what it lacks now */
		if (set->cur.slot[l].state == VY_SLOT_TARGET)
			lacks = max(lacks, set->leg[l].recover_total);
		set->cur.slot[l].stale_regions = lacks;
	}

	failed = vy_sa_write_super_copy(set, mask, inconsistent);
	vy_for_each_slot(l, mask & ~failed) {
		set->leg[l].durable_members = members;
		if (set->leg[l].gen_written != set->cur.gen)
			again |= 1u << l;
	}
	if (again)
		failed |= vy_sa_write_super_copy(set, again, inconsistent);
	vy_for_each_slot(l, again & ~failed)
		set->leg[l].gen_written = set->cur.gen;
	return failed;
}

/* What the disks are to hold for one word of a slot's map. */
static u64 vy_stale_word(const struct vy_leg *leg, u64 w)
{
	u64 word;

	if (!leg->stale)
		return 0;
	word = READ_ONCE(leg->stale[w]);
	if (leg->copied[0]) {
		/* pairs with smp_wmb() in vy_stale_heal() */
		smp_rmb();
		word |= READ_ONCE(leg->copied[0][w]) | READ_ONCE(leg->copied[1][w]);
	}
	return word;
}

/* Where the map of a slot begins in every status area. Of other maps the slot is 0. */
static u64 vy_map_off(const struct vy_set *set, u32 map_id, u8 slot)
{
	const struct vy_geom *g = &set->geom;

	return map_id == VY_MAP_WIB ? g->wib_off : map_id == VY_MAP_WRITTEN ? g->written_off :
	       g->stale_off + slot * g->stale_blocks * VY_BLOCK;
}

static u64 vy_map_blocks(const struct vy_set *set, u32 map_id)
{
	return map_id == VY_MAP_WIB ? set->geom.wib_blocks : set->geom.stale_blocks;
}

/* One block of a map; leg: of a stale map. */
static void vy_encode_block(struct vy_set *set, u32 map_id, u8 slot,
			    const struct vy_leg *leg, u64 block, void *buf)
{
	u64 total = map_id == VY_MAP_WIB ? DIV_ROUND_UP_ULL(set->geom.zones, 64) : set->geom.words;
	const u64 *plain = map_id == VY_MAP_WIB ? set->wib : set->fresh.written;
	struct vy_map_unit *unit = buf;
	u64 words[VY_UNIT_WORDS];
	unsigned int i, u, n;

	for (u = 0; u < VY_UNITS_PER_BLOCK; u++, unit++) {
		u64 nr = block * VY_UNITS_PER_BLOCK + u;
		u64 w = nr * VY_UNIT_WORDS;

		n = w < total ? min_t(u64, total - w, VY_UNIT_WORDS) : 0;
		for (i = 0; i < n; i++)
			words[i] = leg ? vy_stale_word(leg, w + i) : READ_ONCE(plain[w + i]);
		vy_unit_put_words(unit, words, n);
		vy_unit_seal(unit, vy_unit_seed(set->uuid, map_id, slot, nr),
			     (u32)atomic64_read(&set->stats.commits));
	}
}

/* Write all dirty blocks of one map. A block's mark goes before it is read. */
static u8 vy_sa_write_map(struct vy_set *set, u32 map_id, u8 slot,
			  const struct vy_leg *leg, unsigned long *dirty, u8 mask)
{
	u64 base = vy_map_off(set, map_id, slot), blocks = vy_map_blocks(set, map_id);
	struct vy_sa_io *io = &set->sa_io;
	unsigned long b;
	u8 failed = 0;

	io->nr = 0;
	/* nobody left to write to: what is dirty stays dirty */
	if (!mask)
		return 0;
	for_each_set_bit(b, dirty, blocks) {
		clear_bit(b, dirty);
		smp_mb__after_atomic();	/* a bit set later marks the block again */
		vy_encode_block(set, map_id, slot, leg, b, page_address(io->page[io->nr]));
		io->off[io->nr++] = base + (u64)b * VY_BLOCK;
		if (io->nr == VY_SA_PAGES)
			failed |= vy_sa_write_gathered(set, mask & ~failed);
		if (failed == mask)
			break;
	}
	if (io->nr)
		failed |= vy_sa_write_gathered(set, mask & ~failed);
	/* some leg that may yet stay lacks some of them: write all again */
	if (failed)
		bitmap_fill(dirty, blocks);
	return failed;
}

u8 vy_sa_write_wib(struct vy_set *set, u8 mask)
{
	return vy_sa_write_map(set, VY_MAP_WIB, 0, NULL, set->wib_dirty, mask);
}

u8 vy_sa_write_written(struct vy_set *set, u8 mask)
{
	return vy_sa_write_map(set, VY_MAP_WRITTEN, 0, NULL, set->fresh.dirty, mask);
}

u8 vy_sa_write_stale(struct vy_set *set, u8 slot, u8 mask)
{
	struct vy_leg *leg = &set->leg[slot];

	return vy_sa_write_map(set, VY_MAP_STALE, slot, leg, leg->stale_dirty, mask);
}

u8 vy_sa_write_stale_all(struct vy_set *set, u8 mask)
{
	unsigned int l;
	u8 failed = 0;

	vy_for_each_slot(l, set->used)
		failed |= vy_sa_write_stale(set, l, mask & ~failed);
	/* a leg that failed one map may yet stay, and then lacks later ones */
	if (failed)
		vy_for_each_slot(l, set->used)
			bitmap_fill(set->leg[l].stale_dirty, set->geom.stale_blocks);
	return failed;
}

static bool vy_block_same(const void *a, const void *b)
{
	const struct vy_map_unit *x = a, *y = b;
	unsigned int u;

	/* the checksum covers the sequence, which may differ: compare bits */
	for (u = 0; u < VY_UNITS_PER_BLOCK; u++, x++, y++)
		if (memcmp(x->bits, y->bits, sizeof(x->bits)))
			return false;
	return true;
}

static bool vy_block_ok(struct vy_set *set, u32 map_id, u8 slot, u64 block, const void *buf)
{
	const struct vy_map_unit *unit = buf;
	unsigned int u;

	for (u = 0; u < VY_UNITS_PER_BLOCK; u++, unit++)
		if (!vy_unit_ok(unit, vy_unit_seed(set->uuid, map_id, slot,
						   block * VY_UNITS_PER_BLOCK + u)))
			return false;
	return true;
}

static int vy_sa_rewrite_map(struct vy_set *set, u8 to, u32 map_id, u8 slot,
			     const struct vy_leg *leg)
{
	u64 base = vy_map_off(set, map_id, slot), blocks = vy_map_blocks(set, map_id);
	struct vy_sa_io *io = &set->sa_io;
	void *scratch = page_address(io->scratch);
	unsigned int i, n;
	u64 b;

	for (b = 0; b < blocks; b += n) {
		n = min_t(u64, blocks - b, VY_SA_PAGES);
		if (vy_sa_read(set, to, base + b * VY_BLOCK, n))
			return -EIO;
		/* move the blocks that differ to the front, then write those */
		io->nr = 0;
		for (i = 0; i < n; i++) {
			void *have = page_address(io->page[i]);

			vy_encode_block(set, map_id, slot, leg, b + i, scratch);
			if (vy_block_same(have, scratch) &&
			    vy_block_ok(set, map_id, slot, b + i, have))
				continue;
			memcpy(page_address(io->page[io->nr]), scratch, VY_BLOCK);
			io->off[io->nr++] = base + (b + i) * VY_BLOCK;
		}
		if (io->nr && vy_sa_write_gathered(set, 1u << to))
			return -EIO;
	}
	return 0;
}

/*
 * Bring the maps on a leg that is about to become a member to what the others
 * hold; what is right already is not written. Returns 0 or -errno.
 */
int vy_sa_rewrite(struct vy_set *set, u8 to)
{
	unsigned int l;
	int r;

	r = vy_sa_rewrite_map(set, to, VY_MAP_WIB, 0, NULL);
	for (l = 0; !r && l < set->geom.nslots; l++)
		r = vy_sa_rewrite_map(set, to, VY_MAP_STALE, l, &set->leg[l]);
	if (!r && set->geom.written_off)
		r = vy_sa_rewrite_map(set, to, VY_MAP_WRITTEN, 0, NULL);
	return r;
}

/* Flush the volatile caches of the legs in mask; returns the failed ones. */
u8 vy_sa_flush(struct vy_set *set, u8 mask)
{
	struct vy_meta_bio *mb;
	struct bio *bio;
	unsigned int l;

	vy_sa_begin(set);
	vy_for_each_slot(l, mask) {
		bio = bio_alloc_bioset(set->leg[l].data->bdev, 0,
				       REQ_OP_WRITE | REQ_PREFLUSH | REQ_SYNC,
				       GFP_NOIO, &set->bs_meta);
		mb = container_of(bio, struct vy_meta_bio, bio);
		mb->io = &set->sa_io;
		mb->errors = &set->leg[l].write_errors;
		mb->slot = l;
		bio->bi_end_io = vy_sa_endio;
		atomic_inc(&set->sa_io.pending);
		atomic64_inc(&set->stats.flushes);
		submit_bio(bio);
	}
	return vy_sa_wait(set);
}

/* Does a valid unit say something else than the n words? */
static bool vy_unit_differs(const struct vy_map_unit *unit, const u64 *words, unsigned int n)
{
	u64 have[VY_UNIT_WORDS];

	vy_unit_get_words(unit, have, n);
	return memcmp(have, words, n * sizeof(*words));
}

/* One leg's units of a map, n blocks from block b on, ORed into words; see below. */
static void vy_sa_load_units(struct vy_set *set, u8 from, struct page **page, u32 map_id, u8 slot,
			     u64 b, unsigned int n, u64 *words, u64 total,
			     unsigned long *dirty, bool again)
{
	unsigned int i, u;

	for (i = 0; i < n * VY_UNITS_PER_BLOCK; i++) {
		u64 nr = b * VY_UNITS_PER_BLOCK + i;
		u64 w = nr * VY_UNIT_WORDS;
		const struct vy_map_unit *unit;

		if (w >= total)
			break;
		unit = page_address(page[i / VY_UNITS_PER_BLOCK]);
		unit += i % VY_UNITS_PER_BLOCK;
		u = min_t(u64, total - w, VY_UNIT_WORDS);
		if (again && vy_unit_differs(unit, words + w, u))
			set_bit(nr / VY_UNITS_PER_BLOCK, dirty);
		if (vy_unit_read_or(unit, vy_unit_seed(set->uuid, map_id, slot, nr), words + w, u))
			continue;
		DMWARN_LIMIT("%s: slot %u: damaged map unit %llu of map %u.%u, treated as all set",
			     vy_name(set), from, nr, map_id, slot);
		set_bit(nr / VY_UNITS_PER_BLOCK, dirty);
	}
}

/*
 * OR a map as the legs of mask hold it into words, `total` of them. Damaged units
 * read as ones. Where the legs differ, as a crash leaves them, some leg's disk
 * lacks a bit that is set in memory from now on: nobody would think of writing it
 * when it is set once more. Returns the legs that could not be read.
 */
static u8 vy_sa_load_map(struct vy_set *set, u8 mask, u32 map_id, u8 slot, u64 base,
			 u64 blocks, u64 *words, u64 total, unsigned long *dirty)
{
	struct page **page;
	unsigned int l, n;
	u8 failed;
	u64 b;

	for (b = 0; b < blocks; b += n) {
		n = min_t(u64, blocks - b, VY_SA_PAGES / hweight8(mask));
		failed = vy_sa_read_legs(set, mask, base + b * VY_BLOCK, n);
		if (failed)
			return failed;
		page = set->sa_io.page;
		vy_for_each_slot(l, mask) {
			vy_sa_load_units(set, l, page, map_id, slot, b, n, words, total, dirty,
					 l != __ffs(mask));
			page += n;
		}
	}
	return 0;
}

/*
 * words: DIV_ROUND_UP(zones, 64) of them, ORed. Bits past the end are cleared.
 * Returns the legs of mask that could not be read.
 */
u8 vy_sa_load_wib(struct vy_set *set, u8 mask, u64 *words)
{
	u64 total = DIV_ROUND_UP_ULL(set->geom.zones, 64);
	u8 failed = vy_sa_load_map(set, mask, VY_MAP_WIB, 0, set->geom.wib_off,
				   set->geom.wib_blocks, words, total, set->wib_dirty);

	if (set->geom.zones & 63)
		words[total - 1] &= GENMASK_ULL((set->geom.zones & 63) - 1, 0);
	return failed;
}

static void vy_stale_loaded(struct vy_set *set, u8 slot)
{
	const struct vy_geom *g = &set->geom;
	struct vy_leg *leg = &set->leg[slot];
	u64 w, zone, count = 0;

	/* a damaged unit may have set regions that do not exist */
	w = g->regions >> 6;
	if (g->regions & 63)
		leg->stale[w++] &= GENMASK_ULL((g->regions & 63) - 1, 0);
	for (; w < g->words; w++)
		leg->stale[w] = 0;
	/* nor may a partial leg be sent what it has no place for */
	for (zone = 0; leg->holes && zone < g->zones; zone++)
		if (vy_is_hole(set, slot, zone))
			memset(leg->stale + zone * g->zone_words, 0,
			       g->zone_words * sizeof(u64));
	for (w = 0; w < g->words; w++)
		count += hweight64(leg->stale[w]);
	atomic64_set(&leg->stale_count, count);
}

/*
 * The map of slot, as the legs of mask hold it, ORed into what slot `to` lacks.
 * Returns the legs that could not be read.
 */
u8 vy_sa_load_stale(struct vy_set *set, u8 mask, u8 slot, u8 to)
{
	const struct vy_geom *g = &set->geom;
	struct vy_leg *leg = &set->leg[to];
	u8 failed = vy_sa_load_map(set, mask, VY_MAP_STALE, slot,
				   g->stale_off + slot * g->stale_blocks * VY_BLOCK,
				   g->stale_blocks, leg->stale, g->words, leg->stale_dirty);

	vy_stale_loaded(set, to);
	return failed;
}

/*
 * A map that all members' disks have before anybody relies on a bit of it, ORed into
 * words: the units that check on any of them say all, and one that checks nowhere
 * reads as ones; lost() is told then, if there is one. Returns the slots that failed.
 */
static u8 vy_sa_load_each(struct vy_set *set, u8 members, u32 map_id, u8 slot, u64 *words,
			  unsigned long *dirty, void (*lost)(struct vy_set *set, u64 w))
{
	const struct vy_geom *g = &set->geom;
	u64 base = vy_map_off(set, map_id, slot), b, w, nr;
	u8 failed = 0, ok;
	unsigned int m, u, n;
	u32 seed;

	for (b = 0; b < g->stale_blocks; b++) {
		ok = 0;
		vy_for_each_slot(m, members) {
			const struct vy_map_unit *unit = page_address(set->sa_io.page[0]);

			if (vy_sa_read(set, m, base + b * VY_BLOCK, 1)) {
				failed |= 1u << m;
				continue;
			}
			for (u = 0; u < VY_UNITS_PER_BLOCK; u++, unit++) {
				nr = b * VY_UNITS_PER_BLOCK + u;
				seed = vy_unit_seed(set->uuid, map_id, slot, nr);
				w = nr * VY_UNIT_WORDS;
				n = w < g->words ? min_t(u64, g->words - w, VY_UNIT_WORDS) : 0;
				if (!vy_unit_ok(unit, seed))
					continue;
				/* see vy_sa_load_map() */
				if ((ok & (1u << u)) && vy_unit_differs(unit, words + w, n))
					set_bit(b, dirty);
				ok |= 1u << u;
				vy_unit_read_or(unit, seed, words + w, n);
			}
		}
		for (u = 0; u < VY_UNITS_PER_BLOCK && ok != 0xff; u++) {
			w = (b * VY_UNITS_PER_BLOCK + u) * VY_UNIT_WORDS;
			if (ok & (1u << u))
				continue;
			for (n = 0; n < VY_UNIT_WORDS && w + n < g->words; n++) {
				words[w + n] = ~0ull;
				if (lost)
					lost(set, w + n);
			}
			set_bit(b, dirty);
		}
	}
	return failed;
}

/* The map of a member: what it could not write. */
u8 vy_sa_load_member(struct vy_set *set, u8 members, u8 slot)
{
	struct vy_leg *leg = &set->leg[slot];
	u8 failed = vy_sa_load_each(set, members, VY_MAP_STALE, slot, leg->stale,
				    leg->stale_dirty, NULL);

	vy_stale_loaded(set, slot);
	return failed;
}

/* What was ever written; lost(): a word of regions of which nobody knows. */
u8 vy_sa_load_written(struct vy_set *set, u8 members, void (*lost)(struct vy_set *set, u64 w))
{
	return vy_sa_load_each(set, members, VY_MAP_WRITTEN, 0, set->fresh.written,
			       set->fresh.dirty, lost);
}
