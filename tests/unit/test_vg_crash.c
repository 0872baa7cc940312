// SPDX-License-Identifier: GPL-2.0
/*
 * A change of a VG that is cut short: after every single sector that it
 * writes, and with any part of what was not flushed lost, the VG reads as
 * before or as after, whole.
 */
#include <stdarg.h>
#include "disks.h"
#include "unit.h"

#define LOSSY_TRIALS	300

static uint8_t *base[DISKS];	/* the disks before the change */
static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	return seed ^= seed << 17;
}

struct text {
	char s[8192];
	size_t n;
};

static void __attribute__((format(printf, 2, 3))) add(struct text *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (t->n < sizeof(t->s))
		t->n += (size_t)vsnprintf(t->s + t->n, sizeof(t->s) - t->n, fmt, ap);
	va_end(ap);
}

static void describe_lv(struct text *t, const struct vg *vg, const struct vg_lv *lv)
{
	unsigned int c, i;

	add(t, " lv %u %s lps %u copies %u:", lv->num, lv->name, lv->num_lps, lv->copies);
	for (c = 0; c < lv->copies; c++) {
		struct vy_sb sb;
		bool dirty = false;

		for (i = 0; i < lv->num_lps; i++)
			add(t, " %u/%u", lv->map[c][i].pv, lv->map[c][i].pp);
		if (lv->leg[c].sa_pv && vg->pv[lv->leg[c].sa_pv]->io)
			add(t, " sa %u@%" PRIu64 " %s dirty %d", lv->leg[c].sa_pv,
			    lv->leg[c].sa_sector,
			    lv_leg_super(vg, lv, c, &sb, &dirty, NULL) == ERR_OK ? "good" : "BAD",
			    dirty);
	}
}

/* Everything that a VG says, as text; "none" when there is no VG. */
static void describe(unsigned int mask, struct text *t)
{
	struct vg_scan *scan = disks_scan(mask);
	unsigned int i, k;

	t->n = 0;
	t->s[0] = '\0';
	if (!vg_scan_count(scan))
		add(t, "none");
	for (k = 0; k < vg_scan_count(scan); k++) {
		const struct vg *vg = vg_scan_vg(scan, k);

		if (vg_scan_error(scan, k)->code != ERR_OK)
			add(t, "ERROR %s", vg_scan_error(scan, k)->text);
		add(t, "%s stamp %" PRIx64 " vgdas %u;", vg->name, vg->stamp, vg->total_vgdas);
		for (i = 1; i <= VG_MAX_PV; i++)
			if (vg->pv[i])
				add(t, " pv %u pps %u vgdas %u here %d", i, vg->pv[i]->pp_count,
				    vg->pv[i]->vgdas, vg->pv[i]->io != NULL);
		for (i = 1; i <= VG_MAX_LV; i++)
			if (vg->lv[i])
				describe_lv(t, vg, vg->lv[i]);
	}
	vg_scan_free(scan);
}

static void remember(void)
{
	unsigned int i;

	for (i = 0; i < DISKS; i++) {
		free(base[i]);
		base[i] = NULL;
		if (!disks[i].data)
			continue;
		base[i] = malloc(disks[i].size);
		memcpy(base[i], disks[i].data, disks[i].size);
	}
	disk_num_events = 0;
	disk_log = true;
}

static void restore(void)
{
	size_t i;

	for (i = 0; i < disk_num_events; i++) {
		const struct disk_event *ev = &disk_events[i];

		if (!ev->flush)
			memcpy(disks[ev->disk].data + ev->sector * SECTOR,
			       base[ev->disk] + ev->sector * SECTOR, SECTOR);
	}
}

static bool apply(const struct disk_event *ev)
{
	uint8_t *at = disks[ev->disk].data + ev->sector * SECTOR;

	if (!memcmp(at, ev->data, SECTOR))
		return false;
	memcpy(at, ev->data, SECTOR);
	return true;
}

/* Cut after each sector in turn. */
static void replay_prefixes(unsigned int mask, const struct text *before, const struct text *after)
{
	static struct text now;
	bool changed = false;
	size_t i;

	restore();
	for (i = 0; i < disk_num_events; i++) {
		if (disk_events[i].flush || !apply(&disk_events[i]))
			continue;
		describe(mask, &now);
		if (!changed && !strcmp(now.s, before->s))
			continue;
		changed = true;
		CHECK_STR(now.s, after->s);
	}
	CHECK(changed);
}

/*
 * Power lost at a random point: of what a disk was given since its last flush,
 * each sector is there or not.
 */
static void replay_lossy(unsigned int mask, const struct text *before, const struct text *after)
{
	static struct text now;
	size_t *flush_at = malloc((disk_num_events + 1) * sizeof(*flush_at));
	size_t i, k, flushes = 0;
	unsigned int trial;

	for (i = 0; i < disk_num_events; i++)
		if (disk_events[i].flush)
			flush_at[flushes++] = i;
	for (trial = 0; trial < LOSSY_TRIALS; trial++) {
		size_t cut = rnd() % (disk_num_events + 1), flushed[DISKS] = { 0 };
		uint64_t chance = rnd() % 4;

		/* Half of them just before a flush, when most is at stake. */
		if (trial % 2)
			cut = flush_at[rnd() % flushes];
		restore();
		for (i = 0; i < cut; i++)
			if (disk_events[i].flush)
				flushed[disk_events[i].disk] = i;
		for (i = 0; i < cut; i++) {
			k = disk_events[i].disk;
			if (!disk_events[i].flush && (i < flushed[k] || rnd() % 4 > chance))
				apply(&disk_events[i]);
		}
		describe(mask, &now);
		if (strcmp(now.s, before->s))
			CHECK_STR(now.s, after->s);
	}
	free(flush_at);
}

/* The disks hold the state before; change() makes it and commits it. */
static void cut_short(unsigned int mask, void (*change)(void))
{
	static struct text before, after;

	describe(mask, &before);
	remember();
	change();
	disk_log = false;
	describe(mask, &after);
	CHECK(strcmp(before.s, after.s));
	CHECK(!strstr(before.s, "ERROR") && !strstr(before.s, "BAD"));
	CHECK(!strstr(after.s, "ERROR") && !strstr(after.s, "BAD"));
	CHECK(!strstr(after.s, "dirty 1"));
	replay_prefixes(mask, &before, &after);
	replay_lossy(mask, &before, &after);
}

static struct vg_scan *scan;
static struct err err;

static struct vg *open_vg(unsigned int mask)
{
	struct vg *vg = NULL;

	err.code = ERR_OK;
	scan = disks_scan(mask);
	vg_find(scan, "testvg", &vg, &err);
	return vg;
}

static void close_vg(struct vg *vg)
{
	CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	if (err.code != ERR_OK)
		printf("# %s\n", err.text);
	vg_scan_free(scan);
}

/* testvg on n disks, with a mirror (two disks and more) and a linear LV. */
static void make_vg(unsigned int n)
{
	struct vg *vg;

	disks_new(n);
	err.code = ERR_OK;
	vg = disks_vg(0, n, "testvg", false, &err);
	if (n > 1) {
		disk_lv(vg, "root", 3, 2, &err);
		disk_lv(vg, "keep", 1, 2, &err);
	}
	disk_lv(vg, "data", 2, 1, &err);
	CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	vg_free(vg);
}

static unsigned int new_pvs;
static unsigned int aix;

static void change_mkvg(void)
{
	struct vg *vg = disks_vg(0, new_pvs, "testvg", aix, &err);

	disk_lv(vg, "root", 4, new_pvs > 1 ? 2 : 1, &err);
	CHECK_EQ(vg_commit(vg, &err), ERR_OK);
	vg_free(vg);
}

static void test_mkvg(void)
{
	for (aix = 0; aix < 2; aix++)
		for (new_pvs = 1; new_pvs <= 3; new_pvs++) {
			disks_new(new_pvs);
			cut_short(7, change_mkvg);
		}
	aix = 0;
}

/* Over a VG that is destroyed by it: that one, none, or the new one, but no ruin. */
static void test_mkvg_over_another(void)
{
	static struct text now;
	size_t i;

	make_vg(1);
	remember();
	new_pvs = 1;
	change_mkvg();
	disk_log = false;
	restore();
	for (i = 0; i < disk_num_events; i++) {
		if (disk_events[i].flush || !apply(&disk_events[i]))
			continue;
		describe(1, &now);
		CHECK(!strstr(now.s, "ERROR"));
	}
}

static void change_mklv(void)
{
	struct vg *vg = open_vg(7);

	CHECK(disk_lv(vg, "home", 2, 2, &err) != NULL);
	close_vg(vg);
}

static void test_mklv(void)
{
	make_vg(2);
	cut_short(7, change_mklv);
	make_vg(3);
	cut_short(7, change_mklv);
}

static void change_rmlv_mklv(void)
{
	struct vg *vg = open_vg(7);

	CHECK_EQ(lv_remove(vg, vg_lv_by_name(vg, "root"), &err), ERR_OK);
	CHECK(disk_lv(vg, "other", 5, 2, &err) != NULL);
	close_vg(vg);
}

static void test_rmlv_and_mklv_at_once(void)
{
	make_vg(2);
	cut_short(7, change_rmlv_mklv);
}

static void change_extendlv(void)
{
	struct vg *vg = open_vg(7);

	CHECK_EQ(lv_extend(vg, vg_lv_by_name(vg, "root"), 4, NULL, &err), ERR_OK);
	close_vg(vg);
}

static void test_extendlv(void)
{
	make_vg(2);
	cut_short(7, change_extendlv);
}

static unsigned int new_disk;

static void change_extendvg(void)
{
	struct vg *vg = open_vg(7);

	CHECK_EQ(disk_extend(vg, new_disk, &err), ERR_OK);
	close_vg(vg);
}

static void test_extendvg(void)
{
	for (new_disk = 1; new_disk <= 2; new_disk++) {
		make_vg(new_disk);
		disks[new_disk].data = calloc(1, disks[new_disk].size);
		cut_short(7, change_extendvg);
	}
}

static void change_reducevg(void)
{
	struct vg *vg = open_vg(7);

	CHECK_EQ(vg_reduce(vg, vg->pv[new_disk + 1], &err), ERR_OK);
	close_vg(vg);
}

static void test_reducevg(void)
{
	for (new_disk = 1; new_disk <= 2; new_disk++) {
		make_vg(new_disk);
		disks[new_disk].data = calloc(1, disks[new_disk].size);
		change_extendvg();
		cut_short(7, change_reducevg);
	}
}

static void change_without_first(void)
{
	struct vg *vg = open_vg(6);

	CHECK(disk_lv(vg, "alone", 2, 1, &err) != NULL);
	close_vg(vg);
}

/* The one PV that is left has one copy that counts. */
static void test_change_while_a_pv_is_missing(void)
{
	make_vg(2);
	cut_short(6, change_without_first);
}

/* The next change after a cut-short one must succeed, wherever the cut was. */
static void test_goes_on_after_cut(void)
{
	size_t i;

	make_vg(2);
	remember();
	change_mklv();
	disk_log = false;
	for (i = 0; i < disk_num_events; i += 97) {
		struct vg *vg;
		size_t k;

		restore();
		for (k = 0; k < i; k++)
			if (!disk_events[k].flush)
				apply(&disk_events[k]);
		vg = open_vg(3);
		CHECK(vg && lv_rename(vg, vg_lv_by_name(vg, "data"), "renamed", &err) == ERR_OK);
		close_vg(vg);
		vg = open_vg(3);
		CHECK(vg && vg_lv_by_name(vg, "renamed"));
		CHECK(vg && !vg->warnings[0]);
		vg_scan_free(scan);
		memcpy(disks[0].data, base[0], disks[0].size);
		memcpy(disks[1].data, base[1], disks[1].size);
	}
}

static const struct unit_test tests[] = {
	UNIT(test_mkvg),
	UNIT(test_mkvg_over_another),
	UNIT(test_mklv),
	UNIT(test_rmlv_and_mklv_at_once),
	UNIT(test_extendlv),
	UNIT(test_extendvg),
	UNIT(test_reducevg),
	UNIT(test_change_while_a_pv_is_missing),
	UNIT(test_goes_on_after_cut),
};
UNIT_MAIN(tests)
