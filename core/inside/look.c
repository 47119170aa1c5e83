/* SPDX-License-Identifier: MIT */
/* What a machine shows: actors, figures, bytes, callbacks, places in the source, digests. */
#include <string.h>

#include "machine.h"

extern struct relay_inside_site __start_relay_sites[] __attribute__((visibility("hidden")));
extern struct relay_inside_site __stop_relay_sites[] __attribute__((visibility("hidden")));

static const struct {
    const char *name, *sentence;
} stops[] = {
#define X(id, sentence) {#id, sentence},
#include "relay/probes.def"
#include "steps.def"
#undef X
};

const char *relay_inside_stop_name(int id)
{
    return id >= 0 && (size_t)id < sizeof(stops) / sizeof(*stops) ? stops[id].name : NULL;
}

const char *relay_inside_stop_sentence(int id)
{
    return id >= 0 && (size_t)id < sizeof(stops) / sizeof(*stops) ? stops[id].sentence : NULL;
}

const char *relay_inside_digest(void)
{
    return RELAY_INSIDE_DIGEST;
}

const char *relay_inside_files(void)
{
    return RELAY_INSIDE_FILES;
}

size_t relay_inside_sites(void)
{
    return (size_t)(__stop_relay_sites - __start_relay_sites);
}

bool relay_inside_place(size_t index, int *id, int *line, const char **file, const char **function)
{
    if (index >= relay_inside_sites())
        return false;
    *id = __start_relay_sites[index].id;
    *line = __start_relay_sites[index].line;
    *file = __start_relay_sites[index].file;
    *function = __start_relay_sites[index].function;
    return true;
}

void relay_inside_look(struct relay_inside *machine, int number, struct relay_inside_actor *ret)
{
    const struct actor *actor = &machine->state->actors[number];
    const struct program *program = &machine->programs[number];
    int other;

    *ret = (struct relay_inside_actor){.kind = program->kind,
                                       .cpu = program->cpu,
                                       .state = actor->state,
                                       .stop = -1,
                                       .at = actor->at,
                                       .queued = program->count,
                                       .outcome = actor->outcome,
                                       .result = actor->result,
                                       .copied = actor->copied};
    ret->why = relay_can(machine, number, &other);
    ret->other = other >= 0 ? other : actor->over;
    if (actor->stop) {
        ret->stop = actor->stop->id;
        ret->line = actor->stop->line;
        ret->file = actor->stop->file;
        ret->function = actor->stop->function;
    }
}

uint64_t relay_inside_figure(struct relay_inside *machine, enum relay_inside_figure_name figure)
{
    relay_is_end(machine);
    return machine->state->figures[figure];
}

size_t relay_inside_snapshot(struct relay_inside *machine, struct relay_buf_info *bufs,
                             struct relay_subbuf_info *subbufs, size_t rows)
{
    struct relay_inside *before = relay_enter(machine);
    size_t found = relay_snapshot(machine->state->chan, bufs, subbufs, rows);

    relay_enter(before);
    return found;
}

const struct rchan *relay_inside_chan(struct relay_inside *machine)
{
    return machine->state->closed ? NULL : machine->state->chan;
}

/* The ring of a row of a snapshot, or of descriptor -1 - row. */
static struct ring *ring_of_row(struct relay_inside *machine, int row)
{
    struct relay_inside *before = relay_enter(machine);
    struct rchan_buf *buf;
    struct ring *found = NULL;
    int number = 0;

    if (row < 0) {
        struct relay_file *file =
            -1 - row < RELAY_INSIDE_MAX_FILES ? machine->state->files[-1 - row] : NULL;

        found = file ? relay_ring_of(relay_file_buf(file)) : NULL;
    } else {
        RELAY_EACH_BUF (machine->state->chan, buf)
            if (number++ == row)
                found = relay_ring_of(buf);
    }
    relay_enter(before);
    return found;
}

const unsigned char *relay_inside_bytes(struct relay_inside *machine, int row)
{
    struct ring *ring = ring_of_row(machine, row);

    return ring ? ring->start : NULL;
}

const uint32_t *relay_inside_ages(struct relay_inside *machine, int row)
{
    struct ring *ring = ring_of_row(machine, row);

    return ring ? ring->ages : NULL;
}

const struct relay_ctl *relay_inside_file(struct relay_inside *machine, int64_t fd)
{
    if (fd < 0 || fd >= RELAY_INSIDE_MAX_FILES || !machine->state->files[fd])
        return NULL;
    return machine->state->files[fd]->buf->ctl;
}

size_t relay_inside_copy_of(struct relay_inside *machine, int actor, const unsigned char **bytes,
                            const uint32_t **ages)
{
    *bytes = machine->state->actors[actor].copy;
    *ages = machine->state->actors[actor].ages;
    return machine->state->actors[actor].copied;
}

size_t relay_inside_calls(struct relay_inside *machine, struct relay_inside_call *ret, size_t room)
{
    size_t count = machine->n_calls, stored = count < MAX_CALLS ? count : MAX_CALLS;

    memcpy(ret, machine->calls, (stored < room ? stored : room) * sizeof(*ret));
    machine->n_calls = 0;
    return count;
}

/* ---- digests ---- */

#define FACTOR UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * FACTOR;
    return hash ^ hash >> 32;
}

uint64_t relay_hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *from = bytes;
    uint64_t lanes[4] = {hash, hash + 1, hash + 2, hash + 3}, words[4];
    size_t i = 0;

    for (; i + sizeof(words) <= size; i += sizeof(words)) {
        memcpy(words, from + i, sizeof(words));
        for (int k = 0; k < 4; k++)
            lanes[k] = mix(lanes[k], words[k]);
    }
    memset(words, 0, sizeof(words));
    if (i < size)
        memcpy(words, from + i, size - i);
    for (int k = 0; k < 4; k++)
        hash = mix(hash, mix(lanes[k], words[k]));
    return mix(hash, size);
}

uint64_t relay_inside_hash(struct relay_inside *machine)
{
    struct state *state = machine->state;
    int32_t last = state->last;
    uint64_t hash;
    unsigned char *from;

    state->last = -1; /* who stepped last decides nothing but where an interrupt belongs */
    hash = relay_hash_bytes(0, state, state->top);
    state->last = last;
    for (int i = 0; i < machine->n_actors; i++) {
        size_t size = relay_live_stack(&state->actors[i], &from);

        if (size)
            hash = relay_hash_bytes(hash + (uint64_t)i, from, size);
    }
    return hash;
}

static uint64_t hash_actor(uint64_t hash, const struct actor *actor)
{
    uint64_t words[] = {actor->at,      actor->state,
                        actor->outcome, (uint64_t)actor->result,
                        actor->copied,  (uint64_t)actor->inside};

    hash = relay_hash_bytes(hash, words, sizeof(words));
    hash = relay_hash_bytes(hash, actor->copy, actor->copied);
    return relay_hash_bytes(hash, actor->ages, actor->copied * sizeof(uint32_t));
}

uint64_t relay_end_hash(struct relay_inside *machine)
{
    const struct state *state = machine->state;
    uint64_t hash = relay_hash_bytes(0, state->figures, sizeof(state->figures));

    for (uint32_t i = 0; i < state->n_rings; i++) {
        const struct ring *ring = &state->rings[i];

        hash = relay_hash_bytes(hash, ring->start, ring->size + ring->gap);
        hash = relay_hash_bytes(hash, ring->ages, ring->size * sizeof(uint32_t));
        if (ring->buf)
            hash = relay_hash_bytes(hash, ring->buf->ctl, ring->buf->ctl->size);
    }
    for (int i = 0; i < machine->n_actors; i++)
        hash = hash_actor(hash, &state->actors[i]);
    return hash;
}
