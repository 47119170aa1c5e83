/* SPDX-License-Identifier: MIT */
/*
 * Batches: of two channels that get the same random operations one gets them in batches, the other
 * one by one. Results, buffers after each operation, delivered bytes and memory are the same.
 */
#include "relay/relay_batch.h"

#include <time.h>

#include "check.h"
#include "kit.h"

enum { CPUS = 2, SIZE = 40, COUNT = 3, CALLS = 400, SEEDS = 60, KEEP = 16, LONGEST = 130 };
enum { ROWS = CALLS * CPUS, RUNS = CALLS * LONGEST, LAPS = CALLS * COUNT, KEPT = CALLS * LONGEST };

static uint64_t state;
static unsigned char data[256];
static struct relay_batch_op ops[CALLS];
static struct relay_batch_done done[CALLS];
static struct relay_buf_info rows[ROWS];
static struct relay_run runs[RUNS];
static struct relay_batch_lap laps[LAPS];
static unsigned char bytes[KEPT];

static unsigned below(unsigned limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 32) % limit;
}

static struct relay_batch_op any_op(void)
{
    struct relay_batch_op op = {.cpu = below(CPUS), .file = below(CPUS), .data = below(200)};

    op.deed = below(3) ? RELAY_DO_WRITE : below(RELAY_N_DEEDS);
    op.amount = op.deed == RELAY_DO_CONSUME ? below(COUNT + 2)
                : op.deed == RELAY_DO_READ  ? below(LONGEST)
                                            : below(SIZE + 3);
    return op;
}

/* What the same call does by itself: its result, and for a read the bytes. */
static int64_t alone(struct rchan *chan, struct relay_file *const *files,
                     const struct relay_batch_op *op, unsigned char *read)
{
    switch (op->deed) {
    case RELAY_DO_WRITE:
        return relay_write_on(chan, op->cpu, data + op->data, op->amount);
    case RELAY_DO_WRITE_NOLOCK:
        return relay_write_nolock_on(chan, op->cpu, data + op->data, op->amount);
    case RELAY_DO_SWITCH:
        return (int64_t)relay_switch_subbuf(relay_cpu_buf(chan, op->cpu), op->amount);
    case RELAY_DO_CONSUME:
        relay_subbufs_consumed(chan, op->cpu, op->amount);
        return 0;
    case RELAY_DO_FLUSH:
        relay_flush(chan);
        return 0;
    case RELAY_DO_READ:
        return relay_file_read(files[op->file], read, op->amount);
    default:
        return relay_file_poll(files[op->file]);
    }
}

static bool is_same(const struct relay_buf_info *info, struct rchan_buf *buf)
{
    struct relay_buf_info now;

    relay_buf_snapshot(buf, &now, NULL);
    return memcmp(info, &now, sizeof(now)) == 0;
}

/* A buffer before or after an operation. */
struct view {
    struct relay_buf_info info;
    struct relay_subbuf_info subbufs[COUNT];
    unsigned char memory[SIZE * COUNT];
};

static struct view view_of(struct rchan_buf *buf)
{
    struct view view;

    relay_buf_snapshot(buf, &view.info, view.subbufs);
    memcpy(view.memory, buf->start, sizeof(view.memory));
    return view;
}

/* The next unread bytes, at most so many: those that a reader without the kernel's oddities gets. */
static size_t next_unread(const struct view *view, unsigned char *to, size_t most, bool *is_lapped)
{
    uint64_t lap = view->info.consumed, from = view->info.bytes_consumed, end;
    bool is_blocked = view->info.offset > SIZE;
    size_t used = 0;

    if (lap < view->info.produced && from + view->subbufs[lap % COUNT].padding == SIZE &&
        !(view->info.offset == SIZE && lap % COUNT == view->info.current)) {
        lap++;
        from = 0;
    }
    *is_lapped = !is_blocked && view->info.produced >= lap + COUNT;
    if (*is_lapped) {
        lap = view->info.produced - COUNT + 1;
        from = 0;
    }
    for (; lap <= view->info.produced && used < most; lap++, from = 0) {
        if (lap == view->info.produced && is_blocked)
            break;
        end = lap == view->info.produced ? view->info.offset
                                         : SIZE - view->subbufs[lap % COUNT].padding;
        for (; from < end && used < most; from++)
            to[used++] = view->memory[lap % COUNT * SIZE + from];
    }
    return used;
}

static unsigned long odd, lapped, together; /* of all seeds: it is not always the same */

static void check_flags(const struct relay_batch_done *did, const struct view *before,
                        const struct relay_batch_op *op, const unsigned char *read)
{
    unsigned char expected[LONGEST];
    bool is_lapped;
    size_t count = next_unread(before, expected, op->amount, &is_lapped);
    bool is_odd = count != (size_t)did->value || memcmp(expected, read, count) != 0;

    CHECK_EQ(did->flags, is_lapped * RELAY_READ_LAPPED + is_odd * RELAY_READ_ODD);
    odd += is_odd;
    lapped += is_lapped;
}

/* Sub-buffers that were released together, each with whether it had been read. */
static void check_laps(const struct relay_batch_done *did, const struct view *before,
                       const struct view *after)
{
    uint64_t first = before->info.consumed, end = after->info.consumed;

    if (before->info.produced > first + COUNT)
        first = before->info.produced - COUNT;
    if (end < first + 2)
        first = end;
    if (!CHECK_EQ(did->laps, end - first))
        return;
    together += did->laps;
    for (uint32_t i = 0; i < did->laps; i++) {
        const struct relay_batch_lap *lap = &laps[did->first_lap + i];
        const struct relay_subbuf_info *subbuf = &after->subbufs[lap->lap % COUNT];

        CHECK_EQ(lap->lap, first + i);
        CHECK_EQ(lap->is_whole, subbuf->lap == lap->lap && subbuf->read >= subbuf->used);
    }
}

/* The runs of a read are where its bytes lie in memory. */
static void check_runs(const struct relay_batch_done *did, struct rchan_buf *buf,
                       const unsigned char *read)
{
    uint64_t at = 0;

    for (uint32_t i = 0; i < did->runs; i++) {
        const struct relay_run *run = &runs[did->first_run + i];

        CHECK(memcmp(buf->start + run->subbuf * SIZE + run->start, read + at, run->length) == 0);
        CHECK(run->length > 0 && run->start + run->length <= SIZE);
        CHECK(run->lap == RELAY_NO_LAP || run->lap % COUNT == run->subbuf);
        at += run->length;
    }
    CHECK_EQ(at, did->value);
}

static void check_one(struct rchan *chan, struct relay_file *const *files,
                      const struct relay_batch_op *op, const struct relay_batch_done *did)
{
    bool reads = op->deed == RELAY_DO_READ;
    struct rchan_buf *buf = reads ? relay_file_buf(files[op->file]) : relay_cpu_buf(chan, op->cpu);
    struct view before = view_of(buf), after;
    unsigned char read[LONGEST];
    int64_t value = alone(chan, files, op, read);

    after = view_of(buf);
    CHECK_EQ(did->value, value);
    CHECK_EQ(did->last_toobig, chan->last_toobig);
    CHECK_EQ(did->rows, op->deed == RELAY_DO_FLUSH ? CPUS : 1);
    for (uint32_t i = 0; i < did->rows; i++) {
        const struct relay_buf_info *row = &rows[did->first_row + i];

        CHECK(is_same(row, relay_cpu_buf(chan, row->cpu)));
    }
    if (reads || op->deed == RELAY_DO_CONSUME)
        check_laps(did, &before, &after);
    else
        CHECK_EQ(did->laps, 0);
    if (!reads)
        return;
    check_flags(did, &before, op, read);
    if (did->flags & RELAY_READ_LAPPED && op->amount > 0) {
        CHECK_EQ(did->skipped_end, before.info.produced - COUNT + 1);
        CHECK(did->skipped_first - before.info.consumed <= 1); /* which had been read */
    } else {
        CHECK_EQ(did->skipped_end, did->skipped_first);
    }
    CHECK_EQ(did->kept, value < KEEP ? value : KEEP);
    CHECK(memcmp(bytes + did->kept_at, read, did->kept) == 0);
    check_runs(did, buf, read);
}

static struct relay_batch batch_of(struct relay_file *const *files, size_t count)
{
    return (struct relay_batch){.ops = ops,
                                .n_ops = count,
                                .data = data,
                                .n_data = sizeof(data),
                                .files = files,
                                .n_files = CPUS,
                                .keep = KEEP,
                                .done = done,
                                .rows = rows,
                                .n_rows = ROWS,
                                .runs = runs,
                                .n_runs = RUNS,
                                .laps = laps,
                                .n_laps = LAPS,
                                .bytes = bytes,
                                .n_bytes = KEPT};
}

/* A channel in a directory of its own, with its files. */
static struct rchan *open_in(const char *name, const struct rchan_callbacks *callbacks,
                             struct relay_file **files, struct dentry **dir)
{
    struct relay_options options = {.cpus = CPUS};
    struct rchan *chan;

    *dir = relay_create_dir(name, NULL);
    chan = relay_open_on("cpu", *dir, SIZE, COUNT, callbacks, NULL, &options);
    NEED(chan);
    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        char entry[] = {'c', 'p', 'u', (char)('0' + cpu), 0};
        struct dentry *found = relay_lookup(*dir, entry);

        NEED(relay_file_open(found, O_RDONLY, &files[cpu]) == 0);
        relay_dentry_put(found);
    }
    return chan;
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void run_seed(uint64_t seed)
{
    const struct rchan_callbacks *callbacks = seed % 2 ? &kit_overwrite : &kit_no_overwrite;
    struct relay_file *mine[CPUS], *theirs[CPUS];
    struct dentry *dirs[2];
    struct rchan *chan = open_in("batch", callbacks, mine, &dirs[0]);
    struct rchan *twin = open_in("alone", callbacks, theirs, &dirs[1]);
    struct relay_batch batch;
    int64_t begun = now();
    size_t count;

    state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (unsigned i = 0; i < CALLS; i++)
        ops[i] = any_op();
    batch = batch_of(mine, CALLS);
    count = relay_carry_out(chan, &batch);
    CHECK_EQ(count, CALLS);
    for (size_t i = 0; i < count; i++) {
        check_one(twin, theirs, &ops[i], &done[i]);
        CHECK(i == 0 || done[i].time >= done[i - 1].time);
    }
    CHECK(count == 0 || done[0].time >= begun);
    CHECK_EQ(batch.n_rows, done[count - 1].first_row + done[count - 1].rows);
    CHECK_EQ(batch.n_runs, done[count - 1].first_run + done[count - 1].runs);
    CHECK_EQ(batch.n_laps, done[count - 1].first_lap + done[count - 1].laps);
    CHECK_EQ(batch.n_bytes, done[count - 1].kept_at + done[count - 1].kept);
    CHECK(kit_valid(chan));
    for (unsigned cpu = 0; cpu < CPUS; cpu++) {
        CHECK(memcmp(relay_cpu_buf(chan, cpu)->start, relay_cpu_buf(twin, cpu)->start,
                     SIZE * COUNT) == 0);
        relay_file_close(mine[cpu]);
        relay_file_close(theirs[cpu]);
    }
    relay_close(chan);
    relay_close(twin);
    relay_remove(dirs[0]);
    relay_remove(dirs[1]);
}

static void as_alone(void)
{
    for (unsigned i = 0; i < sizeof(data); i++)
        data[i] = (unsigned char)(i * 7);
    for (uint64_t seed = 1; seed <= SEEDS * kit_soak(); seed++)
        run_seed(seed);
    CHECK(odd > 10 && lapped > 10 && together > 10);
}

/* What cannot be done has not been begun. */
static void stops(void)
{
    struct relay_file *files[CPUS] = {NULL, NULL};
    struct rchan *chan = kit_open(&kit_no_overwrite, SIZE, COUNT, CPUS);
    struct relay_batch_op wrong[] = {
        {.deed = RELAY_DO_WRITE, .cpu = CPUS, .amount = 1},
        {.deed = RELAY_DO_WRITE, .amount = sizeof(data), .data = 1},
        {.deed = RELAY_DO_WRITE, .amount = 1, .data = UINT64_MAX},
        {.deed = RELAY_DO_WRITE, .amount = 0, .data = sizeof(data) + 1},
        {.deed = RELAY_DO_SWITCH, .cpu = CPUS},
        {.deed = RELAY_DO_CONSUME, .cpu = CPUS, .amount = 1},
        {.deed = RELAY_DO_READ, .amount = 1},
        {.deed = RELAY_DO_POLL, .file = CPUS},
        {.deed = RELAY_N_DEEDS},
        {.deed = RELAY_DO_WRITE, .cpu = 1, .amount = 1},
    };

    relay_cpu_online(chan, 1, false);
    ops[0] = (struct relay_batch_op){.deed = RELAY_DO_WRITE, .amount = 5};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct relay_batch batch = batch_of(files, 2);

        ops[1] = wrong[i];
        CHECK_EQ(relay_carry_out(chan, &batch), 1);
        CHECK_EQ(batch.n_rows, 1);
        CHECK_EQ(rows[0].account.attempted.events, i + 1);
    }
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "10/50: 10/50 unread");
    kit_close(chan);
}

/* A batch ends where its room does; a file that is not open for reading is none. */
static void room(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, SIZE, COUNT, CPUS);
    struct relay_file *files[CPUS] = {kit_file(0, O_RDONLY), kit_file(1, O_WRONLY)};
    struct relay_batch batch;

    ops[0] = (struct relay_batch_op){.deed = RELAY_DO_WRITE, .amount = 9};
    ops[1] = (struct relay_batch_op){.deed = RELAY_DO_READ, .amount = 8};
    ops[2] = (struct relay_batch_op){.deed = RELAY_DO_FLUSH};
    ops[3] = (struct relay_batch_op){.deed = RELAY_DO_READ, .file = 1, .amount = 8};
    batch = batch_of(files, 4);
    batch.n_rows = 3;
    CHECK_EQ(relay_carry_out(chan, &batch), 2);
    batch = batch_of(files, 4);
    batch.n_bytes = 7;
    CHECK_EQ(relay_carry_out(chan, &batch), 1);
    batch = batch_of(files, 4);
    batch.n_laps = COUNT - 1;
    CHECK_EQ(relay_carry_out(chan, &batch), 1);
    batch = batch_of(files, 4);
    CHECK_EQ(relay_carry_out(chan, &batch), 3);
    CHECK_EQ(done[1].flags, 0);
    relay_file_close(files[0]);
    relay_file_close(files[1]);
    kit_close(chan);
}

/* What operations before it have taken is no room any more: to the last row, lap and byte. */
static void room_that_is_left(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, SIZE, COUNT, 1);
    struct relay_file *files[CPUS] = {kit_file(0, O_RDONLY), NULL};
    struct relay_batch batch;

    for (unsigned i = 0; i < 6; i++)
        ops[i] = (struct relay_batch_op){.deed = i % 3 < 2 ? RELAY_DO_FLUSH : RELAY_DO_CONSUME,
                                         .amount = i % 3 < 2 ? 0 : 2};
    for (unsigned less = 0; less < 2; less++) { /* each report releases two */
        batch = batch_of(files, 6);
        batch.n_laps = COUNT + 2 - less;
        CHECK_EQ(relay_carry_out(chan, &batch), less ? 5 : 6);
        CHECK_EQ(batch.n_laps, less ? 2 : 4);
        batch = batch_of(files, 6);
        batch.n_rows = 6 - less;
        CHECK_EQ(relay_carry_out(chan, &batch), 6 - less);
        relay_reset(chan);
    }
    for (unsigned i = 0; i < 3; i++)
        ops[i] = (struct relay_batch_op){.deed = i ? RELAY_DO_READ : RELAY_DO_WRITE, .amount = 8};
    ops[0].data = sizeof(data) - 8; /* all of what is there */
    for (unsigned less = 0; less < 2; less++) {
        batch = batch_of(files, 3);
        batch.n_bytes = 16 - less; /* 8 are kept, and as many may come again */
        CHECK_EQ(relay_carry_out(chan, &batch), 3 - less);
        batch = batch_of(files, 3);
        batch.n_runs = 9 - less; /* one was needed, and 8 might be */
        CHECK_EQ(relay_carry_out(chan, &batch), 3 - less);
    }
    ops[0] = (struct relay_batch_op){.deed = RELAY_DO_WRITE, .amount = 0, .data = sizeof(data)};
    batch = batch_of(files, 1);
    CHECK_EQ(relay_carry_out(chan, &batch), 1);
    ops[0] = (struct relay_batch_op){.deed = RELAY_DO_POLL};
    batch = batch_of(files, 1); /* which needs its row alone */
    batch.n_bytes = batch.n_laps = batch.n_runs = 0;
    CHECK_EQ(relay_carry_out(chan, &batch), 1);
    relay_file_close(files[0]);
    kit_close(chan);
}

/* A report moves the position past the last sub-buffer's end: what is read then is odd, and no more. */
static void a_position_behind_the_end(void)
{
    const struct relay_batch_op all[] = {{.deed = RELAY_DO_WRITE, .amount = SIZE},
                                         {.deed = RELAY_DO_READ, .amount = SIZE},
                                         {.deed = RELAY_DO_WRITE, .amount = 8},
                                         {.deed = RELAY_DO_CONSUME, .amount = 1},
                                         {.deed = RELAY_DO_READ, .amount = SIZE}};
    struct rchan *chan = kit_open(&kit_overwrite, SIZE, COUNT, 1);
    struct relay_file *files[CPUS] = {kit_file(0, O_RDONLY), NULL};
    struct relay_batch batch;

    memcpy(ops, all, sizeof(all));
    batch = batch_of(files, 5);
    CHECK_EQ(relay_carry_out(chan, &batch), 5);
    CHECK_EQ(done[1].value, SIZE);
    CHECK_EQ(done[1].flags, 0);
    CHECK_EQ(done[4].value, 8);
    CHECK_EQ(done[4].flags, RELAY_READ_ODD);
    relay_file_close(files[0]);
    kit_close(chan);
}

static const struct check_test tests[] = {TEST(as_alone), TEST(stops), TEST(room),
                                          TEST(room_that_is_left), TEST(a_position_behind_the_end)};
CHECK_MAIN(tests, kit_before, kit_after)
