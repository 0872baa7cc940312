# SPDX-License-Identifier: GPL-2.0
#
# check-model: the random walk against kernel/core, see tests/model/run.
# MODEL_ARGS: such as "-s 17 -n 100000" for a long walk from a known seed.

NICE ?= nice -n 10
MODEL_ARGS ?=

check-model:
	@$(NICE) tests/model/run $(MODEL_ARGS)

.PHONY: check-model
