/* SPDX-License-Identifier: MIT */
/*
 * Writers, readers and those who interfere with them at the same time. In no-overwrite mode each event that was
 * stored must arrive intact exactly once; in overwrite mode a read may be torn: the account alone
 * is checked. RELAY_SOAK multiplies the number of events.
 */
#include "crowd.h"

/* ---------------------------------------------------------------- everything arrives */

static void many_writers(void *(*consume)(void *))
{
    struct rchan *chan = open_channel(&kit_no_overwrite, 1, RELAY_WRITERS_MANY);
    struct writer like = {.chan = chan, .events = (uint32_t)(EVENTS * kit_soak()), .insist = true};
    struct writer writers[WRITERS];
    struct reader reader;

    start_reader(&reader, 0, consume);
    start_writers(writers, WRITERS, &like);
    join_writers(writers, WRITERS);
    end_readers(chan, &reader, 1);
    all_arrived(&reader, writers, 0, WRITERS);
    kit_close(chan);
}

static void many_writers_and_read(void)
{
    many_writers(read_events);
}

static void many_writers_and_a_mapping(void)
{
    many_writers(map_events);
}

/* One declared writer for each of two CPUs, and a consumer for each. */
static void declared_writers(void *(*consume)(void *), enum relay_writers kind)
{
    struct rchan *chan = open_channel(&kit_no_overwrite, 2, kind);
    struct writer writers[2];
    struct reader readers[2];

    for (unsigned cpu = 0; cpu < 2; cpu++) {
        start_reader(&readers[cpu], cpu, consume);
        writers[cpu] = (struct writer){.chan = chan,
                                       .cpu = cpu,
                                       .id = cpu,
                                       .events = (uint32_t)(2 * EVENTS * kit_soak()),
                                       .insist = true};
    }
    for (unsigned cpu = 0; cpu < 2; cpu++)
        NEED(pthread_create(&writers[cpu].thread, NULL, write_events, &writers[cpu]) == 0);
    join_writers(writers, 2);
    end_readers(chan, readers, 2);
    for (unsigned cpu = 0; cpu < 2; cpu++)
        all_arrived(&readers[cpu], writers, cpu, 1);
    kit_close(chan);
}

static void declared_writers_and_read(void)
{
    declared_writers(read_events, RELAY_WRITERS_ONE);
}

static void declared_writers_and_mappings(void)
{
    declared_writers(map_events, RELAY_WRITERS_ONE);
}

/* ---------------------------------------------------------------- while others interfere */

static void *flush_often(void *arg)
{
    while (!is_over()) {
        relay_flush(arg);
        sched_yield();
    }
    return NULL;
}

/* Flushes finish sub-buffers at any time; still everything arrives. */
static void flushed_meanwhile(enum relay_writers kind, unsigned n_writers)
{
    struct rchan *chan = open_channel(&kit_no_overwrite, 1, kind);
    struct writer like = {.chan = chan, .events = (uint32_t)(EVENTS * kit_soak()), .insist = true};
    struct writer writers[WRITERS];
    struct reader reader;
    pthread_t flusher;

    start_reader(&reader, 0, map_events);
    start_writers(writers, n_writers, &like);
    NEED(pthread_create(&flusher, NULL, flush_often, chan) == 0);
    join_writers(writers, n_writers);
    end_readers(chan, &reader, 1);
    pthread_join(flusher, NULL);
    all_arrived(&reader, writers, 0, n_writers);
    kit_close(chan);
}

static void flush_and_many_writers(void)
{
    flushed_meanwhile(RELAY_WRITERS_MANY, WRITERS);
}

static void flush_and_a_declared_writer(void)
{
    flushed_meanwhile(RELAY_WRITERS_ONE, 1);
}

/* Resets, flushes, reports and at last the close, while writers write and a reader reads. */
static void closed_meanwhile(const struct rchan_callbacks *cb, enum relay_writers kind,
                             unsigned n_writers)
{
    struct rchan *chan = open_channel(cb, 1, kind);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct writer like = {.chan = chan};
    struct writer writers[WRITERS];
    struct reader reader;

    relay_get(chan);
    start_reader(&reader, 0, read_events);
    start_writers(writers, n_writers, &like);
    for (unsigned long i = 0; i < 300 * kit_soak(); i++) {
        if (i % 3 == 0)
            relay_reset(chan);
        else
            relay_flush(chan);
        relay_subbufs_consumed(chan, 0, i % COUNT);
        sched_yield();
    }
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    relay_flush(chan);
    pthread_join(reader.thread, NULL);
    relay_close(chan);
    join_writers(writers, n_writers);
    told_the_truth(buf, writers, n_writers);
    CHECK(kit_valid(chan));
    relay_file_close(reader.file);
    relay_put(chan);
}

static void close_and_many_writers(void)
{
    closed_meanwhile(&kit_no_overwrite, RELAY_WRITERS_MANY, WRITERS);
}

static void close_and_a_declared_writer(void)
{
    closed_meanwhile(&kit_no_overwrite, RELAY_WRITERS_ONE, 1);
}

static void close_and_overwriting_writers(void)
{
    closed_meanwhile(&kit_overwrite, RELAY_WRITERS_MANY, 2);
}

static void close_and_an_overwriting_writer(void)
{
    closed_meanwhile(&kit_overwrite, RELAY_WRITERS_ONE, 1);
}

/* In overwrite mode the reader may see torn bytes; it only counts. */
static void overwritten_meanwhile(void)
{
    struct rchan *chan = open_channel(&kit_overwrite, 1, RELAY_WRITERS_MANY);
    struct rchan_buf *buf = relay_cpu_buf(chan, 0);
    struct writer like = {.chan = chan, .events = (uint32_t)(2 * EVENTS * kit_soak())};
    struct writer writers[2];
    struct reader reader;

    start_reader(&reader, 0, read_events);
    reader.tally.gaps = true;
    start_writers(writers, 2, &like);
    join_writers(writers, 2);
    end_readers(chan, &reader, 1);
    CHECK(reader.bytes > 0);
    told_the_truth(buf, writers, 2);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(many_writers_and_read),         TEST(many_writers_and_a_mapping),
    TEST(declared_writers_and_read),     TEST(declared_writers_and_mappings),
    TEST(flush_and_many_writers),        TEST(flush_and_a_declared_writer),
    TEST(close_and_many_writers),        TEST(close_and_a_declared_writer),
    TEST(close_and_overwriting_writers), TEST(close_and_an_overwriting_writer),
    TEST(overwritten_meanwhile),
};
CHECK_MAIN(tests, kit_before, kit_after)
