/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the monitor has to say goes to the kernel's log and to its own ring:
 * neither is on a disk.
 */
#ifndef VARYON_SAY_H
#define VARYON_SAY_H

#include "ring.h"

/* kmsg_fd: /dev/kmsg, not blocking; -1: there is none. */
void say_init(int kmsg_fd);

/* Level as of the kernel's log; bytes that are not printable ASCII are shown as '?'. */
void say(uint32_t level, const char *text);

/* The same, but for the ring alone: too much for the kernel's log. */
void say_quietly(uint32_t level, const char *text);

/* A line as another monitor had it. */
void say_again(uint32_t level, uint64_t ms, const char *text);

const struct ring *say_ring(void);

/* Lines that the kernel's log did not take. */
uint64_t say_lost(void);

/* Milliseconds since the machine was started, also over a time of sleep. */
uint64_t now_ms(void);

#endif
