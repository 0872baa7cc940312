// SPDX-License-Identifier: GPL-2.0
/* chvg: change attributes of a VG. */
#include <stdio.h>
#include <string.h>
#include "../format/name.h"
#include "cmd.h"
#include "known.h"

enum { OPT_NAME = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ 'a', "auto", "y|n", "vary on at boot" },
	{ 'Q', "quorum", "y|n", "quorum checking" },
	{ 'h', "hot-spare", "n|y|Y|r", "spare PVs: none take over, one, as many as needed; r: none are left" },
	{ 's', "sync", "y|n", "stale copies are synced without being asked for" },
	{ 'f', "force", NULL, "turn quorum checking off without a quorum" },
	{ OPT_NAME, "name", "NEW", "rename the VG, while none of its LVs is active" },
	{ 0 }
};

static const struct opt_spec spec = {
	"chvg", "VG", "Change a volume group.", opts, 1, 1
};

struct changes {
	int auto_varyon, quorum, sync;	/* -1: as it is */
	char spare;			/* 0: as it is */
	const char *name;
	bool force;
};

static enum err_code rename_vg(struct vg *vg, struct vg_scan *scan, const char *name,
			       struct err *e)
{
	const char *why = name_why_bad(name, VG_NAME_MAX);
	struct act_state s;
	struct vg *other;

	if (why)
		return err_set(e, ERR_USAGE, "'%s' is no name for a VG: %s", name, why);
	for (unsigned int n = 1; n <= VG_MAX_LV; n++)
		if (vg->lv[n] && !act_lv_state(vg, vg->lv[n], &s, NULL) && s.active)
			return err_set(e, ERR_CONFLICT,
				       "%s: LV %s is active; varyoffvg %s first, then rename it",
				       vg->name, vg->lv[n]->name, vg->name);
	if (strcmp(vg->name, name) && vg_find(scan, name, &other, NULL) != ERR_NOTFOUND)
		return err_set(e, ERR_CONFLICT, "%s: a VG of this name exists", name);
	snprintf(vg->name, sizeof(vg->name), "%s", name);
	return ERR_OK;
}

static enum err_code change(struct vg *vg, struct vg_scan *scan, const struct changes *ch,
			    struct err *e)
{
	enum err_code code = ERR_OK;

	vg->without_quorum = ch->force;
	if (ch->auto_varyon >= 0)
		vg->auto_varyon = ch->auto_varyon;
	if (ch->quorum >= 0)
		vg->quorum = ch->quorum;
	if (ch->spare)
		code = vg_set_spare_policy(vg, ch->spare, e);
	if (!code && ch->sync >= 0)
		code = vg_set_auto_sync(vg, ch->sync, e);
	if (!code && ch->name)
		code = rename_vg(vg, scan, ch->name, e);
	if (!code)
		code = vg_commit(vg, e);
	if (!code && (ch->auto_varyon >= 0 || known_has(vg)))
		cmd_know("chvg", vg, vg->auto_varyon);
	return code;
}

int cmd_chvg(int argc, char **argv)
{
	struct changes ch = { .auto_varyon = -1, .quorum = -1, .sync = -1 };
	struct vg_scan *scan = NULL;
	struct err e = { 0 };
	struct opt_iter it;
	struct vg *vg;
	int c, *yes_no, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		switch (c) {
		case OPT_NAME:
			ch.name = it.arg;
			continue;
		case 'f':
			ch.force = true;
			continue;
		case 'h':
			if (strlen(it.arg) != 1 || !strchr("nyYr", *it.arg))
				return opt_usage(&spec, "-h %s: not n, y, Y or r", it.arg);
			ch.spare = *it.arg;
			continue;
		}
		yes_no = c == 'a' ? &ch.auto_varyon : c == 's' ? &ch.sync : &ch.quorum;
		*yes_no = cmd_yes_no(it.arg);
		if (*yes_no < 0)
			return opt_usage(&spec, "-%c %s: neither y nor n", c, it.arg);
	}
	if (c < 0)
		return it.status;
	if (ch.auto_varyon < 0 && ch.quorum < 0 && ch.sync < 0 && !ch.spare && !ch.name)
		return opt_usage(&spec, "nothing to change");

	status = cmd_find_vg(it.operands[0], true, &scan, &vg, &e);
	if (!status) {
		cmd_warn("chvg", vg);
		status = change(vg, scan, &ch, &e);
		cmd_warn("chvg", vg);
	}
	vg_scan_free(scan);
	return status ? cmd_fail("chvg", &e, false) : ERR_OK;
}
