// SPDX-License-Identifier: GPL-2.0
/*
 * Random walks over what a volume group may ask of a set: legs added, removed,
 * replaced, split off, written on several sides, given up in either direction,
 * with power cuts between any two status-area writes.
 *
 * A session is one activation with some of the legs. Contents are a version
 * number for each region; what a leg's maps and superblock say lasts, the rest
 * is gone with the session. After every verdict, whatever the maps do not name
 * must be equal on a target and on the leg that it is copied from, and members
 * must be equal altogether.
 */
#include <stdlib.h>
#include "unit.h"
#include "../../kernel/core/gen.h"

#define SLOTS	4
#define REGIONS	10
#define WALKS	15000
#define STEPS	60

struct disk {			/* what lasts of one leg */
	bool exists;
	struct vy_sb sb;
	u32 data[REGIONS];
	bool stale[SLOTS][REGIONS];	/* its maps */
	bool wib[REGIONS];
	u8 side;		/* of the volume group that it belongs to: 0 the volume */
};

struct walk {
	struct disk disk[SLOTS];
	struct vy_wish wish;
	u32 version;
	u64 next_id;
	unsigned int seed;
	bool cut;		/* power has gone */
	int fuel;		/* status-area writes until then */
};

static u64 done_sessions, done_joins, done_given_up, done_splits;

static unsigned int rnd(struct walk *w, unsigned int n)
{
	w->seed = w->seed * 1103515245u + 12345u;
	return (w->seed >> 8) % n;
}

/* One status-area write; false when power went before it. */
static bool may_write(struct walk *w)
{
	if (w->cut || !w->fuel--)
		w->cut = true;
	return !w->cut;
}

static void name_leg(struct walk *w, u8 uuid[16])
{
	u64 id = ++w->next_id;

	memset(uuid, 'u', 16);
	memcpy(uuid, &id, sizeof(id));
}

static void blank_leg(struct walk *w, u32 l, const struct vy_sb *like)
{
	struct disk *d = &w->disk[l];
	u32 r;

	memset(d, 0, sizeof(*d));
	d->exists = true;
	memcpy(d->sb.set_uuid, like->set_uuid, 16);
	d->sb.geom = like->geom;
	d->sb.type = like->type;
	d->sb.sa_sectors = like->sa_sectors;
	d->sb.self_slot = l;
	d->sb.gen = ++w->next_id;
	d->sb.flags = VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL;
	name_leg(w, d->sb.self_uuid);
	memcpy(d->sb.slot[l].leg_uuid, d->sb.self_uuid, 16);
	d->sb.slot[l].state = VY_SLOT_TARGET;
	d->sb.slot[l].base_gen = d->sb.gen;
	memcpy(w->wish.uuid[l], d->sb.self_uuid, 16);
	w->wish.used |= 1U << l;
	for (r = 0; r < REGIONS; r++)
		d->data[r] = 0xdead0000u + ++w->version;
}

static void walk_make(struct walk *w, unsigned int seed)
{
	struct vy_sb first = { .type = VY_TYPE_MIRROR, .gen = 1 };
	u32 i, k, legs;

	memset(w, 0, sizeof(*w));
	w->seed = seed;
	w->next_id = 100;
	legs = 2 + rnd(w, 2);
	memcpy(first.set_uuid, "a set of mirrors", 16);
	vy_geom_init(&first.geom, SLOTS, 12, 22, 1 << 20);
	first.sa_sectors = first.geom.sa_bytes / 512;
	for (k = 0; k < legs; k++) {
		name_leg(w, first.slot[k].leg_uuid);
		first.slot[k].state = VY_SLOT_MEMBER;
		memcpy(w->wish.uuid[k], first.slot[k].leg_uuid, 16);
		w->wish.used |= 1U << k;
	}
	for (i = 0; i < legs; i++) {
		w->disk[i].exists = true;
		w->disk[i].sb = first;
		w->disk[i].sb.self_slot = i;
		memcpy(w->disk[i].sb.self_uuid, first.slot[i].leg_uuid, 16);
	}
}

/* A running set. */
struct session {
	struct vy_assembly as;
	struct vy_wish wish;
	struct vy_sb cur;
	u8 members, targets;
	bool lacks[SLOTS][REGIONS];	/* in memory */
	bool wib[REGIONS];
};

static void put_super(struct walk *w, struct session *s, u32 l, u32 flags)
{
	struct vy_sb *sb = &w->disk[l].sb;
	u8 block[VY_BLOCK];
	struct vy_sb back;
	u64 seq = sb->seq;
	u8 self[16];

	if (!may_write(w))
		return;
	memcpy(self, sb->self_uuid, 16);
	*sb = s->cur;
	memcpy(sb->self_uuid, self, 16);
	sb->self_slot = l;
	sb->seq = seq + 1;
	sb->flags = flags;
	vy_super_encode(sb, block);
	CHECK_EQ(vy_super_decode(block, &back), VY_SUPER_OK);
}

/* In a random order, as several disks may. */
static void put_supers(struct walk *w, struct session *s, u8 mask, u32 flags)
{
	u32 i, from = rnd(w, SLOTS);

	for (i = 0; i < SLOTS; i++)
		if (mask & 1U << (i + from) % SLOTS)
			put_super(w, s, (i + from) % SLOTS, flags);
}

static void put_maps(struct walk *w, struct session *s, u8 mask)
{
	u32 l;

	for (l = 0; l < SLOTS; l++)
		if (mask & 1U << l && may_write(w))
			memcpy(w->disk[l].stale, s->lacks, sizeof(s->lacks));
}

static void put_wibs(struct walk *w, struct session *s, u8 mask)
{
	u32 l;

	for (l = 0; l < SLOTS; l++)
		if (mask & 1U << l && may_write(w))
			memcpy(w->disk[l].wib, s->wib, sizeof(s->wib));
}

static void load_maps(struct walk *w, struct session *s)
{
	u32 l, m, r;

	for (m = 0; m < SLOTS; m++)
		for (r = 0; s->as.members & 1U << m && r < REGIONS; r++) {
			s->wib[r] |= w->disk[m].wib[r];
			for (l = 0; l < SLOTS; l++)
				if (!(s->as.members & 1U << l))
					s->lacks[l][r] |= w->disk[m].stale[l][r];
		}
	for (l = 0; l < SLOTS; l++)
		for (r = 0; r < REGIONS; r++) {
			u8 bit = 1U << l;

			if (s->as.members & bit || !(s->wish.used & bit))
				continue;
			s->lacks[l][r] |= s->wib[r] || ((s->as.added | s->as.full) & bit);
			if (s->as.targets & bit)
				s->lacks[l][r] |= w->disk[l].wib[r];
			if (s->as.given_up & bit)
				s->lacks[l][r] |= w->disk[l].stale[s->as.best][r];
		}
}

static void check_contents(struct walk *w, const struct session *s)
{
	u32 l, r;

	for (l = 0; l < SLOTS; l++)
		for (r = 0; r < REGIONS; r++) {
			u8 bit = 1U << l;

			if (s->members & bit)
				CHECK_EQ(w->disk[l].data[r], w->disk[s->as.best].data[r]);
			else if (s->targets & bit && !s->lacks[l][r])
				CHECK_EQ(w->disk[l].data[r], w->disk[s->as.best].data[r]);
		}
}

/* As the module does in preresume; false: refused, or power went. */
static bool activate(struct walk *w, struct session *s, u8 present)
{
	const struct vy_sb *sb[VY_MAX_SLOTS] = { NULL };
	u32 l, r;

	for (l = 0; l < SLOTS; l++)
		if (present & 1U << l)
			sb[l] = &w->disk[l].sb;
	vy_assemble(sb, SLOTS, &s->wish, &s->as);
	if (s->as.verdict != VY_ASSEMBLE_OK)
		return false;
	done_sessions++;
	done_given_up += !!s->as.given_up;
	s->cur = *sb[s->as.best];
	s->members = s->as.members;
	s->targets = s->as.targets;
	load_maps(w, s);
	/* members are made equal where they were being written */
	for (l = 0; l < SLOTS; l++)
		for (r = 0; s->members & 1U << l && r < REGIONS; r++)
			if (s->wib[r])
				w->disk[l].data[r] = w->disk[s->as.best].data[r];
	check_contents(w, s);

	put_wibs(w, s, s->members);
	if (s->as.added)
		put_maps(w, s, s->members);
	if (vy_assembly_apply(&s->cur, &s->as, &s->wish, ++w->next_id))
		put_supers(w, s, s->members, 0);
	if (s->targets) {
		put_maps(w, s, s->members);
		for (l = 0; l < SLOTS; l++)
			if (s->targets & 1U << l) {
				s->cur.slot[l].state = VY_SLOT_TARGET;
				s->cur.slot[l].base_gen = s->cur.gen;
			}
		put_supers(w, s, s->targets, VY_SB_INCONSISTENT);
		put_supers(w, s, s->members, 0);
	}
	return !w->cut;
}

static void write_region(struct walk *w, struct session *s)
{
	u32 r = rnd(w, REGIONS), l;

	s->wib[r] = true;
	put_wibs(w, s, s->members);
	if (w->cut)
		return;
	w->version++;
	for (l = 0; l < SLOTS; l++) {
		if ((s->members | s->targets) & 1U << l) {
			if (!may_write(w))
				return;
			w->disk[l].data[r] = w->version;
			s->lacks[l][r] = false;
		} else if (s->wish.used & 1U << l) {
			s->lacks[l][r] = true;
		}
	}
}

static void copy_region(struct walk *w, struct session *s)
{
	u32 l = rnd(w, SLOTS), r = rnd(w, REGIONS);

	if (s->targets & 1U << l && s->lacks[l][r]) {
		w->disk[l].data[r] = w->disk[s->as.best].data[r];
		s->lacks[l][r] = false;
	}
}

static void clean(struct walk *w, struct session *s)
{
	put_maps(w, s, s->members);
	if (w->cut)
		return;
	memset(s->wib, 0, sizeof(s->wib));
	put_wibs(w, s, s->members);
}

static void join(struct walk *w, struct session *s)
{
	u32 l = rnd(w, SLOTS), r;
	u8 bit = 1U << l;

	if (!(s->targets & bit))
		return;
	for (r = 0; r < REGIONS; r++)
		if (s->lacks[l][r])
			return;
	put_maps(w, s, s->members);
	put_maps(w, s, bit);
	put_wibs(w, s, bit);
	s->cur.slot[l].state = VY_SLOT_MEMBER;
	s->cur.slot[l].base_gen = 0;
	put_supers(w, s, s->members, 0);
	put_supers(w, s, bit, 0);
	if (w->cut)
		return;
	s->members |= bit;
	s->targets &= ~bit;
	done_joins++;
}

static u8 existing(const struct walk *w, u8 side)
{
	u8 mask = 0;
	u32 l;

	for (l = 0; l < SLOTS; l++)
		if (w->disk[l].exists && w->disk[l].side == side)
			mask |= 1U << l;
	return mask;
}

/* Legs of one side, now and then with some missing. */
static u8 some_present(struct walk *w, u8 side)
{
	u8 mask = existing(w, side), drop = rnd(w, 4) ? 0 : rnd(w, 1 << SLOTS);

	return mask & ~drop ? mask & ~drop : mask;
}

static void run_session(struct walk *w, u8 side, u8 present, u8 discard)
{
	struct session s = { .wish = w->wish };
	u32 l, n;

	w->cut = false;
	w->fuel = rnd(w, 3) ? 1000 : (int)rnd(w, 30);
	s.wish.discard = discard & present;
	for (l = 0; l < SLOTS; l++)
		if (w->disk[l].exists && w->disk[l].side != side && !side)
			s.wish.split |= 1U << l;
	if (!present || !activate(w, &s, present))
		return;
	for (n = rnd(w, 25); n && !w->cut; n--) {
		switch (rnd(w, 6)) {
		case 0:
		case 1:
			write_region(w, &s);
			break;
		case 2:
		case 3:
		case 4:
			copy_region(w, &s);
			break;
		case 5:
			if (rnd(w, 2))
				clean(w, &s);
			else
				join(w, &s);
			break;
		}
		if (!w->cut)
			check_contents(w, &s);
	}
	if (!w->cut && rnd(w, 2))
		clean(w, &s);
}

/* The volume group changes, or somebody settles something. */
static void change(struct walk *w)
{
	u32 l = rnd(w, SLOTS), side;
	u8 mine = existing(w, 0), bit = 1U << l;

	switch (rnd(w, 5)) {
	case 0:		/* split a leg off, as a side of its own */
		if (mine & bit && mine & ~bit) {
			w->disk[l].side = 1 + l;
			done_splits++;
		}
		break;
	case 1:		/* it comes home: either side gives up */
		side = w->disk[l].side;
		if (!w->disk[l].exists || !side)
			break;
		w->disk[l].side = 0;
		run_session(w, 0, existing(w, 0), rnd(w, 2) ? bit : (u8)~bit);
		break;
	case 2:		/* some side of a split brain gives up */
		run_session(w, 0, mine, rnd(w, 1 << SLOTS));
		break;
	case 3:		/* a new leg */
		if (!w->disk[l].exists && mine)
			blank_leg(w, l, &w->disk[__builtin_ctz(mine)].sb);
		break;
	case 4:		/* a leg is gone for good, the volume group first or later */
		if (mine & bit && mine & ~bit) {
			w->wish.used &= ~bit;
			run_session(w, 0, mine & ~bit, 0);
			if (rnd(w, 2))
				w->disk[l].exists = false;
			else
				w->wish.used |= bit;
		}
		break;
	}
}

static void test_walks(void)
{
	unsigned int seed, n;
	struct walk w;

	for (seed = 1; seed <= WALKS; seed++) {
		unsigned int before = unit_failures;

		walk_make(&w, seed * 2654435761u);
		for (n = 0; n < STEPS; n++) {
			u8 side = rnd(&w, 3) ? 0 : w.disk[rnd(&w, SLOTS)].side;

			if (rnd(&w, 3))
				run_session(&w, side, some_present(&w, side), 0);
			else
				change(&w);
		}
		if (unit_failures != before) {
			printf("# walk %u\n", seed);
			break;
		}
	}
	printf("# %llu sessions, %llu joins, %llu splits, %llu by both maps\n",
	       (unsigned long long)done_sessions, (unsigned long long)done_joins,
	       (unsigned long long)done_splits, (unsigned long long)done_given_up);
	CHECK(done_joins > WALKS / 10);
	CHECK(done_given_up > WALKS / 10);
}

static const struct unit_test tests[] = {
	UNIT(test_walks),
};
UNIT_MAIN(tests)
