# SPDX-License-Identifier: GPL-2.0
#
# Tests that need a kernel: many cases in one virtual machine.
#
#	make check-guest
#	make check-guest CASES='mirror:*,*suspend*'	patterns of case names
#	make check-powercut ROUNDS=100 SEED=1		power cuts only

GUEST_B := $(B)/tests/guest
GUEST_IMAGE := $(GUEST_B)$(KERNEL_SUFFIX)
GUEST_INITRAMFS := $(GUEST_IMAGE)/initramfs.cpio
GUEST_TOOLS := $(B)/satool $(addprefix $(GUEST_B)/,iotool cost failnth)
GUEST_KERNEL := $(KERNEL_DIR)/vmlinux
GUEST_VARYON ?= $(B)/varyon

# The kernel that every virtual machine boots; tests/kernels makes others.
ifeq ($(KERNEL),)
$(KERNEL_DIR)/lib/modules/$(KVER)/modules.dep:
	$(NICE) tests/vm/get-kernel $(KVER) $(KERNEL_DIR)

$(GUEST_KERNEL): $(KERNEL_DIR)/lib/modules/$(KVER)/modules.dep ;
endif

$(B)/satool: tests/guest/satool.c $(addprefix kernel/core/,super.c map.c gen.c bbr.c) \
		activator/format/crc32c.c $(wildcard kernel/core/*.h kernel/uapi/*.h)
	@mkdir -p $(@D)
	$(MUSLCC) $(WARN) -O2 -static -o $@ $(filter %.c,$^)

$(addprefix $(GUEST_B)/,iotool cost failnth): $(GUEST_B)/%: tests/guest/%.c
	@mkdir -p $(@D)
	$(MUSLCC) $(WARN) -O2 -static -pthread -o $@ $<

# What a machine of tests/vm/vm has; a kernel.mk says so if the kernel's has not.
GUEST_MACHINE_MODULES ?= virtio_pci virtio_blk 9p 9pnet_virtio
# crc32c is a part of newer kernels.
CRC_MODULES := $(addprefix --module-if ,crc32c_generic libcrc32c)
GUEST_MODULES := $(GUEST_MACHINE_MODULES) ext4 loop null_blk scsi_debug \
	dm-mod dm-flakey dm-delay dm-log-writes dm-raid raid456 dm-snapshot
# Debian's kernels do not have it, those of tests/kernels/source do.
GUEST_MODULES_IF := dm-dust

# What the image of every guest is made of and with; a part adds its modules,
# its program and what that needs.
GUEST_BASE := tests/vm/mkinitramfs-mini tests/guest/init tests/guest/lib.sh \
	$(GUEST_TOOLS) $(GUEST_KERNEL) $(KO)
guest_tools = $(foreach t,$(1),--file $(t)=tests/bin/$(notdir $(t)))
GUEST_MAKE = $(NICE) tests/vm/mkinitramfs-mini --out $@ --init tests/guest/init \
	--kernel $(KERNEL_DIR) $(CRC_MODULES) $(addprefix --ko ,$(KO)) --program /sbin/dmsetup \
	--file tests/guest/lib.sh=tests/lib.sh $(call guest_tools,$(GUEST_TOOLS))

# The guest's side of tests/soak
GUEST_SOAK := $(addprefix tests/soak/,soak-guest book.sh pvs.sh events.sh)

$(GUEST_INITRAMFS): $(GUEST_BASE) tests/guest/run-cases tests/guest/powercut-guest \
		$(wildcard tests/guest/*-cases.sh) $(GUEST_SOAK) $(GUEST_VARYON) hooks/notify
	@rm -rf $(GUEST_IMAGE)/cases && mkdir -p $(GUEST_IMAGE)/cases
	@for f in tests/guest/*-cases.sh; do \
		cp "$$f" "$(GUEST_IMAGE)/cases/$$(basename "$$f" -cases.sh).sh"; done
	$(GUEST_MAKE) $(addprefix --module ,$(GUEST_MODULES)) \
		$(addprefix --module-if ,$(GUEST_MODULES_IF)) \
		--program /sbin/mke2fs --program /sbin/e2fsck \
		--file $(GUEST_VARYON)=bin/varyon --file hooks/notify=bin/varyon-notify \
		--file tests/guest/run-cases=tests/run-cases \
		--file tests/guest/powercut-guest=tests/powercut-guest \
		--file $(GUEST_IMAGE)/cases=tests/cases \
		$(foreach f,$(GUEST_SOAK),--file $(f)=$(f))

# The power cuts are those of a machine of tests/vm/vm; tests/soak has others.
check-guest: $(GUEST_INITRAMFS)
	@tests/guest/run '$(CASES)'
	@$(if $(CASES)$(VARYON_RUN),,tests/guest/powercut)

check-powercut: $(GUEST_INITRAMFS)
	@tests/guest/powercut

# Kernels that look for mistakes. User-mode Linux runs everything at native
# speed; QEMU has two processors and preemption, and needs hours where that
# needs minutes.
debug-kernel:
	@$(MAKE) KERNEL=um-debug $(B)/kernels/um-debug/kernel.mk
	@$(MAKE) KERNEL=debug $(B)/kernels/debug/kernel.mk

check-debug:
	@$(MAKE) check-guest KERNEL=um-debug CASES='$(CASES)'

check-debug-qemu:
	@$(MAKE) check-guest KERNEL=debug CASES='$(or $(CASES),*)'

.PHONY: check-powercut debug-kernel check-debug check-debug-qemu
