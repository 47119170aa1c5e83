/* SPDX-License-Identifier: MIT */
/*
 * Batches: of two channels that get the same random operations one gets them in batches, the other
 * one by one. Results, buffers after each operation, delivered bytes and memory are the same.
 */
#include "relay/relay_batch.h"

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

/* A buffer at one moment, with what each of its sub-buffers holds. */
struct view {
    struct rchan_buf *buf;
    struct relay_buf_info info;
    struct relay_subbuf_info subbufs[COUNT];
};

static struct view view_of(struct rchan_buf *buf)
{
    struct view view = {.buf = buf};

    relay_buf_snapshot(buf, &view.info, view.subbufs);
    return view;
}

/* The sub-buffer that holds a lap; NULL: it was used again, or holds nothing yet. */
static const struct relay_subbuf_info *holder(const struct view *view, uint64_t lap)
{
    const struct relay_subbuf_info *subbuf = &view->subbufs[lap % COUNT];

    return subbuf->state != RELAY_SUBBUF_FREE && subbuf->lap == lap ? subbuf : NULL;
}

/* What was released together is told of one by one: whether all of it had been read. */
static void check_laps(const struct relay_batch_done *did, const struct view *was)
{
    struct view now = view_of(was->buf);
    uint64_t first = was->info.consumed, end = now.info.consumed;

    while (first + COUNT < was->info.produced && first < end) /* they have no place any more */
        first++;
    CHECK_EQ(did->laps, end - first > 1 ? end - first : 0);
    for (uint32_t i = 0; i < did->laps; i++) {
        const struct relay_batch_lap *lap = &laps[did->first_lap + i];
        const struct relay_subbuf_info *subbuf = holder(&now, first + i);

        CHECK_EQ(lap->lap, first + i);
        CHECK_EQ(lap->is_whole, subbuf && subbuf->read >= subbuf->used);
    }
}

/* What a plain reader would get: all bytes that are unread. */
struct unread {
    unsigned char bytes[SIZE * COUNT];
    size_t count;
    uint64_t lap;   /* that of the first of them, if it is still there */
    bool is_lapped; /* it is not: the writer has gone over it */
};

static struct unread unread_of(const struct view *was)
{
    struct unread ret = {.count = 0};
    bool is_blocked = was->info.offset > SIZE;
    uint64_t lap = was->info.consumed, at = was->info.bytes_consumed;
    const struct relay_subbuf_info *subbuf = holder(was, lap);

    if (lap < was->info.produced && at + was->subbufs[lap % COUNT].padding == SIZE &&
        !(lap % COUNT == was->info.produced % COUNT && was->info.offset == SIZE)) {
        subbuf = holder(was, ++lap);
        at = 0;
    }
    ret.lap = lap;
    ret.is_lapped = !subbuf && lap < was->info.produced && !is_blocked;
    while (!subbuf && lap < was->info.produced) {
        subbuf = holder(was, ++lap);
        at = 0;
    }
    for (; subbuf; subbuf = holder(was, ++lap), at = 0) {
        const unsigned char *data_of = was->buf->start + lap % COUNT * SIZE;

        for (; at < subbuf->used; at++)
            ret.bytes[ret.count++] = data_of[at];
    }
    return ret;
}

static void check_flags(const struct relay_batch_done *did, const struct view *was,
                        const struct unread *unread, const unsigned char *read, size_t most)
{
    size_t wanted = unread->count < most ? unread->count : most;
    bool is_odd = (size_t)did->value != wanted || memcmp(read, unread->bytes, wanted) != 0;
    bool has_skipped = unread->is_lapped && most > 0;

    CHECK_EQ((did->flags & RELAY_READ_LAPPED) != 0, unread->is_lapped);
    CHECK_EQ((did->flags & RELAY_READ_ODD) != 0, is_odd);
    CHECK_EQ(did->skipped_first < did->skipped_end, has_skipped);
    if (!has_skipped)
        return;
    CHECK_EQ(did->skipped_first, unread->lap);
    CHECK_EQ(did->skipped_end, was->info.produced - COUNT + 1);
}

/* What there is of each kind lies behind what the operation before has. */
static void check_order(const struct relay_batch *batch, size_t count)
{
    size_t n_rows = 0, n_runs = 0, n_laps = 0, n_bytes = 0;

    for (size_t i = 0; i < count; i++) {
        CHECK(done[i].first_row == n_rows && done[i].first_run == n_runs);
        CHECK(done[i].first_lap == n_laps && done[i].kept_at == n_bytes);
        CHECK(i == 0 || done[i].time >= done[i - 1].time);
        n_rows += done[i].rows;
        n_runs += done[i].runs;
        n_laps += done[i].laps;
        n_bytes += done[i].kept;
    }
    CHECK(batch->n_rows == n_rows && batch->n_runs == n_runs);
    CHECK(batch->n_laps == n_laps && batch->n_bytes == n_bytes);
    CHECK(done[0].time > INT64_C(1000000000000000000)); /* of this century, in nanoseconds */
}

/* The runs of a read are where its bytes lie in memory. */
static void check_runs(const struct relay_batch_done *did, struct rchan_buf *buf,
                       const unsigned char *read)
{
    uint64_t at = 0;

    for (uint32_t i = 0; i < did->runs; i++) {
        const struct relay_run *run = &runs[did->first_run + i];

        CHECK(memcmp(buf->start + run->subbuf * SIZE + run->start, read + at, run->length) == 0);
        at += run->length;
    }
    CHECK_EQ(at, did->value);
}

static void check_one(struct rchan *chan, struct relay_file *const *files,
                      const struct relay_batch_op *op, const struct relay_batch_done *did)
{
    unsigned char read[LONGEST];
    bool is_read = op->deed == RELAY_DO_READ;
    struct view was =
        view_of(is_read ? relay_file_buf(files[op->file]) : relay_cpu_buf(chan, op->cpu));
    struct unread unread = unread_of(&was);
    int64_t value = alone(chan, files, op, read);

    CHECK_EQ(did->value, value);
    CHECK_EQ(did->last_toobig, chan->last_toobig);
    CHECK_EQ(did->rows, op->deed == RELAY_DO_FLUSH ? CPUS : 1);
    for (uint32_t i = 0; i < did->rows; i++) {
        const struct relay_buf_info *row = &rows[did->first_row + i];

        CHECK(is_same(row, relay_cpu_buf(chan, row->cpu)));
    }
    if (is_read || op->deed == RELAY_DO_CONSUME)
        check_laps(did, &was);
    else
        CHECK_EQ(did->laps, 0);
    if (!is_read)
        return;
    check_flags(did, &was, &unread, read, op->amount);
    CHECK_EQ(did->kept, value < KEEP ? value : KEEP);
    CHECK(memcmp(bytes + did->kept_at, read, did->kept) == 0);
    check_runs(did, relay_file_buf(files[op->file]), read);
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

static void run_seed(uint64_t seed)
{
    const struct rchan_callbacks *callbacks = seed % 2 ? &kit_overwrite : &kit_no_overwrite;
    struct relay_file *mine[CPUS], *theirs[CPUS];
    struct dentry *dirs[2];
    struct rchan *chan = open_in("batch", callbacks, mine, &dirs[0]);
    struct rchan *twin = open_in("alone", callbacks, theirs, &dirs[1]);
    struct relay_batch batch;
    size_t count;

    state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    for (unsigned i = 0; i < CALLS; i++)
        ops[i] = any_op();
    batch = batch_of(mine, CALLS);
    count = relay_carry_out(chan, &batch);
    CHECK_EQ(count, CALLS);
    check_order(&batch, count);
    for (size_t i = 0; i < count; i++)
        check_one(twin, theirs, &ops[i], &done[i]);
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
    CHECK_STR(kit_account(relay_cpu_buf(chan, 0)), "9/45: 9/45 unread");
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
    batch.n_runs = 7;
    CHECK_EQ(relay_carry_out(chan, &batch), 1);
    batch = batch_of(files, 4);
    CHECK_EQ(relay_carry_out(chan, &batch), 3);
    CHECK_EQ(done[1].flags, 0);
    ops[0] = (struct relay_batch_op){.deed = RELAY_DO_POLL};
    ops[1] = (struct relay_batch_op){.deed = RELAY_DO_CONSUME, .amount = 1};
    ops[2] = (struct relay_batch_op){.deed = RELAY_DO_POLL};
    batch = batch_of(files, 3);
    batch.n_laps = COUNT - 1;
    CHECK_EQ(relay_carry_out(chan, &batch), 1);
    batch = batch_of(files, 3);
    batch.n_rows = 2;
    CHECK_EQ(relay_carry_out(chan, &batch), 2);
    relay_file_close(files[0]);
    relay_file_close(files[1]);
    kit_close(chan);
}

/* Nothing is done to a closed channel. */
static void closed(void)
{
    struct rchan *chan = kit_open(&kit_overwrite, SIZE, COUNT, CPUS);
    struct relay_file *files[CPUS] = {NULL, NULL};
    struct relay_batch batch = batch_of(files, 1);

    ops[0] = (struct relay_batch_op){.deed = RELAY_DO_WRITE, .amount = 9};
    relay_get(chan);
    kit_close(chan);
    CHECK_EQ(relay_carry_out(chan, &batch), 0);
    CHECK_EQ(batch.n_rows, 0);
    relay_put(chan);
}

static const struct check_test tests[] = {TEST(as_alone), TEST(stops), TEST(room), TEST(closed)};
CHECK_MAIN(tests, kit_before, kit_after)
