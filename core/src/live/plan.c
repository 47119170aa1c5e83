/* SPDX-License-Identifier: MIT */
/* Settings of the live pool: checked, made into plans, put into the mailboxes of their CPUs. */
#include <errno.h>
#include <stdlib.h>

#include "pool.h"

#define DRAWN 4096 /* sizes that are drawn at once, then repeated */
#define A_DAY 86400.0
#define FASTEST 1e12 /* events a second; more is as fast as it goes */
#define SLOWEST 1e-6 /* less writes one event, and the next on another day */
#define MANTISSA 53
#define SHORTEST_FLUSH 100e-6

void live_drop_writing(struct live_writing *plan)
{
    if (plan && __atomic_sub_fetch(&plan->refs, 1, __ATOMIC_ACQ_REL) == 0)
        free(plan);
}

void live_drop_reading(struct live_reading *plan)
{
    if (plan && __atomic_sub_fetch(&plan->refs, 1, __ATOMIC_ACQ_REL) == 0)
        free(plan);
}

static int refuse(enum relay_error_code error, int result)
{
    relay_set_error(error);
    return result;
}

bool live_is_time(double seconds)
{
    return seconds >= 0 && seconds <= A_DAY;
}

/* ---------------------------------------------------------------- sizes */

static bool is_size(uint32_t bytes)
{
    return bytes >= RELAY_LIVE_SHORTEST && bytes <= RELAY_LIVE_LONGEST;
}

static bool are_sizes(const struct relay_live_writing *set)
{
    switch (set->sizes) {
    case RELAY_LIVE_FIXED:
        return is_size(set->min);
    case RELAY_LIVE_EXPONENTIAL:
        if (!(set->mean >= set->min && set->mean <= set->max))
            return false;
        /* fall through */
    case RELAY_LIVE_UNIFORM:
        return is_size(set->min) && is_size(set->max) && set->min <= set->max;
    case RELAY_LIVE_LIST:
        if (!set->list || set->count == 0 || set->count > RELAY_LIVE_MOST_SIZES)
            return false;
        for (size_t i = 0; i < set->count; i++)
            if (!is_size(set->list[i]))
                return false;
        return true;
    }
    return false;
}

/* 0 … 1, 1 left out (splitmix64). */
static double draw(uint64_t *state)
{
    uint64_t value = *state += UINT64_C(0x9e3779b97f4a7c15);

    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((value ^ (value >> 31)) >> 11) * 0x1p-53;
}

static uint32_t draw_size(const struct relay_live_writing *set, uint64_t *state)
{
    double value = draw(state);

    if (set->sizes == RELAY_LIVE_UNIFORM)
        return set->min + (uint32_t)(value * ((double)(set->max - set->min) + 1));
    value = -set->mean * log1p(-value);
    return value < set->min ? set->min : value > set->max ? set->max : (uint32_t)value;
}

static uint32_t count_of(const struct relay_live_writing *set)
{
    if (set->sizes == RELAY_LIVE_FIXED)
        return 1;
    return set->sizes == RELAY_LIVE_LIST ? (uint32_t)set->count : DRAWN;
}

static void fill_sizes(struct relay_live *live, struct live_writing *plan,
                       const struct relay_live_writing *set)
{
    pthread_mutex_lock(&live->mutex);
    for (uint32_t i = 0; i < plan->count; i++) {
        if (set->sizes == RELAY_LIVE_LIST)
            plan->sizes[i] = set->list[i];
        else
            plan->sizes[i] =
                set->sizes == RELAY_LIVE_FIXED ? set->min : draw_size(set, &live->drawn);
    }
    pthread_mutex_unlock(&live->mutex);
}

/* ---------------------------------------------------------------- writing */

static enum relay_error_code check_writing(const struct relay_live_writing *set)
{
    if (!(set->rate >= 0))
        return RELAY_ERR_LIVE_RATE;
    if (set->rate > 0 && !are_sizes(set))
        return RELAY_ERR_LIVE_SIZES;
    if (set->pieces > RELAY_LIVE_MOST_PIECES)
        return RELAY_ERR_LIVE_SIZES;
    if (!live_is_time(set->burst_on) || !live_is_time(set->burst_off))
        return RELAY_ERR_LIVE_TIME;
    return RELAY_ERR_OK;
}

/* On a simulated clock an event takes as long as was said. */
static double most_rate(const struct relay_live *live)
{
    return live->event_seconds > 0 ? 1 / live->event_seconds : INFINITY;
}

/* A rate as events in 2^shift seconds, exactly. */
static void set_rate(struct live_writing *plan, double rate)
{
    int exponent;
    uint64_t events = (uint64_t)ldexp(frexp(fmax(rate, SLOWEST), &exponent), MANTISSA);
    int shift = MANTISSA - exponent; /* above 0: FASTEST is below 2^53 */

    for (; shift > 0 && events % 2 == 0; shift--)
        events /= 2;
    plan->events = events;
    plan->shift = (unsigned)shift;
}

/* Products of times and rates, which both take up to 63 bits. */
__extension__ typedef unsigned __int128 wide;

static wide span_of_turns(const struct live_writing *plan, uint64_t turns)
{
    return (wide)turns * 1000000000 << plan->shift;
}

int64_t live_turn_time(const struct live_writing *plan, uint64_t turn)
{
    return (int64_t)(span_of_turns(plan, turn - turn % plan->pieces) / plan->events);
}

uint64_t live_turns_until(const struct live_writing *plan, int64_t time)
{
    uint64_t last = (uint64_t)(((wide)(time + 1) * plan->events - 1) / span_of_turns(plan, 1));

    return last - last % plan->pieces + plan->pieces;
}

static struct live_writing *plan_writing(struct relay_live *live,
                                         const struct relay_live_writing *set)
{
    uint32_t count = set->rate > 0 ? count_of(set) : 0;
    struct live_writing *plan = malloc(sizeof(*plan) + count * sizeof(plan->sizes[0]));
    bool bursts = live_ns(set->burst_on) > 0 && live_ns(set->burst_off) > 0;
    double rate = fmin(set->rate, most_rate(live));

    if (!plan)
        return NULL;
    *plan = (struct live_writing){.refs = 1,
                                  .flat_out = rate > FASTEST,
                                  .burst_on = bursts ? live_ns(set->burst_on) : LIVE_NEVER,
                                  .burst_cycle = live_ns(set->burst_on) + live_ns(set->burst_off),
                                  .flush_after = set->flush_after,
                                  .pieces = set->pieces ? set->pieces : 1,
                                  .count = count};
    if (rate > 0 && !plan->flat_out)
        set_rate(plan, rate);
    fill_sizes(live, plan, set);
    return plan;
}

static void post_writing(struct relay_live *live, unsigned cpu, struct live_writing *plan)
{
    __atomic_fetch_add(&plan->refs, 1, __ATOMIC_RELAXED);
    live_drop_writing(__atomic_exchange_n(&live->cpus[cpu].w.next, plan, __ATOMIC_ACQ_REL));
}

/* Whether the CPUs are the channel's, and the pool open: 0 or what to return. */
static int check_target(struct relay_live *live, const uint32_t *cpus, size_t count)
{
    bool closed;

    for (size_t i = 0; cpus && i < count; i++)
        if (cpus[i] >= live->chan->cpus)
            return refuse(RELAY_ERR_CPU, -EINVAL);
    pthread_mutex_lock(&live->mutex);
    closed = live->closed;
    pthread_mutex_unlock(&live->mutex);
    return closed ? refuse(RELAY_ERR_CLOSED, -EBADF) : 0;
}

/* The CPUs that are meant: those of the list, or all. */
static size_t count_cpus(const struct relay_live *live, const uint32_t *cpus, size_t count)
{
    return cpus ? count : live->chan->cpus;
}

static unsigned cpu_at(const uint32_t *cpus, size_t i)
{
    return cpus ? cpus[i] : (unsigned)i;
}

RELAY_EXPORT int relay_live_set_writing(struct relay_live *live,
                                        const struct relay_live_writing *writing,
                                        const uint32_t *cpus, size_t count)
{
    enum relay_error_code error = check_writing(writing);
    int result = error ? refuse(error, -EINVAL) : check_target(live, cpus, count);
    struct live_writing *plan;

    if (!result && live->sim && fmin(writing->rate, most_rate(live)) > FASTEST)
        result = refuse(RELAY_ERR_LIVE_CLOCK, -EINVAL);
    if (result)
        return result;
    plan = plan_writing(live, writing);
    if (!plan)
        return refuse(RELAY_ERR_NO_MEMORY, -ENOMEM);
    for (size_t i = 0; i < count_cpus(live, cpus, count); i++)
        post_writing(live, cpu_at(cpus, i), plan);
    live_drop_writing(plan);
    live_poke(live);
    return 0;
}

/* ---------------------------------------------------------------- reading */

static enum relay_error_code check_reading(const struct relay_live_reading *set)
{
    if (set->kind > RELAY_LIVE_MMAP)
        return RELAY_ERR_ARGUMENT;
    if (!live_is_time(set->pace) || !live_is_time(set->stall) || !live_is_time(set->stall_every))
        return RELAY_ERR_LIVE_TIME;
    if (set->kind == RELAY_LIVE_READ && set->batch > RELAY_LIVE_MOST_READ)
        return RELAY_ERR_LIVE_BATCH;
    return RELAY_ERR_OK;
}

/* The buffer of a CPU, on line or not; NULL: none yet. */
static struct rchan_buf *buf_of(struct relay_live *live, unsigned cpu)
{
    return live->chan->is_global ? relay_next_buf(live->chan, &(unsigned){0})
                                 : relay_cpu_buf(live->chan, cpu);
}

/* A buffer that is there must have a file. */
static bool is_readable(struct relay_live *live, unsigned cpu)
{
    struct rchan_buf *buf = buf_of(live, cpu);

    return !buf || relay_load(&buf->ctl->has_file);
}

static void post_reading(struct relay_live *live, unsigned cpu, struct live_reading *plan)
{
    struct rchan_buf *buf = buf_of(live, cpu);
    struct live_cpu *home = buf ? live_home(live, buf) : &live->cpus[cpu];

    __atomic_fetch_add(&plan->refs, 1, __ATOMIC_RELAXED);
    live_drop_reading(__atomic_exchange_n(&home->r.next, plan, __ATOMIC_ACQ_REL));
}

RELAY_EXPORT int relay_live_set_reading(struct relay_live *live,
                                        const struct relay_live_reading *reading,
                                        const uint32_t *cpus, size_t count)
{
    enum relay_error_code error = check_reading(reading);
    int result = error ? refuse(error, -EINVAL) : check_target(live, cpus, count);
    size_t all = count_cpus(live, cpus, count);
    struct live_reading *plan;

    if (result)
        return result;
    for (size_t i = 0; reading->kind != RELAY_LIVE_NO_READER && i < all; i++)
        if (!is_readable(live, cpu_at(cpus, i)))
            return refuse(RELAY_ERR_NOT_FOUND, -ENOENT);
    plan = malloc(sizeof(*plan));
    if (!plan)
        return refuse(RELAY_ERR_NO_MEMORY, -ENOMEM);
    *plan = (struct live_reading){.refs = 1, .set = *reading};
    for (size_t i = 0; i < all; i++)
        post_reading(live, cpu_at(cpus, i), plan);
    live_drop_reading(plan);
    live_poke(live);
    return 0;
}

RELAY_EXPORT int relay_live_set_flush(struct relay_live *live, double seconds)
{
    int result = check_target(live, NULL, 0);

    if (!live_is_time(seconds) || (seconds > 0 && seconds < SHORTEST_FLUSH))
        return refuse(RELAY_ERR_LIVE_TIME, -EINVAL);
    if (result)
        return result;
    relay_store(&live->flush_every, live_ns(seconds));
    live_poke(live);
    return 0;
}
