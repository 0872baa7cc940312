# The machine that tests/vm/vm makes.
CONFIG_HZ_250=y
CONFIG_SMP=y
CONFIG_NR_CPUS=4
CONFIG_HYPERVISOR_GUEST=y
CONFIG_PARAVIRT=y
CONFIG_KVM_GUEST=y
# an ELF kernel starts through PVH, without unpacking
CONFIG_PVH=y
CONFIG_ACPI=y
CONFIG_PCI=y
CONFIG_PCI_MSI=y
CONFIG_X86_MPPARSE=y
# CONFIG_X86_MCE is not set
# no mitigations: emulation pays for every instruction
# CONFIG_CPU_MITIGATIONS is not set
# CONFIG_VT is not set
CONFIG_TTY=y
CONFIG_SERIAL_8250=y
CONFIG_SERIAL_8250_CONSOLE=y
# a guest ends by an I/O port, see tests/guest/init
CONFIG_DEVPORT=y
CONFIG_HW_RANDOM=y
CONFIG_HW_RANDOM_VIRTIO=y
CONFIG_VIRTIO_MENU=y
CONFIG_VIRTIO_PCI=y
CONFIG_VIRTIO_BLK=y
