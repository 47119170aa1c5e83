/* SPDX-License-Identifier: MIT */
/* The account: each fate of an event, and that none is lost or counted twice. */
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"

static struct rchan *chan;
static struct rchan_buf *buf;
static struct relay_file *file;

static void open_channel(const struct rchan_callbacks *cb, size_t n_subbufs)
{
    chan = kit_open(cb, 16, n_subbufs, 1);
    buf = relay_cpu_buf(chan, 0);
    file = kit_file(0, O_RDONLY);
}

static void close_channel(void)
{
    relay_file_close(file);
    kit_close(chan);
}

static void consumed_by_reading(void)
{
    open_channel(&kit_no_overwrite, 4);
    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 10);
    CHECK_STR(kit_account(buf), "3/30: 3/30 unread");
    kit_read(file, 9);
    CHECK_STR(kit_account(buf), "3/30: 3/30 unread");
    kit_read(file, 1);
    CHECK_STR(kit_account(buf), "3/30: 2/20 unread, 1/10 consumed");
    kit_read(file, 100);
    CHECK_STR(kit_account(buf), "3/30: 1/10 unread, 2/20 consumed");
    relay_flush(chan);
    kit_read(file, 100);
    CHECK_STR(kit_account(buf), "3/30: 3/30 consumed");
    close_channel();
}

/* A report is believed from a consumer that could see the bytes: it has read them or maps them. */
static void released_by_a_report(void)
{
    struct relay_mapping *mapping;

    open_channel(&kit_no_overwrite, 4);
    for (int i = 0; i < 4; i++)
        kit_put(chan, 0, 'a', 16);
    kit_read(file, 16);
    kit_read(file, 8);
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_STR(kit_account(buf), "4/64: 2/32 unread, 1/16 consumed, 1/16 released");
    NEED(relay_file_mmap(file, 4096, PROT_READ, MAP_SHARED, 0, &mapping) == 0);
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_STR(kit_account(buf), "4/64: 1/16 unread, 2/32 consumed, 1/16 released");
    relay_mapping_close(mapping);
    close_channel();
}

/* Where the first bytes of a sub-buffer were never delivered, it was not read. */
static void read_without_its_beginning(void)
{
    open_channel(&kit_no_overwrite, 4);
    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 16);
    kit_read(file, 3);
    relay_subbufs_consumed(chan, 0, 1); /* the next read begins at byte 3 of the next one */
    CHECK_STR(kit_read(file, 100), "a*29");
    CHECK_STR(kit_account(buf), "3/48: 1/16 unread, 2/32 released");
    close_channel();
}

/* Read and reported before it was finished: unread when the report comes. */
static void read_whole_then_reported(void)
{
    open_channel(&kit_no_overwrite, 4);
    kit_put(chan, 0, 'a', 10);
    kit_read(file, 100);
    relay_flush(chan);
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_STR(kit_account(buf), "1/10: 1/10 consumed");
    close_channel();
}

static void overwritten_and_read(void)
{
    struct relay_subbuf_info rows[2];
    struct relay_buf_info info;

    open_channel(&kit_overwrite, 2);
    kit_put(chan, 0, 'a', 8);
    kit_put(chan, 0, 'a', 8);
    kit_put(chan, 0, 'b', 16);
    kit_put(chan, 0, 'c', 5);
    CHECK_STR(kit_account(buf), "4/37: 2/21 unread, 2/16 overwritten");
    relay_buf_snapshot(buf, &info, rows);
    CHECK_EQ(rows[0].lost, 2);
    CHECK_EQ(rows[1].lost, 0);
    kit_read(file, 100);
    kit_put(chan, 0, 'd', 16);
    CHECK_STR(kit_account(buf), "5/53: 2/21 unread, 2/16 overwritten, 1/16 consumed");
    close_channel();
}

static void refused_and_too_big(void)
{
    open_channel(&kit_no_overwrite, 1);
    kit_put(chan, 0, 'a', 17);
    kit_put(chan, 0, 'a', 16);
    kit_put(chan, 0, 'a', 1);
    kit_put(chan, 0, 'a', 0);
    CHECK_STR(kit_account(buf), "4/34: 1/16 unread, 2/1 refused, 1/17 too big");
    close_channel();
}

static void discarded_by_reset(void)
{
    open_channel(&kit_no_overwrite, 2);
    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 0, 'a', 10);
    relay_reset(chan);
    CHECK_STR(kit_account(buf), "2/20: 2/20 reset");
    relay_reset(chan);
    CHECK_STR(kit_account(buf), "2/20: 2/20 reset");
    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'b', 10);
    CHECK_STR(kit_account(buf), "5/50: 2/20 unread, 1/10 refused, 2/20 reset");
    relay_reset(chan); /* while blocked */
    CHECK_STR(kit_account(buf), "5/50: 1/10 refused, 4/40 reset");
    close_channel();
}

static void discarded_by_close(void)
{
    open_channel(&kit_no_overwrite, 2);
    relay_buf_get(buf);
    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 0, 'a', 10);
    relay_file_close(file);
    kit_close(chan);
    CHECK_STR(kit_account(buf), "2/20: 2/20 closed");
    CHECK(relay_buf_is_valid(buf));
    relay_buf_put(buf);
}

/* Somebody can still read: nothing is discarded yet. */
static void a_mapping_still_reads(void)
{
    struct relay_mapping *mapping;

    open_channel(&kit_no_overwrite, 2);
    relay_buf_get(buf);
    kit_put(chan, 0, 'a', 10);
    NEED(relay_file_mmap(file, 4096, PROT_READ, MAP_SHARED, 0, &mapping) == 0);
    relay_file_close(file);
    kit_close(chan);
    CHECK_STR(kit_account(buf), "1/10: 1/10 unread");
    relay_mapping_close(mapping);
    CHECK_STR(kit_account(buf), "1/10: 1/10 closed");
    relay_buf_put(buf);
}

/* Sub-buffers that hold only a header, or nothing, have no events to lose. */
static void no_events_no_fate(void)
{
    kit.header = 4;
    open_channel(&kit_logged, 2);
    for (int i = 0; i < 5; i++)
        relay_flush(chan);
    relay_reset(chan);
    CHECK_STR(kit_account(buf), "0/0");
    close_channel();
}

/* A header does not count as bytes of events. */
static void headers_are_no_events(void)
{
    struct relay_options opt = {.cpus = 1, .header_size = 4};

    chan = kit_open_with(&kit_no_overwrite, 16, 2, &opt);
    buf = relay_cpu_buf(chan, 0);
    file = kit_file(0, O_RDONLY);
    kit_put(chan, 0, 'a', 5);
    kit_put(chan, 0, 'b', 7);
    kit_put(chan, 0, 'c', 12);
    CHECK_STR(kit_account(buf), "3/24: 3/24 unread");
    kit_read(file, 16);
    CHECK_STR(kit_account(buf), "3/24: 1/12 unread, 2/12 consumed");
    kit_put(chan, 0, 'd', 13);
    CHECK_STR(kit_account(buf), "4/37: 1/12 unread, 1/13 too big, 2/12 consumed");
    close_channel();
}

/* Two events of 0 bytes in a finished sub-buffer. */
static void open_with_nothings(const struct rchan_callbacks *cb)
{
    open_channel(cb, 2);
    kit_put(chan, 0, 'a', 0);
    kit_put(chan, 0, 'a', 0);
    relay_flush(chan);
}

/* There is nothing of them to read: what is released was read, what is lost was not. */
static void events_of_0_bytes(void)
{
    open_with_nothings(&kit_overwrite);
    relay_flush(chan);
    CHECK_STR(kit_account(buf), "2/0: 2/0 overwritten");
    close_channel();

    open_with_nothings(&kit_no_overwrite);
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_STR(kit_account(buf), "2/0: 2/0 consumed");
    close_channel();

    open_with_nothings(&kit_no_overwrite);
    relay_reset(chan);
    CHECK_STR(kit_account(buf), "2/0: 2/0 reset");
    close_channel();

    open_with_nothings(&kit_no_overwrite);
    relay_buf_get(buf);
    close_channel();
    CHECK_STR(kit_account(buf), "2/0: 2/0 closed");
    relay_buf_put(buf);
}

/* All of its one byte was read while it was being written: consumed, even if it is overwritten. */
static void read_whole_then_overwritten(void)
{
    open_channel(&kit_overwrite, 2);
    kit_put(chan, 0, 'a', 1);
    CHECK_STR(kit_read(file, 1), "a");
    for (int i = 0; i < 2; i++)
        relay_flush(chan);
    CHECK_STR(kit_account(buf), "1/1: 1/1 consumed");
    close_channel();
}

/* A mapping speaks for the reports of its consumer, not for what a read passes over. */
static void a_read_beside_a_mapping(void)
{
    int nowhere = open("/dev/null", O_WRONLY);
    struct relay_mapping *mapping;

    open_channel(&kit_no_overwrite, 4);
    NEED(relay_file_mmap(file, 4096, PROT_READ, MAP_SHARED, 0, &mapping) == 0);
    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 16);
    kit_read(file, 3);
    relay_subbufs_consumed(chan, 0, 1); /* the next read begins at byte 3 of the next one */
    CHECK_STR(kit_read(file, 13), "a*13");
    CHECK_STR(kit_account(buf), "3/48: 1/16 unread, 1/16 consumed, 1/16 released");
    kit_read(file, 3);
    kit_put(chan, 0, 'a', 16);
    relay_subbufs_consumed(chan, 0, 1);
    relay_flush(chan);
    NEED(nowhere >= 0);
    CHECK_EQ(relay_file_splice(file, nowhere, 100), 13); /* and so does a splice */
    CHECK_STR(kit_account(buf), "4/64: 2/32 consumed, 2/32 released");
    close(nowhere);
    relay_mapping_close(mapping);
    close_channel();
}

/* A report through a descriptor is believed as one by the channel is: while somebody maps the buffer. */
static void reports_through_a_descriptor(void)
{
    struct relay_mapping *mapping;

    open_channel(&kit_no_overwrite, 4);
    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 16);
    NEED(relay_file_mmap(file, 4096, PROT_READ, MAP_SHARED, 0, &mapping) == 0);
    relay_file_subbufs_consumed(file, 1);
    CHECK_STR(kit_account(buf), "3/48: 2/32 unread, 1/16 consumed");
    relay_mapping_close(mapping);
    relay_file_subbufs_consumed(file, 1);
    CHECK_STR(kit_account(buf), "3/48: 1/16 unread, 1/16 consumed, 1/16 released");
    close_channel();
}

/* A buffer without a file has nobody who could read it once the channel is closed. */
static void discarded_by_close_without_a_file(void)
{
    struct relay_options opt = {.cpus = 1};

    chan = relay_open_on(NULL, NULL, 16, 4, &kit_no_overwrite, NULL, &opt);
    NEED(chan);
    buf = relay_cpu_buf(chan, 0);
    relay_buf_get(buf);
    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 0, 'b', 10);
    CHECK_STR(kit_account(buf), "2/20: 2/20 unread");
    kit_close(chan);
    CHECK_STR(kit_account(buf), "2/20: 2/20 closed");
    CHECK(relay_buf_is_valid(buf));
    relay_buf_put(buf);
}

static const struct check_test tests[] = {
    TEST(consumed_by_reading),          TEST(released_by_a_report),
    TEST(read_without_its_beginning),   TEST(read_whole_then_reported),
    TEST(overwritten_and_read),         TEST(refused_and_too_big),
    TEST(discarded_by_reset),           TEST(discarded_by_close),
    TEST(a_mapping_still_reads),        TEST(no_events_no_fate),
    TEST(headers_are_no_events),        TEST(events_of_0_bytes),
    TEST(read_whole_then_overwritten),  TEST(a_read_beside_a_mapping),
    TEST(reports_through_a_descriptor), TEST(discarded_by_close_without_a_file),
};
CHECK_MAIN(tests, kit_before, kit_after)
