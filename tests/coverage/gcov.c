// SPDX-License-Identifier: GPL-2.0
/*
 * Which lines of the module have run, for gcov. Linked into a module that was
 * compiled with -fprofile-arcs; writing DIR to its parameter "coverage" writes
 * DIR/<path of each object>.gcda, in directories that are there already.
 *
 * CONFIG_GCOV_KERNEL does the same; no kernel of Debian's has it.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/string.h>

/* As gcc lays it out, versions 12 and 13. */
#define GCOV_COUNTERS	8
#define TAG_FILE	0x67636461	/* "gcda" */
#define TAG_FUNCTION	0x01000000
#define TAG_ARCS	0x01a10000

#if __GNUC__ < 12 || __GNUC__ > 13
#error "another gcc, another layout"
#endif

struct gcov_fn_info {
	const void *key;
	u32 ident, lineno_checksum, cfg_checksum;
	struct {
		u32 nr;
		s64 *values;
	} arcs;				/* the only counters that there are */
};

struct gcov_info {
	u32 version;
	struct gcov_info *next;
	u32 stamp, checksum;
	const char *filename;
	void (*merge[GCOV_COUNTERS])(s64 *values, u32 nr);
	u32 nr_functions;
	struct gcov_fn_info **functions;
};

void __gcov_init(struct gcov_info *info);
void __gcov_exit(void);
void __gcov_merge_add(s64 *values, u32 nr);

/* Each object file has a constructor; the linker sorts them between these two. */
typedef void (*constructor)(void);
static const constructor first __used __section(".init_array.00000");
static const constructor last __used __section(".init_array.99999");

static struct gcov_info *objects;
static bool registered;
static u32 buffer[1 << 16];

void __gcov_init(struct gcov_info *info)
{
	info->next = objects;
	objects = info;
}

void __gcov_exit(void)
{
}

void __gcov_merge_add(s64 *values, u32 nr)
{
}

/* The file's contents; returns bytes, or -EFBIG. */
static ssize_t gcov_fill(const struct gcov_info *info)
{
	const struct gcov_fn_info *fn;
	u32 *p = buffer, f;

	*p++ = TAG_FILE;
	*p++ = info->version;
	*p++ = info->stamp;
	*p++ = info->checksum;
	for (f = 0; f < info->nr_functions; f++) {
		fn = info->functions[f];
		if (!fn || fn->key != info)
			continue;
		if (p + 7 + 2 * fn->arcs.nr > buffer + ARRAY_SIZE(buffer))
			return -EFBIG;
		*p++ = TAG_FUNCTION;
		*p++ = 3 * sizeof(u32);
		*p++ = fn->ident;
		*p++ = fn->lineno_checksum;
		*p++ = fn->cfg_checksum;
		*p++ = TAG_ARCS;
		*p++ = fn->arcs.nr * sizeof(u64);
		memcpy(p, fn->arcs.values, fn->arcs.nr * sizeof(u64));
		p += 2 * fn->arcs.nr;
	}
	return (char *)p - (char *)buffer;
}

static int gcov_write(const char *dir, const struct gcov_info *info)
{
	char *path = kasprintf(GFP_KERNEL, "%s%s", dir, info->filename);
	ssize_t bytes = gcov_fill(info), r;
	struct file *file;
	loff_t at = 0;

	if (!path)
		return -ENOMEM;
	file = filp_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	kfree(path);
	if (IS_ERR(file))
		return PTR_ERR(file);
	r = bytes < 0 ? bytes : kernel_write(file, buffer, bytes, &at);
	filp_close(file, NULL);
	return r < 0 ? r : 0;
}

static int gcov_set(const char *value, const struct kernel_param *param)
{
	const constructor *c;
	struct gcov_info *info;
	char dir[256];
	int r = 0;

	if (strscpy(dir, value, sizeof(dir)) < 0)
		return -EINVAL;
	/* the compiler sees nothing behind the first */
	c = &first + 1;
	OPTIMIZER_HIDE_VAR(c);
	for (; !registered && c < &last; c++)
		(*c)();
	registered = true;
	for (info = objects; info && !r; info = info->next)
		r = gcov_write(strim(dir), info);
	return r;
}

static const struct kernel_param_ops gcov_ops = { .set = gcov_set };
module_param_cb(coverage, &gcov_ops, NULL, 0200);
