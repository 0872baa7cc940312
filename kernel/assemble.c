// SPDX-License-Identifier: GPL-2.0
/*
 * Preresume: read every status area, decide who is what, and make that durable
 * before the first I/O. A leg that fails on the way is left out and everything
 * is read again, as after a crash at that point.
 */
#include <linux/slab.h>

#include "vy.h"

struct vy_loading {
	struct vy_sb sb[VY_MAX_SLOTS];
	const struct vy_sb *legs[VY_MAX_SLOTS];	/* NULL: not usable */
	struct vy_assembly asm_;
	bool not_all_say;		/* of a member that lacks something that it does */
	bool says_logged;		/* some member */
	bool log_goes_on;		/* ... that records of its generation count */
	u64 log_gen;			/* all members: of records for any missing leg */
	u64 own[];		/* write-intent bits of one target */
};

/* With the table: by the time of a resume the one that it replaces is gone. */
int vy_assemble_alloc(struct vy_set *set)
{
	u64 words = DIV_ROUND_UP_ULL(set->geom.zones, 64);

	set->loading = kvzalloc(struct_size(set->loading, own, words), GFP_KERNEL);
	return set->loading ? 0 : -ENOMEM;
}

void vy_assemble_free(struct vy_set *set)
{
	kvfree(set->loading);
}

/*
 * From the head that was read. 0; 1 when the leg is to be left out; -EINVAL when
 * it belongs elsewhere.
 */
static int vy_load_super(struct vy_set *set, u8 l, struct vy_sb *sb)
{
	struct page **head = &set->sa_io.page[l * VY_HEAD_BLOCKS];
	struct vy_leg *leg = &set->leg[l];
	enum vy_super_err err[2];

	if (vy_super_pick(page_address(head[0]), page_address(head[1]), sb, err) < 0) {
		DMWARN("%s: slot %u: no valid superblock (%s; %s), leg left out",
		       vy_name(set), l, vy_super_strerror(err[0]), vy_super_strerror(err[1]));
		return 1;
	}
	/*
	 * The table wins over whatever a disk claims. Which other legs there are
	 * may differ: vy_assemble() judges that.
	 */
	if (memcmp(sb->set_uuid, set->uuid, sizeof(set->uuid)) ||
	    memcmp(sb->self_uuid, leg->uuid, sizeof(leg->uuid)) || sb->self_slot != l ||
	    sb->type != set->kind->type) {
		DMERR("%s: slot %u: status area belongs to another set or slot", vy_name(set), l);
		return -EINVAL;
	}
	if (sb->geom.nslots != set->geom.nslots ||
	    sb->geom.region_shift != set->geom.region_shift ||
	    sb->geom.zone_shift != set->geom.zone_shift ||
	    sb->geom.data_sectors != set->geom.data_sectors ||
	    (sb->chunk_shift && sb->chunk_shift != set->rows.chunk_shift + SECTOR_SHIFT)) {
		DMERR("%s: slot %u: geometry of status area and table differ", vy_name(set), l);
		return -EINVAL;
	}
	if (sb->bbr_off && leg->sa_sectors < (sb->geom.sa_bytes +
					      (u64)sb->log_slots * VY_LOG_SLOT) >> SECTOR_SHIFT) {
		DMERR("%s: slot %u: status area is longer than the table says", vy_name(set), l);
		return -EINVAL;
	}
	leg->bbr_off = sb->bbr_off;
	leg->log_slots = sb->log_slots;
	return vy_bbr_load(set, l, &head[2]);
}

static int vy_load_supers(struct vy_set *set, struct vy_loading *ld, u8 present)
{
	u8 failed = vy_sa_read_heads(set, present);
	unsigned int l;
	int r;

	memset(ld->legs, 0, sizeof(ld->legs));
	vy_for_each_slot(l, failed)
		DMWARN("%s: slot %u: status area unreadable, leg left out", vy_name(set), l);
	vy_for_each_slot(l, present & ~failed) {
		r = vy_load_super(set, l, &ld->sb[l]);
		if (r < 0)
			return r;
		if (!r)
			ld->legs[l] = &ld->sb[l];
	}
	return 0;
}

static int vy_refuse(struct vy_set *set, const struct vy_assembly *a)
{
	switch (a->verdict) {
	case VY_ASSEMBLE_NO_LEG:
		DMERR("%s: no leg has a valid status area", vy_name(set));
		return -ENXIO;
	case VY_ASSEMBLE_NO_SOURCE:
		DMERR("%s: all legs present are unfinished copies", vy_name(set));
		return -ENXIO;
	case VY_ASSEMBLE_SPLIT:
		DMERR("%s: split brain: slot %d was written separately", vy_name(set), a->other);
		return -EUCLEAN;
	case VY_ASSEMBLE_FEW:
		DMERR("%s: more than one leg is missing or behind", vy_name(set));
		return -ENXIO;
	default:
		DMERR("%s: slot %d does not fit the others", vy_name(set), a->other);
		return -EINVAL;
	}
}

/* Everything as before the first activation. */
static void vy_set_reset(struct vy_set *set)
{
	const struct vy_geom *g = &set->geom;
	u64 z;

	vy_stale_reset(set);
	vy_fresh_reset(set);
	memset(set->wib, 0, DIV_ROUND_UP_ULL(g->zones, 64) * sizeof(u64));
	bitmap_zero(set->wib_dirty, g->wib_blocks);
	bitmap_zero(set->resync, g->zones);
	bitmap_zero(set->resync_again, g->zones);
	for (z = 0; z < g->zones; z++) {
		set->zone[z].state = Z_CLEAN;
		set->zone[z].staged = 0;
	}
	atomic_set(&set->nr_dirty, 0);
	atomic_set(&set->nr_resync, 0);
	set->sb_dirty = false;
	set->stale_due = false;
	set->stale_owed = false;
	set->parked = 0;
	set->broken = false;
	set->failing = 0;
	set->flush_lost = false;
	vy_log_reset(set);
	set->clean_early = 0;
	set->clean_stop = false;
	atomic_set(&set->suspect, 0);
	set->doubtful = 0;
}

/* All zones whose bit is set are lacking on the slot, as far as members have them. */
static void vy_mark_zones(struct vy_set *set, u8 slot, const u64 *bits, u8 members)
{
	unsigned long zone;

	for_each_set_bit(zone, (unsigned long *)bits, set->geom.zones)
		vy_stale_mark_zone(set, slot, zone, members);
}

/*
 * What members lack: places that could not be written, from the disk or from
 * a map that was not trusted. Returns the slots that could not be read.
 */
static u8 vy_load_lacks(struct vy_set *set, struct vy_loading *ld)
{
	u8 members = ld->asm_.members, failed = 0, say;
	unsigned int l, m;

	ld->not_all_say = false;
	vy_for_each_slot(l, members) {
		say = 0;
		vy_for_each_slot(m, members)
			if (ld->sb[m].slot[l].stale_regions)
				say |= 1u << m;
		if (!say)
			continue;
		ld->not_all_say |= say != members;
		failed |= vy_sa_load_member(set, members, l);
	}
	return failed;
}

/*
 * WIB and stale maps: OR over the members; then every zone that was dirty is
 * lacking, whole, on every slot that is no member. A returning leg's own
 * write-intent bits count as well (invariant "Own WIB"). Returns the slots
 * whose maps could not be read.
 */
static u8 vy_load_maps(struct vy_set *set, struct vy_loading *ld)
{
	const struct vy_assembly *a = &ld->asm_;
	u64 words = DIV_ROUND_UP_ULL(set->geom.zones, 64);
	u8 away = set->used & ~a->members, failed;
	unsigned int l;

	failed = vy_sa_load_wib(set, a->members, set->wib);
	vy_for_each_slot(l, away) {
		failed |= vy_sa_load_stale(set, a->members, l, l);
		vy_mark_zones(set, l, set->wib, a->members);
	}

	/* an added leg needs everything, and will when it comes later */
	vy_for_each_slot(l, away & a->added)
		vy_stale_mark_all(set, l);

	vy_for_each_slot(l, a->targets) {
		if (a->full & (1u << l)) {
			vy_stale_mark_all(set, l);
			continue;
		}
		/* what it wrote itself while it was apart, by its map of the best leg */
		if (a->given_up & (1u << l)) {
			failed |= vy_sa_load_stale(set, 1u << l, a->best, l);
			/* which no member's disk has */
			bitmap_fill(set->leg[l].stale_dirty, set->geom.stale_blocks);
		}
		memset(ld->own, 0, words * sizeof(u64));
		if (vy_sa_load_wib(set, 1u << l, ld->own))
			failed |= 1u << l;
		else
			vy_mark_zones(set, l, ld->own, a->members);
	}
	/* bits that only some members had go to all with the zone's next clean */
	return failed;
}

/* What the log had is right by now, whichever legs are here. */
static void vy_load_zones(struct vy_set *set, u8 members, bool replayed)
{
	unsigned long zone;

	for_each_set_bit(zone, (unsigned long *)set->wib, set->geom.zones) {
		set->zone[zone].state = Z_DIRTY;
		set->zone[zone].idle_since = vy_age();
		set_bit(zone / (VY_UNIT_BITS * VY_UNITS_PER_BLOCK), set->wib_dirty);
		atomic_inc(&set->nr_dirty);
		if (vy_comparable(set, members) && !replayed) {
			set_bit(zone, set->resync);
			atomic_inc(&set->nr_resync);
		}
	}
}

/*
 * Take targets in (invariant "Target"): what they lack is durable first, then
 * the target says INCONSISTENT under the current generation, then the others
 * record which generation it was given. Returns the slots that failed.
 */
static u8 vy_join_targets(struct vy_set *set, u8 members, u8 targets)
{
	unsigned int l;
	u8 failed;

	failed = vy_sa_write_stale_all(set, members);
	if (failed)
		return failed;
	vy_for_each_slot(l, targets) {
		if (vy_stale_alloc_copied(&set->leg[l], &set->geom)) {
			DMWARN("%s: slot %u: no memory to bring it up to date",
			       vy_name(set), l);
			return 1u << l;
		}
		/* one that was cut short goes on counting from where it began */
		set->leg[l].recover_total = atomic64_read(&set->leg[l].stale_count);
		if (set->cur.slot[l].state == VY_SLOT_TARGET)
			set->leg[l].recover_total = max_t(s64, set->leg[l].recover_total,
							  set->cur.slot[l].stale_regions);
		set->cur.slot[l].state = VY_SLOT_TARGET;
		set->cur.slot[l].base_gen = set->cur.gen;
	}
	failed = vy_sa_write_supers(set, targets, targets);
	if (failed)
		return failed;
	return vy_sa_write_supers(set, members, 0);
}

/* What the members' superblocks say of the row log. */
static void vy_load_log(struct vy_loading *ld, u64 gen, u8 members)
{
	unsigned int l;
	bool logged;

	ld->log_gen = ld->sb[__ffs(members)].log_gen;
	ld->says_logged = false;
	ld->log_goes_on = false;
	vy_for_each_slot(l, members) {
		logged = ld->sb[l].flags & VY_SB_LOGGED;
		ld->says_logged |= logged;
		ld->log_goes_on |= logged && !ld->sb[l].log_gen && ld->sb[l].gen == gen;
		/* one that was taken back last says nothing, while rows of it have no record */
		if (ld->sb[l].log_gen != ld->log_gen)
			ld->log_gen = 0;
	}
}

/*
 * Does this member say that the log covers for the leg that is out? One that it counts
 * in was being taken back: the log goes on until that leg's own superblock says so, and
 * nobody knows whether it does when it is not there.
 */
static bool vy_log_covers(const struct vy_set *set, const struct vy_loading *ld, unsigned int l,
			  u8 members)
{
	unsigned int out = __ffs(set->used & ~members);

	return ld->sb[l].gen == set->cur.gen && ld->sb[l].flags & VY_SB_LOGGED &&
	       !ld->sb[l].log_gen &&
	       (ld->sb[l].slot[out].state != VY_SLOT_MEMBER ||
		(ld->legs[out] && ld->sb[out].flags & VY_SB_INCONSISTENT));
}

/*
 * A RAID5 that was not closed: in rows that were being written the parity may not be
 * that of the data, and then it invents what a missing leg had. Unless the log has all
 * such rows. Slots that failed, or -errno.
 */
static int vy_check_holes(struct vy_set *set, const struct vy_loading *ld, u8 members)
{
	bool dirty = !bitmap_empty((unsigned long *)set->wib, set->geom.zones);
	bool whole = vy_comparable(set, members), logged = ld->log_gen;
	unsigned int l;
	u8 failed;

	if (set->need == 1)
		return 0;
	vy_for_each_slot(l, whole ? 0 : members)
		logged |= vy_log_covers(set, ld, l, members);
	if (logged && dirty) {
		failed = vy_log_replay(set, members, ld->log_gen ? ld->log_gen : set->cur.gen,
				       vy_row_scratch(set));
		if (failed)
			return failed;
	}
	if (whole)
		return 0;
	if (set->trust_parity)
		vy_row_trust(set, members);
	if (!dirty || logged || set->trust_parity)
		return 0;
	DMERR("%s: a leg is missing and the others were not closed: what it had cannot be trusted; give it the leg, or dirty_degraded:accept",
	      vy_name(set));
	return -EUCLEAN;
}

/* The slots that failed, or -errno. */
static int vy_set_take(struct vy_set *set, struct vy_loading *ld)
{
	const struct vy_assembly *a = &ld->asm_;
	u8 failed, durable = 0;
	unsigned int l, s;
	int r;

	set->cur = ld->sb[a->best];
	vy_geom_set_written(&set->geom, set->cur.geom.written_off);
	failed = vy_load_lacks(set, ld);
	failed |= vy_fresh_check(set, a->members | a->targets, ld->sb);
	if (failed)
		return failed;
	if (vy_only_reads(set)) {
		set->durable_members = a->members;
		set->roles = a->members;
		return 0;
	}
	vy_for_each_slot(l, a->members | a->targets) {
		set->leg[l].seq = ld->sb[l].seq;
		set->leg[l].gen_written = ld->sb[l].gen;
		set->leg[l].durable_members = 0;
		for (s = 0; s < set->geom.nslots; s++)
			if (ld->sb[l].slot[s].state == VY_SLOT_MEMBER)
				set->leg[l].durable_members |= 1u << s;
	}

	failed = vy_load_maps(set, ld);
	if (!failed)
		failed = vy_fresh_load(set, a->members);
	if (failed)
		return failed;
	vy_load_log(ld, set->cur.gen, a->members);
	r = vy_check_holes(set, ld, a->members);
	if (r)
		return r;
	vy_load_zones(set, a->members, ld->log_gen);
	vy_log_activate(set, a->members, a->targets, ld->log_gen);
	/* there may be records of this generation, and writes since that have none */
	if (set->logged && !set->log_always && !ld->log_goes_on)
		ld->asm_.bump = true;
	/*
	 * The bits that only one member had must be on all before a write counts
	 * on them, and the new generation before anything is read or written
	 * (invariant "Generation").
	 */
	if (atomic_read(&set->nr_dirty)) {
		failed = vy_sa_write_wib(set, a->members);
		if (failed)
			return failed;
	}
	/* what an added leg lacks comes first, or a crash here would forget it */
	if (a->added) {
		failed = vy_sa_write_stale_all(set, a->members);
		if (failed)
			return failed;
	}
	/*
	 * A crash came between two superblocks: a member that does not say that
	 * some member lacks anything would not look when it is alone one day.
	 */
	if (vy_assembly_apply(&set->cur, a, &set->wish, vy_new_gen()) || ld->not_all_say ||
	    set->logged || ld->says_logged) {
		failed = vy_sa_write_supers(set, a->members, 0);
		if (failed)
			return failed;
	}
	if (a->targets) {
		failed = vy_join_targets(set, a->members, a->targets);
		if (failed)
			return failed;
	}
	vy_for_each_slot(l, a->members)
		durable |= set->leg[l].durable_members;
	set->durable_members = durable;
	set->roles = a->members | (u32)a->targets << 8;
	if (set->logged && !set->log_always)
		set->log_gen = set->cur.gen;
	return 0;
}

/*
 * May the device go on from these legs? One that it had must be among them, and
 * the best must know what was newest. Who gives up a leg's history wants to go
 * back.
 */
static int vy_check_shown(struct vy_set *set, const struct vy_loading *ld)
{
	struct vy_shown shown = vy_shown_before(set);

	if (!shown.gen || set->wish.discard ||
	    (shown.members & ld->asm_.members &&
	     vy_gen_includes(ld->legs[ld->asm_.best], shown.gen)))
		return 0;
	DMERR("%s: the legs that can be used are older than what the device showed; give it the legs that it had, or remove it",
	      vy_name(set));
	/* the table that knew it goes when this one stays */
	vy_show(set, shown.gen, shown.members);
	return -ESTALE;
}

/* 0, or -errno: the device then stays suspended. */
int vy_set_assemble(struct vy_set *set)
{
	u8 present = set->present, failed = 0;
	struct vy_loading *ld = set->loading;
	int r;

	do {
		vy_set_reset(set);
		r = vy_load_supers(set, ld, present);
		if (r)
			break;
		vy_assemble(ld->legs, set->geom.nslots, &set->wish, &ld->asm_);
		if (ld->asm_.verdict != VY_ASSEMBLE_OK) {
			r = vy_refuse(set, &ld->asm_);
			break;
		}
		r = vy_check_shown(set, ld);
		if (r)
			break;
		r = vy_set_take(set, ld);
		if (r < 0)
			break;
		failed = r;
		r = 0;
		if (failed)
			DMWARN("%s: slots %#x failed while the set was assembled, left out",
			       vy_name(set), failed);
		present &= ~failed;
	} while (failed);
	if (!r)
		set->durable_gen = set->cur.gen;
	return r;
}
