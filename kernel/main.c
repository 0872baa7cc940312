// SPDX-License-Identifier: GPL-2.0
/*
 * dm-varyon: module entry, parameters, and the list of sets that may write
 * their legs.
 */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/reboot.h>
#include <linux/suspend.h>

#include "vy.h"

unsigned int vy_clean_delay_ms = 5000;
module_param_named(clean_delay_ms, vy_clean_delay_ms, uint, 0644);
MODULE_PARM_DESC(clean_delay_ms, "Idle time before a zone's write-intent bit is cleared");

unsigned int vy_max_dirty_zones = 4096;
module_param_named(max_dirty_zones, vy_max_dirty_zones, uint, 0644);
MODULE_PARM_DESC(max_dirty_zones, "Dirty zones above which idle ones are cleaned at once");

struct workqueue_struct *vy_io_wq;
struct workqueue_struct *vy_copy_wq;

/* How long a reboot waits for a set to get clean; a dead leg must not stop it. */
#define VY_REBOOT_WAIT_MS	10000

static LIST_HEAD(vy_live_sets);
static LIST_HEAD(vy_shown_sets);	/* whose shown.gen is not 0 */
static DEFINE_MUTEX(vy_live_lock);

/* May both be active? A side of a set beside the rest, with other legs. */
static bool vy_live_apart(const struct vy_set *a, const struct vy_set *b)
{
	return (a->side || b->side) && !(a->present & b->present);
}

/*
 * Device-mapper lets two devices open one leg; two sets of one identity
 * writing the same status areas would be the end of them. 0 or -EBUSY.
 */
int vy_live_add(struct vy_set *set)
{
	struct vy_set *other;
	int r = 0;

	mutex_lock(&vy_live_lock);
	list_for_each_entry(other, &vy_live_sets, live)
		if (other != set && !memcmp(other->uuid, set->uuid, sizeof(set->uuid)) &&
		    !vy_live_apart(other, set))
			r = -EBUSY;
	/* it is there already when another target of the table failed to resume */
	if (!r && !set->is_live) {
		list_add(&set->live, &vy_live_sets);
		set->is_live = true;
	}
	mutex_unlock(&vy_live_lock);
	return r;
}

/* Between resume and suspend its metadata context may be given work. */
void vy_live_run(struct vy_set *set, bool running)
{
	mutex_lock(&vy_live_lock);
	set->running = running;
	mutex_unlock(&vy_live_lock);
}

void vy_live_del(struct vy_set *set)
{
	mutex_lock(&vy_live_lock);
	if (set->is_live)
		list_del(&set->live);
	set->is_live = false;
	mutex_unlock(&vy_live_lock);
}

/*
 * What the set's device showed last, by this table or by the one that is being
 * replaced: gen 0 is nothing yet. Whoever uses the device must not be taken
 * back in time by a resume that finds only legs that had been left behind.
 */
struct vy_shown vy_shown_before(struct vy_set *set)
{
	struct vy_shown shown = { 0 };
	struct vy_set *other;

	mutex_lock(&vy_live_lock);
	list_for_each_entry(other, &vy_shown_sets, shown_list)
		if (vy_same_device(other, set))
			shown = other->shown;
	mutex_unlock(&vy_live_lock);
	return shown;
}

/* gen 0: the set is about to go. */
void vy_show(struct vy_set *set, u64 gen, u8 members)
{
	mutex_lock(&vy_live_lock);
	if (gen && !set->shown.gen)
		list_add_tail(&set->shown_list, &vy_shown_sets);
	else if (!gen && set->shown.gen)
		list_del(&set->shown_list);
	set->shown.gen = gen;
	set->shown.members = members;
	mutex_unlock(&vy_live_lock);
}

/*
 * The root volume is never closed before power goes. Its file system has been
 * synced by now, so clear the write-intent bits while we can: the next boot
 * then has nothing to resync.
 */
static int vy_reboot(struct notifier_block *nb, unsigned long code, void *unused)
{
	unsigned int waited = 0;
	struct vy_set *set;

	mutex_lock(&vy_live_lock);
	list_for_each_entry(set, &vy_live_sets, live)
		if (set->running) {
			/* one after the other: the progress of copies, then the bits */
			queue_work(set->meta_wq, &set->checkpoint_work);
			queue_work(set->meta_wq, &set->clean_all_work);
		}
	list_for_each_entry(set, &vy_live_sets, live)
		while (set->running && waited < VY_REBOOT_WAIT_MS &&
		       work_busy(&set->clean_all_work)) {
			msleep(20);
			waited += 20;
		}
	mutex_unlock(&vy_live_lock);
	return NOTIFY_DONE;
}

static struct notifier_block vy_reboot_nb = {
	.notifier_call = vy_reboot,
	.priority = INT_MAX,	/* before drivers stop their devices */
};

/*
 * An image of this kernel remembers which bits are durable on the legs. Until it
 * is resumed the legs go on: the image itself may be written to a set, power-off
 * clears bits, the next boot activates sets to find the image. The kernel that
 * wakes up would then write to zones whose bit it takes for durable and which is
 * not, and put superblocks back that others have seen replaced.
 */
static int vy_pm(struct notifier_block *nb, unsigned long event, void *unused)
{
	bool active;

	if (event != PM_HIBERNATION_PREPARE)
		return NOTIFY_DONE;
	mutex_lock(&vy_live_lock);
	active = !list_empty(&vy_live_sets);
	mutex_unlock(&vy_live_lock);
	if (!active)
		return NOTIFY_DONE;
	DMERR("hibernation is refused while a mirror is active: its legs would change behind the image");
	return notifier_from_errno(-EBUSY);
}

static struct notifier_block vy_pm_nb = {
	.notifier_call = vy_pm,
};

static int __init vy_init(void)
{
	int r = -ENOMEM;

	BUILD_BUG_ON(BITS_PER_LONG != 64);
	vy_io_wq = alloc_workqueue("varyon_io", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	vy_copy_wq = alloc_workqueue("varyon_copy", WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	if (!vy_io_wq || !vy_copy_wq)
		goto bad;
	r = dm_register_target(&vy_mirror_target);
	if (r)
		goto bad;
	r = dm_register_target(&vy_raid5_target);
	if (r) {
		dm_unregister_target(&vy_mirror_target);
		goto bad;
	}
	register_reboot_notifier(&vy_reboot_nb);
	register_pm_notifier(&vy_pm_nb);
	return 0;
bad:
	if (vy_io_wq)
		destroy_workqueue(vy_io_wq);
	if (vy_copy_wq)
		destroy_workqueue(vy_copy_wq);
	return r;
}

static void __exit vy_exit(void)
{
	unregister_pm_notifier(&vy_pm_nb);
	unregister_reboot_notifier(&vy_reboot_nb);
	dm_unregister_target(&vy_raid5_target);
	dm_unregister_target(&vy_mirror_target);
	destroy_workqueue(vy_io_wq);
	destroy_workqueue(vy_copy_wq);
}

module_init(vy_init);
module_exit(vy_exit);

MODULE_DESCRIPTION("Mirror and RAID5 targets with durable change tracking");
MODULE_AUTHOR("The varyon developers");
MODULE_LICENSE("GPL");
/* device-mapper asks for the module by the name of its target */
MODULE_ALIAS("dm-varyon-mirror");
MODULE_ALIAS("dm-varyon-raid5");
MODULE_SOFTDEP("pre: crc32c");
