/* SPDX-License-Identifier: GPL-2.0 */
/* The status line of varyon-mirror, as docs/architecture.md gives it. Pure. */
#ifndef VARYON_STATUS_H
#define VARYON_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include "../../kernel/uapi/varyon_format.h"

struct mirror_status {
	unsigned int nslots;
	char letters[VY_MAX_SLOTS + 1];	/* MTAFS- */
	uint64_t gen;
	uint64_t dirty, zones;
	uint64_t stale[VY_MAX_SLOTS];	/* regions */
	char action[16];
	uint64_t done, total;		/* regions */
	uint64_t kib_s, read_err, write_err;
	char flags[64];			/* "-": none */
	uint64_t mismatches;		/* sectors, found by the last check or repair */
	uint64_t relocated[VY_MAX_SLOTS];	/* bad blocks that a spare one stands for */
};

/*
 * False when the line is not of version 1 or does not parse. What a module of
 * an older release does not say is zero; further words are ignored.
 */
bool status_parse(const char *line, struct mirror_status *st);

/* Has the status this flag? */
bool status_flag(const struct mirror_status *st, const char *flag);

/*
 * Members may differ in what was being written at a crash: what was read since
 * from one of them may not be what another holds.
 */
bool status_members_differ(const struct mirror_status *st);

/* The letter of a slot; '-' for one that the kernel does not know. */
char status_letter(const struct mirror_status *st, unsigned int slot);

/* What a letter stands for: "member", "target", ... */
const char *status_letter_name(char letter);

#endif
