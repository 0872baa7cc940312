# SPDX-License-Identifier: GPL-2.0
"""A mirror that is crashed, cut and rebooted at random.

One zone of a few regions; every leg has a volatile cache and a status area.
Status areas are written one leg after the other, and a crash may fall between
any two of them. What a leg holds is a number: that of the last write to the
region. Whoever boots asks the C core and the Python one.

Checked:
  lost      no acknowledged and durable write disappears, and no leg that owns
            one which the leading leg lacks is overwritten;
  differ    members hold the same data after the resync, a target when it is
            done;
  old       no region is older than the last durable acknowledged write to it,
            or than what has been read from it;
  refused   while no leg was absent from a boot, every boot succeeds.

A rule is one word in `off`: the walk then leaves that rule out, and the checks
above must notice.
"""

import collections

from verdict import AWAY, MEMBER, TARGET, Super

RULES = {
    'intent': 'data is written only after the intent bit is durable',
    'ack': 'a write is acknowledged only when no durable superblock counts in a leg without it',
    'clean-flush': 'members are flushed before a bit is cleared',
    'clean-stale': 'stale maps are durable before a bit is cleared',
    'clean-target': 'a target is flushed before a bit is cleared',
    'bump': 'the generation changes when a leg stops being written to',
    'stale': 'a write marks its region stale for every absent leg',
    'failure': 'a leg that fails or returns misses every dirty zone, by our map or by its own bit',
    'join-flush': 'a target is flushed before it counts as a member',
    'join-order': 'a target calls itself whole only after all others do',
    'join-again': 'a target stays one when a member fails before all members are told',
    'handed-out': 'a generation given to an absent target is not written under',
    'copied': 'a stale bit is cleared on disk only after the target is flushed',
    'target-bump': 'a target carries the generation that it is written under',
    'set-bump': 'who waits for a bit also waits for the bump of a leg that failed without it',
    'bump-first': 'nothing is readable before the bump is durable',
}


# How likely an event is, against the others that are possible at the moment.
WEIGHT = dict(crash=.3, do_job=4, write=2, complete=1, drop=.3, flush=1, clean=3, join=2,
              drop_target=.3, flush_target=.5, copy=2, finish=3)


class Violation(Exception):
    pass


class Leg:
    def __init__(self, me, legs, regions):
        self.cache = [0] * regions
        self.disk = [0] * regions
        self.sb = Super(me=me, gen=1, state=(MEMBER,) * legs, base=(0,) * legs)
        self.bit = False                        # the intent bit of the zone
        self.stale = [set() for _ in range(legs)]
        self.owns = frozenset()                 # durable acknowledged writes it must hold

    def flush(self):
        self.disk = self.cache[:]

    def lose_power(self, rng):
        """Each region that is only in the cache reaches the disk or does not."""
        for r, value in enumerate(self.cache):
            if rng.random() < .5:
                self.disk[r] = value
        self.cache = self.disk[:]


class Job:
    """Metadata written leg by leg, from one snapshot taken when it starts."""

    def __init__(self, kind, steps, done=None):
        self.kind, self.steps, self.done = kind, steps, done
        self.image = None


Write = collections.namedtuple('Write', 'number region durable todo done')


class Mirror:
    def __init__(self, core, legs, rng, regions=2, quorum=False, absent=.25, off=(),
                 writes=10, weight=None, resyncing=False):
        self.core, self.rng, self.regions, self.quorum = core, rng, regions, quorum
        self.absent, self.off, self.writes = absent, off, writes
        self.weight = dict(WEIGHT, **(weight or {}))
        self.legs = [Leg(l, legs, regions) for l in range(legs)]
        self.all = range(legs)
        self.region_of = {}
        self.last_gen = 1
        self.some_were_absent = False
        self.over = False                       # refused for good
        self.stats = collections.Counter()
        self.boot(set(self.all))
        if resyncing:
            self.begin_resync(legs - 1)

    def begin_resync(self, l):
        """Leg l fails, misses a write, returns, has it copied and flushed; all is idle."""
        def settle():
            while self.jobs:
                self.do_job()
        self.bump({l})
        settle()
        self.write(0)
        settle()
        for m in sorted(self.members):
            self.complete(self.ops[0], m)
        self.acknowledge()
        self.join(l)
        settle()
        for r in sorted(self.stale[l]):
            self.copy(r)
        self.flush_target()
        self.clean()
        settle()

    # ---- booting ----

    def boot(self, present):
        self.running = False
        self.some_were_absent |= len(present) < len(self.legs)
        found = self.core.assemble({l: self.legs[l].sb for l in present})
        self.stats[found.verdict] += 1
        if found.verdict != 'ok':
            if not self.some_were_absent:
                raise Violation('refused: %s although no leg was ever absent' % found.verdict)
            self.over = found.verdict == 'split'
            return
        if self.quorum and 2 * len(found.members) <= len(self.legs):
            self.stats['no-quorum'] += 1
            return
        self.start(present, found)

    def start(self, present, found):
        lead = self.legs[found.best]
        for l in present:
            if not self.legs[l].owns <= lead.owns:
                raise Violation('lost: leg %d owns writes that leg %d lacks' % (l, found.best))
        self.members, self.present = set(found.members), set(present)
        self.image = lead.sb
        self.stale = [set().union(*(self.legs[m].stale[l] for m in self.members))
                      for l in self.all]
        self.ops, self.jobs, self.waiting, self.soft = [], [], [], []
        self.target, self.copied, self.copying = None, set(), False
        self.newcomer, self.newcomer_owns = None, frozenset()
        self.zone = 'clean'
        self.running, self.readable = True, False

        dirty = any(self.legs[m].bit for m in self.members)
        for l in self.all:
            if l in self.members:
                continue
            own = l in present and self.legs[l].bit and 'failure' not in self.off
            if dirty or own or l in found.full:
                self.stale[l] = set(range(self.regions))

        missing = set(found.missing)
        if 'handed-out' in self.off:
            missing -= {l for l in missing if l not in present and self.image.state[l] != MEMBER}
        self.resync_due = True
        self.dirty_at_boot = dirty
        if missing or found.bump and missing == found.missing:
            self.bump(missing)
        self.resync()

    def resync(self):
        """
        The zone is copied from one member to the others; then all is readable.
        Not before the last bump is durable: what was read must not be undone
        by a leg that failed in the meantime.
        """
        if not self.resync_due or ('bump-first' not in self.off and
                                   any(job.kind == 'bump' for job in self.jobs)):
            return
        self.resync_due = False
        best = min(self.members)
        data = self.legs[best].cache
        if self.dirty_at_boot:
            for m in self.members:
                self.legs[m].cache = data[:]
                self.legs[m].flush()
            self.set_bit()
        for m in self.members:
            if self.legs[m].cache != data:
                raise Violation('differ: members %d and %d' % (best, m))
        newest = collections.Counter()
        for w in self.legs[best].owns:
            newest[self.region_of[w]] = max(newest[self.region_of[w]], w)
        for r in range(self.regions):
            if data[r] < newest[r]:
                raise Violation('old: region %d holds %d, owed %d' % (r, data[r], newest[r]))
        self.readable = not self.frozen()
        if self.readable:
            seen = frozenset(w for w in data if w)
            for m in self.members:
                self.legs[m].owns |= seen

    # ---- metadata ----

    def frozen(self):
        return self.quorum and 2 * len(self.members) <= len(self.legs)

    def maps_for_disk(self):
        maps = [set(s) for s in self.stale]
        if self.target is not None and 'copied' not in self.off:
            maps[self.target] |= self.copied
        return maps

    def put_super(self, m, job):
        leg = self.legs[m]
        if m == self.newcomer:
            # A member that failed before it was told still calls the newcomer
            # a target; the bump that is due counts that one out, and us in.
            if job.kind == 'joined' and any(j.kind == 'bump' for j in self.jobs) and \
               'join-again' not in self.off:
                return
            self.newcomer = None
            leg.bit = self.zone != 'clean'
            leg.owns |= self.newcomer_owns
        leg.sb = job.image[0].replace(me=m, inconsistent=False)
        leg.stale = [set(s) for s in job.image[1]]

    def put_target(self, l, job):
        self.legs[l].sb = job.image[0].replace(me=l, inconsistent=True)

    def put_super_job(self, kind, steps=(), done=None):
        # One that is about to call itself whole comes last.
        order = sorted(self.members, key=lambda m: (m == self.newcomer, m))
        self.jobs.append(Job(kind, [(m, self.put_super) for m in order] + list(steps), done))

    def bump(self, missing):
        """Go on without the missing: in memory now, on the members by a job."""
        self.members -= missing
        if 'bump' in self.off:
            self.image = self.image.replace(
                state=tuple(AWAY if l in missing else s for l, s in enumerate(self.image.state)),
                base=tuple(b or (self.image.gen if l in missing else 0)
                           for l, b in enumerate(self.image.base)))
        else:
            self.last_gen += 1
            best = min(self.members)
            self.image = self.core.bump(self.image.replace(me=best, inconsistent=False),
                                        self.last_gen, missing, AWAY)
        handed = [] if self.target is None or 'target-bump' in self.off else \
            [(self.target, self.put_target)]
        self.put_super_job('bump', handed)

    def set_bit(self):
        """Stage the intent bit; whoever waits for it goes on when it is durable."""
        self.zone = 'setting'

        def put(m, _):
            self.legs[m].bit = True

        def done():
            if any(job.kind == 'bump' for job in self.jobs) and 'set-bump' not in self.off:
                # A leg failed without the bit: the bump that says so comes first.
                self.jobs.append(Job('set', [], done))
                return
            self.zone = 'dirty'
            waiting, self.waiting = self.waiting, []
            for r in waiting:
                self.submit(r)
        self.jobs.append(Job('set', [(m, put) for m in sorted(self.members)], done))

    def do_job(self):
        job = self.jobs[0]
        if job.image is None:
            job.image = self.image, self.maps_for_disk()
        while job.steps:
            m, put = job.steps.pop(0)
            if m in self.members or m == self.target:
                put(m, job)
                break
        if not job.steps:
            self.jobs.pop(0)
            if job.done:
                job.done()
            self.resync()

    # ---- writing ----

    def write(self, r):
        if self.zone == 'cleaning':
            self.zone = 'dirty'
        if self.zone == 'dirty' or self.zone == 'setting' and 'intent' in self.off:
            self.submit(r)
            return
        self.waiting.append(r)
        if self.zone == 'clean':
            self.set_bit()

    def submit(self, r):
        number = len(self.region_of) + 1
        self.region_of[number] = r
        legs = set(self.members)
        for l in self.all:
            if l in legs:
                continue
            if l == self.target and self.copying and r not in self.stale[l]:
                legs.add(l)                     # already copied: keep it so
            elif 'stale' not in self.off:
                self.stale[l].add(r)
        self.ops.append(Write(number, r, self.rng.random() < .6, legs, set()))

    def complete(self, op, l):
        op.todo.discard(l)
        op.done.add(l)
        self.legs[l].cache[op.region] = op.number
        if op.durable:
            self.legs[l].disk[op.region] = op.number

    def counted_in(self):
        """Slots that a member's durable superblock calls in sync."""
        counted = set(self.members)
        if 'ack' not in self.off:
            counted |= {l for l in self.all for m in self.members
                        if self.legs[m].sb.state[l] == MEMBER}
        return counted

    def acknowledge(self):
        for op in [op for op in self.ops if not op.todo]:
            if self.frozen() or not self.counted_in() <= op.done:
                continue
            self.ops.remove(op)
            self.stats['ack'] += 1
            if op.durable:
                self.promise({op.number})
            else:
                self.soft.append(op.number)

    def promise(self, numbers):
        self.newcomer_owns |= numbers
        for m in self.members - {self.newcomer}:
            self.legs[m].owns |= numbers

    def flush(self):
        """The user's flush: what was acknowledged before it is durable after it."""
        for m in self.members:
            self.legs[m].flush()
        self.promise(set(self.soft))
        self.soft = []

    def clean(self):
        self.zone = 'cleaning'
        if 'clean-flush' not in self.off:
            for m in self.members:
                self.legs[m].flush()
        if self.target is not None and 'clean-target' not in self.off:
            self.legs[self.target].flush()

        def put_stale(m, job):
            self.legs[m].stale = [set(s) for s in job.image[1]]

        def clear(m, _):
            self.legs[m].bit = False

        def stage():
            if self.zone == 'cleaning':
                self.zone = 'clearing'
                self.jobs.append(Job('clear', [(m, clear) for m in sorted(self.members)], done))

        def done():
            self.zone = 'clean'
            if self.waiting:
                self.set_bit()
        if 'clean-stale' in self.off:
            stage()
        else:
            self.jobs.append(Job('stale', [(m, put_stale) for m in sorted(self.members)], stage))

    # ---- losing and regaining legs ----

    def drop(self, l):
        """A member fails under us; whatever its cache held may be gone."""
        if l == self.newcomer:
            self.newcomer = None
        self.legs[l].lose_power(self.rng)
        if self.rng.random() < .3:
            self.present.discard(l)
        for op in self.ops:
            if l in op.todo | op.done and 'failure' not in self.off:
                self.stale[l].add(op.region)
            op.todo.discard(l)
            op.done.discard(l)
        if self.zone != 'clean' and 'failure' not in self.off:
            self.stale[l] = set(range(self.regions))
        self.bump({l})

    def drop_target(self):
        l, self.target, self.copying = self.target, None, False
        self.record(l, AWAY, self.image.base[l])
        self.legs[l].lose_power(self.rng)
        self.stale[l] = set(range(self.regions))
        if self.rng.random() < .3:
            self.present.discard(l)
        for op in self.ops:
            op.todo.discard(l)
            op.done.discard(l)

    def record(self, l, state, base):
        change = lambda old, new: old[:l] + (new,) + old[l + 1:]
        self.image = self.image.replace(state=change(self.image.state, state),
                                        base=change(self.image.base, base))

    def join(self, l):
        leg = self.legs[l]
        if not leg.owns <= self.legs[min(self.members)].owns:
            raise Violation('lost: leg %d owns writes and is made a target' % l)
        if leg.bit and 'failure' not in self.off:
            self.stale[l] = set(range(self.regions))
        leg.sb = self.image.replace(me=l, inconsistent=True)
        leg.owns = frozenset()
        self.target, self.copied, self.copying = l, set(), False
        self.record(l, TARGET, self.image.gen)

        def forget_bit(m, _):
            self.legs[m].bit = False            # by now the members' maps have it

        def recorded():
            self.copying = self.target == l
        self.put_super_job('join', [(l, forget_bit)], done=recorded)
        self.stats['join'] += 1

    def copy(self, r):
        self.legs[self.target].cache[r] = self.legs[min(self.members)].cache[r]
        self.stale[self.target].discard(r)
        self.copied.add(r)

    def flush_target(self):
        self.legs[self.target].flush()
        self.copied = set()

    def finish(self):
        l = self.target
        if 'join-flush' not in self.off:
            self.legs[l].flush()
        source = self.legs[min(self.members)]
        if self.legs[l].cache != source.cache:
            raise Violation('differ: target %d when it is done' % l)
        self.target, self.copied, self.copying = None, set(), False
        self.record(l, MEMBER, 0)

        self.newcomer, self.newcomer_owns = l, source.owns
        if 'join-order' in self.off:
            self.jobs.append(Job('joined', [(m, self.put_super)
                                            for m in [l] + sorted(self.members)]))
            self.members.add(l)
        else:
            self.members.add(l)
            self.put_super_job('joined')

    # ---- the walk ----

    def crash(self):
        for leg in self.legs:
            leg.lose_power(self.rng)
        self.running = False

    def choices(self):
        """What may happen next: functions with their arguments."""
        some = [(self.crash,)]
        busy = {op.region for op in self.ops} | set(self.waiting)
        idle = not self.ops and not self.waiting and not self.jobs
        if self.jobs:
            some.append((self.do_job,))
        if self.readable and len(self.region_of) + len(self.waiting) < self.writes:
            some += [(self.write, r) for r in range(self.regions) if r not in busy]
        some += [(self.complete, op, l) for op in self.ops for l in sorted(op.todo)]
        if len(self.members) > 1:
            some += [(self.drop, l) for l in sorted(self.members)]
        if self.soft and self.readable and not self.frozen() and self.counted_in() <= self.members:
            some.append((self.flush,))
        if self.zone == 'dirty' and idle:
            some.append((self.clean,))
        if self.target is None and idle and self.readable:
            some += [(self.join, l) for l in sorted(self.present - self.members)]
        if self.target is not None:
            some.append((self.drop_target,))
        if self.copying:
            some.append((self.flush_target,))
            some += [(self.copy, r) for r in sorted(self.stale[self.target]) if r not in busy]
            if not self.stale[self.target] and idle:
                some.append((self.finish,))
        return some

    def step(self):
        if not self.running:
            present = {l for l in self.all if self.rng.random() >= self.absent}
            self.boot(present or {self.rng.choice(self.all)})
            return
        some = self.choices()
        event = self.rng.choices(some, [self.weight[s[0].__name__] for s in some])[0]
        event[0](*event[1:])
        if self.running:
            self.acknowledge()
