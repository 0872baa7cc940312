// SPDX-License-Identifier: GPL-2.0
/* The status line of varyon-mirror; see status.h. */
#include <stdlib.h>
#include <string.h>
#include "status.h"

/*
 * The monitor reads status lines where nothing may allocate, so they are taken
 * apart by hand. What follows a number or word is a blank, or the end of the line.
 */
static bool end_word(const char **s, char end)
{
	if (**s != end && !(end == ' ' && !**s))
		return false;
	*s += **s != '\0';
	while (end == ' ' && **s == ' ')
		(*s)++;
	return true;
}

static bool take_number(const char **s, int base, char end, uint64_t *n)
{
	char *stop;

	/* no blank and no sign, which strtoull() would take */
	if (!((**s >= '0' && **s <= '9') || (base == 16 && **s >= 'a' && **s <= 'f')))
		return false;
	*n = strtoull(*s, &stop, base);
	*s = stop;
	return end_word(s, end);
}

static bool take_word(const char **s, char *word, size_t size)
{
	size_t len = strcspn(*s, " ");

	if (!len || len >= size)
		return false;
	memcpy(word, *s, len);
	word[len] = '\0';
	*s += len;
	return end_word(s, ' ');
}

/* A number for each slot, with commas between. */
static bool take_list(const char **s, unsigned int nslots, uint64_t *n)
{
	for (unsigned int l = 0; l < nslots; l++)
		if (!take_number(s, 10, l + 1 < nslots ? ',' : ' ', &n[l]))
			return false;
	return true;
}

static bool take_roles(const char **s, struct mirror_status *st)
{
	uint64_t version, nslots;

	if (!take_number(s, 10, ' ', &version) || version != 1 ||
	    !take_number(s, 10, ' ', &nslots) || nslots < 1 || nslots > VY_MAX_SLOTS)
		return false;
	st->nslots = (unsigned int)nslots;
	return take_word(s, st->letters, sizeof(st->letters)) &&
	       strlen(st->letters) == nslots && take_number(s, 16, ' ', &st->gen);
}

static bool take_work(const char **s, struct mirror_status *st)
{
	return take_number(s, 10, '/', &st->dirty) && take_number(s, 10, ' ', &st->zones) &&
	       take_list(s, st->nslots, st->stale) &&
	       take_word(s, st->action, sizeof(st->action)) &&
	       take_number(s, 10, '/', &st->done) && take_number(s, 10, ' ', &st->total) &&
	       take_number(s, 10, ' ', &st->kib_s);
}

bool status_parse(const char *line, struct mirror_status *st)
{
	memset(st, 0, sizeof(*st));
	line += strspn(line, " ");
	if (!take_roles(&line, st) || !take_work(&line, st) ||
	    !take_number(&line, 10, ' ', &st->read_err) ||
	    !take_number(&line, 10, ' ', &st->write_err) ||
	    !take_word(&line, st->flags, sizeof(st->flags)))
		return false;
	if (!*line)
		return true;
	return take_number(&line, 10, ' ', &st->mismatches) &&
	       (!*line || take_list(&line, st->nslots, st->relocated));
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
