# SPDX-License-Identifier: GPL-2.0
#
# Installation of what an initramfs and udev need beside the program.

install: install-hooks

install-hooks:
	install -D -m 644 -t $(DESTDIR)/usr/lib/varyon hooks/varyon-lib.sh
	install -D -m 755 -t $(DESTDIR)/usr/lib/varyon hooks/mkinitramfs hooks/plain-init hooks/activate \
		hooks/notify
	install -d $(DESTDIR)/usr/sbin
	ln -sfn ../lib/varyon/mkinitramfs $(DESTDIR)/usr/sbin/varyon-mkinitramfs
	install -D -m 644 -t $(DESTDIR)/usr/lib/udev/rules.d hooks/12-varyon-dm.rules \
		hooks/66-varyon-pv.rules hooks/67-varyon-activate.rules
	install -D -m 644 -t $(DESTDIR)/usr/lib/systemd/system hooks/varyon-activate@.service \
		hooks/varyon-deactivate.service hooks/varyon-monitor.service \
		hooks/varyon-notify.service
	install -d $(DESTDIR)/usr/lib/systemd/system/multi-user.target.wants
	ln -sfn ../varyon-notify.service \
		$(DESTDIR)/usr/lib/systemd/system/multi-user.target.wants/varyon-notify.service
	install -d $(DESTDIR)/usr/lib/systemd/system/final.target.wants
	ln -sfn ../varyon-deactivate.service \
		$(DESTDIR)/usr/lib/systemd/system/final.target.wants/varyon-deactivate.service
	install -D -m 755 hooks/initramfs-tools/hook \
		$(DESTDIR)/usr/share/initramfs-tools/hooks/varyon
	for script in hooks/initramfs-tools/scripts/*; do \
		install -D -m 755 $$script \
			$(DESTDIR)/usr/share/initramfs-tools/scripts/$${script##*/}/varyon; \
	done
	install -D -m 755 -t $(DESTDIR)/usr/lib/dracut/modules.d/50varyon dracut-module/50varyon/*.sh
	install -D -m 644 -t $(DESTDIR)/usr/lib/dracut/modules.d/50varyon dracut-module/50varyon/*.rules

.PHONY: install-hooks
