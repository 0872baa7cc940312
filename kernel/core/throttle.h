/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much a recovery may do at a time: arithmetic alone, without a clock, a
 * lock or a division by anything that was measured.
 *
 * While nobody uses the volume, every slot may copy. While somebody does, few
 * may: one more each second as long as requests take hardly longer than without
 * the recovery, half as many when they do, never less than one, so that the
 * recovery always ends. A floor and a ceiling in bytes per second go before
 * both. All numbers are signed: a clock that steps back costs accuracy only.
 */
#ifndef VARYON_THROTTLE_H
#define VARYON_THROTTLE_H

#include "port.h"

#define VY_SPEED_MAX_KIB	(1ull << 31)	/* KiB/s, keeps products in 63 bits */

struct vy_throttle {
	s64 min_bytes, max_bytes;	/* per second; 0: none */
	s64 base_ns[2];			/* what reads, writes take without us; 0: unknown */
	s64 credit;			/* bytes that may be begun under max_bytes */
	s64 credit_us;			/* when that was true */
	s64 window_us, window_bytes;	/* for min_bytes: what was begun since when */
	int slots;			/* copies in flight at most */
	int busy;			/* ... while the volume is in use */
};

void vy_throttle_init(struct vy_throttle *t, int slots);

/* Floor and ceiling in KiB/s, 0: none. False, and no change, when they make no sense. */
bool vy_throttle_speed(struct vy_throttle *t, u64 min_kib, u64 max_kib);

/*
 * Once a second: what requests took of late, in ns (reads, writes; 0: there
 * were none), and whether copies were under way.
 */
void vy_throttle_observe(struct vy_throttle *t, const s64 took_ns[2], bool copying);

/* How many copies may be in flight at this time. */
int vy_throttle_slots(struct vy_throttle *t, s64 now_us, bool in_use);

/* How long the next copy has to wait for the ceiling, in us; 0: not at all. */
s64 vy_throttle_wait(struct vy_throttle *t, s64 now_us);

/* A copy of so many bytes begins. */
void vy_throttle_begin(struct vy_throttle *t, s64 now_us, s64 bytes);

#endif
