/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Swap under suspension: exchange the tables of live devices, and do something
 * to the disks below while no I/O of theirs is on its way. All or nothing, as
 * seen by whoever uses the devices: they only wait a moment.
 */
#ifndef VARYON_SWAP_H
#define VARYON_SWAP_H

#include "table.h"

struct swap_dev {
	const char *name, *uuid;
	const struct table *table;	/* NULL: goes on with the one it has */
	bool read_only;			/* of the new table and the old */
	bool internal;			/* as in mapdev_create() */
	bool freeze;			/* file systems on it are frozen for the moment */
};

struct swap_act {
	/*
	 * Called when everything is suspended and flushed: a mirror's status
	 * areas tell all there is to tell. An error means that the disks are
	 * as before. Reads and writes devices that are open, allocates
	 * memory; opens no file, starts no process and prints nothing, since
	 * any of that may need a device that is suspended.
	 */
	enum err_code (*act)(void *data, struct err *e);
	/*
	 * Called, still under suspension, when act() is done but a device
	 * cannot go on with its new table: put the disks back.
	 */
	enum err_code (*undo)(void *data, struct err *e);
	void *data;
};

/*
 * Load the new tables, suspend dev[0] to dev[n - 1] in this order (what lies
 * above first), act, resume in reverse order. When anything fails, every
 * device goes on with the table it had. a may be NULL: nothing to do but the
 * tables. ERR_KERNEL, or what act() said.
 */
enum err_code swap_run(const struct swap_dev *dev, unsigned int n, const struct swap_act *a,
		       struct err *e);

/* One device and its table, nothing to do in between. */
enum err_code swap_table(const char *name, const char *uuid, const struct table *t,
			 bool read_only, bool internal, struct err *e);

#endif
