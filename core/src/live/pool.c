/* SPDX-License-Identifier: MIT */
/* The life of a live pool and its threads: open, run, stop, stand, close; its clock. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "pool.h"

#define LONGEST_SLEEP 3600000000000 /* ns; then it is looked at the clock again */

static _Thread_local struct relay_live *own_pool;

/* ---------------------------------------------------------------- clock */

static int64_t monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The clock that the pool goes by. */
static int64_t read_clock(const struct relay_live *live)
{
    return live->sim ? live_sim_now(live->sim) : monotonic();
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

static bool start_threads(struct relay_live *live)
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

/* ---------------------------------------------------------------- open */

static void free_cpu(struct live_cpu *cpu)
{
    live_drop_writing(cpu->w.next);
    live_drop_writing(cpu->w.plan);
    live_drop_reading(cpu->r.next);
    live_drop_reading(cpu->r.plan);
    free(cpu->w.ends);
    free(cpu->r.stream.carry);
    free(cpu->c.seen);
}

static void destroy(struct relay_live *live)
{
    for (unsigned i = 0; live->cpus && i < live->chan->cpus; i++)
        free_cpu(&live->cpus[i]);
    live_bins_close(live);
    live_sim_close(live->sim);
    relay_put(live->chan);
    free(live->cpus);
    free(live->threads);
    free(live->was);
    pthread_mutex_destroy(&live->control);
    pthread_mutex_destroy(&live->mutex);
    pthread_cond_destroy(&live->wake);
    pthread_cond_destroy(&live->stand);
    free(live);
}

RELAY_EXPORT void relay_live_get(struct relay_live *live)
{
    __atomic_fetch_add(&live->refs, 1, __ATOMIC_RELAXED);
}

RELAY_EXPORT void relay_live_put(struct relay_live *live)
{
    if (live && __atomic_sub_fetch(&live->refs, 1, __ATOMIC_ACQ_REL) == 0)
        destroy(live);
}

static void set_up_locks(struct relay_live *live)
{
    pthread_condattr_t monotonic;

    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&live->control, NULL);
    pthread_mutex_init(&live->mutex, NULL);
    pthread_cond_init(&live->wake, &monotonic);
    pthread_cond_init(&live->stand, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void *clear_lines(size_t count, size_t size)
{
    void *memory = NULL;

    if (posix_memalign(&memory, RELAY_LINE, count * size) != 0)
        return NULL;
    return memset(memory, 0, count * size);
}

/* Different for each pool of this machine, as far as that can be had. */
static uint64_t new_session(uint64_t seed)
{
    static uint64_t pools;

    return seed ^ (uint64_t)monotonic() << 16 ^
           __atomic_add_fetch(&pools, 1, __ATOMIC_RELAXED) << 56;
}

static struct relay_live *create(struct rchan *chan, const struct relay_live_options *opt)
{
    struct relay_live *live = clear_lines(1, sizeof(*live));
    bool alone;

    if (!live)
        return NULL;
    set_up_locks(live);
    relay_get(chan);
    live->chan = chan;
    live->refs = 1;
    live->process = getpid();
    live->session = opt->simulated ? opt->seed : new_session(opt->seed);
    live->drawn = opt->seed;
    alone = chan->is_global || opt->simulated;
    live->n_writers = opt->writer_threads && !alone ? opt->writer_threads : 1;
    live->n_readers = opt->reader_threads && !alone ? opt->reader_threads : 1;
    live->event_seconds = opt->simulated ? opt->event_seconds : 0;
    live->flush_due = LIVE_NEVER;
    live->stop = 1;
    live->halted = true;
    live->halted_at = live->shift = opt->simulated ? 0 : monotonic();
    live->cpus = clear_lines(chan->cpus, sizeof(*live->cpus));
    live->threads = calloc(live->n_writers + live->n_readers, sizeof(*live->threads));
    live->was = calloc(chan->cpus, sizeof(*live->was));
    live->sim = opt->simulated ? live_sim_open(live) : NULL;
    if (live->cpus && live->threads && live->was && live_bins_open(live) &&
        (live->sim || !opt->simulated))
        return live;
    destroy(live);
    return NULL;
}

static enum relay_error_code check(const struct rchan *chan, const struct relay_live_options *opt)
{
    if (!chan)
        return RELAY_ERR_NO_CHANNEL;
    if (__atomic_load_n(&chan->own->closed, __ATOMIC_RELAXED))
        return RELAY_ERR_CLOSED;
    if (opt->writer_threads > RELAY_LIVE_MOST_THREADS ||
        opt->reader_threads > RELAY_LIVE_MOST_THREADS || !(opt->event_seconds >= 0))
        return RELAY_ERR_ARGUMENT;
    return RELAY_ERR_OK;
}

RELAY_EXPORT struct relay_live *relay_live_open(struct rchan *chan,
                                                const struct relay_live_options *opt)
{
    struct relay_live_options options = opt ? *opt : (struct relay_live_options){0};
    enum relay_error_code error = check(chan, &options);
    struct relay_live *live = NULL;

    if (!error) {
        live = create(chan, &options);
        error = RELAY_ERR_NO_MEMORY;
    }
    if (!live) {
        relay_set_error(error);
        return NULL;
    }
    for (unsigned i = 0; i < chan->cpus; i++) {
        struct rchan_buf *buf = relay_cpu_buf(chan, i);

        live->cpus[i].r.last_report = UINT64_MAX;
        live->cpus[i].r.produced = buf ? relay_load(&buf->ctl->produced) : 0;
    }
    if (start_threads(live))
        return live;
    error = relay_error();
    relay_live_close(live);
    relay_set_error(error);
    return NULL;
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
    int64_t end = seconds < 0 || seconds > 1e9 ? INT64_MAX : monotonic() + (int64_t)(seconds * 1e9);
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
