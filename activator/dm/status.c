// SPDX-License-Identifier: GPL-2.0
/* The status line of varyon-mirror; see status.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "status.h"

/* A number for each slot, with commas between. */
static bool parse_list(char *list, unsigned int nslots, uint64_t *n)
{
	char *s = list, *end;

	for (unsigned int l = 0; l < nslots; l++) {
		if (*s < '0' || *s > '9')
			return false;
		n[l] = strtoull(s, &end, 10);
		if (*end != (l + 1 < nslots ? ',' : '\0'))
			return false;
		s = end + 1;
	}
	return true;
}

bool status_parse(const char *line, struct mirror_status *st)
{
	char stale[256], relocated[256];
	unsigned int version;
	int words;

	memset(st, 0, sizeof(*st));
	words = sscanf(line, "%u %u %8s %" SCNx64 " %" SCNu64 "/%" SCNu64 " %255s %15s %" SCNu64
		   "/%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %63s %" SCNu64 " %255s",
		   &version, &st->nslots, st->letters, &st->gen, &st->dirty, &st->zones, stale,
		   st->action, &st->done, &st->total, &st->kib_s, &st->read_err,
		   &st->write_err, st->flags, &st->mismatches, relocated);
	if (words < 14 || version != 1 || st->nslots < 1 || st->nslots > VY_MAX_SLOTS ||
	    strlen(st->letters) != st->nslots)
		return false;
	return parse_list(stale, st->nslots, st->stale) &&
	       (words < 16 || parse_list(relocated, st->nslots, st->relocated));
}

bool status_flag(const struct mirror_status *st, const char *flag)
{
	char flags[sizeof(st->flags)], *save, *f;

	strcpy(flags, st->flags);
	for (f = strtok_r(flags, ",", &save); f; f = strtok_r(NULL, ",", &save))
		if (!strcmp(f, flag))
			return true;
	return false;
}

char status_letter(const struct mirror_status *st, unsigned int slot)
{
	return slot < st->nslots ? st->letters[slot] : '-';
}

const char *status_letter_name(char letter)
{
	static const struct { char letter; const char *name; } names[] = {
		{ 'M', "member" }, { 'T', "target" }, { 'A', "away" },
		{ 'F', "failed" }, { 'S', "split" }, { '-', "empty" },
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].letter == letter)
			return names[i].name;
	return "unknown";
}

bool status_members_differ(const struct mirror_status *st)
{
	/* a recovery that is frozen does not tell what it has to do */
	return !strcmp(st->action, "resync") || !strcmp(st->action, "frozen");
}
