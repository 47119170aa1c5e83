/* SPDX-License-Identifier: MIT */
/*
 * Moments, and the way to here: one byte for each step, the actor. Keyframes at distances hold the
 * arena in pages, shared with the keyframe before where nothing changed, and the live part of each
 * stack; any other moment is made again by stepping on from the one before it. When they take too
 * much, every second one goes.
 */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

enum { PAGE = 4096 };
#define MOST_BYTES ((uint64_t)300 << 20)

/* ---- a moment in one piece, for the explorer ---- */

struct moment {
    uint64_t top;
    size_t size;
    unsigned char bytes[];
};

size_t relay_live_stack(const struct actor *actor, unsigned char **from)
{
    *from = actor->inside ? actor->place : actor->stack;
    return actor->inside ? (size_t)(actor->stack + STACK_SIZE - *from) : 0;
}

static size_t live_stacks(const struct relay_inside *machine)
{
    unsigned char *from;
    size_t size = 0;

    for (int i = 0; i < machine->n_actors; i++)
        size += relay_live_stack(&machine->state->actors[i], &from);
    return size;
}

static void take_stacks(const struct relay_inside *machine, unsigned char *to)
{
    unsigned char *from;

    for (int i = 0; i < machine->n_actors; i++) {
        size_t size = relay_live_stack(&machine->state->actors[i], &from);

        memcpy(to, from, size);
        to += size;
    }
}

/* The state is back already and says where they lie. */
static void put_stacks(struct relay_inside *machine, const unsigned char *from)
{
    unsigned char *to;

    for (int i = 0; i < machine->n_actors; i++) {
        size_t size = relay_live_stack(&machine->state->actors[i], &to);

        memcpy(to, from, size);
        from += size;
    }
}

struct moment *relay_moment_take(struct relay_inside *machine)
{
    uint64_t top = machine->state->top;
    size_t size = top + live_stacks(machine);
    struct moment *moment = malloc(sizeof(*moment) + size);

    if (!moment)
        return NULL;
    *moment = (struct moment){.top = top, .size = size};
    memcpy(moment->bytes, machine->state, top);
    take_stacks(machine, moment->bytes + top);
    return moment;
}

void relay_moment_put(struct relay_inside *machine, const struct moment *moment)
{
    memcpy(machine->state, moment->bytes, moment->top);
    put_stacks(machine, moment->bytes + moment->top);
}

void relay_moment_free(struct moment *moment)
{
    free(moment);
}

size_t relay_moment_size(const struct moment *moment)
{
    return sizeof(*moment) + moment->size;
}

/* ---- keyframes ---- */

struct page {
    uint32_t refs;
    unsigned char bytes[PAGE];
};

struct keyframe {
    uint64_t at, top;
    size_t n_pages;
    struct page **pages;
    unsigned char *stacks;
};

/* What subbuf_start answered; made at the step `at`. */
struct answered {
    uint64_t at;
    struct relay_inside_answer given; /* its bytes are ours */
};

struct history {
    unsigned char *decisions;
    struct answered *answers;
    size_t n_answers, answers_room;
    uint64_t position, length, room;
    struct keyframe *keyframes;
    size_t count, keyframes_room;
    uint64_t distance, bytes;
};

static void drop_keyframe(struct history *history, struct keyframe *keyframe)
{
    for (size_t i = 0; i < keyframe->n_pages; i++) {
        if (keyframe->pages[i] && --keyframe->pages[i]->refs == 0) {
            free(keyframe->pages[i]);
            history->bytes -= sizeof(struct page);
        }
    }
    free(keyframe->pages);
    free(keyframe->stacks);
}

/* Every second one goes; the first stays. */
static void thin_out(struct history *history)
{
    size_t kept = 0;

    for (size_t i = 0; i < history->count; i++) {
        if (i % 2 == 0)
            history->keyframes[kept++] = history->keyframes[i];
        else
            drop_keyframe(history, &history->keyframes[i]);
    }
    history->count = kept;
    history->distance *= 2;
}

static struct page *take_page(struct history *history, const unsigned char *from, size_t size,
                              struct page *before)
{
    struct page *page;

    if (before && memcmp(before->bytes, from, size) == 0) {
        before->refs++;
        return before;
    }
    page = calloc(1, sizeof(*page));
    if (page) {
        page->refs = 1;
        memcpy(page->bytes, from, size);
        history->bytes += sizeof(*page);
    }
    return page;
}

static bool fill_keyframe(struct relay_inside *machine, struct keyframe *keyframe,
                          const struct keyframe *before)
{
    const unsigned char *from = (const unsigned char *)machine->state;

    for (size_t i = 0; i < keyframe->n_pages; i++) {
        size_t left = keyframe->top - i * PAGE;

        keyframe->pages[i] = take_page(machine->history, from + i * PAGE, left < PAGE ? left : PAGE,
                                       before && i < before->n_pages ? before->pages[i] : NULL);
        if (!keyframe->pages[i])
            return false;
    }
    take_stacks(machine, keyframe->stacks);
    return true;
}

static bool add_keyframe(struct relay_inside *machine)
{
    struct history *history = machine->history;
    struct keyframe keyframe = {.at = history->position, .top = machine->state->top};
    bool done;

    if (history->count == history->keyframes_room) {
        size_t room = history->keyframes_room * 2 + 16;
        struct keyframe *grown = realloc(history->keyframes, room * sizeof(*grown));

        if (!grown)
            return false;
        history->keyframes = grown;
        history->keyframes_room = room;
    }
    keyframe.n_pages = (keyframe.top + PAGE - 1) / PAGE;
    keyframe.pages = calloc(keyframe.n_pages, sizeof(struct page *));
    keyframe.stacks = malloc(live_stacks(machine) + 1);
    done = keyframe.pages && keyframe.stacks &&
           fill_keyframe(machine, &keyframe,
                         history->count ? &history->keyframes[history->count - 1] : NULL);
    if (!done) {
        if (!keyframe.pages)
            keyframe.n_pages = 0;
        drop_keyframe(history, &keyframe);
        return false;
    }
    history->keyframes[history->count++] = keyframe;
    if (history->bytes > MOST_BYTES && history->count > 2)
        thin_out(history);
    return true;
}

static void restore(struct relay_inside *machine, const struct keyframe *keyframe)
{
    unsigned char *to = (unsigned char *)machine->state;

    for (size_t i = 0; i < keyframe->n_pages; i++) {
        size_t left = keyframe->top - i * PAGE;

        memcpy(to + i * PAGE, keyframe->pages[i]->bytes, left < PAGE ? left : PAGE);
    }
    put_stacks(machine, keyframe->stacks);
}

/* ---- the way to here ---- */

bool relay_history_open(struct relay_inside *machine)
{
    machine->history = calloc(1, sizeof(struct history));
    if (!machine->history)
        return false;
    machine->history->distance = RELAY_INSIDE_KEYFRAME;
    return true;
}

/* Forget the answers of the step `from` and of those behind it. */
static void drop_answers(struct history *history, uint64_t from)
{
    while (history->n_answers && history->answers[history->n_answers - 1].at >= from) {
        struct relay_inside_answer *given = &history->answers[--history->n_answers].given;

        free((void *)given->subbuf);
        free((void *)given->prev);
    }
}

void relay_history_close(struct relay_inside *machine)
{
    struct history *history = machine->history;

    if (!history)
        return;
    while (history->count)
        drop_keyframe(history, &history->keyframes[--history->count]);
    free(history->keyframes);
    drop_answers(history, 0);
    free(history->answers);
    free(history->decisions);
    free(history);
}

/* What was ahead is another way, and cut off. */
static void cut(struct history *history)
{
    history->length = history->position;
    drop_answers(history, history->position);
    while (history->count && history->keyframes[history->count - 1].at > history->position)
        drop_keyframe(history, &history->keyframes[--history->count]);
}

bool relay_history_begin(struct relay_inside *machine)
{
    return machine->history->count != 0 || add_keyframe(machine);
}

bool relay_history_add(struct relay_inside *machine, int decision)
{
    struct history *history = machine->history;

    cut(history);
    if (history->length == history->room) {
        uint64_t room = history->room * 2 + 4096;
        unsigned char *grown = realloc(history->decisions, room);

        if (!grown)
            return false;
        history->decisions = grown;
        history->room = room;
    }
    history->decisions[history->length++] = (unsigned char)decision;
    history->position++;
    return !history->count ||
           history->position - history->keyframes[history->count - 1].at < history->distance ||
           add_keyframe(machine);
}

uint64_t relay_inside_position(const struct relay_inside *machine)
{
    return machine->history->position;
}

uint64_t relay_inside_length(const struct relay_inside *machine)
{
    return machine->history->length;
}

int relay_inside_decision(const struct relay_inside *machine, uint64_t index)
{
    return index < machine->history->length ? machine->history->decisions[index] & DECIDED_ACTOR
                                            : -1;
}

uint64_t relay_inside_memory(const struct relay_inside *machine)
{
    return machine->history->bytes;
}

/* A copy of a sub-buffer's bytes. False: out of memory. */
static bool keep(const struct relay_inside *machine, const unsigned char **bytes)
{
    uint64_t size = machine->config.subbuf_size;
    unsigned char *kept = *bytes ? malloc(size) : NULL;

    if (!*bytes)
        return true;
    if (kept)
        memcpy(kept, *bytes, size);
    *bytes = kept;
    return kept != NULL;
}

bool relay_history_add_answer(struct relay_inside *machine, int actor,
                              const struct relay_inside_answer *answer)
{
    struct history *history = machine->history;
    struct relay_inside_answer given = *answer;
    bool is_kept;

    cut(history);
    if (history->n_answers == history->answers_room) {
        size_t room = history->answers_room * 2 + 64;
        struct answered *grown = realloc(history->answers, room * sizeof(*grown));

        if (!grown)
            return false;
        history->answers = grown;
        history->answers_room = room;
    }
    is_kept = keep(machine, &given.subbuf);
    is_kept &= keep(machine, &given.prev);
    if (!is_kept || !relay_history_add(machine, actor | DECIDED_ANSWER)) {
        free((void *)given.subbuf);
        free((void *)given.prev);
        return false;
    }
    history->answers[history->n_answers++] =
        (struct answered){.at = history->position - 1, .given = given};
    return true;
}

static const struct answered *answer_at(const struct history *history, uint64_t at)
{
    size_t low = 0, high = history->n_answers;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (history->answers[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return &history->answers[low];
}

/* Make the step that was made at the position. */
static bool replay(struct relay_inside *machine)
{
    struct history *history = machine->history;
    int decision = history->decisions[history->position], actor = decision & DECIDED_ACTOR;

    if (decision & DECIDED_ANSWER) {
        const struct answered *answered = answer_at(history, history->position);

        relay_take_answer(machine, actor, &answered->given);
    } else if (decision & DECIDED_TIME_OUT) {
        relay_take_time_out(machine, actor);
    } else if (relay_step_once(machine, actor) == RELAY_INSIDE_CANNOT) {
        return false;
    }
    history->position++;
    return true;
}

bool relay_inside_seek(struct relay_inside *machine, uint64_t position)
{
    struct history *history = machine->history;
    size_t i = history->count;

    if (position > history->length || !history->count)
        return position == history->position;
    while (i > 1 && history->keyframes[i - 1].at > position)
        i--;
    if (position < history->position || history->keyframes[i - 1].at > history->position) {
        restore(machine, &history->keyframes[i - 1]);
        history->position = history->keyframes[i - 1].at;
    }
    while (history->position < position)
        if (!replay(machine))
            return false;
    machine->n_calls = 0;
    return true;
}
