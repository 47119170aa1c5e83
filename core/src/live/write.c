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

/* ---------------------------------------------------------------- flush */

/* A buffer before a flush. */
struct before {
    uint64_t produced;
    uint64_t events; /* in the sub-buffer being written */
};

static void note_flush(const struct live_thread *thread, struct rchan_buf *buf,
                       const struct before *before)
{
    struct relay_live *live = thread->live;
    struct live_cpu *home = live_home(live, buf);
    struct relay_ctl *ctl = buf->ctl;
    uint64_t produced = relay_load(&ctl->produced);
    const struct relay_slot *slot = relay_slot_of(buf, before->produced);
    bool is_there = relay_load(&slot->lap) == before->produced; /* of one alone it is not */
    bool mine = (unsigned)ctl->cpu % thread->step == thread->index;

    live_add_shared(&home->w.flushes, 1);
    if (produced > before->produced) {
        live_add_shared(&home->w.flushed, 1);
        live_add_shared(&home->w.flush_padding,
                        is_there ? relay_load(&slot->padding) : relay_load(&ctl->prev_padding));
        if ((is_there ? relay_load(&slot->events) : before->events) == 0)
            live_add_shared(&home->w.flushed_empty, 1);
        if (mine) {
            note_ends(&home->w, ctl, produced, live_attempted_bytes(live, home));
            note_ready(&home->w, ctl, produced);
        }
    }
    live_test_breaks(live, home, home, false);
}

/* One flush is one operation. */
static void flush(struct live_thread *thread)
{
    struct relay_live *live = thread->live;
    struct before *before = (struct before *)(void *)thread->scratch;
    struct rchan_buf *buf;

    if (live_is_stopped(live))
        return;
    RELAY_EACH_BUF (live->chan, buf)
        before[buf->ctl->cpu] =
            (struct before){relay_load(&buf->ctl->produced),
                            relay_load(&buf->ctl->events) - relay_load(&buf->ctl->events_begin)};
    relay_flush(live->chan);
    RELAY_EACH_BUF (live->chan, buf)
        note_flush(thread, buf, &before[buf->ctl->cpu]);
}

/* A writer that flushes behind its events. */
static void flush_behind(struct live_thread *thread, struct live_writer *writer)
{
    if (!writer->plan->flush_after || writer->unflushed < writer->plan->flush_after ||
        live_is_stopped(thread->live))
        return;
    writer->unflushed = 0;
    flush(thread);
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

    if (plan->flush_after && count > plan->flush_after - cpu->w.unflushed)
        count = plan->flush_after - cpu->w.unflushed;
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

    flush_behind(thread, &cpu->w); /* it was stopped before that */
    while (way && done < count && !live_is_stopped(live)) {
        struct batch batch;
        uint32_t tried;

        make_batch(thread, cpu, count - done, &batch);
        tried = write_batch(live, cpu, way, &batch);
        cpu->w.at = (cpu->w.at + tried) % cpu->w.plan->count;
        done += tried;
        cpu->w.unflushed += tried;
        flush_behind(thread, &cpu->w);
        if (tried < batch.count || relay_load(&way->ctl->finalized))
            break;
    }
    return done;
}

/* ---------------------------------------------------------------- when */

/* The end of the burst that `time` is in; or, with its begin in the future, of the next one. */
static int64_t burst_end(const struct live_writer *writer, int64_t time, int64_t *begin)
{
    const struct live_writing *plan = writer->plan;
    int64_t burst;

    *begin = time;
    if (plan->burst_on == LIVE_NEVER)
        return LIVE_NEVER;
    burst = writer->since + (time - writer->since) / plan->burst_cycle * plan->burst_cycle;
    if (time - burst >= plan->burst_on)
        *begin = burst += plan->burst_cycle;
    return burst + plan->burst_on;
}

/* Count events from here on. */
static int64_t begin_turns(struct live_writer *writer, int64_t time)
{
    writer->turn = 0;
    return writer->due = writer->begin = time;
}

static void take_turns(struct live_writer *writer, uint64_t count)
{
    writer->turn += count;
    writer->due = writer->begin + live_turn_time(writer->plan, writer->turn);
}

/* How many more are due by `time`. */
static uint64_t turns_due(const struct live_writer *writer, int64_t time)
{
    uint64_t turns;

    if (time < writer->due)
        return 0;
    turns = live_turns_until(writer->plan, time - writer->begin);
    return turns - writer->turn;
}

static int64_t nowhere(struct relay_live *live, struct live_cpu *cpu)
{
    live_add(&cpu->w.nowhere, 1);
    return begin_turns(&cpu->w, live_now(live) + LIVE_LONG_REST);
}

static bool is_finalized(struct relay_live *live, const struct live_cpu *cpu)
{
    struct rchan_buf *buf = relay_cpu_buf(live->chan, live_cpu_number(live, cpu));

    return buf && relay_load(&buf->ctl->finalized);
}

/* Unthrottled: a slice, then it is due again at once. */
static int64_t write_flat_out(struct live_thread *thread, struct live_cpu *cpu, int64_t now)
{
    int64_t begin;

    burst_end(&cpu->w, now, &begin);
    if (begin > now)
        return cpu->w.due = begin;
    if (write_events(thread, cpu, LIVE_SLICE) == 0 && !live_is_stopped(thread->live))
        return nowhere(thread->live, cpu);
    return cpu->w.due = now;
}

/* What fell due long ago will not be written: whole records, so that they begin where they did. */
static void give_up(struct live_writer *writer, int64_t time)
{
    uint64_t due = turns_due(writer, time), skipped = due - due % writer->plan->pieces;

    live_add(&writer->skipped, skipped);
    take_turns(writer, skipped);
}

/* A rate: all that fell due since the last visit, burst by burst. */
static int64_t write_owed(struct live_thread *thread, struct live_cpu *cpu, int64_t now)
{
    struct live_writer *writer = &cpu->w;
    int64_t begin, last = burst_end(writer, writer->due, &begin) - 1;
    uint64_t owed, most = thread->live->sim && thread->live->watched ? 1 : LIVE_SLICE * 4;
    uint32_t done;

    if (begin > writer->due)
        begin_turns(writer, begin);
    if (last > now)
        last = now;
    if (!thread->live->sim && now - writer->due > LIVE_BEHIND)
        give_up(writer, last < now - LIVE_BEHIND ? last : now - LIVE_BEHIND);
    owed = turns_due(writer, last);
    if (!owed)
        return writer->due;
    done = write_events(thread, cpu, (uint32_t)(owed < most ? owed : most));
    take_turns(writer, done);
    if (done == 0 && !live_is_stopped(thread->live))
        return nowhere(thread->live, cpu);
    return writer->due;
}

static bool writes(const struct live_writing *plan)
{
    return plan && (plan->flat_out || plan->events);
}

/* When a new setting starts: at once; but a rate that is changed again and again keeps its distance. */
static int64_t first_due(const struct live_writer *writer, const struct live_writing *plan,
                         int64_t now)
{
    int64_t latest = now;

    if (!writes(writer->plan))
        return now;
    if (plan->events)
        latest += live_turn_time(plan, plan->pieces);
    return writer->due < latest ? writer->due : latest;
}

static void adopt(struct relay_live *live, struct live_cpu *cpu, int64_t now)
{
    struct live_writing *plan = __atomic_exchange_n(&cpu->w.next, NULL, __ATOMIC_ACQ_REL);
    struct rchan_buf *buf = relay_cpu_buf(live->chan, live_cpu_number(live, cpu));

    begin_turns(&cpu->w, first_due(&cpu->w, plan, now));
    live_drop_writing(cpu->w.plan);
    cpu->w.plan = plan;
    cpu->w.since = now;
    cpu->w.at = cpu->w.unflushed = 0;
    relay_store(&cpu->w.records, plan ? (uint64_t)plan->pieces << 48 | cpu->w.attempted : 0);
    if (buf && writes(plan)) {
        struct live_cpu *home = live_home(live, buf);

        if (!home->w.ends)
            relay_store_release(&home->w.ends,
                                calloc(buf->ctl->n_subbufs, sizeof(struct live_end)));
    }
}

int64_t live_serve_writer(struct live_thread *thread, struct live_cpu *cpu, int64_t now)
{
    if (relay_load(&cpu->w.next))
        adopt(thread->live, cpu, live_now(thread->live));
    if (!writes(cpu->w.plan))
        return LIVE_NEVER;
    if (cpu->w.due > now)
        return cpu->w.due;
    if (is_finalized(thread->live, cpu) && relay_load(&cpu->w.lost[RELAY_LOST_CLOSED]))
        return LIVE_NEVER; /* one late event shows it; more would only be counted */
    return cpu->w.plan->flat_out ? write_flat_out(thread, cpu, now) : write_owed(thread, cpu, now);
}

/* ---------------------------------------------------------------- flushes by the clock */

int64_t live_flush_due(struct relay_live *live, int64_t now)
{
    int64_t every = relay_load(&live->flush_every);

    if (every <= 0)
        return live->flush_due = LIVE_NEVER;
    if (live->flush_due > now + every)
        live->flush_due = now + every;
    return live->flush_due;
}

/* The first writer thread makes them. */
int64_t live_serve_flush(struct live_thread *thread, int64_t now)
{
    struct relay_live *live = thread->live;

    if (live_flush_due(live, now) <= now) {
        flush(thread);
        live->flush_due = now + relay_load(&live->flush_every);
    }
    return live->flush_due;
}

/* ---------------------------------------------------------------- pass */

void live_resume_writers(struct live_thread *thread)
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

int64_t live_write_pass(struct live_thread *thread)
{
    struct relay_live *live = thread->live;
    int64_t now = live_now(live), soonest = LIVE_NEVER;

    if (thread->resumed)
        live_resume_writers(thread);
    if (thread->index == 0)
        soonest = live_serve_flush(thread, now);
    for (unsigned i = thread->index; i < live->chan->cpus; i += thread->step) {
        int64_t due = live_serve_writer(thread, &live->cpus[i], now);

        if (due < soonest)
            soonest = due;
        if (live_is_stopped(live))
            return now;
    }
    return soonest <= now || soonest > now + LIVE_TICK ? soonest : now + LIVE_TICK;
}
