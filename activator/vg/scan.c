// SPDX-License-Identifier: GPL-2.0
/*
 * Finding VGs: which devices are PVs, which PVs belong together, which of
 * their VGDA copies is the newest whole one.
 *
 * To find the newest, only header and trailer of each copy are read; the
 * newest is then read and checked whole, and when that fails the next one is
 * tried. A damaged or foreign device never keeps another VG from being found.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "../lib/text.h"
#include "internal.h"
#include "scan.h"

#define HEAD_BYTES	(8 * SECTOR)	/* IPL and LVM record */
#define AT_ONCE		32		/* devices that are open and not read yet */

/* ---- one device ---- */

static bool is_native(const struct dev *d)
{
	return d->rec.version == AIX_VERSION_VARYON;
}

static enum err_code check_version(struct dev *d)
{
	uint16_t v = d->rec.version;

	if (v == AIX_VERSION_VARYON || (v >= AIX_VERSION_BASE && v <= AIX_VERSION_OLD_MAX))
		return ERR_OK;
	if (v >= AIX_VERSION_FOREIGN)
		return err_set(&d->err, ERR_METADATA,
			       "%s: LVM record version %u belongs to another volume manager; it is left alone",
			       d->path, v);
	if (v == AIX_VERSION_SCALABLE)
		return err_set(&d->err, ERR_METADATA,
			       "%s: LVM record version %u: a scalable AIX volume group, which is not supported; use it on AIX",
			       d->path, v);
	if (v == AIX_VERSION_53)
		return err_set(&d->err, ERR_METADATA,
			       "%s: LVM record version %u: an AIX 5.3 volume group, which is not supported; use it on AIX",
			       d->path, v);
	return err_set(&d->err, ERR_METADATA,
		       "%s: LVM record version %u is not known; use a newer release or AIX",
		       d->path, v);
}

/* One stretch of metadata: behind the reserved sectors, within the device. */
static enum err_code check_area(struct dev *d, const char *what, uint32_t psn, uint32_t len)
{
	uint64_t sectors = d->io->size / SECTOR;

	if (psn < AIX_PSN_FREE)
		return err_set(&d->err, ERR_METADATA,
			       "%s: LVM record: %s %u lies in the reserved sectors 0..%u; is the record damaged?",
			       d->path, what, psn, AIX_PSN_FREE - 1);
	if ((uint64_t)psn + len > sectors)
		return err_set(&d->err, ERR_METADATA,
			       "%s: LVM record: %s %u + %u sectors lies past the end of the device (%" PRIu64 " sectors); is the device cut short?",
			       d->path, what, psn, len, sectors);
	return ERR_OK;
}

static bool areas_overlap(uint32_t a, uint32_t alen, uint32_t b, uint32_t blen)
{
	return (uint64_t)a < (uint64_t)b + blen && (uint64_t)b < (uint64_t)a + alen;
}

static enum err_code check_areas(struct dev *d)
{
	static const char *const name[4] = {
		"vgsa_psn[0]", "vgda_psn[0]", "vgsa_psn[1]", "vgda_psn[1]",
	};
	const struct aix_lvmrec *r = &d->rec;
	uint32_t psn[4] = { r->vgsa_psn[0], r->vgda_psn[0], r->vgsa_psn[1], r->vgda_psn[1] };
	uint32_t len[4] = { r->vgsa_len, r->vgda_len, r->vgsa_len, r->vgda_len };
	unsigned int i, j;

	for (i = 0; i < 4; i++) {
		/* AIX may leave the second pair out. */
		if (i >= 2 && !psn[i] && !is_native(d))
			continue;
		if (check_area(d, name[i], psn[i], len[i]) != ERR_OK)
			return d->err.code;
		for (j = 0; j < i; j++)
			if (psn[j] && areas_overlap(psn[i], len[i], psn[j], len[j]))
				return err_set(&d->err, ERR_METADATA,
					       "%s: LVM record: %s %u and %s %u overlap; is the record damaged?",
					       d->path, name[j], psn[j], name[i], psn[i]);
	}
	return ERR_OK;
}

static enum err_code check_record(struct dev *d)
{
	const struct aix_lvmrec *r = &d->rec;
	uint32_t min = is_native(d) ? AIX_VGDA_LEN + NATIVE_EXT_MIN :
				      AIX_VGDA_PV + 1 + AIX_VGDA_NAMES;

	if (check_version(d) != ERR_OK)
		return d->err.code;
	if (r->vgda_len < min || r->vgda_len > AIX_VGDA_LEN_MAX)
		return err_set(&d->err, ERR_METADATA,
			       "%s: LVM record: vgda_len %u is outside %u..%u; is the record damaged?",
			       d->path, r->vgda_len, min, AIX_VGDA_LEN_MAX);
	if (r->vgsa_len != AIX_VGSA_SECTORS)
		return err_set(&d->err, ERR_METADATA,
			       "%s: LVM record: vgsa_len %u is not %u; a big VG, or the record is damaged",
			       d->path, r->vgsa_len, AIX_VGSA_SECTORS);
	if (r->pv_num < 1 || r->pv_num > VG_MAX_PV)
		return err_set(&d->err, ERR_METADATA,
			       "%s: LVM record: pv_num %u is outside 1..%u; is the record damaged?",
			       d->path, r->pv_num, VG_MAX_PV);
	if (r->pp_shift < PP_SHIFT_MIN || r->pp_shift > PP_SHIFT_MAX)
		return err_set(&d->err, ERR_METADATA,
			       "%s: LVM record: pp_size %u is outside %u..%u; is the record damaged?",
			       d->path, r->pp_shift, PP_SHIFT_MIN, PP_SHIFT_MAX);
	return check_areas(d);
}

/*
 * The LVM record at sector 7, else its backup at 70. An LVM record without an
 * IPL record is a leftover below something newer, and not looked at.
 */
static bool read_records(struct dev *d)
{
	uint8_t head[HEAD_BYTES], backup[SECTOR];
	struct err e = { .code = ERR_OK };

	if (io_read(d->io, head, sizeof(head), 0, "the first sectors", &e) != ERR_OK ||
	    !aix_ipl_decode(head, d->pvid.b))
		return false;
	d->has_rec = aix_lvmrec_decode(head + AIX_PSN_LVMREC * SECTOR, &d->rec);
	if (d->has_rec && check_record(d) == ERR_OK)
		return true;
	if (io_read(d->io, backup, SECTOR, AIX_PSN_LVMREC_BACKUP * SECTOR, "backup LVM record",
		    &e) == ERR_OK) {
		struct dev again = { .io = d->io, .path = d->path, .pvid = d->pvid };

		again.has_rec = aix_lvmrec_decode(backup, &again.rec);
		again.from_backup = true;
		if ((again.has_rec && check_record(&again) == ERR_OK) || !d->has_rec)
			*d = again;
	}
	return true;
}

static unsigned int group_of(struct vg_scan *s, const struct dev *d)
{
	struct group *g;
	unsigned int i;

	for (i = 0; i < s->num_groups; i++)
		if (!memcmp(s->group[i].id.b, d->rec.vgid, sizeof(d->rec.vgid)))
			return i;
	s->group = xrealloc(s->group, (s->num_groups + 1) * sizeof(*s->group));
	g = &s->group[s->num_groups];
	memset(g, 0, sizeof(*g));
	memcpy(g->id.b, d->rec.vgid, sizeof(g->id.b));
	g->vg = vg_new();
	g->vg->id = g->id;
	g->vg->kind = is_native(d) ? VG_NATIVE : VG_AIX;
	g->vg->version = d->rec.version;
	return s->num_groups++;
}

/*
 * Take a device over whose records were read. busy: why it could not be opened
 * for writing, or ERR_OK.
 */
static void add_dev(struct vg_scan *s, struct dev *d, const struct err *busy)
{
	d->path = xstrdup(d->io->path);
	if (d->has_rec && id_is_zero(&d->pvid))
		err_set(&d->err, ERR_METADATA,
			"%s: IPL record: PVID is zero; the PV cannot be told from others", d->path);
	if (d->has_rec)
		d->group = group_of(s, d);
	/* Without it the VG would look as if the PV were missing, and go on without it. */
	if (d->has_rec && busy->code != ERR_OK)
		err_set(&s->group[d->group].err, busy->code, "%s", busy->text);
	s->dev = xrealloc(s->dev, (s->num_devs + 1) * sizeof(*s->dev));
	s->dev[s->num_devs++] = *d;
}

/* ---- one VG ---- */

static void check_duplicates(struct vg_scan *s)
{
	unsigned int i, j;

	for (i = 0; i < s->num_devs; i++)
		for (j = i + 1; j < s->num_devs; j++) {
			struct dev *a = &s->dev[i], *b = &s->dev[j];
			char pvid[17];
			unsigned int k;

			if (id_is_zero(&a->pvid) || !id_equal(&a->pvid, &b->pvid))
				continue;
			text_hex(pvid, a->pvid.b, 8);
			for (k = 0; k < 2; k++) {
				struct dev *d = k ? b : a;

				d->duplicate = true;
				err_set(&d->err, ERR_CONFLICT,
					"%s and %s both carry PVID %s (a clone, or two paths to one disk); detach one of them, or leave it out (rd.varyon.pv=PATTERN at boot, VARYON_DEVICES on a running system)",
					a->path, b->path, pvid);
				if (d->has_rec)
					err_set(&s->group[d->group].err, ERR_CONFLICT, "%s",
						d->err.text);
			}
		}
}

static uint32_t slot_psn(const struct dev *d, unsigned int slot)
{
	return d->rec.vgda_psn[slot];
}

/* The copy is lost when a sector near its ends is, but a copy it was. */
static enum err_code look_at_ends(struct dev *d, unsigned int slot, uint8_t **buf,
				  struct err *e)
{
	if (is_native(d) && vgda_read_ends(d->io, slot_psn(d, slot), d->rec.vgda_len, buf,
					   &d->peek[slot], NULL) == ERR_OK)
		return ERR_OK;
	*buf = NULL;
	return vgda_peek(d->io, slot_psn(d, slot), d->rec.vgda_len, &d->peek[slot], e);
}

/* The rest of a native copy. Takes buf over: the newest copy is kept for load_copy(). */
static enum err_code look_at_rest(struct vg_scan *s, struct group *g, unsigned int dev,
				  unsigned int slot, uint8_t *buf, struct err *e)
{
	struct dev *d = &s->dev[dev];
	const struct dev *of = &s->dev[g->newest_dev];
	bool like = g->newest && of->rec.vgda_len == d->rec.vgda_len;
	enum err_code rc;

	rc = vgda_read_rest(d->io, slot_psn(d, slot), d->rec.vgda_len, true, buf,
			    &d->peek[slot], like ? g->newest : NULL, e);
	if (rc != ERR_OK) {
		free(buf);
		return rc;
	}
	d->line[slot] = xalloc(sizeof(*d->line[slot]));
	if (!lineage_read(buf, &d->peek[slot].h, d->line[slot])) {
		free(d->line[slot]);
		d->line[slot] = NULL;
	}
	if (g->newest && of->peek[g->newest_slot].h.stamp >= d->peek[slot].h.stamp) {
		free(buf);
		return ERR_OK;
	}
	free(g->newest);
	g->newest = buf;
	g->newest_dev = dev;
	g->newest_slot = slot;
	return ERR_OK;
}

/*
 * Both slots: header and trailer, and natively the rest, which the checksum
 * covers. *last: the first thing that was wrong with a finished copy.
 */
static void look_at(struct vg_scan *s, struct group *g, unsigned int dev, struct err *last)
{
	struct dev *d = &s->dev[dev];
	uint8_t *buf[2] = { NULL, NULL };
	unsigned int slot;

	for (slot = 0; slot < 2; slot++) {
		struct err e = { .code = ERR_OK };

		if (!slot_psn(d, slot))
			continue;
		if (look_at_ends(d, slot, &buf[slot], &e) != ERR_OK)
			vg_warn(g->vg, "%s", e.text);
		else
			d->whole[slot] = vgda_peek_whole(&d->peek[slot], &g->vg->id);
		if (d->whole[slot] && buf[slot])
			vgda_expect_rest(d->io, slot_psn(d, slot), d->rec.vgda_len, true,
					 &d->peek[slot]);
	}
	for (slot = 0; slot < 2; slot++) {
		struct err e = { .code = ERR_OK };
		enum err_code rc = ERR_OK;

		if (!d->whole[slot] || !is_native(d)) {
			free(buf[slot]);
			continue;
		}
		if (!buf[slot])
			rc = vgda_read_ends(d->io, slot_psn(d, slot), d->rec.vgda_len,
					    &buf[slot], &d->peek[slot], &e);
		if (rc == ERR_OK)
			rc = look_at_rest(s, g, dev, slot, buf[slot], &e);
		if (rc != ERR_OK) {
			d->whole[slot] = false;
			vg_warn(g->vg, "%s", e.text);
			err_set(last, e.code, "%s", e.text);
		}
	}
}

/* Begin to read what look_at() wants of every device of the VG. */
static void expect_copies(struct vg_scan *s, unsigned int gi)
{
	unsigned int i, slot;

	for (i = 0; i < s->num_devs; i++)
		for (slot = 0; slot < 2 && scan_in_group(gi, &s->dev[i]); slot++)
			if (is_native(&s->dev[i]) && slot_psn(&s->dev[i], slot))
				vgda_expect(s->dev[i].io, slot_psn(&s->dev[i], slot),
					    s->dev[i].rec.vgda_len);
}

/* A clone may say what its VG is called, though nothing may be done with it. */
bool scan_in_group(unsigned int g, const struct dev *d)
{
	return d->has_rec && d->group == g && (d->err.code == ERR_OK || d->duplicate);
}

/* The whole copy with the greatest stamp that was not tried yet. */
static bool next_copy(struct vg_scan *s, unsigned int g, bool tried[][2], unsigned int *dev,
		      unsigned int *slot)
{
	uint64_t best = 0;
	unsigned int i, k;

	for (i = 0; i < s->num_devs; i++)
		for (k = 0; k < 2 && scan_in_group(g, &s->dev[i]); k++) {
			const struct dev *d = &s->dev[i];

			if (!d->whole[k] || tried[i][k] || d->peek[k].h.stamp <= best)
				continue;
			best = d->peek[k].h.stamp;
			*dev = i;
			*slot = k;
		}
	return best != 0;
}

/* Bring the copy into a model of its own; on failure the old model remains. */
static enum err_code load_copy(struct vg_scan *s, struct group *g, unsigned int dev,
			       unsigned int slot, uint8_t **bytes, struct err *e)
{
	const struct dev *d = &s->dev[dev];
	struct vg *vg = vg_new();
	enum err_code rc = ERR_OK;
	char **old;
	unsigned int i;

	vg->id = g->id;
	vg->kind = is_native(d) ? VG_NATIVE : VG_AIX;
	vg->version = d->rec.version;
	vg->vgda_len = d->rec.vgda_len;
	if (g->newest && g->newest_dev == dev && g->newest_slot == slot) {
		*bytes = g->newest;
		g->newest = NULL;
	} else {
		rc = vgda_read(d->io, slot_psn(d, slot), vg->vgda_len, is_native(d), bytes, e);
	}
	if (rc == ERR_OK) {
		rc = vgda_load(vg, *bytes, e);
		if (rc != ERR_OK) {
			err_prefix(e, "%s: VGDA at sector %u", d->path, slot_psn(d, slot));
			free(*bytes);
		}
	}
	if (rc != ERR_OK) {
		vg_free(vg);
		return rc;
	}
	for (i = 0, old = g->vg->warnings; old[i]; i++)
		vg_warn(vg, "%s", old[i]);
	vg_free(g->vg);
	g->vg = vg;
	return ERR_OK;
}

/*
 * Two writers that did not see each other could leave different copies of one
 * stamp: nothing says which is right.
 */
static void check_same_stamp(struct vg_scan *s, unsigned int gi, const uint8_t *bytes)
{
	struct group *g = &s->group[gi];
	struct aix_vgda_hdr chosen, h;
	unsigned int i, k;

	aix_vgda_hdr_decode(bytes, &chosen);
	for (i = 0; i < s->num_devs; i++)
		for (k = 0; k < 2 && scan_in_group(gi, &s->dev[i]); k++) {
			const struct dev *d = &s->dev[i];
			uint8_t *other;
			bool differ;

			if (!d->whole[k] || d->peek[k].h.stamp != chosen.stamp)
				continue;
			if (is_native(d) && d->peek[k].h.checksum == chosen.checksum)
				continue;
			if (d->rec.vgda_len != g->vg->vgda_len ||
			    is_native(d) != (g->vg->kind == VG_NATIVE) ||
			    vgda_read(d->io, slot_psn(d, k), g->vg->vgda_len, is_native(d), &other,
				      NULL) != ERR_OK)
				continue;
			aix_vgda_hdr_decode(other, &h);
			differ = is_native(d) ? h.checksum != chosen.checksum :
				 memcmp(other, bytes, (size_t)g->vg->vgda_len * SECTOR) != 0;
			free(other);
			if (differ)
				err_set(&g->err, ERR_CONFLICT,
					"%s: its VGDA at sector %u differs from another with the same stamp %" PRIx64 "; leave the PVs of one side out with VARYON_DEVICES",
					d->path, slot_psn(d, k), chosen.stamp);
		}
}

/*
 * A VG whose making was cut short: no copy was ever completed, so no trailer
 * was ever written, and at most one was begun.
 */
static bool never_finished(const struct vg_scan *s, unsigned int g)
{
	unsigned int i, k, begun = 0, seen = 0;

	for (i = 0; i < s->num_devs; i++) {
		const struct dev *d = &s->dev[i];

		if (!d->has_rec || d->group != g)
			continue;
		if (d->err.code != ERR_OK)
			return false;
		seen++;
		for (k = 0; k < 2; k++) {
			if (d->peek[k].trailer)
				return false;
			begun += d->peek[k].h.stamp != 0;
		}
	}
	return seen && begun <= 1;
}

/* The device becomes the PV that the VGDA lists, unless they contradict each other. */
static void attach(struct group *g, struct dev *d)
{
	struct vg *vg = g->vg;
	struct vg_pv *pv = NULL;
	unsigned int i, k, whole = 0, current = 0, slots = 0;
	uint64_t need;

	for (i = 1; i <= VG_MAX_PV && !pv; i++)
		if (vg->pv[i] && id_equal(&vg->pv[i]->id, &d->pvid))
			pv = vg->pv[i];
	if (!pv) {
		vg_warn(vg, "%s: its LVM record names this VG, but the VGDA does not list it (taken out, or never fully added); not used. extendvg takes it in, mkvg -f makes it another VG",
			d->path);
		return;
	}
	if (d->rec.version != vg->version || d->rec.vgda_len != vg->vgda_len ||
	    d->rec.pp_shift != vg->pp_shift || d->rec.pv_num != pv->num) {
		vg_warn(vg, "%s: its LVM record (version %u, vgda_len %u, pp_size %u, pv_num %u) contradicts the VGDA (%u, %u, %u, %u); counted as missing. replace it with another PV",
			d->path, d->rec.version, d->rec.vgda_len, d->rec.pp_shift, d->rec.pv_num,
			vg->version, vg->vgda_len, vg->pp_shift, pv->num);
		return;
	}
	need = vg_pp_sector(vg, pv, pv->pp_count + 1U);
	if (need > d->io->size / SECTOR) {
		vg_warn(vg, "%s: too short: its %u PPs end at sector %" PRIu64 ", the device at %" PRIu64 "; counted as missing. give the device its full size back",
			d->path, pv->pp_count, need, d->io->size / SECTOR);
		return;
	}
	for (k = 0; k < 2; k++) {
		pv->vgda_psn[k] = d->rec.vgda_psn[k];
		pv->vgsa_psn[k] = d->rec.vgsa_psn[k];
		slots += vg->kind == VG_NATIVE || k < pv->vgdas;
		whole += d->whole[k];
		current += d->whole[k] && d->peek[k].h.stamp == vg->stamp;
	}
	pv->behind = current < slots;
	if (d->from_backup)
		vg_warn(vg, "%s: LVM record at sector %u is damaged; its backup at %u is used",
			d->path, AIX_PSN_LVMREC, AIX_PSN_LVMREC_BACKUP);
	if (pv->behind && whole == current)
		vg_warn(vg, "%s: %u of %u VGDA copies are damaged or unfinished; varyonvg rewrites them",
			d->path, slots - current, slots);
	else if (pv->behind && !g->split)
		vg_warn(vg, "%s: its VGDA is older than that of the VG (the PV was away); varyonvg rewrites it",
			d->path);
	pv->whole = (uint8_t)whole;
	pv->current = (uint8_t)current;
	pv->io = d->io;
	free(pv->last_path);
	pv->last_path = xstrdup(d->path);
	d->io = NULL;
}

/*
 * The newest whole VGSA of all that are here says which PPs are stale: in an
 * AIX VG. It has no checksum, and in a native VG it says nothing that the VGDA
 * and the status areas do not say better, so there it is not asked.
 */
static void load_vgsa(struct group *g)
{
	uint8_t buf[AIX_VGSA_BYTES], best[AIX_VGSA_BYTES];
	struct vg *vg = g->vg;
	unsigned int i, k, n;

	if (vg->kind == VG_NATIVE) {
		vg->vgsa_stamp = vg->stamp;
		return;
	}
	for (i = 1; i <= VG_MAX_PV; i++)
		for (k = 0; vg->pv[i] && vg->pv[i]->io && k < 2; k++) {
			const struct vg_pv *pv = vg->pv[i];
			struct err e = { .code = ERR_OK };

			if (!pv->vgsa_psn[k])
				continue;
			if (io_read(pv->io, buf, sizeof(buf), (uint64_t)pv->vgsa_psn[k] * SECTOR,
				    "VGSA", &e) != ERR_OK) {
				vg_warn(vg, "%s", e.text);
				continue;
			}
			if (aix_vgsa_stamp(buf) > vg->vgsa_stamp) {
				vg->vgsa_stamp = aix_vgsa_stamp(buf);
				memcpy(best, buf, sizeof(best));
			}
		}
	if (!vg->vgsa_stamp) {
		err_set(&g->err, ERR_METADATA,
			"no whole VGSA on any PV: which PPs are stale is not known; repair the VG on AIX");
		return;
	}
	for (i = 1; i <= VG_MAX_PV; i++)
		for (n = 1; vg->pv[i] && n <= vg->pv[i]->pp_count; n++)
			vg->pv[i]->pp[n - 1].stale = vg->pv[i]->pp[n - 1].lv &&
						     aix_vgsa_stale(best, i, n);
}

/* No copy can be used: say why, in the words of the first thing that went wrong. */
static void no_copy(struct vg_scan *s, unsigned int gi, const struct err *last)
{
	struct group *g = &s->group[gi];
	unsigned int i;

	if (never_finished(s, gi)) {
		vg_free(g->vg);
		g->vg = NULL;
		return;
	}
	if (last->code != ERR_OK) {
		g->err.code = ERR_OK;
		err_set(&g->err, last->code,
			"%s; no other VGDA copy that is here can be used; attach PVs that are missing",
			last->text);
	}
	for (i = 0; i < s->num_devs; i++)
		if (s->dev[i].has_rec && s->dev[i].group == gi && s->dev[i].err.code != ERR_OK)
			err_set(&g->err, s->dev[i].err.code, "%s", s->dev[i].err.text);
	for (i = 0; i < s->num_devs; i++)
		if (s->dev[i].has_rec && s->dev[i].group == gi)
			err_set(&g->err, ERR_METADATA,
				"%s: no VGDA copy is whole here or on any other PV of the VG; attach the missing PVs",
				s->dev[i].path);
}

static void assemble(struct vg_scan *s, unsigned int gi)
{
	struct group *g = &s->group[gi];
	bool (*tried)[2] = xalloc(s->num_devs * sizeof(*tried));
	struct err last = { .code = ERR_OK };
	uint8_t *bytes = NULL;
	unsigned int i, d, slot;

	expect_copies(s, gi);
	for (i = 0; i < s->num_devs; i++)
		if (scan_in_group(gi, &s->dev[i]))
			look_at(s, g, i, &last);
	while (!bytes && next_copy(s, gi, tried, &d, &slot)) {
		struct err e = { .code = ERR_OK };

		tried[d][slot] = true;
		if (load_copy(s, g, d, slot, &bytes, &e) == ERR_OK)
			break;
		bytes = NULL;
		s->dev[d].whole[slot] = false;
		vg_warn(g->vg, "%s", e.text);
		err_set(&last, e.code, "%s", e.text);
	}
	free(tried);
	free(g->newest);
	g->newest = NULL;
	if (!bytes) {
		no_copy(s, gi, &last);
		return;
	}
	split_check(s, gi);
	check_same_stamp(s, gi, bytes);
	free(bytes);
	for (i = 0; i < s->num_devs; i++) {
		struct dev *dev = &s->dev[i];

		if (!dev->has_rec || dev->group != gi)
			continue;
		if (dev->err.code == ERR_OK)
			attach(g, dev);
		else
			vg_warn(g->vg, "%s", dev->err.text);
	}
	vg_count_seen(g->vg);
	load_vgsa(g);
}

/* ---- the scan as a whole ---- */

static void close_dev(struct dev *d)
{
	io_close(d->io);
	d->io = NULL;
}

static void finish(struct vg_scan *s)
{
	unsigned int i, k;

	check_duplicates(s);
	for (i = 0; i < s->num_groups; i++)
		assemble(s, i);
	s->shown = xalloc(s->num_groups * sizeof(*s->shown));
	for (i = 0; i < s->num_groups; i++) {
		if (!s->group[i].vg)
			continue;
		if (s->group[i].err.code != ERR_OK)
			s->group[i].vg->read_only = true;
		s->shown[s->num_shown++] = &s->group[i];
	}
	s->pvs = xalloc(s->num_devs * sizeof(*s->pvs));
	for (i = 0; i < s->num_devs; i++) {
		const struct dev *d = &s->dev[i];
		struct vg_scan_pv *p = &s->pvs[s->num_pvs++];
		struct vg *vg = d->has_rec ? s->group[d->group].vg : NULL;

		p->path = d->path;
		p->pvid = d->pvid;
		p->has_pvid = !id_is_zero(&d->pvid);
		for (k = 1; vg && k <= VG_MAX_PV; k++)
			if (vg->pv[k] && id_equal(&vg->pv[k]->id, &d->pvid)) {
				p->vg = vg;
				p->pv_num = (uint16_t)k;
			}
	}
	/* What no VG uses is not held open: it may be asked for as a new PV. */
	for (i = 0; i < s->num_devs; i++)
		if (!s->dev[i].has_rec || !s->group[s->dev[i].group].split)
			close_dev(&s->dev[i]);
}

static struct vg_scan *scan_new(void)
{
	return xalloc(sizeof(struct vg_scan));
}

struct vg_scan *vg_scan_ios(struct io **ios, unsigned int n)
{
	static const struct err fine = { .code = ERR_OK };
	struct vg_scan *s = scan_new();
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct dev d = { .io = ios[i], .path = ios[i]->path };

		if (read_records(&d))
			add_dev(s, &d, &fine);
		else
			io_close(ios[i]);
	}
	finish(s);
	return s;
}

/* The same device or file under another name counts once: is st[n] one of those before? */
static bool is_repeated(const struct stat *st, size_t n)
{
	const struct stat *a = &st[n];
	size_t i;

	for (i = 0; i < n && a->st_mode; i++)
		if (S_ISBLK(a->st_mode) && S_ISBLK(st[i].st_mode) ? a->st_rdev == st[i].st_rdev :
		    a->st_dev == st[i].st_dev && a->st_ino == st[i].st_ino)
			return true;
	return false;
}

/*
 * Only a PV of a VG is opened for writing: closing a device that was open for
 * writing makes udev look at it again, and a lock held on it makes others wait.
 * It is read again then, under the lock.
 */
static void scan_dev(struct vg_scan *s, struct io *io, bool writable)
{
	struct err e = { .code = ERR_OK };
	struct dev d = { .io = io, .path = io->path };
	bool read = read_records(&d);

	if (read && writable && d.has_rec && d.err.code == ERR_OK) {
		if (io_open(d.path, true, &io, &e) == ERR_OK) {
			io_close(d.io);
			d = (struct dev){ .io = io, .path = io->path };
			read = read_records(&d);
		} else if (e.code != ERR_CONFLICT) {
			e.code = ERR_OK;	/* write-protected: good for reading still */
		}
	}
	if (read)
		add_dev(s, &d, &e);
	else
		io_close(d.io);
}

/* n devices, at most AT_ONCE. */
static void scan_some(struct vg_scan *s, const char *const *paths, size_t n, bool writable)
{
	struct io *io[AT_ONCE];
	size_t i;

	for (i = 0; i < n; i++) {
		if (io_open(paths[i], false, &io[i], NULL) != ERR_OK)
			io[i] = NULL;
		else
			io_expect(io[i], HEAD_BYTES, 0);
	}
	for (i = 0; i < n; i++)
		if (io[i])
			scan_dev(s, io[i], writable);
}

static void scan_paths(struct vg_scan *s, const char *const *paths, bool writable)
{
	const char *some[AT_ONCE];
	struct stat *st;
	size_t i, n = 0, count = 0;

	while (paths[count])
		count++;
	st = xalloc(count * sizeof(*st));
	for (i = 0; i < count; i++) {
		if (stat(paths[i], &st[i]) < 0)
			st[i].st_mode = 0;
		if (!is_repeated(st, i))
			some[n++] = paths[i];
		if (n == AT_ONCE || i == count - 1) {
			scan_some(s, some, n, writable);
			n = 0;
		}
	}
	free(st);
}

enum err_code vg_scan(const char *const *paths, bool writable, struct vg_scan **out,
		      struct err *e)
{
	char **own = NULL;

	if (!paths) {
		own = devlist(e);
		if (!own)
			return ERR_IO;
		paths = (const char *const *)own;
	}
	*out = scan_new();
	scan_paths(*out, paths, writable);
	devlist_free(own);
	finish(*out);
	return ERR_OK;
}

void vg_scan_free(struct vg_scan *s)
{
	unsigned int i;

	if (!s)
		return;
	for (i = 0; i < s->num_devs; i++) {
		close_dev(&s->dev[i]);
		free(s->dev[i].line[0]);
		free(s->dev[i].line[1]);
		free(s->dev[i].path);
	}
	for (i = 0; i < s->num_groups; i++)
		vg_free(s->group[i].vg);
	free(s->dev);
	free(s->group);
	free(s->shown);
	free(s->pvs);
	free(s);
}

void vg_scan_keep(struct vg_scan *s, const struct vg *vg)
{
	unsigned int i, k;

	for (i = 0; i < s->num_devs; i++)
		close_dev(&s->dev[i]);
	for (i = 0; i < s->num_groups; i++)
		for (k = 1; s->group[i].vg && s->group[i].vg != vg && k <= VG_MAX_PV; k++) {
			struct vg_pv *pv = s->group[i].vg->pv[k];

			if (pv) {
				io_close(pv->io);
				pv->io = NULL;
			}
		}
}

unsigned int vg_scan_count(const struct vg_scan *s)
{
	return s->num_shown;
}

struct vg *vg_scan_vg(const struct vg_scan *s, unsigned int i)
{
	return s->shown[i]->vg;
}

const struct err *vg_scan_error(const struct vg_scan *s, unsigned int i)
{
	return &s->shown[i]->err;
}

unsigned int vg_scan_pvs(const struct vg_scan *s, const struct vg_scan_pv **pvs)
{
	*pvs = s->pvs;
	return s->num_pvs;
}

bool scan_answers_to(const struct vg *vg, const char *name_or_id)
{
	char id[33];

	text_hex(id, vg->id.b, sizeof(vg->id.b));
	return !strcmp(id, name_or_id) || (vg->name[0] && !strcmp(vg->name, name_or_id));
}

enum err_code vg_find(struct vg_scan *s, const char *name_or_id, struct vg **out, struct err *e)
{
	struct group *found = NULL, *broken = NULL;
	unsigned int i;
	char id[33], id2[33];
	char *shown;

	if (!*name_or_id)
		return err_set(e, ERR_USAGE, "the name of a VG is empty");
	for (i = 0; i < s->num_shown; i++) {
		struct group *g = s->shown[i];

		if (g->err.code != ERR_OK && !g->vg->name[0])
			broken = g;
		if (!scan_answers_to(g->vg, name_or_id))
			continue;
		if (found) {
			text_hex(id, found->id.b, sizeof(found->id.b));
			text_hex(id2, g->id.b, sizeof(g->id.b));
			return err_set(e, ERR_CONFLICT,
				       "two volume groups are named %s: %s and %s; name the one you mean by its identifier",
				       found->vg->name, id, id2);
		}
		found = g;
	}
	if (found && found->err.code != ERR_OK)
		return err_set(e, found->err.code, "%s", found->err.text);
	if (found) {
		*out = found->vg;
		return ERR_OK;
	}
	shown = text_safe(name_or_id);
	if (broken) {
		text_hex(id, broken->id.b, sizeof(broken->id.b));
		err_set(e, ERR_NOTFOUND, "%s: no such volume group; but VG %s cannot be used: %s",
			shown, id, broken->err.text);
	} else {
		err_set(e, ERR_NOTFOUND, "%s: no such volume group; are its devices attached (lspv)?",
			shown);
	}
	free(shown);
	return ERR_NOTFOUND;
}
