/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options of the commands: one table for each command gives letters, long
 * names and help, so that --help can never say anything else than what is
 * accepted.
 */
#ifndef VARYON_OPT_H
#define VARYON_OPT_H

#define OPT_LONG_ONLY	256	/* ids from here on have no letter */
#define OPT_JSON	511	/* --json */

struct opt {
	int id;			/* the letter, or OPT_LONG_ONLY and above */
	const char *name;	/* long name; NULL: none */
	const char *arg;	/* name of its argument; NULL: takes none */
	const char *help;
};

struct opt_spec {
	const char *command;
	const char *operands;	/* as the usage line shows them */
	const char *summary;
	const struct opt *opts;	/* ends with id 0; --help is added, -h when it is free */
	int min_operands, max_operands;	/* max < 0: no limit */
};

#define OPT_JSON_ENTRY	{ OPT_JSON, "json", NULL, "print JSON" }

struct opt_iter {
	int status;		/* with -1 from opt_next(): the exit status */
	const char *arg;	/* argument of the option just returned */
	char **operands;	/* after 0 from opt_next(); NULL-terminated */
	int num_operands;
};

/*
 * Next option: its id; 0 when all are read and the number of operands is
 * right; -1 when the command is to end with it->status, because help was asked
 * for (and is printed) or something is wrong (and is reported).
 */
int opt_next(struct opt_iter *it, const struct opt_spec *spec, int argc, char **argv);

/* Report "COMMAND: text" with a pointer to --help; returns ERR_USAGE. */
int opt_usage(const struct opt_spec *spec, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
