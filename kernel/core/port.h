/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few names that the pure core needs, from the kernel's headers in the
 * module and from the C library's in user space. Nothing else may be
 * included by files below kernel/core/.
 */
#ifndef VARYON_PORT_H
#define VARYON_PORT_H

#ifdef __KERNEL__

#include <linux/types.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/crc32c.h>
#include <asm/byteorder.h>

/* Raw CRC32C (no final inversion), chained: pass ~0u to start. */
static inline u32 vy_crc32c(u32 crc, const void *buf, size_t len)
{
	return crc32c(crc, buf, len);
}

#else /* user space */

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
#if __has_include(<linux/types.h>)
#include <linux/types.h>	/* glibc's <sys/stat.h> includes it as well */
#else
typedef uint8_t __u8;
typedef uint16_t __le16;
typedef uint32_t __le32;
typedef uint64_t __le64;
#endif

static inline u64 div_u64_rem(u64 n, u32 by, u32 *rest)
{
	*rest = n % by;
	return n / by;
}

#define cpu_to_le16(x) htole16(x)
#define cpu_to_le32(x) htole32(x)
#define cpu_to_le64(x) htole64(x)
#define le16_to_cpu(x) le16toh(x)
#define le32_to_cpu(x) le32toh(x)
#define le64_to_cpu(x) le64toh(x)
#ifndef static_assert
#define static_assert _Static_assert
#endif

/* Raw CRC32C (no final inversion), chained: pass ~0u to start. */
u32 vy_crc32c(u32 crc, const void *buf, size_t len);

#endif
#endif
