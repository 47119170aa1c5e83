/* SPDX-License-Identifier: MIT */
/* Breaks of a live pool: counters looked at behind an operation; who meets one stops everybody. */
#include "pool.h"

#define BIT(counter) (1u << (counter))
/* Of a CPU's events; the others are of a buffer. */
#define OF_CPU                                                                                     \
    (BIT(RELAY_LIVE_ATTEMPTED) | BIT(RELAY_LIVE_STORED) | BIT(RELAY_LIVE_INTACT) |                 \
     BIT(RELAY_LIVE_TORN) | BIT(RELAY_LIVE_MISSING) | BIT(RELAY_LIVE_TWICE) |                      \
     BIT(RELAY_LIVE_TORN_RECORDS))
/* Changed by every event; the others by switches, losses and readers. */
#define OF_EACH (BIT(RELAY_LIVE_ATTEMPTED) | BIT(RELAY_LIVE_STORED))
/* Found out by readers: a writer would see them half-way. */
#define OF_READER                                                                                  \
    (BIT(RELAY_LIVE_LAPPED) | BIT(RELAY_LIVE_INTACT) | BIT(RELAY_LIVE_TORN) |                      \
     BIT(RELAY_LIVE_MISSING) | BIT(RELAY_LIVE_TWICE) | BIT(RELAY_LIVE_UNWRITTEN) |                 \
     BIT(RELAY_LIVE_TORN_RECORDS))
#define LEVELS (BIT(RELAY_LIVE_READY) | BIT(RELAY_LIVE_FULL)) /* they fall, too */

RELAY_EXPORT const char *relay_live_counter_name(enum relay_live_counter counter)
{
    static const char *const names[RELAY_LIVE_N_COUNTERS] = {
        [RELAY_REFUSED_FULL] = "refused_full",
        [RELAY_TOO_BIG] = "too_big",
        [RELAY_BUSY] = "busy",
        [RELAY_WRITTEN_LATE] = "written_late",
        [RELAY_OVERWRITTEN] = "overwritten",
        [RELAY_DISCARDED_RESET] = "discarded_reset",
        [RELAY_DISCARDED_CLOSE] = "discarded_close",
        [RELAY_CONSUMED] = "consumed",
        [RELAY_RELEASED_UNREAD] = "released_unread",
        [RELAY_LIVE_PRODUCED] = "produced",
        [RELAY_LIVE_RELEASED] = "released",
        [RELAY_LIVE_READY] = "ready",
        [RELAY_LIVE_FULL] = "full",
        [RELAY_LIVE_ATTEMPTED] = "attempted",
        [RELAY_LIVE_STORED] = "stored",
        [RELAY_LIVE_LOST] = "lost",
        [RELAY_LIVE_LAPPED] = "lapped",
        [RELAY_LIVE_INTACT] = "intact",
        [RELAY_LIVE_TORN] = "torn",
        [RELAY_LIVE_MISSING] = "missing",
        [RELAY_LIVE_TWICE] = "twice",
        [RELAY_LIVE_UNWRITTEN] = "unwritten",
        [RELAY_LIVE_TORN_RECORDS] = "torn_records",
    };

    return (unsigned)counter < RELAY_LIVE_N_COUNTERS ? names[counter] : NULL;
}

static uint64_t count_lost(const struct relay_ctl *ctl)
{
    uint64_t lost = 0;

    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++)
        if (fate != RELAY_CONSUMED)
            lost += relay_load(&ctl->account[fate].events);
    return lost;
}

static uint64_t of_cpu(const struct live_cpu *cpu, enum relay_live_counter counter)
{
    switch (counter) {
    case RELAY_LIVE_ATTEMPTED:
        return relay_load(&cpu->w.attempted);
    case RELAY_LIVE_INTACT:
        return relay_load(&cpu->c.intact);
    case RELAY_LIVE_TORN:
        return relay_load(&cpu->c.torn);
    case RELAY_LIVE_MISSING:
        return relay_load(&cpu->c.missing);
    case RELAY_LIVE_TWICE:
        return relay_load(&cpu->c.twice);
    case RELAY_LIVE_TORN_RECORDS:
        return relay_load(&cpu->c.torn_records);
    default: { /* stored */
        uint64_t lost = 0;

        for (unsigned i = 0; i <= RELAY_LOST_CLOSED; i++)
            lost += relay_load(&cpu->w.lost[i]);
        return relay_load(&cpu->w.attempted) - lost;
    }
    }
}

static uint64_t of_buffer(const struct live_cpu *home, const struct relay_ctl *ctl,
                          enum relay_live_counter counter)
{
    uint64_t consumed = relay_load_acquire(&ctl->consumed), produced = relay_load(&ctl->produced);
    uint64_t ready = produced > consumed ? produced - consumed : 0;

    switch (counter) {
    case RELAY_LIVE_PRODUCED:
        return produced;
    case RELAY_LIVE_RELEASED:
        return consumed;
    case RELAY_LIVE_READY:
        return ready;
    case RELAY_LIVE_FULL:
        return ready >= ctl->n_subbufs;
    case RELAY_LIVE_LOST:
        return count_lost(ctl);
    case RELAY_LIVE_LAPPED:
        return relay_load(&home->r.lapped);
    case RELAY_LIVE_UNWRITTEN:
        return relay_load(&home->r.unwritten);
    default:
        return relay_load(&ctl->account[counter].events);
    }
}

/* What a counter says; the row that it is measured in. */
static uint64_t look(struct relay_live *live, const struct live_cpu *cpu,
                     const struct live_cpu *home, enum relay_live_counter counter, unsigned *row)
{
    struct rchan_buf *buf = relay_cpu_buf(live->chan, live_cpu_number(live, home));

    *row = live_cpu_number(live, BIT(counter) & OF_CPU ? cpu : home);
    if (BIT(counter) & OF_CPU)
        return of_cpu(cpu, counter);
    return buf ? of_buffer(home, buf->ctl, counter) : 0;
}

static void hit(struct relay_live *live, const struct live_cpu *cpu,
                enum relay_live_counter counter, uint64_t value)
{
    uint32_t none = 0;

    relay_store(&live->stop, 1);
    if (!__atomic_compare_exchange_n(&live->taken, &none, 1, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED))
        return;
    pthread_mutex_lock(&live->mutex);
    live_halt(live);
    live->has_hit = true;
    live->hit = (struct relay_live_hit){.counter = counter,
                                        .cpu = live_cpu_number(live, cpu),
                                        .number = relay_load(&cpu->w.attempted),
                                        .value = value,
                                        .time = (double)(live->halted_at - live->shift) / 1e9};
    pthread_mutex_unlock(&live->mutex);
}

/* Whether a counter has come to what is waited for, measured from `was`. */
static bool is_met(const struct relay_live_break *where, unsigned counter, uint64_t value,
                   uint64_t was)
{
    if (where->grows & BIT(counter) && value > was)
        return true;
    return where->value && where->reaches == counter && value >= where->value && was < where->value;
}

static __attribute__((noinline)) void test(struct relay_live *live, struct live_cpu *cpu,
                                           struct live_cpu *home, uint32_t watched)
{
    for (uint32_t left = watched; left; left &= left - 1) {
        unsigned counter = (unsigned)__builtin_ctz(left), row;
        uint64_t value = look(live, cpu, home, counter, &row);
        uint64_t *was = &live->was[row][counter];

        if (is_met(&live->where, counter, value, relay_load(was)))
            hit(live, &live->cpus[row], counter, value);
        if (BIT(counter) & LEVELS)
            relay_store(was, value);
    }
}

void live_test_breaks(struct relay_live *live, struct live_cpu *cpu, struct live_cpu *home,
                      bool reads)
{
    const struct relay_live_break *where = &live->where;

    if (RELAY_LIKELY(!live->watched))
        return;
    if (where->one_cpu && where->cpu != live_cpu_number(live, cpu))
        return;
    test(live, cpu, home, live->watched & ~(reads ? OF_EACH : OF_READER));
}

void live_arm_breaks(struct relay_live *live)
{
    const struct relay_live_break *where = &live->where;

    live->watched = where->grows | (where->value ? BIT(where->reaches) : 0);
    live->break_each = (live->watched & OF_EACH) != 0;
    for (unsigned i = 0; live->watched && i < live->chan->cpus; i++) {
        struct rchan_buf *buf = relay_cpu_buf(live->chan, i);
        struct live_cpu *cpu = &live->cpus[i], *home = buf ? live_home(live, buf) : cpu;

        for (unsigned counter = 0; counter < RELAY_LIVE_N_COUNTERS; counter++) {
            unsigned row;
            uint64_t value = look(live, cpu, home, counter, &row);

            live->was[row][counter] = value;
        }
    }
}
