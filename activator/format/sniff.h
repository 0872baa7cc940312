/* SPDX-License-Identifier: GPL-2.0 */
/* What a device holds that is not ours: asked before it becomes a PV. */
#ifndef VARYON_SNIFF_H
#define VARYON_SNIFF_H

#include <stddef.h>
#include <stdint.h>

#define SNIFF_HEAD	(72 * 1024)	/* bytes from the start that are looked at */
#define SNIFF_TAIL	(128 * 1024)	/* bytes from the end */

/* An English name of what the first len bytes show, or NULL. */
const char *sniff_head(const uint8_t *buf, size_t len);
/* The same for the last len bytes of a device of size bytes. */
const char *sniff_tail(const uint8_t *buf, size_t len, uint64_t size);

#endif
