/* SPDX-License-Identifier: MIT */
/*
 * What became of every event. Each sub-buffer (lap) carries its number of events; when it is
 * released, overwritten or discarded they move, once, to one row of the account. All functions but
 * relay_lose_busy run with the buffer's lock held.
 */
#include "internal.h"

static void add(struct relay_count *count, uint64_t events, uint64_t bytes)
{
    relay_store(&count->events, relay_load(&count->events) + events);
    relay_store(&count->bytes, relay_load(&count->bytes) + bytes);
}

void relay_account_lose(struct rchan_buf *buf, enum relay_fate fate, size_t length)
{
    struct relay_ctl *ctl = buf->ctl;
    struct relay_count *row = &ctl->account[fate];

    relay_store(&ctl->losing.events, relay_load(&row->events) + 1);
    relay_store(&ctl->losing.bytes, relay_load(&row->bytes) + length);
    relay_store_release(&ctl->deciding, (uint32_t)fate + 1);
    add(row, 1, length);
    relay_store_release(&ctl->deciding, 0);
}

/* Runs beside the holder of the lock, in a signal handler or a callback: hence read-modify-write. */
RELAY_EXPORT enum relay_outcome relay_lose_busy(struct rchan_buf *buf, size_t length)
{
    struct relay_count *busy = &buf->ctl->account[RELAY_BUSY];

    __atomic_fetch_add(&busy->events, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&busy->bytes, length, __ATOMIC_RELAXED);
    return RELAY_LOST_BUSY;
}

/* Decide for a finished sub-buffer; what a descriptor has delivered whole was consumed. */
static void decide(struct rchan_buf *buf, struct relay_slot *slot, enum relay_fate fate)
{
    struct relay_ctl *ctl = buf->ctl;
    uint32_t used = relay_load(&slot->used);

    if (relay_load(&slot->read) >= used && (used > 0 || fate == RELAY_RELEASED_UNREAD))
        fate = RELAY_CONSUMED;
    relay_store(&ctl->deciding_slot, (uint32_t)(slot - relay_ctl_slot(ctl, 0)));
    relay_store_release(&ctl->deciding, (uint32_t)fate + 1);
    relay_store_release(&slot->fate, (uint32_t)fate);
    add(&ctl->account[fate], relay_load(&slot->events), relay_load(&slot->bytes));
    relay_store_release(&ctl->deciding, 0);
}

static bool is_undecided(const struct relay_slot *slot)
{
    return relay_load(&slot->lap) != RELAY_NO_LAP && relay_load(&slot->fate) == RELAY_N_FATES;
}

/* The sub-buffer being written is finished at `offset`. */
void relay_account_finish(struct rchan_buf *buf, uint64_t offset)
{
    struct relay_ctl *ctl = buf->ctl;
    struct relay_slot *slot = relay_ctl_slot(ctl, relay_load(&ctl->current));
    uint32_t header = relay_load(&slot->header);
    uint64_t events = relay_load(&ctl->events);
    uint32_t bytes = offset > header ? (uint32_t)offset - header : 0;

    relay_store(&slot->used, (uint32_t)offset);
    relay_store(&slot->bytes, bytes);
    relay_store(&slot->events, events - relay_load(&ctl->events_begin));
    relay_store(&ctl->events_begin, events);
    relay_store(&ctl->bytes_done, relay_load(&ctl->bytes_done) + bytes);
}

/*
 * Sub-buffer number `produced` begins in its slot; what was unread there is lost. Its number makes it
 * that one, its fate makes it complete: see repair.c.
 */
void relay_account_begin(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;
    uint64_t lap = relay_load(&ctl->produced), lost = 0;
    struct relay_slot *slot = relay_slot_of(buf, lap);

    if (is_undecided(slot)) {
        decide(buf, slot, RELAY_OVERWRITTEN);
        if (relay_load(&slot->fate) == RELAY_OVERWRITTEN)
            lost = relay_load(&slot->events);
    }
    relay_store_release(&slot->lost, lost);
    relay_store(&slot->events, 0);
    relay_store(&slot->bytes, 0);
    relay_store(&slot->header, 0);
    relay_store(&slot->reserved, 0);
    relay_store(&slot->read, 0);
    relay_store(&slot->used, 0);
    relay_store_release(&slot->lap, lap);
    relay_store(&slot->header, (uint32_t)relay_load_acquire(&ctl->offset));
    relay_store_release(&slot->fate, RELAY_N_FATES);
}

/* Everything unread goes: reset, or the last one who could read has gone after a close. */
void relay_account_discard(struct rchan_buf *buf, enum relay_fate fate)
{
    struct relay_ctl *ctl = buf->ctl;
    uint64_t offset = relay_load_acquire(&ctl->offset);

    if (offset <= ctl->subbuf_size && is_undecided(relay_ctl_slot(ctl, relay_load(&ctl->current))))
        relay_account_finish(buf, offset);
    for (uint32_t i = 0; i < ctl->n_subbufs; i++) {
        struct relay_slot *slot = relay_ctl_slot(ctl, i);

        if (is_undecided(slot))
            decide(buf, slot, fate);
    }
}

/* Bytes [from, to) of the sub-buffer `lap` were delivered, if it is still that one. */
void relay_account_read(struct rchan_buf *buf, uint64_t lap, uint64_t from, uint64_t to)
{
    struct relay_slot *slot = relay_slot_of(buf, lap);
    uint32_t read = relay_load(&slot->read);

    if (relay_load(&slot->lap) == lap && from <= read && to > read)
        relay_store(&slot->read, (uint32_t)to);
}

void relay_release(struct rchan_buf *buf, uint64_t count, bool reported)
{
    struct relay_ctl *ctl = buf->ctl;
    bool trusted = reported && (__atomic_load_n(&buf->own->mapped, __ATOMIC_RELAXED) > 0 ||
                                relay_load(&ctl->mapped) > 0);
    uint64_t consumed = relay_load(&ctl->consumed);
    uint64_t ready = relay_load(&ctl->produced) - consumed;

    if (count > ctl->n_subbufs)
        return;
    if (count > ready)
        count = ready;
    RELAY_PROBE(CONSUME_CLAMPED);
    relay_change_begin(ctl, RELAY_DOING_RELEASE);
    for (uint64_t lap = consumed; lap < consumed + count; lap++) {
        struct relay_slot *slot = relay_slot_of(buf, lap);

        if (relay_load(&slot->lap) == lap && is_undecided(slot))
            decide(buf, slot, trusted ? RELAY_CONSUMED : RELAY_RELEASED_UNREAD);
    }
    relay_store_release(&ctl->consumed, consumed + count);
    relay_change_end(ctl);
    RELAY_PROBE(CONSUME_DONE);
    relay_eventfd_sync(buf);
}

void relay_release_read(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    relay_store_release(&ctl->release_to, relay_load(&ctl->consumed) + 1);
    relay_release(buf, 1, false);
    relay_store_release(&ctl->bytes_consumed, 0);
    relay_store_release(&ctl->release_to, 0);
}

static void total_of_slots(struct relay_ctl *ctl, struct relay_count *unread)
{
    for (uint32_t i = 0; i < ctl->n_subbufs; i++) {
        const struct relay_slot *slot = relay_ctl_slot(ctl, i);

        if (is_undecided(slot)) {
            unread->events += relay_load(&slot->events);
            unread->bytes += relay_load(&slot->bytes);
        }
    }
}

/* What is in the sub-buffer being written: nothing when blocked or when it was discarded. */
static struct relay_count total_of_current(struct relay_ctl *ctl)
{
    const struct relay_slot *slot = relay_ctl_slot(ctl, relay_load(&ctl->current));
    uint64_t offset = relay_load_acquire(&ctl->offset), header = relay_load(&slot->header);

    if (offset > ctl->subbuf_size || !is_undecided(slot))
        return (struct relay_count){0, 0};
    return (struct relay_count){.events = relay_load(&ctl->events) - relay_load(&ctl->events_begin),
                                .bytes = offset > header ? offset - header : 0};
}

RELAY_EXPORT void relay_buf_account(struct rchan_buf *buf, struct relay_account *ret)
{
    struct relay_ctl *ctl = buf->ctl;
    struct relay_count current = total_of_current(ctl);

    *ret =
        (struct relay_account){.unread = current,
                               .accepted = {.events = relay_load(&ctl->events),
                                            .bytes = relay_load(&ctl->bytes_done) + current.bytes}};
    total_of_slots(ctl, &ret->unread);
    ret->attempted = ret->accepted;
    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++) {
        ret->fate[fate].events = relay_load(&ctl->account[fate].events);
        ret->fate[fate].bytes = relay_load(&ctl->account[fate].bytes);
        if (fate <= RELAY_WRITTEN_LATE) {
            ret->attempted.events += ret->fate[fate].events;
            ret->attempted.bytes += ret->fate[fate].bytes;
        }
    }
}
