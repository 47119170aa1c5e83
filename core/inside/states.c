/* SPDX-License-Identifier: MIT */
/*
 * Exploring by state: best first, fewest switches and then fewest steps, so that the first schedule
 * found is the easiest to read; or, where that is asked, fewest steps and then fewest switches. A
 * state that was met with as few is not gone into again; without pruning every one is.
 */
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "set.h"

/* A state on the way: how it was reached. */
struct node {
    struct moment *moment; /* NULL: gone through */
    uint64_t key;
    uint32_t parent, switches, steps, interrupts;
    int8_t actor;
    bool hit;
};

struct frontier {
    struct node *nodes;
    uint32_t count, room;
    uint32_t *heap; /* of nodes, cheapest first */
    uint32_t waiting, heap_room;
    uint64_t bytes; /* of moments */
    bool is_by_steps;
    struct relay_set seen;
};

static uint64_t cost_of(const struct frontier *frontier, const struct node *node)
{
    return frontier->is_by_steps ? (uint64_t)node->steps << 32 | node->switches
                                 : (uint64_t)node->switches << 32 | node->steps;
}

static bool is_before(const struct frontier *frontier, uint32_t a, uint32_t b)
{
    uint64_t one = cost_of(frontier, &frontier->nodes[a]),
             other = cost_of(frontier, &frontier->nodes[b]);

    return one != other ? one < other : a < b;
}

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t kept = *a;

    *a = *b;
    *b = kept;
}

static bool push(struct frontier *frontier, uint32_t node)
{
    uint32_t at = frontier->waiting;

    if (at == frontier->heap_room) {
        uint32_t room = frontier->heap_room * 2 + 1024;
        uint32_t *grown = realloc(frontier->heap, room * sizeof(*grown));

        if (!grown)
            return false;
        frontier->heap = grown;
        frontier->heap_room = room;
    }
    frontier->heap[frontier->waiting++] = node;
    while (at && is_before(frontier, frontier->heap[at], frontier->heap[(at - 1) / 2])) {
        swap(&frontier->heap[at], &frontier->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    return true;
}

static uint32_t pop(struct frontier *frontier)
{
    uint32_t found = frontier->heap[0], at = 0;

    frontier->heap[0] = frontier->heap[--frontier->waiting];
    for (;;) {
        uint32_t child = 2 * at + 1;

        if (child >= frontier->waiting)
            return found;
        if (child + 1 < frontier->waiting &&
            is_before(frontier, frontier->heap[child + 1], frontier->heap[child]))
            child++;
        if (!is_before(frontier, frontier->heap[child], frontier->heap[at]))
            return found;
        swap(&frontier->heap[child], &frontier->heap[at]);
        at = child;
    }
}

/* The machine stands in the state of `node`, which is new: remember it. */
static bool add(struct search *search, struct frontier *frontier, struct node *node)
{
    if (frontier->count == frontier->room) {
        uint32_t room = frontier->room * 2 + 1024;
        struct node *grown = realloc(frontier->nodes, room * sizeof(*grown));

        if (!grown)
            return false;
        frontier->nodes = grown;
        frontier->room = room;
    }
    node->moment = relay_moment_take(search->machine);
    if (!node->moment)
        return false;
    frontier->bytes += relay_moment_size(node->moment);
    frontier->nodes[frontier->count] = *node;
    return push(frontier, frontier->count++);
}

/* What decides about what can come: the state, whose turn it is, and what is left of the bounds. */
static uint64_t key_of(const struct search *search, const struct node *node)
{
    const struct relay_inside_question *question = search->question;
    bool may_end = question->by_steps && question->most_switches >= 0; /* with fewer steps, too */
    uint64_t words[] = {relay_inside_hash(search->machine), (uint64_t)node->actor,
                        question->most_interrupts >= 0 ? node->interrupts : 0,
                        may_end ? node->switches : 0};

    return relay_hash_bytes(0, words, sizeof(words));
}

/* False: it was met with no more switches and steps. */
static bool is_new(struct search *search, struct frontier *frontier, struct node *node)
{
    struct relay_set_row *row;

    if (search->question->pruning == RELAY_INSIDE_NOT_PRUNED) {
        search->answer->states++;
        return true;
    }
    node->key = key_of(search, node);
    row = relay_set_row(&frontier->seen, node->key);
    if (!row) {
        search->failed = true;
        return false;
    }
    search->answer->states += row->value == UINT64_MAX;
    if (row->value <= cost_of(frontier, node))
        return false;
    row->value = cost_of(frontier, node);
    return true;
}

static bool is_within(const struct search *search, const struct node *node)
{
    const struct relay_inside_question *question = search->question;

    return (question->most_switches < 0 || node->switches <= (uint32_t)question->most_switches) &&
           (question->most_interrupts < 0 ||
            node->interrupts <= (uint32_t)question->most_interrupts);
}

/* The machine stands at nodes[from]: let one actor go on. */
static void follow(struct search *search, struct frontier *frontier, uint32_t from, int actor)
{
    struct relay_inside *machine = search->machine;
    const struct node *parent = &frontier->nodes[from];
    struct node node = {.parent = from,
                        .actor = (int8_t)actor,
                        .steps = parent->steps + 1,
                        .switches =
                            parent->switches + (parent->actor >= 0 && parent->actor != actor),
                        .interrupts = parent->interrupts};

    if (machine->programs[actor].kind == RELAY_INSIDE_INTERRUPT &&
        !machine->state->actors[actor].inside)
        node.interrupts++;
    if (!is_within(search, &node))
        return;
    relay_step_once(machine, actor);
    search->answer->steps++;
    bool is_end = relay_is_end(machine);

    node.hit = relay_search_holds(search);
    if (is_end)
        relay_search_end(search);
    if (!is_new(search, frontier, &node) || (is_end && !node.hit))
        return;
    search->failed |= !add(search, frontier, &node);
}

static void expand(struct search *search, struct frontier *frontier, uint32_t at)
{
    struct relay_inside *machine = search->machine;
    struct moment *moment = frontier->nodes[at].moment;
    int other;

    for (int actor = 0; actor < machine->n_actors && !search->failed; actor++) {
        relay_moment_put(machine, moment);
        if (relay_can(machine, actor, &other) == RELAY_INSIDE_CAN)
            follow(search, frontier, at, actor);
    }
}

static void tell(struct search *search, const struct frontier *frontier, uint32_t at)
{
    struct relay_inside_finding *answer = search->answer;

    answer->found = true;
    answer->switches = frontier->nodes[at].switches;
    answer->length = frontier->nodes[at].steps;
    answer->schedule = malloc(answer->length + 1);
    if (!answer->schedule) {
        search->failed = true;
        return;
    }
    for (size_t i = answer->length; i > 0; i--) {
        answer->schedule[i - 1] = (unsigned char)frontier->nodes[at].actor;
        at = frontier->nodes[at].parent;
    }
}

static void drop(struct frontier *frontier, uint32_t at)
{
    struct node *node = &frontier->nodes[at];

    if (!node->moment)
        return;
    frontier->bytes -= relay_moment_size(node->moment);
    relay_moment_free(node->moment);
    node->moment = NULL;
}

static void go_through(struct search *search, struct frontier *frontier)
{
    const struct relay_inside_question *question = search->question;

    while (frontier->waiting && !search->failed) {
        uint32_t at = pop(frontier);
        const struct node *node = &frontier->nodes[at];
        bool is_best = question->pruning == RELAY_INSIDE_NOT_PRUNED || !node->steps ||
                       relay_set_row(&frontier->seen, node->key)->value == cost_of(frontier, node);

        if (node->hit && is_best) {
            tell(search, frontier, at);
            return;
        }
        if (!relay_search_goes_on(search) ||
            (question->most_bytes && frontier->bytes > question->most_bytes)) {
            search->answer->finished = false;
            return;
        }
        if (is_best)
            expand(search, frontier, at);
        drop(frontier, at);
    }
}

void relay_explore_states(struct search *search)
{
    struct frontier frontier = {.is_by_steps = search->question->by_steps};
    struct node root = {.actor = (int8_t)search->question->last_actor};
    bool is_end = relay_is_end(search->machine);

    root.hit = relay_search_holds(search);
    if (is_end)
        relay_search_end(search);
    if ((!is_end || root.hit) && !add(search, &frontier, &root))
        search->failed = true;
    search->answer->states++;
    go_through(search, &frontier);
    for (uint32_t i = 0; i < frontier.count; i++)
        relay_moment_free(frontier.nodes[i].moment);
    free(frontier.nodes);
    free(frontier.heap);
    free(frontier.seen.rows);
}
