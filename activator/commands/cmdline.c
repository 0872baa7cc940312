// SPDX-License-Identifier: GPL-2.0
/* The kernel command line; see cmdline.h and docs/man/varyon.cmdline.7. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../format/name.h"
#include "../lib/pattern.h"
#include "../lib/text.h"
#include "cmdline.h"

#define DEFAULT_WAIT	10
#define MAX_WAIT	86400
#define VGID_LEN	32	/* hex digits */
#define PVID_LEN	16

static void complain(struct cmdline *cl, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void complain(struct cmdline *cl, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	cl->complaints = xrealloc(cl->complaints,
				  (cl->num_complaints + 1) * sizeof(*cl->complaints));
	cl->complaints[cl->num_complaints++] = xstrdup(text);
}

static void add_want(struct cmdline *cl, const char *vg, const char *lv, const char *option,
		     const char *device)
{
	struct want *w;

	for (unsigned int i = 0; i < cl->num_wants; i++)
		if (!strcmp(cl->wants[i].vg, vg) && !strcmp(cl->wants[i].lv, lv)) {
			/* Asked for by name as well: then it is ours for certain. */
			if (!device) {
				free(cl->wants[i].device);
				cl->wants[i].device = NULL;
			}
			return;
		}
	cl->wants = xrealloc(cl->wants, (cl->num_wants + 1) * sizeof(*cl->wants));
	w = &cl->wants[cl->num_wants++];
	snprintf(w->vg, sizeof(w->vg), "%s", vg);
	snprintf(w->lv, sizeof(w->lv), "%s", lv);
	w->option = xstrdup(option);
	w->device = device ? xstrdup(device) : NULL;
	w->known = false;
	*w->known_as = '\0';
}

/* len hex digits, in lower case to dst, which holds len + 1; false: they are not. */
static bool take_id(char *dst, const char *s, size_t len)
{
	if (strlen(s) != len || strspn(s, "0123456789abcdefABCDEF") != len)
		return false;
	for (size_t i = 0; i <= len; i++)
		dst[i] = (char)tolower((unsigned char)s[i]);
	return true;
}

/* The name of a VG, or its VGID. */
static bool take_vg(char vg[VG_NAME_MAX + 1], const char *s, size_t len)
{
	char word[VG_NAME_MAX + 1];

	if (!len || len > VG_NAME_MAX)
		return false;
	snprintf(word, sizeof(word), "%.*s", (int)len, s);
	if (!take_id(vg, word, VGID_LEN))
		memcpy(vg, word, len + 1);
	return !strchr(vg, '/');
}

static void option_vg(struct cmdline *cl, const char *option, const char *value)
{
	char vg[VG_NAME_MAX + 1];

	if (take_vg(vg, value, strlen(value)))
		add_want(cl, vg, "", option, NULL);
	else
		complain(cl, "%s: not the name or VGID of a VG, ignored", option);
}

static void option_lv(struct cmdline *cl, const char *option, const char *value)
{
	const char *slash = strchr(value, '/');
	char vg[VG_NAME_MAX + 1];

	if (!slash || !take_vg(vg, value, (size_t)(slash - value)) || !slash[1] ||
	    strlen(slash + 1) > LV_NAME_MAX || strchr(slash + 1, '/'))
		complain(cl, "%s: not of the form VG/LV, ignored", option);
	else
		add_want(cl, vg, slash + 1, option, NULL);
}

/* VG/LV below /dev, unless others are known to have that directory. */
static bool split_path(const char *path, char vg[VG_NAME_MAX + 1], char lv[LV_NAME_MAX + 1])
{
	static const char *const taken[] = { "block", "cciss", "disk", "mapper", "md", "nbd" };
	size_t len = strcspn(path, "/");

	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (strlen(taken[i]) == len && !strncmp(path, taken[i], len))
			return false;
	if (!path[len] || strchr(path + len + 1, '/') || !take_vg(vg, path, len))
		return false;
	snprintf(lv, LV_NAME_MAX + 1, "%s", path + len + 1);
	return !name_why_bad(lv, LV_NAME_MAX);
}

/* /dev/mapper/VG-LV or /dev/VG/LV; anything else is not for us to activate by name. */
static void option_device(struct cmdline *cl, const char *option, const char *value)
{
	static const char mapper[] = "/dev/mapper/", dev[] = "/dev/";
	char vg[VG_NAME_MAX + 1], lv[LV_NAME_MAX + 1];

	if (!strncmp(value, "block:", 6))
		value += 6;
	if (!strncmp(value, mapper, strlen(mapper)) ?
	    name_split(value + strlen(mapper), vg, lv) :
	    !strncmp(value, dev, strlen(dev)) && split_path(value + strlen(dev), vg, lv))
		add_want(cl, vg, lv, option, value);
}

static void option_pv(struct cmdline *cl, const char *option, const char *value)
{
	if (!*value) {
		complain(cl, "%s: no pattern of device paths, ignored", option);
		return;
	}
	cl->pv = xrealloc(cl->pv, (cl->num_pv + 1) * sizeof(*cl->pv));
	cl->pv[cl->num_pv++] = *value == '/' ? xstrdup(value) : xprintf("/dev/%s", value);
}

static void option_import(struct cmdline *cl, const char *option, const char *value)
{
	const char *colon = strchr(value, ':');
	struct import im;
	char id[VGID_LEN + 1];

	if (!colon || colon - value != VGID_LEN) {
		complain(cl, "%s: not of the form VGID:NAME, ignored", option);
		return;
	}
	memcpy(id, value, VGID_LEN);
	id[VGID_LEN] = '\0';
	if (!take_id(im.vgid, id, VGID_LEN) || name_why_bad(colon + 1, VG_NAME_MAX)) {
		complain(cl, "%s: not 32 hex digits, a colon and a name for the VG, ignored",
			 option);
		return;
	}
	snprintf(im.name, sizeof(im.name), "%s", colon + 1);
	cl->imports = xrealloc(cl->imports, (cl->num_imports + 1) * sizeof(*cl->imports));
	cl->imports[cl->num_imports++] = im;
	add_want(cl, im.vgid, "", option, NULL);
}

static void option_wait(struct cmdline *cl, const char *option, const char *value)
{
	uint64_t n;

	if (text_num(value, MAX_WAIT, &n))
		cl->wait = n;
	else
		complain(cl, "%s: not a number of seconds up to %d, %u s are waited", option,
			 MAX_WAIT, cl->wait);
}

static void option_degraded(struct cmdline *cl, const char *option, const char *value)
{
	if (!strcmp(value, "yes"))
		cl->degraded = DEGRADED_YES;
	else if (!strcmp(value, "no"))
		cl->degraded = DEGRADED_NO;
	else if (!strcmp(value, "ro"))
		cl->degraded = DEGRADED_RO;
	else
		complain(cl, "%s: not yes, no or ro, ignored", option);
}

static void option_quorum(struct cmdline *cl, const char *option, const char *value)
{
	if (!strcmp(value, "vg"))
		cl->quorum = ACT_QUORUM_VG;
	else if (!strcmp(value, "on"))
		cl->quorum = ACT_QUORUM_ON;
	else if (!strcmp(value, "off"))
		cl->quorum = ACT_QUORUM_OFF;
	else
		complain(cl, "%s: not vg, on or off, ignored", option);
}

static void option_prefer(struct cmdline *cl, const char *option, const char *value)
{
	char id[PVID_LEN + 1];

	if (!take_id(id, value, PVID_LEN)) {
		complain(cl, "%s: not a PVID, 16 hex digits, ignored", option);
		return;
	}
	cl->prefer = xrealloc(cl->prefer, (cl->num_prefer + 1) * sizeof(*cl->prefer));
	memcpy(cl->prefer[cl->num_prefer++], id, sizeof(id));
}

static void option_resync(struct cmdline *cl, const char *option, const char *value)
{
	if (!strcmp(value, "auto"))
		cl->resync = RESYNC_AUTO;
	else if (!strcmp(value, "idle"))
		cl->resync = RESYNC_IDLE;
	else if (!strcmp(value, "off"))
		cl->resync = RESYNC_OFF;
	else
		complain(cl, "%s: not auto, idle or off, ignored", option);
}

/* As dracut's own switches: the bare word switches on. */
static void take_switch(struct cmdline *cl, const char *option, const char *value, bool *on)
{
	if (!strcmp(value, "0") || !strcmp(value, "no") || !strcmp(value, "off"))
		*on = false;
	else if (!*value || !strcmp(value, "1") || !strcmp(value, "yes") || !strcmp(value, "on"))
		*on = true;
	else
		complain(cl, "%s: neither 0, no, off nor 1, yes, on; ignored", option);
}

static void option_enabled(struct cmdline *cl, const char *option, const char *value)
{
	take_switch(cl, option, value, &cl->enabled);
}

static void option_debug(struct cmdline *cl, const char *option, const char *value)
{
	take_switch(cl, option, value, &cl->debug);
}

static void option_monitor(struct cmdline *cl, const char *option, const char *value)
{
	take_switch(cl, option, value, &cl->monitor);
}

/* For the hook that connects to the disk before we look for it. */
static void option_nbd(struct cmdline *cl, const char *option, const char *value)
{
	if (!strchr(value, ':'))
		complain(cl, "%s: not of the form SERVER:PORT or SERVER:PORT/EXPORT", option);
}

static const struct {
	const char *name;
	void (*take)(struct cmdline *cl, const char *option, const char *value);
} options[] = {
	{ "root", option_device },
	{ "resume", option_device },
	{ "mount.usr", option_device },
	{ "rd.varyon", option_enabled },
	{ "rd.varyon.vg", option_vg },
	{ "rd.varyon.lv", option_lv },
	{ "rd.varyon.pv", option_pv },
	{ "rd.varyon.nbd", option_nbd },
	{ "rd.varyon.import", option_import },
	{ "rd.varyon.wait", option_wait },
	{ "rd.varyon.degraded", option_degraded },
	{ "rd.varyon.quorum", option_quorum },
	{ "rd.varyon.prefer", option_prefer },
	{ "rd.varyon.resync", option_resync },
	{ "rd.varyon.debug", option_debug },
	{ "rd.varyon.monitor", option_monitor },
};

static void take_word(struct cmdline *cl, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *value = word[len] ? word + len + 1 : "";

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strlen(options[i].name) == len && !strncmp(word, options[i].name, len)) {
			options[i].take(cl, word, value);
			return;
		}
	if (!strncmp(word, "rd.varyon", 9) && (word[9] == '.' || word[9] == '_'))
		complain(cl, "%s: unknown option, ignored", word);
}

/* Words end at white space, except within double quotes, as in the kernel. */
static void take_line(struct cmdline *cl, const char *s)
{
	char *word = xalloc(strlen(s) + 1);

	while (*s) {
		bool quoted = false;
		size_t len = 0;

		while (isspace((unsigned char)*s))
			s++;
		for (; *s && (quoted || !isspace((unsigned char)*s)); s++) {
			if (*s == '"')
				quoted = !quoted;
			else
				word[len++] = *s;
		}
		word[len] = '\0';
		if (len)
			take_word(cl, word);
	}
	free(word);
}

static bool take_file(struct cmdline *cl, const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	if (!f)
		return false;
	while (getline(&line, &size, f) >= 0)
		take_line(cl, line);
	free(line);
	fclose(f);
	return true;
}

enum err_code cmdline_read(const char *file, struct cmdline *cl, struct err *e)
{
	char **more;

	memset(cl, 0, sizeof(*cl));
	cl->enabled = true;
	cl->monitor = true;
	cl->wait = DEFAULT_WAIT;
	if (file)
		return take_file(cl, file) ? ERR_OK :
		       err_set(e, ERR_IO, "%s: cannot read: %s", file, strerror(errno));
	more = pattern_paths("/etc/cmdline.d/*.conf");
	for (char **path = more; *path; path++)
		take_file(cl, *path);
	pattern_free(more);
	take_file(cl, "/etc/cmdline");
	if (!take_file(cl, "/proc/cmdline"))
		return err_set(e, ERR_IO, "/proc/cmdline: cannot read: %s; is /proc mounted?",
			       strerror(errno));
	return ERR_OK;
}

void cmdline_want_known(struct cmdline *cl, const char *vgid, const char *name)
{
	unsigned int before = cl->num_wants;
	struct want *w;

	add_want(cl, vgid, "", *name ? name : vgid, NULL);
	if (cl->num_wants == before)
		return;
	w = &cl->wants[before];
	w->known = true;
	snprintf(w->known_as, sizeof(w->known_as), "%s", name);
}

void cmdline_free(struct cmdline *cl)
{
	for (unsigned int i = 0; i < cl->num_wants; i++) {
		free(cl->wants[i].option);
		free(cl->wants[i].device);
	}
	for (unsigned int i = 0; i < cl->num_complaints; i++)
		free(cl->complaints[i]);
	for (unsigned int i = 0; i < cl->num_pv; i++)
		free(cl->pv[i]);
	free(cl->pv);
	free(cl->imports);
	free(cl->wants);
	free(cl->prefer);
	free(cl->complaints);
	memset(cl, 0, sizeof(*cl));
}
