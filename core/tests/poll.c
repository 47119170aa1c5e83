/* SPDX-License-Identifier: MIT */
/* poll, the blocking wait (woken by a switch of its own buffer and nothing else), the eventfd. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "asleep.h"
#include "check.h"
#include "kit.h"

/* A thread in relay_file_wait. */
struct sleeper {
    struct relay_file *file;
    int64_t timeout_ms;
    pthread_t thread;
    pid_t id; /* atomic; system-wide, 0: not running yet */
    int mask;
    bool woken;
    bool done; /* atomic */
};

static void *sleep_in_wait(void *arg)
{
    struct sleeper *sleeper = arg;

    __atomic_store_n(&sleeper->id, gettid(), __ATOMIC_RELEASE);
    sleeper->mask = relay_file_wait(sleeper->file, sleeper->timeout_ms, &sleeper->woken);
    __atomic_store_n(&sleeper->done, true, __ATOMIC_RELEASE);
    return NULL;
}

static bool is_done(struct sleeper *sleeper)
{
    return __atomic_load_n(&sleeper->done, __ATOMIC_ACQUIRE);
}

static bool is_asleep(struct sleeper *sleeper)
{
    return is_thread_asleep(__atomic_load_n(&sleeper->id, __ATOMIC_ACQUIRE));
}

/* Start it, and come back when it sleeps (or its time is up already). */
static void start(struct sleeper *sleeper, struct relay_file *file, int64_t timeout_ms)
{
    struct relay_ctl *ctl = relay_file_buf(file)->ctl;
    uint32_t before = relay_load(&ctl->waiters);

    *sleeper = (struct sleeper){.file = file, .timeout_ms = timeout_ms};
    NEED(pthread_create(&sleeper->thread, NULL, sleep_in_wait, sleeper) == 0);
    while (!is_done(sleeper) && (relay_load(&ctl->waiters) == before || !is_asleep(sleeper)))
        sched_yield();
}

static void finish(struct sleeper *sleeper, int mask, bool woken)
{
    pthread_join(sleeper->thread, NULL);
    CHECK_EQ(sleeper->mask, mask);
    CHECK_EQ(sleeper->woken, woken);
    CHECK_EQ(relay_load(&relay_file_buf(sleeper->file)->ctl->waiters), 0);
}

/* Facts 19, 34, 35. */
static void what_poll_says(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_file *writable = kit_file(0, O_WRONLY);
    struct relay_file *both = kit_file(0, O_RDWR);

    CHECK_EQ(relay_file_poll(file), 0);
    kit_put(chan, 0, 'a', 16);
    CHECK_EQ(relay_file_poll(file), 0);
    kit_put(chan, 0, 'b', 1);
    CHECK_EQ(relay_file_poll(file), POLLIN | POLLRDNORM);
    CHECK_EQ(relay_file_poll(both), POLLIN | POLLRDNORM);
    CHECK_EQ(relay_file_poll(writable), 0);
    CHECK_STR(kit_read(file, 10), "a*10");
    CHECK_EQ(relay_file_poll(file), POLLIN | POLLRDNORM);
    CHECK_STR(kit_read(file, 6), "aaaaaa");
    CHECK_EQ(relay_file_poll(file), 0);
    relay_flush(chan);
    relay_close(chan);
    CHECK_EQ(relay_file_poll(file), POLLERR);
    CHECK_EQ(relay_file_poll(both), POLLERR);
    CHECK_STR(kit_read(file, 10), "b");
    CHECK_EQ(relay_file_poll(file), POLLERR);
    relay_file_close(file);
    relay_file_close(writable);
    relay_file_close(both);
}

static void a_write_only_descriptor_after_close(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_WRONLY);

    relay_close(chan);
    CHECK(relay_file_poll(file) == POLLERR || relay_file_poll(file) == 0);
    relay_file_close(file);
}

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Not before its time is up, but for the millisecond that the clock is read in. */
static void never_too_early(void)
{
    static const int64_t times_ms[] = {1, 2, 30};
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    for (size_t i = 0; i < 3; i++) {
        int64_t begun = now_ns();

        CHECK_EQ(relay_file_wait(file, times_ms[i], NULL), 0);
        CHECK(now_ns() - begun >= (times_ms[i] - 1) * 1000000);
    }
    relay_file_close(file);
    kit_close(chan);
}

static void nothing_to_wait_for(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    bool woken = true;

    CHECK_EQ(relay_file_wait(file, 0, &woken), 0);
    CHECK(!woken);
    CHECK_EQ(relay_file_wait(file, 1, &woken), 0);
    CHECK(!woken);
    relay_flush(chan);
    CHECK_EQ(relay_file_wait(file, 0, &woken), POLLIN | POLLRDNORM);
    CHECK(woken);
    CHECK_EQ(relay_file_wait(file, -1, NULL), POLLIN | POLLRDNORM);
    relay_file_close(file);
    kit_close(chan);
}

/* Facts 18 and 33. */
static void a_switch_wakes(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 8, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct sleeper sleeper;

    start(&sleeper, file, -1);
    kit_put(chan, 0, 'a', 16);
    kit_put(chan, 0, 'b', 1);
    finish(&sleeper, POLLIN | POLLRDNORM, true);
    kit_read(file, 100);
    start(&sleeper, file, 60000);
    relay_flush(chan);
    finish(&sleeper, POLLIN | POLLRDNORM, true);
    relay_subbufs_consumed(chan, 0, 1);
    start(&sleeper, file, -1);
    CHECK_EQ(relay_switch_subbuf(relay_cpu_buf(chan, 0), 1), 1);
    finish(&sleeper, POLLIN | POLLRDNORM, true);
    relay_file_close(file);
    kit_close(chan);
}

static void a_switch_wakes_all(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 8, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct sleeper sleepers[3];

    for (int i = 0; i < 3; i++)
        start(&sleepers[i], file, -1);
    CHECK_EQ(relay_load(&relay_cpu_buf(chan, 0)->ctl->waiters), 3);
    relay_flush(chan);
    for (int i = 0; i < 3; i++)
        pthread_join(sleepers[i].thread, NULL);
    for (int i = 0; i < 3; i++)
        CHECK(sleepers[i].mask == (POLLIN | POLLRDNORM) && sleepers[i].woken);
    relay_file_close(file);
    kit_close(chan);
}

/* None of these ends a sleep; what they did is found when the time is up. */
static void exact_fill(struct rchan *chan)
{
    kit_put(chan, 0, 'a', 16);
}
static void other_cpu(struct rchan *chan)
{
    kit_put(chan, 1, 'a', 16);
    kit_put(chan, 1, 'b', 16);
}
static void reset(struct rchan *chan)
{
    relay_reset(chan);
}
static void close_channel(struct rchan *chan)
{
    relay_close(chan);
}

/* Whether the act came before the sleeper's time was up; only then does the mask mean anything. */
static bool slept_through(void (*act)(struct rchan *chan), int mask, int64_t timeout_ms)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 2);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct sleeper sleeper;
    bool in_time;

    start(&sleeper, file, timeout_ms);
    act(chan);
    in_time = !is_done(&sleeper);
    pthread_join(sleeper.thread, NULL);
    CHECK(!sleeper.woken);
    CHECK(sleeper.mask == mask || !in_time);
    relay_file_close(file);
    if (act != close_channel)
        kit_close(chan);
    return in_time;
}

static void nothing_else_wakes(void)
{
    static const struct {
        void (*act)(struct rchan *chan);
        int mask;
    } cases[] = {{exact_fill, 0}, {other_cpu, 0}, {reset, 0}, {close_channel, POLLERR}};

    for (size_t i = 0; i < 4; i++)
        for (int64_t timeout_ms = 50; !slept_through(cases[i].act, cases[i].mask, timeout_ms);)
            timeout_ms *= 2;
}

/* A refused retry while blocked wakes nobody, whoever has consumed meanwhile. */
static void a_refused_retry_wakes_nobody(void)
{
    struct rchan *chan;
    struct relay_file *file;
    struct sleeper sleeper;

    chan = kit_open(&kit_logged, 16, 2, 1);
    file = kit_file(0, O_RDONLY);
    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 16);
    relay_subbufs_consumed(chan, 0, 2);
    kit.answer = KIT_REFUSE;
    start(&sleeper, file, 50);
    CHECK_EQ(kit_put(chan, 0, 'b', 16), RELAY_LOST_FULL);
    finish(&sleeper, 0, false);
    relay_file_close(file);
    kit_close(chan);
}

static void ignore(int number)
{
    (void)number;
}

static void a_signal_interrupts(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct sigaction action = {.sa_handler = ignore};
    struct sleeper sleeper;

    sigaction(SIGUSR1, &action, NULL);
    start(&sleeper, file, -1);
    while (!is_done(&sleeper)) {
        pthread_kill(sleeper.thread, SIGUSR1);
        sched_yield();
    }
    finish(&sleeper, -EINTR, false);
    relay_file_close(file);
    kit_close(chan);
}

/* ---------------------------------------------------------------- eventfd */

static bool ready(int fd)
{
    struct pollfd ask = {.fd = fd, .events = POLLIN};

    return poll(&ask, 1, 0) == 1 && ask.revents == POLLIN;
}

static void eventfd_follows_poll(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_file *again = kit_file(0, O_RDONLY);
    int fd = relay_file_eventfd(file);

    NEED(fd >= 0);
    CHECK_EQ(relay_file_eventfd(again), fd);
    CHECK(!ready(fd));
    kit_put(chan, 0, 'a', 16);
    CHECK(!ready(fd));
    kit_put(chan, 0, 'b', 1);
    CHECK(ready(fd));
    CHECK(ready(fd));
    CHECK_STR(kit_read(file, 100), "a*16b");
    CHECK(!ready(fd));
    relay_flush(chan);
    relay_flush(chan);
    CHECK(ready(fd));
    relay_subbufs_consumed(chan, 0, 1);
    CHECK(ready(fd));
    relay_subbufs_consumed(chan, 0, 1);
    CHECK(!ready(fd));
    relay_flush(chan);
    relay_reset(chan);
    CHECK(!ready(fd));
    relay_file_close(again);
    relay_close(chan);
    CHECK(ready(fd));
    relay_file_close(file);
}

static void eventfd_made_late(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_file *writable = kit_file(0, O_WRONLY);

    relay_flush(chan);
    CHECK(ready(relay_file_eventfd(file)));
    CHECK_EQ(relay_file_eventfd(writable), -EBADF);
    relay_file_close(writable);
    relay_file_close(file);
    kit_close(chan);
}

static void *wait_on_eventfd(void *arg)
{
    struct pollfd ask = {.fd = *(int *)arg, .events = POLLIN};

    CHECK_EQ(poll(&ask, 1, -1), 1);
    return NULL;
}

static void eventfd_ends_a_system_poll(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    int fd = relay_file_eventfd(file);
    pthread_t thread;

    NEED(pthread_create(&thread, NULL, wait_on_eventfd, &fd) == 0);
    relay_flush(chan);
    pthread_join(thread, NULL);
    relay_file_close(file);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(what_poll_says),      TEST(a_write_only_descriptor_after_close),
    TEST(nothing_to_wait_for), TEST(never_too_early),
    TEST(a_switch_wakes),      TEST(a_switch_wakes_all),
    TEST(nothing_else_wakes),  TEST(a_refused_retry_wakes_nobody),
    TEST(a_signal_interrupts), TEST(eventfd_follows_poll),
    TEST(eventfd_made_late),   TEST(eventfd_ends_a_system_poll),
};
CHECK_MAIN(tests, kit_before, kit_after)
