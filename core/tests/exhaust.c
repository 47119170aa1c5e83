/* SPDX-License-Identifier: MIT */
/*
 * Memory and descriptors run out: the k-th request to the system fails, for every k. Each call then
 * says so, leaves nothing behind and harms nothing that is there. The linker puts the functions
 * below in the place of those that the library asks.
 */
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>

#include <sys/stat.h>
#include <unistd.h>

#include "../src/internal.h"
#include "check.h"
#include "kit.h"
#include "refused.h"
#include "relay/relay_live.h"
#include "relay/relay_save.h"

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
    void *block = fails(ENOMEM) ? NULL : __real_realloc(memory, size);

    return memory ? block : counted(block);
}

int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags)
{
    return fails(EMFILE) ? -1 : __real_memfd_create(name, flags);
}

int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size)
{
    return fails(EFBIG) ? -1 : __real_ftruncate(fd, size);
}

int __real_fallocate(int fd, int mode, off_t offset, off_t size);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t size);
int __wrap_fallocate(int fd, int mode, off_t offset, off_t size)
{
    return fails(ENOSPC) ? -1 : __real_fallocate(fd, mode, offset, size);
}

int __real_eventfd(unsigned value, int flags);
int __wrap_eventfd(unsigned value, int flags);
int __wrap_eventfd(unsigned value, int flags)
{
    return fails(EMFILE) ? -1 : __real_eventfd(value, flags);
}

int __real_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg);
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *),
                          void *arg)
{
    return fails(EAGAIN) ? EAGAIN : __real_pthread_create(id, attr, run, arg);
}

static const char *memory; /* what /proc/meminfo says; NULL: the truth */

FILE *__real_fopen(const char *name, const char *mode);
FILE *__wrap_fopen(const char *name, const char *mode);
FILE *__wrap_fopen(const char *name, const char *mode)
{
    if (memory && strcmp(name, "/proc/meminfo") == 0)
        return *memory ? fmemopen((void *)(uintptr_t)memory, strlen(memory), mode) : NULL;
    return __real_fopen(name, mode);
}

/* Call `act` with the first request failing, the second … until it needs no more: how many. */
static unsigned exhaust(bool (*act)(void))
{
    for (unsigned at = 1;; at++) {
        size_t descriptors = kit_descriptors();
        bool worked;

        relay_error_clear();
        requests = 0;
        fail_at = at;
        worked = act();
        fail_at = 0;
        if (requests < at) {
            CHECK(worked);
            return at - 1;
        }
        CHECK_EQ(kit_descriptors(), descriptors);
    }
}

static struct rchan *chan; /* for what needs one */
static struct relay_file *file_there;

static bool opens(void)
{
    struct relay_options opt = {.cpus = 3};
    struct rchan *opened;
    long before = blocks;

    kit.log[0] = 0;
    opened = relay_open_on("cpu", NULL, 64, 4, &kit_logged, NULL, &opt);
    if (opened) {
        CHECK_EQ(kit_put(opened, 2, 'a', 60), RELAY_STORED);
        CHECK(kit_valid(opened));
        relay_close(opened);
    } else {
        CHECK(relay_error() == RELAY_ERR_NO_MEMORY || relay_error() == RELAY_ERR_CREATE_FILE);
    }
    fail_at = 0;
    CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
    CHECK_EQ(blocks, before);
    return opened != NULL;
}

static void open_runs_out(void)
{
    CHECK(exhaust(opens) > 10);
}

/* … where the number 0 is free, which is a descriptor as any other. */
static void open_runs_out_with_the_number_0(void)
{
    int kept = dup(0);

    NEED(kept >= 0 && close(0) == 0);
    CHECK(exhaust(opens) > 10);
    CHECK_EQ(fcntl(0, F_GETFD), -1);
    NEED(dup2(kept, 0) == 0 && close(kept) == 0);
}

static unsigned char block[1 << 14];
static size_t block_size;

static bool opens_saved(void)
{
    long before = blocks;
    struct rchan *opened = relay_open_saved(block, block_size, NULL, &kit_no_overwrite, NULL);

    if (opened)
        kit_close(opened);
    else
        CHECK(relay_error() == RELAY_ERR_NO_MEMORY || relay_error() == RELAY_ERR_CREATE_FILE);
    CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
    CHECK_EQ(blocks, before);
    return opened != NULL;
}

static void open_saved_runs_out(void)
{
    chan = kit_open(&kit_no_overwrite, 64, 4, 3);
    kit_put(chan, 2, 'a', 60);
    block_size = (size_t)relay_save(chan, block, sizeof(block));
    NEED(block_size <= sizeof(block));
    kit_close(chan);
    CHECK(exhaust(opens_saved) > 10);
}

static bool is_restored(void)
{
    int result = relay_restore(chan, block, block_size);

    CHECK(!result || (result == -ENOMEM && relay_error() == RELAY_ERR_NO_MEMORY));
    CHECK_STR(kit_account(relay_cpu_buf(chan, 2)),
              result ? "2/70: 2/70 unread" : "1/60: 1/60 unread");
    return result == 0;
}

static void restore_runs_out(void)
{
    chan = kit_open(&kit_no_overwrite, 64, 4, 3);
    kit_put(chan, 2, 'a', 60);
    block_size = (size_t)relay_save(chan, block, sizeof(block));
    NEED(block_size <= sizeof(block));
    kit_put(chan, 2, 'b', 10);
    CHECK(exhaust(is_restored) > 0);
    kit_close(chan);
}

static uint64_t pages_of(const struct rchan *of)
{
    struct stat status;

    NEED(fstat(of->own->region.fd, &status) == 0);
    return (uint64_t)status.st_blocks;
}

static bool comes_on_line(void)
{
    uint64_t pages = pages_of(chan), in_use = chan->own->region.in_use;
    int result = relay_cpu_online(chan, 1, true);

    CHECK(kit_valid(chan));
    CHECK_EQ(pages_of(chan), result ? pages : 2 * pages);
    CHECK_EQ(chan->own->region.in_use, result ? in_use : 2 * in_use);
    if (result == 0)
        return true;
    CHECK(result == -ENOMEM || relay_error() == RELAY_ERR_CREATE_FILE);
    CHECK(!relay_cpu_is_online(chan, 1) && !relay_cpu_buf(chan, 1));
    CHECK_EQ(kit_put(chan, 1, 'a', 1), RELAY_LOST_NO_BUFFER);
    return false;
}

static void a_cpu_runs_out(void)
{
    struct relay_options opt = {.cpus = 2, .online = (const unsigned char[]){1, 0}};

    chan = kit_open_with(&kit_no_overwrite, 64, 4, &opt);
    CHECK(exhaust(comes_on_line) > 3);
    CHECK_EQ(kit_put(chan, 1, 'a', 60), RELAY_STORED);
    kit_close(chan);
}

static bool reads(void)
{
    struct dentry *entry = relay_lookup(NULL, "cpu0");
    struct relay_mapping *mapping = NULL;
    struct relay_file *file = NULL;

    if (relay_file_open(entry, O_RDONLY, &file) == 0) {
        CHECK_EQ(kit_put(chan, 0, 'a', 4), RELAY_STORED);
        CHECK_STR(kit_read(file, 10), "aaaa");
        if (relay_file_mmap(file, chan->alloc_size, PROT_READ, MAP_SHARED, 0, &mapping) == 0)
            relay_mapping_close(mapping);
        relay_file_close(file);
    } else {
        CHECK(!file);
    }
    relay_dentry_put(entry);
    CHECK(kit_valid(chan));
    return mapping != NULL;
}

static bool asks_for_an_eventfd(void)
{
    int fd = relay_file_eventfd(file_there);

    CHECK(fd >= 0 || fd == -EMFILE);
    return fd >= 0;
}

static void a_reader_runs_out(void)
{
    chan = kit_open(&kit_no_overwrite, 1024, 4, 1);
    CHECK_EQ(exhaust(reads), 3);
    file_there = kit_file(0, O_RDONLY);
    CHECK_EQ(exhaust(asks_for_an_eventfd), 1);
    relay_file_close(file_there);
    kit_close(chan);
}

static struct relay_live_options kind; /* of the pool that is opened */

static bool opens_a_pool(void)
{
    long before = blocks;
    struct relay_live *live = relay_live_open(chan, &kind);

    CHECK_EQ(live != NULL, requests < fail_at); /* it can do without nothing */
    if (live)
        relay_live_close(live);
    else
        CHECK(relay_error() == RELAY_ERR_NO_MEMORY || relay_error() == RELAY_ERR_THREADS);
    CHECK_EQ(blocks, before);
    return live != NULL;
}

static struct relay_live *pool;

static bool sets_a_pool(void)
{
    struct relay_live_writing writing = {.rate = 1, .min = 64};
    struct relay_live_reading reading = {.kind = RELAY_LIVE_MMAP};
    int written = relay_live_set_writing(pool, &writing, NULL, 0);
    int read = relay_live_set_reading(pool, &reading, NULL, 0);
    int drained = relay_live_drain(pool);

    CHECK(written == 0 || written == -ENOMEM);
    CHECK(read == 0 || read == -ENOMEM);
    CHECK(drained == 0 || drained == -ENOMEM);
    return written == 0 && read == 0 && drained == 0;
}

/* The threads stand: who asks the system is this one. */
static void a_pool_runs_out(void)
{
    chan = kit_open(&kit_no_overwrite, 1024, 4, 1);
    CHECK(exhaust(opens_a_pool) > 8);
    kind.simulated = true;
    CHECK(exhaust(opens_a_pool) > 6);
    kind.simulated = false;
    pool = relay_live_open(chan, NULL);
    NEED(pool);
    CHECK(exhaust(sets_a_pool) >= 3);
    relay_live_close(pool);
    kit_close(chan);
}

/* Run a pool for some seconds in which the reader gets no memory for what it would note. */
static void read_without_memory(const struct relay_live_reading *reading, double rate,
                                double seconds)
{
    struct relay_live_options opt = {.simulated = true};
    struct relay_live_writing writing = {.rate = rate, .min = 64};

    chan = kit_open(&kit_no_overwrite, 1024, 4, 1);
    pool = relay_live_open(chan, &opt);
    NEED(pool);
    CHECK_EQ(relay_live_set_reading(pool, reading, NULL, 0), 0);
    CHECK_EQ(relay_live_simulate(pool, 0.5), 0); /* its descriptor is open */
    CHECK_EQ(relay_live_set_writing(pool, &writing, NULL, 0), 0);
    requests = 0;
    fail_at = 2; /* behind what the writer needs */
    CHECK_EQ(relay_live_simulate(pool, seconds), 0);
    fail_at = 0;
}

/* The beginning of an event cannot be kept until its rest comes: it is found torn, and no more. */
static void half_an_event(void)
{
    struct relay_live_reading reading = {.kind = RELAY_LIVE_READ, .batch = 40};
    struct relay_live_counts row;

    read_without_memory(&reading, 1, 0.5);
    CHECK(requests >= 2);
    CHECK_EQ(relay_live_simulate(pool, 1), 0);
    CHECK_EQ(relay_live_drain(pool), 0);
    relay_live_totals(pool, &row, 1);
    CHECK_EQ(row.intact, 1);
    CHECK_EQ(row.bytes, 128);
    CHECK_EQ(row.missing, 1);
    relay_live_close(pool);
    kit_close(chan);
}

/* Numbers of events that have come cannot be kept: those that come are counted all the same. */
static void no_memory_for_numbers(void)
{
    struct relay_live_reading reading = {.kind = RELAY_LIVE_READ};
    struct relay_live_counts row;

    read_without_memory(&reading, 4, 0.01);
    CHECK_EQ(requests, 2);
    CHECK_EQ(relay_live_simulate(pool, 1), 0);
    relay_live_totals(pool, &row, 1);
    CHECK_EQ(row.intact, 5);
    CHECK_EQ(row.missing + row.late + row.twice + row.torn, 0);
    relay_live_close(pool);
    kit_close(chan);
}

/* A reader that has no descriptor makes no visit, and tries again. */
static void no_descriptor(void)
{
    struct relay_live_options opt = {.simulated = true};
    struct relay_live_reading reading = {.kind = RELAY_LIVE_READ, .pace = 1};
    struct relay_live_counts row;

    chan = kit_open(&kit_no_overwrite, 1024, 4, 1);
    pool = relay_live_open(chan, &opt);
    NEED(pool);
    CHECK_EQ(relay_live_set_reading(pool, &reading, NULL, 0), 0);
    requests = 0;
    fail_at = 1;
    CHECK_EQ(relay_live_simulate(pool, 0.005), 0);
    fail_at = 0;
    CHECK(requests >= 1);
    relay_live_totals(pool, &row, 1);
    CHECK_EQ(row.visits + row.reads, 0);
    CHECK_EQ(relay_live_simulate(pool, 0.5), 0);
    relay_live_totals(pool, &row, 1);
    CHECK_EQ(row.visits, 1);
    CHECK_EQ(row.reads, 1);
    relay_live_close(pool);
    kit_close(chan);
}

static bool makes_directory(void)
{
    struct dentry *dir = relay_create_dir("dir", NULL);

    if (!dir)
        CHECK_EQ(relay_error(), RELAY_ERR_NO_MEMORY);
    relay_remove(dir);
    return dir != NULL;
}

static void a_directory_runs_out(void)
{
    CHECK_EQ(exhaust(makes_directory), 1);
}

static bool fits_in(const char *meminfo, size_t subbuf_size)
{
    struct relay_options opt = {.cpus = 1};
    struct rchan *opened;

    memory = meminfo;
    relay_error_clear();
    opened = relay_open_on("cpu", NULL, subbuf_size, 16, &kit_no_overwrite, NULL, &opt);
    memory = NULL;
    CHECK_EQ(relay_error(), opened ? RELAY_ERR_OK : RELAY_ERR_NO_MEMORY);
    relay_close(opened);
    return opened != NULL;
}

/* Nine tenths of what the system says it has, where it says so; small channels do not ask. */
static void memory_that_is_not_there(void)
{
    static const char low[] = "MemTotal: 999999999 kB\nMemFree: 1 kB\nMemAvailable: 20480 kB\n";
    const size_t page = 4096, most = 20480 * 1024 / 10 * 9;

    CHECK(fits_in(low, (most - 3 * page) / 16 / page * page));
    CHECK(!fits_in(low, (most + 16 * page) / 16 / page * page));
    CHECK(fits_in("MemAvailable: 40000 kB\n", 8999 * page / 16)); /* 9000 pages with its control */
    CHECK(!fits_in("MemAvailable: 39990 kB\n", 8999 * page / 16));
    CHECK(fits_in("MemAvailable: 1 kB\n", (1 << 20) - page));
    CHECK(!fits_in("MemAvailable: 1 kB\n", 1 << 20));
    CHECK(fits_in("MemFree: 1 kB\n", 1 << 20));
    CHECK(fits_in("", 1 << 20));
}

static const struct check_test tests[] = {
    TEST(open_runs_out),         TEST(open_saved_runs_out),
    TEST(restore_runs_out),      TEST(a_cpu_runs_out),
    TEST(a_reader_runs_out),     TEST(a_pool_runs_out),
    TEST(a_directory_runs_out),  TEST(memory_that_is_not_there),
    TEST(half_an_event),         TEST(no_descriptor),
    TEST(no_memory_for_numbers), TEST(open_runs_out_with_the_number_0),
};
CHECK_MAIN(tests, kit_before, kit_after)
