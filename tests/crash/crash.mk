# SPDX-License-Identifier: GPL-2.0
#
# Crashes at every place: see docs/testing.md.
#
#	make crash					POINTS=3300 over all scenarios
#	make crash SCENARIO=leg-loss SEED=7		one scenario
#	make crash SCENARIO=leg-loss SEED=7 POINT=12	one point of it, told in full
#	make check-crash				fewer points, for make check

CRASH_B := $(B)/tests/crash
CRASH_IMAGE := $(CRASH_B)$(KERNEL_SUFFIX)
CRASH_INITRAMFS := $(CRASH_IMAGE)/initramfs.cpio
CRASH_TOOLS := $(CRASH_B)/crashload $(CRASH_B)/crashreplay
CRASH_REPLAY := $(addprefix tests/crash/,replay.c history.c log.c expect.c relocated.c volume.c) \
	$(addprefix kernel/core/,super.c bbr.c map.c) activator/format/crc32c.c

$(CRASH_B)/crashload: tests/crash/load.c tests/crash/stamp.h
	@mkdir -p $(@D)
	$(MUSLCC) $(WARN) -O2 -static -pthread -o $@ $<

$(CRASH_B)/crashreplay: $(CRASH_REPLAY) $(LIBDM)/libdevmapper.a \
		$(wildcard tests/crash/*.h kernel/core/*.h kernel/uapi/*.h)
	@mkdir -p $(@D)
	$(MUSLCC) $(WARN) -O2 -static -isystem $(LIBDM) -isystem $(LIBDM)/kh -o $@ \
		$(CRASH_REPLAY) $(LIBDM)/libdevmapper.a

$(CRASH_INITRAMFS): $(GUEST_BASE) $(wildcard tests/crash/*.sh) tests/crash/guest $(CRASH_TOOLS)
	@rm -rf $(CRASH_IMAGE)/scenarios && mkdir -p $(CRASH_IMAGE)/scenarios
	@cp tests/crash/*.sh $(CRASH_IMAGE)/scenarios
	$(GUEST_MAKE) $(addprefix --module ,$(GUEST_MODULES)) \
		--file tests/crash/guest=tests/crash-guest \
		--file $(CRASH_IMAGE)/scenarios=tests/crash $(call guest_tools,$(CRASH_TOOLS))

check-crash: $(CRASH_INITRAMFS)
	@POINTS=$${POINTS:-264} tests/crash/run

crash: $(CRASH_INITRAMFS)
	@POINTS=$${POINTS:-3300} tests/crash/run

.PHONY: check-crash crash
