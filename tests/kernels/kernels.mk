# SPDX-License-Identifier: GPL-2.0
#
# Kernels other than Debian's own, for KERNEL=NAME: each has a rule here for
# $(B)/kernels/NAME/kernel.mk, which comes last, when the kernel (vmlinux) and
# its modules are in place beside it. It sets KVER and KDIR, and KCC when the
# module wants another compiler. See docs/testing.md.
