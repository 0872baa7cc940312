// SPDX-License-Identifier: GPL-2.0
/*
 * sim - the module under random events in a simulated kernel
 *
 *	sim [--seed N] [--steps N] [--seconds N] [--trial N] [--trial-steps N]
 *	    [--trace[=all]] [--quiet]
 *
 * Runs trials until that many steps (decisions of the scheduler) are done or
 * the time is over. A trial is one volume of 2 to 4 legs that is written,
 * read, crashed, booted with some of its legs, and so on, until its steps are
 * used up or two halves of it have gone on separately. Everything follows from
 * the seed and the number of the trial: --trial N runs that one alone, --trace
 * shows the last events before the violation.
 *
 * Exit status: 0, 1 for a violation, 2 for wrong usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "trials.h"

void sim_fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void sim_wake(const void *chan);
void sim_wait(const void *chan);

#define MAX_REQS	64
#define MAX_LEN		128

enum state { OFF, BUSY, LIVE };

/* What can happen, and how often in this trial. */
enum event {
	EV_WRITE, EV_READ, EV_FLUSH, EV_DESTAGE, EV_DROP, EV_HEAL, EV_FAIL_ONE, EV_STORM,
	EV_SHORT, EV_BAD, EV_CURE,
	EV_RELOAD, EV_SUSPEND, EV_REMOVE, EV_CLEAN, EV_QUIET, EV_CRASH, EV_NR
};

static const unsigned int base_weight[EV_NR] = {
	[EV_WRITE] = 3000, [EV_READ] = 900, [EV_FLUSH] = 400, [EV_DESTAGE] = 300,
	[EV_DROP] = 60, [EV_HEAL] = 250, [EV_FAIL_ONE] = 30, [EV_STORM] = 2, [EV_SHORT] = 2,
	[EV_BAD] = 30, [EV_CURE] = 6,
	[EV_RELOAD] = 100, [EV_SUSPEND] = 30, [EV_REMOVE] = 15, [EV_CLEAN] = 80,
	[EV_QUIET] = 20, [EV_CRASH] = 60,
};

static const char *const event_name[EV_NR] = {
	"write", "read", "flush", "destage", "drop", "heal", "fail-one", "storm", "short",
	"bad", "cure", "reload", "suspend", "remove", "clean", "quiet", "crash"
};

struct req {
	struct dm_io_end end;
	enum event kind;
	bool used, fua;
	uint64_t stamp;
	struct oracle_io io;
};

static struct trial {
	unsigned int legs;
	uint64_t sectors, head_sectors, sa_sectors;
	bool quorum;
	bool bad;			/* places of disks go bad */
	unsigned int rate;		/* events in 1024 steps */
	unsigned int weight[EV_NR], weights;
	unsigned int max_reqs, absent;
	unsigned int clean_delay_ms;

	enum state state;
	bool up;			/* the module is loaded */
	bool counted;			/* ... and its roles are what the oracle goes by */
	bool draining, over;
	bool some_absent;		/* a leg was left out of a boot or a table */
	bool forked;			/* a boot could not know of a newer leg */
	uint8_t present;		/* in the table */
	uint8_t members;		/* as the oracle was told */
	uint8_t before;			/* the members when the table was suspended */
	bool shaky;			/* an error, and not everything is equal since */
	uint64_t errors;		/* of disks, until the table became active */
	uint8_t served;			/* members and targets then */
	uint8_t lossy;			/* members that lost their cache */
	int64_t lacked[SIM_LEGS];	/* regions, by legs that get no writes; -1: not known */
	uint8_t unlucky;		/* with quorum: legs that may fail until the next boot */
	unsigned int attempts, messages;
	bool quiet_wanted;
	uint64_t quiet_since, timers_idle;
	unsigned int storm;
	unsigned int short_of;		/* steps without memory */
	unsigned int alloc_fails;	/* of 1024, otherwise */

	/* of the table that is being activated */
	struct look_verdict verdict;
	uint8_t wanted;
	bool disturbed;			/* something failed meanwhile */
	uint64_t refused;		/* sim_refused before */
	bool noflush, removing;
	char *sa_copy[SIM_LEGS];
} t;

static struct req reqs[MAX_REQS];
static unsigned int nr_reqs;
static uint64_t count[EV_NR], boots, splits, refusals, forks, acks, quiets;

static uint8_t members(void)
{
	return t.counted ? look_members(dm_private()) : 0;
}

static uint8_t all_legs(void)
{
	return (1u << t.legs) - 1;
}

static uint8_t healthy(void)
{
	unsigned int l;
	uint8_t mask = 0;

	for (l = 0; l < t.legs; l++)
		if (disk_state(l) == DISK_OK)
			mask |= 1u << l;
	return mask;
}

/* ---- requests ---- */

static void req_end(struct dm_io_end *end, int error, const uint64_t *stamps)
{
	struct req *r = (struct req *)end;

	sim_trace("%s%s %" PRIu64 " ends: %d", event_name[r->kind], r->fua ? " fua" : "",
		  r->stamp, error);
	if (!error)
		acks++;
	switch (r->kind) {
	case EV_WRITE:
		oracle_write_end(r->stamp, !error, r->fua, members());
		break;
	case EV_READ:
		if (!error)
			oracle_read_end(&r->io, stamps);
		else if (healthy() == all_legs() && !sim_disk_stats.errors)
			sim_fail("a read failed, and no disk did");
		break;
	default:
		if (!error)
			oracle_flush_end(&r->io, members());
	}
	r->used = false;
	nr_reqs--;
	t.timers_idle = 0;
	sim_wake(&t);
}

static struct req *req_get(enum event kind)
{
	unsigned int i;

	for (i = 0; reqs[i].used; i++)
		;
	reqs[i].used = true;
	reqs[i].kind = kind;
	reqs[i].end.end = req_end;
	nr_reqs++;
	return &reqs[i];
}

/* Somewhere in the hot places, within one zone. */
static void choose(uint64_t *sector, unsigned int *n)
{
	unsigned int i = sim_below(oracle_hot_nr()), most;

	*sector = oracle_hot_sector(i);
	if (sim_chance(700))
		*sector &= ~7ull;
	for (i = 0; i < oracle_hot_nr() && oracle_hot_sector(i) != *sector; i++)
		;
	if (i == oracle_hot_nr())
		*sector = oracle_hot_sector(i = 0);
	switch (sim_below(4)) {
	case 0:
		most = 1 + sim_below(8);
		break;
	case 1:
		most = 1 + sim_below(40);
		break;
	default:
		most = 8;
	}
	for (*n = 1; *n < most && i + *n < oracle_hot_nr() &&
	     oracle_hot_sector(i + *n) == *sector + *n && (*sector + *n) % 8192; ++*n)
		;
}

static void do_write(void)
{
	struct req *r;
	uint64_t sector, stamp;
	unsigned int n;

	choose(&sector, &n);
	stamp = oracle_write(sector, n);
	if (!stamp)
		return;
	r = req_get(EV_WRITE);
	r->stamp = stamp;
	r->fua = sim_chance(500);
	sim_trace("write%s %" PRIu64 " sector %" PRIu64 "+%u", r->fua ? " fua" : "", stamp,
		  sector, n);
	dm_write(&r->end, sector, n, stamp, r->fua);
}

static void do_read(void)
{
	struct req *r = req_get(EV_READ);
	uint64_t sector;
	unsigned int n;

	choose(&sector, &n);
	r->fua = false;
	r->stamp = sector;
	oracle_read(&r->io, sector, n);
	sim_trace("read sector %" PRIu64 "+%u", sector, n);
	dm_read(&r->end, sector, n);
}

static void do_flush(void)
{
	struct req *r = req_get(EV_FLUSH);

	r->fua = false;
	r->stamp = 0;
	oracle_flush(&r->io);
	sim_trace("flush");
	dm_flush(&r->end);
}

/* ---- activation ---- */

static void all_sas(void *sa[SIM_LEGS])
{
	unsigned int l;

	for (l = 0; l < t.legs; l++)
		sa[l] = disk_sa(l);
}

static void verdict_of(uint8_t present, struct look_verdict *v)
{
	void *sa[SIM_LEGS] = { NULL };

	all_sas(sa);
	look_assemble(sa, present, t.legs, v);
}

static bool has_quorum(const struct look_verdict *v)
{
	return !t.quorum || 2 * (unsigned int)__builtin_popcount(v->members) > t.legs;
}

/* Copies of the status areas, for a second verdict on what preresume saw. */
static void keep_sas(void)
{
	unsigned int l;

	for (l = 0; l < t.legs; l++)
		memcpy(t.sa_copy[l], disk_sa(l), t.head_sectors * 512);
}

/*
 * Which legs may fail until the next activation: any without quorum, with it
 * so few that a majority of members is left.
 */
static uint8_t unlucky(uint8_t m)
{
	int spare = __builtin_popcount(m) - (int)(t.legs / 2 + 1);
	uint8_t mask = all_legs() & ~m;
	unsigned int l;

	if (!t.quorum)
		return all_legs();
	for (; spare > 0; spare--) {
		do
			l = sim_below(t.legs);
		while (!(m & ~mask & 1u << l));
		mask |= 1u << l;
	}
	return mask;
}

static void activated(void)
{
	uint8_t m = look_members(dm_private()), tg = look_targets(dm_private());
	void *sa[SIM_LEGS];
	struct look_verdict *v = &t.verdict;
	unsigned int i;
	bool blind;

	if (m != v->members || tg != v->targets) {
		if (!t.disturbed && t.refused == sim_refused)
			sim_fail("boot: members %#x targets %#x, expected %s", m, tg, v->text);
		memcpy(sa, t.sa_copy, sizeof(sa));
		look_assemble(sa, m | tg, t.legs, v);
		t.some_absent = true;
		if (!v->ok || m != v->members || tg != v->targets) {
			/* something was cut off and read again: not to be judged */
			v->members = m;
			v->targets = tg;
			v->best = __builtin_ctz(m);
			v->blind = true;
		}
		if (!has_quorum(v))
			t.quorum = false;
	}
	/* it could not be told any more what such a leg misses from here on */
	all_sas(sa);
	if (look_handed(dm_private(), sa, all_legs() & ~t.wanted))
		sim_fail("activated under a generation that an absent leg was given: %s", v->text);
	for (i = 0; i < oracle_hot_nr(); i++)
		if (look_unmapped(dm_private(), sa, oracle_hot_sector(i)))
			sim_fail("activated, and some map does not say that a target lacks %" PRIu64 ": %s",
				 oracle_hot_sector(i), v->text);
	if (look_unsaid(dm_private(), sa))
		sim_fail("activated, and some member does not say who lacks anything: %s", v->text);
	blind = v->blind && !t.quorum;
	if (t.draining && !(t.before & v->members))
		sim_fail("resume: a device in use went back to an older leg: %s", v->text);
	if (blind) {
		t.forked = true;
		forks++;
	}
	sim_trace("activated: %s%s", v->text, blind ? " blind" : "");
	/* the rest may have the only good copy of a place: not to be judged */
	if (blind && t.bad) {
		t.over = true;
		return;
	}
	oracle_boot(v, blind);
	t.shaky |= disks_some_bad();
	t.counted = true;
	t.members = v->members;
	t.lossy = 0;
	for (i = 0; i < t.legs; i++)
		t.lacked[i] = -1;
	t.unlucky = unlucky(v->members);
	t.present = t.wanted;
	t.errors = sim_disk_stats.errors;
	t.served = m | tg;
	boots++;
}

/* 0 or -ENOMEM. */
static int load(uint8_t present)
{
	uint64_t refused = sim_refused;
	char line[1024];
	int r;

	look_table(line, sizeof(line), t.legs, present, t.sa_sectors, "");
	look_params(t.clean_delay_ms, sim_chance(200) ? 1 : 4096);
	t.wanted = present;
	r = dm_load(line, t.sectors);
	if (r && (r != -ENOMEM || sim_refused == refused))
		sim_fail("the table was refused: %d", r);
	return r;
}

static void check_removed(void)
{
	if (sim_live_bytes() > 4096)
		sim_fail("%" PRIu64 " bytes are left after the device was removed",
			 sim_live_bytes());
	if (disks_pending())
		sim_fail("I/O is under way after the device was removed");
}

/* Short of memory a leg may be left out, but the device is resumed. */
static int resume(void)
{
	int r;

	keep_sas();
	t.refused = sim_refused;
	r = dm_resume(activated);
	if (r == -ENOMEM)
		sim_fail("no memory for a resume");
	return r;
}

static void boot_main(void *unused)
{
	int r;

	(void)unused;
	if (load(t.wanted)) {
		check_removed();
		t.state = OFF;
		return;
	}
	r = resume();
	if (!r) {
		t.state = LIVE;
		return;
	}
	sim_trace("activation failed: %d", r);
	if (!t.disturbed)
		sim_fail("boot: failed with %d, expected %s", r, t.verdict.text);
	dm_remove();
	check_removed();
	t.some_absent = true;
	t.state = OFF;
}

static void boot(void)
{
	uint8_t present = 0;
	unsigned int l;

	/* too many refusals: give it all there is */
	for (l = 0; l < t.legs; l++)
		if (t.attempts > 20 || !sim_chance(t.absent))
			present |= 1u << l;
	t.attempts++;
	if (!present)
		return;
	for (l = 0; l < t.legs; l++)
		if (present & 1u << l && disk_state(l) != DISK_OK)
			disk_power_cut(l);
	verdict_of(present, &t.verdict);
	sim_trace("boot with %#x: %s", present, t.verdict.text);
	if (t.verdict.ok && !has_quorum(&t.verdict))
		return;
	if (present != all_legs())
		t.some_absent = true;
	if (!t.verdict.ok) {
		refusals++;
		if (!t.some_absent)
			sim_fail("refused, although no leg was ever absent: %s", t.verdict.text);
		if (t.verdict.split) {
			splits++;
			t.over = true;
		} else if (present == all_legs()) {
			t.over = true;
		}
		return;
	}
	t.attempts = 0;
	t.state = BUSY;
	t.disturbed = false;
	t.wanted = present;
	if (!t.up)
		sim_power_on();
	t.up = true;
	sim_start("boot", boot_main, NULL, false);
}

static void memory_is_back(void)
{
	t.short_of = 0;
	sim_manner.alloc_fails = t.alloc_fails;
}

/*
 * Where two legs differ, a resync will look. Whether a reader ever meets a
 * place that nobody knows to differ is chance; that it is known is not. Bad
 * places have no data to compare, and after a fork the halves may differ
 * anywhere.
 */
static void check_differences(void)
{
	void *sa[SIM_LEGS] = { NULL };
	struct look_verdict v;
	unsigned int l, i;

	if (t.bad || t.forked)
		return;
	all_sas(sa);
	look_assemble(sa, all_legs(), t.legs, &v);
	if (!v.ok)
		return;
	for (l = 0; l < t.legs; l++)
		for (i = 0; (v.members | v.targets) & 1u << l && i < oracle_hot_nr(); i++) {
			uint64_t s = oracle_hot_sector(i);

			if (disk_durable_stamp(l, s) != disk_durable_stamp(v.best, s) &&
			    !look_known_lacking(sa, l, s))
				sim_fail("power cut: leg %u differs at sector %" PRIu64
					 ", and nothing says so: %s", l, s, v.text);
		}
}

static void crash(void)
{
	unsigned int l;

	sim_trace("power cut");
	memory_is_back();
	/* an activation that something disturbed may have left a leg out */
	if (t.state == BUSY && t.disturbed)
		t.some_absent = true;
	if (t.counted)
		oracle_members(members());
	oracle_power_cut();
	for (l = 0; l < t.legs; l++)
		disk_power_cut(l);
	disks_drop_io();
	memset(reqs, 0, sizeof(reqs));
	nr_reqs = 0;
	t.up = t.counted = t.draining = t.quiet_wanted = false;
	t.messages = 0;
	t.state = OFF;
	check_differences();
	sim_power_on();
}

static void drain(void)
{
	dm_presuspend(t.noflush);
	t.draining = true;
	while (nr_reqs || t.messages)
		sim_wait(&t);
	dm_postsuspend();
	if (look_leak(dm_private()))
		sim_fail("after suspend: %s", look_leak(dm_private()));
	if (disks_pending())
		sim_fail("after suspend: I/O is under way");
	if (sim_works())
		sim_fail("after suspend: %s", sim_works());
	t.before = members();
	oracle_members(t.before);
	oracle_stop();
	/* nobody will hear of it any more */
	if (t.lossy & members())
		oracle_power_cut();
	t.counted = false;
}

static void reload_main(void *unused)
{
	int r;

	(void)unused;
	if (load(t.wanted)) {
		t.state = LIVE;
		return;
	}
	drain();
	verdict_of(t.wanted, &t.verdict);
	sim_trace("resume with %#x: %s", t.wanted, t.verdict.text);
	r = resume();
	t.draining = false;
	if (!r) {
		t.state = LIVE;
		return;
	}
	sim_trace("resume failed: %d", r);
	/* a device in use does not go back to older legs */
	if (t.verdict.ok && !t.disturbed && t.before & t.verdict.members)
		sim_fail("resume: failed with %d, expected %s", r, t.verdict.text);
	dm_remove();
	check_removed();
	t.some_absent = true;
	t.state = OFF;
}

static void remove_main(void *unused)
{
	(void)unused;
	drain();
	dm_remove();
	check_removed();
	t.draining = false;
	t.state = OFF;
}

static void reload_with(uint8_t want)
{
	sim_trace("reload with %#x", want);
	t.noflush = sim_chance(300);
	t.disturbed = want & ~healthy();
	t.wanted = want;
	t.state = BUSY;
	sim_start("reload", reload_main, NULL, false);
}

/* The same legs again, or others: some that came back, some taken out. */
static void reload(bool same)
{
	struct look_verdict v;
	uint8_t want = 0, ok = healthy() & members();
	unsigned int l;

	for (l = 0; l < t.legs; l++)
		if (same ? t.present & 1u << l :
		    sim_chance(disk_state(l) == DISK_OK ? 930 : 200))
			want |= 1u << l;
	/* a member that works must stay, or the volume would go back in time */
	if (!(want & ok))
		return;
	verdict_of(want, &v);
	if (!v.ok || !(ok & 1u << v.best) || !has_quorum(&v))
		return;
	if (t.quorum && (want != t.present || !same) &&
	    2 * (unsigned int)__builtin_popcount(v.members & ok) <= t.legs)
		return;
	if (want != all_legs())
		t.some_absent = true;
	reload_with(want);
}

static void remove_device(void)
{
	sim_trace("remove");
	t.noflush = sim_chance(300);
	t.state = BUSY;
	sim_start("remove", remove_main, NULL, false);
}

static void message_main(void *unused)
{
	static const char *const message[] = {
		"clean_now", "clean_now", "clean_now", "clean_now", "check", "repair", "repair",
		"idle", "resync_speed 0 4000", "resync_speed 0 0", "resync_speed 0 0",
	}, *const question[] = {
		"stat", "bad_blocks", "lp_stat on 64", "lp_stat on 8192", "lp_stat read 0 1",
		"lp_stat reset", "lp_stat off",
	};
	uint64_t refused = sim_refused;
	char answer[4096];
	int r;

	(void)unused;
	if (sim_chance(150)) {
		r = dm_message(question[sim_below(sizeof(question) / sizeof(question[0]))],
			       answer, sizeof(answer));
		if (r < 0 && r != -ENODATA && (r != -ENOMEM || sim_refused == refused))
			sim_fail("a question is answered with %d", r);
		dm_status(answer, sizeof(answer));
	} else {
		dm_message(message[sim_below(sizeof(message) / sizeof(message[0]))], NULL, 0);
	}
	t.messages--;
	sim_wake(&t);
}

/* ---- faults ---- */

/* The lowest of these legs that has the sector, or t.legs. */
static unsigned int who_has(uint8_t legs, uint64_t sector)
{
	unsigned int l;

	for (l = 0; l < t.legs; l++)
		if (legs & 1u << l && !look_stale(dm_private(), l, sector))
			break;
	return l;
}

/* Does the leg have a place that the others lack? */
static bool has_alone(unsigned int leg, uint8_t others)
{
	unsigned int i;

	for (i = 0; i < oracle_hot_nr(); i++)
		if (who_has(others, oracle_hot_sector(i)) == t.legs &&
		    !look_stale(dm_private(), leg, oracle_hot_sector(i)))
			return true;
	return false;
}

/*
 * One disk goes, and what it has not flushed with it. Never the last one that
 * holds everything, nor one while another is in trouble: no mirror survives
 * that.
 */
static void drop(void)
{
	unsigned int l = sim_below(t.legs);
	uint8_t m = members(), others = healthy() & ~(1u << l);

	if (disk_state(l) != DISK_OK)
		return;
	if (t.counted) {
		if (m & 1u << l && (!(m & others) || !look_settled(dm_private()) ||
				    disks_doomed(m & others) || has_alone(l, m & others)))
			return;
		if (!(t.unlucky & 1u << l))
			return;
	} else {
		if (t.quorum || !others)
			return;
		oracle_power_cut();
	}
	sim_trace("disk %u drops out", l);
	t.disturbed = true;
	t.shaky = true;
	if (m & 1u << l)
		t.lossy |= 1u << l;
	disk_fail(l);
}

static void heal(void)
{
	unsigned int l = sim_below(t.legs);
	uint8_t counted = t.counted ? members() | look_targets(dm_private()) : all_legs();

	if (disk_state(l) == DISK_OK)
		return;
	/* a leg that the set does not use need not be noticed */
	if (!(counted & 1u << l))
		disk_power_cut(l);
	else if (!disk_heal(l))
		return;
	sim_trace("disk %u is back", l);
}

static void fail_one(void)
{
	t.lossy &= members();
	if (t.quorum && !t.counted)
		return;
	if (disk_fail_one(t.lossy ? t.lossy : t.unlucky, !sim_chance(700), true)) {
		t.disturbed = true;
		t.shaky = true;
	}
}

/*
 * A place of one disk goes bad, which is not bad on another. Reads may fail
 * there, writes, or both.
 */
static void go_bad(void)
{
	unsigned int l = sim_below(t.legs), i, kind = sim_below(4);
	uint64_t start = oracle_hot_sector(sim_below(oracle_hot_nr())), end;

	if (t.quorum && !(t.counted && t.unlucky & 1u << l))
		return;
	if (sim_chance(512))
		start &= ~7ull;
	end = start + 1 + sim_below(24);
	if (end > t.sectors)
		end = t.sectors;
	for (i = 0; i < t.legs; i++)
		if (i != l && disk_is_bad(i, start & ~7ull, (end | 7) + 1))
			return;
	if (!disk_bad(l, start, end, kind < 2, kind))
		return;
	sim_trace("disk %u is bad at sector %" PRIu64 "+%" PRIu64 ":%s%s", l, start, end - start,
		  kind < 2 ? " reads" : "", kind ? " writes" : "");
	t.shaky = true;
}

/* ---- rest ---- */

/* Nothing is asked for any more. What has to be true once all is settled? */
static void quiet_check(void)
{
	uint8_t m = members();
	void *set = dm_private();
	unsigned int i, l, first;

	quiets++;
	for (i = 0; i < oracle_hot_nr(); i++) {
		uint64_t s = oracle_hot_sector(i), v;

		/* a member may lack a place that it could not write */
		first = who_has(m, s);
		if (first == t.legs)
			continue;
		v = disk_stamp(first, s);
		oracle_check(s, v, first);
		for (l = 0; l < t.legs; l++) {
			if (m & 1u << l) {
				if (!look_stale(set, l, s) && disk_stamp(l, s) != v)
					sim_fail("quiet: sector %" PRIu64 " is write %" PRIu64
						 " on leg %u, %" PRIu64 " on leg %u", s, v, first,
						 disk_stamp(l, s), l);
			} else if (!t.forked && disk_durable_stamp(l, s) != v &&
				   !look_stale(set, l, s)) {
				sim_fail("quiet: leg %u lacks sector %" PRIu64
					 ", and its map does not say so", l, s);
			}
		}
	}
}

/* Wait for the recovery to end when all that it needs works. */
static bool settled(void)
{
	void *set = dm_private();

	if (nr_reqs || !look_settled(set) || look_resync(set) || look_targets(set))
		return false;
	return !disks_pending() && !sim_busy() && !sim_works();
}

static void quiet_step(void)
{
	uint8_t used = t.present & ~healthy();

	if (settled()) {
		/* a leg that lost its cache, which nothing has noticed yet, differs */
		if (!(members() & ~healthy()) && !(t.lossy & members()))
			quiet_check();
		t.quiet_wanted = false;
		return;
	}
	/* a leg in the table that does not answer, or a place: nothing is promised */
	if ((used || disks_some_bad()) && !nr_reqs && sim_now - t.quiet_since > 3000) {
		t.quiet_wanted = false;
		return;
	}
	if (sim_now - t.quiet_since > 200000) {
		char status[512];

		dm_status(status, sizeof(status));
		sim_who_waits();
		sim_fail("the recovery does not end: %s", status);
	}
}

/* ---- the walk ---- */

static void event(void)
{
	unsigned int pick = sim_below(t.weights);
	enum event e = 0;

	while (pick >= t.weight[e])
		pick -= t.weight[e++];
	if (t.state == BUSY && e != EV_DROP && e != EV_HEAL && e != EV_FAIL_ONE &&
	    e != EV_BAD && e != EV_DESTAGE && e != EV_SHORT && e != EV_CRASH)
		return;
	if (t.quiet_wanted && e != EV_DESTAGE && e != EV_CRASH)
		return;
	count[e]++;
	switch (e) {
	case EV_WRITE:
		if (nr_reqs < t.max_reqs)
			do_write();
		break;
	case EV_READ:
		if (nr_reqs < t.max_reqs)
			do_read();
		break;
	case EV_FLUSH:
		if (nr_reqs < t.max_reqs)
			do_flush();
		break;
	case EV_DESTAGE:
		disk_destage(sim_below(t.legs));
		break;
	case EV_DROP:
		drop();
		break;
	case EV_HEAL:
		heal();
		break;
	case EV_FAIL_ONE:
		fail_one();
		break;
	case EV_STORM:
		t.storm = 50 + sim_below(300);
		break;
	case EV_SHORT:
		t.short_of = 50 + sim_below(1000);
		sim_manner.alloc_fails = 1024;
		break;
	case EV_BAD:
		go_bad();
		break;
	case EV_CURE:
		sim_trace("no place is bad any more");
		disks_cure();
		break;
	case EV_RELOAD:
		reload(false);
		break;
	case EV_SUSPEND:
		reload(true);
		break;
	case EV_REMOVE:
		remove_device();
		break;
	case EV_CLEAN:
		t.messages++;
		sim_start("message", message_main, NULL, false);
		break;
	case EV_QUIET:
		t.quiet_wanted = true;
		t.quiet_since = sim_now;
		break;
	case EV_CRASH:
		crash();
		break;
	case EV_NR:
		break;
	}
}

/* What must hold at each step, whether or not anybody will ever meet it. */
static void check_roles(void)
{
	uint8_t served = members() | look_targets(dm_private());
	void *sa[SIM_LEGS] = { NULL };
	unsigned int l;
	int64_t lacks;

	all_sas(sa);
	if (look_behind(dm_private(), sa))
		sim_fail("a target gets writes under a generation that it was not told");
	for (l = 0; l < t.legs; l++) {
		if (served & 1u << l) {
			t.lacked[l] = -1;
			continue;
		}
		lacks = look_lacks(dm_private(), l);
		if (lacks < 0)
			continue;
		if (lacks < t.lacked[l])
			sim_fail("leg %u gets no writes, and lacks %" PRId64 " regions instead of %"
				 PRId64, l, lacks, t.lacked[l]);
		t.lacked[l] = lacks;
	}
}

/*
 * A leg has told that it lost its cache, others are fine, and nobody is at it
 * any more.
 */
static void check_lossy(void)
{
	uint8_t lossy = t.lossy & members();
	unsigned int l;

	if (!lossy || t.bad || !(members() & ~lossy) || !look_settled(dm_private()) ||
	    disks_pending() || sim_busy() || sim_works())
		return;
	for (l = 0; l < t.legs; l++)
		if (lossy & 1u << l && !disk_unnoticed(l))
			sim_fail("leg %u lost its cache, a write told so, and it is still a member", l);
}

/* Legs that have become members: a few places may be nowhere, or bad there. */
static void check_joined(uint8_t joined)
{
	unsigned int l;

	for (l = 0; l < t.legs; l++)
		if (joined & 1u << l && look_lacks(dm_private(), l) > LOOK_HOPELESS)
			sim_fail("leg %u is a member, and lacks %" PRId64 " regions", l,
				 look_lacks(dm_private(), l));
}

void trial_step(void)
{
	if (t.counted) {
		check_roles();
		check_lossy();
	}
	if (t.counted && t.errors == sim_disk_stats.errors &&
	    t.served & ~(members() | look_targets(dm_private())))
		sim_fail("a leg has failed, and no disk did");
	if (t.counted && members() != t.members) {
		check_joined(members() & ~t.members);
		t.members = members();
		oracle_members(t.members);
		oracle_unstable();
	}
	/*
	 * What is in doubt after a crash may still change while a zone is made
	 * equal and its source cannot be read, or as long as it is not known
	 * which legs are good.
	 */
	if (t.counted && look_doubt(dm_private()))
		t.shaky = true;
	if (t.shaky) {
		oracle_unstable();
		t.shaky = !t.counted || look_doubt(dm_private()) || look_resync(dm_private());
	}
	if (t.short_of && !--t.short_of)
		memory_is_back();
	if (t.state == OFF) {
		sim_now++;
		boot();
		return;
	}
	if (sim_chance(t.rate)) {
		event();
		if (t.state == OFF)
			return;
	}
	if (t.storm) {
		t.storm--;
		if (sim_chance(300))
			fail_one();
	}
	if (t.quiet_wanted && t.state == LIVE)
		quiet_step();
	if (sim_step()) {
		t.timers_idle = 0;
		return;
	}
	if (sim_timer()) {
		if (++t.timers_idle > 500 && (nr_reqs || t.state == BUSY)) {
			sim_who_waits();
			sim_fail("stuck: %u requests wait, and nothing moves", nr_reqs);
		}
		return;
	}
	if (nr_reqs || t.state == BUSY) {
		sim_who_waits();
		sim_fail("deadlock: %u requests wait%s", nr_reqs,
			 t.state == BUSY ? ", a suspend or resume does" : "");
	}
}

static void make_hot(void)
{
	unsigned int places = 1 + sim_below(4), i;

	if (t.sectors <= 64) {
		oracle_hot(0, t.sectors);
		return;
	}
	for (i = 0; i < places; i++) {
		uint64_t at, len = ONE_OF(8, 16, 24, 40);

		switch (sim_below(5)) {
		case 0:		/* around a zone's border */
			at = 8192 * sim_below(t.sectors / 8192 + 1);
			at = at > 16 ? at - 16 : 0;
			break;
		case 1:		/* around a word's border */
			at = 512 * (1 + sim_below(t.sectors / 512 + 1)) - 16;
			break;
		case 2:
			at = t.sectors - 16;
			break;
		default:
			at = 8 * sim_below(t.sectors / 8);
		}
		if (at >= t.sectors)
			at = 0;
		oracle_hot(at, at + len < t.sectors ? at + len : t.sectors);
	}
}

void trial_begin(void)
{
	char *copies[SIM_LEGS];
	unsigned int l, e;

	memcpy(copies, t.sa_copy, sizeof(copies));
	memset(&t, 0, sizeof(t));
	memcpy(t.sa_copy, copies, sizeof(copies));
	memset(reqs, 0, sizeof(reqs));
	nr_reqs = 0;
	sim_now = 0;

	t.legs = ONE_OF(2, 2, 2, 3, 3, 4);
	t.quorum = t.legs > 2 && sim_chance(400);
	t.sectors = ONE_OF(16, 24, 64, 64, 1000, 8192 + 20, 2 * 8192 + 44, 3 * 8192);
	t.rate = ONE_OF(20, 60, 150, 300, 600);
	t.max_reqs = ONE_OF(1, 4, 12, 40);
	t.absent = ONE_OF(0, 150, 250, 400);
	t.clean_delay_ms = ONE_OF(0, 125, 1000, 5000);
	t.bad = sim_chance(350);
	for (e = 0; e < EV_NR; e++) {
		t.weight[e] = base_weight[e] * ONE_OF(0, 1, 1, 2, 5) / 2;
		if (!t.bad && (e == EV_BAD || e == EV_CURE))
			t.weight[e] = 0;
		if (e < EV_FLUSH && !t.weight[e])
			t.weight[e] = base_weight[e];
		t.weights += t.weight[e];
	}
	/* events that end everything else come by the step, not by the event */
	t.weight[EV_CRASH] = t.weights / ONE_OF(10, 30, 100, 300, 1000);
	t.weights = 0;
	for (e = 0; e < EV_NR; e++)
		t.weights += t.weight[e];

	manner_choose(t.legs, true);
	t.alloc_fails = sim_manner.alloc_fails;

	look_format(t.legs, t.sectors, sim_chance(t.bad ? 512 : 100), &t.head_sectors,
		    &t.sa_sectors);
	disks_make(t.legs, t.sectors, t.sa_sectors, sim_chance(500));
	dm_areas(t.sectors, t.sa_sectors);
	for (l = 0; l < t.legs; l++) {
		t.sa_copy[l] = realloc(t.sa_copy[l], t.head_sectors * 512);
		look_init_sa(disk_sa(l), t.legs, l, t.sectors, t.sa_sectors);
	}
	disks_format_done();
	oracle_begin(t.legs, t.sectors);
	make_hot();
	sim_disk_stats.errors = 0;
	sim_power_on();
	t.up = true;
}

/* Step until it is true; a violation when that takes for ever. */
static void step_until(bool (*done)(void), const char *what)
{
	uint64_t limit = sim_now + 150000;
	char status[512] = "";

	while (!done() && !sim_failure[0] && t.state != OFF) {
		if (sim_now > limit) {
			sim_who_waits();
			if (dm_active())
				dm_status(status, sizeof(status));
			sim_fail("the end of the trial: %s: %s", what, status);
		}
		trial_step();
	}
}

static bool all_answered(void)
{
	return t.state == LIVE && !nr_reqs && look_settled(dm_private());
}

static bool all_quiet(void)
{
	return t.state == LIVE && !t.quiet_wanted;
}

/* No member lacks a place that another has. */
static bool all_healed(void)
{
	unsigned int i, l;

	for (i = 0; i < oracle_hot_nr(); i++) {
		uint64_t s = oracle_hot_sector(i);

		for (l = 0; l < t.legs; l++)
			if (members() & 1u << l && look_stale(dm_private(), l, s) &&
			    who_has(members(), s) < t.legs)
				return false;
	}
	return true;
}

static void end_quietly(void)
{
	t.quiet_wanted = true;
	t.quiet_since = sim_now;
	step_until(all_quiet, "the last recovery does not end");
}

/*
 * Nothing fails any more, all legs are in the table: then requests end, and
 * in the end all legs are members and equal.
 */
void trial_end(void)
{
	struct look_verdict v;

	if (t.state != LIVE)
		return;
	t.rate = t.storm = 0;
	memory_is_back();
	sim_manner.alloc_fails = 0;
	t.quiet_wanted = false;
	disks_cure();
	step_until(all_answered, "requests do not end");
	if (t.state != LIVE || healthy() != all_legs() || t.lossy & members())
		return;
	verdict_of(all_legs(), &v);
	if (!v.ok || !(members() & 1u << v.best) || (v.members | v.targets) != all_legs())
		return;
	reload_with(all_legs());
	step_until(all_answered, "the last reload does not end");
	if (t.state != LIVE)
		return;
	end_quietly();
	if (t.state == LIVE && !sim_failure[0] && members() != all_legs())
		sim_fail("the end of the trial: members %#x", members());
	step_until(all_healed, "a member goes on lacking a place that another has");
	if (t.state == LIVE)
		end_quietly();
}

bool trial_over(void)
{
	return t.over;
}

void walk_begin(void)
{
}

void walk_report(uint64_t trials, uint64_t steps, double took)
{
	unsigned int e;

	printf("# %" PRIu64 " steps in %.1f s (%.0f/s), %" PRIu64 " trials, %" PRIu64
	       " activations, %" PRIu64 " refusals, %" PRIu64 " splits, %" PRIu64 " blind\n",
	       steps, took, steps / took, trials, boots, refusals, splits, forks);
	printf("# %" PRIu64 " requests done, %" PRIu64 " times all was quiet;", acks, quiets);
	for (e = 0; e < EV_NR; e++)
		printf(" %s %" PRIu64, event_name[e], count[e]);
	printf("\n");
}
