/* SPDX-License-Identifier: MIT */
/*
 * Who may change a buffer.
 *
 * A buffer has a lock that holds its holder's thread id, so that a thread which interrupted itself
 * (signal handler, callback) sees that it would wait for itself. Writers without lock mark
 * themselves in ctl->writing instead. Who needs the buffer to stand still takes the lock, sets limit
 * to 0 and waits until the mark is gone: a membarrier makes sure that a writer either shows its mark
 * to us or sees our limit, so that the writer needs no fence of its own.
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

enum { SPINS = 7, SHORTEST_SPIN_NS = 125, SLEEP_NS = 50000 };
enum { LOOK_AGAIN = 64 }; /* turns between two looks whether the holder is still there */

RELAY_EXPORT _Thread_local struct relay_thread relay_this_thread;

static pthread_mutex_t channels = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool have_membarrier;
static _Thread_local bool has_channels; /* this thread holds the mutex */

/* In the child of a fork: another thread, which holds nothing. */
static void forget_thread(void)
{
    static const pthread_mutex_t unlocked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

    relay_this_thread.id = 0;
    relay_this_thread.callbacks = 0;
    has_channels = false;
    channels = unlocked; /* whoever held it stayed behind */
}

static void set_up_process(void)
{
    have_membarrier = syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
    pthread_atfork(NULL, NULL, forget_thread);
}

bool relay_membarrier_ready(void)
{
    pthread_once(&once, set_up_process);
    return have_membarrier;
}

uint32_t relay_ask_thread_id(void)
{
    relay_membarrier_ready(); /* from now on the child of a fork knows that it is another */
    relay_this_thread.id = (uint32_t)syscall(SYS_gettid);
    return relay_this_thread.id;
}

uint64_t relay_now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/*
 * Whoever waits does not look meanwhile: each look takes the cache line from the holder, and two
 * writers that take turns event by event spend their time on that. So the one works for a while,
 * then the other.
 */
void relay_backoff(unsigned turn)
{
    if (turn < SPINS) {
        uint64_t end = relay_now_ns() + ((uint64_t)SHORTEST_SPIN_NS << turn);

        while (relay_now_ns() < end)
            relay_pause();
    } else {
        nanosleep(&(struct timespec){.tv_nsec = SLEEP_NS}, NULL);
    }
}

bool relay_lock_contended(struct relay_ctl *ctl, uint32_t me)
{
    for (unsigned turn = 0;; turn++) {
        uint32_t holder = relay_load(&ctl->lock);

        if (holder == me && relay_load(&ctl->holder_born) == 0)
            return false;
        if (holder == 0 && __atomic_compare_exchange_n(&ctl->lock, &holder, me, false,
                                                       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return true;
        if (turn % LOOK_AGAIN == SPINS && ctl->maker.pid && relay_take_from_dead(ctl, holder, me))
            return true;
        RELAY_PROBE(LOCK_WAIT);
        relay_backoff(turn);
    }
}

bool relay_buf_enter(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    if (!relay_buf_lock(buf)) {
        relay_set_error(RELAY_ERR_BUSY);
        return false;
    }
    relay_store(&ctl->not_writing, relay_thread_id());
    relay_store(&ctl->limit, 0);
    RELAY_PROBE(QUIESCE_ASK);
    if (relay_membarrier_ready())
        syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
    for (unsigned turn = 0; __atomic_load_n(&ctl->writing, __ATOMIC_SEQ_CST); turn++) {
        RELAY_PROBE(QUIESCE_WAIT);
        relay_backoff(turn);
    }
    RELAY_PROBE(QUIESCE_DONE);
    return true;
}

void relay_buf_leave(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    RELAY_CHECK_VALID(buf);
    relay_store_release(&ctl->limit, relay_load(&ctl->finalized) ? 0 : ctl->subbuf_size + 1);
    relay_buf_unlock(buf);
    relay_forget_not_writing(ctl);
}

/* After the unlock: until then it says what the lock is held for. */
void relay_forget_not_writing(struct relay_ctl *ctl)
{
    uint32_t me = relay_thread_id();

    __atomic_compare_exchange_n(&ctl->not_writing, &me, 0, false, __ATOMIC_RELAXED,
                                __ATOMIC_RELAXED);
}

/*
 * A subbuf_start callback runs with its buffer's lock held, and whoever holds the mutex may be
 * waiting for that lock: so it may not wait for the mutex, even if this thread does not hold it.
 */
bool relay_channels_lock(void)
{
    if (!relay_this_thread.callbacks && pthread_mutex_lock(&channels) == 0) {
        has_channels = true;
        return true;
    }
    relay_set_error(RELAY_ERR_BUSY);
    return false;
}

void relay_channels_unlock(void)
{
    has_channels = false;
    pthread_mutex_unlock(&channels);
}

void relay_channels_abandon(void)
{
    if (has_channels && !relay_this_thread.callbacks)
        relay_channels_unlock();
}

void relay_end_callback(const bool *has_returned)
{
    if (!*has_returned)
        relay_channels_abandon();
}
