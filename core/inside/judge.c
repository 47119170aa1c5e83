/* SPDX-License-Identifier: MIT */
/*
 * What nobody else sees. Beside each byte of a ring stands which event wrote it, and what was copied
 * to a reader carries that along. So it is known when an event is written over although its
 * sub-buffer did not begin anew, when it lies where no reader will look, and what a reader really
 * got: whole events, parts of them, one twice, or bytes that no event wrote.
 */
#include <string.h>

#include "machine.h"

enum { PARTS = 4, SHORTEST_PART = 8 };

struct ring *relay_ring_at(const void *address)
{
    struct state *state = relay_now->state;

    for (uint32_t i = 0; i < state->n_rings; i++) {
        struct ring *ring = &state->rings[i];

        if ((const unsigned char *)address >= ring->start &&
            (const unsigned char *)address < ring->start + ring->size + ring->gap)
            return ring;
    }
    return NULL;
}

struct ring *relay_ring_of(struct rchan_buf *buf)
{
    return relay_ring_at(buf->start);
}

static void count(enum relay_inside_figure_name figure)
{
    relay_now->state->figures[figure]++;
}

static uint32_t event_of(uint32_t age)
{
    return age & AGE_EVENT;
}

static bool is_live(uint32_t age)
{
    return age && event_of(age) != AGE_CLIENT && !(age & (AGE_OLD | AGE_DESTROYED | AGE_DELIVERED));
}

/* All that is left of the event whose byte is at `at` is counted with it. */
static void destroy(struct ring *ring, uint64_t at)
{
    uint32_t event = event_of(ring->ages[at]);

    for (uint64_t i = 0; i < ring->size; i++)
        if (event_of(ring->ages[i]) == event && !(ring->ages[i] & AGE_OLD))
            ring->ages[i] |= AGE_DESTROYED;
    count(RELAY_INSIDE_DESTROYED);
}

void relay_judge_write(struct ring *ring, uint64_t at, uint64_t length, uint32_t age)
{
    for (uint64_t i = at; i < at + length && i < ring->size; i++) {
        if (is_live(ring->ages[i]) && event_of(ring->ages[i]) != event_of(age))
            destroy(ring, i);
        ring->ages[i] = age;
    }
}

void relay_judge_read(struct actor *actor, struct ring *ring, uint64_t at, uint64_t length)
{
    for (uint64_t i = 0; i < length && actor->copied < actor->room; i++) {
        bool is_in = at + i < ring->size;

        /* whether its sub-buffer has begun anew is no matter of the bytes */
        actor->ages[actor->copied++] = is_in ? ring->ages[at + i] & ~AGE_OLD : 0;
        if (is_in)
            ring->ages[at + i] |= ring->ages[at + i] ? AGE_DELIVERED : 0;
    }
}

/* ---- copies, in parts ---- */

static void *copy_part(unsigned char *to, const unsigned char *from, size_t length)
{
    struct actor *actor = relay_actor;
    struct ring *ring = relay_ring_at(to);

    relay_inside_touch(from, length, false);
    relay_inside_touch(to, length, true);
    memcpy(to, from, length);
    if (ring)
        relay_judge_write(ring, (uint64_t)(to - ring->start), length, actor->event);
    else if ((ring = relay_ring_at(from)) && to >= actor->copy && to < actor->copy + actor->room)
        relay_judge_read(actor, ring, (uint64_t)(from - ring->start), length);
    return to;
}

/* A seeded fault: offset is behind the event while its bytes are on their way. */
static void move_early(struct ring *ring, uint64_t length, bool back)
{
    struct relay_ctl *ctl = ring->buf->ctl;

    ctl->offset += back ? -length : length;
    relay_inside_touch(&ctl->offset, sizeof(ctl->offset), true);
}

void *relay_inside_copy(void *to, const void *from, size_t length)
{
    size_t part = (length / PARTS + SHORTEST_PART - 1) / SHORTEST_PART * SHORTEST_PART;
    struct ring *ring = relay_ring_at(to);
    bool early;

    if (!relay_actor || (!ring && !relay_ring_at(from)))
        return memcpy(to, from, length);
    if (part < SHORTEST_PART)
        part = SHORTEST_PART;
    early = ring && relay_inside_has_fault(RELAY_INSIDE_EARLY_OFFSET);
    if (early)
        move_early(ring, length, false);
    for (size_t done = 0; done < length; done += part) {
        if (done || early)
            relay_inside_probe(&relay_copy_part);
        copy_part((unsigned char *)to + done, (const unsigned char *)from + done,
                  part < length - done ? part : length - done);
    }
    if (early)
        move_early(ring, length, true);
    return to;
}

ssize_t relay_inside_move(int fd, const void *from, size_t length)
{
    struct actor *actor = relay_actor;
    size_t room = actor ? actor->room - actor->copied : 0;

    (void)fd;
    if (length > room)
        length = room;
    if (actor)
        relay_inside_copy(actor->copy + actor->copied, from, length);
    return (ssize_t)length;
}

void relay_fill_pattern(unsigned char *to, uint64_t length, uint32_t first)
{
    for (uint64_t i = 0; i < length; i++)
        to[i] = (unsigned char)(first + i);
}

/* ---- stops that mean something ---- */

static void set_old(struct ring *ring, uint64_t from, uint64_t end)
{
    for (uint64_t i = from; i < end; i++)
        ring->ages[i] |= ring->ages[i] ? AGE_OLD : 0;
}

static struct ring *ring_of_cpu(uint32_t cpu)
{
    struct rchan_buf *buf = relay_cpu_buf(relay_now->state->chan, cpu);

    return buf ? relay_ring_of(buf) : NULL;
}

/* Whether the actor that stops at the end of a switch has moved this ring's data. */
static bool has_moved(const struct ring *ring, const struct relay_inside_op *op)
{
    if (ring->buf->ctl->n_subbufs > 1)
        return ring->buf->ctl->base != ring->base;
    return op->what == RELAY_INSIDE_FLUSH ? (ring->buf->ctl->switches & 1) != 0
                                          : ring == ring_of_cpu(op->cpu);
}

/* Events in the padding of the sub-buffer at `base`, which is still the old lap's: nobody reads them. */
static void destroy_behind(struct ring *ring, uint64_t base, uint64_t size)
{
    const struct relay_slot *slot = relay_ctl_slot(ring->buf->ctl, base / size);

    for (uint64_t at = size - slot->padding; at < size; at++)
        if (is_live(ring->ages[base + at]))
            destroy(ring, base + at);
}

void relay_judge_accept(struct ring *ring, uint64_t base)
{
    uint64_t size = relay_now->config.subbuf_size;

    destroy_behind(ring, base, size);
    set_old(ring, base, base + size);
}

/* The sub-buffer that data points to now holds nothing that is still wanted. */
static void begin_anew(struct ring *ring)
{
    ring->base = ring->buf->ctl->base;
    relay_judge_accept(ring, ring->base);
}

static void forget_all(struct ring *ring)
{
    const struct relay_ctl *ctl = ring->buf->ctl;

    if (!(ctl->switches & 1) || ctl->produced || ctl->offset || ctl->base)
        return; /* another than the one that is being reset */
    ring->base = 0;
    set_old(ring, 0, ring->size);
}

void relay_judge_stop(struct actor *actor, int id)
{
    const struct relay_inside_op *op = relay_op_of(actor);
    struct state *state = relay_now->state;
    struct ring *ring;

    switch (id) {
    case RELAY_PROBE_SWITCH_MOVED:
        for (uint32_t i = 0; i < state->n_rings; i++)
            if (state->rings[i].buf && has_moved(&state->rings[i], op))
                begin_anew(&state->rings[i]);
        break;
    case RELAY_PROBE_RESET_REWOUND:
        for (uint32_t i = 0; i < state->n_rings; i++)
            if (state->rings[i].buf)
                forget_all(&state->rings[i]);
        break;
    case RELAY_PROBE_RESERVE_TAKEN:
        ring = ring_of_cpu(op->cpu);
        if (ring && op->what == RELAY_INSIDE_RESERVE) {
            const struct relay_ctl *ctl = ring->buf->ctl;

            uint64_t at = ctl->base + ctl->offset - op->length;

            relay_inside_touch(ring->start + at, op->length, true);
            relay_judge_write(ring, at, op->length, actor->event | AGE_UNFILLED);
        }
        break;
    default:
        break;
    }
}

/* ---- what a reader got ---- */

static uint32_t length_of(uint32_t event)
{
    return event < relay_now->n_events ? relay_now->lengths[event] : 0;
}

/* A run of bytes of one event is at its end; `more` bytes of something else follow. */
static void end_run(struct ring *ring, bool more)
{
    if (!ring->pending || (!more && ring->got < length_of(ring->pending)))
        return; /* the rest may come with the next read */
    if (ring->got != length_of(ring->pending))
        count(RELAY_INSIDE_TORN);
    ring->pending = 0;
    ring->got = 0;
}

static bool is_unwritten(uint32_t age)
{
    return !age || (age & AGE_UNFILLED);
}

static void take_byte(struct ring *ring, uint32_t age, uint32_t before)
{
    uint32_t event = event_of(age);

    if (is_unwritten(age) || event == AGE_CLIENT) {
        if (is_unwritten(age) && !is_unwritten(before))
            count(RELAY_INSIDE_UNWRITTEN);
        end_run(ring, true);
        return;
    }
    if (event != ring->pending || ring->got == length_of(event)) {
        end_run(ring, true);
        ring->pending = event;
        if (age & AGE_DELIVERED)
            count(RELAY_INSIDE_TWICE);
    }
    ring->got++;
}

static void judge_delivery(const struct actor *actor, struct ring *ring)
{
    uint32_t before = AGE_CLIENT;

    for (uint64_t i = 0; i < actor->copied; i++) {
        take_byte(ring, actor->ages[i], before);
        before = actor->ages[i];
    }
    end_run(ring, false);
}

void relay_judge_end(struct actor *actor)
{
    const struct relay_inside_op *op = relay_op_of(actor);
    struct relay_file *file = actor->file;

    if (op->what != RELAY_INSIDE_READ && op->what != RELAY_INSIDE_MAP_READ &&
        op->what != RELAY_INSIDE_SPLICE)
        return;
    if (op->fd >= 0 && op->fd < RELAY_INSIDE_MAX_FILES)
        file = relay_now->state->files[op->fd];
    if (file && actor->result > 0)
        judge_delivery(actor, relay_ring_of(relay_file_buf(file)));
}

/* ---- all is quiet ---- */

/* Events that lie where no reader looks: behind the used part of their sub-buffer. */
static void look_for_lost(struct ring *ring)
{
    const struct relay_ctl *ctl = ring->buf->ctl;
    uint64_t size = ctl->subbuf_size;

    for (uint64_t i = 0; i < ctl->n_subbufs; i++) {
        const struct relay_slot *slot = relay_ctl_slot((struct relay_ctl *)ctl, i);
        bool is_current = i == ctl->base / size && ctl->offset <= size;
        uint64_t used = is_current ? ctl->offset : size - slot->padding;

        for (uint64_t at = used; at < size; at++)
            if (is_live(ring->ages[i * size + at]))
                destroy(ring, i * size + at);
    }
}

static bool is_gap_whole(const struct ring *ring)
{
    for (uint64_t i = 0; i < ring->gap; i++)
        if (ring->start[ring->size + i] != GAP_BYTE)
            return false;
    return true;
}

void relay_judge_quiet(void)
{
    struct state *state = relay_now->state;

    state->mixed = false;
    for (uint32_t i = 0; i < state->n_rings; i++) {
        if (!state->rings[i].buf)
            continue;
        look_for_lost(&state->rings[i]);
        if (!is_gap_whole(&state->rings[i]))
            state->figures[RELAY_INSIDE_INVARIANT] = 1;
    }
    if (!state->closed && !relay_chan_is_valid(state->chan))
        state->figures[RELAY_INSIDE_INVARIANT] = 1;
}
