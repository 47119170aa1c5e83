/* SPDX-License-Identifier: MIT */
/* Callbacks that do not return, since their thread ends inside: what they held is given up. */
#include <pthread.h>
#include <unistd.h>

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

static struct dentry *leaving_create(const char *filename, struct dentry *parent, uint16_t mode,
                                     struct rchan_buf *buf, int *is_global)
{
    maybe_leave(buf);
    return relay_default_create_buf_file(filename, parent, mode, buf, is_global);
}

static int leaving_remove(struct dentry *dentry)
{
    maybe_leave(NULL);
    return relay_remove(dentry);
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

void __lsan_disable(void) __attribute__((weak)); /* for this thread; there with a sanitizer */

/* The buffer that was being made is leaked, as relay.h says. */
static void *bring_on_line(void *unused)
{
    if (__lsan_disable)
        __lsan_disable();
    relay_cpu_online(chan, 1, true);
    return unused;
}

static void *close_it(void *unused)
{
    relay_close(chan);
    return unused;
}

/* Making a file and removing one: the mutex of all channels is free, the channel goes on. */
static void from_what_makes_files(void)
{
    struct relay_options opt = {.cpus = 2, .online = (const unsigned char[]){1, 0}};
    struct rchan_callbacks cb = kit_no_overwrite;

    cb.create_buf_file = leaving_create;
    cb.remove_buf_file = leaving_remove;
    alarm(60); /* a mutex that nobody gives up */
    chan = kit_open_with(&cb, 64, 4, &opt);
    in_thread(bring_on_line);
    check_free();
    CHECK(!relay_cpu_is_online(chan, 1));
    CHECK_EQ(relay_cpu_online(chan, 1, true), 0);
    CHECK_EQ(kit_put(chan, 1, 'c', 60), RELAY_STORED);
    relay_get(chan);
    in_thread(close_it); /* and its files stay */
    check_free();
    for (unsigned cpu = 0; cpu < 2; cpu++) {
        struct dentry *entry = relay_lookup(NULL, cpu ? "cpu1" : "cpu0");

        CHECK_EQ(relay_remove(entry), 0);
        relay_dentry_put(entry);
    }
    relay_put(chan);
    relay_put(chan); /* what close would have dropped */
    alarm(0);
}

static const struct check_test tests[] = {
    TEST(from_a_write),
    TEST(from_a_flush),
    TEST(from_a_reset),
    TEST(from_what_makes_files),
};
CHECK_MAIN(tests, kit_before, kit_after)
