/* SPDX-License-Identifier: MIT */
/*
 * What a live pool counted, over time. Each sample adds what the counters have grown by to the
 * newest bin; bins are shared out to columns when somebody asks.
 */
#include <stdlib.h>

#include "pool.h"

/* A CPU's counters at the last sample. */
struct counts {
    uint64_t attempted, attempted_bytes;
    uint64_t intact, torn, missing, twice;
    uint64_t own_stored; /* by the pool; `stored` is everybody's */
    uint64_t fate[RELAY_N_FATES], stored, stored_bytes, produced, released, flushed;
    uint64_t read_bytes, unwritten, lapped;
};

#define RETRIES 64

/* Sums of a bin: the fields of struct relay_live_bin behind `seconds`. */
#define SUMS ((sizeof(struct relay_live_bin) - 2 * sizeof(double)) / sizeof(double))

struct stretch {
    double begin, end;
    struct relay_live_bin sum;
};

struct live_past {
    pthread_mutex_t mutex;
    struct counts *last; /* by CPU */
    uint32_t *lanes;     /* a row of all CPUs for each stretch */
    uint64_t count;      /* stretches since open; the newest is number count - 1 */
    struct stretch ring[RELAY_LIVE_BINS];
};

void live_bins_close(struct relay_live *live)
{
    struct live_past *past = live->past;

    if (!past)
        return;
    pthread_mutex_destroy(&past->mutex);
    free(past->last);
    free(past->lanes);
    free(past);
}

/* Bytes of events that were stored: of one moment between two switches, or as before. */
static void count_stored_bytes(struct counts *now, struct relay_ctl *ctl)
{
    for (unsigned turn = 0; turn < RETRIES; turn++) {
        uint32_t switches = relay_load_acquire(&ctl->switches);
        uint64_t offset = relay_load_acquire(&ctl->offset), bytes = relay_load(&ctl->bytes_done);
        uint64_t header = relay_load(&relay_ctl_slot(ctl, relay_load(&ctl->current))->header);

        if (offset <= ctl->subbuf_size && offset > header)
            bytes += offset - header;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        if (switches % 2 == 0 && relay_load(&ctl->switches) == switches) {
            now->stored_bytes = bytes;
            return;
        }
    }
}

static void count_buffer(struct counts *now, const struct live_cpu *home, struct relay_ctl *ctl)
{
    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++)
        now->fate[fate] = relay_load(&ctl->account[fate].events);
    now->stored = relay_load(&ctl->events);
    count_stored_bytes(now, ctl);
    now->produced = relay_load(&ctl->produced);
    now->released = relay_load(&ctl->consumed);
    now->flushed = relay_load(&home->w.flushed);
    now->read_bytes = relay_load(&home->r.bytes);
    now->unwritten = relay_load(&home->r.unwritten);
    now->lapped = relay_load(&home->r.lapped);
}

static void count_cpu(struct counts *now, const struct live_cpu *cpu)
{
    now->attempted = relay_load(&cpu->w.attempted);
    now->attempted_bytes = relay_load(&cpu->w.attempted_bytes);
    now->own_stored = now->attempted;
    for (unsigned i = 0; i <= RELAY_LOST_CLOSED; i++)
        now->own_stored -= relay_load(&cpu->w.lost[i]);
    now->intact = relay_load(&cpu->c.intact);
    now->torn = relay_load(&cpu->c.torn);
    now->missing = relay_load(&cpu->c.missing);
    now->twice = relay_load(&cpu->c.twice);
}

/* A CPU's counters now; those of a buffer in the row of its first CPU. */
static void count(struct relay_live *live, unsigned number, struct counts *now)
{
    struct rchan_buf *buf = relay_cpu_buf(live->chan, number);

    count_cpu(now, &live->cpus[number]);
    if (buf && buf->ctl->cpu == number)
        count_buffer(now, &live->cpus[number], buf->ctl);
}

bool live_bins_open(struct relay_live *live)
{
    struct live_past *past = calloc(1, sizeof(*past));
    unsigned cpus = live->chan->cpus;

    live->past = past;
    if (!past)
        return false;
    pthread_mutex_init(&past->mutex, NULL);
    past->last = calloc(cpus, sizeof(*past->last));
    past->lanes = calloc((size_t)cpus * RELAY_LIVE_BINS, sizeof(*past->lanes));
    past->count = 1;
    for (unsigned i = 0; past->last && i < cpus; i++) /* what was before is nobody's */
        count(live, i, &past->last[i]);
    return past->last && past->lanes;
}

static struct stretch *stretch_at(struct live_past *past, uint64_t number)
{
    return &past->ring[number % RELAY_LIVE_BINS];
}

static uint32_t *lanes_at(const struct relay_live *live, uint64_t number)
{
    return live->past->lanes + number % RELAY_LIVE_BINS * live->chan->cpus;
}

/* ---------------------------------------------------------------- sample */

/* A counter's growth; a reset of the channel begins some anew, and one that is made up of two can
 * fall behind for a moment: then what is there now comes with the next sample. */
static double grown(uint64_t *last, uint64_t now, bool restarts)
{
    uint64_t before = *last;

    if (now < before && !restarts)
        return 0;
    *last = now;
    return (double)(now >= before ? now - before : now);
}

/* The growth of all counters since `last`, which becomes `now`, as sums. */
static struct relay_live_bin grow(struct counts *last, const struct counts *now)
{
    struct relay_live_bin sum = {
        .attempted = grown(&last->attempted, now->attempted, false),
        .attempted_bytes = grown(&last->attempted_bytes, now->attempted_bytes, false),
        .stored = grown(&last->stored, now->stored, false),
        .stored_bytes = grown(&last->stored_bytes, now->stored_bytes, false),
        .read_bytes = grown(&last->read_bytes, now->read_bytes, false),
        .intact = grown(&last->intact, now->intact, false),
        .torn = grown(&last->torn, now->torn, false),
        .missing = grown(&last->missing, now->missing, false),
        .twice = grown(&last->twice, now->twice, false),
        .unwritten = grown(&last->unwritten, now->unwritten, false),
        .produced = grown(&last->produced, now->produced, true),
        .lapped = grown(&last->lapped, now->lapped, false),
    };

    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++)
        sum.fate[fate] = grown(&last->fate[fate], now->fate[fate], false);
    return sum;
}

static uint32_t flags_of(const struct relay_live_bin *sum, bool stored, bool flushed, bool released,
                         bool full)
{
    uint32_t flags = 0;

    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++)
        flags |= (sum->fate[fate] > 0) * (1u << fate);
    flags |= stored * (uint32_t)RELAY_LIVE_DID_STORE;
    flags |= (sum->produced > 0) * (uint32_t)RELAY_LIVE_DID_SWITCH;
    flags |= flushed * (uint32_t)RELAY_LIVE_DID_FLUSH;
    flags |= (sum->read_bytes > 0) * (uint32_t)RELAY_LIVE_DID_READ;
    flags |= released * (uint32_t)RELAY_LIVE_DID_RELEASE;
    flags |= full * (uint32_t)RELAY_LIVE_WAS_FULL;
    flags |= (sum->lapped > 0) * (uint32_t)RELAY_LIVE_WAS_LAPPED;
    flags |= (sum->torn > 0) * (uint32_t)RELAY_LIVE_SAW_TORN;
    flags |= (sum->twice > 0) * (uint32_t)RELAY_LIVE_SAW_TWICE;
    flags |= (sum->missing > 0) * (uint32_t)RELAY_LIVE_SAW_MISSING;
    flags |= (sum->unwritten > 0) * (uint32_t)RELAY_LIVE_SAW_UNWRITTEN;
    return flags;
}

static void add(struct relay_live_bin *to, const struct relay_live_bin *from, double share)
{
    double *sums = &to->attempted;
    const double *more = &from->attempted;
    double most = fmax(to->most_ready, from->most_ready);

    for (size_t i = 0; i < SUMS; i++)
        sums[i] += more[i] * share;
    to->most_ready = most;
}

/* The highest number of ready sub-buffers since the last sample, and now. */
static uint64_t take_ready(struct live_cpu *cpu, uint64_t produced, uint64_t consumed)
{
    uint64_t ready = produced > consumed ? produced - consumed : 0;
    uint64_t recent = __atomic_exchange_n(&cpu->w.recent_ready, 0, __ATOMIC_RELAXED);

    recent = recent > ready ? recent : ready;
    relay_store(&cpu->w.sampled_ready, recent);
    return recent;
}

static void sample_backlog(struct relay_live *live, struct live_cpu *home)
{
    uint64_t bytes = live_attempted_bytes(live, home), base = relay_load(&home->r.base);

    live_raise(&home->r.sampled_backlog, bytes > base ? bytes - base : 0);
}

static void sample_cpu(struct relay_live *live, unsigned number, struct relay_live_bin *sum,
                       uint32_t *flags)
{
    struct counts *last = &live->past->last[number], now = *last;
    struct live_cpu *cpu = &live->cpus[number];
    struct rchan_buf *buf = relay_cpu_buf(live->chan, number);
    bool flushed, released, stored, full = false;
    struct relay_live_bin more;

    count(live, number, &now);
    flushed = now.flushed > last->flushed;
    released = now.released != last->released;
    last->flushed = now.flushed;
    last->released = now.released;
    stored = now.own_stored > last->own_stored || now.stored > last->stored;
    last->own_stored = now.own_stored;
    more = grow(last, &now);
    if (buf && buf->ctl->cpu == number) {
        more.most_ready = (double)take_ready(cpu, now.produced, now.released);
        full = more.most_ready >= (double)buf->ctl->n_subbufs;
        sample_backlog(live, cpu);
    }
    *flags |= flags_of(&more, stored, flushed, released, full);
    add(sum, &more, 1);
}

RELAY_EXPORT void relay_live_sample(struct relay_live *live)
{
    struct live_past *past = live->past;
    double now = relay_live_time(live);
    struct stretch *newest;
    uint32_t *lanes;

    pthread_mutex_lock(&past->mutex);
    newest = stretch_at(past, past->count - 1);
    if (now < newest->end) /* another thread has just sampled */
        now = newest->end;
    if (newest->end - newest->begin >= RELAY_LIVE_BIN_SECONDS) {
        double begin = newest->end;

        newest = stretch_at(past, past->count);
        *newest = (struct stretch){.begin = begin};
        memset(lanes_at(live, past->count), 0, live->chan->cpus * sizeof(uint32_t));
        past->count++;
    }
    newest->end = now;
    lanes = lanes_at(live, past->count - 1);
    for (unsigned i = 0; i < live->chan->cpus; i++)
        sample_cpu(live, i, &newest->sum, &lanes[i]);
    pthread_mutex_unlock(&past->mutex);
}

/* ---------------------------------------------------------------- columns */

/* Columns of equal length; they begin at multiples of it, so that they stand still over time. */
struct columns {
    double begin, width;
    size_t count;
};

static struct columns lay_out(struct live_past *past, double seconds, size_t count)
{
    double end = stretch_at(past, past->count - 1)->end;
    struct columns columns = {.count = count};

    if (!(seconds > 0)) /* nor a NaN */
        seconds = 1;
    columns.width = seconds / (double)count;
    columns.begin = (ceil(end / columns.width) - (double)count) * columns.width;
    return columns;
}

static double clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

/* The columns that a stretch touches: first to last; false: none. */
static bool touched(const struct columns *columns, const struct stretch *stretch, size_t *first,
                    size_t *last)
{
    double begin = (stretch->begin - columns->begin) / columns->width;
    double end = (stretch->end - columns->begin) / columns->width;
    double most = (double)columns->count - 1;

    if (end < 0 || begin > most + 1)
        return false;
    *first = (size_t)clamp(floor(begin), 0, most);
    *last = (size_t)clamp(ceil(end) - 1, (double)*first, most);
    return true;
}

/* The part of a stretch that lies in a column, 0 … 1; one without length lies in its first. */
static double share_of(const struct columns *columns, const struct stretch *stretch, size_t column)
{
    double begin = columns->begin + (double)column * columns->width;
    double inside = fmin(stretch->end, begin + columns->width) - fmax(stretch->begin, begin);

    if (stretch->end <= stretch->begin)
        return 1;
    return clamp(inside / (stretch->end - stretch->begin), 0, 1);
}

static uint64_t oldest(const struct live_past *past)
{
    return past->count > RELAY_LIVE_BINS ? past->count - RELAY_LIVE_BINS : 0;
}

RELAY_EXPORT void relay_live_bins(struct relay_live *live, double seconds,
                                  struct relay_live_bin *bins, size_t columns)
{
    struct live_past *past = live->past;
    struct columns grid;
    size_t first, last;

    if (columns == 0)
        return;
    pthread_mutex_lock(&past->mutex);
    grid = lay_out(past, seconds, columns);
    for (size_t i = 0; i < columns; i++)
        bins[i] = (struct relay_live_bin){.begin = grid.begin + (double)i * grid.width};
    for (uint64_t number = oldest(past); number < past->count; number++) {
        const struct stretch *stretch = stretch_at(past, number);

        if (!touched(&grid, stretch, &first, &last))
            continue;
        for (size_t i = first; i <= last; i++) {
            double share = share_of(&grid, stretch, i);

            bins[i].seconds += share * (stretch->end - stretch->begin);
            add(&bins[i], &stretch->sum, share);
        }
    }
    pthread_mutex_unlock(&past->mutex);
}

static bool are_cpus(const struct relay_live *live, const uint32_t *cpus, size_t count)
{
    for (size_t i = 0; cpus && i < count; i++)
        if (cpus[i] >= live->chan->cpus) {
            relay_set_error(RELAY_ERR_CPU);
            return false;
        }
    return true;
}

RELAY_EXPORT bool relay_live_lanes(struct relay_live *live, double seconds, const uint32_t *cpus,
                                   size_t count, uint32_t *flags, size_t columns)
{
    struct live_past *past = live->past;
    size_t rows = cpus ? count : live->chan->cpus, first, last;
    struct columns grid;

    if (!are_cpus(live, cpus, count))
        return false;
    if (columns == 0)
        return true;
    memset(flags, 0, rows * columns * sizeof(*flags));
    pthread_mutex_lock(&past->mutex);
    grid = lay_out(past, seconds, columns);
    for (uint64_t number = oldest(past); number < past->count; number++) {
        const uint32_t *lanes = lanes_at(live, number);

        if (!touched(&grid, stretch_at(past, number), &first, &last))
            continue;
        for (size_t row = 0; row < rows; row++)
            for (size_t i = first; i <= last; i++)
                flags[row * columns + i] |= lanes[cpus ? cpus[row] : row];
    }
    pthread_mutex_unlock(&past->mutex);
    return true;
}
