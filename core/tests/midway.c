/* SPDX-License-Identifier: MIT */
/*
 * Half-way: a call is made at one probe of another, and what both leave behind is looked at. Writers
 * in a signal handler while a flush waits, observers within a switch, reads of what is written over.
 * Built with a library whose probes call.
 */
#include <pthread.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "../src/internal.h"
#include "check.h"
#include "kit.h"
#include "relay/relay_live.h"
#include "relay/relay_save.h"

enum { SUBBUF = 16, WATCHDOG_S = 60 };

static struct rchan *chan;
static struct rchan_buf *buf;
static struct relay_file *file;

/* What is called at a probe of this thread, once; and, behind it, at that thread's every probe. */
static _Thread_local struct {
    int probe; /* -1: none, or it was called */
    void (*call)(void);
    void (*each)(int id);
} midway = {.probe = -1};

void relay_probe_hit(int id)
{
    if (midway.each)
        midway.each(id);
    if (id != midway.probe)
        return;
    midway.probe = -1;
    midway.call();
}

static void begin(const struct rchan_callbacks *cb, size_t n_subbufs, enum relay_writers writers)
{
    struct relay_options opt = {.cpus = 1, .writers = writers};

    chan = kit_open_with(cb, SUBBUF, n_subbufs, &opt);
    buf = relay_cpu_buf(chan, 0);
    file = kit_file(0, O_RDONLY);
    alarm(WATCHDOG_S); /* what waits for itself ends the program */
}

static void end(void)
{
    alarm(0);
    relay_file_close(file);
    kit_close(chan);
}

/* Come to a probe of the next call, and make another one there. */
static void at(int probe, void (*call)(void))
{
    midway.probe = probe;
    midway.call = call;
}

/* ---------------------------------------------------------------- writers in a signal handler */

static struct {
    pthread_t thread;
    bool waits, stands; /* atomic: it asked for the buffer to stand still, and it does */
    bool too_early;     /* it stood although the interrupted writer was inside */
} flusher;
static bool is_inside; /* atomic: the interrupted writer has looked and not yet moved offset */
static enum relay_outcome nested;

static void look_at_flush(int id)
{
    if (id == RELAY_PROBE_QUIESCE_WAIT)
        __atomic_store_n(&flusher.waits, true, __ATOMIC_RELEASE);
    if (id != RELAY_PROBE_QUIESCE_DONE)
        return;
    flusher.too_early |= __atomic_load_n(&is_inside, __ATOMIC_ACQUIRE);
    __atomic_store_n(&flusher.stands, true, __ATOMIC_RELEASE);
}

static void *flush(void *unused)
{
    midway.each = look_at_flush;
    relay_flush(chan);
    return unused;
}

/* In the handler: another thread's flush holds the buffer and waits for the interrupted writer. */
static void begin_flush(void)
{
    memset(&flusher, 0, sizeof(flusher));
    __atomic_store_n(&is_inside, true, __ATOMIC_RELEASE);
    NEED(pthread_create(&flusher.thread, NULL, flush, NULL) == 0);
    while (!__atomic_load_n(&flusher.waits, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&flusher.stands, __ATOMIC_ACQUIRE))
        sched_yield();
}

/* The handler's writer is gone: the mark is the interrupted writer's alone. */
static void check_mark(void)
{
    CHECK_EQ(relay_load(&buf->ctl->writing), 1);
    CHECK(!__atomic_load_n(&flusher.stands, __ATOMIC_ACQUIRE));
}

static void write_unprotected(void)
{
    begin_flush();
    nested = relay_write_nolock_on(chan, 0, "nest", 4);
    check_mark();
}

static void write_protected(void)
{
    begin_flush();
    nested = relay_write_on(chan, 0, "nest", 4);
    check_mark();
}

static void reserve(void)
{
    begin_flush();
    CHECK(!relay_reserve_on(chan, 0, 4, &nested));
    check_mark();
}

static void leave(int id)
{
    if (id == RELAY_PROBE_WRITE_ADVANCED || id == RELAY_PROBE_RESERVE_TAKEN)
        __atomic_store_n(&is_inside, false, __ATOMIC_RELEASE);
}

/* Neither waits for the flush, which waits for the interrupted writer; that one's event is whole. */
static void nested_writers_do_not_wait(void)
{
    void (*const handlers[])(void) = {write_unprotected, write_protected, reserve};

    for (size_t i = 0; i < 6; i++) {
        begin(&kit_no_overwrite, 4, RELAY_WRITERS_ONE);
        midway.each = leave;
        at(i < 3 ? RELAY_PROBE_WRITE_FITS : RELAY_PROBE_RESERVE_FITS, handlers[i % 3]);
        if (i < 3)
            CHECK_EQ(relay_write_on(chan, 0, "outer", 5), RELAY_STORED);
        else
            memcpy(relay_reserve_on(chan, 0, 5, NULL), "outer", 5);
        midway.each = NULL;
        pthread_join(flusher.thread, NULL);
        CHECK_EQ(nested, RELAY_LOST_BUSY);
        CHECK(!flusher.too_early);
        CHECK_EQ(relay_load(&buf->ctl->writing), 0);
        CHECK_STR(kit_state(buf), "p1 c0 off0 b0 [11 0 0 0]");
        CHECK_STR(kit_account(buf), "2/9: 1/5 unread, 1/4 busy");
        CHECK_STR(kit_read(file, 100), "outer");
        end();
    }
}

static void switch_for_nested(void)
{
    nested = relay_write_nolock_on(chan, 0, "nested nested", 13);
    CHECK_EQ(relay_load(&buf->ctl->writing), 1);
}

/* A handler's event that needs the next sub-buffer gets it: nobody holds the buffer. */
static void a_nested_writer_switches(void)
{
    begin(&kit_no_overwrite, 4, RELAY_WRITERS_ONE);
    CHECK_EQ(kit_put(chan, 0, 'a', 8), RELAY_STORED);
    at(RELAY_PROBE_WRITE_MARKED, switch_for_nested);
    CHECK_EQ(relay_write_nolock_on(chan, 0, "xyz", 3), RELAY_STORED);
    CHECK_EQ(nested, RELAY_STORED);
    CHECK_EQ(relay_load(&buf->ctl->writing), 0);
    CHECK_EQ(relay_load(&buf->ctl->lock), 0);
    CHECK_STR(kit_read(file, 100), "aaaaaaaanested nestedxyz");
    end();
}

static void write_and_look(void)
{
    nested = relay_write_on(chan, 0, "nest", 4);
    CHECK_EQ(relay_load(&buf->ctl->writing), 1);
}

/* In the slow path, where it holds the lock, the interrupted writer is marked as it was outside. */
static void a_writer_that_switches_is_marked(void)
{
    static const int probes[] = {RELAY_PROBE_SWITCH_ENTER, RELAY_PROBE_SWITCH_PRODUCED,
                                 RELAY_PROBE_SWITCH_CLEARED, RELAY_PROBE_WRITE_FITS};

    for (size_t i = 0; i < 8; i++) {
        begin(&kit_no_overwrite, 4, RELAY_WRITERS_ONE);
        kit_put(chan, 0, 'a', 12);
        at(i % 4 < 3 ? probes[i % 4]
           : i < 4   ? RELAY_PROBE_WRITE_FITS
                     : RELAY_PROBE_RESERVE_FITS,
           write_and_look);
        if (i < 4)
            CHECK_EQ(relay_write_on(chan, 0, "outer", 5), RELAY_STORED);
        else
            CHECK(relay_reserve_on(chan, 0, 5, NULL));
        CHECK_EQ(nested, RELAY_LOST_BUSY);
        CHECK_EQ(relay_load(&buf->ctl->writing), 0);
        CHECK_STR(kit_account(buf), "3/21: 2/17 unread, 1/4 busy");
        end();
    }
}

/* ---------------------------------------------------------------- an eventfd */

static struct {
    pthread_t thread;
    bool waits, has_it; /* atomic */
    int fd;
} asker;

static void look_at_asker(int id)
{
    if (id == RELAY_PROBE_LOCK_WAIT)
        __atomic_store_n(&asker.waits, true, __ATOMIC_RELEASE);
}

static void *ask(void *unused)
{
    midway.each = look_at_asker;
    asker.fd = relay_file_eventfd(file);
    __atomic_store_n(&asker.has_it, true, __ATOMIC_RELEASE);
    return unused;
}

static void ask_meanwhile(void)
{
    NEED(pthread_create(&asker.thread, NULL, ask, NULL) == 0);
    while (!__atomic_load_n(&asker.waits, __ATOMIC_ACQUIRE) &&
           !__atomic_load_n(&asker.has_it, __ATOMIC_ACQUIRE))
        sched_yield();
    CHECK(!__atomic_load_n(&asker.has_it, __ATOMIC_ACQUIRE));
    CHECK_EQ(buf->own->eventfd, -1);
}

/* Who asks for it waits until the buffer is nobody's: two who ask at once get one and the same. */
static void an_eventfd_is_made_by_one_at_a_time(void)
{
    begin(&kit_no_overwrite, 4, RELAY_WRITERS_MANY);
    kit_put(chan, 0, 'a', 12);
    at(RELAY_PROBE_SWITCH_PRODUCED, ask_meanwhile);
    kit_put(chan, 0, 'b', 12);
    CHECK_EQ(midway.probe, -1);
    pthread_join(asker.thread, NULL);
    CHECK(asker.fd >= 0 && asker.fd == relay_file_eventfd(file));
    CHECK_EQ(poll(&(struct pollfd){.fd = asker.fd, .events = POLLIN}, 1, 0), 1);
    end();
}

/* ---------------------------------------------------------------- restoring */

static unsigned char block[1 << 14];
static size_t block_size;

static void restore_here(void)
{
    CHECK_EQ(relay_restore(chan, block, block_size), -EDEADLK);
    CHECK_EQ(relay_error(), RELAY_ERR_BUSY);
}

static void write_here(void)
{
    nested = relay_write_on(chan, 0, "nest", 4);
}

/* What interrupted a writer that holds the buffer would wait for itself; a write that comes while
 * the buffer is half restored is lost, as in the middle of a reset. */
static void nothing_comes_between(enum relay_writers kind)
{
    begin(&kit_no_overwrite, 2, kind);
    kit_put(chan, 0, 'a', 5);
    block_size = (size_t)relay_save(chan, block, sizeof(block));
    NEED(block_size <= sizeof(block));
    at(RELAY_PROBE_SWITCH_PRODUCED, restore_here);
    kit_put(chan, 0, 'b', 15);
    CHECK_EQ(midway.probe, -1);
    CHECK_STR(kit_account(buf), "2/20: 2/20 unread");
    at(RELAY_PROBE_RESTORE_HALF, write_here);
    CHECK_EQ(relay_restore(chan, block, block_size), 0);
    CHECK_EQ(nested, RELAY_LOST_BUSY);
    CHECK_EQ(relay_load(&buf->ctl->writing), 0);
    CHECK_STR(kit_account(buf), "2/9: 1/5 unread, 1/4 busy");
    CHECK_EQ(kit_put(chan, 0, 'c', 3), RELAY_STORED);
    end();
}

static void a_restored_buffer_stands_still(void)
{
    nothing_comes_between(RELAY_WRITERS_MANY);
    nothing_comes_between(RELAY_WRITERS_ONE);
}

static void restore_meanwhile(void)
{
    CHECK_EQ(relay_restore(chan, block, block_size), 0);
}

/* The reader of a pool has been lapped as often as it was, whatever is restored while it reads. */
static void what_a_reader_counts_is_its_own(void)
{
    struct relay_live_options opt = {.simulated = true};
    struct relay_live_reading reading = {.kind = RELAY_LIVE_READ, .pace = 1, .batch = 8};
    struct relay_live_counts row;
    struct relay_live *live;

    begin(&kit_overwrite, 2, RELAY_WRITERS_MANY);
    live = relay_live_open(chan, &opt);
    NEED(live && relay_live_set_reading(live, &reading, NULL, 0) == 0);
    for (char byte = 'a'; byte < 'f'; byte++)
        kit_put(chan, 0, byte, 16);
    block_size = (size_t)relay_save(chan, block, sizeof(block));
    NEED(block_size <= sizeof(block));
    for (unsigned i = 0; i < 2; i++) {
        if (i)
            at(RELAY_PROBE_READ_COPIED, restore_meanwhile);
        CHECK_EQ(relay_live_simulate(live, 1), 0);
        CHECK_EQ(midway.probe, -1);
        relay_live_totals(live, &row, 1);
        CHECK_EQ(row.visits, i + 1);
        CHECK_EQ(row.lapped, 1);
        CHECK_EQ(row.lapped_subbufs, 3);
    }
    relay_live_close(live);
    end();
}

/* ---------------------------------------------------------------- observers */

static unsigned open_probes, closed_probes; /* probes within a change, and outside of one */

static void look_at_change(int id)
{
    static const int within[] = {
        RELAY_PROBE_SWITCH_PADDED, RELAY_PROBE_SWITCH_PRODUCED, RELAY_PROBE_SWITCH_SIZED,
        RELAY_PROBE_SWITCH_WOKEN,  RELAY_PROBE_SWITCH_REWOUND,  RELAY_PROBE_SWITCH_ASKED,
        RELAY_PROBE_SWITCH_MOVED,  RELAY_PROBE_SWITCH_CLEARED,  RELAY_PROBE_SWITCH_BLOCKED,
        RELAY_PROBE_RESET_COUNTED, RELAY_PROBE_RESET_REWOUND,   RELAY_PROBE_RESET_CLEARED,
    };
    bool expected = false;

    for (size_t i = 0; i < sizeof(within) / sizeof(*within); i++)
        expected |= id == within[i];
    CHECK_EQ(relay_load(&buf->ctl->switches) % 2, expected);
    open_probes += expected;
    closed_probes += !expected;
}

/* Who looks meanwhile, sees that something is half done: from the first step to the last. */
static void a_change_is_announced(void)
{
    uint32_t before;

    begin(&kit_no_overwrite, 2, RELAY_WRITERS_MANY);
    midway.each = look_at_change;
    open_probes = closed_probes = 0;
    for (int i = 0; i < 3; i++) { /* stored, stored after a switch, refused */
        before = relay_load(&buf->ctl->switches);
        kit_put(chan, 0, 'a', 16);
        CHECK_EQ(relay_load(&buf->ctl->switches) - before, i ? 2 : 0);
    }
    before = relay_load(&buf->ctl->switches);
    relay_subbufs_consumed(chan, 0, 1);
    CHECK_EQ(relay_load(&buf->ctl->switches) - before, 2);
    relay_flush(chan);
    relay_reset(chan);
    block_size = (size_t)relay_save(chan, block, sizeof(block));
    before = relay_load(&buf->ctl->switches);
    CHECK_EQ(relay_restore(chan, block, block_size), 0);
    CHECK_EQ(relay_load(&buf->ctl->switches) - before, 2);
    CHECK(open_probes >= 16 && closed_probes > open_probes);
    relay_get(chan);
    relay_buf_get(buf);
    midway.each = NULL;
    alarm(0);
    relay_close(chan);
    before = relay_load(&buf->ctl->switches);
    relay_file_close(file); /* the last one who could read it: what is unread is decided */
    CHECK_EQ(relay_load(&buf->ctl->switches) - before, 2);
    relay_buf_put(buf);
    relay_put(chan);
}

static void write_ahead(void)
{
    CHECK_EQ(kit_put(chan, 0, 'b', 12), RELAY_STORED);
}

/* A switch between the look at the counters and the look at the sub-buffers: both are taken again. */
static void a_snapshot_is_of_one_moment(void)
{
    struct relay_subbuf_info rows[4];
    struct relay_buf_info info;

    begin(&kit_no_overwrite, 4, RELAY_WRITERS_MANY);
    kit_put(chan, 0, 'a', 10);
    at(RELAY_PROBE_SNAPSHOT_HALF, write_ahead);
    relay_buf_snapshot(buf, &info, rows);
    CHECK_EQ(midway.probe, -1);
    CHECK_EQ(info.produced, 1);
    CHECK_EQ(info.current, 1);
    CHECK_EQ(info.offset, 12);
    CHECK_EQ(info.account.unread.events, 2);
    CHECK_EQ(rows[0].state, RELAY_SUBBUF_UNREAD);
    CHECK_EQ(rows[0].used, 10);
    CHECK_EQ(rows[1].state, RELAY_SUBBUF_CURRENT);
    CHECK_EQ(rows[1].used, 12);
    end();
}

/* ---------------------------------------------------------------- a read of what is written over */

static void write_a_bit(void)
{
    kit_put(chan, 0, 'b', 2);
}

static void lap_it(void)
{
    kit_put(chan, 0, 'b', 16);
    kit_put(chan, 0, 'c', 16);
}

/* The bytes of a sub-buffer are with the reader, and its place has been taken by another: what was
 * read of the one is nothing that was read of the other. */
static void a_read_is_of_its_own_lap(void)
{
    begin(&kit_overwrite, 2, RELAY_WRITERS_MANY);
    kit_put(chan, 0, 'a', 16);
    at(RELAY_PROBE_READ_COPIED, lap_it);
    CHECK_STR(kit_read(file, 16), "a*16");
    CHECK_EQ(midway.probe, -1);
    kit_put(chan, 0, 'd', 16);
    kit_put(chan, 0, 'e', 16);
    CHECK_STR(kit_account(buf), "5/80: 2/32 unread, 3/48 overwritten");
    end();
}

/* The writer has moved between two looks of a read: the reader is at its heels, and gives it time. */
static void a_reader_at_the_writers_heels(void)
{
    begin(&kit_no_overwrite, 4, RELAY_WRITERS_MANY);
    for (unsigned i = 0; i < 2; i++) {
        kit_put(chan, 0, 'a', 4);
        if (i == 0)
            at(RELAY_PROBE_READ_COPIED, write_a_bit);
        CHECK_STR(kit_read(file, 6), i ? "aaaa" : "aaaabb");
        CHECK_EQ(buf->own->futile, i ? 0 : 64);
    }
    end();
}

/* ---------------------------------------------------------------- the clock of a pool */

int64_t live_monotonic(void); /* of src/live/pool.h */

static int64_t system_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Its threads sleep until a time of the system's clock: what they take for it may be no other. */
static void a_pool_goes_by_the_clock_of_the_system(void)
{
    for (unsigned i = 0; i < 1000; i++) {
        int64_t least = system_clock(), now = live_monotonic(), most = system_clock();

        CHECK(least <= now && now <= most);
    }
}

static const struct check_test tests[] = {
    TEST(nested_writers_do_not_wait),
    TEST(a_nested_writer_switches),
    TEST(a_writer_that_switches_is_marked),
    TEST(a_change_is_announced),
    TEST(a_snapshot_is_of_one_moment),
    TEST(a_read_is_of_its_own_lap),
    TEST(a_reader_at_the_writers_heels),
    TEST(a_restored_buffer_stands_still),
    TEST(what_a_reader_counts_is_its_own),
    TEST(an_eventfd_is_made_by_one_at_a_time),
    TEST(a_pool_goes_by_the_clock_of_the_system),
};
CHECK_MAIN(tests, kit_before, kit_after)
