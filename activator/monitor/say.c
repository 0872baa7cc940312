// SPDX-License-Identifier: GPL-2.0
/* Messages of the monitor; see say.h. */
#include <time.h>
#include <unistd.h>
#include "line.h"
#include "say.h"

static struct ring ring;
static int kmsg = -1;
static uint64_t lost;

void say_init(int kmsg_fd)
{
	kmsg = kmsg_fd;
}

uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Facility 3: a daemon. One write is one record. */
static void to_kernel(const struct ring_line *r)
{
	char text[RING_TEXT + 32];
	struct line l = LINE(text);

	line_str(&l, "<");
	line_num(&l, 3 * 8 + r->level);
	line_str(&l, ">varyon: ");
	line_str(&l, r->text);
	line_str(&l, "\n");
	if (write(kmsg, text, l.len) < 0)
		lost++;
}

static const struct ring_line *add(uint32_t level, uint64_t ms, const char *text)
{
	char safe[RING_TEXT];
	size_t i;

	for (i = 0; text[i] && i < sizeof(safe) - 1; i++)
		safe[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	safe[i] = '\0';
	return ring_add(&ring, level, ms, safe);
}

void say(uint32_t level, const char *text)
{
	const struct ring_line *r = add(level, now_ms(), text);

	if (kmsg >= 0)
		to_kernel(r);
}

void say_quietly(uint32_t level, const char *text)
{
	add(level, now_ms(), text);
}

void say_again(uint32_t level, uint64_t ms, const char *text)
{
	add(level, ms, text);
}

const struct ring *say_ring(void)
{
	return &ring;
}

uint64_t say_lost(void)
{
	return lost;
}
