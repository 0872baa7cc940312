// SPDX-License-Identifier: GPL-2.0
/*
 * joinvg: the PVs of a snapshot VG come back to the VG that they were split
 * from. What the snapshot holds is given up: its copies get what either side
 * has changed. Or the snapshot is lost, and its PVs are missing ones of the VG.
 */
#include <stdlib.h>
#include <string.h>
#include "copystate.h"

enum { OPT_LOST = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ 'f', "force", NULL, "do not ask" },
	{ OPT_LOST, "lost", NULL, "the PVs of the snapshot are lost: give it up" },
	{ 0 }
};

static const struct opt_spec spec = {
	"joinvg", "VG", "Take the snapshot of a volume group back into it.", opts, 1, 1
};

static void say(const char *text)
{
	cmd_say("joinvg", text);
}

static bool is_set(const struct vg_id *id)
{
	static const struct vg_id none;

	return memcmp(id, &none, sizeof(none));
}

/* The copies that come back get what the LVs have: so these must have it. */
static enum err_code check_lvs(const struct vg *vg, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int n = 1; n <= VG_MAX_LV && !code; n++) {
		const struct vg_lv *lv = vg->lv[n];
		bool split = false;

		for (unsigned int c = 0; lv && c < lv->copies; c++)
			split |= lv->leg[c].flags & LEG_SPLIT && !lv_child(vg, lv, c);
		if (split)
			code = copy_check_own(vg, lv, e);
	}
	return code ? err_prefix(e, "%s: what its snapshot holds is not given up", vg->name) :
		      ERR_OK;
}

/*
 * The VG and its snapshot, whichever of them the operand names. No snapshot:
 * all its PVs are back in the VG, after a join or a split that was cut short.
 */
static enum err_code find_both(struct vg_scan *scan, const char *name, struct vg **vg,
			       struct vg **snap, struct err *e)
{
	char id[33];
	enum err_code code;

	*snap = NULL;
	code = vg_find(scan, name, vg, e);
	if (!code && is_set(&(*vg)->parent)) {
		*snap = *vg;
		text_hex(id, (*snap)->parent.b, 16);
		code = vg_find(scan, id, vg, e);
		if (!code && memcmp(&(*vg)->snapshot, &(*snap)->id, sizeof((*snap)->id)))
			code = err_set(e, ERR_CONFLICT,
				       "%s: %s does not expect it back: it was given up (joinvg --lost), and is a VG of its own now",
				       (*snap)->name, (*vg)->name);
	} else if (!code && is_set(&(*vg)->snapshot)) {
		text_hex(id, (*vg)->snapshot.b, 16);
		if (vg_find(scan, id, snap, NULL))
			*snap = NULL;
	}
	if (!code)
		code = cmd_check_vg(scan, *vg, true, e);
	if (!code && *snap)
		code = cmd_check_vg(scan, *snap, true, e);
	if (!code)
		code = check_lvs(*vg, e);
	return code;
}

static enum err_code stop_all(const struct vg *snap, struct err *e)
{
	enum err_code code = ERR_OK;

	for (unsigned int n = 1; n <= VG_MAX_LV && !code; n++) {
		struct act_state s;

		if (!snap->lv[n] || snap->lv[n]->hidden)
			continue;
		code = act_lv_state(snap, snap->lv[n], &s, e);
		if (!code && s.open)
			code = err_set(e, ERR_CONFLICT,
				       "%s/%s: is open (/dev/mapper/%s): unmount it, or end what uses it",
				       snap->name, snap->lv[n]->name, s.name);
	}
	for (unsigned int n = 1; n <= VG_MAX_LV && !code; n++)
		if (snap->lv[n] && !snap->lv[n]->hidden)
			code = act_lv_stop(snap, snap->lv[n], e);
	return code ? code : act_vg_mark(snap, false, e);
}

/* LVs that are active take their copies back; the others do when they are activated. */
static enum err_code take_in(const char *id, struct err *e)
{
	const struct act_opts act = { .say = say };
	struct vg_scan *scan;
	struct act_state s;
	struct vg *vg;
	enum err_code code;

	code = cmd_find_vg(id, true, &scan, &vg, e);
	for (unsigned int n = 1; n <= VG_MAX_LV && !code; n++) {
		if (!vg->lv[n] || vg->lv[n]->hidden)
			continue;
		code = act_lv_state(vg, vg->lv[n], &s, e);
		if (!code && s.active)
			code = act_lv_start(vg, vg->lv[n], &act, e);
	}
	if (!code)
		code = cmd_settle(vg, e);
	if (!code)
		cmd_warn("joinvg", vg);
	vg_scan_free(scan);
	return code;
}

static enum err_code join(const char *name, struct err *e)
{
	struct vg_scan *scan = NULL;
	struct vg *vg, *snap;
	enum err_code code;
	char id[33];

	code = vg_scan(NULL, true, &scan, e);
	if (!code)
		code = find_both(scan, name, &vg, &snap, e);
	if (!code) {
		text_hex(id, vg->id.b, 16);
		cmd_warn("joinvg", vg);
		code = snap ? stop_all(snap, e) : ERR_OK;
	}
	if (!code)
		code = vg_join(vg, snap, e);
	vg_scan_free(scan);
	return code ? code : take_in(id, e);
}

static enum err_code find_lost(const char *name, bool writable, struct vg_scan **scan,
			       struct vg **vg, struct err *e)
{
	enum err_code code = vg_scan(NULL, writable, scan, e);

	if (!code)
		code = vg_find(*scan, name, vg, e);
	if (!code)
		code = cmd_check_vg(*scan, *vg, true, e);
	return code ? code : vg_give_up_snapshot(*vg, *scan, e);
}

static enum err_code give_up(const char *name, struct err *e)
{
	struct vg_scan *scan = NULL;
	enum err_code code;
	struct vg *vg;
	char id[33];

	code = find_lost(name, true, &scan, &vg, e);
	if (!code)
		code = vg_commit(vg, e);
	if (!code)
		text_hex(id, vg->id.b, 16);
	vg_scan_free(scan);
	return code ? code : take_in(id, e);
}

static enum err_code ask_lost(const char *name, struct err *e)
{
	struct vg_scan *scan = NULL;
	enum err_code code;
	struct vg *vg;
	char *question;

	code = find_lost(name, false, &scan, &vg, e);
	if (!code) {
		question = xprintf("The PVs split off from %s cannot come back to it then. Go on?",
				   vg->name);
		code = cmd_confirm(question, e);
		free(question);
	}
	vg_scan_free(scan);
	return code;
}

/* Nothing is locked while the question is open. */
static enum err_code ask(const char *name, struct err *e)
{
	struct vg_scan *scan = NULL;
	struct vg *vg, *snap;
	enum err_code code;
	char *question;

	code = vg_scan(NULL, false, &scan, e);
	if (!code)
		code = find_both(scan, name, &vg, &snap, e);
	if (!code) {
		question = xprintf("What was written to %s since the split is lost. Go on?",
				   snap ? snap->name : "the snapshot");
		code = cmd_confirm(question, e);
		free(question);
	}
	vg_scan_free(scan);
	return code;
}

int cmd_joinvg(int argc, char **argv)
{
	struct err e = { 0 };
	struct opt_iter it;
	bool force = false, lost = false;
	int c, status = ERR_OK;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		if (c == OPT_LOST)
			lost = true;
		else
			force = true;
	}
	if (c < 0)
		return it.status;
	if (!force)
		status = (lost ? ask_lost : ask)(it.operands[0], &e);
	if (!status)
		status = (lost ? give_up : join)(it.operands[0], &e);
	return status ? cmd_fail("joinvg", &e, false) : ERR_OK;
}
