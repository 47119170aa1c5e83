/* SPDX-License-Identifier: MIT */
/*
 * What a write costs beside a plain memcpy into the same memory.
 *
 *   relay_bench [--quick] [--json FILE]
 *
 * All variants take turns within each round, so that a change of the machine's speed hits them
 * alike; a ratio is formed within a round, and medians over the rounds are printed. The figures
 * depend on the machine and on what else it does: they never fail, the exit status is about errors.
 */
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "relay/relay_live.h"
#include "report.h"

enum {
    SUBBUF = 256 * 1024,
    COUNT = 8,
    BATCH = 16,          /* events of one relay_write_many */
    RUN_BYTES = 8 << 20, /* one run writes at least so much */
    RUN_EVENTS = 100000, /* and so many events */
    LONGEST = 1024,
    SETS = 15, /* of runs with and without an observer */
    OBSERVER_HZ = 60,
};

#define LIVE_SECONDS 0.02

static const size_t sizes[] = {8, 32, 64, 256, 1024};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]), MOST_ROUNDS = 41 };

static const struct rchan_callbacks callbacks = {
    .subbuf_start = relay_overwrite,
    .create_buf_file = relay_default_create_buf_file,
    .remove_buf_file = relay_default_remove_buf_file,
};

static unsigned char event[LONGEST * BATCH];

/* Seconds; of the thread's own processor time where others on the machine should not count. */
static double now(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---------------------------------------------------------------- variants */

/* Each writes `count` events of `size` bytes; none is inlined, so none knows the size. */
typedef void variant_fn(struct rchan *chan, size_t size, size_t count);
#define VARIANT(name)                                                                              \
    static __attribute__((noinline)) void name(struct rchan *chan, size_t size, size_t count)

/* The limit: libc's memcpy, walking through the channel's own memory. */
VARIANT(copy)
{
    unsigned char *ring = relay_cpu_buf(chan, 0)->start;
    size_t end = chan->subbuf_size * chan->n_subbufs - size;

    for (size_t i = 0, at = 0; i < count; i++) {
        memcpy(ring + at, event, size);
        at += size;
        if (at > end)
            at = 0;
    }
}

VARIANT(write_it)
{
    for (size_t i = 0; i < count; i++)
        relay_write(chan, event, size);
}

VARIANT(write_nolock)
{
    for (size_t i = 0; i < count; i++)
        __relay_write(chan, event, size);
}

VARIANT(reserve)
{
    for (size_t i = 0; i < count; i++) {
        void *slot = relay_reserve(chan, size);

        if (slot)
            memcpy(slot, event, size);
    }
}

VARIANT(write_batch)
{
    uint32_t lengths[BATCH];

    for (size_t i = 0; i < BATCH; i++)
        lengths[i] = (uint32_t)size;
    for (size_t i = 0; i < count; i += BATCH)
        relay_write_many(chan, 0, event, lengths, BATCH);
}

/* In the order of a round; each is compared to the copy that comes before it. */
static const struct {
    const char *name;
    variant_fn *run;
    enum relay_writers writers;
} variants[] = {
    {"memcpy (one writer's ring)", copy, RELAY_WRITERS_ONE},
    {"relay_write, one writer", write_it, RELAY_WRITERS_ONE},
    {"__relay_write, one writer", write_nolock, RELAY_WRITERS_ONE},
    {"relay_reserve, one writer", reserve, RELAY_WRITERS_ONE},
    {"relay_write_many, one writer", write_batch, RELAY_WRITERS_ONE},
    {"memcpy (locked ring)", copy, RELAY_WRITERS_MANY},
    {"relay_write, lock", write_it, RELAY_WRITERS_MANY},
    {"__relay_write, no lock", write_nolock, RELAY_WRITERS_MANY},
    {"relay_reserve, lock", reserve, RELAY_WRITERS_MANY},
    {"relay_write_many, lock", write_batch, RELAY_WRITERS_MANY},
};
enum { VARIANTS = sizeof(variants) / sizeof(variants[0]) };

/* The bars that the project has set itself; 0: none. */
static double bar_of(size_t variant, size_t size)
{
    if (variants[variant].run != write_it)
        return 0;
    if (variants[variant].writers == RELAY_WRITERS_MANY)
        return size == 64 ? 3.5 : 0;
    return size == 32 ? 1.5 : size == 64 ? 1.35 : size >= 256 ? 1.2 : 0;
}

static struct rchan *open_channel(const char *name, enum relay_writers writers)
{
    struct relay_options opt = {.cpus = 1, .writers = writers};
    struct rchan *chan = relay_open_on(name, NULL, SUBBUF, COUNT, &callbacks, NULL, &opt);

    if (!chan) {
        fprintf(stderr, "relay_open: %s\n", relay_error_text(relay_error()));
        exit(1);
    }
    return chan;
}

/* Nanoseconds for each event. */
static double time_of(variant_fn *run, struct rchan *chan, size_t size, clockid_t clock)
{
    size_t count = RUN_BYTES / size > RUN_EVENTS ? RUN_BYTES / size : RUN_EVENTS;
    double begin = now(clock);

    run(chan, size, count);
    return (now(clock) - begin) * 1e9 / (double)count;
}

static void compare_writes(struct rchan *const *chans, unsigned rounds)
{
    static double times[VARIANTS][MOST_ROUNDS], ratios[VARIANTS][MOST_ROUNDS];

    for (size_t s = 0; s < SIZES; s++) {
        for (unsigned round = 0; round < rounds; round++) {
            double base = 1;

            for (size_t v = 0; v < VARIANTS; v++) {
                times[v][round] = time_of(variants[v].run, chans[variants[v].writers], sizes[s],
                                          CLOCK_THREAD_CPUTIME_ID);
                if (variants[v].run == copy)
                    base = times[v][round];
                ratios[v][round] = times[v][round] / base;
            }
        }
        for (size_t v = 0; v < VARIANTS; v++)
            report_row(variants[v].name, sizes[s], report_median(times[v], rounds),
                       report_median(ratios[v], rounds), bar_of(v, sizes[s]));
    }
}

/* ---------------------------------------------------------------- an observer */

struct observer {
    pthread_t thread;
    struct rchan *chan;
    int watching; /* atomic */
    int stop;     /* atomic */
    unsigned long taken;
};

static void *observe(void *arg)
{
    struct observer *observer = arg;
    const struct timespec pause = {.tv_nsec = 1000000000 / OBSERVER_HZ};
    struct relay_subbuf_info rows[COUNT];
    struct relay_buf_info info;

    while (!relay_load(&observer->stop)) {
        if (relay_load(&observer->watching)) {
            relay_snapshot(observer->chan, &info, rows, 1);
            observer->taken++;
        }
        nanosleep(&pause, NULL);
    }
    return NULL;
}

/* Nanoseconds for each 64-byte event over about a tenth of a second. */
static double watched_or_not(struct observer *observer, int watching)
{
    double begin = now(CLOCK_MONOTONIC), sum = 0;
    unsigned runs = 0;

    relay_store(&observer->watching, watching);
    for (; now(CLOCK_MONOTONIC) - begin < 0.1; runs++)
        sum += time_of(write_it, observer->chan, 64, CLOCK_MONOTONIC);
    return sum / runs;
}

static void compare_observed(struct rchan *chan, const char *name, unsigned sets)
{
    struct observer observer = {.chan = chan};
    double watched[SETS], ratios[SETS];

    if (pthread_create(&observer.thread, NULL, observe, &observer) != 0)
        exit(1);
    for (unsigned set = 0; set < sets; set++) {
        int first = set % 2; /* who goes first changes */
        double times[2];

        times[first] = watched_or_not(&observer, first);
        times[!first] = watched_or_not(&observer, !first);
        watched[set] = times[1];
        ratios[set] = times[1] / times[0];
    }
    relay_store(&observer.stop, 1);
    pthread_join(observer.thread, NULL);
    report_row(name, 64, report_median(watched, sets), report_median(ratios, sets), 1.10);
}

/* ---------------------------------------------------------------- a live pool's writer */

/* Nanoseconds of processor time for each event that the writer makes and writes, flat out. */
static double time_of_live(struct relay_live *live, size_t size)
{
    static const struct timespec while_it_writes = {.tv_nsec = (long)(LIVE_SECONDS * 1e9)};
    struct relay_live_writing writing = {.rate = INFINITY, .min = (uint32_t)size};
    struct relay_live_counts before, after;
    double begin;

    relay_live_set_writing(live, &writing, NULL, 0);
    relay_live_totals(live, &before, 1);
    begin = now(CLOCK_PROCESS_CPUTIME_ID);
    relay_live_run(live);
    nanosleep(&while_it_writes, NULL);
    relay_live_pause(live);
    begin = now(CLOCK_PROCESS_CPUTIME_ID) - begin;
    relay_live_totals(live, &after, 1);
    return begin * 1e9 / (double)(after.attempted - before.attempted);
}

/* The same of relay_write of bytes that are there, over as long a time: others on the machine take
 * turns with us, and then the cache is cold. */
static double time_of_plain(struct rchan *chan, size_t size)
{
    double begin = now(CLOCK_MONOTONIC), sum = 0;
    unsigned runs = 0;

    for (; now(CLOCK_MONOTONIC) - begin < LIVE_SECONDS; runs++)
        sum += time_of(write_it, chan, size, CLOCK_THREAD_CPUTIME_ID);
    return sum / runs;
}

/* What making events and counting them costs. */
static void compare_live(struct rchan *chan, const char *name, unsigned rounds)
{
    struct relay_live *live = relay_live_open(chan, NULL);
    double times[MOST_ROUNDS], ratios[MOST_ROUNDS];

    if (!live)
        exit(1);
    for (size_t s = 1; s < SIZES; s++) {
        for (unsigned round = 0; round < rounds; round++) {
            double base = time_of_plain(chan, sizes[s]);

            times[round] = time_of_live(live, sizes[s]);
            ratios[round] = times[round] / base;
        }
        report_row(name, sizes[s], report_median(times, rounds), report_median(ratios, rounds), 0);
    }
    relay_live_close(live);
}

/* The writer stays on one processor, where that is allowed; the observer may go elsewhere. */
static void pin(void)
{
    cpu_set_t set;
    int cpu = sched_getcpu();

    CPU_ZERO(&set);
    CPU_SET(cpu < 0 ? 0 : cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set) != 0)
        printf("not pinned to a processor\n");
}

int main(int argc, char **argv)
{
    struct report_options options = report_begin(argc, argv);
    unsigned rounds = options.quick ? 5 : MOST_ROUNDS;
    struct rchan *chans[2] = {
        [RELAY_WRITERS_ONE] = open_channel("one", RELAY_WRITERS_ONE),
        [RELAY_WRITERS_MANY] = open_channel("many", RELAY_WRITERS_MANY),
    };

    compare_observed(chans[RELAY_WRITERS_ONE], "observed at 60 Hz, one writer",
                     options.quick ? 3 : SETS);
    compare_observed(chans[RELAY_WRITERS_MANY], "observed at 60 Hz, lock",
                     options.quick ? 3 : SETS);
    pin();
    compare_writes(chans, rounds);
    compare_live(chans[RELAY_WRITERS_ONE], "live writer, one writer", rounds);
    compare_live(chans[RELAY_WRITERS_MANY], "live writer, lock", rounds);
    for (int i = 0; i < 2; i++)
        relay_close(chans[i]);
    return report_end(&options);
}
