/* SPDX-License-Identifier: MIT */
/*
 * Steps of actors: how many a second, one after the other and in random order, how long it takes to
 * come back to any of ten million, and what the keyframes take. Times are of the processor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "relay/relay_inside.h"

enum { CPUS = 4, STEPS = 10000000, OPERATIONS = 400000, SEEKS = 200, RUNS = 5 };

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static uint32_t chance(void)
{
    static uint64_t state = 1;

    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33);
}

static void queue(struct relay_inside *machine, int actor, uint32_t what, uint32_t cpu,
                  uint64_t length)
{
    struct relay_inside_op op = {.what = what, .cpu = cpu, .length = length, .count = 1, .fd = -1};

    if (relay_inside_queue(machine, actor, &op))
        exit(1);
}

/* 4 CPUs of 8 sub-buffers of 512 bytes: a writer on each, and a reader. */
static struct relay_inside *make(void)
{
    struct relay_inside_config config = {.subbuf_size = 512,
                                         .n_subbufs = 8,
                                         .cpus = CPUS,
                                         .rule = RELAY_INSIDE_KERNEL,
                                         .mode = RELAY_INSIDE_OVERWRITE,
                                         .base_filename = "cpu",
                                         .fail_at = -1};
    struct relay_inside *machine = relay_inside_open(&config);

    if (!machine)
        exit(1);
    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        int actor = relay_inside_add(machine, RELAY_INSIDE_TASK, cpu);

        for (unsigned i = 0; i < OPERATIONS; i++)
            queue(machine, actor, RELAY_INSIDE_WRITE, cpu, 8 + i % 120);
    }
    relay_inside_add(machine, RELAY_INSIDE_READER, 0);
    for (unsigned i = 0; i < OPERATIONS; i++)
        queue(machine, CPUS, RELAY_INSIDE_READ, 0, 512);
    return machine;
}

static int by_size(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;

    return (one > other) - (one < other);
}

static void report_seeks(struct relay_inside *machine)
{
    double times[SEEKS];

    for (int i = 0; i < SEEKS; i++) {
        double begin = now();

        if (!relay_inside_seek(machine, chance() % relay_inside_length(machine)))
            exit(1);
        times[i] = (now() - begin) * 1e3;
    }
    qsort(times, SEEKS, sizeof(*times), by_size);
    printf("inside: seek in %d steps: p50 %.1f ms, p99 %.1f ms, keyframes %.0f MB\n", STEPS,
           times[SEEKS / 2], times[SEEKS * 99 / 100],
           (double)relay_inside_memory(machine) / (1 << 20));
}

int main(void)
{
    double rates[RUNS];

    for (int run = 0; run < RUNS; run++) {
        struct relay_inside *machine = make();
        double begin = now();

        for (int i = 0; i < STEPS; i++)
            if (relay_inside_step(machine, (int)(chance() % (CPUS + 1))) == RELAY_INSIDE_CANNOT)
                return 1;
        rates[run] = STEPS / (now() - begin) / 1e6;
        if (run == RUNS - 1)
            report_seeks(machine);
        relay_inside_close(machine);
    }
    qsort(rates, RUNS, sizeof(*rates), by_size);
    printf("inside: %.1f M steps/s of a random actor, keyframes included (median of %d)\n",
           rates[RUNS / 2], RUNS);
    return 0;
}
