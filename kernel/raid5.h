/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What raid5.c, where workers do whatever may wait, rowasync.c, where writes to whole
 * rows wait for nothing, fresh.c, where what was never written is zeroed, parity.c and
 * logwrite.c share.
 */
#ifndef VARYON_RAID5_H
#define VARYON_RAID5_H

#include <linux/semaphore.h>

#include "vy.h"

#define VY_STRIP_SECTORS	128	/* most of a row that is worked on at a time */
#define VY_STRIP_PAGES		DIV_ROUND_UP(VY_STRIP_SECTORS, PAGE_SECTORS)
#define VY_LOG_LANES		32	/* a power of two */

/* Pages for a strip. */
struct vy_row_buf {
	unsigned int pages;	/* of a leg */
	struct page *head;	/* of a log record */
	struct page *page[VY_MAX_SLOTS][VY_STRIP_PAGES];
};

/* One or more slots of the row log of one leg. */
struct vy_log_lock {
	struct semaphore sem;	/* until the write that a record is for has ended */
	bool owed;		/* it failed: the disks must know, before the next record */
};

struct vy_row_pool {
	struct workqueue_struct *wq;		/* may wait */
	struct workqueue_struct *async_wq;	/* goes on where a read has ended */
	atomic_t async_pages;			/* of rowasync.c, now */
	struct bio_set bs;
	struct mutex lock;		/* of the reserve, for when there is no memory */
	struct vy_log_lock log_lock[VY_LOG_LANES][VY_MAX_SLOTS];
	struct vy_row_buf reserve;
};

/* I/O to several legs at a time. */
struct vy_row_io {
	struct vy_req *req;		/* that is written, or NULL */
	struct completion done;
	atomic_t pending;
	blk_status_t status[VY_MAX_SLOTS];
};

/* The part of a write that is being done. */
struct vy_strip {
	struct vy_set *set;
	struct vy_req *req;
	struct vy_row_buf *buf;
	u8 parity, written;		/* leg; legs */
	sector_t start, end;
	struct vy_row_plan plan;
	u64 log_gen;			/* of its record; 0: it has none */
	u32 log_slot, log_span;		/* slots of the log that are held; 0: none */
	atomic_t *counted;		/* in set->unlogged or in_log */
};

static inline u8 vy_all_legs(const struct vy_set *set)
{
	return (1u << set->rows.nslots) - 1;
}

/* Is the parity of the zone that of its data? */
static inline bool vy_row_trusted(struct vy_set *set, u64 zone)
{
	return !atomic_read(&set->nr_resync) || !test_bit(zone, set->resync);
}

/* raid5.c */
void vy_row_io_begin(struct vy_row_io *io);
struct bio *vy_row_bio(struct vy_set *set, struct vy_row_io *io, u8 l,
		       struct block_device *bdev, unsigned int pages, blk_opf_t opf,
		       sector_t sector);
void vy_row_xor(struct vy_row_buf *buf, u8 to, u8 legs, sector_t sectors);
void vy_row_add_pages(struct bio *bio, struct page **pages, sector_t sectors);
void vy_row_submit(struct vy_set *set, struct vy_row_io *io, struct page **pages, u8 l,
		   blk_opf_t opf, sector_t start, sector_t end);
u8 vy_row_io_wait(struct vy_row_io *io);
void vy_strip_compute(struct vy_strip *s);
blk_opf_t vy_strip_flags(const struct vy_strip *s);
u8 vy_strip_bad(struct vy_strip *s, const blk_status_t *status, u8 failed);
void vy_row_write_end(struct vy_req *req);
void vy_row_wait(struct vy_set *set, struct vy_req *req);

/* logwrite.c */
bool vy_strip_log(struct vy_strip *s, u64 gen, u8 members);
bool vy_strip_log_void(struct vy_strip *s);
bool vy_strip_log_without(struct vy_strip *s);
void vy_strip_log_owe(struct vy_strip *s, u8 failed);
void vy_strip_log_end(struct vy_strip *s);

/* rowasync.c */
bool vy_row_async(struct vy_set *set, struct vy_req *req);

#endif
