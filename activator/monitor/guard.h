/* SPDX-License-Identifier: GPL-2.0 */
/* What keeps the monitor going when memory is short and disks do not answer. */
#ifndef VARYON_GUARD_H
#define VARYON_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include "../lib/err.h"

/*
 * May this program be run from where it lies? Its pages must not be on a disk:
 * ERR_CONFLICT for a file that is not in memory.
 */
enum err_code guard_place(struct err *e);

/* Not to be chosen when memory runs out. Called first. Failure is told by false. */
bool guard_oom(void);

/* Nobody's terminal and nobody's session: standard input, output and error are null. */
void guard_detach(void);

/*
 * Lock what there is and what will be in memory, have the stack there as well,
 * and keep allocations that the kernel makes for us from waiting for disks.
 * *note: what could not be had and is not needed, static text, or NULL.
 */
enum err_code guard_memory(const char **note, struct err *e);

/* Bytes of stack that were ever used since guard_memory(), and how many there are. */
size_t guard_stack_used(void);
size_t guard_stack_size(void);

/*
 * From now on any system call but those of the loop ends the process: none
 * that allocates memory, opens a file or waits for a disk. False: this kernel
 * cannot do that.
 */
bool guard_calls(void);

#endif
