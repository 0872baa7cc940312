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
	struct vg_lv set;
	unsigned int c, i;

	add(t, " lv %u %s type %u lps %u copies %u:", lv->num, lv->name, lv->type, lv->num_lps,
	    lv->copies);
	if (lv->child_of)
		add(t, " child of %u/%u", lv->child_of, lv->child_copy);
	for (c = 0; c < lv_num_legs(lv); c++)
		add(t, " leg slot %u flags %x serves %u", lv->leg[c].slot, lv->leg[c].flags,
		    lv->leg[c].serves);
	for (c = 0; c < lv_num_maps(lv); c++)
		for (i = 0; i < lv->num_lps; i++)
			add(t, " %u/%u", lv->map[c][i].pv, lv->map[c][i].pp);
	for (c = 0; c < lv->copies; c++) {
		struct vy_sb sb;
		bool dirty = false;

		if (lv->leg[c].sa_pv && vg->pv[lv->leg[c].sa_pv]->io)
			add(t, " sa %u@%" PRIu64 " %s dirty %d", lv->leg[c].sa_pv,
			    lv->leg[c].sa_sector,
			    lv_leg_super(vg, lv, c, &sb, &dirty, NULL) == ERR_OK ? "good" : "BAD",
			    dirty);
		if (lv_column_set(lv, c, &set)) {
			add(t, " moves");
			describe_lv(t, vg, &set);
		}
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
				add(t, " pv %u pps %u state %x vgdas %u here %d", i,
				    vg->pv[i]->pp_count, vg->pv[i]->state, vg->pv[i]->vgdas,
				    vg->pv[i]->io != NULL);
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

/* ---- copies ---- */

static unsigned int copies_before;

static struct vg_lv *lv_of(struct vg *vg, const char *name)
{
	return vg_lv_by_name(vg, name);
}

static void must_be(enum err_code rc)
{
	CHECK_EQ(rc, ERR_OK);
	if (rc != ERR_OK)
		printf("# %s\n", err.text);
}

static void change_mklvcopy(void)
{
	struct vg *vg = open_vg(15);
	struct lv_copy_opts o = { .strict = -1 };
	unsigned int c;

	must_be(lv_copy_add(vg, lv_of(vg, copies_before == 1 ? "data" : "root"), &o, &c, &err));
	close_vg(vg);
}

static void change_rmlvcopy(void)
{
	struct vg *vg = open_vg(15);

	must_be(lv_copy_remove(vg, lv_of(vg, "root"), 0, &err));
	close_vg(vg);
}

static void test_mklvcopy_and_rmlvcopy(void)
{
	for (copies_before = 1; copies_before <= 2; copies_before++) {
		make_vg(3);
		cut_short(7, change_mklvcopy);
	}
	make_vg(2);
	cut_short(3, change_rmlvcopy);
}

static const char *moved;

static void change_move_begin(void)
{
	struct vg *vg = open_vg(15);
	struct vg_lv *lv = lv_of(vg, moved);
	struct lv_move_opts o = { .from = vg->pv[lv->map[0][0].pv] };
	unsigned int temp;

	must_be(lv_move_begin(vg, lv, 0, &o, &temp, &err));
	close_vg(vg);
}

static void change_move_finish(void)
{
	struct vg *vg = open_vg(15);
	struct vg_lv *lv = lv_of(vg, moved);

	must_be(lv_move_finish(vg, lv, 0, (unsigned int)lv_move_of(lv, 0),
			       vg->pv[lv->map[0][0].pv], &err));
	close_vg(vg);
}

static void change_move_undo(void)
{
	struct vg *vg = open_vg(15);
	struct vg_lv *lv = lv_of(vg, moved);

	must_be(lv_move_undo(vg, lv, (unsigned int)lv_move_of(lv, 0), &err));
	close_vg(vg);
}

/* A mirror, whose status area is cloned, and a linear LV, that has one meanwhile. */
static void test_move(void)
{
	static const char *const names[] = { "root", "data" };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		moved = names[i];
		make_vg(3);
		cut_short(7, change_move_begin);
		make_vg(3);
		change_move_begin();
		cut_short(7, change_move_finish);
		make_vg(3);
		change_move_begin();
		cut_short(7, change_move_undo);
	}
}

/* A column of RAID5: the status areas of the mirror that it is meanwhile come and go with it. */
static void test_move_of_a_column(void)
{
	struct lv_create_opts o = {
		.name = "rows", .lps = 6, .copies = 1, .width = 3, .strict = true,
		.inter = 'm', .intra = 'm',
	};
	void (*const ways[])(void) = { change_move_finish, change_move_undo };
	struct vg_lv *lv;
	struct vg *vg;
	unsigned int i;

	moved = "rows";
	for (i = 0; i < 3; i++) {
		make_vg(4);
		vg = open_vg(15);
		must_be(lv_create(vg, &o, &lv, &err));
		close_vg(vg);
		if (i)
			change_move_begin();
		cut_short(15, i ? ways[i - 1] : change_move_begin);
	}
}

static bool restore_from_child;

static void change_split(void)
{
	struct vg *vg = open_vg(15);
	struct vg_lv *child;

	must_be(lv_split_begin(vg, lv_of(vg, "root"), 1, "snap", true, &child, &err));
	close_vg(vg);
}

static void change_return(void)
{
	struct vg *vg = open_vg(15);

	must_be(lv_split_return(vg, lv_of(vg, "snap"), restore_from_child, &err));
	close_vg(vg);
}

static void change_split_off(void)
{
	struct vg *vg = open_vg(15);
	struct vg_lv *new;

	must_be(lv_split_off(vg, lv_of(vg, "root"), 0, "own", &new, &err));
	close_vg(vg);
}

static void test_split_copy(void)
{
	make_vg(2);
	cut_short(3, change_split);
	for (restore_from_child = false;; restore_from_child = true) {
		make_vg(2);
		change_split();
		cut_short(3, change_return);
		if (restore_from_child)
			break;
	}
	make_vg(2);
	cut_short(3, change_split_off);
}

static void change_extendlv_live(void)
{
	struct vg *vg = open_vg(7);

	must_be(lv_extend_live(vg, lv_of(vg, "root"), 4, NULL, &err));
	close_vg(vg);
}

static void test_extendlv_live(void)
{
	make_vg(2);
	cut_short(3, change_extendlv_live);
}

/* ---- snapshot VGs: several changes, each of which the same call completes ---- */

static struct vg *found(const char *name)
{
	struct vg *vg = NULL;
	struct err none = { .code = ERR_OK };

	return vg_find(scan, name, &vg, &none) == ERR_OK ? vg : NULL;
}

static void change_splitvg(void)
{
	struct vg *vg = open_vg(15), *snap = NULL;

	must_be(vg_split(vg, scan, 1, "snapvg", "fs", &snap, &err));
	if (snap)
		must_be(vg_split_commit(vg, snap, &err));
	vg_free(snap);
	vg_scan_free(scan);
}

/* What was begun, if there is anything left to be done. */
static void change_splitvg_again(void)
{
	struct vg *vg = open_vg(15), *snap = NULL;
	unsigned int i, here = 0;

	for (i = 1; i <= VG_MAX_PV; i++)
		here += vg->pv[i] && vg->pv[i]->io && vg->pv[i]->state & PV_SPLIT;
	if (here)
		must_be(vg_split(vg, scan, 1, "snapvg", "fs", &snap, &err));
	if (snap)
		must_be(vg_split_commit(vg, snap, &err));
	vg_free(snap);
	vg_scan_free(scan);
}

static void change_joinvg(void)
{
	struct vg *vg = open_vg(15);

	must_be(vg_join(vg, found("snapvg"), &err));
	vg_scan_free(scan);
}

/* Both VGs as they are to be, whatever the stamps. */
static void check_split_done(void)
{
	struct vg *vg = open_vg(15), *snap = found("snapvg");
	unsigned int i;

	CHECK(vg && snap && id_equal(&vg->snapshot, &snap->id));
	for (i = 1; vg && snap && i <= VG_MAX_PV; i++) {
		if (vg->pv[i])
			CHECK_EQ(vg->pv[i]->io == NULL, snap->pv[i] != NULL);
		CHECK(!snap->pv[i] || snap->pv[i]->io);
	}
	CHECK(vg && !vg_has_behind(vg) && snap && !vg_has_behind(snap));
	CHECK(snap && lv_of(snap, "fsroot") && lv_of(snap, "fskeep"));
	vg_scan_free(scan);
}

static void check_join_done(void)
{
	struct vg *vg = open_vg(15);
	unsigned int i;

	CHECK(vg && !found("snapvg") && id_is_zero(&vg->snapshot));
	for (i = 1; vg && i <= VG_MAX_PV; i++)
		CHECK(!vg->pv[i] || (vg->pv[i]->io && !(vg->pv[i]->state & PV_SPLIT)));
	CHECK(vg && !vg_has_behind(vg) && vg_has_quorum(vg));
	vg_scan_free(scan);
}

/* What a cut leaves: the VG is there, and each of its LVs has a copy that can be read. */
static bool check_usable(void)
{
	static struct text now;
	struct vg *vg = open_vg(15), *snap = found("snapvg");
	bool begun = vg && !id_is_zero(&vg->snapshot);
	struct vy_sb sb;
	bool dirty;

	CHECK(vg && vg_has_quorum(vg));
	CHECK(vg && lv_leg_super(vg, lv_of(vg, "root"), 0, &sb, &dirty, &err) == ERR_OK);
	if (snap)
		CHECK(begun && id_equal(&snap->parent, &vg->id));
	vg_scan_free(scan);
	describe(15, &now);
	CHECK(!strstr(now.s, "BAD"));
	return begun;
}

/* The disks to where the cut left them; what was written since is taken back. */
static void cut_at(const struct disk_event *events, size_t n, size_t cut, bool lossy)
{
	size_t i, flushed[DISKS] = { 0 };

	for (i = 0; i < DISKS; i++)
		if (base[i])
			memcpy(disks[i].data, base[i], disks[i].size);
	for (i = 0; i < cut && i < n; i++)
		if (events[i].flush)
			flushed[events[i].disk] = i;
	for (i = 0; i < cut && i < n; i++)
		if (!events[i].flush &&
		    (!lossy || i < flushed[events[i].disk] || rnd() % 2))
			apply(&events[i]);
}

/* Cut the change short at many places; both ways out must work from each. */
static void cut_and_settle(void (*change)(void))
{
	struct disk_event *events;
	size_t n, cut, step;
	unsigned int begun = 0, lossy;

	remember();
	change();
	disk_log = false;
	n = disk_num_events;
	events = malloc(n * sizeof(*events));
	memcpy(events, disk_events, n * sizeof(*events));
	/* Every place where little remains to be flushed, and some in between. */
	for (cut = 0; cut <= n; cut += step) {
		step = cut < n && events[cut].flush ? 1 : 1 + rnd() % 40;
		for (lossy = 0; lossy < 2; lossy++) {
			cut_at(events, n, cut, lossy);
			if (check_usable()) {
				begun++;
				change_splitvg_again();
				check_split_done();
				cut_at(events, n, cut, false);
				change_joinvg();
				check_join_done();
			}
		}
	}
	CHECK(begun > 20);
	free(events);
}

/* Only mirrors; on four disks one is so large that each copy needs two. */
static void make_mirrors(unsigned int n)
{
	struct vg *vg;

	make_vg(n);
	vg = open_vg(15);
	must_be(lv_remove(vg, lv_of(vg, "data"), &err));
	if (n == 4)
		must_be(lv_extend(vg, lv_of(vg, "root"), 18, NULL, &err));
	close_vg(vg);
}

static void test_splitvg(void)
{
	make_mirrors(2);
	cut_and_settle(change_splitvg);
	make_mirrors(4);
	cut_and_settle(change_splitvg);
}

static void test_joinvg(void)
{
	make_mirrors(2);
	change_splitvg();
	check_split_done();
	cut_and_settle(change_joinvg);
	make_mirrors(4);
	change_splitvg();
	check_split_done();
	cut_and_settle(change_joinvg);
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
	UNIT(test_mklvcopy_and_rmlvcopy),
	UNIT(test_move),
	UNIT(test_move_of_a_column),
	UNIT(test_split_copy),
	UNIT(test_extendlv_live),
	UNIT(test_splitvg),
	UNIT(test_joinvg),
	UNIT(test_goes_on_after_cut),
};
UNIT_MAIN(tests)
