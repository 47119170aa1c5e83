/* SPDX-License-Identifier: MIT */
/* The writers of a live pool: what is due, event by event, and the flushes. */
#include <stdlib.h>

#include "event.h"
#include "pool.h"

#define BATCH 16          /* events that are made at once, … */
#define BATCH_BYTES 16384 /* … as long as they stay in the cache */

uint64_t live_attempted_bytes(struct relay_live *live, const struct live_cpu *home)
{
    uint64_t bytes = 0;

    if (!live->chan->is_global)
        return relay_load(&home->w.attempted_bytes);
    for (unsigned i = 0; i < live->chan->cpus; i++)
        bytes += relay_load(&live->cpus[i].w.attempted_bytes);
    return bytes;
}

/* ---------------------------------------------------------------- behind an operation */

/* Sub-buffers up to `produced` are finished, at `bytes` attempted. */
static void note_ends(struct live_writer *writer, const struct relay_ctl *ctl, uint64_t produced,
                      uint64_t bytes)
{
    uint64_t lap = writer->seen;

    if (produced > lap + ctl->n_subbufs)
        lap = produced - ctl->n_subbufs;
    for (; writer->ends && lap < produced; lap++) {
        struct live_end *end = &writer->ends[lap % ctl->n_subbufs];

        relay_store(&end->lap, 0);
        __atomic_thread_fence(__ATOMIC_RELEASE);
        relay_store(&end->bytes, bytes);
        relay_store_release(&end->lap, lap + 1);
    }
    writer->seen = produced;
}

static void note_ready(struct live_writer *writer, const struct relay_ctl *ctl, uint64_t produced)
{
    uint64_t consumed = relay_load(&ctl->consumed);
    uint64_t ready = produced > consumed ? produced - consumed : 0;

    live_raise(&writer->most_ready, ready);
    live_raise(&writer->recent_ready, ready);
}

/* The buffer was switched, or the event was not stored. Kept out of the loop of events. */
static __attribute__((noinline)) void note_outcome(struct relay_live *live, struct live_cpu *cpu,
                                                   const struct rchan_buf *buf,
                                                   enum relay_outcome outcome, uint32_t length)
{
    struct live_cpu *home = live_home(live, buf);
    struct relay_ctl *ctl = buf->ctl;
    uint64_t produced = relay_load(&ctl->produced);

    if (outcome != RELAY_STORED) {
        live_add(&cpu->w.lost[outcome], 1);
        live_add(&cpu->w.lost_bytes, length);
    }
    if (produced != home->w.seen) {
        if (produced > home->w.seen)
            live_add(&cpu->w.switches, produced - home->w.seen);
        if (outcome == RELAY_LOST_TOO_BIG)
            live_add(&cpu->w.burned, 1);
        note_ends(&home->w, ctl, produced, live_attempted_bytes(live, home) - length);
        note_ready(&home->w, ctl, produced);
    }
    live_test_breaks(live, cpu, home, false);
}

/* ---------------------------------------------------------------- events */

/* Events that are made before they are written: a copy right behind the making would wait for it. */
struct batch {
    uint32_t count;
    uint32_t lengths[BATCH];
    const unsigned char *events[BATCH];
};

static void make_batch(struct live_thread *thread, struct live_cpu *cpu, uint32_t count,
                       struct batch *batch)
{
    const struct live_writing *plan = cpu->w.plan;
    unsigned number = live_cpu_number(thread->live, cpu);
    unsigned char *to = thread->scratch, *end = to + BATCH_BYTES;
    uint32_t at = cpu->w.at, i = 0;

    do {
        uint32_t length = plan->sizes[at];

        live_event_make(to, number, cpu->w.attempted + i, length, thread->live->session);
        batch->lengths[i] = length;
        batch->events[i++] = to;
        to += (length + 7) & ~7u;
        at = at + 1 < plan->count ? at + 1 : 0;
    } while (i < count && i < BATCH && to < end);
    batch->count = i;
}

/* Write the events of a batch, look whether to stop before each; how many were tried. */
static uint32_t write_batch(struct relay_live *live, struct live_cpu *cpu,
                            const struct relay_way *way, const struct batch *batch)
{
    const struct live_writer *home = &live_home(live, way->buf)->w;
    uint64_t tried = cpu->w.attempted, bytes = cpu->w.attempted_bytes;
    unsigned number = live_cpu_number(live, cpu);
    uint32_t i = 0;

    for (; i < batch->count && !live_is_stopped(live); i++) {
        uint32_t length = batch->lengths[i];
        enum relay_outcome outcome;

        relay_store(&cpu->w.attempted, tried + 1);
        relay_store(&cpu->w.attempted_bytes, bytes + length);
        outcome = relay_write_on(live->chan, number, batch->events[i], length);
        if (RELAY_UNLIKELY(outcome == RELAY_LOST_NO_BUFFER)) {
            relay_store(&cpu->w.attempted, tried);
            relay_store(&cpu->w.attempted_bytes, bytes);
            break;
        }
        tried++;
        bytes += length;
        if (RELAY_UNLIKELY(outcome != RELAY_STORED ||
                           relay_load(&way->ctl->produced) != home->seen || live->break_each))
            note_outcome(live, cpu, way->buf, outcome, length);
        if (RELAY_UNLIKELY(outcome == RELAY_LOST_CLOSED))
            return i + 1;
    }
    return i;
}

/* Write up to `count` events; how many were tried. Ends early: stopped, or nowhere to write to. */
static uint32_t write_events(struct live_thread *thread, struct live_cpu *cpu, uint32_t count)
{
    struct relay_live *live = thread->live;
    const struct relay_way *way = relay_way_of(live->chan, live_cpu_number(live, cpu));
    uint32_t done = 0;

    while (way && done < count && !live_is_stopped(live)) {
        struct batch batch;
        uint32_t tried;

        make_batch(thread, cpu, count - done, &batch);
        tried = write_batch(live, cpu, way, &batch);
        cpu->w.at = (cpu->w.at + tried) % cpu->w.plan->count;
        done += tried;
        if (tried < batch.count || relay_load(&way->ctl->finalized))
            break;
    }
    return done;
}

/* ---------------------------------------------------------------- when */

/* The end of the burst that `time` is in; or, with its begin in the future, where the next begins. */
static double burst_end(const struct live_writer *writer, double time, double *begin)
{
    const struct live_writing *plan = writer->plan;
    double cycles;

    *begin = time;
    if (isinf(plan->burst_on))
        return INFINITY;
    cycles = floor((time - writer->since) / plan->burst_cycle);
    if (time - writer->since - cycles * plan->burst_cycle >= plan->burst_on)
        *begin = writer->since + ++cycles * plan->burst_cycle;
    return writer->since + cycles * plan->burst_cycle + plan->burst_on;
}

static double nowhere(struct live_cpu *cpu, double now)
{
    live_add(&cpu->w.nowhere, 1);
    return cpu->w.due = now + LIVE_LONG_REST;
}

static bool is_finalized(struct relay_live *live, const struct live_cpu *cpu)
{
    struct rchan_buf *buf = relay_cpu_buf(live->chan, live_cpu_number(live, cpu));

    return buf && relay_load(&buf->ctl->finalized);
}

/* Unthrottled: a slice, then it is due again at once. */
static double write_flat_out(struct live_thread *thread, struct live_cpu *cpu, double now)
{
    double begin, end = burst_end(&cpu->w, now, &begin);

    (void)end;
    if (begin > now)
        return cpu->w.due = begin;
    if (write_events(thread, cpu, LIVE_SLICE) == 0 && !live_is_stopped(thread->live))
        return nowhere(cpu, now);
    return cpu->w.due = now;
}

/* A rate: all that fell due since the last visit, burst by burst. */
static double write_owed(struct live_thread *thread, struct live_cpu *cpu, double now)
{
    double interval = cpu->w.plan->interval, begin, end, owed, skipped;
    uint32_t done, wanted;

    end = burst_end(&cpu->w, cpu->w.due, &begin);
    cpu->w.due = begin;
    if (begin > now)
        return begin;
    if (now - begin > LIVE_BEHIND) {
        skipped = floor((now - begin - LIVE_BEHIND) / interval);
        if (isfinite(end) && end < now)
            skipped = fmin(skipped, floor((end - begin) / interval));
        live_add(&cpu->w.skipped, (uint64_t)fmin(skipped, 1e18));
        begin = cpu->w.due += skipped * interval;
    }
    owed = floor((fmin(now, end) - begin) / interval) + 1;
    wanted = owed < 4 * LIVE_SLICE ? (uint32_t)owed : 4 * LIVE_SLICE;
    done = write_events(thread, cpu, wanted);
    cpu->w.due += done * interval;
    if (done == 0 && !live_is_stopped(thread->live))
        return nowhere(cpu, now);
    return cpu->w.due;
}

/* A new setting starts at once; but a rate that is changed again and again keeps its distance. */
static void adopt(struct relay_live *live, struct live_cpu *cpu, double now)
{
    struct live_writing *plan = __atomic_exchange_n(&cpu->w.next, NULL, __ATOMIC_ACQ_REL);
    struct rchan_buf *buf = relay_cpu_buf(live->chan, live_cpu_number(live, cpu));
    bool goes_on = cpu->w.plan && isfinite(cpu->w.plan->interval);

    live_drop_writing(cpu->w.plan);
    cpu->w.plan = plan;
    cpu->w.due = goes_on ? fmin(cpu->w.due, now + plan->interval) : now;
    cpu->w.since = now;
    cpu->w.at = 0;
    if (buf && isfinite(plan->interval)) {
        struct live_cpu *home = live_home(live, buf);

        if (!home->w.ends)
            relay_store_release(&home->w.ends,
                                calloc(buf->ctl->n_subbufs, sizeof(struct live_end)));
    }
}

static double serve(struct live_thread *thread, struct live_cpu *cpu, double now)
{
    if (relay_load(&cpu->w.next))
        adopt(thread->live, cpu, now);
    if (!cpu->w.plan || isinf(cpu->w.plan->interval))
        return LIVE_NEVER;
    if (cpu->w.due > now)
        return cpu->w.due;
    if (is_finalized(thread->live, cpu) && relay_load(&cpu->w.lost[RELAY_LOST_CLOSED]))
        return LIVE_NEVER; /* one late event shows it; more would only be counted */
    return cpu->w.plan->interval > 0 ? write_owed(thread, cpu, now)
                                     : write_flat_out(thread, cpu, now);
}

/* ---------------------------------------------------------------- flush */

static void note_flush(struct relay_live *live, struct rchan_buf *buf, uint64_t before)
{
    struct live_cpu *home = live_home(live, buf);
    struct relay_ctl *ctl = buf->ctl;
    uint64_t produced = relay_load(&ctl->produced);
    bool mine = (unsigned)ctl->cpu % live->n_writers == 0;

    if (produced > before) {
        live_add(&home->w.flushed, 1);
        if (relay_load(&relay_slot_of(buf, before)->events) == 0)
            live_add(&home->w.flushed_empty, 1);
        if (mine) {
            note_ends(&home->w, ctl, produced, live_attempted_bytes(live, home));
            note_ready(&home->w, ctl, produced);
        }
    }
    live_test_breaks(live, home, home, false);
}

/* One flush is one operation; the first writer thread makes them. */
static void flush(struct live_thread *thread)
{
    struct relay_live *live = thread->live;
    uint64_t *before = (uint64_t *)(void *)thread->scratch;
    struct rchan_buf *buf;

    if (live_is_stopped(live))
        return;
    RELAY_EACH_BUF (live->chan, buf)
        before[buf->ctl->cpu] = relay_load(&buf->ctl->produced);
    relay_flush(live->chan);
    RELAY_EACH_BUF (live->chan, buf)
        note_flush(live, buf, before[buf->ctl->cpu]);
}

static double flush_if_due(struct live_thread *thread, double now)
{
    struct relay_live *live = thread->live;
    double every = (double)relay_load(&live->flush_ns) * 1e-9;

    if (every <= 0)
        return live->flush_due = LIVE_NEVER;
    if (live->flush_due > now + every)
        live->flush_due = now + every;
    if (live->flush_due <= now) {
        flush(thread);
        live->flush_due = now + every;
    }
    return live->flush_due;
}

/* ---------------------------------------------------------------- pass */

/* What others did while the threads stood is none of the writers'. */
static void resume(struct live_thread *thread)
{
    struct relay_live *live = thread->live;
    struct rchan_buf *buf;

    thread->resumed = false;
    RELAY_EACH_BUF (live->chan, buf) {
        struct live_cpu *home = live_home(live, buf);

        if (buf->ctl->cpu % thread->step == thread->index)
            note_ends(&home->w, buf->ctl, relay_load(&buf->ctl->produced),
                      live_attempted_bytes(live, home));
    }
}

double live_write_pass(struct live_thread *thread)
{
    struct relay_live *live = thread->live;
    double now = live_now(live), soonest = LIVE_NEVER;

    if (thread->resumed)
        resume(thread);
    if (thread->index == 0)
        soonest = flush_if_due(thread, now);
    for (unsigned i = thread->index; i < live->chan->cpus; i += thread->step) {
        double due = serve(thread, &live->cpus[i], now);

        if (due < soonest)
            soonest = due;
        if (live_is_stopped(live))
            return now;
    }
    return soonest <= now ? soonest : fmax(soonest, now + LIVE_TICK);
}
