// SPDX-License-Identifier: GPL-2.0
/* One error: code and text. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "err.h"

enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return code;
	if (e->code != ERR_OK)
		return e->code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return code;
}

enum err_code err_prefix(struct err *e, const char *fmt, ...)
{
	char what[256];
	size_t n;
	va_list ap;

	if (!e || e->code == ERR_OK)
		return ERR_OK;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	n = strlen(what);
	if (n + 2 >= sizeof(e->text))
		return e->code;
	/* What does not fit is cut from the end of the old text. */
	memmove(e->text + n + 2, e->text, sizeof(e->text) - n - 2);
	memcpy(e->text, what, n);
	memcpy(e->text + n, ": ", 2);
	e->text[sizeof(e->text) - 1] = '\0';
	return e->code;
}

const char *err_name(enum err_code code)
{
	switch (code) {
	case ERR_OK:		return "ERR_OK";
	case ERR_FAILED:	return "ERR_FAILED";
	case ERR_USAGE:		return "ERR_USAGE";
	case ERR_NOTFOUND:	return "ERR_NOTFOUND";
	case ERR_QUORUM:	return "ERR_QUORUM";
	case ERR_METADATA:	return "ERR_METADATA";
	case ERR_CONFLICT:	return "ERR_CONFLICT";
	case ERR_IO:		return "ERR_IO";
	case ERR_KERNEL:	return "ERR_KERNEL";
	case ERR_NOSPACE:	return "ERR_NOSPACE";
	}
	return "ERR_FAILED";
}
