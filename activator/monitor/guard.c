// SPDX-License-Identifier: GPL-2.0
/* Memory and system calls of the monitor; see guard.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/dm-ioctl.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "guard.h"

#define STACK		(64 * 1024)
#define STACK_PAINT	0xa5

enum err_code guard_place(struct err *e)
{
	struct statfs fs;

	if (statfs("/proc/self/exe", &fs))
		return err_set(e, ERR_IO, "/proc/self/exe: %s", strerror(errno));
	if (fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC)
		return ERR_OK;
	return err_set(e, ERR_CONFLICT,
		       "the program lies on a disk, which may be one that is to be watched; start a copy in memory (cp /sbin/varyon /run && /run/varyon monitor), or add --allow-disk");
}

bool guard_oom(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, "-1000", 5) == 5;

	if (fd >= 0)
		close(fd);
	return ok;
}

void guard_detach(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	setsid();
}

/* ---- memory ---- */

static const volatile unsigned char *stack_low;

/* Touch the pages below, and leave them so that one can see how far they are used. */
static __attribute__((noinline)) void paint_stack(void)
{
	volatile unsigned char area[STACK];

	for (size_t i = 0; i < sizeof(area); i++)
		area[i] = STACK_PAINT;
	/* only to look at what later calls leave there */
	__asm__("" : "=r" (stack_low) : "0" (area));
}

size_t guard_stack_used(void)
{
	size_t untouched = 0;

	while (untouched < STACK && stack_low[untouched] == STACK_PAINT)
		untouched++;
	return STACK - untouched;
}

size_t guard_stack_size(void)
{
	return STACK;
}

enum err_code guard_memory(const char **note, struct err *e)
{
	*note = NULL;
	paint_stack();
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		return err_set(e, ERR_FAILED, "cannot lock memory: %s", strerror(errno));
	if (prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0))
		*note = "the kernel may wait for disks when it needs memory for the monitor";
	return ERR_OK;
}

/* ---- system calls ---- */

#if defined(__x86_64__)
#define ARCH	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH	AUDIT_ARCH_AARCH64
#endif

#ifdef ARCH

#define LOAD(field)	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what)	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##what)
/* Go on with the next line when equal, else skip so many. */
#define UNLESS(value, skip)	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, (skip))
#define ALLOW(nr)	UNLESS(__NR_##nr, 1), RETURN(ALLOW)

bool guard_calls(void)
{
	static struct sock_filter filter[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		RETURN(KILL_PROCESS),
		LOAD(nr),
		ALLOW(ppoll),
		ALLOW(read),
		ALLOW(write),
		ALLOW(sendto),
		ALLOW(recvfrom),
		ALLOW(accept4),
		ALLOW(getsockopt),
		ALLOW(close),
		ALLOW(readlinkat),
		ALLOW(clock_gettime),
		ALLOW(restart_syscall),
		ALLOW(rt_sigreturn),
		ALLOW(exit_group),
		UNLESS(__NR_ioctl, 7),
		LOAD(args[1]),
		UNLESS(DM_DEV_ARM_POLL, 1),
		RETURN(ALLOW),
		UNLESS(DM_LIST_DEVICES, 1),
		RETURN(ALLOW),
		UNLESS(DM_TABLE_STATUS, 1),
		RETURN(ALLOW),
		RETURN(KILL_PROCESS),
	};
	static struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]), .filter = filter,
	};

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

#else

bool guard_calls(void)
{
	return false;
}

#endif
