/* SPDX-License-Identifier: MIT */
/* The host filesystem: names, directories, removal, lookups, files of removed entries. */
#include <pthread.h>

#include "check.h"
#include "kit.h"

/* The names in a directory, separated by blanks. */
static const char *names(struct dentry *dir)
{
    static char text[256];
    ssize_t size = relay_dir_names(dir, text, sizeof(text));

    if (size < 0)
        return "not a directory";
    for (ssize_t i = 0; i + 1 < size; i++)
        if (!text[i])
            text[i] = ' ';
    text[size ? size - 1 : 0] = 0;
    return text;
}

static void directories(void)
{
    struct dentry *one = relay_create_dir("one", NULL);
    struct dentry *two = relay_create_dir("two", relay_root());
    struct dentry *inner = relay_create_dir("one", one);

    CHECK_STR(names(relay_root()), "one two");
    CHECK_STR(names(one), "one");
    CHECK_STR(names(two), "");
    CHECK_STR(relay_dentry_name(two), "two");
    CHECK_STR(relay_dentry_name(relay_root()), "");
    CHECK(relay_dentry_is_dir(inner) && relay_dentry_is_dir(relay_root()));
    CHECK(!relay_create_dir("two", NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_EXISTS);
    CHECK_EQ(relay_remove(one), -ENOTEMPTY);
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_EMPTY);
    CHECK_EQ(relay_remove(inner), 0);
    CHECK_EQ(relay_remove(one), 0);
    CHECK_STR(names(relay_root()), "two");
    CHECK_EQ(relay_remove(two), 0);
    CHECK_EQ(relay_remove(relay_root()), -EBUSY);
    CHECK_EQ(relay_remove(NULL), 0);
}

static void bad_names(void)
{
    static const char *const bad[] = {"", ".", "..", "a/b", "/", "a/"};
    static const char *const good[] = {"...", ".a", "a b", "\xc3\xa4", "-"};
    char name[257];

    memset(name, 'n', sizeof(name));
    name[256] = 0;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        relay_error_clear();
        CHECK(!relay_create_dir(bad[i], NULL));
        CHECK_EQ(relay_error(), RELAY_ERR_NAME);
    }
    CHECK(!relay_create_dir(name, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_NAME);
    name[255] = 0;
    CHECK_EQ(relay_remove(relay_create_dir(name, NULL)), 0);
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct dentry *dir = relay_create_dir(good[i], NULL);

        CHECK(dir);
        CHECK_STR(relay_dentry_name(dir), good[i]);
        CHECK_EQ(relay_remove(dir), 0);
    }
}

static void names_need_room(void)
{
    struct dentry *one = relay_create_dir("one", NULL);
    struct dentry *two = relay_create_dir("two", NULL);
    char text[8] = "#######";

    CHECK_EQ(relay_dir_names(relay_root(), text, 7), 8);
    CHECK_STR(text, "#######");
    CHECK_EQ(relay_dir_names(relay_root(), text, 8), 8);
    CHECK(memcmp(text, "one\0two", 8) == 0);
    CHECK_EQ(relay_remove(one), 0);
    CHECK_EQ(relay_remove(two), 0);
}

static void lookups(void)
{
    struct dentry *dir = relay_create_dir("dir", NULL);
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 2);
    struct dentry *file = relay_lookup(NULL, "cpu1");
    struct dentry *found = relay_lookup(relay_root(), "dir");

    CHECK(found == dir);
    CHECK(file && !relay_dentry_is_dir(file));
    CHECK_STR(names(relay_root()), "dir cpu0 cpu1");
    CHECK_STR(names(file), "not a directory");
    CHECK(!relay_lookup(NULL, "cpu2"));
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_FOUND);
    CHECK(!relay_lookup(file, "x"));
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_DIRECTORY);
    CHECK(!relay_create_dir("x", file));
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_DIRECTORY);
    relay_dentry_put(found);
    relay_dentry_put(file);
    relay_dentry_put(NULL);
    relay_dentry_get(NULL);
    kit_close(chan);
    CHECK_EQ(relay_remove(dir), 0);
}

static void a_removed_directory(void)
{
    struct dentry *dir = relay_create_dir("dir", NULL);

    relay_dentry_get(dir);
    CHECK_EQ(relay_remove(dir), 0);
    CHECK(!relay_create_dir("x", dir));
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_FOUND);
    CHECK(!relay_lookup(NULL, "dir"));
    CHECK_EQ(relay_remove(dir), 0); /* twice: nothing */
    CHECK_STR(relay_dentry_name(dir), "dir");
    relay_dentry_put(dir);
}

static void what_cannot_be_opened(void)
{
    struct dentry *dir = relay_create_dir("dir", NULL);
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    struct dentry *entry = relay_lookup(NULL, "cpu0");
    struct relay_file *file = NULL;
    struct relay_file *before;

    CHECK_EQ(relay_file_open(NULL, O_RDONLY, &file), -ENOENT);
    CHECK_EQ(relay_file_open(dir, O_RDONLY, &file), -EISDIR);
    CHECK_EQ(relay_file_open(relay_root(), O_RDONLY, &file), -EISDIR);
    CHECK_EQ(relay_file_open(entry, O_RDONLY, &before), 0);
    kit_put(chan, 0, 'a', 5);
    kit_close(chan);
    CHECK(!relay_lookup(NULL, "cpu0"));
    CHECK_EQ(relay_file_open(entry, O_RDONLY, &file), -ENOENT);
    CHECK(!file);
    CHECK_STR(kit_read(before, 10), "aaaaa");
    relay_dentry_put(entry);
    relay_file_close(before);
    CHECK_EQ(relay_remove(dir), 0);
}

/* A second file of the same buffer, by a name of the client's own. */
static void a_second_name(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct dentry *other = relay_create_file("other", NULL, 0444, buf);
    struct relay_file *file = NULL;

    NEED(other && relay_file_open(other, O_RDONLY, &file) == 0);
    CHECK_EQ(relay_file_mode(file) & 07777, 0444);
    relay_file_close(file);
    CHECK(!relay_create_file("cpu0", NULL, 0400, buf));
    CHECK_EQ(relay_error(), RELAY_ERR_EXISTS);
    kit_put(chan, 0, 'a', 5);
    kit_close(chan);
    NEED(relay_file_open(other, O_RDONLY, &file) == 0);
    CHECK_EQ(relay_file_poll(file), POLLERR);
    CHECK_STR(kit_read(file, 10), "aaaaa");
    relay_file_close(file);
    CHECK_EQ(relay_remove(other), 0);
}

/* A file that the client removes itself, before close removes it again. */
static void removed_early(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    struct dentry *entry = relay_lookup(NULL, "cpu0");

    CHECK_EQ(relay_remove(entry), 0);
    CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
    CHECK_EQ(kit_put(chan, 0, 'a', 5), RELAY_STORED);
    relay_dentry_put(entry);
    kit_close(chan);
}

enum { CHANGERS = 4, CHANGES = 5000, OTHERS = 200 };

static void *change_often(void *arg)
{
    char name[8];

    snprintf(name, sizeof(name), "%d", *(int *)arg);
    for (int i = 0; i < CHANGES; i++) {
        struct dentry *dir = relay_create_dir(name, NULL), *found = relay_lookup(NULL, name);

        if (!CHECK(dir && found == dir))
            return NULL;
        relay_dentry_put(found);
        CHECK_EQ(relay_remove(dir), 0);
    }
    return NULL;
}

/* Each thread finds its own entry behind all others, whatever the others do to the directory. */
static void changed_by_many(void)
{
    struct dentry *others[OTHERS];
    pthread_t threads[CHANGERS];
    int numbers[CHANGERS];

    for (int i = 0; i < OTHERS; i++) {
        char name[16];

        snprintf(name, sizeof(name), "other %d", i);
        others[i] = relay_create_dir(name, NULL);
    }
    for (int i = 0; i < CHANGERS; i++) {
        numbers[i] = i;
        NEED(pthread_create(&threads[i], NULL, change_often, &numbers[i]) == 0);
    }
    for (int i = 0; i < CHANGERS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < OTHERS; i++)
        CHECK_EQ(relay_remove(others[i]), 0);
}

static const struct check_test tests[] = {
    TEST(directories),   TEST(bad_names),           TEST(names_need_room),
    TEST(lookups),       TEST(a_removed_directory), TEST(what_cannot_be_opened),
    TEST(a_second_name), TEST(removed_early),       TEST(changed_by_many),
};
CHECK_MAIN(tests, kit_before, kit_after)
