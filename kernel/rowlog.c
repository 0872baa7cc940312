// SPDX-License-Identifier: GPL-2.0
/*
 * The row log, of a RAID5 without one of its legs. What that leg had is computed from
 * the others, so a write that is cut off between them would change it. Before such
 * a write its row's parity leg is told, in its status area, the parity that there
 * will be, without the blocks that are being written; after a power cut that plus
 * these blocks, whichever of them came through, is a parity that fits.
 *
 * A record stays until the next write to that place, which has the same slot, or
 * to another one that shares it. Nothing is ever retired: while there is a log each
 * write goes into it, and reaches the disks (FUA) before its record is overwritten;
 * with all legs there is no log, and when one is lost again there is another
 * generation, which old records are not of.
 *
 * When a leg is lost there are writes under way without a record. The superblocks say
 * LOGGED when the last of them has ended and all members have been flushed. Before,
 * a power cut leaves rows that nobody can tell the truth about.
 *
 * log:always has a log with all legs, too, and LOGGED counts for whichever leg goes when
 * power does. A block of that leg may be among those being written, and then it cannot be
 * told from the others, which may be cut off themselves: the record has all that is going
 * to be written, and that is written again. Such a log goes on over the loss of a leg, and
 * from one activation to the next; so it has a generation of its own, which the superblocks
 * name. It begins anew when a leg has come back.
 */
#include <linux/mm.h>

#include "raid5.h"

/*
 * Legs that a start after a crash would count as members, which is what records are
 * for. One that is being taken back is not, until its own superblock says so.
 */
u8 vy_log_members(struct vy_set *set)
{
	u32 roles = READ_ONCE(set->roles);

	/* pairs with smp_wmb() in vy_leg_join() */
	smp_rmb();
	return vy_members(roles) & ~READ_ONCE(set->joining);
}

/* Generation of the record that a write to a row needs before it; 0: none. Any context. */
u64 vy_log_wanted(struct vy_set *set, u8 members, u8 parity)
{
	u8 p = 1u << parity, data = vy_all_legs(set) & ~p;

	/* with all data there nothing is computed, without the parity nothing can be */
	return (set->log_always || data & ~members) && (members & p) ? READ_ONCE(set->log_gen) : 0;
}

/* Slots that a record on that leg may begin in; 0: there is no room. */
u32 vy_log_room(const struct vy_set *set, u8 l)
{
	u32 slots = set->leg[l].log_slots;

	return set->log_always ? vy_log_starts(slots, set->rows.nslots) : slots;
}

static bool vy_log_possible(struct vy_set *set, u8 members)
{
	unsigned int l;

	if (set->need == 1 || set->log_mode == VY_LOG_OFF ||
	    (!set->log_always && vy_comparable(set, members)))
		return false;
	vy_for_each_slot(l, members)
		if (!vy_log_room(set, l))
			return false;
	return true;
}

/* No record counts any more, and none is made until the metadata context says so. */
void vy_log_reset(struct vy_set *set)
{
	WRITE_ONCE(set->log_gen, 0);
	set->logged = false;
}

/*
 * Nothing is under way: the log may begin, or that of generation `said` go on, with the
 * superblocks that are written next.
 */
void vy_log_activate(struct vy_set *set, u8 members, u8 targets, u64 said)
{
	set->log_always = set->log_mode == VY_LOG_ALWAYS;
	if (set->log_always && !vy_log_possible(set, members | targets)) {
		DMWARN("%s: the row log is too small for log:always", vy_name(set));
		set->log_always = false;
	}
	set->logged = vy_log_possible(set, members) &&
		      !(set->log_always && atomic_read(&set->nr_resync));
	if (set->logged && set->log_always)
		set->log_gen = said ? said : vy_new_gen();
}

/* Begin with the log, and say so when all that is not in it is on the disks. */
void vy_log_protect(struct vy_set *set)
{
	u8 members = vy_members(set->roles);

	if (set->logged || !vy_log_possible(set, members) || set->sb_dirty)
		return;
	if (set->log_always && atomic_read(&set->nr_resync)) {
		vy_clean_later(set, HZ);
		return;
	}
	if (!set->log_gen) {
		/* who goes by an earlier log is counted: its record is not for this one */
		synchronize_rcu();
		if (atomic_read(&set->in_log)) {
			vy_clean_later(set, HZ / 8);
			return;
		}
		WRITE_ONCE(set->log_gen, set->log_always ? vy_new_gen() : set->cur.gen);
		/* who has not seen that is counted */
		synchronize_rcu();
	}
	if (!atomic_read(&set->unlogged) && !vy_unsettled(set) && !vy_sa_flush(set, members)) {
		set->logged = true;
		set->sb_dirty = true;
		vy_commit_durable(set);
		return;
	}
	vy_clean_later(set, HZ / 8);
}

/* ---- replay ---- */

/* [first, first + n) of the payload, n <= VY_LOG_SLOT_BLOCKS, into the pages of the SA I/O. */
static int vy_log_read(struct vy_set *set, u8 l, u64 off, unsigned int first, unsigned int n)
{
	/* up to the end of the slot, and the rest in the next one */
	unsigned int here = min(n, VY_LOG_SLOT_BLOCKS - first % VY_LOG_SLOT_BLOCKS);
	int r = vy_sa_read_to(set, l, 0, off + vy_log_block_off(first), here);

	if (!r && n > here)
		r = vy_sa_read_to(set, l, here, off + vy_log_block_off(first + here), n - here);
	return r;
}

/* Is the payload what the head says? 1, 0 or -EIO. */
static int vy_log_check(struct vy_set *set, u8 l, u64 off, unsigned int blocks, u32 seed, u32 sum)
{
	unsigned int first, n, i;

	for (first = 0; first < blocks; first += n) {
		n = min(blocks - first, VY_LOG_SLOT_BLOCKS);
		if (vy_log_read(set, l, off, first, n))
			return -EIO;
		for (i = 0; i < n; i++)
			seed = vy_crc32c(seed, page_address(set->sa_io.page[i]), VY_BLOCK);
	}
	return seed == sum;
}

/* Bring the parity to what fits the data. Returns the legs that failed. */
static u8 vy_log_apply(struct vy_set *set, u8 l, u64 off, const struct vy_log_record *r,
		       u8 members, struct page **scratch)
{
	sector_t end = r->start + r->sectors;
	unsigned int w;

	/* parity of a place that its leg lacks says nothing, before and after */
	if (vy_stale_test(set, l, r->start, end))
		return 0;
	if (vy_log_read(set, l, off, 0, vy_log_blocks(r->sectors)))
		return 1u << l;
	vy_for_each_slot(w, r->written) {
		if (!(members & (1u << w)) || vy_stale_test(set, w, r->start, end) ||
		    vy_leg_rw(set, w, REQ_OP_READ, scratch, r->start, end)) {
			vy_stale_mark(set, l, r->start, end);
			set->stale_due = true;
			return 0;
		}
		vy_pages_xor(set->sa_io.page, scratch, r->sectors);
	}
	return vy_leg_write(set, l, members, REQ_FUA, set->sa_io.page, r->start, end) ==
	       VY_WRITTEN ? 0 : 1u << l;
}

/* Write again all that was to be written, to the legs that are here. */
static u8 vy_log_redo(struct vy_set *set, u8 l, u64 off, const struct vy_log_record *r, u8 members)
{
	unsigned int each = vy_log_blocks(r->sectors), first = 0, w;

	vy_for_each_slot(w, r->written) {
		if (members & (1u << w)) {
			if (vy_log_read(set, l, off, first, each))
				return 1u << l;
			if (vy_leg_write(set, w, members & ~(1u << w), REQ_FUA, set->sa_io.page,
					 r->start, r->start + r->sectors) == VY_LEG_DEAD)
				return 1u << w;
		}
		first += each;
	}
	return 0;
}

/* One slot. Returns the legs that failed. */
static u8 vy_log_replay_slot(struct vy_set *set, u8 l, u32 slot, u64 gen, u8 members,
			     struct page **scratch, unsigned int *replayed)
{
	u64 off = vy_log_off(&set->geom, slot);
	u32 seed = vy_log_seed(set->uuid, l, off), sum;
	struct vy_log_record r;
	unsigned int blocks;
	int good;

	if (vy_sa_read(set, l, off, 1))
		return 1u << l;
	if (!vy_log_decode(page_address(set->sa_io.page[0]), &set->geom, &set->rows, l, seed, gen,
			   &r, &sum))
		return 0;
	blocks = hweight8(vy_log_legs(&r, l)) * vy_log_blocks(r.sectors);
	if (vy_log_span(blocks) > set->leg[l].log_slots - slot)
		return 0;
	good = vy_log_check(set, l, off, blocks, seed, sum);
	if (good < 0)
		return 1u << l;
	if (!good)
		return 0;
	++*replayed;
	return r.written & 1u << l ? vy_log_redo(set, l, off, &r, members) :
				     vy_log_apply(set, l, off, &r, members, scratch);
}

/*
 * Before anything is read: bring the rows that were being written, by records of that
 * generation, to a parity that fits their data. Returns the legs that failed.
 */
u8 vy_log_replay(struct vy_set *set, u8 members, u64 gen, struct page **scratch)
{
	unsigned int l, slot, replayed = 0;
	u8 failed;

	BUILD_BUG_ON(VY_LOG_SLOT_BLOCKS > VY_SA_PAGES);
	/* as far as is known yet: whose places may be bad */
	set->roles = members;
	vy_for_each_slot(l, members) {
		for (slot = 0; slot < set->leg[l].log_slots; slot++) {
			failed = vy_log_replay_slot(set, l, slot, gen, members, scratch, &replayed);
			if (failed)
				return failed;
		}
	}
	DMINFO("%s: %u writes replayed from the row log", vy_name(set), replayed);
	return 0;
}
