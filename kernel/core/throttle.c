// SPDX-License-Identifier: GPL-2.0
/*
 * How much a recovery may do at a time, see throttle.h.
 */
#include "throttle.h"

#define US_PER_S	1000000ll
#define BURST_US	(US_PER_S / 8)	/* of unused ceiling that is kept */

void vy_throttle_init(struct vy_throttle *t, int slots)
{
	memset(t, 0, sizeof(*t));
	t->slots = slots;
	t->busy = slots < 2 ? slots : 2;
}

bool vy_throttle_speed(struct vy_throttle *t, u64 min_kib, u64 max_kib)
{
	if (min_kib > VY_SPEED_MAX_KIB || max_kib > VY_SPEED_MAX_KIB ||
	    (max_kib && min_kib > max_kib))
		return false;
	t->min_bytes = (s64)min_kib << 10;
	t->max_bytes = (s64)max_kib << 10;
	t->credit = 0;
	t->window_bytes = 0;
	t->window_us = 0;
	return true;
}

/*
 * What a kind of request takes without us is learned while we rest. While we
 * copy, it can only be corrected: downwards at once, upwards a little when
 * requests are slow although a single copy is in flight, since that is as good
 * as it gets. Returns whether requests are slower than they should be.
 */
static bool slower(struct vy_throttle *t, s64 *base, s64 took, bool copying)
{
	if (!*base || (copying && took < *base)) {
		*base = took;
		return false;
	}
	if (!copying) {
		*base += (took - *base) / 2;
		return false;
	}
	if (took <= *base + *base / 4)
		return false;
	if (t->busy == 1)
		*base += (took - *base) / 8;
	return true;
}

void vy_throttle_observe(struct vy_throttle *t, const s64 took_ns[2], bool copying)
{
	bool known = false, slow = false;
	int i;

	for (i = 0; i < 2; i++) {
		if (took_ns[i] <= 0)
			continue;
		known = true;
		slow |= slower(t, &t->base_ns[i], took_ns[i], copying);
	}
	if (!known || !copying)
		return;
	if (slow)
		t->busy = t->busy > 1 ? t->busy / 2 : 1;
	else if (t->busy < t->slots)
		t->busy++;
}

/* Is less being done than the floor asks for? */
static bool below_floor(struct vy_throttle *t, s64 now_us)
{
	s64 since = now_us - t->window_us;

	if (!t->min_bytes)
		return false;
	if (since < 0 || since >= US_PER_S) {
		t->window_us = now_us;
		t->window_bytes = 0;
		return true;
	}
	return t->window_bytes < t->min_bytes * since / US_PER_S;
}

int vy_throttle_slots(struct vy_throttle *t, s64 now_us, bool in_use)
{
	if (!in_use || below_floor(t, now_us))
		return t->slots;
	return t->busy;
}

s64 vy_throttle_wait(struct vy_throttle *t, s64 now_us)
{
	s64 since = now_us - t->credit_us, got, most, wait;

	if (!t->max_bytes)
		return 0;
	if (since < 0)
		since = 0;
	if (since > US_PER_S)
		since = US_PER_S;
	got = t->max_bytes * since / US_PER_S;
	t->credit += got;
	/* what was no whole byte stays on the clock */
	t->credit_us = now_us - (since - got * US_PER_S / t->max_bytes);
	most = t->max_bytes * BURST_US / US_PER_S;
	if (t->credit > most)
		t->credit = most;
	if (t->credit >= 0)
		return 0;
	wait = -t->credit * US_PER_S / t->max_bytes;
	return wait > 0 ? wait : 1;
}

void vy_throttle_begin(struct vy_throttle *t, s64 now_us, s64 bytes)
{
	if (t->max_bytes)
		t->credit -= bytes;
	if (now_us - t->window_us < US_PER_S)
		t->window_bytes += bytes;
}
