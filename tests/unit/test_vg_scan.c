// SPDX-License-Identifier: GPL-2.0
/*
 * Reading disks that somebody spoiled. Every case has a second, sound VG on a
 * disk of its own, which must be found as ever, and nothing may be written.
 */
#include "../../activator/format/be.h"
#include "disks.h"
#include "unit.h"

#define SOUND	3	/* the disk of the other VG */

static struct err err;

/* testvg on n disks with root (mirrored), home and data; other on disk 3. */
static void make_anew(unsigned int n)
{
	struct vg *vg;

	disks_new(DISKS);
	err.code = ERR_OK;
	vg = disks_vg(0, n, "testvg", false, &err);
	if (n > 1)
		disk_lv(vg, "root", 3, 2, &err);
	disk_lv(vg, "home", 2, 1, &err);
	disk_lv(vg, "data", 1, 1, &err);
	CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	vg_free(vg);
	vg = disks_vg(SOUND, 1, "other", false, &err);
	disk_lv(vg, "lv", 2, 1, &err);
	CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	vg_free(vg);
}

#define SPOILED	(4 << 20)	/* bytes at the start that any case may change */

/* The same, from a copy that is kept: many cases start with it. */
static void make(unsigned int n)
{
	static uint8_t *kept[SOUND][DISKS];
	static unsigned int last;
	const size_t size = (size_t)DISK_MIB << 20;
	unsigned int i;

	if (!kept[n][SOUND]) {
		make_anew(n);
		for (i = 0; i < DISKS; i++) {
			kept[n][i] = malloc(size);
			memcpy(kept[n][i], disks[i].data, size);
		}
	}
	for (i = 0; i < DISKS; i++) {
		bool whole = last != n || !disks[i].data;

		disks[i].size = size;
		if (i >= n && i != SOUND) {
			free(disks[i].data);
			disks[i].data = NULL;
			continue;
		}
		if (!disks[i].data)
			disks[i].data = malloc(size);
		memcpy(disks[i].data, kept[n][i], whole ? size : SPOILED);
	}
	last = n;
}

/* Everything that was said about every VG but `other`. */
static char said[65536];
static bool usable;		/* testvg was found sound */

static void say(const char *s)
{
	size_t n = strlen(said);

	snprintf(said + n, sizeof(said) - n, "%s\n", s);
}

static void look(void)
{
	struct vg_scan *scan;
	unsigned int i, k, others = 0;
	struct vg *vg;

	said[0] = '\0';
	usable = false;
	disk_writes = 0;
	scan = disks_scan(15);
	for (i = 0; i < vg_scan_count(scan); i++) {
		vg = vg_scan_vg(scan, i);
		if (!strcmp(vg->name, "other")) {
			others++;
			CHECK_EQ(vg_scan_error(scan, i)->code, ERR_OK);
			CHECK(!vg->warnings[0]);
			CHECK(vg_lv_by_name(vg, "lv") != NULL);
			continue;
		}
		if (vg_scan_error(scan, i)->code != ERR_OK)
			say(vg_scan_error(scan, i)->text);
		else
			usable = true;
		for (k = 0; vg->warnings[k]; k++)
			say(vg->warnings[k]);
	}
	CHECK_EQ(others, 1);
	vg_scan_free(scan);
	CHECK_EQ(disk_writes, 0);
}

/* ---- spoiling ---- */

static uint8_t *copy_at(unsigned int disk, unsigned int slot)
{
	return disks[disk].data + (slot ? AIX_PSN_FREE + 2 * AIX_VGSA_SECTORS + NATIVE_VGDA_LEN :
					  AIX_PSN_FREE + AIX_VGSA_SECTORS) * (size_t)SECTOR;
}

static void put(uint8_t *at, unsigned int width, uint64_t value)
{
	while (width--) {
		at[width] = (uint8_t)value;
		value >>= 8;
	}
}

/* Make the checksum of a copy right again, if its lengths allow. */
static void fix_crc(uint8_t *copy)
{
	struct vgda_extent ext[VGDA_EXTENTS];
	struct aix_vgda_hdr h;
	unsigned int n;

	aix_vgda_hdr_decode(copy, &h);
	n = vgda_extents(&h, true, NATIVE_VGDA_LEN, ext);
	if (n)
		be32_put(copy, SECTOR, 44, native_vgda_crc(copy, ext, n));
}

/* The same bytes in every VGDA copy of the first n disks. */
static void spoil_vgda(unsigned int n, size_t off, unsigned int width, uint64_t value)
{
	unsigned int i, slot;

	for (i = 0; i < n; i++)
		for (slot = 0; slot < 2; slot++) {
			put(copy_at(i, slot) + off, width, value);
			fix_crc(copy_at(i, slot));
		}
}

static void spoil_record(unsigned int n, size_t off, unsigned int width, uint64_t value)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		put(disks[i].data + AIX_PSN_LVMREC * SECTOR + off, width, value);
		put(disks[i].data + AIX_PSN_LVMREC_BACKUP * SECTOR + off, width, value);
	}
}

static bool expect(const char *what, uint64_t value, const char *text)
{
	bool ok;

	look();
	ok = !usable && strstr(said, text);
	if (!ok)
		printf("# %s = %" PRIu64 ": wanted \"%s\", usable %d, said: %s\n", what, value, text,
		       usable, said);
	return ok;
}

/* ---- every number in the LVM record ---- */

static void test_lvm_record_fields(void)
{
	const uint64_t end = ((uint64_t)DISK_MIB << 20) / SECTOR;
	static const struct {
		const char *name;
		size_t off;
		unsigned int width;
		const char *text;
	} fields[] = {
		{ "vgda_len", 24, 4, "vgda_len" },
		{ "vgda_psn[0]", 28, 4, "vgda_psn[0]" },
		{ "vgda_psn[1]", 32, 4, "vgda_psn[1]" },
		{ "pv_num", 44, 2, "pv_num" },
		{ "pp_size", 46, 2, "pp_size" },
		{ "vgsa_len", 48, 4, "vgsa_len" },
		{ "vgsa_psn[0]", 52, 4, "vgsa_psn[0]" },
		{ "vgsa_psn[1]", 56, 4, "vgsa_psn[1]" },
	};
	size_t i, k;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		for (k = 0; k < 3; k++) {
			uint64_t value = k == 0 ? 0 : k == 1 ? ~0ULL >> (64 - 8 * fields[i].width) :
					 end;

			make(2);
			spoil_record(2, fields[i].off, fields[i].width, value);
			CHECK(expect(fields[i].name, value, fields[i].text));
		}
}

static void test_versions(void)
{
	static const struct { unsigned int version; const char *text; } v[] = {
		{ 0, "not known" }, { 14, "not known" }, { 29, "not known" }, { 30, "AIX 5.3" },
		{ 31, "scalable" }, { 32, "not known" }, { 31999, "not known" },
		{ 32000, "another volume manager" }, { 32001, "another volume manager" },
		{ 32099, "another volume manager" }, { 32101, "another volume manager" },
		{ 65535, "another volume manager" },
	};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		make(2);
		spoil_record(2, 60, 2, v[i].version);
		CHECK(expect("version", v[i].version, v[i].text));
	}
}

/* ---- every number in the VGDA ---- */

#define LVE(num, off)	(AIX_VGDA_LVE * SECTOR + ((num) - 1) * AIX_ENTRY + (off))
#define PVR(off)	(AIX_VGDA_PV * SECTOR + (off))
#define PPE(pp, off)	PVR((pp) * AIX_ENTRY + (off))
#define EXT(off)	(NATIVE_EXT_OFF * SECTOR + (off))
#define REC(num, off)	EXT((NATIVE_LV_AT + (num) - 1) * NATIVE_RECORD + (off))
#define NAME(num)	((NATIVE_VGDA_LEN - AIX_VGDA_NAMES) * SECTOR + ((num) - 1) * AIX_NAME_BYTES)

static void test_vgda_fields(void)
{
	/* LV numbers: 1 root, 2 home, 3 data; records in that order. */
	static const struct {
		const char *name;
		size_t off;
		unsigned int width;
		uint64_t value;
		const char *text;
	} f[] = {
		{ "numlvs", 24, 2, 0xffff, "numlvs" },
		{ "maxlvs", 26, 2, 0, "maxlvs" },
		{ "maxlvs", 26, 2, 0xffff, "maxlvs" },
		{ "pp_size", 28, 2, 0, "pp_size" },
		{ "pp_size", 28, 2, 19, "pp_size" },
		{ "pp_size", 28, 2, 38, "pp_size" },
		{ "pp_size", 28, 2, 0xffff, "pp_size" },
		{ "numpvs", 30, 2, 0, "numpvs" },
		{ "numpvs", 30, 2, 3, "numpvs" },
		{ "numpvs", 30, 2, 33, "numpvs" },
		{ "numpvs", 30, 2, 0xffff, "numpvs" },
		{ "total_vgdas", 32, 2, 0, "total_vgdas" },
		{ "total_vgdas", 32, 2, 2, "total_vgdas" },
		{ "total_vgdas", 32, 2, 0xffff, "total_vgdas" },
		{ "vgda_size", 34, 2, 0, "vgda_size" },
		{ "vgda_size", 34, 2, 0xffff, "vgda_size" },
		{ "bigvg", 36, 2, 1, "big VG" },
		{ "quorum", 38, 2, 2, "quorum" },
		{ "auto_varyon", 40, 2, 0xffff, "auto_varyon" },
		{ "ext_off", 52, 4, 0, "do not fit" },
		{ "ext_off", 52, 4, 0xffffffff, "do not fit" },
		{ "ext_len", 56, 4, 0, "do not fit" },
		{ "ext_len", 56, 4, 0xffffffff, "do not fit" },
		{ "ext_used", 60, 4, 0, "do not fit" },
		{ "ext_used", 60, 4, 513, "do not fit" },
		{ "ext_used", 60, 4, 0xffffffff, "do not fit" },
		{ "pv_used", 64, 4, 0, "do not fit" },
		{ "pv_used", 64, 4, 1, "does not fit" },
		{ "pv_used", 64, 4, 2049, "do not fit" },
		{ "pv_used", 64, 4, 0xffffffff, "do not fit" },

		{ "name slot", LVE(1, 0), 2, 1, "name slot" },
		{ "name slot", LVE(1, 0), 2, 0xffff, "name slot" },
		{ "maxsize", LVE(1, 4), 4, 0, "maxsize" },
		{ "lv_state", LVE(1, 8), 1, 0, "does not exist" },
		{ "mirror", LVE(1, 9), 1, 0, "copies" },
		{ "mirror", LVE(1, 9), 1, 4, "copies" },
		{ "mirror", LVE(1, 9), 1, 255, "copies" },
		{ "mirror", LVE(1, 9), 1, 1, "copy already" },
		{ "mirror", LVE(1, 9), 1, 3, "copy already" },
		{ "num_lps", LVE(1, 12), 4, 0, "is past" },
		{ "num_lps", LVE(1, 12), 4, 2, "is past" },
		{ "num_lps", LVE(1, 12), 4, 4, "has 0 of 2 copies" },
		{ "num_lps", LVE(1, 12), 4, 0xffffffff, "exceed" },
		{ "permissions", LVE(1, 16), 1, 0, "permissions" },
		{ "stripe_exp", LVE(1, 20), 2, 16, "striped" },
		{ "256th LV", LVE(256, 8), 2, 0x0101, "only 255" },
		{ "an LV without a record", LVE(9, 8), 2, 0x0101, "name slot" },

		{ "PVID", PVR(0), 8, 0, "PVID is zero" },
		{ "pp_count", PVR(16), 2, 0, "pp_count" },
		{ "pp_count", PVR(16), 2, 1017, "pp_count" },
		{ "pp_count", PVR(16), 2, 0xffff, "pp_count" },
		{ "psn_part1", PVR(20), 4, 0, "psn_part1" },
		{ "psn_part1", PVR(20), 4, 5000, "psn_part1" },
		{ "psn_part1", PVR(20), 4, 0xffffffff, "status area" },
		{ "vgdas", PVR(24), 2, 3, "pvnum_vgdas" },
		{ "vgdas", PVR(24), 2, 0, "total_vgdas" },
		{ "pv_num", PVR(26), 2, 0, "pv_num" },
		{ "pv_num", PVR(26), 2, 33, "pv_num" },
		{ "pv_num", PVR(26), 2, 2, "pv_num" },

		{ "ext magic", EXT(0), 4, 0, "magic" },
		{ "ext version", EXT(4), 2, 0, "version 0" },
		{ "ext version", EXT(4), 2, 2, "version 2" },
		{ "feat_incompat", EXT(24), 8, 8, "features 0x8" },
		{ "feat_incompat", EXT(24), 8, 1ULL << 63, "features 0x8000000000000000" },
		{ "num_records", EXT(40), 4, 0, "LV records" },
		{ "num_records", EXT(40), 4, 0xffffffff, "LV records" },
		{ "record_bytes", EXT(44), 4, 0, "records of 0" },
		{ "VG name", EXT(48), 1, 0, "is empty" },
		{ "VG name", EXT(48), 2, 0x2f00, "other than letters" },
		{ "VG name", EXT(49), 1, '\n', "control character" },

		{ "commit id", EXT(112), 8, 0, "commit id is zero" },
		{ "device of PV 1", EXT(NATIVE_PV_AT * SECTOR), 1, '\n', "control character" },
		{ "device of PV 1", EXT(NATIVE_PV_AT * SECTOR + 31), 1, 'x', "" },
		{ "serial of PV 2", EXT(NATIVE_PV_AT * SECTOR + 96), 1, 1, "control character" },
		{ "record num", REC(1, 0), 1, 0, "no such LV" },
		{ "record num", REC(1, 0), 1, 2, "twice" },
		{ "type", REC(1, 1), 1, 2, "disagree" },
		{ "type", REC(1, 1), 1, 3, "redundancy type 3" },
		{ "type", REC(1, 1), 1, 255, "redundancy type 255" },
		{ "type", REC(1, 1), 1, 0, "not valid" },
		{ "flags", REC(1, 2), 1, 1, "may be hidden" },
		{ "flags", REC(1, 2), 1, 2, "a split copy is neither" },
		{ "flags", REC(1, 2), 1, 4, "not valid" },
		{ "strict", REC(1, 3), 1, 2, "not valid" },
		{ "inter", REC(1, 4), 1, 'z', "not valid" },
		{ "region_shift", REC(1, 6), 1, 11, "out of range" },
		{ "region_shift", REC(1, 6), 1, 255, "out of range" },
		{ "zone_shift", REC(1, 7), 1, 0, "out of range" },
		{ "nslots", REC(1, 8), 1, 0, "out of range" },
		{ "nslots", REC(1, 8), 1, 1, "out of range" },
		{ "nslots", REC(1, 8), 1, 9, "out of range" },
		{ "nslots: fits in place of the spare blocks", REC(1, 8), 1, 8, "" },
		{ "uuid", REC(1, 16), 8, 0, "" },
		{ "type name", REC(1, 48), 8, 0x6162636465666768, "" },
		{ "leg pv", REC(1, 192 + 16), 2, 0, "which does not exist" },
		{ "leg pv", REC(1, 192 + 16), 2, 3, "which does not exist" },
		{ "leg pv", REC(1, 192 + 16), 2, 0xffff, "which does not exist" },
		{ "leg of copy 2 on PV 1", REC(1, 224 + 16), 2, 1, "overlap" },
		{ "leg sectors", REC(1, 192 + 20), 4, 0, "too short" },
		{ "leg sectors", REC(1, 192 + 20), 4, 57, "misplaced" },
		{ "leg sectors", REC(1, 192 + 20), 4, 0xfffffff8, "past the PPs" },
		{ "leg sector", REC(1, 192 + 24), 8, 0, "misplaced" },
		{ "leg sector", REC(1, 192 + 24), 8, 6144, "outside .varyon" },
		{ "leg sector", REC(1, 192 + 24), 8, 1ULL << 50, "past the PPs" },
		{ "leg sector", REC(1, 192 + 24), 8, ~7ULL, "misplaced" },
		{ "a third leg", REC(1, 256 + 16), 2, 1, "it has 2 copies" },

		{ "LV name", NAME(1), 2, 0x2f61, "other than letters" },
		{ "LV name", NAME(1), 2, 0x2061, "other than letters" },
		{ "LV name", NAME(1), 2, 0x0a61, "control character" },
		{ "LV name", NAME(1), 2, 0x0161, "control character" },
		{ "LV name", NAME(1), 2, 0x2d61, "starts with" },
		{ "LV name", NAME(1), 2, 0x2e61, "starts with" },
		{ "LV name", NAME(1), 1, 0, "is empty" },
		{ "LV name", NAME(1), 5, 0x686f6d6500, "both named home" },
	};
	size_t i;

	for (i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
		make(2);
		spoil_vgda(2, f[i].off, f[i].width, f[i].value);
		if (f[i].text[0])
			CHECK(expect(f[i].name, f[i].value, f[i].text));
		else
			look();		/* any value is allowed: it must only not harm */
	}
}

static unsigned int pp_of(const char *name, unsigned int copy, uint32_t lp)
{
	struct vg_scan *scan = disks_scan(7);
	struct vg *vg = NULL;
	unsigned int pp = 0;

	if (vg_find(scan, "testvg", &vg, &err) == ERR_OK)
		pp = vg_lv_by_name(vg, name)->map[copy][lp - 1].pp;
	vg_scan_free(scan);
	return pp;
}

static void test_pp_entries(void)
{
	static const struct {
		size_t off;
		unsigned int width;
		uint64_t value;
		const char *text;
	} f[] = {
		{ 0, 2, 0, "not symmetrical" }, { 0, 2, 9, "does not exist" },
		{ 0, 2, 256, "does not exist" }, { 0, 2, 0xffff, "does not exist" },
		{ 0, 2, 2, "" },
		{ 4, 4, 0, "LP 0 is past" }, { 4, 4, 4, "LP 4 is past" },
		{ 4, 4, 0xffffffff, "is past" }, { 4, 4, 2, "overlap" },
		{ 8, 1, 0, "overlap" }, { 8, 1, 3, "overlap" }, { 8, 1, 255, "overlap" },
		{ 10, 1, 0, "not symmetrical" }, { 10, 1, 1, "not symmetrical" },
		{ 10, 1, 255, "not symmetrical" }, { 11, 1, 2, "not symmetrical" },
		{ 12, 2, 0, "not symmetrical" }, { 12, 2, 0xffff, "not symmetrical" },
	};
	unsigned int pp;
	size_t i;

	for (i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
		make(2);
		pp = pp_of("root", 0, 1);
		CHECK(pp > 0);
		spoil_vgda(2, PPE(pp, f[i].off), f[i].width, f[i].value);
		CHECK(expect("PP entry", i, f[i].text));
	}
}

static void test_name_without_nul(void)
{
	unsigned int i;

	make(2);
	for (i = 0; i < 64; i++)
		spoil_vgda(2, NAME(1) + i, 1, 'x');
	CHECK(expect("LV name", 64, "no NUL"));
	make(2);
	for (i = 0; i < 64; i++)
		spoil_vgda(2, EXT(48) + i, 1, 'x');
	CHECK(expect("VG name", 64, "no NUL"));
}

/* Any one field at random values: nothing but an orderly answer. */
static void test_random_damage(void)
{
	uint64_t seed = 88172645463325252ULL;
	unsigned int i;
	size_t k;

	make(2);
	for (i = 0; i < 2000; i++) {
		static const size_t area[][2] = {
			{ 0, 80 }, { LVE(1, 0), 96 }, { PVR(0), 700 }, { EXT(0), 2560 },
			{ NAME(1), 192 },
		};
		uint8_t saved[4][8];
		uint64_t before;

		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		k = seed % 5;
		k = area[k][0] + (seed >> 8) % area[k][1];
		before = seed >> 24;
		for (unsigned int c = 0; c < 4; c++)
			memcpy(saved[c], copy_at(c / 2, c % 2) + k, 8);
		spoil_vgda(2, k, 1 + seed % 4, before % 3 ? before : before % 2 ? 0 : ~0ULL);
		vg_scan_free(disks_scan(7));
		for (unsigned int c = 0; c < 4; c++) {
			memcpy(copy_at(c / 2, c % 2) + k, saved[c], 8);
			fix_crc(copy_at(c / 2, c % 2));
		}
	}
	look();
	CHECK(usable && !said[0]);
}

/* ---- copies: damaged, older, different ---- */

static void test_damaged_copies(void)
{
	unsigned int i, k;

	for (i = 0; i < 4; i++) {	/* one copy: header, body, trailer, all zero */
		static const size_t at[4] = { 3, AIX_VGDA_PV * SECTOR + 40,
					      (NATIVE_VGDA_LEN - 1) * SECTOR, 0 };

		make(2);
		if (i < 3)
			copy_at(0, 0)[at[i]] ^= 0x40;
		else
			memset(copy_at(0, 0), 0, NATIVE_VGDA_LEN * SECTOR);
		look();
		CHECK(usable);
		CHECK(strstr(said, "vda") && strstr(said, "varyonvg rewrites"));
	}
	make(2);			/* every copy: the checksum tells */
	for (k = 0; k < 4; k++)
		copy_at(k / 2, k % 2)[AIX_VGDA_PV * SECTOR + 40] ^= 1;
	CHECK(expect("checksum", 0, "checksum is wrong"));
	make(2);			/* every copy: the stamps differ */
	for (k = 0; k < 4; k++)
		copy_at(k / 2, k % 2)[7] ^= 1;
	CHECK(expect("stamps", 0, "no VGDA copy is whole"));
}

static void change_on(unsigned int mask, const char *name)
{
	struct vg_scan *scan = disks_scan(mask);
	struct vg *vg = NULL;

	CHECK_EQ(vg_find(scan, "testvg", &vg, &err), ERR_OK);
	CHECK_EQ(lv_rename(vg, vg_lv_by_name(vg, "data"), name, &err), ERR_OK);
	CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	vg_scan_free(scan);
}

/* A PV that was away has an older VGDA: the newest rules, and refresh mends. */
static void test_pvs_of_different_ages(void)
{
	struct vg_scan *scan;
	struct vg *vg = NULL;

	make(2);
	change_on(1, "renamed");
	look();
	CHECK(usable && strstr(said, "vdb") && strstr(said, "older"));
	scan = disks_scan(3);
	CHECK_EQ(vg_find(scan, "testvg", &vg, &err), ERR_OK);
	CHECK(vg_lv_by_name(vg, "renamed") != NULL);
	CHECK_EQ(vg->seen_vgdas, 3);
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	vg_scan_free(scan);
	CHECK_MEM(copy_at(1, 0), copy_at(0, 0), SECTOR * 100);
	look();
	CHECK(usable && !said[0]);
	disk_writes = 0;
	scan = disks_scan(3);
	CHECK_EQ(vg_find(scan, "testvg", &vg, &err), ERR_OK);
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	CHECK_EQ(disk_writes, 0);
	vg_scan_free(scan);
}

static void test_refresh_mends_damage(void)
{
	struct vg_scan *scan;
	struct vg *vg = NULL;

	make(2);
	copy_at(0, 1)[AIX_VGDA_PV * SECTOR + 40] ^= 1;	/* seen by the checksum only */
	memset(copy_at(1, 0), 0, 4 * SECTOR);
	scan = disks_scan(3);
	CHECK_EQ(vg_find(scan, "testvg", &vg, &err), ERR_OK);
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	vg_scan_free(scan);
	CHECK_MEM(copy_at(0, 1), copy_at(0, 0), SECTOR * 100);
	CHECK_MEM(copy_at(1, 0), copy_at(0, 0), SECTOR * 100);
}

static void test_same_stamp_different_bytes(void)
{
	make(2);
	put(copy_at(1, 0) + NAME(3), 1, 'D');
	fix_crc(copy_at(1, 0));
	CHECK(expect("stamp", 0, "same stamp"));
}

/* ---- identities ---- */

static void test_duplicate_pvid(void)
{
	make(2);
	disks[2].data = malloc(disks[0].size);
	memcpy(disks[2].data, disks[0].data, disks[0].size);
	CHECK(expect("PVID", 0, "both carry PVID"));
	CHECK(strstr(said, "vda") && strstr(said, "vdc") && strstr(said, "VARYON_DEVICES"));
}

static void test_zero_pvid(void)
{
	make(1);
	memset(disks[0].data + 128, 0, 16);
	CHECK(expect("PVID", 0, "PVID is zero"));
}

static void test_two_vgs_of_one_name(void)
{
	struct vg_scan *scan;
	struct vg *vg;
	char id[33];
	unsigned int i;

	make(1);
	disks[1].data = calloc(1, disks[1].size);
	vg = disks_vg(1, 1, "testvg", false, &err);
	CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	for (i = 0; i < 16; i++)
		sprintf(id + 2 * i, "%02x", vg->id.b[i]);
	vg_free(vg);
	scan = disks_scan(15);
	CHECK_EQ(vg_scan_count(scan), 3);
	err.code = ERR_OK;
	CHECK_EQ(vg_find(scan, "testvg", &vg, &err), ERR_CONFLICT);
	CHECK(strstr(err.text, id) != NULL);
	err.code = ERR_OK;
	CHECK_EQ(vg_find(scan, id, &vg, &err), ERR_OK);
	CHECK_EQ(vg_find(scan, "other", &vg, &err), ERR_OK);
	CHECK_EQ(vg_find(scan, "nosuch", &vg, &err), ERR_NOTFOUND);
	vg_scan_free(scan);
}

/* A record that names the VG on a device that the VG does not list. */
static void test_unlisted_pv(void)
{
	make(2);
	disks[2].data = malloc(disks[0].size);
	memcpy(disks[2].data, disks[0].data, disks[0].size);
	disks[2].data[128] ^= 1;
	look();
	CHECK(usable && strstr(said, "vdc") && strstr(said, "does not list it"));
}

/* ---- devices ---- */

static void test_truncated_devices(void)
{
	static const uint64_t sizes[] = {
		0, 511, 512, 4095, 4096, 36351, 36352, 65536, 1000000, 2750000, 3145728, 3145729,
		8 << 20, (DISK_MIB - 2) << 20,
	};
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make(2);
		disks[0].size = sizes[i];
		look();
		CHECK(usable);
		if (sizes[i] >= 4096)	/* below that it is no PV at all */
			CHECK(strstr(said, "vda") != NULL);
	}
}

static void test_lvm_record_backup(void)
{
	make(1);
	memset(disks[0].data + AIX_PSN_LVMREC * SECTOR, 0, SECTOR);
	look();
	CHECK(usable && strstr(said, "backup"));
	/* Without an IPL record both are the remains of something. */
	memset(disks[0].data, 0, 4);
	look();
	CHECK(!usable && !said[0]);
}

static void test_unknown_ro_feature(void)
{
	struct vg_scan *scan;
	struct vg *vg = NULL;

	make(2);
	spoil_vgda(2, EXT(16), 8, 2);
	look();
	CHECK(usable && strstr(said, "features 0x2"));
	scan = disks_scan(3);
	CHECK_EQ(vg_find(scan, "testvg", &vg, &err), ERR_OK);
	CHECK(vg->read_only);
	disk_writes = 0;
	err.code = ERR_OK;
	CHECK(lv_rename(vg, vg_lv_by_name(vg, "data"), "x", &err) != ERR_OK);
	err.code = ERR_OK;
	CHECK(vg_commit(vg, &err) != ERR_OK);
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	CHECK_EQ(disk_writes, 0);
	vg_scan_free(scan);
}

static const struct unit_test tests[] = {
	UNIT(test_lvm_record_fields),
	UNIT(test_versions),
	UNIT(test_vgda_fields),
	UNIT(test_pp_entries),
	UNIT(test_name_without_nul),
	UNIT(test_random_damage),
	UNIT(test_damaged_copies),
	UNIT(test_pvs_of_different_ages),
	UNIT(test_refresh_mends_damage),
	UNIT(test_same_stamp_different_bytes),
	UNIT(test_duplicate_pvid),
	UNIT(test_zero_pvid),
	UNIT(test_two_vgs_of_one_name),
	UNIT(test_unlisted_pv),
	UNIT(test_truncated_devices),
	UNIT(test_lvm_record_backup),
	UNIT(test_unknown_ro_feature),
};
UNIT_MAIN(tests)
