# SPDX-License-Identifier: GPL-2.0
#
# make		build/varyon and build/kernel/<version>/dm-varyon.ko
# make check	every test; PARTS="unit guest" selects some
# make demo	a real Debian on a mirrored root, in a virtual machine
# make help	the rest
#
# KERNEL=6.12 after a target that builds or boots: with another kernel than
# Debian's own, see docs/testing.md.
#
# Nothing is written outside build/. A part of the tree brings its own .mk
# file, which adds to the targets below.

SHELL := /bin/bash
B := build
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# What the tools are, and how strict they are.
CC := gcc
MUSLCC := musl-gcc
CLANG := clang
WARN := -std=gnu11 -Wall -Wextra -Werror
NICE := nice -n 10

# The parts of `make check`, in this order.
PARTS ?= static unit model sim fuzz guest crash figures boot

# --- set-up -----------------------------------------------------------------

# Including this file makes sure that the packages are there before anything
# else is looked at: make builds it first, then reads everything again.
ifeq ($(filter clean help deps,$(MAKECMDGOALS)),)
include $(B)/deps.mk
endif

$(B)/deps.mk: .ci/deps
	@.ci/deps install
	@mkdir -p $(@D)
	@printf 'KVER ?= %s\n' "$$(ls -d /usr/src/linux-headers-*-amd64 | \
		sed 's|.*/linux-headers-||' | sort -V | tail -n 1)" >$@

deps:
	@.ci/deps install

# Another kernel, if one is asked for: its kernel.mk says which version it has
# and how the module is built for it, see tests/kernels/kernels.mk. A directory
# whose content depends on the kernel has KERNEL_SUFFIX in its name. The
# scripts that boot guests find both in their environment.
override KERNEL := $(filter-out 6.1,$(KERNEL))
KERNEL_DIR := $(B)/vm/kernel
ifneq ($(KERNEL),)
KERNEL_DIR := $(B)/kernels/$(KERNEL)
ifeq ($(filter clean help deps,$(MAKECMDGOALS)),)
include $(KERNEL_DIR)/kernel.mk
endif
export VARYON_KERNEL := $(abspath $(KERNEL_DIR))/vmlinux
endif
export KERNEL_SUFFIX := $(addprefix -,$(KERNEL))

# Where the module comes from and goes to; the parts below depend on it.
KDIR ?= /usr/src/linux-headers-$(KVER)
KO := $(B)/kernel/$(KVER)/dm-varyon.ko
KSRC := $(wildcard kernel/Kbuild kernel/*.[ch] kernel/core/*.[ch] kernel/uapi/*.h)

# --- the .mk file of each part -----------------------------------------------

-include activator/activator.mk
-include tests/unit/unit.mk
-include tests/model/model.mk
-include tests/sim/sim.mk
-include tests/fuzz/fuzz.mk
-include tests/coverage/coverage.mk
-include tests/guest/guest.mk
-include tests/crash/crash.mk
-include tests/soak/soak.mk
-include tests/figures/figures.mk
-include tests/growth/growth.mk
-include tests/boot/boot.mk
-include tests/bench/bench.mk
-include tests/kernels/kernels.mk
-include hooks/hooks.mk

# --- the module --------------------------------------------------------------

# Kbuild writes beside its sources, so it gets a copy of them: $(1) is the
# directory, $(2) more arguments. A warning is an error.
define kbuild
	@mkdir -p $(1)
	@cp -pu --parents -t $(1) $(KSRC)
	+$(NICE) $(KRUN) $(MAKE) -C $(KDIR) M=$(abspath $(1))/kernel W=1 KCFLAGS=-Werror \
		$(addprefix CC=,$(KCC)) $(2) modules
endef

$(KO): $(KSRC) $(B)/deps.mk
	$(call kbuild,$(@D)/obj)
	@cp $(@D)/obj/kernel/dm-varyon.ko $@
	@strip --strip-debug $@

all: $(B)/varyon $(KO)
	@size=$$(stat -c %s $(B)/varyon) && echo "$(B)/varyon: $$size bytes"
	@size=$$(stat -c %s $(KO)) && echo "$(KO): $$size bytes"

# --- tests -------------------------------------------------------------------

check:
	@tests/check $(PARTS)

check-static: $(B)/varyon
	@tests/static/run

# sparse over the module; its own copy, so that it is never half up to date.
sparse:
	$(call kbuild,$(B)/kernel/$(KVER)/sparse,C=2 CF='-D__CHECK_ENDIAN__ -Wsparse-error')

# The module from nothing, so that all warnings are seen.
module-fresh:
	@rm -rf $(B)/kernel/$(KVER)/fresh
	$(call kbuild,$(B)/kernel/$(KVER)/fresh)

# The same by clang, to see what it thinks of the sources; not to be loaded. The
# headers tell what gcc could do when the kernel was configured; these are the
# answers that differ for Debian's clang, by the names of all versions.
CLANG_CONFIG := CC_IS_GCC= CC_IS_CLANG=y RETHUNK= MITIGATION_RETHUNK= SLS= MITIGATION_SLS= \
	INIT_STACK_ALL_ZERO= FTRACE_MCOUNT_USE_CC= FTRACE_MCOUNT_USE_OBJTOOL=y \
	CC_HAS_MIN_FUNCTION_ALIGNMENT= UBSAN_BOUNDS_STRICT=
CLANG_FLAGS := -Werror -Wno-unknown-warning-option -Wno-address-of-packed-member \
	-Wno-duplicate-decl-specifier

module-clang:
	@rm -rf $(B)/kernel/$(KVER)/clang
	$(call kbuild,$(B)/kernel/$(KVER)/clang,CC=$(CLANG) \
		$(addprefix CONFIG_,$(CLANG_CONFIG)) KCFLAGS='$(CLANG_FLAGS)')

# --- the rest ----------------------------------------------------------------

# A part's .mk file appends its own rule to INSTALL. DESTDIR is a staging root.
DESTDIR ?=
INSTALL += install-module

install: $(INSTALL)

install-module: $(KO)
	install -D -m 644 $(KO) $(DESTDIR)/lib/modules/$(KVER)/updates/dm-varyon.ko
ifeq ($(DESTDIR),)
	depmod $(KVER)
endif

clean:
	rm -rf $(B)

help:
	@sed -n '2,/^$$/s/^# \{0,1\}//p' Makefile
	@echo 'make deps                      install the Debian packages needed'
	@echo 'make check-static|unit|model|sim|fuzz|guest|crash|figures|boot   one part, TAP on stdout'
	@echo 'make check-boot-long            boots that take too long for make check'
	@echo 'make boot-figures              how long peers take to have root ready, and we'
	@echo 'make sim STEPS= SEED=             the module in a simulated kernel, for long'
	@echo 'make fuzz                      fuzz for long'
	@echo 'make coverage                  which lines the tests reach, in build/coverage/'
	@echo 'make figures                   what the mirror costs, beside md and dm'
	@echo 'make bench LANE= CONTENDERS= WORKLOADS=   varyon beside md, dm-raid and dm-mirror'
	@echo 'make bench-check               the counted lane against its committed baseline'
	@echo 'make soak HOURS= SEED= MACHINE=   random load, faults and power cuts, for hours'
	@echo 'make growth                    how cost grows with LVs, PVs and size'
	@echo 'make crash                     crash a mirror at thousands of points'
	@echo 'make debug-kernel              build kernels that look for mistakes'
	@echo 'make check-debug               the guest tests under user-mode Linux with debugging'
	@echo 'make check-debug-qemu          the same in QEMU: two processors; takes hours'
	@echo 'make check-kernels KERNELS= CASES=   build for newer kernels, run the guest suite there'
	@echo 'make checkpatch                what the kernel'"'"'s checkpatch.pl says of the module'
	@echo 'make install DESTDIR=          binary, links, module, dracut module, hooks'
	@echo 'make clean                     remove build/'

.PHONY: all deps check check-static sparse module-fresh module-clang install install-module clean help \
	check-unit check-model check-fuzz check-guest check-boot check-boot-long boot-figures fuzz demo
