/* SPDX-License-Identifier: MIT */
/*
 * What a block says, taken piece by piece; saved.h has the format. Nothing of it is believed before
 * it was checked: what is cut, damaged or made up ends with false, and no error is set.
 */
#include <string.h>

#include "saved.h"

typedef uint64_t __attribute__((may_alias)) word;

/* The next `size` bytes, or NULL when there are not so many. */
static const unsigned char *take(struct relay_block *block, size_t size)
{
    const unsigned char *bytes = block->at;

    if (size > block->left)
        return NULL;
    block->at += size;
    block->left -= size;
    return bytes;
}

static bool get(struct relay_block *block, void *ret, size_t size)
{
    const unsigned char *bytes = take(block, size);

    if (bytes)
        memcpy(ret, bytes, size);
    return bytes != NULL;
}

bool relay_block_begin(struct relay_block *block, const void *bytes, size_t size)
{
    const size_t summed = offsetof(struct relay_saved_head, subbuf_size);
    const unsigned char *begin = bytes;
    struct relay_saved_head *head = &block->head;

    *block = (struct relay_block){.at = begin, .left = size};
    return begin && size % RELAY_WORD == 0 && get(block, head, sizeof(*head)) &&
           head->magic == RELAY_SAVED_MAGIC && head->version == RELAY_SAVE_VERSION &&
           head->size == size && head->sum == relay_saved_sum(begin + summed, size - summed) &&
           head->base_filename[sizeof(head->base_filename) - 1] == 0 &&
           relay_name_is_valid(head->base_filename, RELAY_NAME_MAX) && head->cpus > 0 &&
           head->cpus <= RELAY_MAX_CPUS && head->bufs > 0 && head->bufs <= head->cpus &&
           (!head->is_global || head->bufs == 1);
}

/* Whether each CPU that is on line has a buffer, and there are as many buffers as it says. */
static bool cpus_agree(const struct relay_saved_head *head, const unsigned char *flags)
{
    unsigned bufs = 0, online = 0;

    for (unsigned cpu = 0; cpu < head->cpus; cpu++) {
        if (flags[cpu] == RELAY_SAVED_ONLINE)
            return false;
        bufs += (flags[cpu] & RELAY_SAVED_BUFFER) != 0;
        online += flags[cpu] & RELAY_SAVED_ONLINE;
    }
    return online > 0 && (head->is_global ? bufs > 0 : bufs == head->bufs);
}

bool relay_block_cpus(struct relay_block *block)
{
    const struct relay_saved_head *head = &block->head;

    block->flags = take(block, (head->cpus + RELAY_WORD - 1) / RELAY_WORD * RELAY_WORD);
    return block->flags && cpus_agree(head, block->flags);
}

bool relay_block_serves(const struct relay_block *block, unsigned cpu, unsigned of)
{
    return (block->flags[cpu] & RELAY_SAVED_BUFFER) && (block->head.is_global || cpu == of);
}

/* ---------------------------------------------------------------- one buffer */

#define MOST (UINT64_C(1) << 62) /* no channel counts so far, and none shall wrap */

static bool counters_are_sane(const struct relay_saved_buf *saved)
{
    const uint64_t counters[] = {saved->events,       saved->produced,   saved->file_size,
                                 saved->events_begin, saved->bytes_done, saved->stat_full,
                                 saved->consumed,     saved->stat_big};

    for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++)
        if (counters[i] > MOST)
            return false;
    for (size_t i = 0; i < RELAY_N_FATES; i++)
        if (saved->account[i].events > MOST || saved->account[i].bytes > MOST)
            return false;
    return true;
}

bool relay_block_buf(struct relay_block *block, struct relay_saved_buf *ret)
{
    return get(block, ret, sizeof(*ret)) && ret->cpu < block->head.cpus &&
           (block->flags[ret->cpu] & RELAY_SAVED_BUFFER) &&
           (!ret->has_file || block->head.is_named) && counters_are_sane(ret);
}

/* All but `limit`, which lets writers in. */
static void set_counters(struct relay_ctl *ctl, const struct relay_saved_buf *saved)
{
    relay_store(&ctl->current, saved->current);
    relay_store(&ctl->base, saved->current * ctl->subbuf_size);
    relay_store(&ctl->committing, 0);
    relay_store(&ctl->offset, saved->offset);
    relay_store(&ctl->events, saved->events);
    relay_store(&ctl->produced, saved->produced);
    relay_store(&ctl->prev_padding, saved->prev_padding);
    relay_store(&ctl->file_size, saved->file_size);
    relay_store(&ctl->events_begin, saved->events_begin);
    relay_store(&ctl->bytes_done, saved->bytes_done);
    relay_store(&ctl->stat_full, saved->stat_full);
    relay_store(&ctl->consumed, saved->consumed);
    relay_store(&ctl->bytes_consumed, saved->bytes_consumed);
    relay_store(&ctl->stat_big, saved->stat_big);
    relay_store(&ctl->finalized, saved->finalized != 0);
    for (unsigned fate = 0; fate < RELAY_N_FATES; fate++) {
        relay_store(&ctl->account[fate].events, saved->account[fate].events);
        relay_store(&ctl->account[fate].bytes, saved->account[fate].bytes);
    }
}

/* Words, for observers may look meanwhile. */
static void copy_words(word *to, const unsigned char *from, size_t count)
{
    for (; count > 0; count--, from += RELAY_WORD) {
        uint64_t next;

        memcpy(&next, from, sizeof(next));
        relay_store(to++, next);
    }
}

/* `used`: slots that may not be free. */
static bool get_slots(struct relay_block *block, struct relay_ctl *ctl, uint64_t count,
                      uint64_t used)
{
    static const unsigned char zeros[sizeof(struct relay_slot)];
    const unsigned char *from;

    if (count > ctl->n_subbufs || !(from = take(block, count * sizeof(struct relay_slot))))
        return false;
    copy_words((word *)relay_ctl_slot(ctl, 0), from,
               count * (sizeof(struct relay_slot) / RELAY_WORD));
    for (; count < used; count++) {
        struct relay_slot *slot = relay_ctl_slot(ctl, count);

        copy_words((word *)slot, zeros, sizeof(zeros) / RELAY_WORD);
        relay_store(&slot->lap, RELAY_NO_LAP);
    }
    return true;
}

bool relay_block_control(struct relay_block *block, const struct relay_saved_buf *saved,
                         struct relay_ctl *ctl)
{
    uint64_t begun = relay_load(&ctl->produced) + 1; /* the slots behind are free */

    set_counters(ctl, saved);
    return get_slots(block, ctl, saved->slots, begun < ctl->n_subbufs ? begun : ctl->n_subbufs);
}

/* Bytes that are 0 already are not written: reading them is less than half the work. */
static void clear(unsigned char *bytes, size_t size)
{
    enum { PIECE = 4096 };
    static const unsigned char zeros[PIECE];

    while (size > 0) {
        size_t piece = size < PIECE ? size : PIECE;

        if (memcmp(bytes, zeros, piece) != 0)
            memset(bytes, 0, piece);
        bytes += piece;
        size -= piece;
    }
}

bool relay_block_data(struct relay_block *block, unsigned char *data, size_t size, bool is_blank)
{
    size_t left = size / RELAY_WORD;
    struct relay_saved_run run;

    while (get(block, &run, sizeof(run))) {
        size_t zeros = run.zeros;
        const unsigned char *bytes;

        if (zeros > left || run.words > left - zeros ||
            !(bytes = take(block, run.words * RELAY_WORD)))
            return false;
        left -= zeros + (size_t)run.words;
        if (data) {
            if (!is_blank)
                clear(data, zeros * RELAY_WORD);
            data += zeros * RELAY_WORD;
            memcpy(data, bytes, run.words * RELAY_WORD);
            data += run.words * RELAY_WORD;
        }
        if (!run.words)
            return left == 0;
    }
    return false;
}
