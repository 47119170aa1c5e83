/* SPDX-License-Identifier: MIT */
/*
 * Random loads: modes, sizes, numbers of CPUs and threads, every kind of reader, flushes. At the end
 * of each the account is conserved and the readers' findings agree with it. RELAY_SOAK multiplies
 * the number of runs.
 */
#include <unistd.h>

#include "load.h"

enum { RUNS = 100 };

static uint64_t state = 1;

/* 0 … below - 1 */
static uint32_t draw(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 33) % below);
}

static double draw_time(double most)
{
    return draw(3) ? 0 : most * draw(1000) * 1e-3;
}

static struct load_options draw_options(void)
{
    static const unsigned cpus[] = {1, 2, 64};
    struct load_options set = {.subbuf_size = 64 + draw(8000),
                               .n_subbufs = 1 + draw(16),
                               .cpus = cpus[draw(3)],
                               .threads = 1 + draw(3),
                               .overwrites = draw(2),
                               .is_global = draw(5) == 0,
                               .one_writer = draw(2)};

    set.header = draw(3) ? 0 : 4 + draw(32);
    return set;
}

static struct relay_live_writing draw_writing(void)
{
    static const uint32_t list[] = {16, 16, 48, 300};
    struct relay_live_writing writing = {.rate = draw(2) ? INFINITY : 1000.0 * draw(1000),
                                         .sizes = draw(4),
                                         .list = list,
                                         .count = 4,
                                         .burst_on = draw_time(2e-3),
                                         .burst_off = draw_time(2e-3)};

    writing.min = 16 + draw(64);
    writing.max = writing.min + draw(300);
    writing.mean = writing.min;
    return writing;
}

static struct relay_live_reading draw_reading(void)
{
    struct relay_live_reading reading = {.kind = draw(3),
                                         .pace = draw_time(2e-3),
                                         .batch = draw(3) ? 0 : 1 + draw(2000),
                                         .stall_every = draw_time(2e-3),
                                         .stall = draw_time(5e-3),
                                         .forget_every = draw(4) ? 0 : 1 + draw(3),
                                         .report_extra = draw(4) ? 0 : draw(4)};

    return reading;
}

/* Different for the even and the odd CPUs. */
static void set_all(struct load *load, bool are_faithful, bool by_read)
{
    for (unsigned half = 0; half < 2; half++) {
        struct relay_live_writing writing = draw_writing();
        struct relay_live_reading reading = draw_reading();
        uint32_t cpus[64], count = 0;

        for (unsigned cpu = half; cpu < load->chan->cpus; cpu += 2)
            cpus[count++] = cpu;
        if (are_faithful)
            reading.forget_every = reading.report_extra = 0;
        if (by_read)
            reading.kind = RELAY_LIVE_READ;
        CHECK_EQ(relay_live_set_writing(load->live, &writing, cpus, count), 0);
        CHECK_EQ(relay_live_set_reading(load->live, &reading, cpus, count), 0);
    }
}

static void run_a_while(struct load *load)
{
    unsigned looks = 1 + draw(6);

    for (unsigned i = 0; i < looks; i++) {
        CHECK_EQ(relay_live_run(load->live), 0);
        usleep(1000 + draw(4000));
        relay_live_sample(load->live);
        CHECK_EQ(relay_live_pause(load->live), 0);
        load_agrees(load);
    }
}

/* What was sampled is what was counted, and a lane has a mark for each kind of loss. */
static void check_bins(struct load *load)
{
    static struct relay_live_bin bins[100];
    static uint32_t lanes[64 * 7];
    struct relay_account account = load_account(load);
    struct relay_live_bin sum = {0};
    uint32_t flags = 0;

    relay_live_sample(load->live);
    relay_live_bins(load->live, 60, bins, 100);
    CHECK(relay_live_lanes(load->live, 60, NULL, 0, lanes, 7));
    for (unsigned i = 0; i < 100; i++)
        for (size_t field = 2; field < sizeof(sum) / sizeof(double); field++)
            ((double *)&sum)[field] += ((double *)&bins[i])[field];
    for (unsigned i = 0; i < 7 * load->chan->cpus; i++)
        flags |= lanes[i];
    CHECK_EQ(llround(sum.attempted), account.attempted.events);
    CHECK_EQ(llround(sum.stored), account.accepted.events);
    CHECK_EQ(llround(sum.stored_bytes), account.accepted.bytes);
    CHECK_EQ(llround(sum.read_bytes), load->sum.bytes);
    CHECK_EQ(llround(sum.torn), load->sum.torn);
    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++) {
        CHECK_EQ(llround(sum.fate[fate]), account.fate[fate].events);
        CHECK_EQ(flags >> fate & 1, account.fate[fate].events > 0);
    }
}

/* Any mix: nothing is lost without a reason, whatever consumers do. */
static void any_load_is_conserved(void)
{
    for (unsigned long run = 0; run < RUNS * kit_soak(); run++) {
        struct load_options set = draw_options();
        struct load load = load_open(&set);

        set_all(&load, false, false);
        if (draw(3) == 0)
            CHECK_EQ(relay_live_set_flush(load.live, 1e-3), 0);
        run_a_while(&load);
        load_drain(&load);
        load_agrees(&load);
        CHECK_EQ(load.sum.bytes, load.sum.intact_bytes + load.sum.twice_bytes +
                                     load.sum.torn_bytes + load.sum.unwritten +
                                     load.sum.header_bytes);
        check_bins(&load);
        load_close(&load);
    }
}

/* No-overwrite mode, readers by read, no flushes: all that was stored comes once and whole. */
static void read_never_sees_a_fault(void)
{
    for (unsigned long run = 0; run < RUNS * kit_soak(); run++) {
        struct load_options set = draw_options();
        struct load load;

        set.overwrites = false;
        load = load_open(&set);
        set_all(&load, true, true);
        run_a_while(&load);
        load_drain(&load);
        load_agrees(&load);
        CHECK_EQ(load.sum.torn + load.sum.twice + load.sum.late + load.sum.unwritten, 0);
        CHECK_EQ(load.sum.intact, load.sum.stored);
        CHECK_EQ(load.sum.intact_bytes, load.sum.stored_bytes);
        CHECK_EQ(load.sum.missing, load.sum.attempted - load.sum.stored);
        check_bins(&load);
        load_close(&load);
    }
}

/* The same for readers that map and report what they have read. */
static void mmap_never_sees_a_fault(void)
{
    for (unsigned long run = 0; run < RUNS * kit_soak(); run++) {
        struct load_options set = draw_options();
        struct relay_live_reading reading = {.kind = RELAY_LIVE_MMAP};
        struct load load;

        set.overwrites = false;
        load = load_open(&set);
        set_all(&load, true, false);
        load_read(&load, reading);
        run_a_while(&load);
        load_drain(&load);
        relay_flush(load.chan); /* refused where it was full: the drain has made room */
        load_drain(&load);
        load_agrees(&load);
        CHECK_EQ(load.sum.torn + load.sum.twice + load.sum.late + load.sum.unwritten, 0);
        CHECK_EQ(load.sum.intact, load.sum.stored);
        CHECK_EQ(load.sum.missing, load.sum.attempted - load.sum.stored);
        CHECK_EQ(load_account(&load).unread.events, 0);
        load_close(&load);
    }
}

static const struct check_test tests[] = {
    TEST(any_load_is_conserved),
    TEST(read_never_sees_a_fault),
    TEST(mmap_never_sees_a_fault),
};
CHECK_MAIN(tests, kit_before, kit_after)
