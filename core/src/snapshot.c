/* SPDX-License-Identifier: MIT */
/* Snapshots for observers: plain loads, taken again when a switch happened meanwhile. */
#include "internal.h"

#define RETRIES 64 /* a callback may hold a switch open for long; then what is there is taken */

static uint32_t state_of(const struct relay_ctl *ctl, const struct relay_slot *slot, uint32_t index)
{
    uint64_t lap = relay_load(&slot->lap);

    if (lap == RELAY_NO_LAP)
        return RELAY_SUBBUF_FREE;
    if (index == relay_load(&ctl->current) && relay_load_acquire(&ctl->offset) <= ctl->subbuf_size)
        return RELAY_SUBBUF_CURRENT;
    return lap >= relay_load(&ctl->consumed) ? RELAY_SUBBUF_UNREAD : RELAY_SUBBUF_DONE;
}

static void look_at_slots(struct relay_ctl *ctl, struct relay_subbuf_info *rows)
{
    uint64_t offset = relay_load_acquire(&ctl->offset);

    for (uint32_t i = 0; i < ctl->n_subbufs; i++) {
        const struct relay_slot *slot = relay_ctl_slot(ctl, i);
        bool is_free = relay_load(&slot->lap) == RELAY_NO_LAP;
        struct relay_subbuf_info *row = &rows[i];

        *row = (struct relay_subbuf_info){.lap = relay_load(&slot->lap),
                                          .padding = relay_load(&slot->padding),
                                          .state = state_of(ctl, slot, i)};
        if (is_free)
            continue;
        row->events = relay_load(&slot->events);
        row->lost = relay_load(&slot->lost);
        row->used = relay_load(&slot->used);
        row->header = relay_load(&slot->header);
        row->reserved = relay_load(&slot->reserved);
        row->read = relay_load(&slot->read);
        if (row->state == RELAY_SUBBUF_CURRENT) {
            row->used = (uint32_t)offset;
            row->events = relay_load(&ctl->events) - relay_load(&ctl->events_begin);
        }
    }
}

static void look_at_buf(struct rchan_buf *buf, struct relay_buf_info *row)
{
    struct relay_ctl *ctl = buf->ctl;
    struct rchan *chan = buf->chan;

    *row = (struct relay_buf_info){
        .produced = relay_load_acquire(&ctl->produced),
        .consumed = relay_load(&ctl->consumed),
        .offset = relay_load_acquire(&ctl->offset),
        .bytes_consumed = relay_load(&ctl->bytes_consumed),
        .prev_padding = relay_load(&ctl->prev_padding),
        .file_size = relay_load(&ctl->file_size),
        .stat_full = relay_load(&ctl->stat_full),
        .stat_big = relay_load(&ctl->stat_big),
        .cpu = ctl->cpu,
        .current = relay_load(&ctl->current),
        .waiters = relay_load(&ctl->waiters),
        .online = relay_cpu_is_online(chan, ctl->cpu),
        .finalized = relay_load(&ctl->finalized) != 0,
        .has_file = relay_load(&ctl->has_file) != 0,
        .mapped = __atomic_load_n(&buf->own->mapped, __ATOMIC_RELAXED) > 0 ||
                  relay_load(&ctl->mapped) > 0,
    };
    relay_buf_account(buf, &row->account);
}

RELAY_EXPORT void relay_buf_snapshot(struct rchan_buf *buf, struct relay_buf_info *info,
                                     struct relay_subbuf_info *subbufs)
{
    struct relay_ctl *ctl = buf->ctl;

    for (unsigned turn = 0; turn < RETRIES; turn++) {
        uint32_t seen = relay_change_seen(ctl);

        look_at_buf(buf, info);
        RELAY_PROBE(SNAPSHOT_HALF);
        if (subbufs)
            look_at_slots(ctl, subbufs);
        if (!relay_change_passed(ctl, seen))
            return;
    }
}

RELAY_EXPORT size_t relay_buf_count(struct rchan *chan)
{
    struct rchan_buf *buf;
    size_t count = 0;

    RELAY_EACH_BUF (chan, buf)
        count++;
    return count;
}

RELAY_EXPORT size_t relay_bufs(struct rchan *chan, struct rchan_buf **bufs, size_t size)
{
    struct rchan_buf *buf;
    size_t count = 0;

    RELAY_EACH_BUF (chan, buf) {
        if (count < size) {
            relay_buf_get(buf);
            bufs[count] = buf;
        }
        count++;
    }
    return count;
}

RELAY_EXPORT size_t relay_snapshot(struct rchan *chan, struct relay_buf_info *bufs,
                                   struct relay_subbuf_info *subbufs, size_t rows)
{
    struct rchan_buf *buf;
    size_t count = 0;

    RELAY_EACH_BUF (chan, buf) {
        if (count == rows)
            break;
        relay_buf_snapshot(buf, &bufs[count], subbufs ? subbufs + count * chan->n_subbufs : NULL);
        count++;
    }
    return count;
}
