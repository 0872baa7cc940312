/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names and UUIDs of mapped devices. Pure.
 *
 * Name:  VG-LV, or VG-LV-leg0 for an internal device. A hyphen in a part is
 *        doubled; a byte that device-mapper or udev does not take is \xNN.
 * UUID:  VARYON-<VGID, 32 hex>-<LV, 32 hex>, with -leg0 for an internal
 *        device. LV is its UUID, or its number when it has none.
 */
#ifndef VARYON_DMNAME_H
#define VARYON_DMNAME_H

#include "../vg/vg.h"

#define NAME_LEN	128	/* with the NUL; the kernel's DM_NAME_LEN */
#define NAME_UUID_LEN	129
#define NAME_UUID_PREFIX	"VARYON-"
#define NAME_NO_LEG	(-1)
#define NAME_LEGS	(VY_MAX_SLOTS + 2)	/* legs, and the places of a column that moves */

/* ERR_NOSPACE when the name would be longer than the kernel takes. */
enum err_code name_lv(char name[NAME_LEN], const struct vg *vg, const struct vg_lv *lv,
		      int leg, struct err *e);

void name_uuid(char uuid[NAME_UUID_LEN], const struct vg *vg, const struct vg_lv *lv, int leg);

/* The VGID in the UUID of a device, 32 hex digits; false: the device is not ours. */
bool name_uuid_vg(const char *uuid, char vgid[33]);

/*
 * Take a device name (without /dev/mapper/) apart. False when it is not of
 * the form VG-LV or a part is too long.
 */
bool name_split(const char *name, char vg[VG_NAME_MAX + 1], char lv[LV_NAME_MAX + 1]);

#endif
