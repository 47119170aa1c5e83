/* SPDX-License-Identifier: MIT */
/*
 * One writer and one reader on a simulated clock, worked out in another way, for random loads. For a
 * reader that maps: a few lines that know sub-buffers, events and times say what every counter must
 * be. For one that reads: the same calls, made by the test itself.
 */
#include "../../src/internal.h"
#include "load.h"

enum { LAPS = 13000, ROOM = 64, SHORTEST = 16, TICKS = 4000 };
#define TICK 1e-3 /* seconds: everything happens at multiples of it */

/* What is asked for; times are ticks. */
struct request {
    struct load_options set;
    uint32_t sizes[4];                 /* of events, in turn; one a tick */
    uint32_t flush_after, flush_every; /* 0: none */
    uint32_t pace, batch, forget_every, extra;
    uint32_t stall_every, stall;
};

/* A sub-buffer: the numbers of its events, and its bytes without header and padding. */
struct lap {
    uint32_t count, bytes, padding;
    uint32_t numbers[ROOM];
};

static struct lap laps[LAPS];

/* The state of the buffer and of those who use it. */
struct model {
    const struct request *ask;
    struct relay_live_counts sum;
    uint64_t produced, consumed, offset, size, n;
    bool blocked;
    uint64_t unflushed, lost; /* for want of room */
    uint64_t position, goal, unreported, turn, next, due, stall_at, lost_then, produced_then;
};

/* ---------------------------------------------------------------- the writer */

static uint64_t ready(const struct model *model)
{
    return model->produced - model->consumed;
}

/* The next sub-buffer, if there may be one. */
static bool begin_next(struct model *model)
{
    if (!model->blocked) {
        laps[model->produced].padding = (uint32_t)(model->size - model->offset);
        model->produced++;
    }
    NEED(model->produced < LAPS);
    model->blocked = !model->ask->set.overwrites && ready(model) >= model->n;
    if (model->blocked)
        return false;
    if (ready(model) >=
        model->n) /* what was there is written over, unless it was read and forgotten */
        model->lost += model->produced >= model->n && model->produced - model->n >= model->consumed
                           ? laps[model->produced - model->n].count
                           : 0;
    laps[model->produced] = (struct lap){0};
    model->offset = model->ask->set.header;
    return true;
}

static void lose(struct model *model, uint64_t *why, uint32_t length)
{
    ++*why;
    model->sum.stored_bytes -= length;
    model->sum.stored--;
}

static void store(struct model *model, uint32_t length)
{
    struct lap *lap = &laps[model->produced];

    NEED(lap->count < ROOM);
    lap->numbers[lap->count++] = (uint32_t)model->sum.attempted - 1;
    lap->bytes += length;
    model->offset += length;
}

static void see_ready(struct model *model)
{
    if (ready(model) > model->sum.most_ready)
        model->sum.most_ready = ready(model);
}

static void write_event(struct model *model, uint32_t length)
{
    uint64_t before = model->produced;

    model->sum.attempted++;
    model->sum.attempted_bytes += length;
    model->sum.stored++;
    model->sum.stored_bytes += length;
    if (length > model->size) {
        lose(model, &model->sum.too_big, length);
    } else if (!model->blocked && model->offset + length <= model->size) {
        store(model, length);
    } else if (!begin_next(model)) {
        lose(model, &model->sum.refused_full, length);
        model->lost++;
    } else if (model->offset + length <= model->size) {
        store(model, length);
    } else {
        lose(model, &model->sum.too_big, length);
        model->sum.burned += model->produced > before;
    }
    model->sum.switches += model->produced - before;
    if (model->produced > before)
        see_ready(model);
}

static void flush(struct model *model)
{
    uint64_t before = model->produced;

    model->sum.flushes++;
    begin_next(model);
    if (model->produced == before)
        return;
    model->sum.flushed++;
    model->sum.flushed_empty += laps[before].count == 0;
    model->sum.flush_padding += laps[before].padding;
    see_ready(model);
}

/* ---------------------------------------------------------------- the reader */

static void read_lap(struct model *model)
{
    const struct lap *lap = &laps[model->position++];

    model->unreported++;
    model->sum.bytes += lap->bytes;
    model->sum.intact_bytes += lap->bytes;
    for (uint32_t i = 0; i < lap->count; i++) {
        model->sum.intact++;
        model->sum.missing += lap->numbers[i] - model->next;
        model->next = lap->numbers[i] + 1;
    }
}

/* The oldest that is whole; the batch counts from there. */
static void catch_up(struct model *model)
{
    uint64_t skipped = model->produced - model->n + 1 - model->position;

    model->sum.lapped++;
    model->sum.lapped_subbufs += skipped;
    model->unreported += skipped;
    model->position += skipped;
    if (model->ask->batch)
        model->goal =
            model->goal + skipped < model->produced ? model->goal + skipped : model->produced;
    if (model->goal < model->position)
        model->goal = model->position;
}

static void report(struct model *model, uint64_t tick)
{
    uint64_t count = model->unreported < model->n ? model->unreported : model->n, taken = 0;
    uint64_t asked;

    model->unreported -= count;
    if (model->ask->forget_every && ++model->turn % model->ask->forget_every == 0) {
        model->sum.forgotten++;
        return;
    }
    asked = count + (model->unreported ? 0 : model->ask->extra);
    if (asked <= model->n)
        taken = asked < ready(model) ? asked : ready(model);
    model->sum.ignored += asked > model->n;
    model->sum.clamped += asked <= model->n && taken < asked;
    model->consumed += taken;
    model->sum.reports++;
    model->sum.reported += taken;
    if (model->sum.reports > 1 && tick * 1000 - model->sum.last_report > model->sum.longest_gap)
        model->sum.longest_gap = tick * 1000 - model->sum.last_report;
    model->sum.last_report = tick * 1000;
    model->produced_then = model->produced;
}

static void visit(struct model *model, uint64_t tick)
{
    bool loses = model->lost > model->lost_then;
    uint64_t there = model->produced;

    model->lost_then = model->lost;
    model->sum.visits++;
    if (tick * 1000 - model->sum.last_visit > model->sum.longest_away)
        model->sum.longest_away = tick * 1000 - model->sum.last_visit;
    model->sum.last_visit = tick * 1000;
    model->goal = model->produced;
    if (model->ask->batch && model->goal - model->position > model->ask->batch)
        model->goal = model->position + model->ask->batch;
    while (model->position < model->goal)
        if (model->produced - model->position >= model->n + model->blocked)
            catch_up(model);
        else
            read_lap(model);
    while (model->unreported)
        report(model, tick);
    model->sum.losing_visits += loses;
    model->sum.emptying_visits += loses && model->consumed >= there;
}

static void turn_of_reader(struct model *model, uint64_t tick)
{
    const struct request *ask = model->ask;

    if (tick < model->due)
        return;
    if (ask->stall && tick >= model->stall_at) {
        model->sum.stalls++;
        model->due = tick + ask->stall;
        model->stall_at = model->due + ask->stall_every;
        return;
    }
    visit(model, tick);
    model->due = tick + ask->pace;
}

/* ---------------------------------------------------------------- both */

static struct relay_live_counts expected(const struct request *ask)
{
    struct model model = {.ask = ask,
                          .size = ask->set.subbuf_size,
                          .n = ask->set.n_subbufs,
                          .offset = ask->set.header,
                          .stall_at = ask->stall_every};

    laps[0] = (struct lap){0};
    model.sum.last_report = UINT64_MAX;
    for (unsigned tick = 0; tick < TICKS; tick++) {
        write_event(&model, ask->sizes[tick % 4]);
        if (ask->flush_after && ++model.unflushed == ask->flush_after) {
            model.unflushed = 0;
            flush(&model);
        }
        if (ask->flush_every && tick && tick % ask->flush_every == 0)
            flush(&model);
        turn_of_reader(&model, tick);
    }
    model.sum.asked = model.sum.attempted;
    model.sum.lost_since_visit = model.lost - model.lost_then;
    model.sum.since_report = model.produced - model.produced_then;
    return model.sum;
}

static struct relay_live_counts counted(const struct request *ask, enum relay_live_reader kind)
{
    struct relay_live_writing writing = {.rate = 1 / TICK,
                                         .sizes = RELAY_LIVE_LIST,
                                         .list = ask->sizes,
                                         .count = 4,
                                         .flush_after = ask->flush_after};
    struct relay_live_reading reading = {.kind = kind,
                                         .pace = ask->pace * TICK,
                                         .batch = ask->batch,
                                         .stall = ask->stall * TICK,
                                         .stall_every = ask->stall_every * TICK,
                                         .forget_every = ask->forget_every,
                                         .report_extra = ask->extra};
    struct load load = load_open(&ask->set);

    load_write(&load, writing);
    load_read(&load, reading);
    CHECK_EQ(relay_live_set_flush(load.live, ask->flush_every * TICK), 0);
    CHECK_EQ(relay_live_simulate(load.live, TICKS * TICK), 0);
    load_agrees(&load);
    load_close(&load);
    return load.sum;
}

static uint32_t below(uint32_t limit)
{
    static uint32_t seed = 1;

    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % limit;
}

/* Every second wish is none. */
static uint32_t maybe(uint32_t limit)
{
    return below(2) ? 1 + below(limit) : 0;
}

static struct request any_request(void)
{
    struct request ask = {.set = {.subbuf_size = 60 + below(600),
                                  .n_subbufs = 1 + below(8),
                                  .header = below(3) ? 0 : 8 + below(20),
                                  .overwrites = below(2),
                                  .simulated = true},
                          .flush_after = maybe(9),
                          .flush_every = maybe(40),
                          .pace = 1 + below(60),
                          .batch = maybe(4),
                          .forget_every = maybe(5),
                          .extra = below(4) ? 0 : 1 + below(4)};

    for (unsigned i = 0; i < 4; i++)
        ask.sizes[i] = SHORTEST + below(below(6) ? 100 : 700);
    if (below(3) == 0) {
        ask.stall_every = 50 + below(300);
        ask.stall = 20 + below(200);
    }
    return ask;
}

#define SAME(field) CHECK_EQ(got.field, want.field)

static void check_same(const struct relay_live_counts *one, const struct relay_live_counts *other)
{
    struct relay_live_counts got = *one, want = *other;

    SAME(attempted), SAME(attempted_bytes), SAME(stored), SAME(stored_bytes), SAME(refused_full);
    SAME(too_big), SAME(busy), SAME(written_late), SAME(nowhere), SAME(skipped), SAME(asked);
    SAME(switches), SAME(burned), SAME(flushes), SAME(flushed), SAME(flushed_empty);
    SAME(flush_padding), SAME(most_ready), SAME(intact), SAME(intact_bytes), SAME(torn),
        SAME(displaced), SAME(missing), SAME(late);
    SAME(twice), SAME(unwritten), SAME(torn_bytes), SAME(header_bytes), SAME(bytes), SAME(visits);
    SAME(reads), SAME(lapped), SAME(lapped_subbufs), SAME(stalls), SAME(reports), SAME(reported),
        SAME(releasing);
    SAME(forgotten), SAME(clamped), SAME(ignored), SAME(longest_gap), SAME(since_report);
    SAME(last_report), SAME(longest_away), SAME(last_visit), SAME(lost_since_visit);
    SAME(losing_visits), SAME(emptying_visits);
}

static void every_counter(void)
{
    for (unsigned turn = 0; turn < 400; turn++) {
        struct request ask = any_request();
        struct relay_live_counts got = counted(&ask, RELAY_LIVE_MMAP), want = expected(&ask);
        int failures = check_failures;

        check_same(&got, &want);
        if (check_failures != failures) {
            fprintf(stderr,
                    "  load %u: %zux%zu header %zu overwrites %d sizes %u %u %u %u flushes %u %u "
                    "pace %u batch %u forgets %u extra %u stalls %u %u\n",
                    turn, ask.set.subbuf_size, ask.set.n_subbufs, ask.set.header,
                    ask.set.overwrites, ask.sizes[0], ask.sizes[1], ask.sizes[2], ask.sizes[3],
                    ask.flush_after, ask.flush_every, ask.pace, ask.batch, ask.forget_every,
                    ask.extra, ask.stall_every, ask.stall);
            return;
        }
    }
}

/* ---------------------------------------------------------------- a reader by read */

/* The same calls on a channel without a pool, in the same order. */
struct twin {
    struct rchan *chan;
    struct rchan_buf *buf;
    struct relay_file *file;
    struct relay_live_counts sum;
};

static size_t read_once(struct twin *twin, size_t count, uint64_t tick)
{
    static unsigned char bytes[1 << 16];
    struct relay_ctl *ctl = twin->buf->ctl;
    uint64_t consumed = ctl->consumed, lapped = twin->buf->own->lapped;
    uint64_t skipped = twin->buf->own->lapped_subbufs, released;
    ssize_t got = relay_file_read(twin->file, bytes, count);

    NEED(got >= 0 && count <= sizeof(bytes));
    skipped = twin->buf->own->lapped_subbufs - skipped;
    released = ctl->consumed - consumed - skipped;
    twin->sum.reads++;
    twin->sum.bytes += (size_t)got;
    twin->sum.lapped += twin->buf->own->lapped - lapped;
    twin->sum.lapped_subbufs += skipped;
    if (got == 0 && ctl->produced > ctl->consumed)
        twin->sum.zero_border++;
    else if (got == 0 && ctl->offset > ctl->subbuf_size)
        twin->sum.zero_blocked++;
    else if (got == 0)
        twin->sum.zero_empty++;
    if (released) {
        twin->sum.reports++;
        twin->sum.reported += released;
        twin->sum.last_report = tick * 1000;
    }
    return (size_t)got;
}

/* One call of a batch; or calls of a whole buffer until one brings less, or as much has come. */
static void read_visit(struct twin *twin, uint32_t batch, uint64_t tick)
{
    size_t whole = twin->chan->alloc_size, sum = 0, got;

    twin->sum.visits++;
    if (batch) {
        read_once(twin, batch, tick);
        return;
    }
    do {
        got = read_once(twin, whole, tick);
        sum += got;
    } while (got == whole && sum < whole);
}

static struct relay_live_counts by_calls(const struct request *ask)
{
    struct relay_options opt = {.cpus = 1, .header_size = ask->set.header};
    struct twin twin = {.chan =
                            kit_open_with(ask->set.overwrites ? &kit_overwrite : &kit_no_overwrite,
                                          ask->set.subbuf_size, ask->set.n_subbufs, &opt)};

    twin.buf = relay_cpu_buf(twin.chan, 0);
    twin.file = kit_file(0, O_RDONLY);
    twin.sum.last_report = UINT64_MAX;
    for (unsigned tick = 0; tick < TICKS; tick++) {
        kit_put(twin.chan, 0, 'a', ask->sizes[tick % 4]);
        if (ask->flush_after && tick % ask->flush_after == ask->flush_after - 1)
            relay_flush(twin.chan);
        if (ask->flush_every && tick && tick % ask->flush_every == 0)
            relay_flush(twin.chan);
        if (tick % ask->pace == 0)
            read_visit(&twin, ask->batch, tick);
    }
    relay_file_close(twin.file);
    kit_close(twin.chan);
    return twin.sum;
}

static void reads_are_calls(void)
{
    for (unsigned turn = 0; turn < 200; turn++) {
        struct request ask = any_request();
        struct relay_live_counts got, want;

        ask.stall = ask.stall_every = ask.forget_every = ask.extra = 0;
        ask.batch = maybe(900);
        want = by_calls(&ask);
        got = counted(&ask, RELAY_LIVE_READ);
        SAME(visits), SAME(reads), SAME(bytes), SAME(zero_empty), SAME(zero_border);
        SAME(zero_blocked), SAME(zero_finalized), SAME(lapped), SAME(lapped_subbufs);
        SAME(reports), SAME(reported), SAME(last_report);
        if (check_failures)
            return;
    }
}

static const struct check_test tests[] = {
    TEST(every_counter),
    TEST(reads_are_calls),
};
CHECK_MAIN(tests, kit_before, kit_after)
