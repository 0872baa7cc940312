// SPDX-License-Identifier: GPL-2.0
/*
 * What the volume group asks of a set: slots added and removed, copies split
 * off and given up, partial legs. Lineage without wishes is in test_gen.c.
 */
#include "unit.h"
#include "../../kernel/core/gen.h"

struct world {
	struct vy_sb sb[VY_MAX_SLOTS];
	struct vy_wish wish;
	struct vy_assembly as;
	u32 n;
	u64 next_gen;
};

static void name_leg(u8 uuid[16], char letter, u32 slot)
{
	memcpy(uuid, "x leg in slot 0.", 16);
	uuid[0] = letter;
	uuid[14] = '0' + slot;
}

/* A set of `n` slots whose first `legs` hold members; the wish names the same. */
static void world_make(struct world *w, u32 n, u32 legs)
{
	u32 i, k;

	memset(w, 0, sizeof(*w));
	w->n = n;
	w->next_gen = 100;
	for (i = 0; i < legs; i++) {
		struct vy_sb *sb = &w->sb[i];

		memcpy(sb->set_uuid, "a set of mirrors", 16);
		sb->gen = 1;
		sb->self_slot = i;
		sb->type = VY_TYPE_MIRROR;
		vy_geom_init(&sb->geom, n, 12, 22, 1 << 20);
		sb->sa_sectors = sb->geom.sa_bytes / 512;
		for (k = 0; k < legs; k++) {
			name_leg(sb->slot[k].leg_uuid, 'a', k);
			sb->slot[k].state = VY_SLOT_MEMBER;
		}
		memcpy(sb->self_uuid, sb->slot[i].leg_uuid, 16);
		memcpy(w->wish.uuid[i], sb->self_uuid, 16);
		w->wish.used |= 1U << i;
	}
}

/* A leg that was never in any set, as user space makes it. */
static void world_blank(struct world *w, u32 slot, char letter)
{
	struct vy_sb *sb = &w->sb[slot];

	*sb = w->sb[slot ? 0 : 1];
	memset(sb->slot, 0, sizeof(sb->slot));
	memset(sb->hist, 0, sizeof(sb->hist));
	sb->prev_gen = 0;
	sb->gen = 0xb1a;
	sb->flags = VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL;
	sb->self_slot = slot;
	name_leg(sb->self_uuid, letter, slot);
	memcpy(sb->slot[slot].leg_uuid, sb->self_uuid, 16);
	sb->slot[slot].state = VY_SLOT_TARGET;
	sb->slot[slot].base_gen = sb->gen;
	memcpy(w->wish.uuid[slot], sb->self_uuid, 16);
	w->wish.used |= 1U << slot;
}

static enum vy_verdict world_assemble(struct world *w, u8 present)
{
	const struct vy_sb *sb[VY_MAX_SLOTS] = { NULL };
	u32 i;

	for (i = 0; i < w->n; i++)
		if (present & 1U << i)
			sb[i] = &w->sb[i];
	memset(&w->as, 0xa5, sizeof(w->as));
	vy_assemble(sb, w->n, &w->wish, &w->as);
	return w->as.verdict;
}

/*
 * Assemble and write what comes of it, as the module does: members have the
 * new superblock, targets are INCONSISTENT under its generation.
 */
static void world_activate(struct world *w, u8 present)
{
	struct vy_sb cur;
	u32 i, k;

	CHECK_EQ(world_assemble(w, present), VY_ASSEMBLE_OK);
	if (w->as.verdict != VY_ASSEMBLE_OK)
		return;
	cur = w->sb[w->as.best];
	vy_assembly_apply(&cur, &w->as, &w->wish, w->next_gen++);
	for (k = 0; k < w->n; k++)
		if (w->as.targets & 1U << k) {
			cur.slot[k].state = VY_SLOT_TARGET;
			cur.slot[k].base_gen = cur.gen;
		}
	for (i = 0; i < w->n; i++) {
		struct vy_sb *sb = &w->sb[i];
		u8 block[VY_BLOCK];
		struct vy_sb back;

		if (!((w->as.members | w->as.targets) & 1U << i))
			continue;
		memcpy(cur.self_uuid, sb->self_uuid, 16);
		cur.self_slot = i;
		cur.seq = sb->seq + 1;
		cur.flags = w->as.targets & 1U << i ? VY_SB_INCONSISTENT : 0;
		*sb = cur;
		/* whatever a verdict leads to is a superblock that can be read again */
		vy_super_encode(sb, block);
		CHECK_EQ(vy_super_decode(block, &back), VY_SUPER_OK);
	}
}

/* Leg l lacks nothing any more. */
static void world_joined(struct world *w, u8 on, int l)
{
	u32 i;

	for (i = 0; i < w->n; i++)
		if ((on | 1U << l) & 1U << i) {
			w->sb[i].slot[l].state = VY_SLOT_MEMBER;
			w->sb[i].slot[l].base_gen = 0;
		}
	w->sb[l].flags = 0;
}

#define EXPECT(w, b, m, t, f, g) do { \
	CHECK_EQ((w)->as.best, b); \
	CHECK_EQ((w)->as.members, m); \
	CHECK_EQ((w)->as.targets, t); \
	CHECK_EQ((w)->as.full, f); \
	CHECK_EQ((w)->as.given_up, g); \
} while (0)

static void test_nothing_asked_for(void)
{
	struct world w;

	world_make(&w, 4, 2);
	CHECK_EQ(world_assemble(&w, 3), VY_ASSEMBLE_OK);
	EXPECT(&w, 0, 3, 0, 0, 0);
	CHECK_EQ(w.as.bump | w.as.added | w.as.removed, 0);
	CHECK(!vy_assembly_apply(&w.sb[0], &w.as, &w.wish, 7));
	CHECK_EQ(w.sb[0].gen, 1);
}

static void test_leg_added(void)
{
	struct world w;

	world_make(&w, 4, 2);
	world_blank(&w, 2, 'n');
	world_activate(&w, 7);
	EXPECT(&w, 0, 3, 4, 4, 0);
	CHECK_EQ(w.as.added, 4);
	CHECK_EQ(w.as.bump, 0);
	/* half-way: a target like any other, by its map */
	world_activate(&w, 7);
	EXPECT(&w, 0, 3, 4, 0, 0);
	world_joined(&w, 3, 2);
	world_activate(&w, 7);
	EXPECT(&w, 0, 7, 0, 0, 0);
}

/* The first leg was told of the new one, the second was not when power went. */
static void test_leg_added_by_half(void)
{
	struct world w;
	struct vy_sb before;

	world_make(&w, 4, 2);
	world_blank(&w, 2, 'n');
	before = w.sb[0];
	world_activate(&w, 7);
	w.sb[0] = before;
	world_activate(&w, 7);
	EXPECT(&w, 0, 3, 4, 4, 0);
	CHECK_EQ(w.as.added, 4);
}

static void test_leg_added_while_absent(void)
{
	struct world w;

	world_make(&w, 4, 2);
	world_blank(&w, 2, 'n');
	world_activate(&w, 3);
	EXPECT(&w, 0, 3, 0, 0, 0);
	CHECK_EQ(w.sb[0].slot[2].state, VY_SLOT_AWAY);
	world_activate(&w, 7);
	EXPECT(&w, 0, 3, 4, 4, 0);
}

/* A slot used anew: another leg than the superblocks know. */
static void test_leg_replaced(void)
{
	struct world w;

	world_make(&w, 2, 2);
	world_blank(&w, 1, 'n');
	world_activate(&w, 3);
	EXPECT(&w, 0, 1, 2, 2, 0);
	CHECK_EQ(w.as.added, 2);
	CHECK_EQ(w.as.removed, 2);
	CHECK(w.as.bump);
}

static void test_leg_removed(void)
{
	struct world w;

	world_make(&w, 4, 3);
	w.wish.used = 3;
	world_activate(&w, 3);
	EXPECT(&w, 0, 3, 0, 0, 0);
	CHECK_EQ(w.as.removed, 4);
	CHECK_EQ(w.sb[0].slot[2].state, VY_SLOT_EMPTY);
	CHECK_EQ(w.sb[1].gen, 100);
	/* the volume group was not told: it comes back, and is copied in full */
	w.wish.used = 7;
	world_activate(&w, 7);
	EXPECT(&w, 0, 3, 4, 4, 0);
	CHECK_EQ(w.as.added, 4);
}

/* The slot lowest in number is the one that goes. */
static void test_first_leg_removed(void)
{
	struct world w;

	world_make(&w, 4, 2);
	w.wish.used = 2;
	world_activate(&w, 2);
	EXPECT(&w, 1, 2, 0, 0, 0);
	CHECK_EQ(w.as.removed, 1);
}

/* A leg that the volume group names and nobody knows, with data of its own. */
static void test_stranger_is_refused(void)
{
	struct world w;

	world_make(&w, 4, 2);
	world_blank(&w, 2, 's');
	w.sb[2].flags = 0;
	w.sb[2].slot[2].state = VY_SLOT_MEMBER;
	w.sb[2].slot[2].base_gen = 0;
	CHECK_EQ(world_assemble(&w, 7), VY_ASSEMBLE_MISMATCH);
}

static void test_blank_leg_alone(void)
{
	struct world w;

	world_make(&w, 4, 2);
	world_blank(&w, 2, 'n');
	CHECK_EQ(world_assemble(&w, 4), VY_ASSEMBLE_NO_SOURCE);
}

static void test_split_and_return_unwritten(void)
{
	struct world w;

	world_make(&w, 4, 2);
	w.wish.split = 2;
	world_activate(&w, 1);
	EXPECT(&w, 0, 1, 0, 0, 0);
	CHECK(w.as.bump);
	CHECK_EQ(w.sb[0].slot[1].state, VY_SLOT_SPLIT);
	CHECK_EQ(w.sb[0].slot[1].base_gen, 1);
	/* not asked back: left alone */
	w.wish.split = 0;
	CHECK_EQ(world_assemble(&w, 3), VY_ASSEMBLE_OK);
	EXPECT(&w, 0, 1, 0, 0, 0);
	w.wish.discard = 2;
	world_activate(&w, 3);
	EXPECT(&w, 0, 1, 2, 0, 0);
	world_activate(&w, 3);
	EXPECT(&w, 0, 1, 2, 0, 0);
	world_joined(&w, 1, 1);
	world_activate(&w, 3);
	EXPECT(&w, 0, 3, 0, 0, 0);
}

/* Both sides went on: the union of both maps, in either direction. */
static void test_split_and_return_written(void)
{
	struct world w, back;

	world_make(&w, 4, 2);
	w.wish.split = 2;
	world_activate(&w, 1);
	w.wish.split = 0;
	world_activate(&w, 2);
	CHECK_EQ(w.sb[1].slot[0].base_gen, 1);
	CHECK_EQ(world_assemble(&w, 3), VY_ASSEMBLE_SPLIT);

	back = w;
	back.wish.discard = 2;
	world_activate(&back, 3);
	EXPECT(&back, 0, 1, 2, 0, 2);
	/* cut off: the members' map holds everything by now */
	world_activate(&back, 3);
	EXPECT(&back, 0, 1, 2, 0, 0);

	w.wish.discard = 1;
	world_activate(&w, 3);
	EXPECT(&w, 1, 2, 1, 0, 1);
	world_joined(&w, 2, 0);
	world_activate(&w, 3);
	EXPECT(&w, 1, 3, 0, 0, 0);
}

/* The volume from a copy that was never written: its map of the copy counts. */
static void test_restore_from_unwritten_copy(void)
{
	struct world w;

	world_make(&w, 4, 2);
	w.wish.split = 2;
	world_activate(&w, 1);
	w.wish.split = 0;
	w.wish.discard = 1;
	world_activate(&w, 3);
	EXPECT(&w, 1, 2, 1, 0, 1);
	CHECK(w.as.bump);
}

/* Several generations on each side do not matter: the base stays. */
static void test_return_after_more_losses(void)
{
	struct world w;

	world_make(&w, 4, 3);
	w.wish.split = 4;
	world_activate(&w, 3);
	world_activate(&w, 1);	/* 1 is gone as well */
	w.wish.split = 0;
	world_activate(&w, 4);
	w.wish.discard = 4;
	world_activate(&w, 7);
	EXPECT(&w, 0, 1, 6, 0, 4);
}

/* What has no common point in the maps is copied whole. */
static void test_discard_without_common_base(void)
{
	struct world w;

	world_make(&w, 4, 2);
	world_activate(&w, 1);
	world_activate(&w, 2);
	w.sb[1].slot[0].base_gen = 77;
	w.wish.discard = 2;
	world_activate(&w, 3);
	EXPECT(&w, 0, 1, 2, 2, 0);
}

/* Three ways at once, and two of them given up. */
static void test_three_sides(void)
{
	struct world w;

	world_make(&w, 4, 3);
	world_activate(&w, 1);
	world_activate(&w, 2);
	world_activate(&w, 4);
	CHECK_EQ(world_assemble(&w, 7), VY_ASSEMBLE_SPLIT);
	w.wish.discard = 5;
	world_activate(&w, 7);
	EXPECT(&w, 1, 2, 5, 0, 5);
}

/* Giving up a leg that is a member all along changes nothing. */
static void test_discard_of_a_member(void)
{
	struct world w;

	world_make(&w, 4, 2);
	w.wish.discard = 2;
	CHECK_EQ(world_assemble(&w, 3), VY_ASSEMBLE_OK);
	EXPECT(&w, 0, 3, 0, 0, 0);
	CHECK_EQ(w.as.bump, 0);
}

static void test_nothing_left_to_lead(void)
{
	struct world w;

	world_make(&w, 4, 2);
	w.wish.discard = 3;
	CHECK_EQ(world_assemble(&w, 3), VY_ASSEMBLE_NO_SOURCE);
}

/* A partial leg counts as a member and never leads. */
static void test_partial_leg(void)
{
	struct world w;

	world_make(&w, 4, 3);
	w.wish.partial = 1;
	CHECK_EQ(world_assemble(&w, 7), VY_ASSEMBLE_OK);
	EXPECT(&w, 1, 7, 0, 0, 0);
	CHECK_EQ(world_assemble(&w, 1), VY_ASSEMBLE_NO_SOURCE);
	CHECK_EQ(world_assemble(&w, 3), VY_ASSEMBLE_OK);
	EXPECT(&w, 1, 3, 0, 0, 0);
	CHECK(w.as.bump);
	/* what it knows of a newer side still counts */
	world_activate(&w, 3);
	CHECK_EQ(world_assemble(&w, 5), VY_ASSEMBLE_NO_SOURCE);
}

static const struct unit_test tests[] = {
	UNIT(test_nothing_asked_for),
	UNIT(test_leg_added),
	UNIT(test_leg_added_by_half),
	UNIT(test_leg_added_while_absent),
	UNIT(test_leg_replaced),
	UNIT(test_leg_removed),
	UNIT(test_first_leg_removed),
	UNIT(test_stranger_is_refused),
	UNIT(test_blank_leg_alone),
	UNIT(test_split_and_return_unwritten),
	UNIT(test_split_and_return_written),
	UNIT(test_restore_from_unwritten_copy),
	UNIT(test_return_after_more_losses),
	UNIT(test_discard_without_common_base),
	UNIT(test_three_sides),
	UNIT(test_discard_of_a_member),
	UNIT(test_nothing_left_to_lead),
	UNIT(test_partial_leg),
};
UNIT_MAIN(tests)
