/* SPDX-License-Identifier: MIT */
/* Opening a channel: checks, memory, the buffers' files, late files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define FILE_MODE 0400
#define LARGEST_ERRNO 4095 /* the kernel's ERR_PTR range */

bool relay_name_is_valid(const char *name, size_t longest)
{
    return strlen(name) <= longest && !strchr(name, '/');
}

static bool is_error(const struct dentry *dentry)
{
    return !dentry || (uintptr_t)dentry >= (uintptr_t)-LARGEST_ERRNO;
}

/* What only a directory on disk says: create_buf_file itself had nothing against it. */
static bool is_of_disk(enum relay_error_code error)
{
    return (error >= RELAY_ERR_STALE && error <= RELAY_ERR_DAMAGED) ||
           error == RELAY_ERR_FILE_LIMIT;
}

/* Call the client's create_buf_file. Only the call that makes the first buffer may set is_global. */
struct dentry *relay_make_file(struct rchan *chan, struct rchan_buf *buf, unsigned cpu)
{
    char name[RELAY_NAME_MAX + 16];
    enum relay_error_code before = relay_error();
    int is_global = chan->is_global;
    bool named = relay_load(&chan->has_base_filename);
    bool is_first = relay_next_buf(chan, &(unsigned){0}) == NULL;
    struct dentry *dentry;
    RELAY_MAY_BE_LEFT bool has_returned = false;

    snprintf(name, sizeof(name), "%s%u", chan->own->base_filename, cpu);
    relay_error_clear();
    dentry = chan->cb->create_buf_file(named ? name : NULL, named ? chan->own->parent : NULL,
                                       FILE_MODE, buf, &is_global);
    has_returned = true;
    if (is_first)
        chan->is_global = is_global != 0;
    if (!is_error(dentry))
        relay_set_error(before);
    else if (!is_of_disk(relay_error()))
        relay_set_error(RELAY_ERR_CREATE_FILE);
    return is_error(dentry) ? NULL : dentry;
}

struct rchan_buf *relay_open_buf(struct rchan *chan, unsigned cpu)
{
    struct rchan_buf *buf = relay_buf_create(chan, cpu);
    struct dentry *dentry;

    if (!buf)
        return NULL;
    RELAY_PROBE(OPEN_BUFFER);
    dentry = relay_make_file(chan, buf, cpu);
    if (!dentry) {
        relay_buf_put(buf);
        return NULL;
    }
    if (relay_load(&chan->has_base_filename))
        relay_buf_set_dentry(buf, dentry);
    RELAY_PROBE(OPEN_FILE);
    if (relay_buf_enter(buf)) {
        relay_buf_start(buf);
        relay_buf_leave(buf);
    }
    return buf;
}

static enum relay_error_code check(const char *base_filename, size_t subbuf_size, size_t n_subbufs,
                                   const struct rchan_callbacks *cb,
                                   const struct relay_options *opt)
{
    bool any_online = !opt->online;

    if (subbuf_size == 0 || n_subbufs == 0 || subbuf_size > UINT32_MAX / n_subbufs)
        return RELAY_ERR_SIZE;
    if (!cb || !cb->create_buf_file || !cb->remove_buf_file)
        return RELAY_ERR_CALLBACKS;
    if (n_subbufs > RELAY_MAX_SUBBUFS)
        return RELAY_ERR_COUNT;
    if (base_filename && !relay_name_is_valid(base_filename, RELAY_NAME_MAX))
        return RELAY_ERR_NAME;
    if (opt->header_size && opt->header_size >= subbuf_size - 1)
        return RELAY_ERR_RESERVE;
    for (unsigned cpu = 0; opt->online && cpu < opt->cpus; cpu++)
        any_online |= opt->online[cpu] != 0;
    if (opt->cpus == 0 || opt->cpus > RELAY_MAX_CPUS || !any_online)
        return RELAY_ERR_CPUS;
    return RELAY_ERR_OK;
}

/* False: in a directory on disk that name is another channel's. */
static bool set_name(struct rchan *chan, const char *base_filename, struct dentry *parent)
{
    strcpy(chan->own->base_filename, base_filename);
    if (parent && parent->disk && !parent->disk->claim(parent, chan))
        return false;
    relay_dentry_get(parent);
    chan->own->parent = parent;
    relay_store(&chan->has_base_filename, 1);
    return true;
}

void relay_chan_give_up_name(struct rchan *chan)
{
    struct relay_channel *own = chan->own;

    if (own->has_claim && relay_region_is_ours(&own->region))
        own->parent->disk->give_up(own->parent, chan);
    own->has_claim = false;
}

static void free_channel(struct relay_channel *own)
{
    if (!own)
        return;
    free(own->bufs);
    free(own->online);
    free(own);
}

/* A channel without buffers. */
static struct rchan *create_channel(size_t subbuf_size, size_t n_subbufs,
                                    const struct relay_options *opt)
{
    struct relay_channel *own = calloc(1, sizeof(*own) + opt->cpus * sizeof(struct relay_way));
    size_t bytes = subbuf_size * n_subbufs;
    size_t alloc_size = (bytes + RELAY_PAGE_SIZE - 1) / RELAY_PAGE_SIZE * RELAY_PAGE_SIZE;
    size_t control_size = sizeof(struct relay_ctl) + n_subbufs * sizeof(struct relay_slot);

    if (own) {
        own->bufs = calloc(opt->cpus, sizeof(struct rchan_buf *));
        own->online = calloc(opt->cpus, 1);
    }
    if (!own || !own->bufs || !own->online) {
        relay_set_error(RELAY_ERR_NO_MEMORY);
        free_channel(own);
        return NULL;
    }
    if (!relay_region_open(&own->region, alloc_size, control_size, opt->cpus, opt->memory_limit)) {
        free_channel(own);
        return NULL;
    }
    own->users = own->refs = 1;
    own->writers = relay_membarrier_ready() ? opt->writers : RELAY_WRITERS_MANY;
    own->pub.version = RELAYFS_CHANNEL_VERSION;
    own->pub.subbuf_size = subbuf_size;
    own->pub.n_subbufs = n_subbufs;
    own->pub.alloc_size = alloc_size;
    own->pub.header_size = opt->header_size;
    own->pub.cpus = opt->cpus;
    own->pub.own = own;
    return &own->pub;
}

void relay_chan_unref(struct rchan *chan)
{
    struct relay_channel *own = chan->own;

    if (__atomic_sub_fetch(&own->refs, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    relay_chan_give_up_name(chan);
    relay_region_close(&own->region);
    relay_dentry_put(own->parent);
    free_channel(own);
}

/* A buffer for one CPU; after the first it is known whether there will be room for the others. */
static bool open_one(struct rchan *chan, unsigned cpu, unsigned others)
{
    if (relay_cpu_come(chan, cpu) != 0)
        return false;
    if (chan->is_global || relay_region_has_room(&chan->own->region, others))
        return true;
    relay_set_error(RELAY_ERR_NO_MEMORY);
    return false;
}

/* A buffer for each CPU on line; on failure everything that was made is gone again. */
static bool open_bufs(struct rchan *chan, const unsigned char *online)
{
    enum relay_error_code cause;
    unsigned others = 0;

    for (unsigned cpu = 0; cpu < chan->cpus; cpu++)
        others += !online || online[cpu];
    for (unsigned cpu = 0; cpu < chan->cpus; cpu++) {
        if ((online && !online[cpu]) || open_one(chan, cpu, --others))
            continue;
        cause = relay_error();
        relay_close_bufs(chan);
        relay_set_error(cause);
        return false;
    }
    return true;
}

static bool is_ok(enum relay_error_code code)
{
    if (code != RELAY_ERR_OK)
        relay_set_error(code);
    return code == RELAY_ERR_OK;
}

struct rchan *relay_chan_create(const char *base_filename, struct dentry *parent,
                                size_t subbuf_size, size_t n_subbufs,
                                const struct rchan_callbacks *cb, void *private_data,
                                const struct relay_options *opt)
{
    struct rchan *chan;

    if (!is_ok(check(base_filename, subbuf_size, n_subbufs, cb, opt)))
        return NULL;
    chan = create_channel(subbuf_size, n_subbufs, opt);
    if (!chan)
        return NULL;
    chan->cb = cb;
    chan->private_data = private_data;
    chan->own->subbuf_start = cb->subbuf_start;
    if (!base_filename || set_name(chan, base_filename, parent))
        return chan;
    relay_chan_unref(chan);
    return NULL;
}

RELAY_EXPORT struct rchan *relay_open_on(const char *base_filename, struct dentry *parent,
                                         size_t subbuf_size, size_t n_subbufs,
                                         const struct rchan_callbacks *cb, void *private_data,
                                         const struct relay_options *opt)
{
    struct relay_options options = opt ? *opt : (struct relay_options){0};
    struct rchan *chan;

    if (options.cpus == 0 && !options.online)
        options.cpus = (unsigned)sysconf(_SC_NPROCESSORS_CONF);
    chan = relay_chan_create(base_filename, parent, subbuf_size, n_subbufs, cb, private_data,
                             &options);
    if (!chan)
        return NULL;
    if (relay_channels_lock()) {
        bool opened = open_bufs(chan, options.online);

        relay_channels_unlock();
        if (opened)
            return chan;
    }
    relay_put(chan);
    return NULL;
}

RELAY_EXPORT struct rchan *relay_open(const char *base_filename, struct dentry *parent,
                                      size_t subbuf_size, size_t n_subbufs,
                                      const struct rchan_callbacks *cb, void *private_data)
{
    return relay_open_on(base_filename, parent, subbuf_size, n_subbufs, cb, private_data, NULL);
}

/* Give a file to each buffer of a CPU on line; the first failure ends it. */
static int make_late_files(struct rchan *chan)
{
    struct rchan_buf *buf;

    RELAY_EACH_BUF (chan, buf) {
        struct dentry *dentry;

        if (!chan->is_global && !relay_cpu_is_online(chan, buf->ctl->cpu))
            continue;
        dentry = relay_make_file(chan, buf, buf->ctl->cpu);
        if (!dentry)
            return -EINVAL;
        relay_buf_set_dentry(buf, dentry);
    }
    return 0;
}

RELAY_EXPORT int relay_late_setup_files(struct rchan *chan, const char *base_filename,
                                        struct dentry *parent)
{
    int result;

    if (!chan || !base_filename) {
        relay_set_error(chan ? RELAY_ERR_NAME : RELAY_ERR_NO_CHANNEL);
        return -EINVAL;
    }
    if (!relay_name_is_valid(base_filename, RELAY_NAME_MAX)) {
        relay_set_error(RELAY_ERR_NAME);
        return -EINVAL;
    }
    if (!relay_channels_lock())
        return -EDEADLK;
    if (chan->own->closed) {
        relay_set_error(RELAY_ERR_CLOSED);
        result = -EINVAL;
    } else if (chan->has_base_filename) {
        relay_set_error(RELAY_ERR_EXISTS);
        result = -EEXIST;
    } else {
        result = set_name(chan, base_filename, parent) ? make_late_files(chan)
                                                       : -relay_error_errno(relay_error());
    }
    relay_channels_unlock();
    return result;
}
