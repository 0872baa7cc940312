// SPDX-License-Identifier: GPL-2.0
/* rmlv: remove LVs. */
#include <stdlib.h>
#include "cmd.h"

static const struct opt opts[] = {
	{ 'f', "force", NULL, "do not ask" },
	{ 0 }
};

static const struct opt_spec spec = {
	"rmlv", "LV|VG/LV...", "Remove logical volumes and the data on them.", opts, 1, -1
};

/* Nothing is locked while the question is open. */
static enum err_code ask(const char *name, struct err *e)
{
	struct vg_scan *scan;
	struct vg_lv *lv;
	struct vg *vg;
	enum err_code code;
	char *question;

	code = cmd_find_lv(name, false, &scan, &vg, &lv, e);
	if (!code)
		code = cmd_check_vg(scan, vg, true, e);
	if (!code) {
		question = xprintf("All data on %s/%s is lost. Go on?", vg->name, lv->name);
		code = cmd_confirm(question, e);
		free(question);
	}
	vg_scan_free(scan);
	return code;
}

static enum err_code remove_lv(const char *name, bool force, struct err *e)
{
	struct vg_scan *scan;
	struct vg_lv *lv;
	struct vg *vg;
	enum err_code code;

	code = force ? ERR_OK : ask(name, e);
	if (code)
		return code;
	code = cmd_find_lv(name, true, &scan, &vg, &lv, e);
	if (!code) {
		cmd_warn("rmlv", vg);
		code = act_lv_stop(vg, lv, e);
		if (!code)
			code = lv_remove(vg, lv, e);
		if (!code)
			code = vg_commit(vg, e);
		cmd_warn("rmlv", vg);
	}
	vg_scan_free(scan);
	return code;
}

/* Is each name that of another LV that may be removed? Before any of them goes. */
static enum err_code check_all(char **names, int count, struct err *e)
{
	struct vg_lv **lvs = xalloc(count * sizeof(struct vg_lv *));
	struct vg_scan *scan = NULL;
	enum err_code code;
	struct vg *vg;

	code = vg_scan(NULL, false, &scan, e);
	for (int i = 0; i < count && !code; i++) {
		code = cmd_scan_lv(scan, names[i], true, &vg, &lvs[i], e);
		for (int k = 0; k < i && !code; k++)
			if (lvs[k] == lvs[i])
				code = err_set(e, ERR_USAGE, "%s/%s is named twice", vg->name,
					       lvs[i]->name);
	}
	vg_scan_free(scan);
	free(lvs);
	return code;
}

int cmd_rmlv(int argc, char **argv)
{
	struct err e = { 0 };
	struct opt_iter it;
	bool force = false;
	int c, status;

	while ((c = opt_next(&it, &spec, argc, argv)) > 0)
		force = true;
	if (c < 0)
		return it.status;
	status = check_all(it.operands, it.num_operands, &e);
	for (int i = 0; i < it.num_operands && !status; i++)
		status = remove_lv(it.operands[i], force, &e);
	return status ? cmd_fail("rmlv", &e, false) : ERR_OK;
}
