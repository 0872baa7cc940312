// SPDX-License-Identifier: GPL-2.0
/* Dates as text, against those of the C library. */
#include <time.h>
#include "unit.h"
#include "../../activator/lib/text.h"

static void check_date(uint32_t seconds)
{
	char got[TEXT_DATE_LEN], want[TEXT_DATE_LEN];
	time_t when = seconds;
	struct tm tm;

	text_date(got, seconds);
	CHECK(gmtime_r(&when, &tm) != NULL);
	strftime(want, sizeof(want), "%Y-%m-%d %H:%M:%S UTC", &tm);
	CHECK_STR(got, want);
}

/* Each day that there is in 32 bits of seconds, at both of its ends. */
static void test_every_day(void)
{
	for (uint32_t day = 0; day < UINT32_MAX / 86400; day++) {
		check_date(day * 86400);
		check_date(day * 86400 + 86399);
	}
}

static void test_times_of_a_day(void)
{
	for (uint32_t s = 0; s < 86400; s += 61)
		check_date(1767225600 + s);
}

static void test_the_last_date(void)
{
	char date[TEXT_DATE_LEN];

	text_date(date, UINT32_MAX);
	CHECK_STR(date, "2106-02-07 06:28:15 UTC");
}

static const struct unit_test tests[] = {
	UNIT(test_every_day),
	UNIT(test_times_of_a_day),
	UNIT(test_the_last_date),
};

UNIT_MAIN(tests)
