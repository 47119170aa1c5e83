/* SPDX-License-Identifier: MIT */
/* relay_flush, relay_reset and relay_subbufs_consumed. */
#include "check.h"
#include "kit.h"

/* ---------------------------------------------------------------- flush */

/* Facts 15, 17. */
static void flush_always_switches(void)
{
    struct rchan *chan = kit_open(&kit_logged, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    kit_take_log();
    relay_flush(chan);
    CHECK_STR(kit_state(buf), "p1 c0 off0 b0 [64 0 0 0]");
    CHECK_STR(kit_take_log(), "start 1 of cpu0, prev 0 padding 64\n");
    CHECK_EQ(buf->ctl->file_size, 0);
    kit_put(chan, 0, 'a', 10);
    relay_flush(chan);
    CHECK_STR(kit_state(buf), "p2 c0 off0 b0 [64 54 0 0]");
    CHECK_EQ(buf->ctl->file_size, 10);
    kit_put(chan, 0, 'a', 64);
    relay_flush(chan);
    CHECK_STR(kit_state(buf), "p3 c0 off0 b0 [64 54 0 0]");
    relay_flush(chan);
    CHECK_STR(kit_state(buf), "p4 c0 off65 b0 [64 54 0 64]");
    CHECK_EQ(kit_put(chan, 0, 'b', 1), RELAY_LOST_FULL);
    kit_close(chan);
}

static void flush_in_overwrite_mode_drops_the_oldest(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 64, 2, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    kit_put(chan, 0, 'a', 10);
    relay_flush(chan);
    CHECK_STR(kit_account(buf), "1/10: 1/10 unread");
    relay_flush(chan);
    CHECK_STR(kit_account(buf), "1/10: 1/10 overwritten");
    CHECK_STR(kit_state(buf), "p2 c0 off0 b0 [0 64]");
    kit_close(chan);
}

/* Fact 16. */
static void flush_takes_every_cpu(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 3);

    kit_put(chan, 0, 'a', 10);
    CHECK_EQ(relay_cpu_online(chan, 2, false), 0);
    relay_flush(chan);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off0 b0 [54 0 0 0]");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 1)), "p1 c0 off0 b0 [64 0 0 0]");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 2)), "p1 c0 off0 b0 [64 0 0 0]");
    kit_close(chan);
}

/* ---------------------------------------------------------------- reset */

/* Fact 31. */
static void reset_clears_and_keeps(void)
{
    struct rchan *chan;
    struct rchan_buf *buf;
    struct relay_file *file;

    kit.header = 4;
    chan = kit_open(&kit_logged, 64, 4, 1);
    buf = relay_cpu_buf(chan, 0);
    file = kit_file(0, O_RDONLY);
    kit_put(chan, 0, 'a', 50);
    kit_put(chan, 0, 'b', 40);
    kit_put(chan, 0, 'c', 99);
    kit_read(file, 60);
    kit_put(chan, 0, 'd', 40);
    CHECK_STR(kit_state(buf), "p2 c1 off44 b6 [10 20 0 0]");
    kit_take_log();
    relay_reset(chan);
    CHECK_STR(kit_take_log(), "start 0 of cpu0, prev - padding 0\n");
    CHECK_STR(kit_state(buf), "p0 c0 off4 b0 [0 0 0 0]");
    CHECK(relay_buf_data(buf) == buf->start);
    CHECK_EQ(buf->ctl->prev_padding, 20);
    CHECK_EQ(chan->last_toobig, 99);
    CHECK_EQ(relay_file_size(file), 54 + 44);
    CHECK_STR(kit_text(buf->start + 4, 5), "aaaaa");
    CHECK_EQ(relay_file_poll(file), 0);
    CHECK_EQ(strlen(kit_read(file, 100)), 4); /* the header, as right after open */
    CHECK_STR(kit_account(buf), "4/229: 1/99 too big, 2/80 reset, 1/50 consumed");
    relay_file_close(file);
    kit_close(chan);
}

/* Fact 32. */
static void reset_unblocks(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 16);
    CHECK_STR(kit_state(buf), "p2 c0 off17 b0 [0 0]");
    relay_reset(chan);
    CHECK_STR(kit_state(buf), "p0 c0 off0 b0 [0 0]");
    CHECK_EQ(kit_put(chan, 0, 'b', 16), RELAY_STORED);
    kit_close(chan);
}

static void reset_clears_the_later_counters(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 1, 1);

    kit_put(chan, 0, 'a', 16);
    kit_put(chan, 0, 'a', 1);
    kit_put(chan, 0, 'a', 1);
    kit_put(chan, 0, 'a', 17);
    CHECK_EQ(relay_stats(chan, RELAY_STATS_BUF_FULL), 2);
    CHECK_EQ(relay_stats(chan, RELAY_STATS_WRT_BIG), 1);
    CHECK_EQ(relay_stats(chan, RELAY_STATS_BUF_FULL | RELAY_STATS_WRT_BIG), 3);
    CHECK_EQ(relay_stats(chan, 0), 0);
    CHECK_EQ(relay_stats(NULL, RELAY_STATS_BUF_FULL), 0);
    relay_reset(chan);
    CHECK_EQ(relay_stats(chan, RELAY_STATS_BUF_FULL | RELAY_STATS_WRT_BIG), 0);
    kit_close(chan);
}

static void reset_again_and_again(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 16, 3, 2);

    for (int i = 0; i < 20; i++) {
        for (int k = 0; k < i; k++)
            kit_put(chan, 1, 'a', 7);
        relay_reset(chan);
        CHECK(kit_valid(chan));
    }
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "0/0");
    kit_close(chan);
}

/* ---------------------------------------------------------------- subbufs_consumed */

static struct rchan *with_three_finished(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 2);

    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 16);
    kit_put(chan, 0, 'b', 4);
    return chan;
}

/* Fact 28. */
static void consumed_is_clamped(void)
{
    struct rchan *chan = with_three_finished();
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    relay_subbufs_consumed(chan, 0, 5);
    CHECK_STR(kit_state(buf), "p3 c0 off4 b0 [0 0 0 0]");
    relay_subbufs_consumed(chan, 0, SIZE_MAX);
    CHECK_STR(kit_state(buf), "p3 c0 off4 b0 [0 0 0 0]");
    relay_subbufs_consumed(chan, 0, 0);
    CHECK_STR(kit_state(buf), "p3 c0 off4 b0 [0 0 0 0]");
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_STR(kit_state(buf), "p3 c1 off4 b0 [0 0 0 0]");
    relay_subbufs_consumed(chan, 0, 4);
    CHECK_STR(kit_state(buf), "p3 c3 off4 b0 [0 0 0 0]");
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_STR(kit_state(buf), "p3 c3 off4 b0 [0 0 0 0]");
    CHECK_STR(kit_account(buf), "4/52: 1/4 unread, 3/48 released");
    kit_close(chan);
}

/* Facts 30 and 44. */
static void consumed_for_nobody(void)
{
    struct relay_options opt = {.cpus = 2, .online = (const unsigned char[]){1, 0}};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 2, &opt);

    relay_subbufs_consumed(chan, 1, 1);
    CHECK_EQ(relay_error(), RELAY_ERR_OK);
    relay_subbufs_consumed(chan, 2, 1);
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    relay_error_clear();
    relay_subbufs_consumed(chan, UINT32_MAX, 1);
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    kit_close(chan);
    relay_subbufs_consumed(NULL, 0, 1);
    relay_flush(NULL);
    relay_reset(NULL);
    relay_close(NULL);
    relay_put(NULL);
    relay_buf_put(NULL);
}

/* Fact 29: the read position inside the sub-buffer stays. */
static void consumed_while_partially_read(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    kit_put(chan, 0, 'a', 16);
    relay_write(chan, "0123456789abcdef", 16);
    kit_put(chan, 0, 'c', 1);
    CHECK_STR(kit_read(file, 3), "aaa");
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p2 c1 off1 b3 [0 0 0 0]");
    CHECK_STR(kit_read(file, 100), "3456789abcdefc");
    relay_file_close(file);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(flush_always_switches), TEST(flush_in_overwrite_mode_drops_the_oldest),
    TEST(flush_takes_every_cpu), TEST(reset_clears_and_keeps),
    TEST(reset_unblocks),        TEST(reset_clears_the_later_counters),
    TEST(reset_again_and_again), TEST(consumed_is_clamped),
    TEST(consumed_for_nobody),   TEST(consumed_while_partially_read),
};
CHECK_MAIN(tests, kit_before, kit_after)
