/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The unit runner. A test program has one file, test_NAME.c, that lists its
 * tests and ends with UNIT_MAIN:
 *
 *	static void test_adds(void) { CHECK_EQ(1 + 1, 2); }
 *	static const struct unit_test tests[] = { UNIT(test_adds) };
 *	UNIT_MAIN(tests)
 *
 * Each test prints one TAP line; each failed check prints where and what, up
 * to UNIT_MAX_SHOWN of a test, and the test goes on.
 */
#ifndef UNIT_H
#define UNIT_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define UNIT_MAX_SHOWN	10

struct unit_test {
	const char *name;
	void (*run)(void);
};

static unsigned int unit_failures;	/* of the running test */

#define UNIT(fn) { #fn, fn }

/* Count a failure; true when it is still to be shown. */
static inline bool unit_fail(void)
{
	return ++unit_failures <= UNIT_MAX_SHOWN;
}

#define CHECK(cond) do { \
	if (!(cond) && unit_fail()) \
		printf("# %s:%d: not true: %s\n", __FILE__, __LINE__, #cond); \
} while (0)

/* Integers up to 64 bits; evaluates each side once. */
#define CHECK_EQ(got, want) do { \
	uint64_t got_ = (uint64_t)(got), want_ = (uint64_t)(want); \
	if (got_ != want_ && unit_fail()) \
		printf("# %s:%d: %s is 0x%" PRIx64 ", not 0x%" PRIx64 "\n", \
		       __FILE__, __LINE__, #got, got_, want_); \
} while (0)

#define CHECK_STR(got, want) do { \
	const char *got_ = (got), *want_ = (want); \
	if ((!got_ || strcmp(got_, want_)) && unit_fail()) \
		printf("# %s:%d: %s is \"%s\", not \"%s\"\n", __FILE__, __LINE__, \
		       #got, got_ ? got_ : "(null)", want_); \
} while (0)

/* Bytes; shows the first that differs. */
#define CHECK_MEM(got, want, len) do { \
	const unsigned char *got_ = (const void *)(got), *want_ = (const void *)(want); \
	size_t len_ = (len), at_ = 0; \
	while (at_ < len_ && got_[at_] == want_[at_]) \
		at_++; \
	if (at_ < len_ && unit_fail()) \
		printf("# %s:%d: %s: byte %zu is 0x%02x, not 0x%02x\n", __FILE__, __LINE__, \
		       #got, at_, got_[at_], want_[at_]); \
} while (0)

static inline int unit_run(const struct unit_test *tests, size_t n)
{
	size_t i, failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", n);
	for (i = 0; i < n; i++) {
		unit_failures = 0;
		tests[i].run();
		if (unit_failures)
			printf("# %u failed checks\n", unit_failures);
		printf("%sok %zu - %s\n", unit_failures ? "not " : "", i + 1, tests[i].name);
		failed += unit_failures != 0;
	}
	return failed != 0;
}

#define UNIT_MAIN(tests) \
	int main(void) { return unit_run(tests, sizeof(tests) / sizeof((tests)[0])); }

#endif
