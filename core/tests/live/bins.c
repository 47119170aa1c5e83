/* SPDX-License-Identifier: MIT */
/*
 * What a pool counted, over time: each event in the column of its time, nothing left out at either
 * end, peaks kept, and the sums those of the counters. On a simulated clock; what others write, read
 * and reset in the middle of a column can only be in that one.
 */
#include "load.h"

#define COLUMN 0.5 /* seconds: a bin in the middle of it does not reach its ends */

static const struct load_options simulated = {
    .subbuf_size = 1024, .n_subbufs = 4, .simulated = true};

static bool is_near(double value, double expected)
{
    return fabs(value - expected) < 1e-6;
}

/* ---------------------------------------------------------------- columns */

/* k + 1 events in column k, and some more behind the last column, which they are then part of. */
static void each_event_is_in_its_column(void)
{
    struct load_options set = simulated;
    struct relay_live_bin bins[12];
    struct load load;

    set.overwrites = true;
    load = load_open(&set);
    load_put(&load, 0);
    for (unsigned k = 0; k < 12; k++) {
        load_simulate(&load, COLUMN / 2);
        load_put(&load, k + 1);
        load_simulate(&load, COLUMN / 2);
    }
    load_put(&load, 100);
    relay_live_bins(load.live, 6, bins, 12); /* not looked at yet */
    CHECK(is_near(bins[11].stored, 12));
    relay_live_sample(load.live);
    relay_live_bins(load.live, 6, bins, 12);
    for (unsigned k = 0; k < 12; k++) {
        CHECK(is_near(bins[k].begin, k * COLUMN));
        CHECK(is_near(bins[k].seconds, COLUMN));
        CHECK(is_near(bins[k].stored, k + 1 + (k == 11 ? 100 : 0)));
        CHECK(is_near(bins[k].stored_bytes, 16 * bins[k].stored));
        CHECK(bins[k].attempted == 0); /* the pool has done nothing */
    }
    load_close(&load);
}

/* Columns that are wider, narrower, fewer or more than what there is. */
static void the_same_in_other_columns(void)
{
    static const struct {
        double seconds;
        unsigned columns, first; /* in which the first second begins */
    } cases[] = {{2, 1, 0}, {2, 4, 0}, {4, 2, 1}, {4, 8, 4}, {2, 1000, 0}};
    struct load load = load_open(&simulated);
    struct relay_live_bin bins[1000];

    load_simulate(&load, COLUMN / 2);
    load_put(&load, 10); /* at 0.25 s */
    load_simulate(&load, 1);
    load_put(&load, 20); /* at 1.25 s */
    load_simulate(&load, 3 * COLUMN / 2);
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        double width = cases[i].seconds / cases[i].columns, stored = 0, early = 0, seconds = 0;

        relay_live_bins(load.live, cases[i].seconds, bins, cases[i].columns);
        CHECK(is_near(bins[cases[i].first].begin, 0));
        for (unsigned k = 0; k < cases[i].columns; k++) {
            CHECK(is_near(bins[k].begin - bins[0].begin, k * width));
            CHECK(is_near(bins[k].seconds, k < cases[i].first ? 0 : width));
            stored += bins[k].stored;
            seconds += bins[k].seconds;
            early += bins[k].begin + width < 1 + 1e-9 ? bins[k].stored : 0;
            CHECK(width >= 0.1 || bins[k].stored <= 20 * width / 0.05 + 1e-9); /* shared out */
        }
        CHECK(is_near(stored, 30));
        CHECK(is_near(seconds, 2));
        CHECK(width >= 2 || is_near(early, 10));
    }
    load_close(&load);
}

/* Columns begin at multiples of their width, so that they stand still while time goes on. */
static void columns_stand_still(void)
{
    struct load load = load_open(&simulated);
    struct relay_live_bin bins[8];
    double width = 0.3 / 8;

    for (unsigned i = 1; i < 40; i++) {
        load_simulate(&load, 0.013);
        relay_live_sample(load.live);
        relay_live_bins(load.live, 0.3, bins, 8);
        CHECK(is_near(bins[0].begin / width, round(bins[0].begin / width)));
        CHECK(bins[0].begin + 0.3 >= i * 0.013 - 1e-9);
        CHECK(bins[0].begin + 0.3 < i * 0.013 + width + 1e-9);
    }
    relay_live_bins(load.live, NAN, bins, 8); /* as one second */
    CHECK(is_near(bins[7].begin - bins[0].begin, 7.0 / 8));
    relay_live_bins(load.live, 0, bins, 4);
    CHECK(is_near(bins[3].begin - bins[0].begin, 3.0 / 4));
    bins[0].begin = 77;
    relay_live_bins(load.live, 1, bins, 0);
    CHECK(bins[0].begin == 77);
    load_close(&load);
}

/* ---------------------------------------------------------------- what is kept */

/* Where the oldest of the bins that are kept begins, after so many samples 50 ms apart. */
static double oldest_begin(unsigned samples)
{
    double *begins = calloc(samples + 1, sizeof(*begins)), begin = 0, end = 0, oldest;
    unsigned count = 1;

    NEED(begins);
    for (unsigned i = 1; i <= samples; i++) {
        if (end - begin >= RELAY_LIVE_BIN_SECONDS)
            begins[count++] = begin = end;
        end = (double)(i * UINT64_C(50000000)) / 1e9;
    }
    oldest = begins[count - RELAY_LIVE_BINS];
    free(begins);
    return oldest;
}

static void the_oldest_go(void)
{
    enum { SECONDS = 150, WRITTEN = 120, COLUMNS = SECONDS * 4 };
    static struct relay_live_bin bins[COLUMNS];
    static uint32_t lanes[COLUMNS];
    struct load load = load_open(&simulated);
    double oldest = oldest_begin(SECONDS * 20), attempted = 0, seconds = 0;

    load_write(&load, (struct relay_live_writing){.rate = 1000, .min = 16});
    load_simulate(&load, WRITTEN);
    load_write(&load, (struct relay_live_writing){0});
    load_simulate(&load, SECONDS - WRITTEN);
    NEED(oldest > 1 && oldest < SECONDS - 64 + 1e-6);
    relay_live_bins(load.live, SECONDS, bins, COLUMNS);
    CHECK(relay_live_lanes(load.live, SECONDS, NULL, 0, lanes, COLUMNS));
    for (unsigned k = 0; k < COLUMNS; k++) {
        attempted += bins[k].attempted;
        seconds += bins[k].seconds;
        CHECK_EQ(lanes[k] & RELAY_LIVE_DID_STORE || lanes[k] & 1u << RELAY_REFUSED_FULL,
                 bins[k].begin + 0.25 > oldest + 1e-9 && bins[k].begin < WRITTEN - 1e-9);
    }
    CHECK(is_near(seconds, SECONDS - oldest));
    CHECK(is_near(attempted, 1000 * (WRITTEN - oldest)));
    load_close(&load);
}

/* What was there when the pool was opened is in no bin. */
static void what_was_before_is_nobodys(void)
{
    struct relay_live_options opt = {.simulated = true};
    struct load load = {.chan = kit_open(&kit_no_overwrite, 1024, 4, 1)};
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_live_bin bin;
    uint32_t flags;

    load_put(&load, 200);
    kit_put(load.chan, 0, 'b', 2000);
    kit_read(file, 1024);
    load.live = relay_live_open(load.chan, &opt);
    NEED(load.live);
    load_simulate(&load, COLUMN);
    load_put(&load, 1);
    relay_live_sample(load.live);
    relay_live_bins(load.live, 1, &bin, 1);
    CHECK(relay_live_lanes(load.live, 1, NULL, 0, &flags, 1));
    CHECK(is_near(bin.stored, 1) && is_near(bin.stored_bytes, 16));
    CHECK(is_near(bin.produced, 0)); /* 256 fit, and one was read */
    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++)
        CHECK(bin.fate[fate] == 0);
    CHECK_EQ(flags, RELAY_LIVE_DID_STORE);
    CHECK(bin.most_ready == 2);
    relay_file_close(file);
    load_close(&load);
}

/* ---------------------------------------------------------------- sums */

/* A channel that is too small, with all kinds of actors. */
static struct load open_mixed(bool overwrites, bool is_global)
{
    const struct relay_live_reading reads = {.kind = RELAY_LIVE_READ, .pace = 0.003, .batch = 700};
    struct load load = load_open_mixed(overwrites, is_global, 1100);

    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 0.004});
    CHECK_EQ(relay_live_set_reading(load.live, &reads, (uint32_t[]){is_global ? 0 : 1}, 1), 0);
    return load;
}

static void add_up(const struct relay_live_bin *bins, unsigned count, struct relay_live_bin *sum)
{
    *sum = (struct relay_live_bin){0};
    for (unsigned i = 0; i < count; i++)
        for (size_t field = 1; field < sizeof(*sum) / sizeof(double); field++)
            ((double *)sum)[field] += ((const double *)&bins[i])[field];
}

static uint64_t produced(struct load *load)
{
    struct rchan_buf *bufs[3];
    size_t count = relay_bufs(load->chan, bufs, 3);
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += relay_load(&bufs[i]->ctl->produced);
        relay_buf_put(bufs[i]);
    }
    return sum;
}

static void check_sums(struct load *load, unsigned columns, double seconds)
{
    static struct relay_live_bin bins[100];
    struct relay_account account = load_agrees(load);
    struct relay_live_bin sum;

    relay_live_bins(load->live, seconds, bins, columns);
    add_up(bins, columns, &sum);
    CHECK(is_near(sum.seconds, 3));
    CHECK(is_near(sum.attempted, (double)account.attempted.events));
    CHECK(is_near(sum.attempted_bytes, (double)account.attempted.bytes));
    CHECK(is_near(sum.stored, (double)account.accepted.events));
    CHECK(is_near(sum.stored_bytes, (double)account.accepted.bytes));
    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++)
        CHECK(is_near(sum.fate[fate], (double)account.fate[fate].events));
    CHECK(is_near(sum.read_bytes, (double)load->sum.bytes));
    CHECK(is_near(sum.intact, (double)load->sum.intact));
    CHECK(is_near(sum.torn, (double)load->sum.torn));
    CHECK(is_near(sum.missing, (double)load->sum.missing));
    CHECK(is_near(sum.twice, (double)load->sum.twice));
    CHECK(is_near(sum.unwritten, (double)load->sum.unwritten));
    CHECK(is_near(sum.produced, (double)produced(load)));
    CHECK(is_near(sum.lapped, (double)load->sum.lapped));
}

static void bins_are_the_counters(void)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        struct load load = open_mixed(kind & 1, kind & 2);

        load_simulate(&load, 3);
        relay_live_sample(load.live);
        load_count(&load);
        CHECK(load.sum.intact > 0 && load.sum.missing > 0 && load.sum.too_big > 0);
        CHECK(kind % 2 == 0 || load.sum.lapped > 0);
        check_sums(&load, 1, 3);
        check_sums(&load, 7, 3);
        check_sums(&load, 60, 3);
        check_sums(&load, 100, 10);
        load_close(&load);
    }
}

/* A reset begins some counters anew: what comes then counts, and nothing counts backwards. */
static void a_reset_takes_nothing_away(void)
{
    struct load load = load_open(&simulated);
    struct relay_live_bin sum;
    struct relay_live_bin bins[2];

    for (unsigned i = 0; i < 4; i++) {
        load_put(&load, 64 + 1);
        load_simulate(&load, COLUMN / 2);
        relay_reset(load.chan);
        load_simulate(&load, COLUMN / 2);
    }
    relay_live_bins(load.live, 4, bins, 2);
    add_up(bins, 2, &sum);
    CHECK(is_near(sum.produced, 4));
    CHECK(is_near(sum.stored, 4 * 65));
    CHECK(is_near(sum.fate[RELAY_DISCARDED_RESET], 4 * 65));
    load_close(&load);
}

/* ---------------------------------------------------------------- peaks */

/* 12.5 sub-buffers between two visits, which leave none: only what was in between shows it. */
static void peaks_between_samples_are_kept(void)
{
    struct load_options set = simulated;
    struct relay_live_counts row;
    struct relay_live_bin bins[6];
    struct load load;

    set.n_subbufs = 16;
    load = load_open(&set);
    load_write(&load, (struct relay_live_writing){.rate = 10000, .min = 64});
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 0.02});
    for (unsigned i = 0; i < 4; i++) {
        load_simulate(&load, COLUMN);
        relay_live_totals(load.live, &row, 1);
        CHECK(row.recent_ready == 12 || row.recent_ready == 13);
    }
    load_write(&load, (struct relay_live_writing){0});
    load_simulate(&load, 2 * COLUMN);
    relay_live_bins(load.live, 6 * COLUMN, bins, 6);
    for (unsigned i = 0; i < 4; i++)
        CHECK(bins[i].most_ready == 13);
    CHECK(bins[5].most_ready == 0);
    relay_live_totals(load.live, &row, 1);
    CHECK_EQ(row.recent_ready, 0);
    CHECK_EQ(row.most_ready, 13);
    load_close(&load);
}

/* The highest of all CPUs, and not their sum; and of all the time. */
static void the_peak_is_one_buffers(void)
{
    static const unsigned ready[] = {0, 2, 1};
    struct load_options set = simulated;
    struct relay_live_bin bins[2];
    struct load load;

    set.cpus = 3;
    load = load_open(&set);
    for (unsigned cpu = 0; cpu < 3; cpu++)
        for (unsigned i = 0; i <= ready[cpu]; i++)
            kit_put(load.chan, cpu, 'a', 1024);
    load_simulate(&load, COLUMN / 2);
    relay_subbufs_consumed(load.chan, 1, 2);
    load_simulate(&load, 3 * COLUMN / 2);
    relay_live_bins(load.live, 2 * COLUMN, bins, 2);
    CHECK(bins[0].most_ready == 2 && bins[1].most_ready == 1);
    load_close(&load);
}

static const struct check_test tests[] = {
    TEST(each_event_is_in_its_column), TEST(the_same_in_other_columns),
    TEST(columns_stand_still),         TEST(the_oldest_go),
    TEST(what_was_before_is_nobodys),  TEST(bins_are_the_counters),
    TEST(a_reset_takes_nothing_away),  TEST(peaks_between_samples_are_kept),
    TEST(the_peak_is_one_buffers),
};
CHECK_MAIN(tests, kit_before, kit_after)
