/* SPDX-License-Identifier: MIT */
/*
 * Whose fault a torn event is: the writer's, who came round while it was read; or that of a reader who
 * did not go on where its beginning had ended.
 */
#include "events.h"

static struct load load;
static uint64_t next; /* event's number */

static void begin(size_t subbuf_size, size_t n_subbufs, bool overwrites)
{
    const struct load_options set = {.subbuf_size = subbuf_size,
                                     .n_subbufs = n_subbufs,
                                     .overwrites = overwrites,
                                     .simulated = true};

    load = load_open(&set);
    next = 0;
}

static void put(unsigned count, uint32_t length)
{
    for (unsigned i = 0; i < count; i++, next++)
        CHECK_EQ(relay_write_on(load.chan, 0, event_of(0, next, length), length), RELAY_STORED);
}

/* So many visits, one in a second. */
static void visit(enum relay_live_reader kind, uint32_t batch, unsigned count)
{
    load_read(&load, (struct relay_live_reading){.kind = kind, .batch = batch, .pace = 1});
    CHECK_EQ(relay_live_simulate(load.live, count - 0.5), 0);
    load_count(&load);
}

/* What came, up to now or to the end. */
static void found(uint64_t intact, uint64_t torn, uint64_t displaced)
{
    CHECK_EQ(load.sum.intact, intact);
    CHECK_EQ(load.sum.torn, torn);
    CHECK_EQ(load.sum.displaced, displaced);
    CHECK_EQ(load.sum.most_backlog, 0); /* nothing was written by the pool */
}

/*
 * The buffer has one position for all who read, and consumption by mmap leaves bytes_consumed as it
 * is. In the padding of the next sub-buffer it has read begin the one after that again and again.
 */
static void read_behind_a_mapping(void)
{
    begin(2048, 8, false);
    put(20, 100); /* padding 48 */
    visit(RELAY_LIVE_READ, 1990, 1);
    found(19, 0, 0);
    put(6, 300); /* padding 248 */
    visit(RELAY_LIVE_MMAP, 0, 1);
    found(20, 0, 0);
    put(6, 300);
    put(1, 300);
    visit(RELAY_LIVE_READ, 16, 4);
    load_drain(&load);
    CHECK_EQ(load.sum.torn_bytes, 3 * 16); /* 1990 + 3 × 16 are not more than 2048 */
    CHECK_EQ(load.sum.missing, 6);
    CHECK_EQ(load.sum.unwritten, 0);
    found(27, 3, 3);
    load_close(&load);
}

/* A reset between two read calls, whatever the writer had done before. */
static void a_reset_within_an_event(void)
{
    for (unsigned laps = 0; laps < 2; laps++) {
        begin(128, 4, true);
        put(laps ? 8 : 1, 100);
        visit(RELAY_LIVE_READ, laps ? 340 : 40, 1);
        relay_reset(load.chan);
        put(2, 100);
        load_drain(&load);
        CHECK_EQ(load.sum.lapped, laps);
        CHECK_EQ(load.sum.torn_bytes, 40);
        found(laps ? 5 : 2, 1, 1);
        load_close(&load);
    }
}

/* A mapping whose sub-buffers are gone begins at the first again, and reports what it has read there. */
static void a_reset_within_a_mapped_visit(void)
{
    begin(64, 4, false);
    load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP});
    put(4, 60);
    load_break(&load, 0, RELAY_LIVE_INTACT, 1);
    CHECK_EQ(relay_live_simulate(load.live, 1), 0); /* one of three, and no report */
    relay_reset(load.chan);
    put(2, 60); /* the second lies where it goes on, the first where it begins again */
    load_break(&load, 0, RELAY_LIVE_INTACT, 100);
    CHECK_EQ(relay_live_simulate(load.live, 1), 0);
    load_count(&load);
    found(3, 0, 0);
    CHECK_EQ(load.sum.late, 1);
    CHECK_EQ(load.sum.missing, 4);
    CHECK_EQ(load.sum.reports, 1);
    CHECK_EQ(load.sum.reported, 1);
    load_close(&load);
}

/* However small the pieces are in which it came, and whenever it is known to be torn. */
static void a_lap_within_an_event(void)
{
    for (uint32_t batch = 1; batch < 60; batch++) {
        begin(64, 4, true);
        put(1, 60);
        visit(RELAY_LIVE_READ, batch, 1);
        put(8, 60);
        visit(RELAY_LIVE_READ, batch, 200);
        load_drain(&load);
        found(4, 1, 0);
        CHECK_EQ(load.sum.lapped, 1);
        CHECK_EQ(load.sum.torn_bytes, batch);
        CHECK_EQ(load.sum.unwritten, 0);
        kit_put(load.chan, 0, 'x', 4); /* what comes later is not the writer's doing */
        put(1, 60);
        load_drain(&load);
        found(5, 1, 0);
        CHECK_EQ(load.sum.unwritten, 4);
        load_close(&load);
    }
}

/* The reader is lapped, and nothing is there for it until later, or ever. */
static void nothing_behind_a_lap(void)
{
    for (unsigned more = 0; more < 2; more++) {
        begin(64, 1, true);
        put(1, 60);
        visit(RELAY_LIVE_READ, 40, 1);
        relay_flush(load.chan);
        visit(RELAY_LIVE_READ, 40,
              3); /* it goes to the sub-buffer that is being written, and empty */
        found(0, 0, 0);
        put(more, 60);
        load_drain(&load);
        CHECK_EQ(load.sum.torn_bytes, 40);
        found(more, 1, 0);
        load_close(&load);
    }
}

/*
 * A sub-buffer that is copied out in two pieces, and is written over between them: as what is unread,
 * or as what somebody else had reported.
 */
static void a_lap_within_a_mapped_event(void)
{
    const uint32_t length = 30000, whole = RELAY_LIVE_MOST_READ / length, all = 2 * whole + 1;
    enum { LEFT, OVERWRITTEN, REPORTED, WAYS };

    for (unsigned way = LEFT; way < WAYS; way++) {
        begin(2 * RELAY_LIVE_MOST_READ, 2, true);
        load_read(&load, (struct relay_live_reading){.kind = RELAY_LIVE_MMAP});
        put(all, length);
        relay_flush(load.chan);
        load_break(&load, 0, RELAY_LIVE_INTACT, whole);
        CHECK_EQ(relay_live_simulate(load.live, 1),
                 0); /* up to the break, behind the first piece */
        if (way == REPORTED)
            relay_subbufs_consumed(load.chan, 0, 1);
        if (way != LEFT) {
            put(all, length);
            relay_flush(load.chan);
            put(1, length);
        }
        load_drain(&load);
        found(way == LEFT ? all : whole + all, way != LEFT, 0);
        load_close(&load);
    }
}

static const struct check_test tests[] = {
    TEST(read_behind_a_mapping), TEST(a_reset_within_an_event), TEST(a_reset_within_a_mapped_visit),
    TEST(a_lap_within_an_event), TEST(nothing_behind_a_lap),    TEST(a_lap_within_a_mapped_event),
};
CHECK_MAIN(tests, kit_before, kit_after)
