/* SPDX-License-Identifier: MIT */
/*
 * What it costs that the reader is another process: events carried between two threads and between two
 * processes, and a writer on 64 CPUs without and with a process that looks at all of them 60 times a
 * second: as fast as it goes, and at 2 million events a second, with the time that 99 of 100 writes
 * stay below. Ratios are to the first of each pair, taken in turns.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "relay/relay_attach.h"
#include "report.h"

enum { SUBBUF = 65536, COUNT = 8, EVENT = 64, EVENTS = 2000000, ROUNDS = 15 };
enum { PACE_NS = 500, SLOWEST_NS = 1 << 16 };
enum { CPUS = 64, WATCHED_SUBBUF = 4096, WATCHED_COUNT = 64, LOOKS = 60, SETTLE_US = 50000 };

static const struct rchan_callbacks callbacks = {
    .create_buf_file = relay_default_create_buf_file,
    .remove_buf_file = relay_default_remove_buf_file,
};
static const struct rchan_callbacks overwriting = {
    .subbuf_start = relay_overwrite,
    .create_buf_file = relay_default_create_buf_file,
    .remove_buf_file = relay_default_remove_buf_file,
};
static char folder[] = "/dev/shm/relay-bench-XXXXXX";
static struct dentry *dir;

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static struct rchan *open_channel(struct dentry *where, enum relay_writers writers)
{
    struct relay_options opt = {.cpus = 1, .writers = writers};
    struct rchan *chan = relay_open_on("c", where, SUBBUF, COUNT, &callbacks, NULL, &opt);

    if (!chan) {
        fprintf(stderr, "relay_open: %s\n", relay_error_text(relay_error()));
        exit(1);
    }
    return chan;
}

/* Take all events; the file may be there only later. */
static void *take_all(void *where)
{
    static unsigned char bytes[SUBBUF];
    struct relay_file *file;
    struct dentry *entry;

    while (!(entry = relay_lookup(where, "c0")))
        usleep(100);
    if (relay_file_open(entry, O_RDONLY, &file) != 0)
        exit(1);
    for (size_t got = 0; got < (size_t)EVENTS * EVENT;)
        got += (size_t)relay_file_read(file, bytes, sizeof(bytes));
    relay_file_close(file);
    relay_dentry_put(entry);
    return NULL;
}

static void give_all(struct rchan *chan)
{
    static unsigned char event[EVENT];

    for (size_t i = 0; i < EVENTS; i++)
        while (relay_write_on(chan, 0, event, sizeof(event)) != RELAY_STORED)
            sched_yield();
}

static double between_threads(enum relay_writers writers)
{
    struct rchan *chan = open_channel(NULL, writers);
    double begin = now();
    pthread_t reader;

    if (pthread_create(&reader, NULL, take_all, relay_root()) != 0)
        exit(1);
    give_all(chan);
    pthread_join(reader, NULL);
    begin = now() - begin;
    relay_close(chan);
    return begin * 1e9 / EVENTS;
}

static pid_t spawn(void (*act)(void))
{
    pid_t child = fork();

    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        act();
        _exit(0);
    }
    return child;
}

static void take_elsewhere(void)
{
    take_all(dir);
}

static double between_processes(enum relay_writers writers)
{
    pid_t reader = spawn(take_elsewhere);
    struct rchan *chan = open_channel(dir, writers);
    double begin = now();

    give_all(chan);
    waitpid(reader, NULL, 0);
    begin = now() - begin;
    relay_close(chan);
    return begin * 1e9 / EVENTS;
}

/* Look at all CPUs for ever. */
static void watch(void)
{
    static struct relay_attached *attached[CPUS];
    struct relay_subbuf_info subbufs[WATCHED_COUNT];
    struct relay_attached_info info;
    struct relay_buf_info buf;
    char path[64];

    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        snprintf(path, sizeof(path), "%s/w%u", folder, cpu);
        if (relay_attach(path, &attached[cpu]) != 0)
            _exit(1);
    }
    for (;;) {
        for (unsigned cpu = 0; cpu < CPUS; cpu++)
            relay_attached_look(attached[cpu], &info, &buf, subbufs);
        usleep(1000000 / LOOKS);
    }
}

static double write_everywhere(struct rchan *chan)
{
    static unsigned char event[EVENT];
    double begin = now();

    for (unsigned i = 0; i < EVENTS; i++)
        relay_write_on(chan, i % CPUS, event, sizeof(event));
    return (now() - begin) * 1e9 / EVENTS;
}

static void compare(const char *const names[2], double (*const run[2])(enum relay_writers),
                    enum relay_writers writers, unsigned rounds, double bar)
{
    double times[2][ROUNDS], ratios[2][ROUNDS];

    for (unsigned round = 0; round < rounds; round++)
        for (unsigned i = 0; i < 2; i++) {
            times[i][round] = run[i](writers);
            ratios[i][round] = times[i][round] / times[0][round];
        }
    for (unsigned i = 0; i < 2; i++)
        report_row(names[i], EVENT, report_median(times[i], rounds),
                   report_median(ratios[i], rounds), i ? bar : 0);
}

static struct rchan *watched;

static double alone(enum relay_writers writers)
{
    (void)writers;
    usleep(SETTLE_US);
    return write_everywhere(watched);
}

static double with_a_watcher(enum relay_writers writers)
{
    pid_t watcher = spawn(watch);
    double time;

    (void)writers;
    usleep(SETTLE_US); /* until it looks */
    time = write_everywhere(watched);
    kill(watcher, SIGKILL);
    waitpid(watcher, NULL, 0);
    return time;
}

/* Two figures of a run at a pace: time an event, and what 99 of 100 writes stay below; ns. */
struct paced {
    double time, p99;
};

static double percentile(const unsigned *counts, size_t below)
{
    size_t seen = 0;
    unsigned ns = 0;

    while (ns < SLOWEST_NS - 1 && (seen += counts[ns]) < below)
        ns++;
    return ns;
}

static struct paced write_at_a_pace(struct rchan *chan)
{
    static unsigned char event[EVENT];
    static unsigned counts[SLOWEST_NS];
    double begin = now(), time = begin;

    memset(counts, 0, sizeof(counts));
    for (unsigned i = 0; i < EVENTS; i++) {
        double due = begin + i * (PACE_NS * 1e-9), before;
        unsigned ns;

        do
            before = now();
        while (before < due);
        relay_write_on(chan, i % CPUS, event, sizeof(event));
        time = now();
        ns = (unsigned)((time - before) * 1e9);
        counts[ns < SLOWEST_NS ? ns : SLOWEST_NS - 1]++;
    }
    return (struct paced){.time = (time - begin) * 1e9 / EVENTS,
                          .p99 = percentile(counts, (size_t)EVENTS * 99 / 100)};
}

static void compare_paced(unsigned rounds)
{
    static const char *const names[2][2] = {{"2 M events/s", "the same, looked at 60 Hz"},
                                            {"its p99 of a write", "the same, looked at 60 Hz"}};
    static const double bars[] = {1 / 0.95, 1.1};
    double figures[2][2][ROUNDS], ratios[2][2][ROUNDS];

    for (unsigned round = 0; round < rounds; round++)
        for (unsigned i = 0; i < 2; i++) {
            pid_t watcher = i ? spawn(watch) : 0;
            struct paced paced;

            usleep(SETTLE_US);
            paced = write_at_a_pace(watched);
            if (watcher) {
                kill(watcher, SIGKILL);
                waitpid(watcher, NULL, 0);
            }
            figures[0][i][round] = paced.time;
            figures[1][i][round] = paced.p99;
            for (unsigned kind = 0; kind < 2; kind++)
                ratios[kind][i][round] = figures[kind][i][round] / figures[kind][0][round];
        }
    for (unsigned kind = 0; kind < 2; kind++)
        for (unsigned i = 0; i < 2; i++)
            report_row(names[kind][i], EVENT, report_median(figures[kind][i], rounds),
                       report_median(ratios[kind][i], rounds), i ? bars[kind] : 0);
}

int main(int argc, char **argv)
{
    static const char *const one[] = {"one writer, two threads", "one writer, two processes"};
    static const char *const many[] = {"lock, two threads", "lock, two processes"};
    static const char *const looks[] = {"64 CPUs written", "the same, looked at 60 Hz"};
    static double (*const carry[])(enum relay_writers) = {between_threads, between_processes};
    static double (*const attach[])(enum relay_writers) = {alone, with_a_watcher};
    struct report_options options = report_begin(argc, argv);
    unsigned rounds = options.quick ? 3 : ROUNDS;
    struct relay_options opt = {.cpus = CPUS, .writers = RELAY_WRITERS_ONE};

    if (!mkdtemp(folder))
        return 1;
    dir = relay_directory_at(folder, NULL);
    compare(one, carry, RELAY_WRITERS_ONE, rounds, 1.25);
    compare(many, carry, RELAY_WRITERS_MANY, rounds, 1.25);
    watched = relay_open_on("w", dir, WATCHED_SUBBUF, WATCHED_COUNT, &overwriting, NULL, &opt);
    if (watched) {
        compare(looks, attach, RELAY_WRITERS_ONE, rounds, 1.05);
        compare_paced(rounds);
    }
    relay_close(watched);
    relay_remove(dir);
    relay_dentry_put(dir);
    return report_end(&options);
}
