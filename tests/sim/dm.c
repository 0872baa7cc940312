// SPDX-License-Identifier: GPL-2.0
/*
 * What device-mapper does around a target: tables, the order of suspend and
 * resume, and a clone for each bio.
 */
#include "include/kernel.h"
#include "sim.h"

struct mapped_device sim_md;

static struct target_type *types[2], *type;	/* all; that of the tables */
static bool use_rows;
static struct dm_target *active, *loaded;
static bool suspended = true, noflush_suspending;
static struct block_device bdevs[SIM_LEGS][2];
static unsigned int in_flight;
static u64 area_sectors[2];

int dm_register_target(struct target_type *t)
{
	types[!strcmp(t->name, "varyon-raid5")] = t;
	type = types[use_rows];
	active = loaded = NULL;
	suspended = true;
	noflush_suspending = false;
	in_flight = 0;
	return 0;
}

void dm_unregister_target(struct target_type *t)
{
	types[t == types[1]] = NULL;
}

void dm_use_rows(void)
{
	use_rows = true;
}

void dm_areas(uint64_t data_sectors, uint64_t sa_sectors)
{
	area_sectors[0] = data_sectors;
	area_sectors[1] = sa_sectors;
}

/* Paths are "8:N": data of disk N; "9:N": its status area. */
int dm_get_device(struct dm_target *ti, const char *path, fmode_t mode, struct dm_dev **out)
{
	unsigned int sa = path[0] == '9', disk = atoi(path + 2);
	struct block_device *bdev = &bdevs[disk][sa];
	struct dm_dev *dev;

	(void)ti;
	if (sim_no_memory())
		return -ENOMEM;
	dev = sim_take(sizeof(*dev), true);
	bdev->disk = disk;
	bdev->sa = sa;
	bdev->sectors = area_sectors[sa];
	dev->bdev = bdev;
	dev->mode = mode;
	snprintf(dev->name, sizeof(dev->name), "%s", path);
	*out = dev;
	return 0;
}

void dm_put_device(struct dm_target *ti, struct dm_dev *dev)
{
	(void)ti;
	kvfree(dev);
}

int dm_set_target_max_io_len(struct dm_target *ti, sector_t len)
{
	ti->max_io_len = len;
	return 0;
}

void dm_table_event(struct dm_table *t)
{
	(void)t;
	might_sleep();
}

bool dm_suspended(struct dm_target *ti)
{
	return ti != active || suspended;
}

bool dm_noflush_suspending(struct dm_target *ti)
{
	(void)ti;
	return noflush_suspending;
}

static void target_free(struct dm_target *ti)
{
	type->dtr(ti);
	kvfree(ti->table);
	kvfree(ti);
}

int dm_load(const char *table, uint64_t sectors)
{
	struct dm_target *ti = sim_take(sizeof(*ti), true);
	char *words = sim_take(strlen(table) + 1, false), *word, *save;
	unsigned int argc = 0;
	char *argv[80];
	int r;

	ti->table = sim_take(sizeof(*ti->table), true);
	strcpy(words, table);
	ti->type = type;
	ti->len = sectors;
	for (word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	r = type->ctr(ti, argc, argv);
	kvfree(words);
	if (r) {
		if (!ti->error)
			sim_fail("a table was refused without a reason");
		sim_log("table refused: %s", ti->error);
		kvfree(ti->table);
		kvfree(ti);
		return r;
	}
	if (type->io_hints) {
		struct queue_limits limits = { .logical_block_size = 512 };

		type->io_hints(ti, &limits);
	}
	loaded = ti;
	return 0;
}

void dm_drop_loaded(void)
{
	if (loaded)
		target_free(loaded);
	loaded = NULL;
}

void dm_presuspend(bool noflush)
{
	noflush_suspending = noflush;
	type->presuspend(active);
}

void dm_postsuspend(void)
{
	noflush_suspending = false;
	suspended = true;
	type->postsuspend(active);
}

int dm_resume(void (*between)(void))
{
	struct dm_target *old = NULL;
	int r;

	if (loaded) {
		old = active;
		active = loaded;
		loaded = NULL;
	}
	r = type->preresume(active);
	if (!r) {
		between();
		suspended = false;
		type->resume(active);
	}
	if (old)
		target_free(old);
	return r;
}

void dm_remove(void)
{
	target_free(active);
	active = NULL;
}

bool dm_active(void)
{
	return active && !suspended;
}

void *dm_private(void)
{
	return active ? active->private : NULL;
}

int dm_message(const char *text, char *result, unsigned int len)
{
	char word[64], *argv[8], *save, *p;
	unsigned int argc = 0;

	snprintf(word, sizeof(word), "%s", text);
	for (p = strtok_r(word, " ", &save); p && argc < 8; p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	return type->message(active, argc, argv, result, len);
}

void dm_status(char *result, unsigned int len)
{
	type->status(active, STATUSTYPE_INFO, 0, result, len);
}

/* ---- I/O ---- */

struct dm_io {
	struct dm_io_end *end;
	unsigned int pages;
	struct page *page[17];
	struct bio bio;		/* the clone; its vectors follow */
	struct bio_vec vec[17];
};

unsigned int dm_in_flight(void)
{
	return in_flight;
}

static void io_free(struct dm_io *io)
{
	unsigned int i;

	for (i = 0; i < io->pages; i++)
		__free_page(io->page[i]);
	kvfree(io->bio.sim_memory);
}

static void clone_endio(struct bio *bio)
{
	struct dm_io *io = container_of(bio, struct dm_io, bio);
	blk_status_t error = bio->bi_status;
	uint64_t stamps[17 * 8];
	unsigned int i;

	if (type->end_io) {
		int r = type->end_io(active, bio, &error);

		if (r == DM_ENDIO_INCOMPLETE)
			return;
		if (r != DM_ENDIO_DONE)
			sim_fail("end_io returned %d", r);
	}
	for (i = 0; i < io->pages * 8; i++)
		memcpy(&stamps[i], (char *)io->page[i / 8]->addr + i % 8 * SECTOR_SIZE, 8);
	in_flight--;
	io->end->end(io->end, blk_status_to_errno(error), stamps);
	io_free(io);
}

static void map(void *arg)
{
	struct dm_io *io = arg;
	int r = type->map(active, &io->bio);

	switch (r) {
	case DM_MAPIO_SUBMITTED:
		break;
	case DM_MAPIO_REMAPPED:
		submit_bio(&io->bio);
		break;
	case DM_MAPIO_KILL:
		io->bio.bi_status = BLK_STS_IOERR;
		bio_endio(&io->bio);
		break;
	default:
		sim_fail("map returned %d", r);
	}
}

static void dm_submit(struct dm_io_end *end, blk_opf_t opf, u64 sector, unsigned int n,
		      u64 stamp)
{
	unsigned int front = round_up(active->per_io_data_size, 64u), i, in_page;
	char *p = sim_take(front + sizeof(struct dm_io), false);
	struct dm_io *io = (struct dm_io *)(p + front);

	memset(io, 0, sizeof(*io));
	io->end = end;
	bio_init(&io->bio, NULL, io->vec, ARRAY_SIZE(io->vec), opf);
	io->bio.sim_memory = p;
	io->bio.sim_per_bio = p;
	io->bio.bi_end_io = clone_endio;
	io->bio.bi_iter.bi_sector = sector;
	for (; n; n -= in_page) {
		in_page = min(n, 8u);
		io->page[io->pages] = sim_take_page(true);
		for (i = 0; i < in_page; i++)
			memcpy((char *)io->page[io->pages]->addr + i * SECTOR_SIZE, &stamp, 8);
		__bio_add_page(&io->bio, io->page[io->pages++], in_page * SECTOR_SIZE, 0);
	}
	in_flight++;
	sim_start("caller", map, io, true);
}

void dm_write(struct dm_io_end *io, uint64_t sector, unsigned int n, uint64_t stamp, bool fua)
{
	dm_submit(io, REQ_OP_WRITE | (fua ? REQ_FUA : 0), sector, n, stamp);
}

void dm_read(struct dm_io_end *io, uint64_t sector, unsigned int n)
{
	dm_submit(io, REQ_OP_READ, sector, n, 0);
}

void dm_flush(struct dm_io_end *io)
{
	dm_submit(io, REQ_OP_WRITE | REQ_PREFLUSH, 0, 0, 0);
}
