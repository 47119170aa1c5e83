/* SPDX-License-Identifier: MIT */
/* What is done to a whole channel: references, flush, reset, close, consumed, statistics. */
#include "internal.h"

struct rchan_buf *relay_next_buf(struct rchan *chan, unsigned *cpu)
{
    for (; *cpu < chan->cpus; ++*cpu) {
        struct rchan_buf *buf = relay_load_acquire(&chan->own->bufs[*cpu]);

        if (buf && buf->ctl->cpu == *cpu)
            return buf;
    }
    return NULL;
}

RELAY_EXPORT void relay_get(struct rchan *chan)
{
    __atomic_fetch_add(&chan->own->users, 1, __ATOMIC_RELAXED);
}

RELAY_EXPORT void relay_put(struct rchan *chan)
{
    struct rchan_buf *buf;

    if (!chan || __atomic_sub_fetch(&chan->own->users, 1, __ATOMIC_ACQ_REL) != 0)
        return;
    RELAY_EACH_BUF (chan, buf) {
        relay_buf_put(buf);
        if (chan->is_global) /* the other CPUs only point to the buffer that may just have gone */
            break;
    }
    relay_chan_unref(chan);
}

/* Lock all channels for an open one; errors are set. */
static bool begin(struct rchan *chan)
{
    if (!chan || !relay_channels_lock())
        return false;
    if (!chan->own->closed)
        return true;
    relay_channels_unlock();
    relay_set_error(RELAY_ERR_CLOSED);
    return false;
}

RELAY_EXPORT void relay_flush(struct rchan *chan)
{
    struct rchan_buf *buf;

    if (!begin(chan))
        return;
    RELAY_EACH_BUF (chan, buf) {
        RELAY_PROBE(FLUSH_BUFFER);
        relay_switch_subbuf(buf, 0);
    }
    relay_channels_unlock();
}

RELAY_EXPORT void relay_reset(struct rchan *chan)
{
    struct rchan_buf *buf;

    if (!begin(chan))
        return;
    RELAY_EACH_BUF (chan, buf) {
        RELAY_PROBE(RESET_BUFFER);
        relay_buf_restart(buf);
    }
    relay_channels_unlock();
}

void relay_close_bufs(struct rchan *chan)
{
    struct rchan_buf *buf;

    chan->own->closed = true;
    if (!relay_region_is_ours(&chan->own->region))
        return; /* the child of a fork: the buffers are its parent's */
    RELAY_EACH_BUF (chan, buf) {
        RELAY_PROBE(CLOSE_BUFFER);
        relay_buf_finalize(buf);
    }
    relay_chan_give_up_name(chan);
}

RELAY_EXPORT void relay_close(struct rchan *chan)
{
    if (!begin(chan))
        return;
    relay_close_bufs(chan);
    relay_channels_unlock();
    relay_put(chan);
}

RELAY_EXPORT void relay_subbufs_consumed(struct rchan *chan, unsigned cpu, size_t consumed)
{
    struct rchan_buf *buf;
    bool taken;

    if (!chan)
        return;
    if (cpu >= chan->cpus) {
        relay_set_error(RELAY_ERR_CPU);
        return;
    }
    buf = relay_cpu_buf(chan, cpu);
    if (!buf)
        return;
    RELAY_PROBE(CONSUME_ENTER);
    taken = relay_buf_hold(buf); /* a callback may report what it knows to be consumed */
    relay_release(buf, consumed, true);
    relay_buf_let_go(buf, taken);
}

RELAY_EXPORT size_t relay_stats(struct rchan *chan, int flags)
{
    struct rchan_buf *buf;
    size_t sum = 0;

    if (!chan)
        return 0;
    RELAY_EACH_BUF (chan, buf) {
        if (!chan->is_global && !relay_cpu_is_online(chan, buf->ctl->cpu))
            continue;
        if (flags & RELAY_STATS_BUF_FULL)
            sum += relay_load(&buf->ctl->stat_full);
        if (flags & RELAY_STATS_WRT_BIG)
            sum += relay_load(&buf->ctl->stat_big);
    }
    return sum;
}

RELAY_EXPORT void relay_set_subbuf_start(struct rchan *chan,
                                         int (*subbuf_start)(struct rchan_buf *, void *, void *,
                                                             size_t))
{
    relay_store_release(&chan->own->subbuf_start, subbuf_start);
}
