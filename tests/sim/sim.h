/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the simulator know of each other.
 *
 *	sched.c	 contexts, locks, workqueues, timers, memory, chance
 *	block.c	 bios, and disks that lose what they have not flushed
 *	dm.c	 what device-mapper does around a target
 *	look.c	 the little that is looked up inside the module
 *	oracle.c which data a read may return, which leg owns what
 *	walk.c	 the events and the checks, of a mirror; main()
 *	rows.c	 the same for RAID5: another program
 *
 * The first three see the module's side (kernel.h), the last two user space.
 */
#ifndef SIM_H
#define SIM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_LEGS	8

/* ---- sched.c ---- */

/* How a trial interleaves; set before sim_begin(). */
extern struct sim_manner {
	unsigned int preempt;	/* mean of shared accesses between forced switches; 0: none */
	unsigned int run, io, work, timer;	/* weights of what can go on next */
	unsigned int nowait_fails;	/* of 1024 allocations that may not wait */
	unsigned int alloc_fails;	/* ... of those that may, but for reserves */
	bool scarce;		/* reserves only: whoever may wait does */
	int slow_disk;		/* its I/O is picked rarely; -1: none */
} sim_manner;

void sim_seed(uint64_t seed);
uint64_t sim_rand(void);
static inline uint64_t sim_below(uint64_t n) { return sim_rand() % n; }
static inline bool sim_chance(unsigned int of_1024) { return (sim_rand() & 1023) < of_1024; }

/* Power on: module loaded, nothing allocated. Whatever ran before is gone. */
void sim_power_on(void);

/* Run fn in a context of its own. atomic: it must not sleep. */
void sim_start(const char *name, void (*fn)(void *), void *arg, bool atomic);

/* One thing that can go on does. False when only timers, or nothing, are left. */
bool sim_step(void);
/* The next timer fires; false when there is none. */
bool sim_timer(void);
unsigned int sim_busy(void);	/* contexts that exist */
const char *sim_works(void);	/* NULL, or which workqueue but *_io is busy */
void sim_who_waits(void);	/* to the trace, for a deadlock */
uint64_t sim_live_bytes(void);	/* allocated by the module */
extern uint64_t sim_refused;	/* allocations that failed although they might wait */
extern uint64_t sim_now;	/* serial number of the step */

/*
 * Like sim_fail(), which a context of the module calls; the walk sees
 * sim_failure set after the next step.
 */
extern char sim_failure[512];
extern jmp_buf sim_failed;	/* where a failure outside of any context goes */
extern bool sim_tracing, sim_trace_all;
void sim_log(const char *fmt, ...);
void sim_trace_dump(void);
#define sim_trace(...)	do { if (sim_tracing) sim_log(__VA_ARGS__); } while (0)

/* ---- block.c ---- */

enum sim_disk_state { DISK_OK, DISK_GONE };

struct sim_disk_stats { uint64_t reads, writes, flushes, errors; };

void disks_make(unsigned int n, uint64_t data_sectors, uint64_t sa_sectors, bool torn_512);
void disk_litter(unsigned int d);	/* what was on it before */
void disks_format_done(void);	/* what lies in the status areas now is durable */
void disk_fail(unsigned int d);		/* goes away, and its cache with it */
bool disk_heal(unsigned int d);		/* back; false: nobody has noticed yet */
bool disk_unnoticed(unsigned int d);	/* no write has failed since it went */
void disk_power_cut(unsigned int d);	/* as disk_fail(), but is there again at once */
void disk_destage(unsigned int d);	/* some of its cache becomes durable */
enum sim_disk_state disk_state(unsigned int d);
bool disks_doomed(uint8_t which);	/* does some write to one of these fail? */
/* Some I/O under way to one of these disks, of either kind, will fail, and the disk goes on. */
bool disk_fail_one(uint8_t which, bool reads, bool writes);
/* Sectors of the data area that fail from now on, until the cure. False: too many. */
bool disk_bad(unsigned int d, uint64_t start, uint64_t end, bool reads, bool writes);
bool disk_is_bad(unsigned int d, uint64_t start, uint64_t end);	/* some of them? */
bool disks_some_bad(void);
void disks_cure(void);
/* Of a relocated block, that of its spare. */
uint64_t disk_stamp(unsigned int d, uint64_t sector);		/* as read now */
uint64_t disk_durable_stamp(unsigned int d, uint64_t sector);
void *disk_sa(unsigned int d);		/* bytes of its status area, as read now */
void disks_drop_io(void);		/* power cut: what is under way ends nowhere */
bool disks_step(void);			/* some I/O completes; false: none is under way */
unsigned int disks_pending(void);
extern struct sim_disk_stats sim_disk_stats;

/* ---- dm.c ---- */

struct dm_io_end {
	void (*end)(struct dm_io_end *io, int error, const uint64_t *stamps);
};

/* Tables are of varyon-raid5, from the next sim_power_on(). */
void dm_use_rows(void);
/* How large the areas of every disk are. */
void dm_areas(uint64_t data_sectors, uint64_t sa_sectors);

/* These may block: in a context only. */
int dm_load(const char *table, uint64_t sectors);	/* ctr; -errno */
/* preresume, between(), resume, of the table loaded last */
int dm_resume(void (*between)(void));
void dm_presuspend(bool noflush);
void dm_postsuspend(void);	/* no I/O may be under way */
void dm_drop_loaded(void);	/* dtr of a table that was loaded and not resumed */
void dm_remove(void);		/* dtr of the active one */
bool dm_active(void);
int dm_message(const char *text, char *result, unsigned int len);
void dm_status(char *result, unsigned int len);
void *dm_private(void);		/* of the active table */
/* Any context; the end may come before it returns. n sectors of one stamp each. */
void dm_write(struct dm_io_end *io, uint64_t sector, unsigned int n, uint64_t stamp, bool fua);
void dm_read(struct dm_io_end *io, uint64_t sector, unsigned int n);
void dm_flush(struct dm_io_end *io);
unsigned int dm_in_flight(void);

/* ---- oracle.c ---- */

#define ORACLE_MAX_WRITES	8192
#define ORACLE_LIST		24	/* writes that a sector may still hold */

/* A read or a flush under way. */
struct oracle_io {
	uint64_t begun;
	uint64_t sector;
	unsigned int n;
	unsigned int last_write;	/* the newest when it began */
	uint32_t could[128][ORACLE_LIST];	/* for each sector, what it could hold then */
	uint8_t could_nr[128];
};

/* hot: the sectors that will be written to, ranges of [start, end). */
void oracle_begin(unsigned int legs, uint64_t sectors);
void oracle_hot(uint64_t start, uint64_t end);
unsigned int oracle_hot_nr(void);
uint64_t oracle_hot_sector(unsigned int i);

/* The stamp of a new write, or 0 when no more can be remembered. */
uint64_t oracle_write(uint64_t sector, unsigned int n);
void oracle_write_end(uint64_t stamp, bool ok, bool fua, uint8_t members);
void oracle_read(struct oracle_io *io, uint64_t sector, unsigned int n);
void oracle_read_end(struct oracle_io *io, const uint64_t *stamps);
void oracle_flush(struct oracle_io *io);
void oracle_flush_end(struct oracle_io *io, uint8_t members);

void oracle_members(uint8_t members);	/* legs that count as in sync now */
void oracle_stop(void);			/* the device is gone, the disks have power */
void oracle_power_cut(void);		/* what was not flushed may be lost */
void oracle_unstable(void);		/* a leg failed: what was in doubt may change */
/* Between preresume and resume. */
struct look_verdict;
void oracle_boot(const struct look_verdict *v, bool blind);
/* Everything is quiet: the value of a hot sector on a member. */
void oracle_check(uint64_t sector, uint64_t stamp, unsigned int leg);

/* ---- look.c ---- */

struct look_verdict {
	bool ok, split, few;
	bool logged;		/* RAID5: the log has what was being written */
	bool always;		/* ... whichever leg is missing */
	int best;
	uint8_t members, targets;
	bool blind;		/* an absent leg may have gone on unknown to best */
	uint8_t known;		/* slots whose superblock is valid */
	uint8_t inconsistent;	/* of those: unfinished copies */
	uint8_t dirty;		/* slots with some write-intent bit */
	char text[200];
};

/*
 * The volumes from now on: RAID5 with chunks of so many sectors, 0: mirrors; and a
 * row log of so many slots, 0: none; and a map of what was ever written, or none.
 */
void look_rows(unsigned int chunk, unsigned int slots, bool written);
/* Does a sector of the legs count as written? */
bool look_written(void *set, uint64_t sector);
/* Where a sector of such a volume lies: its leg, the one with the parity, the sector there. */
void look_place(unsigned int legs, uint64_t sector, unsigned int *leg, unsigned int *parity,
		uint64_t *at);
/* head_sectors: of a status area without the table of relocated blocks and the spares. */
void look_format(unsigned int legs, uint64_t sectors, bool spares, uint64_t *head_sectors,
		 uint64_t *sa_sectors);
/* The sector of the status area that stands for this one of the data area, or -1. */
int64_t look_spare(const void *sa, unsigned int slot, bool durable, uint64_t sector);
void look_table(char *line, size_t size, unsigned int legs, uint8_t present,
		uint64_t sa_sectors, const char *option);
void look_init_sa(void *sa, unsigned int legs, unsigned int slot, uint64_t sectors,
		  uint64_t sa_sectors);
void look_assemble(void *const sa[SIM_LEGS], uint8_t present, unsigned int legs,
		   struct look_verdict *v);
/* Has the set given the generation that it has now to one of these legs? */
bool look_handed(void *set, void *const sa[SIM_LEGS], uint8_t legs);
/* Some member lacks something, and some superblock does not say so. */
bool look_unsaid(void *set, void *const sa[SIM_LEGS]);
/* After look_assemble(): do the status areas say that the leg may not have the best's data? */
bool look_known_lacking(void *const sa[SIM_LEGS], unsigned int slot, uint64_t sector);
uint8_t look_members(void *set);
uint8_t look_targets(void *set);
int look_resync(void *set);		/* zones that are to be made equal */
bool look_doubt(void *set);		/* which legs are good is being found out */
bool look_logged(void *set);		/* the disks say that the row log has all */
bool look_settled(void *set);		/* no failure waits to be dealt with */
bool look_stale(void *set, unsigned int slot, uint64_t sector);
/* Regions that the slot lacks in memory, or -1 while that may be changing. */
#define LOOK_HOPELESS	64	/* ... that a target becomes a member without, at most */
int64_t look_lacks(void *set, unsigned int slot);
/* Since the last call: does a target get writes, and its superblock has an older generation? */
bool look_behind(void *set, void *const sa[SIM_LEGS]);
bool look_dirty(void *set, uint64_t sector);
/* A target lacks the sector, and the map of some member on its disk does not say so. */
bool look_unmapped(void *set, void *const sa[SIM_LEGS], uint64_t sector);
const char *look_leak(void *set);	/* after postsuspend: what is left, or NULL */
void look_params(unsigned int clean_delay_ms, unsigned int max_dirty_zones);

#endif
