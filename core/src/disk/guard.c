/* SPDX-License-Identifier: MIT */
/*
 * Mapped files that somebody cuts. Touching what is gone would be a deadly signal, SIGBUS: its handler
 * puts memory of this process in the place of the mapping and lets the thread go on. Data become
 * zeros; a control block becomes that of a buffer that is closed and has nothing in it, so that
 * whoever is at work comes to an end. A signal that is none of ours goes to the handler before.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "disk.h"

enum state { WHOLE, BEING_REPLACED, REPLACED };

/* Read by the handler without a lock: hence none is ever freed, and a size of 0 says: not in use. */
struct relay_guard {
    struct relay_guard *next;
    struct relay_guard *next_unused;
    unsigned char *begin;
    size_t size;
    int prot;
    uint32_t state;
    struct relay_origin *origin; /* which is told */
    bool is_control;             /* else data */
};

static struct relay_guard *guards, *unused;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct sigaction before;

static struct relay_guard *guard_of(const unsigned char *address)
{
    for (struct relay_guard *it = relay_load_acquire(&guards); it; it = it->next) {
        size_t size = relay_load_acquire(&it->size);
        unsigned char *begin = relay_load_acquire(&it->begin);

        if (address >= begin && (size_t)(address - begin) < size && relay_load(&it->size) == size)
            return it;
    }
    return NULL;
}

static void close_block(struct relay_ctl *ctl, const struct relay_ctl *head)
{
    *ctl = *head;
    ctl->finalized = ctl->has_file = 1;
    for (uint32_t i = 0; i < ctl->n_subbufs; i++)
        relay_ctl_slot(ctl, i)->lap = i ? RELAY_NO_LAP : 0;
    relay_ctl_slot(ctl, 0)->fate = RELAY_N_FATES;
}

/* In one step: who is beside us sees the file, or what is there instead. */
static bool replace(const struct relay_guard *it)
{
    void *fresh = mmap(NULL, it->size, it->prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (fresh == MAP_FAILED)
        return false;
    if (it->is_control)
        close_block(fresh, &it->origin->head);
    return mremap(fresh, it->size, it->size, MREMAP_MAYMOVE | MREMAP_FIXED, it->begin) == it->begin;
}

static bool put_instead(struct relay_guard *it)
{
    uint32_t state = WHOLE;

    if (__atomic_compare_exchange_n(&it->state, &state, BEING_REPLACED, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_ACQUIRE)) {
        relay_store(&it->origin->is_cut, true);
        bool done = replace(it);

        relay_store_release(&it->state, done ? REPLACED : WHOLE);
        return done;
    }
    while (relay_load_acquire(&it->state) == BEING_REPLACED) /* another thread is at it */
        sched_yield();
    return true;
}

static void hand_on(int number, siginfo_t *info, void *context)
{
    if (before.sa_flags & SA_SIGINFO)
        before.sa_sigaction(number, info, context);
    else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
        before.sa_handler(number);
    else
        signal(number, SIG_DFL); /* the same again, and then nobody is asked */
}

static void on_bus_error(int number, siginfo_t *info, void *context)
{
    struct relay_guard *it = info->si_code == BUS_ADRERR ? guard_of(info->si_addr) : NULL;
    int error = errno;

    if (!it || !put_instead(it))
        hand_on(number, info, context);
    errno = error;
}

static void install(void)
{
    struct sigaction action = {.sa_sigaction = on_bus_error,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, &before);
}

static struct relay_guard *take_unused(void)
{
    struct relay_guard *it = unused;

    if (it) {
        unused = it->next_unused;
        return it;
    }
    it = calloc(1, sizeof(*it));
    if (it) {
        it->next = guards;
        relay_store_release(&guards, it);
    }
    return it;
}

struct relay_guard *relay_guard_put(void *begin, size_t size, int prot, struct relay_origin *origin,
                                    bool is_control)
{
    struct relay_guard *it;

    pthread_once(&once, install);
    pthread_mutex_lock(&mutex);
    it = take_unused();
    if (it) {
        it->origin = origin;
        it->is_control = is_control;
        it->prot = prot;
        relay_store(&it->state, WHOLE);
        relay_store_release(&it->begin, begin);
        relay_store_release(&it->size, size);
    }
    pthread_mutex_unlock(&mutex);
    return it;
}

struct relay_guard *relay_guard_at(const void *begin)
{
    return guard_of(begin);
}

void relay_guard_take(struct relay_guard *it)
{
    if (!it)
        return;
    pthread_mutex_lock(&mutex);
    relay_store_release(&it->size, 0);
    it->next_unused = unused;
    unused = it;
    pthread_mutex_unlock(&mutex);
}
