/* SPDX-License-Identifier: MIT */
/*
 * read: the unread bytes behind the consumer's position, padding skipped.
 *
 * The rules are the kernel's (6.1), anomalies behind empty sub-buffers included. The reader looks at
 * the positions without the lock first, and believes what it sees if no switch, release or reset
 * fell into the look: then it is what the lock would have shown at the moment when offset was read.
 * It takes the lock when there is something to change, or when the look failed. The bytes are copied
 * without it, as in the kernel.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

/*
 * Each look takes the cache line of the writer's offset away from it. A reader that is at a running
 * writer's heels or was lapped by it, or that has looked in vain so many times, is hurried: it looks
 * only so often. Nobody sees that but by the clock.
 */
enum { PATIENCE = 64, PACE_NS = 20000 };

/* The reader's and the writer's position, read once. */
struct view {
    uint64_t size, count; /* S, n */
    uint64_t produced, consumed, offset, bytes_consumed;
};

/* A run of bytes that the reader may take. */
struct run {
    uint64_t position; /* R: bytes from the start of the buffer */
    uint64_t length;   /* 0: there is none */
    uint64_t lap;      /* of the sub-buffer that it lies in, when it was found */
    struct view view;  /* in which it was looked for */
    uint64_t skipped;  /* sub-buffers that a lapped reader left out to get there */
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

/* Whether the last byte of the sub-buffer at index `j` was read and it is complete. */
static bool is_done(struct rchan_buf *buf, const struct view *now, uint64_t j)
{
    uint64_t padding = relay_load(&relay_ctl_slot(buf->ctl, j)->padding);

    return now->bytes_consumed + padding == now->size &&
           !(j == now->produced % now->count && now->offset == now->size);
}

static void settle(struct rchan_buf *buf, uint64_t j)
{
    struct view now = look(buf);

    if (is_done(buf, &now, j))
        relay_release_read(buf);
}

static bool is_lapped(const struct view *now)
{
    return now->offset <= now->size && now->produced - now->consumed >= now->count;
}

/* A lapped reader is put in front of the writer: how many sub-buffers it leaves out. */
static uint64_t jump(struct rchan_buf *buf, struct view *now)
{
    uint64_t whole = now->produced - now->count + 1; /* the oldest sub-buffer that is */
    uint64_t skipped = whole - now->consumed;

    RELAY_PROBE(READ_LAPPED);
    relay_store(&buf->own->lapped, buf->own->lapped + 1);
    relay_store(&buf->own->lapped_subbufs, buf->own->lapped_subbufs + skipped);
    now->consumed = whole;
    now->bytes_consumed = 0;
    relay_store(&buf->ctl->bytes_consumed, 0);
    relay_store_release(&buf->ctl->consumed, now->consumed);
    return skipped;
}

/* Whether the reader, who is not lapped, stands elsewhere than the writer. */
static bool is_unread(const struct view *now)
{
    uint64_t ring = now->count * now->size, reader, writer;

    if (now->offset > now->size)
        return now->produced != now->consumed;
    writer = now->produced % now->count * now->size + now->offset;
    reader = now->consumed % now->count * now->size + now->bytes_consumed;
    if (reader == writer || reader == writer + ring)
        return now->offset == now->size && now->produced > now->consumed;
    return true;
}

/* The run at the reader's position; padding there is skipped once, without consuming it. */
static struct run find_run(struct rchan_buf *buf, const struct view *now)
{
    struct relay_ctl *ctl = buf->ctl;
    uint64_t at = now->consumed % now->count * now->size + now->bytes_consumed;
    uint64_t index, padding, end = now->size;
    struct run run = {.view = *now};

    if (!is_unread(now))
        return run;
    at = relay_read_position(at, now->count * now->size);
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
        return run;
    run.position = at;
    run.length = end - padding - at % now->size;
    run.lap = relay_load(&relay_ctl_slot(ctl, index)->lap);
    return run;
}

static struct run next_run_held(struct rchan_buf *buf)
{
    struct view now = look(buf);
    uint64_t skipped = 0;
    struct run run;

    settle(buf, now.consumed % now.count);
    RELAY_PROBE(READ_SETTLED);
    now = look(buf);
    if (is_lapped(&now))
        skipped = jump(buf, &now);
    RELAY_PROBE(READ_PLACED);
    if (relay_as_kernel())
        now = look(buf);
    run = find_run(buf, &now);
    run.skipped = skipped;
    return run;
}

/*
 * The same without the lock, as long as it changes nothing. Readers take turns, so `consumed` moves
 * under relay_change_begin only. False: the lock is needed, the run says nothing.
 */
static bool glance(struct rchan_buf *buf, struct run *ret)
{
    uint32_t seen = relay_change_seen(buf->ctl);
    struct view now = look(buf);
    bool changes = is_done(buf, &now, now.consumed % now.count) || is_lapped(&now);

    *ret = find_run(buf, &now);
    RELAY_PROBE(READ_LOOKED);
    return !changes && !relay_change_passed(buf->ctl, seen);
}

static struct run next_run(struct rchan_buf *buf)
{
    struct run run;

    if (relay_as_kernel() || !glance(buf, &run)) {
        bool taken = relay_buf_hold(buf);

        run = next_run_held(buf);
        relay_buf_let_go(buf, taken);
    }
    RELAY_PROBE(READ_POSITION);
    return run;
}

/* `count` bytes of a run are with the reader. */
static void advance(struct rchan_buf *buf, const struct run *run, uint64_t count)
{
    struct relay_ctl *ctl = buf->ctl;
    bool taken = relay_buf_hold(buf);
    uint64_t from = run->position % ctl->subbuf_size;

    if (run->lap != RELAY_NO_LAP)
        relay_account_read(buf, run->lap, from, from + count);
    if (relay_load(&ctl->bytes_consumed) + count > ctl->subbuf_size)
        relay_release_read(buf);
    relay_store(&ctl->bytes_consumed, relay_load(&ctl->bytes_consumed) + count);
    RELAY_PROBE(READ_ADVANCED);
    settle(buf, run->position == 0 ? relay_load(&ctl->consumed) % ctl->n_subbufs
                                   : run->position / ctl->subbuf_size);
    relay_buf_let_go(buf, taken);
}

__attribute__((noinline)) void relay_copy_torn(void *to, const void *from, size_t length)
{
    memcpy(to, from, length);
}

int relay_read_begin(struct relay_file *file)
{
    struct relay_buffer *own = file->buf->own;
    bool may_wait = !relay_buf_is_mine(file->buf);

    if ((may_wait ? pthread_mutex_lock(&own->reading) : pthread_mutex_trylock(&own->reading)) != 0)
        return -EDEADLK;
    if (!own->sharing || own->sharing->begin_reading(file->buf, may_wait))
        return 0;
    pthread_mutex_unlock(&own->reading);
    return -EDEADLK;
}

void relay_read_end(struct relay_file *file)
{
    struct relay_buffer *own = file->buf->own;

    if (own->sharing)
        own->sharing->end_reading(file->buf);
    pthread_mutex_unlock(&own->reading);
}

/*
 * A hurried reader waits until its next look is due, or the writer has finished a sub-buffer: that
 * must not be overwritten or stand in the way. For one that was lapped it is too late.
 */
static void pace(struct rchan_buf *buf)
{
    struct relay_buffer *own = buf->own;
    uint64_t now = relay_now_ns(), due = own->looked + PACE_NS;

    while (now < due && (own->lost || relay_load(&buf->ctl->produced) == own->seen)) {
        relay_pause();
        now = relay_now_ns();
    }
    own->looked = now;
}

static bool has_moved(const struct view *a, const struct view *b)
{
    return a->produced != b->produced || a->offset != b->offset;
}

/* What a look says about the next; `before`: this read's look before it, `all`: it found enough. */
static void judge(struct relay_buffer *own, const struct run *run, const struct run *before,
                  bool all)
{
    own->lost = run->skipped != 0;
    own->seen = run->view.produced;
    if (run->skipped || (before && has_moved(&run->view, &before->view)))
        own->futile = PATIENCE;
    else if (before || all)
        own->futile = 0;
    else if (!run->length && own->futile < PATIENCE)
        own->futile++;
}

/* For who records: nobody else is at work, so he is never hurried. */
static void write_down(struct relay_note *note, const struct rchan_buf *buf, const struct run *run,
                       size_t taken)
{
    uint64_t size = buf->ctl->subbuf_size;

    if (run->skipped) {
        note->skipped_first = run->view.consumed - run->skipped;
        note->skipped_end = run->view.consumed;
    }
    if (!taken || note->count == note->room)
        return;
    note->runs[note->count++] = (struct relay_run){.lap = run->lap,
                                                   .subbuf = (uint32_t)(run->position / size),
                                                   .start = (uint32_t)(run->position % size),
                                                   .length = (uint32_t)taken};
}

/* Bytes read. It is this reader's turn. */
static size_t read_runs(struct rchan_buf *buf, unsigned char *to, size_t count,
                        struct relay_note *note)
{
    struct run runs[2];
    size_t done = 0;

    for (unsigned i = 0; done < count; i++) {
        struct run *run = &runs[i % 2];
        size_t taken;

        if (!note && buf->own->futile == PATIENCE)
            pace(buf);
        *run = next_run(buf);
        taken = run->length < count - done ? run->length : count - done;
        if (note)
            write_down(note, buf, run, taken);
        else
            judge(buf->own, run, i ? &runs[(i + 1) % 2] : NULL, taken == count);
        if (!taken)
            break;
        RELAY_PROBE(READ_COPY);
        relay_copy_torn(to + done, buf->start + run->position, taken);
        RELAY_PROBE(READ_COPIED);
        advance(buf, run, taken);
        done += taken;
    }
    return done;
}

ssize_t relay_read_noted(struct relay_file *file, void *bytes, size_t count,
                         struct relay_note *note)
{
    size_t done;
    int error;

    if (!relay_file_reads(file))
        return -EBADF;
    error = relay_read_begin(file);
    if (error)
        return error;
    RELAY_PROBE(READ_ENTER);
    done = read_runs(file->buf, bytes, count, note);
    relay_read_end(file);
    return relay_buf_is_cut(file->buf) ? -EIO : (ssize_t)done;
}

RELAY_EXPORT ssize_t relay_file_read(struct relay_file *file, void *bytes, size_t count)
{
    return relay_read_noted(file, bytes, count, NULL);
}
