/* SPDX-License-Identifier: MIT */
/*
 * Visits of a pool's readers to buffers, by read or by mapping. A visit is made of operations (a read
 * call; the copy of a sub-buffer; a report); a thread that is stopped leaves the visit between two of
 * them and takes it up again where it was.
 */
#include "visit.h"

#include <fcntl.h>
#include <sys/mman.h>

#define PIECE RELAY_LIVE_MOST_READ /* bytes copied at once */

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

bool live_open_reader(struct live_reader *reader, struct rchan_buf *buf)
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

/* How far the writer has come, as far as it can be in a reader's way. */
static struct live_mark mark(const struct rchan_buf *buf)
{
    return (struct live_mark){relay_load(&buf->ctl->account[RELAY_OVERWRITTEN].events),
                              relay_load(&buf->own->lapped)};
}

/*
 * Verify what an operation brought behind what was carried. The writer was in its way if it came round
 * since the oldest of these bytes were read, and those that are carried may be of an earlier one.
 */
static void verify(const struct visit *visit, size_t carried, size_t got, struct live_mark before,
                   bool last)
{
    struct live_stream *stream = &visit->reader->stream;
    struct live_mark since = carried ? stream->mark : before, now = mark(visit->buf);

    stream->overtaken |= now.overwritten != since.overwritten || now.lapped != since.lapped;
    live_verify(visit->live, visit->home, visit->scratch, carried + got, last);
    stream->overtaken = false;
    if (stream->carried <= got) /* these are the last ones, behind any lap */
        stream->mark = (struct live_mark){before.overwritten, now.lapped};
}

void live_end_stream(const struct visit *visit)
{
    size_t carried = live_carry(visit->reader, visit->scratch);

    verify(visit, carried, 0, mark(visit->buf), true);
}

size_t live_read_once(const struct visit *visit, size_t count)
{
    struct live_reader *reader = visit->reader;
    struct relay_ctl *ctl = visit->buf->ctl;
    size_t carried = live_carry(reader, visit->scratch);
    struct live_mark before = mark(visit->buf);
    uint64_t produced = relay_load(&ctl->produced), consumed = relay_load(&ctl->consumed);
    uint64_t skipped = relay_load(&visit->buf->own->lapped_subbufs), released;
    ssize_t got;

    note_waiting(visit);
    relay_store(&reader->releasing, UINT32_MAX); /* a lap can be any number */
    got = relay_file_read(reader->file, visit->scratch + carried, count);
    live_add(&reader->reads, 1);
    released = relay_load(&ctl->consumed) - consumed;
    skipped = relay_load(&visit->buf->own->lapped_subbufs) - skipped;
    live_add(&reader->lapped, relay_load(&visit->buf->own->lapped) - before.lapped);
    live_add(&reader->lapped_subbufs, skipped);
    if (got <= 0)
        note_zero(visit, produced);
    else
        live_add(&reader->bytes, (uint64_t)got);
    verify(visit, carried, got > 0 ? (size_t)got : 0, before, false);
    if (released > skipped)
        note_report(visit, released - skipped);
    relay_store_release(&reader->releasing, 0);
    test_breaks(visit);
    return got > 0 ? (size_t)got : 0;
}

size_t live_visit_by_read(const struct visit *visit)
{
    size_t batch = visit->reader->plan->set.batch, whole = visit->buf->chan->alloc_size, sum = 0;
    size_t count = whole < RELAY_LIVE_MOST_READ ? whole : RELAY_LIVE_MOST_READ, got;

    if (batch)
        return live_read_once(visit, batch);
    do {
        got = live_read_once(visit, count);
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
    reader->stream.mark.lapped = UINT64_MAX; /* it was the writer who took the rest away */
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
    struct live_mark before = mark(visit->buf);
    bool last = count <= PIECE;

    subbuf += reader->position % ctl->n_subbufs * size;
    count = last ? count : PIECE;
    relay_copy_torn(visit->scratch + carried, subbuf + at, count);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    reader->stream.overtaken = relay_load(&slot->lap) != reader->position;
    reader->begin = last ? 0 : (uint32_t)(at + count);
    live_add(&reader->bytes, count);
    verify(visit, carried, count, before, last);
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
    relay_store(&reader->releasing, count + extra);
    relay_subbufs_consumed(visit->live->chan, ctl->cpu, count + extra);
    taken = relay_load(&ctl->consumed) - consumed;
    if (count + extra > ctl->n_subbufs)
        live_add(&reader->ignored, 1);
    else if (taken < count + extra)
        live_add(&reader->clamped, 1);
    note_report(visit, taken);
    relay_store_release(&reader->releasing, 0);
    test_breaks(visit);
}

bool live_visit_by_mapping(const struct visit *visit)
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
