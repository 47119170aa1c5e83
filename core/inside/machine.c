/* SPDX-License-Identifier: MIT */
/* The scheduler's side: actors, whether one can move, a step, the rule. */
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "machine.h"

enum { CLEAN = 4096 }; /* bytes of a stack that operations use at most */

_Thread_local __attribute__((tls_model("initial-exec"))) struct relay_inside *relay_now;
_Thread_local __attribute__((tls_model("initial-exec"))) struct actor *relay_actor;
_Thread_local __attribute__((tls_model("initial-exec"))) struct footprint *relay_touched;

struct relay_inside *relay_enter(struct relay_inside *machine)
{
    struct relay_inside *before = relay_now;

    relay_now = machine;
    return before;
}

struct dentry *relay_inside_root(void)
{
    return relay_now->state->root;
}

uint32_t *relay_inside_tree_word(void)
{
    return &relay_now->state->tree;
}

bool relay_inside_is_kernel(void)
{
    return relay_now->config.rule != RELAY_INSIDE_LIBRARY;
}

bool relay_inside_is_before_2023(void)
{
    return relay_now->config.rule == RELAY_INSIDE_BEFORE_2023;
}

bool relay_inside_has_fault(unsigned fault)
{
    return relay_now->config.faults >> fault & 1;
}

uint32_t *relay_inside_channels_word(void)
{
    return &relay_now->state->channels;
}

/* Stops whose sentences speak of the library's own protection, and are not true of the kernel. */
static bool is_library_only(int id)
{
    switch (id) {
    case RELAY_PROBE_WRITE_MARKED:
    case RELAY_PROBE_WRITE_LEAVE:
    case RELAY_PROBE_WRITE_COUNTED:
    case RELAY_PROBE_QUIESCE_ASK:
    case RELAY_PROBE_QUIESCE_WAIT:
    case RELAY_PROBE_QUIESCE_DONE:
    case RELAY_PROBE_READ_LOOKED:
        return true;
    default:
        return false;
    }
}

void relay_yield(void)
{
    struct actor *actor = relay_actor;

    relay_guard_leave(&actor->place, actor->stack);
}

void relay_inside_probe(struct relay_inside_site *site)
{
    struct actor *actor = relay_actor;

    if (!actor)
        return;
    relay_judge_stop(actor, site->id);
    if (relay_now->config.rule != RELAY_INSIDE_LIBRARY && is_library_only(site->id))
        return;
    actor->stop = site;
    if (actor->state != RELAY_INSIDE_WAITING)
        actor->state = RELAY_INSIDE_STOPPED;
    relay_yield();
}

/* An operation, on the actor's stack from its beginning to its end. */
static void run(void *argument)
{
    struct actor *actor = argument;

    relay_guard_begin(actor->stack);
    actor->result = relay_perform(actor, relay_op_of(actor));
    actor->inside = false;
    relay_yield();
    abort(); /* nobody goes on here */
}

/* ---- who can move ---- */

/* The operation that an actor is in, or begins next; NULL: none. */
static const struct relay_inside_op *op_at(const struct relay_inside *machine, int number)
{
    const struct actor *actor = &machine->state->actors[number];
    const struct program *program = &machine->programs[number];

    if (actor->inside)
        return &program->ops[actor->at - 1];
    return actor->at < program->count ? &program->ops[actor->at] : NULL;
}

bool relay_keeps_irqs_off(const struct relay_inside *machine, int number)
{
    const struct relay_inside_op *op = op_at(machine, number);

    return machine->config.rule != RELAY_INSIDE_LIBRARY && machine->state->actors[number].inside &&
           op->what == RELAY_INSIDE_WRITE;
}

static bool keeps_preemption_off(const struct relay_inside *machine, int number)
{
    const struct relay_inside_op *op = op_at(machine, number);

    return machine->config.rule != RELAY_INSIDE_LIBRARY && machine->state->actors[number].inside &&
           (op->what == RELAY_INSIDE_WRITE || op->what == RELAY_INSIDE_WRITE_NOLOCK ||
            op->what == RELAY_INSIDE_RESERVE);
}

/* Whether `other`, inside an operation on the same CPU, is in the way of an actor; and why. */
static uint32_t stands_in_the_way(const struct relay_inside *machine, int number, int other)
{
    bool is_task = machine->programs[number].kind == RELAY_INSIDE_TASK;
    bool begins = !machine->state->actors[number].inside;

    if (machine->programs[other].kind == RELAY_INSIDE_INTERRUPT) {
        int over = machine->state->actors[other].over;

        if (over == number ||
            (is_task && (over < 0 || machine->config.rule != RELAY_INSIDE_LIBRARY)))
            return RELAY_INSIDE_WHY_INTERRUPTED;
    }
    if (!is_task && begins && relay_keeps_irqs_off(machine, other))
        return RELAY_INSIDE_WHY_IRQS_OFF;
    if (is_task && keeps_preemption_off(machine, other))
        return RELAY_INSIDE_WHY_PREEMPT_OFF;
    return RELAY_INSIDE_CAN;
}

/* The actor whose turn on this CPU is over before `number` may go on; -1: none. */
static int in_the_way(const struct relay_inside *machine, int number, uint32_t *why)
{
    const struct program *mine = &machine->programs[number];

    if (mine->kind == RELAY_INSIDE_READER)
        return -1;
    for (int i = 0; i < machine->n_actors; i++) {
        const struct program *program = &machine->programs[i];

        if (!machine->state->actors[i].inside || i == number || program->cpu != mine->cpu ||
            program->kind == RELAY_INSIDE_READER)
            continue;
        *why = stands_in_the_way(machine, number, i);
        if (*why != RELAY_INSIDE_CAN)
            return i;
    }
    return -1;
}

/* Who holds what an actor waits for; -1: it cannot be told. */
static int holder_of(const struct relay_inside *machine, const uint32_t *word)
{
    for (int i = 0; i < machine->n_actors; i++)
        if (machine->state->actors[i].inside && machine->state->actors[i].thread.id == *word)
            return i;
    return -1;
}

uint32_t relay_can(struct relay_inside *machine, int number, int *other)
{
    const struct actor *actor = &machine->state->actors[number];
    uint32_t why = RELAY_INSIDE_CAN;

    *other = -1;
    if (!op_at(machine, number))
        return RELAY_INSIDE_WHY_DONE;
    *other = in_the_way(machine, number, &why);
    if (*other >= 0)
        return why;
    if (actor->state == RELAY_INSIDE_WAITING && *actor->waits) {
        *other = holder_of(machine, actor->waits);
        return RELAY_INSIDE_WHY_LOCK;
    }
    if (actor->state == RELAY_INSIDE_ASLEEP && !actor->woken && !actor->timed_out)
        return RELAY_INSIDE_WHY_ASLEEP;
    return actor->state == RELAY_INSIDE_ASKING ? RELAY_INSIDE_WHY_ASKING : RELAY_INSIDE_CAN;
}

/* ---- a step ---- */

/* The actor that an interrupt comes upon: the one of its CPU that was last at work. */
static int interrupted_by(const struct relay_inside *machine, int number)
{
    int found = -1;

    for (int i = 0; i < machine->n_actors; i++) {
        const struct actor *actor = &machine->state->actors[i];

        if (i != number && actor->inside &&
            machine->programs[i].cpu == machine->programs[number].cpu &&
            machine->programs[i].kind != RELAY_INSIDE_READER &&
            (found < 0 || machine->programs[i].kind == RELAY_INSIDE_INTERRUPT ||
             machine->state->last == i))
            found = i;
    }
    return found;
}

static void begin_operation(struct relay_inside *machine, int number)
{
    struct actor *actor = &machine->state->actors[number];
    const struct program *program = &machine->programs[number];

    actor->at++;
    actor->inside = true;
    actor->over = -1;
    actor->thread = (struct relay_thread){.id = (uint32_t)number + 2, .cpu = program->cpu};
    if (program->kind == RELAY_INSIDE_INTERRUPT) {
        actor->over = interrupted_by(machine, number);
        if (actor->over >= 0) /* a signal handler is a part of the thread it comes upon */
            actor->thread.id = machine->state->actors[actor->over].thread.id;
    }
    memset(actor->stack + STACK_SIZE - CLEAN, 0, CLEAN); /* so that equal states are equal */
    actor->place = relay_fiber_make(actor->stack, STACK_SIZE, run, actor);
}

static void note_mixing(struct relay_inside *machine, int number)
{
    struct state *state = machine->state;

    for (int i = 0; i < machine->n_actors && !state->mixed; i++)
        state->mixed = i != number && state->actors[i].inside;
    state->last = number;
}

static bool is_quiet(const struct relay_inside *machine)
{
    for (int i = 0; i < machine->n_actors; i++)
        if (machine->state->actors[i].inside &&
            machine->state->actors[i].state != RELAY_INSIDE_ASLEEP)
            return false;
    return true;
}

/* The machine works in this thread, and the actor can move. */
static enum relay_inside_stepped go_on(struct relay_inside *machine, int number)
{
    struct actor *actor = &machine->state->actors[number];

    if (!actor->inside)
        begin_operation(machine, number);
    note_mixing(machine, number);
    actor->state = RELAY_INSIDE_STOPPED;
    relay_actor = actor;
    relay_this_thread = actor->thread;
    relay_guard_gaps(machine, true);
    relay_guard_enter(&machine->outside, actor->place, actor->stack, STACK_SIZE);
    relay_guard_gaps(machine, false);
    actor->thread = relay_this_thread;
    relay_actor = NULL;
    relay_this_thread = (struct relay_thread){.id = 1};
    if (actor->inside)
        return actor->state == RELAY_INSIDE_ASKING ? RELAY_INSIDE_ASKED : RELAY_INSIDE_MOVED;
    actor->state = RELAY_INSIDE_IDLE;
    actor->stop = NULL;
    actor->over = -1;
    relay_judge_end(actor);
    if (machine->state->mixed && is_quiet(machine))
        relay_judge_quiet();
    return RELAY_INSIDE_ENDED;
}

enum relay_inside_stepped relay_step_once(struct relay_inside *machine, int number)
{
    struct relay_inside *before;
    enum relay_inside_stepped stepped;
    struct relay_thread thread = relay_this_thread;
    int other;

    if (number < 0 || number >= machine->n_actors ||
        relay_can(machine, number, &other) != RELAY_INSIDE_CAN)
        return RELAY_INSIDE_CANNOT;
    before = relay_enter(machine);
    stepped = go_on(machine, number);
    relay_enter(before);
    relay_this_thread = thread;
    return stepped;
}

bool relay_is_end(struct relay_inside *machine)
{
    struct state *state = machine->state;
    struct relay_inside *before;
    bool waits = false;
    int other;

    for (int i = 0; i < machine->n_actors; i++) {
        uint32_t why = relay_can(machine, i, &other);

        if (why == RELAY_INSIDE_CAN || why == RELAY_INSIDE_WHY_ASKING)
            return false;
        waits |= why != RELAY_INSIDE_WHY_DONE && why != RELAY_INSIDE_WHY_ASLEEP;
    }
    before = relay_enter(machine);
    state->figures[RELAY_INSIDE_DEADLOCK] = waits;
    for (int i = 0; i < machine->n_actors; i++) {
        const struct actor *actor = &state->actors[i];

        if (actor->inside && actor->state == RELAY_INSIDE_ASLEEP &&
            relay_buf_is_ready(relay_file_buf(actor->file)))
            state->figures[RELAY_INSIDE_SLEEPER] = 1;
    }
    relay_enter(before);
    return true;
}

enum relay_inside_stepped relay_inside_step(struct relay_inside *machine, int actor)
{
    enum relay_inside_stepped stepped;

    if (!relay_history_begin(machine))
        return RELAY_INSIDE_CANNOT;
    stepped = relay_step_once(machine, actor);
    if (stepped != RELAY_INSIDE_CANNOT && !relay_history_add(machine, actor))
        return RELAY_INSIDE_CANNOT;
    return stepped;
}

void relay_take_time_out(struct relay_inside *machine, int actor)
{
    machine->state->actors[actor].timed_out = true;
}

void relay_inside_time_out(struct relay_inside *machine, int actor)
{
    if (machine->state->actors[actor].state != RELAY_INSIDE_ASLEEP)
        return;
    relay_take_time_out(machine, actor);
    relay_history_add(machine, actor | DECIDED_TIME_OUT);
}

/* What the callback stored into a sub-buffer; `image`: all of its bytes, NULL: it is as it was. */
static void store(struct ring *ring, uint64_t base, const unsigned char *image)
{
    unsigned char *to = ring->start + base;

    for (uint64_t i = 0; image && i < relay_now->config.subbuf_size; i++) {
        if (to[i] == image[i])
            continue;
        to[i] = image[i];
        relay_judge_write(ring, base + i, 1, AGE_CLIENT);
    }
}

void relay_take_answer(struct relay_inside *machine, int number,
                       const struct relay_inside_answer *answer)
{
    struct relay_inside *before = relay_enter(machine);
    struct state *state = machine->state;
    struct actor *actor = &state->actors[number];
    const struct relay_inside_call *asked = &actor->asked;
    uint64_t size = machine->config.subbuf_size;

    actor->answer = answer->answer;
    actor->header = answer->header;
    actor->state = RELAY_INSIDE_STOPPED;
    for (uint32_t i = 0; i < state->n_rings; i++) {
        struct ring *ring = &state->rings[i];

        if (!ring->buf || ring->buf->ctl->cpu != asked->cpu)
            continue;
        if (answer->answer && asked->prev >= 0) /* what is stored now is in a new sub-buffer */
            relay_judge_accept(ring, (uint64_t)asked->subbuf * size);
        store(ring, (uint64_t)asked->subbuf * size, answer->subbuf);
        if (asked->prev >= 0 && asked->prev != asked->subbuf)
            store(ring, (uint64_t)asked->prev * size, answer->prev);
    }
    relay_enter(before);
}

bool relay_inside_give(struct relay_inside *machine, int actor,
                       const struct relay_inside_answer *answer)
{
    if (machine->state->actors[actor].state != RELAY_INSIDE_ASKING)
        return true;
    relay_take_answer(machine, actor, answer);
    return relay_history_add_answer(machine, actor, answer);
}

bool relay_inside_asked(struct relay_inside *machine, int actor, struct relay_inside_call *ret)
{
    *ret = machine->state->actors[actor].asked;
    return machine->state->actors[actor].state == RELAY_INSIDE_ASKING;
}
