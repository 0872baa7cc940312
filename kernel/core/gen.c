// SPDX-License-Identifier: GPL-2.0
/*
 * Lineage and membership. The rules, their order and the reason for each are
 * in docs/format.md; tests/model/ walks through them at random and compares
 * every verdict with a second implementation.
 *
 * A generation id is random and never used twice, so "a knows b's generation
 * as one of its past" proves that a is the later one. What proves nothing is
 * refused.
 */
#include "gen.h"

/* What a records about the leg b, or NULL when a does not know that leg. */
static const struct vy_slot_info *record_of(const struct vy_sb *a, const struct vy_sb *b)
{
	const struct vy_slot_info *s;

	if (b->self_slot >= VY_MAX_SLOTS)
		return NULL;
	s = &a->slot[b->self_slot];
	if (s->state == VY_SLOT_EMPTY || memcmp(s->leg_uuid, b->self_uuid, 16))
		return NULL;
	return s;
}

static bool calls_member(const struct vy_sb *a, const struct vy_sb *b)
{
	const struct vy_slot_info *s = record_of(a, b);

	return s && s->state == VY_SLOT_MEMBER;
}

static bool calls_dead(const struct vy_sb *a, const struct vy_sb *b)
{
	const struct vy_slot_info *s = record_of(a, b);

	return s && s->state != VY_SLOT_MEMBER;
}

/* Generation since which a tracks what b lacks; 0: it does not. */
static u64 base_of(const struct vy_sb *a, const struct vy_sb *b)
{
	return calls_dead(a, b) ? record_of(a, b)->base_gen : 0;
}

static bool in_hist(const struct vy_sb *a, u64 gen)
{
	unsigned int i;

	for (i = 0; i < VY_HIST; i++)
		if (gen && a->hist[i] == gen)
			return true;
	return false;
}

bool vy_gen_includes(const struct vy_sb *sb, u64 gen)
{
	return sb->gen == gen || in_hist(sb, gen);
}

/* a follows b's generation directly and never stopped writing to b. */
static bool lags(const struct vy_sb *a, const struct vy_sb *b)
{
	return calls_member(a, b) && a->prev_gen == b->gen && !calls_dead(b, a);
}

/* b's generation lies in a's past. */
static bool knows_as_past(const struct vy_sb *a, const struct vy_sb *b)
{
	return a->prev_gen == b->gen || base_of(a, b) == b->gen || in_hist(a, b->gen);
}

enum vy_rel vy_gen_compare(const struct vy_sb *a, const struct vy_sb *b)
{
	if (memcmp(a->set_uuid, b->set_uuid, sizeof(a->set_uuid)))
		return VY_REL_UNRELATED;
	if (!a->gen || !b->gen)
		return VY_REL_SPLIT;
	if (a->gen == b->gen)
		return VY_REL_SAME;
	/* Each the ancestor of the other: one of them is not to be believed. */
	if (knows_as_past(a, b) && knows_as_past(b, a))
		return VY_REL_SPLIT;
	if (lags(a, b))
		return VY_REL_B_LAGS;
	if (lags(b, a))
		return VY_REL_A_LAGS;
	if (base_of(a, b) == b->gen)
		return VY_REL_A_NEWER;
	if (base_of(b, a) == a->gen)
		return VY_REL_B_NEWER;
	/* An unfinished target never went on alone: its records are its source's. */
	if (base_of(a, b) && base_of(a, b) == base_of(b, a) &&
	    !((a->flags | b->flags) & VY_SB_INCONSISTENT))
		return VY_REL_SPLIT;
	if (in_hist(a, b->gen))
		return VY_REL_A_NEWER_FULL;
	if (in_hist(b, a->gen))
		return VY_REL_B_NEWER_FULL;
	return VY_REL_SPLIT;
}

const char *vy_rel_name(enum vy_rel r)
{
	static const char *const name[VY_REL_NR] = {
		[VY_REL_UNRELATED] = "unrelated",
		[VY_REL_SAME] = "same",
		[VY_REL_B_LAGS] = "b-lags",
		[VY_REL_A_LAGS] = "a-lags",
		[VY_REL_A_NEWER] = "a-newer",
		[VY_REL_B_NEWER] = "b-newer",
		[VY_REL_SPLIT] = "split",
		[VY_REL_A_NEWER_FULL] = "a-newer-full",
		[VY_REL_B_NEWER_FULL] = "b-newer-full",
	};

	return (unsigned int)r < VY_REL_NR ? name[r] : "invalid";
}

/* The leg holds every region it should: it may lead a set or be a member. */
static bool is_whole(const struct vy_sb *sb)
{
	return !(sb->flags & VY_SB_INCONSISTENT) && calls_member(sb, sb);
}

/* a is as new as b, or newer. */
static bool not_older(enum vy_rel r)
{
	return r == VY_REL_SAME || r == VY_REL_B_LAGS ||
	       r == VY_REL_A_NEWER || r == VY_REL_A_NEWER_FULL;
}

static bool is_older(enum vy_rel r)
{
	return r == VY_REL_A_LAGS || r == VY_REL_B_NEWER || r == VY_REL_B_NEWER_FULL;
}

static bool same_shape(const struct vy_sb *a, const struct vy_sb *b)
{
	return !memcmp(a->set_uuid, b->set_uuid, sizeof(a->set_uuid)) &&
	       a->type == b->type && a->chunk_shift == b->chunk_shift &&
	       a->geom.nslots == b->geom.nslots &&
	       a->geom.region_shift == b->geom.region_shift &&
	       a->geom.zone_shift == b->geom.zone_shift &&
	       a->geom.data_sectors == b->geom.data_sectors;
}

static void refuse(struct vy_assembly *out, enum vy_verdict verdict, int leg, int other)
{
	memset(out, 0, sizeof(*out));
	out->verdict = verdict;
	out->best = -1;
	out->leg = leg;
	out->other = other;
}

/* Every present leg sits in the slot it claims and describes the same set. */
static bool shapes_agree(const struct vy_sb *const sb[VY_MAX_SLOTS], u32 nslots,
			 struct vy_assembly *out)
{
	int first = -1, l;

	for (l = 0; l < VY_MAX_SLOTS; l++) {
		if (!sb[l])
			continue;
		if (first < 0)
			first = l;
		if ((u32)l >= nslots || sb[l]->self_slot != (u32)l ||
		    sb[l]->geom.nslots != nslots || !same_shape(sb[first], sb[l])) {
			refuse(out, VY_ASSEMBLE_MISMATCH, first, l);
			return false;
		}
	}
	if (first < 0) {
		refuse(out, VY_ASSEMBLE_NO_LEG, -1, -1);
		return false;
	}
	return true;
}

/* The legs that are present, and how they are looked at. */
struct view {
	const struct vy_sb *const *sb;
	const struct vy_wish *wish;	/* may be NULL */
	u8 silent;	/* legs whose history does not count */
};

static bool speaks(const struct view *v, int l)
{
	return v->sb[l] && !(v->silent & 1U << l);
}

/* Never brought up to date, so it has nothing to say. */
static bool is_blank(const struct vy_sb *sb)
{
	return (sb->flags & VY_SB_INCONSISTENT) && (sb->flags & VY_SB_NEEDS_FULL);
}

static bool is_wished(const struct view *v, const struct vy_sb *b)
{
	return v->wish && v->wish->used & 1U << b->self_slot &&
	       !memcmp(v->wish->uuid[b->self_slot], b->self_uuid, 16);
}

/*
 * May a lead although b is there? A leg that the volume group names and a
 * does not know was added when a was not there to be told, or was removed from
 * a set that the volume group was not told of: it may only be behind.
 */
static bool may_lead(const struct view *v, const struct vy_sb *a, const struct vy_sb *b)
{
	enum vy_rel rel = vy_gen_compare(a, b);

	if (record_of(a, b))
		return not_older(rel);
	return is_wished(v, b) &&
	       (rel == VY_REL_A_NEWER_FULL ||
		(rel == VY_REL_SAME && (b->flags & VY_SB_INCONSISTENT)));
}

/* The first leg that keeps leg a from leading, or -1. */
static int conflict_of(const struct view *v, int a)
{
	int b;

	for (b = 0; b < VY_MAX_SLOTS; b++)
		if (speaks(v, b) && b != a && !may_lead(v, v->sb[a], v->sb[b]))
			return b;
	return -1;
}

/* Holds all of the volume, and all of it current by its own word. */
static bool can_lead(const struct view *v, int l)
{
	return is_whole(v->sb[l]) && !(v->wish && v->wish->partial & 1U << l);
}

/* Some whole leg is known to be newer than leg a. */
static bool is_outdated(const struct view *v, int a)
{
	int b;

	for (b = 0; b < VY_MAX_SLOTS; b++)
		if (speaks(v, b) && b != a && is_whole(v->sb[b]) &&
		    is_older(vy_gen_compare(v->sb[a], v->sb[b])))
			return true;
	return false;
}

/*
 * The leg that no present leg speaks against; the lowest slot of equals. When
 * there is none, refuse in the name of a leg that nothing whole is newer than.
 */
static int choose_best(const struct view *v, struct vy_assembly *out)
{
	int a, leg = -1, first = -1, other;

	for (a = 0; a < VY_MAX_SLOTS; a++) {
		if (!speaks(v, a) || !can_lead(v, a))
			continue;
		if (conflict_of(v, a) < 0)
			return a;
		if (first < 0)
			first = a;
		if (leg < 0 && !is_outdated(v, a))
			leg = a;
	}
	if (first < 0) {
		refuse(out, VY_ASSEMBLE_NO_SOURCE, -1, -1);
		return -1;
	}
	if (leg < 0)		/* each older than another: a circle */
		leg = first;
	other = conflict_of(v, leg);
	if (!record_of(v->sb[leg], v->sb[other]))
		refuse(out, VY_ASSEMBLE_MISMATCH, leg, other);
	else if (!can_lead(v, other) && is_older(vy_gen_compare(v->sb[leg], v->sb[other])))
		refuse(out, VY_ASSEMBLE_NO_SOURCE, leg, other);
	else
		refuse(out, VY_ASSEMBLE_SPLIT, leg, other);
	return -1;
}

/*
 * Legs of one generation that contradict each other: one calls another, which
 * believes itself in sync, out of sync. No crash leaves that behind.
 */
static bool peers_agree(const struct vy_sb *const sb[VY_MAX_SLOTS], u8 peers,
			struct vy_assembly *out)
{
	int a, b;

	for (a = 0; a < VY_MAX_SLOTS; a++) {
		for (b = 0; b < VY_MAX_SLOTS; b++) {
			if (!(peers & 1U << a) || !(peers & 1U << b))
				continue;
			if (calls_dead(sb[a], sb[b])) {
				refuse(out, VY_ASSEMBLE_SPLIT, a, b);
				return false;
			}
		}
	}
	return true;
}

/*
 * Slots that could go on under the present generation without us: some member's
 * superblock still counts them in, or handed them the generation as targets.
 */
static u8 find_missing(const struct vy_sb *const sb[VY_MAX_SLOTS], const struct vy_assembly *as)
{
	const struct vy_sb *best = sb[as->best];
	u8 missing = 0;
	int m, l;

	for (m = 0; m < VY_MAX_SLOTS; m++) {
		if (!(as->members & 1U << m) || sb[m]->gen != best->gen)
			continue;
		for (l = 0; l < VY_MAX_SLOTS; l++) {
			const struct vy_slot_info *s = &sb[m]->slot[l];

			if (as->members & 1U << l)
				continue;
			if (s->state == VY_SLOT_MEMBER || (!sb[l] && s->base_gen == best->gen))
				missing |= 1U << l;
		}
	}
	return missing;
}

/* In sync with the best leg as it is; a history that is given up must not contradict. */
static bool is_member(const struct vy_sb *best, const struct vy_sb *b, bool discard)
{
	enum vy_rel rel = vy_gen_compare(best, b);

	if ((rel != VY_REL_SAME && rel != VY_REL_B_LAGS) || !is_whole(b) || is_blank(b) ||
	    !record_of(best, b))
		return false;
	return !discard || (!calls_dead(best, b) && !calls_dead(b, best));
}

/*
 * What b, whose history is given up, lacks: what the best leg says of it and
 * what b wrote itself, as long as both count from a generation that they had
 * in common.
 */
enum reach { REACH_OURS, REACH_BOTH, REACH_NONE };

static enum reach maps_reach(const struct vy_sb *best, const struct vy_sb *b)
{
	enum vy_rel rel = vy_gen_compare(best, b);

	if (!record_of(best, b) || (rel != VY_REL_SAME && knows_as_past(best, b) &&
				    knows_as_past(b, best)))
		return REACH_NONE;
	if (rel == VY_REL_A_NEWER || (rel == VY_REL_SAME && (b->flags & VY_SB_INCONSISTENT)))
		return REACH_OURS;
	if (b->flags & VY_SB_INCONSISTENT)
		return REACH_NONE;
	if (base_of(b, best) && (base_of(b, best) == base_of(best, b) ||
				 base_of(b, best) == best->gen))
		return REACH_BOTH;
	return REACH_NONE;
}

static void add_target(const struct view *v, int l, struct vy_assembly *as)
{
	const struct vy_sb *best = v->sb[as->best], *b = v->sb[l];
	u8 bit = 1U << l;

	if (is_blank(b)) {
		as->full |= bit;
	} else if (v->wish && v->wish->discard & bit) {
		switch (maps_reach(best, b)) {
		case REACH_OURS:
			break;
		case REACH_BOTH:
			as->given_up |= bit;
			break;
		case REACH_NONE:
			as->full |= bit;
			break;
		}
	} else if (best->slot[l].state == VY_SLOT_SPLIT && record_of(best, b)) {
		return;
	} else if (vy_gen_compare(best, b) == VY_REL_A_NEWER_FULL || !record_of(best, b)) {
		as->full |= bit;
	}
	as->targets |= bit;
}

static unsigned int count_of(u8 mask)
{
	unsigned int n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

/* Slots in which the best leg and the volume group know different legs. */
static void compare_slots(const struct vy_sb *best, const struct vy_wish *wish,
			  struct vy_assembly *as)
{
	unsigned int l;

	for (l = 0; l < VY_MAX_SLOTS; l++) {
		const struct vy_slot_info *s = &best->slot[l];
		bool used = wish->used & 1U << l, known = s->state != VY_SLOT_EMPTY;

		if (used && known && !memcmp(s->leg_uuid, wish->uuid[l], 16))
			continue;
		if (used)
			as->added |= 1U << l;
		if (known)
			as->removed |= 1U << l;
	}
}

void vy_assemble(const struct vy_sb *const sb[VY_MAX_SLOTS], u32 nslots,
		 const struct vy_wish *wish, struct vy_assembly *out)
{
	struct vy_assembly as = { .verdict = VY_ASSEMBLE_OK, .leg = -1, .other = -1 };
	struct view v = { .sb = sb, .wish = wish, .silent = wish ? wish->discard : 0 };
	int l;

	if (!shapes_agree(sb, nslots, out))
		return;
	for (l = 0; l < VY_MAX_SLOTS; l++)
		if (sb[l] && is_blank(sb[l]))
			v.silent |= 1U << l;
	as.best = choose_best(&v, out);
	if (as.best < 0)
		return;

	for (l = 0; l < VY_MAX_SLOTS; l++) {
		bool discard = wish && wish->discard & 1U << l;

		if (!sb[l])
			continue;
		if (is_member(sb[as.best], sb[l], discard)) {
			as.members |= 1U << l;
			as.bump |= vy_gen_compare(sb[as.best], sb[l]) == VY_REL_B_LAGS;
		} else {
			add_target(&v, l, &as);
		}
	}
	if (!peers_agree(sb, as.members, out))
		return;
	if (count_of(as.members) < vy_members_needed(sb[as.best])) {
		refuse(out, VY_ASSEMBLE_FEW, as.best, -1);
		return;
	}
	if (wish)
		compare_slots(sb[as.best], wish, &as);
	as.missing = find_missing(sb, &as);
	/* what is removed must never be taken for a part of the set again */
	as.bump |= as.missing || as.removed;
	for (l = 0; l < VY_MAX_SLOTS; l++) {
		const u8 state = sb[as.best]->slot[l].state;

		/* Nobody has joined yet, so nobody is handed the new generation. */
		if (as.bump && state == VY_SLOT_TARGET)
			as.missing |= 1U << l;
		/* A member may count in a slot that the best has emptied: the bump ends that. */
		if (state == VY_SLOT_EMPTY)
			as.missing &= ~(1U << l);
	}
	*out = as;
}

bool vy_assembly_apply(struct vy_sb *sb, const struct vy_assembly *as,
		       const struct vy_wish *wish, u64 new_gen)
{
	bool changed = as->bump || as->added || as->removed;
	unsigned int l;

	if (as->bump)
		vy_gen_bump(sb, new_gen, as->missing, VY_SLOT_AWAY);
	for (l = 0; l < VY_MAX_SLOTS; l++) {
		struct vy_slot_info *s = &sb->slot[l];

		if (as->removed & 1U << l)
			memset(s, 0, sizeof(*s));
		if (as->added & 1U << l) {
			memcpy(s->leg_uuid, wish->uuid[l], sizeof(s->leg_uuid));
			s->state = VY_SLOT_AWAY;
			s->base_gen = sb->gen;
		}
		if (wish && wish->split & 1U << l && s->state != VY_SLOT_SPLIT) {
			s->state = VY_SLOT_SPLIT;
			changed = true;
		}
	}
	return changed;
}

void vy_gen_bump(struct vy_sb *sb, u64 new_gen, u8 missing, u8 state)
{
	const u64 old = sb->gen;
	unsigned int l;

	memmove(sb->hist + 1, sb->hist, (VY_HIST - 1) * sizeof(sb->hist[0]));
	sb->hist[0] = old;
	sb->prev_gen = old;
	sb->gen = new_gen;
	for (l = 0; l < VY_MAX_SLOTS; l++) {
		struct vy_slot_info *s = &sb->slot[l];

		if (missing & 1U << l && s->state != VY_SLOT_EMPTY) {
			if (!s->base_gen)
				s->base_gen = old;
			s->state = state;
		} else if (s->state == VY_SLOT_TARGET) {
			s->base_gen = new_gen;
		}
	}
}
