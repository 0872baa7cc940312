# Debugging under user-mode Linux, which has time for larger code.
CONFIG_KASAN_INLINE=y
