/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Many operations in one call, and what each of them did: for who records. Ours.
 *
 * The operations are those of the other headers, one after the other, with nothing left out and
 * nothing changed; beside each stands what an observer would have seen before and after it, had it
 * been alone.
 *
 * THREADS. Any thread. Nobody else should use the channel meanwhile: what others do stands in the
 * figures of whatever is carried out next. Not for signal handlers.
 */
#ifndef RELAY_BATCH_H
#define RELAY_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "relay/relay_file.h"
#include "relay/relay_info.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What is done. */
enum relay_deed {
    RELAY_DO_WRITE,        /**< relay_write_on */
    RELAY_DO_WRITE_NOLOCK, /**< relay_write_nolock_on */
    RELAY_DO_SWITCH,       /**< relay_switch_subbuf */
    RELAY_DO_CONSUME,      /**< relay_subbufs_consumed */
    RELAY_DO_FLUSH,        /**< relay_flush */
    RELAY_DO_READ,         /**< relay_file_read */
    RELAY_DO_POLL,         /**< relay_file_poll */
    RELAY_N_DEEDS
};

/** One operation. */
struct relay_batch_op {
    uint64_t amount; /**< bytes of a write, switch or read; sub-buffers to report as consumed */
    uint64_t data;   /**< of a write: where its bytes begin in relay_batch.data */
    uint32_t deed;   /**< enum relay_deed */
    uint32_t cpu;    /**< of a write, switch or report */
    uint32_t file;   /**< of a read or poll: which of relay_batch.files */
    uint32_t unused;
};

/** Bytes that a read delivered in one piece. */
struct relay_run {
    uint64_t lap;    /**< what the sub-buffer held, or RELAY_NO_LAP */
    uint32_t subbuf; /**< index */
    uint32_t start;  /**< first byte, from the start of the sub-buffer */
    uint32_t length; /**< bytes */
    uint32_t unused;
};

/** A sub-buffer that was released together with others, by a read or report. */
struct relay_batch_lap {
    uint64_t lap;
    uint32_t is_whole; /**< all that is in it, which may be nothing, had been read */
    uint32_t unused;
};

/** Flags of relay_batch_done. */
enum {
    RELAY_READ_LAPPED = 1, /**< the writer had lapped the reader */
    RELAY_READ_ODD = 2,    /**< a read delivered something else than the next unread bytes */
};

/** What one operation did. */
struct relay_batch_done {
    int64_t time;           /**< when it began: nanoseconds since the epoch */
    int64_t value;          /**< what the call returned; of a write enum relay_outcome */
    uint64_t last_toobig;   /**< of the channel, after it */
    uint64_t skipped_first; /**< a read that was lapped: the first lap it passed over … */
    uint64_t skipped_end;   /**< … and the one behind the last; equal: none */
    uint64_t kept_at;       /**< of a read: where the bytes that were kept of it begin */
    uint32_t kept;          /**< and how many these are */
    uint32_t first_row;     /**< its first row */
    uint32_t rows;          /**< how many: one for each buffer that it could change */
    uint32_t first_run;
    uint32_t runs; /**< of a read */
    uint32_t first_lap;
    uint32_t laps;  /**< when more than one sub-buffer was released: each of them */
    uint32_t flags; /**< RELAY_READ_LAPPED, RELAY_READ_ODD */
};

/** Operations, and room for what they do. */
struct relay_batch {
    const struct relay_batch_op *ops;
    size_t n_ops;
    const unsigned char *data; /**< the bytes that are written */
    size_t n_data;
    struct relay_file *const *files; /**< the descriptors that are read and polled */
    size_t n_files;
    size_t keep; /**< bytes of each read that are kept */

    struct relay_batch_done *done; /**< room for n_ops */
    struct relay_buf_info *rows;   /**< the buffers after each operation */
    size_t n_rows;                 /**< room; on return how many there are */
    struct relay_run *runs;
    size_t n_runs; /**< as n_rows; so are those below */
    struct relay_batch_lap *laps;
    size_t n_laps;
    unsigned char *bytes; /**< what was kept of reads, one behind the other */
    size_t n_bytes;
};

/**
 * Carry out operations until one cannot be: one that would fail for its arguments (no such CPU or
 * buffer, off line, a file that is not open for reading, bytes outside of `data`), on a closed
 * channel, or for which there might not be room. It has not been begun; it, and what is behind it,
 * is the caller's to do in another way. A read may need as much room in `bytes` as it may deliver.
 *
 * Whether events are lost, sub-buffers switch, or nothing is there to be read is no failure: that is
 * written down.
 *
 * Blocks as the operations do. Allocates: never.
 * @return how many were carried out. Errors: none; what could not be carried out is left to the caller.
 */
size_t relay_carry_out(struct rchan *chan, struct relay_batch *batch);

#ifdef __cplusplus
}
#endif
#endif
