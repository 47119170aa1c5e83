/* SPDX-License-Identifier: MIT */
/**
 * @file
 * For debuggers: a whole channel as a block of bytes, and a channel made from such a block. None of
 * this exists in the kernel.
 *
 * A block holds what the channel is: sizes, name, CPUs, last_toobig, and of each buffer the
 * counters, the sub-buffers, the account, the read position and the bytes. A channel made from it
 * goes on as the saved one would have: the same calls give the same results, states and bytes.
 *
 * It does not hold what others have of the channel, and what they have to make again:
 *  - callbacks and private_data: given anew;
 *  - directories: the files are made in the one that is given;
 *  - descriptors and mappings: opened again from those files. The read position belongs to the
 *    buffer and so is in the block. Two things depend on them: a report of a consumer that has a
 *    mapping is trusted, and the last one who can read a closed buffer takes what is unread with it.
 *    Open and map before going on, then both are as they were;
 *  - pollers that were asleep, and the eventfd of a buffer, which is made when it is asked for;
 *  - slots that relay_reserve handed out: they lie where they lay, counted from rchan_buf.start.
 *
 * A block has no pointers and the machine's byte order. It carries a version and a checksum, and
 * whatever it says is checked: damaged and hostile bytes are refused. Stretches of zero bytes take
 * no room in it.
 *
 * THREADS. Any thread; saving, opening and restoring wait for those who open, flush, reset or close a
 * channel.
 */
#ifndef RELAY_SAVE_H
#define RELAY_SAVE_H

#include <sys/types.h>

#include "relay/relay.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RELAY_SAVE_VERSION 1u /* grows with every change of the format */

/** What a block says of its channel. */
struct relay_saved {
    size_t subbuf_size; /**< bytes */
    size_t n_subbufs;
    size_t header_size; /**< bytes that the ready-made subbuf_start reserve */
    unsigned cpus;      /**< possible CPUs */
    unsigned bufs;      /**< distinct buffers */
    bool is_global;
    bool is_named;                          /**< it has files, or had them before it was closed */
    bool is_closed;                         /**< it was closed */
    char base_filename[RELAY_NAME_MAX + 1]; /**< "" unless is_named */
};

/**
 * @return bytes that relay_save() needs at most, whatever is written until then: zeros are not left
 *         out here. Grows when a CPU comes on line for the first time. 0 for NULL. Errors: none.
 */
size_t relay_save_size(struct rchan *chan);

/**
 * Save a channel, open or closed (with a reference held).
 *
 * Each buffer is held still while it is looked at, as flush does. Between two buffers writers may go
 * on: who wants all buffers of one moment sees to it that nobody writes.
 * Time: that of reading the buffers' memory once.
 * @param bytes  room for @p size bytes, relay_save_size() is always enough
 * @return bytes stored or
 * Errors: -EINVAL NO_CHANNEL; -ENOSPC ARGUMENT: @p size is too small, and what is in @p bytes is of no
 *         use; -EDEADLK BUSY: from inside a callback.
 */
ssize_t relay_save(struct rchan *chan, void *bytes, size_t size);

/**
 * Look at a block without making a channel of it.
 * @return 0 or
 * Errors: -EBADMSG SAVED: it is none of this version, or its head or checksum is damaged.
 */
int relay_saved_info(const void *bytes, size_t size, struct relay_saved *ret);

/**
 * Open a channel in the state that was saved.
 *
 * create_buf_file is called for each buffer that had a file, in order of CPU numbers, and cannot
 * change is_global any more. subbuf_start is not called.
 *
 * The block of a closed channel gives one that is open and whose buffers are finalized, with their
 * files: so descriptors can be opened again. relay_close makes it what it was; nothing else but that
 * and what a consumer does should be called before.
 * @param parent        directory for the files, now and at late set-up; NULL: the root
 * @param cb            callback table, must outlive the channel
 * @param private_data  readable as chan->private_data, already in create_buf_file
 * @return the channel, to be closed with relay_close; NULL: nothing is left behind.
 * Errors: SAVED: as relay_saved_info(), or what the block says cannot be; CALLBACKS; CREATE_FILE;
 *         FILE_LIMIT; NO_MEMORY; BUSY: from inside a callback.
 */
struct rchan *relay_open_saved(const void *bytes, size_t size, struct dentry *parent,
                               const struct rchan_callbacks *cb, void *private_data);

/**
 * Bring an open channel into the state that was saved, in its own memory: for who goes to and fro
 * among states of one channel. No memory is taken or given back and no file made or removed.
 *
 * From then on it goes on as a channel from relay_open_saved() would. It must have been opened as
 * the saved one (sizes, CPUs, is_global, name, writers, memory_limit) and have the same buffers with
 * the same files; which CPUs are on line may differ. The whole block is checked before anything is
 * changed: a call that fails leaves the channel as it was. subbuf_start is not called, and stays as
 * it is; header_size becomes what was saved. A block of a closed channel makes the buffers
 * finalized, as with relay_open_saved().
 *
 * What others hold of the channel stays theirs:
 *  - descriptors stay open, and read on at the position that was saved. Which ones there are is not
 *    in a block: open and close until they are those of the saved channel;
 *  - mappings show the restored bytes, at the same address. What was stored through one is replaced;
 *  - slots that relay_reserve handed out before are void: they must not be filled;
 *  - pollers are woken and look again; an eventfd says what poll says;
 *  - writers and readers may be at work: each buffer is held still as it changes, as with relay_reset,
 *    and a read that is under way ends on the new state, as with a reset. Who wants the saved state
 *    and no other sees to it that nobody writes or reads, and that @p bytes do not change.
 * For a snapshot it is like a switch: what is taken while a buffer changes is taken again. The
 * buffer's bytes come behind its counters.
 * Time: that of reading the buffers' memory once.
 * @return 0 or
 * Errors: -EINVAL NO_CHANNEL; -EBADMSG SAVED: as relay_saved_info(), or what the block says cannot be;
 *         -EINVAL SHAPE: the saved channel is another, see above; -EBADF CLOSED; -ENOMEM NO_MEMORY;
 *         -EDEADLK BUSY: from inside a callback or from a signal handler that interrupted a writer.
 */
int relay_restore(struct rchan *chan, const void *bytes, size_t size);

/**
 * A buffer of a channel that was not ours, such as a kernel's: what its struct rchan_buf says, with
 * the kernel's names, and its memory.
 */
struct relay_found_buf {
    unsigned cpu;
    bool finalized;
    bool has_file;
    uint64_t offset; /**< bytes used in the sub-buffer being written; subbuf_size + 1: blocked */
    uint64_t produced;
    uint64_t consumed;
    uint64_t bytes_consumed;
    uint64_t prev_padding;
    uint64_t file_size;
    uint64_t stat_full;
    uint64_t stat_big;
    const uint64_t *padding; /**< of each sub-buffer */
    const void *bytes;       /**< subbuf_size * n_subbufs in whole pages */
};

/** A channel that was not ours. */
struct relay_found {
    size_t subbuf_size; /**< bytes */
    size_t n_subbufs;
    uint64_t last_toobig;
    unsigned cpus; /**< possible CPUs */
    unsigned bufs; /**< how many there are in `buf`, by CPU number */
    bool is_global;
    const char *base_filename; /**< NULL: it has no files */
    const struct relay_found_buf *buf;
};

/** @return bytes that relay_save_found() needs. Errors: none. */
size_t relay_found_size(const struct relay_found *found);

/**
 * Make a block of a channel that was not ours, so that relay_open_saved() goes on where it stood.
 *
 * All CPUs that have a buffer are on line. Where events begin and what was lost nobody wrote down:
 * the account begins with what the memory holds, and each sub-buffer with data counts as one event,
 * consumed if the counters say so. Headers count as part of it. What was overwritten before is in
 * no row.
 * @param bytes  room for @p size bytes
 * @return bytes stored or
 * Errors: -EINVAL ARGUMENT: the counters of a buffer contradict each other or the sizes, as they do
 *         in the middle of a switch, or there is no buffer; -ENOSPC ARGUMENT: @p size is too small.
 */
ssize_t relay_save_found(const struct relay_found *found, void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
