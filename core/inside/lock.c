/* SPDX-License-Identifier: MIT */
/* The few functions of the core's lock.c, for actors that take turns: see lock.h. */
#include "internal.h"

_Thread_local struct relay_thread relay_this_thread;

bool relay_membarrier_ready(void)
{
    return true; /* steps are in one order for everybody */
}

uint32_t relay_ask_thread_id(void)
{
    return relay_this_thread.id = 1; /* the machine itself */
}

uint64_t relay_now_ns(void)
{
    return 0;
}

void relay_backoff(unsigned turn)
{
    (void)turn;
}

bool relay_lock_contended(struct relay_ctl *ctl, uint32_t me)
{
    for (;;) {
        uint32_t holder = relay_load(&ctl->lock);

        if (holder == me)
            return relay_inside_has_fault(RELAY_INSIDE_NO_BUSY);
        if (holder == 0 && __atomic_compare_exchange_n(&ctl->lock, &holder, me, false,
                                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
        relay_inside_wait_zero(&ctl->lock);
        RELAY_PROBE(LOCK_WAIT);
    }
}

bool relay_buf_enter(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    if (relay_inside_is_kernel())
        return true;
    if (!relay_buf_lock(buf)) {
        relay_set_error(RELAY_ERR_BUSY);
        return false;
    }
    relay_store(&ctl->limit, 0);
    RELAY_PROBE(QUIESCE_ASK);
    while (!relay_inside_has_fault(RELAY_INSIDE_NO_QUIESCE) &&
           __atomic_load_n(&ctl->writing, __ATOMIC_SEQ_CST)) {
        relay_inside_wait_zero(&ctl->writing);
        RELAY_PROBE(QUIESCE_WAIT);
    }
    RELAY_PROBE(QUIESCE_DONE);
    return true;
}

void relay_buf_leave(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    relay_store_release(&ctl->limit, relay_load(&ctl->finalized) ? 0 : ctl->subbuf_size + 1);
    relay_buf_unlock(buf);
}

/* Under both rules: one mutex for all channels. */
bool relay_channels_lock(void)
{
    uint32_t *word = relay_inside_channels_word(), me = relay_thread_id();

    if (relay_this_thread.callbacks || relay_load(word) == me) {
        relay_set_error(RELAY_ERR_BUSY);
        return false;
    }
    while (relay_load(word) && !relay_inside_has_fault(RELAY_INSIDE_NO_MUTEX)) {
        relay_inside_wait_here(word);
    }
    relay_store(word, me);
    return true;
}

void relay_channels_unlock(void)
{
    relay_store(relay_inside_channels_word(), 0);
}

/* No callback of the stepping build is left but by its end. */
void relay_channels_abandon(void)
{
}

void relay_end_callback(const bool *has_returned)
{
    (void)has_returned;
}
