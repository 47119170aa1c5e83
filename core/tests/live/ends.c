/* SPDX-License-Identifier: MIT */
/*
 * The end of a live pool: closed while running, paused, waited for; the channel closed under it; CPUs
 * that go; many threads that call everything in any order; a fork. None of it hangs.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../asleep.h"
#include "load.h"

enum { CALLERS = 4, CALLS = 300 };

static const struct load_options two_cpus = {
    .subbuf_size = 1024, .n_subbufs = 4, .cpus = 2, .threads = 2};
static const struct relay_live_reading readings[] = {
    {.kind = RELAY_LIVE_NO_READER}, {.kind = RELAY_LIVE_READ}, {.kind = RELAY_LIVE_MMAP}};

static void closed_pool_answers(struct load *load, uint64_t attempted)
{
    struct relay_live_hit hit;

    CHECK_EQ(relay_live_run(load->live), -EBADF);
    CHECK_EQ(relay_error(), RELAY_ERR_CLOSED);
    CHECK_EQ(relay_live_pause(load->live), -EBADF);
    CHECK_EQ(relay_live_drain(load->live), -EBADF);
    CHECK_EQ(relay_live_set_writing(load->live, &(struct relay_live_writing){0}, NULL, 0), -EBADF);
    CHECK_EQ(relay_live_set_reading(load->live, &readings[0], NULL, 0), -EBADF);
    CHECK_EQ(relay_live_set_flush(load->live, 0), -EBADF);
    CHECK_EQ(relay_live_set_break(load->live, &(struct relay_live_break){0}), -EBADF);
    CHECK_EQ(relay_live_wait_hit(load->live, -1, &hit), relay_live_last_hit(load->live, NULL));
    CHECK(!relay_live_is_running(load->live));
    relay_live_sample(load->live);
    load_count(load);
    CHECK(load->sum.attempted >= attempted && load->sum.attempted > 0);
}

static void closed_at_any_time(void)
{
    for (unsigned i = 0; i < 30; i++) {
        struct load load = load_open(&two_cpus);

        load_write(&load, load_flat_out(16, 100));
        load_read(&load, readings[i % 3]);
        load_run_for(&load, 500);
        load_count(&load);
        load_break(&load, 0, 0, 0);
        if (i % 2)
            CHECK_EQ(relay_live_run(load.live), 0);
        relay_live_get(load.live);
        if (i % 5 == 0)
            relay_close(load.chan);
        relay_live_close(load.live);
        closed_pool_answers(&load, load.sum.attempted);
        relay_live_put(load.live);
        if (i % 5)
            kit_close(load.chan);
    }
}

/* Run until each CPU's reader has its descriptor. */
static void run_until_read(struct load *load)
{
    struct relay_live_counts rows[2];

    do {
        load_run_for(load, 100);
        relay_live_totals(load->live, rows, 2);
    } while (rows[0].reads + rows[0].reports == 0 || rows[1].reads + rows[1].reports == 0);
}

/* One event a CPU comes too late; what was there is read to the last byte. */
static void the_channel_is_closed_under_it(void)
{
    for (unsigned i = 0; i < 3; i++) {
        struct load load = load_open(&two_cpus);
        struct relay_live_break where = {.grows = 1u << RELAY_WRITTEN_LATE};

        load_write(&load, load_flat_out(16, 100));
        load_read(&load, readings[i]);
        if (i)
            run_until_read(&load);
        else
            load_run_for(&load, 1000);
        relay_get(load.chan);
        CHECK_EQ(relay_live_set_break(load.live, &where), 0);
        CHECK_EQ(relay_live_run(load.live), 0);
        relay_close(load.chan);
        CHECK(relay_live_wait_hit(load.live, LIVE_PATIENCE, NULL));
        load_agrees(&load);
        CHECK(load.sum.written_late >= 1 && load.sum.written_late <= 2);
        CHECK_EQ(relay_live_drain(load.live), 0);
        load_agrees(&load);
        if (i == 1)
            CHECK_EQ(load.sum.intact, load.sum.stored);
        relay_live_close(load.live);
        load_account(&load);
        relay_put(load.chan);
    }
}

/* An attempt on a CPU that is off line has no number: nothing is missing. */
static void cpus_go_and_come(void)
{
    struct load load = load_open(&two_cpus);
    struct relay_live_counts rows[2];

    load_write(&load, load_flat_out(16, 100));
    load_read(&load, readings[1]);
    CHECK_EQ(relay_live_run(load.live), 0);
    for (unsigned i = 0; i < 20; i++)
        CHECK_EQ(relay_cpu_online(load.chan, 1, i % 2), 0);
    CHECK_EQ(relay_cpu_online(load.chan, 1, false), 0);
    CHECK_EQ(relay_live_pause(load.live), 0);
    load_run_for(&load, 200000);
    load_agrees(&load);
    load_drain(&load);
    relay_live_totals(load.live, rows, 2);
    CHECK(rows[1].nowhere > 0);
    CHECK_EQ(load.sum.intact, load.sum.stored);
    CHECK_EQ(load.sum.missing, load.sum.attempted - load.sum.stored);
    load_close(&load);
}

/* A channel that is reset under its readers; what they then find is told apart as ever. */
static void the_channel_is_reset(void)
{
    for (unsigned i = 1; i < 3; i++) {
        struct load load = load_open(&two_cpus);

        load_write(&load, load_flat_out(16, 100));
        load_read(&load, readings[i]);
        CHECK_EQ(relay_live_run(load.live), 0);
        for (unsigned turn = 0; turn < 100; turn++) {
            relay_reset(load.chan);
            relay_live_sample(load.live);
        }
        CHECK_EQ(relay_live_pause(load.live), 0);
        load_agrees(&load);
        load_drain(&load);
        CHECK_EQ(load.sum.bytes, load.sum.intact_bytes + load.sum.twice_bytes +
                                     load.sum.torn_bytes + load.sum.unwritten);
        load_close(&load);
    }
}

/* ---------------------------------------------------------------- everybody calls everything */

static void call_something(struct relay_live *live, unsigned what)
{
    struct relay_live_writing writing = load_flat_out(16, 16 + what % 100);
    struct relay_live_break where = {.grows = what % 2 << RELAY_REFUSED_FULL};
    struct relay_live_counts rows[2];
    struct relay_live_bin bins[10];
    uint32_t lanes[20];

    switch (what % 12) {
    case 0:
    case 1:
    case 2:
        relay_live_run(live);
        break;
    case 3:
        relay_live_pause(live);
        break;
    case 4:
        relay_live_drain(live);
        break;
    case 5:
        relay_live_set_writing(live, &writing, NULL, 0);
        break;
    case 6:
        relay_live_set_reading(live, &readings[what / 12 % 3], NULL, 0);
        break;
    case 7:
        relay_live_set_break(live, &where);
        break;
    case 8:
        relay_live_wait_hit(live, 1e-4, NULL);
        break;
    case 9:
        relay_live_set_flush(live, what % 2 * 1e-3);
        break;
    case 10:
        relay_live_sample(live);
        break;
    default:
        CHECK_EQ(relay_live_totals(live, rows, 2), 2);
        relay_live_bins(live, 1, bins, 10);
        CHECK(relay_live_lanes(live, 1, NULL, 0, lanes, 10));
    }
}

struct caller {
    pthread_t thread;
    struct relay_live *live;
    unsigned seed, calls;
};

static void *call(void *arg)
{
    struct caller *caller = arg;

    for (unsigned i = 0; i < caller->calls; i++) {
        caller->seed = caller->seed * 1103515245 + 12345;
        call_something(caller->live, caller->seed >> 8);
    }
    relay_live_put(caller->live);
    return NULL;
}

/* The last calls meet a pool that is closed. */
static void everybody_calls_everything(void)
{
    for (unsigned long round = 0; round < 5 * kit_soak(); round++) {
        struct load load = load_open(&two_cpus);
        struct caller callers[CALLERS];

        for (unsigned i = 0; i < CALLERS; i++) {
            callers[i] = (struct caller){.live = load.live,
                                         .seed = i + 10 * (unsigned)round,
                                         .calls = i ? CALLS : CALLS / 2};
            relay_live_get(load.live);
            NEED(pthread_create(&callers[i].thread, NULL, call, &callers[i]) == 0);
        }
        pthread_join(callers[0].thread, NULL);
        CHECK(relay_live_pause(load.live) == 0);
        relay_live_close(load.live);
        for (unsigned i = 1; i < CALLERS; i++)
            pthread_join(callers[i].thread, NULL);
        load_account(&load);
        kit_close(load.chan);
    }
}

/* ---------------------------------------------------------------- everybody closes */

static _Atomic bool is_inside, may_leave;

static int lasting_start(struct rchan_buf *buf, void *subbuf, void *prev, size_t padding)
{
    is_inside = true;
    while (!may_leave)
        sched_yield();
    return relay_no_overwrite(buf, subbuf, prev, padding);
}

struct closer {
    pthread_t thread;
    struct relay_live *live;
    _Atomic pid_t id;
};

static void *close_it(void *arg)
{
    struct closer *closer = arg;

    closer->id = gettid();
    relay_live_close(closer->live);
    return NULL;
}

/* One waits for a writer that is in a callback, the others for the one: all come back. */
static void everybody_closes(void)
{
    alarm((unsigned)LIVE_PATIENCE);
    for (unsigned round = 0; round < 10; round++) {
        struct load load = load_open(&two_cpus);
        struct closer closers[CALLERS];

        is_inside = may_leave = false;
        relay_set_subbuf_start(load.chan, lasting_start);
        load_write(&load, load_flat_out(16, 100));
        CHECK_EQ(relay_live_run(load.live), 0);
        while (!is_inside)
            sched_yield();
        for (unsigned i = 0; i < CALLERS; i++) {
            closers[i] = (struct closer){.live = load.live};
            if (i > 0)
                relay_live_get(load.live);
            NEED(pthread_create(&closers[i].thread, NULL, close_it, &closers[i]) == 0);
        }
        for (unsigned i = 0; i < CALLERS; i++)
            while (!is_thread_asleep(closers[i].id))
                sched_yield();
        may_leave = true;
        for (unsigned i = 0; i < CALLERS; i++)
            pthread_join(closers[i].thread, NULL);
        kit_close(load.chan);
    }
    alarm(0);
}

/* ---------------------------------------------------------------- callbacks, fork */

static struct relay_live *called_from_inside;
static _Atomic int answers[5]; /* two writers may answer at once */

static int meddling_start(struct rchan_buf *buf, void *subbuf, void *prev, size_t padding)
{
    struct relay_live *live = called_from_inside;

    if (live && !relay_live_is_running(live))
        return relay_no_overwrite(buf, subbuf, prev, padding);
    if (live) {
        answers[0] = relay_live_pause(live);
        answers[1] = relay_live_run(live);
        answers[2] = relay_live_drain(live);
        answers[3] = relay_live_set_break(live, &(struct relay_live_break){0});
        answers[4] = (int)relay_error();
        relay_live_close(live);
    }
    return relay_no_overwrite(buf, subbuf, prev, padding);
}

static void callbacks_cannot_stop_their_own_thread(void)
{
    struct load load = load_open(&two_cpus);

    relay_set_subbuf_start(load.chan, meddling_start);
    called_from_inside = load.live;
    load_write(&load, load_flat_out(16, 100));
    load_break(&load, 1u << RELAY_LIVE_PRODUCED, 0, 0);
    load_run(&load);
    called_from_inside = NULL;
    for (unsigned i = 0; i < 4; i++)
        CHECK_EQ(answers[i], -EDEADLK);
    CHECK_EQ(answers[4], RELAY_ERR_BUSY);
    load_close(&load);
}

static void a_child_has_no_pool(void)
{
    struct load load = load_open(&two_cpus);
    pid_t child;
    int status = -1;

    if (CHECK_TSAN) { /* which lets no child of a program with threads run */
        load_close(&load);
        return;
    }
    load_write(&load, load_flat_out(16, 100));
    CHECK_EQ(relay_live_run(load.live), 0);
    child = fork();
    if (child == 0) {
        relay_live_close(load.live);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    load_close(&load);
}

static const struct check_test tests[] = {
    TEST(closed_at_any_time),         TEST(the_channel_is_closed_under_it),
    TEST(cpus_go_and_come),           TEST(the_channel_is_reset),
    TEST(everybody_calls_everything), TEST(callbacks_cannot_stop_their_own_thread),
    TEST(a_child_has_no_pool),        TEST(everybody_closes),
};
CHECK_MAIN(tests, kit_before, kit_after)
