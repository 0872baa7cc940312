# Trace points, which the crash explorer records with.
CONFIG_FTRACE=y
CONFIG_BLK_DEV_IO_TRACE=y
