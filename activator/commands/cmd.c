// SPDX-License-Identifier: GPL-2.0
/* What the commands share; see cmd.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../dm/dmname.h"
#include "cmd.h"
#include "known.h"

void cmd_say(const char *command, const char *text)
{
	char *safe = text_safe(text);

	fprintf(stderr, "%s: %s\n", command, safe);
	free(safe);
}

void cmd_say_damage(const char *command, const struct vg *vg, const struct vg_lv *lv,
		    const struct judge *j, unsigned int c)
{
	char *text = judge_damage_text(vg, lv, j, c);

	cmd_say(command, text);
	free(text);
}

int cmd_fail(const char *command, const struct err *e, bool json)
{
	if (json)
		error_print_json(e->code, e->text);
	fflush(stdout);
	cmd_say(command, e->text);
	return e->code;
}

void cmd_warn_why(const char *command, struct vg *vg, const struct err *why)
{
	bool broken = why && why->code;

	for (char **w = vg->warnings; w && *w; w++) {
		if (!broken || strcmp(*w, why->text))
			cmd_say(command, *w);
		free(*w);
		*w = NULL;
	}
	if (broken)
		cmd_say(command, why->text);
}

void cmd_warn(const char *command, struct vg *vg)
{
	cmd_warn_why(command, vg, NULL);
}

void cmd_know(const char *command, const struct vg *vg, bool on)
{
	struct err e = { 0 };
	bool is_block = false;
	char *text;

	for (unsigned int n = 1; n <= VG_MAX_PV; n++)
		is_block |= vg->pv[n] && vg->pv[n]->io && vg->pv[n]->io->is_block;
	if (!is_block || (!on && !known_has(vg)) || !known_set(vg, on, &e))
		return;
	text = xprintf("warning: %s: this host does not know that it is to be varied %s at boot: %s",
		       vg->name, on ? "on" : "off", e.text);
	cmd_say(command, text);
	free(text);
}

void cmd_say_missing(const char *command, const struct vg *vg)
{
	char *missing = act_missing_pvs(vg), *text, buf[64];

	if (*missing) {
		text = xprintf("%s: missing PVs: %s", cmd_vg_name(vg, buf), missing);
		cmd_say(command, text);
		free(text);
	}
	free(missing);
}

enum err_code cmd_check_vg(struct vg_scan *scan, struct vg *vg, bool writable, struct err *e)
{
	char buf[64];

	for (unsigned int i = 0; i < vg_scan_count(scan); i++) {
		const struct err *why = vg_scan_error(scan, i);

		if (vg_scan_vg(scan, i) == vg && why && why->code)
			return err_set(e, why->code, "%s", why->text);
	}
	if (writable && vg->read_only)
		return err_set(e, ERR_FAILED,
			       "%s: the VG is read-only: %s", cmd_vg_name(vg, buf),
			       vg->kind == VG_AIX ? "AIX VGs are never written" :
			       "it uses features that this version does not know");
	return ERR_OK;
}

enum err_code cmd_find_vg(const char *name, bool writable, struct vg_scan **scan,
			  struct vg **vg, struct err *e)
{
	enum err_code code;

	*scan = NULL;
	code = vg_scan(NULL, writable, scan, e);
	if (!code)
		code = vg_find(*scan, name, vg, e);
	if (!code && writable)
		vg_scan_keep(*scan, *vg);
	return code ? code : cmd_check_vg(*scan, *vg, writable, e);
}

/*
 * The names in an operand: VG/LV, /dev/VG/LV, /dev/mapper/VG-LV, or LV alone,
 * then vg is empty. False when it is none of these.
 */
static bool split_operand(const char *name, char vg[VG_NAME_MAX + 1], char lv[LV_NAME_MAX + 1])
{
	static const char dev[] = "/dev/", mapper[] = "/dev/mapper/";
	bool device = !strncmp(name, dev, strlen(dev));
	const char *slash;

	if (!strncmp(name, mapper, strlen(mapper)))
		return name_split(name + strlen(mapper), vg, lv);
	if (device)
		name += strlen(dev);
	slash = strchr(name, '/');
	if (slash ? slash == name || slash - name > VG_NAME_MAX : device)
		return false;
	snprintf(vg, VG_NAME_MAX + 1, "%.*s", slash ? (int)(slash - name) : 0, name);
	if (slash)
		name = slash + 1;
	if (!*name || strlen(name) > LV_NAME_MAX || strchr(name, '/'))
		return false;
	strcpy(lv, name);
	return true;
}

enum err_code cmd_scan_lv(struct vg_scan *scan, const char *name, bool writable,
			  struct vg **vg, struct vg_lv **lv, struct err *e)
{
	char vg_name[VG_NAME_MAX + 1], lv_name[LV_NAME_MAX + 1];
	unsigned int found = 0;
	enum err_code code;

	if (!split_operand(name, vg_name, lv_name))
		return err_set(e, ERR_USAGE, "'%s' is no LV: give it as VG/LV", name);
	if (*vg_name) {
		code = vg_find(scan, vg_name, vg, e);
		if (code)
			return code;
		*lv = vg_lv_by_name(*vg, lv_name);
		found = *lv != NULL;
	} else {
		for (unsigned int i = 0; i < vg_scan_count(scan); i++) {
			struct vg_lv *l = vg_lv_by_name(vg_scan_vg(scan, i), lv_name);

			if (!l)
				continue;
			*vg = vg_scan_vg(scan, i);
			*lv = l;
			found++;
		}
	}
	if (!found || (*lv)->hidden)
		return err_set(e, ERR_NOTFOUND, "%s: no such LV; lsvg and lsvg -l VG list them",
			       name);
	if (found > 1)
		return err_set(e, ERR_CONFLICT,
			       "%s: more than one VG has an LV of this name; say VG/LV", name);
	return cmd_check_vg(scan, *vg, writable, e);
}

enum err_code cmd_find_lv(const char *name, bool writable, struct vg_scan **scan,
			  struct vg **vg, struct vg_lv **lv, struct err *e)
{
	enum err_code code;

	*scan = NULL;
	code = vg_scan(NULL, writable, scan, e);
	if (!code)
		code = cmd_scan_lv(*scan, name, writable, vg, lv, e);
	if (!code && writable)
		vg_scan_keep(*scan, *vg);
	return code;
}

enum err_code cmd_find_pv(const char *name, bool writable, struct vg_scan **scan,
			  struct vg **vg, struct vg_pv **pv, struct err *e)
{
	unsigned int found = 0;
	enum err_code code;

	*scan = NULL;
	code = vg_scan(NULL, writable, scan, e);
	if (code)
		return code;
	for (unsigned int i = 0; i < vg_scan_count(*scan); i++) {
		struct vg_pv *p = vg_pv_by_name(vg_scan_vg(*scan, i), name);

		if (!p)
			continue;
		*vg = vg_scan_vg(*scan, i);
		*pv = p;
		found++;
	}
	if (!found)
		return err_set(e, ERR_NOTFOUND, "%s: not a PV of any VG; lspv lists them", name);
	if (found > 1)
		return err_set(e, ERR_CONFLICT, "%s: more than one VG has a PV of that name; give its PVID (lspv)",
			       name);
	if (writable)
		vg_scan_keep(*scan, *vg);
	return cmd_check_vg(*scan, *vg, writable, e);
}

static enum err_code no_such_pv(const struct vg *vg, const char *name, struct err *e)
{
	char *missing = act_missing_pvs(vg);

	if (*missing)
		err_set(e, ERR_NOTFOUND,
			"%s: not a PV of VG %s that is here; name one that is missing by its PVID: %s",
			name, vg->name, missing);
	else
		err_set(e, ERR_NOTFOUND, "%s: not a PV of VG %s; lsvg -p %s lists them", name,
			vg->name, vg->name);
	free(missing);
	return ERR_NOTFOUND;
}

enum err_code cmd_pvs(struct vg *vg, char **names, struct vg_pv ***pvs, struct err *e)
{
	unsigned int n = 0;

	*pvs = NULL;
	while (names[n])
		n++;
	if (!n)
		return ERR_OK;
	*pvs = xalloc((n + 1) * sizeof(**pvs));
	for (unsigned int i = 0; i < n; i++) {
		(*pvs)[i] = vg_pv_by_name(vg, names[i]);
		if (!(*pvs)[i])
			return no_such_pv(vg, names[i], e);
	}
	return ERR_OK;
}

static bool same_device(const struct stat *a, const struct stat *b)
{
	if (S_ISBLK(a->st_mode) && S_ISBLK(b->st_mode))
		return a->st_rdev == b->st_rdev;
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * A device that was taken out of the VG while it was away still says that it
 * belongs there; the others know better. vg: as the device alone tells it.
 */
static bool was_taken_out(const struct vg *vg)
{
	struct vg_scan *scan = NULL;
	char vgid[33], pvid[17];
	bool listed = true;
	struct vg *now;

	text_hex(vgid, vg->id.b, 16);
	if (!vg_scan(NULL, false, &scan, NULL) && !vg_find(scan, vgid, &now, NULL) &&
	    vg_has_quorum(now)) {
		listed = false;
		for (unsigned int n = 1; n <= VG_MAX_PV; n++) {
			if (!vg->pv[n] || !vg->pv[n]->io)
				continue;
			text_hex(pvid, vg->pv[n]->id.b, 8);
			listed |= vg_pv_by_name(now, pvid) != NULL;
		}
	}
	vg_scan_free(scan);
	return !listed;
}

static enum err_code check_varied_off(const char *path, struct err *e)
{
	const char *const paths[] = { path, NULL };
	struct vg_scan *scan;
	enum err_code code;
	char buf[64];

	code = vg_scan(paths, false, &scan, e);
	if (code)
		return code;
	for (unsigned int i = 0; i < vg_scan_count(scan) && !code; i++)
		if (act_vg_is_on(vg_scan_vg(scan, i)) && !was_taken_out(vg_scan_vg(scan, i)))
			code = err_set(e, ERR_CONFLICT,
				       "%s: is a PV of VG %s, which is varied on", path,
				       cmd_vg_name(vg_scan_vg(scan, i), buf));
	vg_scan_free(scan);
	return code;
}

enum err_code cmd_check_new_pvs(char **paths, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int i = 0; paths[i] && !code; i++) {
		struct stat st, other;

		if (!*paths[i])
			return err_set(e, ERR_USAGE, "the name of a device is empty");
		if (stat(paths[i], &st))
			return err_set(e, errno == ENOENT ? ERR_NOTFOUND : ERR_IO,
				       "%s: %s; name a device or an image file that exists (lsblk lists devices)",
				       paths[i], strerror(errno));
		if (!S_ISBLK(st.st_mode) && !S_ISREG(st.st_mode))
			return err_set(e, ERR_USAGE,
				       "%s: is neither a block device nor a plain file", paths[i]);
		for (unsigned int k = 0; k < i; k++)
			if (!stat(paths[k], &other) && same_device(&st, &other))
				return err_set(e, ERR_USAGE, "%s and %s are one device",
					       paths[k], paths[i]);
		code = check_varied_off(paths[i], e);
	}
	return code;
}

const char *cmd_vg_name(const struct vg *vg, char buf[64])
{
	if (*vg->name)
		return vg->name;
	text_hex(buf, vg->id.b, 16);
	return buf;
}

enum err_code cmd_confirm(const char *question, struct err *e)
{
	char answer[16];

	if (!isatty(STDIN_FILENO))
		return err_set(e, ERR_FAILED, "not confirmed: no terminal; use -f");
	fprintf(stderr, "%s y(es) or n(o)? ", question);
	if (fgets(answer, sizeof(answer), stdin) &&
	    (!strcasecmp(answer, "y\n") || !strcasecmp(answer, "yes\n")))
		return ERR_OK;
	return err_set(e, ERR_FAILED, "nothing was changed");
}

int cmd_yes_no(const char *arg)
{
	if (!strcmp(arg, "y") || !strcmp(arg, "yes"))
		return 1;
	return !strcmp(arg, "n") || !strcmp(arg, "no") ? 0 : -1;
}

bool cmd_missing_unrecorded(const struct vg *vg)
{
	for (unsigned int n = 1; vg->kind == VG_NATIVE && n <= VG_MAX_PV; n++)
		if (vg->pv[n] && !vg->pv[n]->io &&
		    !(vg->pv[n]->state & (PV_MISSING | PV_SPLIT)))
			return true;
	return false;
}

bool cmd_data_split(const struct vg *vg)
{
	struct judge j;

	for (unsigned int n = 1; n <= VG_MAX_LV; n++)
		if (vg->lv[n] && !vg->lv[n]->hidden &&
		    judge_lv(vg, vg->lv[n], 0, &j, NULL) == ERR_CONFLICT)
			return true;
	return false;
}

bool cmd_vg_live(const struct vg *vg)
{
	for (unsigned int n = 1; n <= VG_MAX_PV; n++)
		if (vg->pv[n] && vg->pv[n]->io && !vg->pv[n]->io->is_block)
			return false;
	return act_vg_is_on(vg);
}

unsigned int cmd_copies(const struct vg_lv *lv)
{
	return lv->type == LV_RAID5 ? 1 : lv->copies;
}

unsigned int cmd_columns(const struct vg_lv *lv)
{
	return lv->type == LV_RAID5 ? lv->copies : 0;
}
