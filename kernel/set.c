// SPDX-License-Identifier: GPL-2.0
/*
 * The life of a set, whatever its kind: constructor and destructor, suspend and
 * resume.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "vy.h"

static void vy_set_free(struct vy_set *set)
{
	unsigned int l;

	/* still there when a resume of its table failed half-way */
	vy_live_del(set);
	vy_show(set, 0, 0);
	vy_lp_free(set);
	vy_recover_wait(set);
	vy_bad_wait(set);
	vy_row_pool_exit(set);
	vy_fresh_exit(set);
	if (set->meta_wq)
		destroy_workqueue(set->meta_wq);
	flush_work(&set->io_work);
	flush_work(&set->event_work);
	vy_sa_exit(set);
	vy_assemble_free(set);
	vy_stale_free(set);
	vy_bad_free(set);
	kvfree(set->zone);
	kvfree(set->wib);
	kvfree(set->wib_dirty);
	kvfree(set->resync);
	kvfree(set->resync_again);
	kfree(set->options);
	free_percpu(set->stats.data_writes);
	for (l = 0; l < VY_MAX_SLOTS; l++) {
		kvfree(set->leg[l].holes);
		if (set->leg[l].data)
			dm_put_device(set->ti, set->leg[l].data);
		if (set->leg[l].sa)
			dm_put_device(set->ti, set->leg[l].sa);
	}
	kvfree(set);
}

/* Everything that I/O or an error path will ever need is allocated here. */
static int vy_set_alloc(struct vy_set *set)
{
	const struct vy_geom *g = &set->geom;

	set->zone = kvcalloc(g->zones, sizeof(*set->zone), GFP_KERNEL);
	set->wib = kvcalloc(DIV_ROUND_UP_ULL(g->zones, 64), sizeof(u64), GFP_KERNEL);
	set->wib_dirty = kvcalloc(BITS_TO_LONGS(g->wib_blocks), sizeof(long), GFP_KERNEL);
	set->resync = kvcalloc(BITS_TO_LONGS(g->zones), sizeof(long), GFP_KERNEL);
	set->resync_again = kvcalloc(BITS_TO_LONGS(g->zones), sizeof(long), GFP_KERNEL);
	set->stats.data_writes = alloc_percpu(u64);
	if (!set->zone || !set->wib || !set->wib_dirty || !set->resync ||
	    !set->resync_again || !set->stats.data_writes)
		return -ENOMEM;
	set->meta_wq = alloc_ordered_workqueue("varyon_meta", WQ_MEM_RECLAIM | WQ_HIGHPRI);
	if (!set->meta_wq || vy_assemble_alloc(set) || vy_sa_init(set) || vy_stale_alloc(set) ||
	    vy_bad_alloc(set) || vy_row_pool_init(set) || vy_fresh_init(set))
		return -ENOMEM;
	return 0;
}

int vy_set_ctr(struct dm_target *ti, unsigned int argc, char **argv,
	       const struct vy_kind *kind)
{
	struct vy_set *set = kvzalloc(sizeof(*set), GFP_KERNEL);
	int r;

	if (!set) {
		ti->error = "Out of memory";
		return -ENOMEM;
	}
	set->ti = ti;
	set->kind = kind;
	set->need = 1;
	vy_io_init(set);
	vy_range_init(set);
	vy_commit_init(set);
	vy_clean_init(set);
	vy_recover_init(set);
	vy_pace_init(set);
	vy_bad_init(set);

	r = vy_table_parse(set, argc, argv);
	if (r)
		goto bad;
	r = vy_set_alloc(set);
	if (r) {
		ti->error = "Out of memory";
		goto bad;
	}
	vy_balance_init(set);
	ti->num_flush_bios = 1;
	ti->per_io_data_size = sizeof(struct vy_req) +
			       hweight8(set->present) * sizeof(struct vy_leg_bio);
	ti->private = set;
	return 0;
bad:
	vy_set_free(set);
	return r;
}

/* Never writes: another table may own the disks by now. */
void vy_set_dtr(struct dm_target *ti)
{
	vy_set_free(ti->private);
}

void vy_set_presuspend(struct dm_target *ti)
{
	struct vy_set *set = ti->private;

	/* dm has forgotten this by the time of postsuspend */
	set->noflush = dm_noflush_suspending(ti);
	vy_recover_stop(set);
}

void vy_set_presuspend_undo(struct dm_target *ti)
{
	struct vy_set *set = ti->private;

	vy_recover_start(set);
	vy_heal_kick(set);
}

/* All foreground I/O has ended. Leave clean disks, unless told to hurry. */
void vy_set_postsuspend(struct dm_target *ti)
{
	struct vy_set *set = ti->private;

	if (!set->is_live)
		return;
	vy_live_run(set, false);
	vy_recover_wait(set);
	vy_bad_wait(set);
	vy_row_pool_wait(set);
	vy_fresh_wait(set);
	vy_clean_stop(set);
	/* a RAID5 that is not clean cannot go on without a leg */
	if (!set->noflush || set->need > 1) {
		vy_checkpoint(set);
		vy_clean_all(set);
	}
	/* nor can it when that was what showed that a leg is gone */
	if (set->need > 1 && atomic_read(&set->nr_dirty))
		vy_clean_all(set);
	drain_workqueue(set->meta_wq);
	flush_work(&set->event_work);
	vy_show(set, set->durable_gen, vy_members(set->roles));
	vy_live_del(set);
}

int vy_set_preresume(struct dm_target *ti)
{
	struct vy_set *set = ti->private;
	int r;

	r = vy_live_add(set);
	if (r) {
		DMERR("%s: another device with this set is active",
		      dm_table_device_name(ti->table));
		return r;
	}
	r = vy_set_assemble(set);
	if (r) {
		vy_live_del(set);
		return r;
	}
	vy_lp_inherit(set);
	vy_want_stable_writes(ti);
	return 0;
}

void vy_set_resume(struct dm_target *ti)
{
	struct vy_set *set = ti->private;

	vy_live_run(set, true);
	vy_clean_arm(set);
	vy_recover_start(set);
	vy_heal_kick(set);
}

int vy_set_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	struct vy_set *set = ti->private;
	unsigned int l;
	int r = 0;

	vy_for_each_slot(l, set->present) {
		r = fn(ti, set->leg[l].data, set->leg[l].data_start,
		       set->geom.data_sectors, data);
		if (r)
			break;
	}
	return r;
}
