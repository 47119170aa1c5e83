/* SPDX-License-Identifier: MIT */
/* From the kernel's list of channels to plain values. Damage stays with the channel or buffer that has it. */
#include "agent.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RAW_MAX = 4096,      /* bytes of a structure */
    CHANNELS_MAX = 1024, /* a list that is longer goes in a circle */
    CPUS_MAX = 8192,
    SUBBUFS_MAX = 1 << 20,
    TRIES = 4, /* a switch takes less than a microsecond */
    PAGE = 4096,
};

/* Fields, by the name that is printed and the path that leads to them. */
const struct field channel_fields[CHANNEL_VALUES] = {
    {"version", "version"},
    {"subbuf_size", "subbuf_size"},
    {"n_subbufs", "n_subbufs"},
    {"alloc_size", "alloc_size"},
    {"cb", "cb"},
    {"kref", "kref.refcount.refs.counter"},
    {"private_data", "private_data"},
    {"last_toobig", "last_toobig"},
    {"is_global", "is_global"},
    {"has_base_filename", "has_base_filename"},
};
enum {
    C_SUBBUF_SIZE = 1,
    C_N_SUBBUFS = 2,
    C_ALLOC_SIZE = 3,
    C_CB = 4,
    C_PRIVATE = 6,
    C_HAS_BASE = 9
};

const struct field buffer_fields[BUFFER_VALUES] = {
    {"start", "start"},
    {"data", "data"},
    {"offset", "offset"},
    {"subbufs_produced", "subbufs_produced"},
    {"subbufs_consumed", "subbufs_consumed"},
    {"chan", "chan"},
    {"prev_padding", "prev_padding"},
    {"bytes_consumed", "bytes_consumed"},
    {"early_bytes", "early_bytes"},
    {"finalized", "finalized"},
    {"cpu", "cpu"},
    {"page_count", "page_count"},
    {"page_array", "page_array"},
    {"kref", "kref.refcount.refs.counter"},
    {"full_count", "stats.full_count"},
    {"big_count", "stats.big_count"},
    {"padding_at", "padding"},
};
enum { B_START, B_DATA, B_OFFSET, B_PRODUCED, B_PAGES = 11, B_PAGE_ARRAY = 12, B_PADDING = 16 };

const char *const callback_names[CALLBACKS] = {"subbuf_start", "create_buf_file",
                                               "remove_buf_file"};

static struct place channel_at[CHANNEL_VALUES], buffer_at[BUFFER_VALUES], callback_at[CALLBACKS];
static struct place channel_all, channel_buf, channel_next, channel_prev, channel_parent,
    channel_base;
static struct place buffer_all, buffer_dentry, buffer_waiters, callbacks_all;
static struct place dentry_all, dentry_parent, dentry_name, dentry_inode, inode_size;
static struct place trace_dropped, trace_device, trace_channel;

bool channel_has(size_t value)
{
    return channel_at[value].size > 0;
}

bool buffer_has(size_t value)
{
    return buffer_at[value].size > 0 && value != B_PADDING;
}

static struct place whole(const struct types *types, const char *structure)
{
    struct place place = types_find(types, structure, "");
    if (place.size == 0 || place.size > RAW_MAX)
        agent_fail("the types have no structure %s: they are not those of a kernel with relay",
                   structure);
    return place;
}

/* A field that lies wholly in its structure; needed: every kernel has it. */
static struct place field(const struct types *types, const char *structure, const char *path,
                          uint32_t size, bool needed)
{
    struct place place = types_find(types, structure, path);
    if (place.size == 0 && !needed)
        return place;
    if (place.size == 0 || place.offset > size || place.size > size - place.offset)
        agent_fail("the types have no field %s in structure %s: this kernel cannot be read", path,
                   structure);
    return place;
}

static bool optional(const char *path)
{
    return !strncmp(path, "stats.", 6) || !strcmp(path, "prev_padding") ||
           !strcmp(path, "last_toobig");
}

static void find_fields(const struct types *types)
{
    channel_all = whole(types, "rchan");
    buffer_all = whole(types, "rchan_buf");
    callbacks_all = whole(types, "rchan_callbacks");
    dentry_all = whole(types, "dentry");
    for (size_t i = 0; i < CHANNEL_VALUES; i++)
        channel_at[i] = field(types, "rchan", channel_fields[i].path, channel_all.size,
                              !optional(channel_fields[i].path));
    for (size_t i = 0; i < BUFFER_VALUES; i++)
        buffer_at[i] = field(types, "rchan_buf", buffer_fields[i].path, buffer_all.size,
                             !optional(buffer_fields[i].path));
    for (size_t i = 0; i < CALLBACKS; i++)
        callback_at[i] =
            field(types, "rchan_callbacks", callback_names[i], callbacks_all.size, true);
    channel_buf = field(types, "rchan", "buf", channel_all.size, true);
    channel_next = field(types, "rchan", "list.next", channel_all.size, true);
    channel_prev = field(types, "rchan", "list.prev", channel_all.size, true);
    channel_parent = field(types, "rchan", "parent", channel_all.size, true);
    channel_base = field(types, "rchan", "base_filename", channel_all.size, true);
    buffer_dentry = field(types, "rchan_buf", "dentry", buffer_all.size, true);
    buffer_waiters = field(types, "rchan_buf", "read_wait.head.next", buffer_all.size, true);
    dentry_parent = field(types, "dentry", "d_parent", dentry_all.size, true);
    dentry_name = field(types, "dentry", "d_name.name", dentry_all.size, true);
    dentry_inode = field(types, "dentry", "d_inode", dentry_all.size, true);
    inode_size = types_find(types, "inode", "i_size");
    trace_dropped = types_find(types, "blk_trace", "dropped");
    trace_device = types_find(types, "blk_trace", "dev");
    trace_channel = types_find(types, "blk_trace", "rchan");
}

void kernel_open(struct kernel *kernel, const char *kcore, const char *kallsyms, const char *btf)
{
    memory_open(&kernel->memory, kcore);
    symbols_open(&kernel->symbols, kallsyms);
    types_open(&kernel->types, btf);
    find_fields(&kernel->types);
    kernel->head = symbols_address(&kernel->symbols, "relay_channels");
    uint64_t offsets = symbols_address(&kernel->symbols, "__per_cpu_offset");
    uint64_t possible = symbols_address(&kernel->symbols, "__cpu_possible_mask");
    uint64_t count = symbols_address(&kernel->symbols, "nr_cpu_ids");
    if (!memory_read(&kernel->memory, count, &kernel->n_cpus, sizeof kernel->n_cpus) ||
        kernel->n_cpus == 0 || kernel->n_cpus > CPUS_MAX)
        agent_fail("the number of CPUs cannot be read: symbols or memory are of another kernel");
    size_t words = (kernel->n_cpus + 63) / 64;
    kernel->cpus = agent_array(NULL, words, 8);
    kernel->cpu_offsets = agent_array(NULL, kernel->n_cpus, sizeof *kernel->cpu_offsets);
    if (!memory_read(&kernel->memory, possible, kernel->cpus, 8 * words) ||
        !memory_read(&kernel->memory, offsets, kernel->cpu_offsets, 8 * (size_t)kernel->n_cpus))
        agent_fail("where the CPUs keep their data cannot be read: symbols are of another kernel");
}

void kernel_close(struct kernel *kernel)
{
    close(kernel->memory.fd);
    free(kernel->memory.segments);
    free(kernel->types.file);
    free(kernel->types.at);
    free(kernel->symbols.file);
    free(kernel->symbols.by_address);
    free(kernel->cpus);
    free(kernel->cpu_offsets);
}

__attribute__((format(printf, 2, 3))) static void note(struct look *look, const char *format, ...)
{
    va_list arguments;
    if (look->n_errors == ERRORS_MAX)
        return;
    va_start(arguments, format);
    vsnprintf(look->errors[look->n_errors++], TEXT_MAX, format, arguments);
    va_end(arguments);
}

/* "/block/nullb0/trace0" of a directory entry; "" if it cannot be read. */
static void path_of(const struct memory *memory, uint64_t dentry, char *to)
{
    char parts[PATH_DEPTH][TEXT_MAX]; /* a name has at most 255 bytes */
    uint8_t raw[RAW_MAX];
    size_t n = 0, have = 0;
    to[0] = 0;
    for (;;) {
        if (!memory_read(memory, dentry, raw, dentry_all.size))
            return;
        uint64_t parent = types_value(dentry_parent, raw);
        if (parent == dentry)
            break;
        if (n == PATH_DEPTH ||
            !memory_text(memory, types_value(dentry_name, raw), parts[n], TEXT_MAX))
            return;
        n++;
        dentry = parent;
    }
    strcpy(to, n ? "" : "/");
    while (n-- > 0)
        have += (size_t)snprintf(to + have, PATH_LENGTH - have, "/%s", parts[n]);
}

static bool buffer_values(struct buffer *buffer, const struct memory *memory, uint64_t address,
                          uint8_t *raw)
{
    if (!memory_read(memory, address, raw, buffer_all.size))
        return false;
    buffer->address = address;
    for (size_t i = 0; i < BUFFER_VALUES; i++)
        buffer->values[i] = types_value(buffer_at[i], raw);
    buffer->start = buffer->values[B_START];
    buffer->produced = buffer->values[B_PRODUCED];
    buffer->waiter = types_value(buffer_waiters, raw) != address + buffer_waiters.offset;
    return true;
}

/* False while the writer is within a switch: produced, data and offset do not belong together. */
static bool settled(const struct channel *channel, const struct buffer *buffer)
{
    uint64_t offset = buffer->values[B_OFFSET], into = buffer->values[B_DATA] - buffer->start;
    uint64_t subbuf = into / channel->subbuf_size;
    if (into % channel->subbuf_size)
        return false;
    if (offset == channel->subbuf_size + 1) /* stopped: refused the sub-buffer after this one */
        return subbuf == (buffer->produced - 1) % channel->n_subbufs;
    return offset <= channel->subbuf_size && subbuf == buffer->produced % channel->n_subbufs;
}

/* The padding of the sub-buffers from buffer->since on; all, if that is more than a lap ago. */
static bool read_padding(struct buffer *buffer, const struct memory *memory, uint64_t n)
{
    /* also of the one being written: the last store of a switch sets it to 0 */
    uint64_t at = buffer->values[B_PADDING], end = buffer->produced + 1;
    if (buffer->since > end || end - buffer->since >= n || buffer->since == 0) {
        buffer->since = end >= n ? end - n : 0;
        return memory_read(memory, at, buffer->padding, 8 * n);
    }
    for (uint64_t k = buffer->since; k < end;) {
        uint64_t slot = k % n, run = end - k < n - slot ? end - k : n - slot;
        if (!memory_read(memory, at + 8 * slot, buffer->padding + slot, 8 * run))
            return false;
        k += run;
    }
    return true;
}

/* The same buffer in an earlier look; a channel that was opened anew may have another number of
 * sub-buffers, and with it other padding. */
static const struct buffer *earlier(const struct look *before, const struct channel *channel,
                                    uint64_t address)
{
    for (size_t i = 0; before && i < before->n_channels; i++) {
        const struct channel *one = &before->channels[i];
        if (one->address != channel->address || one->n_subbufs != channel->n_subbufs)
            continue;
        for (size_t k = 0; k < one->n_buffers; k++)
            if (one->buffers[k].address == address)
                return &one->buffers[k];
    }
    return NULL;
}

static void read_file(struct buffer *buffer, const struct memory *memory, const uint8_t *raw)
{
    uint64_t dentry = types_value(buffer_dentry, raw), inode;
    buffer->file_size = -1;
    if (!dentry)
        return;
    path_of(memory, dentry, buffer->file);
    if (inode_size.size && memory_u64(memory, dentry + dentry_inode.offset, &inode) && inode)
        memory_read(memory, inode + inode_size.offset, &buffer->file_size, 8);
}

/* One buffer: structure, padding, structure again, until the writer did not move in between. */
static bool read_buffer(struct look *look, const struct memory *memory, struct channel *channel,
                        struct buffer *buffer, const struct buffer *before)
{
    uint8_t raw[RAW_MAX], again[RAW_MAX];
    buffer->padding = agent_array(NULL, channel->n_subbufs, sizeof *buffer->padding);
    if (before)
        memcpy(buffer->padding, before->padding, 8 * channel->n_subbufs);
    buffer->mid_switch = true;
    for (int i = 0; i < TRIES && buffer->mid_switch; i++) {
        struct buffer second;
        look->retries += i > 0;
        buffer->since = before && !before->mid_switch ? before->produced : 0;
        if (!buffer_values(buffer, memory, buffer->address, raw) ||
            !read_padding(buffer, memory, channel->n_subbufs) ||
            !buffer_values(&second, memory, buffer->address, again))
            return false;
        buffer->mid_switch = second.produced != buffer->produced || !settled(channel, buffer);
    }
    uint64_t array = buffer->values[B_PAGE_ARRAY], pages = buffer->values[B_PAGES];
    memory_u64(memory, array, &buffer->page_first);
    memory_u64(memory, array + 8 * (pages - 1), &buffer->page_last);
    read_file(buffer, memory, raw);
    return true;
}

static void read_buffers(struct look *look, const struct kernel *kernel, struct channel *channel,
                         uint64_t per_cpu, const struct look *before)
{
    uint64_t last = 0;
    for (uint32_t cpu = 0; cpu < kernel->n_cpus; cpu++) {
        uint64_t address;
        if (!(kernel->cpus[cpu / 8] >> (cpu % 8) & 1))
            continue;
        if (!memory_u64(&kernel->memory, per_cpu + kernel->cpu_offsets[cpu], &address)) {
            note(look, "channel %#jx: the pointer of CPU %u is not there",
                 (uintmax_t)channel->address, cpu);
            continue;
        }
        if (!address || address == last) /* a global channel has one buffer in all */
            continue;
        last = address;
        channel->buffers =
            agent_array(channel->buffers, channel->n_buffers + 1, sizeof *channel->buffers);
        struct buffer *buffer = &channel->buffers[channel->n_buffers];
        memset(buffer, 0, sizeof *buffer);
        buffer->address = address;
        buffer->slot = cpu;
        if (read_buffer(look, &kernel->memory, channel, buffer,
                        earlier(before, channel, address))) {
            channel->n_buffers++;
            continue;
        }
        free(buffer->padding);
        note(look, "channel %#jx: the buffer of CPU %u at %#jx cannot be read",
             (uintmax_t)channel->address, cpu, (uintmax_t)address);
    }
}

static bool plausible(const struct channel *channel)
{
    uint64_t n = channel->n_subbufs, size = channel->subbuf_size;
    return n > 0 && n <= SUBBUFS_MAX && size > 0 && size <= UINT64_MAX / n &&
           channel->alloc_size >= n * size && channel->alloc_size - n * size < PAGE;
}

/* What blktrace's kernel side keeps beside its channel. */
static void read_blktrace(const struct memory *memory, struct channel *channel)
{
    uint64_t trace = channel->values[C_PRIVATE], owner;
    channel->is_blktrace =
        trace_dropped.size == 4 && trace_device.size == 4 && trace_channel.size == 8 &&
        memory_u64(memory, trace + trace_channel.offset, &owner) && owner == channel->address &&
        memory_read(memory, trace + trace_dropped.offset, &channel->dropped, 4) &&
        memory_read(memory, trace + trace_device.offset, &channel->device, 4);
}

static void read_client(const struct kernel *kernel, struct channel *channel)
{
    uint8_t raw[RAW_MAX];
    if (memory_read(&kernel->memory, channel->values[C_CB], raw, callbacks_all.size))
        for (size_t i = 0; i < CALLBACKS; i++) {
            channel->callback_addresses[i] = types_value(callback_at[i], raw);
            channel->callbacks[i] = symbols_name(&kernel->symbols, channel->callback_addresses[i]);
        }
    if (channel->callbacks[0] && !strcmp(channel->callbacks[0], "blk_subbuf_start_callback"))
        read_blktrace(&kernel->memory, channel);
}

/* One channel; false if its structure is not there, so that the list cannot be followed from it. */
static bool read_channel(struct look *look, const struct kernel *kernel, uint64_t address,
                         const struct look *before, uint8_t *raw)
{
    if (!memory_read(&kernel->memory, address, raw, channel_all.size)) {
        note(look, "channel %#jx cannot be read", (uintmax_t)address);
        return false;
    }
    look->channels = agent_array(look->channels, look->n_channels + 1, sizeof *look->channels);
    struct channel *channel = &look->channels[look->n_channels];
    memset(channel, 0, sizeof *channel);
    channel->address = address;
    for (size_t i = 0; i < CHANNEL_VALUES; i++)
        channel->values[i] = types_value(channel_at[i], raw);
    channel->subbuf_size = channel->values[C_SUBBUF_SIZE];
    channel->n_subbufs = channel->values[C_N_SUBBUFS];
    channel->alloc_size = channel->values[C_ALLOC_SIZE];
    if (!plausible(channel)) {
        note(look, "channel %#jx: sizes that no channel has", (uintmax_t)address);
        return true;
    }
    look->n_channels++;
    if (channel->values[C_HAS_BASE]) {
        size_t room = channel_base.size < TEXT_MAX ? channel_base.size : TEXT_MAX - 1;
        memcpy(channel->base, raw + channel_base.offset, room);
    }
    uint64_t parent = types_value(channel_parent, raw);
    if (parent)
        path_of(&kernel->memory, parent, channel->parent);
    read_client(kernel, channel);
    read_buffers(look, kernel, channel, types_value(channel_buf, raw), before);
    return true;
}

static bool known(const struct look *look, uint64_t address)
{
    for (size_t i = 0; i < look->n_channels; i++)
        if (look->channels[i].address == address)
            return true;
    return false;
}

/* Follows the list in one direction; false if it breaks off before it is round. */
static bool follow(struct look *look, const struct kernel *kernel, struct place link,
                   const struct look *before)
{
    uint8_t raw[RAW_MAX];
    uint64_t at = kernel->head + (link.offset - channel_next.offset), entry;
    if (!memory_u64(&kernel->memory, at, &entry))
        return false;
    for (int i = 0; i < CHANNELS_MAX && entry != kernel->head; i++) {
        uint64_t address = entry - channel_next.offset;
        if (known(look, address))
            return false;
        if (!read_channel(look, kernel, address, before, raw))
            return false;
        entry = types_value(link, raw);
    }
    return entry == kernel->head;
}

void look_take(struct look *look, const struct kernel *kernel, const struct look *before)
{
    memset(look, 0, sizeof *look);
    if (follow(look, kernel, channel_next, before))
        return;
    /* from the other end: what lies behind the break */
    note(look, "the list of channels breaks off: a channel was opened or closed meanwhile, or "
               "memory is damaged");
    follow(look, kernel, channel_prev, before);
}

void look_free(struct look *look)
{
    for (size_t i = 0; i < look->n_channels; i++) {
        for (size_t k = 0; k < look->channels[i].n_buffers; k++)
            free(look->channels[i].buffers[k].padding);
        free(look->channels[i].buffers);
    }
    free(look->channels);
}

static const struct channel *owner_of(const struct look *look, uint64_t buffer)
{
    for (size_t i = 0; i < look->n_channels; i++)
        if (earlier(look, &look->channels[i], buffer))
            return &look->channels[i];
    return NULL;
}

bool bytes_take(struct bytes *bytes, const struct kernel *kernel, const struct look *look,
                uint64_t address, uint64_t from, uint64_t length)
{
    uint8_t raw[RAW_MAX];
    const struct memory *memory = &kernel->memory;
    const struct channel *channel = owner_of(look, address);
    if (!channel || from > channel->alloc_size)
        return false;
    memset(bytes, 0, sizeof *bytes);
    bytes->from = from;
    bytes->length = channel->alloc_size - from < length ? channel->alloc_size - from : length;
    bytes->n_subbufs = channel->n_subbufs;
    bytes->data = agent_array(NULL, bytes->length, 1);
    bytes->before.padding = agent_array(NULL, channel->n_subbufs, 8);
    /* structure, data, structure: what of the data is whole follows from the two */
    if (buffer_values(&bytes->before, memory, address, raw) &&
        read_padding(&bytes->before, memory, channel->n_subbufs) &&
        memory_read(memory, bytes->before.start + from, bytes->data, bytes->length) &&
        buffer_values(&bytes->after, memory, address, raw)) {
        bytes->before.mid_switch = !settled(channel, &bytes->before);
        bytes->after.mid_switch = !settled(channel, &bytes->after);
        return true;
    }
    bytes_free(bytes);
    return false;
}

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    free(bytes->before.padding);
}
