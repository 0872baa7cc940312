// SPDX-License-Identifier: GPL-2.0
/*
 * The table lines of varyon-mirror and varyon-raid5, as docs/architecture.md gives
 * them. Nothing here reads or writes a disk: the outgoing table may still own them.
 */
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "vy.h"

#define VY_ARGS_PER_LEG	6

static bool vy_is_dash(const char *arg)
{
	return arg[0] == '-' && !arg[1];
}

static int vy_parse_uuid(const char *arg, u8 uuid[16])
{
	if (strlen(arg) != 32)
		return -EINVAL;
	return hex2bin(uuid, arg, 16);
}

static int vy_parse_leg(struct vy_set *set, unsigned int l, char **argv)
{
	struct dm_target *ti = set->ti;
	struct vy_leg *leg = &set->leg[l];
	u64 data_start, sa_start, sa_sectors;
	int r;

	if (vy_is_dash(argv[0])) {
		if (!vy_is_dash(argv[1]) || !vy_is_dash(argv[3])) {
			ti->error = "A slot without a leg uuid has a device";
			return -EINVAL;
		}
		return 0;
	}
	if (vy_parse_uuid(argv[0], leg->uuid)) {
		ti->error = "Leg uuid is not 32 hex digits";
		return -EINVAL;
	}
	if (kstrtou64(argv[2], 10, &data_start) || kstrtou64(argv[4], 10, &sa_start) ||
	    kstrtou64(argv[5], 10, &sa_sectors)) {
		ti->error = "Bad number for a leg";
		return -EINVAL;
	}
	leg->used = true;
	set->used |= 1u << l;
	if (vy_is_dash(argv[1]) != vy_is_dash(argv[3])) {
		ti->error = "A leg has data or status area, but not both";
		return -EINVAL;
	}
	if (vy_is_dash(argv[1]))
		return 0;
	if (sa_sectors < set->geom.sa_bytes_min >> SECTOR_SHIFT || sa_start % VY_BLOCK_SECTORS) {
		ti->error = "Status area too small or not aligned to 4096 bytes";
		return -EINVAL;
	}
	leg->data_start = data_start;
	leg->sa_start = sa_start;
	leg->sa_sectors = sa_sectors;
	/* status areas are written even under a read-only table */
	r = dm_get_device(ti, argv[1], VY_MODE_RW, &leg->data);
	if (!r)
		r = dm_get_device(ti, argv[3], VY_MODE_RW, &leg->sa);
	if (r) {
		ti->error = "Cannot open a leg";
		return r;
	}
	if (sa_start > bdev_nr_sectors(leg->sa->bdev) ||
	    sa_sectors > bdev_nr_sectors(leg->sa->bdev) - sa_start) {
		ti->error = "Status area ends past its device";
		return -EINVAL;
	}
	set->present |= 1u << l;
	return 0;
}

/* ---- options: one word each ---- */

static int vy_option_slot(struct vy_set *set, const char *arg, u8 *mask)
{
	unsigned int slot;

	if (kstrtouint(arg, 10, &slot) || slot >= set->geom.nslots || *mask & (1u << slot))
		return -EINVAL;
	*mask |= 1u << slot;
	return 0;
}

/*
 * "SLOT:FIRST+COUNT[,FIRST+COUNT...]", in zones, ascending: all that the slot
 * holds. What it does not hold is a hole.
 */
static int vy_option_partial(struct vy_set *set, char *arg)
{
	unsigned long *holes = kvcalloc(BITS_TO_LONGS(set->geom.zones), sizeof(long), GFP_KERNEL);
	char *ranges = strchr(arg, ':'), *range;
	u64 first, count, from = 0;
	u8 slot = 0;
	int l;

	if (!holes)
		return -ENOMEM;
	bitmap_fill(holes, set->geom.zones);
	if (!ranges)
		goto bad;
	*ranges++ = '\0';
	if (vy_option_slot(set, arg, &slot) || set->wish.partial & slot)
		goto bad;
	while ((range = strsep(&ranges, ","))) {
		char *plus = strchr(range, '+');

		if (!plus)
			goto bad;
		*plus++ = '\0';
		if (kstrtou64(range, 10, &first) || kstrtou64(plus, 10, &count) ||
		    !count || first < from || first >= set->geom.zones ||
		    count > set->geom.zones - first)
			goto bad;
		bitmap_clear(holes, first, count);
		from = first + count;
	}
	l = __ffs(slot);
	set->leg[l].holes = holes;
	set->wish.partial |= slot;
	return 0;
bad:
	kvfree(holes);
	return -EINVAL;
}

/* "chunk:SECTORS" */
static int vy_option_chunk(struct vy_set *set, const char *arg)
{
	unsigned int sectors;

	if (kstrtouint(arg, 10, &sectors) || !is_power_of_2(sectors) ||
	    sectors < 1u << (VY_CHUNK_SHIFT_MIN - SECTOR_SHIFT) ||
	    sectors > 1u << (VY_CHUNK_SHIFT_MAX - SECTOR_SHIFT))
		return -EINVAL;
	set->rows.chunk_shift = ilog2(sectors);
	return 0;
}

static int vy_option_log(struct vy_set *set, const char *arg)
{
	if (!strcmp(arg, "degraded"))
		set->log_mode = VY_LOG_DEGRADED;
	else if (!strcmp(arg, "always"))
		set->log_mode = VY_LOG_ALWAYS;
	else if (!strcmp(arg, "off"))
		set->log_mode = VY_LOG_OFF;
	else
		return -EINVAL;
	return 0;
}

/* What only one kind of target has. */
static int vy_parse_row_option(struct vy_set *set, const char *word)
{
	if (str_has_prefix(word, "chunk:"))
		return vy_option_chunk(set, word + strlen("chunk:"));
	if (!strcmp(word, "dirty_degraded:accept")) {
		set->trust_parity = true;
		return 0;
	}
	if (str_has_prefix(word, "log:"))
		return vy_option_log(set, word + strlen("log:"));
	return strcmp(word, "dirty_degraded:refuse") ? -EINVAL : 0;
}

static int vy_parse_copy_option(struct vy_set *set, char *word)
{
	struct vy_wish *wish = &set->wish;

	if (!strcmp(word, "side")) {
		set->side = true;
		return 0;
	}
	if (str_has_prefix(word, "split:"))
		return vy_option_slot(set, word + strlen("split:"), &wish->split);
	if (str_has_prefix(word, "write_mostly:"))
		return vy_option_slot(set, word + strlen("write_mostly:"), &set->write_mostly);
	if (str_has_prefix(word, "partial:"))
		return vy_option_partial(set, word + strlen("partial:"));
	return -EINVAL;
}

static int vy_parse_option(struct vy_set *set, char *word)
{
	if (!strcmp(word, "no_resync")) {
		set->no_resync = true;
		return 0;
	}
	if (str_has_prefix(word, "resync_min:"))
		return kstrtou64(word + strlen("resync_min:"), 10, &set->resync_min);
	if (str_has_prefix(word, "resync_max:"))
		return kstrtou64(word + strlen("resync_max:"), 10, &set->resync_max);
	if (str_has_prefix(word, "discard:"))
		return vy_option_slot(set, word + strlen("discard:"), &set->wish.discard);
	return set->kind->type == VY_TYPE_RAID5 ? vy_parse_row_option(set, word) :
						  vy_parse_copy_option(set, word);
}

/* Parsed, and kept as text for those who ask for the table. */
static int vy_parse_options(struct vy_set *set, unsigned int nopts, char **argv)
{
	struct dm_target *ti = set->ti;
	char *text;
	int r;

	set->options = kasprintf(GFP_KERNEL, "%u", nopts);
	for (; nopts; nopts--, argv++) {
		text = set->options ? kasprintf(GFP_KERNEL, "%s %s", set->options, *argv) : NULL;
		kfree(set->options);
		set->options = text;
		r = vy_parse_option(set, *argv);
		if (r) {
			ti->error = r == -ENOMEM ? "Out of memory" : "Unknown or malformed option";
			return r;
		}
	}
	if (!set->options) {
		ti->error = "Out of memory";
		return -ENOMEM;
	}
	return 0;
}

/* Options that contradict the slots or each other. */
static int vy_check_options(struct vy_set *set)
{
	const struct vy_wish *wish = &set->wish;
	struct dm_target *ti = set->ti;

	ti->error = NULL;
	if (wish->split & (set->present | ~set->used))
		ti->error = "A split slot must be named and have no devices";
	else if (wish->discard & ~set->present)
		ti->error = "The history of an absent slot cannot be given up";
	else if (!vy_enough(set, set->present & ~wish->discard))
		ti->error = "No whole leg is left to start from, or too few";
	else if (vy_pace_speed(set, set->resync_min, set->resync_max))
		ti->error = "Resync speeds are too high, or the lowest is above the highest";
	return ti->error ? -EINVAL : 0;
}

/* ---- the line ---- */

/* Sectors of one leg; what they are made up of is looked at with the options. */
static u64 vy_leg_sectors(struct vy_set *set, unsigned int nslots)
{
	u32 rest = 0;
	u64 sectors = set->ti->len;

	if (set->kind->type == VY_TYPE_RAID5) {
		if (nslots < VY_ROW_SLOTS_MIN)
			return 0;
		set->need = nslots - 1;
		set->rows.nslots = nslots;
		sectors = div_u64_rem(set->ti->len, nslots - 1, &rest);
	}
	return rest ? 0 : sectors;
}

static int vy_check_rows(struct vy_set *set)
{
	struct dm_target *ti = set->ti;

	if (!set->rows.chunk_shift)
		ti->error = "A RAID5 needs chunk:SECTORS";
	else if (set->geom.data_sectors & (vy_chunk_sectors(&set->rows) - 1))
		ti->error = "The legs are not whole chunks";
	else if (set->used != (1u << set->geom.nslots) - 1)
		ti->error = "A RAID5 has no empty slots";
	else
		return 0;
	return -EINVAL;
}

int vy_table_parse(struct vy_set *set, unsigned int argc, char **argv)
{
	struct dm_target *ti = set->ti;
	unsigned int nslots, nopts, i;
	u8 region_shift, zone_shift;
	int r;

	ti->error = "Wrong number of arguments";
	if (argc < 5)
		return -EINVAL;
	ti->error = "Bad set uuid, shift, slot count or option count";
	if (vy_parse_uuid(argv[0], set->uuid) || kstrtou8(argv[1], 10, &region_shift) ||
	    kstrtou8(argv[2], 10, &zone_shift) || kstrtouint(argv[3], 10, &nslots) ||
	    kstrtouint(argv[4], 10, &nopts) || nslots > VY_MAX_SLOTS || nopts > argc)
		return -EINVAL;
	argc -= 5;
	argv += 5;
	if (argc != nopts + nslots * VY_ARGS_PER_LEG) {
		ti->error = "Wrong number of arguments";
		return -EINVAL;
	}
	if (vy_geom_init(&set->geom, nslots, region_shift, zone_shift,
			 vy_leg_sectors(set, nslots))) {
		ti->error = "Region size, zone size or length out of range";
		return -EINVAL;
	}
	if (set->geom.words > VY_MAP_MAX_BYTES / sizeof(u64) ||
	    set->geom.zones > VY_MAP_MAX_BYTES / sizeof(struct vy_zone)) {
		ti->error = "Regions or zones too small for this length";
		return -EINVAL;
	}
	set->zone_sectors_shift = zone_shift - SECTOR_SHIFT;
	r = vy_parse_options(set, nopts, argv);
	if (r)
		return r;
	argv += nopts;
	for (i = 0; i < nslots; i++, argv += VY_ARGS_PER_LEG) {
		r = vy_parse_leg(set, i, argv);
		if (r)
			return r;
		memcpy(set->wish.uuid[i], set->leg[i].uuid, sizeof(set->wish.uuid[i]));
	}
	set->wish.used = set->used;
	if (!set->present) {
		ti->error = "No leg has a device";
		return -EINVAL;
	}
	if (set->kind->type == VY_TYPE_RAID5) {
		r = vy_check_rows(set);
		if (r)
			return r;
	}
	return vy_check_options(set);
}

void vy_table_show(struct vy_set *set, char *result, unsigned int maxlen)
{
	unsigned int l, sz = 0;

	DMEMIT("%*phN %u %u %u %s", 16, set->uuid, set->geom.region_shift,
	       set->geom.zone_shift, set->geom.nslots, set->options);
	for (l = 0; l < set->geom.nslots; l++) {
		struct vy_leg *leg = &set->leg[l];

		if (!leg->used)
			DMEMIT(" - - 0 - 0 0");
		else if (!leg->data)
			DMEMIT(" %*phN - 0 - 0 0", 16, leg->uuid);
		else
			DMEMIT(" %*phN %s %llu %s %llu %llu", 16, leg->uuid, leg->data->name,
			       (u64)leg->data_start, leg->sa->name, (u64)leg->sa_start,
			       leg->sa_sectors);
	}
}
