// SPDX-License-Identifier: GPL-2.0
/*
 * Requests counted by the kernel; see lpstat.h. When counting began is kept as
 * seconds of CLOCK_BOOTTIME in a file of the run directory: the kernel counts,
 * and knows of no time.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "lpstat.h"

#define LPS_AT_ONCE	128	/* of one message, whose answer is bounded */

uint64_t lpstat_requests(const struct lp_count *n)
{
	return n->reads + n->writes;
}

static enum err_code need_mirror(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	struct act_state s;
	enum err_code code = act_lv_state(vg, lv, &s, e);

	if (!code && !s.mirrored)
		code = err_set(e, ERR_CONFLICT,
			       "%s/%s: %s; requests are counted by active mirrored LVs only",
			       vg->name, lv->name, s.active ? "is not mirrored" : "is not active");
	return code;
}

/* ---- when it began ---- */

static char *since_path(const struct vg *vg, const struct vg_lv *lv)
{
	char uuid[NAME_UUID_LEN];

	name_uuid(uuid, vg, lv, NAME_NO_LEG);
	return xprintf("%s/lvmstat-%s", act_run_dir(), uuid);
}

static uint64_t uptime(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec;
}

/* Only the rate depends on it: no reason to fail. */
static void note_since(const struct vg *vg, const struct vg_lv *lv, bool on)
{
	char *path = since_path(vg, lv);
	FILE *f;

	unlink(path);
	if (on) {
		mkdir(act_run_dir(), 0755);
		f = fopen(path, "wxe");
		if (f) {
			fprintf(f, "%" PRIu64 "\n", uptime());
			fclose(f);
		}
	}
	free(path);
}

uint64_t lpstat_age(const struct vg *vg, const struct vg_lv *lv)
{
	char *path = since_path(vg, lv);
	FILE *f = fopen(path, "re");
	uint64_t since, age = 0;

	if (f && fscanf(f, "%" SCNu64, &since) == 1 && since <= uptime())
		age = uptime() - since;
	if (f)
		fclose(f);
	free(path);
	return age;
}

/* ---- messages ---- */

static enum err_code send(const struct vg *vg, const struct vg_lv *lv, const char *message,
			  char **answer, struct err *e)
{
	enum err_code code = act_lv_message(vg, lv, message, answer, e);

	return code ? err_prefix(e, "%s/%s", vg->name, lv->name) : ERR_OK;
}

enum err_code lpstat_enable(const struct vg *vg, const struct vg_lv *lv, bool on, struct err *e)
{
	char message[64] = "lp_stat off", *answer;
	enum err_code code = need_mirror(vg, lv, e);

	if (on)
		snprintf(message, sizeof(message), "lp_stat on %" PRIu64, vg_pp_sectors(vg));
	if (!code)
		code = send(vg, lv, message, &answer, e);
	if (code)
		return code;
	free(answer);
	note_since(vg, lv, on);
	return ERR_OK;
}

enum err_code lpstat_reset(const struct vg *vg, const struct vg_lv *lv, struct err *e)
{
	enum err_code code = need_mirror(vg, lv, e);
	char *answer;

	if (!code)
		code = send(vg, lv, "lp_stat reset", &answer, e);
	if (code)
		return code;
	free(answer);
	note_since(vg, lv, true);
	return ERR_OK;
}

/* "reads:writes:read_sectors:write_sectors ..." */
static bool parse(char *answer, struct lp_count *counts, uint32_t n)
{
	char *save, *word = strtok_r(answer, " \n", &save);
	int used;

	for (uint32_t i = 0; i < n; i++, word = strtok_r(NULL, " \n", &save))
		if (!word || sscanf(word, "%" SCNu64 ":%" SCNu64 ":%" SCNu64 ":%" SCNu64 "%n",
				    &counts[i].reads, &counts[i].writes, &counts[i].read_sectors,
				    &counts[i].write_sectors, &used) != 4 || word[used])
			return false;
	return !word;
}

enum err_code lpstat_read(const struct vg *vg, const struct vg_lv *lv,
			  struct lp_count **counts, struct err *e)
{
	enum err_code code = need_mirror(vg, lv, e);
	struct lp_count *all;

	if (code)
		return code;
	all = xalloc((lv->num_lps + 1) * sizeof(*all));
	for (uint32_t first = 0; first < lv->num_lps && !code; first += LPS_AT_ONCE) {
		uint32_t left = lv->num_lps - first, n = left < LPS_AT_ONCE ? left : LPS_AT_ONCE;
		char message[64], *answer;

		snprintf(message, sizeof(message), "lp_stat read %" PRIu32 " %" PRIu32, first, n);
		if (act_lv_message(vg, lv, message, &answer, NULL)) {
			code = err_set(e, ERR_CONFLICT,
				       "%s/%s: requests are not counted; lvmstat -l %s/%s -e turns that on",
				       vg->name, lv->name, vg->name, lv->name);
			break;
		}
		if (!parse(answer, all + first, n))
			code = err_set(e, ERR_KERNEL,
				       "%s/%s: the kernel's counts of LP %" PRIu32 " and after are not understood",
				       vg->name, lv->name, first + 1);
		free(answer);
	}
	if (code)
		free(all);
	else
		*counts = all;
	return code;
}

/* ---- the busiest ---- */

static uint32_t find_hottest(const struct lp_count *counts, const bool *taken, uint32_t n)
{
	uint32_t best = n;

	for (uint32_t lp = 0; lp < n; lp++)
		if (!taken[lp] && lpstat_requests(&counts[lp]) &&
		    (best == n || lpstat_requests(&counts[lp]) > lpstat_requests(&counts[best])))
			best = lp;
	return best;
}

enum err_code lpstat_hottest(const struct vg *vg, const struct vg_lv *lv, uint64_t n,
			     uint32_t **lps, uint32_t *count, struct err *e)
{
	struct lp_count *counts;
	enum err_code code;
	uint32_t lp, found = 0;
	bool *taken;

	code = lpstat_read(vg, lv, &counts, e);
	if (code)
		return code;
	taken = xalloc(lv->num_lps * sizeof(*taken));
	while (found < n) {
		lp = find_hottest(counts, taken, lv->num_lps);
		if (lp == lv->num_lps)
			break;
		taken[lp] = true;
		found++;
	}
	free(counts);
	*lps = xalloc((found + 1) * sizeof(**lps));
	*count = 0;
	for (lp = 0; lp < lv->num_lps; lp++)
		if (taken[lp])
			(*lps)[(*count)++] = lp + 1;
	free(taken);
	if (!found) {
		free(*lps);
		return err_set(e, ERR_FAILED,
			       "%s/%s: no LP had any request since counting began; let the LV work for a while",
			       vg->name, lv->name);
	}
	return ERR_OK;
}
