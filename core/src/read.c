/* SPDX-License-Identifier: MIT */
/*
 * read: the unread bytes behind the consumer's position, padding skipped.
 *
 * The rules are the kernel's (6.1), anomalies behind empty sub-buffers included. Positions are found
 * and moved with the buffer's lock held, so that a switch on another CPU cannot be seen half done;
 * the bytes are copied without it, as in the kernel.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

/* A run of bytes that the reader may take. */
struct run {
    uint64_t position; /* R: bytes from the start of the buffer */
    uint64_t length;
    uint64_t lap; /* of the sub-buffer that it lies in, when it was found */
};

/* The reader's and the writer's position, read once. */
struct view {
    uint64_t size, count; /* S, n */
    uint64_t produced, consumed, offset, bytes_consumed;
};

static struct view look(struct rchan_buf *buf)
{
    struct relay_ctl *ctl = buf->ctl;

    return (struct view){.size = ctl->subbuf_size,
                         .count = ctl->n_subbufs,
                         .produced = relay_load_acquire(&ctl->produced),
                         .consumed = relay_load(&ctl->consumed),
                         .offset = relay_load_acquire(&ctl->offset),
                         .bytes_consumed = relay_load(&ctl->bytes_consumed)};
}

static void release(struct rchan_buf *buf)
{
    relay_release(buf, 1, false);
    relay_store(&buf->ctl->bytes_consumed, 0);
}

/* Release the sub-buffer at index `j` when its last byte was read and it is complete. */
static void settle(struct rchan_buf *buf, uint64_t j)
{
    struct view now = look(buf);
    uint64_t padding = relay_load(&relay_ctl_slot(buf->ctl, j)->padding);

    if (now.bytes_consumed + padding != now.size)
        return;
    if (j == now.produced % now.count && now.offset == now.size)
        return;
    release(buf);
}

/* Whether the reader stands elsewhere than the writer; a lapped one is put in front of it first. */
static bool find_unread(struct rchan_buf *buf, struct view *now, struct relay_note *note)
{
    uint64_t ring = now->count * now->size, reader, writer;

    if (now->offset > now->size)
        return now->produced != now->consumed;
    if (now->produced - now->consumed >= now->count) {
        uint64_t whole = now->produced - now->count + 1; /* the oldest sub-buffer that is */

        RELAY_PROBE(READ_LAPPED);
        relay_store(&buf->own->lapped, buf->own->lapped + 1);
        relay_store(&buf->own->lapped_subbufs, buf->own->lapped_subbufs + whole - now->consumed);
        if (note) {
            note->skipped_first = now->consumed;
            note->skipped_end = whole;
        }
        now->consumed = whole;
        now->bytes_consumed = 0;
        relay_store(&buf->ctl->bytes_consumed, 0);
        relay_store_release(&buf->ctl->consumed, now->consumed);
    }
    writer = now->produced % now->count * now->size + now->offset;
    reader = now->consumed % now->count * now->size + now->bytes_consumed;
    if (reader == writer || reader == writer + ring)
        return now->offset == now->size && now->produced > now->consumed;
    return true;
}

/* The run at the reader's position; padding there is skipped once, without consuming it. */
static bool find_run(struct rchan_buf *buf, const struct view *now, struct run *ret)
{
    struct relay_ctl *ctl = buf->ctl;
    uint64_t at = now->consumed % now->count * now->size + now->bytes_consumed;
    uint64_t index, padding, end = now->size;

    at %= now->count * now->size;
    index = at / now->size;
    padding = relay_load(&relay_ctl_slot(ctl, index)->padding);
    if (at % now->size >= now->size - padding) {
        index = (index + 1) % now->count;
        at = index * now->size;
        padding = relay_load(&relay_ctl_slot(ctl, index)->padding);
    }
    if (index == relay_load(&ctl->current) && now->offset < end)
        end = now->offset;
    if (at % now->size + padding >= end)
        return false;
    *ret = (struct run){.position = at,
                        .length = end - padding - at % now->size,
                        .lap = relay_load(&relay_ctl_slot(ctl, index)->lap)};
    return true;
}

static bool next_run(struct rchan_buf *buf, struct run *ret, struct relay_note *note)
{
    bool mine = !relay_buf_lock(buf), found;
    struct view now = look(buf);

    settle(buf, now.consumed % now.count);
    RELAY_PROBE(READ_SETTLED);
    now = look(buf);
    found = find_unread(buf, &now, note) && find_run(buf, &now, ret);
    RELAY_PROBE(READ_POSITION);
    if (!mine)
        relay_buf_unlock(buf);
    return found;
}

/* `taken` bytes of a run are with the reader. */
static void advance(struct rchan_buf *buf, const struct run *run, uint64_t taken)
{
    struct relay_ctl *ctl = buf->ctl;
    bool mine = !relay_buf_lock(buf);
    uint64_t from = run->position % ctl->subbuf_size;

    if (run->lap != RELAY_NO_LAP)
        relay_account_read(buf, run->lap, from, from + taken);
    if (relay_load(&ctl->bytes_consumed) + taken > ctl->subbuf_size)
        release(buf);
    relay_store(&ctl->bytes_consumed, relay_load(&ctl->bytes_consumed) + taken);
    RELAY_PROBE(READ_ADVANCED);
    settle(buf, run->position == 0 ? relay_load(&ctl->consumed) % ctl->n_subbufs
                                   : run->position / ctl->subbuf_size);
    if (!mine)
        relay_buf_unlock(buf);
}

__attribute__((noinline)) void relay_copy_torn(void *to, const void *from, size_t length)
{
    memcpy(to, from, length);
}

int relay_read_begin(struct relay_file *file)
{
    pthread_mutex_t *reading = &file->buf->own->reading;

    if (!relay_buf_is_mine(file->buf))
        return -pthread_mutex_lock(reading);
    return pthread_mutex_trylock(reading) == 0 ? 0 : -EDEADLK;
}

void relay_read_end(struct relay_file *file)
{
    pthread_mutex_unlock(&file->buf->own->reading);
}

static void write_down(struct relay_note *note, const struct rchan_buf *buf, const struct run *run,
                       size_t taken)
{
    uint64_t size = buf->ctl->subbuf_size;

    if (note->count == note->room)
        return;
    note->runs[note->count++] = (struct relay_run){.lap = run->lap,
                                                   .subbuf = (uint32_t)(run->position / size),
                                                   .start = (uint32_t)(run->position % size),
                                                   .length = (uint32_t)taken};
}

ssize_t relay_read_noted(struct relay_file *file, void *bytes, size_t count,
                         struct relay_note *note)
{
    struct rchan_buf *buf = file->buf;
    unsigned char *to = bytes;
    struct run run;
    int error;

    if (!relay_file_reads(file))
        return -EBADF;
    error = relay_read_begin(file);
    if (error)
        return error;
    RELAY_PROBE(READ_ENTER);
    while (count > 0 && next_run(buf, &run, note)) {
        size_t taken = run.length < count ? run.length : count;

        RELAY_PROBE(READ_COPY);
        relay_copy_torn(to, buf->start + run.position, taken);
        RELAY_PROBE(READ_COPIED);
        advance(buf, &run, taken);
        if (note)
            write_down(note, buf, &run, taken);
        to += taken;
        count -= taken;
    }
    relay_read_end(file);
    return to - (unsigned char *)bytes;
}

RELAY_EXPORT ssize_t relay_file_read(struct relay_file *file, void *bytes, size_t count)
{
    return relay_read_noted(file, bytes, count, NULL);
}
