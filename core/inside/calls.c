/* SPDX-License-Identifier: MIT */
/*
 * What an operation is: calls of the core, as the client of a relay channel makes them. Compiled as
 * the core is, so that what is inline in relay.h stops too.
 */
#include <sys/stat.h>

#include "machine.h"

struct relay_inside_site relay_copy_part = {
    .id = RELAY_N_PROBES, .file = "memcpy", .function = "memcpy"};

/* Stops of our own; the numbers are those of steps.def. */
#define STOP(number)                                                                               \
    do {                                                                                           \
        static struct relay_inside_site site_                                                      \
            __attribute__((section("relay_sites"), used)) = {.id = RELAY_N_PROBES + (number),      \
                                                             .line = __LINE__,                     \
                                                             .file = __FILE__,                     \
                                                             .function = __func__};                \
        relay_inside_probe(&site_);                                                                \
    } while (0)
enum { FILL_BEGIN = 1, MAP_LOOKED, MAP_COPIED, LONGEST_EVENT = 1 << 28, PATTERN_FACTOR = 31 };

static struct rchan *chan(void)
{
    return relay_now->state->closed ? NULL : relay_now->state->chan;
}

/* Room for at least `wanted` bytes. */
static bool make_scratch(struct actor *actor, uint64_t wanted)
{
    if (wanted < actor->scratch_room)
        return true;
    relay_inside_free(actor->scratch);
    actor->scratch = relay_inside_alloc(wanted + 1);
    actor->scratch_room = actor->scratch ? wanted + 1 : 0;
    return actor->scratch != NULL;
}

/* Room for a reader's copy: a read gets no more than the ring twice. */
static bool make_room(struct actor *actor, uint64_t wanted)
{
    uint64_t most = 2 * relay_now->config.subbuf_size * relay_now->config.n_subbufs + RELAY_LINE;
    uint64_t room = wanted + 1 < most ? wanted + 1 : most;

    actor->copied = 0;
    if (room <= actor->room)
        return true;
    relay_inside_free(actor->copy);
    relay_inside_free(actor->ages);
    actor->copy = relay_inside_alloc(room);
    actor->ages = relay_inside_alloc(room * sizeof(uint32_t));
    actor->room = actor->copy && actor->ages ? room : 0;
    return actor->room != 0;
}

bool relay_prepare(struct actor *actor, const struct relay_inside_op *op)
{
    switch (op->what) {
    case RELAY_INSIDE_WRITE:
    case RELAY_INSIDE_WRITE_NOLOCK:
    case RELAY_INSIDE_FILL:
        return make_scratch(actor, op->length);
    case RELAY_INSIDE_READ:
    case RELAY_INSIDE_SPLICE:
        return make_room(actor, op->length);
    case RELAY_INSIDE_MAP_READ:
        return make_room(actor, relay_now->config.subbuf_size);
    default:
        return true;
    }
}

/* The bytes of an event: those given, or byte k of event e is 31 e + k. */
static unsigned char *event_bytes(struct actor *actor, const struct relay_inside_op *op)
{
    if (!relay_prepare(actor, op))
        return NULL;
    if (op->size) {
        for (uint64_t i = 0; i < op->length; i++)
            actor->scratch[i] = ((const unsigned char *)op->data)[i];
        return actor->scratch;
    }
    relay_fill_pattern(actor->scratch, op->length, actor->event * PATTERN_FACTOR);
    return actor->scratch;
}

static int64_t write_one(struct actor *actor, const struct relay_inside_op *op)
{
    const unsigned char *bytes = event_bytes(actor, op);

    if (!bytes)
        return -ENOMEM;
    if (op->what == RELAY_INSIDE_WRITE)
        actor->outcome = relay_write_on(chan(), op->cpu, bytes, op->length);
    else
        actor->outcome = relay_write_nolock_on(chan(), op->cpu, bytes, op->length);
    return actor->outcome == RELAY_STORED;
}

static int64_t write_all(struct actor *actor, const struct relay_inside_op *op)
{
    int64_t stored = 0;

    for (uint64_t i = 0; i < op->count; i++, actor->event++)
        stored += write_one(actor, op) == 1;
    return stored;
}

static int64_t reserve(struct actor *actor, const struct relay_inside_op *op)
{
    enum relay_outcome outcome;
    unsigned char *at = relay_reserve_on(chan(), op->cpu, op->length, &outcome);
    struct state *state = relay_now->state;
    struct ring *ring;

    actor->outcome = outcome;
    if (!at)
        return -1;
    ring = relay_ring_of(relay_cpu_buf(chan(), op->cpu));
    for (unsigned i = 0; i < MAX_SLOTS; i++) {
        if (state->slots[i].ring)
            continue;
        state->slots[i] = (struct slot){.ring = ring,
                                        .at = (uint64_t)(at - ring->start),
                                        .length = op->length,
                                        .event = actor->event,
                                        .cpu = op->cpu};
        break;
    }
    return at - ring->start;
}

static int64_t fill(struct actor *actor, const struct relay_inside_op *op)
{
    struct slot *slots = relay_now->state->slots, *found = NULL, slot;
    struct relay_inside_op bytes = *op;
    const unsigned char *from;

    for (unsigned i = 0; i < MAX_SLOTS; i++)
        if (slots[i].ring && (op->event ? slots[i].event == op->event : slots[i].cpu == op->cpu) &&
            (!found || slots[i].event < found->event))
            found = &slots[i];
    if (!found)
        return -ENOENT;
    slot = *found;
    found->ring = NULL; /* who fills another one meanwhile does not find it any more */
    STOP(FILL_BEGIN);
    bytes.length = slot.length;
    bytes.size = op->size < slot.length ? 0 : op->size;
    actor->event = slot.event;
    from = event_bytes(actor, &bytes);
    if (!from)
        return -ENOMEM;
    memcpy(slot.ring->start + slot.at, from, slot.length);
    return (int64_t)slot.length;
}

/* ---- files ---- */

static int64_t open_named(const char *name, bool in_dir, int flags, struct relay_file **ret)
{
    struct dentry *entry = relay_lookup(in_dir ? relay_now->state->dir : NULL, name);
    int error;

    if (!entry)
        return -ENOENT;
    error = relay_file_open(entry, flags, ret);
    relay_dentry_put(entry);
    return error;
}

/* The descriptor that an operation means; a reader's own is opened when it is first needed. */
static struct relay_file **file_of(struct actor *actor, const struct relay_inside_op *op)
{
    struct state *state = relay_now->state;
    char name[RELAY_NAME_MAX + 16];
    struct rchan_buf *buf;

    if (op->fd >= 0)
        return op->fd < RELAY_INSIDE_MAX_FILES ? &state->files[op->fd] : NULL;
    if (actor->file || !chan())
        return &actor->file;
    buf = relay_cpu_buf(chan(), op->cpu);
    if (buf) {
        snprintf(name, sizeof(name), "%s%u", state->chan->own->base_filename, buf->ctl->cpu);
        open_named(name, !relay_now->config.in_root, O_RDONLY, &actor->file);
    }
    return &actor->file;
}

/* The next finished sub-buffer, as a consumer that has the buffer mapped takes it. */
static int64_t map_read(struct actor *actor, struct relay_file *file,
                        const struct relay_inside_op *op)
{
    struct rchan_buf *buf = relay_file_buf(file);
    struct relay_ctl *ctl = buf->ctl;
    uint64_t consumed = relay_load(&ctl->consumed), padding;
    uint64_t ready = relay_load_acquire(&ctl->produced) - consumed, length;

    if (!actor->has_mapped) { /* the account trusts the reports of who has a mapping */
        actor->has_mapped = true;
        buf->own->mapped++;
    }
    if (!ready)
        return 0;
    padding = relay_load(&relay_slot_of(buf, consumed)->padding);
    STOP(MAP_LOOKED);
    length = ctl->subbuf_size - padding;
    if (!relay_prepare(actor, op))
        return -ENOMEM;
    memcpy(actor->copy, buf->start + consumed % ctl->n_subbufs * ctl->subbuf_size, length);
    STOP(MAP_COPIED);
    relay_subbufs_consumed(chan(), op->cpu, 1);
    return (int64_t)length;
}

static int64_t on_file(struct actor *actor, struct relay_file **place,
                       const struct relay_inside_op *op)
{
    struct relay_file *file = *place;
    struct relay_run runs[4];
    struct relay_note note = {.runs = runs, .room = 4}; /* who is noted is never hurried */
    int64_t got;

    switch (op->what) {
    case RELAY_INSIDE_CLOSE_FILE:
        *place = NULL;
        relay_file_close(file);
        return 0;
    case RELAY_INSIDE_READ:
        if (!relay_prepare(actor, op))
            return -ENOMEM;
        got = relay_read_noted(file, actor->copy,
                               op->length < actor->room ? op->length : actor->room, &note);
        return got;
    case RELAY_INSIDE_POLL:
        return relay_file_poll(file);
    case RELAY_INSIDE_SLEEP:
        actor->file = file;
        return relay_file_wait(file, -1, &actor->woken);
    case RELAY_INSIDE_MAP_READ:
        return map_read(actor, file, op);
    case RELAY_INSIDE_SPLICE:
        if (!relay_prepare(actor, op))
            return -ENOMEM;
        return relay_file_splice(file, 0, op->length);
    case RELAY_INSIDE_PREAD:
        return relay_file_pread(file, NULL, op->length, 0);
    case RELAY_INSIDE_SEEK:
        return relay_file_lseek(file, 0, 0);
    default:
        return relay_file_write(file, NULL, op->length);
    }
}

static int64_t open_file(struct actor *actor, const struct relay_inside_op *op)
{
    struct relay_file **place = file_of(actor, op), *file = NULL;
    int64_t error = open_named(op->data, op->count != 0, (int)op->length, &file);

    if (error)
        return error;
    if (*place)
        relay_file_close(*place);
    *place = file;
    return 0;
}

static int64_t close_channel(void)
{
    struct rchan *given = chan();

    if (!given)
        return 0;
    relay_get(given); /* what is left is still looked at */
    relay_close(given);
    relay_now->state->closed = true;
    return 0;
}

int64_t relay_perform(struct actor *actor, const struct relay_inside_op *op)
{
    struct relay_file **place;

    actor->event = (uint32_t)op->event;
    switch (op->what) {
    case RELAY_INSIDE_WRITE:
    case RELAY_INSIDE_WRITE_NOLOCK:
        if (!chan() || op->length > LONGEST_EVENT)
            return -EINVAL;
        return op->count > 1 ? write_all(actor, op) : write_one(actor, op);
    case RELAY_INSIDE_RESERVE:
        return chan() ? reserve(actor, op) : -EINVAL;
    case RELAY_INSIDE_FILL:
        return fill(actor, op);
    case RELAY_INSIDE_SWITCH:
        if (!chan() || !relay_cpu_buf(chan(), op->cpu))
            return -EINVAL;
        return (int64_t)relay_switch_subbuf(relay_cpu_buf(chan(), op->cpu), op->length);
    case RELAY_INSIDE_FLUSH:
        relay_flush(chan());
        return 0;
    case RELAY_INSIDE_RESET:
        relay_reset(chan());
        return 0;
    case RELAY_INSIDE_CONSUME:
        relay_subbufs_consumed(chan(), op->cpu, op->count);
        return 0;
    case RELAY_INSIDE_CLOSE:
        return close_channel();
    case RELAY_INSIDE_LATE_SETUP:
        return relay_late_setup_files(chan(), op->data, op->count ? relay_now->state->dir : NULL);
    case RELAY_INSIDE_ONLINE:
    case RELAY_INSIDE_OFFLINE:
        return relay_cpu_online(chan(), op->cpu, op->what == RELAY_INSIDE_ONLINE);
    case RELAY_INSIDE_OPEN_FILE:
        return open_file(actor, op);
    case RELAY_INSIDE_FULL:
        if (!chan() || !relay_cpu_buf(chan(), op->cpu))
            return -EINVAL;
        return relay_buf_full(relay_cpu_buf(chan(), op->cpu));
    default:
        place = file_of(actor, op);
        return place && *place ? on_file(actor, place, op) : -EBADF;
    }
}
