/* SPDX-License-Identifier: MIT */
/*
 * The simulated clock of a live pool: what its threads would do, done by the calling thread in the
 * order of the times it is due at. Each writer, each reader, the flushes and the sampling are an actor;
 * the one that is due first has its turn, and until the next one is due nobody can see a difference.
 */
#include <stdlib.h>

#include "pool.h"

#define SAMPLE_EVERY 50000000 /* ns; as long as a bin */

struct actor {
    int64_t due;
    unsigned rank; /* who is first at equal times: sampling, writers, flush, readers */
};

struct live_sim {
    int64_t now;
    unsigned char *scratch;
    unsigned count;
    struct actor actors[]; /* a heap: the first one is due first */
};

struct live_sim *live_sim_open(struct relay_live *live)
{
    unsigned count = 2 * live->chan->cpus + 2;
    struct live_sim *sim = calloc(1, sizeof(*sim) + count * sizeof(sim->actors[0]));

    if (!sim)
        return NULL;
    sim->count = count;
    sim->scratch = malloc(LIVE_SCRATCH);
    if (!sim->scratch) {
        free(sim);
        return NULL;
    }
    live->n_threads = live->standing = 1;
    return sim;
}

void live_sim_close(struct live_sim *sim)
{
    if (sim)
        free(sim->scratch);
    free(sim);
}

int64_t live_sim_now(const struct live_sim *sim)
{
    return relay_load(&sim->now);
}

/* ---------------------------------------------------------------- who is next */

static bool is_before(const struct actor *one, const struct actor *other)
{
    return one->due < other->due || (one->due == other->due && one->rank < other->rank);
}

/* The actor at `at` may be due later than those below it. */
static void sink(struct live_sim *sim, unsigned at)
{
    for (unsigned below; (below = 2 * at + 1) < sim->count; at = below) {
        struct actor moved = sim->actors[at];

        if (below + 1 < sim->count && is_before(&sim->actors[below + 1], &sim->actors[below]))
            below++;
        if (!is_before(&sim->actors[below], &moved))
            return;
        sim->actors[at] = sim->actors[below];
        sim->actors[below] = moved;
    }
}

/* The time until which the first actor is alone, that time included. */
static int64_t alone_until(const struct live_sim *sim, int64_t end)
{
    int64_t last = end - 1;

    for (unsigned i = 1; i <= 2 && i < sim->count; i++) {
        const struct actor *next = &sim->actors[i];
        int64_t until = next->rank > sim->actors[0].rank ? next->due : next->due - 1;

        last = until < last ? until : last;
    }
    return last;
}

/* ---------------------------------------------------------------- what they do */

static int64_t first_due(struct relay_live *live, unsigned rank, int64_t now)
{
    unsigned cpus = live->chan->cpus;

    if (rank == 0)
        return (now / SAMPLE_EVERY + 1) * SAMPLE_EVERY;
    if (rank == cpus + 1)
        return live_flush_due(live, now);
    if (rank <= cpus) {
        struct live_writer *writer = &live->cpus[rank - 1].w;

        return relay_load(&writer->next) ? now : writer->plan ? writer->due : LIVE_NEVER;
    } else {
        struct live_reader *reader = &live->cpus[rank - cpus - 2].r;

        return relay_load(&reader->next) ? now : reader->plan ? reader->due : LIVE_NEVER;
    }
}

/* Have an actor's turn, for a writer until `last`; when the next one is. */
static int64_t act(struct live_thread *thread, const struct actor *actor, int64_t last)
{
    struct relay_live *live = thread->live;
    unsigned cpus = live->chan->cpus, rank = actor->rank;

    if (rank == 0) {
        relay_live_sample(live);
        return actor->due + SAMPLE_EVERY;
    }
    if (rank <= cpus)
        return live_serve_writer(thread, &live->cpus[rank - 1], last);
    if (rank == cpus + 1)
        return live_serve_flush(thread, actor->due);
    return live_serve_reader(thread, &live->cpus[rank - cpus - 2], actor->due);
}

static void simulate(struct relay_live *live, int64_t end)
{
    struct live_sim *sim = live->sim;
    struct live_thread thread = {.live = live, .step = 1, .scratch = sim->scratch};
    struct actor *first = &sim->actors[0];

    live_resume_writers(&thread);
    for (unsigned rank = 0; rank < sim->count; rank++)
        sim->actors[rank] = (struct actor){first_due(live, rank, sim->now), rank};
    for (unsigned at = sim->count / 2; at-- > 0;)
        sink(sim, at);
    while (first->due < end && !live_is_stopped(live)) {
        if (first->due > sim->now)
            relay_store(&sim->now, first->due);
        first->due = act(&thread, first, alone_until(sim, end));
        sink(sim, 0);
    }
    if (!live_is_stopped(live))
        relay_store(&sim->now, end);
}

RELAY_EXPORT int relay_live_simulate(struct relay_live *live, double seconds)
{
    int error;

    if (!live_is_time(seconds)) {
        relay_set_error(RELAY_ERR_LIVE_TIME);
        return -EINVAL;
    }
    error = live_enter(live);
    if (error)
        return error;
    simulate(live, live->sim->now + live_ns(seconds));
    live_leave(live);
    return 0;
}
