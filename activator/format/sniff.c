// SPDX-License-Identifier: GPL-2.0
/*
 * A few well-known magics: enough that a typing error does not cost a disk.
 * File systems come before partition tables, because a boot sector ends with
 * the same two bytes as a DOS partition table.
 */
#include <string.h>
#include "be.h"
#include "sniff.h"

static const struct {
	size_t off;
	const char *magic;
	size_t len;
	const char *what;
} magics[] = {
	{ 0, "XFSB", 4, "an XFS file system" },
	{ 0, "LUKS\xba\xbe", 6, "a LUKS volume" },
	{ 0, "hsqs", 4, "a squashfs file system" },
	{ 82, "FAT32", 5, "a FAT file system" },
	{ 54, "FAT1", 4, "a FAT file system" },
	{ 3, "NTFS    ", 8, "an NTFS file system" },
	{ 1080, "\x53\xef", 2, "an ext2/3/4 file system" },
	{ 65600, "_BHRfS_M", 8, "a btrfs file system" },
	{ 32769, "CD001", 5, "an ISO 9660 file system" },
	{ 4086, "SWAPSPACE2", 10, "swap space" },
	{ 4086, "SWAP-SPACE", 10, "swap space" },
	{ 0, "\xfc\x4e\x2b\xa9", 4, "an md RAID member" },
	{ 4096, "\xfc\x4e\x2b\xa9", 4, "an md RAID member" },
	{ 0, "LABELONE", 8, "an LVM2 physical volume" },
	{ 512, "LABELONE", 8, "an LVM2 physical volume" },
	{ 1024, "LABELONE", 8, "an LVM2 physical volume" },
	{ 1536, "LABELONE", 8, "an LVM2 physical volume" },
	{ 512, "EFI PART", 8, "a GPT partition table" },
	{ 4096, "EFI PART", 8, "a GPT partition table" },
	{ 510, "\x55\xaa", 2, "a DOS partition table or boot sector" },
};

const char *sniff_head(const uint8_t *buf, size_t len)
{
	size_t i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (be_fits(len, magics[i].off, magics[i].len) &&
		    !memcmp(buf + magics[i].off, magics[i].magic, magics[i].len))
			return magics[i].what;
	return NULL;
}

/* md 1.0: 8 KiB from the end, rounded down to 4 KiB; md 0.90: in the last 64 to 128 KiB. */
const char *sniff_tail(const uint8_t *buf, size_t len, uint64_t size)
{
	static const uint8_t md_le[4] = { 0xfc, 0x4e, 0x2b, 0xa9 };
	static const uint8_t md_be[4] = { 0xa9, 0x2b, 0x4e, 0xfc };
	uint64_t places[2];
	size_t i;

	if (size < SNIFF_TAIL || len > size)
		return NULL;
	places[0] = (size - 8192) & ~4095ULL;
	places[1] = (size & ~65535ULL) - 65536;
	for (i = 0; i < 2; i++) {
		uint64_t at = places[i] - (size - len);

		if (places[i] < size - len || !be_fits(len, (size_t)at, 4))
			continue;
		if (!memcmp(buf + at, md_le, 4) || !memcmp(buf + at, md_be, 4))
			return "an md RAID member";
	}
	return NULL;
}
