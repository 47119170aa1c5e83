/* SPDX-License-Identifier: MIT */
/**
 * @file
 * What lies in memory that several parties may map: the control block of one buffer.
 *
 * Each buffer has two regions, each mappable by itself: the data (alloc_size bytes, exactly what a
 * consumer of the kernel would map) and this control block (a fixed head followed by one
 * struct relay_slot for each sub-buffer). Neither holds a pointer, so both can be files that other
 * processes map (relay_directory.h). Fields that the writer touches for each event, fields that change once a
 * sub-buffer, and fields of the reader lie on cache lines of their own: an observer that polls one
 * group does not slow the others.
 *
 * Access: every field that can change after open is read and written through the relay_load /
 * relay_store family below (relaxed or stronger), never plainly.
 *
 * THREADS. Any thread may look. Who changes what, and holding what, is the library's affair.
 */
#ifndef RELAY_LAYOUT_H
#define RELAY_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RELAY_CTL_MAGIC 0x59414c52u /* "RLAY", little endian */
#define RELAY_CTL_VERSION 3u        /* grows with every change of the layout below */
#define RELAY_LINE 64               /* bytes; assumed cache line size */
#define RELAY_NO_LAP UINT64_MAX     /* a slot that holds no sub-buffer of this run */

#define RELAY_LIKELY(x) __builtin_expect(!!(x), 1)
#define RELAY_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define relay_load(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define relay_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define relay_store(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define relay_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)

/** What became of an event. Each is a row of relay_ctl.account. */
enum relay_fate {
    RELAY_REFUSED_FULL, /**< a switch was refused: no-overwrite and no free sub-buffer */
    RELAY_TOO_BIG,      /**< longer than a sub-buffer, or than what the header leaves of it */
    RELAY_BUSY, /**< its own thread was inside a write of the same buffer (signal, callback) */
    RELAY_WRITTEN_LATE,    /**< attempted after the buffer was finalized */
    RELAY_OVERWRITTEN,     /**< overwrite mode: its sub-buffer was reused before it was read */
    RELAY_DISCARDED_RESET, /**< unread when the channel was reset */
    RELAY_DISCARDED_CLOSE, /**< unread when the last one who could read it went */
    RELAY_CONSUMED,        /**< its sub-buffer was released after it had been read */
    RELAY_RELEASED_UNREAD, /**< its sub-buffer was released before it had been read */
    RELAY_N_FATES
};

/** A number of events and of their bytes (headers and padding not counted). */
struct relay_count {
    uint64_t events;
    uint64_t bytes;
};

/** One sub-buffer. Written under the buffer's lock; `read` by the reader, also under it. */
struct relay_slot {
    uint64_t lap;      /**< number (not index) of the sub-buffer held here, or RELAY_NO_LAP */
    uint64_t events;   /**< events in it; of the current one: known when it is finished */
    uint32_t bytes;    /**< their bytes; of the current one: known when it is finished */
    uint32_t used;     /**< bytes before the padding, header included; known when finished */
    uint32_t padding;  /**< the kernel's padding[i] */
    uint32_t header;   /**< bytes that subbuf_start reserved in it */
    uint32_t reserved; /**< bytes handed out by relay_reserve in it */
    uint32_t read;     /**< bytes of this lap that a descriptor has delivered, from its beginning */
    uint32_t fate;     /**< RELAY_N_FATES while undecided, else what became of its events */
    uint32_t pad;
    uint64_t lost; /**< unread events that were overwritten when this lap began */
    uint64_t spare;
};

/** What the holder of a buffer's lock is changing: for who finds it dead. */
enum relay_doing {
    RELAY_DOING_NOTHING, /**< between two changes; or an event is being written */
    RELAY_DOING_SWITCH,  /**< from one sub-buffer to the next */
    RELAY_DOING_RELEASE, /**< sub-buffers that were read */
    RELAY_DOING_START,   /**< open, or reset */
    RELAY_DOING_DISCARD, /**< closed, and nobody is left who could read */
    RELAY_DOING_RESTORE, /**< relay_restore() */
};

/** Who made a buffer that other processes can map; zeros where none can. Fixed. */
struct relay_maker {
    uint32_t pid;
    uint32_t cpus;    /**< possible CPUs of the channel */
    uint64_t born;    /**< when the process began: clock ticks since the machine did */
    uint64_t pid_ns;  /**< inode number of its PID namespace */
    uint64_t channel; /**< a number that no other channel has */
    uint8_t boot[16]; /**< the machine's run that it belongs to (boot id) */
    uint32_t is_global;
    uint32_t mode; /**< permission bits that create_buf_file was given */
};

/** The head of a control block; the slots follow it at `slots_at`. */
struct relay_ctl {
    /* fixed at open */
    uint32_t magic;
    uint32_t version;
    uint32_t size;     /**< bytes of the whole control block, slots included */
    uint32_t slots_at; /**< bytes from the head to slot 0 */
    uint32_t cpu;
    uint32_t n_subbufs;
    uint64_t subbuf_size; /**< bytes */
    uint64_t alloc_size;  /**< bytes of the data region: subbuf_size * n_subbufs in whole pages */

    /* the writer, for each event: one line, since an event's bytes push others out of the cache */
    uint64_t offset __attribute__((aligned(RELAY_LINE))); /**< 0 … S, or S + 1: blocked */
    uint64_t limit;   /**< S + 1; 0 sends every writer to the slow path */
    uint64_t base;    /**< bytes from the start of the buffer to the sub-buffer being written */
    uint64_t events;  /**< events accepted since open */
    uint32_t writing; /**< writers without lock that are inside (signal handlers nest) */
    uint32_t gap;
    /** What an event makes of `events` (upper half) and `offset`, each its lower 32 bits, stored before
     * both: a writer that is killed between the two is told by it. 0: neither is on its way. */
    uint64_t committing;

    /* the writer, for each sub-buffer */
    uint64_t produced __attribute__((aligned(RELAY_LINE)));
    uint32_t current;  /**< index of the sub-buffer being written */
    uint32_t switches; /**< odd while a switch is going on; observers read again */
    uint64_t prev_padding;
    uint64_t file_size;    /**< bytes of all finished sub-buffers since open, padding left out */
    uint64_t events_begin; /**< `events` when the current sub-buffer began */
    uint64_t bytes_done;   /**< bytes of events accepted before the current sub-buffer */
    uint64_t stat_full;    /**< later kernels' counter: subbuf_start while full */

    /* the reader */
    uint64_t consumed __attribute__((aligned(RELAY_LINE)));
    uint64_t bytes_consumed;
    uint32_t waiters;   /**< pollers asleep on `wakeups` */
    uint32_t wakeups;   /**< futex: grows at each switch */
    uint32_t finalized; /**< the channel was closed */
    uint32_t has_file;
    uint64_t stat_big;  /**< later kernels' counter: too big */
    uint32_t turn;      /**< thread id of who reads, where several processes may; 0: nobody */
    uint32_t mapped;    /**< mappings in other processes than the maker's */
    uint64_t turn_born; /**< when the thread of `turn` began */

    /* who may write */
    uint32_t lock __attribute__((aligned(RELAY_LINE))); /**< thread id of the holder, 0: free */
    uint32_t doing;                                     /**< enum relay_doing */
    uint64_t holder_born;   /**< when the holder began, of another process than the maker's; 0 */
    uint32_t deciding;      /**< 1 + the row of the account that events go to just now; 0: none */
    uint32_t deciding_slot; /**< … and the slot that they are in */
    uint64_t file_size_before; /**< `file_size` when the switch began */
    uint32_t not_writing; /**< thread that has, or had, the lock for something else than a write */
    uint32_t spare;
    uint64_t release_to; /**< `consumed` at the end of a reader's release; 0: none is going on */
    struct relay_count losing; /**< what the row of `deciding` becomes, one of losses */

    /* what became of events */
    struct relay_count account[RELAY_N_FATES] __attribute__((aligned(RELAY_LINE)));

    struct relay_maker maker __attribute__((aligned(RELAY_LINE)));
};

/** @return the slot of sub-buffer @p index (0 … n_subbufs - 1) in a control block. Errors: none. */
static inline struct relay_slot *relay_ctl_slot(struct relay_ctl *ctl, uint64_t index)
{
    return (struct relay_slot *)((unsigned char *)ctl + ctl->slots_at) + index;
}

/* Internal: count an event whose bytes `offset` is about to show. Who dies between these two stores
 * would leave one without bytes: so what both become is stored first. See repair.c. */
static inline __attribute__((always_inline)) void relay_count_event(struct relay_ctl *ctl,
                                                                    uint64_t length)
{
    uint64_t events = relay_load(&ctl->events) + 1, offset = relay_load(&ctl->offset) + length;

    relay_store(&ctl->committing, events << 32 | (uint32_t)offset);
    relay_store(&ctl->events, events);
}

#ifdef __cplusplus
}
#endif
#endif
