/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Relay channels in a guest's kernel, as asked for by commands, and what the kernel itself says of
 * them: the truth that readers of memory are compared with.
 *
 *   debugfs/relay_truth/command   write: one command, see commands below
 *   debugfs/relay_truth/report    read: every field of every channel and buffer, as JSON
 *
 * Byte k of event e of a CPU is (31 * e + k) & 255; lost events use up numbers too.
 */
#include <linux/crc32.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/relay.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#define CHANNELS_MAX 8
#define CPUS_MAX 8
#define EVENT_MAX 65536
#define REPORT_MAX (1 << 20)

struct channel {
	char name[32];
	unsigned long header; /* bytes that each sub-buffer begins with */
	unsigned long events[CPUS_MAX];
	struct rchan *relay;
};

static struct channel channels[CHANNELS_MAX];
static struct dentry *folder;
static DEFINE_MUTEX(commands_lock);
static u8 *event;

/* ---- the client's callbacks ---- */

static void begin(struct rchan_buf *buf, void *subbuf)
{
	struct channel *channel = buf->chan->private_data;

	if (!channel->header)
		return;
	subbuf_start_reserve(buf, channel->header);
	memset(subbuf, 0xee, channel->header);
}

static int start_overwrite(struct rchan_buf *buf, void *subbuf, void *before, size_t padding)
{
	begin(buf, subbuf);
	return 1;
}

static int start_no_overwrite(struct rchan_buf *buf, void *subbuf, void *before, size_t padding)
{
	if (relay_buf_full(buf))
		return 0;
	begin(buf, subbuf);
	return 1;
}

static struct dentry *create(const char *name, struct dentry *parent, umode_t mode,
			     struct rchan_buf *buf, int *is_global)
{
	if (!name) /* a channel without files still needs something that is not NULL */
		return folder;
	return debugfs_create_file_unsafe(name, mode, parent, buf, &relay_file_operations);
}

static struct dentry *create_global(const char *name, struct dentry *parent, umode_t mode,
				    struct rchan_buf *buf, int *is_global)
{
	*is_global = 1;
	return create(name, parent, mode, buf, is_global);
}

static int remove(struct dentry *file)
{
	debugfs_remove(file);
	return 0;
}

static const struct rchan_callbacks overwriting = {
	.subbuf_start = start_overwrite,
	.create_buf_file = create,
	.remove_buf_file = remove,
};
static const struct rchan_callbacks overwriting_global = {
	.subbuf_start = start_overwrite,
	.create_buf_file = create_global,
	.remove_buf_file = remove,
};
static const struct rchan_callbacks not_overwriting = {
	.subbuf_start = start_no_overwrite,
	.create_buf_file = create,
	.remove_buf_file = remove,
};
static const struct rchan_callbacks without = {
	.create_buf_file = create,
	.remove_buf_file = remove,
};

/* ---- writers ---- */

static void write_one(struct channel *channel, int cpu, u8 *bytes, size_t length)
{
	unsigned long number = channel->events[cpu]++;
	size_t k;

	for (k = 0; k < length; k++)
		bytes[k] = 31 * number + k;
	relay_write(channel->relay, bytes, length);
}

static struct task_struct *writers[CPUS_MAX];
static struct {
	struct channel *channel;
	unsigned long length, burst, pause; /* bytes, events, microseconds */
} load;

static int writer(void *cpu)
{
	u8 *bytes = kmalloc(load.length, GFP_KERNEL);
	unsigned long k;

	while (!kthread_should_stop()) {
		for (k = 0; bytes && k < load.burst; k++)
			write_one(load.channel, (long)cpu, bytes, load.length);
		usleep_range(load.pause, load.pause + 10);
	}
	kfree(bytes);
	return 0;
}

static void stop_writers(void)
{
	int cpu;

	for (cpu = 0; cpu < CPUS_MAX; cpu++)
		if (writers[cpu]) {
			kthread_stop(writers[cpu]);
			writers[cpu] = NULL;
		}
}

static int start_writers(struct channel *channel, unsigned long length, unsigned long burst,
			 unsigned long pause, unsigned long cpus)
{
	unsigned long cpu;

	stop_writers();
	load.channel = channel;
	load.length = min_t(unsigned long, length, EVENT_MAX);
	load.burst = burst;
	load.pause = pause;
	for (cpu = 0; cpu < min_t(unsigned long, cpus, CPUS_MAX); cpu++) {
		struct task_struct *task = kthread_create(writer, (void *)cpu, "truth/%lu", cpu);

		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, cpu);
		writers[cpu] = task;
		wake_up_process(task);
	}
	return 0;
}

/* ---- commands ---- */

static struct channel *find(const char *name)
{
	int i;

	for (i = 0; i < CHANNELS_MAX; i++)
		if (channels[i].relay && !strcmp(channels[i].name, name))
			return &channels[i];
	return NULL;
}

static const struct rchan_callbacks *callbacks_of(const char *mode)
{
	if (!strcmp(mode, "overwrite"))
		return &overwriting;
	if (!strcmp(mode, "global"))
		return &overwriting_global;
	return !strcmp(mode, "no-overwrite") ? &not_overwriting : &without;
}

static int open_channel(const char *name, unsigned long size, unsigned long n, const char *mode,
			unsigned long header, int files)
{
	struct dentry *parent = files ? debugfs_create_dir(name, folder) : NULL;
	struct channel *channel;
	int i;

	for (i = 0; i < CHANNELS_MAX && channels[i].relay; i++)
		;
	if (i == CHANNELS_MAX)
		return -ENOSPC;
	channel = &channels[i];
	memset(channel, 0, sizeof(*channel));
	strscpy(channel->name, name, sizeof(channel->name));
	channel->header = header;
	channel->relay = relay_open(files ? "cpu" : NULL, parent, size, n, callbacks_of(mode),
				    channel);
	return channel->relay ? 0 : -ENOMEM;
}

static int write_many(struct channel *channel, unsigned long length, unsigned long count)
{
	int cpu = raw_smp_processor_id(); /* the shell that asks is bound to one */
	unsigned long k;

	if (length > EVENT_MAX || cpu >= CPUS_MAX)
		return -EINVAL;
	for (k = 0; k < count; k++) {
		write_one(channel, cpu, event, length);
		cond_resched();
	}
	return 0;
}

static int perform(const char *command)
{
	unsigned long a, b, c, d;
	struct channel *channel;
	char name[32], mode[32];
	int files;

	if (sscanf(command, "open %31s %lu %lu %31s %lu %d", name, &a, &b, mode, &c, &files) == 6)
		return open_channel(name, a, b, mode, c, files);
	if (!strncmp(command, "stop", 4)) {
		stop_writers();
		return 0;
	}
	if (sscanf(command, "%*s %31s", name) != 1)
		return -EINVAL;
	channel = find(name);
	if (!channel)
		return -ENOENT;
	if (sscanf(command, "write %*s %lu %lu", &a, &b) == 2)
		return write_many(channel, a, b);
	if (sscanf(command, "start %*s %lu %lu %lu %lu", &a, &b, &c, &d) == 4)
		return start_writers(channel, a, b, c, d);
	if (strncmp(command, "flush", 5))
		return -EINVAL;
	relay_flush(channel->relay);
	return 0;
}

static ssize_t command_write(struct file *file, const char __user *from, size_t length, loff_t *at)
{
	char command[256];
	int result;

	if (!length || length >= sizeof(command))
		return -EINVAL;
	if (copy_from_user(command, from, length))
		return -EFAULT;
	command[length] = 0;
	mutex_lock(&commands_lock);
	result = perform(command);
	mutex_unlock(&commands_lock);
	return result ? result : length;
}

static const struct file_operations command_file = {
	.owner = THIS_MODULE,
	.write = command_write,
};

/* ---- the report ---- */

#define SAY(object, name) seq_printf(to, "\"" #name "\":%llu,", (u64)(object)->name)
#define SAY_POINTER(object, name) \
	seq_printf(to, "\"" #name "\":%llu,", (u64)(unsigned long)(object)->name)

static void report_buffer(struct seq_file *to, struct rchan_buf *buf, int slot)
{
	struct rchan *relay = buf->chan;
	size_t k;

	seq_printf(to, "{\"percpu_slot\":%d,\"addr\":%llu,", slot, (u64)(unsigned long)buf);
	SAY_POINTER(buf, start);
	SAY_POINTER(buf, data);
	SAY_POINTER(buf, chan);
	SAY_POINTER(buf, page_array);
	SAY(buf, offset);
	SAY(buf, subbufs_produced);
	SAY(buf, subbufs_consumed);
	SAY(buf, prev_padding);
	SAY(buf, bytes_consumed);
	SAY(buf, early_bytes);
	SAY(buf, finalized);
	SAY(buf, cpu);
	SAY(buf, page_count);
	seq_printf(to, "\"page0\":%llu,\"pagelast\":%llu,\"kref\":%u,",
		   (u64)(unsigned long)buf->page_array[0],
		   (u64)(unsigned long)buf->page_array[buf->page_count - 1], kref_read(&buf->kref));
	seq_printf(to, "\"file\":\"%pd4\",\"i_size\":%lld,\"padding\":[", buf->dentry,
		   buf->dentry ? (long long)i_size_read(d_inode(buf->dentry)) : -1LL);
	for (k = 0; k < relay->n_subbufs; k++)
		seq_printf(to, k ? ",%zu" : "%zu", buf->padding[k]);
	seq_printf(to, "],\"crc32\":%u}", crc32_le(~0u, buf->start, relay->alloc_size) ^ ~0u);
}

static void report_channel(struct seq_file *to, struct channel *channel)
{
	struct rchan *relay = channel->relay;
	struct rchan_buf *before = NULL;
	int cpu;

	seq_printf(to, "{\"name\":\"%s\",\"addr\":%llu,", channel->name, (u64)(unsigned long)relay);
	SAY(relay, version);
	SAY(relay, subbuf_size);
	SAY(relay, n_subbufs);
	SAY(relay, alloc_size);
	SAY_POINTER(relay, cb);
	SAY_POINTER(relay, private_data);
	SAY(relay, last_toobig);
	SAY(relay, is_global);
	SAY(relay, has_base_filename);
	seq_printf(to, "\"kref\":%u,\"base_filename\":\"%s\",\"parent\":\"%pd4\",",
		   kref_read(&relay->kref), relay->has_base_filename ? relay->base_filename : "",
		   relay->parent);
	seq_printf(to, "\"cb_syms\":{\"subbuf_start\":\"%ps\",\"create_buf_file\":\"%ps\",",
		   relay->cb->subbuf_start, relay->cb->create_buf_file);
	seq_printf(to, "\"remove_buf_file\":\"%ps\"},\"bufs\":[", relay->cb->remove_buf_file);
	for_each_possible_cpu(cpu) {
		struct rchan_buf *buf = *per_cpu_ptr(relay->buf, cpu);

		if (!buf || buf == before)
			continue;
		if (before)
			seq_putc(to, ',');
		before = buf;
		report_buffer(to, buf, cpu);
	}
	seq_puts(to, "]}");
}

static int report_show(struct seq_file *to, void *unused)
{
	bool first = true;
	int i;

	mutex_lock(&commands_lock);
	seq_puts(to, "{\"channels\":[");
	for (i = 0; i < CHANNELS_MAX; i++) {
		if (!channels[i].relay)
			continue;
		if (!first)
			seq_putc(to, ',');
		first = false;
		report_channel(to, &channels[i]);
	}
	seq_puts(to, "]}\n");
	mutex_unlock(&commands_lock);
	return 0;
}

static int report_open(struct inode *inode, struct file *file)
{
	return single_open_size(file, report_show, NULL, REPORT_MAX);
}

static const struct file_operations report_file = {
	.owner = THIS_MODULE,
	.open = report_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init truth_init(void)
{
	event = vmalloc(EVENT_MAX);
	if (!event)
		return -ENOMEM;
	folder = debugfs_create_dir("relay_truth", NULL);
	debugfs_create_file("command", 0600, folder, NULL, &command_file);
	debugfs_create_file("report", 0400, folder, NULL, &report_file);
	return 0;
}
module_init(truth_init); /* it stays: a guest ends as a whole */

MODULE_DESCRIPTION("What a kernel says of its own relay channels");
MODULE_LICENSE("Dual MIT/GPL");
