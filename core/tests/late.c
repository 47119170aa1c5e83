/* SPDX-License-Identifier: MIT */
/* Buffer-only channels, and files that come later. */
#include "check.h"
#include "kit.h"

static struct rchan *open_buffer_only(unsigned cpus, size_t subbuf_size)
{
    struct relay_options opt = {.cpus = cpus};
    struct rchan *chan = relay_open_on(NULL, NULL, subbuf_size, 4, &kit_logged, NULL, &opt);

    NEED(chan);
    return chan;
}

/* Facts 45 and 48. */
static void never_a_file(void)
{
    struct rchan *chan = open_buffer_only(2, 16);

    CHECK_STR(kit_take_log(), "create - in / mode 400 global 0\n"
                              "start 0 of cpu0, prev - padding 0\n"
                              "create - in / mode 400 global 0\n"
                              "start 0 of cpu1, prev - padding 0\n");
    CHECK_EQ(chan->has_base_filename, 0);
    CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
    CHECK_EQ(kit_put(chan, 1, 'a', 10), RELAY_STORED);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 1)), "p0 c0 off10 b0 [0 0 0 0]");
    kit_take_log();
    kit_close(chan);
    CHECK_STR(kit_take_log(), "remove -\nremove -\n");
}

/* Fact 45: it must return something. */
static void create_must_return_something(void)
{
    struct relay_options opt = {.cpus = 3};

    for (unsigned at = 1; at <= 3; at++) {
        kit_before();
        kit.fail_at = at;
        CHECK(!relay_open_on(NULL, NULL, 16, 4, &kit_logged, NULL, &opt));
        CHECK_EQ(relay_error(), RELAY_ERR_CREATE_FILE);
        CHECK_EQ(kit.creates, at);
    }
}

/* Fact 46: what was written early can be read, and counts in the size. */
static void files_come_later(void)
{
    struct rchan *chan = open_buffer_only(2, 16);
    struct dentry *dir = relay_create_dir("dir", NULL);
    struct relay_file *file;
    struct dentry *entry;

    for (char byte = 'a'; byte < 'd'; byte++)
        kit_put(chan, 0, byte, 10);
    kit_take_log();
    CHECK_EQ(relay_late_setup_files(chan, "late", dir), 0);
    CHECK_STR(kit_take_log(), "create late0 in dir mode 400 global 0\n"
                              "create late1 in dir mode 400 global 0\n");
    CHECK_EQ(chan->has_base_filename, 1);
    entry = relay_lookup(dir, "late0");
    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0);
    relay_dentry_put(entry);
    CHECK_EQ(relay_file_size(file), 20);
    CHECK_STR(kit_read(file, 100), "a*10b*10c*10");
    relay_file_close(file);
    kit_close(chan);
    CHECK_STR(kit_take_log(), "remove late0\nremove late1\n");
    CHECK_EQ(relay_remove(dir), 0);
}

/* Facts 44 and 47. */
static void refusals(void)
{
    struct rchan *named = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct rchan *chan = open_buffer_only(2, 16);

    CHECK_EQ(relay_late_setup_files(NULL, "x", NULL), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_NO_CHANNEL);
    CHECK_EQ(relay_late_setup_files(chan, NULL, NULL), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_NAME);
    relay_error_clear();
    CHECK_EQ(relay_late_setup_files(chan, "a/b", NULL), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_NAME);
    CHECK_EQ(relay_late_setup_files(named, "x", NULL), -EEXIST);
    CHECK_EQ(relay_error(), RELAY_ERR_EXISTS);
    CHECK_EQ(relay_late_setup_files(chan, "x", NULL), 0);
    CHECK_EQ(relay_late_setup_files(chan, "x", NULL), -EEXIST);
    kit_close(named);
    kit_close(chan);
}

/* Fact 47: files made before the failure stay, and it cannot be tried again. */
static void fails_half_way(void)
{
    static void *const failures[] = {NULL, (void *)(intptr_t)-EACCES};

    for (size_t i = 0; i < 2; i++) {
        struct rchan *chan;

        kit_before();
        chan = open_buffer_only(3, 16);
        kit.fail_at = kit.creates + 2;
        kit.failure = failures[i];
        CHECK_EQ(relay_late_setup_files(chan, "late", NULL), -EINVAL);
        CHECK_EQ(relay_error(), RELAY_ERR_CREATE_FILE);
        CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 6); /* "late0" */
        CHECK_EQ(relay_late_setup_files(chan, "late", NULL), -EEXIST);
        CHECK_EQ(kit_put(chan, 2, 'a', 3), RELAY_STORED);
        kit_take_log();
        kit_close(chan);
        CHECK_STR(kit_take_log(), "remove late0\nremove -\nremove -\n");
    }
}

static void only_cpus_on_line_get_files(void)
{
    struct rchan *chan = open_buffer_only(3, 16);

    CHECK_EQ(relay_cpu_online(chan, 1, false), 0);
    kit_take_log();
    CHECK_EQ(relay_late_setup_files(chan, "late", NULL), 0);
    CHECK_STR(kit_take_log(), "create late0 in / mode 400 global 0\n"
                              "create late2 in / mode 400 global 0\n");
    kit_close(chan);
}

static void a_global_channel(void)
{
    struct rchan *chan;

    kit.global = true;
    chan = open_buffer_only(3, 16);
    CHECK_EQ(chan->is_global, 1);
    kit_take_log();
    CHECK_EQ(relay_late_setup_files(chan, "late", NULL), 0);
    CHECK_STR(kit_take_log(), "create late0 in / mode 400 global 1\n");
    kit_close(chan);
    CHECK_STR(kit_take_log(), "remove late0\n");
}

/* A CPU that comes on line after the late set-up gets a file like the others. */
static void a_cpu_that_comes_after_it(void)
{
    struct relay_options opt = {.cpus = 2, .online = (const unsigned char[]){1, 0}};
    struct rchan *chan = relay_open_on(NULL, NULL, 16, 4, &kit_logged, NULL, &opt);

    NEED(chan);
    CHECK_EQ(relay_late_setup_files(chan, "late", NULL), 0);
    kit_take_log();
    CHECK_EQ(relay_cpu_online(chan, 1, true), 0);
    CHECK_STR(kit_take_log(), "create late1 in / mode 400 global 0\n"
                              "start 0 of cpu1, prev - padding 0\n");
    kit_close(chan);
    CHECK_STR(kit_take_log(), "remove late0\nremove late1\n");
}

static const struct check_test tests[] = {
    TEST(never_a_file),     TEST(create_must_return_something),
    TEST(files_come_later), TEST(refusals),
    TEST(fails_half_way),   TEST(only_cpus_on_line_get_files),
    TEST(a_global_channel), TEST(a_cpu_that_comes_after_it),
};
CHECK_MAIN(tests, kit_before, kit_after)
