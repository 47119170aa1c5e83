/* SPDX-License-Identifier: MIT */
/* A channel that was not ours, taken over: it goes on as the one whose counters were found. */
#include "check.h"
#include "kit.h"
#include "relay/relay_save.h"

enum { CPUS = 2, SUBBUFS = 4, SIZE = 24, ROUNDS = 4000, STEPS = 12 };

static unsigned char block[1 << 16];
static uint64_t padding[CPUS][SUBBUFS];

static uint32_t chance(uint32_t below)
{
    static uint32_t state = 2463534242u;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % below;
}

/* What a reader of memory would find of a buffer. */
static struct relay_found_buf seen(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    for (unsigned i = 0; i < SUBBUFS; i++)
        padding[ctl->cpu][i] = relay_ctl_slot(ctl, i)->padding;
    return (struct relay_found_buf){
        .cpu = ctl->cpu,
        .has_file = true,
        .offset = ctl->offset,
        .produced = ctl->produced,
        .consumed = ctl->consumed,
        .bytes_consumed = ctl->bytes_consumed,
        .prev_padding = ctl->prev_padding,
        .file_size = ctl->file_size,
        .padding = padding[ctl->cpu],
        .bytes = buf->start,
    };
}

static ssize_t found(struct rchan *chan, struct relay_found_buf bufs[CPUS])
{
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        bufs[cpu] = seen(relay_cpu_buf(chan, cpu));
    struct relay_found all = {.subbuf_size = SIZE,
                              .n_subbufs = SUBBUFS,
                              .cpus = CPUS,
                              .bufs = CPUS,
                              .base_filename = "cpu",
                              .buf = bufs};

    CHECK(relay_found_size(&all) <= sizeof(block));
    return relay_save_found(&all, block, sizeof(block));
}

/* One random operation; its result as text. */
static const char *operate(struct rchan *chan, struct relay_file **files, uint32_t what)
{
    static char told[300];
    unsigned cpu = what & 1;

    switch (what >> 1 & 3) {
    case 0:
        snprintf(told, sizeof(told), "read %s", kit_read(files[cpu], 1 + (what >> 8) % 40));
        break;
    case 1:
        relay_flush(chan);
        snprintf(told, sizeof(told), "flushed");
        break;
    default:
        snprintf(told, sizeof(told), "put %d",
                 kit_put(chan, cpu, (char)('a' + (what >> 16) % 26), 1 + (what >> 8) % (SIZE + 3)));
    }
    return told;
}

static void open_files(struct relay_file **files)
{
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        files[cpu] = kit_file(cpu, O_RDONLY);
}

static void close_all(struct rchan *chan, struct relay_file **files)
{
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        relay_file_close(files[cpu]);
    kit_close(chan);
}

static void note(struct rchan *chan, char *to, size_t size)
{
    int at = 0;

    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        struct rchan_buf *buf = relay_cpu_buf(chan, cpu);

        at += snprintf(to + at, size - (size_t)at, "%s %s; ", kit_state(buf),
                       kit_text(buf->start, SUBBUFS * SIZE));
    }
}

/* A walk, then the same steps on the channel itself and on the one that was taken over. */
static void it_goes_on_as_the_other_would(void)
{
    const struct rchan_callbacks *modes[] = {&kit_no_overwrite, &kit_overwrite};
    static char before[4096], after[4096], told[STEPS][300];

    for (unsigned round = 0; round < ROUNDS; round++) {
        const struct rchan_callbacks *mode = modes[round & 1];
        struct rchan *chan = kit_open(mode, SIZE, SUBBUFS, CPUS);
        struct relay_file *files[CPUS];
        struct relay_found_buf bufs[CPUS];
        uint32_t steps[STEPS];

        open_files(files);
        for (unsigned step = chance(60); step; step--)
            operate(chan, files, chance(UINT32_MAX));
        NEED(found(chan, bufs) > 0);
        note(chan, before, sizeof(before));
        for (unsigned step = 0; step < STEPS; step++) {
            steps[step] = chance(UINT32_MAX);
            strcpy(told[step], operate(chan, files, steps[step]));
        }
        note(chan, after, sizeof(after));
        close_all(chan, files);

        chan = relay_open_saved(block, sizeof(block), NULL, mode, NULL);
        CHECK(!chan); /* not all of the room is the block */
        chan =
            relay_open_saved(block, ((const uint64_t *)(const void *)block)[1], NULL, mode, NULL);
        NEED(chan);
        CHECK(kit_valid(chan));
        static char now[4096];
        note(chan, now, sizeof(now));
        CHECK_STR(now, before);
        open_files(files);
        for (unsigned step = 0; step < STEPS; step++)
            CHECK_STR(operate(chan, files, steps[step]), told[step]);
        note(chan, now, sizeof(now));
        CHECK_STR(now, after);
        close_all(chan, files);
    }
}

/* Events are not known: each sub-buffer with data counts as one. */
static void the_account_begins_with_what_is_there(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, SIZE, SUBBUFS, CPUS);
    struct relay_file *files[CPUS];
    struct relay_found_buf bufs[CPUS];

    open_files(files);
    for (unsigned i = 0; i < 9; i++)
        kit_put(chan, 0, 'a', 10); /* two in each sub-buffer: the fifth has one */
    CHECK_STR(kit_read(files[0], 20), "a*20");
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p4 c2 off10 b0 [0 4 4 4]");
    ssize_t size = found(chan, bufs);

    close_all(chan, files);
    chan = relay_open_saved(block, (size_t)size, NULL, &kit_overwrite, NULL);
    NEED(chan);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "4/70: 3/50 unread, 1/20 consumed");
    CHECK_STR(kit_account(relay_cpu_buf(chan, 1)), "0/0");
    kit_close(chan);
}

/* A sub-buffer that was released was read to its end, the next one as far as the reader has come. */
static void what_was_read_is_known(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, SIZE, SUBBUFS, CPUS);
    struct relay_subbuf_info before[SUBBUFS], now[SUBBUFS];
    struct relay_file *files[CPUS];
    struct relay_found_buf bufs[CPUS];
    struct relay_buf_info info;

    open_files(files);
    for (unsigned i = 0; i < 7; i++)
        kit_put(chan, 0, 'a', 10);
    CHECK_STR(kit_read(files[0], 20), "a*20");
    CHECK_STR(kit_read(files[0], 5), "aaaaa");
    relay_buf_snapshot(relay_cpu_buf(chan, 0), &info, before);
    CHECK_EQ(before[0].read, 20);
    CHECK_EQ(before[1].read, 5);
    CHECK_EQ(before[2].read, 0);
    ssize_t size = found(chan, bufs);

    close_all(chan, files);
    chan = relay_open_saved(block, (size_t)size, NULL, &kit_no_overwrite, NULL);
    NEED(chan);
    relay_buf_snapshot(relay_cpu_buf(chan, 0), &info, now);
    for (unsigned i = 0; i < SUBBUFS; i++)
        CHECK_EQ(now[i].read, before[i].read);
    kit_close(chan);
}

static void what_is_empty_is_no_event(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, SIZE, SUBBUFS, CPUS);
    struct relay_found_buf bufs[CPUS];
    ssize_t size;

    kit_put(chan, 0, 'a', 10);
    relay_flush(chan);
    relay_flush(chan);
    CHECK_STR(kit_state(relay_cpu_buf(chan, 0)), "p2 c0 off0 b0 [14 24 0 0]");
    size = found(chan, bufs);
    kit_close(chan);
    chan = relay_open_saved(block, (size_t)size, NULL, &kit_overwrite, NULL);
    NEED(chan);
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "1/10: 1/10 unread");
    CHECK_STR(kit_account(relay_cpu_buf(chan, 1)), "0/0");
    kit_close(chan);
}

static void refusals(void)
{
    struct rchan *chan = kit_open(&kit_no_overwrite, SIZE, SUBBUFS, CPUS);
    struct relay_found_buf bufs[CPUS] = {seen(relay_cpu_buf(chan, 0))}, good = bufs[0];
    struct relay_found all = {
        .subbuf_size = SIZE, .n_subbufs = SUBBUFS, .cpus = 1, .bufs = 1, .buf = bufs};
    const struct {
        uint64_t *field, value;
    } wrong[] = {{&bufs->offset, SIZE + 2},
                 {&bufs->offset, SIZE + 1}, /* blocked, and nothing was finished */
                 {&bufs->consumed, 1},
                 {&bufs->bytes_consumed, SIZE + 1},
                 {&padding[0][0], SIZE + 1},
                 {&padding[0][2], SIZE + 1},
                 {&padding[0][SUBBUFS - 1], SIZE + 1}};

    CHECK(relay_save_found(&all, block, sizeof(block)) > 0);
    CHECK_EQ(relay_save_found(&all, block, relay_found_size(&all) - 1), -ENOSPC);
    CHECK_EQ(relay_error(), RELAY_ERR_ARGUMENT);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        *wrong[i].field = wrong[i].value;
        CHECK_EQ(relay_save_found(&all, block, sizeof(block)), -EINVAL);
        bufs[0] = good;
        memset(padding[0], 0, sizeof(padding[0]));
    }
    for (unsigned i = 0; i < SUBBUFS; i++)
        padding[0][i] = SIZE;
    CHECK(relay_save_found(&all, block, sizeof(block)) > 0);
    bufs->cpu = 1;
    CHECK_EQ(relay_save_found(&all, block, sizeof(block)), -EINVAL);
    bufs[0] = good;
    all.bufs = 0;
    CHECK_EQ(relay_save_found(&all, block, sizeof(block)), -EINVAL);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(it_goes_on_as_the_other_would),
    TEST(the_account_begins_with_what_is_there),
    TEST(what_was_read_is_known),
    TEST(what_is_empty_is_no_event),
    TEST(refusals),
};
CHECK_MAIN(tests, kit_before, kit_after)
