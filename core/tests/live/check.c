/* SPDX-License-Identifier: MIT */
/*
 * What readers say of bytes that were made for them: a test that knows a pool's session writes its
 * events, whole and broken, in any order, and every count is known beforehand.
 */
#include "events.h"

enum { BYTES = 1 << 20 };

static const struct load_options one_cpu = {
    .subbuf_size = 65536, .n_subbufs = 64, .simulated = true};

static struct load load;

/* ---------------------------------------------------------------- what is written */

static void put_event(uint64_t number, uint32_t length)
{
    CHECK_EQ(relay_write_on(load.chan, 0, event_of(0, number, length), length), RELAY_STORED);
}

/* The events from number `from` on, before `to`. */
static void put_events(uint64_t from, uint64_t to)
{
    for (uint64_t number = from; number < to; number++)
        put_event(number, 16);
}

/* ---------------------------------------------------------------- what is found */

static void begin(const struct load_options *set, enum relay_live_reader kind, uint32_t batch)
{
    load = load_open(set);
    load_read(&load, (struct relay_live_reading){.kind = kind, .batch = batch});
}

/* What came of the events: none but these. */
static void found(uint64_t intact, uint64_t missing, uint64_t late, uint64_t twice, uint64_t torn)
{
    load_drain(&load);
    CHECK_EQ(load.sum.intact, intact);
    CHECK_EQ(load.sum.missing, missing);
    CHECK_EQ(load.sum.late, late);
    CHECK_EQ(load.sum.twice, twice);
    CHECK_EQ(load.sum.torn, torn);
}

/* What the bytes were that are in no whole event. */
static void found_bytes(uint64_t torn, uint64_t unwritten, uint64_t header)
{
    CHECK_EQ(load.sum.torn_bytes, torn);
    CHECK_EQ(load.sum.unwritten, unwritten);
    CHECK_EQ(load.sum.header_bytes, header);
    CHECK_EQ(load.sum.bytes,
             load.sum.intact_bytes + load.sum.twice_bytes + torn + unwritten + header);
}

/* ---------------------------------------------------------------- numbers */

static void numbers_in_order(void)
{
    begin(&one_cpu, RELAY_LIVE_READ, 0);
    for (uint32_t length = 16; length < 400; length++)
        put_event(length - 16, length);
    found(384, 0, 0, 0, 0);
    found_bytes(0, 0, 0);
    CHECK_EQ(load.sum.intact_bytes, (16 + 399) * 384 / 2);
    load_close(&load);
}

static void numbers_that_come_again(void)
{
    begin(&one_cpu, RELAY_LIVE_READ, 0);
    put_events(0, 10);
    put_event(9, 20);
    put_event(0, 30);
    found(10, 0, 0, 2, 0);
    CHECK_EQ(load.sum.twice_bytes, 50);
    found_bytes(0, 0, 0);
    put_events(10, 12);
    put_event(11, 16);
    found(12, 0, 0, 3, 0);
    load_close(&load);
}

/* Missing, then there after all: once; then it comes again. */
static void numbers_that_come_late(void)
{
    begin(&one_cpu, RELAY_LIVE_READ, 0);
    put_events(0, 3);
    put_event(7, 16); /* 3 … 6 are missing */
    found(4, 4, 0, 0, 0);
    put_event(5, 16);
    put_event(3, 16);
    found(6, 4, 2, 0, 0);
    put_event(5, 16);
    put_event(7, 16);
    put_event(2, 16);
    found(6, 4, 2, 3, 0);
    put_event(8, 16);
    put_event(4, 16);
    found(8, 4, 3, 3, 0);
    load_close(&load);
}

/*
 * As many numbers are remembered as are in a buffer full of the shortest events, twice, and 4096 at
 * least: what is late by more counts as having come before.
 */
static void how_far_back_numbers_are_known(void)
{
    const struct load_options set = {.subbuf_size = 65536, .n_subbufs = 1, .simulated = true};
    const uint64_t window = 65536 / 16 * 2;

    for (unsigned i = 0; i < 2; i++) {
        begin(&set, RELAY_LIVE_READ, 0);
        put_event(0, 16);
        put_event(window + i, 16); /* 1 … are missing */
        found(2, window - 1 + i, 0, 0, 0);
        put_event(1, 16); /* `window` before the next, or one more */
        found(3 - i, window - 1 + i, 1 - i, i, 0);
        put_event(2, 16);
        found(4 - i, window - 1 + i, 2 - i, i, 0);
        load_close(&load);
    }
}

/* The oldest that is remembered is: it has come before. */
static void how_far_back_what_came_is_known(void)
{
    const struct load_options set = {.subbuf_size = 65536, .n_subbufs = 1, .simulated = true};
    const uint64_t window = 65536 / 16 * 2;

    begin(&set, RELAY_LIVE_READ, 0);
    put_event(0, 16);
    put_event(window - 1, 16);
    put_event(0, 16); /* `window` before the next */
    found(2, window - 2, 0, 1, 0);
    load_close(&load);
}

static void how_far_back_at_least(void)
{
    const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4, .simulated = true};

    begin(&set, RELAY_LIVE_READ, 0);
    put_event(4097, 16);
    put_event(1, 16); /* the next is 4098 */
    put_event(2, 16);
    put_event(2, 16);
    found(2, 4097, 1, 2, 0);
    load_close(&load);
}

/* What was remembered of older numbers is forgotten where new ones take their place. */
static void numbers_far_ahead(void)
{
    const struct load_options set = {.subbuf_size = 1024, .n_subbufs = 4, .simulated = true};
    static const uint64_t jumps[] = {1, 63, 64, 65, 200, 1000, 4095, 4096, 4097, 10000};
    uint64_t next = 1, came = 1, missing = 0, late = 0, twice = 0;

    begin(&set, RELAY_LIVE_READ, 0);
    put_event(0, 16);
    for (size_t i = 0; i < 3 * sizeof(jumps) / sizeof(*jumps); i++) {
        uint64_t jump = jumps[i % 10], after = next + jump, back = jump < 4095 ? jump : 4095;

        put_event(after, 16);
        missing += jump;
        put_event(after - back, 16); /* the oldest that is still missing, or known */
        put_event(after - 1, 16);
        put_event(next - 1, 16); /* which has come, as long as it is known and when it is not */
        late += back == 1 ? 1 : 2;
        came += back == 1 ? 2 : 3;
        twice += back == 1 ? 2 : 1;
        next = after + 1;
        found(came, missing, late, twice, 0);
    }
    load_close(&load);
}

/* Each CPU has its own numbers; in a buffer of its own the others' events are not its own. */
static void numbers_of_several_cpus(void)
{
    for (unsigned global = 0; global < 2; global++) {
        const struct load_options set = {
            .subbuf_size = 4096, .n_subbufs = 4, .cpus = 3, .is_global = global, .simulated = true};
        struct relay_live_counts rows[3];

        begin(&set, RELAY_LIVE_READ, 0);
        for (unsigned i = 0; i < 9; i++)
            relay_write_on(load.chan, 0, event_of(i % 4, i / 4, 20), 20); /* cpu 3 is nobody */
        put_event(3, 16);
        found(global ? 8 : 4, 0, 0, 0, 0);
        found_bytes(0, global ? 40 : 120, 0);
        relay_live_totals(load.live, rows, 3);
        CHECK_EQ(rows[0].intact, 4);
        CHECK_EQ(rows[1].intact, global ? 2 : 0);
        CHECK_EQ(rows[2].intact, global ? 2 : 0);
        load_close(&load);
    }
}

/* ---------------------------------------------------------------- bytes */

/* Nobody of the pool wrote these: foreign bytes, another pool's event, lengths that no event has. */
static void bytes_that_are_no_events(void)
{
    unsigned char event[64 + LIVE_BLOCK];
    uint32_t length = 12;

    begin(&one_cpu, RELAY_LIVE_READ, 0);
    kit_put(load.chan, 0, 'x', 7);
    put_event(0, 16);
    live_event_make(event, 0, 1, 40, SESSION + 1);
    relay_write_on(load.chan, 0, event, 40);
    put_event(1, 64);
    live_event_make(event, 0, 2, 32, SESSION);
    memcpy(event + 8, &length, sizeof(length)); /* and its checksum is wrong */
    relay_write_on(load.chan, 0, event, 32);
    put_event(2, 16);
    kit_put(load.chan, 0, 'y', 5);
    found(3, 0, 0, 0, 0);
    found_bytes(0, 7 + 40 + 32 + 5, 0);
    load_close(&load);
}

/* A byte of an event is not its own: what is right of it came, what is behind belongs to it, too. */
static void an_event_that_is_wrong_at(uint32_t at, uint32_t length)
{
    unsigned char event[400 + LIVE_BLOCK];

    begin(&one_cpu, RELAY_LIVE_READ, 0);
    put_event(0, 16);
    live_event_make(event, 0, 1, length, SESSION);
    event[at] ^= 0x40;
    relay_write_on(load.chan, 0, event, length);
    put_event(2, 40);
    kit_put(load.chan, 0, 'x', 9);
    put_event(3, 40);
    found(3, 1, 0, 0, 1);
    found_bytes(length, 9, 0);
    load_close(&load);
}

static void events_that_are_wrong_somewhere(void)
{
    static const uint32_t lengths[] = {17, 24, 31, 79, 80, 81, 150, 399};

    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
        for (uint32_t at = 16; at < lengths[i]; at += at < 30 || at + 10 > lengths[i] ? 1 : 7)
            an_event_that_is_wrong_at(at, lengths[i]);
}

/* Where the head itself is wrong nothing begins: the bytes are nobody's. */
static void events_without_their_head(void)
{
    unsigned char event[40 + LIVE_BLOCK];

    for (uint32_t at = 0; at < 16; at++) {
        begin(&one_cpu, RELAY_LIVE_READ, 0);
        put_event(0, 16);
        live_event_make(event, 0, 1, 40, SESSION);
        event[at] ^= 0x40;
        relay_write_on(load.chan, 0, event, 40);
        put_event(2, 16);
        found(2, 1, 0, 0, 0);
        found_bytes(0, 40, 0);
        load_close(&load);
    }
}

/* Nothing comes behind the beginning of an event: it is torn. */
static void an_event_without_its_rest(void)
{
    for (uint32_t came = 16; came < 60; came++) {
        begin(&one_cpu, RELAY_LIVE_READ, 0);
        put_event(0, 16);
        relay_write_on(load.chan, 0, event_of(0, 1, 60), came);
        found(1, 0, 0, 0, 1);
        found_bytes(came, 0, 0);
        load_close(&load);
    }
    begin(&one_cpu, RELAY_LIVE_READ, 0);
    relay_write_on(load.chan, 0, event_of(0, 0, 60), 15); /* too little to tell what it is */
    found(0, 0, 0, 0, 0);
    found_bytes(0, 15, 0);
    load_close(&load);
}

/* The next event is whole, also where its first bytes are those that the torn one would have. */
static void an_event_behind_a_torn_one(void)
{
    unsigned alike[3] = {0}; /* events by how many bytes are right by chance, of a CPU's number */

    for (uint64_t number = 0; alike[1] < 20; number++) {
        const unsigned char *event = event_of(0, number, 60);
        unsigned right = event[36] == 0 ? 1 + (event[37] == 0) : 0;

        if (!right && alike[0])
            continue;
        alike[right]++;
        begin(&one_cpu, RELAY_LIVE_READ, 0);
        relay_write_on(load.chan, 0, event, 36);
        put_event(number + 1, 60);
        put_event(number + 2, 60);
        found(2, number + 1, 0, 0, 1);
        found_bytes(36, 0, 0);
        load_close(&load);
    }
}

/* An event in many calls, of any size, is one event. */
static void events_in_pieces(void)
{
    static const uint32_t lengths[] = {16, 17, 100, 5000, RELAY_LIVE_LONGEST};

    for (uint32_t batch = 1; batch < 40; batch += 6) {
        begin(&one_cpu, RELAY_LIVE_READ, batch);
        for (uint64_t i = 0; i < 5; i++)
            put_event(i, lengths[i]);
        kit_put(load.chan, 0, 'x', 3);
        put_event(5, 16);
        CHECK_EQ(relay_live_simulate(load.live, 0.01), 0); /* a call whenever there is something */
        load_count(&load);
        CHECK(load.sum.reads > load.sum.bytes / batch);
        found(6, 0, 0, 0, 0);
        found_bytes(0, 3, 0);
        load_close(&load);
    }
}

/* The writer was there while they were read: an event that lost its head, and not nobody's. */
static void bytes_that_were_overtaken(void)
{
    const struct load_options set = {
        .subbuf_size = 64, .n_subbufs = 2, .overwrites = true, .simulated = true};

    for (unsigned laps = 0; laps < 2; laps++) {
        begin(&set, RELAY_LIVE_READ, 0);
        load_drain(&load); /* and so begins to watch */
        if (laps)
            for (unsigned i = 0; i < 4; i++)
                kit_put(load.chan, 0, 'x', 64);
        kit_put(load.chan, 0, 'x', 7); /* in a sub-buffer of its own */
        put_event(9, 20);
        found(1, 9, 0, 0, laps);
        if (laps) /* the last of the four is whole, and before it */
            found_bytes(64 + 7, 0, 0);
        else
            found_bytes(0, 7, 0);
        load_close(&load);
    }
}

/* ---------------------------------------------------------------- headers */

/* As read delivers them: before the first event of a sub-buffer, or alone. */
static void headers_of_subbufs(void)
{
    const struct load_options set = {
        .subbuf_size = 64, .n_subbufs = 8, .header = 8, .simulated = true};

    begin(&set, RELAY_LIVE_READ, 0);
    for (uint64_t i = 0; i < 5; i++)
        put_event(i, 40);
    found(5, 0, 0, 0, 0);
    found_bytes(0, 0, 5 * 8);
    relay_flush(load.chan); /* an empty sub-buffer begins: 8 bytes more */
    kit_put(load.chan, 0, 'x', 3);
    put_event(5, 16);
    found(6, 0, 0, 0, 0);
    found_bytes(0, 3, 6 * 8);
    load_close(&load);
}

/* Fewer bytes than a header has are none. */
static void less_than_a_header(void)
{
    const struct load_options set = {
        .subbuf_size = 64, .n_subbufs = 8, .header = 8, .simulated = true};

    begin(&set, RELAY_LIVE_READ, 0);
    put_event(0, 20);
    kit_put(load.chan, 0, 'x', 5);
    put_event(1, 20);
    found(2, 0, 0, 0, 0);
    found_bytes(0, 5, 8);
    load_close(&load);
}

/* A mapping shows where the header ends: a consumer does not take it for anything. */
static void headers_of_mapped_subbufs(void)
{
    const struct load_options set = {
        .subbuf_size = 64, .n_subbufs = 8, .header = 8, .simulated = true};

    begin(&set, RELAY_LIVE_MMAP, 0);
    for (uint64_t i = 0; i < 5; i++)
        put_event(i, 40);
    kit_put(load.chan, 0, 'x', 8);
    relay_flush(load.chan);
    found(5, 0, 0, 0, 0);
    CHECK_EQ(load.sum.header_bytes, 8); /* as long as one, and nobody can tell it from one */
    CHECK_EQ(load.sum.bytes, 5 * 40 + 8);
    load_close(&load);
}

/* ---------------------------------------------------------------- lanes */

/* What was found within a look is in its lane, and in no other. */
static void lanes_say_what_was_seen(void)
{
    static const uint64_t numbers[] = {0, 2, 2, 3, 3};
    static const uint32_t expected[] = {0, RELAY_LIVE_SAW_MISSING, RELAY_LIVE_SAW_TWICE,
                                        RELAY_LIVE_SAW_UNWRITTEN,
                                        RELAY_LIVE_SAW_TORN | RELAY_LIVE_SAW_TWICE};
    const uint32_t all = RELAY_LIVE_SAW_TORN | RELAY_LIVE_SAW_TWICE | RELAY_LIVE_SAW_MISSING |
                         RELAY_LIVE_SAW_UNWRITTEN;
    unsigned char event[40 + LIVE_BLOCK];
    uint32_t flags[5];

    begin(&one_cpu, RELAY_LIVE_READ, 0);
    for (unsigned i = 0; i < 5; i++) {
        CHECK_EQ(relay_live_simulate(load.live, 0.5), 0);
        if (i == 3)
            kit_put(load.chan, 0, 'x', 3);
        if (i == 4) {
            live_event_make(event, 0, 4, 40, SESSION);
            event[20] ^= 1;
            relay_write_on(load.chan, 0, event, 40);
        }
        put_event(numbers[i], 16);
        CHECK_EQ(relay_live_simulate(load.live, 0.5), 0);
    }
    relay_live_sample(load.live);
    CHECK(relay_live_lanes(load.live, 5, NULL, 0, flags, 5));
    for (unsigned i = 0; i < 5; i++)
        CHECK_EQ(flags[i] & all, expected[i]);
    load_close(&load);
}

static const struct check_test tests[] = {
    TEST(numbers_in_order),
    TEST(numbers_that_come_again),
    TEST(numbers_that_come_late),
    TEST(how_far_back_numbers_are_known),
    TEST(how_far_back_what_came_is_known),
    TEST(how_far_back_at_least),
    TEST(numbers_far_ahead),
    TEST(numbers_of_several_cpus),
    TEST(bytes_that_are_no_events),
    TEST(events_that_are_wrong_somewhere),
    TEST(events_without_their_head),
    TEST(an_event_without_its_rest),
    TEST(an_event_behind_a_torn_one),
    TEST(events_in_pieces),
    TEST(bytes_that_were_overtaken),
    TEST(headers_of_subbufs),
    TEST(less_than_a_header),
    TEST(headers_of_mapped_subbufs),
    TEST(lanes_say_what_was_seen),
};
CHECK_MAIN(tests, kit_before, kit_after)
