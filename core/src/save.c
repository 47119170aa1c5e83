/* SPDX-License-Identifier: MIT */
/* A channel becomes a block of bytes; saved.h has the format. */
#include <errno.h>
#include <string.h>

#include "saved.h"

#define GAP 8u /* words of zeros that are worth a new run */

typedef uint64_t __attribute__((may_alias)) word;

/* Where the block is written; `full`: it did not fit. */
struct sink {
    unsigned char *at;
    size_t left;
    bool full;
};

static void put(struct sink *sink, const void *bytes, size_t size)
{
    if (size > sink->left) {
        sink->full = true;
        return;
    }
    if (size) /* C does not let memcpy take NULL, not for 0 bytes either */
        memcpy(sink->at, bytes, size);
    sink->at += size;
    sink->left -= size;
}

static size_t in_words(size_t size)
{
    return (size + RELAY_WORD - 1) / RELAY_WORD * RELAY_WORD;
}

uint64_t relay_saved_sum(const unsigned char *bytes, size_t size)
{
    uint64_t sum = 0x9e3779b97f4a7c15u, next;

    for (size_t at = 0; at < size; at += sizeof(next)) {
        memcpy(&next, bytes + at, sizeof(next));
        sum = (sum ^ next) * 0xd6e8feb86659fd93u;
        sum ^= sum >> 32;
    }
    return sum;
}

RELAY_EXPORT size_t relay_save_size(struct rchan *chan)
{
    size_t each;

    if (!chan)
        return 0;
    /* runs and the zeros between them are never longer than the bytes that they stand for */
    each = sizeof(struct relay_saved_buf) + chan->n_subbufs * sizeof(struct relay_slot) +
           chan->alloc_size + 2 * sizeof(struct relay_saved_run);
    return sizeof(struct relay_saved_head) + in_words(chan->cpus) + relay_buf_count(chan) * each;
}

/* The first word from `at` on that is not 0, or `end`. */
static size_t skip_zeros(const word *words, size_t at, size_t end)
{
    for (; at + GAP <= end; at += GAP) {
        uint64_t any = 0;

        for (size_t i = 0; i < GAP; i++)
            any |= words[at + i];
        if (any)
            break;
    }
    while (at < end && !words[at])
        at++;
    return at;
}

/* Behind the last word of the run that begins at `at`: GAP words of zeros follow, or `end`. */
static size_t end_of_run(const word *words, size_t at, size_t end)
{
    size_t last = at;

    for (; at < end && at - last <= GAP; at++)
        if (words[at])
            last = at;
    return last + 1;
}

static void put_data(struct sink *sink, const unsigned char *data, size_t size)
{
    const word *words = (const word *)data;
    size_t end = size / RELAY_WORD, at = 0;

    for (;;) {
        size_t begin = skip_zeros(words, at, end);
        struct relay_saved_run run = {.zeros = (uint32_t)(begin - at)};

        at = begin < end ? end_of_run(words, begin, end) : end;
        run.words = (uint32_t)(at - begin);
        put(sink, &run, sizeof(run));
        if (!run.words)
            return;
        put(sink, words + begin, run.words * RELAY_WORD);
    }
}

/* Slots behind these hold no sub-buffer of this run. */
static uint32_t count_slots(struct relay_ctl *ctl)
{
    uint32_t count = ctl->n_subbufs;

    while (count > 0 && relay_load(&relay_ctl_slot(ctl, count - 1)->lap) == RELAY_NO_LAP)
        count--;
    return count;
}

/* The buffer is held. */
static void put_buf(struct sink *sink, struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;
    struct relay_saved_buf saved = {
        .cpu = ctl->cpu,
        .current = relay_load(&ctl->current),
        .finalized = relay_load(&ctl->finalized),
        .has_file = relay_load(&ctl->has_file),
        .offset = relay_load_acquire(&ctl->offset),
        .events = relay_load(&ctl->events),
        .produced = relay_load_acquire(&ctl->produced),
        .prev_padding = relay_load(&ctl->prev_padding),
        .file_size = relay_load(&ctl->file_size),
        .events_begin = relay_load(&ctl->events_begin),
        .bytes_done = relay_load(&ctl->bytes_done),
        .stat_full = relay_load(&ctl->stat_full),
        .consumed = relay_load(&ctl->consumed),
        .bytes_consumed = relay_load(&ctl->bytes_consumed),
        .stat_big = relay_load(&ctl->stat_big),
        .slots = count_slots(ctl),
    };

    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++) {
        saved.account[fate].events = relay_load(&ctl->account[fate].events);
        saved.account[fate].bytes = relay_load(&ctl->account[fate].bytes);
    }
    put(sink, &saved, sizeof(saved));
    put(sink, relay_ctl_slot(ctl, 0), saved.slots * sizeof(struct relay_slot));
    put_data(sink, buf->start, ctl->alloc_size);
}

static void put_cpus(struct sink *sink, struct rchan *chan)
{
    for (unsigned cpu = 0; cpu < in_words(chan->cpus); cpu++) {
        unsigned char flags = 0;

        if (relay_cpu_is_online(chan, cpu))
            flags |= RELAY_SAVED_ONLINE;
        if (relay_cpu_buf(chan, cpu))
            flags |= RELAY_SAVED_BUFFER;
        put(sink, &flags, 1);
    }
}

static struct relay_saved_head head_of(struct rchan *chan)
{
    struct relay_saved_head head = {
        .magic = RELAY_SAVED_MAGIC,
        .version = RELAY_SAVE_VERSION,
        .subbuf_size = chan->subbuf_size,
        .n_subbufs = chan->n_subbufs,
        .header_size = relay_load(&chan->header_size),
        .last_toobig = relay_load(&chan->last_toobig),
        .memory_limit = chan->own->region.limit,
        .cpus = chan->cpus,
        .bufs = (uint32_t)relay_buf_count(chan),
        .is_global = chan->is_global != 0,
        .is_named = relay_load(&chan->has_base_filename) != 0,
        .is_closed = chan->own->closed,
        .one_writer = chan->own->writers == RELAY_WRITERS_ONE,
    };

    strcpy(head.base_filename, chan->own->base_filename);
    return head;
}

/* The channels are locked. False: a buffer is held by this very thread. */
static bool put_channel(struct sink *sink, struct rchan *chan)
{
    unsigned char *begin = sink->at;
    struct relay_saved_head head = head_of(chan);
    struct rchan_buf *buf;

    put(sink, &head, sizeof(head));
    put_cpus(sink, chan);
    RELAY_EACH_BUF (chan, buf) {
        if (!relay_buf_enter(buf))
            return false;
        put_buf(sink, buf);
        relay_buf_leave(buf);
    }
    if (sink->full)
        return true;
    head.size = (uint64_t)(sink->at - begin);
    memcpy(begin, &head, sizeof(head));
    head.sum = relay_saved_sum(begin + offsetof(struct relay_saved_head, subbuf_size),
                               head.size - offsetof(struct relay_saved_head, subbuf_size));
    memcpy(begin, &head, sizeof(head));
    return true;
}

RELAY_EXPORT ssize_t relay_save(struct rchan *chan, void *bytes, size_t size)
{
    struct sink sink = {.at = bytes, .left = size};
    bool worked;

    if (!chan) {
        relay_set_error(RELAY_ERR_NO_CHANNEL);
        return -EINVAL;
    }
    if (!relay_channels_lock())
        return -EDEADLK;
    worked = put_channel(&sink, chan);
    relay_channels_unlock();
    if (!worked)
        return -EDEADLK;
    if (!sink.full)
        return (ssize_t)(size - sink.left);
    relay_set_error(RELAY_ERR_ARGUMENT);
    return -ENOSPC;
}
