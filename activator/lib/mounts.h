/* SPDX-License-Identifier: GPL-2.0 */
/* Which mount points there are. */
#ifndef VARYON_MOUNTS_H
#define VARYON_MOUNTS_H

#include <stdbool.h>

/* Is it dir, or something below it? As text; dir "" has everything below it. */
bool path_is_below(const char *path, const char *dir);

/*
 * The mount points at and below dir, as far as this process can reach them, in
 * the order of mounting. NULL without /proc. The caller owns the list and each
 * of its *count paths.
 */
char **mounts_below(const char *dir, unsigned int *count);

#endif
