/* SPDX-License-Identifier: MIT */
/* relay_no_overwrite and relay_overwrite with headers that store the padding. */
#include "check.h"
#include "kit.h"

static struct rchan *chan;
static struct rchan_buf *buf;

static void open_channel(const struct rchan_callbacks *cb, size_t n_subbufs, size_t header)
{
    struct relay_options opt = {.cpus = 1, .header_size = header};

    chan = kit_open_with(cb, 32, n_subbufs, &opt);
    buf = relay_cpu_buf(chan, 0);
}

/* The 32 bits at the start of a sub-buffer. */
static uint32_t stored(size_t index)
{
    uint32_t padding;

    memcpy(&padding, buf->start + index * 32, sizeof(padding));
    return padding;
}

static void padding_is_stored(void)
{
    open_channel(&kit_no_overwrite, 4, 4);
    CHECK_STR(kit_state(buf), "p0 c0 off4 b0 [0 0 0 0]");
    kit_put(chan, 0, 'a', 20);
    CHECK_EQ(stored(0), 0);
    kit_put(chan, 0, 'b', 28);
    CHECK_EQ(stored(0), 8);
    CHECK_STR(kit_state(buf), "p1 c0 off32 b0 [8 0 0 0]");
    relay_flush(chan);
    CHECK_EQ(stored(1), 0);
    relay_flush(chan);
    CHECK_EQ(stored(2), 28);
    kit_close(chan);
}

/* The last one is stored although the switch is refused. */
static void padding_is_stored_when_full(void)
{
    open_channel(&kit_no_overwrite, 2, 8);
    CHECK_EQ(kit_put(chan, 0, 'a', 20), RELAY_STORED);
    CHECK_EQ(kit_put(chan, 0, 'b', 19), RELAY_STORED);
    CHECK_EQ(kit_put(chan, 0, 'c', 18), RELAY_LOST_FULL);
    CHECK_EQ(stored(0), 4);
    CHECK_EQ(stored(1), 5);
    CHECK_STR(kit_state(buf), "p2 c0 off33 b0 [4 5]");
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_EQ(kit_put(chan, 0, 'd', 1), RELAY_STORED);
    CHECK_EQ(stored(1), 5);
    CHECK_STR(kit_state(buf), "p2 c1 off9 b0 [0 5]");
    kit_close(chan);
}

static void padding_is_stored_when_overwriting(void)
{
    open_channel(&kit_overwrite, 2, 4);
    for (size_t length = 10; length < 20; length++) {
        CHECK_EQ(kit_put(chan, 0, 'a', length), RELAY_STORED);
        if (length > 14)
            CHECK_EQ(stored((length - 11) % 2), 32 - 4 - (length - 1));
    }
    kit_close(chan);
}

/* Fewer than 4 bytes: reserved, but nothing is stored there. */
static void small_headers(void)
{
    open_channel(&kit_no_overwrite, 4, 3);
    memset(buf->start, 'x', 32);
    kit_put(chan, 0, 'a', 20);
    kit_put(chan, 0, 'b', 20);
    CHECK_STR(kit_text(buf->start, 5), "xxxaa");
    CHECK_STR(kit_state(buf), "p1 c0 off23 b0 [9 0 0 0]");
    kit_close(chan);
}

static void no_header(void)
{
    open_channel(&kit_no_overwrite, 4, 0);
    kit_put(chan, 0, 'a', 20);
    kit_put(chan, 0, 'b', 20);
    CHECK_STR(kit_text(buf->start, 20), "a*20");
    CHECK_STR(kit_text(buf->start + 32, 20), "b*20");
    kit_close(chan);
}

/* With one sub-buffer the new and the finished one are the same memory. */
static void one_subbuf(void)
{
    open_channel(&kit_overwrite, 1, 4);
    kit_put(chan, 0, 'a', 20);
    kit_put(chan, 0, 'b', 20);
    CHECK_EQ(stored(0), 8);
    CHECK_STR(kit_state(buf), "p1 c0 off24 b0 [0]");
    kit_close(chan);
}

static void reset_reserves_again(void)
{
    open_channel(&kit_no_overwrite, 2, 4);
    kit_put(chan, 0, 'a', 20);
    relay_reset(chan);
    CHECK_STR(kit_state(buf), "p0 c0 off4 b0 [0 0]");
    kit_close(chan);
}

/* A sub-buffer of the client's own callback, with a header of so many bytes, or none. */
static void begun_by_another(size_t reserved)
{
    struct relay_options opt = {.cpus = 1, .header_size = 4};

    kit.header = reserved;
    chan = kit_open_with(&kit_logged, 32, 2, &opt);
    buf = relay_cpu_buf(chan, 0);
    memset(buf->start, 'h', reserved);
    kit_put(chan, 0, 'a', 20);
}

/* What begins such a sub-buffer is not the padding's place: events, or a header that is too short. */
static void a_subbuf_without_a_header_keeps_its_bytes(void)
{
    int (*const policies[])(struct rchan_buf *, void *, void *, size_t) = {relay_no_overwrite,
                                                                           relay_overwrite};

    for (size_t i = 0; i < 2; i++) {
        begun_by_another(0);
        relay_set_subbuf_start(chan, policies[i]);
        kit_put(chan, 0, 'b', 20);
        CHECK_STR(kit_text(buf->start, 20), "a*20");
        CHECK_STR(kit_state(buf), "p1 c0 off24 b0 [12 0]");
        CHECK_EQ(kit_put(chan, 0, 'c', 20), i ? RELAY_STORED : RELAY_LOST_FULL);
        CHECK_EQ(stored(1), 8); /* which has a header, of the policy's */
        kit_close(chan);
        begun_by_another(3);
        relay_set_subbuf_start(chan, policies[i]);
        kit_put(chan, 0, 'b', 20);
        CHECK_STR(kit_text(buf->start, 23), "hhha*20");
        kit_close(chan);
        begun_by_another(4);
        relay_set_subbuf_start(chan, policies[i]);
        kit_put(chan, 0, 'b', 20);
        CHECK_EQ(stored(0), 8);
        kit_close(chan);
    }
}

/* Refused while full: the finished sub-buffer is left as it is, too. */
static void full_and_without_a_header(void)
{
    begun_by_another(0);
    kit_put(chan, 0, 'b', 20);
    relay_set_subbuf_start(chan, relay_no_overwrite);
    CHECK_EQ(kit_put(chan, 0, 'c', 20), RELAY_LOST_FULL);
    CHECK_STR(kit_text(buf->start, 20), "a*20");
    CHECK_STR(kit_text(buf->start + 32, 20), "b*20");
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(padding_is_stored),
    TEST(padding_is_stored_when_full),
    TEST(padding_is_stored_when_overwriting),
    TEST(small_headers),
    TEST(no_header),
    TEST(one_subbuf),
    TEST(reset_reserves_again),
    TEST(a_subbuf_without_a_header_keeps_its_bytes),
    TEST(full_and_without_a_header),
};
CHECK_MAIN(tests, kit_before, kit_after)
