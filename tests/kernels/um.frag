# User-mode Linux: a kernel that is a process, see tests/um/run.
CONFIG_BLK_DEV_UBD=y
CONFIG_HOSTFS=y
# for MAGIC_SYSRQ
CONFIG_MCONSOLE=y
CONFIG_STDERR_CONSOLE=y
CONFIG_SSL=y
CONFIG_CON_ZERO_CHAN="fd:0,fd:1"
CONFIG_CON_CHAN="null"
CONFIG_SSL_CHAN="null"
# CONFIG_STATIC_LINK is not set
