# SPDX-License-Identifier: GPL-2.0
#
# check-sim: the module in a simulated kernel, bounded, then every mutant; see
# tests/sim/run. SIM_ARGS: such as "-s 17 -n 100000000". sim: one long walk of
# STEPS from SEED. Included by the top Makefile.

B ?= build
NICE ?= nice -n 10
STEPS ?= 1000000000
SIM_ARGS ?=

sim:
	@tests/sim/build $(B)/tests/sim/plain
	@$(NICE) $(B)/tests/sim/plain/sim --steps $(STEPS) --seed $(or $(SEED),1)

check-sim:
	@$(NICE) tests/sim/run $(SIM_ARGS)

.PHONY: sim check-sim
