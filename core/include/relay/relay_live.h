/* SPDX-License-Identifier: MIT */
/**
 * @file
 * A channel under load: a small pool of threads that write to it and read from it at full speed,
 * verify what they read, count, and stop all at once. None of this exists in the kernel.
 *
 * A pool has writer threads and reader threads. Virtual CPU c is served by writer thread c % W and
 * reader thread c % R, so that two threads can serve 4096 CPUs. What each CPU does is set with
 * relay_live_set_writing() and relay_live_set_reading(), also while the threads run; at first it does
 * nothing. The threads run between relay_live_run() and relay_live_pause(), or until a break is met.
 * A thread sleeps while nothing is due.
 *
 * EVENTS say who wrote them: CPU, sequence number, length, a checksum, and a payload made from these,
 * so that a reader knows of each byte whether it is as written. The number is given at the attempt:
 * an event that is refused leaves a gap. Bytes of other writers and of earlier pools are none of ours:
 * readers count them as unwritten.
 *
 * TIME is in seconds of the pool's own clock, which stands while the threads are paused. A pool that is
 * simulated has no threads: its clock is moved by relay_live_simulate() from one operation to the next.
 *
 * THREADS. Any thread may call anything; settings, run, pause and drain take turns. From a callback
 * that runs in a thread of the pool run, pause, drain, close and relay_live_set_break() would wait
 * for themselves: they do nothing and set RELAY_ERR_BUSY. After a fork the child has no pool: there
 * nothing but relay_live_close() may be called, and that only forgets.
 * Who shares a pool with a thread that may close it holds a reference (relay_live_get).
 */
#ifndef RELAY_LIVE_H
#define RELAY_LIVE_H

#include "relay/relay.h"
#include "relay/relay_info.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RELAY_LIVE_MOST_THREADS 64
#define RELAY_LIVE_SHORTEST 16          /* bytes of an event: the part that says who wrote it */
#define RELAY_LIVE_LONGEST 65536        /* bytes of an event */
#define RELAY_LIVE_MOST_READ (1u << 20) /* bytes of one read call */
#define RELAY_LIVE_MOST_SIZES (1u << 20)
#define RELAY_LIVE_MOST_PIECES 65535u /* of a record */
#define RELAY_LIVE_GAPS 32 /* classes of the time between reports: below 1 µs, 2, 4, 8 … */

struct relay_live;

/** How a pool is made. Zero it first. */
struct relay_live_options {
    unsigned writer_threads; /**< 0: 1. A global channel always has one of each kind. */
    unsigned reader_threads; /**< 0: 1 */
    uint64_t seed;           /**< of the sizes that are drawn */
    bool simulated;          /**< no threads and no clock but the one of relay_live_simulate() */
    double event_seconds;    /**< simulated: what a write takes at least; 0: nothing */
};

/* ---------------------------------------------------------------- life */

/**
 * Make a pool for a channel, its threads paused. It holds a reference of the channel.
 * @param opt  NULL: defaults
 * @return the pool, for relay_live_close; NULL:
 * Errors: NO_CHANNEL; CLOSED; ARGUMENT: more than RELAY_LIVE_MOST_THREADS threads, or negative
 *         event_seconds; NO_MEMORY; THREADS: the system gave none.
 */
struct relay_live *relay_live_open(struct rchan *chan, const struct relay_live_options *opt);

/**
 * End the threads, each behind the operation that it is in, close the descriptors, drop the reference
 * that open gave. The channel stays as it is. What was counted can be asked for as long as there are
 * references. NULL: nothing. Errors: BUSY: see THREADS, nothing is done.
 */
void relay_live_close(struct relay_live *live);
/** Hold the memory of a pool beyond relay_live_close. Errors: none. */
void relay_live_get(struct relay_live *live);
/** Drop a reference. NULL: nothing. Errors: none. */
void relay_live_put(struct relay_live *live);

/**
 * Let the threads run.
 * @return 0, also when they ran already, or
 * Errors: -EBADF CLOSED: the pool is closed; -EDEADLK BUSY: see THREADS.
 */
int relay_live_run(struct relay_live *live);
/**
 * Let so many seconds of a simulated clock go by: the calling thread does all that falls due before
 * they end, one operation after another, and the time in between is skipped. Nothing takes time, so
 * that the same settings and seed give the same counts, on any machine, in one call or in many.
 *
 * Times are whole nanoseconds. Event k of a writer (from 0) is due k / rate behind the time it began,
 * rounded down, the pieces of a record with the first of them; a burst that begins counts anew. Event_seconds limits the rate. A reader comes when it
 * is set and whenever its pace has gone by, without a pace after 250 µs in which there was nothing; a
 * visit that falls due when it has worked for stall_every is put off for the stall. At equal times
 * writers are first, then a flush, then readers, each by CPU.
 *
 * Counters, bins, lanes and breaks are as with threads; a break stops the clock at the operation that
 * met it. Another thread may look on, and pause it.
 * @param seconds  0 or more, at most a day
 * @return 0, also when it was stopped before, as relay_live_time() tells, or
 * Errors: -EINVAL LIVE_CLOCK: the pool has threads, LIVE_TIME: no such time; -EBUSY RUNNING: another
 *         thread is at it; those of relay_live_run, which itself is refused with LIVE_CLOCK on such a
 *         pool.
 */
int relay_live_simulate(struct relay_live *live, double seconds);
/**
 * Stop the threads and wait until each stands between two operations; then nobody of the pool is
 * inside the channel and its account is exact.
 * @return 0, also when they stood already, or
 * Errors: -EBADF CLOSED: the pool is closed; -EDEADLK BUSY: see THREADS.
 */
int relay_live_pause(struct relay_live *live);
/**
 * @return whether the threads run: not paused, not stopped by a break, not closed. Errors: none.
 */
bool relay_live_is_running(struct relay_live *live);
/** @return seconds that the threads have run since open. Errors: none. */
double relay_live_time(struct relay_live *live);

/**
 * While paused: every reader takes all that is left, verified, in the calling thread. A reader by
 * read also gets the sub-buffer being written, one that maps does not: flush first. What has not come
 * by then is missing. Breaks are not looked at.
 * @return 0 or
 * Errors: -EBUSY RUNNING: pause first; -ENOMEM NO_MEMORY; -EBADF and -EDEADLK as relay_live_pause().
 */
int relay_live_drain(struct relay_live *live);

/* ---------------------------------------------------------------- what CPUs do */

/** Where the sizes of events come from. */
enum relay_live_sizes {
    RELAY_LIVE_FIXED,       /**< min */
    RELAY_LIVE_UNIFORM,     /**< min … max, drawn */
    RELAY_LIVE_EXPONENTIAL, /**< drawn with the mean, cut at min and max */
    RELAY_LIVE_LIST,        /**< those of a list, in order, over and over */
};

/** What a CPU writes. Zero it first. */
struct relay_live_writing {
    double rate; /**< events a second; 0: none; INFINITY: as fast as it goes */
    enum relay_live_sizes sizes;
    uint32_t min, max;    /**< bytes, header of the event included */
    double mean;          /**< bytes */
    const uint32_t *list; /**< copied */
    size_t count;         /**< of the list, 1 … RELAY_LIVE_MOST_SIZES */
    double burst_on;      /**< seconds of writing, then … */
    double burst_off;     /**< … seconds of silence, and so on; 0: steady */
    uint32_t flush_after; /**< events tried, behind which the writer calls relay_flush; 0: never */
    uint32_t pieces;      /**< events in a row that make one record and are due together, at most
                               RELAY_LIVE_MOST_PIECES; 0 or 1: each stands for itself */
};

/** How a CPU's buffer is read. */
enum relay_live_reader {
    RELAY_LIVE_NO_READER,
    RELAY_LIVE_READ, /**< relay_file_read */
    RELAY_LIVE_MMAP, /**< a mapping, the counters, relay_subbufs_consumed */
};

/** What the reader of a buffer does. Zero it first. */
struct relay_live_reading {
    enum relay_live_reader kind;
    double pace;        /**< seconds from a visit to the next; 0: as soon as there is something */
    uint32_t batch;     /**< READ: bytes of the one read call of a visit, MMAP: sub-buffers of a
                                visit; 0: all there is */
    double stall_every; /**< seconds of work, then … */
    double stall;       /**< … seconds without a visit; either 0: no stalls */
    uint32_t
        forget_every; /**< MMAP: every so many reports one is not made; 1: none is; 0: all are */
    uint32_t report_extra; /**< MMAP: sub-buffers that each report says too much */
};

/**
 * What CPUs write from their thread's next look on (a few hundred events at most); running or not.
 * @param cpus   their numbers; NULL: all CPUs
 * @param count  how many; 0 with NULL
 * @return 0; else nothing has changed:
 * Errors: -EINVAL LIVE_RATE, LIVE_SIZES (pieces, too), LIVE_TIME, CPU, LIVE_CLOCK (as fast as it
 *         goes where a write takes no time); -EBADF CLOSED: the pool is closed; -ENOMEM NO_MEMORY.
 */
int relay_live_set_writing(struct relay_live *live, const struct relay_live_writing *writing,
                           const uint32_t *cpus, size_t count);
/**
 * How buffers are read. A global channel has one reader, whichever CPU is named.
 * @return 0; else nothing has changed:
 * Errors: -EINVAL LIVE_TIME, CPU, LIVE_BATCH: more than RELAY_LIVE_MOST_READ bytes, or ARGUMENT: no such
 *         kind; -ENOENT NOT_FOUND: a buffer has no file to read; -EBADF CLOSED; -ENOMEM NO_MEMORY.
 */
int relay_live_set_reading(struct relay_live *live, const struct relay_live_reading *reading,
                           const uint32_t *cpus, size_t count);
/**
 * Flush the channel every so many seconds, 100 µs at least; 0: never.
 * @return 0 or
 * Errors: -EINVAL LIVE_TIME; -EBADF CLOSED: the pool is closed.
 */
int relay_live_set_flush(struct relay_live *live, double seconds);

/* ---------------------------------------------------------------- break */

/** What can be broken on; the first ones are those of enum relay_fate (a buffer's events). */
enum relay_live_counter {
    RELAY_LIVE_PRODUCED = RELAY_N_FATES, /**< sub-buffers finished */
    RELAY_LIVE_RELEASED,                 /**< sub-buffers consumed */
    RELAY_LIVE_READY,                    /**< produced - consumed; goes up and down */
    RELAY_LIVE_FULL,                     /**< ready >= n: 1, else 0 */
    RELAY_LIVE_ATTEMPTED,                /**< events of this CPU that the pool tried to write */
    RELAY_LIVE_STORED,                   /**< of these: stored */
    RELAY_LIVE_LOST,                     /**< events of the buffer with any fate but consumed */
    RELAY_LIVE_LAPPED,                   /**< times that the reader was lapped */
    RELAY_LIVE_INTACT,                   /**< events read as written */
    RELAY_LIVE_TORN,                     /**< events of which a part came */
    RELAY_LIVE_MISSING,      /**< numbers that the reader has not met where they belong */
    RELAY_LIVE_TWICE,        /**< events that came again */
    RELAY_LIVE_UNWRITTEN,    /**< bytes read that belong to no event of the pool */
    RELAY_LIVE_TORN_RECORDS, /**< records of several events of which some came and others did not:
                                  known when an event of a later one comes */
    RELAY_LIVE_N_COUNTERS
};

/** @return the name of a counter ("refused_full", "produced", …), or NULL. Errors: none. */
const char *relay_live_counter_name(enum relay_live_counter counter);

/** Where the threads stop. Zero it: nowhere. */
struct relay_live_break {
    uint32_t grows;   /**< a bit for each counter, 1 << counter: when it becomes more than it was at
                           the last run or set_break; FULL and READY: when they go up */
    uint32_t reaches; /**< a counter that … */
    uint64_t value;   /**< … becomes this or more, having been less; 0: none */
    bool one_cpu;     /**< only of the CPU … */
    unsigned cpu;     /**< … with this number */
};

/** What stopped the threads. */
struct relay_live_hit {
    enum relay_live_counter counter;
    unsigned cpu;
    uint64_t number; /**< of events that the CPU had attempted: the last one has this number - 1 */
    uint64_t value;  /**< of the counter */
    double time;
};

/**
 * Stop on this from now on. The writer or reader that meets it tests it behind its operation, before
 * anybody's next one; it stops all threads. What is there already does not count: the state at
 * this call, and at each run, is what changes are measured from. Threads that run are paused for a
 * moment.
 * @return 0 or
 * Errors: -EINVAL CPU, or ARGUMENT: no such counter; -EBADF and -EDEADLK as relay_live_pause().
 */
int relay_live_set_break(struct relay_live *live, const struct relay_live_break *where);
/** @return whether there was a hit since the last run; it goes to @p hit, or NULL. Errors: none. */
bool relay_live_last_hit(struct relay_live *live, struct relay_live_hit *hit);
/**
 * Wait until there is one and all threads stand.
 * @param seconds  negative: for ever
 * @return false: there is none, and time is up or the pool closed. Errors: none.
 */
bool relay_live_wait_hit(struct relay_live *live, double seconds, struct relay_live_hit *hit);

/* ---------------------------------------------------------------- what was counted */

/**
 * The counters of one CPU since open. In a global channel those of the buffer and of its reader are
 * in the row of the first CPU; what is known of an event is in the row of the CPU that wrote it.
 */
struct relay_live_counts {
    /* the writer */
    uint64_t attempted;
    uint64_t attempted_bytes;
    uint64_t stored;
    uint64_t stored_bytes;
    uint64_t refused_full;
    uint64_t too_big;
    uint64_t busy;
    uint64_t written_late;
    uint64_t nowhere;  /**< times that the CPU had no buffer or was off line; no number was given */
    uint64_t skipped;  /**< events that fell due and were not tried: the thread could not keep up */
    uint64_t asked;    /**< attempted and skipped: what the settings asked for, if it is a rate */
    uint64_t switches; /**< made by the pool's writes */
    uint64_t burned;  /**< sub-buffers switched to for an event that the header then left no room */
    uint64_t flushes; /**< calls of relay_flush by the pool; one that subbuf_start refuses, as in
                           no-overwrite mode where all is full, finishes nothing */
    uint64_t flushed; /**< sub-buffers finished by them … */
    uint64_t flushed_empty; /**< … of these: without an event */
    uint64_t flush_padding; /**< bytes that they left unused */
    uint64_t most_ready;    /**< highest number of ready sub-buffers a writer has seen */
    uint64_t recent_ready;  /**< the highest between the last two samples */
    uint64_t most_backlog;  /**< bytes attempted since the oldest sub-buffer that was not consumed
                                  yet began, at most: what would have had to wait had nothing been
                                  lost; headers and padding not counted */
    /* the reader */
    uint64_t intact;
    uint64_t intact_bytes;
    uint64_t torn;
    uint64_t displaced; /**< of these: the writer had not come round since their first bytes were
                             read. So it was not the writer, but the place where reading goes on
                             had been changed (a reset, another reader, read after mmap, which
                             leaves bytes_consumed behind), or the event was written in part */
    uint64_t missing;
    uint64_t late; /**< of these: came after all, behind a younger one */
    uint64_t twice;
    uint64_t twice_bytes;
    uint64_t torn_records; /**< of which some pieces came and others did not; counted when a piece
                                of a later one comes */
    uint64_t unwritten;    /**< bytes without the beginning of an event: nobody's, another writer's,
                                or the rest of one whose beginning did not come */
    uint64_t torn_bytes;   /**< what came of torn events */
    uint64_t header_bytes; /**< of sub-buffers, as read delivers them */
    uint64_t bytes;        /**< all that was read */
    uint64_t visits;
    uint64_t reads;          /**< calls */
    uint64_t zero_empty;     /**< calls that returned 0: nothing there */
    uint64_t zero_border;    /**< … although sub-buffers were ready (the kernel's oddity) */
    uint64_t zero_blocked;   /**< … the buffer blocked and all consumed */
    uint64_t zero_finalized; /**< … all read, and closed */
    uint64_t lapped;
    uint64_t lapped_subbufs; /**< skipped by that */
    uint64_t stalls;
    uint64_t reports;   /**< relay_subbufs_consumed calls; by read: calls that released something */
    uint64_t reported;  /**< sub-buffers by them; as far as they were taken */
    uint64_t releasing; /**< … and at most, by a call that is under way. More than `reported`,
                             `lapped_subbufs` and this, looked at before, others have released */
    uint64_t forgotten;
    uint64_t clamped;      /**< reports cut to what was ready */
    uint64_t ignored;      /**< reports of more than n */
    uint64_t longest_gap;  /**< between reports, µs */
    uint64_t since_report; /**< sub-buffers finished since the last report, or since open */
    uint64_t last_report;  /**< µs of the pool's clock; UINT64_MAX: none */
    uint64_t gaps[RELAY_LIVE_GAPS];      /**< reports by the time since the one before */
    uint64_t longest_away;               /**< between visits, µs */
    uint64_t last_visit;                 /**< µs of the pool's clock; UINT64_MAX: none */
    uint64_t lost_since_visit;           /**< events refused when full or overwritten, since then */
    uint64_t losing_visits;              /**< visits behind such a loss … */
    uint64_t emptying_visits;            /**< … of these: that left nothing of what was ready */
    uint64_t away[RELAY_LIVE_GAPS];      /**< visits by the time since the one before, … */
    uint64_t away_time[RELAY_LIVE_GAPS]; /**< … these times together, µs, … */
    uint64_t away_lost[RELAY_LIVE_GAPS]; /**< … and the events lost for want of room in them */
    /* who */
    uint64_t cpu;
};

/**
 * Fill at most @p size rows, from CPU 0 on. Exact while paused.
 * @return how many CPUs there are. Errors: none.
 */
size_t relay_live_totals(struct relay_live *live, struct relay_live_counts *rows, size_t size);

/**
 * Let what is a maximum begin anew: most_ready, most_backlog, longest_gap and longest_away are from
 * now on those since this call, as if all that is there had been consumed. Running or not.
 * Errors: none.
 */
void relay_live_measure_anew(struct relay_live *live);

/* ---------------------------------------------------------------- over time */

/**
 * What happened in a stretch of time, all CPUs together. Counts may be shared out between columns.
 * Events with a fate, stored ones and sub-buffers are everybody's; what was attempted, the pool's.
 */
struct relay_live_bin {
    double begin;   /**< of the pool's clock */
    double seconds; /**< of the column that were looked at; 0: nothing is known */
    double attempted;
    double attempted_bytes;
    double stored;
    double stored_bytes;
    double fate[RELAY_N_FATES]; /**< events, by what became of them */
    double read_bytes;
    double intact;
    double torn;
    double missing;
    double twice;
    double unwritten;
    double produced;
    double lapped;
    double most_ready; /**< highest ready of any CPU, sub-buffers: not shared out */
};

/** What happened on one CPU in a stretch of time: bits 1 << fate for events with a fate, and these. */
enum {
    RELAY_LIVE_DID_STORE = 1 << RELAY_N_FATES,
    RELAY_LIVE_DID_SWITCH = RELAY_LIVE_DID_STORE << 1,
    RELAY_LIVE_DID_FLUSH = RELAY_LIVE_DID_STORE << 2,
    RELAY_LIVE_DID_READ = RELAY_LIVE_DID_STORE << 3,
    RELAY_LIVE_DID_RELEASE = RELAY_LIVE_DID_STORE << 4,
    RELAY_LIVE_WAS_FULL = RELAY_LIVE_DID_STORE << 5,
    RELAY_LIVE_WAS_LAPPED = RELAY_LIVE_DID_STORE << 6,
    RELAY_LIVE_SAW_TORN = RELAY_LIVE_DID_STORE << 7,
    RELAY_LIVE_SAW_TWICE = RELAY_LIVE_DID_STORE << 8,
    RELAY_LIVE_SAW_MISSING = RELAY_LIVE_DID_STORE << 9,
    RELAY_LIVE_SAW_UNWRITTEN = RELAY_LIVE_DID_STORE << 10,
};

#define RELAY_LIVE_BIN_SECONDS 0.05
#define RELAY_LIVE_BINS 1280 /* kept: more than a minute */

/**
 * Look at all counters and add what is new to the bins: to be called about 60 times a second, by one
 * thread or several. Takes no lock that a writer or reader takes. However seldom it is called,
 * nothing is lost: counters only grow, and a bin is as long as the time between two calls, at least.
 * Errors: none.
 */
void relay_live_sample(struct relay_live *live);
/**
 * The last @p seconds, up to the last sample, in @p columns columns of equal length. What a bin
 * counted is shared out to the columns it covers. Errors: none.
 */
void relay_live_bins(struct relay_live *live, double seconds, struct relay_live_bin *bins,
                     size_t columns);
/**
 * The same for lanes: @p flags has @p count rows of @p columns. A column has the bits of every bin
 * that it touches: nothing is hidden. @p cpus: as in relay_live_set_writing().
 * @return whether @p flags was filled. Errors: CPU.
 */
bool relay_live_lanes(struct relay_live *live, double seconds, const uint32_t *cpus, size_t count,
                      uint32_t *flags, size_t columns);

#ifdef __cplusplus
}
#endif
#endif
