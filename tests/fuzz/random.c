// SPDX-License-Identifier: GPL-2.0
/*
 * Random bytes and a clock that are the same each time, in place of
 * activator/lib/random.c: an input that was found does the same again.
 */
#include "../../activator/lib/random.h"
#include "patch.h"

static uint64_t state, seconds;

void fuzz_random_reset(void)
{
	state = 1;
	seconds = 1000000000;
}

/* By xorshift64. */
enum err_code random_bytes(void *buf, size_t len, struct err *e)
{
	uint8_t *p = buf;
	size_t i;

	(void)e;
	for (i = 0; i < len; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		p[i] = (uint8_t)(state >> 32) | (i + 1 == len);
	}
	return ERR_OK;
}

uint64_t clock_stamp(void)
{
	return seconds++ << 32;
}
