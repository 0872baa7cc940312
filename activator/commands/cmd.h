/* SPDX-License-Identifier: GPL-2.0 */
/* What the commands share: finding things, saying what went wrong, asking. */
#ifndef VARYON_CMD_H
#define VARYON_CMD_H

#include "../dm/activate.h"
#include "../lib/opt.h"
#include "../lib/out.h"
#include "../lib/text.h"
#include "../vg/vg.h"

#define VARYON_VERSION "0.1"

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
	bool link;		/* has a link of its own name, as AIX has the command */
};

int cmd_boot(int argc, char **argv);
int cmd_chlv(int argc, char **argv);
int cmd_chlvcopy(int argc, char **argv);
int cmd_chpv(int argc, char **argv);
int cmd_chvg(int argc, char **argv);
int cmd_extendlv(int argc, char **argv);
int cmd_extendvg(int argc, char **argv);
int cmd_hold(int argc, char **argv);
int cmd_joinvg(int argc, char **argv);
int cmd_lslv(int argc, char **argv);
int cmd_lspv(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_lsvg(int argc, char **argv);
int cmd_lvmstat(int argc, char **argv);
int cmd_migratelp(int argc, char **argv);
int cmd_migratepv(int argc, char **argv);
int cmd_mklv(int argc, char **argv);
int cmd_mklvcopy(int argc, char **argv);
int cmd_mkvg(int argc, char **argv);
int cmd_monitor(int argc, char **argv);
int cmd_ping(int argc, char **argv);
int cmd_reducevg(int argc, char **argv);
int cmd_rejoin(int argc, char **argv);
int cmd_release(int argc, char **argv);
int cmd_replacepv(int argc, char **argv);
int cmd_rmlv(int argc, char **argv);
int cmd_rmlvcopy(int argc, char **argv);
int cmd_shutdown(int argc, char **argv);
int cmd_splitlvcopy(int argc, char **argv);
int cmd_splitvg(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_syncvg(int argc, char **argv);
int cmd_varyoffvg(int argc, char **argv);
int cmd_varyonvg(int argc, char **argv);

/*
 * Report e as "COMMAND: text" on stderr, with json also as an object on
 * stdout; returns its code, for "return cmd_fail(...)".
 */
int cmd_fail(const char *command, const struct err *e, bool json);

/* A line on stderr: "COMMAND: text". */
void cmd_say(const char *command, const char *text);

/* The same: why copy c of the LV, which is LEG_DAMAGED, is left out, and the remedy. */
void cmd_say_damage(const char *command, const struct vg *vg, const struct vg_lv *lv,
		    const struct judge *j, unsigned int c);

/* What scan and changes had to say about a VG since the last call, on stderr. */
void cmd_warn(const char *command, struct vg *vg);

/* The same, and why the VG cannot be used, if that is so: that line only once. */
void cmd_warn_why(const char *command, struct vg *vg, const struct err *why);

/*
 * From now on this host varies the VG on by itself, or no longer (known.h). Not
 * for image files. That it cannot be written down is told, and no failure.
 */
void cmd_know(const char *command, const struct vg *vg, bool on);

/* Which PVs of the VG are missing, on stderr; nothing when none is. */
void cmd_say_missing(const char *command, const struct vg *vg);

/*
 * Scan and find the VG. Refuses one that the scan calls unsound and, when
 * writable, one that may not be written; then only the PVs of this VG stay
 * open and locked. The VG belongs to the scan, which the caller ends with
 * vg_scan_free() also after an error.
 */
enum err_code cmd_find_vg(const char *name, bool writable, struct vg_scan **scan,
			  struct vg **vg, struct err *e);

/*
 * Scan and find an LV given as VG/LV, /dev/VG/LV or /dev/mapper/VG-LV, or as
 * LV when only one VG has it. As above; ERR_USAGE for what is no such name.
 */
enum err_code cmd_find_lv(const char *name, bool writable, struct vg_scan **scan,
			  struct vg **vg, struct vg_lv **lv, struct err *e);

/* As cmd_find_lv() in a scan that is done already. */
enum err_code cmd_scan_lv(struct vg_scan *scan, const char *name, bool writable,
			  struct vg **vg, struct vg_lv **lv, struct err *e);

/*
 * Scan and find a PV of a VG: device path, base name or PVID, here or missing.
 * As cmd_find_vg() otherwise; two VGs with such a PV: ERR_CONFLICT.
 */
enum err_code cmd_find_pv(const char *name, bool writable, struct vg_scan **scan,
			  struct vg **vg, struct vg_pv **pv, struct err *e);

/* Is the VG sound and, when writable, may it be written? */
enum err_code cmd_check_vg(struct vg_scan *scan, struct vg *vg, bool writable, struct err *e);

/* The PVs of operands, NULL-terminated; *pvs is NULL when there are none; the caller owns it. */
enum err_code cmd_pvs(struct vg *vg, char **names, struct vg_pv ***pvs, struct err *e);

/*
 * May these devices become PVs? Refuses, force or not, one that is named
 * twice or whose VG is varied on. What the kernel has in use is refused by
 * vg_create() and vg_extend().
 */
enum err_code cmd_check_new_pvs(char **paths, struct err *e);

/* The name of a VG as shown: one that was never imported has only its VGID. */
const char *cmd_vg_name(const struct vg *vg, char buf[64]);

/*
 * Ask a yes-or-no question on the terminal. Without a terminal, or with any
 * answer but y or yes, ERR_FAILED; the text names -f.
 */
enum err_code cmd_confirm(const char *question, struct err *e);

/* "y" or "n"; -1 for anything else. */
int cmd_yes_no(const char *arg);

/* Is a PV missing, and the metadata does not say so? See vg_record_missing(). */
bool cmd_missing_unrecorded(const struct vg *vg);

/*
 * Did copies of some LV go on separately? Then the metadata stays as it is on
 * both sides until one is given up.
 */
bool cmd_data_split(const struct vg *vg);

/*
 * The state of an LV whose copies are to change. ERR_CONFLICT when it is active
 * read-only: then the kernel cannot be asked to.
 */
enum err_code cmd_live_state(const struct vg *vg, const struct vg_lv *lv, struct act_state *s,
			     struct err *e);

/*
 * Make an LV, if it is active, let go of the legs in those slots, as its VG
 * says. What is wrong with another leg meanwhile is told, and no error.
 */
enum err_code cmd_let_go(const char *command, const struct vg *vg, const struct vg_lv *lv,
			 const struct act_opts *o, uint8_t slots, struct err *e);

/* The same for all LVs of the VG and every leg that it calls split, at one moment. */
enum err_code cmd_let_go_all(const char *command, const struct vg *vg,
			     const struct act_opts *o, struct err *e);

/*
 * Withdraw, in a commit of its own, the discards that the kernel has taken;
 * nothing to do is no error. Is there something to do?
 */
enum err_code cmd_settle(struct vg *vg, struct err *e);
bool cmd_unsettled(const struct vg *vg);

/*
 * After LVs were started, with `started` as the result: the metadata of PVs that
 * are back is rewritten, and discards that were taken are withdrawn. What goes
 * wrong is said, and no error.
 */
void cmd_catch_up(const char *command, struct vg *vg, enum err_code started);

/* Is the VG on block devices and varied on? Then a new LV is activated at once. */
bool cmd_vg_live(const struct vg *vg);

/* Copies as AIX counts them, and columns: 0 unless RAID5. */
unsigned int cmd_copies(const struct vg_lv *lv);
unsigned int cmd_columns(const struct vg_lv *lv);

#endif
