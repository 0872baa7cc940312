# SPDX-License-Identifier: GPL-2.0
#
# build/varyon: one static binary, and build/bin/ with a link for each command.
# VARYON_CC chooses the compiler; what it makes has a place of its own, so that
# changing it rebuilds what must be rebuilt. COVERAGE: see tests/coverage/.

B ?= build
WARN ?= -std=gnu11 -Wall -Wextra -Werror
NICE ?= nice -n 10

VARYON_CC ?= musl-gcc
VARYON_B := $(B)/activator/$(VARYON_CC)
# libdevmapper depends on the C library only: musl's or the system's.
LIBDM_CC := $(if $(findstring musl,$(VARYON_CC)),$(VARYON_CC),gcc)
LIBDM := $(B)/libdm/$(LIBDM_CC)

# Without unwind tables: nobody unwinds, and they are 5 % of what goes into an initramfs.
# The program is loaded where it was linked to; that it could be loaded elsewhere is 2 %.
VARYON_CFLAGS := $(WARN) -Os -ffunction-sections -fdata-sections \
	-fno-asynchronous-unwind-tables -fno-pie \
	-isystem $(LIBDM) -isystem $(LIBDM)/kh $(COVERAGE)
VARYON_LDFLAGS := -static -no-pie -Wl,--gc-sections -s $(COVERAGE)
VARYON_SRC := $(wildcard kernel/core/*.c activator/lib/*.c activator/format/*.c \
	activator/vg/*.c activator/dm/*.c activator/monitor/*.c activator/commands/*.c)
VARYON_OBJ := $(VARYON_SRC:%.c=$(VARYON_B)/%.o)

$(LIBDM)/libdevmapper.a: activator/dm/build-libdevmapper.sh
	$(NICE) activator/dm/build-libdevmapper.sh $(@D) $(LIBDM_CC)

$(VARYON_B)/%.o: %.c | $(LIBDM)/libdevmapper.a
	@mkdir -p $(@D)
	$(NICE) $(VARYON_CC) $(VARYON_CFLAGS) -MMD -MP -c -o $@ $<

$(VARYON_B)/varyon: $(VARYON_OBJ) $(LIBDM)/libdevmapper.a
	@echo '$(VARYON_CC) $(VARYON_LDFLAGS) -o $@'
	@$(VARYON_CC) $(VARYON_LDFLAGS) -o $@ $^

# A copy only when it differs, so that what depends on it is not made anew;
# renamed into place, because the old one may be running.
$(B)/varyon: $(VARYON_B)/varyon FORCE
	@cmp -s $< $@ || { cp $< $@.new && mv $@.new $@; }
	@mkdir -p $(B)/bin
	@for verb in varyon $$($@ --links); do ln -sfn ../varyon $(B)/bin/$$verb; done

INSTALL += install-activator

install-activator: $(B)/varyon
	install -D -m 755 $(B)/varyon $(DESTDIR)/sbin/varyon
	for verb in $$($(B)/varyon --links); do ln -sfn varyon $(DESTDIR)/sbin/$$verb; done
	install -D -m 644 -t $(DESTDIR)/usr/share/man/man8 docs/man/*.8
	install -D -m 644 -t $(DESTDIR)/usr/share/man/man7 docs/man/*.7

FORCE:

.PHONY: FORCE install-activator

-include $(VARYON_OBJ:.o=.d)
