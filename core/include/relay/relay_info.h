/* SPDX-License-Identifier: MIT */
/**
 * @file
 * For observers: accounts and snapshots. None of this exists in the kernel.
 *
 * An observer takes no lock and never stops a writer. A snapshot of a buffer is consistent with
 * itself as far as switches go (it is taken again when one happened meanwhile); at a quiet moment it
 * is exact, and then
 *     attempted = unread + consumed + each loss.
 *
 * THREADS. Any thread; whoever looks holds a reference of the channel or buffer.
 */
#ifndef RELAY_INFO_H
#define RELAY_INFO_H

#include "relay/relay.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What became of the events of one buffer since open. */
struct relay_account {
    struct relay_count attempted; /**< writes and reserves that were tried */
    struct relay_count accepted;  /**< of these: stored */
    struct relay_count unread;    /**< of these: still there and not yet consumed or lost */
    struct relay_count fate[RELAY_N_FATES];
};

/** The account of a buffer. O(n). Errors: none. */
void relay_buf_account(struct rchan_buf *buf, struct relay_account *ret);

/** What a sub-buffer is at the moment. */
enum relay_subbuf_state {
    RELAY_SUBBUF_FREE,    /**< not used since open or reset */
    RELAY_SUBBUF_CURRENT, /**< being written */
    RELAY_SUBBUF_UNREAD,  /**< finished, not yet consumed */
    RELAY_SUBBUF_DONE,    /**< finished and released; its bytes are still there */
};

/** One sub-buffer in a snapshot. Sizes in bytes. */
struct relay_subbuf_info {
    uint64_t lap; /**< number of the sub-buffer held, counted from open or reset; RELAY_NO_LAP */
    uint64_t events;
    uint64_t lost; /**< unread events that were overwritten when this lap began */
    uint32_t used; /**< header and events */
    uint32_t header;
    uint32_t padding;  /**< the kernel's padding[i] */
    uint32_t reserved; /**< of used: handed out by relay_reserve */
    uint32_t read;     /**< delivered to descriptors, from the beginning */
    uint32_t state;    /**< enum relay_subbuf_state */
};

/** One buffer in a snapshot. */
struct relay_buf_info {
    uint64_t produced;
    uint64_t consumed;
    uint64_t offset; /**< 0 … S, or S + 1: blocked */
    uint64_t bytes_consumed;
    uint64_t prev_padding;
    uint64_t file_size;
    uint64_t stat_full;
    uint64_t stat_big;
    uint32_t cpu;
    uint32_t current;
    uint32_t waiters;
    uint8_t online;
    uint8_t finalized;
    uint8_t has_file;
    uint8_t mapped;
    struct relay_account account;
};

/**
 * @return number of distinct buffers of a channel: rows that relay_snapshot() fills. Errors: none.
 */
size_t relay_buf_count(struct rchan *chan);

/**
 * The distinct buffers by CPU number, each with a reference (relay_buf_put).
 * @return how many there are; only the first @p size are stored. Errors: none.
 */
size_t relay_bufs(struct rchan *chan, struct rchan_buf **bufs, size_t size);

/**
 * Take a snapshot.
 * @param bufs     room for @p rows rows
 * @param subbufs  room for rows * n_subbufs rows, a buffer's behind each other; NULL: not wanted
 * @return rows filled: min(rows, relay_buf_count()). Errors: none.
 */
size_t relay_snapshot(struct rchan *chan, struct relay_buf_info *bufs,
                      struct relay_subbuf_info *subbufs, size_t rows);

/** The same for one buffer; @p subbufs has room for n_subbufs rows, or is NULL. Errors: none. */
void relay_buf_snapshot(struct rchan_buf *buf, struct relay_buf_info *info,
                        struct relay_subbuf_info *subbufs);

#ifdef __cplusplus
}
#endif
#endif
