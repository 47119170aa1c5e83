/* SPDX-License-Identifier: MIT */
/* Many operations in one call, and what each of them did. */
#include "relay/relay_batch.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "internal.h"

/* A batch that is being filled: what there is room for, and what is there. */
struct filling {
    struct rchan *chan;
    struct relay_batch *batch;
    size_t rows, runs, laps, bytes;
};

static bool has_room(const struct filling *at, size_t rows, uint64_t laps, uint64_t bytes)
{
    const struct relay_batch *batch = at->batch;

    return rows <= batch->n_rows - at->rows && laps <= batch->n_laps - at->laps &&
           bytes <= batch->n_bytes - at->bytes;
}

static int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_REALTIME, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void see(struct filling *at, struct rchan_buf *buf)
{
    relay_buf_snapshot(buf, &at->batch->rows[at->rows++], NULL);
}

/* ---- the kernel's side ---- */

static bool do_write(struct filling *at, const struct relay_batch_op *op,
                     struct relay_batch_done *done)
{
    struct relay_batch *batch = at->batch;
    const unsigned char *data;

    if (!relay_cpu_is_online(at->chan, op->cpu) || !has_room(at, 1, 0, 0) ||
        op->data > batch->n_data || op->amount > batch->n_data - op->data)
        return false;
    data = batch->data + op->data;
    done->value = op->deed == RELAY_DO_WRITE
                      ? relay_write_on(at->chan, op->cpu, data, op->amount)
                      : relay_write_nolock_on(at->chan, op->cpu, data, op->amount);
    see(at, relay_cpu_buf(at->chan, op->cpu));
    return true;
}

static bool do_switch(struct filling *at, const struct relay_batch_op *op,
                      struct relay_batch_done *done)
{
    struct rchan_buf *buf = relay_cpu_buf(at->chan, op->cpu);

    if (!buf || !has_room(at, 1, 0, 0))
        return false;
    done->value = (int64_t)relay_switch_subbuf(buf, op->amount);
    see(at, buf);
    return true;
}

static bool do_flush(struct filling *at)
{
    struct rchan_buf *buf;

    if (!has_room(at, relay_buf_count(at->chan), 0, 0))
        return false;
    relay_flush(at->chan);
    RELAY_EACH_BUF (at->chan, buf)
        see(at, buf);
    return true;
}

/* Of several sub-buffers that were released together some may have been read, others not. */
static void see_released(struct filling *at, struct rchan_buf *buf,
                         const struct relay_buf_info *before)
{
    uint64_t end = relay_load(&buf->ctl->consumed);
    uint64_t oldest =
        before->produced > buf->ctl->n_subbufs ? before->produced - buf->ctl->n_subbufs : 0;
    uint64_t first = before->consumed > oldest ? before->consumed : oldest;

    if (end < first + 2)
        return;
    for (uint64_t lap = first; lap < end; lap++) {
        const struct relay_slot *slot = relay_slot_of(buf, lap);
        bool is_there = relay_load(&slot->lap) == lap;

        at->batch->laps[at->laps++] = (struct relay_batch_lap){
            .lap = lap, .is_whole = is_there && relay_load(&slot->read) >= relay_load(&slot->used)};
    }
}

static bool do_consume(struct filling *at, const struct relay_batch_op *op)
{
    struct rchan_buf *buf = relay_cpu_buf(at->chan, op->cpu);
    struct relay_buf_info before;

    if (!buf || !has_room(at, 1, at->chan->n_subbufs, 0))
        return false;
    relay_buf_snapshot(buf, &before, NULL);
    relay_subbufs_consumed(at->chan, op->cpu, op->amount);
    see_released(at, buf, &before);
    see(at, buf);
    return true;
}

/* ---- the consumer's side ---- */

static struct relay_file *file_of(const struct filling *at, const struct relay_batch_op *op)
{
    return op->file < at->batch->n_files ? at->batch->files[op->file] : NULL;
}

/* Bytes that a reader who knows nothing of the kernel's oddities would get next. */
struct plain {
    const unsigned char *bytes; /* that were delivered */
    uint64_t length, most, found;
    bool is_same;
};

/* The bytes [start, used) of a sub-buffer are next. */
static void compare(struct plain *plain, const unsigned char *subbuf, uint64_t start, uint64_t used)
{
    uint64_t left = plain->most - plain->found;
    uint64_t length = used > start ? used - start : 0;

    if (length > left)
        length = left;
    if (length > plain->length - plain->found) {
        plain->is_same = false;
        return;
    }
    plain->is_same &= !memcmp(plain->bytes + plain->found, subbuf + start, length);
    plain->found += length;
}

/* How what was delivered compares with the next unread bytes; `was`: the buffer before. */
static uint32_t judge(const struct rchan_buf *buf, const struct relay_buf_info *was,
                      struct plain plain)
{
    uint64_t size = buf->ctl->subbuf_size, count = buf->ctl->n_subbufs;
    uint64_t lap = was->consumed, start = was->bytes_consumed;
    uint64_t at = lap % count;
    bool is_blocked = was->offset > size, is_last = at == was->produced % count;
    uint32_t flags = 0;

    if (lap < was->produced && !(is_last && was->offset == size) &&
        start + relay_load(&relay_slot_of(buf, lap)->padding) == size) { /* read to its end */
        lap++;
        start = 0;
    }
    if (!is_blocked && was->produced - lap >= count) {
        lap = was->produced - count + 1;
        start = 0;
        flags = RELAY_READ_LAPPED;
    }
    for (; lap < was->produced && plain.is_same && plain.found < plain.most; lap++) {
        uint64_t padding = relay_load(&relay_slot_of(buf, lap)->padding);

        compare(&plain, buf->start + lap % count * size, start, size - padding);
        start = 0;
    }
    if (!is_blocked && plain.is_same)
        compare(&plain, buf->start + (uint64_t)was->current * size, start, was->offset);
    return plain.is_same && plain.found == plain.length ? flags : flags | RELAY_READ_ODD;
}

static bool do_read(struct filling *at, const struct relay_batch_op *op,
                    struct relay_batch_done *done)
{
    struct relay_file *file = file_of(at, op);
    struct relay_batch *batch = at->batch;
    struct relay_note note = {.runs = batch->runs + at->runs, .room = batch->n_runs - at->runs};
    unsigned char *bytes = batch->bytes + at->bytes;
    struct relay_buf_info was;

    if (!file || !relay_file_reads(file) || !has_room(at, 1, at->chan->n_subbufs, op->amount) ||
        note.room < op->amount) /* there is no run without a byte */
        return false;
    relay_buf_snapshot(file->buf, &was, NULL);
    done->value = relay_read_noted(file, bytes, op->amount, &note);
    done->runs = (uint32_t)note.count;
    done->skipped_first = note.skipped_first;
    done->skipped_end = note.skipped_end;
    done->flags = judge(
        file->buf, &was,
        (struct plain){
            .bytes = bytes, .length = (uint64_t)done->value, .most = op->amount, .is_same = true});
    done->kept = (uint32_t)((size_t)done->value < batch->keep ? (size_t)done->value : batch->keep);
    at->bytes += done->kept;
    at->runs += note.count;
    see_released(at, file->buf, &was);
    see(at, file->buf);
    return true;
}

static bool do_poll(struct filling *at, const struct relay_batch_op *op,
                    struct relay_batch_done *done)
{
    struct relay_file *file = file_of(at, op);

    if (!file || !has_room(at, 1, 0, 0))
        return false;
    done->value = relay_file_poll(file);
    see(at, file->buf);
    return true;
}

static bool carry_out(struct filling *at, const struct relay_batch_op *op,
                      struct relay_batch_done *done)
{
    switch (op->deed) {
    case RELAY_DO_WRITE:
    case RELAY_DO_WRITE_NOLOCK:
        return do_write(at, op, done);
    case RELAY_DO_SWITCH:
        return do_switch(at, op, done);
    case RELAY_DO_CONSUME:
        return do_consume(at, op);
    case RELAY_DO_FLUSH:
        return do_flush(at);
    case RELAY_DO_READ:
        return do_read(at, op, done);
    case RELAY_DO_POLL:
        return do_poll(at, op, done);
    default:
        return false;
    }
}

RELAY_EXPORT size_t relay_carry_out(struct rchan *chan, struct relay_batch *batch)
{
    struct filling at = {.chan = chan, .batch = batch};
    size_t count = 0;

    for (; !chan->own->closed && count < batch->n_ops; count++) {
        struct relay_batch_done *done = &batch->done[count];

        *done = (struct relay_batch_done){.time = now(),
                                          .kept_at = at.bytes,
                                          .first_row = (uint32_t)at.rows,
                                          .first_run = (uint32_t)at.runs,
                                          .first_lap = (uint32_t)at.laps};
        if (!carry_out(&at, &batch->ops[count], done))
            break;
        done->rows = (uint32_t)at.rows - done->first_row;
        done->laps = (uint32_t)at.laps - done->first_lap;
        done->last_toobig = relay_load(&chan->last_toobig);
    }
    batch->n_rows = at.rows;
    batch->n_runs = at.runs;
    batch->n_laps = at.laps;
    batch->n_bytes = at.bytes;
    return count;
}
