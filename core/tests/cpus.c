/* SPDX-License-Identifier: MIT */
/* Global channels, and CPUs that come on line and go. */
#include "check.h"
#include "kit.h"

/* ---------------------------------------------------------------- one buffer for all CPUs */

/* Fact 36. */
static void global_is_made_once(void)
{
    struct rchan *chan;

    kit.global = true;
    chan = kit_open(&kit_logged, 16, 4, 3);
    CHECK_STR(kit_take_log(), "create cpu0 in / mode 400 global 0\n"
                              "start 0 of cpu0, prev - padding 0\n");
    CHECK_EQ(chan->is_global, 1);
    CHECK_EQ(relay_buf_count(chan), 1);
    CHECK(relay_cpu_buf(chan, 2) == relay_cpu_buf(chan, 0));
    kit_put(chan, 0, 'a', 3);
    kit_put(chan, 2, 'b', 3);
    CHECK_STR(kit_text(relay_cpu_buf(chan, 1)->start, 6), "aaabbb");
    relay_flush(chan);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off0 b0 [10 0 0 0]");
    relay_subbufs_consumed(chan, 2, 1); /* fact 30 */
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c1 off0 b0 [10 0 0 0]");
    kit_take_log();
    kit_close(chan);
    CHECK_STR(kit_take_log(), "remove cpu0\n");
}

static void global_takes_the_name_of_the_first(void)
{
    struct relay_options opt = {.cpus = 4, .online = (const unsigned char[]){0, 0, 1, 1}};
    struct rchan *chan;

    kit.global = true;
    chan = kit_open_with(&kit_logged, 16, 4, &opt);
    CHECK_STR(kit_take_log(), "create cpu2 in / mode 400 global 0\n"
                              "start 0 of cpu2, prev - padding 0\n");
    CHECK_EQ(kit_put(chan, 3, 'a', 3), RELAY_STORED);
    CHECK_EQ(relay_cpu_online(chan, 0, true), 0);
    CHECK_STR(kit_take_log(), "");
    CHECK_EQ(kit_put(chan, 0, 'b', 3), RELAY_STORED);
    CHECK(relay_cpu_buf(chan, 0) == relay_cpu_buf(chan, 3));
    CHECK_EQ(relay_buf_count(chan), 1);
    CHECK_EQ(relay_cpu_online(chan, 2, false), 0);
    CHECK_EQ(kit_put(chan, 3, 'c', 3), RELAY_STORED);
    CHECK_EQ(kit_put(chan, 2, 'd', 3), RELAY_LOST_NO_BUFFER);
    relay_flush(chan);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 3)), "p1 c0 off0 b0 [7 0 0 0]");
    kit_close(chan);
    CHECK_STR(kit_take_log(), "start 1 of cpu2, prev 0 padding 7\nremove cpu2\n");
}

static struct dentry *global_at_the_second(const char *filename, struct dentry *parent,
                                           uint16_t mode, struct rchan_buf *buf, int *is_global)
{
    *is_global = ++kit.creates == 2;
    return relay_create_file(filename, parent, mode, buf);
}

/* Only the first call of an open decides. */
static void too_late_to_be_global(void)
{
    struct rchan_callbacks cb = kit_no_overwrite;
    struct rchan *chan;

    cb.create_buf_file = global_at_the_second;
    chan = kit_open(&cb, 16, 4, 3);
    CHECK_EQ(chan->is_global, 0);
    CHECK_EQ(relay_buf_count(chan), 3);
    kit_close(chan);
}

static void global_statistics_count_once(void)
{
    struct rchan *chan;

    kit.global = true;
    chan = kit_open(&kit_logged, 16, 1, 4);
    kit_put(chan, 1, 'a', 17);
    kit_put(chan, 2, 'a', 16);
    kit_put(chan, 3, 'a', 1);
    CHECK_EQ(relay_stats(chan, RELAY_STATS_BUF_FULL), 1);
    CHECK_EQ(relay_stats(chan, RELAY_STATS_WRT_BIG), 1);
    kit_close(chan);
}

/* ---------------------------------------------------------------- on and off line */

/* Fact 49. */
static void a_new_cpu_gets_a_buffer(void)
{
    struct relay_options opt = {.cpus = 3, .online = (const unsigned char[]){1, 0, 0}};
    struct rchan *chan = kit_open_with(&kit_logged, 16, 4, &opt);

    kit_take_log();
    CHECK(!relay_cpu_is_online(chan, 2));
    CHECK_EQ(relay_cpu_online(chan, 2, true), 0);
    CHECK_STR(kit_take_log(), "create cpu2 in / mode 400 global 0\n"
                              "start 0 of cpu2, prev - padding 0\n");
    CHECK(relay_cpu_is_online(chan, 2));
    CHECK_EQ(kit_put(chan, 2, 'a', 3), RELAY_STORED);
    CHECK_EQ(relay_cpu_online(chan, 2, true), 0);
    CHECK_STR(kit_take_log(), "");
    CHECK_EQ(relay_buf_count(chan), 2);
    kit_close(chan);
    CHECK_STR(kit_take_log(), "remove cpu0\nremove cpu2\n");
}

static void a_cpu_keeps_its_data(void)
{
    struct rchan *chan = kit_open(&kit_logged, 16, 4, 2);
    struct rchan_buf *buf = relay_cpu_buf(chan, 1);
    struct relay_file *file = kit_file(1, O_RDONLY);

    kit_put(chan, 1, 'a', 10);
    CHECK_EQ(relay_cpu_online(chan, 1, false), 0);
    CHECK_EQ(kit_put(chan, 1, 'b', 3), RELAY_LOST_NO_BUFFER);
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    CHECK(relay_cpu_buf(chan, 1) == buf);
    CHECK_STR(kit_read(file, 4), "aaaa");
    relay_flush(chan);
    relay_subbufs_consumed(chan, 1, 0);
    kit_take_log();
    CHECK_EQ(relay_cpu_online(chan, 1, true), 0);
    CHECK_STR(kit_take_log(), "");
    CHECK_EQ(kit_put(chan, 1, 'c', 3), RELAY_STORED);
    CHECK_STR(kit_read(file, 100), "aaaaaaccc");
    CHECK_STR(kit_state(buf), "p1 c1 off3 b3 [6 0 0 0]");
    relay_file_close(file);
    kit_close(chan);
}

static void refusals(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 2);

    CHECK_EQ(relay_cpu_online(NULL, 0, true), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_NO_CHANNEL);
    CHECK_EQ(relay_cpu_online(chan, 2, true), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_CPU);
    CHECK(!relay_cpu_is_online(chan, 2));
    CHECK(!relay_cpu_buf(chan, 2));
    CHECK_EQ(relay_cpu_online(chan, 0, false), 0);
    CHECK_EQ(relay_cpu_online(chan, 0, false), 0);
    CHECK_EQ(relay_cpu_online(chan, 1, false), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_CPUS);
    CHECK_EQ(kit_put(chan, 1, 'a', 3), RELAY_STORED);
    relay_get(chan);
    kit_close(chan);
    for (unsigned online = 0; online < 2; online++) {
        relay_error_clear();
        CHECK_EQ(relay_cpu_online(chan, 0, online), -EINVAL);
        CHECK_EQ(relay_error(), RELAY_ERR_CLOSED);
    }
    relay_put(chan);
}

static void a_file_that_cannot_be_made(void)
{
    struct relay_options opt = {.cpus = 2, .online = (const unsigned char[]){1, 0}};
    struct rchan *chan = kit_open_with(&kit_logged, 16, 4, &opt);

    kit.fail_at = 2;
    CHECK_EQ(relay_cpu_online(chan, 1, true), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_CREATE_FILE);
    CHECK(!relay_cpu_is_online(chan, 1) && !relay_cpu_buf(chan, 1));
    CHECK_EQ(relay_cpu_online(chan, 1, true), 0);
    CHECK_EQ(kit_put(chan, 1, 'a', 3), RELAY_STORED);
    kit_close(chan);
}

static void no_memory_for_a_new_cpu(void)
{
    struct relay_options opt = {
        .cpus = 2, .online = (const unsigned char[]){1, 0}, .memory_limit = 3 * 65536 / 2};
    struct rchan *chan = kit_open_with(&kit_logged, 32768, 2, &opt);

    CHECK_EQ(relay_cpu_online(chan, 1, true), -ENOMEM);
    CHECK_EQ(relay_error(), RELAY_ERR_NO_MEMORY);
    CHECK_EQ(kit.creates, 1);
    kit_close(chan);
}

/* Later kernels' counters are summed over the CPUs on line. */
static void statistics_are_of_cpus_on_line(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 2);

    kit_put(chan, 0, 'a', 17);
    kit_put(chan, 1, 'a', 17);
    kit_put(chan, 1, 'a', 17);
    CHECK_EQ(relay_stats(chan, RELAY_STATS_WRT_BIG), 3);
    CHECK_EQ(relay_cpu_online(chan, 1, false), 0);
    CHECK_EQ(relay_stats(chan, RELAY_STATS_WRT_BIG), 1);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(global_is_made_once),
    TEST(global_takes_the_name_of_the_first),
    TEST(too_late_to_be_global),
    TEST(global_statistics_count_once),
    TEST(a_new_cpu_gets_a_buffer),
    TEST(a_cpu_keeps_its_data),
    TEST(refusals),
    TEST(a_file_that_cannot_be_made),
    TEST(no_memory_for_a_new_cpu),
    TEST(statistics_are_of_cpus_on_line),
};
CHECK_MAIN(tests, kit_before, kit_after)
