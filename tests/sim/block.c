// SPDX-License-Identifier: GPL-2.0
/*
 * Bios, and disks that lose what they have not flushed.
 *
 * A disk holds a data area and a status area. Of a data sector only a stamp is
 * kept, the first eight bytes of its 512; status areas are kept as they are.
 * Each sector has what a read returns now, and what a power cut cannot take
 * away; a write without FUA changes the first only, until a flush that was
 * submitted after the write had completed has completed itself. I/O that is
 * under way completes in any order. Sectors that have gone bad fail each read or
 * write until they are cured, and hold what they held.
 */
#include "include/kernel.h"
#include "sim.h"

/* ---- bios ---- */

int bioset_init(struct bio_set *bs, unsigned int pool, unsigned int front_pad, int flags)
{
	(void)flags;
	if (sim_no_memory())
		return -ENOMEM;
	bs->pool = pool;
	bs->front_pad = front_pad;
	bs->out = 0;
	return 0;
}

void bioset_exit(struct bio_set *bs)
{
	if (bs->out)
		sim_fail("bio set destroyed with %u bios out", bs->out);
	bs->pool = 0;
}

void bio_init(struct bio *bio, struct block_device *bdev, struct bio_vec *vecs,
	      unsigned short n, blk_opf_t opf)
{
	memset(bio, 0, sizeof(*bio));
	bio->bi_bdev = bdev;
	bio->bi_opf = opf;
	bio->bi_io_vec = vecs;
	bio->bi_max_vecs = n;
	bio->refs = 1;
}

void bio_reset(struct bio *bio, struct block_device *bdev, blk_opf_t opf)
{
	struct bio keep = *bio;

	bio_init(bio, bdev, keep.bi_io_vec, keep.bi_max_vecs, opf);
	bio->bi_pool = keep.bi_pool;
	bio->sim_memory = keep.sim_memory;
	bio->sim_per_bio = keep.sim_per_bio;
}

struct bio *bio_alloc_bioset(struct block_device *bdev, unsigned short vecs, blk_opf_t opf,
			     gfp_t gfp, struct bio_set *bs)
{
	struct bio *bio;
	char *p;

	if (!bs->pool)
		sim_fail("bio from a set that is not initialised");
	if (gfp & GFP_NOWAIT) {
		if (sim_chance(sim_manner.nowait_fails))
			return NULL;
	} else {
		might_sleep();
		while (sim_manner.scarce && bs->out >= bs->pool)
			sim_wait(bs);
	}
	p = sim_take(bs->front_pad + sizeof(*bio) + vecs * sizeof(struct bio_vec), false);
	bio = (struct bio *)(p + bs->front_pad);
	bio_init(bio, bdev, bio->bi_inline_vecs, vecs, opf);
	bio->bi_pool = bs;
	bio->sim_memory = p;
	bs->out++;
	return bio;
}

static void clone(struct bio *bio, const struct bio *src)
{
	bio->bi_io_vec = src->bi_io_vec;
	bio->bi_vcnt = src->bi_vcnt;
	bio->bi_ioprio = src->bi_ioprio;
	bio->bi_iter = src->bi_iter;
}

struct bio *bio_alloc_clone(struct block_device *bdev, struct bio *src, gfp_t gfp,
			    struct bio_set *bs)
{
	struct bio *bio = bio_alloc_bioset(bdev, 0, src->bi_opf, gfp, bs);

	if (bio)
		clone(bio, src);
	return bio;
}

int bio_init_clone(struct block_device *bdev, struct bio *bio, struct bio *src, gfp_t gfp)
{
	(void)gfp;
	bio_init(bio, bdev, NULL, 0, src->bi_opf);
	clone(bio, src);
	return 0;
}

void bio_put(struct bio *bio)
{
	struct bio_set *bs = bio->bi_pool;

	if (bio->refs < 1)
		sim_fail("bio put too often");
	if (--bio->refs)
		return;
	if (!bs)
		sim_fail("a bio that is not from a set put for the last time");
	kvfree(bio->sim_memory);
	bs->out--;
	sim_wake(bs);
}

void bio_get(struct bio *bio)
{
	bio->refs++;
}

static void chain_endio(struct bio *bio)
{
	struct bio *parent = bio->bi_private;

	if (bio->bi_status && !parent->bi_status)
		parent->bi_status = bio->bi_status;
	bio_put(bio);
	bio_endio(parent);
}

void bio_chain(struct bio *bio, struct bio *parent)
{
	bio->bi_private = parent;
	bio->bi_end_io = chain_endio;
	parent->chained++;
}

void bio_endio(struct bio *bio)
{
	sim_point();
	if (bio->chained) {
		bio->chained--;
		return;
	}
	if (bio->bi_end_io)
		bio->bi_end_io(bio);
}

void bio_advance(struct bio *bio, unsigned int bytes)
{
	struct bvec_iter *it = &bio->bi_iter;
	unsigned int n;

	it->bi_sector += bytes >> SECTOR_SHIFT;
	if (bytes > it->bi_size)
		sim_fail("bio advanced past its end");
	it->bi_size -= bytes;
	if (!bio->bi_vcnt)
		return;
	for (; bytes; bytes -= n) {
		n = min(bytes, bio->bi_io_vec[it->bi_idx].bv_len - it->bi_bvec_done);
		it->bi_bvec_done += n;
		if (it->bi_bvec_done == bio->bi_io_vec[it->bi_idx].bv_len) {
			it->bi_idx++;
			it->bi_bvec_done = 0;
		}
	}
}

void bio_trim(struct bio *bio, sector_t offset, sector_t size)
{
	bio_advance(bio, offset << SECTOR_SHIFT);
	bio->bi_iter.bi_size = size << SECTOR_SHIFT;
}

struct bio *bio_split(struct bio *bio, int sectors, gfp_t gfp, struct bio_set *bs)
{
	struct bio *split = bio_alloc_clone(bio->bi_bdev, bio, gfp, bs);

	if (!split)
		return NULL;
	split->bi_iter.bi_size = sectors << SECTOR_SHIFT;
	bio_advance(bio, sectors << SECTOR_SHIFT);
	return split;
}

void __bio_add_page(struct bio *bio, struct page *page, unsigned int len, unsigned int off)
{
	struct bio_vec *v = &bio->bi_io_vec[bio->bi_vcnt++];

	if (bio->bi_vcnt > bio->bi_max_vecs || off + len > PAGE_SIZE)
		sim_fail("bio with more than its %u vectors", bio->bi_max_vecs);
	v->bv_page = page;
	v->bv_len = len;
	v->bv_offset = off;
	bio->bi_iter.bi_size += len;
}

void zero_fill_bio(struct bio *bio)
{
	struct bvec_iter iter = bio->bi_iter;

	while (iter.bi_size) {
		struct bio_vec bv = bio_iter_iovec(bio, iter);

		memset((char *)page_address(bv.bv_page) + bv.bv_offset, 0, bv.bv_len);
		bio_advance_iter(bio, &iter, bv.bv_len);
	}
}

int bio_add_page(struct bio *bio, struct page *page, unsigned int len, unsigned int off)
{
	__bio_add_page(bio, page, len, off);
	return len;
}

int blk_status_to_errno(blk_status_t status)
{
	switch (status) {
	case BLK_STS_OK:
		return 0;
	case BLK_STS_MEDIUM:
		return -ENODATA;
	case BLK_STS_NOTSUPP:
		return -EOPNOTSUPP;
	case BLK_STS_TARGET:
		return -EREMOTEIO;
	case BLK_STS_AGAIN:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

blk_status_t errno_to_blk_status(int err)
{
	switch (err) {
	case 0:
		return BLK_STS_OK;
	case -ENODATA:
		return BLK_STS_MEDIUM;
	case -EOPNOTSUPP:
		return BLK_STS_NOTSUPP;
	case -EREMOTEIO:
		return BLK_STS_TARGET;
	default:
		return BLK_STS_IOERR;
	}
}

/* ---- disks ---- */

#define MAX_PENDING	8192
#define MAX_BAD		4

struct bad { u64 start, end; bool reads, writes; };

struct disk {
	u64 data_sectors, sa_sectors;
	u64 *now, *durable;		/* stamps */
	u8 *sa_now, *sa_durable;
	u64 *since;			/* of a volatile sector: serial of its first write */
	u32 *place;			/* of it: 1 + index in dirty[] */
	u32 *dirty, nr_dirty;		/* volatile sectors; data first, then status area */
	enum sim_disk_state state;
	bool unnoticed;			/* its cache was lost, and no write has failed since */
	unsigned int ending;		/* writes that have failed, which nobody knows yet */
	struct bad bad[MAX_BAD];
	unsigned int nr_bad;
	u64 serial;
	size_t room;
};

struct io {
	struct bio *bio;
	struct disk *disk;
	u64 serial;			/* of the disk when it was submitted */
	bool doomed;			/* will fail, with: */
	blk_status_t status;
};

static struct disk disks[SIM_LEGS];
static unsigned int nr_disks;
static bool torn_512;
static struct io pending[MAX_PENDING];
static unsigned int nr_pending;

struct sim_disk_stats sim_disk_stats;

void disks_make(unsigned int n, uint64_t data_sectors, uint64_t sa_sectors, bool torn)
{
	u64 all = data_sectors + sa_sectors;
	unsigned int i;

	nr_disks = n;
	torn_512 = torn;
	nr_pending = 0;
	for (i = 0; i < n; i++) {
		struct disk *d = &disks[i];

		if (d->room < all) {
			free(d->now);
			free(d->sa_now);
			d->room = all;
			d->now = malloc(all * (3 * sizeof(u64) + 2 * sizeof(u32)));
			d->sa_now = malloc(2 * all * SECTOR_SIZE);
		}
		d->durable = d->now + all;
		d->since = d->durable + all;
		d->place = (u32 *)(d->since + all);
		d->dirty = d->place + all;
		d->sa_durable = d->sa_now + sa_sectors * SECTOR_SIZE;
		d->data_sectors = data_sectors;
		d->sa_sectors = sa_sectors;
		d->nr_dirty = 0;
		d->state = DISK_OK;
		d->unnoticed = false;
		d->ending = 0;
		d->serial = 0;
		d->nr_bad = 0;
		memset(d->now, 0, all * 3 * sizeof(u64));
		memset(d->place, 0, all * sizeof(u32));
		memset(d->sa_now, 0, 2 * sa_sectors * SECTOR_SIZE);
	}
}

void disk_litter(unsigned int nr)
{
	struct disk *d = &disks[nr];
	u64 s;

	for (s = 0; s < d->data_sectors; s++)
		d->now[s] = d->durable[s] = sim_rand() | 1ull << 63;
}

/* What lies in the status areas now is durable. */
void disks_format_done(void)
{
	unsigned int i;

	for (i = 0; i < nr_disks; i++)
		memcpy(disks[i].sa_durable, disks[i].sa_now,
		       disks[i].sa_sectors * SECTOR_SIZE);
}

static void make_durable(struct disk *d, u32 s)
{
	u32 last = d->dirty[--d->nr_dirty], at = d->place[s] - 1;

	if (s < d->data_sectors)
		d->durable[s] = d->now[s];
	else
		memcpy(d->sa_durable + (s - d->data_sectors) * SECTOR_SIZE,
		       d->sa_now + (s - d->data_sectors) * SECTOR_SIZE, SECTOR_SIZE);
	d->dirty[at] = last;
	d->place[last] = at + 1;
	d->place[s] = 0;
}

static void forget(struct disk *d, u32 s)
{
	u32 last = d->dirty[--d->nr_dirty], at = d->place[s] - 1;

	if (s < d->data_sectors)
		d->now[s] = d->durable[s];
	else
		memcpy(d->sa_now + (s - d->data_sectors) * SECTOR_SIZE,
		       d->sa_durable + (s - d->data_sectors) * SECTOR_SIZE, SECTOR_SIZE);
	d->dirty[at] = last;
	d->place[last] = at + 1;
	d->place[s] = 0;
}

/* One sector of a write, from its 512 bytes in a page (NULL: zeros). */
static void put_sector(struct disk *d, u32 s, const char *bytes, bool fua)
{
	if (s < d->data_sectors) {
		d->now[s] = 0;
		if (bytes)
			memcpy(&d->now[s], bytes, sizeof(u64));
	} else if (bytes) {
		memcpy(d->sa_now + (s - d->data_sectors) * SECTOR_SIZE, bytes, SECTOR_SIZE);
	} else {
		memset(d->sa_now + (s - d->data_sectors) * SECTOR_SIZE, 0, SECTOR_SIZE);
	}
	d->serial++;
	if (!d->place[s]) {
		d->dirty[d->nr_dirty++] = s;
		d->place[s] = d->nr_dirty;
		d->since[s] = d->serial;
	}
	if (fua)
		make_durable(d, s);
}

static void get_sector(struct disk *d, u32 s, struct page *page, unsigned int off)
{
	char *to = (char *)page->addr + off;

	if (s >= d->data_sectors) {
		page->plain = false;
		memcpy(to, d->sa_now + (s - d->data_sectors) * SECTOR_SIZE, SECTOR_SIZE);
		return;
	}
	/* what else is in the page may have come from a spare block */
	if (!page->plain)
		memset(to, 0, SECTOR_SIZE);
	memcpy(to, &d->now[s], sizeof(u64));
}

/* ---- bad sectors ---- */

static bool is_bad(const struct disk *d, u64 start, u64 end, bool reads, bool writes)
{
	const struct bad *b;

	for (b = d->bad; b < d->bad + d->nr_bad; b++)
		if (start < b->end && end > b->start &&
		    ((reads && b->reads) || (writes && b->writes)))
			return true;
	return false;
}

static bool bio_meets_bad(const struct disk *d, struct bio *bio)
{
	bool write = op_is_write(bio->bi_opf);

	return bio->bi_iter.bi_size && !bio->bi_bdev->sa &&
	       is_bad(d, bio->bi_iter.bi_sector, bio_end_sector(bio), !write, write);
}

bool disk_bad(unsigned int nr, uint64_t start, uint64_t end, bool reads, bool writes)
{
	struct disk *d = &disks[nr];

	if (d->nr_bad == MAX_BAD)
		return false;
	d->bad[d->nr_bad++] = (struct bad){ start, end, reads, writes };
	return true;
}

bool disk_is_bad(unsigned int nr, uint64_t start, uint64_t end)
{
	return is_bad(&disks[nr], start, end, true, true);
}

bool disks_some_bad(void)
{
	unsigned int i;

	for (i = 0; i < nr_disks; i++)
		if (disks[i].nr_bad)
			return true;
	return false;
}

void disks_cure(void)
{
	unsigned int i;

	for (i = 0; i < nr_disks; i++)
		disks[i].nr_bad = 0;
}

/* ---- transfers ---- */

/* Transfer a bio. some: of a write, only what chance picks (it was cut off). */
static void transfer(struct disk *d, struct bio *bio, bool some)
{
	bool write = op_is_write(bio->bi_opf), fua = bio->bi_opf & REQ_FUA, keep = true;
	u64 s = bio->bi_iter.bi_sector + (bio->bi_bdev->sa ? d->data_sectors : 0);
	unsigned int done = bio->bi_iter.bi_bvec_done, left = bio->bi_iter.bi_size;
	struct bio_vec *v = bio->bi_io_vec + bio->bi_iter.bi_idx;
	unsigned int op = bio_op(bio);

	for (; left; left -= SECTOR_SIZE, s++) {
		if (some && (torn_512 || !(s & 7) || d->nr_bad))
			keep = (sim_rand() & 1) && !is_bad(d, s, s + 1, false, true);
		if (op > REQ_OP_WRITE) {
			if (keep)
				put_sector(d, s, NULL, fua);
			continue;
		}
		if (!write)
			get_sector(d, s, v->bv_page, v->bv_offset + done);
		else if (keep)
			put_sector(d, s, (char *)v->bv_page->addr + v->bv_offset + done, fua);
		done += SECTOR_SIZE;
		if (done == v->bv_len) {
			v++;
			done = 0;
		}
	}
}

static void flush(struct disk *d, u64 serial)
{
	u32 i;

	for (i = d->nr_dirty; i--; )
		if (i < d->nr_dirty && d->since[d->dirty[i]] <= serial)
			make_durable(d, d->dirty[i]);
}

/* The cache is lost: each sector reached the medium, or did not. */
static void lose_cache(struct disk *d)
{
	unsigned int keep = sim_below(4) * 341;
	bool kept = false;
	u32 last = 0, s;

	while (d->nr_dirty) {
		s = d->dirty[d->nr_dirty - 1];
		/* neighbours mostly go together */
		if (s != last - 1 || torn_512)
			kept = sim_chance(keep);
		last = s;
		if (kept)
			make_durable(d, s);
		else
			forget(d, s);
	}
}

/* A write that was under way when its disk lost power may have had an effect. */
static void cut_off(struct disk *d)
{
	unsigned int i;

	for (i = 0; i < nr_pending; i++) {
		struct io *io = &pending[i];

		if (io->disk != d || io->doomed)
			continue;
		io->doomed = true;
		io->status = BLK_STS_TRANSPORT;
		if (op_is_write(io->bio->bi_opf) && io->bio->bi_iter.bi_size && sim_chance(400))
			transfer(d, io->bio, true);
	}
}

void disk_fail(unsigned int nr)
{
	struct disk *d = &disks[nr];

	cut_off(d);
	lose_cache(d);
	d->state = DISK_GONE;
	d->unnoticed = true;
}

bool disk_unnoticed(unsigned int nr)
{
	return disks[nr].unnoticed;
}

bool disk_heal(unsigned int nr)
{
	if (disks[nr].unnoticed)
		return false;
	disks[nr].state = DISK_OK;
	return true;
}

void disk_power_cut(unsigned int nr)
{
	cut_off(&disks[nr]);
	lose_cache(&disks[nr]);
	disks[nr].state = DISK_OK;
	disks[nr].unnoticed = false;
}

void disk_destage(unsigned int nr)
{
	struct disk *d = &disks[nr];

	if (d->nr_dirty)
		make_durable(d, d->dirty[sim_below(d->nr_dirty)]);
}

enum sim_disk_state disk_state(unsigned int nr)
{
	return disks[nr].state;
}

static uint64_t stamp(unsigned int nr, uint64_t sector, bool durable)
{
	struct disk *d = &disks[nr];
	u8 *sa = durable ? d->sa_durable : d->sa_now;
	int64_t spare = look_spare(sa, nr, durable, sector);
	u64 v;

	if (spare < 0)
		return durable ? d->durable[sector] : d->now[sector];
	memcpy(&v, sa + spare * SECTOR_SIZE, sizeof(v));
	return v;
}

uint64_t disk_stamp(unsigned int nr, uint64_t sector)
{
	return stamp(nr, sector, false);
}

uint64_t disk_durable_stamp(unsigned int nr, uint64_t sector)
{
	return stamp(nr, sector, true);
}

void *disk_sa(unsigned int nr)
{
	return disks[nr].sa_now;
}

bool disk_fail_one(uint8_t which, bool reads, bool writes)
{
	static const blk_status_t status[] = { BLK_STS_IOERR, BLK_STS_MEDIUM, BLK_STS_TIMEOUT };
	unsigned int i;

	if (!nr_pending)
		return false;
	i = sim_below(nr_pending);
	if (!(which & 1u << (pending[i].disk - disks)))
		return false;
	if (pending[i].doomed || !(op_is_write(pending[i].bio->bi_opf) ? writes : reads))
		return false;
	sim_trace("I/O of disk %u will fail: op %#x sector %llu+%u%s",
		  (unsigned int)(pending[i].disk - disks), pending[i].bio->bi_opf,
		  pending[i].bio->bi_iter.bi_sector, bio_sectors(pending[i].bio),
		  pending[i].bio->bi_bdev->sa ? " sa" : "");
	pending[i].doomed = true;
	pending[i].status = status[sim_below(ARRAY_SIZE(status))];
	if (op_is_write(pending[i].bio->bi_opf) && pending[i].bio->bi_iter.bi_size &&
	    sim_chance(512))
		transfer(pending[i].disk, pending[i].bio, true);
	return true;
}

bool disks_doomed(uint8_t which)
{
	unsigned int i;

	for (i = 0; i < nr_disks; i++)
		if (which & 1u << i && disks[i].ending)
			return true;
	for (i = 0; i < nr_pending; i++)
		if ((pending[i].doomed || bio_meets_bad(pending[i].disk, pending[i].bio)) &&
		    which & 1u << (pending[i].disk - disks) &&
		    op_is_write(pending[i].bio->bi_opf))
			return true;
	return false;
}

unsigned int disks_pending(void)
{
	return nr_pending;
}

void disks_drop_io(void)
{
	unsigned int i;

	nr_pending = 0;
	for (i = 0; i < nr_disks; i++)
		disks[i].ending = 0;
}

void submit_bio(struct bio *bio)
{
	struct block_device *bdev = bio->bi_bdev;
	struct io *io = &pending[nr_pending];

	if (!bdev)
		sim_fail("bio without a device submitted");
	if (nr_pending == MAX_PENDING)
		sim_fail("more than %d bios under way", MAX_PENDING);
	if (bio->bi_iter.bi_size % SECTOR_SIZE)
		sim_fail("bio of %u bytes submitted", bio->bi_iter.bi_size);
	if (bio_end_sector(bio) > bdev->sectors)
		sim_fail("bio past the end of its device: sector %llu+%u of %llu%s",
			 bio->bi_iter.bi_sector, bio_sectors(bio), bdev->sectors,
			 bdev->sa ? " sa" : "");
	io->bio = bio;
	io->disk = &disks[bdev->disk];
	io->serial = io->disk->serial;
	io->doomed = io->disk->state != DISK_OK;
	io->status = BLK_STS_OFFLINE;
	nr_pending++;
}

/* Only when an error has been taken note of can the disk work again. */
static void endio_main(void *arg)
{
	struct bio *bio = arg;
	struct disk *d = &disks[bio->bi_bdev->disk];
	bool notice = bio->bi_status && op_is_write(bio->bi_opf);

	bio_endio(bio);
	if (notice) {
		d->unnoticed = false;
		d->ending--;
	}
}

bool disks_step(void)
{
	struct bio *bio;
	struct disk *d;
	unsigned int i;
	struct io io;

	if (!nr_pending)
		return false;
	i = sim_below(nr_pending);
	if (sim_manner.slow_disk >= 0 && pending[i].disk == &disks[sim_manner.slow_disk] &&
	    sim_chance(920))
		return true;
	io = pending[i];
	pending[i] = pending[--nr_pending];
	bio = io.bio;
	d = io.disk;
	if (!io.doomed && bio_meets_bad(d, bio)) {
		io.doomed = true;
		io.status = sim_chance(512) ? BLK_STS_MEDIUM : BLK_STS_IOERR;
		if (op_is_write(bio->bi_opf) && sim_chance(512))
			transfer(d, bio, true);
	}
	bio->bi_status = io.doomed ? io.status : BLK_STS_OK;
	if (io.doomed) {
		sim_disk_stats.errors++;
	} else {
		if (bio->bi_opf & REQ_PREFLUSH || bio_op(bio) == REQ_OP_FLUSH) {
			flush(d, io.serial);
			sim_disk_stats.flushes++;
		}
		if (bio->bi_iter.bi_size) {
			transfer(d, bio, false);
			if (op_is_write(bio->bi_opf))
				sim_disk_stats.writes++;
			else
				sim_disk_stats.reads++;
		}
	}
	sim_trace("disk %u%s %s %llu+%u%s%s %s", (unsigned int)(d - disks),
		  bio->bi_bdev->sa ? " sa" : "", op_is_write(bio->bi_opf) ? "write" : "read",
		  bio->bi_iter.bi_sector, bio_sectors(bio),
		  bio->bi_opf & REQ_PREFLUSH ? " flush" : "",
		  bio->bi_opf & REQ_FUA ? " fua" : "", io.doomed ? "FAILED" : "done");
	if (io.doomed && op_is_write(bio->bi_opf))
		d->ending++;
	sim_start("completion", endio_main, bio, true);
	return true;
}

struct sync_io { struct completion done; };

static void sync_endio(struct bio *bio)
{
	complete(bio->bi_private);
}

int submit_bio_wait(struct bio *bio)
{
	struct completion done = { 0 };

	might_sleep();
	bio->bi_private = &done;
	bio->bi_end_io = sync_endio;
	bio->bi_opf |= REQ_SYNC;
	submit_bio(bio);
	wait_for_completion(&done);
	return blk_status_to_errno(bio->bi_status);
}

int blkdev_issue_flush(struct block_device *bdev)
{
	struct bio bio;

	bio_init(&bio, bdev, NULL, 0, REQ_OP_WRITE | REQ_PREFLUSH);
	return submit_bio_wait(&bio);
}
