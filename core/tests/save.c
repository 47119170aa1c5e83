/* SPDX-License-Identifier: MIT */
/* A saved channel and the one that is made from it: what is in a block, what is not, what is refused. */
#include <sys/resource.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_save.h"

static unsigned char block[1 << 20];
static size_t block_size;

static void save(struct rchan *chan)
{
    ssize_t size = relay_save(chan, block, sizeof(block));

    NEED(size > 0);
    CHECK((size_t)size <= relay_save_size(chan));
    block_size = (size_t)size;
}

static struct rchan *open_saved(const struct rchan_callbacks *cb)
{
    struct rchan *chan = relay_open_saved(block, block_size, NULL, cb, NULL);

    if (!chan)
        fprintf(stderr, "relay_open_saved: %s\n", relay_error_text(relay_error()));
    NEED(chan);
    CHECK(kit_valid(chan));
    return chan;
}

/* Saved, closed, and opened from what was saved. */
static struct rchan *again(struct rchan *chan, const struct rchan_callbacks *cb)
{
    save(chan);
    kit_close(chan);
    return open_saved(cb);
}

static void files_are_made_and_nothing_is_started(void)
{
    struct rchan *chan = kit_open(&kit_logged, 16, 4, 2);

    kit_put(chan, 1, 'a', 16);
    kit_put(chan, 1, 'b', 5);
    save(chan);
    kit_close(chan);
    kit_take_log();
    chan = open_saved(&kit_logged);
    CHECK_STR(kit_take_log(), "create cpu0 in / mode 400 global 0\n"
                              "create cpu1 in / mode 400 global 0\n");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 1)), "p1 c0 off5 b0 [0 0 0 0]");
    CHECK_STR(kit_account(relay_cpu_buf(chan, 1)), "2/21: 2/21 unread");
    kit_put(chan, 1, 'c', 12);
    CHECK_STR(kit_take_log(), "start 2 of cpu1, prev 1 padding 11\n");
    kit_close(chan);
    CHECK_STR(kit_take_log(), "remove cpu0\nremove cpu1\n");
}

static void the_reader_goes_on(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 1);
    struct relay_file *file = kit_file(0, O_RDONLY);

    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 0, 'b', 10);
    kit_put(chan, 0, 'c', 10); /* refused: blocked from now on */
    CHECK_STR(kit_read(file, 4), "aaaa");
    relay_file_close(file);
    chan = again(chan, &kit_no_overwrite);
    file = kit_file(0, O_RDONLY);
    CHECK_EQ(relay_file_poll(file), POLLIN | POLLRDNORM);
    CHECK_EQ(relay_file_size(file), 20);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p2 c0 off17 b4 [6 6]");
    CHECK_STR(kit_read(file, 100), "aaaaaab*10");
    CHECK_EQ(kit_put(chan, 0, 'd', 10), RELAY_STORED);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)),
              "4/40: 1/10 unread, 1/10 refused, 2/20 consumed");
    relay_file_close(file);
    kit_close(chan);
}

static void the_other_mode_can_take_over(void)
{
    struct relay_options opt = {.cpus = 1, .header_size = 4};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 2, &opt);

    for (int i = 0; i < 3; i++)
        kit_put(chan, 0, 'a', 12);
    chan = again(chan, &kit_overwrite);
    CHECK_EQ(chan->header_size, 4);
    CHECK_EQ(kit_put(chan, 0, 'b', 12), RELAY_STORED);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)),
              "4/48: 2/24 unread, 1/12 refused, 1/12 overwritten");
    kit_close(chan);
}

static void what_belongs_to_the_channel(void)
{
    struct relay_options opt = {.cpus = 5,
                                .online = (const unsigned char[]){0, 1, 1, 0, 1},
                                .writers = RELAY_WRITERS_ONE,
                                .header_size = 2,
                                .memory_limit = 1 << 20};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 16, 4, &opt);
    struct relay_saved info;
    enum relay_writers writers = relay_cpu_buf(chan, 1)->writers;

    kit_put(chan, 2, 'a', 99);
    CHECK_EQ(relay_cpu_online(chan, 2, false), 0);
    save(chan);
    CHECK_EQ(relay_saved_info(block, block_size, &info), 0);
    CHECK(info.subbuf_size == 16 && info.n_subbufs == 4 && info.header_size == 2);
    CHECK(info.cpus == 5 && info.bufs == 3 && !info.is_global && !info.is_closed && info.is_named);
    CHECK_STR(info.base_filename, "cpu");
    kit_close(chan);
    chan = open_saved(&kit_no_overwrite);
    CHECK_EQ(chan->last_toobig, 99);
    CHECK_EQ(chan->cpus, 5);
    CHECK(!relay_cpu_is_online(chan, 2) && relay_cpu_buf(chan, 2));
    CHECK(!relay_cpu_buf(chan, 0) && relay_cpu_buf(chan, 1)->writers == writers);
    CHECK_EQ(kit_put(chan, 2, 'b', 1), RELAY_LOST_NO_BUFFER);
    CHECK_EQ(relay_cpu_online(chan, 2, true), 0);
    CHECK_EQ(kit_put(chan, 2, 'b', 1), RELAY_STORED);
    CHECK_EQ(relay_cpu_online(chan, 0, true), 0);
    CHECK_EQ(kit_put(chan, 0, 'c', 1), RELAY_STORED);
    kit_close(chan);
}

static void a_global_channel(void)
{
    struct relay_options opt = {.cpus = 4, .online = (const unsigned char[]){0, 0, 1, 1}};
    struct rchan *chan;

    kit.global = true;
    chan = kit_open_with(&kit_logged, 16, 4, &opt);
    kit_put(chan, 3, 'a', 3);
    CHECK_EQ(relay_cpu_online(chan, 0, true), 0);
    CHECK_EQ(relay_cpu_online(chan, 3, false), 0);
    kit.global = false; /* too late: it is known */
    save(chan);
    kit_close(chan);
    kit_take_log();
    chan = open_saved(&kit_logged);
    CHECK_STR(kit_take_log(), "create cpu2 in / mode 400 global 1\n");
    CHECK_EQ(chan->is_global, 1);
    CHECK_EQ(relay_buf_count(chan), 1);
    CHECK_EQ(kit_put(chan, 0, 'b', 3), RELAY_STORED);
    CHECK_EQ(kit_put(chan, 3, 'c', 3), RELAY_LOST_NO_BUFFER);
    CHECK_EQ(relay_cpu_online(chan, 1, true), 0);
    CHECK_EQ(kit_put(chan, 1, 'd', 3), RELAY_STORED);
    CHECK_STR(kit_text(relay_cpu_buf(chan, 0)->start, 9), "aaabbbddd");
    kit_close(chan);
}

static void files_may_come_late(void)
{
    struct relay_options opt = {.cpus = 2};
    struct rchan *chan = relay_open_on(NULL, NULL, 16, 2, &kit_logged, NULL, &opt);
    struct relay_file *file;

    NEED(chan);
    kit_put(chan, 1, 'a', 10);
    kit_put(chan, 1, 'b', 10);
    kit_take_log();
    chan = again(chan, &kit_logged);
    CHECK_STR(kit_take_log(), "remove -\nremove -\n"); /* and no file was made */
    CHECK_EQ(relay_cpu_online(chan, 0, false), 0);
    CHECK_EQ(relay_late_setup_files(chan, "cpu", NULL), 0);
    CHECK_EQ(relay_cpu_online(chan, 0, true), 0);
    kit_take_log();
    chan = again(chan, &kit_logged); /* cpu 0 has none: it was off line then */
    CHECK_STR(kit_take_log(), "remove -\nremove cpu1\ncreate cpu1 in / mode 400 global 0\n");
    file = kit_file(1, O_RDONLY);
    CHECK_EQ(relay_file_size(file), 10); /* early bytes */
    CHECK_STR(kit_read(file, 100), "a*10b*10");
    CHECK_EQ(relay_late_setup_files(chan, "cpu", NULL), -EEXIST);
    relay_file_close(file);
    kit_close(chan);
}

/* Open from a closed channel, open descriptors as there were, close: all is as it was. */
static void a_closed_channel(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, 2);
    struct relay_file *file = kit_file(0, O_RDONLY);
    struct relay_saved info;

    kit_put(chan, 0, 'a', 10);
    kit_put(chan, 1, 'b', 10);
    relay_get(chan);
    kit_close(chan);
    save(chan);
    relay_file_close(file);
    relay_put(chan);
    CHECK_EQ(relay_saved_info(block, block_size, &info), 0);
    CHECK(info.is_closed);
    chan = open_saved(&kit_no_overwrite);
    file = kit_file(0, O_RDONLY);
    relay_get(chan);
    kit_close(chan);
    CHECK_EQ(relay_file_poll(file), POLLERR);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "1/10: 1/10 unread");
    CHECK_STR(kit_account(relay_cpu_buf(chan, 1)), "1/10: 1/10 closed");
    CHECK_EQ(kit_put(chan, 0, 'c', 1), RELAY_LOST_CLOSED);
    CHECK_STR(kit_read(file, 4), "aaaa");
    relay_file_close(file);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "2/11: 1/1 late, 1/10 closed");
    relay_put(chan);
}

static void zeros_take_no_room(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 4096, 64, 2);
    unsigned char *start = relay_cpu_buf(chan, 1)->start;
    static const size_t places[] = {0, 7, 64, 4095, 4096, 5000, 262143};

    CHECK(relay_save_size(chan) > 2 * 262144);
    save(chan);
    CHECK(block_size < 4096);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        start[places[i]] = 'x';
    save(chan);
    CHECK(block_size < 4096);
    kit_close(chan);
    chan = open_saved(&kit_no_overwrite);
    start = relay_cpu_buf(chan, 1)->start;
    for (size_t at = 0, i = 0; at < 262144; at++) {
        bool written = i < sizeof(places) / sizeof(places[0]) && at == places[i];

        NEED(start[at] == (written ? 'x' : 0));
        i += written;
    }
    kit_close(chan);
}

/* No byte and no slot is free: what relay_save_size says is needed to the last byte. */
static void a_full_channel_needs_all_of_it(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, 1024, 4, 2);

    for (unsigned cpu = 0; cpu < 2; cpu++) {
        for (int i = 0; i < 5; i++)
            kit_put(chan, cpu, 'a', 1024);
        memset(relay_cpu_buf(chan, cpu)->start, 'a', chan->alloc_size);
    }
    save(chan);
    CHECK_EQ(block_size, relay_save_size(chan));
    kit_close(chan);
    kit_close(open_saved(&kit_overwrite));
}

static void inside_a_callback(struct rchan_buf *buf)
{
    relay_error_clear();
    CHECK_EQ(relay_save(buf->chan, block, sizeof(block)), -EDEADLK);
    CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
    relay_error_clear();
    CHECK(!relay_open_saved(block, block_size, NULL, &kit_logged, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
}

static void refusals(void)
{
    struct rchan *chan = kit_open(&kit_logged, 16, 4, 2);
    struct rchan_callbacks none = {0};

    save(chan);
    CHECK_EQ(relay_save(NULL, block, sizeof(block)), -EINVAL);
    CHECK_EQ(relay_error(), RELAY_ERR_NO_CHANNEL);
    CHECK_EQ(relay_save_size(NULL), 0);
    CHECK_EQ(relay_save(chan, NULL, 0), -ENOSPC);
    for (size_t size = 0; size < block_size; size++) {
        relay_error_clear();
        CHECK_EQ(relay_save(chan, block, size), -ENOSPC);
        CHECK_EQ(relay_error(), RELAY_ERR_ARGUMENT);
    }
    save(chan);
    kit.inside = inside_a_callback;
    kit_put(chan, 0, 'a', 16);
    kit_put(chan, 0, 'a', 16);
    kit.inside = NULL;
    CHECK(!relay_open_saved(block, block_size, NULL, &kit_logged, NULL)); /* the names are taken */
    CHECK_EQ(relay_error(), RELAY_ERR_CREATE_FILE);
    CHECK(kit_valid(chan));
    kit_close(chan);
    CHECK(!relay_open_saved(block, block_size, NULL, NULL, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_CALLBACKS);
    CHECK(!relay_open_saved(block, block_size, NULL, &none, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_CALLBACKS);
}

static void a_failing_file_leaves_nothing(void)
{
    struct rchan *chan = kit_open(&kit_logged, 16, 4, 3);

    kit_put(chan, 2, 'a', 7);
    save(chan);
    kit_close(chan);
    for (unsigned call = 1; call <= 3; call++) {
        kit_take_log();
        kit.creates = 0;
        kit.fail_at = call;
        CHECK(!relay_open_saved(block, block_size, NULL, &kit_logged, NULL));
        CHECK_EQ(relay_error(), RELAY_ERR_CREATE_FILE);
        CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
    }
    CHECK_STR(kit_take_log(), "create cpu0 in / mode 400 global 0\n"
                              "create cpu1 in / mode 400 global 0\n"
                              "create cpu2 in / mode 400 global 0\n"
                              "remove cpu0\nremove cpu1\n");
    kit.fail_at = 0;
    kit_close(open_saved(&kit_logged));
}

static void files_come_into_the_given_directory(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 4, 1), *twin;
    struct dentry *dir = relay_create_dir("dir", NULL), *entry;

    NEED(dir);
    save(chan);
    twin = relay_open_saved(block, block_size, dir, &kit_no_overwrite, &kit);
    NEED(twin);
    CHECK(twin->private_data == &kit);
    entry = relay_lookup(dir, "cpu0");
    CHECK(entry);
    relay_dentry_put(entry);
    kit_close(twin);
    kit_close(chan);
    CHECK_EQ(relay_remove(dir), 0);
}

/* A limit of this process is no fault of the block. */
static void a_limit_on_files(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 65536, 2, 1);
    struct rlimit before, low;

    save(chan);
    kit_close(chan);
    NEED(getrlimit(RLIMIT_FSIZE, &before) == 0);
    low = before;
    low.rlim_cur = 1 << 16;
    NEED(setrlimit(RLIMIT_FSIZE, &low) == 0);
    CHECK(!relay_open_saved(block, block_size, NULL, &kit_no_overwrite, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_FILE_LIMIT);
    NEED(setrlimit(RLIMIT_FSIZE, &before) == 0);
    kit_close(open_saved(&kit_no_overwrite));
}

/* The limit that was given goes along: room for two buffers, and none for a third. */
static void a_limit_on_memory(void)
{
    struct relay_options opt = {.cpus = 3, .online = (const unsigned char[]){1, 1, 0}};
    struct rchan *chan = kit_open_with(&kit_no_overwrite, 4096, 2, &opt);
    const uint64_t two = relay_cpu_buf(chan, 0)->ctl->size * 2 + 2 * 8192;

    kit_close(chan);
    for (unsigned more = 0; more < 2; more++) {
        opt.memory_limit = two + more * two / 2;
        chan = again(kit_open_with(&kit_no_overwrite, 4096, 2, &opt), &kit_no_overwrite);
        CHECK_EQ(relay_cpu_online(chan, 2, true), more ? 0 : -ENOMEM);
        CHECK_EQ(relay_buf_count(chan), 2 + more);
        kit_close(chan);
    }
    opt.memory_limit = two - 1;
    CHECK(!relay_open_on("cpu", NULL, 4096, 2, &kit_no_overwrite, NULL, &opt));
    CHECK_EQ(relay_error(), RELAY_ERR_NO_MEMORY);
}

static const struct check_test tests[] = {
    TEST(files_are_made_and_nothing_is_started),
    TEST(the_reader_goes_on),
    TEST(the_other_mode_can_take_over),
    TEST(what_belongs_to_the_channel),
    TEST(a_global_channel),
    TEST(files_may_come_late),
    TEST(a_closed_channel),
    TEST(zeros_take_no_room),
    TEST(a_full_channel_needs_all_of_it),
    TEST(refusals),
    TEST(a_failing_file_leaves_nothing),
    TEST(files_come_into_the_given_directory),
    TEST(a_limit_on_files),
    TEST(a_limit_on_memory),
};
CHECK_MAIN(tests, kit_before, kit_after)
