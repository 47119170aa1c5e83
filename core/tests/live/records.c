/* SPDX-License-Identifier: MIT */
/* Records that a writer writes in pieces: when pieces are due, and which records come in part. */
#include "load.h"

#define EVENT 64
#define PIECES 3

/* Eight events, and so two records and two thirds. */
static const struct load_options small = {
    .subbuf_size = 4 * EVENT, .n_subbufs = 2, .simulated = true};

static struct relay_live_writing in_pieces(uint32_t pieces)
{
    return (struct relay_live_writing){
        .rate = 300, .sizes = RELAY_LIVE_FIXED, .min = EVENT, .pieces = pieces};
}

static void simulate(struct load *load, double seconds)
{
    CHECK_EQ(relay_live_simulate(load->live, seconds), 0);
    load_count(load);
}

static void pieces_are_due_together(void)
{
    struct load load = load_open(&small);

    load_write(&load, in_pieces(PIECES));
    simulate(&load, 1e-9);
    CHECK_EQ(load.sum.attempted, PIECES);
    simulate(&load, 0.01 - 1e-9); /* up to the next record, which is not in it */
    CHECK_EQ(load.sum.attempted, PIECES);
    simulate(&load, 1e-9);
    CHECK_EQ(load.sum.attempted, 2 * PIECES);
    simulate(&load, 0.99 - 1e-9);
    CHECK_EQ(load.sum.attempted, 300);
    load_close(&load);
}

/*
 * Each visit finds eight events, the first ones of ten records: two records and two pieces of a third.
 * What came of that is known at the next visit.
 */
static void a_full_buffer_tears_a_record(enum relay_live_reader kind, uint32_t pieces,
                                         uint64_t torn)
{
    struct load load = load_open(&small);

    load_write(&load, in_pieces(pieces));
    simulate(&load, 1e-3); /* the first record, or its first events */
    load_read(&load, (struct relay_live_reading){.kind = kind, .pace = 0.1});
    simulate(&load, 1.05);
    CHECK(load.sum.refused_full > 0);
    CHECK_EQ(load.sum.torn + load.sum.twice + load.sum.unwritten, 0);
    CHECK_EQ(load.sum.torn_records, torn);
    load_close(&load);
}

static void records_that_come_in_part_are_counted(void)
{
    a_full_buffer_tears_a_record(RELAY_LIVE_MMAP, PIECES, 9);
    a_full_buffer_tears_a_record(RELAY_LIVE_MMAP, 1, 0);
    a_full_buffer_tears_a_record(RELAY_LIVE_MMAP, 0, 0);
    a_full_buffer_tears_a_record(RELAY_LIVE_MMAP, 4, 0); /* two whole ones fit */
}

/* Two pieces are a record already: each visit finds nine events, four records and the half of one. */
static void two_pieces_are_a_record(void)
{
    for (uint32_t pieces = 1; pieces < 4; pieces++) {
        static const struct load_options nine = {
            .subbuf_size = 3 * EVENT, .n_subbufs = 3, .simulated = true};
        struct load load = load_open(&nine);

        load_write(&load, in_pieces(pieces));
        load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_READ, .pace = 0.1});
        simulate(&load, 1.05);
        CHECK(load.sum.refused_full > 0);
        CHECK_EQ(load.sum.torn_records, pieces == 2 ? 9 : 0);
        load_close(&load);
    }
}

/* A break stops in the visit that finds the first of them, and tells whose it is. */
static void a_torn_record_stops_all(void)
{
    struct load load = load_open(&small);
    struct relay_live_hit hit;

    load_write(&load, in_pieces(PIECES));
    simulate(&load, 1e-3);
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP, .pace = 0.1});
    load_break(&load, 1u << RELAY_LIVE_TORN_RECORDS, 0, 0);
    simulate(&load, 1.05);
    CHECK(relay_live_last_hit(load.live, &hit));
    CHECK_EQ(hit.counter, RELAY_LIVE_TORN_RECORDS);
    CHECK_EQ(hit.value, 1);
    CHECK_EQ(hit.cpu, 0);
    CHECK_EQ(load.sum.torn_records, 1);
    CHECK(hit.time < 0.5); /* the second visit, of ten */
    load_close(&load);
}

/* What was under way when the setting came is not judged. */
static void records_begin_anew_with_a_setting(void)
{
    struct load load = load_open(&small);

    load_write(&load, in_pieces(5));
    simulate(&load, 0.015); /* one record, at 0 */
    CHECK_EQ(load.sum.attempted, 5);
    load_write(&load, in_pieces(2));
    simulate(&load, 0.003); /* the next record was due then, but of five */
    CHECK_EQ(load.sum.attempted, 7);
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_READ});
    simulate(&load, 1);
    CHECK_EQ(load.sum.intact, load.sum.attempted);
    CHECK_EQ(load.sum.torn_records, 0);
    load_close(&load);
}

static void threads_tear_none_that_they_give_up(void)
{
    static const struct load_options set = {.subbuf_size = 65536, .n_subbufs = 64, .threads = 1};
    struct relay_live_writing writing = in_pieces(7);
    struct load load = load_open(&set);

    writing.rate = 1e9; /* more than can be written: whole records are given up */
    load_write(&load, writing);
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP});
    load_run_for(&load, 2000000);
    CHECK_EQ(relay_live_pause(load.live), 0);
    load_count(&load);
    CHECK(load.sum.skipped % 7 == 0);
    CHECK(load.sum.torn_records <= load.sum.refused_full);
    load_close(&load);
}

static void too_many_pieces_are_refused(void)
{
    struct load load = load_open(&small);
    struct relay_live_writing writing = in_pieces(RELAY_LIVE_MOST_PIECES + 1);

    CHECK_EQ(relay_live_set_writing(load.live, &writing, NULL, 0), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_LIVE_SIZES);
    load_close(&load);
}

static const struct check_test tests[] = {
    TEST(pieces_are_due_together),           TEST(records_that_come_in_part_are_counted),
    TEST(two_pieces_are_a_record),           TEST(a_torn_record_stops_all),
    TEST(records_begin_anew_with_a_setting), TEST(threads_tear_none_that_they_give_up),
    TEST(too_many_pieces_are_refused),
};
CHECK_MAIN(tests, kit_before, kit_after)
