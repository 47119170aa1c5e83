/* SPDX-License-Identifier: MIT */
/* What actors wait for: words that become 0, mutexes, sleep until somebody wakes them. */
#include <errno.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <string.h>

#include "machine.h"

/* The actor moves no more until the scheduler finds the word 0; it then looks again itself. */
void relay_inside_wait_zero(const uint32_t *word)
{
    if (!relay_actor)
        return;
    relay_inside_touch(word, sizeof(*word), false);
    relay_actor->waits = word;
    relay_actor->state = RELAY_INSIDE_WAITING;
}

void relay_inside_wait_here(const uint32_t *word)
{
    if (!relay_actor)
        return;
    relay_inside_wait_zero(word);
    relay_yield();
}

void relay_inside_mutex_init(void *mutex)
{
    memset(mutex, 0, sizeof(uint32_t));
}

/* Without a stop of its own: the reader that comes second waits at its first stop. */
int relay_inside_mutex_trylock(void *mutex)
{
    uint32_t *word = mutex;

    relay_inside_touch(word, sizeof(*word), true);
    if (*word && !relay_inside_has_fault(RELAY_INSIDE_NO_READING))
        return EBUSY;
    *word = relay_thread_id();
    return 0;
}

int relay_inside_mutex_lock(void *mutex)
{
    while (relay_inside_mutex_trylock(mutex) != 0) {
        if (!relay_actor)
            return EDEADLK; /* the machine itself never waits */
        relay_inside_wait_here(mutex);
    }
    return 0;
}

int relay_inside_mutex_unlock(void *mutex)
{
    uint32_t *word = mutex;

    relay_inside_touch(word, sizeof(*word), true);
    *word = 0;
    return 0;
}

int relay_inside_clock(struct timespec *time)
{
    *time = (struct timespec){0};
    return 0;
}

static long sleep_on(uint32_t *word, uint32_t seen)
{
    struct actor *actor = relay_actor;

    relay_inside_touch(word, sizeof(*word), false);
    if (!actor || (*word != seen && !relay_inside_has_fault(RELAY_INSIDE_WAKE_FIRST))) {
        errno = EAGAIN;
        return -1;
    }
    actor->sleeps = word;
    actor->woken = actor->timed_out = false;
    actor->state = RELAY_INSIDE_ASLEEP;
    relay_yield();
    actor->sleeps = NULL;
    errno = ETIMEDOUT;
    return actor->woken ? 0 : -1;
}

static long wake(const uint32_t *word)
{
    struct relay_inside *machine = relay_now;
    long count = 0;

    if (relay_inside_has_fault(RELAY_INSIDE_NO_WAKE))
        return 0;
    relay_inside_touch(word, sizeof(*word), true);
    for (int i = 0; i < machine->n_actors; i++) {
        struct actor *actor = &machine->state->actors[i];

        if (actor->state == RELAY_INSIDE_ASLEEP && actor->sleeps == word) {
            actor->woken = true;
            count++;
        }
    }
    return count;
}

long relay_inside_futex(void *word, int operation, ...)
{
    va_list more;
    uint32_t value;

    va_start(more, operation);
    value = va_arg(more, uint32_t);
    va_end(more);
    return operation == FUTEX_WAIT ? sleep_on(word, value) : wake(word);
}
