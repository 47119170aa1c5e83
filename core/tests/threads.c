/* SPDX-License-Identifier: MIT */
/*
 * Writers, readers and everybody else at the same time. In no-overwrite mode each event that was
 * stored must arrive intact exactly once; in overwrite mode a read may be torn: the account alone
 * is checked. RELAY_SOAK multiplies the number of events.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include "check.h"
#include "events.h"
#include "kit.h"

enum { WRITERS = 4, EVENTS = 8000, SUBBUF = 256, COUNT = 8, OUTCOMES = RELAY_LOST_NO_BUFFER + 1 };

struct writer {
    pthread_t thread;
    struct rchan *chan;
    unsigned cpu;
    uint32_t id;
    uint32_t events; /* to write; 0: until the channel is closed */
    bool insist;     /* try a refused event again until there is room */
    uint64_t outcomes[OUTCOMES];
};

static bool stop; /* atomic: no more will come */

static bool is_over(void)
{
    return __atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

static enum relay_outcome write_one(struct writer *writer, uint32_t number)
{
    enum relay_outcome outcome;
    struct event event;

    event_make(&event, writer->id, number);
    for (;;) {
        outcome = relay_write_on(writer->chan, writer->cpu, &event, event.length);
        writer->outcomes[outcome]++;
        if (outcome != RELAY_LOST_FULL || !writer->insist)
            return outcome;
        sched_yield();
    }
}

static void *write_events(void *arg)
{
    struct writer *writer = arg;
    enum relay_outcome outcome = RELAY_STORED;

    for (uint32_t i = 0; writer->events ? i < writer->events : outcome != RELAY_LOST_CLOSED; i++)
        outcome = write_one(writer, i);
    return NULL;
}

static void start_writers(struct writer *writers, unsigned count, const struct writer *like)
{
    for (unsigned i = 0; i < count; i++) {
        writers[i] = *like;
        writers[i].id = i;
        NEED(pthread_create(&writers[i].thread, NULL, write_events, &writers[i]) == 0);
    }
}

static void join_writers(struct writer *writers, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        pthread_join(writers[i].thread, NULL);
}

/* ---------------------------------------------------------------- consumers */

struct reader {
    pthread_t thread;
    struct relay_file *file;
    struct tally tally;
    uint64_t bytes;
};

/* A flush comes behind `stop`: a consumer that has not seen `stop` will be woken by it. */
static void wait_for_more(struct relay_file *file)
{
    if (!is_over())
        relay_file_wait(file, -1, NULL);
}

/* read(2) until nothing more can come. */
static void *read_events(void *arg)
{
    struct reader *reader = arg;
    unsigned char bytes[4096];
    size_t left = 0;

    for (;;) {
        bool last = is_over();
        ssize_t got = relay_file_read(reader->file, bytes + left, sizeof(bytes) - left);

        if (got > 0) {
            size_t count = left + (size_t)got;
            size_t used = tally_take(&reader->tally, bytes, count);

            left = count - used;
            memmove(bytes, bytes + used, left);
            reader->bytes += (size_t)got;
        } else if (last) {
            return NULL;
        } else {
            wait_for_more(reader->file);
        }
    }
}

/* A consumer that maps and reports: whole finished sub-buffers, as the documentation has it. */
static void *map_events(void *arg)
{
    struct reader *reader = arg;
    struct rchan_buf *buf = relay_file_buf(reader->file);
    struct relay_ctl *ctl = buf->ctl;
    struct relay_mapping *mapping;
    bool last = false;

    NEED(relay_file_mmap(reader->file, buf->chan->alloc_size, PROT_READ, MAP_SHARED, 0, &mapping) ==
         0);
    while (!last) {
        last = is_over();
        while (relay_load_acquire(&ctl->produced) != relay_load(&ctl->consumed)) {
            uint64_t index = relay_load(&ctl->consumed) % ctl->n_subbufs;
            const unsigned char *bytes = relay_mapping_address(mapping);
            size_t used = SUBBUF - relay_load(&relay_ctl_slot(ctl, index)->padding);

            if (tally_take(&reader->tally, bytes + index * SUBBUF, used) != used)
                reader->tally.bad++;
            reader->bytes += used;
            relay_subbufs_consumed(buf->chan, ctl->cpu, 1);
        }
        if (!last)
            wait_for_more(reader->file);
    }
    relay_mapping_close(mapping);
    return NULL;
}

static void start_reader(struct reader *reader, unsigned cpu, void *(*run)(void *))
{
    *reader = (struct reader){.file = kit_file(cpu, O_RDONLY)};
    __atomic_store_n(&stop, false, __ATOMIC_RELEASE);
    NEED(pthread_create(&reader->thread, NULL, run, reader) == 0);
}

/*
 * All writers are done: the first flush finishes what they wrote last, the second wakes a consumer
 * that had it before it could see `stop`.
 */
static void end_readers(struct rchan *chan, struct reader *readers, unsigned count)
{
    relay_flush(chan);
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    relay_flush(chan);
    for (unsigned i = 0; i < count; i++) {
        pthread_join(readers[i].thread, NULL);
        relay_file_close(readers[i].file);
    }
}

static void all_arrived(const struct reader *reader, const struct writer *writers, unsigned from,
                        unsigned count)
{
    uint64_t events = 0;

    CHECK_EQ(reader->tally.bad, 0);
    for (unsigned i = from; i < from + count; i++) {
        CHECK_EQ(reader->tally.next[i], writers[i].events);
        events += writers[i].events;
    }
    CHECK_EQ(reader->tally.events, events);
}

/* ---------------------------------------------------------------- everything arrives */

static struct rchan *open_channel(const struct rchan_callbacks *cb, unsigned cpus,
                                  enum relay_writers writers)
{
    struct relay_options opt = {.cpus = cpus, .writers = writers};

    return kit_open_with(cb, SUBBUF, COUNT, &opt);
}

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

/* What the writers were told must be what the account says. */
static void told_the_truth(struct rchan_buf *buf, const struct writer *writers, unsigned count)
{
    uint64_t outcomes[OUTCOMES] = {0};
    struct relay_account account;
    uint64_t sum = 0;

    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < OUTCOMES; k++) {
            outcomes[k] += writers[i].outcomes[k];
            sum += writers[i].outcomes[k];
        }
    relay_buf_account(buf, &account);
    CHECK(kit_conserved(&account));
    CHECK_EQ(account.attempted.events, sum);
    CHECK_EQ(account.accepted.events, outcomes[RELAY_STORED]);
    CHECK_EQ(account.fate[RELAY_REFUSED_FULL].events, outcomes[RELAY_LOST_FULL]);
    CHECK_EQ(account.fate[RELAY_WRITTEN_LATE].events, outcomes[RELAY_LOST_CLOSED]);
    CHECK_EQ(account.fate[RELAY_BUSY].events, 0);
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

/* ---------------------------------------------------------------- observers */

enum { WIDE = 4096, SWITCHES = 50000 };

/* Every finished sub-buffer is full of 64-byte events. */
static bool is_whole(const struct relay_buf_info *info, const struct relay_subbuf_info *rows)
{
    if (info->file_size != info->produced * WIDE || info->consumed > info->produced)
        return false;
    for (uint32_t i = 0; i < COUNT; i++)
        if (rows[i].state == RELAY_SUBBUF_UNREAD &&
            (rows[i].used != WIDE || rows[i].events != WIDE / 64 || rows[i].lap % COUNT != i))
            return false;
    return true;
}

/*
 * Snapshots are whole as far as switches go, but an observer does not wait for ever for a writer
 * that lost its processor inside a switch: few may be taken there.
 */
static void *observe(void *arg)
{
    uint64_t produced = 0;
    unsigned long taken, torn = 0;

    for (taken = 0; produced < SWITCHES * kit_soak(); taken++) {
        struct relay_subbuf_info rows[COUNT];
        struct relay_buf_info info;

        relay_buf_snapshot(arg, &info, rows);
        CHECK(info.produced >= produced);
        produced = info.produced;
        torn += !is_whole(&info, rows);
    }
    CHECK(torn <= taken / 10);
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    return NULL;
}

static void observed(enum relay_writers kind)
{
    struct relay_options opt = {.cpus = 1, .writers = kind};
    struct rchan *chan = kit_open_with(&kit_overwrite, WIDE, COUNT, &opt);
    pthread_t observer;
    char event[64] = "";

    __atomic_store_n(&stop, false, __ATOMIC_RELEASE);
    NEED(pthread_create(&observer, NULL, observe, relay_cpu_buf(chan, 0)) == 0);
    while (!is_over())
        CHECK_EQ(relay_write_on(chan, 0, event, 64), RELAY_STORED);
    pthread_join(observer, NULL);
    kit_close(chan);
}

static void observed_with_a_lock(void)
{
    observed(RELAY_WRITERS_MANY);
}

static void observed_without_a_lock(void)
{
    observed(RELAY_WRITERS_ONE);
}

/* ---------------------------------------------------------------- lives of channels */

/* Open, write, read, close again and again, in several threads. */
static void *live_and_die(void *arg)
{
    unsigned id = *(unsigned *)arg;
    struct relay_options opt = {.cpus = 2};
    char name[16];

    snprintf(name, sizeof(name), "%c", (char)('a' + id));
    for (unsigned long i = 0; i < 100 * kit_soak(); i++) {
        struct rchan *chan = relay_open_on(name, NULL, 64, 4, &kit_no_overwrite, NULL, &opt);

        NEED(chan);
        kit_put(chan, 1, 'a', 30);
        relay_cpu_online(chan, 0, i % 2);
        relay_flush(chan);
        relay_close(chan);
    }
    return NULL;
}

static void lives_of_channels(void)
{
    unsigned ids[3] = {0, 1, 2};
    pthread_t threads[3];

    for (unsigned i = 0; i < 3; i++)
        NEED(pthread_create(&threads[i], NULL, live_and_die, &ids[i]) == 0);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

static void *come_and_go(void *arg)
{
    for (unsigned i = 0; !is_over(); i++) {
        relay_cpu_online(arg, 1, i % 2);
        sched_yield();
    }
    return NULL;
}

/* A CPU comes and goes under its writer. */
static void hotplug_meanwhile(void)
{
    struct rchan *chan = open_channel(&kit_overwrite, 2, RELAY_WRITERS_MANY);
    struct writer like = {.chan = chan, .cpu = 1, .events = (uint32_t)(EVENTS * kit_soak())};
    struct writer writers[2];
    pthread_t thread;

    __atomic_store_n(&stop, false, __ATOMIC_RELEASE);
    NEED(pthread_create(&thread, NULL, come_and_go, chan) == 0);
    start_writers(writers, 2, &like);
    join_writers(writers, 2);
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    for (int i = 0; i < 2; i++) /* these never reached a buffer */
        writers[i].outcomes[RELAY_LOST_NO_BUFFER] = 0;
    told_the_truth(relay_cpu_buf(chan, 1), writers, 2);
    kit_close(chan);
}

static const struct check_test tests[] = {
    TEST(many_writers_and_read),
    TEST(many_writers_and_a_mapping),
    TEST(declared_writers_and_read),
    TEST(declared_writers_and_mappings),
    TEST(flush_and_many_writers),
    TEST(flush_and_a_declared_writer),
    TEST(close_and_many_writers),
    TEST(close_and_a_declared_writer),
    TEST(close_and_overwriting_writers),
    TEST(close_and_an_overwriting_writer),
    TEST(overwritten_meanwhile),
    TEST(observed_with_a_lock),
    TEST(observed_without_a_lock),
    TEST(lives_of_channels),
    TEST(hotplug_meanwhile),
};
CHECK_MAIN(tests, kit_before, kit_after)
