/* SPDX-License-Identifier: MIT */
/* A crowd of threads for tests: writers that say who they are, readers that tally what arrives. */
#ifndef RELAY_TESTS_CROWD_H
#define RELAY_TESTS_CROWD_H

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

static inline bool is_over(void)
{
    return __atomic_load_n(&stop, __ATOMIC_ACQUIRE);
}

static inline enum relay_outcome write_one(struct writer *writer, uint32_t number)
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

static inline void *write_events(void *arg)
{
    struct writer *writer = arg;
    enum relay_outcome outcome = RELAY_STORED;

    for (uint32_t i = 0; writer->events ? i < writer->events : outcome != RELAY_LOST_CLOSED; i++)
        outcome = write_one(writer, i);
    return NULL;
}

static inline void start_writers(struct writer *writers, unsigned count, const struct writer *like)
{
    for (unsigned i = 0; i < count; i++) {
        writers[i] = *like;
        writers[i].id = i;
        NEED(pthread_create(&writers[i].thread, NULL, write_events, &writers[i]) == 0);
    }
}

static inline void join_writers(struct writer *writers, unsigned count)
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
static inline void wait_for_more(struct relay_file *file)
{
    if (!is_over())
        relay_file_wait(file, -1, NULL);
}

/* read(2) until nothing more can come. */
static inline void *read_events(void *arg)
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
static inline void *map_events(void *arg)
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

static inline void start_reader(struct reader *reader, unsigned cpu, void *(*run)(void *))
{
    *reader = (struct reader){.file = kit_file(cpu, O_RDONLY)};
    __atomic_store_n(&stop, false, __ATOMIC_RELEASE);
    NEED(pthread_create(&reader->thread, NULL, run, reader) == 0);
}

/*
 * All writers are done: the first flush finishes what they wrote last, the second wakes a consumer
 * that had it before it could see `stop`.
 */
static inline void end_readers(struct rchan *chan, struct reader *readers, unsigned count)
{
    relay_flush(chan);
    __atomic_store_n(&stop, true, __ATOMIC_RELEASE);
    relay_flush(chan);
    for (unsigned i = 0; i < count; i++) {
        pthread_join(readers[i].thread, NULL);
        relay_file_close(readers[i].file);
    }
}

static inline void all_arrived(const struct reader *reader, const struct writer *writers,
                               unsigned from, unsigned count)
{
    uint64_t events = 0;

    CHECK_EQ(reader->tally.bad, 0);
    for (unsigned i = from; i < from + count; i++) {
        CHECK_EQ(reader->tally.next[i], writers[i].events);
        events += writers[i].events;
    }
    CHECK_EQ(reader->tally.events, events);
}

/* ---------------------------------------------------------------- channels */

static inline struct rchan *open_channel(const struct rchan_callbacks *cb, unsigned cpus,
                                         enum relay_writers writers)
{
    struct relay_options opt = {.cpus = cpus, .writers = writers};

    return kit_open_with(cb, SUBBUF, COUNT, &opt);
}

/* What the writers were told must be what the account says. */
static inline void told_the_truth(struct rchan_buf *buf, const struct writer *writers,
                                  unsigned count)
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

#endif
