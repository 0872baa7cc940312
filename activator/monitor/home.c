// SPDX-License-Identifier: GPL-2.0
/*
 * A root of its own; see home.h. It is made as a root file system is entered
 * from an initramfs, because that cannot be left otherwise: mounted elsewhere,
 * moved over it, entered.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../lib/mounts.h"
#include "home.h"

#define HOME	"/run/varyon"	/* where it is put together; visible to nobody else */

static bool build(void)
{
	static const char *const dirs[][2] = {
		{ "/dev", HOME "/dev" }, { "/proc", HOME "/proc" },
		{ "/run", HOME "/run" }, { "/sys", HOME "/sys" },
	};

	mkdir(HOME, 0755);
	if (mount("varyon", HOME, "tmpfs", MS_NOSUID | MS_NOEXEC, "size=64k,mode=755"))
		return false;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		if (mkdir(dirs[i][1], 0755) || mount(dirs[i][0], dirs[i][1], NULL, MS_BIND, NULL))
			return false;
	return true;
}

/*
 * As long as we have not entered it, all paths are those of the old root. A file
 * system that is mounted there, such as the root to come, could not be unmounted
 * for good as long as we live.
 */
static void leave_the_rest(void)
{
	unsigned int count;
	char **path = mounts_below("", &count);

	for (unsigned int i = count; i-- > 0;) {
		if (strcmp(path[i], "/"))
			umount2(path[i], MNT_DETACH | UMOUNT_NOFOLLOW);
		free(path[i]);
	}
	free(path);
}

static bool enter(void)
{
	if (chdir(HOME) || mount(".", "/", NULL, MS_MOVE, NULL))
		return false;
	leave_the_rest();
	return !chroot(".");
}

enum err_code home_move_in(struct err *e)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    !build() || !enter())
		return err_set(e, ERR_FAILED, "cannot make a root of its own: %s",
			       strerror(errno));
	return ERR_OK;
}
