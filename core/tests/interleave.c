/* SPDX-License-Identifier: MIT */
/*
 * Two threads, every way of one to run in the middle of the other: the first is stopped at its k-th
 * probe, for every k, until the second has finished or waits for it. Built with a library whose
 * probes call.
 */
#include <pthread.h>
#include <sched.h>

#include "check.h"
#include "events.h"
#include "kit.h"

enum { SUBBUF = 96, COUNT = 3, OUTCOMES = RELAY_LOST_NO_BUFFER + 1 };

static struct rchan *chan;
static struct rchan_buf *buf;
static struct relay_file *file;
static uint64_t outcomes[2][OUTCOMES];

/* ---------------------------------------------------------------- what the threads do */

static _Thread_local unsigned self; /* 0: the one that is stopped, 1: the other */
static uint32_t numbers[2];

static void write_one(void)
{
    struct event event;

    event_make(&event, self, numbers[self]++);
    outcomes[self][relay_write_on(chan, 0, &event, event.length)]++;
}

/* The longest event: it needs a new sub-buffer. */
static void write_long(void)
{
    struct event event = {.writer = self, .number = numbers[self]++, .length = EVENT_LONGEST};

    event.sum = event_sum(&event);
    outcomes[self][relay_write_on(chan, 0, &event, event.length)]++;
}

static void reserve(void)
{
    struct event event = {.writer = self, .number = numbers[self]++, .length = EVENT_LONGEST};
    enum relay_outcome outcome;
    void *slot = relay_reserve_on(chan, 0, event.length, &outcome);

    event.sum = event_sum(&event);
    if (slot)
        memcpy(slot, &event, event.length);
    outcomes[self][outcome]++;
}

static void flush(void)
{
    relay_flush(chan);
}

static void reset(void)
{
    relay_reset(chan);
}

static void finalize(void)
{
    relay_close(chan); /* a reference is held */
}

static void consume(void)
{
    relay_subbufs_consumed(chan, 0, 1);
}

static void read_some(void)
{
    char bytes[SUBBUF];

    relay_file_read(file, bytes, sizeof(bytes));
}

static void look(void)
{
    struct relay_buf_info info;

    relay_buf_snapshot(buf, &info, NULL);
    relay_file_poll(file);
}

enum trait { WRITER = 1, MUTEX = 2, READER = 4 };
static const struct act {
    const char *name;
    void (*run)(void);
    unsigned traits;
} acts[] = {
    {"write", write_one, WRITER},
    {"write long", write_long, WRITER},
    {"reserve", reserve, WRITER},
    {"flush", flush, MUTEX},
    {"reset", reset, MUTEX},
    {"close", finalize, MUTEX},
    {"consume", consume, 0},
    {"read", read_some, READER},
    {"look", look, 0},
};
enum { ACTS = sizeof(acts) / sizeof(acts[0]) };

/*
 * Which pairs to try: not two that exclude each other before any probe (the mutex, the readers'
 * turn), and not two writers where one was declared.
 */
static bool is_pair(const struct act *a, const struct act *b, enum relay_writers writers)
{
    unsigned both = a->traits & b->traits;

    return !(both & (MUTEX | READER)) && !(both & WRITER && writers == RELAY_WRITERS_ONE);
}

/* ---------------------------------------------------------------- one stops, the other runs */

static unsigned long stop_at, probes; /* of the first thread */
static int stopped, released;         /* atomic */
static int waiting, finished;         /* atomic: the second thread */

static void wait_until(const int *a, const int *b)
{
    while (!__atomic_load_n(a, __ATOMIC_ACQUIRE) && !__atomic_load_n(b, __ATOMIC_ACQUIRE))
        sched_yield();
}

void relay_probe_hit(int id)
{
    if (!stop_at)
        return;
    if (self == 1 && (id == RELAY_PROBE_LOCK_WAIT || id == RELAY_PROBE_QUIESCE_WAIT))
        __atomic_store_n(&waiting, 1, __ATOMIC_RELEASE);
    if (self == 0 && ++probes == stop_at) {
        __atomic_store_n(&stopped, 1, __ATOMIC_RELEASE);
        wait_until(&waiting, &finished);
    }
}

static void *second(void *arg)
{
    const struct act *act = arg;

    self = 1;
    wait_until(&stopped, &released);
    act->run();
    __atomic_store_n(&finished, 1, __ATOMIC_RELEASE);
    return NULL;
}

/* ---------------------------------------------------------------- what must hold */

/* Every sub-buffer that holds events holds whole ones, as many as it says. */
static void check_events(void)
{
    for (uint32_t i = 0; i < COUNT; i++) {
        struct relay_subbuf_info rows[COUNT];
        struct tally tally = {.gaps = true};
        struct relay_buf_info info;

        relay_buf_snapshot(buf, &info, rows);
        memset(tally.next, 0, sizeof(tally.next));
        CHECK_EQ(tally_take(&tally, buf->start + i * SUBBUF, rows[i].used), rows[i].used);
        CHECK_EQ(tally.events, rows[i].events);
        CHECK_EQ(tally.bad, 0);
    }
}

static void check_account(void)
{
    struct relay_account account;

    relay_buf_account(buf, &account);
    CHECK(kit_conserved(&account));
    CHECK_EQ(account.accepted.events, outcomes[0][RELAY_STORED] + outcomes[1][RELAY_STORED]);
    CHECK_EQ(account.fate[RELAY_REFUSED_FULL].events,
             outcomes[0][RELAY_LOST_FULL] + outcomes[1][RELAY_LOST_FULL]);
    CHECK_EQ(account.fate[RELAY_WRITTEN_LATE].events,
             outcomes[0][RELAY_LOST_CLOSED] + outcomes[1][RELAY_LOST_CLOSED]);
    CHECK_EQ(account.fate[RELAY_BUSY].events, 0);
}

/* A channel in which the next long event switches. */
static void prepare(const struct rchan_callbacks *cb, enum relay_writers writers)
{
    struct relay_options opt = {.cpus = 1, .writers = writers};

    chan = kit_open_with(cb, SUBBUF, COUNT, &opt);
    buf = relay_cpu_buf(chan, 0);
    file = kit_file(0, O_RDONLY);
    relay_get(chan);
    relay_buf_get(buf);
    memset(outcomes, 0, sizeof(outcomes));
    numbers[0] = numbers[1] = 0;
    for (int i = 0; i < 2; i++)
        write_long();
}

static void finish(bool closed)
{
    CHECK(relay_chan_is_valid(chan));
    check_account();
    check_events();
    relay_file_close(file);
    if (!closed)
        relay_close(chan);
    relay_put(chan);
    relay_buf_put(buf);
}

/* `a` stopped at one probe while `b` runs. False: `a` has not so many. */
static bool stopped_once(const struct act *a, const struct act *b, unsigned long at)
{
    pthread_t thread;

    stopped = released = waiting = finished = 0;
    probes = 0;
    NEED(pthread_create(&thread, NULL, second, (void *)(uintptr_t)b) == 0);
    stop_at = at;
    a->run();
    __atomic_store_n(&released, 1, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    stop_at = 0;
    return stopped;
}

static void every_stop(const struct act *a, const struct act *b, const struct rchan_callbacks *cb,
                       enum relay_writers writers)
{
    bool more = true;

    for (unsigned long at = 1; more; at++) {
        int failures = check_failures;

        prepare(cb, writers);
        more = stopped_once(a, b, at);
        finish(a->run == finalize || b->run == finalize);
        if (check_failures != failures)
            fprintf(stderr, "  %s in %s, stopped at probe %lu, %s, %s\n", b->name, a->name, at,
                    cb == &kit_overwrite ? "overwrite" : "no-overwrite",
                    writers == RELAY_WRITERS_ONE ? "one writer" : "lock");
    }
}

static void every_pair(const struct rchan_callbacks *cb, enum relay_writers writers)
{
    for (size_t a = 0; a < ACTS; a++)
        for (size_t b = 0; b < ACTS; b++)
            if (is_pair(&acts[a], &acts[b], writers))
                every_stop(&acts[a], &acts[b], cb, writers);
}

static void no_overwrite_with_a_lock(void)
{
    every_pair(&kit_no_overwrite, RELAY_WRITERS_MANY);
}

static void no_overwrite_without_a_lock(void)
{
    every_pair(&kit_no_overwrite, RELAY_WRITERS_ONE);
}

static void overwrite_with_a_lock(void)
{
    every_pair(&kit_overwrite, RELAY_WRITERS_MANY);
}

static void overwrite_without_a_lock(void)
{
    every_pair(&kit_overwrite, RELAY_WRITERS_ONE);
}

static const struct check_test tests[] = {
    TEST(no_overwrite_with_a_lock),
    TEST(no_overwrite_without_a_lock),
    TEST(overwrite_with_a_lock),
    TEST(overwrite_without_a_lock),
};
CHECK_MAIN(tests, kit_before, kit_after)
