/* SPDX-License-Identifier: MIT */
/* What the tests of the live pool share: channels, pools, waiting, and the laws of what was counted. */
#ifndef RELAY_TESTS_LIVE_LOAD_H
#define RELAY_TESTS_LIVE_LOAD_H

#include <math.h>

#include "check.h"
#include "kit.h"
#include "relay/relay_live.h"

#define LIVE_PATIENCE 60.0 /* seconds until what should have come is given up */

/* A channel and its pool. */
struct load {
    struct rchan *chan;
    struct relay_live *live;
    struct relay_live_counts sum; /* of all CPUs, by load_count */
};

/* How a channel is made. */
struct load_options {
    size_t subbuf_size, n_subbufs, header;
    unsigned cpus, threads; /* threads of each kind */
    bool overwrites, is_global, one_writer, simulated;
};

static inline struct dentry *load_global_file(const char *name, struct dentry *parent,
                                              uint16_t mode, struct rchan_buf *buf, int *is_global)
{
    *is_global = 1;
    return relay_default_create_buf_file(name, parent, mode, buf, is_global);
}

static inline const struct rchan_callbacks *load_callbacks(bool overwrites, bool is_global)
{
    static struct rchan_callbacks tables[4];
    struct rchan_callbacks *table = &tables[overwrites * 2 + is_global];

    table->subbuf_start = overwrites ? relay_overwrite : relay_no_overwrite;
    table->create_buf_file = is_global ? load_global_file : relay_default_create_buf_file;
    table->remove_buf_file = relay_default_remove_buf_file;
    return table;
}

static inline struct load load_open(const struct load_options *set)
{
    struct relay_options opt = {.cpus = set->cpus ? set->cpus : 1,
                                .header_size = set->header,
                                .writers =
                                    set->one_writer ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY};
    struct relay_live_options threads = {.writer_threads = set->threads,
                                         .reader_threads = set->threads,
                                         .seed = 1,
                                         .simulated = set->simulated};
    struct load load = {0};

    load.chan = relay_open_on("cpu", NULL, set->subbuf_size, set->n_subbufs,
                              load_callbacks(set->overwrites, set->is_global), NULL, &opt);
    NEED(load.chan);
    load.live = relay_live_open(load.chan, &threads);
    NEED(load.live);
    return load;
}

static inline void load_close(struct load *load)
{
    relay_live_close(load->live);
    kit_close(load->chan);
}

/* All CPUs write without pause. */
static inline struct relay_live_writing load_flat_out(uint32_t least, uint32_t most)
{
    return (struct relay_live_writing){
        .rate = INFINITY, .sizes = RELAY_LIVE_UNIFORM, .min = least, .max = most};
}

static inline void load_write(struct load *load, struct relay_live_writing writing)
{
    CHECK_EQ(relay_live_set_writing(load->live, &writing, NULL, 0), 0);
}

static inline void load_read(struct load *load, struct relay_live_reading reading)
{
    CHECK_EQ(relay_live_set_reading(load->live, &reading, NULL, 0), 0);
}

static inline void load_break(struct load *load, uint32_t grows, enum relay_live_counter reaches,
                              uint64_t value)
{
    struct relay_live_break where = {.grows = grows, .reaches = reaches, .value = value};

    CHECK_EQ(relay_live_set_break(load->live, &where), 0);
}

/* Run until the break is met. */
static inline struct relay_live_hit load_run(struct load *load)
{
    struct relay_live_hit hit = {.counter = RELAY_LIVE_N_COUNTERS};

    CHECK_EQ(relay_live_run(load->live), 0);
    CHECK(relay_live_wait_hit(load->live, LIVE_PATIENCE, &hit));
    return hit;
}

/* Run until some CPU has attempted so many events more. */
static inline void load_run_for(struct load *load, uint64_t events)
{
    uint64_t most = 0;
    static struct relay_live_counts rows[RELAY_MAX_CPUS];
    size_t count = relay_live_totals(load->live, rows, RELAY_MAX_CPUS);

    for (size_t i = 0; i < count; i++)
        most = rows[i].attempted > most ? rows[i].attempted : most;
    load_break(load, 0, RELAY_LIVE_ATTEMPTED, most + events);
    CHECK_EQ(load_run(load).counter, RELAY_LIVE_ATTEMPTED);
}

static inline void load_count(struct load *load)
{
    static struct relay_live_counts rows[RELAY_MAX_CPUS];
    size_t count = relay_live_totals(load->live, rows, RELAY_MAX_CPUS);
    uint64_t *sum = (uint64_t *)&load->sum;

    memset(&load->sum, 0, sizeof(load->sum));
    for (size_t i = 0; i < count; i++)
        for (size_t field = 0; field < sizeof(load->sum) / sizeof(uint64_t); field++)
            sum[field] += ((uint64_t *)&rows[i])[field];
}

/* On a simulated clock, which takes a sample every 50 ms, but not at the very end. */
static inline void load_simulate(struct load *load, double seconds)
{
    CHECK_EQ(relay_live_simulate(load->live, seconds), 0);
    relay_live_sample(load->live);
}

/* Somebody else's events, of 16 bytes. */
static inline void load_put(struct load *load, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        kit_put(load->chan, 0, 'a', 16);
}

/* Finish the sub-buffers being written, which a full buffer refuses, and read all. */
static inline void load_drain(struct load *load)
{
    CHECK_EQ(relay_live_drain(load->live), 0);
    load_count(load);
}

/* Behind a drain by read each number has come or is missing. */
static inline void load_check_numbers(const struct load *load)
{
    CHECK_EQ(load->sum.intact + load->sum.missing - load->sum.late, load->sum.attempted);
}

static inline struct relay_account load_account(struct load *load)
{
    struct relay_account sum = {0}, account;
    struct rchan_buf *bufs[RELAY_MAX_CPUS];
    size_t count = relay_bufs(load->chan, bufs, RELAY_MAX_CPUS);

    for (size_t i = 0; i < count; i++) {
        relay_buf_account(bufs[i], &account);
        CHECK(kit_conserved(&account));
        CHECK(relay_buf_is_valid(bufs[i]));
        for (size_t field = 0; field < sizeof(sum) / sizeof(uint64_t); field++)
            ((uint64_t *)&sum)[field] += ((uint64_t *)&account)[field];
        relay_buf_put(bufs[i]);
    }
    return sum;
}

/* What the pool and the core counted of the writers must be the same; nobody else has written. */
static inline struct relay_account load_agrees(struct load *load)
{
    struct relay_account account = load_account(load);

    load_count(load);
    CHECK_EQ(load->sum.attempted, account.attempted.events);
    CHECK_EQ(load->sum.attempted_bytes, account.attempted.bytes);
    CHECK_EQ(load->sum.stored, account.accepted.events);
    CHECK_EQ(load->sum.stored_bytes, account.accepted.bytes);
    CHECK_EQ(load->sum.refused_full, account.fate[RELAY_REFUSED_FULL].events);
    CHECK_EQ(load->sum.too_big, account.fate[RELAY_TOO_BIG].events);
    CHECK_EQ(load->sum.busy, account.fate[RELAY_BUSY].events);
    CHECK_EQ(load->sum.written_late, account.fate[RELAY_WRITTEN_LATE].events);
    return account;
}

/*
 * A channel of 3 CPUs that is too small for who writes to it, and flushes; readers are for the test to
 * add. Simulated; `largest` is the most bytes of an event of CPU 1, which writes in bursts.
 */
static inline struct load load_open_mixed(bool overwrites, bool is_global, uint32_t largest)
{
    const struct load_options set = {.subbuf_size = 1024,
                                     .n_subbufs = 4,
                                     .cpus = 3,
                                     .overwrites = overwrites,
                                     .is_global = is_global,
                                     .header = 8,
                                     .simulated = true};
    struct relay_live_writing bursts = {.rate = 7001,
                                        .sizes = RELAY_LIVE_UNIFORM,
                                        .min = 16,
                                        .max = largest,
                                        .burst_on = 0.03,
                                        .burst_off = 0.017};
    struct load load = load_open(&set);

    load_write(&load, (struct relay_live_writing){.rate = 333.3, .min = 64});
    CHECK_EQ(relay_live_set_writing(load.live, &bursts, (uint32_t[]){1}, 1), 0);
    CHECK_EQ(relay_live_set_flush(load.live, 0.011), 0);
    return load;
}

#endif
