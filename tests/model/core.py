# SPDX-License-Identifier: GPL-2.0
"""kernel/core as a shared object, asked through ctypes.

Superblocks go in and come out as the 4096 bytes that a disk would hold, packed
here from docs/format.md: a walk tests the codec along with the decisions.
"""

import ctypes
import os
import struct
import subprocess

import verdict

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))
SOURCES = ['kernel/core/super.c', 'kernel/core/map.c', 'kernel/core/gen.c',
           'activator/format/crc32c.c']
BLOCK = 4096
SB_ROOM = 4096                  # more than struct vy_sb takes
SLOTS = 8
SET_UUID = b'a walking mirror'
INCONSISTENT = 1
REGION_SHIFT, ZONE_SHIFT, DATA_SECTORS = 12, 22, 8192
WIB_OFF, STALE_OFF = 8192, 12288


class Disagreement(Exception):
    """The C code and the Python code came to different results."""


class CAssembly(ctypes.Structure):
    _fields_ = [('verdict', ctypes.c_int), ('best', ctypes.c_int),
                ('leg', ctypes.c_int), ('other', ctypes.c_int),
                ('members', ctypes.c_uint8), ('targets', ctypes.c_uint8),
                ('full', ctypes.c_uint8), ('missing', ctypes.c_uint8),
                ('bump', ctypes.c_bool), ('added', ctypes.c_uint8),
                ('removed', ctypes.c_uint8), ('given_up', ctypes.c_uint8)]


def build(directory, name, patch=None):
    """Compile the core; patch is (old text, new text), found once in gen.c.

    $VARYON_CORE is one that has been compiled, to count covered lines.
    """
    if not patch and 'VARYON_CORE' in os.environ:
        return Core(os.environ['VARYON_CORE'])
    out = os.path.join(directory, name + '.so')
    sources = list(SOURCES)
    flags = []
    if patch:
        with open(os.path.join(TOP, 'kernel/core/gen.c'), encoding='ascii') as f:
            text = f.read()
        if text.count(patch[0]) != 1:
            raise ValueError('not found once in gen.c: %r' % patch[0])
        sources.remove('kernel/core/gen.c')
        patched = os.path.join(directory, name + '.c')
        with open(patched, 'w', encoding='ascii') as f:
            f.write(text.replace(*patch))
        sources.append(patched)
        flags = ['-I', os.path.join(TOP, 'kernel/core'), '-Wno-unused-function']
    subprocess.run(['gcc', '-std=gnu11', '-O2', '-fPIC', '-shared', *flags,
                    '-o', out, *sources], cwd=TOP, check=True)
    return Core(out)


def leg_uuid(slot):
    return b'leg %d of walking' % slot


def slots_of(mask):
    return frozenset(l for l in range(SLOTS) if mask >> l & 1)


class Core:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.lib.vy_crc32c.restype = ctypes.c_uint32
        self.lib.vy_crc32c.argtypes = [ctypes.c_uint32, ctypes.c_char_p, ctypes.c_size_t]
        self.lib.vy_rel_name.restype = ctypes.c_char_p
        self.lib.vy_gen_bump.argtypes = [ctypes.c_void_p, ctypes.c_uint64,
                                         ctypes.c_uint8, ctypes.c_uint8]
        self.comparisons = self.assemblies = self.bumps = 0

    def pack(self, sb):
        """sb as docs/format.md lays it out."""
        n = len(sb.state)
        stale_blocks = 1        # 32 words take one block
        sa_sectors = (STALE_OFF + n * stale_blocks * BLOCK) // 512
        head = struct.pack('<HHQQQ16s16sQQQ', 1, BLOCK, 0, 0, 0, SET_UUID,
                           leg_uuid(sb.me), 1, sb.gen, sb.prev)
        head += struct.pack('<24Q', *sb.hist, *[0] * (verdict.HIST - len(sb.hist)))
        head += struct.pack('<IIIIBBBBIQQQQQQQQ', n, sb.me, 1,
                            INCONSISTENT if sb.inconsistent else 0,
                            REGION_SHIFT, ZONE_SHIFT, 0, 0, 0, DATA_SECTORS, sa_sectors,
                            WIB_OFF, STALE_OFF, 0, 0, 0, 0)
        for l in range(n):
            head += struct.pack('<16sQII32x', leg_uuid(l), sb.base[l], sb.state[l], 0)
        rest = head + bytes(BLOCK - 12 - len(head))
        csum = self.lib.vy_crc32c(0xffffffff, b'VARYONSA\0\0\0\0' + rest, BLOCK)
        return b'VARYONSA' + struct.pack('<I', csum) + rest

    def decode(self, sb):
        room = ctypes.create_string_buffer(SB_ROOM)
        err = self.lib.vy_super_decode(self.pack(sb), room)
        if err:
            raise Disagreement('the C code refuses %r: error %d' % (sb, err))
        return room

    def assemble(self, supers):
        """The verdict on {slot: Super}, once both codes agree on it."""
        c = {l: self.decode(sb) for l, sb in supers.items()}
        for a in supers:
            for b in supers:
                if a == b:
                    continue
                got = self.lib.vy_rel_name(self.lib.vy_gen_compare(c[a], c[b])).decode()
                want = verdict.compare(supers[a], supers[b])
                self.comparisons += 1
                if got != want:
                    raise Disagreement('compare: C %s, Python %s: %r, %r' %
                                       (got, want, supers[a], supers[b]))
        table = (ctypes.c_void_p * SLOTS)(
            *[ctypes.addressof(c[l]) if l in c else None for l in range(SLOTS)])
        out = CAssembly()
        slots = len(next(iter(supers.values())).state) if supers else SLOTS
        self.lib.vy_assemble(table, slots, None, ctypes.byref(out))
        got = verdict.Assembly(verdict.VERDICTS[out.verdict], out.best, out.leg, out.other,
                               slots_of(out.members), slots_of(out.targets),
                               slots_of(out.full), slots_of(out.missing), out.bump)
        want = verdict.assemble(supers)
        self.assemblies += 1
        if got != want:
            raise Disagreement('assemble: C %r, Python %r: %r' % (got, want, supers))
        return got

    def bump(self, sb, new_gen, missing, state):
        """The image after a bump, once both codes agree on its bytes."""
        room = self.decode(sb)
        self.lib.vy_gen_bump(room, new_gen, sum(1 << l for l in missing), state)
        block = ctypes.create_string_buffer(BLOCK)
        # seq is the only field that a writer adds.
        self.lib.vy_super_encode(room, block)
        want = verdict.bump(sb, new_gen, missing, state)
        self.bumps += 1
        if block.raw != self.pack(want):
            raise Disagreement('bump: %r, missing %r' % (sb, missing))
        return want
