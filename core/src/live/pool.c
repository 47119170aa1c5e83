/* SPDX-License-Identifier: MIT */
/* The threads of a live pool and its clock: run, stop, stand, close. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "pool.h"

#define LONGEST_SLEEP 3600000000000 /* ns; then it is looked at the clock again */

static _Thread_local struct relay_live *own_pool;

/* ---------------------------------------------------------------- clock */

int64_t live_monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The clock that the pool goes by. */
static int64_t read_clock(const struct relay_live *live)
{
    return live->sim ? live_sim_now(live->sim) : live_monotonic();
}

int64_t live_now(const struct relay_live *live)
{
    return read_clock(live) - relay_load(&live->shift);
}

RELAY_EXPORT double relay_live_time(struct relay_live *live)
{
    int64_t now;

    pthread_mutex_lock(&live->mutex);
    now = live->halted ? live->halted_at : read_clock(live);
    now -= live->shift;
    pthread_mutex_unlock(&live->mutex);
    return (double)now / 1e9;
}

/* ---------------------------------------------------------------- threads */

void live_halt(struct relay_live *live)
{
    relay_store(&live->stop, 1);
    if (!live->halted) {
        live->halted = true;
        live->halted_at = read_clock(live);
    }
    pthread_cond_broadcast(&live->wake);
}

void live_wait_standing(struct relay_live *live)
{
    while (live->standing < live->n_threads && !live->ended)
        pthread_cond_wait(&live->stand, &live->mutex);
}

/* Stand while the pool is stopped. False: end. */
static bool stand(struct live_thread *thread)
{
    struct relay_live *live = thread->live;
    bool closed;

    if (RELAY_LIKELY(!live_is_stopped(live)))
        return true;
    pthread_mutex_lock(&live->mutex);
    live->standing++;
    pthread_cond_broadcast(&live->stand);
    while (live->halted && !live->closed)
        pthread_cond_wait(&live->wake, &live->mutex);
    closed = live->closed;
    if (!closed)
        live->standing--;
    thread->resumed = true;
    pthread_mutex_unlock(&live->mutex);
    return !closed;
}

static void sleep_until(struct live_thread *thread, int64_t due)
{
    struct relay_live *live = thread->live;
    int64_t latest = live_now(live) + LONGEST_SLEEP;
    int64_t at = (due < latest ? due : latest) + relay_load(&live->shift);
    struct timespec time = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000};
    int error = 0;

    pthread_mutex_lock(&live->mutex);
    while (!live->halted && !live->closed && !thread->poked && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&live->wake, &live->mutex, &time);
    thread->poked = false;
    pthread_mutex_unlock(&live->mutex);
}

static void *thread_main(void *arg)
{
    struct live_thread *thread = arg;

    own_pool = thread->live;
    while (stand(thread)) {
        int64_t due = thread->reads ? live_read_pass(thread) : live_write_pass(thread);

        if (due > live_now(thread->live))
            sleep_until(thread, due);
    }
    return NULL;
}

void live_poke(struct relay_live *live)
{
    pthread_mutex_lock(&live->mutex);
    for (unsigned i = 0; i < live->n_threads; i++)
        live->threads[i].poked = true;
    pthread_cond_broadcast(&live->wake);
    pthread_mutex_unlock(&live->mutex);
}

bool live_is_outside(const struct relay_live *live)
{
    if (own_pool != live)
        return true;
    relay_set_error(RELAY_ERR_BUSY);
    return false;
}

/* Signals are for the other threads of the program. */
static bool start_thread(struct live_thread *thread)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&thread->id, NULL, thread_main, thread);
    if (error == 0) /* for debuggers and top */
        pthread_setname_np(thread->id, thread->reads ? "relay-read" : "relay-write");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error == 0;
}

bool live_start_threads(struct relay_live *live)
{
    unsigned wanted = live->sim ? 0 : live->n_writers + live->n_readers;

    for (; live->n_threads < wanted; live->n_threads++) {
        struct live_thread *thread = &live->threads[live->n_threads];
        bool reads = live->n_threads >= live->n_writers;

        thread->live = live;
        thread->reads = reads;
        thread->step = reads ? live->n_readers : live->n_writers;
        thread->index = reads ? live->n_threads - live->n_writers : live->n_threads;
        thread->scratch = malloc(LIVE_SCRATCH);
        if (!thread->scratch || !start_thread(thread)) {
            relay_set_error(thread->scratch ? RELAY_ERR_THREADS : RELAY_ERR_NO_MEMORY);
            free(thread->scratch);
            return false;
        }
    }
    return true;
}

/* ---------------------------------------------------------------- run, pause, close */

/* Begin something that is done while others may not run, pause, drain or close: 0 or an error. */
static int take_control(struct relay_live *live)
{
    if (!live_is_outside(live))
        return -EDEADLK;
    pthread_mutex_lock(&live->control);
    pthread_mutex_lock(&live->mutex);
    if (!live->closed)
        return 0;
    pthread_mutex_unlock(&live->mutex);
    pthread_mutex_unlock(&live->control);
    relay_set_error(RELAY_ERR_CLOSED);
    return -EBADF;
}

static int leave_control(struct relay_live *live)
{
    pthread_mutex_unlock(&live->mutex);
    pthread_mutex_unlock(&live->control);
    return 0;
}

/* All stand, and others may have changed the channel, or closed the pool meanwhile. */
static void let_go(struct relay_live *live)
{
    if (live->closed)
        return;
    live->has_hit = false;
    relay_store(&live->taken, 0);
    live_arm_breaks(live);
    relay_store(&live->shift, live->shift + read_clock(live) - live->halted_at);
    live->halted = false;
    relay_store(&live->stop, 0);
    pthread_cond_broadcast(&live->wake);
}

static int no_clock(void)
{
    relay_set_error(RELAY_ERR_LIVE_CLOCK);
    return -EINVAL;
}

RELAY_EXPORT int relay_live_run(struct relay_live *live)
{
    int error = live->sim ? no_clock() : take_control(live);

    if (error)
        return error;
    if (live->halted) {
        live_wait_standing(live);
        let_go(live);
    }
    return leave_control(live);
}

int live_enter(struct relay_live *live)
{
    int error = live->sim ? take_control(live) : no_clock();

    if (error)
        return error;
    if (!live->halted) {
        leave_control(live);
        relay_set_error(RELAY_ERR_RUNNING);
        return -EBUSY;
    }
    live_wait_standing(live);
    live->standing--;
    live->outer = own_pool;
    own_pool = live;
    let_go(live);
    return leave_control(live);
}

void live_leave(struct relay_live *live)
{
    pthread_mutex_lock(&live->mutex);
    live_halt(live);
    live->halted_at = live_sim_now(live->sim);
    live->standing++;
    own_pool = live->outer;
    pthread_cond_broadcast(&live->stand);
    pthread_mutex_unlock(&live->mutex);
}

RELAY_EXPORT int relay_live_pause(struct relay_live *live)
{
    int error = take_control(live);

    if (error)
        return error;
    live_halt(live);
    live_wait_standing(live);
    return leave_control(live);
}

RELAY_EXPORT bool relay_live_is_running(struct relay_live *live)
{
    bool runs;

    pthread_mutex_lock(&live->mutex);
    runs = !live->halted;
    pthread_mutex_unlock(&live->mutex);
    return runs;
}

RELAY_EXPORT int relay_live_set_break(struct relay_live *live, const struct relay_live_break *where)
{
    uint32_t known = (1u << RELAY_LIVE_N_COUNTERS) - 1;
    bool runs;
    int error;

    if ((where->one_cpu && where->cpu >= live->chan->cpus) || where->grows & ~known ||
        (where->value && where->reaches >= RELAY_LIVE_N_COUNTERS)) {
        relay_set_error(where->one_cpu && where->cpu >= live->chan->cpus ? RELAY_ERR_CPU
                                                                         : RELAY_ERR_ARGUMENT);
        return -EINVAL;
    }
    error = take_control(live);
    if (error)
        return error;
    runs = !live->halted;
    live_halt(live);
    live_wait_standing(live);
    live->where = *where;
    live_arm_breaks(live);
    if (runs && !live->has_hit && !live->sim)
        let_go(live);
    return leave_control(live);
}

/* The first call ends the threads; the others wait for it. */
static void end_threads(struct relay_live *live)
{
    bool first;

    pthread_mutex_lock(&live->mutex);
    first = !live->closed;
    live->closed = true;
    live_halt(live);
    pthread_cond_broadcast(&live->stand);
    while (!first && !live->ended)
        pthread_cond_wait(&live->stand, &live->mutex);
    if (live->sim)
        live_wait_standing(live);
    pthread_mutex_unlock(&live->mutex);
    if (!first)
        return;
    for (unsigned i = 0; !live->sim && i < live->n_threads; i++) {
        pthread_join(live->threads[i].id, NULL);
        free(live->threads[i].scratch);
    }
    pthread_mutex_lock(&live->control); /* somebody may be draining */
    for (unsigned i = 0; i < live->chan->cpus; i++)
        live_close_reader(&live->cpus[i].r);
    pthread_mutex_unlock(&live->control);
    pthread_mutex_lock(&live->mutex);
    live->ended = true;
    pthread_cond_broadcast(&live->stand);
    pthread_mutex_unlock(&live->mutex);
}

RELAY_EXPORT void relay_live_close(struct relay_live *live)
{
    if (!live || live->process != getpid() || !live_is_outside(live))
        return;
    end_threads(live);
    relay_live_put(live);
}

/* ---------------------------------------------------------------- drain, hits */

RELAY_EXPORT int relay_live_drain(struct relay_live *live)
{
    int error = take_control(live);

    if (error)
        return error;
    if (!live->halted) {
        leave_control(live);
        relay_set_error(RELAY_ERR_RUNNING);
        return -EBUSY;
    }
    live_wait_standing(live);
    pthread_mutex_unlock(&live->mutex);
    error = live_drain_all(live);
    pthread_mutex_unlock(&live->control);
    return error;
}

static bool take_hit(const struct relay_live *live, struct relay_live_hit *hit)
{
    if (live->has_hit && hit)
        *hit = live->hit;
    return live->has_hit;
}

RELAY_EXPORT bool relay_live_last_hit(struct relay_live *live, struct relay_live_hit *hit)
{
    bool has_hit;

    pthread_mutex_lock(&live->mutex);
    has_hit = take_hit(live, hit);
    pthread_mutex_unlock(&live->mutex);
    return has_hit;
}

RELAY_EXPORT bool relay_live_wait_hit(struct relay_live *live, double seconds,
                                      struct relay_live_hit *hit)
{
    int64_t end =
        seconds < 0 || seconds > 1e9 ? INT64_MAX : live_monotonic() + (int64_t)(seconds * 1e9);
    struct timespec time = {.tv_sec = end / 1000000000, .tv_nsec = end % 1000000000};
    bool has_hit;

    pthread_mutex_lock(&live->mutex);
    while (!live->closed && !(live->has_hit && live->standing == live->n_threads))
        if (pthread_cond_timedwait(&live->stand, &live->mutex, &time) == ETIMEDOUT)
            break;
    has_hit = take_hit(live, hit);
    pthread_mutex_unlock(&live->mutex);
    return has_hit;
}
