// SPDX-License-Identifier: GPL-2.0
/* The last messages; see ring.h. */
#include <string.h>
#include "ring.h"

const struct ring_line *ring_add(struct ring *r, uint32_t level, uint64_t ms, const char *text)
{
	struct ring_line *l;
	size_t len = strlen(text);

	if (!r->next)
		r->next = 1;
	l = &r->line[r->next % RING_LINES];
	l->number = r->next++;
	l->ms = ms;
	l->level = level;
	if (len > RING_TEXT - 1)
		len = RING_TEXT - 1;
	memcpy(l->text, text, len);
	l->text[len] = '\0';
	return l;
}

const struct ring_line *ring_from(const struct ring *r, uint64_t from)
{
	uint64_t oldest = r->next > RING_LINES ? r->next - RING_LINES : 1;

	if (from < oldest)
		from = oldest;
	return from < r->next ? &r->line[from % RING_LINES] : NULL;
}
