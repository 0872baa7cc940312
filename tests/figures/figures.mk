# SPDX-License-Identifier: GPL-2.0
#
# Figures: what varyon costs, next to md and dm, counted so that they repeat
# however busy the host is.
#
#	make figures			all, into build/figures/results.json
#	make figures FIGURES=varyon,md1n/throughput	some contenders, some sections
#	make check-figures		a part of it, with limits
#	make figures-record		the same, and into docs/results/

FIGURES_B := $(B)/figures
FIGURES_IMAGE := $(FIGURES_B)$(KERNEL_SUFFIX)
FIGURES_INITRAMFS := $(FIGURES_IMAGE)/initramfs.cpio
FIGURES_MODULES := null_blk dm-mod dm-mirror dm-raid raid1 raid456

# The kernel's AIO interface is in the kernel's headers, which musl-gcc does not
# look for by itself.
$(FIGURES_B)/load: tests/figures/load.c
	@mkdir -p $(@D)
	$(MUSLCC) $(WARN) -O2 -static -idirafter /usr/include \
		-idirafter /usr/include/x86_64-linux-gnu -o $@ $<

# For guests that measure varyon beside its peers, here and in tests/bench
CONTENDERS_BASE := $(GUEST_BASE) tests/bench/lib.sh tests/bench/contenders.sh $(FIGURES_B)/load
CONTENDERS_MAKE = $(GUEST_MAKE) --program /sbin/mdadm \
	--file tests/bench/lib.sh=tests/bench-lib.sh \
	--file tests/bench/contenders.sh=tests/contenders.sh $(call guest_tools,$(FIGURES_B)/load)

$(FIGURES_INITRAMFS): $(CONTENDERS_BASE) tests/figures/figures-guest
	@mkdir -p $(@D)
	$(CONTENDERS_MAKE) $(addprefix --module ,$(FIGURES_MODULES)) \
		--file tests/figures/figures-guest=tests/figures-guest

figures: $(FIGURES_INITRAMFS)
	@tests/figures/run '$(FIGURES)'

figures-record: $(FIGURES_INITRAMFS)
	@tests/figures/run --record '$(FIGURES)'

check-figures: $(FIGURES_INITRAMFS)
	@tests/figures/run varyon,md1n/memory,throughput,writes,return

.PHONY: figures figures-record check-figures
