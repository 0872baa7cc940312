// SPDX-License-Identifier: GPL-2.0
/*
 * PVs that were apart: what is only older is brought up to date, what went on
 * separately is refused until one side is given up; a missing PV is recorded
 * before anything goes on without it, and never makes two majorities.
 */
#include "../../activator/format/be.h"
#include "disks.h"
#include "unit.h"

static struct err err;
static struct vg_scan *scan;

static struct vg *again(unsigned int mask)
{
	struct vg *vg = NULL;

	scan = disks_scan(mask);
	err.code = ERR_OK;
	vg_find(scan, "testvg", &vg, &err);
	return vg;
}

static struct vg *sound(unsigned int mask)
{
	struct vg *vg = again(mask);

	CHECK_EQ(err.code, ERR_OK);
	if (err.code != ERR_OK) {
		printf("# %s\n", err.text);
		abort();
	}
	return vg;
}

static void done(struct vg *vg)
{
	CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	if (err.code != ERR_OK)
		printf("# %s\n", err.text);
	vg_scan_free(scan);
}

/* testvg on n disks with the mirror root (two and more) and data. */
static void make(unsigned int n, bool quorum)
{
	struct vg *vg;

	disks_new(n);
	err.code = ERR_OK;
	vg = disks_vg(0, n, "testvg", false, &err);
	vg->quorum = quorum;
	if (n > 1)
		disk_lv(vg, "root", 3, 2, &err);
	disk_lv(vg, "data", 1, 1, &err);
	CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	vg_free(vg);
}

/* Make an LV with the disks of mask only. */
static void mklv_on(unsigned int mask, const char *name)
{
	struct vg *vg = sound(mask);

	CHECK(disk_lv(vg, name, 1, 1, &err) != NULL);
	done(vg);
}

static bool has_lv(unsigned int mask, const char *name)
{
	struct vg *vg = again(mask);
	bool found = vg && vg_lv_by_name(vg, name);

	vg_scan_free(scan);
	return found;
}

static bool in_conflict(unsigned int mask)
{
	struct vg *vg = again(mask);
	enum err_code code = err.code;

	(void)vg;
	vg_scan_free(scan);
	return code == ERR_CONFLICT;
}

static uint8_t *copy_at(unsigned int disk, unsigned int slot)
{
	return disks[disk].data + (slot ? 2754 : 136) * (size_t)SECTOR;
}

/* ---- two sides ---- */

static void make_split(void)
{
	make(2, false);
	mklv_on(1, "onlya");
	mklv_on(2, "onlyb");
}

static void test_separate_changes_are_a_conflict(void)
{
	struct vg *vg;

	make_split();
	disk_writes = 0;
	vg = again(3);
	CHECK(!vg);
	CHECK_EQ(err.code, ERR_CONFLICT);
	CHECK(strstr(err.text, "testvg") && strstr(err.text, "vda (20") &&
	      strstr(err.text, "vdb (20") && strstr(err.text, "varyon rejoin -f testvg /dev/vd"));
	CHECK_EQ(vg_scan_count(scan), 1);
	vg = vg_scan_vg(scan, 0);
	CHECK(vg->read_only);
	CHECK(!vg_has_behind(vg));
	CHECK(!vg->warnings[0]);	/* neither side is called older */
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	err.code = ERR_OK;
	CHECK_EQ(vg_commit(vg, &err), ERR_FAILED);
	CHECK_EQ(disk_writes, 0);
	vg_scan_free(scan);
	CHECK(has_lv(1, "onlya") && has_lv(2, "onlyb"));
}

/* Three sides: the one that is named is kept, both others are overwritten. */
static void test_keep_one_of_three(void)
{
	static const char *const only[3] = { "onlya", "onlyb", "onlyc" };
	static const char *const name[3] = { "vda", "/dev/vdb", "vdc" };
	unsigned int side, k;

	for (side = 0; side < 3; side++) {
		struct vg *vg;

		make(3, false);
		for (k = 0; k < 3; k++)
			mklv_on(1U << k, only[k]);
		CHECK(in_conflict(7));
		scan = disks_scan(7);
		disk_writes = 0;
		err.code = ERR_OK;
		CHECK_EQ(vg_check_keep(scan, "testvg", name[side], &err), ERR_OK);
		CHECK_EQ(disk_writes, 0);
		CHECK_EQ(vg_keep(scan, "testvg", "vdz", &err), ERR_NOTFOUND);
		err.code = ERR_OK;
		CHECK_EQ(vg_keep(scan, "testvg", name[side], &err), ERR_OK);
		vg_scan_free(scan);
		vg = sound(7);
		for (k = 0; k < 3; k++)
			CHECK_EQ(vg_lv_by_name(vg, only[k]) != NULL, k == side);
		vg_scan_free(scan);
		/* Whoever was overwritten says the same by itself. */
		CHECK(has_lv(1U << (side + 1) % 3, only[side]));
		scan = disks_scan(7);
		err.code = ERR_OK;
		CHECK_EQ(vg_keep(scan, "testvg", name[side], &err), ERR_FAILED);
		vg_scan_free(scan);
	}
}

/* Whichever side is given up, the other one is what is there afterwards. */
static void test_give_up_either_side(void)
{
	static const char *const name[2] = { "/dev/vda", "vdb" };
	unsigned int side;

	for (side = 0; side < 2; side++) {
		struct vg *vg;

		make_split();
		scan = disks_scan(3);
		err.code = ERR_OK;
		CHECK_EQ(vg_give_up(scan, "testvg", "vdz", &err), ERR_NOTFOUND);
		err.code = ERR_OK;
		CHECK_EQ(vg_give_up(scan, "nosuch", "vda", &err), ERR_NOTFOUND);
		err.code = ERR_OK;
		CHECK_EQ(vg_give_up(scan, "testvg", name[side], &err), ERR_OK);
		vg_scan_free(scan);
		vg = sound(3);
		CHECK(vg_lv_by_name(vg, side ? "onlya" : "onlyb") != NULL);
		CHECK(vg_lv_by_name(vg, side ? "onlyb" : "onlya") == NULL);
		CHECK(vg_has_behind(vg));	/* recorded as missing, and back */
		CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
		CHECK(!vg_has_behind(vg));
		vg_scan_free(scan);
		vg = sound(3);
		CHECK(!vg_has_behind(vg) && !vg->warnings[0]);
		vg_scan_free(scan);
		scan = disks_scan(3);
		CHECK_EQ(vg_give_up(scan, "testvg", "vda", &err), ERR_FAILED);
		vg_scan_free(scan);
	}
}

/* Cut short after each sector: in conflict still, or settled; and done by a second try. */
static void test_give_up_cut_short(void)
{
	static uint8_t *base;
	size_t i;

	make_split();
	base = realloc(base, disks[1].size);
	memcpy(base, disks[1].data, disks[1].size);
	disk_num_events = 0;
	disk_log = true;
	scan = disks_scan(3);
	CHECK_EQ(vg_give_up(scan, "testvg", "vdb", &err), ERR_OK);
	vg_scan_free(scan);
	disk_log = false;
	memcpy(disks[1].data, base, disks[1].size);
	for (i = 0; i < disk_num_events; i++) {
		const struct disk_event *ev = &disk_events[i];

		CHECK_EQ(ev->disk, 1);
		if (!ev->flush)
			memcpy(disks[1].data + ev->sector * SECTOR, ev->data, SECTOR);
		if (ev->flush ? i % 7 : i % 29)
			continue;
		if (in_conflict(3)) {
			uint8_t *now = malloc(disks[1].size);

			memcpy(now, disks[1].data, disks[1].size);
			scan = disks_scan(3);
			err.code = ERR_OK;
			CHECK_EQ(vg_give_up(scan, "testvg", "vdb", &err), ERR_OK);
			vg_scan_free(scan);
			CHECK(has_lv(3, "onlya"));
			memcpy(disks[1].data, now, disks[1].size);
			free(now);
		} else {
			CHECK(has_lv(3, "onlya"));
		}
	}
	CHECK(has_lv(3, "onlya") && !in_conflict(3));
}

/* One PV of the side is in use: it is not given up, whichever PV is named. */
static void test_a_side_in_use_is_kept(void)
{
	unsigned int used, named;

	for (used = 1; used <= 2; used++)
		for (named = 1; named <= 2; named++) {
			make(3, false);
			mklv_on(1, "onlya");
			mklv_on(6, "onlybc");
			disks[used].in_use = true;
			scan = disks_scan(7);
			err.code = ERR_OK;
			disk_writes = 0;
			CHECK_EQ(vg_check_give_up(scan, "testvg", "vdb", &err), ERR_CONFLICT);
			err.code = ERR_OK;
			CHECK_EQ(vg_give_up(scan, "testvg", named == 1 ? "vdb" : "vdc", &err),
				 ERR_CONFLICT);
			CHECK(strstr(err.text, used == 1 ? "vdb: in use" : "vdc: in use") != NULL);
			CHECK_EQ(disk_writes, 0);
			vg_scan_free(scan);
			scan = disks_scan(7);
			err.code = ERR_OK;
			CHECK_EQ(vg_give_up(scan, "testvg", "vda", &err), ERR_OK);
			vg_scan_free(scan);
			CHECK(has_lv(7, "onlybc"));
		}
}

static bool advised(const char *text)
{
	again(3);
	vg_scan_free(scan);
	return err.code == ERR_CONFLICT && strstr(err.text, text);
}

static void test_what_is_in_use_is_not_advised_to_be_given_up(void)
{
	make_split();
	CHECK(advised("to keep the first: varyon rejoin -f testvg /dev/vda"));
	disks[1].in_use = true;
	CHECK(advised("to keep the first: varyon rejoin -f testvg /dev/vda"));
	disks[0].in_use = true;
	CHECK(advised("both are in use"));
	disks[1].in_use = false;
	CHECK(advised("the second is in use; to keep it: varyon rejoin -f testvg /dev/vdb"));
}

/* A third PV that was away from both sides is in the line of both. */
static void test_common_ancestor_is_no_conflict(void)
{
	struct vg *vg;

	make(3, false);
	mklv_on(1, "onlya");
	CHECK(has_lv(5, "onlya"));
	mklv_on(2, "onlyb");
	CHECK(has_lv(6, "onlyb"));
	CHECK(in_conflict(7));
	scan = disks_scan(7);
	err.code = ERR_OK;
	CHECK_EQ(vg_give_up(scan, "testvg", "vda", &err), ERR_OK);
	vg_scan_free(scan);
	vg = sound(7);
	CHECK(vg_lv_by_name(vg, "onlyb") != NULL);
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	vg_scan_free(scan);
	vg = sound(7);
	CHECK(!vg_has_behind(vg));
	vg_scan_free(scan);
}

/* Both copies on the disk ask for a feature that no release has. */
static void from_the_future(unsigned int disk)
{
	struct vgda_extent ext[VGDA_EXTENTS];
	struct aix_vgda_hdr h;
	struct aix_lvmrec rec;
	unsigned int slot, n;

	CHECK(aix_lvmrec_decode(disks[disk].data + AIX_PSN_LVMREC * SECTOR, &rec));
	for (slot = 0; slot < 2; slot++) {
		uint8_t *copy = disks[disk].data + (size_t)rec.vgda_psn[slot] * SECTOR;

		aix_vgda_hdr_decode(copy, &h);
		copy[h.ext_off * SECTOR + 24] = 0x80;
		n = vgda_extents(&h, true, rec.vgda_len, ext);
		be32_put(copy, SECTOR, 44, native_vgda_crc(copy, ext, n));
	}
}

/* What cannot be used was written all the same: nobody goes on beside it. */
static void test_a_side_that_cannot_be_used(void)
{
	struct vg *vg;

	make(2, false);
	mklv_on(1, "onlya");
	from_the_future(0);
	disk_writes = 0;
	vg = again(3);
	CHECK(!vg);
	CHECK_EQ(err.code, ERR_METADATA);
	CHECK(strstr(err.text, "/dev/vda") && strstr(err.text, "newer release"));
	CHECK(vg_scan_vg(scan, 0)->read_only);
	vg_scan_free(scan);
	CHECK(has_lv(2, "data"));

	make(2, false);
	mklv_on(2, "onlyb");
	mklv_on(1, "onlya");
	from_the_future(0);
	CHECK(in_conflict(3));
	scan = disks_scan(3);
	err.code = ERR_OK;
	disk_writes = 0;
	CHECK_EQ(vg_keep(scan, "testvg", "vda", &err), ERR_METADATA);
	CHECK_EQ(disk_writes, 0);
	err.code = ERR_OK;
	CHECK_EQ(vg_give_up(scan, "testvg", "vda", &err), ERR_OK);
	vg_scan_free(scan);
	CHECK(has_lv(3, "onlyb"));

	/* Older than what is there, it is only behind. */
	make(2, false);
	mklv_on(2, "onlyb");
	from_the_future(0);
	done(sound(3));
	CHECK(has_lv(1, "onlyb"));
}

/* As many changes as are remembered are an older copy; one more is not known. */
static void test_history_has_an_end(void)
{
	struct vg *vg;
	unsigned int i;

	make(2, false);
	vg = sound(1);
	for (i = 0; i < VG_HISTORY; i++)
		CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	vg_scan_free(scan);
	CHECK(!in_conflict(3));
	done(sound(1));
	CHECK(in_conflict(3));
}

/* ---- missing PVs ---- */

static void test_missing_is_recorded_once(void)
{
	struct vg *vg;

	make(2, false);
	vg = sound(3);
	disk_writes = 0;
	CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
	CHECK_EQ(disk_writes, 0);
	vg_scan_free(scan);

	vg = sound(2);
	CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
	CHECK(disk_writes > 0);
	vg_scan_free(scan);
	vg = sound(2);
	CHECK(vg->pv[1]->state & PV_MISSING && !(vg->pv[2]->state & PV_MISSING));
	disk_writes = 0;
	CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
	CHECK_EQ(disk_writes, 0);
	vg_scan_free(scan);

	/* Back: nothing is written before the refresh, which clears the record. */
	vg = sound(3);
	CHECK(vg_has_behind(vg));
	CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
	CHECK_EQ(disk_writes, 0);
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	vg_scan_free(scan);
	vg = sound(3);
	CHECK(!vg_has_behind(vg) && !(vg->pv[1]->state & PV_MISSING));
	vg_scan_free(scan);
}

/* One is back and another gone: the one that is back is left as it is. */
static void test_recording_leaves_older_pvs_alone(void)
{
	uint8_t *before = malloc(4 << 20);
	struct vg *vg;

	make(3, false);
	vg = sound(6);
	CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
	vg_scan_free(scan);
	memcpy(before, disks[0].data, 4 << 20);
	vg = sound(3);
	CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
	vg_scan_free(scan);
	CHECK_MEM(disks[0].data, before, 4 << 20);
	vg = sound(3);
	CHECK(vg->pv[1]->state & PV_MISSING && vg->pv[3]->state & PV_MISSING);
	vg_scan_free(scan);
	free(before);
}

/* Whoever overrides the quorum goes on without the others: recorded all the same. */
static void test_recording_asks_for_no_quorum(void)
{
	struct vg *vg;

	make(3, true);
	vg = sound(1);
	CHECK(!vg_has_quorum(vg));
	CHECK_EQ(vg_commit(vg, &err), ERR_QUORUM);
	err.code = ERR_OK;
	CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
	vg_scan_free(scan);
	vg = sound(1);
	CHECK(vg->pv[2]->state & PV_MISSING && vg->pv[3]->state & PV_MISSING);
	CHECK(!vg_has_quorum(vg));
	vg_scan_free(scan);
}

/* The PV that would have to bear the record cannot be written: no start without it. */
static void test_recording_can_fail(void)
{
	struct vg *vg;

	make(2, false);
	vg = sound(1);
	disks[0].broken = true;
	CHECK(vg_record_missing(vg, &err) != ERR_OK);
	CHECK(strstr(err.text, "vda") != NULL);
	/* Nor for the next LV: what failed is not recorded by having been tried. */
	err.code = ERR_OK;
	CHECK_EQ(vg_record_missing(vg, &err), ERR_IO);
	CHECK(strstr(err.text, "vda") != NULL);
	vg_scan_free(scan);
	disks[0].broken = false;
	vg = sound(1);
	CHECK(!(vg->pv[2]->state & PV_MISSING));
	CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
	vg_scan_free(scan);
}

/* A sector of one slot that cannot be written: the other slot bears the record. */
static void test_recording_needs_one_slot(void)
{
	static const uint32_t at[2] = { 136, 2754 };
	unsigned int slot, n;

	for (slot = 0; slot < 2; slot++) {
		struct vg *vg;

		make(2, false);
		vg = sound(1);
		for (n = 0; vg->warnings[n]; n++)
			;
		disks[0].bad = at[slot] + AIX_VGDA_PV;
		CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
		CHECK(vg->warnings[n] && strstr(vg->warnings[n], "vda") &&
		      strstr(vg->warnings[n], "its other VGDA copy is up to date"));
		CHECK_EQ(vg->pv[1]->whole, 1);
		CHECK_EQ(vg->pv[1]->current, 1);
		CHECK(vg_has_behind(vg));
		disk_writes = 0;
		CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
		CHECK_EQ(disk_writes, 0);
		vg_scan_free(scan);
		vg = sound(1);
		CHECK(vg->pv[2]->state & PV_MISSING);
		disks[0].bad = 0;
		CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
		CHECK(!vg_has_behind(vg));
		vg_scan_free(scan);
		vg = sound(1);
		CHECK(vg->pv[2]->state & PV_MISSING && !vg_has_behind(vg));
		vg_scan_free(scan);
	}
}

/* What could not be overwritten at all is as whole as before, and counts. */
static void test_a_failed_write_takes_no_vote(void)
{
	struct vg *vg;

	make(2, true);
	vg = sound(1);
	CHECK_EQ(vg->seen_vgdas, 2);
	CHECK(vg_has_quorum(vg));
	disks[0].broken = true;
	CHECK(vg_record_missing(vg, &err) != ERR_OK);
	CHECK_EQ(vg->pv[1]->whole, 2);
	CHECK_EQ(vg->seen_vgdas, 2);
	CHECK(vg_has_quorum(vg));
	vg_scan_free(scan);
}

/* The first slot is damaged by the failing write: the second is not, too. */
static void test_the_last_whole_copy_is_kept(void)
{
	struct vg *vg;

	make(2, false);
	vg = sound(1);
	disks[0].bad = 136 + AIX_VGDA_PV;
	disks[0].bad2 = 2754 + AIX_VGDA_PV;
	CHECK_EQ(vg_record_missing(vg, &err), ERR_IO);
	CHECK_EQ(vg->pv[1]->whole, 1);
	vg_scan_free(scan);
	vg = sound(1);
	CHECK(vg_lv_by_name(vg, "root") && !(vg->pv[2]->state & PV_MISSING));
	vg_scan_free(scan);
}

/* One slot of two is one vote: a change that needs both of them is refused. */
static void test_one_slot_is_one_vote(void)
{
	struct vg *vg;

	make(2, true);
	vg = sound(1);
	disks[0].bad = 136 + AIX_VGDA_PV;
	CHECK(vg_commit(vg, &err) != ERR_OK);
	CHECK(strstr(err.text, "1 of the 3") != NULL);
	vg_scan_free(scan);
}

/* A bad slot is told of at each refresh, and the other one is written. */
static void test_refresh_writes_the_good_slot(void)
{
	struct vg *vg;

	make(2, false);
	mklv_on(2, "new");
	disks[0].bad = 136 + AIX_VGDA_PV;
	vg = sound(3);
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	vg_scan_free(scan);
	CHECK(has_lv(1, "new"));
	memset(copy_at(0, 1), 0, SECTOR);
	vg = sound(3);
	CHECK(!(vg->pv[1]->state & PV_MISSING));
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);	/* no change: only copies */
	CHECK_EQ(vg->pv[1]->current, 1);
	CHECK(vg_has_behind(vg));
	vg_scan_free(scan);
	CHECK(has_lv(1, "new"));
}

/*
 * An extension that reached only one PV, then that PV is lost and the other
 * goes on with the old size: when the first is back, its VGDA is newer by its
 * stamp, but what the other wrote must not be taken for a member of it.
 */
static void test_extension_cut_between_pvs(void)
{
	struct vg *vg;
	uint8_t *old = malloc(4 << 20);

	make(2, false);
	memcpy(old, disks[1].data, 4 << 20);
	vg = sound(3);
	CHECK_EQ(lv_extend(vg, vg_lv_by_name(vg, "root"), 2, NULL, &err), ERR_OK);
	done(vg);
	memcpy(disks[1].data, old, 4 << 20);	/* its VGDA never got there */
	vg = sound(2);
	CHECK_EQ(vg_lv_by_name(vg, "root")->num_lps, 3);
	CHECK_EQ(vg_record_missing(vg, &err), ERR_OK);
	vg_scan_free(scan);
	CHECK(in_conflict(3));
	free(old);
}

static void test_missing_pv_is_named(void)
{
	struct vg *vg;

	make(2, false);
	vg = sound(1);
	CHECK(vg->pv[2]->last_path != NULL);
	CHECK_STR(vg->pv[2]->last_path ? vg->pv[2]->last_path : "", "vdb");
	strcpy(vg->pv[2]->serial, "B\x1b[1m");
	CHECK_EQ(vg_commit(vg, &err), ERR_FAILED);	/* could not be read again */
	strcpy(vg->pv[2]->serial, "B0042");
	err.code = ERR_OK;
	done(vg);
	vg = sound(1);
	CHECK_STR(vg->pv[2]->last_path, "vdb, serial number B0042");
	CHECK_EQ(lv_extend(vg, vg_lv_by_name(vg, "root"), 1, NULL, &err), ERR_NOTFOUND);
	CHECK(strstr(err.text, "(last seen as vdb, serial number B0042)") != NULL);
	vg_scan_free(scan);
}

/* ---- refresh ---- */

/* A PV that cannot be written is told of, and keeps nobody from going on. */
static void test_refresh_passes_over_a_broken_pv(void)
{
	struct vg *vg;
	unsigned int n;

	make(3, false);
	memset(copy_at(0, 1), 0, 4 * SECTOR);
	memset(copy_at(2, 0), 0, 4 * SECTOR);
	vg = sound(7);
	for (n = 0; vg->warnings[n]; n++)
		;
	disks[0].broken = true;
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	CHECK(vg->warnings[n] && strstr(vg->warnings[n], "vda"));
	CHECK(vg_has_behind(vg));
	vg_scan_free(scan);
	CHECK_MEM(copy_at(2, 0), copy_at(1, 0), SECTOR * 60);
	disks[0].broken = false;

	mklv_on(6, "new");
	vg = sound(7);
	disks[0].broken = true;
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	vg_scan_free(scan);
}

/* ---- VGSA ---- */

/* It has no checksum: whatever it says, a native VG goes by its VGDA. */
static void test_vgsa_of_a_native_vg_is_not_asked(void)
{
	uint8_t *vgsa;
	struct vg *vg;

	make(2, false);
	vgsa = disks[0].data + AIX_PSN_FREE * SECTOR;
	aix_vgsa_set_stale(vgsa, 1, 1);
	memset(vgsa, 0xff, 8);
	memset(vgsa + AIX_VGSA_BYTES - 8, 0xff, 8);
	vg = sound(3);
	CHECK(vg_lv_complete(vg, vg_lv_by_name(vg, "data"), 0));
	CHECK(vg_lv_complete(vg, vg_lv_by_name(vg, "root"), 0));
	CHECK(disk_lv(vg, "new", 1, 1, &err) != NULL);
	done(vg);
	vg = sound(3);
	CHECK_EQ(vg_refresh(vg, &err), ERR_OK);
	CHECK_EQ(aix_vgsa_stamp(vgsa), vg->stamp);
	CHECK(!aix_vgsa_stale(vgsa, 1, 1));
	vg_scan_free(scan);
}

/* ---- quorum ---- */

/* Only a copy that is right to the last byte counts. */
static void test_quorum_counts_whole_copies(void)
{
	struct vg *vg;

	make(3, true);
	copy_at(1, 0)[AIX_VGDA_PV * SECTOR + 40] ^= 1;
	copy_at(1, 1)[AIX_VGDA_PV * SECTOR + 40] ^= 1;
	vg = sound(3);
	CHECK_EQ(vg->seen_vgdas, 1);
	CHECK(!vg_has_quorum(vg));
	vg_scan_free(scan);
	vg = sound(7);
	CHECK_EQ(vg->seen_vgdas, 2);
	vg_scan_free(scan);
}

/* Whether quorum is checked is what the VGDA says, not what the change would say. */
static void test_quorum_cannot_be_turned_off_without_one(void)
{
	struct vg *vg;

	make(3, true);
	vg = sound(1);
	vg->quorum = false;
	disk_writes = 0;
	CHECK_EQ(vg_commit(vg, &err), ERR_QUORUM);
	CHECK(strstr(err.text, "1 of 3") && strstr(err.text, "chvg -f -Q n"));
	CHECK_EQ(disk_writes, 0);
	err.code = ERR_OK;
	vg->without_quorum = true;
	done(vg);
	vg = sound(1);
	CHECK(vg_has_quorum(vg));
	vg_scan_free(scan);
}

/* New PVs count for the VG that they make larger, not against it. */
static void test_a_vg_may_be_doubled(void)
{
	struct vg *vg;

	make(2, true);
	disks[2].data = calloc(1, disks[2].size);
	disks[3].data = calloc(1, disks[3].size);
	vg = sound(3);
	CHECK_EQ(disk_extend(vg, 2, &err), ERR_OK);
	CHECK_EQ(disk_extend(vg, 3, &err), ERR_OK);
	done(vg);
	vg = sound(15);
	CHECK_EQ(vg->seen_vgdas, 4);
	vg_scan_free(scan);
}

static unsigned int goes;

static void reduce(void)
{
	struct vg *vg = sound(15);

	CHECK_EQ(vg_reduce(vg, vg->pv[goes], &err), ERR_OK);
	done(vg);
}

static void extend(void)
{
	struct vg *vg = sound(15);

	CHECK_EQ(disk_extend(vg, goes - 1, &err), ERR_OK);
	done(vg);
}

static bool has_majority(unsigned int mask)
{
	struct vg *vg = again(mask);
	bool yes = vg && vg_has_quorum(vg);

	vg_scan_free(scan);
	return yes;
}

/* Cut after each sector: never do two sets without a common PV both have a quorum. */
static void one_majority(unsigned int pvs, void (*change)(void))
{
	uint8_t *base[DISKS] = { NULL };
	unsigned int all = (1U << DISKS) - 1, mask, last = ~0U;
	size_t i;

	for (i = 0; i < DISKS && disks[i].data; i++) {
		base[i] = malloc(disks[i].size);
		memcpy(base[i], disks[i].data, disks[i].size);
	}
	disk_num_events = 0;
	disk_log = true;
	change();
	disk_log = false;
	for (i = 0; i < DISKS && base[i]; i++) {
		memcpy(disks[i].data, base[i], disks[i].size);
		free(base[i]);
	}
	for (i = 0; i < disk_num_events; i++) {
		const struct disk_event *ev = &disk_events[i];

		if (!ev->flush) {
			memcpy(disks[ev->disk].data + ev->sector * SECTOR, ev->data, SECTOR);
			continue;
		}
		for (mask = 1; mask < all; mask++)
			if (has_majority(mask) && has_majority(all & ~mask) && last != mask) {
				printf("# %u PVs, PV %u: sets %x and %x after %zu\n", pvs, goes, mask,
				       all & ~mask, i);
				last = mask;
				CHECK(false);
			}
	}
}

static void test_never_two_majorities(void)
{
	unsigned int pvs;

	for (pvs = 2; pvs <= 4; pvs++)
		for (goes = 1; goes <= pvs; goes++) {
			struct vg *vg;

			disks_new(pvs);
			err.code = ERR_OK;
			vg = disks_vg(0, pvs, "testvg", false, &err);
			vg->quorum = true;
			CHECK_EQ(vg_commit(vg, &err), ERR_OK);
			vg_free(vg);
			one_majority(pvs, reduce);
		}
	for (goes = 2; goes <= 4; goes++) {
		make(goes - 1, true);
		disks[goes - 1].data = calloc(1, disks[goes - 1].size);
		one_majority(goes - 1, extend);
	}
}

/* ---- clones ---- */

/* The VG keeps its name, so that asking for it tells what is wrong. */
static void test_a_clone_hides_no_name(void)
{
	make(1, false);
	disks[1].data = malloc(disks[0].size);
	memcpy(disks[1].data, disks[0].data, disks[0].size);
	again(3);
	CHECK_EQ(err.code, ERR_CONFLICT);
	CHECK(strstr(err.text, "both carry PVID") && strstr(err.text, "vdb"));
	CHECK(vg_scan_vg(scan, 0)->read_only);
	CHECK(vg_scan_vg(scan, 0)->pv[1] && !vg_scan_vg(scan, 0)->pv[1]->io);
	vg_scan_free(scan);
}

static const struct unit_test tests[] = {
	UNIT(test_separate_changes_are_a_conflict),
	UNIT(test_keep_one_of_three),
	UNIT(test_give_up_either_side),
	UNIT(test_give_up_cut_short),
	UNIT(test_a_side_in_use_is_kept),
	UNIT(test_what_is_in_use_is_not_advised_to_be_given_up),
	UNIT(test_common_ancestor_is_no_conflict),
	UNIT(test_a_side_that_cannot_be_used),
	UNIT(test_history_has_an_end),
	UNIT(test_missing_is_recorded_once),
	UNIT(test_recording_leaves_older_pvs_alone),
	UNIT(test_recording_asks_for_no_quorum),
	UNIT(test_recording_can_fail),
	UNIT(test_recording_needs_one_slot),
	UNIT(test_a_failed_write_takes_no_vote),
	UNIT(test_the_last_whole_copy_is_kept),
	UNIT(test_one_slot_is_one_vote),
	UNIT(test_refresh_writes_the_good_slot),
	UNIT(test_extension_cut_between_pvs),
	UNIT(test_missing_pv_is_named),
	UNIT(test_refresh_passes_over_a_broken_pv),
	UNIT(test_vgsa_of_a_native_vg_is_not_asked),
	UNIT(test_quorum_counts_whole_copies),
	UNIT(test_quorum_cannot_be_turned_off_without_one),
	UNIT(test_a_vg_may_be_doubled),
	UNIT(test_never_two_majorities),
	UNIT(test_a_clone_hides_no_name),
};
UNIT_MAIN(tests)
