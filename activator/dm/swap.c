// SPDX-License-Identifier: GPL-2.0
/*
 * Swap under suspension; see swap.h.
 *
 *	1. load every new table beside the live one: most refusals come here,
 *	   while nothing has happened yet
 *	2. lock this program in memory, block signals, keep memory reclaim from
 *	   waiting for a device: one of them may hold this very program
 *	3. suspend, from the top down: what is in flight ends, caches are flushed
 *	4. act
 *	5. resume, from the bottom up
 *
 * Whoever is killed in between (only SIGKILL can) leaves devices suspended;
 * the next activation makes their tables anew from what the disks say then.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include "../lib/text.h"
#include "mapdev.h"
#include "swap.h"

#ifndef PR_SET_IO_FLUSHER	/* since Linux 5.6; not in every C library */
#define PR_SET_IO_FLUSHER 57
#endif

static enum err_code enter_critical(sigset_t *signals, const char *name, struct err *e)
{
	sigset_t all;

	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		return err_set(e, ERR_KERNEL, "%s: cannot lock memory for the suspend: %s", name,
			       strerror(errno));
	prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, signals);
	return ERR_OK;
}

static void leave_critical(const sigset_t *signals)
{
	sigprocmask(SIG_SETMASK, signals, NULL);
	prctl(PR_SET_IO_FLUSHER, 0, 0, 0, 0);
	munlockall();
}

static void clear_loaded(const struct swap_dev *dev, unsigned int n)
{
	while (n--)
		if (dev[n].table)
			mapdev_clear(dev[n].name, dev[n].uuid, dev[n].internal, NULL);
}

static enum err_code load_all(const struct swap_dev *dev, unsigned int n, struct err *e)
{
	enum err_code code = ERR_OK;
	unsigned int i;

	for (i = 0; i < n && !code; i++)
		if (dev[i].table)
			code = mapdev_load(dev[i].name, dev[i].uuid, dev[i].table,
					   dev[i].read_only, e);
	if (code)
		clear_loaded(dev, i);
	return code;
}

/*
 * Everything goes on with its old table, from the bottom up. The devices from
 * `changed` on have been given the new one, or were refused it; the others
 * have it loaded at most.
 */
static void go_back(const struct swap_dev *dev, unsigned int n, unsigned int changed,
		    const struct table *old, struct err *e)
{
	for (unsigned int i = n; i-- > 0;) {
		const struct swap_dev *d = &dev[i];
		struct err why = { 0 };
		enum err_code code = ERR_OK;

		if (d->table && i >= changed) {
			code = mapdev_load(d->name, d->uuid, &old[i], d->read_only, &why);
			if (!code)
				code = mapdev_suspend(d->name, d->uuid, d->internal, false, &why);
		} else if (d->table) {
			code = mapdev_clear(d->name, d->uuid, d->internal, &why);
		}
		if (!code)
			code = mapdev_resume(d->name, d->uuid, d->internal, &why);
		if (code)
			err_prefix(e, "%s is SUSPENDED: its old table cannot be put back: %s; this because",
				   d->name, why.text);
	}
}

static enum err_code switch_all(const struct swap_dev *dev, unsigned int n,
				const struct swap_act *a, const struct table *old, struct err *e)
{
	struct err undone = { 0 };
	enum err_code code = ERR_OK;
	unsigned int i;

	for (i = 0; i < n && !code; i++)
		code = mapdev_suspend(dev[i].name, dev[i].uuid, dev[i].internal, dev[i].freeze, e);
	if (!code && a && a->act)
		code = a->act(a->data, e);
	if (code) {
		go_back(dev, n, n, old, e);
		return code;
	}
	for (i = n; i > 0 && !code; i--)
		code = mapdev_resume(dev[i - 1].name, dev[i - 1].uuid, dev[i - 1].internal, e);
	if (!code)
		return ERR_OK;
	if (a && a->undo && a->undo(a->data, &undone))
		err_prefix(e, "what was written could not be taken back: %s; this because",
			   undone.text);
	go_back(dev, n, i, old, e);
	return code;
}

enum err_code swap_run(const struct swap_dev *dev, unsigned int n, const struct swap_act *a,
		       struct err *e)
{
	struct table *old = xalloc((n + 1) * sizeof(*old));
	enum err_code code = ERR_OK;
	sigset_t signals;

	for (unsigned int i = 0; i < n && !code; i++)
		code = mapdev_live(dev[i].name, dev[i].uuid, &old[i], e);
	if (!code)
		code = load_all(dev, n, e);
	if (!code) {
		code = enter_critical(&signals, dev[0].name, e);
		if (code) {
			clear_loaded(dev, n);
		} else {
			code = switch_all(dev, n, a, old, e);
			leave_critical(&signals);
		}
	}
	for (unsigned int i = 0; i < n; i++)
		table_free(&old[i]);
	free(old);
	return code;
}

enum err_code swap_table(const char *name, const char *uuid, const struct table *t,
			 bool read_only, bool internal, struct err *e)
{
	const struct swap_dev dev = { .name = name, .uuid = uuid, .table = t,
				      .read_only = read_only, .internal = internal };

	return swap_run(&dev, 1, NULL, e);
}
