/* SPDX-License-Identifier: MIT */
/*
 * Observers look, channels and CPUs come and go, while others write. RELAY_SOAK multiplies the number
 * of events.
 */
#include "crowd.h"
#include "relay/relay_info.h"

/* ---------------------------------------------------------------- observers */

enum { WIDE = 4096, SWITCHES = 50000 };

/* Every finished sub-buffer is full of 64-byte events. */
static bool is_whole(const struct relay_buf_info *info, const struct relay_subbuf_info *rows)
{
    if (info->file_size != info->produced * WIDE || info->consumed > info->produced)
        return false;
    for (uint32_t i = 0; i < COUNT; i++)
        if (rows[i].state == RELAY_SUBBUF_UNREAD &&
            (rows[i].used != WIDE || rows[i].events != WIDE / 64 || rows[i].lap % COUNT != i))
            return false;
    return true;
}

/*
 * Snapshots are whole as far as switches go, but an observer does not wait for ever for a writer
 * that lost its processor inside a switch: few may be taken there.
 */
static void *observe(void *arg)
{
    uint64_t produced = 0;
    unsigned long taken, torn = 0;

    for (taken = 0; produced < SWITCHES * kit_soak(); taken++) {
        struct relay_subbuf_info rows[COUNT];
        struct relay_buf_info info;

        relay_buf_snapshot(arg, &info, rows);
        CHECK(info.produced >= produced);
        produced = info.produced;
        torn += !is_whole(&info, rows);
    }
    CHECK(torn <= taken / 10);
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    return NULL;
}

static void observed(enum relay_writers kind)
{
    struct relay_options opt = {.cpus = 1, .writers = kind};
    struct rchan *chan = kit_open_with(&kit_overwrite, WIDE, COUNT, &opt);
    pthread_t observer;
    char event[64] = "";

    __atomic_store_n(&stop, false, __ATOMIC_RELEASE);
    NEED(pthread_create(&observer, NULL, observe, relay_cpu_buf(chan, 0)) == 0);
    while (!is_over())
        CHECK_EQ(relay_write_on(chan, 0, event, 64), RELAY_STORED);
    pthread_join(observer, NULL);
    kit_close(chan);
}

static void observed_with_a_lock(void)
{
    observed(RELAY_WRITERS_MANY);
}

static void observed_without_a_lock(void)
{
    observed(RELAY_WRITERS_ONE);
}

/* ---------------------------------------------------------------- lives of channels */

/* Open, write, read, close again and again, in several threads. */
static void *live_and_die(void *arg)
{
    unsigned id = *(unsigned *)arg;
    struct relay_options opt = {.cpus = 2};
    char name[16];

    snprintf(name, sizeof(name), "%c", (char)('a' + id));
    for (unsigned long i = 0; i < 100 * kit_soak(); i++) {
        struct rchan *chan = relay_open_on(name, NULL, 64, 4, &kit_no_overwrite, NULL, &opt);

        NEED(chan);
        kit_put(chan, 1, 'a', 30);
        relay_cpu_online(chan, 0, i % 2);
        relay_flush(chan);
        relay_close(chan);
    }
    return NULL;
}

static void lives_of_channels(void)
{
    unsigned ids[3] = {0, 1, 2};
    pthread_t threads[3];

    for (unsigned i = 0; i < 3; i++)
        NEED(pthread_create(&threads[i], NULL, live_and_die, &ids[i]) == 0);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

static void *come_and_go(void *arg)
{
    for (unsigned i = 0; !is_over(); i++) {
        relay_cpu_online(arg, 1, i % 2);
        sched_yield();
    }
    return NULL;
}

/* A CPU comes and goes under its writer. */
static void hotplug_meanwhile(void)
{
    struct rchan *chan = open_channel(&kit_overwrite, 2, RELAY_WRITERS_MANY);
    struct writer like = {.chan = chan, .cpu = 1, .events = (uint32_t)(EVENTS * kit_soak())};
    struct writer writers[2];
    pthread_t thread;

    __atomic_store_n(&stop, false, __ATOMIC_RELEASE);
    NEED(pthread_create(&thread, NULL, come_and_go, chan) == 0);
    start_writers(writers, 2, &like);
    join_writers(writers, 2);
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    for (int i = 0; i < 2; i++) /* these never reached a buffer */
        writers[i].outcomes[RELAY_LOST_NO_BUFFER] = 0;
    told_the_truth(relay_cpu_buf(chan, 1), writers, 2);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(observed_with_a_lock),
    TEST(observed_without_a_lock),
    TEST(lives_of_channels),
    TEST(hotplug_meanwhile),
};
CHECK_MAIN(tests, kit_before, kit_after)
