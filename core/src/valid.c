/* SPDX-License-Identifier: MIT */
/* What must hold of a channel and its buffers whenever nobody is inside a call. */
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

static bool shape_is_valid(const struct rchan_buf *buf)
{
    const struct relay_ctl *ctl = buf->ctl;

    return ctl->magic == RELAY_CTL_MAGIC && ctl->version == RELAY_CTL_VERSION &&
           ctl->n_subbufs > 0 && ctl->subbuf_size > 0 &&
           ctl->subbuf_size <= UINT32_MAX / ctl->n_subbufs &&
           ctl->subbuf_size * ctl->n_subbufs <= ctl->alloc_size &&
           ctl->slots_at + ctl->n_subbufs * sizeof(struct relay_slot) <= ctl->size;
}

static bool position_is_valid(const struct rchan_buf *buf)
{
    const struct relay_ctl *ctl = buf->ctl;
    uint64_t size = ctl->subbuf_size, offset = relay_load_acquire(&ctl->offset);
    uint64_t produced = relay_load(&ctl->produced), current = relay_load(&ctl->current);
    uint64_t limit = relay_load(&ctl->limit);
    bool blocked = offset > size;

    return offset <= size + 1 && relay_load(&ctl->consumed) <= produced &&
           relay_load(&ctl->bytes_consumed) <= size && relay_load(&ctl->prev_padding) <= size &&
           (limit == 0 || limit == size + 1) && !(relay_load(&ctl->finalized) && limit) &&
           current == (blocked ? produced - 1 : produced) % ctl->n_subbufs &&
           relay_load(&ctl->base) == current * size;
}

/*
 * The sub-buffer being written is in its slot, and until it is finished the counters tell what it
 * holds. Blocked: the last one is finished, and so all events are in slots.
 */
static bool current_is_valid(const struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;
    const struct relay_slot *slot = relay_ctl_slot(ctl, relay_load(&ctl->current));
    bool blocked = relay_load_acquire(&ctl->offset) > ctl->subbuf_size;

    bool decided = relay_load(&slot->fate) != RELAY_N_FATES;

    if (relay_load(&slot->lap) != relay_load(&ctl->produced) - blocked ||
        (decided && !blocked && !relay_load(&ctl->finalized)))
        return false;
    if (blocked || decided)
        return relay_load(&ctl->events_begin) == relay_load(&ctl->events);
    return relay_load(&slot->events) == 0 && relay_load(&slot->bytes) == 0;
}

/* `used`: bytes before the padding, so far. */
static bool sizes_are_valid(const struct relay_slot *slot, uint64_t used, uint64_t size)
{
    uint64_t header = relay_load(&slot->header);

    return relay_load(&slot->padding) <= size && used <= size && relay_load(&slot->bytes) <= size &&
           relay_load(&slot->read) <= size && header + relay_load(&slot->reserved) <= used;
}

/* A slot holds one of the last n sub-buffers; what was released or lost is decided, once. */
static bool slot_is_valid(const struct rchan_buf *buf, uint32_t index)
{
    struct relay_ctl *ctl = buf->ctl;
    const struct relay_slot *slot = relay_ctl_slot(ctl, index);
    uint64_t lap = relay_load(&slot->lap), produced = relay_load(&ctl->produced);
    bool undecided = relay_load(&slot->fate) == RELAY_N_FATES;

    if (lap == RELAY_NO_LAP)
        return produced < ctl->n_subbufs && relay_load(&slot->padding) == 0;
    if (!sizes_are_valid(slot,
                         undecided && lap == produced ? relay_load_acquire(&ctl->offset)
                                                      : relay_load(&slot->used),
                         ctl->subbuf_size))
        return false;
    if (relay_load(&slot->fate) < RELAY_OVERWRITTEN || relay_load(&slot->fate) > RELAY_N_FATES ||
        lap % ctl->n_subbufs != index || lap > produced)
        return false;
    if (lap + ctl->n_subbufs < produced)
        return false;
    return !(undecided && lap < relay_load(&ctl->consumed));
}

static bool account_is_valid(struct rchan_buf *buf)
{
    struct relay_account account;
    uint64_t events, bytes;

    relay_buf_account(buf, &account);
    events = account.unread.events;
    bytes = account.unread.bytes;
    for (unsigned fate = RELAY_OVERWRITTEN; fate < RELAY_N_FATES; fate++) {
        events += account.fate[fate].events;
        bytes += account.fate[fate].bytes;
    }
    return events == account.accepted.events && bytes == account.accepted.bytes;
}

RELAY_EXPORT bool relay_buf_is_valid(struct rchan_buf *buf)
{
    if (!buf || !buf->ctl || !buf->own || relay_load(&buf->own->refs) == 0 ||
        !shape_is_valid(buf) || !position_is_valid(buf))
        return false;
    for (uint32_t i = 0; i < buf->ctl->n_subbufs; i++)
        if (!slot_is_valid(buf, i))
            return false;
    return current_is_valid(buf) && account_is_valid(buf);
}

RELAY_EXPORT bool relay_chan_is_valid(struct rchan *chan)
{
    struct rchan_buf *buf;

    if (!chan || !chan->own || relay_load(&chan->own->users) == 0 || chan->cpus == 0 ||
        chan->cpus > RELAY_MAX_CPUS || !chan->cb)
        return false;
    for (unsigned cpu = 0; cpu < chan->cpus; cpu++) {
        const struct relay_way *way = &chan->ways[cpu];

        if (relay_load_acquire(&way->open) &&
            (way->buf != relay_cpu_buf(chan, cpu) || !relay_cpu_is_online(chan, cpu)))
            return false;
    }
    RELAY_EACH_BUF (chan, buf)
        if (!relay_buf_is_valid(buf))
            return false;
    return true;
}

void relay_check_valid(struct rchan_buf *buf)
{
    if (relay_buf_is_valid(buf))
        return;
    fprintf(stderr, "BUG: the buffer of cpu %u is not valid\n", buf->ctl->cpu);
    abort();
}
