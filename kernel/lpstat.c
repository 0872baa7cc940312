// SPDX-License-Identifier: GPL-2.0
/*
 * How often each logical partition is read and written. Off unless asked for;
 * then two additions for a request, to one of a few copies of the counters,
 * so that CPUs do not fight for a hot partition. A request that reaches into
 * the next partition counts for the one where it begins.
 *
 * The counters outlive a change of the table, as long as the device does.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "vy.h"

#define VY_LP_BYTES	(1u << 20)	/* for further copies of the counters */
#define VY_LP_MAX	(1u << 20)	/* partitions: AIX knows 1016 to 65535 */

struct vy_lp_counters {
	atomic64_t requests[2], sectors[2];	/* READ, WRITE */
};

struct vy_lp {
	unsigned int shift;		/* of a partition, in sectors */
	u32 nr;				/* partitions */
	unsigned int copies;
	struct vy_lp_counters counters[];
};

static LIST_HEAD(vy_lp_sets);		/* those that count */
static DEFINE_MUTEX(vy_lp_lock);	/* that list, and changes of set->lp */

void vy_lp_count_one(struct vy_set *set, const struct vy_req *req)
{
	int dir = op_is_write(bio_op(req->bio)) ? WRITE : READ;
	u64 start = dm_target_offset(set->ti, req->iter.bi_sector);
	struct vy_lp_counters *counters;
	struct vy_lp *lp;

	if (bio_op(req->bio) == REQ_OP_DISCARD)
		return;
	rcu_read_lock();
	lp = rcu_dereference(set->lp);
	if (lp) {
		counters = &lp->counters[raw_smp_processor_id() % lp->copies * lp->nr +
					 (start >> lp->shift)];
		atomic64_inc(&counters->requests[dir]);
		atomic64_add(req->iter.bi_size >> SECTOR_SHIFT, &counters->sectors[dir]);
	}
	rcu_read_unlock();
}

static struct vy_lp *vy_lp_alloc(const struct vy_set *set, unsigned int shift)
{
	u64 nr = ((set->ti->len - 1) >> shift) + 1;
	unsigned int copies, noio;
	struct vy_lp *lp;

	if (nr > VY_LP_MAX)
		return NULL;
	/* whoever waits for vy_lp_lock may have its device suspended */
	noio = memalloc_noio_save();
	copies = clamp_t(u64, VY_LP_BYTES / (nr * sizeof(lp->counters[0])), 1, nr_cpu_ids);
	lp = kvzalloc(struct_size(lp, counters, nr * copies), GFP_KERNEL);
	if (lp) {
		lp->shift = shift;
		lp->nr = nr;
		lp->copies = copies;
	}
	memalloc_noio_restore(noio);
	return lp;
}

static u64 vy_lp_sum(const struct vy_lp *lp, u32 nr, int dir, bool sectors)
{
	const struct vy_lp_counters *counters;
	unsigned int copy;
	u64 sum = 0;

	for (copy = 0; copy < lp->copies; copy++) {
		counters = &lp->counters[copy * lp->nr + nr];
		sum += atomic64_read(sectors ? &counters->sectors[dir] : &counters->requests[dir]);
	}
	return sum;
}

/* Publish new counters, or none; vy_lp_lock. */
static void vy_lp_set(struct vy_set *set, struct vy_lp *lp)
{
	struct vy_lp *old = rcu_dereference_protected(set->lp, lockdep_is_held(&vy_lp_lock));

	if (!old && lp)
		list_add(&set->lp_list, &vy_lp_sets);
	else if (old && !lp)
		list_del(&set->lp_list);
	rcu_assign_pointer(set->lp, lp);
	if (old) {
		synchronize_rcu();
		kvfree(old);
	}
}

static int vy_lp_on(struct vy_set *set, const char *arg, struct vy_lp *old)
{
	struct vy_lp *lp;
	u64 sectors;

	if (kstrtou64(arg, 10, &sectors) || !is_power_of_2(sectors))
		return -EINVAL;
	if (old && old->shift == ilog2(sectors))
		return 0;
	lp = vy_lp_alloc(set, ilog2(sectors));
	if (!lp)
		return -ENOMEM;
	vy_lp_set(set, lp);
	return 0;
}

static int vy_lp_reset(struct vy_set *set, struct vy_lp *old)
{
	struct vy_lp *lp = vy_lp_alloc(set, old->shift);

	if (!lp)
		return -ENOMEM;
	vy_lp_set(set, lp);
	return 0;
}

static int vy_lp_read(const struct vy_lp *lp, const char *first_arg, const char *count_arg,
		      char *result, unsigned int maxlen)
{
	unsigned int sz = 0;
	u32 first, count, i;

	if (kstrtouint(first_arg, 10, &first) || kstrtouint(count_arg, 10, &count) ||
	    first > lp->nr || count > lp->nr - first)
		return -EINVAL;
	result[0] = '\0';
	for (i = first; i < first + count; i++)
		DMEMIT("%s%llu:%llu:%llu:%llu", i == first ? "" : " ",
		       vy_lp_sum(lp, i, READ, false), vy_lp_sum(lp, i, WRITE, false),
		       vy_lp_sum(lp, i, READ, true), vy_lp_sum(lp, i, WRITE, true));
	return 1;
}

/* argv[0] is "lp_stat"; see docs/architecture.md. */
int vy_lp_message(struct vy_set *set, unsigned int argc, char **argv,
		  char *result, unsigned int maxlen)
{
	struct vy_lp *lp;
	int r = -EINVAL;

	mutex_lock(&vy_lp_lock);
	lp = rcu_dereference_protected(set->lp, lockdep_is_held(&vy_lp_lock));
	if (argc == 3 && !strcmp(argv[1], "on")) {
		r = vy_lp_on(set, argv[2], lp);
	} else if (argc == 2 && !strcmp(argv[1], "off")) {
		vy_lp_set(set, NULL);
		r = 0;
	} else if (argc == 2 && !strcmp(argv[1], "reset")) {
		r = lp ? vy_lp_reset(set, lp) : -ENODATA;
	} else if (argc == 4 && !strcmp(argv[1], "read")) {
		r = lp ? vy_lp_read(lp, argv[2], argv[3], result, maxlen) : -ENODATA;
	}
	mutex_unlock(&vy_lp_lock);
	return r;
}

/*
 * A new table for a device goes on counting where the old one stopped. Without
 * memory it does not, and says so to whoever reads. The device is suspended.
 */
void vy_lp_inherit(struct vy_set *set)
{
	struct vy_set *other;
	struct vy_lp *from, *lp;
	u32 i;
	int dir;

	mutex_lock(&vy_lp_lock);
	list_for_each_entry(other, &vy_lp_sets, lp_list) {
		if (rcu_access_pointer(set->lp) || !vy_same_device(other, set))
			continue;
		from = rcu_dereference_protected(other->lp, lockdep_is_held(&vy_lp_lock));
		lp = vy_lp_alloc(set, from->shift);
		for (i = 0; lp && i < min(lp->nr, from->nr); i++)
			for (dir = READ; dir <= WRITE; dir++) {
				atomic64_set(&lp->counters[i].requests[dir],
					     vy_lp_sum(from, i, dir, false));
				atomic64_set(&lp->counters[i].sectors[dir],
					     vy_lp_sum(from, i, dir, true));
			}
		if (lp)
			vy_lp_set(set, lp);
		break;
	}
	mutex_unlock(&vy_lp_lock);
}

void vy_lp_free(struct vy_set *set)
{
	mutex_lock(&vy_lp_lock);
	vy_lp_set(set, NULL);
	mutex_unlock(&vy_lp_lock);
}
