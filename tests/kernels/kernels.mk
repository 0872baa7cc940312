# SPDX-License-Identifier: GPL-2.0
#
# Kernels other than Debian's own, for KERNEL=NAME: each has a rule here for
# $(B)/kernels/NAME/kernel.mk, which comes last, when the kernel (vmlinux) and
# its modules are in place beside it. It sets KVER and KDIR, and KCC when the
# module wants another compiler. Words for the scripts that boot guests:
#
#	VARYON_RUN	what boots one, with the options of "tests/vm/vm run"
#	VARYON_SLOW	how many times slower it is; limits of time are longer then
#	VARYON_MEMORY	MiB that it needs to run the cases
#
# See docs/testing.md.

# --- built from Debian's source -----------------------------------------------

SOURCE_KERNELS := $(addprefix $(B)/kernels/,$(addsuffix /kernel.mk,debug um um-debug))

$(SOURCE_KERNELS): $(B)/kernels/%/kernel.mk: tests/kernels/source $(wildcard tests/kernels/*.frag)
	tests/kernels/source $* $(@D)
