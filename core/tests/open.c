/* SPDX-License-Identifier: MIT */
/* relay_open: order of callbacks, sizes, every way to fail, and that a failure leaves nothing. */
#include "check.h"
#include "kit.h"

static void callbacks_in_order(void)
{
    struct dentry *dir = relay_create_dir("dir", NULL);
    struct relay_options opt = {.cpus = 3, .online = (const unsigned char[]){1, 0, 1}};
    struct rchan *chan;

    NEED(dir);
    chan = relay_open_on("trace", dir, 64, 4, &kit_logged, &kit, &opt);
    NEED(chan);
    CHECK_STR(kit_take_log(), "create trace0 in dir mode 400 global 0\n"
                              "start 0 of cpu0, prev - padding 0\n"
                              "create trace2 in dir mode 400 global 0\n"
                              "start 0 of cpu2, prev - padding 0\n");
    CHECK(!relay_cpu_buf(chan, 1));
    kit_close(chan);
    CHECK_STR(kit_take_log(), "remove trace0\nremove trace2\n");
    CHECK_EQ(relay_remove(dir), 0);
}

static void first_state(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 64, 4, 2);
    struct rchan_buf *buf = relay_cpu_buf(chan, 1);

    CHECK_EQ(chan->version, RELAYFS_CHANNEL_VERSION);
    CHECK_EQ(chan->subbuf_size, 64);
    CHECK_EQ(chan->n_subbufs, 4);
    CHECK_EQ(chan->alloc_size, 4096);
    CHECK_EQ(chan->cpus, 2);
    CHECK_EQ(chan->is_global, 0);
    CHECK_EQ(chan->has_base_filename, 1);
    CHECK_EQ(chan->last_toobig, 0);
    CHECK(chan->cb == &kit_no_overwrite);
    CHECK(buf->chan == chan);
    CHECK(relay_buf_data(buf) == buf->start);
    CHECK_EQ(buf->ctl->cpu, 1);
    CHECK_STR(kit_state(buf), "p0 c0 off0 b0 [0 0 0 0]");
    CHECK_STR(kit_account(buf), "0/0");
    CHECK(!relay_buf_full(buf));
    kit_close(chan);
}

static void default_options(void)
{
    struct rchan *chan = relay_open("cpu", NULL, 64, 4, &kit_no_overwrite, NULL);

    NEED(chan);
    CHECK(chan->cpus >= 1);
    CHECK(relay_cpu_is_online(chan, 0));
    relay_write(chan, "event", 5);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p0 c0 off5 b0 [0 0 0 0]");
    kit_close(chan);
}

static struct dentry *sees_private_data(const char *filename, struct dentry *parent, uint16_t mode,
                                        struct rchan_buf *buf, int *is_global)
{
    CHECK(buf->chan->private_data == &kit);
    CHECK_EQ(buf->chan->subbuf_size, 16);
    return relay_default_create_buf_file(filename, parent, mode, buf, is_global);
}

static void private_data_is_there_at_create(void)
{
    struct rchan_callbacks cb = kit_no_overwrite;
    struct relay_options opt = {.cpus = 1};
    struct rchan *chan;

    cb.create_buf_file = sees_private_data;
    chan = relay_open_on("cpu", NULL, 16, 2, &cb, &kit, &opt);
    NEED(chan);
    kit_close(chan);
}

static void sizes_are_used_as_given(void)
{
    static const struct {
        size_t subbuf_size, n_subbufs, alloc_size;
    } shapes[] = {{1, 1, 4096},     {100, 3, 4096},  {1000, 7, 8192},     {4096, 1, 4096},
                  {4097, 3, 16384}, {1, 4097, 8192}, {1, 524288, 524288}, {1u << 20, 2, 1u << 21}};

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct rchan *chan =
            kit_open(&kit_no_overwrite, shapes[i].subbuf_size, shapes[i].n_subbufs, 1);

        CHECK_EQ(chan->subbuf_size, shapes[i].subbuf_size);
        CHECK_EQ(chan->n_subbufs, shapes[i].n_subbufs);
        CHECK_EQ(chan->alloc_size, shapes[i].alloc_size);
        kit_close(chan);
    }
}

/* relay_open_on must fail with this error and without a callback. */
static void refused(const char *name, size_t subbuf_size, size_t n_subbufs,
                    const struct rchan_callbacks *cb, const struct relay_options *opt,
                    enum relay_error_code why)
{
    relay_error_clear();
    CHECK(!relay_open_on(name, NULL, subbuf_size, n_subbufs, cb, NULL, opt));
    CHECK_STR(relay_error_name(relay_error()), relay_error_name(why));
    CHECK_STR(kit_take_log(), "");
    CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
}

static void bad_sizes(void)
{
    struct relay_options opt = {.cpus = 1};

    refused("cpu", 0, 4, &kit_logged, &opt, RELAY_ERR_SIZE);
    refused("cpu", 64, 0, &kit_logged, &opt, RELAY_ERR_SIZE);
    refused("cpu", 0, 0, &kit_logged, &opt, RELAY_ERR_SIZE);
    refused("cpu", 65536, 65536, &kit_logged, &opt, RELAY_ERR_SIZE);
    refused("cpu", (size_t)1 << 32, 1, &kit_logged, &opt, RELAY_ERR_SIZE);
    refused("cpu", SIZE_MAX, 1, &kit_logged, &opt, RELAY_ERR_SIZE);
    refused("cpu", SIZE_MAX / 2 + 1, 2, &kit_logged, &opt, RELAY_ERR_SIZE);
    refused("cpu", 1, 524289, &kit_logged, &opt, RELAY_ERR_COUNT);
    refused("cpu", 1, 1000000, &kit_logged, &opt, RELAY_ERR_COUNT);
    /* the largest that fits 32 bits is no size error: it only does not fit this limit */
    opt.memory_limit = 1 << 20;
    refused("cpu", UINT32_MAX, 1, &kit_logged, &opt, RELAY_ERR_NO_MEMORY);
    refused("cpu", 65535, 65537, &kit_logged, &opt, RELAY_ERR_NO_MEMORY);
}

static void bad_tables(void)
{
    struct rchan_callbacks cb = kit_logged;

    refused("cpu", 64, 4, NULL, NULL, RELAY_ERR_CALLBACKS);
    cb.create_buf_file = NULL;
    refused("cpu", 64, 4, &cb, NULL, RELAY_ERR_CALLBACKS);
    cb = kit_logged;
    cb.remove_buf_file = NULL;
    refused("cpu", 64, 4, &cb, NULL, RELAY_ERR_CALLBACKS);
}

static void bad_cpus(void)
{
    static const unsigned char none[RELAY_MAX_CPUS];
    struct relay_options opt = {.cpus = RELAY_MAX_CPUS + 1};

    refused("cpu", 64, 4, &kit_logged, &opt, RELAY_ERR_CPUS);
    opt = (struct relay_options){.cpus = 2, .online = none};
    refused("cpu", 64, 4, &kit_logged, &opt, RELAY_ERR_CPUS);
    opt.cpus = RELAY_MAX_CPUS;
    refused("cpu", 64, 4, &kit_logged, &opt, RELAY_ERR_CPUS);
}

static void most_cpus(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, 16, 2, RELAY_MAX_CPUS);

    CHECK_EQ(kit_put(chan, RELAY_MAX_CPUS - 1, 'a', 3), RELAY_STORED);
    CHECK_STR(kit_state(relay_cpu_buf(chan, RELAY_MAX_CPUS - 1)), "p0 c0 off3 b0 [0 0]");
    CHECK_EQ(relay_buf_count(chan), RELAY_MAX_CPUS);
    kit_close(chan);
}

static void bad_names(void)
{
    char name[RELAY_NAME_MAX + 2];
    struct relay_options opt = {.cpus = 1};
    struct rchan *chan;

    refused("a/b", 64, 4, &kit_logged, &opt, RELAY_ERR_NAME);
    memset(name, 'n', sizeof(name));
    name[RELAY_NAME_MAX + 1] = 0;
    refused(name, 64, 4, &kit_logged, &opt, RELAY_ERR_NAME);
    name[RELAY_NAME_MAX] = 0;
    chan = relay_open_on(name, NULL, 64, 4, &kit_no_overwrite, NULL, &opt);
    CHECK(chan);
    relay_close(chan);
    chan = relay_open_on("", NULL, 64, 4, &kit_logged, NULL, &opt);
    CHECK(chan);
    CHECK_STR(kit_take_log(),
              "create 0 in / mode 400 global 0\nstart 0 of cpu0, prev - padding 0\n");
    relay_close(chan);
}

static void create_fails(void *failure)
{
    struct relay_options opt = {.cpus = 4};

    for (unsigned at = 1; at <= 4; at++) {
        size_t removes = 0;

        kit_before();
        kit.fail_at = at;
        kit.failure = failure;
        CHECK(!relay_open_on("cpu", NULL, 64, 4, &kit_logged, NULL, &opt));
        CHECK_EQ(relay_error(), RELAY_ERR_CREATE_FILE);
        CHECK_EQ(kit.creates, at);
        CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
        for (const char *line = kit.log; (line = strstr(line, "remove cpu")); line++)
            removes++;
        CHECK_EQ(removes, at - 1);
    }
    kit.fail_at = 0;
}

static void create_returns_nothing(void)
{
    create_fails(NULL);
}

static void create_returns_an_error(void)
{
    create_fails((void *)(intptr_t)-ENOSPC);
    create_fails((void *)(intptr_t)-4095);
}

static void name_exists(void)
{
    struct dentry *dir = relay_create_dir("cpu1", NULL);
    struct relay_options opt = {.cpus = 2};

    CHECK(!relay_open_on("cpu", NULL, 64, 4, &kit_no_overwrite, NULL, &opt));
    CHECK_EQ(relay_error(), RELAY_ERR_CREATE_FILE);
    CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 5); /* "cpu1" alone */
    CHECK_EQ(relay_remove(dir), 0);
}

static void memory_runs_out_half_way(void)
{
    struct relay_options opt = {.cpus = 4, .memory_limit = 5 * 65536 / 2};

    CHECK(!relay_open_on("cpu", NULL, 32768, 2, &kit_logged, NULL, &opt));
    CHECK_EQ(relay_error(), RELAY_ERR_NO_MEMORY);
    CHECK_EQ(kit.creates, 2);
    CHECK(strstr(kit.log, "remove cpu0\n") && strstr(kit.log, "remove cpu1\n"));
    CHECK_EQ(relay_dir_names(relay_root(), NULL, 0), 0);
    opt.memory_limit = 8 * 65536;
    kit_close(kit_open_with(&kit_no_overwrite, 32768, 2, &opt));
}

static void bad_header(void)
{
    struct relay_options opt = {.cpus = 1, .header_size = 63};

    refused("cpu", 64, 4, &kit_logged, &opt, RELAY_ERR_RESERVE);
    opt.header_size = SIZE_MAX;
    refused("cpu", 64, 4, &kit_logged, &opt, RELAY_ERR_RESERVE);
    opt.header_size = 1;
    refused("cpu", 2, 4, &kit_logged, &opt, RELAY_ERR_RESERVE);
    refused("cpu", 1, 4, &kit_logged, &opt, RELAY_ERR_RESERVE);
    opt.header_size = 62;
    kit_close(kit_open_with(&kit_no_overwrite, 64, 4, &opt));
}

static void two_channels(void)
{
    struct rchan *one = kit_open(&kit_no_overwrite, 16, 2, 2);
    struct relay_options opt = {.cpus = 2};
    struct rchan *two = relay_open_on("other", NULL, 32, 3, &kit_overwrite, NULL, &opt);

    NEED(two);
    CHECK_EQ(kit_put(one, 0, 'a', 5), RELAY_STORED);
    CHECK_EQ(kit_put(two, 1, 'b', 7), RELAY_STORED);
    CHECK_STR(kit_state(relay_cpu_buf(one, 0)), "p0 c0 off5 b0 [0 0]");
    CHECK_STR(kit_state(relay_cpu_buf(one, 1)), "p0 c0 off0 b0 [0 0]");
    CHECK_STR(kit_state(relay_cpu_buf(two, 1)), "p0 c0 off7 b0 [0 0 0]");
    kit_close(one);
    CHECK_EQ(kit_put(two, 1, 'b', 7), RELAY_STORED);
    kit_close(two);
}

static const struct check_test tests[] = {
    TEST(callbacks_in_order),
    TEST(first_state),
    TEST(default_options),
    TEST(private_data_is_there_at_create),
    TEST(sizes_are_used_as_given),
    TEST(bad_sizes),
    TEST(bad_tables),
    TEST(bad_cpus),
    TEST(most_cpus),
    TEST(bad_names),
    TEST(create_returns_nothing),
    TEST(create_returns_an_error),
    TEST(name_exists),
    TEST(memory_runs_out_half_way),
    TEST(bad_header),
    TEST(two_channels),
};
CHECK_MAIN(tests, kit_before, kit_after)
