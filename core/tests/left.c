/* SPDX-License-Identifier: MIT */
/* Callbacks that do not return, since their thread ends inside: what they held is given up. */
#include <pthread.h>

#include "check.h"
#include "kit.h"

static struct rchan *chan;
static bool leaves; /* the next callback ends its thread */

static void maybe_leave(struct rchan_buf *buf)
{
    (void)buf;
    if (leaves) {
        leaves = false;
        pthread_exit(NULL);
    }
}

static void *write_one(void *unused)
{
    kit_put(chan, 0, 'b', 60);
    return unused;
}

static void *flush(void *unused)
{
    relay_flush(chan);
    return unused;
}

static void *reset(void *unused)
{
    relay_reset(chan);
    return unused;
}

static void in_thread(void *(*act)(void *))
{
    pthread_t thread;

    leaves = true;
    NEED(pthread_create(&thread, NULL, act, NULL) == 0);
    pthread_join(thread, NULL);
    CHECK(!leaves);
}

/* The mutex of all channels is free, and so is every part of this one. */
static void check_free(void)
{
    struct rchan *other = relay_open("other", NULL, 16, 2, &kit_no_overwrite, NULL);

    CHECK(other);
    relay_close(other);
    CHECK(kit_valid(chan));
}

static void open_with(enum relay_writers writers)
{
    struct relay_options opt = {.cpus = 1, .writers = writers};

    kit.answer = KIT_ACCEPT;
    chan = kit_open_with(&kit_logged, 64, 4, &opt);
    kit_put(chan, 0, 'a', 60);
    kit.inside = maybe_leave;
}

/* As if it had refused: the event is gone, the next is asked for again and stored. */
static void from_a_write(void)
{
    static const enum relay_writers kinds[] = {RELAY_WRITERS_MANY, RELAY_WRITERS_ONE};

    for (size_t i = 0; i < 2; i++) {
        open_with(kinds[i]);
        in_thread(write_one);
        check_free();
        CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off65 b0 [4 0 0 0]");
        CHECK_EQ(kit_put(chan, 0, 'c', 60), RELAY_STORED);
        CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "2/120: 2/120 unread");
        kit_close(chan);
    }
}

static void from_a_flush(void)
{
    open_with(RELAY_WRITERS_ONE);
    in_thread(flush);
    check_free();
    CHECK_EQ(kit_put(chan, 0, 'c', 60), RELAY_STORED);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "2/120: 2/120 unread");
    kit_close(chan);
}

static void from_a_reset(void)
{
    open_with(RELAY_WRITERS_MANY);
    in_thread(reset);
    check_free();
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p0 c0 off0 b0 [0 0 0 0]");
    CHECK_EQ(kit_put(chan, 0, 'c', 60), RELAY_STORED);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(from_a_write),
    TEST(from_a_flush),
    TEST(from_a_reset),
};
CHECK_MAIN(tests, kit_before, kit_after)
