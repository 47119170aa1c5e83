/* SPDX-License-Identifier: MIT */
/*
 * Exploring by order: dynamic partial-order reduction with sleep sets. Two steps depend on each other
 * when one writes what the other touches, or when one can keep the other from running: an interrupt
 * and its CPU, and under the kernel's rule all tasks of a CPU. Only orders of dependent steps are
 * tried; every final state is met all the same.
 */
#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "machine.h"

enum { ACTORS = RELAY_INSIDE_MAX_ACTORS };

/* A state on the way, and the step that was taken last from it. */
struct frame {
    struct moment *moment;
    uint32_t enabled, wanted, done, sleeping; /* actors by bit */
    struct footprint *steps[ACTORS]; /* what each did that was tried from here, or sleeps */
    int actor;                       /* of the step taken; -1: none yet */
    uint32_t clock[ACTORS];          /* what happened before that step: depth + 1 by actor */
};

struct way {
    struct frame *frames;
    uint32_t depth, room;
};

static bool do_touch(const struct footprint *a, const struct footprint *b)
{
    if (a->overflown || b->overflown)
        return true;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct touch *one = &a->touches[i];

        for (uint32_t k = 0; k < b->count; k++) {
            const struct touch *other = &b->touches[k];

            if ((one->writes || other->writes) && one->at < other->at + other->size &&
                other->at < one->at + one->size)
                return true;
        }
    }
    return false;
}

static bool shares_a_cpu(const struct relay_inside *machine, int a, int b)
{
    const struct program *one = &machine->programs[a], *other = &machine->programs[b];

    if (one->cpu != other->cpu || one->kind == RELAY_INSIDE_READER ||
        other->kind == RELAY_INSIDE_READER)
        return false;
    return machine->config.rule != RELAY_INSIDE_LIBRARY || one->kind == RELAY_INSIDE_INTERRUPT ||
           other->kind == RELAY_INSIDE_INTERRUPT;
}

static bool is_dependent(const struct relay_inside *machine, int a, const struct footprint *one,
                         int b, const struct footprint *other)
{
    return a == b || shares_a_cpu(machine, a, b) || do_touch(one, other);
}

static uint32_t enabled_now(struct relay_inside *machine)
{
    uint32_t found = 0;
    int other;

    for (int i = 0; i < machine->n_actors; i++)
        if (relay_can(machine, i, &other) == RELAY_INSIDE_CAN)
            found |= 1u << i;
    return found;
}

static void free_frame(struct frame *frame)
{
    for (int i = 0; i < ACTORS; i++)
        free(frame->steps[i]);
    relay_moment_free(frame->moment);
}

static struct footprint *copy_of(const struct footprint *footprint)
{
    size_t size = offsetof(struct footprint, touches) + footprint->count * sizeof(struct touch);
    struct footprint *copy = malloc(size);

    if (copy)
        memcpy(copy, footprint, size);
    return copy;
}

/* A new top: the machine stands there. Who slept below and is independent of the step sleeps on. */
static bool push(struct search *search, struct way *way)
{
    struct relay_inside *machine = search->machine;
    struct frame frame = {.actor = -1, .enabled = enabled_now(machine)};
    const struct frame *below = way->depth ? &way->frames[way->depth - 1] : NULL;

    if (way->depth == way->room) {
        uint32_t room = way->room * 2 + 64;
        struct frame *grown = realloc(way->frames, room * sizeof(*grown));

        if (!grown)
            return false;
        way->frames = grown;
        way->room = room;
        below = way->depth ? &grown[way->depth - 1] : NULL;
    }
    for (int q = 0; below && q < machine->n_actors; q++) {
        if (!(below->sleeping >> q & 1) || q == below->actor ||
            is_dependent(machine, q, below->steps[q], below->actor, below->steps[below->actor]))
            continue;
        frame.sleeping |= 1u << q;
        frame.steps[q] = copy_of(below->steps[q]);
        if (!frame.steps[q])
            return false;
    }
    uint32_t awake = frame.enabled & ~frame.sleeping;
    /* who ran goes on: fewer switches */
    if (below && (awake >> below->actor & 1))
        frame.wanted = 1u << below->actor;
    else
        frame.wanted = awake & -awake;
    frame.moment = relay_moment_take(machine);
    way->frames[way->depth++] = frame;
    return frame.moment != NULL;
}

/* The last clock of an actor on the way to the top, the top's step left out. */
static void clock_before(const struct way *way, int actor, uint32_t *clock)
{
    memset(clock, 0, sizeof(uint32_t) * ACTORS);
    for (uint32_t i = way->depth - 1; i > 0; i--) {
        if (way->frames[i - 1].actor == actor) {
            memcpy(clock, way->frames[i - 1].clock, sizeof(uint32_t) * ACTORS);
            return;
        }
    }
}

/* The top's step was taken: where it could have come before another one, that order is wanted. */
static void find_races(struct search *search, struct way *way)
{
    struct frame *top = &way->frames[way->depth - 1];
    int p = top->actor;
    uint32_t before[ACTORS];

    clock_before(way, p, before);
    memcpy(top->clock, before, sizeof(before));
    for (uint32_t i = 0; i + 1 < way->depth; i++) {
        struct frame *frame = &way->frames[i];
        int q = frame->actor;

        if (!is_dependent(search->machine, q, frame->steps[q], p, top->steps[p]))
            continue;
        for (int k = 0; k < ACTORS; k++)
            if (frame->clock[k] > top->clock[k])
                top->clock[k] = frame->clock[k];
        if (q != p && before[q] < i + 1)
            frame->wanted |= frame->enabled >> p & 1 ? 1u << p : frame->enabled;
    }
    top->clock[p] = way->depth;
}

static uint32_t switches_of(const struct way *way)
{
    uint32_t count = 0;

    for (uint32_t i = 1; i < way->depth; i++)
        count += way->frames[i].actor != way->frames[i - 1].actor;
    return count;
}

static void tell(struct search *search, const struct way *way)
{
    struct relay_inside_finding *answer = search->answer;
    uint32_t switches = switches_of(way);

    if (answer->found && (answer->switches < switches ||
                          (answer->switches == switches && answer->length <= way->depth)))
        return;
    free(answer->schedule);
    answer->schedule = malloc(way->depth);
    search->failed |= !answer->schedule;
    answer->found = true;
    answer->switches = switches;
    answer->length = way->depth;
    for (uint32_t i = 0; i < way->depth && answer->schedule; i++)
        answer->schedule[i] = (unsigned char)way->frames[i].actor;
}

/* Let an actor go on from the top. */
static void take(struct search *search, struct way *way, int actor)
{
    struct relay_inside *machine = search->machine;
    struct frame *top = &way->frames[way->depth - 1];
    struct footprint footprint = {.overflown =
                                      RELAY_GUARD_ADDRESS || RELAY_GUARD_THREAD}; /* no hooks */

    relay_moment_put(machine, top->moment);
    relay_touched = &footprint;
    relay_step_once(machine, actor);
    relay_touched = NULL;
    search->answer->steps++;
    search->answer->states++;
    top->actor = actor;
    top->done |= 1u << actor;
    free(top->steps[actor]);
    top->steps[actor] = copy_of(&footprint);
    if (!top->steps[actor]) {
        search->failed = true;
        return;
    }
    find_races(search, way);
    bool is_end = relay_is_end(machine);

    if (relay_search_holds(search))
        tell(search, way);
    if (is_end)
        relay_search_end(search);
    else if (!push(search, way))
        search->failed = true;
}

/* The top has nothing more to try; what led there sleeps below. */
static void leave(struct way *way)
{
    free_frame(&way->frames[--way->depth]);
}

void relay_explore_orders(struct search *search)
{
    struct way way = {0};

    search->answer->states++;
    if (relay_is_end(search->machine))
        relay_search_end(search);
    else if (!push(search, &way))
        search->failed = true;
    while (way.depth && !search->failed) {
        struct frame *top = &way.frames[way.depth - 1];
        uint32_t left;

        if (top->actor >= 0)
            top->sleeping |= 1u << top->actor;
        left = top->wanted & ~top->done & ~top->sleeping;
        if (!relay_search_goes_on(search)) {
            search->answer->finished = false;
            break;
        }
        if (left)
            take(search, &way, __builtin_ctz(left));
        else
            leave(&way);
    }
    while (way.depth)
        leave(&way);
    free(way.frames);
}
