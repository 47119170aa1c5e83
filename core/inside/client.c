/* SPDX-License-Identifier: MIT */
/* The client of the channel: its callbacks, written in C, each of them noted. */
#include <errno.h>
#include <string.h>

#include "machine.h"

enum { HEADER_BYTE = 0xee, PADDING_BYTES = 4 };

static void note(const struct relay_inside_call *call)
{
    struct relay_inside *machine = relay_now;

    if (machine->n_calls < MAX_CALLS)
        machine->calls[machine->n_calls] = *call;
    machine->n_calls++;
}

static int32_t index_of(const struct rchan_buf *buf, const void *subbuf)
{
    return (int32_t)((uint64_t)((const unsigned char *)subbuf - buf->start) /
                     buf->chan->subbuf_size);
}

/* The person's answer; the actor stops until it is there. */
static int ask(const struct relay_inside_call *call, uint64_t *header)
{
    struct actor *actor = relay_actor;

    if (!actor)
        return !call->full; /* while the channel is opened */
    actor->asked = *call;
    actor->state = RELAY_INSIDE_ASKING;
    relay_yield();
    *header = actor->header;
    return actor->answer;
}

static void store_padding(const struct rchan_buf *buf, void *prev, size_t prev_padding)
{
    uint32_t padding = (uint32_t)prev_padding;
    unsigned char *to = prev;
    struct ring *ring = relay_ring_of((struct rchan_buf *)buf);

    if (!prev || relay_now->config.header < PADDING_BYTES || !relay_now->config.stores_padding ||
        buf->chan->subbuf_size < PADDING_BYTES)
        return;
    relay_inside_touch(to, PADDING_BYTES, true);
    memcpy(to, &padding, sizeof(padding));
    relay_judge_write(ring, (uint64_t)(to - ring->start), PADDING_BYTES, AGE_CLIENT);
}

/* What the client reserves is its own, whether it writes there or not. */
static void reserve_header(struct rchan_buf *buf, unsigned char *subbuf, uint64_t header)
{
    struct ring *ring = relay_ring_of(buf);

    if (!header || !relay_subbuf_start_reserve(buf, header))
        return;
    if (relay_now->config.fills_header)
        memset(subbuf, HEADER_BYTE, header);
    relay_inside_touch(subbuf, header, true);
    relay_judge_write(ring, (uint64_t)(subbuf - ring->start), header, AGE_CLIENT);
}

static int subbuf_start(struct rchan_buf *buf, void *subbuf, void *prev, size_t prev_padding)
{
    const struct relay_inside_config *config = &relay_now->config;
    struct relay_inside_call call = {.cpu = buf->ctl->cpu,
                                     .subbuf = index_of(buf, subbuf),
                                     .prev = prev ? index_of(buf, prev) : -1,
                                     .padding = prev_padding,
                                     .full = relay_buf_full(buf)};
    uint64_t header = config->header;

    store_padding(buf, prev, prev_padding);
    if (config->mode == RELAY_INSIDE_ASK)
        call.answer = ask(&call, &header);
    else
        call.answer = config->mode == RELAY_INSIDE_OVERWRITE || !call.full;
    if (call.answer && prev && relay_ring_of(buf)->buf)
        relay_judge_accept(relay_ring_of(buf), (uint64_t)((unsigned char *)subbuf - buf->start));
    if (call.answer)
        reserve_header(buf, subbuf, header);
    note(&call);
    return call.answer;
}

static struct dentry *create(const char *name, struct dentry *parent, uint16_t mode,
                             struct rchan_buf *buf, int32_t *answer)
{
    struct dentry *entry;

    *answer = 1;
    if (!name && relay_now->config.early_null)
        *answer = 0;
    if (!name)
        return *answer ? relay_root() : NULL;
    entry = relay_create_file(name, parent, mode, buf);
    if (!entry)
        *answer = -EEXIST;
    return entry;
}

static struct dentry *create_buf_file(const char *name, struct dentry *parent, uint16_t mode,
                                      struct rchan_buf *buf, int *is_global)
{
    struct state *state = relay_now->state;
    struct relay_inside_call call = {
        .what = 1, .cpu = buf->ctl->cpu, .subbuf = -1, .prev = -1, .global_in = *is_global};
    struct dentry *entry = NULL;

    call.answer = relay_now->config.fail_answer;
    state->rings[state->n_rings - 1].buf =
        state->rings[state->n_rings - 1].buf ? state->rings[state->n_rings - 1].buf : buf;
    if ((int64_t)state->creations++ != relay_now->config.fail_at)
        entry = create(name, parent, mode, buf, &call.answer);
    if (name)
        strncpy(call.name, name, sizeof(call.name) - 1);
    if (relay_now->config.is_global)
        *is_global = 1;
    note(&call);
    return entry;
}

static int remove_buf_file(struct dentry *entry)
{
    struct relay_inside_call call = {.what = 2, .subbuf = -1, .prev = -1};

    if (entry)
        strncpy(call.name, relay_dentry_name(entry), sizeof(call.name) - 1);
    note(&call);
    return relay_remove(entry);
}

void relay_client_table(struct relay_inside *machine, struct rchan_callbacks *ret)
{
    *ret = (struct rchan_callbacks){
        .subbuf_start = machine->config.mode == RELAY_INSIDE_DEFAULT ? NULL : subbuf_start,
        .create_buf_file = machine->config.lacks & 1 ? NULL : create_buf_file,
        .remove_buf_file = machine->config.lacks & 2 ? NULL : remove_buf_file};
}
