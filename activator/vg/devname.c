// SPDX-License-Identifier: GPL-2.0
/*
 * What a PV's device is called, kept in the VGDA so that a message about a
 * missing disk can say which one to look for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include "../lib/text.h"
#include "internal.h"

/*
 * The first line of a file behind skip bytes, without blanks around it; NULL
 * when there is none.
 */
static char *first_line(const char *path, size_t skip)
{
	char text[256] = "", *from = text + skip, *end;
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	if (n < skip)
		return NULL;
	while (*from == ' ')
		from++;
	for (end = from + strcspn(from, "\n"); end > from && end[-1] == ' '; end--)
		;
	*end = '\0';
	return *from ? xstrdup(from) : NULL;
}

/* The page of SCSI and SATA disks has a header of 4 bytes in front. */
#define VPD_HEADER	4

/* Where virtio, NVMe, MMC and SCSI disks, and partitions of each, have it. */
static char *serial_of(dev_t dev)
{
	static const struct { const char *name; size_t skip; } place[] = {
		{ "serial", 0 }, { "device/serial", 0 }, { "device/vpd_pg80", VPD_HEADER },
		{ "../serial", 0 }, { "../device/serial", 0 },
		{ "../device/vpd_pg80", VPD_HEADER },
	};
	char *serial = NULL, *path;
	unsigned int i;

	for (i = 0; i < sizeof(place) / sizeof(place[0]) && !serial; i++) {
		path = xprintf("/sys/dev/block/%u:%u/%s", major(dev), minor(dev), place[i].name);
		serial = first_line(path, place[i].skip);
		free(path);
	}
	return serial;
}

/* As much as fits, with nothing in it that could not be shown. */
static void put_text(char dst[PV_DEV_MAX + 1], const char *s)
{
	char *safe = text_safe(s);

	memset(dst, 0, PV_DEV_MAX + 1);
	memcpy(dst, safe, strnlen(safe, PV_DEV_MAX));
	free(safe);
}

void pv_note_device(struct vg_pv *pv)
{
	const char *slash = strrchr(pv->io->path, '/');
	char *serial = pv->io->is_block ? serial_of(pv->io->rdev) : NULL;

	put_text(pv->dev, slash ? slash + 1 : pv->io->path);
	put_text(pv->serial, serial ? serial : "");
	free(serial);
}
