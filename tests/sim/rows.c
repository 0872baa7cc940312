// SPDX-License-Identifier: GPL-2.0
/*
 * rows - RAID5 of the module under random events in a simulated kernel
 *
 *	rows [--seed N] [--steps N] [--trial N] [--trial-steps N] [--trace[=all]]
 *
 * As sim (walk.c), for a volume of 3 to 6 legs. One leg at a time is lost, with
 * what it has not flushed; after a power cut any may be absent. With `doubles` a
 * second one fails I/O now and then: then requests may fail, but what is read is
 * still what was written. With log:always a leg that goes when power does is no
 * reason to be refused, from when the superblocks have said so.
 *
 * Everything follows from the seed and the number of the trial. Exit status: 0, 1
 * for a violation, 2 for wrong usage.
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

enum state { OFF, BUSY, LIVE };

enum event {
	EV_WRITE, EV_READ, EV_FLUSH, EV_DESTAGE, EV_DROP, EV_HEAL, EV_FAIL_ONE, EV_BAD, EV_CURE,
	EV_RELOAD, EV_REMOVE, EV_CLEAN, EV_QUIET, EV_CRASH, EV_NR
};

static const unsigned int base_weight[EV_NR] = {
	[EV_WRITE] = 3000, [EV_READ] = 900, [EV_FLUSH] = 400, [EV_DESTAGE] = 300,
	[EV_DROP] = 60, [EV_HEAL] = 250, [EV_FAIL_ONE] = 30, [EV_BAD] = 30, [EV_CURE] = 10,
	[EV_RELOAD] = 120, [EV_REMOVE] = 15, [EV_CLEAN] = 80, [EV_QUIET] = 20,
};

static const char *const event_name[EV_NR] = {
	"write", "read", "flush", "destage", "drop", "heal", "fail-one", "bad", "cure", "reload",
	"remove", "clean", "quiet", "crash"
};

struct req {
	struct dm_io_end end;
	enum event kind;
	bool used, fua;
	uint64_t stamp;
	struct oracle_io io;
};

static struct trial {
	unsigned int legs, chunk, slots;
	uint64_t leg_sectors, sectors, head_sectors, sa_sectors;
	unsigned int rate;
	unsigned int weight[EV_NR], weights;
	unsigned int max_reqs, absent, clean_delay_ms;
	bool doubles, bad;
	bool written;		/* there is a map of what was ever written */
	bool always;		/* log:always, mostly */
	bool mode_always;	/* of the table */
	bool began;		/* the disks have said so, and that stands until a leg joins */
	bool covered;		/* whichever leg is missing after the power cut */

	enum state state;
	bool up, counted, draining, over;
	bool disturbed;		/* something failed during an activation */
	bool some_absent;	/* at some boot */
	bool unsure;		/* a read of what was in doubt may change */
	bool two;		/* a second leg has ever failed anything: errors are allowed */
	bool read_failed;	/* and who met that may still be under way */
	uint8_t present, wanted, members, lossy;
	struct look_verdict verdict;
	unsigned int messages, attempts;
	bool quiet_wanted, noflush;
	uint64_t quiet_since, timers_idle, errors;
} t;

static struct req reqs[MAX_REQS];
static unsigned int nr_reqs;
static uint64_t count[EV_NR], boots, replays, refusals, holes, acks, fails, quiets;
static uint64_t degraded_acks, redone;

static uint8_t all_legs(void)
{
	return (1u << t.legs) - 1;
}

static uint8_t members(void)
{
	return t.counted ? look_members(dm_private()) : 0;
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
	acks += !error;
	fails += !!error;
	degraded_acks += !error && members() != all_legs();
	if (error && !t.two)
		sim_fail("a %s failed, and no more than one leg did", event_name[r->kind]);
	/* promises are the volume's: which legs hold them is not asked here */
	switch (r->kind) {
	case EV_WRITE:
		oracle_write_end(r->stamp, !error, r->fua, all_legs());
		break;
	case EV_READ:
		if (!error)
			oracle_read_end(&r->io, stamps);
		break;
	default:
		if (!error)
			oracle_flush_end(&r->io, all_legs());
	}
	r->used = false;
	nr_reqs--;
	t.read_failed &= nr_reqs > 0;
	t.timers_idle = 0;
	sim_wake(&t);
}

static struct req *req_get(enum event kind)
{
	unsigned int i;

	for (i = 0; reqs[i].used; i++)
		;
	reqs[i] = (struct req){ .used = true, .kind = kind, .end.end = req_end };
	nr_reqs++;
	return &reqs[i];
}

/* Somewhere in the hot places; unit: what no request crosses. */
static void choose(uint64_t *sector, unsigned int *n, uint64_t unit)
{
	unsigned int i = sim_below(oracle_hot_nr()), most;

	*sector = oracle_hot_sector(i);
	if (sim_chance(600))
		*sector &= ~7ull;
	for (i = 0; i < oracle_hot_nr() && oracle_hot_sector(i) != *sector; i++)
		;
	if (i == oracle_hot_nr())
		*sector = oracle_hot_sector(i = 0);
	most = sim_chance(300) ? 1 + sim_below(128) : sim_chance(500) ? 8 : 1 + sim_below(24);
	for (*n = 1; *n < most && i + *n < oracle_hot_nr() &&
	     oracle_hot_sector(i + *n) == *sector + *n && (*sector + *n) % unit; ++*n)
		;
}

static void do_write(void)
{
	struct req *r;
	uint64_t sector, stamp;
	unsigned int n;

	choose(&sector, &n, (uint64_t)(t.legs - 1) * t.chunk);
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
	struct req *r;
	uint64_t sector;
	unsigned int n;

	choose(&sector, &n, t.chunk);
	r = req_get(EV_READ);
	r->stamp = sector;
	oracle_read(&r->io, sector, n);
	sim_trace("read sector %" PRIu64 "+%u", sector, n);
	dm_read(&r->end, sector, n);
}

static void do_flush(void)
{
	struct req *r = req_get(EV_FLUSH);

	oracle_flush(&r->io);
	sim_trace("flush");
	dm_flush(&r->end);
}

/* ---- activation ---- */

static void verdict_of(uint8_t present, struct look_verdict *v)
{
	void *sa[SIM_LEGS] = { NULL };
	unsigned int l;

	for (l = 0; l < t.legs; l++)
		sa[l] = disk_sa(l);
	look_assemble(sa, present, t.legs, v);
}

/* The same promises for all: look_verdict as if all were members. */
static void activated(void)
{
	struct look_verdict v = t.verdict;
	uint8_t m = look_members(dm_private()), tg = look_targets(dm_private());

	if ((m != v.members || tg != v.targets) && !t.disturbed)
		sim_fail("boot: members %#x targets %#x, expected %s", m, tg, v.text);
	if (__builtin_popcount(m) < (int)t.legs - 1)
		sim_fail("activated with members %#x: %s", m, v.text);
	replays += m != all_legs() && v.dirty & m && v.logged;
	redone += v.dirty & m && v.always;
	sim_trace("activated: %s", v.text);
	v.members = all_legs();
	v.targets = 0;
	v.best = 0;
	oracle_boot(&v, false);
	t.unsure = true;
	t.counted = true;
	/* from here on the next power cut says */
	t.covered = false;
	t.members = m;
	t.lossy = 0;
	t.present = t.wanted;
	t.errors = sim_disk_stats.errors;
	boots++;
}

static void load(uint8_t present)
{
	const char *option = !t.always ? "" : !sim_chance(100) ? "log:always" :
			     ONE_OF(true, false) ? "log:off" : "log:degraded";
	char line[1024];
	int r;

	/* another mode takes it back, and so it may be after the next power cut */
	t.mode_always = !strcmp(option, "log:always");
	t.covered &= t.mode_always;
	t.began = false;
	look_table(line, sizeof(line), t.legs, present, t.sa_sectors, option);
	look_params(t.clean_delay_ms, sim_chance(200) ? 1 : 4096);
	t.wanted = present;
	r = dm_load(line, t.sectors);
	if (r)
		sim_fail("the table was refused: %d", r);
}

static void check_removed(void)
{
	if (sim_live_bytes() > 4096)
		sim_fail("%" PRIu64 " bytes are left after the device was removed",
			 sim_live_bytes());
	if (disks_pending())
		sim_fail("I/O is under way after the device was removed");
}

/* A leg is missing, and a zone may be torn: only those that are members decide. */
static bool hole(const struct look_verdict *v)
{
	return v->members != all_legs() && v->dirty & v->members && !v->logged;
}

static void resumed(int r, const char *when)
{
	if (!r) {
		if (hole(&t.verdict) && !t.disturbed)
			sim_fail("%s: activated with a hole: %s", when, t.verdict.text);
		t.state = LIVE;
		return;
	}
	sim_trace("%s fails: %d", when, r);
	/* a replay may meet a place that is bad */
	if (!t.disturbed && !t.bad && !(hole(&t.verdict) && r == -EUCLEAN) && t.verdict.ok)
		sim_fail("%s: failed with %d, expected %s", when, r, t.verdict.text);
	holes += r == -EUCLEAN;
	dm_remove();
	check_removed();
	t.draining = false;
	t.state = OFF;
}

static void boot_main(void *unused)
{
	(void)unused;
	load(t.wanted);
	resumed(dm_resume(activated), "boot");
}

static void boot(void)
{
	uint8_t present = all_legs();
	unsigned int l;

	if (t.attempts < 20 && sim_chance(t.absent))
		present &= ~(1u << sim_below(t.legs));
	for (l = 0; l < t.legs; l++)
		if (disk_state(l) != DISK_OK)
			disk_power_cut(l);
	t.attempts++;
	t.some_absent |= present != all_legs();
	verdict_of(present, &t.verdict);
	sim_trace("boot with %#x: %s", present, t.verdict.text);
	if (!t.verdict.ok) {
		refusals++;
		/*
		 * A leg was left behind, and now another is absent. Or one went ahead
		 * when power went, others without it: for an administrator to settle.
		 */
		if (!t.verdict.few && !(t.verdict.split && t.some_absent))
			sim_fail("refused: %s", t.verdict.text);
		if (present == all_legs())
			t.over = true;
		return;
	}
	if (hole(&t.verdict) && t.covered)
		sim_fail("refused for a hole, and the log had begun: %s", t.verdict.text);
	if (hole(&t.verdict) && present == all_legs()) {
		/* torn while it was degraded: nobody can make that good */
		if (t.attempts > 2)
			t.over = true;
	} else if (!hole(&t.verdict)) {
		t.attempts = 0;
	}
	t.state = BUSY;
	t.disturbed = false;
	t.wanted = present;
	if (!t.up)
		sim_power_on();
	t.up = true;
	sim_start("boot", boot_main, NULL, false);
}

static void crash(void)
{
	unsigned int l;

	sim_trace("power cut");
	if (t.counted)
		t.covered = t.began;
	oracle_power_cut();
	for (l = 0; l < t.legs; l++)
		disk_power_cut(l);
	disks_drop_io();
	memset(reqs, 0, sizeof(reqs));
	nr_reqs = 0;
	t.read_failed = false;
	t.up = t.counted = t.draining = t.quiet_wanted = false;
	t.messages = 0;
	t.state = OFF;
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
	oracle_stop();
	if (t.lossy & members())
		oracle_power_cut();
	t.counted = false;
}

static void reload_main(void *unused)
{
	(void)unused;
	load(t.wanted);
	drain();
	verdict_of(t.wanted, &t.verdict);
	sim_trace("resume with %#x: %s", t.wanted, t.verdict.text);
	resumed(dm_resume(activated), "resume");
	t.draining = false;
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

/* Those that were there and work, and who is back; now and then one less. */
static void reload(void)
{
	uint8_t want = healthy() | (t.present & ~members());
	struct look_verdict v;

	if (sim_chance(150))
		want &= ~(1u << sim_below(t.legs));
	if (t.lossy & members() || members() & ~want & ~(all_legs() ^ members()))
		if (members() != all_legs())
			return;
	verdict_of(want, &v);
	if (!v.ok || !(members() & v.members))
		return;
	reload_with(want);
}

static void message_main(void *unused)
{
	static const char *const message[] = {
		"clean_now", "clean_now", "clean_now", "clean_now", "check", "repair", "idle",
	};
	char answer[4096];

	(void)unused;
	if (sim_chance(100))
		dm_status(answer, sizeof(answer));
	else
		dm_message(message[sim_below(sizeof(message) / sizeof(message[0]))], NULL, 0);
	t.messages--;
	sim_wake(&t);
}

/* ---- faults ---- */

/* One leg goes, and what it has not flushed with it, while all others are well. */
static void drop(void)
{
	unsigned int l = sim_below(t.legs);
	uint8_t others = all_legs() & ~(1u << l);

	if (disk_state(l) != DISK_OK || (healthy() & others) != others)
		return;
	if (!t.counted) {
		/* it may be the end of what the others can tell */
		return;
	}
	if ((members() & others) != others || look_resync(dm_private()) || t.bad ||
	    !look_settled(dm_private()) || disks_doomed(others))
		return;
	sim_trace("disk %u drops out", l);
	t.disturbed = true;
	t.unsure = true;
	if (members() & 1u << l)
		t.lossy |= 1u << l;
	disk_fail(l);
}

static void heal(void)
{
	unsigned int l = sim_below(t.legs);
	uint8_t counted = t.counted ? members() | look_targets(dm_private()) : all_legs();

	if (disk_state(l) == DISK_OK)
		return;
	if (!(counted & 1u << l))
		disk_power_cut(l);
	else if (!disk_heal(l))
		return;
	sim_trace("disk %u is back", l);
}

/*
 * Some I/O fails, of one leg while the others are well; or of any. Without one of
 * the legs all others are needed, but a read that fails once is tried again.
 */
static void fail_one(void)
{
	unsigned int l = sim_below(t.legs);
	uint8_t others = all_legs() & ~(1u << l);
	bool reads = sim_chance(300);
	bool needed = (members() & healthy() & others) != others;
	bool second = !t.counted || (needed && !reads) || t.read_failed ||
		      look_resync(dm_private()) || !look_settled(dm_private()) ||
		      disks_doomed(all_legs()) || t.lossy;

	if (second && !t.doubles)
		return;
	if (!disk_fail_one(1u << l, reads, !reads))
		return;
	t.read_failed |= reads;
	t.disturbed = true;
	t.unsure = true;
	t.two |= second;
}

static void go_bad(void)
{
	unsigned int l = sim_below(t.legs), i, kind = sim_below(4), leg, parity;
	uint64_t start, end;

	look_place(t.legs, oracle_hot_sector(sim_below(oracle_hot_nr())), &leg, &parity, &start);
	if (sim_chance(512))
		start &= ~7ull;
	end = start + 1 + sim_below(24);
	if (end > t.leg_sectors)
		end = t.leg_sectors;
	for (i = 0; i < t.legs; i++)
		if (i != l && disk_is_bad(i, start & ~7ull, (end | 7) + 1))
			return;
	if (!disk_bad(l, start, end, kind < 2, kind))
		return;
	sim_trace("disk %u is bad at sector %" PRIu64 "+%" PRIu64 ":%s%s", l, start, end - start,
		  kind < 2 ? " reads" : "", kind ? " writes" : "");
	t.unsure = true;
}

/* ---- rest ---- */

/* Nothing is asked for any more: data are what was written, parity is their sum. */
static void quiet_check(void)
{
	void *set = dm_private();
	uint8_t m = members();
	unsigned int i, l, leg, parity;
	uint64_t at, sum, stamp;

	quiets++;
	for (i = 0; i < oracle_hot_nr(); i++) {
		uint8_t lacks = 0;

		look_place(t.legs, oracle_hot_sector(i), &leg, &parity, &at);
		sum = 0;
		if (!look_written(set, at)) {
			oracle_check(oracle_hot_sector(i), 0, leg);
			continue;
		}
		for (l = 0; l < t.legs; l++) {
			stamp = disk_stamp(l, at);
			if (!(m & 1u << l) || look_stale(set, l, at))
				lacks |= 1u << l;
			else
				sum ^= stamp;
		}
		if (!(lacks & 1u << leg)) {
			oracle_check(oracle_hot_sector(i), disk_stamp(leg, at), leg);
			if (!lacks && sum)
				sim_fail("quiet: the parity of leg sector %" PRIu64
					 " is wrong, on leg %u", at, parity);
		} else if (!(lacks & (lacks - 1))) {
			oracle_check(oracle_hot_sector(i), sum, leg);
			if (!(m & 1u << leg) && !look_stale(set, leg, at) &&
			    disk_durable_stamp(leg, at) != sum)
				sim_fail("quiet: leg %u lacks sector %" PRIu64
					 ", and its map does not say so", leg, at);
		} else if (!t.two) {
			sim_fail("quiet: legs %#x lack sector %" PRIu64, lacks, at);
		}
	}
}

static bool settled(void)
{
	void *set = dm_private();

	return !nr_reqs && look_settled(set) && !look_resync(set) && !look_targets(set) &&
	       !disks_pending() && !sim_busy() && !sim_works();
}

static void quiet_step(void)
{
	if (settled()) {
		if (!(members() & ~healthy()) && !(t.lossy & members()))
			quiet_check();
		t.quiet_wanted = false;
		return;
	}
	if ((t.present & ~healthy() || disks_some_bad() || t.two) && !nr_reqs &&
	    sim_now - t.quiet_since > 3000) {
		t.quiet_wanted = false;
		return;
	}
	if (sim_now - t.quiet_since > 300000) {
		char status[512];

		dm_status(status, sizeof(status));
		sim_who_waits();
		sim_fail("the recovery does not end: %s", status);
	}
}

static void event(void)
{
	unsigned int pick = sim_below(t.weights);
	enum event e = 0;

	while (pick >= t.weight[e])
		pick -= t.weight[e++];
	if (t.state == BUSY && e != EV_DROP && e != EV_HEAL && e != EV_FAIL_ONE &&
	    e != EV_DESTAGE && e != EV_CRASH)
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
	case EV_BAD:
		go_bad();
		break;
	case EV_CURE:
		disks_cure();
		break;
	case EV_RELOAD:
		reload();
		break;
	case EV_REMOVE:
		sim_trace("remove");
		t.noflush = sim_chance(300);
		t.state = BUSY;
		sim_start("remove", remove_main, NULL, false);
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

/* A row that one leg fails in stays whole: a member lacks something only after two. */
static void check_whole(void)
{
	unsigned int l;

	for (l = 0; l < t.legs; l++)
		if (members() & 1u << l && look_lacks(dm_private(), l) > 0)
			sim_fail("member %u lacks something, and no more than one leg failed", l);
}

void trial_step(void)
{
	if (t.counted && members() != t.members) {
		/* with the leg that is back it begins anew */
		if (members() & ~t.members)
			t.began = false;
		t.members = members();
		t.unsure = true;
	}
	t.began |= t.counted && t.mode_always && look_logged(dm_private());
	t.lossy &= members();
	if (t.counted && !t.two)
		check_whole();
	if (t.counted && look_doubt(dm_private()))
		t.unsure = true;
	if (t.unsure) {
		oracle_unstable();
		t.unsure = !t.counted || look_doubt(dm_private()) || look_resync(dm_private());
	}
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
		sim_fail("deadlock: %u requests wait", nr_reqs);
	}
}

static void make_hot(void)
{
	unsigned int places = 1 + sim_below(3), i;
	uint64_t row = (uint64_t)(t.legs - 1) * t.chunk;

	for (i = 0; i < places; i++) {
		uint64_t at = row * sim_below(t.sectors / row), len;

		switch (sim_below(4)) {
		case 0:		/* around the border of a row */
			at = at > 16 ? at - 16 : 0;
			len = 40;
			break;
		case 1:		/* of a chunk */
			at += t.chunk - 16;
			len = 32;
			break;
		case 2:		/* a whole row, if it is not too long */
			len = row < 160 ? row : 64;
			break;
		default:
			at += 8 * sim_below(row / 8);
			len = 24;
		}
		oracle_hot(at, at + len < t.sectors ? at + len : t.sectors);
	}
}

void trial_begin(void)
{
	unsigned int l, e;

	memset(&t, 0, sizeof(t));
	memset(reqs, 0, sizeof(reqs));
	nr_reqs = 0;
	sim_now = 0;

	t.legs = ONE_OF(3, 3, 3, 4, 5, 6);
	t.chunk = ONE_OF(32, 32, 128);
	t.leg_sectors = t.chunk * ONE_OF(2, 6, 8192 / t.chunk + 1);
	t.sectors = t.leg_sectors * (t.legs - 1);
	t.rate = ONE_OF(20, 60, 150, 300, 600);
	t.max_reqs = ONE_OF(1, 4, 12, 40);
	t.absent = ONE_OF(0, 250, 500);
	t.clean_delay_ms = ONE_OF(0, 125, 1000, 5000);
	t.doubles = sim_chance(250);
	t.bad = !t.doubles && sim_chance(250);
	t.two = t.bad;
	for (e = 0; e < EV_NR; e++) {
		t.weight[e] = base_weight[e] * ONE_OF(0, 1, 1, 2, 5) / 2;
		if (e < EV_FLUSH && !t.weight[e])
			t.weight[e] = base_weight[e];
		if (!t.bad && (e == EV_BAD || e == EV_CURE))
			t.weight[e] = 0;
		t.weights += t.weight[e];
	}
	t.weight[EV_CRASH] = t.weights / ONE_OF(30, 100, 300, 1000, 3000);
	t.weights += t.weight[EV_CRASH];

	manner_choose(t.legs, false);

	t.slots = ONE_OF(0, 1, 2, 5);
	t.always = sim_chance(340);
	if (t.always)
		t.slots = t.legs + ONE_OF(0, 0, 1, 4);
	t.written = sim_chance(512);
	look_rows(t.chunk, t.slots, t.written);
	look_format(t.legs, t.leg_sectors, t.slots || t.written || sim_chance(t.bad ? 512 : 100),
		    &t.head_sectors, &t.sa_sectors);
	disks_make(t.legs, t.leg_sectors, t.sa_sectors, sim_chance(500));
	dm_areas(t.leg_sectors, t.sa_sectors);
	for (l = 0; l < t.legs; l++)
		look_init_sa(disk_sa(l), t.legs, l, t.leg_sectors, t.sa_sectors);
	for (l = 0; t.written && l < t.legs; l++)
		disk_litter(l);
	disks_format_done();
	oracle_begin(t.legs, t.sectors);
	make_hot();
	sim_disk_stats.errors = 0;
	sim_power_on();
	t.up = true;
}

static void step_until(bool (*done)(void), const char *what)
{
	uint64_t limit = sim_now + 300000;

	while (!done() && !sim_failure[0] && t.state != OFF) {
		if (sim_now > limit) {
			char status[512];

			dm_status(status, sizeof(status));
			sim_who_waits();
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

static void end_quietly(void)
{
	t.quiet_wanted = true;
	t.quiet_since = sim_now;
	step_until(all_quiet, "the last recovery does not end");
}

/* Nothing fails any more: with all legs in the table all become members. */
void trial_end(void)
{
	struct look_verdict v;

	if (t.state != LIVE)
		return;
	t.rate = 0;
	t.quiet_wanted = false;
	disks_cure();
	step_until(all_answered, "requests do not end");
	if (t.state != LIVE || healthy() != all_legs() || t.lossy & members())
		return;
	verdict_of(all_legs(), &v);
	if (!v.ok)
		return;
	reload_with(all_legs());
	step_until(all_answered, "the last reload does not end");
	if (t.state != LIVE)
		return;
	end_quietly();
	if (t.state == LIVE && !sim_failure[0] && members() != all_legs() && !t.two)
		sim_fail("the end of the trial: members %#x", members());
}

bool trial_over(void)
{
	return t.over;
}

void walk_begin(void)
{
	dm_use_rows();
}

void walk_report(uint64_t trials, uint64_t steps, double took)
{
	unsigned int e;

	printf("# %" PRIu64 " steps in %.1f s, %" PRIu64 " trials, %" PRIu64 " activations, %" PRIu64
	       " refused for few legs, %" PRIu64 " for a hole, %" PRIu64 " from the log, %" PRIu64
	       " from that of log:always\n",
	       steps, took, trials, boots, refusals, holes, replays, redone);
	printf("# %" PRIu64 " requests done (%" PRIu64 " degraded), %" PRIu64 " failed, %" PRIu64
	       " times all was quiet;", acks, degraded_acks, fails, quiets);
	for (e = 0; e < EV_NR; e++)
		printf(" %s %" PRIu64, event_name[e], count[e]);
	printf("\n");
}
