/* SPDX-License-Identifier: MIT */
/*
 * A producer and a consumer, twice: once the consumer maps the buffer and reports what it is done
 * with, once it reads as from a file. Both channels are no-overwrite: what the consumer is too slow
 * for is lost, and counted.
 *
 * Build: cc producer_consumer.c $(pkg-config --cflags --libs relay)
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <relay/relay_file.h>
#include <relay/relay_info.h>

enum { EVENTS = 100000, SUBBUF_SIZE = 1024, N_SUBBUFS = 8 };

struct event {
    uint32_t number;
    uint32_t square; /* so that the consumer can tell a whole event from a damaged one */
};

static int finished; /* atomic: the producer has written its last event */
static uint64_t received, damaged;

static void take(const struct event *event)
{
    received++;
    damaged += event->square != event->number * event->number;
}

/* ---------------------------------------------------------------- what the client decides */

static struct dentry *create_buf_file(const char *filename, struct dentry *parent, uint16_t mode,
                                      struct rchan_buf *buf, int *is_global)
{
    (void)is_global; /* leave it: a buffer for each CPU */
    return relay_create_file(filename, parent, mode, buf);
}

static int remove_buf_file(struct dentry *dentry)
{
    return relay_remove(dentry);
}

/*
 * The start of each sub-buffer tells a consumer that maps it how many bytes at its end are unused.
 * The sub-buffer counts as produced, and wakes the consumer, just before we are asked for the next
 * one; so the consumer has to see whether the padding is there already.
 */
#define UNFINISHED UINT32_MAX

static int subbuf_start(struct rchan_buf *buf, void *subbuf, void *prev_subbuf, size_t prev_padding)
{
    if (prev_subbuf)
        __atomic_store_n((uint32_t *)prev_subbuf, (uint32_t)prev_padding, __ATOMIC_RELEASE);
    if (relay_buf_full(buf))
        return 0;
    __atomic_store_n((uint32_t *)subbuf, UNFINISHED, __ATOMIC_RELAXED);
    subbuf_start_reserve(buf, sizeof(uint32_t));
    return 1;
}

static const struct rchan_callbacks with_padding = {
    .subbuf_start = subbuf_start,
    .create_buf_file = create_buf_file,
    .remove_buf_file = remove_buf_file,
};

/* The same without a header: all three come with the library. */
static const struct rchan_callbacks ready_made = {
    .subbuf_start = relay_no_overwrite,
    .create_buf_file = relay_default_create_buf_file,
    .remove_buf_file = relay_default_remove_buf_file,
};

/* ---------------------------------------------------------------- producer */

static void *produce(void *arg)
{
    struct rchan *chan = arg;

    relay_set_cpu(0); /* the virtual CPU that this thread writes on */
    for (uint32_t i = 0; i < EVENTS; i++) {
        struct event event = {i, i * i};

        relay_write(chan, &event, sizeof(event));
    }
    relay_flush(chan); /* finishes the last sub-buffer, which wakes the consumer */
    __atomic_store_n(&finished, 1, __ATOMIC_RELEASE);
    relay_flush(chan); /* wakes it again, in case it was quicker than the line above */
    return NULL;
}

/* ---------------------------------------------------------------- consumers */

static struct relay_file *open_file(const char *name)
{
    struct dentry *entry = relay_lookup(NULL, name);
    struct relay_file *file;

    if (!entry || relay_file_open(entry, O_RDONLY, &file) != 0) {
        fprintf(stderr, "%s: %s\n", name, relay_error_text(relay_error()));
        exit(1);
    }
    relay_dentry_put(entry);
    return file;
}

/* Sleep until a sub-buffer is finished. False: everything has been consumed. */
static int wait_for_more(struct relay_file *file)
{
    int last = __atomic_load_n(&finished, __ATOMIC_ACQUIRE);

    return relay_file_wait(file, last ? 0 : -1, NULL) > 0;
}

static void take_subbuf(const unsigned char *subbuf)
{
    uint32_t padding;

    while ((padding = __atomic_load_n((const uint32_t *)subbuf, __ATOMIC_ACQUIRE)) == UNFINISHED)
        sched_yield();
    for (size_t at = sizeof(padding); at < SUBBUF_SIZE - padding; at += sizeof(struct event)) {
        struct event event;

        memcpy(&event, subbuf + at, sizeof(event));
        take(&event);
    }
}

static void consume_mapped(struct rchan *chan, struct relay_file *file)
{
    struct relay_mapping *mapping;
    const unsigned char *buffer;

    if (relay_file_mmap(file, chan->alloc_size, PROT_READ, MAP_SHARED, 0, &mapping) != 0)
        exit(1);
    buffer = relay_mapping_address(mapping);
    for (size_t index = 0; wait_for_more(file); index = (index + 1) % N_SUBBUFS) {
        take_subbuf(buffer + index * SUBBUF_SIZE);
        relay_subbufs_consumed(chan, 0, 1);
    }
    relay_mapping_close(mapping);
}

static void consume_by_reading(struct rchan *chan, struct relay_file *file)
{
    struct event events[256];
    ssize_t got;

    (void)chan;
    while (wait_for_more(file))
        while ((got = relay_file_read(file, events, sizeof(events))) > 0)
            for (size_t i = 0; i < (size_t)got / sizeof(events[0]); i++)
                take(&events[i]); /* padding is skipped by read, events are never split */
}

/* ---------------------------------------------------------------- */

static int run(const char *title, const struct rchan_callbacks *callbacks,
               void (*consume)(struct rchan *, struct relay_file *))
{
    struct relay_options opt = {.cpus = 1, .writers = RELAY_WRITERS_ONE};
    struct relay_account account;
    struct relay_file *file;
    struct rchan *chan;
    pthread_t producer;

    finished = 0;
    received = damaged = 0;
    chan = relay_open_on("cpu", NULL, SUBBUF_SIZE, N_SUBBUFS, callbacks, NULL, &opt);
    if (!chan) {
        fprintf(stderr, "relay_open: %s\n", relay_error_text(relay_error()));
        return 1;
    }
    file = open_file("cpu0");
    if (pthread_create(&producer, NULL, produce, chan) != 0)
        return 1;
    consume(chan, file);
    pthread_join(producer, NULL);
    relay_buf_account(relay_cpu_buf(chan, 0), &account);
    printf("%s: %lu events, %lu kept, %lu lost because the buffer was full; %lu received\n", title,
           (unsigned long)account.attempted.events, (unsigned long)account.accepted.events,
           (unsigned long)account.fate[RELAY_REFUSED_FULL].events, (unsigned long)received);
    relay_file_close(file);
    relay_close(chan);
    return received != account.accepted.events || damaged != 0;
}

int main(void)
{
    int failed = run("mapped", &with_padding, consume_mapped);

    return run("read", &ready_made, consume_by_reading) || failed;
}
