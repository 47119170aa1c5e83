/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Directories on disk: buffers as files that other processes open, read, poll and map. Ours: in the
 * kernel every process sees the files of debugfs.
 *
 * A directory of relay_directory_at() goes where one of relay_create_dir() goes. In it a buffer is two
 * files: NAME, exactly alloc_size bytes, what a consumer maps; and NAME.ctl, its control block. A
 * channel is described by BASE.channel. Any filesystem will do; /dev/shm is memory. No descriptor stays
 * open. A process that opens NAME through relay_lookup() and relay_file_open() has the same file as
 * the one that made it: the read position is the buffer's, a writer wakes who waits in another process,
 * consumers take from each other. It trusts the process that writes, as in the kernel a consumer
 * trusts the client: relay_attach.h is for who does not.
 *
 * What is otherwise than within one process:
 *  - buf_mapped and buf_unmapped are not told of mappings in other processes (kernels from 5.11 on tell
 *    of none), and relay_file_eventfd() is for the maker's process alone.
 *  - A process that dies holds nothing up. What a writer had committed can be read; poll says POLLERR as
 *    well. What a consumer had taken is gone with it.
 *  - Somebody may cut the files while they are mapped, and touching what is gone is a deadly signal. So
 *    the library handles SIGBUS from the first such buffer on: what was cut becomes memory of the
 *    process that touches it, data zeros, a control block that of a closed and empty buffer. Reads say
 *    -EIO from then on, poll POLLERR, writes count as late. Signals of other memory go to the handler
 *    that was there before. A thread that blocks SIGBUS is not helped.
 *  - A process that means to write and forks first makes the channel after that: the maker is one process.
 *
 * THREADS. Any thread, as the rest of the host filesystem.
 */
#ifndef RELAY_DIRECTORY_H
#define RELAY_DIRECTORY_H

#include "relay/relay_file.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How a directory is opened. Zero it first. */
struct relay_directory_options {
    bool create;   /**< make it, for this user alone (0700), if there is none */
    uint16_t mode; /**< permission bits of the files that are made in it; 0: 0600 */
};

/**
 * The directory of a path.
 * @param opt  NULL: zeros
 * @return the directory, with a reference (relay_dentry_put); the same for the same path; NULL:
 * Errors: NOT_FOUND; NOT_DIRECTORY; PERMISSION; READ_ONLY; NAME: the path is too long; NO_SPACE;
 *         NO_MEMORY; SYSTEM.
 */
struct dentry *relay_directory_at(const char *path, const struct relay_directory_options *opt);

/** @return the path of a directory on disk, without links; NULL: it is in memory. Errors: none. */
const char *relay_directory_path(struct dentry *dir);

/**
 * Take away what a process that is gone left of a channel: its description, and its files in the
 * directory and in those one below.
 * @param dir            a directory on disk
 * @param base_filename  the channel's
 * @return how many buffers were taken away, or
 * Errors: -EEXIST EXISTS: the process is there, or in another namespace, where that cannot be told; nothing
 *         is taken away; -ENOENT NOT_FOUND: nothing of that name; -ENOTDIR NOT_DIRECTORY: dir is none
 *         on disk; -EACCES PERMISSION.
 */
int relay_directory_clean(struct dentry *dir, const char *base_filename);

#ifdef __cplusplus
}
#endif
#endif
