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
	return (data & ~members) && (members & p) ? READ_ONCE(set->log_gen) : 0;
}

static bool vy_log_possible(struct vy_set *set, u8 members)
{
	unsigned int l;

	if (set->need == 1 || set->no_log || vy_comparable(set, members))
		return false;
	vy_for_each_slot(l, members)
		if (!set->leg[l].log_slots)
			return false;
	return true;
}

/* No record counts any more, and none is made until the metadata context says so. */
void vy_log_reset(struct vy_set *set)
{
	WRITE_ONCE(set->log_gen, 0);
	set->logged = false;
}

/* Nothing is under way: the log may begin with the superblocks that are written next. */
void vy_log_activate(struct vy_set *set, u8 members)
{
	set->logged = vy_log_possible(set, members);
}

/* Begin with the log, and say so when all that is not in it is on the disks. */
void vy_log_protect(struct vy_set *set)
{
	u8 members = vy_members(set->roles);

	if (set->logged || !vy_log_possible(set, members) || set->sb_dirty)
		return;
	if (!set->log_gen) {
		WRITE_ONCE(set->log_gen, set->cur.gen);
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

static u32 vy_log_sum(struct vy_set *set, u32 seed, unsigned int blocks)
{
	unsigned int i;

	for (i = 0; i < blocks; i++)
		seed = vy_crc32c(seed, page_address(set->sa_io.page[i]), VY_BLOCK);
	return seed;
}

/* The payload is in the pages of the status-area I/O: bring the parity to it. */
static u8 vy_log_apply(struct vy_set *set, u8 l, const struct vy_log_record *r, u8 members,
		       struct page **scratch)
{
	sector_t end = r->start + r->sectors;
	unsigned int w;

	/* parity of a place that its leg lacks says nothing, before and after */
	if (vy_stale_test(set, l, r->start, end))
		return 0;
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

/*
 * Before anything is read: bring the rows that were being written to a parity that
 * fits their data. Returns the legs that failed.
 */
u8 vy_log_replay(struct vy_set *set, u8 members, struct page **scratch)
{
	struct vy_log_record r;
	unsigned int l, slot, blocks, replayed = 0;
	u32 seed, sum;
	u8 failed;
	u64 off;

	BUILD_BUG_ON(VY_LOG_STRIP / VY_BLOCK > VY_SA_PAGES);
	/* as far as is known yet: whose places may be bad */
	set->roles = members;
	vy_for_each_slot(l, members) {
		for (slot = 0; slot < set->leg[l].log_slots; slot++) {
			off = set->geom.sa_bytes + (u64)slot * VY_LOG_SLOT;
			seed = vy_log_seed(set->uuid, l, off);
			if (vy_sa_read(set, l, off, 1))
				return 1u << l;
			if (!vy_log_decode(page_address(set->sa_io.page[0]), &set->geom,
					   &set->rows, l, seed, set->cur.gen, &r, &sum))
				continue;
			blocks = vy_log_payload(r.sectors) / VY_BLOCK;
			if (vy_sa_read(set, l, off + VY_BLOCK, blocks))
				return 1u << l;
			if (vy_log_sum(set, seed, blocks) != sum)
				continue;
			failed = vy_log_apply(set, l, &r, members, scratch);
			if (failed)
				return failed;
			replayed++;
		}
	}
	DMINFO("%s: %u writes replayed from the row log", vy_name(set), replayed);
	return 0;
}
