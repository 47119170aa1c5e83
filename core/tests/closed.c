/* SPDX-License-Identifier: MIT */
/* A closed channel that somebody still holds: writes are counted and lost, calls say CLOSED. */
#include "check.h"
#include "kit.h"

static struct rchan *open_and_close(enum relay_writers writers)
{
    struct relay_options opt = {.cpus = 2, .writers = writers};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 4, &opt);

    CHECK_EQ(kit_put(chan, 0, 'a', 10), RELAY_STORED);
    relay_get(chan);
    kit_close(chan);
    CHECK(relay_chan_is_valid(chan));
    return chan;
}

static void late_writes(enum relay_writers writers)
{
    static const uint32_t lengths[] = {1, 2, 3};
    struct rchan *chan = open_and_close(writers);
    enum relay_outcome outcome = RELAY_STORED;

    CHECK_EQ(kit_put(chan, 0, 'b', 5), RELAY_LOST_CLOSED);
    CHECK_EQ(relay_write_nolock_on(chan, 0, "bbb", 3), RELAY_LOST_CLOSED);
    CHECK_EQ(relay_write_on(chan, 0, NULL, 0), RELAY_LOST_CLOSED);
    CHECK_EQ(kit_put(chan, 0, 'b', 17), RELAY_LOST_CLOSED);
    CHECK(!relay_reserve_on(chan, 0, 4, &outcome));
    CHECK_EQ(outcome, RELAY_LOST_CLOSED);
    CHECK(!relay_reserve_on(chan, 0, 0, &outcome));
    CHECK_EQ(outcome, RELAY_LOST_CLOSED);
    CHECK_EQ(relay_write_many(chan, 1, "bbbbbb", lengths, 3), 0);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "7/39: 6/29 late, 1/10 closed");
    CHECK_STR(kit_account(relay_cpu_buf(chan, 1)), "3/6: 3/6 late");
    CHECK(kit_valid(chan));
    relay_put(chan);
}

static void writes_with_a_lock(void)
{
    late_writes(RELAY_WRITERS_MANY);
}

static void writes_without_a_lock(void)
{
    late_writes(RELAY_WRITERS_ONE);
}

static void other_calls(void)
{
    struct rchan *chan = open_and_close(RELAY_WRITERS_MANY);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    void (*const calls[])(struct rchan *) = {relay_flush, relay_reset, relay_close};
    const char *before = kit_state(buf);

    for (size_t i = 0; i < 3; i++) {
        relay_error_clear();
        calls[i](chan);
        CHECK_EQ(relay_error(), RELAY_ERR_CLOSED);
    }
    relay_error_clear();
    CHECK_EQ(relay_switch_subbuf(buf, 1), 0);
    CHECK_EQ(relay_error(), RELAY_ERR_CLOSED);
    CHECK(relay_late_setup_files(chan, "late", NULL) < 0);
    CHECK(relay_cpu_online(chan, 1, false) < 0);
    CHECK_EQ(relay_error(), RELAY_ERR_CLOSED);
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_STR(kit_state(buf), before);
    CHECK(kit_valid(chan));
    relay_put(chan);
}

static void a_reader_after_late_writes(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    kit_put(chan, 0, 'a', 16);
    relay_get(chan);
    relay_close(chan);
    kit_put(chan, 0, 'b', 5);
    CHECK_STR(kit_read(file, 100), "a*16");
    CHECK_STR(kit_read(file, 100), "");
    CHECK_STR(kit_account(relay_file_buf(file)), "2/21: 1/16 unread, 1/5 late");
    relay_put(chan);
    CHECK(relay_file_is_valid(file));
    relay_file_close(file);
}

/* The buffer outlives the channel's last user. */
static void a_buffer_held_alone(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 2);
    struct rchan_buf *buf = relay_cpu_buf(chan, 1);

    kit_put(chan, 1, 'a', 10);
    relay_buf_get(buf);
    relay_close(chan);
    CHECK_STR(kit_text(buf->start, 10), "a*10");
    CHECK_EQ(buf->chan->subbuf_size, 16);
    CHECK(relay_buf_is_valid(buf));
    relay_buf_put(buf);
}

static const struct check_test tests[] = {
    TEST(writes_with_a_lock),         TEST(writes_without_a_lock), TEST(other_calls),
    TEST(a_reader_after_late_writes), TEST(a_buffer_held_alone),
};
CHECK_MAIN(tests, kit_before, kit_after)
