/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One mapped device: thin calls over libdevmapper with our error texts and
 * our udev rule: the flags are always set, no call ever waits for udev.
 */
#ifndef VARYON_MAPDEV_H
#define VARYON_MAPDEV_H

#include "table.h"

struct mapdev {
	bool exists;
	bool has_table;		/* a live table */
	bool suspended, read_only;
	unsigned int open_count;
	unsigned int major, minor;
};

/*
 * Can device-mapper be asked at all? False on a machine without it and for
 * users who may not; then nothing is active as far as we can tell.
 */
bool mapdev_usable(void);

/* Load dm-mod and the module of target when they are missing. ERR_KERNEL. */
enum err_code mapdev_need_target(const char *target, struct err *e);

/* An unknown UUID is no error: exists is false then. */
enum err_code mapdev_info(const char *uuid, struct mapdev *dev, struct err *e);

/*
 * Create, load and resume. internal: a device that no one but the module may
 * look into: udev makes no node for it and reads nothing of it.
 */
enum err_code mapdev_create(const char *name, const char *uuid, const struct table *t,
			    bool read_only, bool internal, struct mapdev *dev, struct err *e);

/*
 * Exchange the table of a live device: load, suspend (I/O is drained, file
 * systems are not frozen), resume. When the kernel refuses to resume, the old
 * table is put back. The device may hold this very program: while it is
 * suspended nothing is read from disk, and no signal is taken.
 */
enum err_code mapdev_exchange(const char *name, const char *uuid, const struct table *t,
			      bool read_only, bool internal, struct err *e);

/* Resume a device that an interrupted exchange has left suspended. */
enum err_code mapdev_resume(const char *name, const char *uuid, struct err *e);

/* A device that is open: ERR_CONFLICT. One that does not exist is no error. */
enum err_code mapdev_remove(const char *name, const char *uuid, struct err *e);

/* Parameters and length (sectors) of a one-segment live table; the caller owns *params. */
enum err_code mapdev_table(const char *uuid, char **params, uint64_t *sectors, struct err *e);

/* Status line of a one-segment live table, asked without flushing. */
enum err_code mapdev_status(const char *uuid, char **params, struct err *e);

/* Send a message to the target; *answer may be empty; the caller owns it. */
enum err_code mapdev_message(const char *uuid, const char *message, char **answer,
			     struct err *e);

#endif
