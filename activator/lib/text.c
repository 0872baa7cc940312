// SPDX-License-Identifier: GPL-2.0
/* Text helpers of the commands; see text.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "err.h"
#include "text.h"

static void *have_memory(void *p)
{
	if (!p) {
		fputs("varyon: out of memory\n", stderr);
		exit(ERR_FAILED);
	}
	return p;
}

void *xalloc(size_t len)
{
	return have_memory(calloc(1, len ? len : 1));
}

void *xrealloc(void *p, size_t len)
{
	return have_memory(realloc(p, len ? len : 1));
}

void text_append(char **text, const char *sep, const char *more)
{
	char *longer = xprintf("%s%s%s", *text, **text ? sep : "", more);

	free(*text);
	*text = longer;
}

char *xprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return have_memory(s);
}

char *xstrdup(const char *s)
{
	return have_memory(strdup(s));
}

char *text_safe(const char *s)
{
	char *safe = xalloc(4 * strlen(s) + 1), *d = safe;

	for (; *s; s++) {
		unsigned char c = *s;

		if (c >= 0x20 && c < 0x7f)
			*d++ = c;
		else
			d += sprintf(d, "\\x%02x", c);
	}
	return safe;
}

void text_hex(char *dst, const uint8_t *b, size_t len)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*dst++ = digit[b[i] >> 4];
		*dst++ = digit[b[i] & 15];
	}
	*dst = '\0';
}

void text_date(char *dst, uint32_t seconds)
{
	/* Years that begin in March: the day that comes and goes is their last. */
	unsigned int days = seconds / 86400 + 719468;	/* since 0000-03-01 */
	unsigned int era = days / 146097, day = days % 146097;	/* of 400 years */
	unsigned int year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	unsigned int month;

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;	/* March is 0 */
	day -= (153 * month + 2) / 5;
	snprintf(dst, TEXT_DATE_LEN, "%u-%02u-%02u %02u:%02u:%02u UTC",
		 era * 400 + year + (month >= 10), month < 10 ? month + 3 : month - 9, day + 1,
		 seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
}

bool text_num(const char *s, uint64_t max, uint64_t *n)
{
	unsigned long long v;
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno || *end || v > max)
		return false;
	*n = v;
	return true;
}

bool text_units(const char *s, uint64_t unit, uint64_t *units)
{
	static const char suffixes[] = "KkMmGgTt";
	size_t len = strlen(s);
	const char *suffix;
	char digits[24];
	uint64_t n;
	unsigned int shift;

	if (!len || len >= sizeof(digits))
		return false;
	suffix = strchr(suffixes, s[len - 1]);
	memcpy(digits, s, len + 1);
	if (suffix)
		digits[len - 1] = '\0';
	if (!text_num(digits, UINT64_MAX, &n) || n == 0)
		return false;
	if (suffix) {
		shift = 10 * ((suffix - suffixes) / 2 + 1);
		if (n > UINT64_MAX >> shift)
			return false;
		n <<= shift;
		n = n / unit + (n % unit != 0);
	}
	*units = n;
	return true;
}
