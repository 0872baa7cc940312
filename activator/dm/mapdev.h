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

struct mapdev_entry {
	char name[128], uuid[129];	/* as device-mapper has them; uuid may be empty */
	unsigned int open_count;
};

/* All mapped devices, ours and others'; the caller owns *list. None without device-mapper. */
enum err_code mapdev_list(struct mapdev_entry **list, unsigned int *count, struct err *e);

/*
 * Create, load and resume. internal: a device that no one but the module may
 * look into: udev makes no node for it and reads nothing of it.
 */
enum err_code mapdev_create(const char *name, const char *uuid, const struct table *t,
			    bool read_only, bool internal, struct mapdev *dev, struct err *e);

/*
 * The steps of an exchange of tables, which swap.c puts together: load into
 * the spare place, suspend (I/O is drained; freeze: the file system on it is
 * frozen first, so that what is on disk is consistent), resume with what was
 * loaded or else with the old table, drop what was loaded.
 */
enum err_code mapdev_load(const char *name, const char *uuid, const struct table *t,
			  bool read_only, struct err *e);
enum err_code mapdev_suspend(const char *name, const char *uuid, bool internal, bool freeze,
			     struct err *e);
enum err_code mapdev_resume(const char *name, const char *uuid, bool internal, struct err *e);
enum err_code mapdev_clear(const char *name, const char *uuid, bool internal, struct err *e);

/* The live table; the caller ends it with table_free(). */
enum err_code mapdev_live(const char *name, const char *uuid, struct table *t, struct err *e);

/* A device that is open: ERR_CONFLICT. One that does not exist is no error. */
enum err_code mapdev_remove(const char *name, const char *uuid, struct err *e);

/*
 * Parameters of the live table when it is one mirror or RAID5, else NULL; and its status
 * line, asked without flushing. The caller owns *params.
 */
enum err_code mapdev_set_table(const char *uuid, char **params, struct err *e);
enum err_code mapdev_set_status(const char *uuid, char **params, struct err *e);

/* Send a message to the target; *answer may be empty; the caller owns it. */
enum err_code mapdev_message(const char *uuid, const char *message, char **answer,
			     struct err *e);

#endif
