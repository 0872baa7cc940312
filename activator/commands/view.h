/* SPDX-License-Identifier: GPL-2.0 */
/* Figures and words that several listing commands show. */
#ifndef VARYON_VIEW_H
#define VARYON_VIEW_H

#include "cmd.h"

#define VIEW_BANDS 5	/* outer edge, outer middle, center, inner middle, inner edge */

/* An LV with everything that is known about it right now. */
struct view_lv {
	const struct vg_lv *lv;		/* as view_shown(): points into the view */
	struct vg_lv room;
	struct act_state act;
	struct judge judge;		/* of a split child, its copy is number 0 */
	struct err judge_err;		/* why it could not be activated */
	uint64_t stale_bytes[VG_MAX_LEGS];
	uint64_t stale_pps[VG_MAX_LEGS];
	bool stale;			/* some copy is not in sync */
};

/*
 * An LV as it is listed: a split child with the LPs, PPs and the leg of the copy
 * that it is a view of, as its only copy. room: where that is put together;
 * nothing in it is owned.
 */
const struct vg_lv *view_shown(const struct vg *vg, const struct vg_lv *lv, struct vg_lv *room);

/*
 * Look at an LV: its device when it is active, else its status areas. An
 * error of device-mapper leaves it "not active".
 */
void view_lv(const struct vg *vg, const struct vg_lv *lv, struct view_lv *v);

/* "open/syncd" and so on; opened: AIX's word of lslv, "opened/syncd". */
char *view_lv_state(const struct view_lv *v, bool opened);

/* Where the LV is mounted, else where its label says, else "N/A"; the caller owns it. */
char *view_mount_point(const struct vg_lv *lv, const struct act_state *s);

/* PPs of a PV by band: those of LV num, or free ones for num 0. */
void view_bands(const struct vg_pv *pv, unsigned int num, uint64_t count[VIEW_BANDS]);

/* The band that PP n (1-based) lies in, and the names of the bands. */
unsigned int view_band_of(const struct vg_pv *pv, unsigned int n);
extern const char *const view_band_names[VIEW_BANDS];

/* The figures joined, each with at least width digits; the caller owns it. */
char *view_join(const uint64_t *n, unsigned int count, const char *sep, int width);

/* "active", "missing", "split", "removed"; off: what to say of a PV of a VG that is not varied on. */
const char *view_pv_state(const struct vg_pv *pv, bool vg_on, const char *off);

/* Size of a PP in MiB. */
uint64_t view_pp_mib(const struct vg *vg);

/* Visible LVs; PPs in all, free, stale. */
struct view_vg_sums {
	unsigned int lvs, open_lvs, active_pvs, stale_pvs;
	uint64_t total_pps, free_pps, stale_pps;
};
void view_vg_sums(const struct vg *vg, struct view_vg_sums *s);

/* Stale PPs on a PV: those of the copies of all LVs that lie there. */
uint64_t view_pv_stale(const struct vg *vg, const struct vg_pv *pv);

#endif
