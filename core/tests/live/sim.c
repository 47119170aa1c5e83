/* SPDX-License-Identifier: MIT */
/* A load on a simulated clock: exact times and counts, the same in every run, on any machine. */
#include <pthread.h>

#include "load.h"

#define STEADY(count, bytes)                                                                       \
    {                                                                                              \
        .rate = (count), .sizes = RELAY_LIVE_FIXED, .min = (bytes)                                 \
    }

static void simulate(struct load *load, double seconds)
{
    CHECK_EQ(relay_live_simulate(load->live, seconds), 0);
    load_count(load);
}

/* A load with all kinds of actors, and a channel that is too small for it. */
static struct load open_mixed(bool overwrites, bool is_global)
{
    const struct relay_live_reading reads = {.kind = RELAY_LIVE_READ, .pace = 0.003, .batch = 700};
    struct load load = load_open_mixed(overwrites, is_global, 300);

    load_read(&load,
              (struct relay_live_reading){
                  .kind = RELAY_LIVE_MMAP, .pace = 0.004, .stall = 0.05, .stall_every = 0.2});
    CHECK_EQ(relay_live_set_reading(load.live, &reads, (uint32_t[]){1}, 1), 0);
    return load;
}

/* ---------------------------------------------------------------- times */

static void events_come_at_their_times(void)
{
    static const struct load_options set = {
        .subbuf_size = 4096, .n_subbufs = 64, .simulated = true};
    static const double rates[] = {12000, 3, 0.5, 1.0 / 3, 99999.875, 1e-3};

    for (unsigned i = 0; i < 6; i++) {
        struct load load = load_open(&set);

        load_write(&load, (struct relay_live_writing)STEADY(rates[i], 16));
        simulate(&load, 0);
        CHECK_EQ(load.sum.attempted, 0);
        simulate(&load, 30);
        CHECK_EQ(load.sum.attempted, ceil(rates[i] * 30));
        CHECK_EQ(load.sum.skipped, 0);
        CHECK(relay_live_time(load.live) == 30);
        load_close(&load);
    }
}

static void bursts_from(double begin)
{
    static const struct load_options set = {
        .subbuf_size = 4096, .n_subbufs = 64, .simulated = true};
    struct load load = load_open(&set);
    struct relay_live_writing writing = STEADY(1000, 16);

    writing.burst_on = 0.0105;
    writing.burst_off = 0.0895;
    simulate(&load, begin);
    load_write(&load, writing);
    simulate(&load, 0.0105);
    CHECK_EQ(load.sum.attempted, 11); /* at 0, 1 … 10 ms */
    simulate(&load, 0.0895);
    CHECK_EQ(load.sum.attempted, 11);
    simulate(&load, 0.9);
    CHECK_EQ(load.sum.attempted, 110);
    load_close(&load);
}

static void bursts_begin_anew(void)
{
    bursts_from(0);
    bursts_from(0.0733); /* at no multiple of them */
}

/* One event shows that it came too late, however many are due, and with a flush behind it, too. */
static void one_event_is_too_late(void)
{
    static const struct load_options set = {
        .subbuf_size = 4096, .n_subbufs = 64, .simulated = true};

    for (uint32_t flush_after = 0; flush_after < 3; flush_after++) {
        struct relay_live_writing writing = STEADY(1000, 64);
        struct load load = load_open(&set);

        writing.flush_after = flush_after;
        load_write(&load, writing);
        simulate(&load, 0.0105);
        CHECK_EQ(load.sum.stored, 11);
        relay_get(load.chan);
        relay_close(load.chan);
        simulate(&load, 1);
        CHECK_EQ(load.sum.written_late, 1);
        CHECK_EQ(load.sum.attempted, 12);
        relay_live_close(load.live);
        relay_put(load.chan);
    }
}

/* Sub-buffers that others finish while the pool stands are no switches of its writers. */
static void what_others_finish_is_not_the_writers(void)
{
    static const struct load_options set = {
        .subbuf_size = 1024, .n_subbufs = 64, .simulated = true};
    struct load load = load_open(&set);

    load_write(&load, (struct relay_live_writing)STEADY(1000, 64));
    simulate(&load, 0.01);
    load_put(&load, 2 * 1024 / 16);
    simulate(&load, 0.001);
    CHECK_EQ(load.sum.attempted, 11);
    CHECK_EQ(load.sum.switches, 0);
    simulate(&load, 0.011); /* 10 · 64, then of others, leave room for 5 more */
    CHECK_EQ(load.sum.attempted, 22);
    CHECK_EQ(load.sum.switches, 1);
    load_close(&load);
}

/* What is written when the reader comes is there for it; a stall puts a visit off. */
static void writers_are_before_readers(void)
{
    static const struct load_options set = {.subbuf_size = 4096, .n_subbufs = 8, .simulated = true};
    struct relay_live_reading reading = {.kind = RELAY_LIVE_READ, .pace = 0.1};
    struct load load = load_open(&set);

    load_write(&load, (struct relay_live_writing)STEADY(10, 64));
    load_read(&load, reading);
    simulate(&load, 1);
    CHECK_EQ(load.sum.visits, 10);
    CHECK_EQ(load.sum.intact, 10);
    reading.stall = 0.25;
    reading.stall_every = 0.3;
    load_read(&load, reading); /* 1, 1.1, 1.2, then from 1.55 on, 1.65, 1.75, then from 2.1 on */
    simulate(&load, 1.1);
    CHECK_EQ(load.sum.visits, 16);
    CHECK_EQ(load.sum.stalls, 2);
    CHECK_EQ(load.sum.longest_gap, 0); /* nothing was released */
    simulate(&load, 1e-9);
    CHECK_EQ(load.sum.visits, 17);
    CHECK_EQ(load.sum.intact, 22);
    load_close(&load);
}

/* Of a stall both are needed: how long, and behind how much work. */
static void no_stalls(void)
{
    static const struct load_options set = {.subbuf_size = 4096, .n_subbufs = 8, .simulated = true};
    struct load load = load_open(&set);

    for (int turn = 0; turn < 2; turn++) {
        load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_READ,
                                                     .pace = 0.1,
                                                     .stall = turn ? 0.25 : 0,
                                                     .stall_every = turn ? 0 : 0.3});
        simulate(&load, 1);
        CHECK_EQ(load.sum.stalls, 0);
        CHECK_EQ(load.sum.visits, turn ? 20 : 10);
    }
    load_close(&load);
}

static void a_flush_is_between_them(void)
{
    static const struct load_options set = {
        .subbuf_size = 4096, .n_subbufs = 64, .simulated = true};
    struct load load = load_open(&set);

    load_write(&load, (struct relay_live_writing)STEADY(10, 64));
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 0.1});
    CHECK_EQ(relay_live_set_flush(load.live, 0.1), 0);
    simulate(&load, 1);
    CHECK_EQ(load.sum.flushed, 9);
    CHECK_EQ(load.sum.flushed_empty, 0);
    CHECK_EQ(load.sum.intact, 10);
    load_close(&load);
}

static void a_reader_without_a_pace_takes_all(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 2, .simulated = true};
    struct load load = load_open(&set);

    load_write(&load, (struct relay_live_writing)STEADY(20000, 64));
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_READ, .batch = 64});
    simulate(&load, 1);
    CHECK_EQ(load.sum.intact, 20000 - 4); /* those since its last look, 250 µs before the end */
    CHECK_EQ(load.sum.refused_full, 0);
    load_close(&load);
}

static void a_write_can_take_its_time(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 4096, 4, 1);
    struct relay_live_options opt = {.simulated = true, .event_seconds = 1e-6};
    struct load load = {.chan = chan, .live = relay_live_open(chan, &opt)};

    NEED(load.live);
    load_write(&load, load_flat_out(16, 16));
    simulate(&load, 0.5);
    CHECK_EQ(load.sum.attempted, 500000);
    load_write(&load, (struct relay_live_writing)STEADY(100, 16));
    simulate(&load, 0.5);
    CHECK_EQ(load.sum.attempted, 500050);
    load_close(&load);
}

/* ---------------------------------------------------------------- exact */

/* Between two visits 0.45 s go by, in which 5,400 events come: 128.6 sub-buffers of 42, and what the
 * one that is being written has already. */
static uint64_t lost_with(size_t n_subbufs)
{
    const struct load_options set = {
        .subbuf_size = 4096, .n_subbufs = n_subbufs, .simulated = true};
    struct load load = load_open(&set);
    uint64_t lost;

    load_write(&load, (struct relay_live_writing)STEADY(12000, 96));
    load_read(&load, (struct relay_live_reading){
                         .kind = RELAY_LIVE_READ, .pace = 0.05, .stall = 0.4, .stall_every = 2});
    simulate(&load, 60);
    CHECK_EQ(load.sum.attempted, 720000);
    CHECK_EQ(load.sum.longest_gap, 450000);
    lost = load.sum.refused_full;
    load_agrees(&load);
    load_close(&load);
    return lost;
}

static void a_stall_needs_so_many(void)
{
    CHECK_EQ(lost_with(130), 0);
    CHECK(lost_with(129) > 0);
}

static void check_same(const struct relay_live_counts *one, const struct relay_live_counts *other)
{
    for (size_t cpu = 0; cpu < 3; cpu++)
        for (size_t i = 0; i < sizeof(*one) / sizeof(uint64_t); i++)
            CHECK_EQ(((const uint64_t *)&one[cpu])[i], ((const uint64_t *)&other[cpu])[i]);
}

static void same_again(void)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        struct relay_live_counts rows[3][3];
        uint64_t lost = 0;

        for (unsigned turn = 0; turn < 3; turn++) {
            struct load load = open_mixed(kind & 1, kind & 2);
            struct relay_account account;

            for (unsigned i = 0; i < (turn == 2 ? 1000 : 1); i++)
                simulate(&load, turn == 2 ? 0.003 : 3);
            account = load_agrees(&load);
            lost = account.attempted.events - account.unread.events -
                   account.fate[RELAY_CONSUMED].events;
            relay_live_totals(load.live, rows[turn], 3);
            load_close(&load);
        }
        CHECK(lost > 0);
        check_same(rows[0], rows[1]);
        check_same(rows[0], rows[2]); /* in many calls */
    }
}

static void bins_add_up(void)
{
    struct load load = open_mixed(false, false);
    struct relay_live_bin bins[30];
    double attempted = 0, seconds = 0;

    simulate(&load, 3);
    relay_live_sample(load.live);
    relay_live_bins(load.live, 3, bins, 30);
    for (unsigned i = 0; i < 30; i++) {
        attempted += bins[i].attempted;
        seconds += bins[i].seconds;
        CHECK(bins[i].attempted > 0);
    }
    CHECK(fabs(attempted - (double)load.sum.attempted) < 1e-6);
    CHECK(fabs(seconds - 3) < 1e-9);
    load_close(&load);
}

/* One after the other, and so the same for the same seed in any version: those of splitmix64. */
static void sizes_are_drawn_by_the_seed(void)
{
    static const uint64_t drawn[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                     UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                     UINT64_C(16408922859458223821)};
    struct relay_live_options opt = {.simulated = true, .seed = 1234567};
    struct relay_live_writing writing = {
        .rate = 1, .sizes = RELAY_LIVE_UNIFORM, .min = 16, .max = 65535};
    struct load load = {.chan = kit_open(&kit_no_overwrite, 1024, 4, 1)};
    uint64_t before = 0;

    load.live = relay_live_open(load.chan, &opt);
    NEED(load.live);
    load_write(&load, writing);
    for (unsigned i = 0; i < 5; i++) {
        double part = (double)(drawn[i] >> 11) / (double)(UINT64_C(1) << 53);

        simulate(&load, 1);
        CHECK_EQ(load.sum.attempted_bytes - before, 16 + (uint64_t)(part * 65520));
        before = load.sum.attempted_bytes;
    }
    load_close(&load);
}

/* ---------------------------------------------------------------- stopped */

static void a_break_stops_the_clock(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4, .simulated = true};
    struct load load = load_open(&set);
    struct relay_live_hit hit;

    load_write(&load, (struct relay_live_writing)STEADY(1000, 64));
    load_break(&load, 1u << RELAY_REFUSED_FULL, 0, 0);
    simulate(&load, 10);
    CHECK(relay_live_last_hit(load.live, &hit));
    CHECK_EQ(hit.counter, RELAY_REFUSED_FULL);
    CHECK_EQ(hit.number, 65); /* 64 fit; the next one is due at 64 ms */
    CHECK(hit.time == 0.064);
    CHECK(relay_live_time(load.live) == 0.064);
    CHECK_EQ(load.sum.refused_full, 1);
    load_break(&load, 0, RELAY_LIVE_ATTEMPTED, 100);
    simulate(&load, 10);
    CHECK(relay_live_time(load.live) == 0.099);
    simulate(&load, 10 - 0.099);
    CHECK(!relay_live_last_hit(load.live, &hit));
    CHECK_EQ(load.sum.attempted, 10000);
    load_close(&load);
}

static void *simulate_for_a_day(void *live)
{
    CHECK_EQ(relay_live_simulate(live, 86400), 0);
    return NULL;
}

/* Another thread looks on, and ends it. */
static void others_look_on(void)
{
    for (unsigned closes = 0; closes < 2; closes++) {
        static const struct load_options set = {
            .subbuf_size = 1024, .n_subbufs = 4, .simulated = true};
        struct load load = load_open(&set);
        pthread_t thread;

        load_write(&load, (struct relay_live_writing)STEADY(1e6, 64));
        load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 1e-4});
        relay_live_get(load.live);
        NEED(pthread_create(&thread, NULL, simulate_for_a_day, load.live) == 0);
        while (load.sum.intact < 10000) {
            relay_live_sample(load.live);
            load_count(&load);
        }
        CHECK(relay_live_is_running(load.live));
        CHECK_EQ(relay_live_simulate(load.live, 1), -EBUSY);
        CHECK_EQ(relay_error(), RELAY_ERR_RUNNING);
        if (closes)
            relay_live_close(load.live);
        else
            CHECK_EQ(relay_live_pause(load.live), 0);
        load_agrees(&load);
        pthread_join(thread, NULL);
        if (!closes) {
            double time = relay_live_time(load.live);

            simulate(&load, 1);
            CHECK(fabs(relay_live_time(load.live) - time - 1) < 1e-9);
            load_agrees(&load);
            relay_live_close(load.live);
        }
        CHECK_EQ(relay_live_simulate(load.live, 1), -EBADF);
        relay_live_put(load.live);
        kit_close(load.chan);
    }
}

/* ---------------------------------------------------------------- refused */

static struct relay_live *inner;

static int simulates(struct rchan_buf *buf, void *subbuf, void *prev, size_t padding)
{
    relay_no_overwrite(buf, subbuf, prev, padding);
    if (inner) {
        CHECK_EQ(relay_live_simulate(inner, 1), -EDEADLK);
        CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
        CHECK_EQ(relay_live_pause(inner), -EDEADLK);
    }
    return 1;
}

static void not_inside_a_callback(void)
{
    struct rchan_callbacks table = kit_no_overwrite;
    struct relay_live_options opt = {.simulated = true};
    struct load load;

    table.subbuf_start = simulates;
    load.chan = kit_open(&table, 1024, 4, 1);
    load.live = inner = relay_live_open(load.chan, &opt);
    NEED(inner);
    load_write(&load, (struct relay_live_writing)STEADY(1000, 64));
    simulate(&load, 0.1);
    CHECK(load.sum.switches > 0);
    inner = NULL;
    load_close(&load);
}

static void each_to_its_clock(void)
{
    static const struct load_options with_threads = {.subbuf_size = 1024, .n_subbufs = 4};
    static const struct load_options without = {
        .subbuf_size = 1024, .n_subbufs = 4, .simulated = true};
    struct relay_live_writing flat_out = load_flat_out(64, 64);
    struct load load = load_open(&with_threads);

    CHECK_EQ(relay_live_simulate(load.live, 1), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_LIVE_CLOCK);
    load_close(&load);
    load = load_open(&without);
    relay_error_clear();
    CHECK_EQ(relay_live_run(load.live), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_LIVE_CLOCK);
    relay_error_clear();
    CHECK_EQ(relay_live_set_writing(load.live, &flat_out, NULL, 0), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_LIVE_CLOCK);
    CHECK_EQ(relay_live_simulate(load.live, -1), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_LIVE_TIME);
    CHECK_EQ(relay_live_simulate(load.live, NAN), -EINVAL);
    load_close(&load);
}

static const struct check_test tests[] = {
    TEST(events_come_at_their_times),
    TEST(bursts_begin_anew),
    TEST(one_event_is_too_late),
    TEST(what_others_finish_is_not_the_writers),
    TEST(writers_are_before_readers),
    TEST(no_stalls),
    TEST(a_flush_is_between_them),
    TEST(a_reader_without_a_pace_takes_all),
    TEST(a_write_can_take_its_time),
    TEST(a_stall_needs_so_many),
    TEST(same_again),
    TEST(sizes_are_drawn_by_the_seed),
    TEST(bins_add_up),
    TEST(a_break_stops_the_clock),
    TEST(others_look_on),
    TEST(not_inside_a_callback),
    TEST(each_to_its_clock),
};
CHECK_MAIN(tests, kit_before, kit_after)
