/* SPDX-License-Identifier: MIT */
/*
 * What it costs to share a buffer: with other writers, beside a plain ring under a pthread mutex;
 * with a reader that polls, beside nobody and beside a queue for one writer and one reader.
 *
 *   relay_bench_shared [--quick] [--json FILE]
 *
 * As in bench.c: variants take turns within a round, a ratio is formed within a round, medians are
 * printed, nothing fails. Time is the wall clock's, since waiting is what is measured: others on the
 * machine show.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "queue.h"
#include "relay/relay.h"
#include "report.h"

enum {
    SUBBUF = 256 * 1024,
    COUNT = 8,
    RING = SUBBUF * COUNT,
    LONGEST = 1024,
    EVENTS = 2000000, /* of one run, by all its writers together */
    MOST_WRITERS = 4,
    MOST_ROUNDS = 21,
    READ_BYTES = 16384, /* of one read */
};

static const unsigned char event[LONGEST];

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---------------------------------------------------------------- a ring under a mutex */

static struct {
    pthread_mutex_t lock;
    size_t at;
    unsigned char bytes[RING];
} ring = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void ring_write(const void *data, size_t size)
{
    pthread_mutex_lock(&ring.lock);
    if (ring.at + size > RING)
        ring.at = 0;
    memcpy(ring.bytes + ring.at, data, size);
    ring.at += size;
    pthread_mutex_unlock(&ring.lock);
}

/* ---------------------------------------------------------------- writers */

/* Thread `i` of a run on a processor of its own, as far as there are so many. */
static void settle_on(unsigned i)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(i % (unsigned long)(cpus > 0 ? cpus : 1), &set);
    sched_setaffinity(0, sizeof(set), &set); /* where it may not, the scheduler chooses */
}

/* A run: its writers start together. */
struct run {
    struct rchan *chan; /* NULL: the ring */
    size_t size, share;
    pthread_barrier_t start;
};

struct writer {
    pthread_t thread;
    struct run *run;
    unsigned index;
    double begin, end;
};

static void *write_share(void *arg)
{
    struct writer *writer = arg;
    const struct run *run = writer->run;

    settle_on(writer->index);
    pthread_barrier_wait(&writer->run->start);
    writer->begin = now();
    if (run->chan)
        for (size_t i = 0; i < run->share; i++)
            relay_write_on(run->chan, 0, event, run->size);
    else
        for (size_t i = 0; i < run->share; i++)
            ring_write(event, run->size);
    writer->end = now();
    return NULL;
}

/* Nanoseconds for each event, from the first writer's start until the last one is done. */
static double time_of(struct rchan *chan, unsigned count, size_t size)
{
    struct run run = {.chan = chan, .size = size, .share = EVENTS / count};
    struct writer writers[MOST_WRITERS];
    double begin, end;

    pthread_barrier_init(&run.start, NULL, count);
    for (unsigned i = 0; i < count; i++) {
        writers[i] = (struct writer){.run = &run, .index = i};
        if (pthread_create(&writers[i].thread, NULL, write_share, &writers[i]) != 0)
            exit(1);
    }
    for (unsigned i = 0; i < count; i++) {
        pthread_join(writers[i].thread, NULL);
        begin = i == 0 || writers[i].begin < begin ? writers[i].begin : begin;
        end = i == 0 || writers[i].end > end ? writers[i].end : end;
    }
    pthread_barrier_destroy(&run.start);
    return (end - begin) * 1e9 / EVENTS;
}

static void compare_writers(struct rchan *chan, unsigned rounds, size_t size)
{
    static const char *const rows[][2] = {
        {"mutex ring, 1 writer", "relay_write, lock, 1 writer"},
        {"mutex ring, 2 writers", "relay_write, lock, 2 writers"},
        {"mutex ring, 4 writers", "relay_write, lock, 4 writers"},
    };
    double ring_times[3][MOST_ROUNDS], times[3][MOST_ROUNDS], ratios[3][MOST_ROUNDS];

    for (unsigned round = 0; round < rounds; round++)
        for (unsigned i = 0; i < 3; i++) {
            ring_times[i][round] = time_of(NULL, 1u << i, size);
            times[i][round] = time_of(chan, 1u << i, size);
            ratios[i][round] = times[i][round] / ring_times[i][round];
        }
    for (unsigned i = 0; i < 3; i++) {
        report_row(rows[i][0], size, report_median(ring_times[i], rounds), 1, 0);
        report_row(rows[i][1], size, report_median(times[i], rounds),
                   report_median(ratios[i], rounds), 1.2);
    }
}

/* ---------------------------------------------------------------- a reader that polls */

struct poller {
    pthread_t thread;
    struct relay_file *file;
    bool copies; /* the buffer's bytes, again and again, and looks at nothing */
    int stop;    /* atomic */
};

/* Without any pause. */
static void *poll_reads(void *arg)
{
    static unsigned char bytes[READ_BYTES];
    struct poller *poller = arg;
    const unsigned char *from = relay_file_buf(poller->file)->start;

    settle_on(1); /* the writer has the first */
    for (size_t at = 0; !relay_load(&poller->stop); at = (at + READ_BYTES) % RING)
        if (poller->copies)
            memcpy(bytes, from + at, READ_BYTES);
        else
            relay_file_read(poller->file, bytes, READ_BYTES);
    return NULL;
}

static struct relay_file *open_file(const char *name)
{
    struct dentry *entry = relay_lookup(NULL, name);
    struct relay_file *file;

    if (!entry || relay_file_open(entry, O_RDONLY, &file) != 0)
        exit(1);
    relay_dentry_put(entry);
    return file;
}

static double time_of_polled(struct rchan *chan, const char *name, size_t size, bool copies)
{
    struct poller poller = {.file = open_file(name), .copies = copies};
    double time;

    if (pthread_create(&poller.thread, NULL, poll_reads, &poller) != 0)
        exit(1);
    time = time_of(chan, 1, size);
    relay_store(&poller.stop, 1);
    pthread_join(poller.thread, NULL);
    relay_file_close(poller.file);
    return time;
}

/* Beside nobody; and what the bytes' way to another core costs by itself. */
static void compare_polled(struct rchan *chan, const char *name, const char *const rows[2],
                           unsigned rounds, size_t size)
{
    double times[2][MOST_ROUNDS], ratios[2][MOST_ROUNDS];

    for (unsigned round = 0; round < rounds; round++) {
        double alone = time_of(chan, 1, size);

        for (unsigned copies = 0; copies < 2; copies++) {
            times[copies][round] = time_of_polled(chan, name, size, copies);
            ratios[copies][round] = times[copies][round] / alone;
        }
    }
    for (unsigned copies = 0; copies < 2; copies++)
        report_row(rows[copies], size, report_median(times[copies], rounds),
                   report_median(ratios[copies], rounds), copies ? 0 : 1.5);
}

/* ---------------------------------------------------------------- from one to another */

/* What carries the events of one writer to one reader, all of them. */
struct carrier {
    const char *name;
    bool (*write)(void);    /* false: full */
    size_t (*read)(void *); /* bytes got, up to READ_BYTES */
};

static struct rchan *carrying;
static struct relay_file *carried;

static bool write_relay(void)
{
    return relay_write_on(carrying, 0, event, QUEUE_EVENT) == RELAY_STORED;
}

static size_t read_relay(void *bytes)
{
    return (size_t)relay_file_read(carried, bytes, READ_BYTES);
}

#ifdef HAVE_BOOST
static bool write_queue(void)
{
    return queue_write(event);
}

static size_t read_queue(void *bytes)
{
    return queue_read(bytes, READ_BYTES / QUEUE_EVENT) * QUEUE_EVENT;
}
#endif

static void *take_all(void *arg)
{
    static unsigned char bytes[READ_BYTES];
    const struct carrier *carrier = arg;

    settle_on(1);
    for (size_t got = 0; got < (size_t)EVENTS * QUEUE_EVENT;)
        got += carrier->read(bytes);
    return NULL;
}

static void *give_all(void *arg)
{
    const struct carrier *carrier = arg;

    settle_on(0);
    for (size_t i = 0; i < EVENTS; i++)
        while (!carrier->write())
            sched_yield();
    return NULL;
}

/* Nanoseconds for each event, until the last one has arrived. */
static double time_of_carrying(const struct carrier *carrier)
{
    pthread_t writer, reader;
    double begin = now();

    if (pthread_create(&reader, NULL, take_all, (void *)(uintptr_t)carrier) != 0 ||
        pthread_create(&writer, NULL, give_all, (void *)(uintptr_t)carrier) != 0)
        exit(1);
    pthread_join(writer, NULL);
    pthread_join(reader, NULL);
    return (now() - begin) * 1e9 / EVENTS;
}

static void compare_carriers(unsigned rounds)
{
    static const struct carrier carriers[] = {
#ifdef HAVE_BOOST
        {"boost spsc_queue, 1 to 1", write_queue, read_queue},
#endif
        {"relay_write and read, 1 to 1", write_relay, read_relay},
    };
    enum { CARRIERS = sizeof(carriers) / sizeof(carriers[0]) };
    double times[CARRIERS][MOST_ROUNDS], ratios[CARRIERS][MOST_ROUNDS];

    for (unsigned round = 0; round < rounds; round++)
        for (unsigned i = 0; i < CARRIERS; i++) {
            times[i][round] = time_of_carrying(&carriers[i]);
            ratios[i][round] = times[i][round] / times[0][round];
        }
    for (unsigned i = 0; i < CARRIERS; i++)
        report_row(carriers[i].name, QUEUE_EVENT, report_median(times[i], rounds),
                   report_median(ratios[i], rounds), 0);
    if (CARRIERS == 1)
        printf("boost not installed: left out\n");
}

/* ---------------------------------------------------------------- main */

static struct rchan *open_channel(const char *name, enum relay_writers writers)
{
    static const struct rchan_callbacks callbacks = {
        .subbuf_start = relay_overwrite, /* set anew where nothing may be lost */
        .create_buf_file = relay_default_create_buf_file,
        .remove_buf_file = relay_default_remove_buf_file,
    };
    struct relay_options opt = {.cpus = 1, .writers = writers};
    struct rchan *chan = relay_open_on(name, NULL, SUBBUF, COUNT, &callbacks, NULL, &opt);

    if (!chan) {
        fprintf(stderr, "relay_open: %s\n", relay_error_text(relay_error()));
        exit(1);
    }
    return chan;
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {8, 64, 256};
    static const char *const polled[2][2] = {
        {"one writer, a reader polls", "one writer, bytes copied beside"},
        {"lock, a reader polls", "lock, bytes copied beside"},
    };
    struct report_options options = report_begin(argc, argv);
    unsigned rounds = options.quick ? 5 : MOST_ROUNDS;
    struct rchan *one = open_channel("one", RELAY_WRITERS_ONE);
    struct rchan *many = open_channel("many", RELAY_WRITERS_MANY);

    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        compare_writers(many, rounds, sizes[s]);
        compare_polled(many, "many0", polled[1], rounds, sizes[s]);
        compare_polled(one, "one0", polled[0], rounds, sizes[s]);
    }
    carrying = open_channel("carrying", RELAY_WRITERS_ONE);
    relay_set_subbuf_start(carrying, relay_no_overwrite);
    carried = open_file("carrying0");
    compare_carriers(rounds);
    relay_file_close(carried);
    relay_close(carrying);
    relay_close(one);
    relay_close(many);
    return report_end(&options);
}
