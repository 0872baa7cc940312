// SPDX-License-Identifier: GPL-2.0
/*
 * varyon shutdown: close volumes at the very end. As /run/initramfs/shutdown this
 * file is all that there is of an initramfs for shutdown: systemd pivots there
 * when nothing is left to be done, with the old root below /oldroot, which is
 * unmounted here, and the volume below it deactivated. So the last thing that
 * the copies of root hear is that they are clean.
 *
 * Nothing may keep a machine from going off: what fails is told and passed over.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/reboot.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "../dm/dmname.h"
#include "../dm/mapdev.h"
#include "../lib/mounts.h"
#include "cmd.h"
#include "monitor.h"
#include "tell.h"

#define OLDROOT		"/oldroot"
#define TRIES		20	/* for what is still being let go, */
#define TRIES_UNUSED	5	/* where some are used for good, */
#define PAUSE_MS	100	/* with this between two */

enum { OPT_UNUSED = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ OPT_UNUSED, "unused", NULL, "what is in use is left alone, and no failure" },
	{ 0 }
};

static const struct opt_spec spec = {
	"varyon shutdown", "[poweroff|reboot|halt|kexec]",
	"Deactivate every LV that nobody uses. With an operand, as process 1 after the\n"
	"root file system was left: unmount it, deactivate, and end the machine.",
	opts, 0, 1
};

static void pause_ms(unsigned int ms)
{
	const struct timespec t = { .tv_nsec = (long)ms * 1000000 };

	nanosleep(&t, NULL);
}

/* ---- the old root ---- */

/* Of the kernel's own file systems there, which have a second life in the new root. */
static bool is_virtual(const char *path)
{
	static const char *const dirs[] = { "/dev", "/proc", "/run", "/sys" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (path_is_below(path, OLDROOT) && path_is_below(path + strlen(OLDROOT), dirs[i]))
			return true;
	return false;
}

/* The last one first. True: nothing is left. say: tell what is. */
static bool unmount_old(bool say)
{
	unsigned int count, left = 0;
	char **path = mounts_below(OLDROOT, &count);

	for (unsigned int i = count; i-- > 0;) {
		bool virtual = is_virtual(path[i]);

		/* Should it stay mounted, at least nothing in it is half written. */
		if (!virtual)
			mount(NULL, path[i], NULL, MS_REMOUNT | MS_RDONLY, NULL);
		if (umount2(path[i], UMOUNT_NOFOLLOW | (virtual ? MNT_DETACH : 0))) {
			left++;
			if (say)
				tellf("cannot unmount %s: %s", path[i], strerror(errno));
		}
		free(path[i]);
	}
	free(path);
	return !left;
}

static bool link_is_old(const char *dir, const char *name)
{
	char *path = xprintf("%s/%s", dir, name), to[PATH_MAX];
	ssize_t len = readlink(path, to, sizeof(to) - 1);

	free(path);
	if (len < 0)
		return false;
	to[len] = '\0';
	return path_is_below(to, OLDROOT) && !is_virtual(to);
}

/* Has the process a file of the old root open, or does it live there? */
static bool uses_old_root(const char *pid)
{
	static const char *const links[] = { "cwd", "root", "exe" };
	char *dir = xprintf("/proc/%s", pid), *fds = xprintf("/proc/%s/fd", pid);
	struct dirent *entry;
	bool uses = false;
	DIR *d;

	for (unsigned int i = 0; i < 3; i++)
		uses |= link_is_old(dir, links[i]);
	d = opendir(fds);
	while (d && (entry = readdir(d)))
		uses |= link_is_old(fds, entry->d_name);
	if (d)
		closedir(d);
	free(fds);
	free(dir);
	return uses;
}

/*
 * Whoever was spared before, and holds the old root all the same. Those who
 * keep to the initramfs, as daemons of storage should, go on.
 */
static void kill_users(void)
{
	DIR *d = opendir("/proc");
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		int pid = atoi(entry->d_name);

		if (pid > 1 && pid != getpid() && uses_old_root(entry->d_name)) {
			tellf("process %d still uses the old root, is killed", pid);
			kill(pid, SIGKILL);
		}
	}
	if (d)
		closedir(d);
}

static void leave_old_root(void)
{
	kill_users();
	for (unsigned int i = 0; i < TRIES && !unmount_old(false); i++)
		pause_ms(PAUSE_MS);
	unmount_old(true);
}

/* ---- volumes ---- */

static bool is_ours(const struct mapdev_entry *m)
{
	return !strncmp(m->uuid, NAME_UUID_PREFIX, strlen(NAME_UUID_PREFIX));
}

/*
 * Remove what nobody uses; all: also devices of others, which may lie on ours.
 * How many were removed; *left: how many of ours are still there.
 */
static unsigned int remove_unused(bool all, unsigned int *left)
{
	struct mapdev_entry *m;
	unsigned int count, removed = 0;

	*left = 0;
	if (mapdev_list(&m, &count, NULL))
		return 0;
	for (unsigned int i = 0; i < count; i++) {
		bool gone = false;

		if (!m[i].open_count && *m[i].uuid && (all || is_ours(&m[i])))
			gone = !mapdev_remove(m[i].name, m[i].uuid, NULL);
		removed += gone;
		*left += !gone && is_ours(&m[i]);
		if (gone && is_ours(&m[i]))
			tellf("%s: closed", m[i].name);
	}
	free(m);
	return removed;
}

static void say_left(void)
{
	struct mapdev_entry *m;
	unsigned int count;

	if (mapdev_list(&m, &count, NULL))
		return;
	for (unsigned int i = 0; i < count; i++)
		if (is_ours(&m[i]))
			tellf("%s: cannot be closed, %u users are left; what was written last is resynced at the next start",
			      m[i].name, m[i].open_count);
	free(m);
}

/* Those on top go first, so there is another round as long as one had an effect. */
static bool close_volumes(bool all, unsigned int tries)
{
	unsigned int left;

	for (unsigned int i = 0; i < tries; i++) {
		while (remove_unused(all, &left))
			;
		if (!left)
			return true;
		pause_ms(PAUSE_MS);
	}
	return false;
}

/* ---- the monitor ---- */

/* It is there to the end, but takes no copies back while volumes are closed. There may be none. */
static void ask_monitor(const char *request)
{
	struct err unread = { 0 };

	monitor_ask(request, NULL, NULL, &unread);
}

/* ---- the end ---- */

static void end_machine(const char *how)
{
	static const struct { const char *name; unsigned int cmd; } ways[] = {
		{ "reboot", LINUX_REBOOT_CMD_RESTART }, { "halt", LINUX_REBOOT_CMD_HALT },
		{ "kexec", LINUX_REBOOT_CMD_KEXEC },
	};
	unsigned int cmd = LINUX_REBOOT_CMD_POWER_OFF;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(how, ways[i].name))
			cmd = ways[i].cmd;
	sync();
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, cmd, NULL);
	/* No kernel was loaded for kexec, say. Process 1 may not return. */
	syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		LINUX_REBOOT_CMD_RESTART, NULL);
	for (;;)
		pause();
}

int cmd_shutdown(int argc, char **argv)
{
	struct opt_iter it;
	bool unused = false, closed;
	int c;

	/* systemd hands over its own options too, which are not for us. */
	if (getpid() == 1) {
		ask_monitor("hold 600");
		leave_old_root();
		if (!close_volumes(true, TRIES))
			say_left();
		ask_monitor("stop");
		end_machine(argc > 1 ? argv[1] : "poweroff");
	}
	while ((c = opt_next(&it, &spec, argc, argv)) > 0)
		unused = true;
	if (c < 0)
		return it.status;
	if (it.num_operands)
		return opt_usage(&spec, "only process 1 may end the machine");
	ask_monitor("hold 600");
	closed = close_volumes(false, unused ? TRIES_UNUSED : TRIES);
	ask_monitor(closed ? "stop" : "release");
	if (closed || unused)
		return ERR_OK;
	say_left();
	return ERR_CONFLICT;
}
