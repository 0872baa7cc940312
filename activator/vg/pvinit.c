// SPDX-License-Identifier: GPL-2.0
/*
 * The fixed areas of a PV: is a device free, make it a PV, make it free again.
 *
 * A device becomes a PV in steps that a crash may end anywhere: first its old
 * LVM records go, then everything else, and its new LVM records come last, so
 * what they point to is there. Its VGDA slots are still zero then: until a VGDA
 * that lists it is whole somewhere, it is no PV of any VG.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../lib/text.h"
#include "../format/sniff.h"
#include "internal.h"

#define WIPE_STEP	(256 * 1024)

/* Mounted, swap, or held by another driver: the kernel knows. */
static enum err_code check_not_busy(const struct io *io, struct err *e)
{
	int fd;

	if (!io->is_block)
		return ERR_OK;
	fd = open(io->path, O_RDONLY | O_EXCL | O_CLOEXEC);
	if (fd < 0 && errno == EBUSY)
		return err_set(e, ERR_CONFLICT,
			       "%s: in use (mounted, swap, or held by another device); free it first (lsblk %s shows by what)",
			       io->path, io->path);
	if (fd < 0)
		return err_set(e, ERR_IO, "%s: cannot open: %s", io->path, strerror(errno));
	close(fd);
	return ERR_OK;
}

/* The LVM record that counts: the first, else its backup. */
static bool find_record(const uint8_t *head, struct aix_lvmrec *r)
{
	return aix_lvmrec_decode(head + AIX_PSN_LVMREC * SECTOR, r) ||
	       aix_lvmrec_decode(head + AIX_PSN_LVMREC_BACKUP * SECTOR, r);
}

/*
 * Does any VG list the PV? Its own VGDA slots may be empty still, when extendvg
 * was cut short and only another PV has the VGDA that does.
 */
static bool is_listed(const struct vg_id *pvid)
{
	struct vg_scan *scan;
	unsigned int i, k;
	bool listed = false;

	if (vg_scan(NULL, false, &scan, NULL) != ERR_OK)
		return true;	/* not known: better not taken */
	for (i = 0; i < vg_scan_count(scan); i++)
		for (k = 1; k <= VG_MAX_PV; k++) {
			const struct vg_pv *pv = vg_scan_vg(scan, i)->pv[k];

			listed |= pv && id_equal(&pv->id, pvid);
		}
	vg_scan_free(scan);
	return listed;
}

/* A device that a crash left half way into this VG, or into one never finished. */
static bool is_leftover(struct io *io, const struct vg *vg, const struct vg_id *pvid,
			const struct aix_lvmrec *r)
{
	unsigned int i, begun = 0;

	if (vg && !memcmp(r->vgid, vg->id.b, sizeof(r->vgid)))
		return true;
	if (r->version != AIX_VERSION_VARYON || r->vgda_len < 1 ||
	    r->vgda_len > AIX_VGDA_LEN_MAX)
		return false;
	for (i = 0; i < 2; i++) {
		struct vgda_peek p;

		if (vgda_peek(io, r->vgda_psn[i], r->vgda_len, &p, NULL) != ERR_OK ||
		    p.trailer)
			return false;
		begun += p.h.stamp != 0;
	}
	return begun < 2 && !is_listed(pvid);
}

enum err_code pv_check_unused(struct io *io, const struct vg *vg, bool force,
			      struct vg_id *pvid, struct err *e)
{
	uint8_t *buf = xalloc(SNIFF_TAIL);
	struct aix_lvmrec rec = { .version = 0 };
	const char *what = NULL;
	enum err_code rc;
	bool is_pv;

	memset(pvid, 0, sizeof(*pvid));
	rc = check_not_busy(io, e);
	if (rc == ERR_OK && io->size < SNIFF_TAIL)
		rc = err_set(e, ERR_NOSPACE, "%s: %" PRIu64 " bytes are too few for a PV",
			     io->path, io->size);
	if (rc == ERR_OK)
		rc = io_read(io, buf, SNIFF_HEAD, 0, "the start", e);
	if (rc != ERR_OK)
		goto out;
	is_pv = aix_ipl_decode(buf, pvid->b);
	if (is_pv && find_record(buf, &rec)) {
		if (!is_leftover(io, vg, pvid, &rec))
			what = "a PV of another volume group (lspv shows it)";
	} else {
		what = sniff_head(buf, SNIFF_HEAD);
	}
	if (!what) {
		rc = io_read(io, buf, SNIFF_TAIL, io->size - SNIFF_TAIL, "the end", e);
		if (rc != ERR_OK)
			goto out;
		what = sniff_tail(buf, SNIFF_TAIL, io->size);
	}
	if (what && !force)
		rc = err_set(e, ERR_CONFLICT,
			     "%s: holds %s; use another device, or -f to destroy what is on it",
			     io->path, what);
	/* What was overwritten by force may have been a clone: it gets a new identity. */
	if (what)
		memset(pvid, 0, sizeof(*pvid));
out:
	free(buf);
	return rc;
}

static enum err_code wipe(struct io *io, uint64_t from, uint64_t to, struct err *e)
{
	uint8_t *zero = xalloc(WIPE_STEP);
	enum err_code rc = ERR_OK;

	while (from < to && rc == ERR_OK) {
		uint64_t n = to - from < WIPE_STEP ? to - from : WIPE_STEP;

		rc = io_write(io, zero, n, from, "zeros", e);
		from += n;
	}
	free(zero);
	return rc;
}

static enum err_code put_sector(struct io *io, const uint8_t *sector, uint64_t psn,
				const char *what, struct err *e)
{
	return io_write(io, sector, SECTOR, psn * SECTOR, what, e);
}

enum err_code pv_wipe(struct io *io, struct err *e)
{
	static const uint8_t zero[SECTOR];
	enum err_code rc;

	rc = put_sector(io, zero, AIX_PSN_LVMREC, "LVM record", e);
	if (rc == ERR_OK)
		rc = put_sector(io, zero, AIX_PSN_LVMREC_BACKUP, "backup LVM record", e);
	return rc == ERR_OK ? io_flush(io, e) : rc;
}

uint32_t vg_psn_part1(const struct vg *vg)
{
	uint32_t end = AIX_PSN_FREE + 2 * (AIX_VGSA_SECTORS + vg->vgda_len);
	/* AIX aligns to its 128 KiB track group; natively data starts at whole MiB. */
	uint32_t align = vg->kind == VG_NATIVE ? 2048 : 256;

	return (end + align - 1) / align * align;
}

static void fill_record(const struct vg *vg, const struct vg_pv *pv, struct aix_lvmrec *r)
{
	uint64_t reloc = pv->io->size / SECTOR - 1 - AIX_RELOC_SECTORS;
	unsigned int i;

	memset(r, 0, sizeof(*r));
	memcpy(r->vgid, vg->id.b, sizeof(r->vgid));
	r->lvmarea_len = 2 * (AIX_VGSA_SECTORS + vg->vgda_len);
	r->vgda_len = vg->vgda_len;
	r->vgsa_len = AIX_VGSA_SECTORS;
	for (i = 0; i < 2; i++) {
		r->vgda_psn[i] = pv->vgda_psn[i];
		r->vgsa_psn[i] = pv->vgsa_psn[i];
	}
	if (reloc <= UINT32_MAX) {	/* a larger disk cannot say where it is */
		r->reloc_psn = (uint32_t)reloc;
		r->reloc_len = AIX_RELOC_SECTORS;
	}
	r->pv_num = pv->num;
	r->pp_shift = vg->pp_shift;
	r->version = vg->version;
}

static enum err_code put_directories(struct vg_pv *pv, uint64_t stamp, struct err *e)
{
	uint8_t buf[AIX_VGSA_BYTES];
	enum err_code rc;
	unsigned int i;

	aix_badblock_encode_empty(buf);
	rc = put_sector(pv->io, buf, AIX_PSN_BADBLOCK, "bad-block directory", e);
	if (rc == ERR_OK)
		rc = put_sector(pv->io, buf, AIX_PSN_BADBLOCK_BACKUP,
				"backup bad-block directory", e);
	aix_vgsa_init(buf, stamp);
	for (i = 0; i < 2 && rc == ERR_OK; i++)
		rc = io_write(pv->io, buf, sizeof(buf), (uint64_t)pv->vgsa_psn[i] * SECTOR,
			      "VGSA", e);
	return rc == ERR_OK ? io_flush(pv->io, e) : rc;
}

enum err_code pv_name_vg(const struct vg *vg, const struct vg_pv *pv, struct err *e)
{
	uint8_t sector[SECTOR];
	struct aix_lvmrec rec;
	enum err_code rc;

	fill_record(vg, pv, &rec);
	aix_lvmrec_encode(sector, &rec);
	rc = put_sector(pv->io, sector, AIX_PSN_LVMREC_BACKUP, "backup LVM record", e);
	if (rc == ERR_OK)
		rc = io_flush(pv->io, e);
	if (rc == ERR_OK)
		rc = put_sector(pv->io, sector, AIX_PSN_LVMREC, "LVM record", e);
	return rc == ERR_OK ? io_flush(pv->io, e) : rc;
}

enum err_code pv_init(struct vg *vg, struct vg_pv *pv, uint64_t stamp, struct err *e)
{
	struct io *io = pv->io;
	uint8_t sector[SECTOR];
	enum err_code rc;

	rc = pv_wipe(io, e);
	if (rc == ERR_OK)
		rc = wipe(io, 0, (uint64_t)pv->psn_part1 * SECTOR, e);
	if (rc == ERR_OK)
		rc = wipe(io, io->size - (AIX_RELOC_SECTORS + 1) * SECTOR, io->size, e);
	if (rc == ERR_OK)
		rc = io_flush(io, e);
	if (rc == ERR_OK)
		rc = put_directories(pv, stamp, e);
	if (rc != ERR_OK)
		return rc;

	aix_ipl_encode(sector, pv->id.b);
	rc = put_sector(io, sector, AIX_PSN_IPL, "IPL record", e);
	return rc == ERR_OK ? pv_name_vg(vg, pv, e) : rc;
}
