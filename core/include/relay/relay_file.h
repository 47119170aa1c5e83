/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The consumer side of relay: the host filesystem, open, read, poll, map, splice.
 *
 * Functions return what the system call would: a count or 0, else a negative errno number.
 *
 * THREADS. Any thread. Readers of one buffer take turns (one lock for each buffer's file, as in the
 * kernel); poll, mapping and relay_subbufs_consumed do not wait for them. Not for signal handlers.
 * In overwrite mode a read during writing can return a mix of old and new bytes (torn).
 */
#ifndef RELAY_FILE_H
#define RELAY_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "relay/relay.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------- host filesystem (memory; relay_directory.h: disk) */

/** @return the root directory; always there; never removed. Errors: none. */
struct dentry *relay_root(void);

/**
 * Make a directory.
 * @param name    1 … 255 bytes without '/', not "." or ".."
 * @param parent  directory, NULL: the root
 * @return the directory, valid until relay_remove and relay_dentry_put; NULL:
 * Errors: NAME, also for NULL; NOT_DIRECTORY; NOT_FOUND: the parent was removed; EXISTS; NO_MEMORY; on
 *         disk also STALE: of a process that is gone; PERMISSION; READ_ONLY; NO_SPACE; FILE_LIMIT; BUSY;
 *         SYSTEM.
 */
struct dentry *relay_create_dir(const char *name, struct dentry *parent);

/**
 * Make the file of a buffer: what create_buf_file usually does.
 * @param mode  permission bits
 * @param buf   the buffer; the file keeps it in memory until it is removed
 * @return as relay_create_dir(). Errors: as relay_create_dir().
 */
struct dentry *relay_create_file(const char *name, struct dentry *parent, uint16_t mode,
                                 struct rchan_buf *buf);

/**
 * Take an entry out of its directory and drop the reference that its creation gave. Open
 * descriptors stay. Removing twice or NULL: nothing.
 * @return 0 or
 * Errors: -ENOTEMPTY NOT_EMPTY: a directory with entries; -EBUSY ARGUMENT: the root.
 */
int relay_remove(struct dentry *entry);

/**
 * A ready-made create_buf_file: relay_create_file() with the arguments given.
 * @return as that; for a buffer-only channel the root. Errors: as relay_create_dir().
 */
struct dentry *relay_default_create_buf_file(const char *filename, struct dentry *parent,
                                             uint16_t mode, struct rchan_buf *buf, int *is_global);
/** A ready-made remove_buf_file: relay_remove(). @return as that. Errors: as that. */
int relay_default_remove_buf_file(struct dentry *dentry);

/**
 * @param parent  directory, NULL: the root
 * @return the entry of that name, with a reference; NULL:
 * Errors: NOT_FOUND; NOT_DIRECTORY: the parent is a file; on disk also PERMISSION; FOREIGN; DAMAGED;
 *         NO_MEMORY; SYSTEM.
 */
struct dentry *relay_lookup(struct dentry *parent, const char *name);
/** Hold an entry's memory. NULL: nothing. Errors: none. */
void relay_dentry_get(struct dentry *entry);
/** Drop a reference of relay_lookup or relay_dentry_get. NULL: nothing. Errors: none. */
void relay_dentry_put(struct dentry *entry);
/** @return the name; valid as long as the entry is. "" for the root. Errors: none. */
const char *relay_dentry_name(struct dentry *entry);
/** @return whether it is a directory; false: a file. Errors: none. */
bool relay_dentry_is_dir(struct dentry *entry);
/**
 * The names in a directory, in the order of creation, each followed by a 0 byte.
 * @param names  room for @p size bytes; may be NULL when size is 0
 * @return bytes needed for all names; nothing is stored when that is more than size.
 * Errors: -ENOTDIR: a file.
 */
ssize_t relay_dir_names(struct dentry *dir, char *names, size_t size);

/* ---------------------------------------------------------------- descriptors */

/**
 * Open a buffer's file. The read position belongs to the buffer: all descriptors share it.
 * @param flags  O_RDONLY, O_WRONLY or O_RDWR, and O_NONBLOCK; others are ignored
 * @param[out] ret  the descriptor, to be closed with relay_file_close
 * @return 0 or
 * Errors: -ENOENT: the entry is NULL, or was removed; -EISDIR; -ENOMEM.
 */
int relay_file_open(struct dentry *entry, int flags, struct relay_file **ret);
/** Close; mappings made from it stay. NULL: nothing. Errors: none. */
void relay_file_close(struct relay_file *file);

/** @return the buffer behind a descriptor; no reference is taken. Errors: none. */
struct rchan_buf *relay_file_buf(struct relay_file *file);
/**
 * @return bytes of all sub-buffers finished since open, padding left out: st_size. Errors: none.
 */
uint64_t relay_file_size(struct relay_file *file);
/**
 * A consumer that has the buffer mapped reports that it is done with @p consumed sub-buffers: what
 * relay_subbufs_consumed() is for who has the channel.
 * Ignored when consumed > n; cut to what is ready. Errors: none.
 */
void relay_file_subbufs_consumed(struct relay_file *file, size_t consumed);
/** @return file type and permission bits: st_mode. Errors: none. */
uint32_t relay_file_mode(struct relay_file *file);
/** @return the access mode and O_NONBLOCK that it was opened with. Errors: none. */
int relay_file_flags(struct relay_file *file);

/**
 * Read unread bytes, also of the sub-buffer being written; padding is skipped, headers are data.
 * Exact to kernel 6.1, its anomalies behind empty sub-buffers included (observed facts D1, D2, D9).
 * Waits for other readers of the buffer alone, never -EAGAIN. Who calls it again and again in vain,
 * or at the heels of a writer in another thread, waits up to 20 microseconds, to spare the writer.
 * @return bytes read, 0: nothing there now, or
 * Errors: -EBADF: not open for reading; -EDEADLK: called by a callback of this buffer while another
 *         reads, who may have to wait for the callback; -EIO: somebody cut a file of the buffer (on disk).
 */
ssize_t relay_file_read(struct relay_file *file, void *bytes, size_t count);

/**
 * What relay files refuse: they cannot be seeked or written.
 * @return always one of the errors.
 * Errors: -ESPIPE: pread, lseek; write -EINVAL, or -EBADF: open for reading only.
 */
ssize_t relay_file_pread(struct relay_file *file, void *bytes, size_t count, int64_t at);
int64_t relay_file_lseek(struct relay_file *file, int64_t offset, int whence);
ssize_t relay_file_write(struct relay_file *file, const void *bytes, size_t count);

/**
 * What poll says now.
 * @return POLLERR alone after close of the channel; else, on a readable descriptor, POLLIN |
 *         POLLRDNORM while finished sub-buffers are unconsumed; POLLERR as well when the process that
 *         made the buffer is another one and is dead (what it left can be read); else 0. Errors: none.
 */
short relay_file_poll(struct relay_file *file);

/**
 * Sleep until poll says something or the time is up. As in the kernel only a switch of this buffer
 * wakes (a write or flush that finishes a sub-buffer); close, reset and bytes in an unfinished
 * sub-buffer do not, and are found when the time is up. When the process that made the buffer is
 * another one and dies, that is found within a fifth of a second.
 * @param timeout_ms  0: only look; negative: for ever
 * @param[out] woken  true: a wake-up ended the call, or there was nothing to wait for; may be NULL
 * @return the poll mask (0: time is up) or
 * Errors: -EINTR: a signal handler ran.
 */
int relay_file_wait(struct relay_file *file, int64_t timeout_ms, bool *woken);

/**
 * A system descriptor (eventfd) that select, poll and epoll find readable exactly when
 * relay_file_poll() is not 0. It belongs to the buffer: do not read, write or close it. Unlike the
 * kernel's poll it also becomes ready at close, since it cannot be ready without waking.
 * @return the descriptor or
 * Errors: -EBADF: opened write-only; -EOPNOTSUPP: another process's buffer, use
 *         relay_file_wait(); or why eventfd(2) failed, such as -EMFILE.
 */
int relay_file_eventfd(struct relay_file *file);

/**
 * Move unread bytes of finished sub-buffers, padding left out, to another descriptor (sendfile).
 * Follows the documentation: the position is read's, a sub-buffer counts as consumed when its last
 * byte has been taken. (6.1's own splice has other rules and defects; later kernels have none.)
 * Blocks as the other descriptor does; other readers of the buffer wait meanwhile.
 * @return bytes moved, 0: nothing finished, or
 * Errors: -EAGAIN: nothing finished, on an O_NONBLOCK descriptor; -EBADF: not open for reading;
 *         -EDEADLK: as relay_file_read(); what write(2) to the other descriptor gives, when nothing
 *         was moved before it.
 */
ssize_t relay_file_splice(struct relay_file *file, int fd, size_t count);

/* ---------------------------------------------------------------- mappings */

struct relay_mapping;
/**
 * Map the buffer.
 * @param length  must be alloc_size
 * @param prot    PROT_READ, PROT_WRITE (with MAP_SHARED only on a descriptor open for both)
 * @param flags   MAP_SHARED or MAP_PRIVATE
 * @param offset  accepted, in whole pages; the mapping then begins there and what lies behind the
 *                buffer cannot be touched
 * @return 0 or
 * Errors: -EINVAL: length, offset or flags; -EACCES: not readable, or PROT_WRITE as above; -ENOMEM, or
 *         what else mmap(2) gives.
 */
int relay_file_mmap(struct relay_file *file, size_t length, int prot, int flags, size_t offset,
                    struct relay_mapping **ret);
/** @return first byte; NULL where no byte may be touched. Errors: none. */
void *relay_mapping_address(struct relay_mapping *mapping);
/** @return bytes that may be touched: alloc_size - offset, or 0. Errors: none. */
size_t relay_mapping_size(struct relay_mapping *mapping);
/**
 * Unmap. The buffer's memory goes with its last mapping, file and channel. NULL: nothing.
 * Errors: none.
 */
void relay_mapping_close(struct relay_mapping *mapping);

/**
 * @return whether a descriptor's invariants hold, its buffer's included; false for NULL.
 * Errors: none.
 */
bool relay_file_is_valid(struct relay_file *file);

#ifdef __cplusplus
}
#endif
#endif
