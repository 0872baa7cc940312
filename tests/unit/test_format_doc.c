// SPDX-License-Identifier: GPL-2.0
/*
 * The tables of docs/format.md against the structures: every field has its row
 * with the right offset and size, every row its field. Run from the top of the
 * tree.
 */
#include "unit.h"
#include "../../kernel/core/super.h"

struct field {
	const char *name;
	size_t offset, size;
};

#define FIELD(type, f) { #f, offsetof(struct type, f), sizeof(((struct type *)0)->f) }

static const struct field super_fields[] = {
	FIELD(vy_super, magic), FIELD(vy_super, csum), FIELD(vy_super, version),
	FIELD(vy_super, size), FIELD(vy_super, feat_compat), FIELD(vy_super, feat_ro),
	FIELD(vy_super, feat_incompat), FIELD(vy_super, set_uuid), FIELD(vy_super, self_uuid),
	FIELD(vy_super, seq), FIELD(vy_super, gen), FIELD(vy_super, prev_gen),
	FIELD(vy_super, hist), FIELD(vy_super, nslots), FIELD(vy_super, self_slot),
	FIELD(vy_super, type), FIELD(vy_super, flags), FIELD(vy_super, region_shift),
	FIELD(vy_super, zone_shift), FIELD(vy_super, chunk_shift), FIELD(vy_super, algorithm),
	FIELD(vy_super, pad0), FIELD(vy_super, data_sectors), FIELD(vy_super, sa_sectors),
	FIELD(vy_super, wib_off), FIELD(vy_super, stale_off), FIELD(vy_super, bbr_off),
	FIELD(vy_super, log_off), FIELD(vy_super, log_len), FIELD(vy_super, log_gen),
	FIELD(vy_super, slot), FIELD(vy_super, written_off), FIELD(vy_super, reserved),
};

static const struct field slot_fields[] = {
	FIELD(vy_slot, leg_uuid), FIELD(vy_slot, base_gen), FIELD(vy_slot, state),
	FIELD(vy_slot, flags), FIELD(vy_slot, stale_regions), FIELD(vy_slot, reserved),
};

static const struct field bbr_fields[] = {
	FIELD(vy_bbr_block, magic), FIELD(vy_bbr_block, csum), FIELD(vy_bbr_block, count),
	FIELD(vy_bbr_block, seq), FIELD(vy_bbr_block, reserved), FIELD(vy_bbr_block, entry),
	FIELD(vy_bbr_block, unused),
};

static const struct field entry_fields[] = {
	FIELD(vy_bbr_entry, block), FIELD(vy_bbr_entry, spare), FIELD(vy_bbr_entry, zero),
};

static const struct field log_fields[] = {
	FIELD(vy_log_block, magic), FIELD(vy_log_block, csum), FIELD(vy_log_block, payload_csum),
	FIELD(vy_log_block, gen), FIELD(vy_log_block, start), FIELD(vy_log_block, sectors),
	FIELD(vy_log_block, written), FIELD(vy_log_block, unused),
};

static const struct field unit_fields[] = {
	FIELD(vy_map_unit, csum), FIELD(vy_map_unit, seq), FIELD(vy_map_unit, bits),
};

/*
 * The table whose third column is headed so: its rows are the fields in order,
 * without a gap, up to the size of the structure.
 */
static void check_table(const char *heading, const struct field *fields, size_t n, size_t total)
{
	char line[512], name[64], head[64];
	size_t i = 0, end = 0;
	bool inside = false;
	FILE *f = fopen("docs/format.md", "r");

	CHECK(f != NULL);
	if (!f)
		return;
	snprintf(head, sizeof(head), "| offset | size | %s |", heading);
	while (fgets(line, sizeof(line), f)) {
		unsigned int offset, size;

		if (!inside) {
			inside = !strncmp(line, head, strlen(head));
			continue;
		}
		if (line[0] != '|')
			break;
		if (sscanf(line, "| 0x%x | %u | `%63[^`]` |", &offset, &size, name) != 3)
			continue;
		CHECK(i < n);
		if (i < n) {
			CHECK_STR(name, fields[i].name);
			CHECK_EQ(offset, fields[i].offset);
			CHECK_EQ(size, fields[i].size);
		}
		CHECK_EQ(offset, end);
		end = offset + size;
		i++;
	}
	fclose(f);
	CHECK_EQ(i, n);
	CHECK_EQ(end, total);
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void test_superblock_table(void)
{
	check_table("field", super_fields, COUNT(super_fields), sizeof(struct vy_super));
}

static void test_slot_table(void)
{
	check_table("slot field", slot_fields, COUNT(slot_fields), sizeof(struct vy_slot));
}

static void test_unit_table(void)
{
	check_table("unit field", unit_fields, COUNT(unit_fields), sizeof(struct vy_map_unit));
}

static void test_relocation_tables(void)
{
	check_table("table field", bbr_fields, COUNT(bbr_fields), sizeof(struct vy_bbr_block));
	check_table("entry field", entry_fields, COUNT(entry_fields),
		    sizeof(struct vy_bbr_entry));
}

static void test_log_table(void)
{
	check_table("head field", log_fields, COUNT(log_fields), sizeof(struct vy_log_block));
}

static const struct unit_test tests[] = {
	UNIT(test_superblock_table),
	UNIT(test_slot_table),
	UNIT(test_unit_table),
	UNIT(test_relocation_tables),
	UNIT(test_log_table),
};
UNIT_MAIN(tests)
