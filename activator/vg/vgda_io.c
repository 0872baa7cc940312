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

/* The ends of a copy: what lies at a fixed place in it, header and trailer among it. */
#define HEAD	AIX_VGDA_PV
#define TAIL	AIX_VGDA_NAMES

void vgda_expect(struct io *io, uint32_t psn, uint32_t len)
{
	io_expect(io, bytes(HEAD), bytes(psn));
	io_expect(io, bytes(TAIL), bytes((uint64_t)psn + len - TAIL));
}

enum err_code vgda_read_ends(struct io *io, uint32_t psn, uint32_t len, uint8_t **out,
			     struct vgda_peek *p, struct err *e)
{
	/* Full length, but only what is read becomes memory. */
	uint8_t *buf = xalloc(bytes(len));
	uint32_t tail = len - TAIL;
	enum err_code rc, rc_tail;

	/* Both, or what was expected and not read would be taken for new later. */
	rc = io_read(io, buf, bytes(HEAD), bytes(psn), "VGDA header", e);
	rc_tail = io_read(io, buf + bytes(tail), bytes(TAIL), bytes((uint64_t)psn + tail),
			  "VGDA trailer", rc == ERR_OK ? e : NULL);
	if (rc == ERR_OK)
		rc = rc_tail;
	if (rc != ERR_OK) {
		free(buf);
		return rc;
	}
	aix_vgda_hdr_decode(buf, &p->h);
	p->trailer = aix_vgda_trailer_stamp(buf + bytes(len - 1));
	*out = buf;
	return ERR_OK;
}

/* What is in use between the ends; returns the number of stretches. */
static unsigned int middle(const struct vgda_extent *ext, unsigned int n, uint32_t len,
			   struct vgda_extent mid[2])
{
	mid[0] = (struct vgda_extent){ HEAD, (n > 1 ? ext[0].len : len - TAIL) - HEAD };
	if (n == 1)
		return 1;
	mid[1] = ext[1];
	return 2;
}

void vgda_expect_rest(struct io *io, uint32_t psn, uint32_t len, bool native,
		      const struct vgda_peek *p)
{
	struct vgda_extent ext[VGDA_EXTENTS], mid[2];
	unsigned int i, n = vgda_extents(&p->h, native, len, ext);

	for (i = 0; n && i < middle(ext, n, len, mid); i++)
		io_expect(io, bytes(mid[i].len), bytes((uint64_t)psn + mid[i].start));
}

/* Word by word: for many copies of a large VG it counts. */
static bool same_extents(const uint8_t *a, const uint8_t *b, const struct vgda_extent *ext,
			 unsigned int n)
{
	unsigned int i;
	size_t at;

	for (i = 0; i < n; i++)
		for (at = bytes(ext[i].start); at < bytes((uint64_t)ext[i].start + ext[i].len);
		     at += 8) {
			uint64_t x, y;

			memcpy(&x, a + at, 8);
			memcpy(&y, b + at, 8);
			if (x != y)
				return false;
		}
	return true;
}

enum err_code vgda_read_rest(struct io *io, uint32_t psn, uint32_t len, bool native,
			     uint8_t *buf, const struct vgda_peek *p, const uint8_t *good,
			     struct err *e)
{
	struct vgda_extent ext[VGDA_EXTENTS], mid[2];
	const struct aix_vgda_hdr *h = &p->h;
	enum err_code rc = ERR_OK;
	unsigned int i, n;

	n = vgda_extents(h, native, len, ext);
	if (!n)
		return err_set(e, ERR_METADATA,
			       "%s: VGDA at sector %u: lengths in its header (extension %u+%u, used %u, PV area %u) do not fit %u sectors",
			       io->path, psn, h->ext_off, h->ext_len, h->ext_used, h->pv_used, len);
	for (i = 0; i < middle(ext, n, len, mid); i++) {
		enum err_code one;

		one = io_read(io, buf + bytes(mid[i].start), bytes(mid[i].len),
			      bytes((uint64_t)psn + mid[i].start), "VGDA",
			      rc == ERR_OK ? e : NULL);
		if (rc == ERR_OK)
			rc = one;
	}
	if (rc != ERR_OK)
		return rc;
	if (p->trailer != h->stamp)
		return err_set(e, ERR_METADATA,
			       "%s: VGDA at sector %u: stamps of header and trailer differ (an update was cut short)",
			       io->path, psn);
	/* The bytes of a copy whose checksum is right have the right checksum. */
	if (native && !(good && same_extents(buf, good, ext, n)) &&
	    native_vgda_crc(buf, ext, n) != h->checksum)
		return err_set(e, ERR_METADATA, "%s: VGDA at sector %u: checksum is wrong",
			       io->path, psn);
	return ERR_OK;
}

enum err_code vgda_read(struct io *io, uint32_t psn, uint32_t len, bool native,
			uint8_t **out, struct err *e)
{
	struct vgda_peek p;
	uint8_t *buf;
	enum err_code rc;

	rc = vgda_read_ends(io, psn, len, &buf, &p, e);
	if (rc != ERR_OK)
		return rc;
	rc = vgda_read_rest(io, psn, len, native, buf, &p, NULL, e);
	if (rc != ERR_OK) {
		free(buf);
		return rc;
	}
	*out = buf;
	return ERR_OK;
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
