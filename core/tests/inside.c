/* SPDX-License-Identifier: MIT */
/*
 * Random schedules of random programs on the stepping build. Under the library's rule nothing is
 * ever lost that the account does not tell, nobody waits for ever, and the channel is in order
 * whenever nobody is inside; any moment can be come back to. RELAY_SOAK multiplies the number.
 */
#include <pthread.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_inside.h"

enum { SCHEDULES = 300, SOAKED = 5000, MOST_STEPS = 4000, WRITERS = 3, OPERATIONS = 6 };

static uint64_t state = 1;

static uint32_t chance(uint32_t count)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % count;
}

static void queue(struct relay_inside *machine, int actor, uint32_t what, uint32_t cpu,
                  uint64_t length)
{
    struct relay_inside_op op = {.what = what, .cpu = cpu, .length = length, .count = 1, .fd = -1};

    CHECK(relay_inside_queue(machine, actor, &op) == 0);
}

/* What the library promises to keep whole: relay_write against all but a late fill and a reset. */
static const uint32_t kinds[] = {RELAY_INSIDE_WRITE, RELAY_INSIDE_WRITE,  RELAY_INSIDE_WRITE,
                                 RELAY_INSIDE_FLUSH, RELAY_INSIDE_SWITCH, RELAY_INSIDE_ONLINE};

static struct relay_inside *make(enum relay_inside_rule rule)
{
    uint64_t size = 8 + 4 * chance(8);
    struct relay_inside_config config = {.subbuf_size = size,
                                         .n_subbufs = 2 + chance(3),
                                         .cpus = 2,
                                         .rule = rule,
                                         .is_global = chance(2) != 0,
                                         .header = chance(2) ? 4 : 0,
                                         .stores_padding = 1,
                                         .base_filename = "cpu",
                                         .fail_at = -1};
    struct relay_inside *machine = relay_inside_open(&config);

    NEED(machine);
    for (unsigned i = 0; i < WRITERS; i++) {
        unsigned cpu = i % 2;
        int actor =
            relay_inside_add(machine, i < 2 ? RELAY_INSIDE_TASK : RELAY_INSIDE_INTERRUPT, cpu);

        for (unsigned k = 0; k < OPERATIONS; k++)
            queue(machine, actor, i < 2 ? kinds[chance(6)] : RELAY_INSIDE_WRITE, cpu, chance(12));
    }
    for (unsigned i = 0; i < 2; i++) {
        int actor = relay_inside_add(machine, RELAY_INSIDE_READER, i);

        for (unsigned k = 0; k < OPERATIONS; k++)
            queue(machine, actor, chance(4) ? RELAY_INSIDE_READ : RELAY_INSIDE_POLL, i, chance(40));
    }
    return machine;
}

static bool all_is_well(struct relay_inside *machine)
{
    return CHECK(relay_inside_figure(machine, RELAY_INSIDE_DESTROYED) == 0) &&
           CHECK(relay_inside_figure(machine, RELAY_INSIDE_UNWRITTEN) == 0) &&
           CHECK(relay_inside_figure(machine, RELAY_INSIDE_DEADLOCK) == 0) &&
           CHECK(relay_inside_figure(machine, RELAY_INSIDE_INVARIANT) == 0) &&
           CHECK(relay_inside_figure(machine, RELAY_INSIDE_SLEEPER) == 0);
}

/* Random steps until nobody can go on. */
static void go(struct relay_inside *machine, bool is_library)
{
    for (unsigned left = MOST_STEPS, stuck = 0; left && stuck < 64; left--) {
        int actor = (int)chance((uint32_t)relay_inside_count(machine));

        stuck = relay_inside_step(machine, actor) == RELAY_INSIDE_CANNOT ? stuck + 1 : 0;
        if (!stuck && is_library && !all_is_well(machine))
            return;
    }
}

/* A hundred thousand and more in a soak. */
static unsigned long count(void)
{
    return kit_soak() == 1 ? SCHEDULES : SOAKED * kit_soak();
}

static void library_keeps_everything(void)
{
    for (unsigned long i = 0; i < count(); i++) {
        struct relay_inside *machine = make(RELAY_INSIDE_LIBRARY);

        go(machine, true);
        relay_inside_close(machine);
    }
}

/* Also where events are destroyed: a moment is what it was. */
static void moments_come_back(void)
{
    for (unsigned long i = 0; i < count() / 10; i++) {
        struct relay_inside *machine = make(RELAY_INSIDE_KERNEL);
        uint64_t end, hash;

        go(machine, false);
        end = relay_inside_position(machine);
        hash = relay_inside_hash(machine);
        for (unsigned k = 0; k < 5; k++) {
            uint64_t at = chance((uint32_t)end + 1), there;

            CHECK(relay_inside_seek(machine, at));
            there = relay_inside_hash(machine);
            CHECK(relay_inside_seek(machine, 0) && relay_inside_seek(machine, at));
            CHECK(relay_inside_hash(machine) == there);
        }
        CHECK(relay_inside_seek(machine, end));
        CHECK(relay_inside_hash(machine) == hash);
        CHECK(!relay_inside_seek(machine, end + 1));
        relay_inside_close(machine);
    }
}

/* Beyond the first keyframes, which have actors in the middle of their operations. */
static void moments_come_back_from_keyframes(void)
{
    enum { MARKS = 200, BETWEEN = 1009 };
    struct relay_inside_config config = {.subbuf_size = 64,
                                         .n_subbufs = 4,
                                         .cpus = 2,
                                         .rule = RELAY_INSIDE_KERNEL,
                                         .mode = RELAY_INSIDE_OVERWRITE,
                                         .base_filename = "cpu",
                                         .fail_at = -1};
    struct relay_inside *machine = relay_inside_open(&config);
    static uint64_t hashes[MARKS];

    NEED(machine);
    for (unsigned i = 0; i < 3; i++) {
        int actor =
            relay_inside_add(machine, i < 2 ? RELAY_INSIDE_TASK : RELAY_INSIDE_READER, i % 2);

        for (unsigned k = 0; k < 20000; k++)
            queue(machine, actor, i < 2 ? RELAY_INSIDE_WRITE : RELAY_INSIDE_READ, i % 2,
                  1 + chance(60));
    }
    for (unsigned mark = 0; mark < MARKS; mark++) {
        for (unsigned step = 0; step < BETWEEN; step++)
            CHECK(relay_inside_step(machine, (int)chance(3)) != RELAY_INSIDE_CANNOT);
        hashes[mark] = relay_inside_hash(machine);
    }
    for (unsigned i = 0; i < 40; i++) {
        unsigned mark = chance(MARKS);

        CHECK(relay_inside_seek(machine, (uint64_t)(mark + 1) * BETWEEN));
        CHECK_EQ(relay_inside_hash(machine) == hashes[mark], true);
    }
    CHECK(relay_inside_memory(machine) > 0);
    relay_inside_close(machine);
}

/* One write of each writer, and one read: all orders can be gone through. */
static struct relay_inside *make_small(uint64_t length)
{
    struct relay_inside_config config = {.subbuf_size = 8,
                                         .n_subbufs = 2,
                                         .cpus = 1,
                                         .rule = RELAY_INSIDE_KERNEL,
                                         .base_filename = "cpu",
                                         .fail_at = -1};
    struct relay_inside *machine = relay_inside_open(&config);

    NEED(machine);
    queue(machine, relay_inside_add(machine, RELAY_INSIDE_TASK, 0), RELAY_INSIDE_WRITE_NOLOCK, 0,
          length);
    queue(machine, relay_inside_add(machine, RELAY_INSIDE_INTERRUPT, 0), RELAY_INSIDE_WRITE, 0, 4);
    queue(machine, relay_inside_add(machine, RELAY_INSIDE_READER, 0), RELAY_INSIDE_POLL, 0, 0);
    return machine;
}

/* The explorer puts moments back all the time, with actors deep in their stacks. */
static void each_pruning_has_the_same_ends(void)
{
    for (uint64_t length = 2; length <= 8; length += 3) {
        struct relay_inside_finding found[RELAY_INSIDE_BY_ORDER + 1];
        struct relay_inside *machine = make_small(length);

        for (uint32_t pruning = 0; pruning <= RELAY_INSIDE_BY_ORDER; pruning++) {
            struct relay_inside_question question = {
                .pruning = pruning, .most_switches = -1, .most_interrupts = -1, .last_actor = -1};

            CHECK(relay_inside_explore(machine, &question, &found[pruning]));
            CHECK(found[pruning].finished);
            CHECK(found[pruning].ends > 1);
            CHECK_EQ(found[pruning].ends, found[0].ends);
            CHECK(found[pruning].ends_hash == found[0].ends_hash);
        }
        for (uint32_t pruning = 0; pruning <= RELAY_INSIDE_BY_ORDER; pruning++)
            relay_inside_free_finding(&found[pruning]);
        relay_inside_close(machine);
    }
}

static void *explore_alone(void *ret)
{
    struct relay_inside *machine = make_small(4);
    struct relay_inside_question question = {.pruning = RELAY_INSIDE_BY_STATE,
                                             .most_switches = -1,
                                             .most_interrupts = -1,
                                             .last_actor = -1};

    if (!relay_inside_explore(machine, &question, ret))
        abort();
    relay_inside_close(machine);
    return NULL;
}

/* A window explores in the background while it steps: machines of two threads share nothing. */
static void machines_of_two_threads_share_nothing(void)
{
    struct relay_inside_finding there, here;
    pthread_t thread;

    CHECK_EQ(pthread_create(&thread, NULL, explore_alone, &there), 0);
    explore_alone(&here);
    CHECK_EQ(pthread_join(thread, NULL), 0);
    CHECK_EQ(there.ends, here.ends);
    CHECK(there.ends_hash == here.ends_hash);
    relay_inside_free_finding(&there);
    relay_inside_free_finding(&here);
}

static const struct check_test tests[] = {
    TEST(library_keeps_everything),
    TEST(moments_come_back),
    TEST(moments_come_back_from_keyframes),
    TEST(each_pruning_has_the_same_ends),
    TEST(machines_of_two_threads_share_nothing),
};
CHECK_MAIN(tests, kit_before, kit_after)
