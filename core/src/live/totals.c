/* SPDX-License-Identifier: MIT */
/* The counters of a live pool, a row for each CPU. */
#include "pool.h"

static void put_writer(struct relay_live_counts *row, const struct live_writer *writer)
{
    uint64_t lost = 0;

    row->refused_full = relay_load(&writer->lost[RELAY_LOST_FULL]);
    row->too_big = relay_load(&writer->lost[RELAY_LOST_TOO_BIG]);
    row->busy = relay_load(&writer->lost[RELAY_LOST_BUSY]);
    row->written_late = relay_load(&writer->lost[RELAY_LOST_CLOSED]);
    lost = row->refused_full + row->too_big + row->busy + row->written_late;
    row->stored_bytes = relay_load(&writer->lost_bytes);
    row->attempted = relay_load(&writer->attempted);
    row->attempted_bytes = relay_load(&writer->attempted_bytes);
    row->stored = row->attempted - lost;
    row->stored_bytes = row->attempted_bytes - row->stored_bytes;
    row->nowhere = relay_load(&writer->nowhere);
    row->skipped = relay_load(&writer->skipped);
    row->asked = row->attempted + row->skipped;
    row->switches = relay_load(&writer->switches);
    row->burned = relay_load(&writer->burned);
    row->flushes = relay_load(&writer->flushes);
    row->flushed = relay_load(&writer->flushed);
    row->flushed_empty = relay_load(&writer->flushed_empty);
    row->flush_padding = relay_load(&writer->flush_padding);
    row->most_ready = relay_load(&writer->most_ready);
    row->recent_ready = relay_load(&writer->sampled_ready);
}

static void put_check(struct relay_live_counts *row, const struct live_check *check)
{
    row->intact = relay_load(&check->intact);
    row->intact_bytes = relay_load(&check->intact_bytes);
    row->torn = relay_load(&check->torn);
    row->displaced = relay_load(&check->displaced);
    row->missing = relay_load(&check->missing);
    row->late = relay_load(&check->late);
    row->twice = relay_load(&check->twice);
    row->twice_bytes = relay_load(&check->twice_bytes);
    row->torn_records = relay_load(&check->torn_records);
}

static void put_reader(struct relay_live_counts *row, const struct live_reader *reader,
                       const struct rchan_buf *buf)
{
    uint64_t produced = buf ? relay_load(&buf->ctl->produced) : 0;
    uint64_t before = relay_load(&reader->produced), released = relay_load(&reader->most_backlog);
    uint64_t sampled = relay_load(&reader->sampled_backlog);

    row->releasing = relay_load_acquire(&reader->releasing); /* before what it becomes */
    row->most_backlog = released > sampled ? released : sampled;
    row->unwritten = relay_load(&reader->unwritten);
    row->torn_bytes = relay_load(&reader->torn_bytes);
    row->header_bytes = relay_load(&reader->header_bytes);
    row->bytes = relay_load(&reader->bytes);
    row->visits = relay_load(&reader->visits);
    row->reads = relay_load(&reader->reads);
    row->zero_empty = relay_load(&reader->zero_empty);
    row->zero_border = relay_load(&reader->zero_border);
    row->zero_blocked = relay_load(&reader->zero_blocked);
    row->zero_finalized = relay_load(&reader->zero_finalized);
    row->lapped = relay_load(&reader->lapped);
    row->lapped_subbufs = relay_load(&reader->lapped_subbufs);
    row->stalls = relay_load(&reader->stalls);
    row->reports = relay_load(&reader->reports);
    row->reported = relay_load(&reader->reported);
    row->forgotten = relay_load(&reader->forgotten);
    row->clamped = relay_load(&reader->clamped);
    row->ignored = relay_load(&reader->ignored);
    row->since_report = produced > before ? produced - before : 0;
    row->longest_gap = relay_load(&reader->longest_gap);
    row->last_report = relay_load(&reader->last_report);
    for (unsigned i = 0; i < RELAY_LIVE_GAPS; i++)
        row->gaps[i] = relay_load(&reader->gaps[i]);
}

static void put_visits(struct relay_live_counts *row, const struct live_reader *reader,
                       const struct rchan_buf *buf)
{
    uint64_t before = relay_load(&reader->lost), lost = buf ? live_lost_for_room(buf->ctl) : 0;

    row->longest_away = relay_load(&reader->longest_away);
    row->last_visit = relay_load(&reader->last_visit);
    row->lost_since_visit = lost > before ? lost - before : 0;
    row->losing_visits = relay_load(&reader->losing_visits);
    row->emptying_visits = relay_load(&reader->emptying_visits);
    for (unsigned i = 0; i < RELAY_LIVE_GAPS; i++) {
        row->away[i] = relay_load(&reader->away[i]);
        row->away_time[i] = relay_load(&reader->away_time[i]);
        row->away_lost[i] = relay_load(&reader->away_lost[i]);
    }
}

/* The buffer whose counters are in the CPU's row. */
static struct rchan_buf *own_buf(struct relay_live *live, unsigned cpu)
{
    struct rchan_buf *buf = relay_cpu_buf(live->chan, cpu);

    return buf && buf->ctl->cpu == cpu ? buf : NULL;
}

RELAY_EXPORT size_t relay_live_totals(struct relay_live *live, struct relay_live_counts *rows,
                                      size_t size)
{
    for (unsigned i = 0; i < live->chan->cpus && i < size; i++) {
        put_writer(&rows[i], &live->cpus[i].w);
        put_check(&rows[i], &live->cpus[i].c);
        put_reader(&rows[i], &live->cpus[i].r, own_buf(live, i));
        put_visits(&rows[i], &live->cpus[i].r, own_buf(live, i));
        rows[i].cpu = i;
    }
    return live->chan->cpus;
}

RELAY_EXPORT void relay_live_measure_anew(struct relay_live *live)
{
    uint64_t now = (uint64_t)(relay_live_time(live) * 1e6);

    for (unsigned i = 0; i < live->chan->cpus; i++) {
        struct live_cpu *cpu = &live->cpus[i];

        relay_store(&cpu->w.most_ready, 0);
        relay_store(&cpu->r.longest_gap, 0);
        relay_store(&cpu->r.longest_away, 0);
        relay_store(&cpu->r.most_backlog, 0);
        relay_store(&cpu->r.sampled_backlog, 0);
        relay_store(&cpu->r.base, live_attempted_bytes(live, cpu));
        if (relay_load(&cpu->r.last_visit) < now)
            relay_store(&cpu->r.last_visit, now);
    }
}
