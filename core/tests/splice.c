/* SPDX-License-Identifier: MIT */
/* splice: finished sub-buffers into another descriptor, without padding; blocking; errors. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"

/* What lies in a pipe. */
static const char *drain(int fd, size_t count)
{
    static char bytes[65536];
    ssize_t got = read(fd, bytes, count);

    return got < 0 ? "(nothing)" : kit_text(bytes, (size_t)got);
}

static void open_pipe(int *fds)
{
    NEED(pipe2(fds, O_NONBLOCK) == 0);
}

static void close_pipe(int *fds)
{
    close(fds[0]);
    close(fds[1]);
}

static void finished_without_padding(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);
    int fds[2];

    open_pipe(fds);
    CHECK_EQ(relay_file_splice(file, fds[1], 100), 0);
    for (char byte = 'a'; byte < 'd'; byte++)
        kit_put(chan, 0, byte, 10);
    CHECK_EQ(relay_file_splice(file, fds[1], 0), 0);
    CHECK_EQ(relay_file_splice(file, fds[1], 100), 20);
    CHECK_STR(drain(fds[0], 100), "a*10b*10");
    CHECK_STR(kit_state(buf), "p2 c2 off10 b0 [6 6 0 0]");
    CHECK_STR(kit_account(buf), "3/30: 1/10 unread, 2/20 consumed");
    CHECK_EQ(relay_file_splice(file, fds[1], 100), 0);
    relay_flush(chan);
    CHECK_EQ(relay_file_splice(file, fds[1], 100), 10);
    CHECK_STR(drain(fds[0], 100), "c*10");
    close_pipe(fds);
    relay_file_close(file);
    kit_close(chan);
}

static void in_pieces_together_with_read(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);
    int fds[2];

    open_pipe(fds);
    for (char byte = 'a'; byte < 'd'; byte++)
        kit_put(chan, 0, byte, 10);
    CHECK_EQ(relay_file_splice(file, fds[1], 4), 4);
    CHECK_STR(kit_state(buf), "p2 c0 off10 b4 [6 6 0 0]");
    CHECK_STR(kit_read(file, 3), "aaa");
    CHECK_EQ(relay_file_splice(file, fds[1], 5), 5);
    CHECK_STR(drain(fds[0], 100), "aaaaaaabb");
    CHECK_STR(kit_state(buf), "p2 c1 off10 b2 [6 6 0 0]");
    CHECK_STR(kit_read(file, 100), "bbbbbbbbc*10");
    close_pipe(fds);
    relay_file_close(file);
    kit_close(chan);
}

/* Empty sub-buffers give nothing and are released: none of read's anomalies. */
static void empty_subbufs(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 8, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    int fds[2];

    open_pipe(fds);
    for (int i = 0; i < 3; i++)
        relay_flush(chan);
    kit_put(chan, 0, 'a', 8);
    relay_flush(chan);
    CHECK_EQ(relay_file_splice(file, fds[1], 1000), 8);
    CHECK_STR(drain(fds[0], 100), "aaaaaaaa");
    CHECK_EQ(relay_load(&relay_cpu_buf(chan, 0)->ctl->consumed), 4);
    close_pipe(fds);
    relay_file_close(file);
    kit_close(chan);
}

static void lapped(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    int fds[2];

    open_pipe(fds);
    for (char byte = 'a'; byte < 'h'; byte++)
        kit_put(chan, 0, byte, 16);
    CHECK_EQ(relay_file_splice(file, fds[1], 1000), 48);
    CHECK_STR(drain(fds[0], 100), "d*16e*16f*16");
    close_pipe(fds);
    relay_file_close(file);
    kit_close(chan);
}

/* Exactly n behind, the oldest sub-buffer is the one that is being written: it is passed over, and
 * so is what was taken of it before. */
static void lapped_by_one(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 16, 2, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);
    int fds[2];

    open_pipe(fds);
    kit_put(chan, 0, 'a', 16);
    kit_put(chan, 0, 'b', 16);
    CHECK_EQ(relay_file_splice(file, fds[1], 5), 5);
    kit_put(chan, 0, 'c', 16);
    CHECK_STR(kit_state(buf), "p2 c0 off16 b5 [0 0]");
    CHECK_EQ(relay_file_splice(file, fds[1], 1000), 16);
    CHECK_STR(drain(fds[0], 100), "aaaaab*16");
    CHECK_STR(kit_state(buf), "p2 c2 off16 b0 [0 0]");
    close_pipe(fds);
    relay_file_close(file);
    kit_close(chan);
}

/* A write that the pipe takes in part counts as far as it went, and ends the splice. */
static void a_short_write(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 8192, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    static char bytes[8192];
    int fds[2];

    NEED(pipe2(fds, O_NONBLOCK) == 0 && fcntl(fds[1], F_SETPIPE_SZ, 4096) == 4096);
    for (char byte = 'a'; byte < 'd'; byte++)
        kit_put(chan, 0, byte, 8192);
    CHECK_EQ(relay_file_splice(file, fds[1], SIZE_MAX), 4096);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p2 c0 off8192 b4096 [0 0 0 0]");
    CHECK_EQ(relay_file_splice(file, fds[1], SIZE_MAX), -EAGAIN);
    CHECK_EQ(read(fds[0], bytes, sizeof(bytes)), 4096);
    CHECK_EQ(relay_file_splice(file, fds[1], SIZE_MAX), 4096);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p2 c1 off8192 b0 [0 0 0 0]");
    close_pipe(fds);
    relay_file_close(file);
    kit_close(chan);
}

static void nothing_finished(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY | O_NONBLOCK);
    int fds[2];

    open_pipe(fds);
    kit_put(chan, 0, 'a', 8);
    CHECK_EQ(relay_file_splice(file, fds[1], 100), -EAGAIN);
    CHECK_EQ(relay_file_splice(file, fds[1], 0), 0);
    relay_flush(chan);
    CHECK_EQ(relay_file_splice(file, fds[1], 100), 8);
    CHECK_EQ(relay_file_splice(file, fds[1], 100), -EAGAIN);
    close_pipe(fds);
    relay_file_close(file);
    kit_close(chan);
}

static void the_other_descriptor_refuses(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_file *writable = kit_file(0, O_WRONLY);
    int full = open("/dev/full", O_WRONLY);
    int fds[2];

    open_pipe(fds);
    kit_put(chan, 0, 'a', 8);
    relay_flush(chan);
    CHECK_EQ(relay_file_splice(writable, fds[1], 100), -EBADF);
    CHECK_EQ(relay_file_splice(file, -1, 100), -EBADF);
    CHECK_EQ(relay_file_splice(file, fds[0], 100), -EBADF);
    if (full >= 0)
        CHECK_EQ(relay_file_splice(file, full, 100), -ENOSPC);
    close(fds[0]);
    signal(SIGPIPE, SIG_IGN);
    CHECK_EQ(relay_file_splice(file, fds[1], 100), -EPIPE);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off0 b0 [8 0 0 0]");
    CHECK_STR(kit_read(file, 100), "aaaaaaaa");
    close(fds[1]);
    close(full);
    relay_file_close(file);
    relay_file_close(writable);
    kit_close(chan);
}

static void a_full_pipe_takes_what_it_can(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 65536, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    ssize_t first;
    int fds[2];

    open_pipe(fds);
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 8; k++)
            kit_put(chan, 0, (char)('a' + i), 8192);
    relay_flush(chan);
    first = relay_file_splice(file, fds[1], SIZE_MAX);
    CHECK(first >= 4096 && first < 4 * 65536);
    CHECK_EQ(relay_file_splice(file, fds[1], SIZE_MAX), -EAGAIN);
    CHECK(kit_valid(chan));
    close_pipe(fds);
    relay_file_close(file);
    kit_close(chan);
}

struct drainer {
    int fd;
    size_t bytes;
    bool in_order;
};

static void *drain_all(void *arg)
{
    struct drainer *drainer = arg;
    char bytes[4096];
    char last = 'a';
    ssize_t got;

    while ((got = read(drainer->fd, bytes, sizeof(bytes))) > 0) {
        for (ssize_t i = 0; i < got; i++) {
            drainer->in_order = drainer->in_order && bytes[i] >= last;
            last = bytes[i];
        }
        drainer->bytes += (size_t)got;
    }
    return NULL;
}

/* More than a pipe holds: splice blocks as the pipe does, and everything arrives. */
static void blocks_as_the_pipe_does(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 65536, 8, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct drainer drainer = {.in_order = true};
    pthread_t thread;
    int fds[2];

    NEED(pipe(fds) == 0);
    drainer.fd = fds[0];
    for (int i = 0; i < 7; i++)
        for (int k = 0; k < 8; k++)
            kit_put(chan, 0, (char)('a' + i), 8000);
    relay_flush(chan);
    NEED(pthread_create(&thread, NULL, drain_all, &drainer) == 0);
    CHECK_EQ(relay_file_splice(file, fds[1], SIZE_MAX), 7 * 8 * 8000);
    close(fds[1]);
    pthread_join(thread, NULL);
    CHECK_EQ(drainer.bytes, 7 * 8 * 8000);
    CHECK(drainer.in_order);
    close(fds[0]);
    relay_file_close(file);
    kit_close(chan);
}

struct splicer {
    struct relay_file *file;
    int fd;
    ssize_t moved;
};

static void *splice_5000(void *argument)
{
    struct splicer *splicer = argument;

    splicer->moved = relay_file_splice(splicer->file, splicer->fd, 5000);
    return NULL;
}

static void wait_until_full(int fd, int size)
{
    int ready = 0;

    while (ready < size && ioctl(fd, FIONREAD, &ready) == 0)
        sched_yield();
}

/* Somebody else reports the sub-buffer whose bytes wait for room in the pipe: the next one is not
 * touched by that splice, and is delivered as a whole later. */
static void reported_while_it_waits(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 8192, 4, 1);
    struct splicer splicer = {.file = kit_file(0, O_RDONLY)};
    static char bytes[4 * 8192];
    pthread_t thread;
    int fds[2];

    NEED(pipe(fds) == 0 && fcntl(fds[1], F_SETPIPE_SZ, 4096) == 4096);
    splicer.fd = fds[1];
    for (int i = 0; i < 8; i++)
        kit_put(chan, 0, (char)('a' + i), 4096);
    NEED(pthread_create(&thread, NULL, splice_5000, &splicer) == 0);
    wait_until_full(fds[0], 4096);
    relay_subbufs_consumed(chan, 0, 1);
    for (size_t got = 0; got < 5000;)
        got += (size_t)read(fds[0], bytes, sizeof(bytes));
    pthread_join(thread, NULL);
    CHECK_EQ(splicer.moved, 5000);
    CHECK_EQ(relay_file_read(splicer.file, bytes, sizeof(bytes)), 6 * 4096);
    CHECK_EQ(bytes[0], 'c');
    CHECK_EQ(bytes[6 * 4096 - 1], 'h');
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)),
              "8/32768: 2/8192 unread, 4/16384 consumed, 2/8192 released");
    close(fds[0]);
    close(fds[1]);
    relay_file_close(splicer.file);
    kit_close(chan);
}

/* What was read before it was finished is skipped, with its position. */
static void behind_what_was_read(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    int fds[2];

    open_pipe(fds);
    kit_put(chan, 0, 'a', 10);
    CHECK_STR(kit_read(file, 10), "a*10");
    kit_put(chan, 0, 'b', 12);
    relay_flush(chan);
    CHECK_EQ(relay_file_splice(file, fds[1], 100), 12);
    CHECK_STR(drain(fds[0], 100), "b*12");
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "2/22: 2/22 consumed");
    close_pipe(fds);
    relay_file_close(file);
    kit_close(chan);
}

static void into_a_file_after_close(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    FILE *out = tmpfile();
    char bytes[32] = "";

    NEED(out);
    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 0, 'b', 10);
    relay_close(chan);
    CHECK_EQ(relay_file_splice(file, fileno(out), 100), 10);
    CHECK_EQ(pread(fileno(out), bytes, sizeof(bytes), 0), 10);
    CHECK_STR(bytes, "aaaaaaaaaa");
    fclose(out);
    relay_file_close(file);
}

static const struct check_test tests[] = {
    TEST(finished_without_padding),
    TEST(in_pieces_together_with_read),
    TEST(empty_subbufs),
    TEST(lapped),
    TEST(lapped_by_one),
    TEST(a_short_write),
    TEST(nothing_finished),
    TEST(the_other_descriptor_refuses),
    TEST(a_full_pipe_takes_what_it_can),
    TEST(blocks_as_the_pipe_does),
    TEST(reported_while_it_waits),
    TEST(behind_what_was_read),
    TEST(into_a_file_after_close),
};
CHECK_MAIN(tests, kit_before, kit_after)
