/* SPDX-License-Identifier: MIT */
/* See twin.h. */
#include "twin.h"

#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

enum { LONGEST = 4200 };

unsigned twin_below(struct twin *twin, unsigned limit)
{
    twin->state ^= twin->state << 13;
    twin->state ^= twin->state >> 7;
    twin->state ^= twin->state << 17;
    return (unsigned)(twin->state >> 32) % limit;
}

/* ---------------------------------------------------------------- the client */

static int decides(struct rchan_buf *buf, void *subbuf, void *prev, size_t prev_padding)
{
    struct twin *twin = buf->chan->private_data;
    unsigned what = twin_below(twin, 64);

    if (what & 1)
        subbuf_start_reserve(buf, twin_below(twin, 6));
    if (what & 2)
        memset(subbuf, (int)what, 1);
    if (prev && what & 4)
        memset(prev, (int)prev_padding, 1);
    if (what == 63)
        relay_subbufs_consumed(buf->chan, buf->ctl->cpu, 1);
    return what & 24 ? !relay_buf_full(buf) : what & 32 ? 1 : 0;
}

static int (*const modes[])(struct rchan_buf *, void *, void *,
                            size_t) = {relay_no_overwrite, relay_overwrite, decides, NULL};

static struct dentry *creates(const char *filename, struct dentry *parent, uint16_t mode,
                              struct rchan_buf *buf, int *is_global)
{
    const struct twin *twin = buf->chan->private_data;

    if (twin->state % 4 == 0)
        *is_global = 1;
    return relay_default_create_buf_file(filename, parent, mode, buf, is_global);
}

static const struct rchan_callbacks callbacks = {relay_no_overwrite, NULL, NULL, creates,
                                                 relay_default_remove_buf_file};

/* ---------------------------------------------------------------- calls; each has a result */

typedef uint64_t call(struct twin *twin);

static const unsigned char *event(struct twin *twin)
{
    static unsigned char bytes[LONGEST];

    memset(bytes, (int)twin_below(twin, 256), sizeof(bytes));
    return bytes;
}

static size_t length(struct twin *twin)
{
    size_t size = twin->chan->subbuf_size;

    return twin_below(twin, 4) ? twin_below(twin, (unsigned)size / 2 + 2)
                               : twin_below(twin, (unsigned)size + 2);
}

static uint64_t do_write(struct twin *twin)
{
    unsigned cpu = twin_below(twin, TWIN_CPUS);
    size_t count = length(twin);

    return relay_write_on(twin->chan, cpu, event(twin), count);
}

static uint64_t do_write_nolock(struct twin *twin)
{
    unsigned cpu = twin_below(twin, TWIN_CPUS);
    size_t count = length(twin);

    return relay_write_nolock_on(twin->chan, cpu, event(twin), count);
}

static uint64_t do_reserve(struct twin *twin)
{
    unsigned cpu = twin_below(twin, TWIN_CPUS), i = twin_below(twin, TWIN_SLOTS);
    size_t count = length(twin);
    unsigned char *at = relay_reserve_on(twin->chan, cpu, count, NULL);

    if (!at || !count)
        return at != NULL;
    twin->held.slots[i] =
        (struct twin_slot){cpu, (size_t)(at - relay_cpu_buf(twin->chan, cpu)->start), count};
    return twin->held.slots[i].at;
}

static uint64_t do_fill(struct twin *twin)
{
    struct twin_slot *slot = &twin->held.slots[twin_below(twin, TWIN_SLOTS)];

    if (slot->length)
        memcpy(relay_cpu_buf(twin->chan, slot->cpu)->start + slot->at, event(twin), slot->length);
    slot->length = 0;
    return slot->at;
}

static uint64_t do_switch(struct twin *twin)
{
    struct rchan_buf *buf = relay_cpu_buf(twin->chan, twin_below(twin, TWIN_CPUS));

    return buf ? relay_switch_subbuf(buf, length(twin)) : 1;
}

static uint64_t do_whole(struct twin *twin)
{
    unsigned what = twin_below(twin, 40);

    if (what == 0 && !twin->held.is_closed)
        relay_reset(twin->chan);
    else if (what < 10)
        relay_flush(twin->chan);
    else if (what == 39 && !twin->held.is_closed) {
        relay_close(twin->chan);
        twin->held.is_closed = true;
    }
    return what;
}

static uint64_t do_consumed(struct twin *twin)
{
    unsigned cpu = twin_below(twin, TWIN_CPUS);

    relay_subbufs_consumed(twin->chan, cpu, twin_below(twin, 4));
    return cpu;
}

static uint64_t do_online(struct twin *twin)
{
    unsigned cpu = twin_below(twin, TWIN_CPUS);

    return (uint64_t)relay_cpu_online(twin->chan, cpu, twin_below(twin, 2));
}

static uint64_t do_late(struct twin *twin)
{
    int result = relay_late_setup_files(twin->chan, "late", twin->dir);

    if (result == 0)
        twin->held.name = "late";
    return (uint64_t)result;
}

static uint64_t do_mode(struct twin *twin)
{
    twin->held.mode = twin_below(twin, 4);
    relay_set_subbuf_start(twin->chan, modes[twin->held.mode]);
    return twin->held.mode;
}

static uint64_t digest(const unsigned char *bytes, size_t count)
{
    uint64_t sum = count;

    for (size_t i = 0; i < count; i++)
        sum = (sum ^ bytes[i]) * 0x100000001b3u;
    return sum;
}

static uint64_t do_read(struct twin *twin)
{
    static unsigned char to[4 * LONGEST];
    struct relay_file *file = twin->files[twin_below(twin, TWIN_FILES)];
    size_t count = twin_below(twin, 4) ? twin_below(twin, 40) : sizeof(to);
    ssize_t got = file ? relay_file_read(file, to, count) : 0;

    return got < 0 ? (uint64_t)got : digest(to, (size_t)got);
}

static uint64_t do_splice(struct twin *twin)
{
    static unsigned char to[4 * LONGEST];
    struct relay_file *file = twin->files[twin_below(twin, TWIN_FILES)];
    ssize_t got = file ? relay_file_splice(file, twin->pipe[1], twin_below(twin, 60)) : 0;

    if (got <= 0)
        return (uint64_t)got;
    NEED(read(twin->pipe[0], to, sizeof(to)) == got);
    return digest(to, (size_t)got);
}

static uint64_t do_look(struct twin *twin)
{
    struct relay_file *file = twin->files[twin_below(twin, TWIN_FILES)];
    struct pollfd ask = {.events = POLLIN};

    if (!file)
        return 0;
    ask.fd = relay_file_eventfd(file);
    return (uint64_t)poll(&ask, 1, 0) << 40 | (uint64_t)relay_file_poll(file) << 32 |
           (uint32_t)relay_file_size(file);
}

/* A buffer may have no file: then it stays closed. */
static void open_file(struct twin *twin, unsigned i, struct twin_file what)
{
    struct dentry *entry;
    char name[24];

    snprintf(name, sizeof(name), "%s%u", twin->held.name ? twin->held.name : "", what.cpu);
    entry = relay_lookup(twin->dir, name);
    twin->files[i] = NULL;
    relay_file_open(entry, what.flags, &twin->files[i]);
    relay_dentry_put(entry);
    what.open = twin->files[i] != NULL;
    if (what.open)
        what.cpu = relay_file_buf(twin->files[i])->ctl->cpu;
    twin->held.files[i] = what;
}

static void close_file(struct twin *twin, unsigned i)
{
    relay_file_close(twin->files[i]);
    twin->files[i] = NULL;
    twin->held.files[i].open = false;
}

static uint64_t do_open_file(struct twin *twin)
{
    static const int flags[] = {O_RDONLY, O_RDWR, O_WRONLY, O_RDONLY | O_NONBLOCK};
    unsigned i = twin_below(twin, TWIN_FILES), cpu = twin_below(twin, TWIN_CPUS);
    unsigned how = twin_below(twin, 4);

    close_file(twin, i);
    open_file(twin, i, (struct twin_file){.cpu = cpu, .flags = flags[how]});
    return twin->held.files[i].open;
}

static void map(struct twin *twin, unsigned i, struct relay_file *file)
{
    struct rchan_buf *buf = relay_file_buf(file);
    bool writable = (relay_file_flags(file) & O_ACCMODE) == O_RDWR;
    int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;

    NEED(relay_file_mmap(file, buf->chan->alloc_size, prot, MAP_SHARED, 0, &twin->views[i]) == 0);
    twin->held.views[i] = (struct twin_view){true, buf->ctl->cpu, writable};
}

static void unmap(struct twin *twin, unsigned i)
{
    relay_mapping_close(twin->views[i]);
    twin->views[i] = NULL;
    twin->held.views[i].mapped = false;
}

/* Map, write at the very end of it, or give it back. */
static uint64_t do_map(struct twin *twin)
{
    unsigned i = twin_below(twin, TWIN_VIEWS);
    struct relay_file *file = twin->files[twin_below(twin, TWIN_FILES)];
    struct twin_view *view = &twin->held.views[i];
    unsigned what = twin_below(twin, 8);

    if (view->mapped && view->writable && what)
        ((unsigned char *)relay_mapping_address(twin->views[i]))[twin->chan->alloc_size - what] =
            'm';
    else if (view->mapped && what < 3)
        unmap(twin, i);
    else if (!view->mapped && file && (relay_file_flags(file) & O_ACCMODE) != O_WRONLY)
        map(twin, i, file);
    return view->mapped;
}

static call *const calls[] = {
    do_write,   do_write,     do_write,     do_write,  do_write, do_write_nolock,
    do_reserve, do_fill,      do_read,      do_read,   do_read,  do_splice,
    do_look,    do_open_file, do_map,       do_whole,  do_mode,  do_consumed,
    do_online,  do_late,      do_open_file, do_switch, do_write, do_reserve,
};

/* ---------------------------------------------------------------- alike */

static bool same_ctl(struct relay_ctl *one, struct relay_ctl *other)
{
    bool same = one->limit == other->limit && one->base == other->base &&
                one->events == other->events && one->events_begin == other->events_begin &&
                one->bytes_done == other->bytes_done && one->writing == other->writing;

    for (uint32_t i = 0; i < one->n_subbufs; i++) {
        const struct relay_slot *slot = relay_ctl_slot(one, i);

        if (slot->lap == RELAY_NO_LAP)
            same = same && relay_ctl_slot(other, i)->lap == RELAY_NO_LAP;
        else
            same = same && memcmp(slot, relay_ctl_slot(other, i), sizeof(*slot)) == 0;
    }
    return same;
}

/* All that can be seen of both, and what cannot. */
bool twin_same(struct rchan *one, struct rchan *other)
{
    struct relay_buf_info infos[2][TWIN_CPUS];
    struct relay_subbuf_info rows[2][TWIN_CPUS * 8];
    size_t count = relay_snapshot(one, infos[0], rows[0], TWIN_CPUS);

    if (relay_snapshot(other, infos[1], rows[1], TWIN_CPUS) != count ||
        memcmp(infos[0], infos[1], count * sizeof(infos[0][0])) != 0 ||
        memcmp(rows[0], rows[1], count * one->n_subbufs * sizeof(rows[0][0])) != 0 ||
        one->last_toobig != other->last_toobig || one->is_global != other->is_global ||
        one->header_size != other->header_size)
        return false;
    for (unsigned cpu = 0; cpu < TWIN_CPUS; cpu++) {
        struct rchan_buf *a = relay_cpu_buf(one, cpu), *b = relay_cpu_buf(other, cpu);

        if (!a != !b || one->ways[cpu].open != other->ways[cpu].open ||
            relay_cpu_is_online(one, cpu) != relay_cpu_is_online(other, cpu))
            return false;
        if (a && (memcmp(a->start, b->start, one->alloc_size) != 0 || !same_ctl(a->ctl, b->ctl)))
            return false;
    }
    return true;
}

bool twin_go_on(struct twin *one, struct twin *other, struct twin *chance)
{
    unsigned which = twin_below(chance, sizeof(calls) / sizeof(calls[0]));
    bool alike = CHECK_EQ(calls[which](one), calls[which](other)) &&
                 CHECK(one->state == other->state) && CHECK(twin_same(one->chan, other->chan)) &&
                 CHECK(kit_valid(other->chan));

    if (!alike)
        fprintf(stderr, "the call was of kind %u\n", which);
    return alike;
}

/* ---------------------------------------------------------------- states */

void twin_remember(struct twin *twin, struct twin_past *past)
{
    size_t size = relay_save_size(twin->chan);
    ssize_t saved;

    twin_forget(past);
    past->block = malloc(size);
    saved = relay_save(twin->chan, past->block, size);
    NEED(saved > 0);
    past->size = (size_t)saved;
    past->held = twin->held;
}

void twin_forget(struct twin_past *past)
{
    free(past->block);
    past->block = NULL;
}

/* Open what was open and is not, in the places where that is missing. */
static void take_again(struct twin *twin, const struct twin_held *held)
{
    for (unsigned i = 0; i < TWIN_FILES; i++)
        if (held->files[i].open && !twin->files[i]) {
            open_file(twin, i, held->files[i]);
            NEED(twin->files[i]);
        }
    for (unsigned i = 0; i < TWIN_VIEWS; i++)
        if (held->views[i].mapped && !twin->views[i]) {
            int flags = held->views[i].writable ? O_RDWR : O_RDONLY;
            struct twin mapper = *twin;

            open_file(&mapper, 0, (struct twin_file){.cpu = held->views[i].cpu, .flags = flags});
            NEED(mapper.files[0]);
            map(twin, i, mapper.files[0]);
            relay_file_close(mapper.files[0]);
        }
}

static void let_go(struct twin *twin)
{
    for (unsigned i = 0; i < TWIN_VIEWS; i++)
        unmap(twin, i);
    for (unsigned i = 0; i < TWIN_FILES; i++)
        close_file(twin, i);
    if (!twin->held.is_closed)
        relay_close(twin->chan);
    relay_put(twin->chan);
}

/* What is not in a block, but for descriptors and mappings. */
static void go_on_as(struct twin *twin, const struct twin_held *held)
{
    memcpy(twin->held.slots, held->slots, sizeof(held->slots));
    twin->held.name = held->name;
    twin->held.mode = held->mode;
    relay_set_subbuf_start(twin->chan, modes[held->mode]);
}

static void end_as(struct twin *twin, const struct twin_held *held)
{
    twin->held.is_closed = held->is_closed;
    if (held->is_closed)
        relay_close(twin->chan);
}

void twin_anew(struct twin *twin, const struct twin_past *past)
{
    let_go(twin);
    twin->chan = relay_open_saved(past->block, past->size, twin->dir, &callbacks, twin);
    NEED(twin->chan);
    relay_get(twin->chan);
    go_on_as(twin, &past->held);
    take_again(twin, &past->held);
    end_as(twin, &past->held);
}

/* Descriptors and mappings that the past state does not have, or has otherwise. */
static void let_others_go(struct twin *twin, const struct twin_held *held)
{
    for (unsigned i = 0; i < TWIN_FILES; i++)
        if (!held->files[i].open || held->files[i].cpu != twin->held.files[i].cpu ||
            held->files[i].flags != twin->held.files[i].flags)
            close_file(twin, i);
    for (unsigned i = 0; i < TWIN_VIEWS; i++)
        if (!held->views[i].mapped || held->views[i].cpu != twin->held.views[i].cpu ||
            held->views[i].writable != twin->held.views[i].writable)
            unmap(twin, i);
}

int twin_restore(struct twin *twin, const struct twin_past *past)
{
    int result = relay_restore(twin->chan, past->block, past->size);

    if (result)
        return result;
    let_others_go(twin, &past->held);
    go_on_as(twin, &past->held);
    take_again(twin, &past->held);
    end_as(twin, &past->held);
    return 0;
}

/* ---------------------------------------------------------------- from begin to end */

void twin_open(struct twin *twin, uint64_t seed, const char *dir)
{
    static const size_t sizes[] = {1, 3, 16, 24, 64, 700, 4096};
    struct relay_options opt = {.cpus = TWIN_CPUS};
    unsigned what;

    *twin = (struct twin){.state = seed};
    for (int i = 0; i < 5; i++)
        twin_below(twin, 2);
    what = twin_below(twin, 1 << 16);
    opt.online = what & 1 ? (const unsigned char[]){1, 0, 1} : NULL;
    opt.writers = what & 2 ? RELAY_WRITERS_ONE : RELAY_WRITERS_MANY;
    opt.header_size = what & 4 ? 4 : 0;
    twin->held.name = what & 24 ? "cpu" : NULL;
    twin->held.mode = what >> 5 & 3;
    twin->dir = relay_create_dir(dir, NULL);
    NEED(pipe2(twin->pipe, O_NONBLOCK) == 0);
    twin->chan = relay_open_on(twin->held.name, twin->dir, sizes[2 + (what >> 7) % 5],
                               1 + (what >> 10) % 5, &callbacks, twin, &opt);
    NEED(twin->chan);
    relay_get(twin->chan);
    relay_set_subbuf_start(twin->chan, modes[twin->held.mode]);
}

void twin_end(struct twin *twin)
{
    let_go(twin);
    CHECK_EQ(relay_remove(twin->dir), 0);
    close(twin->pipe[0]);
    close(twin->pipe[1]);
}
