/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Activation: an LV of the model becomes a mapped device, and back. Knows the
 * model and device-mapper; prints nothing: what is worth telling goes to say().
 */
#ifndef VARYON_ACTIVATE_H
#define VARYON_ACTIVATE_H

#include "judge.h"
#include "dmname.h"
#include "status.h"
#include "swap.h"

struct act_state {
	bool exists;			/* there is a device, perhaps without a table */
	bool active, open, suspended, read_only;
	unsigned int major, minor;
	char name[NAME_LEN];
	bool mirrored;			/* a mirror in the kernel: status is valid */
	struct mirror_status status;
};

struct act_opts {
	bool no_resync;		/* recovery stays idle */
	bool read_only;
	bool dirty_degraded;	/* parity of RAID5 is believed, whatever happened to it */
	bool rescue;		/* without our module, and nothing is written; with read_only */
	bool set_speed;		/* of the mirror, in KiB/s, 0 none; else it stays */
	uint64_t resync_min, resync_max;
	/* What act_lv_state() has just said; NULL: it is asked. */
	const struct act_state *state;
	/* Of an LV that is not active yet: has just been judged so; NULL: judge_lv() is asked. */
	const struct judge *judged;
	void (*say)(const char *text);	/* one line, no newline */
	/*
	 * Called when nothing speaks against a start any more, before the LV
	 * can write; an error ends the start. read_only: the LV cannot write.
	 * NULL: nothing to do. Not called for an LV that is active already.
	 */
	enum err_code (*before)(const struct vg *vg, bool read_only, void *data, struct err *e);
	void *data;		/* of before() */
};

/*
 * Activate an LV. One that is active already follows the VG: legs that have
 * returned, are new, gone or split off (live.h), and a node that is missing is
 * made. A split child is started when its LV has let go of the copy. ERR_QUORUM,
 * ERR_CONFLICT: judge_lv() refuses, or the parity of RAID5 is needed and not to be
 * believed; ERR_KERNEL: the kernel does. Nothing is left
 * half made.
 */
enum err_code act_lv_start(const struct vg *vg, const struct vg_lv *lv,
			   const struct act_opts *o, struct err *e);

/* Deactivate; ERR_CONFLICT when it is open. Not active is no error. */
enum err_code act_lv_stop(const struct vg *vg, const struct vg_lv *lv, struct err *e);

/*
 * The active mirrors of a VG that hold a leg which the VG calls split let go of
 * it, all at one moment and each under a frozen file system; or none.
 */
enum err_code act_vg_let_go(const struct vg *vg, const struct act_opts *o, struct err *e);

/* The state of an LV; without device-mapper it is not active, no error. */
enum err_code act_lv_state(const struct vg *vg, const struct vg_lv *lv, struct act_state *s,
			   struct err *e);

/* The status of an active mirror by its UUID; ERR_NOTFOUND when there is no such device. */
enum err_code act_uuid_status(const char *uuid, struct mirror_status *st, struct err *e);

/*
 * The LV goes on with its legs where the VG in memory says now: a->act() writes
 * what must be written and commits the VG. An active LV is suspended meanwhile.
 */
enum err_code act_lv_swap(const struct vg *vg, const struct vg_lv *lv,
			  const struct swap_act *a, struct err *e);

/* The whole table, as for a start; internal devices of legs are made. */
enum err_code act_lv_table(const struct vg *vg, const struct vg_lv *lv, const struct judge *j,
			   bool read_only, const struct act_opts *o, struct table *t,
			   struct err *e);

/* A message to the mirror target of an active LV; the caller owns *answer. */
enum err_code act_lv_message(const struct vg *vg, const struct vg_lv *lv, const char *message,
			     char **answer, struct err *e);

enum act_quorum {
	ACT_QUORUM_VG,		/* as the VG says */
	ACT_QUORUM_ON,		/* a majority, whatever the VG says */
	ACT_QUORUM_OFF		/* any number will do */
};

/* May the VG be varied on? ERR_QUORUM names the missing PVs. */
enum err_code act_vg_quorum(const struct vg *vg, enum act_quorum rule, struct err *e);

/* The missing PVs as "PVID (last seen as vdb)", joined; the caller owns it; "" when none. */
char *act_missing_pvs(const struct vg *vg);

/*
 * A VG is varied on while an LV of it is active or it is marked so below the
 * run directory (VARYON_RUN in the environment, else /run/varyon).
 */
const char *act_run_dir(void);
bool act_vg_is_on(const struct vg *vg);
enum err_code act_vg_mark(const struct vg *vg, bool on, struct err *e);

#endif
