/* SPDX-License-Identifier: MIT */
/**
 * @file
 * The channel side of relay: open, write, flush, reset, close. For the consumer side see
 * relay_file.h, for observers relay_info.h.
 *
 * Names, argument order and behaviour are those of the Linux kernel's relay interface (the kernel's
 * filesystems/relay document; behaviour of 6.1). What has no counterpart there is marked "Ours".
 *
 * A channel is a set of buffers, one for each CPU; a buffer is a ring of n_subbufs sub-buffers of
 * subbuf_size bytes (below: n and S). CPUs are virtual: a write goes to the CPU that it names, or to
 * the one that its thread was set to with relay_set_cpu().
 *
 * THREADS. Any thread may call anything, with these rules:
 *  - Writers. How a buffer is protected is chosen at open (struct relay_options, `writers`):
 *    RELAY_WRITERS_MANY: a lock for each buffer; any number of threads may write to one CPU.
 *    RELAY_WRITERS_ONE: one declared thread writes to a buffer at a time; no lock, no atomic
 *    read-modify-write. Where the system has no membarrier call, such a channel silently uses locks.
 *  - Signal handlers may call relay_write, __relay_write and relay_reserve, nothing else. A
 *    relay_write or relay_reserve that finds its own thread inside a write of the same buffer loses
 *    its event, counted as busy; it never waits for itself. (In the kernel interrupts are off.)
 *    The same holds for a callback that writes to the buffer it was called for.
 *  - relay_flush, relay_reset and relay_close wait for a write that is under way (never longer than
 *    that one write); a write that begins meanwhile waits for them.
 *  - relay_reserve protects the reservation only: filling the slot races with readers and with
 *    whoever finishes the sub-buffer meanwhile, as in the kernel.
 *  - One mutex serialises open, late set-up, CPU changes, flush, reset and close of all channels, as
 *    in the kernel. Called from inside any callback but buf_mapped and buf_unmapped these do nothing
 *    and set RELAY_ERR_BUSY, where the kernel would lock up.
 *  - Callbacks return. One that is left by a C++ exception, by pthread_exit or by the cancellation of
 *    its thread gives up what the call held: subbuf_start counts as having refused, the event that
 *    was being written is counted nowhere, and a channel that was being opened, or the buffer of a CPU
 *    that was coming on line, is leaked. One that is left by longjmp leaves the buffer held: later
 *    calls of that thread find it busy.
 *  - After fork the child shares the buffers: it may write to them and read from them as another
 *    thread might. They stay its parent's: relay_close in the child, or its end, takes away what the
 *    child has of the channel and changes nothing in a buffer.
 *  - A struct rchan may be used until relay_close; who shares one with threads that may close it holds a
 *    reference (relay_get). Writes to a closed one are counted (RELAY_WRITTEN_LATE) and lost.
 */
#ifndef RELAY_H
#define RELAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "relay/relay_error.h"
#include "relay/relay_layout.h"
#include "relay/relay_probe.h"

#ifdef __cplusplus
extern "C" {
#define RELAY_THREAD_LOCAL thread_local
#else
#define RELAY_THREAD_LOCAL _Thread_local
#endif

#define RELAYFS_CHANNEL_VERSION 7 /* the kernel's; struct rchan.version */
#define RELAY_MAX_CPUS 4096       /* CPUs of one channel */
#define RELAY_MAX_SUBBUFS 524288  /* the kernel's allocation limit on x86-64 */
#define RELAY_NAME_MAX 240        /* bytes of a name without the CPU number */
#define RELAY_PAGE_SIZE 4096      /* alloc_size is a multiple of it, whatever the host's page */

struct rchan;
struct rchan_buf;
struct dentry;     /* an entry of the host filesystem: relay_file.h */
struct relay_file; /* an open descriptor: relay_file.h */

/** What happened to one write, reserve or switch. Ours: the kernel tells nobody. */
enum relay_outcome {
    RELAY_STORED,        /**< the event is in the buffer */
    RELAY_LOST_FULL,     /**< subbuf_start refused a sub-buffer */
    RELAY_LOST_TOO_BIG,  /**< longer than S, or than what the header leaves */
    RELAY_LOST_BUSY,     /**< this thread was already inside a write of this buffer */
    RELAY_LOST_CLOSED,   /**< the buffer is finalized */
    RELAY_LOST_NO_BUFFER /**< unknown CPU, or without buffer, or off line; relay_error() is set */
};

/**
 * What a client decides. The table must outlive the channel; it is not copied.
 * create_buf_file and remove_buf_file are required.
 */
struct rchan_callbacks {
    /**
     * A switch to @p subbuf is wanted. May call subbuf_start_reserve().
     * @param prev_subbuf  the finished sub-buffer, NULL the first time and after a reset
     * @param prev_padding unused bytes at the end of prev_subbuf
     * @return 0: refuse (the event is lost, the buffer blocked); else: go on, and in a full buffer
     *         overwrite unread data. Ignored at open and reset.
     * NULL: as relay_no_overwrite without a header. (The document says that the default only returns
     * 0; the kernel's returns 0 when the buffer is full, and so does ours.)
     * Runs with the buffer held, on the thread that writes, flushes or resets.
     */
    int (*subbuf_start)(struct rchan_buf *buf, void *subbuf, void *prev_subbuf,
                        size_t prev_padding);
    /** A consumer has mapped the buffer. Kernels from 5.11 on no longer tell. May be NULL. */
    void (*buf_mapped)(struct rchan_buf *buf, struct relay_file *filp);
    /** A mapping of @p filp went; that descriptor may be closed by now. May be NULL. */
    void (*buf_unmapped)(struct rchan_buf *buf, struct relay_file *filp);
    /**
     * Make the buffer's file, usually with relay_create_file().
     * @param filename  base_filename and CPU number; NULL for a buffer-only channel
     * @param parent    as given to relay_open
     * @param mode      permission bits, 0400
     * @param is_global in: whether the channel is global; out: set to 1 by the first call of an
     *                  open, one buffer serves all CPUs
     * @return the entry; NULL or an errno number cast to a pointer (the kernel's ERR_PTR): failure.
     *         For a buffer-only channel anything but those; it is not kept.
     */
    struct dentry *(*create_buf_file)(const char *filename, struct dentry *parent, uint16_t mode,
                                      struct rchan_buf *buf, int *is_global);
    /** Remove the file; @p dentry is NULL for a buffer that never got one. The result is ignored. */
    int (*remove_buf_file)(struct dentry *dentry);
};

/** How a buffer is protected against several writers. */
enum relay_writers {
    RELAY_WRITERS_MANY, /**< a lock for each buffer */
    RELAY_WRITERS_ONE,  /**< one declared writer at a time for each buffer: no lock */
};

/** What relay_open takes from the machine and we let the caller choose. Ours. Zero it first. */
struct relay_options {
    unsigned cpus;               /**< possible CPUs, 1 … RELAY_MAX_CPUS; 0: the machine's */
    const unsigned char *online; /**< a byte for each CPU, not 0: on line; NULL: all of them */
    enum relay_writers writers;
    size_t header_size;    /**< bytes that relay_no_overwrite and relay_overwrite reserve in each
                                sub-buffer; from 4 on they store the padding there */
    uint64_t memory_limit; /**< bytes that the buffers may take together; 0: no limit */
};

/** Where a write on one CPU goes: what the fast path needs, side by side. */
struct relay_way {
    struct rchan_buf *buf; /* set once, before `open`: a writer may still be on its way */
    struct relay_ctl *ctl;
    unsigned char *start;
    enum relay_writers writers;
    uint32_t open; /**< * 0: the CPU has no buffer, or is off line */
};

/** A channel. Read only for callers; fields marked * may change at any time. */
struct rchan {
    uint32_t version;
    size_t subbuf_size; /**< S, bytes */
    size_t n_subbufs;   /**< n */
    size_t alloc_size;  /**< bytes of one buffer: S * n in whole pages */
    void *private_data;
    const struct rchan_callbacks *cb;
    size_t header_size;
    int is_global;             /**< one buffer for all CPUs */
    int has_base_filename;     /**< * 0: buffer-only, until late set-up */
    uint64_t last_toobig;      /**< * length of the latest event that could never fit, bytes */
    struct relay_channel *own; /**< the library's own part */
    unsigned cpus;             /**< possible CPUs, the rows of `ways` */
    struct relay_way ways[];   /**< * by CPU */
};

/** The buffer of one CPU (of all CPUs in a global channel). Read only for callers. */
struct rchan_buf {
    struct relay_ctl *ctl; /**< the shared state */
    unsigned char *start;  /**< first byte of the buffer */
    enum relay_writers writers;
    struct rchan *chan;
    struct relay_buffer *own; /**< the library's own part */
};

/** @return first byte of the sub-buffer being written: the kernel's buf->data. Errors: none. */
static inline unsigned char *relay_buf_data(const struct rchan_buf *buf)
{
    return buf->start + relay_load(&buf->ctl->base);
}

/** What the library keeps for each thread. */
struct relay_thread {
    uint32_t id;        /**< system-wide thread id; 0: not asked yet */
    unsigned cpu;       /**< the current virtual CPU */
    unsigned callbacks; /**< subbuf_start callbacks that it is inside of */
    enum relay_error_code error;
};
extern RELAY_THREAD_LOCAL struct relay_thread relay_this_thread
    __attribute__((tls_model("initial-exec")));

/* ---------------------------------------------------------------- open and close */

/**
 * Open a channel on all CPUs of this machine: relay_open_on() with default options.
 * Kernel counterpart: relay_open(). @return as relay_open_on(). Errors: as relay_open_on().
 */
struct rchan *relay_open(const char *base_filename, struct dentry *parent, size_t subbuf_size,
                         size_t n_subbufs, const struct rchan_callbacks *cb, void *private_data);

/**
 * Open a channel on a chosen set of virtual CPUs.
 *
 * For each CPU on line, in order: the buffer's memory, create_buf_file, subbuf_start.
 * @param base_filename  files get this name and the CPU number; NULL: buffer-only, no files
 * @param parent         directory for the files, NULL: the root. Must stay until close.
 * @param subbuf_size    bytes, at least 1
 * @param n_subbufs      at least 1; subbuf_size * n_subbufs must fit 32 bits unsigned
 * @param cb             callback table, must outlive the channel
 * @param private_data   readable as chan->private_data, already in create_buf_file
 * @param opt            NULL: defaults
 * @return the channel (reference held by the caller until relay_close) or NULL; then nothing is left
 *         behind, files made before the failure are removed again through remove_buf_file (the
 *         kernel leaves them: our one difference here).
 * Errors: SIZE; COUNT: more than RELAY_MAX_SUBBUFS; CALLBACKS; NAME; RESERVE: header_size; CPUS;
 *         FILE_LIMIT; NO_MEMORY, memory_limit too; CREATE_FILE; BUSY: from inside a callback. On disk
 *         EXISTS and STALE, for the channel's name, and what relay_create_file() has.
 */
struct rchan *relay_open_on(const char *base_filename, struct dentry *parent, size_t subbuf_size,
                            size_t n_subbufs, const struct rchan_callbacks *cb, void *private_data,
                            const struct relay_options *opt);

/**
 * Finalize every buffer, call remove_buf_file for each, drop the reference that relay_open gave.
 * Open files and mappings keep their buffer readable to the last byte. Wakes nobody. NULL: nothing.
 * Kernel counterpart: relay_close(). Errors: BUSY: from inside a callback; CLOSED: already. Both:
 * nothing is done, the reference stays.
 */
void relay_close(struct rchan *chan);

/** Ours: hold the channel's memory beyond relay_close. Errors: none. */
void relay_get(struct rchan *chan);
/** Drop a reference taken with relay_get. NULL: nothing. Errors: none. */
void relay_put(struct rchan *chan);

/** Hold a buffer (its memory, control block and channel) beyond relay_close. Ours. Errors: none. */
void relay_buf_get(struct rchan_buf *buf);
/** Drop a reference taken with relay_buf_get. NULL: nothing. Errors: none. */
void relay_buf_put(struct rchan_buf *buf);

/**
 * Make the files of a buffer-only channel, for the CPUs on line.
 * Kernel counterpart: relay_late_setup_files().
 * @return 0 or
 * Errors: -EINVAL NO_CHANNEL, NAME, CLOSED, or CREATE_FILE (files made before it stay); -EEXIST
 *         EXISTS: it has a name already, also after a late set-up that failed half-way; -EDEADLK
 *         BUSY: from inside a callback.
 */
int relay_late_setup_files(struct rchan *chan, const char *base_filename, struct dentry *parent);

/* ---------------------------------------------------------------- CPUs (ours) */

/** Set the virtual CPU of the calling thread, 0 at first. Any number is taken. Errors: none. */
void relay_set_cpu(unsigned cpu);
/** @return the virtual CPU of the calling thread. Errors: none. */
unsigned relay_current_cpu(void);

/**
 * Bring a CPU on line or take it off line. A CPU that comes on line for the first time gets its
 * buffer (create_buf_file, subbuf_start), or uses the one of a global channel; one that goes keeps
 * buffer and data, and cannot be written to until it returns.
 * @return 0 or
 * Errors: -EINVAL NO_CHANNEL, CPU, CLOSED, CREATE_FILE, or CPUS (the last one on line was to go);
 *         -ENOMEM NO_MEMORY; -EDEADLK BUSY: from inside a callback.
 */
int relay_cpu_online(struct rchan *chan, unsigned cpu, bool online);
/** @return whether a CPU is on line; false for one the channel has not. Errors: none. */
bool relay_cpu_is_online(struct rchan *chan, unsigned cpu);
/** @return the buffer of a CPU, on line or not, or NULL. No reference is taken. Errors: none. */
struct rchan_buf *relay_cpu_buf(struct rchan *chan, unsigned cpu);

/* ---------------------------------------------------------------- whole channel */

/**
 * Finish the sub-buffer being written in every buffer (a switch of length 0), empty ones too. NULL:
 * nothing. Kernel counterpart: relay_flush(). Errors: BUSY: from inside a callback; CLOSED.
 */
void relay_flush(struct rchan *chan);

/**
 * Back to the state after open: counters, offset and padding 0, subbuf_start called again. Contents,
 * mappings, file size, prev_padding and last_toobig stay; nobody is woken. NULL: nothing.
 * Kernel counterpart: relay_reset(). Errors: BUSY: from inside a callback; CLOSED.
 */
void relay_reset(struct rchan *chan);

/**
 * A consumer reports that it is done with @p consumed sub-buffers of a CPU.
 * Ignored when consumed > n or the CPU has no buffer, or without a channel; cut to what is ready. Does
 * not touch bytes_consumed. Kernel counterpart: relay_subbufs_consumed().
 * Errors: CPU: outside the channel, nothing is done (the kernel faults).
 */
void relay_subbufs_consumed(struct rchan *chan, unsigned cpu, size_t consumed);

/** Flags of relay_stats: which of the later kernels' counters. */
enum { RELAY_STATS_BUF_FULL = 1, RELAY_STATS_WRT_BIG = 2 };
/**
 * The two counters of later kernels, over the CPUs on line: times that subbuf_start was asked while
 * the buffer was full, and events that were too big. Kernel counterpart: relay_stats().
 * @return what @p flags ask for, both: their sum. 0 without a channel. Errors: none.
 */
size_t relay_stats(struct rchan *chan, int flags);

/**
 * Ours: what relay_write's switch asks from now on; as if the client's callback changed its mind.
 * NULL: as in rchan_callbacks. Errors: none.
 */
void relay_set_subbuf_start(struct rchan *chan,
                            int (*subbuf_start)(struct rchan_buf *, void *, void *, size_t));

/* ---------------------------------------------------------------- for callbacks */

/** @return whether produced - consumed >= n: completed sub-buffers only. Errors: none. */
int relay_buf_full(struct rchan_buf *buf);

/**
 * Reserve a header at the start of the sub-buffer that subbuf_start was called for.
 * @param length  bytes, less than S - 1
 * @return length; 0: nothing has changed.
 * Errors: RESERVE: too long (the kernel dies); NOT_STARTING: not inside subbuf_start of this buffer.
 */
size_t relay_subbuf_start_reserve(struct rchan_buf *buf, size_t length);
/** The kernel's name for it. @return as relay_subbuf_start_reserve(). Errors: as that. */
static inline int subbuf_start_reserve(struct rchan_buf *buf, size_t length)
{
    return (int)relay_subbuf_start_reserve(buf, length);
}

/**
 * The documentation's two examples as ready-made subbuf_start callbacks. With a header_size of 4 or
 * more they store prev_padding in the finished sub-buffer (32 bits, host order), then:
 * relay_no_overwrite refuses while the buffer is full; relay_overwrite always goes on.
 * @return 0: refused; 1: go on. Errors: none, called as subbuf_start.
 */
int relay_no_overwrite(struct rchan_buf *buf, void *subbuf, void *prev_subbuf, size_t prev_padding);
int relay_overwrite(struct rchan_buf *buf, void *subbuf, void *prev_subbuf, size_t prev_padding);

/* ---------------------------------------------------------------- writing */

/**
 * Switch to the next sub-buffer as if @p length bytes had not fitted.
 * Kernel counterpart: relay_switch_subbuf().
 * @return length; 0: too big, or refused by subbuf_start (neither is an error), or
 * Errors: BUSY: the buffer is held by this thread; CLOSED: it is finalized.
 */
size_t relay_switch_subbuf(struct rchan_buf *buf, size_t length);

/* Internal: the slow paths of the inline functions below. */
enum relay_outcome relay_write_slow(struct rchan_buf *buf, const void *data, size_t length);
enum relay_outcome relay_write_locked(struct rchan_buf *buf, const void *data, size_t length);
enum relay_outcome relay_write_nowhere(struct rchan *chan, unsigned cpu, size_t length);
enum relay_outcome relay_lose_busy(struct rchan_buf *buf, size_t length);

#define RELAY_COMPILER_BARRIER() __atomic_signal_fence(__ATOMIC_SEQ_CST)
/* Inlined wherever it is used, also where compilers find it too long: a call doubles its cost. */
#define RELAY_FAST static inline __attribute__((always_inline))

/* Internal: where a write on `cpu` goes, or NULL. */
static inline const struct relay_way *relay_way_of(const struct rchan *chan, unsigned cpu)
{
    const struct relay_way *way = &chan->ways[cpu];

    return RELAY_LIKELY(cpu < chan->cpus && relay_load_acquire(&way->open)) ? way : NULL;
}

/* Internal: do `length` bytes fit behind `offset`? Never, not 0 bytes either, while limit is 0. */
static inline bool relay_fits(uint64_t offset, size_t length, uint64_t limit)
{
    return RELAY_LIKELY(length < limit && offset + length < limit);
}

/* Internal: store an event that fits at `offset`. */
RELAY_FAST void relay_store_event(unsigned char *start, struct relay_ctl *ctl, uint64_t offset,
                                  const void *data, size_t length)
{
    RELAY_PROBE(WRITE_FITS);
    if (RELAY_LIKELY(length)) /* C does not let memcpy take NULL, not for 0 bytes either */
        memcpy(start + relay_load(&ctl->base) + offset, data, length);
    RELAY_PROBE(WRITE_COPIED);
    relay_count_event(ctl, length);
    RELAY_PROBE(WRITE_COUNTED);
    relay_store_release(&ctl->offset, relay_load(&ctl->offset) + length);
    RELAY_PROBE(WRITE_ADVANCED);
}

/* Internal: store an event behind offset, if it fits. The caller holds the buffer or is marked. */
RELAY_FAST bool relay_append(unsigned char *start, struct relay_ctl *ctl, const void *data,
                             size_t length)
{
    uint64_t limit = relay_load_acquire(&ctl->limit);
    uint64_t offset = relay_load(&ctl->offset);

    if (RELAY_UNLIKELY(!relay_fits(offset, length, limit)))
        return false;
    relay_store_event(start, ctl, offset, data, length);
    return true;
}

/* Internal: a writer without lock: marked, a flush waits for it. `outer`: those it interrupts. */
RELAY_FAST enum relay_outcome relay_write_marked(const struct relay_way *way, const void *data,
                                                 size_t length, uint32_t outer)
{
    struct relay_ctl *ctl = way->ctl;

    relay_store(&ctl->writing, outer + 1);
    RELAY_COMPILER_BARRIER();
    RELAY_PROBE(WRITE_MARKED);
    if (RELAY_UNLIKELY(!relay_append(way->start, ctl, data, length)))
        return relay_write_slow(way->buf, data, length);
    RELAY_PROBE(WRITE_LEAVE);
    relay_store_release(&ctl->writing, outer);
    return RELAY_STORED;
}

/**
 * Write one event to the buffer of a CPU. Ours: relay_write with the CPU named and an answer.
 * @param data    @p length bytes; may be NULL when length is 0
 * @param length  bytes; an event is never split
 * Blocks: for as long as another writer, a flush, reset or close holds the buffer. Allocates: never.
 * @return what became of it. Errors: CPU, with RELAY_LOST_NO_BUFFER alone.
 */
RELAY_FAST enum relay_outcome relay_write_on(struct rchan *chan, unsigned cpu, const void *data,
                                             size_t length)
{
    const struct relay_way *way = relay_way_of(chan, cpu);

    if (RELAY_UNLIKELY(!way))
        return relay_write_nowhere(chan, cpu, length);
    RELAY_PROBE(WRITE_ENTER);
    if (way->writers == RELAY_WRITERS_MANY)
        return relay_write_locked(way->buf, data, length);
    if (RELAY_UNLIKELY(relay_load(&way->ctl->writing)))
        return relay_lose_busy(way->buf, length);
    return relay_write_marked(way, data, length, 0);
}

/** Write an event to the current CPU's buffer. Kernel counterpart: relay_write(). Errors: CPU. */
RELAY_FAST void relay_write(struct rchan *chan, const void *data, size_t length)
{
    relay_write_on(chan, relay_this_thread.cpu, data, length);
}

/**
 * __relay_write with the CPU named and an answer. Ours.
 * Takes no lock and does not look whether its own thread is inside a write already: the caller is
 * the only writer of the buffer, and a signal handler that writes meanwhile may clobber the event,
 * as an interrupt may in the kernel. Flush, reset and close still wait for it.
 * @return what became of it. Errors: CPU, with RELAY_LOST_NO_BUFFER alone.
 */
RELAY_FAST enum relay_outcome relay_write_nolock_on(struct rchan *chan, unsigned cpu,
                                                    const void *data, size_t length)
{
    const struct relay_way *way = relay_way_of(chan, cpu);

    if (RELAY_UNLIKELY(!way))
        return relay_write_nowhere(chan, cpu, length);
    RELAY_PROBE(WRITE_ENTER);
    return relay_write_marked(way, data, length, relay_load(&way->ctl->writing));
}

/** Write to the current CPU without protection. Counterpart: __relay_write(). Errors: CPU. */
RELAY_FAST void __relay_write(struct rchan *chan, const void *data, size_t length)
{
    relay_write_nolock_on(chan, relay_this_thread.cpu, data, length);
}

/**
 * Write @p count events that lie one behind the other. Ours.
 * @param data, lengths  the events' bytes, and how many each has
 * @return how many were stored; the account has why the others were not. Errors: CPU.
 */
size_t relay_write_many(struct rchan *chan, unsigned cpu, const void *data, const uint32_t *lengths,
                        size_t count);

/**
 * Reserve a slot in the buffer of a CPU, to be filled by the caller. Ours: relay_reserve with the
 * CPU named.
 * @param[out] ret  what happened; may be NULL
 * @return the slot, NULL when there is none. Length 0: a pointer that nothing may be stored at, but
 *         NULL whenever the buffer was blocked, even if the switch then succeeded (the kernel's
 *         quirk; counted as refused). Errors: CPU, with RELAY_LOST_NO_BUFFER alone.
 */
void *relay_reserve_on(struct rchan *chan, unsigned cpu, size_t length, enum relay_outcome *ret);

/**
 * Reserve in the buffer of the current CPU. Kernel counterpart: relay_reserve().
 * @return as relay_reserve_on(). Errors: CPU.
 */
static inline void *relay_reserve(struct rchan *chan, size_t length)
{
    return relay_reserve_on(chan, relay_this_thread.cpu, length, NULL);
}

/* ---------------------------------------------------------------- invariants (ours) */

/**
 * Whether everything that must hold of a channel or a buffer at a quiet moment does: positions in
 * range, counters in order, padding consistent, every event accounted for exactly once. Used by the
 * tests, the fuzzers and debug builds. O(n). @return whether; false for NULL. Errors: none.
 */
bool relay_chan_is_valid(struct rchan *chan);
bool relay_buf_is_valid(struct rchan_buf *buf);

#ifdef __cplusplus
}
#endif
#endif
