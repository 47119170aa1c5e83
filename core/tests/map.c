/* SPDX-License-Identifier: MIT */
/* Mappings: length, offset, kinds and protections, the two callbacks, life after close. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "kit.h"

enum { PAGE = RELAY_PAGE_SIZE };

static struct relay_mapping *map(struct relay_file *file, int prot, int flags, size_t offset)
{
    struct relay_mapping *mapping = NULL;

    NEED(relay_file_mmap(file, relay_file_buf(file)->chan->alloc_size, prot, flags, offset,
                         &mapping) == 0);
    return mapping;
}

static void same_memory(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, PAGE, 2, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_mapping *mapping = map(file, PROT_READ, MAP_SHARED, 0);
    const char *bytes = relay_mapping_address(mapping);

    CHECK_EQ(relay_mapping_size(mapping), 2 * PAGE);
    kit_put(chan, 0, 'a', 10);
    CHECK_STR(kit_text(bytes, 10), "a*10");
    kit_put(chan, 0, 'b', PAGE);
    CHECK_EQ(bytes[PAGE], 'b');
    CHECK_EQ(bytes[2 * PAGE - 1], 'b');
    relay_reset(chan);
    kit_put(chan, 0, 'c', 10);
    CHECK_STR(kit_text(bytes, 10), "c*10");
    relay_mapping_close(mapping);
    relay_mapping_close(NULL);
    relay_file_close(file);
    kit_close(chan);
}

static void refused_lengths(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 100, 3, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    static const size_t lengths[] = {0, 1, 300, PAGE - 1, PAGE + 1, 2 * PAGE, SIZE_MAX};
    struct relay_mapping *mapping;

    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
        CHECK_EQ(relay_file_mmap(file, lengths[i], PROT_READ, MAP_SHARED, 0, &mapping), -EINVAL);
    CHECK_EQ(relay_file_mmap(file, PAGE, PROT_READ, 0, 0, &mapping), -EINVAL);
    CHECK_EQ(relay_file_mmap(file, PAGE, PROT_READ, MAP_SHARED, 1, &mapping), -EINVAL);
    mapping = map(file, PROT_READ, MAP_SHARED, 0);
    relay_mapping_close(mapping);
    relay_file_close(file);
    kit_close(chan);
}

/* Fact 43. */
static void with_an_offset(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, PAGE, 3, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_mapping *mapping = map(file, PROT_READ, MAP_SHARED, PAGE);

    CHECK_EQ(relay_mapping_size(mapping), 2 * PAGE);
    kit_put(chan, 0, 'a', PAGE);
    kit_put(chan, 0, 'b', PAGE);
    CHECK_STR(kit_text(relay_mapping_address(mapping), PAGE), "b*4096");
    relay_mapping_close(mapping);
    relay_file_close(file);
    kit_close(chan);
}

/* Nothing of the buffer is left there: the mapping is an empty one. */
static void behind_the_end(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, PAGE, 3, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    for (size_t page = 3; page < 5; page++) {
        struct relay_mapping *mapping = map(file, PROT_READ, MAP_SHARED, page * PAGE);

        CHECK_EQ(relay_mapping_size(mapping), 0);
        CHECK(!relay_mapping_address(mapping));
        relay_mapping_close(mapping);
    }
    relay_file_close(file);
    kit_close(chan);
}

static void kinds(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, PAGE, 2, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_file *both = kit_file(0, O_RDWR);
    struct relay_mapping *private = map(file, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
    struct relay_mapping *shared = map(both, PROT_READ | PROT_WRITE, MAP_SHARED, 0);

    kit_put(chan, 0, 'a', 8);
    CHECK_STR(kit_text(relay_mapping_address(private), 8), "aaaaaaaa");
    memset(relay_mapping_address(private), 'p', 4);
    CHECK_STR(kit_text(buf->start, 8), "aaaaaaaa");
    memset(relay_mapping_address(shared), 's', 4);
    CHECK_STR(kit_text(buf->start, 8), "ssssaaaa");
    CHECK_STR(kit_text(relay_mapping_address(private), 8), "ppppaaaa");
    CHECK_STR(kit_read(file, 8), "ssssaaaa");
    relay_mapping_close(private);
    relay_mapping_close(shared);
    relay_file_close(file);
    relay_file_close(both);
    kit_close(chan);
}

static void forbidden_protections(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, PAGE, 1, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_file *writable = kit_file(0, O_WRONLY);
    struct relay_mapping *mapping;

    CHECK_EQ(relay_file_mmap(file, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &mapping), -EACCES);
    CHECK_EQ(relay_file_mmap(writable, PAGE, PROT_READ, MAP_SHARED, 0, &mapping), -EACCES);
    CHECK_EQ(relay_file_mmap(writable, PAGE, PROT_WRITE, MAP_SHARED, 0, &mapping), -EACCES);
    /* the call itself is looked at first, as Linux does */
    CHECK_EQ(relay_file_mmap(writable, 0, PROT_READ, MAP_SHARED, 0, &mapping), -EINVAL);
    CHECK_EQ(relay_file_mmap(writable, PAGE, PROT_READ, MAP_SHARED, 1, &mapping), -EINVAL);
    CHECK_EQ(relay_file_mmap(writable, PAGE, PROT_READ, 0, 0, &mapping), -EINVAL);
    relay_file_close(file);
    relay_file_close(writable);
    kit_close(chan);
}

/* A child that stores to a read-only mapping dies of it. */
static void read_only_means_it(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, PAGE, 1, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_mapping *mapping = map(file, PROT_READ, MAP_SHARED, 0);
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        signal(SIGSEGV, SIG_DFL);
        *(volatile char *)relay_mapping_address(mapping) = 'x';
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    relay_mapping_close(mapping);
    relay_file_close(file);
    kit_close(chan);
}

static void callbacks(void)
{
    struct rchan *chan = kit_open(&kit_logged, PAGE, 1, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_mapping *one;
    struct relay_mapping *two;
    struct relay_mapping *none;
    struct relay_buf_info info;

    kit_take_log();
    one = map(file, PROT_READ, MAP_SHARED, 0);
    CHECK_STR(kit_take_log(), "mapped cpu0\n");
    two = map(file, PROT_READ, MAP_PRIVATE, 0);
    CHECK_STR(kit_take_log(), "mapped cpu0\n");
    CHECK_EQ(relay_file_mmap(file, 1, PROT_READ, MAP_SHARED, 0, &none), -EINVAL);
    CHECK_STR(kit_take_log(), "");
    relay_buf_snapshot(relay_cpu_buf(chan, 0), &info, NULL);
    CHECK(info.mapped);
    relay_mapping_close(two);
    CHECK_STR(kit_take_log(), "unmapped cpu0\n");
    relay_file_close(file);
    CHECK_STR(kit_take_log(), "");
    relay_mapping_close(one);
    CHECK_STR(kit_take_log(), "unmapped cpu0\n");
    relay_buf_snapshot(relay_cpu_buf(chan, 0), &info, NULL);
    CHECK(!info.mapped);
    kit_close(chan);
}

/* Fact 40: descriptor and channel go first. */
static void outlives_everything(void)
{
    struct rchan *chan = kit_open(&kit_logged, PAGE, 2, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_mapping *mapping = map(file, PROT_READ, MAP_SHARED, 0);
    struct relay_mapping *after_close;

    kit_put(chan, 0, 'a', 20);
    relay_close(chan);
    after_close = map(file, PROT_READ, MAP_SHARED, 0);
    relay_file_close(file);
    CHECK_STR(kit_text(relay_mapping_address(mapping), 20), "a*20");
    relay_mapping_close(mapping);
    CHECK_STR(kit_text(relay_mapping_address(after_close), 20), "a*20");
    relay_mapping_close(after_close);
}

/* A consumer that only maps and reports. */
static void map_and_consume(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_mapping *mapping = map(file, PROT_READ, MAP_SHARED, 0);
    const char *bytes = relay_mapping_address(mapping);

    for (int i = 0; i < 40; i++) {
        kit_put(chan, 0, (char)('a' + i % 26), 10);
        if (i % 3 != 2)
            continue;
        for (uint64_t done = buf->ctl->consumed; done < buf->ctl->produced; done++)
            CHECK_EQ(bytes[done % 4 * 16], 'a' + (int)(done % 26));
        relay_subbufs_consumed(chan, 0, buf->ctl->produced - buf->ctl->consumed);
    }
    CHECK_STR(kit_account(buf), "40/400: 2/20 unread, 38/380 consumed");
    relay_mapping_close(mapping);
    relay_file_close(file);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(same_memory),        TEST(refused_lengths), TEST(with_an_offset),
    TEST(behind_the_end),     TEST(kinds),           TEST(forbidden_protections),
    TEST(read_only_means_it), TEST(callbacks),       TEST(outlives_everything),
    TEST(map_and_consume),
};
CHECK_MAIN(tests, kit_before, kit_after)
