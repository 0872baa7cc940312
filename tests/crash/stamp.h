/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the crash tests write into each sector: where it belongs, and which
 * write put it there. So a sector that is read says how old it is.
 */
#ifndef CRASH_STAMP_H
#define CRASH_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define SECTOR		512
#define STAMP_MAGIC	0x706d617473727976ULL

struct stamp {
	uint64_t magic;
	uint64_t sector;
	uint64_t op;		/* 1 for the first write; 0: never written */
	uint64_t body[61];
};

_Static_assert(sizeof(struct stamp) == SECTOR, "a stamp fills a sector");

/* A step of splitmix64: enough for data that must only differ. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline void stamp_fill(struct stamp *s, uint64_t sector, uint64_t op)
{
	uint64_t state = sector << 32 ^ op;
	unsigned int i;

	s->magic = STAMP_MAGIC;
	s->sector = sector;
	s->op = op;
	for (i = 0; i < sizeof(s->body) / sizeof(s->body[0]); i++)
		s->body[i] = random_next(&state);
}

/* The write that a sector holds, 0 for none; false when it is damaged. */
static inline bool stamp_read(const struct stamp *s, uint64_t sector, uint64_t *op)
{
	static const struct stamp zero;
	struct stamp want;

	*op = 0;
	if (!s->magic)
		return !memcmp(s, &zero, sizeof(zero));
	stamp_fill(&want, sector, s->op);
	*op = s->op;
	return !memcmp(s, &want, sizeof(want));
}

#endif
