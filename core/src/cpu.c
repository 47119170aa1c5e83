/* SPDX-License-Identifier: MIT */
/* Virtual CPUs: the one of the calling thread, and which are on line. */
#include <errno.h>

#include "internal.h"

RELAY_EXPORT void relay_set_cpu(unsigned cpu)
{
    relay_this_thread.cpu = cpu;
}

RELAY_EXPORT unsigned relay_current_cpu(void)
{
    return relay_this_thread.cpu;
}

RELAY_EXPORT bool relay_cpu_is_online(struct rchan *chan, unsigned cpu)
{
    return cpu < chan->cpus && relay_load(&chan->own->online[cpu]);
}

RELAY_EXPORT struct rchan_buf *relay_cpu_buf(struct rchan *chan, unsigned cpu)
{
    return cpu < chan->cpus ? relay_load_acquire(&chan->own->bufs[cpu]) : NULL;
}

/* The buffer that a CPU which comes on line uses: its own, the global one, or a new one. */
static struct rchan_buf *buf_for(struct rchan *chan, unsigned cpu)
{
    struct rchan_buf *buf = chan->own->bufs[cpu];

    if (!buf && chan->is_global)
        buf = relay_next_buf(chan, &(unsigned){0});
    return buf ? buf : relay_open_buf(chan, cpu);
}

void relay_cpu_attach(struct rchan *chan, unsigned cpu, struct rchan_buf *buf, bool online)
{
    struct relay_way *way = &chan->ways[cpu];

    relay_store_release(&chan->own->bufs[cpu], buf);
    relay_store(&chan->own->online[cpu], online);
    if (!way->buf) {
        way->buf = buf;
        way->ctl = buf->ctl;
        way->start = buf->start;
        way->writers = buf->writers;
    }
    relay_store_release(&way->open, online);
}

int relay_cpu_come(struct rchan *chan, unsigned cpu)
{
    struct rchan_buf *buf = buf_for(chan, cpu);

    if (!buf)
        return -relay_error_errno(relay_error());
    relay_cpu_attach(chan, cpu, buf, true);
    return 0;
}

void relay_cpu_leave(struct rchan *chan, unsigned cpu)
{
    relay_store(&chan->own->online[cpu], 0);
    relay_store_release(&chan->ways[cpu].open, 0);
}

static int go(struct rchan *chan, unsigned cpu)
{
    unsigned others = 0;

    for (unsigned i = 0; i < chan->cpus; i++)
        others += i != cpu && relay_cpu_is_online(chan, i);
    if (others == 0) {
        relay_set_error(RELAY_ERR_CPUS);
        return -EINVAL;
    }
    relay_cpu_leave(chan, cpu);
    return 0;
}

RELAY_EXPORT int relay_cpu_online(struct rchan *chan, unsigned cpu, bool online)
{
    int result;

    if (!chan || cpu >= chan->cpus) {
        relay_set_error(chan ? RELAY_ERR_CPU : RELAY_ERR_NO_CHANNEL);
        return -EINVAL;
    }
    if (!relay_channels_lock())
        return -EDEADLK;
    RELAY_PROBE(ONLINE_CHANGE);
    if (chan->own->closed) {
        relay_set_error(RELAY_ERR_CLOSED);
        result = -EINVAL;
    } else {
        result = online ? relay_cpu_come(chan, cpu) : go(chan, cpu);
    }
    relay_channels_unlock();
    return result;
}
