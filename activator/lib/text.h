/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text helpers of the commands: allocation that cannot fail, names made safe
 * for a terminal, sizes and identifiers to and from text.
 */
#ifndef VARYON_TEXT_H
#define VARYON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As malloc (zeroed), realloc, asprintf and strdup; no memory ends the process. */
void *xalloc(size_t len);
void *xrealloc(void *p, size_t len);
char *xprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xstrdup(const char *s);

/* *text, which is allocated, gets more at its end, behind sep unless it was empty. */
void text_append(char **text, const char *sep, const char *more);

/*
 * A copy of s that may be shown on any terminal: every byte that is not
 * printable ASCII is written as \xNN. The caller owns it.
 */
char *text_safe(const char *s);

/* len bytes as lower-case hex digits and a NUL; dst holds 2 * len + 1. */
void text_hex(char *dst, const uint8_t *b, size_t len);

/*
 * Seconds since 1970 as "2026-05-01 12:00:00 UTC". dst holds TEXT_DATE_LEN. Not by
 * strftime(): nothing else here needs time zones and their files.
 */
#define TEXT_DATE_LEN	72	/* what six numbers of any size take */
void text_date(char *dst, uint32_t seconds);

/* A decimal number of at most max; false when s is anything else. */
bool text_num(const char *s, uint64_t max, uint64_t *n);

/*
 * A size as an operand gives it: a plain number counts units of unit bytes,
 * a number with K, M, G or T (either case) counts 2^10, 2^20, ... bytes and
 * is rounded up to whole units. *units is at least 1; false when s is
 * anything else or too large.
 */
bool text_units(const char *s, uint64_t unit, uint64_t *units);

#endif
