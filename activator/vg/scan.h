/* SPDX-License-Identifier: GPL-2.0 */
/* What a scan knows, shared by scan.c and split.c. */
#ifndef VARYON_SCAN_H
#define VARYON_SCAN_H

#include "internal.h"

struct dev {			/* a device with an IPL record */
	struct io *io;		/* NULL once a VG has it, or nobody */
	char *path;
	struct vg_id pvid;
	bool has_rec;
	bool from_backup;	/* rec is that of sector 70 */
	struct aix_lvmrec rec;
	struct err err;		/* why it cannot be used */
	unsigned int group;	/* index of its VG, with has_rec */
	bool duplicate;		/* err: another device has this PVID */
	struct vgda_peek peek[2];
	bool whole[2];		/* and can be used */
	struct lineage *line[2];	/* of native copies, also of those that cannot be; owned */
};

struct group {			/* the PVs that name one VGID */
	struct vg *vg;		/* NULL: nothing to show */
	struct vg_id id;
	struct err err;
	bool split;		/* err: its VGDAs went on separately; devices stay open */
	uint8_t *newest;	/* the newest whole native copy read so far; owned */
	unsigned int newest_dev, newest_slot;	/* where it is from */
};

struct vg_scan {
	struct dev *dev;
	unsigned int num_devs;
	struct group *group;
	unsigned int num_groups;
	struct vg_scan_pv *pvs;
	unsigned int num_pvs;
	struct group **shown;	/* groups that are VGs */
	unsigned int num_shown;
};

/* A device whose copies say something of VG g. */
bool scan_in_group(unsigned int g, const struct dev *d);
/* Does the VG answer to that name or VGID? */
bool scan_answers_to(const struct vg *vg, const char *name_or_id);

/* ---- split.c ---- */

/*
 * ERR_CONFLICT for the group when a copy does not come from the line of the chosen
 * one, ERR_METADATA when it comes after it.
 */
void split_check(struct vg_scan *s, unsigned int g);

#endif
