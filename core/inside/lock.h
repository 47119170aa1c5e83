/* SPDX-License-Identifier: MIT */
/*
 * Who may change a buffer in the stepping build, in the place of the core's lock.h. Under the
 * library's rule as there. Under the kernel's nobody is kept out of a buffer by anything in it: who
 * may run at all says machine.c (interrupts and preemption off), and the channels' mutex and the
 * file's lock stay. docs/inside.md has the table.
 *
 * Faults are for tests: each leaves one protection out, and the explorer has to find it.
 */
#ifndef RELAY_INSIDE_LOCK_H
#define RELAY_INSIDE_LOCK_H

#include "relay/relay_inside.h"
#include "seam.h"

static inline bool relay_as_kernel(void)
{
    return relay_inside_is_kernel();
}

/* Before the fix of CVE-2023-3268 the kernel did not take it modulo the ring. */
static inline uint64_t relay_read_position(uint64_t at, uint64_t ring)
{
    return relay_inside_is_before_2023() ? at : at % ring;
}

static inline bool relay_buf_lock(struct rchan_buf *buf)
{
    uint32_t me = relay_thread_id(), holder = 0;

    if (relay_inside_is_kernel() || relay_inside_has_fault(RELAY_INSIDE_NO_LOCK))
        return true;
    if (!__atomic_compare_exchange_n(&buf->ctl->lock, &holder, me, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED)) {
        if (holder == me)
            return relay_inside_has_fault(RELAY_INSIDE_NO_BUSY);
        if (!relay_lock_contended(buf->ctl, me))
            return false;
    }
    RELAY_PROBE(LOCK_TAKEN);
    return true;
}

static inline bool relay_buf_trylock(struct rchan_buf *buf)
{
    uint32_t holder = 0;

    return relay_inside_is_kernel() ||
           __atomic_compare_exchange_n(&buf->ctl->lock, &holder, relay_thread_id(), false,
                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static inline void relay_buf_unlock(struct rchan_buf *buf)
{
    if (relay_inside_is_kernel())
        return;
    RELAY_PROBE(LOCK_DROP);
    relay_store_release(&buf->ctl->lock, 0);
}

static inline bool relay_buf_hold(struct rchan_buf *buf)
{
    if (relay_inside_has_fault(RELAY_INSIDE_NO_HOLD))
        return false;
    return relay_buf_lock(buf);
}

static inline void relay_buf_let_go(struct rchan_buf *buf, bool taken)
{
    if (taken)
        relay_buf_unlock(buf);
}

static inline bool relay_buf_is_mine(const struct rchan_buf *buf)
{
    return !relay_inside_is_kernel() && relay_load(&buf->ctl->lock) == relay_thread_id();
}

static inline uint64_t relay_writers_out(struct relay_ctl *ctl)
{
    uint64_t limit = relay_load(&ctl->limit);

    if (!relay_inside_is_kernel() && !relay_inside_has_fault(RELAY_INSIDE_NO_LIMIT))
        relay_store(&ctl->limit, 0);
    return limit;
}

static inline void relay_writers_in(struct relay_ctl *ctl, uint64_t limit)
{
    if (!relay_inside_is_kernel())
        relay_store_release(&ctl->limit, limit);
}

#endif
