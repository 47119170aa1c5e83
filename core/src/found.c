/* SPDX-License-Identifier: MIT */
/*
 * A channel that was not ours becomes a block as relay_save() makes them; saved.h has the format.
 * Whether all of it can be is checked when the block is opened; here only what is computed with.
 */
#include <errno.h>
#include <string.h>

#include "saved.h"

/* One buffer while it is written down. */
struct finding {
    const struct relay_found *found;
    const struct relay_found_buf *buf;
    struct relay_saved_buf saved;
    uint64_t laps; /* sub-buffers that were begun */
};

static size_t flags_size(const struct relay_found *found)
{
    return (found->cpus + RELAY_WORD - 1) / RELAY_WORD * RELAY_WORD;
}

static size_t alloc_size(const struct relay_found *found)
{
    size_t size = found->subbuf_size * found->n_subbufs;

    return (size + RELAY_PAGE_SIZE - 1) / RELAY_PAGE_SIZE * RELAY_PAGE_SIZE;
}

RELAY_EXPORT size_t relay_found_size(const struct relay_found *found)
{
    size_t each = sizeof(struct relay_saved_buf) + found->n_subbufs * sizeof(struct relay_slot) +
                  alloc_size(found) + 2 * sizeof(struct relay_saved_run);

    return sizeof(struct relay_saved_head) + flags_size(found) + found->bufs * each;
}

static bool buf_can_be(const struct relay_found *found, const struct relay_found_buf *buf)
{
    const uint64_t size = found->subbuf_size;

    if (buf->cpu >= found->cpus || buf->offset > size + 1 || buf->consumed > buf->produced ||
        buf->bytes_consumed > size || (buf->offset > size && !buf->produced))
        return false;
    for (size_t i = 0; i < found->n_subbufs; i++)
        if (buf->padding[i] > size)
            return false;
    return true;
}

static bool can_be(const struct relay_found *found)
{
    if (!found->subbuf_size || !found->n_subbufs || !found->bufs || !found->cpus ||
        found->cpus > RELAY_MAX_CPUS || found->n_subbufs > UINT32_MAX ||
        found->subbuf_size > UINT32_MAX / found->n_subbufs ||
        (found->base_filename && strlen(found->base_filename) > RELAY_NAME_MAX))
        return false;
    for (unsigned i = 0; i < found->bufs; i++)
        if (!buf_can_be(found, &found->buf[i]))
            return false;
    return true;
}

/* A finished sub-buffer, with what became of it. */
static void finish(struct finding *it, struct relay_slot *slot)
{
    uint64_t consumed = it->buf->consumed;

    slot->used = (uint32_t)(it->found->subbuf_size - slot->padding);
    slot->bytes = slot->used;
    slot->events = slot->used > 0;
    it->saved.events += slot->events;
    it->saved.bytes_done += slot->bytes;
    if (slot->lap < consumed) {
        slot->fate = RELAY_CONSUMED;
        slot->read = slot->used;
        it->saved.account[RELAY_CONSUMED].events += slot->events;
        it->saved.account[RELAY_CONSUMED].bytes += slot->bytes;
    }
}

static struct relay_slot slot_of(struct finding *it, uint64_t index)
{
    const struct relay_found_buf *buf = it->buf;
    uint64_t n = it->found->n_subbufs, newest = it->laps - 1;
    struct relay_slot slot = {
        .lap = newest - (newest - index) % n,
        .padding = (uint32_t)buf->padding[index],
        .fate = RELAY_N_FATES,
    };

    if (slot.lap == buf->consumed)
        slot.read = (uint32_t)buf->bytes_consumed;
    if (slot.lap < buf->produced)
        finish(it, &slot);
    else
        slot.padding = 0; /* what stands there is the old one's */
    return slot;
}

static unsigned char *put(unsigned char *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

static unsigned char *put_buf(unsigned char *at, const struct relay_found *found,
                              const struct relay_found_buf *buf)
{
    bool blocked = buf->offset > found->subbuf_size;
    struct finding it = {.found = found, .buf = buf, .laps = buf->produced + !blocked};
    struct relay_saved_run run = {.words = (uint32_t)(alloc_size(found) / RELAY_WORD)};
    unsigned char *head = at;

    it.saved = (struct relay_saved_buf){
        .cpu = buf->cpu,
        .current = (uint32_t)((it.laps - 1) % found->n_subbufs),
        .finalized = buf->finalized,
        .has_file = buf->has_file,
        .offset = buf->offset,
        .produced = buf->produced,
        .prev_padding = buf->prev_padding,
        .file_size = buf->file_size,
        .stat_full = buf->stat_full,
        .consumed = buf->consumed,
        .bytes_consumed = buf->bytes_consumed,
        .stat_big = buf->stat_big,
        .slots = it.laps < found->n_subbufs ? it.laps : found->n_subbufs,
    };
    at += sizeof(it.saved);
    for (uint64_t index = 0; index < it.saved.slots; index++) {
        struct relay_slot slot = slot_of(&it, index);

        at = put(at, &slot, sizeof(slot));
    }
    it.saved.events_begin = it.saved.events;
    it.saved.events += !blocked && buf->offset > 0;
    put(head, &it.saved, sizeof(it.saved));
    at = put(at, &run, sizeof(run));
    at = put(at, buf->bytes, alloc_size(found));
    return put(at, &(struct relay_saved_run){0}, sizeof(run));
}

/* The CPUs that have a buffer. */
static unsigned char *put_flags(unsigned char *at, const struct relay_found *found)
{
    memset(at, 0, flags_size(found));
    for (unsigned i = 0; i < found->bufs; i++)
        at[found->buf[i].cpu] = RELAY_SAVED_ONLINE | RELAY_SAVED_BUFFER;
    if (found->is_global)
        memset(at, RELAY_SAVED_ONLINE | RELAY_SAVED_BUFFER, found->cpus);
    return at + flags_size(found);
}

RELAY_EXPORT ssize_t relay_save_found(const struct relay_found *found, void *bytes, size_t size)
{
    const size_t summed = offsetof(struct relay_saved_head, subbuf_size);
    unsigned char *begin = bytes, *at = begin + sizeof(struct relay_saved_head);
    struct relay_saved_head head = {
        .magic = RELAY_SAVED_MAGIC,
        .version = RELAY_SAVE_VERSION,
        .subbuf_size = found->subbuf_size,
        .n_subbufs = found->n_subbufs,
        .last_toobig = found->last_toobig,
        .cpus = found->cpus,
        .bufs = found->bufs,
        .is_global = found->is_global,
        .is_named = found->base_filename != NULL,
    };

    if (!can_be(found) || relay_found_size(found) > size) {
        relay_set_error(RELAY_ERR_ARGUMENT);
        return can_be(found) ? -ENOSPC : -EINVAL;
    }
    if (found->base_filename)
        strcpy(head.base_filename, found->base_filename);
    at = put_flags(at, found);
    for (unsigned i = 0; i < found->bufs; i++)
        at = put_buf(at, found, &found->buf[i]);
    head.size = (uint64_t)(at - begin);
    memcpy(begin, &head, sizeof(head));
    head.sum = relay_saved_sum(begin + summed, head.size - summed);
    memcpy(begin, &head, sizeof(head));
    return (ssize_t)head.size;
}
