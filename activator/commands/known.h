/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VGs that this host varies on by itself, by VGID: a name can be written to
 * any disk, and what a disk says about itself is no leave to use it. They are
 * in /etc/varyon/vgs (VARYON_ETC in the environment names another directory),
 * one line "VGID NAME" each; mkvg and chvg -a write it.
 */
#ifndef VARYON_KNOWN_H
#define VARYON_KNOWN_H

#include "../vg/vg.h"

struct known {
	char vgid[33];			/* lower case */
	char name[VG_NAME_MAX + 1];	/* when it was written; only to be shown or compared */
};

/* The list; the caller owns *all. No file: none. Lines that make no sense are passed over. */
unsigned int known_read(struct known **all);

bool known_has(const struct vg *vg);

/*
 * Put the VG on the list, under the name that it has now, or take it off.
 * ERR_IO: the file stays as it was.
 */
enum err_code known_set(const struct vg *vg, bool on, struct err *e);

#endif
