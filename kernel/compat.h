/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel versions, and nothing else.
 */
#ifndef VARYON_COMPAT_H
#define VARYON_COMPAT_H

#include <linux/blkdev.h>
#include <linux/device-mapper.h>
#include <linux/raid/xor.h>

/* hex2bin() moved there from <linux/kernel.h>. */
#ifdef HAVE_LINUX_HEX_H
#include <linux/hex.h>
#endif

/* What was meant by saying nothing has to be said since 6.17. */
#ifdef HAVE_WQ_PERCPU
#define VY_WQ_PERCPU	WQ_PERCPU
#else
#define VY_WQ_PERCPU	0
#endif

/* Open modes got a type of their own in 6.5. */
#ifdef FMODE_EXCL
#define VY_MODE_RW	(FMODE_READ | FMODE_WRITE)
#define VY_MODE_WRITE	FMODE_WRITE
#else
#define VY_MODE_RW	(BLK_OPEN_READ | BLK_OPEN_WRITE)
#define VY_MODE_WRITE	BLK_OPEN_WRITE
#endif

static inline bool vy_table_writable(struct dm_table *t)
{
	return dm_table_get_mode(t) & VY_MODE_WRITE;
}

/*
 * All legs must get the same bytes, so pages under write-back must not change
 * until the write is done. The queue flag became a queue limit in 6.11.
 */
#ifdef QUEUE_FLAG_STABLE_WRITES
static inline void vy_want_stable_writes(struct dm_target *ti)
{
	struct mapped_device *md = dm_table_get_md(ti->table);

	blk_queue_flag_set(QUEUE_FLAG_STABLE_WRITES, dm_disk(md)->queue);
}

static inline void vy_limits_stable_writes(struct queue_limits *limits)
{
}
#else
static inline void vy_want_stable_writes(struct dm_target *ti)
{
}

static inline void vy_limits_stable_writes(struct queue_limits *limits)
{
	limits->features |= BLK_FEAT_STABLE_WRITES;
}
#endif

/* Turned round in 7.0, with the flag of the queue. */
#ifdef blk_queue_rot
static inline bool vy_bdev_rotates(struct block_device *bdev)
{
	return bdev_rot(bdev);
}
#else
static inline bool vy_bdev_rotates(struct block_device *bdev)
{
	return !bdev_nonrot(bdev);
}
#endif

/*
 * to ^= each of the n, bytes a multiple of 512. Process context, for the registers that
 * it may use. Of any number at a time from 7.1 on.
 */
#ifdef MAX_XOR_BLOCKS
static inline void vy_xor(void *to, void **from, unsigned int n, unsigned int bytes)
{
	unsigned int some;

	for (; n; n -= some, from += some) {
		some = min_t(unsigned int, n, MAX_XOR_BLOCKS);
		xor_blocks(some, bytes, to, from);
	}
}
#else
static inline void vy_xor(void *to, void **from, unsigned int n, unsigned int bytes)
{
	xor_gen(to, from, n, bytes);
}
#endif

#endif
