/* SPDX-License-Identifier: MIT */
/* relay_reserve: slots, what is protected and what not, and the kernel's quirks with length 0. */
#include "check.h"
#include "kit.h"

static void a_slot_is_counted_before_it_is_filled(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    enum relay_outcome outcome = RELAY_LOST_FULL;
    char *slot = relay_reserve_on(chan, 0, 10, &outcome);

    CHECK_EQ(outcome, RELAY_STORED);
    CHECK(slot == (char *)buf->start);
    CHECK_STR(kit_state(buf), "p0 c0 off10 b0 [0 0 0 0]");
    NEED(slot);
    memset(slot, 'a', 10);
    kit_put(chan, 0, 'b', 3);
    CHECK_STR(kit_text(buf->start, 13), "a*10bbb");
    CHECK_STR(kit_account(buf), "2/13: 2/13 unread");
    kit_close(chan);
}

static void a_slot_may_switch(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    enum relay_outcome outcome;

    CHECK(relay_reserve(chan, 10) == buf->start);
    CHECK(relay_reserve(chan, 16) == buf->start + 16);
    CHECK_STR(kit_state(buf), "p1 c0 off16 b0 [6 0]");
    CHECK(!relay_reserve_on(chan, 0, 1, &outcome));
    CHECK_EQ(outcome, RELAY_LOST_FULL);
    CHECK(!relay_reserve_on(chan, 0, 17, &outcome));
    CHECK_EQ(outcome, RELAY_LOST_TOO_BIG);
    CHECK_EQ(chan->last_toobig, 17);
    CHECK(!relay_reserve_on(chan, 7, 1, &outcome));
    CHECK_EQ(outcome, RELAY_LOST_NO_BUFFER);
    CHECK_STR(kit_account(buf), "4/44: 2/26 unread, 1/1 refused, 1/17 too big");
    kit_close(chan);
}

/* Fact 7: length 0 gives a pointer, one past the end of an exactly full sub-buffer. */
static void length_zero(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    CHECK(relay_reserve(chan, 0) == buf->start);
    kit_put(chan, 0, 'a', 10);
    CHECK(relay_reserve(chan, 0) == buf->start + 10);
    kit_put(chan, 0, 'a', 54);
    CHECK(relay_reserve(chan, 0) == buf->start + 64);
    CHECK_STR(kit_state(buf), "p0 c0 off64 b0 [0 0 0 0]");
    kit_close(chan);
}

/* Length 0 while blocked is NULL although the switch succeeds. */
static void length_zero_when_blocked(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 1, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    enum relay_outcome outcome;

    kit_put(chan, 0, 'a', 16);
    CHECK_EQ(kit_put(chan, 0, 'b', 1), RELAY_LOST_FULL);
    CHECK(!relay_reserve_on(chan, 0, 0, &outcome));
    CHECK_EQ(outcome, RELAY_LOST_FULL);
    CHECK_STR(kit_state(buf), "p1 c0 off17 b0 [0]");
    relay_subbufs_consumed(chan, 0, 1);
    CHECK(!relay_reserve_on(chan, 0, 0, &outcome));
    CHECK_EQ(outcome, RELAY_LOST_FULL);
    CHECK_STR(kit_state(buf), "p1 c1 off0 b0 [0]");
    CHECK(relay_reserve_on(chan, 0, 0, &outcome) == buf->start);
    CHECK_EQ(outcome, RELAY_STORED);
    CHECK_STR(kit_account(buf), "5/17: 1/0 unread, 3/1 refused, 1/16 released");
    kit_close(chan);
}

static void reserved_bytes_are_known(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_buf_info info;
    struct relay_subbuf_info subbufs[2];

    kit_put(chan, 0, 'a', 5);
    CHECK(relay_reserve(chan, 7));
    CHECK(relay_reserve(chan, 2));
    CHECK(relay_reserve(chan, 4));
    relay_buf_snapshot(buf, &info, subbufs);
    CHECK_EQ(subbufs[0].reserved, 9);
    CHECK_EQ(subbufs[1].reserved, 4);
    CHECK_EQ(subbufs[0].used, 14);
    kit_close(chan);
}

static void one_writer(void)
{
    struct relay_options opt = {.cpus = 1, .writers = RELAY_WRITERS_ONE};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 2, &opt);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    CHECK(relay_reserve(chan, 10) == buf->start);
    CHECK(relay_reserve(chan, 6) == buf->start + 10);
    CHECK(relay_reserve(chan, 0) == buf->start + 16);
    CHECK(relay_reserve(chan, 1) == buf->start + 16);
    CHECK(!relay_reserve(chan, 16));
    CHECK_STR(kit_account(buf), "5/33: 4/17 unread, 1/16 refused");
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(a_slot_is_counted_before_it_is_filled),
    TEST(a_slot_may_switch),
    TEST(length_zero),
    TEST(length_zero_when_blocked),
    TEST(reserved_bytes_are_known),
    TEST(one_writer),
};
CHECK_MAIN(tests, kit_before, kit_after)
