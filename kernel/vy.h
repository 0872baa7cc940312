/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dm-varyon: in-memory structures and the interface between its files.
 *
 * Three kinds of context touch a set:
 *
 *   callers	map() and bio completions. They never wait, never allocate
 *		with a blocking mask under current->bio_list, never do
 *		status-area I/O.
 *   metadata	one ordered workqueue (set->meta_wq) does everything that
 *		writes status areas: group commits, leg failures, cleaning,
 *		checkpoints, the return of a leg. One at a time, so superblock
 *		writers need no lock among themselves.
 *   recovery	a few copy slots (set->rc_wq) that may block.
 *
 * Lock order: bucket->lock, then set->lock. Both are taken with interrupts
 * off. Neither is held across I/O.
 */
#ifndef VARYON_VY_H
#define VARYON_VY_H

#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/cache.h>
#include <linux/completion.h>
#include <linux/device-mapper.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/wait_bit.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "core/bbr.h"
#include "core/gen.h"
#include "core/map.h"
#include "core/rowlog.h"
#include "core/rows.h"
#include "core/super.h"
#include "core/throttle.h"
#include "uapi/varyon_format.h"

#define DM_MSG_PREFIX		"varyon"

#define VY_BUCKETS		256	/* range locks and stale maps, by zone */
#define VY_SA_PAGES		32	/* blocks in flight of one status-area pass */
#define VY_SA_BIOS		4	/* bios in reserve; without memory the rest wait for them */
#define VY_HEAD_BLOCKS		4	/* of a leg, see vy_sa_read_heads() */
#define VY_CLEAN_BATCH		256	/* zones cleaned by one flush */
#define VY_MAP_MAX_BYTES	(64u << 20)	/* no map in memory is larger */
#define VY_LOOK_AHEAD		2	/* zones marked ahead of a sequential writer */
#define VY_RC_SLOTS		16	/* parallel copies of the recovery */
#define VY_RC_BYTES		(256u << 10)	/* longest single copy, or one region */
#define VY_CHECKPOINT_REGIONS	32768	/* copied regions between target flushes */
#define VY_REPAIR_JOBS		16	/* reads that failed, waiting for repair */
#define VY_HOPELESS		64	/* regions that a target may be without */
#define VY_CHECKPOINT_JIFFIES	(5 * HZ)

/* main.c: for all sets; what runs there may block, but waits for no other work */
extern struct workqueue_struct *vy_io_wq;	/* bios that need a blocking context */
extern struct workqueue_struct *vy_copy_wq;	/* recovery slots */

extern unsigned int vy_clean_delay_ms;
extern unsigned int vy_max_dirty_zones;

/*
 * Zone states. Only Z_DIRTY lets a write through: the zone's write-intent bit
 * is durable on every member. Z_CLEAN -> Z_DIRTY and Z_CLEANING -> Z_CLEAN are
 * done by the metadata context alone; a writer may pull Z_CLEANING back to
 * Z_DIRTY as long as the clear is not staged.
 */
enum vy_zone_state { Z_CLEAN, Z_DIRTY, Z_CLEANING };

struct vy_zone {
	atomic_t inflight;	/* writes admitted or waiting */
	u8 state;		/* enum vy_zone_state; set->lock */
	u8 staged;		/* its clear is being written; set->lock */
	u16 idle_since;		/* vy_age() when inflight last fell to 0 */
};

struct vy_range {
	struct list_head list;
	sector_t start, end;	/* [start, end), in target sectors */
	bool granted;
	void (*grant)(struct vy_range *range);	/* called under bucket->lock */
};

struct vy_bucket {
	spinlock_t lock;	/* ranges, and the stale words of its zones */
	unsigned int waiting;
	struct list_head ranges;	/* in order of arrival */
};

struct vy_leg {
	struct dm_dev *data, *sa;	/* NULL: not in the table */
	sector_t data_start, sa_start;
	u64 sa_sectors;
	u64 bbr_off;			/* as its superblock says; 0: no spare blocks */
	u32 log_slots;			/* ... of the row log */
	u8 uuid[16];
	bool used;			/* the table names a leg for this slot */
	unsigned long *holes;		/* zones that a partial leg lacks; NULL: none */

	/* metadata context */
	u64 seq;			/* of the superblock last written here */
	u64 gen_written;		/* generation that both its copies have */
	u8 durable_members;		/* slots that superblock calls members */

	/*
	 * Relocated blocks. bbr_mem[bbr_now] is in force, and is what bbr points
	 * to; the other one takes the next change. All under bad.lock.
	 */
	struct vy_bbr __rcu *bbr;
	struct vy_bbr *bbr_mem[2];
	unsigned int bbr_now;
	u32 bbr_count;			/* read without the lock */
	bool bbr_due;			/* its disk lacks some of it */
	unsigned int bad_recent;	/* places found bad since bad_since */
	unsigned long bad_since;
	u64 hopeless[VY_HOPELESS];	/* regions that it cannot hold as a target */
	unsigned int nr_hopeless;

	atomic_t read_errors, write_errors;

	/*
	 * What this slot lacks. stale: not good. copied: good, but not flushed
	 * there yet, so still stale on disk. Two generations of copied bits, so
	 * that a flush can cover one while the other fills.
	 */
	u64 *stale;
	u64 *copied[2];
	unsigned int copied_now;	/* index that fills; changed by metadata */
	atomic64_t stale_count;
	s64 recover_total;		/* a target: what it lacked at first */
	atomic_t copied_count;		/* since the last checkpoint */
	unsigned long *stale_dirty;	/* blocks of the map that disks lack */

	/* read balancing: every read writes here, and no write looks */
	atomic_t reading ____cacheline_aligned_in_smp;
	sector_t next_sector;
	u64 service_ns;			/* what a read costs it, of late; at least 1 */
};

/* One block of status area on its way to all members. */
struct vy_sa_io {
	struct page *page[VY_SA_PAGES];
	struct page *scratch;		/* one block, to compare with */
	u64 off[VY_SA_PAGES];		/* bytes from the start of the SA */
	unsigned int nr;
	atomic_t pending;
	unsigned long failed;		/* slots */
	struct completion done;
};

struct vy_rc_slot {
	struct work_struct work;
	struct vy_set *set;
	struct vy_range range;
	struct completion granted;
	struct page **pages;		/* while it works: of one run, and of one to compare */
	u64 zone;			/* being worked on, or U64_MAX */
	bool again;			/* more was found there meanwhile */
	unsigned int check;		/* it is there for this check; 0: to copy */
	bool repair;			/* ... which is to write as well */
	sector_t at;			/* the check's next sector in the zone */
};

enum vy_check_mode { VY_CHECK_NONE, VY_CHECK_ONLY, VY_CHECK_REPAIR };

/* A comparison of all members; rc.lock. */
struct vy_check {
	enum vy_check_mode mode;
	unsigned int nr;		/* tells one check from the next; never 0 */
	u64 cursor;			/* next zone */
	struct {
		u64 zone;
		sector_t at;
	} rest[VY_RC_SLOTS];		/* zones that a suspend cut short */
	unsigned int nr_rest;
	u64 done_regions;
	u64 mismatches;			/* of this one, or of the last */
};

struct vy_recover {
	struct mutex lock;		/* who takes which zone, begin and end; the check */
	struct vy_rc_slot slot[VY_RC_SLOTS];
	struct delayed_work tick;	/* sets slots to work, looks at the load */
	bool resync_pass;		/* only zones that were dirty at a crash */
	u64 cursor;			/* next zone to look at */
	u64 urgent;			/* 1 + a zone that a reader could not choose in */
	bool progress;			/* something was copied in this pass */
	bool idle;			/* nothing was left to pick */
	bool running;			/* the tick goes */
	bool stop;			/* presuspend */
	unsigned long observed;		/* jiffies: the load was last looked at */
	unsigned long last_checkpoint;
	atomic64_t done_bytes;
	u64 observed_bytes;		/* of these then */
	u64 kib_s;			/* of late */
	u64 total_regions;		/* when this recovery began */
	struct vy_check check;
};

/* What the users of the volume do, and how much the recovery may. */
struct vy_pace {
	/* callers: racy on purpose, a lost sample does no harm */
	unsigned long seen;		/* jiffies: a request came */
	atomic_t timed;			/* requests being timed */
	u64 took_ns[2];			/* by reads and writes, of late */
	unsigned int nr_took[2];	/* since last looked at */

	spinlock_t lock;		/* for what follows */
	struct vy_throttle throttle;
	int inflight;			/* runs being copied */
};

struct vy_req;
struct vy_row_pool;

struct vy_repair {
	u8 legs;
	sector_t start, end;
};

/* bbr.c */
struct vy_bad {
	struct mutex lock;		/* tables, and marks of members; held across I/O */
	struct page *table;		/* under it */
	struct page *data, *check;	/* of fix_work */
	struct bio_set bs;
	/* set->lock: what waits for io_work and fix_work */
	struct list_head reads, writes;
	struct bio_list bios;
	struct vy_repair job[VY_REPAIR_JOBS];
	unsigned int nr_jobs;
	struct work_struct io_work;
	struct delayed_work fix_work;
	struct vy_range range;		/* of fix_work */
	struct completion granted;
	bool heal;			/* try again what members lack */
	unsigned long healed;		/* jiffies, of the last try */
	atomic64_t repaired;
};

/*
 * What differs between the targets. Ranges are sectors of a leg, within one zone
 * and under their range lock; pages and scratch hold as much.
 */
struct vy_kind {
	u32 type;			/* VY_TYPE_* */

	/* The zone of a write is durably dirty: take its range and go. */
	void (*write_start)(struct vy_set *set, struct vy_req *req);
	/* Does what is on the legs of req->done, as far as they are members, hold the write? */
	bool (*write_held)(struct vy_set *set, struct vy_req *req);
	/* Too many legs failed a write that its caller is told about. Metadata context. */
	void (*write_torn)(struct vy_set *set, struct vy_req *req);
	/*
	 * Members that were dirty lost what they had not flushed, some more than
	 * others, or they are fewer now. Metadata context.
	 */
	void (*flush_torn)(struct vy_set *set);
	void (*resync_drop)(struct vy_set *set, u8 lost);
	/* Read what leg l is to hold, from others. A slot that it is on, or -EIO. */
	int (*read_for)(struct vy_set *set, u8 l, struct page **pages, struct page **scratch,
			sector_t start, sector_t end);
	/* Recovery: make members agree; false: not possible now. */
	bool (*resync_run)(struct vy_set *set, struct vy_rc_slot *slot, sector_t start,
			   sector_t end);
	/* Check: sectors that do not agree; repaired if the slot is to. */
	u64 (*check_run)(struct vy_set *set, struct vy_rc_slot *slot, sector_t start, sector_t end);
};

struct vy_stats {
	atomic64_t meta_writes, meta_bytes, flushes, commits;
	atomic64_t copied_bytes, resync_bytes, read_bytes;
	u64 __percpu *data_writes;
};

/*
 * What was never written, of a RAID5 that keeps a map of that: it reads as zeroes,
 * whatever is on the legs, and its parity means nothing. fresh.c
 */
struct vy_fresh {
	u64 *written;			/* a bit for each region of a row */
	unsigned long *dirty;		/* blocks of the map that disks lack */
	atomic64_t regions;		/* that were not written; 0 as well without a map */
	bool owed;			/* the disks have not got all of the map */
	struct list_head list;		/* set->lock: writes that wait for work */
	struct workqueue_struct *wq;
	struct work_struct work;
};

enum vy_log_mode { VY_LOG_DEGRADED, VY_LOG_ALWAYS, VY_LOG_OFF };

/* What a device showed to its users: the generation, and legs that have it. */
struct vy_shown {
	u64 gen;
	u8 members;
};

struct vy_set {
	struct dm_target *ti;
	const struct vy_kind *kind;
	u8 need;			/* members that must have a region */
	struct vy_rows rows;		/* RAID5 */
	bool trust_parity;		/* ... of a degraded set that was not closed */
	enum vy_log_mode log_mode;	/* ... of the table */
	bool log_always;		/* ... is always, and there is room */
	bool logged;			/* metadata context: superblocks say LOGGED */
	u64 log_gen;			/* of records; 0: none are written yet */
	atomic_t unlogged, in_log;	/* row writes that began without a log, or with one */
	u8 joining;			/* member whose superblock does not say so yet */
	struct list_head live;		/* vy_live_sets */
	bool is_live, running;		/* vy_live_lock */
	struct list_head shown_list;
	struct vy_shown shown;		/* vy_live_lock; see main.c */
	u64 durable_gen;		/* that all members have; metadata context */
	bool noflush;			/* of the suspend under way */
	u8 uuid[16];
	struct vy_geom geom;
	u32 zone_sectors_shift;
	char *options;			/* of the table, count first */
	bool no_resync;
	u64 resync_min, resync_max;	/* KiB/s in the table, 0: none */
	bool side;			/* apart from the rest of its set */
	u8 used;			/* slots that the table names */
	u8 present;			/* slots that have devices */
	u8 write_mostly;		/* slots that are read when nobody else can serve */
	u8 no_heads;			/* slots on disks that do not rotate */
	struct vy_wish wish;

	struct vy_leg leg[VY_MAX_SLOTS];

	/* members | targets << 8: one word, so that nobody sees half a change */
	u32 roles;
	/* Slots that the durable superblock of some member still calls member. */
	u8 durable_members;

	struct vy_sb cur;		/* metadata context: lineage and slot states */
	bool sb_dirty;
	bool stale_due;			/* members lack regions that their disks do not know */
	bool stale_owed;		/* ... since a commit that failed; metadata context */
	u8 parked;			/* targets waiting for their superblock */
	bool broken;			/* no member left that takes metadata */

	struct vy_zone *zone;
	u64 *wib;			/* one bit per zone, as disks have or get it */
	unsigned long *wib_dirty;	/* blocks of it that disks lack */
	atomic_t nr_dirty;
	u64 clean_batch[VY_CLEAN_BATCH];	/* metadata context */
	unsigned long *resync;		/* zones whose members may differ */
	unsigned long *resync_again;	/* ... again, since their copy began */
	atomic_t nr_resync;

	struct vy_bucket bucket[VY_BUCKETS];

	spinlock_t lock;		/* lists below, zone states, wib */
	unsigned long failing;		/* legs that failed a copy */
	/* Requests that failed on some leg and are not dealt with yet. */
	atomic_t suspect;
	unsigned long doubtful;		/* legs that failed a write: not read until settled */
	bool flush_lost;		/* the next flush must not succeed */
	struct list_head waiters;	/* writes that need their zone's bit */
	struct list_head errors;	/* writes and flushes with a failed leg */
	struct list_head held;		/* flushes on legs that failed something else */
	struct list_head deferred;	/* to be submitted from a worker */
	struct list_head reread;	/* reads to be tried on another leg */
	struct bio_list zeroes;		/* legs that are sent zeroes the long way */

	struct workqueue_struct *meta_wq;
	struct work_struct meta_work, io_work, event_work;
	struct delayed_work clean_work;
	unsigned long clean_early;	/* bit 0: clean_work is due soon */
	bool clean_stop;		/* it is not armed: the device is suspended */
	struct work_struct clean_all_work;
	struct work_struct checkpoint_work;

	struct vy_loading *loading;	/* preresume's */
	struct vy_sa_io sa_io;
	struct bio_set bs_meta;
	struct vy_recover rc;
	struct vy_pace pace;
	struct vy_bad bad;
	struct vy_row_pool *row_pool;	/* RAID5, see raid5.c */
	struct vy_fresh fresh;
	struct vy_stats stats;
	struct vy_lp __rcu *lp;		/* requests of each LP; NULL: not counted */
	struct list_head lp_list;	/* vy_lp_sets */
};

/* Per bio, in dm's per_io_data, with a struct vy_leg_bio for each leg behind it. */
struct vy_req {
	struct vy_set *set;
	struct bio *bio;
	struct list_head list;
	struct vy_range range;
	u64 zone;
	bool is_flush;
	u8 todo;			/* legs that it is sent to; 0: not chosen yet */
	u8 holes;			/* legs that have no place for it */
	u8 missed;			/* RAID5: legs that are away and lack it */
	u8 tried;			/* legs that a read was tried on */
	s8 read_leg;
	u16 depth;			/* reads its leg had, if it is timed */
	u8 touchy;			/* members that lack some of the range */
	u8 stale;			/* legs that lack it from now on */
	bool lost;			/* ... and nobody has all of it */
	unsigned long done, failed;	/* legs, by outcome */
	unsigned long bad;		/* those of failed with what may be a bad place */
	unsigned long refused;		/* ... that did not discard, and are in done */
	unsigned long suspect;		/* bit 0: counted in set->suspect */
	atomic_t pending;
	struct bvec_iter iter;		/* as it came */
	u64 timed_ns;			/* when it came, if it is timed */
};

/* A leg's part of a request. */
struct vy_leg_bio {
	struct vy_req *req;
	u8 slot;
	struct bio bio;
};

static inline struct vy_leg_bio *vy_leg_bios(struct vy_req *req)
{
	return (struct vy_leg_bio *)(req + 1);
}

/* For messages. */
static inline const char *vy_name(const struct vy_set *set)
{
	return dm_table_device_name(set->ti->table);
}

/* Both are tables of one device for one set. */
static inline bool vy_same_device(const struct vy_set *a, const struct vy_set *b)
{
	return dm_table_get_md(a->ti->table) == dm_table_get_md(b->ti->table) &&
	       !memcmp(a->uuid, b->uuid, sizeof(a->uuid));
}

/* Sectors of a region; log2 of it. */
static inline unsigned int vy_region_shift(const struct vy_set *set)
{
	return set->geom.region_shift - SECTOR_SHIFT;
}

static inline sector_t vy_region_sectors(const struct vy_set *set)
{
	return 1u << vy_region_shift(set);
}

static inline u8 vy_members(u32 roles)
{
	return roles & 0xff;
}

static inline u8 vy_targets(u32 roles)
{
	return roles >> 8;
}

static inline u64 vy_zone_of(const struct vy_set *set, sector_t sector)
{
	return sector >> set->zone_sectors_shift;
}

static inline struct vy_bucket *vy_bucket_of(struct vy_set *set, u64 zone)
{
	return &set->bucket[zone & (VY_BUCKETS - 1)];
}

static inline sector_t vy_zone_start(const struct vy_set *set, u64 zone)
{
	return (sector_t)zone << set->zone_sectors_shift;
}

/* The slot is a partial leg, and this zone no part of it. */
static inline bool vy_is_hole(const struct vy_set *set, u8 slot, u64 zone)
{
	return set->leg[slot].holes && test_bit(zone, set->leg[slot].holes);
}

/* Slots of the mask that hold nothing of the zone. */
static inline u8 vy_holes(const struct vy_set *set, u8 mask, u64 zone)
{
	u8 holes = 0;
	unsigned int l;

	for (mask &= set->wish.partial; mask; mask &= mask - 1) {
		l = __ffs(mask);
		if (vy_is_hole(set, l, zone))
			holes |= 1u << l;
	}
	return holes;
}

/* Of a mask of members, those that hold all of the volume: one must stay. */
static inline u8 vy_whole(const struct vy_set *set, u8 mask)
{
	return mask & ~set->wish.partial;
}

/* Are these members so many that everything in the set can be had? */
static inline bool vy_enough(const struct vy_set *set, u8 mask)
{
	return hweight8(vy_whole(set, mask)) >= set->need;
}

/* Members whose contents say anything about each other: two, or all of RAID5. */
static inline bool vy_comparable(const struct vy_set *set, u8 members)
{
	return hweight8(members) > set->need;
}

/* A split copy that nobody writes: its status area stays as it is, too. */
static inline bool vy_only_reads(const struct vy_set *set)
{
	return set->side && !vy_table_writable(set->ti->table);
}

/*
 * Of a mask of members, those to read from. A leg that failed a write may have
 * lost others with it that it had acknowledged.
 */
static inline u8 vy_trusted(const struct vy_set *set, u8 mask)
{
	u8 good = mask & ~READ_ONCE(set->doubtful);

	return good ? good : mask;
}

/* End of the zone, or of the volume. */
static inline sector_t vy_zone_end(const struct vy_set *set, u64 zone)
{
	return min_t(sector_t, vy_zone_start(set, zone + 1), set->geom.data_sectors);
}

/* Coarse clock for idle zones: eighths of a second, wraps after two hours. */
static inline u16 vy_age(void)
{
	return (u16)div_u64(get_jiffies_64() * 8, HZ);
}

/* The mask is looked at once. After the last slot l is VY_MAX_SLOTS. */
#define vy_for_each_slot(l, mask) \
	for (u8 rest_ = (mask); ((l) = rest_ ? __ffs(rest_) : VY_MAX_SLOTS) < VY_MAX_SLOTS; \
	     rest_ &= rest_ - 1)

/* main.c: sets that may write their legs now */
int vy_live_add(struct vy_set *set);
void vy_live_run(struct vy_set *set, bool running);
void vy_live_del(struct vy_set *set);
struct vy_shown vy_shown_before(struct vy_set *set);
void vy_show(struct vy_set *set, u64 gen, u8 members);

/* table.c */
int vy_table_parse(struct vy_set *set, unsigned int argc, char **argv);
void vy_table_show(struct vy_set *set, char *result, unsigned int maxlen);

/* status.c */
void vy_set_status(struct dm_target *ti, status_type_t type, unsigned int status_flags,
		   char *result, unsigned int maxlen);
int vy_set_message(struct dm_target *ti, unsigned int argc, char **argv,
		   char *result, unsigned int maxlen);

/* bbr.c */
enum vy_wrote { VY_WRITTEN, VY_PLACE_BAD, VY_LEG_DEAD, VY_NO_SOURCE };

bool vy_bad_status(blk_status_t status);
bool vy_bbr_met_slow(struct vy_leg *leg, sector_t start, sector_t end);
blk_status_t vy_leg_rw(struct vy_set *set, u8 l, blk_opf_t opf, struct page **pages,
		       sector_t start, sector_t end);
enum vy_wrote vy_leg_write(struct vy_set *set, u8 l, u8 sources, blk_opf_t flags,
			   struct page **pages, sector_t start, sector_t end);
bool vy_covered(struct vy_set *set, u8 mask, sector_t start, sector_t end);
void vy_bad_nowhere(struct vy_set *set, u8 l, sector_t start);
bool vy_lacks_for_good(struct vy_set *set, u8 l);
void vy_bad_read_queue(struct vy_set *set, struct vy_req *req);
void vy_bad_write_queue(struct vy_set *set, struct vy_req *req);
void vy_bad_bio_queue(struct vy_set *set, struct bio *bio);
void vy_repair_queue(struct vy_set *set, u8 legs, sector_t start, sector_t end);
void vy_heal_kick(struct vy_set *set);
void vy_heal_soon(struct vy_set *set, u8 l);
void vy_bad_wait(struct vy_set *set);
int vy_bbr_load(struct vy_set *set, u8 l, struct page **page);
int vy_bad_alloc(struct vy_set *set);
void vy_bad_free(struct vy_set *set);
void vy_bad_init(struct vy_set *set);

/* Are some blocks of [start, end) elsewhere? Costs a load as long as none is. */
static inline bool vy_bbr_met(struct vy_leg *leg, sector_t start, sector_t end)
{
	return unlikely(READ_ONCE(leg->bbr_count)) && vy_bbr_met_slow(leg, start, end);
}

/* range.c */
void vy_range_init(struct vy_set *set);
bool vy_range_lock(struct vy_set *set, u64 zone, struct vy_range *range);
void vy_range_unlock(struct vy_set *set, u64 zone, struct vy_range *range);

/* stale.c */
int vy_stale_alloc(struct vy_set *set);
int vy_stale_alloc_copied(struct vy_leg *leg, const struct vy_geom *g);
void vy_stale_free(struct vy_set *set);
void vy_stale_reset(struct vy_set *set);
void vy_stale_mark(struct vy_set *set, u8 slot, sector_t start, sector_t end);
void vy_stale_mark_zone(struct vy_set *set, u8 slot, u64 zone, u8 members);
void vy_stale_mark_dirty_zones(struct vy_set *set, u8 slot);
void vy_stale_mark_sole(struct vy_set *set, u8 slot);
void vy_stale_mark_all(struct vy_set *set, u8 slot);
void vy_stale_clear(struct vy_set *set, u8 slot, sector_t start, sector_t end);
void vy_stale_heal(struct vy_set *set, u8 slot, sector_t start, sector_t end);
bool vy_stale_test(struct vy_set *set, u8 slot, sector_t start, sector_t end);
u8 vy_not_stale(struct vy_set *set, u8 mask, sector_t start, sector_t end);
u8 vy_sources(struct vy_set *set, sector_t start, sector_t end);
bool vy_stale_next_run(struct vy_set *set, u8 slot, sector_t from, sector_t limit,
		       sector_t max, sector_t *start, sector_t *end);
void vy_stale_uncopy(struct vy_set *set, u8 slot);
void vy_stale_copied_flushed(struct vy_set *set, u8 slot, unsigned int which);

/* sa.c: all of it blocks; metadata context or preresume */
int vy_sa_init(struct vy_set *set);
void vy_sa_exit(struct vy_set *set);
int vy_sa_read(struct vy_set *set, u8 slot, u64 off, unsigned int blocks);
int vy_sa_read_to(struct vy_set *set, u8 slot, unsigned int first, u64 off, unsigned int blocks);
u8 vy_sa_read_heads(struct vy_set *set, u8 mask);
u8 vy_sa_write_supers(struct vy_set *set, u8 mask, u8 inconsistent);
u8 vy_sa_write_wib(struct vy_set *set, u8 mask);
u8 vy_sa_write_stale(struct vy_set *set, u8 slot, u8 mask);
u8 vy_sa_write_stale_all(struct vy_set *set, u8 mask);
int vy_sa_rewrite(struct vy_set *set, u8 slot);
u8 vy_sa_flush(struct vy_set *set, u8 mask);
u8 vy_sa_load_wib(struct vy_set *set, u8 mask, u64 *words);
u8 vy_sa_load_stale(struct vy_set *set, u8 mask, u8 slot, u8 to);
u8 vy_sa_load_member(struct vy_set *set, u8 members, u8 slot);
u8 vy_sa_load_written(struct vy_set *set, u8 members, void (*lost)(struct vy_set *set, u64 w));
u8 vy_sa_write_written(struct vy_set *set, u8 mask);

/* commit.c */
void vy_commit_init(struct vy_set *set);
void vy_commit_queue(struct vy_set *set, struct vy_req *req);
void vy_error_queue(struct vy_set *set, struct vy_req *req);
bool vy_commit_durable(struct vy_set *set);
bool vy_commit_now(struct vy_set *set, u64 zone);
void vy_req_suspect(struct vy_set *set, struct vy_req *req, u8 slot);
bool vy_unsettled(struct vy_set *set);
void vy_settle(struct vy_set *set);
void vy_checkpoint(struct vy_set *set);
void vy_flush_lost(struct vy_set *set);
void vy_resync_zone(struct vy_set *set, u64 zone);
void vy_mirror_write_torn(struct vy_set *set, struct vy_req *req);
void vy_mirror_flush_torn(struct vy_set *set);
bool vy_join_waits(struct vy_set *set);
bool vy_zone_hold(struct vy_set *set, u64 zone);
void vy_zone_release(struct vy_set *set, u64 zone);
void vy_legs_fail_durably(struct vy_set *set, u8 mask);

/* clean.c */
void vy_clean_init(struct vy_set *set);
void vy_clean_arm(struct vy_set *set);
void vy_clean_later(struct vy_set *set, unsigned long delay);
void vy_clean_stop(struct vy_set *set);
void vy_clean_all(struct vy_set *set);

/* leg.c: metadata context */
u64 vy_new_gen(void);
void vy_legs_fail(struct vy_set *set, u8 mask);
void vy_mirror_resync_drop(struct vy_set *set, u8 lost);
void vy_event(struct vy_set *set);

/* assemble.c */
int vy_assemble_alloc(struct vy_set *set);
void vy_assemble_free(struct vy_set *set);
int vy_set_assemble(struct vy_set *set);

/* set.c */
int vy_set_ctr(struct dm_target *ti, unsigned int argc, char **argv,
	       const struct vy_kind *kind);
void vy_set_dtr(struct dm_target *ti);
void vy_set_presuspend(struct dm_target *ti);
void vy_set_presuspend_undo(struct dm_target *ti);
void vy_set_postsuspend(struct dm_target *ti);
int vy_set_preresume(struct dm_target *ti);
void vy_set_resume(struct dm_target *ti);
int vy_set_iterate_devices(struct dm_target *ti, iterate_devices_callout_fn fn, void *data);

/* mirror.c */
void vy_io_init(struct vy_set *set);
struct vy_req *vy_req_begin(struct dm_target *ti, struct bio *bio);
void vy_flush(struct vy_set *set, struct vy_req *req);
void vy_write_settle(struct vy_req *req);
void vy_read_end(struct vy_req *req, blk_status_t status);
void vy_req_end(struct vy_req *req, blk_status_t status);
void vy_req_settled(struct vy_req *req);
void vy_req_defer(struct vy_set *set, struct vy_req *req);
void vy_req_queue(struct vy_set *set, struct vy_req *req, struct list_head *list,
		  struct workqueue_struct *wq, struct work_struct *work);
void vy_bio_queue(struct vy_set *set, struct bio *bio, struct bio_list *list,
		  struct work_struct *work);
void vy_leg_written(struct bio *bio, blk_status_t status);
extern const struct vy_kind vy_mirror_kind;
extern struct target_type vy_mirror_target;

/* raid5.c */
int vy_row_pool_init(struct vy_set *set);
void vy_row_pool_wait(struct vy_set *set);
struct page **vy_row_scratch(struct vy_set *set);
void vy_row_pool_exit(struct vy_set *set);
void vy_row_write_range(struct vy_set *set, struct vy_req *req);
extern const struct vy_kind vy_raid5_kind;
extern struct target_type vy_raid5_target;

/* rowlog.c */
u8 vy_log_members(struct vy_set *set);
u64 vy_log_wanted(struct vy_set *set, u8 members, u8 parity);
void vy_log_reset(struct vy_set *set);
u32 vy_log_room(const struct vy_set *set, u8 l);
void vy_log_activate(struct vy_set *set, u8 members, u8 targets, u64 said);
void vy_log_protect(struct vy_set *set);
u8 vy_log_replay(struct vy_set *set, u8 members, u64 gen, struct page **scratch);

/* fresh.c */
int vy_fresh_init(struct vy_set *set);
void vy_fresh_exit(struct vy_set *set);
void vy_fresh_wait(struct vy_set *set);
void vy_fresh_reset(struct vy_set *set);
u8 vy_fresh_check(struct vy_set *set, u8 mask, const struct vy_sb *sb);
u8 vy_fresh_load(struct vy_set *set, u8 members);
sector_t vy_fresh_run(struct vy_set *set, sector_t start, sector_t end, bool *fresh);
bool vy_fresh_met_slow(struct vy_set *set, sector_t start, sector_t end);
void vy_fresh_write(struct vy_set *set, struct vy_req *req);

/* Was some of [start, end), within one zone, never written? */
static inline bool vy_fresh_met(struct vy_set *set, sector_t start, sector_t end)
{
	return unlikely(atomic64_read(&set->fresh.regions)) && vy_fresh_met_slow(set, start, end);
}

/* ... all of it? */
static inline bool vy_fresh_all(struct vy_set *set, sector_t start, sector_t end)
{
	bool fresh = false;

	return unlikely(atomic64_read(&set->fresh.regions)) &&
	       vy_fresh_run(set, start, end, &fresh) == end && fresh;
}

/* parity.c */
void vy_pages_xor(struct page **to, struct page **from, sector_t sectors);
u8 vy_row_good(struct vy_set *set, u8 live, sector_t start, sector_t end);
int vy_row_read_for(struct vy_set *set, u8 l, struct page **pages, struct page **scratch,
		    sector_t start, sector_t end);
bool vy_row_resync_run(struct vy_set *set, struct vy_rc_slot *slot, sector_t start, sector_t end);
u64 vy_row_check_run(struct vy_set *set, struct vy_rc_slot *slot, sector_t start, sector_t end);
void vy_row_distrust(struct vy_set *set, sector_t start, sector_t end);
void vy_row_write_torn(struct vy_set *set, struct vy_req *req);
void vy_row_flush_torn(struct vy_set *set);
void vy_row_resync_drop(struct vy_set *set, u8 lost);
void vy_row_trust(struct vy_set *set, u8 members);

/* balance.c */
void vy_balance_init(struct vy_set *set);
u8 vy_read_choose(struct vy_set *set, u8 legs, sector_t sector);
void vy_read_measured(struct vy_set *set, u8 l, u64 took_ns, unsigned int depth);

/* discard.c */
void vy_cut_to_zone(struct vy_set *set, struct vy_req *req);
void vy_discard_begin(struct vy_set *set, struct vy_req *req);
bool vy_discard_offered(struct vy_set *set);
void vy_zeroes_again(struct vy_set *set, struct bio *bio);
void vy_zeroes_work(struct vy_set *set, struct bio_list *zeroes);

/* lpstat.c */
int vy_lp_message(struct vy_set *set, unsigned int argc, char **argv,
		  char *result, unsigned int maxlen);
void vy_lp_inherit(struct vy_set *set);
void vy_lp_free(struct vy_set *set);
void vy_lp_count_one(struct vy_set *set, const struct vy_req *req);

static inline void vy_lp_count(struct vy_set *set, const struct vy_req *req)
{
	if (unlikely(rcu_access_pointer(set->lp)))
		vy_lp_count_one(set, req);
}

/* recover.c */
void vy_recover_init(struct vy_set *set);
void vy_recover_start(struct vy_set *set);
void vy_recover_stop(struct vy_set *set);
void vy_recover_wait(struct vy_set *set);
u64 vy_recover_left(struct vy_set *set);
void vy_recover_kick(struct vy_set *set);
void vy_recover_retry(struct vy_set *set);
const char *vy_recover_action(struct vy_set *set);
void vy_recover_progress(struct vy_set *set, u64 *done, u64 *total);
sector_t vy_rc_max(const struct vy_set *set);
unsigned int vy_rc_pages(const struct vy_set *set);
bool vy_rc_pages_get(struct vy_set *set, struct vy_rc_slot *slot, unsigned int first);
bool vy_rc_begin(struct vy_set *set, struct vy_rc_slot *slot, sector_t start, sector_t end);
void vy_rc_end(struct vy_set *set, struct vy_rc_slot *slot);
int vy_rc_io(struct vy_set *set, struct page **pages, u8 l, blk_opf_t op,
	     sector_t start, sector_t end);
void vy_rc_leg_error(struct vy_set *set, u8 l);
void vy_rc_count(struct vy_set *set, atomic64_t *counter, sector_t start, sector_t end);
int vy_mirror_read_for(struct vy_set *set, u8 l, struct page **pages, struct page **scratch,
		       sector_t start, sector_t end);
bool vy_mirror_resync_run(struct vy_set *set, struct vy_rc_slot *slot, sector_t start,
			  sector_t end);

/* check.c */
u64 vy_mirror_check_run(struct vy_set *set, struct vy_rc_slot *slot, sector_t start,
			sector_t end);
u64 vy_check_compare(struct page **a, struct page **b, sector_t sectors);
int vy_check_start(struct vy_set *set, enum vy_check_mode mode);
void vy_check_stop(struct vy_set *set);
bool vy_check_pick(struct vy_set *set, struct vy_rc_slot *slot);
bool vy_check_zone(struct vy_set *set, struct vy_rc_slot *slot);

/* pace.c */
void vy_pace_init(struct vy_set *set);
void vy_pace_time(struct vy_set *set, struct vy_req *req);
u64 vy_pace_timed(struct vy_set *set, struct vy_req *req, int dir);
int vy_pace_slots(struct vy_set *set);
bool vy_pace_begin(struct vy_set *set, u64 bytes);
void vy_pace_end(struct vy_set *set);
void vy_pace_observe(struct vy_set *set, bool copying);
int vy_pace_speed(struct vy_set *set, u64 min_kib, u64 max_kib);

/* A write came: is its zone durably dirty? It stays so until the write has ended. */
static inline bool vy_write_ready(struct vy_set *set, struct vy_req *req)
{
	struct vy_zone *zone = &set->zone[req->zone];

	this_cpu_inc(*set->stats.data_writes);
	atomic_inc(&zone->inflight);
	/* pairs with smp_mb() in vy_clean_pick() */
	smp_mb__after_atomic();
	return likely(READ_ONCE(zone->state) == Z_DIRTY);
}

/*
 * A request came. That the volume is in use is noted once in a tick of the
 * clock, and the request that does it is timed: all others pay one comparison.
 */
static inline void vy_pace_seen(struct vy_set *set, struct vy_req *req)
{
	if (unlikely(READ_ONCE(set->pace.seen) != jiffies))
		vy_pace_time(set, req);
}

#endif
