/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which VG is meant by a name that two of them have, when nobody is there to
 * be asked. Anybody can write any name to a disk and plug it in.
 */
#ifndef VARYON_NAMESAKE_H
#define VARYON_NAMESAKE_H

#include "../vg/vg.h"

/*
 * The VG of that name or VGID, as its VGID in hex. Of several with the name it
 * is the one whose VGID is among ids, else the only one that has no PV on a
 * removable device or on USB; *warning then names the others (owned by the
 * caller), else it is NULL. ERR_NOTFOUND: there is none; ERR_CONFLICT: it
 * cannot be told.
 */
enum err_code namesake_choose(struct vg_scan *scan, const char *name, const char *const *ids,
			      unsigned int num_ids, char vgid[33], char **warning,
			      struct err *e);

#endif
