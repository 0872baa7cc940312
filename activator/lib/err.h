/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Errors: one code (which is also the exit status of every command) and one
 * line of text that names the device, the field and the remedy.
 */
#ifndef VARYON_ERR_H
#define VARYON_ERR_H

enum err_code {
	ERR_OK = 0,
	ERR_FAILED = 1,		/* refused or failed, none of the below */
	ERR_USAGE = 2,		/* wrong option or operand */
	ERR_NOTFOUND = 3,	/* no such VG, PV, LV or device */
	ERR_QUORUM = 4,		/* not enough PVs, or no fresh copy of an LV */
	ERR_METADATA = 5,	/* metadata damaged, hostile or of an unknown version */
	ERR_CONFLICT = 6,	/* duplicate identity, split brain, busy, not in the state needed */
	ERR_IO = 7,		/* a device failed */
	ERR_KERNEL = 8,		/* device-mapper or the module refused */
	ERR_NOSPACE = 9		/* not enough free PPs, or a limit of the format */
};

struct err {
	enum err_code code;
	char text[1024];
};

/*
 * Set *e and return e->code, so that "return err_set(e, ...)" works. The first
 * error wins: a second call on a set error leaves it alone. e may be NULL.
 */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "what: " in front of the text of a set error; returns e->code. */
enum err_code err_prefix(struct err *e, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The name used in --json output, such as "ERR_QUORUM". */
const char *err_name(enum err_code code);

#endif
