# SPDX-License-Identifier: GPL-2.0
"""Lineage and membership, a second time.

Written from the rules in docs/format.md and not from kernel/core/gen.c, so
that a slip in one of the two shows as a disagreement.
"""

import dataclasses

EMPTY, MEMBER, AWAY, SPLIT, TARGET, FAILED = range(6)
HIST = 24

RELATIONS = ('unrelated', 'same', 'b-lags', 'a-lags', 'a-newer', 'b-newer',
             'split', 'a-newer-full', 'b-newer-full')
VERDICTS = ('ok', 'no-leg', 'no-source', 'split', 'mismatch')


@dataclasses.dataclass(frozen=True)
class Super:
    """What one leg's superblock says; slots are indexes of state and base."""
    me: int
    gen: int
    state: tuple
    base: tuple
    prev: int = 0
    hist: tuple = ()            # newest first, no zeros
    inconsistent: bool = False

    def whole(self):
        return not self.inconsistent and self.state[self.me] == MEMBER

    def replace(self, **changes):
        return dataclasses.replace(self, **changes)


@dataclasses.dataclass(frozen=True)
class Assembly:
    verdict: str
    best: int = -1
    leg: int = -1
    other: int = -1
    members: frozenset = frozenset()
    targets: frozenset = frozenset()
    full: frozenset = frozenset()
    missing: frozenset = frozenset()
    bump: bool = False


def ancestors(a, b):
    """Every generation that a knows to be older than its own, as far as b goes."""
    known = set(a.hist) | {a.prev}
    if a.state[b.me] != MEMBER:
        known.add(a.base[b.me])
    return known - {0}


def compare(a, b):
    if a.gen == b.gen:
        return 'same'
    b_is_past = b.gen in ancestors(a, b)
    a_is_past = a.gen in ancestors(b, a)
    if b_is_past and a_is_past:
        return 'split'
    if b_is_past:
        newer, older, names = a, b, ('b-lags', 'a-newer', 'a-newer-full')
    elif a_is_past:
        newer, older, names = b, a, ('a-lags', 'b-newer', 'b-newer-full')
    else:
        return 'split'
    record = newer.state[older.me], newer.base[older.me]
    if record[0] == MEMBER:
        if newer.prev == older.gen and older.state[newer.me] == MEMBER:
            return names[0]
    elif record[1] == older.gen:
        return names[1]
    elif older.state[newer.me] != MEMBER and older.base[newer.me] == record[1] and \
            not older.inconsistent and not newer.inconsistent:
        return 'split'
    if older.gen in newer.hist:
        return names[2]
    return 'split'


def assemble(supers):
    """supers: {slot: Super} of the legs that are present."""
    if not supers:
        return Assembly('no-leg')
    whole = sorted(l for l in supers if supers[l].whole())
    if not whole:
        return Assembly('no-source')

    rel = {(a, b): compare(supers[a], supers[b])
           for a in supers for b in supers if a != b}
    behind = ('same', 'b-lags', 'a-newer', 'a-newer-full')
    ahead = ('a-lags', 'b-newer', 'b-newer-full')
    objections = {a: [b for b in sorted(supers) if b != a and rel[a, b] not in behind]
                  for a in whole}
    leaders = [a for a in whole if not objections[a]]
    if not leaders:
        heads = [a for a in whole
                 if not any(b != a and rel[a, b] in ahead for b in whole)]
        leg = (heads or whole)[0]
        other = objections[leg][0]
        unfinished = not supers[other].whole() and rel[leg, other] in ahead
        return Assembly('no-source' if unfinished else 'split', leg=leg, other=other)

    best = leaders[0]
    lead = supers[best]
    kin = {l: 'same' if l == best else rel[best, l] for l in supers}
    members = [l for l in whole if kin[l] in ('same', 'b-lags')]
    for a in members:
        for b in members:
            if supers[a].state[b] != MEMBER:
                return Assembly('split', leg=a, other=b)
    others = [l for l in range(len(lead.state)) if l not in members]
    peers = [supers[m] for m in members if kin[m] == 'same']
    missing = [l for l in others
               if any(p.state[l] == MEMBER for p in peers) or
               l not in supers and any(p.base[l] == lead.gen for p in peers)]
    renew = bool(missing) or 'b-lags' in [kin[m] for m in members]
    if renew:
        missing += [l for l in others if lead.state[l] == TARGET]
    targets = [l for l in supers if l not in members and lead.state[l] != SPLIT]
    return Assembly('ok', best=best, members=frozenset(members),
                    targets=frozenset(targets),
                    full=frozenset(l for l in targets if kin[l] == 'a-newer-full'),
                    missing=frozenset(l for l in missing if lead.state[l] != EMPTY),
                    bump=renew)


def bump(sb, new_gen, missing, state):
    """The image after a change of generation; who wrote it is left alone."""
    def base(l):
        if l in missing:
            return sb.base[l] or sb.gen
        return new_gen if sb.state[l] == TARGET else sb.base[l]
    slots = range(len(sb.state))
    return sb.replace(
        gen=new_gen, prev=sb.gen, hist=((sb.gen,) + sb.hist)[:HIST],
        base=tuple(base(l) for l in slots),
        state=tuple(state if l in missing else sb.state[l] for l in slots))
