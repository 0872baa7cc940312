// SPDX-License-Identifier: GPL-2.0
/*
 * What a read may return, and which leg owns which promise.
 *
 * Every write has a stamp, its number. A sector may hold a write unless a
 * later one took its place for certain: one that began after the first had
 * ended, was acknowledged, and either is durable or was acknowledged since the
 * last power cut.
 *
 * A durable acknowledged write is a promise. The legs that are members when it
 * is acknowledged own it; whoever is made a member later owns what the others
 * own. Two legs may count as equal only when they own the same, and a leg may
 * be overwritten only by one that owns everything it does.
 */
#include <stdio.h>
#include <string.h>
#include "sim.h"

void sim_fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#define MAX_HOT		1024
#define MAX_SECTORS	(1u << 17)
#define WORDS		(ORACLE_MAX_WRITES / 64)
#define FOREVER		UINT64_MAX

enum write_state { PENDING, ACKNOWLEDGED, FAILED, CUT_OFF };

struct write {
	uint64_t sector, begun, ended;
	unsigned int n, session;
	enum write_state state;
	bool durable;
};

struct hot {
	uint64_t sector;
	uint32_t could[ORACLE_LIST];	/* writes it may hold; 0: as it was made */
	unsigned int nr;
	unsigned int under_way;		/* writes */
	uint64_t changed;		/* when one began or ended last */
	uint32_t pin;			/* what a read has shown ... */
	uint64_t pin_epoch;		/* ... and when that was good */
};

static struct write writes[ORACLE_MAX_WRITES];
static unsigned int nr_writes, session, nr_legs;
static struct hot hot[MAX_HOT];
static unsigned int nr_hot;
static uint16_t hot_of[MAX_SECTORS];	/* 1 + index; 0: not hot */
static uint64_t clock_, epoch, epoch_began;
static uint64_t owned[SIM_LEGS][WORDS], ours[WORDS];
static uint8_t members_before;

void oracle_begin(unsigned int legs, uint64_t sectors)
{
	memset(hot_of, 0, sectors * sizeof(hot_of[0]));
	memset(owned, 0, sizeof(owned));
	memset(ours, 0, sizeof(ours));
	memset(&writes[0], 0, sizeof(writes[0]));
	writes[0].state = ACKNOWLEDGED;
	nr_legs = legs;
	nr_writes = 1;
	nr_hot = 0;
	session = 1;
	clock_ = 1;
	epoch = 1;
	epoch_began = 0;
	members_before = 0;
}

void oracle_hot(uint64_t start, uint64_t end)
{
	for (; start < end && nr_hot < MAX_HOT; start++) {
		struct hot *h = &hot[nr_hot];

		if (hot_of[start])
			continue;
		memset(h, 0, sizeof(*h));
		h->sector = start;
		h->nr = 1;
		hot_of[start] = ++nr_hot;
	}
}

unsigned int oracle_hot_nr(void)
{
	return nr_hot;
}

uint64_t oracle_hot_sector(unsigned int i)
{
	return hot[i].sector;
}

static bool owns(const uint64_t *set, unsigned int w)
{
	return set[w / 64] >> (w % 64) & 1;
}

/* Has another write certainly taken the place of w, as seen at a time? */
static bool gone(const struct hot *h, uint32_t w, uint64_t when)
{
	unsigned int i;

	for (i = 0; i < h->nr; i++) {
		const struct write *o = &writes[h->could[i]];

		if (o->state == ACKNOWLEDGED && (o->durable || o->session == session) &&
		    o->ended < when && writes[w].ended < o->begun)
			return true;
	}
	return false;
}

uint64_t oracle_write(uint64_t sector, unsigned int n)
{
	struct write *w = &writes[nr_writes];
	unsigned int i;

	if (nr_writes == ORACLE_MAX_WRITES)
		return 0;
	for (i = 0; i < n; i++)
		if (hot[hot_of[sector + i] - 1].nr == ORACLE_LIST)
			return 0;
	*w = (struct write){ .sector = sector, .n = n, .begun = ++clock_, .ended = FOREVER,
		.session = session };
	for (i = 0; i < n; i++) {
		struct hot *h = &hot[hot_of[sector + i] - 1];

		h->could[h->nr++] = nr_writes;
		h->under_way++;
		h->changed = clock_;
		h->pin_epoch = 0;
	}
	return nr_writes++;
}

/* Members have changed: those that left own what there was. */
void oracle_members(uint8_t members)
{
	unsigned int l;

	for (l = 0; l < nr_legs; l++)
		if (members_before & ~members & 1u << l)
			memcpy(owned[l], ours, sizeof(ours));
	members_before = members;
}

/* Is the write, or one that is not older, durable on the leg? */
static bool durable_on(unsigned int leg, const struct write *w)
{
	unsigned int i;

	for (i = 0; i < w->n; i++) {
		uint64_t stamp = disk_durable_stamp(leg, w->sector + i);

		if (stamp >= nr_writes || writes[stamp].ended < w->begun)
			return false;
	}
	return true;
}

static void promise(unsigned int nr)
{
	struct write *w = &writes[nr];
	unsigned int i, j, k, l;

	/* a leg that has left meanwhile may have got it before */
	for (l = 0; l < nr_legs; l++)
		if (!(members_before & 1u << l) && durable_on(l, w))
			owned[l][nr / 64] |= 1ull << nr % 64;

	w->durable = true;
	ours[nr / 64] |= 1ull << nr % 64;
	for (i = 0; i < w->n; i++) {
		struct hot *h = &hot[hot_of[w->sector + i] - 1];

		for (j = k = 0; j < h->nr; j++)
			if (writes[h->could[j]].ended >= w->begun)
				h->could[k++] = h->could[j];
		h->nr = k;
	}
}

void oracle_write_end(uint64_t stamp, bool ok, bool fua, uint8_t members)
{
	struct write *w = &writes[stamp];
	unsigned int i;

	w->ended = ++clock_;
	w->state = ok ? ACKNOWLEDGED : FAILED;
	for (i = 0; i < w->n; i++) {
		struct hot *h = &hot[hot_of[w->sector + i] - 1];

		h->under_way--;
		h->changed = clock_;
	}
	oracle_members(members);
	if (ok && fua)
		promise(stamp);
}

void oracle_flush(struct oracle_io *io)
{
	io->begun = ++clock_;
	io->last_write = nr_writes;
}

void oracle_flush_end(struct oracle_io *io, uint8_t members)
{
	unsigned int i;

	oracle_members(members);
	for (i = io->last_write; i--; ) {
		if (writes[i].session != session)
			break;
		if (writes[i].state == ACKNOWLEDGED && !writes[i].durable &&
		    writes[i].ended < io->begun)
			promise(i);
	}
}

void oracle_read(struct oracle_io *io, uint64_t sector, unsigned int n)
{
	unsigned int i;

	io->begun = ++clock_;
	io->sector = sector;
	io->n = n;
	for (i = 0; i < n; i++) {
		struct hot *h = &hot[hot_of[sector + i] - 1];

		io->could_nr[i] = h->nr;
		memcpy(io->could[i], h->could, h->nr * sizeof(h->could[0]));
	}
}

static bool listed(uint64_t stamp, const uint32_t *list, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (list[i] == stamp)
			return true;
	return false;
}

/* A write that came and went while the read was under way. */
static bool meanwhile(const struct hot *h, uint64_t v, uint64_t begun)
{
	return v < nr_writes && writes[v].ended >= begun && h->sector >= writes[v].sector &&
	       h->sector < writes[v].sector + writes[v].n;
}

static void judge(const struct hot *h, uint64_t v, bool known, uint64_t when, const char *who)
{
	unsigned int i;

	if (known && !gone(h, v, when))
		return;
	for (i = 0; i < h->nr; i++)
		sim_trace("sector %llu could hold %u (began %llu, ended %llu, state %d%s)",
			  (unsigned long long)h->sector, h->could[i],
			  (unsigned long long)writes[h->could[i]].begun,
			  (unsigned long long)writes[h->could[i]].ended,
			  writes[h->could[i]].state,
			  writes[h->could[i]].durable ? ", durable" : "");
	if (v >= nr_writes || (v && (h->sector < writes[v].sector ||
				     h->sector >= writes[v].sector + writes[v].n)))
		sim_fail("%s: sector %llu holds %llx, which was never written there", who,
			 (unsigned long long)h->sector, (unsigned long long)v);
	sim_fail("%s: sector %llu holds write %llu, which a later one has replaced", who,
		 (unsigned long long)h->sector, (unsigned long long)v);
}

void oracle_read_end(struct oracle_io *io, const uint64_t *stamps)
{
	unsigned int i;

	for (i = 0; i < io->n; i++) {
		struct hot *h = &hot[hot_of[io->sector + i] - 1];
		uint64_t v = stamps[i];

		judge(h, v, listed(v, h->could, h->nr) ||
		      listed(v, io->could[i], io->could_nr[i]) || meanwhile(h, v, io->begun),
		      io->begun, "read");
		if (h->under_way || h->changed >= io->begun || epoch_began >= io->begun)
			continue;
		/* nobody writes: it must not change any more */
		if (h->pin_epoch == epoch && h->pin != v)
			sim_fail("read: sector %llu changed from write %u to %llu, and nobody wrote",
				 (unsigned long long)h->sector, h->pin, (unsigned long long)v);
		h->pin = v;
		h->pin_epoch = epoch;
	}
	clock_++;
}

void oracle_unstable(void)
{
	epoch++;
	epoch_began = ++clock_;
}

void oracle_stop(void)
{
	oracle_members(0);
	oracle_unstable();
}

void oracle_power_cut(void)
{
	unsigned int i;

	oracle_stop();
	clock_++;
	for (i = nr_writes; i-- && writes[i].session == session; )
		if (writes[i].state == PENDING) {
			writes[i].state = CUT_OFF;
			writes[i].ended = clock_;
		}
	for (i = 0; i < nr_hot; i++)
		hot[i].under_way = 0;
	session++;
	clock_++;
}

/* A fork went on without the rest: what the members hold is what there is. */
static void start_over(const struct look_verdict *v)
{
	unsigned int i, l, w;

	for (i = 0; i < nr_hot; i++) {
		struct hot *h = &hot[i];

		h->nr = 0;
		for (l = 0; l < nr_legs; l++) {
			uint64_t stamp = disk_stamp(l, h->sector);

			if (v->members & 1u << l && !listed(stamp, h->could, h->nr))
				h->could[h->nr++] = stamp;
		}
	}
	/* what one of them got by chance before it was left behind, a resync may undo */
	for (l = 0; l < nr_legs; l++)
		for (w = 0; v->members & 1u << l && w < WORDS; w++)
			owned[v->best][w] &= owned[l][w];
	/* whatever all own, the best must have; nothing else is promised here */
	for (w = 1; w < nr_writes; w++) {
		writes[w].durable = owns(owned[v->best], w);
		if (!owns(owned[v->best], w))
			continue;
		for (i = 0; i < writes[w].n; i++) {
			struct hot *h = &hot[hot_of[writes[w].sector + i] - 1];
			uint64_t stamp = disk_stamp(v->best, h->sector);

			if (stamp >= nr_writes || writes[stamp].ended < writes[w].begun)
				sim_fail("boot: leg %d holds write %llu in sector %llu, but owns write %u",
					 v->best, (unsigned long long)stamp,
					 (unsigned long long)h->sector, w);
		}
	}
}

void oracle_boot(const struct look_verdict *v, bool blind)
{
	uint64_t *best = owned[v->best];
	unsigned int l, w;

	oracle_unstable();
	for (l = 0; l < nr_legs && !blind; l++) {
		if (v->members & 1u << l && memcmp(owned[l], best, sizeof(ours)))
			sim_fail("boot: members %u and %d own different promises: %s", l, v->best,
				 v->text);
		if (!(v->targets & ~v->inconsistent & 1u << l))
			continue;
		for (w = 0; w < nr_writes; w++)
			if (owns(owned[l], w) && !owns(best, w))
				sim_fail("boot: leg %u owns write %u and would be overwritten: %s",
					 l, w, v->text);
	}
	if (blind) {
		start_over(v);
		session++;
	}
	memcpy(ours, best, sizeof(ours));
	for (l = 0; l < nr_legs; l++) {
		if (v->members & 1u << l)
			memcpy(owned[l], ours, sizeof(ours));
		else if (v->targets & 1u << l)
			memset(owned[l], 0, sizeof(ours));
	}
	members_before = v->members;
}

void oracle_check(uint64_t sector, uint64_t stamp, unsigned int leg)
{
	struct hot *h = &hot[hot_of[sector] - 1];
	char who[32];

	snprintf(who, sizeof(who), "quiet, leg %u", leg);
	judge(h, stamp, listed(stamp, h->could, h->nr), clock_ + 1, who);
}
