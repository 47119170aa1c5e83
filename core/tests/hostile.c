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

enum { PATCHED = 10000 };

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
    relay_error_clear();
    CHECK_EQ(relay_saved_info(block, size, &info), -EBADMSG);
    CHECK_EQ(relay_error(), RELAY_ERR_SAVED);
}

/* Where the first buffer lies, and the second, behind the runs of the first. */
static const size_t FIRST_BUF = sizeof(struct relay_saved_head) + RELAY_WORD;

static size_t second_buf(void)
{
    struct relay_saved_run run = {.words = 1};
    struct relay_saved_buf first;
    size_t at = FIRST_BUF + sizeof(first);

    memcpy(&first, block + FIRST_BUF, sizeof(first));
    at += first.slots * sizeof(struct relay_slot);
    while (run.words) {
        memcpy(&run, block + at, sizeof(run));
        at += sizeof(run) + run.words * RELAY_WORD;
    }
    return at;
}

/* Size and checksum are put right. */
static void seal(void)
{
    const size_t summed = offsetof(struct relay_saved_head, subbuf_size);
    struct relay_saved_head head;

    memcpy(&head, block, sizeof(head));
    head.size = block_size;
    head.sum = relay_saved_sum(block + summed, block_size - summed);
    memcpy(block, &head, sizeof(head));
}

/* Refused although size and checksum are right. */
static void check_refused_sealed(void)
{
    seal();
    relay_error_clear();
    CHECK(!relay_open_saved(block, block_size, NULL, &kit_overwrite, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_SAVED);
    CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
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
    for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++) {
        save();
        memset(block + FIRST_BUF + counters[i], 0xf0, sizeof(uint64_t));
        check_refused_sealed();
    }
}

/* The same with counters and laps that belong together, as a channel would have them that had
 * been used so long: a multiple of the number of sub-buffers further. */
static void laps_that_would_wrap(void)
{
    static const uint64_t far[] = {UINT64_C(1) << 61, UINT64_C(1) << 62, UINT64_MAX / 4 * 3};

    for (size_t i = 0; i < sizeof(far) / sizeof(*far); i++) {
        uint64_t further = far[i] - far[i] % 4;
        struct rchan *chan;
        struct relay_saved_buf buf;

        save();
        memcpy(&buf, block + FIRST_BUF, sizeof(buf));
        buf.produced += further;
        buf.consumed += further;
        memcpy(block + FIRST_BUF, &buf, sizeof(buf));
        for (size_t slot = 0; slot < buf.slots; slot++) {
            size_t at = FIRST_BUF + sizeof(buf) + slot * sizeof(struct relay_slot);
            struct relay_slot moved;

            memcpy(&moved, block + at, sizeof(moved));
            moved.lap += further;
            memcpy(block + at, &moved, sizeof(moved));
        }
        if (i > 0) {
            check_refused_sealed();
            continue;
        }
        seal(); /* far, and still possible */
        chan = relay_open_saved(block, block_size, NULL, &kit_overwrite, NULL);
        NEED(chan);
        kit_close(chan);
    }
}

/* The name has an end, in any case. */
static void a_name_without_an_end(void)
{
    save();
    block[offsetof(struct relay_saved_head, base_filename) + RELAY_NAME_MAX + RELAY_WORD - 1] = 'x';
    check_refused_sealed();
}

/* The zeros behind the last bytes are as many as there are. */
static void zeros_that_do_not_end_with_the_buffer(void)
{
    for (int more = -1; more <= 1; more += 2) {
        struct relay_saved_run last;

        save();
        memcpy(&last, block + block_size - sizeof(last), sizeof(last));
        last.zeros += (uint32_t)more;
        memcpy(block + block_size - sizeof(last), &last, sizeof(last));
        check_refused_sealed();
    }
}

/* More than the channel needs. */
static void bytes_behind_the_last_buffer(void)
{
    for (size_t more = RELAY_WORD; more < 200; more += RELAY_WORD) {
        save();
        memset(block + block_size, 0, more);
        block_size += more;
        check_refused_sealed();
    }
}

/* Both buffers say that they are cpu 0's, or both cpu 1's; or one is of no CPU at all. */
static void two_buffers_of_one_cpu(void)
{
    static const uint32_t cpus[][2] = {{0, 0}, {1, 1}, {0, 2}, {2, 1}, {0, UINT32_MAX}};

    for (size_t i = 0; i < sizeof(cpus) / sizeof(*cpus); i++) {
        size_t second;

        save();
        second = second_buf();
        memcpy(block + FIRST_BUF, &cpus[i][0], sizeof(uint32_t));
        memcpy(block + second, &cpus[i][1], sizeof(uint32_t));
        check_refused_sealed();
    }
}

/* A channel has always a CPU that can write: one is enough. */
static void no_cpu_on_line(void)
{
    for (unsigned online = 0; online < 3; online++) {
        unsigned char *flags = block + sizeof(struct relay_saved_head);
        struct rchan *chan;

        save();
        for (unsigned cpu = 0; cpu < 2; cpu++)
            flags[cpu] = RELAY_SAVED_BUFFER | (cpu < online ? RELAY_SAVED_ONLINE : 0);
        if (online == 0) {
            check_refused_sealed();
            continue;
        }
        seal();
        chan = relay_open_saved(block, block_size, NULL, &kit_overwrite, NULL);
        NEED(chan);
        CHECK(relay_cpu_is_online(chan, 0));
        CHECK_EQ(relay_cpu_is_online(chan, 1), online == 2);
        kit_close(chan);
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
    TEST(cut_at_every_length),
    TEST(every_byte_flipped),
    TEST(at_odd_addresses),
    TEST(counters_that_would_wrap),
    TEST(laps_that_would_wrap),
    TEST(bytes_behind_the_last_buffer),
    TEST(a_name_without_an_end),
    TEST(zeros_that_do_not_end_with_the_buffer),
    TEST(two_buffers_of_one_cpu),
    TEST(no_cpu_on_line),
    TEST(with_the_checksum_put_right),
};
CHECK_MAIN(tests, kit_before, kit_after)
