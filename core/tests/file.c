/* SPDX-License-Identifier: MIT */
/* Descriptors: open and its flags, what a relay file cannot do, size, mode, life after close. */
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"

static void flags(void)
{
    static const int flags[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDONLY | O_NONBLOCK};
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);

    for (size_t i = 0; i < 4; i++) {
        struct relay_file *file = kit_file(0, flags[i]);

        CHECK_EQ(relay_file_flags(file) & (O_ACCMODE | O_NONBLOCK), flags[i]);
        CHECK(relay_file_buf(file) == relay_cpu_buf(chan, 0));
        CHECK(relay_file_is_valid(file));
        relay_file_close(file);
    }
    relay_file_close(NULL);
    CHECK(!relay_file_is_valid(NULL));
    kit_close(chan);
}

/* Fact 42. */
static void no_seek_no_write(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_file *both = kit_file(0, O_RDWR);
    char bytes[4] = "abc";

    kit_put(chan, 0, 'a', 8);
    CHECK_EQ(relay_file_lseek(file, 0, SEEK_SET), -ESPIPE);
    CHECK_EQ(relay_file_lseek(file, 1, SEEK_CUR), -ESPIPE);
    CHECK_EQ(relay_file_pread(file, bytes, 4, 0), -ESPIPE);
    CHECK_EQ(relay_file_write(file, bytes, 4), -EBADF);
    CHECK_EQ(relay_file_write(both, bytes, 4), -EINVAL);
    CHECK_STR(kit_read(file, 100), "aaaaaaaa");
    relay_file_close(file);
    relay_file_close(both);
    kit_close(chan);
}

/* Fact 39. */
static void size_and_mode(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 16, 2, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    CHECK_EQ(relay_file_mode(file), S_IFREG | 0400);
    CHECK_EQ(relay_file_size(file), 0);
    kit_put(chan, 0, 'a', 10);
    CHECK_EQ(relay_file_size(file), 0);
    kit_put(chan, 0, 'b', 10);
    CHECK_EQ(relay_file_size(file), 10);
    kit_read(file, 100);
    CHECK_EQ(relay_file_size(file), 10);
    for (int i = 0; i < 5; i++)
        relay_flush(chan);
    CHECK_EQ(relay_file_size(file), 20);
    relay_reset(chan);
    CHECK_EQ(relay_file_size(file), 20);
    relay_file_close(file);
    kit_close(chan);
}

/* Fact 40. */
static void readable_after_close(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 0, 'b', 10);
    kit_put(chan, 0, 'c', 3);
    CHECK_STR(kit_read(file, 4), "aaaa");
    relay_close(chan);
    CHECK(relay_file_is_valid(file));
    CHECK_STR(kit_account(relay_file_buf(file)), "3/23: 3/23 unread");
    CHECK_STR(kit_read(file, 100), "aaaaaab*10ccc");
    CHECK_STR(kit_read(file, 100), "");
    CHECK_EQ(relay_file_size(file), 10);
    CHECK(relay_file_is_valid(file));
    relay_file_close(file);
}

static void the_last_reference_takes_the_rest(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_file *other = kit_file(0, O_RDONLY);

    for (char byte = 'a'; byte < 'd'; byte++)
        kit_put(chan, 0, byte, 10);
    CHECK_STR(kit_read(file, 14), "a*10bbbb");
    relay_buf_get(buf);
    relay_close(chan);
    relay_file_close(file);
    CHECK_STR(kit_account(buf), "3/30: 2/20 unread, 1/10 consumed");
    relay_file_close(other);
    CHECK_STR(kit_account(buf), "3/30: 2/20 closed, 1/10 consumed");
    relay_buf_put(buf);
}

static void many_descriptors(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct relay_file *files[100];

    for (int i = 0; i < 100; i++)
        files[i] = kit_file(0, i % 2 ? O_RDONLY : O_RDWR);
    relay_close(chan);
    for (int i = 0; i < 100; i++)
        relay_file_close(files[i]);
}

static const struct check_test tests[] = {
    TEST(flags),
    TEST(no_seek_no_write),
    TEST(size_and_mode),
    TEST(readable_after_close),
    TEST(the_last_reference_takes_the_rest),
    TEST(many_descriptors),
};
CHECK_MAIN(tests, kit_before, kit_after)
