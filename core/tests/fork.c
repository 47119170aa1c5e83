/* SPDX-License-Identifier: MIT */
/* After fork: the child is another thread with another id, and takes and gives locks under it. */
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

static const struct check_test tests[] = {
    TEST(the_child_is_somebody_else),
    TEST(born_in_a_callback),
    TEST(a_declared_writer),
};
CHECK_MAIN(tests, kit_before, kit_after)
