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
	       a->type == b->type && a->geom.nslots == b->geom.nslots &&
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

/* The first leg that keeps leg a from leading, or -1. */
static int conflict_of(const struct vy_sb *const sb[VY_MAX_SLOTS], int a)
{
	int b;

	for (b = 0; b < VY_MAX_SLOTS; b++) {
		if (!sb[b] || b == a)
			continue;
		if (!record_of(sb[a], sb[b]) || !not_older(vy_gen_compare(sb[a], sb[b])))
			return b;
	}
	return -1;
}

/* Some whole leg is known to be newer than leg a. */
static bool is_outdated(const struct vy_sb *const sb[VY_MAX_SLOTS], int a)
{
	int b;

	for (b = 0; b < VY_MAX_SLOTS; b++)
		if (sb[b] && b != a && is_whole(sb[b]) &&
		    is_older(vy_gen_compare(sb[a], sb[b])))
			return true;
	return false;
}

/*
 * The leg that no present leg speaks against; the lowest slot of equals. When
 * there is none, refuse in the name of a leg that nothing whole is newer than.
 */
static int choose_best(const struct vy_sb *const sb[VY_MAX_SLOTS], struct vy_assembly *out)
{
	int a, leg = -1, first = -1, other;

	for (a = 0; a < VY_MAX_SLOTS; a++) {
		if (!sb[a] || !is_whole(sb[a]))
			continue;
		if (conflict_of(sb, a) < 0)
			return a;
		if (first < 0)
			first = a;
		if (leg < 0 && !is_outdated(sb, a))
			leg = a;
	}
	if (first < 0) {
		refuse(out, VY_ASSEMBLE_NO_SOURCE, -1, -1);
		return -1;
	}
	if (leg < 0)		/* each older than another: a circle */
		leg = first;
	other = conflict_of(sb, leg);
	if (!record_of(sb[leg], sb[other]))
		refuse(out, VY_ASSEMBLE_MISMATCH, leg, other);
	else if (!is_whole(sb[other]) && is_older(vy_gen_compare(sb[leg], sb[other])))
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

void vy_assemble(const struct vy_sb *const sb[VY_MAX_SLOTS], u32 nslots,
		 struct vy_assembly *out)
{
	struct vy_assembly as = { .verdict = VY_ASSEMBLE_OK, .leg = -1, .other = -1 };
	int l;

	if (!shapes_agree(sb, nslots, out))
		return;
	as.best = choose_best(sb, out);
	if (as.best < 0)
		return;

	for (l = 0; l < VY_MAX_SLOTS; l++) {
		const struct vy_sb *best = sb[as.best];
		enum vy_rel rel;

		if (!sb[l])
			continue;
		rel = vy_gen_compare(best, sb[l]);
		if ((rel == VY_REL_SAME || rel == VY_REL_B_LAGS) && is_whole(sb[l])) {
			as.members |= 1U << l;
			as.bump |= rel == VY_REL_B_LAGS;
		} else if (best->slot[l].state != VY_SLOT_SPLIT) {
			as.targets |= 1U << l;
			if (rel == VY_REL_A_NEWER_FULL || sb[l]->flags & VY_SB_NEEDS_FULL)
				as.full |= 1U << l;
		}
	}
	if (!peers_agree(sb, as.members, out))
		return;
	as.missing = find_missing(sb, &as);
	as.bump |= as.missing != 0;
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
