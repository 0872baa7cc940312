// SPDX-License-Identifier: GPL-2.0
/*
 * Status areas: where they go, writing new ones, reading what they say.
 *
 * They live in one hidden LV that takes PPs on each PV as legs need them. Its
 * LP numbers mean nothing (an area is named by PV and sector), so they are
 * dealt out anew after each change. What the VGDA on disk still names is left
 * alone until the next one is written: a new area is never put where an old
 * area or data would be lost if the commit does not happen.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "../../kernel/core/bbr.h"
#include "../../kernel/core/map.h"
#include "../lib/random.h"
#include "../lib/text.h"
#include "internal.h"

uint32_t sa_sectors(const struct vg_lv *lv, const struct vy_geom *g)
{
	struct vy_geom with = *g;
	uint32_t log = 0;

	if (lv->type == LV_RAID5) {
		vy_geom_set_written(&with, true);
		log = RAID5_LOG_SLOTS * VY_LOG_SLOT;
	}
	return (uint32_t)((with.sa_bytes + log) / SECTOR);
}

uint32_t sa_pps(const struct vg *vg, uint32_t sectors)
{
	uint64_t pp = vg_pp_sectors(vg);

	return (uint32_t)((sectors + pp - 1) / pp);
}

/* ---- room ---- */

static struct vg_lv *hidden_make(struct vg *vg, struct err *e)
{
	struct vg_lv *lv = vg_hidden(vg);
	uint8_t num;

	if (lv)
		return lv;
	/* From the top, so that the administrator's LVs are numbered from 1. */
	for (num = VG_MAX_LV; num && vg->lv[num]; num--)
		;
	if (!num) {
		err_set(e, ERR_NOSPACE, "%s: all %d LV numbers are in use", vg->name, VG_MAX_LV);
		return NULL;
	}
	lv = vg_lv_add(vg, num);
	strcpy(lv->name, HIDDEN_NAME);
	strcpy(lv->type_name, "varyon");
	lv->hidden = true;
	lv->copies = 1;
	lv->state = 1;
	lv->sched_policy = 2;
	lv->permissions = 1;
	lv->bb_relocation = 2;
	lv->write_verify = 2;
	lv->mwc = 2;
	lv->strict = 1;
	lv->inter = 'm';
	lv->intra = 'm';
	lv->max_lps = VG_MAX_PV * VG_MAX_PP;
	lv->ctime = lv->mtime = clock_stamp() >> 32;
	return lv;
}

/* A run, in use now or named on disk, that meets [from, to); *end: where it ends. */
static bool run_in_way(const struct vg *vg, uint16_t pv, uint64_t from, uint64_t to,
		       uint64_t *end)
{
	unsigned int i, c;

	for (i = 1; i <= VG_MAX_LV; i++) {
		if (!vg->lv[i])
			continue;
		for (c = 0; c < VG_MAX_LEGS; c++) {
			const struct lv_leg *g = &vg->lv[i]->leg[c];

			if (g->sa_pv == pv && g->sa_sector < to &&
			    from < g->sa_sector + g->sa_sectors) {
				*end = g->sa_sector + g->sa_sectors;
				return true;
			}
		}
	}
	for (i = 0; i < vg->num_freed; i++) {
		const struct sa_run *r = &vg->freed[i];

		if (r->pv == pv && r->sector < to && from < r->sector + r->sectors) {
			*end = r->sector + r->sectors;
			return true;
		}
	}
	return false;
}

/* Room among the PPs that the hidden LV has on pv. */
static bool room_in_hidden(const struct vg *vg, const struct vg_pv *pv, uint32_t sectors,
			   uint64_t *at)
{
	unsigned int i, j;

	for (i = 0; i < pv->pp_count; i = j + 1) {
		uint64_t from, end, past;

		for (j = i; j < pv->pp_count && pv->pp[j].lv && vg->lv[pv->pp[j].lv]->hidden; j++)
			;
		if (j == i)
			continue;
		from = vg_pp_sector(vg, pv, i + 1);
		end = vg_pp_sector(vg, pv, j + 1);
		while (from + sectors <= end &&
		       run_in_way(vg, pv->num, from, from + sectors, &past))
			from = past;
		if (from + sectors <= end) {
			*at = from;
			return true;
		}
	}
	return false;
}

bool sa_has_room(const struct vg *vg, const struct vg_pv *pv, uint32_t sectors)
{
	uint64_t at;

	return room_in_hidden(vg, pv, sectors, &at);
}

/* A PP that is free now and was free in the VGDA on disk. */
static bool is_clear(const struct vg_pp *pp)
{
	return !pp->lv && !pp->on_disk;
}

/* Give pps adjacent PPs to the hidden LV: the last that there are, off the data's way. */
static bool grow_hidden(struct vg_lv *hidden, struct vg_pv *pv, uint32_t pps)
{
	unsigned int i, run = 0;

	for (i = pv->pp_count; i-- > 0;) {
		run = is_clear(&pv->pp[i]) ? run + 1 : 0;
		if (run == pps)
			break;
	}
	if (run < pps)
		return false;
	for (; run--; i++)
		pv->pp[i].lv = hidden->num;
	return true;
}

static void renumber(struct vg *vg, struct vg_lv *hidden)
{
	uint32_t lps = 0;
	unsigned int i, n;

	for (i = 1; i <= VG_MAX_PV; i++)
		for (n = 0; vg->pv[i] && n < vg->pv[i]->pp_count; n++)
			lps += vg->pv[i]->pp[n].lv == hidden->num;
	if (!lps) {
		vg_lv_free(vg, hidden);
		return;
	}
	hidden->num_lps = 0;
	lv_map_resize(hidden, lps);
	for (i = 1; i <= VG_MAX_PV; i++)
		for (n = 0; vg->pv[i] && n < vg->pv[i]->pp_count; n++) {
			struct vg_pp *pp = &vg->pv[i]->pp[n];

			if (pp->lv != hidden->num)
				continue;
			hidden->map[0][hidden->num_lps] = (struct lv_place){
				(uint16_t)i, (uint16_t)(n + 1)
			};
			pp->copy = 0;
			pp->lp = ++hidden->num_lps;
		}
}

enum err_code sa_alloc(struct vg *vg, struct vg_pv *pv, uint32_t sectors,
		       struct lv_leg *leg, struct err *e)
{
	struct vg_lv *hidden = hidden_make(vg, e);
	char label[64];
	bool ok;

	if (!hidden)
		return ERR_NOSPACE;
	ok = room_in_hidden(vg, pv, sectors, &leg->sa_sector);
	if (!ok)
		ok = grow_hidden(hidden, pv, sa_pps(vg, sectors)) &&
		     room_in_hidden(vg, pv, sectors, &leg->sa_sector);
	renumber(vg, hidden);
	if (!ok)
		return err_set(e, ERR_NOSPACE,
			       "%s: no %u adjacent free PPs on %s for the status area of a copy; free some or extend the VG",
			       vg->name, sa_pps(vg, sectors), vg_pv_label(pv, label));
	leg->sa_pv = pv->num;
	leg->sa_sectors = sectors;
	return ERR_OK;
}

void sa_release(struct vg *vg, struct lv_leg *leg)
{
	if (!leg->sa_pv)
		return;
	vg->freed = xrealloc(vg->freed, (vg->num_freed + 1) * sizeof(*vg->freed));
	vg->freed[vg->num_freed++] = (struct sa_run){
		leg->sa_pv, leg->sa_sector, leg->sa_sectors
	};
	leg->sa_pv = 0;
	leg->sa_todo = SA_KEEP;
}

void sa_tidy(struct vg *vg)
{
	struct vg_lv *hidden = vg_hidden(vg);
	unsigned int i, n, c, k;

	if (!hidden)
		return;
	for (i = 1; i <= VG_MAX_PV; i++) {
		struct vg_pv *pv = vg->pv[i];

		for (n = 0; pv && n < pv->pp_count; n++) {
			uint64_t from = vg_pp_sector(vg, pv, n + 1), to = from + vg_pp_sectors(vg);
			bool used = false;

			if (pv->pp[n].lv != hidden->num)
				continue;
			for (k = 1; k <= VG_MAX_LV && !used; k++)
				for (c = 0; vg->lv[k] && c < VG_MAX_LEGS; c++) {
					const struct lv_leg *g = &vg->lv[k]->leg[c];

					used |= g->sa_pv == pv->num && g->sa_sector < to &&
						from < g->sa_sector + g->sa_sectors;
				}
			if (!used)
				pv->pp[n].lv = 0;
		}
	}
	renumber(vg, hidden);
}

/* ---- writing ---- */

#define CHUNK	(64 * 1024)

/* The words of a unit of a map of which bits [first, end) are set. */
static void unit_words(uint64_t unit, uint64_t first, uint64_t end, u64 words[VY_UNIT_WORDS])
{
	uint64_t bit = unit * VY_UNIT_BITS, i;

	memset(words, 0, VY_UNIT_WORDS * sizeof(*words));
	if (first >= end)
		return;
	for (i = 0; i < VY_UNIT_BITS; i++)
		if (bit + i >= first && bit + i < end)
			words[i / 64] |= 1ULL << i % 64;
}

/* Bits that a map begins with: those of [first, end), or from words[], `nwords` of them. */
struct map_bits {
	uint64_t first, end;
	u64 *words;
	uint64_t nwords;
};

/* Write all units of one map, sealed. */
static enum err_code write_map(struct io *io, uint64_t off, uint64_t blocks,
			       const struct vy_sb *sb, uint32_t map, uint32_t slot,
			       const struct map_bits *bits, struct err *e)
{
	uint64_t units = blocks * VY_UNITS_PER_BLOCK, unit = 0;
	struct vy_map_unit *buf = xalloc(CHUNK);
	enum err_code rc = ERR_OK;

	while (unit < units && rc == ERR_OK) {
		uint64_t i, n = units - unit;

		if (n > CHUNK / VY_UNIT)
			n = CHUNK / VY_UNIT;
		for (i = 0; i < n; i++) {
			u64 words[VY_UNIT_WORDS];

			unit_words(unit + i, bits->first, bits->end, words);
			for (uint64_t w = (unit + i) * VY_UNIT_WORDS, k = 0;
			     k < VY_UNIT_WORDS && w + k < bits->nwords; k++)
				words[k] = bits->words[w + k];
			vy_unit_put_words(&buf[i], words, VY_UNIT_WORDS);
			vy_unit_seal(&buf[i], vy_unit_seed(sb->set_uuid, map, slot, unit + i),
				     (uint32_t)sb->seq);
		}
		rc = io_write(io, buf, n * VY_UNIT, off + unit * VY_UNIT, "status-area map", e);
		unit += n;
	}
	free(buf);
	return rc;
}

/* Both copies of a table that relocates nothing. */
static enum err_code write_empty_bbr(struct io *io, uint64_t at, const struct vy_sb *sb,
				     struct err *e)
{
	enum err_code rc = ERR_OK;
	uint8_t block[VY_BLOCK];
	struct vy_bbr t;

	memset(&t, 0, sizeof(t));
	for (t.seq = 0; t.seq < 2 && rc == ERR_OK; t.seq++) {
		vy_bbr_encode(&t, sb->set_uuid, sb->self_slot, block);
		rc = io_write(io, block, VY_BLOCK, at + vy_bbr_copy_off(&sb->geom, t.seq & 1),
			      "table of relocated blocks", e);
	}
	return rc;
}

/* Of the row log, in that many bytes behind the rest. */
static uint32_t log_slots(uint64_t bytes)
{
	return bytes / VY_LOG_SLOT < VY_LOG_SLOTS_MAX ? (uint32_t)(bytes / VY_LOG_SLOT) :
							VY_LOG_SLOTS_MAX;
}

/* What the maps of a new area begin with. */
struct area {
	uint64_t dirty;		/* write-intent bits of the zones from this one on */
	bool has_written;	/* there is a map of what was ever written ... */
	struct map_bits written;	/* ... which says so */
};

/*
 * Maps and tables, then both superblock copies; sb->self_*, bbr_off, seq and what
 * depends on the room are set here. Stale maps are empty. A superblock that was there goes
 * first: it must never be seen with empty maps. An area of an older release has no room for spares.
 */
static enum err_code write_area(struct io *io, const struct lv_leg *leg, struct vy_sb *sb,
				const struct area *a, struct err *e)
{
	static const uint8_t zero[2 * VY_BLOCK];
	const struct map_bits none = { 0 }, dirty = { .first = a->dirty, .end = sb->geom.zones };
	uint64_t at = leg->sa_sector * SECTOR, bytes = (uint64_t)leg->sa_sectors * SECTOR;
	uint8_t block[VY_BLOCK];
	enum err_code rc;
	uint32_t s;

	memcpy(sb->self_uuid, leg->uuid.b, sizeof(sb->self_uuid));
	sb->self_slot = leg->slot;
	sb->sa_sectors = leg->sa_sectors;
	vy_geom_set_written(&sb->geom, false);
	sb->bbr_off = bytes < sb->geom.sa_bytes ? 0 : sb->geom.bbr_off;
	vy_geom_set_written(&sb->geom, a->has_written && sb->bbr_off);
	if (bytes < sb->geom.sa_bytes)
		vy_geom_set_written(&sb->geom, false);
	sb->log_slots = sb->type == VY_TYPE_RAID5 && sb->bbr_off ?
			log_slots(bytes - sb->geom.sa_bytes) : 0;
	/* an empty log covers for nothing */
	sb->flags &= ~(uint32_t)VY_SB_LOGGED;
	sb->log_gen = 0;
	sb->seq = 0;
	rc = io_write(io, zero, sizeof(zero), at, "status-area superblocks", e);
	if (rc == ERR_OK)
		rc = io_flush(io, e);
	if (rc == ERR_OK)
		rc = write_map(io, at + sb->geom.wib_off, sb->geom.wib_blocks, sb, VY_MAP_WIB, 0,
			       &dirty, e);
	for (s = 0; s < sb->geom.nslots && rc == ERR_OK; s++)
		rc = write_map(io, at + sb->geom.stale_off +
			       s * sb->geom.stale_blocks * VY_BLOCK,
			       sb->geom.stale_blocks, sb, VY_MAP_STALE, s, &none, e);
	if (rc == ERR_OK && sb->geom.written_off)
		rc = write_map(io, at + sb->geom.written_off, sb->geom.stale_blocks, sb,
			       VY_MAP_WRITTEN, 0, &a->written, e);
	if (rc == ERR_OK && sb->bbr_off)
		rc = write_empty_bbr(io, at, sb, e);
	if (rc == ERR_OK)
		rc = io_flush(io, e);
	for (sb->seq = 0; sb->seq < 2 && rc == ERR_OK; sb->seq++) {
		vy_super_encode(sb, block);
		rc = io_write(io, block, VY_BLOCK, at + sb->seq * VY_BLOCK,
			      "status-area superblock", e);
	}
	return rc == ERR_OK ? io_flush(io, e) : rc;
}

static struct io *leg_io(const struct vg *vg, const struct lv_leg *leg)
{
	return leg->sa_pv && vg->pv[leg->sa_pv] ? vg->pv[leg->sa_pv]->io : NULL;
}

static enum err_code leg_missing(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				 struct err *e)
{
	const struct vg_pv *pv = lv->leg[c].sa_pv ? vg->pv[lv->leg[c].sa_pv] : NULL;
	char *which = pv ? vg_pv_missing_text(pv) : xstrdup("its PV");

	err_set(e, ERR_NOTFOUND, "%s: %s %u: %s is missing; attach it and try again", lv->name,
		lv_leg_word(lv), c + 1, which);
	free(which);
	return ERR_NOTFOUND;
}

/* Of a leg that holds nothing yet: it is a target of the set, and all of it is copied. */
static void make_blank(struct vy_sb *sb, const struct lv_leg *leg)
{
	struct vy_slot_info *self = &sb->slot[leg->slot];

	sb->flags = VY_SB_INCONSISTENT | VY_SB_NEEDS_FULL;
	self->state = VY_SLOT_TARGET;
	self->base_gen = sb->gen;
	memcpy(self->leg_uuid, leg->uuid.b, sizeof(self->leg_uuid));
}

/*
 * Bytes of a status area from one place to another, read back: what is at the
 * new one is all that counts afterwards.
 */
static enum err_code copy_bytes(const struct vg_lv *lv, unsigned int c, struct io *from,
				uint64_t from_off, struct io *to, uint64_t to_off, uint64_t len,
				struct err *e)
{
	uint8_t *buf = xalloc(CHUNK), *back = xalloc(CHUNK);
	enum err_code rc = ERR_OK;
	unsigned int pass;
	uint64_t done, n;

	/* Write all, flush, then compare all. */
	for (pass = 0; pass < 2 && rc == ERR_OK; pass++) {
		for (done = 0; done < len && rc == ERR_OK; done += n) {
			n = len - done < CHUNK ? len - done : CHUNK;
			rc = io_read(from, buf, n, from_off + done, "status area", e);
			if (rc == ERR_OK && !pass)
				rc = io_write(to, buf, n, to_off + done, "status area", e);
			else if (rc == ERR_OK)
				rc = io_read(to, back, n, to_off + done, "status area", e);
			if (rc == ERR_OK && pass && memcmp(buf, back, n))
				rc = err_set(e, ERR_IO,
					     "%s: the new status area of %s %s %u does not read back as written; replace the device",
					     to->path, lv->name, lv_leg_word(lv), c + 1);
		}
		if (rc == ERR_OK && !pass)
			rc = io_flush(to, e);
	}
	free(buf);
	free(back);
	return rc;
}

static struct io *from_io(const struct vg *vg, const struct lv_leg *leg)
{
	const struct vg_pv *pv = leg->sa_from.pv ? vg->pv[leg->sa_from.pv] : NULL;

	return pv ? pv->io : NULL;
}

static enum err_code clone_area(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				struct err *e)
{
	const struct lv_leg *leg = &lv->leg[c];
	struct io *to = leg_io(vg, leg), *from = from_io(vg, leg);

	if (!to || !from)
		return leg_missing(vg, lv, c, e);
	return copy_bytes(lv, c, from, leg->sa_from.sector * SECTOR, to,
			  leg->sa_sector * SECTOR, (uint64_t)leg->sa_sectors * SECTOR, e);
}

static bool is_resized(const struct vg_lv *lv)
{
	unsigned int c;

	for (c = 0; c < lv->copies; c++)
		if (lv->leg[c].sa_todo == SA_RESIZE)
			return true;
	return false;
}

/* The LV as it is on disk, with its status areas at the places that they leave. */
static struct vg_lv before_resize(const struct vg_lv *lv)
{
	struct vg_lv old = *lv;
	unsigned int c;

	old.num_lps = lv->disk_lps;
	/* Behind the legs that there were, some may be new. */
	for (c = 0; c < lv->copies && lv->leg[c].sa_todo == SA_RESIZE; c++) {
		old.leg[c].sa_pv = lv->leg[c].sa_from.pv;
		old.leg[c].sa_sector = lv->leg[c].sa_from.sector;
		old.leg[c].sa_sectors = lv->leg[c].sa_from.sectors;
	}
	old.copies = (uint8_t)c;
	return old;
}

/*
 * Zones of RAID5 whose parity is that of the data: those below this one. What a map says
 * was never written needs none.
 */
static enum err_code first_dirty(const struct vg *vg, const struct vg_lv *old, bool has_written,
				 uint64_t *zone, struct err *e)
{
	enum err_code rc = ERR_OK;
	struct vy_sb sb;
	unsigned int c;
	bool dirty;

	*zone = has_written ? UINT64_MAX : vg_leg_sectors(vg, old) >> (old->zone_shift - 9);
	for (c = 0; c < old->copies && rc == ERR_OK; c++) {
		rc = lv_leg_super(vg, old, c, &sb, &dirty, e);
		if (rc == ERR_OK && dirty)
			*zone = 0;
	}
	return rc;
}

/* One unit of the map of what was ever written, as any leg has it; all, where none can tell. */
static void written_unit(struct vy_map_unit *const units[VG_MAX_LEGS], unsigned int legs,
			 const struct vy_sb *sb, uint64_t unit, u64 *words)
{
	u32 seed = vy_unit_seed(sb->set_uuid, VY_MAP_WRITTEN, 0, unit);
	bool known = false;

	for (unsigned int c = 0; c < legs; c++)
		if (vy_unit_ok(&units[c][unit], seed))
			known |= vy_unit_read_or(&units[c][unit], seed, words, VY_UNIT_WORDS);
	if (!known)
		memset(words, 0xff, VY_UNIT_WORDS * sizeof(*words));
}

/* The map of what was ever written, of all legs; the caller owns *words. */
static enum err_code carry_written(const struct vg *vg, const struct vg_lv *old,
				   const struct vy_sb *sb, struct map_bits *bits, struct err *e)
{
	uint64_t units = sb->geom.stale_blocks * VY_UNITS_PER_BLOCK, u;
	struct vy_map_unit *legs[VG_MAX_LEGS] = { NULL };
	u64 *words = xalloc(units * VY_UNIT_WORDS * sizeof(*words));
	enum err_code rc = ERR_OK;
	unsigned int c;

	for (c = 0; c < old->copies && rc == ERR_OK; c++) {
		legs[c] = xalloc(units * VY_UNIT);
		rc = io_read(leg_io(vg, &old->leg[c]), legs[c], units * VY_UNIT,
			     old->leg[c].sa_sector * SECTOR + sb->geom.written_off,
			     "status-area map", e);
	}
	for (u = 0; u < units && rc == ERR_OK; u++)
		written_unit(legs, old->copies, sb, u, words + u * VY_UNIT_WORDS);
	for (c = 0; c < VG_MAX_LEGS; c++)
		free(legs[c]);
	bits->words = words;
	bits->nwords = sb->geom.words;
	return rc;
}

/*
 * What the areas at the old places say, in an image for the new size; the caller owns
 * a->written.words. Of a mirror, what is new may differ as on a new one.
 */
static enum err_code carry_over(const struct vg *vg, const struct vg_lv *lv, struct vy_sb *sb,
				struct area *a, struct err *e)
{
	struct vg_lv old = before_resize(lv);
	enum err_code rc = sa_all_settled(vg, &old, sb, e);

	a->dirty = UINT64_MAX;
	a->has_written = rc == ERR_OK && sb->geom.written_off;
	if (a->has_written)
		rc = carry_written(vg, &old, sb, &a->written, e);
	if (rc == ERR_OK && lv->type == LV_RAID5)
		rc = first_dirty(vg, &old, a->has_written, &a->dirty, e);

	if (rc == ERR_OK && lv_geom(vg, lv, &sb->geom))
		rc = err_set(e, ERR_FAILED, "%s: no status area is possible for its size",
			     lv->name);
	return rc;
}

/* Where blocks of the leg were relocated to stays true, and what is in the spares. */
static enum err_code carry_spares(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				  const struct vy_geom *geom, struct err *e)
{
	const uint64_t end = geom->written_off ? geom->written_off : geom->sa_bytes;
	struct vg_lv old = before_resize(lv);
	const struct lv_leg *leg = &lv->leg[c];
	struct vy_sb sb;
	enum err_code rc = lv_leg_super(vg, &old, c, &sb, NULL, e);

	if (rc != ERR_OK || !sb.bbr_off)
		return rc;
	return copy_bytes(lv, c, from_io(vg, leg), leg->sa_from.sector * SECTOR + sb.bbr_off,
			  leg_io(vg, leg), leg->sa_sector * SECTOR + geom->bbr_off,
			  end - geom->bbr_off, e);
}

enum err_code sa_write_new(struct vg *vg, struct vg_lv *lv, struct err *e)
{
	const struct area made = { .dirty = UINT64_MAX, .has_written = lv->type == LV_RAID5 };
	struct area grown = made;
	enum err_code rc = ERR_OK;
	struct vy_sb carried;
	unsigned int c;

	if (is_resized(lv))
		rc = carry_over(vg, lv, &carried, &grown, e);

	for (c = 0; c < lv->copies && rc == ERR_OK; c++) {
		const struct lv_leg *leg = &lv->leg[c];
		struct io *io = leg_io(vg, leg);
		struct vy_sb sb;

		if (leg->sa_todo == SA_KEEP)
			continue;
		if (leg->sa_todo == SA_CLONE) {
			rc = clone_area(vg, lv, c, e);
			continue;
		}
		if (!io) {
			rc = leg_missing(vg, lv, c, e);
			continue;
		}
		sb = leg->sa_todo == SA_RESIZE ? carried : *lv->sa_new;
		if (leg->sa_todo == SA_BLANK)
			make_blank(&sb, leg);
		rc = write_area(io, leg, &sb, leg->sa_todo == SA_RESIZE ? &grown : &made, e);
		if (rc == ERR_OK && leg->sa_todo == SA_RESIZE)
			rc = carry_spares(vg, lv, c, &sb.geom, e);
	}
	free(grown.written.words);
	return rc;
}

/* ---- reading ---- */

/* Any bit set in a map, or a unit that cannot be trusted. */
static enum err_code map_is_set(struct io *io, uint64_t off, uint64_t blocks,
				const struct vy_sb *sb, uint32_t map, uint32_t slot,
				bool *set, struct err *e)
{
	static const uint8_t zero[sizeof(((struct vy_map_unit *)0)->bits)];
	uint64_t units = blocks * VY_UNITS_PER_BLOCK, unit = 0;
	struct vy_map_unit *buf = xalloc(CHUNK);
	enum err_code rc = ERR_OK;

	while (unit < units && !*set && rc == ERR_OK) {
		uint64_t i, n = units - unit;

		if (n > CHUNK / VY_UNIT)
			n = CHUNK / VY_UNIT;
		rc = io_read(io, buf, n * VY_UNIT, off + unit * VY_UNIT, "status-area map", e);
		for (i = 0; i < n && rc == ERR_OK; i++)
			if (!vy_unit_ok(&buf[i], vy_unit_seed(sb->set_uuid, map, slot, unit + i)) ||
			    memcmp(buf[i].bits, zero, sizeof(zero)))
				*set = true;
		unit += n;
	}
	free(buf);
	return rc;
}

void lv_leg_expect(const struct vg *vg, const struct vg_lv *lv, unsigned int c)
{
	struct io *io = leg_io(vg, &lv->leg[c]);

	if (io)
		io_expect(io, 2 * VY_BLOCK, lv->leg[c].sa_sector * SECTOR);
}

enum err_code lv_leg_super(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			   struct vy_sb *sb, bool *wib_dirty, struct err *e)
{
	const struct lv_leg *leg = &lv->leg[c];
	struct io *io = leg_io(vg, leg);
	uint8_t copies[2 * VY_BLOCK];
	enum vy_super_err why[2];
	enum err_code rc;

	if (!io)
		return leg_missing(vg, lv, c, e);
	rc = io_read(io, copies, sizeof(copies), leg->sa_sector * SECTOR,
		     "status-area superblocks", e);
	if (rc != ERR_OK)
		return rc;
	if (vy_super_pick(copies, copies + VY_BLOCK, sb, why) < 0)
		return err_set(e, ERR_METADATA,
			       "%s: status area of %s %s %u: superblocks: %s; %s",
			       io->path, lv->name, lv_leg_word(lv), c + 1,
			       vy_super_strerror(why[0]), vy_super_strerror(why[1]));
	if (memcmp(sb->set_uuid, lv->uuid.b, 16) || memcmp(sb->self_uuid, leg->uuid.b, 16) ||
	    sb->self_slot != leg->slot || sb->sa_sectors > leg->sa_sectors ||
	    sb->geom.data_sectors != vg_leg_sectors(vg, lv) ||
	    sb->chunk_shift != lv->chunk_shift)
		return err_set(e, ERR_METADATA,
			       "%s: status area of %s %s %u: belongs to another set, leg or size",
			       io->path, lv->name, lv_leg_word(lv), c + 1);
	if (!wib_dirty)
		return ERR_OK;
	*wib_dirty = false;
	return map_is_set(io, leg->sa_sector * SECTOR + sb->geom.wib_off, sb->geom.wib_blocks,
			  sb, VY_MAP_WIB, 0, wib_dirty, e);
}

enum err_code lv_leg_stale(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			   const struct vy_sb *sb, unsigned int slot, uint64_t *regions,
			   struct err *e)
{
	struct io *io = leg_io(vg, &lv->leg[c]);
	uint64_t units = sb->geom.stale_blocks * VY_UNITS_PER_BLOCK, unit = 0, off;
	struct vy_map_unit *buf;
	enum err_code rc = ERR_OK;

	*regions = 0;
	if (!io)
		return leg_missing(vg, lv, c, e);
	buf = xalloc(CHUNK);
	off = lv->leg[c].sa_sector * SECTOR + sb->geom.stale_off +
	      slot * sb->geom.stale_blocks * VY_BLOCK;
	while (unit < units && rc == ERR_OK) {
		uint64_t i, n = units - unit;

		if (n > CHUNK / VY_UNIT)
			n = CHUNK / VY_UNIT;
		rc = io_read(io, buf, n * VY_UNIT, off + unit * VY_UNIT, "stale map", e);
		for (i = 0; i < n && rc == ERR_OK; i++) {
			u64 words[VY_UNIT_WORDS] = { 0 };

			vy_unit_read_or(&buf[i], vy_unit_seed(sb->set_uuid, VY_MAP_STALE, slot,
							      unit + i), words, VY_UNIT_WORDS);
			for (unsigned int w = 0; w < VY_UNIT_WORDS; w++)
				*regions += (unsigned int)__builtin_popcountll(words[w]);
		}
		unit += n;
	}
	free(buf);
	if (*regions > sb->geom.regions)	/* a unit that cannot be read counts whole */
		*regions = sb->geom.regions;
	return rc;
}

/* Nothing known to be missing anywhere: neither by state nor by any map. */
static enum err_code leg_settled(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
				 struct vy_sb *sb, bool *settled, struct err *e)
{
	struct io *io = leg_io(vg, &lv->leg[c]);
	bool dirty, stale = false;
	enum err_code rc;
	uint32_t s;

	rc = lv_leg_super(vg, lv, c, sb, &dirty, e);
	if (rc != ERR_OK)
		return rc;
	/* of RAID5, all members there, dirty zones have the data and get their parity anew */
	*settled = (!dirty || lv->type == LV_RAID5) &&
		   !(sb->flags & ~(uint32_t)(sb->log_gen ? VY_SB_LOGGED : 0));
	for (s = 0; s < lv->copies; s++)
		*settled &= sb->slot[lv->leg[s].slot].state == VY_SLOT_MEMBER;
	for (s = 0; s < sb->geom.nslots && rc == ERR_OK && *settled; s++) {
		rc = map_is_set(io, lv->leg[c].sa_sector * SECTOR + sb->geom.stale_off +
				s * sb->geom.stale_blocks * VY_BLOCK,
				sb->geom.stale_blocks, sb, VY_MAP_STALE, s, &stale, e);
		*settled &= !stale;
	}
	return rc;
}

enum err_code sa_all_settled(const struct vg *vg, const struct vg_lv *lv,
			     struct vy_sb *sb, struct err *e)
{
	struct err why = { .code = ERR_OK };
	struct vy_sb other;
	enum err_code rc;
	unsigned int c;
	bool settled;

	for (c = 0; c < lv->copies; c++) {
		rc = leg_settled(vg, lv, c, c ? &other : sb, &settled, &why);
		if (rc != ERR_OK)
			return err_set(e, rc, "%s; if its PV is here and in order, 'varyon rejoin -f %s/%s PV' copies it anew: then try again",
				       why.text, vg->name, lv->name);
		if (!settled || (c && other.gen != sb->gen))
			return err_set(e, ERR_FAILED,
				       "%s: %s %u is not in sync or was not shut down cleanly; activate the LV (varyonvg), wait for the resync, deactivate it (varyoffvg) and try again",
				       lv->name, lv_leg_word(lv), c + 1);
	}
	return ERR_OK;
}

enum err_code lv_leg_reset(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			   const struct vy_sb *best, struct err *e)
{
	struct io *io = leg_io(vg, &lv->leg[c]);
	const struct area a = { .dirty = UINT64_MAX, .has_written = best->geom.written_off };
	struct vy_sb sb = *best;

	if (!io)
		return leg_missing(vg, lv, c, e);
	make_blank(&sb, &lv->leg[c]);
	return write_area(io, &lv->leg[c], &sb, &a, e);
}

enum err_code lv_leg_bbr(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			 struct vy_bbr *t, struct err *e)
{
	uint8_t copy[2][VY_BLOCK];
	enum vy_bbr_err err[2];
	struct vy_sb sb;
	enum err_code rc = lv_leg_super(vg, lv, c, &sb, NULL, e);
	unsigned int i;

	memset(t, 0, sizeof(*t));
	if (rc != ERR_OK || !sb.bbr_off)
		return rc;
	for (i = 0; i < 2 && rc == ERR_OK; i++)
		rc = io_read(leg_io(vg, &lv->leg[c]), copy[i], VY_BLOCK,
			     lv->leg[c].sa_sector * SECTOR + vy_bbr_copy_off(&sb.geom, i),
			     "table of relocated blocks", e);
	if (rc != ERR_OK)
		return rc;
	if (vy_bbr_pick(copy[0], copy[1], &sb.geom, sb.set_uuid, sb.self_slot, t, err) < 0)
		return err_set(e, ERR_METADATA,
			       "%s: %s %u: no valid table of relocated blocks (%s; %s); copy it anew with varyon rejoin",
			       lv->name, lv_leg_word(lv), c + 1, vy_bbr_strerror(err[0]),
			       vy_bbr_strerror(err[1]));
	return ERR_OK;
}

enum err_code lv_leg_relocated(const struct vg *vg, const struct vg_lv *lv, unsigned int c,
			       uint32_t *blocks, struct err *e)
{
	struct vy_bbr t;
	enum err_code rc = lv_leg_bbr(vg, lv, c, &t, e);

	*blocks = rc == ERR_OK ? vy_bbr_relocated(&t) : 0;
	return rc;
}
