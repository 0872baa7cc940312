// SPDX-License-Identifier: GPL-2.0
/*
 * dmfreeze suspend|resume NAME: what dmsetup would do, as one static program. A
 * suspend neither flushes nor waits for the file system, as of a machine that
 * has lost its disks.
 */
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	struct dm_ioctl io = {
		.version = { DM_VERSION_MAJOR, 0, 0 }, .data_size = sizeof(io),
	};
	int control = open("/dev/mapper/control", O_RDWR);

	if (argc != 3 || strlen(argv[2]) >= sizeof(io.name)) {
		fprintf(stderr, "usage: dmfreeze suspend|resume NAME\n");
		return 2;
	}
	strcpy(io.name, argv[2]);
	if (!strcmp(argv[1], "suspend"))
		io.flags = DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG | DM_NOFLUSH_FLAG;
	if (control < 0 || ioctl(control, DM_DEV_SUSPEND, &io)) {
		perror(argv[2]);
		return 1;
	}
	return 0;
}
