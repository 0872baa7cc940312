// SPDX-License-Identifier: GPL-2.0
/*
 * The users of a volume first, the recovery second: what requests take, and
 * how many runs may be copied at a time. The arithmetic is core/throttle.c.
 */
#include <linux/ktime.h>

#include "vy.h"

/* Without a request for so long the volume is not in use. */
#define VY_PACE_IDLE		msecs_to_jiffies(20)

/* How often a slot that may not go on looks again. */
#define VY_PACE_POLL		msecs_to_jiffies(20)

/* Any context. Stamps the request, see vy_pace_seen(). */
void vy_pace_time(struct vy_set *set, struct vy_req *req)
{
	WRITE_ONCE(set->pace.seen, jiffies);
	req->timed_ns = ktime_get_ns();
	atomic_inc(&set->pace.timed);
}

/* A timed request has ended; dir: READ or WRITE. Returns what it took, in ns. */
u64 vy_pace_timed(struct vy_set *set, struct vy_req *req, int dir)
{
	struct vy_pace *pace = &set->pace;
	s64 took = max_t(s64, ktime_get_ns() - req->timed_ns, 1);
	s64 mean = READ_ONCE(pace->took_ns[dir]);

	req->timed_ns = 0;
	WRITE_ONCE(pace->took_ns[dir], mean ? max_t(s64, mean + (took - mean) / 16, 1) : took);
	WRITE_ONCE(pace->nr_took[dir], pace->nr_took[dir] + 1);
	WRITE_ONCE(pace->seen, jiffies);
	atomic_dec(&pace->timed);
	return took;
}

static bool vy_pace_in_use(struct vy_pace *pace)
{
	return atomic_read(&pace->timed) ||
	       time_before(jiffies, READ_ONCE(pace->seen) + VY_PACE_IDLE);
}

static s64 vy_pace_now(void)
{
	return ktime_get_ns() / NSEC_PER_USEC;
}

/* How many slots are worth having at work now. */
int vy_pace_slots(struct vy_set *set)
{
	struct vy_pace *pace = &set->pace;
	int n;

	spin_lock_irq(&pace->lock);
	n = vy_throttle_slots(&pace->throttle, vy_pace_now(), vy_pace_in_use(pace));
	spin_unlock_irq(&pace->lock);
	return n;
}

/* Wait for leave to copy a run. False when the recovery has to stop. */
bool vy_pace_begin(struct vy_set *set, u64 bytes)
{
	struct vy_pace *pace = &set->pace;
	s64 now, wait;

	while (!READ_ONCE(set->rc.stop)) {
		spin_lock_irq(&pace->lock);
		now = vy_pace_now();
		wait = vy_throttle_wait(&pace->throttle, now);
		if (!wait && pace->inflight < vy_throttle_slots(&pace->throttle, now,
								vy_pace_in_use(pace))) {
			pace->inflight++;
			vy_throttle_begin(&pace->throttle, now, bytes);
			spin_unlock_irq(&pace->lock);
			return true;
		}
		spin_unlock_irq(&pace->lock);
		/* never for long: it may have to stop, or the rate may change */
		schedule_timeout_idle(wait ? min(usecs_to_jiffies(wait) + 1, VY_PACE_POLL) :
				      VY_PACE_POLL);
	}
	return false;
}

void vy_pace_end(struct vy_set *set)
{
	spin_lock_irq(&set->pace.lock);
	set->pace.inflight--;
	spin_unlock_irq(&set->pace.lock);
}

/* Once a second while there is a recovery, and when one begins. */
void vy_pace_observe(struct vy_set *set, bool copying)
{
	struct vy_pace *pace = &set->pace;
	s64 took[2] = { 0, 0 };
	int i;

	for (i = 0; i < 2; i++)
		if (xchg(&pace->nr_took[i], 0))
			took[i] = READ_ONCE(pace->took_ns[i]);
	spin_lock_irq(&pace->lock);
	vy_throttle_observe(&pace->throttle, took, copying);
	spin_unlock_irq(&pace->lock);
}

/* Floor and ceiling in KiB/s, 0: none. 0 or -EINVAL. */
int vy_pace_speed(struct vy_set *set, u64 min_kib, u64 max_kib)
{
	bool ok;

	spin_lock_irq(&set->pace.lock);
	ok = vy_throttle_speed(&set->pace.throttle, min_kib, max_kib);
	spin_unlock_irq(&set->pace.lock);
	return ok ? 0 : -EINVAL;
}

void vy_pace_init(struct vy_set *set)
{
	spin_lock_init(&set->pace.lock);
	/* nothing came yet, whatever jiffies began with */
	set->pace.seen = jiffies - VY_PACE_IDLE - 1;
	vy_throttle_init(&set->pace.throttle, VY_RC_SLOTS);
}
