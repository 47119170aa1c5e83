/* SPDX-License-Identifier: MIT */
/*
 * Lanes of a live pool: what was done on a CPU is in the column of its time, and in no other. On a
 * simulated clock; what others do in the middle of a column can only be in that one.
 */
#include "load.h"

#define COLUMN 0.5 /* seconds: a bin in the middle of it does not reach its ends */

static const struct load_options simulated = {
    .subbuf_size = 1024, .n_subbufs = 4, .simulated = true};

/* `act` in the middle of the next column. */
static void in_a_column(struct load *load, void (*act)(struct load *load))
{
    load_simulate(load, COLUMN / 2);
    if (act)
        act(load);
    load_simulate(load, COLUMN / 2);
}

#define FATE(fate) (1u << (fate))

static void stores(struct load *load)
{
    load_put(load, 1);
}

static void fills(struct load *load)
{
    load_put(load, 64 * 4); /* with the one before, the last is refused */
}

static void reports(struct load *load)
{
    relay_subbufs_consumed(load->chan, 0, 4);
}

static void writes_too_much(struct load *load)
{
    kit_put(load->chan, 0, 'a', 1025);
}

static void resets(struct load *load)
{
    relay_reset(load->chan);
}

static void overwrites(struct load *load)
{
    relay_set_subbuf_start(load->chan, relay_overwrite);
    load_put(load, 64 * 4);
    relay_subbufs_consumed(load->chan, 0, 4);
    load_put(load, 1);
    relay_subbufs_consumed(load->chan, 0, 4);
}

static void begins_to_flush(struct load *load)
{
    CHECK_EQ(relay_live_set_flush(load->live, 0.2), 0); /* once before the column ends */
}

static void ends_to_flush(struct load *load)
{
    CHECK_EQ(relay_live_set_flush(load->live, 0), 0); /* behind the second time */
}

static void begins_to_read(struct load *load)
{
    load_read(load, (struct relay_live_reading){.kind = RELAY_LIVE_READ, .pace = 1000});
}

/* What was done in each column, and what its lane says then. */
static void lanes_say_what_was_done(void)
{
    static const struct {
        void (*act)(struct load *load);
        uint32_t flags;
    } columns[] = {
        {NULL, 0},
        {stores, RELAY_LIVE_DID_STORE},
        {NULL, 0},
        {fills, RELAY_LIVE_DID_STORE | RELAY_LIVE_DID_SWITCH | RELAY_LIVE_WAS_FULL |
                    FATE(RELAY_REFUSED_FULL)},
        {NULL, RELAY_LIVE_WAS_FULL},
        {reports, RELAY_LIVE_DID_RELEASE | FATE(RELAY_RELEASED_UNREAD) | RELAY_LIVE_WAS_FULL},
        {writes_too_much, FATE(RELAY_TOO_BIG)},
        {stores, RELAY_LIVE_DID_STORE},
        {resets, FATE(RELAY_DISCARDED_RESET) | RELAY_LIVE_DID_RELEASE},
        {overwrites, RELAY_LIVE_DID_STORE | RELAY_LIVE_DID_SWITCH | RELAY_LIVE_DID_RELEASE |
                         FATE(RELAY_RELEASED_UNREAD)},
        {begins_to_flush, RELAY_LIVE_DID_SWITCH | RELAY_LIVE_DID_FLUSH},
        {ends_to_flush, RELAY_LIVE_DID_SWITCH | RELAY_LIVE_DID_FLUSH},
        {begins_to_read, RELAY_LIVE_DID_READ | RELAY_LIVE_DID_RELEASE | FATE(RELAY_CONSUMED)},
        {NULL, 0},
    };
    enum { COLUMNS = sizeof(columns) / sizeof(*columns) };
    struct load load = load_open(&simulated);
    uint32_t flags[COLUMNS];

    for (unsigned k = 0; k < COLUMNS; k++)
        in_a_column(&load, columns[k].act);
    CHECK(relay_live_lanes(load.live, COLUMNS * COLUMN, NULL, 0, flags, COLUMNS));
    for (unsigned k = 0; k < COLUMNS; k++)
        if (!CHECK_EQ(flags[k], columns[k].flags))
            fprintf(stderr, "  column %u\n", k);
    load_close(&load);
}

/* What the pool attempts on a closed channel is in its lane, and is no store. */
static void a_late_event_is_no_store(void)
{
    struct load load = load_open(&simulated);
    uint32_t flags;

    load_write(&load, (struct relay_live_writing){.rate = 10, .min = 64});
    relay_get(load.chan);
    relay_close(load.chan);
    load_simulate(&load, COLUMN);
    load_count(&load);
    CHECK_EQ(load.sum.written_late, 1);
    CHECK(relay_live_lanes(load.live, COLUMN, NULL, 0, &flags, 1));
    CHECK_EQ(flags, FATE(RELAY_WRITTEN_LATE));
    relay_live_close(load.live);
    relay_put(load.chan);
}

/* Rows in the order that was asked for; each CPU of a global channel has what it stored itself. */
static void lanes_of_chosen_cpus(void)
{
    static const uint32_t order[] = {2, 0, 2, 1}, unknown[] = {1, 3};

    for (unsigned global = 0; global < 2; global++) {
        struct load_options set = simulated;
        uint32_t flags[9] = {[8] = 77};
        struct load load;

        set.cpus = 3;
        set.is_global = global;
        load = load_open(&set);
        CHECK_EQ(relay_live_set_writing(
                     load.live, &(struct relay_live_writing){.rate = 10, .min = 16}, &order[3], 1),
                 0);
        load_simulate(&load, 0.3);
        load_write(&load, (struct relay_live_writing){0});
        load_simulate(&load, 0.7);
        CHECK(relay_live_lanes(load.live, 1, order, 4, flags, 2));
        for (unsigned row = 0; row < 4; row++) {
            CHECK_EQ(flags[2 * row], row == 3 || (global && row == 1) ? RELAY_LIVE_DID_STORE : 0);
            CHECK_EQ(flags[2 * row + 1], 0);
        }
        CHECK_EQ(flags[8], 77);
        flags[0] = 55;
        relay_error_clear();
        CHECK(!relay_live_lanes(load.live, 1, unknown, 2, flags, 2));
        CHECK_EQ(relay_error(), RELAY_ERR_CPU);
        CHECK(relay_live_lanes(load.live, 1, order, 4, flags, 0));
        CHECK_EQ(flags[0], 55);
        load_close(&load);
    }
}

static const struct check_test tests[] = {
    TEST(lanes_say_what_was_done),
    TEST(a_late_event_is_no_store),
    TEST(lanes_of_chosen_cpus),
};
CHECK_MAIN(tests, kit_before, kit_after)
