/* SPDX-License-Identifier: MIT */
/*
 * Where breaks stop: for every counter, where it grows and where it comes to a number. A twin without
 * a break goes the same way in small steps, and what its counters said at each of them tells when.
 */
#include "load.h"

enum { CPUS = 2, STEPS = 1500 };
#define STEP 2e-4 /* seconds */
#define END (STEPS * STEP)
#define BIT(counter) (1u << (counter))

/* ---------------------------------------------------------------- loads */

enum kind { REFUSES, OVERWRITES, MAPS, GLOBAL, PIECES, KINDS };

/* Small buffers, events that are too big for them, readers that are too slow, foreign bytes. */
static struct load open_kind(enum kind kind)
{
    static const uint32_t sizes[] = {40, 300, 100, 1100, 64, 16, 500};
    const struct load_options set = {.subbuf_size = 1024,
                                     .n_subbufs = 4,
                                     .cpus = CPUS,
                                     .overwrites = kind == OVERWRITES,
                                     .is_global = kind == GLOBAL,
                                     .simulated = true};
    struct relay_live_writing writing = {
        .rate = 800, .sizes = RELAY_LIVE_LIST, .list = sizes, .count = 7};
    struct relay_live_reading reading = {
        .kind = kind == MAPS ? RELAY_LIVE_MMAP : RELAY_LIVE_READ, .pace = 0.03, .batch = 700};
    struct load load = load_open(&set);

    if (kind == PIECES)
        writing.pieces = 3; /* records of three events, some of which do not fit */
    kit_put(load.chan, 0, 'x', 9);
    load_write(&load, writing);
    writing.rate = 1300;
    CHECK_EQ(relay_live_set_writing(load.live, &writing, (uint32_t[]){1}, 1), 0);
    if (kind == MAPS) {
        reading.batch = 1;
        reading.report_extra = 1; /* what nobody has read */
    }
    load_read(&load, reading);
    CHECK_EQ(relay_live_set_flush(load.live, 0.07), 0);
    return load;
}

/* A counter of a CPU, or of its buffer, by what the channel and the totals say. */
static uint64_t value_of(struct load *load, unsigned cpu, enum relay_live_counter counter)
{
    struct rchan_buf *buf = relay_cpu_buf(load->chan, cpu);
    struct relay_live_counts rows[CPUS];
    struct relay_buf_info info;
    uint64_t lost = 0;

    relay_live_totals(load->live, rows, CPUS);
    switch (counter) {
    case RELAY_LIVE_ATTEMPTED:
        return rows[cpu].attempted;
    case RELAY_LIVE_STORED:
        return rows[cpu].stored;
    case RELAY_LIVE_LAPPED:
        return rows[cpu].lapped;
    case RELAY_LIVE_INTACT:
        return rows[cpu].intact;
    case RELAY_LIVE_TORN:
        return rows[cpu].torn;
    case RELAY_LIVE_MISSING:
        return rows[cpu].missing;
    case RELAY_LIVE_TWICE:
        return rows[cpu].twice;
    case RELAY_LIVE_UNWRITTEN:
        return rows[cpu].unwritten;
    case RELAY_LIVE_TORN_RECORDS:
        return rows[cpu].torn_records;
    default:
        break;
    }
    if (buf->ctl->cpu != cpu) /* a global one's are in the row of the first CPU */
        return 0;
    relay_buf_snapshot(buf, &info, NULL);
    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++)
        lost += fate == RELAY_CONSUMED ? 0 : info.account.fate[fate].events;
    switch (counter) {
    case RELAY_LIVE_PRODUCED:
        return info.produced;
    case RELAY_LIVE_RELEASED:
        return info.consumed;
    case RELAY_LIVE_READY:
        return info.produced - info.consumed;
    case RELAY_LIVE_FULL:
        return info.produced - info.consumed >= 4;
    case RELAY_LIVE_LOST:
        return lost;
    default:
        return info.account.fate[counter].events;
    }
}

/* What the twin's counters said, behind each step. */
static uint64_t said[STEPS + 1][CPUS][RELAY_LIVE_N_COUNTERS];

static void run_twin(enum kind kind)
{
    struct load twin = open_kind(kind);

    for (unsigned step = 0; step <= STEPS; step++) {
        if (step)
            CHECK_EQ(relay_live_simulate(twin.live, STEP), 0);
        for (unsigned cpu = 0; cpu < CPUS; cpu++)
            for (unsigned counter = 0; counter < RELAY_LIVE_N_COUNTERS; counter++)
                said[step][cpu][counter] = value_of(&twin, cpu, counter);
    }
    load_close(&twin);
}

/* The step behind which a counter of a CPU from `cpu` on, before `end`, was `value` first; 0: none. */
static unsigned first_step(unsigned cpu, unsigned end, enum relay_live_counter counter,
                           uint64_t value)
{
    for (unsigned step = 1; step <= STEPS; step++)
        for (unsigned i = cpu; i < end; i++)
            if (said[step][i][counter] >= value && said[0][i][counter] < value)
                return step;
    return 0;
}

/* ---------------------------------------------------------------- breaks */

static unsigned met; /* breaks so far */

/* Run to a break on a counter that comes to `value`, of one CPU or of any. */
static void stops_at(enum kind kind, const struct relay_live_break *where,
                     enum relay_live_counter counter, uint64_t value)
{
    unsigned from = where->one_cpu ? where->cpu : 0, end = where->one_cpu ? from + 1 : CPUS;
    unsigned step = first_step(from, end, counter, value);
    bool is_level = counter == RELAY_LIVE_READY || counter == RELAY_LIVE_FULL;
    struct load load = open_kind(kind);
    struct relay_live_hit hit = {.counter = RELAY_LIVE_N_COUNTERS};
    bool has_hit;

    CHECK_EQ(relay_live_set_break(load.live, where), 0);
    CHECK_EQ(relay_live_simulate(load.live, END), 0);
    has_hit = relay_live_last_hit(load.live, &hit);
    if (is_level ? CHECK(has_hit || !step) && has_hit : CHECK_EQ(has_hit, step != 0) && has_hit) {
        met++;
        CHECK_EQ(hit.counter, counter);
        CHECK(hit.cpu >= from && hit.cpu < end);
        CHECK(!step || hit.time <= step * STEP);
        CHECK(is_level || hit.time >= (step - 1) * STEP - 1e-9);
        CHECK(relay_live_time(load.live) == hit.time);
        CHECK_EQ(hit.value, value_of(&load, hit.cpu, counter));
        CHECK(hit.value >= value);
        CHECK_EQ(hit.number, value_of(&load, hit.cpu, RELAY_LIVE_ATTEMPTED));
    } else {
        CHECK_EQ(relay_live_time(load.live) * 1e9, END * 1e9);
    }
    load_close(&load);
}

static void every_counter(enum kind kind)
{
    run_twin(kind);
    for (unsigned counter = 0; counter < RELAY_LIVE_N_COUNTERS; counter++) {
        int failures = check_failures;

        for (unsigned cpu = 0; cpu <= CPUS; cpu++) { /* each of them, then any */
            struct relay_live_break where = {
                .grows = BIT(counter), .one_cpu = cpu < CPUS, .cpu = cpu % CPUS};

            if (kind == GLOBAL && cpu < CPUS)
                continue; /* who reads is none of them */
            stops_at(kind, &where, counter, said[0][cpu % CPUS][counter] + 1);
            where.grows = 0;
            where.reaches = counter;
            for (where.value = 1; where.value < 6; where.value += 2)
                stops_at(kind, &where, counter, where.value);
        }
        if (check_failures != failures)
            fprintf(stderr, "  kind %d, %s\n", (int)kind, relay_live_counter_name(counter));
    }
}

static void where_counters_grow(void)
{
    met = 0;
    for (unsigned kind = 0; kind < KINDS; kind++)
        every_counter(kind);
    CHECK(met > 300);
}

/* A level that has fallen can rise again: measured from where it was last. */
static void levels_rise_again(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 8, .simulated = true};
    struct load load = load_open(&set);
    struct relay_live_hit hit;

    load_write(&load, (struct relay_live_writing){.rate = 1000, .min = 64});
    CHECK_EQ(relay_live_simulate(load.live, 0.06), 0); /* 3 are ready */
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 1});
    load_break(&load, BIT(RELAY_LIVE_READY), 0, 0);
    CHECK_EQ(relay_live_simulate(load.live, 1), 0); /* the visit leaves none, then one is */
    CHECK(relay_live_last_hit(load.live, &hit));
    CHECK_EQ(hit.value, 1);
    CHECK(hit.time == 0.064);
    load_break(&load, 0, RELAY_LIVE_READY, 3);
    CHECK_EQ(relay_live_simulate(load.live, 1), 0);
    CHECK(relay_live_last_hit(load.live, &hit));
    CHECK_EQ(hit.value, 3);
    CHECK(hit.time == 0.096);
    load_close(&load);
}

/* Between two pieces of a large sub-buffer. What is gone when the reader goes on is not its rest. */
static void a_stop_amid_a_subbuf(void)
{
    enum { WHOLE = 2 * RELAY_LIVE_MOST_READ, EVENT = 8192 };
    static const struct load_options set = {
        .subbuf_size = WHOLE, .n_subbufs = 2, .overwrites = true, .simulated = true};
    struct load load = load_open(&set);

    load_write(&load, (struct relay_live_writing){.rate = 1000, .min = EVENT});
    CHECK_EQ(relay_live_simulate(load.live, 0.3), 0);
    load_write(&load, (struct relay_live_writing){0});
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 1});
    load_break(&load, BIT(RELAY_LIVE_INTACT), 0, 0);
    CHECK_EQ(relay_live_simulate(load.live, 1), 0);
    load_count(&load);
    CHECK_EQ(load.sum.bytes, WHOLE / 2);
    CHECK_EQ(load.sum.reports, 0);
    for (unsigned i = 0; i < 2 * WHOLE / EVENT; i++)
        kit_put(load.chan, 0, 'a', EVENT);
    load_break(&load, 0, 0, 0);
    CHECK_EQ(relay_live_simulate(load.live, 1.5), 0);
    load_count(&load);
    CHECK_EQ(load.sum.lapped_subbufs, 2);
    CHECK_EQ(load.sum.bytes, WHOLE / 2 + WHOLE);
    load_close(&load);
}

static void each_counter_has_a_name(void)
{
    for (unsigned i = 0; i < RELAY_LIVE_N_COUNTERS; i++)
        for (unsigned k = 0; k < i; k++)
            CHECK(strcmp(relay_live_counter_name((enum relay_live_counter)i),
                         relay_live_counter_name((enum relay_live_counter)k)) != 0);
    CHECK(!relay_live_counter_name(RELAY_LIVE_N_COUNTERS));
}

static const struct check_test tests[] = {
    TEST(each_counter_has_a_name),
    TEST(where_counters_grow),
    TEST(levels_rise_again),
    TEST(a_stop_amid_a_subbuf),
};
CHECK_MAIN(tests, kit_before, kit_after)
