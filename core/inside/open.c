/* SPDX-License-Identifier: MIT */
/* Making a machine: its arena, its channel, its actors and their queues. */
#include <stdlib.h>
#include <string.h>

#include "machine.h"

#define SPARE ((uint64_t)4 << 20) /* bytes of the arena for files, names and readers' copies */
enum { FIRST_EVENTS = 256 };

static _Thread_local struct relay_inside_call *failed_calls;
static _Thread_local size_t n_failed_calls;

static bool is_within_limits(const struct relay_inside_config *config)
{
    return config->cpus >= 1 && config->cpus <= RELAY_INSIDE_MAX_CPUS &&
           config->rule <= RELAY_INSIDE_BEFORE_2023 && config->mode <= RELAY_INSIDE_ASK &&
           (!config->base_filename || strlen(config->base_filename) <= RELAY_NAME_MAX);
}

static uint64_t arena_size(const struct relay_inside_config *config)
{
    uint64_t ring = config->subbuf_size * config->n_subbufs;
    uint64_t buffer = ring * (1 + sizeof(uint32_t)) + config->subbuf_size + 2 * RELAY_PAGE_SIZE +
                      config->n_subbufs * sizeof(struct relay_slot);
    uint64_t copies = RELAY_INSIDE_MAX_ACTORS * (2 * ring + RELAY_PAGE_SIZE) * 2 * 5;

    if (config->subbuf_size > UINT32_MAX || config->n_subbufs > UINT32_MAX || ring > UINT32_MAX)
        return SPARE; /* relay_open will say no */
    return (sizeof(struct state) + config->cpus * buffer + copies + SPARE + RELAY_PAGE_SIZE - 1) /
           RELAY_PAGE_SIZE * RELAY_PAGE_SIZE;
}

static struct dentry *make_root(void)
{
    struct dentry *root = relay_inside_alloc(sizeof(*root));

    if (root)
        *root = (struct dentry){.refs = 1, .is_dir = true};
    return root;
}

/* The machine works in this thread. */
static bool open_channel(struct relay_inside *machine)
{
    const struct relay_inside_config *config = &machine->config;
    struct relay_options options = {.cpus = config->cpus,
                                    .online = config->online ? machine->online : NULL,
                                    .writers = config->writers};
    struct state *state = machine->state;

    state->root = make_root();
    state->dir = relay_create_dir("channel", NULL);
    if (!state->dir)
        return false;
    relay_client_table(machine, &machine->callbacks);
    state->chan = relay_open_on(config->base_filename, config->in_root ? NULL : state->dir,
                                config->subbuf_size, config->n_subbufs,
                                config->lacks & 4 ? NULL : &machine->callbacks, NULL, &options);
    return state->chan != NULL;
}

static void set_up_actors(struct relay_inside *machine)
{
    for (int i = 0; i < RELAY_INSIDE_MAX_ACTORS; i++) {
        machine->state->actors[i].stack = machine->stacks + (size_t)i * STACK_SIZE;
        machine->state->actors[i].over = -1;
    }
    machine->state->last = -1;
}

static void keep_failed(struct relay_inside *machine)
{
    free(failed_calls);
    failed_calls = machine->calls;
    n_failed_calls = machine->n_calls;
    machine->calls = NULL;
}

struct relay_inside *relay_inside_open(const struct relay_inside_config *config)
{
    struct relay_inside *machine = calloc(1, sizeof(*machine)), *before;
    bool opened;

    n_failed_calls = 0;
    if (!machine)
        return NULL;
    machine->config = *config;
    machine->place = -1;
    machine->calls = calloc(MAX_CALLS, sizeof(*machine->calls));
    if (config->online && config->cpus <= RELAY_INSIDE_MAX_CPUS)
        memcpy(machine->online, config->online, config->cpus);
    if (!machine->calls || !is_within_limits(config) ||
        !relay_arena_open(machine, arena_size(config)) || !relay_history_open(machine)) {
        relay_set_error(machine->calls ? RELAY_ERR_ARGUMENT : RELAY_ERR_NO_MEMORY);
        relay_inside_close(machine);
        return NULL;
    }
    if (config->base_filename)
        strcpy(machine->name, config->base_filename);
    machine->config.base_filename = config->base_filename ? machine->name : NULL;
    set_up_actors(machine);
    before = relay_enter(machine);
    opened = open_channel(machine);
    relay_enter(before);
    if (opened)
        return machine;
    keep_failed(machine);
    relay_inside_close(machine);
    return NULL;
}

int relay_inside_error(void)
{
    return (int)relay_error();
}

size_t relay_inside_failed_calls(struct relay_inside_call *ret, size_t room)
{
    size_t stored = n_failed_calls < MAX_CALLS ? n_failed_calls : MAX_CALLS;

    if (failed_calls)
        memcpy(ret, failed_calls, (stored < room ? stored : room) * sizeof(*ret));
    return n_failed_calls;
}

void relay_inside_close(struct relay_inside *machine)
{
    if (!machine)
        return;
    for (int i = 0; i < RELAY_INSIDE_MAX_ACTORS; i++) {
        for (uint32_t k = 0; k < machine->programs[i].count; k++)
            free((void *)machine->programs[i].ops[k].data);
        free(machine->programs[i].ops);
    }
    relay_history_close(machine);
    relay_arena_close(machine);
    free(machine->calls);
    free(machine->lengths);
    free(machine);
}

int relay_inside_add(struct relay_inside *machine, enum relay_inside_kind kind, unsigned cpu)
{
    if (machine->n_actors == RELAY_INSIDE_MAX_ACTORS || cpu >= machine->config.cpus)
        return -1;
    machine->programs[machine->n_actors] = (struct program){.kind = kind, .cpu = cpu};
    return machine->n_actors++;
}

/* Remember how long an event is; its number is the next one if it has none. */
static bool number_event(struct relay_inside *machine, struct relay_inside_op *op)
{
    uint64_t last;

    if (!op->event)
        op->event = machine->n_events ? machine->n_events : 1;
    last = op->event + (op->count > 1 ? op->count - 1 : 0);
    if (last >= AGE_CLIENT)
        return true; /* the judge does not know it */
    if (last >= machine->events_room) {
        uint32_t room = (uint32_t)last * 2 + FIRST_EVENTS;
        uint32_t *grown = realloc(machine->lengths, room * sizeof(*grown));

        if (!grown)
            return false;
        memset(grown + machine->events_room, 0, (room - machine->events_room) * sizeof(*grown));
        machine->lengths = grown;
        machine->events_room = room;
    }
    for (uint64_t event = op->event; event <= last; event++)
        machine->lengths[event] = (uint32_t)op->length;
    if (last >= machine->n_events)
        machine->n_events = (uint32_t)last + 1;
    return true;
}

static bool copy_data(struct relay_inside_op *op)
{
    unsigned char *copy;

    if (!op->data)
        return true;
    copy = malloc(op->size + 1);
    if (!copy)
        return false;
    memcpy(copy, op->data, op->size);
    copy[op->size] = 0; /* names are text */
    op->data = copy;
    return true;
}

int relay_inside_queue(struct relay_inside *machine, int actor, const struct relay_inside_op *op)
{
    struct relay_inside_op mine = *op;
    struct program *program;
    struct relay_inside *before;

    if (actor < 0 || actor >= machine->n_actors || op->what >= RELAY_INSIDE_N_WHATS)
        return -1;
    program = &machine->programs[actor];
    if (program->count == program->room) {
        uint32_t room = program->room * 2 + 16;
        struct relay_inside_op *grown = realloc(program->ops, room * sizeof(*grown));

        if (!grown)
            return -1;
        program->ops = grown;
        program->room = room;
    }
    if (op->what <= RELAY_INSIDE_RESERVE && !number_event(machine, &mine))
        return -1;
    if (!copy_data(&mine))
        return -1;
    program->ops[program->count++] = mine;
    if (relay_inside_position(machine) == 0) { /* later it is done when the operation begins */
        before = relay_enter(machine);
        relay_prepare(&machine->state->actors[actor], &mine);
        relay_enter(before);
    }
    return 0;
}

int relay_inside_count(const struct relay_inside *machine)
{
    return machine->n_actors;
}
