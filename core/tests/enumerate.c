/* SPDX-License-Identifier: MIT */
/*
 * Every sequence of calls up to a depth, for all small shapes, both modes, with and without a
 * header and with both kinds of protection. After each call: the invariants, the account, and a
 * model of the writing side and of the stream of bytes that is independent of the library.
 *
 * The depth is the first argument, else 4; with RELAY_SOAK 5, from RELAY_SOAK=100 on 6; 3 under the
 * thread sanitizer, which is slow and finds nothing in one thread. The search goes depth first and
 * takes a call back by copying the buffer's two regions; now and then a whole sequence is repeated
 * on a new channel, which shows that the two regions are all the state there is.
 */
#include "check.h"
#include "kit.h"

enum { LARGEST = 4, MOST = 3, DEEPEST = 12, CALLS = 32, LARGE = 64, REPEAT_EVERY = 2000 };
enum { CONTROL = 1024, WILD = -1 };

enum kind { WRITE, RESERVE, FLUSH, RESET, CONSUMED, READ };

struct call {
    enum kind kind;
    size_t argument;
};

/* What the channel is and how it was opened. */
struct shape {
    size_t size, count, header;
    bool overwrite;
    enum relay_writers writers;
};

/* The writing side, and the bytes of each sub-buffer by its number; WILD: a header's. */
struct model {
    uint64_t produced, offset; /* offset > size: blocked */
    uint64_t lap, at;          /* the next byte of the stream */
    bool follows;              /* no call so far that makes the kernel's read leave the stream */
    int8_t next;               /* the byte of the next event */
    int8_t bytes[DEEPEST + 2][LARGEST];
    uint8_t used[DEEPEST + 2];
};

struct state {
    unsigned char control[CONTROL];
    unsigned char data[LARGEST * MOST];
    uint64_t last_toobig;
    struct model model;
};

struct search {
    struct shape shape;
    struct call calls[CALLS];
    unsigned n_calls, depth;
    struct rchan *chan;
    struct rchan_buf *buf;
    struct relay_file *file;
    struct model model;
    unsigned path[DEEPEST];
    unsigned long long sequences, made;
};

/* ---------------------------------------------------------------- the model */

static void model_begin(struct model *model, const struct shape *shape)
{
    model->offset = shape->header;
    memset(model->bytes[model->produced], WILD, LARGEST);
    model->used[model->produced] = (uint8_t)shape->header;
}

static void model_reset(struct model *model, const struct shape *shape)
{
    model->produced = model->lap = model->at = 0;
    model_begin(model, shape);
}

/* What becomes of a switch; `consumed` is taken from the library. */
static enum relay_outcome model_switch(struct model *model, const struct shape *shape,
                                       size_t length, uint64_t consumed)
{
    if (length > shape->size)
        return RELAY_LOST_TOO_BIG;
    if (model->offset <= shape->size)
        model->produced++;
    if (!shape->overwrite && model->produced - consumed >= shape->count) {
        model->offset = shape->size + 1;
        return RELAY_LOST_FULL;
    }
    model_begin(model, shape);
    return length + model->offset > shape->size ? RELAY_LOST_TOO_BIG : RELAY_STORED;
}

static enum relay_outcome model_write(struct model *model, const struct shape *shape, size_t length,
                                      uint64_t consumed, bool reserve)
{
    if (model->offset + length > shape->size) {
        enum relay_outcome outcome = model_switch(model, shape, length, consumed);

        if (outcome == RELAY_STORED && reserve && length == 0)
            outcome = RELAY_LOST_FULL;
        if (outcome != RELAY_STORED)
            return outcome;
    }
    memset(model->bytes[model->produced] + model->offset, model->next, length);
    model->offset += length;
    model->used[model->produced] = (uint8_t)model->offset;
    return RELAY_STORED;
}

/* Whether the bytes that a read returned are the next ones of the stream, and all there are. */
static bool model_reads(struct model *model, const struct shape *shape, uint64_t consumed,
                        const int8_t *bytes, size_t got, size_t wanted)
{
    bool blocked = model->offset > shape->size;
    uint64_t oldest = model->produced + 1 - shape->count;

    if (!blocked && model->produced - consumed >= shape->count && model->lap < oldest) {
        model->lap = oldest;
        model->at = 0;
    }
    for (size_t i = 0; i < wanted; i++) {
        while (model->lap < model->produced && model->at == model->used[model->lap]) {
            model->lap++;
            model->at = 0;
        }
        if (model->lap == model->produced && (blocked || model->at == model->offset))
            return got == i;
        if (i == got)
            return false;
        if (model->bytes[model->lap][model->at] != WILD &&
            model->bytes[model->lap][model->at] != bytes[i])
            return false;
        model->at++;
    }
    return got == wanted;
}

/* ---------------------------------------------------------------- calls */

static enum relay_outcome write_or_reserve(struct search *search, const struct call *call)
{
    char event[LARGEST + 1];
    enum relay_outcome outcome;
    void *slot;

    memset(event, search->model.next, sizeof(event));
    if (call->kind == WRITE)
        return relay_write_on(search->chan, 0, event, call->argument);
    slot = relay_reserve_on(search->chan, 0, call->argument, &outcome);
    if (slot)
        memcpy(slot, event, call->argument);
    return outcome;
}

static bool read_is_right(struct search *search, size_t count, uint64_t consumed)
{
    int8_t bytes[LARGE];
    ssize_t got = relay_file_read(search->file, bytes, count);

    if (got < 0 || (size_t)got > count)
        return false;
    return !search->model.follows ||
           model_reads(&search->model, &search->shape, consumed, bytes, (size_t)got, count);
}

/* Make a call, here and in the model. False: the two disagree about what it returns. */
static bool make(struct search *search, const struct call *call)
{
    struct model *model = &search->model;
    uint64_t consumed = relay_load(&search->buf->ctl->consumed);
    enum relay_outcome outcome;

    search->made++;
    switch (call->kind) {
    case WRITE:
    case RESERVE:
        outcome = write_or_reserve(search, call);
        if (outcome !=
            model_write(model, &search->shape, call->argument, consumed, call->kind == RESERVE))
            return false;
        model->next++;
        return true;
    case FLUSH:
        relay_flush(search->chan);
        model_switch(model, &search->shape, 0, consumed);
        model->follows = false;
        return true;
    case RESET:
        relay_reset(search->chan);
        model_reset(model, &search->shape);
        return true;
    case CONSUMED:
        relay_subbufs_consumed(search->chan, 0, call->argument);
        model->follows = false;
        return true;
    default:
        return read_is_right(search, call->argument, consumed);
    }
}

static bool holds(struct search *search)
{
    const struct model *model = &search->model;
    struct relay_ctl *ctl = search->buf->ctl;
    uint64_t ready = ctl->produced - ctl->consumed;

    return ctl->produced == model->produced && ctl->offset == model->offset &&
           ctl->consumed <= ctl->produced && kit_valid(search->chan) &&
           relay_file_poll(search->file) == (ready ? POLLIN | POLLRDNORM : 0) &&
           relay_buf_full(search->buf) == (ready >= search->shape.count);
}

/* ---------------------------------------------------------------- the search */

/* Bytes of the control block that are used. */
static size_t control_size(const struct rchan_buf *buf)
{
    return buf->ctl->slots_at + buf->ctl->n_subbufs * sizeof(struct relay_slot);
}

static void save(const struct search *search, struct state *state)
{
    memcpy(state->control, search->buf->ctl, control_size(search->buf));
    memcpy(state->data, search->buf->start, search->shape.size * search->shape.count);
    state->last_toobig = search->chan->last_toobig;
    state->model = search->model;
}

static void restore(struct search *search, const struct state *state)
{
    memcpy(search->buf->ctl, state->control, control_size(search->buf));
    memcpy(search->buf->start, state->data, search->shape.size * search->shape.count);
    search->chan->last_toobig = state->last_toobig;
    search->model = state->model;
}

static void open_search(struct search *search)
{
    struct relay_options opt = {
        .cpus = 1, .writers = search->shape.writers, .header_size = search->shape.header};

    search->chan = kit_open_with(search->shape.overwrite ? &kit_overwrite : &kit_no_overwrite,
                                 search->shape.size, search->shape.count, &opt);
    search->buf = relay_cpu_buf(search->chan, 0);
    search->file = kit_file(0, O_RDONLY);
    NEED(control_size(search->buf) <= CONTROL);
    search->model = (struct model){.follows = true, .next = 1};
    model_reset(&search->model, &search->shape);
}

static void close_search(struct search *search)
{
    relay_file_close(search->file);
    relay_close(search->chan);
}

static void show(const struct search *search, unsigned depth)
{
    static const char *const names[] = {"write", "reserve", "flush", "reset", "consumed", "read"};
    const struct shape *shape = &search->shape;

    fprintf(stderr, "%zux%zu %s header %zu %s:", shape->size, shape->count,
            shape->overwrite ? "overwrite" : "no-overwrite", shape->header,
            shape->writers == RELAY_WRITERS_ONE ? "one writer" : "lock");
    for (unsigned i = 0; i <= depth; i++)
        fprintf(stderr, " %s(%zu)", names[search->calls[search->path[i]].kind],
                search->calls[search->path[i]].argument);
    fprintf(stderr, "\n  here %s, model p%lu off%lu\n", kit_state(search->buf),
            (unsigned long)search->model.produced, (unsigned long)search->model.offset);
}

/* The same calls on a new channel must lead to the same bytes. */
static bool repeats(struct search *search)
{
    static struct state here;
    static struct state there;
    struct search again = *search;

    save(search, &here);
    close_search(search); /* the name must be free */
    open_search(&again);
    for (unsigned i = 0; i < search->depth; i++)
        make(&again, &again.calls[search->path[i]]);
    save(&again, &there);
    search->chan = again.chan;
    search->buf = again.buf;
    search->file = again.file;
    return memcmp(here.control, there.control, control_size(search->buf)) == 0 &&
           memcmp(here.data, there.data, sizeof(here.data)) == 0;
}

static void explore(struct search *search, unsigned depth)
{
    struct state state;

    save(search, &state);
    for (unsigned i = 0; i < search->n_calls; i++) {
        search->path[depth] = i;
        if (!CHECK(make(search, &search->calls[i]) && holds(search)))
            show(search, depth);
        else if (depth + 1 < search->depth)
            explore(search, depth + 1);
        else if (++search->sequences % REPEAT_EVERY == 0 && !CHECK(repeats(search)))
            show(search, depth);
        restore(search, &state);
    }
}

static void add(struct search *search, enum kind kind, size_t argument)
{
    search->calls[search->n_calls++] = (struct call){kind, argument};
}

static void explore_shape(struct search *search)
{
    size_t size = search->shape.size;

    search->n_calls = 0;
    for (size_t length = 0; length <= size + 1; length++)
        add(search, WRITE, length);
    add(search, RESERVE, 0);
    add(search, RESERVE, 1);
    if (size > 1)
        add(search, RESERVE, size);
    add(search, FLUSH, 0);
    add(search, RESET, 0);
    for (size_t k = 0; k <= search->shape.count + 1; k++)
        add(search, CONSUMED, k);
    add(search, READ, 1);
    if (size > 1)
        add(search, READ, size);
    add(search, READ, LARGE);
    open_search(search);
    explore(search, 0);
    close_search(search);
}

int main(int argc, char **argv)
{
    unsigned depth = CHECK_TSAN ? 3 : kit_soak() == 1 ? 4 : kit_soak() < 100 ? 5 : 6;
    static struct search search;

    search.depth = argc > 1 ? (unsigned)atoi(argv[1]) : depth;
    NEED(search.depth >= 1 && search.depth <= DEEPEST);
    for (unsigned i = 0; i < LARGEST * MOST * 8; i++) {
        struct shape *shape = &search.shape;

        *shape = (struct shape){.size = 1 + i / 8 % LARGEST,
                                .count = 1 + i / 8 / LARGEST,
                                .header = i & 1,
                                .overwrite = (i & 2) != 0,
                                .writers = i & 4 ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY};
        if (shape->header + 1 < shape->size || !shape->header)
            explore_shape(&search);
    }
    printf("all %llu sequences of %u calls, %llu calls: %s\n", search.sequences, search.depth,
           search.made, check_failures ? "FAIL" : "ok");
    return check_failures ? 1 : 0;
}
