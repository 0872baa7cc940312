// SPDX-License-Identifier: GPL-2.0
/*
 * satool - make, look at and damage one status area, for tests
 *
 * Uses the pure core and nothing of the activator but its checksum, so that
 * the module can be tested without the commands.
 *
 *	satool size --nslots N --data-sectors N [--region-shift N] [--zone-shift N]
 *		[--log SLOTS] [--written]
 *		print the sectors that a status area needs
 *	satool init --set UUID --slot N --legs UUID,... --data-sectors N
 *		[--region-shift N] [--zone-shift N] [--gen HEX] [--prev-gen HEX]
 *		[--flags inconsistent,needs_full] [--state SLOT=STATE:BASE-HEX]...
 *		[--no-spares] [--chunk SECTORS [--log SLOTS] [--written]] DEVICE SECTOR
 *		write both superblocks, empty maps and tables. A leg uuid of "-"
 *		is an empty slot. Without --gen the generation comes from the
 *		set's uuid. --no-spares: as an older release made it.
 *		--chunk: a leg of a RAID5; --log: with a row log; --written: with a
 *		map of what was ever written, which is nothing
 *	satool dump DEVICE SECTOR
 *		print superblock and bit counts as key=value lines
 *	satool ranges DEVICE SECTOR
 *		print "wib FIRST LAST" and "stale SLOT FIRST LAST", zones and regions
 *	satool corrupt DEVICE SECTOR super-a|super-b|bbr-a|bbr-b|wib|stale:SLOT [UNIT]
 *		flip one bit of a superblock, of a table or of a map unit
 *	satool bbr DEVICE SECTOR
 *		print "spare NUMBER block NUMBER" for each entry of the table of
 *		relocated blocks, the block "dead" for a spare that is bad itself
 *	satool bbr-set DEVICE SECTOR [SPARE:BLOCK]...
 *		write both copies of that table with these entries, sealed but in
 *		this order and whatever they say
 *
 * SECTOR is where the status area starts. Exit status: 0; 1 for a failed
 * operation, 2 for wrong usage, 3 for a status area without valid superblock.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../../kernel/core/bbr.h"
#include "../../kernel/core/gen.h"
#include "../../kernel/core/map.h"

enum { EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_NO_SUPER = 3 };

static const char *const state_names[VY_SLOT_NR] = {
	"empty", "member", "away", "split", "target", "failed"
};

static const struct { const char *name; u32 bit; } flag_names[] = {
	{ "inconsistent", VY_SB_INCONSISTENT },
	{ "needs_full", VY_SB_NEEDS_FULL },
	{ "logged", VY_SB_LOGGED },
};
#define NFLAGS (sizeof(flag_names) / sizeof(flag_names[0]))

static void __attribute__((noreturn, format(printf, 2, 3)))
die(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("satool: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(status);
}

/* ---- words on the command line ---- */

static u64 parse_number(const char *text, int base)
{
	char *end;
	u64 n;

	errno = 0;
	n = strtoull(text, &end, base);
	if (errno || end == text || *end)
		die(EXIT_USAGE, "'%s' is not a number", text);
	return n;
}

static void parse_uuid(const char *text, size_t len, u8 uuid[16])
{
	unsigned int i, byte;

	if (len != 32)
		die(EXIT_USAGE, "uuid '%.*s' is not 32 hex digits", (int)len, text);
	for (i = 0; i < 16; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			die(EXIT_USAGE, "uuid '%.*s' is not hex", (int)len, text);
		uuid[i] = byte;
	}
}

/* Legs by slot: all present ones start as members. Returns the slots. */
static u32 parse_legs(const char *text, struct vy_slot_info *slot)
{
	u32 n = 0;

	while (text) {
		size_t len = strcspn(text, ",");

		if (n == VY_MAX_SLOTS)
			die(EXIT_USAGE, "more than %d legs", VY_MAX_SLOTS);
		if (len != 1 || *text != '-') {
			parse_uuid(text, len, slot[n].leg_uuid);
			slot[n].state = VY_SLOT_MEMBER;
		}
		n++;
		text = text[len] ? text + len + 1 : NULL;
	}
	return n;
}

static u32 parse_flags(char *text)
{
	u32 flags = 0;
	char *word;

	for (word = strtok(text, ","); word; word = strtok(NULL, ",")) {
		size_t i;

		for (i = 0; i < NFLAGS && strcmp(word, flag_names[i].name); i++)
			;
		if (i == NFLAGS)
			die(EXIT_USAGE, "unknown flag '%s'", word);
		flags |= flag_names[i].bit;
	}
	return flags;
}

/* SLOT=STATE:BASE */
static void parse_state(const char *text, struct vy_slot_info *slot)
{
	unsigned int n, i;
	char name[16];
	u64 base;

	if (sscanf(text, "%u=%15[a-z]:%" SCNx64, &n, name, &base) != 3 || n >= VY_MAX_SLOTS)
		die(EXIT_USAGE, "'%s' is not SLOT=STATE:BASE", text);
	for (i = 0; i < VY_SLOT_NR && strcmp(name, state_names[i]); i++)
		;
	if (i == VY_SLOT_NR)
		die(EXIT_USAGE, "unknown slot state '%s'", name);
	slot[n].state = i;
	slot[n].base_gen = base;
}

/* ---- the device ---- */

struct area {
	int fd;
	u64 start;		/* bytes */
	const char *path;
};

/*
 * Direct I/O on block devices: the module writes below the page cache, which
 * would show old blocks.
 */
static struct area area_open(const char *path, const char *sector, bool writable)
{
	struct area a = { .path = path, .start = parse_number(sector, 0) * 512 };
	int flags = writable ? O_RDWR : O_RDONLY;
	struct stat st;

	if (stat(path, &st))
		die(EXIT_FAILED, "%s: %s", path, strerror(errno));
	if (S_ISBLK(st.st_mode))
		flags |= O_DIRECT;
	a.fd = open(path, flags);
	if (a.fd < 0)
		die(EXIT_FAILED, "%s: %s", path, strerror(errno));
	return a;
}

static void *block_alloc(u64 blocks)
{
	void *p;

	if (posix_memalign(&p, VY_BLOCK, blocks * VY_BLOCK))
		die(EXIT_FAILED, "out of memory");
	memset(p, 0, blocks * VY_BLOCK);
	return p;
}

static void area_read(const struct area *a, void *buf, u64 off, u64 blocks)
{
	size_t len = blocks * VY_BLOCK;

	if (pread(a->fd, buf, len, a->start + off) != (ssize_t)len)
		die(EXIT_FAILED, "%s: cannot read %zu bytes at %" PRIu64, a->path, len,
		    a->start + off);
}

static void area_write(const struct area *a, const void *buf, u64 off, u64 blocks)
{
	size_t len = blocks * VY_BLOCK;

	if (pwrite(a->fd, buf, len, a->start + off) != (ssize_t)len)
		die(EXIT_FAILED, "%s: cannot write %zu bytes at %" PRIu64, a->path, len,
		    a->start + off);
}

static void area_sync(const struct area *a)
{
	if (fsync(a->fd))
		die(EXIT_FAILED, "%s: %s", a->path, strerror(errno));
}

/* ---- one map: the WIB, or the stale map of a slot ---- */

struct map {
	u32 id, slot;
	u64 off, blocks;
	u64 bits;		/* that mean something */
};

static struct map map_wib(const struct vy_geom *g)
{
	return (struct map){ VY_MAP_WIB, 0, g->wib_off, g->wib_blocks, g->zones };
}

static struct map map_stale(const struct vy_geom *g, u32 slot)
{
	return (struct map){ VY_MAP_STALE, slot,
			     g->stale_off + slot * g->stale_blocks * VY_BLOCK,
			     g->stale_blocks, g->regions };
}

static struct map map_written(const struct vy_geom *g)
{
	return (struct map){ VY_MAP_WRITTEN, 0, g->written_off, g->stale_blocks, g->regions };
}

static void map_clear(const struct area *a, const struct vy_sb *sb, struct map m)
{
	struct vy_map_unit *units = block_alloc(m.blocks);
	u64 u;

	for (u = 0; u < m.blocks * VY_UNITS_PER_BLOCK; u++)
		vy_unit_seal(&units[u], vy_unit_seed(sb->set_uuid, m.id, m.slot, u), 0);
	area_write(a, units, m.off, m.blocks);
	free(units);
}

/* Call fn for every run of set bits. Returns the units with a bad checksum. */
static u64 map_walk(const struct area *a, const struct vy_sb *sb, struct map m,
		    void (*fn)(void *arg, u64 first, u64 last), void *arg)
{
	struct vy_map_unit *units = block_alloc(m.blocks);
	u64 bad = 0, first = 0, bit, u;
	u64 words[VY_UNIT_WORDS];
	bool in_run = false;

	area_read(a, units, m.off, m.blocks);
	for (u = 0; u < m.blocks * VY_UNITS_PER_BLOCK && u * VY_UNIT_BITS < m.bits; u++) {
		memset(words, 0, sizeof(words));
		if (!vy_unit_read_or(&units[u], vy_unit_seed(sb->set_uuid, m.id, m.slot, u),
				     words, VY_UNIT_WORDS))
			bad++;
		for (bit = u * VY_UNIT_BITS; bit < (u + 1) * VY_UNIT_BITS && bit < m.bits; bit++) {
			u64 in_unit = bit - u * VY_UNIT_BITS;
			bool set = words[in_unit / 64] >> (in_unit % 64) & 1;

			if (set && !in_run)
				first = bit;
			else if (!set && in_run)
				fn(arg, first, bit - 1);
			in_run = set;
		}
	}
	if (in_run)
		fn(arg, first, m.bits - 1);
	free(units);
	return bad;
}

static void count_run(void *arg, u64 first, u64 last)
{
	*(u64 *)arg += last - first + 1;
}

static void print_run(void *arg, u64 first, u64 last)
{
	printf("%s %" PRIu64 " %" PRIu64 "\n", (const char *)arg, first, last);
}

/* ---- verbs ---- */

static const struct option options[] = {
	{ "set", required_argument, NULL, 's' },
	{ "slot", required_argument, NULL, 'n' },
	{ "legs", required_argument, NULL, 'l' },
	{ "nslots", required_argument, NULL, 'N' },
	{ "data-sectors", required_argument, NULL, 'd' },
	{ "region-shift", required_argument, NULL, 'r' },
	{ "zone-shift", required_argument, NULL, 'z' },
	{ "gen", required_argument, NULL, 'g' },
	{ "prev-gen", required_argument, NULL, 'p' },
	{ "flags", required_argument, NULL, 'f' },
	{ "state", required_argument, NULL, 'S' },
	{ "no-spares", no_argument, NULL, 'B' },
	{ "chunk", required_argument, NULL, 'C' },
	{ "log", required_argument, NULL, 'L' },
	{ "written", no_argument, NULL, 'W' },
	{ NULL, 0, NULL, 0 }
};

/* Fill *sb from the options; the operands start at optind afterwards. */
static void parse_options(int argc, char **argv, struct vy_sb *sb)
{
	u8 region_shift = 0, zone_shift = 0;
	u64 data_sectors = 0;
	bool spares = true, written = false;
	u32 nslots = 0;
	unsigned int i;
	int c;

	memset(sb, 0, sizeof(*sb));
	sb->type = VY_TYPE_MIRROR;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			parse_uuid(optarg, strlen(optarg), sb->set_uuid);
			break;
		case 'n':
			sb->self_slot = parse_number(optarg, 10);
			break;
		case 'l':
			nslots = parse_legs(optarg, sb->slot);
			break;
		case 'N':
			nslots = parse_number(optarg, 10);
			break;
		case 'd':
			data_sectors = parse_number(optarg, 10);
			break;
		case 'r':
			region_shift = parse_number(optarg, 10);
			break;
		case 'z':
			zone_shift = parse_number(optarg, 10);
			break;
		case 'g':
			sb->gen = parse_number(optarg, 16);
			break;
		case 'p':
			sb->prev_gen = sb->hist[0] = parse_number(optarg, 16);
			break;
		case 'f':
			sb->flags = parse_flags(optarg);
			break;
		case 'B':
			spares = false;
			break;
		case 'C':
			sb->type = VY_TYPE_RAID5;
			sb->chunk_shift = 9 + __builtin_ctz(parse_number(optarg, 10) | 1u << 31);
			break;
		case 'L':
			sb->log_slots = parse_number(optarg, 10);
			break;
		case 'W':
			written = true;
			break;
		case 'S':
			parse_state(optarg, sb->slot);
			break;
		default:
			exit(EXIT_USAGE);
		}
	}
	if (!region_shift)
		region_shift = vy_region_shift_for(data_sectors);
	if (!zone_shift)
		zone_shift = vy_zone_shift_for(region_shift);
	if (vy_geom_init(&sb->geom, nslots, region_shift, zone_shift, data_sectors))
		die(EXIT_USAGE, "slots, shifts or data sectors are out of range");
	vy_geom_set_written(&sb->geom, written);
	if (sb->self_slot >= nslots)
		die(EXIT_USAGE, "slot %u does not exist", sb->self_slot);
	memcpy(sb->self_uuid, sb->slot[sb->self_slot].leg_uuid, sizeof(sb->self_uuid));
	sb->bbr_off = spares ? sb->geom.bbr_off : 0;
	sb->sa_sectors = (spares ? sb->geom.sa_bytes : sb->geom.sa_bytes_min) / 512 +
			 sb->log_slots * (VY_LOG_SLOT / 512);
	for (i = 0; !sb->gen && i < 16; i += 8)
		memcpy(&sb->gen, sb->set_uuid + i, 8);
}

static void super_write(const struct area *a, struct vy_sb *sb, u64 seq)
{
	void *block = block_alloc(1);

	sb->seq = seq;
	vy_super_encode(sb, block);
	area_write(a, block, (seq & 1) * VY_BLOCK, 1);
	free(block);
}

/* Fill *sb from the newest valid copy; returns 0 for A, 1 for B. */
static int super_read(const struct area *a, struct vy_sb *sb)
{
	u8 *blocks = block_alloc(2);
	enum vy_super_err err[2];
	int copy;

	area_read(a, blocks, 0, 2);
	copy = vy_super_pick(blocks, blocks + VY_BLOCK, sb, err);
	free(blocks);
	if (copy < 0)
		die(EXIT_NO_SUPER, "%s: no superblock: copy A: %s; copy B: %s", a->path,
		    vy_super_strerror(err[0]), vy_super_strerror(err[1]));
	return copy;
}

static int do_size(int argc, char **argv)
{
	struct vy_sb sb;

	parse_options(argc, argv, &sb);
	printf("%" PRIu64 "\n", sb.sa_sectors);
	return 0;
}

/* Write both copies; the higher sequence number is that of copy B. */
static void bbr_write(const struct area *a, const struct vy_sb *sb, struct vy_bbr *t)
{
	void *block = block_alloc(1);
	unsigned int copy;

	for (copy = 0; copy < 2; copy++, t->seq++) {
		vy_bbr_encode(t, sb->set_uuid, sb->self_slot, block);
		area_write(a, block, vy_bbr_copy_off(&sb->geom, copy), 1);
	}
	free(block);
}

static int do_init(int argc, char **argv)
{
	struct vy_bbr t;
	struct vy_sb sb;
	struct area a;
	u32 slot;

	parse_options(argc, argv, &sb);
	if (argc - optind != 2)
		die(EXIT_USAGE, "init needs DEVICE and SECTOR");
	a = area_open(argv[optind], argv[optind + 1], true);
	map_clear(&a, &sb, map_wib(&sb.geom));
	for (slot = 0; slot < sb.geom.nslots; slot++)
		map_clear(&a, &sb, map_stale(&sb.geom, slot));
	if (sb.geom.written_off)
		map_clear(&a, &sb, map_written(&sb.geom));
	if (sb.bbr_off) {
		memset(&t, 0, sizeof(t));
		bbr_write(&a, &sb, &t);
	}
	super_write(&a, &sb, 1);
	super_write(&a, &sb, 2);
	area_sync(&a);
	return 0;
}

static void print_uuid(const char *key, const u8 uuid[16])
{
	unsigned int i;

	printf("%s=", key);
	for (i = 0; i < 16; i++)
		printf("%02x", uuid[i]);
	putchar('\n');
}

static void print_super(const struct vy_sb *sb, int copy)
{
	const char *sep = "";
	unsigned int i;

	printf("copy=%c\n", 'A' + copy);
	print_uuid("set_uuid", sb->set_uuid);
	print_uuid("self_uuid", sb->self_uuid);
	printf("self_slot=%u\nseq=%" PRIu64 "\n", sb->self_slot, sb->seq);
	printf("gen=%016" PRIx64 "\nprev_gen=%016" PRIx64 "\nhist=", sb->gen, sb->prev_gen);
	for (i = 0; i < VY_HIST && sb->hist[i]; i++)
		printf("%s%016" PRIx64, i ? "," : "", sb->hist[i]);
	printf("\nflags=");
	for (i = 0; i < NFLAGS; i++) {
		if (sb->flags & flag_names[i].bit) {
			printf("%s%s", sep, flag_names[i].name);
			sep = ",";
		}
	}
	printf("\nnslots=%u\nregion_shift=%u\nzone_shift=%u\n", sb->geom.nslots,
	       sb->geom.region_shift, sb->geom.zone_shift);
	printf("data_sectors=%" PRIu64 "\nsa_sectors=%" PRIu64 "\n", sb->geom.data_sectors,
	       sb->sa_sectors);
	printf("zones=%" PRIu64 "\nregions=%" PRIu64 "\n", sb->geom.zones, sb->geom.regions);
	for (i = 0; i < sb->geom.nslots; i++) {
		printf("state%u=%s\n", i, state_names[sb->slot[i].state]);
		printf("base%u=%016" PRIx64 "\n", i, sb->slot[i].base_gen);
	}
}

static int do_dump(int argc, char **argv)
{
	u64 bits = 0, bad;
	struct vy_sb sb;
	struct area a;
	u32 slot;
	int copy;

	if (argc != 3)
		die(EXIT_USAGE, "dump needs DEVICE and SECTOR");
	a = area_open(argv[1], argv[2], false);
	copy = super_read(&a, &sb);
	print_super(&sb, copy);
	bad = map_walk(&a, &sb, map_wib(&sb.geom), count_run, &bits);
	printf("wib=%" PRIu64 "\n", bits);
	for (slot = 0; slot < sb.geom.nslots; slot++) {
		bits = 0;
		bad += map_walk(&a, &sb, map_stale(&sb.geom, slot), count_run, &bits);
		printf("stale%u=%" PRIu64 "\n", slot, bits);
	}
	printf("bad_units=%" PRIu64 "\n", bad);
	return 0;
}

static int do_bbr(int argc, char **argv)
{
	enum vy_bbr_err err[2];
	struct vy_bbr t;
	struct vy_sb sb;
	struct area a;
	u8 *blocks;
	u32 i;

	if (argc != 3)
		die(EXIT_USAGE, "bbr needs DEVICE and SECTOR");
	a = area_open(argv[1], argv[2], false);
	super_read(&a, &sb);
	if (!sb.bbr_off)
		die(EXIT_FAILED, "%s: no spare blocks", a.path);
	blocks = block_alloc(2);
	area_read(&a, blocks, sb.bbr_off, 2);
	if (vy_bbr_pick(blocks, blocks + VY_BLOCK, &sb.geom, sb.set_uuid, sb.self_slot, &t,
			err) < 0)
		die(EXIT_FAILED, "%s: no table: copy A: %s; copy B: %s", a.path,
		    vy_bbr_strerror(err[0]), vy_bbr_strerror(err[1]));
	free(blocks);
	for (i = 0; i < t.count; i++)
		if (t.entry[i].block == VY_BBR_DEAD)
			printf("spare %u block dead\n", t.entry[i].spare);
		else
			printf("spare %u block %" PRIu64 "\n", t.entry[i].spare, t.entry[i].block);
	return 0;
}

static int do_bbr_set(int argc, char **argv)
{
	struct vy_bbr t = { .seq = 100 };
	struct vy_sb sb;
	struct area a;
	int i;

	if (argc < 3 || argc - 3 > VY_BBR_SPARES)
		die(EXIT_USAGE, "bbr-set needs DEVICE, SECTOR and at most %d entries",
		    VY_BBR_SPARES);
	a = area_open(argv[1], argv[2], true);
	super_read(&a, &sb);
	for (i = 3; i < argc; i++, t.count++)
		if (sscanf(argv[i], "%" SCNu32 ":%" SCNu64, &t.entry[t.count].spare,
			   &t.entry[t.count].block) != 2)
			die(EXIT_USAGE, "'%s' is not SPARE:BLOCK", argv[i]);
	bbr_write(&a, &sb, &t);
	area_sync(&a);
	return 0;
}

static int do_ranges(int argc, char **argv)
{
	struct vy_sb sb;
	struct area a;
	u32 slot;

	if (argc != 3)
		die(EXIT_USAGE, "ranges needs DEVICE and SECTOR");
	a = area_open(argv[1], argv[2], false);
	super_read(&a, &sb);
	map_walk(&a, &sb, map_wib(&sb.geom), print_run, "wib");
	for (slot = 0; slot < sb.geom.nslots; slot++) {
		char label[32];

		snprintf(label, sizeof(label), "stale %u", slot);
		map_walk(&a, &sb, map_stale(&sb.geom, slot), print_run, label);
	}
	return 0;
}

/* Where in the area the damage goes: a byte offset. */
static u64 corrupt_where(const struct area *a, const char *what, u64 unit)
{
	struct vy_sb sb;
	struct map m;

	if (!strcmp(what, "super-a"))
		return 0x50;		/* the generation */
	if (!strcmp(what, "super-b"))
		return VY_BLOCK + 0x50;
	super_read(a, &sb);
	if (!strcmp(what, "bbr-a"))
		return vy_bbr_copy_off(&sb.geom, 0) + offsetof(struct vy_bbr_block, entry);
	if (!strcmp(what, "bbr-b"))
		return vy_bbr_copy_off(&sb.geom, 1) + offsetof(struct vy_bbr_block, entry);
	if (!strcmp(what, "wib")) {
		m = map_wib(&sb.geom);
	} else if (!strncmp(what, "stale:", 6)) {
		u64 slot = parse_number(what + 6, 10);

		if (slot >= sb.geom.nslots)
			die(EXIT_USAGE, "slot %" PRIu64 " does not exist", slot);
		m = map_stale(&sb.geom, slot);
	} else {
		die(EXIT_USAGE, "cannot damage '%s'", what);
	}
	if (unit >= m.blocks * VY_UNITS_PER_BLOCK)
		die(EXIT_USAGE, "unit %" PRIu64 " does not exist", unit);
	return m.off + unit * VY_UNIT + offsetof(struct vy_map_unit, bits);
}

static int do_corrupt(int argc, char **argv)
{
	struct area a;
	u8 *block;
	u64 at;

	if (argc != 4 && argc != 5)
		die(EXIT_USAGE, "corrupt needs DEVICE, SECTOR, what and maybe a unit");
	a = area_open(argv[1], argv[2], true);
	at = corrupt_where(&a, argv[3], argc == 5 ? parse_number(argv[4], 10) : 0);
	block = block_alloc(1);
	area_read(&a, block, at & ~(u64)(VY_BLOCK - 1), 1);
	block[at % VY_BLOCK] ^= 1;
	area_write(&a, block, at & ~(u64)(VY_BLOCK - 1), 1);
	area_sync(&a);
	free(block);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct { const char *name; int (*fn)(int, char **); } verbs[] = {
		{ "size", do_size }, { "init", do_init }, { "dump", do_dump },
		{ "ranges", do_ranges }, { "corrupt", do_corrupt }, { "bbr", do_bbr },
		{ "bbr-set", do_bbr_set },
	};
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (!strcmp(argv[1], verbs[i].name))
			return verbs[i].fn(argc - 1, argv + 1);
	die(EXIT_USAGE, "usage: satool size|init|dump|ranges|corrupt|bbr|bbr-set ...");
}
