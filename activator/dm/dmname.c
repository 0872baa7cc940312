// SPDX-License-Identifier: GPL-2.0
/* Names and UUIDs of mapped devices; see dmname.h. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include "../lib/text.h"
#include "dmname.h"

/* What udev and libdevmapper leave as it is; the hyphen is doubled. */
static bool plain(unsigned char c)
{
	return isalnum(c) || (c && strchr("#+.:=@_", c));
}

/* Append one part of a name; returns the new length, NAME_LEN when it does not fit. */
static size_t append_part(char name[NAME_LEN], size_t len, const char *part)
{
	for (; *part; part++) {
		unsigned char c = *part;
		char enc[5] = { (char)c };

		if (c == '-')
			enc[1] = '-';
		else if (!plain(c))
			snprintf(enc, sizeof(enc), "\\x%02x", c);
		for (const char *p = enc; *p; p++) {
			if (len == NAME_LEN - 1)
				return NAME_LEN;
			name[len++] = *p;
		}
	}
	name[len] = '\0';
	return len;
}

/*
 * The set of a column that moves is the device of that column, and its legs are numbered
 * behind all columns. *lv becomes the LV that has the column.
 */
static int leg_number(const struct vg *vg, const struct vg_lv **lv, int leg)
{
	if ((*lv)->column_of) {
		leg = leg == NAME_NO_LEG ? (*lv)->column_of - 1 : VY_MAX_SLOTS + leg;
		*lv = vg->lv[(*lv)->num];
	}
	return leg;
}

enum err_code name_lv(char name[NAME_LEN], const struct vg *vg, const struct vg_lv *lv,
		      int leg, struct err *e)
{
	char vgid[33], suffix[8] = "";
	size_t len;

	leg = leg_number(vg, &lv, leg);
	/* An AIX VG that was never imported has no name. */
	text_hex(vgid, vg->id.b, 16);
	len = append_part(name, 0, *vg->name ? vg->name : vgid);
	if (len + 2 <= NAME_LEN) {
		name[len++] = '-';
		len = append_part(name, len, lv->name);
	}
	if (leg != NAME_NO_LEG)
		snprintf(suffix, sizeof(suffix), "-leg%d", leg);
	if (len + strlen(suffix) + 1 > NAME_LEN)
		return err_set(e, ERR_NOSPACE,
			       "%s/%s: the device name is longer than %d characters; rename the VG or the LV",
			       vg->name, lv->name, NAME_LEN - 1);
	strcpy(name + len, suffix);
	return ERR_OK;
}

void name_uuid(char uuid[NAME_UUID_LEN], const struct vg *vg, const struct vg_lv *lv, int leg)
{
	static const struct vg_id none;
	char vgid[33], lvid[33];
	size_t len;

	leg = leg_number(vg, &lv, leg);
	text_hex(vgid, vg->id.b, 16);
	if (memcmp(&lv->uuid, &none, sizeof(none)))
		text_hex(lvid, lv->uuid.b, 16);
	else
		snprintf(lvid, sizeof(lvid), "%032x", lv->num);
	len = snprintf(uuid, NAME_UUID_LEN, NAME_UUID_PREFIX "%s-%s", vgid, lvid);
	if (leg != NAME_NO_LEG)
		snprintf(uuid + len, NAME_UUID_LEN - len, "-leg%d", leg);
}

bool name_uuid_vg(const char *uuid, char vgid[33])
{
	size_t len = strlen(NAME_UUID_PREFIX);

	if (strncmp(uuid, NAME_UUID_PREFIX, len) ||
	    strspn(uuid + len, "0123456789abcdef") != 32 || uuid[len + 32] != '-')
		return false;
	snprintf(vgid, 33, "%.32s", uuid + len);
	return true;
}

/*
 * Read one part up to a single hyphen or the end; *s moves behind it. False
 * when the part is empty or longer than max.
 */
static bool take_part(const char **s, char *part, size_t max)
{
	size_t len = 0;

	for (; **s; (*s)++) {
		unsigned int byte;
		char c = **s;

		if (c == '-') {
			if ((*s)[1] != '-')
				break;
			(*s)++;
		} else if (c == '\\' && (*s)[1] == 'x' && isxdigit((unsigned char)(*s)[2]) &&
			   isxdigit((unsigned char)(*s)[3])) {
			sscanf(*s + 2, "%2x", &byte);
			c = byte;
			*s += 3;
		}
		if (len == max || c == '\0')
			return false;
		part[len++] = c;
	}
	part[len] = '\0';
	return len > 0;
}

bool name_split(const char *name, char vg[VG_NAME_MAX + 1], char lv[LV_NAME_MAX + 1])
{
	if (!take_part(&name, vg, VG_NAME_MAX) || *name != '-')
		return false;
	name++;
	return take_part(&name, lv, LV_NAME_MAX) && *name == '\0';
}
