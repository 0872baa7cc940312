/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Big-endian numbers in a buffer of len bytes. A read outside the buffer
 * gives 0, a write outside it does nothing: no offset taken from a disk can
 * reach other memory.
 */
#ifndef VARYON_BE_H
#define VARYON_BE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline bool be_fits(size_t len, size_t off, size_t n)
{
	return off <= len && n <= len - off;
}

static inline uint8_t u8_at(const uint8_t *buf, size_t len, size_t off)
{
	return be_fits(len, off, 1) ? buf[off] : 0;
}

static inline uint16_t be16_at(const uint8_t *buf, size_t len, size_t off)
{
	if (!be_fits(len, off, 2))
		return 0;
	return (uint16_t)(buf[off] << 8 | buf[off + 1]);
}

static inline uint32_t be32_at(const uint8_t *buf, size_t len, size_t off)
{
	if (!be_fits(len, off, 4))
		return 0;
	return (uint32_t)be16_at(buf, len, off) << 16 | be16_at(buf, len, off + 2);
}

static inline uint64_t be64_at(const uint8_t *buf, size_t len, size_t off)
{
	if (!be_fits(len, off, 8))
		return 0;
	return (uint64_t)be32_at(buf, len, off) << 32 | be32_at(buf, len, off + 4);
}

static inline void u8_put(uint8_t *buf, size_t len, size_t off, uint8_t v)
{
	if (be_fits(len, off, 1))
		buf[off] = v;
}

static inline void be16_put(uint8_t *buf, size_t len, size_t off, uint16_t v)
{
	if (!be_fits(len, off, 2))
		return;
	buf[off] = (uint8_t)(v >> 8);
	buf[off + 1] = (uint8_t)v;
}

static inline void be32_put(uint8_t *buf, size_t len, size_t off, uint32_t v)
{
	if (!be_fits(len, off, 4))
		return;
	be16_put(buf, len, off, (uint16_t)(v >> 16));
	be16_put(buf, len, off + 2, (uint16_t)v);
}

static inline void be64_put(uint8_t *buf, size_t len, size_t off, uint64_t v)
{
	if (!be_fits(len, off, 8))
		return;
	be32_put(buf, len, off, (uint32_t)(v >> 32));
	be32_put(buf, len, off + 4, (uint32_t)v);
}

#endif
