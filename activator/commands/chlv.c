// SPDX-License-Identifier: GPL-2.0
/* chlv: change attributes of an LV. */
#include <stdio.h>
#include <string.h>
#include "cmd.h"

enum { OPT_WRITE_MOSTLY = OPT_LONG_ONLY, OPT_LOG };

static const struct opt opts[] = {
	{ 'n', "name", "NEW", "rename the LV, while it is not active" },
	{ 'p', "permission", "r|w", "read-only or read/write, while it is not active" },
	{ 't', "type", "TYPE", "what it is for" },
	{ 'L', "label", "TEXT", "label, as a rule the mount point" },
	{ 'x', "max", "LPS", "upper limit of LPs" },
	{ OPT_WRITE_MOSTLY, "write-mostly", "COPY",
	  "read this copy only when no other can serve; y or n comes after the LV" },
	{ OPT_LOG, "log", "MODE", "row log of RAID5: degraded, always or off" },
	{ 0 }
};

static const struct opt_spec spec = {
	"chlv", "LV|VG/LV [y|n]", "Change a logical volume.", opts, 1, 2
};

struct changes {
	const char *name, *type, *label;	/* NULL: as it is */
	char permission;			/* 0: as it is */
	uint32_t max_lps;			/* 0: as it is */
	unsigned int mostly;			/* copy, 1-based; 0: none */
	bool mostly_on;
	bool log;				/* to be row_log */
	enum lv_row_log row_log;
};

static void say(const char *text)
{
	cmd_say("chlv", text);
}

static enum err_code need_inactive(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	struct act_state s;
	enum err_code code = act_lv_state(vg, lv, &s, e);

	if (!code && s.active)
		code = err_set(e, ERR_CONFLICT,
			       "%s/%s: the LV is active; varyoffvg %s first, then change it",
			       vg->name, lv->name, vg->name);
	return code;
}

static enum err_code set_text(char *field, size_t size, const char *text, const char *what,
			      struct err *e)
{
	if (strlen(text) >= size)
		return err_set(e, ERR_USAGE, "%s '%s' has more than %zu characters", what, text,
			       size - 1);
	for (const char *s = text; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return err_set(e, ERR_USAGE, "%s has a control character", what);
	snprintf(field, size, "%s", text);
	return ERR_OK;
}

static enum err_code set_write_mostly(const struct vg *vg, struct vg_lv *lv,
				      const struct changes *ch, struct err *e)
{
	unsigned int c = ch->mostly - 1;

	if (lv->type != LV_MIRROR || c >= lv->copies)
		return err_set(e, ERR_USAGE, "%s/%s: has no copy %u of a mirror", vg->name,
			       lv->name, ch->mostly);
	lv->leg[c].flags &= (uint8_t)~LEG_WRITE_MOSTLY;
	if (ch->mostly_on)
		lv->leg[c].flags |= LEG_WRITE_MOSTLY;
	return ERR_OK;
}

static enum err_code set_row_log(const struct vg *vg, struct vg_lv *lv,
				 const struct changes *ch, struct err *e)
{
	if (lv->type != LV_RAID5)
		return err_set(e, ERR_USAGE, "%s/%s: is no RAID5 and has no row log", vg->name,
			       lv->name);
	lv->row_log = ch->row_log;
	return ERR_OK;
}

/* An active LV follows at once. */
static enum err_code follow(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	const struct act_opts act = { .say = say };
	struct act_state s;
	enum err_code code = act_lv_state(vg, lv, &s, e);

	return code || !s.active ? code : act_lv_start(vg, lv, &act, e);
}

static enum err_code change(struct vg *vg, struct vg_lv *lv, const struct changes *ch,
			    struct err *e)
{
	bool rename = ch->name && strcmp(ch->name, lv->name);
	enum err_code code = ERR_OK;

	if (rename || ch->permission)
		code = need_inactive(vg, lv, e);
	if (!code && ch->max_lps && ch->max_lps < lv_user_lps(lv, lv->num_lps))
		code = err_set(e, ERR_USAGE, "%s/%s: the LV has %u LPs, more than -x %u", vg->name,
			       lv->name, lv_user_lps(lv, lv->num_lps), ch->max_lps);
	if (!code && ch->type && !strcmp(ch->type, "raid5") && lv->type != LV_RAID5)
		code = err_set(e, ERR_USAGE, "%s/%s: is no RAID5 and cannot become it; mklv -t raid5 makes one to copy to",
			       vg->name, lv->name);
	if (!code && ch->type)
		code = set_text(lv->type_name, sizeof(lv->type_name), ch->type, "the type", e);
	if (!code && ch->label)
		code = set_text(lv->label, sizeof(lv->label), ch->label, "the label", e);
	if (!code && rename)
		code = lv_rename(vg, lv, ch->name, e);
	if (!code && ch->mostly)
		code = set_write_mostly(vg, lv, ch, e);
	if (!code && ch->log)
		code = set_row_log(vg, lv, ch, e);
	if (code)
		return code;
	if (ch->permission)
		lv->permissions = ch->permission == 'r' ? 2 : 1;
	if (ch->max_lps)
		lv->max_lps = (ch->max_lps + lv_data_legs(lv) - 1) / lv_data_legs(lv);
	code = vg_commit(vg, e);
	return code || !(ch->mostly || ch->log) ? code : follow(vg, lv, e);
}

int cmd_chlv(int argc, char **argv)
{
	struct changes ch = { 0 };
	struct vg_scan *scan = NULL;
	struct err e = { 0 };
	struct vg_lv *lv;
	struct opt_iter it;
	struct vg *vg;
	uint64_t n;
	int c, status;
	bool any = false;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		any = true;
		switch (c) {
		case 'n':
			ch.name = it.arg;
			break;
		case 'p':
			if (strcmp(it.arg, "r") && strcmp(it.arg, "w"))
				return opt_usage(&spec, "-p %s: neither r nor w", it.arg);
			ch.permission = *it.arg;
			break;
		case 't':
			ch.type = it.arg;
			break;
		case 'L':
			ch.label = it.arg;
			break;
		case 'x':
			if (!text_num(it.arg, UINT32_MAX, &n) || !n)
				return opt_usage(&spec, "-x %s: not a number of LPs", it.arg);
			ch.max_lps = n;
			break;
		case OPT_WRITE_MOSTLY:
			if (!text_num(it.arg, VG_MAX_COPIES, &n) || !n)
				return opt_usage(&spec, "--write-mostly %s: not a copy, 1 to %d",
						 it.arg, VG_MAX_COPIES);
			ch.mostly = n;
			break;
		case OPT_LOG:
			if (!lv_row_log_from_name(it.arg, &ch.row_log))
				return opt_usage(&spec, "--log %s: not degraded, always or off",
						 it.arg);
			ch.log = true;
			break;
		}
	}
	if (c < 0)
		return it.status;
	if (!any)
		return opt_usage(&spec, "nothing to change");
	if (ch.mostly && it.num_operands == 2) {
		if (cmd_yes_no(it.operands[1]) < 0)
			return opt_usage(&spec, "--write-mostly: neither y nor n: %s", it.operands[1]);
		ch.mostly_on = cmd_yes_no(it.operands[1]);
	} else if (ch.mostly || it.num_operands == 2) {
		return opt_usage(&spec, "--write-mostly COPY takes y or n after the LV");
	}

	status = cmd_find_lv(it.operands[0], true, &scan, &vg, &lv, &e);
	if (!status) {
		cmd_warn("chlv", vg);
		status = change(vg, lv, &ch, &e);
		cmd_warn("chlv", vg);
	}
	vg_scan_free(scan);
	return status ? cmd_fail("chlv", &e, false) : ERR_OK;
}
