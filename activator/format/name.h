/* SPDX-License-Identifier: GPL-2.0 */
/* Names of VGs and LVs: they become file names and words of a command line. */
#ifndef VARYON_NAME_H
#define VARYON_NAME_H

#include <stddef.h>
#include <stdint.h>

/*
 * NULL when s is a name of at most max bytes: letters, digits and . _ + -
 * with neither - nor . in front. Otherwise why not.
 */
const char *name_why_bad(const char *s, size_t max);

/*
 * Text from a fixed field of len bytes into dst (len bytes too, NUL at the
 * end). Returns NULL, or why the field is refused: no NUL in it, or a control
 * character.
 */
const char *name_from_field(char *dst, const uint8_t *field, size_t len);

#endif
