/* SPDX-License-Identifier: GPL-2.0 */
/* Random bytes and the clock: identities and stamps are made of these. */
#ifndef VARYON_RANDOM_H
#define VARYON_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include "err.h"

/* Fill len bytes; never all zero, so that they serve as an identity. */
enum err_code random_bytes(void *buf, size_t len, struct err *e);

/* Wall clock as seconds << 32 | nanoseconds. */
uint64_t clock_stamp(void);

#endif
