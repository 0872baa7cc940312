// SPDX-License-Identifier: GPL-2.0
/*
 * What a set tells and what it can be told: status line and messages. Neither
 * takes a lock that sleeps nor does I/O for the status, so that it works on a
 * suspended device.
 */
#include <linux/kernel.h>
#include <linux/percpu.h>

#include "vy.h"

static char vy_slot_letter(struct vy_set *set, unsigned int l)
{
	static const char letter[VY_SLOT_NR] = {
		[VY_SLOT_EMPTY] = '-', [VY_SLOT_MEMBER] = 'M', [VY_SLOT_AWAY] = 'A',
		[VY_SLOT_SPLIT] = 'S', [VY_SLOT_TARGET] = 'T', [VY_SLOT_FAILED] = 'F',
	};
	u32 roles = READ_ONCE(set->roles);
	u8 state = READ_ONCE(set->cur.slot[l].state);

	if (!set->leg[l].used)
		return '-';
	if (vy_members(roles) & (1u << l))
		return 'M';
	if (vy_targets(roles) & (1u << l))
		return 'T';
	return state < VY_SLOT_NR && letter[state] != 'M' ? letter[state] : 'A';
}

static void vy_status_info(struct vy_set *set, char *result, unsigned int maxlen)
{
	int read_errors = 0, write_errors = 0;
	u8 members = vy_members(READ_ONCE(set->roles));
	bool degraded = (set->used & ~members) != 0;
	bool broken = READ_ONCE(set->broken);
	unsigned int l, sz = 0;
	u64 done, total;

	vy_recover_progress(set, &done, &total);
	DMEMIT("1 %u ", set->geom.nslots);
	for (l = 0; l < set->geom.nslots; l++) {
		DMEMIT("%c", vy_slot_letter(set, l));
		read_errors += atomic_read(&set->leg[l].read_errors);
		write_errors += atomic_read(&set->leg[l].write_errors);
	}
	DMEMIT(" %016llx %d/%llu ", READ_ONCE(set->cur.gen), atomic_read(&set->nr_dirty),
	       set->geom.zones);
	for (l = 0; l < set->geom.nslots; l++)
		DMEMIT("%s%lld", l ? "," : "", (s64)atomic64_read(&set->leg[l].stale_count));
	DMEMIT(" %s %llu/%llu %llu %d %d %s%s%s", vy_recover_action(set), done, total,
	       READ_ONCE(set->rc.kib_s), read_errors, write_errors, degraded ? "degraded" : "",
	       degraded && broken ? "," : "", broken ? "failed" : degraded ? "" : "-");
	DMEMIT(" %llu ", READ_ONCE(set->rc.check.mismatches));
	for (l = 0; l < set->geom.nslots; l++)
		DMEMIT("%s%u", l ? "," : "", READ_ONCE(set->leg[l].bbr_count));
}

static unsigned int vy_bad_spares(struct vy_set *set, u8 l, char *result, unsigned int maxlen,
				  unsigned int sz)
{
	const struct vy_bbr *t;
	u32 i, n;

	rcu_read_lock();
	t = rcu_dereference(set->leg[l].bbr);
	for (i = 0, n = vy_bbr_relocated(t); i < n; i++)
		DMEMIT("%s%u:%llu:spare", sz ? " " : "", l, t->entry[i].block * VY_BLOCK_SECTORS);
	rcu_read_unlock();
	return sz;
}

/* Relocated blocks, and places that members are without. Goes on until full. */
static void vy_bad_list(struct vy_set *set, char *result, unsigned int maxlen)
{
	u8 members = vy_members(READ_ONCE(set->roles));
	sector_t from, start, end;
	unsigned int l, sz = 0;
	u64 zone;

	*result = '\0';
	vy_for_each_slot(l, set->present) {
		sz = vy_bad_spares(set, l, result, maxlen, sz);
		if (!(members & (1u << l)) || !atomic64_read(&set->leg[l].stale_count))
			continue;
		for (zone = 0; zone < set->geom.zones && sz < maxlen; zone++)
			for (from = vy_zone_start(set, zone);
			     vy_stale_next_run(set, l, from, vy_zone_end(set, zone),
					       1u << set->zone_sectors_shift, &start, &end);
			     from = end)
				DMEMIT("%s%u:%llu:stale", sz ? " " : "", l, (u64)start);
	}
}

void vy_set_status(struct dm_target *ti, status_type_t type, unsigned int status_flags,
		   char *result, unsigned int maxlen)
{
	struct vy_set *set = ti->private;

	switch (type) {
	case STATUSTYPE_INFO:
		vy_status_info(set, result, maxlen);
		break;
	case STATUSTYPE_TABLE:
		vy_table_show(set, result, maxlen);
		break;
	case STATUSTYPE_IMA:
		*result = '\0';
		break;
	}
}

static int vy_message_stat(struct vy_set *set, char *result, unsigned int maxlen)
{
	struct vy_stats *st = &set->stats;
	unsigned int sz = 0;
	u64 data_writes = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		data_writes += *per_cpu_ptr(st->data_writes, cpu);
	DMEMIT("meta_writes=%lld meta_bytes=%lld flushes=%lld commits=%lld ",
	       (s64)atomic64_read(&st->meta_writes), (s64)atomic64_read(&st->meta_bytes),
	       (s64)atomic64_read(&st->flushes), (s64)atomic64_read(&st->commits));
	DMEMIT("copied_bytes=%lld resync_bytes=%lld read_bytes=%lld data_writes=%llu ",
	       (s64)atomic64_read(&st->copied_bytes), (s64)atomic64_read(&st->resync_bytes),
	       (s64)atomic64_read(&st->read_bytes), data_writes);
	DMEMIT("resync_slots=%d repaired=%lld unwritten=%lld logged=%d", vy_pace_slots(set),
	       (s64)atomic64_read(&set->bad.repaired), (s64)atomic64_read(&set->fresh.regions),
	       READ_ONCE(set->logged));
	return 1;
}

static int vy_message_speed(struct vy_set *set, const char *min, const char *max)
{
	u64 min_kib, max_kib;

	if (kstrtou64(min, 10, &min_kib) || kstrtou64(max, 10, &max_kib))
		return -EINVAL;
	return vy_pace_speed(set, min_kib, max_kib);
}

int vy_set_message(struct dm_target *ti, unsigned int argc, char **argv,
		   char *result, unsigned int maxlen)
{
	struct vy_set *set = ti->private;

	if (argc == 3 && !strcmp(argv[0], "resync_speed"))
		return vy_message_speed(set, argv[1], argv[2]);
	if (!strcmp(argv[0], "lp_stat"))
		return vy_lp_message(set, argc, argv, result, maxlen);
	if (argc != 1)
		return -EINVAL;
	if (!strcmp(argv[0], "stat"))
		return vy_message_stat(set, result, maxlen);
	if (!strcmp(argv[0], "check"))
		return vy_check_start(set, VY_CHECK_ONLY);
	if (!strcmp(argv[0], "repair")) {
		vy_heal_kick(set);
		return vy_check_start(set, VY_CHECK_REPAIR);
	}
	if (!strcmp(argv[0], "idle")) {
		vy_check_stop(set);
		return 0;
	}
	if (!strcmp(argv[0], "clean_now")) {
		if (dm_suspended(ti))
			return -EBUSY;
		vy_clean_all(set);
		return 0;
	}
	if (!strcmp(argv[0], "bad_blocks")) {
		vy_bad_list(set, result, maxlen);
		return 1;
	}
	return -EINVAL;
}
