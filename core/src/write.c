/* SPDX-License-Identifier: MIT */
/* Writing: the slow path, the switch of sub-buffers, reserve. The fast path is in relay.h. */
#include <string.h>

#include "internal.h"

RELAY_EXPORT int relay_buf_full(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;
    uint64_t ready = relay_load(&ctl->produced) - relay_load_acquire(&ctl->consumed);

    return ready >= ctl->n_subbufs;
}

/* A call of the client's subbuf_start. */
struct asking {
    struct rchan_buf *buf;
    unsigned outer; /* callbacks that this thread was in before */
    bool is_switch; /* else the buffer is being started */
    bool has_answered;
};

/*
 * Undo what the frames between the user's call and its callback had done: they are gone without
 * another word when the callback was left by a C++ exception or by the end of its thread. A switch
 * ends as if the client had refused; a buffer that was being started has begun.
 */
static void give_up_asking(struct rchan_buf *buf, bool is_switch)
{
    struct relay_ctl *ctl = buf->ctl;
    uint32_t writing = relay_load(&ctl->writing);

    if (is_switch)
        relay_store(&ctl->offset, ctl->subbuf_size + 1);
    else
        relay_account_begin(buf);
    relay_change_end(ctl);
    relay_eventfd_sync(buf);
    relay_store(&ctl->writing, writing ? writing - 1 : 0);
    relay_store_release(&ctl->limit, relay_load(&ctl->finalized) ? 0 : ctl->subbuf_size + 1);
    relay_buf_unlock(buf);
}

static void end_asking(struct asking *asking)
{
    relay_this_thread.callbacks = asking->outer;
    relay_store(&asking->buf->own->starting, 0);
    if (asking->has_answered)
        return;
    give_up_asking(asking->buf, asking->is_switch);
    relay_channels_abandon();
}

int relay_ask_subbuf_start(struct rchan_buf *buf, void *subbuf, void *prev, size_t prev_padding)
{
    struct relay_ctl *ctl = buf->ctl;
    int (*start)(struct rchan_buf *, void *, void *, size_t) =
        relay_load_acquire(&buf->chan->own->subbuf_start);
    int full = relay_buf_full(buf), answer;

    if (full)
        relay_store(&ctl->stat_full, relay_load(&ctl->stat_full) + 1);
    if (!start)
        return !full;
    {
        __attribute__((cleanup(end_asking))) struct asking asking = {
            .buf = buf, .outer = relay_this_thread.callbacks, .is_switch = prev != NULL};

        relay_store(&buf->own->starting, relay_thread_id());
        relay_this_thread.callbacks++;
        answer = start(buf, subbuf, prev, prev_padding);
        asking.has_answered = true;
    }
    return answer;
}

RELAY_EXPORT size_t relay_subbuf_start_reserve(struct rchan_buf *buf, size_t length)
{
    if (relay_load(&buf->own->starting) != relay_thread_id()) {
        relay_set_error(RELAY_ERR_NOT_STARTING);
        return 0;
    }
    if (length >= buf->chan->subbuf_size - 1) {
        relay_set_error(RELAY_ERR_RESERVE);
        return 0;
    }
    relay_store(&buf->ctl->offset, length);
    return length;
}

/* As the documentation's example does; not into a sub-buffer that began without a header. */
static void store_padding(const struct rchan_buf *buf, void *prev_subbuf, size_t prev_padding)
{
    uint32_t padding = (uint32_t)prev_padding;
    const struct relay_slot *prev = relay_ctl_slot(buf->ctl, relay_load(&buf->ctl->current));

    if (prev_subbuf && relay_load(&buf->chan->header_size) >= sizeof(padding) &&
        relay_load(&prev->header) >= sizeof(padding))
        memcpy(prev_subbuf, &padding, sizeof(padding));
}

RELAY_EXPORT int relay_overwrite(struct rchan_buf *buf, void *subbuf, void *prev_subbuf,
                                 size_t prev_padding)
{
    size_t header_size = relay_load(&buf->chan->header_size);

    (void)subbuf;
    store_padding(buf, prev_subbuf, prev_padding);
    if (header_size)
        relay_subbuf_start_reserve(buf, header_size);
    return 1;
}

RELAY_EXPORT int relay_no_overwrite(struct rchan_buf *buf, void *subbuf, void *prev_subbuf,
                                    size_t prev_padding)
{
    if (!relay_buf_full(buf))
        return relay_overwrite(buf, subbuf, prev_subbuf, prev_padding);
    store_padding(buf, prev_subbuf, prev_padding);
    return 0;
}

static enum relay_outcome too_big(struct rchan_buf *buf, size_t length)
{
    RELAY_PROBE(TOO_BIG);
    relay_store(&buf->chan->last_toobig, length);
    relay_store(&buf->ctl->stat_big, relay_load(&buf->ctl->stat_big) + 1);
    return RELAY_LOST_TOO_BIG;
}

/* The sub-buffer being written is complete; `offset` bytes of it are used. */
static void finish_subbuf(struct rchan_buf *buf, uint64_t offset)
{
    struct relay_ctl *ctl = buf->ctl;
    uint64_t padding = ctl->subbuf_size - offset;
    uint64_t produced = relay_load(&ctl->produced);

    relay_store(&ctl->prev_padding, padding);
    relay_store(&ctl->file_size_before, relay_load(&ctl->file_size));
    relay_store(&relay_slot_of(buf, produced)->padding, (uint32_t)padding);
    relay_account_finish(buf, offset);
    RELAY_PROBE(SWITCH_PADDED);
    relay_store_release(&ctl->produced, produced + 1);
    RELAY_PROBE(SWITCH_PRODUCED);
    relay_store(&ctl->file_size, relay_load(&ctl->file_size) + offset);
    RELAY_PROBE(SWITCH_SIZED);
    relay_wake(buf);
    RELAY_PROBE(SWITCH_WOKEN);
}

/* The client has agreed to write to the next sub-buffer. */
static void begin_subbuf(struct rchan_buf *buf, unsigned char *data)
{
    struct relay_ctl *ctl = buf->ctl;
    uint64_t produced = relay_load(&ctl->produced);

    relay_store(&ctl->base, (uint64_t)(data - buf->start));
    relay_store(&ctl->current, (uint32_t)(produced % ctl->n_subbufs));
    RELAY_PROBE(SWITCH_MOVED);
    relay_account_begin(buf);
    relay_store(&relay_slot_of(buf, produced)->padding, 0);
    RELAY_PROBE(SWITCH_CLEARED);
}

static enum relay_outcome start_next_subbuf(struct rchan_buf *buf, size_t length)
{
    struct relay_ctl *ctl = buf->ctl;
    uint64_t size = ctl->subbuf_size;
    unsigned char *next = buf->start + relay_load(&ctl->produced) % ctl->n_subbufs * size;
    int answer;

    relay_store(&ctl->offset, 0);
    RELAY_PROBE(SWITCH_REWOUND);
    answer = relay_ask_subbuf_start(buf, next, relay_buf_data(buf), relay_load(&ctl->prev_padding));
    RELAY_PROBE(SWITCH_ASKED);
    if (!answer) {
        relay_store(&ctl->offset, size + 1);
        RELAY_PROBE(SWITCH_BLOCKED);
        return RELAY_LOST_FULL;
    }
    begin_subbuf(buf, next);
    return length + relay_load_acquire(&ctl->offset) > size ? too_big(buf, length) : RELAY_STORED;
}

enum relay_outcome relay_switch_held(struct rchan_buf *buf, size_t length)
{
    struct relay_ctl *ctl = buf->ctl;
    uint64_t offset = relay_load_acquire(&ctl->offset), limit;
    enum relay_outcome outcome;

    RELAY_PROBE(SWITCH_ENTER);
    if (length > ctl->subbuf_size)
        return too_big(buf, length);
    limit = relay_writers_out(ctl);
    relay_store(&ctl->committing,
                0); /* that one has come to its end, and offset moves otherwise now */
    relay_change_begin(ctl, RELAY_DOING_SWITCH);
    if (offset <= ctl->subbuf_size)
        finish_subbuf(buf, offset);
    outcome = start_next_subbuf(buf, length);
    relay_change_end(ctl);
    relay_writers_in(ctl, limit);
    return outcome;
}

RELAY_EXPORT size_t relay_switch_subbuf(struct rchan_buf *buf, size_t length)
{
    enum relay_outcome outcome = RELAY_LOST_CLOSED;

    if (!relay_buf_enter(buf))
        return 0;
    if (relay_load(&buf->ctl->finalized))
        relay_set_error(RELAY_ERR_CLOSED);
    else
        outcome = relay_switch_held(buf, length);
    relay_buf_leave(buf);
    return outcome == RELAY_STORED ? length : 0;
}

/* Count an event that was not stored. */
static enum relay_outcome lose(struct rchan_buf *buf, enum relay_outcome outcome, size_t length)
{
    static const enum relay_fate fates[] = {
        [RELAY_LOST_FULL] = RELAY_REFUSED_FULL,
        [RELAY_LOST_TOO_BIG] = RELAY_TOO_BIG,
        [RELAY_LOST_CLOSED] = RELAY_WRITTEN_LATE,
    };

    relay_account_lose(buf, fates[outcome], length);
    return outcome;
}

/* The lock is held. */
static enum relay_outcome write_held(struct rchan_buf *buf, const void *data, size_t length)
{
    enum relay_outcome outcome;

    if (RELAY_LIKELY(relay_append(buf->start, buf->ctl, data, length)))
        return RELAY_STORED;
    if (relay_load(&buf->ctl->finalized))
        return lose(buf, RELAY_LOST_CLOSED, length);
    outcome = relay_switch_held(buf, length);
    if (outcome != RELAY_STORED)
        return lose(buf, outcome, length);
    if (!relay_append(buf->start, buf->ctl, data, length) && relay_as_kernel())
        relay_store_event(buf->start, buf->ctl, relay_load(&buf->ctl->offset), data, length);
    return RELAY_STORED;
}

RELAY_EXPORT enum relay_outcome relay_write_locked(struct rchan_buf *buf, const void *data,
                                                   size_t length)
{
    enum relay_outcome outcome;

    if (RELAY_UNLIKELY(!relay_buf_lock(buf)))
        return relay_lose_busy(buf, length);
    outcome = write_held(buf, data, length);
    RELAY_CHECK_VALID(buf);
    RELAY_PROBE(WRITE_LEAVE);
    relay_buf_unlock(buf);
    return outcome;
}

/* A signal handler's writer, which the lock does not stop, shall find the mark and lose its event. */
static void mark(struct relay_ctl *ctl, uint32_t writing)
{
    relay_store(&ctl->writing, writing);
    RELAY_COMPILER_BARRIER();
}

/*
 * A marked writer whose event does not fit takes the lock. The mark goes first, or a flush that
 * holds the lock would wait for us. A writer in a signal handler whose interrupted writer is marked
 * too may not wait at all: the holder may be waiting for that one.
 */
RELAY_EXPORT enum relay_outcome relay_write_slow(struct rchan_buf *buf, const void *data,
                                                 size_t length)
{
    uint32_t writing = relay_load(&buf->ctl->writing);
    enum relay_outcome outcome;

    relay_store_release(&buf->ctl->writing, writing - 1);
    if (writing > 1 ? !relay_buf_trylock(buf) : !relay_buf_lock(buf))
        return relay_lose_busy(buf, length);
    mark(buf->ctl, writing);
    outcome = write_held(buf, data, length);
    relay_store_release(&buf->ctl->writing, writing - 1);
    relay_buf_unlock(buf);
    return outcome;
}

RELAY_EXPORT enum relay_outcome relay_write_nowhere(struct rchan *chan, unsigned cpu, size_t length)
{
    (void)chan, (void)cpu, (void)length;
    relay_set_error(RELAY_ERR_CPU);
    return RELAY_LOST_NO_BUFFER;
}

RELAY_EXPORT size_t relay_write_many(struct rchan *chan, unsigned cpu, const void *data,
                                     const uint32_t *lengths, size_t count)
{
    const unsigned char *bytes = data;
    size_t stored = 0;

    for (size_t i = 0; i < count; bytes += lengths[i++])
        stored += relay_write_on(chan, cpu, bytes, lengths[i]) == RELAY_STORED;
    return stored;
}

/* The slot behind offset, or NULL when it does not fit. Locked or marked. */
static void *take_slot(struct rchan_buf *buf, size_t length, bool unchecked)
{
    struct relay_ctl *ctl = buf->ctl;
    struct relay_slot *slot = relay_ctl_slot(ctl, relay_load(&ctl->current));
    uint64_t offset = relay_load_acquire(&ctl->offset);

    if (!unchecked && !relay_fits(offset, length, relay_load_acquire(&ctl->limit)))
        return NULL;
    RELAY_PROBE(RESERVE_FITS);
    relay_count_event(ctl, length);
    relay_store_release(&ctl->offset, offset + length);
    relay_store(&slot->reserved, relay_load(&slot->reserved) + (uint32_t)length);
    RELAY_PROBE(RESERVE_TAKEN);
    return relay_buf_data(buf) + offset;
}

/* The lock is held. */
static void *reserve_held(struct rchan_buf *buf, size_t length, enum relay_outcome *outcome)
{
    void *slot = take_slot(buf, length, false);

    *outcome = RELAY_STORED;
    if (slot)
        return slot;
    *outcome =
        relay_load(&buf->ctl->finalized) ? RELAY_LOST_CLOSED : relay_switch_held(buf, length);
    if (*outcome == RELAY_STORED && length == 0)
        *outcome = RELAY_LOST_FULL; /* the kernel takes "switched for 0 bytes" for a failure */
    if (*outcome == RELAY_STORED)
        return take_slot(buf, length,
                         relay_as_kernel()); /* which has switched, and looks no more */
    lose(buf, *outcome, length);
    return NULL;
}

static void *reserve_locked(struct rchan_buf *buf, size_t length, enum relay_outcome *outcome)
{
    void *slot;

    if (!relay_buf_lock(buf)) {
        *outcome = relay_lose_busy(buf, length);
        return NULL;
    }
    mark(buf->ctl, 1);
    slot = reserve_held(buf, length, outcome);
    relay_store_release(&buf->ctl->writing, 0);
    relay_buf_unlock(buf);
    return slot;
}

/* The one declared writer reserves: marked as in relay_write_marked. */
static void *reserve_marked(struct rchan_buf *buf, size_t length, enum relay_outcome *outcome)
{
    struct relay_ctl *ctl = buf->ctl;
    void *slot;

    if (relay_load(&ctl->writing)) {
        *outcome = relay_lose_busy(buf, length);
        return NULL;
    }
    mark(ctl, 1);
    *outcome = RELAY_STORED;
    slot = take_slot(buf, length, false);
    relay_store_release(&ctl->writing, 0);
    return slot ? slot : reserve_locked(buf, length, outcome);
}

RELAY_EXPORT void *relay_reserve_on(struct rchan *chan, unsigned cpu, size_t length,
                                    enum relay_outcome *ret)
{
    const struct relay_way *way = relay_way_of(chan, cpu);
    enum relay_outcome outcome;
    void *slot = NULL;

    if (!way)
        outcome = relay_write_nowhere(chan, cpu, length);
    else if (way->writers == RELAY_WRITERS_MANY)
        slot = reserve_locked(way->buf, length, &outcome);
    else
        slot = reserve_marked(way->buf, length, &outcome);
    if (ret)
        *ret = outcome;
    return slot;
}
