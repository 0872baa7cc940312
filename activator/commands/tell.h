/* SPDX-License-Identifier: GPL-2.0 */
/* Telling the console and the kernel log, before and after there is a system log. */
#ifndef VARYON_TELL_H
#define VARYON_TELL_H

/*
 * "varyon: text" to standard error each time, and to the kernel log once: what
 * was told is kept below the run directory, for later passes.
 */
void tell(const char *text);
void tellf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
