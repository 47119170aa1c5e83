/* SPDX-License-Identifier: MIT */
/*
 * Who may change a buffer: the parts of lock.c that are inlined. A build that defines
 * RELAY_LOCK_HEADER has others: the stepping build, where the kernel's rules can hold instead.
 */
#ifndef RELAY_LOCK_H
#define RELAY_LOCK_H

/* Whether the kernel's rules hold, which know neither this lock nor a limit of 0. */
static inline bool relay_as_kernel(void)
{
    return false;
}

/* Where the reader stands in the ring, of `ring` bytes: see the stepping build for another. */
static inline uint64_t relay_read_position(uint64_t at, uint64_t ring)
{
    return at % ring;
}

/* Take the buffer's lock. False: this thread holds it already; never waits for itself. */
static inline bool relay_buf_lock(struct rchan_buf *buf)
{
    uint32_t me = relay_thread_id(), holder = 0;

    if (RELAY_UNLIKELY(!__atomic_compare_exchange_n(&buf->ctl->lock, &holder, me, false,
                                                    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) &&
        !relay_lock_contended(buf->ctl, me))
        return false;
    RELAY_PROBE(LOCK_TAKEN);
    return true;
}

static inline bool relay_buf_trylock(struct rchan_buf *buf)
{
    uint32_t holder = 0;

    return __atomic_compare_exchange_n(&buf->ctl->lock, &holder, relay_thread_id(), false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void relay_buf_unlock(struct rchan_buf *buf)
{
    RELAY_PROBE(LOCK_DROP);
    relay_store_release(&buf->ctl->lock, 0);
}

/*
 * Hold a buffer between these two, for what a callback of that buffer may call too: its thread has
 * the lock already and keeps it. relay_buf_hold says whether the lock was taken for the purpose,
 * and relay_buf_let_go is told.
 */
static inline bool relay_buf_hold(struct rchan_buf *buf)
{
    bool taken = relay_buf_lock(buf);

    return RELAY_LIKELY(!buf->own->sharing) ? taken : buf->own->sharing->hold(buf, taken);
}

static inline void relay_buf_let_go(struct rchan_buf *buf, bool taken)
{
    if (!taken)
        return;
    if (RELAY_UNLIKELY(buf->own->sharing))
        buf->own->sharing->let_go(buf);
    else
        relay_buf_unlock(buf);
}

static inline bool relay_buf_is_mine(const struct rchan_buf *buf)
{
    return relay_load(&buf->ctl->lock) == relay_thread_id();
}

/*
 * For a switch: a callback or signal handler that writes meanwhile must not find room in the old
 * sub-buffer. relay_writers_in is given what relay_writers_out returned.
 */
static inline uint64_t relay_writers_out(struct relay_ctl *ctl)
{
    uint64_t limit = relay_load(&ctl->limit);

    relay_store(&ctl->limit, 0);
    RELAY_COMPILER_BARRIER();
    return limit;
}

static inline void relay_writers_in(struct relay_ctl *ctl, uint64_t limit)
{
    relay_store_release(&ctl->limit, limit);
}

#endif
