# SPDX-License-Identifier: GPL-2.0
#
# check-fuzz: FUZZ_RUNS inputs, the same each time: a change is to be judged, not
# the luck of a day. fuzz: others each time, for FUZZ_SECONDS, keeping the corpus in
# build/tests/fuzz/corpus. Seeds come from the model itself. Included by the top Makefile; alone: make -f tests/fuzz/fuzz.mk fuzz

B ?= build
WARN ?= -std=gnu11 -Wall -Wextra -Werror
NICE ?= nice -n 10
FUZZ_RUNS ?= 40000
FUZZ_SECONDS ?= 3600

FUZZ_B := $(B)/tests/fuzz
FUZZ_SAN := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
FUZZ_CFLAGS := $(WARN) -g -O1 -fno-omit-frame-pointer $(FUZZ_SAN)
FUZZ_SRC := tests/fuzz/random.c $(filter-out activator/lib/random.c,$(wildcard kernel/core/*.c \
	activator/lib/*.c activator/format/*.c activator/vg/*.c))
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(FUZZ_B)/obj/%.o)
FUZZ_RUN = $(NICE) $(FUZZ_B)/fuzz_vg -artifact_prefix=$(FUZZ_B)/ -max_len=65536 \
	-timeout=20 -rss_limit_mb=2048 -print_final_stats=1

$(FUZZ_B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(NICE) clang $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

$(FUZZ_B)/fuzz_vg: tests/fuzz/fuzz_vg.c $(FUZZ_OBJ)
	$(NICE) clang $(FUZZ_CFLAGS) -fsanitize=fuzzer -MMD -MP -o $@ $(filter %.c %.o,$^)

$(FUZZ_B)/mkseeds: tests/fuzz/mkseeds.c $(FUZZ_OBJ)
	$(NICE) clang $(FUZZ_CFLAGS) -MMD -MP -o $@ $(filter %.c %.o,$^)

$(FUZZ_B)/seeds: $(FUZZ_B)/mkseeds
	@rm -rf $@
	@mkdir -p $@ $(FUZZ_B)/corpus
	@$(FUZZ_B)/mkseeds $@

# One TAP line; what the fuzzer said is in check.log.
check-fuzz: $(FUZZ_B)/fuzz_vg $(FUZZ_B)/seeds
	@echo 1..1
	@rm -rf $(FUZZ_B)/check && mkdir -p $(FUZZ_B)/check
	@if $(FUZZ_RUN) -seed=1 -runs=$(FUZZ_RUNS) $(FUZZ_B)/check $(FUZZ_B)/seeds \
		>$(FUZZ_B)/check.log 2>&1; then \
		echo "ok 1 - fuzz_vg ($$(sed -n 's/^stat::number_of_executed_units: *//p' $(FUZZ_B)/check.log) inputs)"; \
	else \
		tail -n 40 $(FUZZ_B)/check.log | sed 's/^/# /'; \
		echo "not ok 1 - fuzz_vg"; \
		exit 1; \
	fi

fuzz: $(FUZZ_B)/fuzz_vg $(FUZZ_B)/seeds
	$(FUZZ_RUN) -max_total_time=$(FUZZ_SECONDS) $(FUZZ_B)/corpus $(FUZZ_B)/seeds

.PHONY: check-fuzz fuzz

-include $(FUZZ_OBJ:.o=.d) $(FUZZ_B)/fuzz_vg.d $(FUZZ_B)/mkseeds.d
