// SPDX-License-Identifier: GPL-2.0
/* Table-driven options over getopt_long(); see opt.h. */
#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "err.h"
#include "opt.h"
#include "out.h"
#include "text.h"

#define MAX_OPTS 32

#define LONG_HELP (OPT_JSON + 1)

static const struct opt help_opt = { 'h', "help", NULL, "show this help" };
static const struct opt long_help_opt = { LONG_HELP, "help", NULL, "show this help" };

/* Options of the command, then help, as -h unless the command has one; NULL: no more. */
static const struct opt *opt_at(const struct opt_spec *spec, unsigned int i)
{
	bool has_h = false;
	unsigned int n = 0;

	while (spec->opts && spec->opts[n].id)
		has_h |= spec->opts[n++].id == 'h';
	if (i < n)
		return &spec->opts[i];
	return i > n ? NULL : has_h ? &long_help_opt : &help_opt;
}

static bool is_help(const struct opt_spec *spec, int id)
{
	for (const struct opt *o = spec->opts; o && o->id; o++)
		if (o->id == id)
			return false;
	return id == 'h' || id == LONG_HELP;
}

static void show_help(const struct opt_spec *spec)
{
	const struct opt *o;

	printf("Usage: %s [OPTION]...%s%s\n%s\n\n", spec->command,
	       *spec->operands ? " " : "", spec->operands, spec->summary);
	for (unsigned int i = 0; (o = opt_at(spec, i)); i++) {
		char left[64];
		int len = snprintf(left, sizeof(left), "  ");

		if (o->id < OPT_LONG_ONLY)
			len += snprintf(left + len, sizeof(left) - len, "-%c%s", o->id,
					o->name ? ", " : "");
		else
			len += snprintf(left + len, sizeof(left) - len, "    ");
		if (o->name)
			len += snprintf(left + len, sizeof(left) - len, "--%s", o->name);
		if (o->arg)
			snprintf(left + len, sizeof(left) - len, "%c%s",
				 o->name ? '=' : ' ', o->arg);
		printf("%-28s %s\n", left, o->help);
	}
}

static bool json;	/* wrong usage is reported as JSON too */

/* Is --json among the words? What is wrong may come before it. */
static bool asks_json(const struct opt_spec *spec, int argc, char **argv)
{
	const struct opt *o;
	bool known = false;

	for (unsigned int i = 0; (o = opt_at(spec, i)); i++)
		known |= o->id == OPT_JSON;
	for (int i = 1; known && i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--json"))
			return true;
	return false;
}

static int vusage(const struct opt_spec *spec, const char *fmt, va_list ap)
{
	char text[512], *safe;

	vsnprintf(text, sizeof(text), fmt, ap);
	if (json)
		error_print_json(ERR_USAGE, text);
	fflush(stdout);
	safe = text_safe(text);
	fprintf(stderr, "%s: %s; see %s --help\n", spec->command, safe, spec->command);
	free(safe);
	return ERR_USAGE;
}

int opt_usage(const struct opt_spec *spec, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vusage(spec, fmt, ap);
	va_end(ap);
	return ERR_USAGE;
}

static int stop(struct opt_iter *it, int status)
{
	it->status = status;
	return -1;
}

/* How the usage line calls operand n, counted from 0. */
static const char *operand_name(const struct opt_spec *spec, int n)
{
	const char *word = spec->operands;

	while (n-- > 0)
		word += strcspn(word, " ") + 1;
	return word;
}

/* getopt tells which option it was, not how it was spelled. */
static int no_argument_for(const struct opt_spec *spec, int id)
{
	const struct opt *o;
	unsigned int i = 0;

	while ((o = opt_at(spec, i)) && o->id != id)
		i++;
	if (id >= OPT_LONG_ONLY)
		return opt_usage(spec, "option '--%s' needs an argument", o->name);
	if (!o->name)
		return opt_usage(spec, "option '-%c' needs an argument", id);
	return opt_usage(spec, "option '-%c' (--%s) needs an argument", id, o->name);
}

static int operands(struct opt_iter *it, const struct opt_spec *spec, int argc, char **argv)
{
	it->operands = argv + optind;
	it->num_operands = argc - optind;
	if (it->num_operands < spec->min_operands) {
		const char *word = operand_name(spec, it->num_operands);

		return stop(it, opt_usage(spec, "missing operand %.*s", (int)strcspn(word, " ."),
					  word));
	}
	if (spec->max_operands >= 0 && it->num_operands > spec->max_operands)
		return stop(it, opt_usage(spec, "unexpected operand '%s'",
					  it->operands[spec->max_operands]));
	return 0;
}

int opt_next(struct opt_iter *it, const struct opt_spec *spec, int argc, char **argv)
{
	char shorts[2 * MAX_OPTS + 2] = ":", *s = shorts + 1;
	struct option longs[MAX_OPTS + 1] = { 0 }, *l = longs;
	const struct opt *o;
	int c;

	json = asks_json(spec, argc, argv);
	for (unsigned int i = 0; (o = opt_at(spec, i)) && i < MAX_OPTS; i++) {
		if (o->id < OPT_LONG_ONLY) {
			*s++ = o->id;
			if (o->arg)
				*s++ = ':';
		}
		if (o->name)
			*l++ = (struct option){ o->name, o->arg ? required_argument : no_argument,
						NULL, o->id };
	}
	opterr = 0;
	c = getopt_long(argc, argv, shorts, longs, NULL);
	it->arg = optarg;
	switch (c) {
	case -1:
		return operands(it, spec, argc, argv);
	case ':':
		return stop(it, no_argument_for(spec, optopt));
	case '?':
		if (optopt >= '0' && optopt <= '9')
			return stop(it, opt_usage(spec, "negative numbers ('-%c') are not taken",
						  optopt));
		if (optopt > 0 && optopt < OPT_LONG_ONLY && optopt != '-')
			return stop(it, opt_usage(spec, "unknown option '-%c'", optopt));
		return stop(it, opt_usage(spec, "wrong option '%s'", argv[optind - 1]));
	}
	if (is_help(spec, c)) {
		show_help(spec);
		return stop(it, ERR_OK);
	}
	return c;
}
