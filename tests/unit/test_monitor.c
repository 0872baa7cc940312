// SPDX-License-Identifier: GPL-2.0
/* The monitor's policy: what is said when a status line changes; its text and its ring. */
#include "../../activator/monitor/event.h"
#include "../../activator/monitor/jobs.h"
#include "../../activator/monitor/ring.h"
#include "../../activator/monitor/uevent.h"
#include "unit.h"

/* ---- what is said ---- */

static struct event ev[EVENT_MAX];
static bool columns;
static struct mirror_status now;

/* Status lines of two slots unless the letters are more; NULL: seen for the first time. */
static unsigned int diff(const char *before, const char *after)
{
	struct mirror_status old;

	CHECK(!before || status_parse(before, &old));
	CHECK(status_parse(after, &now));
	return event_diff(before ? &old : NULL, &now, ev);
}

static const char *text_of(unsigned int i)
{
	static char text[512];
	struct event_volume v = { "g-m", columns, &now };
	struct line l = LINE(text);

	event_text(&l, &v, "sdb", &ev[i]);
	return text;
}

#define WHOLE	"1 2 MM 7 0/4 0,0 idle 0/0 0 0 0 - 0 0,0"
#define LOST	"1 2 MF 8 0/4 0,3 idle 0/0 0 0 2 degraded 0 0,0"
#define TARGET	"1 2 MT 8 0/4 0,3 recover 0/3 0 0 0 degraded 0 0,0"

static void test_nothing_changes(void)
{
	CHECK_EQ(diff(WHOLE, WHOLE), 0);
	CHECK_EQ(diff(NULL, WHOLE), 0);
	CHECK_EQ(diff(LOST, LOST), 0);
	/* numbers of what goes on are no news */
	CHECK_EQ(diff(TARGET, "1 2 MT 8 1/4 0,1 recover 2/3 90 0 0 degraded 0 0,0"), 0);
	CHECK_EQ(diff("1 2 MF 8 0/4 0,3 idle 0/0 0 0 2 degraded 0 0,0",
		      "1 2 MA 8 0/4 0,9 idle 0/0 0 0 2 degraded 0 0,0"), 0);
}

static void test_a_copy_fails(void)
{
	CHECK_EQ(diff(WHOLE, LOST), 1);
	CHECK_EQ(ev[0].slot, 1);
	CHECK_EQ(event_level(&ev[0]), 4);
	CHECK_EQ(event_job(&ev[0]), JOB_LOST);
	CHECK_STR(text_of(0), "g/m: copy on sdb failed (2 write errors); the volume goes on with 1 copy of 2; see to the disk, then: varyonvg g");

	/* a monitor that has just been started says what it finds */
	CHECK_EQ(diff(NULL, LOST), 1);
	CHECK_EQ(ev[0].kind, EVENT_LOST);
	CHECK_EQ(diff(NULL, "1 2 AM 8 0/4 3,0 idle 0/0 0 0 0 degraded 0 0,0"), 1);
	CHECK_EQ(ev[0].slot, 0);
	CHECK_STR(text_of(0), "g/m: copy on sdb is missing; the volume goes on with 1 copy of 2; see to the disk, then: varyonvg g");

	/* while it is brought up to date */
	CHECK_EQ(diff(TARGET, "1 2 MF 8 0/4 0,3 idle 0/0 0 0 1 degraded 0 0,0"), 1);
	CHECK_EQ(ev[0].kind, EVENT_LOST);
}

static void test_columns_are_no_copies(void)
{
	columns = true;
	CHECK_EQ(diff("1 3 MMM 7 0/4 0,0,0 idle 0/0 0 0 0 - 0 0,0,0",
		      "1 3 MFM 8 0/4 0,3,0 idle 0/0 0 0 1 degraded 0 0,0,0"), 1);
	CHECK_STR(text_of(0), "g/m: column on sdb failed (1 write error); the volume goes on with 2 columns of 3 and must not lose another; see to the disk, then: varyonvg g");
	CHECK_EQ(diff("1 3 MTM 8 0/4 0,3,0 recover 0/3 0 0 0 degraded 0 0,0,0",
		      "1 3 MMM 8 0/4 0,0,0 idle 0/0 0 0 0 - 0 0,0,0"), 2);
	CHECK_STR(text_of(0), "g/m: column on sdb is in sync");
	CHECK_STR(text_of(1), "g/m: all columns are in sync");
	columns = false;
}

static void test_the_last_copy_fails(void)
{
	CHECK_EQ(diff(LOST, "1 2 FF 8 0/4 0,3 idle 0/0 0 0 5 degraded,failed 0 0,0"), 2);
	CHECK_EQ(ev[0].kind, EVENT_LOST);
	CHECK_EQ(ev[1].kind, EVENT_NONE_LEFT);
	CHECK_EQ(event_level(&ev[1]), 3);
	CHECK_STR(text_of(1), "g/m: NO COPY CAN BE USED, all I/O fails; bring a disk back, then: varyonvg g");
	/* the module keeps the last member as such */
	CHECK_EQ(diff(LOST, "1 2 MF 8 0/4 0,3 idle 0/0 0 0 2 degraded,failed 0 0,0"), 1);
	CHECK_EQ(ev[0].kind, EVENT_NONE_LEFT);
}

static void test_a_copy_returns(void)
{
	CHECK_EQ(diff(LOST, TARGET), 1);
	CHECK_EQ(ev[0].kind, EVENT_BACK);
	CHECK_STR(text_of(0), "g/m: copy on sdb is being brought up to date: 3 regions to copy");
	CHECK_EQ(diff(TARGET, WHOLE), 2);
	CHECK_STR(text_of(0), "g/m: copy on sdb is in sync");
	CHECK_STR(text_of(1), "g/m: all copies are in sync");
	/* too fast to be seen on its way */
	CHECK_EQ(diff(LOST, WHOLE), 2);
	CHECK_EQ(ev[0].kind, EVENT_IN_SYNC);
	CHECK_EQ(ev[1].kind, EVENT_WHOLE);
}

static void test_copies_come_and_go_by_command(void)
{
	CHECK_EQ(diff(WHOLE, "1 3 MMT 7 0/4 0,0,9 recover 0/9 0 0 0 - 0 0,0,0"), 1);
	CHECK_EQ(ev[0].kind, EVENT_BACK);
	CHECK_EQ(ev[0].slot, 2);
	CHECK_EQ(diff(WHOLE, "1 2 M- 8 0/4 0,0 idle 0/0 0 0 0 - 0 0,0"), 1);
	CHECK_EQ(ev[0].kind, EVENT_LEFT);
	CHECK_EQ(event_job(&ev[0]), JOB_NONE);
	CHECK_EQ(diff(WHOLE, "1 2 MS 8 0/4 0,0 idle 0/0 0 0 0 degraded 0 0,0"), 1);
	CHECK_EQ(ev[0].kind, EVENT_SPLIT);
	CHECK(!event_degraded(&now));
}

static void test_work_begins_and_ends(void)
{
	static const char check[] = "1 2 MM 7 0/4 0,0 check 1/9 0 0 0 - 0 0,0";
	static const char resync[] = "1 2 MM 7 2/4 0,0 resync 1/9 0 0 0 - 0 0,0";

	CHECK_EQ(diff(WHOLE, resync), 1);
	CHECK_STR(text_of(0), "g/m: resync has begun");
	CHECK_EQ(diff(NULL, resync), 1);
	CHECK_EQ(diff(resync, WHOLE), 1);
	CHECK_STR(text_of(0), "g/m: resync has ended");
	CHECK_EQ(event_level(&ev[0]), 5);
	CHECK_EQ(diff(resync, check), 2);
	CHECK_EQ(ev[0].kind, EVENT_WORK_DONE);
	CHECK_EQ(ev[1].kind, EVENT_WORK_BEGUN);
	CHECK_EQ(diff(check, "1 2 MM 7 0/4 0,0 idle 0/0 0 0 0 - 8 0,0"), 1);
	CHECK_STR(text_of(0), "g/m: check has ended: 8 sectors found to differ");
	CHECK_EQ(event_level(&ev[0]), 4);
	/* begun and ended between two looks: only what it found is news */
	CHECK_EQ(diff(WHOLE, "1 2 MM 7 0/4 0,0 idle 0/0 0 0 0 - 8 0,0"), 1);
	CHECK_STR(text_of(0), "g/m: check has ended: 8 sectors found to differ");
	CHECK_EQ(diff("1 2 MM 7 0/4 0,0 idle 0/0 0 0 0 - 8 0,0", WHOLE), 0);
	CHECK_EQ(diff(WHOLE, "1 2 MM 7 0/4 0,0 frozen 0/0 0 0 0 - 0 0,0"), 1);
	CHECK_EQ(ev[0].kind, EVENT_FROZEN);
}

static void test_errors_and_bad_blocks(void)
{
	CHECK_EQ(diff(WHOLE, "1 2 MM 7 0/4 0,0 idle 0/0 0 1 0 - 0 0,0"), 1);
	CHECK_STR(text_of(0), "g/m: 1 read error, made good from another copy; see lspv --bad-blocks and the kernel log");
	/* counters begin anew with a new table */
	CHECK_EQ(diff("1 2 MM 7 0/4 0,0 idle 0/0 0 5 5 - 0 0,0", WHOLE), 0);
	CHECK_EQ(diff("1 2 MM 7 0/4 0,0 idle 0/0 0 5 0 - 0 0,1",
		      "1 2 MM 7 0/4 0,0 idle 0/0 0 5 0 - 0 0,3"), 1);
	CHECK_STR(text_of(0), "g/m: copy on sdb has 2 more bad blocks, relocated to spare ones; consider replacepv");
	CHECK_EQ(diff(WHOLE, "1 2 MM 7 0/4 0,2 idle 0/0 0 0 0 - 0 0,0"), 1);
	CHECK_EQ(ev[0].kind, EVENT_BAD_PLACES);
}

static void test_most_events_at_once_fit(void)
{
	struct mirror_status old;

	CHECK(status_parse("1 8 FFFFFFFF 7 0/4 0,0,0,0,0,0,0,0 check 0/0 0 0 0 degraded 0 0,0,0,0,0,0,0,0",
			   &old));
	CHECK(status_parse("1 8 MMMMMMMM 7 0/4 1,1,1,1,1,1,1,1 resync 0/0 0 9 9 failed 1 1,1,1,1,1,1,1,1",
			   &now));
	CHECK(event_diff(&old, &now, ev) <= EVENT_MAX);
	memset(old.letters, 'M', 8);
	CHECK(event_diff(&old, &now, ev) <= EVENT_MAX);
}

/* ---- text ---- */

static const char *volume(const char *name)
{
	static char text[64];
	struct line l = LINE(text);

	line_volume(&l, name);
	return text;
}

static void test_text(void)
{
	char small[6], word[4];
	struct line l = LINE(small);
	const char *s = " abcdef 18446744073709551615 x1";
	uint64_t n;

	CHECK_STR(volume("g-m"), "g/m");
	CHECK_STR(volume("my--vg-a--b"), "my-vg/a-b");
	CHECK_STR(volume("plain"), "plain");
	line_num(&l, 0);
	line_num(&l, UINT64_MAX);
	CHECK_STR(small, "01844");
	CHECK(line_word(&s, word, sizeof(word)));
	CHECK_STR(word, "abc");
	CHECK(!line_word_num(&s, &n));
	CHECK(!line_word_num(&s, &n));
	CHECK(!line_word(&s, word, sizeof(word)));
	s = "17 0";
	CHECK(line_word_num(&s, &n));
	CHECK_EQ(n, 17);
	CHECK(line_word_num(&s, &n));
	CHECK_EQ(n, 0);
	CHECK(!line_word_num(&s, &n));
}

static void test_ring(void)
{
	static struct ring r;
	char text[600];

	CHECK(!ring_from(&r, 0));
	for (unsigned int i = 1; i <= RING_LINES; i++)
		CHECK_EQ(ring_add(&r, 6, i, "x")->number, i);
	CHECK_EQ(ring_from(&r, 0)->number, 1);
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK_EQ(strlen(ring_add(&r, 4, 999, text)->text), RING_TEXT - 1);
	/* the oldest has gone, and who asks for it gets the next */
	CHECK_EQ(ring_from(&r, 1)->number, 2);
	CHECK_EQ(ring_from(&r, RING_LINES + 1)->ms, 999);
	CHECK(!ring_from(&r, RING_LINES + 2));
}

/* ---- what is to be done ---- */

static struct jobs jobs;

static const char *next_job(uint64_t time)
{
	static char text[64];
	struct line l = LINE(text);

	return jobs_next(&jobs, time, &l) ? text : "none";
}

static void health(const char *vgid, bool degraded, uint64_t time)
{
	jobs_health_begin(&jobs);
	jobs_health(&jobs, vgid, false, false);
	jobs_health(&jobs, vgid, degraded, false);
	jobs_health_end(&jobs, time);
}

static void test_one_job_at_a_time(void)
{
	memset(&jobs, 0, sizeof(jobs));
	CHECK_STR(next_job(0), "none");
	jobs_lost(&jobs, "a");
	jobs_lost(&jobs, "a");
	jobs_lost(&jobs, "b");
	CHECK_EQ(jobs_waiting(&jobs), 2);
	CHECK_STR(next_job(0), "lost a");
	CHECK_STR(next_job(0), "none");
	CHECK(!jobs_late(&jobs, JOBS_LATE - 1));
	CHECK(jobs_late(&jobs, JOBS_LATE));
	CHECK(!jobs_late(&jobs, JOBS_LATE));
	jobs_done(&jobs, false);
	CHECK_STR(next_job(0), "lost b");
	jobs_done(&jobs, false);
	CHECK_STR(next_job(0), "none");
}

static void test_copies_come_back_more_and_more_slowly(void)
{
	uint64_t pause = JOBS_PAUSE_MIN, time = 1;

	memset(&jobs, 0, sizeof(jobs));
	health("a", false, time);
	jobs_disk_came(&jobs);
	CHECK_STR(next_job(time), "none");
	health("a", true, time);
	CHECK_STR(next_job(time), "none");
	for (int i = 0; i < 20; i++) {
		jobs_disk_came(&jobs);
		CHECK_STR(next_job(time), "return a");
		jobs_done(&jobs, false);
		jobs_disk_came(&jobs);
		CHECK_STR(next_job(time + pause - 1), "none");
		time += pause;
		pause = pause * 2 < JOBS_PAUSE_MAX ? pause * 2 : JOBS_PAUSE_MAX;
	}
	/* whole for long: the next time there is no need to wait */
	health("a", false, time);
	health("a", false, time + JOBS_WHOLE);
	CHECK_EQ(jobs_waiting(&jobs), 0);
	CHECK_EQ(jobs.vg[0].pause, JOBS_PAUSE_MIN);
}

/* A job that met a suspended volume is wanted again when none is suspended. */
static void test_jobs_are_put_off(void)
{
	memset(&jobs, 0, sizeof(jobs));
	health("a", true, 1);
	jobs_lost(&jobs, "a");
	CHECK_STR(next_job(1), "lost a");
	jobs_done(&jobs, true);
	jobs_health_begin(&jobs);
	jobs_health(&jobs, "a", true, false);
	jobs_health(&jobs, "a", false, true);
	jobs_health_end(&jobs, 2);
	CHECK_EQ(jobs_waiting(&jobs), 0);
	health("a", true, 3);
	CHECK_STR(next_job(3), "lost a");
	jobs_done(&jobs, false);
	CHECK_STR(next_job(3), "return a");
	jobs_done(&jobs, true);
	/* nothing is lacking any more */
	health("a", false, 4);
	CHECK_EQ(jobs_waiting(&jobs), 0);
	health("a", true, 5);
	CHECK_EQ(jobs_waiting(&jobs), 0);
}

/* A disk that was pulled and plugged in before its volume noticed. */
static void test_disk_came_before_the_loss(void)
{
	memset(&jobs, 0, sizeof(jobs));
	health("a", false, 1);
	jobs_disk_came(&jobs);
	CHECK_STR(next_job(1), "none");
	for (int i = 0; i < 2; i++) {
		jobs_lost(&jobs, "a");
		health("a", true, 2);
		CHECK_STR(next_job(2), "lost a");
		jobs_done(&jobs, false);
		/* once for each disk that comes */
		CHECK_STR(next_job(2), i ? "none" : "return a");
		jobs_done(&jobs, false);
	}
}

static void test_vgs_are_held_and_forgotten(void)
{
	char vgid[16];

	memset(&jobs, 0, sizeof(jobs));
	jobs_lost(&jobs, "a");
	jobs_hold(&jobs, 100);
	CHECK_STR(next_job(99), "none");
	CHECK_STR(next_job(100), "lost a");
	/* as long as something is done for it, its place is kept */
	health("b", true, 100);
	CHECK_STR(jobs.vg[0].vgid, "a");
	jobs_done(&jobs, false);
	health("b", true, 100);
	CHECK_STR(jobs.vg[0].vgid, "");
	for (int i = 0; i < JOBS_VGS + 3; i++) {
		snprintf(vgid, sizeof(vgid), "v%d", i);
		jobs_lost(&jobs, vgid);
	}
	CHECK_EQ(jobs_waiting(&jobs), JOBS_VGS - 1);
}

static bool counts(const char *message, size_t len)
{
	unsigned int major, minor;

	return uevent_counts(message, len, &major, &minor) && major == 8 && minor == 16;
}

#define UEVENT(action, subsystem, more) \
	counts(action "@/devices/x\0ACTION=" action "\0DEVPATH=/devices/x\0SUBSYSTEM=" subsystem \
	       "\0MAJOR=8\0MINOR=16" more, \
	       sizeof(action "@/devices/x\0ACTION=" action "\0DEVPATH=/devices/x\0SUBSYSTEM=" \
		      subsystem "\0MAJOR=8\0MINOR=16" more))

static void test_disks_that_come(void)
{
	CHECK(UEVENT("add", "block", ""));
	CHECK(UEVENT("change", "block", "\0DISK_MEDIA_CHANGE=1"));
	CHECK(!UEVENT("remove", "block", ""));
	CHECK(!UEVENT("add", "net", ""));
	/* udev, after somebody has written */
	CHECK(!UEVENT("change", "block", "\0SYNTH_UUID=0"));
	CHECK(!counts("", 1));
	CHECK(!counts("ACTION", 7));
}

static const struct unit_test tests[] = {
	UNIT(test_nothing_changes),
	UNIT(test_a_copy_fails),
	UNIT(test_columns_are_no_copies),
	UNIT(test_the_last_copy_fails),
	UNIT(test_a_copy_returns),
	UNIT(test_copies_come_and_go_by_command),
	UNIT(test_work_begins_and_ends),
	UNIT(test_errors_and_bad_blocks),
	UNIT(test_most_events_at_once_fit),
	UNIT(test_text),
	UNIT(test_ring),
	UNIT(test_one_job_at_a_time),
	UNIT(test_copies_come_back_more_and_more_slowly),
	UNIT(test_jobs_are_put_off),
	UNIT(test_disk_came_before_the_loss),
	UNIT(test_vgs_are_held_and_forgotten),
	UNIT(test_disks_that_come),
};

UNIT_MAIN(tests)
