/* SPDX-License-Identifier: MIT */
/*
 * The readers of a live pool: visits to buffers, by read or by mapping. A visit is made of
 * operations (a read call; the copy of a sub-buffer; a report); a thread that is stopped leaves the
 * visit between two of them and takes it up again where it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "pool.h"

#define PIECE RELAY_LIVE_MOST_READ /* bytes copied at once */

/* One buffer and who reads it. */
struct visit {
    struct relay_live *live;
    struct live_cpu *home;
    struct live_reader *reader;
    struct rchan_buf *buf;
    unsigned char *scratch;
    bool breaks; /* test them, and look whether to stop */
};

static bool must_leave(const struct visit *visit)
{
    return visit->breaks && live_is_stopped(visit->live);
}

/* Behind an operation. A global buffer brings events of all CPUs. */
static void test_breaks(const struct visit *visit)
{
    struct relay_live *live = visit->live;

    if (!visit->breaks)
        return;
    live_test_breaks(live, visit->home, visit->home, true);
    for (unsigned i = 0; live->watched && live->chan->is_global && i < live->chan->cpus; i++)
        live_test_breaks(live, &live->cpus[i], visit->home, true);
}

/* ---------------------------------------------------------------- descriptors */

void live_close_reader(struct live_reader *reader)
{
    relay_mapping_close(reader->mapping);
    relay_file_close(reader->file);
    reader->mapping = NULL;
    reader->file = NULL;
}

/* The buffer's own file, whatever its name is. */
static bool open_file(struct live_reader *reader, struct rchan_buf *buf)
{
    if (!relay_load_acquire(&buf->ctl->has_file) ||
        relay_file_open(buf->own->dentry, O_RDONLY, &reader->file) != 0)
        return false;
    if (relay_file_buf(reader->file) == buf)
        return true;
    live_close_reader(reader);
    return false;
}

/* Bytes that a reader by read has had of a sub-buffer: who goes on by mapping begins behind them. */
static uint32_t begun(const struct rchan_buf *buf, uint64_t lap)
{
    const struct relay_slot *slot = relay_slot_of(buf, lap);

    return relay_load(&slot->lap) == lap ? relay_load(&slot->read) : 0;
}

static bool open_mapping(struct live_reader *reader, struct rchan_buf *buf)
{
    if (relay_file_mmap(reader->file, buf->chan->alloc_size, PROT_READ, MAP_SHARED, 0,
                        &reader->mapping) != 0)
        return false;
    reader->position = reader->goal = relay_load(&buf->ctl->consumed);
    reader->unreported = 0;
    reader->begin = begun(buf, reader->position);
    return true;
}

/* Have what the setting needs, and nothing else. */
static bool open_reader(struct live_reader *reader, struct rchan_buf *buf)
{
    bool maps = reader->plan->set.kind == RELAY_LIVE_MMAP;

    if (reader->mapping && !maps)
        live_close_reader(reader);
    if (!reader->file && !open_file(reader, buf))
        return false;
    return !maps || reader->mapping || open_mapping(reader, buf);
}

/* ---------------------------------------------------------------- reports */

/* What was attempted up to the last sub-buffer consumed waits no longer; nor what was refused then. */
static void note_backlog(const struct visit *visit)
{
    struct relay_ctl *ctl = visit->buf->ctl;
    struct live_end *ends = relay_load_acquire(&visit->home->w.ends), *end;
    uint64_t consumed = relay_load(&ctl->consumed), base;

    if (!ends || !consumed)
        return;
    if (relay_load(&ctl->offset) > ctl->subbuf_size && consumed >= relay_load(&ctl->produced)) {
        relay_store(&visit->reader->base, live_attempted_bytes(visit->live, visit->home));
        return;
    }
    end = &ends[(consumed - 1) % ctl->n_subbufs];
    if (relay_load_acquire(&end->lap) != consumed)
        return;
    base = relay_load(&end->bytes);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (relay_load(&end->lap) == consumed)
        relay_store(&visit->reader->base, base);
}

/* What waits now is as much as ever before; called before something is released. */
static void note_waiting(const struct visit *visit)
{
    uint64_t bytes = live_attempted_bytes(visit->live, visit->home);
    uint64_t base = relay_load(&visit->reader->base);

    live_raise(&visit->reader->most_backlog, bytes > base ? bytes - base : 0);
}

static void note_report(const struct visit *visit, uint64_t count)
{
    struct live_reader *reader = visit->reader;
    uint64_t now = visit->breaks ? (uint64_t)live_now(visit->live) / 1000
                                 : (uint64_t)(relay_live_time(visit->live) * 1e6);

    live_add(&reader->reports, 1);
    live_add(&reader->reported, count);
    if (relay_load(&reader->last_report) != UINT64_MAX)
        live_note_report(reader, now);
    relay_store(&reader->last_report, now);
    relay_store(&reader->produced, relay_load(&visit->buf->ctl->produced));
    note_backlog(visit);
}

/* ---------------------------------------------------------------- by read */

/* Why a call returned 0; `produced` was finished before it. */
static void note_zero(const struct visit *visit, uint64_t produced)
{
    struct relay_ctl *ctl = visit->buf->ctl;
    struct live_reader *reader = visit->reader;
    uint64_t *cause = &reader->zero_empty;

    if (produced > relay_load(&ctl->consumed))
        cause = &reader->zero_border;
    else if (relay_load(&ctl->finalized))
        cause = &reader->zero_finalized;
    else if (relay_load(&ctl->offset) > ctl->subbuf_size)
        cause = &reader->zero_blocked;
    live_add(cause, 1);
}

/* Whether what came was in the writer's way. A carried beginning may be older than the call. */
static void note_overtaken(const struct visit *visit, size_t carried, uint64_t overwritten,
                           uint64_t lapped)
{
    struct live_stream *stream = &visit->reader->stream;
    uint64_t now = relay_load(&visit->buf->ctl->account[RELAY_OVERWRITTEN].events);

    stream->overtaken = now != (carried ? stream->overwritten : overwritten) ||
                        lapped != relay_load(&visit->buf->own->lapped);
    stream->overwritten = now;
}

/* One read call, verified; the bytes that came. */
static size_t read_once(const struct visit *visit, size_t count)
{
    struct live_reader *reader = visit->reader;
    struct relay_ctl *ctl = visit->buf->ctl;
    size_t carried = live_carry(reader, visit->scratch);
    uint64_t overwritten = relay_load(&ctl->account[RELAY_OVERWRITTEN].events);
    uint64_t produced = relay_load(&ctl->produced), consumed = relay_load(&ctl->consumed);
    uint64_t lapped = relay_load(&visit->buf->own->lapped);
    uint64_t skipped = relay_load(&visit->buf->own->lapped_subbufs), released;
    ssize_t got;

    note_waiting(visit);
    got = relay_file_read(reader->file, visit->scratch + carried, count);
    live_add(&reader->reads, 1);
    released = relay_load(&ctl->consumed) - consumed;
    skipped = relay_load(&visit->buf->own->lapped_subbufs) - skipped;
    live_add(&reader->lapped, relay_load(&visit->buf->own->lapped) - lapped);
    live_add(&reader->lapped_subbufs, skipped);
    if (got <= 0)
        note_zero(visit, produced);
    else
        live_add(&reader->bytes, (uint64_t)got);
    note_overtaken(visit, carried, overwritten, lapped);
    live_verify(visit->live, visit->home, visit->scratch, carried + (got > 0 ? (size_t)got : 0),
                false);
    if (released > skipped)
        note_report(visit, released - skipped);
    test_breaks(visit);
    return got > 0 ? (size_t)got : 0;
}

/* One call of `batch` bytes; or calls until nothing is left, a buffer full at most. */
static size_t visit_by_read(const struct visit *visit)
{
    size_t batch = visit->reader->plan->set.batch, whole = visit->buf->chan->alloc_size, sum = 0;
    size_t count = whole < RELAY_LIVE_MOST_READ ? whole : RELAY_LIVE_MOST_READ, got;

    if (batch)
        return read_once(visit, batch);
    do {
        got = read_once(visit, count);
        sum += got;
    } while (got == count && sum < whole && !must_leave(visit));
    return sum;
}

/* ---------------------------------------------------------------- by mapping */

/* Where this visit ends: at what is ready now, or after a batch. */
static void begin_visit(const struct visit *visit)
{
    struct live_reader *reader = visit->reader;
    uint64_t produced = relay_load_acquire(&visit->buf->ctl->produced);
    uint64_t batch = reader->plan->set.batch;

    if (reader->position > produced) /* the channel was reset */
        reader->position = relay_load(&visit->buf->ctl->consumed);
    reader->goal = produced;
    if (batch && reader->goal - reader->position > batch)
        reader->goal = reader->position + batch;
}

/* A reader whose sub-buffer was written over goes to the oldest that is whole; what it skips is
 * nothing of its batch. */
static void catch_up(const struct visit *visit)
{
    struct live_reader *reader = visit->reader;
    struct relay_ctl *ctl = visit->buf->ctl;
    uint64_t produced = relay_load_acquire(&ctl->produced), skipped;

    if (produced < reader->position + ctl->n_subbufs) { /* not written over: reset */
        reader->position = reader->goal = relay_load(&ctl->consumed);
        reader->unreported = 0;
        return;
    }
    skipped = produced - ctl->n_subbufs + 1 - reader->position;
    reader->begin = 0;
    live_add(&reader->lapped, 1);
    live_add(&reader->lapped_subbufs, skipped);
    reader->unreported += skipped;
    reader->position += skipped;
    if (reader->plan->set.batch)
        reader->goal = produced < reader->goal + skipped ? produced : reader->goal + skipped;
    if (reader->goal < reader->position)
        reader->goal = reader->position;
}

/* Copy out and verify a piece of what the slot says is there; whether that was the last one. */
static bool take_piece(const struct visit *visit)
{
    struct live_reader *reader = visit->reader;
    struct relay_ctl *ctl = visit->buf->ctl;
    struct relay_slot *slot = relay_slot_of(visit->buf, reader->position);
    uint64_t size = ctl->subbuf_size, padding = relay_load(&slot->padding);
    uint64_t at = reader->begin ? reader->begin : relay_load(&slot->header);
    uint64_t end = padding < size ? size - padding : 0;
    const unsigned char *subbuf = relay_mapping_address(reader->mapping);
    size_t carried = live_carry(reader, visit->scratch), count = at < end ? end - at : 0;
    bool last = count <= PIECE;

    subbuf += reader->position % ctl->n_subbufs * size;
    count = last ? count : PIECE;
    relay_copy_torn(visit->scratch + carried, subbuf + at, count);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    reader->stream.overtaken = relay_load(&slot->lap) != reader->position;
    reader->begin = last ? 0 : (uint32_t)(at + count);
    live_add(&reader->bytes, count);
    live_verify(visit->live, visit->home, visit->scratch, carried + count, last);
    return last;
}

static void take_subbuf(const struct visit *visit)
{
    if (take_piece(visit)) {
        visit->reader->position++;
        visit->reader->unreported++;
    }
    test_breaks(visit);
}

/* One report of at most n sub-buffers, made or forgotten. */
static void report(const struct visit *visit)
{
    struct live_reader *reader = visit->reader;
    const struct relay_live_reading *set = &reader->plan->set;
    struct relay_ctl *ctl = visit->buf->ctl;
    uint64_t count = reader->unreported < ctl->n_subbufs ? reader->unreported : ctl->n_subbufs;
    uint64_t consumed = relay_load(&ctl->consumed), extra, taken;

    reader->unreported -= count;
    if (set->forget_every && ++reader->turn % set->forget_every == 0) {
        live_add(&reader->forgotten, 1);
        return;
    }
    extra = reader->unreported ? 0 : set->report_extra;
    note_waiting(visit);
    relay_subbufs_consumed(visit->live->chan, ctl->cpu, count + extra);
    taken = relay_load(&ctl->consumed) - consumed;
    if (count + extra > ctl->n_subbufs)
        live_add(&reader->ignored, 1);
    else if (taken < count + extra)
        live_add(&reader->clamped, 1);
    note_report(visit, taken);
    test_breaks(visit);
}

/* Whether there was anything. */
static bool visit_by_mapping(const struct visit *visit)
{
    struct live_reader *reader = visit->reader;

    if (reader->position >= reader->goal && !reader->unreported)
        begin_visit(visit);
    if (reader->position >= reader->goal && !reader->unreported)
        return false;
    while (reader->position < reader->goal && !must_leave(visit)) {
        if (relay_load(&relay_slot_of(visit->buf, reader->position)->lap) != reader->position)
            catch_up(visit);
        else
            take_subbuf(visit);
    }
    while (reader->unreported && reader->position >= reader->goal && !must_leave(visit))
        report(visit);
    return true;
}

/* ---------------------------------------------------------------- when */

static void adopt(struct live_reader *reader, int64_t now)
{
    struct live_reading *plan = __atomic_exchange_n(&reader->next, NULL, __ATOMIC_ACQ_REL);

    live_drop_reading(reader->plan);
    reader->plan = plan;
    reader->due = now;
    if (relay_load(&reader->last_visit) == UINT64_MAX)
        relay_store(&reader->last_visit, (uint64_t)now / 1000);
    reader->stall_at = now + live_ns(plan->set.stall_every);
    if (plan->set.kind == RELAY_LIVE_NO_READER)
        live_close_reader(reader);
}

static bool stalls(struct live_reader *reader, int64_t now)
{
    const struct relay_live_reading *set = &reader->plan->set;
    int64_t stall = live_ns(set->stall);

    if (set->stall_every <= 0 || stall <= 0 || now < reader->stall_at)
        return false;
    live_add(&reader->stalls, 1);
    reader->due = now + stall;
    reader->stall_at = reader->due + live_ns(set->stall_every);
    return true;
}

/* One visit. False: nothing was there. */
static bool make_visit(const struct visit *visit)
{
    struct relay_ctl *ctl = visit->buf->ctl;
    uint64_t produced = relay_load(&ctl->produced);
    bool loses = live_note_visit(visit->live, visit->reader, ctl), found;

    found = visit->reader->plan->set.kind == RELAY_LIVE_READ ? visit_by_read(visit) > 0
                                                             : visit_by_mapping(visit);
    if (loses) {
        live_add(&visit->reader->losing_visits, 1);
        if (relay_load(&ctl->consumed) >= produced)
            live_add(&visit->reader->emptying_visits, 1);
    }
    return found;
}

int64_t live_serve_reader(struct live_thread *thread, struct live_cpu *home, int64_t now)
{
    struct relay_live *live = thread->live;
    struct live_reader *reader = &home->r;
    struct rchan_buf *buf = relay_cpu_buf(live->chan, live_cpu_number(live, home));
    struct visit visit = {live, home, reader, buf, thread->scratch, true};
    int64_t pace;
    bool found;

    if (relay_load(&reader->next))
        adopt(reader, now);
    if (!reader->plan || reader->plan->set.kind == RELAY_LIVE_NO_READER)
        return LIVE_NEVER;
    if (buf && live_home(live, buf) != home) /* read in another row */
        return LIVE_NEVER;
    if (reader->due > now || stalls(reader, now))
        return reader->due;
    if (!buf || !open_reader(reader, buf))
        return reader->due = now + LIVE_LONG_REST;
    found = make_visit(&visit);
    if (live_is_stopped(live))
        return now;
    if (!found && relay_load(&buf->ctl->finalized))
        return reader->due = LIVE_NEVER;
    pace = live_ns(reader->plan->set.pace);
    if (pace > 0)
        return reader->due = now + pace;
    return reader->due = found ? now : now + LIVE_REST;
}

int64_t live_read_pass(struct live_thread *thread)
{
    struct relay_live *live = thread->live;
    int64_t now = live_now(live), soonest = LIVE_NEVER;

    for (unsigned i = thread->index; i < live->chan->cpus; i += thread->step) {
        int64_t due = live_serve_reader(thread, &live->cpus[i], now);

        if (due < soonest)
            soonest = due;
        if (live_is_stopped(live))
            return now;
    }
    return soonest;
}

/* ---------------------------------------------------------------- drain */

/* Read calls until one changes nothing. What is carried then has no rest. */
static void drain_by_read(const struct visit *visit)
{
    const struct rchan *chan = visit->buf->chan;
    size_t count =
        chan->alloc_size < RELAY_LIVE_MOST_READ ? chan->alloc_size : RELAY_LIVE_MOST_READ;
    size_t most = 4 * chan->alloc_size + count, got;
    uint64_t consumed, carried;

    do {
        consumed = relay_load(&visit->buf->ctl->consumed);
        got = read_once(visit, count);
        most = most > got ? most - got : 0;
    } while (most && (got || consumed != relay_load(&visit->buf->ctl->consumed)));
    carried = live_carry(visit->reader, visit->scratch);
    live_verify(visit->live, visit->home, visit->scratch, carried, true);
}

/* Whether the reader has had all there is: a mapping does not show an unfinished sub-buffer. */
static bool has_all(const struct visit *visit)
{
    const struct relay_ctl *ctl = visit->buf->ctl;

    return visit->reader->plan->set.kind == RELAY_LIVE_READ ||
           relay_load(&ctl->events) == relay_load(&ctl->events_begin);
}

static void miss_the_rest(struct relay_live *live, const struct live_cpu *home)
{
    for (unsigned i = 0; i < live->chan->cpus; i++) {
        struct live_cpu *cpu = &live->cpus[i];

        if (cpu == home || live->chan->is_global)
            live_miss(&cpu->c, relay_load(&cpu->w.attempted));
    }
}

int live_drain_all(struct relay_live *live)
{
    struct rchan_buf *buf;
    unsigned char *scratch = malloc(LIVE_SCRATCH);

    if (!scratch) {
        relay_set_error(RELAY_ERR_NO_MEMORY);
        return -ENOMEM;
    }
    RELAY_EACH_BUF (live->chan, buf) {
        struct live_cpu *home = live_home(live, buf);
        struct visit visit = {live, home, &home->r, buf, scratch, false};

        if (relay_load(&home->r.next))
            adopt(&home->r, live_now(live));
        if (!home->r.plan || home->r.plan->set.kind == RELAY_LIVE_NO_READER ||
            !open_reader(&home->r, buf))
            continue;
        if (home->r.plan->set.kind == RELAY_LIVE_READ)
            drain_by_read(&visit);
        else
            while (visit_by_mapping(&visit))
                ;
        if (has_all(&visit))
            miss_the_rest(live, home);
    }
    free(scratch);
    return 0;
}
