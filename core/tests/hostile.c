/* SPDX-License-Identifier: MIT */
/*
 * Saved channels that were cut, damaged or made up. What the checksum finds is refused; with the
 * checksum put right, a block is either refused or gives a valid channel that can be used.
 */
#include "../fuzz/patched.h"
#include "../src/saved.h"
#include "check.h"
#include "kit.h"
#include "relay/relay_save.h"

enum { PATCHED = 20000 };

static unsigned char block[1 << 16];
static size_t block_size;

/* 16x4 on two CPUs: one lapped and half read, one blocked. */
static void save(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 16, 4, 2);
    struct relay_file *file = kit_file(0, O_RDONLY);
    ssize_t size;

    for (int i = 0; i < 9; i++)
        kit_put(chan, 0, 'a', 11);
    kit_read(file, 15);
    relay_file_close(file);
    relay_set_subbuf_start(chan, relay_no_overwrite);
    for (int i = 0; i < 9; i++)
        kit_put(chan, 1, 'b', 10);
    size = relay_save(chan, block, sizeof(block));
    NEED(size > 0);
    block_size = (size_t)size;
    kit_close(chan);
}

static void check_refused(size_t size)
{
    struct relay_saved info;

    relay_error_clear();
    CHECK(!relay_open_saved(block, size, NULL, &kit_overwrite, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_SAVED);
    CHECK_EQ(relay_saved_info(block, size, &info), -EBADMSG);
}

static void cut_at_every_length(void)
{
    save();
    for (size_t size = 0; size < block_size; size++)
        check_refused(size);
    check_refused(block_size + 8);
    CHECK(!relay_open_saved(NULL, 0, NULL, &kit_overwrite, NULL));
}

static void every_byte_flipped(void)
{
    static const unsigned char flips[] = {1, 0x80, 0xff};

    save();
    for (size_t at = 0; at < block_size; at++)
        for (size_t i = 0; i < sizeof(flips); i++) {
            block[at] ^= flips[i];
            check_refused(block_size);
            block[at] ^= flips[i];
        }
    kit_close(relay_open_saved(block, block_size, NULL, &kit_overwrite, NULL));
}

/* Any address will do. */
static void at_odd_addresses(void)
{
    save();
    for (size_t shift = 1; shift < 8; shift++) {
        struct rchan *chan;

        memmove(block + shift, block + shift - 1, block_size);
        chan = relay_open_saved(block + shift, block_size, NULL, &kit_overwrite, NULL);
        NEED(chan);
        kit_close(chan);
    }
}

/* Lap numbers that would pass 2^64 while the channel is used: with three sub-buffers slots and laps
 * would no longer belong together. */
static void counters_that_would_wrap(void)
{
    static const size_t counters[] = {
        offsetof(struct relay_saved_buf, events),       offsetof(struct relay_saved_buf, produced),
        offsetof(struct relay_saved_buf, file_size),    offsetof(struct relay_saved_buf, consumed),
        offsetof(struct relay_saved_buf, events_begin), offsetof(struct relay_saved_buf, stat_big),
        offsetof(struct relay_saved_buf, account),
    };
    const size_t summed = offsetof(struct relay_saved_head, subbuf_size);
    const size_t at = sizeof(struct relay_saved_head) + RELAY_WORD; /* the first buffer */
    struct relay_saved_head head;

    for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
        save();
        memset(block + at + counters[i], 0xf0, sizeof(uint64_t));
        memcpy(&head, block, sizeof(head));
        head.sum = relay_saved_sum(block + summed, block_size - summed);
        memcpy(block, &head, sizeof(head));
        relay_error_clear();
        CHECK(!relay_open_saved(block, block_size, NULL, &kit_overwrite, NULL));
        CHECK_EQ(relay_error(), RELAY_ERR_SAVED);
    }
}

/* Seeds 1, 2, 3 …, more of them with RELAY_SOAK. */
static void with_the_checksum_put_right(void)
{
    unsigned long count = PATCHED * kit_soak(), opened = 0;

    for (unsigned long seed = 1; seed <= count; seed++) {
        uint64_t state = seed * 0x9e3779b97f4a7c15u;
        unsigned char bytes[40];

        for (size_t i = 0; i < sizeof(bytes); i++) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes[i] = (unsigned char)(state >> 32);
        }
        opened += relay_patched(bytes, 3 + state % 37);
    }
    printf("%lu of %lu opened\n", opened, count);
    CHECK(opened > count / 20 && opened < count / 20 * 19);
}

static const struct check_test tests[] = {
    TEST(cut_at_every_length),      TEST(every_byte_flipped),          TEST(at_odd_addresses),
    TEST(counters_that_would_wrap), TEST(with_the_checksum_put_right),
};
CHECK_MAIN(tests, kit_before, kit_after)
