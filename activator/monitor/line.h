/* SPDX-License-Identifier: GPL-2.0 */
/* Text put together in memory that the caller has, without any allocation. Pure. */
#ifndef VARYON_LINE_H
#define VARYON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line {
	char *buf;
	size_t size, len;	/* len < size; buf[len] is NUL */
};

#define LINE(array) line_begin((array), sizeof(array))

static inline struct line line_begin(char *buf, size_t size)
{
	buf[0] = '\0';
	return (struct line){ buf, size, 0 };
}

/* What does not fit is left out. */
void line_str(struct line *l, const char *s);
void line_num(struct line *l, uint64_t n);

/* "1 copy", "2 copies": n, a blank and the word for one or for more. */
void line_count(struct line *l, uint64_t n, const char *one, const char *more);

/* "KEY=N", behind a blank unless it is the first. */
void line_pair(struct line *l, const char *key, uint64_t n);

/* A device-mapper name as people write it: VG/LV for VG-LV, hyphens undoubled. */
void line_volume(struct line *l, const char *dm_name);

/* The next word of *s, up to a blank: copied to word, cut to size; false: there is none. */
bool line_word(const char **s, char *word, size_t size);

/* A decimal number as the next word. */
bool line_word_num(const char **s, uint64_t *n);

#endif
