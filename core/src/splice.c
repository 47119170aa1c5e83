/* SPDX-License-Identifier: MIT */
/* sendfile and splice: finished sub-buffers into another descriptor, as the documentation has it. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "internal.h"

/* Bytes of a finished sub-buffer that are to be moved. */
struct run {
    const unsigned char *bytes;
    size_t length;
    uint64_t lap;
};

/* Unread bytes of the oldest finished sub-buffer; empty ones are released on the way. */
static bool next_run(struct rchan_buf *buf, struct run *ret)
{
    struct relay_ctl *ctl = buf->ctl;
    bool taken = relay_buf_hold(buf);
    uint64_t produced = relay_load(&ctl->produced), size = ctl->subbuf_size;
    /* While blocked all n sub-buffers are finished, else one of them is being written. */
    uint64_t held = ctl->n_subbufs - (relay_load_acquire(&ctl->offset) > size ? 0 : 1);
    bool found = false;

    if (produced - relay_load(&ctl->consumed) > held) {
        relay_store_release(&ctl->bytes_consumed, 0);
        relay_store_release(&ctl->consumed, produced - held);
        RELAY_PROBE(READ_LAPPED);
    }
    while (!found && relay_load(&ctl->consumed) != produced) {
        uint64_t consumed = relay_load(&ctl->consumed);
        uint64_t at = relay_load(&ctl->bytes_consumed);
        uint64_t end = size - relay_load(&relay_slot_of(buf, consumed)->padding);

        if (at < end) {
            *ret = (struct run){.bytes = buf->start + consumed % ctl->n_subbufs * size + at,
                                .length = end - at,
                                .lap = consumed};
            found = true;
        } else {
            relay_release_read(buf);
        }
    }
    relay_buf_let_go(buf, taken);
    return found;
}

/*
 * `moved` bytes of a run are in the pipe. Waiting for room there, the lock is not held: when somebody
 * else reported the sub-buffer as consumed meanwhile, the position is no longer this splice's.
 */
static void advance(struct rchan_buf *buf, const struct run *run, size_t moved)
{
    struct relay_ctl *ctl = buf->ctl;
    bool taken = relay_buf_hold(buf);
    uint64_t from = (uint64_t)(run->bytes - buf->start) % ctl->subbuf_size, end = from + moved;

    if (relay_load(&ctl->consumed) == run->lap) {
        relay_account_read(buf, run->lap, from, end);
        relay_store(&ctl->bytes_consumed, end);
        if (end + relay_load(&relay_slot_of(buf, run->lap)->padding) >= ctl->subbuf_size)
            relay_release_read(buf);
    }
    relay_buf_let_go(buf, taken);
}

static ssize_t move_all(struct rchan_buf *buf, int fd, size_t count)
{
    size_t total = 0;
    struct run run;

    while (count > total && next_run(buf, &run)) {
        size_t wanted = run.length < count - total ? run.length : count - total;
        ssize_t moved = write(fd, run.bytes, wanted);

        if (moved < 0)
            return total ? (ssize_t)total : -errno;
        RELAY_PROBE(SPLICE_MOVED);
        advance(buf, &run, (size_t)moved);
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
    if (relay_buf_is_cut(file->buf))
        return -EIO;
    if (moved == 0 && count > 0 && (file->flags & O_NONBLOCK))
        return -EAGAIN;
    return moved;
}
