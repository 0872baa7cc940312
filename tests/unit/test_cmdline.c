// SPDX-License-Identifier: GPL-2.0
/* The options of the kernel command line: what they ask for, what is refused. */
#include <stdlib.h>
#include <unistd.h>
#include "../../activator/commands/cmdline.h"
#include "unit.h"

#define VGID "00c8b12ce3c7d4960000013500a1b2c3"

static struct cmdline cl;

/* Parse a line; the caller ends cl with cmdline_free(). */
static void parse(const char *line)
{
	char path[] = "/tmp/cmdline.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");

	fputs(line, f);
	fclose(f);
	CHECK_EQ(cmdline_read(path, &cl, NULL), ERR_OK);
	unlink(path);
}

static void check_want(unsigned int i, const char *vg, const char *lv, const char *device)
{
	CHECK(i < cl.num_wants);
	if (i >= cl.num_wants)
		return;
	CHECK_STR(cl.wants[i].vg, vg);
	CHECK_STR(cl.wants[i].lv, lv);
	if (device)
		CHECK_STR(cl.wants[i].device, device);
	else
		CHECK(!cl.wants[i].device);
}

static void test_defaults(void)
{
	parse("quiet splash root=UUID=1234 ro resume=/dev/sda3 rd.luks.uuid=1 varyon.x\n");
	CHECK(cl.enabled && !cl.debug && cl.monitor);
	CHECK_EQ(cl.num_wants, 0);
	CHECK_EQ(cl.wait, 10);
	CHECK_EQ(cl.degraded, DEGRADED_YES);
	CHECK_EQ(cl.quorum, ACT_QUORUM_VG);
	CHECK_EQ(cl.resync, RESYNC_AUTO);
	CHECK_EQ(cl.num_pv + cl.num_imports + cl.num_prefer + cl.num_complaints, 0);
	cmdline_free(&cl);
}

static void test_every_option(void)
{
	parse("rd.varyon=1 rd.varyon.vg=rootvg rd.varyon.lv=datavg/srv rd.varyon.wait=25"
	      " rd.varyon.degraded=ro rd.varyon.quorum=off rd.varyon.resync=idle"
	      " rd.varyon.prefer=00C8B12CE3C7D496 rd.varyon.debug rd.varyon.monitor=off"
	      " rd.varyon.pv=/dev/disk/by-id/wwn-* rd.varyon.pv=sd[ab] rd.varyon.nbd=[fe80::1]:10809/leg"
	      " rd.varyon.import=" VGID ":aixvg");
	CHECK_EQ(cl.num_complaints, 0);
	CHECK(cl.enabled && cl.debug && !cl.monitor);
	CHECK_EQ(cl.num_wants, 3);
	check_want(0, "rootvg", "", NULL);
	check_want(1, "datavg", "srv", NULL);
	check_want(2, VGID, "", NULL);
	CHECK_EQ(cl.wait, 25);
	CHECK_EQ(cl.degraded, DEGRADED_RO);
	CHECK_EQ(cl.quorum, ACT_QUORUM_OFF);
	CHECK_EQ(cl.resync, RESYNC_IDLE);
	CHECK_EQ(cl.num_prefer, 1);
	CHECK_STR(cl.prefer[0], "00c8b12ce3c7d496");
	CHECK_EQ(cl.num_pv, 2);
	CHECK_STR(cl.pv[0], "/dev/disk/by-id/wwn-*");
	CHECK_STR(cl.pv[1], "/dev/sd[ab]");
	CHECK_EQ(cl.num_imports, 1);
	CHECK_STR(cl.imports[0].vgid, VGID);
	CHECK_STR(cl.imports[0].name, "aixvg");
	cmdline_free(&cl);
}

static void test_later_words_win(void)
{
	parse("rd.varyon.wait=1 rd.varyon.resync=off rd.varyon=0\n"
	      "rd.varyon.wait=2 rd.varyon.resync=auto rd.varyon=on rd.varyon.debug=no");
	CHECK_EQ(cl.wait, 2);
	CHECK_EQ(cl.resync, RESYNC_AUTO);
	CHECK(cl.enabled && !cl.debug);
	cmdline_free(&cl);
}

static void test_devices(void)
{
	parse("root=/dev/mapper/root--vg-root resume=/dev/swapvg/swap"
	      " mount.usr=block:/dev/mapper/usrvg-usr");
	CHECK_EQ(cl.num_wants, 3);
	check_want(0, "root-vg", "root", "/dev/mapper/root--vg-root");
	check_want(1, "swapvg", "swap", "/dev/swapvg/swap");
	check_want(2, "usrvg", "usr", "/dev/mapper/usrvg-usr");
	cmdline_free(&cl);
	parse("root=/dev/disk/by-label/x resume=/dev/md/swap mount.usr=/dev/sda1"
	      " root=/dev/mapper/luks root=/dev/a/b/c root=LABEL=/dev/vg/lv root=/dev/vg/");
	CHECK_EQ(cl.num_wants, 0);
	CHECK_EQ(cl.num_complaints, 0);
	cmdline_free(&cl);
	/* Asked for by name as well, it is ours for certain; and once. */
	parse("root=/dev/mapper/rootvg-root rd.varyon.lv=rootvg/root");
	CHECK_EQ(cl.num_wants, 1);
	check_want(0, "rootvg", "root", NULL);
	cmdline_free(&cl);
}

static void test_ids(void)
{
	parse("rd.varyon.vg=00C8B12CE3C7D4960000013500A1B2C3 rd.varyon.lv=" VGID "/root");
	CHECK_EQ(cl.num_wants, 2);
	check_want(0, VGID, "", NULL);
	check_want(1, VGID, "root", NULL);
	cmdline_free(&cl);
}

/* Each is reported by name, and the option before and after it applies. */
static void test_malformed(void)
{
	static const char *const bad[] = {
		"rd.varyon=maybe", "rd.varyon.vg=", "rd.varyon.vg", "rd.varyon.vg=a/b",
		"rd.varyon.vg=x234567890123456789012345678901234567890123456789012345678901234",
		"rd.varyon.lv=vg", "rd.varyon.lv=vg/", "rd.varyon.lv=/lv", "rd.varyon.lv=a/b/c",
		"rd.varyon.wait=soon", "rd.varyon.wait=-1", "rd.varyon.wait=86401",
		"rd.varyon.wait", "rd.varyon.degraded=perhaps", "rd.varyon.quorum=yes",
		"rd.varyon.prefer=sda", "rd.varyon.prefer=00c8b12ce3c7d49",
		"rd.varyon.resync=fast", "rd.varyon.pv=", "rd.varyon.nbd=server",
		"rd.varyon.debug=2",
		"rd.varyon.import=aixvg", "rd.varyon.import=" VGID, "rd.varyon.import=" VGID ":",
		"rd.varyon.import=" VGID ":-x", "rd.varyon.import=00c8b12c:aixvg",
		"rd.varyon.nonsense=1", "rd.varyon_wait=1"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[256];

		snprintf(line, sizeof(line), "rd.varyon.wait=7 %s rd.varyon.lv=vg/lv", bad[i]);
		parse(line);
		CHECK_EQ(cl.num_complaints, 1);
		if (cl.num_complaints == 1)
			CHECK(!strncmp(cl.complaints[0], bad[i], strlen(bad[i])));
		CHECK_EQ(cl.wait, 7);
		CHECK_EQ(cl.num_wants, 1);
		CHECK_EQ(cl.num_imports + cl.num_prefer + cl.num_pv, 0);
		CHECK(cl.enabled && !cl.debug);
		cmdline_free(&cl);
	}
}

static void test_words(void)
{
	parse("\t\"rd.varyon.vg=root vg\"  rd.varyon.lv=\"vg/l v\"\n\n rd.varyon.vg=last");
	CHECK_EQ(cl.num_wants, 3);
	check_want(0, "root vg", "", NULL);
	check_want(1, "vg", "l v", NULL);
	check_want(2, "last", "", NULL);
	cmdline_free(&cl);
	parse("");
	CHECK_EQ(cl.num_wants + cl.num_complaints, 0);
	cmdline_free(&cl);
}

static void test_file_missing(void)
{
	struct err e = { 0 };

	CHECK_EQ(cmdline_read("/nonexistent/cmdline", &cl, &e), ERR_IO);
	CHECK(strstr(e.text, "/nonexistent/cmdline"));
}

static const struct unit_test tests[] = {
	UNIT(test_defaults), UNIT(test_every_option), UNIT(test_later_words_win),
	UNIT(test_devices), UNIT(test_ids), UNIT(test_malformed), UNIT(test_words),
	UNIT(test_file_missing),
};

UNIT_MAIN(tests)
