/* SPDX-License-Identifier: MIT */
/* The live pool: breaks, settings, errors. */
#include "load.h"

#define BIT(counter) (1u << (counter))

static const struct relay_live_reading by_read = {.kind = RELAY_LIVE_READ};
static const struct relay_live_reading by_mmap = {.kind = RELAY_LIVE_MMAP};

/* ---------------------------------------------------------------- breaks */

/* Exactly one operation has lost something when all stand. */
static void stops_at_the_first_loss(void)
{
    for (unsigned run = 0; run < 100; run++) {
        struct load_options set = {.subbuf_size = 1024,
                                   .n_subbufs = 4,
                                   .cpus = 1 + run % 4,
                                   .overwrites = run % 2,
                                   .one_writer = run % 3 == 0};
        struct load load = load_open(&set);
        unsigned fate = run % 2 ? RELAY_OVERWRITTEN : RELAY_REFUSED_FULL;
        struct relay_live_hit hit;
        struct relay_account account;

        load_write(&load, load_flat_out(64, 64));
        load_break(&load, BIT(fate), 0, 0);
        hit = load_run(&load);
        account = load_agrees(&load);
        CHECK_EQ(hit.counter, fate);
        CHECK_EQ(account.fate[fate].events, run % 2 ? 16 : 1);
        CHECK_EQ(hit.value, account.fate[fate].events);
        CHECK_EQ(hit.number, 4 * 16 + 1);
        CHECK(!relay_live_is_running(load.live));
        /* and at the next one, not before and not behind */
        hit = load_run(&load);
        account = load_agrees(&load);
        CHECK_EQ(account.fate[fate].events - hit.value, 0);
        CHECK(account.fate[fate].events == (run % 2 ? 32 : 2) || set.cpus > 1);
        load_close(&load);
    }
}

/* A reader beside: it never stands inside the channel, the loss stays the only one. */
static void stops_with_a_reader_at_work(void)
{
    for (unsigned run = 0; run < 100; run++) {
        struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4, .one_writer = run % 2};
        struct load load = load_open(&set);

        load_write(&load, load_flat_out(16, 100));
        load_read(&load, run % 3 ? by_read : by_mmap);
        load_break(&load, BIT(RELAY_LIVE_LOST), 0, 0);
        CHECK_EQ(load_run(&load).counter, RELAY_LIVE_LOST);
        CHECK_EQ(load_agrees(&load).fate[RELAY_REFUSED_FULL].events, 1);
        load_close(&load);
    }
}

/* With several writers each may be in the middle of an operation, and no one begins another. */
static void stops_all_writers(void)
{
    for (unsigned run = 0; run < 50; run++) {
        struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4, .cpus = 6, .threads = 3};
        struct load load = load_open(&set);

        load_write(&load, load_flat_out(64, 64));
        load_break(&load, BIT(RELAY_REFUSED_FULL), 0, 0);
        load_run(&load);
        CHECK(load_agrees(&load).fate[RELAY_REFUSED_FULL].events <= 3);
        load_close(&load);
    }
}

static void stops_where_a_counter_is_reached(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4, .cpus = 2};
    static const struct {
        enum relay_live_counter counter;
        uint64_t value, attempted;
    } rows[] = {
        {RELAY_LIVE_ATTEMPTED, 50, 50},
        {RELAY_LIVE_STORED, 60, 60},
        {RELAY_LIVE_PRODUCED, 1, 17},
        {RELAY_LIVE_READY, 3, 49},
        {RELAY_LIVE_FULL, 1, 65},
        {RELAY_LIVE_LOST, 5, 69},
        {(enum relay_live_counter)RELAY_REFUSED_FULL, 1, 65},
        {RELAY_LIVE_LOST, 1000, 1064},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct load load = load_open(&set);
        struct relay_live_break where = {
            .reaches = rows[i].counter, .value = rows[i].value, .one_cpu = true, .cpu = 1};
        struct relay_live_hit hit;

        load_write(&load, load_flat_out(64, 64));
        CHECK_EQ(relay_live_set_break(load.live, &where), 0);
        hit = load_run(&load);
        CHECK_EQ(hit.counter, rows[i].counter);
        CHECK_EQ(hit.cpu, 1);
        CHECK_EQ(hit.value, rows[i].value);
        CHECK_EQ(hit.number, rows[i].attempted);
        CHECK(relay_live_last_hit(load.live, &hit));
        /* it is passed: nothing stops them any more */
        CHECK_EQ(relay_live_run(load.live), 0);
        CHECK(!relay_live_wait_hit(load.live, 1e-3, &hit));
        CHECK(!relay_live_last_hit(load.live, NULL));
        CHECK(relay_live_is_running(load.live));
        load_close(&load);
    }
}

/* What readers meet. */
static void stops_the_reader(void)
{
    static const struct load_options set = {.subbuf_size = 512, .n_subbufs = 2, .overwrites = true};
    struct load load = load_open(&set);
    struct relay_live_hit hit;

    load_write(&load, load_flat_out(16, 100));
    load_run_for(&load, 1000);
    load_read(&load, by_read);
    load_break(&load, BIT(RELAY_LIVE_LAPPED), 0, 0);
    hit = load_run(&load);
    load_count(&load);
    CHECK_EQ(hit.counter, RELAY_LIVE_LAPPED);
    CHECK_EQ(load.sum.lapped, hit.value);
    CHECK_EQ(load.sum.reads, 1);
    load_break(&load, 0, RELAY_LIVE_INTACT, load.sum.intact + 100);
    hit = load_run(&load);
    load_count(&load);
    CHECK_EQ(hit.counter, RELAY_LIVE_INTACT);
    CHECK_EQ(load.sum.intact, hit.value);
    load_close(&load);
}

/* Set while they run: from that moment on. */
/* The clock stands at the moment of the hit. */
static void the_time_of_a_hit(void)
{
    static const struct load_options set = {.subbuf_size = 4096, .n_subbufs = 4};
    struct load load = load_open(&set);
    struct relay_live_hit hit;

    load_write(&load, load_flat_out(64, 64));
    for (unsigned i = 1; i < 4; i++) {
        load_break(&load, 0, RELAY_LIVE_ATTEMPTED, 1000 * i);
        hit = load_run(&load);
        CHECK(hit.time > 0 && hit.time == relay_live_time(load.live));
    }
    load_close(&load);
}

static void break_is_set_while_running(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4};
    struct load load = load_open(&set);
    struct relay_live_hit hit = {0};

    load_write(&load, load_flat_out(64, 64));
    load_run_for(&load, 1000);
    load_break(&load, 0, 0, 0);
    CHECK_EQ(relay_live_run(load.live), 0);
    load_break(&load, BIT(RELAY_REFUSED_FULL), 0, 0);
    CHECK(relay_live_wait_hit(load.live, LIVE_PATIENCE, &hit));
    CHECK_EQ(load_agrees(&load).fate[RELAY_REFUSED_FULL].events, hit.value);
    load_close(&load);
}

/* ---------------------------------------------------------------- settings */

static void sizes_come_as_set(void)
{
    static const uint32_t list[] = {16, 100, 17, 64};
    static const struct load_options set = {.subbuf_size = 65536, .n_subbufs = 4};
    struct relay_live_writing rows[] = {
        {.rate = INFINITY, .sizes = RELAY_LIVE_FIXED, .min = 48},
        {.rate = INFINITY, .sizes = RELAY_LIVE_LIST, .list = list, .count = 4},
        {.rate = INFINITY, .sizes = RELAY_LIVE_UNIFORM, .min = 16, .max = 96},
        {.rate = INFINITY, .sizes = RELAY_LIVE_EXPONENTIAL, .min = 16, .max = 4096, .mean = 200},
    };
    static const double means[] = {48, 49.25, 56, 200};

    for (unsigned i = 0; i < 4; i++) {
        struct load load = load_open(&set);
        double mean;

        load_write(&load, rows[i]);
        load_run_for(&load, 4096);
        load_count(&load);
        mean = (double)load.sum.attempted_bytes / (double)load.sum.attempted;
        CHECK(fabs(mean - means[i]) <= (i < 2 ? 0 : means[i] * 0.1));
        load_close(&load);
    }
}

/* However late a thread gets its turn, it never writes more than is due. */
static void a_rate_is_kept(void)
{
    static const struct load_options set = {.subbuf_size = 4096, .n_subbufs = 64, .cpus = 2};
    struct load load = load_open(&set);
    struct relay_live_writing steady = {.rate = 20000, .min = 32};
    struct relay_live_writing bursts = {
        .rate = 20000, .min = 32, .burst_on = 1e-3, .burst_off = 3e-3};
    struct relay_live_counts rows[2];
    double time;

    CHECK_EQ(relay_live_set_writing(load.live, &steady, (uint32_t[]){0}, 1), 0);
    CHECK_EQ(relay_live_set_writing(load.live, &bursts, (uint32_t[]){1}, 1), 0);
    load_run_for(&load, 4000);
    time = relay_live_time(load.live);
    relay_live_totals(load.live, rows, 2);
    CHECK((double)rows[0].attempted <= time * 20000 + 1);
    CHECK((double)rows[1].attempted <= (time / 4e-3 + 1) * 21);
    CHECK(rows[1].attempted > 0);
    load_close(&load);
}

static void settings_change_while_running(void)
{
    static const struct load_options set = {
        .subbuf_size = 2048, .n_subbufs = 4, .cpus = 4, .threads = 2};
    struct load load = load_open(&set);
    unsigned long rounds = 300 * kit_soak();

    CHECK_EQ(relay_live_run(load.live), 0);
    for (unsigned i = 0; i < rounds; i++) {
        struct relay_live_writing writing = load_flat_out(16, 16 + i % 300);
        struct relay_live_reading reading = {.kind = i / 7 % 3, .batch = i % 5 ? 0 : 1 + i % 40};
        uint32_t cpus[] = {i % 4, (i + 1) % 4};

        writing.rate = i % 3 ? 1e5 * i : INFINITY;
        writing.burst_on = writing.burst_off = i % 2 * 1e-4;
        CHECK_EQ(relay_live_set_writing(load.live, &writing, cpus, 2), 0);
        CHECK_EQ(relay_live_set_reading(load.live, &reading, i % 5 ? cpus : NULL, i % 5 ? 2 : 0),
                 0);
        relay_live_sample(load.live);
    }
    CHECK_EQ(relay_live_pause(load.live), 0);
    load_agrees(&load);
    load_read(&load, by_read);
    load_drain(&load);
    CHECK_EQ(load.sum.torn, load.sum.displaced); /* by who reads behind a mapping */
    load_check_numbers(&load);
    load_close(&load);
}

static void stalls_let_a_buffer_fill(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4};
    struct load load = load_open(&set);
    struct relay_live_writing writing = {.rate = 100000, .min = 64};
    struct relay_live_reading reading = {.kind = RELAY_LIVE_READ, .stall_every = 1e-6, .stall = 1};

    load_write(&load, writing);
    load_read(&load, reading);
    for (unsigned i = 0; i < 1000 && load.sum.stalls == 0; i++) {
        load_run_for(&load, 1000);
        load_count(&load);
    }
    CHECK_EQ(load.sum.stalls, 1);
    load_run_for(&load, 1000);
    load_count(&load);
    CHECK_EQ(load.sum.stalls, 1);
    CHECK_EQ(load.sum.most_ready, 4);
    CHECK(load.sum.refused_full > 0);
    load_close(&load);
}

/* As large as that a buffer would have had to be. */
static void backlog_is_what_waited(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4};
    struct load load = load_open(&set);

    load_write(&load, load_flat_out(64, 64));
    load_run_for(&load, 1000); /* 64 are stored */
    relay_live_sample(load.live);
    load_count(&load);
    CHECK_EQ(load.sum.most_backlog, 64000);
    CHECK_EQ(load.sum.recent_ready, 4);
    load_read(&load, by_read);
    load_drain(&load);
    CHECK_EQ(load.sum.since_report, 0);
    relay_live_sample(load.live);
    relay_live_sample(load.live);
    load_count(&load);
    CHECK_EQ(load.sum.recent_ready, 0);
    load_run_for(&load, 16);
    relay_live_sample(load.live);
    load_count(&load);
    CHECK_EQ(load.sum.most_backlog, 64000);
    load_close(&load);
}

/* ---------------------------------------------------------------- errors */

static void check_refused(struct load *load, struct relay_live_writing writing,
                          enum relay_error_code error)
{
    relay_error_clear();
    CHECK_EQ(relay_live_set_writing(load->live, &writing, NULL, 0), -EINVAL);
    CHECK_EQ(relay_error(), error);
}

/* Each of them alone: as long as can be, longer, less than nothing, none at all. */
static void check_times_of_readers(struct load *load)
{
    static const double times[] = {86400, 86401, -1, NAN};

    for (unsigned i = 0; i < 12; i++) {
        double time = times[i % 4];
        struct relay_live_reading reading = {.kind = RELAY_LIVE_NO_READER,
                                             .pace = i / 4 == 0 ? time : 0,
                                             .stall = i / 4 == 1 ? time : 0,
                                             .stall_every = i / 4 == 2 ? time : 0};

        relay_error_clear();
        CHECK_EQ(relay_live_set_reading(load->live, &reading, NULL, 0), i % 4 ? -EINVAL : 0);
        CHECK_EQ(relay_error(), i % 4 ? RELAY_ERR_LIVE_TIME : RELAY_ERR_OK);
    }
}

static void lists_up_to_the_longest(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4};
    static uint32_t sizes[RELAY_LIVE_MOST_SIZES];
    struct load load = load_open(&set);

    for (size_t i = 0; i < RELAY_LIVE_MOST_SIZES; i++)
        sizes[i] = 64;
    for (size_t count = 1; count <= RELAY_LIVE_MOST_SIZES; count += RELAY_LIVE_MOST_SIZES - 1)
        load_write(&load, (struct relay_live_writing){
                              .rate = 1, .sizes = RELAY_LIVE_LIST, .list = sizes, .count = count});
    load_close(&load);
}

/* There is a last counter, and none behind it; where nothing is to be reached it does not matter. */
static void breaks_at_counters_that_there_are(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4};
    struct load load = load_open(&set);

    for (unsigned over = 0; over < 3; over++)
        for (uint64_t value = 0; value < 2; value++) {
            struct relay_live_break where = {
                .reaches = (enum relay_live_counter)(RELAY_LIVE_N_COUNTERS - 1 + over),
                .value = value};
            bool refused = over > 0 && value > 0;

            relay_error_clear();
            CHECK_EQ(relay_live_set_break(load.live, &where), refused ? -EINVAL : 0);
            CHECK_EQ(relay_error(), refused ? RELAY_ERR_ARGUMENT : RELAY_ERR_OK);
        }
    load_close(&load);
}

static void wrong_settings_are_refused(void)
{
    static const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4, .cpus = 2};
    struct load load = load_open(&set);
    struct relay_live_writing ok = {.rate = 1, .min = 64, .max = 64, .mean = 64}, wrong;
    struct relay_live_reading reading = by_read;
    static const uint32_t sizes[] = {64, 8};

#define WRONG(field, value, error)                                                                 \
    wrong = ok;                                                                                    \
    wrong.field = (value);                                                                         \
    check_refused(&load, wrong, RELAY_ERR_##error)
    WRONG(rate, -1, LIVE_RATE);
    WRONG(rate, NAN, LIVE_RATE);
    WRONG(min, 15, LIVE_SIZES);
    WRONG(min, 65537, LIVE_SIZES);
    WRONG(burst_on, -1, LIVE_TIME);
    WRONG(burst_off, INFINITY, LIVE_TIME);
    WRONG(sizes, RELAY_LIVE_LIST, LIVE_SIZES);
    WRONG(sizes, (enum relay_live_sizes)9, LIVE_SIZES);
    ok.list = sizes;
    ok.count = 2;
    WRONG(sizes, RELAY_LIVE_LIST, LIVE_SIZES);
    ok.sizes = RELAY_LIVE_LIST;
    ok.count = 1;
    WRONG(count, 0, LIVE_SIZES);
    WRONG(count, RELAY_LIVE_MOST_SIZES + 1, LIVE_SIZES);
    WRONG(list, NULL, LIVE_SIZES);
    ok.sizes = RELAY_LIVE_UNIFORM;
    WRONG(max, 63, LIVE_SIZES);
    ok.sizes = RELAY_LIVE_EXPONENTIAL;
    WRONG(mean, 65, LIVE_SIZES);
#undef WRONG
    ok.sizes = RELAY_LIVE_FIXED;
    CHECK_EQ(relay_live_set_writing(load.live, &ok, (uint32_t[]){0, 2}, 2), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    check_times_of_readers(&load);
    reading.batch = RELAY_LIVE_MOST_READ + 1;
    CHECK_EQ(relay_live_set_reading(load.live, &reading, NULL, 0), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_LIVE_BATCH);
    CHECK_EQ(relay_live_set_flush(load.live, 1e-6), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_LIVE_TIME);
    CHECK_EQ(relay_live_set_break(load.live, &(struct relay_live_break){.grows = 1u << 31}),
             -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_ARGUMENT);
    CHECK_EQ(relay_live_set_break(load.live, &(struct relay_live_break){.one_cpu = true, .cpu = 2}),
             -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    CHECK(!relay_live_lanes(load.live, 1, (uint32_t[]){2}, 1, (uint32_t[4]){0}, 4));
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    CHECK_EQ(relay_live_run(load.live), 0);
    CHECK_EQ(relay_live_drain(load.live), -EBUSY);
    CHECK_EQ(relay_error(), RELAY_ERR_RUNNING);
    load_count(&load);
    CHECK_EQ(load.sum.attempted, 0); /* nothing of it was taken up */
    load_close(&load);
}

static void no_pool_without_a_channel(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 2, 1);
    const struct relay_live_options wrong[] = {{.writer_threads = RELAY_LIVE_MOST_THREADS + 1},
                                               {.reader_threads = RELAY_LIVE_MOST_THREADS + 1},
                                               {.event_seconds = -1},
                                               {.event_seconds = NAN}};

    CHECK(!relay_live_open(NULL, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_NO_CHANNEL);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        relay_error_clear();
        CHECK(!relay_live_open(chan, &wrong[i]));
        CHECK_EQ(relay_error(), RELAY_ERR_ARGUMENT);
    }
    relay_get(chan);
    relay_close(chan);
    CHECK(!relay_live_open(chan, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_CLOSED);
    relay_put(chan);
    relay_live_close(NULL);
    relay_live_put(NULL);
}

static void a_buffer_without_a_file_cannot_be_read(void)
{
    struct relay_options opt = {.cpus = 1};
    struct load load = {
        .chan = relay_open_on(NULL, NULL, 1024, 4, load_callbacks(false, false), NULL, &opt)};

    NEED(load.chan);
    load.live = relay_live_open(load.chan, NULL);
    NEED(load.live);
    CHECK_EQ(relay_live_set_reading(load.live, &by_read, NULL, 0), -ENOENT);
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_FOUND);
    load_write(&load, load_flat_out(64, 64));
    load_run_for(&load, 30);
    CHECK_EQ(relay_late_setup_files(load.chan, "late", NULL), 0);
    load_read(&load, by_read);
    load_drain(&load);
    CHECK_EQ(load.sum.intact, 30);
    load_close(&load);
}

static const struct check_test tests[] = {
    TEST(stops_at_the_first_loss),
    TEST(stops_with_a_reader_at_work),
    TEST(stops_all_writers),
    TEST(stops_where_a_counter_is_reached),
    TEST(stops_the_reader),
    TEST(break_is_set_while_running),
    TEST(the_time_of_a_hit),
    TEST(sizes_come_as_set),
    TEST(a_rate_is_kept),
    TEST(settings_change_while_running),
    TEST(stalls_let_a_buffer_fill),
    TEST(backlog_is_what_waited),
    TEST(lists_up_to_the_longest),
    TEST(breaks_at_counters_that_there_are),
    TEST(wrong_settings_are_refused),
    TEST(no_pool_without_a_channel),
    TEST(a_buffer_without_a_file_cannot_be_read),
};
CHECK_MAIN(tests, kit_before, kit_after)
