/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel command line asks varyon for. */
#ifndef VARYON_CMDLINE_H
#define VARYON_CMDLINE_H

#include "../dm/activate.h"

enum degraded { DEGRADED_YES, DEGRADED_NO, DEGRADED_RO };
enum resync { RESYNC_AUTO, RESYNC_IDLE, RESYNC_OFF };

struct want {
	char vg[VG_NAME_MAX + 1];	/* name or VGID */
	char lv[LV_NAME_MAX + 1];	/* empty: all LVs of the VG */
	char *option;			/* the option that asks for it, for messages */
	char *device;			/* of root= and resume=: the path; else NULL */
	bool known;			/* the host wants it, not an option: see known.h */
	char known_as[VG_NAME_MAX + 1];	/* the name by which the host knows it, or "" */
};

struct import {
	char vgid[33];			/* of an AIX VG, which does not know its name */
	char name[VG_NAME_MAX + 1];
};

/* Identifiers are lower-case; everything is owned, see cmdline_free(). */
struct cmdline {
	bool enabled;			/* not rd.varyon=0 */
	bool debug;
	bool monitor;			/* not rd.varyon.monitor=0 */
	struct want *wants;
	unsigned int num_wants;
	unsigned int wait;		/* seconds */
	enum degraded degraded;
	enum act_quorum quorum;
	enum resync resync;
	char **pv;			/* patterns of paths: look at these devices alone */
	unsigned int num_pv;
	struct import *imports;
	unsigned int num_imports;
	char (*prefer)[17];		/* PVIDs: the sides to keep in a split brain */
	unsigned int num_prefer;
	char **complaints;		/* about unknown and malformed options */
	unsigned int num_complaints;
};

/*
 * Read the options from file alone, or with NULL from where dracut looks too:
 * /etc/cmdline.d/ *.conf, /etc/cmdline, /proc/cmdline, the last one winning.
 * ERR_IO when a given file cannot be read.
 */
enum err_code cmdline_read(const char *file, struct cmdline *cl, struct err *e);

/*
 * Add a wish of the host for all LVs of the VG of this VGID, which it knows by
 * this name ("": by none), unless an option has it already.
 */
void cmdline_want_known(struct cmdline *cl, const char *vgid, const char *name);

void cmdline_free(struct cmdline *cl);

#endif
