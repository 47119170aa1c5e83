/* SPDX-License-Identifier: MIT */
/* Writing and switching: fit, exact fill, padding, full and blocked, too big, length 0, headers. */
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"

static void events_follow_each_other(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    CHECK_EQ(kit_put(chan, 0, 'a', 5), RELAY_STORED);
    CHECK_EQ(kit_put(chan, 0, 'b', 3), RELAY_STORED);
    CHECK_STR(kit_state(buf), "p0 c0 off8 b0 [0 0 0 0]");
    CHECK_STR(kit_text(buf->start, 8), "aaaaabbb");
    CHECK_STR(kit_account(buf), "2/8: 2/8 unread");
    kit_close(chan);
}

/* Facts 1 and 2. */
static void exact_fill_switches_at_the_next_event(void)
{
    struct rchan *chan = kit_open(&kit_logged, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    kit_take_log();
    for (int i = 0; i < 4; i++)
        CHECK_EQ(kit_put(chan, 0, 'a', 16), RELAY_STORED);
    CHECK_STR(kit_state(buf), "p0 c0 off64 b0 [0 0 0 0]");
    CHECK_STR(kit_take_log(), "");
    CHECK_EQ(kit_put(chan, 0, 'b', 1), RELAY_STORED);
    CHECK_STR(kit_state(buf), "p1 c0 off1 b0 [0 0 0 0]");
    CHECK_STR(kit_take_log(), "start 1 of cpu0, prev 0 padding 0\n");
    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'c', 63);
    CHECK_STR(kit_state(buf), "p3 c0 off63 b0 [0 0 1 0]");
    CHECK(!relay_buf_full(buf));
    kit_close(chan);
}

static void an_event_is_never_split(void)
{
    struct rchan *chan = kit_open(&kit_logged, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    kit_put(chan, 0, 'a', 48);
    kit_take_log();
    CHECK_EQ(kit_put(chan, 0, 'b', 17), RELAY_STORED);
    CHECK_STR(kit_state(buf), "p1 c0 off17 b0 [16 0 0 0]");
    CHECK_STR(kit_take_log(), "start 1 of cpu0, prev 0 padding 16\n");
    CHECK(relay_buf_data(buf) == buf->start + 64);
    CHECK_EQ(buf->ctl->prev_padding, 16);
    CHECK_EQ(buf->ctl->file_size, 48);
    CHECK_STR(kit_text(buf->start, 48), "a*48");
    CHECK_STR(kit_text(buf->start + 64, 17), "b*17");
    kit_close(chan);
}

/* Facts 3, 4, 5: the refused switch finishes the sub-buffer, retries ask again and do no more. */
static void full_means_blocked(void)
{
    struct rchan *chan = kit_open(&kit_logged, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 64);
    kit_put(chan, 0, 'b', 40);
    kit_take_log();
    CHECK_EQ(kit_put(chan, 0, 'c', 30), RELAY_LOST_FULL);
    CHECK_STR(kit_state(buf), "p4 c0 off65 b0 [0 0 0 24]");
    CHECK_STR(kit_take_log(), "start 0 of cpu0, prev 3 padding 24\n");
    CHECK(relay_buf_full(buf));
    CHECK_EQ(kit_put(chan, 0, 'd', 10), RELAY_LOST_FULL);
    CHECK_EQ(kit_put(chan, 0, 'd', 0), RELAY_LOST_FULL);
    CHECK(!relay_reserve(chan, 1));
    relay_flush(chan);
    CHECK_EQ(relay_switch_subbuf(buf, 7), 0);
    CHECK_STR(kit_take_log(), "start 0 of cpu0, prev 3 padding 24\n"
                              "start 0 of cpu0, prev 3 padding 24\n"
                              "start 0 of cpu0, prev 3 padding 24\n"
                              "start 0 of cpu0, prev 3 padding 24\n"
                              "start 0 of cpu0, prev 3 padding 24\n");
    CHECK_STR(kit_state(buf), "p4 c0 off65 b0 [0 0 0 24]");
    CHECK_EQ(buf->ctl->file_size, 3 * 64 + 40);
    CHECK_STR(kit_account(buf), "8/273: 4/232 unread, 4/41 refused");
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_STR(kit_state(buf), "p4 c1 off65 b0 [0 0 0 24]");
    CHECK_EQ(kit_put(chan, 0, 'e', 0), RELAY_STORED);
    CHECK_STR(kit_state(buf), "p4 c1 off0 b0 [0 0 0 24]");
    kit_close(chan);
}

static void default_is_no_overwrite(void)
{
    struct rchan_callbacks cb = kit_no_overwrite;
    struct rchan *chan;

    cb.subbuf_start = NULL;
    chan = kit_open(&cb, 16, 2, 1);
    for (int i = 0; i < 2; i++)
        CHECK_EQ(kit_put(chan, 0, 'a', 16), RELAY_STORED);
    CHECK_EQ(kit_put(chan, 0, 'b', 1), RELAY_LOST_FULL);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p2 c0 off17 b0 [0 0]");
    kit_close(chan);
}

static void overwrite_loses_the_oldest(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 16, 2, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    for (char byte = 'a'; byte < 'g'; byte++)
        CHECK_EQ(kit_put(chan, 0, byte, 10), RELAY_STORED);
    CHECK_STR(kit_state(buf), "p5 c0 off10 b0 [6 0]");
    CHECK(relay_buf_full(buf));
    CHECK_STR(kit_account(buf), "6/60: 2/20 unread, 4/40 overwritten");
    CHECK_STR(kit_text(buf->start, 10), "e*10");
    CHECK_STR(kit_text(buf->start + 16, 10), "f*10");
    kit_close(chan);
}

static void one_subbuf(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 1, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    CHECK_EQ(kit_put(chan, 0, 'a', 60), RELAY_STORED);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_LOST_FULL);
    CHECK_STR(kit_state(buf), "p1 c0 off65 b0 [4]");
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_EQ(kit_put(chan, 0, 'c', 10), RELAY_STORED);
    CHECK_STR(kit_state(buf), "p1 c1 off10 b0 [0]");
    kit_close(chan);
    kit.answer = KIT_ACCEPT;
    chan = kit_open(&kit_logged, 64, 1, 1);
    buf = relay_cpu_buf(chan, 0);
    kit_put(chan, 0, 'a', 60);
    kit_take_log();
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    CHECK_STR(kit_take_log(), "start 0 of cpu0, prev 0 padding 4\n");
    CHECK_STR(kit_state(buf), "p1 c0 off10 b0 [0]"); /* fact 13 */
    kit_close(chan);
}

/* Fact 8. */
static void too_big(void)
{
    static const size_t lengths[] = {65, 128, 65, 71, 73};
    struct rchan *chan = kit_open(&kit_logged, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    kit_put(chan, 0, 'a', 3);
    kit_take_log();
    for (size_t i = 0; i < 5; i++) {
        CHECK_EQ(kit_put(chan, 0, 'b', lengths[i]), RELAY_LOST_TOO_BIG);
        CHECK_EQ(chan->last_toobig, lengths[i]);
    }
    CHECK_STR(kit_state(buf), "p0 c0 off3 b0 [0 0 0 0]");
    CHECK_STR(kit_take_log(), "");
    CHECK_STR(kit_account(buf), "6/405: 1/3 unread, 5/402 too big");
    CHECK_EQ(relay_stats(chan, RELAY_STATS_WRT_BIG), 5);
    CHECK_EQ(kit_put(chan, 0, 'c', 64), RELAY_STORED);
    kit_close(chan);
}

static void too_big_while_blocked_asks_nobody(void)
{
    struct rchan *chan = kit_open(&kit_logged, 16, 1, 1);

    kit_put(chan, 0, 'a', 16);
    CHECK_EQ(kit_put(chan, 0, 'b', 1), RELAY_LOST_FULL);
    kit_take_log();
    CHECK_EQ(kit_put(chan, 0, 'c', 17), RELAY_LOST_TOO_BIG);
    CHECK_STR(kit_take_log(), "");
    CHECK_EQ(chan->last_toobig, 17);
    kit_close(chan);
}

static void absurd_lengths(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    volatile size_t largest = SIZE_MAX; /* the compiler would warn of a constant */

    kit_put(chan, 0, 'a', 40);
    CHECK_EQ(relay_write_on(chan, 0, "x", largest), RELAY_LOST_TOO_BIG);
    CHECK_EQ(relay_write_on(chan, 0, "x", largest - 39), RELAY_LOST_TOO_BIG);
    CHECK_EQ(relay_write_nolock_on(chan, 0, "x", largest - 40), RELAY_LOST_TOO_BIG);
    CHECK(!relay_reserve(chan, largest));
    CHECK_EQ(relay_switch_subbuf(buf, largest), 0);
    CHECK_EQ(chan->last_toobig, SIZE_MAX);
    CHECK_STR(kit_state(buf), "p0 c0 off40 b0 [0 0 0 0]");
    kit_close(chan);
}

/* Fact 7. */
static void length_zero(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    CHECK_EQ(relay_write_on(chan, 0, NULL, 0), RELAY_STORED);
    CHECK_STR(kit_state(buf), "p0 c0 off0 b0 [0 0]");
    kit_put(chan, 0, 'a', 16);
    CHECK_EQ(kit_put(chan, 0, 'b', 0), RELAY_STORED);
    CHECK_STR(kit_state(buf), "p0 c0 off16 b0 [0 0]");
    CHECK_STR(kit_account(buf), "3/16: 3/16 unread");
    kit_close(chan);
}

/* Fact 9: the header leaves too little, and each attempt burns a sub-buffer. */
static void header_leaves_too_little(void)
{
    struct rchan *chan;
    struct rchan_buf *buf;

    kit.header = 16;
    kit.answer = KIT_ACCEPT;
    chan = kit_open(&kit_logged, 64, 4, 1);
    buf = relay_cpu_buf(chan, 0);
    CHECK_STR(kit_state(buf), "p0 c0 off16 b0 [0 0 0 0]");
    for (int i = 0; i < 7; i++)
        CHECK_EQ(kit_put(chan, 0, 'a', 49), RELAY_LOST_TOO_BIG);
    CHECK_STR(kit_state(buf), "p7 c0 off16 b0 [48 48 48 0]");
    CHECK_EQ(chan->last_toobig, 49);
    CHECK_EQ(kit_put(chan, 0, 'a', 48), RELAY_STORED);
    CHECK_STR(kit_account(buf), "8/391: 1/48 unread, 7/343 too big");
    kit_close(chan);
    kit.answer = KIT_NO_OVERWRITE;
    chan = kit_open(&kit_logged, 64, 4, 1);
    for (int i = 0; i < 3; i++)
        CHECK_EQ(kit_put(chan, 0, 'a', 49), RELAY_LOST_TOO_BIG);
    CHECK_EQ(kit_put(chan, 0, 'a', 49), RELAY_LOST_FULL);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p4 c0 off65 b0 [48 48 48 48]");
    kit_close(chan);
}

/* Fact 11: the kernel dies where we report. */
static void header_limits(void)
{
    static const struct {
        size_t header;
        unsigned offset;
    } cases[] = {{62, 62}, {63, 0}, {64, 0}, {SIZE_MAX, 0}};

    for (size_t i = 0; i < 4; i++) {
        struct rchan *chan;

        kit_before();
        kit.header = cases[i].header;
        chan = kit_open(&kit_logged, 64, 2, 1);
        CHECK_EQ(relay_load(&relay_cpu_buf(chan, 0)->ctl->offset), cases[i].offset);
        CHECK_EQ(relay_error(), cases[i].offset ? RELAY_ERR_OK : RELAY_ERR_RESERVE);
        CHECK_EQ(kit_put(chan, 0, 'a', 2), RELAY_STORED);
        kit_close(chan);
    }
}

/* Fact 12. */
static void direct_switch(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    CHECK_EQ(relay_switch_subbuf(buf, 10), 10);
    CHECK_STR(kit_state(buf), "p1 c0 off0 b0 [64 0 0 0]");
    CHECK_EQ(relay_switch_subbuf(buf, 64), 64);
    CHECK_EQ(relay_switch_subbuf(buf, 65), 0);
    CHECK_STR(kit_state(buf), "p2 c0 off0 b0 [64 64 0 0]");
    CHECK_EQ(relay_switch_subbuf(buf, 0), 0);
    CHECK_STR(kit_state(buf), "p3 c0 off0 b0 [64 64 64 0]");
    kit_close(chan);
}

/* Fact 14, and the padding of a new sub-buffer is 0 while the old bytes stay. */
static void memory_is_not_cleared(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 16, 2, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    kit_put(chan, 0, 'a', 16);
    kit_put(chan, 0, 'b', 16);
    kit_put(chan, 0, 'c', 3);
    CHECK_STR(kit_text(buf->start, 16), "ccca*13");
    relay_reset(chan);
    CHECK_STR(kit_text(buf->start, 16), "ccca*13");
    kit_close(chan);
}

static void where_it_cannot_go(void)
{
    struct relay_options opt = {.cpus = 3, .online = (const unsigned char[]){1, 0, 1}};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 2, &opt);

    CHECK_EQ(kit_put(chan, 1, 'a', 1), RELAY_LOST_NO_BUFFER);
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    relay_error_clear();
    CHECK_EQ(kit_put(chan, 3, 'a', 1), RELAY_LOST_NO_BUFFER);
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    relay_error_clear();
    CHECK_EQ(relay_write_nolock_on(chan, UINT32_MAX, "a", 1), RELAY_LOST_NO_BUFFER);
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    relay_set_cpu(1);
    CHECK_EQ(relay_current_cpu(), 1);
    relay_write(chan, "a", 1);
    __relay_write(chan, "a", 1);
    CHECK(!relay_reserve(chan, 1));
    relay_set_cpu(2);
    relay_write(chan, "a", 1);
    __relay_write(chan, "a", 1);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 2)), "2/2: 2/2 unread");
    kit_close(chan);
}

static void write_many(enum relay_writers writers)
{
    static const uint32_t lengths[] = {5, 0, 11, 16, 17, 3, 16, 1};
    struct relay_options opt = {.cpus = 1, .writers = writers};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 4, &opt);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    char bytes[69];
    size_t at = 0;

    for (size_t i = 0; i < 8; at += lengths[i++])
        memset(bytes + at, 'a' + (int)i, lengths[i]);
    CHECK_EQ(relay_write_many(chan, 0, bytes, lengths, 8), 6);
    CHECK_STR(kit_state(buf), "p4 c0 off17 b0 [0 0 13 0]");
    CHECK_STR(kit_text(buf->start, 32), "aaaaac*11d*16");
    CHECK_STR(kit_text(buf->start + 32, 3), "fff");
    CHECK_EQ(relay_write_many(chan, 0, bytes, lengths, 0), 0);
    CHECK_EQ(relay_write_many(chan, 1, bytes, lengths, 8), 0);
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    kit_close(chan);
}

static void many_events_in_one_call(void)
{
    write_many(RELAY_WRITERS_MANY);
    write_many(RELAY_WRITERS_ONE);
}

/* One declared writer: the same results without a lock. */
static void one_writer(void)
{
    struct relay_options opt = {.cpus = 1, .writers = RELAY_WRITERS_ONE};
    struct rchan *chan = kit_open_with(&kit_logged, 16, 2, &opt);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);

    CHECK_EQ(kit_put(chan, 0, 'a', 10), RELAY_STORED);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    CHECK_EQ(kit_put(chan, 0, 'c', 10), RELAY_LOST_FULL);
    CHECK_EQ(kit_put(chan, 0, 'd', 0), RELAY_LOST_FULL);
    CHECK_EQ(kit_put(chan, 0, 'e', 17), RELAY_LOST_TOO_BIG);
    CHECK_STR(kit_state(buf), "p2 c0 off17 b0 [6 6]");
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_EQ(kit_put(chan, 0, 'f', 16), RELAY_STORED);
    CHECK_STR(kit_account(buf), "6/63: 2/26 unread, 2/10 refused, 1/17 too big, 1/10 released");
    kit_close(chan);
}

static void callback_changes_its_mind(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);

    kit_put(chan, 0, 'a', 16);
    kit_put(chan, 0, 'b', 16);
    CHECK_EQ(kit_put(chan, 0, 'c', 1), RELAY_LOST_FULL);
    relay_set_subbuf_start(chan, relay_overwrite);
    CHECK_EQ(kit_put(chan, 0, 'd', 1), RELAY_STORED);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p2 c0 off1 b0 [0 0]");
    relay_set_subbuf_start(chan, NULL);
    CHECK_EQ(kit_put(chan, 0, 'e', 16), RELAY_LOST_FULL);
    kit_close(chan);
}

/* One declared writer needs no lock where the system can make it show its mark; else there is one. */
static void a_lock_where_there_must_be_one(void)
{
    struct relay_options opt = {.cpus = 1, .writers = RELAY_WRITERS_ONE};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 2, &opt);
    long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    bool has_it = commands > 0 && commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED;

    CHECK_EQ(relay_cpu_buf(chan, 0)->writers, has_it ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY);
    kit_close(chan);
    chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    CHECK_EQ(relay_cpu_buf(chan, 0)->writers, RELAY_WRITERS_MANY);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(events_follow_each_other),
    TEST(exact_fill_switches_at_the_next_event),
    TEST(an_event_is_never_split),
    TEST(full_means_blocked),
    TEST(default_is_no_overwrite),
    TEST(overwrite_loses_the_oldest),
    TEST(one_subbuf),
    TEST(too_big),
    TEST(too_big_while_blocked_asks_nobody),
    TEST(absurd_lengths),
    TEST(length_zero),
    TEST(header_leaves_too_little),
    TEST(header_limits),
    TEST(direct_switch),
    TEST(memory_is_not_cleared),
    TEST(where_it_cannot_go),
    TEST(many_events_in_one_call),
    TEST(one_writer),
    TEST(a_lock_where_there_must_be_one),
    TEST(callback_changes_its_mind),
};
CHECK_MAIN(tests, kit_before, kit_after)
