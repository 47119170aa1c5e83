/* SPDX-License-Identifier: MIT */
/**
 * @file
 * One vocabulary of errors for C and Python.
 *
 * Kernel functions keep the kernel's return values (NULL, nothing, a negative errno); why the last
 * call on this thread failed is told by relay_error(), in words by relay_error_text(). A full buffer
 * is no error: it is an event, and the accounting has it.
 *
 * Each function's comment has what can go wrong behind "Errors:": the errno number that it returns and
 * the name that relay_error() gives, without RELAY_ERR_. Where there are errno numbers alone,
 * relay_error() is left as it is. A pointer must not be NULL where the comment does not speak of NULL.
 *
 * THREADS. Any thread; relay_error() is each thread's own.
 */
#ifndef RELAY_ERROR_H
#define RELAY_ERROR_H

#include <errno.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off: a table */
/* X(name, errno of the same meaning, cause and remedy) */
#define RELAY_ERRORS(X)                                                                            \
    X(OK, 0, "no error")                                                                           \
    X(SIZE, EINVAL,                                                                                \
      "subbuf_size and n_subbufs must both be at least 1 and their product must fit 32 bits")      \
    X(COUNT, ENOMEM, "more than 524288 sub-buffers: use fewer, larger ones")                       \
    X(CALLBACKS, EINVAL,                                                                           \
      "a channel needs a callback table with create_buf_file and remove_buf_file")                 \
    X(CREATE_FILE, EINVAL,                                                                         \
      "create_buf_file returned no entry: it has to, also for a buffer without a file (such as "   \
      "relay_root()); for a file: does that name exist in the directory?")                         \
    X(NO_MEMORY, ENOMEM,                                                                           \
      "memory for a buffer could not be had: use fewer CPUs or smaller buffers, or raise the "     \
      "limit")                                                                                     \
    X(FILE_LIMIT, EFBIG,                                                                           \
      "this process may not make files of that size (RLIMIT_FSIZE, ulimit -f), and buffers are "   \
      "one: raise that limit, or use fewer CPUs or smaller buffers")                               \
    X(CPU, EINVAL, "no such CPU in this channel, or it has no buffer or is off line")              \
    X(CPUS, EINVAL,                                                                                \
      "a channel has 1 to 4096 CPUs, at least one on line, and only those can be on line")         \
    X(CLOSED, EBADF, "the channel is closed: open a new one")                                      \
    X(EXISTS, EEXIST, "that name exists already: choose another, or remove the old entry")         \
    X(NAME, EINVAL, "a name is 1 to 240 bytes without '/'; a base filename may be empty")          \
    X(NOT_FOUND, ENOENT, "no such entry: it was never made, or was removed")                       \
    X(NOT_DIRECTORY, ENOTDIR, "that entry is a file, not a directory")                             \
    X(IS_DIRECTORY, EISDIR, "that entry is a directory, not a buffer's file")                      \
    X(NOT_EMPTY, ENOTEMPTY, "the directory still has entries: remove them first")                  \
    X(RESERVE, EINVAL,                                                                             \
      "subbuf_start_reserve takes less than subbuf_size - 1 bytes (the kernel dies on more)")      \
    X(NOT_STARTING, EINVAL,                                                                        \
      "subbuf_start_reserve may only be called by subbuf_start, for the buffer it was called for") \
    X(BUSY, EDEADLK,                                                                               \
      "this thread is already inside a call on the same channel (callback or signal handler)")     \
    X(NO_CHANNEL, EINVAL, "no channel was given")                                                  \
    X(SAVED, EBADMSG,                                                                              \
      "these bytes are no saved channel of this version, or were damaged or cut: save it again")   \
    X(SHAPE, EINVAL,                                                                               \
      "the saved channel was opened otherwise than this one, or has other buffers or files: open " \
      "a new one from it")                                                                         \
    X(ARGUMENT, EINVAL, "an argument is outside of what the function takes")                       \
    X(STALE, EEXIST,                                                                               \
      "a process that is gone left a channel of that name there: look at it, then take it away "   \
      "(relay_directory_clean, Directory.clean), or choose another name")                          \
    X(NO_SPACE, ENOSPC,                                                                            \
      "there is no room for the buffers on the disk of that directory: make room, or use fewer "   \
      "CPUs or smaller buffers")                                                                   \
    X(PERMISSION, EACCES,                                                                          \
      "this user may not do that there: whose directory or file is it, and with which rights?")    \
    X(READ_ONLY, EROFS, "the disk of that directory is read-only: choose another directory")       \
    X(FOREIGN, EPROTO,                                                                             \
      "that buffer is of another version of this library, another machine's or another PID "       \
      "namespace's: use the same version, in the same container")                                  \
    X(DAMAGED, EBADMSG,                                                                            \
      "that is no control block of a buffer, or it is damaged, or not complete yet")               \
    X(MOVING, EAGAIN, "the buffer was being changed at each of many tries: look again")            \
    X(SYSTEM, EIO, "the system refused a call: see errno")                                         \
    X(THREADS, EAGAIN, "the system gave no thread: fewer threads, or end other programs")          \
    X(RUNNING, EBUSY, "the threads run: pause them first")                                         \
    X(LIVE_RATE, EINVAL, "a rate is a number of events a second from 0 on, or infinite")           \
    X(LIVE_SIZES, EINVAL,                                                                          \
      "events have 16 to 65536 bytes, 16 of them say who wrote them; min is at most max, a mean "  \
      "lies between, a list has 1 to 1048576 sizes")                                               \
    X(LIVE_TIME, EINVAL,                                                                           \
      "a time is 0 or more seconds, at most a day, a flush comes at most every 100 microseconds")  \
    X(LIVE_BATCH, EINVAL, "one read call takes at most 1048576 bytes")                             \
    X(LIVE_CLOCK, EINVAL,                                                                          \
      "a pool on a simulated clock is not run but simulated, any other is run; and where a write " \
      "takes no time, writing as fast as it goes would never end: give a rate")
/* clang-format on */

enum relay_error_code {
#define X(name, number, text) RELAY_ERR_##name,
    RELAY_ERRORS(X)
#undef X
        RELAY_N_ERRORS
};

/**
 * @return why the last failing call on the calling thread failed. Successful calls leave it.
 * Errors: none.
 */
enum relay_error_code relay_error(void);

/** Set relay_error() of the calling thread to RELAY_ERR_OK. Errors: none. */
void relay_error_clear(void);

/**
 * @return cause and remedy in one English sentence; "unknown error" for a code that is none.
 * Errors: none.
 */
const char *relay_error_text(enum relay_error_code code);

/** @return the name without prefix ("SIZE"), or "?" for a code that is none. Errors: none. */
const char *relay_error_name(enum relay_error_code code);

/** @return the errno number of the same meaning (positive), 0 for RELAY_ERR_OK. Errors: none. */
int relay_error_errno(enum relay_error_code code);

#ifdef __cplusplus
}
#endif
#endif
