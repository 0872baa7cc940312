# SPDX-License-Identifier: GPL-2.0
#
# The benchmark: varyon beside its peers.
#
#	make bench			both lanes, all contenders and workloads
#	make bench LANE=counted CONTENDERS=varyon,md1n WORKLOADS=sync-4k
#	make bench-record		the same, and into docs/results/
#	make bench-check		varyon in the counted lane against tests/bench/baseline.json
#	make bench-baseline		make that file anew

BENCH_B := $(B)/bench
BENCH_IMAGE := $(BENCH_B)$(KERNEL_SUFFIX)
BENCH_INITRAMFS := $(BENCH_IMAGE)/initramfs.cpio
BENCH_MODULES := $(FIGURES_MODULES) virtio_pci virtio_blk

$(BENCH_INITRAMFS): $(CONTENDERS_BASE) tests/bench/bench-guest
	@mkdir -p $(@D)
	$(CONTENDERS_MAKE) $(addprefix --module ,$(BENCH_MODULES)) --program /usr/bin/fio \
		--file tests/bench/bench-guest=tests/bench-guest

bench: $(BENCH_INITRAMFS)
	@tests/bench/run $(BENCH_B) '$(LANE)' '$(CONTENDERS)' '$(WORKLOADS)'
	@tests/bench/report $(BENCH_B)/results.json

bench-record: $(BENCH_INITRAMFS) $(BENCH_B)/size.json
	@tests/bench/run $(BENCH_B) '$(LANE)' '$(CONTENDERS)' '$(WORKLOADS)'
	@tests/bench/record docs/results $(BENCH_B)/results.json $(BENCH_B)/size.json

bench-check: $(BENCH_INITRAMFS)
	@tests/bench/run $(BENCH_B)/check counted varyon,varyon5
	@tests/bench/compare tests/bench/baseline.json $(BENCH_B)/check/results.json

bench-baseline: $(BENCH_INITRAMFS)
	@tests/bench/run $(BENCH_B)/check counted varyon,varyon5
	@tests/bench/compare --baseline $(BENCH_B)/check/results.json >tests/bench/baseline.json.new
	@mv tests/bench/baseline.json.new tests/bench/baseline.json

# What device-mapper adds to an initramfs, and what varyon and its peers add beyond it.
BENCH_TREE := $(BENCH_B)/tree

$(BENCH_TREE).made: $(BOOT)/tree tests/bench/peer-tree
	@mkdir -p $(@D)
	@tests/bench/peer-tree $(TREE) $(BENCH_TREE)
	@touch $@

$(BENCH_B)/initrd-%.img: $(BENCH_TREE).made $(BOOT_IMAGE)/initrd
	@$(NICE) $(BOOT_IMAGE)/initrd $(BENCH_TREE) $(KVER) $* $@

$(BENCH_B)/size.json: $(BOOT)/initrd-base.img $(BOOT)/initrd-dm.img $(BOOT)/initrd-dash.img \
		$(BENCH_B)/initrd-lvm.img $(BENCH_B)/initrd-mdraid.img
	@tests/bench/sizes $^ >$@

.PHONY: bench bench-record bench-check bench-baseline
