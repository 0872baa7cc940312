// SPDX-License-Identifier: GPL-2.0
/* Text without allocation; see line.h. */
#include <string.h>
#include "line.h"

static void put(struct line *l, char c)
{
	if (l->len + 1 < l->size) {
		l->buf[l->len++] = c;
		l->buf[l->len] = '\0';
	}
}

void line_str(struct line *l, const char *s)
{
	while (*s)
		put(l, *s++);
}

void line_num(struct line *l, uint64_t n)
{
	char digits[21];
	size_t i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	line_str(l, digits + i);
}

void line_count(struct line *l, uint64_t n, const char *one, const char *more)
{
	line_num(l, n);
	put(l, ' ');
	line_str(l, n == 1 ? one : more);
}

void line_pair(struct line *l, const char *key, uint64_t n)
{
	if (l->len)
		put(l, ' ');
	line_str(l, key);
	put(l, '=');
	line_num(l, n);
}

void line_volume(struct line *l, const char *dm_name)
{
	bool in_lv = false;

	for (const char *s = dm_name; *s; s++) {
		if (*s != '-') {
			put(l, *s);
		} else if (s[1] == '-') {
			put(l, *s++);
		} else {
			put(l, in_lv ? '-' : '/');
			in_lv = true;
		}
	}
}

bool line_word(const char **s, char *word, size_t size)
{
	size_t len, kept;

	*s += strspn(*s, " ");
	len = strcspn(*s, " ");
	kept = len < size ? len : size - 1;
	memcpy(word, *s, kept);
	word[kept] = '\0';
	*s += len;
	return len > 0;
}

bool line_word_num(const char **s, uint64_t *n)
{
	char word[21];

	if (!line_word(s, word, sizeof(word)))
		return false;
	*n = 0;
	for (const char *p = word; *p; p++) {
		if (*p < '0' || *p > '9' || *n > UINT64_MAX / 10 - 1)
			return false;
		*n = *n * 10 + (uint64_t)(*p - '0');
	}
	return true;
}
