/* SPDX-License-Identifier: MIT */
/* read(2): what it returns, what it releases, a lapped reader, and the kernel's read anomalies. */
#include "../src/internal.h"
#include "check.h"
#include "kit.h"

/* Facts 19, 20, 24. */
static void in_progress(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);

    CHECK_STR(kit_read(file, 100), "");
    kit_put(chan, 0, 'a', 3);
    CHECK_EQ(relay_file_poll(file), 0);
    CHECK_STR(kit_read(file, 0), "");
    CHECK_STR(kit_read(file, 100), "aaa");
    CHECK_STR(kit_read(file, 100), "");
    CHECK_STR(kit_state(buf), "p0 c0 off3 b3 [0 0 0 0]");
    kit_put(chan, 0, 'b', 2);
    CHECK_STR(kit_read(file, 1), "b");
    kit_put(chan, 0, 'c', 60);
    CHECK_STR(kit_read(file, 100), "bc*60");
    CHECK_STR(kit_state(buf), "p1 c1 off60 b60 [59 0 0 0]");
    CHECK_STR(kit_account(buf), "3/65: 1/60 unread, 2/5 consumed");
    relay_file_close(file);
    kit_close(chan);
}

/* Fact 21. */
static void across_padding(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    for (char byte = 'a'; byte < 'e'; byte++)
        kit_put(chan, 0, byte, 40);
    CHECK_STR(kit_read(file, 50), "a*40b*10");
    CHECK_STR(kit_read(file, 1000), "b*30c*40d*40");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p3 c3 off40 b40 [24 24 24 0]");
    relay_file_close(file);
    kit_close(chan);
}

static void byte_by_byte(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 8, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    char all[16] = "";

    relay_write(chan, "abcde", 5);
    relay_write(chan, "fghij", 5);
    for (int i = 0; i < 10; i++)
        strcat(all, kit_read(file, 1));
    CHECK_STR(all, "abcdefghij");
    CHECK_STR(kit_read(file, 1), "");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c1 off5 b5 [3 0 0 0]");
    relay_file_close(file);
    kit_close(chan);
}

/* Fact 25. */
static void full_is_readable_to_the_last(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    for (char byte = 'a'; byte < 'e'; byte++)
        kit_put(chan, 0, byte, 64);
    CHECK_EQ(kit_put(chan, 0, 'x', 1), RELAY_LOST_FULL);
    CHECK_STR(kit_read(file, 1000), "a*64b*64c*64d*64");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p4 c4 off65 b0 [0 0 0 0]");
    CHECK_STR(kit_read(file, 1000), "");
    CHECK_EQ(kit_put(chan, 0, 'e', 1), RELAY_STORED);
    CHECK_STR(kit_read(file, 1000), "e");
    relay_file_close(file);
    kit_close(chan);
}

/* Fact 23: read while exactly full and in progress; only a later read counts it as consumed. */
static void exactly_full_in_progress(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);

    kit_put(chan, 0, 'a', 64);
    CHECK_STR(kit_read(file, 100), "a*64");
    CHECK_STR(kit_state(buf), "p0 c0 off64 b64 [0 0 0 0]");
    relay_flush(chan);
    CHECK_EQ(relay_file_poll(file), POLLIN | POLLRDNORM);
    CHECK_STR(kit_read(file, 100), "");
    CHECK_STR(kit_state(buf), "p1 c1 off0 b0 [0 0 0 0]");
    relay_file_close(file);
    kit_close(chan);
}

/* Fact 22. */
static void descriptors_share_the_position(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct relay_file *one = kit_file(0, O_RDONLY);
    struct relay_file *two = kit_file(0, O_RDWR | O_NONBLOCK);

    relay_write(chan, "abcdefgh", 8);
    CHECK_STR(kit_read(one, 3), "abc");
    CHECK_STR(kit_read(two, 2), "de");
    relay_file_close(one);
    one = kit_file(0, O_RDONLY);
    CHECK_STR(kit_read(one, 10), "fgh");
    CHECK_STR(kit_read(two, 10), "");
    relay_file_close(one);
    relay_file_close(two);
    kit_close(chan);
}

/* Fact 26: n - 1 finished sub-buffers and the current one; a partly read one is forgotten. */
static void lapped(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);

    kit_put(chan, 0, 'a', 64);
    CHECK_STR(kit_read(file, 32), "a*32");
    for (char byte = 'b'; byte < 'f'; byte++)
        kit_put(chan, 0, byte, 64);
    CHECK_STR(kit_state(buf), "p4 c0 off64 b32 [0 0 0 0]");
    CHECK_STR(kit_read(file, 3), "bbb");
    CHECK_STR(kit_state(buf), "p4 c1 off64 b3 [0 0 0 0]");
    CHECK_STR(kit_read(file, 1000), "b*61c*64d*64e*64");
    CHECK_STR(kit_account(buf), "5/320: 1/64 unread, 1/64 overwritten, 3/192 consumed");
    for (int i = 0; i < 100; i++)
        kit_put(chan, 0, 'f', 64);
    CHECK_STR(kit_read(file, 1000), "f*256");
    relay_file_close(file);
    kit_close(chan);
}

/* Fact 27. */
static void one_subbuf_lapped(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 64, 1, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    kit_put(chan, 0, 'a', 60);
    kit_put(chan, 0, 'b', 10);
    CHECK_STR(kit_read(file, 1000), "b*10");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c1 off10 b10 [0]");
    relay_file_close(file);
    kit_close(chan);
}

/* Fact 10. */
static void headers_are_data(void)
{
    struct relay_options opt = {.cpus = 1, .header_size = 2};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 4, &opt);
    struct relay_file *file = kit_file(0, O_RDONLY);

    CHECK_STR(kit_read(file, 100), "..");
    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 0, 'b', 10);
    CHECK_STR(kit_read(file, 100), "a*10..b*10");
    CHECK_EQ(relay_file_size(file), 12);
    relay_file_close(file);
    kit_close(chan);
}

static void flushed_and_empty(unsigned empties, bool finished, struct rchan **chan,
                              struct relay_file **file)
{
    *chan = kit_open(&kit_overwrite, 64, 4, 1);
    *file = kit_file(0, O_RDONLY);
    for (unsigned i = 0; i < empties; i++)
        relay_flush(*chan);
    relay_write(*chan, "12345678", 8);
    if (finished)
        relay_flush(*chan);
}

/* One empty sub-buffer is harmless. */
static void one_empty_subbuf(void)
{
    struct rchan *chan;
    struct relay_file *file;

    flushed_and_empty(1, false, &chan, &file);
    CHECK_STR(kit_read(file, 64), "12345678");
    CHECK_STR(kit_read(file, 64), "");
    relay_file_close(file);
    kit_close(chan);
}

/* Defect D1: data behind two empty sub-buffers comes several times. */
static void data_delivered_twice(void)
{
    struct rchan *chan;
    struct relay_file *file;

    flushed_and_empty(2, false, &chan, &file);
    CHECK_STR(kit_read(file, 64),
              "1234567812345678123456781234567812345678123456781234567812345678");
    CHECK_STR(kit_read(file, 64), "12345678");
    CHECK(kit_valid(chan));
    relay_file_close(file);
    kit_close(chan);
    flushed_and_empty(2, true, &chan, &file);
    CHECK_STR(kit_read(file, 1000), "1234567812345678");
    relay_file_close(file);
    kit_close(chan);
}

/* Defect D1, a reader that keeps up. */
static void data_repeated_for_a_reader_that_keeps_up(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 4096, 8, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    static char bytes[4097];

    kit_put(chan, 0, 'a', 21);
    CHECK_STR(kit_read(file, 100), "a*21");
    relay_flush(chan);
    relay_flush(chan);
    relay_write(chan, "xyz", 3);
    CHECK_STR(kit_read(file, 7), "xyzxyzx");
    CHECK_EQ(relay_file_read(file, bytes, 4097), 4092);
    CHECK(kit_valid(chan));
    relay_file_close(file);
    kit_close(chan);
}

/* Defect D1, lapped. */
static void data_repeated_after_a_lap(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 64, 3, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    relay_flush(chan);
    relay_flush(chan);
    kit_put(chan, 0, 'a', 63);
    relay_flush(chan);
    CHECK_STR(kit_read(file, 128), "a*126");
    CHECK(kit_valid(chan));
    relay_file_close(file);
    kit_close(chan);
}

/* Defect D1 where the data lies in the first sub-buffer: each copy is settled elsewhere (R = 0). */
static void data_repeated_in_the_first_subbuf(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 64, 3, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    char bytes[1000];

    for (int i = 0; i < 3; i++) {
        relay_flush(chan);
        CHECK_STR(kit_read(file, 0), "");
    }
    relay_write(chan, "12345678", 8);
    relay_flush(chan);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p4 c0 off0 b0 [56 0 64]");
    CHECK_EQ(relay_file_read(file, bytes, sizeof(bytes)), 72);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p4 c4 off0 b0 [56 0 64]");
    relay_file_close(file);
    kit_close(chan);
}

/* Defect D2: three empty sub-buffers: 0 although poll says readable and data is there. */
static void zero_although_there_is_data(void)
{
    struct rchan *chan;
    struct relay_file *file;

    flushed_and_empty(3, false, &chan, &file);
    CHECK_EQ(relay_file_poll(file), POLLIN | POLLRDNORM);
    CHECK_STR(kit_read(file, 1000), "");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p3 c1 off8 b0 [64 64 64 0]");
    CHECK_EQ(relay_file_poll(file), POLLIN | POLLRDNORM);
    CHECK(kit_valid(chan));
    relay_file_close(file);
    kit_close(chan);
}

/* Defect D9: consumed and read together: bytes that were never written. */
static void bytes_nobody_wrote(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 256, 1, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);
    static char bytes[256];

    kit_put(chan, 0, 'a', 200);
    CHECK_EQ(relay_file_read(file, bytes, 55), 55);
    relay_flush(chan);
    relay_subbufs_consumed(chan, 0, 1);
    kit_put(chan, 0, 'b', 0);
    relay_flush(chan);
    relay_subbufs_consumed(chan, 0, 1);
    kit_put(chan, 0, 'b', 1);
    relay_flush(chan);
    CHECK_STR(kit_state(buf), "p3 c2 off257 b55 [255]");
    CHECK_EQ(relay_file_read(file, bytes, 54), 54);
    CHECK(kit_valid(chan));
    relay_file_close(file);
    kit_close(chan);
}

static void not_for_reading(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    struct relay_file *file = kit_file(0, O_WRONLY);
    char byte;

    kit_put(chan, 0, 'a', 4);
    CHECK_EQ(relay_file_read(file, &byte, 1), -EBADF);
    CHECK_EQ(relay_file_read(file, &byte, 0), -EBADF);
    relay_file_close(file);
    kit_close(chan);
}

/* ---------------------------------------------------------------- hurried readers */

enum { PATIENCE = 64, PACE_NS = 20000 }; /* as in src/read.c */

/* Who looks in vain again and again, looks only every 20 µs; what is found ends that. */
static void looks_in_vain(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_buffer *own = relay_cpu_buf(chan, 0)->own;

    for (unsigned i = 1; i < PATIENCE + 10; i++) {
        uint64_t before = own->looked;

        CHECK_STR(kit_read(file, 10), "");
        CHECK_EQ(own->futile, i < PATIENCE ? i : PATIENCE);
        CHECK(i <= PATIENCE ? own->looked == 0 : own->looked >= before + PACE_NS || before == 0);
    }
    CHECK(!own->lost && own->seen == 0);
    kit_put(chan, 0, 'a', 20);
    CHECK_STR(kit_read(file, 20), "a*20");
    CHECK_EQ(own->futile, 0);
    for (unsigned i = 1; i < 4; i++)
        kit_read(file, 10);
    CHECK_EQ(own->futile, 3);
    kit_put(chan, 0, 'b', 5);
    CHECK_STR(kit_read(file, 10), "bbbbb"); /* and behind it nothing, which has not moved */
    CHECK_EQ(own->futile, 0);
    relay_flush(chan);
    kit_read(file, 10);
    CHECK_EQ(own->seen, 1);
    relay_file_close(file);
    kit_close(chan);
}

/* Who was lapped is too late: it waits, whatever has been finished meanwhile. */
static void lapped_readers_wait(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_buffer *own = relay_cpu_buf(chan, 0)->own;
    uint64_t before = 0;

    for (unsigned turn = 0; turn < 5; turn++) {
        for (int i = 0; i < 6; i++)
            kit_put(chan, 0, 'a', 16);
        CHECK_STR(kit_read(file, 16), "a*16");
        CHECK(own->lost);
        CHECK_EQ(own->futile, PATIENCE);
        CHECK(turn < 2 || own->looked >= before + PACE_NS);
        before = own->looked;
    }
    CHECK_STR(kit_read(file, 16), "a*16");
    CHECK(!own->lost);
    CHECK_EQ(own->futile, 0);
    relay_file_close(file);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(in_progress),
    TEST(across_padding),
    TEST(byte_by_byte),
    TEST(full_is_readable_to_the_last),
    TEST(exactly_full_in_progress),
    TEST(descriptors_share_the_position),
    TEST(lapped),
    TEST(one_subbuf_lapped),
    TEST(headers_are_data),
    TEST(one_empty_subbuf),
    TEST(data_delivered_twice),
    TEST(data_repeated_for_a_reader_that_keeps_up),
    TEST(data_repeated_after_a_lap),
    TEST(data_repeated_in_the_first_subbuf),
    TEST(zero_although_there_is_data),
    TEST(bytes_nobody_wrote),
    TEST(not_for_reading),
    TEST(looks_in_vain),
    TEST(lapped_readers_wait),
};
CHECK_MAIN(tests, kit_before, kit_after)
