# SPDX-License-Identifier: GPL-2.0
#
# coverage: which lines of the module and of the binary some test has run, by
# file and by line, in build/coverage/; see tests/coverage/run. Included by the
# top Makefile.

COVERAGE_B := $(B)/coverage
COVERAGE_CASES ?= *

coverage:
	@tests/coverage/run
	@$(MAKE) KERNEL=um coverage-guest || echo 'coverage: guest cases failed'
	@tests/coverage/merge $(COVERAGE_B) $(COVERAGE_B)
	@cat $(COVERAGE_B)/summary.txt

# The guest cases, with a module and a binary that count. What these write down
# comes out on the share, below the paths that they were compiled in.
# The limits of time are those of a slow kernel: a busy machine must not end the
# run, and with it the counting, before the last case.
coverage-guest:
	@KDIR=$(KDIR) KCC=$(KCC) tests/coverage/module $(COVERAGE_B)/module
	@tests/coverage/share $(COVERAGE_B)/guest $(COVERAGE_B)/module $(COVERAGE_B)/obj
	@rm -f $(B)/tests/guest-coverage/initramfs.cpio
	@VARYON_SLOW=4 VARYON_SHARE=$(COVERAGE_B)/guest $(MAKE) -o $(COVERAGE_B)/module/dm-varyon.ko \
		KO=$(COVERAGE_B)/module/dm-varyon.ko KERNEL_SUFFIX=-coverage \
		GUEST_VARYON=$(COVERAGE_B)/obj/varyon check-guest CASES='$(COVERAGE_CASES)'

.PHONY: coverage coverage-guest
