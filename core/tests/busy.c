/* SPDX-License-Identifier: MIT */
/* Callbacks that call back: nothing waits for itself, nothing is lost without a count. */
#include "check.h"
#include "kit.h"

static struct rchan *chan;
static enum relay_outcome inner;
static enum relay_writers writers;

static void open_channel(void (*inside)(struct rchan_buf *))
{
    struct relay_options opt = {.cpus = 2, .writers = writers};

    chan = kit_open_with(&kit_logged, 16, 4, &opt);
    kit_put(chan, 0, 'a', 10);
    kit.inside = inside;
    relay_error_clear();
}

static void close_channel(void)
{
    kit.inside = NULL;
    kit_close(chan);
}

static void writes_to_its_own(struct rchan_buf *buf)
{
    inner = relay_write_on(buf->chan, 0, "xy", 2);
    CHECK_EQ(relay_write_nolock_on(buf->chan, 0, "z", 1), RELAY_LOST_BUSY);
    CHECK(!relay_reserve_on(buf->chan, 0, 4, NULL));
}

static void write_inside(void)
{
    open_channel(writes_to_its_own);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    CHECK_EQ(inner, RELAY_LOST_BUSY);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off10 b0 [6 0 0 0]");
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "5/27: 2/20 unread, 3/7 busy");
    close_channel();
}

static void writes_to_another(struct rchan_buf *buf)
{
    inner = relay_write_on(buf->chan, 1, "xy", 2);
}

static void write_to_another_cpu_inside(void)
{
    open_channel(writes_to_another);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    CHECK_EQ(inner, RELAY_STORED);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 1)), "1/2: 1/2 unread");
    close_channel();
}

static void flushes(struct rchan_buf *buf)
{
    kit.inside = NULL;
    relay_flush(buf->chan);
    CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
}

/* Nothing is flushed: waiting for the mutex with a buffer held would be a deadlock in waiting. */
static void flush_inside(void)
{
    open_channel(flushes);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off10 b0 [6 0 0 0]");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 1)), "p0 c0 off0 b0 [0 0 0 0]");
    close_channel();
}

static void resets(struct rchan_buf *buf)
{
    kit.inside = NULL;
    relay_reset(buf->chan);
    CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
}

static void reset_inside(void)
{
    open_channel(resets);
    kit_put(chan, 1, 'c', 3);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off10 b0 [6 0 0 0]");
    CHECK_STR(kit_account(relay_cpu_buf(chan, 1)), "1/3: 1/3 unread");
    close_channel();
}

static void closes(struct rchan_buf *buf)
{
    kit.inside = NULL;
    relay_close(buf->chan);
    CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
}

static void close_inside(void)
{
    open_channel(closes);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    CHECK_EQ(kit_put(chan, 1, 'b', 10), RELAY_STORED);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off10 b0 [6 0 0 0]");
    close_channel();
}

static void switches(struct rchan_buf *buf)
{
    kit.inside = NULL;
    CHECK_EQ(relay_switch_subbuf(buf, 1), 0);
    CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
}

static void switch_inside(void)
{
    open_channel(switches);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off10 b0 [6 0 0 0]");
    close_channel();
}

/* From inside a call that holds the one mutex, the others say so instead of locking up. */
static void calls_that_take_the_mutex(struct rchan_buf *buf)
{
    void (*const calls[])(struct rchan *) = {relay_flush, relay_reset, relay_close};

    kit.inside = NULL;
    for (size_t i = 0; i < 3; i++) {
        relay_error_clear();
        calls[i](buf->chan);
        CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
    }
    relay_error_clear();
    CHECK(!relay_open("other", NULL, 16, 2, &kit_no_overwrite, NULL));
    CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
    relay_error_clear();
    CHECK_EQ(relay_cpu_online(buf->chan, 1, false), -EDEADLK);
    CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
    CHECK_EQ(relay_late_setup_files(buf->chan, "late", NULL), -EDEADLK);
}

static void mutex_inside_flush(void)
{
    open_channel(calls_that_take_the_mutex);
    relay_flush(chan);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p1 c0 off0 b0 [6 0 0 0]");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 1)), "p1 c0 off0 b0 [16 0 0 0]");
    close_channel();
}

static void mutex_inside_open(void)
{
    kit.inside = calls_that_take_the_mutex;
    chan = kit_open(&kit_logged, 16, 4, 2);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    close_channel();
}

/* A callback may read and report. It cannot read the finished sub-buffer yet: `data` is still there
 * and offset is 0 already, as in the kernel. */
static void reads(struct rchan_buf *buf)
{
    struct relay_file *file = kit_file(buf->ctl->cpu, O_RDONLY);

    CHECK_STR(kit_read(file, 10), "");
    relay_subbufs_consumed(buf->chan, 0, 1);
    relay_file_close(file);
    kit.inside = NULL;
}

static void read_inside(void)
{
    open_channel(reads);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "2/20: 1/10 unread, 1/10 released");
    close_channel();
}

static void looks(struct rchan_buf *buf)
{
    struct relay_account account;
    struct relay_buf_info info;

    relay_buf_account(buf, &account);
    relay_buf_snapshot(buf, &info, NULL);
    CHECK_EQ(account.attempted.events, 1);
    CHECK_EQ(info.produced, 1);
}

/* An observer inside a callback does not wait for the switch that it is part of. */
static void snapshot_inside(void)
{
    open_channel(looks);
    CHECK_EQ(kit_put(chan, 0, 'b', 10), RELAY_STORED);
    close_channel();
}

/* A header asked for outside of subbuf_start. */
static void reserve_outside(void)
{
    open_channel(NULL);
    CHECK_EQ(relay_subbuf_start_reserve(relay_cpu_buf(chan, 0), 4), 0);
    CHECK_EQ(relay_error(), RELAY_ERR_NOT_STARTING);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p0 c0 off10 b0 [0 0 0 0]");
    close_channel();
}

/* create_buf_file that writes to the buffer it was called for: there is nothing to write to yet. */
static struct dentry *writes_at_create(const char *filename, struct dentry *parent, uint16_t mode,
                                       struct rchan_buf *buf, int *is_global)
{
    relay_write_on(buf->chan, 0, "early", 5);
    return relay_default_create_buf_file(filename, parent, mode, buf, is_global);
}

static void write_inside_create(void)
{
    struct rchan_callbacks cb = kit_no_overwrite;

    cb.create_buf_file = writes_at_create;
    chan = kit_open(&cb, 16, 4, 2);
    CHECK(kit_valid(chan));
    close_channel();
}

/* remove_buf_file that fails or does nothing: its result is ignored. */
static int removes_nothing(struct dentry *dentry)
{
    (void)dentry;
    return -EIO;
}

static void remove_does_nothing(void)
{
    struct rchan_callbacks cb = kit_no_overwrite;
    struct dentry *entry;
    struct relay_file *file;

    cb.remove_buf_file = removes_nothing;
    chan = kit_open(&cb, 16, 4, 1);
    kit_put(chan, 0, 'a', 5);
    relay_close(chan);
    entry = relay_lookup(NULL, "cpu0");
    NEED(entry && relay_file_open(entry, O_RDONLY, &file) == 0);
    CHECK_STR(kit_read(file, 10), "aaaaa");
    relay_file_close(file);
    CHECK_EQ(relay_remove(entry), 0);
    relay_dentry_put(entry);
}

#define EACH(X)                                                                                    \
    X(write_inside)                                                                                \
    X(write_to_another_cpu_inside)                                                                 \
    X(flush_inside)                                                                                \
    X(reset_inside)                                                                                \
    X(close_inside)                                                                                \
    X(switch_inside)                                                                               \
    X(mutex_inside_flush)                                                                          \
    X(mutex_inside_open)                                                                           \
    X(read_inside)                                                                                 \
    X(snapshot_inside)                                                                             \
    X(reserve_outside)                                                                             \
    X(write_inside_create)                                                                         \
    X(remove_does_nothing)

/* All of it for both kinds of protection. */
#define BOTH(test)                                                                                 \
    static void one_##test(void)                                                                   \
    {                                                                                              \
        writers = RELAY_WRITERS_ONE;                                                               \
        test();                                                                                    \
        writers = RELAY_WRITERS_MANY;                                                              \
    }
EACH(BOTH)

#define ROWS(test) TEST(test), TEST(one_##test),
static const struct check_test tests[] = {EACH(ROWS)};
CHECK_MAIN(tests, kit_before, kit_after)
