/* SPDX-License-Identifier: GPL-2.0 */
/* Requests counted by the kernel, LP by LP. */
#ifndef VARYON_LPSTAT_H
#define VARYON_LPSTAT_H

#include "cmd.h"

struct lp_count {
	uint64_t reads, writes;			/* requests */
	uint64_t read_sectors, write_sectors;
};

/* Requests in all. */
uint64_t lpstat_requests(const struct lp_count *n);

/*
 * The counts of all LPs of an active mirror; the caller owns *counts, of
 * lv->num_lps elements. ERR_CONFLICT: not a mirror, not active, or not counting.
 */
enum err_code lpstat_read(const struct vg *vg, const struct vg_lv *lv,
			  struct lp_count **counts, struct err *e);

/*
 * The n LPs with the most requests (1-based, ascending); fewer when fewer had
 * any. The caller owns *lps. ERR_FAILED: none had.
 */
enum err_code lpstat_hottest(const struct vg *vg, const struct vg_lv *lv, uint64_t n,
			     uint32_t **lps, uint32_t *count, struct err *e);

/* Start (from zero), stop; set to zero. */
enum err_code lpstat_enable(const struct vg *vg, const struct vg_lv *lv, bool on, struct err *e);
enum err_code lpstat_reset(const struct vg *vg, const struct vg_lv *lv, struct err *e);

/* Seconds since counting began or was reset; 0: not known. */
uint64_t lpstat_age(const struct vg *vg, const struct vg_lv *lv);

#endif
