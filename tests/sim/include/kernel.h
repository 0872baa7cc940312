/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel as far as the module uses it, for one thread of user space.
 *
 * Every <linux/...> and <asm/...> that the module includes is this file: the
 * makefile generates the forwarding headers. What is missing here is a
 * compile error in the module's source; add the declaration here and the body
 * to sched.c, block.c or dm.c.
 *
 * Memory is sequentially consistent. What runs in parallel in a kernel is
 * interleaved here: a context gives way where it blocks and, in trials that
 * want it, at any access that the module marks as shared (sim_point()).
 */
#ifndef SIM_KERNEL_H
#define SIM_KERNEL_H

#include <asm-generic/errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- types and plain macros ---- */

typedef unsigned char u8, __u8;
typedef unsigned short u16, __u16, __le16;
typedef unsigned int u32, __u32, __le32;
typedef unsigned long long u64, __u64, __le64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef u64 sector_t;
typedef unsigned int gfp_t;
typedef u32 blk_opf_t;
typedef u8 blk_status_t;
typedef unsigned int fmode_t;
typedef unsigned int uint;

#define __percpu
#define __init
#define __exit
#define __iomem
#define __must_check
#define __always_unused	__attribute__((unused))
#define __maybe_unused	__attribute__((unused))
#define __read_mostly
#define __rcu
#define noinline	__attribute__((noinline))
#define fallthrough	__attribute__((fallthrough))
#ifndef static_assert
#define static_assert	_Static_assert
#endif
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define barrier()	__asm__ __volatile__("" ::: "memory")
#define BUILD_BUG_ON(x)	_Static_assert(!(x), #x)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))

#define U8_MAX		UINT8_MAX
#define U16_MAX		UINT16_MAX
#define U32_MAX		UINT32_MAX
#define S64_MAX		((s64)INT64_MAX)
#define U64_MAX		((u64)~0ull)
#define BITS_PER_LONG	64
#define PAGE_SHIFT	12
#define PAGE_SIZE	4096u
#define SECTOR_SHIFT	9
#define SECTOR_SIZE	512u
#define PAGE_SECTORS	(PAGE_SIZE / SECTOR_SIZE)
#define HZ		250

#define min(a, b)	({ __auto_type a_ = (a); __auto_type b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b)	({ __auto_type a_ = (a); __auto_type b_ = (b); a_ > b_ ? a_ : b_; })
#define min_t(t, a, b)	({ t a_ = (a); t b_ = (b); a_ < b_ ? a_ : b_; })
#define max_t(t, a, b)	({ t a_ = (a); t b_ = (b); a_ > b_ ? a_ : b_; })
#define min3(a, b, c)	min(min(a, b), c)
#define clamp_t(t, v, lo, hi)	min_t(t, max_t(t, v, lo), hi)
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define min_not_zero(a, b) \
	({ __auto_type x_ = (a); __auto_type y_ = (b); !x_ ? y_ : !y_ ? x_ : min(x_, y_); })
#define swap(a, b)	do { __auto_type t_ = (a); (a) = (b); (b) = t_; } while (0)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_ULL(n, d)	DIV_ROUND_UP((u64)(n), (u64)(d))
#define round_up(x, y)		((((x) - 1) | ((__typeof__(x))(y) - 1)) + 1)
#define round_down(x, y)	((x) & ~((__typeof__(x))(y) - 1))
#define roundup(x, y)		(DIV_ROUND_UP(x, y) * (y))
#define rounddown(x, y)		((x) / (y) * (y))
#define IS_ALIGNED(x, a)	(!((x) & ((__typeof__(x))(a) - 1)))
#define GENMASK_ULL(h, l)	((~0ull << (l)) & (~0ull >> (63 - (h))))
#define BIT(n)		(1ul << (n))
#define BIT_ULL(n)	(1ull << (n))
#define BITS_TO_LONGS(n)	DIV_ROUND_UP(n, 64)
#define IS_ENABLED(x)	0
#define ____cacheline_aligned_in_smp
#define upper_32_bits(n)	((u32)((n) >> 32))
#define lower_32_bits(n)	((u32)(n))
#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))
#define struct_size(p, m, n)	(sizeof(*(p)) + sizeof((p)->m[0]) * (n))

#define MAX_ERRNO	4095
#define IS_ERR(p)	((unsigned long)(p) >= (unsigned long)-MAX_ERRNO)
#define PTR_ERR(p)	((long)(p))
#define ERR_PTR(e)	((void *)(long)(e))

static inline u64 div_u64(u64 n, u32 d) { return n / d; }
static inline u64 div_u64_rem(u64 n, u32 d, u32 *rest) { *rest = n % d; return n / d; }
static inline s64 div_s64(s64 n, s32 d) { return n / d; }
static inline u64 div64_u64(u64 n, u64 d) { return n / d; }
static inline s64 div64_s64(s64 n, s64 d) { return n / d; }
static inline u64 mul_u64_u64_div_u64(u64 a, u64 b, u64 c)
{
	return (unsigned __int128)a * b / c;
}

#define cpu_to_le16(x)	((__le16)(x))
#define cpu_to_le32(x)	((__le32)(x))
#define cpu_to_le64(x)	((__le64)(x))
#define le16_to_cpu(x)	((u16)(x))
#define le32_to_cpu(x)	((u32)(x))
#define le64_to_cpu(x)	((u64)(x))

/* ---- what goes wrong ---- */

void sim_fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void sim_log(const char *fmt, ...);

#define BUG()		sim_fail("BUG at %s:%d", __FILE__, __LINE__)
#define BUG_ON(x)	do { if (x) BUG(); } while (0)
#define WARN_ON(x) \
	({ bool w_ = (x); if (w_) sim_fail("WARN_ON(%s) at %s:%d", #x, __FILE__, __LINE__); w_; })
#define WARN_ON_ONCE(x)	WARN_ON(x)
#define WARN_ONCE(x, ...)	WARN_ON(x)
#define WARN(x, ...)	WARN_ON(x)
#define lockdep_assert_held(l) \
	do { if (!(l)->owner) sim_fail("%s not held at %s:%d", #l, __FILE__, __LINE__); } while (0)

#define lockdep_is_held(l)	((l)->owner)

/* ---- interleaving ---- */

extern unsigned int sim_fuse;		/* shared accesses until the next forced switch */
void sim_preempt(void);

static inline void sim_point(void)
{
	if (unlikely(!--sim_fuse))
		sim_preempt();
}

void sim_might_sleep(const char *what);
#define might_sleep()	sim_might_sleep(__func__)
void cond_resched(void);

#define READ_ONCE(x)	({ sim_point(); *(const volatile __typeof__(x) *)&(x); })
#define WRITE_ONCE(x, v) \
	do { sim_point(); *(volatile __typeof__(x) *)&(x) = (v); } while (0)
#define smp_mb()	do { sim_point(); barrier(); } while (0)
#define smp_rmb()	smp_mb()
#define smp_wmb()	smp_mb()
#define smp_mb__before_atomic()	smp_mb()
#define smp_mb__after_atomic()	smp_mb()
#define smp_load_acquire(p)	READ_ONCE(*(p))
#define smp_store_release(p, v)	WRITE_ONCE(*(p), v)
#define xchg(p, v) \
	({ sim_point(); __typeof__(*(p)) o_ = *(p); *(p) = (v); o_; })
#define cmpxchg(p, old, new) \
	({ sim_point(); __typeof__(*(p)) o_ = *(p); if (o_ == (old)) *(p) = (new); o_; })

typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;

#define ATOMIC_INIT(n)	{ n }

#define SIM_ATOMIC(name, type, num)						\
static inline num name##_read(const type *v) { sim_point(); return v->counter; }	\
static inline void name##_set(type *v, num n) { sim_point(); v->counter = n; }		\
static inline void name##_add(num n, type *v) { sim_point(); v->counter += n; }	\
static inline void name##_sub(num n, type *v) { sim_point(); v->counter -= n; }	\
static inline void name##_inc(type *v) { sim_point(); v->counter++; }			\
static inline void name##_dec(type *v) { sim_point(); v->counter--; }			\
static inline num name##_inc_return(type *v) { sim_point(); return ++v->counter; }	\
static inline num name##_dec_return(type *v) { sim_point(); return --v->counter; }	\
static inline num name##_add_return(num n, type *v) { sim_point(); return v->counter += n; } \
static inline num name##_sub_return(num n, type *v) { sim_point(); return v->counter -= n; } \
static inline bool name##_dec_and_test(type *v) { sim_point(); return !--v->counter; }	\
static inline num name##_xchg(type *v, num n) { return xchg(&v->counter, n); }		\
static inline num name##_cmpxchg(type *v, num o, num n) { return cmpxchg(&v->counter, o, n); } \
static inline bool name##_inc_not_zero(type *v)					\
{										\
	sim_point();								\
	return v->counter && ++v->counter;					\
}										\
static inline bool name##_add_unless(type *v, num a, num u)			\
{										\
	sim_point();								\
	if (v->counter == u)							\
		return false;							\
	v->counter += a;							\
	return true;								\
}

SIM_ATOMIC(atomic, atomic_t, int)
SIM_ATOMIC(atomic64, atomic64_t, s64)

/* ---- bits ---- */

static inline unsigned long __ffs(unsigned long w) { return __builtin_ctzl(w); }
static inline unsigned long __ffs64(u64 w) { return __builtin_ctzll(w); }
static inline unsigned long __fls(unsigned long w) { return 63 - __builtin_clzl(w); }
static inline int fls64(u64 w) { return w ? 64 - __builtin_clzll(w) : 0; }
static inline int fls(u32 w) { return w ? 32 - __builtin_clz(w) : 0; }
static inline int ffs_(int w) { return __builtin_ffs(w); }
static inline unsigned int ilog2(u64 w) { return 63 - __builtin_clzll(w); }
static inline unsigned int hweight8(u8 w) { return __builtin_popcount(w); }
static inline unsigned int hweight32(u32 w) { return __builtin_popcount(w); }
static inline unsigned long hweight64(u64 w) { return __builtin_popcountll(w); }

static inline bool test_bit(unsigned long n, const volatile unsigned long *p)
{
	sim_point();
	return p[n / 64] >> (n % 64) & 1;
}

static inline void __set_bit(unsigned long n, volatile unsigned long *p)
{
	p[n / 64] |= 1ul << n % 64;
}

static inline void __clear_bit(unsigned long n, volatile unsigned long *p)
{
	p[n / 64] &= ~(1ul << n % 64);
}

static inline void set_bit(unsigned long n, volatile unsigned long *p)
{
	sim_point();
	__set_bit(n, p);
}

static inline void clear_bit(unsigned long n, volatile unsigned long *p)
{
	sim_point();
	__clear_bit(n, p);
}

static inline bool test_and_set_bit(unsigned long n, volatile unsigned long *p)
{
	bool was = test_bit(n, p);

	__set_bit(n, p);
	return was;
}

static inline bool test_and_clear_bit(unsigned long n, volatile unsigned long *p)
{
	bool was = test_bit(n, p);

	__clear_bit(n, p);
	return was;
}

#define test_bit_acquire(n, p)		test_bit(n, p)
#define clear_bit_unlock(n, p)		clear_bit(n, p)
#define test_and_set_bit_lock(n, p)	test_and_set_bit(n, p)

static inline void bitmap_zero(unsigned long *p, unsigned long n)
{
	memset(p, 0, BITS_TO_LONGS(n) * sizeof(long));
}

static inline void bitmap_fill(unsigned long *p, unsigned long n)
{
	memset(p, 0xff, BITS_TO_LONGS(n) * sizeof(long));
}

unsigned long find_next_bit(const unsigned long *p, unsigned long size, unsigned long from);
unsigned long find_next_zero_bit(const unsigned long *p, unsigned long size, unsigned long from);
#define find_first_bit(p, size)	find_next_bit(p, size, 0)
#define for_each_set_bit(b, p, size)					\
	for ((b) = find_next_bit(p, size, 0); (b) < (size);		\
	     (b) = find_next_bit(p, size, (b) + 1))

static inline bool bitmap_empty(const unsigned long *p, unsigned long n)
{
	return find_next_bit(p, n, 0) >= n;
}

static inline unsigned long bitmap_weight(const unsigned long *p, unsigned long n)
{
	unsigned long b, sum = 0;

	for_each_set_bit(b, p, n)
		sum++;
	return sum;
}

void bitmap_set(unsigned long *p, unsigned int start, unsigned int n);
void bitmap_clear(unsigned long *p, unsigned int start, unsigned int n);

/* ---- lists ---- */

struct list_head { struct list_head *next, *prev; };

#define LIST_HEAD_INIT(n)	{ &(n), &(n) }
#define LIST_HEAD(n)		struct list_head n = LIST_HEAD_INIT(n)

static inline void INIT_LIST_HEAD(struct list_head *l) { l->next = l->prev = l; }
static inline bool list_empty(const struct list_head *l) { return l->next == l; }
#define list_empty_careful(l)	list_empty(l)

static inline void list_insert_(struct list_head *n, struct list_head *p, struct list_head *x)
{
	n->prev = p;
	n->next = x;
	p->next = n;
	x->prev = n;
}

static inline void list_add(struct list_head *n, struct list_head *l)
{
	list_insert_(n, l, l->next);
}

static inline void list_add_tail(struct list_head *n, struct list_head *l)
{
	list_insert_(n, l->prev, l);
}

static inline void list_del_(struct list_head *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
}

static inline void list_del(struct list_head *n)
{
	list_del_(n);
	n->next = (void *)0x100;	/* using it again shows */
	n->prev = (void *)0x122;
}

static inline void list_del_init(struct list_head *n)
{
	list_del_(n);
	INIT_LIST_HEAD(n);
}

static inline void list_move_tail(struct list_head *n, struct list_head *l)
{
	list_del_(n);
	list_add_tail(n, l);
}

static inline void list_move(struct list_head *n, struct list_head *l)
{
	list_del_(n);
	list_add(n, l);
}

static inline void list_splice_tail(struct list_head *from, struct list_head *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
}

static inline void list_splice_tail_init(struct list_head *from, struct list_head *to)
{
	list_splice_tail(from, to);
	INIT_LIST_HEAD(from);
}

static inline void list_splice_init(struct list_head *from, struct list_head *to)
{
	if (list_empty(from))
		return;
	from->next->prev = to;
	from->prev->next = to->next;
	to->next->prev = from->prev;
	to->next = from->next;
	INIT_LIST_HEAD(from);
}

#define list_entry(p, type, member)	container_of(p, type, member)
#define list_first_entry(l, type, member)	list_entry((l)->next, type, member)
#define list_last_entry(l, type, member)	list_entry((l)->prev, type, member)
#define list_first_entry_or_null(l, type, member) \
	(list_empty(l) ? NULL : list_first_entry(l, type, member))
#define list_next_entry(p, member)	list_entry((p)->member.next, __typeof__(*(p)), member)
#define list_for_each_entry(p, l, member)				\
	for (p = list_first_entry(l, __typeof__(*p), member);		\
	     &p->member != (l); p = list_next_entry(p, member))
#define list_for_each_entry_safe(p, n, l, member)			\
	for (p = list_first_entry(l, __typeof__(*p), member),		\
	     n = list_next_entry(p, member); &p->member != (l);		\
	     p = n, n = list_next_entry(n, member))

/* ---- memory ---- */

#define GFP_KERNEL	0x1u
#define GFP_NOIO	0x2u
#define GFP_NOFS	0x2u
#define GFP_NOWAIT	0x4u
#define GFP_ATOMIC	0x4u
#define __GFP_NOWARN	0x8u
#define __GFP_ZERO	0x10u
#define __GFP_NORETRY	0x20u
#define __GFP_HIGHMEM	0

/* For the module: fails when the trial is short of memory. */
void *sim_alloc(size_t size, gfp_t gfp);
/* For the simulator itself: never fails. */
void *sim_take(size_t size, bool zero);
bool sim_no_memory(void);
void kvfree(const void *p);
#define kfree(p)			kvfree(p)
#define vfree(p)			kvfree(p)
#define kmalloc(n, gfp)			sim_alloc(n, gfp)
#define kvmalloc(n, gfp)		sim_alloc(n, gfp)
#define kzalloc(n, gfp)			sim_alloc(n, (gfp) | __GFP_ZERO)
#define kvzalloc(n, gfp)		sim_alloc(n, (gfp) | __GFP_ZERO)
#define kcalloc(n, s, gfp)		sim_alloc((size_t)(n) * (s), (gfp) | __GFP_ZERO)
#define kvcalloc(n, s, gfp)		sim_alloc((size_t)(n) * (s), (gfp) | __GFP_ZERO)
#define kmalloc_array(n, s, gfp)	sim_alloc((size_t)(n) * (s), gfp)
#define kvmalloc_array(n, s, gfp)	sim_alloc((size_t)(n) * (s), gfp)
#define vzalloc(n)			sim_alloc(n, GFP_KERNEL | __GFP_ZERO)
#define vmalloc(n)			sim_alloc(n, GFP_KERNEL)
void *kmemdup(const void *p, size_t n, gfp_t gfp);
#define alloc_percpu(type)		((type *)kzalloc(sizeof(type), GFP_KERNEL))
#define free_percpu(p)			kvfree(p)
#define per_cpu_ptr(p, cpu)		((void)(cpu), (p))
#define this_cpu_ptr(p)			(p)
#define this_cpu_inc(x)			((x)++)
#define this_cpu_add(x, n)		((x) += (n))
#define nr_cpu_ids			1u
#define raw_smp_processor_id()		0u
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < 1; (cpu)++)
#define memalloc_noio_save()		0u
#define memalloc_noio_restore(flags)	((void)(flags))

/*
 * A page. plain: every sector of it is a stamp in its first eight bytes and
 * zeros behind, so a disk may leave the zeros alone.
 */
struct page {
	void *addr;
	bool used, plain;
};

extern struct page sim_zero_page;
#define ZERO_PAGE(addr)		(&sim_zero_page)
#define offset_in_page(p)	((unsigned long)(p) & (PAGE_SIZE - 1))
struct page *alloc_page(gfp_t gfp);	/* the module's, as sim_alloc() */
struct page *sim_take_page(bool zero);
void __free_page(struct page *page);
void *page_address(struct page *page);
unsigned long __get_free_page(gfp_t gfp);
void free_page(unsigned long addr);
#define kmap_local_page(page)	page_address(page)
#define kunmap_local(p)		((void)(p))
#define put_page(page)		__free_page(page)

typedef struct mempool {
	int min, out;
	size_t size;
} mempool_t;

int mempool_init_kmalloc_pool(mempool_t *pool, int min, size_t size);
void mempool_exit(mempool_t *pool);
void *mempool_alloc(mempool_t *pool, gfp_t gfp);
void mempool_free(void *p, mempool_t *pool);

/* ---- strings and numbers ---- */

int kstrtou64(const char *s, unsigned int base, u64 *out);
int kstrtouint(const char *s, unsigned int base, unsigned int *out);
int kstrtou8(const char *s, unsigned int base, u8 *out);
int hex2bin(u8 *dst, const char *src, size_t n);
int scnprintf(char *buf, size_t size, const char *fmt, ...);
void *memchr_inv(const void *p, int c, size_t n);
bool mem_is_zero(const void *p, size_t n);
char *kasprintf(gfp_t gfp, const char *fmt, ...);
static inline size_t str_has_prefix(const char *s, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(s, prefix, n) ? 0 : n;
}
#define kstrdup(s, gfp)	kasprintf(gfp, "%s", s)
ssize_t strscpy(char *dst, const char *src, size_t n);
u32 crc32c(u32 crc, const void *buf, size_t len);
u64 get_random_u64(void);
u32 get_random_u32(void);
void get_random_bytes(void *buf, size_t n);
#define DMEMIT(...) \
	(sz += sz >= maxlen ? 0 : (unsigned int)scnprintf(result + sz, maxlen - sz, __VA_ARGS__))
#define sysfs_emit(buf, ...)	scnprintf(buf, PAGE_SIZE, __VA_ARGS__)

#define DMERR(...)		sim_log(__VA_ARGS__)
#define DMWARN(...)		sim_log(__VA_ARGS__)
#define DMINFO(...)		sim_log(__VA_ARGS__)
#define DMDEBUG(...)		sim_log(__VA_ARGS__)
#define DMERR_LIMIT(...)	sim_log(__VA_ARGS__)
#define DMWARN_LIMIT(...)	sim_log(__VA_ARGS__)
#define pr_warn(...)		sim_log(__VA_ARGS__)
#define pr_err(...)		sim_log(__VA_ARGS__)
#define pr_info(...)		sim_log(__VA_ARGS__)

/* ---- locks ---- */

typedef struct spinlock { void *owner; } spinlock_t;

#define DEFINE_SPINLOCK(n)	spinlock_t n = { NULL }
static inline void spin_lock_init(spinlock_t *l) { l->owner = NULL; }
void spin_lock(spinlock_t *l);
void spin_unlock(spinlock_t *l);
bool spin_trylock(spinlock_t *l);
#define spin_lock_irq(l)	spin_lock(l)
#define spin_unlock_irq(l)	spin_unlock(l)
#define spin_lock_bh(l)		spin_lock(l)
#define spin_unlock_bh(l)	spin_unlock(l)
#define spin_lock_irqsave(l, f)	do { (f) = 0; spin_lock(l); } while (0)
#define spin_unlock_irqrestore(l, f)	do { (void)(f); spin_unlock(l); } while (0)

struct mutex { void *owner; };

#define DEFINE_MUTEX(n)		struct mutex n = { NULL }
static inline void mutex_init(struct mutex *m) { m->owner = NULL; }
#define mutex_destroy(m)	((void)(m))
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_trylock(struct mutex *m);

struct semaphore { unsigned int count; };

static inline void sema_init(struct semaphore *s, int n) { s->count = n; }
void down(struct semaphore *s);
int down_trylock(struct semaphore *s);	/* 0: it is ours */
void up(struct semaphore *s);

struct completion { unsigned int done; };

static inline void init_completion(struct completion *c) { c->done = 0; }
static inline void reinit_completion(struct completion *c) { c->done = 0; }
void complete(struct completion *c);
void complete_all(struct completion *c);
void wait_for_completion(struct completion *c);
unsigned long wait_for_completion_timeout(struct completion *c, unsigned long jiffies);
#define wait_for_completion_io(c)	wait_for_completion(c)
#define wait_for_completion_io_timeout(c, t)	wait_for_completion_timeout(c, t)

typedef struct wait_queue_head { char unused; } wait_queue_head_t;

#define DECLARE_WAIT_QUEUE_HEAD(n)	wait_queue_head_t n
#define init_waitqueue_head(q)		((void)(q))
void sim_wait(const void *chan);	/* until somebody wakes chan */
void sim_wake(const void *chan);
/* until chan is woken or jiffies reach `until`; false: timed out */
bool sim_wait_until(const void *chan, u64 until);
#define wake_up(q)		sim_wake(q)
#define wake_up_all(q)		sim_wake(q)
#define wait_event(q, cond)	do { might_sleep(); while (!(cond)) sim_wait(&(q)); } while (0)
#define wait_event_idle(q, cond)	wait_event(q, cond)
#define wake_up_var(v)		sim_wake(v)
#define wait_var_event(v, cond)	do { might_sleep(); while (!(cond)) sim_wait(v); } while (0)
#define wait_event_timeout(q, cond, t)					\
	({								\
		u64 until_ = jiffies + (t);				\
		bool ok_;						\
		might_sleep();						\
		while (!(ok_ = (cond)) && sim_wait_until(&(q), until_))	\
			;						\
		ok_ || (cond) ? max_t(long, until_ - jiffies, 1) : 0;	\
	})
#define wait_event_idle_timeout(q, cond, t)	wait_event_timeout(q, cond, t)

void rcu_read_lock(void);
void rcu_read_unlock(void);
void synchronize_rcu(void);
#define synchronize_rcu_expedited()	synchronize_rcu()
#define rcu_dereference(p)		READ_ONCE(p)
#define rcu_dereference_protected(p, c)	(p)
#define rcu_dereference_raw(p)		READ_ONCE(p)
#define rcu_access_pointer(p)		READ_ONCE(p)
#define rcu_assign_pointer(p, v)	WRITE_ONCE(p, v)
#define RCU_INIT_POINTER(p, v)		((p) = (v))

/* ---- time ---- */

extern volatile u64 jiffies;

#define get_jiffies_64()	((u64)jiffies)
#define time_after(a, b)	((s64)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	((s64)((a) - (b)) >= 0)
#define time_before_eq(a, b)	time_after_eq(b, a)
#define msecs_to_jiffies(ms)	(((u64)(ms) * HZ + 999) / 1000)
#define jiffies_to_msecs(j)	((unsigned int)((u64)(j) * 1000 / HZ))
#define usecs_to_jiffies(us)	(((u64)(us) * HZ + 999999) / 1000000)
#define nsecs_to_jiffies(ns)	((u64)(ns) / (NSEC_PER_SEC / HZ))
#define NSEC_PER_SEC		1000000000ll
#define NSEC_PER_MSEC		1000000ll
#define NSEC_PER_USEC		1000ll
#define USEC_PER_SEC		1000000ll
typedef s64 ktime_t;
static inline u64 ktime_get_ns(void) { return jiffies * (NSEC_PER_SEC / HZ); }
static inline ktime_t ktime_get(void) { return ktime_get_ns(); }
static inline time_t ktime_get_real_seconds(void) { return jiffies / HZ; }
static inline s64 ktime_us_delta(ktime_t a, ktime_t b) { return (a - b) / 1000; }
static inline s64 ktime_to_ns(ktime_t t) { return t; }
static inline s64 ktime_to_us(ktime_t t) { return t / 1000; }
#define ktime_sub(a, b)		((a) - (b))
void msleep(unsigned int ms);
#define msleep_interruptible(ms)	(msleep(ms), 0)
void schedule_timeout_uninterruptible(u64 t);
#define schedule_timeout_idle(t)	schedule_timeout_uninterruptible(t)
#define usleep_range(lo, hi)	msleep(1)

/* ---- workqueues ---- */

#define WQ_MEM_RECLAIM	1u
#define WQ_UNBOUND	2u
#define WQ_HIGHPRI	4u
#define WQ_FREEZABLE	8u
#define WQ_CPU_INTENSIVE	16u
#define SIM_WQ_ORDERED	0x100u

struct work_struct;
struct workqueue_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct work_struct {
	work_func_t func;
	struct workqueue_struct *wq;	/* where it was last queued */
	struct list_head entry;
	bool pending, cancelling;
	u64 queued;			/* serial number of its last run */
};

struct delayed_work {
	struct work_struct work;
	struct workqueue_struct *wq;
	struct list_head timer;		/* in sim_timers while armed */
	bool armed;
	u64 expires, serial;
};

#define INIT_WORK(w, f) \
	do { memset(w, 0, sizeof(*(w))); (w)->func = (f); } while (0)
#define INIT_DELAYED_WORK(d, f) \
	do { memset(d, 0, sizeof(*(d))); (d)->work.func = (f); } while (0)
#define INIT_WORK_ONSTACK(w, f)	INIT_WORK(w, f)
#define destroy_work_on_stack(w)	((void)(w))
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)
#define work_pending(w)		((w)->pending)
#define delayed_work_pending(d)	((d)->work.pending || (d)->armed)

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max, ...);
struct workqueue_struct *sim_alloc_ordered(const char *fmt, unsigned int flags);
#define alloc_ordered_workqueue(fmt, flags, ...)	sim_alloc_ordered(fmt, flags)
void destroy_workqueue(struct workqueue_struct *wq);
void drain_workqueue(struct workqueue_struct *wq);
void flush_workqueue(struct workqueue_struct *wq);
bool queue_work(struct workqueue_struct *wq, struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw, unsigned long t);
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw, unsigned long t);
bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *dw);
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work(struct delayed_work *dw);
bool cancel_delayed_work_sync(struct delayed_work *dw);
unsigned int work_busy(struct work_struct *work);

/* ---- block layer ---- */

#define FMODE_READ	1u
#define FMODE_WRITE	2u
#define FMODE_EXCL	4u

enum {
	REQ_OP_READ, REQ_OP_WRITE, REQ_OP_FLUSH, REQ_OP_DISCARD, REQ_OP_SECURE_ERASE = 5,
	REQ_OP_WRITE_ZEROES = 9,
};

#define REQ_OP_MASK	0xffu
#define REQ_SYNC	(1u << 8)
#define REQ_META	(1u << 9)
#define REQ_FUA		(1u << 10)
#define REQ_PREFLUSH	(1u << 11)
#define REQ_RAHEAD	(1u << 12)
#define REQ_IDLE	(1u << 13)
#define REQ_NOMERGE	(1u << 14)
#define REQ_NOWAIT	(1u << 15)
#define REQ_POLLED	(1u << 16)
#define REQ_PRIO	(1u << 17)
#define REQ_NOUNMAP	(1u << 18)
#define REQ_ALLOC_CACHE	(1u << 19)

#define BLK_STS_OK		((blk_status_t)0)
#define BLK_STS_NOTSUPP		((blk_status_t)1)
#define BLK_STS_TIMEOUT		((blk_status_t)2)
#define BLK_STS_NOSPC		((blk_status_t)3)
#define BLK_STS_TRANSPORT	((blk_status_t)4)
#define BLK_STS_TARGET		((blk_status_t)5)
#define BLK_STS_NEXUS		((blk_status_t)6)
#define BLK_STS_MEDIUM		((blk_status_t)7)
#define BLK_STS_PROTECTION	((blk_status_t)8)
#define BLK_STS_RESOURCE	((blk_status_t)9)
#define BLK_STS_IOERR		((blk_status_t)10)
#define BLK_STS_AGAIN		((blk_status_t)12)
#define BLK_STS_OFFLINE		((blk_status_t)17)
int blk_status_to_errno(blk_status_t status);
blk_status_t errno_to_blk_status(int err);

#define IOPRIO_CLASS_BE		2
#define IOPRIO_CLASS_IDLE	3
#define IOPRIO_PRIO_VALUE(c, d)	((c) << 13 | (d))

#define QUEUE_FLAG_STABLE_WRITES	1

struct request_queue { unsigned long flags; };
struct gendisk { struct request_queue *queue; };

struct block_device {
	int disk;		/* which of the simulated ones */
	bool sa;		/* its status area, otherwise its data */
	u64 sectors;
	struct request_queue queue;
};

struct queue_limits {
	unsigned int io_min, io_opt, logical_block_size, physical_block_size;
	unsigned int max_discard_sectors, max_hw_discard_sectors, discard_granularity;
	unsigned int max_write_zeroes_sectors, max_sectors, max_hw_sectors, discard_alignment;
	unsigned int features;
};

struct bio_vec {
	struct page *bv_page;
	unsigned int bv_len, bv_offset;
};

struct bvec_iter {
	sector_t bi_sector;
	unsigned int bi_size, bi_idx, bi_bvec_done;
};

struct bio;
typedef void bio_end_io_t(struct bio *bio);

struct bio_set {
	unsigned int pool, front_pad, out;
};

#define BIOSET_NEED_BVECS	1
#define BIOSET_NEED_RESCUER	2
#define BIOSET_PERCPU_CACHE	4

struct bio {
	struct bio *bi_next;
	struct block_device *bi_bdev;
	blk_opf_t bi_opf;
	unsigned short bi_ioprio, bi_vcnt, bi_max_vecs, bi_flags;
	blk_status_t bi_status;
	struct bvec_iter bi_iter;
	bio_end_io_t *bi_end_io;
	void *bi_private;
	struct bio_vec *bi_io_vec;
	struct bio_set *bi_pool;
	int refs, chained;
	void *sim_memory;	/* what to free */
	void *sim_per_bio;	/* dm's per_io_data, before it */
	struct bio_vec bi_inline_vecs[];
};

int bioset_init(struct bio_set *bs, unsigned int pool, unsigned int front_pad, int flags);
void bioset_exit(struct bio_set *bs);
static inline bool bioset_initialized(struct bio_set *bs) { return bs->pool; }
struct bio *bio_alloc_bioset(struct block_device *bdev, unsigned short vecs, blk_opf_t opf,
			     gfp_t gfp, struct bio_set *bs);
struct bio *bio_alloc_clone(struct block_device *bdev, struct bio *src, gfp_t gfp,
			    struct bio_set *bs);
int bio_init_clone(struct block_device *bdev, struct bio *bio, struct bio *src, gfp_t gfp);
struct bio *bio_split(struct bio *bio, int sectors, gfp_t gfp, struct bio_set *bs);
void bio_init(struct bio *bio, struct block_device *bdev, struct bio_vec *vecs,
	      unsigned short n, blk_opf_t opf);
void bio_reset(struct bio *bio, struct block_device *bdev, blk_opf_t opf);
#define bio_uninit(bio)		((void)(bio))
void bio_put(struct bio *bio);
void bio_get(struct bio *bio);
void bio_chain(struct bio *bio, struct bio *parent);
void bio_endio(struct bio *bio);
void bio_advance(struct bio *bio, unsigned int bytes);
void bio_trim(struct bio *bio, sector_t offset, sector_t size);
void zero_fill_bio(struct bio *bio);
void __bio_add_page(struct bio *bio, struct page *page, unsigned int len, unsigned int off);
int bio_add_page(struct bio *bio, struct page *page, unsigned int len, unsigned int off);
void submit_bio(struct bio *bio);
#define submit_bio_noacct(bio)	submit_bio(bio)
int submit_bio_wait(struct bio *bio);
int blkdev_issue_flush(struct block_device *bdev);

static inline unsigned int bio_op(const struct bio *bio) { return bio->bi_opf & REQ_OP_MASK; }
static inline bool op_is_write(blk_opf_t op) { return op & 1; }
static inline bool op_is_flush(blk_opf_t op) { return op & (REQ_FUA | REQ_PREFLUSH); }
static inline bool op_is_discard(blk_opf_t op) { return (op & REQ_OP_MASK) == REQ_OP_DISCARD; }
#define bio_sectors(bio)	((bio)->bi_iter.bi_size >> SECTOR_SHIFT)
#define bio_end_sector(bio)	((bio)->bi_iter.bi_sector + bio_sectors(bio))
#define bio_data_dir(bio)	(op_is_write(bio_op(bio)) ? 1 : 0)
#define READ			0
#define WRITE			1
#define bio_clear_polled(bio)	((bio)->bi_opf &= ~REQ_POLLED)
#define bio_set_dev(bio, dev)	((bio)->bi_bdev = (dev))
#define bio_iter_len(bio, it)						\
	min((it).bi_size,						\
	    (bio)->bi_io_vec[(it).bi_idx].bv_len - (it).bi_bvec_done)
static inline struct bio_vec bio_iter_iovec(const struct bio *bio, struct bvec_iter it)
{
	const struct bio_vec *v = &bio->bi_io_vec[it.bi_idx];

	return (struct bio_vec){ v->bv_page, min(it.bi_size, v->bv_len - it.bi_bvec_done),
		v->bv_offset + it.bi_bvec_done };
}
static inline void bio_advance_iter(const struct bio *bio, struct bvec_iter *it, unsigned int n)
{
	unsigned int len;

	it->bi_sector += n >> SECTOR_SHIFT;
	it->bi_size -= n;
	for (; n; n -= len) {
		len = min(n, bio->bi_io_vec[it->bi_idx].bv_len - it->bi_bvec_done);
		it->bi_bvec_done += len;
		if (it->bi_bvec_done == bio->bi_io_vec[it->bi_idx].bv_len) {
			it->bi_bvec_done = 0;
			it->bi_idx++;
		}
	}
}
static inline bool bio_has_data(const struct bio *bio)
{
	return bio->bi_iter.bi_size && bio_op(bio) <= REQ_OP_WRITE;
}
static inline void bio_io_error(struct bio *bio)
{
	bio->bi_status = BLK_STS_IOERR;
	bio_endio(bio);
}

struct bio_list { struct bio *head, *tail; };

static inline void bio_list_init(struct bio_list *l) { l->head = l->tail = NULL; }
static inline bool bio_list_empty(const struct bio_list *l) { return !l->head; }
static inline void bio_list_add(struct bio_list *l, struct bio *bio)
{
	bio->bi_next = NULL;
	if (l->tail)
		l->tail->bi_next = bio;
	else
		l->head = bio;
	l->tail = bio;
}
static inline struct bio *bio_list_pop(struct bio_list *l)
{
	struct bio *bio = l->head;

	if (bio) {
		l->head = bio->bi_next;
		if (!l->head)
			l->tail = NULL;
		bio->bi_next = NULL;
	}
	return bio;
}

static inline void bio_list_merge(struct bio_list *to, const struct bio_list *from)
{
	if (!from->head)
		return;
	if (to->tail)
		to->tail->bi_next = from->head;
	else
		to->head = from->head;
	to->tail = from->tail;
}

struct blk_plug { char unused; };
#define blk_start_plug(p)	((void)(p))
#define blk_finish_plug(p)	((void)(p))

/* nobody here sends what they are for */
#define BLKDEV_ZERO_NOUNMAP	1u
#define blkdev_issue_zeroout(bdev, sector, n, gfp, flags) \
	((void)(bdev), (void)(sector), (void)(n), (void)(flags), sim_fail("zeroout"), 0)
#define dm_accept_partial_bio(bio, n)	sim_fail("a bio of more than a zone")

static inline u64 bdev_nr_sectors(struct block_device *bdev) { return bdev->sectors; }
#define bdev_get_queue(bdev)		(&(bdev)->queue)
#define bdev_nonrot(bdev)		((void)(bdev), true)
#define bdev_max_discard_sectors(bdev)	((void)(bdev), 1u << 20)
#define bdev_discard_granularity(bdev)	((void)(bdev), 4096u)
#define bdev_write_zeroes_sectors(bdev)	((void)(bdev), 1u << 20)
#define bdev_logical_block_size(bdev)	((void)(bdev), 512u)
#define bdev_physical_block_size(bdev)	((void)(bdev), 4096u)
#define bdev_io_opt(bdev)		((void)(bdev), 0u)
#define bdev_io_min(bdev)		((void)(bdev), 512u)
#define blk_queue_flag_set(f, q)	((q)->flags |= 1ul << (f))

/* ---- xor ---- */

#define MAX_XOR_BLOCKS	4
void xor_blocks(unsigned int n, unsigned int bytes, void *to, void **from);

/* ---- device-mapper ---- */

struct mapped_device { struct gendisk disk; struct request_queue queue; };
struct dm_table { int unused; };
extern struct mapped_device sim_md;	/* the only one */

struct dm_dev {
	struct block_device *bdev;
	fmode_t mode;
	char name[16];
};

struct target_type;

struct dm_target {
	struct dm_table *table;
	struct target_type *type;
	sector_t begin, len;
	u32 max_io_len;
	unsigned int num_flush_bios, num_discard_bios, num_secure_erase_bios;
	unsigned int num_write_zeroes_bios;
	unsigned int per_io_data_size;
	void *private;
	char *error;
	bool flush_supported, discards_supported, limit_swap_bios;
	bool max_discard_granularity, accounts_remapped_io, needs_bio_set_dev;
	bool flush_bypasses_map, mempool_needs_integrity;
};

typedef unsigned int status_type_t;
enum { STATUSTYPE_INFO, STATUSTYPE_TABLE, STATUSTYPE_IMA };
enum { DM_MAPIO_SUBMITTED, DM_MAPIO_REMAPPED, DM_MAPIO_REQUEUE, DM_MAPIO_DELAY_REQUEUE,
	DM_MAPIO_KILL };
enum { DM_ENDIO_DONE, DM_ENDIO_INCOMPLETE, DM_ENDIO_REQUEUE, DM_ENDIO_DELAY_REQUEUE };
#define DM_STATUS_NOFLUSH_FLAG	1

typedef int (*iterate_devices_callout_fn)(struct dm_target *ti, struct dm_dev *dev,
					  sector_t start, sector_t len, void *data);

struct target_type {
	const char *name;
	unsigned int version[3], features;
	void *module;
	int (*ctr)(struct dm_target *ti, unsigned int argc, char **argv);
	void (*dtr)(struct dm_target *ti);
	int (*map)(struct dm_target *ti, struct bio *bio);
	int (*end_io)(struct dm_target *ti, struct bio *bio, blk_status_t *error);
	void (*presuspend)(struct dm_target *ti);
	void (*presuspend_undo)(struct dm_target *ti);
	void (*postsuspend)(struct dm_target *ti);
	int (*preresume)(struct dm_target *ti);
	void (*resume)(struct dm_target *ti);
	void (*status)(struct dm_target *ti, status_type_t type, unsigned int flags,
		       char *result, unsigned int maxlen);
	int (*message)(struct dm_target *ti, unsigned int argc, char **argv,
		       char *result, unsigned int maxlen);
	int (*iterate_devices)(struct dm_target *ti, iterate_devices_callout_fn fn, void *data);
	void (*io_hints)(struct dm_target *ti, struct queue_limits *limits);
};

#define THIS_MODULE	NULL
int dm_register_target(struct target_type *t);
void dm_unregister_target(struct target_type *t);
int dm_get_device(struct dm_target *ti, const char *path, fmode_t mode, struct dm_dev **out);
void dm_put_device(struct dm_target *ti, struct dm_dev *dev);
int dm_set_target_max_io_len(struct dm_target *ti, sector_t len);
void dm_table_event(struct dm_table *t);
bool dm_suspended(struct dm_target *ti);
bool dm_noflush_suspending(struct dm_target *ti);
#define dm_table_device_name(t)	((void)(t), "m")
#define dm_table_get_md(t)	((void)(t), &sim_md)
#define dm_table_get_mode(t)	((void)(t), FMODE_READ | FMODE_WRITE)
#define dm_device_name(md)	((void)(md), "m")
#define dm_disk(md)		((md)->disk.queue = &(md)->queue, &(md)->disk)
#define dm_target_offset(ti, s)	((s) - (ti)->begin)
#define dm_per_bio_data(bio, size)	((bio)->sim_per_bio)
struct bio *dm_bio_from_per_bio_data(void *data, size_t size);

/* ---- module ---- */

struct notifier_block {
	int (*notifier_call)(struct notifier_block *nb, unsigned long code, void *data);
	int priority;
};

#define NOTIFY_DONE	0
#define PM_HIBERNATION_PREPARE	1
#define notifier_from_errno(err)	(err)
#define register_pm_notifier(nb)	((void)(nb))
#define unregister_pm_notifier(nb)	((void)(nb))
#define register_reboot_notifier(nb)	((void)(nb))
#define unregister_reboot_notifier(nb)	((void)(nb))
/* a parameter is found by its name: sim_param_NAME points at the variable */
#define module_param_named(name, var, type, perm) \
	extern unsigned int sim_unused_##name __attribute__((unused))
#define module_param(name, type, perm)
#define MODULE_PARM_DESC(name, text)
#define MODULE_DESCRIPTION(text)
#define MODULE_AUTHOR(text)
#define MODULE_LICENSE(text)
#define MODULE_ALIAS(text)
#define MODULE_SOFTDEP(text)
#define module_init(fn)	int sim_module_init(void) { return fn(); }
#define module_exit(fn)	void sim_module_exit(void) { fn(); }

#endif
