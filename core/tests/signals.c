/* SPDX-License-Identifier: MIT */
/*
 * A storm of signals whose handler writes to the buffer that its thread is just writing, reading,
 * flushing or looking at. Nothing may wait for itself (a watchdog ends the program), each event has
 * one fate, each stored event is intact, and what the calls answered is what the account says.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "events.h"
#include "kit.h"

enum { STORM_MS = 400, WATCHDOG_S = 60, OUTCOMES = RELAY_LOST_NO_BUFFER + 1, HANDLER = 1 };

static struct rchan *chan;
static bool use_reserve;              /* the handler reserves instead of writing */
static volatile sig_atomic_t handled; /* signals so far, in the interrupted thread */
static uint32_t handler_number;
static uint64_t outcomes[2][OUTCOMES]; /* of the thread and of the handler */

static void on_signal(int number)
{
    enum relay_outcome outcome;
    struct event event;
    void *slot;

    (void)number;
    event_make(&event, HANDLER, handler_number++);
    if (use_reserve) {
        slot = relay_reserve_on(chan, 0, event.length, &outcome);
        if (slot)
            memcpy(slot, &event, event.length);
    } else {
        outcome = relay_write_on(chan, 0, &event, event.length);
    }
    outcomes[1][outcome]++;
    handled++;
}

struct storm {
    pthread_t thread;
    pthread_t victim;
    bool stop; /* atomic */
};

static void *send_signals(void *arg)
{
    struct storm *storm = arg;

    while (!__atomic_load_n(&storm->stop, __ATOMIC_ACQUIRE)) {
        pthread_kill(storm->victim, SIGUSR1);
        sched_yield();
    }
    return NULL;
}

/* How many signals a storm has in it depends on the machine: it lasts for a time instead. */
static struct timespec storm_end;

static bool is_over(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > storm_end.tv_sec ||
           (now.tv_sec == storm_end.tv_sec && now.tv_nsec >= storm_end.tv_nsec);
}

static void start_storm(struct storm *storm)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

    sigaction(SIGUSR1, &action, NULL);
    *storm = (struct storm){.victim = pthread_self()};
    clock_gettime(CLOCK_MONOTONIC, &storm_end);
    storm_end.tv_nsec += (long)(STORM_MS * kit_soak() % 1000 * 1000000);
    storm_end.tv_sec += (time_t)(STORM_MS * kit_soak() / 1000) + storm_end.tv_nsec / 1000000000;
    storm_end.tv_nsec %= 1000000000;
    NEED(pthread_create(&storm->thread, NULL, send_signals, storm) == 0);
}

static void end_storm(struct storm *storm)
{
    __atomic_store_n(&storm->stop, true, __ATOMIC_RELEASE);
    pthread_join(storm->thread, NULL);
}

/* Take what there is, on the thread that is interrupted all the time. */
static size_t drain(struct relay_file *file, struct tally *tally, size_t left)
{
    static unsigned char bytes[8192];
    ssize_t got;

    while ((got = relay_file_read(file, bytes + left, sizeof(bytes) - left)) > 0) {
        size_t count = left + (size_t)got;
        size_t used = tally_take(tally, bytes, count);

        left = count - used;
        memmove(bytes, bytes + used, left);
    }
    return left;
}

static void check_account(struct rchan_buf *buf)
{
    struct relay_account account;
    uint64_t sum = 0;

    relay_buf_account(buf, &account);
    CHECK(kit_conserved(&account));
    for (int i = 0; i < OUTCOMES; i++)
        sum += outcomes[0][i] + outcomes[1][i];
    CHECK_EQ(account.attempted.events, sum);
    CHECK_EQ(account.accepted.events, outcomes[0][RELAY_STORED] + outcomes[1][RELAY_STORED]);
    CHECK_EQ(account.fate[RELAY_BUSY].events,
             outcomes[0][RELAY_LOST_BUSY] + outcomes[1][RELAY_LOST_BUSY]);
    CHECK_EQ(account.fate[RELAY_REFUSED_FULL].events,
             outcomes[0][RELAY_LOST_FULL] + outcomes[1][RELAY_LOST_FULL]);
    CHECK_EQ(outcomes[0][RELAY_LOST_BUSY], 0);
}

static void begin(enum relay_writers writers)
{
    struct relay_options opt = {.cpus = 1, .writers = writers};

    memset(outcomes, 0, sizeof(outcomes));
    handler_number = 0;
    handled = 0;
    chan = kit_open_with(&kit_no_overwrite, 256, 8, &opt);
    alarm((unsigned)(WATCHDOG_S * kit_soak())); /* SIGALRM ends the program: a deadlock */
}

/* The thread writes and reads in turn. Nothing that was stored may be damaged. */
static void write_and_read(enum relay_writers writers)
{
    struct tally tally = {.gaps = true};
    struct relay_file *file;
    struct storm storm;
    size_t left = 0;

    begin(writers);
    file = kit_file(0, O_RDONLY);
    start_storm(&storm);
    for (uint32_t i = 0; i % 64 || !is_over(); i++) {
        struct event event;

        event_make(&event, 0, i);
        outcomes[0][relay_write_on(chan, 0, &event, event.length)]++;
        if (i % 8 == 7)
            left = drain(file, &tally, left);
    }
    end_storm(&storm);
    left = drain(file, &tally, left);
    alarm(0);
    CHECK_EQ(left, 0);
    CHECK_EQ(tally.bad, 0);
    CHECK_EQ(tally.events, outcomes[0][RELAY_STORED] + outcomes[1][RELAY_STORED]);
    CHECK(handled > 0);
    check_account(relay_cpu_buf(chan, 0));
    printf("     %d signals, %lu of them lost as busy\n", (int)handled,
           (unsigned long)outcomes[1][RELAY_LOST_BUSY]);
    relay_file_close(file);
    kit_close(chan);
}

/* The thread flushes, resets, reports and looks: the handler writes into the middle of all that. */
static void everything_else(enum relay_writers writers)
{
    struct relay_buf_info info;
    struct storm storm;

    begin(writers);
    start_storm(&storm);
    for (uint32_t i = 0; !is_over(); i++) {
        struct event event;

        event_make(&event, 0, i);
        outcomes[0][relay_write_on(chan, 0, &event, event.length)]++;
        relay_flush(chan);
        relay_subbufs_consumed(chan, 0, i % 4);
        relay_buf_snapshot(relay_cpu_buf(chan, 0), &info, NULL);
        if (i % 16 == 0)
            relay_reset(chan);
    }
    end_storm(&storm);
    alarm(0);
    CHECK(handled > 0);
    check_account(relay_cpu_buf(chan, 0));
    kit_close(chan);
}

/* A channel that closes under the storm: late writes are counted. */
static void closes(enum relay_writers writers)
{
    for (unsigned long i = 0; i < 20 * kit_soak(); i++) {
        struct storm storm;

        begin(writers);
        relay_get(chan);
        start_storm(&storm);
        while (handled < 3)
            outcomes[0][relay_write_on(chan, 0, "0123456789abcdef", 16)]++;
        relay_close(chan);
        for (sig_atomic_t before = handled; handled < before + 3;)
            sched_yield();
        end_storm(&storm);
        alarm(0);
        CHECK(outcomes[1][RELAY_LOST_CLOSED] > 0);
        check_account(relay_cpu_buf(chan, 0));
        CHECK(kit_valid(chan));
        relay_put(chan);
    }
}

struct other {
    pthread_t thread;
    uint64_t stored;
    bool stop; /* atomic */
};

/* Two threads under one lock: the handler of one may wait for the other, never for itself. */
static void *write_too(void *arg)
{
    struct other *other = arg;
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
    for (uint32_t i = 0; !__atomic_load_n(&other->stop, __ATOMIC_ACQUIRE); i++) {
        struct event event;

        event_make(&event, 2, i);
        other->stored += relay_write_on(chan, 0, &event, event.length) == RELAY_STORED;
    }
    return NULL;
}

static void two_threads(void)
{
    struct relay_account account;
    struct other other = {0};
    struct storm storm;

    begin(RELAY_WRITERS_MANY);
    relay_set_subbuf_start(chan, relay_overwrite);
    NEED(pthread_create(&other.thread, NULL, write_too, &other) == 0);
    start_storm(&storm);
    for (uint32_t i = 0; !is_over(); i++) {
        struct event event;

        event_make(&event, 0, i);
        outcomes[0][relay_write_on(chan, 0, &event, event.length)]++;
    }
    end_storm(&storm);
    __atomic_store_n(&other.stop, true, __ATOMIC_RELEASE);
    pthread_join(other.thread, NULL);
    alarm(0);
    relay_buf_account(relay_cpu_buf(chan, 0), &account);
    CHECK(kit_conserved(&account));
    CHECK_EQ(account.accepted.events,
             outcomes[0][RELAY_STORED] + outcomes[1][RELAY_STORED] + other.stored);
    CHECK_EQ(outcomes[0][RELAY_LOST_BUSY], 0);
    kit_close(chan);
}

#define BOTH(test)                                                                                 \
    static void test##_with_a_lock(void)                                                           \
    {                                                                                              \
        test(RELAY_WRITERS_MANY);                                                                  \
    }                                                                                              \
    static void test##_without_a_lock(void)                                                        \
    {                                                                                              \
        test(RELAY_WRITERS_ONE);                                                                   \
    }                                                                                              \
    static void test##_reserving_with_a_lock(void)                                                 \
    {                                                                                              \
        use_reserve = true;                                                                        \
        test(RELAY_WRITERS_MANY);                                                                  \
        use_reserve = false;                                                                       \
    }                                                                                              \
    static void test##_reserving_without_a_lock(void)                                              \
    {                                                                                              \
        use_reserve = true;                                                                        \
        test(RELAY_WRITERS_ONE);                                                                   \
        use_reserve = false;                                                                       \
    }
BOTH(write_and_read)
BOTH(everything_else)
BOTH(closes)

#define ROWS(test)                                                                                 \
    TEST(test##_with_a_lock), TEST(test##_without_a_lock), TEST(test##_reserving_with_a_lock),     \
        TEST(test##_reserving_without_a_lock)
static const struct check_test tests[] = {ROWS(write_and_read), ROWS(everything_else), ROWS(closes),
                                          TEST(two_threads)};

int main(int argc, char **argv)
{
    if (CHECK_TSAN) {
        printf("not under the thread sanitizer: it delays signals\n");
        return CHECK_SKIP;
    }
    return check_run(argc, argv, tests, sizeof(tests) / sizeof(tests[0]), kit_before, kit_after);
}
