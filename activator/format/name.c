// SPDX-License-Identifier: GPL-2.0
/* Names: what is allowed, and fixed text fields. */
#include <string.h>
#include "name.h"

const char *name_why_bad(const char *s, size_t max)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";

	if (!*s)
		return "is empty";
	if (*s == '-' || *s == '.')
		return "starts with - or .";
	if (s[strspn(s, good)])
		return "has a character other than letters, digits and . _ + -";
	if (strlen(s) > max)
		return "is too long";
	return NULL;
}

const char *name_from_field(char *dst, const uint8_t *field, size_t len)
{
	size_t i;

	for (i = 0; i < len && field[i]; i++)
		if (field[i] < 0x20 || field[i] == 0x7f)
			return "has a control character";
	if (i == len)
		return "has no NUL at its end";
	memset(dst, 0, len);
	memcpy(dst, field, i);
	return NULL;
}
