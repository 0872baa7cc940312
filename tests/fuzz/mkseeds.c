// SPDX-License-Identifier: GPL-2.0
/*
 * Seeds for fuzz_vg: a few sound VGs, made by the model itself, as patches.
 * Usage: mkseeds DIRECTORY
 */
#include <stdio.h>
#include "../../activator/format/be.h"
#include "patch.h"

#define GAP	16	/* zeros that end a patch */

static void put_patch(FILE *f, unsigned int disk, size_t from, size_t len)
{
	uint8_t head[PATCH_HEAD];

	head[0] = (uint8_t)disk;
	be32_put(head, sizeof(head), 1, (uint32_t)from);
	be16_put(head, sizeof(head), 5, (uint16_t)len);
	fwrite(head, 1, sizeof(head), f);
	fwrite(disks[disk].data + from, 1, len, f);
}

/* Every stretch that is not zero, but for the second VGDA slot, which is the same. */
static void put_disk(FILE *f, unsigned int disk, const struct vg *vg)
{
	const uint8_t *d = disks[disk].data;
	size_t i, from = 0, zeros = 0;
	bool in = false;

	for (i = 0; i < disks[disk].size; i++) {
		uint64_t sector = i / SECTOR, slot1 = vg->pv[disk + 1]->vgda_psn[1];
		bool set = d[i] && (sector < slot1 || sector >= slot1 + vg->vgda_len);

		if (set && !in) {
			from = i;
			in = true;
		}
		zeros = set ? 0 : zeros + 1;
		if (in && (zeros == GAP || i - from == 60000)) {
			put_patch(f, disk, from, i + 1 - zeros - from);
			in = false;
		}
	}
}

static int make_seed(const char *dir, const char *name, unsigned int pvs, unsigned int copies,
		     bool aix)
{
	struct err e = { .code = ERR_OK };
	char path[4096];
	struct vg *vg;
	unsigned int i;
	FILE *f;

	disks_new_sized(FUZZ_DISKS, FUZZ_DISK_BYTES);
	vg = disks_vg(0, pvs, "seedvg", aix, &e);
	if (vg) {
		disk_lv(vg, "root", 2, (uint8_t)copies, &e);
		disk_lv(vg, "data", 1, 1, &e);
		vg_commit(vg, &e);
	}
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (e.code != ERR_OK || !f) {
		fprintf(stderr, "mkseeds: %s: %s\n", path, e.text);
		return 1;
	}
	fputc(FUZZ_FIX, f);
	for (i = 0; i < pvs; i++)
		put_disk(f, i, vg);
	vg_free(vg);
	return fclose(f) != 0;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	return make_seed(argv[1], "native-linear", 1, 1, false) ||
	       make_seed(argv[1], "native-mirror", 2, 2, false) ||
	       make_seed(argv[1], "aix-linear", 1, 1, true) ||
	       make_seed(argv[1], "aix-mirror", 2, 2, true);
}
