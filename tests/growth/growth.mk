# SPDX-License-Identifier: GPL-2.0
#
# How cost grows: activation and recovery with 1 to 254 LVs, 1 to 32 PVs, 1 GiB
# to 64 TiB; counted, so that it repeats however busy the host is.
#
#	make growth			all, into build/growth/results.json
#	make growth GROWTH=lvs		one section: peers, lvs, pvs, size
#	make growth-record		the same, and into docs/results/

GROWTH_B := $(B)/growth
GROWTH_IMAGE := $(GROWTH_B)$(KERNEL_SUFFIX)
GROWTH_INITRAMFS := $(GROWTH_IMAGE)/initramfs.cpio
GROWTH_MODULES := null_blk dm-mod dm-raid raid1

$(GROWTH_INITRAMFS): $(GUEST_BASE) tests/growth/growth-guest tests/growth/peers.sh \
		$(B)/varyon
	@mkdir -p $(@D)
	$(GUEST_MAKE) $(addprefix --module ,$(GROWTH_MODULES)) --program /sbin/mdadm \
		--program /sbin/lvm \
		--file $(B)/varyon=bin/varyon \
		--file tests/growth/growth-guest=tests/growth-guest \
		--file tests/growth/peers.sh=tests/peers.sh

# What comes into an initramfs for varyon, beside dm-mod and what dracut has anyway;
# without a network.
GROWTH_ADDED := $(B)/varyon $(KO) hooks/varyon-lib.sh hooks/12-varyon-dm.rules \
	hooks/66-varyon-pv.rules \
	$(filter-out %/module-setup.sh %/varyon-nbd.sh %/varyon-nbd-cmdline.sh, \
		$(wildcard dracut-module/50varyon/*))

growth: $(GROWTH_INITRAMFS)
	@ADDED='$(GROWTH_ADDED)' tests/growth/run '$(GROWTH)'

growth-record: $(GROWTH_INITRAMFS)
	@ADDED='$(GROWTH_ADDED)' tests/growth/run --record '$(GROWTH)'

.PHONY: growth growth-record
