# SPDX-License-Identifier: GPL-2.0
#
# Kernels other than Debian's own, for KERNEL=NAME: each has a rule here for
# $(B)/kernels/NAME/kernel.mk, which comes last, when the kernel (vmlinux) and
# its modules are in place beside it. It sets:
#
#	KVER	the version of the kernel
#	KDIR	its headers
#	KCC	the compiler for the module, if not the default one
#	KRUN	what runs commands where those can be used, if not this machine
#
# and words for the scripts that boot guests:
#
#	VARYON_RUN	what boots one, with the options of "tests/vm/vm run"
#	VARYON_SLOW	how many times slower it is; limits of time are longer then
#	VARYON_MEMORY	MiB that it needs to run the cases
#
# See docs/testing.md.
#
#	make check-kernels					all of them
#	make check-kernels KERNELS=newest CASES='race:*'	one, some guest cases
#	make checkpatch						the module's style

NEWER_KERNELS := 6.12 newest
KERNELS ?= $(NEWER_KERNELS)

check-kernels:
	@CASES='$(CASES)' tests/kernels/check $(KERNELS)

# --- Debian's newer kernels ---------------------------------------------------

$(NEWER_KERNELS:%=$(B)/kernels/%/kernel.mk): $(B)/kernels/%/kernel.mk: \
		tests/kernels/get tests/vm/unpack-kernel | $(B)/deps.mk
	@echo 'fetching kernel $* and what builds a module for it' >&2
	@mkdir -p $(B)/kernels
	@$(NICE) $< $* $(@D) >&2

# --- built from Debian's source -----------------------------------------------

SOURCE_KERNELS := $(addprefix $(B)/kernels/,$(addsuffix /kernel.mk,debug um um-debug))

$(SOURCE_KERNELS): $(B)/kernels/%/kernel.mk: tests/kernels/source $(wildcard tests/kernels/*.frag)
	tests/kernels/source $* $(@D)

# The kernel's own script comes with that source. It does not look at what
# user space has instead of the kernel's headers. jiffies are compared for
# being others, not for being later.
CHECKPATCH ?= $(B)/kernels/linux-source-6.1/scripts/checkpatch.pl

$(B)/kernels/linux-source-6.1/scripts/checkpatch.pl: | $(B)/kernels/um/kernel.mk ;

checkpatch: $(CHECKPATCH)
	@$(NICE) perl $< --no-tree --terse --no-summary --ignore JIFFIES_COMPARISON \
		-f $(filter-out %/Kbuild %/port.h,$(KSRC))

.PHONY: check-kernels checkpatch
