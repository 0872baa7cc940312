/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Paths with wildcards, as in the shell: * any characters, ? one, [a-f] and [!a-f]
 * one of a set, \ takes the meaning of what follows. No wildcard stands for a slash,
 * nor for a dot at the beginning of a name.
 *
 * Not glob() of the C library: with the tables of characters that it asks for, it is
 * a twentieth of what varyon adds to an initramfs.
 */
#ifndef VARYON_PATTERN_H
#define VARYON_PATTERN_H

#include <stdbool.h>

/* Does the pattern match this name, which has no slash? */
bool pattern_match(const char *pattern, const char *name);

/*
 * The paths that are there and match, sorted by their bytes, with a NULL behind the
 * last; never NULL itself. The caller owns it: pattern_free().
 */
char **pattern_paths(const char *pattern);

void pattern_free(char **paths);

#endif
