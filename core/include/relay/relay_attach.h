/* SPDX-License-Identifier: MIT */
/**
 * @file
 * For who looks at a buffer of another process, running or dead, without being anything to it: files are
 * mapped for reading only, and copied by the system, for which it is no deadly signal where they were
 * cut. No descriptor stays open. Nothing that they say is believed before it was checked. Ours.
 *
 * A look is a copy of the control block, taken again when a change fell into it. What a process that died
 * left half done is put in order in the copy, so that it shows what a consumer would find.
 *
 * THREADS. One thread at a time for each attached buffer.
 */
#ifndef RELAY_ATTACH_H
#define RELAY_ATTACH_H

#include "relay/relay_directory.h"
#include "relay/relay_info.h"

#ifdef __cplusplus
extern "C" {
#endif

struct relay_attached; /* a buffer of another process, looked at */

/** Whether the process that made a buffer is there. */
enum relay_alive {
    RELAY_ALIVE_NO,
    RELAY_ALIVE_YES,
    RELAY_ALIVE_UNKNOWN, /**< another PID namespace: its numbers mean nothing here */
};

/** What a look says besides relay_buf_info. */
struct relay_attached_info {
    struct relay_maker maker;
    uint64_t subbuf_size; /**< bytes */
    uint64_t n_subbufs;
    uint64_t alloc_size; /**< bytes */
    uint32_t cpu;
    uint32_t alive;      /**< enum relay_alive */
    uint32_t doing;      /**< enum relay_doing: what was found half done */
    uint32_t holder;     /**< thread that has the buffer's lock, 0: none */
    uint32_t writing;    /**< writers without lock that are inside */
    uint8_t is_torn;     /**< the process died while it had the buffer for writing an event */
    uint8_t is_moving;   /**< changes fell into many tries: figures may not fit each other */
    uint8_t is_consumer; /**< the holder is of another process than the maker */
};

/**
 * Attach to a buffer.
 * @param path      of its data file; the control block is beside it
 * @param[out] ret  to be given to relay_detach
 * @return 0 or
 * Errors: -ENOENT NOT_FOUND; -EACCES PERMISSION; -EPROTO FOREIGN: of another version of the library;
 *         -EBADMSG DAMAGED: no control block, or one that cannot be; -EINVAL NAME: too long a path;
 *         -ENOMEM NO_MEMORY; -EIO SYSTEM: such as too many open files (two, meanwhile), or a sandbox that
 *         forbids process_vm_readv(2).
 */
int relay_attach(const char *path, struct relay_attached **ret);
/** Let go of it. NULL: nothing. Errors: none. */
void relay_detach(struct relay_attached *attached);

/** @return sub-buffers of the buffer: the rows that a look fills. Errors: none. */
size_t relay_attached_n_subbufs(const struct relay_attached *attached);

/**
 * Look.
 * @param buf      the figures; `online` is always set, `mapped` and `waiters` are as the file says
 * @param subbufs  room for relay_attached_n_subbufs() rows; NULL: not wanted
 * @return 0 or
 * Errors: -EBADMSG DAMAGED: it was changed or cut, or its figures cannot be; -EAGAIN MOVING: changes fell
 *         into each try of 0.2 s. Then only the fixed ones of @p ret are set.
 */
int relay_attached_look(struct relay_attached *attached, struct relay_attached_info *ret,
                        struct relay_buf_info *buf, struct relay_subbuf_info *subbufs);

/**
 * Copy bytes of the data as they are now; a writer may be at them.
 * @return bytes copied, fewer at the end of the buffer, or
 * Errors: -EBADMSG: the file was cut, by whole pages; what is gone of a page is read as zeros.
 */
ssize_t relay_attached_read(struct relay_attached *attached, void *bytes, size_t count,
                            uint64_t at);

#ifdef __cplusplus
}
#endif
#endif
