/* SPDX-License-Identifier: MIT */
/*
 * An open channel becomes what was saved: what others hold of it, what is refused and then changes
 * nothing, and who is at work meanwhile. twins.c shows that it is the same as opening anew.
 */
#include "check.h"
#include "crowd.h"
#include "relay/relay_save.h"

enum { SIZE = 16 };

static unsigned char block[1 << 16], after[1 << 16];
static size_t block_size;

static void save(struct rchan *chan)
{
    ssize_t size = relay_save(chan, block, sizeof(block));

    NEED(size > 0);
    block_size = (size_t)size;
}

static int restore(struct rchan *chan)
{
    relay_error_clear();
    return relay_restore(chan, block, block_size);
}

/* What the channel is now is what the block says. */
static bool is_as_saved(struct rchan *chan)
{
    ssize_t size = relay_save(chan, after, sizeof(after));

    return kit_valid(chan) && (size_t)size == block_size && memcmp(after, block, block_size) == 0;
}

/* ---------------------------------------------------------------- what others hold */

static void the_reader_reads_on(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, SIZE, 2, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 0, 'b', 10);
    CHECK_STR(kit_read(file, 4), "aaaa");
    save(chan);
    CHECK_STR(kit_read(file, 100), "aaaaaab*10");
    kit_put(chan, 0, 'c', 10);
    CHECK_EQ(restore(chan), 0);
    CHECK(is_as_saved(chan));
    CHECK_STR(kit_read(file, 100), "aaaaaab*10");
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "2/20: 1/10 unread, 1/10 consumed");
    relay_file_close(file);
    kit_close(chan);
}

/* The same address, the bytes of then: what was stored through it is gone. */
static void a_mapping_shows_it(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, SIZE, 2, 1);
    struct relay_file *file = kit_file(0, O_RDWR);
    struct relay_mapping *mapping;
    unsigned char *bytes;

    NEED(relay_file_mmap(file, chan->alloc_size, PROT_READ | PROT_WRITE, MAP_SHARED, 0, &mapping) ==
         0);
    bytes = relay_mapping_address(mapping);
    kit_put(chan, 0, 'a', 4);
    save(chan);
    memset(bytes, 'x', chan->alloc_size);
    CHECK_EQ(restore(chan), 0);
    CHECK_STR(kit_text(bytes, 6), "aaaa..");
    for (size_t at = 4; at < chan->alloc_size; at++)
        NEED(bytes[at] == 0);
    kit_put(chan, 0, 'b', 2);
    CHECK_STR(kit_text(bytes, 6), "aaaabb");
    relay_mapping_close(mapping);
    relay_file_close(file);
    kit_close(chan);
}

static void an_eventfd_says_what_poll_says(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, SIZE, 2, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct pollfd ask = {.fd = relay_file_eventfd(file), .events = POLLIN};

    save(chan);
    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 0, 'a', 10);
    CHECK_EQ(poll(&ask, 1, 0), 1);
    CHECK_EQ(restore(chan), 0);
    CHECK_EQ(poll(&ask, 1, 0), 0);
    CHECK_EQ(relay_file_poll(file), 0);
    relay_file_close(file);
    kit_close(chan);
}

static void *wait_for_data(void *file)
{
    CHECK_EQ(relay_file_wait(file, -1, NULL), POLLIN | POLLRDNORM);
    return NULL;
}

/* Who sleeps until there is something to read is woken when it comes that way. */
static void a_poller_is_woken(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, SIZE, 2, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    pthread_t poller;

    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 0, 'a', 10);
    save(chan);
    relay_reset(chan);
    NEED(pthread_create(&poller, NULL, wait_for_data, file) == 0);
    while (relay_load(&buf->ctl->waiters) == 0)
        sched_yield();
    CHECK_EQ(restore(chan), 0);
    pthread_join(poller, NULL);
    relay_file_close(file);
    kit_close(chan);
}

static void nobody_is_called(void)
{
    struct rchan *chan = kit_open(&kit_logged, SIZE, 2, 2);

    kit_put(chan, 1, 'a', 9);
    save(chan);
    kit_put(chan, 1, 'b', 9);
    CHECK_EQ(relay_cpu_online(chan, 0, false), 0);
    kit_take_log();
    CHECK_EQ(restore(chan), 0);
    CHECK_STR(kit_take_log(), "");
    CHECK(relay_cpu_is_online(chan, 0));
    CHECK_EQ(kit_put(chan, 0, 'c', 9), RELAY_STORED);
    kit_close(chan);
}

static void what_belongs_to_the_channel(void)
{
    struct relay_options opt = {.cpus = 3, .writers = RELAY_WRITERS_ONE, .header_size = 4};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, SIZE, 2, &opt);

    kit_put(chan, 0, 'a', 99);
    CHECK_EQ(relay_cpu_online(chan, 2, false), 0);
    save(chan);
    kit_put(chan, 0, 'a', 98);
    relay_store(&chan->header_size, 0);
    CHECK_EQ(relay_cpu_online(chan, 2, true), 0);
    CHECK_EQ(restore(chan), 0);
    CHECK(is_as_saved(chan));
    CHECK_EQ(chan->last_toobig, 99);
    CHECK_EQ(chan->header_size, 4);
    CHECK_EQ(kit_put(chan, 2, 'b', 1), RELAY_LOST_NO_BUFFER);
    kit_close(chan);
}

/* One buffer for all: CPUs that came later have none again. */
static void a_global_channel(void)
{
    struct relay_options opt = {.cpus = 4, .online = (const unsigned char[]){0, 1, 0, 0}};
    struct rchan *chan;

    kit.global = true;
    chan = kit_open_with(&kit_logged, SIZE, 4, &opt);
    CHECK_EQ(relay_cpu_online(chan, 3, true), 0);
    kit_put(chan, 1, 'a', 3);
    save(chan);
    CHECK_EQ(relay_cpu_online(chan, 0, true), 0);
    CHECK_EQ(relay_cpu_online(chan, 3, false), 0);
    CHECK_EQ(restore(chan), 0);
    CHECK(is_as_saved(chan));
    CHECK(!relay_cpu_buf(chan, 0) && relay_cpu_buf(chan, 3) == relay_cpu_buf(chan, 1));
    CHECK_EQ(kit_put(chan, 0, 'b', 3), RELAY_LOST_NO_BUFFER);
    CHECK_EQ(kit_put(chan, 3, 'c', 3), RELAY_STORED);
    CHECK_EQ(relay_cpu_online(chan, 0, true), 0);
    CHECK_EQ(kit_put(chan, 0, 'd', 3), RELAY_STORED);
    CHECK_STR(kit_text(relay_cpu_buf(chan, 1)->start, 9), "aaacccddd");
    kit_close(chan);
}

/* ---------------------------------------------------------------- what is refused */

/* Of a channel that was opened with that, a block of another is refused, and nothing is changed. */
static void check_other(struct rchan *chan)
{
    ssize_t now;

    kit_put(chan, 0, 'n', 3);
    now = relay_save(chan, after, sizeof(after));
    NEED(now > 0);
    CHECK_EQ(restore(chan), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_SHAPE);
    memcpy(block, after, (size_t)now);
    block_size = (size_t)now;
    CHECK(is_as_saved(chan));
    kit_close(chan);
}

static void another_channel(void)
{
    static const unsigned char first[] = {1, 0}, second[] = {0, 1};
    const struct relay_options options[] = {
        {.cpus = 2},
        {.cpus = 3},
        {.cpus = 2, .online = first},
        {.cpus = 2, .memory_limit = 1 << 20},
        {.cpus = 2, .writers = RELAY_WRITERS_ONE},
        {.cpus = 2, .online = first},
    };

    for (size_t i = 1; i < sizeof(options) / sizeof(*options); i++) {
        struct relay_options saved = options[0];

        if (i == 5) /* as many buffers, of other CPUs */
            saved.online = second;
        for (unsigned turned = 0; turned < 2; turned++) {
            struct rchan *chan =
                kit_open_with(&kit_no_overwrite, SIZE, 2, turned ? &options[i] : &saved);

            save(chan);
            kit_close(chan);
            check_other(kit_open_with(&kit_no_overwrite, SIZE, 2, turned ? &saved : &options[i]));
        }
    }
}

static void other_sizes_and_names(void)
{
    struct relay_options opt = {.cpus = 1};
    struct rchan *chan = kit_open(&kit_no_overwrite, SIZE, 2, 1);

    for (unsigned what = 0; what < 4; what++) {
        save(chan);
        kit_close(chan);
        chan = relay_open_on(what == 2   ? "other"
                             : what == 3 ? NULL
                                         : "cpu",
                             NULL, what == 0 ? SIZE + 1 : SIZE, what == 1 ? 3 : 2,
                             &kit_no_overwrite, NULL, &opt);
        NEED(chan);
        check_other(chan);
        chan = kit_open(&kit_no_overwrite, SIZE, 2, 1);
    }
    save(chan);
    kit_close(chan);
    kit.global = true;
    check_other(kit_open_with(&kit_logged, SIZE, 2, &opt));
}

/* Files that came late: there is no way back to none. */
static void other_files(void)
{
    struct relay_options opt = {.cpus = 2};
    struct rchan *chan = relay_open_on(NULL, NULL, SIZE, 2, &kit_no_overwrite, NULL, &opt);

    NEED(chan);
    CHECK_EQ(relay_cpu_online(chan, 1, false), 0);
    CHECK_EQ(relay_late_setup_files(chan, "cpu", NULL), 0);
    save(chan);
    CHECK_EQ(relay_cpu_online(chan, 1, true), 0);
    CHECK_EQ(restore(chan), 0); /* cpu 1 has a buffer, and no file, still */
    CHECK(is_as_saved(chan));
    kit_close(chan);
    check_other(kit_open(&kit_no_overwrite, SIZE, 2, 2));
}

static void inside_a_callback(struct rchan_buf *buf)
{
    CHECK_EQ(restore(buf->chan), -EDEADLK);
    CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
}

static void refusals(void)
{
    struct rchan *chan = kit_open(&kit_logged, SIZE, 2, 1);

    save(chan);
    CHECK_EQ(restore(NULL), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_NO_CHANNEL);
    kit.inside = inside_a_callback;
    kit_put(chan, 0, 'a', SIZE);
    kit_put(chan, 0, 'a', SIZE);
    kit.inside = NULL;
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off16 b0 [0 0]");
    relay_get(chan);
    kit_close(chan);
    CHECK_EQ(restore(chan), -EBADF);
    CHECK_EQ(relay_error(), RELAY_ERR_CLOSED);
    relay_put(chan);
}

/* Damage anywhere is found before anything is changed. */
static void what_is_damaged_changes_nothing(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, SIZE, 2, 2);
    uint64_t events;

    kit_put(chan, 1, 'a', 9);
    save(chan);
    kit_put(chan, 0, 'b', 9);
    events = relay_cpu_buf(chan, 0)->ctl->events;
    for (size_t at = 0; at < block_size; at++) {
        block[at] ^= 0x81;
        CHECK_EQ(restore(chan), -EBADMSG);
        CHECK_EQ(relay_error(), RELAY_ERR_SAVED);
        block[at] ^= 0x81;
        CHECK_EQ(relay_restore(chan, block, at), -EBADMSG);
    }
    CHECK_EQ(relay_cpu_buf(chan, 0)->ctl->events, events);
    CHECK_EQ(restore(chan), 0);
    CHECK(is_as_saved(chan));
    kit_close(chan);
}

/* ---------------------------------------------------------------- beside others */

static struct rchan *shared;

static void *watch(void *arg)
{
    struct rchan_buf *buf = relay_cpu_buf(shared, 0);
    uint64_t looks = 0;

    (void)arg;
    while (!is_over() || looks < 100) {
        uint32_t seen = relay_load_acquire(&buf->ctl->switches);
        struct relay_subbuf_info rows[COUNT];
        struct relay_buf_info info;
        uint64_t laps = 0;

        relay_buf_snapshot(buf, &info, rows);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (seen % 2 || relay_load(&buf->ctl->switches) != seen)
            continue; /* so long that the snapshot was not taken again any more, perhaps */
        looks++;
        for (unsigned i = 0; i < COUNT; i++)
            laps += rows[i].state != RELAY_SUBBUF_FREE;
        NEED(info.produced == 0 || info.produced == 3);
        NEED(laps == info.produced + 1 && info.account.unread.events == (info.produced ? 7 : 1));
    }
    return NULL;
}

/* Who looks sees one state or the other. */
static void a_snapshot_is_of_one_state(void)
{
    static unsigned char other[1 << 16];
    pthread_t watcher;
    ssize_t size;

    shared = open_channel(&kit_no_overwrite, 1, RELAY_WRITERS_MANY);
    kit_put(shared, 0, 'a', SUBBUF / 2);
    save(shared);
    for (int i = 0; i < 6; i++)
        kit_put(shared, 0, 'b', SUBBUF / 2);
    size = relay_save(shared, other, sizeof(other));
    NEED(size > 0);
    __atomic_store_n(&stop, false, __ATOMIC_RELEASE);
    NEED(pthread_create(&watcher, NULL, watch, NULL) == 0);
    for (int i = 0; i < 4000; i++)
        CHECK_EQ(i % 2 ? relay_restore(shared, other, (size_t)size) : restore(shared), 0);
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    pthread_join(watcher, NULL);
    kit_close(shared);
}

static void *read_whatever(void *file)
{
    static unsigned char bytes[4 * SUBBUF];

    while (!is_over())
        NEED(relay_file_read(file, bytes, sizeof(bytes)) >= 0);
    return NULL;
}

/* In the middle of everything it stays a channel, and afterwards it is what it is told to be. */
static void beside_a_writer_and_a_reader(enum relay_writers kind)
{
    struct rchan *chan = open_channel(&kit_no_overwrite, 1, kind);
    struct writer writer = {.chan = chan, .events = EVENTS};
    struct relay_file *file = kit_file(0, O_RDONLY);
    pthread_t reader;

    kit_put(chan, 0, 'a', SUBBUF / 2);
    save(chan);
    __atomic_store_n(&stop, false, __ATOMIC_RELEASE);
    NEED(pthread_create(&reader, NULL, read_whatever, file) == 0);
    NEED(pthread_create(&writer.thread, NULL, write_events, &writer) == 0);
    for (int i = 0; i < 300; i++)
        CHECK_EQ(restore(chan), 0);
    join_writers(&writer, 1);
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    pthread_join(reader, NULL);
    relay_file_close(file);
    CHECK(kit_valid(chan));
    CHECK_EQ(restore(chan), 0);
    CHECK(is_as_saved(chan));
    kit_close(chan);
}

static void beside_a_writer_with_a_lock(void)
{
    beside_a_writer_and_a_reader(RELAY_WRITERS_MANY);
}

static void beside_a_declared_writer(void)
{
    beside_a_writer_and_a_reader(RELAY_WRITERS_ONE);
}

static const struct check_test tests[] = {
    TEST(the_reader_reads_on),
    TEST(a_mapping_shows_it),
    TEST(an_eventfd_says_what_poll_says),
    TEST(a_poller_is_woken),
    TEST(nobody_is_called),
    TEST(what_belongs_to_the_channel),
    TEST(a_global_channel),
    TEST(another_channel),
    TEST(other_sizes_and_names),
    TEST(other_files),
    TEST(refusals),
    TEST(what_is_damaged_changes_nothing),
    TEST(a_snapshot_is_of_one_state),
    TEST(beside_a_writer_with_a_lock),
    TEST(beside_a_declared_writer),
};
CHECK_MAIN(tests, kit_before, kit_after)
