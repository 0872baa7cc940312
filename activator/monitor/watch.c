// SPDX-License-Identifier: GPL-2.0
/*
 * Looking at volumes; see watch.h. The order is arm, list, ask, poll: what
 * happens after the arming wakes the poll, what happened before it is in the
 * list, so nothing is missed between two passes.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "../dm/dmname.h"
#include "dmctl.h"
#include "watch.h"

#define FOREIGN_MAX	1024
#define TARGETS		"varyon-"	/* mirrors and RAID5 */

static struct volume volumes[WATCH_MAX];
static const struct watch_ops *ops;
static int control = -1, sysfs = -1;
static struct dmctl_target target;

static unsigned int num_foreign, dm_major;
static uint32_t foreign[FOREIGN_MAX];	/* minors of mapped devices that are not ours */
static char foreign_name[FOREIGN_MAX][WATCH_PV];

/* What keeps on being wrong is told when it begins. */
static bool list_failed, too_many;

void watch_init(int control_fd, int sysfs_fd, const struct watch_ops *o)
{
	control = control_fd;
	sysfs = sysfs_fd;
	ops = o;
}

static void copy(char *dst, size_t size, const char *src)
{
	struct line l = line_begin(dst, size);

	line_str(&l, src);
}

/* ---- which devices there are ---- */

static struct volume *find(const char *uuid)
{
	for (unsigned int i = 0; i < WATCH_MAX; i++)
		if (volumes[i].used && !strcmp(volumes[i].uuid, uuid))
			return &volumes[i];
	return NULL;
}

static struct volume *add(const char *uuid)
{
	for (unsigned int i = 0; i < WATCH_MAX; i++) {
		struct volume *v = &volumes[i];

		if (v->used)
			continue;
		memset(v, 0, sizeof(*v));
		v->used = true;
		copy(v->uuid, sizeof(v->uuid), uuid);
		return v;
	}
	if (!too_many)
		ops->trouble("there are more volumes than can be watched; some are not");
	too_many = true;
	return NULL;
}

static void note(const struct dmctl_dev *dev)
{
	struct volume *v;

	dm_major = dmctl_major(dev->dev);
	if (strncmp(dev->uuid, NAME_UUID_PREFIX, strlen(NAME_UUID_PREFIX))) {
		if (num_foreign < FOREIGN_MAX) {
			copy(foreign_name[num_foreign], WATCH_PV, dev->name);
			foreign[num_foreign++] = dmctl_minor(dev->dev);
		}
		return;
	}
	/* the device of a leg has a suffix and is nobody's volume */
	if (strlen(dev->uuid) != WATCH_UUID - 1)
		return;
	v = find(dev->uuid);
	if (!v)
		v = add(dev->uuid);
	if (!v)
		return;
	v->seen = true;
	if (v->dev != dev->dev || v->event_nr != dev->event_nr)
		v->asked = false;
	v->dev = dev->dev;
	v->event_nr = dev->event_nr;
	copy(v->name, sizeof(v->name), dev->name);
}

bool watch_is_dm(unsigned int major)
{
	return dm_major && major == dm_major;
}

/* Its name; NULL: none of these. */
static const char *find_foreign(uint64_t major, uint64_t minor)
{
	for (unsigned int i = 0; i < num_foreign && watch_is_dm((unsigned int)major); i++)
		if (foreign[i] == minor)
			return foreign_name[i];
	return NULL;
}

bool watch_foreign_dm(unsigned int major, unsigned int minor)
{
	return find_foreign(major, minor) != NULL;
}

/* ---- which disks its copies are on ---- */

/* "8:16": sdb, as long as the disk is there; the name of a mapped device. */
static void name_disk(const char *devno, char *name)
{
	char target[256], *slash;
	uint64_t major, minor;
	char number[12];
	const char *rest, *mapped;
	ssize_t len;

	copy(number, sizeof(number), devno);
	slash = strchr(number, ':');
	if (!slash)
		return;
	*slash = '\0';
	rest = number;
	if (!line_word_num(&rest, &major))
		return;
	rest = slash + 1;
	if (!line_word_num(&rest, &minor))
		return;
	mapped = find_foreign(major, minor);
	if (mapped) {
		copy(name, WATCH_PV, mapped);
		return;
	}
	len = readlinkat(sysfs, devno, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = '\0';
	slash = strrchr(target, '/');
	copy(name, WATCH_PV, slash ? slash + 1 : target);
}

/*
 * The status area of a leg lies on the PV itself, whatever its data are mapped
 * by. A leg without a device keeps the name that it had.
 */
static void read_disks(struct volume *v)
{
	char uuid[40], word[40];
	const char *s = target.text;
	uint64_t options;

	if (dmctl_target(control, v->dev, true, TARGETS, &target))
		return;
	for (unsigned int i = 0; i < 4; i++)
		if (!line_word(&s, word, sizeof(word)))
			return;
	if (!line_word_num(&s, &options))
		return;
	v->side = false;
	while (options-- && line_word(&s, word, sizeof(word)))
		v->side |= !strcmp(word, "side");
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++) {
		if (!line_word(&s, uuid, sizeof(uuid)))
			return;
		line_word(&s, word, sizeof(word));
		line_word(&s, word, sizeof(word));
		line_word(&s, word, sizeof(word));
		if (!strcmp(uuid, "-"))
			v->pv[slot][0] = '\0';
		else if (strcmp(word, "-"))
			name_disk(word, v->pv[slot]);
		line_word(&s, word, sizeof(word));
		line_word(&s, word, sizeof(word));
	}
}

/* ---- how they stand ---- */

static void tell(const struct volume *v, const struct mirror_status *old)
{
	struct event ev[EVENT_MAX];
	unsigned int n = event_diff(old, &v->status, ev);

	for (unsigned int i = 0; i < n; i++)
		ops->event(v, &ev[i]);
}

static void ask(struct volume *v)
{
	struct mirror_status old = v->status, now;
	bool was_mirror = v->mirror;
	int ret;

	ret = dmctl_target(control, v->dev, false, TARGETS, &target);
	v->asked = !ret || ret == -ENOENT;
	if (v->asked)
		v->suspended = target.suspended;
	v->mirror = !ret && status_parse(target.text, &now);
	if (!v->mirror)
		return;
	v->columns = !strcmp(target.kind, "raid5");
	if (!was_mirror || strcmp(v->letters, now.letters)) {
		memcpy(v->letters, now.letters, sizeof(v->letters));
		read_disks(v);
	}
	/* one side of a set misses nothing of the other */
	for (char *l = now.letters; v->side && *l; l++)
		if (*l == 'A')
			*l = '-';
	v->status = now;
	if (!was_mirror && ops->first)
		ops->first(v);
	tell(v, was_mirror ? &old : NULL);
}

bool watch_pass(bool all)
{
	int ret = dmctl_arm(control);

	for (unsigned int i = 0; i < WATCH_MAX; i++)
		volumes[i].seen = false;
	num_foreign = 0;
	if (!ret)
		ret = dmctl_list(control, note);
	if (ret) {
		if (!list_failed)
			ops->trouble("device-mapper does not tell which devices there are");
		list_failed = true;
		return false;
	}
	list_failed = false;
	for (unsigned int i = 0; i < WATCH_MAX; i++) {
		struct volume *v = &volumes[i];

		if (!v->used)
			continue;
		if (!v->seen) {
			if (v->mirror)
				ops->gone(v);
			v->used = false;
			too_many = false;
		} else if (!v->asked || all) {
			ask(v);
		}
	}
	return true;
}

const struct volume *watch_volume(unsigned int i)
{
	return volumes[i].used ? &volumes[i] : NULL;
}

unsigned int watch_count(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < WATCH_MAX; i++)
		n += volumes[i].used;
	return n;
}

void watch_vgid(const struct volume *v, char vgid[WATCH_VGID])
{
	memcpy(vgid, v->uuid + strlen(NAME_UUID_PREFIX), WATCH_VGID - 1);
	vgid[WATCH_VGID - 1] = '\0';
}

/* ---- from one monitor to the next ---- */

static void put_list(struct line *l, const uint64_t *n, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		line_str(l, i ? "," : "");
		line_num(l, n[i]);
	}
}

/*
 * UUID, disks of the slots with "-" for none, then the status line in the
 * kernel's own form: only what the comparison needs.
 */
static void put_status(struct line *l, const struct mirror_status *st)
{
	line_str(l, " 1 ");
	line_num(l, st->nslots);
	line_str(l, " ");
	line_str(l, st->letters);
	line_str(l, " 0 0/0 ");
	put_list(l, st->stale, st->nslots);
	line_str(l, " ");
	line_str(l, st->action);
	line_str(l, " 0/0 0 ");
	line_num(l, st->read_err);
	line_str(l, " ");
	line_num(l, st->write_err);
	line_str(l, " ");
	line_str(l, st->flags);
	line_str(l, " ");
	line_num(l, st->mismatches);
	line_str(l, " ");
	put_list(l, st->relocated, st->nslots);
}

bool watch_hand_over(const struct volume *v, struct line *l)
{
	if (!v->used || !v->mirror)
		return false;
	line_str(l, v->uuid);
	line_str(l, " ");
	line_str(l, v->name);
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++) {
		line_str(l, " ");
		line_str(l, v->pv[slot][0] ? v->pv[slot] : "-");
	}
	put_status(l, &v->status);
	return true;
}

bool watch_take_over(const char *line)
{
	char uuid[WATCH_UUID];
	struct volume *v;

	if (!line_word(&line, uuid, sizeof(uuid)) || strlen(uuid) != WATCH_UUID - 1)
		return false;
	v = find(uuid);
	if (!v)
		v = add(uuid);
	if (!v)
		return false;
	line_word(&line, v->name, sizeof(v->name));
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS; slot++) {
		line_word(&line, v->pv[slot], WATCH_PV);
		if (!strcmp(v->pv[slot], "-"))
			v->pv[slot][0] = '\0';
	}
	line += strspn(line, " ");
	v->mirror = status_parse(line, &v->status);
	v->used = v->mirror;
	return v->mirror;
}
