# SPDX-License-Identifier: GPL-2.0
#
# Images for the boot tests and the demo.

BOOT := $(B)/boot$(KERNEL_SUFFIX)
TREE := $(B)/vm/debian$(KERNEL_SUFFIX)
BOOT_IMAGE := tests/boot/image
BOOT_SMALL_UUID := 5a11c0de-0000-4000-8000-000000000001
BOOT_PLAIN_UUID := 5a11c0de-0000-4000-8000-000000000002

$(B)/vm/debian.tar: $(BOOT_IMAGE)/debian-tar
	@mkdir -p $(@D)
	@echo 'fetching Debian packages for $@'
	@$< $@

# The tree with varyon in it, as `make install` leaves it.
$(BOOT)/tree: $(B)/vm/debian.tar $(BOOT_IMAGE)/debian-tree $(GUEST_KERNEL) $(B)/varyon $(KO) \
		$(wildcard hooks/* hooks/initramfs-tools/* hooks/initramfs-tools/scripts/* \
		dracut-module/50varyon/*) tests/demo/demo-step tests/boot/guest/host-test \
		tests/boot/guest/host-test.service tests/boot/guest/monitor-test \
		tests/boot/guest/monitor-test.service $(B)/boot-tools/dmfreeze
	@mkdir -p $(@D)
	@$(BOOT_IMAGE)/debian-tree $(B)/vm/debian.tar $(KERNEL_DIR) $(KVER) $(TREE)
	@$(MAKE) --silent install DESTDIR=$(abspath $(TREE)) >&2
	@install -D -m 755 tests/demo/demo-step $(TREE)/usr/local/sbin/demo-step
	@install -D -m 755 -t $(TREE)/usr/local/sbin tests/boot/guest/host-test \
		tests/boot/guest/monitor-test $(B)/boot-tools/dmfreeze
	@install -D -m 644 -t $(TREE)/etc/systemd/system tests/boot/guest/host-test.service \
		tests/boot/guest/monitor-test.service
	@depmod -b $(TREE) $(KVER)
	@touch $@

$(BOOT)/initrd-%.img: $(BOOT)/tree $(BOOT_IMAGE)/initrd
	@$(NICE) $(BOOT_IMAGE)/initrd $(TREE) $(KVER) $* $@

# As an administrator would make it, for a machine with virtio disks.
$(BOOT)/initrd-plain.img: $(BOOT)/tree hooks/mkinitramfs
	@hooks/mkinitramfs -d $(TREE) -k $(KVER) -v $(B)/varyon -m virtio_pci -m virtio_blk -m ext4 \
		-z cat $@

# The same, for one with a USB stick.
$(BOOT)/initrd-usb.img: $(BOOT)/tree hooks/mkinitramfs
	@hooks/mkinitramfs -d $(TREE) -k $(KVER) -v $(B)/varyon -m virtio_pci -m virtio_blk -m ext4 \
		-m xhci_pci -m usb_storage -m sd_mod -z cat $@

$(BOOT)/debian.ext4: $(BOOT)/tree
	@truncate -s 384M $@.new
	@mke2fs -q -F -t ext4 -L debian -E root_owner=0:0 -d $(TREE) $@.new
	@mv $@.new $@

$(BOOT)/installer.img: tests/boot/guest/install-init tests/vm/mkinitramfs-mini $(B)/varyon $(KO) \
		$(GUEST_KERNEL)
	@mkdir -p $(@D)
	@tests/vm/mkinitramfs-mini --out $@ --init $< --kernel $(KERNEL_DIR) \
		--module virtio_pci --module virtio_blk $(CRC_MODULES) \
		--ko $(KO) --file $(B)/varyon=/bin/varyon --program /sbin/dmsetup

SMALL_ROOT := $(BOOT_IMAGE)/small-root tests/boot/guest/small-init tests/boot/guest/heart \
	$(addprefix $(B)/boot-tools/,dmfreeze nbdjoin) $(B)/varyon

$(addprefix $(B)/boot-tools/,dmfreeze nbdjoin): $(B)/boot-tools/%: tests/boot/guest/%.c
	@mkdir -p $(@D)
	@$(MUSLCC) $(WARN) -Os -static -isystem $(LIBDM)/kh -s -o $@ $<

$(BOOT)/small.ext4: $(SMALL_ROOT)
	@mkdir -p $(@D)
	@$< small $(BOOT_SMALL_UUID) $@

$(BOOT)/plain.ext4: $(SMALL_ROOT)
	@mkdir -p $(@D)
	@$< plain $(BOOT_PLAIN_UUID) $@

# Two disks with the small root on a mirrored volume; tests only take copies.
$(BOOT)/a.img $(BOOT)/b.img &: $(BOOT)/installer.img $(BOOT)/small.ext4 tests/vm/vm
	@truncate -s 0 $(BOOT)/a.img $(BOOT)/b.img
	@truncate -s 64M $(BOOT)/a.img $(BOOT)/b.img
	@tests/vm/vm run --disk $(BOOT)/a.img,serial=A --disk $(BOOT)/b.img,serial=B \
		--disk $(BOOT)/small.ext4,serial=image,ro --initrd $(BOOT)/installer.img \
		--append 'install.vg=rootvg install.lv=root install.size=24M' \
		--serial $(BOOT)/install.log --report $(BOOT)/table --timeout 180

# The same on three disks with RAID5.
R5_IMAGES := $(addprefix $(BOOT)/r5-,a.img b.img c.img)
$(R5_IMAGES) &: $(BOOT)/installer.img $(BOOT)/small.ext4 tests/vm/vm
	@truncate -s 0 $(R5_IMAGES)
	@truncate -s 64M $(R5_IMAGES)
	@tests/vm/vm run --disk $(BOOT)/r5-a.img,serial=A --disk $(BOOT)/r5-b.img,serial=B \
		--disk $(BOOT)/r5-c.img,serial=C --disk $(BOOT)/small.ext4,serial=image,ro \
		--initrd $(BOOT)/installer.img --serial $(BOOT)/r5-install.log \
		--append 'install.vg=r5vg install.lv=root install.size=24M install.type=raid5' \
		--report $(BOOT)/r5-table --timeout 240

BOOT_IMAGES := $(BOOT)/initrd-base.img $(BOOT)/initrd-dm.img $(BOOT)/initrd-dash.img \
	$(BOOT)/initrd-systemd.img $(BOOT)/initrd-tools.img $(BOOT)/initrd-plain.img $(BOOT)/plain.ext4 $(BOOT)/debian.ext4 \
	$(BOOT)/a.img $(BOOT)/b.img $(R5_IMAGES)

check-boot: $(BOOT_IMAGES) $(B)/satool
	@bats --tap tests/boot

# What takes too long for every check.
check-boot-long: $(BOOT)/initrd-net.img $(BOOT)/initrd-netsys.img $(BOOT)/initrd-usb.img $(BOOT_IMAGES) $(B)/satool
	@bats --tap tests/boot/long

# How long peers take to have root ready, and we; into build/boot/figures.md.
$(BOOT)/peer-installer.img: tests/boot/guest/peer-init tests/vm/mkinitramfs-mini $(GUEST_KERNEL)
	@mkdir -p $(@D)
	@tests/vm/mkinitramfs-mini --out $@ --init $< --kernel $(KERNEL_DIR) \
		--module virtio_pci --module virtio_blk --module dm-mod --module raid1 \
		--module dm-raid --program /sbin/lvm --program /sbin/mdadm

$(BOOT)/figures/%-a.img $(BOOT)/figures/%-b.img &: $(BOOT)/peer-installer.img $(BOOT)/small.ext4 tests/vm/vm
	@mkdir -p $(@D)
	@truncate -s 0 $(@D)/$*-a.img $(@D)/$*-b.img
	@truncate -s 64M $(@D)/$*-a.img $(@D)/$*-b.img
	@tests/vm/vm run --disk $(@D)/$*-a.img,serial=A --disk $(@D)/$*-b.img,serial=B \
		--disk $(BOOT)/small.ext4,serial=image,ro --initrd $(BOOT)/peer-installer.img \
		--append peer=$* --serial $(@D)/$*-install.log --timeout 300
	@grep -a -q '^install: done' $(@D)/$*-install.log

boot-figures: $(BOOT)/initrd-base.img $(BOOT)/initrd-dm.img $(BOOT)/initrd-dash.img \
		$(addprefix $(BENCH_B)/initrd-,lvm.img mdraid.img md.img) $(BOOT)/a.img \
		$(BOOT)/figures/lvm-a.img $(BOOT)/figures/md-a.img
	@tests/boot/figures $(BOOT)/figures.md

demo: $(BOOT)/initrd-systemd.img $(BOOT)/installer.img $(BOOT)/debian.ext4 $(B)/satool $(B)/diffregions
	@tests/demo/demo

$(B)/diffregions: tests/demo/diffregions.c
	@$(CC) $(WARN) -O2 -o $@ $<
