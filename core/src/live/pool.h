/* SPDX-License-Identifier: MIT */
/*
 * What the files of the live pool share.
 *
 * Who changes what: the fields of a live_writer belong to the writer thread of its CPU, those of a
 * live_reader and of a live_check to the reader thread of the buffer. All counters are read by others
 * at any time: relaxed. Settings come through mailboxes (`next`): the setter puts a new one in, the
 * thread takes it out between two visits, and who gets an old one back drops it. Nothing is locked.
 */
#ifndef RELAY_LIVE_POOL_H
#define RELAY_LIVE_POOL_H

#include <math.h>
#include <sys/types.h>

#include "internal.h"
#include "relay/relay_live.h"

/* Times are whole nanoseconds of the pool's clock. */
#define LIVE_NEVER INT64_MAX    /* a time that does not come */
#define LIVE_TICK 500000        /* what falls due within it is done together */
#define LIVE_REST 250000        /* until an empty buffer is looked at again */
#define LIVE_LONG_REST 10000000 /* the same for one that is not there */
#define LIVE_BEHIND 100000000   /* a writer that is further behind gives up what fell due before */
#define LIVE_SLICE 256          /* events of a CPU until the next one's turn */
/* Room for one read call behind the carried beginning of an event; a writer's event fits, too. */
#define LIVE_SCRATCH (RELAY_LIVE_LONGEST + RELAY_LIVE_MOST_READ)
#define LIVE_LINE __attribute__((aligned(RELAY_LINE)))

/* What CPUs write: never changed once it is in a mailbox; shared by those it was set for. */
struct live_writing {
    unsigned refs;
    bool flat_out;        /* unthrottled; else … */
    uint64_t events;      /* … so many, 0: none, in … */
    unsigned shift;       /* … 2^shift seconds: so a rate is exact, and are its times */
    int64_t burst_on;     /* LIVE_NEVER: steady */
    int64_t burst_cycle;  /* of a burst and the silence behind it */
    uint32_t flush_after; /* events; 0: no flush */
    uint32_t pieces;      /* of a record; 1: an event is one */
    uint32_t count;
    uint32_t sizes[]; /* of events, in turn */
};

struct live_reading {
    unsigned refs;
    struct relay_live_reading set;
};

/* Bytes that had been attempted when a sub-buffer was finished. */
struct live_end {
    uint64_t lap; /* + 1; 0: none yet */
    uint64_t bytes;
};

struct live_writer {
    struct live_writing *next; /* mailbox */
    struct live_writing *plan;
    int64_t due; /* of the next event: number `turn` since `begin` */
    int64_t begin;
    uint64_t turn;
    int64_t since;      /* begin of the first burst */
    uint32_t at;        /* index of the next size */
    uint32_t unflushed; /* events tried since its last flush */
    uint64_t seen;      /* of a buffer: sub-buffers produced at the last look */
    uint64_t records; /* pieces of a record << 48 | number of the event that the first began with */
    /* counters */
    uint64_t attempted;
    uint64_t attempted_bytes;
    uint64_t lost[RELAY_LOST_CLOSED + 1]; /* by outcome */
    uint64_t lost_bytes;
    uint64_t nowhere, skipped, switches, burned, most_ready;
    uint64_t flushes, flushed, flushed_empty, flush_padding; /* of a buffer, by any thread */
    uint64_t recent_ready;  /* the highest since the last sample, which takes it away … */
    uint64_t sampled_ready; /* … and puts it here */
    struct live_end *ends;  /* of a buffer: a ring of n; NULL until somebody writes */
};

/* Of a buffer: unread events that were overwritten, and laps of its readers. */
struct live_mark {
    uint64_t overwritten, lapped;
};

/* What a reader knows of the bytes between two events. */
struct live_stream {
    unsigned char *carry; /* the beginning of an event whose rest has not come */
    uint32_t carried, carry_size;
    uint64_t junk;         /* bytes since the last event that are none */
    bool broken;           /* they follow a torn event */
    bool headless;         /* or the writer was there when some of them came */
    bool overtaken;        /* the writer may have been where the bytes came from */
    struct live_mark mark; /* when the oldest of what is carried was read */
};

struct live_reader {
    struct live_reading *next; /* mailbox */
    struct live_reading *plan;
    int64_t due, stall_at;
    struct relay_file *file;
    struct relay_mapping *mapping;
    uint64_t position;   /* mmap: the sub-buffer to be read next, by the reader's own count, … */
    uint64_t goal;       /* … where this visit ends, … */
    uint64_t unreported; /* … and what was read or skipped and not yet reported */
    uint64_t turn;       /* of reports, made or forgotten */
    uint32_t begin; /* mmap: bytes of that sub-buffer that a descriptor has delivered already */
    struct live_stream stream;
    /* counters */
    uint64_t unwritten, torn_bytes, header_bytes, bytes, visits, reads;
    uint64_t zero_empty, zero_border, zero_blocked, zero_finalized;
    uint64_t lapped, lapped_subbufs, stalls;
    uint64_t releasing; /* at most, by the call that is under way */
    uint64_t reports, reported, forgotten, clamped, ignored, longest_gap, last_report;
    uint64_t produced; /* sub-buffers, at the last report */
    uint64_t gaps[RELAY_LIVE_GAPS];
    uint64_t longest_away, last_visit, losing_visits, emptying_visits;
    uint64_t lost; /* for want of room, at the last visit */
    uint64_t away[RELAY_LIVE_GAPS], away_time[RELAY_LIVE_GAPS], away_lost[RELAY_LIVE_GAPS];
    uint64_t base;         /* bytes attempted before the oldest sub-buffer that is not consumed */
    uint64_t most_backlog; /* at releases */
    uint64_t sampled_backlog; /* at samples; belongs to the sampler */
};

/* What came of one CPU's events. */
struct live_check {
    uint64_t next;    /* the number that should come */
    uint64_t window;  /* numbers before it that are remembered: a power of 2, or 0 */
    uint64_t *seen;   /* a bit for each of them */
    uint64_t records; /* the writer's, at the last piece */
    uint64_t record;  /* that this was of, … */
    uint32_t pieces;  /* … and how many of that have come */
    uint64_t intact, intact_bytes, torn, displaced, missing, late, twice, twice_bytes, torn_records;
};

struct live_cpu {
    struct live_writer w LIVE_LINE;
    struct live_reader r LIVE_LINE;
    struct live_check c LIVE_LINE;
};

struct live_thread {
    struct relay_live *live;
    pthread_t id;
    bool reads;
    bool poked;           /* a setting came; the mutex guards it */
    bool resumed;         /* it stood, and others may have changed the channel */
    unsigned index, step; /* it serves CPUs index, index + step … */
    unsigned char *scratch;
};

struct relay_live {
    uint32_t stop LIVE_LINE; /* looked at before each operation; 0: go on */
    bool break_each;         /* breaks are tested behind every event; changed while all stand */
    struct rchan *chan LIVE_LINE;
    struct live_cpu *cpus;
    struct live_thread *threads; /* first the writers */
    unsigned n_threads, n_writers, n_readers;
    unsigned refs;
    pid_t process;
    uint64_t session;     /* makes this pool's events other than those of any other */
    uint64_t drawn;       /* state of the generator of sizes; the mutex guards it */
    struct live_sim *sim; /* a simulated clock; NULL: threads and the monotonic one */
    double event_seconds; /* there: what a write takes */
    int64_t shift;        /* that clock - pool's clock */
    int64_t flush_every;  /* 0: none */
    int64_t flush_due;

    pthread_mutex_t control; /* run, pause, drain and close take turns */
    pthread_mutex_t mutex;   /* guards what follows */
    pthread_cond_t wake;     /* for threads of the pool */
    pthread_cond_t stand;    /* for those who wait for them */
    unsigned standing;
    struct relay_live *outer; /* whose thread simulates this one in a callback */
    bool halted;              /* the clock stands */
    int64_t halted_at;        /* of the clock */
    bool closed, ended;
    bool has_hit;
    struct relay_live_hit hit;

    /* breaks; changed while all threads stand */
    struct relay_live_break where;
    uint32_t watched;                       /* counters to look at */
    uint32_t taken;                         /* a thread has met the break */
    uint64_t (*was)[RELAY_LIVE_N_COUNTERS]; /* by CPU */

    struct live_past *past; /* bins.c */
};

/* Counters have one writer and many readers. */
static inline void live_add(uint64_t *counter, uint64_t count)
{
    relay_store(counter, relay_load(counter) + count);
}

/* Those that several threads may add to at once. */
static inline void live_add_shared(uint64_t *counter, uint64_t count)
{
    __atomic_fetch_add(counter, count, __ATOMIC_RELAXED);
}

static inline void live_raise(uint64_t *highest, uint64_t value)
{
    if (value > relay_load(highest))
        relay_store(highest, value);
}

static inline bool live_is_stopped(const struct relay_live *live)
{
    return relay_load(&live->stop) != 0;
}

/* Events of a buffer that were lost because there was no room for them. */
static inline uint64_t live_lost_for_room(const struct relay_ctl *ctl)
{
    return relay_load(&ctl->account[RELAY_REFUSED_FULL].events) +
           relay_load(&ctl->account[RELAY_OVERWRITTEN].events);
}

/* The CPU in whose row a buffer's counters are. */
static inline struct live_cpu *live_home(struct relay_live *live, const struct rchan_buf *buf)
{
    return &live->cpus[buf->ctl->cpu];
}

static inline unsigned live_cpu_number(const struct relay_live *live, const struct live_cpu *cpu)
{
    return (unsigned)(cpu - live->cpus);
}

/* A time that was given in seconds, at most a day. */
static inline int64_t live_ns(double seconds)
{
    return (int64_t)llround(seconds * 1e9);
}

/* ---- pool.c ---- */

int64_t live_monotonic(void);
int64_t live_now(const struct relay_live *live);
/* False: the system gave not all; relay_error() says why. */
bool live_start_threads(struct relay_live *live);
/* Stop all threads at their next look; the mutex is held. */
void live_halt(struct relay_live *live);
/* Wait until all stand; mutex held, threads halted. */
void live_wait_standing(struct relay_live *live);
/* Tell the threads that there are new settings. */
void live_poke(struct relay_live *live);
/* False and RELAY_ERR_BUSY: the calling thread is one of the pool. */
bool live_is_outside(const struct relay_live *live);
/* The calling thread becomes the pool's only one, and leaves it; 0 or an error of the interface. */
int live_enter(struct relay_live *live);
void live_leave(struct relay_live *live);

/* ---- plan.c ---- */

bool live_is_time(double seconds); /* that may be set */
/* When an event is due, by its number from the begin of a burst on; rounded down. */
int64_t live_turn_time(const struct live_writing *plan, uint64_t turn);
/* How many are due by `time`, 0 or more behind that begin. */
uint64_t live_turns_until(const struct live_writing *plan, int64_t time);

void live_drop_writing(struct live_writing *plan);
void live_drop_reading(struct live_reading *plan);

/* ---- write.c ---- */

/* Write what is due; when to come again. */
int64_t live_write_pass(struct live_thread *thread);
/* The same for one CPU and for the flushes. */
int64_t live_serve_writer(struct live_thread *thread, struct live_cpu *cpu, int64_t now);
int64_t live_serve_flush(struct live_thread *thread, int64_t now);
int64_t live_flush_due(struct relay_live *live, int64_t now);
/* What others did while the threads stood is none of the writers'. */
void live_resume_writers(struct live_thread *thread);
/* Bytes attempted on all CPUs of a buffer. */
uint64_t live_attempted_bytes(struct relay_live *live, const struct live_cpu *home);

/* ---- gaps.c ---- */

/* A reader reports again, at a time in µs. */
void live_note_report(struct live_reader *reader, uint64_t now);
/* A reader comes: whether events were lost for want of room since it came before. */
bool live_note_visit(struct relay_live *live, struct live_reader *reader,
                     const struct relay_ctl *ctl);

/* ---- read.c ---- */

int64_t live_read_pass(struct live_thread *thread);
int64_t live_serve_reader(struct live_thread *thread, struct live_cpu *home, int64_t now);
void live_close_reader(struct live_reader *reader);
/* Every reader takes all that is left; the threads stand. */
int live_drain_all(struct relay_live *live);

/* ---- check.c ---- */

/*
 * Verify bytes of a buffer. `last`: nothing follows, what is not whole is torn. Else the beginning of
 * an event is kept; live_carry() puts it in front of the next bytes and tells its length.
 */
void live_verify(struct relay_live *live, struct live_cpu *home, const unsigned char *bytes,
                 size_t count, bool last);
size_t live_carry(struct live_reader *reader, unsigned char *to);
/* Numbers from the next one up to `end` will not come. */
void live_miss(struct live_check *check, uint64_t end);

/* ---- break.c ---- */

/* Behind an operation of a writer or reader. */
void live_test_breaks(struct relay_live *live, struct live_cpu *cpu, struct live_cpu *home,
                      bool reads);
/* Measure changes from here; all threads stand. */
void live_arm_breaks(struct relay_live *live);

/* ---- sim.c ---- */

/* The clock of a pool that is simulated, and what carries it out. NULL: no memory. */
struct live_sim *live_sim_open(struct relay_live *live);
void live_sim_close(struct live_sim *sim);
int64_t live_sim_now(const struct live_sim *sim);

/* ---- bins.c ---- */

bool live_bins_open(struct relay_live *live);
void live_bins_close(struct relay_live *live);

#endif
