/* SPDX-License-Identifier: MIT */
/*
 * What the files of the machine share. `struct relay_inside` is what never changes by a step: the
 * program, and what was kept of the past. `struct state` lies at the beginning of the arena, with
 * everything that does: keeping the arena is keeping the moment.
 */
#ifndef RELAY_INSIDE_MACHINE_H
#define RELAY_INSIDE_MACHINE_H

#include "fiber.h"
#include "internal.h"
#include "relay/relay_inside.h"
#include "seam.h"

enum {
    STACK_SIZE = 16 << 10,
    ARENA_ALIGN = 16,
    GAP_BYTE = 0xa5,   /* behind each ring: who writes past its end is found out */
    MAX_SLOTS = 16,    /* reserved and not filled */
    MAX_CALLS = 4096,  /* callbacks that are kept until somebody asks */
    MAX_TOUCHES = 96,  /* of one step */
    SIZE_CLASSES = 28, /* of freed blocks, by powers of 2 */
};

/* Marks of a byte's age, above the number of its event. */
#define AGE_OLD (1u << 31)       /* its sub-buffer has begun anew, or was reset */
#define AGE_DESTROYED (1u << 30) /* counted */
#define AGE_UNFILLED (1u << 29)  /* reserved */
#define AGE_DELIVERED (1u << 28)
#define AGE_EVENT (AGE_DELIVERED - 1)
#define AGE_CLIENT AGE_EVENT /* the client's header */

/* A buffer's memory and what is known of each of its bytes. */
struct ring {
    struct rchan_buf *buf;
    unsigned char *start;
    uint32_t *ages;
    uint64_t size, gap; /* bytes of the ring, and behind it */
    uint64_t base;      /* where `data` was seen last */
    uint32_t pending;   /* event of which a reader has got the first `got` bytes */
    uint32_t got;
};

struct slot {
    struct ring *ring; /* NULL: free */
    uint64_t at, length;
    uint32_t event, cpu;
};

struct actor {
    relay_fiber_place place;
    unsigned char *stack;
    struct relay_inside_site *stop; /* NULL: at none */
    const uint32_t *waits;          /* until this is 0 */
    const void *sleeps;             /* on this word */
    struct relay_thread thread;
    struct relay_file *file;
    unsigned char *scratch; /* the bytes of the event that it writes */
    uint64_t scratch_room;
    unsigned char *copy;
    uint32_t *ages;
    uint64_t copied, room;
    int64_t result;
    uint32_t at; /* operations that have begun or ended */
    uint32_t state, outcome;
    int32_t over;   /* the actor that it interrupts; -1: none */
    uint32_t event; /* that it stores */
    bool inside, woken, timed_out, has_mapped;
    struct relay_inside_call asked;
    int32_t answer;
    uint64_t header;
};

struct state {
    uint64_t top; /* bytes of the arena that are in use, stacks left out */
    struct dentry *root, *dir;
    struct rchan *chan;
    void *freed[SIZE_CLASSES];
    uint64_t figures[RELAY_INSIDE_N_FIGURES];
    uint32_t channels; /* the mutex of all channels */
    uint32_t tree;     /* the host filesystem's */
    uint32_t creations;
    uint32_t n_rings;
    bool mixed; /* somebody came between since the rings were last looked at */
    bool closed;
    int32_t last; /* actor that stepped last; -1 */
    struct relay_file *files[RELAY_INSIDE_MAX_FILES];
    struct slot slots[MAX_SLOTS];
    struct ring rings[RELAY_INSIDE_MAX_CPUS];
    struct actor actors[RELAY_INSIDE_MAX_ACTORS];
};

struct program {
    uint32_t kind, cpu;
    struct relay_inside_op *ops;
    uint32_t count, room;
};

/* What a step read and wrote of the arena. */
struct touch {
    uint32_t at;
    uint16_t size;
    uint16_t writes;
};
struct footprint {
    uint32_t count;
    bool overflown; /* depends on everything */
    struct touch touches[MAX_TOUCHES];
};

struct history; /* history.c */

struct relay_inside {
    struct state *state;
    unsigned char *stacks; /* one behind the other */
    uint64_t size;         /* of the arena without stacks */
    int place;             /* among the arenas of the process */
    struct relay_inside_config config;
    char name[RELAY_NAME_MAX + 1];
    unsigned char online[RELAY_INSIDE_MAX_CPUS];
    struct rchan_callbacks callbacks;
    struct program programs[RELAY_INSIDE_MAX_ACTORS];
    int n_actors;
    uint32_t *lengths; /* of events by number */
    uint32_t n_events, events_room;
    relay_fiber_place outside;
    struct relay_inside_call *calls;
    size_t n_calls;
    struct history *history;
};

/* ---- the machine that works in this thread, and the actor that runs; NULL: none ---- */

#define RELAY_INSIDE_LOCAL                                                                         \
    extern _Thread_local __attribute__((tls_model("initial-exec"), visibility("hidden")))
RELAY_INSIDE_LOCAL struct relay_inside *relay_now;
RELAY_INSIDE_LOCAL struct actor *relay_actor;
RELAY_INSIDE_LOCAL struct footprint *relay_touched; /* NULL: nobody wants to know */

/* Make `machine` the one that works; what was before is to be put back. */
struct relay_inside *relay_enter(struct relay_inside *machine);

/* ---- arena.c ---- */

bool relay_arena_open(struct relay_inside *machine, uint64_t size);
void relay_arena_close(struct relay_inside *machine);

/* ---- machine.c ---- */

static inline int relay_number_of(const struct actor *actor)
{
    return (int)(actor - relay_now->state->actors);
}
static inline const struct relay_inside_op *relay_op_of(const struct actor *actor)
{
    return &relay_now->programs[relay_number_of(actor)].ops[actor->at - 1];
}
/* Back to the scheduler. */
void relay_yield(void);
uint32_t relay_can(struct relay_inside *machine, int actor, int *other);
enum relay_inside_stepped relay_step_once(struct relay_inside *machine, int actor);
void relay_take_answer(struct relay_inside *machine, int actor,
                       const struct relay_inside_answer *answer);
void relay_take_time_out(struct relay_inside *machine, int actor);
/* Nobody can move: set the figures that say what is wrong with that. True: so it is. */
bool relay_is_end(struct relay_inside *machine);
/* Whether an operation of that kind may leave the CPU to nobody else under the kernel's rule. */
bool relay_keeps_irqs_off(const struct relay_inside *machine, int actor);

/* ---- calls.c (stops at probes) ---- */

/* Memory that an operation will need, so that it has its place before anybody steps. */
bool relay_prepare(struct actor *actor, const struct relay_inside_op *op);
/* Perform the operation; its result. */
int64_t relay_perform(struct actor *actor, const struct relay_inside_op *op);
extern struct relay_inside_site relay_copy_part;

/* ---- look.c ---- */

uint64_t relay_hash_bytes(uint64_t hash, const void *bytes, size_t size);
/* A digest of what an observer could tell apart, with nothing of how it came about. */
uint64_t relay_end_hash(struct relay_inside *machine);

/* ---- client.c ---- */

void relay_client_table(struct relay_inside *machine, struct rchan_callbacks *ret);

/* ---- judge.c ---- */

struct ring *relay_ring_at(const void *address);
struct ring *relay_ring_of(struct rchan_buf *buf);
/* A stop of the actor that is about to be made. */
void relay_judge_stop(struct actor *actor, int id);
/* Bytes that count up from `first`. */
void relay_fill_pattern(unsigned char *to, uint64_t length, uint32_t first);
void relay_judge_write(struct ring *ring, uint64_t at, uint64_t length, uint32_t age);
/* The client gives the sub-buffer at `base` away: what was in it is accounted for as overwritten. */
void relay_judge_accept(struct ring *ring, uint64_t base);
void relay_judge_read(struct actor *actor, struct ring *ring, uint64_t at, uint64_t length);
/* The actor's operation has ended. */
void relay_judge_end(struct actor *actor);
/* Nobody is inside: is all as it must be? */
void relay_judge_quiet(void);

/* ---- history.c: moments, the way to here ---- */

struct moment; /* the arena's used bytes and the live stacks */
struct moment *relay_moment_take(struct relay_inside *machine);
void relay_moment_put(struct relay_inside *machine, const struct moment *moment);
void relay_moment_free(struct moment *moment);
size_t relay_moment_size(const struct moment *moment);
bool relay_history_open(struct relay_inside *machine);
void relay_history_close(struct relay_inside *machine);
/* The first keyframe, before the first step. */
bool relay_history_begin(struct relay_inside *machine);
/* A step was made: an actor, and what else of DECIDED_… it was. */
bool relay_history_add(struct relay_inside *machine, int decision);
bool relay_history_add_answer(struct relay_inside *machine, int actor,
                              const struct relay_inside_answer *answer);
enum { DECIDED_ACTOR = 0x3f, DECIDED_TIME_OUT = 0x40, DECIDED_ANSWER = 0x80 };
/* How many bytes of an actor's stack are live, and from where. */
size_t relay_live_stack(const struct actor *actor, unsigned char **from);

/* ---- condition.c ---- */

bool relay_code_is_valid(const struct relay_inside_word *code, size_t words);
double relay_compute(struct relay_inside *machine, const struct relay_inside_word *code,
                     size_t words);

/* ---- order.c: DPOR; states.c: by state, and without pruning ---- */

struct search {
    struct relay_inside *machine;
    const struct relay_inside_question *question;
    struct relay_inside_finding *answer;
    uint64_t next_word; /* states at which goes_on is asked again */
    bool failed;        /* out of memory */
};
/* Whether what is looked for holds now. */
bool relay_search_holds(struct search *search);
/* False: a limit is reached. */
bool relay_search_goes_on(struct search *search);
/* The state is one at which nobody can move. */
void relay_search_end(struct search *search);
void relay_explore_states(struct search *search);
void relay_explore_orders(struct search *search);

#endif
