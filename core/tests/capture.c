/* SPDX-License-Identifier: MIT */
/*
 * The index of captures: what it finds in a small one, and that it stays within whatever it is given.
 * Where records are in damaged captures is compared with a plain index in tests/capture.
 */
#include "check.h"
#include "relay/relay_capture.h"

enum { ROOM = 64, LARGEST = 40, HEADER = 6 };

/* mark of 4 bytes, length of what follows, number */
static const struct relay_layout layout = {
    .mark = {0, 4, 0, 0},
    .mark_low = 0x11223344,
    .mark_high = 0x11223344,
    .length = {4, 1, 0, 0},
    .length_bias = HEADER,
    .header = HEADER,
    .largest = LARGEST,
    .sequence = {5, 1, 0, 0},
};

static struct relay_record rows[ROOM];

static size_t put(uint8_t *to, uint8_t length, uint8_t number)
{
    const uint8_t head[HEADER] = {0x44, 0x33, 0x22, 0x11, length, number};

    memcpy(to, head, HEADER);
    memset(to + HEADER, number, length);
    return (size_t)HEADER + length;
}

static size_t found(const struct relay_layout *how, const uint8_t *data, uint64_t size,
                    bool is_last, uint64_t *used)
{
    const struct relay_capture_stretch stretch = {data, size, 0, is_last};

    return relay_capture_index(how, &stretch, rows, ROOM, used);
}

static void check_row(size_t row, uint64_t at, uint32_t length, enum relay_record_kind kind)
{
    CHECK_EQ(rows[row].at, at);
    CHECK_EQ(rows[row].length, length);
    CHECK_EQ(rows[row].kind, kind);
}

static void records_follow_one_another(void)
{
    uint8_t data[100];
    size_t size = put(data, 3, 1);
    uint64_t used;

    size += put(data + size, 0, 2);
    CHECK_EQ(found(&layout, data, size, true, &used), 2);
    CHECK_EQ(used, size);
    check_row(0, 0, 9, RELAY_RECORD_WHOLE);
    check_row(1, 9, 6, RELAY_RECORD_WHOLE);
    CHECK_EQ(rows[1].sequence, 2);
}

static void noise_and_a_cut_end_are_told(void)
{
    uint8_t data[100] = {1, 2, 3};
    size_t size = 3 + put(data + 3, 3, 1);
    uint64_t used;

    put(data + size, 10, 2);
    CHECK_EQ(found(&layout, data, size + 12, true, &used), 3);
    check_row(0, 0, 3, RELAY_RECORD_DAMAGE);
    check_row(1, 3, 9, RELAY_RECORD_WHOLE);
    check_row(2, 12, 12, RELAY_RECORD_CUT);
}

static void the_end_of_a_stretch_is_left_for_the_next(void)
{
    uint8_t data[100];
    size_t size = put(data, 3, 1);
    uint64_t used;

    size += put(data + size, 5, 2);
    /* the second record's follower is not in sight */
    CHECK_EQ(found(&layout, data, size, false, &used), 1);
    CHECK_EQ(used, 9);
}

static void a_length_that_leads_over_others_is_damage(void)
{
    uint8_t data[100];
    size_t size = put(data, 3, 1);
    uint64_t used;

    size += put(data + size, 2, 2);
    size += put(data + size, 2, 3);
    data[4] = 3 + 8; /* the first one ends where the third begins */
    CHECK_EQ(found(&layout, data, size, true, &used), 3);
    check_row(0, 0, 9, RELAY_RECORD_DAMAGE);
    check_row(1, 9, 8, RELAY_RECORD_WHOLE);
}

/* Where a layout says which lengths there are there is no other. */
static void lengths_that_there_are(void)
{
    struct relay_layout one = layout, two = layout;
    uint8_t data[100];
    size_t size = put(data, 3, 1);
    uint64_t used;

    one.lengths[0] = two.lengths[0] = HEADER + 3;
    two.lengths[1] = HEADER + 2;
    size += put(data + size, 2, 2);
    CHECK_EQ(found(&one, data, size, true, &used), 2);
    check_row(0, 0, 9, RELAY_RECORD_WHOLE);
    check_row(1, 9, 8, RELAY_RECORD_DAMAGE);
    CHECK_EQ(found(&two, data, size, true, &used), 2);
    check_row(1, 9, 8, RELAY_RECORD_WHOLE);
}

/* No row is filled behind those that there are, and the rest comes with the next call. */
static void no_more_rows_than_there_is_room(void)
{
    uint8_t data[100];
    size_t size = put(data, 3, 1);
    uint64_t used;

    size += put(data + size, 0, 2);
    size += put(data + size, 0, 3);
    for (size_t room = 0; room < 5; room++) {
        const struct relay_capture_stretch stretch = {data, size, 0, true};
        size_t expected = room < 3 ? room : 3;

        memset(rows, 0xee, sizeof(rows));
        CHECK_EQ(relay_capture_index(&layout, &stretch, rows, room, &used), expected);
        CHECK_EQ(used, expected ? 3 + expected * HEADER : 0);
        CHECK_EQ(((const unsigned char *)&rows[expected])[0], 0xee);
    }
}

/* A mark of equal bytes is found one byte further on as well: what begins there is a record, too. */
static void a_record_within_another_from_its_next_byte_on(void)
{
    struct relay_layout same = layout;
    const uint8_t records[2][15] = {
        /* one of 9 bytes, with one of 8 from its second byte on; another */
        {3, 3, 3, 3, 3, 2, 0, 0, 0, 3, 3, 3, 3, 0, 9},
        /* the same with one of 7 from its third byte on */
        {3, 3, 3, 3, 3, 3, 1, 0, 0, 3, 3, 3, 3, 0, 9},
    };
    uint64_t used;

    same.mark_low = same.mark_high = 0x03030303;
    for (size_t i = 0; i < 2; i++) {
        CHECK_EQ(found(&same, records[i], sizeof(records[i]), true, &used), 3);
        check_row(0, 0, (uint32_t)i + 1, RELAY_RECORD_DAMAGE);
        check_row(1, i + 1, (uint32_t)(8 - i), RELAY_RECORD_WHOLE);
        check_row(2, 9, 6, RELAY_RECORD_WHOLE);
    }
}

static void layouts_that_cannot_be(void)
{
    struct relay_layout wrong = layout;

    CHECK(relay_layout_is_valid(&wrong));
    wrong.sequence.size = 3;
    CHECK(!relay_layout_is_valid(&wrong));
    wrong = layout;
    wrong.length.offset = UINT32_MAX;
    CHECK(!relay_layout_is_valid(&wrong));
    wrong = layout;
    wrong.header = LARGEST + 1;
    CHECK(!relay_layout_is_valid(&wrong));
}

/* Random bytes with marks among them, in memory of exactly their size: the sanitizer looks on. */
static void nothing_outside_is_read(void)
{
    uint32_t seed = 1;

    for (int round = 0; round < 3000; round++) {
        seed = seed * 1664525u + 1013904223u;
        size_t size = 1 + (seed >> 8) % 300;
        uint8_t *data = malloc(size);
        uint64_t at = 0;

        for (size_t i = 0; i < size; i++) {
            seed = seed * 1664525u + 1013904223u;
            data[i] = (uint8_t)(seed >> 24);
            if (seed >> 8 & 7 && i % 7 < 4)
                data[i] = (uint8_t)(0x44 - 0x11 * (i % 7));
        }
        while (at < size) {
            const struct relay_capture_stretch stretch = {data + at, size - at, at, true};
            uint64_t used;
            size_t n = relay_capture_index(&layout, &stretch, rows, 2, &used);

            NEED(n > 0 && used > 0 && used <= size - at);
            CHECK_EQ(rows[n - 1].at + rows[n - 1].length, at + used);
            at += used;
        }
        free(data);
    }
}

/* no test leaves anything */
static void nothing(void)
{
}

static const struct check_test tests[] = {
    TEST(records_follow_one_another),
    TEST(noise_and_a_cut_end_are_told),
    TEST(the_end_of_a_stretch_is_left_for_the_next),
    TEST(a_length_that_leads_over_others_is_damage),
    TEST(lengths_that_there_are),
    TEST(no_more_rows_than_there_is_room),
    TEST(a_record_within_another_from_its_next_byte_on),
    TEST(layouts_that_cannot_be),
    TEST(nothing_outside_is_read),
};
CHECK_MAIN(tests, nothing, nothing)
