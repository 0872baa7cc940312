// SPDX-License-Identifier: GPL-2.0
/* Records printed as table, card or JSON; see out.h. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "out.h"
#include "text.h"

enum kind { KIND_NONE, KIND_NULL, KIND_STR, KIND_RAW, KIND_ROWS };

struct field {
	char *key;
	enum kind kind;
	char *json;		/* KIND_STR: unescaped; KIND_RAW: as printed */
	char *text;		/* safe for a terminal; NULL: JSON only */
	struct rows *rows;
};

struct rec {
	struct field *fields;
	size_t count;
};

struct rows {
	struct rec **recs;
	size_t count;
};

struct rec *rec_new(void)
{
	return xalloc(sizeof(struct rec));
}

void rec_free(struct rec *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->count; i++) {
		free(r->fields[i].key);
		free(r->fields[i].json);
		free(r->fields[i].text);
		rows_free(r->fields[i].rows);
	}
	free(r->fields);
	free(r);
}

/* json and text are taken over. */
static struct field *add(struct rec *r, const char *key, enum kind kind, char *json, char *text)
{
	struct field *f;

	r->fields = xrealloc(r->fields, (r->count + 1) * sizeof(*r->fields));
	f = &r->fields[r->count++];
	*f = (struct field){ xstrdup(key), kind, json, text, NULL };
	return f;
}

void rec_str(struct rec *r, const char *key, const char *s)
{
	add(r, key, KIND_STR, xstrdup(s), text_safe(s));
}

void rec_str_as(struct rec *r, const char *key, const char *s, const char *text)
{
	add(r, key, KIND_STR, xstrdup(s), text_safe(text));
}

void rec_num(struct rec *r, const char *key, uint64_t n)
{
	add(r, key, KIND_RAW, xprintf("%" PRIu64, n), xprintf("%" PRIu64, n));
}

void rec_bool(struct rec *r, const char *key, bool b, const char *text)
{
	add(r, key, KIND_RAW, xstrdup(b ? "true" : "false"), text_safe(text));
}

void rec_null_as(struct rec *r, const char *key, const char *text)
{
	add(r, key, KIND_NULL, NULL, text_safe(text));
}

static char *vtext(const char *fmt, va_list ap)
{
	char buf[1024];

	vsnprintf(buf, sizeof(buf), fmt, ap);
	return text_safe(buf);
}

void rec_num_as(struct rec *r, const char *key, uint64_t n, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, key, KIND_RAW, xprintf("%" PRIu64, n), vtext(fmt, ap));
	va_end(ap);
}

void rec_text(struct rec *r, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(r, key, KIND_NONE, NULL, vtext(fmt, ap));
	va_end(ap);
}

void rec_nums(struct rec *r, const char *key, const uint64_t *n, size_t count, const char *text)
{
	char *list = xstrdup("[");

	for (size_t i = 0; i < count; i++) {
		char *more = xprintf("%s%s%" PRIu64, list, i ? "," : "", n[i]);

		free(list);
		list = more;
	}
	add(r, key, KIND_RAW, xprintf("%s]", list), text ? text_safe(text) : NULL);
	free(list);
}

void rec_rows(struct rec *r, const char *key, struct rows *rows)
{
	add(r, key, KIND_ROWS, NULL, NULL)->rows = rows;
}

struct rows *rows_new(void)
{
	return xalloc(sizeof(struct rows));
}

void rows_add(struct rows *rows, struct rec *r)
{
	rows->recs = xrealloc(rows->recs, (rows->count + 1) * sizeof(*rows->recs));
	rows->recs[rows->count++] = r;
}

size_t rows_count(const struct rows *rows)
{
	return rows->count;
}

void rows_free(struct rows *rows)
{
	if (!rows)
		return;
	for (size_t i = 0; i < rows->count; i++)
		rec_free(rows->recs[i]);
	free(rows->recs);
	free(rows);
}

/* ---- text ---- */

static const char *text_of(const struct rec *r, const char *key)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->fields[i].text && !strcmp(r->fields[i].key, key))
			return r->fields[i].text;
	return NULL;
}

/* A line is built in place; pos counts what is printed of it. */
static void put(unsigned int *pos, const char *s)
{
	fputs(s, stdout);
	*pos += strlen(s);
}

/* Go to a column, or one blank on when the line is already past it. */
static void go_to(unsigned int *pos, unsigned int at)
{
	if (*pos >= at && *pos > 0)
		put(pos, " ");
	while (*pos < at)
		put(pos, " ");
}

void rows_print(const struct rows *rows, const struct column *columns, bool titles)
{
	const struct column *c;
	unsigned int pos = 0;

	if (titles) {
		for (c = columns; c->key; c++) {
			go_to(&pos, c->at);
			put(&pos, c->title);
		}
		putchar('\n');
	}
	for (size_t i = 0; i < rows->count; i++) {
		const char *text;

		pos = 0;
		for (c = columns; c->key; c++) {
			text = text_of(rows->recs[i], c->key);
			if (!text)
				break;
			go_to(&pos, c->at);
			put(&pos, text);
		}
		putchar('\n');
	}
}

void rows_print_colon(const struct rows *rows, const struct column *columns)
{
	for (size_t i = 0; i < rows->count; i++) {
		for (const struct column *c = columns; c->key; c++) {
			const char *text = text_of(rows->recs[i], c->key);

			printf("%s%s", c == columns ? "" : ":", text ? text : "");
		}
		putchar('\n');
	}
}

static void put_pair(unsigned int *pos, const struct rec *r, const char *label,
		     const char *key, unsigned int value_at)
{
	const char *text = text_of(r, key);

	put(pos, label);
	go_to(pos, value_at);
	put(pos, text ? text : "");
}

void rec_print(const struct rec *r, const struct card *card)
{
	for (const struct card_line *l = card->lines; l->label; l++) {
		unsigned int pos = 0;

		put_pair(&pos, r, l->label, l->key, strlen(l->label) < 20 ? 20 : 0);
		if (l->label2) {
			unsigned int at2 = l->at2 ? l->at2 : card->at2;
			unsigned int value2 = l->value2 ? l->value2 : card->value2;
			unsigned int width = value2 - at2;

			go_to(&pos, at2);
			put_pair(&pos, r, l->label2, l->key2, pos + width);
		} else if (l->pad) {
			while (pos < l->pad)
				put(&pos, " ");
		}
		putchar('\n');
	}
}

/* ---- JSON ---- */

/* Length of the valid UTF-8 sequence at s, 0 when there is none. */
static unsigned int utf8_len(const unsigned char *s)
{
	static const struct { unsigned char mask, lead; uint32_t least; } forms[] = {
		{ 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};

	for (unsigned int n = 0; n < 4; n++) {
		uint32_t c;

		if ((s[0] & forms[n].mask) != forms[n].lead)
			continue;
		c = s[0] & ~forms[n].mask;
		for (unsigned int i = 1; i <= n; i++) {
			if ((s[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (s[i] & 0x3f);
		}
		if (c < forms[n].least || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
			return 0;
		return n + 1;
	}
	return 0;
}

/* A control character, or one of the second set of them (U+0080 to U+009F). */
static bool is_control(const unsigned char *s)
{
	return *s < 0x20 || *s == 0x7f || (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0);
}

static void json_string(const char *str)
{
	const unsigned char *s = (const unsigned char *)str;

	putchar('"');
	while (*s) {
		unsigned int len = utf8_len(s);

		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (is_control(s))
			printf("\\u%04x", s[len - 1]);
		else if (len)
			fwrite(s, 1, len, stdout);
		else
			fputs("\\ufffd", stdout);
		s += len ? len : 1;
	}
	putchar('"');
}

static void json_rows(const struct rows *rows, unsigned int indent);

static void json_rec(const struct rec *r, unsigned int indent)
{
	bool first = true;

	putchar('{');
	for (size_t i = 0; i < r->count; i++) {
		const struct field *f = &r->fields[i];

		if (f->kind == KIND_NONE)
			continue;
		printf("%s\n%*s", first ? "" : ",", indent + 2, "");
		first = false;
		json_string(f->key);
		fputs(": ", stdout);
		if (f->kind == KIND_STR)
			json_string(f->json);
		else if (f->kind == KIND_ROWS)
			json_rows(f->rows, indent + 2);
		else
			fputs(f->kind == KIND_RAW ? f->json : "null", stdout);
	}
	printf("\n%*s}", indent, "");
}

static void json_rows(const struct rows *rows, unsigned int indent)
{
	putchar('[');
	for (size_t i = 0; i < rows->count; i++) {
		printf("%s\n%*s", i ? "," : "", indent + 2, "");
		json_rec(rows->recs[i], indent + 2);
	}
	if (rows->count)
		printf("\n%*s", indent, "");
	putchar(']');
}

void rec_print_json(const struct rec *r)
{
	json_rec(r, 0);
	putchar('\n');
}

void rec_print_json_line(const struct rec *r)
{
	const char *sep = "{";

	for (size_t i = 0; i < r->count; i++) {
		const struct field *f = &r->fields[i];

		if (f->kind == KIND_NONE || f->kind == KIND_ROWS)
			continue;
		fputs(sep, stdout);
		json_string(f->key);
		fputs(": ", stdout);
		if (f->kind == KIND_STR)
			json_string(f->json);
		else
			fputs(f->kind == KIND_RAW ? f->json : "null", stdout);
		sep = ", ";
	}
	puts("}");
}

void error_print_json(enum err_code code, const char *text)
{
	struct rec *r = rec_new();

	rec_str(r, "error", err_name(code));
	rec_num(r, "status", code);
	rec_str(r, "text", text);
	rec_print_json(r);
	rec_free(r);
}

void rows_print_json(const struct rows *rows)
{
	json_rows(rows, 0);
	putchar('\n');
}

void rows_print_json_one(const struct rows *rows)
{
	if (rows->count == 1)
		rec_print_json(rows->recs[0]);
	else
		rows_print_json(rows);
}
