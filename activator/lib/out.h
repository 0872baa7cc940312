/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output of the commands. A command builds records (keys with values); the
 * same records are printed as a table, as a card of "LABEL: value" pairs in
 * AIX's columns, or as JSON. So text and JSON never tell different things.
 *
 * Every value has a JSON side (string, number, boolean, nothing) and a text
 * side. Text is made safe for terminals, JSON strings are escaped.
 */
#ifndef VARYON_OUT_H
#define VARYON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "err.h"

struct rec;	/* one record; keys in the order of the calls */
struct rows;	/* a list of records */

struct rec *rec_new(void);
void rec_free(struct rec *r);

/* Keys and values are copied. */
void rec_str(struct rec *r, const char *key, const char *s);
void rec_num(struct rec *r, const char *key, uint64_t n);
void rec_bool(struct rec *r, const char *key, bool b, const char *text);
/* A value whose text differs from the JSON side. */
void rec_num_as(struct rec *r, const char *key, uint64_t n, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void rec_str_as(struct rec *r, const char *key, const char *s, const char *text);
void rec_null_as(struct rec *r, const char *key, const char *text);
/* Text only: JSON does not show it. */
void rec_text(struct rec *r, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* A list of numbers; text NULL: JSON only. */
void rec_nums(struct rec *r, const char *key, const uint64_t *n, size_t count,
	      const char *text);
/* A nested list; owned by the record from now on; JSON only. */
void rec_rows(struct rec *r, const char *key, struct rows *rows);

struct rows *rows_new(void);
void rows_add(struct rows *rows, struct rec *r);	/* takes r over */
size_t rows_count(const struct rows *rows);
void rows_free(struct rows *rows);

/*
 * A column of a table starts at screen column `at`, or one blank after the
 * column before it when that is too wide. A record that lacks the key ends
 * its line there.
 */
struct column {
	const char *key;	/* NULL ends the table */
	const char *title;
	unsigned int at;
};

void rows_print(const struct rows *rows, const struct column *columns, bool titles);
/* For scripts: the columns with colons between, no titles. */
void rows_print_colon(const struct rows *rows, const struct column *columns);

/*
 * A line of a card: one or two labels with values. The columns of value,
 * second label and second value are 20 and those of the card, unless given.
 */
struct card_line {
	const char *label, *key;
	const char *label2, *key2;	/* NULL: one pair only */
	unsigned int at2, value2;	/* 0: as the card says */
	unsigned int pad;		/* one pair: pad the line to this width */
};

struct card {
	unsigned int at2, value2;	/* of the second label, of its value */
	const struct card_line *lines;	/* ends with label NULL */
};

void rec_print(const struct rec *r, const struct card *card);

void rec_print_json(const struct rec *r);
/* On one line, without nested lists: one record of a stream. */
void rec_print_json_line(const struct rec *r);
/* An error as every command shows it with --json. */
void error_print_json(enum err_code code, const char *text);
void rows_print_json(const struct rows *rows);
/* A list of one record is printed as that record. */
void rows_print_json_one(const struct rows *rows);

#endif
