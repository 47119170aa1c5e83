/* SPDX-License-Identifier: MIT */
/**
 * @file
 * Inside an operation: the real code of the core, compiled a second time so that it stops at every
 * RELAY_PROBE, run by actors that take turns in the order that the caller chooses.
 *
 * A machine has virtual CPUs, one channel, and actors with queues of operations. relay_inside_step()
 * lets one actor run to its next stop. Everything that can change lies in one stretch of memory at a
 * fixed address, the actors' stacks included, so any moment can be kept and come back to.
 *
 * Two rules say who keeps whom out: the library's (lock, busy, quiesce) and the kernel's (6.1:
 * interrupts or preemption off, the file's lock, one mutex); docs/inside.md has the table.
 *
 * THREADS. One thread at a time for each machine; any thread. Nothing here waits.
 */
#ifndef RELAY_INSIDE_H
#define RELAY_INSIDE_H

#include "relay/relay_info.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    RELAY_INSIDE_MAX_ACTORS = 16,
    RELAY_INSIDE_MAX_CPUS = 16,
    RELAY_INSIDE_MAX_FILES = 16,
    RELAY_INSIDE_KEYFRAME = 65536, /**< steps between two keyframes, to begin with */
};

struct relay_inside;

/** Who keeps whom out. */
enum relay_inside_rule {
    RELAY_INSIDE_LIBRARY,
    RELAY_INSIDE_KERNEL,
    RELAY_INSIDE_BEFORE_2023, /**< the kernel's, with the reader's position as of CVE-2023-3268 */
};

enum relay_inside_kind {
    RELAY_INSIDE_TASK,
    RELAY_INSIDE_INTERRUPT, /**< begins between two stops of its CPU's tasks, ends before they go on */
    RELAY_INSIDE_READER,    /**< has its own descriptor of its CPU's file */
};

enum relay_inside_what {
    RELAY_INSIDE_WRITE,
    RELAY_INSIDE_WRITE_NOLOCK,
    RELAY_INSIDE_RESERVE,
    RELAY_INSIDE_FILL, /**< the oldest slot that the CPU's actors reserved, or that of `event` */
    RELAY_INSIDE_SWITCH,
    RELAY_INSIDE_FLUSH,
    RELAY_INSIDE_RESET,
    RELAY_INSIDE_CONSUME,
    RELAY_INSIDE_CLOSE,
    RELAY_INSIDE_LATE_SETUP, /**< data: the name */
    RELAY_INSIDE_ONLINE,
    RELAY_INSIDE_OFFLINE,
    RELAY_INSIDE_OPEN_FILE, /**< data: the name; length: flags; count: 1 in the channel's directory */
    RELAY_INSIDE_CLOSE_FILE,
    RELAY_INSIDE_READ,
    RELAY_INSIDE_POLL,
    RELAY_INSIDE_SLEEP,    /**< poll that waits for as long as it takes */
    RELAY_INSIDE_MAP_READ, /**< copies the next finished sub-buffer out of a mapping and reports it */
    RELAY_INSIDE_SPLICE,
    RELAY_INSIDE_PREAD,
    RELAY_INSIDE_SEEK,
    RELAY_INSIDE_FILE_WRITE,
    RELAY_INSIDE_FULL, /**< relay_buf_full */
    RELAY_INSIDE_N_WHATS
};

/** What a new machine is like. Zero it first. */
struct relay_inside_config {
    uint64_t subbuf_size, n_subbufs;
    uint32_t cpus;
    const unsigned char *online; /**< a byte for each CPU; NULL: all */
    uint32_t rule;               /**< enum relay_inside_rule */
    uint32_t writers;            /**< enum relay_writers */
    uint32_t faults;             /**< for tests: 1 << enum relay_inside_fault */
    const char *base_filename;   /**< NULL: buffer-only */
    uint8_t in_root;             /**< the files lie in the root, not in the channel's directory */
    uint8_t mode;                /**< enum relay_inside_mode */
    uint8_t is_global;
    uint8_t stores_padding; /**< subbuf_start stores it in headers of 4 bytes or more */
    uint8_t fills_header;   /**< … and fills new ones with 0xee */
    uint8_t early_null;     /**< create_buf_file returns nothing while there is no name */
    uint8_t lacks;          /**< 1: no create_buf_file, 2: no remove_buf_file, 4: no table */
    uint64_t header;        /**< bytes that subbuf_start reserves */
    int64_t fail_at;        /**< create_buf_file call that fails, from 0; -1: none */
    int32_t fail_answer;    /**< what that one is noted to have returned: 0 or a negative number */
};

enum relay_inside_mode {
    RELAY_INSIDE_NO_OVERWRITE,
    RELAY_INSIDE_OVERWRITE,
    RELAY_INSIDE_DEFAULT, /**< no subbuf_start */
    RELAY_INSIDE_ASK,     /**< the actor stops, asking: relay_inside_answer() */
};

/** Protections that can be left out under the library's rule: what the explorer must find. */
enum relay_inside_fault {
    RELAY_INSIDE_NO_LOCK,
    RELAY_INSIDE_NO_BUSY,      /**< who interrupts the holder writes all the same */
    RELAY_INSIDE_NO_QUIESCE,   /**< flush does not wait for a marked writer */
    RELAY_INSIDE_NO_LIMIT,     /**< a switch leaves limit as it is */
    RELAY_INSIDE_NO_HOLD,      /**< readers and consumers take no lock */
    RELAY_INSIDE_NO_READING,   /**< readers of a file do not take turns */
    RELAY_INSIDE_NO_MUTEX,     /**< flush, reset and close do not take turns */
    RELAY_INSIDE_NO_WAKE,      /**< a switch wakes nobody */
    RELAY_INSIDE_WAKE_FIRST,   /**< a poller sleeps although it was woken meanwhile */
    RELAY_INSIDE_EARLY_OFFSET, /**< offset moves before the bytes are copied */
    RELAY_INSIDE_N_FAULTS
};

/** An operation. `data` is copied. */
struct relay_inside_op {
    uint32_t what; /**< enum relay_inside_what */
    uint32_t cpu;
    uint64_t length;
    uint64_t count;
    int64_t fd;     /**< -1: the reader's own, or the lowest in use */
    uint64_t event; /**< attempts: its number; 0: the next */
    const void *data;
    size_t size; /**< bytes of data; 0: the event's pattern */
};

enum relay_inside_state {
    RELAY_INSIDE_IDLE,
    RELAY_INSIDE_STOPPED, /**< at a stop, inside an operation */
    RELAY_INSIDE_WAITING, /**< for a word to become 0 */
    RELAY_INSIDE_ASLEEP,
    RELAY_INSIDE_ASKING,
};

/** Why an actor cannot move. */
enum relay_inside_why {
    RELAY_INSIDE_CAN,
    RELAY_INSIDE_WHY_DONE,        /**< its queue is empty */
    RELAY_INSIDE_WHY_INTERRUPTED, /**< `other` runs on its CPU in an interrupt */
    RELAY_INSIDE_WHY_IRQS_OFF,    /**< `other` keeps interrupts off on this CPU */
    RELAY_INSIDE_WHY_PREEMPT_OFF, /**< `other` keeps preemption off on this CPU */
    RELAY_INSIDE_WHY_LOCK,        /**< `other` holds what it waits for */
    RELAY_INSIDE_WHY_ASLEEP,
    RELAY_INSIDE_WHY_ASKING,
};

/** An actor as it stands. */
struct relay_inside_actor {
    uint32_t kind, cpu;
    uint32_t state; /**< enum relay_inside_state */
    uint32_t why;   /**< enum relay_inside_why */
    int32_t other;  /**< actor that is the reason, or that it interrupts; -1: none */
    int32_t stop;   /**< enum relay_probe_id, or behind them; -1: at none */
    int32_t line;
    uint32_t at;                 /**< operations that have begun or ended */
    uint32_t queued;             /**< operations in all */
    uint32_t outcome;            /**< enum relay_outcome of the last attempt that ended */
    int64_t result;              /**< of the last operation that ended */
    uint64_t copied;             /**< bytes in the reader's copy */
    const char *file, *function; /**< of the stop; NULL: at none */
};

/** What is counted: none of it can be seen in the channel. */
enum relay_inside_figure_name {
    RELAY_INSIDE_DESTROYED, /**< events that nothing in the account explains */
    RELAY_INSIDE_TORN,      /**< events delivered in part, or mixed with others */
    RELAY_INSIDE_TWICE,     /**< events delivered again */
    RELAY_INSIDE_UNWRITTEN, /**< runs of bytes delivered that no event had written */
    RELAY_INSIDE_DEADLOCK,  /**< 1: nobody can move, and somebody waits for a lock */
    RELAY_INSIDE_INVARIANT, /**< 1: with nobody inside, the channel was not in order */
    RELAY_INSIDE_SLEEPER,   /**< 1: nobody can move, and a poller sleeps although there is data */
    RELAY_INSIDE_N_FIGURES
};

/** A callback of the client that ran. */
struct relay_inside_call {
    uint32_t what; /**< 0 subbuf_start, 1 create_buf_file, 2 remove_buf_file */
    uint32_t cpu;
    int32_t subbuf, prev; /**< indexes; -1: none */
    uint64_t padding;
    int32_t full, answer; /**< of create_buf_file: 1, 0 or a negative errno number */
    int32_t global_in;
    char name[64]; /**< empty: none */
};

/** What a subbuf_start that is asked has done. The bytes are copied. */
struct relay_inside_answer {
    int32_t answer;
    uint64_t header; /**< bytes to reserve */
    /** All S bytes of the sub-buffer that would be begun, and of the one before; NULL: as they are. */
    const unsigned char *subbuf, *prev;
};

/** What became of a step. */
enum relay_inside_stepped {
    RELAY_INSIDE_MOVED,
    RELAY_INSIDE_ENDED,  /**< the operation has ended */
    RELAY_INSIDE_ASKED,  /**< subbuf_start is asked: answer, then step again */
    RELAY_INSIDE_CANNOT, /**< nothing was done */
};

/**
 * Make a machine and open its channel.
 * @return the machine, or NULL. Errors: as relay_open_on(); ARGUMENT: a limit above is passed.
 */
struct relay_inside *relay_inside_open(const struct relay_inside_config *config);
/** Let go of a machine. NULL: nothing. Errors: none. */
void relay_inside_close(struct relay_inside *machine);
/** @return enum relay_error_code of the last open that failed in this thread. Errors: none. */
int relay_inside_error(void);
/** @return the callbacks of an open that failed in this thread, as relay_inside_calls. Errors: none. */
size_t relay_inside_failed_calls(struct relay_inside_call *ret, size_t room);

/** @return the number of a new actor. Errors: -1 there are too many, or no such CPU. */
int relay_inside_add(struct relay_inside *machine, enum relay_inside_kind kind, unsigned cpu);
/** Put an operation behind an actor's queue. @return 0. Errors: -1 no such actor, or no memory. */
int relay_inside_queue(struct relay_inside *machine, int actor, const struct relay_inside_op *op);
/** @return number of actors. Errors: none. */
int relay_inside_count(const struct relay_inside *machine);

/** How an actor stands. Errors: none. */
void relay_inside_look(struct relay_inside *machine, int actor, struct relay_inside_actor *ret);
/** Let an actor run to its next stop. @return what became of it. Errors: none. */
enum relay_inside_stepped relay_inside_step(struct relay_inside *machine, int actor);
/** The time of an actor asleep is up: its poll returns at its next step. Errors: none. */
void relay_inside_time_out(struct relay_inside *machine, int actor);
/** Answer for subbuf_start, where it is asked; a step. @return true. Errors: false: no memory. */
bool relay_inside_give(struct relay_inside *machine, int actor,
                       const struct relay_inside_answer *answer);
/** What subbuf_start is asked. @return false: the actor asks nothing. Errors: none. */
bool relay_inside_asked(struct relay_inside *machine, int actor, struct relay_inside_call *ret);

/** @return a figure. Errors: none. */
uint64_t relay_inside_figure(struct relay_inside *machine, enum relay_inside_figure_name figure);
/** As relay_snapshot(). @return rows. Errors: none. */
size_t relay_inside_snapshot(struct relay_inside *machine, struct relay_buf_info *bufs,
                             struct relay_subbuf_info *subbufs, size_t rows);
/** The channel; read only. @return NULL: it is closed. Errors: none. */
const struct rchan *relay_inside_chan(struct relay_inside *machine);
/** A buffer's memory, S * n bytes. @param row as in a snapshot, or -1 - fd. @return NULL: none.
 * Errors: none. */
const unsigned char *relay_inside_bytes(struct relay_inside *machine, int row);
/** Control of a descriptor's buffer. @return NULL: not open. Errors: none. */
const struct relay_ctl *relay_inside_file(struct relay_inside *machine, int64_t fd);
/** Who wrote each byte: event numbers, as `bytes`. @return NULL: none. Errors: none. */
const uint32_t *relay_inside_ages(struct relay_inside *machine, int row);
/** The bytes a reader has got so far, and who wrote them. @return how many. Errors: none. */
size_t relay_inside_copy_of(struct relay_inside *machine, int actor, const unsigned char **bytes,
                            const uint32_t **ages);
/** Callbacks since the last call of this. @return how many; the first `room` are stored. Errors: none. */
size_t relay_inside_calls(struct relay_inside *machine, struct relay_inside_call *ret, size_t room);

/** @return a digest of all that decides what comes: equal ones go on equally. Errors: none. */
uint64_t relay_inside_hash(struct relay_inside *machine);
/** @return steps done since open, on the way to here. Errors: none. */
uint64_t relay_inside_position(const struct relay_inside *machine);
/** @return steps that are known: those ahead can be sought. Errors: none. */
uint64_t relay_inside_length(const struct relay_inside *machine);
/** @return the actor of step `index`, from 0. Errors: -1 there is no such step. */
int relay_inside_decision(const struct relay_inside *machine, uint64_t index);
/** Go to a moment. Stepping there cuts off what was ahead. @return false: it lies beyond the end.
 * Errors: none. */
bool relay_inside_seek(struct relay_inside *machine, uint64_t position);
/** @return bytes that keyframes take. Errors: none. */
uint64_t relay_inside_memory(const struct relay_inside *machine);

/* ---------------------------------------------------------------- places in the source */

/** @return number of places. Errors: none. */
size_t relay_inside_sites(void);
/** A place. @return false: there is none. Errors: none. */
bool relay_inside_place(size_t index, int *id, int *line, const char **file, const char **function);
/** @return a stop's name and sentence, those behind the probes too; NULL: none. Errors: none. */
const char *relay_inside_stop_name(int id);
const char *relay_inside_stop_sentence(int id);

/** @return a digest of the sources that stops lie in: another one means other code. Errors: none. */
const char *relay_inside_digest(void);
/** @return each of these sources, a line "name digest" of its own. Errors: none. */
const char *relay_inside_files(void);

/* ---------------------------------------------------------------- explorer */

enum relay_inside_pruning {
    RELAY_INSIDE_NOT_PRUNED, /**< every schedule */
    RELAY_INSIDE_BY_STATE,   /**< equal states once, fewest switches first */
    RELAY_INSIDE_BY_ORDER,   /**< DPOR with sleep sets: orders that cannot differ once */
};

/** Code of an expression: postfix. */
enum relay_inside_code {
    RELAY_INSIDE_NUMBER,   /**< value: a whole number */
    RELAY_INSIDE_FRACTION, /**< value: the bits of a double */
    RELAY_INSIDE_FIGURE,   /**< value: enum relay_inside_figure_name */
    RELAY_INSIDE_FIELD, /**< value: byte of relay_buf_info + (size << 16), all buffers added up */
    RELAY_INSIDE_FIELD_OF, /**< … value: that + (CPU << 32): of its buffer; 0: it has none */
    RELAY_INSIDE_NOT,
    RELAY_INSIDE_NEGATE,
    RELAY_INSIDE_ABS,
    RELAY_INSIDE_ROUND, /**< to the nearest whole number, halves to the even one */
    RELAY_INSIDE_ADD,
    RELAY_INSIDE_SUBTRACT,
    RELAY_INSIDE_MULTIPLY,
    RELAY_INSIDE_DIVIDE, /**< by 0, and so those two below: no number, of which nothing is true */
    RELAY_INSIDE_FLOOR_DIVIDE,
    RELAY_INSIDE_MODULO, /**< with the sign of the divisor */
    RELAY_INSIDE_MIN,
    RELAY_INSIDE_MAX,
    RELAY_INSIDE_LESS,
    RELAY_INSIDE_LESS_EQUAL,
    RELAY_INSIDE_EQUAL,
    RELAY_INSIDE_AND, /**< the value that decides, as Python's */
    RELAY_INSIDE_OR,
    RELAY_INSIDE_IF, /**< of three: the first where the second is true, else the third */
};

struct relay_inside_word {
    uint32_t code;
    int64_t value;
};

/** "Is there a schedule in which this holds?" from the moment at which the machine stands. */
struct relay_inside_question {
    const struct relay_inside_word *code;
    size_t words;          /**< 0: nothing is looked for, all is gone through */
    uint32_t pruning;      /**< enum relay_inside_pruning */
    int32_t most_switches; /**< -1: any number */
    int32_t most_interrupts;
    int32_t last_actor; /**< who went on before: another one is a switch; -1: nobody */
    bool by_steps;      /**< not by order: the fewest steps first, then the fewest switches */
    uint64_t most_states, most_bytes;             /**< 0: no limit */
    bool (*goes_on)(void *told, uint64_t states); /**< asked now and then; may be NULL */
    void *told;
};

struct relay_inside_finding {
    bool found;
    bool finished;                     /**< false: a limit came first, or goes_on said no */
    uint64_t states, schedules, steps; /**< gone through */
    uint64_t ends;                     /**< different states at which nobody can move */
    uint64_t ends_hash;                /**< of them all, whatever the order */
    uint64_t *end_keys;      /**< digest of each, the same in every process; to be freed so too */
    uint32_t switches;       /**< of the schedule found */
    unsigned char *schedule; /**< actors, to be freed with relay_inside_free_finding; NULL: none */
    size_t length;
};

/**
 * Look for a schedule. The machine stands afterwards where it stood.
 * @return false: out of memory. Errors: none but that.
 */
bool relay_inside_explore(struct relay_inside *machine,
                          const struct relay_inside_question *question,
                          struct relay_inside_finding *ret);
/**
 * Compute an expression here and now. Whole numbers are exact up to 2^53.
 * @return its value; 0 for code that is none and for what is no number. Errors: none.
 */
double relay_inside_compute(struct relay_inside *machine, const struct relay_inside_word *code,
                            size_t words);
/** Free what a finding has in memory. Errors: none. */
void relay_inside_free_finding(struct relay_inside_finding *finding);

#ifdef __cplusplus
}
#endif
#endif
