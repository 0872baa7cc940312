// SPDX-License-Identifier: GPL-2.0
/* The recovery's throttle: full speed when idle, little under load, never nothing. */
#include "unit.h"
#include "../../kernel/core/throttle.h"

#define S	1000000ll	/* us */
#define RUN	(256ll << 10)

static void observe(struct vy_throttle *t, s64 reads, s64 writes, bool copying)
{
	const s64 took[2] = { reads, writes };

	vy_throttle_observe(t, took, copying);
}

static void test_idle_volume_gets_every_slot(void)
{
	struct vy_throttle t;

	vy_throttle_init(&t, 16);
	CHECK_EQ(vy_throttle_slots(&t, 0, false), 16);
	CHECK_EQ(vy_throttle_slots(&t, 0, true), 2);
	vy_throttle_init(&t, 1);
	CHECK_EQ(vy_throttle_slots(&t, 0, true), 1);
}

/* One more each second while requests take at most a quarter longer. */
static void test_grows_while_latency_holds(void)
{
	struct vy_throttle t;
	int i;

	vy_throttle_init(&t, 16);
	observe(&t, 100000, 0, false);
	for (i = 0; i < 20; i++) {
		CHECK_EQ(vy_throttle_slots(&t, 0, true), i + 2 < 16 ? i + 2 : 16);
		observe(&t, 125000, 0, true);
	}
}

static void test_halves_when_latency_does_not_hold(void)
{
	struct vy_throttle t;
	int i;

	vy_throttle_init(&t, 16);
	observe(&t, 100000, 200000, false);
	for (i = 0; i < 14; i++)
		observe(&t, 100000, 200000, true);
	CHECK_EQ(t.busy, 16);
	/* either kind counts */
	observe(&t, 126000, 200000, true);
	CHECK_EQ(t.busy, 8);
	observe(&t, 100000, 251000, true);
	CHECK_EQ(t.busy, 4);
	for (i = 0; i < 10; i++)
		observe(&t, 10000000, 0, true);
	CHECK_EQ(t.busy, 1);
	CHECK_EQ(vy_throttle_slots(&t, 0, true), 1);
}

/* A volume that got slower for good is not held back for ever. */
static void test_learns_a_slower_volume(void)
{
	struct vy_throttle t;
	int i;

	vy_throttle_init(&t, 16);
	observe(&t, 100000, 0, false);
	for (i = 0; i < 60; i++)
		observe(&t, 400000, 0, true);
	CHECK(t.busy >= 8);
}

/* Seconds without requests, or without copies, say nothing. */
static void test_nothing_measured_changes_nothing(void)
{
	struct vy_throttle t;

	vy_throttle_init(&t, 16);
	observe(&t, 0, 0, true);
	CHECK_EQ(t.busy, 2);
	observe(&t, 5, 5, false);
	CHECK_EQ(t.busy, 2);
	CHECK_EQ(t.base_ns[0], 5);
}

/* Bytes begun in ten seconds when asked every millisecond. */
static s64 paced(struct vy_throttle *t, s64 from)
{
	s64 now, sum = 0;

	for (now = from; now < from + 10 * S; now += 1000) {
		if (vy_throttle_wait(t, now))
			continue;
		vy_throttle_begin(t, now, RUN);
		sum += RUN;
	}
	return sum;
}

static void test_ceiling_holds(void)
{
	static const s64 kib[] = { 64, 1000, 5000, 100000 };
	struct vy_throttle t;
	unsigned int i;
	s64 sum, want;

	for (i = 0; i < 4; i++) {
		vy_throttle_init(&t, 16);
		CHECK(vy_throttle_speed(&t, 0, kib[i]));
		paced(&t, 3 * S);
		sum = paced(&t, 13 * S);
		want = kib[i] * 10240;
		CHECK(sum <= want + want / 8 + RUN);
		CHECK(sum >= want - want / 100 - RUN);
	}
}

/* Even one KiB/s goes on, and the largest rate does not overflow. */
static void test_extreme_speeds(void)
{
	struct vy_throttle t;
	s64 wait;

	vy_throttle_init(&t, 16);
	CHECK(vy_throttle_speed(&t, 0, 1));
	CHECK_EQ(vy_throttle_wait(&t, 5 * S), 0);
	vy_throttle_begin(&t, 5 * S, RUN);
	wait = vy_throttle_wait(&t, 5 * S);
	CHECK(wait > 255 * S && wait <= 256 * S);
	/* it is asked again and again meanwhile */
	for (s64 now = 5 * S; now < 5 * S + wait; now += S / 10)
		CHECK(vy_throttle_wait(&t, now) > 0);
	CHECK_EQ(vy_throttle_wait(&t, 5 * S + wait + 1000), 0);

	CHECK(vy_throttle_speed(&t, VY_SPEED_MAX_KIB, VY_SPEED_MAX_KIB));
	CHECK_EQ(vy_throttle_wait(&t, INT64_MAX / 2), 0);
	CHECK_EQ(vy_throttle_slots(&t, INT64_MAX / 2, true), 16);
}

static void test_senseless_speeds_are_refused(void)
{
	struct vy_throttle t;

	vy_throttle_init(&t, 16);
	CHECK(vy_throttle_speed(&t, 100, 200));
	CHECK(!vy_throttle_speed(&t, 201, 200));
	CHECK(!vy_throttle_speed(&t, VY_SPEED_MAX_KIB + 1, 0));
	CHECK(!vy_throttle_speed(&t, 0, VY_SPEED_MAX_KIB + 1));
	CHECK(!vy_throttle_speed(&t, UINT64_MAX, UINT64_MAX));
	CHECK_EQ(t.min_bytes, 100 << 10);
	CHECK_EQ(t.max_bytes, 200 << 10);
	CHECK(vy_throttle_speed(&t, 300, 0));
}

/* Below the floor the volume's users do not count. */
static void test_floor_goes_before_users(void)
{
	struct vy_throttle t;
	s64 now, sum = 0;

	vy_throttle_init(&t, 16);
	CHECK(vy_throttle_speed(&t, 10000, 0));
	for (now = 100 * S; now < 110 * S; now += 1000)
		if (vy_throttle_slots(&t, now, true) == 16) {
			vy_throttle_begin(&t, now, RUN);
			sum += RUN;
		}
	CHECK(sum >= 10000 * 10240 - 10 * RUN);
	CHECK(sum <= 10000 * 10240 + 20 * RUN);
}

/* A clock that steps back delays nothing and breaks nothing. */
static void test_clock_steps_back(void)
{
	struct vy_throttle t;

	vy_throttle_init(&t, 16);
	CHECK(vy_throttle_speed(&t, 100, 1000));
	CHECK_EQ(vy_throttle_wait(&t, 100 * S), 0);
	vy_throttle_begin(&t, 100 * S, RUN);
	CHECK(vy_throttle_wait(&t, 50 * S) > 0);
	CHECK(vy_throttle_wait(&t, 50 * S) <= S);
	CHECK_EQ(vy_throttle_slots(&t, 50 * S, true), 16);
	CHECK_EQ(vy_throttle_wait(&t, 101 * S), 0);
}

static const struct unit_test tests[] = {
	UNIT(test_idle_volume_gets_every_slot),
	UNIT(test_grows_while_latency_holds),
	UNIT(test_halves_when_latency_does_not_hold),
	UNIT(test_learns_a_slower_volume),
	UNIT(test_nothing_measured_changes_nothing),
	UNIT(test_ceiling_holds),
	UNIT(test_extreme_speeds),
	UNIT(test_senseless_speeds_are_refused),
	UNIT(test_floor_goes_before_users),
	UNIT(test_clock_steps_back),
};

UNIT_MAIN(tests)
