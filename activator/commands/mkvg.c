// SPDX-License-Identifier: GPL-2.0
/* mkvg: make a VG. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd.h"

enum { OPT_AIX = OPT_LONG_ONLY };

static const struct opt opts[] = {
	{ 'y', "name", "VG", "name of the VG (default: vg00, vg01, ...)" },
	{ 's', "pp-size", "MIB", "PP size, a power of two (default: the smallest that will do)" },
	{ 'f', "force", NULL, "use devices that hold something already" },
	{ 'n', "no-auto", NULL, "do not vary on, now or at boot" },
	{ 'Q', "quorum", "y|n", "quorum checking (default: y for three and more PVs)" },
	{ OPT_AIX, "aix", NULL, "plain AIX layout, version 1; read-only here" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec spec = {
	"mkvg", "PV...", "Make a volume group of the given devices or image files.", opts, 1, -1
};

/* No two VGs of one name: find the first free vgNN, or refuse the name that was given. */
static enum err_code choose_name(const char *given, char name[VG_NAME_MAX + 1], struct err *e)
{
	struct vg_scan *scan;
	enum err_code code;
	struct vg *vg;

	code = vg_scan(NULL, false, &scan, e);
	if (code)
		return code;
	if (given) {
		snprintf(name, VG_NAME_MAX + 1, "%s", given);
		if (strlen(given) > VG_NAME_MAX)
			code = err_set(e, ERR_USAGE, "%s: a VG name has at most %d characters",
				       given, VG_NAME_MAX);
		else if (vg_find(scan, given, &vg, NULL) != ERR_NOTFOUND)
			code = err_set(e, ERR_CONFLICT,
				       "%s: a VG of this name exists; choose another name", given);
	} else {
		unsigned int n = 0;

		do {
			snprintf(name, VG_NAME_MAX + 1, "vg%02u", n++);
		} while (vg_find(scan, name, &vg, NULL) != ERR_NOTFOUND);
	}
	vg_scan_free(scan);
	return code;
}

/* name and id: what it is called, and its VGID. */
static enum err_code make(const char *given, struct vg_create_opts *o, char **pvs,
			  char name[VG_NAME_MAX + 1], char id[33], struct err *e)
{
	struct vg *vg = NULL;
	enum err_code code;

	code = cmd_check_new_pvs(pvs, e);
	if (!code)
		code = choose_name(given, name, e);
	if (code)
		return code;
	o->name = name;
	code = vg_create((const char *const *)pvs, o, &vg, e);
	if (code)
		return code;
	code = vg_commit(vg, e);
	cmd_warn("mkvg", vg);
	if (!code && o->auto_varyon && !o->aix && vg->pv[1] && vg->pv[1]->io->is_block) {
		code = act_vg_mark(vg, true, e);
		cmd_know("mkvg", vg, true);
	}
	text_hex(id, vg->id.b, sizeof(vg->id.b));
	vg_free(vg);
	return code;
}

int cmd_mkvg(int argc, char **argv)
{
	struct vg_create_opts o = { .quorum = -1, .auto_varyon = true };
	char name[VG_NAME_MAX + 1], id[33];
	struct err e = { 0 };
	const char *given = NULL;
	struct opt_iter it;
	uint64_t mib;
	int c, status;
	bool json = false;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0) {
		switch (c) {
		case 'y':
			given = it.arg;
			break;
		case 's':
			if (!text_num(it.arg, 1 << 20, &mib) || !mib || mib & (mib - 1))
				return opt_usage(&spec, "-s %s: not a power of two in MiB", it.arg);
			o.pp_mib = mib;
			break;
		case 'f':
			o.force = true;
			break;
		case 'n':
			o.auto_varyon = false;
			break;
		case 'Q':
			o.quorum = cmd_yes_no(it.arg);
			if (o.quorum < 0)
				return opt_usage(&spec, "-Q %s: neither y nor n", it.arg);
			break;
		case OPT_AIX:
			o.aix = true;
			break;
		case OPT_JSON:
			json = true;
			break;
		}
	}
	if (c < 0)
		return it.status;

	status = make(given, &o, it.operands, name, id, &e);
	if (status)
		return cmd_fail("mkvg", &e, json);
	if (json) {
		struct rec *r = rec_new();

		rec_str(r, "name", name);
		rec_str(r, "id", id);
		rec_print_json(r);
		rec_free(r);
	} else {
		puts(name);
	}
	if (o.aix) {
		char *text = xprintf("%s: an AIX VG does not hold its own name; here it is found by its VGID: %s",
				     name, id);

		cmd_say("mkvg", text);
		free(text);
	}
	return ERR_OK;
}
