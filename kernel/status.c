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
	DMEMIT(" %llu", READ_ONCE(set->rc.check.mismatches));
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
	DMEMIT("resync_slots=%d", vy_pace_slots(set));
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
	if (argc != 1)
		return -EINVAL;
	if (!strcmp(argv[0], "stat"))
		return vy_message_stat(set, result, maxlen);
	if (!strcmp(argv[0], "check"))
		return vy_check_start(set, VY_CHECK_ONLY);
	if (!strcmp(argv[0], "repair"))
		return vy_check_start(set, VY_CHECK_REPAIR);
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
	return -EINVAL;
}
