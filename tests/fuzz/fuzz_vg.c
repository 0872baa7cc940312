// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz the reader: whatever lies on the disks, the scan must end with sound
 * VGs or with errors. What it calls sound must hold up: its model written and
 * read again is the same, and a change of it can be committed and found again.
 */
#include <stdio.h>
#include "../../activator/format/be.h"
#include "patch.h"

static struct { unsigned int disk; size_t off, len; } touched[4096];
static unsigned int num_touched;

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_vg: %s\n", what);
	abort();
}

static void clear_disks(void)
{
	size_t i;

	for (i = 0; i < num_touched; i++)
		memset(disks[touched[i].disk].data + touched[i].off, 0, touched[i].len);
	for (i = 0; i < disk_num_events; i++)
		if (!disk_events[i].flush)
			memset(disks[disk_events[i].disk].data + disk_events[i].sector * SECTOR, 0,
			       SECTOR);
	num_touched = 0;
	disk_num_events = 0;
}

static void touch(unsigned int disk, size_t off, size_t len)
{
	touched[num_touched].disk = disk;
	touched[num_touched].off = off;
	touched[num_touched++].len = len;
}

/* Leaves room in touched[] for what fix_disk() adds. */
static void apply_patches(const uint8_t *data, size_t size)
{
	size_t at = 1;

	while (size - at > PATCH_HEAD && num_touched < 4000) {
		unsigned int disk = data[at] % FUZZ_DISKS;
		size_t off = be32_at(data, size, at + 1) % FUZZ_DISK_BYTES;
		size_t len = be16_at(data, size, at + 5);

		at += PATCH_HEAD;
		if (len > size - at)
			len = size - at;
		if (len > FUZZ_DISK_BYTES - off)
			len = FUZZ_DISK_BYTES - off;
		memcpy(disks[disk].data + off, data + at, len);
		touch(disk, off, len);
		at += len;
	}
}

/* Trailer stamp and checksum of the first copy, where the record places it. */
static void fix_disk(unsigned int disk)
{
	struct vgda_extent ext[VGDA_EXTENTS];
	uint8_t *d = disks[disk].data, *copy;
	struct aix_lvmrec r;
	struct aix_vgda_hdr h;
	unsigned int n;
	bool native;

	if (!aix_lvmrec_decode(d + AIX_PSN_LVMREC * SECTOR, &r) || r.vgda_len < 1 ||
	    r.vgda_len > AIX_VGDA_LEN_MAX ||
	    ((uint64_t)r.vgda_psn[0] + r.vgda_len) * SECTOR > FUZZ_DISK_BYTES)
		return;
	native = r.version == AIX_VERSION_VARYON;
	copy = d + (size_t)r.vgda_psn[0] * SECTOR;
	aix_vgda_hdr_decode(copy, &h);
	be64_put(copy + (size_t)(r.vgda_len - 1) * SECTOR, SECTOR, 0, h.stamp);
	touch(disk, ((size_t)r.vgda_psn[0] + r.vgda_len - 1) * SECTOR, SECTOR);
	touch(disk, (size_t)r.vgda_psn[0] * SECTOR, SECTOR);
	n = vgda_extents(&h, native, r.vgda_len, ext);
	if (native && n)
		be32_put(copy, SECTOR, 44, native_vgda_crc(copy, ext, n));
}

static struct vg_scan *scan_all(void)
{
	return disks_scan((1U << FUZZ_DISKS) - 1);
}

/* The bytes of the model, loaded again, give the same bytes. */
static void check_round_trip(const struct vg *vg)
{
	struct vgda_extent ext[VGDA_EXTENTS];
	struct err e = { .code = ERR_OK };
	struct vg *again = vg_new();
	uint8_t *a, *b;
	unsigned int n;

	a = vgda_build(vg, vg->stamp, ext, &n);
	again->kind = vg->kind;
	again->id = vg->id;
	again->version = vg->version;
	again->vgda_len = vg->vgda_len;
	must(vgda_load(again, a, &e) == ERR_OK, e.text);
	b = vgda_build(again, vg->stamp, ext, &n);
	must(!memcmp(a, b, (size_t)vg->vgda_len * SECTOR), "the model changed on its way");
	free(a);
	free(b);
	vg_free(again);
}

static void check_legs(const struct vg *vg)
{
	unsigned int i, c;

	for (i = 1; i <= VG_MAX_LV; i++)
		for (c = 0; vg->lv[i] && c < vg->lv[i]->copies; c++) {
			struct vy_sb sb;
			bool dirty;

			vg_lv_complete(vg, vg->lv[i], c);
			if (vg->lv[i]->type == LV_MIRROR && vg->kind == VG_NATIVE)
				lv_leg_super(vg, vg->lv[i], c, &sb, &dirty, NULL);
		}
}

static void change_copies(struct vg *vg, struct vg_lv *lv, unsigned int change, struct err *e)
{
	static const uint32_t first[] = { 1 };
	struct lv_copy_opts add = { .strict = change & 1 ? -1 : 0 };
	struct lv_move_opts some = { .lps = first, .num_lps = 1 }, all = { .lps = NULL };
	struct vg_lv *other;
	unsigned int c;
	int move;

	switch (change) {
	case 1:
	case 2:
		lv_copy_add(vg, lv, &add, &c, e);
		return;
	case 3:
		add.hot_lps = first;
		add.num_hot = 1;
		lv_copy_add(vg, lv, &add, &c, e);
		return;
	case 4:
	case 5:
		lv_copy_remove(vg, lv, change - 4, e);
		return;
	case 6:
		lv_split_begin(vg, lv, 0, "fuzzed", true, &other, e);
		return;
	case 7:
		lv_split_off(vg, lv, lv->copies - 1U, "fuzzed", &other, e);
		return;
	case 8:
	case 9:
		lv_split_return(vg, lv, change == 9, e);
		return;
	case 10:
		lv_move_begin(vg, lv, 0, &some, &c, e);
		return;
	case 11:
		if (lv->num_lps && lv->map[0][0].pv)
			all.from = vg->pv[lv->map[0][0].pv];
		lv_move_begin(vg, lv, 0, &all, &c, e);
		return;
	default:
		for (c = 0, move = -1; c < lv->copies && move < 0; c++)
			move = lv_move_of(lv, c);
		if (move >= 0 && change == 12)
			lv_move_finish(vg, lv, lv->leg[move].serves, (unsigned int)move, NULL, e);
		else if (move >= 0 && change == 13)
			lv_move_undo(vg, lv, (unsigned int)move, e);
		else
			lv_extend_live(vg, lv, 1, NULL, e);
	}
}

/* A change of a sound VG succeeds or is refused; after it the VG is sound still. */
static void check_change(struct vg *vg, struct vg_scan *scan, unsigned int change)
{
	struct err e = { .code = ERR_OK };
	char name[VG_NAME_MAX + 1];
	struct vg *found, *snap;
	unsigned int i;

	strcpy(name, vg->name);
	if (!change) {
		disk_lv(vg, "fuzzed", 1, 2, &e);
	} else if (change == 14 && !id_is_zero(&vg->snapshot)) {
		vg_join(vg, NULL, &e);
	} else if (change == 15) {
		if (vg_split(vg, scan, 1, "snapped", "fs", &snap, &e) != ERR_OK)
			return;
		vg_split_commit(vg, snap, &e);
		vg_free(snap);
	} else {
		for (i = 1; i <= VG_MAX_LV; i++)
			if (vg->lv[i] && !vg->lv[i]->hidden)
				change_copies(vg, vg->lv[i], change, &e);
		e.code = ERR_OK;
	}
	if (e.code != ERR_OK || (change != 15 && vg_commit(vg, &e) != ERR_OK)) {
		must(!strstr(e.text, "refused, nothing was written"), e.text);
		return;
	}
	scan = scan_all();
	e.code = ERR_OK;
	must(vg_find(scan, name, &found, &e) == ERR_OK, e.text);
	must(change || vg_lv_by_name(found, "fuzzed") != NULL, "the new LV is not there");
	vg_scan_free(scan);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	disks_new_sized(FUZZ_DISKS, FUZZ_DISK_BYTES);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vg_scan *scan;
	unsigned int i;

	if (size < 1)
		return 0;
	fuzz_random_reset();
	apply_patches(data, size);
	for (i = 0; i < FUZZ_DISKS && data[0] & FUZZ_FIX; i++)
		fix_disk(i);
	disk_log = false;
	disk_writes = 0;
	scan = scan_all();
	must(!disk_writes, "the scan wrote");
	disk_log = true;
	for (i = 0; i < vg_scan_count(scan); i++) {
		struct vg *vg = vg_scan_vg(scan, i);

		if (vg_scan_error(scan, i)->code != ERR_OK)
			continue;
		check_round_trip(vg);
		check_legs(vg);
		if (vg_scan_count(scan) == 1)
			check_change(vg, scan, FUZZ_CHANGE(data[0]));
	}
	vg_scan_free(scan);
	clear_disks();
	return 0;
}
