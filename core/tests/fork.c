/* SPDX-License-Identifier: MIT */
/* After fork: the child is another thread with another id, and takes and gives locks under it. */
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"

/* Who holds the lock while subbuf_start runs. */
static uint32_t holder;

static void note_holder(struct rchan_buf *buf)
{
    holder = relay_load(&buf->ctl->lock);
}

static uint32_t my_id(void)
{
    return (uint32_t)syscall(SYS_gettid);
}

/* What the child does; its exit status is the number of failed checks. */
static void in_child(void (*act)(struct rchan *), struct rchan *chan)
{
    int status = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        act(chan);
        _exit(check_failures);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void child_writes(struct rchan *chan)
{
    alarm(30); /* a deadlock ends it */
    CHECK_EQ(kit_put(chan, 0, 'b', 60), RELAY_STORED);
    CHECK_EQ(holder, my_id());
    relay_flush(chan);
    CHECK_EQ(holder, my_id());
    CHECK(relay_chan_is_valid(chan));
}

/* The parent has used its id before; the child must not take it for its own. */
static void the_child_is_somebody_else(void)
{
    struct rchan *chan = kit_open(&kit_logged, 64, 8, 1);

    kit.inside = note_holder;
    kit_put(chan, 0, 'a', 60);
    kit_put(chan, 0, 'a', 60);
    CHECK_EQ(holder, my_id());
    in_child(child_writes, chan);
    CHECK_EQ(kit_put(chan, 0, 'c', 60), RELAY_STORED);
    kit_close(chan);
}

static void child_of_a_callback(struct rchan *chan)
{
    struct rchan *other;

    alarm(30);
    other = relay_open("other", NULL, 16, 2, &kit_no_overwrite, NULL);
    CHECK(other);
    relay_close(other);
    (void)chan;
}

static void forks(struct rchan_buf *buf)
{
    kit.inside = NULL;
    in_child(child_of_a_callback, buf->chan);
}

/* A child that is born while its parent holds a buffer can still use others. */
static void born_in_a_callback(void)
{
    struct rchan *chan = kit_open(&kit_logged, 64, 8, 1);

    kit_put(chan, 0, 'a', 60);
    kit.inside = forks;
    CHECK_EQ(kit_put(chan, 0, 'a', 60), RELAY_STORED);
    kit_close(chan);
}

static void one_writer(struct rchan *chan)
{
    alarm(30);
    for (int i = 0; i < 10; i++)
        CHECK_EQ(kit_put(chan, 0, 'b', 60), RELAY_STORED);
    relay_flush(chan);
    relay_reset(chan);
    CHECK(relay_chan_is_valid(chan));
}

/* Without a lock: flush in the child needs membarrier, which is registered by process. */
static void a_declared_writer(void)
{
    struct relay_options opt = {.cpus = 1, .writers = RELAY_WRITERS_ONE};
    struct rchan *chan = kit_open_with(&kit_overwrite, 64, 4, &opt);

    kit_put(chan, 0, 'a', 60);
    in_child(one_writer, chan);
    CHECK_EQ(kit_put(chan, 0, 'c', 60), RELAY_STORED);
    relay_flush(chan);
    kit_close(chan);
}

static void child_flushes(struct rchan *chan)
{
    alarm(30);
    relay_flush(chan);
}

static void child_closes(struct rchan *chan)
{
    struct relay_file *file = kit_file(0, O_RDONLY);

    alarm(30);
    relay_close(chan);
    relay_file_close(file);
}

/* What the parent has stored, and what it stores afterwards, is there after a child closed its own. */
static void a_child_that_closes(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    for (int i = 0; i < 5; i++)
        kit_put(chan, 0, 'a', 10);
    in_child(child_closes, chan);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "5/50: 5/50 unread");
    CHECK_EQ(kit_put(chan, 0, 'b', 4), RELAY_STORED);
    CHECK_STR(kit_read(file, 100), "a*50bbbb");
    relay_file_close(file);
    kit_close(chan);
}

/* The last reader is the parent's business too: nothing is discarded on its behalf. */
static void a_child_that_closes_after_its_parent(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    int status = 0;
    pid_t child;

    relay_buf_get(buf);
    kit_put(chan, 0, 'a', 10);
    relay_close(chan);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        relay_file_close(file);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
    CHECK_STR(kit_account(buf), "1/10: 1/10 unread");
    CHECK_STR(kit_read(file, 100), "a*10");
    relay_file_close(file);
    relay_buf_put(buf);
}

static void *opens_and_closes(void *stop)
{
    while (!__atomic_load_n((bool *)stop, __ATOMIC_RELAXED))
        relay_close(relay_open("busy", NULL, 64, 2, &kit_no_overwrite, NULL));
    return NULL;
}

/* Whoever held the mutex of all channels is not there in the child. */
static void born_while_others_open(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 1);
    bool stop = false;
    pthread_t other;

    if (CHECK_TSAN) { /* it cannot follow a fork of several threads */
        kit_close(chan);
        return;
    }
    NEED(pthread_create(&other, NULL, opens_and_closes, &stop) == 0);
    for (int i = 0; i < 50; i++)
        in_child(child_flushes, chan);
    __atomic_store_n(&stop, true, __ATOMIC_RELAXED);
    pthread_join(other, NULL);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(the_child_is_somebody_else),
    TEST(born_in_a_callback),
    TEST(a_declared_writer),
    TEST(a_child_that_closes),
    TEST(a_child_that_closes_after_its_parent),
    TEST(born_while_others_open),
};
CHECK_MAIN(tests, kit_before, kit_after)
