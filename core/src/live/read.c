/* SPDX-License-Identifier: MIT */
/* The readers of a live pool: when each visits its buffer, and how all take what is left. */
#include <errno.h>
#include <stdlib.h>

#include "visit.h"

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

    found = visit->reader->plan->set.kind == RELAY_LIVE_READ ? live_visit_by_read(visit) > 0
                                                             : live_visit_by_mapping(visit);
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
    if (!buf || !live_open_reader(reader, buf))
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
    uint64_t consumed;

    do {
        consumed = relay_load(&visit->buf->ctl->consumed);
        got = live_read_once(visit, count);
        most = most > got ? most - got : 0;
    } while (most && (got || consumed != relay_load(&visit->buf->ctl->consumed)));
    live_end_stream(visit);
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
            !live_open_reader(&home->r, buf))
            continue;
        if (home->r.plan->set.kind == RELAY_LIVE_READ)
            drain_by_read(&visit);
        else
            while (live_visit_by_mapping(&visit))
                ;
        if (has_all(&visit))
            miss_the_rest(live, home);
    }
    free(scratch);
    return 0;
}
