/* SPDX-License-Identifier: MIT */
/* What findings are made from: flushes of writers, times between visits, what was asked for. */
#include <sched.h>

#include "load.h"

#define SIZE 4096
#define EVENT 64

static const struct load_options simulated = {
    .subbuf_size = SIZE, .n_subbufs = 16, .simulated = true};

static struct relay_live_writing steady(double rate, uint32_t flush_after)
{
    return (struct relay_live_writing){
        .rate = rate, .sizes = RELAY_LIVE_FIXED, .min = EVENT, .flush_after = flush_after};
}

static void simulate(struct load *load, double seconds)
{
    CHECK_EQ(relay_live_simulate(load->live, seconds), 0);
    load_count(load);
}

static void a_writer_flushes_behind_its_events(void)
{
    static const struct {
        uint32_t after, flushed;
    } cases[] = {{0, 0}, {1, 10}, {3, 3}, {10, 1}, {11, 0}};

    for (unsigned i = 0; i < 5; i++) {
        struct load load = load_open(&simulated);

        load_write(&load, steady(100, cases[i].after));
        simulate(&load, 0.1);
        CHECK_EQ(load.sum.attempted, 10);
        CHECK_EQ(load.sum.flushed, cases[i].flushed);
        CHECK_EQ(load.sum.flushed_empty, 0);
        CHECK_EQ(load.sum.flush_padding,
                 cases[i].flushed * (uint64_t)(SIZE - EVENT * (size_t)cases[i].after));
        load_close(&load);
    }
}

/* It flushes the channel: of a CPU that writes nothing, too, as the kernel's function does. */
static void a_flush_of_one_writer_is_of_all(void)
{
    struct load_options set = simulated;
    struct relay_live_writing writing = steady(100, 1);
    struct load load;

    set.cpus = 2;
    load = load_open(&set);
    CHECK_EQ(relay_live_set_writing(load.live, &writing, (uint32_t[]){1}, 1), 0);
    simulate(&load, 0.1);
    CHECK_EQ(load.sum.flushed, 20);
    CHECK_EQ(load.sum.flushed_empty, 10);
    load_close(&load);
}

static void writers_in_threads_flush_and_all_is_counted(void)
{
    static const struct load_options set = {
        .subbuf_size = 1024, .n_subbufs = 8, .cpus = 4, .threads = 2, .one_writer = true};
    struct relay_live_writing writing = load_flat_out(16, 100);
    struct load load = load_open(&set);

    writing.flush_after = 2;
    load_write(&load, writing);
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP});
    load_run_for(&load, 20000);
    CHECK_EQ(relay_live_pause(load.live), 0);
    load_agrees(&load);
    CHECK(load.sum.flushed > 1000);
    CHECK_EQ(load.sum.torn + load.sum.twice + load.sum.unwritten, 0);
    load_close(&load);
}

static unsigned class_of(double seconds)
{
    return (unsigned)floor(log2(seconds * 1e6)) + 1;
}

/* 2 s of visits every 10 ms, 1 s away, and so on: what is lost is lost then. */
static void what_a_stall_loses_is_known(void)
{
    struct relay_live_reading reading = {
        .kind = RELAY_LIVE_MMAP, .pace = 0.01, .stall = 1, .stall_every = 2};
    struct load load = load_open(&simulated);
    uint64_t lost = 10100 - 16 * SIZE / EVENT; /* nearly: a part of a sub-buffer was there */

    load_write(&load, steady(10000, 0));
    load_read(&load, reading);
    simulate(&load, 6);
    CHECK_EQ(load.sum.longest_away, 1010000); /* a visit was put off */
    CHECK_EQ(load.sum.away[class_of(1)], 1);
    CHECK_EQ(load.sum.away_time[class_of(1)], 1010000);
    CHECK(load.sum.away_lost[class_of(1)] > lost - 64 &&
          load.sum.away_lost[class_of(1)] < lost + 64);
    CHECK_EQ(load.sum.away_lost[class_of(0.01)], 0);
    CHECK_EQ(load.sum.losing_visits, 1);
    CHECK_EQ(load.sum.emptying_visits, 1);
    CHECK_EQ(load.sum.away_lost[class_of(1)] + load.sum.lost_since_visit, load.sum.refused_full);
    load_close(&load);
}

static void a_reader_that_takes_too_little_leaves_some(void)
{
    struct load load = load_open(&simulated);

    load_write(&load, steady(10000, 0));
    load_read(&load,
              (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 0.02, .batch = 1});
    simulate(&load, 5);
    CHECK(load.sum.losing_visits > 200);
    CHECK_EQ(load.sum.emptying_visits, 0);
    load_close(&load);
}

/* What had to wait: all that came in the longest pause, had nothing been lost; and no more. */
static void what_was_refused_waits_for_one_visit_only(void)
{
    struct load_options set = simulated;
    struct load load;

    set.n_subbufs = 3;
    load = load_open(&set);
    load_write(&load, steady(10000, 0));
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 0.1});
    simulate(&load, 5);
    CHECK(load.sum.most_backlog >= 1000 * EVENT);
    CHECK(load.sum.most_backlog <= 1000 * EVENT + SIZE);
    load_close(&load);
}

static void maxima_begin_anew(void)
{
    struct load load = load_open(&simulated);
    struct relay_live_reading reading = {.kind = RELAY_LIVE_MMAP, .pace = 1};

    load_write(&load, steady(10000, 0));
    load_read(&load, reading);
    simulate(&load, 4.5);
    CHECK_EQ(load.sum.longest_away, 1000000);
    CHECK(load.sum.most_backlog >= 10000 * EVENT);
    reading.pace = 0.01;
    load_read(&load, reading);
    load_write(&load, steady(1000, 0));
    simulate(&load, 0.1);
    relay_live_measure_anew(load.live);
    load_count(&load);
    CHECK_EQ(load.sum.longest_away + load.sum.most_backlog + load.sum.most_ready, 0);
    simulate(&load, 2);
    CHECK_EQ(load.sum.longest_away, 10000);
    CHECK(load.sum.most_backlog > 0 && load.sum.most_backlog <= SIZE + 11 * EVENT);
    CHECK(load.sum.most_ready >= 1 && load.sum.most_ready <= 2);
    load_close(&load);
}

/* Each visit takes a whole sub-buffer, however often the writer has gone over those before it. */
static void an_overwriting_reader_with_a_batch_reads_on(void)
{
    struct load_options set = simulated;
    struct load load;
    uint64_t whole = SIZE / EVENT;

    set.overwrites = true;
    load = load_open(&set);
    load_write(&load, steady(20000, 0)); /* 312.5 sub-buffers a second, 200 are read */
    load_read(&load,
              (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 0.005, .batch = 1});
    simulate(&load, 5);
    CHECK_EQ(load.sum.visits, 1000);
    CHECK(load.sum.intact >= 998 * whole);
    CHECK(load.sum.lapped > 500);
    load_close(&load);
}

static void what_was_asked_for_is_counted(void)
{
    static const struct load_options threads = {.subbuf_size = SIZE, .n_subbufs = 16};
    struct load load = load_open(&threads);

    load_write(&load, steady(1e9, 0)); /* no thread can */
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP});
    CHECK_EQ(relay_live_run(load.live), 0);
    while (load.sum.asked <= 1e9 * 0.3) { /* as soon as the machine lets it */
        sched_yield();
        load_count(&load);
        if (!CHECK(load.sum.asked <= 1e9 * relay_live_time(load.live) + 1))
            break;
    }
    CHECK_EQ(relay_live_pause(load.live), 0);
    load_count(&load);
    CHECK_EQ(load.sum.asked, load.sum.attempted + load.sum.skipped);
    CHECK(load.sum.attempted < load.sum.asked / 2);
    load_close(&load);
}

/* From a microsecond to an hour: visits, and reports, by the time since the one before. */
static void times_of_every_length(void)
{
    for (double pace = 1e-6; pace < 3600; pace *= 2) {
        uint64_t us = (uint64_t)(pace * 1e6);
        unsigned expected = (unsigned)floor(log2((double)us)) + 1;
        struct load load = load_open(&simulated);

        expected = expected < RELAY_LIVE_GAPS ? expected : RELAY_LIVE_GAPS - 1;
        load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_READ, .pace = pace});
        for (unsigned i = 0; i < 3; i++) { /* a visit at once, and at the end of each pace */
            kit_put(load.chan, 0, 'a', 16);
            relay_flush(load.chan);
            simulate(&load, pace);
        }
        CHECK_EQ(load.sum.visits, 3);
        CHECK_EQ(load.sum.reports, 3);
        for (unsigned class = 0; class < RELAY_LIVE_GAPS; class ++) {
            CHECK_EQ(load.sum.away[class], (class == 0) + 2 * (class == expected));
            CHECK_EQ(load.sum.gaps[class], 2 * (class == expected));
            CHECK(load.sum.away_time[class] <= (class == expected) * (2 * us + 1));
        }
        CHECK(load.sum.away_time[expected] >= 2 * us);
        CHECK(load.sum.longest_away - us <= 1 && load.sum.longest_gap - us <= 1);
        load_close(&load);
    }
}

/* A reader that is set later was away from then on: its first visit ends no time. */
static void the_first_visit_ends_no_pause(void)
{
    static const double begins[] = {0, 0.000999, 0.001, 0.001001, 1.5, 3600};

    for (unsigned i = 0; i < sizeof(begins) / sizeof(*begins); i++) {
        struct load load = load_open(&simulated);

        simulate(&load, begins[i]);
        load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_READ, .pace = 10});
        simulate(&load, 1);
        CHECK_EQ(load.sum.visits, 1);
        CHECK_EQ(load.sum.away[0], 1);
        CHECK_EQ(load.sum.away_time[0] + load.sum.longest_away, 0);
        CHECK_EQ(load.sum.last_visit, llround(begins[i] * 1e6));
        load_close(&load);
    }
}

/* One event is enough. */
static void one_event_is_a_loss(void)
{
    struct load load = load_open(&simulated);

    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 1, .batch = 20});
    simulate(&load, 0.5);
    for (unsigned i = 0; i < SIZE / EVENT * 16 + 1; i++) /* the last one is refused */
        kit_put(load.chan, 0, 'a', EVENT);
    load_count(&load);
    CHECK_EQ(load.sum.lost_since_visit, 1);
    simulate(&load, 5);
    CHECK_EQ(load.sum.visits, 6);
    CHECK_EQ(load.sum.losing_visits, 1);
    CHECK_EQ(load.sum.emptying_visits, 1);
    CHECK_EQ(load.sum.lost_since_visit, 0);
    CHECK_EQ(load.sum.away_lost[class_of(1)], 1);
    load_close(&load);
}

/* What was lost before the pool was opened is no loss of its visits. */
static void losses_before_it_are_not_its_own(void)
{
    struct relay_live_options opt = {.simulated = true};
    struct load load = {.chan = kit_open(&kit_no_overwrite, SIZE, 2, 1)};

    for (unsigned i = 0; i < SIZE / EVENT * 2 + 5; i++)
        kit_put(load.chan, 0, 'a', EVENT);
    load.live = relay_live_open(load.chan, &opt);
    NEED(load.live);
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 1});
    simulate(&load, 3);
    CHECK_EQ(load.sum.visits, 3);
    CHECK_EQ(load.sum.losing_visits, 0);
    CHECK_EQ(load.sum.away_lost[0] + load.sum.away_lost[class_of(1)], 0);
    load_close(&load);
}

/* With its first size, and as many events to its first flush as to each. */
static void a_new_setting_begins_anew(void)
{
    static const uint32_t sizes[] = {16, 32, 64}, others[] = {100, 200, 300};
    struct relay_live_writing writing = {
        .rate = 1000, .sizes = RELAY_LIVE_LIST, .list = sizes, .count = 3, .flush_after = 3};
    struct load load = load_open(&simulated);

    load_write(&load, writing);
    simulate(&load, 0.002);
    CHECK_EQ(load.sum.attempted_bytes, 16 + 32);
    writing.list = others;
    load_write(&load, writing);
    simulate(&load, 0.002);
    CHECK_EQ(load.sum.attempted, 4);
    CHECK_EQ(load.sum.attempted_bytes, 16 + 32 + 100 + 200);
    CHECK_EQ(load.sum.flushed, 0);
    simulate(&load, 0.001);
    CHECK_EQ(load.sum.flushed, 1);
    load_close(&load);
}

/* What is of the one buffer is in the row of the first CPU alone. */
static void the_rows_of_a_global_channel(void)
{
    struct load_options set = simulated;
    struct relay_live_counts rows[2];
    struct load load;

    set.cpus = 2;
    set.is_global = true;
    set.n_subbufs = 2;
    load = load_open(&set);
    for (unsigned i = 0; i < SIZE / EVENT * 2 + 5; i++)
        kit_put(load.chan, 1, 'a', EVENT);
    relay_live_totals(load.live, rows, 2);
    CHECK_EQ(rows[0].since_report, 2);
    CHECK_EQ(rows[0].lost_since_visit, 5);
    CHECK_EQ(rows[1].since_report, 0);
    CHECK_EQ(rows[1].lost_since_visit, 0);
    load_close(&load);
}

static const struct check_test tests[] = {
    TEST(a_writer_flushes_behind_its_events),
    TEST(a_flush_of_one_writer_is_of_all),
    TEST(writers_in_threads_flush_and_all_is_counted),
    TEST(what_a_stall_loses_is_known),
    TEST(a_reader_that_takes_too_little_leaves_some),
    TEST(what_was_refused_waits_for_one_visit_only),
    TEST(maxima_begin_anew),
    TEST(an_overwriting_reader_with_a_batch_reads_on),
    TEST(what_was_asked_for_is_counted),
    TEST(times_of_every_length),
    TEST(the_first_visit_ends_no_pause),
    TEST(one_event_is_a_loss),
    TEST(losses_before_it_are_not_its_own),
    TEST(a_new_setting_begins_anew),
    TEST(the_rows_of_a_global_channel),
};
CHECK_MAIN(tests, kit_before, kit_after)
