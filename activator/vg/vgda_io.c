// SPDX-License-Identifier: GPL-2.0
/*
 * VGDA copies on their way from and to a PV.
 *
 * A copy is whole when header and trailer carry one stamp (and the checksum
 * of a native VG is right). The writer keeps to it: once the new header is
 * durable the copy is invalid until the new trailer is, and the trailer goes
 * out only when everything before it is durable.
 */
#include <stdlib.h>
#include <string.h>
#include "../lib/text.h"
#include "internal.h"

static uint64_t bytes(uint64_t sectors)
{
	return sectors * SECTOR;
}

enum err_code vgda_peek(struct io *io, uint32_t psn, uint32_t len, struct vgda_peek *p,
			struct err *e)
{
	uint8_t buf[SECTOR];
	enum err_code rc;

	rc = io_read(io, buf, SECTOR, bytes(psn), "VGDA header", e);
	if (rc != ERR_OK)
		return rc;
	aix_vgda_hdr_decode(buf, &p->h);
	rc = io_read(io, buf, SECTOR, bytes((uint64_t)psn + len - 1), "VGDA trailer", e);
	if (rc != ERR_OK)
		return rc;
	p->trailer = aix_vgda_trailer_stamp(buf);
	return ERR_OK;
}

bool vgda_peek_whole(const struct vgda_peek *p, const struct vg_id *vgid)
{
	return p->h.stamp && p->h.stamp == p->trailer &&
	       !memcmp(p->h.vgid, vgid->b, sizeof(vgid->b));
}

enum err_code vgda_read(struct io *io, uint32_t psn, uint32_t len, bool native,
			uint8_t **out, struct err *e)
{
	/* Full length, but only what is read becomes memory. */
	uint8_t *buf = xalloc(bytes(len));
	struct vgda_extent ext[VGDA_EXTENTS];
	struct aix_vgda_hdr h;
	enum err_code rc;
	unsigned int i, n;

	rc = io_read(io, buf, SECTOR, bytes(psn), "VGDA header", e);
	if (rc != ERR_OK)
		goto fail;
	aix_vgda_hdr_decode(buf, &h);
	n = vgda_extents(&h, native, len, ext);
	if (!n) {
		rc = err_set(e, ERR_METADATA,
			     "%s: VGDA at sector %u: lengths in its header (extension %u+%u, used %u, PV area %u) do not fit %u sectors",
			     io->path, psn, h.ext_off, h.ext_len, h.ext_used, h.pv_used, len);
		goto fail;
	}
	for (i = 0; i < n; i++) {
		uint64_t at = ext[i].start, skip = i ? 0 : 1;

		rc = io_read(io, buf + bytes(at + skip), bytes(ext[i].len - skip),
			     bytes(psn + at + skip), "VGDA", e);
		if (rc != ERR_OK)
			goto fail;
	}
	if (aix_vgda_trailer_stamp(buf + bytes(len - 1)) != h.stamp) {
		rc = err_set(e, ERR_METADATA,
			     "%s: VGDA at sector %u: stamps of header and trailer differ (an update was cut short)",
			     io->path, psn);
		goto fail;
	}
	if (native && native_vgda_crc(buf, ext, n) != h.checksum) {
		rc = err_set(e, ERR_METADATA, "%s: VGDA at sector %u: checksum is wrong",
			     io->path, psn);
		goto fail;
	}
	*out = buf;
	return ERR_OK;
fail:
	free(buf);
	return rc;
}

enum err_code vgda_write(struct io *io, uint32_t psn, const uint8_t *buf,
			 const struct vgda_extent *ext, unsigned int n, struct err *e)
{
	uint32_t last = ext[n - 1].start + ext[n - 1].len - 1;
	enum err_code rc;
	unsigned int i;

	rc = io_write(io, buf, SECTOR, bytes(psn), "VGDA header", e);
	if (rc == ERR_OK)
		rc = io_flush(io, e);
	for (i = 0; i < n && rc == ERR_OK; i++) {
		uint32_t start = ext[i].start ? ext[i].start : 1;
		uint32_t end = ext[i].start + ext[i].len;

		if (end > last)
			end = last;
		rc = io_write(io, buf + bytes(start), bytes(end - start),
			      bytes((uint64_t)psn + start), "VGDA", e);
	}
	if (rc == ERR_OK)
		rc = io_flush(io, e);
	if (rc == ERR_OK)
		rc = io_write(io, buf + bytes(last), SECTOR, bytes((uint64_t)psn + last),
			      "VGDA trailer", e);
	if (rc == ERR_OK)
		rc = io_flush(io, e);
	return rc;
}
