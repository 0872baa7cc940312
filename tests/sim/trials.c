// SPDX-License-Identifier: GPL-2.0
/* The main program of a walk; see trials.h. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "trials.h"

unsigned int one_of(const unsigned int *list, unsigned int n)
{
	return list[sim_below(n)];
}

void manner_choose(unsigned int legs, bool short_of_memory)
{
	sim_manner.preempt = ONE_OF(0, 0, 6, 30, 200);
	sim_manner.run = ONE_OF(1, 4, 16);
	sim_manner.io = ONE_OF(1, 4);
	sim_manner.work = ONE_OF(1, 4, 16);
	sim_manner.timer = ONE_OF(0, 2, 10, 60);
	sim_manner.nowait_fails = ONE_OF(0, 0, 20, 300);
	sim_manner.alloc_fails = short_of_memory ? ONE_OF(0, 0, 0, 5, 30) : 0;
	sim_manner.scarce = sim_chance(200);
	sim_manner.slow_disk = sim_chance(250) ? (int)sim_below(legs) : -1;
}

static bool trial(uint64_t seed, uint64_t nr, uint64_t steps)
{
	sim_seed(seed * 0x9e3779b97f4a7c15ull + nr);
	sim_failure[0] = '\0';
	if (!setjmp(sim_failed)) {
		trial_begin();
		while (sim_now < steps && !trial_over() && !sim_failure[0])
			trial_step();
		if (!sim_failure[0])
			trial_end();
	}
	return !sim_failure[0];
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 0);

	if (!*text || *end) {
		fprintf(stderr, "'%s' is not a number\n", text);
		exit(2);
	}
	return n;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", 1, NULL, 's' }, { "steps", 1, NULL, 'n' }, { "seconds", 1, NULL, 't' },
		{ "trial", 1, NULL, 'k' }, { "trial-steps", 1, NULL, 'm' },
		{ "trace", 2, NULL, 'v' }, { "quiet", 0, NULL, 'q' }, { 0 }
	};
	uint64_t seed = 1, steps = 10000000, only = UINT64_MAX, nr, most = 20000;
	uint64_t done = 0, trials = 0;
	double limit = 0, began = seconds();
	bool quiet = false, ok = true;
	int c;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			seed = number(optarg);
			break;
		case 'n':
			steps = number(optarg);
			break;
		case 't':
			limit = number(optarg);
			break;
		case 'k':
			only = number(optarg);
			break;
		case 'm':
			most = number(optarg);
			break;
		case 'v':
			sim_tracing = true;
			sim_trace_all = optarg && !strcmp(optarg, "all");
			break;
		case 'q':
			quiet = true;
			break;
		default:
			return 2;
		}
	}
	walk_begin();
	for (nr = only == UINT64_MAX ? 0 : only; ok; nr++) {
		ok = trial(seed, nr, most);
		trials++;
		done += sim_now;
		if (!ok || only != UINT64_MAX || done >= steps ||
		    (limit && seconds() - began >= limit))
			break;
	}
	if (!ok) {
		sim_trace_dump();
		printf("# violation: %s\n", sim_failure);
		printf("# seed %" PRIu64 " trial %" PRIu64 ", after %" PRIu64 " steps, %" PRIu64
		       " trials\n", seed, nr, done, trials);
		printf("# again: %s --seed %" PRIu64 " --trial %" PRIu64 " --trace\n", argv[0],
		       seed, nr);
		return 1;
	}
	if (!quiet)
		walk_report(trials, done, seconds() - began);
	return 0;
}
