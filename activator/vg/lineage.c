// SPDX-License-Identifier: GPL-2.0
/*
 * Which VGDA comes from which. Every commit has a random id, and a VGDA lists
 * the ids of the commits before it: a copy whose id is in the list is older,
 * one whose id is not went on separately, and no stamp can say which is right.
 */
#include <string.h>
#include "internal.h"

bool lineage_read(const uint8_t *vgda, const struct aix_vgda_hdr *h, struct lineage *l)
{
	const uint8_t *ext = vgda + (size_t)h->ext_off * SECTOR;
	struct native_ext x;

	if (h->ext_used < NATIVE_LV_AT || !native_ext_decode(ext, &x))
		return false;
	l->id = x.commit_id;
	native_history_decode(ext + NATIVE_HIST_AT * SECTOR, l->hist);
	return l->id != 0;
}

bool lineage_has(const struct lineage *l, uint64_t id)
{
	unsigned int i;

	if (l->id == id)
		return true;
	for (i = 0; i < VG_HISTORY && l->hist[i]; i++)
		if (l->hist[i] == id)
			return true;
	return false;
}

bool lineage_apart(const struct lineage *a, const struct lineage *b)
{
	return !lineage_has(a, b->id) && !lineage_has(b, a->id);
}

void lineage_go_on(struct vg *vg, uint64_t id)
{
	if (vg->commit_id) {
		memmove(&vg->history[1], &vg->history[0],
			sizeof(vg->history) - sizeof(vg->history[0]));
		vg->history[0] = vg->commit_id;
	}
	vg->commit_id = id;
}
