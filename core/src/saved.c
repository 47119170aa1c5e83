/* SPDX-License-Identifier: MIT */
/*
 * A block of bytes becomes a channel. Nothing that the block says is used before it was checked, and
 * no buffer is shown to anybody before it is valid.
 */
#include <errno.h>
#include <string.h>

#include "saved.h"

RELAY_EXPORT int relay_saved_info(const void *bytes, size_t size, struct relay_saved *ret)
{
    const struct relay_saved_head *head;
    struct relay_block block;

    if (!relay_block_begin(&block, bytes, size)) {
        relay_set_error(RELAY_ERR_SAVED);
        return -EBADMSG;
    }
    head = &block.head;
    *ret = (struct relay_saved){.subbuf_size = head->subbuf_size,
                                .n_subbufs = head->n_subbufs,
                                .header_size = head->header_size,
                                .cpus = head->cpus,
                                .bufs = head->bufs,
                                .is_global = head->is_global,
                                .is_named = head->is_named,
                                .is_closed = head->is_closed};
    if (head->is_named)
        strcpy(ret->base_filename, head->base_filename);
    return 0;
}

/* A buffer that nobody knows yet; NULL: the error is set. */
static struct rchan_buf *get_buf(struct relay_block *block, struct rchan *chan,
                                 const struct relay_saved_buf *saved)
{
    struct rchan_buf *buf = relay_buf_create(chan, saved->cpu);

    if (!buf)
        return NULL;
    if (relay_block_control(block, saved, buf->ctl) &&
        relay_block_data(block, buf->start, buf->ctl->alloc_size, true)) {
        if (saved->finalized)
            relay_store(&buf->ctl->limit, 0);
        if (relay_buf_is_valid(buf))
            return buf;
    }
    relay_buf_put(buf);
    relay_set_error(RELAY_ERR_SAVED);
    return NULL;
}

/* Let the client make the file that the buffer had. */
static bool make_file(struct rchan *chan, struct rchan_buf *buf)
{
    int is_global = chan->is_global;
    struct dentry *dentry = relay_make_file(chan, buf, buf->ctl->cpu);

    chan->is_global = is_global;
    if (dentry)
        relay_buf_set_dentry(buf, dentry);
    return dentry != NULL;
}

/* One buffer with its file, in its place. False: the error is set. */
static bool open_buf(struct relay_block *block, struct rchan *chan)
{
    struct relay_saved_buf saved;
    struct rchan_buf *buf;

    if (!relay_block_buf(block, &saved) || relay_cpu_buf(chan, saved.cpu)) {
        relay_set_error(RELAY_ERR_SAVED);
        return false;
    }
    buf = get_buf(block, chan, &saved);
    if (!buf)
        return false;
    if (saved.has_file && !make_file(chan, buf)) {
        relay_buf_put(buf);
        return false;
    }
    for (unsigned cpu = 0; cpu < chan->cpus; cpu++)
        if (relay_block_serves(block, cpu, saved.cpu))
            relay_cpu_attach(chan, cpu, buf, block->flags[cpu] & RELAY_SAVED_ONLINE);
    return true;
}

/* The channels are locked. On failure everything that was made is gone again. */
static bool open_bufs(struct relay_block *block, struct rchan *chan)
{
    enum relay_error_code cause = RELAY_ERR_NO_MEMORY;
    unsigned count = block->head.bufs;

    if (relay_region_has_room(&chan->own->region, count)) {
        cause = RELAY_ERR_SAVED;
        while (count > 0 && open_buf(block, chan))
            count--;
        if (count == 0 && block->left == 0)
            return true;
        if (count > 0)
            cause = relay_error();
    }
    relay_close_bufs(chan);
    relay_set_error(cause);
    return false;
}

/* Whether opening failed for something else than what the block says. */
static bool is_no_fault_of_the_block(enum relay_error_code error)
{
    return error == RELAY_ERR_CALLBACKS || error == RELAY_ERR_NO_MEMORY ||
           error == RELAY_ERR_FILE_LIMIT || error == RELAY_ERR_EXISTS ||
           (error >= RELAY_ERR_STALE && error <= RELAY_ERR_DAMAGED);
}

/* A channel without buffers. What relay_open would refuse was not saved by us. */
static struct rchan *open_head(const struct relay_saved_head *head, struct dentry *parent,
                               const struct rchan_callbacks *cb, void *private_data)
{
    struct relay_options opt = {.cpus = head->cpus,
                                .writers =
                                    head->one_writer ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY,
                                .header_size = head->header_size,
                                .memory_limit = head->memory_limit};
    struct rchan *chan =
        relay_chan_create(head->is_named ? head->base_filename : NULL, parent, head->subbuf_size,
                          head->n_subbufs, cb, private_data, &opt);

    if (chan) {
        chan->is_global = head->is_global;
        relay_store(&chan->last_toobig, head->last_toobig);
    } else if (!is_no_fault_of_the_block(relay_error())) {
        relay_set_error(RELAY_ERR_SAVED);
    }
    return chan;
}

RELAY_EXPORT struct rchan *relay_open_saved(const void *bytes, size_t size, struct dentry *parent,
                                            const struct rchan_callbacks *cb, void *private_data)
{
    struct relay_block block;
    struct rchan *chan;

    if (!relay_block_begin(&block, bytes, size) || !relay_block_cpus(&block)) {
        relay_set_error(RELAY_ERR_SAVED);
        return NULL;
    }
    chan = open_head(&block.head, parent, cb, private_data);
    if (!chan)
        return NULL;
    if (relay_channels_lock()) {
        bool opened = open_bufs(&block, chan);

        relay_channels_unlock();
        if (opened)
            return chan;
    }
    relay_put(chan);
    return NULL;
}
