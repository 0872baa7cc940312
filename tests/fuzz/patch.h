/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a fuzzer's input describes disks: first a byte of flags, then patches to
 * disks of zeros. A patch is a disk number (1 byte), an offset (4 bytes) and a
 * length (2 bytes), big-endian, then the bytes.
 */
#ifndef FUZZ_PATCH_H
#define FUZZ_PATCH_H

#include "../unit/disks.h"

#define FUZZ_DISKS	4
#define FUZZ_DISK_BYTES	(16ULL << 20)
#define PATCH_HEAD	7

/* Flags: put stamps and checksums right, so that the fuzzer gets past them. */
#define FUZZ_FIX	1
/* Bits 1 to 4: the change that is tried of a sound VG. */
#define FUZZ_CHANGE(flags)	((flags) >> 1 & 15)

/* To where ids and time begin, at the start of each input. */
void fuzz_random_reset(void);

#endif
