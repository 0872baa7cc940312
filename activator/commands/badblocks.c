// SPDX-License-Identifier: GPL-2.0
/* Bad places of PVs; see badblocks.h. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "badblocks.h"

/* One word of the kernel's answer: "slot:sector of the leg:spare|stale". */
static void add_word(struct rows *rows, const struct vg *vg, const struct vg_lv *lv,
		     const struct vg_pv *pv, const char *word)
{
	const struct lv_place *p;
	unsigned int slot;
	uint64_t sector, lp;
	struct rec *r;
	char how[8];
	int c;

	if (sscanf(word, "%u:%" SCNu64 ":%7s", &slot, &sector, how) != 3)
		return;
	c = lv_leg_of_slot(lv, slot);
	lp = sector / vg_pp_sectors(vg);
	if (c < 0 || c >= lv->copies || lp >= lv->num_lps)
		return;
	p = &lv->map[c][lp];
	if (p->pv != pv->num)
		return;
	r = rec_new();
	rec_str(r, "lv", lv->name);
	rec_num(r, "copy", (unsigned int)c + 1);
	rec_num(r, "lp", lp + 1);
	rec_num(r, "pp", p->pp);
	rec_num(r, "sector", vg_pp_sector(vg, pv, p->pp) + sector % vg_pp_sectors(vg));
	rec_str(r, "state", strcmp(how, "spare") ? how : "relocated");
	rows_add(rows, r);
}

struct rows *bad_block_rows(const struct vg *vg, const struct vg_pv *pv)
{
	struct rows *rows = rows_new();

	for (unsigned int n = 1; n <= VG_MAX_LV; n++) {
		const struct vg_lv *lv = vg->lv[n];
		char *answer, *save, *word;
		struct act_state s;

		if (!lv || lv->hidden || lv->child_of || act_lv_state(vg, lv, &s, NULL) ||
		    !s.mirrored || act_lv_message(vg, lv, "bad_blocks", &answer, NULL))
			continue;
		for (word = strtok_r(answer, " \n", &save); word;
		     word = strtok_r(NULL, " \n", &save))
			add_word(rows, vg, lv, pv, word);
		free(answer);
	}
	return rows;
}
