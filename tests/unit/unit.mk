# SPDX-License-Identifier: GPL-2.0
#
# check-unit: every tests/unit/test_*.c becomes a program, linked with all
# sources that need neither device-mapper nor a kernel, under the address and
# undefined-behaviour sanitizers; then tests/unit/*.bats use the commands on
# image files. Included by the top Makefile; the programs alone:
# make -f tests/unit/unit.mk check-unit

B ?= build
WARN ?= -std=gnu11 -Wall -Wextra -Werror
NICE ?= nice -n 10

UNIT_B := $(B)/tests/unit
UNIT_CFLAGS := $(WARN) -g -O1 -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined $(COVERAGE)
UNIT_LIB := $(UNIT_B)/pure.a
UNIT_SRC := $(wildcard kernel/core/*.c activator/lib/*.c activator/format/*.c activator/vg/*.c) \
	$(addprefix activator/dm/,dmname.c judge.c rescue.c status.c table.c) activator/commands/cmdline.c \
	$(addprefix activator/monitor/,event.c jobs.c line.c ring.c uevent.c)
UNIT_OBJ := $(UNIT_SRC:%.c=$(UNIT_B)/obj/%.o)
UNIT_PROGS := $(patsubst tests/unit/%.c,$(UNIT_B)/%,$(wildcard tests/unit/test_*.c))

$(UNIT_B)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(NICE) gcc $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

# Made anew, so that no member outlives its source.
$(UNIT_LIB): $(UNIT_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(UNIT_B)/test_%: tests/unit/test_%.c $(UNIT_LIB)
	@mkdir -p $(@D)
	$(NICE) gcc $(UNIT_CFLAGS) -MMD -MP -o $@ $< $(UNIT_LIB)

check-unit: $(UNIT_PROGS) $(if $(VARYON_SRC),$(B)/varyon)
	@bad=0; \
	for prog in $(UNIT_PROGS); do \
		echo "# $$prog"; \
		"$$prog" || bad=1; \
	done; \
	$(if $(VARYON_SRC),bats --formatter tap tests/unit || bad=1;) \
	exit $$bad

.PHONY: check-unit

-include $(UNIT_OBJ:.o=.d) $(UNIT_PROGS:=.d)
