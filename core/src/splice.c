/* SPDX-License-Identifier: MIT */
/* sendfile and splice: finished sub-buffers into another descriptor, as the documentation has it. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "internal.h"

/* Unread bytes of the oldest finished sub-buffer; empty ones are released on the way. */
static const unsigned char *next_bytes(struct rchan_buf *buf, size_t *length)
{
    struct relay_ctl *ctl = buf->ctl;
    bool taken = relay_buf_hold(buf);
    uint64_t produced = relay_load(&ctl->produced), size = ctl->subbuf_size;
    /* While blocked all n sub-buffers are finished, else one of them is being written. */
    uint64_t held = ctl->n_subbufs - (relay_load_acquire(&ctl->offset) > size ? 0 : 1);
    const unsigned char *bytes = NULL;

    if (produced - relay_load(&ctl->consumed) > held) {
        relay_store_release(&ctl->consumed, produced - held);
        relay_store(&ctl->bytes_consumed, 0);
        RELAY_PROBE(READ_LAPPED);
    }
    while (!bytes && relay_load(&ctl->consumed) != produced) {
        uint64_t consumed = relay_load(&ctl->consumed);
        uint64_t at = relay_load(&ctl->bytes_consumed);
        uint64_t end = size - relay_load(&relay_slot_of(buf, consumed)->padding);

        if (at < end) {
            bytes = buf->start + consumed % ctl->n_subbufs * size + at;
            *length = end - at;
        } else {
            relay_release(buf, 1, false);
            relay_store(&ctl->bytes_consumed, 0);
        }
    }
    relay_buf_let_go(buf, taken);
    return bytes;
}

static void advance(struct rchan_buf *buf, const unsigned char *bytes, size_t moved)
{
    struct relay_ctl *ctl = buf->ctl;
    bool taken = relay_buf_hold(buf);
    uint64_t from = (uint64_t)(bytes - buf->start) % ctl->subbuf_size;
    uint64_t consumed = relay_load(&ctl->consumed);

    relay_account_read(buf, consumed, from, from + moved);
    relay_store(&ctl->bytes_consumed, from + moved);
    if (from + moved + relay_load(&relay_slot_of(buf, consumed)->padding) >= ctl->subbuf_size) {
        relay_release(buf, 1, false);
        relay_store(&ctl->bytes_consumed, 0);
    }
    relay_buf_let_go(buf, taken);
}

static ssize_t move_all(struct rchan_buf *buf, int fd, size_t count)
{
    const unsigned char *bytes;
    size_t length, total = 0;

    while (count > total && (bytes = next_bytes(buf, &length))) {
        size_t wanted = length < count - total ? length : count - total;
        ssize_t moved = write(fd, bytes, wanted);

        if (moved < 0)
            return total ? (ssize_t)total : -errno;
        RELAY_PROBE(SPLICE_MOVED);
        advance(buf, bytes, (size_t)moved);
        total += (size_t)moved;
        if ((size_t)moved < wanted)
            break;
    }
    return (ssize_t)total;
}

RELAY_EXPORT ssize_t relay_file_splice(struct relay_file *file, int fd, size_t count)
{
    ssize_t moved;
    int error;

    if (!relay_file_reads(file))
        return -EBADF;
    error = relay_read_begin(file);
    if (error)
        return error;
    moved = move_all(file->buf, fd, count);
    relay_read_end(file);
    if (moved == 0 && count > 0 && (file->flags & O_NONBLOCK))
        return -EAGAIN;
    return moved;
}
