/* SPDX-License-Identifier: MIT */
/* How a live pool comes to be, and how its memory goes. */
#include <stdlib.h>
#include <unistd.h>

#include "pool.h"

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

    return seed ^ (uint64_t)live_monotonic() << 16 ^
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
    live->halted_at = live->shift = opt->simulated ? 0 : live_monotonic();
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

        live->cpus[i].r.last_report = live->cpus[i].r.last_visit = UINT64_MAX;
        live->cpus[i].r.produced = buf ? relay_load(&buf->ctl->produced) : 0;
        live->cpus[i].r.lost = buf ? live_lost_for_room(buf->ctl) : 0;
    }
    if (live_start_threads(live))
        return live;
    error = relay_error();
    relay_live_close(live);
    relay_set_error(error);
    return NULL;
}
