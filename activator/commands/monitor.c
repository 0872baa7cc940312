// SPDX-License-Identifier: GPL-2.0
/*
 * varyon monitor: watch the volumes; varyon ping, log, hold, release: ask who does. The
 * monitor itself is in activator/monitor/.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "../monitor/serve.h"
#include "../monitor/start.h"
#include "cmd.h"
#include "cmdline.h"
#include "monitor.h"

enum { OPT_ALLOW_DISK = OPT_LONG_ONLY, OPT_ONLY_WATCH, OPT_TAKEOVER, OPT_STOP, OPT_INITRAMFS };

#define HOLD_SECONDS	"600"

static const struct opt monitor_opts[] = {
	{ 'b', "background", NULL, "return when it is ready" },
	{ OPT_ALLOW_DISK, "allow-disk", NULL, "also when the program lies on a disk" },
	{ OPT_ONLY_WATCH, "only-watch", NULL, "tell what happens, and change nothing" },
	{ OPT_TAKEOVER, "takeover", NULL, "replace a monitor that runs" },
	{ OPT_STOP, "stop", NULL, "end the monitor that runs" },
	{ OPT_INITRAMFS, "initramfs", NULL, "in the background, to go on when root is entered, unless rd.varyon.monitor=0" },
	{ 0 }
};

static const struct opt_spec monitor_spec = {
	"varyon monitor", "", "Watch the volumes: tell what happens to them, and take back copies that return.", monitor_opts, 0, 0
};

static const struct opt ping_opts[] = { OPT_JSON_ENTRY, { 0 } };

static const struct opt_spec ping_spec = {
	"varyon ping", "", "Ask the monitor how it does.", ping_opts, 0, 0
};

static const struct opt log_opts[] = {
	{ 'f', "follow", NULL, "go on with what is yet to come" },
	OPT_JSON_ENTRY,
	{ 0 }
};

static const struct opt_spec log_spec = {
	"varyon log", "", "Show what the monitor had to tell.", log_opts, 0, 0
};

/* ---- asking ---- */

enum err_code monitor_ask(const char *request, void (*each)(const char *line, void *data),
			  void *data, struct err *e)
{
	const struct timeval patience = { .tv_sec = 10 };
	char text[SERVE_PACKET];
	enum err_code code = ERR_OK;
	bool reset = false, answered = false;
	int fd = serve_connect();
	ssize_t len;

	if (fd == -ECONNREFUSED)
		return err_set(e, ERR_NOTFOUND, "no monitor runs; varyon monitor starts one");
	if (fd < 0)
		return err_set(e, ERR_IO, "cannot reach the monitor: %s", strerror(-fd));
	if (strncmp(request, "follow", 6))
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0) {
		reset = errno == EPIPE;
		if (!reset)
			code = err_set(e, ERR_IO, "cannot ask the monitor: %s", strerror(errno));
	}
	while (!code && (len = recv(fd, text, sizeof(text) - 1, 0)) != 0) {
		/* who refuses need not have read the request; why comes after this error */
		if (len < 0 && errno == ECONNRESET && !reset) {
			reset = true;
			continue;
		}
		if (len < 0) {
			code = err_set(e, ERR_IO, "the monitor does not answer: %s",
				       strerror(errno));
			break;
		}
		answered = true;
		text[len] = '\0';
		if (!strncmp(text, "error ", 6))
			code = err_set(e, ERR_FAILED, "the monitor says: %s", text + 6);
		else if (each)
			each(text, data);
	}
	if (!code && reset && !answered)
		code = err_set(e, ERR_IO, "the monitor has ended the connection");
	close(fd);
	return code;
}

/* ---- monitor ---- */

static bool is_wanted(void)
{
	struct cmdline cl;
	bool wanted = !cmdline_read(NULL, &cl, NULL) && cl.monitor;

	cmdline_free(&cl);
	return wanted;
}

int cmd_monitor(int argc, char **argv)
{
	struct monitor_opts o = { .title = program_invocation_name, .job = monitor_job };
	struct err e = { 0 };
	struct opt_iter it;
	bool stop = false;
	int c, status;

	while ((c = opt_next(&it, &monitor_spec, argc, argv)) > 0) {
		switch (c) {
		case 'b':
			o.background = true;
			break;
		case OPT_ALLOW_DISK:
			o.allow_disk = true;
			break;
		case OPT_ONLY_WATCH:
			o.job = NULL;
			break;
		case OPT_TAKEOVER:
			o.take_over = true;
			break;
		case OPT_STOP:
			stop = true;
			break;
		case OPT_INITRAMFS:
			o.initramfs = o.background = true;
			break;
		}
	}
	if (c < 0)
		return it.status;
	if (o.initramfs && !is_wanted())
		return ERR_OK;
	status = stop ? monitor_ask("stop", NULL, NULL, &e) : monitor_start(&o, &e);
	return status ? cmd_fail("varyon monitor", &e, false) : ERR_OK;
}

/* ---- ping ---- */

static void add_pairs(const char *line, void *data)
{
	char word[64];

	while (line_word(&line, word, sizeof(word))) {
		char *value = strchr(word, '=');
		uint64_t n;

		if (!value)
			continue;
		*value++ = '\0';
		if (text_num(value, UINT64_MAX, &n))
			rec_num(data, word, n);
	}
}

static void print_line(const char *line, void *data)
{
	(void)data;
	puts(line);
}

int cmd_ping(int argc, char **argv)
{
	struct rows *rows = rows_new();
	struct rec *r = rec_new();
	struct err e = { 0 };
	struct opt_iter it;
	bool json = false;
	int c, status;

	while ((c = opt_next(&it, &ping_spec, argc, argv)) > 0)
		json = true;
	if (c < 0)
		return it.status;
	status = monitor_ask("ping", json ? add_pairs : print_line, r, &e);
	rows_add(rows, r);
	if (!status && json)
		rows_print_json(rows);
	rows_free(rows);
	return status ? cmd_fail("varyon ping", &e, json) : ERR_OK;
}

/* ---- log ---- */

static const char *level_name(uint64_t level)
{
	static const char *const names[] = { "error", "warning", "notice", "info" };

	return level >= 3 && level <= 6 ? names[level - 3] : "other";
}

struct message {
	uint64_t number, ms, level;
	const char *text;
};

static bool parse_message(const char *line, struct message *m)
{
	if (!line_word_num(&line, &m->number) || !line_word_num(&line, &m->ms) ||
	    !line_word_num(&line, &m->level) || *line != ' ')
		return false;
	m->text = line + 1;
	return true;
}

static void add_message(const char *line, void *data)
{
	struct message m;
	struct rec *r;

	if (!parse_message(line, &m))
		return;
	r = rec_new();
	rec_num(r, "number", m.number);
	rec_num(r, "ms_since_start", m.ms);
	rec_str(r, "level", level_name(m.level));
	rec_str(r, "text", m.text);
	rows_add(data, r);
}

/* The clock of the kernel's log, so that both can be read side by side. */
static void print_message(const char *line, void *data)
{
	struct message m;

	(void)data;
	if (!parse_message(line, &m))
		return;
	printf("[%5" PRIu64 ".%03" PRIu64 "] %s: %s\n", m.ms / 1000, m.ms % 1000,
	       level_name(m.level), m.text);
	fflush(stdout);
}

int cmd_log(int argc, char **argv)
{
	bool json = false, follow = false;
	struct rows *rows = rows_new();
	struct err e = { 0 };
	struct opt_iter it;
	int c, status;

	while ((c = opt_next(&it, &log_spec, argc, argv)) > 0) {
		if (c == OPT_JSON)
			json = true;
		else
			follow = true;
	}
	if (c < 0)
		return it.status;
	if (json && follow)
		return opt_usage(&log_spec, "--follow and --json exclude each other");
	status = monitor_ask(follow ? "follow" : "log", json ? add_message : print_message, rows,
			     &e);
	if (!status && json)
		rows_print_json(rows);
	rows_free(rows);
	return status ? cmd_fail("varyon log", &e, json) : ERR_OK;
}

/* ---- hold and release ---- */

static const struct opt no_opts[] = { { 0 } };

static const struct opt_spec hold_spec = {
	"varyon hold", "[SECONDS]",
	"Keep the monitor from changing volumes for so long, " HOLD_SECONDS " s without SECONDS.",
	no_opts, 0, 1
};

static const struct opt_spec release_spec = {
	"varyon release", "", "Let the monitor change volumes again.", no_opts, 0, 0
};

int cmd_hold(int argc, char **argv)
{
	struct err e = { 0 };
	struct opt_iter it;
	char *request;
	int status;

	if (opt_next(&it, &hold_spec, argc, argv))
		return it.status;
	request = xprintf("hold %s", it.num_operands ? it.operands[0] : HOLD_SECONDS);
	/* "busy": what it has begun it ends */
	status = monitor_ask(request, print_line, NULL, &e);
	free(request);
	return status ? cmd_fail("varyon hold", &e, false) : ERR_OK;
}

int cmd_release(int argc, char **argv)
{
	struct err e = { 0 };
	struct opt_iter it;
	int status;

	if (opt_next(&it, &release_spec, argc, argv))
		return it.status;
	status = monitor_ask("release", NULL, NULL, &e);
	return status ? cmd_fail("varyon release", &e, false) : ERR_OK;
}
