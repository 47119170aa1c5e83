/* SPDX-License-Identifier: MIT */
/*
 * An open channel becomes what a block says, in its own memory. The whole block is checked first, on
 * a control block that nobody sees: from the first change on nothing can fail.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "saved.h"

/* Whether the saved channel was opened as this one. */
static bool has_shape_of(const struct relay_saved_head *head, struct rchan *chan)
{
    bool is_named = relay_load(&chan->has_base_filename) != 0;

    return head->subbuf_size == chan->subbuf_size && head->n_subbufs == chan->n_subbufs &&
           head->cpus == chan->cpus && head->bufs == relay_buf_count(chan) &&
           !head->is_global == !chan->is_global && !head->is_named == !is_named &&
           !head->one_writer == (chan->own->writers != RELAY_WRITERS_ONE) &&
           head->memory_limit == chan->own->region.limit &&
           (!is_named || strcmp(head->base_filename, chan->own->base_filename) == 0);
}

/* A buffer with a control block for trial; its bytes are those of the open one. */
static struct rchan_buf on_trial(struct rchan_buf *buf, struct relay_ctl *trial)
{
    struct rchan_buf tried = *buf;

    tried.ctl = trial;
    relay_buf_blank(&tried, buf->ctl->cpu);
    return tried;
}

/* What is next in the block, held against one buffer. OK, SHAPE or SAVED. */
static enum relay_error_code check_buf(struct relay_block *block, struct rchan_buf *buf,
                                       struct relay_ctl *trial)
{
    struct rchan_buf tried = on_trial(buf, trial);
    struct relay_saved_buf saved;

    if (!relay_block_buf(block, &saved) || !relay_block_control(block, &saved, trial) ||
        !relay_block_data(block, NULL, trial->alloc_size, false))
        return RELAY_ERR_SAVED;
    if (saved.finalized)
        relay_store(&trial->limit, 0);
    if (!relay_buf_is_valid(&tried))
        return RELAY_ERR_SAVED;
    return saved.cpu == buf->ctl->cpu && !saved.has_file == !relay_load(&buf->ctl->has_file)
               ? RELAY_ERR_OK
               : RELAY_ERR_SHAPE;
}

/* The channels are locked. The block is taken to its end. OK, or what is wrong with it. */
static enum relay_error_code check_bufs(struct relay_block block, struct rchan *chan)
{
    enum relay_error_code error = RELAY_ERR_OK;
    struct rchan_buf *buf;
    void *trial;

    if (posix_memalign(&trial, RELAY_LINE, chan->own->region.control_size) != 0)
        return RELAY_ERR_NO_MEMORY;
    memset(trial, 0, chan->own->region.control_size);
    RELAY_EACH_BUF (chan, buf) {
        if (error == RELAY_ERR_OK)
            error = check_buf(&block, buf, trial);
    }
    free(trial);
    return error == RELAY_ERR_OK && block.left > 0 ? RELAY_ERR_SAVED : error;
}

/* The header that the ready-made callbacks reserve: what relay_open would take. */
static bool header_fits(const struct relay_saved_head *head)
{
    return head->header_size == 0 || head->header_size < head->subbuf_size - 1;
}

static enum relay_error_code check(const struct relay_block *block, struct rchan *chan)
{
    struct rchan_buf *buf;

    if (chan->own->closed)
        return RELAY_ERR_CLOSED;
    if (!has_shape_of(&block->head, chan))
        return RELAY_ERR_SHAPE;
    if (!header_fits(&block->head))
        return RELAY_ERR_SAVED;
    RELAY_EACH_BUF (chan, buf) {
        if (relay_buf_is_mine(buf))
            return RELAY_ERR_BUSY;
    }
    return check_bufs(*block, chan);
}

/* The buffer is entered: nobody writes. How often readers were lapped stays: who counts takes the
 * difference over a call, in which this may come. */
static void restore_buf(struct relay_block *block, struct rchan_buf *buf)
{
    struct relay_saved_buf saved;

    relay_block_buf(block, &saved);
    relay_change_begin(buf->ctl, RELAY_DOING_RESTORE);
    relay_block_control(block, &saved, buf->ctl);
    relay_change_end(buf->ctl);
    RELAY_PROBE(RESTORE_HALF);
    relay_block_data(block, buf->start, buf->ctl->alloc_size, false);
    relay_wake(buf);
}

/* Which CPUs are on line, and, of a global channel, which have been. */
static void restore_cpus(const struct relay_block *block, struct rchan *chan)
{
    struct rchan_buf *first = relay_next_buf(chan, &(unsigned){0});

    for (unsigned cpu = 0; cpu < chan->cpus; cpu++) {
        struct rchan_buf *buf = chan->is_global ? first : chan->own->bufs[cpu];

        if (block->flags[cpu] & RELAY_SAVED_BUFFER) {
            relay_cpu_attach(chan, cpu, buf, block->flags[cpu] & RELAY_SAVED_ONLINE);
        } else if (chan->own->bufs[cpu]) {
            relay_cpu_leave(chan, cpu);
            relay_store_release(&chan->own->bufs[cpu], NULL);
        }
    }
}

static void restore(struct relay_block *block, struct rchan *chan)
{
    struct rchan_buf *buf;

    RELAY_EACH_BUF (chan, buf) {
        RELAY_PROBE(RESTORE_BUFFER);
        relay_buf_enter(buf); /* none is this thread's */
        restore_buf(block, buf);
        relay_buf_leave(buf);
    }
    restore_cpus(block, chan);
    relay_store(&chan->header_size, block->head.header_size);
    relay_store(&chan->last_toobig, block->head.last_toobig);
}

RELAY_EXPORT int relay_restore(struct rchan *chan, const void *bytes, size_t size)
{
    enum relay_error_code error = chan ? RELAY_ERR_SAVED : RELAY_ERR_NO_CHANNEL;
    struct relay_block block;

    if (chan && relay_block_begin(&block, bytes, size) && relay_block_cpus(&block)) {
        if (!relay_channels_lock())
            return -EDEADLK;
        error = check(&block, chan);
        if (error == RELAY_ERR_OK)
            restore(&block, chan);
        relay_channels_unlock();
    }
    if (error == RELAY_ERR_OK)
        return 0;
    relay_set_error(error);
    return -relay_error_errno(error);
}
