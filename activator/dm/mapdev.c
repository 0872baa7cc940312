// SPDX-License-Identifier: GPL-2.0
/* Mapped devices through libdevmapper; see mapdev.h. */
#include <errno.h>
#include <fcntl.h>
#include <libdevmapper.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>
#include "../lib/text.h"
#include "mapdev.h"

/*
 * Nodes are made by udev or by node.c, never by the library: a node of its
 * own would stand in the way of udev's link.
 */
#define FLAGS_VISIBLE	(DM_UDEV_DISABLE_LIBRARY_FALLBACK | DM_UDEV_PRIMARY_SOURCE_FLAG)
#define FLAGS_INTERNAL	(FLAGS_VISIBLE | DM_UDEV_DISABLE_DM_RULES_FLAG | \
			 DM_UDEV_DISABLE_SUBSYSTEM_RULES_FLAG | \
			 DM_UDEV_DISABLE_DISK_RULES_FLAG | DM_UDEV_DISABLE_OTHER_RULES_FLAG)

/* What libdevmapper said last: it logs its reasons instead of returning them. */
static char last_message[512];

static void keep_message(int level, const char *file, int line, int dm_errno,
			 const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static void keep_message(int level, const char *file, int line, int dm_errno,
			 const char *fmt, ...)
{
	va_list ap;

	(void)file;
	(void)line;
	(void)dm_errno;
	/* The level is as in syslog, with flags above it. */
	if ((level & 7) > LOG_ERR)
		return;
	va_start(ap, fmt);
	vsnprintf(last_message, sizeof(last_message), fmt, ap);
	va_end(ap);
}

static struct dm_task *task_new(int type, const char *name, const char *uuid)
{
	static bool ready;
	struct dm_task *task;

	if (!ready) {
		dm_log_with_errno_init(keep_message);
		/* dmname.c has already encoded what must be. */
		dm_set_name_mangling_mode(DM_STRING_MANGLING_NONE);
		ready = true;
	}
	*last_message = '\0';
	task = dm_task_create(type);
	if (!task)
		return NULL;
	if ((name && !dm_task_set_name(task, name)) || (uuid && !dm_task_set_uuid(task, uuid))) {
		dm_task_destroy(task);
		return NULL;
	}
	return task;
}

static enum err_code fail(struct err *e, const char *what, const char *device)
{
	return err_set(e, ERR_KERNEL, "%s: cannot %s: %s; see the kernel log", device, what,
		       *last_message ? last_message : "device-mapper gave no reason");
}

static bool in_proc_misc(void)
{
	char line[128];
	bool found = false;
	FILE *f = fopen("/proc/misc", "re");

	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = strstr(line, " device-mapper\n");
	fclose(f);
	return found;
}

bool mapdev_usable(void)
{
	static bool usable;

	if (!usable)
		usable = geteuid() == 0 && in_proc_misc();
	return usable;
}

static void modprobe(const char *module)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execlp("modprobe", "modprobe", "-q", module, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
}

static bool have_target(const char *target)
{
	struct dm_task *task = task_new(DM_DEVICE_LIST_VERSIONS, NULL, NULL);
	struct dm_versions *v, *last = NULL;
	bool found = false;

	if (!task)
		return false;
	if (dm_task_run(task))
		for (v = dm_task_get_versions(task); v != last && !found;
		     v = (struct dm_versions *)((char *)v + v->next)) {
			found = !strcmp(v->name, target);
			last = v;
		}
	dm_task_destroy(task);
	return found;
}

enum err_code mapdev_need_target(const char *target, struct err *e)
{
	static const char *const modules[] = { "dm-mod", "dm-raid", "dm-varyon" };
	const unsigned int m = !strncmp(target, "varyon", 6) ? 2 : !strcmp(target, "raid");
	static bool have[3];	/* asked once for each of them, not for each LV */

	if (have[m])
		return ERR_OK;
	if (geteuid() != 0)
		return err_set(e, ERR_KERNEL, "device-mapper may be used by root only");
	if (!in_proc_misc()) {
		modprobe("dm-mod");
		if (!in_proc_misc())
			return err_set(e, ERR_KERNEL,
				       "this kernel has no device-mapper: load the module dm-mod");
	}
	have[m] = have_target(target);
	if (!have[m]) {
		modprobe(modules[m]);
		have[m] = have_target(target);
	}
	if (!have[m])
		return err_set(e, ERR_KERNEL,
			       "the kernel has no target %s: modprobe %s did not help; is the module installed for this kernel?%s",
			       target, modules[m],
			       m == 2 ? " (to read what there is without it: varyonvg --rescue)" : "");
	return ERR_OK;
}

static void info_from(const struct dm_info *info, struct mapdev *dev)
{
	dev->exists = info->exists;
	dev->has_table = info->live_table;
	dev->suspended = info->suspended;
	dev->read_only = info->read_only;
	dev->open_count = info->open_count;
	dev->major = info->major;
	dev->minor = info->minor;
}

enum err_code mapdev_info(const char *uuid, struct mapdev *dev, struct err *e)
{
	struct dm_task *task;
	struct dm_info info;
	bool ok;

	memset(dev, 0, sizeof(*dev));
	if (!mapdev_usable())
		return ERR_OK;
	task = task_new(DM_DEVICE_INFO, NULL, uuid);
	ok = task && dm_task_run(task) && dm_task_get_info(task, &info);
	if (ok)
		info_from(&info, dev);
	if (task)
		dm_task_destroy(task);
	return ok ? ERR_OK : fail(e, "ask about the device", uuid);
}

/* False: it has gone meanwhile. */
static bool entry_of(const char *name, struct mapdev_entry *m)
{
	struct dm_task *task = task_new(DM_DEVICE_INFO, name, NULL);
	struct dm_info info;
	bool ok = task && dm_task_run(task) && dm_task_get_info(task, &info) && info.exists;

	if (ok) {
		snprintf(m->name, sizeof(m->name), "%s", name);
		snprintf(m->uuid, sizeof(m->uuid), "%s", dm_task_get_uuid(task));
		m->open_count = (unsigned int)info.open_count;
	}
	if (task)
		dm_task_destroy(task);
	return ok;
}

enum err_code mapdev_list(struct mapdev_entry **list, unsigned int *count, struct err *e)
{
	struct dm_task *task;
	struct dm_names *names;
	unsigned int next = 0;
	bool ok;

	*list = NULL;
	*count = 0;
	if (!mapdev_usable())
		return ERR_OK;
	task = task_new(DM_DEVICE_LIST, NULL, NULL);
	ok = task && dm_task_run(task) && (names = dm_task_get_names(task));
	/* An empty list is one entry with no device. */
	for (; ok && names->dev; names = (struct dm_names *)((char *)names + next)) {
		*list = xrealloc(*list, (*count + 1) * sizeof(**list));
		*count += entry_of(names->name, &(*list)[*count]);
		next = names->next;
		if (!next)
			break;
	}
	if (task)
		dm_task_destroy(task);
	return ok ? ERR_OK : fail(e, "list the devices", "device-mapper");
}

static bool add_table(struct dm_task *task, const struct table *t)
{
	for (unsigned int i = 0; i < t->count; i++)
		if (!dm_task_add_target(task, t->seg[i].start, t->seg[i].len,
					t->seg[i].target, t->seg[i].params))
			return false;
	return true;
}

static bool set_udev_flags(struct dm_task *task, bool internal)
{
	uint32_t cookie = 0;

	return dm_task_set_cookie(task, &cookie, internal ? FLAGS_INTERNAL : FLAGS_VISIBLE);
}

enum err_code mapdev_create(const char *name, const char *uuid, const struct table *t,
			    bool read_only, bool internal, struct mapdev *dev, struct err *e)
{
	struct dm_task *task = task_new(DM_DEVICE_CREATE, name, uuid);
	struct dm_info info;
	bool ok = task && add_table(task, t) && (!read_only || dm_task_set_ro(task)) &&
		  set_udev_flags(task, internal) && dm_task_run(task) &&
		  dm_task_get_info(task, &info);

	if (ok)
		info_from(&info, dev);
	else
		fail(e, "activate the device", name);
	if (task)
		dm_task_destroy(task);
	return ok ? ERR_OK : ERR_KERNEL;
}

enum err_code mapdev_load(const char *name, const char *uuid, const struct table *t,
			  bool read_only, struct err *e)
{
	struct dm_task *task = task_new(DM_DEVICE_RELOAD, NULL, uuid);
	bool ok = task && add_table(task, t) && (!read_only || dm_task_set_ro(task)) &&
		  dm_task_run(task);

	if (!ok)
		fail(e, "load the new table", name);
	if (task)
		dm_task_destroy(task);
	return ok ? ERR_OK : ERR_KERNEL;
}

static bool simple(int type, const char *uuid, bool internal, bool freeze)
{
	struct dm_task *task = task_new(type, NULL, uuid);
	bool ok = task && (freeze || dm_task_skip_lockfs(task)) &&
		  set_udev_flags(task, internal) && dm_task_run(task);

	if (task)
		dm_task_destroy(task);
	return ok;
}

enum err_code mapdev_suspend(const char *name, const char *uuid, bool internal, bool freeze,
			     struct err *e)
{
	return simple(DM_DEVICE_SUSPEND, uuid, internal, freeze) ? ERR_OK :
	       fail(e, "suspend the device", name);
}

enum err_code mapdev_resume(const char *name, const char *uuid, bool internal, struct err *e)
{
	return simple(DM_DEVICE_RESUME, uuid, internal, false) ? ERR_OK :
	       fail(e, "resume the device", name);
}

enum err_code mapdev_clear(const char *name, const char *uuid, bool internal, struct err *e)
{
	return simple(DM_DEVICE_CLEAR, uuid, internal, false) ? ERR_OK :
	       fail(e, "drop the loaded table", name);
}

/* The literal for a target: these are all that are ever loaded here. */
static const char *known_target(const char *target)
{
	static const char *const names[] = {
		"linear", "error", "raid", "varyon-raid5", "varyon-mirror"
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]) - 1; i++)
		if (!strcmp(target, names[i]))
			return names[i];
	return "varyon-mirror";
}

static bool read_table(int type, const char *uuid, struct table *t)
{
	struct dm_task *task = task_new(type, NULL, uuid);
	uint64_t start, len;
	char *target, *params;
	void *next = NULL;
	bool ok = task && dm_task_no_flush(task) && dm_task_run(task);

	memset(t, 0, sizeof(*t));
	while (ok) {
		next = dm_get_next_target(task, next, &start, &len, &target, &params);
		if (target)
			table_add(t, start, len, known_target(target), "%s", params);
		if (!next)
			break;
	}
	if (task)
		dm_task_destroy(task);
	return ok && t->count;
}

enum err_code mapdev_live(const char *name, const char *uuid, struct table *t, struct err *e)
{
	if (read_table(DM_DEVICE_TABLE, uuid, t))
		return ERR_OK;
	table_free(t);
	return fail(e, "read the table", name);
}

enum err_code mapdev_remove(const char *name, const char *uuid, struct err *e)
{
	struct dm_task *task;
	struct mapdev dev;
	enum err_code code = mapdev_info(uuid, &dev, e);
	bool ok;

	if (code || !dev.exists)
		return code;
	if (dev.open_count)
		return err_set(e, ERR_CONFLICT, "%s: the device is open", name);
	task = task_new(DM_DEVICE_REMOVE, NULL, uuid);
	/* udev may just be reading it: the library tries again, at most 25 times. */
	ok = task && dm_task_retry_remove(task) && set_udev_flags(task, false) &&
	     dm_task_run(task);
	if (!ok)
		code = fail(e, "remove the device", name);
	if (task)
		dm_task_destroy(task);
	return code;
}

static enum err_code set_params(int type, const char *uuid, char **params, struct err *e)
{
	struct table t;
	enum err_code code = ERR_OK;

	*params = NULL;
	if (!read_table(type, uuid, &t))
		code = fail(e, type == DM_DEVICE_TABLE ? "read the table" : "read the status",
			    uuid);
	else if (t.count == 1 && !strncmp(t.seg[0].target, "varyon-", 7))
		*params = xstrdup(t.seg[0].params);
	table_free(&t);
	return code;
}

enum err_code mapdev_set_table(const char *uuid, char **params, struct err *e)
{
	return set_params(DM_DEVICE_TABLE, uuid, params, e);
}

enum err_code mapdev_set_status(const char *uuid, char **params, struct err *e)
{
	return set_params(DM_DEVICE_STATUS, uuid, params, e);
}

enum err_code mapdev_message(const char *uuid, const char *message, char **answer,
			     struct err *e)
{
	struct dm_task *task = task_new(DM_DEVICE_TARGET_MSG, NULL, uuid);
	const char *response;
	bool ok = task && dm_task_set_sector(task, 0) && dm_task_set_message(task, message) &&
		  dm_task_run(task);

	if (ok) {
		response = dm_task_get_message_response(task);
		*answer = xstrdup(response ? response : "");
	}
	if (task)
		dm_task_destroy(task);
	return ok ? ERR_OK : fail(e, "send a message", uuid);
}
