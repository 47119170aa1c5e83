/* SPDX-License-Identifier: MIT */
/* The live pool: what readers find out, and what they report. */
#include "load.h"

#define BIT(counter) (1u << (counter))

static const struct relay_live_reading by_read = {.kind = RELAY_LIVE_READ};
static const struct relay_live_reading by_mmap = {.kind = RELAY_LIVE_MMAP};

/* ---------------------------------------------------------------- what readers find out */

static void check_faultless(struct load *load)
{
    struct relay_account account = load_agrees(load);

    CHECK_EQ(load->sum.intact, account.accepted.events);
    CHECK_EQ(load->sum.intact_bytes, account.accepted.bytes);
    CHECK_EQ(load->sum.missing, account.attempted.events - account.accepted.events);
    CHECK_EQ(load->sum.torn + load->sum.twice + load->sum.late + load->sum.unwritten, 0);
    CHECK_EQ(load->sum.torn_bytes, 0);
    load_check_numbers(load);
}

static void read_gets_what_was_stored(void)
{
    static const struct load_options set = {.subbuf_size = 4096, .n_subbufs = 4};
    struct load load = load_open(&set);

    load_write(&load, load_flat_out(16, 200));
    load_read(&load, by_read);
    load_run_for(&load, 50000);
    load_drain(&load);
    CHECK(load.sum.refused_full > 0);
    CHECK_EQ(load.sum.bytes, load.sum.stored_bytes);
    check_faultless(&load);
    load_close(&load);
}

/* Events are cut where the calls end. */
static void read_in_small_calls(void)
{
    static const struct load_options set = {.subbuf_size = 1000, .n_subbufs = 16};
    struct load load = load_open(&set);
    struct relay_live_reading reading = by_read;

    reading.batch = 37;
    load_write(&load, load_flat_out(16, 500));
    load_read(&load, reading);
    load_break(&load, 0, RELAY_LIVE_INTACT, 2000);
    load_run(&load);
    load_count(&load);
    CHECK(load.sum.reads >= load.sum.bytes / 37);
    load_drain(&load);
    check_faultless(&load);
    load_close(&load);
}

static void mmap_gets_what_was_stored(void)
{
    static const struct load_options set = {.subbuf_size = 4096, .n_subbufs = 4};
    struct load load = load_open(&set);

    load_write(&load, load_flat_out(16, 200));
    load_read(&load, by_mmap);
    load_run_for(&load, 50000);
    load_drain(&load);
    relay_flush(load.chan);
    load_drain(&load);
    CHECK_EQ(load_agrees(&load).unread.events, 0);
    CHECK_EQ(load.sum.reported, relay_cpu_buf(load.chan, 0)->ctl->produced);
    CHECK_EQ(load.sum.clamped + load.sum.ignored + load.sum.forgotten, 0);
    check_faultless(&load);
    load_close(&load);
}

/* Sub-buffers that are copied in pieces, which end in the middle of events. */
static void mmap_of_large_subbufs(void)
{
    static const struct load_options set = {.subbuf_size = 5000000, .n_subbufs = 3, .header = 60};
    struct load load = load_open(&set);

    load_write(&load, load_flat_out(16, 65536));
    load_read(&load, by_mmap);
    for (unsigned i = 0; i < 4; i++) /* they stop in the middle, too */
        load_run_for(&load, 300);
    load_drain(&load);
    relay_flush(load.chan);
    load_drain(&load);
    check_faultless(&load);
    load_close(&load);
}

static void headers_are_no_events(void)
{
    static const size_t headers[] = {4, 24, 100};

    for (size_t i = 0; i < 3; i++) {
        struct load_options set = {.subbuf_size = 2000, .n_subbufs = 8, .header = headers[i]};
        struct load load = load_open(&set);
        uint64_t begun;

        load_write(&load, load_flat_out(16, 300));
        load_read(&load, by_read);
        load_run_for(&load, 20000);
        load_drain(&load);
        begun = relay_cpu_buf(load.chan, 0)->ctl->produced;
        CHECK(load.sum.header_bytes == (begun + 1) * headers[i] ||
              load.sum.header_bytes == begun * headers[i]); /* blocked */
        check_faultless(&load);

        load_read(&load, by_mmap);
        load_run_for(&load, 20000);
        load_drain(&load);
        relay_flush(load.chan);
        load_drain(&load);
        CHECK(load.sum.header_bytes <= (begun + 1) * headers[i]);
        check_faultless(&load);
        load_close(&load);
    }
}

/* The newest sub-buffers are left; what is read of them is as written. */
static void overwritten_events_are_missing(void)
{
    static const struct load_options set = {
        .subbuf_size = 4096, .n_subbufs = 4, .overwrites = true};
    struct load load = load_open(&set);
    struct relay_account account;

    load_write(&load, load_flat_out(16, 200));
    load_run_for(&load, 5000);
    load_read(&load, by_read);
    load_drain(&load);
    account = load_agrees(&load);
    CHECK_EQ(load.sum.lapped, 1);
    CHECK_EQ(load.sum.lapped_subbufs, relay_cpu_buf(load.chan, 0)->ctl->produced - 3);
    CHECK_EQ(load.sum.missing, account.fate[RELAY_OVERWRITTEN].events);
    CHECK_EQ(load.sum.torn + load.sum.twice + load.sum.unwritten, 0);
    load_check_numbers(&load);
    load_close(&load);
}

/* The beginning of an event is read, then its rest is written over. */
static void a_torn_event_is_seen(void)
{
    static const struct load_options set = {
        .subbuf_size = 1024, .n_subbufs = 4, .overwrites = true};
    struct load load = load_open(&set);
    struct relay_live_reading reading = {.kind = RELAY_LIVE_READ, .batch = 100};

    load_write(&load, load_flat_out(64, 64));
    load_run_for(&load, 20);
    load_write(&load, (struct relay_live_writing){0});
    load_read(&load, reading);
    load_break(&load, 0, RELAY_LIVE_INTACT, 1);
    CHECK_EQ(load_run(&load).value, 1);
    load_write(&load, load_flat_out(64, 64));
    load_read(&load, (struct relay_live_reading){0});
    load_run_for(&load, 200);
    load_read(&load, by_read);
    load_drain(&load);
    CHECK_EQ(load.sum.torn, 1);
    CHECK_EQ(load.sum.torn_bytes, 36);
    CHECK_EQ(load.sum.lapped, 1);
    CHECK_EQ(load.sum.twice + load.sum.late + load.sum.unwritten, 0);
    load_check_numbers(&load);
    load_close(&load);
}

enum { PATIENT = 1000 }; /* runs until the writer laps a reader */

/*
 * A reader in the writer's way: how often it meets a torn event depends on who gets which turn, but
 * every byte that comes is told apart. The long form waits for torn events.
 */
static void read_in_the_writers_way(enum relay_live_reader kind)
{
    static const struct load_options set = {
        .subbuf_size = 65536, .n_subbufs = 2, .overwrites = true, .one_writer = true};
    struct load load = load_open(&set);
    struct relay_live_reading reading = {.kind = kind};
    bool is_long = kit_soak() > 1;
    unsigned runs = is_long ? 3 : 20;

    load_write(&load, load_flat_out(16, 200));
    load_read(&load, reading);
    /* nor is it sure when the writer laps a reader: where the cores are busy that takes longer */
    for (unsigned i = 0; i < runs || (load.sum.lapped == 0 && i < PATIENT); i++) {
        load_break(&load, BIT(RELAY_LIVE_TORN), RELAY_LIVE_ATTEMPTED,
                   is_long ? 0 : 20000 * (i + 1));
        load_run(&load);
        load_drain(&load);
        CHECK(!is_long || load.sum.torn > i);
        CHECK_EQ(load.sum.displaced, 0); /* by the writer alone */
        CHECK_EQ(load.sum.bytes, load.sum.intact_bytes + load.sum.twice_bytes +
                                     load.sum.torn_bytes + load.sum.unwritten);
        if (kind == RELAY_LIVE_READ)
            load_check_numbers(&load);
    }
    CHECK(load.sum.lapped > 0);
    load_agrees(&load);
    load_close(&load);
}

static void read_tells_bytes_apart(void)
{
    read_in_the_writers_way(RELAY_LIVE_READ);
}

static void mmap_tells_bytes_apart(void)
{
    read_in_the_writers_way(RELAY_LIVE_MMAP);
}

/* What others write is no event of the pool. */
static void foreign_bytes_are_unwritten(void)
{
    static const struct load_options set = {.subbuf_size = 4096, .n_subbufs = 8};
    struct load load = load_open(&set);

    load_write(&load, load_flat_out(40, 40));
    load_run_for(&load, 100);
    kit_put(load.chan, 0, 'x', 33);
    load_run_for(&load, 100);
    kit_put(load.chan, 0, 'y', 7);
    load_read(&load, by_read);
    load_drain(&load);
    CHECK_EQ(load.sum.intact, 200);
    CHECK_EQ(load.sum.unwritten, 40);
    CHECK_EQ(load.sum.torn + load.sum.twice + load.sum.missing, 0);
    load_close(&load);
}

/* Behind empty sub-buffers the kernel's read delivers what it has delivered before. */
static void read_behind_empty_subbufs(void)
{
    static const struct load_options set = {.subbuf_size = 64, .n_subbufs = 4};
    struct load load = load_open(&set);

    relay_flush(load.chan);
    relay_flush(load.chan);
    load_write(&load, load_flat_out(16, 16));
    load_run_for(&load, 1);
    load_read(&load, by_read);
    load_drain(&load);
    CHECK_EQ(load.sum.intact, 1);
    CHECK_EQ(load.sum.bytes, 80);
    CHECK_EQ(load.sum.unwritten + load.sum.twice_bytes, 64);
    CHECK_EQ(load.sum.torn, 0);
    load_close(&load);
}

static void flushes_of_an_idle_buffer(void)
{
    static const struct load_options set = {.subbuf_size = 4096, .n_subbufs = 8};
    struct load load = load_open(&set);
    struct relay_live_writing none = {0};

    load_write(&load, load_flat_out(64, 64));
    load_run_for(&load, 3);
    load_write(&load, none);
    CHECK_EQ(relay_live_set_flush(load.live, 1e-3), 0);
    load_break(&load, 0, RELAY_LIVE_PRODUCED, 4);
    CHECK_EQ(load_run(&load).value, 4);
    load_count(&load);
    CHECK_EQ(load.sum.flushes, 4);
    CHECK_EQ(load.sum.flushed, 4);
    CHECK_EQ(load.sum.flushed_empty, 3);
    CHECK_EQ(load.sum.switches, 0);
    CHECK_EQ(load.sum.most_ready, 4);
    load_close(&load);
}

/* 0 has four reasons. */
static void why_a_read_returns_nothing(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4};
    struct load load = load_open(&set);

    load_read(&load, by_read);
    load_drain(&load);
    CHECK_EQ(load.sum.zero_empty, 1);
    for (unsigned i = 0; i < 3; i++)
        relay_flush(load.chan);
    load_drain(&load);
    CHECK(load.sum.zero_border > 0);
    CHECK_EQ(load.sum.bytes, 0);

    load_write(&load, load_flat_out(64, 64));
    load_read(&load, (struct relay_live_reading){0});
    load_break(&load, BIT(RELAY_REFUSED_FULL), 0, 0);
    load_run(&load);
    load_read(&load, by_read);
    CHECK_EQ(load.sum.zero_blocked, 0);
    load_drain(&load);
    CHECK_EQ(load.sum.zero_blocked, 1);
    CHECK_EQ(load.sum.intact, 64);

    relay_get(load.chan);
    relay_close(load.chan);
    CHECK_EQ(load.sum.zero_finalized, 0);
    load_drain(&load);
    CHECK_EQ(load.sum.zero_finalized, 1);
    relay_live_close(load.live);
    relay_put(load.chan);
}

static void one_buffer_for_all_cpus(void)
{
    static const struct load_options set = {
        .subbuf_size = 4096, .n_subbufs = 64, .cpus = 5, .is_global = true, .threads = 3};
    struct load load = load_open(&set);
    struct relay_live_counts rows[5];

    load_write(&load, load_flat_out(16, 200));
    load_read(&load, by_read);
    load_run_for(&load, 20000);
    load_drain(&load);
    check_faultless(&load);
    CHECK_EQ(relay_live_totals(load.live, rows, 5), 5);
    for (unsigned i = 0; i < 5; i++) {
        CHECK(rows[i].stored > 0);
        CHECK_EQ(rows[i].intact, rows[i].stored);
        CHECK_EQ(rows[i].missing, rows[i].attempted - rows[i].stored);
        CHECK_EQ(rows[i].bytes, i ? 0 : load.sum.stored_bytes);
    }
    load_close(&load);
}

/* ---------------------------------------------------------------- reports */

static void reports_too_much(uint32_t extra, uint64_t clamped, uint64_t ignored)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4};
    struct load load = load_open(&set);
    struct relay_live_reading reading = by_mmap;

    reading.report_extra = extra;
    reading.batch = 1;
    load_read(&load, reading);
    load_write(&load, load_flat_out(64, 64));
    load_run_for(&load, 16 + 1); /* one sub-buffer and a bit */
    relay_live_drain(load.live);
    load_count(&load);
    CHECK_EQ(load.sum.reports, 1);
    CHECK_EQ(load.sum.clamped, clamped);
    CHECK_EQ(load.sum.ignored, ignored);
    CHECK_EQ(load.sum.reported, !ignored);
    load_close(&load);
}

static void reports_are_clamped_or_ignored(void)
{
    reports_too_much(0, 0, 0);
    reports_too_much(2, 1, 0);
    reports_too_much(4, 0, 1);
}

static void a_reader_that_forgets(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4};
    struct load load = load_open(&set);
    struct relay_live_reading reading = by_mmap;

    reading.forget_every = 1;
    load_read(&load, reading);
    load_write(&load, load_flat_out(64, 64));
    load_break(&load, BIT(RELAY_REFUSED_FULL), 0, 0);
    CHECK_EQ(load_run(&load).counter, RELAY_REFUSED_FULL);
    load_drain(&load);
    CHECK_EQ(load.sum.reports, 0);
    CHECK(load.sum.forgotten > 0);
    CHECK_EQ(load.sum.intact, 64); /* it has read all of them, and none again */
    CHECK_EQ(load.sum.twice, 0);
    CHECK_EQ(load.sum.refused_full, 1);
    CHECK_EQ(load.sum.since_report, 4);
    load_close(&load);
}

static void half_of_the_reports(void)
{
    static const struct load_options set = {
        .subbuf_size = 1024, .n_subbufs = 8, .overwrites = true};
    struct load load = load_open(&set);
    struct relay_live_reading reading = by_mmap;

    reading.forget_every = 2;
    reading.batch = 1;
    load_read(&load, reading);
    load_write(&load, load_flat_out(64, 64));
    load_run_for(&load, 16 * 6 + 1);
    load_drain(&load);
    CHECK_EQ(load.sum.reports, 3);
    CHECK_EQ(load.sum.forgotten, 3);
    CHECK_EQ(load.sum.intact, 96);
    load_close(&load);
}

static void time_between_reports(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 8};
    struct load load = load_open(&set);
    struct relay_live_writing writing = {.rate = 50000, .min = 64};
    uint64_t gaps = 0;

    load_read(&load, by_read);
    load_write(&load, writing);
    load_run_for(&load, 2000);
    load_count(&load);
    for (unsigned i = 0; i < RELAY_LIVE_GAPS; i++)
        gaps += load.sum.gaps[i];
    CHECK_EQ(gaps, load.sum.reports - 1);
    CHECK(load.sum.longest_gap > 0);
    CHECK(load.sum.last_report <= (uint64_t)(relay_live_time(load.live) * 1e6) + 1000000);
    load_close(&load);
}

/* A thread serves every CPU that is its. */
static void each_cpu_is_read(void)
{
    static const struct load_options set = {
        .subbuf_size = 1024, .n_subbufs = 4, .cpus = 5, .threads = 2, .overwrites = true};
    struct load load = load_open(&set);

    load_read(&load, by_read);
    load_write(&load, load_flat_out(16, 100));
    for (unsigned cpu = 0; cpu < 5; cpu++) {
        struct relay_live_break where = {.reaches = RELAY_LIVE_INTACT, .one_cpu = true, .cpu = cpu};
        struct relay_live_counts rows[5];

        relay_live_totals(load.live, rows, 5);
        where.value = rows[cpu].intact + 50;
        CHECK_EQ(relay_live_set_break(load.live, &where), 0);
        CHECK_EQ(load_run(&load).cpu, cpu);
    }
    load_close(&load);
}

/* Whoever looks at what is released, and then at who did it, finds nobody but the readers. */
static void whoever_released_it_is_known(void)
{
    for (unsigned run = 0; run < 4; run++) {
        struct load_options set = {
            .subbuf_size = 1024, .n_subbufs = 4, .cpus = 2, .overwrites = run / 2};
        struct load load = load_open(&set);
        uint64_t calls = 0, times = 2000 * kit_soak(); /* that one was under way */

        load_read(&load, run % 2 ? by_mmap : by_read);
        load_write(&load, load_flat_out(16, 100));
        CHECK_EQ(relay_live_run(load.live), 0);
        for (uint64_t i = 0; calls < times && i < 100000000; i++) {
            struct relay_live_counts rows[2];
            uint64_t released[2];

            for (unsigned cpu = 0; cpu < 2; cpu++)
                released[cpu] = relay_load_acquire(&relay_cpu_buf(load.chan, cpu)->ctl->consumed);
            relay_live_totals(load.live, rows, 2);
            for (unsigned cpu = 0; cpu < 2; cpu++) {
                uint64_t skipped = run % 2 ? 0 : rows[cpu].lapped_subbufs;

                CHECK(released[cpu] <= rows[cpu].reported + skipped + rows[cpu].releasing);
                calls += rows[cpu].releasing > 0;
            }
        }
        CHECK_EQ(relay_live_pause(load.live), 0);
        load_count(&load);
        CHECK(calls >= times && load.sum.reported > 0);
        CHECK_EQ(load.sum.releasing, 0);
        load_close(&load);
    }
}

static const struct check_test tests[] = {
    TEST(read_gets_what_was_stored),
    TEST(read_in_small_calls),
    TEST(mmap_gets_what_was_stored),
    TEST(mmap_of_large_subbufs),
    TEST(headers_are_no_events),
    TEST(overwritten_events_are_missing),
    TEST(a_torn_event_is_seen),
    TEST(read_tells_bytes_apart),
    TEST(mmap_tells_bytes_apart),
    TEST(foreign_bytes_are_unwritten),
    TEST(read_behind_empty_subbufs),
    TEST(flushes_of_an_idle_buffer),
    TEST(why_a_read_returns_nothing),
    TEST(one_buffer_for_all_cpus),
    TEST(reports_are_clamped_or_ignored),
    TEST(a_reader_that_forgets),
    TEST(half_of_the_reports),
    TEST(time_between_reports),
    TEST(each_cpu_is_read),
    TEST(whoever_released_it_is_known),
};
CHECK_MAIN(tests, kit_before, kit_after)
