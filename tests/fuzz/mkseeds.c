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

static struct vg *make_vg(unsigned int pvs, unsigned int copies, bool aix, struct err *e)
{
	struct vg *vg;

	disks_new_sized(FUZZ_DISKS, FUZZ_DISK_BYTES);
	vg = disks_vg(0, pvs, "seedvg", aix, e);
	if (vg) {
		disk_lv(vg, "root", 2, (uint8_t)copies, e);
		disk_lv(vg, "data", 1, 1, e);
	}
	return vg;
}

/* The disks that the VG is on, as the seed of a change of it. */
static int put_seed(const char *dir, const char *name, struct vg *vg, unsigned int change,
		    struct err *e)
{
	char path[4096];
	unsigned int i;
	FILE *f;

	if (vg && e->code == ERR_OK)
		vg_commit(vg, e);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (e->code != ERR_OK || !f) {
		fprintf(stderr, "mkseeds: %s: %s\n", path, e->text);
		return 1;
	}
	fputc((int)(FUZZ_FIX | change << 1), f);
	for (i = 0; i < FUZZ_DISKS; i++)
		if (vg->pv[i + 1])
			put_disk(f, i, vg);
	vg_free(vg);
	return fclose(f) != 0;
}

static int make_seed(const char *dir, const char *name, unsigned int pvs, unsigned int copies,
		     bool aix, unsigned int change)
{
	struct err e = { .code = ERR_OK };

	return put_seed(dir, name, make_vg(pvs, copies, aix, &e), change, &e);
}

static int make_split(const char *dir, bool join)
{
	struct err e = { .code = ERR_OK };
	struct vg *vg = make_vg(2, 2, false, &e);
	struct vg_lv *child;

	if (vg && e.code == ERR_OK)
		lv_split_begin(vg, vg_lv_by_name(vg, "root"), 1, "child", true, &child, &e);
	return put_seed(dir, join ? "native-split-join" : "native-split", vg, join ? 8 : 4, &e);
}

static int make_move(const char *dir, const char *name, unsigned int change)
{
	struct err e = { .code = ERR_OK };
	struct vg *vg = make_vg(2, 1, false, &e);
	struct lv_move_opts o = { .lps = NULL };
	struct vg_lv *lv;
	unsigned int temp;

	if (vg && e.code == ERR_OK) {
		lv = vg_lv_by_name(vg, "root");
		o.from = vg->pv[lv->map[0][0].pv];
		lv_move_begin(vg, lv, 0, &o, &temp, &e);
	}
	return put_seed(dir, name, vg, change, &e);
}

static int make_hot(const char *dir)
{
	static const uint32_t first[] = { 1 };
	struct lv_copy_opts o = { .strict = -1, .hot_lps = first, .num_hot = 1 };
	struct err e = { .code = ERR_OK };
	unsigned int copy;
	struct vg *vg;

	disk_pp_mib = 4;
	disks_new_sized(FUZZ_DISKS, FUZZ_DISK_BYTES);
	vg = disks_vg(0, 2, "seedvg", false, &e);
	disk_pp_mib = 0;
	if (vg && disk_lv(vg, "hot", 2, 1, &e))
		lv_copy_add(vg, vg_lv_by_name(vg, "hot"), &o, &copy, &e);
	return put_seed(dir, "native-hot", vg, 0, &e);
}

/* moving: its first column. */
static int make_raid5(const char *dir, const char *name, unsigned int pvs, bool moving,
		      unsigned int change)
{
	struct lv_create_opts o = {
		.name = "rows", .lps = 2, .copies = 1, .width = 3, .strict = true,
		.inter = 'm', .intra = 'm',
	};
	struct lv_move_opts move = { .lps = NULL };
	struct err e = { .code = ERR_OK };
	struct vg_lv *lv;
	unsigned int new;
	struct vg *vg;

	disk_pp_mib = 1;
	disks_new_sized(FUZZ_DISKS, FUZZ_DISK_BYTES);
	vg = disks_vg(0, pvs, "seedvg", false, &e);
	disk_pp_mib = 0;
	if (vg && lv_create(vg, &o, &lv, &e) == ERR_OK && moving) {
		move.from = vg->pv[lv->map[0][0].pv];
		lv_move_begin(vg, lv, 0, &move, &new, &e);
	}
	return put_seed(dir, name, vg, change, &e);
}

/* As a crash between both VGs would leave it: the split is recorded, no more. */
static int make_snapshot(const char *dir, const char *name, unsigned int change)
{
	struct err e = { .code = ERR_OK };
	struct vg *vg = make_vg(2, 2, false, &e), *snap = NULL;
	struct vg_scan *none = vg_scan_ios(NULL, 0);

	if (vg && e.code == ERR_OK && lv_remove(vg, vg_lv_by_name(vg, "data"), &e) == ERR_OK)
		vg_split(vg, none, 1, "snapvg", "fs", &snap, &e);
	vg_free(snap);
	vg_scan_free(none);
	return put_seed(dir, name, vg, change, &e);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	fuzz_random_reset();
	return make_seed(argv[1], "native-linear", 1, 1, false, 0) ||
	       make_seed(argv[1], "native-mirror", 2, 2, false, 0) ||
	       make_seed(argv[1], "native-add", 2, 1, false, 1) ||
	       make_seed(argv[1], "native-remove", 2, 2, false, 4) ||
	       make_seed(argv[1], "aix-linear", 1, 1, true, 0) ||
	       make_seed(argv[1], "aix-mirror", 2, 2, true, 0) ||
	       make_split(argv[1], false) || make_split(argv[1], true) ||
	       make_move(argv[1], "native-move", 12) ||
	       make_move(argv[1], "native-move-undo", 13) ||
	       make_hot(argv[1]) || make_raid5(argv[1], "native-raid5", 3, false, 0) ||
	       make_raid5(argv[1], "native-raid5-extend", 3, false, 14) ||
	       make_raid5(argv[1], "native-raid5-move", 4, false, 11) ||
	       make_raid5(argv[1], "native-raid5-moved", 4, true, 12) ||
	       make_raid5(argv[1], "native-raid5-moved-undo", 4, true, 13) ||
	       make_snapshot(argv[1], "native-snapshot", 15) ||
	       make_snapshot(argv[1], "native-snapshot-join", 14);
}
