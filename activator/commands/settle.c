// SPDX-License-Identifier: GPL-2.0
/*
 * Between what the metadata says of copies and what the kernel does.
 *
 * What the metadata asks to be given up, it asks for once: when the kernel has
 * taken a leg in, as a target or as a member, the request is withdrawn. Left
 * standing it would one day be read again, when that leg has newer data.
 */
#include <string.h>
#include "cmd.h"

/* Discards of the LV that the kernel has taken, by copy. */
static unsigned int taken(const struct vg *vg, const struct vg_lv *lv)
{
	unsigned int mask = 0;
	struct act_state s;

	for (unsigned int c = 0; c < lv->copies; c++)
		if (lv->leg[c].flags & LEG_DISCARD)
			mask |= 1u << c;
	if (!mask || act_lv_state(vg, lv, &s, NULL) || !s.mirrored)
		return 0;
	for (unsigned int c = 0; c < lv->copies; c++)
		if (!strchr("MT", status_letter(&s.status, lv->leg[c].slot)))
			mask &= ~(1u << c);
	return mask;
}

enum err_code cmd_live_state(const struct vg *vg, const struct vg_lv *lv, struct act_state *s,
			     struct err *e)
{
	enum err_code code = act_lv_state(vg, lv, s, e);

	if (!code && s->active && s->read_only)
		code = err_set(e, ERR_CONFLICT,
			       "%s/%s: the LV is active read-only, and its copies stay as they are; deactivate it, or make it writable (chlv -p w), first",
			       vg->name, lv->name);
	return code;
}

/* Does the kernel still use a leg that the VG has in one of these slots, or had? */
static bool holds(const struct vg *vg, const struct vg_lv *lv, uint8_t slots)
{
	struct act_state s;

	if (act_lv_state(vg, lv, &s, NULL))
		return true;
	for (unsigned int slot = 0; slot < VY_MAX_SLOTS && s.mirrored; slot++)
		if (slots & 1u << slot && strchr("MT", status_letter(&s.status, slot)))
			return true;
	return false;
}

enum err_code cmd_let_go(const char *command, const struct vg *vg, const struct vg_lv *lv,
			 const struct act_opts *o, uint8_t slots, struct err *e)
{
	struct err why = { 0 };
	struct act_state s;
	enum err_code code;

	code = act_lv_state(vg, lv, &s, e);
	if (code || !s.active || !act_lv_start(vg, lv, o, &why))
		return code;
	if (holds(vg, lv, slots))
		return err_set(e, why.code, "%s", why.text);
	cmd_say(command, why.text);
	return ERR_OK;
}

enum err_code cmd_let_go_all(const char *command, const struct vg *vg,
			     const struct act_opts *o, struct err *e)
{
	struct err why = { 0 };

	if (!act_vg_let_go(vg, o, &why))
		return ERR_OK;
	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		const struct vg_lv *lv = vg->lv[n];
		uint8_t slots = 0;

		for (unsigned int c = 0; lv && c < lv->copies; c++)
			if (lv->leg[c].flags & LEG_SPLIT)
				slots |= 1u << lv->leg[c].slot;
		if (slots && holds(vg, lv, slots))
			return err_set(e, why.code, "%s", why.text);
	}
	cmd_say(command, why.text);
	return ERR_OK;
}

bool cmd_unsettled(const struct vg *vg)
{
	for (unsigned int n = 1; n <= VG_MAX_LV; n++)
		if (vg->lv[n] && taken(vg, vg->lv[n]))
			return true;
	return false;
}

enum err_code cmd_settle(struct vg *vg, struct err *e)
{
	bool any = false;

	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		struct vg_lv *lv = vg->lv[n];
		unsigned int mask = lv ? taken(vg, lv) : 0;

		for (unsigned int c = 0; mask >> c; c++)
			if (mask & 1u << c)
				lv->leg[c].flags &= ~LEG_DISCARD;
		any |= mask != 0;
	}
	return any ? vg_commit(vg, e) : ERR_OK;
}

/*
 * A PV that was away has old metadata. Not worth failing for, and not touched
 * when something is wrong beyond an LV that lacks its PVs. Failing to withdraw
 * a discard that is done is not worth failing for either; it is tried again.
 */
void cmd_catch_up(const char *command, struct vg *vg, enum err_code started)
{
	struct err refresh = { 0 }, settle = { 0 };

	if ((!started || started == ERR_QUORUM) && vg_has_behind(vg) && !cmd_data_split(vg) &&
	    vg_refresh(vg, &refresh))
		cmd_say(command, refresh.text);
	if (cmd_settle(vg, &settle))
		cmd_say(command, settle.text);
}
