/* SPDX-License-Identifier: MIT */
/*
 * Readers of one buffer take turns. A reader that is at work for long (a splice whose pipe is full)
 * is waited for; but a callback of that buffer, which holds it, is told to go away.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "asleep.h"
#include "check.h"
#include "kit.h"

enum { PAGE = 4096, WATCHDOG_S = 60 };

static struct rchan *chan;
static struct relay_file *file;
static int fds[2];

/* A call in a thread of its own. */
struct caller {
    pthread_t thread;
    pid_t id; /* atomic */
    ssize_t result;
    bool done; /* atomic */
};

static void *read_a_byte(void *arg)
{
    struct caller *caller = arg;
    char byte;

    __atomic_store_n(&caller->id, gettid(), __ATOMIC_RELEASE);
    caller->result = relay_file_read(file, &byte, 1);
    __atomic_store_n(&caller->done, true, __ATOMIC_RELEASE);
    return NULL;
}

static void *splice_all(void *arg)
{
    struct caller *caller = arg;

    __atomic_store_n(&caller->id, gettid(), __ATOMIC_RELEASE);
    caller->result = relay_file_splice(file, fds[1], SIZE_MAX);
    __atomic_store_n(&caller->done, true, __ATOMIC_RELEASE);
    return NULL;
}

/* Start it, and come back when it waits. */
static void start(struct caller *caller, void *(*run)(void *))
{
    *caller = (struct caller){0};
    NEED(pthread_create(&caller->thread, NULL, run, caller) == 0);
    while (!__atomic_load_n(&caller->done, __ATOMIC_ACQUIRE) &&
           !is_thread_asleep(__atomic_load_n(&caller->id, __ATOMIC_ACQUIRE)))
        sched_yield();
}

/* Two finished sub-buffers, one of which is in a pipe that has no room for the other. */
static void begin(struct caller *splicer, const struct rchan_callbacks *cb)
{
    int ready = 0;

    alarm(WATCHDOG_S); /* what waits for ever ends the program */
    chan = kit_open(cb, PAGE, 4, 1);
    file = kit_file(0, O_RDONLY);
    for (char byte = 'a'; byte < 'd'; byte++)
        kit_put(chan, 0, byte, PAGE);
    NEED(pipe(fds) == 0 && fcntl(fds[1], F_SETPIPE_SZ, PAGE) == PAGE);
    start(splicer, splice_all);
    while (ready < PAGE && ioctl(fds[0], FIONREAD, &ready) == 0)
        sched_yield();
    while (!is_thread_asleep(__atomic_load_n(&splicer->id, __ATOMIC_ACQUIRE)))
        sched_yield();
}

/* The pipe is emptied, and so the splice ends, behind as many sub-buffers as are finished by then. */
static void end(struct caller *splicer, ssize_t finished)
{
    static char bytes[PAGE];

    for (ssize_t got = 0; got < finished * PAGE;)
        got += read(fds[0], bytes, sizeof(bytes));
    pthread_join(splicer->thread, NULL);
    CHECK_EQ(splicer->result, finished * PAGE);
    close(fds[0]);
    close(fds[1]);
}

static void close_all(void)
{
    relay_file_close(file);
    kit_close(chan);
    alarm(0);
}

static void another_reader_waits(void)
{
    struct caller splicer, reader;

    begin(&splicer, &kit_no_overwrite);
    start(&reader, read_a_byte);
    CHECK(!__atomic_load_n(&reader.done, __ATOMIC_ACQUIRE));
    NEED(relay_load(&relay_cpu_buf(chan, 0)->ctl->consumed) == 1);
    end(&splicer, 2);
    pthread_join(reader.thread, NULL);
    CHECK_EQ(reader.result, 1); /* of the one that is being written */
    close_all();
}

static ssize_t inside[2];

static void read_and_splice(struct rchan_buf *buf)
{
    char byte;

    (void)buf;
    kit.inside = NULL;
    inside[0] = relay_file_read(file, &byte, 1);
    inside[1] = relay_file_splice(file, fds[1], 1);
}

/* It holds the buffer, for which the reader at work may be waiting. */
static void a_callback_does_not_wait(void)
{
    struct caller splicer;

    begin(&splicer, &kit_logged);
    kit.inside = read_and_splice;
    CHECK_EQ(kit_put(chan, 0, 'd', PAGE), RELAY_STORED);
    CHECK_EQ(inside[0], -EDEADLK);
    CHECK_EQ(inside[1], -EDEADLK);
    end(&splicer, 3);
    close_all();
}

/* Nobody is at work: it reads, more than once. */
static void a_callback_has_its_turn(void)
{
    alarm(WATCHDOG_S);
    chan = kit_open(&kit_logged, 16, 4, 1);
    file = kit_file(0, O_RDONLY);
    fds[1] = -1;
    kit_put(chan, 0, 'a', 16);
    kit_put(chan, 0, 'b', 16);
    for (int i = 0; i < 2; i++) {
        kit.inside = read_and_splice;
        CHECK_EQ(kit_put(chan, 0, 'c', 16), RELAY_STORED);
        CHECK_EQ(inside[0], 1);
        CHECK_EQ(inside[1], -EBADF);
    }
    close_all();
}

static const struct check_test tests[] = {
    TEST(another_reader_waits),
    TEST(a_callback_does_not_wait),
    TEST(a_callback_has_its_turn),
};
CHECK_MAIN(tests, kit_before, kit_after)
