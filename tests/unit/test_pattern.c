// SPDX-License-Identifier: GPL-2.0
/* Paths with wildcards: what a name matches, which paths are found. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "unit.h"
#include "../../activator/lib/pattern.h"

static void test_matches(void)
{
	static const char *const match[][2] = {
		{ "", "" }, { "vda", "vda" }, { "*", "" }, { "*", "vda" }, { "vd*", "vd" },
		{ "vd*", "vdaa" }, { "*a", "vda" }, { "*a", "aaa" }, { "v*d*a", "vxdxxdxa" },
		{ "**a", "a" }, { "vd?", "vda" }, { "vd[ab]", "vdb" }, { "vd[a-c]", "vdc" },
		{ "vd[!a-c]", "vdd" }, { "vd[^a]", "vdb" }, { "[]]", "]" }, { "[!]]", "a" },
		{ "[a-]", "-" }, { "[a-]", "a" }, { "[", "[" }, { "a[b", "a[b" }, { "\\*", "*" },
		{ "a\\?", "a?" }, { "\\", "\\" }, { "wwn-0x5000*-part?", "wwn-0x5000c5-part1" },
		{ ".*", ".a" }, { "*.conf", "a.b.conf" }, { "[\x80-\xff]", "\xc3" },
	};

	for (size_t i = 0; i < sizeof(match) / sizeof(match[0]); i++)
		if (!pattern_match(match[i][0], match[i][1]) && unit_fail())
			printf("# %s does not match %s\n", match[i][0], match[i][1]);
}

static void test_does_not_match(void)
{
	static const char *const differ[][2] = {
		{ "", "a" }, { "a", "" }, { "vda", "vd" }, { "vd", "vda" }, { "vd?", "vd" },
		{ "vd?", "vdaa" }, { "*a", "vdb" }, { "v*d*a", "vxxa" }, { "vd[ab]", "vdc" },
		{ "vd[a-c]", "vdd" }, { "vd[a-c]", "vd" }, { "vd[!a-c]", "vdb" }, { "[!]]", "]" },
		{ "[a", "a" }, { "\\*", "a" }, { "*", ".a" }, { "?a", ".a" }, { "[.]a", ".a" },
		{ "*.conf", "aconf" }, { "*.conf", "a.conf~" },
	};

	for (size_t i = 0; i < sizeof(differ) / sizeof(differ[0]); i++)
		if (pattern_match(differ[i][0], differ[i][1]) && unit_fail())
			printf("# %s matches %s\n", differ[i][0], differ[i][1]);
}

/* The paths that a pattern finds, with a blank behind each. */
static const char *paths_of(const char *pattern)
{
	static char all[256];
	char **paths = pattern_paths(pattern);

	*all = '\0';
	for (char **p = paths; *p; p++) {
		strcat(all, *p);
		strcat(all, " ");
	}
	pattern_free(paths);
	return all;
}

static void make_file(const char *path)
{
	FILE *f = fopen(path, "w");

	CHECK(f != NULL);
	if (f)
		fclose(f);
}

static void test_paths_that_are_there(void)
{
	static const char *const dirs[] = { "b", "a", ".hidden" };
	char top[] = "/tmp/test_pattern.XXXXXX", absolute[64], expected[192];

	CHECK(mkdtemp(top) != NULL);
	CHECK_EQ(chdir(top), 0);
	for (size_t i = 0; i < 3; i++) {
		char path[32];

		CHECK_EQ(mkdir(dirs[i], 0700), 0);
		snprintf(path, sizeof(path), "%s/2.conf", dirs[i]);
		make_file(path);
		snprintf(path, sizeof(path), "%s/1.conf", dirs[i]);
		make_file(path);
	}
	CHECK_STR(paths_of("*"), "a b ");
	CHECK_STR(paths_of("*/*.conf"), "a/1.conf a/2.conf b/1.conf b/2.conf ");
	CHECK_STR(paths_of("*/2.*"), "a/2.conf b/2.conf ");
	CHECK_STR(paths_of(".hidden//[1]*"), ".hidden//1.conf ");
	CHECK_STR(paths_of("a/1.conf"), "a/1.conf ");
	CHECK_STR(paths_of("a/3.conf"), "");
	CHECK_STR(paths_of("a/1.conf/*"), "");
	CHECK_STR(paths_of("*/"), "a/ b/ ");
	CHECK_STR(paths_of("c*/x"), "");
	CHECK_STR(paths_of(""), "");
	snprintf(absolute, sizeof(absolute), "%s/?/1*", top);
	snprintf(expected, sizeof(expected), "%s/a/1.conf %s/b/1.conf ", top, top);
	CHECK_STR(paths_of(absolute), expected);

	for (size_t i = 0; i < 3; i++) {
		CHECK_EQ(chdir(dirs[i]), 0);
		CHECK_EQ(unlink("1.conf") | unlink("2.conf"), 0);
		CHECK_EQ(chdir(".."), 0);
		CHECK_EQ(rmdir(dirs[i]), 0);
	}
	CHECK_EQ(rmdir(top), 0);
}

static const struct unit_test tests[] = {
	UNIT(test_matches),
	UNIT(test_does_not_match),
	UNIT(test_paths_that_are_there),
};

UNIT_MAIN(tests)
