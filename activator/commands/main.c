// SPDX-License-Identifier: GPL-2.0
/* The multi-call binary: "varyon VERB ..." or a link named as the verb. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include "cmd.h"

static const struct command commands[] = {
	{ "boot", cmd_boot, "activate what the kernel command line asks for", false },
	{ "chlv", cmd_chlv, "change an LV", true },
	{ "chlvcopy", cmd_chlvcopy, "split copies off an LV and take them back", true },
	{ "chpv", cmd_chpv, "change a PV", true },
	{ "chvg", cmd_chvg, "change a VG", true },
	{ "extendlv", cmd_extendlv, "make an LV larger", true },
	{ "extendvg", cmd_extendvg, "add PVs to a VG", true },
	{ "hold", cmd_hold, "keep the monitor from changing volumes for a while", false },
	{ "joinvg", cmd_joinvg, "take the snapshot of a VG back", true },
	{ "log", cmd_log, "show what the monitor had to tell", false },
	{ "lslv", cmd_lslv, "show an LV", true },
	{ "lspv", cmd_lspv, "show PVs", true },
	{ "lsvg", cmd_lsvg, "show VGs", true },
	{ "lvmstat", cmd_lvmstat, "show which LPs and LVs are busy", true },
	{ "migratelp", cmd_migratelp, "move an LP of an LV to another PV", true },
	{ "migratepv", cmd_migratepv, "move what is on a PV to others", true },
	{ "mklv", cmd_mklv, "make an LV", true },
	{ "mklvcopy", cmd_mklvcopy, "add copies to an LV", true },
	{ "mkvg", cmd_mkvg, "make a VG", true },
	{ "monitor", cmd_monitor, "watch the volumes", false },
	{ "ping", cmd_ping, "ask the monitor how it does", false },
	{ "reducevg", cmd_reducevg, "take PVs out of a VG", true },
	{ "rejoin", cmd_rejoin, "give up a damaged or diverged copy of an LV, or side of a VG", false },
	{ "release", cmd_release, "let the monitor change volumes again", false },
	{ "replacepv", cmd_replacepv, "replace a PV, also one that is gone", true },
	{ "rmlv", cmd_rmlv, "remove LVs", true },
	{ "rmlvcopy", cmd_rmlvcopy, "take copies of an LV away", true },
	{ "shutdown", cmd_shutdown, "deactivate everything when the machine goes off", false },
	{ "splitlvcopy", cmd_splitlvcopy, "make an LV of a copy, for good", true },
	{ "splitvg", cmd_splitvg, "split a copy of a VG off as a snapshot VG", true },
	{ "status", cmd_status, "show the redundancy of LVs", false },
	{ "syncvg", cmd_syncvg, "bring copies in sync, check and repair them", true },
	{ "varyoffvg", cmd_varyoffvg, "deactivate a VG", true },
	{ "varyonvg", cmd_varyonvg, "activate a VG", true },
};

#define NUM_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < NUM_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void show_help(void)
{
	printf("Usage: varyon VERB [OPTION]... [OPERAND]...\n"
	       "       VERB [OPTION]... [OPERAND]...      through a link of that name\n"
	       "Volume groups with mirrored logical volumes.\n\n");
	for (size_t i = 0; i < NUM_COMMANDS; i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].summary);
	printf("\n  -h, --help     show this help; VERB --help shows that of a verb\n"
	       "      --version  show the version\n"
	       "      --links    list the verbs that are installed as links\n");
}

static int main_options(const char *arg)
{
	if (!strcmp(arg, "-h") || !strcmp(arg, "--help")) {
		show_help();
	} else if (!strcmp(arg, "--version")) {
		printf("varyon %s\n", VARYON_VERSION);
	} else if (!strcmp(arg, "--links")) {
		for (size_t i = 0; i < NUM_COMMANDS; i++)
			if (commands[i].link)
				puts(commands[i].name);
	} else {
		char *safe = text_safe(arg);

		fprintf(stderr, "varyon: unknown verb '%s'; see varyon --help\n", safe);
		free(safe);
		return ERR_USAGE;
	}
	return ERR_OK;
}

/* A name in VARYON_DEVICES that is none would look like a disk that is missing. */
static void check_environment(void)
{
	const char *env = getenv("VARYON_DEVICES");

	while (env && *env) {
		size_t len = strcspn(env, ":");
		char *path = xprintf("%.*s", (int)len, env);
		struct stat st;

		if (*path && stat(path, &st)) {
			char *text = xprintf("VARYON_DEVICES: %s: %s", path, strerror(errno));

			cmd_say("varyon", text);
			free(text);
		}
		free(path);
		env += len + (env[len] == ':');
	}
}

static int run(const struct command *command, int argc, char **argv)
{
	check_environment();
	return command->run(argc, argv);
}

static int end(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("varyon: cannot write the output");
		return status ? status : ERR_IO;
	}
	return status;
}

int main(int argc, char **argv)
{
	const char *slash, *name = argc ? argv[0] : "";
	const struct command *command;

	/* a huge page for a buffer of which little is used costs time, and 2 MiB */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	slash = strrchr(name, '/');
	command = find(slash ? slash + 1 : name);
	if (command)
		return end(run(command, argc, argv));
	if (argc < 2) {
		fputs("varyon: missing verb; see varyon --help\n", stderr);
		return ERR_USAGE;
	}
	command = find(argv[1]);
	if (!command)
		return end(main_options(argv[1]));
	return end(run(command, argc - 1, argv + 1));
}
