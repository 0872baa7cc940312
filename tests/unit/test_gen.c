// SPDX-License-Identifier: GPL-2.0
/*
 * Lineage and membership: the rules of docs/format.md row by row, then the
 * histories that a set can have, told step by step.
 */
#include "unit.h"
#include "../../kernel/core/gen.h"

/* The superblocks of a set of up to eight legs; present says who is there. */
struct world {
	struct vy_sb sb[VY_MAX_SLOTS];
	u32 n;
	u64 next_gen;
};

static void world_make(struct world *w, u32 n)
{
	u32 i, k;

	memset(w, 0, sizeof(*w));
	w->n = n;
	w->next_gen = 2;
	for (i = 0; i < n; i++) {
		struct vy_sb *sb = &w->sb[i];

		memcpy(sb->set_uuid, "a set of mirrors", 16);
		sb->gen = 1;
		sb->self_slot = i;
		sb->type = VY_TYPE_MIRROR;
		vy_geom_init(&sb->geom, n, 12, 22, 1 << 20);
		sb->sa_sectors = sb->geom.sa_bytes / 512;
		for (k = 0; k < n; k++) {
			memcpy(sb->slot[k].leg_uuid, "leg number 0....", 16);
			sb->slot[k].leg_uuid[11] = '0' + k;
			sb->slot[k].state = VY_SLOT_MEMBER;
		}
		memcpy(sb->self_uuid, sb->slot[i].leg_uuid, 16);
	}
}

/* Leg `from` takes the others in `missing` for away; written to `on`, `from` among them. */
static void world_bump(struct world *w, int from, u8 on, u8 missing)
{
	struct vy_sb image = w->sb[from];
	u32 i;

	vy_gen_bump(&image, w->next_gen++, missing, VY_SLOT_AWAY);
	for (i = 0; i < w->n; i++) {
		if (!(on & 1U << i))
			continue;
		w->sb[i].gen = image.gen;
		w->sb[i].prev_gen = image.prev_gen;
		memcpy(w->sb[i].hist, image.hist, sizeof(image.hist));
		memcpy(w->sb[i].slot, image.slot, sizeof(image.slot));
	}
}

/* Leg l becomes a target of `from`: its own superblock first, then those in `on`. */
static void world_join(struct world *w, int from, u8 on, int l)
{
	u32 i;

	w->sb[l].gen = w->sb[from].gen;
	w->sb[l].prev_gen = w->sb[from].prev_gen;
	memcpy(w->sb[l].hist, w->sb[from].hist, sizeof(w->sb[l].hist));
	memcpy(w->sb[l].slot, w->sb[from].slot, sizeof(w->sb[l].slot));
	w->sb[l].flags |= VY_SB_INCONSISTENT;
	for (i = 0; i < w->n; i++) {
		if (!(on & 1U << i))
			continue;
		w->sb[i].slot[l].state = VY_SLOT_TARGET;
		w->sb[i].slot[l].base_gen = w->sb[from].gen;
	}
}

static void world_assemble(const struct world *w, u8 present, struct vy_assembly *out)
{
	const struct vy_sb *sb[VY_MAX_SLOTS] = { NULL };
	u32 i;

	for (i = 0; i < w->n; i++)
		if (present & 1U << i)
			sb[i] = &w->sb[i];
	memset(out, 0xa5, sizeof(*out));
	vy_assemble(sb, w->n, NULL, out);
}

#define EXPECT_OK(w, present, b, m, t, f, miss, bmp) do { \
	struct vy_assembly as_; \
	world_assemble(w, present, &as_); \
	CHECK_EQ(as_.verdict, VY_ASSEMBLE_OK); \
	CHECK_EQ(as_.best, b); \
	CHECK_EQ(as_.members, m); \
	CHECK_EQ(as_.targets, t); \
	CHECK_EQ(as_.full, f); \
	CHECK_EQ(as_.missing, miss); \
	CHECK_EQ(as_.bump, bmp); \
} while (0)

#define EXPECT_REFUSED(w, present, why, a, b) do { \
	struct vy_assembly as_; \
	world_assemble(w, present, &as_); \
	CHECK_EQ(as_.verdict, why); \
	CHECK_EQ(as_.best, -1); \
	CHECK_EQ(as_.leg, a); \
	CHECK_EQ(as_.other, b); \
	CHECK_EQ(as_.members | as_.targets | as_.full | as_.missing | as_.bump, 0); \
} while (0)

/* Both ways round: swapping the legs must swap the verdict. */
static void check_rel(const struct vy_sb *a, const struct vy_sb *b, enum vy_rel want)
{
	static const enum vy_rel swapped[VY_REL_NR] = {
		[VY_REL_UNRELATED] = VY_REL_UNRELATED,
		[VY_REL_SAME] = VY_REL_SAME,
		[VY_REL_B_LAGS] = VY_REL_A_LAGS,
		[VY_REL_A_LAGS] = VY_REL_B_LAGS,
		[VY_REL_A_NEWER] = VY_REL_B_NEWER,
		[VY_REL_B_NEWER] = VY_REL_A_NEWER,
		[VY_REL_SPLIT] = VY_REL_SPLIT,
		[VY_REL_A_NEWER_FULL] = VY_REL_B_NEWER_FULL,
		[VY_REL_B_NEWER_FULL] = VY_REL_A_NEWER_FULL,
	};

	CHECK_STR(vy_rel_name(vy_gen_compare(a, b)), vy_rel_name(want));
	CHECK_STR(vy_rel_name(vy_gen_compare(b, a)), vy_rel_name(swapped[want]));
}

static void set_lineage(struct vy_sb *sb, u64 gen, u64 h0, u64 h1)
{
	sb->gen = gen;
	sb->prev_gen = h0;
	sb->hist[0] = h0;
	sb->hist[1] = h1;
}

static void call_away(struct vy_sb *sb, int l, u64 base)
{
	sb->slot[l].state = VY_SLOT_AWAY;
	sb->slot[l].base_gen = base;
}

/* ---- the rules, one test for each row of the table ---- */

static void test_rule_unrelated(void)
{
	struct world w;

	world_make(&w, 2);
	w.sb[1].set_uuid[15] ^= 1;
	check_rel(&w.sb[0], &w.sb[1], VY_REL_UNRELATED);
}

static void test_rule_same(void)
{
	struct world w;

	world_make(&w, 2);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_SAME);
	call_away(&w.sb[0], 1, 1);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_SAME);
}

static void test_rule_each_the_others_past(void)
{
	struct world w;

	world_make(&w, 2);
	set_lineage(&w.sb[0], 7, 5, 0);
	set_lineage(&w.sb[1], 5, 7, 0);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_SPLIT);	/* over "lags" */
	call_away(&w.sb[0], 1, 5);
	call_away(&w.sb[1], 0, 7);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_SPLIT);	/* over "newer by map" */
	world_make(&w, 2);
	set_lineage(&w.sb[0], 7, 3, 5);
	set_lineage(&w.sb[1], 5, 3, 7);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_SPLIT);	/* over "newer by history" */
}

static void test_rule_lags(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 0, 1, 4);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_B_LAGS);
	/* Not when the one behind had already given up the other. */
	call_away(&w.sb[1], 0, 1);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_A_NEWER_FULL);
	/* Nor two generations behind. */
	world_make(&w, 3);
	world_bump(&w, 0, 1, 4);
	world_bump(&w, 0, 1, 0);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_A_NEWER_FULL);
}

static void test_rule_newer_by_map(void)
{
	struct world w;

	world_make(&w, 2);
	world_bump(&w, 0, 1, 2);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_A_NEWER);
	world_bump(&w, 0, 1, 0);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_A_NEWER);
}

static void test_rule_split_from_one_point(void)
{
	struct world w;

	world_make(&w, 2);
	world_bump(&w, 0, 1, 2);
	world_bump(&w, 1, 2, 1);
	CHECK_EQ(w.sb[0].slot[1].base_gen, w.sb[1].slot[0].base_gen);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_SPLIT);
}

/*
 * The records of an unfinished target are its source's: that 0 was away from
 * the same point as 2 says nothing against 0, which has come back since.
 */
static void test_rule_split_needs_whole_legs(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 1, 2, 5);	/* 1 alone */
	world_join(&w, 1, 0, 2);	/* 2 is about to return, cut off */
	world_join(&w, 1, 2, 0);	/* 0 returns, all the way */
	w.sb[1].slot[0].state = VY_SLOT_MEMBER;
	w.sb[1].slot[0].base_gen = 0;
	w.sb[0].flags = 0;
	memcpy(w.sb[0].slot, w.sb[1].slot, sizeof(w.sb[0].slot));
	world_bump(&w, 0, 1, 2);	/* and goes on alone */
	CHECK_EQ(w.sb[0].slot[2].base_gen, w.sb[2].slot[0].base_gen);
	check_rel(&w.sb[0], &w.sb[2], VY_REL_A_NEWER_FULL);
	EXPECT_OK(&w, 7, 0, 1, 6, 4, 0, false);
	w.sb[2].flags = 0;
	check_rel(&w.sb[0], &w.sb[2], VY_REL_SPLIT);
}

static void test_rule_newer_by_history(void)
{
	struct world w;

	world_make(&w, 2);
	world_bump(&w, 0, 1, 2);
	call_away(&w.sb[0], 1, 99);	/* the map begins elsewhere */
	check_rel(&w.sb[0], &w.sb[1], VY_REL_A_NEWER_FULL);
	/* A leg that a does not know under this uuid has no map either. */
	world_make(&w, 2);
	world_bump(&w, 0, 1, 2);
	w.sb[1].self_uuid[0] ^= 1;
	check_rel(&w.sb[0], &w.sb[1], VY_REL_A_NEWER_FULL);
}

static void test_rule_diverged(void)
{
	struct world w;

	world_make(&w, 2);
	set_lineage(&w.sb[0], 7, 6, 0);
	set_lineage(&w.sb[1], 9, 8, 0);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_SPLIT);
}

static void test_history_is_bounded(void)
{
	struct world w;
	int i;

	world_make(&w, 2);
	world_bump(&w, 0, 1, 2);
	call_away(&w.sb[0], 1, 99);
	for (i = 1; i < VY_HIST; i++)
		world_bump(&w, 0, 1, 0);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_A_NEWER_FULL);
	world_bump(&w, 0, 1, 0);
	check_rel(&w.sb[0], &w.sb[1], VY_REL_SPLIT);
}

/* Zero is no generation: empty history and missing bases must not match it. */
static void test_zero_matches_nothing(void)
{
	struct world w;

	world_make(&w, 2);
	w.sb[1].gen = 0;
	check_rel(&w.sb[0], &w.sb[1], VY_REL_SPLIT);
	w.sb[0].gen = 0;
	check_rel(&w.sb[0], &w.sb[1], VY_REL_SPLIT);
}

static void test_rel_names(void)
{
	enum vy_rel r, q;

	for (r = 0; r < VY_REL_NR; r++)
		for (q = 0; q < r; q++)
			CHECK(strcmp(vy_rel_name(r), vy_rel_name(q)));
	CHECK_STR(vy_rel_name(VY_REL_NR), "invalid");
}

/* ---- the bump ---- */

static void test_bump(void)
{
	struct world w;
	struct vy_sb *sb = &w.sb[0];
	int i;

	world_make(&w, 4);
	vy_gen_bump(sb, 50, 1 << 1, VY_SLOT_FAILED);
	CHECK_EQ(sb->gen, 50);
	CHECK_EQ(sb->prev_gen, 1);
	CHECK_EQ(sb->hist[0], 1);
	CHECK_EQ(sb->hist[1], 0);
	CHECK_EQ(sb->slot[1].state, VY_SLOT_FAILED);
	CHECK_EQ(sb->slot[1].base_gen, 1);
	CHECK_EQ(sb->slot[2].state, VY_SLOT_MEMBER);
	CHECK_EQ(sb->slot[2].base_gen, 0);

	/* What is already away keeps the generation its map reaches back to. */
	vy_gen_bump(sb, 51, 1 << 1 | 1 << 2 | 1 << 6, VY_SLOT_AWAY);
	CHECK_EQ(sb->slot[1].state, VY_SLOT_AWAY);
	CHECK_EQ(sb->slot[1].base_gen, 1);
	CHECK_EQ(sb->slot[2].base_gen, 50);
	CHECK_EQ(sb->slot[6].state, VY_SLOT_EMPTY);
	CHECK_EQ(sb->slot[6].base_gen, 0);
	CHECK_EQ(sb->hist[0], 50);
	CHECK_EQ(sb->hist[1], 1);

	/* A target goes on receiving writes: it is handed the new generation. */
	sb->slot[3].state = VY_SLOT_TARGET;
	sb->slot[3].base_gen = 51;
	vy_gen_bump(sb, 52, 0, VY_SLOT_AWAY);
	CHECK_EQ(sb->slot[3].state, VY_SLOT_TARGET);
	CHECK_EQ(sb->slot[3].base_gen, 52);
	CHECK_EQ(sb->slot[1].base_gen, 1);
	CHECK_EQ(sb->slot[2].base_gen, 50);
	/* Unless it is among the missing. */
	vy_gen_bump(sb, 53, 1 << 3, VY_SLOT_AWAY);
	CHECK_EQ(sb->slot[3].state, VY_SLOT_AWAY);
	CHECK_EQ(sb->slot[3].base_gen, 52);

	for (i = 0; i < 100; i++)
		vy_gen_bump(sb, 100 + i, 0, VY_SLOT_AWAY);
	for (i = 0; i < VY_HIST; i++)
		CHECK_EQ(sb->hist[i], 198 - i);
}

/* What a bump leaves behind passes the checks of the codec. */
static void test_bump_stays_valid(void)
{
	struct world w;
	struct vy_sb out;
	u8 block[VY_BLOCK];
	int i;

	world_make(&w, 3);
	for (i = 0; i < 40; i++) {
		vy_gen_bump(&w.sb[0], 1000 + i, i & 1 ? 1 << 1 : 1 << 2, VY_SLOT_AWAY);
		vy_super_encode(&w.sb[0], block);
		CHECK_EQ(vy_super_decode(block, &out), VY_SUPER_OK);
	}
}

/* ---- assembling ---- */

static void test_fresh_set_any_subset(void)
{
	struct world w;
	u32 n, present;

	for (n = 1; n <= VY_MAX_SLOTS; n++) {
		const u32 all = (1U << n) - 1;

		world_make(&w, n);
		for (present = 1; present <= all; present++)
			EXPECT_OK(&w, present, __builtin_ctz(present), present, 0, 0,
				  all & ~present, present != all);
		EXPECT_REFUSED(&w, 0, VY_ASSEMBLE_NO_LEG, -1, -1);
	}
}

/* Any part of the set goes on without the rest, then all come back. */
static void test_one_part_goes_on_alone(void)
{
	struct world w;
	u32 n, part, present;

	for (n = 2; n <= VY_MAX_SLOTS; n++) {
		const u32 all = (1U << n) - 1;

		for (part = 1; part < all; part++) {
			world_make(&w, n);
			world_bump(&w, __builtin_ctz(part), part, all & ~part);
			for (present = 1; present <= all; present++) {
				const u32 m = present & part, lost = part & ~present;
				const u32 lowest = __builtin_ctz(m ? m : present);

				/* The part that went on leads; without it the others go on. */
				if (m)
					EXPECT_OK(&w, present, lowest, m, present & ~part, 0,
						  lost, lost != 0);
				else
					EXPECT_OK(&w, present, lowest, present, 0, 0,
						  all & ~present, true);
			}
		}
	}
}

/* Two disjoint parts went on alone: together they are refused. */
static void test_two_parts_went_on_alone(void)
{
	struct world w;
	u32 n, part, present;

	for (n = 2; n <= VY_MAX_SLOTS; n++) {
		const u32 all = (1U << n) - 1;

		for (part = 1; part < all; part++) {
			world_make(&w, n);
			world_bump(&w, __builtin_ctz(part), part, all & ~part);
			world_bump(&w, __builtin_ctz(all & ~part), all & ~part, part);
			for (present = 1; present <= all; present++) {
				const u32 ours = present & part, theirs = present & ~part;
				struct vy_assembly as;
				enum vy_verdict want = VY_ASSEMBLE_OK;

				if (ours && theirs)
					want = VY_ASSEMBLE_SPLIT;
				world_assemble(&w, present, &as);
				CHECK_EQ(as.verdict, want);
				if (!ours || !theirs) {
					CHECK_EQ(as.members, present);
					continue;
				}
				CHECK_EQ(as.leg, __builtin_ctz(present));
				CHECK_EQ(as.other, __builtin_ctz(as.leg == __builtin_ctz(ours) ?
								 theirs : ours));
			}
		}
	}
}

/* Two went on alone, a third did not: the refusal names the two. */
static void test_split_names_its_sides(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 1, 2, 5);
	world_bump(&w, 2, 4, 3);
	EXPECT_REFUSED(&w, 7, VY_ASSEMBLE_SPLIT, 1, 2);
	EXPECT_OK(&w, 3, 1, 2, 1, 0, 0, false);
}

/* A crash while the bump is written: those who have it and those who have not. */
static void test_bump_cut_off(void)
{
	struct world w;
	u32 n, done;

	for (n = 3; n <= VY_MAX_SLOTS; n++) {
		const u32 lost = 1U << (n - 1), rest = lost - 1;

		for (done = 1; done < rest; done++) {
			world_make(&w, n);
			world_bump(&w, __builtin_ctz(done), done, lost);
			/* The lost leg returns as a target, all others are members. */
			EXPECT_OK(&w, rest, __builtin_ctz(done), rest, 0, 0, 0, true);
			EXPECT_OK(&w, rest | lost, __builtin_ctz(done), rest, lost, 0, 0, true);
			/* Without those who know, the lost leg is as good as the others. */
			EXPECT_OK(&w, (rest & ~done) | lost, __builtin_ctz(rest & ~done),
				  (rest & ~done) | lost, 0, 0, done, true);
		}
	}
}

/* Two bumps in a row that one member missed: safe, though by full copy. */
static void test_bump_cut_off_twice(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 0, 1, 4);
	world_bump(&w, 0, 1, 0);
	EXPECT_OK(&w, 3, 0, 1, 2, 2, 2, true);
}

static void test_target(void)
{
	struct world w;

	world_make(&w, 2);
	world_bump(&w, 0, 1, 2);
	/* The target's superblock is written, the other's record is not yet. */
	world_join(&w, 0, 0, 1);
	EXPECT_OK(&w, 3, 0, 1, 2, 0, 0, false);
	/* Now both are. Absent, the target may hold this generation: bump. */
	world_join(&w, 0, 1, 1);
	EXPECT_OK(&w, 3, 0, 1, 2, 0, 0, false);
	EXPECT_OK(&w, 1, 0, 1, 0, 0, 2, true);
	EXPECT_REFUSED(&w, 2, VY_ASSEMBLE_NO_SOURCE, -1, -1);
	/* After that bump the target is behind by map, and asks for no more bumps. */
	world_bump(&w, 0, 1, 2);
	EXPECT_OK(&w, 1, 0, 1, 0, 0, 0, false);
	EXPECT_OK(&w, 3, 0, 1, 2, 0, 0, false);
}

/* A member is lost while a target is present: the bump sets the target aside. */
static void test_target_during_bump(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 0, 3, 4);
	world_join(&w, 0, 3, 2);
	EXPECT_OK(&w, 7, 0, 3, 4, 0, 0, false);
	EXPECT_OK(&w, 5, 0, 1, 4, 0, 6, true);
	world_bump(&w, 0, 1, 6);
	EXPECT_OK(&w, 5, 0, 1, 4, 0, 0, false);
}

/*
 * A target that was written to under a generation which no whole leg here
 * knows: what it holds is not in any map, so nobody may resync it by map.
 */
static void test_target_of_an_absent_lineage(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 0, 3, 4);
	world_join(&w, 0, 3, 2);
	world_bump(&w, 0, 1 | 4, 2);
	CHECK_EQ(w.sb[0].slot[2].base_gen, w.sb[0].gen);
	EXPECT_OK(&w, 7, 0, 1, 6, 0, 0, false);
	EXPECT_REFUSED(&w, 6, VY_ASSEMBLE_NO_SOURCE, 1, 2);
}

/* Others say member already, the target's own superblock does not yet. */
static void test_target_almost_done(void)
{
	struct world w;

	world_make(&w, 2);
	world_bump(&w, 0, 1, 2);
	world_join(&w, 0, 1, 1);
	w.sb[0].slot[1].state = VY_SLOT_MEMBER;
	w.sb[0].slot[1].base_gen = 0;
	EXPECT_OK(&w, 3, 0, 1, 2, 0, 2, true);
	EXPECT_OK(&w, 1, 0, 1, 0, 0, 2, true);
	EXPECT_REFUSED(&w, 2, VY_ASSEMBLE_NO_SOURCE, -1, -1);
}

/* One of two members still calls the target away, the other a member. */
static void test_target_recorded_by_half(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 0, 3, 4);
	world_join(&w, 0, 3, 2);
	w.sb[1].slot[2].state = VY_SLOT_MEMBER;
	w.sb[1].slot[2].base_gen = 0;
	EXPECT_OK(&w, 3, 0, 3, 0, 0, 4, true);
	EXPECT_OK(&w, 7, 0, 3, 4, 0, 4, true);
}

static void test_target_needs_full(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 0, 3, 4);
	world_join(&w, 0, 3, 2);
	w.sb[2].flags |= VY_SB_NEEDS_FULL;
	EXPECT_OK(&w, 7, 0, 3, 4, 4, 0, false);
	/* A status area made anew for a leg that the others still count in. */
	world_make(&w, 2);
	w.sb[1].flags = VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL;
	EXPECT_OK(&w, 3, 0, 1, 2, 2, 2, true);
}

/*
 * The only leg that is whole knows less than the unfinished target: starting
 * from it would undo what the target's source had acknowledged.
 */
static void test_target_newer_than_source(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 0, 3, 4);	/* 2 is away */
	world_bump(&w, 0, 1, 2);	/* then 1 */
	world_join(&w, 0, 1, 2);	/* 2 comes back to 0 */
	EXPECT_OK(&w, 7, 0, 1, 6, 0, 0, false);
	EXPECT_REFUSED(&w, 6, VY_ASSEMBLE_NO_SOURCE, 1, 2);
}

/* Same generation, in sync by its own word, out of sync by another's. */
static void test_contradiction_is_refused(void)
{
	struct world w;
	int a, b;

	for (a = 0; a < 4; a++) {
		for (b = 0; b < 4; b++) {
			if (a == b)
				continue;
			world_make(&w, 4);
			call_away(&w.sb[a], b, 9);
			EXPECT_REFUSED(&w, 15, VY_ASSEMBLE_SPLIT, a, b);
		}
	}
}

static void test_own_word_counts(void)
{
	struct world w;

	world_make(&w, 2);
	call_away(&w.sb[0], 0, 9);
	EXPECT_REFUSED(&w, 1, VY_ASSEMBLE_NO_SOURCE, -1, -1);
	/* The other leg counts it in, it does not: a target, recorded as away. */
	EXPECT_OK(&w, 3, 1, 2, 1, 0, 1, true);
}

static void test_split_copy_is_left_alone(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 0, 3, 4);
	w.sb[0].slot[2].state = w.sb[1].slot[2].state = VY_SLOT_SPLIT;
	EXPECT_OK(&w, 7, 0, 3, 0, 0, 0, false);
	EXPECT_OK(&w, 3, 0, 3, 0, 0, 0, false);
	w.sb[0].slot[2].state = w.sb[1].slot[2].state = VY_SLOT_FAILED;
	EXPECT_OK(&w, 7, 0, 3, 4, 0, 0, false);
}

static void test_empty_slots(void)
{
	struct world w;
	int i;

	world_make(&w, 4);
	for (i = 0; i < 4; i++)
		memset(&w.sb[i].slot[2], 0, sizeof(w.sb[i].slot[2]));
	EXPECT_OK(&w, 11, 0, 11, 0, 0, 0, false);
	EXPECT_OK(&w, 1, 0, 1, 0, 0, 10, true);
	EXPECT_REFUSED(&w, 15, VY_ASSEMBLE_MISMATCH, 0, 2);

	/* One member still counts in what the best has emptied. */
	world_make(&w, 3);
	memset(&w.sb[0].slot[2], 0, sizeof(w.sb[0].slot[2]));
	EXPECT_OK(&w, 3, 0, 3, 0, 0, 0, true);
}

static void test_mismatch(void)
{
	struct world w;

	world_make(&w, 3);
	w.sb[1].set_uuid[0] ^= 1;
	EXPECT_REFUSED(&w, 7, VY_ASSEMBLE_MISMATCH, 0, 1);
	world_make(&w, 3);
	w.sb[2].self_slot = 1;
	EXPECT_REFUSED(&w, 7, VY_ASSEMBLE_MISMATCH, 0, 2);
	EXPECT_REFUSED(&w, 4, VY_ASSEMBLE_MISMATCH, 2, 2);
	EXPECT_OK(&w, 3, 0, 3, 0, 0, 4, true);
	world_make(&w, 3);
	w.sb[2].type = VY_TYPE_RAID5;
	EXPECT_REFUSED(&w, 7, VY_ASSEMBLE_MISMATCH, 0, 2);
	world_make(&w, 3);
	w.sb[2].geom.data_sectors--;
	EXPECT_REFUSED(&w, 7, VY_ASSEMBLE_MISMATCH, 0, 2);
	world_make(&w, 3);
	w.sb[2].geom.region_shift++;
	EXPECT_REFUSED(&w, 7, VY_ASSEMBLE_MISMATCH, 0, 2);
	world_make(&w, 3);
	w.sb[2].geom.zone_shift++;
	EXPECT_REFUSED(&w, 7, VY_ASSEMBLE_MISMATCH, 0, 2);
	world_make(&w, 3);
	w.sb[2].geom.nslots = 2;
	EXPECT_REFUSED(&w, 7, VY_ASSEMBLE_MISMATCH, 0, 2);
	/* The table has another number of slots than the superblocks. */
	world_make(&w, 3);
	w.n = 2;
	EXPECT_REFUSED(&w, 3, VY_ASSEMBLE_MISMATCH, 0, 0);
}

/* A leg was replaced while it was away; the old one turns up in its slot. */
static void test_replaced_leg_turns_up(void)
{
	struct world w;

	world_make(&w, 2);
	world_bump(&w, 0, 1, 2);
	memcpy(w.sb[0].slot[1].leg_uuid, "the new leg no 1", 16);
	EXPECT_REFUSED(&w, 3, VY_ASSEMBLE_MISMATCH, 0, 1);
}

/* Three legs: one alone, then the two others alone; found out when all meet. */
static void test_newer_lineage_was_absent(void)
{
	struct world w;

	world_make(&w, 3);
	world_bump(&w, 2, 4, 3);
	EXPECT_OK(&w, 3, 0, 3, 0, 0, 4, true);
	world_bump(&w, 0, 3, 4);
	EXPECT_REFUSED(&w, 7, VY_ASSEMBLE_SPLIT, 0, 2);
	EXPECT_REFUSED(&w, 5, VY_ASSEMBLE_SPLIT, 0, 2);
	EXPECT_OK(&w, 3, 0, 3, 0, 0, 0, false);
	EXPECT_OK(&w, 4, 2, 4, 0, 0, 0, false);
}

/* A RAID5 needs all members but one, and legs that are behind do not count. */
static void test_few(void)
{
	struct world w;
	u32 i, l;

	world_make(&w, 4);
	for (i = 0; i < 4; i++) {
		w.sb[i].type = VY_TYPE_RAID5;
		w.sb[i].chunk_shift = 16;
	}
	EXPECT_OK(&w, 15, 0, 15, 0, 0, 0, false);
	EXPECT_OK(&w, 13, 0, 13, 0, 0, 2, true);
	EXPECT_REFUSED(&w, 12, VY_ASSEMBLE_FEW, 2, -1);
	EXPECT_REFUSED(&w, 2, VY_ASSEMBLE_FEW, 1, -1);
	/* leg 1 was left behind: it is here, and nothing can be read from it */
	world_bump(&w, 0, 13, 2);
	EXPECT_OK(&w, 15, 0, 13, 2, 0, 0, false);
	for (l = 0; l < 4; l++)
		if (l != 1)
			EXPECT_REFUSED(&w, 15 & ~(1U << l), VY_ASSEMBLE_FEW, l ? 0 : 2, -1);
	/* unfinished as a target it counts as little */
	world_join(&w, 0, 13, 1);
	EXPECT_REFUSED(&w, 7, VY_ASSEMBLE_FEW, 0, -1);
	/* another chunk is another set */
	w.sb[3].chunk_shift = 17;
	EXPECT_REFUSED(&w, 13, VY_ASSEMBLE_MISMATCH, 0, 3);
}

static const struct unit_test tests[] = {
	UNIT(test_rule_unrelated),
	UNIT(test_rule_same),
	UNIT(test_rule_each_the_others_past),
	UNIT(test_rule_lags),
	UNIT(test_rule_newer_by_map),
	UNIT(test_rule_split_from_one_point),
	UNIT(test_rule_split_needs_whole_legs),
	UNIT(test_rule_newer_by_history),
	UNIT(test_rule_diverged),
	UNIT(test_history_is_bounded),
	UNIT(test_zero_matches_nothing),
	UNIT(test_rel_names),
	UNIT(test_bump),
	UNIT(test_bump_stays_valid),
	UNIT(test_fresh_set_any_subset),
	UNIT(test_one_part_goes_on_alone),
	UNIT(test_two_parts_went_on_alone),
	UNIT(test_split_names_its_sides),
	UNIT(test_bump_cut_off),
	UNIT(test_bump_cut_off_twice),
	UNIT(test_target),
	UNIT(test_target_during_bump),
	UNIT(test_target_of_an_absent_lineage),
	UNIT(test_target_almost_done),
	UNIT(test_target_recorded_by_half),
	UNIT(test_target_needs_full),
	UNIT(test_target_newer_than_source),
	UNIT(test_contradiction_is_refused),
	UNIT(test_own_word_counts),
	UNIT(test_split_copy_is_left_alone),
	UNIT(test_empty_slots),
	UNIT(test_mismatch),
	UNIT(test_replaced_leg_turns_up),
	UNIT(test_newer_lineage_was_absent),
	UNIT(test_few),
};
UNIT_MAIN(tests)
