// SPDX-License-Identifier: GPL-2.0
/*
 * One thread that plays all contexts of a kernel: callers, workers, interrupt
 * handlers. Each has a stack of its own and gives way where it blocks; chance
 * decides who goes on.
 */
#include <setjmp.h>
#include <sys/mman.h>
#include "include/kernel.h"
#include "sim.h"

#define STACK_SIZE	(128u << 10)
#define MAX_CONTEXTS	512
#define ARENA_SIZE	(192ul << 20)
#define MAX_PAGES	16384
#define POISON		0x6b

struct sim_manner sim_manner;
uint64_t sim_now;
volatile u64 jiffies;
unsigned int sim_fuse;
char sim_failure[512];
jmp_buf sim_failed;
bool sim_tracing, sim_trace_all;

/* ---- chance ---- */

static u64 rng[2];

uint64_t sim_rand(void)
{
	u64 a = rng[0], b = rng[1];

	rng[0] = b;
	a ^= a << 23;
	rng[1] = a ^ b ^ a >> 18 ^ b >> 5;
	return (rng[1] + b) * 0x9e3779b97f4a7c15ull >> 20;
}

void sim_seed(uint64_t seed)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {	/* splitmix64 */
		u64 z = seed += 0x9e3779b97f4a7c15ull;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
		z = (z ^ z >> 27) * 0x94d049bb133111ebull;
		rng[i] = z ^ z >> 31;
	}
}

/* ---- trace ---- */

#define TRACE_LINES	600

static char trace_ring[TRACE_LINES][240];
static u64 trace_nr;

void sim_log(const char *fmt, ...)
{
	char *line = trace_ring[trace_nr % TRACE_LINES];
	va_list ap;
	int n;

	if (!sim_tracing)
		return;
	n = snprintf(line, sizeof(trace_ring[0]), "%8llu ", (u64)sim_now);
	va_start(ap, fmt);
	vsnprintf(line + n, sizeof(trace_ring[0]) - n, fmt, ap);
	va_end(ap);
	trace_nr++;
	if (sim_trace_all)
		printf("# %s\n", line);
}

void sim_trace_dump(void)
{
	u64 i = trace_nr > TRACE_LINES ? trace_nr - TRACE_LINES : 0;

	if (!sim_trace_all)
		for (; i < trace_nr; i++)
			printf("# %s\n", trace_ring[i % TRACE_LINES]);
	trace_nr = 0;
}

/* ---- contexts ---- */

struct context {
	void *sp;
	char *stack;
	void (*fn)(void *arg);
	void *arg;
	const char *name;
	const void *chan;	/* what it waits for */
	u64 until;		/* jiffies that end the wait; 0: none */
	bool timed_out;
	bool atomic;		/* an interrupt handler, or a caller that must not wait */
	unsigned int spinning;	/* spinlocks held */
	unsigned int rcu;	/* depth of read sections */
	u64 rcu_since;
	unsigned int index;	/* in runnable[] or asleep[] */
};

static struct context contexts[MAX_CONTEXTS];
static struct context *idle[MAX_CONTEXTS], *runnable[MAX_CONTEXTS], *asleep[MAX_CONTEXTS];
static unsigned int nr_idle, nr_runnable, nr_asleep;
static struct context *self;
static void *main_sp;

void sim_switch(void **save, void *to);

#ifndef __x86_64__
#error "contexts are switched by hand, for x86-64 only"
#endif
__asm__(
	".text\n"
	".globl sim_switch\n"
	".type sim_switch, @function\n"
	"sim_switch:\n"
	"	push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov %rsi, %rsp\n"
	"	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
	"	ret\n"
	".size sim_switch, . - sim_switch\n");

static void to_main(void)
{
	sim_switch(&self->sp, main_sp);
}

/* Spinlocks that a context takes without ever waiting: more is a loop without an end. */
#define MOST_LOCKS	1000000
static unsigned int locks;

static void new_fuse(void)
{
	sim_fuse = sim_manner.preempt ? 1 + sim_below(2 * sim_manner.preempt) : ~0u;
}

static void context_main(void)
{
	struct context *me = self;

	me->fn(me->arg);
	if (me->spinning || me->rcu)
		sim_fail("%s ended with a lock held", me->name);
	idle[nr_idle++] = me;
	self = NULL;
	sim_switch(&me->sp, main_sp);
}

static void make_runnable(struct context *c)
{
	c->index = nr_runnable;
	runnable[nr_runnable++] = c;
}

void sim_start(const char *name, void (*fn)(void *), void *arg, bool atomic)
{
	struct context *c;
	void **sp;

	if (!nr_idle)
		sim_fail("more than %d contexts at a time", MAX_CONTEXTS);
	c = idle[--nr_idle];
	c->fn = fn;
	c->arg = arg;
	c->name = name;
	c->atomic = atomic;
	c->spinning = c->rcu = 0;
	c->chan = NULL;
	sp = (void **)(c->stack + STACK_SIZE);
	*--sp = NULL;			/* keeps the stack aligned as after a call */
	*--sp = (void *)context_main;
	sp -= 6;
	c->sp = sp;
	make_runnable(c);
}

static void run(struct context *c)
{
	runnable[c->index] = runnable[--nr_runnable];
	runnable[c->index]->index = c->index;
	self = c;
	locks = 0;
	sim_switch(&main_sp, c->sp);
	if (self) {			/* it gave way */
		c = self;
		self = NULL;
		if (c->chan) {
			c->index = nr_asleep;
			asleep[nr_asleep++] = c;
		} else {
			make_runnable(c);
		}
	}
}

void sim_fail(const char *fmt, ...)
{
	va_list ap;

	if (!sim_failure[0]) {
		va_start(ap, fmt);
		vsnprintf(sim_failure, sizeof(sim_failure), fmt, ap);
		va_end(ap);
		sim_trace("violation: %s", sim_failure);
	}
	if (!self)
		longjmp(sim_failed, 1);
	self->chan = "never";
	for (;;)
		to_main();
}

void sim_preempt(void)
{
	new_fuse();
	if (self && sim_manner.preempt) {
		self->chan = NULL;
		to_main();
	}
}

static void wake(struct context *c, bool timed_out)
{
	asleep[c->index] = asleep[--nr_asleep];
	asleep[c->index]->index = c->index;
	c->chan = NULL;
	c->timed_out = timed_out;
	make_runnable(c);
}

void sim_wake(const void *chan)
{
	unsigned int i;

	for (i = 0; i < nr_asleep; )
		if (asleep[i]->chan == chan)
			wake(asleep[i], false);
		else
			i++;
}

static bool sleep_on(const void *chan, u64 until)
{
	self->chan = chan;
	self->until = until;
	to_main();
	return !self->timed_out;
}

void sim_might_sleep(const char *what)
{
	if (!self)
		sim_fail("%s outside of any context", what);
	if (self->atomic || self->spinning || self->rcu)
		sim_fail("%s may sleep, in atomic context (%s)", what, self->name);
}

void sim_wait(const void *chan)
{
	sim_might_sleep("a wait");
	sleep_on(chan, 0);
}

bool sim_wait_until(const void *chan, u64 until)
{
	sim_might_sleep("a wait");
	return sleep_on(chan, until ? until : 1);
}

void cond_resched(void)
{
	might_sleep();
	sim_point();
}

unsigned int sim_busy(void)
{
	return nr_runnable + nr_asleep;
}

void sim_who_waits(void)
{
	unsigned int i;

	for (i = 0; i < nr_asleep; i++)
		sim_trace("%s waits on %p%s", asleep[i]->name, asleep[i]->chan,
			  asleep[i]->until ? ", for a time" : "");
}

/* ---- locks ---- */

void spin_lock(spinlock_t *l)
{
	sim_point();
	if (self && ++locks > MOST_LOCKS)
		sim_fail("%s goes on for ever", self->name);
	if (l->owner == self && self)
		sim_fail("spinlock taken twice by %s", self->name);
	while (l->owner)
		sleep_on(l, 0);
	l->owner = self ? (void *)self : (void *)&main_sp;
	if (self)
		self->spinning++;
}

bool spin_trylock(spinlock_t *l)
{
	sim_point();
	if (l->owner)
		return false;
	spin_lock(l);
	return true;
}

void spin_unlock(spinlock_t *l)
{
	if (l->owner != (self ? (void *)self : (void *)&main_sp))
		sim_fail("spinlock released by another than its holder");
	l->owner = NULL;
	if (self)
		self->spinning--;
	sim_wake(l);
	sim_point();
}

void mutex_lock(struct mutex *m)
{
	might_sleep();
	sim_point();
	if (m->owner == self)
		sim_fail("mutex taken twice by %s", self->name);
	while (m->owner)
		sleep_on(m, 0);
	m->owner = self;
}

bool mutex_trylock(struct mutex *m)
{
	sim_point();
	if (m->owner)
		return false;
	m->owner = self;
	return true;
}

void mutex_unlock(struct mutex *m)
{
	if (m->owner != self)
		sim_fail("mutex released by another than its holder");
	m->owner = NULL;
	sim_wake(m);
	sim_point();
}

void down(struct semaphore *s)
{
	might_sleep();
	sim_point();
	while (!s->count)
		sleep_on(s, 0);
	s->count--;
}

int down_trylock(struct semaphore *s)
{
	sim_point();
	if (!s->count)
		return 1;
	s->count--;
	return 0;
}

void up(struct semaphore *s)
{
	s->count++;
	sim_wake(s);
	sim_point();
}

void complete(struct completion *c)
{
	sim_point();
	c->done++;
	sim_wake(c);
}

void complete_all(struct completion *c)
{
	sim_point();
	c->done = UINT_MAX / 2;
	sim_wake(c);
}

void wait_for_completion(struct completion *c)
{
	might_sleep();
	sim_point();
	while (!c->done)
		sleep_on(c, 0);
	if (c->done < UINT_MAX / 2)
		c->done--;
}

unsigned long wait_for_completion_timeout(struct completion *c, unsigned long t)
{
	u64 until = jiffies + t;

	might_sleep();
	while (!c->done)
		if (!sleep_on(c, until) && !c->done)
			return 0;
	if (c->done < UINT_MAX / 2)
		c->done--;
	return max_t(s64, until - jiffies, 1);
}

static u64 rcu_serial;

void rcu_read_lock(void)
{
	if (self && !self->rcu++)
		self->rcu_since = ++rcu_serial;
	sim_point();
}

void rcu_read_unlock(void)
{
	sim_point();
	if (self && !--self->rcu)
		sim_wake(&rcu_serial);
}

void synchronize_rcu(void)
{
	u64 before = ++rcu_serial;
	unsigned int i;
	bool again;

	might_sleep();
	do {
		again = false;
		for (i = 0; i < nr_runnable; i++)
			again |= runnable[i]->rcu && runnable[i]->rcu_since < before;
		for (i = 0; i < nr_asleep; i++)
			again |= asleep[i]->rcu && asleep[i]->rcu_since < before;
		if (again)
			sleep_on(&rcu_serial, 0);
	} while (again);
	sim_point();
}

void schedule_timeout_uninterruptible(u64 t)
{
	might_sleep();
	sleep_on("a timeout", jiffies + t);
}

void msleep(unsigned int ms)
{
	schedule_timeout_uninterruptible(msecs_to_jiffies(ms) + 1);
}

/* ---- workqueues ---- */

struct workqueue_struct {
	const char *name;
	struct list_head works;
	struct list_head all;
	unsigned int active;
	bool ordered;
};

static LIST_HEAD(all_wqs);
static LIST_HEAD(timers);

/* A work that runs. Its function may free it, so nobody looks into it from then on. */
struct work_run {
	struct list_head list;
	struct work_struct *work;
	struct workqueue_struct *wq;
	u64 serial;
};

static LIST_HEAD(work_runs);
static u64 timer_serial;

static struct workqueue_struct *wq_make(const char *name, bool ordered)
{
	struct workqueue_struct *wq = kzalloc(sizeof(*wq), GFP_KERNEL);

	if (!wq)
		return NULL;
	wq->name = name;
	wq->ordered = ordered;
	INIT_LIST_HEAD(&wq->works);
	list_add_tail(&wq->all, &all_wqs);
	return wq;
}

struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags, int max, ...)
{
	(void)flags;
	return wq_make(fmt, max == 1 && (flags & WQ_UNBOUND));
}

struct workqueue_struct *sim_alloc_ordered(const char *fmt, unsigned int flags)
{
	(void)flags;
	return wq_make(fmt, true);
}

static void insert_work(struct workqueue_struct *wq, struct work_struct *work)
{
	if (!work->func)
		sim_fail("work without a function queued on %s", wq->name);
	work->pending = true;
	work->wq = wq;
	work->queued++;
	list_add_tail(&work->entry, &wq->works);
}

bool queue_work(struct workqueue_struct *wq, struct work_struct *work)
{
	sim_point();
	if (work->pending || work->cancelling)
		return false;
	insert_work(wq, work);
	return true;
}

static void arm(struct workqueue_struct *wq, struct delayed_work *dw, u64 t)
{
	dw->wq = wq;
	dw->expires = jiffies + t;
	dw->serial = ++timer_serial;
	dw->armed = true;
	list_add_tail(&dw->timer, &timers);
}

static void disarm(struct delayed_work *dw)
{
	if (dw->armed)
		list_del(&dw->timer);
	dw->armed = false;
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw, unsigned long t)
{
	if (!t)
		return !dw->armed && queue_work(wq, &dw->work);
	sim_point();
	if (dw->armed || dw->work.pending || dw->work.cancelling)
		return false;
	arm(wq, dw, t);
	return true;
}

static void unqueue(struct work_struct *work)
{
	list_del(&work->entry);
	work->pending = false;
	work->queued--;
	sim_wake(work);
}

bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *dw, unsigned long t)
{
	bool was = dw->armed || dw->work.pending;

	sim_point();
	if (dw->work.cancelling)
		return false;
	disarm(dw);
	if (dw->work.pending)
		unqueue(&dw->work);
	if (t)
		arm(wq, dw, t);
	else
		insert_work(wq, &dw->work);
	return was;
}

static void work_main(void *arg)
{
	struct work_run *r = arg;

	r->work->func(r->work);
	list_del(&r->list);
	r->wq->active--;
	sim_wake(r->work);
	sim_wake(r->wq);
	kvfree(r);
}

/* Does a run of it with this serial number, or one before, go on? */
static bool work_runs_yet(const struct work_struct *work, u64 serial)
{
	struct work_run *r;

	list_for_each_entry(r, &work_runs, list)
		if (r->work == work && r->serial <= serial)
			return true;
	return false;
}

static bool work_running(const struct work_struct *work)
{
	return work_runs_yet(work, U64_MAX);
}

static bool startable(struct workqueue_struct *wq, struct work_struct *work)
{
	return !work_running(work) && !(wq->ordered && wq->active);
}

static unsigned int nr_startable(void)
{
	struct workqueue_struct *wq;
	struct work_struct *work;
	unsigned int n = 0;

	list_for_each_entry(wq, &all_wqs, all)
		list_for_each_entry(work, &wq->works, entry) {
			n += startable(wq, work);
			if (wq->ordered)
				break;
		}
	return n;
}

static void start_work(unsigned int which)
{
	struct workqueue_struct *wq;
	struct work_struct *work;
	struct work_run *r;

	list_for_each_entry(wq, &all_wqs, all)
		list_for_each_entry(work, &wq->works, entry) {
			if (startable(wq, work) && !which--)
				goto found;
			if (wq->ordered)
				break;
		}
	return;
found:
	r = sim_take(sizeof(*r), false);
	r->work = work;
	r->wq = wq;
	r->serial = work->queued;
	list_del(&work->entry);
	work->pending = false;
	list_add_tail(&r->list, &work_runs);
	wq->active++;
	sim_start(wq->name, work_main, r, false);
	run(runnable[nr_runnable - 1]);
}

const char *sim_works(void)
{
	static char text[100];
	struct workqueue_struct *wq;

	list_for_each_entry(wq, &all_wqs, all)
		if ((wq->active || !list_empty(&wq->works)) && !strstr(wq->name, "_io")) {
			snprintf(text, sizeof(text), "%s has a work that %s, %p", wq->name,
				 wq->active ? "runs" : "is queued", wq->active ? NULL :
				 list_first_entry(&wq->works, struct work_struct, entry)->func);
			return text;
		}
	return NULL;
}

static void wait_for_run(struct work_struct *work, u64 serial)
{
	while ((work->pending && work->queued <= serial) || work_runs_yet(work, serial))
		sleep_on(work, 0);
}

bool flush_work(struct work_struct *work)
{
	bool was = work->pending || work_running(work);

	might_sleep();
	sim_point();
	wait_for_run(work, work->queued);
	return was;
}

bool flush_delayed_work(struct delayed_work *dw)
{
	if (dw->armed) {
		disarm(dw);
		insert_work(dw->wq, &dw->work);
	}
	return flush_work(&dw->work);
}

static bool cancel(struct work_struct *work, bool was)
{
	might_sleep();
	sim_point();
	if (work->pending) {
		unqueue(work);
		was = true;
	}
	work->cancelling = true;
	while (work_running(work))
		sleep_on(work, 0);
	work->cancelling = false;
	return was;
}

bool cancel_work_sync(struct work_struct *work)
{
	return cancel(work, false);
}

bool cancel_delayed_work(struct delayed_work *dw)
{
	bool was = dw->armed || dw->work.pending;

	disarm(dw);
	if (dw->work.pending)
		unqueue(&dw->work);
	return was;
}

bool cancel_delayed_work_sync(struct delayed_work *dw)
{
	bool was = dw->armed;

	disarm(dw);
	return cancel(&dw->work, was);
}

unsigned int work_busy(struct work_struct *work)
{
	sim_point();
	return work->pending | work_running(work) << 1;
}

void flush_workqueue(struct workqueue_struct *wq)
{
	might_sleep();
	while (wq->active || !list_empty(&wq->works))
		sleep_on(wq, 0);
}

void drain_workqueue(struct workqueue_struct *wq)
{
	flush_workqueue(wq);
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	struct delayed_work *dw;

	flush_workqueue(wq);
	list_for_each_entry(dw, &timers, timer)
		if (dw->wq == wq)
			sim_fail("a timer is armed for %s, which is destroyed", wq->name);
	list_del(&wq->all);
	kvfree(wq);
}

/* ---- the next thing ---- */

static void fire(struct delayed_work *dw)
{
	disarm(dw);
	jiffies = max(jiffies, dw->expires);
	if (!dw->work.pending)
		insert_work(dw->wq, &dw->work);
}

bool sim_timer(void)
{
	struct delayed_work *dw, *first = NULL;
	struct context *c = NULL;
	unsigned int i;

	list_for_each_entry(dw, &timers, timer)
		if (!first || dw->expires < first->expires ||
		    (dw->expires == first->expires && dw->serial < first->serial))
			first = dw;
	for (i = 0; i < nr_asleep; i++)
		if (asleep[i]->until && (!c || asleep[i]->until < c->until))
			c = asleep[i];
	if (c && (!first || c->until <= first->expires)) {
		jiffies = max(jiffies, c->until);
		wake(c, true);
		return true;
	}
	if (first)
		fire(first);
	return first;
}

bool sim_step(void)
{
	unsigned int works = nr_startable(), r, w, i, pick;

	sim_now++;
	if (!(sim_now & 15))
		jiffies++;
	r = nr_runnable * sim_manner.run;
	w = works * sim_manner.work;
	i = disks_pending() * sim_manner.io;
	if (!(r + w + i))
		return false;
	if (sim_manner.timer && sim_chance(sim_manner.timer) && sim_timer())
		return true;
	pick = sim_below(r + w + i);
	if (pick < r)
		run(runnable[pick / sim_manner.run]);
	else if (pick < r + w)
		start_work((pick - r) / sim_manner.work);
	else
		disks_step();
	return true;
}

/* ---- memory ---- */

/*
 * What is freed is poisoned and comes to the end of a queue, so that its use
 * shows. Everything is forgotten at a power cut.
 */
struct chunk {
	u32 size;
	u16 class;
	u16 state;
	struct chunk *next;
	char data[];
};

enum { CHUNK_FREE = 0xf4ee, CHUNK_USED = 0xa110 };

static char *arena;
static size_t arena_at;
static struct chunk *free_first[128], *free_last[128];
static u64 live_bytes;

static size_t class_size(unsigned int class)
{
	/* 64, 80, 96, 112, 128, 160 ... */
	return ((size_t)4 + class % 4) << (class / 4 + 4);
}

static struct chunk *chunk_get(size_t size)
{
	unsigned int class = 0;
	struct chunk *c;
	size_t i, n;

	while (class_size(class) < size)
		class++;
	n = class_size(class);
	c = free_first[class];
	/* leave some in the queue, so that nothing comes back at once */
	if (c && c->next && c->next->next) {
		free_first[class] = c->next;
		for (i = 0; i < min_t(size_t, c->size, 256); i++)
			if ((u8)c->data[i] != POISON)
				sim_fail("memory of %u bytes written to after it was freed", c->size);
	} else {
		if (arena_at + sizeof(*c) + n > ARENA_SIZE)
			sim_fail("out of simulated memory: a leak?");
		c = (struct chunk *)(arena + arena_at);
		arena_at += sizeof(*c) + n;
		c->class = class;
	}
	c->size = size;
	c->state = CHUNK_USED;
	return c;
}

void *sim_take(size_t size, bool zero)
{
	struct chunk *c = chunk_get(size ? size : 1);

	memset(c->data, zero ? 0 : 0x5a, size);
	live_bytes += size;
	return c->data;
}

uint64_t sim_refused;

/* Chance says no. What may wait for memory fails in some trials only. */
static bool alloc_fails(gfp_t gfp)
{
	if (!(gfp & (GFP_NOWAIT | GFP_KERNEL | GFP_NOIO)))
		sim_fail("allocation without a context mask");
	if (gfp & GFP_NOWAIT)
		return sim_chance(sim_manner.nowait_fails);
	if (self)
		might_sleep();
	if (!sim_manner.alloc_fails || !sim_chance(sim_manner.alloc_fails))
		return false;
	sim_trace("no memory");
	sim_refused++;
	return true;
}

/* The same for what the kernel allocates in a call of the module. */
bool sim_no_memory(void)
{
	return alloc_fails(GFP_KERNEL);
}

void *sim_alloc(size_t size, gfp_t gfp)
{
	return alloc_fails(gfp) ? NULL : sim_take(size, gfp & __GFP_ZERO);
}

void kvfree(const void *p)
{
	struct chunk *c;

	if (!p)
		return;
	c = (struct chunk *)((char *)p - offsetof(struct chunk, data));
	if (c->state != CHUNK_USED)
		sim_fail("freed twice, or never allocated");
	live_bytes -= c->size;
	c->state = CHUNK_FREE;
	memset(c->data, POISON, min_t(size_t, c->size, 256));
	c->next = NULL;
	if (free_first[c->class])
		free_last[c->class]->next = c;
	else
		free_first[c->class] = c;
	free_last[c->class] = c;
}

void *kmemdup(const void *p, size_t n, gfp_t gfp)
{
	void *q = kmalloc(n, gfp);

	return q ? memcpy(q, p, n) : NULL;
}

uint64_t sim_live_bytes(void)
{
	return live_bytes;
}

static char zeros[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
struct page sim_zero_page = { .addr = zeros, .used = true, .plain = true };
static struct page pages[MAX_PAGES];
static char *page_mem;
static u32 free_pages[MAX_PAGES];
static unsigned int nr_free_pages;

struct page *alloc_page(gfp_t gfp)
{
	return alloc_fails(gfp) ? NULL : sim_take_page(gfp & __GFP_ZERO);
}

struct page *sim_take_page(bool zero)
{
	struct page *page;

	if (!nr_free_pages)
		sim_fail("out of simulated pages: a leak?");
	page = &pages[free_pages[--nr_free_pages]];
	page->used = true;
	live_bytes += PAGE_SIZE;
	if (zero) {
		memset(page->addr, 0, PAGE_SIZE);
		page->plain = true;
	}
	return page;
}

void __free_page(struct page *page)
{
	if (!page->used)
		sim_fail("page freed twice");
	page->used = false;
	live_bytes -= PAGE_SIZE;
	free_pages[nr_free_pages++] = page - pages;
}

void *page_address(struct page *page)
{
	page->plain = false;
	return page->addr;
}

unsigned long __get_free_page(gfp_t gfp)
{
	struct page *page = alloc_page(gfp);

	return page ? (unsigned long)page_address(page) : 0;
}

void free_page(unsigned long addr)
{
	if (addr)
		__free_page(&pages[(addr - (unsigned long)page_mem) / PAGE_SIZE]);
}

int mempool_init_kmalloc_pool(mempool_t *pool, int min, size_t size)
{
	pool->min = min;
	pool->size = size;
	pool->out = 0;
	return 0;
}

void mempool_exit(mempool_t *pool)
{
	if (pool->out)
		sim_fail("memory pool of %zu bytes destroyed with %d out", pool->size, pool->out);
	pool->min = 0;
}

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	if (gfp & GFP_NOWAIT) {
		if (pool->out >= pool->min && sim_chance(sim_manner.nowait_fails))
			return NULL;
	} else {
		might_sleep();
		while (sim_manner.scarce && pool->out >= pool->min)
			sleep_on(pool, 0);
	}
	pool->out++;
	return sim_take(pool->size, false);
}

void mempool_free(void *p, mempool_t *pool)
{
	kvfree(p);
	pool->out--;
	sim_wake(pool);
}

/* ---- power ---- */

int sim_module_init(void);

extern char __start_mod_data[], __stop_mod_data[];
extern char __start_mod_bss[], __stop_mod_bss[];

static void make_memory(void)
{
	unsigned int i;
	char *stacks;

	arena = mmap(NULL, ARENA_SIZE, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	page_mem = mmap(NULL, (size_t)MAX_PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	stacks = mmap(NULL, (size_t)MAX_CONTEXTS * (STACK_SIZE + PAGE_SIZE),
		      PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED || page_mem == MAP_FAILED || stacks == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	for (i = 0; i < MAX_CONTEXTS; i++) {
		mprotect(stacks, PAGE_SIZE, PROT_NONE);
		contexts[i].stack = stacks + PAGE_SIZE;
		stacks += PAGE_SIZE + STACK_SIZE;
	}
	for (i = 0; i < MAX_PAGES; i++) {
		pages[i].addr = page_mem + (size_t)i * PAGE_SIZE;
		free_pages[i] = MAX_PAGES - 1 - i;
	}
	nr_free_pages = MAX_PAGES;
}

static void insert_module(void *result)
{
	int *r = result;

	*r = sim_module_init();
	if (*r && *r != -ENOMEM)
		sim_fail("the module does not initialise: %d", *r);
	if (*r && live_bytes)
		sim_fail("%llu bytes are left of a module that did not initialise", live_bytes);
}

void sim_power_on(void)
{
	static char *data;
	size_t len = __stop_mod_data - __start_mod_data;
	unsigned int i;
	int r = 0;

	if (!data) {
		make_memory();
		data = malloc(len);
		memcpy(data, __start_mod_data, len);
	}
	memcpy(__start_mod_data, data, len);
	memset(__start_mod_bss, 0, __stop_mod_bss - __start_mod_bss);

	arena_at = 0;
	memset(free_first, 0, sizeof(free_first));
	jiffies = 0;
	/* in the first order, so that a trial does not depend on those before */
	if (nr_free_pages < MAX_PAGES || live_bytes)
		for (i = 0; i < MAX_PAGES; i++)
			pages[i].used = false;
	for (i = 0; i < MAX_PAGES; i++)
		free_pages[i] = MAX_PAGES - 1 - i;
	nr_free_pages = MAX_PAGES;
	live_bytes = 0;

	for (i = 0; i < MAX_CONTEXTS; i++)
		idle[i] = &contexts[MAX_CONTEXTS - 1 - i];
	nr_idle = MAX_CONTEXTS;
	nr_runnable = nr_asleep = 0;
	self = NULL;
	INIT_LIST_HEAD(&all_wqs);
	INIT_LIST_HEAD(&work_runs);
	INIT_LIST_HEAD(&timers);
	new_fuse();
	do {
		sim_start("insmod", insert_module, &r, false);
		while (nr_runnable)
			run(runnable[0]);
	} while (r == -ENOMEM && !sim_failure[0]);
}

/* ---- the odd function ---- */

u32 vy_crc32c(u32 crc, const void *buf, size_t len);	/* of the activator */

u32 crc32c(u32 crc, const void *buf, size_t len)
{
	return vy_crc32c(crc, buf, len);
}

unsigned long find_next_bit(const unsigned long *p, unsigned long size, unsigned long from)
{
	unsigned long w;

	sim_point();
	while (from < size) {
		w = p[from / 64] >> (from % 64);
		if (w)
			return min_t(unsigned long, from + __builtin_ctzl(w), size);
		from = (from | 63) + 1;
	}
	return size;
}

unsigned long find_next_zero_bit(const unsigned long *p, unsigned long size, unsigned long from)
{
	while (from < size && p[from / 64] >> (from % 64) & 1)
		from++;
	return min(from, size);
}

void bitmap_set(unsigned long *p, unsigned int start, unsigned int n)
{
	for (; n; n--)
		__set_bit(start++, p);
}

void bitmap_clear(unsigned long *p, unsigned int start, unsigned int n)
{
	for (; n; n--)
		__clear_bit(start++, p);
}

int kstrtou64(const char *s, unsigned int base, u64 *out)
{
	char *end;

	*out = strtoull(s, &end, base);
	return *s && !*end ? 0 : -EINVAL;
}

int kstrtouint(const char *s, unsigned int base, unsigned int *out)
{
	u64 n;
	int r = kstrtou64(s, base, &n);

	if (!r && n > UINT_MAX)
		r = -ERANGE;
	*out = n;
	return r;
}

int kstrtou8(const char *s, unsigned int base, u8 *out)
{
	u64 n;
	int r = kstrtou64(s, base, &n);

	if (!r && n > 255)
		r = -ERANGE;
	*out = n;
	return r;
}

int hex2bin(u8 *dst, const char *src, size_t n)
{
	unsigned int byte;

	for (; n; n--, src += 2) {
		if (sscanf(src, "%2x", &byte) != 1)
			return -EINVAL;
		*dst++ = byte;
	}
	return 0;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n < 0 || !size ? 0 : min_t(int, n, size - 1);
}

char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return kmemdup(text, strlen(text) + 1, gfp);
}

void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *b = p;

	for (; n; n--, b++)
		if (*b != (u8)c)
			return (void *)b;
	return NULL;
}

bool mem_is_zero(const void *p, size_t n)
{
	return !memchr_inv(p, 0, n);
}

ssize_t strscpy(char *dst, const char *src, size_t n)
{
	int r = snprintf(dst, n, "%s", src);

	return r >= (int)n ? -E2BIG : r;
}

/* It may use registers that are not saved in an interrupt. */
void xor_blocks(unsigned int n, unsigned int bytes, void *to, void **from)
{
	uint64_t *t = to;
	unsigned int i, k;

	if (!self || self->spinning || !strcmp(self->name, "completion"))
		sim_fail("%s where it must not be called", __func__);
	BUG_ON(!n || n > MAX_XOR_BLOCKS || bytes % SECTOR_SIZE);
	for (i = 0; i < n; i++)
		for (k = 0; k < bytes / sizeof(*t); k++)
			t[k] ^= ((uint64_t *)from[i])[k];
}

u64 get_random_u64(void)
{
	return sim_rand() << 32 ^ sim_rand();
}

u32 get_random_u32(void)
{
	return sim_rand();
}

void get_random_bytes(void *buf, size_t n)
{
	u8 *p = buf;

	for (; n; n--)
		*p++ = sim_rand();
}
