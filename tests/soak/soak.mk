# SPDX-License-Identifier: GPL-2.0
#
# Machines kept busy for hours, with faults and power cuts.
#
#	make soak HOURS=8			in user-mode Linux and in QEMU
#	make soak MINUTES=20 MACHINE=qemu	in one of them
#	make soak SEED=17			decisions of an earlier run
#	make soak KIND=raid5			RAID5 on all disks, not on a third of them

#	make soak MACHINE=um-debug		with a kernel that looks for mistakes
#	make soak MACHINE=qemu KERNEL=6.12	with another one in QEMU

MACHINE ?= um qemu

soak:
	@$(foreach m,$(filter um%,$(MACHINE)),$(MAKE) KERNEL=$(m) soak-image &&) true
	@$(if $(filter qemu,$(MACHINE)),$(MAKE) KERNEL=$(KERNEL) soak-image)
	@HOURS='$(HOURS)' MINUTES='$(MINUTES)' SEED='$(SEED)' KIND='$(KIND)' tests/soak/soak $(MACHINE)

soak-image: $(GUEST_INITRAMFS)

.PHONY: soak soak-image
